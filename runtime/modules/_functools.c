/* _functools: partial, reduce, cmp_to_key, lru_cache.
 *
 * lru_cache keeps its results in a dict whose order is the order of use. A hit on an unbounded cache reads that dict without a lock and counts in
 * a cell of its thread's own, so it writes nothing that other threads read; a hit on a bounded one moves the entry to the end, under the dict's lock.
 */
#include "runtime/dict_internal.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/names.h"

KIT_SLOTS(2)

/* ---- partial ----------------------------------------------------------------------------------------------------------------------------- */

typedef struct Partial {
    Object base;
    Slot function, args, keywords; /* args: tuple, keywords: dict; replaced only by __setstate__, under the lock */
    Slot weakrefs;
    Attrs attrs;
} Partial;
static Type partial_type;

static void partial_traverse(Object *o, VisitFn visit, void *arg) {
    kit_visit(o, 3, visit, arg);
    instance_traverse_attrs(o, visit, arg);
}
static void partial_destroy(Thread *t, Object *o) {
    kit_destroy(t, o, 3);
    instance_clear_attrs(t, o);
}

static Ref kwargs_dict(Thread *t, Value base_or_null, const Value *values, Value kwnames) {
    Ref d = value_is_null(base_or_null) ? dict_new(t) : dict_copy(t, base_or_null);
    for (size_t i = 0, n = value_is_null(kwnames) ? 0 : tuple_size(kwnames); i < n && !ref_is_null(d); i++)
        if (dict_set(t, ref_borrow(d), tuple_get(kwnames, i), values[i]) < 0) {
            ref_drop(t, d);
            return REF_NULL;
        }
    return d;
}

static Ref partial_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (nargs == 0) return err_set(t, E_TypeError, "type 'partial' takes at least one argument");
    Value function = args[0], inner_args = tuple_empty(), inner_kw = VALUE_NULL;
    if (type_of(function)->call == partial_type.call && is_exact(function, &partial_type)) { /* partial(partial(f, …), …) is one */
        Partial *p = as(Partial, function);
        if (load_acquire(&p->attrs.x_overflow) == NULL) {
            inner_args = slot_get(&p->args);
            inner_kw = slot_get(&p->keywords);
            function = slot_get(&p->function);
        }
    }
    if (!is_callable(function)) return err_set(t, E_TypeError, "the first argument must be callable");
    Ref hold = ref_new(t, function); /* the inner one's keywords may ask Python, which may give it another state */
    Ref own = tuple_from_array(t, args + 1, nargs - 1);
    Ref all = ref_is_null(own) ? own : tuple_concat(t, inner_args, ref_borrow(own));
    ref_drop(t, own);
    Ref keywords = ref_is_null(all) ? REF_NULL : kwargs_dict(t, inner_kw, args + nargs, kwnames);
    Partial *p = ref_is_null(keywords) ? NULL : kit_instance(t, cls);
    if (p == NULL) {
        ref_drop(t, hold);
        ref_drop(t, all);
        ref_drop(t, keywords);
        return REF_NULL;
    }
    slot_init(&p->function, hold);
    slot_init(&p->args, all);
    slot_init(&p->keywords, keywords);
    return ref_steal(p);
}

#define PARTIAL_STACK 16

