/* cmath: the C library's complex functions (C11 Annex G gives their special values) with Python's errors. */
#include "runtime/modules/math.h"
#include "runtime/names.h"
#include <complex.h>
#include <math.h>

#ifndef CMPLX /* glibc has it for gcc only */
#define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
#endif

/* complex, __complex__, or anything that is a float: 0, -1 */
static int as_complex(Thread *t, Value v, double complex *out) {
    double x;
    if (!type_is_subtype(type_of(v), &complex_type)) {
        if (!is_float(v) && !value_is_int(v)) {
            Ref method = lookup_special(t, v, N(__complex__));
            if (!ref_is_null(method)) {
                Ref r = call0(t, ref_borrow(method));
                ref_drop(t, method);
                if (ref_is_null(r)) return -1;
                int status = -1;
                if (type_is_subtype(type_of(ref_borrow(r)), &complex_type)) {
                    *out = CMPLX(as(Complex, ref_borrow(r))->real, as(Complex, ref_borrow(r))->imag);
                    status = 0;
                } else {
                    err_set(t, E_TypeError, "__complex__ should return a complex object");
                }
                ref_drop(t, r);
                return status;
            }
            if (err_pending(t)) return -1;
        }
        if (as_double(t, v, &x) < 0) return -1;
        *out = CMPLX(x, 0.0);
        return 0;
    }
    *out = CMPLX(as(Complex, v)->real, as(Complex, v)->imag);
    return 0;
}

static bool finite_z(double complex z) { return isfinite(creal(z)) && isfinite(cimag(z)); }
static Ref new_z(Thread *t, double complex z) { return complex_new(t, creal(z), cimag(z)); }

typedef double complex (*Function)(double complex);
/* wave: the part of the argument that goes round in circles, so that an infinite one is a domain error */
typedef enum { NO_WAVE, WAVE_IMAG, WAVE_REAL } Wave;

static Ref apply(Thread *t, Value v, Function f, Wave wave, bool flat) {
    double complex z;
    if (as_complex(t, v, &z) < 0) return REF_NULL;
    double along = wave == WAVE_REAL ? cimag(z) : creal(z), round = wave == WAVE_REAL ? creal(z) : cimag(z);
    /* flat (tan and tanh): settled far out along the other axis */
    if (wave != NO_WAVE && isinf(round) && (flat ? isfinite(along) : !isnan(along)) && !(f == cexp && along < 0 && isinf(along)))
        return math_domain_error(t);
    double complex r = f(z);
    if (finite_z(z) && (isinf(creal(r)) || isinf(cimag(r)))) return math_range_error(t);
    return new_z(t, r);
}
#define FUNCTION(name, f, wave, flat) static Ref m_##name(Thread *t, Value m, const Value *a) { return apply(t, a[0], f, wave, flat); }
/* glibc gives acosh(0 + nan i) the imaginary part pi / 2, as C23 does; C11 and CPython nan */
static double complex acosh_c11(double complex z) { return creal(z) == 0.0 && isnan(cimag(z)) ? CMPLX(NAN, NAN) : cacosh(z); }
FUNCTION(acos, cacos, NO_WAVE, false) FUNCTION(acosh, acosh_c11, NO_WAVE, false) FUNCTION(asin, casin, NO_WAVE, false)
FUNCTION(asinh, casinh, NO_WAVE, false) FUNCTION(sqrt, csqrt, NO_WAVE, false)
FUNCTION(exp, cexp, WAVE_IMAG, false) FUNCTION(cosh, ccosh, WAVE_IMAG, false) FUNCTION(sinh, csinh, WAVE_IMAG, false)
FUNCTION(cos, ccos, WAVE_REAL, false) FUNCTION(sin, csin, WAVE_REAL, false)
/* and tanh(0 + nan i) the real part 0 */
static double complex tanh_c11(double complex z) { return creal(z) == 0.0 && isnan(cimag(z)) ? CMPLX(NAN, NAN) : ctanh(z); }
static double complex tan_c11(double complex z) { return cimag(z) == 0.0 && isnan(creal(z)) ? CMPLX(NAN, NAN) : ctan(z); }
FUNCTION(tan, tan_c11, WAVE_REAL, true) FUNCTION(tanh, tanh_c11, WAVE_IMAG, true)

