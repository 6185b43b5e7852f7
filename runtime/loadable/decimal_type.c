/* decimal.Decimal: operators and methods; the operations of decimal.Context. Both stand on the tables of decimal.h's functions. See decimal.h. */
#include "runtime/loadable/decimal.h"

/* The result of an operation, unless a condition is trapped. Ends r. */
static Ref finish(Thread *t, Num *r, Context *c, uint32_t st) {
    if (likely(context_signal(t, c, st) == 0)) return dec_new(t, r);
    num_free(r);
    return REF_NULL;
}

static Ref apply_unary(Thread *t, const Num *a, Context *c, UnaryOp *op) {
    Num r;
    Ctx ctx;
    uint32_t st = 0;
    num_init(&r);
    context_read(c, &ctx);
    op(&r, a, &ctx, &st);
    return finish(t, &r, c, st);
}
static Ref apply_binary(Thread *t, const Num *a, const Num *b, Context *c, NumBinaryOp *op) {
    Num r;
    Ctx ctx;
    uint32_t st = 0;
    num_init(&r);
    context_read(c, &ctx);
    op(&r, a, b, &ctx, &st);
    return finish(t, &r, c, st);
}

/* ---- the common case: short coefficients, nothing to round ------------------------------------------------------------------------------------- */

/* The Decimal, if the context leaves it as it is; null without an exception if not. The coefficient isn't zero. */
static inline Ref short_new(Thread *t, const Context *c, unsigned sign, u128 m, int64_t exp) {
    uint64_t low = (uint64_t)m, high = (uint64_t)(m >> 64);
    int64_t digits = likely(high == 0) ? digits_u64(low) : digits_of_limbs((mp_limb_t[]){low, high}, 2);
    Context *k = (Context *)c;
    int64_t prec = load_relaxed(&k->x_prec);
    if (unlikely(digits > prec || exp + prec - 1 > load_relaxed(&k->x_emax) || exp + digits - 1 < load_relaxed(&k->x_emin))) return REF_NULL;
    Dec *d = object_alloc_raw(t, &dec_type, 0);
    if (d == NULL) return REF_NULL;
    atomic_init(&d->x_hash, -1);
    d->exp = exp;
    d->digits = digits;
    d->n = high ? 2 : 1;
    d->flags = (uint8_t)sign;
    d->limb[0] = low;
    d->limb[1] = high;
    return ref_steal(d);
}
/* a + b, or a - b with flip NUM_NEG; null: the general way. */
static inline Ref short_add(Thread *t, const Context *c, Value a, Value b, unsigned flip) {
    Short x, y;
    if (!short_load(a, &x) || !short_load(b, &y) || !short_align(&x, &y)) return REF_NULL;
    y.sign ^= flip;
    if (x.sign == y.sign) {
        u128 sum;
        return __builtin_add_overflow(x.m, y.m, &sum) || sum == 0 ? REF_NULL : short_new(t, c, x.sign, sum, x.exp);
    }
    if (x.m == y.m) return REF_NULL;
    return x.m > y.m ? short_new(t, c, x.sign, x.m - y.m, x.exp) : short_new(t, c, y.sign, y.m - x.m, x.exp);
}
static inline Ref short_mul(Thread *t, const Context *c, Value a, Value b) {
    Short x, y;
    if (!short_load(a, &x) || !short_load(b, &y) || x.m == 0 || y.m == 0 || (x.m | y.m) >> 64 != 0) return REF_NULL;
    return short_new(t, c, x.sign ^ y.sign, (u128)(uint64_t)x.m * (uint64_t)y.m, x.exp + y.exp);
}

/* ---- operators ------------------------------------------------------------------------------------------------------------------------------ */

static Ref operator_unary(Thread *t, Value a, UnaryOp *op) {
    Context *c = context_current(t);
    if (c == NULL) return REF_NULL;
    Num x;
    dec_view(&x, a);
    return apply_unary(t, &x, c, op);
}
/* Both operands as views, in x and y, which the caller frees: 1; 0: NotImplemented; -1. */
static int operator_views(Thread *t, Value a, Value b, Num *x, Num *y) {
    int found = operand_view(t, a, x);
    if (found <= 0) return found;
    found = operand_view(t, b, y);
    if (found <= 0) num_free(x);
    return found;
}
static inline Ref operator_binary(Thread *t, Value a, Value b, NumBinaryOp *op) {
    Context *c = context_current(t);
    if (c == NULL) return REF_NULL;
    Num x, y;
    int found = operator_views(t, a, b, &x, &y);
    if (unlikely(found <= 0)) return found < 0 ? REF_NULL : REF_NOT_IMPLEMENTED;
    Ref r = apply_binary(t, &x, &y, c, op);
    num_free(&x);
    num_free(&y);
    return r;
}
static Ref op_add(Thread *t, Value a, Value b) {
    Value c = runtime_thread(t)->decimal_context;
    Ref r = likely(!value_is_null(c)) ? short_add(t, as(Context, c), a, b, 0) : REF_NULL;
    return likely(!ref_is_null(r)) ? r : operator_binary(t, a, b, num_add);
}
static Ref op_sub(Thread *t, Value a, Value b) {
    Value c = runtime_thread(t)->decimal_context;
    Ref r = likely(!value_is_null(c)) ? short_add(t, as(Context, c), a, b, NUM_NEG) : REF_NULL;
    return likely(!ref_is_null(r)) ? r : operator_binary(t, a, b, num_sub);
}
static Ref op_mul(Thread *t, Value a, Value b) {
    Value c = runtime_thread(t)->decimal_context;
    Ref r = likely(!value_is_null(c)) ? short_mul(t, as(Context, c), a, b) : REF_NULL;
    return likely(!ref_is_null(r)) ? r : operator_binary(t, a, b, num_mul);
}
static Ref op_truediv(Thread *t, Value a, Value b) { return operator_binary(t, a, b, num_div); }
static Ref op_floordiv(Thread *t, Value a, Value b) { return operator_binary(t, a, b, num_div_int); }
static Ref op_mod(Thread *t, Value a, Value b) { return operator_binary(t, a, b, num_rem); }
static Ref op_neg(Thread *t, Value a) { return operator_unary(t, a, num_minus); }
static Ref op_pos(Thread *t, Value a) { return operator_unary(t, a, num_plus); }
static Ref op_abs(Thread *t, Value a) { return operator_unary(t, a, num_abs); }
static int op_bool(Thread *t, Value a) { return as(Dec, a)->n != 0 || (as(Dec, a)->flags & NUM_SPECIAL); }

