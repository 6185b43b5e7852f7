/* list[i], list[a:b:c], their assignment and deletion. */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list_internal.h"

static COLD Ref bad_key(Thread *t, Value key) {
    return err_set(t, E_TypeError, "list indices must be integers or slices, not %.200T", key);
}

Ref list_getitem(Thread *t, Value self, Value key) {
    int64_t i;
    if (likely(has_index(key))) {
        if (subscript_index(t, key, &i) < 0) return REF_NULL;
        int64_t at = i < 0 ? i + (int64_t)list_size(self) : i;
        Value v = at < 0 ? VALUE_NULL : list_get(self, (size_t)at);
        if (likely(!value_is_null(v))) return ref_new(t, v);
        Ref r = REF_NULL;
        if (i < 0 && !is_local(t, value_object(self))) { /* another thread may have shortened it between the two looks */
            CRITICAL_BEGIN(t, value_object(self))
            at = i + (int64_t)list_size(self);
            if (at >= 0) r = ref_new(t, list_get(self, (size_t)at));
            CRITICAL_END(t)
        }
        return ref_is_null(r) ? err_set(t, E_IndexError, "list index out of range") : r;
    }
    if (!is_exact(key, &slice_type)) return bad_key(t, key);
    int64_t start, stop, step;
    if (slice_unpack(t, key, &start, &stop, &step) < 0) return REF_NULL;
    return list_slice_steps(t, as(List, self), start, stop, step);
}

/* l[start:stop] = the n words of v, consumed on success. */
static int assign_run(Thread *t, List *l, int64_t start, int64_t stop, Ref *v, size_t n) {
    Ref *old = NULL;
    size_t removed = 0;
    bool ok;
    CRITICAL_BEGIN(t, l)
    int64_t count = slice_adjust((int64_t)load_relaxed(&l->x_size), &start, &stop, 1);
    removed = (size_t)count;
    old = removed == 0 ? NULL : mem_alloc(removed * sizeof(Ref));
    ok = (removed == 0 || old != NULL) &&
         list_splice_locked(t, l, (size_t)start, (size_t)(start + count), v, n, old) == 0;
    CRITICAL_END(t)
    if (ok) {
        refs_drop(t, old, removed);
        return 0;
    }
    mem_free(old);
    return err_int(err_no_memory(t));
}

/* l[start:stop:step] = v, step not 1; consumed on success. */
static int assign_steps(Thread *t, List *l, int64_t start, int64_t stop, int64_t step, Ref *v, size_t n) {
    int64_t count;
    bool fits;
    CRITICAL_BEGIN(t, l)
    count = slice_adjust((int64_t)load_relaxed(&l->x_size), &start, &stop, step);
    fits = count == (int64_t)n;
    if (fits) {
        ListItems *items = load_relaxed(&l->x_items);
        list_change_begin(t, l);
        for (size_t i = 0; i < n; i++) v[i] = slot_swap(t, l, &items->slot[start + (int64_t)i * step], v[i]);
        list_change_end(t, l);
    }
    CRITICAL_END(t)
    if (fits) {
        for (size_t i = 0; i < n; i++) ref_drop(t, v[i]);
        return 0;
    }
    return err_int(err_set(t, E_ValueError, "attempt to assign sequence of size %zd to extended slice of size %zd", n,
                           (size_t)count));
}

static int delete_steps(Thread *t, List *l, int64_t start, int64_t stop, int64_t step) {
    Ref *old = NULL;
    size_t removed = 0;
    bool ok = true;
    CRITICAL_BEGIN(t, l)
    size_t size = load_relaxed(&l->x_size);
    int64_t count = slice_adjust((int64_t)size, &start, &stop, step);
    if (count > 0) {
        removed = (size_t)count;
        old = mem_alloc(removed * sizeof(Ref));
        ok = old != NULL;
    }
    if (count > 0 && ok) {
        if (step < 0) { /* the same items from the low end */
            start += step * (count - 1);
            step = -step;
        }
        Slot *slot = load_relaxed(&l->x_items)->slot;
        bool local = is_local(t, l);
        list_change_begin(t, l);
        for (int64_t i = 0; i < count; i++) {
            int64_t from = start + i * step, next = i + 1 < count ? from + step : (int64_t)size;
            old[i] = (Ref){load_relaxed(&slot[from].x_bits)};
            slots_move(local, &slot[from - i], &slot[from + 1], (size_t)(next - from - 1));
        }
        store_release(&l->x_size, size - removed);
        for (size_t i = size - removed; i < size; i++) store_release(&slot[i].x_bits, 0);
        list_shrink_locked(t, l);
        list_change_end(t, l);
    }
    CRITICAL_END(t)
    if (!ok) return err_int(err_no_memory(t));
    refs_drop(t, old, removed);
    return 0;
}

static int assign_slice(Thread *t, Value self, Value key, Value value) {
    int64_t start, stop, step;
    if (slice_unpack(t, key, &start, &stop, &step) < 0) return -1;
    List *l = as(List, self);
    if (value_is_null(value))
        return step == 1 ? assign_run(t, l, start, stop, NULL, 0) : delete_steps(t, l, start, stop, step);
    /* a private copy first: the source may be this list, or change under us */
    Ref copy = list_snapshot(t, value);
    if (ref_is_null(copy)) {
        if (err_pending(t)) return -1;
        copy = sequence_fast(t, value, step == 1 ? "can only assign an iterable" : "must assign iterable to extended slice");
        if (ref_is_null(copy)) return -1;
        if (!is_exact(ref_borrow(copy), &list_type) || value_is(ref_borrow(copy), value)) {
            Ref list = is_list(ref_borrow(copy)) ? list_copy(t, ref_borrow(copy)) : sequence_list(t, ref_borrow(copy));
            ref_drop(t, copy);
            copy = list;
            if (ref_is_null(copy)) return -1;
        }
    }
    List *source = as(List, ref_borrow(copy));
    size_t n = load_relaxed(&source->x_size);
    Ref *v = n == 0 ? NULL : (Ref *)(void *)load_relaxed(&source->x_items)->slot;
    int status = step == 1 ? assign_run(t, l, start, stop, v, n) : assign_steps(t, l, start, stop, step, v, n);
    if (status == 0) { /* the references have moved */
        ListItems *items = load_relaxed(&source->x_items);
        store_relaxed(&source->x_size, 0);
        store_relaxed(&source->x_items, NULL);
        mem_free(items);
    }
    ref_drop(t, copy);
    return status;
}

int list_setitem(Thread *t, Value self, Value key, Value value) {
    if (unlikely(!has_index(key))) {
        if (!is_exact(key, &slice_type)) return err_int(bad_key(t, key));
        return assign_slice(t, self, key, value);
    }
    int64_t i;
    if (subscript_index(t, key, &i) < 0) return -1;
    List *l = as(List, self);
    bool remove = value_is_null(value), ok;
    Ref r = remove ? REF_NULL : ref_new(t, value);
    CRITICAL_BEGIN(t, l)
    int64_t n = (int64_t)load_relaxed(&l->x_size);
    if (i < 0) i += n;
    ok = i >= 0 && i < n;
    if (ok && remove) (void)list_splice_locked(t, l, (size_t)i, (size_t)i + 1, NULL, 0, &r);
    else if (ok) {
        list_change_begin(t, l);
        r = slot_swap(t, l, &load_relaxed(&l->x_items)->slot[i], r);
        list_change_end(t, l);
    }
    CRITICAL_END(t)
    ref_drop(t, r);
    return likely(ok) ? 0 : err_int(err_set(t, E_IndexError, "list assignment index out of range"));
}
