/* Generators and coroutines. See generator.h; async generators are in async_generator.c.
 *
 *   CREATED, SUSPENDED --claim (compare-and-swap)--> RUNNING --suspend--> SUSPENDED
 *                                                       \--finish--> CLOSED
 *   CREATED, SUSPENDED --look--> LOOKED_AT --unclaim--> as before
 * Only the thread that claimed it touches pc, live, regs, exc until it stores the next state with release.
 */
#include "vm/generator.h"

#include <sched.h>
#include <stdio.h>

#include "runtime/descriptors.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/thread_state.h"
#include "vm/slow.h"
#include "vm/trace.h"
#include "vm/traceback.h"

static const char *kind_of(const Generator *g) {
    Type *type = object_type_of(g);
    return type == &coroutine_type ? "coroutine" : type == &async_generator_type ? "async generator" : "generator";
}
static Code *code_of_generator(const Generator *g) { return code_of(slot_get(&g->code)); }

/* ---- making, moving registers in and out ---------------------------------------------------------------------------------------- */

/* (name, file, line) of the frames that made a coroutine, for sys.set_coroutine_origin_tracking_depth. */
static Ref origin_of(Thread *t, int depth) {
    Ref list = list_new(t, 0);
    for (Frame *f = t->frame; f && depth > 0 && !ref_is_null(list); f = f->prev, depth--) {
        Ref entry = tuple_pack(t, 3, slot_get(&f->code->filename), small_int(code_line(f->code, frame_at(f))), slot_get(&f->code->name));
        if (ref_is_null(entry) || list_append_steal(t, ref_borrow(list), entry) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    if (ref_is_null(list)) return list;
    Ref r = list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    return r;
}

Ref generator_new(Thread *t, Function *f, Code *code, Ref *regs) {
    Type *type = code->flags & CO_COROUTINE ? &coroutine_type : code->flags & CO_ASYNC_GENERATOR ? &async_generator_type : &generator_type;
    Generator *g = object_alloc(t, type, code->nregs * sizeof(Slot));
    if (!g) return REF_NULL;
    slot_init(&g->func, ref_new(t, object_value(f)));
    slot_init(&g->code, ref_new(t, object_value(code)));
    slot_init(&g->name, slot_ref(t, &f->name));
    slot_init(&g->qualname, slot_ref(t, &f->qualname));
    g->pc = code_entry(code);
    RuntimeThread *rt = runtime_thread(t);
    if (type == &coroutine_type && rt && rt->coroutine_origin_depth > 0) {
        Ref origin = origin_of(t, rt->coroutine_origin_depth);
        if (ref_is_null(origin)) {
            ref_drop(t, ref_steal(g));
            return REF_NULL;
        }
        slot_init(&g->origin, origin);
    }
    for (uint32_t i = 0; i < code->first_temp; i++) {
        slot_init(&g->regs[i], ref_own(t, regs[i]));
        regs[i] = REF_NULL;
    }
    g->live = code->first_temp;
    return ref_steal(g);
}

uint32_t generator_state(Generator *g) {
    uint32_t state;
    while (unlikely((state = load_acquire(&g->x_state)) == GEN_LOOKED_AT)) sched_yield();
    return state;
}
/* Claims it for a look, if it waits. */
static bool look(Thread *t, Generator *g) {
    uint32_t state = generator_state(g);
    if (is_local(t, g)) return state < GEN_RUNNING;
    while (state < GEN_RUNNING) {
        if (cas_acq_rel(&g->x_state, &state, GEN_LOOKED_AT)) return true;
        if (state == GEN_LOOKED_AT) state = generator_state(g);
    }
    return false;
}
static void unclaim(Generator *g);
static void looked(Thread *t, Generator *g) {
    if (!is_local(t, g)) unclaim(g);
}

bool generator_variables(Thread *t, Generator *g, Ref *to, uint32_t n) {
    if (!look(t, g)) return false;
    bool any = g->live != 0;
    for (uint32_t i = 0; any && i < n; i++) to[i] = ref_new(t, slot_get(&g->regs[i]));
    looked(t, g);
    return any;
}

static bool claim(Thread *t, Generator *g) {
    uint32_t state = load_acquire(&g->x_state);
    if (is_local(t, g)) {
        if (likely(state < GEN_RUNNING)) {
            store_relaxed(&g->x_state, GEN_RUNNING);
            return true;
        }
    } else {
        do {
            if (unlikely(state == GEN_LOOKED_AT)) state = generator_state(g);
            if (state < GEN_RUNNING && cas_acq_rel(&g->x_state, &state, GEN_RUNNING)) return true;
        } while (state < GEN_RUNNING || state == GEN_LOOKED_AT);
    }
    return false;
}
bool generator_claim(Thread *t, Generator *g) {
    if (likely(claim(t, g))) return true;
    err_set(t, E_ValueError, "%s already executing", kind_of(g));
    return false;
}
static bool created(const Generator *g) { return g->pc == code_entry(code_of_generator(g)); }
static bool delegating(const Generator *g) { return !created(g) && INSTR_OP(load_relaxed(g->pc)) == I_YIELD_FROM; }
static void unclaim(Generator *g) { store_release(&g->x_state, created(g) ? GEN_CREATED : GEN_SUSPENDED); }

static void link_frame(Thread *t, Frame *n, Generator *g, Code *code, Ref *regs, uint8_t kind, Ref *ret) {
    t->recursion_left--;
    n->regs = regs;
    n->code = code;
    n->func = as(Function, slot_get(&g->func));
    n->globals = slot_get(&n->func->globals);
    n->ret = ret;
    n->kind = kind;
    n->gen = g;
    n->no_trace_entry = false;
    n->pc = g->pc;
    if (unlikely((n->object = g->frame_object) != NULL)) {
        g->frame_object = NULL;
        store_relaxed(&n->object->x_thread, t);
        store_release(&n->object->x_frame, n);
    }
    t->frame = n;
    g->exc.prev = t->exc_info;
    t->exc_info = &g->exc;
}
/* Puts the registers of g where its frame is to have them. */
static ALWAYS_INLINE void take_registers(Thread *t, Generator *g, Code *code, Ref *window) {
    uint32_t live = g->live;
    for (uint32_t i = 0; i < live; i++) window[i] = (Ref){load_relaxed(&g->regs[i].x_bits)};
    g->live = 0;
    t->stack_top = (uint64_t *)(window + code->nregs);
}

/* If the claimed g hands on what another generator yields: links a frame for g that rests, and claims the other one, which is to be pushed next and can be.
 * Else null, and nothing has happened. */
static Generator *push_resting(Thread *t, Generator *g, uint8_t kind, Ref *ret) {
    uint64_t w = load_relaxed(g->pc);
    if (INSTR_OP(w) != I_YIELD_FROM || g->jumped || trace_on(t)) return NULL;
    Value it = slot_get(&g->regs[INSTR_B(w)]);
    Type *type = type_of(it);
    if (type != &generator_type && type != &coroutine_type) return NULL;
    Generator *inner = as(Generator, it);
    Code *code = code_of_generator(g), *inner_code = code_of_generator(inner);
    uint32_t nregs = code->nregs > inner_code->nregs ? code->nregs : inner_code->nregs;
    Frame *n = t->frame ? t->frame->next : vm_thread(t)->root.next;
    if (!n || !n->next || t->recursion_left < 2 || t->stack_top + 1 + nregs + 64 > t->stack_limit) return NULL;
    if (load_acquire(&inner->x_state) != GEN_SUSPENDED || !claim(t, inner)) return NULL;
    link_frame(t, n, g, code, (Ref *)(void *)g->regs, kind, ret);
    n->pc++; /* as around a call */
    n->rests = true;
    return inner;
}

Frame *generator_push(Thread *t, Generator *g, Ref value, bool throw_, uint8_t kind, Ref *ret) {
    for (Generator *inner; !throw_ && kind < FRAME_DRAIN && (inner = push_resting(t, g, kind, ret)) != NULL; ret = NULL) {
        g = inner;
        kind = FRAME_DELEGATE;
    }
    Code *code = code_of_generator(g);
    Ref *window = (Ref *)t->stack_top + 1;
    Frame *n = NULL;
    if (t->recursion_left <= 0 || (uint64_t *)window + code->nregs + 64 > t->stack_limit)
        err_set(t, E_RecursionError, "maximum recursion depth exceeded");
    else
        n = frame_next(t, t->frame);
    if (!n) {
        unclaim(g);
        ref_drop(t, value);
        return NULL;
    }
    window[-1] = REF_NULL;
    take_registers(t, g, code, window);
    link_frame(t, n, g, code, window, kind, ret);
    if (throw_) {
        if (delegating(g)) n->pc++;
    } else if (created(g) || g->jumped) {
        g->jumped = false;
        ref_drop(t, value);
    } else {
        uint64_t w = load_relaxed(delegating(g) ? g->pc : g->pc - 1);
        reg_set(t, &window[INSTR_A(w)], value);
    }
    return n;
}

void generator_wake(Thread *t, Frame *f, Ref *window) {
    take_registers(t, f->gen, f->code, window);
    f->regs = window;
    f->rests = false;
}

/* What is left to do when the registers are in the generator. */
static void suspend_frame(Thread *t, Frame *f, Generator *g, bool shared) {
    g->pc = f->pc;
    if (unlikely(f->object != NULL)) {
        store_relaxed(&f->object->x_lasti, (int32_t)(INSTR_OP(load_relaxed(f->pc)) == I_YIELD_FROM ? frame_at(f) + 1 : frame_at(f)));
        store_release(&f->object->x_frame, NULL);
        if (shared) publish(t, object_value(f->object));
        g->frame_object = f->object;
        f->object = NULL;
    }
    if (unlikely(shared)) publish(t, ref_borrow(g->exc.exc));
    t->exc_info = g->exc.prev;
    g->exc.prev = NULL;
    f->gen = NULL;
    frame_unlink(t, f);
    vm_thread(t)->yielded = true;
    store_release(&g->x_state, GEN_SUSPENDED);
}

void generator_suspend(Thread *t, Frame *f, uint32_t live) {
    Generator *g = f->gen;
    Ref *regs = f->regs;
    bool shared = !is_local(t, g);
    for (uint32_t i = 0; unlikely(shared) && i < live; i++) publish(t, ref_borrow(regs[i]));
    for (uint32_t i = 0; i < live; i++) { /* word by word: wider loads would wait for the stores of what was written last */
        Ref r = regs[i];
        regs[i] = REF_NULL;
        if ((r.bits & 7) == TAG_LENT && !ref_is_none(r)) r = ref_own(t, r);
        store_relaxed(&g->regs[i].x_bits, r.bits);
    }
#if WEFT_DEBUG
    for (uint32_t i = live; i < f->code->nregs; i++) DCHECK(!value_is_object(ref_borrow(regs[i])) || (regs[i].bits & 7) == TAG_LENT);
#endif
    g->live = live;
    suspend_frame(t, f, g, shared);
}

void generator_rest(Thread *t, Frame *f) {
    f->pc--; /* it delegates on */
    f->rests = false;
    suspend_frame(t, f, f->gen, !is_local(t, f->gen));
}

void generator_finish(Thread *t, Generator *g) {
    Ref exc = g->exc.exc;
    t->exc_info = g->exc.prev;
    g->exc.prev = NULL;
    g->exc.exc = REF_NULL;
    vm_thread(t)->yielded = false;
    store_release(&g->x_state, GEN_CLOSED);
    if (!ref_is_null(exc)) {
        ref_drop(t, exc);
        vm_thread(t)->yielded = false;
    }
}

/* ---- resuming from C ---------------------------------------------------------------------------------------------------------------- */

/* C state around a generator's frame that C code puts on the stack. */
typedef struct Resumption { uint64_t *top; bool locked; } Resumption;

/* Links the frame of a claimed g; value consumed. With throw_ the exception in flight is to be raised in it. False: an exception, and g isn't claimed any more. */
static bool resume_begin(Thread *t, Generator *g, Ref value, bool throw_, Resumption *r) {
    if ((!t->stack_base && frames_begin(t) < 0) || c_stack_check(t, " while calling a Python object") < 0) {
        unclaim(g);
        ref_drop(t, value);
        return false;
    }
    *r = (Resumption){t->stack_top, t->critical != NULL};
    Ref exc = t->exc;
    if (unlikely(r->locked)) critical_suspend(t);
    if (throw_) t->exc = REF_NULL;
    if (!generator_push(t, g, value, throw_, FRAME_ENTRY, NULL)) {
        if (throw_) ref_drop(t, exc);
        if (unlikely(r->locked)) critical_resume(t);
        return false;
    }
    if (throw_) t->exc = exc;
    if (throw_ && !ref_is_null(g->exc.exc)) err_chain(t);
    return true;
}
static void resume_end(Thread *t, const Resumption *r) {
    t->stack_top = r->top;
    if (unlikely(r->locked)) critical_resume(t);
}
/* Runs the frame that resume_begin has linked. */
static GenStep resume_run(Thread *t, const Resumption *at, Ref *out) {
    Ref r = interp(t);
    bool yielded = vm_thread(t)->yielded;
    resume_end(t, at);
    *out = r;
    return ref_is_null(r) ? GEN_RAISED : yielded ? GEN_YIELDED : GEN_RETURNED;
}

/* g is claimed. value consumed. */
static GenStep resume_claimed(Thread *t, Generator *g, Ref value, bool throw_, Ref *out) {
    Resumption r;
    *out = REF_NULL;
    return resume_begin(t, g, value, throw_, &r) ? resume_run(t, &r, out) : GEN_RAISED;
}

GenStep generator_resume(Thread *t, Generator *g, Ref value, bool throw_, Ref *out) {
    *out = REF_NULL;
    if (ref_is_null(value)) value = REF_NONE;
    if (load_acquire(&g->x_state) == GEN_CLOSED) {
        ref_drop(t, value);
        if (object_type_of(g) == &coroutine_type) {
            err_clear(t);
            err_set(t, E_RuntimeError, "cannot reuse already awaited coroutine");
            return GEN_RAISED;
        }
        if (throw_) return GEN_RAISED;
        *out = REF_NONE;
        return GEN_RETURNED;
    }
    Ref exc = throw_ ? err_fetch(t) : REF_NULL;
    if (!generator_claim(t, g)) {
        ref_drop(t, value);
        ref_drop(t, exc);
        return GEN_RAISED;
    }
    if (throw_) {
        err_steal(t, exc);
    } else if (created(g) && !ref_is_none(value)) {
        unclaim(g);
        ref_drop(t, value);
        err_set(t, E_TypeError, "can't send non-None value to a just-started %s", kind_of(g));
        return GEN_RAISED;
    }
    return resume_claimed(t, g, value, throw_, out);
}

/* StopIteration in flight: its value, owned, and the exception is gone. */
static Ref take_stop_value(Thread *t) {
    Ref exc = err_fetch(t);
    Ref v = slot_ref(t, &as(StopIteration, ref_borrow(exc))->value);
    ref_drop(t, exc);
    return ref_is_null(v) ? REF_NONE : v;
}
/* What a method call that may raise StopIteration means for the delegating generator. */
static GenStep step_of(Thread *t, Ref r, Ref *out) {
    *out = r;
    if (!ref_is_null(r)) return GEN_YIELDED;
    if (!err_pending(t)) {
        *out = REF_NONE;
        return GEN_RETURNED;
    }
    if (!err_is(t, E_StopIteration)) return GEN_RAISED;
    if (unlikely(trace_on(t)) && t->frame) trace_exception(t, t->frame);
    if (!err_is(t, E_StopIteration)) return GEN_RAISED; /* what its trace function raised */
    *out = take_stop_value(t);
    return GEN_RETURNED;
}

GenStep iter_send(Thread *t, Value iter, Ref value, Ref *out) {
    Type *type = type_of(iter);
    if (likely(!trace_on(t)) && (type == &generator_type || type == &coroutine_type)) return generator_resume(t, as(Generator, iter), value, false, out);
    Ref r;
    if (ref_is_none(value) && type->next) r = type->next(t, iter);
    else r = call_method1(t, iter, N(send), ref_borrow(value));
    ref_drop(t, value);
    return step_of(t, r, out);
}

/* The step as a Python method's result: a return becomes StopIteration(value). */
static Ref method_result(Thread *t, Generator *g, GenStep step, Ref out) {
    if (step != GEN_RETURNED) return out;
    if (ref_is_none(out)) err_object(t, type_value(ETYPE(StopIteration)));
    else err_value(t, E_StopIteration, ref_borrow(out));
    ref_drop(t, out);
    return REF_NULL;
}

static Ref generator_next(Thread *t, Value self) {
    Ref out;
    GenStep step = generator_resume(t, as(Generator, self), REF_NONE, false, &out);
    if (step == GEN_RETURNED && ref_is_none(out)) return REF_NULL;
    return method_result(t, as(Generator, self), step, out);
}
static Ref generator_send(Thread *t, Value self, const Value *a) {
    Ref out;
    GenStep step = generator_resume(t, as(Generator, self), ref_new(t, a[0]), false, &out);
    return method_result(t, as(Generator, self), step, out);
}

/* ---- throw and close ---------------------------------------------------------------------------------------------------------------- */

/* The iterator that a claimed or suspended generator delegates to, owned; or null. */
static Ref delegate(Thread *t, Generator *g) {
    if (!g->live || !delegating(g)) return REF_NULL;
    return slot_ref(t, &g->regs[INSTR_B(load_relaxed(g->pc))]);
}
Ref generator_yield_from(Generator *g, Thread *t) {
    if (!look(t, g)) return REF_NULL;
    Ref r = delegate(t, g);
    looked(t, g);
    return r;
}

static int close_claimed(Thread *t, Generator *g);
/* close() of the iterator delegated to. -1 with an exception. */
static int close_delegate(Thread *t, Value it) {
    if (is_exact(it, &generator_type) || is_exact(it, &coroutine_type)) {
        Generator *g = as(Generator, it);
        if (load_acquire(&g->x_state) == GEN_CLOSED) return 0;
        return generator_claim(t, g) ? close_claimed(t, g) : -1;
    }
    Ref close = get_attr_opt(t, it, N(close));
    if (ref_is_null(close)) {
        if (err_pending(t)) err_unraisable(t, NULL, it);
        return 0;
    }
    Ref r = call0(t, ref_borrow(close));
    ref_drop(t, close);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

/* What throw() was called with; n 0: the exception in flight instead. */
typedef struct Thrown {
    const Value *args;
    size_t n;
    bool close; /* GeneratorExit closes what is delegated to */
} Thrown;
static bool throws_exit(Thread *t, const Thrown *what) {
    return what->n ? exception_matches(t, what->args[0], type_value(ETYPE(GeneratorExit))) : err_is(t, E_GeneratorExit);
}

static GenStep throw_claimed(Thread *t, Generator *g, const Thrown *what, Ref *out);
static GenStep throw_into(Thread *t, Value it, const Thrown *what, bool *no_throw, Ref *out) {
    Ref exc = err_fetch(t);
    *no_throw = false;
    *out = REF_NULL;
    if (is_exact(it, &generator_type) || is_exact(it, &coroutine_type)) {
        Generator *g = as(Generator, it);
        if (load_acquire(&g->x_state) == GEN_CLOSED) {
            err_steal(t, exc);
            if (what->n && generator_throw_arguments(t, what->args, what->n) < 0) return GEN_RAISED;
            return generator_resume(t, g, REF_NONE, true, out);
        }
        if (!generator_claim(t, g)) {
            ref_drop(t, exc);
            return GEN_RAISED;
        }
        err_steal(t, exc);
        return throw_claimed(t, g, what, out);
    }
    Ref method = get_attr_opt(t, it, N(throw));
    if (ref_is_null(method)) {
        *no_throw = !err_pending(t);
        if (*no_throw) err_steal(t, exc);
        else ref_drop(t, exc);
        return GEN_RAISED;
    }
    Ref r = what->n ? call(t, ref_borrow(method), what->args, what->n, VALUE_NULL) : call1(t, ref_borrow(method), ref_borrow(exc));
    ref_drop(t, method);
    ref_drop(t, exc);
    return step_of(t, r, out);
}

/* The frame of the claimed g stands on the stack while what it delegates to is thrown into. */
static GenStep throw_delegated(Thread *t, Generator *g, Value it, const Thrown *what, Ref *out) {
    Resumption r;
    Ref exc = err_fetch(t);
    if (!resume_begin(t, g, REF_NULL, true, &r)) {
        ref_drop(t, exc);
        return GEN_RAISED;
    }
    Frame *f = t->frame;
    err_steal(t, exc);
    bool no_throw;
    GenStep step = throw_into(t, it, what, &no_throw, out);
    if (step == GEN_YIELDED) {
        f->pc--; /* it delegates on */
        generator_suspend(t, f, INSTR_C(load_relaxed(f->pc)));
        resume_end(t, &r);
        return step;
    }
    if (step == GEN_RETURNED) {
        uint64_t w = load_relaxed(f->pc - 1);
        reg_set(t, &f->regs[INSTR_A(w)], *out);
        reg_drop(t, &f->regs[INSTR_B(w)]);
    } else {
        if (no_throw && what->n && generator_throw_arguments(t, what->args, what->n) < 0) no_throw = false;
        if (!ref_is_null(g->exc.exc)) err_chain(t);
    }
    return resume_run(t, &r, out);
}

/* Throws into a claimed generator, through what it delegates to. */
static GenStep throw_claimed(Thread *t, Generator *g, const Thrown *what, Ref *out) {
    Ref it = delegate(t, g);
    *out = REF_NULL;
    if (!ref_is_null(it) && what->close && throws_exit(t, what)) {
        Ref exc = err_fetch(t);
        bool closed = close_delegate(t, ref_borrow(it)) == 0;
        ref_drop(t, it);
        if (closed) err_steal(t, exc);
        else ref_drop(t, exc);
        if (!closed) return resume_claimed(t, g, REF_NONE, true, out);
        it = REF_NULL;
    }
    if (!ref_is_null(it)) {
        GenStep step = throw_delegated(t, g, ref_borrow(it), what, out);
        ref_drop(t, it);
        return step;
    }
    if (what->n && generator_throw_arguments(t, what->args, what->n) < 0) {
        unclaim(g);
        return GEN_RAISED;
    }
    return resume_claimed(t, g, REF_NONE, true, out);
}

/* 0; -1 with an exception. Consumes the claim. */
static int close_claimed(Thread *t, Generator *g) {
    Ref out;
    if (created(g) && !trace_on(t)) { /* a tracer sees it entered to be left */
        uint32_t live = g->live;
        g->live = 0;
        for (uint32_t i = 0; i < live; i++) slot_set(t, g, &g->regs[i], REF_NULL);
        store_release(&g->x_state, GEN_CLOSED);
        return 0;
    }
    err_object(t, type_value(ETYPE(GeneratorExit)));
    GenStep step = throw_claimed(t, g, &(Thrown){.close = true}, &out);
    ref_drop(t, out);
    if (step == GEN_RETURNED) return 0;
    if (step == GEN_YIELDED) return err_int(err_set(t, E_RuntimeError, "%s ignored GeneratorExit", kind_of(g)));
    return err_clear_if(t, E_GeneratorExit) || err_clear_if(t, E_StopIteration) ? 0 : -1;
}

static Ref generator_close(Thread *t, Value self, const Value *a) {
    Generator *g = as(Generator, self);
    if (load_acquire(&g->x_state) == GEN_CLOSED) return REF_NONE;
    if (!generator_claim(t, g) || close_claimed(t, g) < 0) return REF_NULL;
    return REF_NONE;
}

/* Sets the exception that throw(type[, value[, traceback]]) means. -1: bad arguments. */
int generator_throw_arguments(Thread *t, const Value *args, size_t n) {
    Value type = args[0], value = n > 1 ? args[1] : VALUE_NULL, tb = n > 2 ? args[2] : VALUE_NULL;
    if (!value_is_null(tb) && value_is_none(tb)) tb = VALUE_NULL;
    if (!value_is_null(tb) && !is_exact(tb, &traceback_type))
        return err_int(err_set(t, E_TypeError, "throw() third argument must be a traceback object"));
    Ref exc;
    if (is_type(type) && type_flag(as(Type, type), TYPE_EXCEPTION)) {
        if (!value_is_null(value) && is_instance(t, value, type) == 1) exc = ref_new(t, value);
        else exc = exception_instantiate(t, type, value);
        if (ref_is_null(exc)) return 0; /* why it couldn't be made is thrown */
    } else if (is_a(type, TYPE_EXCEPTION)) {
        if (!value_is_null(value) && !value_is_none(value))
            return err_int(err_set(t, E_TypeError, "instance exception may not have a separate value"));
        exc = ref_new(t, type);
    } else {
        return err_int(err_set(t, E_TypeError, "exceptions must be classes or instances deriving from BaseException, not %T", type));
    }
    if (!value_is_null(tb)) slot_set(t, value_object(ref_borrow(exc)), &as(BaseException, ref_borrow(exc))->traceback, ref_new(t, tb));
    err_steal(t, exc);
    return 0;
}

Ref generator_throw_raw(Thread *t, Value self, const Value *args, size_t n, bool close) {
    Generator *g = as(Generator, self);
    Ref out;
    if (load_acquire(&g->x_state) == GEN_CLOSED) {
        if (generator_throw_arguments(t, args, n) < 0) return REF_NULL;
        return method_result(t, g, generator_resume(t, g, REF_NONE, true, &out), out);
    }
    if (!generator_claim(t, g)) return REF_NULL;
    GenStep step = throw_claimed(t, g, &(Thrown){args, n, close}, &out);
    return method_result(t, g, step, out);
}
int generator_throw_count(Thread *t, Value self, const char *method, size_t n, Value kwnames) {
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0) return err_int(err_set(t, E_TypeError, "%T.%s() takes no keyword arguments", self, method));
    return check_nargs(t, method, n, 1, 3);
}
static Ref generator_throw(Thread *t, Value self, const Value *args, size_t n, Value kwnames) {
    if (generator_throw_count(t, self, "throw", n, kwnames) < 0) return REF_NULL;
    return generator_throw_raw(t, self, args, n, true);
}

/* ---- death ---------------------------------------------------------------------------------------------------------------------------- */

static void generator_traverse(Object *self, VisitFn visit, void *arg) {
    Generator *g = (Generator *)self;
    Slot *slots[] = {&g->func, &g->code, &g->name, &g->qualname, &g->origin, &g->finalizer};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) slot_visit(slots[i], visit, arg);
    for (uint32_t i = 0; i < g->live; i++) slot_visit(&g->regs[i], visit, arg);
    if (g->frame_object) visit(arg, object_value(g->frame_object));
    /* while it runs, its exception is a root of the thread's */
    if (load_relaxed(&g->x_state) != GEN_RUNNING && value_is_object(ref_borrow(g->exc.exc))) visit(arg, ref_borrow(g->exc.exc));
}

/* A frame object outlives its generator: it takes over the variables. */
static void leave_frame_object(Thread *t, Generator *g) {
    FrameObject *o = g->frame_object;
    if (!o) return;
    g->frame_object = NULL;
    store_release(&o->x_generator, NULL);
    if (!ref_is_unique(t, &o->base))
        for (uint32_t i = 0; i < o->var_count && i < g->live; i++) {
            Ref r = {load_relaxed(&g->regs[i].x_bits)};
            store_relaxed(&g->regs[i].x_bits, 0);
            slot_set(t, o, &o->vars[i], r);
        }
    ref_drop(t, ref_steal(o));
}
static void generator_clear(Thread *t, Object *self) {
    Generator *g = (Generator *)self;
    uint32_t state = generator_state(g);
    do { /* of trash that another thread has come upon by its frame object, that may look at the variables */
        if (state == GEN_LOOKED_AT) state = generator_state(g);
        if (state == GEN_RUNNING) return;
    } while (!is_local(t, g) && !cas_acq_rel(&g->x_state, &state, GEN_CLOSED));
    store_relaxed(&g->x_state, GEN_CLOSED);
    leave_frame_object(t, g);
    uint32_t live = g->live;
    g->live = 0;
    for (uint32_t i = 0; i < live; i++) {
        Ref r = {load_relaxed(&g->regs[i].x_bits)};
        store_relaxed(&g->regs[i].x_bits, 0);
        ref_drop(t, r);
    }
    Ref exc = g->exc.exc;
    g->exc.exc = REF_NULL;
    ref_drop(t, exc);
}
static void generator_destroy(Thread *t, Object *self) {
    Generator *g = (Generator *)self;
    generator_clear(t, self);
    const Slot *slots[] = {&g->func, &g->code, &g->name, &g->qualname, &g->origin, &g->finalizer};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) ref_drop(t, (Ref){load_relaxed(&((Slot *)slots[i])->x_bits)});
}

