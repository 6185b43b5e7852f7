/* Types as objects: their attributes, methods, repr, and assignment to __class__ and __bases__.
 */
#include "alloc/collect.h"
#include "runtime/modules/kit.h"
#include "runtime/modules/sys.h"
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/genericalias.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

/* ---- attribute access ----------------------------------------------------------------------------------------------- */

/* The metatype's data descriptor, the type's own mro (bound with no instance), the metatype's rest. */
Ref type_getattr_opt(Thread *t, Value self, Value name) {
    Type *type = as(Type, self), *meta = object_type_of(type);
    if (!is_str(name)) return err_set(t, E_TypeError, "attribute name must be string, not '%.200T'", name);
    Value meta_attr = type_lookup(t, meta, name);
    Type *kind = value_is_null(meta_attr) ? NULL : type_of(meta_attr);
    Ref hold = kind != NULL && kind->descr_get != NULL ? ref_new(t, meta_attr) : REF_NULL, r = REF_NULL;
    if (kind != NULL && kind->descr_get != NULL && kind->descr_set != NULL) {
        r = kind->descr_get(t, meta_attr, self, type_value(meta));
        goto done;
    }
    Value attr = type_lookup(t, type, name);
    if (!value_is_null(attr)) {
        Type *attr_type = type_of(attr);
        r = ref_new(t, attr);
        if (attr_type->descr_get != NULL) {
            Ref bound = attr_type->descr_get(t, attr, VALUE_NULL, self);
            ref_drop(t, r);
            r = bound;
        }
    } else if (kind != NULL) {
        r = kind->descr_get == NULL ? ref_new(t, meta_attr) : kind->descr_get(t, meta_attr, self, type_value(meta));
    }
done:
    ref_drop(t, hold);
    return r;
}
Ref type_getattro(Thread *t, Value self, Value name) {
    Ref r = type_getattr_opt(t, self, name);
    if (likely(!ref_is_null(r)) || err_pending(t)) return r;
    return err_attribute(t, self, name, "type object '%.50s' has no attribute '%V'", as(Type, self)->name, name);
}

int type_setattro(Thread *t, Value self, Value name, Value value) {
    Type *type = as(Type, self);
    if (!is_str(name)) return err_int(err_set(t, E_TypeError, "attribute name must be string, not '%.200T'", name));
    if (type_flag(type, TYPE_IMMUTABLE))
        return err_int(err_set(t, E_TypeError, "cannot set %R attribute of immutable type '%s'", name, type->name));
    Value meta_attr = type_lookup(t, object_type_of(type), name);
    if (!value_is_null(meta_attr) && type_of(meta_attr)->descr_set != NULL) {
        Ref hold = ref_new(t, meta_attr);
        int r = type_of(meta_attr)->descr_set(t, meta_attr, self, value);
        ref_drop(t, hold);
        return r;
    }
    Value interned = name_interned(t, name);
    if (value_is_null(interned)) return -1;
    bool found;
    int r = type_store(t, type, interned, value, &found);
    if (r == 0 && value_is_null(value) && !found)
        return err_int(err_set(t, E_AttributeError, "type object '%.50s' has no attribute '%V'", type->name, name));
    return r;
}

Ref type_repr(Thread *t, Value self) {
    Type *type = as(Type, self);
    Ref module = type_module(t, type);
    if (ref_is_null(module)) err_clear(t);
    Ref name = type_qualname(t, type), r;
    if (ref_is_null(name)) r = REF_NULL;
    else if (!ref_is_null(module) && is_str(ref_borrow(module)) && !str_equal_ascii(ref_borrow(module), "builtins"))
        r = str_format(t, "<class '%V.%V'>", ref_borrow(module), ref_borrow(name));
    else r = str_format(t, "<class '%s'>", type->name);
    ref_drop(t, name);
    ref_drop(t, module);
    return r;
}

/* ---- getters and setters ------------------------------------------------------------------------------------------------ */

