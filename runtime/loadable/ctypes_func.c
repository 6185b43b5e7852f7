/* CFuncPtr: functions in libraries, at addresses, and Python functions that C may call. See ctypes.h.
 *
 * A callback's function object is published when it is made, since any thread may call it: one of ours, attached or (within a foreign call) detached, or one
 * that the runtime has never seen, which is adopted for the time of the call. */
#include "runtime/loadable/ctypes_meta.h"
#include <dlfcn.h>

typedef struct Callback {
    ffi_closure *closure;
    void *code;
    ffi_cif cif;
    Func *func;            /* not counted: C may call only as long as the function object lives */
    int flags;
    ffi_type *types[];
} Callback;

static Slot *func_slots(Func *f, int i) {
    Slot *slots[] = {&f->argtypes, &f->restype, &f->errcheck, &f->checker, &f->callable, &f->paramflags, &f->converters, &f->made_argtypes,
                     &f->made_restype};
    return slots[i];
}
#define FUNC_SLOTS 9
static void func_traverse(Object *o, VisitFn visit, void *arg) {
    cdata_traverse(o, visit, arg);
    for (int i = 0; i < FUNC_SLOTS; i++) slot_visit(func_slots((Func *)o, i), visit, arg);
}
static void func_clear(Thread *t, Object *o) {
    for (int i = 0; i < FUNC_SLOTS; i++) slot_set(t, o, func_slots((Func *)o, i), REF_NULL);
    cdata_clear(t, o);
}
static void func_destroy(Thread *t, Object *o) {
    Func *f = (Func *)o;
    if (f->callback != NULL) {
        ffi_closure_free(f->callback->closure);
        mem_free(f->callback);
    }
    func_clear(t, o);
    cdata_destroy(t, o);
}
static void *address_of(Value self) {
    void *p;
    memcpy(&p, as(CData, self)->ptr, sizeof p);
    return p;
}

/* ---- callbacks ------------------------------------------------------------------------------------------------------------------------------ */

static Ref argument(Thread *t, Value type, void *p) {
    Info *i = info_of_type(type);
    if (i == NULL) return err_set(t, E_TypeError, "cannot build parameter");
    if (i->code != NULL && is_plain_simple(type)) return simple_get(t, i, p);
    return cdata_copy(t, type, p);
}
/* The Python result where C looks for it: integers fill a whole word. */
static int give_result(Thread *t, Value restype, Value v, void *result) {
    Info *i = info_of_type(restype);
    Word w = {.u = 0};
    Ref keep = i->code->put(t, i->code, &w, v, i->size, false);
    if (ref_is_null(keep)) return -1;
    switch (i->code->code) {
    case 'f': case 'd': case 'g': memcpy(result, &w, i->size); break;
    default: {
        int shift = 64 - 8 * (int)i->size;
        ffi_arg whole = i->code->is_signed ? (ffi_arg)((int64_t)(w.u << shift) >> shift) : (ffi_arg)(w.u << shift >> shift);
        memcpy(result, &whole, sizeof whole);
    }
    }
    if (i->code->code == 'O') return 0; /* the caller gets the reference */
    int status = 0;
    if (!ref_is_none(keep)) status = warn(t, E_RuntimeWarning, 1, "memory leak in callback function."); /* and it is kept: C may go on using it */
    return status;
}
static void call_python(Thread *t, Callback *cb, void *result, void **args) {
    Ref func = ref_new(t, object_value(cb->func)), callable = slot_ref(t, &cb->func->callable), argtypes = slot_ref(t, &cb->func->made_argtypes);
    Value restype = slot_get(&cb->func->made_restype);
    size_t n = tuple_size(ref_borrow(argtypes)), made = 0;
    Ref outer = err_fetch(t), few[8], *values = n <= 8 ? few : mem_alloc(n * (sizeof(Ref) + sizeof(Value))), r = REF_NULL;
    Value few_plain[8], *plain = n <= 8 ? few_plain : (Value *)(values == NULL ? values : values + n);
    bool failed = values == NULL;
    if (failed) err_no_memory(t);
    for (; !failed && made < n; made++) {
        values[made] = argument(t, tuple_get(ref_borrow(argtypes), made), args[made]);
        plain[made] = ref_borrow(values[made]);
        failed = ref_is_null(values[made]);
    }
    if (cb->flags & FUNC_USE_ERRNO) errno_swap();
    if (!failed) r = call(t, ref_borrow(callable), plain, n, VALUE_NULL);
    if (cb->flags & FUNC_USE_ERRNO) errno_swap();
    if (ref_is_null(r)) err_unraisable(t, "on calling ctypes callback function", ref_borrow(callable));
    else if (!value_is_none(restype) && give_result(t, restype, ref_borrow(r), result) < 0)
        err_unraisable(t, "on converting result of ctypes callback function", ref_borrow(callable));
    ref_drop(t, r);
    for (size_t i = 0; i < made; i++) ref_drop(t, values[i]);
    if (values != few) mem_free(values);
    ref_drop(t, argtypes);
    ref_drop(t, callable);
    ref_drop(t, func);
    if (!ref_is_null(outer)) err_steal(t, outer);
}
static void closure_called(ffi_cif *cif, void *result, void **args, void *data) {
    Thread *t = thread_current();
    bool adopted = t == NULL, attached = t != NULL && ctypes_detached;
    if (cif->rtype != &ffi_type_void) memset(result, 0, cif->rtype->size < sizeof(ffi_arg) ? sizeof(ffi_arg) : cif->rtype->size);
    if (adopted) {
        t = thread_adopt();
        if (t == NULL) return; /* no memory; there is nobody to tell */
    } else if (attached) {
        ctypes_detached = false;
        thread_attach(t);
    }
    call_python(t, data, result, args);
    if (adopted) {
        thread_leave(t);
    } else if (attached) {
        thread_detach(t);
        ctypes_detached = true;
    }
}

