/* _collections: defaultdict, _tuplegetter, _count_elements; deque is in _collections_deque.c, OrderedDict in _collections_odict.c. */
#include "runtime/dict_internal.h"
#include "runtime/int.h"
#include "runtime/modules/_collections.h"
#include "runtime/names.h"

KIT_SLOTS(2)

/* ---- defaultdict ------------------------------------------------------------------------------------------------------------------------ */

typedef struct DefaultDict {
    Dict dict;
    Slot factory; /* None or null: none */
} DefaultDict;
static Type defaultdict_type;

static void defaultdict_traverse(Object *o, VisitFn visit, void *arg) {
    dict_traverse(o, visit, arg);
    slot_visit(&((DefaultDict *)o)->factory, visit, arg);
}
static void defaultdict_clear(Thread *t, Object *o) {
    slot_set(t, o, &((DefaultDict *)o)->factory, REF_NULL);
    dict_clear(t, object_value(o));
}
static void defaultdict_destroy(Thread *t, Object *o) {
    ref_drop(t, slot_take(t, o, &((DefaultDict *)o)->factory));
    dict_destroy(t, o);
}

static int defaultdict_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value factory = nargs > 0 ? args[0] : VALUE_NONE;
    if (!value_is_none(factory) && !is_callable(factory)) return err_int(err_set(t, E_TypeError, "first argument must be callable or None"));
    slot_set(t, value_object(self), &as(DefaultDict, self)->factory, value_is_none(factory) ? REF_NULL : ref_new(t, factory));
    size_t skip = nargs > 0;
    return dict_type.init(t, self, args + skip, nargs - skip, kwnames);
}

/* The first of several threads that miss the same key wins: all get its value. */
static Ref defaultdict_missing(Thread *t, Value self, const Value *a) {
    Ref factory = slot_ref(t, &as(DefaultDict, self)->factory);
    if (ref_is_null(factory) || ref_is_none(factory)) return err_value(t, E_KeyError, a[0]);
    Ref value = call0(t, ref_borrow(factory)), r = REF_NULL;
    ref_drop(t, factory);
    if (ref_is_null(value)) return value;
    if (type_of(self)->setitem == dict_type.setitem) {
        if (dict_setdefault(t, self, a[0], ref_borrow(value), &r) < 0) r = REF_NULL;
    } else if (set_item(t, self, a[0], ref_borrow(value)) == 0) {
        r = ref_new(t, ref_borrow(value));
    }
    ref_drop(t, value);
    return r;
}

static Ref defaultdict_repr(Thread *t, Value self) {
    Ref base = dict_type.repr(t, self), name = REF_NULL, factory = REF_NULL, r = REF_NULL;
    if (!ref_is_null(base)) name = type_name(t, type_of(self));
    if (!ref_is_null(name)) {
        Value f = slot_get(&as(DefaultDict, self)->factory);
        ReprGuard guard;
        if (value_is_null(f)) {
            factory = str_from_cstr(t, "None");
        } else if (repr_enter(&guard, self)) {
            factory = str_from_cstr(t, "...");
        } else {
            factory = object_repr(t, f);
            repr_leave(&guard);
        }
    }
    if (!ref_is_null(factory)) r = str_format(t, "%V(%V, %V)", ref_borrow(name), ref_borrow(factory), ref_borrow(base));
    ref_drop(t, factory);
    ref_drop(t, name);
    ref_drop(t, base);
    return r;
}

static Ref factory_of(Thread *t, Value self) {
    Ref f = slot_ref(t, &as(DefaultDict, self)->factory);
    return ref_is_null(f) ? REF_NONE : f;
}

/* type(self)(factory, source) */
static Ref defaultdict_like(Thread *t, Value self, Value source) {
    Ref factory = factory_of(t, self);
    Ref r = call2(t, type_value(type_of(self)), ref_borrow(factory), source);
    ref_drop(t, factory);
    return r;
}
static Ref defaultdict_copy(Thread *t, Value self, const Value *a) { return defaultdict_like(t, self, self); }

