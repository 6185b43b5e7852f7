/* _heapq: heaps in lists. A comparison that runs Python gives up the list's lock meanwhile, so the size is looked at again after each one, as
 * CPython does; as long as items compare without Python, each function is one atomic step. */
#include "runtime/modules/kit.h"

/* a < b for a min heap, b < a for a max heap: 1, 0, -1 */
static int before(Thread *t, Value a, Value b, bool max) {
    if (max) {
        Value swap = a;
        a = b;
        b = swap;
    }
    int r = plain_less(a, b);
    if (r != PLAIN_UNKNOWN) return r;
    Ref x = ref_new(t, a), y = ref_new(t, b);
    r = rich_compare_bool(t, a, b, CMP_LT);
    ref_drop(t, x);
    ref_drop(t, y);
    return r;
}

static COLD int size_changed(Thread *t) { return err_int(err_set(t, E_RuntimeError, "list changed size during iteration")); }

/* The same for two places of the heap of `size` items; -1 too if the list has changed its size. */
static int before_at(Thread *t, Value heap, size_t i, size_t k, size_t size, bool max) {
    Value x = list_get(heap, i), y = list_get(heap, k);
    if (unlikely(value_is_null(x) || value_is_null(y))) return size_changed(t);
    int r = before(t, x, y, max);
    return r >= 0 && list_size(heap) != size ? size_changed(t) : r;
}

/* -1: the list has changed its size. In a section of its own, since that around it holds no lock where a comparison has shown a local list to other threads. */
static int swap_items(Thread *t, Value heap, size_t i, size_t k, size_t size) {
    bool same;
    CRITICAL_BEGIN(t, value_object(heap))
    same = list_size(heap) == size;
    if (likely(same)) {
        Slot *slot = load_relaxed(&as(List, heap)->x_items)->slot;
        uint64_t a = load_relaxed(&slot[i].x_bits), b = load_relaxed(&slot[k].x_bits);
        store_release(&slot[i].x_bits, b);
        store_release(&slot[k].x_bits, a);
    }
    CRITICAL_END(t)
    return likely(same) ? 0 : size_changed(t);
}

static int sift_up(Thread *t, Value heap, size_t start, size_t pos, bool max) {
    size_t size = list_size(heap);
    while (pos > start) {
        size_t parent = (pos - 1) >> 1;
        int r = before_at(t, heap, pos, parent, size, max);
        if (r <= 0) return r;
        if (swap_items(t, heap, pos, parent, size) < 0) return -1;
        pos = parent;
    }
    return 0;
}

/* The item at pos sinks to a leaf, the better child rising each time, and from there up to its place (fewer comparisons than testing it on the way). */
static int sift_down(Thread *t, Value heap, size_t pos, bool max) {
    size_t size = list_size(heap), start = pos;
    while (pos < size / 2) {
        size_t child = 2 * pos + 1;
        if (child + 1 < size) {
            int r = before_at(t, heap, child, child + 1, size, max);
            if (r < 0) return -1;
            child += !r;
        }
        if (swap_items(t, heap, pos, child, size) < 0) return -1;
        pos = child;
    }
    return sift_up(t, heap, start, pos, max);
}

static bool is_heap(Thread *t, const char *function, Value v, bool only_argument) {
    if (is_list(v)) return true;
    err_set(t, E_TypeError, "%s() argument %smust be list, not %T", function, only_argument ? "" : "1 ", v);
    return false;
}

/* A section that began with a local list holds no lock, and a comparison may have shown the list to other threads since. */
static void change_end(Thread *t, List *l) {
    CRITICAL_BEGIN(t, l)
    list_change_end(t, l);
    CRITICAL_END(t)
}

static Ref m_heappush(Thread *t, Value m, const Value *a) {
    if (!is_heap(t, "heappush", a[0], false)) return REF_NULL;
    int status;
    CRITICAL_BEGIN(t, value_object(a[0]))
    status = list_append(t, a[0], a[1]);
    list_change_begin(t, as(List, a[0]));
    if (status == 0) status = sift_up(t, a[0], 0, list_size(a[0]) - 1, false);
    change_end(t, as(List, a[0]));
    CRITICAL_END(t)
    return status < 0 ? REF_NULL : REF_NONE;
}

