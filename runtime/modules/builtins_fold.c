/* builtins that run over an iterable: all, any, sum, min, max, sorted, iter, next. */
#include "runtime/modules/builtins.h"
#include "runtime/abstract.h"
#include "runtime/drain.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/native.h"
#include "runtime/storage.h"
#include "runtime/str.h"

/* ---- all, any ------------------------------------------------------------------------------------------------- */

/* Whether some item's truth is `wanted`: 1, 0, -1. */
static int find_truth(Thread *t, Value iterable, int wanted) {
    Ref it = get_iter_now(t, iterable);
    if (ref_is_null(it)) return -1;
    int found;
    Ref v;
    while ((found = iter_next(t, ref_borrow(it), &v)) > 0) {
        int truth = is_true(t, ref_borrow(v));
        ref_drop(t, v);
        if (truth < 0) found = -1;
        if (truth < 0 || truth == wanted) break;
    }
    ref_drop(t, it);
    return found;
}
static Ref b_all(Thread *t, Value self, const Value *a) {
    int found = find_truth(t, a[0], 0);
    return found < 0 ? REF_NULL : ref_bool(!found);
}
static Ref b_any(Thread *t, Value self, const Value *a) {
    int found = find_truth(t, a[0], 1);
    return found < 0 ? REF_NULL : ref_bool(found);
}

static int null_begin(Thread *t, Value self, const Value *a, Ref *acc) { return 0; }

/* acc: null until a truth of the wanted kind came, then True */
static bool truth_quick(Value v, Value wanted) {
    return value_is_none(v) ? wanted.bits != VALUE_FALSE.bits : (value_is_true(v) || value_is_false(v)) && v.bits != wanted.bits;
}
static DrainStep truth_item(Thread *t, Ref *acc, Ref item, int wanted) {
    int truth = is_true(t, ref_borrow(item));
    ref_drop(t, item);
    if (truth < 0) return DRAIN_ERROR;
    if (truth != wanted) return DRAIN_MORE;
    *acc = REF_TRUE;
    return DRAIN_ENOUGH;
}
static bool all_quick(Thread *t, Ref *acc, Ref item) { return truth_quick(ref_borrow(item), VALUE_FALSE); }
static bool any_quick(Thread *t, Ref *acc, Ref item) { return truth_quick(ref_borrow(item), VALUE_TRUE); }
static DrainStep all_item(Thread *t, Ref *acc, Ref item) { return truth_item(t, acc, item, 0); }
static DrainStep any_item(Thread *t, Ref *acc, Ref item) { return truth_item(t, acc, item, 1); }
static Ref all_end(Thread *t, Value self, Ref acc) { return ref_bool(ref_is_null(acc)); }
static Ref any_end(Thread *t, Value self, Ref acc) { return ref_bool(!ref_is_null(acc)); }
static const Drain all_drain = {null_begin, all_quick, all_item, all_end}, any_drain = {null_begin, any_quick, any_item, any_end};

/* ---- sum -------------------------------------------------------------------------------------------------------- */

/* The running total: a machine integer while that holds, a double once a float came, else any object. */
typedef struct Total {
    enum { TOTAL_INT, TOTAL_FLOAT, TOTAL_OBJECT } kind;
    int64_t i;
    double d;
    Ref object;
} Total;

/* The total as an object; ends the Total. */
static Ref total_take(Thread *t, Total *s) {
    switch (s->kind) {
    case TOTAL_INT: return int_from_i64(t, s->i);
    case TOTAL_FLOAT: return float_new(t, s->d);
    default: return s->object;
    }
}

static bool plain_int(Value v) { return value_is_int(v) || is_exact(v, &int_type) || is_exact(v, &bool_type); }

