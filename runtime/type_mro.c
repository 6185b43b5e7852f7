/* The method resolution order: C3 (Barrett et al., "A Monotonic Superclass Linearization for Dylan", OOPSLA 1996), and the choice of the base
 * whose layout a class builds on.
 */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

static bool in_tail(Value list, size_t from, Value cls) {
    for (size_t i = from + 1; i < tuple_size(list); i++)
        if (value_is(tuple_get(list, i), cls)) return true;
    return false;
}

/* "Cannot create a consistent method resolution\norder (MRO) for bases X, Y": the heads that are left, each once. */
static COLD void mro_error(Thread *t, const Value *lists, const size_t *at, size_t n) {
    StrBuilder b = STR_BUILDER;
    Ref seen = set_new(t, VALUE_NULL);
    bool bad = ref_is_null(seen) || builder_cstr(t, &b, "Cannot create a consistent method resolution\norder (MRO) for bases") < 0, first = true;
    for (size_t i = 0; i < n && !bad; i++) {
        if (at[i] >= tuple_size(lists[i])) continue;
        Value cls = tuple_get(lists[i], at[i]);
        if (set_contains(t, ref_borrow(seen), cls) == 1) continue;
        Ref name = type_name(t, as(Type, cls));
        bad = set_add(t, ref_borrow(seen), cls) < 0 || ref_is_null(name) || builder_format(t, &b, first ? " %V" : ", %V", ref_borrow(name)) < 0;
        ref_drop(t, name);
        first = false;
    }
    ref_drop(t, seen);
    Ref text = bad ? REF_NULL : builder_finish(t, &b);
    if (bad) builder_drop(&b);
    if (!ref_is_null(text)) err_set(t, E_TypeError, "%V", ref_borrow(text));
    ref_drop(t, text);
}

static int check_duplicates(Thread *t, Value bases) {
    for (size_t i = 0; i < tuple_size(bases); i++) {
        if (!in_tail(bases, i, tuple_get(bases, i))) continue;
        Ref name = type_name(t, as(Type, tuple_get(bases, i)));
        if (!ref_is_null(name)) err_set(t, E_TypeError, "duplicate base class %V", ref_borrow(name));
        ref_drop(t, name);
        return -1;
    }
    return 0;
}

/* Merges the bases' orders and the list of bases. */
static Ref merge(Thread *t, Type *type, const Value *lists, size_t *at, size_t n) {
    Ref result = list_new(t, 8);
    if (ref_is_null(result) || list_append(t, ref_borrow(result), type_value(type)) < 0) goto fail;
    for (;;) {
        bool left = false;
        Value next = VALUE_NULL;
        for (size_t i = 0; i < n && value_is_null(next); i++) {
            if (at[i] >= tuple_size(lists[i])) continue;
            left = true;
            next = tuple_get(lists[i], at[i]);
            for (size_t k = 0; k < n; k++)
                if (at[k] < tuple_size(lists[k]) && in_tail(lists[k], at[k], next)) {
                    next = VALUE_NULL;
                    break;
                }
        }
        if (!left) break;
        if (value_is_null(next)) {
            mro_error(t, lists, at, n);
            goto fail;
        }
        if (list_append(t, ref_borrow(result), next) < 0) goto fail;
        for (size_t i = 0; i < n; i++)
            if (at[i] < tuple_size(lists[i]) && value_is(tuple_get(lists[i], at[i]), next)) at[i]++;
    }
    Ref tuple = list_to_tuple(t, ref_borrow(result));
    ref_drop(t, result);
    return tuple;
fail:
    ref_drop(t, result);
    return REF_NULL;
}

Ref mro_compute(Thread *t, Type *type, Value bases) {
    size_t n = tuple_size(bases);
    for (size_t i = 0; i < n; i++) {
        Type *base = as(Type, tuple_get(bases, i));
        if (value_is_null(slot_get(&base->mro))) return err_set(t, E_TypeError, "Cannot extend an incomplete type '%.100s'", base->name);
    }
    if (check_duplicates(t, bases) < 0) return REF_NULL;
    Value *lists = mem_alloc((n + 1) * (sizeof(Value) + sizeof(size_t)));
    if (lists == NULL) return err_no_memory(t);
    size_t *at = (size_t *)(lists + n + 1);
    Ref *hold = (Ref *)lists; /* the lists are owned: another thread may give a base a new mro */
    for (size_t i = 0; i < n; i++) hold[i] = slot_ref(t, &as(Type, tuple_get(bases, i))->mro);
    lists[n] = bases;
    memset(at, 0, (n + 1) * sizeof *at);
    Ref r = merge(t, type, lists, at, n + 1);
    for (size_t i = 0; i < n; i++) ref_drop(t, hold[i]);
    mem_free(lists);
    return r;
}

/* The most derived class on a type's base chain whose C layout, or __slots__, differ from its own base's. */
Type *solid_base(Type *type) {
    while (type->base != NULL && type->basic_size_end == type->base->basic_size_end && type->head.item_size == type->base->head.item_size &&
           type_flag(type, TYPE_HEAP))
        type = type->base;
    /* a static type that adds nothing to its base's struct is no layout of its own (bool, most exceptions) */
    while (type->base != NULL && !type_flag(type, TYPE_HEAP) && type->head.size == type->base->head.size &&
           type->head.item_size == type->base->head.item_size)
        type = type->base;
    return type;
}

static bool base_ok(Thread *t, Value base) {
    if (!is_type(base)) {
        err_set(t, E_TypeError, "bases must be types");
        return false;
    }
    Type *type = as(Type, base);
    if (!type_flag(type, TYPE_READY) && !type_flag(type, TYPE_HEAP) && type_ready(t, type) < 0) return false;
    if (type_flag(type, TYPE_BASETYPE)) return true;
    err_set(t, E_TypeError, "type '%.100s' is not an acceptable base type", type->name);
    return false;
}

Type *best_base(Thread *t, Value bases) {
    Type *winner = NULL, *best = NULL;
    for (size_t i = 0; i < tuple_size(bases); i++) {
        if (!base_ok(t, tuple_get(bases, i))) return NULL;
        Type *base = as(Type, tuple_get(bases, i)), *candidate = solid_base(base);
        if (winner == NULL || (winner != candidate && !type_is_subtype(winner, candidate) && type_is_subtype(candidate, winner))) {
            winner = candidate;
            best = base;
        } else if (!type_is_subtype(winner, candidate)) {
            err_set(t, E_TypeError, "multiple bases have instance lay-out conflict");
            return NULL;
        }
    }
    return best;
}
