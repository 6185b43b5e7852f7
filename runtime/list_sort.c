/* list.sort: a stable merge sort that takes natural runs as it finds them and gallops through one-sided merges
 * (the ideas of T. Peters' timsort; the stack rule is the one proven by de Gouw et al., CAV 2015).
 *
 * It works on arrays of borrowed words; a list object `hold` owns the items meanwhile, so that the collector sees them even while
 * a comparison runs Python. While that may happen the list itself is empty, as in CPython; a change to it in between is a
 * ValueError. If all items are ints, floats, strs or bytes no Python can run: then a shared list is sorted in one atomic step.
 * Of other shared lists a copy is sorted, under the list's lock, and then takes its place: readers see the old order or the new one, and writers wait unless
 * keys or comparisons are written in Python.
 */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list_internal.h"
#include "runtime/str.h"

#define MIN_GALLOP 7
#define MAX_RUNS 90

typedef enum { SORT_INT, SORT_BIG, SORT_FLOAT, SORT_LATIN1, SORT_STR, SORT_BYTES, SORT_TUPLE, SORT_LIST, SORT_GENERIC } SortKind;

typedef struct Run { size_t at, n; } Run;
typedef struct Sorter {
    Thread *t;
    Value *keys;  /* what is compared */
    Value *items; /* what moves along; null if the keys are the items */
    Value *spare_keys, *spare_items;
    size_t spare;
    size_t min_gallop;
    SortKind kind;
    size_t runs;
    Run run[MAX_RUNS];
} Sorter;

/* ---- comparison: 1 a < b, 0 not, -1 exception ---------------------------------------------------------------------------- */

static int less_generic(Thread *t, Value a, Value b) {
    int r = value_is_object(a) && type_flag(type_of(a), TYPE_HEAP) ? PLAIN_UNKNOWN : plain_less(a, b);
    if (r != PLAIN_UNKNOWN) return r;
    Ref result = rich_compare(t, a, b, CMP_LT);
    if (ref_is_null(result)) return -1;
    r = value_is_true(ref_borrow(result)) ? 1 : value_is_false(ref_borrow(result)) ? 0 : is_true(t, ref_borrow(result));
    ref_drop(t, result);
    return r;
}

/* Order of texts of one byte a unit. Eight bytes as a number compare as they do; so do four to seven: the first four, then the last four. */
static inline uint64_t big_endian_8(const uint8_t *p) {
    uint64_t x;
    memcpy(&x, p, 8);
    return __builtin_bswap64(x);
}
static inline uint64_t big_endian_4(const uint8_t *p, size_t n) {
    uint32_t x, y;
    memcpy(&x, p, 4);
    memcpy(&y, p + n - 4, 4);
    return (uint64_t)__builtin_bswap32(x) << 32 | __builtin_bswap32(y);
}
static ALWAYS_INLINE int order_bytes(const uint8_t *p, size_t n, const uint8_t *q, size_t m) {
    size_t both = n < m ? n : m;
    if (both >= 4) {
        uint64_t x = both >= 8 ? big_endian_8(p) : big_endian_4(p, both), y = both >= 8 ? big_endian_8(q) : big_endian_4(q, both);
        if (x != y) return x < y ? -1 : 1;
        if (both < 8) return n < m ? -1 : n > m;
    }
    int r = memcmp(p, q, both);
    return r != 0 ? r : n < m ? -1 : n > m;
}
static ALWAYS_INLINE int order_str(const Str *a, const Str *b) {
    return a->kind == 1 && b->kind == 1 ? order_bytes(a->data, a->length, b->data, b->length) : str_compare(a, b);
}

/* Two items that compare in one go and run no Python: *less and *same are set. */
static ALWAYS_INLINE bool order_items(Value x, Value y, int *less, bool *same) {
    if (value_is_number(x) && x.bits == y.bits) {
        *same = true;
        return true;
    }
    *same = false;
    if (value_is_int(x) && value_is_int(y)) {
        *less = (int64_t)x.bits < (int64_t)y.bits;
        return true;
    }
    if (value_is_float(x) && value_is_float(y)) { /* unequal: no number has two words, NaN has none */
        *less = value_flonum(x) < value_flonum(y);
        return true;
    }
    if (!is_exact(x, &str_type) || !is_exact(y, &str_type)) return false;
    int order = order_str(as(Str, x), as(Str, y));
    *same = order == 0;
    *less = order < 0;
    return true;
}

