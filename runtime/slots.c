/* Type slots and dunders: generic slot functions that call a dunder written in Python, wrapper descriptors' functions that call
 * a slot written in C, and the computation of a class's slots from its namespace. The pairs stand in slots.def.
 */
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

/* ---- calling dunders ----------------------------------------------------------------------------------------- */

/* Calls f, found on type(args[0]), as a method of args[0] with the rest of args. */
static Ref call_found(Thread *t, Value f, const Value *args, size_t n) {
    Type *ft = type_of(f);
    if (likely(ft == &function_type)) return call(t, f, args, n, VALUE_NULL); /* its frame holds it */
    Ref hold = ref_new(t, f), r; /* the class may lose it while it runs */
    if (type_flag(ft, TYPE_METHOD)) {
        r = call(t, f, args, n, VALUE_NULL);
    } else if (ft->descr_get == NULL) {
        r = call(t, f, args + 1, n - 1, VALUE_NULL);
    } else {
        Ref bound = ft->descr_get(t, f, args[0], type_value(type_of(args[0])));
        r = ref_is_null(bound) ? REF_NULL : call(t, ref_borrow(bound), args + 1, n - 1, VALUE_NULL);
        ref_drop(t, bound);
    }
    ref_drop(t, hold);
    return r;
}

/* args[0].name(args[1…]); AttributeError if the type has no such attribute */
static Ref dunder(Thread *t, Value name, const Value *args, size_t n) {
    Value f = type_lookup(t, type_of(args[0]), name);
    if (value_is_null(f)) return err_set(t, E_AttributeError, "%V", name);
    return call_found(t, f, args, n);
}

/* the same; NotImplemented if there is none */
static Ref dunder_maybe(Thread *t, Value name, const Value *args, size_t n) {
    Value f = type_lookup(t, type_of(args[0]), name);
    return value_is_null(f) ? REF_NOT_IMPLEMENTED : call_found(t, f, args, n);
}

static int drop_result(Thread *t, Ref r) {
    if (ref_is_null(r)) return -1;
    ref_drop(t, r);
    return 0;
}

/* self prepended to a call's arguments; from the stack if they are few. */
typedef struct ArgRoom { Value small[8], *v; } ArgRoom;
static Value *args_prepend(Thread *t, ArgRoom *room, Value self, const Value *args, size_t nargs, Value kwnames) {
    size_t n = nargs + (value_is_null(kwnames) ? 0 : tuple_size(kwnames));
    room->v = n + 1 <= 8 ? room->small : mem_alloc((n + 1) * sizeof(Value));
    if (room->v == NULL) {
        err_no_memory(t);
        return NULL;
    }
    room->v[0] = self;
    if (n) memcpy(room->v + 1, args, n * sizeof(Value));
    return room->v;
}
static void args_done(ArgRoom *room) {
    if (room->v != room->small) mem_free(room->v);
}

/* self.name(*args, **kw) for calls passed on as they came */
static Ref call_dunder(Thread *t, Value name, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value f = type_lookup(t, type_of(self), name);
    if (value_is_null(f)) return err_set(t, E_AttributeError, "%V", name);
    Type *ft = type_of(f);
    Ref hold = ref_new(t, f), r = REF_NULL;
    if (type_flag(ft, TYPE_METHOD)) {
        ArgRoom room;
        if (args_prepend(t, &room, self, args, nargs, kwnames)) {
            r = call(t, f, room.v, nargs + 1, kwnames);
            args_done(&room);
        }
    } else if (ft->descr_get == NULL) {
        r = call(t, f, args, nargs, kwnames);
    } else {
        Ref bound = ft->descr_get(t, f, self, type_value(type_of(self)));
        if (!ref_is_null(bound)) r = call(t, ref_borrow(bound), args, nargs, kwnames);
        ref_drop(t, bound);
    }
    ref_drop(t, hold);
    return r;
}