static int writable(Thread *t, Type *type, Value value, const char *name) {
    if (!type_flag(type, TYPE_HEAP) || type_flag(type, TYPE_IMMUTABLE))
        return err_int(err_set(t, E_TypeError, "cannot set '%s' attribute of immutable type '%s'", name, type->name));
    if (value_is_null(value)) return err_int(err_set(t, E_TypeError, "cannot delete '%s' attribute of immutable type '%s'", name, type->name));
    return 0;
}

static Ref get_name(Thread *t, Value self, void *closure) { return type_name(t, as(Type, self)); }
static int set_name(Thread *t, Value self, Value value, void *closure) {
    Type *type = as(Type, self);
    if (writable(t, type, value, "__name__") < 0 || audit(t, "object.__setattr__", (Value[]){self, N(__name__), value}, 3) < 0) return -1;
    if (!is_str(value)) return err_int(err_set(t, E_TypeError, "can only assign string to %s.__name__, not '%T'", type->name, value));
    for (size_t i = 0; i < str_length(value); i++)
        if (str_at(as(Str, value), i) == 0) return err_int(err_set(t, E_ValueError, "type name must not contain null characters"));
    Value name = name_interned(t, value);
    const char *text = value_is_null(name) ? NULL : str_utf8(t, name, NULL);
    if (text == NULL) return -1;
    world_stop(t); /* the text is read without locks by every message */
    type->name = text;
    world_start(t);
    slot_set(t, type, &type->name_object, ref_new(t, name));
    return 0;
}
static Ref get_qualname(Thread *t, Value self, void *closure) { return type_qualname(t, as(Type, self)); }
static int set_qualname(Thread *t, Value self, Value value, void *closure) {
    Type *type = as(Type, self);
    if (writable(t, type, value, "__qualname__") < 0) return -1;
    if (!is_str(value)) return err_int(err_set(t, E_TypeError, "can only assign string to %s.__qualname__, not '%T'", type->name, value));
    slot_set(t, type, &type->qualname, ref_new(t, value));
    return 0;
}
static int store(Thread *t, Type *type, Value name, Value value) {
    bool found;
    return type_store(t, type, name, value, &found);
}
static Ref get_module(Thread *t, Value self, void *closure) { return type_module(t, as(Type, self)); }
static int set_module(Thread *t, Value self, Value value, void *closure) {
    if (writable(t, as(Type, self), value, "__module__") < 0) return -1;
    return store(t, as(Type, self), N(__module__), value);
}
static Ref get_bases(Thread *t, Value self, void *closure) { return slot_ref(t, &as(Type, self)->bases); }
static int set_bases(Thread *t, Value self, Value value, void *closure) {
    if (writable(t, as(Type, self), value, "__bases__") < 0 || audit(t, "object.__setattr__", (Value[]){self, N(__bases__), value}, 3) < 0) return -1;
    return type_set_bases(t, as(Type, self), value);
}
static Ref get_base(Thread *t, Value self, void *closure) {
    Type *base = as(Type, self)->base;
    return base == NULL ? REF_NONE : ref_new(t, type_value(base));
}
static Ref get_dict(Thread *t, Value self, void *closure) {
    Value dict = slot_get(&as(Type, self)->dict);
    return value_is_null(dict) ? REF_NONE : mappingproxy_new(t, dict);
}
static Ref get_doc(Thread *t, Value self, void *closure) {
    Type *type = as(Type, self);
    if (!type_flag(type, TYPE_HEAP) && type->doc != NULL) return doc_text(t, type->doc);
    Ref r = ref_new(t, type_own(type, N(__doc__)));
    if (ref_is_null(r)) return REF_NONE;
    Type *kind = type_of(ref_borrow(r));
    if (kind->descr_get == NULL) return r;
    Ref bound = kind->descr_get(t, ref_borrow(r), VALUE_NULL, self);
    ref_drop(t, r);
    return bound;
}
static int set_doc(Thread *t, Value self, Value value, void *closure) {
    if (writable(t, as(Type, self), value, "__doc__") < 0) return -1;
    return store(t, as(Type, self), N(__doc__), value);
}
static Ref get_signature(Thread *t, Value self, void *closure) {
    Ref text = ref_new(t, type_own(as(Type, self), N(__doc__))), r = REF_NONE;
    const char *doc = as(Type, self)->doc, *name = as(Type, self)->name;
    if (doc == NULL && !ref_is_null(text) && is_str(ref_borrow(text))) { /* a class that Python code made */
        doc = str_utf8(t, ref_borrow(text), NULL);
        if (doc == NULL) err_clear(t); /* surrogates */
        if (doc == NULL || strncmp(doc, name, strlen(name)) != 0 || doc[strlen(name)] != '(') doc = NULL;
    }
    const char *open = doc == NULL ? NULL : strchr(doc, '('), *end = doc == NULL ? NULL : strstr(doc, ")\n--\n\n");
    if (open != NULL && end != NULL && open < end) r = str_from_utf8(t, open, (size_t)(end + 1 - open));
    ref_drop(t, text);
    return r;
}
static Ref get_abstract(Thread *t, Value self, void *closure) {
    Ref r = as(Type, self) == &type_type ? REF_NULL : ref_new(t, type_own(as(Type, self), N(__abstractmethods__)));
    return ref_is_null(r) ? err_set(t, E_AttributeError, "__abstractmethods__") : r;
}
static int set_abstract(Thread *t, Value self, Value value, void *closure) {
    Type *type = as(Type, self);
    bool found;
    int abstract = value_is_null(value) ? 0 : is_true(t, value);
    if (abstract < 0 || type_store(t, type, N(__abstractmethods__), value, &found) < 0) return -1;
    if (value_is_null(value) && !found) return err_int(err_set(t, E_AttributeError, "__abstractmethods__"));
    world_stop(t);
    if (abstract) type->head.flags |= TYPE_ABSTRACT;
    else type->head.flags &= ~TYPE_ABSTRACT;
    world_start(t);
    return 0;
}
static Ref get_annotations(Thread *t, Value self, void *closure) {
    Type *type = as(Type, self);
    if (!type_flag(type, TYPE_HEAP)) return err_set(t, E_AttributeError, "type object '%s' has no attribute '__annotations__'", type->name);
    Ref r = ref_new(t, type_own(type, N(__annotations__)));
    if (!ref_is_null(r)) {
        Type *kind = type_of(ref_borrow(r));
        if (kind->descr_get == NULL) return r;
        Ref bound = kind->descr_get(t, ref_borrow(r), VALUE_NULL, self);
        ref_drop(t, r);
        return bound;
    }
    Ref fresh = dict_new(t);
    if (!ref_is_null(fresh)) r = type_store_default(t, type, N(__annotations__), ref_borrow(fresh));
    ref_drop(t, fresh);
    return r;
}
static int set_annotations(Thread *t, Value self, Value value, void *closure) {
    Type *type = as(Type, self);
    if (type_flag(type, TYPE_IMMUTABLE) || !type_flag(type, TYPE_HEAP))
        return err_int(err_set(t, E_TypeError, "cannot set '__annotations__' attribute of immutable type '%s'", type->name));
    bool found;
    if (type_store(t, type, N(__annotations__), value, &found) < 0) return -1;
    return value_is_null(value) && !found ? err_int(err_set(t, E_AttributeError, "__annotations__")) : 0;
}

