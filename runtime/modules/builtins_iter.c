/* The iterator types of builtins: enumerate, filter, map, reversed, zip; and aiter, anext.
 *
 * What an iterator runs over is set at birth and stays until it dies. Those with a state of their own, or with several sources, take their
 * own lock for a step if they are shared. enumerate and zip use their result tuple again if nobody else has it.
 */
#include "runtime/modules/builtins.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/vm_hooks.h"

/* The slots of these iterators stand in a row from `first`. */
static void visit_row(Slot *first, size_t n, VisitFn visit, void *arg) {
    for (size_t i = 0; i < n; i++) slot_visit(&first[i], visit, arg);
}
static void drop_row(Thread *t, Object *o, Slot *first, size_t n) {
    for (size_t i = 0; i < n; i++) slot_set(t, o, &first[i], REF_NULL);
}
#define ROW_FUNCTIONS(T, first, n)                                                                                             \
    static void T##_traverse(Object *o, VisitFn visit, void *arg) { visit_row(&((T *)o)->first, (n), visit, arg); }            \
    static void T##_clear(Thread *t, Object *o) { drop_row(t, o, &((T *)o)->first, (n)); }

/* The next item of a source; null at its end or with an exception (StopIteration counts as the end). */
static Ref step(Thread *t, Value iterator) {
    if (c_stack_check(t, " while calling a Python object") < 0) return REF_NULL; /* iterators over iterators over … */
    Ref v = type_of(iterator)->next(t, iterator);
    if (unlikely(ref_is_null(v)) && err_pending(t)) err_clear_if(t, E_StopIteration);
    return v;
}

/* The tuple kept in `slot` of the iterator `o`, if only the iterator has it, with a reference for the caller; else null. */
static Ref reuse_tuple(Thread *t, void *o, Slot *slot) {
    if (!is_local(t, o)) return REF_NULL;
    Value kept = slot_get(slot);
    if (value_is_null(kept) || !ref_is_unique(t, value_object(kept))) return REF_NULL;
    return ref_new(t, kept);
}

static void settle_source(Thread *t, const Slot *source) {
    Value v = slot_get(source);
    if (value_is_null(v)) return;
    if (!is_exact(v, &tuple_type)) iter_settle(t, v);
    else
        for (size_t i = 0; i < tuple_size(v); i++) iter_settle(t, tuple_get(v, i));
}
#define SETTLE(T, source) static void T##_settle(Thread *t, Value self) { settle_source(t, &as(T, self)->source); }

/* ---- enumerate -------------------------------------------------------------------------------------------------- */

typedef struct Enumerate {
    Object base;
    Slot source, result; /* result: the tuple given last */
    Slot big;            /* the index where it doesn't fit x_index, else null */
    _Atomic int64_t x_index;
} Enumerate;
ROW_FUNCTIONS(Enumerate, source, 3)
SETTLE(Enumerate, source)

/* The keyword arguments of enumerate() by name. -1: TypeError */
static int enumerate_keywords(Thread *t, const Value *args, size_t nargs, Value kwnames, Value a[2]) {
    size_t named = tuple_size(kwnames);
    bool swapped = named == 2 && str_equal_ascii(tuple_get(kwnames, 0), "start");
    static const char *const names[] = {"iterable", "start"};
    for (size_t i = 0; i < named; i++) {
        size_t place = swapped ? 1 - i : nargs + i;
        Value name = tuple_get(kwnames, i);
        if (!str_equal_ascii(name, names[place])) return err_int(err_set(t, E_TypeError, "'%.200V' is an invalid keyword argument for enumerate()", name));
        a[place] = args[nargs + i];
    }
    if (nargs) a[0] = args[0];
    return 0;
}

