/* Type objects: completing static ones, their life, names. Classes made at run time: type_new.c; attributes of types: type_object.c.
 */
#include "runtime/type.h"
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/errors.h"
#include "runtime/genericalias.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

/* ---- the static types' registry ------------------------------------------------------------------------------------ */

static Type **statics; /* static types, for the collector's roots; appended at start and by imports, under the type lock */
static size_t static_count, static_capacity;

static int statics_add(Thread *t, Type *type) {
    mutex_lock(t, &type_lock);
    bool ok = true;
    if (static_count == static_capacity) {
        size_t capacity = static_capacity ? 2 * static_capacity : 256;
        Type **bigger = mem_realloc(statics, capacity * sizeof *bigger);
        ok = bigger != NULL;
        if (ok) {
            statics = bigger;
            static_capacity = capacity;
        }
    }
    if (ok) statics[static_count++] = type;
    mutex_unlock(&type_lock);
    return ok ? 0 : err_int(err_no_memory(t));
}

void types_visit_roots(VisitFn visit, void *arg) {
    for (size_t i = 0; i < static_count; i++) type_traverse(&statics[i]->head.base, visit, arg);
}

/* ---- readying ---------------------------------------------------------------------------------------------------------- */

static int add(Thread *t, Value dict, const char *name, Ref descriptor) {
    if (ref_is_null(descriptor)) return -1;
    Value key = str_intern_cstr(t, name);
    if (value_is_null(key)) {
        ref_drop(t, descriptor);
        return -1;
    }
    return dict_set_steal(t, dict, ref_new(t, key), descriptor);
}

static Ref method_make(Thread *t, Type *type, NativeDef *def) {
    if (load_relaxed(&def->x_owner) == NULL) {
        const char *dot = strrchr(type->name, '.');
        store_relaxed(&def->x_owner, dot ? dot + 1 : type->name);
    }
    if (def->flags & NATIVE_CLASS) return classmethod_descriptor_new(t, def, type);
    if (!(def->flags & NATIVE_STATIC)) return method_descriptor_new(t, def, type);
    Ref f = native_new(t, def, type_value(type), VALUE_NULL);
    if (ref_is_null(f)) return REF_NULL;
    Ref r = staticmethod_new(t, ref_borrow(f));
    ref_drop(t, f);
    return r;
}

/* The namespace of a static type: slot wrappers, then what its tables declare (which override wrappers of the same name). */
static int fill_dict(Thread *t, Type *type, Value dict) {
    if (slots_add_wrappers(t, type, dict) < 0) return -1;
    for (NativeDef *def = type->methods; def != NULL && def->name != NULL; def++) {
        Ref method = method_make(t, type, def);
        if (!ref_is_null(method)) object_immortalize(t, value_object(ref_borrow(method))); /* as the type is */
        if (add(t, dict, def->name, method) < 0) return -1;
    }
    for (const MemberDef *def = type->members; def != NULL && def->name != NULL; def++)
        if (add(t, dict, def->name, member_new(t, def, type)) < 0) return -1;
    for (const GetSetDef *def = type->getset; def != NULL && def->name != NULL; def++)
        if (add(t, dict, def->name, getset_new(t, def, type)) < 0) return -1;
    bool own_attrs = type->attrs_offset != 0 && type->base->attrs_offset == 0;
    if (own_attrs && dict_contains(t, dict, N(__dict__)) == 0 && add(t, dict, "__dict__", getset_new(t, &builtin_dict_getset, type)) < 0) return -1;
    if (dict_contains(t, dict, N(__doc__)) == 0 && add(t, dict, "__doc__", doc_text(t, type->doc)) < 0) return -1;
    return 0;
}

#define INHERITED_FLAGS                                                                                     \
    (TYPE_DERIVED_MASK | TYPE_SEQUENCE | TYPE_MAPPING | TYPE_MATCH_SELF | TYPE_SHAPED | TYPE_UNCOUNTED | TYPE_WEAKREFABLE)

static void inherit_layout(Type *type, const Type *base) {
    type->head.flags |= base->head.flags & INHERITED_FLAGS;
    if (type->head.size < base->head.size) type->head.size = base->head.size;
    if (type->head.item_size == 0) type->head.item_size = base->head.item_size;
    if (type->head.traverse == NULL && type->head.destroy == NULL) {
        type->head.flags |= base->head.flags & (TYPE_CONTAINER | TYPE_OPEN | TYPE_GUARDED);
        type->head.traverse = base->head.traverse;
        type->head.clear = base->head.clear;
        type->head.destroy = base->head.destroy;
    }
    if (type->attrs_offset == 0) type->attrs_offset = base->attrs_offset;
    if (type->weakrefs_offset == 0) type->weakrefs_offset = base->weakrefs_offset;
    if (type->weakrefs_offset != 0) type->head.flags |= TYPE_WEAKREFABLE;
}

