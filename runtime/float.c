/* float: arithmetic, comparison with ints, hashing, rounding, methods. Text conversions are in float_text.c. */
#include "runtime/float.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

NOINLINE Ref float_box(Thread *t, double d) {
    FloatObject *f = object_alloc_raw(t, &float_type, 0);
    if (f == NULL) return REF_NULL;
    f->value = d;
    return ref_steal(f);
}

/* Numbers that are equal hash equal: the value modulo 2^61 - 1, as for ints (CPython's documented numeric hash). */
int64_t hash_double(Value self, double d) {
    if (isinf(d)) return d > 0 ? 314159 : -314159;
    if (isnan(d)) return value_is_object(self) ? hash_pointer(value_object(self)) : (int64_t)(self.bits >> 4);
    int e;
    double m = frexp(fabs(d), &e);
    uint64_t h = 0;
    while (m != 0) { /* 28 bits at a time */
        h = ((h << 28) & (((uint64_t)1 << 61) - 1)) | h >> (61 - 28);
        m *= 268435456.0;
        e -= 28;
        uint64_t y = (uint64_t)m;
        m -= (double)y;
        h += y;
        if (h >= ((uint64_t)1 << 61) - 1) h -= ((uint64_t)1 << 61) - 1;
    }
    e = e >= 0 ? e % 61 : 60 - ((-1 - e) % 61);
    h = ((h << e) & (((uint64_t)1 << 61) - 1)) | h >> (61 - e);
    int64_t r = d < 0 ? -(int64_t)h : (int64_t)h;
    return r == -1 ? -2 : r;
}

/* 1: *out is the value; 0: not a float or int, leave it to the other operand; -1: exception */
static int operand(Thread *t, Value v, double *out) {
    if (is_float(v)) {
        *out = float_value(v);
        return 1;
    }
    if (!is_int(v)) return 0;
    *out = int_as_double(t, v);
    return *out == -1.0 && err_pending(t) ? -1 : 1;
}
#define OPERANDS(a, b)                                                                            \
    double x, y;                                                                                  \
    int status = operand(t, a, &x);                                                               \
    if (status > 0) status = operand(t, b, &y);                                                   \
    if (status <= 0) return status < 0 ? REF_NULL : REF_NOT_IMPLEMENTED

static Ref slot_add(Thread *t, Value a, Value b) { OPERANDS(a, b); return float_new(t, x + y); }
static Ref slot_sub(Thread *t, Value a, Value b) { OPERANDS(a, b); return float_new(t, x - y); }
static Ref slot_mul(Thread *t, Value a, Value b) { OPERANDS(a, b); return float_new(t, x * y); }
static Ref slot_truediv(Thread *t, Value a, Value b) {
    OPERANDS(a, b);
    if (y == 0) return err_set(t, E_ZeroDivisionError, "float division by zero");
    return float_new(t, x / y);
}

/* quotient and remainder with the sign of y; y != 0 */
static double floor_mod(double x, double y, double *quotient) {
    double mod = fmod(x, y);
    double div = (x - mod) / y;
    if (mod != 0) {
        if ((y < 0) != (mod < 0)) {
            mod += y;
            div -= 1.0;
        }
    } else {
        mod = copysign(0.0, y);
    }
    if (div != 0) {
        double whole = floor(div);
        if (div - whole > 0.5) whole += 1.0;
        div = whole;
    } else {
        div = copysign(0.0, x / y);
    }
    *quotient = div;
    return mod;
}

Ref float_floordiv(Thread *t, double x, double y) {
    if (y == 0) return err_set(t, E_ZeroDivisionError, "float floor division by zero");
    double q;
    floor_mod(x, y, &q);
    return float_new(t, q);
}
Ref float_mod(Thread *t, double x, double y) {
    if (y == 0) return err_set(t, E_ZeroDivisionError, "float modulo");
    double q;
    return float_new(t, floor_mod(x, y, &q));
}
static Ref slot_floordiv(Thread *t, Value a, Value b) { OPERANDS(a, b); return float_floordiv(t, x, y); }
static Ref slot_mod(Thread *t, Value a, Value b) { OPERANDS(a, b); return float_mod(t, x, y); }
static Ref slot_divmod(Thread *t, Value a, Value b) {
    OPERANDS(a, b);
    if (y == 0) return err_set(t, E_ZeroDivisionError, "float divmod()");
    double q, m = floor_mod(x, y, &q);
    Ref pair[2] = {float_new(t, q), float_new(t, m)};
    return tuple_from_steal(t, pair, 2);
}

