/* range: ints of any size; iteration over machine ints takes no objects at all. Ranges are immutable. */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/str.h"

#define MACHINE_LIMIT ((int64_t)1 << 62) /* bounds below it can't overflow when a step is added */

static void range_traverse(Object *o, VisitFn visit, void *arg) {
    Range *r = (Range *)o;
    slot_visit(&r->start, visit, arg);
    slot_visit(&r->stop, visit, arg);
    slot_visit(&r->step, visit, arg);
    slot_visit(&r->length, visit, arg);
}

static void range_destroy(Thread *t, Object *o) {
    Range *r = (Range *)o;
    ref_drop(t, slot_take(t, r, &r->start));
    ref_drop(t, slot_take(t, r, &r->stop));
    ref_drop(t, slot_take(t, r, &r->step));
    ref_drop(t, slot_take(t, r, &r->length));
}

/* ---- making ---------------------------------------------------------------------------------------------------------------- */

static int64_t machine_length(int64_t start, int64_t stop, int64_t step) {
    if (step > 0) return start < stop ? (int64_t)(((uint64_t)stop - (uint64_t)start - 1) / (uint64_t)step) + 1 : 0;
    return stop < start ? (int64_t)(((uint64_t)start - (uint64_t)stop - 1) / -(uint64_t)step) + 1 : 0;
}

static Ref length_of(Thread *t, Value start, Value stop, Value step) {
    if (value_is_int(start) && value_is_int(stop) && value_is_int(step))
        return int_from_i64(t, machine_length(value_int(start), value_int(stop), value_int(step)));
    bool up = int_sign(step) > 0;
    Value lo = up ? start : stop, hi = up ? stop : start;
    if (int_compare(lo, hi) >= 0) return ref_small_int(0);
    /* (hi - lo - 1) // |step| + 1 */
    Ref size = up ? ref_new(t, step) : number_neg(t, step);
    Ref span = ref_is_null(size) ? REF_NULL : int_sub(t, hi, lo);
    Ref less = ref_is_null(span) ? REF_NULL : int_sub(t, ref_borrow(span), small_int(1));
    Ref quotient = ref_is_null(less) ? REF_NULL : int_floordiv(t, ref_borrow(less), ref_borrow(size));
    Ref length = ref_is_null(quotient) ? REF_NULL : int_add(t, ref_borrow(quotient), small_int(1));
    ref_drop(t, quotient);
    ref_drop(t, less);
    ref_drop(t, span);
    ref_drop(t, size);
    return length;
}

/* Consumes the three ints (null: an exception is set). */
static Ref range_make_steal(Thread *t, Ref start, Ref stop, Ref step) {
    Ref length = REF_NULL;
    Range *r = NULL;
    if (!ref_is_null(start) && !ref_is_null(stop) && !ref_is_null(step)) {
        if (int_is_zero(ref_borrow(step))) err_set(t, E_ValueError, "range() arg 3 must not be zero");
        else length = length_of(t, ref_borrow(start), ref_borrow(stop), ref_borrow(step));
    }
    if (!ref_is_null(length)) r = object_new(Range, t, &range_type);
    if (r == NULL) {
        ref_drop(t, length);
        ref_drop(t, start);
        ref_drop(t, stop);
        ref_drop(t, step);
        return REF_NULL;
    }
    slot_init(&r->start, start);
    slot_init(&r->stop, stop);
    slot_init(&r->step, step);
    slot_init(&r->length, length);
    return ref_steal(r);
}

Ref range_new_i64(Thread *t, int64_t start, int64_t stop, int64_t step) {
    return range_make_steal(t, int_from_i64(t, start), int_from_i64(t, stop), int_from_i64(t, step));
}

/* __index__, as an exact int */
static Ref exact_index(Thread *t, Value v) {
    if (value_is_int(v)) return (Ref){v.bits};
    Ref i = number_index(t, v);
    if (ref_is_null(i) || is_exact(ref_borrow(i), &int_type)) return i;
    Ref exact = int_exact(t, ref_borrow(i));
    ref_drop(t, i);
    return exact;
}

static Ref range_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "range", kwnames) < 0 || check_nargs(t, "range", nargs, 1, 3) < 0) return REF_NULL;
    Ref start = nargs == 1 ? ref_small_int(0) : exact_index(t, args[0]);
    if (ref_is_null(start)) return start;
    Ref stop = exact_index(t, args[nargs == 1 ? 0 : 1]);
    Ref step = nargs < 3 ? ref_small_int(1) : ref_is_null(stop) ? REF_NULL : exact_index(t, args[2]);
    return range_make_steal(t, start, stop, step);
}

