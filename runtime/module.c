/* The module type, sys.modules, the built-in modules' table, and adding things to modules from C. See module.h. */
#include "runtime/module.h"
#include "runtime/abstract.h"
#include "runtime/config.h"
#include "runtime/exceptions.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/vm_hooks.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>

_Static_assert(offsetof(Module, dict) == offsetof(Module, x_shape) + offsetof(Attrs, x_overflow), "a module's head is an Attrs");

/* ---- the type --------------------------------------------------------------------------------------------------- */

static void module_traverse(Object *o, VisitFn visit, void *arg) {
    Module *m = (Module *)o;
    slot_visit(&m->dict, visit, arg);
    if (m->state != NULL && m->visit_state != NULL) m->visit_state(m->state, visit, arg);
}

static void module_destroy(Thread *t, Object *o) {
    Module *m = (Module *)o;
    slot_set(t, o, &m->dict, REF_NULL);
    if (m->state != NULL && m->free_state != NULL) m->free_state(t, m->state);
    m->state = NULL;
}

static int init_dict(Thread *t, Value dict, Value name, Value doc) {
    if (dict_set(t, dict, N(__name__), name) < 0 || dict_set(t, dict, N(__doc__), doc) < 0 ||
        dict_set(t, dict, N(__package__), VALUE_NONE) < 0 || dict_set(t, dict, N(__loader__), VALUE_NONE) < 0 ||
        dict_set(t, dict, N(__spec__), VALUE_NONE) < 0)
        return -1;
    return 0;
}

static Ref module_alloc(Thread *t, Type *type) {
    Ref dict = dict_new(t);
    if (ref_is_null(dict)) return REF_NULL;
    Ref self = type == &module_type ? ref_steal(object_new(Module, t, type)) : instance_new(t, type);
    if (ref_is_null(self)) {
        ref_drop(t, dict);
        return REF_NULL;
    }
    Module *m = (Module *)self.bits;
    slot_init(&m->dict, dict);
    store_relaxed(&m->x_shape, &dict_shape);
    return self;
}

static Ref module_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    return module_alloc(t, as(Type, cls));
}

static int module_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[2];
    if (bind_args(t, "module", "($self, name, doc=None)", &signature, args, nargs, kwnames, a, 2) < 0) return -1;
    if (!is_str(a[0])) return err_int(err_bad_argument(t, "module", "name", "str", a[0]));
    return init_dict(t, module_dict(self), a[0], value_is_null(a[1]) ? VALUE_NONE : a[1]);
}

Ref module_new(Thread *t, Value name) {
    Ref self = module_alloc(t, &module_type);
    if (!ref_is_null(self) && init_dict(t, module_dict(ref_borrow(self)), name, VALUE_NONE) < 0) {
        ref_drop(t, self);
        return REF_NULL;
    }
    return self;
}

/* Whether __spec__ says that the module is being initialized: a circular import, probably. */
static int is_initializing(Thread *t, Value dict) {
    Ref spec;
    int found = dict_lookup(t, dict, N(__spec__), &spec);
    if (found <= 0) return found;
    Value key = str_intern_cstr(t, "_initializing");
    Ref flag = value_is_none(ref_borrow(spec)) ? REF_NULL : get_attr_opt(t, ref_borrow(spec), key);
    ref_drop(t, spec);
    if (ref_is_null(flag)) return err_pending(t) ? -1 : 0;
    int r = is_true(t, ref_borrow(flag));
    ref_drop(t, flag);
    return r;
}

/* Whether importlib is importing the submodule `name` right now: it stands in __spec__._uninitialized_submodules. */
static int is_coming_submodule(Thread *t, Value dict, Value name) {
    Ref spec, list;
    int found = dict_lookup(t, dict, str_intern_cstr(t, "__spec__"), &spec);
    if (found <= 0) return found;
    list = get_attr_opt(t, ref_borrow(spec), str_intern_cstr(t, "_uninitialized_submodules"));
    ref_drop(t, spec);
    if (ref_is_null(list)) return err_pending(t) ? -1 : 0;
    int r = object_contains(t, ref_borrow(list), name);
    ref_drop(t, list);
    return r;
}