static Ref with_pole(Thread *t, Value v, Function f, double complex pole) {
    double complex z;
    if (as_complex(t, v, &z) < 0) return REF_NULL;
    if (z == pole || z == -pole) return math_domain_error(t);
    return new_z(t, f(z));
}
static Ref m_atan(Thread *t, Value m, const Value *a) { return with_pole(t, a[0], catan, CMPLX(0.0, 1.0)); }
static Ref m_atanh(Thread *t, Value m, const Value *a) { return with_pole(t, a[0], catanh, CMPLX(1.0, 0.0)); }

static int log_of(Thread *t, Value v, double complex *out) {
    double complex z;
    if (as_complex(t, v, &z) < 0) return -1;
    if (z == 0.0) return err_int(math_domain_error(t));
    *out = clog(z);
    return 0;
}
static Ref m_log(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    double complex x, y;
    if (no_kwargs(t, "cmath.log", kwnames) < 0 || check_nargs(t, "log", nargs, 1, 2) < 0 || log_of(t, args[0], &x) < 0) return REF_NULL;
    if (nargs == 1) return new_z(t, x);
    if (log_of(t, args[1], &y) < 0) return REF_NULL;
    Ref a = new_z(t, x), b = new_z(t, y), r = ref_is_null(a) || ref_is_null(b) ? REF_NULL : binary_op(t, OP_TRUEDIV, ref_borrow(a), ref_borrow(b));
    ref_drop(t, a);
    ref_drop(t, b);
    return r;
}
static Ref m_log10(Thread *t, Value m, const Value *a) {
    double complex x;
    if (log_of(t, a[0], &x) < 0) return REF_NULL;
    const double ln10 = 2.302585092994045684017991454684364208;
    return complex_new(t, creal(x) / ln10, cimag(x) / ln10);
}

static Ref m_phase(Thread *t, Value m, const Value *a) {
    double complex z;
    return as_complex(t, a[0], &z) < 0 ? REF_NULL : float_new(t, carg(z));
}
static Ref m_polar(Thread *t, Value m, const Value *a) {
    double complex z;
    if (as_complex(t, a[0], &z) < 0) return REF_NULL;
    double r = cabs(z);
    if (isinf(r) && finite_z(z)) return math_range_error(t);
    Ref pair[] = {float_new(t, r), float_new(t, carg(z))};
    return tuple_from_steal(t, pair, 2);
}
static Ref m_rect(Thread *t, Value m, const Value *a) {
    double r, phi;
    if (as_double(t, a[0], &r) < 0 || as_double(t, a[1], &phi) < 0) return REF_NULL;
    if (isinf(phi) && r != 0.0 && !isnan(r)) return math_domain_error(t);
    if (phi == 0.0) return complex_new(t, r, isnan(r) ? phi : r < 0 || (r == 0 && signbit(r)) ? -phi : phi); /* 0 times an infinite r is 0 here */
    if (isinf(r) && isnan(phi)) return complex_new(t, fabs(r), phi);
    if (r == 0.0 && !isfinite(phi)) return complex_new(t, 0.0, 0.0);
    return complex_new(t, r * cos(phi), r * sin(phi));
}

