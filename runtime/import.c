/* What the import statement does before and after importlib: names, levels, sys.modules, the import lock. See module.h. */
#include "runtime/modules/sys.h"
#include "runtime/abstract.h"
#include "runtime/config.h"
#include "runtime/dict.h"
#include "runtime/exceptions.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include <stdio.h>

static Slot bootstrap; /* root: importlib._bootstrap */

void import_set_bootstrap(Thread *t, Value module) { slot_init(&bootstrap, ref_new(t, module)); }
Value import_bootstrap(void) { return slot_get(&bootstrap); }
void import_visit_roots(VisitFn visit, void *arg) { slot_visit(&bootstrap, visit, arg); }

/* ---- the import lock ---------------------------------------------------------------------------------------------- */

static _Atomic uint32_t x_lock;            /* 0 free, 1 held, 2 held and waited for */
static _Atomic(Thread *) x_lock_owner;
static int lock_depth;                     /* the owner's */

void import_lock(Thread *t) {
    if (load_relaxed(&x_lock_owner) == t) {
        lock_depth++;
        return;
    }
    uint32_t expected = 0;
    if (!cas_acq_rel(&x_lock, &expected, 1)) {
        while (swap_acq_rel(&x_lock, 2) != 0) park_u32(t, &x_lock, 2, -1, true);
    }
    store_relaxed(&x_lock_owner, t);
    lock_depth = 1;
}

bool import_unlock(Thread *t) {
    if (load_relaxed(&x_lock_owner) != t) return false;
    if (--lock_depth > 0) return true;
    store_relaxed(&x_lock_owner, NULL);
    if (swap_acq_rel(&x_lock, 0) == 2) unpark(&x_lock, 1);
    return true;
}

bool import_lock_held(void) { return load_relaxed(&x_lock) != 0; }

void import_lock_after_fork(Thread *t) {
    if (load_relaxed(&x_lock_owner) == t) {
        store_relaxed(&x_lock, 1);
        return;
    }
    store_relaxed(&x_lock_owner, NULL);
    store_relaxed(&x_lock, 0);
    lock_depth = 0;
}

/* ---- names ----------------------------------------------------------------------------------------------------------- */

/* Index of the last '.' before `end`, or -1. */
static int64_t last_dot(Value s, int64_t end) {
    const Str *p = as(Str, s);
    while (end > 0 && str_at(p, end - 1) != '.') end--;
    return end - 1;
}

static Ref no_parent(Thread *t) {
    return err_set(t, E_ImportError, "attempted relative import with no known parent package");
}

/* globals[key], owned; null without an exception if it isn't there or is None */
static Ref global(Thread *t, Value globals, Value key) {
    Ref r;
    if (dict_lookup(t, globals, key, &r) <= 0) return REF_NULL;
    if (!ref_is_none(r)) return r;
    return REF_NULL;
}

/* Without __package__ and __spec__: a package's own __name__, or a module's up to its last dot. */
static Ref package_by_name(Thread *t, Value globals) {
    if (warn(t, E_ImportWarning, 1,
             "can't resolve package from __spec__ or __package__, falling back on __name__ and __path__") < 0)
        return REF_NULL;
    Ref name = global(t, globals, N(__name__));
    if (ref_is_null(name)) return err_pending(t) ? REF_NULL : err_set(t, E_KeyError, "'__name__' not in globals");
    if (!is_str(ref_borrow(name))) {
        ref_drop(t, name);
        return err_set(t, E_TypeError, "__name__ must be a string");
    }
    int has_path = dict_contains(t, globals, N(__path__));
    if (has_path > 0) return name;
    Ref r = REF_NULL;
    if (has_path == 0) {
        int64_t dot = last_dot(ref_borrow(name), str_length(ref_borrow(name)));
        r = dot < 0 ? no_parent(t) : str_slice(t, ref_borrow(name), 0, dot);
    }
    ref_drop(t, name);
    return r;
}