/* The attribute's absence: the module's own __getattr__, or an error that says as much as can be said. */
static Ref module_missing(Thread *t, Value self, Value name) {
    Value dict = module_dict(self);
    Ref hook;
    int found = dict_lookup(t, dict, N(__getattr__), &hook);
    if (found < 0) return REF_NULL;
    if (found > 0) {
        Ref r = call1(t, ref_borrow(hook), name);
        ref_drop(t, hook);
        return r;
    }
    Ref module_name;
    found = dict_lookup(t, dict, N(__name__), &module_name);
    if (found < 0) return REF_NULL;
    if (found > 0 && is_str(ref_borrow(module_name))) {
        int circular = is_initializing(t, dict), submodule = circular == 0 ? is_coming_submodule(t, dict, name) : 0;
        if (submodule > 0)
            err_attribute(t, self, name, "cannot access submodule '%V' of module '%V' (most likely due to a circular import)", name, ref_borrow(module_name));
        else if (circular >= 0 && submodule == 0)
            err_attribute(t, self, name,
                          circular ? "partially initialized module '%V' has no attribute '%V' (most likely due to a circular import)"
                                   : "module '%V' has no attribute '%V'",
                          ref_borrow(module_name), name);
        ref_drop(t, module_name);
        return REF_NULL;
    }
    if (found > 0) ref_drop(t, module_name);
    return err_attribute(t, self, name, "module has no attribute '%V'", name);
}

static Ref module_getattro(Thread *t, Value self, Value name) {
    Ref r = generic_getattr_opt(t, self, name);
    if (!ref_is_null(r) || err_pending(t)) return r;
    return module_missing(t, self, name);
}

/* importlib._bootstrap._module_repr knows loaders and files; before it is there, the name must do. */
static Ref module_repr(Thread *t, Value self) {
    Value bootstrap = import_bootstrap();
    if (!value_is_null(bootstrap)) return call_method1(t, bootstrap, str_intern_cstr(t, "_module_repr"), self);
    Ref name, r = REF_NULL;
    int found = dict_lookup(t, module_dict(self), N(__name__), &name);
    if (found >= 0) r = found ? str_format(t, "<module %R>", ref_borrow(name)) : str_from_cstr(t, "<module '?'>");
    if (found > 0) ref_drop(t, name);
    return r;
}

static Ref module_dir(Thread *t, Value self, const Value *a) {
    Ref dict = get_attr(t, self, N(__dict__));
    if (ref_is_null(dict)) return REF_NULL;
    Ref r = REF_NULL, hook;
    if (!is_dict(ref_borrow(dict))) {
        err_set(t, E_TypeError, "<module>.__dict__ is not a dictionary");
    } else {
        int found = dict_lookup(t, ref_borrow(dict), N(__dir__), &hook);
        if (found > 0) {
            r = call0(t, ref_borrow(hook));
            ref_drop(t, hook);
        } else if (found == 0) {
            r = dict_keys_list(t, ref_borrow(dict));
        }
    }
    ref_drop(t, dict);
    return r;
}

static Ref module_get_dict(Thread *t, Value self, void *closure) { return slot_ref(t, &as(Module, self)->dict); }

/* __annotations__ springs up when asked for. */
static Ref module_get_annotations(Thread *t, Value self, void *closure) {
    Ref dict = slot_ref(t, &as(Module, self)->dict), fresh = REF_NULL, r = REF_NULL;
    int found = dict_lookup(t, ref_borrow(dict), N(__annotations__), &r);
    if (found == 0) {
        fresh = dict_new(t);
        if (ref_is_null(fresh) || dict_setdefault(t, ref_borrow(dict), N(__annotations__), ref_borrow(fresh), &r) < 0) r = REF_NULL;
    }
    ref_drop(t, fresh);
    ref_drop(t, dict);
    return r;
}
static int module_set_annotations(Thread *t, Value self, Value v, void *closure) {
    Ref dict = slot_ref(t, &as(Module, self)->dict);
    int bad = value_is_null(v) ? dict_del(t, ref_borrow(dict), N(__annotations__)) : dict_set(t, ref_borrow(dict), N(__annotations__), v);
    ref_drop(t, dict);
    if (bad < 0 && value_is_null(v) && err_clear_if(t, E_KeyError)) err_set(t, E_AttributeError, "__annotations__");
    return bad;
}

