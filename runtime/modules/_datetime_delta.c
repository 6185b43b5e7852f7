/* datetime.timedelta: days, seconds and microseconds, normalized. See _datetime.h. */
#include "runtime/modules/_datetime.h"
#include <math.h>
#include <stdio.h>

typedef __int128 i128;
#define MAX_DAYS 999999999

static Ref delta_of_type(Thread *t, Type *type, int days, int seconds, int us) {
    Delta *d = type == &delta_type ? object_new(Delta, t, type) : kit_instance(t, type_value(type));
    if (d == NULL) return REF_NULL;
    d->days = days;
    d->seconds = seconds;
    d->us = us;
    return ref_steal(d);
}

static i128 microseconds(const Delta *d) { return ((i128)d->days * SECONDS_PER_DAY + d->seconds) * US_PER_SECOND + d->us; }

static Ref too_big(Thread *t) { return err_set(t, E_OverflowError, "Python int too large to convert to C int"); }

static Ref delta_from_us(Thread *t, Type *type, i128 us) {
    i128 seconds = us / US_PER_SECOND, part = us % US_PER_SECOND;
    if (part < 0) {
        part += US_PER_SECOND;
        seconds--;
    }
    i128 days = seconds / SECONDS_PER_DAY, rest = seconds % SECONDS_PER_DAY;
    if (rest < 0) {
        rest += SECONDS_PER_DAY;
        days--;
    }
    if (days != (int)days) return too_big(t);
    if (days < -MAX_DAYS || days > MAX_DAYS) return err_set(t, E_OverflowError, "days=%d; must have magnitude <= 999999999", (int)days);
    return delta_of_type(t, type, (int)days, (int)rest, (int)part);
}
Ref delta_new(Thread *t, int64_t days, int64_t seconds, int64_t us) {
    return delta_from_us(t, &delta_type, ((i128)days * SECONDS_PER_DAY + seconds) * US_PER_SECOND + us);
}
Ref delta_sum(Thread *t, Value a, Value b, int sign) {
    const Delta *x = as(Delta, a), *y = as(Delta, b);
    return delta_new(t, (int64_t)x->days + sign * y->days, x->seconds + sign * y->seconds, x->us + sign * y->us);
}
int delta_compare(const Delta *a, const Delta *b) {
    if (a->days != b->days) return a->days < b->days ? -1 : 1;
    if (a->seconds != b->seconds) return a->seconds < b->seconds ? -1 : 1;
    return a->us < b->us ? -1 : a->us > b->us;
}

/* ---- ints of any size ------------------------------------------------------------------------------------------------------------ */

static Ref int_from_i128(Thread *t, i128 n) { return int_from_bytes(t, (const uint8_t *)&n, sizeof n, true, true); }

/* timedelta for an int (consumed) that is a number of microseconds */
static Ref delta_from_int(Thread *t, Ref i) {
    if (ref_is_null(i)) return i;
    i128 n;
    bool fits = int_bit_length(ref_borrow(i)) < 127;
    if (fits) int_to_bytes(t, ref_borrow(i), (uint8_t *)&n, sizeof n, true, true);
    ref_drop(t, i);
    return fits ? delta_from_us(t, &delta_type, n) : too_big(t);
}

/* a / b to the nearest int, half to even; both ints, owned here */
static Ref divide_nearest(Thread *t, Ref a, Ref b) {
    Ref q = REF_NULL, r = REF_NULL, twice = REF_NULL;
    if (!ref_is_null(a) && !ref_is_null(b)) q = int_floordiv(t, ref_borrow(a), ref_borrow(b));
    if (!ref_is_null(q)) r = int_mod(t, ref_borrow(a), ref_borrow(b));
    if (!ref_is_null(r)) twice = int_add(t, ref_borrow(r), ref_borrow(r));
    if (!ref_is_null(twice)) {
        int order = int_compare(ref_borrow(twice), ref_borrow(b));
        if (int_sign(ref_borrow(b)) < 0) order = -order;
        uint64_t low = 0;
        int_as_u64_mask(ref_borrow(q), &low);
        if (order > 0 || (order == 0 && (low & 1))) {
            Ref up = int_add(t, ref_borrow(q), small_int(1));
            ref_drop(t, q);
            q = up;
        }
    } else {
        ref_drop(t, q);
        q = REF_NULL;
    }
    ref_drop(t, twice);
    ref_drop(t, r);
    ref_drop(t, a);
    ref_drop(t, b);
    return q;
}

