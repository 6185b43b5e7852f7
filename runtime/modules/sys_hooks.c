/* sys: the hooks that show values and exceptions, unraisable exceptions, audit hooks, breakpointhook. */
#include "runtime/modules/sys.h"
#include "runtime/abstract.h"
#include "runtime/exceptions.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/structseq.h"
#include "runtime/vm_hooks.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static int stream_write(Thread *t, Value file, Value text) {
    Ref r = call_method1(t, file, N(write), text);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

int stream_printf(Thread *t, Value file, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref text = str_vformat(t, format, ap);
    va_end(ap);
    if (ref_is_null(text)) return -1;
    int bad = stream_write(t, file, ref_borrow(text));
    ref_drop(t, text);
    return bad;
}

void stderr_printf(Thread *t, const char *format, ...) {
    Ref pending = err_fetch(t);
    va_list ap;
    va_start(ap, format);
    Ref text = str_vformat(t, format, ap);
    va_end(ap);
    if (!ref_is_null(text)) {
        Ref file = sys_get(t, "stderr");
        if (ref_is_null(file) || ref_is_none(file) || stream_write(t, ref_borrow(file), ref_borrow(text)) < 0) {
            err_clear(t);
            const char *s = str_utf8(t, ref_borrow(text), NULL);
            if (s != NULL) fputs(s, stderr);
        }
        ref_drop(t, file);
    }
    ref_drop(t, text);
    err_clear(t);
    t->exc = pending;
}

/* ---- displayhook ---------------------------------------------------------------------------------------------------- */

/* Writes repr(v), escaping what the stream's encoding can't show. */
static int write_repr(Thread *t, Value out, Value v) {
    Ref text = object_repr(t, v);
    if (ref_is_null(text)) return -1;
    int bad = stream_write(t, out, ref_borrow(text));
    if (bad < 0 && err_clear_if(t, E_UnicodeEncodeError)) {
        Ref encoding = get_attr(t, out, N(encoding));
        const char *name = ref_is_null(encoding) ? NULL : str_utf8(t, ref_borrow(encoding), NULL);
        Ref bytes = name == NULL ? REF_NULL : str_encode(t, ref_borrow(text), name, "backslashreplace");
        Buffer view;
        if (!ref_is_null(bytes) && buffer_get(t, ref_borrow(bytes), &view, BUFFER_SIMPLE) == 0) {
            Ref safe = str_decode(t, view.data, view.len, name, "strict");
            buffer_release(t, &view);
            if (!ref_is_null(safe)) bad = stream_write(t, out, ref_borrow(safe));
            ref_drop(t, safe);
        }
        ref_drop(t, bytes);
        ref_drop(t, encoding);
    }
    ref_drop(t, text);
    return bad;
}

static Ref sys_displayhook(Thread *t, Value self, const Value *a) {
    if (value_is_null(builtins_module())) return err_set(t, E_RuntimeError, "lost builtins module");
    if (value_is_none(a[0])) return REF_NONE;
    Value underscore = str_intern_cstr(t, "_");
    if (set_attr(t, builtins_module(), underscore, VALUE_NONE) < 0) return REF_NULL; /* its repr may print */
    Ref out = sys_get(t, "stdout");
    if (ref_is_null(out) || ref_is_none(out)) return err_set(t, E_RuntimeError, "lost sys.stdout");
    int bad = write_repr(t, ref_borrow(out), a[0]);
    if (bad == 0) bad = stream_printf(t, ref_borrow(out), "\n");
    ref_drop(t, out);
    if (bad < 0 || set_attr(t, builtins_module(), underscore, a[0]) < 0) return REF_NULL;
    return REF_NONE;
}

/* ---- excepthook ------------------------------------------------------------------------------------------------------ */

void sys_lost_stderr(Thread *t, Value exc) {
    err_clear(t);
    Ref text = object_repr(t, exc);
    const char *s = ref_is_null(text) ? NULL : str_utf8(t, ref_borrow(text), NULL);
    Object *o = value_is_object(exc) ? value_object(exc) : NULL;
    fprintf(stderr, "object address  : %p\nobject refcount : %lld\nobject type     : %p\nobject type name: %s\nobject repr     : %s\nlost sys.stderr\n", (void *)o,
            (long long)(o ? object_refcount(t, o) : 1), (void *)type_of(exc), type_of(exc)->name, s ? s : "<no repr>");
    err_clear(t);
    ref_drop(t, text);
}

