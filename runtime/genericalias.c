/* types.GenericAlias: list[int], and the substitution of type variables that it shares with unions.
 */
#include "runtime/genericalias.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/instance.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

static Value origin_of(Value v) { return slot_get(&as(GenericAlias, v)->origin); }
static Value args_of(Value v) { return slot_get(&as(GenericAlias, v)->args); }
static bool is_alias(Value v) { return type_is_subtype(type_of(v), &generic_alias_type); }

static Ref alias_make(Thread *t, Type *type, Value origin, Value args, bool starred) {
    Ref tuple = is_tuple(args) ? ref_new(t, args) : tuple_pack(t, 1, args);
    if (ref_is_null(tuple)) return REF_NULL;
    Ref r = instance_new(t, type);
    if (ref_is_null(r)) {
        ref_drop(t, tuple);
        return r;
    }
    GenericAlias *g = as(GenericAlias, ref_borrow(r));
    slot_init(&g->origin, ref_new(t, origin));
    slot_init(&g->args, tuple);
    g->starred = starred;
    return r;
}
Ref generic_alias_new(Thread *t, Value origin, Value args) { return alias_make(t, &generic_alias_type, origin, args, false); }

static void traverse(Object *o, VisitFn visit, void *arg) {
    GenericAlias *g = (GenericAlias *)o;
    slot_visit(&g->origin, visit, arg);
    slot_visit(&g->args, visit, arg);
    slot_visit(&g->parameters, visit, arg);
}
static void destroy(Thread *t, Object *o) {
    GenericAlias *g = (GenericAlias *)o;
    slot_set(t, o, &g->origin, REF_NULL);
    slot_set(t, o, &g->args, REF_NULL);
    slot_set(t, o, &g->parameters, REF_NULL);
}

/* ---- type variables ----------------------------------------------------------------------------------------------------- */

static int add_once(Thread *t, Value list, Value v) {
    for (size_t i = 0; i < list_size(list); i++)
        if (value_is(list_get(list, i), v)) return 0;
    return list_append(t, list, v);
}

/* What of an argument are variables: itself, if it can be substituted, or its __parameters__. */
static int add_variables(Thread *t, Value list, Value arg) {
    if (is_type(arg)) return 0;
    Ref subst = get_attr_opt(t, arg, N(__typing_subst__));
    if (!ref_is_null(subst)) {
        ref_drop(t, subst);
        return add_once(t, list, arg);
    }
    if (err_pending(t)) return -1;
    Ref inner = get_attr_opt(t, arg, N(__parameters__));
    if (ref_is_null(inner)) return err_pending(t) ? -1 : 0;
    int r = 0;
    if (is_tuple(ref_borrow(inner)))
        for (size_t i = 0; r == 0 && i < tuple_size(ref_borrow(inner)); i++) r = add_once(t, list, tuple_get(ref_borrow(inner), i));
    ref_drop(t, inner);
    return r;
}

Ref generic_parameters(Thread *t, Value args) {
    Ref list = list_new(t, 0), r = REF_NULL;
    int failed = ref_is_null(list) ? -1 : 0;
    for (size_t i = 0; failed == 0 && i < tuple_size(args); i++) failed = add_variables(t, ref_borrow(list), tuple_get(args, i));
    if (failed == 0) r = list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    return r;
}

static int64_t position(Value tuple, Value v) {
    for (size_t i = 0; i < tuple_size(tuple); i++)
        if (value_is(tuple_get(tuple, i), v)) return (int64_t)i;
    return -1;
}

static int extend_tuple(Thread *t, Value list, Value tuple) {
    int r = 0;
    for (size_t i = 0; r == 0 && i < tuple_size(tuple); i++) r = list_append(t, list, tuple_get(tuple, i));
    return r;
}

/* The arguments given in brackets as a tuple, with *tuple[a, b] spread out. */
static Ref spread(Thread *t, Value item) {
    Ref given = is_tuple(item) ? ref_new(t, item) : tuple_pack(t, 1, item), list = list_new(t, 0), r = REF_NULL;
    int failed = ref_is_null(given) || ref_is_null(list) ? -1 : 0;
    for (size_t i = 0; failed == 0 && i < tuple_size(ref_borrow(given)); i++) {
        Value each = tuple_get(ref_borrow(given), i);
        Ref parts = is_type(each) ? REF_NULL : get_attr_opt(t, each, N(__typing_unpacked_tuple_args__));
        if (ref_is_null(parts) && err_pending(t)) failed = -1;
        else if (!ref_is_null(parts) && is_tuple(ref_borrow(parts)) &&
                 !(tuple_size(ref_borrow(parts)) > 0 &&
                   value_is(tuple_get(ref_borrow(parts), tuple_size(ref_borrow(parts)) - 1), VALUE_ELLIPSIS)))
            failed = extend_tuple(t, ref_borrow(list), ref_borrow(parts));
        else failed = list_append(t, ref_borrow(list), each);
        ref_drop(t, parts);
    }
    if (failed == 0) r = list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    ref_drop(t, given);
    return r;
}

