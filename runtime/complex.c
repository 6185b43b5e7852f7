/* complex numbers. */
#include "runtime/float.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/native.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

typedef struct Pair { double re, im; } Pair;

static Ref complex_of_type(Thread *t, Type *type, double re, double im) {
    Ref r = type == &complex_type ? ref_steal(object_alloc_raw(t, type, 0)) : instance_new(t, type);
    if (ref_is_null(r)) return r;
    Complex *c = as(Complex, ref_borrow(r));
    c->real = re;
    c->imag = im;
    return r;
}
Ref complex_new(Thread *t, double re, double im) { return complex_of_type(t, &complex_type, re, im); }

static bool is_complex(Value v) { return is_exact(v, &complex_type) || type_is_subtype(type_of(v), &complex_type); }
static Pair pair_of(Value v) { return (Pair){as(Complex, v)->real, as(Complex, v)->imag}; }

/* 1, 0 (other type), -1 (exception) */
static int operand(Thread *t, Value v, Pair *out) {
    out->im = 0;
    if (is_float(v)) {
        out->re = float_value(v);
        return 1;
    }
    if (is_int(v)) {
        out->re = int_as_double(t, v);
        return out->re == -1.0 && err_pending(t) ? -1 : 1;
    }
    if (!is_complex(v)) return 0;
    *out = pair_of(v);
    return 1;
}
#define OPERANDS(a, b)                                                                            \
    Pair x, y;                                                                                    \
    int status = operand(t, a, &x);                                                               \
    if (status > 0) status = operand(t, b, &y);                                                   \
    if (status <= 0) return status < 0 ? REF_NULL : REF_NOT_IMPLEMENTED

static Pair product(Pair x, Pair y) { return (Pair){x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re}; }

/* R. L. Smith, Algorithm 116, CACM 1962; y != 0 */
static Pair quotient(Pair x, Pair y) {
    if (fabs(y.re) >= fabs(y.im)) {
        double ratio = y.im / y.re, denom = y.re + y.im * ratio;
        return (Pair){(x.re + x.im * ratio) / denom, (x.im - x.re * ratio) / denom};
    }
    if (fabs(y.im) >= fabs(y.re)) {
        double ratio = y.re / y.im, denom = y.re * ratio + y.im;
        return (Pair){(x.re * ratio + x.im) / denom, (x.im * ratio - x.re) / denom};
    }
    return (Pair){NAN, NAN};
}

static Ref slot_add(Thread *t, Value a, Value b) { OPERANDS(a, b); return complex_new(t, x.re + y.re, x.im + y.im); }
static Ref slot_sub(Thread *t, Value a, Value b) { OPERANDS(a, b); return complex_new(t, x.re - y.re, x.im - y.im); }
static Ref slot_mul(Thread *t, Value a, Value b) {
    OPERANDS(a, b);
    Pair p = product(x, y);
    return complex_new(t, p.re, p.im);
}
static Ref slot_truediv(Thread *t, Value a, Value b) {
    OPERANDS(a, b);
    if (y.re == 0 && y.im == 0) return err_set(t, E_ZeroDivisionError, "complex division by zero");
    Pair q = quotient(x, y);
    return complex_new(t, q.re, q.im);
}

static Pair power_int(Pair x, long n) {
    Pair r = {1, 0}, square = x;
    for (unsigned long m = (unsigned long)labs(n); m; m >>= 1) {
        if (m & 1) r = product(r, square);
        square = product(square, square);
    }
    return n < 0 ? quotient((Pair){1, 0}, r) : r;
}

static Ref slot_pow(Thread *t, Value a, Value b, Value c) {
    OPERANDS(a, b);
    if (!value_is_none(c)) return err_set(t, E_ValueError, "complex modulo");
    Pair r;
    if (y.im == 0 && y.re == floor(y.re) && fabs(y.re) <= 100) {
        if (x.re == 0 && x.im == 0 && y.re < 0) goto zero;
        r = power_int(x, (long)y.re);
    } else if (x.re == 0 && x.im == 0) {
        if (y.im != 0 || y.re < 0) goto zero;
        r = (Pair){0, 0};
    } else {
        double length = hypot(x.re, x.im), angle = atan2(x.im, x.re);
        double magnitude = pow(length, y.re), phase = angle * y.re;
        if (y.im != 0) {
            magnitude /= exp(angle * y.im);
            phase += y.im * log(length);
        }
        if (isinf(phase)) goto zero; /* there is no angle: CPython has one word for both */
        r = (Pair){magnitude * cos(phase), magnitude * sin(phase)};
    }
    if (isinf(r.re) || isinf(r.im)) return err_set(t, E_OverflowError, "complex exponentiation");
    return complex_new(t, r.re, r.im);
zero:
    return err_set(t, E_ZeroDivisionError, "0.0 to a negative or complex power");
}