static Ref divmod_pair(Thread *t, const Num *x, const Num *y, Context *c) {
    Num q, r;
    Ctx ctx;
    uint32_t st = 0;
    num_init(&q);
    num_init(&r);
    context_read(c, &ctx);
    num_divmod(&q, &r, x, y, &ctx, &st);
    if (context_signal(t, c, st) < 0) {
        num_free(&q);
        num_free(&r);
        return REF_NULL;
    }
    Ref pair[] = {dec_new(t, &q), dec_new(t, &r)};
    return tuple_from_steal(t, pair, 2);
}
static Ref op_divmod(Thread *t, Value a, Value b) {
    Context *c = context_current(t);
    if (c == NULL) return REF_NULL;
    Num x, y;
    int found = operator_views(t, a, b, &x, &y);
    if (found <= 0) return found < 0 ? REF_NULL : REF_NOT_IMPLEMENTED;
    Ref r = divmod_pair(t, &x, &y, c);
    num_free(&x);
    num_free(&y);
    return r;
}

static Ref power(Thread *t, const Num *x, const Num *y, const Num *modulus, Context *c) {
    Num r;
    Ctx ctx;
    uint32_t st = 0;
    num_init(&r);
    context_read(c, &ctx);
    if (modulus == NULL) num_pow(&r, x, y, &ctx, &st);
    else num_powmod(&r, x, y, modulus, &ctx, &st);
    return finish(t, &r, c, st);
}
static Ref op_pow(Thread *t, Value a, Value b, Value m) {
    Context *c = context_current(t);
    if (c == NULL) return REF_NULL;
    Num x, y, z;
    int found = operator_views(t, a, b, &x, &y);
    if (found <= 0) return found < 0 ? REF_NULL : REF_NOT_IMPLEMENTED;
    num_init(&z);
    bool modular = !value_is_null(m) && !value_is_none(m);
    if (modular) found = operand_view(t, m, &z);
    Ref r = found < 0 ? REF_NULL : found == 0 ? REF_NOT_IMPLEMENTED : power(t, &x, &y, modular ? &z : NULL, c);
    num_free(&x);
    num_free(&y);
    num_free(&z);
    return r;
}

/* ---- text -------------------------------------------------------------------------------------------------------------------------------------- */

static Ref text_of(Thread *t, Value self, const Context *c, bool engineering) {
    Num a;
    dec_view(&a, self);
    return num_to_text(t, &a, engineering, load_relaxed(&((Context *)c)->x_capitals) != 0);
}
static Ref op_str(Thread *t, Value self) {
    Context *c = context_current(t);
    return c == NULL ? REF_NULL : text_of(t, self, c, false);
}
static Ref op_repr(Thread *t, Value self) {
    Ref text = op_str(t, self);
    if (ref_is_null(text)) return text;
    Ref r = str_format(t, "Decimal('%V')", ref_borrow(text));
    ref_drop(t, text);
    return r;
}

/* ---- methods of Decimal: (other…, context=None) ------------------------------------------------------------------------------------------------ */

/* The arguments of such a method. names as for kit_bind; n of them, the last is the context. Null with an exception. */
static Context *bind_context(Thread *t, const char *names, size_t n, const Value *args, size_t nargs, Value kwnames, Value *a) {
    if (likely(value_is_null(kwnames) && nargs == n - 1)) { /* as usual: all but the context */
        for (size_t i = 0; i < nargs; i++) a[i] = args[i];
        return context_current(t);
    }
    return kit_bind(t, NULL, names, args, nargs, kwnames, a) < 0 ? NULL : context_argument(t, a[n - 1]);
}
static Ref method_unary(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, UnaryOp *op) {
    Value a[1];
    Context *c = bind_context(t, "|context", 1, args, nargs, kwnames, a);
    if (c == NULL) return REF_NULL;
    Num x;
    dec_view(&x, self);
    return apply_unary(t, &x, c, op);
}
static Ref method_binary(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, NumBinaryOp *op) {
    Value a[2];
    Context *c = bind_context(t, "other|context", 2, args, nargs, kwnames, a);
    Num x, y;
    if (c == NULL || operand_required(t, a[0], &y) < 0) return REF_NULL;
    dec_view(&x, self);
    Ref r = apply_binary(t, &x, &y, c, op);
    num_free(&y);
    return r;
}
#define METHOD_UNARY(name, op)                                                                                                    \
    static Ref dec_m_##name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {                              \
        return method_unary(t, self, args, nargs, kwnames, op);                                                                   \
    }