/* Each variable may rearrange the arguments first (ParamSpec, TypeVarTuple). Consumes items. */
static Ref prepare(Thread *t, Value self, Value parameters, Ref items) {
    for (size_t i = 0; !ref_is_null(items) && i < tuple_size(parameters); i++) {
        Ref hook = get_attr_opt(t, tuple_get(parameters, i), N(__typing_prepare_subst__));
        if (ref_is_null(hook) && !err_pending(t)) continue;
        Ref next = ref_is_null(hook) ? REF_NULL : ref_is_none(hook) ? ref_new(t, ref_borrow(items)) : call2(t, ref_borrow(hook), self, ref_borrow(items));
        ref_drop(t, hook);
        ref_drop(t, items);
        items = next;
    }
    if (!ref_is_null(items) && !is_tuple(ref_borrow(items))) {
        Ref tuple = tuple_pack(t, 1, ref_borrow(items));
        ref_drop(t, items);
        items = tuple;
    }
    return items;
}

/* An argument that contains variables: arg[what they stand for]. */
static Ref substitute_inside(Thread *t, Value arg, Value parameters, Value items) {
    Ref inner = get_attr_opt(t, arg, N(__parameters__));
    if (ref_is_null(inner) && err_pending(t)) return REF_NULL;
    if (ref_is_null(inner) || !is_tuple(ref_borrow(inner)) || tuple_size(ref_borrow(inner)) == 0) {
        ref_drop(t, inner);
        return ref_new(t, arg);
    }
    Ref list = list_new(t, 0), r = REF_NULL;
    int failed = ref_is_null(list) ? -1 : 0;
    for (size_t i = 0; failed == 0 && i < tuple_size(ref_borrow(inner)); i++) {
        Value variable = tuple_get(ref_borrow(inner), i);
        int64_t at = position(parameters, variable);
        Value stands_for = at < 0 ? variable : tuple_get(items, (size_t)at);
        if (at >= 0 && type_of(variable)->iter != NULL && is_tuple(stands_for)) failed = extend_tuple(t, ref_borrow(list), stands_for);
        else failed = list_append(t, ref_borrow(list), stands_for);
    }
    Ref tuple = failed == 0 ? list_to_tuple(t, ref_borrow(list)) : REF_NULL;
    if (!ref_is_null(tuple)) r = get_item(t, arg, ref_borrow(tuple));
    ref_drop(t, tuple);
    ref_drop(t, list);
    ref_drop(t, inner);
    return r;
}

static int substitute_one(Thread *t, Value list, Value arg, Value parameters, Value items) {
    if (is_type(arg)) return list_append(t, list, arg);
    Ref flag = get_attr_opt(t, arg, N(__typing_is_unpacked_typevartuple__));
    if (ref_is_null(flag) && err_pending(t)) return -1;
    int unpack = ref_is_null(flag) ? 0 : is_true(t, ref_borrow(flag));
    ref_drop(t, flag);
    if (unpack < 0) return -1;
    Ref subst = get_attr_opt(t, arg, N(__typing_subst__)), made;
    if (ref_is_null(subst) && err_pending(t)) return -1;
    if (!ref_is_null(subst)) {
        int64_t at = position(parameters, arg);
        made = at < 0 ? ref_new(t, arg) : call1(t, ref_borrow(subst), tuple_get(items, (size_t)at));
        ref_drop(t, subst);
    } else {
        made = substitute_inside(t, arg, parameters, items);
    }
    if (ref_is_null(made)) return -1;
    int r = unpack && is_tuple(ref_borrow(made)) ? extend_tuple(t, list, ref_borrow(made)) : list_append(t, list, ref_borrow(made));
    ref_drop(t, made);
    return r;
}