static Ref slot_neg(Thread *t, Value a) { return complex_new(t, -as(Complex, a)->real, -as(Complex, a)->imag); }
static Ref slot_pos(Thread *t, Value a) {
    return is_exact(a, &complex_type) ? ref_new(t, a) : complex_new(t, as(Complex, a)->real, as(Complex, a)->imag);
}
static Ref slot_abs(Thread *t, Value a) {
    Pair x = pair_of(a);
    double r = hypot(x.re, x.im);
    if (isinf(r) && isfinite(x.re) && isfinite(x.im)) return err_set(t, E_OverflowError, "absolute value too large");
    return float_new(t, r);
}
static int slot_bool(Thread *t, Value a) { return as(Complex, a)->real != 0 || as(Complex, a)->imag != 0; }

static int64_t slot_hash(Thread *t, Value a) {
    uint64_t re = (uint64_t)hash_double(a, as(Complex, a)->real), im = (uint64_t)hash_double(a, as(Complex, a)->imag);
    int64_t h = (int64_t)(re + 1000003u * im);
    return h == -1 ? -2 : h;
}

static Ref slot_richcompare(Thread *t, Value a, Value b, CompareOp op) {
    if (op != CMP_EQ && op != CMP_NE) return REF_NOT_IMPLEMENTED;
    Pair x = pair_of(a);
    bool equal;
    if (is_complex(b)) {
        equal = x.re == as(Complex, b)->real && x.im == as(Complex, b)->imag;
    } else if (is_float(b) || is_int(b)) {
        equal = false;
        if (x.im == 0) { /* exact against ints of any size */
            Ref re = float_new(t, x.re);
            if (ref_is_null(re)) return re;
            int c = rich_compare_bool(t, ref_borrow(re), b, CMP_EQ);
            ref_drop(t, re);
            if (c < 0) return REF_NULL;
            equal = c && !isnan(x.re);
        }
    } else {
        return REF_NOT_IMPLEMENTED;
    }
    return ref_bool(equal == (op == CMP_EQ));
}

