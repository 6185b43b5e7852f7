/* The interpreter loop: state, dispatch and the macros that the bodies in instructions.h are written with.
 *
 * It is compiled twice: here, and with TRACED 1 from interp_traced.c (see trace.h).
 *
 * State in C locals: pc (the word after the instruction's own), regs, frame, consts, w (the instruction). frame->pc is written (SAVE) before whatever may raise, call
 * out or look at the stack. Calls of Python functions push a frame and go on in the same C frame; only FRAME_ENTRY frames return to C.
 */
#include <math.h>

#include "runtime/descriptors.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "vm/slow.h"
#include "vm/trace.h"
#include "vm/traceback.h"

#ifndef TRACED
#define TRACED 0
#endif

/* operands */
#define A INSTR_A(w)
#define B INSTR_B(w)
#define C INSTR_CREG(w)
#define RA regs[A]
#define RB regs[B]
#define RC regs[C]
#define VA ref_borrow(RA)
#define VB ref_borrow(RB)
#define VC ref_borrow(RC)
#define KC consts[INSTR_CIDX(w)]

#define SAVE() (frame->pc = pc)
#define POINTER(v) (((v).bits & 3) == 0) /* value_is_object for operands, which are never null */
/* reg_take; an int or float is just copied */
#define TAKE(i) ((regs[i].bits & 3) ? regs[i] : reg_take(t, frame, (i)))
#define SET(r) reg_set(t, &RA, (r))
/* The same, as the last thing that an instruction does, which doesn't SAVE: what it overwrites may end, and its end may ask for the line. */
#define SET_OVER(r)                                                                                    \
    do {                                                                                               \
        Ref new_ = (r), old_ = RA;                                                                     \
        RA = new_;                                                                                     \
        if ((old_.bits & 7) == 0 && old_.bits != 0) {                                                  \
            SAVE();                                                                                    \
            object_decref(t, (Object *)old_.bits);                                                     \
            DROPPED();                                                                                 \
        }                                                                                              \
    } while (0)
/* for immediates: the same, the word is at hand */
#define SET_BITS(b) reg_set(t, &RA, (Ref){(b)})
#define AT ((Instr *)pc - 1)
#define CACHE(i) load_relaxed(&((Instr *)pc)[i])

#define FETCH() (w = load_relaxed(pc), pc++)
#define DISPATCH()                                                                                     \
    do {                                                                                               \
        NO_ACC();                                                                                      \
        goto *labels[(uint8_t)w];                                                                      \
    } while (0)
/* Nothing is in acc: so that the compiler keeps it in a machine register, and only from one instruction to the next. */
#if defined(__x86_64__)
#define NO_ACC() __asm__ volatile("" : "=x"(acc))
#elif defined(__aarch64__)
#define NO_ACC() __asm__ volatile("" : "=w"(acc))
#else
#define NO_ACC() ((void)0)
#endif
#if TRACED
#define NEXT() goto traced_next
#define BREAKER (load_relaxed(&t->hot.x_breaker) & ~BREAK_TRACE)
#define op_call trace_op_call
#define op_call_ex trace_op_call_ex
#else
#define NEXT() do { FETCH(); DISPATCH(); } while (0)
#define BREAKER load_relaxed(&t->hot.x_breaker)
#endif
/* The innermost frame goes on in the other one of the two loops: entered or resumed just now, or in the middle. Their callers loop (run). */
#define SWITCH_ENTERING ((Ref){TAG_LENT})
#define SWITCH_RUNNING ((Ref){TAG_LENT | 8})
/* after a call that was done by the slow way, maybe sys.settrace's: the next instruction is n words on */
#define CALL_FINISHED(n)                                                                               \
    do {                                                                                           \
        pc += (n);                                                                                 \
        if (!TRACED && unlikely(trace_on(t))) goto change_over;                                    \
        NEXT();                                                                                    \
    } while (0)
#define SKIP(n) do { pc += (n); NEXT(); } while (0)
/* after a slow path that returned 0 or -1 */
#define DONE(r) do { if (unlikely((r) < 0)) goto error; NEXT(); } while (0)
#define DONE_SKIP(r, n) do { if (unlikely((r) < 0)) goto error; SKIP(n); } while (0)
/* After something was dropped, and SAVE(): what dies with it, shared, should not wait for the next jump. An exception belongs to the instruction that has just
 * run: a block that ends with it still covers it. */
