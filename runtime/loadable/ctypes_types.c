/* What all ctypes classes and instances have: memory, what keeps it alive, the metaclasses' constructors, buffers, pickling. See ctypes.h. */
#include "runtime/loadable/ctypes_meta.h"

Slot argument_error, pointer_cache;
static Slot array_cache; /* {(item type, length): array type} */

/* ---- classes ------------------------------------------------------------------------------------------------------------------------------ */

Info *info_of_type(Value type) {
    if (!is_type(type) || !type_is_subtype(as(Type, type), &cdata_type)) return NULL;
    Type *meta = object_type_of(value_object(type));
    if (!type_is_subtype(meta, &simple_meta) && !type_is_subtype(meta, &struct_meta) && !type_is_subtype(meta, &union_meta) && !type_is_subtype(meta, &array_meta) &&
        !type_is_subtype(meta, &pointer_meta) && !type_is_subtype(meta, &func_meta))
        return NULL;
    return &as(CType, type)->info;
}

void ctypes_meta_traverse(Object *o, VisitFn visit, void *arg) {
    Info *i = &((CType *)o)->info;
    type_traverse(o, visit, arg);
    slot_visit(&i->proto, visit, arg);
    slot_visit(&i->argtypes, visit, arg);
    slot_visit(&i->restype, visit, arg);
    slot_visit(&i->checker, visit, arg);
}
void ctypes_meta_clear(Thread *t, Object *o) {
    Info *i = &((CType *)o)->info;
    Slot *slots[] = {&i->proto, &i->argtypes, &i->restype, &i->checker};
    for (int k = 0; k < 4; k++) slot_set(t, o, slots[k], REF_NULL);
    type_clear(t, o);
}
void ctypes_meta_destroy(Thread *t, Object *o) {
    Info *i = &((CType *)o)->info;
    Slot *slots[] = {&i->proto, &i->argtypes, &i->restype, &i->checker};
    for (int k = 0; k < 4; k++) slot_set(t, o, slots[k], REF_NULL);
    mem_free(i->format);
    mem_free(i->shape);
    if (i->ffi == &i->own_ffi) mem_free(i->own_ffi.elements);
    type_destroy(t, o);
}

Ref meta_new(Thread *t, Value meta, const Value *args, size_t nargs, Value kwnames) { return type_new_slot(t, meta, args, nargs, kwnames); }

int info_set_format(Thread *t, Info *info, const char *prefix, const char *rest) {
    size_t a = strlen(prefix), b = strlen(rest);
    char *s = mem_alloc(a + b + 1);
    if (s == NULL) return err_int(err_no_memory(t));
    memcpy(s, prefix, a);
    memcpy(s + a, rest, b + 1);
    mem_free(info->format);
    info->format = s;
    return 0;
}
/* What a derived class takes over from its base; format and shape are copied. */
static int inherit(Thread *t, CType *c, const Info *base) {
    Info *i = &c->info;
    i->kind = base->kind;
    i->ready = base->ready;
    i->swapped = base->swapped;
    store_relaxed(&i->x_flags, load_relaxed(&((Info *)base)->x_flags) & ~CT_FINAL);
    i->size = base->size;
    i->align = base->align;
    i->length = base->length;
    i->ffi = base->ffi; /* the base lives as long */
    i->code = base->code;
    i->func_flags = base->func_flags;
    i->ndim = base->ndim;
    const Slot *from[] = {&base->proto, &base->argtypes, &base->restype, &base->checker};
    Slot *to[] = {&i->proto, &i->argtypes, &i->restype, &i->checker};
    for (int k = 0; k < 4; k++) slot_set(t, c, to[k], slot_ref(t, from[k]));
    if (base->ndim > 0) {
        i->shape = mem_alloc((size_t)base->ndim * sizeof *i->shape);
        if (i->shape == NULL) return err_int(err_no_memory(t));
        memcpy(i->shape, base->shape, (size_t)base->ndim * sizeof *i->shape);
    }
    return base->format == NULL ? 0 : info_set_format(t, i, "", base->format);
}
/* The class's base among the ctypes classes, or null. */
static Info *base_info(Value cls) {
    Type *base = as(Type, cls)->base;
    return base == NULL ? NULL : info_of_type(type_value(base));
}

