/* exp, ln, log10 and powers of decimal numbers. See decimal.h.
 *
 * exp, ln and log10 are computed in binary fixed point (GMP integers, scaled by 2^w) with a bound on the error. If all numbers within the bound have the same
 * leading digits, those are right, else it starts anew with more bits (A. Ziv, "Fast evaluation of elementary mathematical functions with correctly rounded
 * last bit", 1991). The results are irrational but in the cases that are sorted out before, so they never fall on a number or halfway: a digit 1 behind
 * the digits found stands for all the rest, and whoever rounds after that rounds right.
 *
 * power() is made of these and of products, each rounded to a few digits more than the context's, as python3.11's module does it, so that the digits agree
 * even where that isn't correctly rounded.
 */
#include "runtime/loadable/decimal.h"
#include <math.h>

#define BITS_PER_DIGIT 3.3219280948873623479
#define MOST_BITS (INT64_C(1) << 34) /* of a fixed-point number */

/* ---- ln 10 -------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Split { mpz_t t, b, q; } Split;
static void split_init(Split *s) { mpz_inits(s->t, s->b, s->q, NULL); }
static void split_clear(Split *s) { mpz_clears(s->t, s->b, s->q, NULL); }

/* The terms from..to-1 of atanh(1/k) = Σ 1/((2i+1) k^(2i+1)) as t / (b q), by binary splitting (Haible, Papanikolaou, 1998). */
static void split_atanh(Split *s, unsigned long from, unsigned long to, unsigned long k) {
    if (to - from == 1) {
        mpz_set_ui(s->t, 1);
        mpz_set_ui(s->b, 2 * from + 1);
        mpz_set_ui(s->q, from == 0 ? k : k * k);
        return;
    }
    Split right;
    split_init(&right);
    unsigned long middle = (from + to) / 2;
    split_atanh(s, from, middle, k);
    split_atanh(&right, middle, to, k);
    mpz_mul(s->t, s->t, right.b);
    mpz_mul(s->t, s->t, right.q);
    mpz_addmul(s->t, s->b, right.t);
    mpz_mul(s->b, s->b, right.b);
    mpz_mul(s->q, s->q, right.q);
    split_clear(&right);
}

/* sum += factor · atanh(1/k) · 2^w, rounded down */
static void add_atanh(mpz_t sum, unsigned long factor, unsigned long k, int64_t w) {
    Split s;
    split_init(&s);
    split_atanh(&s, 0, (unsigned long)((double)w / (2 * log2((double)k))) + 2, k);
    mpz_mul(s.b, s.b, s.q);
    mpz_mul_2exp(s.t, s.t, (mp_bitcnt_t)w);
    mpz_mul_ui(s.t, s.t, factor);
    mpz_tdiv_q(s.t, s.t, s.b);
    mpz_add(sum, sum, s.t);
    split_clear(&s);
}

typedef struct Constant { int64_t bits; mpz_t value; } Constant;
static _Atomic(Constant *) x_ln10; /* the longest so far; shorter ones stay for those who still look at them: together they're no longer */

/* ln 10 · 2^w, off by at most 8. */
static bool ln10(mpz_t out, int64_t w) {
    Constant *c = load_acquire(&x_ln10);
    if (c == NULL || c->bits < w) {
        int64_t bits = c == NULL || w > 2 * c->bits ? w : 2 * c->bits;
        if (bits < 256) bits = 256;
        Constant *made = int_scratch_available(bits / 8) ? mem_alloc(sizeof *made) : NULL;
        if (made == NULL) return false;
        made->bits = bits;
        mpz_init(made->value);
        add_atanh(made->value, 46, 31, bits);
        add_atanh(made->value, 34, 49, bits);
        add_atanh(made->value, 20, 161, bits);
        if (cas_acq_rel(&x_ln10, &c, made)) {
            c = made;
        } else { /* another thread made one: use this once */
            mpz_tdiv_q_2exp(out, made->value, (mp_bitcnt_t)(bits - w));
            mpz_clear(made->value);
            mem_free(made);
            return true;
        }
    }
    mpz_tdiv_q_2exp(out, c->value, (mp_bitcnt_t)(c->bits - w));
    return true;
}

