/* type.__new__: making a class from a name, bases and a namespace.
 *
 * Layout of instances, from offset 0: what the static base's C struct has; one slot for each of __slots__, base classes' first
 * (up to basic_size_end); then, where the C struct has none of its own, the weak reference list and struct Attrs with its inline slots.
 * These last two move from class to class; they are always found through the instance's own type.
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
#include "runtime/weakref.h"

#define INLINE_DEFAULT 4u
#define INLINE_MAX 32u

/* What is known while a class is being made. */
typedef struct Making {
    Type *base;          /* its layout is built on */
    Value bases;         /* tuple */
    Value dict;          /* the namespace, copied: owned by `keep_dict` */
    Ref slots;           /* tuple of __slots__ names, mangled and sorted; null: no __slots__ given */
    bool add_dict, add_weak;
    uint32_t known_attributes;
    Ref qualname, classcell;
} Making;

/* ---- metaclass --------------------------------------------------------------------------------------------------------- */

/* The most derived metaclass of meta and the bases'. Null with TypeError. */
static Type *metaclass_winner(Thread *t, Type *meta, Value bases) {
    for (size_t i = 0; i < tuple_size(bases); i++) {
        Type *other = type_of(tuple_get(bases, i));
        if (type_is_subtype(meta, other)) continue;
        if (!type_is_subtype(other, meta)) {
            err_set(t, E_TypeError,
                    "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases");
            return NULL;
        }
        meta = other;
    }
    return meta;
}

static int check_mro_entries(Thread *t, Value bases) {
    for (size_t i = 0; i < tuple_size(bases); i++) {
        Value base = tuple_get(bases, i);
        if (is_type(base)) continue;
        int has = has_attr(t, base, N(__mro_entries__));
        if (has > 0) err_set(t, E_TypeError, "type() doesn't support MRO entry resolution; use types.new_class()");
        if (has != 0) return -1;
    }
    return 0;
}

/* ---- __slots__ ------------------------------------------------------------------------------------------------------------ */

/* __x in class _C is stored as _C__x. New reference. */
static Ref mangle(Thread *t, Value class_name, Value name) {
    Str *s = as(Str, name), *c = as(Str, class_name);
    if (s->length < 3 || str_at(s, 0) != '_' || str_at(s, 1) != '_') return ref_new(t, name);
    if (str_at(s, s->length - 1) == '_' && str_at(s, s->length - 2) == '_') return ref_new(t, name);
    size_t skip = 0;
    while (skip < c->length && str_at(c, skip) == '_') skip++;
    if (skip == c->length) return ref_new(t, name);
    Ref bare = str_slice(t, class_name, (int64_t)skip, (int64_t)c->length);
    if (ref_is_null(bare)) return bare;
    Ref r = str_format(t, "_%V%V", ref_borrow(bare), name);
    ref_drop(t, bare);
    return r;
}

static bool is_identifier(Value name) {
    Str *s = as(Str, name);
    if (s->length == 0 || !(str_at(s, 0) == '_' || uni_isidstart(str_at(s, 0)))) return false;
    for (size_t i = 1; i < s->length; i++)
        if (!uni_isidcontinue(str_at(s, i))) return false;
    return true;
}

/* One name of __slots__: "__dict__" and "__weakref__" ask for those; the rest goes to list. */
static int slot_name(Thread *t, Making *m, Value class_name, Value name, bool may_dict, bool may_weak, Value list) {
    if (!is_str(name)) return err_int(err_set(t, E_TypeError, "__slots__ items must be strings, not '%.200T'", name));
    if (!is_identifier(name)) return err_int(err_set(t, E_TypeError, "__slots__ must be identifiers"));
    if (str_equal_ascii(name, "__dict__")) {
        if (!may_dict || m->add_dict) return err_int(err_set(t, E_TypeError, "__dict__ slot disallowed: we already got one"));
        m->add_dict = true;
        return 0;
    }
    if (str_equal_ascii(name, "__weakref__")) {
        if (!may_weak || m->add_weak)
            return err_int(err_set(t, E_TypeError, "__weakref__ slot disallowed: either we already got one, or __itemsize__ != 0"));
        m->add_weak = true;
        return 0;
    }
    Ref mangled = mangle(t, class_name, name);
    if (ref_is_null(mangled)) return -1;
    mangled = str_intern(t, mangled);
    int has = dict_contains(t, m->dict, ref_borrow(mangled));
    if (has > 0 && !str_equal_ascii(ref_borrow(mangled), "__qualname__") && !str_equal_ascii(ref_borrow(mangled), "__classcell__"))
        err_set(t, E_ValueError, "%R in __slots__ conflicts with class variable", ref_borrow(mangled));
    else if (has >= 0)
        has = list_append_steal(t, list, mangled);
    return has == 0 ? 0 : -1;
}

