/* int: arithmetic over GMP's mpn layer. Operands are read through IntView; results are normalized by bigint_finish. */
#include "runtime/int_internal.h"
#include "runtime/abstract.h"
#include "runtime/float.h"
#include <math.h>
#include <stdlib.h>

/* Python's hash modulus for numbers, 2^61 - 1 */
#define HASH_MODULUS (((uint64_t)1 << 61) - 1)
#define MAX_LIMBS ((mp_size_t)1 << 40)

void int_view(Value v, IntView *out) {
    if (value_is_int(v)) {
        int64_t i = value_int(v);
        out->neg = i < 0;
        out->one = i < 0 ? -(uint64_t)i : (uint64_t)i;
        out->p = &out->one;
        out->n = i != 0;
        return;
    }
    BigInt *b = as(BigInt, v);
    out->neg = b->size < 0;
    out->n = b->size < 0 ? -b->size : b->size;
    out->p = b->limb;
}

bool int_scratch_available(mp_size_t limbs) {
    if (limbs < 1 << 16) return true;
    void *p = mem_alloc((size_t)limbs * sizeof(mp_limb_t));
    mem_free(p);
    return p != NULL;
}

BigInt *bigint_alloc(Thread *t, mp_size_t n) {
    if (n > MAX_LIMBS || !int_scratch_available(3 * n)) {
        err_no_memory(t);
        return NULL;
    }
    return object_alloc_raw(t, &int_type, (size_t)(n ? n : 1) * sizeof(mp_limb_t));
}

Ref bigint_finish(Thread *t, BigInt *b, mp_size_t n, bool neg) {
    while (n > 0 && b->limb[n - 1] == 0) n--;
    if (n <= 1) {
        mp_limb_t m = n ? b->limb[0] : 0;
        if (m <= (uint64_t)SMALL_INT_MAX || (neg && m == (uint64_t)SMALL_INT_MAX + 1)) {
            b->size = 0;
            ref_drop(t, ref_steal(b));
            return ref_small_int(neg ? -(int64_t)m : (int64_t)m);
        }
    }
    b->size = neg ? -n : n;
    return ref_steal(b);
}

bool int_accumulate(Thread *t, Ref acc, int64_t i) {
    Value v = ref_borrow(acc);
    if (!value_is_object(v) || type_of(v) != &int_type || !ref_is_unique(t, value_object(v))) return false;
    BigInt *b = as(BigInt, v);
    mp_size_t n = b->size < 0 ? -b->size : b->size;
    mp_limb_t m = i < 0 ? -(uint64_t)i : (uint64_t)i;
    if (n == 0) return false;
    mp_limb_t top = b->limb[n - 1];
    if ((i < 0) == (b->size < 0)) {
        if (n == 1 ? top > ~m : top == ~(mp_limb_t)0) return false;
        if (__builtin_add_overflow(b->limb[0], m, &b->limb[0])) mpn_add_1(b->limb + 1, b->limb + 1, n - 1, 1);
    } else {
        if (n == 1 || top == 1) return false; /* it might become a small one */
        mpn_sub_1(b->limb, b->limb, n, m);
    }
    return true;
}

Ref int_from_view(Thread *t, const IntView *v) {
    BigInt *b = bigint_alloc(t, v->n);
    if (b == NULL) return REF_NULL;
    mpn_copyi(b->limb, v->p, v->n);
    return bigint_finish(t, b, v->n, v->neg);
}

static Ref int_from_limb(Thread *t, mp_limb_t m, bool neg) {
    IntView v = {.n = m != 0, .neg = neg, .one = m};
    v.p = &v.one;
    return int_from_view(t, &v);
}

Ref int_from_i64(Thread *t, int64_t i) {
    if (likely(small_int_fits(i))) return ref_small_int(i);
    return int_from_limb(t, i < 0 ? -(uint64_t)i : (uint64_t)i, i < 0);
}

Ref int_from_u64(Thread *t, uint64_t u) {
    return likely(u <= (uint64_t)SMALL_INT_MAX) ? ref_small_int((int64_t)u) : int_from_limb(t, u, false);
}