static Ref slot_repr(Thread *t, Value a) {
    Pair x = pair_of(a);
    bool imag_only = x.re == 0 && !signbit(x.re);
    char *re = double_to_text(x.re, 'r', 0, 0), *im = double_to_text(x.im, 'r', 0, imag_only ? 0 : DOUBLE_SIGN);
    Ref r;
    if (re == NULL || im == NULL) r = err_no_memory(t);
    else r = imag_only ? str_format(t, "%sj", im) : str_format(t, "(%s%sj)", re, im);
    mem_free(re);
    mem_free(im);
    return r;
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* length of the float literal at s (sign, digits with underscores, exponent, inf, nan), 0 if there is none */
static size_t float_span(const char *s) {
    size_t i = 0, digits = 0;
    if (s[i] == '+' || s[i] == '-') i++;
    if ((s[i] | 0x20) == 'i') return strncasecmp(s + i, "infinity", 8) == 0 ? i + 8 : strncasecmp(s + i, "inf", 3) == 0 ? i + 3 : 0;
    if ((s[i] | 0x20) == 'n') return strncasecmp(s + i, "nan", 3) == 0 ? i + 3 : 0;
    for (; (s[i] >= '0' && s[i] <= '9') || s[i] == '_'; i++) digits += s[i] != '_';
    if (s[i] == '.')
        for (i++; (s[i] >= '0' && s[i] <= '9') || s[i] == '_'; i++) digits += s[i] != '_';
    if (!digits) return 0;
    if ((s[i] | 0x20) == 'e') {
        size_t k = i + 1 + (s[i + 1] == '+' || s[i + 1] == '-');
        if (s[k] >= '0' && s[k] <= '9') {
            while ((s[k] >= '0' && s[k] <= '9') || s[k] == '_') k++;
            i = k;
        }
    }
    return i;
}

/* one float literal of n characters, underscores between digits allowed */
static bool literal(Thread *t, const char *s, size_t n, double *out) {
    Ref text = str_from_ascii(t, s, n);
    if (ref_is_null(text)) return false;
    Ref f = float_parse(t, ref_borrow(text));
    ref_drop(t, text);
    if (ref_is_null(f)) return false;
    *out = float_value(ref_borrow(f));
    ref_drop(t, f);
    return true;
}

static bool parse(Thread *t, const char *s, Pair *out) {
    while (*s == ' ') s++;
    bool paren = *s == '(';
    if (paren)
        for (s++; *s == ' '; s++) {}
    *out = (Pair){0, 0};
    size_t n = float_span(s);
    double first = 1;
    if (n && !literal(t, s, n, &first)) return false;
    const char *after = s + n;
    if (n && (*after == '+' || *after == '-')) { /* re ± im j */
        size_t m = float_span(after);
        double im = *after == '-' ? -1 : 1;
        if (m && !literal(t, after, m, &im)) return false;
        after += m ? m : 1;
        if ((*after | 0x20) != 'j') return false;
        after++;
        *out = (Pair){first, im};
    } else if (n && (*after | 0x20) == 'j') {
        out->im = first;
        after++;
    } else if (n) {
        out->re = first;
    } else { /* j, +j, -j */
        if (*after == '-') first = -1;
        if (*after == '+' || *after == '-') after++;
        if ((*after | 0x20) != 'j') return false;
        out->im = first;
        after++;
    }
    while (*after == ' ') after++;
    if (paren) {
        if (*after++ != ')') return false;
        while (*after == ' ') after++;
    }
    return *after == 0;
}

/* Whether each underscore stands between two digits; an underscore and a NUL don't go together. */
static bool underscores_fit(const char *p, size_t n) {
    if (memchr(p, '_', strlen(p)) == NULL) return true;
    for (size_t i = 0; i < n; i++)
        if (p[i] == 0 || (p[i] == '_' && (i == 0 || !isdigit((unsigned char)p[i - 1]) || !isdigit((unsigned char)p[i + 1])))) return false;
    return true;
}

static Ref from_text(Thread *t, Type *type, Value text) {
    const Str *s = as(Str, text);
    char *p = mem_alloc(s->length + 1);
    if (p == NULL) return err_no_memory(t);
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        int d = c < 128 ? -1 : uni_decimal(c);
        p[i] = d >= 0 ? (char)('0' + d) : uni_isspace(c) ? ' ' : c > 0 && c < 128 ? (char)c : '?';
    }
    p[s->length] = 0;
    Pair value;
    bool fit = underscores_fit(p, s->length), ok = fit && parse(t, p, &value);
    mem_free(p);
    if (ok) return complex_of_type(t, type, value.re, value.im);
    if (err_pending(t) && !err_is(t, E_ValueError)) return REF_NULL;
    err_clear(t);
    return fit ? err_set(t, E_ValueError, "complex() arg is a malformed string") : err_set(t, E_ValueError, "could not convert string to complex: %R", text);
}

/* __complex__ of v: 1 found, 0 none, -1 exception */
static int special_complex(Thread *t, Value v, Pair *out) {
    if (is_exact(v, &complex_type)) {
        *out = pair_of(v);
        return 1;
    }
    Ref method = lookup_special(t, v, N(__complex__));
    if (ref_is_null(method)) return err_pending(t) ? -1 : 0;
    Ref r = call0(t, ref_borrow(method));
    ref_drop(t, method);
    if (ref_is_null(r)) return -1;
    if (!is_complex(ref_borrow(r))) {
        err_set(t, E_TypeError, "__complex__ returned non-complex (type %T)", ref_borrow(r));
        ref_drop(t, r);
        return -1;
    }
    if (!is_exact(ref_borrow(r), &complex_type) &&
        warn(t, E_DeprecationWarning, 1, "__complex__ returned non-complex (type %T).  The ability to return an instance of a strict "
             "subclass of complex is deprecated, and may not be supported in a future version of Python.", ref_borrow(r)) < 0) {
        ref_drop(t, r);
        return -1;
    }
    *out = pair_of(ref_borrow(r));
    ref_drop(t, r);
    return 1;
}