/* The package that a relative import starts from. */
static Ref calling_package(Thread *t, Value globals) {
    if (value_is_null(globals)) return err_set(t, E_KeyError, "'__name__' not in globals");
    if (!is_dict(globals)) return err_set(t, E_TypeError, "globals must be a dict");
    Ref package = global(t, globals, N(__package__)), spec = REF_NULL, parent = REF_NULL;
    if (ref_is_null(package) && err_pending(t)) return REF_NULL;
    spec = global(t, globals, N(__spec__));
    if (ref_is_null(spec) && err_pending(t)) goto fail;
    if (!ref_is_null(package) && !is_str(ref_borrow(package))) {
        err_set(t, E_TypeError, "package must be a string");
        goto fail;
    }
    if (ref_is_null(spec)) return ref_is_null(package) ? package_by_name(t, globals) : package;
    parent = get_attr_cstr(t, ref_borrow(spec), "parent");
    if (ref_is_null(parent)) goto fail;
    if (ref_is_null(package)) {
        if (!is_str(ref_borrow(parent))) {
            err_set(t, E_TypeError, "__spec__.parent must be a string");
            goto fail;
        }
        ref_drop(t, spec);
        return parent;
    }
    int equal = values_equal(t, ref_borrow(package), ref_borrow(parent));
    if (equal < 0 || (equal == 0 && warn(t, E_ImportWarning, 1, "__package__ != __spec__.parent") < 0)) goto fail;
    ref_drop(t, parent);
    ref_drop(t, spec);
    return package;
fail:
    ref_drop(t, parent);
    ref_drop(t, spec);
    ref_drop(t, package);
    return REF_NULL;
}

/* The absolute name of `from ..name import`. */
static Ref resolve_name(Thread *t, Value name, Value globals, int level) {
    Ref package = calling_package(t, globals);
    if (ref_is_null(package)) return REF_NULL;
    Value p = ref_borrow(package);
    int64_t end = str_length(p);
    Ref r = REF_NULL;
    if (end == 0) {
        no_parent(t);
        goto done;
    }
    for (int up = 1; up < level; up++) {
        end = last_dot(p, end);
        if (end < 0) {
            err_set(t, E_ImportError, "attempted relative import beyond top-level package");
            goto done;
        }
    }
    Ref base = str_slice(t, p, 0, end);
    if (ref_is_null(base)) goto done;
    if (str_length(name) == 0) {
        r = base;
    } else {
        r = str_format(t, "%V.%V", ref_borrow(base), name);
        ref_drop(t, base);
    }
done:
    ref_drop(t, package);
    return r;
}

/* ---- tracebacks ---------------------------------------------------------------------------------------------------------- */

/* Whether a traceback entry is importlib's, and whether it is the frame that says "leave out what's above". */
static int importlib_entry(Thread *t, Value tb, bool *trims) {
    *trims = false;
    Ref frame = get_attr_cstr(t, tb, "tb_frame"), code = REF_NULL, file = REF_NULL, name = REF_NULL;
    int r = -1;
    if (ref_is_null(frame)) return -1;
    code = get_attr_cstr(t, ref_borrow(frame), "f_code");
    if (ref_is_null(code)) goto done;
    file = get_attr_cstr(t, ref_borrow(code), "co_filename");
    name = ref_is_null(file) ? REF_NULL : get_attr_cstr(t, ref_borrow(code), "co_name");
    if (ref_is_null(name)) goto done;
    r = is_str(ref_borrow(file)) && (str_equal_ascii(ref_borrow(file), "<frozen importlib._bootstrap>") ||
                                     str_equal_ascii(ref_borrow(file), "<frozen importlib._bootstrap_external>"));
    *trims = is_str(ref_borrow(name)) && str_equal_ascii(ref_borrow(name), "_call_with_frames_removed");
done:
    ref_drop(t, name);
    ref_drop(t, file);
    ref_drop(t, code);
    ref_drop(t, frame);
    return r;
}

/* Takes importlib's own frames out of the traceback: all of them from an ImportError, else the runs that end in
 * _call_with_frames_removed. Errors while doing so leave the traceback as it is. */
static void remove_importlib_frames(Thread *t) {
    Ref exc = err_fetch(t);
    if (ref_is_null(exc)) return;
    bool always = type_is_subtype(type_of(ref_borrow(exc)), ETYPE(ImportError));
    Value next_name = str_intern_cstr(t, "tb_next");
    Ref kept = list_new(t, 0); /* the entries that stay */
    size_t run = 0;            /* where importlib's present run begins in it */
    bool inside = false;
    Ref tb = slot_ref(t, &as(BaseException, ref_borrow(exc))->traceback);
    bool changed = false;
    while (!ref_is_null(kept) && !ref_is_null(tb) && !ref_is_none(tb)) {
        bool trims;
        int mine = importlib_entry(t, ref_borrow(tb), &trims);
        if (mine < 0 || list_append(t, ref_borrow(kept), ref_borrow(tb)) < 0) break;
        if (mine && !inside) run = list_size(ref_borrow(kept)) - 1;
        inside = mine;
        if (inside && (always || trims)) {
            changed = true;
            while (list_size(ref_borrow(kept)) > run) ref_drop(t, list_pop(t, ref_borrow(kept), list_size(ref_borrow(kept)) - 1));
        }
        Ref next = get_attr(t, ref_borrow(tb), next_name);
        ref_drop(t, tb);
        tb = next;
    }
    if (changed && !err_pending(t)) {
        size_t n = list_size(ref_borrow(kept));
        for (size_t i = 0; i < n; i++)
            if (set_attr(t, list_get(ref_borrow(kept), i), next_name, i + 1 < n ? list_get(ref_borrow(kept), i + 1) : VALUE_NONE) < 0) break;
        BaseException *e = as(BaseException, ref_borrow(exc));
        slot_set(t, e, &e->traceback, n > 0 ? ref_new(t, list_get(ref_borrow(kept), 0)) : REF_NULL);
    }
    ref_drop(t, tb);
    ref_drop(t, kept);
    err_steal(t, exc);
}