#define DROPPED() do { if (unlikely(BREAKER != 0)) goto poll_done; NEXT(); } while (0)
#define STORED_SKIP(n) do { pc += (n); DROPPED(); } while (0)
/* Calls of what isn't Python are safepoints, too, before they begin: what the program dropped in passing is gone when it asks. After SAVE(). They raise nothing:
 * a handler's exception must not keep a `finally` from its release(). */
#define POLL_CALL() do { if (unlikely(BREAKER != 0)) safepoint_quiet(t); } while (0)
/* a taken jump; backwards ones are safepoints */
#define JUMP()                                                                                     \
    do {                                                                                           \
        int32_t by = INSTR_CS(w);                                                                  \
        pc += by;                                                                                  \
        if (by < 0 && unlikely(BREAKER != 0)) goto poll;                                           \
        NEXT();                                                                                    \
    } while (0)
/* The jump of a FOR_ITER, nearly always backwards; its cache word is behind it. */
#define LOOP()                                                                                     \
    do {                                                                                           \
        pc += INSTR_CS(w) + 1;                                                                     \
        if (unlikely(BREAKER != 0)) goto poll;                                                     \
        NEXT();                                                                                    \
    } while (0)
#define JUMP_ON(cond) do { if (cond) JUMP(); NEXT(); } while (0)
#define RELOAD()                                                                                   \
    do {                                                                                           \
        frame = t->frame;                                                                          \
        regs = frame->regs;                                                                        \
        consts = frame->code->consts;                                                              \
        pc = frame->pc;                                                                            \
    } while (0)

/* Links a frame for exactly bound arguments at window; falls back to the slow twin for everything unusual. */
static ALWAYS_INLINE Frame *push_frame(Thread *t, Frame *f, Function *fn, Code *code, Ref *window, Ref *ret) {
    if (unlikely(f->next == NULL || !frame_fits(t, code, window))) return push_frame_slow(t, fn, code, window, ret, FRAME_CALL);
    return frame_push(t, f->next, fn, code, window, ret, FRAME_CALL);
}

/* The Drain of the callee base[0] if its first argument after `self` is a generator and there are no keywords. */
static NOINLINE const Drain *call_drain(Thread *t, const Ref *base, uint32_t n, uint32_t kw) {
    Value f = ref_borrow(base[0]);
    if (kw || n == 0 || n > DRAIN_PARAMS || !value_is_object(f)) return NULL;
    Type *type = type_of(f);
    const Drain *d = NULL;
    uint32_t i = 1;
    if (type == &native_type) {
        d = as(Native, f)->def->drain;
        if (d && as(Native, f)->def->raw && n > 1) return NULL;
    } else if (type == &method_descriptor_type) {
        MethodDescriptor *m = as(MethodDescriptor, f);
        if (!m->def->drain || m->def->flags || !type_is_subtype(type_of(ref_borrow(base[1])), m->owner)) return NULL;
        d = m->def->drain;
        i = 2;
    } else if (type == &type_type && n == 1) {
        d = as(Type, f)->drain;
    }
    if (i > n || !drainable(d, ref_borrow(base[i]))) return NULL;
    if (type == &type_type) return d;
    const NativeDef *def = type == &native_type ? as(Native, f)->def : as(MethodDescriptor, f)->def;
    if (def->raw) return d;
    const Signature *sig = native_signature(t, (NativeDef *)def); /* the wrong number of arguments: TypeError elsewhere */
    uint32_t given = n - i + 1;
    if (!sig) err_clear(t);
    return sig && given >= sig->required && given <= sig->positional ? d : NULL;
}

/* A copy of what a Slot holds for a register: lent or plainly counted. */
static ALWAYS_INLINE Ref slot_copy(Thread *t, const Slot *s) { return reg_copy(t, slot_get(s)); }

/* An attribute slot of a local object, replaced in place. */
static ALWAYS_INLINE void slot_replace_local(Thread *t, Slot *s, Ref r) {
    Ref old = {load_relaxed(&s->x_bits)};
    store_relaxed(&s->x_bits, r.bits);
    ref_drop(t, old);
}

