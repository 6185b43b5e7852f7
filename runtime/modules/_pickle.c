/* _pickle: the module, and what saving and loading both look up. See _pickle.h. */
#include "runtime/modules/_pickle.h"
#include "runtime/module.h"

Slot pickle_error, pickling_error, unpickling_error, pickle_dispatch_table, pickle_extensions, pickle_inverted, pickle_extension_cache, pickle_names_2to3,
    pickle_imports_2to3, pickle_names_3to2, pickle_imports_3to2, pickle_encode, pickle_getattr, pickle_partial;

Ref pickle_raise(Thread *t, const Slot *class_slot, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref text = str_vformat(t, format, ap);
    va_end(ap);
    if (ref_is_null(text)) return REF_NULL;
    Ref e = call1(t, slot_get(class_slot), ref_borrow(text));
    if (!ref_is_null(e)) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    ref_drop(t, text);
    return REF_NULL;
}

/* The end of the part that starts at `start`. */
static size_t part_end(const Str *s, size_t start) {
    while (start < s->length && str_at(s, start) != '.') start++;
    return start;
}

int pickle_no_locals(Thread *t, Value name, Value where) {
    static const char locals[] = "<locals>";
    const Str *s = as(Str, name);
    for (size_t start = 0, end; start <= s->length; start = end + 1) {
        end = part_end(s, start);
        size_t i = 0;
        while (i < 8 && start + i < end && str_at(s, start + i) == (uint32_t)locals[i]) i++;
        if (i < 8 || end - start != 8) continue;
        if (value_is_null(where)) return err_int(err_set(t, E_AttributeError, "Can't pickle local object %R", name));
        return err_int(err_set(t, E_AttributeError, "Can't pickle local attribute %R on %R", name, where));
    }
    return 0;
}

Ref pickle_dotted(Thread *t, Value obj, Value name, Ref *parent) {
    const Str *s = as(Str, name);
    Ref here = ref_new(t, obj), above = REF_NULL;
    for (size_t start = 0, end;; start = end + 1) {
        end = part_end(s, start);
        Ref part = start == 0 && end == s->length ? ref_new(t, name) : str_slice(t, name, (int64_t)start, (int64_t)end);
        Ref next = ref_is_null(part) ? part : get_attr_opt(t, ref_borrow(here), ref_borrow(part));
        if (ref_is_null(next) && !err_pending(t)) err_set(t, E_AttributeError, "Can't get attribute %R on %R", name, obj);
        ref_drop(t, part);
        ref_drop(t, above);
        above = here;
        here = next;
        if (ref_is_null(next) || end == s->length) break;
    }
    if (parent != NULL && !ref_is_null(here)) *parent = above;
    else ref_drop(t, above);
    return here;
}

Ref pickle_method(Thread *t, Value self, const char *name) {
    Value n = str_intern_cstr(t, name);
    return value_is_null(n) ? REF_NULL : get_attr_opt(t, self, n);
}

/* ---- methods that an instance keeps ------------------------------------------------------------------------------------------------ */

void kept_method_set(Thread *t, Object *self, KeptMethod *m, Value v) {
    bool bound = !value_is_null(v) && is_exact(v, &method_type) && value_is(slot_get(&as(Method, v)->self), object_value(self));
    Ref old, f = value_is_null(v) ? REF_NULL : bound ? slot_ref(t, &as(Method, v)->function) : ref_new(t, v);
    CRITICAL_BEGIN(t, self)
    old = slot_swap(t, self, &m->function, f);
    m->bound = bound;
    CRITICAL_END(t)
    ref_drop(t, old);
}
static Ref kept_method(Thread *t, Object *self, KeptMethod *m, bool *bound) {
    Ref f;
    CRITICAL_BEGIN(t, self)
    f = slot_ref(t, &m->function);
    *bound = m->bound;
    CRITICAL_END(t)
    return f;
}
int kept_method_find(Thread *t, Object *self, KeptMethod *m, const char *name) {
    Ref f = pickle_method(t, object_value(self), name);
    if (ref_is_null(f) && err_pending(t)) return -1;
    kept_method_set(t, self, m, ref_borrow(f));
    ref_drop(t, f);
    return 0;
}
Ref kept_method_call(Thread *t, Object *self, KeptMethod *m, Value arg) {
    bool bound;
    Ref f = kept_method(t, self, m, &bound), r;
    if (ref_is_null(f)) return f;
    if (bound) r = call2(t, ref_borrow(f), object_value(self), arg);
    else r = call1(t, ref_borrow(f), arg);
    ref_drop(t, f);
    return r;
}
Ref kept_method_get(Thread *t, Object *self, KeptMethod *m, const char *name) {
    bool bound;
    Ref f = kept_method(t, self, m, &bound);
    if (ref_is_null(f)) return err_set(t, E_AttributeError, "%s", name);
    if (!bound) return f;
    Ref r = method_new(t, ref_borrow(f), object_value(self));
    ref_drop(t, f);
    return r;
}

/* ---- functions -------------------------------------------------------------------------------------------------------------------------- */

static Value or(Value v, Value otherwise) { return value_is_null(v) ? otherwise : v; }

