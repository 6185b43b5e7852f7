/* set and frozenset: the type objects, operators, methods and the iterator. */
#include "runtime/abstract.h"
#include "runtime/drain.h"
#include "runtime/dict_internal.h"
#include "runtime/errors.h"
#include "runtime/genericalias.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/set_internal.h"
#include "runtime/str.h"

static Type *base_type_of(Value v) { return type_is_subtype(type_of(v), &frozenset_type) ? &frozenset_type : &set_type; }
static Ref none_or_error(int status) { return status < 0 ? REF_NULL : REF_NONE; }

/* ---- making ---------------------------------------------------------------------------------------------------------------------- */

static Ref set_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return set_new_of(t, as(Type, cls)); }

static int set_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "set", kwnames) < 0 || check_nargs(t, "set", nargs, 0, 1) < 0) return -1;
    if (set_size(self) != 0) set_clear(t, self);
    store_relaxed(&as(Set, self)->x_hash, 0);
    return nargs == 0 ? 0 : set_merge(t, self, args[0]);
}

static Ref frozenset_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Type *type = as(Type, cls);
    if ((type == &frozenset_type || type->init == frozenset_type.init) && no_kwargs(t, "frozenset", kwnames) < 0) return REF_NULL;
    if (check_nargs(t, type->name, nargs, 0, 1) < 0) return REF_NULL;
    if (nargs == 1 && type == &frozenset_type && is_exact(args[0], &frozenset_type)) return ref_new(t, args[0]);
    Ref r = set_new_of(t, type);
    if (!ref_is_null(r) && nargs == 1 && set_merge(t, ref_borrow(r), args[0]) < 0) {
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

static void set_type_clear(Thread *t, Object *o) { set_clear(t, object_value(o)); }
static int64_t set_len(Thread *t, Value self) { return (int64_t)set_size(self); }

/* ---- text, hash, comparison ------------------------------------------------------------------------------------------------------------ */

static Ref set_repr(Thread *t, Value self) {
    Ref name = type_name(t, type_of(self)), r = REF_NULL, items = REF_NULL, text = REF_NULL;
    if (ref_is_null(name)) return name;
    ReprGuard guard;
    if (set_size(self) == 0) {
        r = str_format(t, "%V()", ref_borrow(name));
    } else if (repr_enter(&guard, self)) {
        r = str_format(t, "%V(...)", ref_borrow(name));
    } else {
        items = set_items_list(t, self);
        if (!ref_is_null(items)) text = object_repr(t, ref_borrow(items));
        if (!ref_is_null(text)) {
            size_t n = str_length(ref_borrow(text));
            Ref inner = str_slice(t, ref_borrow(text), 1, (int64_t)n - 1); /* without the brackets */
            if (ref_is_null(inner)) r = inner;
            else if (is_exact(self, &set_type)) r = str_format(t, "{%V}", ref_borrow(inner));
            else r = str_format(t, "%V({%V})", ref_borrow(name), ref_borrow(inner));
            ref_drop(t, inner);
        }
        repr_leave(&guard);
    }
    ref_drop(t, text);
    ref_drop(t, items);
    ref_drop(t, name);
    return r;
}

/* CPython's: independent of order, and spreading the bits of neighbouring hashes. */
static uint64_t shuffle(uint64_t h) { return ((h ^ 89869747u) ^ (h << 16)) * 3644798167u; }

static int64_t frozenset_hash(Thread *t, Value self) {
    Set *s = as(Set, self);
    int64_t known = load_relaxed(&s->x_hash);
    if (known != 0) return known;
    uint64_t h = 0;
    size_t pos = 0, n = 0;
    Value item;
    int64_t hash;
    for (; set_next_hashed(s, &pos, &item, &hash); n++)
        h ^= shuffle((uint64_t)hash);
    h ^= ((uint64_t)n + 1) * 1927868237u;
    h ^= (h >> 11) ^ (h >> 25);
    h = h * 69069u + 907133923u;
    if (h == UINT64_MAX) h = 590923713u;
    store_relaxed(&s->x_hash, (int64_t)h);
    return (int64_t)h;
}

/* Is every item of a in b? 1, 0, -1 */
static int is_subset(Thread *t, Value a, Value b) {
    if (set_size(a) > set_size(b)) return 0;
    Ref stable = set_stable(t, a);
    if (ref_is_null(stable)) return -1;
    size_t pos = 0;
    Value item;
    int64_t hash;
    int in = 1;
    while (in == 1 && set_next_hashed(as(Set, ref_borrow(stable)), &pos, &item, &hash)) {
        Ref keep = ref_new(t, item);
        in = set_find(t, as(Set, b), item, hash);
        ref_drop(t, keep);
    }
    ref_drop(t, stable);
    return in;
}

static int sets_equal(Thread *t, Value a, Value b) {
    if (set_size(a) != set_size(b)) return 0;
    int64_t x = load_relaxed(&as(Set, a)->x_hash), y = load_relaxed(&as(Set, b)->x_hash);
    if (x != 0 && y != 0 && x != y) return 0;
    return is_subset(t, a, b);
}

static Ref set_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_any_set(a) || !is_any_set(b)) return REF_NOT_IMPLEMENTED;
    int r;
    switch (op) {
    case CMP_EQ: r = sets_equal(t, a, b); break;
    case CMP_NE: r = sets_equal(t, a, b); if (r >= 0) r = !r; break;
    case CMP_LE: r = is_subset(t, a, b); break;
    case CMP_GE: r = is_subset(t, b, a); break;
    case CMP_LT: r = set_size(a) < set_size(b) ? is_subset(t, a, b) : 0; break;
    default: r = set_size(a) > set_size(b) ? is_subset(t, b, a) : 0; break;
    }
    return r < 0 ? REF_NULL : ref_bool(r);
}

