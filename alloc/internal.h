/* Private to alloc/: what its files share. Nobody outside this folder includes it.
 *
 * Three things are kept apart on purpose:
 *   id      a number in object headers; the right to touch local_refs. One thread at a time has an id; ids are
 *           used again, and the next holder inherits what the last one still owned. In GIL mode all threads share one.
 *   Heap    a set of object pages. Owned by one AllocThread, or abandoned, or (GIL mode) shared by all.
 *   Thread  an OS thread's state: attached, detached, epochs, what it retired.
 *
 * Raw locks (pthread mutexes) are leaves: whoever holds one never waits for anything but another raw lock further
 * down this list, never reaches a safepoint, never detaches:
 *   world.lock -> threads_lock -> IdSlot.lock -> retire_lock -> bucket locks -> heaps_lock -> pool_lock -> memtrace.c's
 */
#ifndef WEFT_ALLOC_INTERNAL_H
#define WEFT_ALLOC_INTERNAL_H

#include "alloc/collect.h"
#include "alloc/stats.h"
#include "alloc/thread.h"
#include <pthread.h>

#if defined(__SANITIZE_ADDRESS__)
#define WEFT_ASAN 1
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WEFT_ASAN 1
#endif
#endif
#ifndef WEFT_ASAN
#define WEFT_ASAN 0
#endif
#if WEFT_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(p, n) __asan_poison_memory_region((p), (n))
#define UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#define NO_ASAN __attribute__((no_sanitize_address, noinline))
#else
#define POISON(p, n) ((void)0)
#define UNPOISON(p, n) ((void)0)
#define NO_ASAN
#endif

/* ---- pages (pages.c) -------------------------------------------------------------------------------------- */
#define OPAGE_BITS 16
#define OPAGE_SIZE ((size_t)1 << OPAGE_BITS)
#define GRANULE 16 /* slots are multiples of it */
#define MAP_WORDS (OPAGE_SIZE / GRANULE / 64)
#define CLASS_COUNT 64
#define CLASS_LARGE 255 /* a page with one object of its own size */
/* Leaves, objects whose type isn't TYPE_CONTAINER, live in pages of classes of their own, which no walk looks at and page_lookup doesn't know; those of
 * more than LEAF_MAX bytes in plain memory, 8 bytes behind the start of the block: so an odd multiple of 8 tells that a leaf is in no page. */
#define LEAF_MAX 512
#define LEAF_FIRST CLASS_COUNT
#define CLASS_ALL (CLASS_COUNT + LEAF_MAX / GRANULE - 1) /* from 32 bytes in steps of GRANULE */
#define LEAF_SHIFT 8
#define LEAF_PAGES (!WEFT_ASAN) /* whose quarantine finds more in plain memory */

typedef struct Page Page;
typedef struct Heap Heap;
typedef struct Chunk Chunk;

/* The head of each 64 KiB page. Only the thread that owns page->heap touches the fields without x_, and the collector
 * with the world stopped. Equations: used = live slots + slots in x_remote; used + length(free) + (limit - bump) / slot = capacity. */
struct Page {
    Heap *heap;         /* null: large, on the global list */
    void *free;         /* free slots, linked through their second word */
    uint32_t used;
    int32_t wake;       /* when used falls to this the page changes lists (page_freed_slow) */
    uint32_t bump, limit; /* offset of the first slot never used; of the end */
    uint32_t slot_size, recip; /* slot = (offset * recip) >> 32 */
    uint16_t capacity;
    uint8_t size_class;
    bool in_avail, touched, current, frozen;
    Page *next, *prev;             /* all pages of the heap, or all large ones */
    Page *avail_next, *avail_prev; /* pages of one class with free slots */
    Page *touched_next;            /* pages allocated from since the last young collection */
    _Atomic(void *) x_remote;      /* slots freed by other threads */
    Page *remote_next;             /* heap->x_remote_pages */
    Chunk *chunk;
    size_t bytes;                  /* large: of the mapping */
    int32_t *gc;                   /* scratch of a running collection, one word a slot */
    _Atomic bool x_any_marked;     /* a slot's finalizer has run, or tracing knows it: freeing takes the slow way */
    uint64_t old[MAP_WORDS];       /* by granule: has survived a collection */
    _Atomic uint64_t x_finalized[MAP_WORDS]; /* by granule: its finalizer has run */
};
#define PAGE_HEAD ((sizeof(Page) + GRANULE - 1) & ~(size_t)(GRANULE - 1))