/* As long as the items are plain nothing can change the lists but other threads, whose changes may come in between. */
static int less_list(Thread *t, Value a, Value b) {
    for (size_t i = 0;; i++) {
        Value x = list_get(a, i), y = list_get(b, i);
        int less;
        bool same;
        if (value_is_null(x) || value_is_null(y)) return value_is_null(x) && !value_is_null(y);
        if (!order_items(x, y, &less, &same)) return less_generic(t, a, b);
        if (!same) return less;
    }
}

static int less_tuple(Thread *t, Value a, Value b) {
    size_t n = tuple_size(a), m = tuple_size(b);
    for (size_t i = 0; i < n && i < m; i++) {
        Value x = tuple_get(a, i), y = tuple_get(b, i);
        int less;
        bool same;
        if (order_items(x, y, &less, &same)) {
            if (same) continue;
            return less;
        }
        int equal = plain_equal(x, y);
        if (equal == PLAIN_UNKNOWN) equal = values_equal(t, x, y);
        if (equal < 0) return -1;
        if (!equal) return less_generic(t, x, y);
    }
    return n < m;
}

static inline int less_latin1(const Str *a, const Str *b) { return order_bytes(a->data, a->length, b->data, b->length) < 0; }
static inline int less_bytes(Value a, Value b) { return order_bytes(bytes_data(a), bytes_length(a), bytes_data(b), bytes_length(b)) < 0; }

static ALWAYS_INLINE int less(Sorter *s, SortKind kind, Value a, Value b) {
    switch (kind) {
    case SORT_INT: return (int64_t)a.bits < (int64_t)b.bits;
    case SORT_FLOAT: return float_value(a) < float_value(b);
    case SORT_LATIN1: return less_latin1(as(Str, a), as(Str, b));
    case SORT_STR: return str_compare(as(Str, a), as(Str, b)) < 0;
    case SORT_BYTES: return less_bytes(a, b);
    case SORT_BIG: return int_compare(a, b) < 0;
    case SORT_LIST: return less_list(s->t, a, b);
    case SORT_TUPLE: return less_tuple(s->t, a, b);
    default: return less_generic(s->t, a, b);
    }
}

static SortKind kind_of_all(const Value *v, size_t n) {
    Type *type = type_of(v[0]);
    bool small = true, latin1 = true;
    for (size_t i = 0; i < n; i++) {
        if (type_of(v[i]) != type) return SORT_GENERIC;
        if (!value_is_int(v[i])) small = false;
        if (type == &str_type && as(Str, v[i])->kind != 1) latin1 = false;
    }
    if (type == &int_type) return small ? SORT_INT : SORT_BIG;
    if (type == &float_type) return SORT_FLOAT;
    if (type == &str_type) return latin1 ? SORT_LATIN1 : SORT_STR;
    if (type == &bytes_type) return SORT_BYTES;
    return type == &tuple_type ? SORT_TUPLE : type == &list_type ? SORT_LIST : SORT_GENERIC;
}

/* ---- moving -------------------------------------------------------------------------------------------------------------------- */

static inline void move_within(Sorter *s, size_t to, size_t from, size_t n) {
    memmove(s->keys + to, s->keys + from, n * sizeof(Value));
    if (s->items != NULL) memmove(s->items + to, s->items + from, n * sizeof(Value));
}
static inline void to_spare(Sorter *s, size_t from, size_t n) {
    memcpy(s->spare_keys, s->keys + from, n * sizeof(Value));
    if (s->items != NULL) memcpy(s->spare_items, s->items + from, n * sizeof(Value));
}
static inline void from_spare(Sorter *s, size_t to, size_t from, size_t n) {
    memcpy(s->keys + to, s->spare_keys + from, n * sizeof(Value));
    if (s->items != NULL) memcpy(s->items + to, s->spare_items + from, n * sizeof(Value));
}
static inline void copy_one(Sorter *s, size_t to, size_t from) {
    s->keys[to] = s->keys[from];
    if (s->items != NULL) s->items[to] = s->items[from];
}
static inline void one_from_spare(Sorter *s, size_t to, size_t from) {
    s->keys[to] = s->spare_keys[from];
    if (s->items != NULL) s->items[to] = s->spare_items[from];
}

