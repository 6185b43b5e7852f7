/* Container protocol: length, items, membership, iteration, buffers. See abstract.h. */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/str.h"

/* ---- length ------------------------------------------------------------------------------------------------- */

int64_t object_len(Thread *t, Value o) {
    LenFn len = type_of(o)->len;
    return likely(len != NULL) ? len(t, o) : err_int(err_set(t, E_TypeError, "object of type '%.200T' has no len()", o));
}

int64_t object_length_hint(Thread *t, Value o, int64_t dflt) {
    if (type_of(o)->len != NULL) {
        int64_t n = object_len(t, o);
        if (n >= 0) return n;
        if (!err_clear_if(t, E_TypeError)) return -1;
    }
    Ref hint = lookup_special(t, o, N(__length_hint__));
    if (ref_is_null(hint)) return err_pending(t) ? -1 : dflt;
    Ref r = call0(t, ref_borrow(hint));
    ref_drop(t, hint);
    if (ref_is_null(r)) return err_clear_if(t, E_TypeError) ? dflt : -1;
    Value v = ref_borrow(r);
    int64_t n = dflt;
    if (!value_is_not_implemented(v)) {
        if (!is_int(v)) n = err_int(err_set(t, E_TypeError, "__length_hint__ must be an integer, not %.100T", v));
        else if (int_try_i64(v, &n) < 0)
            n = err_int(err_set(t, E_OverflowError, "cannot fit '%.200T' into an index-sized integer", v));
        else if (n < 0) n = err_int(err_set(t, E_ValueError, "__length_hint__() should return >= 0"));
    }
    ref_drop(t, r);
    return n;
}

/* ---- items --------------------------------------------------------------------------------------------------- */

/* cls[key] for a class whose metaclass has no __getitem__: __class_getitem__. */
static Ref class_getitem(Thread *t, Value cls, Value key) {
    if (value_is(cls, type_value(&type_type))) return call2(t, type_value(&generic_alias_type), cls, key);
    Ref method = get_attr_opt(t, cls, N(__class_getitem__));
    if (!ref_is_null(method)) {
        Ref r = value_is_none(ref_borrow(method)) ? err_set(t, E_TypeError, "type '%.200N' is not subscriptable", as(Type, cls))
                                                  : call1(t, ref_borrow(method), key);
        ref_drop(t, method);
        return r;
    }
    if (err_pending(t)) return REF_NULL;
    return err_set(t, E_TypeError, "type '%.200N' is not subscriptable", as(Type, cls));
}

Ref get_item(Thread *t, Value o, Value key) {
    BinaryFn getitem = type_of(o)->getitem;
    if (likely(getitem != NULL)) return getitem(t, o, key);
    if (is_type(o)) return class_getitem(t, o, key);
    return err_set(t, E_TypeError, "'%.200T' object is not subscriptable", o);
}

int set_item(Thread *t, Value o, Value key, Value value) {
    Type *type = type_of(o);
    if (likely(type->setitem != NULL)) return type->setitem(t, o, key, value);
    return err_int(err_set(t, E_TypeError, "'%.200T' object does not support item assignment", o));
}

int del_item(Thread *t, Value o, Value key) {
    Type *type = type_of(o);
    if (likely(type->setitem != NULL)) return type->setitem(t, o, key, VALUE_NULL);
    /* CPython says it in two ways, by whether the type has any operation of sequences and the key is an index */
    bool sequence = type_flag(type, TYPE_HEAP) || type->len != NULL || type->contains != NULL || type->concat != NULL;
    bool by_index = sequence && type_of(key)->index != NULL;
    return err_int(err_set(t, E_TypeError, "'%.200T' object %s support item deletion", o, by_index ? "doesn't" : "does not"));
}

/* ---- searching ------------------------------------------------------------------------------------------------- */

typedef enum { SEARCH_CONTAINS, SEARCH_INDEX, SEARCH_COUNT } Search;

static int64_t iterate_search(Thread *t, Value iterable, Value item, Search what) {
    Ref it = get_iter_now(t, iterable);
    if (ref_is_null(it)) {
        if (err_clear_if(t, E_TypeError)) err_set(t, E_TypeError, "argument of type '%.200T' is not iterable", iterable);
        return -1;
    }
    int64_t found = 0;
    for (int64_t i = 0;; i++) {
        Ref v;
        int more = iter_next(t, ref_borrow(it), &v);
        if (more <= 0) {
            if (more < 0) found = -1;
            else if (what == SEARCH_INDEX) found = err_int(err_set(t, E_ValueError, "sequence.index(x): x not in sequence"));
            break;
        }
        int equal = values_equal(t, ref_borrow(v), item);
        ref_drop(t, v);
        if (equal < 0) {
            found = -1;
            break;
        }
        if (!equal) continue;
        if (what == SEARCH_COUNT) {
            found++;
            continue;
        }
        found = what == SEARCH_INDEX ? i : 1;
        break;
    }
    ref_drop(t, it);
    return found;
}

int object_contains(Thread *t, Value container, Value item) {
    Type *type = type_of(container);
    if (type->contains != NULL) return type->contains(t, container, item);
    return (int)iterate_search(t, container, item, SEARCH_CONTAINS);
}
int64_t sequence_index(Thread *t, Value iterable, Value item) { return iterate_search(t, iterable, item, SEARCH_INDEX); }
int64_t sequence_count(Thread *t, Value iterable, Value item) { return iterate_search(t, iterable, item, SEARCH_COUNT); }

/* ---- iteration --------------------------------------------------------------------------------------------------- */

bool is_sequence(Value v) {
    Type *type = type_of(v);
    return type->getitem != NULL && !is_dict(v) && (type->len != NULL || type_flag(type, TYPE_HEAP)); /* unions and matches are subscripted by anything */
}