Ref int_from_double(Thread *t, double d) {
    if (isinf(d)) return err_set(t, E_OverflowError, "cannot convert float infinity to integer");
    if (isnan(d)) return err_set(t, E_ValueError, "cannot convert float NaN to integer");
    if (fabs(d) < 4e18) return int_from_i64(t, (int64_t)d);
    int exponent;
    double m = frexp(fabs(d), &exponent); /* d is an integer: exponent >= 62 */
    uint64_t mantissa = (uint64_t)ldexp(m, 53);
    mp_size_t shift = exponent - 53, limbs = shift / 64;
    BigInt *b = bigint_alloc(t, limbs + 2);
    if (b == NULL) return REF_NULL;
    mpn_zero(b->limb, limbs + 2);
    b->limb[limbs] = mantissa << (shift % 64);
    if (shift % 64) b->limb[limbs + 1] = mantissa >> (64 - shift % 64);
    return bigint_finish(t, b, limbs + 2, d < 0);
}

int int_try_i64_slow(Value v, int64_t *out) {
    IntView a;
    int_view(v, &a);
    if (a.n > 1) return -1;
    mp_limb_t m = a.n ? a.p[0] : 0;
    if (m > (uint64_t)INT64_MAX + a.neg) return -1;
    *out = a.neg ? (int64_t)(0 - m) : (int64_t)m;
    return 0;
}

int int_try_u64(Value v, uint64_t *out) {
    IntView a;
    int_view(v, &a);
    if (a.n > 1 || (a.neg && a.n)) return -1;
    *out = a.n ? a.p[0] : 0;
    return 0;
}

int int_as_u64_mask(Value v, uint64_t *out) {
    IntView a;
    int_view(v, &a);
    uint64_t m = a.n ? a.p[0] : 0;
    *out = a.neg ? 0 - m : m;
    return 0;
}

int int_sign(Value v) {
    if (value_is_int(v)) return (value_int(v) > 0) - (value_int(v) < 0);
    int64_t n = as(BigInt, v)->size;
    return (n > 0) - (n < 0);
}

bool int_is_zero(Value v) { return int_sign(v) == 0; }

size_t int_bit_length(Value v) {
    IntView a;
    int_view(v, &a);
    return a.n ? (size_t)a.n * 64 - (size_t)__builtin_clzl(a.p[a.n - 1]) : 0;
}

Ref int_exact(Thread *t, Value v) {
    if (value_is_int(v) || is_exact(v, &int_type)) return ref_new(t, v);
    IntView a;
    int_view(v, &a);
    return int_from_view(t, &a);
}

int64_t int_hash(Value v) {
    IntView a;
    int_view(v, &a);
    uint64_t h = 0;
    for (mp_size_t i = a.n; i-- > 0;) { /* h * 2^64 + limb; 2^64 = 8 modulo 2^61 - 1 */
        unsigned __int128 x = ((unsigned __int128)h << 64) | a.p[i];
        x = (x & HASH_MODULUS) + (x >> 61);
        h = (uint64_t)((x & HASH_MODULUS) + (x >> 61));
        if (h >= HASH_MODULUS) h -= HASH_MODULUS;
    }
    int64_t r = a.neg ? -(int64_t)h : (int64_t)h;
    return r == -1 ? -2 : r;
}

int int_compare(Value a, Value b) {
    if (value_is_int(a) && value_is_int(b)) return ((int64_t)a.bits > (int64_t)b.bits) - ((int64_t)a.bits < (int64_t)b.bits);
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    bool xneg = x.neg && x.n, yneg = y.neg && y.n;
    if (xneg != yneg) return xneg ? -1 : 1;
    int c = x.n != y.n ? (x.n > y.n ? 1 : -1) : (x.n ? mpn_cmp(x.p, y.p, x.n) : 0);
    c = (c > 0) - (c < 0);
    return xneg ? -c : c;
}

/* ---- addition, subtraction, multiplication -------------------------------------------------------------- */