/* OverflowError(34, 'Numerical result out of range') */
static Ref range_error(Thread *t) {
    Ref args[2] = {ref_small_int(ERANGE), str_from_cstr(t, "Numerical result out of range")};
    Ref tuple = tuple_from_steal(t, args, 2);
    if (ref_is_null(tuple)) return REF_NULL;
    Ref e = call_tuple_dict(t, type_value(ETYPE(OverflowError)), ref_borrow(tuple), VALUE_NULL);
    ref_drop(t, tuple);
    if (ref_is_null(e)) return REF_NULL;
    err_object(t, ref_borrow(e));
    ref_drop(t, e);
    return REF_NULL;
}

Ref float_pow(Thread *t, double x, double y) {
    if (y == 0 || x == 1.0) return float_new(t, 1.0);
    if (isnan(x) || isnan(y)) return float_new(t, NAN);
    if (isinf(y)) {
        double m = fabs(x);
        return float_new(t, m == 1.0 ? 1.0 : (y > 0) == (m > 1.0) ? fabs(y) : 0.0);
    }
    if (x == 0 && y < 0) return err_set(t, E_ZeroDivisionError, "0.0 cannot be raised to a negative power");
    if (x < 0 && isfinite(x) && y != floor(y)) { /* a complex result */
        double length = pow(-x, y), angle = M_PI * y;
        return complex_new(t, length * cos(angle), length * sin(angle));
    }
    double r = pow(x, y);
    if (isinf(r) && isfinite(x)) return range_error(t);
    return float_new(t, r);
}
static Ref slot_pow(Thread *t, Value a, Value b, Value c) {
    if (!value_is_none(c)) return err_set(t, E_TypeError, "pow() 3rd argument not allowed unless all arguments are integers");
    OPERANDS(a, b);
    return float_pow(t, x, y);
}

static Ref slot_neg(Thread *t, Value a) { return float_new(t, -float_value(a)); }
static Ref slot_exact(Thread *t, Value a) {
    return value_is_float(a) || is_exact(a, &float_type) ? ref_new(t, a) : float_new(t, float_value(a));
}
static Ref slot_abs(Thread *t, Value a) { return float_new(t, fabs(float_value(a))); }
static int slot_bool(Thread *t, Value a) { return float_value(a) != 0; }
static Ref slot_int(Thread *t, Value a) { return int_from_double(t, float_value(a)); }
static int64_t slot_hash(Thread *t, Value a) { return hash_double(a, float_value(a)); }

/* exact comparison of a double with an int of any size: -1, 0, 1 */
static int compare_with_int(double x, Value i) {
    int64_t n;
    if (int_try_i64(i, &n) == 0 && n >= -(1LL << 53) && n <= 1LL << 53) return (x > (double)n) - (x < (double)n);
    if (isinf(x)) return x > 0 ? 1 : -1;
    int sign = int_sign(i), xsign = (x > 0) - (x < 0);
    if (sign != xsign) return xsign > sign ? 1 : -1;
    int e;
    double m = frexp(fabs(x), &e);
    size_t bits = int_bit_length(i);
    int magnitude = e > 0 && (size_t)e > bits ? 1 : e < 0 || (size_t)e < bits ? -1 : 2;
    if (magnitude == 2) { /* as long: compare the 53 leading bits, then what is left of the int (x is an integer: e >= 54) */
        magnitude = 0;
        uint64_t top = (uint64_t)ldexp(m, 53);
        const mp_limb_t *p;
        mp_limb_t one;
        if (value_is_int(i)) one = (mp_limb_t)llabs(value_int(i)), p = &one;
        else p = as(BigInt, i)->limb;
        size_t drop = bits - 53;
        mp_limb_t word = p[drop / 64] >> (drop % 64);
        if (drop % 64 > 11) word |= p[drop / 64 + 1] << (64 - drop % 64);
        word &= ((uint64_t)1 << 53) - 1;
        if (top != word) {
            magnitude = top > word ? 1 : -1;
        } else {
            bool rest = drop % 64 && (p[drop / 64] & (((mp_limb_t)1 << drop % 64) - 1));
            for (size_t k = 0; k < drop / 64; k++) rest |= p[k] != 0;
            if (rest) magnitude = -1;
        }
    }
    return sign < 0 ? -magnitude : magnitude;
}

