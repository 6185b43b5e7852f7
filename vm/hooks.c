/* What runtime/ asks of the VM: the hooks of runtime/vm_hooks.h, and vm_init. */
#include "runtime/vm_hooks.h"

#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "vm/ast_object.h"
#include "vm/compile.h"
#include "vm/symtable_module.h"
#include "vm/frame.h"
#include "vm/generator.h"
#include "vm/opcode_module.h"
#include "vm/function.h"
#include "vm/slow.h"
#include "vm/threads_view.h"
#include "vm/tokenize_module.h"
#include "vm/trace.h"
#include "vm/traceback.h"
#include "vm/vm.h"

VmHooks vm;

static Ref eval_code(Thread *t, Value code, Value globals, Value locals, Value closure) {
    if (dict_contains(t, globals, N(__builtins__)) == 0 && dict_set(t, globals, N(__builtins__), builtins_module()) < 0) return REF_NULL;
    Ref fn = function_new(t, code, globals);
    if (ref_is_null(fn)) return fn;
    if (!value_is_null(closure)) slot_init(&as(Function, ref_borrow(fn))->closure, ref_new(t, closure));
    if (!value_is_null(locals) && value_is(locals, globals)) locals = VALUE_NULL;
    Ref r = function_run(t, ref_borrow(fn), locals);
    ref_drop(t, fn);
    return r;
}

static Value current_globals(Thread *t) { return t->frame ? t->frame->globals : VALUE_NULL; }
static Value current_builtins(Thread *t) { return t->frame ? builtins_shown(slot_get(&t->frame->func->builtins)) : module_dict(builtins_module()); }
static Ref current_locals(Thread *t) {
    return t->frame ? frame_locals(t, t->frame) : err_set(t, E_SystemError, "frame does not exist");
}
static Ref current_frame(Thread *t, int depth) {
    Frame *f = t->frame;
    while (f && depth-- > 0) f = f->prev;
    if (!f) return err_set(t, E_ValueError, "call stack is not deep enough");
    FrameObject *o = frame_object(t, f);
    return o ? ref_new(t, object_value(o)) : REF_NULL;
}
static Value current_code(Thread *t) { return t->frame ? object_value(t->frame->code) : VALUE_NULL; }

/* super() without arguments: the __class__ cell and the first parameter of the calling function. */
static int super_args(Thread *t, Ref *type, Ref *obj) {
    Frame *f = t->frame;
    if (!f) return err_int(err_set(t, E_RuntimeError, "super(): no current frame"));
    Code *c = f->code;
    if (c->argcount == 0 && !(c->flags & CO_VARARGS)) return err_int(err_set(t, E_RuntimeError, "super(): no arguments"));
    Value self = VALUE_NULL;
    if (c->argcount) {
        self = ref_borrow(f->regs[0]);
        if (!value_is_null(self) && c->var_kinds[0] == VAR_CELL && is_exact(self, &cell_type)) self = slot_get(&as(Cell, self)->value);
    }
    if (value_is_null(self)) return err_int(err_set(t, E_RuntimeError, c->argcount ? "super(): arg[0] deleted" : "super(): no arguments"));
    for (uint32_t i = 0; i < c->nfree; i++) {
        if (!str_equal_ascii(c->free_names[i], "__class__")) continue;
        Value cell = tuple_get(slot_get(&f->func->closure), i);
        Value cls = slot_get(&as(Cell, cell)->value);
        if (value_is_null(cls)) return err_int(err_set(t, E_RuntimeError, "super(): empty __class__ cell"));
        if (!is_type(cls)) return err_int(err_set(t, E_RuntimeError, "super(): __class__ is not a type (%T)", cls));
        *type = ref_new(t, cls);
        *obj = ref_new(t, self);
        return 0;
    }
    return err_int(err_set(t, E_RuntimeError, "super(): __class__ cell not found"));
}

static void traceback_innermost(Thread *t) {
    if (t->frame) traceback_here(t, t->frame);
}
static Ref awaitable_iter(Thread *t, Value o) { return coroutine_get_awaitable(t, o, -1); }

static int current_line(Thread *t, Ref *filename) {
    Frame *f = t->frame;
    if (!f) return -1;
    *filename = slot_ref(t, &f->code->filename);
    return code_line(f->code, frame_at(f));
}