static Ref m_isfinite(Thread *t, Value m, const Value *a) {
    double complex z;
    return as_complex(t, a[0], &z) < 0 ? REF_NULL : ref_bool(finite_z(z));
}
static Ref m_isnan(Thread *t, Value m, const Value *a) {
    double complex z;
    return as_complex(t, a[0], &z) < 0 ? REF_NULL : ref_bool(isnan(creal(z)) || isnan(cimag(z)));
}
static Ref m_isinf(Thread *t, Value m, const Value *a) {
    double complex z;
    return as_complex(t, a[0], &z) < 0 ? REF_NULL : ref_bool(isinf(creal(z)) || isinf(cimag(z)));
}
static Ref m_isclose(Thread *t, Value m, const Value *a) {
    double complex x, y;
    double rel = 1e-9, abs = 0.0;
    if (as_complex(t, a[0], &x) < 0 || as_complex(t, a[1], &y) < 0 || (!value_is_null(a[2]) && as_double(t, a[2], &rel) < 0) ||
        (!value_is_null(a[3]) && as_double(t, a[3], &abs) < 0))
        return REF_NULL;
    if (rel < 0.0 || abs < 0.0) return err_set(t, E_ValueError, "tolerances must be non-negative");
    if (creal(x) == creal(y) && cimag(x) == cimag(y)) return REF_TRUE;
    if (isinf(creal(x)) || isinf(cimag(x)) || isinf(creal(y)) || isinf(cimag(y))) return REF_FALSE;
    double diff = cabs(x - y);
    return ref_bool(diff <= rel * cabs(y) || diff <= rel * cabs(x) || diff <= abs);
}

#define Z "($module, z, /)"
static NativeDef functions[] = {
    FN("acos", Z, m_acos, "Arc cosine."), FN("acosh", Z, m_acosh, "Inverse hyperbolic cosine."), FN("asin", Z, m_asin, "Arc sine."),
    FN("asinh", Z, m_asinh, "Inverse hyperbolic sine."), FN("atan", Z, m_atan, "Arc tangent."), FN("atanh", Z, m_atanh, "Inverse hyperbolic tangent."),
    FN("cos", Z, m_cos, "Cosine."), FN("cosh", Z, m_cosh, "Hyperbolic cosine."), FN("exp", Z, m_exp, "e to the power of z."),
    FN("isclose", "($module, /, a, b, *, rel_tol=1e-09, abs_tol=0.0)", m_isclose, "Whether a and b differ by little."),
    FN("isfinite", Z, m_isfinite, "Whether both parts are finite."), FN("isinf", Z, m_isinf, "Whether a part is infinite."),
    FN("isnan", Z, m_isnan, "Whether a part is nan."), FN_RAW("log", "!($module, z, *base)", m_log, "log(z[, base]) -> the logarithm of z."),
    FN("log10", Z, m_log10, "Logarithm, base 10."), FN("phase", Z, m_phase, "The angle in polar coordinates."),
    FN("polar", Z, m_polar, "Polar coordinates: (distance from 0, angle)."), FN("rect", "($module, r, phi, /)", m_rect, "From polar coordinates."),
    FN("sin", Z, m_sin, "Sine."), FN("sinh", Z, m_sinh, "Hyperbolic sine."), FN("sqrt", Z, m_sqrt, "Square root."), FN("tan", Z, m_tan, "Tangent."),
    FN("tanh", Z, m_tanh, "Hyperbolic tangent."),
    FN_END,
};

int module_init_cmath(Thread *t, Value module) {
    Type *const types[] = {NULL};
    if (kit_module(t, module, types, functions, "Mathematical functions of complex numbers.") < 0) return -1;
    return module_set_steal(t, module, "pi", float_new(t, 3.141592653589793238462643383279502884197)) < 0 ||
                   module_set_steal(t, module, "e", float_new(t, 2.718281828459045235360287471352662498)) < 0 ||
                   module_set_steal(t, module, "tau", float_new(t, 6.283185307179586476925286766559005768)) < 0 ||
                   module_set_steal(t, module, "inf", float_new(t, INFINITY)) < 0 || module_set_steal(t, module, "nan", float_new(t, NAN)) < 0 ||
                   module_set_steal(t, module, "infj", complex_new(t, 0.0, INFINITY)) < 0 ||
                   module_set_steal(t, module, "nanj", complex_new(t, 0.0, NAN)) < 0
               ? -1
               : 0;
}
