/* itertools: groupby and tee. */
#include "runtime/modules/itertools.h"

KIT_SLOTS(1)
KIT_SLOTS(2)
KIT_SLOTS(5)

/* ---- groupby ---------------------------------------------------------------------------------------------------------------------- */

typedef struct GroupBy {
    Object base;
    Slot it, function;                       /* function: None for the items themselves */
    Slot target_key, current_key, current_value;
    _Atomic int64_t x_group;                 /* number of the group given last */
} GroupBy;

typedef struct Grouper {
    Object base;
    Slot parent, key;
    int64_t group;                           /* valid while the parent's x_group is the same */
} Grouper;

static Ref groupby_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Value a[2];
    if (bind_args(t, "groupby", "($type, iterable, key=None)", &x_sig, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    Ref it = get_iter(t, a[0]);
    GroupBy *g = ref_is_null(it) ? NULL : kit_instance(t, cls);
    if (g == NULL) {
        ref_drop(t, it);
        return REF_NULL;
    }
    slot_init(&g->it, it);
    slot_init(&g->function, value_is_null(a[1]) ? REF_NONE : ref_new(t, a[1]));
    return ref_steal(g);
}

/* Takes the next item and its key. 1, 0 over, -1 */
static int groupby_step(Thread *t, GroupBy *g) {
    Ref item;
    int status = iter_next(t, slot_get(&g->it), &item);
    if (status <= 0) return status;
    Value function = slot_get(&g->function);
    Ref key = value_is_none(function) ? ref_new(t, ref_borrow(item)) : call1(t, function, ref_borrow(item));
    if (ref_is_null(key)) {
        ref_drop(t, item);
        return -1;
    }
    slot_set(t, g, &g->current_value, item);
    slot_set(t, g, &g->current_key, key);
    return 1;
}

static Ref groupby_take(Thread *t, Value self) {
    GroupBy *g = as(GroupBy, self);
    int64_t group = add_relaxed(&g->x_group, 1) + 1; /* the group given before is over */
    for (;;) { /* skip what is left of it */
        Ref current = slot_ref(t, &g->current_key), target = slot_ref(t, &g->target_key);
        int same = 1;
        if (!ref_is_null(current)) same = ref_is_null(target) ? 0 : values_equal(t, ref_borrow(target), ref_borrow(current));
        ref_drop(t, current);
        ref_drop(t, target);
        if (same < 0) return REF_NULL;
        if (same == 0) break;
        if (groupby_step(t, g) <= 0) return REF_NULL;
    }
    Ref key = slot_ref(t, &g->current_key);
    slot_set(t, g, &g->target_key, ref_new(t, ref_borrow(key)));
    Grouper *sub = object_new(Grouper, t, &itertools_grouper_type);
    if (sub == NULL) {
        ref_drop(t, key);
        return REF_NULL;
    }
    slot_init(&sub->parent, ref_new(t, self));
    slot_init(&sub->key, ref_new(t, ref_borrow(key)));
    sub->group = group;
    Ref pair[] = {key, ref_steal(sub)};
    return tuple_from_steal(t, pair, 2);
}

static Ref groupby_next(Thread *t, Value self) { return step_at_once(t, self, groupby_take); }

static void groupby_settle(Thread *t, Value self) { iter_settle(t, slot_get(&as(GroupBy, self)->it)); }

static Ref groupby_reduce(Thread *t, Value self, const Value *a) {
    GroupBy *g = as(GroupBy, self);
    Value args[] = {slot_get(&g->it), slot_get(&g->function)};
    Ref target = slot_ref(t, &g->target_key), key = slot_ref(t, &g->current_key), value = slot_ref(t, &g->current_value), r, state = REF_NULL;
    if (ref_is_null(target) || ref_is_null(key) || ref_is_null(value)) {
        r = kit_reduce(t, type_value(type_of(self)), args, 2, VALUE_NULL);
    } else {
        state = tuple_pack(t, 3, ref_borrow(key), ref_borrow(value), ref_borrow(target));
        r = ref_is_null(state) ? state : kit_reduce(t, type_value(type_of(self)), args, 2, ref_borrow(state));
    }
    ref_drop(t, state);
    ref_drop(t, target);
    ref_drop(t, key);
    ref_drop(t, value);
    return r;
}

static Ref groupby_setstate(Thread *t, Value self, const Value *a) {
    GroupBy *g = as(GroupBy, self);
    if (!is_tuple(a[0])) return err_set(t, E_TypeError, "state is not a tuple");
    if (check_nargs(t, "function", tuple_size(a[0]), 3, 3) < 0) return REF_NULL;
    slot_set(t, g, &g->current_key, ref_new(t, tuple_get(a[0], 0)));
    slot_set(t, g, &g->current_value, ref_new(t, tuple_get(a[0], 1)));
    slot_set(t, g, &g->target_key, ref_new(t, tuple_get(a[0], 2)));
    return REF_NONE;
}

static Ref grouper_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (check_nargs(t, "_grouper", nargs, 2, 2) < 0) return REF_NULL;
    if (!type_is_subtype(type_of(args[0]), &itertools_groupby_type))
        return err_set(t, E_TypeError, "_grouper() argument 1 must be itertools.groupby, not %G", args[0]);
    Grouper *sub = kit_instance(t, cls);
    if (sub == NULL) return REF_NULL;
    slot_init(&sub->parent, ref_new(t, args[0]));
    slot_init(&sub->key, ref_new(t, args[1]));
    sub->group = add_relaxed(&as(GroupBy, args[0])->x_group, 1) + 1;
    return ref_steal(sub);
}

