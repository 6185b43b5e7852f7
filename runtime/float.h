/* float (unboxed where the exponent fits, see value.h; else FloatObject, also for subclasses) and complex. */
#ifndef WEFT_RUNTIME_FLOAT_H
#define WEFT_RUNTIME_FLOAT_H
#include "runtime/type.h"
typedef struct FloatObject { Object base; double value; } FloatObject;
typedef struct Complex { Object base; double real, imag; } Complex;
Ref float_box(Thread *t, double d);
static inline Ref float_new(Thread *t, double d) {
    Value v;
    return likely(flonum_try(d, &v)) ? (Ref){v.bits} : float_box(t, d);
}
/* v is a float or an instance of a subclass */
static inline double float_value(Value v) { return value_is_float(v) ? value_flonum(v) : as(FloatObject, v)->value; }
Ref complex_new(Thread *t, double real, double imag);
int64_t hash_double(Value self_for_nan, double d);
/* Correctly rounded conversions. */
/* shortest text that reads back (repr) or by format code 'e','f','g','r' with precision; mem_free the result; flags as below */
#define DOUBLE_ALT 1
#define DOUBLE_DOT_0 2 /* add ".0" to integers */
#define DOUBLE_SIGN 4
char *double_to_text(double d, char code, int precision, int flags); /* null: no memory */
/* the fewest significant digits that read back as d >= 0 (at most 17, no final zeros): how many; *point: where the decimal point stands */
int double_digits(double d, char *digits, int *point);
/* *q = d * 10^decimals, rounded half to even, for d >= 0; false where that is large: then the long way */
bool double_scaled(double d, int decimals, uint64_t *q);
/* parses all of [s, s+n) (ASCII, no whitespace); false if malformed. inf, nan, underscores not allowed: the caller strips them */
bool double_from_text(const char *s, size_t n, double *out);
Ref float_parse(Thread *t, Value str_or_bytes_like); /* float("…") with messages */
Ref float_floordiv(Thread *t, double a, double b);   /* ZeroDivisionError */
Ref float_mod(Thread *t, double a, double b);
Ref float_pow(Thread *t, double a, double b);        /* may be complex; ZeroDivisionError, OverflowError */
/* format(number, spec): the mini-language for int, float, complex (runtime/format.c) */
Ref int_format(Thread *t, Value i, Value spec);
Ref float_format(Thread *t, Value f, Value spec);
Ref complex_format(Thread *t, Value c, Value spec);
#endif