static Ref pop(Thread *t, const char *name, Value heap, bool max) {
    if (!is_heap(t, name, heap, true)) return REF_NULL;
    Ref r;
    int status = 0;
    CRITICAL_BEGIN(t, value_object(heap))
    if (list_size(heap) == 0) {
        r = err_set(t, E_IndexError, "index out of range");
    } else {
        r = list_pop(t, heap, -1);
        if (!ref_is_null(r) && list_size(heap) > 0) {
            List *l = as(List, heap);
            list_change_begin(t, l);
            r = slot_swap(t, l, &load_relaxed(&l->x_items)->slot[0], r);
            status = sift_down(t, heap, 0, max);
            change_end(t, l);
        }
    }
    CRITICAL_END(t)
    if (status == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
static Ref m_heappop(Thread *t, Value m, const Value *a) { return pop(t, "heappop", a[0], false); }
static Ref m_heappop_max(Thread *t, Value m, const Value *a) { return pop(t, "_heappop_max", a[0], true); }

/* Puts the item in place of the root. */
static Ref replace_root(Thread *t, Value heap, Value item, bool max) {
    List *l = as(List, heap);
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, l) /* as in swap_items */
    list_change_begin(t, l);
    if (list_size(heap) > 0) r = slot_swap(t, l, &load_relaxed(&l->x_items)->slot[0], ref_new(t, item));
    CRITICAL_END(t)
    int status = ref_is_null(r) ? err_int(err_set(t, E_IndexError, "index out of range")) : sift_down(t, heap, 0, max);
    change_end(t, l);
    if (status == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

static Ref replace(Thread *t, const char *name, const Value *a, bool max) {
    if (!is_heap(t, name, a[0], false)) return REF_NULL;
    Ref r;
    CRITICAL_BEGIN(t, value_object(a[0]))
    r = replace_root(t, a[0], a[1], max);
    CRITICAL_END(t)
    return r;
}
static Ref m_heapreplace(Thread *t, Value m, const Value *a) { return replace(t, "heapreplace", a, false); }
static Ref m_heapreplace_max(Thread *t, Value m, const Value *a) { return replace(t, "_heapreplace_max", a, true); }

static Ref m_heappushpop(Thread *t, Value m, const Value *a) {
    if (!is_heap(t, "heappushpop", a[0], false)) return REF_NULL;
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, value_object(a[0]))
    if (list_size(a[0]) == 0) {
        r = ref_new(t, a[1]);
    } else {
        int less = before(t, list_get(a[0], 0), a[1], false);
        if (less == 0) r = ref_new(t, a[1]);
        else if (less > 0) r = replace_root(t, a[0], a[1], false);
    }
    CRITICAL_END(t)
    return r;
}

static Ref heapify(Thread *t, const char *name, Value heap, bool max) {
    if (!is_heap(t, name, heap, true)) return REF_NULL;
    int status = 0;
    CRITICAL_BEGIN(t, value_object(heap))
    list_change_begin(t, as(List, heap));
    for (size_t i = list_size(heap) / 2; status == 0 && i-- > 0;) status = sift_down(t, heap, i, max);
    change_end(t, as(List, heap));
    CRITICAL_END(t)
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref m_heapify(Thread *t, Value m, const Value *a) { return heapify(t, "heapify", a[0], false); }
static Ref m_heapify_max(Thread *t, Value m, const Value *a) { return heapify(t, "_heapify_max", a[0], true); }

static NativeDef functions[] = {
    FN("heappush", "($module, heap, item, /)", m_heappush, "Push item onto the heap."),
    FN("heappushpop", "($module, heap, item, /)", m_heappushpop, "Push item, then pop and return the smallest: faster than the two calls."),
    FN("heappop", "($module, heap, /)", m_heappop, "Pop the smallest item off the heap."),
    FN("heapreplace", "($module, heap, item, /)", m_heapreplace, "Pop and return the smallest, then push item: faster than the two calls."),
    FN("heapify", "($module, heap, /)", m_heapify, "Make a heap of a list, in place, in linear time."),
    FN("_heappop_max", "($module, heap, /)", m_heappop_max, "heappop() of a heap with the largest item first."),
    FN("_heapify_max", "($module, heap, /)", m_heapify_max, "heapify() with the largest item first."),
    FN("_heapreplace_max", "($module, heap, item, /)", m_heapreplace_max, "heapreplace() with the largest item first."),
    FN_END,
};

int module_init_heapq(Thread *t, Value module) {
    Type *const types[] = {NULL};
    return kit_module(t, module, types, functions, "Heaps in lists.");
}