static Ref grouper_take(Thread *t, Grouper *sub, GroupBy *g) {
    if (load_relaxed(&g->x_group) != sub->group) return REF_NULL;
    if (value_is_null(slot_get(&g->current_value)) && groupby_step(t, g) <= 0) return REF_NULL;
    Ref current = slot_ref(t, &g->current_key);
    if (ref_is_null(current)) return current;
    int same = values_equal(t, slot_get(&sub->key), ref_borrow(current));
    ref_drop(t, current);
    if (same <= 0) return REF_NULL;
    Ref key = slot_take(t, g, &g->current_key), value = slot_take(t, g, &g->current_value);
    ref_drop(t, key);
    return value;
}

static Ref grouper_next(Thread *t, Value self) {
    Grouper *sub = as(Grouper, self);
    GroupBy *g = as(GroupBy, slot_get(&sub->parent));
    Ref r;
    CRITICAL_BEGIN(t, g) /* as step_at_once: what changes is the parent */
    r = grouper_take(t, sub, g);
    CRITICAL_END(t)
    return r;
}

static Ref grouper_reduce(Thread *t, Value self, const Value *a) {
    Grouper *sub = as(Grouper, self);
    GroupBy *g = as(GroupBy, slot_get(&sub->parent));
    if (load_relaxed(&g->x_group) != sub->group) { /* over: an empty iterator */
        Value args[] = {tuple_empty()};
        return kit_reduce_builtin(t, "iter", args, 1, VALUE_NULL);
    }
    Value args[] = {object_value(g), slot_get(&sub->key)};
    return kit_reduce(t, type_value(type_of(self)), args, 2, VALUE_NULL);
}

