/* collections.deque: a ring buffer.
 *
 * All state is guarded by the deque's lock if it is shared, x_size apart, which len() reads without. `state` counts the changes of size or order, so
 * that whoever ran Python in between notices. Values leave the ring under the lock and are dropped after it.
 */
#include "runtime/int.h"
#include "runtime/modules/_collections.h"

typedef struct Deque {
    Object base;
    Slot *ring;       /* capacity slots, a power of two; null while capacity is 0; slots that are not in use are null */
    size_t capacity, head;
    _Atomic size_t x_size;
    _Atomic int64_t x_max_len; /* -1: none; read without the lock */
    uint64_t state;
    Slot weakrefs;
} Deque;

KIT_SLOTS(1)

#define SIZE(d) load_relaxed(&(d)->x_size)
static inline Slot *at(Deque *d, size_t i) { return &d->ring[(d->head + i) & (d->capacity - 1)]; }
static inline uint64_t word_at(Deque *d, size_t i) { return load_relaxed(&at(d, i)->x_bits); }
static inline void set_word(Deque *d, size_t i, uint64_t bits) { store_release(&at(d, i)->x_bits, bits); }
static inline bool is_deque(Value v) { return type_is_subtype(type_of(v), &deque_type); }

static void deque_traverse(Object *o, VisitFn visit, void *arg) {
    Deque *d = (Deque *)o;
    for (size_t i = 0, n = SIZE(d); i < n; i++) slot_visit(at(d, i), visit, arg);
}

/* ---- the ends -------------------------------------------------------------------------------------------------------------------------- */

/* -1: no memory (no exception) */
static int reserve_locked(Deque *d, size_t want) {
    if (want <= d->capacity) return 0;
    size_t capacity = d->capacity ? d->capacity : 8;
    while (capacity < want) capacity *= 2;
    Slot *ring = mem_zalloc(capacity * sizeof(Slot));
    if (ring == NULL) return -1;
    for (size_t i = 0, n = SIZE(d); i < n; i++) store_relaxed(&ring[i].x_bits, word_at(d, i));
    mem_free(d->ring); /* nobody reads the ring without the lock */
    d->ring = ring;
    d->capacity = capacity;
    d->head = 0;
    return 0;
}

static Ref pop_locked(Deque *d, bool left) {
    size_t n = SIZE(d);
    if (n == 0) return REF_NULL;
    size_t i = left ? 0 : n - 1;
    Ref r = {word_at(d, i)};
    set_word(d, i, 0);
    if (left) d->head = (d->head + 1) & (d->capacity - 1);
    store_release(&d->x_size, n - 1);
    d->state++;
    return r;
}

/* Adds v (consumed); *fallen: what fell out at the other end, or null. -1: no memory, v is the caller's still. */
static int push_locked(Thread *t, Deque *d, Ref v, bool left, Ref *fallen) {
    *fallen = REF_NULL;
    if (load_relaxed(&d->x_max_len) == 0) {
        *fallen = v;
        return 0;
    }
    size_t n = SIZE(d);
    if (load_relaxed(&d->x_max_len) >= 0 && (int64_t)n >= load_relaxed(&d->x_max_len)) {
        *fallen = pop_locked(d, !left);
        n--;
    } else if (reserve_locked(d, n + 1) < 0) {
        return -1;
    }
    if (left) d->head = (d->head - 1) & (d->capacity - 1);
    slot_fill(t, d, at(d, left ? 0 : n), v);
    store_release(&d->x_size, n + 1);
    d->state++;
    return 0;
}

static int push_steal(Thread *t, Deque *d, Ref v, bool left) {
    Ref fallen;
    int status;
    CRITICAL_BEGIN(t, d)
    status = push_locked(t, d, v, left, &fallen);
    CRITICAL_END(t)
    if (status < 0) {
        ref_drop(t, v);
        return err_int(err_no_memory(t));
    }
    ref_drop(t, fallen);
    return 0;
}

static Ref pop(Thread *t, Value self, bool left) {
    Deque *d = as(Deque, self);
    Ref r;
    CRITICAL_BEGIN(t, d)
    r = pop_locked(d, left);
    CRITICAL_END(t)
    return ref_is_null(r) ? err_set(t, E_IndexError, "pop from an empty deque") : r;
}

