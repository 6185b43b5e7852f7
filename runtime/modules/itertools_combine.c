/* itertools: product, permutations, combinations with and without replacement.
 *
 * One struct for all four: the pools, and the indices of the tuple given last. A step calls no Python, so it is one critical section.
 */
#include "runtime/modules/itertools.h"

typedef struct Combine {
    Object base;
    Slot pools;       /* product: a tuple of tuples; the others: one tuple */
    int64_t *index;   /* n of them; null where n is 0 */
    int64_t *cycle;   /* permutations: r counters behind the indices */
    int64_t n, r;     /* length of index; items of a result */
    bool started, stopped;
} Combine;

KIT_SLOTS(1)
static void combine_destroy(Thread *t, Object *o) {
    kit_drop_1(t, o);
    mem_free(((Combine *)o)->index);
}

/* Consumes pools; numbers: how many int64 the index array holds. */
static Combine *combine_make(Thread *t, Value cls, Ref pools, int64_t n, int64_t r, int64_t numbers) {
    int64_t *index = mem_zalloc((size_t)(numbers > 0 ? numbers : 1) * sizeof(int64_t));
    Combine *c = index == NULL ? NULL : kit_instance(t, cls);
    if (c == NULL) {
        if (index == NULL) err_no_memory(t);
        mem_free(index);
        ref_drop(t, pools);
        return NULL;
    }
    slot_init(&c->pools, pools);
    c->index = index;
    c->n = n;
    c->r = r;
    return c;
}

/* The tuple that the indices name: pool[index[k]] for k < r, or pools[k][index[k]]. */
static Ref combine_result(Thread *t, Combine *c, bool product) {
    Value pools = slot_get(&c->pools);
    Ref result = tuple_new_uninit(t, (size_t)c->r);
    if (ref_is_null(result)) return result;
    for (int64_t k = 0; k < c->r; k++) {
        Value pool = product ? tuple_get(pools, (size_t)k) : pools;
        tuple_init_item(result, (size_t)k, ref_new(t, tuple_get(pool, (size_t)c->index[k])));
    }
    return result;
}

/* One step under the lock: `first` says whether the first tuple exists, `advance` moves the indices on or says that it was the last. */
static ALWAYS_INLINE Ref combine_step(Thread *t, Value self, bool (*first)(Combine *), bool (*advance)(Combine *), bool product) {
    Combine *c = as(Combine, self);
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, c)
    if (!c->stopped) {
        c->stopped = c->started ? !advance(c) : !first(c);
        c->started = true;
        if (!c->stopped) r = combine_result(t, c, product);
    }
    CRITICAL_END(t)
    return r;
}

/* The indices as a tuple of ints. */
static Ref numbers_tuple(Thread *t, const int64_t *v, int64_t n) {
    Ref r = tuple_new_uninit(t, (size_t)n);
    if (!ref_is_null(r))
        for (int64_t i = 0; i < n; i++) tuple_init_item(r, (size_t)i, ref_small_int(v[i]));
    return r;
}

static Ref invalid_state(Thread *t) { return err_set(t, E_ValueError, "invalid arguments"); }

/* Reads n ints from a tuple; -1 with an exception. */
static int read_numbers(Thread *t, Value tuple, int64_t *out, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (size_arg(t, tuple_get(tuple, (size_t)i), &out[i]) < 0) return -1;
    return 0;
}

/* ---- product ------------------------------------------------------------------------------------------------------------------------- */

static Ref product_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    int64_t repeat = 1;
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0) {
        Value name = tuple_get(kwnames, 0);
        if (tuple_size(kwnames) > 1) return err_set(t, E_TypeError, "product() takes at most 1 keyword argument (%zu given)", tuple_size(kwnames));
        if (!str_equal_ascii(name, "repeat")) return err_set(t, E_TypeError, "'%V' is an invalid keyword argument for product()", name);
        if (size_arg(t, args[nargs], &repeat) < 0) return REF_NULL;
        if (repeat < 0) return err_set(t, E_ValueError, "repeat argument cannot be negative");
    }
    int64_t n;
    if (__builtin_mul_overflow((int64_t)nargs, repeat, &n) || n > ((int64_t)1 << 56)) return err_set(t, E_OverflowError, "repeat argument too large");
    Ref pools = tuple_new_uninit(t, (size_t)n);
    if (ref_is_null(pools)) return pools;
    for (int64_t i = 0; i < n; i++) {
        Ref pool = i < (int64_t)nargs ? sequence_tuple(t, args[i]) : ref_new(t, tuple_get(ref_borrow(pools), (size_t)i % nargs));
        if (ref_is_null(pool)) {
            ref_drop(t, pools);
            return pool;
        }
        tuple_init_item(pools, (size_t)i, pool);
    }
    Combine *c = combine_make(t, cls, pools, n, n, n);
    return c == NULL ? REF_NULL : ref_steal(c);
}

