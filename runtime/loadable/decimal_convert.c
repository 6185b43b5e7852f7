/* Decimals from and to Python's other numbers, tuples and text; hashing and comparing with them. See decimal.h. */
#include "runtime/loadable/decimal.h"
#include <math.h>
#include <stdio.h>

Slot decimal_tuple_class, rational_class;

/* ---- objects ----------------------------------------------------------------------------------------------------------------------------------- */

Ref dec_new_type(Thread *t, Type *type, Num *r) {
    mp_limb_t *heap = NULL;
    Dec *d = NULL;
    if (unlikely(r->n > 2)) {
        if (r->heap && r->cap <= 2 * r->n) heap = r->p;
        else if ((heap = mem_alloc(r->n * sizeof *heap)) != NULL) mpn_copyi(heap, r->p, r->n);
    }
    if (r->n > 2 && heap == NULL) err_no_memory(t);
    else if (likely(type == &dec_type)) d = object_alloc_raw(t, type, 0);
    else d = kit_instance(t, type_value(type));
    if (unlikely(d == NULL)) {
        if (heap != r->p) mem_free(heap);
        num_free(r);
        return REF_NULL;
    }
    atomic_init(&d->x_hash, -1);
    d->exp = r->exp;
    d->digits = r->digits;
    d->n = r->n;
    d->flags = r->flags;
    if (likely(r->n <= 2)) {
        d->limb[0] = r->n > 0 ? r->p[0] : 0;
        d->limb[1] = r->n > 1 ? r->p[1] : 0;
        num_free(r);
    } else {
        d->heap = heap;
        if (heap != r->p) num_free(r);
    }
    return ref_steal(d);
}
Ref dec_new(Thread *t, Num *r) { return dec_new_type(t, &dec_type, r); }

/* ---- ints -------------------------------------------------------------------------------------------------------------------------------------- */

bool num_from_int(Num *r, Value i, uint32_t *st) {
    if (likely(value_is_int(i))) {
        int64_t x = value_int(i);
        num_small(r, x < 0 ? NUM_NEG : 0, x < 0 ? 0 - (uint64_t)x : (uint64_t)x, 0);
        return true;
    }
    IntView v;
    int_view(i, &v);
    if (!num_room(r, (size_t)v.n, st)) return false;
    if (v.n) mpn_copyi(r->p, v.p, v.n);
    r->flags = v.neg && v.n ? NUM_NEG : 0;
    r->exp = 0;
    num_trim(r, (size_t)v.n);
    return true;
}

int operand_slow(Thread *t, Value v, Num *hold) {
    num_init(hold);
    if (!value_is_int(v) && is_dec(v)) {
        dec_view(hold, v);
        return 1;
    }
    if (!is_int(v)) return 0;
    uint32_t st = 0;
    if (num_from_int(hold, v, &st)) return 1;
    num_free(hold);
    return err_int(err_no_memory(t));
}
int operand_required(Thread *t, Value v, Num *hold) {
    int found = operand_view(t, v, hold);
    if (found != 0) return found < 0 ? -1 : 0;
    return err_int(err_set(t, E_TypeError, "conversion from %T to Decimal is not supported", v));
}

static Ref int_from_limbs(Thread *t, const mp_limb_t *p, size_t n, bool negative) {
    if (n == 1 && p[0] < (uint64_t)SMALL_INT_MAX) return ref_small_int(negative ? -(int64_t)p[0] : (int64_t)p[0]);
    BigInt *b = bigint_alloc(t, (mp_size_t)n);
    if (b == NULL) return REF_NULL;
    if (n) mpn_copyi(b->limb, p, (mp_size_t)n);
    return bigint_finish(t, b, (mp_size_t)n, negative);
}

Ref num_to_int(Thread *t, const Num *a, Rounding mode) {
    if (num_is_nan(a)) return err_set(t, E_ValueError, "cannot convert NaN to integer");
    if (num_is_inf(a)) return err_set(t, E_OverflowError, "cannot convert Infinity to integer");
    if (a->exp == 0) return int_from_limbs(t, a->p, a->n, num_sign(a) != 0);
    Num r;
    uint32_t st = 0;
    num_init(&r);
    if (num_copy(&r, a, &st)) num_rescale(&r, 0, mode, &st);
    Ref i = st & ST_MALLOC ? err_no_memory(t) : int_from_limbs(t, r.p, r.n, num_sign(&r) != 0);
    num_free(&r);
    return i;
}