static void clear(Thread *t, Deque *d) {
    Slot *ring;
    size_t capacity;
    CRITICAL_BEGIN(t, d)
    ring = d->ring;
    capacity = d->capacity;
    d->ring = NULL;
    d->capacity = d->head = 0;
    store_release(&d->x_size, 0);
    d->state++;
    CRITICAL_END(t)
    for (size_t i = 0; i < capacity; i++) ref_drop(t, (Ref){load_relaxed(&ring[i].x_bits)});
    mem_free(ring);
}
static void deque_clear(Thread *t, Object *o) { clear(t, (Deque *)o); }

/* The items as a list that nobody else has. */
static Ref items_list(Thread *t, Deque *d) {
    Ref r;
    bool ok = true;
    CRITICAL_BEGIN(t, d)
    size_t n = SIZE(d);
    r = list_new(t, n);
    for (size_t i = 0; ok && i < n && !ref_is_null(r); i++) ok = list_append(t, ref_borrow(r), (Value){word_at(d, i)}) == 0;
    CRITICAL_END(t)
    if (ok) return r;
    ref_drop(t, r);
    return REF_NULL;
}

Ref deque_items(Thread *t, Value deque) { return items_list(t, as(Deque, deque)); }

/* Adds a list that nobody else has, in one step; what falls out is dropped after. */
static int extend_from_list(Thread *t, Deque *d, Value list, bool left) {
    List *source = as(List, list);
    size_t n = list_size(list);
    int status = 0;
    CRITICAL_BEGIN(t, d)
    for (size_t i = 0; i < n; i++) {
        Ref v = slot_ref(t, &load_relaxed(&source->x_items)->slot[i]), fallen;
        if (push_locked(t, d, v, left, &fallen) < 0) {
            status = -1;
            ref_drop(t, v); /* the list holds it still */
            break;
        }
        if (!ref_is_null(fallen) && list_append_steal(t, list, fallen) < 0) {
            status = -2;
            break;
        }
    }
    CRITICAL_END(t)
    if (status == -1) err_no_memory(t);
    return status < 0 ? -1 : 0;
}

static int extend(Thread *t, Value self, Value iterable, bool left) {
    Deque *d = as(Deque, self);
    Ref snapshot = is_deque(iterable) && type_of(iterable)->iter == deque_type.iter ? items_list(t, as(Deque, iterable)) : list_snapshot(t, iterable);
    if (!ref_is_null(snapshot)) {
        int status = extend_from_list(t, d, ref_borrow(snapshot), left);
        ref_drop(t, snapshot);
        return status;
    }
    if (err_pending(t)) return -1;
    Ref it = get_iter(t, iterable), item;
    if (ref_is_null(it)) return -1;
    iter_settle(t, ref_borrow(it));
    int status;
    while ((status = iter_next(t, ref_borrow(it), &item)) > 0)
        if (push_steal(t, d, item, left) < 0) {
            status = -1;
            break;
        }
    ref_drop(t, it);
    return status;
}

/* ---- making ------------------------------------------------------------------------------------------------------------------------------ */

static Ref deque_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Deque *d = kit_instance(t, cls);
    if (d == NULL) return REF_NULL;
    store_relaxed(&d->x_max_len, (int64_t)-1);
    return ref_steal(d);
}

static int deque_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Deque *d = as(Deque, self);
    Value a[2];
    int64_t max_len = -1;
    if (bind_args(t, "deque", "($self, iterable=(), maxlen=None)", &x_sig, args, nargs, kwnames, a, 2) < 0) return -1;
    if (!value_is_null(a[1]) && !value_is_none(a[1])) {
        if (!is_int(a[1])) return err_int(err_set(t, E_TypeError, "an integer is required"));
        if (size_arg(t, a[1], &max_len) < 0) return -1;
        if (max_len < 0) return err_int(err_set(t, E_ValueError, "maxlen must be non-negative"));
    }
    CRITICAL_BEGIN(t, d)
    store_relaxed(&d->x_max_len, max_len);
    CRITICAL_END(t)
    if (SIZE(d) > 0) clear(t, d);
    return value_is_null(a[0]) ? 0 : extend(t, self, a[0], false);
}