static Ref partial_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Partial *p = as(Partial, self);
    Ref function = slot_ref(t, &p->function), bound = slot_ref(t, &p->args), keywords = slot_ref(t, &p->keywords), r = REF_NULL;
    size_t n = tuple_size(ref_borrow(bound)), nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
    if (dict_size(ref_borrow(keywords)) == 0) {
        Value small[PARTIAL_STACK], *all = small;
        if (n + nargs + nkw > PARTIAL_STACK) all = mem_alloc((n + nargs + nkw) * sizeof(Value));
        if (all == NULL) {
            err_no_memory(t);
        } else {
            for (size_t i = 0; i < n; i++) all[i] = tuple_get(ref_borrow(bound), i);
            memcpy(all + n, args, (nargs + nkw) * sizeof(Value));
            r = call(t, ref_borrow(function), all, n + nargs, kwnames);
        }
        if (all != small) mem_free(all);
    } else {
        Ref given = tuple_from_array(t, args, nargs), all = REF_NULL, kw = REF_NULL;
        if (!ref_is_null(given)) all = tuple_concat(t, ref_borrow(bound), ref_borrow(given));
        if (!ref_is_null(all)) kw = kwargs_dict(t, ref_borrow(keywords), args + nargs, kwnames);
        if (!ref_is_null(kw)) r = call_tuple_dict(t, ref_borrow(function), ref_borrow(all), ref_borrow(kw));
        ref_drop(t, given);
        ref_drop(t, all);
        ref_drop(t, kw);
    }
    ref_drop(t, keywords);
    ref_drop(t, bound);
    ref_drop(t, function);
    return r;
}

static Ref partial_repr(Thread *t, Value self) {
    Partial *p = as(Partial, self);
    ReprGuard guard;
    if (repr_enter(&guard, self)) return str_from_cstr(t, "...");
    StrBuilder b = STR_BUILDER;
    Ref function = slot_ref(t, &p->function), args = slot_ref(t, &p->args), keywords = slot_ref(t, &p->keywords);
    Ref name = type_qualname(t, type_of(self));
    int status = ref_is_null(name) ? -1 : 0;
    if (status == 0 && !type_flag(type_of(self), TYPE_HEAP)) status = builder_ascii(t, &b, "functools.", 10);
    if (status == 0) status = builder_format(t, &b, "%V(%R", ref_borrow(name), ref_borrow(function));
    for (size_t i = 0; status == 0 && i < tuple_size(ref_borrow(args)); i++) status = builder_format(t, &b, ", %R", tuple_get(ref_borrow(args), i));
    size_t pos = 0;
    Value k, v;
    while (status == 0 && dict_next(ref_borrow(keywords), &pos, &k, &v)) {
        Ref key = ref_new(t, k), value = ref_new(t, v);
        status = builder_format(t, &b, ", %V=%R", k, v);
        ref_drop(t, key);
        ref_drop(t, value);
    }
    if (status == 0) status = builder_char(t, &b, ')');
    ref_drop(t, name);
    ref_drop(t, keywords);
    ref_drop(t, args);
    ref_drop(t, function);
    repr_leave(&guard);
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

static Ref partial_reduce(Thread *t, Value self, const Value *a) {
    Partial *p = as(Partial, self);
    Ref function = slot_ref(t, &p->function), args = slot_ref(t, &p->args), keywords = slot_ref(t, &p->keywords), dict, r = REF_NULL;
    dict = get_attr(t, self, N(__dict__));
    if (!ref_is_null(dict)) {
        Value d = is_dict(ref_borrow(dict)) && dict_size(ref_borrow(dict)) == 0 ? VALUE_NONE : ref_borrow(dict);
        Ref state = tuple_pack(t, 4, ref_borrow(function), ref_borrow(args), ref_borrow(keywords), d);
        Value call_args[] = {ref_borrow(function)};
        if (!ref_is_null(state)) r = kit_reduce(t, type_value(type_of(self)), call_args, 1, ref_borrow(state));
        ref_drop(t, state);
    }
    ref_drop(t, dict);
    ref_drop(t, keywords);
    ref_drop(t, args);
    ref_drop(t, function);
    return r;
}

static Ref partial_setstate(Thread *t, Value self, const Value *a) {
    Partial *p = as(Partial, self);
    Value s = a[0];
    if (!is_tuple(s) || tuple_size(s) != 4 || !is_callable(tuple_get(s, 0)) || !is_tuple(tuple_get(s, 1)) ||
        (!value_is_none(tuple_get(s, 2)) && !is_dict(tuple_get(s, 2))))
        return err_set(t, E_TypeError, "invalid partial state");
    Value args = tuple_get(s, 1), keywords = tuple_get(s, 2), dict = tuple_get(s, 3);
    Ref args_copy = is_exact(args, &tuple_type) ? ref_new(t, args) : sequence_tuple(t, args);
    Ref kw_copy = value_is_none(keywords) ? dict_new(t) : is_exact(keywords, &dict_type) ? ref_new(t, keywords) : dict_copy(t, keywords);
    Ref attrs = value_is_none(dict) ? dict_new(t) : ref_new(t, dict);
    bool ok = !ref_is_null(args_copy) && !ref_is_null(kw_copy) && !ref_is_null(attrs) && set_attr(t, self, N(__dict__), ref_borrow(attrs)) == 0;
    ref_drop(t, attrs);
    if (!ok) {
        ref_drop(t, args_copy);
        ref_drop(t, kw_copy);
        return REF_NULL;
    }
    slot_set(t, p, &p->function, ref_new(t, tuple_get(s, 0)));
    slot_set(t, p, &p->args, args_copy);
    slot_set(t, p, &p->keywords, kw_copy);
    return REF_NONE;
}

static NativeDef partial_methods[] = {
    FN("__reduce__", "!($self, /)", partial_reduce, NULL),
    FN("__setstate__", "!($self, state, /)", partial_setstate, NULL),
    KIT_CLASS_GETITEM,
    FN_END,
};
static const MemberDef partial_members[] = {
    {"func", MEMBER_SLOT, offsetof(Partial, function), true, "The function that is called."},
    {"args", MEMBER_SLOT, offsetof(Partial, args), true, "The positional arguments that come first."},
    {"keywords", MEMBER_SLOT, offsetof(Partial, keywords), true, "The keyword arguments that a call may override."},
    {NULL},
};
static Type partial_type = {
    TYPE_HEADER(Partial, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_SHAPED | TYPE_WEAKREFABLE, partial_traverse, NULL, partial_destroy),
    .name = "functools.partial",
    .doc = "partial(func, *args, **keywords) - a function with some arguments given already.",
    .attrs_offset = offsetof(Partial, attrs),
    .weakrefs_offset = offsetof(Partial, weakrefs),
    .new_ = partial_new, .call = partial_call, .repr = partial_repr, .methods = partial_methods, .members = partial_members,
};

/* ---- cmp_to_key ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct Key {
    Object base;
    Slot compare, object; /* object: null for the factory that cmp_to_key() returns */
} Key;
static Type key_type;