#define METHOD_BINARY(name, op)                                                                                                   \
    static Ref dec_m_##name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {                              \
        return method_binary(t, self, args, nargs, kwnames, op);                                                                  \
    }
/* And of Context: (x), (x, y) */
static Ref context_unary(Thread *t, Value self, Value v, UnaryOp *op) {
    Num x;
    if (operand_required(t, v, &x) < 0) return REF_NULL;
    Ref r = apply_unary(t, &x, as(Context, self), op);
    num_free(&x);
    return r;
}
static int exactly(Thread *t, const char *name, size_t want, size_t nargs, Value kwnames) {
    if (no_kwargs(t, name, kwnames) < 0) return -1;
    return nargs == want ? 0 : err_int(err_set(t, E_TypeError, "function takes exactly %zu arguments (%zu given)", want, nargs));
}
static int context_operands(Thread *t, const char *name, const Value *args, size_t nargs, Value kwnames, Num *x, Num *y) {
    if (exactly(t, name, 2, nargs, kwnames) < 0 || operand_required(t, args[0], x) < 0) return -1;
    if (operand_required(t, args[1], y) == 0) return 0;
    num_free(x);
    return -1;
}
static Ref context_binary(Thread *t, const char *name, Value self, const Value *args, size_t nargs, Value kwnames, NumBinaryOp *op) {
    Num x, y;
    if (context_operands(t, name, args, nargs, kwnames, &x, &y) < 0) return REF_NULL;
    Ref r = apply_binary(t, &x, &y, as(Context, self), op);
    num_free(&x);
    num_free(&y);
    return r;
}
#define CONTEXT_UNARY(name, op)                                                                                                   \
    static Ref ctx_m_##name(Thread *t, Value self, const Value *a) { return context_unary(t, self, a[0], op); }
#define CONTEXT_BINARY(name, op)                                                                                                  \
    static Ref ctx_m_##name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {                              \
        return context_binary(t, #name, self, args, nargs, kwnames, op);                                               \
    }
#define BOTH_UNARY(name, op) METHOD_UNARY(name, op) CONTEXT_UNARY(name, op)
#define BOTH_BINARY(name, op) METHOD_BINARY(name, op) CONTEXT_BINARY(name, op)

BOTH_UNARY(exp, num_exp)
BOTH_UNARY(ln, num_ln)
BOTH_UNARY(log10, num_log10)
BOTH_UNARY(sqrt, num_sqrt)
BOTH_UNARY(logb, num_logb)
BOTH_UNARY(logical_invert, num_logical_invert)
BOTH_UNARY(next_minus, num_next_minus)
BOTH_UNARY(next_plus, num_next_plus)
BOTH_UNARY(normalize, num_reduce)
CONTEXT_UNARY(abs, num_abs)
CONTEXT_UNARY(minus, num_minus)
CONTEXT_UNARY(plus, num_plus)
CONTEXT_UNARY(to_integral, num_to_integral)
CONTEXT_UNARY(to_integral_exact, num_to_integral_exact)
BOTH_BINARY(compare, num_compare_op)
BOTH_BINARY(compare_signal, num_compare_signal)
BOTH_BINARY(compare_total, num_compare_total)
BOTH_BINARY(compare_total_mag, num_compare_total_mag)
BOTH_BINARY(copy_sign, num_copy_sign)
BOTH_BINARY(logical_and, num_logical_and)
BOTH_BINARY(logical_or, num_logical_or)
BOTH_BINARY(logical_xor, num_logical_xor)
BOTH_BINARY(max, num_max)
BOTH_BINARY(max_mag, num_max_mag)
BOTH_BINARY(min, num_min)
BOTH_BINARY(min_mag, num_min_mag)
BOTH_BINARY(next_toward, num_next_toward)
BOTH_BINARY(remainder_near, num_rem_near)
BOTH_BINARY(rotate, num_rotate)
BOTH_BINARY(scaleb, num_scaleb)
BOTH_BINARY(shift, num_shift)
CONTEXT_BINARY(add, num_add)
CONTEXT_BINARY(subtract, num_sub)
CONTEXT_BINARY(multiply, num_mul)
CONTEXT_BINARY(divide, num_div)
CONTEXT_BINARY(divide_int, num_div_int)
CONTEXT_BINARY(remainder, num_rem)
CONTEXT_BINARY(quantize, num_quantize)

static void num_apply(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    if (num_copy(r, a, st)) num_finalize(r, c, st);
}
static void num_copy_abs(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    if (num_copy(r, a, st)) r->flags &= (uint8_t)~NUM_NEG;
}
static void num_copy_negate(Num *r, const Num *a, const Ctx *c, uint32_t *st) {
    if (num_copy(r, a, st)) r->flags ^= NUM_NEG;
}
static void num_copy_plain(Num *r, const Num *a, const Ctx *c, uint32_t *st) { num_copy(r, a, st); }
CONTEXT_UNARY(apply, num_apply)
CONTEXT_UNARY(copy_abs, num_copy_abs)
CONTEXT_UNARY(copy_negate, num_copy_negate)
static Ref dec_m_copy_abs(Thread *t, Value self, const Value *a) { return operator_unary(t, self, num_copy_abs); }
static Ref dec_m_copy_negate(Thread *t, Value self, const Value *a) { return operator_unary(t, self, num_copy_negate); }
static Ref ctx_m_copy_decimal(Thread *t, Value self, const Value *a) {
    if (is_exact(a[0], &dec_type)) return ref_new(t, a[0]);
    return context_unary(t, self, a[0], num_copy_plain);
}