static Ref struct_meta_new(Thread *t, Value meta, const Value *args, size_t nargs, Value kwnames) {
    Ref cls = meta_new(t, meta, args, nargs, kwnames);
    if (ref_is_null(cls)) return cls;
    CType *c = as(CType, ref_borrow(cls));
    Info *base = base_info(ref_borrow(cls));
    bool ok = base == NULL || inherit(t, c, base) == 0;
    c->info.kind = type_is_subtype(as(Type, meta), &union_meta) ? CT_UNION : CT_STRUCT;
    if (ok && dict_contains(t, slot_get(&c->type.dict), str_intern_cstr(t, "_abstract_")) == 1) {
        c->info.ready = false;
        return cls;
    }
    if (ok && base != NULL) or_acq_rel(&base->x_flags, CT_FINAL);
    if (ok && !c->info.ready) {
        c->info.ready = true;
        c->info.align = 1;
        c->info.own_ffi = (ffi_type){.type = FFI_TYPE_STRUCT, .alignment = 1};
        c->info.ffi = &ffi_type_void; /* until there are fields */
        ok = info_set_format(t, &c->info, "", "B") == 0;
    }
    Value name = str_intern_cstr(t, "_fields_");
    if (ok && dict_contains(t, slot_get(&c->type.dict), name) == 1) {
        Ref fields = ref_new(t, dict_get(t, slot_get(&c->type.dict), name));
        ok = set_attr(t, ref_borrow(cls), name, ref_borrow(fields)) == 0;
        ref_drop(t, fields);
    }
    if (ok) return cls;
    ref_drop(t, cls);
    return REF_NULL;
}

static Ref array_meta_new(Thread *t, Value meta, const Value *args, size_t nargs, Value kwnames) {
    Ref cls = meta_new(t, meta, args, nargs, kwnames), length = REF_NULL, item = REF_NULL;
    if (ref_is_null(cls)) return cls;
    CType *c = as(CType, ref_borrow(cls));
    Info *i = &c->info, *of;
    i->kind = CT_ARRAY;
    int64_t n;
    if (c->type.base == &cdata_type) return cls;
    length = get_attr_opt(t, ref_borrow(cls), str_intern_cstr(t, "_length_"));
    if (ref_is_null(length)) {
        if (!err_pending(t)) err_set(t, E_AttributeError, "class must define a '_length_' attribute");
        goto fail;
    }
    if (!is_int(ref_borrow(length))) {
        err_set(t, E_TypeError, "The '_length_' attribute must be an integer");
        goto fail;
    }
    if (int_sign(ref_borrow(length)) < 0) {
        err_set(t, E_ValueError, "The '_length_' attribute must not be negative");
        goto fail;
    }
    if (int_try_i64(ref_borrow(length), &n) < 0) {
        err_set(t, E_OverflowError, "The '_length_' attribute is too large");
        goto fail;
    }
    item = get_attr_opt(t, ref_borrow(cls), str_intern_cstr(t, "_type_"));
    if (ref_is_null(item)) {
        if (!err_pending(t)) err_set(t, E_AttributeError, "class must define a '_type_' attribute");
        goto fail;
    }
    of = info_of_type(ref_borrow(item));
    if (of == NULL || !of->ready) {
        err_set(t, E_TypeError, "_type_ must have storage info");
        goto fail;
    }
    if (of->size != 0 && (uint64_t)n > (uint64_t)INT64_MAX / of->size) {
        err_set(t, E_OverflowError, "array too large");
        goto fail;
    }
    or_acq_rel(&of->x_flags, CT_FINAL);
    i->size = of->size * (size_t)n;
    i->align = of->align;
    i->length = (size_t)n;
    i->ffi = &ffi_type_pointer;
    store_relaxed(&i->x_flags, load_relaxed(&of->x_flags) & (CT_HAS_POINTER | CT_HAS_UNION | CT_HAS_BITFIELD));
    i->ndim = of->ndim + 1;
    i->shape = mem_alloc((size_t)i->ndim * sizeof *i->shape);
    if (i->shape == NULL) {
        err_no_memory(t);
        goto fail;
    }
    i->shape[0] = n;
    if (of->ndim > 0) memcpy(i->shape + 1, of->shape, (size_t)of->ndim * sizeof *i->shape);
    if (info_set_format(t, i, "", of->format == NULL ? "B" : of->format) < 0) goto fail;
    i->ready = true;
    slot_set(t, c, &i->proto, item);
    ref_drop(t, length);
    return cls;
fail:
    ref_drop(t, item);
    ref_drop(t, length);
    ref_drop(t, cls);
    return REF_NULL;
}