Ref generic_substitute(Thread *t, Value self, Value args, Value parameters, Value item) {
    size_t n = tuple_size(parameters);
    if (n == 0) return err_set(t, E_TypeError, "%R is not a generic class", self);
    Ref items = prepare(t, self, parameters, spread(t, item));
    if (ref_is_null(items)) return REF_NULL;
    Ref list = REF_NULL, r = REF_NULL;
    size_t given = tuple_size(ref_borrow(items));
    if (given != n) {
        err_set(t, E_TypeError, "Too %s arguments for %R; actual %zu, expected %zu", given > n ? "many" : "few", self, given, n);
    } else {
        list = list_new(t, tuple_size(args));
        int failed = ref_is_null(list) ? -1 : 0;
        for (size_t i = 0; failed == 0 && i < tuple_size(args); i++)
            failed = substitute_one(t, ref_borrow(list), tuple_get(args, i), parameters, ref_borrow(items));
        if (failed == 0) r = list_to_tuple(t, ref_borrow(list));
    }
    ref_drop(t, list);
    ref_drop(t, items);
    return r;
}

/* ---- repr --------------------------------------------------------------------------------------------------------------------- */

/* Has both attributes: 1, 0, -1 */
static int has_both(Thread *t, Value v, Value a, Value b) {
    int r = has_attr(t, v, a);
    return r > 0 ? has_attr(t, v, b) : r;
}

/* A type in brackets: by its name where it has one. */
Ref generic_repr_item(Thread *t, Value v) {
    if (value_is(v, VALUE_ELLIPSIS)) return str_from_cstr(t, "...");
    int alias = has_both(t, v, N(__origin__), N(__args__));
    if (alias != 0) return alias < 0 ? REF_NULL : object_repr(t, v);
    Ref name = get_attr_opt(t, v, N(__qualname__)), module = ref_is_null(name) ? REF_NULL : get_attr_opt(t, v, N(__module__)), r = REF_NULL;
    if (!err_pending(t)) {
        if (ref_is_null(name) || ref_is_null(module) || ref_is_none(module)) r = object_repr(t, v);
        else if (is_str(ref_borrow(module)) && str_equal_ascii(ref_borrow(module), "builtins")) r = object_str(t, ref_borrow(name));
        else r = str_format(t, "%V.%V", ref_borrow(module), ref_borrow(name));
    }
    ref_drop(t, module);
    ref_drop(t, name);
    return r;
}

static int add_item(Thread *t, StrBuilder *b, Value v) {
    Ref text = generic_repr_item(t, v);
    int r = ref_is_null(text) ? -1 : builder_str(t, b, ref_borrow(text));
    ref_drop(t, text);
    return r;
}
/* An argument that is itself a list shows as one: Callable[[int], str]'s kin */
static int add_argument(Thread *t, StrBuilder *b, Value v) {
    if (!is_list(v)) return add_item(t, b, v);
    int r = builder_char(t, b, '[');
    for (size_t i = 0; r == 0 && i < list_size(v); i++) {
        Ref item = ref_new(t, list_get(v, i));
        if (ref_is_null(item)) break;
        if (i > 0) r = builder_cstr(t, b, ", ");
        if (r == 0) r = add_item(t, b, ref_borrow(item));
        ref_drop(t, item);
    }
    return r == 0 ? builder_char(t, b, ']') : r;
}

static Ref alias_repr(Thread *t, Value self) {
    StrBuilder b = STR_BUILDER;
    Value args = args_of(self);
    int r = as(GenericAlias, self)->starred ? builder_char(t, &b, '*') : 0;
    if (r == 0) r = add_item(t, &b, origin_of(self));
    if (r == 0) r = builder_char(t, &b, '[');
    for (size_t i = 0; r == 0 && i < tuple_size(args); i++) {
        if (i > 0) r = builder_cstr(t, &b, ", ");
        if (r == 0) r = add_argument(t, &b, tuple_get(args, i));
    }
    if (r == 0 && tuple_size(args) == 0) r = builder_cstr(t, &b, "()");
    if (r == 0) r = builder_char(t, &b, ']');
    if (r == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

/* ---- the type ------------------------------------------------------------------------------------------------------------------- */

static Ref parameters_of(Thread *t, Value self) {
    Slot *slot = &as(GenericAlias, self)->parameters;
    Ref r = slot_ref(t, slot);
    if (!ref_is_null(r)) return r;
    r = generic_parameters(t, args_of(self));
    if (!ref_is_null(r)) slot_set(t, value_object(self), slot, ref_new(t, ref_borrow(r)));
    return r;
}

static Ref alias_new(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "GenericAlias", kwnames) < 0 || check_nargs(t, "GenericAlias", nargs, 2, 2) < 0) return REF_NULL;
    return alias_make(t, as(Type, type), args[0], args[1], false);
}

