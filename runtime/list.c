/* list: storage, the C interface, and the operations on one item. Subscripts are in list_subscript.c, sorting in list_sort.c,
 * the type object with its methods in list_type.c. The rules for readers without the lock are in list.h. */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/list_internal.h"
#include "runtime/drain.h"
#include "runtime/modules/_collections.h"
#include "runtime/str.h"

ListItems *items_new(size_t capacity) {
    if (capacity > LIST_MAX) return NULL;
    ListItems *items = mem_zalloc(items_bytes(capacity));
    if (items != NULL) items->capacity = capacity;
    return items;
}

/* Moves the items into storage of another capacity. */
static ListItems *list_resize_locked(Thread *t, List *l, size_t capacity) {
    ListItems *old = load_relaxed(&l->x_items), *items;
    size_t n = load_relaxed(&l->x_size);
    if (is_local(t, l)) {
        if (capacity > LIST_MAX) return NULL;
        items = mem_realloc(old, items_bytes(capacity));
        if (items == NULL) return NULL;
        items->capacity = capacity;
        memset((void *)&items->slot[n], 0, (capacity - n) * sizeof(Slot));
        store_relaxed(&l->x_items, items);
        return items;
    }
    items = items_new(capacity);
    if (items == NULL) return NULL;
    if (old != NULL) slots_copy(items->slot, old->slot, n);
    store_release(&l->x_items, items);
    if (old != NULL) mem_retire(t, old, items_bytes(old->capacity));
    return items;
}

ListItems *list_reserve_locked(Thread *t, List *l, size_t want) {
    ListItems *items = load_relaxed(&l->x_items);
    if (likely(items != NULL && want <= items->capacity)) return items;
    size_t capacity = want;
    if (items != NULL) capacity = (want + (want >> (want < 256 ? 3 : 2)) + 6) & ~(size_t)3; /* as CPython's; big ones, which are copied, grow faster */
    else if (want < 4) capacity = 4;
    return list_resize_locked(t, l, capacity);
}

void list_shrink_locked(Thread *t, List *l) {
    ListItems *items = load_relaxed(&l->x_items);
    size_t n = load_relaxed(&l->x_size);
    if (items == NULL || items->capacity <= 16 || n >= items->capacity / 4) return;
    (void)list_resize_locked(t, l, (n + (n >> 3) + 6) & ~(size_t)3);
}

int list_splice_locked(Thread *t, List *l, size_t lo, size_t hi, const Ref *v, size_t n, Ref *old) {
    size_t size = load_relaxed(&l->x_size), removed = hi - lo, new_size = size - removed + n;
    bool local = is_local(t, l);
    ListItems *items = load_relaxed(&l->x_items);
    if (new_size > size) {
        items = list_reserve_locked(t, l, new_size);
        if (items == NULL) return -1;
    }
    if (lo < size) list_change_begin(t, l);
    if (removed != 0) memcpy((void *)old, (void *)&items->slot[lo], removed * sizeof(Slot));
    if (new_size != size && hi < size) slots_move(local, &items->slot[lo + n], &items->slot[hi], size - hi);
    for (size_t i = 0; i < n; i++) slot_fill(t, l, &items->slot[lo + i], v[i]);
    if (new_size >= size) {
        store_release(&l->x_size, new_size);
    } else {
        store_release(&l->x_size, new_size); /* readers first see the list end before the slots go null */
        for (size_t i = new_size; i < size; i++) store_release(&items->slot[i].x_bits, 0);
        list_shrink_locked(t, l);
    }
    list_change_end(t, l);
    return 0;
}

void refs_drop(Thread *t, Ref *v, size_t n) {
    for (size_t i = 0; i < n; i++) ref_drop(t, v[i]);
    mem_free(v);
}

/* ---- making -------------------------------------------------------------------------------------------------- */

Ref list_new(Thread *t, size_t capacity) {
    List *l = object_new(List, t, &list_type);
    if (l == NULL) return REF_NULL;
    if (capacity > 0) {
        ListItems *items = items_new(capacity);
        if (items == NULL) {
            ref_drop(t, ref_steal(l));
            return err_no_memory(t);
        }
        store_relaxed(&l->x_items, items);
    }
    return ref_steal(l);
}