Ref dec_as_integer_ratio(Thread *t, Value self, const Value *args) {
    Num a, n, d;
    dec_view(&a, self);
    if (num_special(&a))
        return num_is_nan(&a) ? err_set(t, E_ValueError, "cannot convert NaN to integer ratio")
                              : err_set(t, E_OverflowError, "cannot convert Infinity to integer ratio");
    uint32_t st = 0;
    num_init(&n);
    num_init(&d);
    num_small(&d, 0, 1, 0);
    Ref parts[2] = {REF_NULL, REF_NULL};
    if (a.n == 0) a.exp = 0;
    if (a.exp >= 0 ? num_shl10(&n, &a, a.exp, &st) : num_copy(&n, &a, &st) && num_shl10(&d, &d, -a.exp, &st)) {
        parts[0] = int_from_limbs(t, n.p, n.n, num_sign(&a) != 0);
        parts[1] = ref_is_null(parts[0]) ? REF_NULL : int_from_limbs(t, d.p, d.n, false);
    } else {
        err_no_memory(t);
    }
    num_free(&n);
    num_free(&d);
    if (!ref_is_null(parts[1]) && a.exp < 0) {
        Ref g = int_gcd(t, ref_borrow(parts[0]), ref_borrow(parts[1]));
        for (int i = 0; i < 2; i++) {
            Ref q = ref_is_null(g) ? REF_NULL : int_floordiv(t, ref_borrow(parts[i]), ref_borrow(g));
            ref_drop(t, parts[i]);
            parts[i] = q;
        }
        ref_drop(t, g);
    }
    return tuple_from_steal(t, parts, 2);
}

/* ---- floats ------------------------------------------------------------------------------------------------------------------------------------ */

void num_from_double(Num *r, double d, uint32_t *st) {
    unsigned sign = signbit(d) ? NUM_NEG : 0;
    if (!isfinite(d)) {
        if (isnan(d)) num_nan(r, 0);
        else num_inf(r, sign);
        return;
    }
    int e;
    uint64_t m = (uint64_t)ldexp(frexp(fabs(d), &e), 53);
    e -= 53;
    if (m == 0) {
        num_small(r, sign, 0, 0);
        return;
    }
    int twos = __builtin_ctzll(m);
    m >>= twos;
    e += twos;
    num_small(r, sign, m, 0);
    if (e == 0) return;
    Num temp, product;
    num_init(&temp);
    num_init(&product);
    if (e > 0) { /* m · 2^e */
        size_t skip = (size_t)e / 64;
        if (num_room(&product, skip + 2, st)) {
            mpn_zero(product.p, (mp_size_t)skip);
            product.p[skip] = m;
            product.p[skip + 1] = e % 64 ? mpn_lshift(product.p + skip, product.p + skip, 1, (unsigned)e % 64) : 0;
            num_trim(&product, skip + 2);
        }
    } else { /* m / 2^-e = m · 5^-e · 10^e */
        mp_size_t n;
        const mp_limb_t *five = five_power(-e, &n, &temp, st);
        if (five != NULL && num_room(&product, (size_t)n + 1, st)) {
            product.p[n] = mpn_mul_1(product.p, five, n, m);
            num_trim(&product, (size_t)n + 1);
            product.exp = e;
        }
    }
    product.flags |= (uint8_t)sign;
    num_move(r, &product);
    num_free(&temp);
}