/* delta * f (or / f with `divide`) for a float f = n / d exactly */
static Ref scale_float(Thread *t, const Delta *delta, Value f, bool divide) {
    Ref ratio = call_method0(t, f, str_intern_cstr(t, "as_integer_ratio"));
    if (ref_is_null(ratio)) return ratio;
    const char *wrong = NULL;
    if (!is_tuple(ref_borrow(ratio))) err_set(t, E_TypeError, "unexpected return type from as_integer_ratio(): expected tuple, got '%.200T'", ref_borrow(ratio));
    else if (tuple_size(ref_borrow(ratio)) != 2) err_set(t, E_ValueError, "as_integer_ratio() must return a 2-tuple");
    else if (!is_int(tuple_get(ref_borrow(ratio), 0)) || !is_int(tuple_get(ref_borrow(ratio), 1))) wrong = "as_integer_ratio() must return ints";
    if (wrong != NULL) err_set(t, E_TypeError, "%s", wrong);
    if (err_pending(t)) {
        ref_drop(t, ratio);
        return REF_NULL;
    }
    Value n = tuple_get(ref_borrow(ratio), divide ? 1 : 0), d = tuple_get(ref_borrow(ratio), divide ? 0 : 1);
    Ref us = int_from_i128(t, microseconds(delta)), product = ref_is_null(us) ? us : int_mul(t, ref_borrow(us), n);
    ref_drop(t, us);
    Ref r = ref_is_null(product) ? product : delta_from_int(t, divide_nearest(t, product, ref_new(t, d)));
    ref_drop(t, ratio);
    return r;
}

/* ---- operators ---------------------------------------------------------------------------------------------------------------------- */

static Ref delta_add(Thread *t, Value a, Value b) { return is_delta(a) && is_delta(b) ? delta_sum(t, a, b, 1) : REF_NOT_IMPLEMENTED; }
static Ref delta_sub(Thread *t, Value a, Value b) { return is_delta(a) && is_delta(b) ? delta_sum(t, a, b, -1) : REF_NOT_IMPLEMENTED; }
static Ref delta_neg(Thread *t, Value v) { return delta_from_us(t, &delta_type, -microseconds(as(Delta, v))); }
static Ref delta_pos(Thread *t, Value v) { return delta_of_type(t, &delta_type, as(Delta, v)->days, as(Delta, v)->seconds, as(Delta, v)->us); }
static Ref delta_abs(Thread *t, Value v) { return as(Delta, v)->days < 0 ? delta_neg(t, v) : delta_pos(t, v); }
static int delta_bool(Thread *t, Value v) { return !delta_is_zero(as(Delta, v)); }

static Ref delta_mul(Thread *t, Value a, Value b) {
    if (!is_delta(a)) {
        Value swap = a;
        a = b;
        b = swap;
    }
    if (is_float(b)) return scale_float(t, as(Delta, a), b, false);
    if (!is_int(b)) return REF_NOT_IMPLEMENTED;
    int64_t n;
    i128 us;
    if (int_try_i64(b, &n) < 0 || __builtin_mul_overflow(microseconds(as(Delta, a)), (i128)n, &us))
        return delta_is_zero(as(Delta, a)) ? delta_new(t, 0, 0, 0) : too_big(t);
    return delta_from_us(t, &delta_type, us);
}