/* |x| + |y|, or the difference of magnitudes with the sign of the larger */
static Ref add_views(Thread *t, const IntView *x, const IntView *y, bool yneg) {
    if (x->n < y->n) {
        const IntView *s = x;
        IntView flipped = *y;
        if (y->p == &y->one) flipped.p = &flipped.one;
        flipped.neg = yneg;
        return add_views(t, &flipped, s, s->neg);
    }
    BigInt *r = bigint_alloc(t, x->n + 1);
    if (r == NULL) return REF_NULL;
    if (x->neg == yneg) {
        r->limb[x->n] = y->n ? mpn_add(r->limb, x->p, x->n, y->p, y->n) : (mpn_copyi(r->limb, x->p, x->n), 0);
        return bigint_finish(t, r, x->n + 1, x->neg);
    }
    if (x->n == y->n && mpn_cmp(x->p, y->p, x->n) < 0) {
        mpn_sub_n(r->limb, y->p, x->p, x->n);
        return bigint_finish(t, r, x->n, yneg);
    }
    if (y->n) mpn_sub(r->limb, x->p, x->n, y->p, y->n);
    else mpn_copyi(r->limb, x->p, x->n);
    return bigint_finish(t, r, x->n, x->neg);
}

Ref int_add(Thread *t, Value a, Value b) {
    int64_t s;
    if (value_is_int(a) && value_is_int(b)) {
        s = value_int(a) + value_int(b); /* 63-bit terms: no overflow in 64 */
        return int_from_i64(t, s);
    }
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    return add_views(t, &x, &y, y.neg);
}

Ref int_sub(Thread *t, Value a, Value b) {
    if (value_is_int(a) && value_is_int(b)) return int_from_i64(t, value_int(a) - value_int(b));
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    return add_views(t, &x, &y, !y.neg);
}

Ref int_mul(Thread *t, Value a, Value b) {
    int64_t product;
    if (value_is_int(a) && value_is_int(b) && !__builtin_mul_overflow(value_int(a), value_int(b), &product))
        return int_from_i64(t, product);
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    if (x.n == 0 || y.n == 0) return ref_small_int(0);
    BigInt *r = bigint_alloc(t, x.n + y.n);
    if (r == NULL) return REF_NULL;
    if (x.n >= y.n) mpn_mul(r->limb, x.p, x.n, y.p, y.n);
    else mpn_mul(r->limb, y.p, y.n, x.p, x.n);
    return bigint_finish(t, r, x.n + y.n, x.neg != y.neg);
}

/* ---- division ------------------------------------------------------------------------------------------------ */

static int divmod_small(Thread *t, int64_t a, int64_t b, Ref *q, Ref *r) {
    int64_t quotient = a / b, remainder = a % b; /* no overflow: 63-bit operands */
    if (remainder != 0 && (remainder ^ b) < 0) {
        quotient--;
        remainder += b;
    }
    if (q) *q = int_from_i64(t, quotient);
    if (r) *r = ref_small_int(remainder);
    return q && ref_is_null(*q) ? -1 : 0;
}

static int divmod_big(Thread *t, const IntView *x, const IntView *y, Ref *q, Ref *r) {
    bool opposite = x->neg != y->neg;
    mp_size_t qn = x->n - y->n + 1;
    BigInt *quotient = bigint_alloc(t, qn + 1), *remainder = NULL;
    if (quotient == NULL || (remainder = bigint_alloc(t, y->n)) == NULL) goto fail;
    mpn_tdiv_qr(quotient->limb, remainder->limb, 0, x->p, x->n, y->p, y->n);
    quotient->limb[qn] = 0;
    if (opposite && !mpn_zero_p(remainder->limb, y->n)) { /* truncated to floored */
        quotient->limb[qn] = mpn_add_1(quotient->limb, quotient->limb, qn, 1);
        mpn_sub_n(remainder->limb, y->p, remainder->limb, y->n);
    }
    Ref qr = bigint_finish(t, quotient, qn + 1, opposite), rr = bigint_finish(t, remainder, y->n, y->neg);
    if (q) *q = qr;
    else ref_drop(t, qr);
    if (r) *r = rr;
    else ref_drop(t, rr);
    return 0;
fail:
    if (quotient) bigint_finish(t, quotient, 0, false);
    return -1;
}