/* A set that can't be hashed stands for the frozenset of its items where it is looked for: 1 and *frozen (owned), or 0: error stays set. */
static bool frozen_instead(Thread *t, Value v, Ref *frozen) {
    if (!is_a(v, TYPE_SET) || !type_is_subtype(type_of(v), &set_type) || !err_is(t, E_TypeError)) return false;
    err_clear(t);
    *frozen = frozenset_new(t, v);
    return !ref_is_null(*frozen);
}

static int set_contains_slot(Thread *t, Value self, Value v) {
    int r = set_contains(t, self, v);
    Ref frozen;
    if (r >= 0 || !frozen_instead(t, v, &frozen)) return r;
    r = set_contains(t, self, ref_borrow(frozen));
    ref_drop(t, frozen);
    return r;
}

static int discard(Thread *t, Value self, Value v) {
    int r = set_discard(t, self, v);
    Ref frozen;
    if (r >= 0 || !frozen_instead(t, v, &frozen)) return r;
    r = set_discard(t, self, ref_borrow(frozen));
    ref_drop(t, frozen);
    return r;
}

/* ---- the four operations, as new sets ----------------------------------------------------------------------------------------------------- */

/* set_new_of(base of self) filled by set_merge with self. Frozensets are not shared here: the copy gets changed. */
static Ref copy_of(Thread *t, Value self) { return set_copy(t, self, base_type_of(self)); }

static int add_hashed(Thread *t, Ref set, Value item, int64_t hash) {
    return set_change(t, as(Set, ref_borrow(set)), SET_ADD, item, hash, NULL);
}

/* An iterator over what is there now. A list of the thread's own needs no copy for that. */
static Ref iter_of(Thread *t, Value other) {
    bool private = is_exact(other, &list_type) && is_local(t, value_object(other));
    Ref snapshot = private ? REF_NULL : list_snapshot(t, other);
    Ref it = err_pending(t) ? REF_NULL : get_iter(t, ref_is_null(snapshot) ? other : ref_borrow(snapshot));
    ref_drop(t, snapshot);
    if (!ref_is_null(it)) iter_settle(t, ref_borrow(it));
    return it;
}

