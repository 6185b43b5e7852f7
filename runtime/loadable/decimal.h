/* What the files of the module _decimal share: numbers, contexts, conditions.
 *
 * A number is (-1)^sign · coefficient · 10^exp. The coefficient is binary, limbs of GMP's mpn layer. Algorithms follow M. Cowlishaw's General Decimal
 * Arithmetic Specification; where that leaves freedom (flags of intermediate steps, exponents of exact results), what python3.11's module does.
 *
 *   Num   a number in the making, or a view of a Decimal's; on the C stack. Belongs to one thread.
 *   Dec   the Python object, immutable.
 *   Ctx   a copy of a context's settings for one operation.
 *
 * Arithmetic on Nums touches no objects and raises nothing: conditions are bits added to *st, and where a result can't be had it's a NaN. Results are never
 * operands unless a function says so. Function names: num_ on Nums, dec_ on Decimals, context_ on contexts.
 */
#ifndef WEFT_RUNTIME_LOADABLE_DECIMAL_H
#define WEFT_RUNTIME_LOADABLE_DECIMAL_H
#include "runtime/dict.h"
#include "runtime/float.h"
#include "runtime/int_internal.h"
#include "runtime/modules/kit.h"
#include "runtime/names.h"
#include "runtime/thread_state.h"
#include <gmp.h>

_Static_assert(GMP_NUMB_BITS == 64, "limbs have 64 bits");
typedef unsigned __int128 u128;

/* ---- conditions ---------------------------------------------------------------------------------------------------------------------- */
enum {
    ST_CLAMPED = 0x1, ST_CONVERSION = 0x2, ST_DIV_ZERO = 0x4, ST_DIV_IMPOSSIBLE = 0x8, ST_DIV_UNDEFINED = 0x10, ST_INEXACT = 0x40,
    ST_INVALID_CONTEXT = 0x80, ST_INVALID = 0x100, ST_MALLOC = 0x200, ST_FLOAT = 0x400, ST_OVERFLOW = 0x800, ST_ROUNDED = 0x1000,
    ST_SUBNORMAL = 0x2000, ST_UNDERFLOW = 0x4000,
    ST_ANY_INVALID = ST_CONVERSION | ST_DIV_IMPOSSIBLE | ST_DIV_UNDEFINED | ST_INVALID_CONTEXT | ST_INVALID | ST_MALLOC,
    ST_ERRORS = ST_ANY_INVALID | ST_DIV_ZERO,
};

/* ---- settings ------------------------------------------------------------------------------------------------------------------------ */
typedef enum { ROUND_UP, ROUND_DOWN, ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_05UP, ROUND_COUNT } Rounding;
#define MAX_PREC INT64_C(999999999999999999)
#define MAX_EMAX INT64_C(999999999999999999)
#define MIN_EMIN (-MAX_EMAX)
#define MIN_ETINY (MIN_EMIN - (MAX_PREC - 1))
#define EXP_BEYOND INT64_C(2000000000000000001) /* beyond every exponent that can stay: makes finalize overflow */
typedef struct Ctx {
    int64_t prec, emin, emax;
    Rounding round;
    bool clamp;
} Ctx;
extern const Ctx max_ctx; /* the widest, rounding half to even */
static inline int64_t ctx_etiny(const Ctx *c) { return c->emin - (c->prec - 1); }
static inline int64_t ctx_etop(const Ctx *c) { return c->emax - (c->prec - 1); }

/* ---- numbers (decimal_num.c) ------------------------------------------------------------------------------------------------------------ */
#define NUM_NEG 1u
#define NUM_INF 2u
#define NUM_QNAN 4u
#define NUM_SNAN 8u
#define NUM_NAN (NUM_QNAN | NUM_SNAN)
#define NUM_SPECIAL (NUM_INF | NUM_NAN)
#define NUM_SMALL 8
typedef struct Num {
    int64_t exp;
    int64_t digits;   /* decimal ones of the coefficient, 1 for zero; of a NaN's payload, 0 if it has none */
    mp_limb_t *p;     /* n limbs, no leading zeros */
    uint32_t n, cap;  /* cap: room at p; 0 in a view */
    uint8_t flags;    /* NUM_* */
    bool heap;        /* p is mem_alloc'ed */
    mp_limb_t small[NUM_SMALL];
} Num;

