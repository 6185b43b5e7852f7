/* Object locks: the byte in the header, and the sections that hold it.
 *
 * The byte: bit 0 locked, bit 1 somebody is parked for it. Only the innermost section of a thread holds its locks while the thread
 * waits: whoever can't lock at once gives up the locks of all outer sections first, and takes back those of the section that
 * becomes innermost again. So waits form no cycle (C1): a one-object section waits holding nothing, a two-object section holding
 * only the lower address.
 * A waiter of more than 1 ms gets the lock handed over (C2). Waiting stops for the world but isn't a quiescent state.
 */
#include "alloc/internal.h"

#define LOCKED 1
#define WAITED 2

static inline _Atomic uint8_t *lock_byte(Object *o) { return (_Atomic uint8_t *)((char *)&o->x_word + 3); }

static bool still_waited(void *addr, void *arg) { return load_seq((_Atomic uint8_t *)addr) == (LOCKED | WAITED); }

bool object_lock_try(Object *o) {
    uint8_t free = 0;
    return cas_acq_rel(lock_byte(o), &free, (uint8_t)LOCKED);
}

static void lock_wait(Thread *t, Object *o) {
    _Atomic uint8_t *x = lock_byte(o);
    STAT(t, object_locks_contended);
    int steps = 0;
    for (;;) {
        uint8_t state = load_relaxed(x);
        if (!(state & LOCKED)) {
            if (cas_acq_rel(x, &state, (uint8_t)(state | LOCKED))) return;
            continue;
        }
        if (unlikely(load_relaxed(&x_finalizing)) && t->is_main) return; /* whoever has it stands still for ever: ours now */
        if (state == LOCKED && spin_back_off(&steps)) continue;
        if (state == LOCKED && !cas_acq_rel(x, &state, (uint8_t)(LOCKED | WAITED))) continue;
        bool handed = false;
        park_wait(t, (void *)x, still_waited, NULL, -1, PARK_STOPPABLE, &handed);
        if (handed) return;
    }
}

static bool unlock_decide(void *addr, ParkToken token) {
    _Atomic uint8_t *x = addr;
    bool hand_over = token.waiter && token.waited_ns > HAND_OVER_NS;
    store_seq(x, (uint8_t)((hand_over ? LOCKED : 0) | (token.more ? WAITED : 0)));
    return hand_over;
}

void object_unlock(Object *o) {
    uint8_t locked = LOCKED;
    if (likely(cas_acq_rel(lock_byte(o), &locked, (uint8_t)0))) return;
    unpark_one((void *)lock_byte(o), unlock_decide);
}

static void section_unlock(Critical *c) {
    if (c->held & 2) object_unlock(c->b);
    if (c->held & 1) object_unlock(c->a);
    c->held = 0;
}

static void section_lock(Thread *t, Critical *c) {
    STAT(t, object_locks);
    HARD_YIELD();
    if (!object_lock_try(c->a)) {
        for (Critical *o = c->outer; o; o = o->outer) section_unlock(o);
        lock_wait(t, c->a);
    }
    c->held |= 1;
    if (!c->b) return;
    if (!object_lock_try(c->b)) {
        for (Critical *o = c->outer; o; o = o->outer) section_unlock(o);
        lock_wait(t, c->b);
    }
    c->held |= 2;
}

#if defined(WEFT_LOCKS_always)
#define needs_lock(t, o) true
#else
#define needs_lock(t, o) (!is_local((t), (o)))
#endif

void critical_enter_slow(Thread *t, Critical *c, Object *a, Object *b) {
    if (gil_mode || !threads_split) return; /* nobody else is there */
    if (b == a) b = NULL;
    if (b && !needs_lock(t, b)) b = NULL;
    if (!needs_lock(t, a)) {
        a = b;
        b = NULL;
    }
    if (!a) return;
    /* An operation on a list inside a section on the same list: the outer section holds it already. */
    Critical *in = t->critical;
    if (!b && in && ((in->a == a && (in->held & 1)) || (in->b == a && (in->held & 2)))) return;
    if (b && b < a) {
        Object *o = a;
        a = b;
        b = o;
    }
    c->a = a;
    c->b = b;
    c->held = 0;
    c->outer = t->critical;
    section_lock(t, c);
    t->critical = c;
}

void critical_exit_slow(Thread *t, Critical *c) {
    DCHECK(t->critical == c);
    section_unlock(c);
    t->critical = c->outer;
    if (t->critical && !t->critical->held) section_lock(t, t->critical);
}

void critical_suspend(Thread *t) {
    for (Critical *c = t->critical; c; c = c->outer) section_unlock(c);
}

void critical_resume(Thread *t) {
    if (t->critical && !t->critical->held) section_lock(t, t->critical);
}

static void lock_clear(void *arg, Page *p, Object *o) { store_relaxed(lock_byte(o), (uint8_t)0); }

/* Locks that other threads held or were handed stay behind in the child: free them all but our own. */
void critical_fork_child(Thread *t) {
    heap_walk(lock_clear, NULL);
    for (Critical *c = t->critical; c; c = c->outer) {
        if (c->held & 1) store_relaxed(lock_byte(c->a), (uint8_t)LOCKED);
        if (c->held & 2) store_relaxed(lock_byte(c->b), (uint8_t)LOCKED);
    }
}
