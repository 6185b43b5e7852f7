/* itertools: iterators over one source or several in step. Products and combinations: itertools_combine.c; groupby and tee: itertools_group.c.
 *
 * A shared iterator takes its own lock for a step (step_at_once), so that threads that share it don't mix theirs up. Where Python runs within, they may, as they
 * may with any iterator in Python; its insides stay whole: references are read with a count before Python runs, numbers are atomic, and an iterator that is
 * over says so by a number or a null slot that is never used again.
 */
#include "runtime/modules/itertools.h"
#include "runtime/int.h"

KIT_SLOTS(1)
KIT_SLOTS(2)
KIT_SLOTS(3)
KIT_SLOTS(4)

/* The next item of the iterator in a slot: owned; null at the end or with an exception. The iterator is held meanwhile. */
static Ref next_of_slot(Thread *t, Slot *s) {
    Ref it = slot_ref(t, s), item = REF_NULL;
    if (ref_is_null(it)) return it;
    if (iter_next(t, ref_borrow(it), &item) <= 0) item = REF_NULL;
    ref_drop(t, it);
    return item;
}
static void settle_slot(Thread *t, Value self, size_t i) {
    Value it = slot_get(&kit_slots(value_object(self))[i]);
    if (!value_is_null(it)) iter_settle(t, it);
}
/* Of those with the iterator over their source in the first slot. */
static void settle_first(Thread *t, Value self) { settle_slot(t, self, 0); }
static void clear_slot(Thread *t, void *o, Slot *s) { slot_set(t, o, s, REF_NULL); }

/* Instance of cls with the iterator over `iterable` in its first slot. */
static void *new_with_iter(Thread *t, Value cls, Value iterable) {
    Ref it = get_iter(t, iterable);
    if (ref_is_null(it)) return NULL;
    Object *o = kit_instance(t, cls);
    if (o == NULL) ref_drop(t, it);
    else slot_init(&kit_slots(o)[0], it);
    return o;
}
static Ref made(void *o) { return o == NULL ? REF_NULL : ref_steal(o); }
/* `name` and the count of positional arguments, no keywords (for a subclass with its own __init__ they are its affair) */
static int positional_only(Thread *t, Value cls, const Type *type, const char *name, size_t nargs, Value kwnames, size_t min, size_t max) {
    if ((as(Type, cls) == type || as(Type, cls)->init == type->init) && no_kwargs(t, name, kwnames) < 0) return -1;
    return check_nargs(t, name, nargs, min, max);
}

/* ---- count ------------------------------------------------------------------------------------------------------------------------- */

typedef struct Count {
    Object base;
    Slot value, step;          /* what comes next, if it isn't kept as a machine int */
    _Atomic bool x_machine;    /* step 1 and a small int: x_next counts */
    _Atomic int64_t x_next;
} Count;
#define COUNT_LIMIT (SMALL_INT_MAX - 1)

static Ref count_make(Thread *t, Value cls, Value start, Value step) {
    if ((!value_is_null(start) && !(is_int(start) || is_float(start) || is_exact(start, &complex_type) || has_index(start) || type_of(start)->int_ || type_of(start)->float_)) ||
        (!value_is_null(step) && !(is_int(step) || is_float(step) || is_exact(step, &complex_type) || has_index(step) || type_of(step)->int_ || type_of(step)->float_)))
        return err_set(t, E_TypeError, "a number is required");
    if (value_is_null(start)) start = small_int(0);
    if (value_is_null(step)) step = small_int(1);
    Count *c = kit_instance(t, cls);
    if (c == NULL) return REF_NULL;
    slot_init(&c->value, ref_new(t, start));
    slot_init(&c->step, ref_new(t, step));
    if (value_is_int(start) && value_is_int(step) && value_int(step) == 1 && value_int(start) < COUNT_LIMIT) {
        store_relaxed(&c->x_machine, true);
        store_relaxed(&c->x_next, value_int(start));
    }
    return ref_steal(c);
}