static inline void num_init(Num *r) {
    r->exp = 0;
    r->digits = 1;
    r->p = r->small;
    r->n = 0;
    r->cap = NUM_SMALL;
    r->flags = 0;
    r->heap = false;
}
static inline void num_free(Num *r) {
    if (unlikely(r->heap)) mem_free(r->p);
}
/* A view of one that was just made: no copy. */
static inline void num_view(Num *v, const Num *a) {
    v->exp = a->exp;
    v->digits = a->digits;
    v->p = a->p;
    v->n = a->n;
    v->cap = 0;
    v->flags = a->flags;
    v->heap = false;
}
static inline bool num_special(const Num *a) { return (a->flags & NUM_SPECIAL) != 0; }
static inline bool num_is_nan(const Num *a) { return (a->flags & NUM_NAN) != 0; }
static inline bool num_is_inf(const Num *a) { return (a->flags & NUM_INF) != 0; }
static inline bool num_is_zero(const Num *a) { return a->n == 0 && !num_special(a); }
static inline unsigned num_sign(const Num *a) { return a->flags & NUM_NEG; }
static inline int64_t num_adjusted(const Num *a) { return a->exp + a->digits - 1; }

extern const mp_limb_t ten_powers[20];
static inline int digits_u64(uint64_t x) {
    if (x == 0) return 1;
    int guess = (64 - __builtin_clzll(x)) * 1233 >> 12;
    return guess + (x >= ten_powers[guess]);
}
/* Room for that many limbs at r->p, contents undefined. False: no memory, r is a NaN and *st says so. */
bool num_room_slow(Num *r, size_t limbs, uint32_t *st);
static inline bool num_room(Num *r, size_t limbs, uint32_t *st) { return likely(limbs <= r->cap) || num_room_slow(r, limbs, st); }
void num_nan(Num *r, unsigned sign);                       /* without payload */
void num_error(Num *r, uint32_t condition, uint32_t *st);  /* a NaN, and the condition */
void num_inf(Num *r, unsigned sign);
void num_small(Num *r, unsigned sign, uint64_t coefficient, int64_t exp);
bool num_copy(Num *r, const Num *a, uint32_t *st);
void num_move(Num *r, Num *a);                             /* a's contents to r; a is left as zero */
void num_trim(Num *r, size_t n);                           /* n: limbs with perhaps zeros in front; sets n and digits */
int64_t digits_of_limbs(const mp_limb_t *p, size_t n);     /* n > 1, no leading zeros */
static inline void num_count(Num *r) { r->digits = likely(r->n <= 1) ? digits_u64(r->n ? r->p[0] : 0) : digits_of_limbs(r->p, r->n); }
void num_tables_init(void);                                /* once, before all else */
/* 5^k: limbs that are cached for good or stand in temp; null for lack of memory. */
const mp_limb_t *five_power(int64_t k, mp_size_t *n, Num *temp, uint32_t *st);
bool num_shl10(Num *r, const Num *a, int64_t k, uint32_t *st);   /* coefficient · 10^k, k >= 0; all else as in a. r may be a */
typedef enum { REST_ZERO, REST_LOW, REST_HALF, REST_HIGH } Rest; /* what was cut off: none, less than half a unit, half, more */
Rest num_shr10(Num *r, int64_t k, uint32_t *st);           /* cuts k digits off the coefficient; exp stays */
bool round_away(Rounding mode, unsigned sign, Rest rest, uint64_t last_limb_mod_10);
void num_round_cut(Num *r, Rest rest, Rounding mode, uint32_t *st); /* after num_shr10: adds one if the mode wants it; nothing else */
unsigned num_last_digit(const Num *a);
int64_t num_strip_zeros(Num *r, int64_t most, uint32_t *st);     /* divides by 10 exactly as often as possible, at most so often; exp grows */
void num_keep_last(Num *r, int64_t digits, uint32_t *st);        /* of the coefficient's digits */
void num_finalize_slow(Num *r, const Ctx *c, uint32_t *st);
/* Fits r into the context: rounds, overflows, clamps. */
static inline void num_finalize(Num *r, const Ctx *c, uint32_t *st) {
    if (likely(!num_special(r) && r->n != 0 && r->digits <= c->prec && r->exp + c->prec - 1 <= c->emax && num_adjusted(r) >= c->emin)) return;
    num_finalize_slow(r, c, st);
}
int limbs_compare(const mp_limb_t *a, size_t an, const mp_limb_t *b, size_t bn);
int num_compare_abs(const Num *a, const Num *b, uint32_t *st); /* both finite */
int num_compare(const Num *a, const Num *b, uint32_t *st);     /* no NaNs */
/* If one is a NaN: the result of an operation on them, and true. b may be null. */
bool num_nans(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st);
void num_fix_nan(Num *r, const Ctx *c, uint32_t *st);
void num_max_coefficient(Num *r, const Ctx *c, uint32_t *st);  /* 99…9, sign kept */
bool num_is_integer(const Num *a);
bool num_is_odd(const Num *a);                                 /* an odd integer */
bool num_get_u64(const Num *a, uint64_t *out);                 /* |a| if it is an integer below 2^63 */
bool num_set_digits(Num *r, const char *digits, size_t n, uint32_t *st); /* ASCII digits; flags and exp stay */
/* NUL-terminated digits ("0" for zero) in small or, if it's too small, mem_alloc'ed. */
char *num_get_digits(const Num *a, char *small, size_t room, uint32_t *st);

