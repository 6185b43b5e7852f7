/* tuple: immutable, so every read is lock-free. */
#include "runtime/abstract.h"
#include "runtime/drain.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/genericalias.h"
#include "runtime/list.h"
#include "runtime/list_internal.h"
#include "runtime/native.h"
#include "runtime/storage.h"
#include "runtime/str.h"
#include <stdarg.h>

Tuple tuple_empty_object = {.base = OBJECT_STATIC(&tuple_type), .size = 0};

static void tuple_traverse(Object *o, VisitFn visit, void *arg) {
    Tuple *self = (Tuple *)o;
    for (size_t i = 0; i < self->size; i++) slot_visit(&self->item[i], visit, arg);
}

static void tuple_destroy(Thread *t, Object *o) {
    Tuple *self = (Tuple *)o;
    for (size_t i = self->size; i-- > 0;) ref_drop(t, (Ref){load_relaxed(&self->item[i].x_bits)});
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

Ref tuple_new_of_type(Thread *t, Type *type, size_t n) {
    if (n > ((size_t)1 << 58)) return err_no_memory(t);
    Tuple *self = type == &tuple_type ? object_alloc(t, type, n * sizeof(Slot)) : instance_alloc(t, type, n);
    if (self == NULL) return REF_NULL;
    self->size = n;
    return ref_steal(self);
}

Ref tuple_new_uninit(Thread *t, size_t n) {
    if (n == 0) return (Ref){VALUE_EMPTY_TUPLE.bits};
    return tuple_new_of_type(t, &tuple_type, n);
}

/* The same, items and all unset: the caller fills them before anything else can happen. */
static Ref tuple_new_raw(Thread *t, size_t n) {
    if (n == 0) return (Ref){VALUE_EMPTY_TUPLE.bits};
    if (unlikely(n > ((size_t)1 << 58))) return err_no_memory(t);
    Tuple *self = object_alloc_raw(t, &tuple_type, n * sizeof(Slot));
    if (unlikely(self == NULL)) return REF_NULL;
    self->size = n;
    return ref_steal(self);
}

Ref tuple_from_array(Thread *t, const Value *v, size_t n) {
    Ref r = tuple_new_raw(t, n);
    if (!ref_is_null(r))
        for (size_t i = 0; i < n; i++) tuple_init_item(r, i, ref_new(t, v[i]));
    return r;
}

/* Was one of the items not to be had? Then the others go, and the exception in flight stands. */
bool steal_failed(Thread *t, Ref *v, size_t n) {
    if (likely(!err_pending(t))) return false;
    bool failed = false;
    for (size_t i = 0; i < n; i++) failed |= ref_is_null(v[i]);
    for (size_t i = 0; failed && i < n; i++) ref_drop(t, v[i]);
    return failed;
}
Ref tuple_from_steal(Thread *t, Ref *v, size_t n) {
    if (steal_failed(t, v, n)) return REF_NULL;
    Ref r = tuple_new_raw(t, n);
    if (likely(!ref_is_null(r)))
        for (size_t i = 0; i < n; i++) tuple_init_item(r, i, v[i]);
    else
        for (size_t i = 0; i < n; i++) ref_drop(t, v[i]);
    return r;
}

Ref tuple_pack(Thread *t, size_t n, ...) {
    Ref r = tuple_new_raw(t, n);
    if (ref_is_null(r)) return r;
    va_list ap;
    va_start(ap, n);
    for (size_t i = 0; i < n; i++) tuple_init_item(r, i, ref_new(t, va_arg(ap, Value)));
    va_end(ap);
    return r;
}

Ref tuple_slice(Thread *t, Value v, int64_t start, int64_t stop) {
    int64_t n = (int64_t)tuple_size(v);
    if (start < 0) start = 0;
    if (stop > n) stop = n;
    if (start == 0 && stop == n && is_exact(v, &tuple_type)) return ref_new(t, v);
    if (start >= stop) return ref_new(t, tuple_empty());
    return tuple_from_array(t, (const Value *)(const void *)&as(Tuple, v)->item[start], (size_t)(stop - start));
}

Ref tuple_concat(Thread *t, Value a, Value b) {
    size_t n = tuple_size(a), m = tuple_size(b);
    if (n == 0 && is_exact(b, &tuple_type)) return ref_new(t, b);
    if (m == 0 && is_exact(a, &tuple_type)) return ref_new(t, a);
    Ref r = tuple_new_raw(t, n + m);
    if (ref_is_null(r)) return r;
    for (size_t i = 0; i < n; i++) tuple_init_item(r, i, ref_new(t, tuple_get(a, i)));
    for (size_t i = 0; i < m; i++) tuple_init_item(r, n + i, ref_new(t, tuple_get(b, i)));
    return r;
}

static Ref tuple_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Type *type = as(Type, cls);
    if ((type == &tuple_type || type->init == tuple_type.init) && no_kwargs(t, "tuple", kwnames) < 0) return REF_NULL;
    if (check_nargs(t, "tuple", nargs, 0, 1) < 0) return REF_NULL;
    Ref items = nargs == 0 ? ref_new(t, tuple_empty()) : sequence_tuple(t, args[0]);
    if (type == &tuple_type || ref_is_null(items)) return items;
    size_t n = tuple_size(ref_borrow(items));
    Ref self = tuple_new_of_type(t, type, n);
    if (!ref_is_null(self))
        for (size_t i = 0; i < n; i++) tuple_init_item(self, i, ref_new(t, tuple_get(ref_borrow(items), i)));
    ref_drop(t, items);
    return self;
}

