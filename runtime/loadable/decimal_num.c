/* Decimal numbers: room, powers of ten, cutting and rounding, fitting into a context, comparing. See decimal.h. */
#include "runtime/loadable/decimal.h"
#include <math.h>

const Ctx max_ctx = {.prec = MAX_PREC, .emin = MIN_EMIN, .emax = MAX_EMAX, .round = ROUND_HALF_EVEN};
const mp_limb_t ten_powers[20] = {1u, 10u, 100u, 1000u, 10000u, 100000u, 1000000u, 10000000u, 100000000u, 1000000000u, 10000000000u, 100000000000u,
                                  1000000000000u,
                                  10000000000000u, 100000000000000u, 1000000000000000u, 10000000000000000u, 100000000000000000u, 1000000000000000000u,
                                  10000000000000000000u};
#define LIMBS_MAX ((size_t)1 << 31)

/* ---- room ------------------------------------------------------------------------------------------------------------------------------ */

bool num_room_slow(Num *r, size_t limbs, uint32_t *st) {
    size_t cap = limbs + limbs / 8 + 4;
    mp_limb_t *p = limbs < LIMBS_MAX && int_scratch_available((mp_size_t)(4 * cap)) ? mem_alloc(cap * sizeof *p) : NULL;
    num_free(r);
    r->heap = p != NULL;
    r->p = p != NULL ? p : r->small;
    r->cap = p != NULL ? (uint32_t)cap : NUM_SMALL;
    if (p == NULL) num_error(r, ST_MALLOC, st);
    return p != NULL;
}

static void set_special(Num *r, unsigned flags) {
    r->flags = (uint8_t)flags;
    r->exp = 0;
    r->n = 0;
    r->digits = flags & NUM_NAN ? 0 : 1;
}
void num_nan(Num *r, unsigned sign) { set_special(r, sign | NUM_QNAN); }
void num_inf(Num *r, unsigned sign) { set_special(r, sign | NUM_INF); }
void num_error(Num *r, uint32_t condition, uint32_t *st) {
    num_nan(r, 0);
    *st |= condition;
}
void num_small(Num *r, unsigned sign, uint64_t coefficient, int64_t exp) {
    if (r->cap == 0) num_init(r);
    r->flags = (uint8_t)sign;
    r->exp = exp;
    r->p[0] = coefficient;
    r->n = coefficient != 0;
    r->digits = digits_u64(coefficient);
}
bool num_copy(Num *r, const Num *a, uint32_t *st) {
    if (r == a) return true;
    if (!num_room(r, a->n, st)) return false;
    if (a->n) mpn_copyi(r->p, a->p, a->n);
    r->n = a->n;
    r->flags = a->flags;
    r->exp = a->exp;
    r->digits = a->digits;
    return true;
}
void num_move(Num *r, Num *a) {
    num_free(r);
    *r = *a;
    if (a->p == a->small) r->p = r->small;
    num_init(a);
}

/* ---- digits -------------------------------------------------------------------------------------------------------------------------------- */

static u128 load_128(const Num *a) { return a->n == 0 ? 0 : a->n == 1 ? a->p[0] : (u128)a->p[1] << 64 | a->p[0]; }
static void store_128(Num *r, u128 x) {
    r->p[0] = (mp_limb_t)x;
    r->p[1] = (mp_limb_t)(x >> 64);
    r->n = r->p[1] ? 2 : r->p[0] != 0;
}
/* a >= 10^k? a has n limbs. */
static bool at_least_ten_power(const mp_limb_t *a, size_t n, int64_t k) {
    Num temp, shifted;
    uint32_t st = 0;
    mp_size_t fn;
    num_init(&temp);
    num_init(&shifted);
    const mp_limb_t *five = five_power(k, &fn, &temp, &st); /* a >= 10^k just if a >> k >= 5^k */
    size_t skip = (size_t)k / 64;
    unsigned bits = (unsigned)k % 64;
    bool r = false;
    if (five != NULL && skip < n && num_room(&shifted, n - skip, &st)) {
        if (bits) mpn_rshift(shifted.p, a + skip, (mp_size_t)(n - skip), bits);
        else mpn_copyi(shifted.p, a + skip, (mp_size_t)(n - skip));
        size_t left = n - skip;
        if (left && shifted.p[left - 1] == 0) left--;
        r = limbs_compare(shifted.p, left, five, (size_t)fn) >= 0;
    }
    num_free(&temp);
    num_free(&shifted);
    return r;
}

