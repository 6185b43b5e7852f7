/* math: the C library's functions with Python's errors, and the exact ones on ints and on sums. Number theory is in math_int.c. */
#include "runtime/modules/math.h"
#include <math.h>

Ref math_domain_error(Thread *t) { return err_set(t, E_ValueError, "math domain error"); }
Ref math_range_error(Thread *t) { return err_set(t, E_OverflowError, "math range error"); }

/* A nan out of no nan is a domain error; an infinity out of finite arguments is one, too, unless the function can overflow. */
static Ref checked(Thread *t, double r, bool nan_in, bool inf_in, bool can_overflow) {
    if (isnan(r) && !nan_in) return math_domain_error(t);
    if (isinf(r) && !inf_in && !nan_in) return can_overflow ? math_range_error(t) : math_domain_error(t);
    return float_new(t, r);
}

static Ref one(Thread *t, Value v, double (*f)(double), bool can_overflow) {
    double x;
    if (as_double(t, v, &x) < 0) return REF_NULL;
    double r = f(x);
    return checked(t, r, isnan(x), isinf(x), can_overflow);
}
#define ONE(name, f, can_overflow)                                                                                                                    \
    static double real_##name(double x) { return f(x); }                                                                                              \
    static Ref m_##name(Thread *t, Value m, const Value *a) { return one(t, a[0], real_##name, can_overflow); }
ONE(acos, acos, false) ONE(acosh, acosh, false) ONE(asin, asin, false) ONE(asinh, asinh, false) ONE(atan, atan, false) ONE(atanh, atanh, false)
ONE(cos, cos, false) ONE(cosh, cosh, true) ONE(exp, exp, true) ONE(exp2, exp2, true) ONE(expm1, expm1, true) ONE(fabs, fabs, false)
ONE(log1p, log1p, false) ONE(sin, sin, false) ONE(sinh, sinh, true) ONE(sqrt, sqrt, false) ONE(tan, tan, false) ONE(tanh, tanh, false)
ONE(cbrt, cbrt, false)

static Ref m_erf(Thread *t, Value m, const Value *a) {
    double x;
    return as_double(t, a[0], &x) < 0 ? REF_NULL : float_new(t, erf(x));
}
static Ref m_erfc(Thread *t, Value m, const Value *a) {
    double x;
    return as_double(t, a[0], &x) < 0 ? REF_NULL : float_new(t, erfc(x));
}

/* ---- gamma: Lanczos' approximation (g = 6.0246800407767296, N = 13), which is closer than the C library's for large arguments ------------------ */

static const double lanczos_g = 6.024680040776729583740234375;
static const double lanczos_minus_half = 5.524680040776729583740234375;
static const double lanczos_num[13] = {23531376880.410759688572007674451636754734846804940, 42919803642.649098768957899047001988850926355848959,
                                       35711959237.355668049440185451547166705960488635843, 17921034426.037209699919755754458931112671403265390,
                                       6039542586.3520280050642916443072979210699388420708, 1439720407.3117216736632230727949123939715485786372,
                                       248874557.86205415651146038641322942321632125127801, 31426415.585400194380614231628318205362874684987640,
                                       2876370.6289353724412254090516208496135991145378768, 186056.26539522349504029498971604569928220784236328,
                                       8071.6720023658162106380029022722506138218516325024, 210.82427775157934587250973392071336271166969580291,
                                       2.5066282746310002701649081771338373386264310793408};
static const double lanczos_den[13] = {0.0, 39916800.0, 120543840.0, 150917976.0, 105258076.0, 45995730.0, 13339535.0,
                                       2637558.0, 357423.0, 32670.0, 1925.0, 66.0, 1.0};

static double lanczos_sum(double x) {
    double num = 0, den = 0;
    if (x < 5.0) {
        for (int i = 12; i >= 0; i--) {
            num = num * x + lanczos_num[i];
            den = den * x + lanczos_den[i];
        }
    } else { /* in 1/x, to stay finite */
        for (int i = 0; i < 13; i++) {
            num = num / x + lanczos_num[i];
            den = den / x + lanczos_den[i];
        }
    }
    return num / den;
}