/* A list of n items with room for no more, in *slots (of none: null): the caller fills them before anything else can happen. */
static Ref list_new_raw(Thread *t, size_t n, Slot **slots) {
    *slots = NULL;
    if (n == 0) return list_new(t, 0);
    ListItems *items = n > LIST_MAX ? NULL : mem_alloc(items_bytes(n));
    List *l = items == NULL ? err_no_memory(t), NULL : object_alloc_raw(t, &list_type, 0);
    if (unlikely(l == NULL)) {
        mem_free(items);
        return REF_NULL;
    }
    items->capacity = n;
    *slots = items->slot;
    store_relaxed(&l->x_items, items);
    store_relaxed(&l->x_size, n);
    store_relaxed(&l->x_version, 0);
    return ref_steal(l);
}

Ref list_from_array(Thread *t, const Value *v, size_t n) {
    Slot *slot;
    Ref r = list_new_raw(t, n, &slot);
    for (size_t i = 0; !ref_is_null(r) && i < n; i++) slot_init(&slot[i], ref_new(t, v[i]));
    return r;
}

Ref list_from_steal(Thread *t, Ref *v, size_t n) {
    if (steal_failed(t, v, n)) return REF_NULL;
    if (n == 0) return list_new(t, 0);
    Slot *slot;
    Ref r = list_new_raw(t, n, &slot);
    if (likely(!ref_is_null(r))) memcpy((void *)slot, (void *)v, n * sizeof(Ref));
    else
        for (size_t i = 0; i < n; i++) ref_drop(t, v[i]);
    return r;
}

/* ---- copies of one moment ------------------------------------------------------------------------------------ */

/* The words of n items from lo on, `step` apart, not counted yet. False: storage doesn't have them, somebody is changing it. */
static bool words_copy(const List *l, int64_t lo, int64_t step, size_t n, Slot *to) {
    ListItems *items = load_acquire(&((List *)l)->x_items);
    if (n == 0) return true;
    int64_t last = lo + step * (int64_t)(n - 1), high = step > 0 ? last : lo;
    if (items == NULL || (uint64_t)high >= items->capacity) return false;
    for (size_t i = 0; i < n; i++, lo += step) {
        uint64_t bits = slot_get(&items->slot[lo]).bits;
        if (unlikely(bits == 0)) return false;
        store_relaxed(&to[i].x_bits, bits);
    }
    return true;
}
/* Makes copied words references, or takes them back: they are good until the next safepoint. */
static void words_count(Thread *t, Slot *s, size_t n) {
    for (size_t i = 0; i < n; i++) store_relaxed(&s[i].x_bits, ref_new(t, (Value){load_relaxed(&s[i].x_bits)}).bits);
}
static void words_forget(Slot *s, size_t n) {
    for (size_t i = 0; i < n; i++) store_relaxed(&s[i].x_bits, 0);
}

#define READ_TRIES 4
/* Reading at one moment: for (int left = READ_TRIES; reading(l, &left, &version);) { size; words_copy; if (read_whole(l, version)) … done } … else with the lock */
static bool reading(List *l, int *left, uint32_t *version) {
    *version = load_acquire(&l->x_version);
    return (*left)-- > 0 && !(*version & 1);
}
/* The loads of the words were acquire loads: whose store one of them saw, its odd version is seen here. */
static bool read_whole(List *l, uint32_t version) { return load_relaxed(&l->x_version) == version; }

static Ref slice_locked(Thread *t, List *l, int64_t start, int64_t stop, int64_t step) {
    size_t n = (size_t)slice_adjust((int64_t)load_relaxed(&l->x_size), &start, &stop, step);
    Slot *to;
    Ref r = list_new_raw(t, n, &to);
    if (ref_is_null(r)) return r;
    ListItems *from = load_relaxed(&l->x_items);
    for (size_t i = 0; i < n; i++, start += step) slot_init(&to[i], slot_ref(t, &from->slot[start]));
    return r;
}

