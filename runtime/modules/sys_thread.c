/* sys: what concerns running code: frames, tracing, recursion, switching, asynchronous hooks. */
#include "runtime/modules/sys.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/list.h"
#include "runtime/structseq.h"
#include "runtime/thread_state.h"
#include "runtime/vm_hooks.h"
#include <stdio.h>

/* ---- exceptions and frames --------------------------------------------------------------------------------------- */

static Ref sys_exception(Thread *t, Value self, const Value *a) {
    Value exc = err_handled(t);
    return value_is_null(exc) ? REF_NONE : ref_new(t, exc);
}

static Ref sys_exc_info(Thread *t, Value self, const Value *a) {
    Value exc = err_handled(t);
    if (value_is_null(exc) || value_is_none(exc)) return tuple_pack(t, 3, VALUE_NONE, VALUE_NONE, VALUE_NONE);
    Ref tb = slot_ref(t, &as(BaseException, exc)->traceback);
    Ref r = tuple_pack(t, 3, type_value(type_of(exc)), exc, ref_is_null(tb) ? VALUE_NONE : ref_borrow(tb));
    ref_drop(t, tb);
    return r;
}

static Ref sys_getframe(Thread *t, Value self, const Value *a) {
    int depth = 0;
    if (!value_is_null(a[0]) && as_int(t, a[0], &depth) < 0) return REF_NULL;
    Ref frame = vm.current_frame(t, depth < 0 ? 0 : depth);
    if (ref_is_null(frame) || audit(t, "sys._getframe", (Value[]){ref_borrow(frame)}, 1) == 0) return frame;
    ref_drop(t, frame);
    return REF_NULL;
}
static Ref sys_current_frames(Thread *t, Value self, const Value *a) {
    return audit(t, "sys._current_frames", NULL, 0) < 0 ? REF_NULL : vm.current_frames(t);
}
static Ref sys_current_exceptions(Thread *t, Value self, const Value *a) {
    return audit(t, "sys._current_exceptions", NULL, 0) < 0 ? REF_NULL : vm.current_exceptions(t);
}
static Ref sys_call_tracing(Thread *t, Value self, const Value *a) {
    if (!is_tuple(a[1])) return err_bad_argument(t, "call_tracing", "2", "tuple", a[1]);
    return vm.call_tracing(t, a[0], a[1]);
}

/* ---- tracing ---------------------------------------------------------------------------------------------------------- */

/* Raw functions: after calls of these the interpreter looks whether it has to trace now (vm/trace.h). */
static Ref set_tracing(Thread *t, const char *name, const Value *args, size_t nargs, Value kwnames, bool profile) {
    char called[32];
    snprintf(called, sizeof called, "sys.%s", name);
    if (no_kwargs(t, called, kwnames) < 0) return REF_NULL;
    if (nargs != 1) return err_set(t, E_TypeError, "%s() takes exactly one argument (%zu given)", called, nargs);
    if (audit(t, called, NULL, 0) < 0) return REF_NULL;
    return vm.set_trace(t, args[0], profile) < 0 ? REF_NULL : REF_NONE;
}
static Ref sys_settrace(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return set_tracing(t, "settrace", args, nargs, kwnames, false);
}
static Ref sys_setprofile(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return set_tracing(t, "setprofile", args, nargs, kwnames, true);
}
static Ref kept(Thread *t, Ref r) { return ref_is_null(r) ? REF_NONE : ref_new(t, ref_borrow(r)); }
static Ref sys_gettrace(Thread *t, Value self, const Value *a) { return kept(t, runtime_thread(t)->trace); }
static Ref sys_getprofile(Thread *t, Value self, const Value *a) { return kept(t, runtime_thread(t)->profile); }

/* ---- limits --------------------------------------------------------------------------------------------------------------- */

static Ref sys_getrecursionlimit(Thread *t, Value self, const Value *a) { return ref_small_int(vm.recursion_limit(t)); }
static Ref sys_setrecursionlimit(Thread *t, Value self, const Value *a) {
    int limit;
    if (as_int(t, a[0], &limit) < 0) return REF_NULL;
    if (limit < 1) return err_set(t, E_ValueError, "recursion limit must be greater or equal than 1");
    return vm.set_recursion_limit(t, limit) < 0 ? REF_NULL : REF_NONE;
}

static Ref sys_getswitchinterval(Thread *t, Value self, const Value *a) { return float_new(t, (double)gil_interval_get() / 1e9); }
static Ref sys_setswitchinterval(Thread *t, Value self, const Value *a) {
    double seconds;
    if (as_double(t, a[0], &seconds) < 0) return REF_NULL;
    if (!(seconds > 0)) return err_set(t, E_ValueError, "switch interval must be strictly positive");
    gil_interval_set(seconds < 1e9 ? (int64_t)(seconds * 1e9) : INT64_MAX);
    return REF_NONE;
}
static Ref sys_is_gil_enabled(Thread *t, Value self, const Value *a) { return ref_bool(gil_enabled()); }