static int set_item_type(Thread *t, CType *c, Value item) {
    Info *of = info_of_type(item);
    if (!is_type(item)) return err_int(err_set(t, E_TypeError, "_type_ must be a type"));
    if (of == NULL) return err_int(err_set(t, E_TypeError, "_type_ must have storage info"));
    slot_set(t, c, &c->info.proto, ref_new(t, item));
    char dims[512] = "&";
    if (of->ndim > 0) {
        size_t n = 1;
        n += (size_t)snprintf(dims + n, sizeof dims - n, "(");
        for (int k = 0; k < of->ndim && n < sizeof dims - 32; k++) n += (size_t)snprintf(dims + n, sizeof dims - n, k ? ",%lld" : "%lld", (long long)of->shape[k]);
        snprintf(dims + n, sizeof dims - n, ")");
    }
    return info_set_format(t, &c->info, dims, of->format == NULL ? "B" : of->format);
}
static Ref pointer_meta_new(Thread *t, Value meta, const Value *args, size_t nargs, Value kwnames) {
    Ref cls = meta_new(t, meta, args, nargs, kwnames);
    if (ref_is_null(cls)) return cls;
    CType *c = as(CType, ref_borrow(cls));
    c->info.kind = CT_POINTER;
    c->info.size = c->info.align = sizeof(void *);
    c->info.length = 1;
    c->info.ffi = &ffi_type_pointer;
    store_relaxed(&c->info.x_flags, CT_HAS_POINTER);
    Ref item = ref_new(t, dict_get(t, slot_get(&c->type.dict), str_intern_cstr(t, "_type_"))); /* not a base's: a derived class has none */
    bool ok = ref_is_null(item) ? !err_pending(t) : set_item_type(t, c, ref_borrow(item)) == 0;
    ref_drop(t, item);
    if (ok && c->info.format == NULL) ok = info_set_format(t, &c->info, "", "X") == 0;
    c->info.ready = true;
    if (ok) return cls;
    ref_drop(t, cls);
    return REF_NULL;
}
static Ref m_set_type(Thread *t, Value cls, const Value *a) {
    if (set_item_type(t, as(CType, cls), a[0]) < 0 || set_attr(t, cls, str_intern_cstr(t, "_type_"), a[0]) < 0) return REF_NULL;
    return REF_NONE;
}

/* _argtypes_ as a tuple of what has from_param; null with TypeError */
Ref ctypes_argtypes(Thread *t, Value v) {
    if (!is_tuple(v) && !is_list(v)) return err_set(t, E_TypeError, "_argtypes_ must be a sequence of types");
    Ref tuple = sequence_tuple(t, v);
    Value from_param = str_intern_cstr(t, "from_param");
    if (!ref_is_null(tuple) && tuple_size(ref_borrow(tuple)) > MAX_ARGS) {
        err_type(t, as(Type, slot_get(&argument_error)), "_argtypes_ has too many arguments (%zu), maximum is %d", tuple_size(ref_borrow(tuple)), MAX_ARGS);
        ref_drop(t, tuple);
        return REF_NULL;
    }
    for (size_t k = 0; !ref_is_null(tuple) && k < tuple_size(ref_borrow(tuple)); k++) {
        Ref f = get_attr_opt(t, tuple_get(ref_borrow(tuple), k), from_param);
        if (ref_is_null(f) && !err_pending(t)) err_set(t, E_TypeError, "item %zu in _argtypes_ has no from_param method", k + 1);
        ref_drop(t, f);
        if (err_pending(t)) {
            ref_drop(t, tuple);
            return REF_NULL;
        }
    }
    return tuple;
}

static Ref func_meta_new(Thread *t, Value meta, const Value *args, size_t nargs, Value kwnames) {
    Ref cls = meta_new(t, meta, args, nargs, kwnames), v;
    if (ref_is_null(cls)) return cls;
    CType *c = as(CType, ref_borrow(cls));
    Value self = ref_borrow(cls);
    Info *i = &c->info;
    i->kind = CT_FUNC;
    i->size = i->align = sizeof(void *);
    i->length = 1;
    i->ffi = &ffi_type_pointer;
    i->ready = true;
    store_relaxed(&i->x_flags, CT_HAS_POINTER);
    bool ok = info_set_format(t, i, "", "X{}") == 0;
    v = ok ? get_attr_opt(t, self, str_intern_cstr(t, "_flags_")) : REF_NULL;
    if (ref_is_null(v) || !is_int(ref_borrow(v))) {
        if (!err_pending(t)) err_set(t, E_TypeError, "class must define _flags_ which must be an integer");
        ok = false;
    } else {
        uint64_t flags;
        int_as_u64_mask(ref_borrow(v), &flags);
        i->func_flags = (int)flags;
    }
    ref_drop(t, v);
    v = ok ? get_attr_opt(t, self, str_intern_cstr(t, "_argtypes_")) : REF_NULL;
    if (!ref_is_null(v)) {
        Ref tuple = ctypes_argtypes(t, ref_borrow(v));
        slot_set(t, c, &i->argtypes, tuple);
        ok = !err_pending(t);
    }
    ref_drop(t, v);
    v = ok && !err_pending(t) ? get_attr_opt(t, self, str_intern_cstr(t, "_restype_")) : REF_NULL;
    if (!ref_is_null(v)) {
        if (!ref_is_none(v) && info_of_type(ref_borrow(v)) == NULL && !is_callable(ref_borrow(v))) err_set(t, E_TypeError, "_restype_ must be a type, a callable, or None");
        else {
            slot_set(t, c, &i->restype, ref_new(t, ref_borrow(v)));
            Ref check = get_attr_opt(t, ref_borrow(v), str_intern_cstr(t, "_check_retval_"));
            slot_set(t, c, &i->checker, check);
        }
    }
    ref_drop(t, v);
    if (ok && !err_pending(t)) return cls;
    ref_drop(t, cls);
    return REF_NULL;
}

/* ---- arrays of a type ------------------------------------------------------------------------------------------------------------------------- */