int int_divmod_floor(Thread *t, Value a, Value b, Ref *q, Ref *r) {
    if (q) *q = REF_NULL;
    if (r) *r = REF_NULL;
    if (int_is_zero(b))
        return err_int(err_set(t, E_ZeroDivisionError, q ? "integer division or modulo by zero" : "integer modulo by zero"));
    if (value_is_int(a) && value_is_int(b)) return divmod_small(t, value_int(a), value_int(b), q, r);
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    if (x.n >= y.n) return divmod_big(t, &x, &y, q, r);
    /* |a| < |b|: 0 and a, or -1 and a + b when the signs differ */
    bool adjust = x.n != 0 && x.neg != y.neg;
    if (q) *q = ref_small_int(adjust ? -1 : 0);
    if (r) *r = adjust ? int_add(t, a, b) : int_exact(t, a);
    return r && ref_is_null(*r) ? -1 : 0;
}

Ref int_floordiv(Thread *t, Value a, Value b) {
    Ref q;
    return int_divmod_floor(t, a, b, &q, NULL) < 0 ? REF_NULL : q;
}

Ref int_mod(Thread *t, Value a, Value b) {
    Ref r;
    return int_divmod_floor(t, a, b, NULL, &r) < 0 ? REF_NULL : r;
}

/* The top bits of a magnitude as an integer of exactly `bits` bits with a sticky lowest bit; *exponent: what to scale by. */
static double limbs_to_double(const mp_limb_t *p, mp_size_t n, bool sticky, int64_t exponent, bool *overflow) {
    int64_t length = n * 64 - __builtin_clzl(p[n - 1]);
    int64_t drop = length - 64;
    uint64_t top;
    if (drop <= 0) {
        top = p[0] << -drop;
    } else {
        mp_size_t limb = drop / 64;
        int bit = drop % 64;
        top = p[limb] >> bit;
        if (bit && limb + 1 < n) top |= p[limb + 1] << (64 - bit);
        if (bit && (p[limb] & (((mp_limb_t)1 << bit) - 1))) sticky = true;
        if (!sticky && limb && !mpn_zero_p(p, limb)) sticky = true;
    }
    /* value = 0.top * 2^(length + exponent); keep 53 bits, fewer for subnormals, round half to even by hand */
    int64_t e = length + exponent;
    int keep = e < -1021 ? (int)(53 - (-1021 - e)) : 53;
    if (keep < 0) return 0.0;
    uint64_t mantissa = keep ? top >> (64 - keep) : 0;
    uint64_t rest = keep ? top << keep : top;
    uint64_t half = (uint64_t)1 << 63;
    if (rest > half || (rest == half && (sticky || (mantissa & 1)))) mantissa++;
    double d = ldexp((double)mantissa, (int)(e > 5000 ? 5000 : e - keep));
    *overflow = isinf(d);
    return d;
}

double int_as_double(Thread *t, Value v) {
    if (value_is_int(v)) return (double)value_int(v);
    IntView a;
    int_view(v, &a);
    if (a.n == 0) return 0.0;
    bool overflow = a.n > 17;
    double d = overflow ? 0 : limbs_to_double(a.p, a.n, false, 0, &overflow);
    if (overflow) {
        err_set(t, E_OverflowError, "int too large to convert to float");
        return -1.0;
    }
    return a.neg ? -d : d;
}