/* ---- slots ------------------------------------------------------------------------------------------------------- */

static int64_t tuple_len(Thread *t, Value self) { return (int64_t)tuple_size(self); }

/* CPython's: xxHash's mixing over the items' hashes (Y. Collet, XXH64). */
static int64_t tuple_hash(Thread *t, Value self) {
    const uint64_t p1 = 11400714785074694791u, p2 = 14029467366897019727u, p5 = 2870177450012600261u;
    if (c_stack_check(t, " while calculating a hash") < 0) return -1;
    uint64_t acc = p5;
    size_t n = tuple_size(self);
    for (size_t i = 0; i < n; i++) {
        int64_t lane;
        Value item = tuple_get(self, i);
        if (!plain_hash(item, &lane)) {
            lane = object_hash(t, item);
            if (lane == -1) return -1;
        }
        acc += (uint64_t)lane * p2;
        acc = acc << 31 | acc >> 33;
        acc *= p1;
    }
    acc += n ^ (p5 ^ 3527539u);
    return acc == UINT64_MAX ? 1546275796 : (int64_t)acc;
}

static Ref tuple_repr(Thread *t, Value self) {
    size_t n = tuple_size(self);
    if (n == 0) return str_from_cstr(t, "()");
    ReprGuard guard;
    if (repr_enter(&guard, self)) return str_from_cstr(t, "(...)");
    uint8_t room[256];
    StrBuilder b = STR_BUILDER_ON(room);
    int status = builder_char(t, &b, '(');
    for (size_t i = 0; i < n && status == 0; i++) {
        if (i > 0) status = builder_ascii(t, &b, ", ", 2);
        Ref text = status == 0 ? object_repr(t, tuple_get(self, i)) : REF_NULL;
        status = ref_is_null(text) ? -1 : builder_str(t, &b, ref_borrow(text));
        ref_drop(t, text);
    }
    repr_leave(&guard);
    if (status == 0) status = builder_ascii(t, &b, n == 1 ? ",)" : ")", n == 1 ? 2 : 1);
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

bool compare_sizes(size_t a, size_t b, CompareOp op) {
    switch (op) {
    case CMP_LT: return a < b;
    case CMP_LE: return a <= b;
    case CMP_EQ: return a == b;
    case CMP_NE: return a != b;
    case CMP_GT: return a > b;
    default: return a >= b;
    }
}

static Ref tuple_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_tuple(a) || !is_tuple(b)) return REF_NOT_IMPLEMENTED;
    size_t n = tuple_size(a), m = tuple_size(b);
    for (size_t i = 0; i < n && i < m; i++) {
        Value x = tuple_get(a, i), y = tuple_get(b, i);
        int equal = plain_equal(x, y);
        if (equal == PLAIN_UNKNOWN) equal = values_equal(t, x, y);
        if (equal < 0) return REF_NULL;
        if (equal) continue;
        if (op == CMP_EQ || op == CMP_NE) return ref_bool(op == CMP_NE);
        return rich_compare(t, x, y, op);
    }
    return ref_bool(compare_sizes(n, m, op));
}