Ref dec_to_float(Thread *t, Value self) {
    Num a;
    dec_view(&a, self);
    if (num_special(&a)) {
        if (a.flags & NUM_SNAN) return err_set(t, E_ValueError, "cannot convert signaling NaN to float");
        double d = num_is_nan(&a) ? NAN : INFINITY;
        return float_new(t, num_sign(&a) ? -d : d);
    }
    double d;
    if (a.n <= 1 && (a.n == 0 || a.p[0] <= UINT64_C(1) << 53) && a.exp >= -22 && a.exp <= 22) { /* both sides exact: one rounding */
        static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
        d = a.n ? (double)a.p[0] : 0;
        d = a.exp < 0 ? d / tens[-a.exp] : d * tens[a.exp];
    } else {
        char small[256];
        uint32_t st = 0;
        char *digits = num_get_digits(&a, small, sizeof small, &st);
        size_t n = digits == NULL ? 0 : strlen(digits);
        char *text = digits == NULL ? NULL : mem_alloc(n + 32);
        bool read = false;
        if (text != NULL) {
            memcpy(text, digits, n);
            n += (size_t)snprintf(text + n, 32, "e%lld", (long long)a.exp);
            read = double_from_text(text, n, &d);
        }
        if (digits != small) mem_free(digits);
        mem_free(text);
        if (!read) return err_no_memory(t);
    }
    return float_new(t, num_sign(&a) ? -d : d);
}

/* ---- tuples ------------------------------------------------------------------------------------------------------------------------------------ */

Ref dec_as_tuple(Thread *t, Value self, const Value *args) {
    Num a;
    dec_view(&a, self);
    char small[256];
    uint32_t st = 0;
    char *digits = num_get_digits(&a, small, sizeof small, &st);
    if (digits == NULL) return err_no_memory(t);
    size_t n = num_is_nan(&a) && a.n == 0 ? 0 : strlen(digits);
    Ref *items = mem_alloc((n + 1) * sizeof *items), coefficient = REF_NULL, exponent = REF_NULL, r = REF_NULL;
    if (items != NULL) {
        for (size_t i = 0; i < n; i++) items[i] = ref_small_int(digits[i] - '0');
        coefficient = tuple_from_steal(t, items, n);
        mem_free(items);
    } else {
        err_no_memory(t);
    }
    if (digits != small) mem_free(digits);
    if (!ref_is_null(coefficient))
        exponent = num_special(&a) ? str_from_char(t, num_is_inf(&a) ? 'F' : a.flags & NUM_SNAN ? 'N' : 'n') : int_from_i64(t, a.exp);
    if (!ref_is_null(exponent)) r = call3(t, slot_get(&decimal_tuple_class), small_int(num_sign(&a) ? 1 : 0), ref_borrow(coefficient), ref_borrow(exponent));
    ref_drop(t, coefficient);
    ref_drop(t, exponent);
    return r;
}

static int digit_of(Value v) {
    int64_t d;
    return is_int(v) && int_try_i64(v, &d) == 0 && d >= 0 && d <= 9 ? (int)d : -1;
}

/* (sign, digits, exponent): not rounded. -1 with an exception. */
static int num_from_sequence(Thread *t, Num *r, Value v, uint32_t *st) {
    Ref tuple = sequence_tuple(t, v);
    if (ref_is_null(tuple)) return -1;
    Value s = ref_borrow(tuple);
    int64_t sign, exp = 0, special = 0;
    Ref coefficient = REF_NULL;
    char *digits = NULL;
    int status = -1;
    if (tuple_size(s) != 3) {
        err_set(t, E_ValueError, "argument must be a sequence of length 3");
        goto done;
    }
    if (!is_int(tuple_get(s, 0)) || int_try_i64(tuple_get(s, 0), &sign) < 0 || sign < 0 || sign > 1) {
        err_set(t, E_ValueError, "sign must be an integer with the value 0 or 1");
        goto done;
    }
    Value e = tuple_get(s, 2);
    if (is_str(e)) {
        special = str_equal_ascii(e, "F") ? NUM_INF : str_equal_ascii(e, "n") ? NUM_QNAN : str_equal_ascii(e, "N") ? NUM_SNAN : 0;
        if (special == 0) {
            err_set(t, E_ValueError, "string argument in the third position must be 'F', 'n' or 'N'");
            goto done;
        }
    } else if (!is_int(e)) {
        err_set(t, E_ValueError, "exponent must be an integer");
        goto done;
    } else if (int_try_i64(e, &exp) < 0) {
        err_set(t, E_OverflowError, "Python int too large to convert to C ssize_t");
        goto done;
    }
    if (!is_tuple(tuple_get(s, 1)) && !is_list(tuple_get(s, 1))) {
        err_set(t, E_ValueError, "coefficient must be a tuple of digits");
        goto done;
    }
    coefficient = sequence_tuple(t, tuple_get(s, 1));
    if (ref_is_null(coefficient)) goto done;
    size_t n = tuple_size(ref_borrow(coefficient));
    digits = mem_alloc(n + 1);
    if (digits == NULL) {
        err_no_memory(t);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        int d = digit_of(tuple_get(ref_borrow(coefficient), i));
        if (d < 0) {
            err_set(t, E_ValueError, "coefficient must be a tuple of digits");
            goto done;
        }
        digits[i] = (char)('0' + d);
    }
    r->flags = (uint8_t)((sign ? NUM_NEG : 0) | special);
    r->exp = exp > 4 * MAX_EMAX ? 4 * MAX_EMAX : exp < -4 * MAX_EMAX ? -4 * MAX_EMAX : exp;
    r->n = 0;
    r->digits = 1;
    if (special != NUM_INF) num_set_digits(r, digits, n, st);
    if (r->n == 0 && (special & NUM_NAN)) r->digits = 0;
    status = 0;
done:
    mem_free(digits);
    ref_drop(t, coefficient);
    ref_drop(t, tuple);
    return status;
}