static Ref multiply_add(Thread *t, const Num *x, Value v, Value w, Context *c) {
    Num y, z, r;
    Ctx ctx;
    uint32_t st = 0;
    if (operand_required(t, v, &y) < 0) return REF_NULL;
    if (operand_required(t, w, &z) < 0) {
        num_free(&y);
        return REF_NULL;
    }
    num_init(&r);
    context_read(c, &ctx);
    num_fma(&r, x, &y, &z, &ctx, &st);
    num_free(&y);
    num_free(&z);
    return finish(t, &r, c, st);
}
static Ref dec_m_fma(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[3];
    Context *c = bind_context(t, "other,third|context", 3, args, nargs, kwnames, a);
    if (c == NULL) return REF_NULL;
    Num x;
    dec_view(&x, self);
    return multiply_add(t, &x, a[0], a[1], c);
}
static Ref ctx_m_fma(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Num x;
    if (exactly(t, "fma", 3, nargs, kwnames) < 0 || operand_required(t, args[0], &x) < 0) return REF_NULL;
    Ref r = multiply_add(t, &x, args[1], args[2], as(Context, self));
    num_free(&x);
    return r;
}
static Ref ctx_m_power(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[3];
    if (kit_bind(t, NULL, "a,b|modulo", args, nargs, kwnames, a) < 0) return REF_NULL;
    Num x, y, z;
    bool modular = !value_is_null(a[2]) && !value_is_none(a[2]);
    if (operand_required(t, a[0], &x) < 0) return REF_NULL;
    num_init(&y);
    num_init(&z);
    Ref r = REF_NULL;
    if (operand_required(t, a[1], &y) == 0 && (!modular || operand_required(t, a[2], &z) == 0)) r = power(t, &x, &y, modular ? &z : NULL, as(Context, self));
    num_free(&x);
    num_free(&y);
    num_free(&z);
    return r;
}
static Ref ctx_m_divmod(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Num x, y;
    if (context_operands(t, "divmod", args, nargs, kwnames, &x, &y) < 0) return REF_NULL;
    Ref r = divmod_pair(t, &x, &y, as(Context, self));
    num_free(&x);
    num_free(&y);
    return r;
}

/* ---- with a rounding --------------------------------------------------------------------------------------------------------------------------- */

static Ref rounded(Thread *t, Value self, const Num *y, Value rounding, Context *c, UnaryOp *unary) {
    Ctx ctx;
    Num x, r;
    uint32_t st = 0;
    context_read(c, &ctx);
    if (!value_is_null(rounding) && !value_is_none(rounding)) {
        int i = rounding_index(t, rounding);
        if (i < 0) return REF_NULL;
        ctx.round = (Rounding)i;
    }
    num_init(&r);
    dec_view(&x, self);
    if (unary != NULL) unary(&r, &x, &ctx, &st);
    else num_quantize(&r, &x, y, &ctx, &st);
    return finish(t, &r, c, st);
}
static Ref dec_m_quantize(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[3];
    Context *c;
    if (likely(nargs == 1 && value_is_null(kwnames))) {
        a[0] = args[0];
        a[1] = VALUE_NULL;
        c = context_current(t);
    } else {
        c = bind_context(t, "exp|rounding,context", 3, args, nargs, kwnames, a);
    }
    Num y;
    if (c == NULL || operand_required(t, a[0], &y) < 0) return REF_NULL;
    Ref r = rounded(t, self, &y, a[1], c, NULL);
    num_free(&y);
    return r;
}
static Ref integral(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, UnaryOp *op) {
    Value a[2];
    if (kit_bind(t, NULL, "|rounding,context", args, nargs, kwnames, a) < 0) return REF_NULL;
    Context *c = context_argument(t, a[1]);
    return c == NULL ? REF_NULL : rounded(t, self, NULL, a[0], c, op);
}
static Ref dec_m_to_integral(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return integral(t, self, args, nargs, kwnames, num_to_integral);
}
static Ref dec_m_to_integral_exact(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return integral(t, self, args, nargs, kwnames, num_to_integral_exact);
}

