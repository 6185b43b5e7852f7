/* Operations on any object: calls, attributes, text, hash, truth, comparison, isinstance. See abstract.h. */
#include "runtime/abstract.h"
#include "runtime/float.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

/* ---- calls ------------------------------------------------------------------------------------------------- */

#define SMALL_CALL 8 /* arguments that fit a call without allocating */

/* Room for n words: the caller's small array, or memory that args_free gives back. */
static Value *args_room(Thread *t, Value *small, size_t n) {
    if (n <= SMALL_CALL) return small;
    Value *room = mem_alloc(n * sizeof(Value));
    if (room == NULL) err_no_memory(t);
    return room;
}
static void args_free(Value *room, Value *small) {
    if (room != small) mem_free(room);
}

Ref call(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames) {
    Type *type = type_of(f);
    if (unlikely(type->call == NULL)) return err_set(t, E_TypeError, "'%.200T' object is not callable", f);
    if (unlikely(c_stack_check(t, " while calling a Python object") < 0)) return REF_NULL;
    return type->call(t, f, args, nargs, kwnames);
}

Ref call0(Thread *t, Value f) { return call(t, f, NULL, 0, VALUE_NULL); }
Ref call1(Thread *t, Value f, Value a) { return call(t, f, &a, 1, VALUE_NULL); }
Ref call2(Thread *t, Value f, Value a, Value b) {
    Value args[2] = {a, b};
    return call(t, f, args, 2, VALUE_NULL);
}
Ref call3(Thread *t, Value f, Value a, Value b, Value c) {
    Value args[3] = {a, b, c};
    return call(t, f, args, 3, VALUE_NULL);
}

Ref call_kw(Thread *t, Value f, const Value *args, size_t npositional, const char *const *kw, size_t nnames) {
    Ref tuple = tuple_new_uninit(t, nnames);
    if (ref_is_null(tuple)) return REF_NULL;
    for (size_t i = 0; i < nnames; i++) {
        Value name = str_intern_cstr(t, kw[i]);
        if (value_is_null(name)) {
            ref_drop(t, tuple);
            return REF_NULL;
        }
        tuple_init_item(tuple, i, ref_new(t, name));
    }
    Ref r = call(t, f, args, npositional, ref_borrow(tuple));
    ref_drop(t, tuple);
    return r;
}

Ref call_tuple_dict(Thread *t, Value f, Value args_tuple, Value kwargs) {
    size_t nargs = tuple_size(args_tuple);
    size_t nkw = value_is_null(kwargs) ? 0 : dict_size(kwargs);
    if (nkw == 0) {
        const Slot *items = as(Tuple, args_tuple)->item;
        _Static_assert(sizeof(Slot) == sizeof(Value), "a tuple's items are an argument array");
        return call(t, f, (const Value *)items, nargs, VALUE_NULL);
    }
    /* copies of the keys and values, so that they live whatever the callee does to the dict */
    Ref result = REF_NULL, values = REF_NULL, kwnames = REF_NULL;
    Value small[SMALL_CALL], *args = small;
    Ref list = dict_keys_list(t, kwargs);
    if (ref_is_null(list)) return REF_NULL;
    kwnames = list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    if (ref_is_null(kwnames)) return REF_NULL;
    nkw = tuple_size(ref_borrow(kwnames));
    args = args_room(t, small, nargs + nkw);
    values = args == NULL ? REF_NULL : tuple_new_uninit(t, nkw);
    if (ref_is_null(values)) goto done;
    for (size_t i = 0; i < nargs; i++) args[i] = tuple_get(args_tuple, i);
    for (size_t i = 0; i < nkw; i++) {
        Value key = tuple_get(ref_borrow(kwnames), i);
        if (!is_str(key)) {
            err_set(t, E_TypeError, "keywords must be strings");
            goto done;
        }
        Ref v;
        int found = dict_lookup(t, kwargs, key, &v);
        if (found <= 0) {
            if (found == 0) err_value(t, E_KeyError, key);
            goto done;
        }
        tuple_init_item(values, i, v);
        args[nargs + i] = ref_borrow(v);
    }
    result = call(t, f, args, nargs, ref_borrow(kwnames));
done:
    ref_drop(t, values);
    ref_drop(t, kwnames);
    if (args != NULL) args_free(args, small);
    return result;
}