Ref get_iter(Thread *t, Value o) {
    Type *type = type_of(o);
    if (unlikely(type->iter == NULL)) {
        if (is_sequence(o)) return seq_iter_new(t, o);
        return err_set(t, E_TypeError, "'%.200T' object is not iterable", o);
    }
    Ref it = type->iter(t, o);
    if (!ref_is_null(it) && unlikely(type_of(ref_borrow(it))->next == NULL)) {
        err_set(t, E_TypeError, "iter() returned non-iterator of type '%.100T'", ref_borrow(it));
        ref_drop(t, it);
        return REF_NULL;
    }
    return it;
}

int iter_next(Thread *t, Value iter, Ref *out) {
    UnaryFn next = type_of(iter)->next;
    *out = REF_NULL;
    if (c_stack_check(t, " while calling a Python object") < 0) return -1; /* iterators over iterators over … */
    if (unlikely(next == NULL)) return err_int(err_set(t, E_TypeError, "'%.200T' object is not an iterator", iter));
    *out = next(t, iter);
    if (likely(!ref_is_null(*out))) return 1;
    if (likely(!err_pending(t))) return 0;
    return err_clear_if(t, E_StopIteration) ? 0 : -1;
}

void iter_settle_slow(Thread *t, Value iter) {
    /* iterators over iterators over …: those at the bottom stay as they are */
    if (is_local(t, value_object(iter)) && (char *)__builtin_frame_address(0) > t->c_stack_limit) type_of(iter)->settle(t, iter);
}

Ref sequence_list(Thread *t, Value iterable) {
    Ref list = list_new(t, 0);
    if (!ref_is_null(list) && list_extend(t, ref_borrow(list), iterable) < 0) {
        ref_drop(t, list);
        return REF_NULL;
    }
    return list;
}

Ref sequence_tuple(Thread *t, Value iterable) {
    if (is_exact(iterable, &tuple_type)) return ref_new(t, iterable);
    if (is_exact(iterable, &list_type)) return list_to_tuple(t, iterable);
    Ref list = sequence_list(t, iterable);
    if (ref_is_null(list)) return REF_NULL;
    Ref tuple = list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    return tuple;
}

Ref sequence_fast(Thread *t, Value iterable, const char *message) {
    if (is_exact(iterable, &list_type) || is_exact(iterable, &tuple_type)) return ref_new(t, iterable);
    Ref it = get_iter_now(t, iterable);
    if (ref_is_null(it)) {
        if (err_clear_if(t, E_TypeError)) err_set(t, E_TypeError, "%s", message);
        return REF_NULL;
    }
    Ref list = sequence_list(t, ref_borrow(it));
    ref_drop(t, it);
    return list;
}

/* list(o.method()) */
static Ref method_list(Thread *t, Value o, Value method) {
    Ref view = call_method0(t, o, method);
    if (ref_is_null(view)) return REF_NULL;
    Ref it = get_iter_now(t, ref_borrow(view));
    if (ref_is_null(it)) {
        if (err_clear_if(t, E_TypeError))
            err_set(t, E_TypeError, "%.200T.%V() returned a non-iterable (type %.200T)", o, method, ref_borrow(view));
        ref_drop(t, view);
        return REF_NULL;
    }
    Ref list = sequence_list(t, ref_borrow(it));
    ref_drop(t, it);
    ref_drop(t, view);
    return list;
}
Ref mapping_keys(Thread *t, Value o) { return is_exact(o, &dict_type) ? dict_keys_list(t, o) : method_list(t, o, N(keys)); }
Ref mapping_items(Thread *t, Value o) { return is_exact(o, &dict_type) ? dict_items_list(t, o) : method_list(t, o, N(items)); }
Ref mapping_values(Thread *t, Value o) { return is_exact(o, &dict_type) ? dict_values_list(t, o) : method_list(t, o, N(values)); }

/* ---- buffers ------------------------------------------------------------------------------------------------------- */

bool buffer_supported(Value o) { return type_of(o)->get_buffer != NULL; }

int buffer_get(Thread *t, Value o, Buffer *view, int flags) {
    *view = (Buffer){0};
    Type *type = type_of(o);
    if (type->get_buffer == NULL) return err_int(err_set(t, E_TypeError, "a bytes-like object is required, not '%.100T'", o));
    return type->get_buffer(t, o, view, flags);
}

void buffer_release(Thread *t, Buffer *view) {
    Ref owner = view->owner;
    if (ref_is_null(owner)) return;
    Type *type = type_of(ref_borrow(owner));
    if (type->release_buffer != NULL) type->release_buffer(t, ref_borrow(owner), view);
    view->owner = REF_NULL;
    ref_drop(t, owner);
}

int buffer_fill(Thread *t, Buffer *view, Value owner, void *data, int64_t len, bool readonly, int flags) {
    if (readonly && (flags & BUFFER_WRITABLE)) return err_int(err_set(t, E_BufferError, "Object is not writable."));
    memset(view, 0, sizeof *view); /* field by field: a literal would be made elsewhere and copied */
    view->data = data;
    view->owner = value_is_null(owner) ? REF_NULL : ref_new(t, owner);
    view->len = len;
    view->item_size = 1;
    view->readonly = readonly;
    view->ndim = 1;
    view->format = flags & BUFFER_FORMAT ? "B" : NULL;
    view->small_shape[0] = len;
    view->small_strides[0] = 1;
    if ((flags & BUFFER_ND) == BUFFER_ND) view->shape = view->small_shape;
    if ((flags & BUFFER_STRIDES) == BUFFER_STRIDES) view->strides = view->small_strides;
    return 0;
}
