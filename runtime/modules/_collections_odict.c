/* collections.OrderedDict: a dict, which keeps its order anyway, with operations on the order. Every one of them is as atomic as the dict's.
 *
 * Methods of subclasses are respected where CPython respects them: setdefault(), update() and copy() go through the subclass's own subscripts. */
#include "runtime/dict_internal.h"
#include "runtime/instance.h"
#include "runtime/list.h"
#include "runtime/modules/_collections.h"
#include "runtime/names.h"

typedef struct OrderedDict {
    Dict dict;
    Slot weakrefs;
    Attrs attrs;
} OrderedDict;
static Type odict_iter_type, odict_keys_type, odict_values_type, odict_items_type;

static bool is_odict(Value v) { return type_is_subtype(type_of(v), &ordered_dict_type); }
/* Its subscripts are dict's own: the dict can be worked on directly. */
static bool is_plain(Value v) {
    Type *type = type_of(v);
    return type->setitem == dict_type.setitem && type->getitem == dict_type.getitem && type->contains == dict_type.contains;
}

static void odict_traverse(Object *o, VisitFn visit, void *arg) {
    dict_traverse(o, visit, arg);
    instance_traverse_attrs(o, visit, arg);
}
static void odict_clear(Thread *t, Object *o) { dict_clear(t, object_value(o)); }
static void odict_destroy(Thread *t, Object *o) {
    dict_destroy(t, o);
    instance_clear_attrs(t, o);
}

/* ---- update ------------------------------------------------------------------------------------------------------------------------------ */

static int set_pair(Thread *t, Value self, Value pair) {
    Ref it = get_iter(t, pair), key = REF_NULL, value = REF_NULL, extra = REF_NULL;
    if (ref_is_null(it)) return -1;
    int n = iter_next(t, ref_borrow(it), &key), m = 0, more = 0, status = -1;
    if (n > 0) m = iter_next(t, ref_borrow(it), &value);
    if (m > 0) more = iter_next(t, ref_borrow(it), &extra);
    if (n == 0) err_set(t, E_ValueError, "need more than 0 values to unpack");
    else if (n > 0 && m == 0) err_set(t, E_ValueError, "need more than 1 value to unpack");
    else if (more > 0) err_set(t, E_ValueError, "too many values to unpack (expected 2)");
    else if (n > 0 && m > 0 && more == 0) status = set_item(t, self, ref_borrow(key), ref_borrow(value));
    ref_drop(t, extra);
    ref_drop(t, value);
    ref_drop(t, key);
    ref_drop(t, it);
    return status;
}

static int set_pairs(Thread *t, Value self, Value pairs) {
    Ref it = get_iter_now(t, pairs), pair;
    if (ref_is_null(it)) return -1;
    int status;
    while ((status = iter_next(t, ref_borrow(it), &pair)) > 0) {
        int bad = set_pair(t, self, ref_borrow(pair));
        ref_drop(t, pair);
        if (bad < 0) {
            status = -1;
            break;
        }
    }
    ref_drop(t, it);
    return status;
}

static int set_by_keys(Thread *t, Value self, Value mapping, Ref keys_method) {
    Ref keys = call0(t, ref_borrow(keys_method)), it = ref_is_null(keys) ? REF_NULL : get_iter(t, ref_borrow(keys)), key;
    ref_drop(t, keys_method);
    ref_drop(t, keys);
    if (ref_is_null(it)) return -1;
    int status;
    while ((status = iter_next(t, ref_borrow(it), &key)) > 0) {
        Ref value = get_item(t, mapping, ref_borrow(key));
        int bad = ref_is_null(value) ? -1 : set_item(t, self, ref_borrow(key), ref_borrow(value));
        ref_drop(t, value);
        ref_drop(t, key);
        if (bad < 0) {
            status = -1;
            break;
        }
    }
    ref_drop(t, it);
    return status;
}

static int update_from(Thread *t, Value self, Value other) {
    if (is_exact(other, &dict_type) || is_exact(other, &ordered_dict_type)) {
        if (is_plain(self)) return dict_update(t, self, other);
        Ref items = dict_items_list(t, other);
        int status = ref_is_null(items) ? -1 : set_pairs(t, self, ref_borrow(items));
        ref_drop(t, items);
        return status;
    }
    Ref keys = get_attr_opt(t, other, N(keys));
    if (!ref_is_null(keys)) return set_by_keys(t, self, other, keys);
    if (err_pending(t)) return -1;
    Ref items_method = get_attr_opt(t, other, N(items));
    if (ref_is_null(items_method)) return err_pending(t) ? -1 : set_pairs(t, self, other);
    Ref items = call0(t, ref_borrow(items_method));
    ref_drop(t, items_method);
    int status = ref_is_null(items) ? -1 : set_pairs(t, self, ref_borrow(items));
    ref_drop(t, items);
    return status;
}

