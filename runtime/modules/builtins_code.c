/* builtins on code and namespaces: compile, eval, exec, __import__, globals, locals, vars, dir, breakpoint. */
#include "runtime/modules/sys.h"
#include "runtime/modules/builtins.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/text.h"
#include "runtime/vm_hooks.h"

/* ---- compile ------------------------------------------------------------------------------------------------ */

/* CPython's flag values, which users pass in. */
enum {
    PYCF_SOURCE_IS_UTF8 = 0x0100,
    PYCF_DONT_IMPLY_DEDENT = 0x0200,
    PYCF_ONLY_AST = 0x0400,
    PYCF_TYPE_COMMENTS = 0x1000,
    PYCF_TOP_LEVEL_AWAIT = 0x2000,
    PYCF_ALLOW_INCOMPLETE_INPUT = 0x4000,
    FUTURE_FLAGS = 0x1fe0000,
    PYCF_FEATURE_SHIFT = 26, /* the feature version goes to vm.compile behind the flags */
    KNOWN_FLAGS = FUTURE_FLAGS | 0x10 | PYCF_DONT_IMPLY_DEDENT | PYCF_ONLY_AST | PYCF_TYPE_COMMENTS | PYCF_TOP_LEVEL_AWAIT |
                  PYCF_ALLOW_INCOMPLETE_INPUT,
};

/* str, bytes, PathLike, or (with a warning) any buffer as str */
static Ref path_str(Thread *t, Value v) {
    if (is_str(v)) return ref_new(t, v);
    Ref path = REF_NULL;
    if (!is_bytes(v)) {
        Ref method = lookup_special(t, v, N(__fspath__));
        if (ref_is_null(method)) {
            if (err_pending(t)) return REF_NULL;
            if (!buffer_supported(v)) return err_set(t, E_TypeError, "expected str, bytes or os.PathLike object, not %.200T", v);
            if (warn(t, E_DeprecationWarning, 1, "path should be string, bytes, or os.PathLike, not %.200T", v) < 0) return REF_NULL;
            Ref raw = bytes_from_object(t, v), r = ref_is_null(raw) ? REF_NULL : path_str(t, ref_borrow(raw));
            ref_drop(t, raw);
            return r;
        }
        path = call0(t, ref_borrow(method));
        ref_drop(t, method);
        if (ref_is_null(path)) return REF_NULL;
        if (is_str(ref_borrow(path))) return path;
        if (!is_bytes(ref_borrow(path))) {
            err_set(t, E_TypeError, "expected %.200T.__fspath__() to return str or bytes, not %.200T", v, ref_borrow(path));
            ref_drop(t, path);
            return REF_NULL;
        }
        v = ref_borrow(path);
    }
    Ref r = str_from_fs(t, (const char *)bytes_data(v), bytes_length(v));
    ref_drop(t, path);
    return r;
}

Ref code_filename(Thread *t, Value v) {
    Ref r = path_str(t, v);
    if (ref_is_null(r) || span_find_char(span_str(ref_borrow(r)), 0, 1) < 0) return r;
    ref_drop(t, r);
    return err_set(t, E_ValueError, "embedded null character");
}

/* Source as vm.compile takes it: str and bytes as they are, other buffers copied into bytes. */
static Ref source_object(Thread *t, Value v, const char *function, const char *what) {
    if (is_str(v) || is_bytes(v)) return ref_new(t, v);
    if (buffer_supported(v)) return call1(t, type_value(&bytes_type), v);
    return err_set(t, E_TypeError, "%s() arg 1 must be a %s", function, what);
}

static int is_ast(Thread *t, Value v) {
    Ref ast;
    if (dict_lookup(t, modules_dict(), str_intern_cstr(t, "_ast"), &ast) <= 0) return err_pending(t) ? -1 : 0;
    Ref cls = get_attr_cstr(t, ref_borrow(ast), "AST");
    ref_drop(t, ast);
    if (ref_is_null(cls)) return -1;
    int r = is_instance(t, v, ref_borrow(cls));
    ref_drop(t, cls);
    return r;
}