static const GetSetDef module_getset[] = {
    {"__dict__", module_get_dict, NULL}, {"__annotations__", module_get_annotations, module_set_annotations}, {NULL}};
static NativeDef module_methods[] = {FN("__dir__", "!($self)", module_dir, "The module's names."), FN_END};

Type module_type = {
    TYPE_HEADER(Module, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_UNCOUNTED | TYPE_WEAKREFABLE | TYPE_SHAPED | TYPE_MODULE, module_traverse,
                NULL /* cycles break at the dict, which may live longer than the module */, module_destroy),
    .name = "module",
    .doc = "module(name, doc=None)\n--\n\nA module, empty but for its name and docstring.",
    .base = &object_type,
    .attrs_offset = offsetof(Module, x_shape),
    .weakrefs_offset = offsetof(Module, weakrefs),
    .basic_size_end = sizeof(Module),
    .repr = module_repr,
    .getattro = module_getattro,
    .setattro = generic_setattr,
    .new_ = module_new_slot,
    .init = module_init,
    .methods = module_methods,
    .getset = module_getset};

/* ---- adding to modules ------------------------------------------------------------------------------------------------ */

int module_set(Thread *t, Value m, const char *name, Value v) {
    Value key = str_intern_cstr(t, name);
    return value_is_null(key) ? -1 : dict_set(t, module_dict(m), key, v);
}

int module_set_steal(Thread *t, Value m, const char *name, Ref v) {
    if (ref_is_null(v)) return -1;
    int bad = module_set(t, m, name, ref_borrow(v));
    ref_drop(t, v);
    return bad;
}

int module_add_functions(Thread *t, Value m, NativeDef *defs) {
    Ref name;
    int found = dict_lookup(t, module_dict(m), N(__name__), &name);
    if (found < 0) return -1;
    int bad = 0;
    for (NativeDef *d = defs; d->name != NULL && bad == 0; d++) {
        bool first = load_relaxed(&d->x_owner) == NULL;
        Ref f = native_new(t, d, m, found ? ref_borrow(name) : VALUE_NULL);
        if (first && !ref_is_null(f)) object_immortalize(t, value_object(ref_borrow(f))); /* nobody need count it; copies of the module may go */
        bad = module_set_steal(t, m, d->name, f);
    }
    if (found) ref_drop(t, name);
    return bad;
}

int module_add_int(Thread *t, Value m, const char *name, int64_t i) { return module_set_steal(t, m, name, int_from_i64(t, i)); }
int module_add_cstr(Thread *t, Value m, const char *name, const char *s) { return module_set_steal(t, m, name, str_from_cstr(t, s)); }

/* ---- the built-in modules ------------------------------------------------------------------------------------------------ */

#define LOADABLE(name)
#define MODULE(name, init) int init(Thread *t, Value module);
#include "runtime/modules.def"
#undef MODULE
#undef LOADABLE
static const BuiltinModule builtin_modules[] = {
#define LOADABLE(name) {#name, NULL},
#define MODULE(name, init) {#name, init},
#include "runtime/modules.def"
#undef MODULE
#undef LOADABLE
    {NULL, NULL}};

const BuiltinModule *builtin_module(size_t i) {
    size_t own = sizeof builtin_modules / sizeof *builtin_modules - 1;
    const BuiltinModule *b = i < own ? &builtin_modules[i] : vm.modules == NULL ? NULL : &vm.modules[i - own];
    return b == NULL || b->name == NULL ? NULL : b;
}