/* sin(pi x) without the error of multiplying a large x by pi */
static double sin_pi(double x) {
    const double pi = 3.141592653589793238462643383279502884197;
    double y = fmod(fabs(x), 2.0), r;
    switch ((int)round(2.0 * y)) {
    case 0: r = sin(pi * y); break;
    case 1: r = cos(pi * (y - 0.5)); break;
    case 2: r = sin(pi * (1.0 - y)); break; /* -sin(pi (y - 1)) is less exact */
    case 3: r = -cos(pi * (y - 1.5)); break;
    default: r = sin(pi * (y - 2.0)); break;
    }
    return copysign(1.0, x) * r;
}

/* 0, or EDOM, ERANGE */
static int gamma_of(double x, double *out) {
    static const double factorial[] = {1.0, 1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5040.0, 40320.0, 362880.0, 3628800.0, 39916800.0, 479001600.0,
                                       6227020800.0, 87178291200.0, 1307674368000.0, 20922789888000.0, 355687428096000.0, 6402373705728000.0,
                                       121645100408832000.0, 2432902008176640000.0, 51090942171709440000.0, 1124000727777607680000.0};
    *out = NAN;
    if (!isfinite(x)) {
        if (isnan(x) || x > 0) {
            *out = x;
            return 0;
        }
        return EDOM;
    }
    if (x == 0.0) return EDOM;
    if (x == floor(x)) {
        if (x < 0) return EDOM;
        if (x <= 23) {
            *out = factorial[(int)x - 1];
            return 0;
        }
    }
    double size = fabs(x);
    if (size < 1e-20) {
        *out = 1.0 / x;
        return isinf(*out) ? ERANGE : 0;
    }
    if (size > 200.0) {
        if (x < 0) {
            *out = 0.0 / sin_pi(x);
            return 0;
        }
        *out = INFINITY;
        return ERANGE;
    }
    double y = size + lanczos_minus_half, z;
    if (size > lanczos_minus_half) {
        double q = y - size;
        z = q - lanczos_minus_half;
    } else {
        double q = y - lanczos_minus_half;
        z = q - size;
    }
    z = z * lanczos_g / y;
    double r;
    if (x < 0) {
        r = -3.141592653589793238462643383279502884197 / sin_pi(size) / size * exp(y) / lanczos_sum(size);
        r -= z * r;
        if (size < 140.0) {
            r /= pow(y, size - 0.5);
        } else {
            double root = pow(y, size / 2.0 - 0.25);
            r /= root;
            r /= root;
        }
    } else {
        r = lanczos_sum(size) / exp(y);
        r += z * r;
        if (size < 140.0) {
            r *= pow(y, size - 0.5);
        } else {
            double root = pow(y, size / 2.0 - 0.25);
            r *= root;
            r *= root;
        }
    }
    *out = r;
    return isinf(r) ? ERANGE : 0;
}

static int lgamma_of(double x, double *out) {
    const double log_pi = 1.144729885849400174143427351353058711647;
    if (!isfinite(x)) {
        *out = isnan(x) ? x : INFINITY;
        return 0;
    }
    if (x == floor(x) && x <= 2.0) {
        *out = x <= 0.0 ? INFINITY : 0.0;
        return x <= 0.0 ? EDOM : 0;
    }
    double size = fabs(x);
    if (size < 1e-20) {
        *out = -log(size);
        return 0;
    }
    double r = log(lanczos_sum(size)) - lanczos_g;
    r += (size - 0.5) * (log(size + lanczos_g - 0.5) - 1);
    if (x < 0.0) r = log_pi - log(fabs(sin_pi(size))) - log(size) - r;
    *out = r;
    return isinf(r) ? ERANGE : 0;
}

static Ref by_code(Thread *t, Value v, int (*f)(double, double *)) {
    double x, r;
    if (as_double(t, v, &x) < 0) return REF_NULL;
    int code = f(x, &r);
    if (code == EDOM) return math_domain_error(t);
    return code == ERANGE ? math_range_error(t) : float_new(t, r);
}
static Ref m_gamma(Thread *t, Value m, const Value *a) { return by_code(t, a[0], gamma_of); }
static Ref m_lgamma(Thread *t, Value m, const Value *a) { return by_code(t, a[0], lgamma_of); }

/* ---- two arguments ---------------------------------------------------------------------------------------------------------------------------- */

static int two_doubles(Thread *t, const Value *a, double *x, double *y) { return as_double(t, a[0], x) < 0 || as_double(t, a[1], y) < 0 ? -1 : 0; }