/* ---- items ------------------------------------------------------------------------------------------------------------------- */

#define START(r) slot_get(&(r)->start)
#define STOP(r) slot_get(&(r)->stop)
#define STEP(r) slot_get(&(r)->step)
#define LENGTH(r) slot_get(&(r)->length)

/* start + i * step */
static Ref range_item(Thread *t, Value start, Value step, Value i) {
    Ref offset = int_mul(t, i, step);
    if (ref_is_null(offset)) return offset;
    Ref item = int_add(t, start, ref_borrow(offset));
    ref_drop(t, offset);
    return item;
}

static Ref range_slice(Thread *t, Range *r, Value slice) {
    Ref start, stop, step;
    if (slice_indices_big(t, slice, LENGTH(r), &start, &stop, &step) < 0) return REF_NULL;
    Ref first = range_item(t, START(r), STEP(r), ref_borrow(start));
    Ref end = ref_is_null(first) ? REF_NULL : range_item(t, START(r), STEP(r), ref_borrow(stop));
    Ref stride = ref_is_null(end) ? REF_NULL : int_mul(t, STEP(r), ref_borrow(step));
    ref_drop(t, start);
    ref_drop(t, stop);
    ref_drop(t, step);
    return range_make_steal(t, first, end, stride);
}

static Ref range_getitem(Thread *t, Value self, Value key) {
    Range *r = as(Range, self);
    if (!has_index(key)) {
        if (is_exact(key, &slice_type)) return range_slice(t, r, key);
        return err_set(t, E_TypeError, "range indices must be integers or slices, not %.200T", key);
    }
    Ref i = number_index(t, key);
    if (ref_is_null(i)) return i;
    if (int_sign(ref_borrow(i)) < 0) {
        Ref sum = int_add(t, ref_borrow(i), LENGTH(r));
        ref_drop(t, i);
        i = sum;
        if (ref_is_null(i)) return i;
    }
    Ref item = REF_NULL;
    if (int_sign(ref_borrow(i)) < 0 || int_compare(ref_borrow(i), LENGTH(r)) >= 0)
        err_set(t, E_IndexError, "range object index out of range");
    else
        item = range_item(t, START(r), STEP(r), ref_borrow(i));
    ref_drop(t, i);
    return item;
}

static int64_t range_len(Thread *t, Value self) {
    int64_t n;
    if (int_try_i64(LENGTH(as(Range, self)), &n) == 0) return n;
    return err_int(err_set(t, E_OverflowError, "Python int too large to convert to C ssize_t"));
}

static int range_bool(Thread *t, Value self) { return !int_is_zero(LENGTH(as(Range, self))); }

static bool plain_int(Value v) { return value_is_int(v) || is_exact(v, &int_type) || is_exact(v, &bool_type); }

/* 1 and *index (owned; may be null), 0, -1 */
static int find_int(Thread *t, Range *r, Value v, Ref *index) {
    Value start = START(r), stop = STOP(r), step = STEP(r);
    if (int_sign(step) > 0 ? int_compare(v, start) < 0 || int_compare(v, stop) >= 0
                           : int_compare(v, start) > 0 || int_compare(v, stop) <= 0)
        return 0;
    Ref offset = int_sub(t, v, start);
    if (ref_is_null(offset)) return -1;
    Ref rest = int_mod(t, ref_borrow(offset), step);
    int found = ref_is_null(rest) ? -1 : int_is_zero(ref_borrow(rest));
    if (found == 1 && index != NULL) {
        *index = int_floordiv(t, ref_borrow(offset), step);
        if (ref_is_null(*index)) found = -1;
    }
    ref_drop(t, rest);
    ref_drop(t, offset);
    return found;
}

/* Search by equality, for everything that isn't an int. *count: all matches if not null. Returns the first index, -1 none, -2 error. */
static int64_t search(Thread *t, Value self, Value v, int64_t *count) {
    Ref it = get_iter(t, self), item;
    if (ref_is_null(it)) return -2;
    int64_t found = -1;
    int status;
    for (int64_t i = 0; (status = iter_next(t, ref_borrow(it), &item)) > 0; i++) {
        int equal = values_equal(t, ref_borrow(item), v);
        ref_drop(t, item);
        if (equal < 0 || safepoint(t) < 0) {
            status = -1;
            break;
        }
        if (!equal) continue;
        if (found < 0) found = i;
        if (count == NULL) break;
        ++*count;
    }
    ref_drop(t, it);
    return status < 0 ? -2 : found;
}

