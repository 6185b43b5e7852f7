/* Descriptors that Python code makes: property, classmethod, staticmethod. See descriptors.h.
 */
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/instance.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

/* obj.__isabstractmethod__ as a truth value: 1, 0, -1 */
static int is_abstract(Thread *t, Value obj) {
    if (value_is_null(obj)) return 0;
    Ref r = get_attr_opt(t, obj, N(__isabstractmethod__));
    if (ref_is_null(r)) return err_pending(t) ? -1 : 0;
    int truth = is_true(t, ref_borrow(r));
    ref_drop(t, r);
    return truth;
}

/* ---- property --------------------------------------------------------------------------------------------------------- */

static Property *property_of(Value v) { return as(Property, v); }

static void property_traverse(Object *o, VisitFn visit, void *arg) {
    Property *p = (Property *)o;
    slot_visit(&p->get, visit, arg);
    slot_visit(&p->set, visit, arg);
    slot_visit(&p->del, visit, arg);
    slot_visit(&p->doc, visit, arg);
    slot_visit(&p->name, visit, arg);
}
static void property_clear(Thread *t, Object *o) {
    Property *p = (Property *)o;
    slot_set(t, o, &p->get, REF_NULL);
    slot_set(t, o, &p->set, REF_NULL);
    slot_set(t, o, &p->del, REF_NULL);
    slot_set(t, o, &p->doc, REF_NULL);
    slot_set(t, o, &p->name, REF_NULL);
}

static void set_part(Thread *t, Value self, Slot *slot, Value v) {
    slot_set(t, value_object(self), slot, value_is_null(v) || value_is_none(v) ? REF_NULL : ref_new(t, v));
}

/* A subclass's instances show their doc as an attribute, since the class's own __doc__ hides the field. */
static int store_doc(Thread *t, Value self, Value doc) {
    if (is_exact(self, &property_type)) {
        set_part(t, self, &property_of(self)->doc, doc);
        return 0;
    }
    return set_attr(t, self, N(__doc__), value_is_null(doc) ? VALUE_NONE : doc);
}

static int property_fill(Thread *t, Value self, Value get, Value set, Value del, Value doc) {
    Property *p = property_of(self);
    set_part(t, self, &p->get, get);
    set_part(t, self, &p->set, set);
    set_part(t, self, &p->del, del);
    slot_set(t, p, &p->name, REF_NULL);
    p->doc_from_getter = false;
    bool no_doc = value_is_null(doc) || value_is_none(doc);
    if (!no_doc || value_is_null(get) || value_is_none(get)) return store_doc(t, self, doc);
    Ref own = get_attr_opt(t, get, N(__doc__));
    if (ref_is_null(own)) return err_pending(t) ? -1 : store_doc(t, self, VALUE_NULL);
    int r = 0;
    if (!ref_is_none(own)) {
        r = store_doc(t, self, ref_borrow(own));
        p->doc_from_getter = true;
    } else {
        set_part(t, self, &p->doc, VALUE_NULL);
    }
    ref_drop(t, own);
    return r;
}

