/* Descriptors for what types are made of in C: methods, slot wrappers, computed attributes, fields. See descriptors.h.
 */
#include "runtime/descriptors.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/float.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

/* ---- what all have in common ------------------------------------------------------------------------------------------ */

/* The class and name that a descriptor of any of these kinds belongs to. */
static Type *owner_of(Value v) {
    Type *type = type_of(v);
    if (type == &method_descriptor_type || type == &classmethod_descriptor_type) return as(MethodDescriptor, v)->owner;
    if (type == &wrapper_descriptor_type) return as(WrapperDescriptor, v)->owner;
    return type == &getset_type ? as(GetSetDescriptor, v)->owner : as(MemberDescriptor, v)->owner;
}
static const char *name_of(Value v) {
    Type *type = type_of(v);
    if (type == &method_descriptor_type || type == &classmethod_descriptor_type) return as(MethodDescriptor, v)->def->name;
    if (type == &wrapper_descriptor_type) return as(WrapperDescriptor, v)->def->name;
    return type == &getset_type ? as(GetSetDescriptor, v)->def->name : as(MemberDescriptor, v)->def.name;
}
static const char *doc_of(Value v) {
    Type *type = type_of(v);
    if (type == &method_descriptor_type || type == &classmethod_descriptor_type) return as(MethodDescriptor, v)->def->doc;
    if (type == &wrapper_descriptor_type) return as(WrapperDescriptor, v)->def->doc;
    return type == &getset_type ? as(GetSetDescriptor, v)->def->doc : as(MemberDescriptor, v)->def.doc;
}

static Ref get_name(Thread *t, Value v, void *closure) { return str_from_cstr(t, name_of(v)); }
static Ref get_owner(Thread *t, Value v, void *closure) { return ref_new(t, type_value(owner_of(v))); }
static Ref get_doc(Thread *t, Value v, void *closure) { return doc_text(t, doc_of(v)); }
static Ref get_qualname(Thread *t, Value v, void *closure) {
    Ref owner = type_qualname(t, owner_of(v));
    Ref r = ref_is_null(owner) ? REF_NULL : str_format(t, "%V.%s", ref_borrow(owner), name_of(v));
    ref_drop(t, owner);
    return r;
}
static Ref get_signature(Thread *t, Value v, void *closure) {
    return signature_text(t, is_exact(v, &wrapper_descriptor_type) ? as(WrapperDescriptor, v)->def->sig : as(MethodDescriptor, v)->def->sig);
}
/* Pickled as getattr(owner, name). */
static Ref reduce_as_attr(Thread *t, Value object, const char *name) {
    Ref getattr = import_attr(t, "builtins", "getattr");
    if (ref_is_null(getattr)) return REF_NULL;
    Ref text = str_from_cstr(t, name), args = ref_is_null(text) ? REF_NULL : tuple_pack(t, 2, object, ref_borrow(text));
    Ref r = ref_is_null(args) ? REF_NULL : tuple_pack(t, 2, ref_borrow(getattr), ref_borrow(args));
    ref_drop(t, args);
    ref_drop(t, text);
    ref_drop(t, getattr);
    return r;
}
static Ref reduce(Thread *t, Value v, const Value *a) { return reduce_as_attr(t, type_value(owner_of(v)), name_of(v)); }
int readonly_member(Thread *t, Value self, Value value, void *closure) { return err_int(err_set(t, E_AttributeError, "readonly attribute")); }

static NativeDef reduce_method[] = {FN("__reduce__", "!($self, /)", reduce, NULL), FN_END};
static const GetSetDef method_getset[] = {{"__name__", get_name, readonly_member}, {"__qualname__", get_qualname}, {"__objclass__", get_owner, readonly_member},
                                          {"__doc__", get_doc}, {"__text_signature__", get_signature}, {NULL}};
static const GetSetDef data_getset[] = {
    {"__name__", get_name, readonly_member}, {"__qualname__", get_qualname}, {"__objclass__", get_owner, readonly_member}, {"__doc__", get_doc}, {NULL}};

static bool applies(Thread *t, Value descr, Value obj) {
    Type *owner = owner_of(descr);
    if (likely(type_is_subtype(type_of(obj), owner))) return true;
    err_set(t, E_TypeError, "descriptor '%s' for '%.100s' objects doesn't apply to a '%.100T' object", name_of(descr), owner->name, obj);
    return false;
}

/* ---- methods ------------------------------------------------------------------------------------------------------------- */

