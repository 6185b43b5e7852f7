/* Operators: the slow halves of arithmetic, comparison, containment and subscripts. */
#include <math.h>

#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/str.h"
#include "vm/slow.h"

/* ints in the word that a double holds exactly */
static inline bool exact_double(Value v, double *d) {
    if (value_is_float(v)) {
        *d = value_flonum(v);
        return true;
    }
    if (value_is_int(v)) {
        int64_t i = value_int(v);
        *d = (double)i;
        return i >= -((int64_t)1 << 53) && i <= (int64_t)1 << 53;
    }
    if (is_exact(v, &float_type)) {
        *d = as(FloatObject, v)->value;
        return true;
    }
    return false;
}

/* Both numbers are floats or floats and exactly convertible ints; null and no exception: not mine. */
static Ref float_binary(Thread *t, BinaryOp op, Value a, Value b) {
    double x, y;
    if (value_is_int(a) && value_is_int(b) && op != OP_TRUEDIV) return REF_NULL;
    if (value_is_object(a) && type_of(a) != &float_type && type_of(a) != &int_type) return REF_NULL;
    if (!exact_double(a, &x) || !exact_double(b, &y)) return REF_NULL;
    switch (op) {
    case OP_ADD: return float_new(t, x + y);
    case OP_SUB: return float_new(t, x - y);
    case OP_MUL: return float_new(t, x * y);
    case OP_TRUEDIV: return y == 0 ? REF_NULL : float_new(t, x / y);
    case OP_FLOORDIV: return y == 0 ? REF_NULL : float_floordiv(t, x, y);
    case OP_MOD: return y == 0 ? REF_NULL : float_mod(t, x, y);
    case OP_POW: return float_pow(t, x, y);
    default: return REF_NULL;
    }
}

/* Both are ints in the word; overflow and the rest through int_*. */
static Ref int_binary(Thread *t, BinaryOp op, Value a, Value b) {
    switch (op) {
    case OP_ADD: return int_add(t, a, b);
    case OP_SUB: return int_sub(t, a, b);
    case OP_MUL: return int_mul(t, a, b);
    case OP_FLOORDIV: return int_floordiv(t, a, b);
    case OP_MOD: return int_mod(t, a, b);
    case OP_LSHIFT: return int_lshift(t, a, b);
    case OP_RSHIFT: return int_rshift(t, a, b);
    case OP_POW: return int_pow(t, a, b, VALUE_NONE);
    case OP_AND: return ref_small_int(value_int(a) & value_int(b));
    case OP_OR: return ref_small_int(value_int(a) | value_int(b));
    case OP_XOR: return ref_small_int(value_int(a) ^ value_int(b));
    default: return REF_NULL;
    }
}

/* s += x where the register's is the only reference: grows in place */
static int append_text(Thread *t, Ref *dest, Value c) {
    *dest = ref_own(t, *dest);
    return str_append(t, dest, c); /* a variable keeps its value if memory is out */
}

NOINLINE int op_binary(Thread *t, Frame *f, uint64_t w, Value b, Value c, BinaryOp op, bool inplace) {
    Ref *regs = f->regs, r = REF_NULL;
    Opcode instr = (Opcode)op_info[INSTR_OP(w)].base;
    bool constant = instr >= I_ADD_K && instr <= I_XOR_K;
    if (constant && (INSTR_C(w) & C_SWAPPED)) {
        Value left = c;
        c = b;
        b = left;
    }
    if (value_is_int(b) && value_is_int(c)) r = int_binary(t, op, b, c);
    if (ref_is_null(r) && !err_pending(t)) r = float_binary(t, op, b, c);
    if (ref_is_null(r) && !err_pending(t)) {
        if (op == OP_ADD && is_exact(b, &str_type) && is_exact(c, &str_type) && INSTR_A(w) == INSTR_B(w) && b.bits != c.bits) {
            if (append_text(t, &regs[INSTR_A(w)], c) < 0) return -1;
            if (!constant && (w & KILL_C)) reg_drop(t, &regs[INSTR_CREG(w)]);
            return 0;
        }
        r = inplace ? inplace_op(t, op, b, c) : binary_op(t, op, b, c);
    }
    if (ref_is_null(r)) return -1;
    reg_set(t, &regs[INSTR_A(w)], r);
    if (w & KILL_B) reg_drop(t, &regs[INSTR_B(w)]);
    if (!constant && (w & KILL_C)) reg_drop(t, &regs[INSTR_CREG(w)]);
    return 0;
}

int op_unary(Thread *t, Frame *f, uint64_t w, Ref (*fn)(Thread *, Value)) {
    Ref *regs = f->regs;
    Ref r = fn(t, ref_borrow(regs[INSTR_B(w)]));
    if (ref_is_null(r)) return -1;
    reg_set(t, &regs[INSTR_A(w)], r);
    if (w & KILL_B) reg_drop(t, &regs[INSTR_B(w)]);
    return 0;
}

/* Comparison of numbers in words and of exact str; -1: not mine. */
static inline int quick_compare(Value a, Value b, CompareOp op) {
    double x, y;
    if (value_is_int(a) && value_is_int(b)) {
        int64_t i = value_int(a), j = value_int(b);
        switch (op) {
        case CMP_LT: return i < j;
        case CMP_LE: return i <= j;
        case CMP_EQ: return i == j;
        case CMP_NE: return i != j;
        case CMP_GT: return i > j;
        default: return i >= j;
        }
    }
    if (exact_double(a, &x) && exact_double(b, &y)) {
        switch (op) {
        case CMP_LT: return x < y;
        case CMP_LE: return x <= y;
        case CMP_EQ: return x == y;
        case CMP_NE: return x != y;
        case CMP_GT: return x > y;
        default: return x >= y;
        }
    }
    if (is_exact(a, &str_type) && is_exact(b, &str_type)) {
        if (op == CMP_EQ) return value_is(a, b) || str_equal(as(Str, a), as(Str, b));
        if (op == CMP_NE) return !value_is(a, b) && !str_equal(as(Str, a), as(Str, b));
    }
    return -1;
}