static int read_slots(Thread *t, Making *m, Value class_name, bool may_dict, bool may_weak) {
    Ref given;
    int found = dict_lookup(t, m->dict, N(__slots__), &given);
    if (found < 0) return -1;
    if (found == 0) {
        m->add_dict = may_dict;
        m->add_weak = may_weak;
        return 0;
    }
    Ref names = is_str(ref_borrow(given)) ? tuple_pack(t, 1, ref_borrow(given)) : sequence_tuple(t, ref_borrow(given));
    ref_drop(t, given);
    Ref list = ref_is_null(names) ? REF_NULL : list_new(t, 0);
    int failed = ref_is_null(list) ? -1 : 0;
    size_t n = failed ? 0 : tuple_size(ref_borrow(names));
    if (n > 0 && (m->base->head.item_size != 0 || type_flag(m->base, TYPE_TYPE)))
        failed = err_int(err_set(t, E_TypeError, "nonempty __slots__ not supported for subtype of '%s'", m->base->name));
    for (size_t i = 0; i < n && failed == 0; i++)
        failed = slot_name(t, m, class_name, tuple_get(ref_borrow(names), i), may_dict, may_weak, ref_borrow(list));
    if (failed == 0) failed = list_sort(t, ref_borrow(list), VALUE_NULL, false);
    if (failed == 0) m->slots = list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    ref_drop(t, names);
    if (failed == 0 && ref_is_null(m->slots)) failed = -1;
    /* the other bases may have a dict or weak references where __slots__ leaves them out */
    for (size_t i = 0; failed == 0 && i < tuple_size(m->bases); i++) {
        Type *other = as(Type, tuple_get(m->bases, i));
        if (other == m->base) continue;
        if (may_dict && other->attrs_offset != 0) m->add_dict = true;
        if (may_weak && other->weakrefs_offset != 0) m->add_weak = true;
    }
    return failed;
}

/* ---- layout ------------------------------------------------------------------------------------------------------------------ */

/* How many attributes to keep in the instance: see instance.h. */
static uint32_t inline_count(const Making *m) {
    uint32_t n = m->known_attributes ? m->known_attributes + 1 : INLINE_DEFAULT;
    if (n < m->base->inline_slots) n = m->base->inline_slots;
    return n > INLINE_MAX ? INLINE_MAX : n;
}

static void layout(Type *type, const Making *m) {
    const Type *base = m->base, *fixed = base;
    while (type_flag(fixed, TYPE_HEAP)) fixed = fixed->base;
    uint32_t cursor = base->basic_size_end;
    size_t n = ref_is_null(m->slots) ? 0 : tuple_size(ref_borrow(m->slots));
    MemberDef *members = (MemberDef *)type->members;
    for (size_t i = 0; i < n; i++, cursor += sizeof(Slot)) members[i].offset = cursor;
    type->basic_size_end = cursor;
    type->known_attributes = m->known_attributes;
    type->head.item_size = base->head.item_size;
    bool has_attrs = base->attrs_offset != 0 || m->add_dict, has_weak = base->weakrefs_offset != 0 || m->add_weak;
    if (base->head.item_size != 0 && !type_flag(base, TYPE_TYPE)) { /* behind the variable part; 8 for rounding up its end */
        type->attrs_offset = has_attrs ? ATTRS_AT_END : 0;
        type->weakrefs_offset = has_weak ? ATTRS_AT_END : 0;
        cursor = fixed->head.size + (has_attrs || has_weak ? 8 : 0) + (has_attrs ? sizeof(Attrs) : 0) + (has_weak ? sizeof(Slot) : 0);
        type->head.size = cursor;
        return;
    }
    type->weakrefs_offset = fixed->weakrefs_offset;
    if (has_weak && fixed->weakrefs_offset == 0) {
        type->weakrefs_offset = cursor;
        cursor += sizeof(Slot);
    }
    type->attrs_offset = fixed->attrs_offset;
    if (has_attrs && fixed->attrs_offset == 0) {
        type->attrs_offset = cursor;
        type->inline_slots = inline_count(m);
        cursor += sizeof(Attrs) + type->inline_slots * sizeof(Slot);
    }
    type->head.size = cursor;
    if (has_attrs) type->head.flags |= TYPE_SHAPED;
}