static Ref intersection(Thread *t, Value self, Value other) {
    if (value_is(self, other)) return copy_of(t, self);
    Ref r = set_new_of(t, base_type_of(self)), source = REF_NULL, item;
    if (ref_is_null(r)) return r;
    int status = 0;
    if (is_any_set(other)) {
        if (set_size(other) > set_size(self)) { /* walk the smaller one */
            Value swap = self;
            self = other;
            other = swap;
        }
        source = set_stable(t, other);
        size_t pos = 0;
        Value v;
        int64_t hash;
        status = ref_is_null(source) ? -1 : 0;
        while (status >= 0 && set_next_hashed(as(Set, ref_borrow(source)), &pos, &v, &hash)) {
            Ref keep = ref_new(t, v);
            status = set_find(t, as(Set, self), v, hash);
            if (status > 0) status = add_hashed(t, r, v, hash);
            ref_drop(t, keep);
        }
    } else {
        source = iter_of(t, other);
        status = ref_is_null(source) ? -1 : 1;
        while (status > 0 && (status = iter_next(t, ref_borrow(source), &item)) > 0) {
            int64_t hash = set_hash_item(t, ref_borrow(item));
            int in = hash == -1 ? -1 : set_find(t, as(Set, self), ref_borrow(item), hash);
            if (in > 0) in = add_hashed(t, r, ref_borrow(item), hash);
            if (in < 0) status = -1;
            ref_drop(t, item);
        }
    }
    ref_drop(t, source);
    if (status >= 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

/* self -= other */
static int subtract(Thread *t, Value self, Value other) {
    if (value_is(self, other)) {
        set_clear(t, self);
        return 0;
    }
    if (is_any_set(other)) {
        Ref source = set_stable(t, other);
        if (ref_is_null(source)) return -1;
        size_t pos = 0;
        Value v;
        int64_t hash;
        int status = 0;
        while (status >= 0 && set_next_hashed(as(Set, ref_borrow(source)), &pos, &v, &hash)) {
            Ref keep = ref_new(t, v);
            status = set_change(t, as(Set, self), SET_REMOVE, v, hash, NULL);
            ref_drop(t, keep);
        }
        ref_drop(t, source);
        return status < 0 ? -1 : 0;
    }
    Ref it = iter_of(t, other), item;
    int status = ref_is_null(it) ? -1 : 1;
    while (status > 0 && (status = iter_next(t, ref_borrow(it), &item)) > 0) {
        if (set_discard(t, self, ref_borrow(item)) < 0) status = -1;
        ref_drop(t, item);
    }
    ref_drop(t, it);
    return status;
}

static Ref difference(Thread *t, Value self, Value other) {
    Ref r;
    bool set = is_any_set(other), dict = is_exact(other, &dict_type);
    if ((!set && !dict) || set_size(self) / 4 > (set ? set_size(other) : dict_size(other))) {
        r = copy_of(t, self);
        if (!ref_is_null(r) && subtract(t, ref_borrow(r), other) < 0) {
            ref_drop(t, r);
            return REF_NULL;
        }
        return r;
    }
    r = set_new_of(t, base_type_of(self));
    Ref source = ref_is_null(r) ? REF_NULL : set_stable(t, self);
    size_t pos = 0;
    Value v;
    int64_t hash;
    int status = ref_is_null(source) ? -1 : 0;
    while (status >= 0 && set_next_hashed(as(Set, ref_borrow(source)), &pos, &v, &hash)) {
        Ref keep = ref_new(t, v), value = REF_NULL;
        status = set ? set_find(t, as(Set, other), v, hash) : dict_lookup_hashed(t, as(Dict, other), v, hash, &value);
        ref_drop(t, value);
        if (status == 0) status = add_hashed(t, r, v, hash);
        ref_drop(t, keep);
    }
    ref_drop(t, source);
    if (status >= 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

/* self ^= other, a set that nobody else changes */
static int toggle_all(Thread *t, Value self, Value other) {
    size_t pos = 0;
    Value v;
    int64_t hash;
    int status = 0;
    while (status >= 0 && set_next_hashed(as(Set, other), &pos, &v, &hash)) {
        Ref keep = ref_new(t, v);
        status = set_change(t, as(Set, self), SET_TOGGLE, v, hash, NULL);
        ref_drop(t, keep);
    }
    return status < 0 ? -1 : 0;
}

static int toggle(Thread *t, Value self, Value other) {
    if (value_is(self, other)) {
        set_clear(t, self);
        return 0;
    }
    Ref source = is_any_set(other) ? set_stable(t, other) : set_new(t, other);
    if (ref_is_null(source)) return -1;
    int status = toggle_all(t, self, ref_borrow(source));
    ref_drop(t, source);
    return status;
}

static Ref symmetric_difference(Thread *t, Value self, Value other) {
    Ref r = set_copy(t, other, base_type_of(self));
    if (ref_is_null(r)) return r;
    Ref source = set_stable(t, self);
    int status = ref_is_null(source) ? -1 : toggle_all(t, ref_borrow(r), ref_borrow(source));
    ref_drop(t, source);
    if (status == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

static Ref op_or(Thread *t, Value a, Value b) {
    if (!is_any_set(a) || !is_any_set(b)) return REF_NOT_IMPLEMENTED;
    Ref r = copy_of(t, a);
    if (ref_is_null(r) || value_is(a, b) || set_merge(t, ref_borrow(r), b) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
static Ref op_and(Thread *t, Value a, Value b) {
    return is_any_set(a) && is_any_set(b) ? intersection(t, a, b) : REF_NOT_IMPLEMENTED;
}
static Ref op_sub(Thread *t, Value a, Value b) {
    return is_any_set(a) && is_any_set(b) ? difference(t, a, b) : REF_NOT_IMPLEMENTED;
}
static Ref op_xor(Thread *t, Value a, Value b) {
    return is_any_set(a) && is_any_set(b) ? symmetric_difference(t, a, b) : REF_NOT_IMPLEMENTED;
}

/* self &= other: the new items are found first, then taken over in one step */
static int intersect_in_place(Thread *t, Value self, Value other) {
    Ref r = intersection(t, self, other);
    if (ref_is_null(r)) return -1;
    set_swap_items(t, as(Set, self), as(Set, ref_borrow(r)));
    ref_drop(t, r);
    return 0;
}

/* One change of self, which takes many steps: to other threads it is one, unless Python runs in between. */
static int at_once(Thread *t, Value self, Value other, int (*f)(Thread *, Value, Value)) {
    int r;
    CRITICAL_BEGIN(t, value_object(self))
    r = f(t, self, other);
    CRITICAL_END(t)
    return r;
}

static Ref in_place(Thread *t, Value self, Value other, int (*f)(Thread *, Value, Value)) {
    if (!is_any_set(other)) return REF_NOT_IMPLEMENTED;
    return at_once(t, self, other, f) < 0 ? REF_NULL : ref_new(t, self);
}
static Ref op_ior(Thread *t, Value a, Value b) { return in_place(t, a, b, set_merge); }
static Ref op_iand(Thread *t, Value a, Value b) { return in_place(t, a, b, intersect_in_place); }
static Ref op_isub(Thread *t, Value a, Value b) { return in_place(t, a, b, subtract); }
static Ref op_ixor(Thread *t, Value a, Value b) { return in_place(t, a, b, toggle); }

/* ---- iterator ------------------------------------------------------------------------------------------------------------------------------- */

/* pos and size are guarded by the iterator's lock if it is shared; the set stays until the iterator dies, or its end if it is local. */
typedef struct SetIter {
    Object base;
    Slot set;
    size_t size; /* of the set when the iterator was made; SIZE_MAX: it has changed */
    size_t left;
    size_t pos;  /* SIZE_MAX: over */
} SetIter;

static void iter_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((SetIter *)o)->set, visit, arg); }
static void iter_destroy(Thread *t, Object *o) { ref_drop(t, slot_take(t, o, &((SetIter *)o)->set)); }

static Ref set_iter(Thread *t, Value self) {
    SetIter *it = object_new(SetIter, t, &set_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->set, ref_new(t, self));
    it->size = it->left = set_size(self);
    return ref_steal(it);
}

/* As dict's: with nothing given yet, it goes through a copy of its own from now on. */
static void iter_settle_set(Thread *t, Value self) {
    SetIter *it = as(SetIter, self);
    Value set = slot_get(&it->set);
    if (value_is_null(set) || is_local(t, value_object(set)) || it->pos != 0 || it->left != it->size) return;
    Ref copy = set_stable(t, set);
    if (ref_is_null(copy)) {
        err_clear(t); /* then it goes without */
        return;
    }
    it->size = it->left = set_size(ref_borrow(copy));
    slot_set(t, it, &it->set, copy);
}

static Ref iter_next_item(Thread *t, Value self) {
    SetIter *it = as(SetIter, self);
    Ref r = REF_NULL, source = REF_NULL;
    CRITICAL_BEGIN(t, it)
    if (it->pos != SIZE_MAX) {
        Value set = slot_get(&it->set), item;
        int64_t hash;
        if (it->size != set_size(set)) {
            it->size = SIZE_MAX;
            err_set(t, E_RuntimeError, "Set changed size during iteration");
        } else if (set_next_hashed(as(Set, set), &it->pos, &item, &hash)) {
            r = ref_new(t, item);
            if (it->left > 0) it->left--;
        } else {
            it->pos = SIZE_MAX;
            if (is_local(t, it)) source = slot_take(t, it, &it->set);
        }
    }
    CRITICAL_END(t)
    ref_drop(t, source);
    return r;
}

static Ref iter_length_hint(Thread *t, Value self, const Value *a) {
    SetIter *it = as(SetIter, self);
    int64_t n = 0;
    CRITICAL_BEGIN(t, it)
    if (it->pos != SIZE_MAX && it->size == set_size(slot_get(&it->set))) n = (int64_t)it->left;
    CRITICAL_END(t)
    return ref_small_int(n);
}

static Ref iter_reduce(Thread *t, Value self, const Value *a) {
    SetIter *it = as(SetIter, self);
    SetIter *copy = object_new(SetIter, t, &set_iter_type);
    if (copy == NULL) return REF_NULL;
    Ref copy_ref = ref_steal(copy);
    CRITICAL_BEGIN(t, it)
    copy->size = it->size;
    copy->left = it->left;
    copy->pos = it->pos;
    slot_init(&copy->set, slot_ref(t, &it->set));
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

Type set_iter_type = {
    TYPE_HEADER(SetIter, TYPE_CONTAINER, iter_traverse, NULL, iter_destroy),
    .name = "set_iterator",
    .iter = iter_self,
    .next = iter_next_item,
    .settle = iter_settle_set,
    .methods = iter_methods,
};

/* ---- methods -------------------------------------------------------------------------------------------------------------------------------- */

static Ref method_add(Thread *t, Value self, const Value *a) { return none_or_error(set_add(t, self, a[0])); }
static Ref method_discard(Thread *t, Value self, const Value *a) { return none_or_error(discard(t, self, a[0])); }

static Ref method_remove(Thread *t, Value self, const Value *a) {
    int r = discard(t, self, a[0]);
    if (r == 0) return err_value(t, E_KeyError, a[0]);
    return none_or_error(r);
}

static Ref method_pop(Thread *t, Value self, const Value *a) {
    Ref r;
    return set_pop_any(t, as(Set, self), &r) ? r : err_set(t, E_KeyError, "pop from an empty set");
}

static Ref method_clear(Thread *t, Value self, const Value *a) {
    set_clear(t, self);
    return REF_NONE;
}

static Ref method_copy(Thread *t, Value self, const Value *a) {
    if (is_exact(self, &frozenset_type)) return ref_new(t, self);
    return copy_of(t, self);
}

static Ref method_contains(Thread *t, Value self, const Value *a) {
    int r = set_contains_slot(t, self, a[0]);
    return r < 0 ? REF_NULL : ref_bool(r);
}

static Ref method_update(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "set.update", kwnames) < 0) return REF_NULL;
    for (size_t i = 0; i < nargs; i++)
        if (set_merge(t, self, args[i]) < 0) return REF_NULL;
    return REF_NONE;
}

static Ref method_union(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, base_type_of(self) == &frozenset_type ? "frozenset.union" : "set.union", kwnames) < 0) return REF_NULL;
    Ref r = copy_of(t, self);
    for (size_t i = 0; i < nargs && !ref_is_null(r); i++) {
        if (value_is(self, args[i])) continue;
        if (set_merge(t, ref_borrow(r), args[i]) == 0) continue;
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

static Ref fold(Thread *t, Value self, const Value *args, size_t nargs, Ref (*op)(Thread *, Value, Value)) {
    if (nargs == 0) return copy_of(t, self);
    Ref r = op(t, self, args[0]);
    for (size_t i = 1; i < nargs && !ref_is_null(r); i++) {
        Ref next = op(t, ref_borrow(r), args[i]);
        ref_drop(t, r);
        r = next;
    }
    return r;
}

static Ref method_intersection(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, base_type_of(self) == &frozenset_type ? "frozenset.intersection" : "set.intersection", kwnames) < 0) return REF_NULL;
    return fold(t, self, args, nargs, intersection);
}
static Ref method_difference(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, base_type_of(self) == &frozenset_type ? "frozenset.difference" : "set.difference", kwnames) < 0) return REF_NULL;
    return fold(t, self, args, nargs, difference);
}

static Ref method_intersection_update(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "set.intersection_update", kwnames) < 0) return REF_NULL;
    if (nargs == 0) return REF_NONE;
    Ref r;
    CRITICAL_BEGIN(t, value_object(self)) /* what others add meanwhile must not get lost */
    r = fold(t, self, args, nargs, intersection);
    if (!ref_is_null(r)) set_swap_items(t, as(Set, self), as(Set, ref_borrow(r)));
    CRITICAL_END(t)
    if (ref_is_null(r)) return r;
    ref_drop(t, r);
    return REF_NONE;
}