/* ---- tables ------------------------------------------------------------------------------------------------------------------------------------ */

#define TOPS 1024
static mp_limb_t ten_tops[TOPS]; /* the highest 64 bits of 10^k */
typedef struct Divisor { mp_limb_t d, v; unsigned shift; } Divisor;
#define SHORT_CUT 27             /* 5^27 fits a limb */
static Divisor divisors[SHORT_CUT + 1];

/* The reciprocal that division by the normalized d uses: Möller and Granlund, "Improved division by invariant integers", 2011. */
static mp_limb_t reciprocal(mp_limb_t d) { return (mp_limb_t)(((u128)~d << 64 | ~(mp_limb_t)0) / d); }

void num_tables_init(void) {
    if (divisors[1].d != 0) return; /* the module is started anew */
    mp_limb_t x[TOPS * 4 / 64 + 2] = {1};
    mp_size_t n = 1;
    for (int k = 0; k < TOPS; k++) {
        int zeros = __builtin_clzll(x[n - 1]);
        ten_tops[k] = x[n - 1] << zeros | (zeros && n > 1 ? x[n - 2] >> (64 - zeros) : 0);
        mp_limb_t carry = mpn_mul_1(x, x, n, 10);
        if (carry) x[n++] = carry;
    }
    mp_limb_t five = 1;
    for (unsigned k = 1; k <= SHORT_CUT; k++) {
        five *= 5;
        mp_limb_t d = k < 20 ? ten_powers[k] : five;
        unsigned shift = (unsigned)__builtin_clzll(d);
        divisors[k] = (Divisor){d << shift, reciprocal(d << shift), shift};
    }
}

int64_t digits_of_limbs(const mp_limb_t *p, size_t n) {
    mp_limb_t top = p[n - 1];
    int zeros = __builtin_clzll(top);
    if (zeros) top = top << zeros | p[n - 2] >> (64 - zeros);
    uint64_t bits = (uint64_t)n * 64 - (unsigned)zeros, guess = bits * UINT64_C(0x4D104D42) >> 32; /* floor(bits · log10 2): so many digits, or one more */
    if (likely(guess < TOPS)) {
        uint64_t lower = (bits - 1) * UINT64_C(0x4D104D42) >> 32;
        if (lower == guess) return (int64_t)guess + 1; /* 10^guess has more bits */
        if (top != ten_tops[guess]) return (int64_t)guess + (top > ten_tops[guess]);
        return (int64_t)guess + at_least_ten_power(p, n, (int64_t)guess);
    }
    long double log = log10l((long double)top) + ((long double)n * 64 - zeros - 64) * 0.301029995663981195213738894724493026768L;
    int64_t floor = (int64_t)log;
    long double part = log - (long double)floor;
    if (part < 1e-7L) return floor + at_least_ten_power(p, n, floor);
    if (part > 1 - 1e-7L) return floor + 1 + at_least_ten_power(p, n, floor + 1);
    return floor + 1;
}
void num_trim(Num *r, size_t n) {
    while (n > 0 && r->p[n - 1] == 0) n--;
    r->n = (uint32_t)n;
    num_count(r);
}

/* ---- powers of five ---------------------------------------------------------------------------------------------------------------------------- */

#define CACHED_POWERS 2048
typedef struct Power { mp_size_t n; mp_limb_t limb[]; } Power;
static _Atomic(Power *) x_powers[CACHED_POWERS]; /* made once, never freed */
static size_t five_limbs(int64_t k) { return (size_t)((double)k * 2.32192809488736235 / 64) + 2; }

/* 5^k by squaring, between two buffers of five_limbs(k) limbs each; the result is in *out, one of them. */
static mp_size_t five_raise(int64_t k, mp_limb_t *a, mp_limb_t *b, mp_limb_t **out) {
    mp_size_t n = 1;
    a[0] = 1;
    for (int bit = 63 - __builtin_clzll((uint64_t)k | 1); bit >= 0; bit--) {
        if (n > 1 || a[0] > 1) {
            mpn_sqr(b, a, n);
            n *= 2;
            n -= b[n - 1] == 0;
            mp_limb_t *swap = a;
            a = b;
            b = swap;
        }
        if (k >> bit & 1) {
            mp_limb_t carry = mpn_mul_1(a, a, n, 5);
            if (carry) a[n++] = carry;
        }
    }
    *out = a;
    return n;
}