static Ref enumerate_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Value a[2] = {VALUE_NULL, VALUE_NULL};
    if (nargs > 0 && nargs <= 2 && (value_is_null(kwnames) || tuple_size(kwnames) == 0)) {
        memcpy(a, args, nargs * sizeof *a);
    } else {
        size_t total = nargs + (value_is_null(kwnames) ? 0 : tuple_size(kwnames));
        if (total > 2) return err_set(t, E_TypeError, "enumerate() takes at most 2 arguments (%zd given)", total);
        if (nargs == 0 && total == 0) return err_set(t, E_TypeError, "enumerate() missing required argument 'iterable'");
        if (enumerate_keywords(t, args, nargs, kwnames, a) < 0) return REF_NULL;
    }
    int64_t start = 0;
    Ref big = REF_NULL;
    if (!value_is_null(a[1])) {
        Ref i = number_index(t, a[1]);
        if (ref_is_null(i)) return REF_NULL;
        if (int_try_i64(ref_borrow(i), &start) < 0) big = i;
        else ref_drop(t, i);
    }
    Ref it = get_iter(t, a[0]), self = REF_NULL;
    if (!ref_is_null(it)) self = instance_new(t, as(Type, cls));
    if (ref_is_null(self)) {
        ref_drop(t, it);
        ref_drop(t, big);
        return REF_NULL;
    }
    Enumerate *e = (Enumerate *)self.bits;
    slot_init(&e->source, it);
    slot_init(&e->big, big);
    store_relaxed(&e->x_index, start);
    return self;
}

/* The index for the item just read; moves on. */
static Ref enumerate_index(Thread *t, Enumerate *e) {
    if (unlikely(!value_is_null(slot_get(&e->big)))) {
        Ref now = slot_ref(t, &e->big), after = int_add(t, ref_borrow(now), small_int(1));
        if (ref_is_null(after)) {
            ref_drop(t, now);
            return REF_NULL;
        }
        slot_set(t, e, &e->big, after);
        return now;
    }
    int64_t i;
    if (is_local(t, e)) {
        i = load_relaxed(&e->x_index);
        store_relaxed(&e->x_index, (int64_t)((uint64_t)i + 1));
    } else {
        i = add_relaxed(&e->x_index, 1);
    }
    Ref r = int_from_i64(t, i);
    if (unlikely(i == INT64_MAX) && !ref_is_null(r)) {
        Ref after = int_add(t, ref_borrow(r), small_int(1));
        if (ref_is_null(after)) {
            ref_drop(t, r);
            return REF_NULL;
        }
        slot_set(t, e, &e->big, after);
    }
    return r;
}

/* The same as step_at_once. */
static int pair_at_once(Thread *t, Value self, Ref *first, Ref *second, int (*next)(Thread *, Value, Ref *, Ref *)) {
    if (likely(is_local(t, value_object(self)))) return next(t, self, first, second);
    int status;
    CRITICAL_BEGIN(t, value_object(self))
    status = next(t, self, first, second);
    CRITICAL_END(t)
    return status;
}

static Ref enumerate_step(Thread *t, Value self) {
    Enumerate *e = as(Enumerate, self);
    Ref item = step(t, slot_get(&e->source));
    if (ref_is_null(item)) return REF_NULL;
    Ref index = enumerate_index(t, e);
    if (unlikely(ref_is_null(index))) {
        ref_drop(t, item);
        return REF_NULL;
    }
    Ref tuple = reuse_tuple(t, e, &e->result);
    if (!ref_is_null(tuple)) {
        Tuple *p = (Tuple *)tuple.bits;
        Ref old_index = slot_swap(t, p, &p->item[0], index), old = slot_swap(t, p, &p->item[1], item);
        ref_drop(t, old_index);
        ref_drop(t, old);
        return tuple;
    }
    tuple = tuple_from_steal(t, (Ref[]){index, item}, 2);
    if (!ref_is_null(tuple) && is_local(t, e)) slot_set(t, e, &e->result, ref_new(t, ref_borrow(tuple)));
    return tuple;
}

/* The next item of a source as a register word: good until Python runs. 1, 0, -1 */
static int step_word(Thread *t, Value iterator, Ref *out) {
    Type *type = type_of(iterator);
    if (type->next_word) return type->next_word(t, iterator, out);
    *out = step(t, iterator);
    return likely(!ref_is_null(*out)) ? 1 : err_pending(t) ? -1 : 0;
}
static Ref enumerate_next(Thread *t, Value self) { return step_at_once(t, self, enumerate_step); }
static int enumerate_step_pair(Thread *t, Value self, Ref *first, Ref *second) {
    Enumerate *e = as(Enumerate, self);
    int status = step_word(t, slot_get(&e->source), second);
    if (status <= 0) return status;
    *first = enumerate_index(t, e);
    if (likely(!ref_is_null(*first))) return 1;
    ref_drop(t, *second);
    return -1;
}