static void warn_never_awaited(Thread *t, Generator *g) {
    Ref fn = import_attr(t, "warnings", "_warn_unawaited_coroutine");
    Ref r = REF_NULL;
    if (!ref_is_null(fn)) r = call1(t, ref_borrow(fn), object_value(g));
    else err_clear(t);
    ref_drop(t, fn);
    bool warned = !ref_is_null(r) || err_is(t, E_RuntimeWarning);
    if (err_pending(t)) err_unraisable(t, NULL, object_value(g));
    if (!warned && warn(t, E_RuntimeWarning, 1, "coroutine '%V' was never awaited", slot_get(&g->qualname)) < 0)
        err_unraisable(t, NULL, object_value(g));
    ref_drop(t, r);
}

/* always: even one that has nothing to run at its end is closed */
static void finalize(Thread *t, Generator *g, bool always) {
    uint32_t state = generator_state(g);
    if (state >= GEN_RUNNING) return;
    Ref saved = err_fetch(t);
    if (object_type_of(g) == &async_generator_type && !load_relaxed(&g->x_ag_closed)) {
        Ref finalizer = slot_ref(t, &g->finalizer);
        if (!ref_is_null(finalizer)) {
            Ref r = call1(t, ref_borrow(finalizer), object_value(g));
            if (ref_is_null(r)) err_unraisable(t, NULL, object_value(g));
            ref_drop(t, r);
            ref_drop(t, finalizer);
            t->exc = saved;
            return;
        }
    }
    if (object_type_of(g) == &coroutine_type && state == GEN_CREATED) {
        warn_never_awaited(t, g);
    } else if (always || trace_on(t) || (state == GEN_SUSPENDED && (code_of_generator(g)->exc_count || delegating(g)))) {
        if (!generator_claim(t, g)) err_clear(t); /* another thread runs it by now */
        else if (close_claimed(t, g) < 0) err_unraisable(t, NULL, object_value(g));
    }
    t->exc = saved;
}
void generator_finalize(Thread *t, Object *self) { finalize(t, (Generator *)self, false); }
void generator_end(Thread *t, Generator *g) { finalize(t, g, true); }
static bool generator_ends_quietly(Thread *t, const Object *self) {
    Generator *g = (Generator *)self;
    uint32_t state = load_relaxed(&g->x_state);
    if (state != GEN_SUSPENDED || object_type_of(g) != &generator_type) return state == GEN_CLOSED;
    return !trace_on(t) && code_of_generator(g)->exc_count == 0 && !delegating(g);
}

