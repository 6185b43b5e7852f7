/* Hard mode and failure injection (debug builds): rare events made common.
 *
 * WEFT_HARD=collect:N,yield:SEED: a full collection at every Nth safepoint that a collection asks for, and a pseudo-random
 * sched_yield or short sleep at locks and safepoints. WEFT_FAIL_ALLOC=N (all builds) fails the Nth allocation.
 */
#include "alloc/internal.h"
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if WEFT_DEBUG
uint64_t hard_collect_every, hard_seed;

void hard_init(void) {
    const char *s = getenv("WEFT_HARD");
    if (!s) return;
    const char *collect = strstr(s, "collect:"), *yield = strstr(s, "yield:");
    if (collect) hard_collect_every = strtoull(collect + 8, NULL, 10);
    if (yield) hard_seed = strtoull(yield + 6, NULL, 10) | 1;
}

void hard_yield(void) {
    static _Thread_local uint64_t state;
    if (!state) state = hard_seed * 0x9E3779B97F4A7C15u + (uint64_t)(uintptr_t)&state;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    if (state % 8 == 0) sched_yield();
    if (state % 512 == 0) nanosleep(&(struct timespec){0, 50000}, NULL);
}
#endif