Ref lookup_special(Thread *t, Value obj, Value name) {
    Type *type = type_of(obj);
    Value f = type_lookup(t, type, name);
    if (value_is_null(f)) return REF_NULL;
    Type *ft = type_of(f);
    if (ft->descr_get == NULL) return ref_new(t, f);
    Ref hold = ref_new(t, f);
    Ref r = ft->descr_get(t, f, obj, type_value(type));
    ref_drop(t, hold);
    return r;
}

/* ---- generic slot functions: basic ------------------------------------------------------------------------------ */

#define UNARY(fn, dunder_name)                                                                              \
    static Ref fn(Thread *t, Value self) { return dunder(t, N(dunder_name), &self, 1); }

static Ref dunder_repr(Thread *t, Value self) { return dunder(t, N(__repr__), &self, 1); }
UNARY(dunder_str, __str__)

static int64_t dunder_hash(Thread *t, Value self) {
    Value f = type_lookup(t, type_of(self), N(__hash__));
    if (value_is_null(f) || value_is_none(f)) return hash_not_implemented(t, self);
    Ref r = call_found(t, f, &self, 1);
    if (ref_is_null(r)) return -1;
    int64_t h;
    if (!is_int(ref_borrow(r))) {
        err_set(t, E_TypeError, "__hash__ method should return an integer");
        h = -1;
    } else {
        if (int_try_i64(ref_borrow(r), &h) < 0) h = int_hash(ref_borrow(r));
        if (h == -1) h = -2;
    }
    ref_drop(t, r);
    return h;
}

Ref dunder_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return call_dunder(t, N(__call__), self, args, nargs, kwnames);
}

/* __getattribute__, then __getattr__ if that fails. */
Ref dunder_getattr(Thread *t, Value self, Value name) {
    Type *type = type_of(self);
    Value getattr = type_lookup(t, type, N(__getattr__));
    Value getattribute = type_lookup(t, type, N(__getattribute__));
    Value args[2] = {self, name};
    bool plain = !value_is_null(getattribute) && is_exact(getattribute, &wrapper_descriptor_type) &&
                 as(WrapperDescriptor, getattribute)->function == (void *)generic_getattr;
    if (value_is_null(getattr)) return value_is_null(getattribute) ? generic_getattr(t, self, name) : call_found(t, getattribute, args, 2);
    Ref hold = ref_new(t, getattr), r;
    if (plain || value_is_null(getattribute)) {
        r = generic_getattr_opt(t, self, name);
        if (ref_is_null(r) && (!err_pending(t) || err_clear_if(t, E_AttributeError))) r = call_found(t, ref_borrow(hold), args, 2);
    } else {
        r = call_found(t, getattribute, args, 2);
        if (ref_is_null(r) && err_clear_if(t, E_AttributeError)) r = call_found(t, ref_borrow(hold), args, 2);
    }
    ref_drop(t, hold);
    return r;
}

static int dunder_setattr(Thread *t, Value self, Value name, Value value) {
    Value args[3] = {self, name, value};
    return drop_result(t, value_is_null(value) ? dunder(t, N(__delattr__), args, 2) : dunder(t, N(__setattr__), args, 3));
}

static Ref dunder_richcompare(Thread *t, Value a, Value b, CompareOp op) {
    const Value *by_op[] = {&N(__lt__), &N(__le__), &N(__eq__), &N(__ne__), &N(__gt__), &N(__ge__)}, name = *by_op[op];
    Value args[2] = {a, b}, f = type_lookup(t, type_of(a), name);
    if (value_is_null(f)) return REF_NOT_IMPLEMENTED;
    if (type_flag(type_of(f), TYPE_METHOD)) return call_found(t, f, args, 2);
    Ref bound = lookup_special(t, a, name);
    if (ref_is_null(bound)) { /* a descriptor that raised: CPython takes that for having no answer */
        err_clear(t);
        return REF_NOT_IMPLEMENTED;
    }
    Ref r = call1(t, ref_borrow(bound), b);
    ref_drop(t, bound);
    return r;
}