static Ref descriptor_make(Thread *t, NativeDef *def, Type *owner, Type *type) {
    MethodDescriptor *d = object_new(MethodDescriptor, t, type);
    if (d == NULL) return REF_NULL;
    d->def = def;
    d->owner = owner;
    if (type_flag(owner, TYPE_HEAP)) slot_init(&d->owner_ref, ref_new(t, type_value(owner)));
    return ref_steal(d);
}
Ref method_descriptor_new(Thread *t, NativeDef *def, Type *owner) { return descriptor_make(t, def, owner, &method_descriptor_type); }
Ref classmethod_descriptor_new(Thread *t, NativeDef *def, Type *owner) { return descriptor_make(t, def, owner, &classmethod_descriptor_type); }

static void method_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((MethodDescriptor *)o)->owner_ref, visit, arg); }
static void method_destroy(Thread *t, Object *o) { slot_set(t, o, &((MethodDescriptor *)o)->owner_ref, REF_NULL); }

static Ref method_repr(Thread *t, Value v) { return str_format(t, "<method '%s' of '%s' objects>", name_of(v), owner_of(v)->name); }
static Ref method_get(Thread *t, Value self, Value obj, Value type) {
    if (value_is_null(obj)) return ref_new(t, self);
    return applies(t, self, obj) ? native_new(t, as(MethodDescriptor, self)->def, obj, VALUE_NULL) : REF_NULL;
}
static Ref method_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    MethodDescriptor *d = as(MethodDescriptor, self);
    if (unlikely(nargs == 0)) {
        Ref owner = type_qualname(t, d->owner);
        if (!ref_is_null(owner)) err_set(t, E_TypeError, "unbound method %V.%s() needs an argument", ref_borrow(owner), d->def->name);
        ref_drop(t, owner);
        return REF_NULL;
    }
    if (unlikely(!type_is_subtype(type_of(args[0]), d->owner))) {
        applies(t, self, args[0]);
        return REF_NULL;
    }
    return native_call(t, d->def, args[0], args + 1, nargs - 1, kwnames);
}
Type method_descriptor_type = {
    TYPE_HEADER(MethodDescriptor, TYPE_CONTAINER | TYPE_UNCOUNTED | TYPE_METHOD, method_traverse, NULL, method_destroy),
    .name = "method_descriptor",
    .base = &object_type,
    .repr = method_repr,
    .call = method_call,
    .descr_get = method_get,
    .methods = reduce_method,
    .getset = method_getset};

static Ref classmethod_get(Thread *t, Value self, Value obj, Value type) {
    MethodDescriptor *d = as(MethodDescriptor, self);
    if (value_is_null(type)) {
        if (value_is_null(obj)) return err_set(t, E_TypeError, "descriptor '%s' for type '%s' needs either an object or a type", d->def->name, d->owner->name);
        type = type_value(type_of(obj));
    }
    if (!is_type(type))
        return err_set(t, E_TypeError, "descriptor '%s' for type '%.100s' needs a type, not a '%.100T' as arg 2", d->def->name, d->owner->name, type);
    if (!type_is_subtype(as(Type, type), d->owner))
        return err_set(t, E_TypeError, "descriptor '%s' requires a subtype of '%.100s' but received '%.100s'", d->def->name, d->owner->name,
                       as(Type, type)->name);
    return native_new(t, d->def, type, VALUE_NULL);
}
static Ref classmethod_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    MethodDescriptor *d = as(MethodDescriptor, self);
    if (nargs == 0) return err_set(t, E_TypeError, "descriptor '%s' of '%.100s' object needs an argument", d->def->name, d->owner->name);
    Ref bound = classmethod_get(t, self, VALUE_NULL, args[0]);
    if (ref_is_null(bound)) return REF_NULL;
    ref_drop(t, bound);
    return native_call(t, d->def, args[0], args + 1, nargs - 1, kwnames);
}
Type classmethod_descriptor_type = {
    TYPE_HEADER(MethodDescriptor, TYPE_CONTAINER | TYPE_UNCOUNTED, method_traverse, NULL, method_destroy),
    .name = "classmethod_descriptor",
    .base = &object_type,
    .repr = method_repr,
    .call = classmethod_call,
    .descr_get = classmethod_get,
    .getset = method_getset};

/* ---- slot wrappers ------------------------------------------------------------------------------------------------------------ */

typedef struct MethodWrapper {
    Object base;
    Slot self, descriptor;
} MethodWrapper;