struct Heap {
    _Atomic(AllocThread *) x_owner; /* null: abandoned */
    Heap *next_all;                 /* all heaps, for ever (heaps_first) */
    Heap *next_owned;               /* heaps of one thread, or abandoned ones */
    Page *pages;
    Page *avail[CLASS_ALL];
    _Atomic(Page *) x_remote_pages; /* pages whose x_remote went from empty to not empty */
    uint32_t empty_pages;           /* in avail with used == 0 */
    _Atomic int64_t x_live;         /* live slots, an estimate for pacing */
};

static inline Page *page_of(const void *o) { return (Page *)((uintptr_t)o & ~(OPAGE_SIZE - 1)); }
static inline bool page_is_leaf(const Page *p) { return p->size_class >= LEAF_FIRST && p->size_class != CLASS_LARGE; }
/* Do instances of the type live in pages that are walked? Else they're leaves. Fixed when the first instance is made. */
static inline bool type_in_pages(const TypeHead *h) {
    return WEFT_DEBUG || (h->flags & (TYPE_CONTAINER | TYPE_HEAP)) || h->finalize;
}
/* Which 64 KiB stretches of the address space are pages: a bit each, in blocks made on demand and kept. */
extern _Atomic(_Atomic uint64_t *) x_page_map[65536];
/* The page that the address lies in, or null; any thread. */
static inline Page *page_lookup(const void *p) {
    uintptr_t addr = (uintptr_t)p;
    if (addr >> 48) return NULL;
    _Atomic uint64_t *block = load_acquire(&x_page_map[addr >> 32]);
    if (!block) return NULL;
    uint32_t bit = (addr >> OPAGE_BITS) & 0xFFFF;
    return load_relaxed(&block[bit / 64]) >> (bit % 64) & 1 ? page_of(p) : NULL;
}
static inline uint32_t page_index(const Page *p, const void *o) {
    uint32_t off = (uint32_t)((const char *)o - (const char *)p - PAGE_HEAD);
    return (uint32_t)(((uint64_t)off * p->recip) >> 32);
}
static inline Object *page_slot(const Page *p, uint32_t i) {
    return (Object *)((char *)p + PAGE_HEAD + (size_t)i * p->slot_size);
}
/* slots that were ever handed out */
static inline uint32_t page_slots(const Page *p) { return (uint32_t)((p->bump - PAGE_HEAD) / p->slot_size); }
bool page_slot_live(const Object *o); /* of a slot below bump; world stopped or own page */
Object *page_find(const void *p);     /* the live object that p points at or into, or null; world stopped */