static Ref count_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Value a[2];
    if (bind_args(t, "count", "($type, start=0, step=1)", &x_sig, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    return count_make(t, cls, a[0], a[1]);
}

static Ref count_next(Thread *t, Value self) {
    Count *c = as(Count, self);
    if (load_relaxed(&c->x_machine)) {
        int64_t n = load_relaxed(&c->x_next);
        if (is_local(t, c)) {
            if (n < COUNT_LIMIT) {
                store_relaxed(&c->x_next, n + 1);
                return ref_small_int(n);
            }
        } else {
            while (n < COUNT_LIMIT)
                if (cas_relaxed(&c->x_next, &n, n + 1)) return ref_small_int(n);
        }
        Ref old = REF_NULL;
        CRITICAL_BEGIN(t, c)
        if (load_relaxed(&c->x_machine)) {
            old = slot_swap(t, c, &c->value, ref_small_int(load_relaxed(&c->x_next)));
            store_relaxed(&c->x_machine, false);
        }
        CRITICAL_END(t)
        ref_drop(t, old);
    }
    for (;;) {
        Ref value = slot_ref(t, &c->value);
        Ref next = binary_op(t, OP_ADD, ref_borrow(value), slot_get(&c->step));
        if (ref_is_null(next)) {
            ref_drop(t, value);
            return next;
        }
        bool mine;
        CRITICAL_BEGIN(t, c)
        mine = slot_get(&c->value).bits == ref_borrow(value).bits; /* nobody has counted on meanwhile */
        if (mine) next = slot_swap(t, c, &c->value, next);
        CRITICAL_END(t)
        ref_drop(t, next);
        if (mine) return value;
        ref_drop(t, value);
    }
}

static Ref count_value(Thread *t, Count *c) {
    return load_relaxed(&c->x_machine) ? ref_small_int(load_relaxed(&c->x_next)) : slot_ref(t, &c->value);
}

static bool step_is_one(Value step) { return is_exact(step, &int_type) && int_compare(step, small_int(1)) == 0; }

static Ref count_repr(Thread *t, Value self) {
    Count *c = as(Count, self);
    Ref value = count_value(t, c), name = type_name(t, type_of(self)), r = REF_NULL;
    Value step = slot_get(&c->step);
    if (ref_is_null(name)) r = name;
    else if (step_is_one(step)) r = str_format(t, "%V(%R)", ref_borrow(name), ref_borrow(value));
    else r = str_format(t, "%V(%R, %R)", ref_borrow(name), ref_borrow(value), step);
    ref_drop(t, name);
    ref_drop(t, value);
    return r;
}

static Ref count_reduce(Thread *t, Value self, const Value *a) {
    Count *c = as(Count, self);
    Ref value = count_value(t, c);
    Value args[] = {ref_borrow(value), slot_get(&c->step)};
    Ref r = kit_reduce(t, type_value(type_of(self)), args, step_is_one(args[1]) ? 1 : 2, VALUE_NULL);
    ref_drop(t, value);
    return r;
}

static NativeDef count_methods[] = {FN("__reduce__", "!($self, /)", count_reduce, "Pickling support."), FN_END};
Type itertools_count_type = {
    TYPE_HEADER(Count, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_2, NULL, kit_drop_2),
    .name = "itertools.count",
    .doc = "count(start=0, step=1)\n--\n\nstart, start + step, start + 2 * step, … without end.",
    .new_ = count_new, .repr = count_repr, .iter = iter_self, .next = count_next, .methods = count_methods,
};

/* ---- cycle ----------------------------------------------------------------------------------------------------------------------------- */

typedef struct Cycle {
    Object base;
    Slot it, saved;            /* it: null once it is exhausted */
    _Atomic int64_t x_index;
    _Atomic bool x_first_done; /* set by __setstate__: items of `it` are saved already */
} Cycle;

static Ref cycle_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (positional_only(t, cls, &itertools_cycle_type, "cycle", nargs, kwnames, 1, 1) < 0) return REF_NULL;
    Cycle *c = new_with_iter(t, cls, args[0]);
    if (c == NULL) return REF_NULL;
    Ref saved = list_new(t, 0);
    if (ref_is_null(saved)) {
        ref_drop(t, ref_steal(c));
        return saved;
    }
    slot_init(&c->saved, saved);
    return ref_steal(c);
}

/* An item of the first round; null at its end, too. */
static Ref cycle_step(Thread *t, Value self) {
    Cycle *c = as(Cycle, self);
    Ref item = next_of_slot(t, &c->it);
    if (ref_is_null(item)) {
        if (!err_pending(t)) clear_slot(t, c, &c->it);
    } else if (!load_relaxed(&c->x_first_done) && list_append(t, slot_get(&c->saved), ref_borrow(item)) < 0) {
        ref_drop(t, item);
        return REF_NULL;
    }
    return item;
}
static Ref cycle_next(Thread *t, Value self) {
    Cycle *c = as(Cycle, self);
    if (!value_is_null(slot_get(&c->it))) {
        Ref item = step_at_once(t, self, cycle_step);
        if (!ref_is_null(item) || err_pending(t)) return item;
    }
    Value saved = slot_get(&c->saved);
    int64_t n = (int64_t)list_size(saved);
    if (n == 0) return REF_NULL;
    int64_t i = load_relaxed(&c->x_index);
    while (!cas_relaxed(&c->x_index, &i, i + 1 >= n ? 0 : i + 1)) {}
    Value v = list_get(saved, (size_t)(i < n ? i : 0));
    return value_is_null(v) ? REF_NULL : ref_new(t, v);
}

static Ref cycle_reduce(Thread *t, Value self, const Value *a) {
    Cycle *c = as(Cycle, self);
    Ref it = slot_ref(t, &c->it), saved = slot_ref(t, &c->saved);
    bool over = ref_is_null(it);
    int64_t i = load_relaxed(&c->x_index);
    if (over) {
        it = get_iter(t, ref_borrow(saved));
        if (!ref_is_null(it) && i != 0) {
            Value name = str_intern_cstr(t, "__setstate__");
            Ref done = value_is_null(name) ? REF_NULL : call_method1(t, ref_borrow(it), name, small_int(i));
            if (ref_is_null(done)) {
                ref_drop(t, it);
                it = REF_NULL;
            }
            ref_drop(t, done);
        }
    }
    Ref r = REF_NULL;
    if (!ref_is_null(it)) {
        Ref state = tuple_pack(t, 2, ref_borrow(saved), over || load_relaxed(&c->x_first_done) ? VALUE_TRUE : VALUE_FALSE);
        Value args[] = {ref_borrow(it)};
        if (!ref_is_null(state)) r = kit_reduce(t, type_value(type_of(self)), args, 1, ref_borrow(state));
        ref_drop(t, state);
    }
    ref_drop(t, it);
    ref_drop(t, saved);
    return r;
}

static Ref cycle_setstate(Thread *t, Value self, const Value *a) {
    Cycle *c = as(Cycle, self);
    if (!is_tuple(a[0])) return err_set(t, E_TypeError, "state is not a tuple");
    int first;
    if (tuple_size(a[0]) != 2 || !is_list(tuple_get(a[0], 0)))
        return err_set(t, E_TypeError, "argument 1 must be list, not %T", tuple_size(a[0]) > 0 ? tuple_get(a[0], 0) : VALUE_NONE);
    if (as_int(t, tuple_get(a[0], 1), &first) < 0) return REF_NULL;
    Ref copy = list_copy(t, tuple_get(a[0], 0)), old;
    if (ref_is_null(copy)) return copy;
    CRITICAL_BEGIN(t, c)
    old = slot_swap(t, c, &c->saved, copy);
    CRITICAL_END(t)
    ref_drop(t, old);
    store_relaxed(&c->x_first_done, first != 0);
    store_relaxed(&c->x_index, 0);
    return REF_NONE;
}

