/* RuntimeThread: what runtime/ keeps for each interpreter thread (t->runtime), beside alloc's Thread.
 *
 * Made when a thread starts, dropped when it ends (thread_state_end, from alloc_hooks.thread_ending, attached). Only its own thread
 * touches it, except where a field says otherwise; the collector visits it with the world stopped.
 */
#ifndef WEFT_RUNTIME_THREAD_STATE_H
#define WEFT_RUNTIME_THREAD_STATE_H
#include "runtime/type.h"

/* a _thread._local's attributes in this thread; the object is borrowed, and gone once its id is among the dead */
typedef struct LocalEntry { uint64_t id; Ref dict; Object *owner; } LocalEntry;
typedef struct RandomAhead { /* words that this thread has taken of a shared random generator and not used yet: modules/_random.c */
    uint64_t generator;
    unsigned at, end;
    uint32_t word[64];
} RandomAhead;
typedef enum ProfileEvent { PROFILE_CALL, PROFILE_RETURN, PROFILE_C_CALL, PROFILE_C_RETURN } ProfileEvent; /* C_RETURN: or it raised */
typedef struct RuntimeThread {
    LocalEntry *locals; /* open addressing by id; id 0: empty */
    size_t locals_capacity, locals_count;
    uint64_t locals_purged; /* generation of dead locals that this thread has dropped its entries for, or PURGE_ALL (_thread.c) */
    Ref sentinel;       /* lock to release at the end (_thread._set_sentinel), or null */
    Ref context;        /* contextvars: the current Context, or null */
    Value decimal_context; /* _decimal: its variable's value in `context`, which holds it; null: not looked up since `context` changed */
    Ref trace, profile; /* sys.settrace, sys.setprofile */
    /* Instead of calling `profile`: of is the frame's code object, or the C function. 0, or -1 with an exception. Null: it is called. */
    int (*profile_native)(Thread *t, Value profiler, ProfileEvent what, Value of);
    int tracing;        /* how many of these two are running */
    bool trace_changing; /* one of them is being replaced */
    int tracing_what;   /* the event that the innermost one has been told: TRACE_* of vm/trace.h */
    Ref async_gen_firstiter, async_gen_finalizer;
    int coroutine_origin_depth;
    Ref running_loop;   /* asyncio: the event loop that runs in this thread, or null; in the process of that id */
    int running_loop_pid;
    RandomAhead random;
    Ref struct_formats; /* _struct: dict, format → compiled Struct; or null. For each thread one: nobody else counts references to these */
} RuntimeThread;
static inline RuntimeThread *runtime_thread(Thread *t) { return (RuntimeThread *)t->runtime; }

int thread_state_begin(Thread *t); /* 0, -1 no memory (no exception set: too early for one) */
void thread_state_end(Thread *t);
void thread_state_visit(Thread *t, VisitFn visit, void *arg);
/* Has the thread with this ident raise the exception (a class; null: takes back one not raised yet) at its next safepoint. How many threads
 * have that ident: 0 or 1. Stops the world. */
int thread_raise_in(Thread *t, uint64_t ident, Value exception);
int thread_async_exception(Thread *t); /* the hook: raises it. 0, -1 */
#endif
