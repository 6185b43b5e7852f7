/* Decimal operations that aren't arithmetic proper: comparing, choosing, neighbours, digits as bits, shifting, exponents. See decimal.h. */
#include "runtime/loadable/decimal.h"

/* ---- comparing ------------------------------------------------------------------------------------------------------------------------------ */

static void set_order(Num *r, int order) { num_small(r, order < 0 ? NUM_NEG : 0, order != 0, 0); }

void num_compare_op(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (num_nans(r, a, b, c, st)) return;
    set_order(r, num_compare(a, b, st));
}
void num_compare_signal(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (num_nans(r, a, b, c, st)) *st |= ST_INVALID;
    else set_order(r, num_compare(a, b, st));
}

/* The order of equal numbers: by exponent. */
static int equal_order(const Num *a, const Num *b) {
    unsigned x = num_sign(a), y = num_sign(b);
    if (x != y) return x ? -1 : 1;
    int order = a->exp < b->exp ? -1 : a->exp > b->exp;
    return x ? -order : order;
}
static int nan_rank(const Num *a) { return a->flags & NUM_QNAN ? 3 : a->flags & NUM_SNAN ? 2 : 1; }

int num_total_order(const Num *a, const Num *b, uint32_t *st) {
    unsigned x = num_sign(a), y = num_sign(b);
    if (x != y) return x ? -1 : 1;
    int order;
    if (num_is_nan(a) || num_is_nan(b)) {
        order = nan_rank(a) - nan_rank(b);
        if (order == 0) order = limbs_compare(a->p, a->n, b->p, b->n);
        order = order < 0 ? -1 : order > 0;
        return x ? -order : order;
    }
    order = num_compare(a, b, st);
    if (order != 0 || num_is_inf(a)) return order;
    return equal_order(a, b);
}
void num_compare_total(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) { set_order(r, num_total_order(a, b, st)); }
void num_compare_total_mag(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    Num x, y;
    num_view(&x, a);
    num_view(&y, b);
    x.flags &= (uint8_t)~NUM_NEG;
    y.flags &= (uint8_t)~NUM_NEG;
    set_order(r, num_total_order(&x, &y, st));
}

/* ---- choosing ---------------------------------------------------------------------------------------------------------------------------------- */

static void choose(Num *r, const Num *a, const Num *b, const Ctx *c, bool biggest, bool magnitude, uint32_t *st) {
    const Num *choice;
    if ((a->flags & NUM_QNAN) && !num_is_nan(b)) {
        choice = b;
    } else if ((b->flags & NUM_QNAN) && !num_is_nan(a)) {
        choice = a;
    } else if (num_nans(r, a, b, c, st)) {
        return;
    } else {
        Num x, y;
        num_view(&x, a);
        num_view(&y, b);
        if (magnitude) x.flags &= (uint8_t)~NUM_NEG, y.flags &= (uint8_t)~NUM_NEG;
        int order = num_compare(&x, &y, st);
        if (order == 0) order = equal_order(a, b);
        choice = (order < 0) == biggest ? b : a;
    }
    if (num_copy(r, choice, st)) num_finalize(r, c, st);
}
void num_max(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) { choose(r, a, b, c, true, false, st); }
void num_min(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) { choose(r, a, b, c, false, false, st); }
void num_max_mag(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) { choose(r, a, b, c, true, true, st); }
void num_min_mag(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) { choose(r, a, b, c, false, true, st); }

void num_copy_sign(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (num_copy(r, a, st)) r->flags = (uint8_t)((a->flags & ~NUM_NEG) | num_sign(b));
}

/* ---- neighbours -------------------------------------------------------------------------------------------------------------------------------- */

