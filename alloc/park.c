/* The parking lot: threads that wait for a word to change queue here by its address, so that a lock needs only a byte or a word.
 *
 * Each waiter sleeps on its own futex word (x_parked). Buckets are few and fixed; a bucket's lock is raw and held for the length of
 * a queue. The waker decides what becomes of the lock under the bucket's lock (unpark_one), where the waiter can't time out.
 */
#include "alloc/internal.h"
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define BUCKETS 1021
typedef struct Bucket {
    pthread_mutex_t lock;
    AllocThread *first, *last;
} Bucket;
static Bucket buckets[BUCKETS] = {[0 ... BUCKETS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};

static Bucket *bucket_of(void *addr) { return &buckets[((uintptr_t)addr >> 3) % BUCKETS]; }

int64_t now_ns(void) {
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * (int64_t)1000000000 + ts.tv_nsec;
}

#define BACK_OFF_FIRST_NS 500 /* some turns of somebody's short critical section; then eight times as long each time */
#define BACK_OFF_STEPS 3      /* the last is about what parking and being woken cost */
bool spin_back_off(int *steps) {
    if (*steps == BACK_OFF_STEPS) return false;
    int64_t until = now_ns() + (BACK_OFF_FIRST_NS << (3 * (*steps)++));
    while (now_ns() < until) {
#if defined(__x86_64__)
        __builtin_ia32_pause();
#endif
    }
    return true;
}

static void futex_wait_until(_Atomic uint32_t *word, uint32_t expected, int64_t deadline) {
    struct timespec ts = {deadline / 1000000000, deadline % 1000000000};
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET_PRIVATE, expected, deadline < 0 ? NULL : &ts, NULL, FUTEX_BITSET_MATCH_ANY);
}
static void futex_wake(_Atomic uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0); }

static void bucket_append(Bucket *b, AllocThread *a) {
    a->park_next = NULL;
    if (b->last) b->last->park_next = a;
    else b->first = a;
    b->last = a;
}
static bool bucket_remove(Bucket *b, AllocThread *a) {
    for (AllocThread **at = &b->first, *prev = NULL; *at; prev = *at, at = &(*at)->park_next) {
        if (*at != a) continue;
        *at = a->park_next;
        if (b->last == a) b->last = prev;
        return true;
    }
    return false;
}

static void leave(Thread *t, int how) {
    if (how == PARK_STOPPABLE) {
        stack_record(t->alloc);
        gil_drop(t, false);
        state_leave(t);
    } else if (how >= PARK_DETACHED) {
        thread_detach(t);
    }
}
static void enter(Thread *t, int how) {
    if (how == PARK_STOPPABLE) {
        gil_take(t);
        state_enter(t);
    } else if (how >= PARK_DETACHED) {
        thread_attach(t);
    }
}

/* Waits while still(addr, arg), which runs under the bucket's lock. t may be null only on threads that aren't Python's. */
ParkResult park_wait(Thread *t, void *addr, bool (*still)(void *addr, void *arg), void *arg, int64_t timeout_ns, int how, bool *handed) {
    AllocThread *a = t->alloc;
    Bucket *b = bucket_of(addr);
    int64_t now = timeout_ns >= 0 || handed ? now_ns() : 0;
    int64_t deadline = timeout_ns < 0 || timeout_ns > INT64_MAX - now ? -1 : now + timeout_ns;
    bool interruptible = how == PARK_DETACHED && t->is_main;
    ParkResult result;
    HARD_YIELD();
    leave(t, how);
    pthread_mutex_lock(&b->lock);
    if (!still(addr, arg)) {
        pthread_mutex_unlock(&b->lock);
        enter(t, how);
        return PARK_AGAIN;
    }
    a->park_addr = addr;
    a->park_since = now;
    a->park_handed = false;
    store_seq(&a->x_parked, PARKED_YES);
    bucket_append(b, a);
    pthread_mutex_unlock(&b->lock);
    for (;;) {
        if (interruptible && (load_seq(&t->hot.x_breaker) & BREAK_SIGNAL)) result = PARK_INTERRUPTED;
        else if (load_acquire(&a->x_parked) == PARKED_NOTIFIED) result = PARK_WOKEN;
        else if (deadline >= 0 && now_ns() >= deadline) result = PARK_TIMEOUT;
        else {
            uint32_t interrupted = PARKED_INTERRUPTED; /* not ours to heed: sleep on */
            if (!interruptible) cas_acq_rel(&a->x_parked, &interrupted, PARKED_YES);
            futex_wait_until(&a->x_parked, PARKED_YES, deadline);
            continue;
        }
        if (result == PARK_WOKEN) break;
        pthread_mutex_lock(&b->lock);
        bool queued = bucket_remove(b, a);
        pthread_mutex_unlock(&b->lock);
        if (queued) break;
        /* a waker has taken us off already: its wake counts */
        while (load_acquire(&a->x_parked) != PARKED_NOTIFIED) sched_yield();
        result = PARK_WOKEN;
        break;
    }
    store_relaxed(&a->x_parked, PARKED_NO);
    if (handed) *handed = result == PARK_WOKEN && a->park_handed;
    enter(t, how);
    return result;
}