static Ref slot_richcompare(Thread *t, Value a, Value b, CompareOp op) {
    double x = float_value(a);
    int c;
    if (is_float(b)) {
        double y = float_value(b);
        switch (op) {
        case CMP_LT: return ref_bool(x < y);
        case CMP_LE: return ref_bool(x <= y);
        case CMP_EQ: return ref_bool(x == y);
        case CMP_NE: return ref_bool(x != y);
        case CMP_GT: return ref_bool(x > y);
        case CMP_GE: return ref_bool(x >= y);
        }
    }
    if (!is_int(b)) return REF_NOT_IMPLEMENTED;
    if (isnan(x)) return ref_bool(op == CMP_NE);
    c = compare_with_int(x, b);
    switch (op) {
    case CMP_LT: return ref_bool(c < 0);
    case CMP_LE: return ref_bool(c <= 0);
    case CMP_EQ: return ref_bool(c == 0);
    case CMP_NE: return ref_bool(c != 0);
    case CMP_GT: return ref_bool(c > 0);
    case CMP_GE: return ref_bool(c >= 0);
    }
    return REF_NOT_IMPLEMENTED;
}

static Ref slot_repr(Thread *t, Value a) {
    char *s = double_to_text(float_value(a), 'r', 0, DOUBLE_DOT_0);
    if (s == NULL) return err_no_memory(t);
    Ref r = str_from_ascii(t, s, strlen(s));
    mem_free(s);
    return r;
}

/* ---- methods ------------------------------------------------------------------------------------------------------ */

static Ref float_new_(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if ((as(Type, cls) == &float_type || as(Type, cls)->init == float_type.init) && no_kwargs(t, "float", kwnames) < 0) return REF_NULL;
    if (check_nargs(t, "float", nargs, 0, 1) < 0) return REF_NULL;
    Ref r = nargs == 0 ? float_new(t, 0.0) : number_float(t, args[0]);
    if (as(Type, cls) == &float_type || ref_is_null(r)) return r;
    double d = float_value(ref_borrow(r));
    ref_drop(t, r);
    Ref self = instance_new(t, as(Type, cls));
    if (!ref_is_null(self)) as(FloatObject, ref_borrow(self))->value = d;
    return self;
}

static Ref m_exact(Thread *t, Value self, const Value *a) { return slot_exact(t, self); }
static Ref m_trunc(Thread *t, Value self, const Value *a) { return int_from_double(t, float_value(self)); }
static Ref m_floor(Thread *t, Value self, const Value *a) { return int_from_double(t, floor(float_value(self))); }
static Ref m_ceil(Thread *t, Value self, const Value *a) { return int_from_double(t, ceil(float_value(self))); }
static Ref m_is_integer(Thread *t, Value self, const Value *a) {
    double d = float_value(self);
    return ref_bool(isfinite(d) && floor(d) == d);
}

