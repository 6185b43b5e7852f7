/* The collector's interface for runtime/'s gc module, and what the interpreter's end needs.
 *
 * Young collections look only at objects local to the calling thread, made since its last one: nobody is stopped.
 * Full collections stop the world. Finalizers, weak reference callbacks and clear run after it goes on.
 * All functions: attached, at a point that counts as a safepoint (registers valid, no object locks held).
 */
#ifndef WEFT_ALLOC_COLLECT_H
#define WEFT_ALLOC_COLLECT_H

#include "alloc/thread.h"

#define GC_GENERATIONS 3
typedef struct GcStats { int64_t collections, collected, uncollectable; } GcStats;
GcStats gc_stats(int generation);
/* Pauses of the world for collections: count, longest, total, and how many fell below 2^i microseconds. */
typedef struct GcPauses { int64_t count, max_ns, total_ns, histogram[24]; } GcPauses;
GcPauses gc_pauses(void);

/* gc.get_threshold and set_threshold. Until set, the first stands for a larger internal one. */
void gc_get_threshold(int64_t out[GC_GENERATIONS]);
void gc_set_threshold(const int64_t in[GC_GENERATIONS]);
void gc_get_count(Thread *t, int64_t out[GC_GENERATIONS]);

#define GC_DEBUG_STATS 1
#define GC_DEBUG_COLLECTABLE 2
#define GC_DEBUG_UNCOLLECTABLE 4
#define GC_DEBUG_SAVEALL 32
int gc_get_debug(void);
void gc_set_debug(int flags);

/* Arrays of new references in a block that the caller frees with mem_free after dropping them. *out is null and the result 0
 * for none; -1: no memory (MemoryError set). Objects local to other threads are published. */
int64_t gc_get_objects(Thread *t, int generation, Ref **out); /* generation -1: all; 0: young; 1, 2: old */
int64_t gc_get_referrers(Thread *t, const Value *of, int64_t n, Ref **out);
int64_t gc_get_referents(Thread *t, const Value *of, int64_t n, Ref **out);

/* World stopped, or o local: ref_try for who came upon o by a way that counts nothing and that o's destruction ends. Published, if it is another thread's. */
Ref ref_try_stopped(Thread *t, Object *o);

void gc_freeze(Thread *t);
void gc_unfreeze(Thread *t);
int64_t gc_freeze_count(Thread *t);
/* gc.is_tracked, gc.is_finalized */
bool gc_is_tracked(Value v);
bool object_finalized(const Object *o);
/* While hooks.clear_weakrefs runs: is o part of the cycle that is being destroyed (its callbacks are then not called)? */
bool object_is_trash(const Object *o);
/* Destroys what this thread has retired and what threads left behind that ended or block; at a safepoint. Runs Python. Waits for grace periods as others
 * wait for a stop of the world; after some dozens the rest is left to later safepoints. */
void retired_flush(Thread *t);
/* Has an object, found by a weak reference, been dropped by all who counted it, so that only a tally or a register may still hold it? While this is true,
 * retired_settle has each thread pass a quiescent state, after which the object is gone or counted again; it runs finalizers. Attached, at a safepoint. */
bool object_looks_dead(Thread *t, Object *o);
void retired_settle(Thread *t);
int64_t gc_live_objects(void); /* container objects, an estimate */

/* For tests: `count` allocations fail, after `after` more that don't; after < 0: none. Returns what was left of `after`, < 0 if it was used up. */
int64_t fail_allocations(int64_t after, int64_t count);

/* ---- the interpreter's end ---------------------------------------------------------------------------------------- */
/* From here on no other thread attaches: daemon threads that try wait for ever. Main thread, attached. */
void threads_finalizing(Thread *t);
bool is_finalizing(void);
/* The last step, after runtime/ has dropped all that it holds: collects until nothing is found, destroys what waits for grace
 * periods and audits all counts in WEFT_DEBUG builds. 0, or 70 if the audit failed. No object may be touched after it. */
int alloc_finish(Thread *t);

#endif