static int range_contains(Thread *t, Value self, Value v) {
    if (plain_int(v)) return find_int(t, as(Range, self), v, NULL);
    int64_t i = search(t, self, v, NULL);
    return i == -2 ? -1 : i >= 0;
}

/* ---- comparison, hash, text ------------------------------------------------------------------------------------------------------- */

static Ref range_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_exact(a, &range_type) || !is_exact(b, &range_type) || (op != CMP_EQ && op != CMP_NE)) return REF_NOT_IMPLEMENTED;
    Range *x = as(Range, a), *y = as(Range, b);
    bool equal = x == y || (int_compare(LENGTH(x), LENGTH(y)) == 0 &&
                            (int_is_zero(LENGTH(x)) ||
                             (int_compare(START(x), START(y)) == 0 &&
                              (int_compare(LENGTH(x), small_int(1)) == 0 || int_compare(STEP(x), STEP(y)) == 0))));
    return ref_bool(equal == (op == CMP_EQ));
}

static int64_t range_hash(Thread *t, Value self) {
    Range *r = as(Range, self);
    bool none = int_is_zero(LENGTH(r)), one = int_compare(LENGTH(r), small_int(1)) == 0;
    Ref key = tuple_pack(t, 3, LENGTH(r), none ? VALUE_NONE : START(r), none || one ? VALUE_NONE : STEP(r));
    if (ref_is_null(key)) return -1;
    int64_t h = object_hash(t, ref_borrow(key));
    ref_drop(t, key);
    return h;
}

static Ref range_repr(Thread *t, Value self) {
    Range *r = as(Range, self);
    if (int_compare(STEP(r), small_int(1)) == 0) return str_format(t, "range(%R, %R)", START(r), STOP(r));
    return str_format(t, "range(%R, %R, %R)", START(r), STOP(r), STEP(r));
}

/* ---- iterators ------------------------------------------------------------------------------------------------------------------------- */

static Ref range_iter_next(Thread *t, Value self) {
    RangeIter *it = as(RangeIter, self);
    int64_t i = load_relaxed(&it->x_next);
    for (;;) {
        if (it->step > 0 ? i >= it->stop : i <= it->stop) return REF_NULL;
        if (likely(is_local(t, it))) {
            store_relaxed(&it->x_next, i + it->step);
            break;
        }
        if (cas_relaxed(&it->x_next, &i, i + it->step)) break;
    }
    return ref_small_int(i);
}

static Ref make_machine_iter(Thread *t, int64_t start, int64_t stop, int64_t step) {
    RangeIter *it = object_new(RangeIter, t, &range_iter_type);
    if (it == NULL) return REF_NULL;
    store_relaxed(&it->x_next, start);
    it->stop = stop;
    it->step = step;
    it->start = start;
    return ref_steal(it);
}

static Ref range_iter_length_hint(Thread *t, Value self, const Value *a) {
    RangeIter *it = as(RangeIter, self);
    return int_from_i64(t, machine_length(load_relaxed(&it->x_next), it->stop, it->step));
}

static Ref reduce_iter(Thread *t, Ref range, Value index) {
    if (ref_is_null(range)) return range;
    Ref args = tuple_from_steal(t, &range, 1), r = REF_NULL;
    Ref iter = ref_is_null(args) ? REF_NULL : import_attr(t, "builtins", "iter");
    if (!ref_is_null(iter)) r = tuple_pack(t, 3, ref_borrow(iter), ref_borrow(args), index);
    ref_drop(t, iter);
    ref_drop(t, args);
    return r;
}

static Ref range_iter_reduce(Thread *t, Value self, const Value *a) {
    RangeIter *it = as(RangeIter, self);
    int64_t n = machine_length(it->start, it->stop, it->step), left = machine_length(load_relaxed(&it->x_next), it->stop, it->step);
    return reduce_iter(t, range_new_i64(t, it->start, it->stop, it->step), small_int(n - left));
}

static Ref range_iter_setstate(Thread *t, Value self, const Value *a) {
    RangeIter *it = as(RangeIter, self);
    int64_t i, n = machine_length(it->start, it->stop, it->step);
    if (as_i64(t, a[0], &i) < 0) return REF_NULL;
    i = i < 0 ? 0 : i > n ? n : i;
    store_relaxed(&it->x_next, i == n ? it->stop : it->start + i * it->step);
    return REF_NONE;
}