/* ---- text -------------------------------------------------------------------------------------------------------------------------------------- */

/* A str; `lenient`: blanks around it and underscores are allowed. */
static int num_from_str(Thread *t, Num *r, Value v, bool lenient, uint32_t *st) {
    const Str *s = as(Str, v);
    size_t start = 0, end = s->length;
    if (lenient) {
        while (start < end && uni_isspace(str_at(s, start))) start++;
        while (end > start && uni_isspace(str_at(s, end - 1))) end--;
    }
    if (s->ascii && memchr(s->data + start, '_', end - start) == NULL) {
        num_parse(r, (const char *)s->data + start, end - start, st);
        return 0;
    }
    char *ascii = mem_alloc(end - start + 1);
    if (ascii == NULL) return err_int(err_no_memory(t));
    size_t n = 0;
    for (size_t i = start; i < end; i++) {
        uint32_t c = str_at(s, i);
        int digit = c < 128 ? -1 : uni_decimal(c);
        if (c == '_' && lenient) continue;
        ascii[n++] = c < 128 ? (char)c : digit >= 0 ? (char)('0' + digit) : '?';
    }
    num_parse(r, ascii, n, st);
    mem_free(ascii);
    return 0;
}

/* ---- constructors ------------------------------------------------------------------------------------------------------------------------------ */

/* What was read is the result, if it is within the limits of all contexts. Ends r. */
static Ref finish_exact(Thread *t, Type *type, Num *r, Context *c, uint32_t st) {
    uint32_t work = 0;
    num_finalize(r, &max_ctx, &work);
    if (work & (ST_INEXACT | ST_ROUNDED | ST_CLAMPED | ST_MALLOC)) num_error(r, (work & ST_MALLOC) | ST_INVALID, &st);
    if (context_signal(t, c, st & ST_ERRORS) == 0) return dec_new_type(t, type, r);
    num_free(r);
    return REF_NULL;
}
static Ref finish_rounded(Thread *t, Num *r, Context *c, uint32_t st) {
    Ctx ctx;
    context_read(c, &ctx);
    if (num_is_nan(r) && r->digits > ctx.prec - ctx.clamp) num_error(r, ST_CONVERSION, &st); /* a payload that is too long */
    else num_finalize(r, &ctx, &st);
    if (context_signal(t, c, st) == 0) return dec_new(t, r);
    num_free(r);
    return REF_NULL;
}

/* Text, ints, tuples, floats, other Decimals; -1 with an exception, the condition that converting a float signals among them. */
static int num_from_value(Thread *t, Num *r, Value v, Context *c, bool lenient, uint32_t *st) {
    if (is_str(v)) return num_from_str(t, r, v, lenient, st);
    if (is_int(v)) {
        num_from_int(r, v, st);
        return 0;
    }
    if (is_dec(v)) {
        Num a;
        dec_view(&a, v);
        num_copy(r, &a, st);
        return 0;
    }
    if (is_tuple(v) || is_list(v)) return num_from_sequence(t, r, v, st);
    if (!is_float(v)) return err_int(err_set(t, E_TypeError, "conversion from %T to Decimal is not supported", v));
    if (context_signal(t, c, ST_FLOAT) < 0) return -1;
    num_from_double(r, float_value(v), st);
    return 0;
}

