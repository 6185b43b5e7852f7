/* Sums and prints the counters of the stats build. */
#include "alloc/internal.h"
#include <string.h>

#if WEFT_STATS
static Stats ended; /* of threads that are gone; guarded by threads_lock */

static void stats_add(Stats *to, const Stats *from) {
#define X(name, text) to->name += from->name;
    STATS_LIST(X)
#undef X
}
void stats_thread_ended(AllocThread *a) {
    pthread_mutex_lock(&threads_lock);
    stats_add(&ended, &a->stats);
    a->stats = (Stats){0}; /* it is on the list for a moment yet */
    pthread_mutex_unlock(&threads_lock);
}
void stats_owner_ref(Thread *t, Object *o) {
    if (!(load_relaxed(&o->x_word) & WORD_FLAG(FLAG_LOCAL))) t->alloc->stats.owner_refs++;
}
void stats_shared_store(Thread *t) { t->alloc->stats.shared_stores++; }
#else
void stats_thread_ended(AllocThread *a) { (void)a; }
#endif

void stats_read(Thread *t, Stats *out) {
    memset(out, 0, sizeof *out);
#if WEFT_STATS
    pthread_mutex_lock(&threads_lock);
    stats_add(out, &ended);
    FOR_EACH_THREAD(a) stats_add(out, &a->stats); /* RELAXED: others count on; a sum a moment old is fine */
    pthread_mutex_unlock(&threads_lock);
#endif
}

void stats_write(Thread *t, FILE *out) {
    Stats s;
    stats_read(t, &s);
    if (WEFT_STATS) {
#define X(name, text) fprintf(out, "%-24s %14lld  %s\n", #name, (long long)s.name, text);
        STATS_LIST(X)
#undef X
    }
    GcPauses p = gc_pauses();
    fprintf(out, "%-24s %14lld  %s\n", "pauses", (long long)p.count, "times the world was stopped to collect");
    fprintf(out, "%-24s %14.3f  %s\n", "pause_max_ms", (double)p.max_ns / 1e6, "the longest");
    fprintf(out, "%-24s %14.3f  %s\n", "pause_total_ms", (double)p.total_ns / 1e6, "all together");
    for (int i = 0; i < 24; i++)
        if (p.histogram[i]) fprintf(out, "%-16s <%6lld %14lld\n", "pauses_us", 1LL << i, (long long)p.histogram[i]);
}
