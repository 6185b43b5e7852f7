/* Items of memoryviews: native machine values by their struct characters. */
#include "runtime/abstract.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/memoryview.h"
#include <math.h>

char item_code(const char *format) {
    if (*format == '@') format++;
    if (*format == 0 || format[1] != 0 || strchr("bBchHiIlLqQnNfde?P", *format) == NULL) return 0;
    return *format;
}

int64_t item_size_of(char code) {
    switch (code) {
    case 'b': case 'B': case 'c': case '?': return 1;
    case 'h': case 'H': case 'e': return 2;
    case 'i': case 'I': case 'f': return 4;
    default: return 8;
    }
}

/* binary16, IEEE 754 */
static double half_get(uint16_t h) {
    int exponent = h >> 10 & 31;
    double f = h & 0x3FF;
    if (exponent == 31) f = f == 0 ? HUGE_VAL : NAN;
    else f = exponent == 0 ? ldexp(f, -24) : ldexp(f + 1024, exponent - 25);
    return h & 0x8000 ? -f : f;
}
/* -1: too large */
static int half_put(double d, uint16_t *out) {
    uint16_t sign = signbit(d) ? 0x8000 : 0;
    d = fabs(d);
    if (isnan(d)) *out = sign | 0x7E00;
    else if (isinf(d)) *out = sign | 0x7C00;
    else if (d == 0) *out = sign;
    else {
        int e;
        frexp(d, &e);
        int scale = e - 11 < -24 ? -24 : e - 11;         /* exponent of the last place */
        double n = nearbyint(ldexp(d, -scale));           /* ties to even */
        uint32_t bits = (uint32_t)n + (scale > -24 ? (uint32_t)(scale + 24) << 10 : 0);
        if (bits >= 0x7C00) return -1;
        *out = sign | (uint16_t)bits;
    }
    return 0;
}

#define GET(type) ({ type x_; memcpy(&x_, p, sizeof x_); x_; })
Ref item_get(Thread *t, char code, const void *p) {
    switch (code) {
    case 'B': return ref_small_int(*(const uint8_t *)p);
    case 'b': return ref_small_int(*(const int8_t *)p);
    case 'c': return bytes_new(t, p, 1);
    case 'h': return ref_small_int(GET(int16_t));
    case 'H': return ref_small_int(GET(uint16_t));
    case 'i': return ref_small_int(GET(int32_t));
    case 'I': return ref_small_int(GET(uint32_t));
    case 'l': case 'q': case 'n': return int_from_i64(t, GET(int64_t));
    case 'L': case 'Q': case 'N': case 'P': return int_from_u64(t, GET(uint64_t));
    case 'f': return float_new(t, (double)GET(float));
    case 'd': return float_new(t, GET(double));
    case 'e': return float_new(t, half_get(GET(uint16_t)));
    case '?': return ref_bool(*(const uint8_t *)p != 0);
    }
    return REF_NULL;
}

static int bad_value(Thread *t, char code) {
    return err_int(err_set(t, E_ValueError, "memoryview: invalid value for format '%c'", code));
}
static int bad_type(Thread *t, char code) {
    return err_int(err_set(t, E_TypeError, "memoryview: invalid type for format '%c'", code));
}

static int put_int(Thread *t, char code, void *p, Value v) {
    bool is_unsigned = code == 'B' || code == 'H' || code == 'I' || code == 'L' || code == 'Q' || code == 'N' || code == 'P';
    int bits = (int)item_size_of(code) * 8;
    Ref n = number_index(t, v);
    if (ref_is_null(n)) return err_clear_if(t, E_TypeError) ? bad_type(t, code) : -1;
    uint64_t u = 0;
    int64_t i = 0;
    int status = is_unsigned ? int_try_u64(ref_borrow(n), &u) : int_try_i64(ref_borrow(n), &i);
    ref_drop(t, n);
    if (status < 0) return bad_value(t, code);
    if (bits < 64 && (is_unsigned ? u >> bits != 0 : i < -((int64_t)1 << (bits - 1)) || i >= (int64_t)1 << (bits - 1))) return bad_value(t, code);
    if (!is_unsigned) u = (uint64_t)i;
    memcpy(p, &u, (size_t)bits / 8); /* little-endian */
    return 0;
}

int item_put(Thread *t, char code, void *p, Value v) {
    double d;
    switch (code) {
    case 'c':
        if (!is_bytes(v)) return bad_type(t, code);
        if (bytes_length(v) != 1) return bad_value(t, code);
        *(uint8_t *)p = bytes_data(v)[0];
        return 0;
    case '?': {
        int truth = is_true(t, v);
        if (truth < 0) return -1;
        *(uint8_t *)p = (uint8_t)truth;
        return 0;
    }
    case 'f': case 'd': case 'e':
        if (as_double(t, v, &d) < 0) return err_clear_if(t, E_TypeError) ? bad_type(t, code) : -1;
        if (code == 'd') {
            memcpy(p, &d, 8);
        } else if (code == 'f') {
            float f = (float)d;
            memcpy(p, &f, 4);
        } else {
            uint16_t h;
            if (half_put(d, &h) < 0) return err_int(err_set(t, E_OverflowError, "float too large to pack with e format"));
            memcpy(p, &h, 2);
        }
        return 0;
    default: return put_int(t, code, p, v);
    }
}