static void reverse_words(Value *v, size_t n) {
    for (size_t i = 0, j = n; i + 1 < j; i++) {
        Value w = v[i];
        v[i] = v[--j];
        v[j] = w;
    }
}
static void reverse_run(Sorter *s, size_t at, size_t n) {
    reverse_words(s->keys + at, n);
    if (s->items != NULL) reverse_words(s->items + at, n);
}

static int spare_reserve(Sorter *s, size_t n) {
    if (n <= s->spare) return 0;
    mem_free(s->spare_keys);
    mem_free(s->spare_items);
    s->spare = 0;
    s->spare_keys = mem_alloc(n * sizeof(Value));
    s->spare_items = s->items == NULL ? NULL : mem_alloc(n * sizeof(Value));
    if (s->spare_keys == NULL || (s->items != NULL && s->spare_items == NULL)) return err_int(err_no_memory(s->t));
    s->spare = n;
    return 0;
}

/* ---- runs: the functions below are compiled once for each SortKind ------------------------------------------------------------------ */

/* Sorts [lo, hi), whose first `sorted` are in order, by binary insertion. */
static ALWAYS_INLINE int insertion_sort(Sorter *s, SortKind kind, size_t lo, size_t hi, size_t sorted) {
    for (size_t i = lo + sorted; i < hi; i++) {
        Value key = s->keys[i], item = s->items != NULL ? s->items[i] : VALUE_NULL;
        size_t left = lo, right = i;
        while (left < right) {
            size_t mid = left + (right - left) / 2;
            int r = less(s, kind, key, s->keys[mid]);
            if (r < 0) return -1;
            if (r) right = mid;
            else left = mid + 1;
        }
        move_within(s, left + 1, left, i - left);
        s->keys[left] = key;
        if (s->items != NULL) s->items[left] = item;
    }
    return 0;
}

/* Length of the run that starts at lo; a strictly descending one is reversed. -1: exception. */
static ALWAYS_INLINE int64_t find_run(Sorter *s, SortKind kind, size_t lo, size_t hi) {
    size_t i = lo + 1;
    if (i == hi) return 1;
    int down = less(s, kind, s->keys[i], s->keys[lo]);
    if (down < 0) return -1;
    for (i++; i < hi; i++) {
        int r = less(s, kind, s->keys[i], s->keys[i - 1]);
        if (r < 0) return -1;
        if (r != down) break;
    }
    if (down) reverse_run(s, lo, i - lo);
    return (int64_t)(i - lo);
}

/* Where key belongs in the sorted a[0, n): before equal ones if `left`, behind them if not. The search gallops away from `hint`. -1: exception. */
static ALWAYS_INLINE int64_t gallop(Sorter *s, SortKind kind, bool left, Value key, const Value *a, size_t n, size_t hint) {
    /* below(i): a[i] goes before key */
#define BELOW(i, out)                                                                              \
    do {                                                                                           \
        int r_ = left ? less(s, kind, a[i], key) : less(s, kind, key, a[i]);                       \
        if (r_ < 0) return -1;                                                                     \
        (out) = left ? r_ : !r_;                                                                   \
    } while (0)
    size_t lo, hi; /* a[lo - 1] is below, a[hi] is not */
    int below;
    BELOW(hint, below);
    size_t step = 1;
    if (below) {
        lo = hint + 1;
        hi = n;
        while (lo + step - 1 < n) {
            BELOW(lo + step - 1, below);
            if (!below) {
                hi = lo + step - 1;
                break;
            }
            lo += step;
            step <<= 1;
        }
    } else {
        lo = 0;
        hi = hint;
        while (hi >= step) {
            BELOW(hi - step, below);
            if (below) {
                lo = hi - step + 1;
                break;
            }
            hi -= step;
            step <<= 1;
        }
    }
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        BELOW(mid, below);
        if (below) lo = mid + 1;
        else hi = mid;
    }
    return (int64_t)lo;
#undef BELOW
}