static Ref method_difference_update(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "set.difference_update", kwnames) < 0) return REF_NULL;
    for (size_t i = 0; i < nargs; i++)
        if (at_once(t, self, args[i], subtract) < 0) return REF_NULL;
    return REF_NONE;
}

static Ref method_symmetric_difference(Thread *t, Value self, const Value *a) { return symmetric_difference(t, self, a[0]); }
static Ref method_symmetric_difference_update(Thread *t, Value self, const Value *a) { return none_or_error(at_once(t, self, a[0], toggle)); }

static Ref method_isdisjoint(Thread *t, Value self, const Value *a) {
    Value other = a[0];
    if (value_is(self, other)) return ref_bool(set_size(self) == 0);
    if (is_any_set(other)) {
        if (set_size(other) > set_size(self)) {
            Value swap = self;
            self = other;
            other = swap;
        }
    }
    Ref it = get_iter_now(t, other), item;
    if (ref_is_null(it)) return it;
    int status, in = 0;
    while (in == 0 && (status = iter_next(t, ref_borrow(it), &item)) != 0) {
        in = status < 0 ? -1 : set_contains(t, self, ref_borrow(item));
        if (status > 0) ref_drop(t, item);
    }
    ref_drop(t, it);
    return in < 0 ? REF_NULL : ref_bool(!in);
}