static Ref us_op(Thread *t, BinaryOp op, Value a, Value b) {
    Ref x = int_from_i128(t, microseconds(as(Delta, a))), y = ref_is_null(x) ? x : is_delta(b) ? int_from_i128(t, microseconds(as(Delta, b))) : ref_new(t, b);
    Ref r = ref_is_null(y) ? y : binary_op(t, op, ref_borrow(x), ref_borrow(y));
    ref_drop(t, y);
    ref_drop(t, x);
    return r;
}
static Ref delta_truediv(Thread *t, Value a, Value b) {
    if (!is_delta(a)) return REF_NOT_IMPLEMENTED;
    if (is_delta(b)) return us_op(t, OP_TRUEDIV, a, b);
    if (is_float(b)) return scale_float(t, as(Delta, a), b, true);
    if (!is_int(b)) return REF_NOT_IMPLEMENTED;
    if (int_is_zero(b)) return err_set(t, E_ZeroDivisionError, "integer division or modulo by zero");
    return delta_from_int(t, divide_nearest(t, int_from_i128(t, microseconds(as(Delta, a))), ref_new(t, b)));
}
static Ref delta_floordiv(Thread *t, Value a, Value b) {
    if (!is_delta(a) || !(is_delta(b) || is_int(b))) return REF_NOT_IMPLEMENTED;
    Ref r = us_op(t, OP_FLOORDIV, a, b);
    return is_delta(b) ? r : delta_from_int(t, r);
}
static Ref delta_mod(Thread *t, Value a, Value b) {
    if (!is_delta(a) || !is_delta(b)) return REF_NOT_IMPLEMENTED;
    return delta_from_int(t, us_op(t, OP_MOD, a, b));
}
static Ref delta_divmod(Thread *t, Value a, Value b) {
    if (!is_delta(a) || !is_delta(b)) return REF_NOT_IMPLEMENTED;
    Ref pair = us_op(t, OP_DIVMOD, a, b);
    if (ref_is_null(pair)) return pair;
    Ref parts[2] = {ref_new(t, tuple_get(ref_borrow(pair), 0)), delta_from_int(t, ref_new(t, tuple_get(ref_borrow(pair), 1)))};
    ref_drop(t, pair);
    return tuple_from_steal(t, parts, 2);
}
static Ref delta_compare_op(Thread *t, Value a, Value b, CompareOp op) {
    return is_delta(b) ? compare_result(delta_compare(as(Delta, a), as(Delta, b)), op) : REF_NOT_IMPLEMENTED;
}
static Ref fields_tuple(Thread *t, const Delta *d) {
    Ref items[] = {ref_small_int(d->days), ref_small_int(d->seconds), ref_small_int(d->us)};
    return tuple_from_steal(t, items, 3);
}
static int64_t delta_hash(Thread *t, Value self) {
    Delta *d = as(Delta, self);
    int64_t h = load_relaxed(&d->x_hash);
    if (h != 0) return h;
    Ref fields = fields_tuple(t, d);
    if (ref_is_null(fields)) return -1;
    h = object_hash(t, ref_borrow(fields));
    ref_drop(t, fields);
    store_relaxed(&d->x_hash, h);
    return h;
}

/* ---- construction ------------------------------------------------------------------------------------------------------------------------- */

/* Adds v units of `factor` microseconds to *sum, and what is less than one to *rest. */
static int accumulate(Thread *t, const char *name, Value v, int64_t factor, i128 *sum, double *rest) {
    i128 product;
    if (is_int(v)) {
        i128 n = 0;
        if (int_bit_length(v) > 80) return err_int(too_big(t)); /* times weeks it fits; a smaller unit may give fewer days than an int64 of these has */
        if (int_to_bytes(t, v, (uint8_t *)&n, sizeof n, true, true) < 0) return -1;
        *sum += n * factor;
        return 0;
    }
    if (!is_float(v)) return err_int(err_set(t, E_TypeError, "unsupported type for timedelta %s component: %T", name, v));
    double whole, part = modf(float_value(v), &whole);
    if (!(fabs(whole) < 1e24)) { /* let the conversion say what is wrong */
        Ref i = int_from_double(t, whole);
        if (ref_is_null(i)) return -1;
        ref_drop(t, i);
        return err_int(too_big(t));
    }
    product = (i128)whole * factor;
    *sum += product;
    if (part == 0) return 0;
    part = modf((double)factor * part, &whole);
    *sum += (i128)whole;
    *rest += part;
    return 0;
}