Ref wrapper_descriptor_new(Thread *t, const SlotDef *def, void *function, Type *owner) {
    WrapperDescriptor *d = object_new(WrapperDescriptor, t, &wrapper_descriptor_type);
    if (d == NULL) return REF_NULL;
    d->def = def;
    d->function = function;
    d->owner = owner;
    return ref_steal(d);
}

static Ref wrapper_invoke(Thread *t, WrapperDescriptor *d, Value self, const Value *args, size_t nargs, Value kwnames) {
    bool kw = !value_is_null(kwnames) && tuple_size(kwnames) > 0;
    if (unlikely(kw && !d->def->keywords)) return err_set(t, E_TypeError, "wrapper %s() takes no keyword arguments", d->def->name);
    return d->def->wrap(t, self, args, nargs, d->def, d->function, kwnames);
}
static Ref wrapper_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    WrapperDescriptor *d = as(WrapperDescriptor, self);
    if (nargs == 0) return err_set(t, E_TypeError, "descriptor '%s' of '%.100s' object needs an argument", d->def->name, d->owner->name);
    if (!type_is_subtype(type_of(args[0]), d->owner))
        return err_set(t, E_TypeError, "descriptor '%s' requires a '%.100s' object but received a '%.100T'", d->def->name, d->owner->name, args[0]);
    return wrapper_invoke(t, d, args[0], args + 1, nargs - 1, kwnames);
}
static Ref wrapper_get(Thread *t, Value self, Value obj, Value type) {
    if (value_is_null(obj)) return ref_new(t, self);
    if (!applies(t, self, obj)) return REF_NULL;
    MethodWrapper *w = object_new(MethodWrapper, t, &method_wrapper_type);
    if (w == NULL) return REF_NULL;
    slot_init(&w->self, ref_new(t, obj));
    slot_init(&w->descriptor, ref_new(t, self));
    return ref_steal(w);
}
static Ref wrapper_repr(Thread *t, Value v) { return str_format(t, "<slot wrapper '%s' of '%s' objects>", name_of(v), owner_of(v)->name); }
Type wrapper_descriptor_type = {
    TYPE_HEADER(WrapperDescriptor, TYPE_UNCOUNTED | TYPE_METHOD, NULL, NULL, NULL),
    .name = "wrapper_descriptor",
    .base = &object_type,
    .repr = wrapper_repr,
    .call = wrapper_call,
    .descr_get = wrapper_get,
    .methods = reduce_method,
    .getset = method_getset};

static void method_wrapper_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((MethodWrapper *)o)->self, visit, arg);
    slot_visit(&((MethodWrapper *)o)->descriptor, visit, arg);
}
static void method_wrapper_destroy(Thread *t, Object *o) {
    slot_set(t, o, &((MethodWrapper *)o)->self, REF_NULL);
    slot_set(t, o, &((MethodWrapper *)o)->descriptor, REF_NULL);
}
static Value wrapper_of(Value v) { return slot_get(&as(MethodWrapper, v)->descriptor); }
static Value wrapped_self(Value v) { return slot_get(&as(MethodWrapper, v)->self); }
static Ref method_wrapper_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return wrapper_invoke(t, as(WrapperDescriptor, wrapper_of(self)), wrapped_self(self), args, nargs, kwnames);
}
static Ref method_wrapper_repr(Thread *t, Value v) {
    Value self = wrapped_self(v);
    return str_format(t, "<method-wrapper '%s' of %T object at %p>", name_of(wrapper_of(v)), self, value_is_object(self) ? (void *)value_object(self) : (void *)self.bits);
}
static Ref method_wrapper_compare(Thread *t, Value a, Value b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !is_exact(a, &method_wrapper_type) || !is_exact(b, &method_wrapper_type)) return REF_NOT_IMPLEMENTED;
    bool same = value_is(wrapper_of(a), wrapper_of(b)) && value_is(wrapped_self(a), wrapped_self(b));
    return ref_bool(same == (op == CMP_EQ));
}
static int64_t method_wrapper_hash(Thread *t, Value v) {
    int64_t h = hash_pointer(value_object(wrapped_self(v))) ^ hash_pointer(value_object(wrapper_of(v)));
    return h == -1 ? -2 : h;
}
static Ref mw_self(Thread *t, Value v, void *closure) { return ref_new(t, wrapped_self(v)); }
static Ref mw_name(Thread *t, Value v, void *closure) { return get_name(t, wrapper_of(v), NULL); }
static Ref mw_qualname(Thread *t, Value v, void *closure) { return get_qualname(t, wrapper_of(v), NULL); }
static Ref mw_owner(Thread *t, Value v, void *closure) { return get_owner(t, wrapper_of(v), NULL); }
static Ref mw_doc(Thread *t, Value v, void *closure) { return get_doc(t, wrapper_of(v), NULL); }
static Ref mw_signature(Thread *t, Value v, void *closure) { return get_signature(t, wrapper_of(v), NULL); }
static Ref mw_reduce(Thread *t, Value v, const Value *a) { return reduce_as_attr(t, wrapped_self(v), name_of(wrapper_of(v))); }
static NativeDef method_wrapper_methods[] = {FN("__reduce__", "!($self, /)", mw_reduce, NULL), FN_END};
static const GetSetDef method_wrapper_getset[] = {{"__self__", mw_self, readonly_member}, {"__name__", mw_name}, {"__qualname__", mw_qualname}, {"__objclass__", mw_owner},
                                                  {"__doc__", mw_doc}, {"__text_signature__", mw_signature}, {NULL}};