static Ref subset_of_any(Thread *t, Value self, Value other, bool swap) {
    Ref made = is_any_set(other) ? REF_NULL : set_new(t, other);
    if (!is_any_set(other) && ref_is_null(made)) return REF_NULL;
    Value o = ref_is_null(made) ? other : ref_borrow(made);
    int r = swap ? is_subset(t, o, self) : is_subset(t, self, o);
    ref_drop(t, made);
    return r < 0 ? REF_NULL : ref_bool(r);
}
static Ref method_issubset(Thread *t, Value self, const Value *a) { return subset_of_any(t, self, a[0], false); }

static Ref method_issuperset(Thread *t, Value self, const Value *a) {
    if (is_any_set(a[0])) return subset_of_any(t, self, a[0], true);
    Ref it = get_iter_now(t, a[0]), item; /* stops at the first that is missing */
    if (ref_is_null(it)) return it;
    int status, in = 1;
    while (in == 1 && (status = iter_next(t, ref_borrow(it), &item)) != 0) {
        in = status < 0 ? -1 : set_contains(t, self, ref_borrow(item));
        if (status > 0) ref_drop(t, item);
    }
    ref_drop(t, it);
    return in < 0 ? REF_NULL : ref_bool(in);
}

static Ref method_reduce(Thread *t, Value self, const Value *a) {
    Ref items = set_items_list(t, self), args = REF_NULL, state = REF_NULL, r = REF_NULL;
    if (!ref_is_null(items)) args = tuple_from_steal(t, &items, 1);
    Value name = ref_is_null(args) ? VALUE_NULL : str_intern_cstr(t, "__getstate__");
    if (!value_is_null(name)) state = call_method0(t, self, name);
    if (!ref_is_null(state)) r = tuple_pack(t, 3, type_value(type_of(self)), ref_borrow(args), ref_borrow(state));
    ref_drop(t, state);
    ref_drop(t, args);
    return r;
}