/* In CPython's numbering: copyreg, inspect and others look at single bits. */
static Ref get_flags(Thread *t, Value self, void *closure) {
    static const struct { uint32_t ours; int bit; } map[] = {
        {TYPE_SEQUENCE, 5}, {TYPE_MAPPING, 6}, {TYPE_NO_INSTANTIATION, 7}, {TYPE_IMMUTABLE, 8}, {TYPE_HEAP, 9}, {TYPE_BASETYPE, 10}, {TYPE_READY, 12},
        {TYPE_CONTAINER, 14}, {TYPE_METHOD, 17}, {TYPE_ABSTRACT, 20}, {TYPE_MATCH_SELF, 22}, {TYPE_INT, 24}, {TYPE_LIST, 25}, {TYPE_TUPLE, 26},
        {TYPE_BYTES, 27}, {TYPE_STR, 28}, {TYPE_DICT, 29}, {TYPE_EXCEPTION, 30}, {TYPE_TYPE, 31}};
    int64_t flags = 0;
    for (size_t i = 0; i < sizeof map / sizeof *map; i++)
        if (type_flag(as(Type, self), map[i].ours)) flags |= (int64_t)1 << map[i].bit;
    return ref_small_int(flags);
}
static Ref get_basicsize(Thread *t, Value self, void *closure) { return ref_small_int((int64_t)as(Type, self)->head.size); }
static Ref get_itemsize(Thread *t, Value self, void *closure) { return ref_small_int((int64_t)as(Type, self)->head.item_size); }
static Ref get_dictoffset(Thread *t, Value self, void *closure) { return ref_small_int((int64_t)as(Type, self)->attrs_offset); }
static Ref get_weakrefoffset(Thread *t, Value self, void *closure) { return ref_small_int((int64_t)as(Type, self)->weakrefs_offset); }