static Ref defaultdict_or(Thread *t, Value a, Value b) {
    bool left = type_is_subtype(type_of(a), &defaultdict_type);
    Value self = left ? a : b, other = left ? b : a;
    if (!is_dict(other)) return REF_NOT_IMPLEMENTED;
    Ref r = defaultdict_like(t, self, a);
    if (ref_is_null(r) || dict_update(t, ref_borrow(r), b) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

static Ref defaultdict_reduce(Thread *t, Value self, const Value *a) {
    Ref factory = factory_of(t, self), items = REF_NULL, it = REF_NULL, args, r = REF_NULL;
    args = ref_is_none(factory) ? ref_new(t, tuple_empty()) : tuple_pack(t, 1, ref_borrow(factory));
    if (!ref_is_null(args)) items = call_method0(t, self, N(items));
    if (!ref_is_null(items)) it = get_iter_now(t, ref_borrow(items));
    if (!ref_is_null(it)) r = tuple_pack(t, 5, type_value(type_of(self)), ref_borrow(args), VALUE_NONE, VALUE_NONE, ref_borrow(it));
    ref_drop(t, it);
    ref_drop(t, items);
    ref_drop(t, args);
    ref_drop(t, factory);
    return r;
}

static NativeDef defaultdict_methods[] = {
    FN("__missing__", "!($self, key, /)", defaultdict_missing, "Called for a key that isn't there: it gets the value default_factory()."),
    FN("copy", "!($self, /)", defaultdict_copy, "A shallow copy."),
    FN("__copy__", "!($self, /)", defaultdict_copy, "A shallow copy."),
    FN("__reduce__", "!($self, /)", defaultdict_reduce, "Pickling support."),
    KIT_CLASS_GETITEM,
    FN_END,
};
static const MemberDef defaultdict_members[] = {
    {"default_factory", MEMBER_SLOT, offsetof(DefaultDict, factory), false, "What makes the values of missing keys, or None."}, {NULL}};
static Type defaultdict_type = {
    TYPE_HEADER(DefaultDict, TYPE_CONTAINER | TYPE_BASETYPE, defaultdict_traverse, defaultdict_clear, defaultdict_destroy),
    .name = "collections.defaultdict",
    .doc = "defaultdict(default_factory=None, /, [...]) --> dict with default factory\n\nA key that is missing gets the value default_factory().",
    .base = &dict_type,
    .init = defaultdict_init, .repr = defaultdict_repr, .or_ = defaultdict_or, .methods = defaultdict_methods, .members = defaultdict_members,
};

/* ---- _tuplegetter: the properties of named tuples ------------------------------------------------------------------------------------------ */

typedef struct TupleGetter {
    Object base;
    Slot doc;
    int64_t index;
} TupleGetter;

static void getter_traverse(Object *o, VisitFn visit, void *arg) { kit_visit(o, 1, visit, arg); }
static void getter_destroy(Thread *t, Object *o) { kit_destroy(t, o, 1); }

static Ref getter_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    int64_t index;
    if (no_kwargs(t, "_tuplegetter", kwnames) < 0 || check_nargs(t, "_tuplegetter", nargs, 2, 2) < 0) return REF_NULL;
    if (index_as_i64(t, args[0], &index) < 0) return REF_NULL;
    TupleGetter *g = kit_instance(t, cls);
    if (g == NULL) return REF_NULL;
    g->index = index;
    slot_init(&g->doc, ref_new(t, args[1]));
    return ref_steal(g);
}

static Ref getter_get(Thread *t, Value self, Value obj, Value type) {
    TupleGetter *g = as(TupleGetter, self);
    if (value_is_null(obj)) return ref_new(t, self);
    if (!is_tuple(obj)) {
        if (value_is_none(obj)) return ref_new(t, self);
        return err_set(t, E_TypeError, "descriptor for index '%lld' for tuple subclasses doesn't apply to '%T' object", (long long)g->index, obj);
    }
    if (g->index < 0 || (size_t)g->index >= tuple_size(obj)) return err_set(t, E_IndexError, "tuple index out of range");
    return ref_new(t, tuple_get(obj, (size_t)g->index));
}

static int getter_set(Thread *t, Value self, Value obj, Value value) {
    return err_int(err_set(t, E_AttributeError, value_is_null(value) ? "can't delete attribute" : "can't set attribute"));
}

static Ref getter_repr(Thread *t, Value self) {
    TupleGetter *g = as(TupleGetter, self);
    return str_format(t, "_tuplegetter(%lld, %R)", (long long)g->index, slot_get(&g->doc));
}

static Ref getter_reduce(Thread *t, Value self, const Value *a) {
    TupleGetter *g = as(TupleGetter, self);
    Value args[] = {small_int(g->index), slot_get(&g->doc)};
    return kit_reduce(t, type_value(type_of(self)), args, 2, VALUE_NULL);
}

static NativeDef getter_methods[] = {FN("__reduce__", "!($self, /)", getter_reduce, NULL), FN_END};
static const MemberDef getter_members[] = {{"__doc__", MEMBER_SLOT, offsetof(TupleGetter, doc), false, NULL}, {NULL}};
static Type getter_type = {
    TYPE_HEADER(TupleGetter, TYPE_CONTAINER | TYPE_UNCOUNTED, getter_traverse, NULL, getter_destroy),
    .name = "_collections._tuplegetter",
    .new_ = getter_new, .repr = getter_repr, .descr_get = getter_get, .descr_set = getter_set,
    .methods = getter_methods, .members = getter_members,
};

/* ---- _count_elements ---------------------------------------------------------------------------------------------------------------------------- */

/* mapping[key] = mapping.get(key, 0) + 1 on the dict itself: one atomic step if the count is a plain int. */
static int count_in_dict(Thread *t, Dict *d, Value key) {
    int64_t hash = dict_hash(t, key);
    if (hash == -1) return -1;
    int status = 1;
    CRITICAL_BEGIN(t, d)
    Ref old;
    int found = dict_lookup_hashed(t, d, key, hash, &old);
    if (found < 0) {
        status = -1;
    } else if (found == 0) {
        status = dict_set_hashed(t, d, key, hash, small_int(1));
    } else if (value_is_int(ref_borrow(old)) && value_int(ref_borrow(old)) < SMALL_INT_MAX) {
        status = dict_set_hashed(t, d, key, hash, small_int(value_int(ref_borrow(old)) + 1));
        old = REF_NULL;
    }
    if (status > 0) { /* something else is counted there */
        Ref sum = binary_op(t, OP_ADD, ref_borrow(old), small_int(1));
        status = ref_is_null(sum) ? -1 : dict_set_hashed(t, d, key, hash, ref_borrow(sum));
        ref_drop(t, sum);
        ref_drop(t, old);
    }
    CRITICAL_END(t)
    return status;
}

static int count_in_mapping(Thread *t, Value mapping, Value get, Value key) {
    Ref old = call2(t, get, key, small_int(0));
    if (ref_is_null(old)) return -1;
    Ref sum = binary_op(t, OP_ADD, ref_borrow(old), small_int(1));
    ref_drop(t, old);
    int status = ref_is_null(sum) ? -1 : set_item(t, mapping, key, ref_borrow(sum));
    ref_drop(t, sum);
    return status;
}

static bool inherits_from_dict(Thread *t, Value mapping, Value name) {
    return value_is(type_lookup(t, type_of(mapping), name), type_lookup(t, &dict_type, name));
}

static Ref m_count_elements(Thread *t, Value m, const Value *a) {
    Value mapping = a[0];
    bool plain = is_dict(mapping) && inherits_from_dict(t, mapping, N(get)) && inherits_from_dict(t, mapping, N(__setitem__));
    Ref snapshot = list_snapshot(t, a[1]), get = REF_NULL, item;
    if (ref_is_null(snapshot) && err_pending(t)) return snapshot;
    Ref it = get_iter(t, ref_is_null(snapshot) ? a[1] : ref_borrow(snapshot));
    ref_drop(t, snapshot);
    if (ref_is_null(it)) return it;
    iter_settle(t, ref_borrow(it));
    int status = 1;
    if (!plain) {
        get = get_attr(t, mapping, N(get));
        if (ref_is_null(get)) status = -1;
    }
    while (status > 0 && (status = iter_next(t, ref_borrow(it), &item)) > 0) {
        int done = plain ? count_in_dict(t, as(Dict, mapping), ref_borrow(item)) : count_in_mapping(t, mapping, ref_borrow(get), ref_borrow(item));
        ref_drop(t, item);
        if (done < 0) status = -1;
    }
    ref_drop(t, get);
    ref_drop(t, it);
    return status < 0 ? REF_NULL : REF_NONE;
}

/* ---- the module ------------------------------------------------------------------------------------------------------------------------------------ */

static NativeDef functions[] = {
    FN("_count_elements", "($module, mapping, iterable, /)", m_count_elements, "Count the items of the iterable into the mapping."),
    FN_END,
};

int module_init_collections(Thread *t, Value module) {
    Type *const types[] = {&deque_type, &defaultdict_type, &ordered_dict_type, &deque_iter_type, &deque_reverse_iter_type, &getter_type, NULL};
    return ordered_dict_ready(t) < 0 ? -1 : kit_module(t, module, types, functions, "High performance data structures.");
}