static int enumerate_pair(Thread *t, Value self, Ref *first, Ref *second) { return pair_at_once(t, self, first, second, enumerate_step_pair); }

static Ref enumerate_reduce(Thread *t, Value self, const Value *a) {
    Enumerate *e = as(Enumerate, self);
    Ref source = slot_ref(t, &e->source), index = slot_ref(t, &e->big), args = REF_NULL, r = REF_NULL;
    if (ref_is_null(index)) index = int_from_i64(t, load_relaxed(&e->x_index));
    if (!ref_is_null(index)) args = tuple_pack(t, 2, ref_borrow(source), ref_borrow(index));
    if (!ref_is_null(args)) r = tuple_pack(t, 2, type_value(type_of(self)), ref_borrow(args));
    ref_drop(t, args);
    ref_drop(t, index);
    ref_drop(t, source);
    return r;
}

static Ref generic_class_getitem(Thread *t, Value cls, const Value *a) { return call2(t, type_value(&generic_alias_type), cls, a[0]); }

static NativeDef enumerate_methods[] = {
    FN("__reduce__", "!($self)", enumerate_reduce, "State for pickling."),
    FN_CLASS("__class_getitem__", "!($cls, item, /)", generic_class_getitem, "See PEP 585"),
    FN_END};

#define ITERATOR_FLAGS (TYPE_CONTAINER | TYPE_BASETYPE)
Type enumerate_type = {
    TYPE_HEADER(Enumerate, ITERATOR_FLAGS, Enumerate_traverse, Enumerate_clear, Enumerate_clear),
    .name = "enumerate",
    .doc = "enumerate(iterable, start=0)\n--\n\nIterator over pairs of a running number and an item of the iterable.",
    .base = &object_type,
    .new_ = enumerate_new,
    .iter = iter_self,
    .next = enumerate_next,
    .settle = Enumerate_settle,
    .next_pair = enumerate_pair,
    .methods = enumerate_methods};

/* ---- filter ---------------------------------------------------------------------------------------------------------- */

typedef struct Filter {
    Object base;
    Slot function, source;
} Filter;
ROW_FUNCTIONS(Filter, function, 2)
SETTLE(Filter, source)

/* Keywords are refused by the type itself, accepted where a subclass has its own __init__. */
static int refuse_keywords(Thread *t, const Type *type, const Type *own, Value kwnames) {
    if (value_is_null(kwnames) || tuple_size(kwnames) == 0) return 0;
    return type == own || type->init == own->init ? no_kwargs(t, own->name, kwnames) : 0;
}

static Ref filter_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (refuse_keywords(t, as(Type, cls), &filter_type, kwnames) < 0 || check_nargs(t, "filter", nargs, 2, 2) < 0) return REF_NULL;
    Ref it = get_iter(t, args[1]);
    if (ref_is_null(it)) return REF_NULL;
    Ref self = instance_new(t, as(Type, cls));
    if (ref_is_null(self)) {
        ref_drop(t, it);
        return REF_NULL;
    }
    Filter *f = (Filter *)self.bits;
    slot_init(&f->function, ref_new(t, args[0]));
    slot_init(&f->source, it);
    return self;
}

static Ref filter_next(Thread *t, Value self) {
    Filter *f = as(Filter, self);
    Value function = slot_get(&f->function);
    bool by_truth = value_is_none(function) || value_is(function, type_value(&bool_type));
    for (;;) {
        Ref v = step(t, slot_get(&f->source));
        if (ref_is_null(v)) return REF_NULL;
        int keep;
        if (by_truth) {
            keep = is_true(t, ref_borrow(v));
        } else {
            Ref r = call1(t, function, ref_borrow(v));
            keep = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
            ref_drop(t, r);
        }
        if (keep > 0) return v;
        ref_drop(t, v);
        if (keep < 0) return REF_NULL;
    }
}