const mp_limb_t *five_power(int64_t k, mp_size_t *n, Num *temp, uint32_t *st) {
    Power *p = k < CACHED_POWERS ? load_acquire(&x_powers[k]) : NULL;
    if (likely(p != NULL)) {
        *n = p->n;
        return p->limb;
    }
    if (k > INT64_C(1) << 36) {
        num_error(temp, ST_MALLOC, st);
        return NULL;
    }
    size_t limbs = five_limbs(k) + 2;
    if (!num_room(temp, 2 * limbs, st)) return NULL;
    mp_limb_t *result;
    *n = five_raise(k, temp->p, temp->p + limbs, &result);
    if (k < CACHED_POWERS && (p = mem_alloc(sizeof *p + (size_t)*n * sizeof(mp_limb_t))) != NULL) {
        p->n = *n;
        mpn_copyi(p->limb, result, *n);
        Power *expected = NULL;
        if (!cas_acq_rel(&x_powers[k], &expected, p)) mem_free(p); /* another thread was faster */
    }
    return result;
}

/* ---- shifting by powers of ten ----------------------------------------------------------------------------------------------------------------- */

bool num_shl10(Num *r, const Num *a, int64_t k, uint32_t *st) {
    if (a->n == 0 || k == 0) return num_copy(r, a, st);
    if (k < 20 || (k <= 57 && a->n <= NUM_SMALL)) { /* by up to three limbs */
        Num out;
        Num *to = r;
        if (r == a && r->cap < a->n + 3u) {
            to = &out;
            num_init(to);
        }
        int64_t digits = a->digits + k;
        size_t n = a->n;
        if (!num_room(to, n + 3u, st)) {
            if (to != r) num_move(r, to);
            return false;
        }
        const mp_limb_t *from = a->p;
        for (; k > 0; k -= 19) {
            mp_limb_t carry = mpn_mul_1(to->p, from, (mp_size_t)n, ten_powers[k < 19 ? k : 19]);
            if (carry) to->p[n++] = carry;
            from = to->p;
        }
        to->flags = a->flags;
        to->exp = a->exp;
        to->n = (uint32_t)n;
        to->digits = digits;
        if (to != r) num_move(r, to);
        return true;
    }
    Num temp, out;
    num_init(&temp);
    num_init(&out);
    mp_size_t fn;
    const mp_limb_t *five = five_power(k, &fn, &temp, st);
    size_t skip = (size_t)k / 64, n = a->n + (size_t)fn;
    unsigned bits = (unsigned)k % 64;
    bool ok = five != NULL && num_room(&out, n + skip + 1, st);
    if (ok) {
        mp_limb_t *to = out.p + skip;
        if (a->n >= (size_t)fn) mpn_mul(to, a->p, a->n, five, fn);
        else mpn_mul(to, five, fn, a->p, a->n);
        mpn_zero(out.p, (mp_size_t)skip);
        to[n] = bits ? mpn_lshift(to, to, (mp_size_t)n, bits) : 0;
        n += skip + 1;
        while (out.p[n - 1] == 0) n--;
        out.n = (uint32_t)n;
        out.flags = a->flags;
        out.exp = a->exp;
        out.digits = a->digits + k;
    } else {
        num_nan(&out, 0);
        *st |= ST_MALLOC;
    }
    num_move(r, &out);
    num_free(&temp);
    return ok;
}

/* Divides the n limbs at p, followed by s further bits of `low`, by the normalized divisor; p gets the quotient. */
static inline mp_limb_t divide_normalized(mp_limb_t *p, size_t n, const Divisor *d, unsigned s) {
    mp_limb_t rest = s ? p[n - 1] >> (64 - s) : 0;
    for (size_t i = n; i-- > 0;) {
        mp_limb_t next = s ? p[i] << s | (i ? p[i - 1] >> (64 - s) : 0) : p[i];
        u128 q = (u128)d->v * rest + ((u128)(rest + 1) << 64 | next);
        mp_limb_t q1 = (mp_limb_t)(q >> 64), r = next - q1 * d->d;
        if (r > (mp_limb_t)q) {
            q1--;
            r += d->d;
        }
        if (unlikely(r >= d->d)) {
            q1++;
            r -= d->d;
        }
        p[i] = q1;
        rest = r;
    }
    return rest;
}