/* Merges the neighbours [a, a+na) and [b, b+nb), na <= nb, from the left; the first one waits in the spare room. */
static ALWAYS_INLINE int merge_left(Sorter *s, SortKind kind, size_t a, size_t na, size_t b, size_t nb) {
    if (spare_reserve(s, na) < 0) return -1;
    to_spare(s, a, na);
    size_t to = a, i = 0, end_b = b + nb, won_a = 0, won_b = 0;
    int status = 0;
    while (i < na && b < end_b) {
        int r = less(s, kind, s->keys[b], s->spare_keys[i]);
        if (r < 0) { status = -1; break; }
        if (r) {
            copy_one(s, to++, b++);
            won_b++;
            won_a = 0;
        } else {
            one_from_spare(s, to++, i++);
            won_a++;
            won_b = 0;
        }
        if (won_a + won_b < s->min_gallop) continue;
        /* one side wins all the time: look how far */
        bool worth = true;
        while (worth && i < na && b < end_b) {
            int64_t k = gallop(s, kind, false, s->keys[b], s->spare_keys + i, na - i, 0);
            if (k < 0) { status = -1; break; }
            from_spare(s, to, i, (size_t)k);
            to += (size_t)k;
            i += (size_t)k;
            worth = k >= MIN_GALLOP;
            if (i == na) break;
            copy_one(s, to++, b++);
            if (b == end_b) break;
            k = gallop(s, kind, true, s->spare_keys[i], s->keys + b, end_b - b, 0);
            if (k < 0) { status = -1; break; }
            move_within(s, to, b, (size_t)k);
            to += (size_t)k;
            b += (size_t)k;
            worth = worth || k >= MIN_GALLOP;
            if (b == end_b) break;
            one_from_spare(s, to++, i++);
            if (s->min_gallop > 1) s->min_gallop--;
        }
        if (status < 0) break;
        s->min_gallop += 2;
        won_a = won_b = 0;
    }
    from_spare(s, to, i, na - i); /* what is left of b stands where it belongs; after an exception all words are still there */
    return status;
}

/* The same from the right; the second run waits in the spare room. */
static ALWAYS_INLINE int merge_right(Sorter *s, SortKind kind, size_t a, size_t na, size_t b, size_t nb) {
    if (spare_reserve(s, nb) < 0) return -1;
    to_spare(s, b, nb);
    size_t to = b + nb, i = nb, end_a = a + na, won_a = 0, won_b = 0; /* all are one past */
    int status = 0;
    while (i > 0 && end_a > a) {
        int r = less(s, kind, s->spare_keys[i - 1], s->keys[end_a - 1]);
        if (r < 0) { status = -1; break; }
        if (r) {
            copy_one(s, --to, --end_a);
            won_a++;
            won_b = 0;
        } else {
            one_from_spare(s, --to, --i);
            won_b++;
            won_a = 0;
        }
        if (won_a + won_b < s->min_gallop) continue;
        bool worth = true;
        while (worth && i > 0 && end_a > a) {
            int64_t k = gallop(s, kind, false, s->spare_keys[i - 1], s->keys + a, end_a - a, end_a - a - 1);
            if (k < 0) { status = -1; break; }
            size_t n = end_a - a - (size_t)k;
            to -= n;
            end_a -= n;
            move_within(s, to, end_a, n);
            worth = n >= MIN_GALLOP;
            if (end_a == a) break;
            one_from_spare(s, --to, --i);
            if (i == 0) break;
            k = gallop(s, kind, true, s->keys[end_a - 1], s->spare_keys, i, i - 1);
            if (k < 0) { status = -1; break; }
            n = i - (size_t)k;
            to -= n;
            i -= n;
            from_spare(s, to, i, n);
            worth = worth || n >= MIN_GALLOP;
            if (i == 0) break;
            copy_one(s, --to, --end_a);
            if (s->min_gallop > 1) s->min_gallop--;
        }
        if (status < 0) break;
        s->min_gallop += 2;
        won_a = won_b = 0;
    }
    from_spare(s, to - i, 0, i);
    return status;
}

/* Merges runs i and i + 1. */
static ALWAYS_INLINE int merge_at(Sorter *s, SortKind kind, size_t i) {
    size_t a = s->run[i].at, na = s->run[i].n, b = s->run[i + 1].at, nb = s->run[i + 1].n;
    s->run[i].n = na + nb;
    if (i + 2 < s->runs) s->run[i + 1] = s->run[i + 2];
    s->runs--;
    int64_t k = gallop(s, kind, false, s->keys[b], s->keys + a, na, 0); /* the head of a that stays */
    if (k < 0) return -1;
    a += (size_t)k;
    na -= (size_t)k;
    if (na == 0) return 0;
    k = gallop(s, kind, true, s->keys[a + na - 1], s->keys + b, nb, nb - 1); /* the tail of b that stays */
    if (k < 0) return -1;
    nb = (size_t)k;
    if (nb == 0) return 0;
    return na <= nb ? merge_left(s, kind, a, na, b, nb) : merge_right(s, kind, a, na, b, nb);
}