static void total_from(Thread *t, Total *s, Value start) {
    *s = (Total){.kind = TOTAL_OBJECT};
    if (value_is_int(start) || is_exact(start, &int_type)) {
        if (int_try_i64(start, &s->i) == 0) {
            s->kind = TOTAL_INT;
            return;
        }
    } else if (is_exact(start, &float_type)) {
        s->kind = TOTAL_FLOAT;
        s->d = float_value(start);
        return;
    }
    s->object = ref_new(t, start);
}

/* Adds one item. -1 with an exception: the total is then gone. */
static int total_add(Thread *t, Total *s, Value v) {
    int64_t i;
    if (s->kind == TOTAL_INT) {
        if (plain_int(v) && int_try_i64(v, &i) == 0 && !__builtin_add_overflow(s->i, i, &i)) {
            s->i = i;
            return 0;
        }
        if (is_exact(v, &float_type)) {
            s->kind = TOTAL_FLOAT;
            s->d = (double)s->i + float_value(v);
            return 0;
        }
    } else if (s->kind == TOTAL_FLOAT) {
        if (is_exact(v, &float_type)) {
            s->d += float_value(v);
            return 0;
        }
        if (plain_int(v) && int_try_i64(v, &i) == 0) {
            s->d += (double)i;
            return 0;
        }
    }
    if (s->kind == TOTAL_OBJECT && value_is_int(v) && int_accumulate(t, s->object, value_int(v))) return 0;
    Ref old = total_take(t, s);
    s->kind = TOTAL_OBJECT;
    s->object = ref_is_null(old) ? REF_NULL : binary_op(t, OP_ADD, ref_borrow(old), v);
    ref_drop(t, old);
    return ref_is_null(s->object) ? -1 : 0;
}

/* What the sum begins with; null with TypeError for what sum() refuses. */
static Value sum_start(Thread *t, Value given) {
    Value start = value_is_null(given) ? small_int(0) : given;
    const char *wrong = is_str(start)                                          ? "sum() can't sum strings [use ''.join(seq) instead]"
                        : is_bytes(start)                                      ? "sum() can't sum bytes [use b''.join(seq) instead]"
                        : type_is_subtype(type_of(start), &bytearray_type) ? "sum() can't sum bytearray [use b''.join(seq) instead]"
                                                                               : NULL;
    if (wrong == NULL) return start;
    err_set(t, E_TypeError, "%s", wrong);
    return VALUE_NULL;
}

static Ref b_sum(Thread *t, Value self, const Value *a) {
    Ref it = get_iter_now(t, a[0]);
    if (ref_is_null(it)) return REF_NULL;
    Value start = sum_start(t, a[1]);
    if (value_is_null(start)) {
        ref_drop(t, it);
        return REF_NULL;
    }
    Total total;
    total_from(t, &total, start);
    Type *type = type_of(ref_borrow(it));
    for (;;) {
        Ref v = REF_NULL;
        if (!type->next_word) v = type->next(t, ref_borrow(it));
        else if (type->next_word(t, ref_borrow(it), &v) > 0) v = ref_own(t, v);
        if (ref_is_null(v)) {
            if (err_pending(t) && !err_clear_if(t, E_StopIteration)) goto fail;
            break;
        }
        if (total.kind == TOTAL_INT && value_is_int(ref_borrow(v)) &&
            likely(!__builtin_add_overflow(total.i, value_int(ref_borrow(v)), &total.i)))
            continue;
        if (total.kind == TOTAL_FLOAT && value_is_float(ref_borrow(v))) {
            total.d += value_flonum(ref_borrow(v));
            continue;
        }
        if (total.kind == TOTAL_INT && value_is_int(ref_borrow(v))) total.i -= value_int(ref_borrow(v)); /* wrapped: undo */
        int bad = total_add(t, &total, ref_borrow(v));
        ref_drop(t, v);
        if (bad < 0) goto fail;
    }
    ref_drop(t, it);
    return total_take(t, &total);
fail:
    if (total.kind == TOTAL_OBJECT) ref_drop(t, total.object);
    ref_drop(t, it);
    return REF_NULL;
}