/* The next number in the context towards sign's infinity: a rounded that way, or, if that's a itself, a and a tiny bit. */
static void next(Num *r, const Num *a, unsigned sign, const Ctx *c, uint32_t *st) {
    if (num_special(a)) {
        if (num_nans(r, a, NULL, c, st)) return;
        if (num_sign(a) == sign) {
            num_inf(r, sign);
        } else {
            r->flags = (uint8_t)num_sign(a);
            num_max_coefficient(r, c, st);
            if (!num_special(r)) r->exp = ctx_etop(c);
        }
        return;
    }
    if (a->n == 0) {
        num_small(r, sign, 1, ctx_etiny(c));
        return;
    }
    Num tiny;
    Ctx work = *c;
    uint32_t flags = 0;
    work.round = sign ? ROUND_FLOOR : ROUND_CEILING;
    if (!num_copy(r, a, st)) return;
    num_finalize(r, &work, &flags);
    if (num_special(r) || num_compare(r, a, &flags) == 0) {
        num_init(&tiny);
        num_small(&tiny, sign, 1, ctx_etiny(c) - 1);
        num_add(r, a, &tiny, &work, &flags);
        num_free(&tiny);
    }
    *st |= flags & ST_ERRORS;
}
void num_next_plus(Num *r, const Num *a, const Ctx *c, uint32_t *st) { next(r, a, 0, c, st); }
void num_next_minus(Num *r, const Num *a, const Ctx *c, uint32_t *st) { next(r, a, NUM_NEG, c, st); }

void num_next_toward(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (num_nans(r, a, b, c, st)) return;
    int order = num_compare(a, b, st);
    if (order == 0) {
        num_copy_sign(r, a, b, c, st);
        return;
    }
    next(r, a, order < 0 ? 0 : NUM_NEG, c, st);
    if (num_is_inf(r)) {
        *st |= ST_OVERFLOW | ST_ROUNDED | ST_INEXACT;
    } else if (!num_special(r) && num_adjusted(r) < c->emin) {
        *st |= ST_UNDERFLOW | ST_SUBNORMAL | ST_ROUNDED | ST_INEXACT;
        if (num_is_zero(r)) *st |= ST_CLAMPED;
    }
}

/* ---- exponents --------------------------------------------------------------------------------------------------------------------------------- */

void num_logb(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    if (num_special(a)) {
        if (!num_nans(r, a, NULL, c, st)) num_inf(r, 0);
    } else if (a->n == 0) {
        num_inf(r, NUM_NEG);
        *st |= ST_DIV_ZERO;
    } else {
        int64_t e = num_adjusted(a);
        num_small(r, e < 0 ? NUM_NEG : 0, (uint64_t)(e < 0 ? -e : e), 0);
        num_finalize(r, c, st);
    }
}

void num_scaleb(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    if (num_nans(r, a, b, c, st)) return;
    uint64_t n;
    if (!num_get_u64(b, &n) || b->exp != 0 || n > 2 * (uint64_t)(c->emax + c->prec)) {
        num_error(r, ST_INVALID, st);
        return;
    }
    if (!num_copy(r, a, st) || num_is_inf(a)) return;
    int64_t exp = a->exp + (num_sign(b) ? -(int64_t)n : (int64_t)n);
    r->exp = exp > EXP_BEYOND ? EXP_BEYOND : exp < -EXP_BEYOND ? -EXP_BEYOND : exp;
    num_finalize(r, c, st);
}

void num_reduce(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    if (num_special(a) && num_nans(r, a, NULL, c, st)) return;
    if (!num_copy(r, a, st)) return;
    num_finalize(r, c, st);
    if (num_special(r)) return;
    if (r->n == 0) num_small(r, num_sign(r), 0, 0);
    else num_strip_zeros(r, (c->clamp ? ctx_etop(c) : c->emax) - r->exp, st);
}

/* ---- digits ------------------------------------------------------------------------------------------------------------------------------------ */