/* ---- importing ------------------------------------------------------------------------------------------------------------- */

/* Waits for a module that another thread is importing just now. */
static int ensure_initialized(Thread *t, Value module, Value name) {
    Value key = str_intern_cstr(t, "_initializing");
    Ref spec = REF_NULL;
    if (is_exact(module, &module_type)) {
        if (dict_lookup(t, module_dict(module), N(__spec__), &spec) < 0) return -1;
    } else {
        spec = get_attr_opt(t, module, N(__spec__));
        if (ref_is_null(spec) && err_pending(t)) return -1;
    }
    if (ref_is_null(spec) || ref_is_none(spec)) return 0;
    Ref flag = get_attr_opt(t, ref_borrow(spec), key);
    ref_drop(t, spec);
    if (ref_is_null(flag)) return err_pending(t) ? -1 : 0;
    int busy = is_true(t, ref_borrow(flag));
    ref_drop(t, flag);
    if (busy <= 0) return busy;
    Ref r = call_method1(t, slot_get(&bootstrap), str_intern_cstr(t, "_lock_unlock_module"), name);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

/* Before importlib is there: built-in modules only. */
static Ref load_builtin(Thread *t, Value name) {
    const char *s = str_utf8(t, name, NULL);
    if (s == NULL) return REF_NULL;
    Ref m = builtin_module_new(t, s);
    if (ref_is_null(m)) {
        if (!err_pending(t)) err_import(t, E_ModuleNotFoundError, name, VALUE_NULL, "No module named %R", name);
        return REF_NULL;
    }
    if (dict_set(t, modules_dict(), name, ref_borrow(m)) < 0) {
        ref_drop(t, m);
        return REF_NULL;
    }
    return m;
}

static Ref import_function(Thread *t) { return get_attr(t, builtins_module(), N(__import__)); }

static int audit_import(Thread *t, Value name) {
    if (likely(!audited())) return 0;
    Ref path = sys_get(t, "path"), meta = sys_get(t, "meta_path"), hooks = sys_get(t, "path_hooks");
    Value v[] = {name, VALUE_NONE, ref_is_null(path) ? VALUE_NONE : ref_borrow(path), ref_is_null(meta) ? VALUE_NONE : ref_borrow(meta),
                 ref_is_null(hooks) ? VALUE_NONE : ref_borrow(hooks)};
    int bad = audit(t, "import", v, 5);
    ref_drop(t, path);
    ref_drop(t, meta);
    ref_drop(t, hooks);
    return bad;
}

/* -X importtime: one line for each module that is loaded, after those that it imports. */
static _Thread_local struct { int level; int64_t inside_ns; /* spent in what the module imports itself */ } timing;

static void show_import_time(Thread *t, Value name, int64_t self_ns, int64_t ns) {
    static _Atomic bool x_header;
    if (!swap_acq_rel(&x_header, true)) fputs("import time: self [us] | cumulative | imported package\n", stderr);
    const char *s = str_utf8(t, name, NULL);
    if (s == NULL) err_clear(t);
    fprintf(stderr, "import time: %9ld | %10ld | %*s%s\n", (long)(self_ns / 1000), (long)(ns / 1000), timing.level * 2, "", s == NULL ? "?" : s);
}

static Ref find_and_load(Thread *t, Value name) {
    Value importlib = slot_get(&bootstrap);
    if (value_is_null(importlib)) return load_builtin(t, name);
    if (audit_import(t, name) < 0) return REF_NULL;
    Ref import_ = import_function(t);
    if (ref_is_null(import_)) return REF_NULL;
    int64_t began = config.show_import_time ? now_ns() : 0, outside = timing.inside_ns;
    timing.level++;
    timing.inside_ns = 0;
    Ref r = call_method(t, importlib, str_intern_cstr(t, "_find_and_load"), (Value[]){name, ref_borrow(import_)}, 2);
    timing.level--;
    if (config.show_import_time) {
        int64_t ns = now_ns() - began;
        if (!ref_is_null(r)) show_import_time(t, name, ns - timing.inside_ns, ns);
        timing.inside_ns = outside + ns;
    }
    ref_drop(t, import_);
    return r;
}

/* 1 if sys.modules still has the module: importlib takes it out when its code fails, and only then says that it is initialized. */
static int still_there(Thread *t, Value module, Value name) {
    Ref now;
    int found = dict_lookup(t, modules_dict(), name, &now);
    if (found <= 0) return found;
    bool same = value_is(ref_borrow(now), module);
    ref_drop(t, now);
    return same;
}

/* The module with that absolute name, from sys.modules or loaded. */
static Ref module_by_name(Thread *t, Value name) {
    Ref m;
    int found = dict_lookup(t, modules_dict(), name, &m);
    if (found < 0) return REF_NULL;
    if (found == 0 || ref_is_none(m)) return find_and_load(t, name); /* of None importlib says why not */
    int ready = ensure_initialized(t, ref_borrow(m), name) < 0 ? -1 : still_there(t, ref_borrow(m), name);
    if (ready > 0) return m;
    ref_drop(t, m);
    return ready < 0 ? REF_NULL : find_and_load(t, name);
}

/* `import a.b.c` gives a: the package up to the first dot of the name as written. */
static Ref top_package(Thread *t, Ref module, Value name, Value abs_name, int level) {
    int64_t n = str_length(name), dot = 0;
    if (level > 0 && n == 0) return module;
    while (dot < n && str_at(as(Str, name), dot) != '.') dot++;
    if (dot == n) return module;
    ref_drop(t, module);
    Ref front, r;
    if (level == 0) {
        front = str_slice(t, name, 0, dot);
        r = ref_is_null(front) ? REF_NULL : module_by_name(t, ref_borrow(front));
    } else {
        front = str_slice(t, abs_name, 0, (int64_t)str_length(abs_name) - (n - dot));
        if (ref_is_null(front)) return REF_NULL;
        int found = dict_lookup(t, modules_dict(), ref_borrow(front), &r);
        if (found == 0) err_set(t, E_KeyError, "%R not in sys.modules as expected", ref_borrow(front));
        if (found <= 0) r = REF_NULL;
    }
    ref_drop(t, front);
    return r;
}

/* from package import names: those that are modules are imported. */
static Ref handle_fromlist(Thread *t, Ref module, Value fromlist) {
    Ref path = get_attr_opt(t, ref_borrow(module), N(__path__));
    if (ref_is_null(path)) {
        if (!err_pending(t)) return module;
        ref_drop(t, module);
        return REF_NULL;
    }
    ref_drop(t, path);
    Ref import_ = import_function(t), r = REF_NULL;
    if (!ref_is_null(import_))
        r = call_method(t, slot_get(&bootstrap), str_intern_cstr(t, "_handle_fromlist"),
                        (Value[]){ref_borrow(module), fromlist, ref_borrow(import_)}, 3);
    ref_drop(t, import_);
    ref_drop(t, module);
    return r;
}

Ref import_level(Thread *t, Value name, Value globals, Value fromlist, int level) {
    if (!is_str(name)) return err_set(t, E_TypeError, "module name must be a string");
    if (level < 0) return err_set(t, E_ValueError, "level must be >= 0");
    Ref abs_name;
    if (level > 0) {
        abs_name = resolve_name(t, name, globals, level);
    } else {
        if (str_length(name) == 0) return err_set(t, E_ValueError, "Empty module name");
        abs_name = ref_new(t, name);
    }
    if (ref_is_null(abs_name)) return REF_NULL;
    Ref m = module_by_name(t, ref_borrow(abs_name));
    if (!ref_is_null(m)) {
        int from = value_is_null(fromlist) || value_is_none(fromlist) ? 0 : is_true(t, fromlist);
        if (from < 0) {
            ref_drop(t, m);
            m = REF_NULL;
        } else if (from) {
            m = handle_fromlist(t, m, fromlist);
        } else {
            m = top_package(t, m, name, ref_borrow(abs_name), level);
        }
    }
    ref_drop(t, abs_name);
    if (ref_is_null(m)) remove_importlib_frames(t);
    return m;
}

Ref import_module(Thread *t, const char *name) {
    Ref s = str_from_cstr(t, name);
    if (ref_is_null(s)) return REF_NULL;
    Ref m = module_by_name(t, ref_borrow(s));
    ref_drop(t, s);
    if (ref_is_null(m)) remove_importlib_frames(t);
    return m;
}

Ref import_attr(Thread *t, const char *module, const char *attr) {
    Ref m = import_module(t, module);
    if (ref_is_null(m)) return REF_NULL;
    Ref r = get_attr_cstr(t, ref_borrow(m), attr);
    ref_drop(t, m);
    return r;
}
