/* weakref.proxy: stands for its target in every operation while that lives; ReferenceError after.
 */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/instance.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/weakref_internal.h"

static bool is_proxy(Value v) {
    Type *type = type_of(v);
    return type == &weakproxy_type || type == &weakcallableproxy_type;
}
/* The target of a proxy, anything else as it is. Owned; null with ReferenceError. */
static Ref unwrap(Thread *t, Value v) {
    if (!is_proxy(v)) return ref_new(t, v);
    Ref r = weakref_get(t, v);
    return ref_is_null(r) ? err_set(t, E_ReferenceError, "weakly-referenced object no longer exists") : r;
}

typedef Ref (*Unary)(Thread *t, Value v);
static Ref unary(Thread *t, Value v, Unary op) {
    Ref target = unwrap(t, v);
    if (ref_is_null(target)) return REF_NULL;
    Ref r = op(t, ref_borrow(target));
    ref_drop(t, target);
    return r;
}
#define UNARY(name, op) static Ref name(Thread *t, Value v) { return unary(t, v, op); }
UNARY(proxy_str, object_str)
UNARY(proxy_iter, get_iter)
UNARY(proxy_neg, number_neg)
UNARY(proxy_pos, number_pos)
UNARY(proxy_abs, number_abs)
UNARY(proxy_invert, number_invert)
UNARY(proxy_int, number_int)
UNARY(proxy_float, number_float)
UNARY(proxy_index, number_index)

typedef Ref (*Binary)(Thread *t, BinaryOp op, Value a, Value b);
static Ref binary(Thread *t, Value a, Value b, BinaryOp op, Binary how) {
    Ref x = unwrap(t, a), y = ref_is_null(x) ? REF_NULL : unwrap(t, b);
    Ref r = ref_is_null(y) ? REF_NULL : how(t, op, ref_borrow(x), ref_borrow(y));
    ref_drop(t, x);
    ref_drop(t, y);
    return r;
}
#define BINARY(name, op)                                                                                    \
    static Ref proxy_##name(Thread *t, Value a, Value b) { return binary(t, a, b, op, binary_op); }         \
    static Ref proxy_i##name(Thread *t, Value a, Value b) { return binary(t, a, b, op, inplace_op); }
BINARY(add, OP_ADD)
BINARY(sub, OP_SUB)
BINARY(mul, OP_MUL)
BINARY(matmul, OP_MATMUL)
BINARY(truediv, OP_TRUEDIV)
BINARY(floordiv, OP_FLOORDIV)
BINARY(mod, OP_MOD)
BINARY(lshift, OP_LSHIFT)
BINARY(rshift, OP_RSHIFT)
BINARY(and, OP_AND)
BINARY(or, OP_OR)
BINARY(xor, OP_XOR)
static Ref proxy_divmod(Thread *t, Value a, Value b) { return binary(t, a, b, OP_DIVMOD, binary_op); }
static Ref proxy_pow(Thread *t, Value a, Value b, Value c) {
    Ref x = unwrap(t, a), y = ref_is_null(x) ? REF_NULL : unwrap(t, b), z = ref_is_null(y) ? REF_NULL : unwrap(t, c);
    Ref r = ref_is_null(z) ? REF_NULL : power_mod(t, ref_borrow(x), ref_borrow(y), ref_borrow(z));
    ref_drop(t, x);
    ref_drop(t, y);
    ref_drop(t, z);
    return r;
}
static Ref proxy_ipow(Thread *t, Value a, Value b, Value c) { return binary(t, a, b, OP_POW, inplace_op); }