Ref array_type_of(Thread *t, Value item, int64_t n) {
    if (n < 0) return err_set(t, E_ValueError, "Array length must be >= 0, not %lld", (long long)n);
    Ref length = int_from_i64(t, n), key = tuple_pack(t, 2, item, ref_borrow(length)), cls = REF_NULL, name = REF_NULL, ns = REF_NULL;
    if (ref_is_null(key) || dict_lookup(t, slot_get(&array_cache), ref_borrow(key), &cls) != 0) goto done;
    if (!is_type(item)) {
        err_set(t, E_TypeError, "Expected a type object");
        goto done;
    }
    name = str_format(t, "%.200s_Array_%lld", as(Type, item)->name, (long long)n);
    ns = dict_new(t);
    if (ref_is_null(name) || ref_is_null(ns) || dict_set(t, ref_borrow(ns), str_intern_cstr(t, "_length_"), ref_borrow(length)) < 0 ||
        dict_set(t, ref_borrow(ns), str_intern_cstr(t, "_type_"), item) < 0)
        goto done;
    Ref bases = tuple_pack(t, 1, type_value(&array_base.type));
    cls = ref_is_null(bases) ? bases : call3(t, type_value(&array_meta), ref_borrow(name), ref_borrow(bases), ref_borrow(ns));
    ref_drop(t, bases);
    if (!ref_is_null(cls)) {
        Ref first = REF_NULL; /* two threads may come here: all use the same class */
        if (dict_setdefault(t, slot_get(&array_cache), ref_borrow(key), ref_borrow(cls), &first) >= 0 && !ref_is_null(first)) {
            ref_drop(t, cls);
            cls = first;
        }
    }
done:
    ref_drop(t, ns);
    ref_drop(t, name);
    ref_drop(t, key);
    ref_drop(t, length);
    return cls;
}
Ref ctypes_meta_repeat_slot(Thread *t, Value cls, Value n) {
    int64_t count;
    if (!is_int(n)) {
        if (!has_index(n)) return err_set(t, E_TypeError, "can't multiply sequence by non-int of type '%.200T'", n);
    }
    return index_as_i64(t, n, &count) < 0 ? REF_NULL : array_type_of(t, cls, count);
}

/* ---- memory -------------------------------------------------------------------------------------------------------------------------------------- */

void cdata_traverse(Object *o, VisitFn visit, void *arg) {
    CData *c = (CData *)o;
    slot_visit(&c->owner, visit, arg);
    slot_visit(&c->keep, visit, arg);
}
void cdata_clear(Thread *t, Object *o) {
    CData *c = (CData *)o;
    slot_set(t, o, &c->keep, REF_NULL);
}
void cdata_destroy(Thread *t, Object *o) {
    CData *c = (CData *)o;
    slot_set(t, o, &c->keep, REF_NULL);
    slot_set(t, o, &c->owner, REF_NULL);
    if (c->own_memory) mem_free(c->ptr);
    c->ptr = NULL;
}

static CData *alloc(Thread *t, Type *type) {
    Info *i = info_of_type(type_value(type));
    if (i == NULL || !i->ready) {
        err_set(t, E_TypeError, "abstract class");
        return NULL;
    }
    or_acq_rel(&i->x_flags, CT_FINAL);
    CData *c = kit_instance(t, type_value(type));
    if (c == NULL) return NULL;
    c->size = i->size;
    c->length = i->length;
    return c;
}
CData *cdata_new(Thread *t, Type *type) {
    CData *c = alloc(t, type);
    if (c == NULL || c->size <= sizeof c->small) {
        if (c != NULL) c->ptr = c->small;
        return c;
    }
    c->ptr = mem_zalloc(c->size);
    c->own_memory = true;
    if (c->ptr != NULL) return c;
    err_no_memory(t);
    ref_drop(t, ref_steal(c));
    return NULL;
}
Ref cdata_at(Thread *t, Value type, void *p) {
    CData *c = alloc(t, as(Type, type));
    if (c == NULL) return REF_NULL;
    c->ptr = p;
    return ref_steal(c);
}
Ref cdata_part(Thread *t, Value type, Value owner, size_t index, void *p) {
    CData *c = alloc(t, as(Type, type));
    if (c == NULL) return REF_NULL;
    slot_init(&c->owner, ref_new(t, owner));
    c->index = index;
    c->ptr = p;
    return ref_steal(c);
}
Ref cdata_copy(Thread *t, Value type, const void *p) {
    CData *c = cdata_new(t, as(Type, type));
    if (c == NULL) return REF_NULL;
    memcpy(c->ptr, p, c->size);
    return ref_steal(c);
}

/* ---- what keeps what alive ----------------------------------------------------------------------------------------------------------------------------- */

