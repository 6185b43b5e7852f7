/* The types int and bool: slots and methods over runtime/int.c. */
#include "runtime/int_internal.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/float.h"
#include "runtime/instance.h"
#include "runtime/list.h"
#include "runtime/native.h"
#include "runtime/names.h"
#include "runtime/str.h"

/* Binary slots get int-likes on both sides or leave the other operand to its own type. */
#define BOTH_INTS(a, b) if (!is_int(a) || !is_int(b)) return REF_NOT_IMPLEMENTED
#define INT_BINARY(name, body) static Ref slot_##name(Thread *t, Value a, Value b) { BOTH_INTS(a, b); return body; }

static Ref bitwise(Thread *t, Value a, Value b, void (*op)(mpz_ptr, mpz_srcptr, mpz_srcptr)) {
    IntView x, y;
    int_view(a, &x);
    int_view(b, &y);
    if (!int_scratch_available(x.n + y.n)) return err_no_memory(t);
    mpz_t zx, zy, zr; /* mpz's logical operations act on infinite two's complement, as Python's do */
    mpz_init(zr);
    op(zr, mpz_roinit_n(zx, x.p, x.neg ? -x.n : x.n), mpz_roinit_n(zy, y.p, y.neg ? -y.n : y.n));
    IntView r = {.p = mpz_limbs_read(zr), .n = (mp_size_t)mpz_size(zr), .neg = mpz_sgn(zr) < 0};
    Ref result = int_from_view(t, &r);
    mpz_clear(zr);
    return result;
}

INT_BINARY(add, int_add(t, a, b))
INT_BINARY(sub, int_sub(t, a, b))
INT_BINARY(mul, int_mul(t, a, b))
INT_BINARY(floordiv, int_floordiv(t, a, b))
INT_BINARY(mod, int_mod(t, a, b))
INT_BINARY(truediv, int_divide_true(t, a, b))
INT_BINARY(lshift, int_lshift(t, a, b))
INT_BINARY(rshift, int_rshift(t, a, b))
INT_BINARY(and, value_is_int(a) && value_is_int(b) ? ((Ref){a.bits & b.bits}) : bitwise(t, a, b, mpz_and))
INT_BINARY(or, value_is_int(a) && value_is_int(b) ? ((Ref){a.bits | b.bits}) : bitwise(t, a, b, mpz_ior))
INT_BINARY(xor, value_is_int(a) && value_is_int(b) ? ((Ref){(a.bits ^ b.bits) | 1}) : bitwise(t, a, b, mpz_xor))

static Ref slot_divmod(Thread *t, Value a, Value b) {
    BOTH_INTS(a, b);
    Ref qr[2];
    if (int_divmod_floor(t, a, b, &qr[0], &qr[1]) < 0) return REF_NULL;
    return tuple_from_steal(t, qr, 2);
}

static Ref slot_pow(Thread *t, Value a, Value b, Value c) {
    BOTH_INTS(a, b);
    if (!value_is_none(c) && !is_int(c)) return REF_NOT_IMPLEMENTED;
    return int_pow(t, a, b, c);
}

static Ref slot_neg(Thread *t, Value a) { return int_sub(t, small_int(0), a); }
static Ref slot_pos(Thread *t, Value a) { return int_exact(t, a); }
static Ref slot_abs(Thread *t, Value a) { return int_sign(a) < 0 ? slot_neg(t, a) : int_exact(t, a); }
static Ref slot_invert(Thread *t, Value a) { return int_sub(t, small_int(-1), a); }
static int slot_bool(Thread *t, Value a) { return int_sign(a) != 0; }
static Ref slot_float(Thread *t, Value a) {
    double d = int_as_double(t, a);
    return d == -1.0 && err_pending(t) ? REF_NULL : float_new(t, d);
}
static Ref slot_repr(Thread *t, Value a) { return int_to_text(t, a, 10, false); }
static int64_t slot_hash(Thread *t, Value a) { return int_hash(a); }

static Ref slot_richcompare(Thread *t, Value a, Value b, CompareOp op) {
    BOTH_INTS(a, b);
    int c = int_compare(a, b);
    switch (op) {
    case CMP_LT: return ref_bool(c < 0);
    case CMP_LE: return ref_bool(c <= 0);
    case CMP_EQ: return ref_bool(c == 0);
    case CMP_NE: return ref_bool(c != 0);
    case CMP_GT: return ref_bool(c > 0);
    case CMP_GE: return ref_bool(c >= 0);
    }
    return REF_NOT_IMPLEMENTED;
}