/* acc: the total as a word */
static int sum_begin(Thread *t, Value self, const Value *a, Ref *acc) {
    Value start = sum_start(t, a[1]);
    *acc = ref_new(t, start);
    return value_is_null(start) ? -1 : 0;
}
static bool sum_quick(Thread *t, Ref *acc, Ref item) {
    Value b = ref_borrow(*acc), c = ref_borrow(item), sum;
    int64_t r;
    if (value_is_true(c) || value_is_false(c)) c = small_int(value_is_true(c));
    if (value_is_int(b) && value_is_int(c)) {
        if (unlikely(__builtin_add_overflow((int64_t)b.bits, (int64_t)(c.bits - 1), &r))) return false;
        acc->bits = (uint64_t)r;
        return true;
    }
    if ((value_is_int(b) || value_is_float(b)) && (value_is_int(c) || value_is_float(c))) {
        double x = value_is_int(b) ? (double)value_int(b) : value_flonum(b), y = value_is_int(c) ? (double)value_int(c) : value_flonum(c);
        if (unlikely(!flonum_try(x + y, &sum))) return false;
        acc->bits = sum.bits;
        return true;
    }
    return value_is_int(c) && int_accumulate(t, *acc, value_int(c));
}
static DrainStep sum_item(Thread *t, Ref *acc, Ref item) {
    Total total;
    total_from(t, &total, ref_borrow(*acc));
    ref_drop(t, *acc);
    int bad = total_add(t, &total, ref_borrow(item));
    ref_drop(t, item);
    *acc = bad < 0 ? REF_NULL : total_take(t, &total);
    return ref_is_null(*acc) ? DRAIN_ERROR : DRAIN_MORE;
}
static Ref acc_end(Thread *t, Value self, Ref acc) { return acc; }
static const Drain sum_drain = {sum_begin, sum_quick, sum_item, acc_end};

/* ---- min, max ----------------------------------------------------------------------------------------------------- */

/* Whether a is to replace b. 1, 0, -1 */
static int better(Thread *t, Value a, Value b, CompareOp op) {
    if (value_is_int(a) && value_is_int(b)) {
        int64_t x = value_int(a), y = value_int(b);
        return op == CMP_LT ? x < y : x > y;
    }
    if (value_is_float(a) && value_is_float(b)) {
        double x = value_flonum(a), y = value_flonum(b);
        return op == CMP_LT ? x < y : x > y;
    }
    int less = op == CMP_LT ? plain_less(a, b) : plain_less(b, a);
    return less != PLAIN_UNKNOWN ? less : rich_compare_bool(t, a, b, op);
}

/* Considers item (consumed) against the best so far; without a key best_key isn't used. */
static int consider(Thread *t, Ref item, Value key, CompareOp op, Ref *best, Ref *best_key) {
    if (value_is_null(key)) {
        int replace = ref_is_null(*best) ? 1 : better(t, ref_borrow(item), ref_borrow(*best), op);
        Ref other = item;
        if (replace > 0) {
            other = *best;
            *best = item;
        }
        ref_drop(t, other);
        return replace < 0 ? -1 : 0;
    }
    Ref k = call1(t, key, ref_borrow(item));
    if (ref_is_null(k)) {
        ref_drop(t, item);
        return -1;
    }
    int replace = ref_is_null(*best) ? 1 : better(t, ref_borrow(k), ref_borrow(*best_key), op);
    if (replace > 0) {
        Ref old = *best, old_key = *best_key;
        *best = item;
        *best_key = k;
        ref_drop(t, old);
        ref_drop(t, old_key);
        return 0;
    }
    ref_drop(t, item);
    ref_drop(t, k);
    return replace;
}

