/* The two iterators over anything: by __getitem__ ("iterator") and by a callable with a sentinel ("callable_iterator").
 *
 * Shared iterators: the source stays until the iterator dies, its end is marked by the index; two threads may see one item twice where Python code gives it.
 */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/module.h"

/* ---- iterator ------------------------------------------------------------------------------------------------- */

#define EXHAUSTED (-1)

Ref seq_iter_new(Thread *t, Value sequence) {
    SeqIter *it = object_new(SeqIter, t, &seq_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->source, ref_new(t, sequence));
    return ref_steal(it);
}

static void seq_iter_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((SeqIter *)o)->source, visit, arg); }
static void seq_iter_clear(Thread *t, Object *o) { slot_set(t, o, &((SeqIter *)o)->source, REF_NULL); }

static Ref seq_iter_step(Thread *t, Value self) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    Value source = slot_get(&it->source);
    if (i == EXHAUSTED || value_is_null(source)) return REF_NULL;
    if (i == INT64_MAX) return err_set(t, E_OverflowError, "iter index too large");
    Ref hold = ref_new(t, source);
    Ref index = int_from_i64(t, i);
    Ref r = ref_is_null(index) ? REF_NULL : get_item(t, ref_borrow(hold), ref_borrow(index));
    ref_drop(t, index);
    ref_drop(t, hold);
    if (!ref_is_null(r)) {
        store_relaxed(&it->x_index, i + 1);
    } else if (err_clear_if(t, E_IndexError) || err_clear_if(t, E_StopIteration)) {
        store_relaxed(&it->x_index, EXHAUSTED);
        if (is_local(t, it)) slot_set(t, it, &it->source, REF_NULL);
    }
    return r;
}

static Ref seq_iter_next(Thread *t, Value self) { return step_at_once(t, self, seq_iter_step); }

static Ref seq_iter_hint(Thread *t, Value self, const Value *a) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    Value source = slot_get(&it->source);
    if (i == EXHAUSTED || value_is_null(source)) return ref_small_int(0);
    if (type_of(source)->len == NULL) return REF_NOT_IMPLEMENTED;
    Ref hold = ref_new(t, source);
    int64_t n = object_len(t, ref_borrow(hold));
    ref_drop(t, hold);
    return n < 0 ? REF_NULL : int_from_i64(t, n > i ? n - i : 0);
}

/* (iter, (source,), index), or (iter, ((),)) at the end */
static Ref seq_iter_reduce(Thread *t, Value self, const Value *a) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    Ref source = slot_ref(t, &it->source);
    Ref builtin = get_attr_cstr(t, builtins_module(), "iter"), args = REF_NULL, index = REF_NULL, r = REF_NULL;
    bool ended = i == EXHAUSTED || ref_is_null(source);
    if (ref_is_null(builtin)) goto done;
    args = tuple_pack(t, 1, ended ? tuple_empty() : ref_borrow(source));
    index = int_from_i64(t, i);
    if (ref_is_null(args) || ref_is_null(index)) goto done;
    r = ended ? tuple_pack(t, 2, ref_borrow(builtin), ref_borrow(args))
              : tuple_pack(t, 3, ref_borrow(builtin), ref_borrow(args), ref_borrow(index));
done:
    ref_drop(t, builtin);
    ref_drop(t, args);
    ref_drop(t, index);
    ref_drop(t, source);
    return r;
}

static Ref seq_iter_setstate(Thread *t, Value self, const Value *a) {
    int64_t i;
    if (int_size_arg(t, a[0], &i) < 0) return REF_NULL;
    SeqIter *it = as(SeqIter, self);
    if (load_relaxed(&it->x_index) != EXHAUSTED) store_relaxed(&it->x_index, i < 0 ? 0 : i);
    return REF_NONE;
}

static NativeDef seq_iter_methods[] = {
    FN("__length_hint__", "!($self)", seq_iter_hint, "How many items are left, at a guess."),
    FN("__reduce__", "!($self)", seq_iter_reduce, "State for pickling."),
    FN("__setstate__", "!($self, state, /)", seq_iter_setstate, "Sets the index."),
    FN_END};

Type seq_iter_type = {
    TYPE_HEADER(SeqIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, seq_iter_traverse, seq_iter_clear, seq_iter_clear),
    .name = "iterator",
    .base = &object_type,
    .iter = iter_self,
    .next = seq_iter_next,
    .methods = seq_iter_methods};

/* ---- callable_iterator ---------------------------------------------------------------------------------------------- */

typedef struct CallIter {
    Object base;
    Slot callable, sentinel;
    _Atomic bool x_done;
} CallIter;

Ref call_iter_new(Thread *t, Value callable, Value sentinel) {
    CallIter *it = object_new(CallIter, t, &call_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->callable, ref_new(t, callable));
    slot_init(&it->sentinel, ref_new(t, sentinel));
    return ref_steal(it);
}

static void call_iter_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((CallIter *)o)->callable, visit, arg);
    slot_visit(&((CallIter *)o)->sentinel, visit, arg);
}
static void call_iter_clear(Thread *t, Object *o) {
    slot_set(t, o, &((CallIter *)o)->callable, REF_NULL);
    slot_set(t, o, &((CallIter *)o)->sentinel, REF_NULL);
}

static Ref call_iter_next(Thread *t, Value self) {
    CallIter *it = as(CallIter, self);
    if (load_relaxed(&it->x_done)) return REF_NULL;
    Ref f = slot_ref(t, &it->callable), sentinel = slot_ref(t, &it->sentinel);
    Ref r = ref_is_null(f) ? REF_NULL : call0(t, ref_borrow(f));
    if (!ref_is_null(r)) {
        int end = values_equal(t, ref_borrow(sentinel), ref_borrow(r));
        if (end != 0) {
            ref_drop(t, r);
            r = REF_NULL;
            if (end > 0) store_relaxed(&it->x_done, true);
        }
    } else if (err_clear_if(t, E_StopIteration)) {
        store_relaxed(&it->x_done, true);
    }
    ref_drop(t, f);
    ref_drop(t, sentinel);
    return r;
}

static Ref call_iter_reduce(Thread *t, Value self, const Value *a) {
    CallIter *it = as(CallIter, self);
    bool done = load_relaxed(&it->x_done);
    Ref f = slot_ref(t, &it->callable), sentinel = slot_ref(t, &it->sentinel);
    Ref builtin = get_attr_cstr(t, builtins_module(), "iter"), args = REF_NULL, r = REF_NULL;
    if (!ref_is_null(builtin)) {
        args = done ? tuple_pack(t, 1, tuple_empty()) : tuple_pack(t, 2, ref_borrow(f), ref_borrow(sentinel));
        if (!ref_is_null(args)) r = tuple_pack(t, 2, ref_borrow(builtin), ref_borrow(args));
    }
    ref_drop(t, builtin);
    ref_drop(t, args);
    ref_drop(t, f);
    ref_drop(t, sentinel);
    return r;
}

static NativeDef call_iter_methods[] = {FN("__reduce__", "!($self)", call_iter_reduce, "State for pickling."), FN_END};

Type call_iter_type = {
    TYPE_HEADER(CallIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, call_iter_traverse, call_iter_clear, call_iter_clear),
    .name = "callable_iterator",
    .base = &object_type,
    .iter = iter_self,
    .next = call_iter_next,
    .methods = call_iter_methods};