static Rest rest_kind(mp_limb_t rest, mp_limb_t low, mp_limb_t half) { /* low: bits behind rest */
    if (rest == 0 && low == 0) return REST_ZERO;
    if (rest != half) return rest < half ? REST_LOW : REST_HIGH;
    return low == 0 ? REST_HALF : REST_HIGH;
}

/* Divides by 10^k in place, 0 < k <= SHORT_CUT; digits are the caller's. */
static Rest cut_short(Num *r, int64_t k) {
    const Divisor *d = &divisors[k];
    mp_limb_t rest, low = 0;
    if (k < 20) { /* the divisor is 10^k, normalized by shifting both sides left */
        rest = divide_normalized(r->p, r->n, d, d->shift);
    } else { /* it is 5^k · 2^shift: the number is shifted right by what is missing to 10^k */
        unsigned right = (unsigned)k - d->shift;
        low = mpn_rshift(r->p, r->p, r->n, right);
        rest = divide_normalized(r->p, r->n, d, 0);
    }
    while (r->n && r->p[r->n - 1] == 0) r->n--;
    return rest_kind(rest, low, d->d / 2);
}

/* Is the low part of a, `bits` bits, zero? */
static bool low_bits_zero(const mp_limb_t *a, int64_t bits) {
    for (int64_t i = 0; i < bits / 64; i++)
        if (a[i]) return false;
    return bits % 64 == 0 || (a[bits / 64] << (64 - bits % 64)) == 0;
}

/* The rest of dividing by 10^k = 5^k · 2^k: rest5 of the division of a >> k by 5^k, and the k low bits of a. */
static Rest rest_of(const mp_limb_t *rest5, size_t rn, const mp_limb_t *five, size_t fn, const mp_limb_t *a, int64_t k, mp_limb_t *twice) {
    while (rn && rest5[rn - 1] == 0) rn--;
    bool low_zero = low_bits_zero(a, k);
    if (rn == 0 && low_zero) return REST_ZERO;
    size_t tn = rn;
    if (rn) {
        mp_limb_t carry = mpn_lshift(twice, rest5, (mp_size_t)rn, 1);
        if (carry) twice[tn++] = carry;
    } else {
        twice[0] = 0;
        tn = 1;
    }
    twice[0] |= 1; /* 2 · rest5 + 1, to compare with 5^k, which is odd */
    int order = limbs_compare(twice, tn, five, fn);
    if (order != 0) return order < 0 ? REST_LOW : REST_HIGH;
    int64_t half = k - 1; /* then the low bits decide: against 2^(k-1) */
    if (!(a[half / 64] >> (half % 64) & 1)) return REST_LOW;
    return low_bits_zero(a, half) ? REST_HALF : REST_HIGH;
}

static Rest shr10_general(Num *r, int64_t k, uint32_t *st) {
    Num temp, work;
    num_init(&temp);
    num_init(&work);
    mp_size_t fn;
    Rest rest = REST_LOW;
    const mp_limb_t *five = five_power(k, &fn, &temp, st);
    size_t skip = (size_t)k / 64, n = r->n;
    unsigned bits = (unsigned)k % 64;
    if (five == NULL) goto no_memory;
    size_t left = skip < n ? n - skip : 0;
    /* shifted (left), quotient (left - fn + 1), rest (fn), twice the rest (fn + 1) */
    if (!num_room(&work, 2 * left + 2 * (size_t)fn + 4, st)) goto no_memory;
    mp_limb_t *shifted = work.p, *quotient = shifted + left + 1, *rest5 = quotient + left + 1, *twice = rest5 + fn;
    if (left) {
        if (bits) mpn_rshift(shifted, r->p + skip, (mp_size_t)left, bits);
        else mpn_copyi(shifted, r->p + skip, (mp_size_t)left);
        while (left && shifted[left - 1] == 0) left--;
    }
    size_t qn = 0, rn;
    if (left >= (size_t)fn) {
        if (fn == 1) rest5[0] = mpn_divrem_1(quotient, 0, shifted, (mp_size_t)left, five[0]);
        else mpn_tdiv_qr(quotient, rest5, 0, shifted, (mp_size_t)left, five, fn);
        qn = left - (size_t)fn + 1;
        rn = (size_t)fn;
    } else {
        rn = left;
        mpn_copyi(rest5, shifted, (mp_size_t)left);
    }
    if ((size_t)(k + 63) / 64 > n) { /* the number is shorter than k bits: look at it as if it had zeros in front */
        rest = n == 0 ? REST_ZERO : REST_LOW;
    } else {
        rest = rest_of(rest5, rn, five, (size_t)fn, r->p, k, twice);
    }
    while (qn && quotient[qn - 1] == 0) qn--;
    mpn_copyi(r->p, quotient, (mp_size_t)qn);
    int64_t digits = r->digits - k;
    r->n = (uint32_t)qn;
    r->digits = digits > 0 ? digits : 1;
    goto done;
no_memory:
    num_error(r, ST_MALLOC, st);
done:
    num_free(&temp);
    num_free(&work);
    return rest;
}

