/* _ctypes: the module's functions. See ctypes.h. */
#include "runtime/loadable/ctypes_meta.h"
#include <dlfcn.h>

extern _Thread_local int ctypes_errno;

/* ---- sizes and addresses ------------------------------------------------------------------------------------------------------------------ */

static Info *info_of_any(Value v) { return is_type(v) ? info_of_type(v) : is_cdata(v) ? info_of(v) : NULL; }
static Ref m_sizeof(Thread *t, Value m, const Value *a) {
    if (is_cdata(a[0])) return int_from_u64(t, as(CData, a[0])->size);
    Info *i = info_of_any(a[0]);
    return i == NULL || !i->ready ? err_set(t, E_TypeError, "this type has no size") : int_from_u64(t, i->size);
}
static Ref m_alignment(Thread *t, Value m, const Value *a) {
    Info *i = info_of_any(a[0]);
    return i == NULL || !i->ready ? err_set(t, E_TypeError, "no alignment info") : int_from_u64(t, i->align);
}
static Ref m_addressof(Thread *t, Value m, const Value *a) {
    if (!is_cdata(a[0])) return err_set(t, E_TypeError, "invalid type");
    return audit(t, "ctypes.addressof", a, 1) < 0 ? REF_NULL : int_from_u64(t, (uint64_t)(uintptr_t)as(CData, a[0])->ptr);
}
static Ref m_byref(Thread *t, Value m, const Value *a) {
    int64_t offset = 0;
    if (!value_is_null(a[1]) && size_arg(t, a[1], &offset) < 0) return REF_NULL;
    if (!is_cdata(a[0])) return err_set(t, E_TypeError, "byref() argument must be a ctypes instance, not '%T'", a[0]);
    Param *p = param_new(t, 'P', &ffi_type_pointer);
    if (p == NULL) return REF_NULL;
    p->value.p = as(CData, a[0])->ptr + offset;
    slot_set(t, p, &p->keep, ref_new(t, a[0]));
    return ref_steal(p);
}
static Ref m_resize(Thread *t, Value m, const Value *a) {
    int64_t size;
    if (!is_cdata(a[0])) return err_set(t, E_TypeError, "excepted ctypes instance");
    if (size_arg(t, a[1], &size) < 0) return REF_NULL;
    CData *c = as(CData, a[0]);
    Info *i = info_of(a[0]);
    if (size < (int64_t)i->size) return err_set(t, E_ValueError, "minimum size is %zu", i->size);
    bool inside = c->ptr == c->small;
    if (!c->own_memory && !inside) return err_set(t, E_ValueError, "Memory cannot be resized because this object doesn't own it");
    if ((size_t)size <= sizeof c->small && inside) {
        c->size = (size_t)size;
        return REF_NONE;
    }
    char *p = mem_zalloc((size_t)size);
    if (p == NULL) return err_no_memory(t);
    memcpy(p, c->ptr, c->size < (size_t)size ? c->size : (size_t)size);
    char *old = c->own_memory ? c->ptr : NULL;
    size_t old_size = c->size;
    c->ptr = p;
    c->size = (size_t)size;
    c->own_memory = true;
    if (old != NULL) storage_free(t, c, old, old_size);
    return REF_NONE;
}

/* ---- pointers ------------------------------------------------------------------------------------------------------------------------------------ */

static Ref m_pointer_type(Thread *t, Value m, const Value *a) {
    Value cls = a[0];
    Ref r;
    int found = dict_lookup(t, slot_get(&pointer_cache), cls, &r);
    if (found != 0) return found < 0 ? REF_NULL : r;
    Ref name = REF_NULL, ns = dict_new(t), bases = tuple_pack(t, 1, type_value(&pointer_base.type)), key = ref_new(t, cls);
    r = REF_NULL;
    if (is_str(cls)) {
        name = str_format(t, "LP_%V", cls);
    } else if (is_type(cls)) {
        name = str_format(t, "LP_%s", as(Type, cls)->name);
        if (!ref_is_null(ns)) dict_set(t, ref_borrow(ns), str_intern_cstr(t, "_type_"), cls);
    } else {
        err_set(t, E_TypeError, "must be a ctypes type");
    }
    if (!err_pending(t) && !ref_is_null(name) && !ref_is_null(ns) && !ref_is_null(bases))
        r = call3(t, type_value(&pointer_meta), ref_borrow(name), ref_borrow(bases), ref_borrow(ns));
    if (!ref_is_null(r) && is_str(cls)) {
        ref_drop(t, key);
        key = int_from_u64(t, (uint64_t)(uintptr_t)value_object(ref_borrow(r)));
    }
    if (!ref_is_null(r)) {
        Ref first = REF_NULL;
        if (dict_setdefault(t, slot_get(&pointer_cache), ref_borrow(key), ref_borrow(r), &first) >= 0 && !ref_is_null(first)) {
            ref_drop(t, r);
            r = first;
        }
    }
    ref_drop(t, key);
    ref_drop(t, bases);
    ref_drop(t, ns);
    ref_drop(t, name);
    return r;
}
static Ref m_pointer(Thread *t, Value m, const Value *a) {
    Value cls = type_value(type_of(a[0]));
    Ref type = m_pointer_type(t, m, &cls), r = ref_is_null(type) ? type : call1(t, ref_borrow(type), a[0]);
    ref_drop(t, type);
    return r;
}