static ALWAYS_INLINE int sort_body(Sorter *s, SortKind kind, size_t n) {
    size_t min_run = n, odd = 0;
    while (min_run >= 64) {
        odd |= min_run & 1;
        min_run >>= 1;
    }
    min_run += odd;
    for (size_t at = 0; at < n;) {
        int64_t found = find_run(s, kind, at, n);
        if (found < 0) return -1;
        size_t len = (size_t)found;
        if (len < min_run) {
            size_t want = n - at < min_run ? n - at : min_run;
            if (insertion_sort(s, kind, at, at + want, len) < 0) return -1;
            len = want;
        }
        s->run[s->runs++] = (Run){at, len};
        at += len;
        for (;;) { /* each run longer than the next two together, so that there are few */
            size_t r = s->runs, i;
            Run *run = s->run;
            if (r > 1 && ((r > 2 && run[r - 3].n <= run[r - 2].n + run[r - 1].n) ||
                          (r > 3 && run[r - 4].n <= run[r - 3].n + run[r - 2].n)))
                i = run[r - 3].n < run[r - 1].n ? r - 3 : r - 2;
            else if (r > 1 && run[r - 2].n <= run[r - 1].n)
                i = r - 2;
            else
                break;
            if (merge_at(s, kind, i) < 0) return -1;
        }
    }
    while (s->runs > 1) {
        size_t r = s->runs, i = r > 2 && s->run[r - 3].n < s->run[r - 1].n ? r - 3 : r - 2;
        if (merge_at(s, kind, i) < 0) return -1;
    }
    return 0;
}

static NOINLINE int sort_ints(Sorter *s, size_t n) { return sort_body(s, SORT_INT, n); }
static NOINLINE int sort_floats(Sorter *s, size_t n) { return sort_body(s, SORT_FLOAT, n); }
static NOINLINE int sort_latin1(Sorter *s, size_t n) { return sort_body(s, SORT_LATIN1, n); }
static NOINLINE int sort_tuples(Sorter *s, size_t n) { return sort_body(s, SORT_TUPLE, n); }
static NOINLINE int sort_any(Sorter *s, size_t n) { return sort_body(s, s->kind, n); }

/* Floats in the word as integers of the same order, and back: the bits of negative ones but the sign turned over. (-0.0 and NaN have boxes.) */
static int64_t turned(int64_t bits) { return bits ^ (bits >> 63 & INT64_MAX); }
static void floats_to_ints(Value *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        double d = value_flonum(v[i]);
        int64_t bits;
        memcpy(&bits, &d, 8);
        v[i].bits = (uint64_t)turned(bits);
    }
}
static void ints_to_floats(Value *v, size_t n) {
    for (size_t i = 0; i < n; i++) {
        int64_t bits = turned((int64_t)v[i].bits);
        double d;
        memcpy(&d, &bits, 8);
        ENSURE(flonum_try(d, &v[i])); /* it was one before */
    }
}
static bool all_flonums(const Value *v, size_t n) {
    size_t i = 0;
    while (i < n && value_is_float(v[i])) i++;
    return i == n;
}

static int sort_words(Thread *t, Value *keys, Value *items, size_t n, SortKind kind, bool reverse) {
    Sorter s;
    s.t = t;
    s.keys = keys;
    s.items = items;
    s.spare_keys = s.spare_items = NULL;
    s.spare = s.runs = 0;
    s.min_gallop = MIN_GALLOP;
    s.kind = kind;
    bool floats = kind == SORT_FLOAT && all_flonums(keys, n); /* nobody sees the words meanwhile: no call-out, no safepoint */
    if (floats) floats_to_ints(keys, n);
    if (floats) kind = SORT_INT;
    /* reversing before and after keeps equal items in their order */
    if (reverse) reverse_run(&s, 0, n);
    int status = kind == SORT_INT      ? sort_ints(&s, n)
                 : kind == SORT_FLOAT  ? sort_floats(&s, n)
                 : kind == SORT_LATIN1 ? sort_latin1(&s, n)
                 : kind == SORT_TUPLE  ? sort_tuples(&s, n)
                                       : sort_any(&s, n);
    if (reverse) reverse_run(&s, 0, n);
    if (floats) ints_to_floats(keys, n);
    mem_free(s.spare_keys);
    mem_free(s.spare_items);
    return status;
}

