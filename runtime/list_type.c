/* list: the type object, its slots and methods. */
#include "runtime/abstract.h"
#include "runtime/drain.h"
#include "runtime/errors.h"
#include "runtime/genericalias.h"
#include "runtime/list_internal.h"
#include "runtime/native.h"
#include "runtime/str.h"

static void list_traverse(Object *o, VisitFn visit, void *arg) {
    List *l = (List *)o;
    ListItems *items = load_acquire(&l->x_items);
    size_t n = items == NULL ? 0 : load_relaxed(&l->x_size);
    if (n > 0 && n > items->capacity) n = items->capacity; /* a size of newer items */
    for (size_t i = 0; i < n; i++) slot_visit(&items->slot[i], visit, arg);
}

static void list_type_clear(Thread *t, Object *o) { list_clear(t, object_value(o)); }

static void list_destroy(Thread *t, Object *o) {
    List *l = (List *)o;
    ListItems *items = load_relaxed(&l->x_items);
    if (items == NULL) return;
    size_t n = load_relaxed(&l->x_size);
    store_relaxed(&l->x_size, 0);
    store_relaxed(&l->x_items, NULL);
    for (size_t i = n; i-- > 0;) ref_drop(t, (Ref){load_relaxed(&items->slot[i].x_bits)});
    mem_free(items);
}

static Ref list_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    return instance_new(t, as(Type, cls));
}

static int list_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (type_of(self)->new_ == list_type.new_ && no_kwargs(t, "list", kwnames) < 0) return -1;
    if (check_nargs(t, "list", nargs, 0, 1) < 0) return -1;
    if (list_size(self) != 0) list_clear(t, self);
    return nargs == 0 ? 0 : list_extend(t, self, args[0]);
}

static int64_t list_len(Thread *t, Value self) { return (int64_t)list_size(self); }