/* The context where reading v may run Python, which may set another one; else null. */
static Ref context_keep(Thread *t, Value v, Context *c) {
    return !value_is_null(v) && (is_tuple(v) || is_list(v)) ? ref_new(t, object_value(c)) : REF_NULL;
}

Ref dec_from_value_exact(Thread *t, Type *type, Value v, Context *c) {
    if (!value_is_null(v) && type == &dec_type && is_exact(v, &dec_type)) return ref_new(t, v);
    Num r;
    uint32_t st = 0;
    num_init(&r);
    Ref keep = context_keep(t, v, c), result = REF_NULL;
    if (value_is_null(v) || num_from_value(t, &r, v, c, true, &st) == 0) result = finish_exact(t, type, &r, c, st);
    else num_free(&r);
    ref_drop(t, keep);
    return result;
}
Ref dec_from_value(Thread *t, Value v, Context *c) {
    Num r;
    uint32_t st = 0;
    num_init(&r);
    Ref keep = context_keep(t, v, c), result = REF_NULL;
    if (value_is_null(v) || num_from_value(t, &r, v, c, false, &st) == 0) result = finish_rounded(t, &r, c, st);
    else num_free(&r);
    ref_drop(t, keep);
    return result;
}
Ref dec_from_float(Thread *t, Type *type, Value v, Context *c, bool exact) {
    Num r;
    uint32_t st = 0;
    num_init(&r);
    if (is_int(v)) num_from_int(&r, v, &st);
    else if (is_float(v)) num_from_double(&r, float_value(v), &st);
    else return err_set(t, E_TypeError, "argument must be int or float");
    return exact ? finish_exact(t, type, &r, c, st) : finish_rounded(t, &r, c, st);
}

/* ---- hash -------------------------------------------------------------------------------------------------------------------------------------- */

#define HASH_PRIME ((UINT64_C(1) << 61) - 1)
static uint64_t mul_mod(uint64_t a, uint64_t b) { /* 2^61 is 1 */
    u128 product = (u128)a * b;
    uint64_t sum = ((uint64_t)product & HASH_PRIME) + (uint64_t)(product >> 61);
    return sum >= HASH_PRIME ? sum - HASH_PRIME : sum;
}
static uint64_t pow_mod(uint64_t base, uint64_t e) {
    uint64_t r = 1;
    for (; e; e >>= 1, base = mul_mod(base, base))
        if (e & 1) r = mul_mod(r, base);
    return r;
}
int64_t dec_hash(Thread *t, Value self) {
    Dec *d = as(Dec, self);
    int64_t h = load_relaxed(&d->x_hash);
    if (h != -1) return h;
    Num a;
    dec_view(&a, self);
    if (num_special(&a)) {
        if (a.flags & NUM_SNAN) return err_int(err_set(t, E_TypeError, "Cannot hash a signaling NaN value"));
        return num_is_nan(&a) ? hash_pointer(d) : num_sign(&a) ? -314159 : 314159;
    }
    uint64_t r = a.n == 0 ? 0 : a.n == 1 ? a.p[0] % HASH_PRIME : mpn_mod_1(a.p, a.n, HASH_PRIME);
    if (a.exp >= 0) r = mul_mod(r, pow_mod(10, (uint64_t)a.exp));
    else r = mul_mod(r, pow_mod(UINT64_C(2075258708292324556), (uint64_t)-a.exp)); /* the inverse of 10 modulo the prime */
    h = num_sign(&a) ? -(int64_t)r : (int64_t)r;
    if (h == -1) h = -2;
    store_relaxed(&d->x_hash, h);
    return h;
}

/* ---- comparing --------------------------------------------------------------------------------------------------------------------------------- */