Rest num_shr10(Num *r, int64_t k, uint32_t *st) {
    if (k <= 0 || r->n == 0) return REST_ZERO;
    if (k > r->digits) {
        r->n = 0;
        r->digits = 1;
        return REST_LOW;
    }
    if (k <= 2 * SHORT_CUT && (k <= SHORT_CUT || r->n <= NUM_SMALL)) {
        int64_t digits = r->digits - k;
        r->digits = digits > 0 ? digits : 1;
        if (k <= SHORT_CUT) return cut_short(r, k);
        Rest lower = cut_short(r, SHORT_CUT);
        if (r->n == 0) return lower == REST_ZERO ? REST_ZERO : REST_LOW;
        Rest upper = cut_short(r, k - SHORT_CUT);
        if (lower == REST_ZERO) return upper;
        return upper == REST_ZERO ? REST_LOW : upper == REST_HALF ? REST_HIGH : upper;
    }
    return shr10_general(r, k, st);
}

/* ---- rounding ---------------------------------------------------------------------------------------------------------------------------------- */

unsigned num_last_digit(const Num *a) {
    if (a->n <= 1) return a->n ? (unsigned)(a->p[0] % 10) : 0;
    u128 sum = 0; /* 2^64 is 1 modulo 5 */
    for (uint32_t i = 0; i < a->n; i++) sum += a->p[i];
    sum = (u128)(uint64_t)sum + (uint64_t)(sum >> 64);
    unsigned fifth = (unsigned)(((uint64_t)sum % 5 + (uint64_t)(sum >> 64)) % 5), odd = (unsigned)(a->p[0] & 1);
    return (fifth & 1) == odd ? fifth : fifth + 5;
}

bool round_away(Rounding mode, unsigned sign, Rest rest, uint64_t last) {
    if (rest == REST_ZERO) return false;
    switch (mode) {
    case ROUND_UP: return true;
    case ROUND_DOWN: return false;
    case ROUND_CEILING: return !sign;
    case ROUND_FLOOR: return sign != 0;
    case ROUND_HALF_UP: return rest >= REST_HALF;
    case ROUND_HALF_DOWN: return rest > REST_HALF;
    case ROUND_HALF_EVEN: return rest > REST_HALF || (rest == REST_HALF && (last & 1));
    default: return last % 5 == 0; /* ROUND_05UP */
    }
}

static void add_one(Num *r, uint32_t *st) {
    if (r->n == r->cap) { /* only where it is full of ones could it need one more */
        Num bigger;
        num_init(&bigger);
        if (!num_room(&bigger, r->n + 1u, st)) {
            num_free(&bigger);
            num_error(r, ST_MALLOC, st);
            return;
        }
        num_copy(&bigger, r, st);
        num_move(r, &bigger);
    }
    if (r->n == 0) {
        r->p[0] = 1;
        r->n = 1;
    } else if (mpn_add_1(r->p, r->p, r->n, 1)) {
        r->p[r->n++] = 1;
    }
    num_count(r);
}
void num_round_cut(Num *r, Rest rest, Rounding mode, uint32_t *st) {
    if (num_special(r)) return;
    unsigned last = mode == ROUND_HALF_EVEN ? (r->n ? (unsigned)(r->p[0] & 1) : 0) : mode == ROUND_05UP ? num_last_digit(r) : 0;
    if (round_away(mode, num_sign(r), rest, last)) add_one(r, st);
}