static NativeDef range_iter_methods[] = {
    FN("__length_hint__", "!($self, /)", range_iter_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", range_iter_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", range_iter_setstate, "Pickling support."),
    FN_END,
};

Type range_iter_type = {
    TYPE_HEADER(RangeIter, 0, NULL, NULL, NULL),
    .name = "range_iterator",
    .iter = iter_self,
    .next = range_iter_next,
    .methods = range_iter_methods,
};

typedef struct LongRangeIter {
    Object base;
    Slot start, step, length; /* fixed */
    Slot index;               /* lock */
} LongRangeIter;

static void long_iter_traverse(Object *o, VisitFn visit, void *arg) {
    LongRangeIter *it = (LongRangeIter *)o;
    slot_visit(&it->start, visit, arg);
    slot_visit(&it->step, visit, arg);
    slot_visit(&it->length, visit, arg);
    slot_visit(&it->index, visit, arg);
}

static void long_iter_destroy(Thread *t, Object *o) {
    LongRangeIter *it = (LongRangeIter *)o;
    ref_drop(t, slot_take(t, it, &it->start));
    ref_drop(t, slot_take(t, it, &it->step));
    ref_drop(t, slot_take(t, it, &it->length));
    ref_drop(t, slot_take(t, it, &it->index));
}

static Ref make_long_iter_steal(Thread *t, Ref start, Ref step, Ref length) {
    LongRangeIter *it = NULL;
    if (!ref_is_null(start) && !ref_is_null(step) && !ref_is_null(length)) it = object_new(LongRangeIter, t, &long_range_iter_type);
    if (it == NULL) {
        ref_drop(t, start);
        ref_drop(t, step);
        ref_drop(t, length);
        return REF_NULL;
    }
    slot_init(&it->start, start);
    slot_init(&it->step, step);
    slot_init(&it->length, length);
    slot_init(&it->index, ref_small_int(0));
    return ref_steal(it);
}

static Ref long_iter_next(Thread *t, Value self) {
    LongRangeIter *it = as(LongRangeIter, self);
    Ref item = REF_NULL, old = REF_NULL;
    CRITICAL_BEGIN(t, it)
    Value index = slot_get(&it->index);
    if (int_compare(index, slot_get(&it->length)) < 0) {
        item = range_item(t, slot_get(&it->start), slot_get(&it->step), index); /* int arithmetic doesn't call out */
        Ref next = ref_is_null(item) ? REF_NULL : int_add(t, index, small_int(1));
        if (!ref_is_null(next)) old = slot_swap(t, it, &it->index, next);
    }
    CRITICAL_END(t)
    if (ref_is_null(old) && !ref_is_null(item)) { /* no memory for the new index */
        ref_drop(t, item);
        return REF_NULL;
    }
    ref_drop(t, old);
    return item;
}

static Ref long_iter_length_hint(Thread *t, Value self, const Value *a) {
    LongRangeIter *it = as(LongRangeIter, self);
    Ref index = slot_ref(t, &it->index);
    Ref left = int_sub(t, slot_get(&it->length), ref_borrow(index));
    ref_drop(t, index);
    return left;
}

static Ref long_iter_reduce(Thread *t, Value self, const Value *a) {
    LongRangeIter *it = as(LongRangeIter, self);
    Ref index = slot_ref(t, &it->index);
    Ref stop = range_item(t, slot_get(&it->start), slot_get(&it->step), slot_get(&it->length));
    Ref range = range_make_steal(t, slot_ref(t, &it->start), stop, slot_ref(t, &it->step));
    Ref r = reduce_iter(t, range, ref_borrow(index));
    ref_drop(t, index);
    return r;
}

static Ref long_iter_setstate(Thread *t, Value self, const Value *a) {
    LongRangeIter *it = as(LongRangeIter, self);
    if (!plain_int(a[0])) return err_set(t, E_TypeError, "an integer is required");
    Value length = slot_get(&it->length), index = a[0];
    if (int_sign(index) < 0) index = small_int(0);
    else if (int_compare(index, length) > 0) index = length;
    Ref exact = int_exact(t, index), old;
    if (ref_is_null(exact)) return exact;
    CRITICAL_BEGIN(t, it)
    old = slot_swap(t, it, &it->index, exact);
    CRITICAL_END(t)
    ref_drop(t, old);
    return REF_NONE;
}

static NativeDef long_iter_methods[] = {
    FN("__length_hint__", "!($self, /)", long_iter_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", long_iter_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", long_iter_setstate, "Pickling support."),
    FN_END,
};

