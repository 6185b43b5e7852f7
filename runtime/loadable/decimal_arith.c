/* Decimal arithmetic: sums, products, quotients, remainders, roots, quantizing. See decimal.h. */
#include "runtime/loadable/decimal.h"

/* Above this precision an operation whose exact result may be short is tried for that first: filling the precision could take all memory. */
#define HUGE_PREC 1000000

/* ---- sums ---------------------------------------------------------------------------------------------------------------------------------- */

static void add_infinite(Num *r, const Num *a, const Num *b, unsigned bsign, uint32_t *st) {
    if (num_is_inf(a) && num_is_inf(b) && num_sign(a) != bsign) num_error(r, ST_INVALID, st);
    else num_inf(r, num_is_inf(a) ? num_sign(a) : bsign);
}

/* r = |a| ± |b| with the sign of the bigger one, both with a's exponent. zero_sign: of a difference of equals. False: no memory. */
static bool add_aligned(Num *r, const Num *a, unsigned asign, const Num *b, unsigned bsign, unsigned zero_sign, uint32_t *st) {
    if (asign == bsign) {
        if (a->n < b->n) {
            const Num *swap = a;
            a = b;
            b = swap;
        }
        if (!num_room(r, a->n + 1u, st)) return false;
        size_t n = a->n;
        if (n) {
            mp_limb_t carry = n == 1 && b->n == 1 ? (mp_limb_t)__builtin_add_overflow(a->p[0], b->p[0], &r->p[0])
                              : b->n ? mpn_add(r->p, a->p, a->n, b->p, b->n) : (mpn_copyi(r->p, a->p, a->n), 0);
            r->p[n] = carry;
            n += carry != 0;
        }
        r->n = (uint32_t)n;
        r->flags = (uint8_t)asign;
        num_count(r);
        return true;
    }
    int order = limbs_compare(a->p, a->n, b->p, b->n);
    if (order == 0) {
        r->n = 0;
        r->digits = 1;
        r->flags = (uint8_t)zero_sign;
        return true;
    }
    const Num *big = order > 0 ? a : b, *little = order > 0 ? b : a;
    if (!num_room(r, big->n, st)) return false;
    if (little->n) mpn_sub(r->p, big->p, big->n, little->p, little->n);
    else mpn_copyi(r->p, big->p, big->n);
    r->flags = (uint8_t)(order > 0 ? asign : bsign);
    num_trim(r, big->n);
    return true;
}

/* If *little reaches far below what the sum of big and it can keep: puts what counts of it in cut, which *little then is. The sum is inexact then and longer
 * than the precision by two digits at least, and a last digit that is neither 0 nor 5 stands for what was cut off. */
static bool cut_little(Num *cut, const Num *big, const Num **little, int64_t prec, uint32_t *st) {
    int64_t exp = big->exp - (big->digits > prec + 2 ? 1 : prec + 3 - big->digits), off = exp - (*little)->exp;
    if (off < 20 || num_adjusted(*little) + 2 >= num_adjusted(big) || num_adjusted(*little) < exp || (*little)->n == 0) return false;
    if (!num_copy(cut, *little, st)) return false;
    Rest rest = num_shr10(cut, off, st);
    if (num_special(cut)) return false;
    cut->exp = exp;
    if (rest == REST_ZERO) return *little = cut, true;
    if (num_last_digit(cut) % 5 == 0) num_round_cut(cut, REST_HIGH, ROUND_UP, st);
    *little = cut;
    return true;
}

static void add_signed(Num *r, const Num *a, const Num *b, unsigned bsign, const Ctx *c, uint32_t *st) {
    unsigned asign = num_sign(a), zero_sign = c->round == ROUND_FLOOR ? NUM_NEG : 0;
    if (likely(a->exp == b->exp)) {
        if (!add_aligned(r, a, asign, b, bsign, zero_sign, st)) return;
        r->exp = a->exp;
        num_finalize(r, c, st);
        return;
    }
    bool swapped = a->exp < b->exp;
    const Num *big = swapped ? b : a, *little = swapped ? a : b;
    Num aligned, tiny;
    num_init(&aligned);
    num_init(&tiny);
    if (big->n && !cut_little(&tiny, big, &little, c->prec, st)) {
        /* below this exponent a digit can't show but in the rounding */
        int64_t least = big->exp - 1 + (big->digits > c->prec ? 0 : big->digits - c->prec - 1);
        if (num_adjusted(little) < least) {
            num_small(&tiny, num_sign(little), little->n != 0, least);
            little = &tiny;
        }
    }
    if (big->n) {
        if (!num_shl10(&aligned, big, big->exp - little->exp, st)) {
            num_move(r, &aligned);
            num_free(&tiny);
            return;
        }
        big = &aligned;
    }
    if (add_aligned(r, big, swapped ? bsign : asign, little, swapped ? asign : bsign, zero_sign, st)) {
        r->exp = little->exp;
        num_finalize(r, c, st);
    }
    num_free(&aligned);
    num_free(&tiny);
}