/* what CPython has as fields of its struct */

static const MemberDef type_members[] = {{"__mro__", MEMBER_SLOT, offsetof(Type, mro), true, NULL}, {NULL}};
const GetSetDef type_getsets[] = {
    {"__name__", get_name, set_name}, {"__qualname__", get_qualname, set_qualname}, {"__bases__", get_bases, set_bases},
    {"__base__", get_base, readonly_member}, {"__module__", get_module, set_module},
    {"__abstractmethods__", get_abstract, set_abstract}, {"__dict__", get_dict}, {"__doc__", get_doc, set_doc},
    {"__text_signature__", get_signature}, {"__annotations__", get_annotations, set_annotations}, {"__flags__", get_flags, readonly_member},
    {"__basicsize__", get_basicsize, readonly_member}, {"__itemsize__", get_itemsize, readonly_member}, {"__dictoffset__", get_dictoffset, readonly_member},
    {"__weakrefoffset__", get_weakrefoffset, readonly_member}, {NULL}};

/* ---- methods -------------------------------------------------------------------------------------------------------------------- */

static Ref type_mro_method(Thread *t, Value self, const Value *a) {
    Ref mro = mro_compute(t, as(Type, self), slot_get(&as(Type, self)->bases));
    if (ref_is_null(mro)) return mro;
    Ref list = sequence_list(t, ref_borrow(mro));
    ref_drop(t, mro);
    return list;
}

static Ref type_subclasses(Thread *t, Value self, const Value *a) {
    /* counted under the lock, which keeps the dying ones' memory; the list is built after */
    mutex_lock(t, &type_lock);
    SubclassList *list = as(Type, self)->subclasses;
    size_t n = 0, count = list == NULL ? 0 : list->count;
    Ref *alive = count == 0 ? NULL : mem_alloc(count * sizeof(Ref));
    for (size_t i = 0; alive != NULL && i < count; i++) {
        Ref r = type_flag(list->item[i], TYPE_HEAP) ? ref_try(t, &list->item[i]->head.base) : ref_new(t, type_value(list->item[i]));
        if (!ref_is_null(r)) alive[n++] = r;
    }
    mutex_unlock(&type_lock);
    if (count > 0 && alive == NULL) return err_no_memory(t);
    Ref r = list_from_steal(t, alive, n);
    mem_free(alive);
    return r;
}

static Ref type_instancecheck(Thread *t, Value self, const Value *a) {
    int r = is_instance_plain(t, a[0], self);
    return r < 0 ? REF_NULL : ref_bool(r);
}
static Ref type_subclasscheck(Thread *t, Value self, const Value *a) {
    int r = is_subclass_plain(t, a[0], self);
    return r < 0 ? REF_NULL : ref_bool(r);
}
static Ref type_prepare(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return dict_new(t); }
static Ref type_sizeof(Thread *t, Value self, const Value *a) { return ref_small_int((int64_t)sizeof(Type)); }