static Value whole_of(Value self) {
    for (Value owner; !value_is_null(owner = slot_get(&as(CData, self)->owner));) self = owner;
    return self;
}
/* The container of the whole that self is part of; made (a dict, or None for what has no parts) if need be. */
Ref cdata_kept(Thread *t, Value self) {
    Value whole = whole_of(self);
    CData *c = as(CData, whole);
    Ref kept = slot_ref(t, &c->keep);
    if (!ref_is_null(kept)) return kept;
    Ref fresh = c->length > 0 ? dict_new(t) : REF_NONE;
    if (ref_is_null(fresh)) return fresh;
    CRITICAL_BEGIN(t, c)
    kept = slot_ref(t, &c->keep);
    if (ref_is_null(kept)) {
        kept = ref_new(t, ref_borrow(fresh));
        ref_drop(t, slot_swap(t, c, &c->keep, fresh));
        fresh = REF_NULL;
    }
    CRITICAL_END(t)
    ref_drop(t, fresh);
    return kept;
}
int cdata_keep(Thread *t, Value self, size_t index, Ref what) {
    if (ref_is_null(what)) return -1;
    if (ref_is_none(what)) return 0;
    Ref kept = cdata_kept(t, self);
    if (ref_is_null(kept)) {
        ref_drop(t, what);
        return -1;
    }
    int status = 0;
    if (!is_exact(ref_borrow(kept), &dict_type)) {
        Object *whole = value_object(whole_of(self));
        slot_set(t, whole, &((CData *)whole)->keep, what);
    } else {
        char name[256];
        size_t n = (size_t)snprintf(name, sizeof name, "%zx", index);
        for (Value v = self; !value_is_null(slot_get(&as(CData, v)->owner)) && n < sizeof name - 20; v = slot_get(&as(CData, v)->owner))
            n += (size_t)snprintf(name + n, sizeof name - n, ":%zx", as(CData, v)->index);
        Ref key = str_from_ascii(t, name, n);
        status = ref_is_null(key) ? -1 : dict_set(t, ref_borrow(kept), ref_borrow(key), ref_borrow(what));
        ref_drop(t, key);
        ref_drop(t, what);
    }
    ref_drop(t, kept);
    return status;
}

/* ---- reading and writing through a type ------------------------------------------------------------------------------------------------------------------ */

Ref cdata_get(Thread *t, Value type, const Code *code, Value owner, size_t index, size_t size, void *p) {
    Info *i = info_of_type(type);
    if (code != NULL) return code->get(t, code, p, size, i != NULL && i->swapped);
    if (i != NULL && i->code != NULL && is_plain_simple(type)) return simple_get(t, i, p);
    return cdata_part(t, type, owner, index, p);
}
static Ref put(Thread *t, Value type, const Code *code, Value v, size_t size, void *p) {
    Info *i = info_of_type(type);
    if (code != NULL) return code->put(t, code, p, v, size, i != NULL && i->swapped);
    if (!is_cdata(v)) {
        if (i != NULL && i->code != NULL) return i->code->put(t, i->code, p, v, size, i->swapped);
        if (is_tuple(v)) {
            Ref made = call_tuple_dict(t, type, v, VALUE_NULL);
            if (ref_is_null(made)) {
                Ref e = err_fetch(t), text = ref_is_null(e) ? e : object_str(t, ref_borrow(e));
                Ref kind = ref_is_null(e) ? e : type_name(t, type_of(ref_borrow(e)));
                err_clear(t);
                if (!ref_is_null(text) && !ref_is_null(kind)) err_set(t, E_RuntimeError, "(%s) %V: %V", as(Type, type)->name, ref_borrow(kind), ref_borrow(text));
                ref_drop(t, kind);
                ref_drop(t, text);
                ref_drop(t, e);
                return REF_NULL;
            }
            Ref r = put(t, type, code, ref_borrow(made), size, p);
            ref_drop(t, made);
            return r;
        }
        if (value_is_none(v) && i != NULL && i->kind == CT_POINTER) {
            memset(p, 0, sizeof(void *));
            return REF_NONE;
        }
        return err_set(t, E_TypeError, "expected %s instance, got %T", as(Type, type)->name, v);
    }
    CData *from = as(CData, v);
    int same = is_instance(t, v, type);
    if (same < 0) return REF_NULL;
    if (same) {
        memcpy(p, from->ptr, size);
        bool called_back = is_instance_of_kind(v, CT_FUNC) && as(Func, v)->callback != NULL; /* the code that C would call is the function's own */
        return called_back ? ref_new(t, v) : cdata_kept(t, v);
    }
    if (i != NULL && i->kind == CT_POINTER && is_instance_of_kind(v, CT_ARRAY) && value_is(slot_get(&info_of(v)->proto), slot_get(&i->proto))) {
        memcpy(p, &from->ptr, sizeof(void *)); /* the array stays alive with what it keeps */
        Ref kept = cdata_kept(t, v), r = ref_is_null(kept) ? kept : tuple_pack(t, 2, ref_borrow(kept), v);
        ref_drop(t, kept);
        return r;
    }
    return err_set(t, E_TypeError, "incompatible types, %T instance instead of %s instance", v, as(Type, type)->name);
}
int cdata_set(Thread *t, Value owner, Value type, const Code *code, Value v, size_t index, size_t size, void *p) {
    return cdata_keep(t, owner, index, put(t, type, code, v, size, p));
}