static Ref method_sizeof(Thread *t, Value self, const Value *a) {
    SetTable *table = load_acquire(&as(Set, self)->x_table);
    return ref_small_int((int64_t)(type_of(self)->head.size + sizeof(SetTable) + (table->mask + 1) * sizeof(SetEntry)));
}

static Ref method_class_getitem(Thread *t, Value cls, const Value *a) { return generic_alias_new(t, cls, a[0]); }

/* the rows that both types have; each has its own table, since descriptors are kept beside the rows */
#define COMMON_METHODS                                                                                                                 \
    FN("__contains__", "!($self, item, /)", method_contains, "x.__contains__(y) <==> y in x."),                                        \
    FN("__reduce__", "!($self, /)", method_reduce, "Pickling support."),                                                               \
    FN("__sizeof__", "!($self, /)", method_sizeof, "Bytes of memory that the set takes."),                                             \
    FN("copy", "!($self, /)", method_copy, "A shallow copy."),                                                                         \
    FN_RAW_BARE("difference", "!($self, *others)", method_difference, "The items that none of the others has, as a new set."),              \
    FN_RAW_BARE("intersection", "!($self, *others)", method_intersection, "The items that all of the others have, too, as a new set."),     \
    FN("isdisjoint", "!($self, other, /)", method_isdisjoint, "Whether the two have no item in common."),                              \
    FN("issubset", "!($self, other, /)", method_issubset, "Whether the other has all items of this one."),                             \
    FN("issuperset", "!($self, other, /)", method_issuperset, "Whether this one has all items of the other."),                         \
    FN("symmetric_difference", "!($self, other, /)", method_symmetric_difference, "The items that only one of the two has, as a new set."), \
    FN_RAW_BARE("union", "!($self, *others)", method_union, "The items of this and of all others, as a new set."),                          \
    FN_CLASS("__class_getitem__", "!($type, item, /)", method_class_getitem, "See PEP 585")