/* ---- coroutines and asynchronous generators ------------------------------------------------------------------------------------ */

static Ref sys_get_origin_depth(Thread *t, Value self, const Value *a) { return ref_small_int(runtime_thread(t)->coroutine_origin_depth); }
static Ref sys_set_origin_depth(Thread *t, Value self, const Value *a) {
    int depth;
    if (as_int(t, a[0], &depth) < 0) return REF_NULL;
    if (depth < 0) return err_set(t, E_ValueError, "depth must be >= 0");
    runtime_thread(t)->coroutine_origin_depth = depth;
    return REF_NONE;
}

static const StructSeqField asyncgen_fields[] = {
    {"firstiter", "called when an asynchronous generator starts"}, {"finalizer", "called before one is finalized"}, {NULL, NULL}};
static Type *asyncgen_type;

static Ref sys_get_asyncgen_hooks(Thread *t, Value self, const Value *a) {
    RuntimeThread *r = runtime_thread(t);
    return structseq_new_steal(t, asyncgen_type, (Ref[]){kept(t, r->async_gen_firstiter), kept(t, r->async_gen_finalizer)});
}

/* null: leave it; None: no hook */
static int check_hook(Thread *t, Value v, const char *name) {
    if (value_is_null(v) || value_is_none(v) || is_callable(v)) return 0;
    return err_int(err_set(t, E_TypeError, "callable %s expected, got %.50T", name, v));
}
static void set_hook(Thread *t, Ref *hook, Value v) {
    if (value_is_null(v)) return;
    Ref old = *hook;
    *hook = value_is_none(v) ? REF_NULL : ref_new(t, v);
    ref_drop(t, old);
}
static Ref sys_set_asyncgen_hooks(Thread *t, Value self, const Value *a) {
    if (check_hook(t, a[1], "finalizer") < 0 || check_hook(t, a[0], "firstiter") < 0) return REF_NULL;
    set_hook(t, &runtime_thread(t)->async_gen_finalizer, a[1]);
    set_hook(t, &runtime_thread(t)->async_gen_firstiter, a[0]);
    return REF_NONE;
}

NativeDef sys_thread_functions[] = {
    FN("_current_exceptions", "($module, /)", sys_current_exceptions, "The exception that each thread handles."),
    FN("_current_frames", "($module, /)", sys_current_frames, "The innermost frame of each thread."),
    FN("_getframe", "($module, depth=0, /)", sys_getframe, "The frame `depth` calls up."),
    FN("_is_gil_enabled", "($module, /)", sys_is_gil_enabled, "Whether threads take turns."),
    FN("call_tracing", "($module, func, args, /)", sys_call_tracing, "func(*args) while tracing."),
    FN("exc_info", "($module, /)", sys_exc_info, "Type, value and traceback of the exception being handled."),
    FN("exception", "($module, /)", sys_exception, "The exception being handled."),
    FN("get_asyncgen_hooks", "($module, /)", sys_get_asyncgen_hooks, "The hooks for asynchronous generators."),
    FN("get_coroutine_origin_tracking_depth", "($module, /)", sys_get_origin_depth, "How many frames a coroutine remembers of its making."),
    FN("getprofile", "($module, /)", sys_getprofile, "The profile function."),
    FN("getrecursionlimit", "($module, /)", sys_getrecursionlimit, "How deep calls may nest."),
    FN("getswitchinterval", "($module, /)", sys_getswitchinterval, "Seconds after which a thread hands over the GIL."),
    FN("gettrace", "($module, /)", sys_gettrace, "The trace function."),
    FN("set_asyncgen_hooks", "!($module, firstiter=<unrepresentable>, finalizer=<unrepresentable>)", sys_set_asyncgen_hooks,
       "set_asyncgen_hooks(* [, firstiter] [, finalizer])\n\nSets the hooks for asynchronous generators."),
    FN("set_coroutine_origin_tracking_depth", "($module, /, depth)", sys_set_origin_depth, "Sets how many frames a coroutine remembers of its making."),
    FN_RAW("setprofile", "!($module, function, /)", sys_setprofile, "setprofile(function)\n\nSets the profile function."),
    FN("setrecursionlimit", "($module, limit, /)", sys_setrecursionlimit, "Sets how deep calls may nest."),
    FN("setswitchinterval", "($module, interval, /)", sys_setswitchinterval, "Sets the time after which a thread hands over the GIL."),
    FN_RAW("settrace", "!($module, function, /)", sys_settrace, "settrace(function)\n\nSets the trace function."),
    FN_END};

int sys_thread_init(Thread *t, Value m) {
    asyncgen_type = structseq_type(t, "sys.asyncgen_hooks", "Hooks for asynchronous generators.", asyncgen_fields, 2);
    return asyncgen_type == NULL ? -1 : module_add_functions(t, m, sys_thread_functions);
}
