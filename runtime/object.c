/* object: the root of all types. Construction and its argument checks, repr, comparison, pickling, dir.
 */
#include "runtime/modules/sys.h"
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

/* ---- construction ------------------------------------------------------------------------------------------------- */

static bool excess_args(size_t nargs, Value kwnames) { return nargs > 0 || (!value_is_null(kwnames) && tuple_size(kwnames) > 0); }

static COLD Ref abstract_error(Thread *t, Type *type) {
    Value set = type_own(type, N(__abstractmethods__));
    Ref hold = ref_new(t, set), list = value_is_null(set) ? REF_NULL : sequence_list(t, set), joined = REF_NULL;
    if (!ref_is_null(list) && list_sort(t, ref_borrow(list), VALUE_NULL, false) == 0) {
        Ref comma = str_from_cstr(t, ", ");
        if (!ref_is_null(comma)) joined = str_join(t, ref_borrow(comma), ref_borrow(list));
        ref_drop(t, comma);
    }
    if (!ref_is_null(joined))
        err_set(t, E_TypeError, "Can't instantiate abstract class %s with abstract method%s %V", type->name,
                list_size(ref_borrow(list)) > 1 ? "s" : "", ref_borrow(joined));
    else if (!err_pending(t))
        err_set(t, E_AttributeError, "__abstractmethods__");
    ref_drop(t, joined);
    ref_drop(t, list);
    ref_drop(t, hold);
    return REF_NULL;
}

Ref object_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Type *type = as(Type, cls);
    if (unlikely(excess_args(nargs, kwnames))) {
        if (type->new_ != object_new_slot)
            return err_set(t, E_TypeError, "object.__new__() takes exactly one argument (the type to instantiate)");
        if (type->init == object_init_slot) return err_set(t, E_TypeError, "%.200s() takes no arguments", type->name);
    }
    if (unlikely(type_flag(type, TYPE_ABSTRACT))) return abstract_error(t, type);
    return instance_new(t, type);
}

int object_init_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (likely(!excess_args(nargs, kwnames))) return 0;
    Type *type = type_of(self);
    if (type->init != object_init_slot)
        return err_int(err_set(t, E_TypeError, "object.__init__() takes exactly one argument (the instance to initialize)"));
    if (type->new_ == object_new_slot)
        return err_int(err_set(t, E_TypeError, "%.200s.__init__() takes exactly one argument (the instance to initialize)", type->name));
    return 0;
}

/* ---- text, identity ---------------------------------------------------------------------------------------------------- */

Ref object_repr_default(Thread *t, Value self) {
    Type *type = type_of(self);
    Ref module = type_module(t, type), name = REF_NULL, r = REF_NULL;
    if (ref_is_null(module)) err_clear(t);
    name = type_qualname(t, type);
    if (!ref_is_null(name)) {
        void *address = value_is_object(self) ? (void *)value_object(self) : (void *)self.bits;
        if (!ref_is_null(module) && is_str(ref_borrow(module)) && !str_equal_ascii(ref_borrow(module), "builtins"))
            r = str_format(t, "<%V.%V object at %p>", ref_borrow(module), ref_borrow(name), address);
        else
            r = str_format(t, "<%s object at %p>", type->name, address);
    }
    ref_drop(t, module);
    ref_drop(t, name);
    return r;
}
static Ref object_str_slot(Thread *t, Value self) {
    UnaryFn repr = type_of(self)->repr;
    return repr == NULL ? object_repr_default(t, self) : repr(t, self);
}

/* Addresses are multiples of 16: the low bits go to the top. */
int64_t hash_pointer(const void *p) {
    uint64_t x = (uint64_t)p;
    x = x >> 4 | x << 60;
    return (int64_t)x == -1 ? -2 : (int64_t)x;
}
static int64_t object_hash_slot(Thread *t, Value self) {
    return hash_pointer(value_is_object(self) ? (void *)value_object(self) : (void *)self.bits);
}
int64_t hash_not_implemented(Thread *t, Value self) {
    err_set(t, E_TypeError, "unhashable type: '%.200T'", self);
    return -1;
}
Ref iter_self(Thread *t, Value self) { return ref_new(t, self); }