static Ref to_int(Thread *t, Value self, Rounding mode) {
    Num a;
    dec_view(&a, self);
    return num_to_int(t, &a, mode);
}
static Ref op_int(Thread *t, Value self) { return to_int(t, self, ROUND_DOWN); }
static Ref dec_m_trunc(Thread *t, Value self, const Value *a) { return to_int(t, self, ROUND_DOWN); }
static Ref dec_m_floor(Thread *t, Value self, const Value *a) { return to_int(t, self, ROUND_FLOOR); }
static Ref dec_m_ceil(Thread *t, Value self, const Value *a) { return to_int(t, self, ROUND_CEILING); }
static Ref dec_m_round(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    if (no_kwargs(t, "__round__", kwnames) < 0 || kit_bind(t, NULL, "|ndigits", args, nargs, VALUE_NULL, a) < 0) return REF_NULL;
    if (value_is_null(a[0])) return to_int(t, self, ROUND_HALF_EVEN);
    if (!is_int(a[0])) return err_set(t, E_TypeError, "optional arg must be an integer");
    int64_t n;
    if (int_try_i64(a[0], &n) < 0) return err_set(t, E_OverflowError, "Python int too large to convert to C ssize_t");
    Context *c = context_current(t);
    if (c == NULL) return REF_NULL;
    Num unit;
    num_init(&unit);
    num_small(&unit, 0, 1, n == INT64_MIN ? INT64_MAX : -n);
    return rounded(t, self, &unit, VALUE_NULL, c, NULL);
}

/* ---- questions --------------------------------------------------------------------------------------------------------------------------------- */

static bool is_normal(const Num *a, const Ctx *c) { return !num_special(a) && a->n != 0 && num_adjusted(a) >= c->emin; }
static bool is_subnormal(const Num *a, const Ctx *c) { return !num_special(a) && a->n != 0 && num_adjusted(a) < c->emin; }
#define QUESTION(name, expression)                                                                                                \
    static bool ask_##name(const Num *a) { return expression; }                                                                   \
    static Ref dec_m_##name(Thread *t, Value self, const Value *args) {                                                           \
        Num a;                                                                                                                    \
        dec_view(&a, self);                                                                                                       \
        return ref_bool(ask_##name(&a));                                                                                          \
    }                                                                                                                             \
    static Ref ctx_m_##name(Thread *t, Value self, const Value *args) {                                                           \
        Num a;                                                                                                                    \
        if (operand_required(t, args[0], &a) < 0) return REF_NULL;                                                                \
        Ref r = ref_bool(ask_##name(&a));                                                                                         \
        num_free(&a);                                                                                                             \
        return r;                                                                                                                 \
    }
QUESTION(is_finite, !num_special(a))
QUESTION(is_infinite, num_is_inf(a))
QUESTION(is_nan, num_is_nan(a))
QUESTION(is_qnan, (a->flags & NUM_QNAN) != 0)
QUESTION(is_snan, (a->flags & NUM_SNAN) != 0)
QUESTION(is_signed, num_sign(a) != 0)
QUESTION(is_zero, num_is_zero(a))

/* Questions whose answer depends on the context. */
typedef Ref AskFn(Thread *t, const Num *a, const Ctx *c);
static Ref answer_normal(Thread *t, const Num *a, const Ctx *c) { return ref_bool(is_normal(a, c)); }
static Ref answer_subnormal(Thread *t, const Num *a, const Ctx *c) { return ref_bool(is_subnormal(a, c)); }
static Ref answer_class(Thread *t, const Num *a, const Ctx *c) { return str_from_cstr(t, num_class(a, c)); }
static Ref dec_ask(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, AskFn *ask) {
    Value v[1];
    Context *c = bind_context(t, "|context", 1, args, nargs, kwnames, v);
    if (c == NULL) return REF_NULL;
    Num a;
    Ctx ctx;
    context_read(c, &ctx);
    dec_view(&a, self);
    return ask(t, &a, &ctx);
}
static Ref ctx_ask(Thread *t, Value self, Value v, AskFn *ask) {
    Num a;
    Ctx ctx;
    context_read(as(Context, self), &ctx);
    if (operand_required(t, v, &a) < 0) return REF_NULL;
    Ref r = ask(t, &a, &ctx);
    num_free(&a);
    return r;
}
#define ASK(name, fn)                                                                                                             \
    static Ref dec_m_##name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {                              \
        return dec_ask(t, self, args, nargs, kwnames, fn);                                                                        \
    }                                                                                                                             \
    static Ref ctx_m_##name(Thread *t, Value self, const Value *a) { return ctx_ask(t, self, a[0], fn); }
ASK(is_normal, answer_normal)
ASK(is_subnormal, answer_subnormal)
ASK(number_class, answer_class)

static Ref same_quantum(const Num *a, const Num *b) {
    bool same;
    if (num_special(a) || num_special(b)) same = (num_is_nan(a) && num_is_nan(b)) || (num_is_inf(a) && num_is_inf(b));
    else same = a->exp == b->exp;
    return ref_bool(same);
}
static Ref dec_m_same_quantum(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    Num x, y;
    if (bind_context(t, "other|context", 2, args, nargs, kwnames, a) == NULL || operand_required(t, a[0], &y) < 0) return REF_NULL;
    dec_view(&x, self);
    Ref r = same_quantum(&x, &y);
    num_free(&y);
    return r;
}
static Ref ctx_m_same_quantum(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Num x, y;
    if (context_operands(t, "same_quantum", args, nargs, kwnames, &x, &y) < 0) return REF_NULL;
    Ref r = same_quantum(&x, &y);
    num_free(&x);
    num_free(&y);
    return r;
}

/* ---- the rest ---------------------------------------------------------------------------------------------------------------------------------- */