static NativeDef groupby_methods[] = {
    FN("__reduce__", "!($self, /)", groupby_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", groupby_setstate, "Pickling support."),
    FN_END,
};
Type itertools_groupby_type = {
    TYPE_HEADER(GroupBy, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_5, NULL, kit_drop_5),
    .name = "itertools.groupby",
    .doc = "groupby(iterable, key=None)\n--\n\n(key, group) for each run of neighbours whose key(item) is the same.",
    .new_ = groupby_new, .iter = iter_self, .next = groupby_next, .settle = groupby_settle, .methods = groupby_methods,
};
static NativeDef grouper_methods[] = {FN("__reduce__", "!($self, /)", grouper_reduce, "Pickling support."), FN_END};
Type itertools_grouper_type = {
    TYPE_HEADER(Grouper, TYPE_CONTAINER, kit_traverse_2, NULL, kit_drop_2),
    .name = "itertools._grouper",
    .new_ = grouper_new, .iter = iter_self, .next = grouper_next, .methods = grouper_methods,
};

/* ---- tee: iterators over a chain of blocks that remember what the source gave ------------------------------------------------------------ */

#define BLOCK 57

typedef struct TeeBlock {
    Object base;
    Slot it, next;             /* the source; the following block, made when this one is full */
    Slot value[BLOCK];
    _Atomic int64_t x_count;   /* values that are there */
    _Atomic bool x_running;    /* somebody asks the source */
} TeeBlock;

typedef struct Tee {
    Object base;
    Slot block;
    _Atomic int64_t x_index;   /* in the block; guarded with it by the object's lock */
    Slot weakrefs;
} Tee;

static void block_traverse(Object *o, VisitFn visit, void *arg) { kit_visit(o, 2 + BLOCK, visit, arg); }

static void block_destroy(Thread *t, Object *o) {
    TeeBlock *b = (TeeBlock *)o;
    /* a long chain goes block by block, not by recursion */
    Ref next = slot_take(t, b, &b->next);
    while (!ref_is_null(next) && ref_is_unique(t, value_object(ref_borrow(next)))) {
        TeeBlock *n = as(TeeBlock, ref_borrow(next));
        Ref after = slot_take(t, n, &n->next);
        ref_drop(t, next);
        next = after;
    }
    ref_drop(t, next);
    kit_destroy(t, o, 2 + BLOCK);
}

static Ref block_make(Thread *t, Value it) {
    TeeBlock *b = object_new(TeeBlock, t, &itertools_tee_dataobject_type);
    if (b == NULL) return REF_NULL;
    slot_init(&b->it, ref_new(t, it));
    return ref_steal(b);
}

/* Item i of a block that may not have it yet, owned; null at the end. Under the block's lock, so that another thread is met in here only if the source is written in Python. */
static Ref block_fetch(Thread *t, TeeBlock *b, int64_t i) {
    bool idle = false;
    if (!atomic_compare_exchange_strong(&b->x_running, &idle, true))
        return err_set(t, E_RuntimeError, "cannot re-enter the tee iterator");
    Ref item = REF_NULL;
    if (i < load_acquire(&b->x_count)) { /* another thread has fetched it just now */
        item = slot_ref(t, &b->value[i]);
    } else if (iter_next(t, slot_get(&b->it), &item) > 0) {
        int64_t n = load_relaxed(&b->x_count);
        if (n < BLOCK) {
            slot_set(t, b, &b->value[n], ref_new(t, ref_borrow(item)));
            store_release(&b->x_count, n + 1);
        }
    } else {
        item = REF_NULL;
    }
    store_release(&b->x_running, false);
    return item;
}

/* Item i of the block: owned; null at the end. */
static Ref block_item(Thread *t, TeeBlock *b, int64_t i) {
    if (i < load_acquire(&b->x_count)) return slot_ref(t, &b->value[i]);
    Ref r;
    CRITICAL_BEGIN(t, b)
    r = block_fetch(t, b, i);
    CRITICAL_END(t)
    return r;
}

/* The block after a full one. */
static Ref block_next(Thread *t, TeeBlock *b) {
    Ref next = slot_ref(t, &b->next);
    if (!ref_is_null(next)) return next;
    Ref fresh = block_make(t, slot_get(&b->it));
    if (ref_is_null(fresh)) return fresh;
    Ref drop = REF_NULL;
    CRITICAL_BEGIN(t, b)
    next = slot_ref(t, &b->next);
    if (ref_is_null(next)) {
        next = ref_new(t, ref_borrow(fresh));
        drop = slot_swap(t, b, &b->next, ref_new(t, ref_borrow(fresh)));
    }
    CRITICAL_END(t)
    ref_drop(t, drop);
    ref_drop(t, fresh);
    return next;
}

static Ref tee_next(Thread *t, Value self) {
    Tee *tee = as(Tee, self);
    Ref block, item;
    int64_t i;
    CRITICAL_BEGIN(t, tee)
    block = slot_ref(t, &tee->block);
    i = load_relaxed(&tee->x_index);
    CRITICAL_END(t)
    if (i >= BLOCK) {
        Ref next = block_next(t, as(TeeBlock, ref_borrow(block)));
        if (ref_is_null(next)) {
            ref_drop(t, block);
            return next;
        }
        Ref old = REF_NULL;
        CRITICAL_BEGIN(t, tee)
        if (value_is(slot_get(&tee->block), ref_borrow(block))) {
            old = slot_swap(t, tee, &tee->block, ref_new(t, ref_borrow(next)));
            store_relaxed(&tee->x_index, 0);
        }
        CRITICAL_END(t)
        ref_drop(t, old);
        ref_drop(t, block);
        block = next;
        i = 0;
    }
    item = block_item(t, as(TeeBlock, ref_borrow(block)), i);
    if (!ref_is_null(item)) {
        CRITICAL_BEGIN(t, tee)
        if (value_is(slot_get(&tee->block), ref_borrow(block)) && load_relaxed(&tee->x_index) == i) store_relaxed(&tee->x_index, i + 1);
        CRITICAL_END(t)
    }
    ref_drop(t, block);
    return item;
}

static Ref tee_copy(Thread *t, Value self, const Value *a) {
    Tee *tee = as(Tee, self), *copy = object_new(Tee, t, &itertools_tee_type);
    if (copy == NULL) return REF_NULL;
    CRITICAL_BEGIN(t, tee)
    slot_init(&copy->block, slot_ref(t, &tee->block));
    store_relaxed(&copy->x_index, load_relaxed(&tee->x_index));
    CRITICAL_END(t)
    return ref_steal(copy);
}

static Ref tee_from_iterable(Thread *t, Value iterable) {
    Ref it = get_iter(t, iterable);
    if (ref_is_null(it)) return it;
    if (type_is_subtype(type_of(ref_borrow(it)), &itertools_tee_type)) {
        Ref copy = tee_copy(t, ref_borrow(it), NULL);
        ref_drop(t, it);
        return copy;
    }
    Ref block = block_make(t, ref_borrow(it));
    ref_drop(t, it);
    if (ref_is_null(block)) return block;
    Tee *tee = object_new(Tee, t, &itertools_tee_type);
    if (tee == NULL) {
        ref_drop(t, block);
        return REF_NULL;
    }
    slot_init(&tee->block, block);
    return ref_steal(tee);
}

static Ref tee_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "_tee", kwnames) < 0 || check_nargs(t, "_tee", nargs, 1, 1) < 0) return REF_NULL;
    return tee_from_iterable(t, args[0]);
}