/* type(self)(items of self, maxlen) */
static Ref deque_copy(Thread *t, Value self, const Value *a) {
    Deque *d = as(Deque, self);
    int64_t max_len = load_relaxed(&d->x_max_len);
    if (is_exact(self, &deque_type)) {
        Ref r = deque_new(t, type_value(&deque_type), NULL, 0, VALUE_NULL);
        if (ref_is_null(r)) return r;
        store_relaxed(&as(Deque, ref_borrow(r))->x_max_len, max_len);
        if (extend(t, ref_borrow(r), self, false) == 0) return r;
        ref_drop(t, r);
        return REF_NULL;
    }
    Ref r = max_len < 0 ? call1(t, type_value(type_of(self)), self) : call2(t, type_value(type_of(self)), self, small_int(max_len));
    if (!ref_is_null(r) && !is_deque(ref_borrow(r))) {
        err_set(t, E_TypeError, "%.200T() must return a deque, not %.200T", self, ref_borrow(r));
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

Ref deque_make(Thread *t) { return deque_new(t, type_value(&deque_type), NULL, 0, VALUE_NULL); }
int deque_push(Thread *t, Value deque, Value item) { return push_steal(t, as(Deque, deque), ref_new(t, item), false); }
size_t deque_size(Value deque) { return load_acquire(&as(Deque, deque)->x_size); }
Ref deque_pop_left(Thread *t, Value deque) {
    Deque *d = as(Deque, deque);
    Ref r;
    CRITICAL_BEGIN(t, d)
    r = pop_locked(d, true);
    CRITICAL_END(t)
    return r;
}

/* ---- subscripts ----------------------------------------------------------------------------------------------------------------------------- */

static int64_t deque_len(Thread *t, Value self) { return (int64_t)load_acquire(&as(Deque, self)->x_size); }

static int read_index(Thread *t, Value key, int64_t *i) {
    if (!has_index(key)) return err_int(err_set(t, E_TypeError, "sequence index must be integer, not '%.200T'", key));
    return subscript_index(t, key, i);
}

static Ref deque_getitem(Thread *t, Value self, Value key) {
    Deque *d = as(Deque, self);
    int64_t i;
    Ref r = REF_NULL;
    if (read_index(t, key, &i) < 0) return r;
    CRITICAL_BEGIN(t, d)
    int64_t n = (int64_t)SIZE(d);
    if (i < 0) i += n;
    if (i >= 0 && i < n) r = ref_new(t, (Value){word_at(d, (size_t)i)});
    CRITICAL_END(t)
    return ref_is_null(r) ? err_set(t, E_IndexError, "deque index out of range") : r;
}

/* Takes item i out; the shorter side moves. */
static Ref remove_locked(Deque *d, size_t i) {
    size_t n = SIZE(d);
    Ref r = {word_at(d, i)};
    if (i < n / 2) {
        for (size_t k = i; k > 0; k--) set_word(d, k, word_at(d, k - 1));
        set_word(d, 0, 0);
        d->head = (d->head + 1) & (d->capacity - 1);
    } else {
        for (size_t k = i; k + 1 < n; k++) set_word(d, k, word_at(d, k + 1));
        set_word(d, n - 1, 0);
    }
    store_release(&d->x_size, n - 1);
    d->state++;
    return r;
}

static int deque_setitem(Thread *t, Value self, Value key, Value value) {
    Deque *d = as(Deque, self);
    int64_t i;
    if (read_index(t, key, &i) < 0) return -1;
    Ref old = REF_NULL;
    bool ok;
    CRITICAL_BEGIN(t, d)
    int64_t n = (int64_t)SIZE(d);
    if (i < 0) i += n;
    ok = i >= 0 && i < n;
    if (ok) old = value_is_null(value) ? remove_locked(d, (size_t)i) : slot_swap(t, d, at(d, (size_t)i), ref_new(t, value));
    CRITICAL_END(t)
    ref_drop(t, old);
    return ok ? 0 : err_int(err_set(t, E_IndexError, "deque index out of range"));
}

static void rotate_locked(Deque *d, int64_t by) {
    int64_t n = (int64_t)SIZE(d);
    if (n <= 1) return;
    by %= n;
    if (by < 0) by += n;
    if (by == 0) return;
    size_t mask = d->capacity - 1;
    d->state++;
    if ((size_t)n == d->capacity) {
        d->head = (d->head - (size_t)by) & mask;
    } else if (by <= n / 2) {
        for (; by > 0; by--) { /* the last one becomes the first */
            uint64_t w = word_at(d, (size_t)n - 1);
            set_word(d, (size_t)n - 1, 0);
            d->head = (d->head - 1) & mask;
            set_word(d, 0, w);
        }
    } else {
        for (by = n - by; by > 0; by--) {
            uint64_t w = word_at(d, 0);
            set_word(d, 0, 0);
            d->head = (d->head + 1) & mask;
            set_word(d, (size_t)n - 1, w);
        }
    }
}

/* ---- comparing -------------------------------------------------------------------------------------------------------------------------------- */

#define MUTATED "deque mutated during iteration"

/* Item i if it is there and the deque hasn't changed since `state`: owned; null: over (*changed false) or changed. */
static Ref item_since_locked(Thread *t, Deque *d, size_t i, uint64_t state, bool *changed) {
    *changed = d->state != state;
    return !*changed && i < SIZE(d) ? ref_new(t, (Value){word_at(d, i)}) : REF_NULL;
}

/* Position of the first item in [lo, hi) that equals v; -1 none, -2 exception. *count, if not null, gets their number. The exception for a deque
 * that changes meanwhile is `kind`, `message`: only an __eq__ in Python gives up the lock. */
static int64_t find_locked(Thread *t, Deque *d, Value v, int64_t lo, int64_t hi, int64_t *count, ErrorKind kind, const char *message) {
    uint64_t state = d->state;
    for (int64_t i = lo; i < hi; i++) {
        bool changed;
        Ref item = item_since_locked(t, d, (size_t)i, state, &changed);
        if (ref_is_null(item)) {
            if (!changed) return -1;
            err_set(t, kind, "%s", message);
            return -2;
        }
        int equal = plain_equal(ref_borrow(item), v);
        if (equal == PLAIN_UNKNOWN) equal = values_equal(t, ref_borrow(item), v);
        ref_drop(t, item);
        if (equal < 0) return -2;
        if (!equal) continue;
        if (count == NULL) return i;
        ++*count;
    }
    return -1;
}
static int64_t find(Thread *t, Value self, Value v, int64_t lo, int64_t hi, int64_t *count) {
    int64_t i;
    CRITICAL_BEGIN(t, value_object(self))
    i = find_locked(t, as(Deque, self), v, lo, hi, count, E_RuntimeError, MUTATED);
    CRITICAL_END(t)
    return i;
}

static int deque_contains(Thread *t, Value self, Value v) {
    int64_t i = find(t, self, v, 0, INT64_MAX, NULL);
    return i == -2 ? -1 : i >= 0;
}

static Ref deque_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_deque(a) || !is_deque(b)) return REF_NOT_IMPLEMENTED;
    if (value_is(a, b) && op != CMP_LT && op != CMP_GT && op != CMP_NE) return REF_TRUE;
    size_t n = SIZE(as(Deque, a)), m = SIZE(as(Deque, b));
    if (n != m && (op == CMP_EQ || op == CMP_NE)) return ref_bool(op == CMP_NE);
    Ref x = get_iter_now(t, a), y = ref_is_null(x) ? REF_NULL : get_iter_now(t, b), r = REF_NULL;
    bool done = ref_is_null(y);
    while (!done) {
        Ref v = REF_NULL, w = REF_NULL;
        int more_a = iter_next(t, ref_borrow(x), &v), more_b = more_a < 0 ? -1 : iter_next(t, ref_borrow(y), &w);
        if (more_a < 0 || more_b < 0) {
            done = true;
        } else if (more_a == 0 || more_b == 0) {
            r = ref_bool(compare_sizes((size_t)more_a, (size_t)more_b, op));
            done = true;
        } else {
            int equal = values_equal(t, ref_borrow(v), ref_borrow(w));
            done = equal <= 0;
            if (equal == 0) r = op == CMP_EQ || op == CMP_NE ? ref_bool(op == CMP_NE) : rich_compare(t, ref_borrow(v), ref_borrow(w), op);
        }
        ref_drop(t, v);
        ref_drop(t, w);
    }
    ref_drop(t, x);
    ref_drop(t, y);
    return r;
}

