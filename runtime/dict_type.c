/* dict: the type object, its slots and methods. */
#include "runtime/abstract.h"
#include "runtime/dict_internal.h"
#include "runtime/errors.h"
#include "runtime/genericalias.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/set_internal.h"
#include "runtime/str.h"

static Ref dict_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Ref r = instance_new(t, as(Type, cls));
    if (!ref_is_null(r)) dict_init_empty(as(Dict, ref_borrow(r)));
    return r;
}

/* update(), with the messages of `fname` */
static int update_from_call(Thread *t, Value self, const char *fname, const Value *args, size_t nargs, Value kwnames) {
    if (check_nargs(t, fname, nargs, 0, 1) < 0) return -1;
    if (nargs == 1 && dict_update(t, self, args[0]) < 0) return -1;
    if (value_is_null(kwnames)) return 0;
    for (size_t i = 0; i < tuple_size(kwnames); i++)
        if (dict_set(t, self, tuple_get(kwnames, i), args[nargs + i]) < 0) return -1;
    return 0;
}

static int dict_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return update_from_call(t, self, "dict", args, nargs, kwnames);
}

static void dict_type_clear(Thread *t, Object *o) { dict_clear(t, object_value(o)); }
static int64_t dict_len(Thread *t, Value self) { return (int64_t)dict_size(self); }

static Ref missing(Thread *t, Value self, Value key) {
    if (!is_exact(self, &dict_type)) {
        Ref method = lookup_special(t, self, N(__missing__));
        if (!ref_is_null(method)) {
            Ref r = call1(t, ref_borrow(method), key);
            ref_drop(t, method);
            return r;
        }
        if (err_pending(t)) return REF_NULL;
    }
    return err_value(t, E_KeyError, key);
}

static Ref dict_getitem(Thread *t, Value self, Value key) {
    Value v = dict_get(t, self, key);
    if (likely(!value_is_null(v))) return ref_new(t, v);
    return err_pending(t) ? REF_NULL : missing(t, self, key);
}

static int dict_setitem(Thread *t, Value self, Value key, Value value) {
    return value_is_null(value) ? dict_del(t, self, key) : dict_set(t, self, key, value);
}

static Ref dict_repr(Thread *t, Value self) {
    if (dict_size(self) == 0) return str_from_cstr(t, "{}");
    ReprGuard guard;
    if (repr_enter(&guard, self)) return str_from_cstr(t, "{...}");
    uint8_t room[256];
    StrBuilder b = STR_BUILDER_ON(room);
    int status = builder_char(t, &b, '{');
    size_t pos = 0;
    Value k, v;
    for (bool first = true; status == 0 && dict_next(self, &pos, &k, &v); first = false) {
        Ref key = ref_new(t, k), value = ref_new(t, v);
        if (!first) status = builder_ascii(t, &b, ", ", 2);
        Ref text = status < 0 ? REF_NULL : object_repr(t, k);
        if (ref_is_null(text) || builder_str(t, &b, ref_borrow(text)) < 0 || builder_ascii(t, &b, ": ", 2) < 0) status = -1;
        ref_drop(t, text);
        text = status < 0 ? REF_NULL : object_repr(t, v);
        if (ref_is_null(text) || builder_str(t, &b, ref_borrow(text)) < 0) status = -1;
        ref_drop(t, text);
        ref_drop(t, key);
        ref_drop(t, value);
    }
    repr_leave(&guard);
    if (status == 0) status = builder_char(t, &b, '}');
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

/* 1 equal, 0, -1 */
static int dicts_equal(Thread *t, Value a, Value b) {
    if (dict_size(a) != dict_size(b)) return 0;
    size_t pos = 0;
    Value k, v;
    int64_t hash;
    while (dict_next_hashed(as(Dict, a), &pos, &k, &v, &hash)) {
        Ref key = ref_new(t, k), value = ref_new(t, v), other;
        int equal = dict_lookup_hashed(t, as(Dict, b), k, hash, &other);
        if (equal > 0) {
            equal = plain_equal(v, ref_borrow(other));
            if (equal == PLAIN_UNKNOWN) equal = values_equal(t, v, ref_borrow(other));
        }
        ref_drop(t, other);
        ref_drop(t, key);
        ref_drop(t, value);
        if (equal <= 0) return equal;
    }
    return 1;
}

static Ref dict_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_dict(a) || !is_dict(b) || (op != CMP_EQ && op != CMP_NE)) return REF_NOT_IMPLEMENTED;
    int equal = dicts_equal(t, a, b);
    return equal < 0 ? REF_NULL : ref_bool(equal == (op == CMP_EQ));
}