Ref list_slice_steps(Thread *t, List *l, int64_t start, int64_t stop, int64_t step) {
    uint32_t version;
    if (is_local(t, l)) return slice_locked(t, l, start, stop, step);
    for (int left = READ_TRIES; reading(l, &left, &version);) {
        int64_t lo = start, hi = stop;
        size_t n = (size_t)slice_adjust((int64_t)load_acquire(&l->x_size), &lo, &hi, step);
        Slot *to;
        Ref r = list_new_raw(t, n, &to);
        if (ref_is_null(r)) return r;
        if (likely(words_copy(l, lo, step, n, to) && read_whole(l, version))) {
            words_count(t, to, n);
            return r;
        }
        store_relaxed(&as(List, ref_borrow(r))->x_size, 0);
        ref_drop(t, r);
    }
    Ref r;
    CRITICAL_BEGIN(t, l)
    r = slice_locked(t, l, start, stop, step);
    CRITICAL_END(t)
    return r;
}

Ref list_slice(Thread *t, Value lv, int64_t start, int64_t stop) {
    if (start < 0) start = 0;
    if (stop < start) stop = start;
    return list_slice_steps(t, as(List, lv), start, stop, 1);
}

Ref list_copy(Thread *t, Value l) { return list_slice(t, l, 0, INT64_MAX); }

Ref list_concat(Thread *t, Value av, Value bv) {
    List *a = as(List, av), *b = as(List, bv);
    Ref r;
    CRITICAL2_BEGIN(t, a, b)
    size_t n = load_relaxed(&a->x_size), m = load_relaxed(&b->x_size);
    Slot *to;
    r = list_new_raw(t, n + m, &to);
    if (!ref_is_null(r)) {
        for (size_t i = 0; i < n; i++) slot_init(&to[i], slot_ref(t, &load_relaxed(&a->x_items)->slot[i]));
        for (size_t i = 0; i < m; i++) slot_init(&to[n + i], slot_ref(t, &load_relaxed(&b->x_items)->slot[i]));
    }
    CRITICAL_END(t)
    return r;
}

Ref list_to_tuple(Thread *t, Value lv) {
    List *l = as(List, lv);
    uint32_t version;
    if (!is_local(t, l))
        for (int left = READ_TRIES; reading(l, &left, &version);) {
            size_t n = load_acquire(&l->x_size);
            Ref r = tuple_new_uninit(t, n);
            if (ref_is_null(r) || n == 0) return r;
            Slot *to = as(Tuple, ref_borrow(r))->item;
            if (likely(words_copy(l, 0, 1, n, to) && read_whole(l, version))) {
                words_count(t, to, n);
                return r;
            }
            words_forget(to, n);
            ref_drop(t, r);
        }
    Ref r;
    CRITICAL_BEGIN(t, l)
    size_t n = load_relaxed(&l->x_size);
    r = tuple_new_uninit(t, n);
    if (!ref_is_null(r))
        for (size_t i = 0; i < n; i++) tuple_init_item(r, i, slot_ref(t, &load_relaxed(&l->x_items)->slot[i]));
    CRITICAL_END(t)
    return r;
}

Value *list_words(Thread *t, List *l, size_t *count) {
    uint32_t version;
    size_t n = 0;
    Slot *to = NULL;
    for (int left = READ_TRIES; reading(l, &left, &version);) {
        n = load_acquire(&l->x_size);
        to = mem_alloc((n + 1) * sizeof *to);
        if (to == NULL || (words_copy(l, 0, 1, n, to) && read_whole(l, version))) goto done;
        mem_free(to);
    }
    CRITICAL_BEGIN(t, l)
    n = load_relaxed(&l->x_size);
    to = mem_alloc((n + 1) * sizeof *to);
    if (to != NULL && n > 0) slots_copy(to, load_relaxed(&l->x_items)->slot, n);
    CRITICAL_END(t)
done:
    *count = n;
    if (to == NULL) err_no_memory(t);
    return (Value *)(void *)to;
}

Ref list_snapshot(Thread *t, Value v) {
    if (!value_is_object(v)) return REF_NULL;
    Type *type = type_of(v);
    if (type == &list_type) return list_copy(t, v);
    if (type == &tuple_type) return list_from_array(t, (Value *)(void *)as(Tuple, v)->item, tuple_size(v));
    if (type->iter == deque_type.iter && type->len == deque_type.len) return deque_items(t, v);
    Ref r = dict_or_set_snapshot(t, v);
    return ref_is_null(r) && !err_pending(t) ? ordered_dict_items(t, v) : r;
}