static Ref b_compile(Thread *t, Value self, const Value *a) {
    int flags = 0, optimize = -1, dont_inherit = 0;
    if (!is_str(a[2])) return err_bad_argument(t, "compile", "mode", "str", a[2]);
    if (!value_is_null(a[3]) && as_int(t, a[3], &flags) < 0) return REF_NULL;
    if (!value_is_null(a[4]) && (dont_inherit = is_true(t, a[4])) < 0) return REF_NULL;
    if (!value_is_null(a[5]) && as_int(t, a[5], &optimize) < 0) return REF_NULL;
    if (flags & ~KNOWN_FLAGS) return err_set(t, E_ValueError, "compile(): unrecognised flags");
    int version = -1;
    if (!value_is_null(a[6]) && as_int(t, a[6], &version) < 0) return REF_NULL;
    if (version >= 0 && flags & PYCF_ONLY_AST) flags |= version << PYCF_FEATURE_SHIFT;
    if (optimize < -1 || optimize > 2) return err_set(t, E_ValueError, "compile(): invalid optimize value");
    const char *mode = str_utf8(t, a[2], NULL);
    if (mode == NULL) return REF_NULL;
    if (strcmp(mode, "func_type") == 0) {
        if (!(flags & PYCF_ONLY_AST)) return err_set(t, E_ValueError, "compile() mode 'func_type' requires flag PyCF_ONLY_AST");
    } else if (strcmp(mode, "exec") != 0 && strcmp(mode, "eval") != 0 && strcmp(mode, "single") != 0) {
        return err_set(t, E_ValueError, flags & PYCF_ONLY_AST ? "compile() mode must be 'exec', 'eval', 'single' or 'func_type'"
                                                              : "compile() mode must be 'exec', 'eval' or 'single'");
    }
    Ref filename = code_filename(t, a[1]);
    if (ref_is_null(filename)) return REF_NULL;
    int ast = is_ast(t, a[0]);
    Ref r = REF_NULL, source = REF_NULL;
    if (ast == 0) source = source_object(t, a[0], "compile", "string, bytes or AST object");
    else if (ast > 0) source = ref_new(t, a[0]);
    if (!ref_is_null(source) && audit(t, "compile", (Value[]){a[0], ref_borrow(filename)}, 2) == 0)
        r = vm.compile(t, ref_borrow(source), ref_borrow(filename), mode, flags, dont_inherit, optimize);
    ref_drop(t, source);
    ref_drop(t, filename);
    return r;
}

/* ---- eval, exec -------------------------------------------------------------------------------------------------- */

static bool is_mapping(Value v) { return type_of(v)->getitem != NULL; }

/* The namespaces that code runs in: those given, else the caller's. *globals and *locals are owned. */
static int namespaces(Thread *t, Value g, Value l, Ref *globals, Ref *locals) {
    *globals = *locals = REF_NULL;
    if (value_is_none(g)) {
        g = vm.current_globals(t);
        if (value_is_null(g)) return err_int(err_set(t, E_SystemError, "globals and locals cannot be NULL"));
        *globals = ref_new(t, g);
        *locals = value_is_none(l) ? vm.current_locals(t) : ref_new(t, l);
    } else {
        *globals = ref_new(t, g);
        *locals = ref_new(t, value_is_none(l) ? g : l);
    }
    if (ref_is_null(*locals)) goto fail;
    int has = dict_contains(t, ref_borrow(*globals), N(__builtins__));
    if (has < 0) goto fail;
    if (!has) {
        Value b = vm.current_builtins(t);
        if (value_is_null(b)) b = module_dict(builtins_module());
        if (dict_set(t, ref_borrow(*globals), N(__builtins__), b) < 0) goto fail;
    }
    return 0;
fail:
    ref_drop(t, *globals);
    ref_drop(t, *locals);
    return -1;
}

/* How many free variables a code object has; -1 with an exception. */
static int64_t free_variables(Thread *t, Value code) {
    Ref names_ = get_attr_cstr(t, code, "co_freevars");
    if (ref_is_null(names_)) return -1;
    int64_t n = object_len(t, ref_borrow(names_));
    ref_drop(t, names_);
    return n;
}