/* self.name(*args) without making a bound method where the attribute is a plain method of the type. */
Ref call_method(Thread *t, Value self, Value name, const Value *args, size_t nargs) {
    if (unlikely(value_is_null(name))) return REF_NULL; /* there was no memory to intern it: the exception is set */
    Type *type = type_of(self);
    if (type_flag(type, TYPE_PLAIN_GETATTR) && type->attrs_offset == 0) {
        Value f = type_lookup(t, type, name);
        if (!value_is_null(f) && type_flag(type_of(f), TYPE_METHOD)) {
            Value small[SMALL_CALL];
            Value *all = args_room(t, small, nargs + 1);
            if (all == NULL) return REF_NULL;
            Ref hold = ref_new(t, f);
            all[0] = self;
            memcpy(all + 1, args, nargs * sizeof(Value));
            Ref r = call(t, ref_borrow(hold), all, nargs + 1, VALUE_NULL);
            ref_drop(t, hold);
            args_free(all, small);
            return r;
        }
    }
    Ref f = get_attr(t, self, name);
    if (ref_is_null(f)) return REF_NULL;
    Ref r = call(t, ref_borrow(f), args, nargs, VALUE_NULL);
    ref_drop(t, f);
    return r;
}
Ref call_method0(Thread *t, Value self, Value name) { return call_method(t, self, name, NULL, 0); }
Ref call_method1(Thread *t, Value self, Value name, Value a) { return call_method(t, self, name, &a, 1); }

bool is_callable(Value v) { return type_of(v)->call != NULL; }

/* ---- attributes ---------------------------------------------------------------------------------------------- */

/* An AttributeError that doesn't say of which attribute of what is told. */
static COLD void attribute_context(Thread *t, Value o, Value name) {
    Value exc = ref_borrow(t->exc);
    if (value_is_null(exc) || !is_exact(exc, ETYPE(AttributeError))) return;
    AttributeError *e = as(AttributeError, exc);
    if (!value_is_null(slot_get(&e->name)) || !value_is_null(slot_get(&e->obj))) return;
    Ref hold = ref_new(t, exc);
    slot_set(t, e, &e->name, ref_new(t, name));
    slot_set(t, e, &e->obj, ref_new(t, o));
    ref_drop(t, hold);
}
Ref get_attr(Thread *t, Value o, Value name) {
    if (unlikely(value_is_null(name))) return REF_NULL; /* there was no memory to intern it: the exception is set */
    if (unlikely(!is_str(name))) return err_set(t, E_TypeError, "attribute name must be string, not '%.200T'", name);
    if (c_stack_check(t, " while calling a Python object") < 0) return REF_NULL; /* wrappers of wrappers of … */
    Ref r = type_of(o)->getattro(t, o, name);
    if (unlikely(ref_is_null(r))) attribute_context(t, o, name);
    return r;
}

Ref get_attr_opt(Thread *t, Value o, Value name) {
    if (unlikely(value_is_null(name))) return REF_NULL; /* there was no memory to intern it: the exception is set */
    if (c_stack_check(t, " while calling a Python object") < 0) return REF_NULL;
    Type *type = type_of(o);
    if (type->getattro == generic_getattr) return generic_getattr_opt(t, o, name);
    Ref r = type->getattro == type_getattro ? type_getattr_opt(t, o, name) : type->getattro(t, o, name);
    if (ref_is_null(r)) err_clear_if(t, E_AttributeError);
    return r;
}

Ref get_attr_cstr(Thread *t, Value o, const char *name) {
    Value s = str_intern_cstr(t, name);
    return value_is_null(s) ? REF_NULL : get_attr(t, o, s);
}

int has_attr(Thread *t, Value o, Value name) {
    Ref r = get_attr_opt(t, o, name);
    if (ref_is_null(r)) return err_pending(t) ? -1 : 0;
    ref_drop(t, r);
    return 1;
}

int set_attr(Thread *t, Value o, Value name, Value value) {
    if (unlikely(value_is_null(name))) return -1; /* there was no memory to intern it: the exception is set */
    if (unlikely(!is_str(name)))
        return err_int(err_set(t, E_TypeError, "attribute name must be string, not '%.200T'", name));
    Type *type = type_of(o);
    if (type->setattro != NULL) return type->setattro(t, o, name, value);
    const char *what = value_is_null(value) ? "del" : "assign to";
    if (type->getattro == NULL)
        return err_int(err_set(t, E_TypeError, "'%.100T' object has no attributes (%s .%V)", o, what, name));
    return err_int(err_set(t, E_TypeError, "'%.100T' object has only read-only attributes (%s .%V)", o, what, name));
}
int del_attr(Thread *t, Value o, Value name) { return set_attr(t, o, name, VALUE_NULL); }

