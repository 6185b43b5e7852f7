/* Calls of C functions that use up a generator, run in the interpreter's own C frame. See runtime/drain.h.
 *
 * The state (acc) stands in the word below the generator's registers while its frame is on the stack, and in a C variable, counted, while Python code of the
 * drain runs. The call's words stay where they are until the end, so the generator and the other arguments live.
 */
#include "runtime/errors.h"
#include "runtime/native.h"
#include "vm/slow.h"

/* A drain's frame belongs to a CALL (a native, a class) or a CALL_METHOD (a native, a method). What the call consists of: */
typedef struct DrainCall {
    Ref *base, *ret; /* the callee's word */
    uint32_t n;      /* arguments after it, `self` included */
    Value self;
    const Value *a;  /* flat arguments */
} DrainCall;
static DrainCall call_of(Frame *f, uint64_t w) {
    Ref *base = &f->regs[INSTR_A(w)];
    DrainCall c = {.ret = base, .n = INSTR_B(w)};
    bool method = op_info[INSTR_OP(w)].base == I_CALL_METHOD;
    if (method && !ref_is_null(*base)) c.n++;
    else if (method) base++;
    c.base = base;
    Value callee = ref_borrow(*base);
    bool descriptor = is_exact(callee, &method_descriptor_type);
    c.self = descriptor ? ref_borrow(base[1]) : is_exact(callee, &native_type) ? slot_get(&as(Native, callee)->self) : VALUE_NULL;
    c.a = (const Value *)(base + (descriptor ? 2 : 1));
    return c;
}

/* The generator's frame, claimed: on top, with acc (consumed) in its place. */
static CallResult resume(Thread *t, Generator *g, const Drain *drain, uint8_t kind, Ref acc) {
    Frame *n = generator_push(t, g, REF_NONE, false, kind, NULL);
    if (unlikely(!n)) {
        ref_drop(t, acc);
        return CALL_ERROR;
    }
    n->drain = drain;
    n->regs[-1] = acc;
    return CALL_PUSHED;
}

CallResult drain_end(Thread *t, Frame *f, uint64_t w, const Drain *drain, Ref acc) {
    DrainCall c = call_of(f, w);
    Ref r = drain->end(t, c.self, acc);
    if (ref_is_null(r)) return CALL_ERROR;
    regs_drop(t, c.base + 1, c.n);
    if (c.base != c.ret) reg_drop(t, c.base);
    reg_set(t, c.ret, r);
    return CALL_DONE;
}

CallResult drain_step(Thread *t, Frame *f, uint64_t w, const Drain *drain, uint8_t kind, Ref acc, Ref item) {
    DrainCall c = call_of(f, w);
    DrainStep step = drain->item(t, &acc, item);
    if (step == DRAIN_ENOUGH) return drain_end(t, f, w, drain, acc);
    if (step == DRAIN_MORE_SLOWLY) kind = FRAME_DRAIN_SLOWLY;
    Generator *g = as(Generator, c.a[0]);
    if (step != DRAIN_ERROR && load_acquire(&g->x_state) == GEN_CLOSED) return drain_end(t, f, w, drain, acc); /* closed meanwhile */
    if (step != DRAIN_ERROR && generator_claim(t, g)) return resume(t, g, drain, kind, acc);
    ref_drop(t, acc);
    return CALL_ERROR;
}

CallResult drain_begin(Thread *t, Frame *f, uint64_t w, const Drain *drain) {
    DrainCall c = call_of(f, w);
    uint32_t n = (uint32_t)(c.base + 1 + c.n - (const Ref *)c.a);
    Value flat[DRAIN_PARAMS] = {{0}};
    for (uint32_t i = 0; i < n && i < DRAIN_PARAMS; i++) flat[i] = c.a[i];
    Ref acc = REF_NULL;
    if (drain->begin(t, c.self, flat, &acc) < 0) return CALL_ERROR;
    Generator *g = as(Generator, c.a[0]);
    if (load_acquire(&g->x_state) == GEN_CLOSED) return drain_end(t, f, w, drain, acc);
    if (generator_claim(t, g)) return resume(t, g, drain, FRAME_DRAIN, acc);
    ref_drop(t, acc);
    return CALL_ERROR;
}