/* ---- methods of all classes -------------------------------------------------------------------------------------------------------------------------------- */

static int ready(Thread *t, Value cls) {
    Info *i = info_of_type(cls);
    return i != NULL && i->ready ? 0 : err_int(err_set(t, E_TypeError, "abstract class"));
}
Ref ctypes_from_address(Thread *t, Value cls, const Value *a) {
    uint64_t address;
    if (!is_int(a[0])) return err_set(t, E_TypeError, "integer expected");
    if (audit(t, "ctypes.cdata", NULL, 0) < 0 || ready(t, cls) < 0) return REF_NULL;
    int_as_u64_mask(a[0], &address);
    return cdata_at(t, cls, (void *)(uintptr_t)address);
}
/* Room for an instance at the offset in n bytes: 0, -1 */
static int buffer_room(Thread *t, Value cls, Value offset_arg, int64_t n, int64_t *offset) {
    Info *i = info_of_type(cls);
    *offset = 0;
    if (!value_is_null(offset_arg) && index_as_i64(t, offset_arg, offset) < 0) return -1;
    if (*offset < 0) return err_int(err_set(t, E_ValueError, "offset cannot be negative"));
    if (*offset > n || (int64_t)i->size > n - *offset)
        return err_int(err_set(t, E_ValueError, "Buffer size too small (%lld instead of at least %lld bytes)", (long long)n, (long long)((int64_t)i->size + *offset)));
    return 0;
}
Ref ctypes_from_buffer(Thread *t, Value cls, const Value *a) {
    if (ready(t, cls) < 0) return REF_NULL;
    if (!buffer_supported(a[0])) return err_set(t, E_TypeError, "memoryview: a bytes-like object is required, not '%T'", a[0]);
    Ref view = memoryview_new(t, a[0]), r = REF_NULL; /* it keeps the buffer exported as long as the instance lives */
    Buffer b;
    if (ref_is_null(view)) return view;
    int64_t offset;
    if (buffer_get(t, ref_borrow(view), &b, BUFFER_SIMPLE) < 0) {
        ref_drop(t, view);
        return err_clear_if(t, E_BufferError) ? err_set(t, E_TypeError, "underlying buffer is not C contiguous") : REF_NULL;
    }
    if (b.readonly) err_set(t, E_TypeError, "underlying buffer is not writable");
    else if (buffer_room(t, cls, a[1], b.len, &offset) == 0) r = cdata_at(t, cls, (char *)b.data + offset);
    buffer_release(t, &b);
    if (!ref_is_null(r) && cdata_keep(t, ref_borrow(r), UINT32_MAX, ref_new(t, ref_borrow(view))) < 0) {
        ref_drop(t, r);
        r = REF_NULL;
    }
    ref_drop(t, view);
    return r;
}
Ref ctypes_from_buffer_copy(Thread *t, Value cls, const Value *a) {
    Buffer b;
    int64_t offset;
    if (ready(t, cls) < 0 || buffer_get_snapshot(t, a[0], &b) < 0) return REF_NULL;
    Ref r = buffer_room(t, cls, a[1], b.len, &offset) < 0 ? REF_NULL : cdata_copy(t, cls, (char *)b.data + offset);
    buffer_release(t, &b);
    return r;
}
Ref ctypes_in_dll(Thread *t, Value cls, const Value *a) {
    void *p;
    if (ready(t, cls) < 0) return REF_NULL;
    if (!is_str(a[1])) return err_set(t, E_TypeError, "in_dll() argument 2 must be str, not %T", a[1]);
    const char *name = str_utf8(t, a[1], NULL);
    Ref handle = name == NULL ? REF_NULL : get_attr_cstr(t, a[0], "_handle");
    if (ref_is_null(handle)) return handle;
    if (!is_int(ref_borrow(handle))) {
        ref_drop(t, handle);
        return err_set(t, E_TypeError, "the _handle attribute of the second argument must be an integer");
    }
    Ref error = ctypes_symbol(t, ref_borrow(handle), name, &p);
    ref_drop(t, handle);
    if (!ref_is_null(error)) {
        err_set(t, E_ValueError, "%V", ref_borrow(error));
        ref_drop(t, error);
        return REF_NULL;
    }
    return err_pending(t) ? REF_NULL : cdata_at(t, cls, p);
}
Ref cdata_from_param(Thread *t, Value cls, Value v) {
    int same = is_instance(t, v, cls);
    if (same != 0) return same < 0 ? REF_NULL : ref_new(t, v);
    if (is_exact(v, &param_type)) {
        Value kept = slot_get(&as(Param, v)->keep), proto = slot_get(&info_of_type(cls)->proto);
        if (!value_is_null(kept) && !value_is_null(proto)) { /* byref(x) does for a pointer to x */
            same = is_str(proto) ? 0 : is_instance(t, kept, proto);
            if (same != 0) return same < 0 ? REF_NULL : ref_new(t, v);
        }
        if (as(Param, v)->tag == 'P' && !value_is_null(kept)) return err_set(t, E_TypeError, "expected %s instance instead of pointer to %T", as(Type, cls)->name, kept);
        return err_set(t, E_TypeError, "expected %s instance instead of pointer to %s", as(Type, cls)->name, value_is_null(kept) ? "" : type_of(kept)->name);
    }
    Ref inner = get_attr_opt(t, v, str_intern_cstr(t, "_as_parameter_"));
    if (ref_is_null(inner)) return err_pending(t) ? inner : err_set(t, E_TypeError, "expected %s instance instead of %T", as(Type, cls)->name, v);
    Ref r = REF_NULL;
    if (recursion_enter(t, " while processing _as_parameter_") == 0) {
        r = cdata_from_param(t, cls, ref_borrow(inner));
        recursion_leave(t);
    }
    ref_drop(t, inner);
    return r;
}
static Ref m_from_param(Thread *t, Value cls, const Value *a) { return cdata_from_param(t, cls, a[0]); }
static Ref pointer_from_param(Thread *t, Value cls, const Value *a) {
    Value v = a[0], item = slot_get(&info_of_type(cls)->proto);
    if (value_is_none(v)) return REF_NONE;
    if (!value_is_null(item)) {
        int same = is_instance(t, v, item);
        if (same < 0) return REF_NULL;
        if (same) return call1(t, ref_borrow(import_attr(t, "_ctypes", "byref")), v);
    }
    if (is_instance_of_kind(v, CT_POINTER) || is_instance_of_kind(v, CT_ARRAY)) { /* an array of items does for a pointer to one */
        Value other = slot_get(&info_of(v)->proto);
        int same = value_is_null(other) || value_is_null(item) ? 0 : is_subclass(t, other, item);
        if (same != 0) return same < 0 ? REF_NULL : ref_new(t, v);
    }
    return cdata_from_param(t, cls, v);
}

