/* The tally: references that a thread holds of objects it doesn't own, and has told nobody of yet.
 *
 * A thread that takes a reference of a foreign object and drops it again soon after need not write to the object: the reference is noted in the
 * thread's own tally, and the drop takes it back from there. Only what is still noted at the second quiescent state (or when another object wants the place,
 * or the object is retired) is added to x_shared_refs, by one atomic addition. So a private container of shared objects, a bound method, an argument
 * tuple … write nothing shared if they live shortly. (Lending does the same for registers; this is for words in the heap.)
 *
 *   true count = owner's count + shared count + what all tallies hold of it
 *
 * Without the last term the count may be zero, or negative, too early. Nothing is destroyed wrongly, since
 *   - an object whose count reached zero is marked (FLAG_RETIRED) and waits for a grace period that begins afterwards. In it every thread passes a quiescent
 *     state, sees the mark and adds what its tally holds: an addition to a merged count of zero or less sets FLAG_REVIVED, and there is one more period;
 *   - taking back sets FLAG_REVIVED as well, if the object is retired: the reference may have been another thread's only way to it, and that thread may
 *     have noted one of its own after its quiescent state of this period;
 *   - a count that is negative when the period ends waits for another one.
 * So when an object is destroyed, there was a whole period with neither an addition nor a taking back; in it every thread had its tally empty of the
 * object once, so all counts were told: the count of zero was the true one, and nobody could find the object any more.
 * Who needs exact counts stops the world and calls queues_merge_stopped, which adds up all tallies.
 *
 * A thread that keeps asking for more places than there are (a list of many shared strings is copied, say) gets a larger table, up to TALLY_MOST entries.
 *
 * A thread that keeps most of what it takes (it merges other threads' results, say) gains nothing by noting it first, and counts at once (`keeps`).
 *
 * Only the thread itself touches its tally, and whoever has stopped the world, or buries it after a fork. In GIL mode nothing is foreign.
 */
#ifndef WEFT_ALLOC_TALLY_H
#define WEFT_ALLOC_TALLY_H

#include "alloc/internal.h"

/* The places that an object may take. Neighbours in memory take neighbouring places, so that the table is as compact in the cache as the objects are;
 * each 64 KiB begin somewhere else. */
static inline TallyEntry *tally_set(const Tally *y, const Object *o) {
    uintptr_t p = (uintptr_t)o;
    return &y->entry[((p >> 6) + (p >> 16) * 0x9E3779B1u) % (y->size / TALLY_WAYS) * TALLY_WAYS];
}
/* The entry of an object, NULL if it has none. */
static inline TallyEntry *tally_find(const Tally *y, const Object *o) {
    TallyEntry *set = tally_set(y, o);
    for (int i = 0; i < TALLY_WAYS; i++)
        if (set[i].object == o) return &set[i];
    return NULL;
}
/* One object in sixteen is noted even by a thread that keeps what it takes, so that it's seen when it no longer does. */
static inline bool tally_samples(const Object *o) { return ((uintptr_t)o >> 6) % 16 == 0; }
/* Takes one back, if there is one. `word`: the object's x_word, read after the write that made the dropped word unreachable. Where others could reach it,
 * that write is an atomic swap, or is followed by the release of the container's lock, a compare-and-swap: on x86-64 a full barrier either way (a port must
 * make it one). So either we see here that the object is retired, or whoever looks for it after a quiescent state of that period finds it gone. */
static inline bool tally_take_back(Thread *t, Object *o, uint32_t word) {
    TallyEntry *e = tally_find(&t->alloc->tally, o);
    if (!e || e->n == 0) return false;
    if (unlikely(word & WORD_FLAG(FLAG_RETIRED))) or_acq_rel(&o->x_word, WORD_FLAG(FLAG_REVIVED));
    e->n--;
    return true;
}
#endif
