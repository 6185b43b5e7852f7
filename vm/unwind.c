/* Exceptions on their way through frames: handlers by side table, leaving frames. */
#include "runtime/errors.h"
#include "vm/slow.h"
#include "vm/trace.h"
#include "vm/traceback.h"

/* The exception being handled becomes R[depth] again; R[depth] and R[depth + 1] become null. */
void pop_except(Thread *t, Frame *f, uint32_t depth) {
    Ref before = f->regs[depth], exc = f->regs[depth + 1], handled = t->exc_info->exc;
    f->regs[depth] = f->regs[depth + 1] = REF_NULL;
    t->exc_info->exc = ref_own(t, before);
    ref_drop(t, exc);
    ref_drop(t, handled);
}

static void enter_handler(Thread *t, Frame *f, const ExcEntry *e) {
    for (uint32_t i = e->depth; i < f->code->nregs; i++) reg_drop(t, &f->regs[i]);
    f->regs[e->depth] = t->exc_info->exc;
    t->exc_info->exc = t->exc;
    f->regs[e->depth + 1] = ref_new(t, ref_borrow(t->exc));
    t->exc = REF_NULL;
    f->pc = code_instr(f->code) + e->target;
}

/* An exception leaves a handler's body: what was handled before is again. The one in flight stays. */
static void restore(Thread *t, Frame *f, const ExcEntry *e) {
    Ref exc = t->exc;
    t->exc = REF_NULL;
    pop_except(t, f, e->depth);
    err_clear(t);
    t->exc = exc;
}

static bool find_handler(Thread *t, Frame *f) {
    uint32_t at = frame_at(f);
    const Code *c = f->code;
    for (uint32_t i = 0; i < c->exc_count; i++) {
        const ExcEntry *e = &c->exc[i];
        if (at < e->start || at >= e->end) continue;
        if (e->kind == EXC_CATCH) {
            enter_handler(t, f, e);
            return true;
        }
        restore(t, f, e);
    }
    return false;
}

/* PEP 479: StopIteration must not leave a generator's body. */
static void generator_error(Thread *t, Code *c) {
    const char *what = NULL;
    if (err_is(t, E_StopIteration))
        what = c->flags & CO_ASYNC_GENERATOR ? "async generator raised StopIteration"
               : c->flags & CO_COROUTINE     ? "coroutine raised StopIteration"
                                             : "generator raised StopIteration";
    else if ((c->flags & CO_ASYNC_GENERATOR) && err_is(t, E_StopAsyncIteration))
        what = "async generator raised StopAsyncIteration";
    if (!what) return;
    Ref cause = err_fetch(t);
    err_set(t, E_RuntimeError, "%s", what);
    if (!err_pending(t)) return;
    exception_set_cause(t, ref_borrow(t->exc), ref_new(t, ref_borrow(cause)));
    exception_set_context(t, ref_borrow(t->exc), cause);
}

/* RERAISE with B 1 leaves the frame: its last instruction is the one that raised. */
static void restore_place(Thread *t, Frame *f) {
    uint64_t w = load_relaxed(&code_instr(f->code)[frame_at(f)]);
    if (INSTR_OP(w) != I_RERAISE || INSTR_B(w) != 1 || !f->object) return;
    Value tb = slot_get(&as(BaseException, ref_borrow(t->exc))->traceback);
    if (!value_is_null(tb) && value_is(slot_get(&as(Traceback, tb)->frame), object_value(f->object)))
        f->pc = code_instr(f->code) + traceback_word(as(Traceback, tb)) + 1;
}

/* Leaves the innermost frame by the exception in flight. False: it was an entry frame. */
static bool leave_frame(Thread *t) {
    Frame *f = t->frame;
    uint8_t kind = f->kind;
    Generator *g = f->gen;
    Ref exc = t->exc; /* dropping may run Python, which expects no exception in flight */
    t->exc = REF_NULL;
    frame_clear(t, f);
    Ref *window = f->regs; /* f is anybody's once it is unlinked */
    frame_unlink(t, f);
    if (g) generator_finish(t, g);
    t->exc = exc;
    if (kind == FRAME_ENTRY) return false;
    Frame *caller = t->frame;
    if (unlikely(caller->rests)) generator_wake(t, caller, window);
    else t->stack_top = (uint64_t *)(caller->regs + caller->code->nregs);
    return true;
}

Frame *unwind(Thread *t) {
    for (;;) {
        Frame *f = t->frame;
        if (f->no_trace_entry) {
            f->no_trace_entry = false;
        } else {
            traceback_here(t, f);
            if (unlikely(trace_on(t))) trace_exception(t, f);
        }
        if (find_handler(t, f)) return f;
        restore_place(t, f);
        if (f->gen) generator_error(t, f->code);
        if (unlikely(trace_on(t))) trace_leave(t, f, VALUE_NULL);
        if (!leave_frame(t)) return NULL;
    }
}
Frame *unwind_from_caller(Thread *t) { return leave_frame(t) ? unwind(t) : NULL; }