/* The count of a shift or rotation; false and a NaN if that isn't one. */
static bool shift_count(Num *r, const Num *a, const Num *b, const Ctx *c, uint64_t *n, uint32_t *st) {
    if (num_nans(r, a, b, c, st)) return false;
    if (num_get_u64(b, n) && b->exp == 0 && *n <= (uint64_t)c->prec) return true;
    num_error(r, ST_INVALID, st);
    return false;
}
void num_shift(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    uint64_t n;
    if (!shift_count(r, a, b, c, &n, st) || !num_copy(r, a, st) || num_is_inf(a)) return;
    num_keep_last(r, c->prec, st);
    if (num_sign(b)) num_shr10(r, (int64_t)n, st);
    else if (num_shl10(r, r, (int64_t)n, st)) num_keep_last(r, c->prec, st);
}
void num_rotate(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) {
    uint64_t n;
    if (!shift_count(r, a, b, c, &n, st) || !num_copy(r, a, st) || num_is_inf(a)) return;
    num_keep_last(r, c->prec, st);
    int64_t left = num_sign(b) ? c->prec - (int64_t)n : (int64_t)n;
    Num low;
    num_init(&low);
    if (num_copy(&low, r, st)) {
        num_shr10(&low, c->prec - left, st);
        if (num_shl10(r, r, left, st)) num_keep_last(r, c->prec, st);
        Num sum;
        num_init(&sum);
        num_add(&sum, r, &low, &max_ctx, st);
        num_move(r, &sum);
    }
    num_free(&low);
}

typedef enum { LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR } Logical;

/* The digits, if they are all 0 or 1 and the number is a plain one; null otherwise. */
static char *logical_digits(const Num *a, char *small, size_t room, uint32_t *st) {
    if (num_special(a) || num_sign(a) || a->exp != 0) return NULL;
    char *s = num_get_digits(a, small, room, st);
    if (s == NULL) return NULL;
    for (char *p = s; *p; p++)
        if (*p != '0' && *p != '1') {
            if (s != small) mem_free(s);
            return NULL;
        }
    return s;
}
static void logical(Num *r, const Num *a, const Num *b, Logical op, const Ctx *c, uint32_t *st) {
    char small_a[128], small_b[128], *x = logical_digits(a, small_a, sizeof small_a, st), *y = logical_digits(b, small_b, sizeof small_b, st);
    if (x == NULL || y == NULL) {
        num_error(r, ST_INVALID, st);
    } else {
        size_t n = strlen(x), m = strlen(y);
        if (n < m) {
            char *swap = x;
            x = y;
            y = swap;
            size_t s = n;
            n = m;
            m = s;
        }
        for (size_t i = 0; i < n; i++) {
            unsigned p = x[i] & 1, q = i < n - m ? 0 : y[i - (n - m)] & 1;
            x[i] = (char)('0' + (op == LOGICAL_AND ? p & q : op == LOGICAL_OR ? p | q : p ^ q));
        }
        r->flags = 0;
        r->exp = 0;
        size_t skip = (int64_t)n > c->prec ? n - (size_t)c->prec : 0;
        num_set_digits(r, x + skip, n - skip, st);
    }
    if (x != NULL && x != small_a && x != small_b) mem_free(x);
    if (y != NULL && y != small_a && y != small_b) mem_free(y);
}
void num_logical_and(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) { logical(r, a, b, LOGICAL_AND, c, st); }
void num_logical_or(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) { logical(r, a, b, LOGICAL_OR, c, st); }
void num_logical_xor(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st) { logical(r, a, b, LOGICAL_XOR, c, st); }
void num_logical_invert(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    Num ones;
    num_init(&ones);
    num_max_coefficient(&ones, c, st);
    if (num_special(&ones)) {
        num_move(r, &ones);
        return;
    }
    mpn_divrem_1(ones.p, 0, ones.p, ones.n, 9);
    num_trim(&ones, ones.n);
    logical(r, a, &ones, LOGICAL_XOR, c, st);
    num_free(&ones);
}

const char *num_class(const Num *a, const Ctx *c) {
    if (num_special(a)) return a->flags & NUM_QNAN ? "NaN" : a->flags & NUM_SNAN ? "sNaN" : num_sign(a) ? "-Infinity" : "+Infinity";
    bool negative = num_sign(a) != 0;
    if (a->n == 0) return negative ? "-Zero" : "+Zero";
    if (num_adjusted(a) < c->emin) return negative ? "-Subnormal" : "+Subnormal";
    return negative ? "-Normal" : "+Normal";
}