static Ref m_atan2(Thread *t, Value m, const Value *a) {
    double y, x;
    return two_doubles(t, a, &y, &x) < 0 ? REF_NULL : float_new(t, atan2(y, x));
}
static Ref m_copysign(Thread *t, Value m, const Value *a) {
    double x, y;
    return two_doubles(t, a, &x, &y) < 0 ? REF_NULL : float_new(t, copysign(x, y));
}
static Ref m_nextafter(Thread *t, Value m, const Value *a) {
    double x, y;
    return two_doubles(t, a, &x, &y) < 0 ? REF_NULL : float_new(t, nextafter(x, y));
}
static Ref m_remainder(Thread *t, Value m, const Value *a) {
    double x, y;
    if (two_doubles(t, a, &x, &y) < 0) return REF_NULL;
    return checked(t, remainder(x, y), isnan(x) || isnan(y), false, false);
}
static Ref m_fmod(Thread *t, Value m, const Value *a) {
    double x, y;
    if (two_doubles(t, a, &x, &y) < 0) return REF_NULL;
    if (isinf(y) && isfinite(x)) return float_new(t, x);
    double r = fmod(x, y);
    return isnan(r) && !isnan(x) && !isnan(y) ? math_domain_error(t) : float_new(t, r);
}
static Ref m_pow(Thread *t, Value m, const Value *a) {
    double x, y;
    if (two_doubles(t, a, &x, &y) < 0) return REF_NULL;
    double r = pow(x, y);
    if (isfinite(x) && isfinite(y)) {
        if (isnan(r)) return math_domain_error(t);
        if (isinf(r)) return x == 0.0 ? math_domain_error(t) : math_range_error(t);
    }
    return float_new(t, r);
}
static Ref m_ulp(Thread *t, Value m, const Value *a) {
    double x;
    if (as_double(t, a[0], &x) < 0) return REF_NULL;
    if (isnan(x)) return float_new(t, x);
    x = fabs(x);
    if (isinf(x)) return float_new(t, x);
    double next = nextafter(x, INFINITY);
    return float_new(t, isinf(next) ? x - nextafter(x, -INFINITY) : next - x);
}
static Ref m_ldexp(Thread *t, Value m, const Value *a) {
    double x;
    if (as_double(t, a[0], &x) < 0) return REF_NULL;
    if (!is_int(a[1])) return err_set(t, E_TypeError, "Expected an int as second argument to ldexp.");
    int64_t e;
    if (int_try_i64(a[1], &e) < 0) e = int_sign(a[1]) < 0 ? INT64_MIN : INT64_MAX;
    if (x == 0.0 || !isfinite(x)) return float_new(t, x);
    if (e > INT32_MAX) return math_range_error(t);
    double r = e < INT32_MIN ? copysign(0.0, x) : ldexp(x, (int)e);
    return isinf(r) ? math_range_error(t) : float_new(t, r);
}

/* ---- parts -------------------------------------------------------------------------------------------------------------------------------------- */

static Ref pair(Thread *t, Ref a, Ref b) {
    if (ref_is_null(a) || ref_is_null(b)) {
        ref_drop(t, a);
        ref_drop(t, b);
        return REF_NULL;
    }
    Ref both[] = {a, b};
    return tuple_from_steal(t, both, 2);
}
static Ref m_frexp(Thread *t, Value m, const Value *a) {
    double x;
    int e = 0;
    if (as_double(t, a[0], &x) < 0) return REF_NULL;
    if (isfinite(x) && x != 0.0) x = frexp(x, &e);
    return pair(t, float_new(t, x), ref_small_int(e));
}
static Ref m_modf(Thread *t, Value m, const Value *a) {
    double x, whole;
    if (as_double(t, a[0], &x) < 0) return REF_NULL;
    if (isinf(x)) return pair(t, float_new(t, copysign(0.0, x)), float_new(t, x));
    x = modf(x, &whole);
    return pair(t, float_new(t, x), float_new(t, whole));
}