/* ---- the namespace --------------------------------------------------------------------------------------------------------------- */

/* Takes name out of the namespace: 1 and *out, 0, -1. */
static int take(Thread *t, Value dict, Value name, Ref *out) {
    *out = REF_NULL;
    int r = dict_pop(t, dict, name, out);
    if (r <= 0) *out = REF_NULL;
    return r;
}

/* Counts the attributes that instances will probably have. */
static int count_attributes(Thread *t, Making *m) {
    Value names_seen[INLINE_MAX], some[INLINE_MAX], key, value;
    size_t seen = 0;
    for (size_t pos = 0; vm.self_attributes != NULL && seen < INLINE_MAX && dict_next(m->dict, &pos, &key, &value);) {
        if (!is_a(value, TYPE_FUNCTION)) continue;
        size_t n = vm.self_attributes(value, some, INLINE_MAX);
        for (size_t i = 0; i < n && seen < INLINE_MAX; i++) {
            size_t k = 0;
            while (k < seen && !value_is(names_seen[k], some[i])) k++;
            if (k == seen) names_seen[seen++] = some[i];
        }
    }
    Value annotations = dict_get_str(t, m->dict, N(__annotations__));
    if (!value_is_null(annotations) && is_dict(annotations) && dict_size(annotations) > seen) seen = dict_size(annotations);
    m->known_attributes = (uint32_t)seen + m->base->known_attributes;
    return err_pending(t) ? -1 : 0;
}

static int take_qualname(Thread *t, Making *m, Value name) {
    int r = take(t, m->dict, N(__qualname__), &m->qualname);
    if (r < 0) return -1;
    if (r == 0) m->qualname = ref_new(t, name);
    if (is_str(ref_borrow(m->qualname))) return 0;
    return err_int(err_set(t, E_TypeError, "type __qualname__ must be a str, not %T", ref_borrow(m->qualname)));
}

static int set_module(Thread *t, Value dict) {
    int has = dict_contains(t, dict, N(__module__));
    if (has != 0) return has < 0 ? -1 : 0;
    Value globals = vm.current_globals != NULL ? vm.current_globals(t) : VALUE_NULL;
    if (value_is_null(globals)) return 0;
    Ref name;
    int found = dict_lookup(t, globals, N(__name__), &name);
    if (found <= 0) return found;
    int failed = dict_set(t, dict, N(__module__), ref_borrow(name));
    ref_drop(t, name);
    return failed;
}

/* Functions that are class or static methods by their name. */
static int wrap_function(Thread *t, Value dict, Value name, Ref (*wrap)(Thread *, Value)) {
    Ref f;
    int found = dict_lookup(t, dict, name, &f);
    if (found <= 0) return found;
    int failed = 0;
    if (is_a(ref_borrow(f), TYPE_FUNCTION)) {
        Ref wrapped = wrap(t, ref_borrow(f));
        failed = ref_is_null(wrapped) ? -1 : dict_set(t, dict, name, ref_borrow(wrapped));
        ref_drop(t, wrapped);
    }
    ref_drop(t, f);
    return failed;
}

