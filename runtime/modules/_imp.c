/* _imp: what importlib asks of the interpreter. Extension modules in shared libraries of CPython's ABI can't be loaded. */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/config.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/frozen.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/marshal.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/vm_hooks.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- the lock ---------------------------------------------------------------------------------------------------- */

static Ref imp_acquire(Thread *t, Value self, const Value *a) {
    import_lock(t);
    return REF_NONE;
}
static Ref imp_release(Thread *t, Value self, const Value *a) {
    return import_unlock(t) ? REF_NONE : err_set(t, E_RuntimeError, "not holding the import lock");
}
static Ref imp_lock_held(Thread *t, Value self, const Value *a) { return ref_bool(import_lock_held()); }

/* ---- built-in modules --------------------------------------------------------------------------------------------- */

static const char *name_arg(Thread *t, const char *function, Value v) {
    if (is_str(v)) {
        const char *name = str_utf8(t, v, NULL);
        return name == NULL && err_clear_if(t, E_UnicodeEncodeError) ? "" : name; /* no module here is called like what has no UTF-8 */
    }
    err_bad_argument(t, function, "1", "str", v);
    return NULL;
}

static bool is_builtin(const char *name) {
    for (size_t i = 0; builtin_module(i) != NULL; i++)
        if (strcmp(builtin_module(i)->name, name) == 0) return true;
    return false;
}

/* 1 yes, 0 no, -1 it is one that can't be made a second time (sys, builtins) */
static Ref imp_is_builtin(Thread *t, Value self, const Value *a) {
    const char *name = name_arg(t, "is_builtin", a[0]);
    if (name == NULL) return REF_NULL;
    if (strcmp(name, "sys") == 0 || strcmp(name, "builtins") == 0) return ref_small_int(-1);
    return ref_small_int(is_builtin(name));
}

static Ref imp_create_builtin(Thread *t, Value self, const Value *a) {
    Ref name = get_attr(t, a[0], N(name));
    if (ref_is_null(name)) return REF_NULL;
    const char *s = name_arg(t, "create_builtin", ref_borrow(name));
    Ref m = REF_NULL;
    if (s != NULL) {
        if (strcmp(s, "sys") == 0) m = ref_new(t, sys_module());
        else if (strcmp(s, "builtins") == 0) m = ref_new(t, builtins_module());
        else m = builtin_module_new(t, s);
        if (ref_is_null(m) && !err_pending(t)) m = REF_NONE;
    }
    ref_drop(t, name);
    return m;
}
static Ref imp_exec_builtin(Thread *t, Value self, const Value *a) { return ref_small_int(0); }

/* ---- frozen modules ------------------------------------------------------------------------------------------------ */