/* ---- making ---------------------------------------------------------------------------------------------------- */

/* value (exact int, consumed) as an instance of `type`: itself, or a boxed copy for a subclass */
static Ref int_of_type(Thread *t, Type *type, Ref value) {
    if (type == &int_type || ref_is_null(value)) return value;
    IntView x;
    int_view(ref_borrow(value), &x);
    BigInt *b = instance_alloc(t, type, (size_t)x.n);
    if (b != NULL) {
        mpn_copyi(b->limb, x.p, x.n);
        b->size = x.neg ? -x.n : x.n;
    }
    ref_drop(t, value);
    return ref_steal(b);
}

static Ref int_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[2];
    if (kwnames.bits == 0 && nargs <= 1) a[0] = nargs ? args[0] : VALUE_NULL, a[1] = VALUE_NULL;
    else if (bind_args(t, "int", "(x=0, /, base=10)", &signature, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    Type *type = as(Type, cls);
    if (value_is_null(a[0])) {
        if (!value_is_null(a[1])) return err_set(t, E_TypeError, "int() missing string argument");
        return int_of_type(t, type, ref_small_int(0));
    }
    if (value_is_null(a[1])) return int_of_type(t, type, number_int(t, a[0]));
    int64_t base;
    if (index_clamped(t, a[1], &base) < 0) return REF_NULL;
    if (base != 0 && (base < 2 || base > 36)) return err_set(t, E_ValueError, "int() base must be >= 2 and <= 36, or 0");
    if (!is_str(a[0]) && !is_bytes(a[0]) && !type_is_subtype(type_of(a[0]), &bytearray_type))
        return err_set(t, E_TypeError, "int() can't convert non-string with explicit base");
    return int_of_type(t, type, int_parse(t, a[0], (int)base));
}

static Ref bool_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "bool", kwnames) < 0 || check_nargs(t, "bool", nargs, 0, 1) < 0) return REF_NULL;
    int truth = nargs ? is_true(t, args[0]) : 0;
    return truth < 0 ? REF_NULL : ref_bool(truth);
}

/* ---- methods ---------------------------------------------------------------------------------------------------- */

static Ref m_exact(Thread *t, Value self, const Value *a) { return int_exact(t, self); }
static Ref m_bit_length(Thread *t, Value self, const Value *a) { return int_from_u64(t, int_bit_length(self)); }
static Ref m_bit_count(Thread *t, Value self, const Value *a) {
    IntView x;
    int_view(self, &x);
    return int_from_u64(t, x.n ? mpn_popcount(x.p, x.n) : 0);
}
static Ref m_as_integer_ratio(Thread *t, Value self, const Value *a) {
    Ref pair[2] = {int_exact(t, self), ref_small_int(1)};
    return ref_is_null(pair[0]) ? REF_NULL : tuple_from_steal(t, pair, 2);
}
static Ref m_getnewargs(Thread *t, Value self, const Value *a) {
    Ref v = int_exact(t, self);
    return ref_is_null(v) ? REF_NULL : tuple_from_steal(t, &v, 1);
}
static Ref m_format(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "__format__() argument must be str, not %G", a[0]);
    return str_length(a[0]) == 0 ? object_str(t, self) : int_format(t, self, a[0]);
}
static Ref m_sizeof(Thread *t, Value self, const Value *a) {
    IntView x;
    int_view(self, &x);
    return int_from_i64(t, value_is_int(self) ? 28 : (int64_t)sizeof(BigInt) + 8 * x.n);
}

