/* Calling C functions: arguments to C, results from it, errno. See ctypes.h. */
#include "runtime/loadable/ctypes_meta.h"
#include <errno.h>

_Thread_local bool ctypes_detached;
_Thread_local int ctypes_errno; /* each thread's copy of errno, for functions with use_errno */
void errno_swap(void) {
    int e = errno;
    errno = ctypes_errno;
    ctypes_errno = e;
}

/* ---- CArgObject --------------------------------------------------------------------------------------------------------------------- */

static void param_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Param *)o)->keep, visit, arg); }
static void param_drop(Thread *t, Object *o) { ref_drop(t, slot_take(t, o, &((Param *)o)->keep)); }
Param *param_new(Thread *t, char tag, ffi_type *ffi) {
    Param *p = object_new(Param, t, &param_type);
    if (p == NULL) return NULL;
    p->tag = tag;
    p->ffi = ffi;
    return p;
}
static Ref param_repr(Thread *t, Value self) {
    Param *p = as(Param, self);
    char text[64];
    switch (p->tag) {
    case 'b': case 'B': snprintf(text, sizeof text, "(%d)", p->value.b); break;
    case 'h': case 'H': snprintf(text, sizeof text, "(%d)", p->value.h); break;
    case 'i': case 'I': snprintf(text, sizeof text, "(%d)", p->value.i); break;
    case 'l': case 'L': snprintf(text, sizeof text, "(%ld)", p->value.l); break;
    case 'q': case 'Q': snprintf(text, sizeof text, "(%lld)", p->value.q); break;
    case 'd': case 'f': {
        Ref f = float_new(t, p->tag == 'd' ? p->value.d : (double)p->value.f);
        Ref r = str_format(t, "<cparam '%c' (%R)>", p->tag, ref_borrow(f));
        ref_drop(t, f);
        return r;
    }
    case 'c': {
        unsigned char c = (unsigned char)p->value.c;
        if (c >= 32 && c < 127 && c != '\'' && c != '\\') snprintf(text, sizeof text, "('%c')", c);
        else snprintf(text, sizeof text, "('\\x%02x')", c);
        break;
    }
    case 'z': case 'Z': case 'P': snprintf(text, sizeof text, "(0x%lx)", (unsigned long)(uintptr_t)p->value.p); break;
    default:
        snprintf(text, sizeof text, "%p", (void *)p);
        return str_format(t, p->tag >= 32 && p->tag < 127 ? "<cparam '%c' at %s>" : "<cparam %x at %s>", p->tag, text);
    }
    return str_format(t, "<cparam '%c' %s>", p->tag, text);
}
static const MemberDef param_members[] = {{"_obj", MEMBER_SLOT, offsetof(Param, keep), true, "the wrapped object"}, {NULL}};
Type param_type = {
    TYPE_HEADER(Param, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, param_traverse, NULL, param_drop), .name = "CArgObject", .repr = param_repr, .members = param_members,
};

/* ---- arguments -------------------------------------------------------------------------------------------------------------------------- */

typedef struct Arg { Word value; void *where; ffi_type *ffi; Ref keep; void *owned; } Arg; /* where: what libffi gets; owned: mem_free after the call */