static NativeDef cycle_methods[] = {
    FN("__reduce__", "!($self, /)", cycle_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", cycle_setstate, "Pickling support."),
    FN_END,
};
Type itertools_cycle_type = {
    TYPE_HEADER(Cycle, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_2, NULL, kit_drop_2),
    .name = "itertools.cycle",
    .doc = "cycle(iterable, /)\n--\n\nThe items over and over again.",
    .new_ = cycle_new, .iter = iter_self, .next = cycle_next, .methods = cycle_methods,
};

/* ---- repeat ------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Repeat {
    Object base;
    Slot item;
    _Atomic int64_t x_left; /* -1: for ever */
} Repeat;

static Ref repeat_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Value a[2];
    int64_t times = -1;
    if (bind_args(t, "repeat", "($type, object, times=None)", &x_sig, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    if (!value_is_null(a[1])) {
        if (size_arg(t, a[1], &times) < 0) return REF_NULL;
        if (times < 0) times = 0;
    }
    Repeat *r = kit_instance(t, cls);
    if (r == NULL) return REF_NULL;
    slot_init(&r->item, ref_new(t, a[0]));
    store_relaxed(&r->x_left, times);
    return ref_steal(r);
}

static Ref repeat_next(Thread *t, Value self) {
    Repeat *r = as(Repeat, self);
    int64_t left = load_relaxed(&r->x_left);
    if (left < 0) return slot_ref(t, &r->item);
    do {
        if (left == 0) return REF_NULL;
    } while (!cas_relaxed(&r->x_left, &left, left - 1));
    return slot_ref(t, &r->item);
}

static Ref repeat_repr(Thread *t, Value self) {
    Repeat *r = as(Repeat, self);
    int64_t left = load_relaxed(&r->x_left);
    Ref name = type_name(t, type_of(self)), text;
    if (ref_is_null(name)) return name;
    if (left < 0) text = str_format(t, "%V(%R)", ref_borrow(name), slot_get(&r->item));
    else text = str_format(t, "%V(%R, %lld)", ref_borrow(name), slot_get(&r->item), (long long)left);
    ref_drop(t, name);
    return text;
}

static Ref repeat_length_hint(Thread *t, Value self, const Value *a) {
    int64_t left = load_relaxed(&as(Repeat, self)->x_left);
    return left < 0 ? err_set(t, E_TypeError, "len() of unsized object") : int_from_i64(t, left);
}

static Ref repeat_reduce(Thread *t, Value self, const Value *a) {
    Repeat *r = as(Repeat, self);
    int64_t left = load_relaxed(&r->x_left);
    Ref count = int_from_i64(t, left);
    Value args[] = {slot_get(&r->item), ref_borrow(count)};
    Ref result = ref_is_null(count) ? count : kit_reduce(t, type_value(type_of(self)), args, left < 0 ? 1 : 2, VALUE_NULL);
    ref_drop(t, count);
    return result;
}

static NativeDef repeat_methods[] = {
    FN("__length_hint__", "!($self, /)", repeat_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", repeat_reduce, "Pickling support."),
    FN_END,
};
Type itertools_repeat_type = {
    TYPE_HEADER(Repeat, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_1, NULL, kit_drop_1),
    .name = "itertools.repeat",
    .doc = "repeat(object [,times]) -> the object again and again: so many times, or without end",
    .new_ = repeat_new, .repr = repeat_repr, .iter = iter_self, .next = repeat_next, .methods = repeat_methods,
};

/* ---- chain ---------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Chain {
    Object base;
    Slot source, active; /* the iterator of iterables, null at the end; the one being walked, or null */
    _Atomic bool x_settled; /* those to come, too */
} Chain;

static Ref chain_from(Thread *t, Value cls, Ref source) {
    Chain *c = ref_is_null(source) ? NULL : kit_instance(t, cls);
    if (c == NULL) {
        ref_drop(t, source);
        return REF_NULL;
    }
    slot_init(&c->source, source);
    return ref_steal(c);
}

static Ref chain_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (positional_only(t, cls, &itertools_chain_type, "chain", nargs, kwnames, 0, SIZE_MAX) < 0) return REF_NULL;
    Ref tuple = tuple_from_array(t, args, nargs);
    if (ref_is_null(tuple)) return tuple;
    Ref source = get_iter(t, ref_borrow(tuple));
    ref_drop(t, tuple);
    return chain_from(t, cls, source);
}

static Ref chain_from_iterable(Thread *t, Value cls, const Value *a) { return chain_from(t, cls, get_iter(t, a[0])); }

static Ref chain_step(Thread *t, Value self) {
    Chain *c = as(Chain, self);
    for (;;) {
        Ref active = slot_ref(t, &c->active);
        if (!ref_is_null(active)) {
            Ref item;
            int status = iter_next(t, ref_borrow(active), &item);
            if (status != 0) {
                ref_drop(t, active);
                return status < 0 ? REF_NULL : item;
            }
            Ref old = REF_NULL;
            CRITICAL_BEGIN(t, c)
            if (value_is(slot_get(&c->active), ref_borrow(active))) old = slot_take(t, c, &c->active);
            CRITICAL_END(t)
            ref_drop(t, old);
            ref_drop(t, active);
            continue;
        }
        Ref iterable = next_of_slot(t, &c->source);
        if (ref_is_null(iterable)) {
            clear_slot(t, c, &c->source);
            return REF_NULL;
        }
        active = (load_relaxed(&c->x_settled) ? get_iter_now : get_iter)(t, ref_borrow(iterable));
        ref_drop(t, iterable);
        if (ref_is_null(active)) {
            clear_slot(t, c, &c->source);
            return REF_NULL;
        }
        slot_set(t, c, &c->active, active);
    }
}
static Ref chain_next(Thread *t, Value self) { return step_at_once(t, self, chain_step); }