void num_add(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (unlikely((a->flags | b->flags) & NUM_SPECIAL)) {
        if (!num_nans(r, a, b, c, st)) add_infinite(r, a, b, num_sign(b), st);
        return;
    }
    add_signed(r, a, b, num_sign(b), c, st);
}
void num_sub(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (unlikely((a->flags | b->flags) & NUM_SPECIAL)) {
        if (!num_nans(r, a, b, c, st)) add_infinite(r, a, b, num_sign(b) ^ NUM_NEG, st);
        return;
    }
    add_signed(r, a, b, num_sign(b) ^ NUM_NEG, c, st);
}

static void copy_with_sign(Num *r, const Num *a, unsigned sign, const Ctx *c, uint32_t *st) {
    if (num_special(a) && num_nans(r, a, NULL, c, st)) return;
    if (!num_copy(r, a, st)) return;
    r->flags = (uint8_t)((a->flags & ~NUM_NEG) | sign);
    num_finalize(r, c, st);
}
/* -0 and +0 become +0, but when rounding down */
void num_plus(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    copy_with_sign(r, a, num_is_zero(a) && c->round != ROUND_FLOOR ? 0 : num_sign(a), c, st);
}
void num_minus(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    copy_with_sign(r, a, num_is_zero(a) && c->round != ROUND_FLOOR ? 0 : num_sign(a) ^ NUM_NEG, c, st);
}
void num_abs(Num *r, const Num *a, const Ctx *c, uint32_t *st) { copy_with_sign(r, a, 0, c, st); }

/* ---- products --------------------------------------------------------------------------------------------------------------------------------- */

void num_mul_exact(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    unsigned sign = (a->flags ^ b->flags) & NUM_NEG;
    if (unlikely((a->flags | b->flags) & NUM_SPECIAL)) {
        if (num_nans(r, a, b, c, st)) return;
        if (num_is_zero(a) || num_is_zero(b)) num_error(r, ST_INVALID, st);
        else num_inf(r, sign);
        return;
    }
    if (a->n < b->n) {
        const Num *swap = a;
        a = b;
        b = swap;
    }
    if (!num_room(r, a->n + b->n + 0u, st)) return;
    if (a->n == 1 && b->n == 1) {
        u128 product = (u128)a->p[0] * b->p[0];
        r->p[0] = (mp_limb_t)product;
        r->p[1] = (mp_limb_t)(product >> 64);
    } else if (b->n) {
        if (a == b || (a->p == b->p && a->n == b->n)) mpn_sqr(r->p, a->p, a->n);
        else mpn_mul(r->p, a->p, a->n, b->p, b->n);
    }
    r->exp = a->exp + b->exp;
    r->flags = (uint8_t)sign;
    num_trim(r, b->n ? a->n + b->n : 0);
}
void num_mul(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    num_mul_exact(r, a, b, c, st);
    num_finalize(r, c, st);
}
void num_fma(Num *r, const Num *a, const Num *b, const Num *third, const Ctx *c, uint32_t *st) {
    Num product;
    num_init(&product);
    uint32_t invalid = 0;
    num_mul_exact(&product, a, b, c, &invalid);
    *st |= invalid;
    if (invalid) num_move(r, &product); /* that goes before what the third is */
    else num_add(r, &product, third, c, st);
    num_free(&product);
}

/* ---- quotients --------------------------------------------------------------------------------------------------------------------------------- */

/* Coefficients: q = a / b, rest = a % b; b isn't zero. Signs and exponents are the caller's. */
static bool divide_limbs(Num *q, Num *rest, const Num *a, const Num *b, uint32_t *st) {
    if (a->n < b->n) {
        if (!num_copy(rest, a, st)) return false;
        q->n = 0;
        q->digits = 1;
        return true;
    }
    if (!num_room(q, a->n - b->n + 1u, st) || !num_room(rest, b->n, st)) return false;
    if (a->n == 1) {
        mp_limb_t x = a->p[0], y = b->p[0];
        q->p[0] = x / y;
        rest->p[0] = x - q->p[0] * y;
    } else if (b->n == 1) {
        rest->p[0] = mpn_divrem_1(q->p, 0, a->p, a->n, b->p[0]);
    } else {
        mpn_tdiv_qr(q->p, rest->p, 0, a->p, a->n, b->p, b->n);
    }
    num_trim(q, a->n - b->n + 1u);
    num_trim(rest, b->n);
    return true;
}

