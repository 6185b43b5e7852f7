/* Grace periods by quiescent states (QSBR; Hart, McKenney, Brown, Walpole: Performance of memory reclamation for lockless
 * synchronization, 2007).
 *
 * x_global_epoch counts up. A thread announces a quiescent state by copying it into its x_epoch; a detached thread has 0. What
 * is retired gets a goal, the epoch after the next advance, and is safe once every thread is offline or has seen the goal.
 *
 *   retire    attached; appends to the thread's open chunk
 *   close     gives the chunk its goal and asks all threads for a quiescent state: when the chunk is full, too many bytes
 *             wait, or the death of an object can be seen (death_noticed)
 *   reclaim   at a safepoint: destroys what is safe; may run Python
 *
 * A thread that detaches hands what it still has to the orphans, which anybody destroys at a safepoint.
 * Guarantee (Q1): between two quiescent states of a thread, nothing that it could read from shared memory is destroyed.
 */
#include "alloc/finalizers.h"
#include "alloc/internal.h"
#include <limits.h>

#define MAX_BYTES (1 << 20)
#define FLUSH_ROUNDS 64 /* grace periods that gc.collect() waits for: a chain of shared objects dies link by link, and others may go on retiring */

static _Atomic uint64_t x_global_epoch = 1;
static pthread_mutex_t retire_lock = PTHREAD_MUTEX_INITIALIZER;
static RetireChunk *orphans, *orphans_last; /* guarded by retire_lock; goals ascend */
static _Atomic uint64_t x_orphan_goal; /* the first orphan's; 0: there are none */
static _Atomic uint32_t x_periods_over; /* counted when somebody is parked for one: see noticed_wait */

void regs_claim(Thread *t) {
    if (gil_mode || !threads_split) return; /* everything is local: nothing was lent */
    for (uint64_t *p = t->stack_base; p < t->stack_top; p++) {
        if ((*p & 7) != TAG_LENT) continue;
        Object *o = (Object *)(*p & ~(uint64_t)7);
        if (is_uncounted(o)) continue;
        STAT(t, claimed);
        object_incref(t, o);
        *p &= ~(uint64_t)7;
    }
}

/* The oldest epoch that some attached thread has seen last. */
static uint64_t safe_epoch(void) {
    uint64_t min = load_seq(&x_global_epoch);
    pthread_mutex_lock(&threads_lock);
    FOR_EACH_THREAD(a) {
        uint64_t e = load_seq(&a->x_epoch);
        if (e && e < min) min = e;
    }
    pthread_mutex_unlock(&threads_lock);
    return min;
}

/* Starts a grace period: everyone is asked to pass a quiescent state. Returns its goal. */
static uint64_t grace_begin(void) {
    uint64_t goal = atomic_fetch_add_explicit(&x_global_epoch, 1, memory_order_seq_cst) + 1;
    pthread_mutex_lock(&threads_lock);
    FOR_EACH_THREAD(a)
        if (load_seq(&a->x_epoch)) breaker_set(a->thread, BREAK_QUIESCE);
    pthread_mutex_unlock(&threads_lock);
    return goal;
}

/* Closes the open chunk, unless an earlier one still waits (then the reclaim that ends its wait does it). */
static void chunk_close(Thread *t) {
    AllocThread *a = t->alloc;
    RetireChunk *c = a->retire_open;
    if (!c || !c->count) return;
    c->goal = grace_begin();
    c->next = NULL;
    if (a->retire_last) a->retire_last->next = c;
    else a->retire_first = c;
    a->retire_last = c;
    a->retire_open = NULL;
    a->retire_bytes = 0;
    a->retire_prompt = false;
    if (a->retire_noticed) a->noticed_goal = c->goal;
    a->retire_noticed = false;
    if (a->retire_first == c) store_seq(&a->x_wait_goal, c->goal);
}

void retire_push(Thread *t, void *p, RetiredKind kind, size_t bytes, bool noticed) {
    AllocThread *a = t->alloc;
    RetireChunk *c = a->retire_open;
    if (!c) {
        c = a->retire_spare ? a->retire_spare : mem_alloc(sizeof *c);
        a->retire_spare = NULL;
        if (!c) { /* out of memory: an object waits for the next full collection; plain memory is never freed, which is safe */
            if (kind != RETIRED_OBJECT) return;
            and_acq_rel(&((Object *)p)->x_word, ~WORD_FLAG(FLAG_RETIRED));
            object_lost();
            return;
        }
        c->begin = c->count = 0;
        a->retire_open = c;
    }
    c->items[c->count++] = (Retired){p, kind};
    a->retire_bytes += bytes;
    uint32_t grown = load_relaxed(&x_grown); /* RELAXED: a hint */
    bool prompt = noticed || grown != a->grown_seen;
    a->grown_seen = grown;
    prompt |= a->reclaiming; /* a chain of shared objects dies link by link, one period each: don't let it lie */
    a->retire_prompt |= prompt;
    a->retire_noticed |= noticed;
    if (c->count == RETIRE_CHUNK || a->retire_bytes > MAX_BYTES || (prompt && !a->retire_first)) chunk_close(t);
}