int64_t num_strip_zeros(Num *r, int64_t most, uint32_t *st) {
    if (r->n == 0 || most <= 0) return 0;
    int64_t twos = (int64_t)mpn_scan1(r->p, 0), stripped = 0; /* each factor of ten brings one of two */
    if (most > twos) most = twos;
    if (most > r->digits - 1) most = r->digits - 1;
    if (most <= 0) return 0;
    for (int64_t step = INT64_C(1) << (63 - __builtin_clzll((uint64_t)most)); step > 0; step >>= 1) {
        if (stripped + step > most) continue;
        Num trial;
        num_init(&trial);
        if (!num_copy(&trial, r, st)) {
            num_free(&trial);
            return stripped;
        }
        if (num_shr10(&trial, step, st) == REST_ZERO && !num_special(&trial)) {
            num_move(r, &trial);
            r->exp += step;
            stripped += step;
        }
        num_free(&trial);
    }
    return stripped;
}

/* ---- fitting into a context -------------------------------------------------------------------------------------------------------------------- */

void num_max_coefficient(Num *r, const Ctx *c, uint32_t *st) {
    unsigned sign = num_sign(r);
    num_small(r, 0, 1, 0);
    if (!num_shl10(r, r, c->prec, st)) return;
    mpn_sub_1(r->p, r->p, r->n, 1);
    num_trim(r, r->n);
    r->flags = (uint8_t)sign;
}

static void overflow(Num *r, const Ctx *c, uint32_t *st) {
    unsigned sign = num_sign(r);
    bool finite = c->round == ROUND_DOWN || c->round == ROUND_05UP || (c->round == ROUND_CEILING && sign) || (c->round == ROUND_FLOOR && !sign);
    if (finite) {
        num_max_coefficient(r, c, st);
        r->exp = ctx_etop(c);
    } else {
        num_inf(r, sign);
    }
    *st |= ST_OVERFLOW | ST_INEXACT | ST_ROUNDED;
}

static void set_zero(Num *r, int64_t exp, uint32_t *st) {
    r->n = 0;
    r->digits = 1;
    r->exp = exp;
    *st |= ST_CLAMPED;
}

/* The exponent: overflow, fold-down, subnormal numbers. */
static void fit_exponent(Num *r, const Ctx *c, uint32_t *st) {
    int64_t adjusted = num_adjusted(r), etiny = ctx_etiny(c), etop = ctx_etop(c);
    if (adjusted > c->emax) {
        if (r->n == 0) set_zero(r, c->clamp ? etop : c->emax, st);
        else overflow(r, c, st);
    } else if (c->clamp && r->exp > etop) {
        if (r->n == 0) {
            set_zero(r, etop, st);
            return;
        }
        if (!num_shl10(r, r, r->exp - etop, st)) return;
        r->exp = etop;
        *st |= ST_CLAMPED;
        if (adjusted < c->emin) *st |= ST_SUBNORMAL;
    } else if (adjusted < c->emin) {
        if (r->n == 0) {
            if (r->exp < etiny) set_zero(r, etiny, st);
            return;
        }
        *st |= ST_SUBNORMAL;
        if (r->exp >= etiny) return;
        Rest rest = num_shr10(r, etiny - r->exp, st);
        r->exp = etiny;
        num_round_cut(r, rest, c->round, st);
        *st |= ST_ROUNDED;
        if (rest == REST_ZERO) return;
        *st |= ST_INEXACT | ST_UNDERFLOW;
        if (r->n == 0) *st |= ST_CLAMPED;
    }
}

void num_keep_last(Num *r, int64_t digits, uint32_t *st) {
    if (r->digits <= digits) return;
    Num unit, quotient, rest;
    num_init(&unit);
    num_init(&quotient);
    num_init(&rest);
    num_small(&unit, 0, 1, 0);
    if (num_shl10(&unit, &unit, digits, st) && num_room(&quotient, r->n, st) && num_room(&rest, unit.n, st)) {
        if (r->n >= unit.n) {
            mpn_tdiv_qr(quotient.p, rest.p, 0, r->p, r->n, unit.p, unit.n);
            mpn_copyi(r->p, rest.p, unit.n);
            num_trim(r, unit.n);
        }
    } else {
        num_nan(r, 0);
    }
    num_free(&unit);
    num_free(&quotient);
    num_free(&rest);
}