static Ref list_repr(Thread *t, Value self) {
    if (list_size(self) == 0) return str_from_cstr(t, "[]");
    ReprGuard guard;
    if (repr_enter(&guard, self)) return str_from_cstr(t, "[...]");
    uint8_t room[256];
    StrBuilder b = STR_BUILDER_ON(room);
    int status = builder_char(t, &b, '[');
    for (size_t i = 0; status == 0; i++) {
        Value v = list_get(self, i);
        if (value_is_null(v)) break;
        if (i > 0 && (status = builder_ascii(t, &b, ", ", 2)) < 0) break;
        Ref item = ref_new(t, v), text = object_repr(t, v);
        status = ref_is_null(text) ? -1 : builder_str(t, &b, ref_borrow(text));
        ref_drop(t, text);
        ref_drop(t, item);
    }
    repr_leave(&guard);
    if (status == 0) status = builder_char(t, &b, ']');
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

/* Compares items from *i on as far as no Python is needed. 1: all up to the shorter length are equal; 0: items *i differ or must be
 * compared by their own methods; they are in *x, *y then (owned), and *known says whether they are known to differ. */
static int compare_plain(Thread *t, List *a, List *b, size_t *i, Ref *x, Ref *y, bool *known, size_t *n, size_t *m) {
    int result = 1;
    CRITICAL2_BEGIN(t, a, b)
    *n = load_relaxed(&a->x_size);
    *m = load_relaxed(&b->x_size);
    for (; *i < *n && *i < *m; ++*i) {
        Value v = slot_get(&load_relaxed(&a->x_items)->slot[*i]), w = slot_get(&load_relaxed(&b->x_items)->slot[*i]);
        int equal = plain_equal(v, w);
        if (equal == 1) continue;
        *known = equal == 0;
        *x = ref_new(t, v);
        *y = ref_new(t, w);
        result = 0;
        break;
    }
    CRITICAL_END(t)
    return result;
}

static Ref list_compare(Thread *t, Value av, Value bv, CompareOp op) {
    if (!is_list(av) || !is_list(bv)) return REF_NOT_IMPLEMENTED;
    List *a = as(List, av), *b = as(List, bv);
    if ((op == CMP_EQ || op == CMP_NE) && list_size(av) != list_size(bv)) return ref_bool(op == CMP_NE);
    size_t n, m;
    for (size_t i = 0;; i++) {
        Ref x, y, r = REF_NULL;
        bool differ;
        if (compare_plain(t, a, b, &i, &x, &y, &differ, &n, &m)) return ref_bool(compare_sizes(n, m, op));
        int equal = differ ? 0 : values_equal(t, ref_borrow(x), ref_borrow(y));
        if (equal == 0 && !differ && (i >= list_size(av) || i >= list_size(bv))) { /* the comparison has shortened one */
            r = ref_bool(compare_sizes(list_size(av), list_size(bv), op));
        } else if (equal == 0) {
            if (op == CMP_EQ || op == CMP_NE) r = ref_bool(op == CMP_NE);
            else r = rich_compare(t, ref_borrow(x), ref_borrow(y), op);
        }
        ref_drop(t, x);
        ref_drop(t, y);
        if (equal <= 0) return r;
    }
}

/* First position in [lo, hi) whose item equals v: the item itself goes to *found (owned) if that is not null. -1: none, -2: exception. */
static int64_t find(Thread *t, Value self, Value v, int64_t lo, int64_t hi, Ref *found) {
    for (int64_t i = lo; i < hi; i++) {
        Value item = list_get(self, (size_t)i);
        if (value_is_null(item)) break;
        int equal = plain_equal(item, v);
        if (equal == 0) continue;
        Ref hold = REF_NULL;
        if (equal == PLAIN_UNKNOWN) {
            hold = ref_new(t, item);
            equal = values_equal(t, item, v);
        } else if (found != NULL) {
            hold = ref_new(t, item);
        }
        if (equal > 0 && found != NULL) *found = hold;
        else ref_drop(t, hold);
        if (equal != 0) return equal < 0 ? -2 : i;
    }
    return -1;
}

static int list_contains(Thread *t, Value self, Value v) {
    int64_t i = find(t, self, v, 0, INT64_MAX, NULL);
    return i == -2 ? -1 : i >= 0;
}

static Ref list_concat_slot(Thread *t, Value a, Value b) {
    if (!is_list(b)) return err_set(t, E_TypeError, "can only concatenate list (not \"%.200T\") to list", b);
    return list_concat(t, a, b);
}

static Ref list_iconcat(Thread *t, Value self, Value other) {
    return list_extend(t, self, other) < 0 ? REF_NULL : ref_new(t, self);
}

static Ref list_repeat(Thread *t, Value self, Value count) {
    int64_t times;
    if (index_as_i64(t, count, &times) < 0) return REF_NULL;
    List *l = as(List, self);
    Ref r;
    CRITICAL_BEGIN(t, l)
    size_t n = load_relaxed(&l->x_size);
    if (times <= 0 || n == 0) {
        r = list_new(t, 0);
    } else if ((size_t)times > LIST_MAX / n) {
        r = err_no_memory(t);
    } else {
        size_t total = n * (size_t)times;
        r = list_new(t, total);
        if (!ref_is_null(r)) {
            List *copy = as(List, ref_borrow(r));
            const Slot *from = load_relaxed(&l->x_items)->slot;
            Slot *to = load_relaxed(&copy->x_items)->slot;
            if (n == 1)
                for (size_t i = 0; i < total; i++) slot_init(&to[i], slot_ref(t, from));
            else
                for (size_t i = 0; i < total; i++) slot_init(&to[i], slot_ref(t, &from[i % n]));
            store_relaxed(&copy->x_size, total);
        }
    }
    CRITICAL_END(t)
    return r;
}

static Ref list_irepeat(Thread *t, Value self, Value count) {
    int64_t times;
    if (index_as_i64(t, count, &times) < 0) return REF_NULL;
    List *l = as(List, self);
    if (times <= 0) {
        list_clear(t, self);
        return ref_new(t, self);
    }
    bool ok = true;
    CRITICAL_BEGIN(t, l)
    size_t n = load_relaxed(&l->x_size);
    if (n > 0 && times > 1) {
        ListItems *items = (size_t)times > LIST_MAX / n ? NULL : list_reserve_locked(t, l, n * (size_t)times);
        ok = items != NULL;
        if (ok) {
            for (size_t i = n, total = n * (size_t)times; i < total; i++)
                slot_fill(t, l, &items->slot[i], slot_ref(t, &items->slot[i - n]));
            store_release(&l->x_size, n * (size_t)times);
        }
    }
    CRITICAL_END(t)
    return ok ? ref_new(t, self) : err_no_memory(t);
}

static Ref list_iter(Thread *t, Value self) {
    SeqIter *it = object_new(SeqIter, t, &list_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->source, ref_new(t, self));
    return ref_steal(it);
}

/* ---- methods ----------------------------------------------------------------------------------------------------------- */

static Ref none_or_error(int status) { return status < 0 ? REF_NULL : REF_NONE; }

static Ref method_append(Thread *t, Value self, const Value *a) { return none_or_error(list_append(t, self, a[0])); }
static Ref method_extend(Thread *t, Value self, const Value *a) { return none_or_error(list_extend(t, self, a[0])); }

static Ref method_insert(Thread *t, Value self, const Value *a) {
    int64_t i;
    if (size_arg(t, a[0], &i) < 0) return REF_NULL;
    return none_or_error(list_insert(t, self, i, a[1]));
}

static Ref method_pop(Thread *t, Value self, const Value *a) {
    int64_t i = -1;
    if (!value_is_null(a[0]) && size_arg(t, a[0], &i) < 0) return REF_NULL;
    return list_pop(t, self, i);
}

/* Searching and removing are one step: another thread that removes an earlier item would move ours past a search without the lock. Only an __eq__ in
 * Python suspends the section, and what it was asked about is looked at again. */
static Ref method_remove(Thread *t, Value self, const Value *a) {
    List *l = as(List, self);
    for (;;) {
        Ref found = REF_NULL, removed = REF_NULL;
        int64_t i;
        bool local = is_local(t, l);
        CRITICAL_BEGIN(t, l)
        i = find(t, self, a[0], 0, INT64_MAX, &found);
        /* still the one that was found equal? And is the lock held, if the list isn't local any more? */
        if (i >= 0 && local == is_local(t, l) && value_is(list_get(self, (size_t)i), ref_borrow(found)))
            (void)list_splice_locked(t, l, (size_t)i, (size_t)i + 1, NULL, 0, &removed);
        CRITICAL_END(t)
        if (i == -2) return REF_NULL;
        if (i == -1) return err_set(t, E_ValueError, "list.remove(x): x not in list");
        ref_drop(t, found);
        if (ref_is_null(removed)) continue;
        ref_drop(t, removed);
        return REF_NONE;
    }
}

static Ref method_index(Thread *t, Value self, const Value *a) {
    int64_t lo = 0, hi = INT64_MAX;
    if (index_bounds(t, a[1], a[2], (int64_t)list_size(self), &lo, &hi) < 0) return REF_NULL;
    int64_t i;
    CRITICAL_BEGIN(t, value_object(self)) /* as in remove() */
    i = find(t, self, a[0], lo, hi, NULL);
    CRITICAL_END(t)
    if (i >= 0) return ref_small_int(i);
    return i == -2 ? REF_NULL : err_set(t, E_ValueError, "%R is not in list", a[0]);
}

static Ref method_count(Thread *t, Value self, const Value *a) {
    int64_t count = 0, i = -1;
    while ((i = find(t, self, a[0], i + 1, INT64_MAX, NULL)) >= 0) count++;
    return i == -2 ? REF_NULL : ref_small_int(count);
}

static Ref method_clear(Thread *t, Value self, const Value *a) {
    list_clear(t, self);
    return REF_NONE;
}
static Ref method_copy(Thread *t, Value self, const Value *a) { return list_copy(t, self); }
static Ref method_reverse(Thread *t, Value self, const Value *a) { return none_or_error(list_reverse(t, self)); }

static Ref method_sort(Thread *t, Value self, const Value *a) {
    Value key = value_is_null(a[0]) || value_is_none(a[0]) ? VALUE_NULL : a[0];
    int reverse = value_is_null(a[1]) ? 0 : is_true(t, a[1]);
    return reverse < 0 ? REF_NULL : none_or_error(list_sort(t, self, key, reverse));
}

static Ref method_getitem(Thread *t, Value self, const Value *a) { return list_getitem(t, self, a[0]); }
static Ref method_reversed(Thread *t, Value self, const Value *a) {
    SeqIter *it = object_new(SeqIter, t, &list_reverse_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->source, ref_new(t, self));
    store_relaxed(&it->x_index, (int64_t)list_size(self) - 1);
    return ref_steal(it);
}

static Ref method_sizeof(Thread *t, Value self, const Value *a) {
    ListItems *items = load_acquire(&as(List, self)->x_items);
    return ref_small_int((int64_t)(type_of(self)->head.size + (items == NULL ? 0 : items_bytes(items->capacity))));
}

static Ref method_class_getitem(Thread *t, Value cls, const Value *a) { return generic_alias_new(t, cls, a[0]); }

static NativeDef list_methods[] = {
    FN("__getitem__", "!($self, key, /)", method_getitem, "x.__getitem__(y) <==> x[y]"),
    FN("__reversed__", "($self, /)", method_reversed, "Iterator over the list from its end."),
    FN("__sizeof__", "($self, /)", method_sizeof, "Bytes of memory that the list takes."),
    FN("append", "($self, object, /)", method_append, "Add object at the end."),
    FN("clear", "($self, /)", method_clear, "Remove all items."),
    FN("copy", "($self, /)", method_copy, "A new list with the same items."),
    FN("count", "($self, value, /)", method_count, "How many items equal value."),
    FN_DRAIN("extend", "($self, iterable, /)", method_extend, "Add the iterable's items at the end.", list_extend_drain),
    FN("index", "($self, value, start=0, stop=sys.maxsize, /)", method_index,
       "Position of the first item that equals value.\n\nRaises ValueError if there is none."),
    FN("insert", "($self, index, object, /)", method_insert, "Put object before the item at index."),
    FN("pop", "($self, index=-1, /)", method_pop, "Remove the item at index and return it.\n\nRaises IndexError if there is none."),
    FN("remove", "($self, value, /)", method_remove, "Remove the first item that equals value.\n\nRaises ValueError if there is none."),
    FN("reverse", "($self, /)", method_reverse, "Turn the order around in place."),
    FN("sort", "($self, /, *, key=None, reverse=False)", method_sort,
       "Sort in place, ascending; equal items keep their order.\n\nkey(item), if given, is what is compared; reverse sorts descending."),
    FN_CLASS("__class_getitem__", "!($type, item, /)", method_class_getitem, "See PEP 585"),
    FN_END,
};

Type list_type = {
    TYPE_HEADER(List, TYPE_CONTAINER | TYPE_OPEN | TYPE_BASETYPE | TYPE_LIST | TYPE_SEQUENCE | TYPE_MATCH_SELF, list_traverse,
                list_type_clear, list_destroy),
    .name = "list",
    .doc = "list(iterable=(), /)\n--\n\nSequence of any items that can change and grow.",
    .drain = &list_drain,
    .new_ = list_new_slot,
    .init = list_init,
    .repr = list_repr,
    .hash = hash_not_implemented,
    .richcompare = list_compare,
    .iter = list_iter,
    .len = list_len,
    .getitem = list_getitem,
    .setitem = list_setitem,
    .contains = list_contains,
    .concat = list_concat_slot,
    .iconcat = list_iconcat,
    .repeat = list_repeat,
    .irepeat = list_irepeat,
    .methods = list_methods,
};