/* ---- errno, libraries ------------------------------------------------------------------------------------------------------------------------------ */

static Ref m_get_errno(Thread *t, Value m, const Value *a) { return audit(t, "ctypes.get_errno", NULL, 0) < 0 ? REF_NULL : ref_small_int(ctypes_errno); }
static Ref m_set_errno(Thread *t, Value m, const Value *a) {
    int e, old = ctypes_errno;
    if (as_int(t, a[0], &e) < 0 || audit(t, "ctypes.set_errno", a, 1) < 0) return REF_NULL;
    ctypes_errno = e;
    return ref_small_int(old);
}
static Ref m_dlopen(Thread *t, Value m, const Value *a) {
    Ref keep = REF_NULL;
    const char *path = NULL;
    int mode = RTLD_NOW;
    if (!value_is_null(a[1]) && as_int(t, a[1], &mode) < 0) return REF_NULL;
    if (!value_is_none(a[0])) {
        path = str_fs(t, a[0], &keep);
        if (path == NULL) return REF_NULL;
    }
    if (audit(t, "ctypes.dlopen", a, 1) < 0) {
        ref_drop(t, keep);
        return REF_NULL;
    }
    void *h;
    char error[512] = "dlopen() error";
    DETACHED(t, {
        h = dlopen(path, mode | RTLD_NOW);
        const char *e = h == NULL ? dlerror() : NULL;
        if (e != NULL) snprintf(error, sizeof error, "%s", e);
    });
    ref_drop(t, keep);
    return h == NULL ? err_set(t, E_OSError, "%s", error) : int_from_u64(t, (uint64_t)(uintptr_t)h);
}
static Ref m_dlclose(Thread *t, Value m, const Value *a) {
    uint64_t h;
    if (!is_int(a[0])) return err_set(t, E_TypeError, "an integer is required");
    int_as_u64_mask(a[0], &h);
    int status;
    DETACHED(t, status = dlclose((void *)(uintptr_t)h));
    return status != 0 ? err_set(t, E_OSError, "%s", dlerror()) : REF_NONE;
}
static Ref m_dlsym(Thread *t, Value m, const Value *a) {
    if (!is_int(a[0])) return err_set(t, E_TypeError, "an integer is required");
    if (!is_str(a[1])) return err_set(t, E_TypeError, "dlsym() argument 2 must be str, not %T", a[1]);
    const char *name = str_utf8(t, a[1], NULL);
    void *p;
    if (name == NULL || audit(t, "ctypes.dlsym/handle", a, 2) < 0) return REF_NULL;
    Ref error = ctypes_symbol(t, a[0], name, &p);
    if (ref_is_null(error)) return err_pending(t) ? REF_NULL : int_from_u64(t, (uint64_t)(uintptr_t)p);
    err_set(t, E_OSError, "%V", ref_borrow(error));
    ref_drop(t, error);
    return REF_NULL;
}
static Ref call_address(Thread *t, const Value *a, int flags) {
    uint64_t p;
    if (!is_int(a[0])) return err_set(t, E_TypeError, "an integer is required");
    if (!is_tuple(a[1])) return err_set(t, E_TypeError, "argument 2 must be tuple, not %T", a[1]);
    int_as_u64_mask(a[0], &p);
    size_t n = tuple_size(a[1]);
    Value *args = mem_alloc((n + 1) * sizeof *args);
    if (args == NULL) return err_no_memory(t);
    for (size_t i = 0; i < n; i++) args[i] = tuple_get(a[1], i);
    Ref r = call_c(t, (void *)(uintptr_t)p, args, n, flags, VALUE_NULL, VALUE_NULL, VALUE_NULL);
    mem_free(args);
    return r;
}
static Ref m_call_function(Thread *t, Value m, const Value *a) { return call_address(t, a, 0); }
static Ref m_call_cdeclfunction(Thread *t, Value m, const Value *a) { return call_address(t, a, FUNC_CDECL); }