bool qsbr_pending(Thread *t) { return t->alloc->retire_first || t->alloc->retire_open || load_relaxed(&x_orphan_goal); }

/* Tells those whose wait is over; of orphans, everybody who runs. */
static void wake_waiters(void) {
    uint64_t safe = safe_epoch(), orphan = load_seq(&x_orphan_goal);
    bool ready = orphan && orphan <= safe, parked = false;
    pthread_mutex_lock(&threads_lock);
    FOR_EACH_THREAD(a) {
        uint64_t goal = load_seq(&a->x_wait_goal);
        bool over = goal && goal <= safe;
        if (over || (ready && load_seq(&a->x_epoch))) breaker_set(a->thread, BREAK_RETIRED);
        parked |= over && load_seq(&a->x_awaits);
    }
    pthread_mutex_unlock(&threads_lock);
    if (parked) {
        add_acq_rel(&x_periods_over, 1);
        unpark((void *)&x_periods_over, INT_MAX);
    }
}

void qsbr_quiesce(Thread *t) {
    breaker_clear(t, BREAK_QUIESCE); /* before the epoch is read: a period that begins later asks again */
    uint64_t epoch = load_seq(&x_global_epoch); /* before the tally is looked through: what waits for this epoch is seen as retired there */
    regs_claim(t);
    tally_quiesce(t);
    STAT(t, quiescent);
    store_seq(&t->alloc->x_epoch, epoch);
    wake_waiters();
}

/* Who is offline has told of all references. */
static void references_tell(Thread *t) {
    regs_claim(t);
    tally_flush(t, t->alloc);
    handed_flush(t, t->alloc); /* a finalizer detaches */
}

void qsbr_offline(Thread *t) {
    AllocThread *a = t->alloc;
    references_tell(t);
    bool asked = load_relaxed(&t->hot.x_breaker) & BREAK_QUIESCE;
    if (a->retire_first || a->retire_now || a->retire_prompt) { /* else a little waits for our return */
        retired_hand_over(t);
        asked = true;
    }
    store_seq(&a->x_epoch, 0);
    if (asked) {
        breaker_clear(t, BREAK_QUIESCE);
        wake_waiters();
    }
}

void qsbr_online(Thread *t) {
    uint64_t epoch; /* a period that began before the store didn't ask us: so we have its epoch */
    do store_seq(&t->alloc->x_epoch, epoch = load_seq(&x_global_epoch));
    while (load_seq(&x_global_epoch) != epoch);
    if (load_relaxed(&x_orphan_goal)) breaker_set(t, BREAK_RETIRED);
}

static void orphan_push_locked(RetireChunk *c) {
    c->next = orphans;
    if (!orphans) orphans_last = c;
    orphans = c;
}

void orphan_add(RetireChunk *c) {
    pthread_mutex_lock(&retire_lock);
    orphan_push_locked(c);
    store_seq(&x_orphan_goal, c->goal);
    pthread_mutex_unlock(&retire_lock);
}

RetireChunk *retired_ref(Ref r) {
    RetireChunk *c = mem_alloc(sizeof *c);
    if (!c) return NULL;
    c->begin = 0;
    c->count = 1;
    c->goal = 1; /* safe at once */
    c->items[0] = (Retired){value_object(ref_borrow(r)), RETIRED_REF};
    return c;
}

/* The caller goes offline next and then tells the others (qsbr_offline), or has done both. */
void retired_hand_over(Thread *t) {
    AllocThread *a = t->alloc;
    if (a->retire_open && a->retire_open->count) chunk_close(t);
    RetireChunk *now = a->retire_now;
    if (!a->retire_first && !now) return;
    pthread_mutex_lock(&retire_lock);
    if (a->retire_first) {
        if (orphans) orphans_last->next = a->retire_first;
        else orphans = a->retire_first;
        orphans_last = a->retire_last;
        a->retire_first = a->retire_last = NULL;
        a->noticed_goal = 0;
        store_seq(&a->x_wait_goal, 0);
    }
    if (now) { /* its wait is over */
        orphan_push_locked(now);
        a->retire_now = NULL;
    }
    store_seq(&x_orphan_goal, orphans->goal);
    pthread_mutex_unlock(&retire_lock);
}