Ref int_divide_true(Thread *t, Value a, Value b) {
    if (int_is_zero(b)) return err_set(t, E_ZeroDivisionError, "division by zero");
    const int64_t exact = (int64_t)1 << 53;
    if (value_is_int(a) && value_is_int(b) && llabs(value_int(a)) <= exact && llabs(value_int(b)) <= exact)
        return float_new(t, (double)value_int(a) / (double)value_int(b));
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    if (x.n == 0) return float_new(t, y.neg ? -0.0 : 0.0);
    bool neg = x.neg != y.neg, overflow = false;
    /* scale so that the quotient has at least 65 bits, then divide exactly with a sticky remainder */
    int64_t shift = (int64_t)int_bit_length(b) - (int64_t)int_bit_length(a) + 66;
    if (-shift > 1100) return err_set(t, E_OverflowError, "integer division result too large for a float");
    if (shift > 1200) return float_new(t, neg ? -0.0 : 0.0);
    Ref num = REF_NULL, den = REF_NULL;
    num = shift > 0 ? int_lshift(t, a, small_int(shift)) : ref_new(t, a);
    den = shift < 0 ? int_lshift(t, b, small_int(-shift)) : ref_new(t, b);
    Ref result = REF_NULL, q = REF_NULL, r = REF_NULL;
    if (ref_is_null(num) || ref_is_null(den)) goto done;
    Ref num_abs = number_abs(t, ref_borrow(num)), den_abs = number_abs(t, ref_borrow(den));
    if (!ref_is_null(num_abs) && !ref_is_null(den_abs) &&
        int_divmod_floor(t, ref_borrow(num_abs), ref_borrow(den_abs), &q, &r) == 0) {
        IntView v;
        int_view(ref_borrow(q), &v);
        double d = limbs_to_double(v.p, v.n, !int_is_zero(ref_borrow(r)), -shift, &overflow);
        result = overflow ? err_set(t, E_OverflowError, "integer division result too large for a float")
                          : float_new(t, neg ? -d : d);
    }
    ref_drop(t, num_abs);
    ref_drop(t, den_abs);
    ref_drop(t, q);
    ref_drop(t, r);
done:
    ref_drop(t, num);
    ref_drop(t, den);
    return result;
}

/* ---- powers --------------------------------------------------------------------------------------------------- */

/* The factors of two that an even int has: how many bits it can be shifted right without loss. */
static uint64_t int_twos(Value v) {
    IntView x;
    int_view(v, &x);
    for (mp_size_t i = 0; i < x.n; i++)
        if (x.p[i] != 0) return (uint64_t)i * GMP_NUMB_BITS + (uint64_t)__builtin_ctzll(x.p[i]);
    return 0;
}

static Ref int_pow_odd(Thread *t, Value base, uint64_t exponent);

/* The powers of an even base are those of its odd part, shifted: 2**n needs no multiplication. */
static Ref int_pow_plain(Thread *t, Value base, uint64_t exponent) {
    uint64_t twos = exponent > 64 ? int_twos(base) : 0, shift;
    if (twos == 0 || __builtin_mul_overflow(twos, exponent, &shift) || shift > (uint64_t)MAX_LIMBS * 64) return int_pow_odd(t, base, exponent);
    Ref odd = int_rshift(t, base, small_int((int64_t)twos)), power = ref_is_null(odd) ? odd : int_pow_odd(t, ref_borrow(odd), exponent);
    Ref bits = ref_is_null(power) ? power : int_from_u64(t, shift), result = ref_is_null(bits) ? bits : int_lshift(t, ref_borrow(power), ref_borrow(bits));
    ref_drop(t, bits);
    ref_drop(t, power);
    ref_drop(t, odd);
    return result;
}

static Ref int_pow_odd(Thread *t, Value base, uint64_t exponent) {
    Ref result = ref_small_int(1), square = int_exact(t, base);
    while (!ref_is_null(square)) {
        if (exponent & 1) {
            Ref product = int_mul(t, ref_borrow(result), ref_borrow(square));
            ref_drop(t, result);
            result = product;
            if (ref_is_null(result)) break;
        }
        exponent >>= 1;
        if (exponent == 0) break;
        Ref next = int_mul(t, ref_borrow(square), ref_borrow(square));
        ref_drop(t, square);
        square = next;
    }
    if (ref_is_null(square)) {
        ref_drop(t, result);
        return REF_NULL;
    }
    ref_drop(t, square);
    return result;
}