static int make_callback(Thread *t, Func *f, Info *i, Value callable) {
    Value argtypes = slot_get(&i->argtypes), restype = slot_get(&i->restype);
    if (value_is_null(argtypes)) return err_int(err_set(t, E_TypeError, "cannot construct instance of this class: no argtypes"));
    if (value_is_null(restype)) restype = VALUE_NONE;
    size_t n = tuple_size(argtypes);
    Info *ri = info_of_type(restype);
    if (!value_is_none(restype) && (ri == NULL || ri->code == NULL)) return err_int(err_set(t, E_TypeError, "invalid result type for callback function"));
    int error = threads_begin(t); /* a thread of somebody else's may be the one that calls */
    if (error != 0) return err_int(err_errno(t, error, VALUE_NULL));
    Callback *cb = mem_zalloc(sizeof *cb + (n + 1) * sizeof(ffi_type *));
    if (cb == NULL) return err_int(err_no_memory(t));
    for (size_t k = 0; k < n; k++) cb->types[k] = ffi_of(t, tuple_get(argtypes, k));
    cb->closure = ffi_closure_alloc(sizeof(ffi_closure), &cb->code);
    cb->func = f;
    cb->flags = i->func_flags;
    if (cb->closure == NULL || ffi_prep_cif(&cb->cif, FFI_DEFAULT_ABI, (unsigned)n, ri == NULL ? &ffi_type_void : ri->ffi, cb->types) != FFI_OK ||
        ffi_prep_closure_loc(cb->closure, &cb->cif, closure_called, cb, cb->code) != FFI_OK) {
        if (cb->closure != NULL) ffi_closure_free(cb->closure);
        mem_free(cb);
        return err_int(err_set(t, E_RuntimeError, "ffi_prep_closure failed"));
    }
    f->callback = cb;
    memcpy(f->data.ptr, &cb->code, sizeof(void *));
    slot_set(t, f, &f->callable, ref_new(t, callable));
    slot_set(t, f, &f->argtypes, ref_new(t, argtypes));
    slot_set(t, f, &f->restype, ref_new(t, restype));
    slot_set(t, f, &f->made_argtypes, ref_new(t, argtypes));
    slot_set(t, f, &f->made_restype, ref_new(t, restype));
    publish(t, object_value(f));
    return 0;
}

/* ---- making ----------------------------------------------------------------------------------------------------------------------------------- */

