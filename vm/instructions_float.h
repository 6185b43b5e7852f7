/* The bodies of +, -, *, / on floats: what ADD and its kin become where both operands are floats in the word. Included inside interp().
 *
 * Forwarding: where the next instruction is one of these, too, and consumes the result, the double stays in a machine register: the form with _B or _C (which operand of the
 * next one it is) leaves it in `acc` and goes to the next instruction's other entry. So a chain like x*y*z + a is unpacked once for each variable and packed once.
 * No form writes the temporary in between; if the next instruction can't take the double (another type, division by zero, not specialized yet), forward_spill
 * puts it where it belongs and goes on as usual.
 */
#define FORWARD(table) do { FETCH(); goto *(table)[(uint8_t)w]; } while (0)
#define PACK(expr) FLOAT_RESULT(expr)
#define TO_B(expr) do { acc = (expr); FORWARD(forward_b); } while (0)
#define TO_C(expr) do { acc = (expr); FORWARD(forward_c); } while (0)

/* operands from registers */
#define FLOAT_BODY(label, name, right, expr, ok, done)                                             \
    label: {                                                                                       \
        Value b = VB, c = right;                                                                   \
        if (likely(BOTH_FLOATS)) {                                                                 \
            double x = value_flonum(b), y = value_flonum(c);                                       \
            if (likely(ok)) done(expr);                                                            \
        }                                                                                          \
        goto L_##name;                                                                             \
    }
/* the left one is acc; the right one is */
#define FLOAT_AS_B(label, right, expr, ok, done)                                                   \
    label: {                                                                                       \
        Value c = right;                                                                           \
        if (likely(value_is_float(c))) {                                                           \
            double x = acc, y = value_flonum(c);                                                   \
            if (likely(ok)) done(expr);                                                            \
        }                                                                                          \
        goto forward_spill;                                                                        \
    }
#define FLOAT_AS_C(label, expr, ok, done)                                                          \
    label: {                                                                                       \
        Value b = VB;                                                                              \
        if (likely(value_is_float(b))) {                                                           \
            double x = value_flonum(b), y = acc;                                                   \
            if (likely(ok)) done(expr);                                                            \
        }                                                                                          \
        goto forward_spill;                                                                        \
    }
#define FLOAT_FORM(name, suffix, right, expr, ok, done)                                            \
    FLOAT_BODY(L_##name##suffix, name, right, expr, ok, done)                                      \
    FLOAT_AS_B(B_##name##suffix, right, expr, ok, done)
#define FLOAT_OP(name, expr, ok)                                                                   \
    FLOAT_FORM(name, _FLOAT, VC, expr, ok, PACK)                                                   \
    FLOAT_FORM(name, _FLOAT_B, VC, expr, ok, TO_B)                                                 \
    FLOAT_FORM(name, _FLOAT_C, VC, expr, ok, TO_C)                                                 \
    FLOAT_AS_C(C_##name##_FLOAT, expr, ok, PACK)                                                   \
    FLOAT_AS_C(C_##name##_FLOAT_B, expr, ok, TO_B)                                                 \
    FLOAT_AS_C(C_##name##_FLOAT_C, expr, ok, TO_C)                                                 \
    FLOAT_FORM(name##_K, _FLOAT, KC, expr, ok, PACK)                                               \
    FLOAT_FORM(name##_K, _FLOAT_B, KC, expr, ok, TO_B)                                             \
    FLOAT_FORM(name##_K, _FLOAT_C, KC, expr, ok, TO_C)
FLOAT_OP(ADD, x + y, true)
FLOAT_OP(SUB, x - y, true)
FLOAT_OP(MUL, x * y, true)
FLOAT_OP(TRUEDIV, x / y, y != 0)

forward_spill: { /* w is the next instruction; the one before it has left acc */
    Ref r = float_new(t, acc);
    if (unlikely(ref_is_null(r))) {
        pc--;
        goto error;
    }
    reg_set(t, &regs[INSTR_A(load_relaxed(pc - 2))], r);
    goto *labels[(uint8_t)w];
}
