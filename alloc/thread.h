/* Thread: the state of one interpreter thread; safepoints, stop-the-world, quiescent states, detaching, object locks.
 *
 * A thread is attached (running, may touch objects), detached (may block; touches no object) or suspended (stopped at a
 * safepoint by somebody who stops the world). Every function that can touch objects takes `Thread *t` first: the caller's
 * own, attached. Only thread_current() may be used where no t is at hand (library callbacks).
 *
 * A safepoint is one load of x_breaker. It stands at loop back-edges, calls and waits. What it may do: stop for the world,
 * announce a quiescent state (after regs_claim), merge queued counts, destroy retired objects, run the collector, hand over
 * the GIL, handle signals (main thread), raise an asynchronous exception.
 */
#ifndef WEFT_ALLOC_THREAD_H
#define WEFT_ALLOC_THREAD_H

#include "alloc/object.h"

typedef struct AllocThread AllocThread; /* pages, queues, epochs: alloc/ private */
typedef struct Critical Critical;
struct Frame;
struct ExcInfo;

struct Thread {
    ThreadHot hot; /* first: see thread_hot() */

    /* Register stack (vm/frame.h). Every word in [stack_base, stack_top) is a valid register word or frame header word. */
    uint64_t *stack_base, *stack_top, *stack_limit;
    struct Frame *frame;      /* innermost Python frame or null */
    Ref exc;                  /* exception in flight (raised, not yet caught) or null; owned */
    struct ExcInfo *exc_info; /* innermost exception being handled: vm/ */
    int recursion_left;       /* of sys.getrecursionlimit(): counted down by Python calls and recursion_enter */
    char *c_stack_limit;      /* C code that recurses checks against it: recursion_enter */

    Critical *critical;       /* innermost object-lock section of this thread */
    AllocThread *alloc;
    Ref sentinel;             /* runtime/'s, or null: see alloc_hooks.thread_ended */
    Ref async_exc;            /* another thread sets it with the world stopped: PyThreadState_SetAsyncExc's kin */
    _Atomic uint64_t x_ident; /* threading.get_ident() */
    int64_t native_id;
    bool is_main, daemon;
    void *runtime;            /* struct RuntimeThread of runtime/: context, trace functions, thread-locals … */
};

extern _Thread_local Thread *thread_self; /* set while attached or detached; null on foreign threads */
static inline Thread *thread_current(void) { return thread_self; }

/* ---- safepoints ------------------------------------------------------------------------------------------ */
int safepoint_slow(Thread *t);
/* Before a call of C: raises nothing. Signals, pending calls and asynchronous exceptions wait for the next whole safepoint, and finalizers with them if a
 * signal waits: an exception of its handler would be lost in them. */
void safepoint_quiet(Thread *t);
/* 0, or -1 with an exception set. May run Python (signal handlers, finalizers). Object locks must not be held. */
static inline int safepoint(Thread *t) {
    return unlikely(load_relaxed(&t->hot.x_breaker) != 0) ? safepoint_slow(t) : 0;
}
/* bits of x_breaker; set with breaker_set from any thread */
#define BREAK_STOP 0x01u    /* somebody stops the world */
#define BREAK_QUIESCE 0x02u /* somebody waits for a grace period */
#define BREAK_MERGE 0x04u   /* objects are queued to me */
#define BREAK_RETIRED 0x08u /* retired objects are ready to be destroyed */
#define BREAK_COLLECT 0x10u /* a collection is due */
#define BREAK_GIL 0x20u     /* somebody wants the GIL */
#define BREAK_SIGNAL 0x40u  /* a signal arrived (main thread) */
#define BREAK_ASYNC 0x80u   /* async_exc is set */
#define BREAK_PENDING 0x100u /* pending calls */
#define BREAK_TRACE 0x200u  /* vm/: tracing or profiling is on */
#define BREAK_SIMULATED 0x400u /* as BREAK_SIGNAL, but nothing arrived that could end a wait: interrupt_main() */
void breaker_set(Thread *t, uint32_t bits);
void breaker_clear(Thread *t, uint32_t bits);