/* ---- fixed point ----------------------------------------------------------------------------------------------------------------------------- */

/* out = |a| · 10^shift · 2^w, rounded down. The shift may be anything sane. */
static bool to_fixed(mpz_t out, const Num *a, int64_t shift, int64_t w, uint32_t *st) {
    Num temp;
    num_init(&temp);
    mp_size_t fn;
    int64_t k = a->exp + shift;
    const mp_limb_t *five = five_power(k < 0 ? -k : k, &fn, &temp, st);
    if (five != NULL) {
        mpz_t x, f;
        mpz_srcptr coefficient = mpz_roinit_n(x, a->p, a->n), power = mpz_roinit_n(f, five, fn);
        if (k >= 0) {
            mpz_mul(out, coefficient, power);
            mpz_mul_2exp(out, out, (mp_bitcnt_t)(k + w));
        } else { /* 2^w / 10^-k = 2^(w + k) / 5^-k */
            if (w + k >= 0) mpz_mul_2exp(out, coefficient, (mp_bitcnt_t)(w + k));
            else mpz_tdiv_q_2exp(out, coefficient, (mp_bitcnt_t)-(w + k));
            mpz_tdiv_q(out, out, power);
        }
    }
    num_free(&temp);
    return five != NULL;
}

/* out = exp(x), x = x·2^-w between -2 and 2. Off by at most 2^-w·64. */
static void exp_fixed(mpz_t out, const mpz_t x, int64_t w) {
    int64_t halvings = (int64_t)(sqrt((double)w) * 0.7) + 2, precision = w + 2 * halvings + 16;
    mpz_t y, term;
    mpz_inits(y, term, NULL);
    mpz_mul_2exp(y, x, (mp_bitcnt_t)(precision - w - halvings));
    mpz_set(term, y);
    mpz_set_ui(out, 1);
    mpz_mul_2exp(out, out, (mp_bitcnt_t)precision);
    mpz_add(out, out, y);
    for (unsigned long i = 2; mpz_sgn(term) != 0; i++) {
        mpz_mul(term, term, y);
        mpz_tdiv_q_2exp(term, term, (mp_bitcnt_t)precision);
        mpz_tdiv_q_ui(term, term, i);
        mpz_add(out, out, term);
    }
    for (int64_t i = 0; i < halvings; i++) {
        mpz_mul(out, out, out);
        mpz_tdiv_q_2exp(out, out, (mp_bitcnt_t)precision);
    }
    mpz_tdiv_q_2exp(out, out, (mp_bitcnt_t)(precision - w));
    mpz_clears(y, term, NULL);
}

/* out = ln(m), m = m·2^-w between 0.1 and 10, by Halley's iteration on exp, each step at three times the bits of the one before. Off by at most 2^-w·256. */
static void ln_fixed(mpz_t out, const mpz_t m, int64_t w) {
    int64_t steps[64];
    int count = 0;
    for (int64_t p = w; p > 45; p = p / 3 + 8) steps[count++] = p;
    mpz_t e, x, sum;
    mpz_inits(e, x, sum, NULL);
    long exponent;
    double d = mpz_get_d_2exp(&exponent, m);
    double log_m = log(ldexp(d, (int)(exponent - w)));
    mpz_set_d(out, ldexp(log_m, 60));
    int64_t have = 60;
    while (count-- > 0) {
        int64_t p = steps[count] + (count ? 16 : 4);
        if (p >= have) mpz_mul_2exp(out, out, (mp_bitcnt_t)(p - have));
        else mpz_tdiv_q_2exp(out, out, (mp_bitcnt_t)(have - p));
        if (w >= p) mpz_tdiv_q_2exp(x, m, (mp_bitcnt_t)(w - p));
        else mpz_mul_2exp(x, m, (mp_bitcnt_t)(p - w));
        exp_fixed(e, out, p);
        mpz_add(sum, x, e);
        mpz_sub(x, x, e);
        mpz_mul_2exp(x, x, (mp_bitcnt_t)(p + 1));
        mpz_tdiv_q(x, x, sum);
        mpz_add(out, out, x);
        have = p;
    }
    if (have >= w) mpz_tdiv_q_2exp(out, out, (mp_bitcnt_t)(have - w));
    else mpz_mul_2exp(out, out, (mp_bitcnt_t)(w - have));
    mpz_clears(e, x, sum, NULL);
}