static Ref tee_reduce(Thread *t, Value self, const Value *a) {
    Tee *tee = as(Tee, self);
    Ref block;
    int64_t i;
    CRITICAL_BEGIN(t, tee)
    block = slot_ref(t, &tee->block);
    i = load_relaxed(&tee->x_index);
    CRITICAL_END(t)
    Ref state = tuple_pack(t, 2, ref_borrow(block), small_int(i)), r = REF_NULL;
    Value args[] = {tuple_empty()};
    if (!ref_is_null(state)) r = kit_reduce(t, type_value(type_of(self)), args, 1, ref_borrow(state));
    ref_drop(t, state);
    ref_drop(t, block);
    return r;
}

static Ref tee_setstate(Thread *t, Value self, const Value *a) {
    Tee *tee = as(Tee, self);
    int64_t i;
    if (!is_tuple(a[0])) return err_set(t, E_TypeError, "state is not a tuple");
    if (tuple_size(a[0]) != 2 || !is_exact(tuple_get(a[0], 0), &itertools_tee_dataobject_type))
        return err_set(t, E_TypeError, "argument 1 must be itertools._tee_dataobject, not %T", tuple_size(a[0]) ? tuple_get(a[0], 0) : VALUE_NONE);
    if (size_arg(t, tuple_get(a[0], 1), &i) < 0) return REF_NULL;
    if (i < 0 || i > BLOCK) return err_set(t, E_ValueError, "Index out of range");
    Ref old;
    CRITICAL_BEGIN(t, tee)
    old = slot_swap(t, tee, &tee->block, ref_new(t, tuple_get(a[0], 0)));
    store_relaxed(&tee->x_index, i);
    CRITICAL_END(t)
    ref_drop(t, old);
    return REF_NONE;
}