static void chain_settle(Thread *t, Value self) {
    settle_slot(t, self, 0);
    settle_slot(t, self, 1);
    store_relaxed(&as(Chain, self)->x_settled, true);
}

static Ref chain_reduce(Thread *t, Value self, const Value *a) {
    Chain *c = as(Chain, self);
    Ref source = slot_ref(t, &c->source), active = slot_ref(t, &c->active), state = REF_NULL, r;
    if (ref_is_null(source)) {
        r = kit_reduce(t, type_value(type_of(self)), NULL, 0, VALUE_NULL);
    } else {
        state = ref_is_null(active) ? tuple_pack(t, 1, ref_borrow(source)) : tuple_pack(t, 2, ref_borrow(source), ref_borrow(active));
        r = ref_is_null(state) ? state : kit_reduce(t, type_value(type_of(self)), NULL, 0, ref_borrow(state));
    }
    ref_drop(t, state);
    ref_drop(t, source);
    ref_drop(t, active);
    return r;
}

static Ref chain_setstate(Thread *t, Value self, const Value *a) {
    Chain *c = as(Chain, self);
    if (!is_tuple(a[0])) return err_set(t, E_TypeError, "state is not a tuple");
    size_t n = tuple_size(a[0]);
    if (check_nargs(t, "function", n, 1, 2) < 0) return REF_NULL;
    for (size_t i = 0; i < n; i++)
        if (type_of(tuple_get(a[0], i))->next == NULL) return err_set(t, E_TypeError, "Arguments must be iterators.");
    slot_set(t, c, &c->source, ref_new(t, tuple_get(a[0], 0)));
    slot_set(t, c, &c->active, n == 2 ? ref_new(t, tuple_get(a[0], 1)) : REF_NULL);
    return REF_NONE;
}