static Ref dunder_iter(Thread *t, Value self) {
    Value f = type_lookup(t, type_of(self), N(__iter__));
    if (value_is_null(f) || value_is_none(f)) return err_set(t, E_TypeError, "'%.200T' object is not iterable", self);
    return call_found(t, f, &self, 1);
}
UNARY(dunder_next, __next__)

static Ref slot_descr_get(Thread *t, Value self, Value obj, Value type) {
    Value f = type_lookup(t, type_of(self), N(__get__));
    if (value_is_null(f)) return ref_new(t, self);
    Value args[3] = {self, value_is_null(obj) ? VALUE_NONE : obj, value_is_null(type) ? VALUE_NONE : type};
    return call_found(t, f, args, 3);
}
static int slot_descr_set(Thread *t, Value self, Value obj, Value value) {
    Value args[3] = {self, obj, value};
    return drop_result(t, value_is_null(value) ? dunder(t, N(__delete__), args, 2) : dunder(t, N(__set__), args, 3));
}

int dunder_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref r = call_dunder(t, N(__init__), self, args, nargs, kwnames);
    if (ref_is_none(r)) return 0;
    if (!ref_is_null(r)) {
        err_set(t, E_TypeError, "__init__() should return None, not '%.200T'", ref_borrow(r));
        ref_drop(t, r);
    }
    return -1;
}

/* __new__ is looked up as an attribute of the class, which unwraps the staticmethod that it is. */
Ref dunder_new(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) {
    Ref f = get_attr(t, type, N(__new__));
    if (ref_is_null(f)) return REF_NULL;
    ArgRoom room;
    Ref r = REF_NULL;
    if (args_prepend(t, &room, type, args, nargs, kwnames)) {
        r = call(t, ref_borrow(f), room.v, nargs + 1, kwnames);
        args_done(&room);
    }
    ref_drop(t, f);
    return r;
}

/* __del__: its exceptions are reported, and what was in flight before stays in flight. */
static void dunder_finalize(Thread *t, Object *o) {
    Value self = object_value(o);
    Value f = type_lookup(t, object_type_of(o), N(__del__));
    if (value_is_null(f)) return;
    Ref pending = err_fetch(t);
    Ref hold = ref_new(t, f);
    Ref r = call_found(t, f, &self, 1);
    if (ref_is_null(r)) err_unraisable(t, NULL, f);
    ref_drop(t, r);
    ref_drop(t, hold);
    if (!ref_is_null(pending)) err_steal(t, pending);
}

/* ---- generic slot functions: numbers ------------------------------------------------------------------------------ */

/* Does b's class give name another meaning than a's? Then b's reflected method comes first. */
static bool overrides(Thread *t, Value a, Value b, Value name) {
    Value fb = type_lookup(t, type_of(b), name), fa = type_lookup(t, type_of(a), name);
    return !value_is_null(fb) && (value_is_null(fa) || !value_is(fa, fb));
}

/* Both orders of a binary operator: `generic` is the slot function that calls this, at `offset` in the type. */
static Ref binary_dunders(Thread *t, Value a, Value b, Value third, Value name, Value reflected, void *generic, size_t offset) {
    Type *ta = type_of(a), *tb = type_of(b);
    bool try_right = ta != tb && *(void **)((char *)tb + offset) == generic;
    Value args[3] = {a, b, third};
    size_t nargs = value_is_null(third) || value_is_none(third) ? 2 : 3;
    Value swapped[2] = {b, a};
    Ref r;
    if (*(void **)((char *)ta + offset) == generic) {
        if (try_right && type_is_subtype(tb, ta) && overrides(t, a, b, reflected)) {
            r = dunder_maybe(t, reflected, swapped, 2);
            if (!ref_is_not_implemented(r)) return r;
            try_right = false;
        }
        r = dunder_maybe(t, name, args, nargs);
        if (!ref_is_not_implemented(r) || ta == tb) return r;
    }
    /* three-argument pow has no reflected form */
    return try_right && nargs == 2 ? dunder_maybe(t, reflected, swapped, 2) : REF_NOT_IMPLEMENTED;
}