/* r = |x·2^-w| to at least `digits` digits, with the digit 1 for what follows, times 10^exp. False: x, off by at most `error`, isn't good enough, or no
 * memory. */
static bool from_fixed(Num *r, const mpz_t x, int64_t w, unsigned long error, int64_t digits, int64_t exp, uint32_t *st) {
    int64_t bits = (int64_t)mpz_sizeinbase(x, 2);
    if (bits < 16) return false;
    int64_t shift = digits + 1 - (int64_t)floor((double)(bits - w - 1) / BITS_PER_DIGIT);
    if (shift < 0) shift = 0;
    Num temp;
    num_init(&temp);
    mp_size_t fn;
    const mp_limb_t *five = five_power(shift, &fn, &temp, st);
    bool ok = five != NULL;
    mpz_t low, high, f;
    mpz_inits(low, high, NULL);
    if (ok) {
        mpz_srcptr power = mpz_roinit_n(f, five, fn);
        mpz_abs(high, x);
        mpz_sub_ui(low, high, error);
        mpz_add_ui(high, high, error);
        mpz_mul(low, low, power);
        mpz_mul(high, high, power);
        int64_t drop = w - shift; /* · 10^shift / 2^w */
        if (drop >= 0) {
            mpz_fdiv_q_2exp(low, low, (mp_bitcnt_t)drop);
            mpz_fdiv_q_2exp(high, high, (mp_bitcnt_t)drop);
        } else {
            mpz_mul_2exp(low, low, (mp_bitcnt_t)-drop);
            mpz_mul_2exp(high, high, (mp_bitcnt_t)-drop);
        }
        ok = mpz_cmp(low, high) == 0 && mpz_sgn(low) > 0;
    }
    if (ok) {
        mpz_mul_ui(low, low, 10);
        mpz_add_ui(low, low, 1);
        size_t n = mpz_size(low);
        ok = num_room(r, n, st);
        if (ok) {
            mpn_copyi(r->p, mpz_limbs_read(low), (mp_size_t)n);
            r->flags = mpz_sgn(x) < 0 ? NUM_NEG : 0;
            r->exp = exp - shift - 1;
            num_trim(r, n);
        }
    }
    mpz_clears(low, high, NULL);
    num_free(&temp);
    return ok;
}

static bool bits_available(Num *r, int64_t w, uint32_t *st) {
    if (w < MOST_BITS && int_scratch_available(w / 4)) return true;
    num_error(r, ST_MALLOC, st);
    return false;
}
static Ctx half_even(const Ctx *c) {
    Ctx even = *c;
    even.round = ROUND_HALF_EVEN;
    return even;
}
/* 1 with prec - 1 zeros behind the point, as inexact results that round to 1 are written. */
static void padded_one(Num *r, unsigned sign, int64_t zeros, uint32_t *st) {
    num_small(r, sign, 1, 0);
    if (num_shl10(r, r, zeros, st)) r->exp = -zeros;
}

/* ---- exp --------------------------------------------------------------------------------------------------------------------------------------- */

/* exp(a) of a finite a with 10^-(prec+4) < |a| < 10^19, to prec + 2 digits. */
static void exp_digits(Num *r, const Num *a, int64_t prec, uint32_t *st) {
    int64_t first = (int64_t)((double)(prec + 3) * BITS_PER_DIGIT) + 24;
    mpz_t x, e, multiple;
    mpz_inits(x, e, multiple, NULL);
    for (int64_t w = first;; w += w / 2) {
        int64_t extra = num_adjusted(a) > 0 ? num_adjusted(a) * 4 + 8 : 4, p = w + extra;
        if (!bits_available(r, p, st) || !to_fixed(x, a, 0, p, st) || !ln10(e, p)) {
            num_error(r, ST_MALLOC, st);
            break;
        }
        if (num_sign(a)) mpz_neg(x, x);
        mpz_fdiv_q(multiple, x, e); /* x = multiple · ln 10 + rest, rest in [0, 2.31) */
        int64_t power = mpz_get_si(multiple);
        mpz_submul(x, e, multiple);
        mpz_fdiv_q_2exp(x, x, (mp_bitcnt_t)(extra + 1)); /* half of it */
        exp_fixed(e, x, w);
        mpz_mul(e, e, e);
        mpz_tdiv_q_2exp(e, e, (mp_bitcnt_t)w);
        if (from_fixed(r, e, w, 4096, prec + 2, power, st) || (*st & ST_MALLOC)) break;
    }
    mpz_clears(x, e, multiple, NULL);
}

