/* Inside list*.c only: the storage of lists. Callers hold the list's lock if it is shared (suffix _locked). */
#ifndef WEFT_RUNTIME_LIST_INTERNAL_H
#define WEFT_RUNTIME_LIST_INTERNAL_H
#include "runtime/list.h"
#include "runtime/storage.h"

#define LIST_MAX ((size_t)1 << 58)
static inline size_t items_bytes(size_t capacity) { return sizeof(ListItems) + capacity * sizeof(Slot); }

/* Storage with `capacity` null slots, or null (no exception). */
ListItems *items_new(size_t capacity);
/* Storage of l with room for `want` items; null if memory is out (no exception). Slots from x_size on stay null. */
ListItems *list_reserve_locked(Thread *t, List *l, size_t want);
/* Gives memory back after many items went. Never fails. */
void list_shrink_locked(Thread *t, List *l);
/* Replaces items [lo, hi) by the n words of v (consumed if it succeeds) and moves the replaced ones to `old` (room for hi - lo).
 * 0, or -1 if memory is out (no exception, nothing changed). */
int list_splice_locked(Thread *t, List *l, size_t lo, size_t hi, const Ref *v, size_t n, Ref *old);
/* l[start:stop:step] as of one moment; shared lists are read without the lock unless somebody changes them all the time. Null with MemoryError. */
Ref list_slice_steps(Thread *t, List *l, int64_t start, int64_t stop, int64_t step);
/* Drops n references, then frees the array. */
void refs_drop(Thread *t, Ref *v, size_t n);

extern const Drain list_extend_drain;

/* slots of list_type that live in list_subscript.c */
Ref list_getitem(Thread *t, Value self, Value key);
int list_setitem(Thread *t, Value self, Value key, Value value);
bool steal_failed(Thread *t, Ref *v, size_t n);
/* The items of a list at one moment, not counted: good until the next safepoint. To be freed; null with MemoryError. */
Value *list_words(Thread *t, List *l, size_t *count);

#endif