static Value thread_exception(Thread *t) {
    for (ExcInfo *e = t->exc_info; e; e = e->prev)
        if (!ref_is_null(e->exc)) return ref_borrow(e->exc);
    return VALUE_NULL;
}

/* ---- recursion limit ---------------------------------------------------------------------------------------------------------------- */

static _Atomic int x_recursion_limit = RECURSION_LIMIT;

int vm_recursion_limit(void) { return load_relaxed(&x_recursion_limit); }
static int recursion_limit(Thread *t) { return vm_recursion_limit(); }
static int set_recursion_limit(Thread *t, int limit) {
    int depth = vm_recursion_limit() - t->recursion_left;
    if (depth >= limit)
        return err_int(err_set(t, E_RecursionError, "cannot set the recursion limit to %d at the recursion depth %d: the limit is too low", limit, depth));
    world_stop(t);
    int by = limit - load_relaxed(&x_recursion_limit);
    for (Thread *other = world_first(t); other; other = world_next(other))
        if (other->stack_base) other->recursion_left += by;
    store_relaxed(&x_recursion_limit, limit);
    world_start(t);
    return 0;
}

/* ---- start ----------------------------------------------------------------------------------------------------------------------------- */

static void (*next_thread_ending)(Thread *t);
static void (*next_visit_thread)(Thread *t, VisitFn visit, void *arg);

static void thread_ending(Thread *t) {
    frames_forget(t);
    if (next_thread_ending) next_thread_ending(t);
    frames_end(t);
}
static void visit_thread(Thread *t, VisitFn visit, void *arg) {
    if (next_visit_thread) next_visit_thread(t, visit, arg);
    frames_visit(t, visit, arg);
}

/* For tracing of memory: called in the middle of anything. A frame that has run no line yet (its variables get their cells, say) isn't shown. */
static void *stack_next(Thread *t, void *at, StackLine *out) {
    const Frame *f = at ? ((const Frame *)at)->prev : t->stack_base ? t->frame : NULL;
    while (f && (!f->pc || f->pc == code_instr(f->code))) f = f->prev;
    if (!f || !out) return (void *)f;
    const Str *name = as(Str, slot_get(&f->code->filename));
    *out = (StackLine){name->data, name->length, name->kind, code_line(f->code, frame_at(f))};
    return (void *)f;
}

int vm_add_builtins(Thread *t) {
    Ref name = str_from_cstr(t, "builtins");
    if (ref_is_null(name)) return -1;
    int r = module_set_steal(t, builtins_module(), "__build_class__", native_new(t, &build_class_def, builtins_module(), ref_borrow(name)));
    ref_drop(t, name);
    return r;
}

static const BuiltinModule vm_modules[] = {{"_ast", module_init_ast}, {"_opcode", module_init_opcode}, {"_symtable", module_init_symtable}, {"_tokenize", module_init_tokenize}, {NULL, NULL}};

int vm_init(Thread *t) {
    if (function_types_init(t) < 0 || frame_types_init(t) < 0 || generator_types_init(t) < 0 || traceback_types_init(t) < 0) return -1;
    vm = (VmHooks){.compile = compile_source, .eval_code = eval_code, .current_globals = current_globals, .current_builtins = current_builtins,
                   .current_locals = current_locals, .current_frame = current_frame, .current_code = current_code, .super_args = super_args,
                   .traceback_add = traceback_add, .dump_stack = dump_stack,
                   .traceback_here = traceback_innermost, .awaitable_iter = awaitable_iter, .print_exception = print_exception,
                   .current_line = current_line,
                   .print_traceback = print_traceback, .current_frames = current_frames, .current_exceptions = current_exceptions,
                   .recursion_limit = recursion_limit, .set_recursion_limit = set_recursion_limit, .set_trace = trace_set,
                   .trace_pause = trace_pause, .set_profile_native = trace_set_profile_native, .call_tracing = trace_call_anyway,
                   .code_to_parts = code_to_parts, .code_rename = code_rename, .code_from_parts = code_from_parts, .self_attributes = self_attributes,
                   .modules = vm_modules};
    err_handled = thread_exception;
    next_thread_ending = alloc_hooks.thread_ending;
    next_visit_thread = alloc_hooks.visit_thread;
    alloc_hooks.thread_ending = thread_ending;
    alloc_hooks.visit_thread = visit_thread;
    alloc_hooks.stack_next = stack_next;
    return 0;
}