/* Instances of a generic class remember how they were made, if they can. */
static Ref alias_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref r = call(t, origin_of(self), args, nargs, kwnames);
    if (ref_is_null(r) || set_attr(t, ref_borrow(r), N(__orig_class__), self) == 0) return r;
    if (err_clear_if(t, E_AttributeError) || err_clear_if(t, E_TypeError)) return r;
    ref_drop(t, r);
    return REF_NULL;
}

static bool own_attribute(Value name) {
    static const char *const own[] = {"__class__", "__origin__", "__args__", "__unpacked__", "__parameters__",
                                      "__typing_unpacked_tuple_args__", "__mro_entries__", "__reduce_ex__", "__reduce__", "__copy__", "__deepcopy__"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (str_equal_ascii(name, own[i])) return true;
    return false;
}
static Ref alias_getattro(Thread *t, Value self, Value name) {
    if (is_str(name) && !own_attribute(name)) return get_attr(t, origin_of(self), name);
    return generic_getattr(t, self, name);
}
static int64_t alias_hash(Thread *t, Value self) {
    int64_t a = object_hash(t, origin_of(self)), b = a == -1 ? -1 : object_hash(t, args_of(self));
    if (b == -1) return -1;
    return (a ^ b) == -1 ? -2 : a ^ b;
}
static Ref alias_compare(Thread *t, Value a, Value b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !is_alias(a) || !is_alias(b)) return REF_NOT_IMPLEMENTED;
    int same = as(GenericAlias, a)->starred == as(GenericAlias, b)->starred;
    if (same) same = values_equal(t, origin_of(a), origin_of(b));
    if (same > 0) same = values_equal(t, args_of(a), args_of(b));
    return same < 0 ? REF_NULL : ref_bool(same == (op == CMP_EQ));
}
static Ref alias_getitem(Thread *t, Value self, Value item) {
    Ref parameters = parameters_of(t, self);
    if (ref_is_null(parameters)) return REF_NULL;
    Ref args = generic_substitute(t, self, args_of(self), ref_borrow(parameters), item);
    ref_drop(t, parameters);
    if (ref_is_null(args)) return REF_NULL;
    Ref r = alias_make(t, &generic_alias_type, origin_of(self), ref_borrow(args), as(GenericAlias, self)->starred);
    ref_drop(t, args);
    return r;
}

/* iter(tuple[int, str]): one item, *tuple[int, str] */
typedef struct AliasIter {
    Object base;
    Slot alias; /* null once it has been given out */
} AliasIter;
static Ref alias_iter(Thread *t, Value self) {
    AliasIter *it = object_new(AliasIter, t, &generic_alias_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->alias, ref_new(t, self));
    return ref_steal(it);
}
static void alias_iter_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((AliasIter *)o)->alias, visit, arg); }
static void alias_iter_destroy(Thread *t, Object *o) { slot_set(t, o, &((AliasIter *)o)->alias, REF_NULL); }
static Ref alias_iter_next(Thread *t, Value self) {
    Ref alias = slot_take(t, value_object(self), &as(AliasIter, self)->alias);
    if (ref_is_null(alias)) return alias;
    Ref r = alias_make(t, &generic_alias_type, origin_of(ref_borrow(alias)), args_of(ref_borrow(alias)), true);
    ref_drop(t, alias);
    return r;
}
static Ref alias_iter_reduce(Thread *t, Value self, const Value *a) {
    Ref iter = import_attr(t, "builtins", "iter");
    if (ref_is_null(iter)) return REF_NULL;
    Ref alias = slot_ref(t, &as(AliasIter, self)->alias);
    Ref args = tuple_pack(t, 1, ref_is_null(alias) ? tuple_empty() : ref_borrow(alias)), r = REF_NULL;
    if (!ref_is_null(args)) r = tuple_pack(t, 2, ref_borrow(iter), ref_borrow(args));
    ref_drop(t, args);
    ref_drop(t, alias);
    ref_drop(t, iter);
    return r;
}
static NativeDef alias_iter_methods[] = {FN("__reduce__", "!($self, /)", alias_iter_reduce, NULL), FN_END};
Type generic_alias_iter_type = {TYPE_HEADER(AliasIter, TYPE_CONTAINER, alias_iter_traverse, NULL, alias_iter_destroy),
                               .name = "generic_alias_iterator", .base = &object_type, .iter = iter_self, .next = alias_iter_next,
                               .methods = alias_iter_methods};