/* (type,) + base's mro for one base, C3 for several. */
static Ref static_mro(Thread *t, Type *type, Value bases) {
    if (tuple_size(bases) > 1) return mro_compute(t, type, bases);
    Value above = tuple_size(bases) ? slot_get(&type->base->mro) : tuple_empty();
    Ref mro = tuple_new_uninit(t, tuple_size(above) + 1);
    if (ref_is_null(mro)) return mro;
    tuple_init_item(mro, 0, ref_new(t, type_value(type)));
    for (size_t i = 0; i < tuple_size(above); i++) tuple_init_item(mro, i + 1, ref_new(t, tuple_get(above, i)));
    return mro;
}

static int ready_bases(Thread *t, Type *type) {
    if (value_is_null(slot_get(&type->bases))) {
        Ref bases = type->base == NULL ? ref_new(t, tuple_empty()) : tuple_pack(t, 1, type_value(type->base));
        if (ref_is_null(bases)) return -1;
        slot_set(t, type, &type->bases, bases);
    }
    Ref mro = static_mro(t, type, slot_get(&type->bases));
    if (ref_is_null(mro)) return -1;
    slot_set(t, type, &type->mro, mro);
    return 0;
}

static Ref module_of_static(Thread *t, const Type *type, const char *dot) { return str_from_utf8(t, type->name, (size_t)(dot - type->name)); }

/* Whether the type is one that CPython makes when its module starts: then __module__ stands in its dict, and instances have it, too. It does so for
 * modules that aren't in this list. */
static bool made_with_module(const Type *type, const char *dot) {
    static const char *const older[] = {"itertools", "collections", "datetime", "_io", "_pickle", "_asyncio", "_contextvars", "types", "weakref", "zoneinfo", "_ctypes", "_collections", "_curses",
                                        "_multiprocessing", "_socket", "pickle", "xml.etree.ElementTree"};
    for (size_t i = 0; dot != NULL && i < sizeof older / sizeof *older; i++)
        if (strlen(older[i]) == (size_t)(dot - type->name) && memcmp(older[i], type->name, strlen(older[i])) == 0) return false;
    return dot != NULL;
}
static int add_module(Thread *t, const Type *type, Value dict) {
    const char *dot = strrchr(type->name, '.');
    if (type_flag(type, TYPE_HEAP) || !made_with_module(type, dot)) return 0;
    Ref name = module_of_static(t, type, dot);
    int r = ref_is_null(name) ? -1 : dict_set(t, dict, N(__module__), ref_borrow(name));
    ref_drop(t, name);
    return r;
}

int type_ready(Thread *t, Type *type) {
    if (type_flag(type, TYPE_READY)) return 0;
    if (type->base == NULL && type != &object_type) type->base = &object_type;
    if (type->base != NULL && type_ready(t, type->base) < 0) return -1;
    if (object_type_of(type) == NULL) store_relaxed(&type->head.base.x_type, &type_type);
    if (type->head.uid == 0) { /* the first time: an attempt may fail for lack of memory, and be made again */
        if (statics_add(t, type) < 0) return -1;
        type->head.uid = id_next();
    }
    if (ready_bases(t, type) < 0) return -1;
    /* iterators and the like, without a constructor of their own, can't be made from Python */
    if (type->new_ == NULL && type->base == &object_type) type->head.flags |= TYPE_NO_INSTANTIATION;
    Ref dict = dict_new(t);
    if (ref_is_null(dict)) return -1;
    if (type->base != NULL) inherit_layout(type, type->base);
    type_set_layout(type);
    if (type->basic_size_end == 0) type->basic_size_end = type->head.size;
    bool bad = add_module(t, type, ref_borrow(dict)) < 0 || fill_dict(t, type, ref_borrow(dict)) < 0;
    Value mro = slot_get(&type->mro);
    for (size_t i = 1; i < tuple_size(mro) && !bad; i++) slots_inherit(type, as(Type, tuple_get(mro, i)));
    if (!bad && type->hash == NULL) { /* it compares and doesn't hash */
        type->hash = hash_not_implemented;
        bad = dict_contains(t, ref_borrow(dict), N(__hash__)) == 0 && dict_set(t, ref_borrow(dict), N(__hash__), VALUE_NONE) < 0;
    }
    if (bad) {
        ref_drop(t, dict);
        return -1;
    }
    slot_set(t, type, &type->dict, dict); /* publishes it all: a static type is shared from birth */
    if (!type_flag(type, TYPE_HEAP)) type->head.flags |= TYPE_IMMUTABLE;
    type_set_plain_flags(type);
    Value bases = slot_get(&type->bases);
    return subclass_join(t, type, bases, NULL) < 0 ? -1 : 0;
}

