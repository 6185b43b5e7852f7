/* Number protocol: binary and in-place operators with Python's order of dispatch, conversions. See abstract.h. */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/names.h"
#include "runtime/str.h"

/* ---- operators ---------------------------------------------------------------------------------------------- */

/* One row per BinaryOp: where the slots stand, and the operator's name in messages. Power has ternary slots. */
static const struct {
    size_t slot, inplace;
    const char *name, *inplace_name;
} ops[BINARY_OP_COUNT] = {
#define ROW(op, s, i, n) [op] = {offsetof(Type, s), offsetof(Type, i), n, n "="}
    ROW(OP_ADD, add, iadd, "+"),
    ROW(OP_SUB, sub, isub, "-"),
    ROW(OP_MUL, mul, imul, "*"),
    ROW(OP_MATMUL, matmul, imatmul, "@"),
    ROW(OP_TRUEDIV, truediv, itruediv, "/"),
    ROW(OP_FLOORDIV, floordiv, ifloordiv, "//"),
    ROW(OP_MOD, mod, imod, "%"),
    [OP_POW] = {offsetof(Type, pow), offsetof(Type, ipow), "** or pow()", "**="},
    ROW(OP_LSHIFT, lshift, ilshift, "<<"),
    ROW(OP_RSHIFT, rshift, irshift, ">>"),
    ROW(OP_AND, and_, iand, "&"),
    ROW(OP_OR, or_, ior, "|"),
    ROW(OP_XOR, xor_, ixor, "^"),
    [OP_DIVMOD] = {offsetof(Type, divmod), 0, "divmod()", NULL},
#undef ROW
};

static BinaryFn slot_of(const Type *type, size_t offset) { return *(BinaryFn *)((char *)type + offset); }

/* Calls a binary slot; pow's slots take the modulus too. */
static Ref call_slot(Thread *t, BinaryFn f, bool ternary, Value a, Value b) {
    return ternary ? ((TernaryFn)(void *)f)(t, a, b, VALUE_NONE) : f(t, a, b);
}

/* The left operand's slot, then the right's; the right's first where its type derives from the left's. May be NotImplemented. */
static Ref dispatch(Thread *t, BinaryOp op, Value a, Value b) {
    Type *ta = type_of(a), *tb = type_of(b);
    BinaryFn left = slot_of(ta, ops[op].slot);
    BinaryFn right = tb == ta ? NULL : slot_of(tb, ops[op].slot);
    if (right == left) right = NULL;
    bool ternary = op == OP_POW;
    if (left != NULL) {
        if (right != NULL && type_is_subtype(tb, ta)) {
            Ref r = call_slot(t, right, ternary, a, b);
            if (!ref_is_not_implemented(r)) return r;
            right = NULL;
        }
        Ref r = call_slot(t, left, ternary, a, b);
        if (!ref_is_not_implemented(r)) return r;
    }
    return right != NULL ? call_slot(t, right, ternary, a, b) : REF_NOT_IMPLEMENTED;
}

static COLD Ref unsupported(Thread *t, BinaryOp op, const char *name, Value a, Value b) {
    if (op == OP_RSHIFT && name == ops[op].name && is_exact(a, &native_type)) {
        Ref n = get_attr_opt(t, a, N(__name__));
        bool is_print = !ref_is_null(n) && is_str(ref_borrow(n)) && str_equal_ascii(ref_borrow(n), "print");
        ref_drop(t, n);
        if (err_pending(t)) return REF_NULL;
        if (is_print)
            return err_set(t, E_TypeError,
                           "unsupported operand type(s) for %s: '%.100T' and '%.100T'. "
                           "Did you mean \"print(<message>, file=<output_stream>)\"?",
                           name, a, b);
    }
    return err_set(t, E_TypeError, "unsupported operand type(s) for %s: '%.100T' and '%.100T'", name, a, b);
}

static Ref repeat_sequence(Thread *t, BinaryFn f, Value sequence, Value n) {
    if (!is_int(n) && type_of(n)->index == NULL)
        return err_set(t, E_TypeError, "can't multiply sequence by non-int of type '%.200T'", n);
    return f(t, sequence, n);
}