static NativeDef chain_methods[] = {
    FN_CLASS("from_iterable", "!($type, iterable, /)", chain_from_iterable, "chain() over the iterables that an iterable yields."),
    FN("__reduce__", "!($self, /)", chain_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", chain_setstate, "Pickling support."),
    KIT_CLASS_GETITEM,
    FN_END,
};
Type itertools_chain_type = {
    TYPE_HEADER(Chain, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_2, NULL, kit_drop_2),
    .name = "itertools.chain",
    .doc = "chain(*iterables) --> chain object\n\nThe items of the first iterable, then of the second, …",
    .new_ = chain_new, .iter = iter_self, .next = chain_next, .settle = chain_settle, .methods = chain_methods,
};

/* ---- compress, and the four with a function: takewhile, dropwhile, filterfalse, starmap ------------------------------------------------------ */

typedef struct Filter {
    Object base;
    Slot it, other;      /* other: selectors' iterator, or the function */
    _Atomic bool x_flag; /* dropwhile: started; takewhile: stopped */
} Filter;

static Ref compress_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Value a[2];
    if (bind_args(t, "compress", "($type, data, selectors)", &x_sig, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    Filter *f = new_with_iter(t, cls, a[0]);
    if (f == NULL) return REF_NULL;
    Ref selectors = get_iter(t, a[1]);
    slot_init(&f->other, selectors);
    if (!ref_is_null(selectors)) return ref_steal(f);
    ref_drop(t, ref_steal(f));
    return REF_NULL;
}

static Ref compress_step(Thread *t, Value self) {
    Filter *f = as(Filter, self);
    for (;;) {
        Ref item = next_of_slot(t, &f->it);
        if (ref_is_null(item)) return item;
        Ref selector = next_of_slot(t, &f->other);
        int yes = ref_is_null(selector) ? -1 : is_true(t, ref_borrow(selector));
        ref_drop(t, selector);
        if (yes > 0) return item;
        ref_drop(t, item);
        if (yes < 0) return REF_NULL;
    }
}
static Ref compress_next(Thread *t, Value self) { return step_at_once(t, self, compress_step); }

static Ref two_reduce(Thread *t, Value self, bool function_first, Value state) {
    Filter *f = as(Filter, self);
    Value args[] = {slot_get(function_first ? &f->other : &f->it), slot_get(function_first ? &f->it : &f->other)};
    return kit_reduce(t, type_value(type_of(self)), args, 2, state);
}
static Ref compress_reduce(Thread *t, Value self, const Value *a) { return two_reduce(t, self, false, VALUE_NULL); }
static Ref function_reduce(Thread *t, Value self, const Value *a) { return two_reduce(t, self, true, VALUE_NULL); }
static Ref flag_reduce(Thread *t, Value self, const Value *a) {
    return two_reduce(t, self, true, small_int(load_relaxed(&as(Filter, self)->x_flag)));
}
static Ref flag_setstate(Thread *t, Value self, const Value *a) {
    int flag = is_true(t, a[0]);
    if (flag < 0) return REF_NULL;
    store_relaxed(&as(Filter, self)->x_flag, flag);
    return REF_NONE;
}

static Ref function_new(Thread *t, Value cls, const Type *type, const char *name, const Value *args, size_t nargs, Value kwnames) {
    if (positional_only(t, cls, type, name, nargs, kwnames, 2, 2) < 0) return REF_NULL;
    Filter *f = new_with_iter(t, cls, args[1]);
    if (f != NULL) slot_init(&f->other, ref_new(t, args[0]));
    return made(f);
}

/* is_true(function(item)); function None: is_true(item) */
static int test(Thread *t, Filter *f, Value item) {
    Value function = slot_get(&f->other);
    if (value_is_none(function) || value_is(function, type_value(&bool_type))) return is_true(t, item);
    Ref r = call1(t, function, item);
    int yes = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
    ref_drop(t, r);
    return yes;
}
static int test_called(Thread *t, Filter *f, Value item) {
    Ref r = call1(t, slot_get(&f->other), item);
    int yes = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
    ref_drop(t, r);
    return yes;
}

static Ref takewhile_step(Thread *t, Value self) {
    Filter *f = as(Filter, self);
    if (load_relaxed(&f->x_flag)) return REF_NULL;
    Ref item = next_of_slot(t, &f->it);
    if (ref_is_null(item)) return item;
    int yes = test_called(t, f, ref_borrow(item));
    if (yes > 0) return item;
    ref_drop(t, item);
    if (yes == 0) store_relaxed(&f->x_flag, true);
    return REF_NULL;
}
static Ref takewhile_next(Thread *t, Value self) { return step_at_once(t, self, takewhile_step); }

static Ref dropwhile_step(Thread *t, Value self) {
    Filter *f = as(Filter, self);
    for (;;) {
        Ref item = next_of_slot(t, &f->it);
        if (ref_is_null(item) || load_relaxed(&f->x_flag)) return item;
        int yes = test_called(t, f, ref_borrow(item));
        if (yes == 0) {
            store_relaxed(&f->x_flag, true);
            return item;
        }
        ref_drop(t, item);
        if (yes < 0) return REF_NULL;
    }
}
static Ref dropwhile_next(Thread *t, Value self) { return step_at_once(t, self, dropwhile_step); }

static Ref filterfalse_next(Thread *t, Value self) {
    Filter *f = as(Filter, self);
    for (;;) {
        Ref item = next_of_slot(t, &f->it);
        if (ref_is_null(item)) return item;
        int yes = test(t, f, ref_borrow(item));
        if (yes == 0) return item;
        ref_drop(t, item);
        if (yes < 0) return REF_NULL;
    }
}

static Ref starmap_next(Thread *t, Value self) {
    Filter *f = as(Filter, self);
    Ref item = next_of_slot(t, &f->it);
    if (ref_is_null(item)) return item;
    Ref args = sequence_tuple(t, ref_borrow(item));
    ref_drop(t, item);
    if (ref_is_null(args)) return args;
    Ref r = call_tuple_dict(t, slot_get(&f->other), ref_borrow(args), VALUE_NULL);
    ref_drop(t, args);
    return r;
}

#define FUNCTION_ITER(name_, doc_, reduce_, ...)                                                                                 \
    static Ref name_##_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {                               \
        return function_new(t, cls, &itertools_##name_##_type, #name_, args, nargs, kwnames);                                    \
    }                                                                                                                            \
    static NativeDef name_##_methods[] = {FN("__reduce__", "!($self, /)", reduce_, "Pickling support."), __VA_ARGS__ FN_END};   \
    Type itertools_##name_##_type = {                                                                                            \
        TYPE_HEADER(Filter, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_2, NULL, kit_drop_2),                                   \
        .name = "itertools." #name_, .doc = doc_, .new_ = name_##_new, .iter = iter_self, .next = name_##_next,                  \
        .settle = settle_first,                                                                                                  \
        .methods = name_##_methods,                                                                                              \
    };
FUNCTION_ITER(takewhile, "takewhile(predicate, iterable, /)\n--\n\nThe items up to the first that the predicate refuses.", flag_reduce,
              FN("__setstate__", "!($self, state, /)", flag_setstate, "Pickling support."), )
FUNCTION_ITER(dropwhile, "dropwhile(predicate, iterable, /)\n--\n\nThe items from the first on that the predicate refuses.", flag_reduce,
              FN("__setstate__", "!($self, state, /)", flag_setstate, "Pickling support."), )
FUNCTION_ITER(filterfalse, "filterfalse(function, iterable, /)\n--\n\nThe items that the function refuses.", function_reduce, )
FUNCTION_ITER(starmap, "starmap(function, iterable, /)\n--\n\nfunction(*item) for each item.", function_reduce, )

static void compress_settle(Thread *t, Value self) {
    settle_slot(t, self, 0);
    settle_slot(t, self, 1);
}
static NativeDef compress_methods[] = {FN("__reduce__", "!($self, /)", compress_reduce, "Pickling support."), FN_END};
Type itertools_compress_type = {
    TYPE_HEADER(Filter, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_2, NULL, kit_drop_2),
    .name = "itertools.compress",
    .doc = "compress(data, selectors)\n--\n\nThe data whose selector is true.",
    .new_ = compress_new, .iter = iter_self, .next = compress_next, .settle = compress_settle, .methods = compress_methods,
};

/* ---- islice ------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct ISlice {
    Object base;
    Slot it;                          /* null: over */
    _Atomic int64_t x_next, x_count;  /* the item wanted next; how many were taken from `it` */
    int64_t stop, step;               /* stop -1: none */
} ISlice;

static int islice_number(Thread *t, Value v, int64_t none, const char *message, int64_t *out) {
    *out = none;
    if (value_is_null(v) || value_is_none(v)) return 0;
    if (!has_index(v)) return err_int(err_set(t, E_ValueError, "%s", message));
    if (index_as_i64(t, v, out) < 0) {
        if (!err_clear_if(t, E_OverflowError) && !err_clear_if(t, E_TypeError)) return -1;
        *out = -1;
    }
    return *out < 0 ? err_int(err_set(t, E_ValueError, "%s", message)) : 0;
}