/* ---- arithmetic (decimal_arith.c, decimal_ops.c, decimal_math.c) --------------------------------------------------------------------------- */
typedef void UnaryOp(Num *r, const Num *a, const Ctx *c, uint32_t *st);
typedef void NumBinaryOp(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st);
NumBinaryOp num_add, num_sub, num_mul, num_div, num_div_int, num_rem, num_rem_near, num_quantize, num_compare_op, num_compare_signal, num_compare_total,
    num_compare_total_mag, num_max, num_min, num_max_mag, num_min_mag, num_next_toward, num_logical_and, num_logical_or, num_logical_xor, num_rotate,
    num_shift, num_scaleb, num_copy_sign, num_pow;
UnaryOp num_plus, num_minus, num_abs, num_sqrt, num_exp, num_ln, num_log10, num_logb, num_next_plus, num_next_minus, num_reduce, num_logical_invert,
    num_to_integral, num_to_integral_exact;
void num_mul_exact(Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st); /* c: for NaNs */
void num_fma(Num *r, const Num *a, const Num *b, const Num *third, const Ctx *c, uint32_t *st);
void num_divmod(Num *q, Num *r, const Num *a, const Num *b, const Ctx *c, uint32_t *st);
void num_powmod(Num *r, const Num *base, const Num *exp, const Num *mod, const Ctx *c, uint32_t *st);
int num_total_order(const Num *a, const Num *b, uint32_t *st);
const char *num_class(const Num *a, const Ctx *c);
/* Rounds the coefficient so that exp becomes `exp`, or `prec` digits stay, whatever the context's precision: for formatting. */
void num_rescale(Num *r, int64_t exp, Rounding mode, uint32_t *st);
void num_round_digits(Num *r, int64_t prec, Rounding mode, uint32_t *st);