#define BINARY(fn, field, name, reflected)                                                                  \
    static Ref fn(Thread *t, Value a, Value b) {                                                            \
        return binary_dunders(t, a, b, VALUE_NULL, N(name), N(reflected), (void *)fn, offsetof(Type, field)); \
    }
BINARY(dunder_add, add, __add__, __radd__)
BINARY(dunder_sub, sub, __sub__, __rsub__)
BINARY(dunder_mul, mul, __mul__, __rmul__)
BINARY(dunder_matmul, matmul, __matmul__, __rmatmul__)
BINARY(dunder_truediv, truediv, __truediv__, __rtruediv__)
BINARY(dunder_floordiv, floordiv, __floordiv__, __rfloordiv__)
BINARY(dunder_mod, mod, __mod__, __rmod__)
BINARY(dunder_divmod, divmod, __divmod__, __rdivmod__)
BINARY(dunder_lshift, lshift, __lshift__, __rlshift__)
BINARY(dunder_rshift, rshift, __rshift__, __rrshift__)
BINARY(dunder_and, and_, __and__, __rand__)
BINARY(dunder_or, or_, __or__, __ror__)
BINARY(dunder_xor, xor_, __xor__, __rxor__)
static Ref dunder_pow(Thread *t, Value a, Value b, Value c) {
    return binary_dunders(t, a, b, c, N(__pow__), N(__rpow__), (void *)dunder_pow, offsetof(Type, pow));
}

UNARY(dunder_neg, __neg__)
UNARY(dunder_pos, __pos__)
UNARY(dunder_abs, __abs__)
UNARY(dunder_invert, __invert__)
UNARY(dunder_int, __int__)
UNARY(dunder_float, __float__)
UNARY(dunder_index, __index__)
UNARY(dunder_await, __await__)
UNARY(dunder_aiter, __aiter__)
UNARY(dunder_anext, __anext__)

static int dunder_bool(Thread *t, Value self) {
    Ref r = dunder(t, N(__bool__), &self, 1);
    if (ref_is_null(r)) return -1;
    Value v = ref_borrow(r);
    if (value_is_true(v) || value_is_false(v)) return value_is_true(v);
    err_set(t, E_TypeError, "__bool__ should return bool, returned %.200T", v);
    ref_drop(t, r);
    return -1;
}

#define INPLACE(fn, name)                                                                                   \
    static Ref fn(Thread *t, Value a, Value b) {                                                            \
        Value args[2] = {a, b};                                                                             \
        return dunder(t, N(name), args, 2);                                                                 \
    }
INPLACE(dunder_iadd, __iadd__)
INPLACE(dunder_isub, __isub__)
INPLACE(dunder_imul, __imul__)
INPLACE(dunder_imatmul, __imatmul__)
INPLACE(dunder_itruediv, __itruediv__)
INPLACE(dunder_ifloordiv, __ifloordiv__)
INPLACE(dunder_imod, __imod__)
INPLACE(dunder_ilshift, __ilshift__)
INPLACE(dunder_irshift, __irshift__)
INPLACE(dunder_iand, __iand__)
INPLACE(dunder_ior, __ior__)
INPLACE(dunder_ixor, __ixor__)
static Ref dunder_ipow(Thread *t, Value a, Value b, Value c) {
    Value args[2] = {a, b};
    return dunder(t, N(__ipow__), args, 2);
}

/* ---- generic slot functions: containers ------------------------------------------------------------------------------ */