static Ref islice_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static const char stop_message[] = "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    static const char index_message[] = "Indices for islice() must be None or an integer: 0 <= x <= sys.maxsize.";
    if (positional_only(t, cls, &itertools_islice_type, "islice", nargs, kwnames, 2, 4) < 0) return REF_NULL;
    int64_t start = 0, stop = -1, step = 1;
    if (islice_number(t, args[nargs == 2 ? 1 : 2], -1, stop_message, &stop) < 0) return REF_NULL;
    if (nargs > 2 && islice_number(t, args[1], 0, index_message, &start) < 0) return REF_NULL;
    if (nargs == 4 && !value_is_none(args[3])) {
        bool good = has_index(args[3]) && index_as_i64(t, args[3], &step) == 0 && step > 0;
        if (!good) {
            if (err_pending(t)) err_clear(t);
            return err_set(t, E_ValueError, "Step for islice() must be a positive integer or None.");
        }
    }
    ISlice *s = new_with_iter(t, cls, args[0]);
    if (s == NULL) return REF_NULL;
    store_relaxed(&s->x_next, start);
    s->stop = stop;
    s->step = step;
    return ref_steal(s);
}

static Ref islice_step(Thread *t, Value self) {
    ISlice *s = as(ISlice, self);
    Ref it = slot_ref(t, &s->it), item = REF_NULL;
    if (ref_is_null(it)) return it;
    int status = 1;
    while (status > 0 && load_relaxed(&s->x_count) < load_relaxed(&s->x_next)) {
        status = iter_next(t, ref_borrow(it), &item);
        if (status > 0) {
            ref_drop(t, item);
            add_relaxed(&s->x_count, 1);
        }
    }
    item = REF_NULL;
    if (status > 0 && (s->stop < 0 || load_relaxed(&s->x_count) < s->stop)) {
        status = iter_next(t, ref_borrow(it), &item);
        if (status > 0) {
            add_relaxed(&s->x_count, 1);
            int64_t next = load_relaxed(&s->x_next);
            if (__builtin_add_overflow(next, s->step, &next) || (s->stop >= 0 && next > s->stop)) next = s->stop < 0 ? INT64_MAX : s->stop;
            store_relaxed(&s->x_next, next);
        }
    } else if (status > 0) {
        status = 0;
    }
    ref_drop(t, it);
    if (status > 0) return item;
    clear_slot(t, s, &s->it);
    return REF_NULL;
}
static Ref islice_next(Thread *t, Value self) { return step_at_once(t, self, islice_step); }

static Ref islice_reduce(Thread *t, Value self, const Value *a) {
    ISlice *s = as(ISlice, self);
    Ref it = slot_ref(t, &s->it), r;
    if (ref_is_null(it)) { /* an empty one */
        Ref empty = list_new(t, 0);
        it = ref_is_null(empty) ? empty : get_iter(t, ref_borrow(empty));
        ref_drop(t, empty);
        if (ref_is_null(it)) return it;
        Value args[] = {ref_borrow(it), small_int(0)};
        r = kit_reduce(t, type_value(type_of(self)), args, 2, small_int(0));
    } else {
        Ref next = int_from_i64(t, load_relaxed(&s->x_next)), stop = s->stop < 0 ? REF_NONE : int_from_i64(t, s->stop);
        Ref step = int_from_i64(t, s->step), count = int_from_i64(t, load_relaxed(&s->x_count));
        Value args[] = {ref_borrow(it), ref_borrow(next), ref_borrow(stop), ref_borrow(step)};
        r = kit_reduce(t, type_value(type_of(self)), args, 4, ref_borrow(count));
        ref_drop(t, next);
        ref_drop(t, stop);
        ref_drop(t, step);
        ref_drop(t, count);
    }
    ref_drop(t, it);
    return r;
}

static Ref islice_setstate(Thread *t, Value self, const Value *a) {
    int64_t count;
    if (int_size_arg(t, a[0], &count) < 0) return REF_NULL;
    store_relaxed(&as(ISlice, self)->x_count, count);
    return REF_NONE;
}

static NativeDef islice_methods[] = {
    FN("__reduce__", "!($self, /)", islice_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", islice_setstate, "Pickling support."),
    FN_END,
};
Type itertools_islice_type = {
    TYPE_HEADER(ISlice, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_1, NULL, kit_drop_1),
    .name = "itertools.islice",
    .doc = "islice(iterable, stop) --> islice object\nislice(iterable, start, stop[, step]) --> islice object\n\n"
           "The items that a slice of a list would have.",
    .new_ = islice_new, .iter = iter_self, .next = islice_next, .settle = settle_first, .methods = islice_methods,
};

/* ---- pairwise --------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Pairwise {
    Object base;
    Slot it, old; /* it: null once over */
} Pairwise;

static Ref pairwise_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (positional_only(t, cls, &itertools_pairwise_type, "pairwise", nargs, kwnames, 1, 1) < 0) return REF_NULL;
    return made(new_with_iter(t, cls, args[0]));
}

static Ref pairwise_step(Thread *t, Value self) {
    Pairwise *p = as(Pairwise, self);
    Ref it = slot_ref(t, &p->it), old = slot_ref(t, &p->old), item = REF_NULL, r = REF_NULL;
    if (!ref_is_null(it) && ref_is_null(old)) {
        if (iter_next(t, ref_borrow(it), &old) <= 0) old = REF_NULL;
        else slot_set(t, p, &p->old, ref_new(t, ref_borrow(old)));
        ref_drop(t, it);
        it = slot_ref(t, &p->it); /* the item may have come through this very iterator */
    }
    if (!ref_is_null(it) && !ref_is_null(old)) {
        if (iter_next(t, ref_borrow(it), &item) <= 0) item = REF_NULL;
    }
    if (ref_is_null(item)) {
        clear_slot(t, p, &p->it);
        clear_slot(t, p, &p->old);
    } else {
        r = tuple_pack(t, 2, ref_borrow(old), ref_borrow(item));
        slot_set(t, p, &p->old, item);
    }
    ref_drop(t, it);
    ref_drop(t, old);
    return r;
}
static Ref pairwise_next(Thread *t, Value self) { return step_at_once(t, self, pairwise_step); }