/* ---- objects ----------------------------------------------------------------------------------------------------------------------------------- */
typedef struct Dec {
    Object base;
    _Atomic int64_t x_hash;       /* -1: not computed */
    int64_t exp, digits;
    uint32_t n;
    uint8_t flags;
    union {
        mp_limb_t limb[2];        /* n <= 2 */
        mp_limb_t *heap;          /* mem_alloc'ed */
    };
} Dec;
extern Type dec_type;
static inline bool is_dec(Value v) { return is_exact(v, &dec_type) || type_is_subtype(type_of(v), &dec_type); }
static inline mp_limb_t *dec_limbs(const Dec *d) { return d->n <= 2 ? (mp_limb_t *)d->limb : d->heap; }
static inline void dec_view(Num *v, Value dec) {
    const Dec *d = as(Dec, dec);
    v->exp = d->exp;
    v->digits = d->digits;
    v->p = dec_limbs(d);
    v->n = d->n;
    v->cap = 0;
    v->flags = d->flags;
    v->heap = false;
}
/* The common case: a coefficient of at most two limbs, of a Decimal or a small int. */
typedef struct Short { u128 m; int64_t exp; unsigned sign; } Short;
static inline bool short_load(Value v, Short *s) {
    if (value_is_int(v)) {
        int64_t i = value_int(v);
        *s = (Short){i < 0 ? 0 - (uint64_t)i : (uint64_t)i, 0, i < 0 ? NUM_NEG : 0};
        return true;
    }
    if (!is_exact(v, &dec_type)) return false;
    const Dec *d = as(Dec, v);
    if (unlikely(d->n > 2 || (d->flags & NUM_SPECIAL))) return false;
    *s = (Short){(u128)d->limb[1] << 64 | d->limb[0], d->exp, d->flags & NUM_NEG};
    return true;
}
/* Gives both the same exponent, if the coefficients stay that short. */
static inline bool short_align(Short *x, Short *y) {
    if (likely(x->exp == y->exp)) return true;
    Short *big = x->exp > y->exp ? x : y;
    int64_t up = x->exp > y->exp ? x->exp - y->exp : y->exp - x->exp;
    if (up > 19 || up < 0) return false;
    u128 high = (u128)(uint64_t)(big->m >> 64) * ten_powers[up];
    big->exp -= up;
    big->m = (u128)(uint64_t)big->m * ten_powers[up];
    return high >> 64 == 0 && !__builtin_add_overflow(big->m, high << 64, &big->m);
}
/* A Decimal of exactly that type (not a subclass's constructor) with r's value; frees r. */
Ref dec_new(Thread *t, Num *r);
Ref dec_new_type(Thread *t, Type *type, Num *r);