static int64_t dunder_len(Thread *t, Value self) {
    Ref r = dunder(t, N(__len__), &self, 1);
    if (ref_is_null(r)) return -1;
    Ref index = number_index(t, ref_borrow(r));
    ref_drop(t, r);
    if (ref_is_null(index)) return -1;
    int64_t n = -1;
    if (int_sign(ref_borrow(index)) < 0) err_set(t, E_ValueError, "__len__() should return >= 0");
    else if (int_try_i64(ref_borrow(index), &n) < 0) {
        n = -1;
        err_set(t, E_OverflowError, "cannot fit 'int' into an index-sized integer");
    }
    ref_drop(t, index);
    return n;
}

static Ref dunder_getitem(Thread *t, Value self, Value key) {
    Value args[2] = {self, key};
    return dunder(t, N(__getitem__), args, 2);
}
static int dunder_setitem(Thread *t, Value self, Value key, Value value) {
    Value args[3] = {self, key, value};
    return drop_result(t, value_is_null(value) ? dunder(t, N(__delitem__), args, 2) : dunder(t, N(__setitem__), args, 3));
}

static int dunder_contains(Thread *t, Value self, Value item) {
    Value f = type_lookup(t, type_of(self), N(__contains__));
    if (value_is_null(f) || value_is_none(f)) {
        err_set(t, E_TypeError, "'%.200T' object is not a container", self);
        return -1;
    }
    Value args[2] = {self, item};
    Ref r = call_found(t, f, args, 2);
    if (ref_is_null(r)) return -1;
    int truth = is_true(t, ref_borrow(r));
    ref_drop(t, r);
    return truth;
}

/* ---- wrappers: slots written in C, called by their dunder ------------------------------------------------------------- */

#define WRAP(name) static Ref name(Thread *t, Value self, const Value *args, size_t nargs, const SlotDef *def, void *fn, Value kwnames)

static bool wrap_nargs(Thread *t, size_t nargs, size_t want) {
    if (likely(nargs == want)) return true;
    err_set(t, E_TypeError, "expected %zu argument%s, got %zu", want, want == 1 ? "" : "s", nargs);
    return false;
}
/* These messages of CPython's lack the name, and keep its space. */
static bool wrap_nargs2(Thread *t, size_t nargs, size_t min, size_t max) { return check_nargs(t, "", nargs, min, max) == 0; }
static Ref none_unless(int failed) { return failed < 0 ? REF_NULL : REF_NONE; }

WRAP(wrap_unary) { return wrap_nargs(t, nargs, 0) ? ((UnaryFn)fn)(t, self) : REF_NULL; }
WRAP(wrap_hash) {
    if (!wrap_nargs(t, nargs, 0)) return REF_NULL;
    int64_t h = ((HashFn)fn)(t, self);
    return h == -1 && err_pending(t) ? REF_NULL : int_from_i64(t, h);
}
WRAP(wrap_call) { return ((RawFn)fn)(t, self, args, nargs, kwnames); }
WRAP(wrap_binary) { return wrap_nargs(t, nargs, 1) ? ((BinaryFn)fn)(t, self, args[0]) : REF_NULL; }
WRAP(wrap_binary_left) { return wrap_nargs(t, nargs, 1) ? ((BinaryFn)fn)(t, self, args[0]) : REF_NULL; }
WRAP(wrap_binary_right) { return wrap_nargs(t, nargs, 1) ? ((BinaryFn)fn)(t, args[0], self) : REF_NULL; }
WRAP(wrap_pow) {
    if (!wrap_nargs2(t, nargs, 1, 2)) return REF_NULL;
    return ((TernaryFn)fn)(t, self, args[0], nargs == 2 ? args[1] : VALUE_NONE);
}
WRAP(wrap_rpow) {
    if (!wrap_nargs2(t, nargs, 1, 2)) return REF_NULL;
    return ((TernaryFn)fn)(t, args[0], self, nargs == 2 ? args[1] : VALUE_NONE);
}
WRAP(wrap_ipow) { return wrap_nargs(t, nargs, 1) ? ((TernaryFn)fn)(t, self, args[0], VALUE_NONE) : REF_NULL; }
WRAP(wrap_inquiry) {
    if (!wrap_nargs(t, nargs, 0)) return REF_NULL;
    int r = ((InquiryFn)fn)(t, self);
    return r < 0 ? REF_NULL : ref_bool(r);
}