/* What is left where no number slot settled a op b: sequences' + and *. NotImplemented if that doesn't apply either. */
static Ref sequence_op(Thread *t, BinaryOp op, Value a, Value b, bool inplace) {
    Type *ta = type_of(a), *tb = type_of(b);
    if (op == OP_ADD) {
        if (inplace && ta->iconcat != NULL) return ta->iconcat(t, a, b);
        if (ta->concat != NULL) return ta->concat(t, a, b);
    } else if (op == OP_MUL) {
        if (inplace && ta->irepeat != NULL) return repeat_sequence(t, ta->irepeat, a, b);
        if (ta->repeat != NULL) return repeat_sequence(t, ta->repeat, a, b);
        if (tb->repeat != NULL) return repeat_sequence(t, tb->repeat, b, a);
    }
    return REF_NOT_IMPLEMENTED;
}

Ref binary_op(Thread *t, BinaryOp op, Value a, Value b) {
    Ref r = dispatch(t, op, a, b);
    if (likely(!ref_is_not_implemented(r))) return r;
    r = sequence_op(t, op, a, b, false);
    return likely(!ref_is_not_implemented(r)) ? r : unsupported(t, op, ops[op].name, a, b);
}

Ref inplace_op(Thread *t, BinaryOp op, Value a, Value b) {
    const Type *ta = type_of(a);
    if (op == OP_ADD && ta->iconcat != NULL && ta->iadd == NULL && ta->add == NULL && type_of(b)->add == NULL) return ta->iconcat(t, a, b); /* nobody else is asked */
    BinaryFn f = slot_of(type_of(a), ops[op].inplace);
    if (f == NULL && op == OP_ADD && type_flag(ta, TYPE_HEAP)) f = ta->iconcat; /* a class inherits __iadd__ as a number's: it goes before the class's own __add__ */
    if (f != NULL) {
        Ref r = call_slot(t, f, op == OP_POW, a, b);
        if (!ref_is_not_implemented(r)) return r;
    }
    Ref r = dispatch(t, op, a, b);
    if (likely(!ref_is_not_implemented(r))) return r;
    r = sequence_op(t, op, a, b, true);
    return likely(!ref_is_not_implemented(r)) ? r : unsupported(t, op, ops[op].inplace_name, a, b);
}

/* pow(a, b, c): the slots of all three are asked; a's first but for a b of a subtype. */
Ref power_mod(Thread *t, Value a, Value b, Value c) {
    if (value_is_none(c)) return binary_op(t, OP_POW, a, b);
    Type *ta = type_of(a), *tb = type_of(b), *tc = type_of(c);
    TernaryFn fa = ta->pow, fb = tb == ta ? NULL : tb->pow, fc = tc->pow;
    if (fb == fa) fb = NULL;
    if (fc == fa || fc == fb) fc = NULL;
    Ref r;
    if (fa != NULL) {
        if (fb != NULL && type_is_subtype(tb, ta)) {
            r = fb(t, a, b, c);
            if (!ref_is_not_implemented(r)) return r;
            fb = NULL;
        }
        r = fa(t, a, b, c);
        if (!ref_is_not_implemented(r)) return r;
    }
    if (fb != NULL) {
        r = fb(t, a, b, c);
        if (!ref_is_not_implemented(r)) return r;
    }
    if (fc != NULL) {
        r = fc(t, a, b, c);
        if (!ref_is_not_implemented(r)) return r;
    }
    return err_set(t, E_TypeError, "unsupported operand type(s) for ** or pow(): '%.100T', '%.100T', '%.100T'", a, b, c);
}

static Ref unary(Thread *t, UnaryFn f, Value a, const char *name) {
    return f != NULL ? f(t, a) : err_set(t, E_TypeError, "bad operand type for %s: '%.200T'", name, a);
}
Ref number_neg(Thread *t, Value a) { return unary(t, type_of(a)->neg, a, "unary -"); }
Ref number_pos(Thread *t, Value a) { return unary(t, type_of(a)->pos, a, "unary +"); }
Ref number_abs(Thread *t, Value a) { return unary(t, type_of(a)->abs_, a, "abs()"); }
Ref number_invert(Thread *t, Value a) { return unary(t, type_of(a)->invert, a, "unary ~"); }