void retired_gather_stopped(Thread *t, bool attached_too) {
    FOR_EACH_THREAD(a)
        if (a != t->alloc && (attached_too || load_seq(&a->x_epoch) == 0)) retired_hand_over(a->thread);
}

/* ---- destroying what is safe ---------------------------------------------------------------------------------------- */
static void retire_again(Thread *t, Object *o) {
    uint32_t word = and_acq_rel(&o->x_word, ~WORD_FLAG(FLAG_REVIVED));
    retire_push(t, o, RETIRED_OBJECT, type_head(o)->size, death_noticed(t, o, word));
}

static void destroy_shared(Thread *t, Object *o) {
    int64_t zero = REFS_MERGED;
    if (!cas_acq_rel(&o->x_shared_refs, &zero, REFS_DEAD)) {
        if (zero >> REFS_SHIFT < 0) return retire_again(t, o); /* some tally holds references made since: the next period shows */
        /* counted again. Whoever drops it to zero sees FLAG_RETIRED and leaves it to us, or the flag gone and retires it */
        and_acq_rel(&o->x_word, ~WORD_FLAG(FLAG_RETIRED | FLAG_REVIVED));
        int64_t now = load_seq(&o->x_shared_refs);
        if (now >> REFS_SHIFT <= 0 && (now & 3) == REFS_MERGED) object_shared_zero(t, o);
        return;
    }
    uint32_t word = load_seq(&o->x_word);
    if (word & WORD_FLAG(FLAG_REVIVED)) { /* zero once more, since when readers may have seen it: one more period. Alive first: see ref_try */
        sub_acq_rel(&o->x_shared_refs, REFS_DEAD - REFS_MERGED);
        return retire_again(t, o);
    }
    TypeHead *h = type_head(o);
    if (h->finalize && !object_finalized(o)) {
        /* it lives while its finalizer runs; the drop after it retires it again if nobody kept it */
        and_acq_rel(&o->x_word, ~WORD_FLAG(FLAG_RETIRED));
        add_acq_rel(&o->x_shared_refs, (1 << REFS_SHIFT) - (REFS_DEAD - REFS_MERGED));
        call_finalize(t, o, h);
        object_decref(t, o);
        return;
    }
    object_destroy_now(t, o);
}

static void chunk_destroy(Thread *t, RetireChunk *c) {
    AllocThread *a = t->alloc;
    a->retire_now = c;
    while (c->begin < c->count) {
        Retired r = c->items[c->begin++];
        switch ((RetiredKind)r.kind) {
        case RETIRED_OBJECT: destroy_shared(t, r.p); break;
        case RETIRED_OBJECT_MEMORY: object_memory_free(t, r.p, page_lookup(r.p) != NULL); break;
        case RETIRED_MEMORY: mem_free(r.p); break;
        case RETIRED_REF: object_decref(t, r.p); break;
        }
        handed_flush(t, a);
        if (a->retire_now != c) return; /* handed over while a finalizer or a callback ran: it isn't ours any more */
    }
    a->retire_now = NULL;
    if (a->retire_spare) mem_free(c);
    else a->retire_spare = c;
}

static RetireChunk *orphan_take(uint64_t safe) {
    if (!load_relaxed(&x_orphan_goal)) return NULL;
    pthread_mutex_lock(&retire_lock);
    RetireChunk *c = orphans;
    if (c && c->goal <= safe) {
        orphans = c->next;
        if (!orphans) orphans_last = NULL;
        store_seq(&x_orphan_goal, orphans ? orphans->goal : 0);
    } else c = NULL;
    pthread_mutex_unlock(&retire_lock);
    return c;
}

/* What the program would notice is waited for, though not for long: in CPython it's gone before the next statement, and other threads that run pass a
 * quiescent state in microseconds, unless they are in a long native function or have no core. A thread waits so for a twentieth of its time at most. */
#define SPIN_NS 5000   /* then the thread parks */
#define WAIT_NS 500000 /* for what one safepoint reclaims */
#define WAIT_SHARE 20

bool noticed_pending(const Thread *t) {
    const AllocThread *a = t->alloc;
    return a->noticed_goal && !a->reclaiming;
}

static bool still_none_over(void *addr, void *seen) { return load_seq((_Atomic uint32_t *)addr) == *(uint32_t *)seen; }