static int update_from_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs == 1 && update_from(t, self, args[0]) < 0) return -1;
    for (size_t i = 0, n = value_is_null(kwnames) ? 0 : tuple_size(kwnames); i < n; i++)
        if (set_item(t, self, tuple_get(kwnames, i), args[nargs + i]) < 0) return -1;
    return 0;
}
static int odict_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs > 1) return err_int(err_set(t, E_TypeError, "expected at most 1 arguments, got %zu", nargs));
    return update_from_call(t, self, args, nargs, kwnames);
}
static Ref m_update(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs > 1) return err_set(t, E_TypeError, "update() takes at most 1 positional argument (%zu given)", nargs);
    return update_from_call(t, self, args, nargs, kwnames) < 0 ? REF_NULL : REF_NONE;
}

/* ---- iterators -------------------------------------------------------------------------------------------------------------------------------- */

typedef enum { GIVE_KEYS = 1, GIVE_VALUES = 2, GIVE_ITEMS = 3 } Give;
/* Guarded by its own lock if it is shared; the dict stays until the iterator dies or, if it is local, is over. */
typedef struct OrderedIter {
    Object base;
    Slot dict;
    Give give;
    bool backwards;
    int64_t pos;               /* next entry; backwards: entries below it are to come; -1: over */
    size_t size;
    uint32_t changes, used;    /* with size, the state of the dict that the iterator goes through */
} OrderedIter;
static void iter_traverse(Object *o, VisitFn visit, void *arg) { kit_visit(o, 1, visit, arg); }
static void iter_destroy(Thread *t, Object *o) { kit_destroy(t, o, 1); }

static Ref iter_make(Thread *t, Value dict, Give give, bool backwards) {
    OrderedIter *it = object_new(OrderedIter, t, &odict_iter_type);
    if (it == NULL) return REF_NULL;
    Dict *d = as(Dict, dict);
    slot_init(&it->dict, ref_new(t, dict));
    it->give = give;
    it->backwards = backwards;
    CRITICAL_BEGIN(t, d)
    DictStorage *s = load_relaxed(&d->x_storage);
    it->size = load_relaxed(&d->x_size);
    it->changes = load_relaxed(&d->x_changes);
    it->used = load_relaxed(&s->x_used);
    it->pos = backwards ? (int64_t)it->used : 0;
    CRITICAL_END(t)
    return ref_steal(it);
}

/* As dict's: with nothing given yet, it goes through a copy of its own from now on. */
static void iter_settle_dict(Thread *t, Value self) {
    OrderedIter *it = as(OrderedIter, self);
    Value dict = slot_get(&it->dict);
    if (value_is_null(dict) || is_local(t, value_object(dict)) || it->pos != (it->backwards ? (int64_t)it->used : 0)) return;
    Ref copy = dict_copy(t, dict);
    if (ref_is_null(copy)) {
        err_clear(t); /* then it goes without */
        return;
    }
    Dict *d = as(Dict, ref_borrow(copy));
    it->changes = load_relaxed(&d->x_changes);
    it->used = load_relaxed(&load_relaxed(&d->x_storage)->x_used);
    it->size = load_relaxed(&d->x_size);
    it->pos = it->backwards ? (int64_t)it->used : 0;
    slot_set(t, it, &it->dict, copy);
}

static Ref iter_step(Thread *t, Value self) {
    OrderedIter *it = as(OrderedIter, self);
    Ref key = REF_NULL, value = REF_NULL, source = REF_NULL;
    bool changed = false;
    CRITICAL_BEGIN(t, it)
    if (it->pos >= 0) {
        Dict *d = as(Dict, slot_get(&it->dict));
        DictStorage *s = load_acquire(&d->x_storage);
        uint32_t used = load_acquire(&s->x_used);
        changed = it->changes != load_relaxed(&d->x_changes) || it->used != used || it->size != load_relaxed(&d->x_size);
        int64_t step = it->backwards ? -1 : 1, i = it->backwards ? it->pos - 1 : it->pos;
        it->pos = -1;
        for (; !changed && i >= 0 && i < used; i += step) {
            key = slot_ref(t, &s->entry[i].key);
            value = slot_ref(t, &s->entry[i].value);
            if (!ref_is_null(key) && !ref_is_null(value)) {
                it->pos = it->backwards ? i : i + 1;
                break;
            }
            ref_drop(t, key); /* dead: at most a str, whose end runs no Python */
            key = value = REF_NULL;
        }
        if (it->pos < 0 && is_local(t, it)) source = slot_take(t, it, &it->dict);
    }
    CRITICAL_END(t)
    ref_drop(t, source);
    if (changed) return err_set(t, E_RuntimeError, "OrderedDict mutated during iteration");
    if (ref_is_null(key)) return REF_NULL;
    if (it->give == GIVE_ITEMS) return tuple_from_steal(t, (Ref[]){key, value}, 2);
    ref_drop(t, it->give == GIVE_KEYS ? value : key);
    return it->give == GIVE_KEYS ? key : value;
}