static Ref sys_excepthook(Thread *t, Value self, const Value *a) {
    Ref file = sys_get(t, "stderr");
    if (ref_is_null(file)) sys_lost_stderr(t, a[1]);
    if (ref_is_null(file) || ref_is_none(file)) {
        ref_drop(t, file);
        return REF_NONE;
    }
    if (!is_a(a[1], TYPE_EXCEPTION)) {
        int bad = stream_printf(t, ref_borrow(file), "TypeError: print_exception(): Exception expected for value, %.200T found\n", a[1]);
        ref_drop(t, file);
        return bad < 0 ? REF_NULL : REF_NONE;
    }
    BaseException *e = as(BaseException, a[1]);
    if (is_exact(a[2], &traceback_type) && value_is_null(slot_get(&e->traceback))) slot_set(t, e, &e->traceback, ref_new(t, a[2]));
    int bad = vm.print_exception(t, a[1], ref_borrow(file));
    ref_drop(t, file);
    if (bad < 0) sys_lost_stderr(t, a[1]);
    return REF_NONE;
}

/* ---- unraisable exceptions --------------------------------------------------------------------------------------------- */

static const StructSeqField unraisable_fields[] = {
    {"exc_type", "Exception type"}, {"exc_value", "Exception value"}, {"exc_traceback", "Exception traceback"},
    {"err_msg", "Error message"}, {"object", "Object causing the exception"}, {NULL, NULL}};
static Type *unraisable_type;

/* "module.Name" as tracebacks show an exception's class: builtins and __main__ without a module. */
static Ref shown_class(Thread *t, Value cls) {
    Ref name = get_attr(t, cls, N(__qualname__)), module = REF_NULL, r = REF_NULL;
    if (ref_is_null(name)) {
        err_clear(t);
        return str_from_cstr(t, "<unknown>");
    }
    module = get_attr(t, cls, N(__module__));
    if (ref_is_null(module) || !is_str(ref_borrow(module))) {
        err_clear(t);
        r = str_format(t, "<unknown>.%V", ref_borrow(name));
    } else if (str_equal_ascii(ref_borrow(module), "builtins") || str_equal_ascii(ref_borrow(module), "__main__")) {
        r = ref_new(t, ref_borrow(name));
    } else {
        r = str_format(t, "%V.%V", ref_borrow(module), ref_borrow(name));
    }
    ref_drop(t, name);
    ref_drop(t, module);
    return r;
}

/* What the default hook writes; the values are exc_type, exc_value, exc_traceback, err_msg, object. */
static int write_unraisable(Thread *t, Value file, const Value *u) {
    int bad;
    if (!value_is_none(u[4])) {
        Ref shown = object_repr(t, u[4]);
        if (ref_is_null(shown)) {
            err_clear(t);
            shown = str_from_cstr(t, "<object repr() failed>");
            if (ref_is_null(shown)) return -1;
        }
        bad = value_is_none(u[3]) ? stream_printf(t, file, "Exception ignored in: %V\n", ref_borrow(shown))
                                  : stream_printf(t, file, "%V: %V\n", u[3], ref_borrow(shown));
        ref_drop(t, shown);
    } else {
        bad = value_is_none(u[3]) ? 0 : stream_printf(t, file, "%V:\n", u[3]);
    }
    if (bad < 0) return -1;
    if (!value_is_none(u[2]) && vm.print_traceback(t, u[2], file) < 0) return -1;
    if (value_is_none(u[0])) return 0;
    Ref name = shown_class(t, u[0]);
    if (ref_is_null(name)) return -1;
    bad = stream_printf(t, file, "%V", ref_borrow(name));
    ref_drop(t, name);
    if (bad < 0) return -1;
    if (!value_is_none(u[1])) {
        Ref text = object_str(t, u[1]);
        if (ref_is_null(text)) {
            err_clear(t);
            bad = stream_printf(t, file, ": <exception str() failed>");
        } else {
            bad = stream_printf(t, file, ": %V", ref_borrow(text));
        }
        ref_drop(t, text);
    }
    return bad < 0 ? -1 : stream_printf(t, file, "\n");
}

static int default_unraisable(Thread *t, const Value *u) {
    Ref file = sys_get(t, "stderr");
    int bad = 0;
    if (!ref_is_null(file) && !ref_is_none(file)) {
        bad = write_unraisable(t, ref_borrow(file), u);
        if (bad == 0) {
            Ref r = call_method0(t, ref_borrow(file), N(flush));
            ref_drop(t, r);
            bad = ref_is_null(r) ? -1 : 0;
        }
    }
    ref_drop(t, file);
    return bad;
}

static Ref sys_unraisablehook(Thread *t, Value self, const Value *a) {
    if (type_of(a[0]) != unraisable_type)
        return err_set(t, E_TypeError, "sys.unraisablehook argument type must be UnraisableHookArgs");
    Value u[5];
    for (size_t i = 0; i < 5; i++) u[i] = tuple_get(a[0], i);
    return default_unraisable(t, u) < 0 ? REF_NULL : REF_NONE;
}