/* ---- attributes ----------------------------------------------------------------------------------------------------------------------------- */

static Ref generator_repr(Thread *t, Value self) {
    char at[32];
    snprintf(at, sizeof at, "%p", (void *)value_object(self));
    Generator *g = as(Generator, self);
    const char *kind = object_type_of(g) == &async_generator_type ? "async_generator" : kind_of(g);
    return str_format(t, "<%s object %V at %s>", kind, slot_get(&g->qualname), at);
}
static Ref get_running(Thread *t, Value self, void *closure) {
    return ref_bool(load_acquire(&as(Generator, self)->x_state) == GEN_RUNNING);
}
static Ref get_suspended(Thread *t, Value self, void *closure) {
    return ref_bool(generator_state(as(Generator, self)) == GEN_SUSPENDED);
}
static Ref get_yieldfrom(Thread *t, Value self, void *closure) {
    Ref r = generator_yield_from(as(Generator, self), t);
    return ref_is_null(r) ? REF_NONE : r;
}
/* The frame object: the running frame's, or one for the suspended state. */
static Ref get_frame(Thread *t, Value self, void *closure) {
    Generator *g = as(Generator, self);
    uint32_t state = generator_state(g);
    if (state == GEN_CLOSED) return REF_NONE;
    if (state == GEN_RUNNING) {
        for (Frame *f = t->frame; f; f = f->prev)
            if (f->gen == g) {
                FrameObject *o = frame_object(t, f);
                return o ? ref_new(t, object_value(o)) : REF_NULL;
            }
        return REF_NONE;
    }
    if (!look(t, g)) return REF_NONE;
    if (!g->frame_object) {
        Code *c = code_of_generator(g);
        Frame f = {.code = c, .func = as(Function, slot_get(&g->func)), .gen = g, .pc = g->pc};
        f.globals = slot_get(&f.func->globals);
        FrameObject *o = frame_object(t, &f);
        if (o) {
            store_relaxed(&o->x_frame, NULL);
            store_relaxed(&o->x_lasti, created(g) ? -1 : (int32_t)(g->pc - code_instr(c)) - !delegating(g));
            if (!is_local(t, g)) publish(t, object_value(o));
            g->frame_object = o;
        }
    }
    Ref r = g->frame_object ? ref_new(t, object_value(g->frame_object)) : REF_NULL;
    looked(t, g);
    return r;
}
static Ref get_text(Thread *t, Value self, void *offset) { return slot_ref(t, (Slot *)((char *)value_object(self) + (uintptr_t)offset)); }
static int set_text(Thread *t, Value self, Value v, void *offset) {
    const char *name = (size_t)(uintptr_t)offset == offsetof(Generator, name) ? "__name__" : "__qualname__";
    if (value_is_null(v) || !is_str(v)) return err_int(err_set(t, E_TypeError, "%s must be set to a string object", name));
    slot_set(t, value_object(self), (Slot *)((char *)value_object(self) + (uintptr_t)offset), ref_new(t, v));
    return 0;
}
static Ref get_origin(Thread *t, Value self, void *closure) {
    Ref r = slot_ref(t, &as(Generator, self)->origin);
    return ref_is_null(r) ? REF_NONE : r;
}
#define NAMES(kind)                                                                                            \
    {"__name__", get_text, set_text, "name of the " kind, (void *)offsetof(Generator, name)},                    \
        {"__qualname__", get_text, set_text, "qualified name of the " kind, (void *)offsetof(Generator, qualname)}