static const double exp10_exact[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

/* x rounded to `digits` decimals: the exact decimal value rounded half to even, read back (glibc's printf is exact) */
static Ref round_decimal(Thread *t, double x, int64_t digits) {
    if (!isfinite(x) || x == 0 || digits > 323) return float_new(t, x);
    if (digits < -308) return float_new(t, copysign(0.0, x));
    uint64_t q;
    if (digits >= 0 && digits < 19 && double_scaled(fabs(x), (int)digits, &q) && q < (uint64_t)1 << 53)
        return float_new(t, copysign((double)q / exp10_exact[digits], x)); /* both are exact, so the quotient is the nearest double */
    char buf[1500];
    if (digits >= 0) {
        snprintf(buf, sizeof buf, "%.*f", (int)digits, x);
    } else {
        snprintf(buf, sizeof buf, "%.0e", x);
        int exponent = atoi(strchr(buf, 'e') + 1);
        snprintf(buf, sizeof buf, "%.17e", x); /* the exponent without rounding up */
        if (atoi(strchr(buf, 'e') + 1) < exponent) exponent--;
        int keep = exponent + 1 + (int)digits; /* significant digits left */
        if (keep < 0) return float_new(t, copysign(0.0, x));
        if (keep == 0) {
            double unit = pow(10.0, (double)-digits);
            return float_new(t, fabs(x) > unit / 2 ? copysign(unit, x) : copysign(0.0, x));
        }
        snprintf(buf, sizeof buf, "%.*e", keep - 1, x);
    }
    double r = strtod(buf, NULL);
    if (isinf(r)) return err_set(t, E_OverflowError, "rounded value too large to represent");
    return float_new(t, r);
}

static Ref m_round(Thread *t, Value self, const Value *a) {
    double x = float_value(self);
    if (value_is_null(a[0]) || value_is_none(a[0])) {
        double r = round(x);
        if (fabs(x - r) == 0.5) r = 2.0 * round(x / 2.0);
        return int_from_double(t, r);
    }
    int64_t digits;
    return index_clamped(t, a[0], &digits) < 0 ? REF_NULL : round_decimal(t, x, digits);
}

static Ref m_as_integer_ratio(Thread *t, Value self, const Value *a) {
    double d = float_value(self);
    if (isinf(d)) return err_set(t, E_OverflowError, "cannot convert Infinity to integer ratio");
    if (isnan(d)) return err_set(t, E_ValueError, "cannot convert NaN to integer ratio");
    int e;
    double m = frexp(d, &e);
    while (m != floor(m)) m *= 2.0, e--;
    Ref n = int_from_double(t, m), den = ref_small_int(1);
    if (e > 0) {
        Ref shifted = int_lshift(t, ref_borrow(n), small_int(e));
        ref_drop(t, n);
        n = shifted;
    } else {
        den = int_lshift(t, small_int(1), small_int(-e));
    }
    if (ref_is_null(n) || ref_is_null(den)) {
        ref_drop(t, n);
        ref_drop(t, den);
        return REF_NULL;
    }
    Ref pair[2] = {n, den};
    return tuple_from_steal(t, pair, 2);
}

static Ref m_hex(Thread *t, Value self, const Value *a) {
    double d = float_value(self);
    if (!isfinite(d)) return slot_repr(t, self);
    if (d == 0) return str_from_cstr(t, signbit(d) ? "-0x0.0p+0" : "0x0.0p+0");
    uint64_t bits;
    memcpy(&bits, &d, 8);
    int e = (int)(bits >> 52 & 0x7FF);
    uint64_t fraction = bits & (((uint64_t)1 << 52) - 1);
    char buf[64];
    int n = snprintf(buf, sizeof buf, "%s0x%d.%013llxp%+d", signbit(d) ? "-" : "", e != 0, (unsigned long long)fraction, e ? e - 1023 : -1022);
    return str_from_ascii(t, buf, (size_t)n);
}

/* true if the text is [sign] [0x] hex digits with at most one point [p exponent], at least one digit */
static bool hex_float_well_formed(const char *s) {
    if (*s == '+' || *s == '-') s++;
    if (s[0] == '0' && (s[1] | 0x20) == 'x') s += 2;
    bool digit = false, point = false;
    for (;; s++) {
        if (*s == '.' && !point) point = true;
        else if (strchr("0123456789abcdefABCDEF", *s) && *s) digit = true;
        else break;
    }
    if (!digit) return false;
    if ((*s | 0x20) == 'p') {
        s++;
        if (*s == '+' || *s == '-') s++;
        if (!(*s >= '0' && *s <= '9')) return false;
        while (*s >= '0' && *s <= '9') s++;
    }
    return *s == 0;
}

/* The value of well-formed digits behind "0x", rounded half to even once (glibc's strtod rounds some subnormal ones twice). */
static double hex_digits_value(const char *p) {
    uint64_t mantissa = 0;
    int64_t exponent = 0;
    bool sticky = false, fraction = false;
    for (; *p && (*p | 0x20) != 'p'; p++) {
        if (*p == '.') {
            fraction = true;
            continue;
        }
        int digit = *p <= '9' ? *p - '0' : (*p | 0x20) - 'a' + 10;
        if (mantissa >> 56) {
            sticky |= digit != 0;
            exponent += fraction ? 0 : 4;
        } else {
            mantissa = mantissa << 4 | (uint64_t)digit;
            exponent -= fraction ? 4 : 0;
        }
    }
    if (*p) {
        long given = strtol(p + 1, NULL, 10);
        exponent += given > 1000000000 ? 1000000000 : given < -1000000000 ? -1000000000 : given;
    }
    if (mantissa == 0) return 0.0;
    int64_t bits = 64 - __builtin_clzll(mantissa), lowest = exponent + bits - 53 > -1074 ? exponent + bits - 53 : -1074, shift = lowest - exponent;
    if (exponent + bits > 1100) return HUGE_VAL;
    if (shift <= 0) return ldexp((double)mantissa, (int)exponent);
    if (shift > 63) return 0.0; /* less than half of the least number */
    uint64_t q = mantissa >> shift, rest = mantissa & (((uint64_t)1 << shift) - 1), half = (uint64_t)1 << (shift - 1);
    if (rest > half || (rest == half && (sticky || (q & 1)))) q++;
    return ldexp((double)q, (int)lowest);
}

static Ref m_fromhex(Thread *t, Value cls, const Value *a) {
    size_t n;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "bad argument type for built-in operation");
    const char *s = str_utf8(t, a[0], &n);
    if (s == NULL) return REF_NULL;
    char *copy = mem_alloc(n + 1), *p = copy;
    if (copy == NULL) return err_no_memory(t);
    memcpy(p, s, n + 1);
    while (n && strchr(" \t\n\r\f\v", p[n - 1])) p[--n] = 0;
    while (*p && strchr(" \t\n\r\f\v", *p)) p++, n--;
    double d;
    Ref r = REF_NULL;
    if (strlen(p) != n) {
        err_set(t, E_ValueError, "invalid hexadecimal floating-point string");
    } else if (hex_float_well_formed(p)) {
        bool neg = *p == '-';
        if (*p == '+' || *p == '-') p++;
        d = hex_digits_value(p[0] == '0' && (p[1] | 0x20) == 'x' ? p + 2 : p);
        if (isinf(d)) err_set(t, E_OverflowError, "hexadecimal value too large to represent as a float");
        else r = float_new(t, neg ? -d : d);
    } else if (!strpbrk(p, "0123456789xXpP") && double_from_text(p, n, &d)) { /* inf, nan */
        r = float_new(t, d);
    } else {
        err_set(t, E_ValueError, "invalid hexadecimal floating-point string");
    }
    mem_free(copy);
    if (as(Type, cls) == &float_type || ref_is_null(r)) return r;
    Ref result = call1(t, cls, ref_borrow(r));
    ref_drop(t, r);
    return result;
}