/* An attribute of a rational that must be an int, as a Num. */
static int rational_part(Thread *t, Value v, const char *name, Num *out) {
    Ref part = get_attr_cstr(t, v, name);
    if (ref_is_null(part)) return -1;
    uint32_t st = 0;
    int status = 0;
    if (!is_int(ref_borrow(part))) status = err_int(err_set(t, E_TypeError, "conversion from %T to Decimal is not supported", ref_borrow(part)));
    else if (!num_from_int(out, ref_borrow(part), &st)) status = err_int(err_no_memory(t));
    ref_drop(t, part);
    return status;
}

/* b made comparable with the Decimal a: in y; a itself in x. 1; 0: not implemented; -1. */
static int comparable(Thread *t, Value a, Value b, CompareOp op, Context *c, Num *x, Num *y, Num *scaled) {
    uint32_t st = 0;
    dec_view(x, a);
    if (is_float(b) || (type_is_subtype(type_of(b), &complex_type) && (op == CMP_EQ || op == CMP_NE))) {
        if (is_float(b) && op != CMP_EQ && op != CMP_NE && context_signal(t, c, ST_FLOAT) < 0) return -1;
        if (!is_float(b) && as(Complex, b)->imag != 0) return 0;
        context_note(c, ST_FLOAT); /* equality isn't trapped */
        num_from_double(y, is_float(b) ? float_value(b) : as(Complex, b)->real, &st);
        return st & ST_MALLOC ? err_int(err_no_memory(t)) : 1;
    }
    int rational = is_instance(t, b, slot_get(&rational_class));
    if (rational <= 0) return rational;
    if (rational_part(t, b, "numerator", y) < 0) return -1;
    if (num_special(x)) return 1;
    Num denominator;
    num_init(&denominator);
    int status = rational_part(t, b, "denominator", &denominator);
    if (status == 0) {
        num_mul_exact(scaled, x, &denominator, &max_ctx, &st);
        num_view(x, scaled);
        status = st & ST_MALLOC ? err_int(err_no_memory(t)) : 1;
    }
    num_free(&denominator);
    return status;
}

static Ref order_answer(int order, CompareOp op) {
    switch (op) {
    case CMP_LT: return ref_bool(order < 0);
    case CMP_LE: return ref_bool(order <= 0);
    case CMP_EQ: return ref_bool(order == 0);
    case CMP_NE: return ref_bool(order != 0);
    case CMP_GT: return ref_bool(order > 0);
    default: return ref_bool(order >= 0);
    }
}

Ref dec_richcompare(Thread *t, Value a, Value b, CompareOp op) {
    Num x, y, scaled;
    Short u, v;
    if (likely(short_load(a, &u) && short_load(b, &v))) {
        if (u.sign != v.sign) {
            if ((u.m | v.m) != 0) return order_answer(u.sign ? -1 : 1, op);
        } else if (short_align(&u, &v)) {
            int order = u.m < v.m ? -1 : u.m > v.m;
            return order_answer(u.sign ? -order : order, op);
        }
    }
    dec_view(&x, a);
    int found = operand_view(t, b, &y);
    if (found < 0) return REF_NULL;
    bool plain = found > 0 && !((x.flags | y.flags) & NUM_NAN);
    num_init(&scaled);
    Ref result = REF_NULL, keep = REF_NULL;
    Context *c = NULL;
    if (!plain) {
        c = context_current(t);
        if (c == NULL) goto done;
        keep = ref_new(t, object_value(c)); /* over what a rational's attributes run */
    }
    if (found == 0) {
        num_init(&y);
        found = comparable(t, a, b, op, c, &x, &y, &scaled);
        if (found <= 0) {
            if (found == 0) result = REF_NOT_IMPLEMENTED;
            goto done;
        }
    }
    uint32_t st = 0;
    if (num_is_nan(&x) || num_is_nan(&y)) {
        bool signals = ((x.flags | y.flags) & NUM_SNAN) || (op != CMP_EQ && op != CMP_NE);
        if (!signals || context_signal(t, c, ST_INVALID) == 0) result = ref_bool(op == CMP_NE);
        goto done;
    }
    int order = num_compare(&x, &y, &st);
    if (st & ST_MALLOC) {
        err_no_memory(t);
        goto done;
    }
    result = order_answer(order, op);
done:
    num_free(&y);
    num_free(&scaled);
    ref_drop(t, keep);
    return result;
}