void num_fix_nan(Num *r, const Ctx *c, uint32_t *st) {
    if (r->n == 0) return;
    num_keep_last(r, c->prec - c->clamp, st);
    if (r->n == 0) r->digits = 0;
}

void num_finalize_slow(Num *r, const Ctx *c, uint32_t *st) {
    if (num_special(r)) {
        if (num_is_nan(r)) num_fix_nan(r, c, st);
        return;
    }
    fit_exponent(r, c, st);
    if (num_special(r) || r->digits <= c->prec) return;
    int64_t cut = r->digits - c->prec;
    Rest rest = num_shr10(r, cut, st);
    if (num_special(r)) return;
    r->exp += cut;
    num_round_cut(r, rest, c->round, st);
    if (r->digits > c->prec) { /* 99…9 became 100…0 */
        num_shr10(r, 1, st);
        r->exp++;
        fit_exponent(r, c, st);
    }
    *st |= ST_ROUNDED;
    if (rest != REST_ZERO) *st |= ST_INEXACT;
}

/* ---- comparing --------------------------------------------------------------------------------------------------------------------------------- */

int limbs_compare(const mp_limb_t *a, size_t an, const mp_limb_t *b, size_t bn) {
    if (an != bn) return an < bn ? -1 : 1;
    return an == 0 ? 0 : mpn_cmp(a, b, (mp_size_t)an);
}
static int order_of(int c) { return c < 0 ? -1 : c > 0; }

int num_compare_abs(const Num *a, const Num *b, uint32_t *st) {
    if (a->n == 0 || b->n == 0) return (a->n != 0) - (b->n != 0);
    if (likely(a->exp == b->exp)) return order_of(limbs_compare(a->p, a->n, b->p, b->n));
    int64_t x = num_adjusted(a), y = num_adjusted(b);
    if (x != y) return x < y ? -1 : 1;
    Num aligned;
    num_init(&aligned);
    int order = 0;
    if (a->exp > b->exp) {
        if (num_shl10(&aligned, a, a->exp - b->exp, st)) order = limbs_compare(aligned.p, aligned.n, b->p, b->n);
    } else if (num_shl10(&aligned, b, b->exp - a->exp, st)) {
        order = limbs_compare(a->p, a->n, aligned.p, aligned.n);
    }
    num_free(&aligned);
    return order_of(order);
}

int num_compare(const Num *a, const Num *b, uint32_t *st) {
    if (unlikely((a->flags | b->flags) & NUM_INF)) {
        int x = num_is_inf(a) ? (num_sign(a) ? -1 : 1) : 0, y = num_is_inf(b) ? (num_sign(b) ? -1 : 1) : 0;
        return x < y ? -1 : x > y;
    }
    if (a->n == 0 && b->n == 0) return 0;
    if (a->n == 0) return num_sign(b) ? 1 : -1;
    if (b->n == 0) return num_sign(a) ? -1 : 1;
    if (num_sign(a) != num_sign(b)) return num_sign(a) ? -1 : 1;
    int order = num_compare_abs(a, b, st);
    return num_sign(a) ? -order : order;
}

bool num_nans(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    unsigned both = a->flags | (b ? b->flags : 0u);
    if (likely(!(both & NUM_NAN))) return false;
    const Num *choice = a;
    if (both & NUM_SNAN) {
        *st |= ST_INVALID;
        if (!(a->flags & NUM_SNAN)) choice = b;
    } else if (!num_is_nan(a)) {
        choice = b;
    }
    if (!num_copy(r, choice, st)) return true;
    r->flags = (uint8_t)(num_sign(choice) | NUM_QNAN);
    num_fix_nan(r, c, st);
    return true;
}

/* ---- integers and digits ----------------------------------------------------------------------------------------------------------------------- */

