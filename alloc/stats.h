/* Counters of the stats build (WEFT_STATS): writes to shared memory, locks, publications, collections.
 *
 * Each thread counts in its own block with plain adds; stats_read sums over the threads that live and those that ended.
 * In other builds STAT vanishes and stats_read gives zeros, except pauses, which are always measured.
 */
#ifndef WEFT_ALLOC_STATS_H
#define WEFT_ALLOC_STATS_H

#include "alloc/value.h"
#include <stdio.h>

#define STATS_LIST(X)                                                                              \
    X(shared_refs, "counts on shared objects (atomic)")                                            \
    X(tallied, "references of foreign objects noted in a thread's own tally")                      \
    X(owner_refs, "counts by the owner on shared objects")                                         \
    X(object_locks, "object locks taken")                                                          \
    X(object_locks_contended, "object locks waited for")                                           \
    X(mutexes_contended, "runtime locks waited for")                                               \
    X(publications, "objects published")                                                           \
    X(retirements, "objects and storage retired")                                                  \
    X(shared_stores, "stores into slots of shared objects")                                        \
    X(queued, "objects queued to their owner")                                                     \
    X(merged, "counts merged")                                                                     \
    X(quiescent, "quiescent states announced")                                                     \
    X(claimed, "lent registers counted")                                                           \
    X(young_collections, "young collections")                                                      \
    X(full_collections, "full collections")

typedef struct Stats {
#define X(name, text) int64_t name;
    STATS_LIST(X)
#undef X
} Stats;

/* Sums into *out. Any attached thread. */
void stats_read(Thread *t, Stats *out);
/* Writes one "name  value" line each, then the pauses. */
void stats_write(Thread *t, FILE *out);

#if WEFT_STATS
#define STAT(t, field) ((t)->alloc->stats.field++)
#else
#define STAT(t, field) ((void)0)
#endif

#endif