/* The reason why there is no such symbol, or null and *out. */
Ref ctypes_symbol(Thread *t, Value handle, const char *name, void **out) {
    uint64_t h;
    int_as_u64_mask(handle, &h);
    dlerror();
    *out = dlsym((void *)(uintptr_t)h, name);
    if (*out != NULL || (*out = ctypes_api_find((void *)(uintptr_t)h, name)) != NULL) return REF_NULL;
    const char *e = dlerror();
    return str_from_cstr(t, e == NULL ? "symbol not found" : e);
}

static bool flag_item(Value item, int *flag) {
    int64_t n;
    if (!is_tuple(item) || tuple_size(item) < 1 || tuple_size(item) > 3 || !is_int(tuple_get(item, 0)) || int_try_i64(tuple_get(item, 0), &n) < 0) return false;
    if (tuple_size(item) > 1 && !is_str(tuple_get(item, 1)) && !value_is_none(tuple_get(item, 1))) return false;
    *flag = (int)n;
    return true;
}
static int check_paramflags(Thread *t, Info *i, Value flags) {
    Value argtypes = slot_get(&i->argtypes);
    if (value_is_null(argtypes)) return 0;
    if (!is_tuple(flags)) return err_int(err_set(t, E_TypeError, "paramflags must be a tuple or None"));
    if (tuple_size(flags) != tuple_size(argtypes)) return err_int(err_set(t, E_ValueError, "paramflags must have the same length as argtypes"));
    for (size_t k = 0; k < tuple_size(flags); k++) {
        int flag;
        if (!flag_item(tuple_get(flags, k), &flag)) return err_int(err_set(t, E_TypeError, "paramflags must be a sequence of (int [,string [,value]]) tuples"));
        Value type = tuple_get(argtypes, k);
        switch (flag & 7) {
        case 0: case 1: case 3: case 5: break;
        case 2: {
            Info *ti = info_of_type(type);
            bool pointer = ti != NULL && (ti->kind == CT_POINTER || ti->kind == CT_ARRAY || (ti->code != NULL && strchr("PzZ", ti->code->code) != NULL));
            if (!pointer) return err_int(err_set(t, E_TypeError, "'out' parameter %zu must be a pointer type, not %s", k + 1, is_type(type) ? as(Type, type)->name : type_of(type)->name));
            break;
        }
        default: return err_int(err_set(t, E_TypeError, "paramflag value %d not supported", flag));
        }
    }
    return 0;
}

static Func *func_alloc(Thread *t, Value cls) {
    CData *c = cdata_new(t, as(Type, cls));
    return (Func *)c;
}
static Ref func_from_dll(Thread *t, Value cls, const Value *args, size_t nargs) {
    Info *i = info_of_type(cls);
    Value pair = args[0], flags = nargs > 1 ? args[1] : VALUE_NONE;
    if (tuple_size(pair) != 2) return err_set(t, E_TypeError, "tuple argument must have two items");
    Value name = tuple_get(pair, 0), dll = tuple_get(pair, 1);
    const char *text = NULL;
    if (is_str(name)) text = str_utf8(t, name, NULL);
    else if (is_bytes(name)) text = (const char *)bytes_data(name);
    else return err_set(t, E_TypeError, "function name must be string, bytes object or integer");
    if (err_pending(t)) return REF_NULL;
    Ref handle = get_attr_cstr(t, dll, "_handle"), error = REF_NULL;
    if (ref_is_null(handle)) return handle;
    void *p = NULL;
    if (!is_int(ref_borrow(handle))) err_set(t, E_TypeError, "the _handle attribute of the second argument must be an integer");

    else error = ctypes_symbol(t, ref_borrow(handle), text, &p);
    ref_drop(t, handle);
    if (!ref_is_null(error)) {
        err_set(t, E_AttributeError, "%V", ref_borrow(error));
        ref_drop(t, error);
    }
    if (err_pending(t) || (!value_is_none(flags) && check_paramflags(t, i, flags) < 0)) return REF_NULL;
    Func *f = func_alloc(t, cls);
    if (f == NULL) return REF_NULL;
    if (!value_is_none(flags)) slot_set(t, f, &f->paramflags, ref_new(t, flags));
    memcpy(f->data.ptr, &p, sizeof p);
    if (cdata_keep(t, object_value(f), 0, ref_new(t, dll)) == 0) return ref_steal(f);
    ref_drop(t, ref_steal(f));
    return REF_NULL;
}
static Ref func_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Info *i = info_of_type(cls);
    if (i == NULL || !i->ready) return err_set(t, E_TypeError, "abstract class");
    if (nargs > 0 && is_tuple(args[0])) return func_from_dll(t, cls, args, nargs);
    if (nargs > 1) return err_set(t, E_TypeError, "function takes exactly 1 argument (%zu given)", nargs);
    if (nargs == 1 && !is_int(args[0]) && !is_callable(args[0])) return err_set(t, E_TypeError, "argument must be callable or integer function address");
    Func *f = func_alloc(t, cls);
    if (f == NULL || nargs == 0) return f == NULL ? REF_NULL : ref_steal(f);
    if (is_int(args[0])) {
        uint64_t p;
        int_as_u64_mask(args[0], &p);
        memcpy(f->data.ptr, &p, sizeof p);
    } else if (make_callback(t, f, i, args[0]) < 0) {
        ref_drop(t, ref_steal(f));
        return REF_NULL;
    }
    return ref_steal(f);
}
static int func_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return 0; }