static Ref alias_mro_entries(Thread *t, Value self, const Value *a) { return tuple_pack(t, 1, origin_of(self)); }
static Ref alias_instancecheck(Thread *t, Value self, const Value *a) {
    return err_set(t, E_TypeError, "isinstance() argument 2 cannot be a parameterized generic");
}
static Ref alias_subclasscheck(Thread *t, Value self, const Value *a) {
    return err_set(t, E_TypeError, "issubclass() argument 2 cannot be a parameterized generic");
}
static Ref alias_reduce(Thread *t, Value self, const Value *a) {
    if (as(GenericAlias, self)->starred) {
        Ref plain = alias_make(t, &generic_alias_type, origin_of(self), args_of(self), false);
        Ref it = ref_is_null(plain) ? REF_NULL : alias_iter(t, ref_borrow(plain));
        Ref next = ref_is_null(it) ? REF_NULL : import_attr(t, "builtins", "next"), pair = REF_NULL, r = REF_NULL;
        if (!ref_is_null(next)) pair = tuple_pack(t, 1, ref_borrow(it));
        if (!ref_is_null(pair)) r = tuple_pack(t, 2, ref_borrow(next), ref_borrow(pair));
        ref_drop(t, pair);
        ref_drop(t, next);
        ref_drop(t, it);
        ref_drop(t, plain);
        return r;
    }
    Ref pair = tuple_pack(t, 2, origin_of(self), args_of(self));
    Ref r = ref_is_null(pair) ? REF_NULL : tuple_pack(t, 2, type_value(&generic_alias_type), ref_borrow(pair));
    ref_drop(t, pair);
    return r;
}
static Ref alias_dir(Thread *t, Value self, const Value *a) {
    static const char *const own[] = {"__origin__", "__args__", "__parameters__", "__mro_entries__", "__reduce_ex__", "__reduce__", "__copy__",
                                      "__deepcopy__", "__unpacked__", "__typing_unpacked_tuple_args__", "__class__"};
    Ref method = lookup_special(t, origin_of(self), N(__dir__)), dir = ref_is_null(method) ? REF_NULL : call0(t, ref_borrow(method));
    Ref list = ref_is_null(dir) ? REF_NULL : sequence_list(t, ref_borrow(dir));
    ref_drop(t, method);
    ref_drop(t, dir);
    for (size_t i = 0; !ref_is_null(list) && i < sizeof own / sizeof *own; i++) {
        Ref name = str_from_cstr(t, own[i]);
        int has = ref_is_null(name) ? -1 : object_contains(t, ref_borrow(list), ref_borrow(name));
        if (has == 0) has = list_append(t, ref_borrow(list), ref_borrow(name));
        ref_drop(t, name);
        if (has < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    }
    return list;
}

static Ref get_parameters(Thread *t, Value self, void *closure) { return parameters_of(t, self); }
static Ref get_unpacked_args(Thread *t, Value self, void *closure) {
    if (as(GenericAlias, self)->starred && value_is(origin_of(self), type_value(&tuple_type))) return ref_new(t, args_of(self));
    return REF_NONE;
}

static NativeDef methods[] = {FN("__mro_entries__", "!($self, bases, /)", alias_mro_entries, NULL),
                              FN("__instancecheck__", "!($self, instance, /)", alias_instancecheck, NULL),
                              FN("__subclasscheck__", "!($self, cls, /)", alias_subclasscheck, NULL),
                              FN("__reduce__", "!($self, /)", alias_reduce, NULL), FN("__dir__", "!($self, /)", alias_dir, NULL), FN_END};
static const MemberDef members[] = {{"__origin__", MEMBER_SLOT, offsetof(GenericAlias, origin), true},
                                    {"__args__", MEMBER_SLOT, offsetof(GenericAlias, args), true},
                                    {"__unpacked__", MEMBER_BOOL, offsetof(GenericAlias, starred), true}, {NULL}};
static const GetSetDef getset[] = {{"__parameters__", get_parameters, NULL, "Type variables in the GenericAlias."},
                                   {"__typing_unpacked_tuple_args__", get_unpacked_args}, {NULL}};

Type generic_alias_type = {
    TYPE_HEADER(GenericAlias, TYPE_CONTAINER | TYPE_BASETYPE, traverse, NULL, destroy),
    .name = "types.GenericAlias",
    .doc = "GenericAlias(origin, args, /)\n--\n\nA generic class with its arguments: list[int].",
    .base = &object_type,
    .weakrefs_offset = offsetof(GenericAlias, weakrefs),
    .repr = alias_repr,
    .hash = alias_hash,
    .call = alias_call,
    .getattro = alias_getattro,
    .setattro = generic_setattr,
    .richcompare = alias_compare,
    .iter = alias_iter,
    .new_ = alias_new,
    .getitem = alias_getitem,
    .or_ = union_or,
    .methods = methods,
    .members = members,
    .getset = getset};
