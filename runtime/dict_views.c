/* Views of dicts (keys, values, items) with their set operations, and iterators over dicts, forwards and backwards. */
#include "runtime/abstract.h"
#include "runtime/dict_internal.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/str.h"

/* ---- iterators ------------------------------------------------------------------------------------------------------------------ */

/* All fields but `dict` are guarded by the iterator's own lock if it is shared. The dict stays until the iterator dies, or, for a local
 * iterator, until its end. */
typedef struct DictIter {
    Object base;
    Slot dict;
    size_t size; /* of the dict, when the iterator was made; SIZE_MAX: changed, stays broken */
    size_t left; /* items to come */
    int64_t pos; /* forwards: next entry; backwards: entries below it are to come; -1: over */
    Slot pair;   /* items: the last tuple given; used again if nobody else has kept it */
} DictIter;

static void iter_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((DictIter *)o)->dict, visit, arg);
    slot_visit(&((DictIter *)o)->pair, visit, arg);
}
static void iter_destroy(Thread *t, Object *o) {
    ref_drop(t, slot_take(t, o, &((DictIter *)o)->dict));
    ref_drop(t, slot_take(t, o, &((DictIter *)o)->pair));
}

static Ref iter_new(Thread *t, Value dict, Type *type, bool backwards) {
    DictIter *it = object_new(DictIter, t, type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->dict, ref_new(t, dict));
    it->size = it->left = dict_size(dict);
    if (backwards) it->pos = load_acquire(&load_acquire(&as(Dict, dict)->x_storage)->x_used);
    return ref_steal(it);
}

/* A local iterator over a shared dict, with nothing given yet, goes through a copy of its own from now on. */
static void settle(Thread *t, Value self, bool backwards) {
    DictIter *it = as(DictIter, self);
    Value dict = slot_get(&it->dict);
    if (value_is_null(dict) || is_local(t, value_object(dict)) || it->pos < 0 || it->left != it->size) return;
    Ref copy = dict_copy(t, dict);
    if (ref_is_null(copy)) {
        err_clear(t); /* then it goes without */
        return;
    }
    it->size = it->left = dict_size(ref_borrow(copy));
    it->pos = backwards ? (int64_t)load_relaxed(&load_relaxed(&as(Dict, ref_borrow(copy))->x_storage)->x_used) : 0;
    slot_set(t, it, &it->dict, copy);
}
static void settle_forwards(Thread *t, Value self) { settle(t, self, false); }
static void settle_backwards(Thread *t, Value self) { settle(t, self, true); }

static bool next_backwards(Dict *d, int64_t *pos, Value *k, Value *v) {
    DictStorage *s = load_acquire(&d->x_storage);
    int64_t used = load_acquire(&s->x_used), i = *pos > used ? used : *pos;
    while (i-- > 0) {
        *k = slot_get(&s->entry[i].key);
        *v = slot_get(&s->entry[i].value);
        if (value_is_null(*v) || value_is_null(*k)) continue;
        *pos = i;
        return true;
    }
    return false;
}

/* 1: borrowed key and value; 0: over; -1: RuntimeError. Call with the iterator's lock held. */
static int iter_advance_locked(Thread *t, DictIter *it, bool backwards, Value *k, Value *v) {
    if (unlikely(it->pos < 0)) return 0;
    Value dict = slot_get(&it->dict);
    Dict *d = as(Dict, dict);
    if (unlikely(it->size != dict_size(dict))) {
        it->size = SIZE_MAX;
        return err_int(err_set(t, E_RuntimeError, "dictionary changed size during iteration"));
    }
    bool more;
    if (backwards) {
        more = next_backwards(d, &it->pos, k, v);
    } else {
        size_t pos = (size_t)it->pos;
        int64_t hash;
        more = dict_next_hashed(d, &pos, k, v, &hash);
        it->pos = (int64_t)pos;
    }
    if (!more) {
        it->pos = -1;
        return 0;
    }
    if (it->left == 0) { /* as many went as there were: others have come in place of some */
        it->pos = -1;
        return err_int(err_set(t, E_RuntimeError, "dictionary keys changed during iteration"));
    }
    it->left--;
    return 1;
}

static ALWAYS_INLINE Ref iter_step(Thread *t, Value self, bool backwards, bool want_key) {
    DictIter *it = as(DictIter, self);
    Value k, v;
    Ref r = REF_NULL, source = REF_NULL;
    CRITICAL_BEGIN(t, it)
    int status = iter_advance_locked(t, it, backwards, &k, &v);
    if (likely(status > 0)) r = ref_new(t, want_key ? k : v);
    else if (is_local(t, it) && it->pos < 0) source = slot_take(t, it, &it->dict);
    CRITICAL_END(t)
    if (unlikely(!ref_is_null(source))) ref_drop(t, source);
    return r;
}