NativeDef type_methods[] = {
    FN("mro", "($self, /)", type_mro_method, "Return a type's method resolution order."),
    FN("__subclasses__", "($self, /)", type_subclasses, "Return a list of immediate subclasses."),
    {.name = "__prepare__", .raw = type_prepare, .doc = "Used for the namespace of the class statement.", .flags = NATIVE_CLASS},
    FN("__instancecheck__", "($self, instance, /)", type_instancecheck, "Check if an object is an instance."),
    FN("__subclasscheck__", "($self, subclass, /)", type_subclasscheck, "Check if a class is a subclass."),
    FN("__dir__", "($self, /)", type_dir, "Specialized __dir__ implementation for types."),
    FN("__sizeof__", "($self, /)", type_sizeof, "Return memory consumption of the type object."),
    FN_END};

/* int | str */
static Ref type_or(Thread *t, Value a, Value b) { return union_or(t, a, b); }

Type type_type = {
    TYPE_HEADER(Type, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_UNCOUNTED | TYPE_WEAKREFABLE | TYPE_TYPE, type_traverse, type_clear, type_destroy),
    .name = "type",
    .doc = "type(object) -> the object's type\ntype(name, bases, dict, **kwds) -> a new type",
    .base = &object_type,
    .weakrefs_offset = offsetof(Type, weakrefs),
    .basic_size_end = sizeof(Type),
    .repr = type_repr,
    .call = type_call_slot,
    .getattro = type_getattro,
    .setattro = type_setattro,
    .new_ = type_new_slot,
    .init = type_init_slot,
    .or_ = type_or,
    .methods = type_methods,
    .members = type_members,
    .getset = type_getsets};

/* ---- __class__ assignment ------------------------------------------------------------------------------------------------------------ */

static bool same_slots(const Type *a, const Type *b) {
    const MemberDef *m = a->members, *n = b->members;
    while (m != NULL && n != NULL && m->name != NULL && n->name != NULL) {
        if (strcmp(m->name, n->name) != 0 || m->offset != n->offset) return false;
        m++;
        n++;
    }
    return (m == NULL || m->name == NULL) && (n == NULL || n->name == NULL);
}
/* The same class at the bottom of what adds no slots, or two that add the same ones to the same base. */
static bool adds_nothing(const Type *type) {
    return type_flag(type, TYPE_HEAP) && type->members == NULL && type->attrs_offset == type->base->attrs_offset && type->weakrefs_offset == type->base->weakrefs_offset;
}
static bool same_layout(const Type *a, const Type *b) {
    if (a->attrs_offset != b->attrs_offset || a->weakrefs_offset != b->weakrefs_offset || a->basic_size_end != b->basic_size_end) return false;
    while (adds_nothing(a)) a = a->base;
    while (adds_nothing(b)) b = b->base;
    return a == b || (type_flag(a, TYPE_HEAP) && type_flag(b, TYPE_HEAP) && a->base == b->base && same_slots(a, b));
}

int object_set_class(Thread *t, Value self, Value value) {
    if (value_is_null(value)) return err_int(err_set(t, E_TypeError, "can't delete __class__ attribute"));
    if (!is_type(value)) return err_int(err_set(t, E_TypeError, "__class__ must be set to a class, not '%s' object", type_of(value)->name));
    Type *to = as(Type, value), *from = type_of(self);
    bool module = type_is_subtype(to, &module_type) && type_is_subtype(from, &module_type);
    if (!module && (type_flag(to, TYPE_IMMUTABLE) || type_flag(from, TYPE_IMMUTABLE)))
        return err_int(err_set(t, E_TypeError, "__class__ assignment only supported for mutable types or ModuleType subclasses"));
    if (!same_layout(from, to))
        return err_int(err_set(t, E_TypeError, "__class__ assignment: '%.100s' object layout differs from '%.100s'", to->name, from->name));
    if (from == to) return 0;
    Object *o = value_object(self);
    if (from->attrs_offset != 0 && !module) { /* shapes belong to a type; a dict goes with any */
        Ref dict = instance_dict(t, self);
        if (ref_is_null(dict)) return -1;
        ref_drop(t, dict);
    }
    Ref keep = type_flag(to, TYPE_HEAP) ? ref_new(t, value) : REF_NULL; /* an instance counts its heap type */
    if (!is_local(t, o)) publish(t, value);
    CRITICAL_BEGIN(t, o) {
        from = object_type_of(o);
        atomic_store_explicit(&o->x_type, to, memory_order_release);
    }
    CRITICAL_END(t)
    (void)keep;
    if (type_flag(from, TYPE_HEAP)) ref_drop(t, ref_steal(from));
    return 0;
}

