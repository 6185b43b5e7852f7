/* GIL mode: one lock around the interpreter. Whoever holds it is the only attached thread that runs.
 *
 * A thread that wants it waits one switch interval, then asks by BREAK_GIL; the holder gives it up at its next safepoint and waits
 * until another thread has taken it, so that a thread which never blocks shares fairly (G1). Detaching gives it up at once.
 */
#include "alloc/internal.h"
#include <errno.h>
#include <time.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t free, switched;
    AllocThread *holder; /* guarded by lock, as are all here */
    AllocThread *last;
    uint64_t switches;
    int waiting;
} gil = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER};

static _Atomic int64_t x_interval_ns = 5000000;

int64_t gil_interval_get(void) { return load_relaxed(&x_interval_ns); }
void gil_interval_set(int64_t ns) { store_relaxed(&x_interval_ns, ns > 0 ? ns : 1); }

void gil_take(Thread *t) {
    if (!gil_mode) return;
    AllocThread *a = t->alloc;
    pthread_mutex_lock(&gil.lock);
    gil.waiting++;
    while (gil.holder) {
        uint64_t before = gil.switches;
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        int64_t ns = until.tv_nsec + load_relaxed(&x_interval_ns);
        until.tv_sec += ns / 1000000000;
        until.tv_nsec = ns % 1000000000;
        int timed_out = pthread_cond_timedwait(&gil.free, &gil.lock, &until);
        if (timed_out == ETIMEDOUT && gil.holder && gil.switches == before) breaker_set(gil.holder->thread, BREAK_GIL);
    }
    gil.waiting--;
    gil.holder = a;
    if (gil.last != a) {
        gil.last = a;
        gil.switches++;
        pthread_cond_broadcast(&gil.switched);
    }
    pthread_mutex_unlock(&gil.lock);
    if (unlikely(load_relaxed(&x_finalizing)) && !t->is_main) {
        gil_drop(t, false);
        thread_hang();
    }
}

void gil_drop(Thread *t, bool forced) {
    if (!gil_mode) return;
    AllocThread *a = t->alloc;
    pthread_mutex_lock(&gil.lock);
    gil.holder = NULL;
    gil.last = a;
    breaker_clear(t, BREAK_GIL);
    pthread_cond_signal(&gil.free);
    if (forced)
        while (gil.waiting && gil.last == a) pthread_cond_wait(&gil.switched, &gil.lock);
    pthread_mutex_unlock(&gil.lock);
}

void gil_yield(Thread *t) {
    breaker_clear(t, BREAK_GIL);
    if (!gil_mode) return;
    stack_record(t->alloc);
    store_seq(&t->alloc->x_epoch, 0); /* a safepoint: quiescent */
    gil_drop(t, true);
    gil_take(t);
    qsbr_online(t);
}

void gil_fork_child(Thread *t) {
    pthread_mutex_init(&gil.lock, NULL);
    pthread_cond_init(&gil.free, NULL);
    pthread_cond_init(&gil.switched, NULL);
    gil.waiting = 0;
    gil.holder = gil.last = t->alloc;
}