/* Types and modules that inherit this descriptor from a plain class have dicts of their own kind: their built-in class's descriptor. */
static Value builtin_dict_descriptor(Value self) {
    const Type *base = type_of(self);
    while (type_flag(base, TYPE_HEAP)) base = base->base;
    for (; base != NULL; base = base->base) {
        Value v = type_own(base, N(__dict__));
        if (!value_is_null(v) && !(is_exact(v, &getset_type) && (as(GetSetDescriptor, v)->def == &dict_getset || as(GetSetDescriptor, v)->def == &builtin_dict_getset))) return v;
    }
    return VALUE_NULL;
}
static Ref get_dict(Thread *t, Value self, void *closure) {
    Value own = builtin_dict_descriptor(self);
    if (!value_is_null(own)) return type_of(own)->descr_get(t, own, self, type_value(type_of(self)));
    if (type_of(self)->attrs_offset == 0) return err_set(t, E_AttributeError, "This object has no __dict__");
    return instance_dict(t, self);
}
static int set_dict(Thread *t, Value self, Value value, void *closure) {
    Value own = builtin_dict_descriptor(self);
    if (!value_is_null(own)) {
        if (type_of(own)->descr_set != NULL) return type_of(own)->descr_set(t, own, self, value);
        return err_int(err_set(t, E_TypeError, "this __dict__ descriptor does not support '%T' objects", self));
    }
    if (type_of(self)->attrs_offset == 0) return err_int(err_set(t, E_AttributeError, "This object has no __dict__"));
    if (!value_is_null(value) && !is_dict(value))
        return err_int(err_set(t, E_TypeError, "__dict__ must be set to a dictionary, not a '%.200T'", value));
    return instance_set_dict(t, self, value);
}
static Ref get_weakref(Thread *t, Value self, void *closure) {
    Slot *list = instance_weakrefs(value_object(self), type_of(self));
    return list == NULL ? err_set(t, E_AttributeError, "This object has no __weakref__") : weakref_first(t, self);
}
static int set_builtin_dict(Thread *t, Value self, Value value, void *closure) {
    return value_is_null(value) ? err_int(err_set(t, E_TypeError, "cannot delete __dict__")) : set_dict(t, self, value, closure);
}
/* that of built-in types */
const GetSetDef builtin_dict_getset = {"__dict__", get_dict, set_builtin_dict, NULL, NULL};
const GetSetDef dict_getset = {"__dict__", get_dict, set_dict, "dictionary for instance variables (if defined)", NULL};
static const GetSetDef weakref_getset = {"__weakref__", get_weakref, NULL, "list of weak references to the object (if defined)", NULL};

static int add_getset(Thread *t, Type *type, const GetSetDef *def, Value dict) {
    Value name = str_intern_cstr(t, def->name);
    int has = value_is_null(name) ? -1 : dict_contains(t, dict, name);
    if (has != 0) return has < 0 ? -1 : 0;
    Ref d = getset_new(t, def, type);
    return ref_is_null(d) ? -1 : dict_set_steal(t, dict, ref_new(t, name), d);
}

static int add_descriptors(Thread *t, Type *type, const Making *m) {
    for (const MemberDef *def = type->members; def != NULL && def->name != NULL; def++) {
        Ref d = member_new(t, def, type);
        if (ref_is_null(d) || dict_set_steal(t, m->dict, ref_new(t, str_intern_cstr(t, def->name)), d) < 0) return -1;
    }
    if (m->add_dict && add_getset(t, type, &dict_getset, m->dict) < 0) return -1;
    if (m->add_weak && add_getset(t, type, &weakref_getset, m->dict) < 0) return -1;
    return 0;
}

/* Everything that the namespace needs before it becomes the class's. */
static int finish_namespace(Thread *t, Type *type, Making *m) {
    Value dict = m->dict;
    if (set_module(t, dict) < 0 || wrap_function(t, dict, N(__new__), staticmethod_new) < 0 ||
        wrap_function(t, dict, N(__init_subclass__), classmethod_new) < 0 || wrap_function(t, dict, N(__class_getitem__), classmethod_new) < 0)
        return -1;
    if (add_descriptors(t, type, m) < 0) return -1;
    int has_doc = dict_contains(t, dict, N(__doc__));
    if (has_doc > 0) { /* it has to be encodable */
        Value doc = dict_get(t, dict, N(__doc__));
        if (value_is_null(doc) || (is_str(doc) && str_utf8(t, doc, NULL) == NULL)) return -1;
    }
    if (has_doc < 0 || (has_doc == 0 && dict_set(t, dict, N(__doc__), VALUE_NONE) < 0)) return -1;
    int eq = dict_contains(t, dict, N(__eq__)), hash = dict_contains(t, dict, N(__hash__));
    if (eq < 0 || hash < 0) return -1;
    return eq && !hash ? dict_set(t, dict, N(__hash__), VALUE_NONE) : 0;
}

/* ---- the object --------------------------------------------------------------------------------------------------------------------- */