/* GMP's mpz view of an IntView, read-only; no allocation */
static mpz_srcptr mpz_of(const IntView *v, mpz_ptr z, bool with_sign) {
    return mpz_roinit_n(z, v->p, with_sign && v->neg ? -v->n : v->n);
}

static Ref int_from_mpz(Thread *t, mpz_srcptr z) {
    IntView v = {.p = mpz_limbs_read(z), .n = (mp_size_t)mpz_size(z), .neg = mpz_sgn(z) < 0};
    return int_from_view(t, &v);
}

static Ref int_pow_mod(Thread *t, Value a, Value b, Value m) {
    if (int_is_zero(m)) return err_set(t, E_ValueError, "pow() 3rd argument cannot be 0");
    IntView x, e, n;
    int_view(a, &x);
    int_view(b, &e);
    int_view(m, &n);
    if (!int_scratch_available(8 * n.n + x.n)) return err_no_memory(t);
    mpz_t zx, ze, zn, result;
    mpz_srcptr base = mpz_of(&x, zx, true), exponent = mpz_of(&e, ze, true), modulus = mpz_of(&n, zn, false);
    Ref r = REF_NULL;
    mpz_init(result);
    if (e.neg && e.n) {
        if (!mpz_invert(result, base, modulus) && mpz_cmp_ui(modulus, 1) != 0) {
            err_set(t, E_ValueError, "base is not invertible for the given modulus");
            goto done;
        }
        mpz_t positive;
        mpz_powm(result, result, mpz_roinit_n(positive, e.p, e.n), modulus);
    } else {
        mpz_powm(result, base, exponent, modulus);
    }
    if (n.neg && mpz_sgn(result) != 0) mpz_sub(result, result, modulus); /* the result has the modulus' sign */
    r = int_from_mpz(t, result);
done:
    mpz_clear(result);
    return r;
}

Ref int_pow(Thread *t, Value a, Value b, Value mod) {
    if (!value_is_none(mod)) return int_pow_mod(t, a, b, mod);
    if (int_sign(b) < 0) {
        double x = int_as_double(t, a), y = int_as_double(t, b);
        if (err_pending(t)) return REF_NULL;
        return float_pow(t, x, y);
    }
    uint64_t e;
    int64_t base;
    if (int_try_i64(a, &base) == 0 && (base == 0 || base == 1 || base == -1)) {
        if (int_is_zero(b)) return ref_small_int(1);
        uint64_t low;
        int_as_u64_mask(b, &low);
        return ref_small_int(base == -1 && !(low & 1) ? 1 : base);
    }
    if (int_try_u64(b, &e) < 0 || e > (uint64_t)MAX_LIMBS * 64) return err_no_memory(t);
    return int_pow_plain(t, a, e);
}

Ref int_gcd(Thread *t, Value a, Value b) {
    if (value_is_int(a) && value_is_int(b)) {
        uint64_t x = (uint64_t)llabs(value_int(a)), y = (uint64_t)llabs(value_int(b));
        while (y) {
            uint64_t r = x % y;
            x = y;
            y = r;
        }
        return int_from_u64(t, x);
    }
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    if (!int_scratch_available(4 * (x.n + y.n))) return err_no_memory(t);
    mpz_t zx, zy, g;
    mpz_init(g);
    mpz_gcd(g, mpz_of(&x, zx, false), mpz_of(&y, zy, false));
    Ref r = int_from_mpz(t, g);
    mpz_clear(g);
    return r;
}

/* ---- shifts ------------------------------------------------------------------------------------------------------- */