static Ref key_make(Thread *t, Value compare, Value object) {
    Key *k = object_new(Key, t, &key_type);
    if (k == NULL) return REF_NULL;
    slot_init(&k->compare, ref_new(t, compare));
    slot_init(&k->object, ref_new(t, object));
    return ref_steal(k);
}

static Ref key_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Value a[1];
    if (bind_args(t, "K", "($self, obj)", &x_sig, args, nargs, kwnames, a, 1) < 0) return REF_NULL;
    return key_make(t, slot_get(&as(Key, self)->compare), a[0]);
}

static Ref key_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_exact(b, &key_type)) return err_set(t, E_TypeError, "other argument must be K instance");
    Ref x = slot_ref(t, &as(Key, a)->object), y = slot_ref(t, &as(Key, b)->object), order = REF_NULL; /* `obj` may be set meanwhile */
    if (ref_is_null(x) || ref_is_null(y)) err_set(t, E_AttributeError, "object");
    else order = call2(t, slot_get(&as(Key, a)->compare), ref_borrow(x), ref_borrow(y));
    ref_drop(t, x);
    ref_drop(t, y);
    if (ref_is_null(order)) return order;
    Ref r = rich_compare(t, ref_borrow(order), small_int(0), op);
    ref_drop(t, order);
    return r;
}