/* (type, (function, source)) */
static Ref reduce_pair(Thread *t, Value self, const Slot *first, const Slot *second) {
    Ref a = slot_ref(t, first), b = slot_ref(t, second), r = REF_NULL;
    Ref args = tuple_pack(t, 2, ref_borrow(a), ref_borrow(b));
    if (!ref_is_null(args)) r = tuple_pack(t, 2, type_value(type_of(self)), ref_borrow(args));
    ref_drop(t, args);
    ref_drop(t, a);
    ref_drop(t, b);
    return r;
}
static Ref filter_reduce(Thread *t, Value self, const Value *a) {
    return reduce_pair(t, self, &as(Filter, self)->function, &as(Filter, self)->source);
}
static NativeDef filter_methods[] = {FN("__reduce__", "!($self)", filter_reduce, "State for pickling."), FN_END};

Type filter_type = {
    TYPE_HEADER(Filter, ITERATOR_FLAGS, Filter_traverse, Filter_clear, Filter_clear),
    .name = "filter",
    .doc = "filter(function or None, iterable) --> filter object\n\nIterator over the items for which the function is true, or that are true themselves.",
    .base = &object_type,
    .new_ = filter_new,
    .iter = iter_self,
    .next = filter_next,
    .settle = Filter_settle,
    .methods = filter_methods};

/* ---- map ---------------------------------------------------------------------------------------------------------------- */

typedef struct Map {
    Object base;
    Slot function, sources; /* sources: tuple of iterators, or the only one itself */
    bool single;
} Map;
ROW_FUNCTIONS(Map, function, 2)
SETTLE(Map, sources)

/* A tuple of iterators over the arguments. */
static Ref iterators(Thread *t, const Value *args, size_t n) {
    Ref tuple = tuple_new_uninit(t, n);
    for (size_t i = 0; i < n && !ref_is_null(tuple); i++) {
        Ref it = get_iter(t, args[i]);
        if (ref_is_null(it)) {
            ref_drop(t, tuple);
            return REF_NULL;
        }
        tuple_init_item(tuple, i, it);
    }
    return tuple;
}

static Ref map_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (refuse_keywords(t, as(Type, cls), &map_type, kwnames) < 0) return REF_NULL;
    if (nargs < 2) return err_set(t, E_TypeError, "map() must have at least two arguments.");
    Ref sources = nargs == 2 ? get_iter(t, args[1]) : iterators(t, args + 1, nargs - 1);
    if (ref_is_null(sources)) return REF_NULL;
    Ref self = instance_new(t, as(Type, cls));
    if (ref_is_null(self)) {
        ref_drop(t, sources);
        return REF_NULL;
    }
    Map *m = (Map *)self.bits;
    slot_init(&m->function, ref_new(t, args[0]));
    slot_init(&m->sources, sources);
    m->single = nargs == 2;
    return self;
}

static Ref map_next(Thread *t, Value self) {
    Map *m = as(Map, self);
    Value sources = slot_get(&m->sources);
    if (m->single) {
        Ref v = step(t, sources);
        if (ref_is_null(v)) return REF_NULL;
        Ref r = call1(t, slot_get(&m->function), ref_borrow(v));
        ref_drop(t, v);
        return r;
    }
    size_t n = tuple_size(sources), got = 0;
    Ref small[6], *items = n <= 6 ? small : mem_alloc(n * sizeof *items), r = REF_NULL;
    if (items == NULL) return err_no_memory(t);
    CRITICAL_BEGIN(t, m)
    while (got < n && !ref_is_null(items[got] = step(t, tuple_get(sources, got)))) got++;
    CRITICAL_END(t)
    if (got == n) r = call(t, slot_get(&m->function), (Value *)items, n, VALUE_NULL);
    while (got > 0) ref_drop(t, items[--got]);
    if (items != small) mem_free(items);
    return r;
}