static const FrozenModule *frozen_arg(Thread *t, const char *function, Value v, bool must) {
    const char *name = name_arg(t, function, v);
    if (name == NULL) return NULL;
    const FrozenModule *m = frozen_find(name);
    if (m == NULL && must) err_import(t, E_ImportError, v, VALUE_NULL, "No such frozen object named %R", v);
    return m;
}
static Ref imp_is_frozen(Thread *t, Value self, const Value *a) {
    const FrozenModule *m = frozen_arg(t, "is_frozen", a[0], false);
    return err_pending(t) ? REF_NULL : ref_bool(m != NULL);
}
static Ref imp_is_frozen_package(Thread *t, Value self, const Value *a) {
    const FrozenModule *m = frozen_arg(t, "is_frozen_package", a[0], true);
    return m == NULL ? REF_NULL : ref_bool(m->is_package);
}
static Ref imp_get_frozen_object(Thread *t, Value self, const Value *a) {
    if (!value_is_null(a[1]) && !value_is_none(a[1])) {
        Buffer view;
        if (buffer_get(t, a[1], &view, BUFFER_SIMPLE) < 0) return REF_NULL;
        Ref code = marshal_loads(t, view.data, view.len);
        buffer_release(t, &view);
        return code;
    }
    const FrozenModule *m = frozen_arg(t, "get_frozen_object", a[0], true);
    return m == NULL ? REF_NULL : frozen_code(t, m);
}
static Ref imp_find_frozen(Thread *t, Value self, const Value *a) {
    const FrozenModule *m = frozen_arg(t, "find_frozen", a[0], false);
    if (m == NULL) return err_pending(t) ? REF_NULL : REF_NONE;
    int with_data = value_is_null(a[1]) ? 0 : is_true(t, a[1]);
    if (with_data < 0) return REF_NULL;
    Ref data = with_data && m->data != NULL ? memoryview_from_memory(t, (void *)m->data, m->size, true, VALUE_NULL) : REF_NONE;
    return tuple_from_steal(t, (Ref[]){data, ref_bool(m->is_package), m->origin[0] ? str_from_cstr(t, m->origin) : REF_NONE}, 3);
}
static Ref imp_frozen_names(Thread *t, Value self, const Value *a) {
    Ref list = list_new(t, 0);
    for (size_t i = 0; !ref_is_null(list) && frozen_name(i) != NULL; i++) {
        Ref s = str_from_cstr(t, frozen_name(i));
        if (ref_is_null(s) || list_append_steal(t, ref_borrow(list), s) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}
static Ref imp_init_frozen(Thread *t, Value self, const Value *a) {
    const FrozenModule *m = frozen_arg(t, "init_frozen", a[0], false);
    if (m == NULL) return err_pending(t) ? REF_NULL : REF_NONE;
    return import_module(t, m->name);
}
static Ref imp_override_frozen(Thread *t, Value self, const Value *a) {
    int how;
    if (as_int(t, a[0], &how) < 0) return REF_NULL;
    frozen_override(how);
    return REF_NONE;
}

/* ---- extension modules, hashes, file names --------------------------------------------------------------------------- */

static Ref imp_extension_suffixes(Thread *t, Value self, const Value *a) { return list_new(t, 0); }
static Ref imp_create_dynamic(Thread *t, Value self, const Value *a) {
    Ref name = get_attr(t, a[0], N(name)), path = REF_NULL;
    if (!ref_is_null(name)) path = get_attr_cstr(t, a[0], "origin");
    if (!ref_is_null(path))
        err_import(t, E_ImportError, ref_borrow(name), ref_borrow(path), "%V: extension modules of CPython can't be loaded", ref_borrow(path));
    ref_drop(t, name);
    ref_drop(t, path);
    return REF_NULL;
}
static Ref imp_exec_dynamic(Thread *t, Value self, const Value *a) { return ref_small_int(0); }

/* SipHash-1-3 (Aumasson, Bernstein) with the key's two words {key, 0}: what hash-based cache files carry. */
static uint64_t rotl(uint64_t x, int b) { return x << b | x >> (64 - b); }
static uint64_t siphash13(uint64_t k0, uint64_t k1, const uint8_t *p, size_t n) {
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u, k1 ^ 0x7465646279746573u};
#define ROUND                                                                                                                  \
    v[0] += v[1], v[1] = rotl(v[1], 13) ^ v[0], v[0] = rotl(v[0], 32), v[2] += v[3], v[3] = rotl(v[3], 16) ^ v[2],             \
        v[0] += v[3], v[3] = rotl(v[3], 21) ^ v[0], v[2] += v[1], v[1] = rotl(v[1], 17) ^ v[2], v[2] = rotl(v[2], 32)
    uint64_t last = (uint64_t)n << 56, word;
    for (; n >= 8; n -= 8, p += 8) {
        memcpy(&word, p, 8);
        v[3] ^= word;
        ROUND;
        v[0] ^= word;
    }
    for (size_t i = 0; i < n; i++) last |= (uint64_t)p[i] << (8 * i);
    v[3] ^= last;
    ROUND;
    v[0] ^= last;
    v[2] ^= 0xff;
    ROUND;
    ROUND;
    ROUND;
#undef ROUND
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
static Ref imp_source_hash(Thread *t, Value self, const Value *a) {
    int64_t key;
    Buffer view;
    if (as_i64(t, a[0], &key) < 0 || buffer_get(t, a[1], &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    uint64_t h = siphash13((uint64_t)key, 0, view.data, view.len);
    buffer_release(t, &view);
    return bytes_new(t, &h, 8);
}

static Ref imp_fix_co_filename(Thread *t, Value self, const Value *a) {
    if (!is_exact(a[0], &code_type)) return err_bad_argument(t, "_fix_co_filename", "1", "code", a[0]);
    if (!is_str(a[1])) return err_bad_argument(t, "_fix_co_filename", "2", "str", a[1]);
    return vm.code_rename(t, a[0], a[1]) < 0 ? REF_NULL : REF_NONE;
}

static NativeDef functions[] = {
    FN("_fix_co_filename", "($module, code, path, /)", imp_fix_co_filename, "Gives code that was just loaded the name of the file that it came from."),
    FN("_frozen_module_names", "($module, /)", imp_frozen_names, "The names of the frozen modules."),
    FN("_override_frozen_modules_for_tests", "($module, override, /)", imp_override_frozen, "Frozen modules are used (1), not used (-1), or as the command line says (0)."),
    FN("acquire_lock", "($module, /)", imp_acquire, "Takes the import lock."),
    FN("create_builtin", "($module, spec, /)", imp_create_builtin, "Makes a built-in module."),
    FN("create_dynamic", "($module, spec, file=<unrepresentable>, /)", imp_create_dynamic, "Not supported."),
    FN("exec_builtin", "($module, mod, /)", imp_exec_builtin, "Nothing: built-in modules are whole when made."),
    FN("exec_dynamic", "($module, mod, /)", imp_exec_dynamic, "Nothing."),
    FN("extension_suffixes", "($module, /)", imp_extension_suffixes, "File name endings of extension modules: none."),
    FN("find_frozen", "($module, name, /, *, withdata=False)", imp_find_frozen, "(data, is_package, origin) of a frozen module, or None."),
    FN("get_frozen_object", "($module, name, data=None, /)", imp_get_frozen_object, "The code of a frozen module."),
    FN("init_frozen", "($module, name, /)", imp_init_frozen, "Imports a frozen module."),
    FN("is_builtin", "($module, name, /)", imp_is_builtin, "Whether a module is built in."),
    FN("is_frozen", "($module, name, /)", imp_is_frozen, "Whether a module is frozen."),
    FN("is_frozen_package", "($module, name, /)", imp_is_frozen_package, "Whether a frozen module is a package."),
    FN("lock_held", "($module, /)", imp_lock_held, "Whether some thread holds the import lock."),
    FN("release_lock", "($module, /)", imp_release, "Releases the import lock."),
    FN("source_hash", "($module, /, key, source)", imp_source_hash, "The hash that hash-based cache files carry."),
    FN_END};

static Ref path_text(Thread *t, const char *path, const char *end) {
    char *text = NULL;
    if (asprintf(&text, "%s%s", path, end) < 0) return err_no_memory(t);
    Ref r = str_from_fs(t, text, strlen(text));
    free(text);
    return r;
}
/* For runtime/gen/cache_place.py: the user's cache or None, and beginnings of paths whose code is there. For own_library.py: the two libraries' folders. */
static int add_places(Thread *t, Value m) {
    Ref own = config.weft_lib == NULL ? REF_NONE : path_text(t, config.weft_lib, "");
    if (module_set_steal(t, m, "own_library", own) < 0 || module_set_steal(t, m, "library", path_text(t, config.stdlib, "")) < 0) return -1;
    Ref cache = config.user_cache == NULL ? REF_NONE : path_text(t, config.user_cache, "");
    if (module_set_steal(t, m, "user_cache", cache) < 0) return -1;
    Ref installed[] = {path_text(t, config.prefix, "/lib/"), config.weft_lib == NULL ? REF_NULL : path_text(t, config.weft_lib, "/")};
    return module_set_steal(t, m, "installed", tuple_from_steal(t, installed, config.weft_lib == NULL ? 1 : 2));
}

int module_init__imp(Thread *t, Value m) {
    if (module_add_cstr(t, m, "check_hash_based_pycs", config.check_hash_pycs) < 0 || add_places(t, m) < 0) return -1;
    return module_add_functions(t, m, functions);
}