static int convert_data(Thread *t, Value v, Arg *a) {
    CData *c = as(CData, v);
    Info *i = info_of(v);
    a->keep = ref_new(t, v);
    switch (i->kind) {
    case CT_SIMPLE:
        a->ffi = i->ffi;
        memcpy(&a->value, c->ptr, i->size <= sizeof a->value ? i->size : sizeof a->value);
        return 0;
    case CT_STRUCT: case CT_UNION: /* by value: a copy, since the call may run Python that changes the original */
        a->ffi = i->ffi;
        a->owned = mem_alloc(c->size ? c->size : 1);
        if (a->owned == NULL) return err_int(err_no_memory(t));
        memcpy(a->owned, c->ptr, i->size);
        a->where = a->owned;
        return 0;
    case CT_ARRAY:
        a->ffi = &ffi_type_pointer;
        a->value.p = c->ptr;
        return 0;
    default:
        a->ffi = &ffi_type_pointer;
        memcpy(&a->value.p, c->ptr, sizeof(void *));
        return 0;
    }
}
static int convert(Thread *t, Value v, size_t index, Arg *a) {
    a->where = &a->value;
    if (is_exact(v, &param_type)) {
        Param *p = as(Param, v);
        a->ffi = p->ffi;
        a->value = p->value;
        a->keep = ref_new(t, v);
        if (p->tag == 'V') a->where = p->value.p;
        return 0;
    }
    if (is_cdata(v)) return convert_data(t, v, a);
    if (value_is_none(v)) {
        a->ffi = &ffi_type_pointer;
        a->value.p = NULL;
        return 0;
    }
    if (is_int(v)) {
        int64_t n;
        uint64_t u;
        if (int_try_i64(v, &n) == 0) u = (uint64_t)n;
        else if (int_try_u64(v, &u) < 0) return err_int(err_set(t, E_OverflowError, "int too long to convert"));
        a->ffi = &ffi_type_sint;
        a->value.u = 0;
        a->value.i = (int)u;
        return 0;
    }
    if (is_bytes(v)) {
        a->ffi = &ffi_type_pointer;
        a->value.p = bytes_data(v);
        a->keep = ref_new(t, v);
        return 0;
    }
    if (is_str(v)) {
        const Code *z = code_find('Z');
        a->ffi = &ffi_type_pointer;
        a->keep = z->put(t, z, &a->value.p, v, 0, false);
        return ref_is_null(a->keep) ? -1 : 0;
    }
    Ref inner = get_attr_opt(t, v, str_intern_cstr(t, "_as_parameter_"));
    if (ref_is_null(inner)) return err_pending(t) ? -1 : err_int(err_set(t, E_TypeError, "Don't know how to convert parameter %zu", index));
    int status = -1;
    if (recursion_enter(t, " while processing _as_parameter_") == 0) {
        status = convert(t, ref_borrow(inner), index, a);
        recursion_leave(t);
    }
    if (status == 0 && ref_is_null(a->keep)) a->keep = inner;
    else ref_drop(t, inner);
    return status;
}
/* ArgumentError "argument N: TypeError: …" in place of the exception in flight */
static void argument_failed(Thread *t, size_t index) {
    Ref e = err_fetch(t);
    if (ref_is_null(e)) return;
    Ref name = type_name(t, type_of(ref_borrow(e))), text = object_str(t, ref_borrow(e)), message = REF_NULL;
    if (!ref_is_null(name) && !ref_is_null(text)) message = str_format(t, "argument %zu: %V: %V", index, ref_borrow(name), ref_borrow(text));
    ref_drop(t, text);
    ref_drop(t, name);
    ref_drop(t, e);
    if (ref_is_null(message)) return;
    err_clear(t);
    Ref raised = call1(t, slot_get(&argument_error), ref_borrow(message));
    if (!ref_is_null(raised)) err_object(t, ref_borrow(raised));
    ref_drop(t, raised);
    ref_drop(t, message);
}

/* ---- results ------------------------------------------------------------------------------------------------------------------------------- */

ffi_type *ffi_of(Thread *t, Value type) {
    Info *i = info_of_type(type);
    return i == NULL ? &ffi_type_sint : i->ffi;
}
static Ref result_value(Thread *t, Value restype, void *result) {
    if (value_is_null(restype)) return ref_small_int(*(int *)result);
    if (value_is_none(restype)) return REF_NONE;
    Info *i = info_of_type(restype);
    if (i == NULL) return call1(t, restype, small_int(*(int *)result));
    if (i->code != NULL && is_plain_simple(restype)) {
        if (i->code->code != 'O') return simple_get(t, i, result);
        Value v;
        memcpy(&v, result, sizeof v); /* the reference is ours */
        return value_is_null(v) ? err_pending(t) ? REF_NULL : err_set(t, E_ValueError, "PyObject is NULL") : (Ref){v.bits};
    }
    return cdata_copy(t, restype, result);
}

static void do_call(Thread *t, ffi_cif *cif, void (*f)(void), void *result, void **values, int flags) {
    if (flags & FUNC_PYTHONAPI) {
        if (flags & FUNC_USE_ERRNO) errno_swap();
        ffi_call(cif, f, result, values);
        if (flags & FUNC_USE_ERRNO) errno_swap();
        return;
    }
    bool outer = ctypes_detached;
    thread_detach(t);
    ctypes_detached = true;
    if (flags & FUNC_USE_ERRNO) errno_swap();
    ffi_call(cif, f, result, values);
    if (flags & FUNC_USE_ERRNO) errno_swap();
    ctypes_detached = outer;
    thread_attach(t);
}