/* Declares the object behind a register word, which must have the layout that the cache word begins with, and that; else: goto other. */
#define OBJECT_OF_LAYOUT(o, v, word, other)                                                            \
    if (unlikely(!POINTER(v))) goto other;                                                             \
    Object *o = value_object(v);                                                                       \
    Shape *layout = layout_of(o);                                                                      \
    if (unlikely(load_relaxed(&layout->x_id) != (uint32_t)(word))) goto other

/* Where the dictionary *dict of an instance in dictionary mode has the value of an attribute, if it's at the place that the cache word tells; else null. */
static ALWAYS_INLINE Slot *attr_entry(Value v, uint64_t word, Value name, Dict **dict) {
    if (unlikely(!POINTER(v))) return NULL;
    Type *type = object_type_of(value_object(v));
    if (unlikely(type->head.uid != (uint32_t)word)) return NULL; /* it is TYPE_SHAPED, and its class has no data descriptor of that name */
    Attrs *a = instance_attrs(value_object(v), type);
    if (unlikely(load_acquire(&a->x_shape) != &dict_shape)) return NULL;
    AttrOverflow *over = load_acquire(&a->x_overflow);
    Value d = unlikely(over == NULL) ? VALUE_NULL : slot_get(&over->dict);
    if (unlikely(value_is_null(d))) return NULL;
    *dict = as(Dict, d);
    DictStorage *s = load_acquire(&as(Dict, d)->x_storage);
    if (unlikely(word >> 32 >= load_acquire(&s->x_used) || !value_is(slot_get(&s->entry[word >> 32].key), name))) return NULL;
    return &s->entry[word >> 32].value;
}

/* RETURN moves what it returns out of its register. Where somebody may still look at the frame, a variable that is returned keeps its value. */
static NOINLINE void put_back_returned(Thread *t, Frame *f, uint64_t w, Value v) {
    uint16_t a = INSTR_A(w);
    if (op_info[INSTR_OP(w)].base == I_RETURN && a < f->code->first_temp && ref_is_null(f->regs[a])) f->regs[a] = ref_new(t, v);
}

static NOINLINE int init_result(Thread *t, Value v) {
    if (value_is_none(v)) return 0;
    return err_int(err_set(t, E_TypeError, "__init__() should return None, not '%.200T'", v));
}

/* next() gave null: 0 the end, -1 an exception. */
static NOINLINE int for_iter_end(Thread *t) {
    if (err_pending(t) && unlikely(trace_on(t)) && err_is(t, E_StopIteration)) trace_exception(t, t->frame); /* of others unwind() tells */
    return !err_pending(t) || err_clear_if(t, E_StopIteration) ? 0 : -1;
}

/* One item of an iterator that has no inline path: 1 item, 0 end, -1. */
static NOINLINE int for_iter_slow(Thread *t, Instr *at, Value it, Ref *out) {
    Type *type = type_of(it);
    uint64_t w = load_relaxed(at);
    if (INSTR_OP(w) == I_FOR_ITER && load_relaxed(&at[1]) == 0) {
        Opcode op = type == &range_iter_type      ? I_FOR_ITER_RANGE
                    : type == &list_iter_type     ? I_FOR_ITER_LIST
                    : type == &tuple_iter_type    ? I_FOR_ITER_TUPLE
                    : type == &generator_type     ? I_FOR_ITER_GENERATOR
                    : type->next_word             ? I_FOR_ITER_WORD
                                                  : I_FOR_ITER;
        store_relaxed(&at[1], 1);
        if (op != I_FOR_ITER) store_relaxed(at, (w & ~(uint64_t)0xFF) | op);
    }
    if (likely(!trace_on(t)) || !type->next) return iter_next(t, it, out);
    *out = type->next(t, it);
    return ref_is_null(*out) ? for_iter_end(t) : 1;
}