static NativeDef tee_methods[] = {
    FN("__copy__", "!($self, /)", tee_copy, "An iterator of its own that stands at the same item."),
    FN("__reduce__", "!($self, /)", tee_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", tee_setstate, "Pickling support."),
    FN_END,
};
Type itertools_tee_type = {
    TYPE_HEADER(Tee, TYPE_CONTAINER | TYPE_WEAKREFABLE, kit_traverse_1, NULL, kit_drop_1),
    .name = "itertools._tee",
    .doc = "An iterator whose copies each see all items.",
    .weakrefs_offset = offsetof(Tee, weakrefs),
    .new_ = tee_new, .iter = iter_self, .next = tee_next, .methods = tee_methods,
};

/* _tee_dataobject(it, values, next) */
static Ref block_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "_tee_dataobject", kwnames) < 0 || check_nargs(t, "_tee_dataobject", nargs, 3, 3) < 0) return REF_NULL;
    if (!is_list(args[1])) return err_set(t, E_TypeError, "_tee_dataobject() argument 2 must be list, not %G", args[1]);
    size_t n = list_size(args[1]);
    bool linked = !value_is_none(args[2]);
    if (n > BLOCK || (linked && (n != BLOCK || !is_exact(args[2], &itertools_tee_dataobject_type)))) {
        if (linked && n == BLOCK) return err_set(t, E_TypeError, "_tee_dataobject_type() argument 3 must be _tee_dataobject, not %G", args[2]);
        return err_set(t, E_ValueError, n > BLOCK ? "Too many values" : "_tee_dataobject should have its next link only if it is full");
    }
    Ref r = block_make(t, args[0]);
    if (ref_is_null(r)) return r;
    TeeBlock *b = as(TeeBlock, ref_borrow(r));
    size_t i = 0;
    for (Value v; i < n && !value_is_null(v = list_get(args[1], i)); i++) slot_init(&b->value[i], ref_new(t, v));
    store_relaxed(&b->x_count, (int64_t)i);
    if (linked) slot_init(&b->next, ref_new(t, args[2]));
    return r;
}

static Ref block_reduce(Thread *t, Value self, const Value *a) {
    TeeBlock *b = as(TeeBlock, self);
    Ref values = list_new(t, 0), r = REF_NULL, next = slot_ref(t, &b->next);
    bool ok = !ref_is_null(values);
    for (int64_t i = 0, n = load_acquire(&b->x_count); ok && i < n; i++) ok = list_append(t, ref_borrow(values), slot_get(&b->value[i])) == 0;
    Value args[] = {slot_get(&b->it), ref_borrow(values), ref_is_null(next) ? VALUE_NONE : ref_borrow(next)};
    if (ok) r = kit_reduce(t, type_value(type_of(self)), args, 3, VALUE_NULL);
    ref_drop(t, values);
    ref_drop(t, next);
    return r;
}

static NativeDef block_methods[] = {FN("__reduce__", "!($self, /)", block_reduce, "Pickling support."), FN_END};
Type itertools_tee_dataobject_type = {
    TYPE_HEADER(TeeBlock, TYPE_CONTAINER, block_traverse, NULL, block_destroy),
    .name = "itertools._tee_dataobject",
    .doc = "teedataobject(iterable, values, next, /)\n--\n\nWhat iterators made by tee() share.",
    .new_ = block_new, .methods = block_methods,
};

static Ref m_tee(Thread *t, Value self, const Value *a) {
    int64_t n = 2;
    if (!value_is_null(a[1]) && size_arg(t, a[1], &n) < 0) return REF_NULL;
    if (n < 0) return err_set(t, E_ValueError, "n must be >= 0");
    Ref r = tuple_new_uninit(t, (size_t)n);
    if (n == 0 || ref_is_null(r)) return r;
    Ref it = get_iter(t, a[0]), copy_method = REF_NULL, first;
    if (ref_is_null(it)) {
        ref_drop(t, r);
        return it;
    }
    /* anything that can be copied stands for itself */
    Value name = str_intern_cstr(t, "__copy__");
    copy_method = value_is_null(name) ? REF_NULL : get_attr_opt(t, ref_borrow(it), name);
    if (ref_is_null(copy_method) && !err_pending(t)) {
        first = tee_from_iterable(t, ref_borrow(it));
        ref_drop(t, it);
        if (!ref_is_null(first)) copy_method = get_attr(t, ref_borrow(first), name);
    } else {
        first = it;
    }
    bool ok = !ref_is_null(first) && !ref_is_null(copy_method);
    if (ok) tuple_init_item(r, 0, first);
    else ref_drop(t, first);
    for (int64_t i = 1; ok && i < n; i++) {
        Ref copy = call0(t, ref_borrow(copy_method));
        ok = !ref_is_null(copy);
        if (ok) tuple_init_item(r, (size_t)i, copy);
    }
    ref_drop(t, copy_method);
    if (ok) return r;
    ref_drop(t, r);
    return REF_NULL;
}

NativeDef itertools_functions[] = {
    FN("tee", "($module, iterable, n=2, /)", m_tee, "A tuple of n iterators that each yield all items of the iterable."),
    FN_END,
};