static Ref map_reduce(Thread *t, Value self, const Value *a) {
    Map *m = as(Map, self);
    Value sources = slot_get(&m->sources);
    size_t n = m->single ? 1 : tuple_size(sources);
    Ref args = tuple_new_uninit(t, n + 1);
    if (ref_is_null(args)) return REF_NULL;
    tuple_init_item(args, 0, slot_ref(t, &m->function));
    for (size_t i = 0; i < n; i++) tuple_init_item(args, i + 1, ref_new(t, m->single ? sources : tuple_get(sources, i)));
    Ref r = tuple_pack(t, 2, type_value(type_of(self)), ref_borrow(args));
    ref_drop(t, args);
    return r;
}
static NativeDef map_methods[] = {FN("__reduce__", "!($self)", map_reduce, "State for pickling."), FN_END};

Type map_type = {
    TYPE_HEADER(Map, ITERATOR_FLAGS, Map_traverse, Map_clear, Map_clear),
    .name = "map",
    .doc = "map(func, *iterables) --> map object\n\nIterator over the function's results for the items of the iterables; ends with the shortest.",
    .base = &object_type,
    .new_ = map_new,
    .iter = iter_self,
    .next = map_next,
    .settle = Map_settle,
    .methods = map_methods};

/* ---- reversed ------------------------------------------------------------------------------------------------------------- */

typedef struct Reversed {
    Object base;
    Slot source;
    _Atomic int64_t x_index; /* of the next item; -1: at the end */
} Reversed;
ROW_FUNCTIONS(Reversed, source, 1)

static Ref reversed_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (refuse_keywords(t, as(Type, cls), &reversed_type, kwnames) < 0 || check_nargs(t, "reversed", nargs, 1, 1) < 0) return REF_NULL;
    Ref method = lookup_special(t, args[0], N(__reversed__));
    if (!ref_is_null(method)) {
        Ref r = value_is_none(ref_borrow(method)) ? err_set(t, E_TypeError, "'%.200T' object is not reversible", args[0])
                                                  : call0(t, ref_borrow(method));
        ref_drop(t, method);
        return r;
    }
    if (err_pending(t)) return REF_NULL;
    if (!is_sequence(args[0])) return err_set(t, E_TypeError, "'%.200T' object is not reversible", args[0]);
    int64_t n = object_len(t, args[0]);
    if (n < 0) return REF_NULL;
    Ref self = instance_new(t, as(Type, cls));
    if (ref_is_null(self)) return REF_NULL;
    Reversed *r = (Reversed *)self.bits;
    slot_init(&r->source, ref_new(t, args[0]));
    store_relaxed(&r->x_index, n - 1);
    return self;
}

static Ref reversed_step(Thread *t, Value self) {
    Reversed *r = as(Reversed, self);
    int64_t i = load_relaxed(&r->x_index);
    if (i < 0) {
        if (is_local(t, r)) slot_set(t, r, &r->source, REF_NULL); /* a shared one keeps it: others may be reading */
        return REF_NULL;
    }
    Ref index = int_from_i64(t, i), source = slot_ref(t, &r->source);
    Ref v = ref_is_null(index) ? REF_NULL : get_item(t, ref_borrow(source), ref_borrow(index));
    ref_drop(t, index);
    ref_drop(t, source);
    if (!ref_is_null(v)) {
        cas_relaxed(&r->x_index, &i, i - 1); /* unless __getitem__, or another thread, has moved this very iterator */
        return v;
    }
    if (err_clear_if(t, E_IndexError) || err_clear_if(t, E_StopIteration)) store_relaxed(&r->x_index, -1);
    if (load_relaxed(&r->x_index) < 0 && is_local(t, r)) slot_set(t, r, &r->source, REF_NULL);
    return REF_NULL;
}

static Ref reversed_next(Thread *t, Value self) { return step_at_once(t, self, reversed_step); }