static int make_members(Thread *t, Type *type, const Making *m) {
    size_t n = ref_is_null(m->slots) ? 0 : tuple_size(ref_borrow(m->slots));
    if (n == 0) return 0;
    MemberDef *members = mem_zalloc((n + 1) * sizeof(MemberDef));
    if (members == NULL) return err_int(err_no_memory(t));
    type->members = members;
    for (size_t i = 0; i < n; i++) {
        const char *name = str_utf8(t, tuple_get(ref_borrow(m->slots), i), NULL); /* interned: lives for ever */
        if (name == NULL) return -1;
        members[i] = (MemberDef){.name = name, .kind = MEMBER_SLOT_EX};
    }
    return 0;
}

static Type *type_alloc(Thread *t, Type *meta, Value name, Making *m) {
    Ref r = instance_new(t, meta);
    if (ref_is_null(r)) return NULL;
    Type *type = as(Type, ref_borrow(r));
    const Type *base = m->base, *fixed = base;
    while (type_flag(fixed, TYPE_HEAP)) fixed = fixed->base;
    Ref exact = is_exact(name, &str_type) ? ref_new(t, name) : object_str(t, name);
    if (ref_is_null(exact)) goto fail;
    Ref interned = str_intern(t, exact);
    slot_init(&type->name_object, interned);
    type->name = str_utf8(t, ref_borrow(interned), NULL);
    if (type->name == NULL) goto fail;
    slot_init(&type->qualname, ref_new(t, ref_borrow(m->qualname)));
    slot_init(&type->bases, ref_new(t, m->bases));
    type->base = m->base;
    (void)ref_new(t, type_value(m->base)); /* type->base counts */
    type->head.flags = TYPE_HEAP | TYPE_BASETYPE | TYPE_CONTAINER |
                       (base->head.flags & (TYPE_DERIVED_MASK | TYPE_SEQUENCE | TYPE_MAPPING | TYPE_MATCH_SELF | TYPE_UNCOUNTED));
    type->head.uid = id_next();
    type->head.flags |= fixed->head.traverse == NULL ? TYPE_OPEN : fixed->head.flags & (TYPE_OPEN | TYPE_GUARDED);
    type->head.traverse = instance_traverse;
    type->head.clear = instance_clear;
    type->head.destroy = instance_destroy;
    if (make_members(t, type, m) < 0) goto fail;
    layout(type, m);
    type_set_layout(type);
    if (type->weakrefs_offset != 0) type->head.flags |= TYPE_WEAKREFABLE;
    return type;
fail:
    ref_drop(t, r);
    return NULL;
}

static bool tuple_has(Value tuple, Value v) {
    for (size_t i = 0, n = tuple_size(tuple); i < n; i++)
        if (value_is(tuple_get(tuple, i), v)) return true;
    return false;
}
/* Does an mro name a class that is above none of the bases, as mro() may, or that of a base? A class tells those of changes that it has in its list. */
static void note_odd_mro(Type *type, Value mro, bool computed) {
    bool odd = false;
    Value bases = slot_get(&type->bases);
    for (size_t k = 0; k < tuple_size(bases) && !odd; k++) odd = load_acquire(&as(Type, tuple_get(bases, k))->x_odd_mro);
    for (size_t i = 0; i < tuple_size(mro) && !odd && !computed; i++) {
        odd = !value_is(tuple_get(mro, i), type_value(type));
        for (size_t k = 0; odd && k < tuple_size(bases); k++) {
            Value above = slot_get(&as(Type, tuple_get(bases, k))->mro);
            odd = value_is_null(above) || !tuple_has(above, tuple_get(mro, i));
        }
    }
    if (odd) store_release(&type->x_odd_mro, true);
}