static int64_t pool_size(Combine *c, int64_t i) { return (int64_t)tuple_size(tuple_get(slot_get(&c->pools), (size_t)i)); }

static bool product_first(Combine *c) {
    for (int64_t i = 0; i < c->n; i++)
        if (pool_size(c, i) == 0) return false;
    return true;
}
static bool product_advance(Combine *c) {
    for (int64_t i = c->n - 1; i >= 0; i--) {
        if (++c->index[i] < pool_size(c, i)) return true;
        c->index[i] = 0;
    }
    return false;
}
static Ref product_next(Thread *t, Value self) { return combine_step(t, self, product_first, product_advance, true); }

static Ref product_reduce(Thread *t, Value self, const Value *a) {
    Combine *c = as(Combine, self);
    Value type = type_value(type_of(self)), pools = slot_get(&c->pools);
    Ref numbers = REF_NULL;
    bool started, stopped;
    CRITICAL_BEGIN(t, c)
    started = c->started;
    stopped = c->stopped;
    numbers = numbers_tuple(t, c->index, c->n);
    CRITICAL_END(t)
    if (ref_is_null(numbers)) return numbers;
    Ref r;
    if (stopped) {
        Value args[] = {tuple_empty()};
        r = kit_reduce(t, type, args, 1, VALUE_NULL);
    } else if (!started) {
        r = tuple_pack(t, 2, type, pools);
    } else {
        r = tuple_pack(t, 3, type, pools, ref_borrow(numbers));
    }
    ref_drop(t, numbers);
    return r;
}

static Ref product_setstate(Thread *t, Value self, const Value *a) {
    Combine *c = as(Combine, self);
    if (!is_tuple(a[0]) || (int64_t)tuple_size(a[0]) != c->n) return invalid_state(t);
    int64_t *v = mem_alloc((size_t)(c->n + 1) * sizeof(int64_t));
    if (v == NULL) return err_no_memory(t);
    if (read_numbers(t, a[0], v, c->n) < 0) {
        mem_free(v);
        return REF_NULL;
    }
    CRITICAL_BEGIN(t, c)
    c->started = true;
    for (int64_t i = 0; i < c->n; i++) {
        int64_t size = pool_size(c, i);
        if (size == 0) c->stopped = true;
        else c->index[i] = v[i] < 0 ? 0 : v[i] > size - 1 ? size - 1 : v[i];
    }
    CRITICAL_END(t)
    mem_free(v);
    return REF_NONE;
}

/* ---- the others: (iterable, r) --------------------------------------------------------------------------------------------------------- */

static Ref r_negative(Thread *t) { return err_set(t, E_ValueError, "r must be non-negative"); }

static Ref combinations_make(Thread *t, Value cls, const char *name, _Atomic(Signature *) *sig, const Value *args, size_t nargs, Value kwnames,
                             bool replacement) {
    Value a[2];
    int64_t r;
    if (bind_args(t, name, "($type, iterable, r)", sig, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    if (size_arg(t, a[1], &r) < 0) return REF_NULL;
    Ref pool = sequence_tuple(t, a[0]);
    if (ref_is_null(pool)) return pool;
    if (r < 0) {
        ref_drop(t, pool);
        return r_negative(t);
    }
    int64_t n = (int64_t)tuple_size(ref_borrow(pool));
    if (!replacement && r > n) { /* there are none: nothing is kept for it */
        Combine *none = combine_make(t, cls, pool, 0, r, 0);
        if (none == NULL) return REF_NULL;
        none->stopped = true;
        return ref_steal(none);
    }
    if (r > ((int64_t)1 << 56)) {
        ref_drop(t, pool);
        return err_no_memory(t);
    }
    Combine *c = combine_make(t, cls, pool, r, r, r);
    if (c == NULL) return REF_NULL;
    for (int64_t i = 0; i < r; i++) c->index[i] = replacement ? 0 : i;
    if (replacement) c->stopped = n == 0 && r > 0;
    return ref_steal(c);
}

static Ref combinations_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    return combinations_make(t, cls, "combinations", &x_sig, args, nargs, kwnames, false);
}
static Ref replacement_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    return combinations_make(t, cls, "combinations_with_replacement", &x_sig, args, nargs, kwnames, true);
}