static const MemberDef key_members[] = {{"obj", MEMBER_SLOT, offsetof(Key, object), false, "Value wrapped by a key function."}, {NULL}};
static Type key_type = {
    TYPE_HEADER(Key, TYPE_CONTAINER, kit_traverse_2, NULL, kit_drop_2),
    .name = "functools.KeyWrapper",
    .call = key_call, .richcompare = key_compare, .hash = hash_not_implemented, .members = key_members,
};

static Ref m_cmp_to_key(Thread *t, Value m, const Value *a) { return key_make(t, a[0], VALUE_NULL); }

/* ---- reduce ------------------------------------------------------------------------------------------------------------------------------------ */

static Ref m_reduce(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "_functools.reduce", kwnames) < 0 || check_nargs(t, "reduce", nargs, 2, 3) < 0) return REF_NULL;
    Ref it = get_iter_now(t, args[1]), total = nargs == 3 ? ref_new(t, args[2]) : REF_NULL, item;
    if (ref_is_null(it)) {
        if (err_clear_if(t, E_TypeError)) err_set(t, E_TypeError, "reduce() arg 2 must support iteration");
        ref_drop(t, total);
        return it;
    }
    int status;
    while ((status = iter_next(t, ref_borrow(it), &item)) > 0) {
        if (ref_is_null(total)) {
            total = item;
            continue;
        }
        Ref next = call2(t, args[0], ref_borrow(total), ref_borrow(item));
        ref_drop(t, total);
        ref_drop(t, item);
        total = next;
        if (ref_is_null(total)) break;
    }
    ref_drop(t, it);
    if (status < 0) {
        ref_drop(t, total);
        return REF_NULL;
    }
    if (status == 0 && ref_is_null(total)) return err_set(t, E_TypeError, "reduce() of empty iterable with no initial value");
    return total;
}

/* ---- lru_cache ----------------------------------------------------------------------------------------------------------------------------------- */

#define STRIPES 32
typedef struct Stripe {
    _Atomic int64_t x_hits;
    char pad[56]; /* a cache line each */
} Stripe;

typedef struct LruCache {
    Object base;
    Slot function, cache, info_type; /* cache: dict */
    Slot weakrefs;
    int64_t max_size;                /* -1: unbounded */
    bool typed;
    _Atomic int64_t x_hits, x_misses; /* x_hits: those made while the object was local, and of bounded caches */
    _Atomic(Stripe *) x_stripes;     /* by thread id; made at the first hit on a shared cache */
    Attrs attrs;
} LruCache;
static Type lru_type;
static Object keyword_mark; /* stands between positional and keyword arguments in keys */

static void lru_traverse(Object *o, VisitFn visit, void *arg) {
    kit_visit(o, 3, visit, arg);
    instance_traverse_attrs(o, visit, arg);
}
static void lru_destroy(Thread *t, Object *o) {
    kit_destroy(t, o, 3);
    mem_free(load_relaxed(&((LruCache *)o)->x_stripes));
    instance_clear_attrs(t, o);
}

static Ref lru_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Value a[4];
    if (bind_args(t, "lru_cache", "($type, user_function, maxsize, typed, cache_info_type)", &x_sig, args, nargs, kwnames, a, 4) < 0) return REF_NULL;
    if (!is_callable(a[0])) return err_set(t, E_TypeError, "the first argument must be callable");
    int64_t max_size = -1;
    if (!value_is_none(a[1])) {
        if (!has_index(a[1])) return err_set(t, E_TypeError, "maxsize should be integer or None");
        if (index_as_i64(t, a[1], &max_size) < 0) return REF_NULL;
        if (max_size < 0) max_size = 0;
    }
    int typed = is_true(t, a[2]);
    if (typed < 0) return REF_NULL;
    Ref cache = dict_new(t);
    LruCache *c = ref_is_null(cache) ? NULL : kit_instance(t, cls);
    if (c == NULL) {
        ref_drop(t, cache);
        return REF_NULL;
    }
    slot_init(&c->function, ref_new(t, a[0]));
    slot_init(&c->cache, cache);
    slot_init(&c->info_type, ref_new(t, a[3]));
    c->max_size = max_size;
    c->typed = typed;
    return ref_steal(c);
}