int pages_init(void);
void pages_fork_child(void);
Heap *heap_acquire(AllocThread *a);       /* an abandoned heap or a new one; null: no memory */
void heaps_release(AllocThread *a);       /* thread ends: its heaps are abandoned */
Heap *heaps_first(void);
Page *large_first(void);
void heap_leave_current(AllocThread *a); /* the pages that it allocates from become merely available */
void pages_trim(AllocThread *a);          /* gives empty pages back */
typedef void (*ObjectFn)(void *arg, Page *p, Object *o);
void heap_walk(ObjectFn fn, void *arg);   /* every live object in pages; world stopped */
void heap_walk_own(AllocThread *a, ObjectFn fn, void *arg); /* those in the thread's heaps, and the large ones of all */
void object_memory_free(Thread *t, Object *o, bool in_pages);
void leaf_free_slow(Thread *t, Object *o);
/* The memory of a dead leaf; the short way where it lies in a page of the thread's own that isn't about to change lists. */
static inline void leaf_free(Thread *t, Object *o) {
    Page *p = page_of(o);
    if (likely(!((uintptr_t)o & LEAF_SHIFT)) && likely(load_relaxed(&p->heap->x_owner) == t->alloc) && likely((int32_t)p->used - 1 > p->wake) &&
        likely(!load_relaxed(&p->x_any_marked))) {
        store_relaxed(&o->x_shared_refs, (int64_t)(uintptr_t)p->free); /* as slot_set_next in pages.c */
        p->free = o;
        p->used--;
        return;
    }
    leaf_free_slow(t, o);
}
void object_set_finalized(Object *o);

/* ---- ids and queues (refcount.c) ---------------------------------------------------------------------------- */
typedef struct IdSlot {
    pthread_mutex_t lock;
    AllocThread *thread; /* whoever has the id now, or null. Guarded by lock */
    Object **queue;      /* objects whose foreign count asks for a merge; each entry owns one reference. Guarded by lock */
    uint32_t cap;
    _Atomic uint32_t x_count;
    uint16_t id;
} IdSlot;
int ids_init(void);
uint16_t id_take(AllocThread *a);           /* 0: none left or no memory */
void id_give_back(Thread *t, uint16_t id);  /* merges what is queued, then frees the id */
IdSlot *id_slot(uint16_t id);
void queue_merge_own(Thread *t);            /* t: attached or in its claimed state */
void queues_merge_stopped(Thread *t);       /* all of them, and what object_lost told of; world stopped */
void object_lost(void);                     /* there was no memory to note that an object is to be merged or retired */
void id_set_owner(uint16_t id, AllocThread *a);
void ids_fork_child(Thread *t);

/* the whole count of a counted object; exact when the world is stopped and queues are merged */
static inline int64_t object_count_stopped(const Object *o) {
    uint16_t owner = object_owner(o);
    int64_t shared = load_relaxed(&((Object *)o)->x_shared_refs) >> REFS_SHIFT;
    return owner == OWNER_MERGED ? shared : shared + (int64_t)o->local_refs;
}
#define REFS_IMMORTAL ((int64_t)1 << 40) /* x_shared_refs of what not even the collector frees */
bool object_lock_try(Object *o); /* critical.c: without waiting, and for a moment only */
void object_unlock(Object *o);
void object_shared_zero(Thread *t, Object *o);
/* Would the program notice that o dies, by a finalizer or weak references of its own or of what dies with it? `word`: its x_word. A hint: counts
 * of others' objects aren't known, and it says yes of containers that can't be looked into, and of many objects. */
bool death_noticed(Thread *t, Object *o, uint32_t word);
void object_destroy_now(Thread *t, Object *o); /* count is zero, finalizer has run: weakrefs, destroy, memory */
bool object_finalize(Thread *t, Object *o);    /* local, count 0: true if it is still to be destroyed */
void call_finalize(Thread *t, Object *o, TypeHead *h);
void deferred_run(Thread *t);

/* ---- references not told of yet (tally.h, refcount.c) -------------------------------------------------------------- */
#define TALLY_LEAST 256
#define TALLY_MOST 32768
#define TALLY_JUDGED 1024 /* that many references noted are enough to judge by */
#define TALLY_WAYS 4 /* entries that an object may take: a cache line of them */
typedef struct TallyEntry { Object *object; int64_t n; } TallyEntry; /* n 0: the object may be gone */
typedef struct Tally {
    TallyEntry *entry; /* `size` of them, a power of two; then the list */
    uint16_t *placed;  /* which entries have an object: the old ones first (old_count) */
    uint32_t size, placed_count;
    uint32_t old_count; /* the first ones of `placed`: from before the last quiescent state */
    uint32_t evicted;   /* since the last quiescent state */
    uint32_t noted, told; /* references, since `keeps` was judged */
    bool keeps; /* most of what is noted is told of in the end: noting is of no use */
} Tally;
bool tally_init(Tally *y); /* false: no memory */
void tally_free(Tally *y);
void tally_quiesce(Thread *t);                 /* tells of what is retired and of what is old */
void tally_flush(Thread *t, AllocThread *of);  /* tells of all: of the thread's own tally, or another's who is stopped or dead */

