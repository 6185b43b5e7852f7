/* Events to trace and profile functions. See trace.h. */
#include "vm/trace.h"

#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/thread_state.h"
#include "vm/generator.h"
#include "vm/traceback.h"

static const char *const event_names[] = {"", "call", "line", "return", "exception", "opcode", "return"};

/* ---- on and off ------------------------------------------------------------------------------------------------------------ */

static void update(Thread *t, RuntimeThread *rt) {
    if (!rt->tracing && (!ref_is_null(rt->trace) || !ref_is_null(rt->profile))) breaker_set(t, BREAK_TRACE);
    else breaker_clear(t, BREAK_TRACE);
}

int trace_set(Thread *t, Value f, bool profile) {
    RuntimeThread *rt = runtime_thread(t);
    if (rt->trace_changing)
        return err_int(err_set(t, E_RuntimeError, "Cannot install a %s function while another %s function is being installed",
                               profile ? "profile" : "trace", profile ? "profile" : "trace"));
    Ref *slot = profile ? &rt->profile : &rt->trace, old = *slot;
    if (ref_is_null(rt->trace) && ref_is_null(rt->profile))
        for (Frame *frame = t->frame; frame; frame = frame->prev) frame->last = frame_at(frame);
    *slot = value_is_none(f) ? REF_NULL : ref_new(t, f);
    if (profile) rt->profile_native = NULL;
    update(t, rt);
    rt->trace_changing = true;
    ref_drop(t, old);
    rt->trace_changing = false;
    return 0;
}

int trace_set_profile_native(Thread *t, Value profiler, int (*event)(Thread *t, Value profiler, ProfileEvent what, Value of)) {
    if (trace_set(t, profiler, true) < 0) return -1;
    runtime_thread(t)->profile_native = event;
    return 0;
}

void trace_pause(Thread *t, bool on) {
    RuntimeThread *rt = runtime_thread(t);
    if (!rt) return;
    rt->tracing += on ? 1 : -1;
    update(t, rt);
}

Ref trace_call_anyway(Thread *t, Value func, Value args) {
    RuntimeThread *rt = runtime_thread(t);
    int tracing = rt->tracing, what = rt->tracing_what;
    rt->tracing = 0;
    update(t, rt);
    Ref r = call_tuple_dict(t, func, args, VALUE_NULL);
    rt->tracing = tracing;
    rt->tracing_what = what;
    update(t, rt);
    return r;
}

/* ---- calling the functions --------------------------------------------------------------------------------------------------- */

/* fn(frame, event, arg), with no exception in flight; the frame's variables go to its f_locals before and come from there after. */
static Ref call_function(Thread *t, Value fn, Frame *f, int what, const char *event, Value arg) {
    RuntimeThread *rt = runtime_thread(t);
    FrameObject *o = frame_object(t, f);
    Ref hold = o ? ref_new(t, object_value(o)) : REF_NULL, keep = ref_new(t, fn), name = o ? str_from_cstr(t, event) : REF_NULL, r = REF_NULL;
    int before = rt->tracing_what;
    rt->tracing++;
    rt->tracing_what = what;
    update(t, rt);
    if (!ref_is_null(name) && frame_locals_refresh(t, o) == 0) {
        r = call3(t, fn, ref_borrow(hold), ref_borrow(name), value_is_null(arg) ? VALUE_NONE : arg);
        if (frame_locals_write_back(t, o) < 0) {
            ref_drop(t, r);
            r = REF_NULL;
        }
        if (ref_is_null(r)) traceback_here(t, f); /* so a frame whose own line raises too stands there twice, as in CPython */
    }
    rt->tracing--;
    rt->tracing_what = before;
    update(t, rt);
    ref_drop(t, name);
    ref_drop(t, keep);
    ref_drop(t, hold);
    return r;
}