/* ---- the rest ---------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_unpickle(Thread *t, Value m, const Value *a) {
    if (!is_type(a[0]) || !is_tuple(a[1])) return err_set(t, E_TypeError, "_unpickle() takes a type and a tuple");
    Ref obj = call_method1(t, a[0], N(__new__), a[0]), f = ref_is_null(obj) ? obj : get_attr(t, ref_borrow(obj), N(__setstate__)), r = REF_NULL;
    if (!ref_is_null(f)) r = call_tuple_dict(t, ref_borrow(f), a[1], VALUE_NULL);
    ref_drop(t, f);
    if (ref_is_null(r)) {
        ref_drop(t, obj);
        return r;
    }
    ref_drop(t, r);
    return obj;
}
static Ref m_buffer_info(Thread *t, Value m, const Value *a) {
    Info *i = info_of_any(a[0]);
    if (i == NULL || !i->ready) return err_set(t, E_TypeError, "not a ctypes type or object");
    Ref shape = tuple_new_uninit(t, (size_t)i->ndim);
    for (int k = 0; !ref_is_null(shape) && k < i->ndim; k++) tuple_init_item(shape, (size_t)k, ref_small_int(i->shape[k]));
    Ref format = str_from_cstr(t, i->format == NULL ? "" : i->format), r = REF_NULL;
    if (!ref_is_null(shape) && !ref_is_null(format)) r = tuple_pack(t, 3, ref_borrow(format), small_int(i->ndim), ref_borrow(shape));
    ref_drop(t, format);
    ref_drop(t, shape);
    return r;
}
static Ref m_from_ptr(Thread *t, Value m, const Value *a) {
    Value v = {0};
    if (!is_int(a[0])) return err_set(t, E_TypeError, "an integer is required");
    int_as_u64_mask(a[0], &v.bits);
    return ref_new(t, v);
}
static Ref m_incref(Thread *t, Value m, const Value *a) {
    (void)ref_new(t, a[0]);
    return ref_new(t, a[0]);
}
static Ref m_decref(Thread *t, Value m, const Value *a) {
    Ref r = ref_new(t, a[0]);
    ref_drop(t, (Ref){ref_borrow(r).bits});
    return r;
}

/* What ctypes.cast, string_at and wstring_at call, as C functions that take and return objects (PyDLL's way: attached). */
static uint64_t c_string_at(const char *p, int n) {
    Thread *t = thread_current();
    return bytes_new(t, p, n < 0 ? strlen(p) : (size_t)n).bits;
}
static uint64_t c_wstring_at(const wchar_t *p, int n) {
    Thread *t = thread_current();
    return str_from_ucs4(t, (const uint32_t *)p, n < 0 ? wcslen(p) : (size_t)n).bits;
}
static uint64_t c_cast(void *p, uint64_t source, uint64_t ctype) {
    Thread *t = thread_current();
    Value src = {source}, cls = {ctype};
    Info *i = info_of_type(cls);
    bool pointer = i != NULL && (i->kind == CT_POINTER || i->kind == CT_FUNC || (i->code != NULL && strchr("PzZO", i->code->code) != NULL));
    if (!pointer) {
        if (is_type(cls)) err_set(t, E_TypeError, "cast() argument 2 must be a pointer type, not %s", as(Type, cls)->name);
        else err_set(t, E_TypeError, "cast() argument 2 must be a pointer type, not %T", cls);
        return 0;
    }
    Ref r = call0(t, cls);
    if (ref_is_null(r)) return 0;
    CData *c = as(CData, ref_borrow(r));
    if (is_cdata(src)) { /* the result keeps what the source keeps, and the source */
        CData *from = as(CData, src);
        Ref kept = cdata_kept(t, src), own = slot_ref(t, &from->keep);
        if (ref_is_none(own)) {
            ref_drop(t, own);
            own = dict_new(t);
            if (!ref_is_null(own)) slot_set(t, from, &from->keep, ref_new(t, ref_borrow(own)));
        }
        if (!ref_is_null(own) && is_exact(ref_borrow(own), &dict_type)) {
            Ref id = int_from_u64(t, (uint64_t)(uintptr_t)from);
            if (!ref_is_null(id)) dict_set(t, ref_borrow(own), ref_borrow(id), src);
            ref_drop(t, id);
        }
        slot_set(t, c, &c->keep, own);
        ref_drop(t, kept);
    }
    memcpy(c->ptr, &p, sizeof p);
    if (!err_pending(t)) return r.bits;
    ref_drop(t, r);
    return 0;
}