/* round(i, -n): to a multiple of 10**n, half to even */
static Ref m_round(Thread *t, Value self, const Value *a) {
    if (value_is_null(a[0])) return int_exact(t, self);
    Ref digits = number_index(t, a[0]);
    if (ref_is_null(digits)) return REF_NULL;
    if (int_sign(ref_borrow(digits)) >= 0) {
        ref_drop(t, digits);
        return int_exact(t, self);
    }
    Ref places = number_neg(t, ref_borrow(digits)), unit = REF_NULL, rest = REF_NULL, twice = REF_NULL, result = REF_NULL;
    if (ref_is_null(places)) goto done;
    unit = int_pow(t, small_int(10), ref_borrow(places), VALUE_NONE);
    Ref quotient = REF_NULL;
    if (ref_is_null(unit) || int_divmod_floor(t, self, ref_borrow(unit), &quotient, &rest) < 0) goto done;
    twice = int_add(t, ref_borrow(rest), ref_borrow(rest));
    if (!ref_is_null(twice)) {
        int c = int_compare(ref_borrow(twice), ref_borrow(unit));
        uint64_t low;
        int_as_u64_mask(ref_borrow(quotient), &low);
        result = int_sub(t, self, ref_borrow(rest));
        if ((c > 0 || (c == 0 && (low & 1))) && !ref_is_null(result)) {
            Ref up = int_add(t, ref_borrow(result), ref_borrow(unit));
            ref_drop(t, result);
            result = up;
        }
    }
    ref_drop(t, quotient);
done:
    ref_drop(t, digits);
    ref_drop(t, places);
    ref_drop(t, unit);
    ref_drop(t, rest);
    ref_drop(t, twice);
    return result;
}

/* "little" or "big" → *little; -1 with ValueError */
static int byteorder(Thread *t, const char *function, Value v, bool *little) {
    *little = false;
    if (value_is_null(v)) return 0;
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "%s() argument 'byteorder' must be str, not %G", function, v));
    *little = str_equal_ascii(v, "little");
    if (*little || str_equal_ascii(v, "big")) return 0;
    return err_int(err_set(t, E_ValueError, "byteorder must be either 'little' or 'big'"));
}

static Ref m_to_bytes(Thread *t, Value self, const Value *a) {
    int64_t n = 1;
    bool little;
    if ((!value_is_null(a[0]) && size_arg(t, a[0], &n) < 0) || byteorder(t, "to_bytes", a[1], &little) < 0) return REF_NULL;
    int is_signed = value_is_null(a[2]) ? 0 : is_true(t, a[2]);
    if (is_signed < 0) return REF_NULL;
    if (n < 0) return err_set(t, E_ValueError, "length argument must be non-negative");
    Ref bytes = bytes_new_uninit(t, (size_t)n);
    if (ref_is_null(bytes)) return REF_NULL;
    if (int_to_bytes(t, self, bytes_data(ref_borrow(bytes)), (size_t)n, little, is_signed) == 0) return bytes;
    ref_drop(t, bytes);
    return REF_NULL;
}

static Ref m_from_bytes(Thread *t, Value cls, const Value *a) {
    bool little;
    if (byteorder(t, "from_bytes", a[1], &little) < 0) return REF_NULL;
    int is_signed = value_is_null(a[2]) ? 0 : is_true(t, a[2]);
    if (is_signed < 0) return REF_NULL;
    if (is_str(a[0]) || is_int(a[0])) return err_set(t, E_TypeError, "cannot convert '%T' object to bytes", a[0]);
    Ref bytes = bytes_from_object(t, a[0]);
    if (ref_is_null(bytes)) return REF_NULL;
    Ref value = int_from_bytes(t, bytes_data(ref_borrow(bytes)), bytes_length(ref_borrow(bytes)), little, is_signed);
    ref_drop(t, bytes);
    if (as(Type, cls) == &int_type || ref_is_null(value)) return value;
    Ref result = call1(t, cls, ref_borrow(value));
    ref_drop(t, value);
    return result;
}