/* ---- list.sort ----------------------------------------------------------------------------------------------------------------------- */

static Value *words_copy(Thread *t, const ListItems *items, size_t n) {
    Value *v = mem_alloc(n * sizeof(Value));
    if (v == NULL) {
        err_no_memory(t);
        return NULL;
    }
    for (size_t i = 0; i < n; i++) v[i] = slot_get(&items->slot[i]);
    return v;
}

/* Sorts under the lock if no comparison can call out: 1 done, 0 it may, -1 MemoryError. */
static int sort_plain(Thread *t, List *l, bool reverse) {
    int status = 0;
    CRITICAL_BEGIN(t, l)
    size_t n = load_relaxed(&l->x_size);
    ListItems *items = load_relaxed(&l->x_items);
    bool local = is_local(t, l);
    SortKind kind = n > 1 ? kind_of_all((Value *)(void *)items->slot, n) : SORT_GENERIC;
    if (n < 2) {
        status = 1;
    } else if (kind <= SORT_BYTES && local) {
        status = sort_words(t, (Value *)(void *)items->slot, NULL, n, kind, reverse) < 0 ? -1 : 1;
    } else if (kind <= SORT_BYTES) {
        ListItems *fresh = items_new(items->capacity);
        status = -1;
        if (fresh != NULL) {
            slots_copy(fresh->slot, items->slot, n);
            if (sort_words(t, (Value *)(void *)fresh->slot, NULL, n, kind, reverse) < 0) {
                mem_free(fresh);
            } else {
                list_change_begin(t, l);
                store_release(&l->x_items, fresh);
                list_change_end(t, l);
                mem_retire(t, items, items_bytes(items->capacity));
                status = 1;
            }
        } else {
            err_no_memory(t);
        }
    }
    CRITICAL_END(t)
    return status;
}

/* Puts the items back in the order of `order` (null: as they were); `hold` owned them. 0, 1 if the list was changed meanwhile,
 * -1 if they could not be put back in order for want of memory (no exception). */
static int put_back(Thread *t, List *l, List *hold, const Value *order, size_t n, bool was_local) {
    ListItems *old = load_relaxed(&hold->x_items), *fresh = old;
    if (!was_local && order != NULL) { /* readers may still look at the old one */
        fresh = items_new(old->capacity);
        if (fresh == NULL) {
            fresh = old;
            order = NULL;
        }
    }
    ListItems *meanwhile = NULL;
    size_t extra = 0;
    CRITICAL_BEGIN(t, l)
    meanwhile = load_relaxed(&l->x_items);
    extra = load_relaxed(&l->x_size);
    bool local = is_local(t, l);
    list_change_begin(t, l);
    for (size_t i = 0; i < n; i++) {
        Value v = order != NULL ? order[i] : slot_get(&old->slot[i]);
        if (!local) publish(t, v);
        store_relaxed(&fresh->slot[i].x_bits, v.bits);
    }
    store_release(&l->x_items, fresh);
    store_release(&l->x_size, n);
    list_change_end(t, l);
    CRITICAL_END(t)
    store_relaxed(&hold->x_size, 0);
    store_relaxed(&hold->x_items, NULL);
    if (fresh != old) mem_retire(t, old, items_bytes(old->capacity));
    if (meanwhile != NULL) {
        for (size_t i = 0; i < extra; i++) ref_drop(t, (Ref){load_relaxed(&meanwhile->slot[i].x_bits)});
        storage_free(t, l, meanwhile, items_bytes(meanwhile->capacity));
    }
    return order == NULL ? -1 : meanwhile != NULL;
}

/* key(item) for each item, as a new list. */
static Ref make_keys(Thread *t, List *hold, size_t n, Value key) {
    Ref keys = list_new(t, n);
    if (ref_is_null(keys)) return keys;
    for (size_t i = 0; i < n; i++) {
        Ref k = call1(t, key, list_get(object_value(hold), i));
        if (ref_is_null(k) || list_append_steal(t, ref_borrow(keys), k) < 0) {
            ref_drop(t, keys);
            return REF_NULL;
        }
    }
    return keys;
}