void err_unraisable(Thread *t, const char *where, Value object) {
    if (err_pending(t) && value_is_null(slot_get(&as(BaseException, ref_borrow(t->exc))->traceback))) vm.traceback_here(t);
    Ref exc = err_fetch(t), tb = REF_NONE, message = REF_NONE, args = REF_NULL, hook = REF_NULL;
    if (ref_is_null(exc)) return;
    Ref saved_tb = slot_ref(t, &as(BaseException, ref_borrow(exc))->traceback);
    if (!ref_is_null(saved_tb)) tb = saved_tb;
    if (where != NULL) message = str_format(t, "Exception ignored %s", where);
    if (ref_is_null(message)) {
        err_clear(t);
        message = REF_NONE;
    }
    Value u[5] = {type_value(type_of(ref_borrow(exc))), ref_borrow(exc), ref_borrow(tb), ref_borrow(message),
                  value_is_null(object) ? VALUE_NONE : object};
    hook = sys_get(t, "unraisablehook");
    if (!ref_is_null(hook) && !ref_is_none(hook) && unraisable_type != NULL) {
        Ref items[5];
        for (size_t i = 0; i < 5; i++) items[i] = ref_new(t, u[i]);
        args = structseq_new_steal(t, unraisable_type, items);
        bool stopped = ref_is_null(args) || audit(t, "sys.unraisablehook", (Value[]){ref_borrow(hook), ref_borrow(args)}, 2) < 0;
        Ref r = stopped ? REF_NULL : call1(t, ref_borrow(hook), ref_borrow(args));
        ref_drop(t, r);
        if (ref_is_null(r)) { /* the hook failed: report that instead */
            Ref again = err_fetch(t);
            if (!ref_is_null(again)) {
                Ref tb2 = slot_ref(t, &as(BaseException, ref_borrow(again))->traceback);
                Ref text = str_from_cstr(t, "Exception ignored in sys.unraisablehook");
                Value v[5] = {type_value(type_of(ref_borrow(again))), ref_borrow(again), ref_is_null(tb2) ? VALUE_NONE : ref_borrow(tb2),
                              ref_is_null(text) ? VALUE_NONE : ref_borrow(text), ref_borrow(hook)};
                if (default_unraisable(t, v) < 0) err_clear(t);
                ref_drop(t, text);
                ref_drop(t, tb2);
                ref_drop(t, again);
            }
        }
    } else if (default_unraisable(t, u) < 0) {
        err_clear(t);
    }
    err_clear(t);
    ref_drop(t, hook);
    ref_drop(t, args);
    ref_drop(t, message);
    ref_drop(t, tb);
    ref_drop(t, exc);
}

/* ---- audit hooks ------------------------------------------------------------------------------------------------------------ */

static Slot audit_hooks; /* root: tuple or null; grows by replacement */

void sys_hooks_visit_roots(VisitFn visit, void *arg) { slot_visit(&audit_hooks, visit, arg); }
bool audited(void) { return !value_is_null(slot_get(&audit_hooks)); }

/* Tracing stops for a hook that doesn't say by __cantrace__ that it may be traced. */
static int call_hook(Thread *t, Value hook, Value event, Value args) {
    Ref can = get_attr_opt(t, hook, str_intern_cstr(t, "__cantrace__"));
    int traced = ref_is_null(can) ? (err_pending(t) ? -1 : 0) : is_true(t, ref_borrow(can));
    ref_drop(t, can);
    if (traced < 0) return -1;
    if (!traced) vm.trace_pause(t, true);
    Ref r = call2(t, hook, event, args);
    if (!traced) vm.trace_pause(t, false);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

int audit(Thread *t, const char *event, const Value *args, size_t nargs) {
    if (likely(!audited())) return 0;
    Ref saved = err_fetch(t), hooks = slot_ref(t, &audit_hooks), name = str_from_cstr(t, event), tuple = tuple_from_array(t, args, nargs);
    int bad = ref_is_null(name) || ref_is_null(tuple) ? -1 : 0;
    for (size_t i = 0; bad == 0 && i < tuple_size(ref_borrow(hooks)); i++)
        bad = call_hook(t, tuple_get(ref_borrow(hooks), i), ref_borrow(name), ref_borrow(tuple));
    ref_drop(t, name);
    ref_drop(t, tuple);
    ref_drop(t, hooks);
    if (bad == 0) t->exc = saved;
    else ref_drop(t, saved);
    return bad;
}

static Ref sys_audit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "audit", kwnames) < 0) return REF_NULL;
    if (nargs == 0) return err_set(t, E_TypeError, "audit() missing 1 required positional argument: 'event'");
    if (!is_str(args[0])) return err_set(t, E_TypeError, "expected str for argument 'event', not %.200T", args[0]);
    const char *event = str_utf8(t, args[0], NULL);
    if (event == NULL || audit(t, event, args + 1, nargs - 1) < 0) return REF_NULL;
    return REF_NONE;
}