void num_exp(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    Ctx even = half_even(c);
    if (num_special(a)) {
        if (num_nans(r, a, NULL, c, st)) return;
        if (num_sign(a)) num_small(r, 0, 0, 0);
        else num_inf(r, 0);
        return;
    }
    if (a->n == 0) {
        num_small(r, 0, 1, 0);
        return;
    }
    Num limit;
    num_init(&limit);
    num_small(&limit, 0, 9, -(c->prec + 4));
    if (num_adjusted(a) >= 19) {
        num_small(r, 0, 1, num_sign(a) ? -2 * EXP_BEYOND : EXP_BEYOND);
    } else if (num_compare_abs(a, &limit, st) <= 0) { /* 1 and what is too little to see: not even subnormal, if Emin is 0 */
        padded_one(r, 0, c->prec - 1, st);
        *st |= ST_INEXACT | ST_ROUNDED;
        return;
    } else {
        exp_digits(r, a, c->prec, st);
    }
    num_finalize(r, &even, st);
}

/* ---- logarithms -------------------------------------------------------------------------------------------------------------------------------- */

/* How many decimal places |m - 1| begins behind the point, for a = m · 10^e. */
static int64_t distance_from_one(const Num *a, int64_t e, uint32_t *st) {
    Num m, one, difference;
    num_view(&m, a);
    m.exp -= e;
    m.flags = 0;
    num_init(&one);
    num_init(&difference);
    num_small(&one, 0, 1, 0);
    num_sub(&difference, &m, &one, &max_ctx, st);
    int64_t places = num_special(&difference) || difference.n == 0 ? 0 : -num_adjusted(&difference);
    num_free(&one);
    num_free(&difference);
    return places > 0 ? places : 0;
}

/* ln(a), or log10(a), a > 0 and the result irrational, to prec + 2 digits. */
static void log_digits(Num *r, const Num *a, bool base10, int64_t prec, uint32_t *st) {
    int64_t e = num_adjusted(a); /* a = m · 10^e with m in [0.3, 3.2) or so */
    unsigned lead = 0;
    {
        Num head;
        num_init(&head);
        if (num_copy(&head, a, st)) num_shr10(&head, a->digits - 2, st);
        if (a->digits >= 2 && head.n == 1) lead = (unsigned)head.p[0];
        else if (a->n) lead = (unsigned)(a->p[0] * 10);
        num_free(&head);
    }
    if (lead >= 32) e++;
    int64_t near = e == 0 ? distance_from_one(a, e, st) : 0, e_bits = e == 0 ? 0 : 64 - __builtin_clzll((uint64_t)(e < 0 ? -e : e));
    int64_t first = (int64_t)((double)(prec + 3 + near) * BITS_PER_DIGIT) + 24 + e_bits;
    mpz_t x, y, constant;
    mpz_inits(x, y, constant, NULL);
    for (int64_t w = first;; w += w / 2) {
        if (!bits_available(r, w, st) || !to_fixed(x, a, -e, w, st) || ((base10 || e != 0) && !ln10(constant, w))) {
            num_error(r, ST_MALLOC, st);
            break;
        }
        ln_fixed(y, x, w);
        if (base10) {
            mpz_mul_2exp(y, y, (mp_bitcnt_t)w);
            mpz_tdiv_q(y, y, constant);
            mpz_set_si(constant, e);
            mpz_mul_2exp(constant, constant, (mp_bitcnt_t)w);
            mpz_add(y, y, constant);
        } else if (e != 0) {
            mpz_mul_si(constant, constant, e);
            mpz_add(y, y, constant);
        }
        unsigned long error = base10 || e == 0 ? 1024 : 1024 + 8 * (unsigned long)(e < 0 ? -e : e);
        if (from_fixed(r, y, w, error, prec + 2, 0, st) || (*st & ST_MALLOC)) break;
    }
    mpz_clears(x, y, constant, NULL);
}