/* The instruction before `at`, if nothing else leads there; else null. Long code isn't searched. */
static Instr *only_before(const Code *c, const Instr *at) {
    uint32_t target = (uint32_t)(at - code_instr(c));
    Instr *before = NULL;
    if (c->size > 4096) return NULL;
    for (uint32_t i = 0; i < c->exc_count; i++)
        if (c->exc[i].target == target) return NULL;
    for (uint32_t i = 0, next; i < c->size; i = next) {
        uint64_t w = load_relaxed(&code_instr(c)[i]);
        const OpInfo *o = &op_info[INSTR_OP(w)];
        next = i + 1 + o->cache;
        if (next == target) before = &code_instr(c)[i];
        if (o->kinds[2] == 'j' && next + (int64_t)INSTR_CS(w) == target) return NULL;
    }
    return before;
}
/* How the instruction w takes a float that the one before it left in register a: 1 as its first operand, 2 as its second; 0: not at all, or it isn't the only one. */
static int takes_float(const Code *c, uint64_t w, uint32_t a) {
    bool first, second = false;
    if (a < c->first_temp) return 0;
    switch (op_info[INSTR_OP(w)].base) {
    case I_ADD: case I_SUB: case I_MUL: case I_TRUEDIV:
        second = INSTR_CREG(w) == a; /* fall through */
    case I_ADD_K: case I_SUB_K: case I_MUL_K: case I_TRUEDIV_K:
        first = INSTR_B(w) == a;
        break;
    case I_STORE_ATTR:
        first = INSTR_B(w) == a && INSTR_A(w) != a;
        break;
    case I_CALL:
        first = INSTR_OP(w) != I_CALL && INSTR_A(w) + 1u == a; /* as CALL_REAL */
        break;
    case I_CALL_METHOD:
        first = INSTR_OP(w) != I_CALL_METHOD && INSTR_A(w) + 2u == a;
        break;
    default:
        return 0;
    }
    return first == second ? 0 : first ? 1 : 2;
}
/* Makes `at` the float form op, forwarding if the next instruction alone consumes the result. Where paths meet, the temporary may hold an object that the result would
 * replace. What comes before and gives `at` a float forwards it from now on. */
static void float_rewrite(const Code *c, Instr *at, Opcode op) {
    uint64_t w = load_relaxed(at);
    Instr *next = at + 1 + op_info[op].cache, *before = only_before(c, at);
    int n = takes_float(c, load_relaxed(next), INSTR_A(w));
    w = (w & ~(uint64_t)0xFF) | (op + (n && only_before(c, next) ? n : 0));
    store_relaxed(at, w);
    if (before == NULL) return;
    uint64_t u = load_relaxed(before);
    n = takes_float(c, w, INSTR_A(u));
    if (n == 0) return;
    switch (INSTR_OP(u)) {
    case I_LOAD_ATTR_SLOT:
        if (INSTR_B(u) >= c->first_temp) return; /* it would have to be dropped */
        break;
    case I_ADD_FLOAT: case I_SUB_FLOAT: case I_MUL_FLOAT: case I_TRUEDIV_FLOAT: case I_ADD_K_FLOAT: case I_SUB_K_FLOAT: case I_MUL_K_FLOAT: case I_TRUEDIV_K_FLOAT:
    case I_CALL_REAL: case I_CALL_METHOD_REAL:
        break;
    default:
        return;
    }
    store_relaxed(before, u + (uint64_t)n); /* …_B, …_C follow the plain form */
}
/* An arithmetic instruction that has met two floats. */
static NOINLINE void float_specialize(const Code *c, Instr *at) {
    switch (INSTR_OP(load_relaxed(at))) {
    case I_ADD: float_rewrite(c, at, I_ADD_FLOAT); return;
    case I_SUB: float_rewrite(c, at, I_SUB_FLOAT); return;
    case I_MUL: float_rewrite(c, at, I_MUL_FLOAT); return;
    case I_TRUEDIV: float_rewrite(c, at, I_TRUEDIV_FLOAT); return;
    case I_ADD_K: float_rewrite(c, at, I_ADD_K_FLOAT); return;
    case I_SUB_K: float_rewrite(c, at, I_SUB_K_FLOAT); return;
    case I_MUL_K: float_rewrite(c, at, I_MUL_K_FLOAT); return;
    case I_TRUEDIV_K: float_rewrite(c, at, I_TRUEDIV_K_FLOAT); return;
    default: return; /* a float form that has met something else: as it is */
    }
}

/* The cache word of a call with n arguments that a flat function reads where they stand: the function's NativeDef, and how many nulls follow for optional
 * parameters << NATIVE_PAD, more than 3 if it has a drain. 0: not so. */