/* argtype.from_param(v). Nearly always that is the metaclass's own method, which then needs no bound method. */
static Ref call_from_param(Thread *t, Value argtype, Value name, Value v) {
    Type *meta = type_of(argtype);
    if (is_type(argtype) && meta->getattro == type_type.getattro && value_is_null(type_lookup(t, as(Type, argtype), name))) {
        Value method = type_lookup(t, meta, name);
        if (!value_is_null(method) && type_flag(type_of(method), TYPE_METHOD)) {
            Ref hold = ref_new(t, method), r = call(t, ref_borrow(hold), (Value[]){argtype, v}, 2, VALUE_NULL);
            ref_drop(t, hold);
            return r;
        }
    }
    return call_method1(t, argtype, name, v);
}

Ref call_c(Thread *t, void *f, const Value *args, size_t nargs, int flags, Value argtypes, Value restype, Value checker) {
    if (nargs > MAX_ARGS) {
        Ref text = str_format(t, "too many arguments (%zu), maximum is %d", nargs, MAX_ARGS), e = ref_is_null(text) ? text : call1(t, slot_get(&argument_error), ref_borrow(text));
        if (!ref_is_null(e)) err_object(t, ref_borrow(e));
        ref_drop(t, e);
        ref_drop(t, text);
        return REF_NULL;
    }
    Arg few[8], *a = nargs <= 8 ? few : mem_alloc(nargs * sizeof *a);
    if (a == NULL) return err_no_memory(t);
    memset((void *)a, 0, nargs * sizeof *a);
    size_t typed = value_is_null(argtypes) ? 0 : tuple_size(argtypes), n = 0;
    Value from_param = typed > 0 ? str_intern_cstr(t, "from_param") : VALUE_NULL;
    int status = 0;
    for (; n < nargs && status == 0; n++) {
        Ref made = REF_NULL;
        if (n < typed) {
            made = call_from_param(t, tuple_get(argtypes, n), from_param, args[n]);
            status = ref_is_null(made) ? -1 : 0;
        }
        if (status == 0) status = convert(t, n < typed ? ref_borrow(made) : args[n], n + 1, &a[n]);
        if (status == 0 && ref_is_null(a[n].keep)) a[n].keep = made;
        else ref_drop(t, made);
        if (status < 0) argument_failed(t, n + 1);
    }
    Ref r = REF_NULL;
    if (status == 0) {
        ffi_type *few_types[8], **types = nargs <= 8 ? few_types : mem_alloc(2 * nargs * sizeof *types);
        void *few_values[8], **values = nargs <= 8 ? few_values : (void **)(types + (types == NULL ? 0 : nargs));
        ffi_type *result_type = value_is_null(restype) ? &ffi_type_sint : value_is_none(restype) ? &ffi_type_void : ffi_of(t, restype);
        size_t room = result_type->size < 16 ? 16 : result_type->size;
        _Alignas(16) char small[64];
        char *result = room <= sizeof small ? small : mem_alloc(room);
        ffi_cif cif;
        if (types == NULL || result == NULL) {
            err_no_memory(t);
        } else {
            memset(result, 0, room);
            for (size_t i = 0; i < nargs; i++) {
                types[i] = a[i].ffi;
                values[i] = a[i].where;
            }
            if (ffi_prep_cif(&cif, FFI_DEFAULT_ABI, (unsigned)nargs, result_type, types) != FFI_OK) {
                err_set(t, E_RuntimeError, "ffi_prep_cif failed");
            } else {
                do_call(t, &cif, (void (*)(void))f, result, values, flags);
                if (!((flags & FUNC_PYTHONAPI) && err_pending(t))) r = result_value(t, restype, result);
                if (!ref_is_null(r) && !value_is_null(checker)) {
                    Ref checked = call1(t, checker, ref_borrow(r));
                    ref_drop(t, r);
                    r = checked;
                }
            }
        }
        if (result != small) mem_free(result);
        if (types != few_types) mem_free(types);
    }
    for (size_t i = 0; i < n; i++) {
        ref_drop(t, a[i].keep);
        mem_free(a[i].owned);
    }
    if (a != few) mem_free(a);
    return r;
}