#define HANDED_MOST 64
void handed_flush(Thread *t, AllocThread *of); /* queues what the thread itself, or another who is stopped or dead, has collected for a queue */

/* ---- publication (publish.c) ---------------------------------------------------------------------------------- */
/* Publishes for the owner of a local object, whoever that is; world stopped. */
void publish_stopped(Thread *t, Object *o);
void publish_split(Thread *t); /* first thread start: everything of the main thread stops being local */

/* ---- grace periods (qsbr.c) -------------------------------------------------------------------------------------- */
typedef enum { RETIRED_OBJECT, RETIRED_OBJECT_MEMORY, RETIRED_MEMORY, RETIRED_REF } RetiredKind;
typedef struct Retired { void *p; uintptr_t kind; } Retired;
#define RETIRE_CHUNK 127
typedef struct RetireChunk {
    struct RetireChunk *next;
    uint64_t goal; /* safe when all threads have seen this epoch */
    uint32_t begin; /* of what isn't destroyed yet */
    uint32_t count;
    Retired items[RETIRE_CHUNK];
} RetireChunk;
void retire_push(Thread *t, void *p, RetiredKind kind, size_t bytes, bool noticed);
bool noticed_pending(const Thread *t); /* should this thread's next safepoint reclaim, even if it has to wait for a moment? */
void qsbr_quiesce(Thread *t);      /* announces a quiescent state; regs_claim included */
void qsbr_offline(Thread *t);      /* the same, for a thread that detaches */
void qsbr_online(Thread *t);
void qsbr_reclaim(Thread *t);      /* destroys what is safe; runs Python */
bool qsbr_pending(Thread *t);
RetireChunk *retired_ref(Ref r);   /* a chunk that drops a reference when it is reclaimed, for orphan_add; NULL: no memory */
void orphan_add(RetireChunk *c);   /* any thread state */
void retired_drain(Thread *t);     /* destroys all that waits; this is the only attached thread */
void retired_hand_over(Thread *t); /* to whoever passes a safepoint next */
void retired_gather_stopped(Thread *t, bool attached_too); /* what detached threads keep for their return becomes orphans, or what all keep; world stopped */
void qsbr_wake(void);              /* tells those whose wait is over */
void regs_claim(Thread *t);
void qsbr_fork_child(Thread *t, AllocThread *dead);
void qsbr_locks_reset(void);

/* ---- threads (thread.c, world.c, gil.c) ------------------------------------------------------------------------------ */
enum { STATE_DETACHED, STATE_ATTACHED, STATE_SUSPENDED, STATE_CLAIMED };
enum { PARKED_NO, PARKED_YES, PARKED_NOTIFIED, PARKED_INTERRUPTED };

#define STACK_REGS 32 /* six registers and what lies below the recorded frame */
struct AllocThread {
    Page *current[CLASS_ALL];   /* the page that each size class allocates from */
    int64_t young_left;         /* container allocations, less frees, until a collection is due */
    int64_t young_start;        /* what young_left was when it was last set (young_begin) */
    Heap *heaps;                /* owned; the first is the one that new pages go to */
    Page *touched;
    Thread *thread;
    uint32_t destroy_depth;
    uint32_t finalize_depth;    /* finalizers and weak reference callbacks under way */
    Object *deferred;           /* dead local objects whose destruction waits for the recursion to unwind */
    bool deferring, reclaiming, collecting;
    struct Collection *collection; /* its trash, which other threads' collections must leave alone */
    uint64_t allocs;            /* debug: for the hard mode */
    bool hard_due;
#if WEFT_DEBUG
    Mutex *held[8];             /* for the check of lock order */
    int held_count;
#endif