/* eval() and exec() behind their checks; `source` is code or text. */
static Ref run(Thread *t, Value source, Value g, Value l, const char *mode, Value closure) {
    Ref globals, locals, code = REF_NULL, r = REF_NULL;
    if (namespaces(t, g, l, &globals, &locals) < 0) return REF_NULL;
    if (is_exact(source, &code_type)) {
        code = ref_new(t, source);
    } else {
        Ref text = source_object(t, source, mode, "string, bytes or code object");
        Ref filename = ref_is_null(text) ? REF_NULL : str_from_cstr(t, "<string>");
        if (!ref_is_null(filename) && audit(t, "compile", (Value[]){source, ref_borrow(filename)}, 2) == 0) code = vm.compile(t, ref_borrow(text), ref_borrow(filename), mode, 0, 0, -1);
        ref_drop(t, filename);
        ref_drop(t, text);
    }
    if (!ref_is_null(code) && audit(t, "exec", (Value[]){ref_borrow(code)}, 1) == 0) r = vm.eval_code(t, ref_borrow(code), ref_borrow(globals), ref_borrow(locals), closure);
    ref_drop(t, code);
    ref_drop(t, globals);
    ref_drop(t, locals);
    return r;
}

/* eval ignores blanks in front, which the grammar wouldn't. */
static Ref without_indent(Thread *t, Value source) {
    if (!is_str(source)) return ref_new(t, source);
    const Str *s = as(Str, source);
    size_t i = 0;
    while (i < s->length && (str_at(s, i) == ' ' || str_at(s, i) == '\t')) i++;
    return i == 0 ? ref_new(t, source) : str_slice(t, source, i, s->length);
}

static Ref b_eval(Thread *t, Value self, const Value *a) {
    Value g = value_is_null(a[1]) ? VALUE_NONE : a[1], l = value_is_null(a[2]) ? VALUE_NONE : a[2];
    if (!value_is_none(l) && !is_mapping(l)) return err_set(t, E_TypeError, "locals must be a mapping");
    if (!value_is_none(g) && !is_dict(g))
        return err_set(t, E_TypeError, is_mapping(g) ? "globals must be a real dict; try eval(code, {}, mapping)" : "globals must be a dict");
    if (is_exact(a[0], &code_type)) {
        int64_t n = free_variables(t, a[0]);
        if (n < 0) return REF_NULL;
        if (n > 0) return err_set(t, E_TypeError, "code object passed to eval() may not contain free variables");
    }
    Ref source = without_indent(t, a[0]);
    if (ref_is_null(source)) return REF_NULL;
    Ref r = run(t, ref_borrow(source), g, l, "eval", VALUE_NULL);
    ref_drop(t, source);
    return r;
}

/* exec's closure must be as many cells as the code has free variables. */
static int check_closure(Thread *t, Value code, Value closure) {
    int64_t n = free_variables(t, code);
    if (n < 0) return -1;
    if (n == 0) {
        return value_is_none(closure) ? 0 : err_int(err_set(t, E_TypeError, "cannot use a closure with this code object"));
    }
    bool ok = is_exact(closure, &tuple_type) && tuple_size(closure) == (size_t)n;
    for (int64_t i = 0; i < n && ok; i++) ok = is_exact(tuple_get(closure, i), &cell_type);
    return ok ? 0 : err_int(err_set(t, E_TypeError, "code object requires a closure of exactly length %zd", (size_t)n));
}

static Ref b_exec(Thread *t, Value self, const Value *a) {
    Value g = value_is_null(a[1]) ? VALUE_NONE : a[1], l = value_is_null(a[2]) ? VALUE_NONE : a[2];
    Value closure = value_is_null(a[3]) ? VALUE_NONE : a[3];
    if (!value_is_none(g) && !is_dict(g)) return err_set(t, E_TypeError, "exec() globals must be a dict, not %.100T", g);
    if (!value_is_none(l) && !is_mapping(l)) return err_set(t, E_TypeError, "locals must be a mapping or None, not %.100T", l);
    if (is_exact(a[0], &code_type)) {
        if (check_closure(t, a[0], closure) < 0) return REF_NULL;
    } else if (!value_is_none(closure)) {
        return err_set(t, E_TypeError, "closure can only be used when source is a code object");
    }
    Ref r = run(t, a[0], g, l, "exec", value_is_none(closure) ? VALUE_NULL : closure);
    if (ref_is_null(r)) return REF_NULL;
    ref_drop(t, r);
    return REF_NONE;
}