#define NATIVE_PAD 56
#define NATIVE_DRAINS 4u
_Static_assert(sizeof(void *) == 8, "user-space pointers are below NATIVE_MARK");
static NOINLINE uint64_t native_word(const Code *c, Instr *at, const NativeDef *def, Ref *args, uint32_t n) {
    Signature *sig = load_acquire(&((NativeDef *)def)->x_signature);
    if (sig == NULL || !def->flat || n < sig->required || n > sig->positional || sig->params > n + CALL_SLACK) return 0;
    uint64_t word = (uint64_t)(uintptr_t)def | NATIVE_MARK | (uint64_t)(sig->params - n + (def->drain ? NATIVE_DRAINS : 0)) << NATIVE_PAD;
    if (load_relaxed(&at[2]) < FILL_LIMIT) {
        store_relaxed(&at[2], load_relaxed(&at[2]) + 1);
        store_relaxed(&at[1], word);
        Opcode op = INSTR_OP(load_relaxed(at));
        if (def->real && value_is_float(ref_borrow(args[0]))) {
            if (op == I_CALL) float_rewrite(c, at, I_CALL_REAL);
            if (op == I_CALL_METHOD) float_rewrite(c, at, I_CALL_METHOD_REAL);
        }
    }
    return word;
}
/* The same for the callee, remembered at the call. */
static ALWAYS_INLINE bool native_fits(const Code *c, Instr *at, const NativeDef *def, Ref *args, uint32_t n) {
    uint64_t word = load_relaxed(&at[1]);
    if (unlikely((word & (((uint64_t)1 << NATIVE_PAD) - 1)) != ((uint64_t)(uintptr_t)def | NATIVE_MARK))) {
        word = native_word(c, at, def, args, n);
        if (!word) return false;
    }
    _Static_assert(CALL_SLACK == 2, "as many nulls at most");
    uint64_t pads = word >> NATIVE_PAD;
    if (unlikely(pads)) {
        if (pads & NATIVE_DRAINS) {
            if (n > 0 && is_exact(ref_borrow(args[0]), &generator_type)) return false; /* call_drain's */
            pads -= NATIVE_DRAINS;
        }
        if (pads) args[n] = REF_NULL; /* nothing live stands there */
        if (pads > 1) args[n + 1] = REF_NULL;
    }
    return true;
}

/* A function that gets its n arguments as they stand, whatever they are. Drains are left to call_drain. */
static ALWAYS_INLINE bool raw_fits(const NativeDef *def, const Ref *args, uint32_t n) {
    return def->raw != NULL && !(def->flags & NATIVE_STATIC) && (def->drain == NULL || n != 1 || !is_exact(ref_borrow(args[0]), &generator_type));
}

/* Calls def with the B arguments from `args` on if it takes them as they stand there; else nothing happened. base: the callee's register */
#define CALL_NATIVE(self, args)                                                                    \
    do {                                                                                           \
        if (likely(native_fits(frame->code, AT, def, (args), B))) {                                \
            SAVE();                                                                                \
            POLL_CALL();                                                                           \
            Ref r = def->flat(t, (self), (const Value *)(args));                                   \
            if (unlikely(ref_is_null(r))) goto error;                                              \
            regs_drop(t, base + 1, (size_t)((args) - base - 1) + B);                               \
            reg_set(t, base, r);                                                                   \
            SKIP(2);                                                                               \
        }                                                                                          \
        if (likely(raw_fits(def, (args), B))) {                                                    \
            SAVE();                                                                                \
            POLL_CALL();                                                                           \
            Ref r = def->raw(t, (self), (const Value *)(args), B, VALUE_NULL);                     \
            if (unlikely(ref_is_null(r))) goto error;                                              \
            regs_drop(t, base + 1, (size_t)((args) - base - 1) + B);                               \
            reg_set(t, base, r);                                                                   \
            CALL_FINISHED(2);                                                                      \
        }                                                                                          \
    } while (0)

/* The end of LOAD_ATTR: a value read from the object, or null if the cache was wrong. */
#define ATTR_LOADED(v)                                                                     \
    do {                                                                                   \
        if (unlikely(value_is_null(v))) goto L_LOAD_ATTR;                                  \
        Ref r = reg_copy(t, (v));                                                          \
        SAVE();                                                                            \
        SET(r);                                                                            \
        if (unlikely(w & KILL_B)) reg_drop(t, &RB);                                        \
        SKIP(2);                                                                           \
    } while (0)