    /* publication */
    Object **work;
    size_t work_cap;

    Tally tally;

    /* objects on their way to the queue of handed_id, while retire_now is being destroyed */
    Object *handed[HANDED_MOST];
    uint32_t handed_count;
    uint16_t handed_id;

    /* grace periods */
    _Atomic uint64_t x_epoch;   /* 0: offline */
    RetireChunk *retire_open, *retire_first, *retire_last, *retire_spare;
    RetireChunk *retire_now; /* what it is destroying: begins at what is left */
    size_t retire_bytes;
    bool retire_prompt;
    bool retire_noticed;        /* something in the open chunk is waited for (noticed_wait) … */
    uint64_t noticed_goal;      /* … or in those up to this goal; 0: nothing */
    int64_t no_wait_before;     /* now_ns() until which it isn't, since it was lately */
    _Atomic bool x_awaits;      /* parked until x_wait_goal is safe */
    size_t grown;               /* bytes of its large allocations that x_grown hasn't counted yet */
    uint32_t grown_seen;        /* x_grown, when it last retired something */
    _Atomic uint64_t x_wait_goal; /* oldest goal waited for, 0: none */

    /* state */
    _Atomic uint32_t x_state;
    bool suspended_self, wants_attach; /* guarded by world.lock */
    AllocThread *next, *prev;   /* thread list, guarded by threads_lock; in GIL mode changed only by the GIL's holder, too */
    char *stack_top;            /* C stack: the highest address … */
    char *stack_now;            /* … and the lowest in use, recorded where the thread stops or detaches */
    uintptr_t regs[STACK_REGS]; /* callee-saved registers, recorded there too */

    /* parking */
    _Atomic uint32_t x_parked;  /* PARKED_*; the futex word */
    void *park_addr;
    AllocThread *park_next;
    int64_t park_since;
    bool park_handed;

    void (*body)(Thread *t, void *arg);
    void *arg;
    bool dead; /* fork child: the thread is gone */
#if WEFT_STATS
    Stats stats;
#endif
};

/* Records where the conservative scan of this thread's C stack begins, the callee-saved registers, and what the enclosing function has
 * pushed of its caller's below its frame address: after thread_detach has returned, that frame is overwritten. */
void stack_record_at(AllocThread *a, char *frame);
#define stack_record(a) stack_record_at((a), (char *)__builtin_frame_address(0))

extern bool gil_mode;          /* one id for all, counts plain, no locks */
extern bool threads_split;     /* a second thread was started once */
extern _Atomic bool x_finalizing; /* the interpreter ends: other threads stay out for ever */
#define FIRST_ID 1 /* the main thread's until the split: what has it counts as shared from then on, whatever its flag says */
/* Is o local to some thread, not necessarily the caller? World stopped. */
static inline bool local_to_any(const Object *o) {
    uint32_t word = load_relaxed(&((Object *)o)->x_word);
    return (word & WORD_FLAG(FLAG_LOCAL)) && !(threads_split && (uint16_t)word == FIRST_ID);
}
extern pthread_mutex_t threads_lock;
extern AllocThread *threads_list;
#define FOR_EACH_THREAD(a) for (AllocThread *a = threads_list; a; a = a->next)