static NativeDef data_meta_methods[] = {COMMON_METHODS, FN("from_param", "!($self, value, /)", m_from_param, "Convert a Python object into a function call parameter."), FN_END};
static NativeDef pointer_meta_methods[] = {COMMON_METHODS, FN("from_param", "!($self, value, /)", pointer_from_param, "Convert a Python object into a function call parameter."),
                                           FN("set_type", "!($self, type, /)", m_set_type, NULL), FN_END};
Type struct_meta = CTYPES_META("_ctypes.PyCStructType", "metatype for the CData Objects", struct_meta_new, data_meta_methods, .setattro = ctypes_meta_setattro);
static NativeDef union_methods[] = {COMMON_METHODS, FN("from_param", "!($self, value, /)", m_from_param, "Convert a Python object into a function call parameter."), FN_END};
Type union_meta = CTYPES_META("_ctypes.UnionType", "metatype for the CData Objects", struct_meta_new, union_methods, .setattro = ctypes_meta_setattro);
static NativeDef array_methods[] = {COMMON_METHODS, FN("from_param", "!($self, value, /)", m_from_param, "Convert a Python object into a function call parameter."), FN_END};
Type array_meta = CTYPES_META("_ctypes.PyCArrayType", "metatype for the Array Objects", array_meta_new, array_methods, .init = NULL);
Type pointer_meta = CTYPES_META("_ctypes.PyCPointerType", "metatype for the Pointer Objects", pointer_meta_new, pointer_meta_methods, .init = NULL);
static NativeDef func_methods[] = {COMMON_METHODS, FN("from_param", "!($self, value, /)", m_from_param, "Convert a Python object into a function call parameter."), FN_END};
Type func_meta = CTYPES_META("_ctypes.PyCFuncPtrType", "metatype for C function pointers", func_meta_new, func_methods, .init = NULL);

/* ---- _CData ----------------------------------------------------------------------------------------------------------------------------------------------------- */

static int cdata_get_buffer(Thread *t, Value self, Buffer *view, int flags) {
    CData *c = as(CData, self);
    Value type = type_value(type_of(self));
    Info *i = info_of_type(type), *item = i;
    if (buffer_fill(t, view, self, c->ptr, (int64_t)c->size, false, flags & ~BUFFER_FORMAT) < 0) return -1;
    while (item->kind == CT_ARRAY) item = info_of_type(slot_get(&item->proto));
    view->format = i->format == NULL ? "B" : i->format;
    view->ndim = i->ndim;
    view->shape = i->shape;
    view->strides = NULL;
    view->item_size = (int64_t)item->size;
    if (i->ndim > 0 && (flags & BUFFER_STRIDES) == BUFFER_STRIDES) {
        int64_t *strides = i->ndim == 1 ? view->small_strides : (view->internal = mem_alloc((size_t)i->ndim * sizeof *strides));
        if (strides == NULL) return err_int(err_no_memory(t));
        int64_t step = view->item_size;
        for (int k = i->ndim - 1; k >= 0; k--) {
            strides[k] = step;
            step *= i->shape[k];
        }
        view->strides = strides;
    }
    return 0;
}
static void cdata_release_buffer(Thread *t, Value self, Buffer *view) { mem_free(view->internal); }
static int64_t cdata_hash(Thread *t, Value self) { return hash_not_implemented(t, self); }

