/* Debug builds: hard mode (rare events made common) and the check of the order in which Mutexes are taken.
 *
 * WEFT_HARD=collect:N,yield:SEED: a full collection after every Nth allocation (at the next safepoint), and a pseudo-random
 * sched_yield or short sleep at locks, safepoints and, more rarely, atomic accesses, for 15 seconds. WEFT_FAIL_ALLOC=N,COUNT (all
 * builds, mem.c) fails COUNT allocations (1 if left out) after N others.
 */
#include "alloc/internal.h"
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if WEFT_DEBUG
uint64_t hard_collect_every, hard_seed;
/* Where other processes want the cores each yield costs a turn of theirs, and a script takes a hundred times as long: so they end after a while. */
#define HARD_NS ((int64_t)15000000000)
static int64_t hard_until;

void hard_init(void) {
    const char *s = getenv("WEFT_HARD");
    if (!s) return;
    const char *collect = strstr(s, "collect:"), *yield = strstr(s, "yield:");
    if (collect) hard_collect_every = strtoull(collect + 8, NULL, 10);
    if (yield) {
        hard_until = now_ns() + HARD_NS;
        hard_seed = strtoull(yield + 6, NULL, 10) | 1;
    }
}

void hard_alloc(AllocThread *a) {
    if (++a->allocs % hard_collect_every) return;
    a->hard_due = true;
    if (collector_enabled()) breaker_set(a->thread, BREAK_COLLECT);
}

static void yield_once_in(unsigned yield, unsigned nap) {
    static _Thread_local uint64_t state;
    if (!state) state = hard_seed * 0x9E3779B97F4A7C15u + (uint64_t)(uintptr_t)&state;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    if (state % yield != 0 && state % nap != 0) return;
    if (now_ns() > hard_until) return;
    int error = errno;
    if (state % yield == 0) sched_yield();
    if (state % nap == 0) nanosleep(&(struct timespec){0, 50000}, NULL);
    errno = error;
}
void hard_yield(void) { yield_once_in(8, 512); }
void hard_step(void) { yield_once_in(512, 8192); }

/* ---- order of Mutexes: which was ever taken while which was held; both ways round is a deadlock to come -------------------------- */
#define EDGES 4096
static struct { Mutex *outer, *inner; } edges[EDGES];
static int edge_count;
static pthread_mutex_t edges_lock = PTHREAD_MUTEX_INITIALIZER;

static void edge_add(Mutex *outer, Mutex *inner) {
    pthread_mutex_lock(&edges_lock);
    bool known = false;
    for (int i = 0; i < edge_count; i++) {
        known |= edges[i].outer == outer && edges[i].inner == inner;
        if (edges[i].outer != inner || edges[i].inner != outer) continue;
        fprintf(stderr, "weft: Mutexes %p and %p are taken in both orders\n", (void *)outer, (void *)inner);
        weft_panic(__FILE__, __LINE__, "lock order");
    }
    if (!known && edge_count < EDGES) {
        edges[edge_count].outer = outer;
        edges[edge_count++].inner = inner;
    }
    pthread_mutex_unlock(&edges_lock);
}

void mutex_taken(Thread *t, Mutex *m) {
    if (!t) return;
    AllocThread *a = t->alloc;
    for (int i = 0; i < a->held_count; i++) edge_add(a->held[i], m);
    ENSURE(a->held_count < (int)(sizeof a->held / sizeof *a->held));
    a->held[a->held_count++] = m;
}

void mutex_given(Mutex *m) {
    if (!thread_self) return;
    AllocThread *a = thread_self->alloc;
    for (int i = a->held_count; i-- > 0;) {
        if (a->held[i] != m) continue;
        a->held[i] = a->held[--a->held_count];
        return;
    }
}

void mutex_check_none(Thread *t) { ENSURE(t->alloc->held_count == 0); }
#endif