static Ref rounded(Thread *t, Value v, const char *method, double (*f)(double)) {
    if (!is_exact(v, &float_type)) {
        Value name = str_intern_cstr(t, method);
        Ref special = value_is_null(name) ? REF_NULL : lookup_special(t, v, name);
        if (!ref_is_null(special)) {
            Ref r = call0(t, ref_borrow(special));
            ref_drop(t, special);
            return r;
        }
        if (err_pending(t)) return REF_NULL;
    }
    double x;
    return as_double(t, v, &x) < 0 ? REF_NULL : int_from_double(t, f(x));
}
static Ref m_ceil(Thread *t, Value m, const Value *a) { return rounded(t, a[0], "__ceil__", ceil); }
static Ref m_floor(Thread *t, Value m, const Value *a) { return rounded(t, a[0], "__floor__", floor); }
static Ref m_trunc(Thread *t, Value m, const Value *a) {
    if (is_exact(a[0], &float_type)) return int_from_double(t, float_value(a[0]));
    Value name = str_intern_cstr(t, "__trunc__");
    Ref special = value_is_null(name) ? REF_NULL : lookup_special(t, a[0], name);
    if (ref_is_null(special))
        return err_pending(t) ? special : err_set(t, E_TypeError, "type %.100T doesn't define __trunc__ method", a[0]);
    Ref r = call0(t, ref_borrow(special));
    ref_drop(t, special);
    return r;
}

static Ref m_degrees(Thread *t, Value m, const Value *a) {
    double x;
    return as_double(t, a[0], &x) < 0 ? REF_NULL : float_new(t, x * (180.0 / 3.141592653589793238462643383279502884197));
}
static Ref m_radians(Thread *t, Value m, const Value *a) {
    double x;
    return as_double(t, a[0], &x) < 0 ? REF_NULL : float_new(t, x * (3.141592653589793238462643383279502884197 / 180.0));
}
static Ref m_isfinite(Thread *t, Value m, const Value *a) {
    double x;
    return as_double(t, a[0], &x) < 0 ? REF_NULL : ref_bool(isfinite(x));
}
static Ref m_isinf(Thread *t, Value m, const Value *a) {
    double x;
    return as_double(t, a[0], &x) < 0 ? REF_NULL : ref_bool(isinf(x));
}
static Ref m_isnan(Thread *t, Value m, const Value *a) {
    double x;
    return as_double(t, a[0], &x) < 0 ? REF_NULL : ref_bool(isnan(x));
}

static Ref m_isclose(Thread *t, Value m, const Value *a) {
    double x, y, rel = 1e-9, abs = 0.0;
    if (two_doubles(t, a, &x, &y) < 0 || (!value_is_null(a[2]) && as_double(t, a[2], &rel) < 0) ||
        (!value_is_null(a[3]) && as_double(t, a[3], &abs) < 0))
        return REF_NULL;
    if (rel < 0.0 || abs < 0.0) return err_set(t, E_ValueError, "tolerances must be non-negative");
    if (x == y) return REF_TRUE;
    if (isinf(x) || isinf(y)) return REF_FALSE;
    double diff = fabs(x - y);
    return ref_bool(diff <= fabs(rel * y) || diff <= fabs(rel * x) || diff <= abs);
}

/* ---- logarithms, of ints of any size, too ---------------------------------------------------------------------------------------------------------- */

static Ref log_of(Thread *t, Value v, double (*f)(double)) {
    if (is_int(v) && !value_is_int(v)) {
        if (int_sign(v) <= 0) return math_domain_error(t);
        size_t bits = int_bit_length(v);
        if (bits > 1020) { /* f(x / 2^shift) + shift * f(2) */
            int64_t shift = (int64_t)bits - 64;
            Ref top = int_rshift(t, v, small_int(shift));
            if (ref_is_null(top)) return top;
            double x = int_as_double(t, ref_borrow(top));
            ref_drop(t, top);
            int e;
            x = frexp(x, &e);
            return float_new(t, f(x) + f(2.0) * (double)(shift + e));
        }
    }
    double x;
    if (as_double(t, v, &x) < 0) return REF_NULL;
    if (isnan(x) || (isinf(x) && x > 0)) return float_new(t, x);
    if (x <= 0.0 || isinf(x)) return math_domain_error(t);
    return float_new(t, f(x));
}
static Ref m_log(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "log", kwnames) < 0) return REF_NULL;
    if (nargs < 1 || nargs > 2) return err_set(t, E_TypeError, "math.log requires 1 to 2 arguments");
    Ref num = log_of(t, args[0], log);
    if (nargs == 1 || ref_is_null(num)) return num;
    Ref den = log_of(t, args[1], log);
    Ref r = ref_is_null(den) ? REF_NULL : binary_op(t, OP_TRUEDIV, ref_borrow(num), ref_borrow(den));
    ref_drop(t, num);
    ref_drop(t, den);
    return r;
}
static Ref m_log2(Thread *t, Value m, const Value *a) { return log_of(t, a[0], log2); }
static Ref m_log10(Thread *t, Value m, const Value *a) { return log_of(t, a[0], log10); }