/* ---- __bases__ assignment --------------------------------------------------------------------------------------------------------------- */

static bool on_base_chain(const Type *type, const Type *above) {
    for (; type != NULL; type = type->base)
        if (type == above) return true;
    return false;
}

static int check_new_bases(Thread *t, Type *type, Value bases) {
    if (!is_tuple(bases)) return err_int(err_set(t, E_TypeError, "can only assign tuple to %s.__bases__, not %T", type->name, bases));
    if (tuple_size(bases) == 0) return err_int(err_set(t, E_TypeError, "can only assign non-empty tuple to %s.__bases__, not ()", type->name));
    for (size_t i = 0; i < tuple_size(bases); i++) {
        Value v = tuple_get(bases, i);
        if (!is_type(v)) return err_int(err_set(t, E_TypeError, "%s.__bases__ must be tuple of classes, not '%s'", type->name, type_of(v)->name));
        /* in the middle of another assignment the mro may be old, and the chain of layout bases new already */
        if (type_is_subtype(as(Type, v), type) || on_base_chain(as(Type, v), type))
            return err_int(err_set(t, E_TypeError, "a __bases__ item causes an inheritance cycle"));
    }
    return 0;
}

static void mro_changed(Thread *t, Type *type, bool slots) {
    mutex_lock(t, &type_lock);
    store_release(&x_mro_changes, load_relaxed(&x_mro_changes) + 1); /* before its subclasses are asked for: see subclass_join */
    type_modified_locked(t, type, slots);
    mutex_unlock(&type_lock);
}

/* The mros that an assignment replaced: what to go back to on failure. */
typedef struct OldMro { Type *type; Ref old, fresh; } OldMro;
typedef struct OldMros { OldMro *item; size_t count, capacity; } OldMros;

static int remember(Thread *t, OldMros *all, OldMro each) {
    if (all->count == all->capacity) {
        size_t capacity = all->capacity ? 2 * all->capacity : 8;
        OldMro *bigger = mem_realloc(all->item, capacity * sizeof *bigger);
        if (bigger == NULL) return err_int(err_no_memory(t));
        all->item = bigger;
        all->capacity = capacity;
    }
    (void)ref_new(t, type_value(each.type));
    all->item[all->count++] = each;
    return 0;
}

/* Gives type and all below it new mros, top down. A metaclass's mro() may come back here with another assignment: who finds the mro changed
 * under it leaves the rest to that one. */
static int renew_mros(Thread *t, Type *type, OldMros *all) {
    if (recursion_enter(t, " in __bases__ assignment") < 0) return -1;
    Ref before = slot_ref(t, &type->mro), fresh = type_mro_of(t, type);
    bool again = !value_is(slot_get(&type->mro), ref_borrow(before));
    ref_drop(t, before);
    if (ref_is_null(fresh) || again) {
        recursion_leave(t);
        int r = ref_is_null(fresh) ? -1 : 0;
        ref_drop(t, fresh);
        return r;
    }
    Ref copy = ref_new(t, ref_borrow(fresh)), old = slot_swap(t, type, &type->mro, fresh);
    mro_changed(t, type, false);
    int r = remember(t, all, (OldMro){type, old, copy});
    Ref below = r < 0 ? REF_NULL : type_subclasses(t, type_value(type), NULL);
    if (ref_is_null(below)) r = -1;
    for (size_t i = 0; r == 0 && i < list_size(ref_borrow(below)); i++) r = renew_mros(t, as(Type, list_get(ref_borrow(below), i)), all);
    ref_drop(t, below);
    recursion_leave(t);
    return r;
}

