/* The bodies of +, -, *, / on floats, what ADD and its kin become where both operands are floats in the word; and of what else makes or takes floats. Included
 * inside interp().
 *
 * Forwarding: where the next instruction is one of these, too, and consumes the result, the double stays in a machine register: the form with _B or _C (the first or
 * second operand of the next one) leaves it in `acc` and goes to the next instruction's other entry. So a chain like a.x*y*z + c is unpacked once for each variable
 * and packed once. No form writes the temporary in between; if the next instruction can't take the double (another type, division by zero, not specialized yet),
 * forward_spill_… puts it where it belongs and goes on as usual. While tracing each instruction is an event: there nothing is forwarded.
 */
#define PACK(expr) FLOAT_RESULT(expr)
#if TRACED
#define FORWARD(table, expr) do { (void)(table); PACK(expr); } while (0)
#else
#define FORWARD(table, expr) do { acc = (expr); FETCH(); goto *(table)[(uint8_t)w]; } while (0)
#endif
#define TO_B(expr) FORWARD(forward_b, expr)
#define TO_C(expr) FORWARD(forward_c, expr)

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
        goto forward_spill_b;                                                                      \
    }
#define FLOAT_AS_C(label, expr, ok, done)                                                          \
    label: {                                                                                       \
        Value b = VB;                                                                              \
        if (likely(value_is_float(b))) {                                                           \
            double x = value_flonum(b), y = acc;                                                   \
            if (likely(ok)) done(expr);                                                            \
        }                                                                                          \
        goto forward_spill_c;                                                                      \
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

/* ---- attributes: loads that are followed by one of the above, stores that take what it makes ------------------------------------------------- */
#define LOAD_ATTR_FLOAT(suffix, done)                                                              \
    L_LOAD_ATTR_SLOT##suffix: { /* of a variable */                                                \
        uint64_t word = CACHE(0);                                                                  \
        OBJECT_OF_LAYOUT(o, VB, word, L_LOAD_ATTR);                                                \
        Value v = slot_get((Slot *)((char *)o + (word >> 32)));                                    \
        if (TRACED || unlikely(!value_is_float(v))) goto L_LOAD_ATTR_SLOT;                         \
        pc += 2;                                                                                   \
        done(value_flonum(v));                                                                     \
        pc -= 2;                                                                                   \
        goto L_LOAD_ATTR_SLOT;                                                                     \
    }
LOAD_ATTR_FLOAT(_B, TO_B)
LOAD_ATTR_FLOAT(_C, TO_C)

/* A number in a number's place, of a local object. */
B_STORE_ATTR_MEMBER:
B_STORE_ATTR_SLOT: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VA, word, forward_spill_b);
    Slot *s = (Slot *)((char *)o + (word >> 32));
    Value v;
    if (unlikely(!is_local(t, o) || !value_is_number(slot_get(s)) || !flonum_try(acc, &v))) goto forward_spill_b;
    store_relaxed(&s->x_bits, v.bits);
    if (unlikely(w & KILL_A)) {
        SAVE();
        reg_drop(t, &RA);
    }
    SKIP(2);
}

/* ---- calls of NativeDef.real: the callee stands in regs[A + at], the argument behind it ------------------------------------------------------- */
#define REAL_BODY(arg, at, other, done)                                                            \
    {                                                                                              \
        Value f = ref_borrow(regs[A + (at)]);                                                      \
        if (TRACED || unlikely(!POINTER(f) || type_of(f) != &native_type)) goto other;             \
        double (*real)(double) = as(Native, f)->def->real;                                         \
        double r = real ? real(arg) : INFINITY;                                                    \
        if (unlikely(!isfinite(r))) goto other;                                                    \
        SAVE();                                                                                    \
        reg_drop(t, &regs[A + (at)]);                                                              \
        pc += 2;                                                                                   \
        done(r);                                                                                   \
        SET(float_new(t, r)); /* it doesn't fit in a word */                                       \
        if (unlikely(ref_is_null(RA))) goto error;                                                 \
        NEXT();                                                                                    \
    }
#define REAL_FORM(name, suffix, at, done)                                                          \
    L_##name##_REAL##suffix: {                                                                     \
        Value x = ref_borrow(regs[A + (at) + 1]);                                                  \
        if (unlikely(!value_is_float(x))) goto L_##name;                                           \
        REAL_BODY(value_flonum(x), at, L_##name, done)                                             \
    }                                                                                              \
    B_##name##_REAL##suffix: REAL_BODY(acc, at, forward_spill_b, done)
REAL_FORM(CALL, , 0, PACK)
REAL_FORM(CALL, _B, 0, TO_B)
REAL_FORM(CALL, _C, 0, TO_C)
REAL_FORM(CALL_METHOD, , 1, PACK)
REAL_FORM(CALL_METHOD, _B, 1, TO_B)
REAL_FORM(CALL_METHOD, _C, 1, TO_C)

    uint32_t spilled;
forward_spill_b: { /* w is the next instruction; the one before it has left acc */
    Opcode base = op_info[(uint8_t)w].base;
    spilled = base == I_CALL ? A + 1u : base == I_CALL_METHOD ? A + 2u : B;
    goto forward_spill;
}
forward_spill_c:
    spilled = C;
forward_spill: {
    Ref r = float_new(t, acc);
    if (unlikely(ref_is_null(r))) {
        pc--;
        goto error;
    }
    reg_set(t, &regs[spilled], r);
    DISPATCH();
}
