/* Bound methods: a callable and the object that goes first among its arguments.
 */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

Ref method_new(Thread *t, Value function, Value self) {
    Method *m = object_new(Method, t, &method_type);
    if (m == NULL) return REF_NULL;
    slot_init(&m->function, ref_new(t, function));
    slot_init(&m->self, ref_new(t, self));
    return ref_steal(m);
}

static Value function_of(Value v) { return slot_get(&as(Method, v)->function); }
static Value self_of(Value v) { return slot_get(&as(Method, v)->self); }

static Ref new_slot(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "method", kwnames) < 0 || check_nargs(t, "method", nargs, 2, 2) < 0) return REF_NULL;
    if (!is_callable(args[0])) return err_set(t, E_TypeError, "first argument must be callable");
    if (value_is_none(args[1])) return err_set(t, E_TypeError, "instance must not be None");
    return method_new(t, args[0], args[1]);
}

/* A method of a method of … is called in one go: its objects, innermost first, go before the arguments. */
static Ref call_slot(Thread *t, Value v, const Value *args, size_t nargs, Value kwnames) {
    size_t depth = 1, n = nargs + (value_is_null(kwnames) ? 0 : tuple_size(kwnames));
    Value function = function_of(v);
    for (; unlikely(is_exact(function, &method_type)); function = function_of(function)) depth++;
    Value small[8], *all = depth + n <= 8 ? small : mem_alloc((depth + n) * sizeof(Value));
    if (all == NULL) return err_no_memory(t);
    for (size_t i = depth; i-- > 0; v = function_of(v)) all[i] = self_of(v);
    if (n) memcpy(all + depth, args, n * sizeof(Value));
    Ref r = call(t, function, all, depth + nargs, kwnames);
    if (all != small) mem_free(all);
    return r;
}

static void traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((Method *)o)->function, visit, arg);
    slot_visit(&((Method *)o)->self, visit, arg);
}
static void destroy(Thread *t, Object *o) {
    slot_set(t, o, &((Method *)o)->function, REF_NULL);
    slot_set(t, o, &((Method *)o)->self, REF_NULL);
}

/* The method's own attributes, then its function's. */
static Ref getattro(Thread *t, Value v, Value name) {
    Value attr = is_str(name) ? type_lookup(t, &method_type, name) : VALUE_NULL;
    if (value_is_null(attr)) return get_attr(t, function_of(v), name);
    return generic_getattr(t, v, name);
}

static Ref repr(Thread *t, Value v) {
    Ref name = get_attr_opt(t, function_of(v), N(__qualname__));
    if (ref_is_null(name) && !err_pending(t)) name = get_attr_opt(t, function_of(v), N(__name__));
    if (ref_is_null(name) && err_pending(t)) return REF_NULL;
    bool known = !ref_is_null(name) && is_str(ref_borrow(name));
    Ref r = known ? str_format(t, "<bound method %V of %R>", ref_borrow(name), self_of(v)) : str_format(t, "<bound method ? of %R>", self_of(v));
    ref_drop(t, name);
    return r;
}

static Ref richcompare(Thread *t, Value a, Value b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !is_exact(a, &method_type) || !is_exact(b, &method_type)) return REF_NOT_IMPLEMENTED;
    int same = values_equal(t, function_of(a), function_of(b));
    if (same < 0) return REF_NULL;
    if (same) same = value_is(self_of(a), self_of(b));
    return ref_bool(same == (op == CMP_EQ));
}
static int64_t hash(Thread *t, Value v) {
    int64_t h = object_hash(t, function_of(v));
    if (h == -1) return -1;
    Value self = self_of(v);
    h ^= hash_pointer(value_is_object(self) ? (void *)value_object(self) : (void *)self.bits);
    return h == -1 ? -2 : h;
}

static Ref get_function(Thread *t, Value v, void *closure) { return ref_new(t, function_of(v)); }
static Ref get_self(Thread *t, Value v, void *closure) { return ref_new(t, self_of(v)); }
static Ref get_doc(Thread *t, Value v, void *closure) {
    Ref r = get_attr_opt(t, function_of(v), N(__doc__));
    return ref_is_null(r) && !err_pending(t) ? REF_NONE : r;
}
static Ref reduce(Thread *t, Value v, const Value *a) {
    Ref name = get_attr(t, function_of(v), N(__name__)), getattr = ref_is_null(name) ? REF_NULL : import_attr(t, "builtins", "getattr");
    Ref args = ref_is_null(getattr) ? REF_NULL : tuple_pack(t, 2, self_of(v), ref_borrow(name));
    Ref r = ref_is_null(args) ? REF_NULL : tuple_pack(t, 2, ref_borrow(getattr), ref_borrow(args));
    ref_drop(t, args);
    ref_drop(t, getattr);
    ref_drop(t, name);
    return r;
}
static NativeDef methods[] = {FN("__reduce__", "!($self, /)", reduce, NULL), FN_END};
static const GetSetDef getset[] = {{"__func__", get_function, NULL, "The function that the method calls."},
                                   {"__self__", get_self, NULL, "The object that the method is bound to."},
                                   {"__doc__", get_doc}, {NULL}};

Type method_type = {
    TYPE_HEADER(Method, TYPE_CONTAINER | TYPE_OPEN | TYPE_WEAKREFABLE, traverse, NULL, destroy),
    .name = "method",
    .doc = "method(function, instance)\n--\n\nBinds a callable to an object.",
    .base = &object_type,
    .weakrefs_offset = offsetof(Method, weakrefs),
    .repr = repr,
    .hash = hash,
    .call = call_slot,
    .getattro = getattro,
    .setattro = generic_setattr,
    .richcompare = richcompare,
    .new_ = new_slot,
    .methods = methods,
    .getset = getset};