/* ---- detaching ------------------------------------------------------------------------------------------- */
/* Around anything that may block (read, write, lock waits, sleep). Between the two no object may be touched, no Python
 * function called. Suspends this thread's critical sections; gives up the GIL in GIL mode; is a quiescent state. errno is kept. */
void thread_detach(Thread *t);
void thread_attach(Thread *t);
#define DETACHED(t, ...) do { thread_detach(t); { __VA_ARGS__; } thread_attach(t); } while (0)

/* ---- stop the world --------------------------------------------------------------------------------------- */
/* Stops all other threads at safepoints (or detached). While stopped: take no object lock, drop no reference, raise nothing,
 * allocate no object. Returns with this thread the only one running. Not re-entrant. */
void world_stop(Thread *t);
void world_start(Thread *t);
Thread *world_first(Thread *t); /* walks all threads; world stopped, or the thread-list lock held */
Thread *world_next(Thread *other);

/* ---- object locks ------------------------------------------------------------------------------------------ */
/* Critical section on one object or two. Nothing happens for local objects (and in GIL mode). Blocking, parking, detaching or
 * calling out to Python inside gives up the locks until the section is resumed: read everything again after a call-out.
 * BEGIN/END pair in the same function; leave by goto to a label before END, never by return. */
struct Critical {
    Critical *outer;
    Object *a, *b; /* b: null for a one-object section */
    uint8_t held;  /* bit 0: a is locked by this section, bit 1: b is */
};
void critical_enter_slow(Thread *t, Critical *c, Object *a, Object *b);
void critical_exit_slow(Thread *t, Critical *c);
/* Gives up all object locks of the thread before a call-out that runs Python, and takes them back after. The VM's and
 * runtime/call.h's entry points into Python code do it; natives need not. */
void critical_suspend(Thread *t);
void critical_resume(Thread *t);

