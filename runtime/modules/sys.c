/* The sys module: its making, and the functions that fit nowhere else. */
#include "runtime/modules/sys.h"
#include "runtime/abstract.h"
#include "runtime/config.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/int_internal.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>

static _Atomic bool x_finalizing;
static _Atomic int x_dlopen_flags = RTLD_NOW;

void sys_set_finalizing(void) { store_release(&x_finalizing, true); }
bool sys_finalizing(void) { return load_acquire(&x_finalizing); }

static Ref sys_exit(Thread *t, Value self, const Value *a) {
    Ref exc = exception_instantiate(t, type_value(ETYPE(SystemExit)), a[0]);
    if (ref_is_null(exc)) return REF_NULL;
    err_object(t, ref_borrow(exc));
    ref_drop(t, exc);
    return REF_NULL;
}

static Ref sys_intern(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_bad_argument(t, "intern", NULL, "str", a[0]);
    if (!is_exact(a[0], &str_type)) return err_set(t, E_TypeError, "can't intern %.400T", a[0]);
    return str_intern(t, ref_new(t, a[0]));
}

static Ref sys_getsizeof(Thread *t, Value self, const Value *a) {
    Ref method = lookup_special(t, a[0], str_intern_cstr(t, "__sizeof__")), r = REF_NULL;
    if (ref_is_null(method)) {
        if (!err_pending(t)) err_set(t, E_TypeError, "Type %.100T doesn't define __sizeof__", a[0]);
    } else {
        r = call0(t, ref_borrow(method));
        ref_drop(t, method);
        int64_t n;
        if (!ref_is_null(r) && index_as_i64(t, ref_borrow(r), &n) < 0) {
            ref_drop(t, r);
            r = REF_NULL;
        } else if (!ref_is_null(r) && n < 0) {
            ref_drop(t, r);
            r = err_set(t, E_ValueError, "__sizeof__() should return >= 0");
        }
    }
    if (ref_is_null(r) && !value_is_null(a[1]) && err_clear_if(t, E_TypeError)) return ref_new(t, a[1]);
    return r;
}

static Ref sys_getrefcount(Thread *t, Value self, const Value *a) {
    return int_from_i64(t, value_is_object(a[0]) ? object_refcount(t, value_object(a[0])) + 1 : 1);
}
static Ref sys_getallocatedblocks(Thread *t, Value self, const Value *a) { return ref_small_int(0); }
static Ref sys_getdefaultencoding(Thread *t, Value self, const Value *a) { return str_from_cstr(t, "utf-8"); }
static Ref sys_getfilesystemencoding(Thread *t, Value self, const Value *a) { return str_from_cstr(t, "utf-8"); }
static Ref sys_getfilesystemencodeerrors(Thread *t, Value self, const Value *a) { return str_from_cstr(t, "surrogateescape"); }
static Ref sys_is_finalizing(Thread *t, Value self, const Value *a) { return ref_bool(sys_finalizing()); }
static Ref sys_nothing(Thread *t, Value self, const Value *a) { return REF_NONE; }
static Ref sys_getdlopenflags(Thread *t, Value self, const Value *a) { return ref_small_int(load_relaxed(&x_dlopen_flags)); }
static Ref sys_setdlopenflags(Thread *t, Value self, const Value *a) {
    int flags;
    if (as_int(t, a[0], &flags) < 0) return REF_NULL;
    store_relaxed(&x_dlopen_flags, flags);
    return REF_NONE;
}

#define DIGITS_THRESHOLD 640 /* the least limit that may be set */
static Ref sys_get_max_digits(Thread *t, Value self, const Value *a) { return ref_small_int(int_max_str_digits()); }
static Ref sys_set_max_digits(Thread *t, Value self, const Value *a) {
    int n;
    if (as_int(t, a[0], &n) < 0) return REF_NULL;
    if (n != 0 && n < DIGITS_THRESHOLD)
        return err_set(t, E_ValueError, "maxdigits must be 0 or larger than %d", DIGITS_THRESHOLD);
    int_set_max_str_digits(n);
    return REF_NONE;
}