/* The end of LOAD_METHOD: the function in A, the object in A + 1. */
#define METHOD_LOADED(fn)                                                                          \
    do {                                                                                           \
        if (A == B) {                                                                              \
            reg_set(t, &regs[A + 1], RB);                                                          \
            RA = (fn);                                                                             \
        } else {                                                                                   \
            Ref self = reg_copy(t, VB);                                                            \
            reg_set(t, &RA, (fn));                                                                 \
            reg_set(t, &regs[A + 1], self);                                                        \
        }                                                                                          \
        SKIP(2);                                                                                   \
    } while (0)

/* The same of what is called without an object: null in A, the callable in A + 1, before the object is dropped. */
#define CALLABLE_LOADED(v)                                                                         \
    do {                                                                                           \
        if (unlikely(value_is_null(v))) goto L_LOAD_METHOD;                                        \
        Ref callable = reg_copy(t, (v));                                                           \
        SAVE();                                                                                    \
        reg_set(t, &regs[A + 1], callable);                                                        \
        reg_set(t, &RA, REF_NULL);                                                                 \
        SKIP(2);                                                                                   \
    } while (0)
/* The same of what a static method wraps; or, of a class method of `owner`, the function in A and the class in A + 1. */
#define WRAPPED_LOADED(v, owner)                                                                   \
    do {                                                                                           \
        bool bound = is_exact((v), &classmethod_type);                                             \
        if (unlikely(!bound && !is_exact((v), &staticmethod_type))) goto L_LOAD_METHOD;            \
        Value inner = slot_get(&as(WrapperMethod, (v))->callable);                                 \
        if (!bound) CALLABLE_LOADED(inner);                                                        \
        if (unlikely(value_is_null(inner) || !is_function(inner))) goto L_LOAD_METHOD;             \
        Ref fn = reg_copy(t, inner), class_ = reg_copy(t, (owner));                                \
        SAVE();                                                                                    \
        reg_set(t, &regs[A + 1], class_);                                                          \
        reg_set(t, &RA, fn);                                                                       \
        SKIP(2);                                                                                   \
    } while (0)

#define ENTER(window_frame)                                                                        \
    do {                                                                                           \
        frame = (window_frame);                                                                    \
        regs = frame->regs;                                                                        \
        consts = frame->code->consts;                                                              \
        pc = frame->pc;                                                                            \
        if (unlikely(TRACED || load_relaxed(&t->hot.x_breaker) != 0)) goto entered;                \
        NEXT();                                                                                    \
    } while (0)