#if WEFT_GIL
#define CRITICAL_BEGIN(t, o) { Critical crit_ = {0}; (void)crit_; (void)(o);
#define CRITICAL2_BEGIN(t, o1, o2) { Critical crit_ = {0}; (void)crit_; (void)(o1); (void)(o2);
#define CRITICAL_END(t) }
#else
#if defined(WEFT_LOCKS_always)
#define critical_needed(t, o) (!is_uncounted(o) || true)
#else
#define critical_needed(t, o) (!is_local((t), (o)))
#endif
#define CRITICAL_BEGIN(t, o)                                                                       \
    {                                                                                              \
        Critical crit_;                                                                            \
        crit_.a = NULL;                                                                            \
        if (unlikely(critical_needed((t), (o))))                                                   \
            critical_enter_slow((t), &crit_, (Object *)(o), NULL);
#define CRITICAL2_BEGIN(t, o1, o2)                                                                 \
    {                                                                                              \
        Critical crit_;                                                                            \
        crit_.a = NULL;                                                                            \
        if (unlikely(critical_needed((t), (o1)) || critical_needed((t), (o2))))                    \
            critical_enter_slow((t), &crit_, (Object *)(o1), (Object *)(o2));
#define CRITICAL_END(t)                                                                            \
        if (unlikely(crit_.a != NULL)) critical_exit_slow((t), &crit_);                            \
    }
#endif

/* ---- parking lot (after WebKit's ParkingLot) ------------------------------------------------------------------ */
/* Waits while *addr (4 bytes, or 1) still equals `expected`, at most timeout_ns (< 0: for ever). The thread detaches while it
 * waits if `detach`. PARK_INTERRUPTED: a signal for the main thread arrived. */
typedef enum { PARK_WOKEN, PARK_AGAIN /* *addr differed */, PARK_TIMEOUT, PARK_INTERRUPTED } ParkResult;
ParkResult park_u32(Thread *t, _Atomic uint32_t *addr, uint32_t expected, int64_t timeout_ns, bool detach);
ParkResult park_u8(Thread *t, _Atomic uint8_t *addr, uint8_t expected, int64_t timeout_ns, bool detach);
/* A word as a lock: 0 free. Waiting detaches; false: a signal for the main thread arrived. Who has waited a millisecond gets it before anybody who comes later: under
 * the GIL, a holder that detaches in its midst would otherwise always be back first. */
bool lock_word_take(Thread *t, _Atomic uint32_t *word);
void lock_word_release(_Atomic uint32_t *word);
int unpark(void *addr, int how_many); /* wakes up to how_many; returns how many it woke */
int64_t now_ns(void);                  /* monotonic */
/* The steps of waiting, before one parks, for a word that is held for a moment only: 0.5, 4, 32 microseconds, then false. *steps starts
 * at 0. In a step the word isn't looked at: so the holder's core keeps the line, and a thread that locks and unlocks in a loop does
 * many turns before the line moves (T. Anderson, "The Performance of Spin Lock Alternatives for Shared-Memory Multiprocessors", 1990). */
bool spin_back_off(int *steps);

/* Small lock for runtime-wide structures (interning, thread list …), on the parking lot. Leaf locks: hold them briefly, run no
 * Python and drop no reference under them. mutex_lock detaches while it waits. */
typedef struct { _Atomic uint32_t x_state; } Mutex;
void mutex_lock_slow(Thread *t, Mutex *m);
void mutex_unlock_slow(Mutex *m);
#if WEFT_DEBUG
void mutex_taken(Thread *t, Mutex *m); /* checks the order in which they are taken */
void mutex_given(Mutex *m);
#else
#define mutex_taken(t, m) ((void)0)
#define mutex_given(m) ((void)0)
#endif
static inline void mutex_lock(Thread *t, Mutex *m) {
    uint32_t zero = 0;
    if (unlikely(!cas_acq_rel(&m->x_state, &zero, 1u))) mutex_lock_slow(t, m);
    mutex_taken(t, m);
}
static inline void mutex_unlock(Mutex *m) {
    uint32_t one = 1;
    mutex_given(m);
    if (unlikely(!cas_acq_rel(&m->x_state, &one, 0u))) mutex_unlock_slow(m);
}

/* ---- life of threads --------------------------------------------------------------------------------------------- */
/* alloc_init: once, on the main thread, before all else; returns the attached main thread. gil: 1 = GIL mode. Null: no memory. */
Thread *alloc_init(bool gil);
bool gil_enabled(void);
/* sys.setswitchinterval: how long a thread waits for the GIL before it asks for it. Any thread state. */
int64_t gil_interval_get(void);
void gil_interval_set(int64_t ns);
/* From here on other threads may exist: everything made so far stops being local. thread_start does it; call it earlier where
 * arguments are published first, so that the walk ends at older objects. Main thread before the first start; later a no-op. 0 or an errno. */
int threads_begin(Thread *t);
/* Makes an OS thread that runs body(t, arg) attached; everything reachable through arg is published by the caller before.
 * 0, or an errno. stack_size 0: default. */
int thread_start(Thread *t, void (*body)(Thread *t, void *arg), void *arg, size_t stack_size, uint64_t *ident, Thread **out);
int thread_count(void);
/* For foreign OS threads that a library calls us back on: makes them a Thread (attached), and ends it. Null: no memory,
 * or nobody has called threads_begin: whoever hands callbacks to such a library does. */
Thread *thread_adopt(void);
void thread_leave(Thread *t);

/* fork: prepare stops the world; call one of the others after it, in that process. Before fork_child returns, hooks.fork_child resets the
 * locks of runtime/ and vm/; the calling thread becomes the main one. */
void fork_prepare(Thread *t);
void fork_parent(Thread *t);
void fork_child(Thread *t);

/* ---- recursion in C ------------------------------------------------------------------------------------------------- */
#define RECURSION_LIMIT 1000 /* sys.getrecursionlimit() at first */
/* Guards C recursion whose depth programs see (repr of nested lists, comparison): it counts as Python calls do. -1 with RecursionError set;
 * else recursion_leave follows. */
int recursion_enter_slow(Thread *t, const char *where);
static inline int recursion_enter(Thread *t, const char *where) {
    if (unlikely(t->recursion_left <= 0 || (char *)__builtin_frame_address(0) < t->c_stack_limit)) return recursion_enter_slow(t, where);
    t->recursion_left--;
    return 0;
}
static inline void recursion_leave(Thread *t) { t->recursion_left++; }
/* The C stack alone: for recursion that CPython doesn't count, and where a frame that is pushed counts already. -1 with RecursionError set. */
int c_stack_slow(Thread *t, const char *where);
static inline int c_stack_check(Thread *t, const char *where) {
    return unlikely((char *)__builtin_frame_address(0) < t->c_stack_limit) ? c_stack_slow(t, where) : 0;
}

/* ---- collector ---------------------------------------------------------------------------------------------------------- */
int64_t collect(Thread *t, int generation); /* gc.collect(): number of unreachable objects found */
void collector_enable(bool on);
bool collector_enabled(void);
bool collecting(Thread *t);               /* t is in the middle of a collection; any thread state */

/* A line of Python code that runs: the units of its file's name (borrowed), and its number. */
typedef struct StackLine { const void *units; size_t length; uint8_t kind; int line; } StackLine;

/* ---- what alloc/ calls above itself: filled by runtime/ at start ---------------------------------------------------------- */
typedef void (*KeptFn)(void *arg, Object *owner_or_null, Value kept);
typedef struct AllocHooks {
    void (*no_memory)(Thread *t);                            /* sets MemoryError */
    void (*recursion_error)(Thread *t, const char *where);   /* sets RecursionError "maximum recursion depth exceeded%s" */
    void (*clear_weakrefs)(Thread *t, Object *o, bool callbacks); /* o is about to die: FLAG_WEAKREFS was set */
    int (*handle_signals)(Thread *t);                        /* at a safepoint of the main thread; -1: exception */
    int (*pending_calls)(Thread *t);
    void (*thread_ending)(Thread *t);                        /* attached still; drops what runtime/ holds for t, all but t->sentinel */
    void (*thread_ended)(Value sentinel);                    /* tells who joins: nothing waits for the thread any more. The reference is dropped later */
    void (*visit_thread)(Thread *t, VisitFn visit, void *arg); /* roots that runtime/ and vm/ hold for a thread */
    /* What a thread keeps for objects, each as long as its owner lives: _thread._local's dictionaries. Owner: borrowed, null where it may have died. Of t
     * itself, or (stopped) of any thread while the world is stopped. */
    void (*visit_kept)(Thread *t, bool stopped, KeptFn visit, void *arg);
    void (*visit_roots)(VisitFn visit, void *arg);           /* runtime-wide roots (interned table, sys.modules …) */
    void (*unraisable)(Thread *t, const char *where, Value object); /* reports and clears t->exc */
    void (*gc_callbacks)(Thread *t, const char *phase, int generation, int64_t collected, int64_t uncollectable);
    int (*async_exception)(Thread *t);                       /* raises t->async_exc */
    void (*fork_child)(Thread *t);                           /* resets every Mutex of runtime/ and vm/; world stopped */
    void (*thread_dropped)(Thread *dead);                    /* fork child: frees what runtime/ keeps for a thread that is gone */
    const char *(*type_name)(Type *type);                    /* for the audit's report; may run with the world stopped */
    void *(*stack_next)(Thread *t, void *at, StackLine *out_or_null); /* own frames from the innermost (at null) outwards; null: no more. No allocation */
    void (*save_garbage)(Thread *t, Object *o);              /* gc.DEBUG_SAVEALL: appends o to gc.garbage */
} AllocHooks;
extern AllocHooks alloc_hooks;

#endif