static int call_profile_native(Thread *t, RuntimeThread *rt, Frame *f, const char *event, Value arg) {
    bool c = event[0] == 'c' && event[1] == '_';
    ProfileEvent what = c ? (strcmp(event, "c_call") == 0 ? PROFILE_C_CALL : PROFILE_C_RETURN) : strcmp(event, "call") == 0 ? PROFILE_CALL : PROFILE_RETURN;
    Ref hold = ref_new(t, ref_borrow(rt->profile));
    rt->tracing++;
    update(t, rt);
    int bad = rt->profile_native(t, ref_borrow(hold), what, c ? arg : object_value(f->code));
    rt->tracing--;
    update(t, rt);
    ref_drop(t, hold);
    return bad;
}
static int call_profile(Thread *t, Frame *f, const char *event, Value arg) {
    RuntimeThread *rt = runtime_thread(t);
    if (ref_is_null(rt->profile) || rt->tracing) return 0;
    if (rt->profile_native) return call_profile_native(t, rt, f, event, arg);
    Ref r = call_function(t, ref_borrow(rt->profile), f, TRACE_C, event, arg);
    ref_drop(t, r);
    return ref_is_null(r) ? (trace_set(t, VALUE_NONE, true), -1) : 0;
}

/* The global function is told of calls, the frame's own of all else; what it returns is the frame's from then on. */
static int call_trace(Thread *t, Frame *f, int what, Value arg) {
    RuntimeThread *rt = runtime_thread(t);
    if (ref_is_null(rt->trace) || rt->tracing) return 0;
    Value fn = what == TRACE_CALL ? ref_borrow(rt->trace) : f->object ? slot_get(&f->object->trace) : VALUE_NULL;
    if (value_is_null(fn)) return 0;
    Ref r = call_function(t, fn, f, what, event_names[what], arg);
    if (ref_is_null(r)) {
        Ref exc = err_fetch(t);
        trace_set(t, VALUE_NONE, false);
        if (f->object) slot_set(t, f->object, &f->object->trace, REF_NULL);
        t->exc = exc;
        return -1;
    }
    if (ref_is_none(r)) ref_drop(t, r);
    else slot_set(t, f->object, &f->object->trace, r);
    return 0;
}

/* ---- events ---------------------------------------------------------------------------------------------------------------------- */

/* Runs both functions with the exception in flight put aside; theirs replaces it. */
static int call_both(Thread *t, Frame *f, int what, Value arg) {
    Ref exc = t->exc;
    t->exc = REF_NULL;
    if (call_trace(t, f, what, arg) < 0 || call_profile(t, f, event_names[what], arg) < 0) {
        ref_drop(t, exc);
        return -1;
    }
    t->exc = exc;
    return 0;
}

int trace_enter(Thread *t, Frame *f) {
    bool fresh = f->pc == code_entry(f->code);
    f->last = fresh ? UINT32_MAX : frame_at(f);
    const _Atomic uint64_t *pc = f->pc;
    int r = call_both(t, f, TRACE_CALL, VALUE_NULL);
    f->pc = pc;
    return r;
}

int trace_leave(Thread *t, Frame *f, Value value) { return call_both(t, f, TRACE_RETURN, value); }
int trace_yield(Thread *t, Frame *f, Value value) {
    const _Atomic uint64_t *pc = f->pc;
    if (call_both(t, f, TRACE_YIELD, value) < 0) return -1;
    if (f->pc == pc) return 0;
    f->gen->jumped = true;
    f->pc--;
    return 0;
}

void trace_exception(Thread *t, Frame *f) {
    RuntimeThread *rt = runtime_thread(t);
    if (ref_is_null(rt->trace) || rt->tracing || !f->object || value_is_null(slot_get(&f->object->trace))) return;
    Ref exc = err_fetch(t), tb = slot_ref(t, &as(BaseException, ref_borrow(exc))->traceback);
    Ref arg = tuple_pack(t, 3, type_value(type_of(ref_borrow(exc))), ref_borrow(exc), ref_is_null(tb) ? VALUE_NONE : ref_borrow(tb));
    int bad = ref_is_null(arg) ? -1 : call_trace(t, f, TRACE_EXCEPTION, ref_borrow(arg));
    ref_drop(t, arg);
    ref_drop(t, tb);
    if (bad < 0) ref_drop(t, exc);
    else t->exc = exc;
}