/* ---- sums ------------------------------------------------------------------------------------------------------------------------------------------- */

/* Exact sum: a list of non-overlapping parts, rounded once (J. Shewchuk, "Adaptive Precision Floating-Point Arithmetic", 1997). */
typedef struct Parts { double *p; size_t n, capacity; double special, infinite; } Parts;

static int parts_add(Thread *t, Parts *s, double x) {
    double given = x;
    size_t kept = 0;
    for (size_t i = 0; i < s->n; i++) {
        double y = s->p[i];
        if (fabs(x) < fabs(y)) {
            double swap = x;
            x = y;
            y = swap;
        }
        volatile double hi = x + y, yr = hi - x, lo = y - yr;
        if (lo != 0.0) s->p[kept++] = lo;
        x = hi;
    }
    s->n = kept;
    if (x == 0.0) return 0;
    if (!isfinite(x)) {
        if (isfinite(given)) return err_int(err_set(t, E_OverflowError, "intermediate overflow in fsum"));
        if (isinf(given)) s->infinite += given;
        s->special += given;
        s->n = 0;
        return 0;
    }
    if (s->n == s->capacity) {
        double *p = mem_realloc(s->p, 2 * (s->capacity + 16) * sizeof *p);
        if (p == NULL) return err_int(err_no_memory(t));
        s->p = p;
        s->capacity = 2 * (s->capacity + 16);
    }
    s->p[s->n++] = x;
    return 0;
}

static double parts_total(const Parts *s) {
    size_t n = s->n;
    if (n == 0) return 0.0;
    double hi = s->p[--n], lo = 0.0;
    while (n > 0) {
        double x = hi, y = s->p[--n];
        volatile double sum = x + y, yr = sum - x;
        hi = sum;
        lo = y - yr;
        if (lo != 0.0) break;
    }
    /* half-even: what is below may decide */
    if (n > 0 && ((lo < 0.0 && s->p[n - 1] < 0.0) || (lo > 0.0 && s->p[n - 1] > 0.0))) {
        volatile double y = lo * 2.0, x = hi + y, yr = x - hi;
        if (y == yr) hi = x;
    }
    return hi;
}

static Ref m_fsum(Thread *t, Value m, const Value *a) {
    Ref it = get_iter_now(t, a[0]), item;
    if (ref_is_null(it)) return it;
    Parts s = {0};
    int status;
    while ((status = iter_next(t, ref_borrow(it), &item)) > 0) {
        double x;
        int bad = as_double(t, ref_borrow(item), &x) < 0 || parts_add(t, &s, x) < 0;
        ref_drop(t, item);
        if (bad) {
            status = -1;
            break;
        }
    }
    ref_drop(t, it);
    Ref r = REF_NULL;
    if (status == 0) {
        if (s.special != 0.0 || isnan(s.special)) {
            if (isnan(s.infinite)) r = err_set(t, E_ValueError, "-inf + inf in fsum");
            else r = float_new(t, s.special);
        } else {
            r = float_new(t, parts_total(&s));
        }
    }
    mem_free(s.p);
    return r;
}