static void count_hit(Thread *t, LruCache *c) {
    if (is_local(t, c)) {
        store_relaxed(&c->x_hits, load_relaxed(&c->x_hits) + 1);
        return;
    }
    Stripe *stripes = load_acquire(&c->x_stripes);
    if (stripes == NULL) {
        Stripe *fresh = mem_zalloc(STRIPES * sizeof(Stripe));
        if (fresh == NULL) {
            add_relaxed(&c->x_hits, 1);
            return;
        }
        if (cas_acq_rel(&c->x_stripes, &stripes, fresh)) stripes = fresh;
        else mem_free(fresh);
    }
    add_relaxed(&stripes[thread_hot(t)->id % STRIPES].x_hits, 1);
}

/* The key of a call: the argument itself if it is one int or str, else a tuple. */
static Ref make_key(Thread *t, LruCache *c, const Value *args, size_t nargs, Value kwnames) {
    size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
    if (!c->typed && nkw == 0 && nargs == 1 && (is_exact(args[0], &int_type) || is_exact(args[0], &str_type))) return ref_new(t, args[0]);
    size_t n = nargs + (nkw ? 1 + 2 * nkw : 0) + (c->typed ? nargs + nkw : 0), k = 0;
    Ref key = tuple_new_uninit(t, n);
    if (n == 0 || ref_is_null(key)) return key;
    for (size_t i = 0; i < nargs; i++) tuple_init_item(key, k++, ref_new(t, args[i]));
    if (nkw) tuple_init_item(key, k++, (Ref){LENT_WORD(keyword_mark)});
    for (size_t i = 0; i < nkw; i++) {
        tuple_init_item(key, k++, ref_new(t, tuple_get(kwnames, i)));
        tuple_init_item(key, k++, ref_new(t, args[nargs + i]));
    }
    for (size_t i = 0; c->typed && i < nargs + nkw; i++) tuple_init_item(key, k++, ref_new(t, type_value(type_of(args[i]))));
    return key;
}

/* Stores a result, and drops the oldest while there are too many. 0, -1 */
static int remember(Thread *t, LruCache *c, Value cache, Value key, int64_t hash, Value result) {
    Ref there;
    int status = dict_change(t, as(Dict, cache), DICT_DEFAULT, key, hash, result, &there);
    ref_drop(t, there);
    if (status < 0) return -1;
    for (bool more = c->max_size > 0; more;) {
        Ref old_key = REF_NULL, old_value = REF_NULL;
        CRITICAL_BEGIN(t, value_object(cache)) /* two threads that see one too many drop one */
        more = (int64_t)dict_size(cache) > c->max_size && dict_pop_first(t, cache, &old_key, &old_value) > 0;
        CRITICAL_END(t)
        ref_drop(t, old_key);
        ref_drop(t, old_value);
    }
    return 0;
}

static Ref lru_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    LruCache *c = as(LruCache, self);
    Value function = slot_get(&c->function);
    if (c->max_size == 0) {
        add_relaxed(&c->x_misses, 1);
        return call(t, function, args, nargs, kwnames);
    }
    Ref key = make_key(t, c, args, nargs, kwnames), result = REF_NULL;
    if (ref_is_null(key)) return key;
    int64_t hash = dict_hash(t, ref_borrow(key));
    Value cache = slot_get(&c->cache);
    int found = hash == -1 ? -1 : dict_lookup_hashed(t, as(Dict, cache), ref_borrow(key), hash, &result);
    if (found > 0) {
        if (c->max_size < 0) {
            count_hit(t, c);
        } else {
            add_relaxed(&c->x_hits, 1);
            if (dict_move(t, cache, ref_borrow(key), hash, true) < 0) found = -1;
        }
    } else if (found == 0) {
        add_relaxed(&c->x_misses, 1);
        result = call(t, function, args, nargs, kwnames);
        if (ref_is_null(result) || remember(t, c, cache, ref_borrow(key), hash, ref_borrow(result)) < 0) found = -1;
    }
    ref_drop(t, key);
    if (found >= 0) return result;
    ref_drop(t, result);
    return REF_NULL;
}