/* The init function of a LOADABLE row: module_init_<name> in its shared object, which stays for good; *file: where that stands (owned). Null with ImportError. */
static ModuleInit load(Thread *t, const char *name, Ref *file) {
    char path[PATH_MAX], symbol[128];
    void *handle;
    snprintf(path, sizeof path, "%s/lib/weft/%s.so", config.weft_home == NULL ? "." : config.weft_home, name);
    *file = str_from_fs(t, path, strlen(path));
    if (ref_is_null(*file)) return NULL;
    snprintf(symbol, sizeof symbol, "module_init_%s", name);
    DETACHED(t, handle = dlopen(path, RTLD_NOW | RTLD_LOCAL));
    ModuleInit init = handle == NULL ? NULL : (ModuleInit)dlsym(handle, symbol);
    if (init != NULL) return init;
    const char *why = dlerror();
    Ref n = str_from_cstr(t, name);
    if (!ref_is_null(n)) err_import(t, E_ImportError, ref_borrow(n), ref_borrow(*file), "%s", why == NULL ? "no init function" : why);
    ref_drop(t, n);
    ref_drop(t, *file);
    *file = REF_NULL;
    return NULL;
}

/* root: where the module is stored before it is filled, for the first ones; or null */
static Ref new_builtin(Thread *t, const char *name, Slot *root) {
    for (size_t i = 0; builtin_module(i) != NULL; i++) {
        const BuiltinModule *b = builtin_module(i);
        if (strcmp(b->name, name) != 0) continue;
        Ref file = REF_NULL;
        ModuleInit init = b->init != NULL ? b->init : load(t, name, &file);
        Ref s = init == NULL ? REF_NULL : str_from_cstr(t, name), m = ref_is_null(s) ? REF_NULL : module_new(t, ref_borrow(s));
        ref_drop(t, s);
        bool bad = ref_is_null(m);
        if (!bad && root != NULL) slot_init(root, ref_new(t, ref_borrow(m)));
        if (!bad && !ref_is_null(file)) bad = module_set(t, ref_borrow(m), "__file__", ref_borrow(file)) < 0;
        ref_drop(t, file);
        if (!bad && init(t, ref_borrow(m)) == 0) return m;
        ref_drop(t, m);
        return REF_NULL;
    }
    return REF_NULL;
}

Ref builtin_module_new(Thread *t, const char *name) { return new_builtin(t, name, NULL); }

/* ---- sys.modules and its first two ------------------------------------------------------------------------------------------ */

static Slot modules, sys, builtins; /* roots; set at start, never after (sys.modules may be rebound in sys only) */

Value modules_dict(void) { return slot_get(&modules); }
Value sys_module(void) { return slot_get(&sys); }
Value builtins_module(void) { return slot_get(&builtins); }

void modules_visit_roots(VisitFn visit, void *arg) {
    slot_visit(&modules, visit, arg);
    slot_visit(&sys, visit, arg);
    slot_visit(&builtins, visit, arg);
    import_visit_roots(visit, arg);
}

/* The module `name` from the table into its root slot and sys.modules. */
static int first_module(Thread *t, const char *name, Slot *slot) {
    Ref m = new_builtin(t, name, slot);
    if (ref_is_null(m)) return -1;
    int bad = dict_set_cstr(t, modules_dict(), name, ref_borrow(m));
    ref_drop(t, m);
    return bad;
}

int modules_init(Thread *t) {
    Ref dict = dict_new(t);
    if (ref_is_null(dict)) return -1;
    slot_init(&modules, dict);
    return first_module(t, "sys", &sys) < 0 || first_module(t, "builtins", &builtins) < 0 ? -1 : 0;
}

Ref sys_get(Thread *t, const char *name) {
    Value key = str_intern_cstr(t, name);
    Ref r;
    if (value_is_null(key) || value_is_null(sys_module())) {
        err_clear(t);
        return REF_NULL;
    }
    if (dict_lookup(t, module_dict(sys_module()), key, &r) > 0) return r;
    err_clear(t);
    return REF_NULL;
}

int sys_set(Thread *t, const char *name, Value v) {
    return value_is_null(v) ? dict_del(t, module_dict(sys_module()), str_intern_cstr(t, name)) : module_set(t, sys_module(), name, v);
}