/* The metaclass may override mro(): its answer is checked. */
Ref type_mro_of(Thread *t, Type *type) {
    Value f = type_lookup(t, object_type_of(type), N(mro));
    bool plain = value_is_null(f) || (is_exact(f, &method_descriptor_type) && as(MethodDescriptor, f)->owner == &type_type);
    if (plain) {
        Ref mro = mro_compute(t, type, slot_get(&type->bases));
        if (!ref_is_null(mro)) note_odd_mro(type, ref_borrow(mro), true);
        return mro;
    }
    Ref answer = call_method0(t, type_value(type), N(mro));
    if (ref_is_null(answer)) return REF_NULL;
    Ref mro = sequence_tuple(t, ref_borrow(answer));
    ref_drop(t, answer);
    if (ref_is_null(mro)) return mro;
    if (tuple_size(ref_borrow(mro)) == 0) {
        ref_drop(t, mro);
        return err_set(t, E_TypeError, "type MRO must not be empty");
    }
    Type *solid = solid_base(type);
    for (size_t i = 0; i < tuple_size(ref_borrow(mro)); i++) {
        Value cls = tuple_get(ref_borrow(mro), i);
        if (!is_type(cls)) err_set(t, E_TypeError, "mro() returned a non-class ('%.500T')", cls);
        else if (!type_is_subtype(solid, solid_base(as(Type, cls))))
            err_set(t, E_TypeError, "mro() returned base with unsuitable layout ('%.500s')", as(Type, cls)->name);
        else continue;
        ref_drop(t, mro);
        return REF_NULL;
    }
    note_odd_mro(type, ref_borrow(mro), false);
    return mro;
}

static void inherit_slots(Type *type) {
    Value mro = slot_get(&type->mro);
    if (tuple_size(slot_get(&type->bases)) == 1 && tuple_size(mro) == tuple_size(slot_get(&type->base->mro)) + 1) {
        /* one line of descent: the base's slots stand for all that the class doesn't define itself */
        slots_inherit(type, type->base);
        type->richcompare = type->base->richcompare;
        type->hash = type->base->hash;
        slots_update_from(type, slot_get(&type->dict));
    } else {
        slots_update_all(type);
    }
    /* what has no dunder comes along the mro */
    for (size_t i = 1; i < tuple_size(mro); i++) {
        const Type *base = as(Type, tuple_get(mro, i));
        if (type->get_buffer == NULL) {
            type->get_buffer = base->get_buffer;
            type->release_buffer = base->release_buffer;
        }
        if (type->head.finalize == NULL && !type_flag(base, TYPE_HEAP)) type->head.finalize = base->head.finalize;
    }
}

/* ---- after the class exists -------------------------------------------------------------------------------------------------------------- */

static void set_name_error(Thread *t, Value attr, Value name, Type *type) {
    Ref cause = err_fetch(t);
    err_set(t, E_RuntimeError, "Error calling __set_name__ on '%.100T' instance %R in '%.100s'", attr, name, type->name);
    Ref error = err_fetch(t);
    if (!ref_is_null(error)) {
        exception_set_cause(t, ref_borrow(error), ref_new(t, ref_borrow(cause)));
        exception_set_context(t, ref_borrow(error), cause);
        err_steal(t, error);
    } else {
        ref_drop(t, cause);
    }
}

static int set_names(Thread *t, Type *type) {
    Ref copy = dict_copy(t, slot_get(&type->dict)); /* __set_name__ may change the class */
    if (ref_is_null(copy)) return -1;
    Value key, value;
    int failed = 0;
    for (size_t pos = 0; failed == 0 && dict_next(ref_borrow(copy), &pos, &key, &value);) {
        Ref f = lookup_special(t, value, N(__set_name__));
        if (ref_is_null(f)) {
            failed = err_pending(t) ? -1 : 0;
            continue;
        }
        Ref r = call2(t, ref_borrow(f), type_value(type), key);
        ref_drop(t, f);
        if (ref_is_null(r)) {
            set_name_error(t, value, key, type);
            failed = -1;
        }
        ref_drop(t, r);
    }
    ref_drop(t, copy);
    return failed;
}

/* super(type, type).__init_subclass__(**kwargs) */
static int init_subclass(Thread *t, Type *type, const Value *kwargs, Value kwnames) {
    bool method;
    Ref f = super_attr(t, type_value(type), type_value(type), N(__init_subclass__), &method);
    if (ref_is_null(f)) return -1;
    Ref r = call(t, ref_borrow(f), kwargs, 0, kwnames);
    ref_drop(t, f);
    if (ref_is_null(r)) return -1;
    ref_drop(t, r);
    return 0;
}

static int set_classcell(Thread *t, Value cell, Type *type) {
    if (value_is_null(cell)) return 0;
    if (type_of(cell) != &cell_type)
        return err_int(err_set(t, E_TypeError, "__classcell__ must be a nonlocal cell, not %.200R", type_value(type_of(cell))));
    return set_attr(t, cell, N(cell_contents), type_value(type));
}