static const GetSetDef generator_getset[] = {NAMES("generator"), {"gi_running", get_running}, {"gi_suspended", get_suspended}, {"gi_yieldfrom", get_yieldfrom},
                                             {"gi_frame", get_frame}, {NULL}};
static const GetSetDef coroutine_getset[] = {NAMES("coroutine"), {"cr_running", get_running}, {"cr_suspended", get_suspended}, {"cr_await", get_yieldfrom},
                                             {"cr_frame", get_frame}, {"cr_origin", get_origin, readonly_member}, {NULL}};
static Ref get_ag_running(Thread *t, Value self, void *closure) { return ref_bool(load_acquire(&as(Generator, self)->x_ag_running)); }
static const GetSetDef async_getset[] = {NAMES("async generator"), {"ag_running", get_ag_running, readonly_member}, {"ag_suspended", get_suspended}, {"ag_await", get_yieldfrom},
                                         {"ag_frame", get_frame}, {NULL}};
#define CODE_MEMBER(n) {{n, MEMBER_SLOT, offsetof(Generator, code), true, NULL}, {NULL}}
static const MemberDef generator_members[] = CODE_MEMBER("gi_code"), coroutine_members[] = CODE_MEMBER("cr_code"),
                       async_members[] = CODE_MEMBER("ag_code");