Ref get_iter_now(Thread *t, Value iterable) {
    if (value_is_object(iterable) && type_of(iterable)->iter != list_type.iter && !is_tuple(iterable)) {
        Value container = is_dict_view(iterable) ? dict_of_view(iterable) : iterable;
        Ref items = is_local(t, value_object(container)) ? REF_NULL : list_snapshot(t, iterable);
        if (!ref_is_null(items)) {
            Ref it = get_iter(t, ref_borrow(items));
            ref_drop(t, items);
            return it;
        }
        if (err_pending(t)) return REF_NULL;
    }
    Ref it = get_iter(t, iterable);
    if (!ref_is_null(it)) iter_settle(t, ref_borrow(it));
    return it;
}

/* ---- changing -------------------------------------------------------------------------------------------------- */

static NOINLINE int append_slow(Thread *t, List *l, Ref v) {
    bool ok;
    CRITICAL_BEGIN(t, l)
    size_t n = load_relaxed(&l->x_size);
    ListItems *items = list_reserve_locked(t, l, n + 1);
    ok = items != NULL;
    if (likely(ok)) {
        slot_fill(t, l, &items->slot[n], v);
        store_release(&l->x_size, n + 1);
    }
    CRITICAL_END(t)
    if (likely(ok)) return 0;
    ref_drop(t, v);
    return err_int(err_no_memory(t));
}
int list_append_steal(Thread *t, Value lv, Ref v) {
    List *l = as(List, lv);
    size_t n = load_relaxed(&l->x_size);
    ListItems *items = load_relaxed(&l->x_items);
    if (unlikely(!is_local(t, l) || items == NULL || n >= items->capacity)) return append_slow(t, l, v);
    slot_init(&items->slot[n], v);
    store_relaxed(&l->x_size, n + 1);
    return 0;
}

/* ---- from generators (runtime/drain.h) ------------------------------------------------------------------------ */

int drain_to_list(Thread *t, Value self, const Value *a, Ref *acc) {
    *acc = list_new(t, 0);
    return ref_is_null(*acc) ? -1 : 0;
}
bool drain_append(Thread *t, Ref *acc, Ref item) {
    List *l = as(List, ref_borrow(*acc));
    size_t n = load_relaxed(&l->x_size);
    ListItems *items = load_relaxed(&l->x_items);
    if (unlikely(!is_local(t, l) || items == NULL || n >= items->capacity)) return false;
    slot_init(&items->slot[n], ref_own(t, item));
    store_relaxed(&l->x_size, n + 1);
    return true;
}
DrainStep drain_append_any(Thread *t, Ref *acc, Ref item) {
    return list_append_steal(t, ref_borrow(*acc), item) < 0 ? DRAIN_ERROR : DRAIN_MORE;
}
static Ref drained_list(Thread *t, Value self, Ref acc) {
    List *l = as(List, ref_borrow(acc));
    CRITICAL_BEGIN(t, l)
    list_shrink_locked(t, l);
    CRITICAL_END(t)
    return acc;
}
static Ref drained_tuple(Thread *t, Value self, Ref acc) {
    Ref r = list_to_tuple(t, ref_borrow(acc));
    ref_drop(t, acc);
    return r;
}
const Drain list_drain = {drain_to_list, drain_append, drain_append_any, drained_list};
const Drain tuple_drain = {drain_to_list, drain_append, drain_append_any, drained_tuple};

static int extend_begin(Thread *t, Value self, const Value *a, Ref *acc) {
    *acc = ref_new(t, self);
    return 0;
}
static Ref extend_end(Thread *t, Value self, Ref acc) {
    ref_drop(t, drained_list(t, self, acc));
    return REF_NONE;
}
const Drain list_extend_drain = {extend_begin, drain_append, drain_append_any, extend_end};

int list_append(Thread *t, Value l, Value v) { return list_append_steal(t, l, ref_new(t, v)); }

