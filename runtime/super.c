/* super: attribute lookup that starts behind a class in the order of an object's type.
 */
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"
#include "runtime/vm_hooks.h"

/* A custom mro() may leave the class itself out. */
static bool in_mro(const Type *sub, const Type *type) {
    Value mro = slot_get(&sub->mro);
    for (size_t i = 0; !value_is_null(mro) && i < tuple_size(mro); i++)
        if (as(Type, tuple_get(mro, i)) == type) return true;
    return value_is_null(mro) && type_is_subtype(sub, type);
}

Value super_check(Thread *t, Type *type, Value obj) {
    if (is_type(obj) && in_mro(as(Type, obj), type)) return obj; /* super(type, subtype) */
    Type *obj_type = type_of(obj);
    if (type_is_subtype(obj_type, type)) return type_value(obj_type);
    /* a proxy may claim a class; types live on while the object does */
    Ref claimed = get_attr_opt(t, obj, N(__class__));
    if (ref_is_null(claimed) && err_pending(t)) return VALUE_NULL;
    Value c = ref_borrow(claimed), found = VALUE_NULL;
    if (!ref_is_null(claimed) && is_type(c) && as(Type, c) != obj_type && type_is_subtype(as(Type, c), type)) found = c;
    ref_drop(t, claimed);
    if (value_is_null(found)) err_set(t, E_TypeError, "super(type, obj): obj must be an instance or subtype of type");
    return found;
}

/* The attribute behind `type` in start's mro: borrowed, or null without an exception. */
static Value find_after(Type *start, Type *type, Value name) {
    Value mro = slot_get(&start->mro);
    if (value_is_null(mro)) return VALUE_NULL;
    size_t i = 0, n = tuple_size(mro);
    while (i < n && as(Type, tuple_get(mro, i)) != type) i++;
    for (i++; i < n; i++) {
        Value v = type_own(as(Type, tuple_get(mro, i)), name);
        if (!value_is_null(v)) return v;
    }
    return VALUE_NULL;
}

/* null without an exception: not found, or `__class__`, which is the super object's own */
static Ref lookup(Thread *t, Type *type, Value obj, Value obj_type, Value name, bool *method) {
    *method = false;
    if (str_equal_ascii(name, "__class__")) return REF_NULL;
    Ref r = ref_new(t, find_after(as(Type, obj_type), type, name));
    if (ref_is_null(r)) return r;
    Type *kind = type_of(ref_borrow(r));
    bool on_class = value_is(obj, obj_type); /* super(type, subtype): nothing to bind to */
    if (method != NULL && !on_class && type_flag(kind, TYPE_METHOD)) {
        *method = true;
        return r;
    }
    if (kind->descr_get == NULL) return r;
    Ref bound = kind->descr_get(t, ref_borrow(r), on_class ? VALUE_NULL : obj, obj_type);
    ref_drop(t, r);
    return bound;
}

Ref super_attr(Thread *t, Value type, Value obj, Value name, bool *found_method) {
    *found_method = false;
    if (!is_type(type)) return err_set(t, E_TypeError, "super() argument 1 must be a type, not %.200T", type);
    Value obj_type = super_check(t, as(Type, type), obj);
    if (value_is_null(obj_type)) return REF_NULL;
    Ref r = lookup(t, as(Type, type), obj, obj_type, name, found_method);
    if (!ref_is_null(r) || err_pending(t)) return r;
    /* what super objects themselves have, and the error, need one */
    Value args[2] = {type, obj};
    Ref super = call(t, type_value(&super_type), args, 2, VALUE_NULL);
    if (ref_is_null(super)) return REF_NULL;
    r = generic_getattr(t, ref_borrow(super), name);
    ref_drop(t, super);
    return r;
}

/* ---- the type ------------------------------------------------------------------------------------------------------------- */

static Value part(const Slot *slot) { return slot_get(slot); }

static Ref super_getattro(Thread *t, Value self, Value name) {
    Super *s = as(Super, self);
    Value obj_type = part(&s->obj_type);
    if (!is_str(name)) return err_set(t, E_TypeError, "attribute name must be string, not '%.200T'", name);
    if (!value_is_null(obj_type)) {
        bool method;
        Ref r = lookup(t, as(Type, part(&s->type)), part(&s->obj), obj_type, name, &method);
        if (method) {
            Ref bound = type_of(ref_borrow(r))->descr_get(t, ref_borrow(r), part(&s->obj), obj_type);
            ref_drop(t, r);
            return bound;
        }
        if (!ref_is_null(r) || err_pending(t)) return r;
    }
    return generic_getattr(t, self, name);
}