/* ---- calling ------------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Outs { uint32_t in_out, out; int count; } Outs; /* by bits: parameters that are results as well, or only */

static Ref keyword(Thread *t, Value name, const Value *args, size_t nargs, Value kwnames) {
    for (size_t k = 0; !value_is_null(kwnames) && k < tuple_size(kwnames); k++)
        if (values_equal(t, tuple_get(kwnames, k), name) == 1) return ref_new(t, args[nargs + k]);
    return REF_NULL;
}
/* The value of an `in` parameter: given by position or name, or the default */
static Ref in_argument(Thread *t, size_t *index, Value name, Value dflt, const Value *args, size_t nargs, Value kwnames) {
    if (*index < nargs) return ref_new(t, args[(*index)++]);
    if (!value_is_null(name)) {
        Ref v = keyword(t, name, args, nargs, kwnames);
        if (!ref_is_null(v)) {
            (*index)++;
            return v;
        }
    }
    if (!value_is_null(dflt)) return ref_new(t, dflt);
    return value_is_null(name) ? err_set(t, E_TypeError, "not enough arguments") : err_set(t, E_TypeError, "required argument '%V' missing", name);
}
static Ref out_argument(Thread *t, Value type) {
    Info *i = info_of_type(type);
    Value proto = i == NULL ? VALUE_NULL : slot_get(&i->proto);
    if (i == NULL || (i->kind != CT_SIMPLE && i->kind != CT_ARRAY && value_is_null(proto))) /* argtypes were set later */
        return err_set(t, E_TypeError, "'out' parameter must be a pointer type, not %s", is_type(type) ? as(Type, type)->name : type_of(type)->name);
    if (i->kind == CT_SIMPLE) return err_set(t, E_TypeError, "%s 'out' parameter must be passed as default value", as(Type, type)->name);
    return call0(t, i->kind == CT_ARRAY ? type : proto);
}
static Ref arguments(Thread *t, Value flags, Value argtypes, const Value *args, size_t nargs, Value kwnames, Outs *outs) {
    size_t n = tuple_size(argtypes), index = 0, nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
    if (tuple_size(flags) != n) return err_set(t, E_ValueError, "paramflags must have the same length as argtypes"); /* which were set later */
    Ref all = list_new(t, n);
    for (size_t k = 0; !ref_is_null(all) && !err_pending(t) && k < n; k++) {
        Value item = tuple_get(flags, k), name = tuple_size(item) > 1 && !value_is_none(tuple_get(item, 1)) ? tuple_get(item, 1) : VALUE_NULL;
        Value dflt = tuple_size(item) > 2 ? tuple_get(item, 2) : VALUE_NULL;
        int flag = 0;
        flag_item(item, &flag);
        Ref v = REF_NULL;
        switch (flag & 7) {
        case 5: v = value_is_null(dflt) ? ref_small_int(0) : ref_new(t, dflt); break;
        case 2:
            outs->out |= k < 32 ? 1u << k : 0;
            outs->count++;
            v = value_is_null(dflt) ? out_argument(t, tuple_get(argtypes, k)) : ref_new(t, dflt);
            break;
        case 3:
            outs->in_out |= k < 32 ? 1u << k : 0;
            outs->count++;
            /* fall through */
        default: v = in_argument(t, &index, name, dflt, args, nargs, kwnames);
        }
        if (!ref_is_null(v)) list_append_steal(t, ref_borrow(all), v);
    }
    if (!err_pending(t) && nargs + nkw != index) err_set(t, E_TypeError, "call takes exactly %zu arguments (%zu given)", index, nargs + nkw);
    Ref tuple = err_pending(t) ? REF_NULL : list_to_tuple(t, ref_borrow(all));
    ref_drop(t, all);
    return tuple;
}
/* What the caller sees: the function's result, or its `out` parameters. r is consumed. */
static Ref results(Thread *t, Ref r, Value args, const Outs *outs) {
    if (ref_is_null(r) || outs->count == 0) return r;
    ref_drop(t, r);
    Ref list = list_new(t, (size_t)outs->count);
    for (size_t k = 0; !ref_is_null(list) && k < 32; k++) {
        Ref v;
        if (outs->in_out >> k & 1) v = ref_new(t, tuple_get(args, k));
        else if (outs->out >> k & 1) v = call_method0(t, tuple_get(args, k), str_intern_cstr(t, "__ctypes_from_outparam__"));
        else continue;
        if (ref_is_null(v) || list_append_steal(t, ref_borrow(list), v) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    if (ref_is_null(list)) return list;
    Ref all = outs->count == 1 ? ref_new(t, list_get(ref_borrow(list), 0)) : list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    return all;
}

static Ref either(Thread *t, const Slot *own, const Slot *of_class) {
    Ref r = slot_ref(t, own);
    return ref_is_null(r) ? slot_ref(t, of_class) : r;
}
static Ref func_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Func *f = as(Func, self);
    Info *i = info_of(self);
    Ref restype = either(t, &f->restype, &i->restype), argtypes = either(t, &f->argtypes, &i->argtypes);
    Ref checker = value_is_null(slot_get(&f->restype)) ? slot_ref(t, &i->checker) : slot_ref(t, &f->checker);
    Ref flags = slot_ref(t, &f->paramflags), errcheck = slot_ref(t, &f->errcheck), tuple = REF_NULL, r = REF_NULL;
    Outs outs = {0};
    const Value *call_args = args;
    size_t n = nargs;
    Value *unpacked = NULL;
    if (ref_is_null(argtypes) || ref_is_null(flags) || tuple_size(ref_borrow(argtypes)) == 0) {
        if (!value_is_null(kwnames) && tuple_size(kwnames) > 0 && !ref_is_null(flags)) err_set(t, E_TypeError, "call takes no keyword arguments");
    } else {
        tuple = arguments(t, ref_borrow(flags), ref_borrow(argtypes), args, nargs, kwnames, &outs);
        n = ref_is_null(tuple) ? 0 : tuple_size(ref_borrow(tuple));
        unpacked = mem_alloc((n + 1) * sizeof *unpacked);
        for (size_t k = 0; unpacked != NULL && k < n; k++) unpacked[k] = tuple_get(ref_borrow(tuple), k);
        call_args = unpacked;
        if (unpacked == NULL) err_no_memory(t);
    }
    if (!err_pending(t) && !ref_is_null(argtypes)) {
        size_t required = tuple_size(ref_borrow(argtypes));
        if (i->func_flags & FUNC_CDECL ? n < required : n != required)
            err_set(t, E_TypeError, "this function takes %s%zu argument%s (%zu given)", i->func_flags & FUNC_CDECL ? "at least " : "", required, required == 1 ? "" : "s", n);
    }
    if (!err_pending(t)) {
        void *p = address_of(self);
        r = call_c(t, p, call_args, n, i->func_flags, ref_borrow(argtypes), ref_borrow(restype), ref_borrow(checker));
    }
    if (!ref_is_null(r) && !ref_is_null(errcheck)) {
        if (ref_is_null(tuple)) tuple = tuple_from_array(t, args, nargs);
        Ref checked = ref_is_null(tuple) ? tuple : call3(t, ref_borrow(errcheck), ref_borrow(r), self, ref_borrow(tuple));
        if (ref_is_null(checked) || !value_is(ref_borrow(checked), ref_borrow(tuple))) { /* the arguments themselves mean: go on as usual */
            ref_drop(t, r);
            r = checked;
            outs.count = 0;
        } else {
            ref_drop(t, checked);
        }
    }
    r = results(t, r, ref_borrow(tuple), &outs);
    mem_free(unpacked);
    ref_drop(t, tuple);
    ref_drop(t, errcheck);
    ref_drop(t, flags);
    ref_drop(t, checker);
    ref_drop(t, argtypes);
    ref_drop(t, restype);
    return r;
}

/* ---- attributes ---------------------------------------------------------------------------------------------------------------------------------- */

static Ref get_errcheck(Thread *t, Value self, void *closure) {
    Ref r = slot_ref(t, &as(Func, self)->errcheck);
    return ref_is_null(r) ? REF_NONE : r;
}
static int set_errcheck(Thread *t, Value self, Value v, void *closure) {
    if (!value_is_null(v) && !is_callable(v)) return err_int(err_set(t, E_TypeError, "the errcheck attribute must be callable"));
    slot_set(t, value_object(self), &as(Func, self)->errcheck, value_is_null(v) ? REF_NULL : ref_new(t, v));
    return 0;
}
static Ref get_restype(Thread *t, Value self, void *closure) {
    Func *f = as(Func, self);
    Info *i = info_of(self);
    Ref r = either(t, &f->restype, &i->restype);
    return ref_is_null(r) ? REF_NONE : r;
}
static int set_restype(Thread *t, Value self, Value v, void *closure) {
    Func *f = as(Func, self);
    if (value_is_null(v)) {
        slot_set(t, f, &f->restype, REF_NULL);
        slot_set(t, f, &f->checker, REF_NULL);
        return 0;
    }
    if (!value_is_none(v) && info_of_type(v) == NULL && !is_callable(v)) return err_int(err_set(t, E_TypeError, "restype must be a type, a callable, or None"));
    Ref checker = get_attr_opt(t, v, str_intern_cstr(t, "_check_retval_"));
    if (ref_is_null(checker) && err_pending(t)) return -1;
    slot_set(t, f, &f->checker, checker);
    slot_set(t, f, &f->restype, ref_new(t, v));
    return 0;
}
static Ref get_argtypes(Thread *t, Value self, void *closure) {
    Func *f = as(Func, self);
    Info *i = info_of(self);
    Ref r = slot_ref(t, &f->converters);
    if (ref_is_null(r)) r = either(t, &f->argtypes, &i->argtypes);
    return ref_is_null(r) ? REF_NONE : r;
}
static int set_argtypes(Thread *t, Value self, Value v, void *closure) {
    Func *f = as(Func, self);
    if (value_is_null(v) || value_is_none(v)) {
        slot_set(t, f, &f->argtypes, REF_NULL);
        slot_set(t, f, &f->converters, REF_NULL);
        return 0;
    }
    Ref tuple = ctypes_argtypes(t, v);
    if (ref_is_null(tuple)) return -1;
    slot_set(t, f, &f->argtypes, tuple);
    slot_set(t, f, &f->converters, ref_new(t, v)); /* as it was given: that is what is shown */
    return 0;
}
static Ref func_repr(Thread *t, Value self) {
    char address[32];
    snprintf(address, sizeof address, "%p", (void *)value_object(self));
    return str_format(t, "<%s object at %s>", type_of(self)->name, address);
}
static int func_bool(Thread *t, Value self) { return address_of(self) != NULL; }
static const GetSetDef func_getset[] = {{"errcheck", get_errcheck, set_errcheck, "a function to check for errors"},
                                        {"restype", get_restype, set_restype, "specify the result type"},
                                        {"argtypes", get_argtypes, set_argtypes, "specify the argument types"}, {NULL}};
CType func_base = {.type = {.head = {.base = OBJECT_STATIC(&func_meta), .flags = TYPE_CONTAINER | TYPE_BASETYPE, .size = sizeof(Func), .traverse = func_traverse,
                                     .clear = func_clear, .destroy = func_destroy},
                            .name = "_ctypes.CFuncPtr", .doc = "Function Pointer", .base = &cdata_type, .new_ = func_new, .init = func_init, .call = func_call,
                            .repr = func_repr, .bool_ = func_bool, .getset = func_getset},
                   .info = {.kind = CT_FUNC}};