/* What both logarithms begin with: true if r is the result. */
static bool log_special(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    if (num_special(a)) {
        if (num_nans(r, a, NULL, c, st)) return true;
        if (num_sign(a)) num_error(r, ST_INVALID, st);
        else num_inf(r, 0);
        return true;
    }
    if (a->n == 0) num_inf(r, NUM_NEG);
    else if (num_sign(a)) num_error(r, ST_INVALID, st);
    return a->n == 0 || num_sign(a);
}
static bool is_ten_power(const Num *a, uint32_t *st) {
    if ((int64_t)mpn_scan1(a->p, 0) != a->digits - 1) return false;
    Num copy;
    num_init(&copy);
    bool r = num_copy(&copy, a, st) && num_shr10(&copy, a->digits - 1, st) == REST_ZERO && copy.n == 1 && copy.p[0] == 1;
    num_free(&copy);
    return r;
}
void num_ln(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    if (log_special(r, a, c, st)) return;
    if (num_adjusted(a) == 0 && is_ten_power(a, st)) {
        num_small(r, 0, 0, 0);
        return;
    }
    Ctx even = half_even(c);
    log_digits(r, a, false, c->prec, st);
    num_finalize(r, &even, st);
}
void num_log10(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    if (log_special(r, a, c, st)) return;
    Ctx even = half_even(c);
    if (is_ten_power(a, st)) {
        int64_t e = num_adjusted(a);
        num_small(r, e < 0 ? NUM_NEG : 0, (uint64_t)(e < 0 ? -e : e), 0);
    } else {
        log_digits(r, a, true, c->prec, st);
    }
    num_finalize(r, &even, st);
}

/* ---- powers ------------------------------------------------------------------------------------------------------------------------------------ */

/* r = base^n by squaring from the left; stops at infinity, and at zero when nothing can come of it any more. */
static void power_u64(Num *r, const Num *base, uint64_t n, const Ctx *c, uint32_t *st) {
    Num x, y;
    uint32_t work = 0;
    num_init(&x);
    num_init(&y);
    num_copy(&x, base, st);
    for (int bit = 62 - __builtin_clzll(n); bit >= 0; bit--) {
        num_mul(&y, &x, &x, c, &work);
        if (n >> bit & 1) num_mul(&x, &y, base, c, &work);
        else num_move(&x, &y);
        if (num_special(&x) || (x.n == 0 && (work & ST_CLAMPED))) break;
    }
    *st |= work;
    num_move(r, &x);
    num_free(&y);
}
/* The same from the right, for exponents of any size. */
static void power_big(Num *r, const Num *base, const Num *exp, const Ctx *c, uint32_t *st) {
    Num square, y;
    uint32_t work = 0;
    num_init(&square);
    num_init(&y);
    mpz_t n;
    mpz_init(n);
    num_small(r, 0, 1, 0);
    if (exp->exp > 1000 || !to_fixed(n, exp, 0, 0, st) || !num_copy(&square, base, st)) num_error(r, ST_MALLOC, st);
    else
        for (size_t bit = 0, bits = mpz_sizeinbase(n, 2); bit < bits; bit++) {
            if (mpz_tstbit(n, bit)) {
                num_mul(&y, r, &square, c, &work);
                num_move(r, &y);
                *st |= work;
                if (num_special(r) || (r->n == 0 && (work & ST_CLAMPED))) break;
            }
            num_mul(&y, &square, &square, c, &work);
            num_move(&square, &y);
        }
    mpz_clear(n);
    num_free(&square);
    num_free(&y);
}