static int sort_held(Thread *t, List *l, List *hold, size_t n, Value key, bool reverse, bool was_local) {
    Ref key_list = REF_NULL;
    Value *items = NULL, *keys = NULL;
    int status = -1;
    items = words_copy(t, load_relaxed(&hold->x_items), n);
    if (items == NULL) goto done;
    if (!value_is_null(key)) {
        key_list = make_keys(t, hold, n, key);
        if (ref_is_null(key_list)) goto done;
        keys = words_copy(t, load_relaxed(&as(List, ref_borrow(key_list))->x_items), n);
        if (keys == NULL) goto done;
        status = sort_words(t, keys, items, n, kind_of_all(keys, n), reverse);
    } else {
        status = sort_words(t, items, NULL, n, kind_of_all(items, n), reverse);
    }
done:;
    mem_free(keys);
    ref_drop(t, key_list); /* may run Python: before the check for changes, as in CPython */
    int back = put_back(t, l, hold, items, n, was_local);
    mem_free(items);
    if (status < 0) return -1;
    if (back < 0) return err_int(err_no_memory(t));
    if (back > 0) return err_int(err_set(t, E_ValueError, "list modified during sort"));
    return 0;
}

/* Sorts a shared list by way of a copy. */
static int sort_shared(Thread *t, List *l, Value key, bool reverse) {
    Ref copy_ref = REF_NULL;
    ListItems *old = NULL;
    size_t old_size = 0;
    int status = -1;
    CRITICAL_BEGIN(t, l)
    ListItems *before = load_relaxed(&l->x_items);
    size_t size = load_relaxed(&l->x_size);
    uint32_t version = load_relaxed(&l->x_version);
    copy_ref = list_slice(t, object_value(l), 0, INT64_MAX);
    if (!ref_is_null(copy_ref)) status = list_sort(t, ref_borrow(copy_ref), key, reverse);
    if (status == 0) {
        List *copy = as(List, ref_borrow(copy_ref));
        if (load_relaxed(&l->x_items) != before || load_relaxed(&l->x_size) != size || load_relaxed(&l->x_version) != version)
            status = err_int(err_set(t, E_ValueError, "list modified during sort")); /* and what it was sorted from stays */
        old = load_relaxed(&l->x_items);
        old_size = load_relaxed(&l->x_size);
        list_change_begin(t, l);
        store_release(&l->x_items, load_relaxed(&copy->x_items));
        store_release(&l->x_size, load_relaxed(&copy->x_size));
        list_change_end(t, l);
        store_relaxed(&copy->x_size, 0);
        store_relaxed(&copy->x_items, NULL);
    }
    CRITICAL_END(t)
    if (old != NULL) { /* as in list_clear: the words stay in it for late readers */
        for (size_t i = 0; i < old_size; i++) ref_drop(t, (Ref){load_relaxed(&old->slot[i].x_bits)});
        storage_free(t, l, old, items_bytes(old->capacity));
    }
    ref_drop(t, copy_ref);
    return status;
}

int list_sort(Thread *t, Value lv, Value key, bool reverse) {
    List *l = as(List, lv);
    if (value_is_null(key)) {
        int done = sort_plain(t, l, reverse);
        if (done != 0) return done < 0 ? -1 : 0;
    }
    if (!is_local(t, l)) return sort_shared(t, l, key, reverse);
    Ref hold_ref = list_new(t, 0);
    if (ref_is_null(hold_ref)) return -1;
    List *hold = as(List, ref_borrow(hold_ref));
    bool was_local;
    size_t n;
    CRITICAL_BEGIN(t, l)
    was_local = is_local(t, l);
    n = load_relaxed(&l->x_size);
    if (n > 0) {
        store_relaxed(&hold->x_items, load_relaxed(&l->x_items));
        store_relaxed(&hold->x_size, n);
        list_change_begin(t, l);
        store_release(&l->x_size, 0);
        store_release(&l->x_items, NULL);
        list_change_end(t, l);
    }
    CRITICAL_END(t)
    int status = n > 0 ? sort_held(t, l, hold, n, key, reverse, was_local) : 0;
    ref_drop(t, hold_ref);
    return status;
}
