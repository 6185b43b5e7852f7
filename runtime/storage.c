/* Plain comparison and the repr guard: see storage.h. */
#include "runtime/storage.h"
#include "runtime/bytes.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/text.h"

static _Thread_local ReprGuard *repr_innermost;

bool repr_enter(ReprGuard *g, Value self) {
    Object *o = value_object(self);
    for (ReprGuard *p = repr_innermost; p != NULL; p = p->outer)
        if (p->object == o) return true;
    g->object = o;
    g->outer = repr_innermost;
    repr_innermost = g;
    return false;
}

void repr_leave(ReprGuard *g) { repr_innermost = g->outer; }

/* How deep plain_equal looks into nested tuples before it leaves the job to the general way, which guards the C stack. */
#define PLAIN_DEPTH 4

typedef enum { KIND_OTHER, KIND_INT, KIND_FLOAT, KIND_STR, KIND_BYTES, KIND_TUPLE, KIND_NONE, KIND_IDENTITY } PlainKind;

static PlainKind plain_kind(Value v) {
    if (value_is_int(v)) return KIND_INT;
    if (value_is_float(v)) return KIND_FLOAT;
    const Type *type = type_of(v);
    if (type == &str_type) return KIND_STR;
    if (!type_flag(type, TYPE_HEAP)) {
        if (type == &int_type || type == &bool_type) return KIND_INT;
        if (type == &float_type) return KIND_FLOAT;
        if (type == &bytes_type) return KIND_BYTES;
        if (type == &tuple_type) return KIND_TUPLE;
        if (type == &none_type) return KIND_NONE;
    }
    if (type->richcompare == NULL || type->richcompare == object_type.richcompare) return KIND_IDENTITY;
    return KIND_OTHER;
}

static int int_float_equal(Value i, double d) {
    int64_t n;
    if (int_try_i64(i, &n) < 0) return PLAIN_UNKNOWN; /* exact comparison of big ints with floats is int.c's */
    if (!(d >= -9007199254740992.0 && d <= 9007199254740992.0)) {
        if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) return 0;
        return (int64_t)d == n; /* doubles beyond 2^53 are whole */
    }
    return (double)(int64_t)d == d && (int64_t)d == n;
}

static int equal_at(Value a, Value b, int depth) {
    if (value_is(a, b)) return 1;
    PlainKind ka = plain_kind(a), kb;
    if (ka == KIND_OTHER || (kb = plain_kind(b)) == KIND_OTHER) return PLAIN_UNKNOWN;
    if (ka != kb) {
        if (ka == KIND_INT && kb == KIND_FLOAT) return int_float_equal(a, float_value(b));
        if (ka == KIND_FLOAT && kb == KIND_INT) return int_float_equal(b, float_value(a));
        if ((ka == KIND_STR && kb == KIND_BYTES) || (ka == KIND_BYTES && kb == KIND_STR)) return PLAIN_UNKNOWN; /* -b warns */
        return 0;
    }
    switch (ka) {
    case KIND_INT:
        return value_is_int(a) && value_is_int(b) ? 0 : int_compare(a, b) == 0;
    case KIND_FLOAT:
        return float_value(a) == float_value(b);
    case KIND_STR:
        return str_equal(as(Str, a), as(Str, b));
    case KIND_BYTES: {
        size_t n = bytes_length(a);
        return n == bytes_length(b) && memcmp(bytes_data(a), bytes_data(b), n) == 0;
    }
    case KIND_TUPLE: {
        size_t n = tuple_size(a), m = tuple_size(b);
        if (depth >= PLAIN_DEPTH) return PLAIN_UNKNOWN;
        /* items are compared even if the lengths differ: an __eq__ among them may be watched */
        for (size_t i = 0; i < n && i < m; i++) {
            int r = equal_at(tuple_get(a, i), tuple_get(b, i), depth + 1);
            if (r != 1) return r;
        }
        return n == m;
    }
    default:
        return 0;
    }
}

int plain_equal_slow(Value a, Value b) { return equal_at(a, b, 0); }

static int less_at(Value a, Value b, int depth);

/* a < b of two items, not one and the same, of one kind that compares in one go (*same: they are equal, go on with the next); else PLAIN_UNKNOWN. */
static int item_less(Value a, Value b, bool *same) {
    *same = false;
    if (value_is_int(a) && value_is_int(b)) return (int64_t)a.bits < (int64_t)b.bits;
    if (!value_is_object(a) || !value_is_object(b) || type_of(a) != &str_type || type_of(b) != &str_type) return PLAIN_UNKNOWN;
    int order = str_compare(as(Str, a), as(Str, b));
    *same = order == 0;
    return order < 0;
}
/* By the first items that aren't equal. */
static int tuple_less(Value a, Value b, int depth) {
    size_t n = tuple_size(a), m = tuple_size(b);
    for (size_t i = 0; i < n && i < m; i++) {
        Value x = tuple_get(a, i), y = tuple_get(b, i);
        if (value_is(x, y)) continue;
        bool same;
        int less = item_less(x, y, &same);
        if (same) continue;
        if (less != PLAIN_UNKNOWN) return less;
        int equal = plain_equal(x, y);
        if (equal != 1) return equal == 0 ? less_at(x, y, depth) : PLAIN_UNKNOWN;
    }
    return n < m;
}
static bool fits_double(int64_t i) { return i >= -((int64_t)1 << 53) && i <= (int64_t)1 << 53; }
static int less_at(Value a, Value b, int depth) {
    if (value_is_object(a) && type_of(a) == &tuple_type && value_is_object(b) && type_of(b) == &tuple_type)
        return depth < PLAIN_DEPTH ? tuple_less(a, b, depth + 1) : PLAIN_UNKNOWN;
    bool same;
    int less = item_less(a, b, &same);
    if (less != PLAIN_UNKNOWN) return less;
    /* in a double exactly */
    if (value_is_int(a) && value_is_float(b) && fits_double(value_int(a))) return (double)value_int(a) < value_flonum(b);
    if (value_is_float(a) && value_is_int(b) && fits_double(value_int(b))) return value_flonum(a) < (double)value_int(b);
    PlainKind ka = plain_kind(a);
    if (ka >= KIND_TUPLE || ka == KIND_OTHER || ka != plain_kind(b)) return PLAIN_UNKNOWN;
    switch (ka) {
    case KIND_INT: return int_compare(a, b) < 0;
    case KIND_FLOAT: return float_value(a) < float_value(b);
    case KIND_BYTES: return span_compare(span_bytes(bytes_data(a), bytes_length(a)), span_bytes(bytes_data(b), bytes_length(b))) < 0;
    default: return PLAIN_UNKNOWN;
    }
}
int plain_less_slow(Value a, Value b) { return less_at(a, b, 0); }

bool plain_hash_slow(Value v, int64_t *out) {
    if (value_is_int(v)) {
        int64_t i = value_int(v);
        /* hash(int) is the value modulo 2^61 - 1 with the sign kept; only the ends of the small range differ */
        const int64_t modulus = ((int64_t)1 << 61) - 1;
        if (i >= modulus || i <= -modulus) i %= modulus;
        *out = i == -1 ? -2 : i;
        return true;
    }
    if (value_is_object(v) && type_of(v) == &str_type) {
        int64_t h = load_relaxed(&as(Str, v)->x_hash);
        *out = h != -1 ? h : str_hash(as(Str, v));
        return true;
    }
    return false;
}
