/* Storage: what list, dict, set and deque share to replace and shift the slots of their storage, and the guard
 * that repr() of a container needs against itself.
 *
 * Callers hold the object lock of the container if it is shared (CRITICAL); t is the caller's own, attached.
 * Nothing here calls out to Python.
 */
#ifndef WEFT_RUNTIME_STORAGE_H
#define WEFT_RUNTIME_STORAGE_H

#include "alloc/object.h"
#include "alloc/thread.h"
#include "runtime/str.h"

/* Stores r (consumed) into a slot that holds nothing: publishes r if the container is shared, then a release store. */
static inline void slot_fill(Thread *t, void *container, Slot *s, Ref r) {
    if (!is_local(t, container)) publish(t, ref_borrow(r));
    store_release(&s->x_bits, r.bits);
}
/* Moves n words inside one container; they may overlap. `local`: nobody reads meanwhile. */
static inline void slots_move(bool local, Slot *to, const Slot *from, size_t n) {
    if (local) {
        memmove((void *)to, (const void *)from, n * sizeof(Slot));
    } else if (to < from) {
        for (size_t i = 0; i < n; i++) store_release(&to[i].x_bits, load_relaxed(&((Slot *)from)[i].x_bits));
    } else {
        for (size_t i = n; i-- > 0;) store_release(&to[i].x_bits, load_relaxed(&((Slot *)from)[i].x_bits));
    }
}
/* Copies n words into storage that nobody else sees yet. */
static inline void slots_copy(Slot *to, const Slot *from, size_t n) {
    for (size_t i = 0; i < n; i++) store_relaxed(&to[i].x_bits, load_relaxed(&((Slot *)from)[i].x_bits));
}

/* repr() of containers: who is being shown by this thread right now.  Usage:
 *     ReprGuard g;
 *     if (repr_enter(&g, self)) return str_from_cstr(t, "[...]");
 *     …
 *     repr_leave(&g);
 * The guard lives on the C stack. */
typedef struct ReprGuard {
    struct ReprGuard *outer;
    Object *object;
} ReprGuard;
bool repr_enter(ReprGuard *g, Value self); /* true: self is already being shown (and then don't leave) */
void repr_leave(ReprGuard *g);

/* ---- equality, order and hash where no Python code can be involved ------------------------------------------ */
#define PLAIN_UNKNOWN (-1)
/* 1 equal, 0 not, PLAIN_UNKNOWN if only the types' own methods can tell. Identity implies equality. Never raises. */
int plain_equal_slow(Value a, Value b);
static inline int plain_equal(Value a, Value b) {
    if (value_is(a, b)) return 1;
    if (value_is_int(a) && value_is_int(b)) return 0;
    return plain_equal_slow(a, b);
}
/* a < b for two exact ints, floats, strs, or tuples of such; else PLAIN_UNKNOWN. */
int plain_less_slow(Value a, Value b);
static inline int plain_less(Value a, Value b) {
    if (value_is_int(a) && value_is_int(b)) return (int64_t)a.bits < (int64_t)b.bits;
    return plain_less_slow(a, b);
}
/* The hash of an exact str, small int; else false. */
bool plain_hash_slow(Value v, int64_t *out);
static inline bool plain_hash(Value v, int64_t *out) {
    if (value_is_int(v)) {
        int64_t i = value_int(v);
        *out = i == -1 ? -2 : i;
        if (likely(i > -((int64_t)1 << 60) && i < ((int64_t)1 << 60))) return true;
    } else if (value_is_object(v) && type_of(v) == &str_type) {
        *out = load_relaxed(&as(Str, v)->x_hash);
        if (likely(*out != -1)) return true;
    }
    return plain_hash_slow(v, out);
}

#endif