static void super_traverse(Object *o, VisitFn visit, void *arg) {
    Super *s = (Super *)o;
    slot_visit(&s->type, visit, arg);
    slot_visit(&s->obj, visit, arg);
    slot_visit(&s->obj_type, visit, arg);
}
static void super_destroy(Thread *t, Object *o) {
    Super *s = (Super *)o;
    slot_set(t, o, &s->type, REF_NULL);
    slot_set(t, o, &s->obj, REF_NULL);
    slot_set(t, o, &s->obj_type, REF_NULL);
}

static int super_init_from(Thread *t, Value self, Value type, Value obj) {
    Super *s = as(Super, self);
    if (!is_type(type)) return err_int(err_set(t, E_TypeError, "super() argument 1 must be a type, not %.200T", type));
    Value obj_type = VALUE_NULL;
    if (value_is_none(obj)) obj = VALUE_NULL;
    if (!value_is_null(obj)) {
        obj_type = super_check(t, as(Type, type), obj);
        if (value_is_null(obj_type)) return -1;
    }
    slot_set(t, s, &s->type, ref_new(t, type));
    slot_set(t, s, &s->obj, ref_new(t, obj));
    slot_set(t, s, &s->obj_type, ref_new(t, obj_type));
    return 0;
}
static int super_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "super", kwnames) < 0 || check_nargs(t, "super()", nargs, 0, 2) < 0) return -1;
    if (nargs > 0) return super_init_from(t, self, args[0], nargs == 2 ? args[1] : VALUE_NULL);
    Ref type, obj;
    if (vm.super_args == NULL) return err_int(err_set(t, E_RuntimeError, "super(): no current frame"));
    if (vm.super_args(t, &type, &obj) < 0) return -1;
    int r = super_init_from(t, self, ref_borrow(type), ref_borrow(obj));
    ref_drop(t, type);
    ref_drop(t, obj);
    return r;
}
static Ref super_new(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, type)); }

static Ref super_repr(Thread *t, Value self) {
    Super *s = as(Super, self);
    Value type = part(&s->type), obj_type = part(&s->obj_type);
    const char *name = value_is_null(type) ? "NULL" : as(Type, type)->name;
    if (value_is_null(obj_type)) return str_format(t, "<super: <class '%s'>, NULL>", name);
    return str_format(t, "<super: <class '%s'>, <%s object>>", name, as(Type, obj_type)->name);
}

/* An unbound super as a class attribute binds itself to the instance. */
static Ref super_descr_get(Thread *t, Value self, Value obj, Value type) {
    Super *s = as(Super, self);
    if (value_is_null(obj) || value_is_none(obj) || !value_is_null(part(&s->obj))) return ref_new(t, self);
    Value args[2] = {part(&s->type), obj};
    if (value_is_null(args[0])) return ref_new(t, self);
    return call(t, type_value(type_of(self)), args, 2, VALUE_NULL);
}

static const MemberDef super_members[] = {{"__thisclass__", MEMBER_SLOT, offsetof(Super, type), true, "the class invoking super()"},
                                          {"__self__", MEMBER_SLOT, offsetof(Super, obj), true, "the instance invoking super(); may be None"},
                                          {"__self_class__", MEMBER_SLOT, offsetof(Super, obj_type), true, "the type of the instance invoking super(); may be None"},
                                          {NULL}};
Type super_type = {
    TYPE_HEADER(Super, TYPE_CONTAINER | TYPE_BASETYPE, super_traverse, NULL, super_destroy),
    .name = "super",
    .doc = "super() -> same as super(__class__, <first argument>)\nsuper(type) -> unbound super object\n"
           "super(type, obj) -> bound super object; requires isinstance(obj, type)\n"
           "super(type, type2) -> bound super object; requires issubclass(type2, type)",
    .base = &object_type,
    .repr = super_repr,
    .getattro = super_getattro,
    .setattro = generic_setattr,
    .descr_get = super_descr_get,
    .new_ = super_new,
    .init = super_init,
    .members = super_members};