static int tuple_contains(Thread *t, Value self, Value item) {
    size_t n = tuple_size(self);
    for (size_t i = 0; i < n; i++) {
        int equal = plain_equal(tuple_get(self, i), item);
        if (equal == PLAIN_UNKNOWN) equal = values_equal(t, tuple_get(self, i), item);
        if (equal != 0) return equal;
    }
    return 0;
}

static Ref tuple_getitem(Thread *t, Value self, Value key) {
    int64_t n = (int64_t)tuple_size(self), i;
    if (has_index(key)) {
        if (subscript_index(t, key, &i) < 0) return REF_NULL;
        if (i < 0) i += n;
        if (i < 0 || i >= n) return err_set(t, E_IndexError, "tuple index out of range");
        return ref_new(t, tuple_get(self, (size_t)i));
    }
    if (!is_exact(key, &slice_type))
        return err_set(t, E_TypeError, "tuple indices must be integers or slices, not %.200T", key);
    int64_t start, stop, step;
    if (slice_unpack(t, key, &start, &stop, &step) < 0) return REF_NULL;
    int64_t count = slice_adjust(n, &start, &stop, step);
    if (step == 1) return tuple_slice(t, self, start, start + count);
    Ref r = tuple_new_uninit(t, (size_t)count);
    if (!ref_is_null(r))
        for (int64_t k = 0; k < count; k++) tuple_init_item(r, (size_t)k, ref_new(t, tuple_get(self, (size_t)(start + k * step))));
    return r;
}

static Ref tuple_concat_slot(Thread *t, Value a, Value b) {
    if (!is_tuple(b)) return err_set(t, E_TypeError, "can only concatenate tuple (not \"%.200T\") to tuple", b);
    return tuple_concat(t, a, b);
}

static Ref tuple_repeat(Thread *t, Value self, Value count) {
    int64_t times;
    if (index_as_i64(t, count, &times) < 0) return REF_NULL;
    size_t n = tuple_size(self);
    if ((n == 0 || times == 1) && is_exact(self, &tuple_type)) return ref_new(t, self);
    if (n == 0 || times <= 0) return ref_new(t, tuple_empty());
    if ((uint64_t)times > (((uint64_t)1 << 58) / n)) return err_no_memory(t);
    Ref r = tuple_new_uninit(t, n * (size_t)times);
    if (!ref_is_null(r))
        for (size_t i = 0, total = n * (size_t)times; i < total; i++) tuple_init_item(r, i, ref_new(t, tuple_get(self, i % n)));
    return r;
}

/* ---- methods ------------------------------------------------------------------------------------------------------- */

static Ref tuple_count(Thread *t, Value self, const Value *a) {
    int64_t count = 0;
    for (size_t i = 0, n = tuple_size(self); i < n; i++) {
        int equal = plain_equal(tuple_get(self, i), a[0]);
        if (equal == PLAIN_UNKNOWN) equal = values_equal(t, tuple_get(self, i), a[0]);
        if (equal < 0) return REF_NULL;
        count += equal;
    }
    return ref_small_int(count);
}

static Ref tuple_index(Thread *t, Value self, const Value *a) {
    int64_t n = (int64_t)tuple_size(self), lo = 0, hi = INT64_MAX;
    if (index_bounds(t, a[1], a[2], n, &lo, &hi) < 0) return REF_NULL;
    for (int64_t i = lo; i < hi && i < n; i++) {
        int equal = plain_equal(tuple_get(self, (size_t)i), a[0]);
        if (equal == PLAIN_UNKNOWN) equal = values_equal(t, tuple_get(self, (size_t)i), a[0]);
        if (equal < 0) return REF_NULL;
        if (equal) return ref_small_int(i);
    }
    return err_set(t, E_ValueError, "tuple.index(x): x not in tuple");
}