Type long_range_iter_type = {
    TYPE_HEADER(LongRangeIter, TYPE_CONTAINER, long_iter_traverse, NULL, long_iter_destroy),
    .name = "longrange_iterator",
    .iter = iter_self,
    .next = long_iter_next,
    .methods = long_iter_methods,
};

static bool machine_int(Value v) {
    return value_is_int(v) && value_int(v) > -MACHINE_LIMIT / 2 && value_int(v) < MACHINE_LIMIT / 2;
}

static Ref range_iter(Thread *t, Value self) {
    Range *r = as(Range, self);
    Value start = START(r), stop = STOP(r), step = STEP(r);
    if (likely(machine_int(start) && machine_int(stop) && machine_int(step)))
        return make_machine_iter(t, value_int(start), value_int(stop), value_int(step));
    return make_long_iter_steal(t, ref_new(t, start), ref_new(t, step), slot_ref(t, &r->length));
}

/* ---- methods --------------------------------------------------------------------------------------------------------------------------- */

static Ref range_reversed(Thread *t, Value self, const Value *a) {
    Range *r = as(Range, self);
    Value start = START(r), stop = STOP(r), step = STEP(r);
    if (machine_int(start) && machine_int(stop) && machine_int(step)) {
        int64_t n = machine_length(value_int(start), value_int(stop), value_int(step)), s = value_int(step);
        return make_machine_iter(t, value_int(start) + (n - 1) * s, value_int(start) - s, -s);
    }
    Ref last = int_sub(t, LENGTH(r), small_int(1));
    Ref first = ref_is_null(last) ? REF_NULL : range_item(t, start, step, ref_borrow(last));
    ref_drop(t, last);
    return make_long_iter_steal(t, first, ref_is_null(first) ? REF_NULL : number_neg(t, step), slot_ref(t, &r->length));
}

static Ref range_reduce(Thread *t, Value self, const Value *a) {
    Range *r = as(Range, self);
    Ref args = tuple_pack(t, 3, START(r), STOP(r), STEP(r));
    if (ref_is_null(args)) return args;
    Ref result = tuple_pack(t, 2, type_value(&range_type), ref_borrow(args));
    ref_drop(t, args);
    return result;
}

static Ref range_count(Thread *t, Value self, const Value *a) {
    if (plain_int(a[0])) {
        int found = find_int(t, as(Range, self), a[0], NULL);
        return found < 0 ? REF_NULL : ref_small_int(found);
    }
    int64_t count = 0;
    return search(t, self, a[0], &count) == -2 ? REF_NULL : ref_small_int(count);
}

static Ref range_index(Thread *t, Value self, const Value *a) {
    if (!plain_int(a[0])) {
        int64_t i = search(t, self, a[0], NULL);
        if (i == -1) return err_set(t, E_ValueError, "sequence.index(x): x not in sequence");
        return i < 0 ? REF_NULL : ref_small_int(i);
    }
    Ref index = REF_NULL;
    int found = find_int(t, as(Range, self), a[0], &index);
    if (found == 0) return err_set(t, E_ValueError, "%R is not in range", a[0]);
    return index;
}

static NativeDef range_methods[] = {
    FN("__reversed__", "!($self, /)", range_reversed, "Iterator over the range from its end."),
    FN("__reduce__", "!($self, /)", range_reduce, NULL),
    FN("count", "!($self, value, /)", range_count, "rangeobject.count(value) -> integer\n\nHow many items equal value."),
    FN("index", "!($self, value, /)", range_index,
       "rangeobject.index(value) -> integer\n\nPosition of value.\nRaises ValueError if it isn't there."),
    FN_END,
};

static const MemberDef range_members[] = {
    {"start", MEMBER_SLOT, offsetof(Range, start), true, NULL},
    {"stop", MEMBER_SLOT, offsetof(Range, stop), true, NULL},
    {"step", MEMBER_SLOT, offsetof(Range, step), true, NULL},
    {NULL},
};

Type range_type = {
    TYPE_HEADER(Range, TYPE_CONTAINER | TYPE_SEQUENCE, range_traverse, NULL, range_destroy),
    .name = "range",
    .doc = "range(stop) -> range object\nrange(start, stop[, step]) -> range object\n\n"
           "The ints from start (0) up to stop, which is left out, step (1) apart.",
    .new_ = range_new,
    .repr = range_repr,
    .hash = range_hash,
    .richcompare = range_compare,
    .iter = range_iter,
    .len = range_len,
    .bool_ = range_bool,
    .getitem = range_getitem,
    .contains = range_contains,
    .methods = range_methods,
    .members = range_members,
};