static Ref reversed_hint(Thread *t, Value self, const Value *a) {
    Reversed *r = as(Reversed, self);
    int64_t i = load_relaxed(&r->x_index);
    if (i < 0) return ref_small_int(0);
    int64_t n = object_len(t, slot_get(&r->source));
    return n < 0 ? REF_NULL : int_from_i64(t, n < i + 1 ? 0 : i + 1);
}
static Ref reversed_reduce(Thread *t, Value self, const Value *a) {
    Reversed *r = as(Reversed, self);
    int64_t i = load_relaxed(&r->x_index);
    Ref args = tuple_pack(t, 1, i < 0 ? tuple_empty() : slot_get(&r->source)), state = int_from_i64(t, i), out = REF_NULL;
    if (!ref_is_null(args) && !ref_is_null(state))
        out = i < 0 ? tuple_pack(t, 2, type_value(type_of(self)), ref_borrow(args))
                    : tuple_pack(t, 3, type_value(type_of(self)), ref_borrow(args), ref_borrow(state));
    ref_drop(t, args);
    ref_drop(t, state);
    return out;
}
static Ref reversed_setstate(Thread *t, Value self, const Value *a) {
    Reversed *r = as(Reversed, self);
    int64_t i;
    if (int_size_arg(t, a[0], &i) < 0) return REF_NULL;
    if (load_relaxed(&r->x_index) < 0) return REF_NONE;
    int64_t n = object_len(t, slot_get(&r->source));
    if (n < 0) return REF_NULL;
    store_relaxed(&r->x_index, i < -1 ? -1 : i > n - 1 ? n - 1 : i);
    return REF_NONE;
}
static NativeDef reversed_methods[] = {
    FN("__length_hint__", "!($self)", reversed_hint, "How many items are left, at a guess."),
    FN("__reduce__", "!($self)", reversed_reduce, "State for pickling."),
    FN("__setstate__", "!($self, state, /)", reversed_setstate, "Sets the index."),
    FN_END};

Type reversed_type = {
    TYPE_HEADER(Reversed, ITERATOR_FLAGS, Reversed_traverse, Reversed_clear, Reversed_clear),
    .name = "reversed",
    .doc = "reversed(sequence, /)\n--\n\nIterator over the sequence from its end.",
    .base = &object_type,
    .new_ = reversed_new,
    .iter = iter_self,
    .next = reversed_next,
    .methods = reversed_methods};

/* ---- zip --------------------------------------------------------------------------------------------------------------------- */

typedef struct Zip {
    Object base;
    Slot sources, result;
    _Atomic bool x_strict;
} Zip;
ROW_FUNCTIONS(Zip, sources, 2)
SETTLE(Zip, sources)

static Ref zip_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    int strict = 0;
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0) {
        static _Atomic(Signature *) signature;
        Value opt = VALUE_NULL;
        if (bind_args(t, "zip", "(*, strict=False)", &signature, args + nargs, 0, kwnames, &opt, 1) < 0) return REF_NULL;
        if (!value_is_null(opt) && (strict = is_true(t, opt)) < 0) return REF_NULL;
    }
    Ref sources = iterators(t, args, nargs);
    if (ref_is_null(sources)) return REF_NULL;
    Ref self = instance_new(t, as(Type, cls));
    if (ref_is_null(self)) {
        ref_drop(t, sources);
        return REF_NULL;
    }
    slot_init(&((Zip *)self.bits)->sources, sources);
    store_relaxed(&((Zip *)self.bits)->x_strict, strict);
    return self;
}

/* strict: source i ended first. The rest of the first item must end too. */
static Ref zip_uneven(Thread *t, Value sources, size_t i) {
    if (i > 0)
        return err_set(t, E_ValueError, "zip() argument %zd is shorter than argument%s%zd", i + 1, i == 1 ? " " : "s 1-", i);
    for (size_t k = 1, n = tuple_size(sources); k < n; k++) {
        Ref v = step(t, tuple_get(sources, k));
        if (!ref_is_null(v)) {
            ref_drop(t, v);
            return err_set(t, E_ValueError, "zip() argument %zd is longer than argument%s%zd", k + 1, k == 1 ? " " : "s 1-", k);
        }
        if (err_pending(t)) return REF_NULL;
    }
    return REF_NULL;
}