/* ---- conversions ------------------------------------------------------------------------------------------------ */

/* What __index__ and __int__ returned must be an int; a strict subclass of int draws a warning. Consumes r. */
static Ref checked_int(Thread *t, Ref r, const char *method) {
    Value v = ref_borrow(r);
    if (ref_is_null(r) || value_is_int(v) || is_exact(v, &int_type)) return r;
    if (!is_int(v)) {
        err_set(t, E_TypeError, "%s returned non-int (type %.200T)", method, v);
    } else if (warn(t, E_DeprecationWarning, 1,
                    "%s returned non-int (type %.200T).  The ability to return an instance of a strict subclass of int is "
                    "deprecated, and may not be supported in a future version of Python.",
                    method, v) == 0) {
        return r;
    }
    ref_drop(t, r);
    return REF_NULL;
}

/* Consumes r: a subclass instance becomes a plain int. */
static Ref exact_int(Thread *t, Ref r) {
    if (ref_is_null(r) || value_is_int(ref_borrow(r)) || is_exact(ref_borrow(r), &int_type)) return r;
    Ref exact = int_exact(t, ref_borrow(r));
    ref_drop(t, r);
    return exact;
}

Ref number_index(Thread *t, Value o) {
    if (is_int(o)) return ref_new(t, o);
    UnaryFn index = type_of(o)->index;
    if (index == NULL) return err_set(t, E_TypeError, "'%.200T' object cannot be interpreted as an integer", o);
    return checked_int(t, index(t, o), "__index__");
}

/* int(o) by o.__trunc__(), on its way out of the language. */
static Ref int_by_trunc(Thread *t, Value o, Ref trunc) {
    Ref r = REF_NULL;
    if (warn(t, E_DeprecationWarning, 1, "The delegation of int() to __trunc__ is deprecated.") == 0) r = call0(t, ref_borrow(trunc));
    ref_drop(t, trunc);
    if (ref_is_null(r) || is_int(ref_borrow(r))) return exact_int(t, r);
    if (type_of(ref_borrow(r))->index == NULL) {
        err_set(t, E_TypeError, "__trunc__ returned non-Integral (type %.200T)", ref_borrow(r));
        ref_drop(t, r);
        return REF_NULL;
    }
    Ref i = number_index(t, ref_borrow(r));
    ref_drop(t, r);
    return exact_int(t, i);
}

Ref number_int(Thread *t, Value o) {
    if (value_is_int(o) || is_exact(o, &int_type)) return ref_new(t, o);
    Type *type = type_of(o);
    if (type->int_ != NULL) return exact_int(t, checked_int(t, type->int_(t, o), "__int__"));
    if (type->index != NULL) return exact_int(t, number_index(t, o));
    Ref trunc = lookup_special(t, o, N(__trunc__));
    if (!ref_is_null(trunc)) return int_by_trunc(t, o, trunc);
    if (err_pending(t)) return REF_NULL;
    if (is_str(o) || is_bytes(o) || type_is_subtype(type, &bytearray_type) || buffer_supported(o)) return int_parse(t, o, 10);
    return err_set(t, E_TypeError, "int() argument must be a string, a bytes-like object or a real number, not '%.200T'", o);
}

/* o.__float__() as a double: 1 done, 0 there is no such method, -1 error. */
static int double_by_slot(Thread *t, Value o, double *out) {
    UnaryFn slot = type_of(o)->float_;
    if (slot == NULL) return 0;
    Ref r = slot(t, o);
    if (ref_is_null(r)) return -1;
    Value v = ref_borrow(r);
    int done = 1;
    if (!is_float(v)) {
        err_set(t, E_TypeError, "%.50T.__float__ returned non-float (type %.50T)", o, v);
        done = -1;
    } else if (!value_is_float(v) && !is_exact(v, &float_type) &&
               warn(t, E_DeprecationWarning, 1,
                    "%.50T.__float__ returned non-float (type %.50T).  The ability to return an instance of a strict subclass of "
                    "float is deprecated, and may not be supported in a future version of Python.",
                    o, v) < 0) {
        done = -1;
    } else {
        *out = float_value(v);
    }
    ref_drop(t, r);
    return done;
}