static int complete(Thread *t, Type *type, Making *m) {
    if (finish_namespace(t, type, m) < 0) return -1;
    slot_init(&type->dict, ref_new(t, m->dict));
    Value doc = type_own(type, N(__doc__));
    if (!value_is_null(doc) && is_str(doc)) type->doc = NULL; /* the dict's is shown */
    if (set_classcell(t, ref_borrow(m->classcell), type) < 0) return -1; /* before a metaclass's mro() runs methods */
    return 0;
}

/* 0: another thread has given a base a new mro meanwhile; 1; -1 */
static int join(Thread *t, Type *type, Making *m) {
    uint32_t changes = load_acquire(&x_mro_changes);
    Ref mro = type_mro_of(t, type);
    if (ref_is_null(mro)) return -1;
    slot_set(t, type, &type->mro, mro);
    const uint32_t collection = TYPE_SEQUENCE | TYPE_MAPPING; /* the first class of the mro that is either says which */
    type->head.flags &= ~collection;
    for (size_t i = 1, n = tuple_size(slot_get(&type->mro)); i < n && !(type->head.flags & collection); i++) {
        Value base = tuple_get(slot_get(&type->mro), i);
        if (is_type(base)) type->head.flags |= as(Type, base)->head.flags & collection;
    }
    inherit_slots(type);
    /* From here other threads may come upon it through its bases. */
    if (threads_started(t)) publish(t, type_value(type));
    return subclass_join(t, type, m->bases, &changes);
}

static Ref make(Thread *t, Type *meta, Value name, Value ns, Making *m) {
    m->base = best_base(t, m->bases);
    if (m->base == NULL) return REF_NULL;
    bool is_meta = type_flag(m->base, TYPE_TYPE); /* types have a dict and weak references in their own struct */
    bool may_dict = m->base->attrs_offset == 0 && !is_meta;
    bool may_weak = m->base->weakrefs_offset == 0 && m->base->head.item_size == 0 && !type_flag(m->base, TYPE_BYTES);
    if (count_attributes(t, m) < 0 || read_slots(t, m, name, may_dict, may_weak) < 0 || take_qualname(t, m, name) < 0 ||
        take(t, m->dict, N(__classcell__), &m->classcell) < 0)
        return REF_NULL;
    Type *type = type_alloc(t, meta, name, m);
    if (type == NULL) return REF_NULL;
    int joined = complete(t, type, m);
    while (joined == 0) joined = join(t, type, m);
    if (joined > 0) return ref_steal(type);
    ref_drop(t, ref_steal(type));
    return REF_NULL;
}

static bool name_has_null(Value name) {
    Str *s = as(Str, name);
    for (size_t i = 0; i < s->length; i++)
        if (str_at(s, i) == 0) return true;
    return false;
}

Ref type_new(Thread *t, Type *meta, Value name, Value bases, Value ns, const Value *kwargs, Value kwnames) {
    if (check_mro_entries(t, bases) < 0) return REF_NULL;
    Type *winner = metaclass_winner(t, meta, bases);
    if (winner == NULL) return REF_NULL;
    if (winner != meta && winner->new_ != type_new_slot) {
        /* a base's metaclass knows better */
        size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
        Value *args = mem_alloc((3 + nkw) * sizeof(Value));
        if (args == NULL) return err_no_memory(t);
        args[0] = name;
        args[1] = bases;
        args[2] = ns;
        if (nkw) memcpy(args + 3, kwargs, nkw * sizeof(Value));
        Ref r = winner->new_(t, type_value(winner), args, 3, kwnames);
        mem_free(args);
        return r;
    }
    if (name_has_null(name)) return err_set(t, E_ValueError, "type name must not contain null characters");
    Ref dict = dict_copy(t, ns), all_bases = tuple_size(bases) ? ref_new(t, bases) : tuple_pack(t, 1, type_value(&object_type));
    Making m = {.bases = ref_borrow(all_bases), .dict = ref_borrow(dict)};
    Ref r = ref_is_null(dict) || ref_is_null(all_bases) ? REF_NULL : make(t, winner, name, ns, &m);
    if (!ref_is_null(r)) {
        Type *type = as(Type, ref_borrow(r));
        if (set_names(t, type) < 0 || init_subclass(t, type, kwargs, kwnames) < 0) {
            ref_drop(t, r);
            r = REF_NULL;
        }
    }
    ref_drop(t, m.slots);
    ref_drop(t, m.qualname);
    ref_drop(t, m.classcell);
    ref_drop(t, dict);
    ref_drop(t, all_bases);
    return r;
}