static Ref zip_step(Thread *t, Value self) {
    Zip *z = as(Zip, self);
    Value sources = slot_get(&z->sources);
    size_t n = tuple_size(sources);
    if (n == 0) return REF_NULL;
    Ref tuple = reuse_tuple(t, z, &z->result);
    bool fresh = ref_is_null(tuple);
    if (fresh) {
        tuple = tuple_new_uninit(t, n);
        if (ref_is_null(tuple)) return REF_NULL;
    }
    Tuple *p = (Tuple *)tuple.bits;
    for (size_t i = 0; i < n; i++) {
        Ref v = step(t, tuple_get(sources, i));
        if (unlikely(ref_is_null(v))) {
            ref_drop(t, tuple);
            return load_relaxed(&z->x_strict) && !err_pending(t) ? zip_uneven(t, sources, i) : REF_NULL;
        }
        if (fresh) tuple_init_item(tuple, i, v);
        else slot_set(t, p, &p->item[i], v);
    }
    if (fresh && is_local(t, z)) slot_set(t, z, &z->result, ref_new(t, ref_borrow(tuple)));
    return tuple;
}

static Ref zip_next(Thread *t, Value self) { return step_at_once(t, self, zip_step); }
static int zip_step_pair(Thread *t, Value self, Ref *first, Ref *second) {
    Zip *z = as(Zip, self);
    Value sources = slot_get(&z->sources);
    if (tuple_size(sources) != 2 || load_relaxed(&z->x_strict)) { /* the tuple, then: its two items, or what unpacking says */
        *first = zip_step(t, self);
        *second = REF_NULL;
        return !ref_is_null(*first) ? 1 : err_pending(t) ? -1 : 0;
    }
    *first = step(t, tuple_get(sources, 0));
    if (ref_is_null(*first)) return err_pending(t) ? -1 : 0;
    int status = step_word(t, tuple_get(sources, 1), second);
    if (status <= 0) ref_drop(t, *first);
    return status;
}

static int zip_pair(Thread *t, Value self, Ref *first, Ref *second) { return pair_at_once(t, self, first, second, zip_step_pair); }

static Ref zip_reduce(Thread *t, Value self, const Value *a) {
    Zip *z = as(Zip, self);
    if (load_relaxed(&z->x_strict)) return tuple_pack(t, 3, type_value(type_of(self)), slot_get(&z->sources), VALUE_TRUE);
    return tuple_pack(t, 2, type_value(type_of(self)), slot_get(&z->sources));
}
static Ref zip_setstate(Thread *t, Value self, const Value *a) {
    int strict = is_true(t, a[0]);
    if (strict < 0) return REF_NULL;
    store_relaxed(&as(Zip, self)->x_strict, strict);
    return REF_NONE;
}
static NativeDef zip_methods[] = {
    FN("__reduce__", "!($self)", zip_reduce, "State for pickling."),
    FN("__setstate__", "!($self, state, /)", zip_setstate, "Sets whether lengths must be equal."),
    FN_END};

Type zip_type = {
    TYPE_HEADER(Zip, ITERATOR_FLAGS, Zip_traverse, Zip_clear, Zip_clear),
    .name = "zip",
    .doc = "zip(*iterables, strict=False) --> Yield tuples until an input is exhausted.\n\nWith strict, inputs of different lengths are an error.\n\n>>> list(zip('ab', range(3)))\n[('a', 0), ('b', 1)]",
    .base = &object_type,
    .new_ = zip_new,
    .iter = iter_self,
    .next = zip_next,
    .settle = Zip_settle,
    .next_pair = zip_pair,
    .methods = zip_methods};

/* ---- aiter, anext --------------------------------------------------------------------------------------------------------------- */

/* anext(it, default): awaits what is wrapped; the default takes the place of StopAsyncIteration. */
typedef struct AnextAwaitable {
    Object base;
    Slot wrapped, fallback;
} AnextAwaitable;
ROW_FUNCTIONS(AnextAwaitable, wrapped, 2)

/* The iterator behind an awaitable. */
static Ref await_iter(Thread *t, Value awaitable) {
    Ref it = vm.awaitable_iter(t, awaitable);
    if (ref_is_null(it) || type_of(ref_borrow(it))->next) return it;
    Ref inner = type_of(ref_borrow(it))->await_(t, ref_borrow(it)); /* a coroutine's own iterator */
    ref_drop(t, it);
    return inner;
}