static void power_integer(Num *r, const Num *base, const Num *exp, unsigned sign, const Ctx *c, uint32_t *st) {
    Ctx work = half_even(c);
    Num x, one;
    num_init(&x);
    num_init(&one);
    work.prec += exp->digits + exp->exp + 2;
    work.clamp = false;
    if (num_sign(exp)) {
        uint32_t flags = 0;
        work.prec++;
        num_small(&one, 0, 1, 0);
        num_div(&x, &one, base, &work, &flags);
        *st |= flags;
        if (flags & ST_ERRORS) {
            num_nan(r, 0);
            goto done;
        }
    } else {
        num_copy(&x, base, st);
    }
    uint64_t n;
    if (num_get_u64(exp, &n)) power_u64(r, &x, n, &work, st);
    else power_big(r, &x, exp, &work, st);
    if (num_is_inf(r)) num_small(r, sign, 1, EXP_BEYOND); /* rounding may make it finite */
    if (!num_is_nan(r)) r->flags = (uint8_t)((r->flags & ~NUM_NEG) | sign);
done:
    num_finalize(r, c, st);
    num_free(&x);
    num_free(&one);
}

static void power_real(Num *r, const Num *base, const Num *exp, const Ctx *c, uint32_t *st) {
    Ctx work = max_ctx;
    Num log, product;
    uint32_t flags = 0;
    num_init(&log);
    num_init(&product);
    work.prec = (base->digits > c->prec ? base->digits : c->prec) + 4 + 19;
    num_ln(&log, base, &work, &flags);
    num_mul(&product, &log, exp, &work, &flags);
    num_exp(r, &product, &work, st);
    *st |= (flags & ST_ERRORS) | ST_INEXACT | ST_ROUNDED;
    if (!num_special(r) && r->n && r->digits - 1 == -r->exp && is_ten_power(r, st)) padded_one(r, 0, c->prec - 1, st);
    if (num_is_inf(r)) num_small(r, 0, 1, EXP_BEYOND);
    num_finalize(r, c, st);
    num_free(&log);
    num_free(&product);
}

static int64_t digits_of(int64_t x) { return digits_u64((uint64_t)(x < 0 ? -x : x)); }

/* A lower bound of log10(|log10 x|), x > 0 and not 1. */
static int64_t log_log_bound(const Num *x, uint32_t *st) {
    int64_t t = num_adjusted(x);
    if (t > 0) return digits_of(t) - 1;
    if (t < -1) return digits_of(t + 1) - 1;
    return -distance_from_one(x, 0, st) - (t == 0 ? 2 : 1);
}
/* If |base|^exp is certain to overflow or to underflow: does that, and says so. */
static bool power_bounds(Num *r, const Num *base, const Num *exp, unsigned sign, const Ctx *c, uint32_t *st) {
    Num x;
    num_view(&x, base);
    x.flags = 0;
    bool underflow = (num_adjusted(&x) < 0) != (num_sign(exp) != 0);
    int64_t limit = digits_of(underflow ? ctx_etiny(c) : c->emax);
    if (limit >= log_log_bound(&x, st) + num_adjusted(exp)) return false;
    num_small(r, sign, 1, underflow ? ctx_etiny(c) - 1 : EXP_BEYOND);
    num_finalize(r, c, st);
    return true;
}

/* |base| == 1. */
static void power_of_one(Num *r, const Num *base, const Num *exp, unsigned sign, const Ctx *c, uint32_t *st) {
    int64_t zeros = c->prec - 1;
    if (num_special(exp) || !num_is_integer(exp)) {
        *st |= ST_INEXACT | ST_ROUNDED;
    } else if (num_sign(exp)) {
        zeros = 0;
    } else { /* 1.000 ** 3 = 1.000000000 */
        uint64_t n;
        int64_t want = 0;
        if (base->exp != 0 && (!num_get_u64(exp, &n) || __builtin_mul_overflow(-base->exp, (int64_t)n, &want))) want = INT64_MAX;
        if (want > zeros) *st |= ST_ROUNDED;
        else zeros = want;
    }
    padded_one(r, sign, zeros, st);
}
static int compare_with_one(const Num *a, uint32_t *st) { /* |a| against 1; finite, not zero */
    Num one;
    num_init(&one);
    num_small(&one, 0, 1, 0);
    int order = num_compare_abs(a, &one, st);
    num_free(&one);
    return order;
}