static void set_base(Thread *t, Type *type, Type *base) {
    (void)ref_new(t, type_value(base)); /* type->base counts */
    if (!is_local(t, type)) publish(t, type_value(base));
    Type *old = type->base;
    world_stop(t); /* chains of bases are walked without locks */
    type->base = base;
    world_start(t);
    ref_drop(t, ref_steal(old));
}

/* Takes the type out of the lists of those in `some` that aren't bases of it now. */
static void leave(Thread *t, Type *type, Value some) {
    mutex_lock(t, &type_lock);
    Value now = slot_get(&type->bases);
    for (size_t i = 0; i < tuple_size(some); i++) {
        bool base = false;
        for (size_t k = 0; k < tuple_size(now) && !base; k++) base = value_is(tuple_get(now, k), tuple_get(some, i));
        if (!base) subclass_remove(as(Type, tuple_get(some, i)), type);
    }
    mutex_unlock(&type_lock);
}

/* Whether CPython's collector would know its instances: it frees them in another way, so that a class can't go from one kind to the other. */
static bool collected(const Type *type) { return (type->head.flags & (TYPE_CONTAINER | TYPE_HEAP)) != 0; }

/* bases_lock held. As long as tables may remember what old or new bases have, the type stands in the lists of both. */
static int set_bases_locked(Thread *t, Type *type, Value bases) {
    if (check_new_bases(t, type, bases) < 0) return -1;
    Type *base = best_base(t, bases);
    if (base == NULL) return -1;
    if (collected(base) != collected(type->base))
        return err_int(err_set(t, E_TypeError, "__bases__ assignment: '%.100s' deallocator differs from '%.100s'", base->name, type->base->name));
    if (!same_layout(type->base, base))
        return err_int(err_set(t, E_TypeError, "__bases__ assignment: '%.100s' object layout differs from '%.100s'", base->name, type->base->name));
    Ref old_base = ref_new(t, type_value(type->base));
    Ref old_bases = slot_swap(t, type, &type->bases, ref_new(t, bases));
    set_base(t, type, base);
    OldMros all = {0};
    int r = subclass_join(t, type, bases, NULL) < 0 ? -1 : renew_mros(t, type, &all);
    bool ours = value_is(slot_get(&type->bases), bases); /* not replaced meanwhile by a metaclass's mro() */
    if (r < 0) {
        Ref error = err_fetch(t);
        for (size_t i = all.count; i-- > 0;)
            if (value_is(slot_get(&all.item[i].type->mro), ref_borrow(all.item[i].fresh)))
                slot_set(t, all.item[i].type, &all.item[i].type->mro, ref_new(t, ref_borrow(all.item[i].old)));
        if (ours) {
            slot_set(t, type, &type->bases, ref_new(t, ref_borrow(old_bases)));
            set_base(t, type, as(Type, ref_borrow(old_base)));
        }
        mro_changed(t, type, false);
        err_steal(t, error);
    } else if (ours) {
        mro_changed(t, type, true);
    }
    leave(t, type, ref_borrow(old_bases));
    leave(t, type, bases);
    for (size_t i = 0; i < all.count; i++) {
        ref_drop(t, all.item[i].old);
        ref_drop(t, all.item[i].fresh);
        ref_drop(t, ref_steal(all.item[i].type));
    }
    mem_free(all.item);
    ref_drop(t, old_bases);
    ref_drop(t, old_base);
    return r;
}

/* One assignment at a time; a metaclass's mro() may begin another one in the middle of it. */
static KitLock bases_lock;

/* Whoever stops the world with the type lock held may have to wait for a fork. */
void types_fork_child(void) {
    store_relaxed(&type_lock.x_state, 0u);
    bases_lock = (KitLock){0};
}

int type_set_bases(Thread *t, Type *type, Value bases) {
    bool alone = is_finalizing(); /* who held the lock may hang for ever */
    if (!alone && kit_lock(t, &bases_lock) < 0) return -1;
    int r = set_bases_locked(t, type, bases);
    if (!alone) kit_unlock(&bases_lock);
    return r;
}