Ref int_lshift(Thread *t, Value a, Value b) {
    if (int_sign(b) < 0) return err_set(t, E_ValueError, "negative shift count");
    if (int_is_zero(a)) return ref_small_int(0);
    int64_t shift;
    if (int_try_i64(b, &shift) < 0) return err_set(t, E_OverflowError, "too many digits in integer");
    if (value_is_int(a) && shift < 62) {
        int64_t i = value_int(a), r = (int64_t)((uint64_t)i << shift);
        if (r >> shift == i && small_int_fits(r)) return ref_small_int(r);
    }
    IntView x;
    int_view(a, &x);
    mp_size_t limbs = shift / 64;
    if (limbs > MAX_LIMBS) return err_no_memory(t);
    BigInt *r = bigint_alloc(t, x.n + limbs + 1);
    if (r == NULL) return REF_NULL;
    mpn_zero(r->limb, limbs);
    if (shift % 64) {
        r->limb[limbs + x.n] = mpn_lshift(r->limb + limbs, x.p, x.n, shift % 64);
    } else {
        mpn_copyi(r->limb + limbs, x.p, x.n);
        r->limb[limbs + x.n] = 0;
    }
    return bigint_finish(t, r, x.n + limbs + 1, x.neg);
}

Ref int_rshift(Thread *t, Value a, Value b) {
    if (int_sign(b) < 0) return err_set(t, E_ValueError, "negative shift count");
    int64_t shift;
    if (int_try_i64(b, &shift) < 0) return ref_small_int(int_sign(a) < 0 ? -1 : 0);
    if (value_is_int(a)) return ref_small_int(value_int(a) >> (shift > 63 ? 63 : shift));
    IntView x;
    int_view(a, &x);
    mp_size_t limbs = shift / 64;
    if (limbs >= x.n) return ref_small_int(x.neg && x.n ? -1 : 0);
    BigInt *r = bigint_alloc(t, x.n - limbs + 1);
    if (r == NULL) return REF_NULL;
    bool lost = limbs && !mpn_zero_p(x.p, limbs);
    if (shift % 64) lost |= mpn_rshift(r->limb, x.p + limbs, x.n - limbs, shift % 64) != 0;
    else mpn_copyi(r->limb, x.p + limbs, x.n - limbs);
    r->limb[x.n - limbs] = 0;
    if (x.neg && lost) mpn_add_1(r->limb, r->limb, x.n - limbs + 1, 1); /* floor */
    return bigint_finish(t, r, x.n - limbs + 1, x.neg);
}

/* ---- bytes --------------------------------------------------------------------------------------------------------- */

Ref int_from_bytes(Thread *t, const uint8_t *p, size_t n, bool little, bool is_signed) {
    if (n == 0) return ref_small_int(0);
    mp_size_t limbs = (mp_size_t)(n / 8 + 1);
    BigInt *b = bigint_alloc(t, limbs);
    if (b == NULL) return REF_NULL;
    bool neg = is_signed && (p[little ? n - 1 : 0] & 0x80);
    memset(b->limb, neg ? 0xFF : 0, (size_t)limbs * 8);
    uint8_t *out = (uint8_t *)b->limb;
    for (size_t i = 0; i < n; i++) out[i] = p[little ? i : n - 1 - i];
    if (neg) mpn_neg(b->limb, b->limb, limbs);
    return bigint_finish(t, b, limbs, neg);
}

int int_to_bytes(Thread *t, Value v, uint8_t *p, size_t n, bool little, bool is_signed) {
    IntView x;
    int_view(v, &x);
    bool neg = x.neg && x.n;
    if (neg && !is_signed) return err_int(err_set(t, E_OverflowError, "can't convert negative int to unsigned"));
    size_t bits = int_bit_length(v);
    if (is_signed && x.n) { /* -2^k needs k + 1 bits, others one more than their length */
        bool power = neg && mpn_popcount(x.p, x.n) == 1;
        bits += !power;
    }
    if ((bits + 7) / 8 > n) return err_int(err_set(t, E_OverflowError, "int too big to convert"));
    unsigned carry = 1;
    for (size_t i = 0; i < n; i++) {
        mp_limb_t limb = (mp_size_t)(i / 8) < x.n ? x.p[i / 8] : 0;
        unsigned byte = (limb >> (i % 8 * 8)) & 0xFF;
        if (neg) {
            byte = (~byte & 0xFF) + carry;
            carry = byte >> 8;
        }
        p[little ? i : n - 1 - i] = (uint8_t)byte;
    }
    return 0;
}