static NativeDef set_methods[] = {
    COMMON_METHODS,
    FN("add", "!($self, item, /)", method_add, "Add an item.\n\nNothing changes if it is there already."),
    FN("clear", "!($self, /)", method_clear, "Remove all items."),
    FN("discard", "!($self, item, /)", method_discard, "Remove an item if it is there."),
    FN("pop", "!($self, /)", method_pop, "Remove any item and return it.\n\nRaises KeyError if there is none."),
    FN("remove", "!($self, item, /)", method_remove, "Remove an item.\n\nRaises KeyError if it isn't there."),
    FN_RAW_BARE("update", "!($self, *others)", method_update, "Add the items of all others."),
    FN_RAW_BARE("difference_update", "!($self, *others)", method_difference_update, "Remove the items of all others."),
    FN_RAW_BARE("intersection_update", "!($self, *others)", method_intersection_update, "Keep only the items that all others have, too."),
    FN("symmetric_difference_update", "!($self, other, /)", method_symmetric_difference_update, "Keep the items that only one of the two has."),
    FN_END,
};
static NativeDef frozenset_methods[] = {COMMON_METHODS, FN_END};

static int drain_begin(Thread *t, Value self, const Value *a, Ref *acc) {
    *acc = set_new_of(t, &set_type);
    return ref_is_null(*acc) ? -1 : 0;
}
static bool drain_quick(Thread *t, Ref *acc, Ref item) {
    int64_t hash;
    if (!plain_hash(ref_borrow(item), &hash)) return false;
    if (unlikely(set_change(t, as(Set, ref_borrow(*acc)), SET_ADD, ref_borrow(item), hash, NULL) < 0)) {
        err_clear(t); /* no memory; drain_item will say so */
        return false;
    }
    ref_drop(t, item);
    return true;
}
/* Items with an __eq__ of their own may be asked about any later one. */
static DrainStep drain_item(Thread *t, Ref *acc, Ref item) {
    int64_t hash;
    bool plain = plain_hash(ref_borrow(item), &hash);
    int bad = set_add(t, ref_borrow(*acc), ref_borrow(item));
    ref_drop(t, item);
    return bad < 0 ? DRAIN_ERROR : plain ? DRAIN_MORE : DRAIN_MORE_SLOWLY;
}
static Ref drain_end(Thread *t, Value self, Ref acc) { return acc; }
const Drain set_drain = {drain_begin, drain_quick, drain_item, drain_end};