static int double_by_index(Thread *t, Value o, double *out) {
    Ref i = number_index(t, o);
    if (ref_is_null(i)) return -1;
    *out = int_as_double(t, ref_borrow(i));
    ref_drop(t, i);
    return *out == -1.0 && err_pending(t) ? -1 : 0;
}

Ref number_float(Thread *t, Value o) {
    if (value_is_float(o) || is_exact(o, &float_type)) return ref_new(t, o);
    double d;
    int done = double_by_slot(t, o, &d);
    if (done < 0) return REF_NULL;
    if (done > 0) return float_new(t, d);
    if (is_float(o)) return float_new(t, float_value(o));
    if (is_int(o) || type_of(o)->index != NULL) return double_by_index(t, o, &d) < 0 ? REF_NULL : float_new(t, d);
    return float_parse(t, o);
}

int as_double(Thread *t, Value o, double *out) {
    if (is_float(o)) {
        *out = float_value(o);
        return 0;
    }
    int done = double_by_slot(t, o, out);
    if (done != 0) return done < 0 ? -1 : 0;
    if (is_int(o) || type_of(o)->index != NULL) return double_by_index(t, o, out);
    return err_int(err_set(t, E_TypeError, "must be real number, not %.50T", o));
}

/* 0 with *out, 1 if it doesn't fit, -1 */
static int try_index(Thread *t, Value o, int64_t *out) {
    if (likely(value_is_int(o))) {
        *out = value_int(o);
        return 0;
    }
    Ref i = number_index(t, o);
    if (ref_is_null(i)) return -1;
    int bad = int_try_i64(ref_borrow(i), out);
    ref_drop(t, i);
    return bad != 0;
}
int index_as_i64(Thread *t, Value o, int64_t *out) {
    int status = try_index(t, o, out);
    return status > 0 ? err_int(err_set(t, E_OverflowError, "cannot fit '%.200T' into an index-sized integer", o)) : status;
}
int size_arg(Thread *t, Value o, int64_t *out) {
    int status = try_index(t, o, out);
    return status > 0 ? err_int(err_set(t, E_OverflowError, "Python int too large to convert to C ssize_t")) : status;
}

int int_size_arg(Thread *t, Value o, int64_t *out) {
    return is_int(o) ? size_arg(t, o, out) : err_int(err_set(t, E_TypeError, "an integer is required"));
}

int index_clamped(Thread *t, Value o, int64_t *out) {
    if (value_is_int(o)) {
        *out = value_int(o);
        return 0;
    }
    Ref i = number_index(t, o);
    if (ref_is_null(i)) return -1;
    if (int_try_i64(ref_borrow(i), out) < 0) *out = int_sign(ref_borrow(i)) < 0 ? INT64_MIN : INT64_MAX;
    ref_drop(t, i);
    return 0;
}

int as_i64(Thread *t, Value o, int64_t *out) {
    if (value_is_int(o)) {
        *out = value_int(o);
        return 0;
    }
    Ref i = number_index(t, o);
    if (ref_is_null(i)) return -1;
    int bad = int_try_i64(ref_borrow(i), out);
    ref_drop(t, i);
    return bad ? err_int(err_set(t, E_OverflowError, "Python int too large to convert to C long")) : 0;
}

int as_int(Thread *t, Value o, int *out) {
    int64_t i;
    if (as_i64(t, o, &i) < 0) {
        if (!err_clear_if(t, E_OverflowError)) return -1;
        i = INT64_MAX;
    }
    if (i > INT32_MAX || i < INT32_MIN) return err_int(err_set(t, E_OverflowError, "Python int too large to convert to C int"));
    *out = (int)i;
    return 0;
}

int as_size(Thread *t, Value o, size_t *out) {
    Ref i = number_index(t, o);
    if (ref_is_null(i)) return -1;
    uint64_t u = 0;
    int bad = int_try_u64(ref_borrow(i), &u);
    int sign = int_sign(ref_borrow(i));
    ref_drop(t, i);
    if (sign < 0) return err_int(err_set(t, E_OverflowError, "can't convert negative value to size_t"));
    if (bad) return err_int(err_set(t, E_OverflowError, "Python int too large to convert to C size_t"));
    *out = u;
    return 0;
}