static Ref property_new_slot(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, type)); }
static int property_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[4];
    if (bind_args(t, "property", "($self, fget=None, fset=None, fdel=None, doc=None)", &signature, args, nargs, kwnames, a, 4) < 0) return -1;
    return property_fill(t, self, a[0], a[1], a[2], a[3]);
}
Ref property_new(Thread *t, Value get, Value set, Value del, Value doc) {
    Ref r = instance_new(t, &property_type);
    if (!ref_is_null(r) && property_fill(t, ref_borrow(r), get, set, del, doc) < 0) {
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

static Ref property_error(Thread *t, Value self, Value obj, const char *what, bool with_name) {
    Value name = slot_get(&property_of(self)->name);
    Ref owner = type_qualname(t, type_of(obj));
    if (ref_is_null(owner)) return REF_NULL;
    if (value_is_null(name)) err_set(t, E_AttributeError, "property of %R object has no %s", ref_borrow(owner), what);
    else if (with_name) err_attribute(t, obj, name, "property %R of %R object has no %s", name, ref_borrow(owner), what);
    else err_set(t, E_AttributeError, "property %R of %R object has no %s", name, ref_borrow(owner), what);
    ref_drop(t, owner);
    return REF_NULL;
}

static Ref property_get(Thread *t, Value self, Value obj, Value type) {
    if (value_is_null(obj)) return ref_new(t, self);
    Ref get = slot_ref(t, &property_of(self)->get);
    if (ref_is_null(get)) return property_error(t, self, obj, "getter", true);
    Ref r = call1(t, ref_borrow(get), obj);
    ref_drop(t, get);
    return r;
}
static int property_set(Thread *t, Value self, Value obj, Value value) {
    bool deleting = value_is_null(value);
    Ref f = slot_ref(t, deleting ? &property_of(self)->del : &property_of(self)->set);
    if (ref_is_null(f)) return err_int(property_error(t, self, obj, deleting ? "deleter" : "setter", false));
    Ref r = deleting ? call1(t, ref_borrow(f), obj) : call2(t, ref_borrow(f), obj, value);
    ref_drop(t, f);
    if (ref_is_null(r)) return -1;
    ref_drop(t, r);
    return 0;
}

/* The same property with one function replaced, made by calling its class. */
static Ref property_with(Thread *t, Value self, Value get, Value set, Value del) {
    Property *p = property_of(self);
    Ref parts[4] = {value_is_null(get) ? slot_ref(t, &p->get) : ref_new(t, get), value_is_null(set) ? slot_ref(t, &p->set) : ref_new(t, set),
                    value_is_null(del) ? slot_ref(t, &p->del) : ref_new(t, del), REF_NULL};
    bool getter_doc = p->doc_from_getter && !value_is_none(ref_borrow(parts[0]));
    parts[3] = getter_doc ? REF_NONE : slot_ref(t, &p->doc);
    Value args[4];
    for (int i = 0; i < 4; i++) args[i] = ref_is_null(parts[i]) ? VALUE_NONE : ref_borrow(parts[i]);
    Ref name = slot_ref(t, &p->name);
    Ref r = call(t, type_value(type_of(self)), args, 4, VALUE_NULL);
    if (!ref_is_null(r) && type_is_subtype(type_of(ref_borrow(r)), &property_type))
        slot_set(t, value_object(ref_borrow(r)), &property_of(ref_borrow(r))->name, name);
    else ref_drop(t, name);
    for (int i = 0; i < 4; i++) ref_drop(t, parts[i]);
    return r;
}
static Ref property_getter(Thread *t, Value self, const Value *a) { return property_with(t, self, a[0], VALUE_NULL, VALUE_NULL); }
static Ref property_setter(Thread *t, Value self, const Value *a) { return property_with(t, self, VALUE_NULL, a[0], VALUE_NULL); }
static Ref property_deleter(Thread *t, Value self, const Value *a) { return property_with(t, self, VALUE_NULL, VALUE_NULL, a[0]); }
static Ref property_set_name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "property.__set_name__", kwnames) < 0) return REF_NULL;
    if (nargs != 2) return err_set(t, E_TypeError, "__set_name__() takes 2 positional arguments but %zu were given", nargs);
    slot_set(t, value_object(self), &property_of(self)->name, ref_new(t, args[1]));
    return REF_NONE;
}
static Ref property_abstract(Thread *t, Value self, void *closure) {
    Slot *parts[] = {&property_of(self)->get, &property_of(self)->set, &property_of(self)->del};
    for (int i = 0; i < 3; i++) {
        Ref f = slot_ref(t, parts[i]);
        int r = is_abstract(t, ref_borrow(f));
        ref_drop(t, f);
        if (r != 0) return r < 0 ? REF_NULL : REF_TRUE;
    }
    return REF_FALSE;
}