static Ref delta_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static const char *const names[] = {"days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"};
    static const int64_t factors[] = {86400000000, 1000000, 1, 1000, 60000000, 3600000000, 604800000000};
    static const int order[] = {2, 3, 1, 4, 5, 0, 6}; /* small units first */
    Value a[7];
    if (kit_bind(t, "__new__", "|days,seconds,microseconds,milliseconds,minutes,hours,weeks", args, nargs, kwnames, a) < 0) return REF_NULL;
    i128 us = 0;
    double rest = 0;
    for (int k = 0; k < 7; k++) {
        int i = order[k];
        if (!value_is_null(a[i]) && accumulate(t, names[i], a[i], factors[i], &us, &rest) < 0) return REF_NULL;
    }
    if (rest != 0) {
        double whole = round(rest);
        if (fabs(whole - rest) == 0.5) {
            int odd = (int)(us & 1);
            whole = 2.0 * round((rest + odd) * 0.5) - odd;
        }
        us += (i128)whole;
    }
    return delta_from_us(t, as(Type, cls), us);
}

/* ---- text and the rest ---------------------------------------------------------------------------------------------------------------------- */

static Ref delta_repr(Thread *t, Value self) {
    const Delta *d = as(Delta, self);
    StrBuilder b = STR_BUILDER;
    const char *sep = "";
    int status = builder_format(t, &b, "%N(", type_of(self));
    struct { const char *name; int value; } parts[] = {{"days", d->days}, {"seconds", d->seconds}, {"microseconds", d->us}};
    for (int i = 0; i < 3 && status == 0; i++) {
        if (parts[i].value == 0) continue;
        status = builder_format(t, &b, "%s%s=%d", sep, parts[i].name, parts[i].value);
        sep = ", ";
    }
    if (status == 0 && *sep == 0) status = builder_char(t, &b, '0');
    if (status == 0) status = builder_char(t, &b, ')');
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
static Ref delta_str(Thread *t, Value self) {
    const Delta *d = as(Delta, self);
    char buf[64];
    int n = 0;
    if (d->days) n = snprintf(buf, sizeof buf, "%d day%s, ", d->days, d->days == 1 || d->days == -1 ? "" : "s");
    n += snprintf(buf + n, sizeof buf - (size_t)n, "%d:%02d:%02d", d->seconds / 3600, d->seconds / 60 % 60, d->seconds % 60);
    if (d->us) n += snprintf(buf + n, sizeof buf - (size_t)n, ".%06d", d->us);
    return str_from_ascii(t, buf, (size_t)n);
}
static Ref m_total_seconds(Thread *t, Value self, const Value *a) {
    i128 us = microseconds(as(Delta, self));
    if (us > -(1LL << 53) && us < (1LL << 53)) return float_new(t, (double)us / 1e6);
    return us_op(t, OP_TRUEDIV, self, small_int(US_PER_SECOND));
}
static Ref m_reduce(Thread *t, Value self, const Value *a) {
    Ref pair[] = {ref_new(t, type_value(type_of(self))), fields_tuple(t, as(Delta, self))};
    return tuple_from_steal(t, pair, 2);
}

static NativeDef methods[] = {
    FN("total_seconds", "!($self, /)", m_total_seconds, "Total seconds in the duration."),
    FN("__reduce__", "!($self, /)", m_reduce, "__reduce__() -> (cls, state)"),
    FN_END,
};
static const MemberDef members[] = {
    {"days", MEMBER_INT, offsetof(Delta, days), true, "Number of days."},
    {"seconds", MEMBER_INT, offsetof(Delta, seconds), true, "Number of seconds (>= 0 and less than 1 day)."},
    {"microseconds", MEMBER_INT, offsetof(Delta, us), true, "Number of microseconds (>= 0 and less than 1 second)."},
    {NULL},
};
Type delta_type = {
    TYPE_HEADER(Delta, TYPE_BASETYPE, NULL, NULL, NULL),
    .name = "datetime.timedelta",
    .doc = "Difference between two datetime values.\n\ntimedelta(days=0, seconds=0, microseconds=0, milliseconds=0, minutes=0, hours=0, weeks=0)\n\n"
           "All arguments are optional and default to 0.\nArguments may be integers or floats, and may be positive or negative.",
    .new_ = delta_new_slot, .repr = delta_repr, .str = delta_str, .hash = delta_hash, .richcompare = delta_compare_op,
    .add = delta_add, .sub = delta_sub, .mul = delta_mul, .mod = delta_mod, .divmod = delta_divmod, .neg = delta_neg, .pos = delta_pos,
    .abs_ = delta_abs, .bool_ = delta_bool, .floordiv = delta_floordiv, .truediv = delta_truediv,
    .methods = methods, .members = members,
};