static NativeDef generator_methods[] = {
    FN("send", "($self, arg, /)", generator_send, "Goes on with arg as the value of the yield; gives the next yielded value."),
    FN_RAW("throw", "($self, type, value=None, traceback=None, /)", generator_throw, "Raises an exception where the generator waits."),
    FN("close", "($self, /)", generator_close, "Raises GeneratorExit where the generator waits."), FN_END};
static NativeDef coroutine_methods[] = {
    FN("send", "($self, arg, /)", generator_send, "Sends arg into coroutine: it goes on with arg as the value of the await."),
    FN_RAW("throw", "($self, type, value=None, traceback=None, /)", generator_throw, "Raises an exception in coroutine, where it waits."),
    FN("close", "($self, /)", generator_close, "Raises GeneratorExit inside coroutine, where it waits."), FN_END};

#define GENERATOR_FLAGS (TYPE_ENDS_PYTHON | TYPE_CONTAINER | TYPE_WEAKREFABLE | TYPE_NO_INSTANTIATION)
Type generator_type = {.head = {.base = OBJECT_STATIC(&type_type), .flags = GENERATOR_FLAGS, .size = sizeof(Generator),
                                .traverse = generator_traverse, .clear = generator_clear, .destroy = generator_destroy, .finalize = generator_finalize,
                                .ends_quietly = generator_ends_quietly},
                       .name = "generator", .weakrefs_offset = offsetof(Generator, weakrefs), .repr = generator_repr, .iter = iter_self,
                       .next = generator_next, .methods = generator_methods, .getset = generator_getset, .members = generator_members};