void num_pow(Num *r, const Num *base, const Num *exp, const Ctx *c, uint32_t *st) {
    if (num_nans(r, base, exp, c, st)) return;
    bool integer = num_is_integer(exp);
    unsigned sign = integer && num_sign(base) && num_is_odd(exp) ? NUM_NEG : 0;
    if (num_is_zero(base)) {
        if (num_is_zero(exp)) num_error(r, ST_INVALID, st);
        else if (num_sign(exp)) num_inf(r, sign);
        else num_small(r, sign, 0, 0);
        return;
    }
    if (num_sign(base) && !integer) {
        num_error(r, ST_INVALID, st);
        return;
    }
    if (num_is_inf(exp)) {
        int order = num_is_inf(base) ? 1 : compare_with_one(base, st);
        if (order == 0) power_of_one(r, base, exp, sign, c, st);
        else if ((order < 0) != (num_sign(exp) != 0)) num_small(r, sign, 0, 0);
        else num_inf(r, sign);
        return;
    }
    if (num_is_zero(exp)) {
        num_small(r, sign, 1, 0);
        return;
    }
    if (num_is_inf(base)) {
        if (num_sign(exp)) num_small(r, sign, 0, 0);
        else num_inf(r, sign);
        return;
    }
    if (compare_with_one(base, st) == 0) {
        power_of_one(r, base, exp, sign, c, st);
    } else if (!power_bounds(r, base, exp, sign, c, st)) {
        if (integer) power_integer(r, base, exp, sign, c, st);
        else power_real(r, base, exp, c, st);
    }
}

/* The residue of the integer |a| in [0, m). */
static bool residue(mpz_t out, const Num *a, const mpz_t m, uint32_t *st) {
    if (a->exp <= 0) {
        Num whole;
        num_init(&whole);
        bool ok = num_copy(&whole, a, st);
        if (ok) {
            mpz_t x;
            num_shr10(&whole, -a->exp, st);
            mpz_mod(out, mpz_roinit_n(x, whole.p, whole.n), m);
        }
        num_free(&whole);
        return ok;
    }
    mpz_t x, ten, e;
    mpz_inits(ten, e, NULL);
    mpz_set_ui(ten, 10);
    mpz_set_si(e, a->exp);
    mpz_powm(ten, ten, e, m);
    mpz_mul(out, mpz_roinit_n(x, a->p, a->n), ten);
    mpz_mod(out, out, m);
    mpz_clears(ten, e, NULL);
    return true;
}

void num_powmod(Num *r, const Num *base, const Num *exp, const Num *mod, const Ctx *c, uint32_t *st) {
    if ((base->flags | exp->flags | mod->flags) & NUM_SPECIAL) {
        if (num_is_nan(base) || num_is_nan(exp) || num_is_nan(mod)) { /* the first signalling one, else the first */
            const Num *const all[] = {base, exp, mod};
            const Num *choice = NULL;
            for (int i = 0; i < 3 && choice == NULL; i++)
                if (all[i]->flags & NUM_SNAN) choice = all[i];
            for (int i = 0; i < 3 && choice == NULL; i++)
                if (num_is_nan(all[i])) choice = all[i];
            num_nans(r, choice, NULL, c, st);
        } else {
            num_error(r, ST_INVALID, st);
        }
        return;
    }
    if (!num_is_integer(base) || !num_is_integer(exp) || !num_is_integer(mod) || mod->n == 0 || mod->digits + mod->exp > c->prec ||
        (num_sign(exp) && exp->n) || (base->n == 0 && exp->n == 0)) {
        num_error(r, ST_INVALID, st);
        return;
    }
    unsigned sign = num_sign(base) && num_is_odd(exp) ? NUM_NEG : 0;
    mpz_t m, x, e;
    mpz_inits(m, x, e, NULL);
    if (exp->exp > 1 << 24 || !to_fixed(m, mod, 0, 0, st) || !to_fixed(e, exp, 0, 0, st) || !residue(x, base, m, st)) {
        num_error(r, ST_MALLOC, st);
    } else {
        mpz_powm(x, x, e, m);
        size_t n = mpz_size(x);
        if (num_room(r, n, st)) {
            mpn_copyi(r->p, mpz_limbs_read(x), (mp_size_t)n);
            r->flags = (uint8_t)sign;
            r->exp = 0;
            num_trim(r, n);
        }
    }
    mpz_clears(m, x, e, NULL);
}