/* ---- text ------------------------------------------------------------------------------------------------------ */

Ref object_repr(Thread *t, Value o) {
    if (value_is_null(o)) return str_from_cstr(t, "<NULL>");
    Type *type = type_of(o);
    if (type->repr == NULL) return object_repr_default(t, o);
    if (recursion_enter(t, " while getting the repr of an object") < 0) return REF_NULL;
    Ref r = type->repr(t, o);
    recursion_leave(t);
    if (!ref_is_null(r) && unlikely(!is_str(ref_borrow(r)))) {
        err_set(t, E_TypeError, "__repr__ returned non-string (type %.200T)", ref_borrow(r));
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

Ref object_str(Thread *t, Value o) {
    if (value_is_null(o)) return str_from_cstr(t, "<NULL>");
    Type *type = type_of(o);
    if (type == &str_type) return ref_new(t, o);
    if (type->str == NULL) return object_repr(t, o);
    if (recursion_enter(t, " while getting the str of an object") < 0) return REF_NULL;
    Ref r = type->str(t, o);
    recursion_leave(t);
    if (!ref_is_null(r) && unlikely(!is_str(ref_borrow(r)))) {
        err_set(t, E_TypeError, "__str__ returned non-string (type %.200T)", ref_borrow(r));
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

Ref object_ascii(Thread *t, Value o) {
    Ref r = object_repr(t, o);
    if (ref_is_null(r) || as(Str, ref_borrow(r))->ascii) return r;
    Ref bytes = str_encode(t, ref_borrow(r), "ascii", "backslashreplace");
    ref_drop(t, r);
    if (ref_is_null(bytes)) return REF_NULL;
    Ref text = REF_NULL;
    Buffer view;
    if (buffer_get(t, ref_borrow(bytes), &view, BUFFER_SIMPLE) == 0) {
        text = str_from_ascii(t, view.data, view.len);
        buffer_release(t, &view);
    }
    ref_drop(t, bytes);
    return text;
}

Ref object_format(Thread *t, Value o, Value spec) {
    if (!value_is_null(spec) && !is_str(spec))
        return err_set(t, E_SystemError, "Format specifier must be a string, not %.200T", spec);
    if (value_is_null(spec)) spec = str_empty();
    if (str_length(spec) == 0 && (is_exact(o, &str_type) || is_exact(o, &int_type))) return object_str(t, o);
    if (is_exact(o, &int_type)) return int_format(t, o, spec);
    if (is_exact(o, &str_type)) return str_format_spec(t, o, spec);
    if (is_exact(o, &float_type)) return str_length(spec) == 0 ? object_str(t, o) : float_format(t, o, spec);
    Ref method = lookup_special(t, o, N(__format__));
    if (ref_is_null(method)) {
        if (err_pending(t)) return REF_NULL;
        return err_set(t, E_TypeError, "Type %.100T doesn't define __format__", o);
    }
    Ref r = call1(t, ref_borrow(method), spec);
    ref_drop(t, method);
    if (!ref_is_null(r) && unlikely(!is_str(ref_borrow(r)))) {
        err_set(t, E_TypeError, "__format__ must return a str, not %.200T", ref_borrow(r));
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

/* ---- hash and truth ----------------------------------------------------------------------------------------------- */

int64_t object_hash(Thread *t, Value o) {
    if (unlikely(value_is_null(o))) return -1; /* a key that there was no memory to make: the exception is set */
    if (c_stack_check(t, " while calling a Python object") < 0) return -1;
    HashFn hash = type_of(o)->hash;
    return likely(hash != NULL) ? hash(t, o) : hash_not_implemented(t, o);
}

int is_true(Thread *t, Value o) {
    if (value_is_true(o)) return 1;
    if (value_is_false(o) || value_is_none(o)) return 0;
    if (value_is_int(o)) return value_int(o) != 0;
    Type *type = type_of(o);
    if (type->bool_ != NULL) return type->bool_(t, o);
    if (type->len != NULL) {
        int64_t n = type->len(t, o);
        return n > 0 ? 1 : (int)n;
    }
    return 1;
}

/* ---- comparison ----------------------------------------------------------------------------------------------------- */

static const CompareOp swapped_op[] = {CMP_GT, CMP_GE, CMP_EQ, CMP_NE, CMP_LT, CMP_LE};
static const char *const op_text[] = {"<", "<=", "==", "!=", ">", ">="};

/* One side's attempt: null result with *settled false means NotImplemented. */
static ALWAYS_INLINE Ref try_compare(Thread *t, Value a, Value b, CompareOp op, bool *settled) {
    Ref (*compare)(Thread *, Value, Value, CompareOp) = type_of(a)->richcompare;
    *settled = false;
    if (compare == NULL) return REF_NULL;
    Ref r = compare(t, a, b, op);
    *settled = !ref_is_not_implemented(r);
    return *settled ? r : REF_NULL;
}

Ref rich_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (value_is_int(a) && value_is_int(b)) {
        int64_t x = value_int(a), y = value_int(b);
        switch (op) {
        case CMP_LT: return ref_bool(x < y);
        case CMP_LE: return ref_bool(x <= y);
        case CMP_EQ: return ref_bool(x == y);
        case CMP_NE: return ref_bool(x != y);
        case CMP_GT: return ref_bool(x > y);
        case CMP_GE: return ref_bool(x >= y);
        }
    }
    Type *ta = type_of(a), *tb = type_of(b);
    if (ta == tb && (ta == &str_type || ta == &float_type)) return ta->richcompare(t, a, b, op); /* calls nothing out, and knows its kind */
    if (recursion_enter(t, " in comparison") < 0) return REF_NULL;
    bool settled, reversed = false;
    Ref r = REF_NULL;
    if (ta != tb && tb->richcompare != NULL && type_is_subtype(tb, ta)) {
        reversed = true;
        r = try_compare(t, b, a, swapped_op[op], &settled);
        if (settled) goto done;
    }
    r = try_compare(t, a, b, op, &settled);
    if (settled) goto done;
    if (!reversed) {
        r = try_compare(t, b, a, swapped_op[op], &settled);
        if (settled) goto done;
    }
    if (op == CMP_EQ) r = ref_bool(value_is(a, b));
    else if (op == CMP_NE) r = ref_bool(!value_is(a, b));
    else r = err_set(t, E_TypeError, "'%s' not supported between instances of '%.100T' and '%.100T'", op_text[op], a, b);
done:
    recursion_leave(t);
    return r;
}

int rich_compare_bool(Thread *t, Value a, Value b, CompareOp op) {
    if (value_is(a, b)) {
        if (op == CMP_EQ) return 1;
        if (op == CMP_NE) return 0;
    }
    Ref r = rich_compare(t, a, b, op);
    if (ref_is_null(r)) return -1;
    int truth = is_true(t, ref_borrow(r));
    ref_drop(t, r);
    return truth;
}

int values_equal(Thread *t, Value a, Value b) {
    if (value_is(a, b)) return 1;
    if (value_is_int(a) && value_is_int(b)) return 0;
    if (is_exact(a, &str_type) && is_exact(b, &str_type)) return str_equal(as(Str, a), as(Str, b));
    return rich_compare_bool(t, a, b, CMP_EQ);
}

/* ---- isinstance and issubclass ------------------------------------------------------------------------------------- */

/* cls.__bases__ if that is a tuple; null without an exception if it isn't there. */
static Ref class_bases(Thread *t, Value cls) {
    Ref bases = get_attr_opt(t, cls, N(__bases__));
    if (!ref_is_null(bases) && !is_tuple(ref_borrow(bases))) {
        ref_drop(t, bases);
        return REF_NULL;
    }
    return bases;
}

static int check_class(Thread *t, Value cls, const char *message) {
    Ref bases = class_bases(t, cls);
    if (ref_is_null(bases)) {
        if (!err_pending(t)) err_set(t, E_TypeError, "%s", message);
        return -1;
    }
    ref_drop(t, bases);
    return 0;
}

/* Walks __bases__ of things that merely look like classes. */
static int abstract_issubclass(Thread *t, Value derived, Value cls) {
    if (value_is(derived, cls)) return 1;
    if (recursion_enter(t, " in __subclasscheck__") < 0) return -1;
    Ref bases = class_bases(t, derived);
    int r = 0;
    if (ref_is_null(bases)) {
        r = err_pending(t) ? -1 : 0;
    } else {
        for (size_t i = 0, n = tuple_size(ref_borrow(bases)); i < n && r == 0; i++)
            r = abstract_issubclass(t, tuple_get(ref_borrow(bases), i), cls);
        ref_drop(t, bases);
    }
    recursion_leave(t);
    return r;
}

int is_instance_plain(Thread *t, Value o, Value cls) {
    int r;
    if (is_type(cls)) {
        Type *type = type_of(o);
        if (type_is_subtype(type, as(Type, cls))) return 1;
        if (type_flag(type, TYPE_PLAIN_GETATTR) &&
            (!type_flag(type, TYPE_HEAP) || value_is(type_lookup(t, type, N(__class__)), type_lookup(t, &object_type, N(__class__)))))
            return 0; /* no built-in type with plain attributes has a __class__ of its own */
        Ref claimed = get_attr_opt(t, o, N(__class__)); /* proxies and mocks say what they want to be */
        if (ref_is_null(claimed)) return err_pending(t) ? -1 : 0;
        Value c = ref_borrow(claimed);
        r = !value_is(c, type_value(type)) && is_type(c) && type_is_subtype(as(Type, c), as(Type, cls));
        ref_drop(t, claimed);
        return r;
    }
    if (check_class(t, cls, "isinstance() arg 2 must be a type, a tuple of types, or a union") < 0) return -1;
    Ref claimed = get_attr_opt(t, o, N(__class__));
    if (ref_is_null(claimed)) return err_pending(t) ? -1 : 0;
    r = abstract_issubclass(t, ref_borrow(claimed), cls);
    ref_drop(t, claimed);
    return r;
}

int is_subclass_plain(Thread *t, Value cls, Value base) {
    if (is_type(cls) && is_type(base)) return type_is_subtype(as(Type, cls), as(Type, base));
    if (check_class(t, cls, "issubclass() arg 1 must be a class") < 0) return -1;
    if (check_class(t, base, "issubclass() arg 2 must be a class, a tuple of classes, or a union") < 0) return -1;
    return abstract_issubclass(t, cls, base);
}

typedef int (*ClassCheck)(Thread *t, Value o, Value cls);

/* What isinstance and issubclass have in common: tuples, the metaclass's hook, the plain test. */
static int class_check(Thread *t, Value o, Value cls, Value hook, ClassCheck plain, const char *where) {
    if (is_exact(cls, &type_type)) return plain(t, o, cls);
    int r = 0;
    if (is_tuple(cls)) {
        if (recursion_enter(t, where) < 0) return -1;
        for (size_t i = 0, n = tuple_size(cls); i < n && r == 0; i++)
            r = class_check(t, o, tuple_get(cls, i), hook, plain, where);
        recursion_leave(t);
        return r;
    }
    Ref checker = lookup_special(t, cls, hook);
    if (ref_is_null(checker)) return err_pending(t) ? -1 : plain(t, o, cls);
    if (recursion_enter(t, where) < 0) {
        ref_drop(t, checker);
        return -1;
    }
    Ref answer = call1(t, ref_borrow(checker), o);
    recursion_leave(t);
    ref_drop(t, checker);
    if (ref_is_null(answer)) return -1;
    r = is_true(t, ref_borrow(answer));
    ref_drop(t, answer);
    return r;
}

static int instance_check(Thread *t, Value o, Value cls) {
    return value_is(type_value(type_of(o)), cls) ? 1 : is_instance_plain(t, o, cls);
}

int is_instance(Thread *t, Value o, Value cls) {
    if (value_is(type_value(type_of(o)), cls)) return 1; /* even where a hook would say no, as CPython */
    if (is_tuple(cls)) { /* the exact match comes first for every item */
        if (recursion_enter(t, " in __instancecheck__") < 0) return -1;
        int r = 0;
        for (size_t i = 0, n = tuple_size(cls); i < n && r == 0; i++) r = is_instance(t, o, tuple_get(cls, i));
        recursion_leave(t);
        return r;
    }
    return class_check(t, o, cls, N(__instancecheck__), instance_check, " in __instancecheck__");
}

int is_subclass(Thread *t, Value cls, Value base) {
    if (is_exact(base, &type_type) && value_is(cls, base)) return 1;
    return class_check(t, cls, base, N(__subclasscheck__), is_subclass_plain, " in __subclasscheck__");
}