static bool real_like(Value v) {
    Type *type = type_of(v);
    return type->float_ != NULL || type->index != NULL;
}

static Ref complex_new_(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[2];
    if (bind_args(t, "complex", "(real=0, imag=0)", &signature, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    Value r = value_is_null(a[0]) ? small_int(0) : a[0], i = a[1];
    if (is_exact(r, &complex_type) && value_is_null(i) && as(Type, cls) == &complex_type) return ref_new(t, r);
    if (is_str(r)) {
        if (!value_is_null(i)) return err_set(t, E_TypeError, "complex() can't take second arg if first is a string");
        return from_text(t, as(Type, cls), r);
    }
    if (!value_is_null(i) && is_str(i)) return err_set(t, E_TypeError, "complex() second arg can't be a string");
    Pair re = {0, 0}, im = {0, 0};
    int found = special_complex(t, r, &re);
    if (found < 0) return REF_NULL;
    bool re_complex = found;
    if (!found) {
        if (!real_like(r)) return err_set(t, E_TypeError, "complex() first argument must be a string or a number, not '%T'", r);
        if (as_double(t, r, &re.re) < 0) return REF_NULL;
    }
    bool im_complex = false;
    if (!value_is_null(i)) {
        if (is_complex(i)) {
            im = pair_of(i);
            im_complex = true;
        } else if (!real_like(i)) {
            return err_set(t, E_TypeError, "complex() second argument must be a number, not '%T'", i);
        } else if (as_double(t, i, &im.re) < 0) {
            return REF_NULL;
        }
    }
    double real = im_complex ? re.re - im.im : re.re;
    double imag = value_is_null(i) ? re.im : re_complex ? im.re + re.im : im.re;
    return complex_of_type(t, as(Type, cls), real, imag);
}

static Ref m_conjugate(Thread *t, Value self, const Value *a) { return complex_new(t, as(Complex, self)->real, -as(Complex, self)->imag); }
static Ref m_complex(Thread *t, Value self, const Value *a) { return slot_pos(t, self); }
static Ref m_getnewargs(Thread *t, Value self, const Value *a) {
    Ref pair[2] = {float_new(t, as(Complex, self)->real), float_new(t, as(Complex, self)->imag)};
    return tuple_from_steal(t, pair, 2);
}
static Ref m_format(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "__format__() argument must be str, not %G", a[0]);
    return str_length(a[0]) == 0 ? object_str(t, self) : complex_format(t, self, a[0]);
}

static NativeDef complex_methods[] = {
    FN("conjugate", "($self, /)", m_conjugate, "The number with the sign of its imaginary part changed."),
    FN("__complex__", "($self, /)", m_complex, "As an exact complex number."),
    FN("__getnewargs__", "!($self, /)", m_getnewargs, NULL),
    FN("__format__", "($self, format_spec, /)", m_format, NULL),
    FN_END,
};
static const MemberDef complex_members[] = {
    {"real", MEMBER_DOUBLE, offsetof(Complex, real), true, "the real part of a complex number"},
    {"imag", MEMBER_DOUBLE, offsetof(Complex, imag), true, "the imaginary part of a complex number"},
    {NULL},
};

Type complex_type = {
    TYPE_HEADER(Complex, TYPE_BASETYPE, NULL, NULL, NULL),
    .name = "complex",
    .doc = "complex(real=0, imag=0)\n--\n\nA complex number from its parts, or from a text.",
    .methods = complex_methods, .members = complex_members, .new_ = complex_new_,
    .repr = slot_repr, .hash = slot_hash, .richcompare = slot_richcompare,
    .add = slot_add, .sub = slot_sub, .mul = slot_mul, .truediv = slot_truediv, .pow = slot_pow,
    .neg = slot_neg, .pos = slot_pos, .abs_ = slot_abs, .bool_ = slot_bool,
};