/* StopAsyncIteration in flight becomes StopIteration(default). */
static Ref anext_result(Thread *t, AnextAwaitable *w, Ref r) {
    if (ref_is_null(r) && err_clear_if(t, E_StopAsyncIteration)) {
        Ref fallback = slot_ref(t, &w->fallback);
        err_value(t, E_StopIteration, ref_borrow(fallback));
        ref_drop(t, fallback);
    }
    return r;
}

static Ref anext_awaitable_next(Thread *t, Value self) {
    AnextAwaitable *w = as(AnextAwaitable, self);
    Ref it = await_iter(t, slot_get(&w->wrapped));
    if (ref_is_null(it)) return REF_NULL;
    Ref r = type_of(ref_borrow(it))->next(t, ref_borrow(it));
    ref_drop(t, it);
    return anext_result(t, w, r);
}

static Ref anext_proxy(Thread *t, Value self, Value method, const Value *args, size_t nargs) {
    AnextAwaitable *w = as(AnextAwaitable, self);
    Ref it = await_iter(t, slot_get(&w->wrapped));
    if (ref_is_null(it)) return REF_NULL;
    Ref r = call_method(t, ref_borrow(it), method, args, nargs);
    ref_drop(t, it);
    return anext_result(t, w, r);
}
static Ref anext_send(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return anext_proxy(t, self, N(send), args, nargs);
}
static Ref anext_throw(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return anext_proxy(t, self, N(throw), args, nargs);
}
static Ref anext_close(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return anext_proxy(t, self, N(close), args, nargs);
}
static NativeDef anext_methods[] = {
    FN_RAW("send", NULL, anext_send, "Sends a value into the awaitable."), FN_RAW("throw", NULL, anext_throw, "Raises inside of it."),
    FN_RAW("close", NULL, anext_close, "Ends it."), FN_END};

Type anext_awaitable_type = {
    TYPE_HEADER(AnextAwaitable, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, AnextAwaitable_traverse, AnextAwaitable_clear, AnextAwaitable_clear),
    .name = "anext_awaitable",
    .base = &object_type,
    .iter = iter_self,
    .next = anext_awaitable_next,
    .await_ = iter_self,
    .methods = anext_methods};

static Ref b_aiter(Thread *t, Value self, const Value *a) {
    UnaryFn aiter = type_of(a[0])->aiter;
    if (aiter == NULL) return err_set(t, E_TypeError, "'%.200T' object is not an async iterable", a[0]);
    Ref it = aiter(t, a[0]);
    if (!ref_is_null(it) && type_of(ref_borrow(it))->anext == NULL) {
        err_set(t, E_TypeError, "aiter() returned not an async iterator of type '%.200T'", ref_borrow(it));
        ref_drop(t, it);
        return REF_NULL;
    }
    return it;
}

static Ref b_anext(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "anext", kwnames) < 0 || check_nargs(t, "anext", nargs, 1, 2) < 0) return REF_NULL;
    UnaryFn anext = type_of(args[0])->anext;
    if (anext == NULL) return err_set(t, E_TypeError, "'%.200T' object is not an async iterator", args[0]);
    Ref awaitable = anext(t, args[0]);
    if (nargs == 1 || ref_is_null(awaitable)) return awaitable;
    AnextAwaitable *w = object_new(AnextAwaitable, t, &anext_awaitable_type);
    if (w == NULL) {
        ref_drop(t, awaitable);
        return REF_NULL;
    }
    slot_init(&w->wrapped, awaitable);
    slot_init(&w->fallback, ref_new(t, args[1]));
    return ref_steal(w);
}

NativeDef builtin_async_functions[] = {
    FN("aiter", "($module, async_iterable, /)", b_aiter, "The asynchronous iterator over an asynchronous iterable."),
    FN_RAW("anext", "($module, aiterator, default=<unrepresentable>, /)", b_anext, "Awaitable for the next item, or for the default at the end."),
    FN_END};