/* Parks until a period is over, perhaps ours. At a safepoint: nobody needs to wait for us meanwhile. */
static void noticed_park(Thread *t, uint64_t goal, int64_t most_ns) {
    AllocThread *a = t->alloc;
    references_tell(t);
    store_seq(&a->x_awaits, true); /* before the epochs are read: who ends the period afterwards sees it */
    uint32_t seen = load_seq(&x_periods_over);
    store_seq(&a->x_epoch, 0);
    wake_waiters();
    if (safe_epoch() < goal) park_wait(t, (void *)&x_periods_over, still_none_over, &seen, most_ns, PARK_STOPPABLE, NULL);
    store_seq(&a->x_awaits, false);
    breaker_clear(t, BREAK_QUIESCE);
    qsbr_online(t);
}

/* True: the first chunk's period is over, or it was handed over. *spent: what this reclaim has waited so far; < 0: not yet. */
static bool noticed_wait(Thread *t, int64_t *spent) {
    AllocThread *a = t->alloc;
    int64_t begin = now_ns(), now = begin;
    if (!a->noticed_goal || (*spent < 0 && now < a->no_wait_before)) return false;
    if (*spent < 0) *spent = 0;
    bool over;
    while (!(over = !a->retire_first || safe_epoch() >= a->retire_first->goal) && *spent + now - begin < WAIT_NS) {
        uint32_t bits = load_relaxed(&t->hot.x_breaker);
        if (bits & BREAK_STOP) break;
        if (bits & BREAK_QUIESCE) qsbr_quiesce(t); /* somebody else waits so for us */
        if (now - begin > SPIN_NS) noticed_park(t, a->retire_first->goal, WAIT_NS - *spent - (now - begin));
        now = now_ns();
    }
    *spent += now - begin;
    a->no_wait_before = now + *spent * WAIT_SHARE;
    return over;
}

void qsbr_reclaim(Thread *t) {
    AllocThread *a = t->alloc;
    breaker_clear(t, BREAK_RETIRED);
    if (a->reclaiming) return;
    a->reclaiming = true;
    int64_t spent = -1;
    for (;;) {
        uint64_t safe = safe_epoch();
        RetireChunk *c = a->retire_first;
        if (c && c->goal <= safe) {
            a->retire_first = c->next;
            if (!c->next) a->retire_last = NULL;
            if (a->noticed_goal == c->goal) a->noticed_goal = 0;
            store_seq(&a->x_wait_goal, c->next ? c->next->goal : 0);
        } else if (!(c = orphan_take(safe))) {
            /* nothing safe. What became prompt meanwhile starts its own period, which is over at once if we are alone */
            if (!a->retire_first && a->retire_prompt) chunk_close(t);
            if (!a->retire_first) break;
            if (load_relaxed(&a->x_epoch) < a->retire_first->goal) qsbr_quiesce(t);
            else if (!noticed_wait(t, &spent)) break;
            continue;
        }
        chunk_destroy(t, c);
    }
    a->reclaiming = false;
    if (a->deferred && !a->destroy_depth) deferred_run(t);
}

void qsbr_wake(void) { wake_waiters(); }

/* What all have retired becomes anybody's. */
static void everybody_quiesces(Thread *t) {
    world_stop(t); /* a thread that was asked for a quiescent state passes it before it stops */
    queues_merge_stopped(t);
    retired_gather_stopped(t, true);
    world_start(t);
}
static void retired_reclaim(Thread *t) {
    chunk_close(t);
    qsbr_quiesce(t);
    qsbr_reclaim(t);
}

void retired_flush(Thread *t) {
    if (t->alloc->reclaiming) return; /* from a finalizer that it runs */
    for (int round = 0; round < FLUSH_ROUNDS; round++) {
        retired_reclaim(t);
        if (!qsbr_pending(t) && (round || !threads_split)) return; /* the first round: others may hold something */
        everybody_quiesces(t);
    }
}

bool object_looks_dead(Thread *t, Object *o) {
    int64_t refs = load_acquire(&o->x_shared_refs);
    bool dead = (refs & 3) == REFS_QUEUED || ((refs & 3) == REFS_MERGED && refs >> REFS_SHIFT <= 0 && (load_acquire(&o->x_word) & WORD_FLAG(FLAG_RETIRED)));
    return dead && !t->alloc->reclaiming && !finalizers_wait(t);
}

void retired_settle(Thread *t) {
    everybody_quiesces(t);
    retired_reclaim(t);
}

void retired_drain(Thread *t) {
    for (int round = 0; qsbr_pending(t) && round < 10000; round++) retired_reclaim(t);
}

void qsbr_locks_reset(void) { pthread_mutex_init(&retire_lock, NULL); }

/* The dead thread's chunks become orphans. */
void qsbr_fork_child(Thread *t, AllocThread *dead) {
    Thread d = {.alloc = dead};
    tally_flush(t, dead);
    handed_flush(t, dead);
    retired_hand_over(&d);
    store_seq(&dead->x_epoch, 0);
}