static Ref m_getnewargs(Thread *t, Value self, const Value *a) {
    Ref v = slot_exact(t, self);
    return ref_is_null(v) ? REF_NULL : tuple_from_steal(t, &v, 1);
}
static Ref m_format(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "__format__() argument must be str, not %G", a[0]);
    return str_length(a[0]) == 0 ? object_str(t, self) : float_format(t, self, a[0]);
}
static Ref m_getformat(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "__getformat__() argument must be str, not %G", a[0]);
    if (!str_equal_ascii(a[0], "double") && !str_equal_ascii(a[0], "float"))
        return err_set(t, E_ValueError, "__getformat__() argument 1 must be 'double' or 'float'");
    return str_from_cstr(t, "IEEE, little-endian");
}

static NativeDef float_methods[] = {
    FN("conjugate", "($self, /)", m_exact, "The number itself."),
    FN("__trunc__", "($self, /)", m_trunc, "The integer towards zero."),
    FN("__floor__", "($self, /)", m_floor, "The largest integer not above."),
    FN("__ceil__", "($self, /)", m_ceil, "The smallest integer not below."),
    FN("__round__", "($self, ndigits=None, /)", m_round, "Rounds half to even."),
    FN("as_integer_ratio", "($self, /)", m_as_integer_ratio, "Numerator and denominator whose quotient is exactly the number.\n\n>>> (0.75).as_integer_ratio()\n(3, 4)"),
    FN_CLASS("fromhex", "($type, string, /)", m_fromhex, "The number that a hexadecimal text stands for.\n\n>>> float.fromhex('0x1.8p-1')\n0.75"),
    FN("hex", "($self, /)", m_hex, "Hexadecimal text.\n\n>>> (0.75).hex()\n'0x1.8000000000000p-1'"),
    FN("is_integer", "($self, /)", m_is_integer, "True if there is no fraction."),
    FN("__getnewargs__", "($self, /)", m_getnewargs, NULL),
    FN("__format__", "($self, format_spec, /)", m_format, NULL),
    FN_CLASS("__getformat__", "($type, typestr, /)", m_getformat, "How C doubles and floats are stored."),
    FN_END,
};
static Ref get_real(Thread *t, Value self, void *closure) { return slot_exact(t, self); }
static Ref get_imag(Thread *t, Value self, void *closure) { return float_new(t, 0.0); }
static const GetSetDef float_getset[] = {
    {"real", get_real, NULL, "the real part of a complex number", NULL},
    {"imag", get_imag, NULL, "the imaginary part of a complex number", NULL},
    {NULL},
};

Type float_type = {
    TYPE_HEADER(FloatObject, TYPE_BASETYPE | TYPE_FLOAT | TYPE_MATCH_SELF, NULL, NULL, NULL),
    .name = "float",
    .doc = "float(x=0, /)\n--\n\nA number or a text as a floating-point number.",
    .methods = float_methods, .getset = float_getset, .new_ = float_new_,
    .repr = slot_repr, .hash = slot_hash, .richcompare = slot_richcompare,
    .add = slot_add, .sub = slot_sub, .mul = slot_mul, .truediv = slot_truediv, .floordiv = slot_floordiv, .mod = slot_mod,
    .divmod = slot_divmod, .pow = slot_pow, .neg = slot_neg, .pos = slot_exact, .abs_ = slot_abs, .bool_ = slot_bool,
    .int_ = slot_int, .float_ = slot_exact,
};