/* For the VM's loops: the same as register words. */
static ALWAYS_INLINE int iter_word(Thread *t, Value self, bool want_key, Ref *out) {
    DictIter *it = as(DictIter, self);
    Value k, v;
    if (likely(is_local(t, it))) {
        int status = iter_advance_locked(t, it, false, &k, &v);
        if (likely(status > 0)) {
            *out = reg_copy(t, want_key ? k : v);
            return 1;
        }
        if (status < 0) return -1;
    }
    *out = iter_step(t, self, false, want_key); /* also lets go of the dict at the end */
    return !ref_is_null(*out) ? 1 : err_pending(t) ? -1 : 0;
}
static int key_iter_word(Thread *t, Value self, Ref *out) { return iter_word(t, self, true, out); }
static int value_iter_word(Thread *t, Value self, Ref *out) { return iter_word(t, self, false, out); }
static int item_iter_pair(Thread *t, Value self, Ref *first, Ref *second) {
    DictIter *it = as(DictIter, self);
    Value k, v;
    Ref source = REF_NULL;
    int status;
    CRITICAL_BEGIN(t, it)
    status = iter_advance_locked(t, it, false, &k, &v);
    if (likely(status > 0)) {
        *first = reg_copy(t, k);
        *second = reg_copy(t, v);
    } else if (is_local(t, it) && it->pos < 0) {
        source = slot_take(t, it, &it->dict);
    }
    CRITICAL_END(t)
    if (likely(status > 0)) return 1;
    ref_drop(t, source);
    return err_pending(t) ? -1 : 0;
}

static Ref key_iter_next(Thread *t, Value self) { return iter_step(t, self, false, true); }
static Ref value_iter_next(Thread *t, Value self) { return iter_step(t, self, false, false); }
static Ref key_riter_next(Thread *t, Value self) { return iter_step(t, self, true, true); }
static Ref value_riter_next(Thread *t, Value self) { return iter_step(t, self, true, false); }

static Ref item_step(Thread *t, Value self, bool backwards) {
    DictIter *it = as(DictIter, self);
    Value k, v;
    Ref key = REF_NULL, value = REF_NULL, source = REF_NULL, old_key = REF_NULL, old_value = REF_NULL, r = REF_NULL;
    CRITICAL_BEGIN(t, it)
    int status = iter_advance_locked(t, it, backwards, &k, &v);
    if (status > 0) {
        key = ref_new(t, k);
        value = ref_new(t, v);
        Value pair = slot_get(&it->pair);
        if (!value_is_null(pair) && is_local(t, it) && ref_is_unique(t, value_object(pair))) {
            Tuple *p = as(Tuple, pair);
            old_key = slot_swap(t, p, &p->item[0], key);
            old_value = slot_swap(t, p, &p->item[1], value);
            r = ref_new(t, pair);
        }
    } else if (is_local(t, it) && it->pos < 0) {
        source = slot_take(t, it, &it->dict);
    }
    CRITICAL_END(t)
    if (!ref_is_null(r)) {
        ref_drop(t, old_key);
        ref_drop(t, old_value);
        return r;
    }
    ref_drop(t, source);
    if (ref_is_null(key)) return REF_NULL;
    r = tuple_from_steal(t, (Ref[]){key, value}, 2);
    if (!ref_is_null(r) && is_local(t, it)) slot_set(t, it, &it->pair, ref_new(t, ref_borrow(r)));
    return r;
}
static Ref item_iter_next(Thread *t, Value self) { return item_step(t, self, false); }
static Ref item_riter_next(Thread *t, Value self) { return item_step(t, self, true); }

static Ref iter_length_hint(Thread *t, Value self, const Value *a) {
    DictIter *it = as(DictIter, self);
    int64_t n = 0;
    CRITICAL_BEGIN(t, it)
    if (it->pos >= 0 && it->size == dict_size(slot_get(&it->dict))) n = (int64_t)it->left;
    CRITICAL_END(t)
    return ref_small_int(n);
}