Type set_type = {
    TYPE_HEADER(Set, TYPE_CONTAINER | TYPE_OPEN | TYPE_BASETYPE | TYPE_SET | TYPE_MATCH_SELF | TYPE_WEAKREFABLE, set_traverse, set_type_clear,
                set_destroy),
    .name = "set",
    .doc = "set() -> new empty set object\nset(iterable) -> new set object\n\nThe iterable's items, each once, in no order.",
    .weakrefs_offset = offsetof(Set, weakrefs),
    .drain = &set_drain,
    .new_ = set_new_slot,
    .init = set_init,
    .repr = set_repr,
    .hash = hash_not_implemented,
    .richcompare = set_compare,
    .iter = set_iter,
    .len = set_len,
    .contains = set_contains_slot,
    .or_ = op_or,
    .and_ = op_and,
    .sub = op_sub,
    .xor_ = op_xor,
    .ior = op_ior,
    .iand = op_iand,
    .isub = op_isub,
    .ixor = op_ixor,
    .methods = set_methods,
};

Type frozenset_type = {
    TYPE_HEADER(Set, TYPE_CONTAINER | TYPE_OPEN | TYPE_BASETYPE | TYPE_SET | TYPE_MATCH_SELF | TYPE_WEAKREFABLE, set_traverse, NULL, set_destroy),
    .name = "frozenset",
    .doc = "frozenset() -> empty frozenset object\nfrozenset(iterable) -> frozenset object\n\nA set that never changes.",
    .weakrefs_offset = offsetof(Set, weakrefs),
    .new_ = frozenset_new_slot,
    .repr = set_repr,
    .hash = frozenset_hash,
    .richcompare = set_compare,
    .iter = set_iter,
    .len = set_len,
    .contains = set_contains_slot,
    .or_ = op_or,
    .and_ = op_and,
    .sub = op_sub,
    .xor_ = op_xor,
    .methods = frozenset_methods,
};