/* a / b to prec digits and a bit, both finite and not zero. True if that is exact. */
static bool divide_digits(Num *r, const Num *a, const Num *b, int64_t prec, uint32_t *st) {
    int64_t shift = b->digits - a->digits + prec + 1, exp = a->exp - b->exp - shift;
    Num aligned, rest;
    num_init(&aligned);
    num_init(&rest);
    bool exact = false;
    bool ok = num_shl10(&aligned, shift > 0 ? a : b, shift > 0 ? shift : -shift, st);
    if (!ok) {
        num_move(r, &aligned);
    } else if (!(shift > 0 ? divide_limbs(r, &rest, &aligned, b, st) : divide_limbs(r, &rest, a, &aligned, st))) {
        num_error(r, ST_MALLOC, st);
    } else {
        r->flags = (a->flags ^ b->flags) & NUM_NEG;
        r->exp = exp;
        exact = rest.n == 0;
        if (exact) {
            num_strip_zeros(r, shift > 0 ? shift : 0, st);
        } else if (num_last_digit(r) % 5 == 0) { /* a last digit that keeps the rounding from being mistaken for exact or half */
            mpn_add_1(r->p, r->p, r->n, 1);
        }
    }
    num_free(&aligned);
    num_free(&rest);
    return exact;
}

void num_div(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    unsigned sign = (a->flags ^ b->flags) & NUM_NEG;
    if (unlikely((a->flags | b->flags) & NUM_SPECIAL)) {
        if (num_nans(r, a, b, c, st)) return;
        if (num_is_inf(a)) {
            if (num_is_inf(b)) num_error(r, ST_INVALID, st);
            else num_inf(r, sign);
        } else {
            num_small(r, sign, 0, ctx_etiny(c));
            *st |= ST_CLAMPED;
        }
        return;
    }
    if (unlikely(b->n == 0)) {
        if (a->n == 0) num_error(r, ST_DIV_UNDEFINED, st);
        else num_inf(r, sign), *st |= ST_DIV_ZERO;
        return;
    }
    if (a->n == 0) {
        num_small(r, sign, 0, a->exp - b->exp);
    } else if (c->prec <= HUGE_PREC) {
        divide_digits(r, a, b, c->prec, st);
    } else {
        int64_t enough = a->digits + 4 * b->digits; /* an exact quotient has no more digits than that */
        uint32_t tried = 0;
        if (enough >= c->prec || !divide_digits(r, a, b, enough, &tried)) {
            *st |= tried & ST_MALLOC;
            divide_digits(r, a, b, c->prec, st);
        }
    }
    num_finalize(r, c, st);
}

/* Integer quotient (exponent 0, not fitted) and rest of finite numbers, b not zero. False: NaNs, and the condition is set. */
static bool divide_integer(Num *q, Num *rest, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    unsigned sign = (a->flags ^ b->flags) & NUM_NEG;
    int64_t exp = a->exp < b->exp ? a->exp : b->exp;
    if (a->n == 0) {
        num_small(rest, num_sign(a), 0, exp);
        num_small(q, sign, 0, 0);
        return true;
    }
    Num aligned;
    num_init(&aligned);
    bool ok = true;
    if (num_adjusted(a) < num_adjusted(b)) {
        num_small(q, sign, 0, 0);
        ok = num_shl10(rest, a, a->exp - exp, st);
    } else if (num_adjusted(a) - num_adjusted(b) > c->prec) {
        ok = false;
        *st |= ST_DIV_IMPOSSIBLE;
    } else {
        if (a->exp > exp) ok = num_shl10(&aligned, a, a->exp - exp, st) && divide_limbs(q, rest, &aligned, b, st);
        else if (b->exp > exp) ok = num_shl10(&aligned, b, b->exp - exp, st) && divide_limbs(q, rest, a, &aligned, st);
        else ok = divide_limbs(q, rest, a, b, st);
        if (ok && q->digits > c->prec) {
            ok = false;
            *st |= ST_DIV_IMPOSSIBLE;
        }
    }
    num_free(&aligned);
    if (!ok) {
        num_nan(q, 0);
        num_nan(rest, 0);
        return false;
    }
    q->flags = (uint8_t)sign;
    q->exp = 0;
    rest->flags = (uint8_t)num_sign(a);
    rest->exp = exp;
    return true;
}