static Ref m_prod(Thread *t, Value m, const Value *a) {
    Ref r = value_is_null(a[1]) ? ref_small_int(1) : ref_new(t, a[1]), it = get_iter_now(t, a[0]), item;
    if (ref_is_null(it)) {
        ref_drop(t, r);
        return it;
    }
    int status;
    while ((status = iter_next(t, ref_borrow(it), &item)) > 0) {
        Ref next = binary_op(t, OP_MUL, ref_borrow(r), ref_borrow(item));
        ref_drop(t, item);
        ref_drop(t, r);
        r = next;
        if (ref_is_null(r)) break;
    }
    ref_drop(t, it);
    if (status < 0) {
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

/* sqrt(sum of squares), scaled by a power of two, summed in twice the precision and corrected once (as R. Hettinger describes for CPython's). */
static double norm(const double *v, size_t n, double max, bool nan) {
    if (isinf(max)) return max;
    if (nan) return NAN;
    if (max == 0.0 || n <= 1) return max;
    int e;
    frexp(max, &e);
    if (e < -1023) { /* subnormal: scaling by 2^-e would overflow */
        double *w = (double *)v, sum = 0;
        for (size_t i = 0; i < n; i++) w[i] /= 0x1p-1022;
        sum = norm(w, n, max / 0x1p-1022, false);
        return 0x1p-1022 * sum;
    }
    double scale = ldexp(1.0, -e), sum = 1.0, frac1 = 0.0, frac2 = 0.0;
    for (size_t i = 0; i < n; i++) {
        double x = v[i] * scale, hi = x * x, lo = fma(x, x, -hi);
        double s = sum + hi;
        frac1 += (sum - s) + hi;
        frac2 += lo;
        sum = s;
    }
    double h = sqrt(sum - 1.0 + (frac1 + frac2));
    double hi = -h * h, lo = fma(-h, h, -hi), s = sum + hi;
    frac1 += (sum - s) + hi;
    frac2 += lo;
    sum = s;
    double rest = sum - 1.0 + (frac1 + frac2);
    h += rest / (2.0 * h);
    return h / scale;
}

static Ref norm_of(Thread *t, double *v, size_t n) {
    double max = 0.0;
    bool nan = false;
    for (size_t i = 0; i < n; i++) {
        v[i] = fabs(v[i]);
        if (isnan(v[i])) nan = true;
        else if (v[i] > max) max = v[i];
    }
    return float_new(t, norm(v, n, max, nan));
}

static Ref m_hypot(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "math.hypot", kwnames) < 0) return REF_NULL;
    double small[16], *v = nargs <= 16 ? small : mem_alloc(nargs * sizeof(double));
    if (v == NULL) return err_no_memory(t);
    Ref r = REF_NULL;
    size_t i = 0;
    while (i < nargs && as_double(t, args[i], &v[i]) == 0) i++;
    if (i == nargs) r = norm_of(t, v, nargs);
    if (v != small) mem_free(v);
    return r;
}

static Ref m_dist(Thread *t, Value m, const Value *a) {
    Ref p = sequence_tuple(t, a[0]), q = ref_is_null(p) ? p : sequence_tuple(t, a[1]), r = REF_NULL;
    if (!ref_is_null(q)) {
        size_t n = tuple_size(ref_borrow(p)), i = 0;
        double *v = mem_alloc((n + 1) * sizeof(double)), x, y;
        if (v == NULL) {
            err_no_memory(t);
        } else if (n != tuple_size(ref_borrow(q))) {
            err_set(t, E_ValueError, "both points must have the same number of dimensions");
        } else {
            for (; i < n && as_double(t, tuple_get(ref_borrow(p), i), &x) == 0 && as_double(t, tuple_get(ref_borrow(q), i), &y) == 0; i++) v[i] = x - y;
            if (i == n) r = norm_of(t, v, n);
        }
        mem_free(v);
    }
    ref_drop(t, p);
    ref_drop(t, q);
    return r;
}

/* ---- the module --------------------------------------------------------------------------------------------------------------------------------------- */