/* (iter, ([what is left],)) */
static Ref iter_reduce(Thread *t, Value self, const Value *a) {
    DictIter *it = as(DictIter, self);
    Type *type = type_of(self);
    DictIter *copy = object_new(DictIter, t, type);
    if (copy == NULL) return REF_NULL;
    Ref copy_ref = ref_steal(copy);
    CRITICAL_BEGIN(t, it)
    copy->size = it->size;
    copy->left = it->left;
    copy->pos = it->pos;
    slot_init(&copy->dict, slot_ref(t, &it->dict));
    CRITICAL_END(t)
    Ref list = sequence_list(t, ref_borrow(copy_ref));
    ref_drop(t, copy_ref);
    if (ref_is_null(list)) return list;
    Ref args = tuple_from_steal(t, &list, 1), r = REF_NULL;
    Ref iter = ref_is_null(args) ? REF_NULL : import_attr(t, "builtins", "iter");
    if (!ref_is_null(iter)) r = tuple_pack(t, 2, ref_borrow(iter), ref_borrow(args));
    ref_drop(t, iter);
    ref_drop(t, args);
    return r;
}

static NativeDef iter_methods[] = {
    FN("__length_hint__", "!($self, /)", iter_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", iter_reduce, "Pickling support."),
    FN_END,
};
/* one table each: signatures and descriptors are kept beside the rows */
static NativeDef riter_methods[] = {
    FN("__length_hint__", "!($self, /)", iter_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", iter_reduce, "Pickling support."),
    FN_END,
};

#define DICT_ITER_TYPE(var, name_, next_, settle_, methods_, ...)                                  \
    Type var = {                                                                                   \
        TYPE_HEADER(DictIter, TYPE_CONTAINER, iter_traverse, NULL, iter_destroy),                  \
        .name = name_,                                                                             \
        .iter = iter_self,                                                                         \
        .next = next_,                                                                             \
        .settle = settle_,                                                                         \
        .methods = methods_, __VA_ARGS__                                                           \
    }
DICT_ITER_TYPE(dict_key_iter_type, "dict_keyiterator", key_iter_next, settle_forwards, iter_methods, .next_word = key_iter_word);
DICT_ITER_TYPE(dict_value_iter_type, "dict_valueiterator", value_iter_next, settle_forwards, iter_methods, .next_word = value_iter_word);
DICT_ITER_TYPE(dict_item_iter_type, "dict_itemiterator", item_iter_next, settle_forwards, iter_methods, .next_pair = item_iter_pair);
DICT_ITER_TYPE(dict_reverse_key_iter_type, "dict_reversekeyiterator", key_riter_next, settle_backwards, riter_methods, .next_word = NULL);
DICT_ITER_TYPE(dict_reverse_value_iter_type, "dict_reversevalueiterator", value_riter_next, settle_backwards, riter_methods, .next_word = NULL);
DICT_ITER_TYPE(dict_reverse_item_iter_type, "dict_reverseitemiterator", item_riter_next, settle_backwards, riter_methods, .next_word = NULL);

Ref dict_iter(Thread *t, Value self) { return iter_new(t, self, &dict_key_iter_type, false); }
Ref dict_reversed(Thread *t, Value self) { return iter_new(t, self, &dict_reverse_key_iter_type, true); }

/* ---- views ------------------------------------------------------------------------------------------------------------------------ */

typedef struct DictView {
    Object base;
    Slot dict; /* never changed */
} DictView;
#define DICT_OF(view) slot_get(&as(DictView, view)->dict)

Ref dict_view_new(Thread *t, Value dict, Type *type) {
    DictView *view = object_new(DictView, t, type);
    if (view == NULL) return REF_NULL;
    slot_init(&view->dict, ref_new(t, dict));
    return ref_steal(view);
}

static void view_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((DictView *)o)->dict, visit, arg); }
static void view_destroy(Thread *t, Object *o) { ref_drop(t, slot_take(t, o, &((DictView *)o)->dict)); }
static int64_t view_len(Thread *t, Value self) { return (int64_t)dict_size(DICT_OF(self)); }

static bool is_keys(Value v) { return type_is_subtype(type_of(v), &dict_keys_type); }
static bool is_items(Value v) { return type_is_subtype(type_of(v), &dict_items_type); }

Value dict_of_view(Value view) { return DICT_OF(view); }
bool is_dict_view(Value v) { return type_of(v)->len == view_len; }

static bool goes_as(const Type *type, const Type *builtin) { return type->iter == builtin->iter && type->len == builtin->len; }

Ref dict_or_set_snapshot(Thread *t, Value v) {
    Type *type = type_of(v);
    if (goes_as(type, &dict_type)) return dict_keys_list(t, v);
    if (type == &dict_keys_type) return dict_keys_list(t, DICT_OF(v));
    if (type == &dict_values_type) return dict_values_list(t, DICT_OF(v));
    if (type == &dict_items_type) return dict_items_list(t, DICT_OF(v));
    return goes_as(type, &set_type) ? set_items_list(t, v) : REF_NULL;
}