bool num_is_integer(const Num *a) {
    if (num_special(a)) return false;
    if (a->exp >= 0 || a->n == 0) return true;
    if (-a->exp >= a->digits || (int64_t)mpn_scan1(a->p, 0) < -a->exp) return false;
    Num copy;
    uint32_t st = 0;
    num_init(&copy);
    bool r = num_copy(&copy, a, &st) && num_shr10(&copy, -a->exp, &st) == REST_ZERO && st == 0;
    num_free(&copy);
    return r;
}
bool num_is_odd(const Num *a) {
    if (!num_is_integer(a) || a->n == 0 || a->exp > 0) return false;
    if (a->exp == 0) return a->p[0] & 1;
    return (int64_t)mpn_scan1(a->p, 0) == -a->exp; /* an integer: 10^-exp divides it, so just as many twos */
}
bool num_get_u64(const Num *a, uint64_t *out) {
    if (!num_is_integer(a)) return false;
    *out = 0;
    if (a->n == 0) return true;
    if (num_adjusted(a) > 18) return false;
    Num copy;
    uint32_t st = 0;
    num_init(&copy);
    bool ok = a->exp >= 0 ? num_shl10(&copy, a, a->exp, &st) : num_copy(&copy, a, &st) && num_shr10(&copy, -a->exp, &st) == REST_ZERO;
    if (ok && st == 0 && copy.n <= 1) *out = copy.n ? copy.p[0] : 0;
    else ok = false;
    num_free(&copy);
    return ok && *out >> 63 == 0;
}

bool num_set_digits(Num *r, const char *s, size_t n, uint32_t *st) {
    while (n > 0 && *s == '0') s++, n--;
    if (n <= 19) {
        uint64_t x = 0;
        for (size_t i = 0; i < n; i++) x = x * 10 + (uint64_t)(s[i] - '0');
        r->p[0] = x;
        r->n = x != 0;
        r->digits = n ? (int64_t)n : 1;
        return true;
    }
    if (n <= 38) {
        u128 x = 0;
        for (size_t i = 0; i < n; i++) x = x * 10 + (unsigned)(s[i] - '0');
        store_128(r, x);
        r->digits = (int64_t)n;
        return true;
    }
    unsigned char *raw = mem_alloc(n);
    uint8_t flags = r->flags;
    int64_t exp = r->exp;
    bool ok = raw != NULL && num_room(r, n / 19 + 2, st);
    if (ok) {
        for (size_t i = 0; i < n; i++) raw[i] = (unsigned char)(s[i] - '0');
        r->n = (uint32_t)mpn_set_str(r->p, raw, n, 10);
        r->digits = (int64_t)n;
        r->flags = flags;
        r->exp = exp;
    } else {
        num_error(r, ST_MALLOC, st);
    }
    mem_free(raw);
    return ok;
}

char *num_get_digits(const Num *a, char *small, size_t room, uint32_t *st) {
    size_t n = a->n ? (size_t)a->digits : 1, need = a->n > 2 ? a->n * (size_t)20 + 4 : n + 1; /* mpn_get_str wants room for any number of so many limbs */
    char *text = need <= room ? small : mem_alloc(need);
    if (text == NULL) {
        *st |= ST_MALLOC;
        return NULL;
    }
    text[n] = 0;
    if (a->n <= 1) {
        uint64_t x = a->n ? a->p[0] : 0;
        for (size_t i = n; i-- > 0; x /= 10) text[i] = (char)('0' + x % 10);
        return text;
    }
    if (a->n == 2) {
        u128 x = load_128(a);
        uint64_t low = (uint64_t)(x % ten_powers[19]);
        u128 high = x / ten_powers[19];
        size_t i = n;
        for (size_t k = 0; k < 19 && i > 0; k++, low /= 10) text[--i] = (char)('0' + low % 10);
        for (; i > 0; high /= 10) text[--i] = (char)('0' + (unsigned)(high % 10));
        return text;
    }
    mp_limb_t *copy = int_scratch_available((mp_size_t)a->n * 4) ? mem_alloc(a->n * sizeof *copy) : NULL;
    if (copy == NULL) {
        if (text != small) mem_free(text);
        *st |= ST_MALLOC;
        return NULL;
    }
    mpn_copyi(copy, a->p, a->n);
    size_t got = mpn_get_str((unsigned char *)text, 10, copy, a->n); /* may have zeros in front */
    if (got > n) memmove(text, text + (got - n), n);
    for (size_t i = 0; i < n; i++) text[i] = (char)(text[i] + '0');
    text[n] = 0;
    mem_free(copy);
    return text;
}