static Ref m_reduce(Thread *t, Value self, const Value *a) {
    CData *c = as(CData, self);
    if (load_relaxed(&info_of(self)->x_flags) & CT_HAS_POINTER) return err_set(t, E_ValueError, "ctypes objects containing pointers cannot be pickled");
    Ref unpickle = import_attr(t, "_ctypes", "_unpickle"), dict = REF_NULL, bytes = REF_NULL, state = REF_NULL, args = REF_NULL, r = REF_NULL;
    if (!ref_is_null(unpickle)) dict = get_attr_opt(t, self, N(__dict__));
    if (ref_is_null(dict) && !err_pending(t)) dict = REF_NONE;
    if (!ref_is_null(dict)) bytes = bytes_new(t, c->ptr, c->size);
    if (!ref_is_null(bytes)) state = tuple_pack(t, 2, ref_borrow(dict), ref_borrow(bytes));
    if (!ref_is_null(state)) args = tuple_pack(t, 2, type_value(type_of(self)), ref_borrow(state));
    if (!ref_is_null(args)) r = tuple_pack(t, 2, ref_borrow(unpickle), ref_borrow(args));
    ref_drop(t, args);
    ref_drop(t, state);
    ref_drop(t, bytes);
    ref_drop(t, dict);
    ref_drop(t, unpickle);
    return r;
}
static Ref m_setstate(Thread *t, Value self, const Value *a) {
    CData *c = as(CData, self);
    if (!is_bytes(a[1])) return err_set(t, E_TypeError, "__setstate__() argument 2 must be bytes, not %T", a[1]);
    size_t n = bytes_length(a[1]);
    memmove(c->ptr, bytes_data(a[1]), n < c->size ? n : c->size);
    if (value_is_none(a[0])) return REF_NONE;
    Ref dict = get_attr(t, self, N(__dict__));
    if (ref_is_null(dict)) return dict;
    if (!is_dict(ref_borrow(dict))) {
        err_set(t, E_TypeError, "%.200T.__dict__ must be a dictionary, not %.200T", self, ref_borrow(dict));
        ref_drop(t, dict);
        return REF_NULL;
    }
    int status = dict_update(t, ref_borrow(dict), a[0]);
    ref_drop(t, dict);
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref get_base(Thread *t, Value self, void *closure) {
    Ref owner = slot_ref(t, &as(CData, self)->owner);
    return ref_is_null(owner) ? REF_NONE : owner;
}
static Ref get_objects(Thread *t, Value self, void *closure) {
    Ref kept = slot_ref(t, &as(CData, self)->keep);
    return ref_is_null(kept) ? REF_NONE : kept;
}
static Ref get_needsfree(Thread *t, Value self, void *closure) { return ref_small_int(as(CData, self)->own_memory || as(CData, self)->ptr == as(CData, self)->small); }
static const GetSetDef cdata_getset[] = {
    {"_b_base_", get_base, NULL, "the base object"}, {"_objects", get_objects, NULL, "internal objects tree (NEVER CHANGE THIS OBJECT!)"},
    {"_b_needsfree_", get_needsfree, NULL, "whether the object owns the memory or not"}, {NULL}};
static Ref m_from_outparam(Thread *t, Value self, const Value *a) { return ref_new(t, self); }
static NativeDef cdata_methods[] = {
    FN("__reduce__", "!($self, /)", m_reduce, NULL), FN("__setstate__", "!($self, dict, data, /)", m_setstate, NULL),
    FN("__ctypes_from_outparam__", "!($self, /)", m_from_outparam, NULL), FN_END};
Type cdata_type = {
    TYPE_HEADER(CData, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_NO_INSTANTIATION, cdata_traverse, cdata_clear, cdata_destroy),
    .name = "_ctypes._CData", .doc = "XXX to be provided", .hash = cdata_hash, .get_buffer = cdata_get_buffer, .release_buffer = cdata_release_buffer,
    .methods = cdata_methods, .getset = cdata_getset,
};

int types_init_ctypes(Thread *t, Value module) {
    if (value_is_null(slot_get(&array_cache))) {
        Ref cache = dict_new(t), pointers = dict_new(t);
        if (ref_is_null(cache) || ref_is_null(pointers)) return -1;
        kit_root(t, &array_cache, cache);
        kit_root(t, &pointer_cache, pointers);
    }
    Type *const order[] = {&simple_meta, &struct_meta, &union_meta, &array_meta, &pointer_meta, &func_meta, &cdata_type, &field_type, &param_type};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (type_ready(t, order[i]) < 0) return -1;
    CType *const bases[] = {&simple_base, &struct_base, &union_base, &array_base, &pointer_base, &func_base};
    for (size_t i = 0; i < 6; i++)
        if (module_add_type(t, module, &bases[i]->type) < 0) return -1;
    return 0;
}