static Ref view_items(Thread *t, Value self) {
    if (is_keys(self)) return dict_keys_list(t, DICT_OF(self));
    return is_items(self) ? dict_items_list(t, DICT_OF(self)) : dict_values_list(t, DICT_OF(self));
}

static Ref view_repr(Thread *t, Value self) {
    ReprGuard guard;
    if (repr_enter(&guard, self)) return str_from_cstr(t, "...");
    Ref items = view_items(t, self);
    Ref r = ref_is_null(items) ? REF_NULL : str_format(t, "%T(%R)", self, ref_borrow(items));
    ref_drop(t, items);
    repr_leave(&guard);
    return r;
}

static Ref view_mapping(Thread *t, Value self, void *closure) { return call1(t, type_value(&mappingproxy_type), DICT_OF(self)); }

static Ref keys_iter(Thread *t, Value self) { return iter_new(t, DICT_OF(self), &dict_key_iter_type, false); }
static Ref values_iter(Thread *t, Value self) { return iter_new(t, DICT_OF(self), &dict_value_iter_type, false); }
static Ref items_iter(Thread *t, Value self) { return iter_new(t, DICT_OF(self), &dict_item_iter_type, false); }
static Ref keys_reversed(Thread *t, Value self, const Value *a) { return iter_new(t, DICT_OF(self), &dict_reverse_key_iter_type, true); }
static Ref values_reversed(Thread *t, Value self, const Value *a) { return iter_new(t, DICT_OF(self), &dict_reverse_value_iter_type, true); }
static Ref items_reversed(Thread *t, Value self, const Value *a) { return iter_new(t, DICT_OF(self), &dict_reverse_item_iter_type, true); }

static int keys_contains(Thread *t, Value self, Value key) { return dict_contains(t, DICT_OF(self), key); }

static int items_contains(Thread *t, Value self, Value pair) {
    if (!is_tuple(pair) || tuple_size(pair) != 2) return 0;
    Ref v;
    int found = dict_lookup(t, DICT_OF(self), tuple_get(pair, 0), &v);
    if (found > 0) found = values_equal(t, ref_borrow(v), tuple_get(pair, 1));
    ref_drop(t, v);
    return found;
}

/* ---- set operations of keys and items ------------------------------------------------------------------------------------------------- */

/* Is every item of a in b? 1, 0, -1 */
static int all_contained(Thread *t, Value a, Value b) {
    Ref it = get_iter_now(t, a), item;
    if (ref_is_null(it)) return -1;
    int status, in = 1;
    while (in == 1 && (status = iter_next(t, ref_borrow(it), &item)) != 0) {
        if (status < 0) {
            in = -1;
            break;
        }
        in = object_contains(t, b, ref_borrow(item));
        ref_drop(t, item);
    }
    ref_drop(t, it);
    return in;
}

static Ref view_compare(Thread *t, Value self, Value other, CompareOp op) {
    if (!is_a(other, TYPE_SET) && !is_keys(other) && !is_items(other)) return REF_NOT_IMPLEMENTED;
    int64_t n = object_len(t, self), m = object_len(t, other);
    if (n < 0 || m < 0) return REF_NULL;
    int ok = 0;
    switch (op) {
    case CMP_EQ:
    case CMP_NE:
        if (n == m) ok = all_contained(t, self, other);
        if (op == CMP_NE && ok >= 0) ok = !ok;
        break;
    case CMP_LT: if (n < m) ok = all_contained(t, self, other); break;
    case CMP_LE: if (n <= m) ok = all_contained(t, self, other); break;
    case CMP_GT: if (n > m) ok = all_contained(t, other, self); break;
    case CMP_GE: if (n >= m) ok = all_contained(t, other, self); break;
    }
    return ok < 0 ? REF_NULL : ref_bool(ok);
}

static Ref set_call(Thread *t, Ref set, const char *method, Value arg) {
    if (ref_is_null(set)) return set;
    Value name = str_intern_cstr(t, method);
    Ref r = value_is_null(name) ? REF_NULL : call_method1(t, ref_borrow(set), name, arg);
    bool ok = !ref_is_null(r);
    ref_drop(t, r);
    if (ok) return set;
    ref_drop(t, set);
    return REF_NULL;
}

/* A set of what is in an operand; of keys, made as one of the dict itself, which is quicker and gives it its order. */
static Ref set_of(Thread *t, Value v) { return set_new(t, is_keys(v) && is_exact(DICT_OF(v), &dict_type) ? DICT_OF(v) : v); }