static Ref object_richcompare(Thread *t, Value a, Value b, CompareOp op) {
    if (op == CMP_EQ) return value_is(a, b) ? REF_TRUE : REF_NOT_IMPLEMENTED;
    if (op != CMP_NE) return REF_NOT_IMPLEMENTED;
    /* != is what == isn't, unless that doesn't know */
    if (type_of(a)->richcompare == NULL) return REF_NOT_IMPLEMENTED;
    Ref equal = type_of(a)->richcompare(t, a, b, CMP_EQ);
    if (ref_is_null(equal) || ref_is_not_implemented(equal)) return equal;
    int truth = is_true(t, ref_borrow(equal));
    ref_drop(t, equal);
    return truth < 0 ? REF_NULL : ref_bool(!truth);
}

/* ---- pickling --------------------------------------------------------------------------------------------------------------- */

/* What copyreg remembers of a class's __slots__: a list of names, or None. */
static Ref slot_names(Thread *t, Type *type) {
    Ref r = ref_new(t, type_own(type, N(__slotnames__)));
    if (!ref_is_null(r)) {
        if (value_is_none(ref_borrow(r)) || is_list(ref_borrow(r))) return r;
        err_set(t, E_TypeError, "%.200s.__slotnames__ should be a list or None, not %.200T", type->name, ref_borrow(r));
        ref_drop(t, r);
        return REF_NULL;
    }
    Ref f = import_attr(t, "copyreg", "_slotnames");
    if (ref_is_null(f)) return REF_NULL;
    r = call1(t, ref_borrow(f), type_value(type));
    ref_drop(t, f);
    if (!ref_is_null(r) && !ref_is_none(r) && !is_list(ref_borrow(r))) {
        err_set(t, E_TypeError, "copyreg._slotnames didn't return a list or None");
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

static Ref slots_state(Thread *t, Value self, Value slotnames) {
    Ref slots = dict_new(t);
    for (size_t i = 0; !ref_is_null(slots) && i < list_size(slotnames); i++) {
        Ref name = ref_new(t, list_get(slotnames, i));
        Ref v = ref_is_null(name) ? REF_NULL : get_attr_opt(t, self, ref_borrow(name));
        bool bad = ref_is_null(v) ? err_pending(t) : dict_set(t, ref_borrow(slots), ref_borrow(name), ref_borrow(v)) < 0;
        ref_drop(t, v);
        ref_drop(t, name);
        if (bad) {
            ref_drop(t, slots);
            return REF_NULL;
        }
    }
    return slots;
}

/* object.__getstate__: the instance's dict (a copy; None if it is empty), with its slots' values in a pair if it has some. `required`: there
 * is nothing else that a copy could be made from, so layouts that C code fills can't be pickled. */
static Ref default_state(Thread *t, Value self, bool required) {
    Type *type = type_of(self);
    if (required && (type->head.item_size != 0 || type == &memoryview_type)) return err_set(t, E_TypeError, "cannot pickle %.200T objects", self);
    Ref state = type->attrs_offset != 0 && instance_count(self) > 0 ? instance_dict_copy(t, self) : REF_NONE;
    if (ref_is_null(state)) return REF_NULL;
    Ref slotnames = slot_names(t, type), slots = REF_NULL;
    if (ref_is_null(slotnames)) goto fail;
    const Type *layout = type;
    while (type_flag(layout, TYPE_HEAP)) layout = layout->base;
    if (required && layout->head.size > object_type.head.size) {
        err_set(t, E_TypeError, "cannot pickle '%.200T' object", self);
        goto fail;
    }
    if (is_list(ref_borrow(slotnames)) && list_size(ref_borrow(slotnames)) > 0) {
        slots = slots_state(t, self, ref_borrow(slotnames));
        if (ref_is_null(slots)) goto fail;
        if (dict_size(ref_borrow(slots)) > 0) {
            Ref pair = tuple_pack(t, 2, ref_borrow(state), ref_borrow(slots));
            ref_drop(t, state);
            state = pair;
        }
    }
    ref_drop(t, slots);
    ref_drop(t, slotnames);
    return state;
fail:
    ref_drop(t, slots);
    ref_drop(t, slotnames);
    ref_drop(t, state);
    return REF_NULL;
}
static Ref object_getstate(Thread *t, Value self, const Value *a) { return default_state(t, self, false); }

/* Whether self.name is `object`'s own method: 1, 0, -1. It often is: then no bound method is made only to be looked at. */
static int is_own_method(Thread *t, Value self, Value name, FlatFn own) {
    Type *type = type_of(self);
    Value f = type_flag(type, TYPE_PLAIN_GETATTR) ? type_lookup(t, type, name) : VALUE_NULL;
    if (value_is_null(f) || !is_exact(f, &method_descriptor_type) || as(MethodDescriptor, f)->def->flat != own) return 0;
    if (type->attrs_offset == 0) return 1;
    Ref shadow = instance_get(t, self, name);
    if (ref_is_null(shadow)) return err_pending(t) ? -1 : 1;
    ref_drop(t, shadow);
    return 0;
}

static Ref get_state(Thread *t, Value self, bool required) {
    int own = is_own_method(t, self, N(__getstate__), object_getstate);
    if (own != 0) return own < 0 ? REF_NULL : default_state(t, self, required);
    Ref f = get_attr(t, self, N(__getstate__));
    if (ref_is_null(f)) return REF_NULL;
    Value v = ref_borrow(f);
    bool plain = is_exact(v, &native_type) && as(Native, v)->def->flat == object_getstate && value_is(slot_get(&as(Native, v)->self), self);
    Ref r = plain ? default_state(t, self, required) : call0(t, v);
    ref_drop(t, f);
    return r;
}

/* __getnewargs_ex__ or __getnewargs__: 1 and *args, *kwargs (or null); 0: neither is there. */
static int new_arguments(Thread *t, Value self, Ref *args, Ref *kwargs) {
    *args = *kwargs = REF_NULL;
    Ref f = lookup_special(t, self, N(__getnewargs_ex__));
    if (!ref_is_null(f)) {
        Ref pair = call0(t, ref_borrow(f));
        ref_drop(t, f);
        if (ref_is_null(pair)) return -1;
        Value p = ref_borrow(pair);
        if (!is_tuple(p)) err_set(t, E_TypeError, "__getnewargs_ex__ should return a tuple, not '%.200T'", p);
        else if (tuple_size(p) != 2) err_set(t, E_ValueError, "__getnewargs_ex__ should return a tuple of length 2, not %zu", tuple_size(p));
        else if (!is_tuple(tuple_get(p, 0)))
            err_set(t, E_TypeError, "first item of the tuple returned by __getnewargs_ex__ must be a tuple, not '%.200T'", tuple_get(p, 0));
        else if (!is_dict(tuple_get(p, 1)))
            err_set(t, E_TypeError, "second item of the tuple returned by __getnewargs_ex__ must be a dict, not '%.200T'", tuple_get(p, 1));
        else {
            *args = ref_new(t, tuple_get(p, 0));
            *kwargs = ref_new(t, tuple_get(p, 1));
        }
        ref_drop(t, pair);
        return ref_is_null(*args) ? -1 : 1;
    }
    if (err_pending(t)) return -1;
    f = lookup_special(t, self, N(__getnewargs__));
    if (ref_is_null(f)) return err_pending(t) ? -1 : 0;
    *args = call0(t, ref_borrow(f));
    ref_drop(t, f);
    if (ref_is_null(*args)) return -1;
    if (is_tuple(ref_borrow(*args))) return 1;
    err_set(t, E_TypeError, "__getnewargs__ should return a tuple, not '%.200T'", ref_borrow(*args));
    ref_drop(t, *args);
    return -1;
}

/* A function of copyreg; the module is usually there. */
static Ref from_copyreg(Thread *t, Value interned_name, const char *name) {
    Value m = dict_get_str(t, modules_dict(), N(copyreg));
    Ref f = !value_is_null(m) && is_exact(m, &module_type) ? ref_new(t, dict_get_str(t, module_dict(m), interned_name)) : REF_NULL;
    return ref_is_null(f) ? import_attr(t, "copyreg", name) : f;
}
/* (cls, *args) or (cls, args, kwargs), and the function of copyreg that makes an object from it. */
static int new_call(Thread *t, Value cls, Ref args, Ref kwargs, Ref *function, Ref *arguments) {
    *arguments = REF_NULL;
    if (ref_is_null(kwargs) || dict_size(ref_borrow(kwargs)) == 0) {
        size_t n = ref_is_null(args) ? 0 : tuple_size(ref_borrow(args));
        *function = from_copyreg(t, N(__newobj__), "__newobj__");
        if (ref_is_null(*function)) return -1;
        Ref made = tuple_new_uninit(t, n + 1);
        if (!ref_is_null(made)) {
            tuple_init_item(made, 0, ref_new(t, cls));
            for (size_t i = 0; i < n; i++) tuple_init_item(made, i + 1, ref_new(t, tuple_get(ref_borrow(args), i)));
        }
        *arguments = made;
    } else {
        *function = from_copyreg(t, N(__newobj_ex__), "__newobj_ex__");
        if (ref_is_null(*function)) return -1;
        *arguments = tuple_pack(t, 3, cls, ref_borrow(args), ref_borrow(kwargs));
    }
    return ref_is_null(*arguments) ? -1 : 0;
}

static Ref reduce_2(Thread *t, Value self) {
    Ref args, kwargs, cls = REF_NULL, function = REF_NULL, arguments = REF_NULL, state = REF_NULL, items = REF_NONE, pairs = REF_NONE, r = REF_NULL;
    if (type_of(self)->new_ == NULL) return err_set(t, E_TypeError, "cannot pickle '%.200T' object", self);
    int has_args = new_arguments(t, self, &args, &kwargs);
    if (has_args < 0) return REF_NULL;
    cls = ref_new(t, type_value(type_of(self)));
    if (new_call(t, ref_borrow(cls), args, kwargs, &function, &arguments) < 0) goto done;
    state = get_state(t, self, !has_args && !is_list(self) && !is_dict(self));
    if (ref_is_null(state)) goto done;
    if (is_list(self)) items = get_iter(t, self);
    if (is_dict(self)) {
        Ref view = call_method0(t, self, N(items));
        pairs = ref_is_null(view) ? REF_NULL : get_iter_now(t, ref_borrow(view));
        ref_drop(t, view);
    }
    if (!ref_is_null(items) && !ref_is_null(pairs))
        r = tuple_pack(t, 5, ref_borrow(function), ref_borrow(arguments), ref_borrow(state), ref_borrow(items), ref_borrow(pairs));
done:
    ref_drop(t, args);
    ref_drop(t, kwargs);
    ref_drop(t, cls);
    ref_drop(t, function);
    ref_drop(t, arguments);
    ref_drop(t, state);
    ref_drop(t, items);
    ref_drop(t, pairs);
    return r;
}

static Ref reduce_common(Thread *t, Value self, int protocol) {
    if (protocol >= 2) return reduce_2(t, self);
    Ref f = import_attr(t, "copyreg", "_reduce_ex");
    if (ref_is_null(f)) return REF_NULL;
    Ref r = call2(t, ref_borrow(f), self, small_int(protocol));
    ref_drop(t, f);
    return r;
}
static Ref object_reduce(Thread *t, Value self, const Value *a) { return reduce_common(t, self, 0); }
/* A class that overrides __reduce__ means it. */
static Ref object_reduce_ex(Thread *t, Value self, const Value *a) {
    int protocol;
    if (as_int(t, a[0], &protocol) < 0) return REF_NULL;
    int plain = is_own_method(t, self, N(__reduce__), object_reduce);
    if (plain != 0) return plain < 0 ? REF_NULL : reduce_common(t, self, protocol);
    Ref reduce = get_attr_opt(t, self, N(__reduce__));
    if (ref_is_null(reduce) && err_pending(t)) return reduce;
    Value f = type_lookup(t, type_of(self), N(__reduce__));
    bool own = ref_is_null(reduce) || value_is_null(f) || (is_exact(f, &method_descriptor_type) && as(MethodDescriptor, f)->def->flat == object_reduce);
    Ref r = own ? reduce_common(t, self, protocol) : call0(t, ref_borrow(reduce));
    ref_drop(t, reduce);
    return r;
}

/* ---- the other methods ----------------------------------------------------------------------------------------------------------- */

static Ref object_format_method(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "__format__() argument must be str, not %.200G", a[0]);
    if (str_length(a[0]) > 0) return err_set(t, E_TypeError, "unsupported format string passed to %.200T.__format__", self);
    return object_str(t, self);
}
static Ref object_sizeof(Thread *t, Value self, const Value *a) {
    Type *type = type_of(self);
    size_t items = 0;
    if (type->head.item_size != 0 && type->len != NULL) {
        int64_t n = type->len(t, self);
        if (n < 0) return REF_NULL;
        items = (size_t)n * type->head.item_size;
    }
    return int_from_i64(t, (int64_t)(type->head.size + items));
}

/* Adds the names of a class and its bases to dict. */
static int merge_class(Thread *t, Value dict, Value cls) {
    if (recursion_enter(t, " in __dir__") < 0) return -1;
    Ref own = get_attr_opt(t, cls, N(__dict__));
    int failed = ref_is_null(own) ? -err_pending(t) : dict_update(t, dict, ref_borrow(own));
    ref_drop(t, own);
    if (failed == 0) {
        Ref bases = get_attr_opt(t, cls, N(__bases__));
        if (ref_is_null(bases)) failed = -err_pending(t);
        else if (is_tuple(ref_borrow(bases)))
            for (size_t i = 0; failed == 0 && i < tuple_size(ref_borrow(bases)); i++) failed = merge_class(t, dict, tuple_get(ref_borrow(bases), i));
        ref_drop(t, bases);
    }
    recursion_leave(t);
    return failed;
}
Ref type_dir(Thread *t, Value self, const Value *a) {
    Ref dict = dict_new(t), r = REF_NULL;
    if (!ref_is_null(dict) && merge_class(t, ref_borrow(dict), self) == 0) r = dict_keys_list(t, ref_borrow(dict));
    ref_drop(t, dict);
    return r;
}
static Ref object_dir(Thread *t, Value self, const Value *a) {
    Ref own = get_attr_opt(t, self, N(__dict__)), dict = REF_NULL, cls = REF_NULL, r = REF_NULL;
    if (ref_is_null(own) && err_pending(t)) return REF_NULL;
    dict = !ref_is_null(own) && is_dict(ref_borrow(own)) ? dict_copy(t, ref_borrow(own)) : dict_new(t);
    ref_drop(t, own);
    if (ref_is_null(dict)) return REF_NULL;
    cls = get_attr_opt(t, self, N(__class__));
    bool bad = ref_is_null(cls) ? err_pending(t) : merge_class(t, ref_borrow(dict), ref_borrow(cls)) < 0;
    if (!bad) r = dict_keys_list(t, ref_borrow(dict));
    ref_drop(t, cls);
    ref_drop(t, dict);
    return r;
}

static Ref object_init_subclass(Thread *t, Value cls, const Value *a) { return REF_NONE; }
static Ref object_subclasshook(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return REF_NOT_IMPLEMENTED; }

static Ref object_get_class(Thread *t, Value self, void *closure) { return ref_new(t, type_value(type_of(self))); }
static int object_set_class_attr(Thread *t, Value self, Value value, void *closure) {
    if (!value_is_null(value) && audit(t, "object.__setattr__", (Value[]){self, N(__class__), value}, 3) < 0) return -1;
    return object_set_class(t, self, value);
}

static NativeDef object_methods[] = {
    FN("__reduce_ex__", "($self, protocol, /)", object_reduce_ex, "Helper for pickle."),
    FN("__reduce__", "($self, /)", object_reduce, "Helper for pickle."),
    {.name = "__getstate__", .sig = "($self, /)", .flat = object_getstate, .doc = "Helper for pickle."},
    FN_CLASS_RAW("__subclasshook__", NULL, object_subclasshook, "Abstract classes override this to say what counts as their subclass."),
    FN_CLASS("__init_subclass__", "!($type, /)", object_init_subclass, "Called when a class is derived from this one."),
    FN("__format__", "($self, format_spec, /)", object_format_method, "Default object formatter."),
    FN("__sizeof__", "($self, /)", object_sizeof, "Size of object in memory, in bytes."),
    FN("__dir__", "($self, /)", object_dir, "Default dir() implementation."),
    FN_END};
static const GetSetDef object_getset[] = {{"__class__", object_get_class, object_set_class_attr, "The object's class.", NULL}, {NULL}};

Type object_type = {
    TYPE_HEADER(Object, TYPE_BASETYPE, NULL, NULL, NULL),
    .name = "object",
    .doc = "object()\n--\n\nThe root of all classes. Called, it gives a featureless object.",
    .basic_size_end = sizeof(Object),
    .repr = object_repr_default,
    .str = object_str_slot,
    .hash = object_hash_slot,
    .getattro = generic_getattr,
    .setattro = generic_setattr,
    .richcompare = object_richcompare,
    .new_ = object_new_slot,
    .init = object_init_slot,
    .methods = object_methods,
    .getset = object_getset};