static Ref iter_reduce(Thread *t, Value self, const Value *a) {
    OrderedIter *it = as(OrderedIter, self), *copy = object_new(OrderedIter, t, &odict_iter_type);
    if (copy == NULL) return REF_NULL;
    Ref copy_ref = ref_steal(copy);
    CRITICAL_BEGIN(t, it)
    slot_init(&copy->dict, slot_ref(t, &it->dict));
    copy->give = it->give;
    copy->backwards = it->backwards;
    copy->pos = it->pos;
    copy->size = it->size;
    copy->changes = it->changes;
    copy->used = it->used;
    CRITICAL_END(t)
    Ref list = sequence_list(t, ref_borrow(copy_ref));
    ref_drop(t, copy_ref);
    if (ref_is_null(list)) return list;
    Value args[] = {ref_borrow(list)};
    Ref r = kit_reduce_builtin(t, "iter", args, 1, VALUE_NULL);
    ref_drop(t, list);
    return r;
}

static NativeDef iter_methods[] = {FN("__reduce__", "!($self, /)", iter_reduce, "Pickling support."), FN_END};
static Type odict_iter_type = {
    TYPE_HEADER(OrderedIter, TYPE_CONTAINER, iter_traverse, NULL, iter_destroy),
    .name = "odict_iterator", .iter = iter_self, .next = iter_step, .settle = iter_settle_dict, .methods = iter_methods,
};

static Ref odict_iter(Thread *t, Value self) { return iter_make(t, self, GIVE_KEYS, false); }
static Ref m_reversed(Thread *t, Value self, const Value *a) { return iter_make(t, self, GIVE_KEYS, true); }

/* ---- views: dict's, with these iterators --------------------------------------------------------------------------------------------------------- */

#define VIEW(kind, give_)                                                                                             \
    static Ref kind##_iter(Thread *t, Value self) { return iter_make(t, dict_of_view(self), give_, false); }            \
    static Ref kind##_reversed(Thread *t, Value self, const Value *a) { return iter_make(t, dict_of_view(self), give_, true); } \
    static NativeDef kind##_methods[] = {FN("__reversed__", "!($self, /)", kind##_reversed, NULL), FN_END};          \
    static Type odict_##kind##_type = {                                                                               \
        .head = {.base = OBJECT_STATIC(&type_type), .flags = TYPE_CONTAINER, .size = sizeof(Object) + sizeof(Slot)},  \
        .name = "odict_" #kind, .base = &dict_##kind##_type, .iter = kind##_iter, .methods = kind##_methods,          \
    };                                                                                                                \
    static Ref m_##kind(Thread *t, Value self, const Value *a) { return dict_view_new(t, self, &odict_##kind##_type); }
VIEW(keys, GIVE_KEYS)
VIEW(values, GIVE_VALUES)
VIEW(items, GIVE_ITEMS)

Ref ordered_dict_items(Thread *t, Value v) {
    Type *type = type_of(v);
    if (type->iter == odict_iter && type->len == dict_type.len) return dict_keys_list(t, v);
    if (type == &odict_keys_type) return dict_keys_list(t, dict_of_view(v));
    if (type == &odict_values_type) return dict_values_list(t, dict_of_view(v));
    return type == &odict_items_type ? dict_items_list(t, dict_of_view(v)) : REF_NULL;
}

/* ---- text and comparison ------------------------------------------------------------------------------------------------------------------------------ */