/* object.__setattr__ and kin must not get around the __setattr__ of a built-in class between: type.__setattr__ for instance. */
static bool setattr_is_safe(Thread *t, Value self, void *fn, const char *what) {
    Type *type = type_of(self);
    while (type != NULL && type_flag(type, TYPE_HEAP)) type = type->base;
    while (type != NULL && (void *)type->setattro != fn) {
        if (type->base == NULL || type->setattro != type->base->setattro) {
            err_set(t, E_TypeError, "can't apply this %s to %s object", what, type->name);
            return false;
        }
        type = type->base;
    }
    return true;
}
static bool name_is_str(Thread *t, Value name) {
    if (likely(is_str(name))) return true;
    err_set(t, E_TypeError, "attribute name must be string, not '%.200T'", name);
    return false;
}
typedef int (*SetFn)(Thread *t, Value self, Value key, Value value);
WRAP(wrap_setattr) {
    if (!wrap_nargs2(t, nargs, 2, 2) || !setattr_is_safe(t, self, fn, "__setattr__") || !name_is_str(t, args[0])) return REF_NULL;
    return none_unless(((SetFn)fn)(t, self, args[0], args[1]));
}
WRAP(wrap_delattr) {
    if (!wrap_nargs(t, nargs, 1) || !setattr_is_safe(t, self, fn, "__delattr__") || !name_is_str(t, args[0])) return REF_NULL;
    return none_unless(((SetFn)fn)(t, self, args[0], VALUE_NULL));
}
typedef Ref (*CompareFn)(Thread *t, Value a, Value b, CompareOp op);
WRAP(wrap_compare) {
    static const char order[] = "ltleeqnegtge";
    if (!wrap_nargs(t, nargs, 1)) return REF_NULL;
    CompareOp op = CMP_LT;
    while (memcmp(def->name + 2, order + 2 * op, 2) != 0) op++;
    return ((CompareFn)fn)(t, self, args[0], op);
}
WRAP(wrap_next) {
    if (!wrap_nargs(t, nargs, 0)) return REF_NULL;
    Ref r = ((UnaryFn)fn)(t, self);
    if (ref_is_null(r) && !err_pending(t)) err_object(t, type_value(ETYPE(StopIteration)));
    return r;
}
typedef Ref (*DescrGetFn)(Thread *t, Value self, Value obj, Value type);
WRAP(wrap_descr_get) {
    if (!wrap_nargs2(t, nargs, 1, 2)) return REF_NULL;
    Value obj = value_is_none(args[0]) ? VALUE_NULL : args[0];
    Value type = nargs < 2 || value_is_none(args[1]) ? VALUE_NULL : args[1];
    if (value_is_null(obj) && value_is_null(type)) return err_set(t, E_TypeError, "__get__(None, None) is invalid");
    return ((DescrGetFn)fn)(t, self, obj, type);
}
WRAP(wrap_descr_set) { return wrap_nargs2(t, nargs, 2, 2) ? none_unless(((SetFn)fn)(t, self, args[0], args[1])) : REF_NULL; }
WRAP(wrap_descr_delete) { return wrap_nargs(t, nargs, 1) ? none_unless(((SetFn)fn)(t, self, args[0], VALUE_NULL)) : REF_NULL; }
typedef int (*InitFn)(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
WRAP(wrap_init) { return none_unless(((InitFn)fn)(t, self, args, nargs, kwnames)); }
WRAP(wrap_finalize) {
    if (!wrap_nargs(t, nargs, 0)) return REF_NULL;
    ((void (*)(Thread *, Object *))fn)(t, value_object(self));
    return REF_NONE;
}
WRAP(wrap_len) {
    if (!wrap_nargs(t, nargs, 0)) return REF_NULL;
    int64_t n = ((LenFn)fn)(t, self);
    return n < 0 ? REF_NULL : int_from_i64(t, n);
}
WRAP(wrap_setitem) { return wrap_nargs2(t, nargs, 2, 2) ? none_unless(((SetFn)fn)(t, self, args[0], args[1])) : REF_NULL; }
WRAP(wrap_delitem) { return wrap_nargs(t, nargs, 1) ? none_unless(((SetFn)fn)(t, self, args[0], VALUE_NULL)) : REF_NULL; }
WRAP(wrap_contains) {
    if (!wrap_nargs(t, nargs, 1)) return REF_NULL;
    int r = ((int (*)(Thread *, Value, Value))fn)(t, self, args[0]);
    return r < 0 ? REF_NULL : ref_bool(r);
}
WRAP(wrap_repeat) {
    int64_t count; /* checked here: the slot itself answers NotImplemented for what is no integer */
    if (!wrap_nargs2(t, nargs, 1, 1) || index_as_i64(t, args[0], &count) < 0) return REF_NULL;
    return ((BinaryFn)fn)(t, self, args[0]);
}

/* ---- the table ------------------------------------------------------------------------------------------------------------ */

const SlotDef slot_defs[] = {
#define SLOT(dunder_, field_, generic_, wrap_, sig_, doc_)                                                  \
    {.name = #dunder_, .name_offset = offsetof(Names, n_##dunder_), .offset = offsetof(Type, field_),       \
     .generic = (void *)(generic_), .wrap = (wrap_), .sig = (sig_), .doc = (doc_),                          \
     .keywords = (void *)(wrap_) == (void *)wrap_call || (void *)(wrap_) == (void *)wrap_init},
#include "runtime/slots.def"
#undef SLOT
};
const size_t slot_def_count = sizeof slot_defs / sizeof *slot_defs;

Value slot_def_name(const SlotDef *def) { return *(Value *)((char *)&names + def->name_offset); }

bool slot_name_is_special(Value name) {
    for (size_t i = 0; i < slot_def_count; i++)
        if (value_is(slot_def_name(&slot_defs[i]), name)) return true;
    return false;
}

int slots_add_wrappers(Thread *t, Type *type, Value dict) {
    for (size_t i = 0; i < slot_def_count; i++) {
        const SlotDef *def = &slot_defs[i];
        void *fn = *slot_field(type, def);
        if (fn == NULL || (def->wrap == NULL && def->generic != (void *)dunder_new)) continue;
        Value name = slot_def_name(def);
        int has = dict_contains(t, dict, name);
        if (has < 0) return -1;
        if (has) continue;
        Ref d;
        if (fn == (void *)hash_not_implemented) d = REF_NONE;
        else if (def->wrap == NULL) d = native_new(t, &new_def, type_value(type), VALUE_NULL);
        else d = wrapper_descriptor_new(t, def, fn, type);
        if (ref_is_null(d)) return -1;
        if (dict_set_steal(t, dict, ref_new(t, name), d) < 0) return -1;
    }
    return 0;
}

/* ---- inheritance and updates -------------------------------------------------------------------------------------------------- */

void slots_inherit(Type *type, const Type *base) {
    /* comparing and hashing go together: who changes one and not the other has no hash */
    if (type->richcompare == NULL && type->hash == NULL) {
        type->richcompare = base->richcompare;
        type->hash = base->hash;
    }
    for (size_t i = 0; i < slot_def_count; i++) {
        const SlotDef *def = &slot_defs[i];
        if (def->offset == offsetof(Type, richcompare) || def->offset == offsetof(Type, hash)) continue;
        if (def->offset == offsetof(Type, new_) && type_flag(type, TYPE_NO_INSTANTIATION)) continue;
        void **field = slot_field(type, def);
        if (*field == NULL) *field = *slot_field(base, def);
    }
    if (type->get_buffer == NULL) {
        type->get_buffer = base->get_buffer;
        type->release_buffer = base->release_buffer;
    }
}

/* The C function behind what the class has for a dunder, if it may stand in the slot itself; *other says that the
 * dunder belongs to another slot of the same name (list's + is `concat`, not `add`). */
static void *specific_function(const Type *type, const SlotDef *def, Value descr, bool *other) {
    *other = false;
    if (is_exact(descr, &wrapper_descriptor_type)) {
        WrapperDescriptor *w = as(WrapperDescriptor, descr);
        if (strcmp(w->def->name, def->name) != 0 || !type_is_subtype(type, w->owner)) return NULL;
        if (w->def->offset == def->offset) return w->function;
        *other = true;
        return NULL;
    }
    if (def->offset == offsetof(Type, hash) && value_is_none(descr)) return (void *)hash_not_implemented;
    if (def->offset == offsetof(Type, new_) && is_exact(descr, &native_type) && as(Native, descr)->def == &new_def) {
        const Type *owner = as(Type, slot_get(&as(Native, descr)->self)), *layout = type;
        while (layout != NULL && type_flag(layout, TYPE_HEAP)) layout = layout->base;
        /* the constructor must be the one of the layout that the instances have */
        if (layout != NULL && owner->new_ == layout->new_) return (void *)owner->new_;
    }
    return NULL;
}

/* Recomputes the field of rows [first, last), which are all rows of one field. */
static void update_field(Type *type, const SlotDef *first, const SlotDef *last) {
    void *specific = NULL, *generic = NULL;
    bool use_generic = false;
    for (const SlotDef *def = first; def < last; def++) {
        Value descr = mro_find(type, slot_def_name(def));
        if (value_is_null(descr)) continue;
        bool other;
        void *fn = specific_function(type, def, descr, &other);
        if (other) continue;
        if (def->generic != NULL) generic = def->generic;
        if (fn == NULL || (specific != NULL && specific != fn)) use_generic = true;
        else specific = fn;
    }
    void *fn = use_generic ? generic : specific;
    *slot_field(type, first) = fn;
}

typedef bool (*RowTest)(const SlotDef *def, Value arg);
static void update_fields(Type *type, RowTest test, Value arg) {
    for (size_t i = 0; i < slot_def_count;) {
        size_t end = i;
        bool wanted = false;
        while (end < slot_def_count && slot_defs[end].offset == slot_defs[i].offset) wanted |= test(&slot_defs[end++], arg);
        if (wanted) update_field(type, &slot_defs[i], &slot_defs[end]);
        i = end;
    }
    type_set_plain_flags(type);
}
static bool row_in_dict(const SlotDef *def, Value dict) {
    return dict_find_str(load_acquire(&as(Dict, dict)->x_storage), slot_def_name(def)) >= 0;
}
static bool row_named(const SlotDef *def, Value name) { return value_is(slot_def_name(def), name); }
static bool row_any(const SlotDef *def, Value unused) { return true; }

void slots_update_from(Type *type, Value dict) { update_fields(type, row_in_dict, dict); }
void slots_update_name(Type *type, Value name) { update_fields(type, row_named, name); }
void slots_update_all(Type *type) { update_fields(type, row_any, VALUE_NULL); }

void type_set_plain_flags(Type *type) {
    uint32_t flags = type->head.flags & ~(TYPE_PLAIN_GETATTR | TYPE_PLAIN_SETATTR);
    if (type->getattro == generic_getattr) flags |= TYPE_PLAIN_GETATTR;
    if (type->setattro == generic_setattr) flags |= TYPE_PLAIN_SETATTR;
    type->head.flags = flags;
}