Type method_wrapper_type = {
    TYPE_HEADER(MethodWrapper, TYPE_CONTAINER, method_wrapper_traverse, NULL, method_wrapper_destroy),
    .name = "method-wrapper",
    .base = &object_type,
    .repr = method_wrapper_repr,
    .hash = method_wrapper_hash,
    .call = method_wrapper_call,
    .richcompare = method_wrapper_compare,
    .methods = method_wrapper_methods,
    .getset = method_wrapper_getset};

/* ---- computed attributes ---------------------------------------------------------------------------------------------------------- */

Ref getset_new(Thread *t, const GetSetDef *def, Type *owner) {
    GetSetDescriptor *d = object_new(GetSetDescriptor, t, &getset_type);
    if (d == NULL) return REF_NULL;
    d->def = def;
    d->owner = owner;
    if (type_flag(owner, TYPE_HEAP)) slot_init(&d->owner_ref, ref_new(t, type_value(owner)));
    return ref_steal(d);
}
static void getset_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((GetSetDescriptor *)o)->owner_ref, visit, arg); }
static void getset_destroy(Thread *t, Object *o) { slot_set(t, o, &((GetSetDescriptor *)o)->owner_ref, REF_NULL); }
static Ref getset_get(Thread *t, Value self, Value obj, Value type) {
    if (value_is_null(obj)) return ref_new(t, self);
    if (!applies(t, self, obj)) return REF_NULL;
    const GetSetDef *def = as(GetSetDescriptor, self)->def;
    if (def->get != NULL) return def->get(t, obj, def->closure);
    return err_set(t, E_AttributeError, "attribute '%s' of '%.100s' objects is not readable", def->name, owner_of(self)->name);
}
static int getset_set(Thread *t, Value self, Value obj, Value value) {
    if (!applies(t, self, obj)) return -1;
    const GetSetDef *def = as(GetSetDescriptor, self)->def;
    if (def->set != NULL) return def->set(t, obj, value, def->closure);
    return err_int(err_set(t, E_AttributeError, "attribute '%s' of '%.100s' objects is not writable", def->name, owner_of(self)->name));
}
static Ref getset_repr(Thread *t, Value v) { return str_format(t, "<attribute '%s' of '%s' objects>", name_of(v), owner_of(v)->name); }
Type getset_type = {
    TYPE_HEADER(GetSetDescriptor, TYPE_CONTAINER | TYPE_UNCOUNTED, getset_traverse, NULL, getset_destroy),
    .name = "getset_descriptor",
    .base = &object_type,
    .repr = getset_repr,
    .descr_get = getset_get,
    .descr_set = getset_set,
    .methods = reduce_method,
    .getset = data_getset};

/* ---- fields --------------------------------------------------------------------------------------------------------------------------- */

Ref member_new(Thread *t, const MemberDef *def, Type *owner) {
    MemberDescriptor *d = object_new(MemberDescriptor, t, &member_type);
    if (d == NULL) return REF_NULL;
    d->def = *def;
    d->owner = owner;
    if (type_flag(owner, TYPE_HEAP)) slot_init(&d->owner_ref, ref_new(t, type_value(owner)));
    return ref_steal(d);
}
static void member_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((MemberDescriptor *)o)->owner_ref, visit, arg); }
static void member_destroy(Thread *t, Object *o) { slot_set(t, o, &((MemberDescriptor *)o)->owner_ref, REF_NULL); }

