/* Iterators over list and tuple by index, forwards and backwards.
 *
 * A shared iterator is advanced by compare-and-swap. Its source stays until the iterator dies, since another thread may be reading
 * through it; only a local iterator lets go of its source at the end. Exhaustion is x_index == -1. */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list_internal.h"
#include "runtime/module.h"

void index_iter_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((SeqIter *)o)->source, visit, arg); }
void index_iter_destroy(Thread *t, Object *o) { ref_drop(t, slot_take(t, o, &((SeqIter *)o)->source)); }

static COLD Ref index_iter_end(Thread *t, SeqIter *it, int64_t mark) {
    store_relaxed(&it->x_index, mark);
    if (is_local(t, it)) slot_set(t, it, &it->source, REF_NULL);
    return REF_NULL;
}

static ALWAYS_INLINE Ref iter_step(Thread *t, Value self, Value (*item)(Value source, int64_t i)) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    for (;;) {
        if (unlikely(i < 0)) return REF_NULL;
        Value v = item(slot_get(&it->source), i);
        if (unlikely(value_is_null(v))) return index_iter_end(t, it, -1);
        if (likely(is_local(t, it))) {
            store_relaxed(&it->x_index, i + 1);
            return ref_new(t, v);
        }
        if (cas_relaxed(&it->x_index, &i, i + 1)) return ref_new(t, v);
    }
}
Ref index_iter_step(Thread *t, Value self, Value (*item)(Value source, int64_t i)) { return iter_step(t, self, item); }

Ref index_iter_reduce(Thread *t, Value self, const char *function, int64_t min, Value empty) {
    SeqIter *it = as(SeqIter, self);
    Ref source = slot_ref(t, &it->source);
    int64_t i = load_relaxed(&it->x_index);
    bool over = i < min || ref_is_null(source);
    Ref args = tuple_pack(t, 1, over ? empty : ref_borrow(source));
    Ref callable = ref_is_null(args) ? REF_NULL : import_attr(t, "builtins", over ? "iter" : function);
    Ref r = REF_NULL;
    if (!ref_is_null(callable)) {
        if (over) r = tuple_pack(t, 2, ref_borrow(callable), ref_borrow(args));
        else r = tuple_pack(t, 3, ref_borrow(callable), ref_borrow(args), small_int(i));
    }
    ref_drop(t, callable);
    ref_drop(t, args);
    ref_drop(t, source);
    return r;
}

/* ---- list, forwards ------------------------------------------------------------------------------------------------ */

static Value list_iter_item(Value source, int64_t i) { return list_get(source, (size_t)i); }
static Ref list_iter_next(Thread *t, Value self) { return iter_step(t, self, list_iter_item); }

static int list_iter_word(Thread *t, Value self, Ref *out) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    Value v = likely(is_local(t, it) && i >= 0) ? list_get(slot_get(&it->source), (size_t)i) : VALUE_NULL;
    if (likely(!value_is_null(v))) {
        store_relaxed(&it->x_index, i + 1);
        *out = reg_copy(t, v);
        return 1;
    }
    *out = list_iter_next(t, self);
    return !ref_is_null(*out);
}

static Ref list_iter_length_hint(Thread *t, Value self, const Value *a) {
    SeqIter *it = as(SeqIter, self);
    Value source = slot_get(&it->source);
    int64_t i = load_relaxed(&it->x_index);
    int64_t left = i < 0 || value_is_null(source) ? 0 : (int64_t)list_size(source) - i;
    return ref_small_int(left < 0 ? 0 : left);
}

static Ref reduce_with_empty_list(Thread *t, Value self, const char *function, int64_t min) {
    Ref empty = list_new(t, 0);
    if (ref_is_null(empty)) return empty;
    Ref r = index_iter_reduce(t, self, function, min, ref_borrow(empty));
    ref_drop(t, empty);
    return r;
}
static Ref list_iter_reduce(Thread *t, Value self, const Value *a) { return reduce_with_empty_list(t, self, "iter", 0); }

static Ref list_iter_setstate(Thread *t, Value self, const Value *a) {
    SeqIter *it = as(SeqIter, self);
    int64_t i;
    if (int_size_arg(t, a[0], &i) < 0) return REF_NULL;
    Value source = slot_get(&it->source);
    if (!value_is_null(source) && load_relaxed(&it->x_index) >= 0) {
        int64_t n = (int64_t)list_size(source);
        store_relaxed(&it->x_index, i < 0 ? 0 : i > n ? n : i);
    }
    return REF_NONE;
}

static NativeDef list_iter_methods[] = {
    FN("__length_hint__", "!($self, /)", list_iter_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", list_iter_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", list_iter_setstate, "Pickling support."),
    FN_END,
};

Type list_iter_type = {
    TYPE_HEADER(SeqIter, TYPE_CONTAINER, index_iter_traverse, NULL, index_iter_destroy),
    .name = "list_iterator",
    .iter = iter_self,
    .next = list_iter_next,
    .next_word = list_iter_word,
    .methods = list_iter_methods,
};

#define REVERSE_OVER (-2)
/* ---- list, backwards: x_index is the next one to give; -1: all were given ------------------------------------------------------------------ */

static Ref list_reverse_iter_next(Thread *t, Value self) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    for (;;) {
        if (i < 0) return i == -1 ? index_iter_end(t, it, REVERSE_OVER) : REF_NULL;
        Value v = list_get(slot_get(&it->source), (size_t)i);
        if (value_is_null(v)) return index_iter_end(t, it, REVERSE_OVER);
        if (is_local(t, it)) {
            store_relaxed(&it->x_index, i - 1);
            return ref_new(t, v);
        }
        if (cas_relaxed(&it->x_index, &i, i - 1)) return ref_new(t, v);
    }
}

static Ref list_reverse_iter_length_hint(Thread *t, Value self, const Value *a) {
    SeqIter *it = as(SeqIter, self);
    Value source = slot_get(&it->source);
    int64_t left = load_relaxed(&it->x_index) + 1;
    if (left < 0) left = 0;
    if (value_is_null(source) || (int64_t)list_size(source) < left) left = 0;
    return ref_small_int(left);
}

static Ref list_reverse_iter_reduce(Thread *t, Value self, const Value *a) {
    return reduce_with_empty_list(t, self, "reversed", -1);
}

static Ref list_reverse_iter_setstate(Thread *t, Value self, const Value *a) {
    SeqIter *it = as(SeqIter, self);
    int64_t i;
    if (int_size_arg(t, a[0], &i) < 0) return REF_NULL;
    Value source = slot_get(&it->source);
    if (!value_is_null(source)) {
        int64_t n = (int64_t)list_size(source);
        store_relaxed(&it->x_index, i < -1 ? -1 : i > n - 1 ? n - 1 : i);
    }
    return REF_NONE;
}

static NativeDef list_reverse_iter_methods[] = {
    FN("__length_hint__", "!($self, /)", list_reverse_iter_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", list_reverse_iter_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", list_reverse_iter_setstate, "Pickling support."),
    FN_END,
};

Type list_reverse_iter_type = {
    TYPE_HEADER(SeqIter, TYPE_CONTAINER, index_iter_traverse, NULL, index_iter_destroy),
    .name = "list_reverseiterator",
    .iter = iter_self,
    .next = list_reverse_iter_next,
    .methods = list_reverse_iter_methods,
};