static Ref dict_or(Thread *t, Value a, Value b) {
    if (!is_dict(a) || !is_dict(b)) return REF_NOT_IMPLEMENTED;
    Ref r = dict_copy(t, a);
    if (!ref_is_null(r) && dict_update(t, ref_borrow(r), b) < 0) {
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

static Ref dict_ior(Thread *t, Value self, Value other) {
    return dict_update(t, self, other) < 0 ? REF_NULL : ref_new(t, self);
}

/* ---- methods ------------------------------------------------------------------------------------------------------------------ */

static Ref method_get(Thread *t, Value self, const Value *a) {
    Value v = dict_get(t, self, a[0]);
    if (!value_is_null(v)) return ref_new(t, v);
    if (err_pending(t)) return REF_NULL;
    return value_is_null(a[1]) ? REF_NONE : ref_new(t, a[1]);
}

static Ref method_setdefault(Thread *t, Value self, const Value *a) {
    Ref r;
    return dict_setdefault(t, self, a[0], value_is_null(a[1]) ? VALUE_NONE : a[1], &r) < 0 ? REF_NULL : r;
}

static Ref method_pop(Thread *t, Value self, const Value *a) {
    Ref r;
    int found = dict_pop(t, self, a[0], &r);
    if (found != 0) return found < 0 ? REF_NULL : r;
    return value_is_null(a[1]) ? err_value(t, E_KeyError, a[0]) : ref_new(t, a[1]);
}

static Ref method_popitem(Thread *t, Value self, const Value *a) {
    Ref pair[2];
    if (!dict_pop_last(t, as(Dict, self), &pair[0], &pair[1]))
        return err_set(t, E_KeyError, "popitem(): dictionary is empty");
    return tuple_from_steal(t, pair, 2);
}

static Ref method_keys(Thread *t, Value self, const Value *a) { return dict_view_new(t, self, &dict_keys_type); }
static Ref method_values(Thread *t, Value self, const Value *a) { return dict_view_new(t, self, &dict_values_type); }
static Ref method_items(Thread *t, Value self, const Value *a) { return dict_view_new(t, self, &dict_items_type); }
static Ref method_copy(Thread *t, Value self, const Value *a) { return dict_copy(t, self); }
static Ref method_getitem(Thread *t, Value self, const Value *a) { return dict_getitem(t, self, a[0]); }
static Ref method_reversed(Thread *t, Value self, const Value *a) { return dict_reversed(t, self); }

static Ref method_contains(Thread *t, Value self, const Value *a) {
    int found = dict_contains(t, self, a[0]);
    return found < 0 ? REF_NULL : ref_bool(found);
}

static Ref method_clear(Thread *t, Value self, const Value *a) {
    dict_clear(t, self);
    return REF_NONE;
}

static Ref method_update(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return update_from_call(t, self, "update", args, nargs, kwnames) < 0 ? REF_NULL : REF_NONE;
}

/* Takes the keys of a dict or set, with the hashes that they have there. */
static int fill_with_keys(Thread *t, Dict *d, Value source, Value value) {
    bool set = !is_dict(source);
    Ref stable = set ? set_stable(t, source) : dict_copy(t, source);
    if (ref_is_null(stable)) return -1;
    size_t pos = 0;
    Value key, unused;
    int64_t hash;
    int status = 0;
    while (status == 0 && (set ? set_next_hashed(as(Set, ref_borrow(stable)), &pos, &key, &hash)
                               : dict_next_hashed(as(Dict, ref_borrow(stable)), &pos, &key, &unused, &hash))) {
        Ref keep = ref_new(t, key);
        status = dict_set_hashed(t, d, key, hash, value);
        ref_drop(t, keep);
    }
    ref_drop(t, stable);
    return status;
}

static Ref method_fromkeys(Thread *t, Value cls, const Value *a) {
    Value value = value_is_null(a[1]) ? VALUE_NONE : a[1];
    Ref d = call0(t, cls), item;
    if (ref_is_null(d)) return d;
    bool plain = is_exact(ref_borrow(d), &dict_type);
    if (plain && (is_exact(a[0], &dict_type) || is_exact(a[0], &set_type) || is_exact(a[0], &frozenset_type))) {
        if (fill_with_keys(t, as(Dict, ref_borrow(d)), a[0], value) == 0) return d;
        ref_drop(t, d);
        return REF_NULL;
    }
    Ref snapshot = plain ? list_snapshot(t, a[0]) : REF_NULL;
    Ref it = err_pending(t) ? REF_NULL : get_iter(t, ref_is_null(snapshot) ? a[0] : ref_borrow(snapshot));
    int status = ref_is_null(it) ? -1 : 1;
    if (status > 0) iter_settle(t, ref_borrow(it));
    while (status > 0 && (status = iter_next(t, ref_borrow(it), &item)) > 0) {
        if ((plain ? dict_set(t, ref_borrow(d), ref_borrow(item), value) : set_item(t, ref_borrow(d), ref_borrow(item), value)) < 0)
            status = -1;
        ref_drop(t, item);
    }
    ref_drop(t, it);
    ref_drop(t, snapshot);
    if (status == 0) return d;
    ref_drop(t, d);
    return REF_NULL;
}

static Ref method_sizeof(Thread *t, Value self, const Value *a) {
    DictStorage *s = load_acquire(&as(Dict, self)->x_storage);
    size_t n = type_of(self)->head.size;
    if (s->capacity > 0) n += sizeof(DictStorage) + s->capacity * sizeof(DictEntry) + ((size_t)s->cell_size << s->index_bits);
    return ref_small_int((int64_t)n);
}

static Ref method_class_getitem(Thread *t, Value cls, const Value *a) { return generic_alias_new(t, cls, a[0]); }

static NativeDef dict_methods[] = {
    FN("__contains__", "($self, key, /)", method_contains, "Whether key is in the dictionary."),
    FN("__getitem__", "!($self, key, /)", method_getitem, "x.__getitem__(y) <==> x[y]"),
    FN("__reversed__", "($self, /)", method_reversed, "Iterator over the keys from the last to the first."),
    FN("__sizeof__", "!($self, /)", method_sizeof, "Bytes of memory that the dictionary takes."),
    FN("get", "($self, key, default=None, /)", method_get, "The value of key, or default."),
    FN("setdefault", "($self, key, default=None, /)", method_setdefault, "The value of key, which becomes default if it has none."),
    FN("pop", "!($self, key, default=<none>, /)", method_pop,
       "D.pop(k[,d]) -> v\n\nRemove key and return its value.\n\nWithout the key: default if that is given, else KeyError."),
    FN("popitem", "($self, /)", method_popitem, "Remove and return the (key, value) added last.\n\nRaises KeyError if there is none."),
    FN("keys", "!($self, /)", method_keys, "D.keys() -> a set-like view of D's keys"),
    FN("items", "!($self, /)", method_items, "D.items() -> a set-like view of D's items"),
    FN("values", "!($self, /)", method_values, "D.values() -> a view of D's values"),
    FN_RAW("update", "!($self, *args, **kwargs)", method_update,
           "D.update([E, ]**F) -> None.\n\nTake over the entries of E, a mapping or an iterable of pairs, and then of F."),
    FN_CLASS("fromkeys", "($type, iterable, value=None, /)", method_fromkeys, "A dictionary with the iterable's items as keys, all with one value."),
    FN("clear", "!($self, /)", method_clear, "D.clear() -> None.  Remove all items."),
    FN("copy", "!($self, /)", method_copy, "D.copy() -> a shallow copy of D"),
    FN_CLASS("__class_getitem__", "!($type, item, /)", method_class_getitem, "See PEP 585"),
    FN_END,
};

Type dict_type = {
    TYPE_HEADER(Dict, TYPE_CONTAINER | TYPE_OPEN | TYPE_BASETYPE | TYPE_DICT | TYPE_MAPPING | TYPE_MATCH_SELF, dict_traverse, dict_type_clear,
                dict_destroy),
    .name = "dict",
    .doc = "dict() -> an empty dictionary\ndict(mapping) -> one with the mapping's entries\n"
           "dict(iterable) -> one with the iterable's (key, value) pairs\ndict(**kwargs) -> one with these names and values,\n"
           "    which may follow a mapping or an iterable",
    .new_ = dict_new_slot,
    .init = dict_init,
    .repr = dict_repr,
    .hash = hash_not_implemented,
    .richcompare = dict_compare,
    .iter = dict_iter,
    .len = dict_len,
    .getitem = dict_getitem,
    .setitem = dict_setitem,
    .contains = dict_contains,
    .or_ = dict_or,
    .ior = dict_ior,
    .methods = dict_methods,
};