static NativeDef functions[] = {
    FN("_clear_type_cache", "($module, /)", sys_nothing, "Nothing: type caches prove themselves."),
    FN("_debugmallocstats", "($module, /)", sys_nothing, "Nothing."),
    FN("exit", "($module, status=None, /)", sys_exit, "Ends the program by SystemExit(status)."),
    FN("get_int_max_str_digits", "($module, /)", sys_get_max_digits, "How many digits an int may have in a conversion to or from text."),
    FN("getallocatedblocks", "($module, /)", sys_getallocatedblocks, "Always 0: blocks aren't counted."),
    FN("getdefaultencoding", "($module, /)", sys_getdefaultencoding, "The encoding that str.encode() takes by default."),
    FN("getdlopenflags", "($module, /)", sys_getdlopenflags, "Flags for dlopen."),
    FN("getfilesystemencodeerrors", "($module, /)", sys_getfilesystemencodeerrors, "How undecodable file names are handled."),
    FN("getfilesystemencoding", "($module, /)", sys_getfilesystemencoding, "The encoding of file names."),
    FN("getrefcount", "($module, object, /)", sys_getrefcount, "How many references to the object there are; an estimate if it's shared."),
    FN("getsizeof", "!($module, object, default=<unrepresentable>)", sys_getsizeof, "getsizeof(object [, default]) -> int\n\nIts size in bytes."),
    FN("intern", "($module, string, /)", sys_intern, "The one string with this text that is kept for ever."),
    FN("is_finalizing", "($module, /)", sys_is_finalizing, "Whether the interpreter is about to end."),
    FN("set_int_max_str_digits", "($module, /, maxdigits)", sys_set_max_digits, "Sets how many digits an int may have in a conversion."),
    FN("setdlopenflags", "($module, flags, /)", sys_setdlopenflags, "Sets the flags for dlopen."),
    FN_END};

/* sys.path before site, as CPython has it: what stands ahead, PYTHONPATH, Debian's library (Weft's own modules are found there too: runtime/gen/own_library.py). */
static int add_path(Thread *t, Value m) {
    Ref path = list_new(t, 4);
    if (ref_is_null(path)) return -1;
    const char *places[][2] = {{config.prefix, "/lib/python311.zip"}, {config.stdlib, ""}, {config.stdlib, "/lib-dynload"}};
    int bad = 0;
    const char *p = config.python_path;
    while (p != NULL && bad == 0) {
        const char *end = strchrnul(p, ':');
        Ref s = str_from_fs(t, p, end - p);
        bad = ref_is_null(s) ? -1 : list_append_steal(t, ref_borrow(path), s);
        p = *end ? end + 1 : NULL;
    }
    for (size_t i = 0; i < 3 && bad == 0; i++) {
        char place[PATH_MAX];
        int n = snprintf(place, sizeof place, "%s%s", places[i][0], places[i][1]);
        if (n < 0 || n >= sizeof place) continue;
        Ref s = str_from_fs(t, place, (size_t)n);
        bad = ref_is_null(s) ? -1 : list_append_steal(t, ref_borrow(path), s);
    }
    if (bad == 0) return module_set_steal(t, m, "path", path);
    ref_drop(t, path);
    return -1;
}

int module_init_sys(Thread *t, Value m) {
    if (config.int_max_str_digits >= 0) int_set_max_str_digits(config.int_max_str_digits);
    if (module_add_functions(t, m, functions) < 0 || sys_hooks_init(t, m) < 0 || sys_thread_init(t, m) < 0 || sys_add_info(t, m) < 0 ||
        add_path(t, m) < 0)
        return -1;
    if (module_set(t, m, "modules", modules_dict()) < 0 || module_set_steal(t, m, "meta_path", list_new(t, 0)) < 0 ||
        module_set_steal(t, m, "path_hooks", list_new(t, 0)) < 0 || module_set_steal(t, m, "path_importer_cache", dict_new(t)) < 0)
        return -1;
    return module_add_cstr(t, m, "__doc__", "The interpreter: its settings, its hooks, what is loaded.");
}