Type itertools_pairwise_type = {
    TYPE_HEADER(Pairwise, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_2, NULL, kit_drop_2),
    .name = "itertools.pairwise",
    .doc = "pairwise(iterable, /)\n--\n\nEach item together with the one after it.",
    .new_ = pairwise_new, .iter = iter_self, .next = pairwise_next, .settle = settle_first,
};

/* ---- accumulate --------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Accumulate {
    Object base;
    Slot it, function, total, initial; /* function: None for +; total: null before the first item; initial: null once it was given */
} Accumulate;

static Ref accumulate_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Value a[3];
    if (bind_args(t, "accumulate", "($type, iterable, func=None, *, initial=None)", &x_sig, args, nargs, kwnames, a, 3) < 0) return REF_NULL;
    Accumulate *z = new_with_iter(t, cls, a[0]);
    if (z == NULL) return REF_NULL;
    slot_init(&z->function, value_is_null(a[1]) ? REF_NONE : ref_new(t, a[1]));
    if (!value_is_null(a[2]) && !value_is_none(a[2])) slot_init(&z->initial, ref_new(t, a[2]));
    return ref_steal(z);
}

static Ref accumulate_step(Thread *t, Value self) {
    Accumulate *z = as(Accumulate, self);
    Ref initial = REF_NULL;
    if (!value_is_null(slot_get(&z->initial))) {
        CRITICAL_BEGIN(t, z)
        initial = slot_take(t, z, &z->initial);
        CRITICAL_END(t)
    }
    if (!ref_is_null(initial)) {
        slot_set(t, z, &z->total, ref_new(t, ref_borrow(initial)));
        return initial;
    }
    Ref item = next_of_slot(t, &z->it);
    if (ref_is_null(item)) return item;
    Ref total = slot_ref(t, &z->total), r;
    if (ref_is_null(total)) {
        r = item;
    } else {
        Value f = slot_get(&z->function);
        r = value_is_none(f) ? binary_op(t, OP_ADD, ref_borrow(total), ref_borrow(item)) : call2(t, f, ref_borrow(total), ref_borrow(item));
        ref_drop(t, total);
        ref_drop(t, item);
        if (ref_is_null(r)) return r;
    }
    slot_set(t, z, &z->total, ref_new(t, ref_borrow(r)));
    return r;
}
static Ref accumulate_next(Thread *t, Value self) { return step_at_once(t, self, accumulate_step); }

/* A chain of the one item and then the iterator's. */
static Ref item_then(Thread *t, Value item, Value it) {
    Ref one = tuple_pack(t, 1, item), r = REF_NULL;
    if (ref_is_null(one)) return one;
    r = call2(t, type_value(&itertools_chain_type), ref_borrow(one), it);
    ref_drop(t, one);
    return r;
}

static Ref accumulate_reduce(Thread *t, Value self, const Value *a) {
    Accumulate *z = as(Accumulate, self);
    Ref initial = slot_ref(t, &z->initial), total = slot_ref(t, &z->total), it = slot_ref(t, &z->it), r = REF_NULL;
    Value function = slot_get(&z->function);
    if (!ref_is_null(initial)) {
        Ref chained = item_then(t, ref_borrow(initial), ref_borrow(it));
        Value args[] = {ref_borrow(chained), function};
        if (!ref_is_null(chained)) r = kit_reduce(t, type_value(type_of(self)), args, 2, VALUE_NONE);
        ref_drop(t, chained);
    } else if (!ref_is_null(total) && ref_is_none(total)) { /* a state of None would be taken for "no total yet" */
        Ref chained = item_then(t, VALUE_NONE, ref_borrow(it));
        Ref whole = REF_NULL;
        if (!ref_is_null(chained)) {
            Value inner[] = {ref_borrow(chained), function};
            whole = call(t, type_value(type_of(self)), inner, 2, VALUE_NULL);
        }
        Value args[] = {ref_borrow(whole), small_int(1), VALUE_NONE};
        if (!ref_is_null(whole)) r = kit_reduce(t, type_value(&itertools_islice_type), args, 3, VALUE_NULL);
        ref_drop(t, whole);
        ref_drop(t, chained);
    } else {
        Value args[] = {ref_borrow(it), function};
        r = kit_reduce(t, type_value(type_of(self)), args, 2, ref_is_null(total) ? VALUE_NONE : ref_borrow(total));
    }
    ref_drop(t, initial);
    ref_drop(t, total);
    ref_drop(t, it);
    return r;
}

static Ref accumulate_setstate(Thread *t, Value self, const Value *a) {
    Accumulate *z = as(Accumulate, self);
    slot_set(t, z, &z->total, value_is_none(a[0]) ? REF_NULL : ref_new(t, a[0]));
    return REF_NONE;
}