int list_insert(Thread *t, Value lv, int64_t i, Value v) {
    List *l = as(List, lv);
    Ref item = ref_new(t, v);
    int status;
    CRITICAL_BEGIN(t, l)
    int64_t n = (int64_t)load_relaxed(&l->x_size);
    if (i < 0) i += n;
    if (i < 0) i = 0;
    if (i > n) i = n;
    status = list_splice_locked(t, l, (size_t)i, (size_t)i, &item, 1, NULL);
    CRITICAL_END(t)
    if (likely(status == 0)) return 0;
    ref_drop(t, item);
    return err_int(err_no_memory(t));
}

int list_set(Thread *t, Value lv, int64_t i, Value v) {
    List *l = as(List, lv);
    Ref r = ref_new(t, v);
    bool ok;
    CRITICAL_BEGIN(t, l)
    ok = i >= 0 && (size_t)i < load_relaxed(&l->x_size);
    if (likely(ok)) {
        list_change_begin(t, l);
        r = slot_swap(t, l, &load_relaxed(&l->x_items)->slot[i], r);
        list_change_end(t, l);
    }
    CRITICAL_END(t)
    ref_drop(t, r);
    return likely(ok) ? 0 : err_int(err_set(t, E_IndexError, "list assignment index out of range"));
}

Ref list_pop(Thread *t, Value lv, int64_t i) {
    List *l = as(List, lv);
    Ref r = REF_NULL;
    bool empty;
    CRITICAL_BEGIN(t, l)
    int64_t n = (int64_t)load_relaxed(&l->x_size);
    empty = n == 0;
    if (i < 0) i += n;
    if (likely(i >= 0 && i < n)) (void)list_splice_locked(t, l, (size_t)i, (size_t)i + 1, NULL, 0, &r);
    CRITICAL_END(t)
    if (likely(!ref_is_null(r))) return r;
    return err_set(t, E_IndexError, empty ? "pop from empty list" : "pop index out of range");
}

void list_clear(Thread *t, Value lv) {
    List *l = as(List, lv);
    ListItems *items;
    size_t n;
    CRITICAL_BEGIN(t, l)
    n = load_relaxed(&l->x_size);
    items = load_relaxed(&l->x_items);
    list_change_begin(t, l);
    store_release(&l->x_size, 0);
    store_release(&l->x_items, NULL);
    list_change_end(t, l);
    CRITICAL_END(t)
    if (items == NULL) return;
    /* the words stay in the storage: a late reader may still look at them, and at what they name, until its next safepoint */
    for (size_t i = n; i-- > 0;) ref_drop(t, (Ref){load_relaxed(&items->slot[i].x_bits)});
    storage_free(t, l, items, items_bytes(items->capacity));
}

int list_reverse(Thread *t, Value lv) {
    List *l = as(List, lv);
    bool ok = true;
    CRITICAL_BEGIN(t, l)
    size_t n = load_relaxed(&l->x_size);
    ListItems *items = load_relaxed(&l->x_items);
    if (n > 1 && is_local(t, l)) {
        uint64_t *a = (uint64_t *)(void *)items->slot;
        for (size_t i = 0, j = n - 1; i < j; i++, j--) {
            uint64_t w = a[i];
            a[i] = a[j];
            a[j] = w;
        }
    } else if (n > 1) { /* new storage, so that no reader sees an item twice */
        ListItems *fresh = items_new(items->capacity);
        ok = fresh != NULL;
        if (ok) {
            for (size_t i = 0; i < n; i++) store_relaxed(&fresh->slot[i].x_bits, load_relaxed(&items->slot[n - 1 - i].x_bits));
            list_change_begin(t, l);
            store_release(&l->x_items, fresh);
            list_change_end(t, l);
            mem_retire(t, items, items_bytes(items->capacity));
        }
    }
    CRITICAL_END(t)
    return ok ? 0 : err_int(err_no_memory(t));
}