static Ref tuple_getnewargs(Thread *t, Value self, const Value *a) {
    Ref copy = tuple_from_array(t, (const Value *)(const void *)as(Tuple, self)->item, tuple_size(self));
    if (ref_is_null(copy)) return copy;
    return tuple_from_steal(t, &copy, 1);
}

static Ref tuple_class_getitem(Thread *t, Value cls, const Value *a) { return generic_alias_new(t, cls, a[0]); }

static NativeDef tuple_methods[] = {
    FN("count", "($self, value, /)", tuple_count, "How many items equal value."),
    FN("index", "($self, value, start=0, stop=sys.maxsize, /)", tuple_index,
       "Position of the first item that equals value.\n\nRaises ValueError if there is none."),
    FN("__getnewargs__", "($self, /)", tuple_getnewargs, NULL),
    FN_CLASS("__class_getitem__", "!($type, item, /)", tuple_class_getitem, "See PEP 585"),
    FN_END,
};

/* ---- iterator ------------------------------------------------------------------------------------------------------ */

static Ref tuple_iter(Thread *t, Value self) {
    SeqIter *it = object_new(SeqIter, t, &tuple_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->source, ref_new(t, self));
    return ref_steal(it);
}

static Value tuple_iter_item(Value source, int64_t i) {
    return (size_t)i < tuple_size(source) ? tuple_get(source, (size_t)i) : VALUE_NULL;
}

static Ref tuple_iter_next(Thread *t, Value self) { return index_iter_step(t, self, tuple_iter_item); }

static Ref tuple_iter_length_hint(Thread *t, Value self, const Value *a) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    Value source = slot_get(&it->source);
    int64_t left = i < 0 || value_is_null(source) ? 0 : (int64_t)tuple_size(source) - i;
    return ref_small_int(left < 0 ? 0 : left);
}

static Ref tuple_iter_reduce(Thread *t, Value self, const Value *a) {
    return index_iter_reduce(t, self, "iter", 0, tuple_empty());
}

static Ref tuple_iter_setstate(Thread *t, Value self, const Value *a) {
    SeqIter *it = as(SeqIter, self);
    int64_t i;
    if (int_size_arg(t, a[0], &i) < 0) return REF_NULL;
    Value source = slot_get(&it->source);
    if (!value_is_null(source) && load_relaxed(&it->x_index) >= 0) {
        int64_t n = (int64_t)tuple_size(source);
        store_relaxed(&it->x_index, i < 0 ? 0 : i > n ? n : i);
    }
    return REF_NONE;
}

static NativeDef tuple_iter_methods[] = {
    FN("__length_hint__", "!($self, /)", tuple_iter_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", tuple_iter_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", tuple_iter_setstate, "Pickling support."),
    FN_END,
};

Type tuple_iter_type = {
    TYPE_HEADER(SeqIter, TYPE_CONTAINER, index_iter_traverse, NULL, index_iter_destroy),
    .name = "tuple_iterator",
    .iter = iter_self,
    .next = tuple_iter_next,
    .methods = tuple_iter_methods,
};

Type tuple_type = {
    .head = {.base = OBJECT_STATIC(&type_type),
             .flags = TYPE_CONTAINER | TYPE_OPEN | TYPE_BASETYPE | TYPE_TUPLE | TYPE_SEQUENCE | TYPE_MATCH_SELF,
             .size = sizeof(Tuple),
             .item_size = sizeof(Slot),
             .traverse = tuple_traverse,
             .destroy = tuple_destroy},
    .name = "tuple",
    .doc = "tuple(iterable=(), /)\n--\n\nImmutable sequence of the iterable's items.",
    .drain = &tuple_drain,
    .new_ = tuple_new,
    .repr = tuple_repr,
    .hash = tuple_hash,
    .richcompare = tuple_compare,
    .iter = tuple_iter,
    .len = tuple_len,
    .getitem = tuple_getitem,
    .contains = tuple_contains,
    .concat = tuple_concat_slot,
    .repeat = tuple_repeat,
    .methods = tuple_methods,
};