static Ref min_max(Thread *t, const Value *args, size_t nargs, Value kwnames, CompareOp op, const char *name) {
    static _Atomic(Signature *) signatures[2];
    Value opt[2] = {VALUE_NULL, VALUE_NULL};
    if (nargs == 0) return err_set(t, E_TypeError, "%s expected at least 1 argument, got 0", name);
    if (!value_is_null(kwnames) &&
        bind_args(t, name, "(*, key=None, default=None)", &signatures[op == CMP_LT], args + nargs, 0, kwnames, opt, 2) < 0)
        return REF_NULL;
    Value key = value_is_null(opt[0]) || value_is_none(opt[0]) ? VALUE_NULL : opt[0];
    Ref best = REF_NULL, best_key = REF_NULL;
    int bad = 0;
    if (nargs > 1) {
        if (!value_is_null(opt[1]))
            return err_set(t, E_TypeError, "Cannot specify a default for %s() with multiple positional arguments", name);
        for (size_t i = 0; i < nargs && bad == 0; i++) bad = consider(t, ref_new(t, args[i]), key, op, &best, &best_key);
    } else {
        Ref it = is_exact(args[0], &list_type) ? REF_NONE : get_iter_now(t, args[0]), v;
        if (ref_is_null(it)) return REF_NULL;
        Value item;
        if (ref_is_none(it)) /* as its iterator does */
            for (size_t i = 0; bad == 0 && !value_is_null(item = list_get(args[0], i)); i++) bad = consider(t, ref_new(t, item), key, op, &best, &best_key);
        else
            while (bad == 0 && (bad = iter_next(t, ref_borrow(it), &v)) > 0) bad = consider(t, v, key, op, &best, &best_key);
        ref_drop(t, it);
        if (bad == 0 && ref_is_null(best)) {
            if (value_is_null(opt[1])) return err_set(t, E_ValueError, "%s() arg is an empty sequence", name);
            return ref_new(t, opt[1]);
        }
    }
    ref_drop(t, best_key);
    if (bad < 0) {
        ref_drop(t, best);
        return REF_NULL;
    }
    return best;
}
static Ref b_min(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return min_max(t, args, nargs, kwnames, CMP_LT, "min");
}
static Ref b_max(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return min_max(t, args, nargs, kwnames, CMP_GT, "max");
}

/* acc: the best one so far, or null. Called without keywords. */
static bool best_quick(Ref *acc, Ref item, CompareOp op) {
    Value b = ref_borrow(*acc), c = ref_borrow(item);
    if (!(value_is_int(b) && value_is_int(c)) && !(value_is_float(b) && value_is_float(c))) return false;
    if (better(NULL, c, b, op)) *acc = item; /* immediates: nobody counts them */
    return true;
}
static bool min_quick(Thread *t, Ref *acc, Ref item) { return best_quick(acc, item, CMP_LT); }
static bool max_quick(Thread *t, Ref *acc, Ref item) { return best_quick(acc, item, CMP_GT); }
static DrainStep best_item(Thread *t, Ref *acc, Ref item, CompareOp op) {
    int replace = ref_is_null(*acc) ? 1 : better(t, ref_borrow(item), ref_borrow(*acc), op);
    Ref old = replace > 0 ? *acc : item;
    if (replace > 0) *acc = item;
    ref_drop(t, old);
    return replace < 0 ? DRAIN_ERROR : DRAIN_MORE;
}
static DrainStep min_item(Thread *t, Ref *acc, Ref item) { return best_item(t, acc, item, CMP_LT); }
static DrainStep max_item(Thread *t, Ref *acc, Ref item) { return best_item(t, acc, item, CMP_GT); }
static Ref best_end(Thread *t, Ref acc, const char *name) {
    return ref_is_null(acc) ? err_set(t, E_ValueError, "%s() arg is an empty sequence", name) : acc;
}
static Ref min_end(Thread *t, Value self, Ref acc) { return best_end(t, acc, "min"); }
static Ref max_end(Thread *t, Value self, Ref acc) { return best_end(t, acc, "max"); }
static const Drain min_drain = {null_begin, min_quick, min_item, min_end}, max_drain = {null_begin, max_quick, max_item, max_end};