/* ---- namespaces ----------------------------------------------------------------------------------------------------- */

static Ref b_globals(Thread *t, Value self, const Value *a) {
    Value g = vm.current_globals(t);
    return value_is_null(g) ? REF_NONE : ref_new(t, g);
}
static Ref b_locals(Thread *t, Value self, const Value *a) { return vm.current_locals(t); }

static Ref b_vars(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "vars", kwnames) < 0 || check_nargs(t, "vars", nargs, 0, 1) < 0) return REF_NULL;
    if (nargs == 0) return vm.current_locals(t);
    Ref dict = get_attr_opt(t, args[0], N(__dict__));
    if (ref_is_null(dict) && !err_pending(t)) err_set(t, E_TypeError, "vars() argument must have __dict__ attribute");
    return dict;
}

static Ref sorted_list(Thread *t, Ref names_) {
    if (ref_is_null(names_)) return REF_NULL;
    Ref list = sequence_list(t, ref_borrow(names_));
    ref_drop(t, names_);
    if (!ref_is_null(list) && list_sort(t, ref_borrow(list), VALUE_NULL, false) < 0) {
        ref_drop(t, list);
        return REF_NULL;
    }
    return list;
}

static Ref b_dir(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "dir", kwnames) < 0 || check_nargs(t, "dir", nargs, 0, 1) < 0) return REF_NULL;
    if (nargs == 0) {
        Ref locals = vm.current_locals(t);
        if (ref_is_null(locals)) return REF_NULL;
        Ref keys = mapping_keys(t, ref_borrow(locals));
        ref_drop(t, locals);
        return sorted_list(t, keys);
    }
    Ref method = lookup_special(t, args[0], N(__dir__));
    if (ref_is_null(method)) return err_pending(t) ? REF_NULL : err_set(t, E_TypeError, "object does not provide __dir__");
    Ref names_ = call0(t, ref_borrow(method));
    ref_drop(t, method);
    return sorted_list(t, names_);
}

/* ---- import, breakpoint ------------------------------------------------------------------------------------------------ */

static Ref b_import(Thread *t, Value self, const Value *a) {
    int level = 0;
    if (!value_is_null(a[4]) && as_int(t, a[4], &level) < 0) return REF_NULL;
    return import_level(t, a[0], a[1], a[3], level);
}

static Ref b_breakpoint(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref hook = sys_get(t, "breakpointhook");
    if (ref_is_null(hook)) return err_set(t, E_RuntimeError, "lost sys.breakpointhook");
    if (audit(t, "builtins.breakpoint", (Value[]){ref_borrow(hook)}, 1) < 0) {
        ref_drop(t, hook);
        return REF_NULL;
    }
    Ref r = call(t, ref_borrow(hook), args, nargs, kwnames);
    ref_drop(t, hook);
    return r;
}

NativeDef builtin_code_functions[] = {
    FN("__import__", "($module, /, name, globals=None, locals=None, fromlist=(), level=0)", b_import,
       "What the import statement calls; importlib.import_module() is the function for programs."),
    FN_RAW("breakpoint", NULL, b_breakpoint, "breakpoint(*args, **kws)\n\nCalls sys.breakpointhook: a debugger, by default."),
    FN("compile", "($module, /, source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)", b_compile,
       "A code object from source text or a syntax tree."),
    FN_RAW("dir", NULL, b_dir, "dir([object]) -> list of strings\n\nThe names in scope, or an object's attributes."),
    FN("eval", "($module, source, globals=None, locals=None, /)", b_eval, "The value of an expression."),
    FN("exec", "($module, source, globals=None, locals=None, /, *, closure=None)", b_exec, "Runs statements."),
    FN("globals", "($module, /)", b_globals, "The module's namespace."),
    FN("locals", "($module, /)", b_locals, "The local namespace as a dict."),
    FN_RAW("vars", NULL, b_vars, "vars([object]) -> dictionary\n\nobject.__dict__, or locals()."),
    FN_END};