void num_div_int(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    unsigned sign = (a->flags ^ b->flags) & NUM_NEG;
    if (unlikely((a->flags | b->flags) & NUM_SPECIAL)) {
        if (num_nans(r, a, b, c, st)) return;
        if (num_is_inf(a) && num_is_inf(b)) num_error(r, ST_INVALID, st);
        else if (num_is_inf(a)) num_inf(r, sign);
        else num_small(r, sign, 0, 0);
        return;
    }
    if (b->n == 0) {
        if (a->n == 0) num_error(r, ST_DIV_UNDEFINED, st);
        else num_inf(r, sign), *st |= ST_DIV_ZERO;
        return;
    }
    Num rest;
    num_init(&rest);
    divide_integer(r, &rest, a, b, c, st);
    num_free(&rest);
    num_finalize(r, c, st);
}

/* What remainders have in common: true if r is the result already. */
static bool rem_special(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (unlikely((a->flags | b->flags) & NUM_SPECIAL)) {
        if (num_nans(r, a, b, c, st)) return true;
        if (num_is_inf(a)) num_error(r, ST_INVALID, st);
        else if (num_copy(r, a, st)) num_finalize(r, c, st);
        return true;
    }
    if (b->n != 0) return false;
    num_error(r, a->n == 0 ? ST_DIV_UNDEFINED : ST_INVALID, st);
    return true;
}
void num_rem(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (rem_special(r, a, b, c, st)) return;
    Num q;
    num_init(&q);
    divide_integer(&q, r, a, b, c, st);
    num_free(&q);
    num_finalize(r, c, st);
}

void num_divmod(Num *q, Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    unsigned sign = (a->flags ^ b->flags) & NUM_NEG;
    if (unlikely((a->flags | b->flags) & NUM_SPECIAL)) {
        if (num_nans(q, a, b, c, st)) {
            num_copy(r, q, st);
        } else if (num_is_inf(a)) {
            if (num_is_inf(b)) num_nan(q, 0);
            else num_inf(q, sign);
            num_error(r, ST_INVALID, st);
        } else {
            if (num_copy(r, a, st)) num_finalize(r, c, st);
            num_small(q, sign, 0, 0);
        }
        return;
    }
    if (b->n == 0) {
        num_nan(r, 0);
        if (a->n == 0) num_error(q, ST_DIV_UNDEFINED, st);
        else num_inf(q, sign), *st |= ST_DIV_ZERO | ST_INVALID;
        return;
    }
    divide_integer(q, r, a, b, c, st);
    num_finalize(q, c, st);
    num_finalize(r, c, st);
}

static bool all_nines(const Num *q, uint32_t *st) {
    Num next;
    num_init(&next);
    bool r = num_copy(&next, q, st);
    if (r) {
        num_round_cut(&next, REST_HIGH, ROUND_UP, st);
        r = next.digits > q->digits;
    }
    num_free(&next);
    return r;
}

void num_rem_near(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (rem_special(r, a, b, c, st)) return;
    Num q, twice, divisor, two;
    num_init(&q);
    num_init(&twice);
    num_init(&divisor);
    num_init(&two);
    if (divide_integer(&q, r, a, b, c, st) && r->n != 0) {
        num_small(&two, 0, 2, 0);
        num_mul_exact(&twice, r, &two, c, st);
        int order = num_compare_abs(&twice, b, st);
        if (order > 0 || (order == 0 && q.n && (q.p[0] & 1))) {
            if (q.digits == c->prec && all_nines(&q, st)) {
                num_error(r, ST_DIV_IMPOSSIBLE, st);
            } else if (num_shl10(&divisor, b, b->exp - r->exp, st)) { /* the quotient rounded up: r - b, in magnitude b - r */
                Num rest;
                num_init(&rest);
                int64_t exp = r->exp;
                if (add_aligned(&rest, r, num_sign(r), &divisor, num_sign(r) ^ NUM_NEG, 0, st)) {
                    num_move(r, &rest);
                    r->exp = exp;
                }
                num_free(&rest);
            } else {
                num_nan(r, 0);
            }
        }
    }
    num_finalize(r, c, st);
    num_free(&q);
    num_free(&twice);
    num_free(&divisor);
    num_free(&two);
}

/* ---- roots ------------------------------------------------------------------------------------------------------------------------------------- */

