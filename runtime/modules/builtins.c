/* The builtins module: its table, and the functions on attributes, types, numbers and text. */
#include "runtime/modules/sys.h"
#include "runtime/modules/builtins.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"

/* ---- attributes --------------------------------------------------------------------------------------------- */

static int check_name(Thread *t, Value name) {
    return is_str(name) ? 0 : err_int(err_set(t, E_TypeError, "attribute name must be string, not '%.200T'", name));
}

static Ref b_getattr(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "getattr", kwnames) < 0 || check_nargs(t, "getattr", nargs, 2, 3) < 0 || check_name(t, args[1]) < 0) return REF_NULL;
    if (nargs == 2) return get_attr(t, args[0], args[1]);
    Ref r = get_attr_opt(t, args[0], args[1]);
    return ref_is_null(r) && !err_pending(t) ? ref_new(t, args[2]) : r;
}

static Ref b_hasattr(Thread *t, Value self, const Value *a) {
    if (check_name(t, a[1]) < 0) return REF_NULL;
    int r = has_attr(t, a[0], a[1]);
    return r < 0 ? REF_NULL : ref_bool(r);
}

static Ref b_setattr(Thread *t, Value self, const Value *a) { return set_attr(t, a[0], a[1], a[2]) < 0 ? REF_NULL : REF_NONE; }
static Ref b_delattr(Thread *t, Value self, const Value *a) { return del_attr(t, a[0], a[1]) < 0 ? REF_NULL : REF_NONE; }

/* ---- types ---------------------------------------------------------------------------------------------------- */

static Ref b_callable(Thread *t, Value self, const Value *a) { return ref_bool(is_callable(a[0])); }
static Ref b_isinstance(Thread *t, Value self, const Value *a) {
    int r = is_instance(t, a[0], a[1]);
    return r < 0 ? REF_NULL : ref_bool(r);
}
static Ref b_issubclass(Thread *t, Value self, const Value *a) {
    int r = is_subclass(t, a[0], a[1]);
    return r < 0 ? REF_NULL : ref_bool(r);
}
static Ref b_id(Thread *t, Value self, const Value *a) {
    /* ints and floats have no address: their words are odd or …10, which no object's address is */
    Ref id = int_from_u64(t, value_is_object(a[0]) ? (uint64_t)value_object(a[0]) : a[0].bits);
    if (ref_is_null(id) || audit(t, "builtins.id", (Value[]){ref_borrow(id)}, 1) == 0) return id;
    ref_drop(t, id);
    return REF_NULL;
}
static Ref b_hash(Thread *t, Value self, const Value *a) {
    int64_t h = object_hash(t, a[0]);
    return h == -1 ? REF_NULL : int_from_i64(t, h);
}
static Ref b_len(Thread *t, Value self, const Value *a) {
    int64_t n = object_len(t, a[0]);
    return n < 0 ? REF_NULL : int_from_i64(t, n);
}

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

static Ref b_abs(Thread *t, Value self, const Value *a) { return number_abs(t, a[0]); }
static Ref b_divmod(Thread *t, Value self, const Value *a) { return binary_op(t, OP_DIVMOD, a[0], a[1]); }
static Ref b_pow(Thread *t, Value self, const Value *a) {
    return power_mod(t, a[0], a[1], value_is_null(a[2]) ? VALUE_NONE : a[2]);
}

static Ref in_base(Thread *t, Value v, int base) {
    Ref i = number_index(t, v);
    if (ref_is_null(i)) return REF_NULL;
    Ref r = int_to_text(t, ref_borrow(i), base, true);
    ref_drop(t, i);
    return r;
}
static Ref b_bin(Thread *t, Value self, const Value *a) { return in_base(t, a[0], 2); }
static Ref b_oct(Thread *t, Value self, const Value *a) { return in_base(t, a[0], 8); }
static Ref b_hex(Thread *t, Value self, const Value *a) { return in_base(t, a[0], 16); }

static Ref b_round(Thread *t, Value self, const Value *a) {
    Ref method = lookup_special(t, a[0], N(__round__));
    if (ref_is_null(method)) {
        if (!err_pending(t)) err_set(t, E_TypeError, "type %.100T doesn't define __round__ method", a[0]);
        return REF_NULL;
    }
    Ref r = value_is_null(a[1]) || value_is_none(a[1]) ? call0(t, ref_borrow(method)) : call1(t, ref_borrow(method), a[1]);
    ref_drop(t, method);
    return r;
}

/* ---- text ------------------------------------------------------------------------------------------------------------ */

static Ref b_repr(Thread *t, Value self, const Value *a) { return object_repr(t, a[0]); }
static Ref b_ascii(Thread *t, Value self, const Value *a) { return object_ascii(t, a[0]); }
static Ref b_format(Thread *t, Value self, const Value *a) {
    if (!value_is_null(a[1]) && !is_str(a[1])) return err_bad_argument(t, "format", "2", "str", a[1]);
    return object_format(t, a[0], a[1]);
}
static Ref b_chr(Thread *t, Value self, const Value *a) {
    int c;
    if (as_int(t, a[0], &c) < 0) return REF_NULL;
    if (c < 0 || c > 0x10ffff) return err_set(t, E_ValueError, "chr() arg not in range(0x110000)");
    return str_from_char(t, c);
}
static Ref b_ord(Thread *t, Value self, const Value *a) {
    size_t n;
    if (is_str(a[0])) {
        n = str_length(a[0]);
        if (n == 1) return ref_small_int(str_at(as(Str, a[0]), 0));
    } else if (is_bytes(a[0])) {
        n = bytes_length(a[0]);
        if (n == 1) return ref_small_int(bytes_data(a[0])[0]);
    } else if (type_is_subtype(type_of(a[0]), &bytearray_type)) {
        Buffer view;
        if (buffer_get(t, a[0], &view, BUFFER_SIMPLE) < 0) return REF_NULL;
        n = view.len;
        uint8_t c = n > 0 ? *(uint8_t *)view.data : 0;
        buffer_release(t, &view);
        if (n == 1) return ref_small_int(c);
    } else {
        return err_set(t, E_TypeError, "ord() expected string of length 1, but %.200T found", a[0]);
    }
    return err_set(t, E_TypeError, "ord() expected a character, but string of length %zd found", n);
}