#if TRACED
Ref interp_traced(Thread *t, bool entering) {
#else
static Ref interp_plain(Thread *t) {
#endif
    static const void *const labels[256] = {
#define OP(name, kinds, cache, flags) [I_##name] = &&L_##name,
#define OP_SPECIAL(name, base) [I_##name] = &&L_##name,
#include "vm/opcodes.def"
    };
    /* where float arithmetic goes on with its operand B or C in acc */
#define FLOAT_ENTRIES(X)                                                                           \
    X(ADD_FLOAT) X(ADD_FLOAT_B) X(ADD_FLOAT_C) X(SUB_FLOAT) X(SUB_FLOAT_B) X(SUB_FLOAT_C)          \
    X(MUL_FLOAT) X(MUL_FLOAT_B) X(MUL_FLOAT_C) X(TRUEDIV_FLOAT) X(TRUEDIV_FLOAT_B) X(TRUEDIV_FLOAT_C)
#define FLOAT_K_ENTRIES(X)                                                                         \
    X(ADD_K_FLOAT) X(ADD_K_FLOAT_B) X(ADD_K_FLOAT_C) X(SUB_K_FLOAT) X(SUB_K_FLOAT_B) X(SUB_K_FLOAT_C) \
    X(MUL_K_FLOAT) X(MUL_K_FLOAT_B) X(MUL_K_FLOAT_C) X(TRUEDIV_K_FLOAT) X(TRUEDIV_K_FLOAT_B) X(TRUEDIV_K_FLOAT_C)
#define OTHER_ENTRIES(X)                                                                           \
    X(STORE_ATTR_SLOT) X(STORE_ATTR_MEMBER) X(CALL_REAL) X(CALL_REAL_B) X(CALL_REAL_C) X(CALL_METHOD_REAL) X(CALL_METHOD_REAL_B) X(CALL_METHOD_REAL_C)
#define AS_B(name) [I_##name] = &&B_##name,
#define AS_C(name) [I_##name] = &&C_##name,
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
    static const void *const forward_b[256] = {[0 ... 255] = &&forward_spill_b, FLOAT_ENTRIES(AS_B) FLOAT_K_ENTRIES(AS_B) OTHER_ENTRIES(AS_B)};
    static const void *const forward_c[256] = {[0 ... 255] = &&forward_spill_c, FLOAT_ENTRIES(AS_C)};
#pragma GCC diagnostic pop
    double acc = 0;
    Frame *frame;
    Ref *regs;
    const Value *consts;
    const Instr *pc;
    uint64_t w;
    Ref result;
    const Drain *drain_of;

    RELOAD();
#if TRACED
    if (entering) goto entered;
    frame->last = frame_at(frame);
    NEXT();
#else
    if (unlikely(load_relaxed(&t->hot.x_breaker) != 0)) goto entered;
    if (unlikely(err_pending(t))) goto error_saved; /* a generator into which an exception is thrown */
    NEXT();
#endif

#include "vm/instructions.h"

    /* The frame is left with `result` (perhaps lent: it waits in a register while the others are dropped). */
leave: {
    Frame *f = frame;
#if TRACED
    result = ref_own(t, result);
    put_back_returned(t, f, w, ref_borrow(result));
    if (trace_leave(t, f, ref_borrow(result)) < 0) goto leave_failed;
#endif
    if (unlikely(f->object != NULL || !ref_is_null(f->locals))) {
        SAVE();
        Ref own = ref_own(t, result);
        result = own;
        put_back_returned(t, f, w, ref_borrow(result));
        if (f->object) frame_object_leave(t, f);
        Ref locals = f->locals;
        f->locals = REF_NULL;
        ref_drop(t, locals);
    }
    uint32_t n = f->code->nregs;
    Ref first = regs[0];
    regs[0] = result;
    for (Ref *r = regs + n - 1; r > regs; r--) {
        uint64_t bits = r->bits;
        if ((bits & 3) == 0 && bits != 0) {
            r->bits = 0;
            if ((bits & 7) == 0) object_decref(t, (Object *)bits);
        }
    }
    ref_drop(t, first);
    result = regs[0];
    regs[0] = REF_NULL;
    if (unlikely(f->object != NULL)) { /* a finalizer's frame asked for it since */
        SAVE();
        result = ref_own(t, result);
        frame_object_leave(t, f);
    }
    Ref *ret = f->ret, acc = REF_NULL;
    Generator *g = f->gen;
    uint8_t kind = f->kind;
    if (kind >= FRAME_DRAIN) {
        acc = regs[-1];
        regs[-1] = REF_NULL;
    }
    const Drain *drain = f->drain;
    frame_unlink(t, f);
    f->gen = NULL;
    if (likely(kind == FRAME_CALL)) {
        Ref callee = REF_NULL;
        if (unlikely(ret != regs - 1)) {
            callee = regs[-1];
            regs[-1] = REF_NULL;
        }
        RELOAD();
        t->stack_top = (uint64_t *)(regs + frame->code->nregs);
        reg_set(t, ret, result);
        ref_drop(t, callee); /* not before the result, which may be lent, stands in its register */
        pc += op_info[(uint8_t)load_relaxed(pc - 1)].cache;
        NEXT();
    }
    if (kind == FRAME_ENTRY) {
        result = ref_own(t, result);
        if (g) generator_finish(t, g);
        return result;
    }
    if (kind == FRAME_INIT) reg_drop(t, regs - 1);
    if (kind == FRAME_DELEGATE && t->frame->rests) generator_wake(t, t->frame, regs);
    RELOAD();
    t->stack_top = (uint64_t *)(regs + frame->code->nregs);
    w = load_relaxed(pc - 1);
    if (kind == FRAME_INIT) {
        int bad = init_result(t, ref_borrow(result));
        ref_drop(t, result);
        if (bad < 0) goto error_saved;
        pc += op_info[(uint8_t)w].cache;
    } else if (kind == FRAME_FOR) { /* the generator of a for loop has ended */
        generator_finish(t, g);
        ref_drop(t, result);
        reg_drop(t, &RB);
        pc += 1;
    } else if (kind >= FRAME_DRAIN) {
        generator_finish(t, g);
        ref_drop(t, result);
        if (drain_end(t, frame, w, drain, acc) == CALL_ERROR) goto error_saved;
        pc += 2;
    } else { /* FRAME_DELEGATE: the result of `yield from` */
        reg_set(t, &RA, result);
        generator_finish(t, g);
        reg_drop(t, &RB);
    }
    NEXT();
}

    /* `result` is yielded by this frame, whose pc says where it goes on. */
suspend: {
    Frame *f = frame;
    uint8_t kind = f->kind;
    Ref *ret = f->ret;
    const Drain *drain = f->drain;
    if (TRACED || kind >= FRAME_DRAIN) result = ref_own(t, result);
#if TRACED
    if (trace_yield(t, f, ref_borrow(result)) < 0) goto leave_failed;
#endif
    Ref acc = regs[-1];
    regs[-1] = REF_NULL;
    generator_suspend(t, f, INSTR_C(w));
    while (kind == FRAME_DELEGATE && t->frame->rests) {
        f = t->frame;
        if (TRACED) {
            generator_wake(t, f, regs);
            break;
        }
        kind = f->kind;
        ret = f->ret;
        generator_rest(t, f);
    }
    if (kind == FRAME_ENTRY) return ref_own(t, result);
    RELOAD();
    t->stack_top = (uint64_t *)(regs + frame->code->nregs);
    w = load_relaxed(pc - 1);
    if (kind == FRAME_FOR) {
        reg_set(t, ret, result);
        pc += 1;
        JUMP();
    }
    if (kind >= FRAME_DRAIN) {
        CallResult r = drain_step(t, frame, w, drain, kind, acc, result);
        if (unlikely(r == CALL_ERROR)) goto error_saved;
        if (r == CALL_PUSHED) ENTER(t->frame);
        SKIP(2);
    }
    pc--; /* FRAME_DELEGATE: this frame yields it on, and begins with the same YIELD_FROM again */
    SAVE();
    goto suspend;
}

    /* A frame was entered or resumed, perhaps with an exception that is to be raised in it. */
entered:
#if TRACED
    if (trace_enter(t, frame) < 0) {
        if (pc != code_entry(frame->code)) frame->pc = pc + 1;
        goto error_saved;
    }
#else
    if (trace_on(t)) return SWITCH_ENTERING;
#endif
    if (unlikely(err_pending(t))) goto error_saved;
    if (!BREAKER) NEXT();
poll:
    SAVE();
    if (safepoint_slow(t) < 0) {
        frame->pc = pc + 1; /* the exception belongs to the instruction that was to run next */
        goto error_saved;
    }
    if (TRACED || likely(!trace_on(t))) NEXT();
change_over:
    SAVE();
    return SWITCH_RUNNING;
poll_done:
    if (safepoint_slow(t) < 0) goto error_saved;
    if (TRACED || likely(!trace_on(t))) NEXT();
    goto change_over;

#if TRACED
traced_next:
    if (!trace_on(t)) goto change_over;
    frame->pc = pc + 1;
    if (trace_instruction(t, frame) < 0) goto error_saved;
    pc = frame->pc - 1;
    FETCH();
    DISPATCH();
leave_failed: { /* the frame is left by what its trace function raised */
    Ref exc = err_fetch(t);
    ref_drop(t, result);
    t->exc = exc;
    frame = unwind_from_caller(t);
}
    if (!frame) return REF_NULL;
    RELOAD();
    t->stack_top = (uint64_t *)(regs + frame->code->nregs);
    NEXT();
#endif

error:
    SAVE();
error_saved:
    frame = unwind(t);
    if (!frame) return REF_NULL;
    RELOAD();
    t->stack_top = (uint64_t *)(regs + frame->code->nregs);
    NEXT();
}

#if !TRACED
Ref interp(Thread *t) {
    for (;;) {
        Ref r = interp_plain(t);
        if (likely(r.bits != SWITCH_ENTERING.bits && r.bits != SWITCH_RUNNING.bits)) return r;
        r = interp_traced(t, r.bits == SWITCH_ENTERING.bits);
        if (r.bits != SWITCH_RUNNING.bits) return r;
    }
}
#endif