/* One Python Context: settings are atomics so that threads may share it; flags and traps belong to its two SignalDicts. */
typedef struct SignalDict {
    Object base;
    _Atomic uint32_t x_bits;
    bool valid;                   /* made for a context */
} SignalDict;
typedef struct Context {
    Object base;
    _Atomic int64_t x_prec, x_emin, x_emax;
    _Atomic uint8_t x_round, x_clamp, x_capitals;
    Slot flags, traps;            /* never null once it's made; never replaced */
} Context;
extern Type context_type, signal_mixin_type, manager_type;
static inline SignalDict *context_flags(const Context *c) { return as(SignalDict, slot_get(&c->flags)); }
static inline SignalDict *context_traps(const Context *c) { return as(SignalDict, slot_get(&c->traps)); }
static inline void context_read(const Context *c, Ctx *out) {
    Context *k = (Context *)c;
    out->prec = load_relaxed(&k->x_prec);
    out->emin = load_relaxed(&k->x_emin);
    out->emax = load_relaxed(&k->x_emax);
    out->round = (Rounding)load_relaxed(&k->x_round);
    out->clamp = load_relaxed(&k->x_clamp) != 0;
}
/* Adds conditions to the flags, quietly. Writes to shared memory only if one of them is new. */
static inline void context_note(const Context *c, uint32_t st) {
    SignalDict *d = context_flags(c);
    if (st & ~load_relaxed(&d->x_bits)) or_acq_rel(&d->x_bits, st);
}
/* The thread's current context, borrowed: it stays good until the thread sets another. Null with an exception. */
Context *context_current_slow(Thread *t);
static inline Context *context_current(Thread *t) {
    Value v = runtime_thread(t)->decimal_context;
    return likely(!value_is_null(v)) ? as(Context, v) : context_current_slow(t);
}
/* Adds conditions to the context's flags; -1 with an exception if one of them is trapped, or memory ran out. */
int context_signal_slow(Thread *t, Context *c, uint32_t st);
static inline int context_signal(Thread *t, Context *c, uint32_t st) { return likely(st == 0) ? 0 : context_signal_slow(t, c, st); }
/* The context of an optional argument: the current one for null or None. Null with TypeError. */
Context *context_argument(Thread *t, Value v);
int rounding_index(Thread *t, Value v);       /* -1 with TypeError */
extern Slot rounding_names[ROUND_COUNT];      /* interned */
/* Signals, conditions, their exceptions. */
int signals_init(Thread *t, Value module);
int contexts_init(Thread *t, Value module);
Ref signal_dict_new(Thread *t, uint32_t bits);
Ref signal_list(Thread *t, uint32_t bits);                   /* the exceptions */
Ref signal_list_names(Thread *t, uint32_t bits);             /* "[Inexact, …]" */
int signal_list_bits(Thread *t, Value list, uint32_t *bits); /* from a list of signals */
int signal_dict_bits(Thread *t, Value dict, uint32_t *bits); /* from a SignalDict or a dict with all signals */
int signal_raise(Thread *t, uint32_t trapped);               /* -1 */
extern Slot signal_dict_class, decimal_tuple_class, rational_class;
extern NativeDef context_methods[];
Ref context_m_copy(Thread *t, Value self, const Value *a), context_m_clear_flags(Thread *t, Value self, const Value *a),
    context_m_clear_traps(Thread *t, Value self, const Value *a), context_m_etiny(Thread *t, Value self, const Value *a),
    context_m_etop(Thread *t, Value self, const Value *a), context_m_reduce(Thread *t, Value self, const Value *a);
extern NativeDef module_functions[];

/* ---- conversions (decimal_convert.c) ----------------------------------------------------------------------------------------------------------- */
bool num_from_int(Num *r, Value i, uint32_t *st);             /* exact; any int-like */
void num_from_double(Num *r, double d, uint32_t *st);         /* exact; inf and nan too */
/* Decimal(v): exactly v, or an exception. type: whose instance. */
Ref dec_from_value_exact(Thread *t, Type *type, Value v, Context *c);
Ref dec_from_value(Thread *t, Value v, Context *c);           /* Context.create_decimal: rounded */
Ref dec_from_float(Thread *t, Type *type, Value v, Context *exact_or_rounding, bool exact);
/* An operand as a view: of a Decimal, or, of an int, in `hold`, which num_free ends. 1; 0: of another type; -1. */
int operand_slow(Thread *t, Value v, Num *hold);
static inline int operand_view(Thread *t, Value v, Num *hold) {
    if (likely(is_exact(v, &dec_type))) {
        dec_view(hold, v);
        return 1;
    }
    return operand_slow(t, v, hold);
}
/* The same where another type is a TypeError: "conversion from X to Decimal is not supported". */
int operand_required(Thread *t, Value v, Num *hold);
Ref num_to_int(Thread *t, const Num *a, Rounding mode); /* ValueError, OverflowError for specials */
Ref dec_as_tuple(Thread *t, Value self, const Value *a);
Ref dec_as_integer_ratio(Thread *t, Value self, const Value *a);
Ref dec_to_float(Thread *t, Value self);
int64_t dec_hash(Thread *t, Value self);
Ref dec_richcompare(Thread *t, Value a, Value b, CompareOp op);

/* ---- text (decimal_text.c, decimal_format.c) --------------------------------------------------------------------------------------------------- */
/* Reads a numeric string. Malformed: NaN and ST_CONVERSION. Not rounded; an exponent that is too big for anything is cut to ±EXP_BEYOND. */
void num_parse(Num *r, const char *s, size_t n, uint32_t *st);
Ref num_to_text(Thread *t, const Num *a, bool engineering, bool capitals);
Ref dec_format(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
#endif