#define X "($module, x, /)"
static NativeDef functions[] = {
    FN_REAL("acos", X, m_acos, real_acos, "Arc cosine of x, in radians."), FN_REAL("acosh", X, m_acosh, real_acosh, "Inverse hyperbolic cosine of x."),
    FN_REAL("asin", X, m_asin, real_asin, "Arc sine of x, in radians."), FN_REAL("asinh", X, m_asinh, real_asinh, "Inverse hyperbolic sine of x."),
    FN_REAL("atan", X, m_atan, real_atan, "Arc tangent of x, in radians."),
    FN("atan2", "($module, y, x, /)", m_atan2, "Arc tangent of y/x in the right quadrant."),
    FN_REAL("atanh", X, m_atanh, real_atanh, "Inverse hyperbolic tangent of x."), FN_REAL("cbrt", X, m_cbrt, real_cbrt, "Cube root of x."),
    FN("ceil", X, m_ceil, "Smallest int that is not less than x."), FN("copysign", "($module, x, y, /)", m_copysign, "x with the sign of y."),
    FN_REAL("cos", X, m_cos, real_cos, "Cosine of x radians."), FN_REAL("cosh", X, m_cosh, real_cosh, "Hyperbolic cosine of x."),
    FN("degrees", X, m_degrees, "x radians in degrees."), FN("dist", "($module, p, q, /)", m_dist, "Euclidean distance of two points."),
    FN("erf", X, m_erf, "Error function at x."), FN("erfc", X, m_erfc, "1 - erf(x)."), FN_REAL("exp", X, m_exp, real_exp, "e to the power of x."),
    FN_REAL("exp2", X, m_exp2, real_exp2, "2 to the power of x."), FN_REAL("expm1", X, m_expm1, real_expm1, "exp(x) - 1, exact for small x."),
    FN_REAL("fabs", X, m_fabs, real_fabs, "Absolute value of x, as a float."), FN("floor", X, m_floor, "Largest int that is not greater than x."),
    FN("fmod", "($module, x, y, /)", m_fmod, "C's fmod(x, y)."), FN("frexp", X, m_frexp, "(m, e) with x == m * 2**e."),
    FN("fsum", "($module, seq, /)", m_fsum, "Sum rounded once."), FN("gamma", X, m_gamma, "Gamma function at x."),
    FN_RAW("hypot", "!($module, *coordinates)", m_hypot, "hypot(*coordinates) -> value\n\nEuclidean length of a vector."),
    FN("isclose", "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", m_isclose, "Whether a and b differ by little."),
    FN("isfinite", X, m_isfinite, "Whether x is neither infinite nor nan."), FN("isinf", X, m_isinf, "Whether x is infinite."),
    FN("isnan", X, m_isnan, "Whether x is nan."), FN("ldexp", "($module, x, i, /)", m_ldexp, "x * 2**i."),
    FN("lgamma", X, m_lgamma, "Logarithm of the gamma function's absolute value."),
    FN_RAW("log", "!($module, x, *base)", m_log, "log(x, [base=math.e])\nLogarithm of x."), FN("log10", X, m_log10, "Logarithm of x, base 10."),
    FN_REAL("log1p", X, m_log1p, real_log1p, "Natural logarithm of 1 + x, exact for small x."), FN("log2", X, m_log2, "Logarithm of x, base 2."),
    FN("modf", X, m_modf, "Fractional and integer part of x, both with its sign."),
    FN("nextafter", "($module, x, y, /)", m_nextafter, "The float next to x on the way to y."),
    FN("pow", "($module, x, y, /)", m_pow, "x to the power of y, as floats."),
    FN("prod", "($module, iterable, /, *, start=1)", m_prod, "Product of start and all items."), FN("radians", X, m_radians, "x degrees in radians."),
    FN("remainder", "($module, x, y, /)", m_remainder, "x minus the multiple of y nearest to it."), FN_REAL("sin", X, m_sin, real_sin, "Sine of x radians."),
    FN_REAL("sinh", X, m_sinh, real_sinh, "Hyperbolic sine of x."), FN_REAL("sqrt", X, m_sqrt, real_sqrt, "Square root of x."),
    FN_REAL("tan", X, m_tan, real_tan, "Tangent of x radians."),
    FN_REAL("tanh", X, m_tanh, real_tanh, "Hyperbolic tangent of x."), FN("trunc", X, m_trunc, "x without its fractional part."),
    FN("ulp", X, m_ulp, "Value of the last bit of x."),
    FN_END,
};

int module_init_math(Thread *t, Value module) {
    Type *const types[] = {NULL};
    if (kit_module(t, module, types, functions, "Mathematical functions.") < 0 || module_add_functions(t, module, math_int_functions) < 0) return -1;
    return module_set_steal(t, module, "pi", float_new(t, 3.141592653589793238462643383279502884197)) < 0 ||
                   module_set_steal(t, module, "e", float_new(t, 2.718281828459045235360287471352662498)) < 0 ||
                   module_set_steal(t, module, "tau", float_new(t, 6.283185307179586476925286766559005768)) < 0 ||
                   module_set_steal(t, module, "inf", float_new(t, INFINITY)) < 0 || module_set_steal(t, module, "nan", float_new(t, NAN)) < 0
               ? -1
               : 0;
}