static Ref deque_repr(Thread *t, Value self) {
    ReprGuard guard;
    if (repr_enter(&guard, self)) return str_from_cstr(t, "[...]");
    Deque *d = as(Deque, self);
    Ref items = items_list(t, d), name = ref_is_null(items) ? REF_NULL : type_name(t, type_of(self)), r = REF_NULL;
    if (!ref_is_null(name)) {
        if (load_relaxed(&d->x_max_len) >= 0) r = str_format(t, "%V(%R, maxlen=%lld)", ref_borrow(name), ref_borrow(items), (long long)load_relaxed(&d->x_max_len));
        else r = str_format(t, "%V(%R)", ref_borrow(name), ref_borrow(items));
    }
    ref_drop(t, name);
    ref_drop(t, items);
    repr_leave(&guard);
    return r;
}

/* ---- + and * ------------------------------------------------------------------------------------------------------------------------------------ */

static Ref deque_concat(Thread *t, Value self, Value other) {
    if (!is_deque(other)) return err_set(t, E_TypeError, "can only concatenate deque (not \"%.200T\") to deque", other);
    Ref r = deque_copy(t, self, NULL);
    if (ref_is_null(r) || extend(t, ref_borrow(r), other, false) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
static Ref deque_iconcat(Thread *t, Value self, Value other) { return extend(t, self, other, false) < 0 ? REF_NULL : ref_new(t, self); }

/* Makes it the last `left` of `total` items that its own give, again and again. *old: the ring before, with its references. False: no memory. */
static bool repeat_locked(Thread *t, Deque *d, int64_t total, int64_t left, Slot **old, size_t *old_capacity) {
    size_t n = SIZE(d), capacity = 8;
    if (left > (int64_t)1 << 58) return false;
    while (capacity < (size_t)left) capacity *= 2;
    Slot *ring = mem_zalloc(capacity * sizeof(Slot));
    if (ring == NULL) return false;
    for (size_t i = 0, k = (size_t)(total - left) % n; i < (size_t)left; i++, k = k + 1 == n ? 0 : k + 1) slot_init(&ring[i], ref_new(t, (Value){word_at(d, k)}));
    *old = d->ring;
    *old_capacity = d->capacity;
    d->ring = ring;
    d->capacity = capacity;
    d->head = 0;
    store_release(&d->x_size, (size_t)left);
    d->state++;
    return true;
}
static Ref deque_irepeat(Thread *t, Value self, Value count) {
    Deque *d = as(Deque, self);
    int64_t times;
    if (index_as_i64(t, count, &times) < 0) return REF_NULL;
    if (times <= 0) {
        clear(t, d);
        return ref_new(t, self);
    }
    Slot *old = NULL;
    size_t old_capacity = 0;
    bool fits = true;
    CRITICAL_BEGIN(t, d)
    int64_t n = (int64_t)SIZE(d), max_len = load_relaxed(&d->x_max_len);
    fits = n <= 1 || times <= INT64_MAX / n; /* whatever max_len says */
    if (fits && n > 0 && times > 1) fits = repeat_locked(t, d, n * times, max_len < 0 || n * times < max_len ? n * times : max_len, &old, &old_capacity);
    CRITICAL_END(t)
    if (!fits) return err_no_memory(t);
    for (size_t i = 0; i < old_capacity; i++) ref_drop(t, (Ref){load_relaxed(&old[i].x_bits)});
    mem_free(old);
    return ref_new(t, self);
}
static Ref deque_repeat(Thread *t, Value self, Value count) {
    Ref copy = deque_copy(t, self, NULL);
    if (ref_is_null(copy)) return copy;
    Ref r = deque_irepeat(t, ref_borrow(copy), count);
    ref_drop(t, copy);
    return r;
}

/* ---- methods -------------------------------------------------------------------------------------------------------------------------------------- */

static Ref none_or_error(int status) { return status < 0 ? REF_NULL : REF_NONE; }
static Ref m_append(Thread *t, Value self, const Value *a) { return none_or_error(push_steal(t, as(Deque, self), ref_new(t, a[0]), false)); }
static Ref m_appendleft(Thread *t, Value self, const Value *a) { return none_or_error(push_steal(t, as(Deque, self), ref_new(t, a[0]), true)); }
static Ref m_extend(Thread *t, Value self, const Value *a) { return none_or_error(extend(t, self, a[0], false)); }
static Ref m_extendleft(Thread *t, Value self, const Value *a) { return none_or_error(extend(t, self, a[0], true)); }
static Ref m_pop(Thread *t, Value self, const Value *a) { return pop(t, self, false); }
static Ref m_popleft(Thread *t, Value self, const Value *a) { return pop(t, self, true); }

static Ref m_clear(Thread *t, Value self, const Value *a) {
    clear(t, as(Deque, self));
    return REF_NONE;
}

static Ref m_count(Thread *t, Value self, const Value *a) {
    int64_t n = 0;
    return find(t, self, a[0], 0, INT64_MAX, &n) == -2 ? REF_NULL : int_from_i64(t, n);
}

static Ref m_index(Thread *t, Value self, const Value *a) {
    int64_t lo = 0, hi = INT64_MAX;
    if (index_bounds(t, a[1], a[2], deque_len(t, self), &lo, &hi) < 0) return REF_NULL;
    int64_t i = find(t, self, a[0], lo, hi, NULL);
    if (i >= 0) return int_from_i64(t, i);
    return i == -2 ? REF_NULL : err_set(t, E_ValueError, "%R is not in deque", a[0]);
}

static Ref m_remove(Thread *t, Value self, const Value *a) {
    static const char mutated[] = "deque mutated during remove().";
    Deque *d = as(Deque, self);
    int64_t i;
    Ref old = REF_NULL;
    bool local, published;
    do {
        local = is_local(t, d);
        CRITICAL_BEGIN(t, d)
        uint64_t state = d->state;
        i = find_locked(t, d, a[0], 0, INT64_MAX, NULL, E_IndexError, mutated);
        published = local != is_local(t, d); /* by an __eq__: no lock is held */
        if (i >= 0 && !published && d->state == state) old = remove_locked(d, (size_t)i);
        CRITICAL_END(t)
    } while (i >= 0 && published);
    if (i == -2) return REF_NULL;
    if (i == -1) return err_set(t, E_ValueError, "%R is not in deque", a[0]);
    if (ref_is_null(old)) return err_set(t, E_IndexError, "%s", mutated);
    ref_drop(t, old);
    return REF_NONE;
}

static Ref m_insert(Thread *t, Value self, const Value *a, size_t nargs, Value kwnames) {
    Deque *d = as(Deque, self);
    int64_t i;
    if (no_kwargs(t, "deque.insert", kwnames) < 0) return REF_NULL;
    if (nargs != 2) return err_set(t, E_TypeError, "insert() takes exactly 2 arguments (%zu given)", nargs);
    if (size_arg(t, a[0], &i) < 0) return REF_NULL;
    Ref v = ref_new(t, a[1]), fallen;
    int status;
    CRITICAL_BEGIN(t, d)
    int64_t n = (int64_t)SIZE(d);
    if (load_relaxed(&d->x_max_len) >= 0 && n >= load_relaxed(&d->x_max_len)) {
        status = 1;
    } else {
        if (i < 0) i += n;
        if (i < 0) i = 0;
        if (i > n) i = n;
        bool left = i < n / 2;
        status = push_locked(t, d, v, left, &fallen);
        if (status == 0 && left) {
            for (int64_t k = 0; k < i; k++) set_word(d, (size_t)k, word_at(d, (size_t)k + 1));
            set_word(d, (size_t)i, v.bits);
        } else if (status == 0) {
            for (int64_t k = n; k > i; k--) set_word(d, (size_t)k, word_at(d, (size_t)k - 1));
            set_word(d, (size_t)i, v.bits);
        }
    }
    CRITICAL_END(t)
    if (status == 0) return REF_NONE;
    ref_drop(t, v);
    return status > 0 ? err_set(t, E_IndexError, "deque already at its maximum size") : err_no_memory(t);
}

static Ref m_reverse(Thread *t, Value self, const Value *a) {
    Deque *d = as(Deque, self);
    CRITICAL_BEGIN(t, d)
    for (size_t i = 0, k = SIZE(d); i + 1 < k; i++) {
        uint64_t w = word_at(d, i);
        set_word(d, i, word_at(d, --k));
        set_word(d, k, w);
    }
    d->state++;
    CRITICAL_END(t)
    return REF_NONE;
}

static Ref m_rotate(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Deque *d = as(Deque, self);
    int64_t n = 1;
    if (no_kwargs(t, "deque.rotate", kwnames) < 0 || check_nargs(t, "deque.rotate", nargs, 0, 1) < 0) return REF_NULL;
    if (nargs == 1 && size_arg(t, args[0], &n) < 0) return REF_NULL;
    CRITICAL_BEGIN(t, d)
    rotate_locked(d, n);
    CRITICAL_END(t)
    return REF_NONE;
}

static Ref m_reduce(Thread *t, Value self, const Value *a) {
    Deque *d = as(Deque, self);
    Value name = str_intern_cstr(t, "__getstate__");
    Ref state = value_is_null(name) ? REF_NULL : call_method0(t, self, name), it = REF_NULL, args = REF_NULL, r = REF_NULL;
    if (!ref_is_null(state)) it = get_iter_now(t, self);
    if (!ref_is_null(it)) args = load_relaxed(&d->x_max_len) < 0 ? ref_new(t, tuple_empty()) : tuple_pack(t, 2, tuple_empty(), small_int(load_relaxed(&d->x_max_len)));
    if (!ref_is_null(args)) r = tuple_pack(t, 4, type_value(type_of(self)), ref_borrow(args), ref_borrow(state), ref_borrow(it));
    ref_drop(t, args);
    ref_drop(t, it);
    ref_drop(t, state);
    return r;
}

static Ref m_sizeof(Thread *t, Value self, const Value *a) {
    size_t capacity;
    CRITICAL_BEGIN(t, value_object(self))
    capacity = as(Deque, self)->capacity;
    CRITICAL_END(t)
    return ref_small_int((int64_t)(type_of(self)->head.size + capacity * sizeof(Slot)));
}

static Ref get_maxlen(Thread *t, Value self, void *closure) {
    int64_t n = load_relaxed(&as(Deque, self)->x_max_len);
    return n < 0 ? REF_NONE : int_from_i64(t, n);
}

/* ---- iterators ----------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct DequeIter {
    Object base;
    Slot deque;
    uint64_t state;        /* of the deque, when the iterator was made */
    _Atomic int64_t x_pos; /* how many were given; -1: over */
} DequeIter;

static Ref iter_make(Thread *t, Value deque, Type *type) {
    DequeIter *it = object_new(DequeIter, t, type);
    if (it == NULL) return REF_NULL;
    Deque *d = as(Deque, deque);
    slot_init(&it->deque, ref_new(t, deque));
    CRITICAL_BEGIN(t, d)
    it->state = d->state;
    CRITICAL_END(t)
    return ref_steal(it);
}
static Ref deque_iter(Thread *t, Value self) { return iter_make(t, self, &deque_iter_type); }
static Ref m_reversed(Thread *t, Value self, const Value *a) { return iter_make(t, self, &deque_reverse_iter_type); }

/* It goes through a copy of its own from now on, unless it has given items that have moved since. */
static void iter_settle_deque(Thread *t, Value self) {
    DequeIter *it = as(DequeIter, self);
    Value deque = slot_get(&it->deque);
    if (is_local(t, value_object(deque)) || !is_exact(deque, &deque_type)) return;
    Ref copy = REF_NULL;
    CRITICAL_BEGIN(t, value_object(deque))
    if (as(Deque, deque)->state == it->state || load_relaxed(&it->x_pos) == 0) copy = deque_copy(t, deque, NULL);
    CRITICAL_END(t)
    if (ref_is_null(copy)) { /* it has changed already, or memory is out: then it goes without */
        err_clear(t);
        return;
    }
    it->state = as(Deque, ref_borrow(copy))->state;
    slot_set(t, it, &it->deque, copy);
}

static Ref iter_step(Thread *t, Value self, bool backwards) {
    DequeIter *it = as(DequeIter, self);
    Deque *d = as(Deque, slot_get(&it->deque));
    Ref r = REF_NULL;
    bool changed = false;
    CRITICAL_BEGIN(t, d)
    int64_t pos = load_relaxed(&it->x_pos), n = (int64_t)SIZE(d);
    if (pos >= 0) {
        changed = d->state != it->state;
        if (!changed && pos < n) {
            r = ref_new(t, (Value){word_at(d, (size_t)(backwards ? n - 1 - pos : pos))});
            store_relaxed(&it->x_pos, pos + 1);
        } else {
            store_relaxed(&it->x_pos, -1);
        }
    }
    CRITICAL_END(t)
    return changed ? err_set(t, E_RuntimeError, MUTATED) : r;
}
static Ref iter_forwards(Thread *t, Value self) { return iter_step(t, self, false); }
static Ref iter_backwards(Thread *t, Value self) { return iter_step(t, self, true); }

static Ref iter_length_hint(Thread *t, Value self, const Value *a) {
    DequeIter *it = as(DequeIter, self);
    int64_t pos = load_relaxed(&it->x_pos), n = (int64_t)SIZE(as(Deque, slot_get(&it->deque)));
    return ref_small_int(pos < 0 || pos > n ? 0 : n - pos);
}

static Ref iter_reduce(Thread *t, Value self, const Value *a) {
    DequeIter *it = as(DequeIter, self);
    Value deque = slot_get(&it->deque);
    int64_t pos = load_relaxed(&it->x_pos), n = (int64_t)SIZE(as(Deque, deque));
    Value args[] = {deque, small_int(pos < 0 ? n : pos)};
    return kit_reduce(t, type_value(type_of(self)), args, 2, VALUE_NULL);
}

static Ref iter_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    int64_t skip = 0;
    Type *type = as(Type, cls);
    if (check_nargs(t, type->name, nargs, 1, 2) < 0) return REF_NULL;
    if (!is_deque(args[0])) return err_set(t, E_TypeError, "argument 1 must be collections.deque, not %T", args[0]);
    if (nargs == 2 && size_arg(t, args[1], &skip) < 0) return REF_NULL;
    Ref r = iter_make(t, args[0], type);
    for (int64_t i = 0; i < skip && !ref_is_null(r); i++) {
        Ref item = iter_step(t, ref_borrow(r), type == &deque_reverse_iter_type);
        if (ref_is_null(item)) {
            if (!err_pending(t)) break;
            ref_drop(t, r);
            return item;
        }
        ref_drop(t, item);
    }
    return r;
}

