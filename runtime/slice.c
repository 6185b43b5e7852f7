/* slice, and index arithmetic for all sequences. */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/native.h"
#include "runtime/str.h"

int subscript_index(Thread *t, Value key, int64_t *out) {
    if (likely(value_is_int(key))) {
        *out = value_int(key);
        return 0;
    }
    Ref i = number_index(t, key);
    if (ref_is_null(i)) return -1;
    int status = int_try_i64(ref_borrow(i), out);
    ref_drop(t, i);
    return status == 0 ? 0 : err_int(err_set(t, E_IndexError, "cannot fit '%.200T' into an index-sized integer", key));
}

/* An index that may be anything with __index__, clamped. */
static int bound(Thread *t, Value v, int64_t *out) {
    if (!has_index(v))
        return err_int(err_set(t, E_TypeError, "slice indices must be integers or have an __index__ method"));
    return index_clamped(t, v, out);
}

int index_bounds(Thread *t, Value start, Value stop, int64_t length, int64_t *lo, int64_t *hi) {
    if (!value_is_null(start) && bound(t, start, lo) < 0) return -1;
    if (!value_is_null(stop) && bound(t, stop, hi) < 0) return -1;
    if (*lo < 0 && (*lo += length) < 0) *lo = 0;
    if (*hi < 0 && (*hi += length) < 0) *hi = 0;
    return 0;
}

/* ---- arithmetic ------------------------------------------------------------------------------------------------------- */

/* As bound(), for the parts of a slice, where None is allowed too. */
static int slice_part(Thread *t, Value v, int64_t *out) {
    if (value_is_int(v)) {
        *out = value_int(v);
        return 0;
    }
    if (!has_index(v))
        return err_int(err_set(t, E_TypeError, "slice indices must be integers or None or have an __index__ method"));
    return index_clamped(t, v, out);
}

int slice_unpack(Thread *t, Value slice, int64_t *start, int64_t *stop, int64_t *step) {
    Slice *s = as(Slice, slice);
    *step = 1;
    Value v = slot_get(&s->step);
    if (!value_is_none(v)) {
        if (slice_part(t, v, step) < 0) return -1;
        if (*step == 0) return err_int(err_set(t, E_ValueError, "slice step cannot be zero"));
        if (*step < -INT64_MAX) *step = -INT64_MAX; /* so that -step is defined */
    }
    v = slot_get(&s->start);
    *start = *step < 0 ? INT64_MAX : 0;
    if (!value_is_none(v) && slice_part(t, v, start) < 0) return -1;
    v = slot_get(&s->stop);
    *stop = *step < 0 ? INT64_MIN : INT64_MAX;
    if (!value_is_none(v) && slice_part(t, v, stop) < 0) return -1;
    return 0;
}

int64_t slice_adjust(int64_t length, int64_t *start, int64_t *stop, int64_t step) {
    if (*start < 0) {
        *start += length;
        if (*start < 0) *start = step < 0 ? -1 : 0;
    } else if (*start >= length) {
        *start = step < 0 ? length - 1 : length;
    }
    if (*stop < 0) {
        *stop += length;
        if (*stop < 0) *stop = step < 0 ? -1 : 0;
    } else if (*stop >= length) {
        *stop = step < 0 ? length - 1 : length;
    }
    if (step < 0) return *stop < *start ? (*start - *stop - 1) / -step + 1 : 0;
    return *start < *stop ? (*stop - *start - 1) / step + 1 : 0;
}

/* ---- the type ----------------------------------------------------------------------------------------------------------- */

Ref slice_new(Thread *t, Value start, Value stop, Value step) {
    Slice *s = object_new(Slice, t, &slice_type);
    if (s == NULL) return REF_NULL;
    slot_init(&s->start, ref_new(t, value_is_null(start) ? VALUE_NONE : start));
    slot_init(&s->stop, ref_new(t, value_is_null(stop) ? VALUE_NONE : stop));
    slot_init(&s->step, ref_new(t, value_is_null(step) ? VALUE_NONE : step));
    return ref_steal(s);
}

static void slice_traverse(Object *o, VisitFn visit, void *arg) {
    Slice *s = (Slice *)o;
    slot_visit(&s->start, visit, arg);
    slot_visit(&s->stop, visit, arg);
    slot_visit(&s->step, visit, arg);
}

static void slice_destroy(Thread *t, Object *o) {
    Slice *s = (Slice *)o;
    ref_drop(t, slot_take(t, s, &s->step));
    ref_drop(t, slot_take(t, s, &s->stop));
    ref_drop(t, slot_take(t, s, &s->start));
}

static Ref slice_type_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "slice", kwnames) < 0 || check_nargs(t, "slice", nargs, 1, 3) < 0) return REF_NULL;
    if (nargs == 1) return slice_new(t, VALUE_NONE, args[0], VALUE_NONE);
    return slice_new(t, args[0], args[1], nargs == 3 ? args[2] : VALUE_NONE);
}

static Ref slice_repr(Thread *t, Value self) {
    Slice *s = as(Slice, self);
    return str_format(t, "slice(%R, %R, %R)", slot_get(&s->start), slot_get(&s->stop), slot_get(&s->step));
}