/* Exceptions of hooks stop the new one silently, but for those that aren't Exception's. */
static bool is_subclass_of_exception(Thread *t) { return exception_matches(t, ref_borrow(t->exc), type_value(ETYPE(Exception))); }

static Ref sys_addaudithook(Thread *t, Value self, const Value *a) {
    if (audit(t, "sys.addaudithook", NULL, 0) < 0) {
        if (!is_subclass_of_exception(t)) return REF_NULL;
        err_clear(t);
        return REF_NONE;
    }
    for (;;) {
        Ref old = slot_ref(t, &audit_hooks);
        Value now = ref_borrow(old);
        size_t n = value_is_null(now) ? 0 : tuple_size(now);
        Ref more = tuple_new_uninit(t, n + 1);
        if (!ref_is_null(more)) {
            for (size_t i = 0; i < n; i++) tuple_init_item(more, i, ref_new(t, tuple_get(now, i)));
            tuple_init_item(more, n, ref_new(t, a[0]));
            publish(t, ref_borrow(more));
        }
        uint64_t expected = now.bits;
        bool done = !ref_is_null(more) && cas_acq_rel(&audit_hooks.x_bits, &expected, more.bits);
        ref_drop(t, old);
        if (done) ref_drop(t, (Ref){expected}); /* the one that the slot held */
        if (done || ref_is_null(more)) return done ? REF_NONE : REF_NULL;
        ref_drop(t, more);
    }
}

/* ---- breakpointhook ------------------------------------------------------------------------------------------------------------ */

/* PYTHONBREAKPOINT names a callable "module.name" (or a builtin); "" is pdb, "0" nothing. */
static Ref sys_breakpointhook(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    const char *name = getenv("PYTHONBREAKPOINT");
    if (name == NULL || name[0] == 0) name = "pdb.set_trace";
    if (strcmp(name, "0") == 0) return REF_NONE;
    const char *dot = strrchr(name, '.');
    char *module = dot == NULL ? strdup("builtins") : strndup(name, dot - name);
    if (module == NULL) return err_no_memory(t);
    Ref f = import_attr(t, module, dot == NULL ? name : dot + 1), r;
    free(module);
    if (ref_is_null(f)) {
        if (!err_is(t, E_ImportError) && !err_is(t, E_AttributeError)) return REF_NULL;
        err_clear(t);
        return warn(t, E_RuntimeWarning, 0, "Ignoring unimportable $PYTHONBREAKPOINT: \"%s\"", name) < 0 ? REF_NULL : REF_NONE;
    }
    r = call(t, ref_borrow(f), args, nargs, kwnames);
    ref_drop(t, f);
    return r;
}

NativeDef sys_hook_functions[] = {
    FN("addaudithook", "($module, /, hook)", sys_addaudithook, "Adds a function that is told of every audit event."),
    FN_RAW("audit", NULL, sys_audit, "audit(event, *args)\n\nTells the audit hooks of an event."),
    FN_RAW("breakpointhook", NULL, sys_breakpointhook, "breakpointhook(*args, **kws)\n\nWhat breakpoint() calls."),
    FN("displayhook", "($module, object, /)", sys_displayhook, "Shows an object at the prompt and keeps it in builtins._"),
    FN("excepthook", "($module, exctype, value, traceback, /)", sys_excepthook, "Shows an exception that nobody caught."),
    FN("unraisablehook", "($module, unraisable, /)", sys_unraisablehook, "Shows an exception that can't be raised."),
    FN_END};

int sys_hooks_init(Thread *t, Value m) {
    unraisable_type = structseq_type(t, "UnraisableHookArgs", "What sys.unraisablehook is called with.", unraisable_fields, 5);
    if (unraisable_type == NULL || module_add_functions(t, m, sys_hook_functions) < 0) return -1;
    static const char *const originals[] = {"displayhook", "excepthook", "unraisablehook", "breakpointhook"};
    for (size_t i = 0; i < sizeof originals / sizeof *originals; i++) {
        Ref f = get_attr_cstr(t, m, originals[i]);
        char name[32];
        snprintf(name, sizeof name, "__%s__", originals[i]);
        if (module_set_steal(t, m, name, f) < 0) return -1;
    }
    return 0;
}