void world_init(void);
void world_suspend(Thread *t);       /* at a safepoint: stops while somebody stops the world */
void world_locks_reset(void);
void state_leave(Thread *t);         /* ATTACHED -> DETACHED */
void state_enter(Thread *t);         /* and back; waits while the world is stopped */
bool state_claim(AllocThread *a);    /* DETACHED -> CLAIMED: act for a blocked thread */
void state_unclaim(AllocThread *a);
void thread_unlink(AllocThread *a);  /* threads_lock held */
void world_leave(Thread *t);
void world_hold(void);               /* while a foreign thread makes what a stopped world walks */
void world_let_go(void);
void world_join(AllocThread *a);
void world_joined(void);
_Noreturn void thread_hang(void);

void gil_take(Thread *t);
void gil_drop(Thread *t, bool forced);
void gil_yield(Thread *t);
void gil_fork_child(Thread *t);

/* ---- parking, object locks ---------------------------------------------------------------------------------------------- */
typedef struct ParkToken { int64_t waited_ns; bool more; AllocThread *waiter; } ParkToken;
/* wakes one; `decide` runs under the bucket's lock, with waiter null if there is none, and returns whether the lock is handed over */
#define HAND_OVER_NS 1000000 /* who has waited longer gets a lock from its holder's hand */
void unpark_one(void *addr, bool (*decide)(void *addr, ParkToken token));
ParkResult park_wait(Thread *t, void *addr, bool (*still)(void *addr, void *arg), void *arg, int64_t timeout_ns, int how, bool *handed);
enum { PARK_ATTACHED, PARK_STOPPABLE /* stops for the world, not quiescent */, PARK_DETACHED /* quiescent, interruptible */,
       PARK_DETACHED_QUIET /* quiescent, not interruptible */ };
void park_interrupt(AllocThread *a); /* async-signal-safe */
void park_fork_child(void);
void critical_fork_child(Thread *t);

/* ---- collector ------------------------------------------------------------------------------------------------------------ */
void stats_thread_ended(AllocThread *a);
void collector_safepoint(Thread *t);
void young_begin(AllocThread *a); /* starts counting anew towards the thread's next young collection; by the thread, or before it runs */
void collector_due(Thread *t); /* the allocation budget is used up: asks for a safepoint */
void heap_check_stopped(Thread *t);
void heap_check_failed(const Object *o, const char *what); /* debug: prints and ends the process with 70 */
int heap_audit(Thread *t);

/* ---- hard mode, failure injection (debug.c) --------------------------------------------------------------------------------- */
#if WEFT_DEBUG
extern uint64_t hard_collect_every;
void hard_init(void);
void hard_yield(void);
void hard_alloc(AllocThread *a);
void mutex_check_none(Thread *t); /* a safepoint: no Mutex may be held */
#define HARD_YIELD() (unlikely(hard_seed != 0) ? hard_yield() : (void)0)
#else
#define HARD_YIELD() ((void)0)
#define mutex_check_none(t) ((void)0)
#endif
bool mem_room(size_t size); /* would so much more address space be granted? Asked only where it is limited (ulimit -v) */
/* What each allocation looks at; 0, nearly always: nothing but allocating is to be done. */
#define WATCH_FAIL 1u  /* fail_allocations counts down */
extern _Atomic uint32_t x_grown; /* counts the megabytes of large allocations, once there are threads (mem.c) */
#define WATCH_TRACE 2u /* memtrace.c keeps the books */
extern _Atomic uint32_t x_alloc_watch;
bool alloc_fails_slow(void);
static inline bool alloc_fails(void) { return unlikely(load_relaxed(&x_alloc_watch) != 0) && alloc_fails_slow(); }
void *raw_zalloc(size_t size); /* never fails for a test's sake, isn't traced */
void raw_free(void *p);

/* ---- tracing (memtrace.c): do nothing while it is off ------------------------------------------------------------------------- */
void memtrace_add(const void *p, size_t size);
size_t memtrace_remove(const void *p); /* before p is freed. Its size; 0: it wasn't traced */
void memtrace_fork_prepare(void);
void memtrace_fork_parent(void);
void memtrace_fork_child(void);

#endif
