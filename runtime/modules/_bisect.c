/* _bisect: places in sorted sequences. */
#include "runtime/int.h"
#include "runtime/modules/kit.h"

/* Where x belongs: in front of equal items if `left`, else behind. -1: exception. */
static int64_t find(Thread *t, const Value *a, Value x, bool left) {
    Value seq = a[0], key = value_is_null(a[4]) || value_is_none(a[4]) ? VALUE_NULL : a[4];
    int64_t lo = 0, hi = -1;
    if (!value_is_null(a[2]) && size_arg(t, a[2], &lo) < 0) return -1;
    if (!value_is_null(a[3]) && !value_is_none(a[3]) && index_as_i64(t, a[3], &hi) < 0) return -1;
    if (lo < 0) return err_int(err_set(t, E_ValueError, "lo must be non-negative"));
    if (is_dict(seq) && (hi == -1 || lo < hi)) return err_int(err_set(t, E_TypeError, "%.200T is not a sequence", seq));
    if (hi == -1 && (hi = object_len(t, seq)) < 0) return -1;
    while (lo < hi) {
        int64_t mid = lo + (hi - lo) / 2;
        Ref item = is_exact(seq, &list_type) ? ref_new(t, list_get(seq, (size_t)mid)) : REF_NULL;
        if (ref_is_null(item)) {
            Ref place = int_from_i64(t, mid);
            if (!ref_is_null(place)) item = get_item(t, seq, ref_borrow(place));
            ref_drop(t, place);
        }
        if (!ref_is_null(item) && !value_is_null(key)) {
            Ref k = call1(t, key, ref_borrow(item));
            ref_drop(t, item);
            item = k;
        }
        if (ref_is_null(item)) return -1;
        Value first = left ? ref_borrow(item) : x, second = left ? x : ref_borrow(item);
        int less = plain_less(first, second);
        if (less == PLAIN_UNKNOWN) less = rich_compare_bool(t, first, second, CMP_LT);
        ref_drop(t, item);
        if (less < 0) return -1;
        if (less == left) lo = mid + 1;
        else hi = mid;
    }
    return lo;
}

static Ref bisect(Thread *t, const Value *a, bool left) {
    int64_t i = find(t, a, a[1], left);
    return i < 0 ? REF_NULL : int_from_i64(t, i);
}
static Ref m_bisect_right(Thread *t, Value m, const Value *a) { return bisect(t, a, false); }
static Ref m_bisect_left(Thread *t, Value m, const Value *a) { return bisect(t, a, true); }

/* Finds the place of `what`, and inserts a[1] there, in one step unless Python compares. 0, -1 */
static int insort_list(Thread *t, const Value *a, Value what, bool left) {
    int bad;
    CRITICAL_BEGIN(t, value_object(a[0]))
    int64_t i = find(t, a, what, left);
    bad = i < 0 ? -1 : list_insert(t, a[0], i, a[1]);
    CRITICAL_END(t)
    return bad;
}

static Ref insort(Thread *t, const Value *a, bool left) {
    Ref key = REF_NULL;
    bool keyed = !value_is_null(a[4]) && !value_is_none(a[4]);
    if (keyed) {
        key = call1(t, a[4], a[1]);
        if (ref_is_null(key)) return key;
    }
    Value what = keyed ? ref_borrow(key) : a[1];
    bool list = is_exact(a[0], &list_type);
    int64_t i = list ? insort_list(t, a, what, left) : find(t, a, what, left);
    ref_drop(t, key);
    if (i < 0) return REF_NULL;
    if (list) return REF_NONE;
    Ref place = int_from_i64(t, i);
    Value name = str_intern_cstr(t, "insert"), args[] = {ref_borrow(place), a[1]};
    Ref r = value_is_null(name) || ref_is_null(place) ? REF_NULL : call_method(t, a[0], name, args, 2);
    ref_drop(t, place);
    if (ref_is_null(r)) return r;
    ref_drop(t, r);
    return REF_NONE;
}
static Ref m_insort_right(Thread *t, Value m, const Value *a) { return insort(t, a, false); }
static Ref m_insort_left(Thread *t, Value m, const Value *a) { return insort(t, a, true); }

#define SIGNATURE "($module, /, a, x, lo=0, hi=None, *, key=None)"
static NativeDef functions[] = {
    FN("bisect_right", SIGNATURE, m_bisect_right, "Where x belongs in the sorted list a[lo:hi], behind the items that equal it."),
    FN("insort_right", SIGNATURE, m_insort_right, "Insert x into the sorted list a, behind the items that equal it."),
    FN("bisect_left", SIGNATURE, m_bisect_left, "Where x belongs in the sorted list a[lo:hi], in front of the items that equal it."),
    FN("insort_left", SIGNATURE, m_insort_left, "Insert x into the sorted list a, in front of the items that equal it."),
    FN_END,
};

int module_init_bisect(Thread *t, Value module) {
    Type *const types[] = {NULL};
    return kit_module(t, module, types, functions, "Places in sorted lists.");
}