static Ref small_decimal(Thread *t, uint64_t n) {
    Num r;
    num_init(&r);
    num_small(&r, 0, n, 0);
    return dec_new(t, &r);
}
static Ref dec_m_self(Thread *t, Value self, const Value *a) { return ref_new(t, self); }
static Ref dec_m_true(Thread *t, Value self, const Value *a) { return REF_TRUE; }
static Ref m_radix(Thread *t, Value self, const Value *a) { return small_decimal(t, 10); }
static Ref get_real(Thread *t, Value self, void *closure) { return ref_new(t, self); }
static Ref get_imag(Thread *t, Value self, void *closure) { return small_decimal(t, 0); }
static Ref dec_m_adjusted(Thread *t, Value self, const Value *a) {
    Num x;
    dec_view(&x, self);
    return num_special(&x) ? ref_small_int(0) : int_from_i64(t, num_adjusted(&x));
}
static Ref dec_m_complex(Thread *t, Value self, const Value *a) {
    Ref f = dec_to_float(t, self);
    if (ref_is_null(f)) return f;
    Ref r = complex_new(t, float_value(ref_borrow(f)), 0);
    ref_drop(t, f);
    return r;
}
static Ref dec_m_reduce(Thread *t, Value self, const Value *a) {
    Ref text = op_str(t, self);
    if (ref_is_null(text)) return text;
    Value args[] = {ref_borrow(text)};
    Ref r = kit_reduce(t, type_value(type_of(self)), args, 1, VALUE_NULL);
    ref_drop(t, text);
    return r;
}
static Ref dec_m_sizeof(Thread *t, Value self, const Value *a) {
    const Dec *d = as(Dec, self);
    return ref_small_int((int64_t)type_of(self)->head.size + (d->n > 2 ? (int64_t)d->n * 8 : 0));
}
static Ref dec_m_to_eng_string(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    Context *c = bind_context(t, "|context", 1, args, nargs, kwnames, a);
    return c == NULL ? REF_NULL : text_of(t, self, c, true);
}
static Ref context_text(Thread *t, Value self, Value v, bool engineering) {
    Num a;
    if (operand_required(t, v, &a) < 0) return REF_NULL;
    Ref r = num_to_text(t, &a, engineering, load_relaxed(&as(Context, self)->x_capitals) != 0);
    num_free(&a);
    return r;
}
static Ref ctx_m_to_sci_string(Thread *t, Value self, const Value *a) { return context_text(t, self, a[0], false); }
static Ref ctx_m_to_eng_string(Thread *t, Value self, const Value *a) { return context_text(t, self, a[0], true); }
static Ref ctx_m_canonical(Thread *t, Value self, const Value *a) {
    return is_dec(a[0]) ? ref_new(t, a[0]) : err_set(t, E_TypeError, "argument must be a Decimal");
}
static Ref ctx_m_is_canonical(Thread *t, Value self, const Value *a) { return is_dec(a[0]) ? REF_TRUE : err_set(t, E_TypeError, "argument must be a Decimal"); }
static Ref ctx_m_create_decimal(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    if (no_kwargs(t, "create_decimal", kwnames) < 0 || kit_bind(t, NULL, "|num", args, nargs, VALUE_NULL, a) < 0) return REF_NULL;
    return dec_from_value(t, a[0], as(Context, self));
}
static Ref ctx_m_create_decimal_from_float(Thread *t, Value self, const Value *a) { return dec_from_float(t, &dec_type, a[0], as(Context, self), false); }

static Ref dec_m_from_float(Thread *t, Value cls, const Value *a) {
    Context *c = context_current(t);
    Ref r = c == NULL ? REF_NULL : dec_from_float(t, &dec_type, a[0], c, true);
    if (ref_is_null(r) || as(Type, cls) == &dec_type) return r;
    Ref instance = call1(t, cls, ref_borrow(r));
    ref_drop(t, r);
    return instance;
}
static Ref dec_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value a[2] = {VALUE_NULL, VALUE_NULL};
    if (likely(nargs == 1 && value_is_null(kwnames))) a[0] = args[0];
    else if (kit_bind(t, NULL, "|value,context", args, nargs, kwnames, a) < 0) return REF_NULL;
    Context *c = context_argument(t, a[1]);
    return c == NULL ? REF_NULL : dec_from_value_exact(t, as(Type, cls), a[0], c);
}
static void dec_destroy(Thread *t, Object *o) {
    Dec *d = (Dec *)o;
    if (d->n > 2) mem_free(d->heap);
}