NativeDef builtin_object_functions[] = {
    FN("abs", "($module, x, /)", b_abs, "The absolute value of a number."),
    FN("ascii", "($module, obj, /)", b_ascii, "repr(obj) with everything but ASCII escaped."),
    FN("bin", "($module, number, /)", b_bin, "The binary text of an integer.\n\n>>> bin(10)\n'0b1010'"),
    FN("callable", "($module, obj, /)", b_callable, "Whether the object can be called."),
    FN("chr", "($module, i, /)", b_chr, "The character with code point i."),
    FN("delattr", "($module, obj, name, /)", b_delattr, "delattr(x, 'y') is `del x.y`."),
    FN("divmod", "($module, x, y, /)", b_divmod, "The pair (x // y, x % y)."),
    FN("format", "($module, value, format_spec='', /)", b_format, "The value as text, laid out by format_spec."),
    FN_RAW("getattr", NULL, b_getattr, "getattr(object, name[, default]) -> value\n\nobject.name, or the default where there's none."),
    FN("hasattr", "($module, obj, name, /)", b_hasattr, "Whether the object has an attribute of that name."),
    FN("hash", "($module, obj, /)", b_hash, "The object's hash; equal objects have equal ones."),
    FN("hex", "($module, number, /)", b_hex, "The hexadecimal text of an integer.\n\n>>> hex(-255)\n'-0xff'"),
    FN("id", "($module, obj, /)", b_id, "A number that no other object has while this one lives."),
    FN("isinstance", "($module, obj, class_or_tuple, /)", b_isinstance, "Whether the object is an instance of a class, or of one of several."),
    FN("issubclass", "($module, cls, class_or_tuple, /)", b_issubclass, "Whether a class derives from a class, or from one of several."),
    FN("len", "($module, obj, /)", b_len, "The number of items in a container."),
    FN("oct", "($module, number, /)", b_oct, "The octal text of an integer.\n\n>>> oct(64)\n'0o100'"),
    FN("ord", "($module, c, /)", b_ord, "The code point of a character."),
    FN("pow", "($module, /, base, exp, mod=None)", b_pow, "base ** exp, or base ** exp % mod done fast."),
    FN("repr", "($module, obj, /)", b_repr, "The object as text, for programmers."),
    FN("round", "($module, /, number, ndigits=None)", b_round, "The number rounded to so many decimal digits."),
    FN("setattr", "($module, obj, name, value, /)", b_setattr, "setattr(x, 'y', v) is `x.y = v`."),
    FN_END};

/* ---- the module --------------------------------------------------------------------------------------------------------- */

static const NamedType types[] = {
    {"bool", &bool_type},       {"bytearray", &bytearray_type}, {"bytes", &bytes_type},       {"classmethod", &classmethod_type},
    {"complex", &complex_type}, {"dict", &dict_type},           {"enumerate", &enumerate_type}, {"filter", &filter_type},
    {"float", &float_type},     {"frozenset", &frozenset_type}, {"int", &int_type},           {"list", &list_type},
    {"map", &map_type},         {"memoryview", &memoryview_type}, {"object", &object_type},   {"property", &property_type},
    {"range", &range_type},     {"reversed", &reversed_type},   {"set", &set_type},           {"slice", &slice_type},
    {"staticmethod", &staticmethod_type}, {"str", &str_type},   {"super", &super_type},       {"tuple", &tuple_type},
    {"type", &type_type},       {"zip", &zip_type},             {NULL, NULL}};

int module_init_builtins(Thread *t, Value m) {
    Type *own[] = {&enumerate_type, &filter_type, &map_type, &reversed_type, &zip_type, &seq_iter_type, &call_iter_type,
                   &anext_awaitable_type};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (type_ready(t, own[i]) < 0) return -1;
    NativeDef *groups[] = {builtin_object_functions, builtin_code_functions, builtin_fold_functions, builtin_io_functions,
                           builtin_async_functions};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (module_add_functions(t, m, groups[i]) < 0) return -1;
    for (const NamedType *n = types; n->name != NULL; n++)
        if (module_set(t, m, n->name, type_value(n->type)) < 0) return -1;
    for (int kind = 0; kind < E_COUNT; kind++)
        if (module_set(t, m, error_types[kind].name, type_value(&error_types[kind])) < 0) return -1;
    const struct { const char *name; Value v; } constants[] = {
        {"None", VALUE_NONE}, {"True", VALUE_TRUE}, {"False", VALUE_FALSE}, {"NotImplemented", VALUE_NOT_IMPLEMENTED},
        {"Ellipsis", VALUE_ELLIPSIS}, {"__debug__", VALUE_TRUE}, {"EnvironmentError", type_value(ETYPE(OSError))},
        {"IOError", type_value(ETYPE(OSError))}, {"ExceptionGroup", type_value(exception_group_type)}};
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (module_set(t, m, constants[i].name, constants[i].v) < 0) return -1;
    return module_add_cstr(t, m, "__doc__", "Built-in functions, types, exceptions and constants.");
}