static void wake(AllocThread *a) {
    store_release(&a->x_parked, PARKED_NOTIFIED);
    futex_wake(&a->x_parked);
}

void park_interrupt(AllocThread *a) {
    if (!a) return;
    uint32_t parked = PARKED_YES;
    if (cas_acq_rel(&a->x_parked, &parked, PARKED_INTERRUPTED)) futex_wake(&a->x_parked);
}

void unpark_one(void *addr, bool (*decide)(void *addr, ParkToken token)) {
    Bucket *b = bucket_of(addr);
    pthread_mutex_lock(&b->lock);
    AllocThread *a = b->first;
    while (a && a->park_addr != addr) a = a->park_next;
    ParkToken token = {0};
    if (a) {
        bucket_remove(b, a);
        token.waiter = a;
        token.waited_ns = now_ns() - a->park_since;
        for (AllocThread *o = b->first; o && !token.more; o = o->park_next) token.more = o->park_addr == addr;
    }
    bool handed = decide(addr, token);
    if (a) {
        a->park_handed = handed;
        wake(a); /* under the lock: a can't leave park_wait, nor its thread end, before */
    }
    pthread_mutex_unlock(&b->lock);
}

int unpark(void *addr, int how_many) {
    Bucket *b = bucket_of(addr);
    int n = 0;
    pthread_mutex_lock(&b->lock);
    for (AllocThread *a = b->first, *next; a && n < how_many; a = next) {
        next = a->park_next;
        if (a->park_addr != addr) continue;
        bucket_remove(b, a);
        wake(a);
        n++;
    }
    pthread_mutex_unlock(&b->lock);
    return n;
}

static bool still_u32(void *addr, void *arg) { return load_seq((_Atomic uint32_t *)addr) == *(uint32_t *)arg; }
static bool still_u8(void *addr, void *arg) { return load_seq((_Atomic uint8_t *)addr) == *(uint8_t *)arg; }

ParkResult park_u32(Thread *t, _Atomic uint32_t *addr, uint32_t expected, int64_t timeout_ns, bool detach) {
    return park_wait(t, (void *)addr, still_u32, &expected, timeout_ns, detach ? PARK_DETACHED : PARK_ATTACHED, NULL);
}
ParkResult park_u8(Thread *t, _Atomic uint8_t *addr, uint8_t expected, int64_t timeout_ns, bool detach) {
    return park_wait(t, (void *)addr, still_u8, &expected, timeout_ns, detach ? PARK_DETACHED : PARK_ATTACHED, NULL);
}

void park_fork_child(void) {
    for (int i = 0; i < BUCKETS; i++) buckets[i] = (Bucket){.lock = PTHREAD_MUTEX_INITIALIZER};
}

/* ---- lock words: 0 free, 1 held, 2 held and waited for -------------------------------------------------------------- */
bool lock_word_take(Thread *t, _Atomic uint32_t *word) {
    uint32_t state = 0, waited = 2;
    bool handed = false;
    if (cas_acq_rel(word, &state, 1u)) return true;
    while (!handed && swap_acq_rel(word, 2u) != 0)
        if (park_wait(t, (void *)word, still_u32, &waited, -1, PARK_DETACHED, &handed) == PARK_INTERRUPTED) return false;
    return true;
}

static bool word_decide(void *addr, ParkToken token) {
    bool hand_over = token.waiter && token.waited_ns > HAND_OVER_NS;
    store_seq((_Atomic uint32_t *)addr, !hand_over ? 0u : token.more ? 2u : 1u); /* free: the woken one takes it with 2 */
    return hand_over;
}

void lock_word_release(_Atomic uint32_t *word) {
    uint32_t held = 1;
    if (!cas_acq_rel(word, &held, 0u)) unpark_one((void *)word, word_decide);
}

/* ---- Mutex: 0 free, 1 locked, 3 locked and perhaps waited for ------------------------------------------------------ */
void mutex_lock_slow(Thread *t, Mutex *m) {
    if (t) STAT(t, mutexes_contended);
    for (int steps = 0; spin_back_off(&steps);) {
        uint32_t state = load_relaxed(&m->x_state);
        if (state == 0 && cas_acq_rel(&m->x_state, &state, 1u)) return;
        if (state == 3) break;
    }
    while (swap_acq_rel(&m->x_state, 3u) != 0) {
        uint32_t waited = 3;
        if (t && load_relaxed(&t->alloc->x_state) == STATE_ATTACHED) park_wait(t, m, still_u32, &waited, -1, PARK_DETACHED_QUIET, NULL);
        else if (t) park_wait(t, m, still_u32, &waited, -1, PARK_ATTACHED, NULL);
        else sched_yield();
    }
}

void mutex_unlock_slow(Mutex *m) {
    ENSURE(load_relaxed(&m->x_state) == 3); /* unlocking a free one is a bug of the caller */
    store_seq(&m->x_state, 0u);
    unpark(m, 1);
}