#define SIG_CONTEXT "($self, /, context=None)"
#define SIG_OTHER "($self, /, other, context=None)"
#define UNARY(name, doc) FN_RAW(#name, SIG_CONTEXT, dec_m_##name, doc)
#define BINARY(name, doc) FN_RAW(#name, SIG_OTHER, dec_m_##name, doc)
#define PLAIN(name, doc) FN(#name, "($self, /)", dec_m_##name, doc)
static NativeDef dec_methods[] = {
    UNARY(exp, "e to this power, correctly rounded."),
    UNARY(is_normal, "True if it is finite, not zero, and not subnormal."),
    UNARY(is_subnormal, "True if it is subnormal."),
    UNARY(ln, "The natural logarithm, correctly rounded."),
    UNARY(log10, "The logarithm to base ten, correctly rounded."),
    UNARY(logb, "The adjusted exponent as a Decimal."),
    UNARY(logical_invert, "Each digit, 0 or 1, inverted."),
    UNARY(next_minus, "The greatest number in the context that is less."),
    UNARY(next_plus, "The least number in the context that is greater."),
    UNARY(normalize, "The same value without zeros at the end."),
    UNARY(number_class, "Which class of numbers it belongs to."),
    UNARY(sqrt, "The square root, correctly rounded."),
    UNARY(to_eng_string, "Text with an exponent that is a multiple of three."),
    BINARY(compare, "Decimal -1, 0 or 1, or NaN."),
    BINARY(compare_signal, "The same, but every NaN signals."),
    BINARY(compare_total, "The order of all values and representations: Decimal -1, 0 or 1."),
    BINARY(compare_total_mag, "The same without the signs."),
    BINARY(copy_sign, "This number with the sign of the other one."),
    BINARY(logical_and, "and, digit by digit, of numbers of digits 0 and 1."),
    BINARY(logical_or, "or, digit by digit, of numbers of digits 0 and 1."),
    BINARY(logical_xor, "exclusive or, digit by digit, of numbers of digits 0 and 1."),
    BINARY(max, "The greater one; a number rather than a quiet NaN."),
    BINARY(max_mag, "The one of greater magnitude."),
    BINARY(min, "The lesser one; a number rather than a quiet NaN."),
    BINARY(min_mag, "The one of lesser magnitude."),
    BINARY(next_toward, "The neighbour in the other one's direction."),
    BINARY(remainder_near, "The remainder of division by the other one with the nearest integer as quotient."),
    BINARY(rotate, "The digits rotated, to the left if the other one is positive."),
    BINARY(same_quantum, "True if both have the same exponent, or both are NaN or infinite."),
    BINARY(scaleb, "The exponent changed by the other one."),
    BINARY(shift, "The digits shifted, to the left if the other one is positive."),
    FN_RAW("fma", "($self, /, other, third, context=None)", dec_m_fma, "self * other + third, rounded once."),
    FN_RAW("quantize", "($self, /, exp, rounding=None, context=None)", dec_m_quantize, "Rounded to the exponent of exp."),
    FN_RAW("to_integral", "($self, /, rounding=None, context=None)", dec_m_to_integral, "The same as to_integral_value()."),
    FN_RAW("to_integral_exact", "($self, /, rounding=None, context=None)", dec_m_to_integral_exact, "Rounded to an integer, signalling Inexact and Rounded."),
    FN_RAW("to_integral_value", "($self, /, rounding=None, context=None)", dec_m_to_integral, "Rounded to an integer, without signals."),
    PLAIN(adjusted, "The exponent when the point stands behind the first digit."),
    FN("as_tuple", "($self, /)", dec_as_tuple, "DecimalTuple(sign, digits, exponent)"),
    FN("as_integer_ratio", "($self, /)", dec_as_integer_ratio, "Numerator and denominator in lowest terms."),
    FN("canonical", "($self, /)", dec_m_self, "The number itself."),
    FN("conjugate", "($self, /)", dec_m_self, "The number itself."),
    PLAIN(copy_abs, "The absolute value, without rounding."),
    PLAIN(copy_negate, "The negation, without rounding."),
    FN("is_canonical", "($self, /)", dec_m_true, "True."),
    PLAIN(is_finite, "True if it is neither infinite nor NaN."),
    PLAIN(is_infinite, "True if it is infinite."),
    PLAIN(is_nan, "True if it is a NaN."),
    PLAIN(is_qnan, "True if it is a quiet NaN."),
    PLAIN(is_signed, "True if it has a minus sign."),
    PLAIN(is_snan, "True if it is a signalling NaN."),
    PLAIN(is_zero, "True if it is zero."),
    FN("radix", "($self, /)", m_radix, "Decimal(10)."),
    FN_CLASS("from_float", "($type, f, /)", dec_m_from_float, "A float's or int's exact value."),
    FN("__copy__", "!($self, /)", dec_m_self, NULL),
    FN("__deepcopy__", "!($self, memo, /)", dec_m_self, NULL),
    FN_RAW("__format__", "!($self, fmt, override=None, /)", dec_format, NULL),
    FN("__reduce__", "!($self, /)", dec_m_reduce, NULL),
    FN_RAW("__round__", "!($self, ndigits=None, /)", dec_m_round, NULL),
    FN("__ceil__", "!($self, /)", dec_m_ceil, NULL),
    FN("__floor__", "!($self, /)", dec_m_floor, NULL),
    FN("__trunc__", "!($self, /)", dec_m_trunc, NULL),
    FN("__complex__", "!($self, /)", dec_m_complex, NULL),
    FN("__sizeof__", "!($self, /)", dec_m_sizeof, NULL),
    FN_END,
};
static const GetSetDef dec_getset[] = {{"real", get_real, NULL, NULL}, {"imag", get_imag, NULL, NULL}, {NULL}};
Type dec_type = {
    TYPE_HEADER(Dec, TYPE_BASETYPE, NULL, NULL, dec_destroy),
    .name = "decimal.Decimal",
    .doc = "Decimal(value=\"0\", context=None)\n--\n\n"
           "A decimal number: exactly the value given, which is an int, a float, a string, a tuple or another Decimal. The context only says whether malformed "
           "text is an exception.",
    .new_ = dec_new_slot, .repr = op_repr, .str = op_str, .hash = dec_hash, .richcompare = dec_richcompare, .add = op_add, .sub = op_sub, .mul = op_mul,
    .truediv = op_truediv, .floordiv = op_floordiv, .mod = op_mod, .divmod = op_divmod, .pow = op_pow, .neg = op_neg, .pos = op_pos, .abs_ = op_abs,
    .bool_ = op_bool, .int_ = op_int, .float_ = dec_to_float, .methods = dec_methods, .getset = dec_getset,
};