int types_init(Thread *t) {
    static Type *const all[] = {
        &object_type, &type_type, &str_type, &tuple_type, &dict_type, &list_type, &native_type, &method_descriptor_type,
        &classmethod_descriptor_type, &wrapper_descriptor_type, &method_wrapper_type, &getset_type, &member_type, &mappingproxy_type,
        &staticmethod_type, &classmethod_type, &property_type, &super_type, &method_type, &none_type, &not_implemented_type,
        &ellipsis_type, &int_type, &bool_type, &float_type, &complex_type, &bytes_type, &bytearray_type, &memoryview_type, &set_type,
        &frozenset_type, &range_type, &slice_type, &module_type, &weakref_type, &weakproxy_type, &weakcallableproxy_type,
        &simplenamespace_type, &generic_alias_type, &generic_alias_iter_type, &union_type};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (type_ready(t, all[i]) < 0) return -1;
    return 0;
}

int module_add_type(Thread *t, Value module, Type *type) {
    if (!type_flag(type, TYPE_HEAP) && type_ready(t, type) < 0) return -1;
    const char *dot = strrchr(type->name, '.');
    return module_set(t, module, dot != NULL && !type_flag(type, TYPE_HEAP) ? dot + 1 : type->name, type_value(type));
}

/* ---- names --------------------------------------------------------------------------------------------------------------- */

static const char *last_part(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot == NULL ? name : dot + 1;
}
Ref type_name(Thread *t, Type *type) {
    if (type_flag(type, TYPE_HEAP)) return slot_ref(t, &type->name_object);
    return str_from_cstr(t, last_part(type->name));
}
Ref type_qualname(Thread *t, Type *type) {
    if (type_flag(type, TYPE_HEAP)) return slot_ref(t, &type->qualname);
    return str_from_cstr(t, last_part(type->name));
}
/* __module__: any object for heap types; AttributeError if it isn't there. */
Ref type_module(Thread *t, Type *type) {
    if (type_flag(type, TYPE_HEAP)) {
        Ref r = ref_new(t, type_own(type, N(__module__)));
        return ref_is_null(r) ? err_set(t, E_AttributeError, "__module__") : r;
    }
    const char *dot = strrchr(type->name, '.');
    return dot == NULL ? str_from_cstr(t, "builtins") : module_of_static(t, type, dot);
}

/* ---- life ------------------------------------------------------------------------------------------------------------------- */

void type_traverse(Object *o, VisitFn visit, void *arg) {
    Type *type = (Type *)o;
    if (type_flag(type, TYPE_HEAP) && type->base != NULL) visit(arg, type_value(type->base));
    slot_visit(&type->bases, visit, arg);
    slot_visit(&type->mro, visit, arg);
    slot_visit(&type->dict, visit, arg);
    slot_visit(&type->name_object, visit, arg);
    slot_visit(&type->qualname, visit, arg);
}

static void leave_bases(Thread *t, Type *type) {
    mutex_lock(t, &type_lock);
    Value bases = slot_get(&type->bases);
    for (size_t i = 0; !value_is_null(bases) && i < tuple_size(bases); i++) subclass_remove(as(Type, tuple_get(bases, i)), type);
    subclasses_forget(type);
    mutex_unlock(&type_lock);
}

/* Cycles run through the mro, the dict and the functions in it. base stays: instances that die after need their layout's functions. */
void type_clear(Thread *t, Object *o) {
    Type *type = (Type *)o;
    if (!type_flag(type, TYPE_HEAP)) return;
    leave_bases(t, type);
    slot_set(t, o, &type->bases, REF_NULL);
    slot_set(t, o, &type->mro, REF_NULL);
    slot_set(t, o, &type->dict, REF_NULL);
}

void type_destroy(Thread *t, Object *o) {
    Type *type = (Type *)o;
    leave_bases(t, type);
    attrs_free(t, type);
    mem_free(type->subclasses);
    type->subclasses = NULL;
    slot_set(t, o, &type->bases, REF_NULL);
    slot_set(t, o, &type->mro, REF_NULL);
    slot_set(t, o, &type->dict, REF_NULL);
    slot_set(t, o, &type->name_object, REF_NULL);
    slot_set(t, o, &type->qualname, REF_NULL);
    if (type->base != NULL) ref_drop(t, ref_steal(type->base));
    mem_free((void *)type->members);
}