static NativeDef iter_methods[] = {
    FN("__length_hint__", "!($self, /)", iter_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", iter_reduce, "Pickling support."),
    FN_END,
};
static NativeDef reverse_iter_methods[] = {
    FN("__length_hint__", "!($self, /)", iter_length_hint, "Estimate of how many items are left."),
    FN("__reduce__", "!($self, /)", iter_reduce, "Pickling support."),
    FN_END,
};
Type deque_iter_type = {
    TYPE_HEADER(DequeIter, TYPE_CONTAINER, kit_traverse_1, NULL, kit_drop_1),
    .name = "_collections._deque_iterator",
    .new_ = iter_new, .iter = iter_self, .next = iter_forwards, .settle = iter_settle_deque, .methods = iter_methods,
};
Type deque_reverse_iter_type = {
    TYPE_HEADER(DequeIter, TYPE_CONTAINER, kit_traverse_1, NULL, kit_drop_1),
    .name = "_collections._deque_reverse_iterator",
    .new_ = iter_new, .iter = iter_self, .next = iter_backwards, .settle = iter_settle_deque, .methods = reverse_iter_methods,
};

/* ---- the type ----------------------------------------------------------------------------------------------------------------------------------------------- */

static NativeDef methods[] = {
    FN("append", "!($self, item, /)", m_append, "Add an item at the right end."),
    FN("appendleft", "!($self, item, /)", m_appendleft, "Add an item at the left end."),
    FN("clear", "!($self, /)", m_clear, "Remove all items."),
    FN("__copy__", "!($self, /)", deque_copy, "A shallow copy."),
    FN("copy", "!($self, /)", deque_copy, "A shallow copy."),
    FN("count", "!($self, value, /)", m_count, "How many items equal value."),
    FN("extend", "!($self, iterable, /)", m_extend, "Add the items at the right end."),
    FN("extendleft", "!($self, iterable, /)", m_extendleft, "Add the items at the left end, one by one."),
    FN_COUNTED("index", "!($self, value, start=0, stop=None, /)", m_index, "Position of the first item that equals value.\n\nRaises ValueError if there is none."),
    FN_RAW("insert", "!($self, /, *args)", m_insert, "Put an item before the one at index."),
    FN("pop", "!($self, /)", m_pop, "Remove and return the item at the right end."),
    FN("popleft", "!($self, /)", m_popleft, "Remove and return the item at the left end."),
    FN("__reduce__", "!($self, /)", m_reduce, "Pickling support."),
    FN("remove", "!($self, value, /)", m_remove, "Remove the first item that equals value."),
    FN("__reversed__", "!($self, /)", m_reversed, "Iterator over the deque from its right end."),
    FN("reverse", "!($self, /)", m_reverse, "Turn the order around in place."),
    FN_RAW("rotate", "!($self, *n)", m_rotate, "Move the last n items (1) to the front; the first ones to the end if n is negative."),
    FN("__sizeof__", "!($self, /)", m_sizeof, "Bytes of memory that the deque takes."),
    KIT_CLASS_GETITEM,
    FN_END,
};
static const GetSetDef getset[] = {{"maxlen", get_maxlen, NULL, "The largest size, or None."}, {NULL}};

Type deque_type = {
    TYPE_HEADER(Deque, TYPE_CONTAINER | TYPE_GUARDED | TYPE_BASETYPE | TYPE_SEQUENCE | TYPE_WEAKREFABLE, deque_traverse, deque_clear, deque_clear),
    .name = "collections.deque",
    .doc = "deque([iterable[, maxlen]]) --> deque object\n\nA sequence that is quick at both ends.",
    .weakrefs_offset = offsetof(Deque, weakrefs),
    .new_ = deque_new, .init = deque_init, .repr = deque_repr, .hash = hash_not_implemented, .richcompare = deque_compare,
    .iter = deque_iter, .len = deque_len, .getitem = deque_getitem, .setitem = deque_setitem, .contains = deque_contains,
    .concat = deque_concat, .iconcat = deque_iconcat, .repeat = deque_repeat, .irepeat = deque_irepeat,
    .methods = methods, .getset = getset,
};
