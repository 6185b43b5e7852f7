/* types.MappingProxyType: a read-only view of a mapping, a class's __dict__ above all.
 */
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/genericalias.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

typedef struct MappingProxy {
    Object base;
    Slot mapping;
} MappingProxy;

static Value mapping_of(Value v) { return slot_get(&as(MappingProxy, v)->mapping); }

Ref mappingproxy_new(Thread *t, Value mapping) {
    MappingProxy *p = object_new(MappingProxy, t, &mappingproxy_type);
    if (p == NULL) return REF_NULL;
    slot_init(&p->mapping, ref_new(t, mapping));
    return ref_steal(p);
}
static Ref new_slot(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[1];
    if (bind_args(t, "mappingproxy", "($self, mapping)", &signature, args, nargs, kwnames, a, 1) < 0) return REF_NULL;
    if (type_of(a[0])->getitem == NULL || is_list(a[0]) || is_tuple(a[0]))
        return err_set(t, E_TypeError, "mappingproxy() argument must be a mapping, not %.200G", a[0]);
    return mappingproxy_new(t, a[0]);
}
static void traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((MappingProxy *)o)->mapping, visit, arg); }
static void destroy(Thread *t, Object *o) { slot_set(t, o, &((MappingProxy *)o)->mapping, REF_NULL); }

static Ref repr(Thread *t, Value v) { return str_format(t, "mappingproxy(%R)", mapping_of(v)); }
static Ref str(Thread *t, Value v) { return object_str(t, mapping_of(v)); }
static Ref richcompare(Thread *t, Value a, Value b, CompareOp op) {
    return is_exact(a, &mappingproxy_type) ? rich_compare(t, mapping_of(a), b, op) : REF_NOT_IMPLEMENTED;
}
/* a proxy of a proxy of … */
static bool too_deep(Thread *t) { return c_stack_check(t, " while calling a Python object") < 0; }
static Ref iter(Thread *t, Value v) { return too_deep(t) ? REF_NULL : get_iter(t, mapping_of(v)); }
static int64_t len(Thread *t, Value v) { return too_deep(t) ? -1 : object_len(t, mapping_of(v)); }
static Ref getitem(Thread *t, Value v, Value key) { return too_deep(t) ? REF_NULL : get_item(t, mapping_of(v), key); }
static int contains(Thread *t, Value v, Value key) { return too_deep(t) ? -1 : object_contains(t, mapping_of(v), key); }
static Value unwrapped(Value v) { return is_exact(v, &mappingproxy_type) ? mapping_of(v) : v; }
static Ref or_(Thread *t, Value a, Value b) { return too_deep(t) ? REF_NULL : binary_op(t, OP_OR, unwrapped(a), unwrapped(b)); }
static Ref ior(Thread *t, Value a, Value b) {
    return err_set(t, E_TypeError, "'|=' is not supported by %s; use '|' instead", type_of(a)->name);
}

static Ref get(Thread *t, Value self, const Value *a) {
    Value args[2] = {a[0], value_is_null(a[1]) ? VALUE_NONE : a[1]};
    return call_method(t, mapping_of(self), N(get), args, 2);
}
static Ref keys(Thread *t, Value self, const Value *a) { return call_method0(t, mapping_of(self), N(keys)); }
static Ref values(Thread *t, Value self, const Value *a) { return call_method0(t, mapping_of(self), N(values)); }
static Ref items(Thread *t, Value self, const Value *a) { return call_method0(t, mapping_of(self), N(items)); }
static Ref copy(Thread *t, Value self, const Value *a) { return call_method0(t, mapping_of(self), N(copy)); }
static Ref reversed(Thread *t, Value self, const Value *a) { return call_method0(t, mapping_of(self), N(__reversed__)); }
static Ref class_getitem(Thread *t, Value type, const Value *a) { return generic_alias_new(t, type, a[0]); }

static NativeDef methods[] = {
    FN("get", "($self, key, default=None, /)", get, "Return the value for key if key is in the mapping, else default."),
    FN("keys", "!($self, /)", keys, "D.keys() -> a set-like object providing a view on D's keys"),
    FN("values", "!($self, /)", values, "D.values() -> an object providing a view on D's values"),
    FN("items", "!($self, /)", items, "D.items() -> a set-like object providing a view on D's items"),
    FN("copy", "!($self, /)", copy, "D.copy() -> a shallow copy of D"),
    FN_CLASS("__class_getitem__", "!($type, item, /)", class_getitem, "See PEP 585"),
    FN("__reversed__", "!($self, /)", reversed, "D.__reversed__() -> reverse iterator"),
    FN_END};

Type mappingproxy_type = {
    TYPE_HEADER(MappingProxy, TYPE_CONTAINER | TYPE_MAPPING, traverse, NULL, destroy),
    .name = "mappingproxy",
    .doc = "mappingproxy(mapping)\n--\n\nA read-only view of a mapping.",
    .base = &object_type,
    .repr = repr,
    .str = str,
    .richcompare = richcompare,
    .iter = iter,
    .len = len,
    .getitem = getitem,
    .contains = contains,
    .or_ = or_,
    .ior = ior,
    .new_ = new_slot,
    .methods = methods};