/* ---- coroutines ---------------------------------------------------------------------------------------------------------------------------------- */

typedef struct CoroutineWrapper { Object base; Slot coroutine; } CoroutineWrapper;
static Ref coroutine_await(Thread *t, Value self) {
    CoroutineWrapper *w = object_new(CoroutineWrapper, t, &coroutine_wrapper_type);
    if (!w) return REF_NULL;
    slot_init(&w->coroutine, ref_new(t, self));
    return ref_steal(w);
}
Type coroutine_type = {.head = {.base = OBJECT_STATIC(&type_type), .flags = GENERATOR_FLAGS, .size = sizeof(Generator),
                                .traverse = generator_traverse, .clear = generator_clear, .destroy = generator_destroy, .finalize = generator_finalize,
                                .ends_quietly = generator_ends_quietly},
                       .name = "coroutine", .weakrefs_offset = offsetof(Generator, weakrefs), .repr = generator_repr, .await_ = coroutine_await,
                       .methods = coroutine_methods, .getset = coroutine_getset, .members = coroutine_members};

static Value wrapped(Value self) { return slot_get(&as(CoroutineWrapper, self)->coroutine); }
static Ref wrapper_next(Thread *t, Value self) { return generator_next(t, wrapped(self)); }
static Ref wrapper_send(Thread *t, Value self, const Value *a) { return generator_send(t, wrapped(self), a); }
static Ref wrapper_close(Thread *t, Value self, const Value *a) { return generator_close(t, wrapped(self), a); }
static Ref wrapper_throw(Thread *t, Value self, const Value *args, size_t n, Value kwnames) {
    if (generator_throw_count(t, self, "throw", n, kwnames) < 0) return REF_NULL;
    return generator_throw(t, wrapped(self), args, n, VALUE_NULL);
}
static void wrapper_traverse(Object *self, VisitFn visit, void *arg) { slot_visit(&((CoroutineWrapper *)self)->coroutine, visit, arg); }
static void wrapper_clear(Thread *t, Object *self) { ref_drop(t, slot_take(t, self, &((CoroutineWrapper *)self)->coroutine)); }
static NativeDef wrapper_methods[] = {FN("send", "($self, arg, /)", wrapper_send, ""),
                                      FN_RAW("throw", "($self, type, value=None, traceback=None, /)", wrapper_throw, ""),
                                      FN("close", "($self, /)", wrapper_close, ""), FN_END};