NOINLINE int op_compare(Thread *t, Frame *f, uint64_t w, CompareOp op) {
    Ref *regs = f->regs;
    Value b = ref_borrow(regs[INSTR_B(w)]), c = ref_borrow(regs[INSTR_CREG(w)]);
    int q = quick_compare(b, c, op);
    Ref r = q >= 0 ? ref_bool(q) : rich_compare(t, b, c, op);
    if (ref_is_null(r)) return -1;
    reg_set(t, &regs[INSTR_A(w)], r);
    reg_kills(t, regs, w);
    return 0;
}

NOINLINE int op_compare_jump(Thread *t, Frame *f, uint64_t w, Value b, bool b_is_reg, CompareOp op) {
    Value a = ref_borrow(f->regs[INSTR_A(w)]);
    int q = quick_compare(a, b, op);
    if (q < 0) {
        Ref r = rich_compare(t, a, b, op);
        if (ref_is_null(r)) return -1;
        q = is_true(t, ref_borrow(r));
        ref_drop(t, r);
        if (q < 0) return -1;
    }
    reg_used(t, f, INSTR_A(w));
    if (b_is_reg) reg_used(t, f, INSTR_B(w));
    return q;
}

int op_contains(Thread *t, Frame *f, uint64_t w, bool negate) {
    Ref *regs = f->regs;
    int r = contains(t, ref_borrow(regs[INSTR_CREG(w)]), ref_borrow(regs[INSTR_B(w)]));
    if (r < 0) return -1;
    reg_set(t, &regs[INSTR_A(w)], ref_bool(r ^ negate));
    reg_kills(t, regs, w);
    return 0;
}

NOINLINE int op_truth(Thread *t, Frame *f, uint64_t w, bool keep) {
    int r = is_true(t, ref_borrow(f->regs[INSTR_A(w)]));
    if (r >= 0 && !keep) reg_used(t, f, INSTR_A(w));
    return r;
}

NOINLINE int op_subscr(Thread *t, Frame *f, uint64_t w, Value key) {
    Ref *regs = f->regs, r;
    Value o = ref_borrow(regs[INSTR_B(w)]);
    if (is_exact(o, &dict_type)) return err_int(err_value(t, E_KeyError, key)); /* the interpreter has looked */
    r = get_item(t, o, key);
    if (ref_is_null(r)) return -1;
    reg_set(t, &regs[INSTR_A(w)], r);
    reg_kills(t, regs, w);
    return 0;
}

/* Bounds of a[i:j] as CPython clamps them; false if they aren't None or small ints. */
static bool slice_bounds(Value start, Value stop, int64_t n, int64_t *i, int64_t *j) {
    if ((!value_is_none(start) && !value_is_int(start)) || (!value_is_none(stop) && !value_is_int(stop))) return false;
    *i = value_is_none(start) ? 0 : value_int(start);
    *j = value_is_none(stop) ? n : value_int(stop);
    if (*i < 0) *i = *i + n < 0 ? 0 : *i + n;
    if (*j < 0) *j = *j + n < 0 ? 0 : *j + n;
    if (*j > n) *j = n;
    if (*i > *j) *i = *j;
    return true;
}

int op_subscr_slice(Thread *t, Frame *f, uint64_t w) {
    Ref *regs = f->regs, *part = &regs[INSTR_CREG(w)], r;
    Value o = ref_borrow(regs[INSTR_B(w)]), start = ref_borrow(part[0]), stop = ref_borrow(part[1]);
    int64_t i, j;
    if (is_exact(o, &str_type) && slice_bounds(start, stop, (int64_t)str_length(o), &i, &j)) {
        r = str_slice(t, o, i, j);
    } else if (is_exact(o, &list_type) && slice_bounds(start, stop, (int64_t)list_size(o), &i, &j)) {
        r = list_slice(t, o, i, j);
    } else if (is_exact(o, &tuple_type) && slice_bounds(start, stop, (int64_t)tuple_size(o), &i, &j)) {
        r = tuple_slice(t, o, i, j);
    } else {
        Ref slice = slice_new(t, start, stop, VALUE_NONE);
        if (ref_is_null(slice)) return -1;
        r = get_item(t, o, ref_borrow(slice));
        ref_drop(t, slice);
    }
    if (ref_is_null(r)) return -1;
    regs_drop(t, part, 2);
    reg_set(t, &regs[INSTR_A(w)], r);
    if (w & KILL_B) reg_drop(t, &regs[INSTR_B(w)]);
    return 0;
}

NOINLINE int op_store_subscr(Thread *t, Frame *f, uint64_t w) {
    Ref *regs = f->regs;
    Value o = ref_borrow(regs[INSTR_A(w)]), key = ref_borrow(regs[INSTR_B(w)]), v = ref_borrow(regs[INSTR_CREG(w)]);
    int r = is_exact(o, &dict_type) ? dict_set(t, o, key, v) : set_item(t, o, key, v);
    if (r < 0) return -1;
    if (w & KILL_A) reg_drop(t, &regs[INSTR_A(w)]);
    reg_kills(t, regs, w);
    return 0;
}