static Opcode base_op(const Code *c, uint32_t at) { return (Opcode)op_info[INSTR_OP(load_relaxed(&code_instr(c)[at]))].base; }
/* Whether this is a jump backwards, for which there's an event even on the same line. A for loop's FOR_ITER stands at its end, but counts as its beginning. */
static bool goes_back(const Code *c, uint32_t last, uint32_t at) {
    if (last == UINT32_MAX) return false;
    Opcode op = base_op(c, at);
    if (op == I_FOR_ITER) return last >= at + 2 + INSTR_CS(load_relaxed(&code_instr(c)[at]));
    return at < last && op != I_YIELD_FROM && base_op(c, last) != I_FOR_ITER;
}

int trace_instruction(Thread *t, Frame *f) {
    uint32_t at = frame_at(f), last = f->last;
    f->last = at;
    FrameObject *o = f->object;
    if (!o || value_is_null(slot_get(&o->trace))) return 0;
    int before = last == UINT32_MAX ? -1 : code_line_from(f->code, &o->lines, last), line = code_line_from(f->code, &o->lines, at);
    bool back = goes_back(f->code, last, at);
    if (line > 0 && load_relaxed(&o->x_trace_lines) && (line != before || back)) {
        if (call_trace(t, f, TRACE_LINE, VALUE_NULL) < 0) return -1;
        if (frame_at(f) != at) f->last = frame_at(f);
    }
    return load_relaxed(&o->x_trace_opcodes) ? call_trace(t, f, TRACE_OPCODE, VALUE_NULL) : 0;
}

/* ---- calls of C functions ------------------------------------------------------------------------------------------------------------ */

/* The function as c_call events show it, owned: built-in functions as they are, methods of built-in types bound. Null: no such event. */
static Ref shown_function(Thread *t, Value callee, Value first) {
    if (ref_is_null(runtime_thread(t)->profile) || !value_is_object(callee)) return REF_NULL;
    Type *type = type_of(callee);
    if (type == &native_type) return ref_new(t, callee);
    if (type != &method_descriptor_type || value_is_null(first) || !type->descr_get) return REF_NULL;
    Ref r = type->descr_get(t, callee, first, type_value(type_of(first)));
    if (ref_is_null(r)) err_clear(t);
    return r;
}
/* After the call: r < 0 means that it raised. */
static int called(Thread *t, Frame *f, Ref shown, int r) {
    if (ref_is_null(shown)) return r;
    Ref exc = t->exc;
    t->exc = REF_NULL;
    int bad = call_profile(t, f, r < 0 ? "c_exception" : "c_return", ref_borrow(shown));
    ref_drop(t, shown);
    if (bad < 0) ref_drop(t, exc);
    else t->exc = exc;
    return bad < 0 ? -1 : r;
}

CallResult trace_op_call(Thread *t, Frame *f, Instr *at, Ref *base, uint32_t n, Value kwnames, Ref *ret) {
    Ref shown = shown_function(t, ref_borrow(base[0]), n ? ref_borrow(base[1]) : VALUE_NULL);
    if (!ref_is_null(shown) && call_profile(t, f, "c_call", ref_borrow(shown)) < 0) {
        ref_drop(t, shown);
        return CALL_ERROR;
    }
    return (CallResult)called(t, f, shown, op_call(t, f, at, base, n, kwnames, ret));
}
CallResult trace_op_call_ex(Thread *t, Frame *f, Ref *base, bool keywords) {
    Value args = ref_borrow(base[1]), first = is_exact(args, &tuple_type) && tuple_size(args) ? tuple_get(args, 0) : VALUE_NULL;
    Ref shown = shown_function(t, ref_borrow(base[0]), first);
    if (!ref_is_null(shown) && call_profile(t, f, "c_call", ref_borrow(shown)) < 0) {
        ref_drop(t, shown);
        return CALL_ERROR;
    }
    return (CallResult)called(t, f, shown, op_call_ex(t, f, base, keywords));
}