static Ref odict_repr(Thread *t, Value self) {
    Ref name = type_name(t, type_of(self)), items = REF_NULL, r = REF_NULL;
    if (ref_is_null(name)) return name;
    ReprGuard guard;
    if (dict_size(self) == 0) {
        r = str_format(t, "%V()", ref_borrow(name));
    } else if (repr_enter(&guard, self)) {
        r = str_from_cstr(t, "...");
    } else {
        items = is_exact(self, &ordered_dict_type) ? dict_items_list(t, self) : mapping_items(t, self);
        if (!ref_is_null(items)) r = str_format(t, "%V(%R)", ref_borrow(name), ref_borrow(items));
        ref_drop(t, items);
        repr_leave(&guard);
    }
    ref_drop(t, name);
    return r;
}

static Ref odict_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_odict(a) || !is_dict(b) || (op != CMP_EQ && op != CMP_NE)) return REF_NOT_IMPLEMENTED;
    Ref r = dict_type.richcompare(t, a, b, CMP_EQ);
    if (ref_is_null(r) || ref_is_not_implemented(r)) return r;
    bool equal = value_is_true(ref_borrow(r));
    if (equal && is_odict(b)) { /* in the same order, too */
        Ref x = dict_keys_list(t, a), y = ref_is_null(x) ? x : dict_keys_list(t, b);
        int same = ref_is_null(y) ? -1 : values_equal(t, ref_borrow(x), ref_borrow(y));
        ref_drop(t, x);
        ref_drop(t, y);
        if (same < 0) return REF_NULL;
        equal = same;
    }
    return ref_bool(equal == (op == CMP_EQ));
}

/* ---- methods -------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref odict_or(Thread *t, Value a, Value b) {
    if (!is_dict(a) || !is_dict(b)) return REF_NOT_IMPLEMENTED;
    Ref r = call1(t, type_value(type_of(is_odict(a) ? a : b)), a);
    if (ref_is_null(r) || update_from(t, ref_borrow(r), b) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
static Ref odict_ior(Thread *t, Value self, Value other) { return update_from(t, self, other) < 0 ? REF_NULL : ref_new(t, self); }

static Ref m_setdefault(Thread *t, Value self, const Value *a) {
    Value dflt = value_is_null(a[1]) ? VALUE_NONE : a[1];
    if (is_plain(self)) {
        Ref r;
        return dict_setdefault(t, self, a[0], dflt, &r) < 0 ? REF_NULL : r;
    }
    int in = object_contains(t, self, a[0]);
    if (in < 0) return REF_NULL;
    if (in) return get_item(t, self, a[0]);
    return set_item(t, self, a[0], dflt) < 0 ? REF_NULL : ref_new(t, dflt);
}

/* KeyError made of the key as `raise` makes exceptions: None gives none of it, a tuple its items. */
static Ref missing(Thread *t, Value key) {
    Ref exc = exception_instantiate(t, type_value(&error_types[E_KeyError]), key);
    if (!ref_is_null(exc)) err_object(t, ref_borrow(exc));
    ref_drop(t, exc);
    return REF_NULL;
}

static Ref m_pop(Thread *t, Value self, const Value *a) {
    Ref r;
    if (dict_size(self) == 0 && dict_hash(t, a[0]) == -1) return REF_NULL; /* an empty dict doesn't ask */
    int found = dict_pop(t, self, a[0], &r);
    if (found != 0) return found < 0 ? REF_NULL : r;
    return value_is_null(a[1]) ? missing(t, a[0]) : ref_new(t, a[1]);
}

static Ref m_popitem(Thread *t, Value self, const Value *a) {
    int last = value_is_null(a[0]) ? 1 : is_true(t, a[0]);
    if (last < 0) return REF_NULL;
    Ref pair[2];
    bool some = last ? dict_pop_last(t, as(Dict, self), &pair[0], &pair[1]) : dict_pop_first(t, self, &pair[0], &pair[1]);
    return some ? tuple_from_steal(t, pair, 2) : err_set(t, E_KeyError, "dictionary is empty");
}

static Ref m_move_to_end(Thread *t, Value self, const Value *a) {
    int last = value_is_null(a[1]) ? 1 : is_true(t, a[1]);
    if (last >= 0 && dict_size(self) == 0) return missing(t, a[0]);
    int64_t hash = last < 0 ? -1 : dict_hash(t, a[0]);
    if (hash == -1) return REF_NULL;
    int found = dict_move(t, self, a[0], hash, last);
    if (found == 0) return missing(t, a[0]);
    return found < 0 ? REF_NULL : REF_NONE;
}

static Ref m_clear(Thread *t, Value self, const Value *a) {
    dict_clear(t, self);
    return REF_NONE;
}