static Ref proxy_repr(Thread *t, Value self) {
    Ref target = weakref_get(t, self);
    Value v = ref_is_null(target) ? VALUE_NONE : ref_borrow(target);
    Ref r = str_format(t, "<weakproxy at %p to %T at %p>", (void *)value_object(self), v, (void *)value_object(v));
    ref_drop(t, target);
    return r;
}
static Ref proxy_compare(Thread *t, Value a, Value b, CompareOp op) {
    Ref x = unwrap(t, a), y = ref_is_null(x) ? REF_NULL : unwrap(t, b);
    Ref r = ref_is_null(y) ? REF_NULL : rich_compare(t, ref_borrow(x), ref_borrow(y), op);
    ref_drop(t, x);
    ref_drop(t, y);
    return r;
}
static Ref proxy_getattro(Thread *t, Value self, Value name) {
    Ref target = unwrap(t, self);
    Ref r = ref_is_null(target) ? REF_NULL : get_attr(t, ref_borrow(target), name);
    ref_drop(t, target);
    return r;
}
static int proxy_setattro(Thread *t, Value self, Value name, Value value) {
    Ref target = unwrap(t, self);
    int r = ref_is_null(target) ? -1 : set_attr(t, ref_borrow(target), name, value);
    ref_drop(t, target);
    return r;
}
static Ref proxy_next(Thread *t, Value self) {
    Ref target = unwrap(t, self);
    if (ref_is_null(target)) return REF_NULL;
    UnaryFn next = type_of(ref_borrow(target))->next;
    Ref r = next == NULL ? err_set(t, E_TypeError, "Weakref proxy referenced a non-iterator '%.200T' object", ref_borrow(target))
                         : next(t, ref_borrow(target));
    ref_drop(t, target);
    return r;
}
static int64_t proxy_len(Thread *t, Value self) {
    Ref target = unwrap(t, self);
    int64_t r = ref_is_null(target) ? -1 : object_len(t, ref_borrow(target));
    ref_drop(t, target);
    return r;
}
static int proxy_bool(Thread *t, Value self) {
    Ref target = unwrap(t, self);
    int r = ref_is_null(target) ? -1 : is_true(t, ref_borrow(target));
    ref_drop(t, target);
    return r;
}
static Ref proxy_getitem(Thread *t, Value self, Value key) {
    Ref target = unwrap(t, self);
    Ref r = ref_is_null(target) ? REF_NULL : get_item(t, ref_borrow(target), key);
    ref_drop(t, target);
    return r;
}
static int proxy_setitem(Thread *t, Value self, Value key, Value value) {
    Ref target = unwrap(t, self);
    if (ref_is_null(target)) return -1;
    int r = value_is_null(value) ? del_item(t, ref_borrow(target), key) : set_item(t, ref_borrow(target), key, value);
    ref_drop(t, target);
    return r;
}
static int proxy_contains(Thread *t, Value self, Value item) {
    Ref target = unwrap(t, self);
    int r = ref_is_null(target) ? -1 : object_contains(t, ref_borrow(target), item);
    ref_drop(t, target);
    return r;
}
static Ref proxy_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref target = unwrap(t, self);
    Ref r = ref_is_null(target) ? REF_NULL : call(t, ref_borrow(target), args, nargs, kwnames);
    ref_drop(t, target);
    return r;
}

static Ref proxy_method(Thread *t, Value self, Value name) {
    Ref target = unwrap(t, self);
    Ref r = ref_is_null(target) ? REF_NULL : call_method0(t, ref_borrow(target), name);
    ref_drop(t, target);
    return r;
}
static Ref proxy_bytes(Thread *t, Value self, const Value *a) { return proxy_method(t, self, N(__bytes__)); }
static Ref proxy_reversed(Thread *t, Value self, const Value *a) { return proxy_method(t, self, N(__reversed__)); }
static NativeDef methods[] = {FN("__bytes__", "!($self, /)", proxy_bytes, NULL), FN("__reversed__", "!($self, /)", proxy_reversed, NULL), FN_END};
static NativeDef callable_methods[] = {FN("__bytes__", "!($self, /)", proxy_bytes, NULL), FN("__reversed__", "!($self, /)", proxy_reversed, NULL), FN_END};

#define PROXY_SLOTS                                                                                         \
    .base = &object_type, .repr = proxy_repr, .str = proxy_str, .hash = hash_not_implemented, .richcompare = proxy_compare, \
    .getattro = proxy_getattro, .setattro = proxy_setattro, .iter = proxy_iter, .next = proxy_next, .add = proxy_add, .sub = proxy_sub, \
    .mul = proxy_mul, .matmul = proxy_matmul, .truediv = proxy_truediv, .floordiv = proxy_floordiv, .mod = proxy_mod, .divmod = proxy_divmod, \
    .lshift = proxy_lshift, .rshift = proxy_rshift, .and_ = proxy_and, .or_ = proxy_or, .xor_ = proxy_xor, .pow = proxy_pow, .neg = proxy_neg, \
    .pos = proxy_pos, .abs_ = proxy_abs, .invert = proxy_invert, .bool_ = proxy_bool, .int_ = proxy_int, .float_ = proxy_float, \
    .index = proxy_index, .iadd = proxy_iadd, .isub = proxy_isub, .imul = proxy_imul, .imatmul = proxy_imatmul, .itruediv = proxy_itruediv, \
    .ifloordiv = proxy_ifloordiv, .imod = proxy_imod, .ilshift = proxy_ilshift, .irshift = proxy_irshift, .iand = proxy_iand, \
    .ior = proxy_ior, .ixor = proxy_ixor, .ipow = proxy_ipow, .len = proxy_len, .getitem = proxy_getitem, .setitem = proxy_setitem, \
    .contains = proxy_contains

Type weakproxy_type = {TYPE_HEADER(Weakref, TYPE_CONTAINER, weakref_traverse, weakref_clear, weakref_clear), .name = "weakref.ProxyType",
                       PROXY_SLOTS, .methods = methods};
Type weakcallableproxy_type = {TYPE_HEADER(Weakref, TYPE_CONTAINER, weakref_traverse, weakref_clear, weakref_clear),
                               .name = "weakref.CallableProxyType", PROXY_SLOTS, .call = proxy_call, .methods = callable_methods};