static Ref slice_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_exact(a, &slice_type) || !is_exact(b, &slice_type)) return REF_NOT_IMPLEMENTED;
    if (value_is(a, b)) return ref_bool(op == CMP_EQ || op == CMP_LE || op == CMP_GE);
    Slice *x = as(Slice, a), *y = as(Slice, b);
    Ref left = tuple_pack(t, 3, slot_get(&x->start), slot_get(&x->stop), slot_get(&x->step));
    Ref right = tuple_pack(t, 3, slot_get(&y->start), slot_get(&y->stop), slot_get(&y->step));
    Ref r = REF_NULL;
    if (!ref_is_null(left) && !ref_is_null(right)) r = rich_compare(t, ref_borrow(left), ref_borrow(right), op);
    ref_drop(t, left);
    ref_drop(t, right);
    return r;
}

/* indices() works on ints of any size. */
static Ref big_part(Thread *t, Value v, Value lower, Value upper, Value length, Value dflt) {
    if (value_is_none(v)) return ref_new(t, dflt);
    if (!has_index(v))
        return err_set(t, E_TypeError, "slice indices must be integers or None or have an __index__ method");
    Ref i = number_index(t, v);
    if (ref_is_null(i)) return i;
    if (int_sign(ref_borrow(i)) < 0) {
        Ref sum = int_add(t, ref_borrow(i), length);
        ref_drop(t, i);
        i = sum;
        if (!ref_is_null(i) && int_compare(ref_borrow(i), lower) < 0) {
            ref_drop(t, i);
            return ref_new(t, lower);
        }
    } else if (int_compare(ref_borrow(i), upper) > 0) {
        ref_drop(t, i);
        return ref_new(t, upper);
    }
    return i;
}

int slice_indices_big(Thread *t, Value slice, Value length, Ref *start, Ref *stop, Ref *step) {
    Slice *s = as(Slice, slice);
    Value v = slot_get(&s->step);
    *start = *stop = REF_NULL;
    if (value_is_none(v)) {
        *step = ref_small_int(1);
    } else {
        if (!has_index(v))
            return err_int(err_set(t, E_TypeError, "slice indices must be integers or None or have an __index__ method"));
        *step = number_index(t, v);
        if (ref_is_null(*step)) return -1;
    }
    int sign = int_sign(ref_borrow(*step));
    if (sign == 0) {
        ref_drop(t, *step);
        return err_int(err_set(t, E_ValueError, "slice step cannot be zero"));
    }
    Ref lower = ref_small_int(sign < 0 ? -1 : 0);
    Ref upper = sign < 0 ? int_add(t, length, small_int(-1)) : ref_new(t, length);
    if (!ref_is_null(upper)) {
        Value up = ref_borrow(upper), low = ref_borrow(lower);
        *start = big_part(t, slot_get(&s->start), low, up, length, sign < 0 ? up : low);
        if (!ref_is_null(*start)) *stop = big_part(t, slot_get(&s->stop), low, up, length, sign < 0 ? low : up);
    }
    ref_drop(t, upper);
    if (!ref_is_null(*stop)) return 0;
    ref_drop(t, *start);
    ref_drop(t, *step);
    return -1;
}

static Ref slice_indices(Thread *t, Value self, const Value *a) {
    Ref index = number_index(t, a[0]), length = ref_is_null(index) ? REF_NULL : int_exact(t, ref_borrow(index));
    ref_drop(t, index);
    if (ref_is_null(length)) return length;
    if (int_sign(ref_borrow(length)) < 0) {
        ref_drop(t, length);
        return err_set(t, E_ValueError, "length should not be negative");
    }
    Ref parts[3];
    int status = slice_indices_big(t, self, ref_borrow(length), &parts[0], &parts[1], &parts[2]);
    ref_drop(t, length);
    return status < 0 ? REF_NULL : tuple_from_steal(t, parts, 3);
}

static Ref slice_reduce(Thread *t, Value self, const Value *a) {
    Slice *s = as(Slice, self);
    Ref args = tuple_pack(t, 3, slot_get(&s->start), slot_get(&s->stop), slot_get(&s->step));
    if (ref_is_null(args)) return args;
    Ref r = tuple_pack(t, 2, type_value(&slice_type), ref_borrow(args));
    ref_drop(t, args);
    return r;
}

static NativeDef slice_methods[] = {
    FN("indices", "!($self, length, /)", slice_indices,
       "S.indices(len) -> (start, stop, stride)\n\nThe range of indexes that S selects from a sequence of this length."),
    FN("__reduce__", "!($self, /)", slice_reduce, "Pickling support."),
    FN_END,
};

static const MemberDef slice_members[] = {
    {"start", MEMBER_SLOT, offsetof(Slice, start), true, NULL},
    {"stop", MEMBER_SLOT, offsetof(Slice, stop), true, NULL},
    {"step", MEMBER_SLOT, offsetof(Slice, step), true, NULL},
    {NULL},
};

Type slice_type = {
    TYPE_HEADER(Slice, TYPE_CONTAINER, slice_traverse, NULL, slice_destroy),
    .name = "slice",
    .doc = "slice(stop)\nslice(start, stop[, step])\n\nThe indexes from start up to stop, step apart.",
    .new_ = slice_type_new,
    .repr = slice_repr,
    .hash = hash_not_implemented,
    .richcompare = slice_compare,
    .methods = slice_methods,
    .members = slice_members,
};