static Ref m_copy(Thread *t, Value self, const Value *a) {
    Ref r = call0(t, type_value(type_of(self)));
    if (ref_is_null(r)) return r;
    int status = -1;
    if (is_exact(self, &ordered_dict_type)) {
        status = dict_update(t, ref_borrow(r), self);
    } else {
        Ref keys = dict_keys_list(t, self);
        status = ref_is_null(keys) ? -1 : 0;
        for (size_t i = 0; status == 0 && i < list_size(ref_borrow(keys)); i++) {
            Value key = list_get(ref_borrow(keys), i);
            Ref value = get_item(t, self, key);
            status = ref_is_null(value) ? -1 : set_item(t, ref_borrow(r), key, ref_borrow(value));
            ref_drop(t, value);
        }
        ref_drop(t, keys);
    }
    if (status == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

static Ref m_reduce(Thread *t, Value self, const Value *a) {
    Value name = str_intern_cstr(t, "__getstate__");
    Ref state = value_is_null(name) ? REF_NULL : call_method0(t, self, name), items = REF_NULL, it = REF_NULL, r = REF_NULL;
    if (!ref_is_null(state)) items = call_method0(t, self, N(items));
    if (!ref_is_null(items)) it = get_iter_now(t, ref_borrow(items));
    if (!ref_is_null(it)) r = tuple_pack(t, 5, type_value(type_of(self)), tuple_empty(), ref_borrow(state), VALUE_NONE, ref_borrow(it));
    ref_drop(t, it);
    ref_drop(t, items);
    ref_drop(t, state);
    return r;
}

static Ref m_fromkeys(Thread *t, Value cls, const Value *a) {
    Value value = value_is_null(a[1]) ? VALUE_NONE : a[1];
    Ref d = call0(t, cls), it = ref_is_null(d) ? d : get_iter_now(t, a[0]), key;
    int status = ref_is_null(it) ? -1 : 1;
    while (status > 0 && (status = iter_next(t, ref_borrow(it), &key)) > 0) {
        if (set_item(t, ref_borrow(d), ref_borrow(key), value) < 0) status = -1;
        ref_drop(t, key);
    }
    ref_drop(t, it);
    if (status == 0) return d;
    ref_drop(t, d);
    return REF_NULL;
}

static NativeDef methods[] = {
    FN_CLASS("fromkeys", "($type, /, iterable, value=None)", m_fromkeys, "An ordered dictionary with the iterable's items as keys, all with one value."),
    FN("__reduce__", "!($self, /)", m_reduce, "Pickling support."),
    FN("setdefault", "($self, /, key, default=None)", m_setdefault, "The value of key, which becomes default if it has none."),
    FN("pop", "!($self, /, key, default=<none>)", m_pop, "Remove key and return its value, or default, or raise KeyError."),
    FN("popitem", "($self, /, last=True)", m_popitem, "Remove and return the last (key, value), or the first."),
    FN("keys", "!($self, /)", m_keys, "A view of the keys."),
    FN("values", "!($self, /)", m_values, "A view of the values."),
    FN("items", "!($self, /)", m_items, "A view of the items."),
    FN_RAW("update", "!($self, *args, **kwargs)", m_update, "Take over the entries of a mapping or of pairs, and of the keywords."),
    FN("clear", "!($self, /)", m_clear, "Remove all items."),
    FN("copy", "!($self, /)", m_copy, "A shallow copy."),
    FN("__reversed__", "!($self, /)", m_reversed, "Iterator over the keys from the last to the first."),
    FN("move_to_end", "($self, /, key, last=True)", m_move_to_end, "Move a key to the end, or to the beginning.\n\nRaises KeyError if it isn't there."),
    FN_END,
};

Type ordered_dict_type = {
    TYPE_HEADER(OrderedDict, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_SHAPED | TYPE_WEAKREFABLE, odict_traverse, odict_clear, odict_destroy),
    .name = "collections.OrderedDict",
    .doc = "A dictionary with operations on the order of its keys.",
    .base = &dict_type,
    .attrs_offset = offsetof(OrderedDict, attrs),
    .weakrefs_offset = offsetof(OrderedDict, weakrefs),
    .init = odict_init, .repr = odict_repr, .hash = hash_not_implemented, .richcompare = odict_compare, .iter = odict_iter,
    .or_ = odict_or, .ior = odict_ior, .methods = methods,
};

int ordered_dict_ready(Thread *t) {
    return type_ready(t, &odict_iter_type) < 0 || type_ready(t, &odict_keys_type) < 0 || type_ready(t, &odict_values_type) < 0 ? -1
                                                                                                                             : type_ready(t, &odict_items_type);
}