Ref type_new_slot(Thread *t, Value meta, const Value *args, size_t nargs, Value kwnames) {
    if (nargs != 3) return err_set(t, E_TypeError, "type.__new__() takes exactly 3 arguments (%zu given)", nargs);
    if (!is_str(args[0])) return err_set(t, E_TypeError, "type.__new__() argument 1 must be str, not %.50G", args[0]);
    if (!is_tuple(args[1])) return err_set(t, E_TypeError, "type.__new__() argument 2 must be tuple, not %.50G", args[1]);
    if (!is_dict(args[2])) return err_set(t, E_TypeError, "type.__new__() argument 3 must be dict, not %.50G", args[2]);
    return type_new(t, as(Type, meta), args[0], args[1], args[2], args + 3, kwnames);
}

int type_init_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs == 1 && !value_is_null(kwnames) && tuple_size(kwnames) > 0)
        return err_int(err_set(t, E_TypeError, "type.__init__() takes no keyword arguments"));
    if (nargs != 1 && nargs != 3) return err_int(err_set(t, E_TypeError, "type.__init__() takes 1 or 3 arguments"));
    return 0;
}

/* ---- calling types ---------------------------------------------------------------------------------------------------------------------------- */

Ref type_call_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Type *type = as(Type, self);
    if (unlikely(type == &type_type)) {
        bool kw = !value_is_null(kwnames) && tuple_size(kwnames) > 0;
        if (nargs == 1 && !kw) return ref_new(t, type_value(type_of(args[0])));
        if (nargs != 3) return err_set(t, E_TypeError, "type() takes 1 or 3 arguments");
    }
    if (unlikely(type->new_ == NULL)) return err_set(t, E_TypeError, "cannot create '%.100s' instances", type->name);
    Ref obj = type->new_(t, self, args, nargs, kwnames);
    if (unlikely(ref_is_null(obj))) return REF_NULL;
    Type *made = type_of(ref_borrow(obj));
    if (unlikely(made != type) && !type_is_subtype(made, type)) return obj;
    if (made->init != NULL && made->init != object_init_slot && unlikely(made->init(t, ref_borrow(obj), args, nargs, kwnames) < 0)) {
        ref_drop(t, obj);
        return REF_NULL;
    }
    if (unlikely(made->init == object_init_slot) && object_init_slot(t, ref_borrow(obj), args, nargs, kwnames) < 0) {
        ref_drop(t, obj);
        return REF_NULL;
    }
    return obj;
}
Ref type_call(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) { return type_call_slot(t, type, args, nargs, kwnames); }

/* ---- __new__ as seen from Python ------------------------------------------------------------------------------------------------------------------ */

Ref new_wrapper(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Type *owner = as(Type, self);
    if (nargs == 0) return err_set(t, E_TypeError, "%.200s.__new__(): not enough arguments", owner->name);
    if (!is_type(args[0])) return err_set(t, E_TypeError, "%.200s.__new__(X): X is not a type object (%.200T)", owner->name, args[0]);
    Type *type = as(Type, args[0]);
    if (!type_is_subtype(type, owner))
        return err_set(t, E_TypeError, "%.200s.__new__(%.200s): %.200s is not a subtype of %.200s", owner->name, type->name, type->name, owner->name);
    Type *layout_base = type;
    while (layout_base != NULL && type_flag(layout_base, TYPE_HEAP)) layout_base = layout_base->base;
    if (layout_base != NULL && layout_base->new_ != owner->new_)
        return err_set(t, E_TypeError, "%.200s.__new__(%.200s) is not safe, use %.200s.__new__()", owner->name, type->name, layout_base->name);
    return owner->new_(t, args[0], args + 1, nargs - 1, kwnames);
}
NativeDef new_def = {.name = "__new__", .sig = "($type, *args, **kwargs)", .raw = new_wrapper, .doc = "Create and return a new object."};