static Ref view_sub(Thread *t, Value a, Value b) { return set_call(t, set_of(t, a), "difference_update", b); }
static Ref view_or(Thread *t, Value a, Value b) { return set_call(t, set_of(t, a), "update", b); }
static Ref view_xor(Thread *t, Value a, Value b) { return set_call(t, set_of(t, a), "symmetric_difference_update", b); }

static Ref view_and(Thread *t, Value a, Value b) {
    /* the view may be the right operand of any iterable; the shorter side is walked */
    if (!is_keys(a) && !is_items(a)) {
        Value swap = a;
        a = b;
        b = swap;
    }
    if ((is_keys(b) || is_items(b)) && object_len(t, b) > object_len(t, a)) {
        Value swap = a;
        a = b;
        b = swap;
    }
    if (is_exact(b, &set_type) && (int64_t)set_size(b) >= object_len(t, a)) {
        Value name = str_intern_cstr(t, "intersection");
        return value_is_null(name) ? REF_NULL : call_method1(t, b, name, a);
    }
    Ref r = set_new(t, VALUE_NULL), it = ref_is_null(r) ? REF_NULL : get_iter_now(t, b), item;
    int status = ref_is_null(it) ? -1 : 1;
    while (status > 0 && (status = iter_next(t, ref_borrow(it), &item)) > 0) {
        int in = object_contains(t, a, ref_borrow(item));
        if (in < 0 || (in > 0 && set_add(t, ref_borrow(r), ref_borrow(item)) < 0)) status = -1;
        ref_drop(t, item);
    }
    ref_drop(t, it);
    if (status == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

static Ref view_isdisjoint(Thread *t, Value self, const Value *a) {
    if (value_is(self, a[0])) return ref_bool(dict_size(DICT_OF(self)) == 0);
    Value walk = a[0], in = self;
    if (is_a(walk, TYPE_SET) || is_keys(walk) || is_items(walk)) {
        int64_t n = object_len(t, self), m = object_len(t, walk);
        if (n < 0 || m < 0) return REF_NULL;
        if (m > n) {
            in = walk;
            walk = self;
        }
    }
    Ref it = get_iter_now(t, walk), item;
    if (ref_is_null(it)) return it;
    int status, found = 0;
    while (found == 0 && (status = iter_next(t, ref_borrow(it), &item)) != 0) {
        if (status < 0) {
            found = -1;
            break;
        }
        found = object_contains(t, in, ref_borrow(item));
        ref_drop(t, item);
    }
    ref_drop(t, it);
    return found < 0 ? REF_NULL : ref_bool(!found);
}

static const GetSetDef view_getset[] = {{"mapping", view_mapping, NULL, "The dictionary that this view shows."}, {NULL}};
static NativeDef keys_methods[] = {
    FN("isdisjoint", "!($self, other, /)", view_isdisjoint, "Whether the view and the iterable have no item in common."),
    FN("__reversed__", "!($self, /)", keys_reversed, "Iterator over the keys from the last to the first."),
    FN_END,
};
static NativeDef items_methods[] = {
    FN("isdisjoint", "!($self, other, /)", view_isdisjoint, "Whether the view and the iterable have no item in common."),
    FN("__reversed__", "!($self, /)", items_reversed, "Iterator over the items from the last to the first."),
    FN_END,
};
static NativeDef values_methods[] = {
    FN("__reversed__", "!($self, /)", values_reversed, "Iterator over the values from the last to the first."),
    FN_END,
};

Type dict_keys_type = {
    TYPE_HEADER(DictView, TYPE_CONTAINER, view_traverse, NULL, view_destroy),
    .name = "dict_keys",
    .repr = view_repr,
    .hash = hash_not_implemented,
    .richcompare = view_compare,
    .iter = keys_iter,
    .len = view_len,
    .contains = keys_contains,
    .sub = view_sub,
    .and_ = view_and,
    .or_ = view_or,
    .xor_ = view_xor,
    .methods = keys_methods,
    .getset = view_getset,
};
Type dict_items_type = {
    TYPE_HEADER(DictView, TYPE_CONTAINER, view_traverse, NULL, view_destroy),
    .name = "dict_items",
    .repr = view_repr,
    .hash = hash_not_implemented,
    .richcompare = view_compare,
    .iter = items_iter,
    .len = view_len,
    .contains = items_contains,
    .sub = view_sub,
    .and_ = view_and,
    .or_ = view_or,
    .xor_ = view_xor,
    .methods = items_methods,
    .getset = view_getset,
};
Type dict_values_type = {
    TYPE_HEADER(DictView, TYPE_CONTAINER, view_traverse, NULL, view_destroy),
    .name = "dict_values",
    .repr = view_repr,
    .iter = values_iter,
    .len = view_len,
    .methods = values_methods,
    .getset = view_getset,
};