static NativeDef property_methods[] = {
    FN("getter", "!($self, fget, /)", property_getter, "Descriptor to obtain a copy of the property with a different getter."),
    FN("setter", "!($self, fset, /)", property_setter, "Descriptor to obtain a copy of the property with a different setter."),
    FN("deleter", "!($self, fdel, /)", property_deleter, "Descriptor to obtain a copy of the property with a different deleter."),
    FN_RAW_BARE("__set_name__", NULL, property_set_name, "Method to set name of a property."), FN_END};
static const MemberDef property_members[] = {{"fget", MEMBER_SLOT, offsetof(Property, get), true},
                                             {"fset", MEMBER_SLOT, offsetof(Property, set), true},
                                             {"fdel", MEMBER_SLOT, offsetof(Property, del), true},
                                             {"__doc__", MEMBER_SLOT, offsetof(Property, doc), false}, {NULL}};
static const GetSetDef property_getset[] = {{"__isabstractmethod__", property_abstract}, {NULL}};

Type property_type = {
    TYPE_HEADER(Property, TYPE_CONTAINER | TYPE_UNCOUNTED | TYPE_BASETYPE, property_traverse, property_clear, property_clear),
    .name = "property",
    .doc = "property(fget=None, fset=None, fdel=None, doc=None)\n--\n\nAn attribute whose reading, writing and deleting are function calls.",
    .base = &object_type,
    .getattro = generic_getattr,
    .setattro = generic_setattr,
    .descr_get = property_get,
    .descr_set = property_set,
    .new_ = property_new_slot,
    .init = property_init,
    .methods = property_methods,
    .members = property_members,
    .getset = property_getset};

/* ---- classmethod and staticmethod ------------------------------------------------------------------------------------------ */

static Value callable_of(Value v) { return slot_get(&as(WrapperMethod, v)->callable); }

static void wrapper_traverse(Object *o, VisitFn visit, void *arg) {
    instance_traverse_attrs(o, visit, arg);
    slot_visit(&((WrapperMethod *)o)->callable, visit, arg);
}
static void wrapper_clear(Thread *t, Object *o) {
    instance_clear_attrs(t, o);
    slot_set(t, o, &((WrapperMethod *)o)->callable, REF_NULL);
}

/* The wrapper takes on the function's names and texts, as functools.wraps would. */
static int copy_attributes(Thread *t, Value self, Value callable) {
    Value wanted[] = {N(__module__), N(__name__), N(__qualname__), N(__doc__), N(__annotations__)};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        Ref v = get_attr_opt(t, callable, wanted[i]);
        if (ref_is_null(v)) {
            if (err_pending(t)) return -1;
            continue;
        }
        int r = instance_set(t, self, wanted[i], ref_borrow(v));
        ref_drop(t, v);
        if (r < 0) return -1;
    }
    return 0;
}

static Ref wrapper_make(Thread *t, Type *type, Value callable) {
    Ref r = instance_new(t, type);
    if (ref_is_null(r)) return r;
    slot_init(&as(WrapperMethod, ref_borrow(r))->callable, ref_new(t, callable));
    /* for C functions of static types, made before anything runs, the texts would only cost time: nobody reads them here */
    if (!is_exact(callable, &native_type) && copy_attributes(t, ref_borrow(r), callable) < 0) {
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}
Ref staticmethod_new(Thread *t, Value callable) { return wrapper_make(t, &staticmethod_type, callable); }
Ref classmethod_new(Thread *t, Value callable) { return wrapper_make(t, &classmethod_type, callable); }

static Ref wrapper_new_slot(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) {
    Ref r = instance_new(t, as(Type, type));
    if (!ref_is_null(r)) slot_init(&as(WrapperMethod, ref_borrow(r))->callable, REF_NONE);
    return r;
}
static int wrapper_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, const char *name) {
    if (no_kwargs(t, name, kwnames) < 0 || check_nargs(t, name, nargs, 1, 1) < 0) return -1;
    slot_set(t, value_object(self), &as(WrapperMethod, self)->callable, ref_new(t, args[0]));
    return copy_attributes(t, self, args[0]);
}
static int classmethod_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return wrapper_init(t, self, args, nargs, kwnames, "classmethod");
}
static int staticmethod_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return wrapper_init(t, self, args, nargs, kwnames, "staticmethod");
}
static Ref classmethod_repr(Thread *t, Value v) { return str_format(t, "<classmethod(%R)>", callable_of(v)); }
static Ref staticmethod_repr(Thread *t, Value v) { return str_format(t, "<staticmethod(%R)>", callable_of(v)); }