Type coroutine_wrapper_type = {TYPE_HEADER(CoroutineWrapper, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, wrapper_traverse, NULL, wrapper_clear),
                               .name = "coroutine_wrapper", .iter = iter_self, .next = wrapper_next, .methods = wrapper_methods};

/* Async generators share the layout; their protocol is in async_generator.c. */
Ref async_generator_anext(Thread *t, Value self);
Type async_generator_type = {.head = {.base = OBJECT_STATIC(&type_type), .flags = GENERATOR_FLAGS, .size = sizeof(Generator),
                                      .traverse = generator_traverse, .clear = generator_clear, .destroy = generator_destroy, .finalize = generator_finalize,
                                .ends_quietly = generator_ends_quietly},
                             .name = "async_generator", .weakrefs_offset = offsetof(Generator, weakrefs), .repr = generator_repr, .aiter = iter_self,
                             .anext = async_generator_anext, .methods = async_generator_methods, .getset = async_getset, .members = async_members};

Ref coroutine_get_awaitable(Thread *t, Value o, int where) {
    Type *type = type_of(o);
    if (type == &coroutine_type) {
        if (where >= 0) {
            Ref busy = generator_yield_from(as(Generator, o), t);
            if (!ref_is_null(busy)) {
                ref_drop(t, busy);
                return err_set(t, E_RuntimeError, "coroutine is being awaited already");
            }
        }
        return ref_new(t, o);
    }
    if (type == &generator_type && code_of_generator(as(Generator, o))->flags & CO_ITERABLE_COROUTINE) return ref_new(t, o);
    if (!type->await_) {
        if (where == 1)
            return err_set(t, E_TypeError, "'async with' received an object from __aenter__ that does not implement __await__: %.100T", o);
        if (where == 2)
            return err_set(t, E_TypeError, "'async with' received an object from __aexit__ that does not implement __await__: %.100T", o);
        return err_set(t, E_TypeError, "object %.100T can't be used in 'await' expression", o);
    }
    Ref r = type->await_(t, o);
    if (ref_is_null(r)) return r;
    Type *got = type_of(ref_borrow(r));
    const char *wrong = NULL;
    if (got == &coroutine_type || (got == &generator_type && code_of_generator(as(Generator, ref_borrow(r)))->flags & CO_ITERABLE_COROUTINE))
        wrong = "__await__() returned a coroutine";
    if (wrong) err_set(t, E_TypeError, "%s", wrong);
    else if (!got->next) err_set(t, E_TypeError, "__await__() returned non-iterator of type '%.100T'", ref_borrow(r));
    else return r;
    ref_drop(t, r);
    return REF_NULL;
}

int generator_types_init(Thread *t) {
    if (type_ready(t, &generator_type) < 0 || type_ready(t, &coroutine_type) < 0) return -1;
    return type_ready(t, &coroutine_wrapper_type) < 0 ? -1 : async_generator_types_init(t);
}