static Ref lru_cache_info(Thread *t, Value self, const Value *a) {
    LruCache *c = as(LruCache, self);
    int64_t hits = load_relaxed(&c->x_hits);
    Stripe *stripes = load_acquire(&c->x_stripes);
    for (size_t i = 0; stripes != NULL && i < STRIPES; i++) hits += load_relaxed(&stripes[i].x_hits);
    Value args[] = {small_int(hits), small_int(load_relaxed(&c->x_misses)), c->max_size < 0 ? VALUE_NONE : small_int(c->max_size),
                    small_int((int64_t)dict_size(slot_get(&c->cache)))};
    return call(t, slot_get(&c->info_type), args, 4, VALUE_NULL);
}

static Ref lru_cache_clear(Thread *t, Value self, const Value *a) {
    LruCache *c = as(LruCache, self);
    store_relaxed(&c->x_hits, 0);
    store_relaxed(&c->x_misses, 0);
    Stripe *stripes = load_acquire(&c->x_stripes);
    for (size_t i = 0; stripes != NULL && i < STRIPES; i++) store_relaxed(&stripes[i].x_hits, 0);
    dict_clear(t, slot_get(&c->cache));
    return REF_NONE;
}

static Ref lru_reduce(Thread *t, Value self, const Value *a) { return get_attr(t, self, N(__qualname__)); }
static Ref lru_copy(Thread *t, Value self, const Value *a) { return ref_new(t, self); }

static Ref lru_descr_get(Thread *t, Value self, Value obj, Value type) {
    if (value_is_null(obj) || value_is_none(obj)) return ref_new(t, self);
    return method_new(t, self, obj);
}

static NativeDef lru_methods[] = {
    FN("cache_info", "!($self, /)", lru_cache_info, "Statistics of the cache."),
    FN("cache_clear", "!($self, /)", lru_cache_clear, "Forget all results and statistics."),
    FN("__reduce__", "!($self, /)", lru_reduce, NULL),
    FN("__copy__", "!($self, /)", lru_copy, NULL),
    FN("__deepcopy__", "!($self, memo, /)", lru_copy, NULL),
    FN_END,
};
static Type lru_type = {
    TYPE_HEADER(LruCache, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_SHAPED | TYPE_WEAKREFABLE | TYPE_METHOD, lru_traverse, NULL, lru_destroy),
    .name = "functools._lru_cache_wrapper",
    .doc = "A callable that remembers its results.\n\nuser_function: what is called.\nmaxsize: how many results are kept; None: all.\n"
           "typed: whether f(3) and f(3.0) are two calls.\ncache_info_type: what cache_info() returns.",
    .attrs_offset = offsetof(LruCache, attrs),
    .weakrefs_offset = offsetof(LruCache, weakrefs),
    .new_ = lru_new, .call = lru_call, .descr_get = lru_descr_get, .methods = lru_methods,
};

/* ---- the module ------------------------------------------------------------------------------------------------------------------------------------ */

static Object keyword_mark = OBJECT_STATIC(&object_type);

static NativeDef functions[] = {
    FN_RAW_BARE("reduce", "!($module, function, iterable, *initial)", m_reduce,
           "reduce(function, iterable[, initial]) -> value\n\nfunction(function(function(first, second), third), …), from initial on if it is given."),
    FN("cmp_to_key", "!($module, mycmp)", m_cmp_to_key, "A key function for sorting made of a comparison."),
    FN_END,
};

int module_init_functools(Thread *t, Value module) {
    Type *const types[] = {&partial_type, &lru_type, NULL};
    return type_ready(t, &key_type) < 0 ? -1 : kit_module(t, module, types, functions, "Tools for functions.");
}