/* Fields other than slots are C variables of objects: their types see to it that racing accesses do no harm (relaxed loads). */
Ref member_get(Thread *t, Object *o, const MemberDef *def) {
    void *p = (char *)o + def->offset;
    switch (def->kind) {
    case MEMBER_SLOT: {
        Value v = slot_get(p);
        return value_is_null(v) ? REF_NONE : ref_new(t, v);
    }
    case MEMBER_SLOT_EX: {
        Value v = slot_get(p);
        if (likely(!value_is_null(v))) return ref_new(t, v);
        Value name = str_intern_cstr(t, def->name);
        return value_is_null(name) ? REF_NULL : err_no_attribute(t, object_value(o), name);
    }
    case MEMBER_INT: return int_from_i64(t, load_relaxed((_Atomic int *)p));
    case MEMBER_I64: return int_from_i64(t, load_relaxed((_Atomic int64_t *)p));
    case MEMBER_SIZE: return int_from_u64(t, load_relaxed((_Atomic size_t *)p));
    case MEMBER_BOOL: return ref_bool(load_relaxed((_Atomic bool *)p));
    case MEMBER_DOUBLE: return float_new(t, *(double *)p);
    case MEMBER_CSTR: return *(const char **)p == NULL ? REF_NONE : str_from_cstr(t, *(const char **)p);
    }
    return err_set(t, E_SystemError, "bad member descriptor type for %s", def->name);
}

/* NOLOCK: one atomic exchange. But STORE_ATTR_SLOT may have come upon such a slot, too, if two threads filled its cache: while it may store a number in a
 * number's place without a lock, what isn't one comes as to any other attribute. */
static Ref member_swap(Thread *t, Object *o, Slot *slot, Ref r) {
    Type *type = object_type_of(o);
    if (likely(is_local(t, o) || !type_flag(type, TYPE_SHAPED) || value_is_number(ref_borrow(r)))) return slot_swap(t, o, slot, r);
    publish(t, ref_borrow(r)); /* before the look at x_plain: it may wait */
    if (likely(load_relaxed(&type->x_plain) != PLAIN_ON)) return slot_swap(t, o, slot, r);
    Ref old;
    CRITICAL_BEGIN(t, o)
    old = instance_replace_locked(t, o, type, slot, r);
    CRITICAL_END(t)
    return old;
}
int member_set(Thread *t, Object *o, const MemberDef *def, Value value) {
    void *p = (char *)o + def->offset;
    if (def->readonly || def->kind == MEMBER_CSTR) return err_int(err_set(t, E_AttributeError, "readonly attribute"));
    if (def->kind == MEMBER_SLOT || def->kind == MEMBER_SLOT_EX) {
        Ref old = member_swap(t, o, p, ref_new(t, value));
        bool was = !ref_is_null(old);
        ref_drop(t, old);
        if (was || !value_is_null(value) || def->kind == MEMBER_SLOT) return 0;
        return err_int(err_set(t, E_AttributeError, "%s", def->name));
    }
    if (value_is_null(value)) return err_int(err_set(t, E_TypeError, "can't delete numeric/char attribute"));
    int64_t i = 0;
    if (def->kind == MEMBER_DOUBLE) return as_double(t, value, p);
    if (def->kind == MEMBER_BOOL) {
        if (!value_is_true(value) && !value_is_false(value)) return err_int(err_set(t, E_TypeError, "attribute value type must be bool"));
        store_relaxed((_Atomic bool *)p, value_is_true(value));
        return 0;
    }
    if (as_i64(t, value, &i) < 0) return -1;
    if (def->kind == MEMBER_INT) store_relaxed((_Atomic int *)p, (int)i);
    else store_relaxed((_Atomic int64_t *)p, i);
    return 0;
}

static Ref member_descr_get(Thread *t, Value self, Value obj, Value type) {
    if (value_is_null(obj)) return ref_new(t, self);
    return applies(t, self, obj) ? member_get(t, value_object(obj), &as(MemberDescriptor, self)->def) : REF_NULL;
}
static int member_descr_set(Thread *t, Value self, Value obj, Value value) {
    return applies(t, self, obj) ? member_set(t, value_object(obj), &as(MemberDescriptor, self)->def, value) : -1;
}
static Ref member_repr(Thread *t, Value v) { return str_format(t, "<member '%s' of '%s' objects>", name_of(v), owner_of(v)->name); }
Type member_type = {
    TYPE_HEADER(MemberDescriptor, TYPE_CONTAINER | TYPE_UNCOUNTED, member_traverse, NULL, member_destroy),
    .name = "member_descriptor",
    .base = &object_type,
    .repr = member_repr,
    .descr_get = member_descr_get,
    .descr_set = member_descr_set,
    .methods = reduce_method,
    .getset = data_getset};