static NativeDef functions[] = {
    FN("get_errno", "!($module, /)", m_get_errno, NULL), FN("set_errno", "!($module, value, /)", m_set_errno, NULL),
    FN("POINTER", "!($module, type, /)", m_pointer_type, NULL), FN("pointer", "!($module, object, /)", m_pointer, NULL),
    FN("_unpickle", "!($module, type, state, /)", m_unpickle, NULL), FN("buffer_info", "!($module, object, /)", m_buffer_info, "Return buffer interface information"),
    FN_TUPLE("resize", "!($module, object, size, /)", m_resize, "Resize the memory buffer of a ctypes instance"),
    FN_TUPLE("dlopen", "!($module, name, flag=2, /)", m_dlopen, "dlopen(name, flag={RTLD_GLOBAL|RTLD_LOCAL}) open a shared library"),
    FN_TUPLE("dlclose", "!($module, handle, /)", m_dlclose, "dlclose a library"), FN_TUPLE("dlsym", "!($module, handle, name, /)", m_dlsym, "find symbol in shared library"),
    FN("alignment", "!($module, type, /)", m_alignment, "alignment(C type) -> integer\nalignment(C instance) -> integer\nReturn the alignment requirements of a C instance"),
    FN("sizeof", "!($module, type, /)", m_sizeof, "sizeof(C type) -> integer\nsizeof(C instance) -> integer\nReturn the size in bytes of a C instance"),
    FN_BARE("byref", "!($module, instance, offset=0, /)", m_byref, "byref(C instance[, offset=0]) -> byref-object\nReturn a pointer lookalike to a C instance, only usable\nas function argument"),
    FN("addressof", "!($module, instance, /)", m_addressof, "addressof(C instance) -> integer\nReturn the address of the C instance internal buffer"),
    FN("call_function", "!($module, address, arguments, /)", m_call_function, NULL), FN("call_cdeclfunction", "!($module, address, arguments, /)", m_call_cdeclfunction, NULL),
    FN_TUPLE("PyObj_FromPtr", "!($module, address, /)", m_from_ptr, NULL), FN("Py_INCREF", "!($module, object, /)", m_incref, NULL),
    FN("Py_DECREF", "!($module, object, /)", m_decref, NULL), FN_END,
};

int module_init__ctypes(Thread *t, Value module) {
    if (types_init_ctypes(t, module) < 0 || ctypes_api_init(t) < 0 || kit_module(t, module, (Type *const[]){NULL}, functions, "Create and manipulate C compatible data types in Python.") < 0) return -1;
    if (kit_exception_root(t, module, &argument_error, "ctypes", "ArgumentError", ETYPE(Exception)) < 0) return -1;
    const KitConstant constants[] = {{"FUNCFLAG_CDECL", FUNC_CDECL}, {"FUNCFLAG_USE_ERRNO", FUNC_USE_ERRNO}, {"FUNCFLAG_USE_LASTERROR", FUNC_USE_LASTERROR},
                                     {"FUNCFLAG_PYTHONAPI", FUNC_PYTHONAPI}, {"RTLD_LOCAL", RTLD_LOCAL}, {"RTLD_GLOBAL", RTLD_GLOBAL}, {"CTYPES_MAX_ARGCOUNT", 1024},
                                     {NULL, 0}};
    struct { const char *name; void *p; } addresses[] = {{"_memmove_addr", (void *)memmove}, {"_memset_addr", (void *)memset}, {"_string_at_addr", (void *)c_string_at},
                                                         {"_cast_addr", (void *)c_cast}, {"_wstring_at_addr", (void *)c_wstring_at}};
    if (kit_constants(t, module, constants) < 0) return -1;
    for (size_t i = 0; i < 5; i++)
        if (module_set_steal(t, module, addresses[i].name, int_from_u64(t, (uint64_t)(uintptr_t)addresses[i].p)) < 0) return -1;
    return module_set(t, module, "_pointer_type_cache", slot_get(&pointer_cache)) < 0 ? -1
        : module_add_cstr(t, module, "__version__", "1.1.0");
}