/* ---- sorted, iter, next ----------------------------------------------------------------------------------------------- */

static Ref b_sorted(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value opt[2] = {VALUE_NULL, VALUE_NULL};
    if (check_nargs(t, "sorted", nargs, 1, 1) < 0) return REF_NULL;
    Ref list = sequence_list(t, args[0]);
    if (ref_is_null(list)) return REF_NULL;
    int reverse = 0;
    if ((!value_is_null(kwnames) &&
         bind_args(t, "sort", "(*, key=None, reverse=False)", &signature, args + nargs, 0, kwnames, opt, 2) < 0) ||
        (!value_is_null(opt[1]) && as_int(t, opt[1], &reverse) < 0) ||
        list_sort(t, ref_borrow(list), value_is_null(opt[0]) || value_is_none(opt[0]) ? VALUE_NULL : opt[0], reverse != 0) < 0) {
        ref_drop(t, list);
        return REF_NULL;
    }
    return list;
}

static Ref sorted_end(Thread *t, Value self, Ref acc) {
    if (list_sort(t, ref_borrow(acc), VALUE_NULL, false) == 0) return acc;
    ref_drop(t, acc);
    return REF_NULL;
}
static const Drain sorted_drain = {drain_to_list, drain_append, drain_append_any, sorted_end};

static Ref b_iter(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "iter", kwnames) < 0 || check_nargs(t, "iter", nargs, 1, 2) < 0) return REF_NULL;
    if (nargs == 1) return get_iter(t, args[0]);
    if (!is_callable(args[0])) return err_set(t, E_TypeError, "iter(v, w): v must be callable");
    return call_iter_new(t, args[0], args[1]);
}

static Ref b_next(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "next", kwnames) < 0 || check_nargs(t, "next", nargs, 1, 2) < 0) return REF_NULL;
    UnaryFn next = type_of(args[0])->next;
    if (next == NULL) return err_set(t, E_TypeError, "'%.200T' object is not an iterator", args[0]);
    Ref r = next(t, args[0]);
    if (!ref_is_null(r)) return r;
    if (nargs > 1) return !err_pending(t) || err_clear_if(t, E_StopIteration) ? ref_new(t, args[1]) : REF_NULL;
    if (!err_pending(t)) err_object(t, type_value(ETYPE(StopIteration)));
    return REF_NULL;
}

NativeDef builtin_fold_functions[] = {
    FN_DRAIN("all", "($module, iterable, /)", b_all, "Whether every item is true.", all_drain),
    FN_DRAIN("any", "($module, iterable, /)", b_any, "Whether some item is true.", any_drain),
    FN_RAW("iter", NULL, b_iter,
           "iter(iterable) -> iterator\niter(callable, sentinel) -> iterator\n\nAn iterator over the object, or over what the callable returns until the sentinel."),
    FN_RAW_DRAIN("max", NULL, b_max, "max(iterable, *[, default=obj, key=func]) -> value\nmax(arg1, arg2, *args, *[, key=func]) -> value\n\nThe largest one.", max_drain),
    FN_RAW_DRAIN("min", NULL, b_min, "min(iterable, *[, default=obj, key=func]) -> value\nmin(arg1, arg2, *args, *[, key=func]) -> value\n\nThe smallest one.", min_drain),
    FN_RAW("next", NULL, b_next, "next(iterator[, default])\n\nThe iterator's next item, or the default at its end."),
    FN_RAW_DRAIN("sorted", "($module, iterable, /, *, key=None, reverse=False)", b_sorted, "A new list with the items in ascending order.", sorted_drain),
    FN_DRAIN("sum", "($module, iterable, /, start=0)", b_sum, "The start value plus all items.", sum_drain),
    FN_END};