static NativeDef accumulate_methods[] = {
    FN("__reduce__", "!($self, /)", accumulate_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", accumulate_setstate, "Pickling support."),
    FN_END,
};
Type itertools_accumulate_type = {
    TYPE_HEADER(Accumulate, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_4, NULL, kit_drop_4),
    .name = "itertools.accumulate",
    .doc = "accumulate(iterable, func=None, *, initial=None)\n--\n\nRunning sums, or what func(total, item) makes of them.",
    .new_ = accumulate_new, .iter = iter_self, .next = accumulate_next, .settle = settle_first, .methods = accumulate_methods,
};

/* ---- zip_longest ------------------------------------------------------------------------------------------------------------------------------------------ */

typedef struct ZipLongest {
    Object base;
    Slot iterators, fill;    /* a list with None where one is over */
    _Atomic int64_t x_alive; /* iterators that aren't */
} ZipLongest;

static Ref zip_longest_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value fill = VALUE_NONE;
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0) {
        Value name = tuple_get(kwnames, 0);
        if (tuple_size(kwnames) > 1 || !str_equal_ascii(name, "fillvalue"))
            return err_set(t, E_TypeError, "zip_longest() got an unexpected keyword argument");
        fill = args[nargs];
    }
    Ref list = list_new(t, nargs);
    for (size_t i = 0; i < nargs && !ref_is_null(list); i++) {
        Ref it = get_iter(t, args[i]);
        if (ref_is_null(it) || list_append_steal(t, ref_borrow(list), it) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    ZipLongest *z = ref_is_null(list) ? NULL : kit_instance(t, cls);
    if (z == NULL) {
        ref_drop(t, list);
        return REF_NULL;
    }
    slot_init(&z->iterators, list);
    slot_init(&z->fill, ref_new(t, fill));
    store_relaxed(&z->x_alive, (int64_t)nargs);
    return ref_steal(z);
}

/* Iterator i is over: how many aren't. Two threads may find out at the same time, if it is written in Python. -1 with an exception. */
static int64_t zip_longest_ended(Thread *t, ZipLongest *z, Value iterators, size_t i, Value it) {
    int64_t left;
    int bad = 0;
    CRITICAL_BEGIN(t, z)
    left = load_relaxed(&z->x_alive);
    if (value_is(list_get(iterators, i), it)) {
        store_relaxed(&z->x_alive, --left);
        if (left > 0) bad = list_set(t, iterators, (int64_t)i, VALUE_NONE);
    }
    CRITICAL_END(t)
    return bad < 0 ? -1 : left;
}
static Ref zip_longest_step(Thread *t, Value self) {
    ZipLongest *z = as(ZipLongest, self);
    Value iterators = slot_get(&z->iterators);
    size_t n = list_size(iterators);
    if (n == 0 || load_relaxed(&z->x_alive) <= 0) return REF_NULL;
    Ref r = tuple_new_uninit(t, n);
    for (size_t i = 0; i < n && !ref_is_null(r); i++) {
        Ref it = ref_new(t, list_get(iterators, i)), item = REF_NULL;
        int status = ref_is_null(it) || ref_is_none(it) ? 0 : iter_next(t, ref_borrow(it), &item);
        if (status == 0 && !ref_is_null(it) && !ref_is_none(it)) {
            if (zip_longest_ended(t, z, iterators, i, ref_borrow(it)) <= 0) status = -1;
        }
        ref_drop(t, it);
        if (status < 0) {
            if (err_pending(t)) store_relaxed(&z->x_alive, 0);
            ref_drop(t, r);
            return REF_NULL;
        }
        tuple_init_item(r, i, status > 0 ? item : slot_ref(t, &z->fill));
    }
    return r;
}
static Ref zip_longest_next(Thread *t, Value self) { return step_at_once(t, self, zip_longest_step); }

static void zip_longest_settle(Thread *t, Value self) {
    Value iterators = slot_get(&as(ZipLongest, self)->iterators), it;
    for (size_t i = 0; !value_is_null(it = list_get(iterators, i)); i++) iter_settle(t, it);
}

static Ref zip_longest_reduce(Thread *t, Value self, const Value *a) {
    ZipLongest *z = as(ZipLongest, self);
    Ref copy = list_copy(t, slot_get(&z->iterators));
    if (ref_is_null(copy)) return copy;
    Value list = ref_borrow(copy);
    for (size_t i = 0; i < list_size(list); i++) /* () for those that are over */
        if (value_is_none(list_get(list, i)) && list_set(t, list, (int64_t)i, tuple_empty()) < 0) break;
    Ref args = list_to_tuple(t, list), r = REF_NULL;
    if (!ref_is_null(args)) r = tuple_pack(t, 3, type_value(type_of(self)), ref_borrow(args), slot_get(&z->fill));
    ref_drop(t, args);
    ref_drop(t, copy);
    return r;
}

static Ref zip_longest_setstate(Thread *t, Value self, const Value *a) {
    ZipLongest *z = as(ZipLongest, self);
    slot_set(t, z, &z->fill, ref_new(t, a[0]));
    return REF_NONE;
}

static NativeDef zip_longest_methods[] = {
    FN("__reduce__", "!($self, /)", zip_longest_reduce, "Pickling support."),
    FN("__setstate__", "!($self, state, /)", zip_longest_setstate, "Pickling support."),
    FN_END,
};
Type itertools_zip_longest_type = {
    TYPE_HEADER(ZipLongest, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_2, NULL, kit_drop_2),
    .name = "itertools.zip_longest",
    .doc = "zip_longest(*iterables, fillvalue=None) --> zip_longest object\n\n"
           "Tuples of one item of each, until the longest is over; fillvalue stands for what is missing.",
    .new_ = zip_longest_new, .iter = iter_self, .next = zip_longest_next, .settle = zip_longest_settle, .methods = zip_longest_methods,
};

/* ---- the module ------------------------------------------------------------------------------------------------------------------------------------------- */

int module_init_itertools(Thread *t, Value module) {
    Type *const types[] = {
        &itertools_accumulate_type, &itertools_chain_type, &itertools_combinations_type, &itertools_combinations_with_replacement_type,
        &itertools_compress_type, &itertools_count_type, &itertools_cycle_type, &itertools_dropwhile_type, &itertools_filterfalse_type,
        &itertools_groupby_type, &itertools_grouper_type, &itertools_islice_type, &itertools_pairwise_type, &itertools_permutations_type,
        &itertools_product_type, &itertools_repeat_type, &itertools_starmap_type, &itertools_takewhile_type, &itertools_tee_type,
        &itertools_tee_dataobject_type, &itertools_zip_longest_type, NULL};
    return kit_module(t, module, types, itertools_functions, "Building blocks for iterators.");
}