static int64_t one_pool_size(Combine *c) { return (int64_t)tuple_size(slot_get(&c->pools)); }
static bool always(Combine *c) { return true; }

static bool combinations_advance(Combine *c) {
    int64_t n = one_pool_size(c), i = c->r - 1;
    while (i >= 0 && c->index[i] == i + n - c->r) i--;
    if (i < 0) return false;
    c->index[i]++;
    for (int64_t k = i + 1; k < c->r; k++) c->index[k] = c->index[k - 1] + 1;
    return true;
}
static Ref combinations_next(Thread *t, Value self) { return combine_step(t, self, always, combinations_advance, false); }

static bool replacement_advance(Combine *c) {
    int64_t n = one_pool_size(c), i = c->r - 1;
    while (i >= 0 && c->index[i] == n - 1) i--;
    if (i < 0) return false;
    int64_t next = c->index[i] + 1;
    for (int64_t k = i; k < c->r; k++) c->index[k] = next;
    return true;
}
static Ref replacement_next(Thread *t, Value self) { return combine_step(t, self, always, replacement_advance, false); }

/* (type, (pool, r)), with the numbers as state once it has started */
static Ref pool_reduce(Thread *t, Value self, bool permutations) {
    Combine *c = as(Combine, self);
    bool started, stopped;
    Ref numbers, cycles = REF_NULL;
    CRITICAL_BEGIN(t, c)
    started = c->started;
    stopped = c->stopped;
    numbers = numbers_tuple(t, c->index, c->n);
    if (permutations && !ref_is_null(numbers)) cycles = numbers_tuple(t, c->cycle, stopped ? 0 : c->r);
    CRITICAL_END(t)
    if (ref_is_null(numbers)) return numbers;
    if (permutations) { /* the state is a pair */
        Ref pair = ref_is_null(cycles) ? REF_NULL : tuple_pack(t, 2, ref_borrow(numbers), ref_borrow(cycles));
        ref_drop(t, numbers);
        ref_drop(t, cycles);
        numbers = pair;
        if (ref_is_null(numbers)) return numbers;
    }
    Value args[] = {stopped && started ? tuple_empty() : slot_get(&c->pools), small_int(c->r)};
    Ref r = kit_reduce(t, type_value(type_of(self)), args, 2, started && !stopped ? ref_borrow(numbers) : VALUE_NULL);
    ref_drop(t, numbers);
    return r;
}
static Ref combinations_reduce(Thread *t, Value self, const Value *a) { return pool_reduce(t, self, false); }

static Ref combinations_set(Thread *t, Value self, Value state, bool replacement) {
    Combine *c = as(Combine, self);
    if (!is_tuple(state) || (int64_t)tuple_size(state) != c->r) return invalid_state(t);
    int64_t *v = mem_alloc((size_t)(c->r + 1) * sizeof(int64_t)), n = one_pool_size(c);
    if (v == NULL) return err_no_memory(t);
    if (read_numbers(t, state, v, c->r) < 0) {
        mem_free(v);
        return REF_NULL;
    }
    CRITICAL_BEGIN(t, c)
    for (int64_t i = 0; i < c->r && i < c->n; i++) {
        int64_t max = replacement ? n - 1 : i + n - c->r;
        c->index[i] = v[i] > max ? max : v[i] < 0 ? 0 : v[i];
        if (c->index[i] < 0) c->stopped = true;
    }
    c->started = true;
    CRITICAL_END(t)
    mem_free(v);
    return REF_NONE;
}
static Ref combinations_setstate(Thread *t, Value self, const Value *a) { return combinations_set(t, self, a[0], false); }
static Ref replacement_setstate(Thread *t, Value self, const Value *a) { return combinations_set(t, self, a[0], true); }

/* ---- permutations ------------------------------------------------------------------------------------------------------------------------ */