/* Appends what `src`, an exact list or l itself, holds. */
static int extend_from_list(Thread *t, List *l, List *src) {
    bool ok = true;
    uint32_t version;
    if (is_local(t, l) && !is_local(t, src))
        for (int left = READ_TRIES; reading(src, &left, &version);) {
            size_t n = load_relaxed(&l->x_size), m = load_acquire(&src->x_size);
            if (m == 0) return 0;
            ListItems *items = list_reserve_locked(t, l, n + m);
            if (items == NULL) return err_int(err_no_memory(t));
            if (likely(words_copy(src, 0, 1, m, &items->slot[n]) && read_whole(src, version))) {
                words_count(t, &items->slot[n], m);
                store_relaxed(&l->x_size, n + m);
                return 0;
            }
            words_forget(&items->slot[n], m);
        }
    CRITICAL2_BEGIN(t, l, src)
    size_t n = load_relaxed(&l->x_size), m = load_relaxed(&src->x_size);
    if (m > 0) {
        ListItems *items = list_reserve_locked(t, l, n + m);
        ok = items != NULL;
        if (ok) {
            const Slot *from = load_relaxed(&src->x_items)->slot; /* after reserving: src may be l */
            for (size_t i = 0; i < m; i++) slot_fill(t, l, &items->slot[n + i], slot_ref(t, &from[i]));
            store_release(&l->x_size, n + m);
        }
    }
    CRITICAL_END(t)
    return ok ? 0 : err_int(err_no_memory(t));
}

static int extend_from_tuple(Thread *t, List *l, Tuple *src) {
    if (src->size == 0) return 0;
    bool ok;
    CRITICAL_BEGIN(t, l)
    size_t n = load_relaxed(&l->x_size);
    ListItems *items = list_reserve_locked(t, l, n + src->size);
    ok = items != NULL;
    if (ok) {
        for (size_t i = 0; i < src->size; i++) slot_fill(t, l, &items->slot[n + i], slot_ref(t, &src->item[i]));
        store_release(&l->x_size, n + src->size);
    }
    CRITICAL_END(t)
    return ok ? 0 : err_int(err_no_memory(t));
}

/* l is empty, and nobody else sees it. Nothing here calls out. */
static int extend_from_text(Thread *t, List *l, const Str *s) {
    if (s->length == 0) return 0;
    ListItems *items = list_reserve_locked(t, l, s->length);
    if (items == NULL) return err_int(err_no_memory(t));
    for (size_t i = 0; i < s->length; i++) {
        Ref item = str_from_char(t, str_at(s, i));
        if (ref_is_null(item)) return -1;
        slot_init(&items->slot[i], item);
        store_relaxed(&l->x_size, i + 1);
    }
    list_shrink_locked(t, l);
    return 0;
}

int list_extend(Thread *t, Value lv, Value iterable) {
    List *l = as(List, lv);
    Type *type = type_of(iterable);
    if (type == &list_type || value_is(lv, iterable)) return extend_from_list(t, l, as(List, iterable));
    if (type == &tuple_type) return extend_from_tuple(t, l, as(Tuple, iterable));
    if (type == &str_type && load_relaxed(&l->x_size) == 0 && is_local(t, l)) return extend_from_text(t, l, as(Str, iterable));
    Ref snapshot = list_snapshot(t, iterable);
    if (!ref_is_null(snapshot)) {
        int status = extend_from_list(t, l, as(List, ref_borrow(snapshot)));
        ref_drop(t, snapshot);
        return status;
    }
    if (err_pending(t)) return -1;

    Ref it = get_iter(t, iterable), item;
    if (ref_is_null(it)) return -1;
    iter_settle(t, ref_borrow(it));
    int64_t hint = object_length_hint(t, iterable, 0);
    if (hint < 0) {
        ref_drop(t, it);
        return -1;
    }
    bool ok = true;
    if (hint > 0) {
        CRITICAL_BEGIN(t, l)
        /* a wrong hint is no error as long as the items fit */
        size_t n = load_relaxed(&l->x_size), want = n + (size_t)hint;
        if (want < (size_t)1 << 60 || n == 0) ok = list_reserve_locked(t, l, want) != NULL;
        CRITICAL_END(t)
    }
    int status = 1;
    if (!ok) {
        err_no_memory(t);
        status = -1;
    }
    while (status > 0) {
        status = iter_next(t, ref_borrow(it), &item);
        if (status > 0 && list_append_steal(t, lv, item) < 0) status = -1;
    }
    ref_drop(t, it);
    CRITICAL_BEGIN(t, l)
    list_shrink_locked(t, l);
    CRITICAL_END(t)
    return status;
}