static Ref m_dump(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    Value a[5];
    if (kit_bind(t, "dump", "obj,file|protocol$fix_imports,buffer_callback", args, nargs, kwnames, a) < 0) return REF_NULL;
    return pickle_dump(t, a[0], a[1], a[2], or(a[3], VALUE_TRUE), or(a[4], VALUE_NONE));
}
static Ref m_dumps(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    Value a[4];
    if (nargs == 1 && value_is_null(kwnames)) return pickle_dump(t, args[0], VALUE_NULL, VALUE_NULL, VALUE_TRUE, VALUE_NONE);
    if (kit_bind(t, "dumps", "obj|protocol$fix_imports,buffer_callback", args, nargs, kwnames, a) < 0) return REF_NULL;
    return pickle_dump(t, a[0], VALUE_NULL, a[1], or(a[2], VALUE_TRUE), or(a[3], VALUE_NONE));
}
static Ref m_load(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    Value a[5];
    if (kit_bind(t, "load", "file$|fix_imports,encoding,errors,buffers", args, nargs, kwnames, a) < 0) return REF_NULL;
    return pickle_load(t, a[0], VALUE_NULL, or(a[1], VALUE_TRUE), a[2], a[3], a[4]);
}
static Ref m_loads(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    Value a[5];
    if (nargs == 1 && value_is_null(kwnames)) return pickle_load(t, VALUE_NULL, args[0], VALUE_TRUE, VALUE_NULL, VALUE_NULL, VALUE_NULL);
    if (nargs == 0) return err_set(t, E_TypeError, "loads() takes at least 1 positional argument (0 given)");
    if (kit_bind(t, "loads", "data$|fix_imports,encoding,errors,buffers", args, nargs, kwnames, a) < 0) return REF_NULL;
    return pickle_load(t, VALUE_NULL, a[0], or(a[1], VALUE_TRUE), a[2], a[3], a[4]);
}

static NativeDef functions[] = {
    FN_RAW("dump", "($module, /, obj, file, protocol=None, *, fix_imports=True,\n     buffer_callback=None)", m_dump,
           "Write obj, pickled, to the open file object file.\n\nThe same as Pickler(file, protocol).dump(obj)."),
    FN_RAW("dumps", "($module, /, obj, protocol=None, *, fix_imports=True,\n      buffer_callback=None)", m_dumps, "Return obj, pickled, as bytes."),
    FN_RAW("load", "($module, /, file, *, fix_imports=True, encoding='ASCII',\n     errors='strict', buffers=())", m_load,
           "Read one pickled object from a file and return it.\n\nThe same as Unpickler(file).load()."),
    FN_RAW("loads", "($module, data, /, *, fix_imports=True, encoding='ASCII',\n      errors='strict', buffers=())", m_loads,
           "Return the object that the bytes-like data holds, pickled."),
    FN_END,
};

static int keep(Thread *t, Slot *slot, const char *module, const char *attr, const Type *type) {
    Ref v = import_attr(t, module, attr);
    if (ref_is_null(v)) return -1;
    if (type != NULL && !is_exact(ref_borrow(v), type)) {
        err_set(t, E_RuntimeError, "%s.%s should be a dict, not %.200T", module, attr, ref_borrow(v));
        ref_drop(t, v);
        return -1;
    }
    kit_root(t, slot, v);
    return 0;
}
int module_init_pickle(Thread *t, Value module) {
    Type *const types[] = {&pickler_type, &unpickler_type, &pickle_buffer_type, NULL};
    if (pickle_load_init(t) < 0 || type_ready(t, &pickler_memo_type) < 0 || type_ready(t, &unpickler_memo_type) < 0 ||
        kit_module(t, module, types, functions, "Optimized C implementation for the Python pickle module.") < 0)
        return -1;
    if (kit_exception_root(t, module, &pickle_error, "_pickle", "PickleError", ETYPE(Exception)) < 0 ||
        kit_exception_root(t, module, &pickling_error, "_pickle", "PicklingError", as(Type, slot_get(&pickle_error))) < 0 ||
        kit_exception_root(t, module, &unpickling_error, "_pickle", "UnpicklingError", as(Type, slot_get(&pickle_error))) < 0)
        return -1;
    struct { Slot *slot; const char *module, *attr; const Type *type; } wanted[] = {
        {&pickle_dispatch_table, "copyreg", "dispatch_table", &dict_type}, {&pickle_extensions, "copyreg", "_extension_registry", &dict_type},
        {&pickle_inverted, "copyreg", "_inverted_registry", &dict_type}, {&pickle_extension_cache, "copyreg", "_extension_cache", &dict_type},
        {&pickle_names_2to3, "_compat_pickle", "NAME_MAPPING", &dict_type}, {&pickle_imports_2to3, "_compat_pickle", "IMPORT_MAPPING", &dict_type},
        {&pickle_names_3to2, "_compat_pickle", "REVERSE_NAME_MAPPING", &dict_type},
        {&pickle_imports_3to2, "_compat_pickle", "REVERSE_IMPORT_MAPPING", &dict_type}, {&pickle_encode, "codecs", "encode", NULL},
        {&pickle_getattr, "builtins", "getattr", NULL}, {&pickle_partial, "functools", "partial", NULL},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (keep(t, wanted[i].slot, wanted[i].module, wanted[i].attr, wanted[i].type) < 0) return -1;
    return 0;
}