static Ref permutations_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Value a[2];
    if (bind_args(t, "permutations", "($type, iterable, r=None)", &x_sig, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    Ref pool = sequence_tuple(t, a[0]);
    if (ref_is_null(pool)) return pool;
    int64_t n = (int64_t)tuple_size(ref_borrow(pool)), r = n;
    if (!value_is_null(a[1]) && !value_is_none(a[1])) {
        if (!is_int(a[1])) err_set(t, E_TypeError, "Expected int as r");
        else if (size_arg(t, a[1], &r) == 0 && r < 0) r_negative(t);
        if (err_pending(t)) {
            ref_drop(t, pool);
            return REF_NULL;
        }
    }
    bool none = r > n;
    Combine *c = combine_make(t, cls, pool, none ? 0 : n, r, none ? 0 : n + r);
    if (c == NULL) return REF_NULL;
    c->stopped = none;
    c->cycle = c->index + c->n;
    for (int64_t i = 0; i < c->n; i++) c->index[i] = i;
    for (int64_t i = 0; !none && i < r; i++) c->cycle[i] = n - i;
    return ref_steal(c);
}

static bool permutations_advance(Combine *c) {
    int64_t n = c->n, *index = c->index;
    for (int64_t i = c->r - 1; i >= 0; i--) {
        if (--c->cycle[i] > 0) {
            int64_t k = n - c->cycle[i], swap = index[i];
            index[i] = index[k];
            index[k] = swap;
            return true;
        }
        int64_t first = index[i]; /* used up: back to the end of the line */
        memmove(index + i, index + i + 1, (size_t)(n - 1 - i) * sizeof *index);
        index[n - 1] = first;
        c->cycle[i] = n - i;
    }
    return false;
}
static Ref permutations_next(Thread *t, Value self) { return combine_step(t, self, always, permutations_advance, false); }
static Ref permutations_reduce(Thread *t, Value self, const Value *a) { return pool_reduce(t, self, true); }

static Ref permutations_setstate(Thread *t, Value self, const Value *a) {
    Combine *c = as(Combine, self);
    int64_t n = c->n;
    if (!is_tuple(a[0]) || tuple_size(a[0]) != 2 || !is_tuple(tuple_get(a[0], 0)) || !is_tuple(tuple_get(a[0], 1)))
        return err_set(t, E_TypeError, "a tuple of two tuples is required");
    Value numbers = tuple_get(a[0], 0), cycles = tuple_get(a[0], 1);
    if ((int64_t)tuple_size(numbers) != n || (int64_t)tuple_size(cycles) != c->r) return invalid_state(t);
    int64_t *v = mem_alloc((size_t)(n + c->r + 1) * sizeof(int64_t));
    if (v == NULL) return err_no_memory(t);
    if (read_numbers(t, numbers, v, n) < 0 || read_numbers(t, cycles, v + n, c->r) < 0) {
        mem_free(v);
        return REF_NULL;
    }
    CRITICAL_BEGIN(t, c)
    for (int64_t i = 0; i < n; i++) c->index[i] = v[i] < 0 ? 0 : v[i] > n - 1 ? n - 1 : v[i];
    for (int64_t i = 0; n > 0 && i < c->r; i++) c->cycle[i] = v[n + i] < 1 ? 1 : v[n + i] > n - i ? n - i : v[n + i];
    c->started = true;
    CRITICAL_END(t)
    mem_free(v);
    return REF_NONE;
}

#define COMBINE_TYPE(var, name_, doc_, new_fn, next_fn, reduce_fn, setstate_fn)                                        \
    static NativeDef var##_methods[] = {FN("__reduce__", "!($self, /)", reduce_fn, "Pickling support."),               \
                                        FN("__setstate__", "!($self, state, /)", setstate_fn, "Pickling support."), FN_END}; \
    Type itertools_##var##_type = {                                                                                    \
        TYPE_HEADER(Combine, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_1, NULL, combine_destroy),                   \
        .name = "itertools." name_, .doc = doc_, .new_ = new_fn, .iter = iter_self, .next = next_fn, .methods = var##_methods, \
    };
COMBINE_TYPE(product, "product", "product(*iterables, repeat=1) --> product object\n\nAll tuples with an item of each: nested loops in one.",
             product_new, product_next, product_reduce, product_setstate)
COMBINE_TYPE(combinations, "combinations", "combinations(iterable, r)\n--\n\nAll choices of r items in their order.", combinations_new,
             combinations_next, combinations_reduce, combinations_setstate)
COMBINE_TYPE(combinations_with_replacement, "combinations_with_replacement",
             "combinations_with_replacement(iterable, r)\n--\n\nAll choices of r items in their order, each as often as one likes.",
             replacement_new, replacement_next, combinations_reduce, replacement_setstate)
COMBINE_TYPE(permutations, "permutations", "permutations(iterable, r=None)\n--\n\nAll arrangements of r items.", permutations_new,
             permutations_next, permutations_reduce, permutations_setstate)
