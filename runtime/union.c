/* types.UnionType: int | str.
 */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/genericalias.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"

static Value args_of(Value v) { return slot_get(&as(Union, v)->args); }
static bool is_union(Value v) { return is_exact(v, &union_type); }
static bool is_alias(Value v) { return type_is_subtype(type_of(v), &generic_alias_type); }
static bool unionable(Value v) { return value_is_none(v) || is_type(v) || is_alias(v) || is_union(v); }

static void traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((Union *)o)->args, visit, arg);
    slot_visit(&((Union *)o)->parameters, visit, arg);
}
static void destroy(Thread *t, Object *o) {
    slot_set(t, o, &((Union *)o)->args, REF_NULL);
    slot_set(t, o, &((Union *)o)->parameters, REF_NULL);
}

/* Adds one member unless it is there: types by identity, list[int] and its like by equality. */
static int add_member(Thread *t, Value list, Value v) {
    if (value_is_none(v)) v = type_value(&none_type);
    for (size_t i = 0; i < list_size(list); i++) {
        Ref other = ref_new(t, list_get(list, i));
        int same = value_is(ref_borrow(other), v);
        if (!same && is_alias(v) && is_alias(ref_borrow(other))) same = values_equal(t, ref_borrow(other), v);
        ref_drop(t, other);
        if (same != 0) return same < 0 ? -1 : 0;
    }
    return list_append(t, list, v);
}
static int add_members(Thread *t, Value list, Value v) {
    if (!is_union(v)) return add_member(t, list, v);
    int r = 0;
    for (size_t i = 0; r == 0 && i < tuple_size(args_of(v)); i++) r = add_member(t, list, tuple_get(args_of(v), i));
    return r;
}

Ref union_or(Thread *t, Value a, Value b) {
    if (!unionable(a) || !unionable(b)) return REF_NOT_IMPLEMENTED;
    Ref list = list_new(t, 2), args = REF_NULL, r = REF_NULL;
    if (!ref_is_null(list) && add_members(t, ref_borrow(list), a) == 0 && add_members(t, ref_borrow(list), b) == 0)
        args = list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    if (ref_is_null(args)) return REF_NULL;
    if (tuple_size(ref_borrow(args)) == 1) {
        r = ref_new(t, tuple_get(ref_borrow(args), 0));
        ref_drop(t, args);
        return r;
    }
    Union *u = object_new(Union, t, &union_type);
    if (u == NULL) {
        ref_drop(t, args);
        return REF_NULL;
    }
    slot_init(&u->args, args);
    return ref_steal(u);
}

static Ref repr(Thread *t, Value self) {
    StrBuilder b = STR_BUILDER;
    int failed = 0;
    for (size_t i = 0; failed == 0 && i < tuple_size(args_of(self)); i++) {
        Value v = tuple_get(args_of(self), i);
        if (i > 0) failed = builder_cstr(t, &b, " | ");
        Ref text = failed ? REF_NULL : value_is(v, type_value(&none_type)) ? str_from_cstr(t, "None") : generic_repr_item(t, v);
        if (failed == 0) failed = ref_is_null(text) ? -1 : builder_str(t, &b, ref_borrow(text));
        ref_drop(t, text);
    }
    if (failed == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
static int64_t hash(Thread *t, Value self) {
    Ref set = frozenset_new(t, args_of(self));
    int64_t h = ref_is_null(set) ? -1 : object_hash(t, ref_borrow(set));
    ref_drop(t, set);
    return h;
}
static Ref richcompare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_union(a) || !is_union(b) || (op != CMP_EQ && op != CMP_NE)) return REF_NOT_IMPLEMENTED;
    Ref x = set_new(t, args_of(a)), y = ref_is_null(x) ? REF_NULL : set_new(t, args_of(b));
    Ref r = ref_is_null(y) ? REF_NULL : rich_compare(t, ref_borrow(x), ref_borrow(y), op);
    ref_drop(t, x);
    ref_drop(t, y);
    return r;
}

/* The members in turn; a generic one that is come to is an error. */
static Ref check(Thread *t, Value self, Value v, int (*test)(Thread *, Value, Value), const char *function) {
    for (size_t i = 0; i < tuple_size(args_of(self)); i++) {
        Value member = tuple_get(args_of(self), i);
        if (is_alias(member)) return err_set(t, E_TypeError, "%s() argument 2 cannot be a parameterized generic", function);
        int r = is_type(member) ? test(t, v, member) : 0;
        if (r != 0) return r < 0 ? REF_NULL : REF_TRUE;
    }
    return REF_FALSE;
}
static Ref instancecheck(Thread *t, Value self, const Value *a) { return check(t, self, a[0], is_instance, "isinstance"); }
static Ref subclasscheck(Thread *t, Value self, const Value *a) {
    if (!is_type(a[0])) return err_set(t, E_TypeError, "issubclass() arg 1 must be a class");
    return check(t, self, a[0], is_subclass, "issubclass");
}

static Ref parameters_of(Thread *t, Value self) {
    Slot *slot = &as(Union, self)->parameters;
    Ref r = slot_ref(t, slot);
    if (!ref_is_null(r)) return r;
    r = generic_parameters(t, args_of(self));
    if (!ref_is_null(r)) slot_set(t, value_object(self), slot, ref_new(t, ref_borrow(r)));
    return r;
}
static Ref get_parameters(Thread *t, Value self, void *closure) { return parameters_of(t, self); }

static Ref getitem(Thread *t, Value self, Value item) {
    Ref parameters = parameters_of(t, self);
    if (ref_is_null(parameters)) return REF_NULL;
    Ref args = generic_substitute(t, self, args_of(self), ref_borrow(parameters), item);
    ref_drop(t, parameters);
    if (ref_is_null(args)) return REF_NULL;
    Ref r = ref_new(t, tuple_get(ref_borrow(args), 0));
    for (size_t i = 1; !ref_is_null(r) && i < tuple_size(ref_borrow(args)); i++) {
        Ref next = binary_op(t, OP_OR, ref_borrow(r), tuple_get(ref_borrow(args), i));
        ref_drop(t, r);
        r = next;
    }
    ref_drop(t, args);
    return r;
}
/* __module__ and __name__ tell of the type, the rest of the union */
static Ref getattro(Thread *t, Value self, Value name) {
    if (is_str(name) && str_equal_ascii(name, "__module__")) return get_attr(t, type_value(&union_type), name);
    return generic_getattr(t, self, name);
}

static NativeDef methods[] = {FN("__instancecheck__", "!($self, instance, /)", instancecheck, NULL),
                              FN("__subclasscheck__", "!($self, cls, /)", subclasscheck, NULL), FN_END};
static const MemberDef members[] = {{"__args__", MEMBER_SLOT, offsetof(Union, args), true}, {NULL}};
static const GetSetDef getset[] = {{"__parameters__", get_parameters, NULL, "Type variables in the types.UnionType."}, {NULL}};

Type union_type = {
    TYPE_HEADER(Union, TYPE_CONTAINER, traverse, NULL, destroy),
    .name = "types.UnionType",
    .doc = "A union of types: int | str.",
    .base = &object_type,
    .repr = repr,
    .hash = hash,
    .getattro = getattro,
    .richcompare = richcompare,
    .getitem = getitem,
    .or_ = union_or,
    .methods = methods,
    .members = members,
    .getset = getset};