static NativeDef int_methods[] = {
    FN("conjugate", "($self, /)", m_exact, "The number itself."),
    FN("bit_length", "($self, /)", m_bit_length, "How many bits the magnitude needs.\n\n>>> (-8).bit_length()\n4"),
    FN("bit_count", "($self, /)", m_bit_count, "How many one bits the magnitude has.\n\n>>> (-7).bit_count()\n3"),
    FN("to_bytes", "($self, /, length=1, byteorder='big', *, signed=False)", m_to_bytes, "The number as `length` bytes."),
    FN_CLASS("from_bytes", "($type, /, bytes, byteorder='big', *, signed=False)", m_from_bytes, "The number that the bytes stand for."),
    FN("as_integer_ratio", "($self, /)", m_as_integer_ratio, "(self, 1)\n\n>>> (-4).as_integer_ratio()\n(-4, 1)"),
    FN("__trunc__", "!($self, /)", m_exact, "Truncating an int gives itself."),
    FN("__floor__", "!($self, /)", m_exact, "Flooring an int gives itself."),
    FN("__ceil__", "!($self, /)", m_exact, "The ceiling of an int is itself."),
    FN("__round__", "!($self, ndigits=None, /)", m_round, "Rounds to 10**-ndigits, half to even."),
    FN("__getnewargs__", "($self, /)", m_getnewargs, NULL),
    FN("__format__", "($self, format_spec, /)", m_format, NULL),
    FN("__sizeof__", "($self, /)", m_sizeof, "Size in memory, in bytes."),
    FN_END,
};

static Ref get_self(Thread *t, Value self, void *closure) { return int_exact(t, self); }
static Ref get_constant(Thread *t, Value self, void *closure) { return ref_small_int((int64_t)(intptr_t)closure); }
static const GetSetDef int_getset[] = {
    {"real", get_self, NULL, "the real part of a complex number", NULL},
    {"imag", get_constant, NULL, "the imaginary part of a complex number", (void *)0},
    {"numerator", get_self, NULL, "the numerator of a rational number in lowest terms", NULL},
    {"denominator", get_constant, NULL, "the denominator of a rational number in lowest terms", (void *)1},
    {NULL},
};

Type int_type = {
    TYPE_HEADER(BigInt, TYPE_BASETYPE | TYPE_INT | TYPE_MATCH_SELF, NULL, NULL, NULL),
    .head.item_size = sizeof(mp_limb_t),
    .name = "int",
    .doc = "int([x]) -> integer\nint(x, base=10) -> integer\n\nA number or a text as an integer of any size.\n\n>>> int('0x1f', base=0)\n31",
    .methods = int_methods, .getset = int_getset, .new_ = int_new,
    .repr = slot_repr, .hash = slot_hash, .richcompare = slot_richcompare,
    .add = slot_add, .sub = slot_sub, .mul = slot_mul, .truediv = slot_truediv, .floordiv = slot_floordiv, .mod = slot_mod,
    .divmod = slot_divmod, .pow = slot_pow, .lshift = slot_lshift, .rshift = slot_rshift,
    .and_ = slot_and, .or_ = slot_or, .xor_ = slot_xor,
    .neg = slot_neg, .pos = slot_pos, .abs_ = slot_abs, .invert = slot_invert, .bool_ = slot_bool,
    .int_ = slot_pos, .float_ = slot_float, .index = slot_pos,
};

/* ---- bool ------------------------------------------------------------------------------------------------------------ */

/* Static and uncounted; the words VALUE_TRUE and VALUE_FALSE name them. Defined under the names that value.h declares them by, but with the layout of
 * a BigInt (an alias would do, but AddressSanitizer takes its size for the object's). */
struct BoolStorage { Object base; int64_t size; mp_limb_t limb[1]; };
extern struct BoolStorage true_storage __asm__("true_object"), false_storage __asm__("false_object");
struct BoolStorage true_storage = {OBJECT_STATIC(&bool_type), 1, {1}}, false_storage = {OBJECT_STATIC(&bool_type), 0, {0}};

#define BOOL_LOGIC(name, op) \
    static Ref bool_##name(Thread *t, Value a, Value b) { \
        if (!is_exact(a, &bool_type) || !is_exact(b, &bool_type)) return slot_##name(t, a, b); \
        return ref_bool((int)value_is_true(a) op (int)value_is_true(b)); \
    }
BOOL_LOGIC(and, &)
BOOL_LOGIC(or, |)
BOOL_LOGIC(xor, ^)

static Ref bool_repr(Thread *t, Value self) { return str_from_cstr(t, value_is_true(self) ? "True" : "False"); }

Type bool_type = {
    TYPE_HEADER(BoolObject, 0, NULL, NULL, NULL),
    .name = "bool",
    .doc = "bool(x) -> bool\n\nTrue or False, as x is true or not.",
    .base = &int_type, .new_ = bool_new, .repr = bool_repr, .and_ = bool_and, .or_ = bool_or, .xor_ = bool_xor,
};