/* A callable with __get__ is bound to the class by it (deprecated since, but 3.11's way); others become bound methods. */
static Ref classmethod_get(Thread *t, Value self, Value obj, Value type) {
    if (value_is_null(type)) type = type_value(type_of(obj));
    Value f = callable_of(self);
    Type *kind = type_of(f);
    if (kind->descr_get == NULL) return method_new(t, f, type);
    if (c_stack_check(t, " while calling a Python object") < 0) return REF_NULL;
    Ref hold = ref_new(t, f), r = kind->descr_get(t, f, type, type); /* __init__() may be called again meanwhile */
    ref_drop(t, hold);
    return r;
}
static Ref staticmethod_get(Thread *t, Value self, Value obj, Value type) { return ref_new(t, callable_of(self)); }
static Ref staticmethod_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref hold = ref_new(t, callable_of(self)), r = call(t, ref_borrow(hold), args, nargs, kwnames); /* as above */
    ref_drop(t, hold);
    return r;
}
static Ref wrapper_abstract(Thread *t, Value self, void *closure) {
    int r = is_abstract(t, callable_of(self));
    return r < 0 ? REF_NULL : ref_bool(r);
}
static const MemberDef wrapper_members[] = {{"__func__", MEMBER_SLOT, offsetof(WrapperMethod, callable), true},
                                            {"__wrapped__", MEMBER_SLOT, offsetof(WrapperMethod, callable), true}, {NULL}};
static const GetSetDef wrapper_getset[] = {{"__isabstractmethod__", wrapper_abstract}, {NULL}};

Type classmethod_type = {
    TYPE_HEADER(WrapperMethod, TYPE_CONTAINER | TYPE_UNCOUNTED | TYPE_BASETYPE | TYPE_SHAPED, wrapper_traverse, wrapper_clear, wrapper_clear),
    .name = "classmethod",
    .doc = "classmethod(function) -> method\n\nMakes a function get the class as its first argument.",
    .base = &object_type,
    .attrs_offset = offsetof(WrapperMethod, attrs_),
    .repr = classmethod_repr,
    .getattro = generic_getattr,
    .setattro = generic_setattr,
    .descr_get = classmethod_get,
    .new_ = wrapper_new_slot,
    .init = classmethod_init,
    .members = wrapper_members,
    .getset = wrapper_getset};

Type staticmethod_type = {
    TYPE_HEADER(WrapperMethod, TYPE_CONTAINER | TYPE_UNCOUNTED | TYPE_BASETYPE | TYPE_SHAPED, wrapper_traverse, wrapper_clear, wrapper_clear),
    .name = "staticmethod",
    .doc = "staticmethod(function) -> method\n\nKeeps a function in a class from being bound to anything.",
    .base = &object_type,
    .attrs_offset = offsetof(WrapperMethod, attrs_),
    .repr = staticmethod_repr,
    .call = staticmethod_call,
    .getattro = generic_getattr,
    .setattro = generic_setattr,
    .descr_get = staticmethod_get,
    .new_ = wrapper_new_slot,
    .init = staticmethod_init,
    .members = wrapper_members,
    .getset = wrapper_getset};