#undef UNARY
#undef BINARY
#undef PLAIN
#define UNARY(name, doc) FN(#name, "($self, x, /)", ctx_m_##name, doc)
#define BINARY(name, doc) FN_RAW(#name, "($self, x, y, /)", ctx_m_##name, doc)
#define PLAIN(name, fn, doc) FN(name, "($self, /)", fn, doc)
NativeDef context_methods[] = {
    UNARY(abs, "The absolute value."),
    UNARY(canonical, "The number itself."),
    UNARY(copy_abs, "The absolute value, without rounding."),
    UNARY(copy_decimal, "The number itself as a Decimal."),
    UNARY(copy_negate, "The negation, without rounding."),
    UNARY(exp, "e ** x"),
    UNARY(is_canonical, "True."),
    UNARY(is_finite, "True if x is neither infinite nor NaN."),
    UNARY(is_infinite, "True if x is infinite."),
    UNARY(is_nan, "True if x is a NaN."),
    UNARY(is_normal, "True if x is finite, not zero, and not subnormal."),
    UNARY(is_qnan, "True if x is a quiet NaN."),
    UNARY(is_signed, "True if x has a minus sign."),
    UNARY(is_snan, "True if x is a signalling NaN."),
    UNARY(is_subnormal, "True if x is subnormal."),
    UNARY(is_zero, "True if x is zero."),
    UNARY(ln, "The natural logarithm."),
    UNARY(log10, "The logarithm to base ten."),
    UNARY(logb, "The adjusted exponent."),
    UNARY(logical_invert, "Each digit, 0 or 1, inverted."),
    UNARY(minus, "-x"),
    UNARY(next_minus, "The greatest number that is less than x."),
    UNARY(next_plus, "The least number that is greater than x."),
    UNARY(normalize, "x without zeros at the end."),
    UNARY(number_class, "Which class of numbers x belongs to."),
    UNARY(plus, "+x"),
    UNARY(sqrt, "The square root."),
    UNARY(to_eng_string, "Text with an exponent that is a multiple of three."),
    FN("to_integral", "($self, x, /)", ctx_m_to_integral, "x rounded to an integer, without signals."),
    UNARY(to_integral_exact, "x rounded to an integer."),
    FN("to_integral_value", "($self, x, /)", ctx_m_to_integral, "x rounded to an integer, without signals."),
    UNARY(to_sci_string, "Text in scientific notation."),
    BINARY(add, "x + y"),
    BINARY(compare, "Decimal -1, 0 or 1, or NaN."),
    BINARY(compare_signal, "The same, but every NaN signals."),
    BINARY(compare_total, "The order of all values and representations."),
    BINARY(compare_total_mag, "The same without the signs."),
    BINARY(copy_sign, "x with the sign of y."),
    BINARY(divide, "x / y"),
    BINARY(divide_int, "x / y as an integer."),
    BINARY(divmod, "Quotient and remainder."),
    BINARY(logical_and, "and, digit by digit."),
    BINARY(logical_or, "or, digit by digit."),
    BINARY(logical_xor, "exclusive or, digit by digit."),
    BINARY(max, "The greater one."),
    BINARY(max_mag, "The one of greater magnitude."),
    BINARY(min, "The lesser one."),
    BINARY(min_mag, "The one of lesser magnitude."),
    BINARY(multiply, "x * y"),
    BINARY(next_toward, "The neighbour of x in the direction of y."),
    BINARY(quantize, "x rounded to the exponent of y."),
    BINARY(remainder, "The remainder of x / y with the sign of x."),
    BINARY(remainder_near, "x - n * y, n the integer nearest to x / y."),
    BINARY(rotate, "x's digits rotated y places."),
    BINARY(same_quantum, "True if both have the same exponent."),
    BINARY(scaleb, "x with its exponent changed by y."),
    BINARY(shift, "x's digits shifted y places."),
    BINARY(subtract, "x - y"),
    FN_RAW("fma", "($self, x, y, z, /)", ctx_m_fma, "x * y + z, rounded once."),
    FN_RAW("power", "($self, /, a, b, modulo=None)", ctx_m_power, "a ** b, or a ** b % modulo."),
    FN_RAW("create_decimal", "($self, num=\"0\", /)", ctx_m_create_decimal, "A Decimal rounded to this context."),
    FN("create_decimal_from_float", "($self, f, /)", ctx_m_create_decimal_from_float, "The same from a float or int."),
    PLAIN("radix", m_radix, "Decimal(10)."),
    PLAIN("Etiny", context_m_etiny, "The least exponent of subnormal numbers."),
    PLAIN("Etop", context_m_etop, "The greatest exponent of a number of prec digits."),
    PLAIN("copy", context_m_copy, "A copy, flags and traps included."),
    PLAIN("clear_flags", context_m_clear_flags, "Clear all flags."),
    PLAIN("clear_traps", context_m_clear_traps, "Clear all traps."),
    FN("__copy__", "!($self, /)", context_m_copy, NULL),
    FN("__reduce__", "!($self, /)", context_m_reduce, NULL),
    FN("_apply", "!($self, x, /)", ctx_m_apply, NULL),
    FN_END,
};