/* The root of a · 10^shift: true if it's exact. a's exponent - shift is even. */
static bool root_digits(Num *r, const Num *a, int64_t shift, uint32_t *st) {
    Num aligned, rest;
    num_init(&aligned);
    num_init(&rest);
    bool exact = false;
    if (!num_shl10(&aligned, a, shift, st) || !num_room(r, (aligned.n + 1u) / 2, st) || !num_room(&rest, aligned.n, st)) {
        num_error(r, ST_MALLOC, st);
    } else {
        exact = mpn_sqrtrem(r->p, rest.p, aligned.p, aligned.n) == 0;
        r->flags = 0;
        r->exp = (a->exp - shift) / 2;
        num_trim(r, (aligned.n + 1u) / 2);
    }
    num_free(&aligned);
    num_free(&rest);
    return exact;
}

void num_sqrt(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    if (num_special(a)) {
        if (num_nans(r, a, NULL, c, st)) return;
        if (num_sign(a)) num_error(r, ST_INVALID, st);
        else num_inf(r, 0);
        return;
    }
    int64_t odd = a->exp & 1, ideal = (a->exp - odd) / 2;
    if (a->n == 0) {
        num_small(r, num_sign(a), 0, ideal);
        num_finalize(r, c, st);
        return;
    }
    if (num_sign(a)) {
        num_error(r, ST_INVALID, st);
        return;
    }
    Ctx even = *c;
    even.round = ROUND_HALF_EVEN;
    uint32_t tried = 0;
    bool exact = c->prec > HUGE_PREC && root_digits(r, a, odd, &tried);
    if (!exact) {
        int64_t shift = 2 * (c->prec + 1) - a->digits;
        if (shift < odd) shift = odd;
        if ((shift ^ a->exp) & 1) shift++;
        exact = root_digits(r, a, shift, st);
        if (num_special(r)) return;
    }
    if (exact) num_strip_zeros(r, ideal - r->exp, st);
    else if (num_last_digit(r) % 5 == 0) mpn_add_1(r->p, r->p, r->n, 1);
    num_finalize(r, &even, st);
}

/* ---- quantizing -------------------------------------------------------------------------------------------------------------------------------- */

void num_rescale(Num *r, int64_t exp, Rounding mode, uint32_t *st) {
    if (r->exp > exp) {
        if (!num_shl10(r, r, r->exp - exp, st)) return;
    } else if (r->exp < exp) {
        Rest rest = num_shr10(r, exp - r->exp, st);
        num_round_cut(r, rest, mode, st);
        *st |= rest == REST_ZERO ? ST_ROUNDED : ST_ROUNDED | ST_INEXACT;
    }
    r->exp = exp;
}
void num_round_digits(Num *r, int64_t prec, Rounding mode, uint32_t *st) {
    if (r->digits <= prec) return;
    num_rescale(r, r->exp + r->digits - prec, mode, st);
    if (r->digits > prec) num_rescale(r, r->exp + 1, mode, st); /* 99…9 became 100…0 */
}

void num_quantize(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (unlikely((a->flags | b->flags) & NUM_SPECIAL)) {
        if (num_nans(r, a, b, c, st)) return;
        if (num_is_inf(a) && num_is_inf(b)) num_copy(r, a, st);
        else num_error(r, ST_INVALID, st);
        return;
    }
    if (b->exp > c->emax || b->exp < ctx_etiny(c)) {
        num_error(r, ST_INVALID, st);
        return;
    }
    if (a->n == 0) {
        num_small(r, num_sign(a), 0, b->exp);
        num_finalize(r, c, st);
        return;
    }
    int64_t up = a->exp - b->exp;
    if (up > 0 && a->digits + up > c->prec) {
        num_error(r, ST_INVALID, st);
        return;
    }
    uint32_t work = 0;
    if (!num_copy(r, a, st)) return;
    num_rescale(r, b->exp, c->round, &work);
    if (num_adjusted(r) > c->emax || r->digits > c->prec) {
        num_error(r, ST_INVALID, st);
        return;
    }
    *st |= work;
    num_finalize(r, c, st);
}

static void to_integral(Num *r, const Num *a, const Ctx *c, bool exact, uint32_t *st) {
    if (num_special(a) && num_nans(r, a, NULL, c, st)) return;
    if (num_special(a) || a->exp >= 0) {
        num_copy(r, a, st);
        return;
    }
    if (a->n == 0) {
        num_small(r, num_sign(a), 0, 0);
        return;
    }
    uint32_t work = 0;
    if (!num_copy(r, a, st)) return;
    num_rescale(r, 0, c->round, &work);
    *st |= exact ? work | ST_ROUNDED : work & ST_ERRORS;
}
void num_to_integral(Num *r, const Num *a, const Ctx *c, uint32_t *st) { to_integral(r, a, c, false, st); }
void num_to_integral_exact(Num *r, const Num *a, const Ctx *c, uint32_t *st) { to_integral(r, a, c, true, st); }
