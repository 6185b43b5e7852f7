/* _operator: every operator as a function, and itemgetter, attrgetter, methodcaller (immutable callables). */
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"

KIT_SLOTS(1)
KIT_SLOTS(3)

/* ---- operators ------------------------------------------------------------------------------------------------------------------------- */

#define BINARY(name, op) static Ref m_##name(Thread *t, Value m, const Value *a) { return binary_op(t, op, a[0], a[1]); }
#define INPLACE(name, op) static Ref m_##name(Thread *t, Value m, const Value *a) { return inplace_op(t, op, a[0], a[1]); }
#define COMPARE(name, op) static Ref m_##name(Thread *t, Value m, const Value *a) { return rich_compare(t, a[0], a[1], op); }
#define UNARY(name, f) static Ref m_##name(Thread *t, Value m, const Value *a) { return f(t, a[0]); }
BINARY(add, OP_ADD) BINARY(sub, OP_SUB) BINARY(mul, OP_MUL) BINARY(matmul, OP_MATMUL) BINARY(truediv, OP_TRUEDIV)
BINARY(floordiv, OP_FLOORDIV) BINARY(mod, OP_MOD) BINARY(pow, OP_POW) BINARY(lshift, OP_LSHIFT) BINARY(rshift, OP_RSHIFT)
BINARY(and_, OP_AND) BINARY(or_, OP_OR) BINARY(xor, OP_XOR)
INPLACE(iadd, OP_ADD) INPLACE(isub, OP_SUB) INPLACE(imul, OP_MUL) INPLACE(imatmul, OP_MATMUL) INPLACE(itruediv, OP_TRUEDIV)
INPLACE(ifloordiv, OP_FLOORDIV) INPLACE(imod, OP_MOD) INPLACE(ipow, OP_POW) INPLACE(ilshift, OP_LSHIFT) INPLACE(irshift, OP_RSHIFT)
INPLACE(iand, OP_AND) INPLACE(ior, OP_OR) INPLACE(ixor, OP_XOR)
COMPARE(lt, CMP_LT) COMPARE(le, CMP_LE) COMPARE(eq, CMP_EQ) COMPARE(ne, CMP_NE) COMPARE(gt, CMP_GT) COMPARE(ge, CMP_GE)
UNARY(neg, number_neg) UNARY(pos, number_pos) UNARY(abs, number_abs) UNARY(invert, number_invert) UNARY(index, number_index)

static Ref truth(int r, bool wanted) { return r < 0 ? REF_NULL : ref_bool((r != 0) == wanted); }
static Ref m_truth(Thread *t, Value m, const Value *a) { return truth(is_true(t, a[0]), true); }
static Ref m_not(Thread *t, Value m, const Value *a) { return truth(is_true(t, a[0]), false); }
static Ref m_is(Thread *t, Value m, const Value *a) { return ref_bool(value_is(a[0], a[1])); }
static Ref m_is_not(Thread *t, Value m, const Value *a) { return ref_bool(!value_is(a[0], a[1])); }
static Ref m_contains(Thread *t, Value m, const Value *a) { return truth(object_contains(t, a[0], a[1]), true); }
static Ref m_getitem(Thread *t, Value m, const Value *a) { return get_item(t, a[0], a[1]); }
static Ref m_setitem(Thread *t, Value m, const Value *a) { return set_item(t, a[0], a[1], a[2]) < 0 ? REF_NULL : REF_NONE; }
static Ref m_delitem(Thread *t, Value m, const Value *a) { return del_item(t, a[0], a[1]) < 0 ? REF_NULL : REF_NONE; }

static Ref m_concat(Thread *t, Value m, const Value *a) {
    if (type_of(a[0])->concat != NULL) return type_of(a[0])->concat(t, a[0], a[1]);
    if (is_sequence(a[0]) && is_sequence(a[1])) return binary_op(t, OP_ADD, a[0], a[1]);
    return err_set(t, E_TypeError, "'%.200T' object can't be concatenated", a[0]);
}
static Ref m_iconcat(Thread *t, Value m, const Value *a) {
    Type *type = type_of(a[0]);
    if (type->iconcat != NULL) return type->iconcat(t, a[0], a[1]);
    if (type->concat != NULL) return type->concat(t, a[0], a[1]);
    if (is_sequence(a[0]) && is_sequence(a[1])) return inplace_op(t, OP_ADD, a[0], a[1]);
    return err_set(t, E_TypeError, "'%.200T' object can't be concatenated", a[0]);
}

/* How many items equal v (count), or the place of the first. -1 with an exception, -2: none. */
static int64_t search(Thread *t, Value iterable, Value v, bool count) {
    Ref it = get_iter_now(t, iterable), item;
    if (ref_is_null(it)) {
        if (err_clear_if(t, E_TypeError)) err_set(t, E_TypeError, "argument of type '%.200T' is not iterable", iterable);
        return -1;
    }
    int64_t n = count ? 0 : -2;
    int status;
    for (int64_t i = 0; (status = iter_next(t, ref_borrow(it), &item)) > 0; i++) {
        int equal = values_equal(t, ref_borrow(item), v);
        ref_drop(t, item);
        if (equal < 0) {
            status = -1;
            break;
        }
        if (!equal) continue;
        if (count) {
            n++;
        } else {
            n = i;
            break;
        }
    }
    ref_drop(t, it);
    return status < 0 ? -1 : n;
}
static Ref m_count_of(Thread *t, Value m, const Value *a) {
    int64_t n = search(t, a[0], a[1], true);
    return n < 0 ? REF_NULL : int_from_i64(t, n);
}
static Ref m_index_of(Thread *t, Value m, const Value *a) {
    int64_t i = search(t, a[0], a[1], false);
    if (i == -2) return err_set(t, E_ValueError, "sequence.index(x): x not in sequence");
    return i < 0 ? REF_NULL : int_from_i64(t, i);
}

static Ref m_length_hint(Thread *t, Value m, const Value *a) {
    int64_t dflt = 0;
    if (!value_is_null(a[1])) {
        if (!is_int(a[1])) return err_set(t, E_TypeError, "'%.200T' object cannot be interpreted as an integer", a[1]);
        if (size_arg(t, a[1], &dflt) < 0) return REF_NULL;
    }
    int64_t n = object_length_hint(t, a[0], dflt);
    return n == -1 && err_pending(t) ? REF_NULL : int_from_i64(t, n);
}

static Ref m_call(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    if (nargs == 0) return err_set(t, E_TypeError, "call expected at least 1 argument, got 0");
    return call(t, args[0], args + 1, nargs - 1, kwnames);
}

/* ---- itemgetter ------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Getter {
    Object base;
    Slot items; /* tuple; attrgetter: of str or, for dotted names, tuples of str */
} Getter;

static Ref getter_new(Thread *t, Value cls, const char *name, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, name, kwnames) < 0) return REF_NULL;
    if (nargs == 0) return err_set(t, E_TypeError, "%s expected at least 1 argument, got 0", name);
    Ref items = tuple_from_array(t, args, nargs);
    Getter *g = ref_is_null(items) ? NULL : kit_instance(t, cls);
    if (g == NULL) {
        ref_drop(t, items);
        return REF_NULL;
    }
    slot_init(&g->items, items);
    return ref_steal(g);
}

static int one_argument(Thread *t, const char *name, size_t nargs, Value kwnames) {
    if (no_kwargs(t, name, kwnames) < 0) return -1;
    if (nargs == 1) return 0;
    return err_int(err_set(t, E_TypeError, "%s expected 1 argument, got %zu", name, nargs));
}

/* get(obj, item) for the one item, or a tuple of them all */
static Ref getter_call(Thread *t, Value self, Value obj, Ref (*get)(Thread *, Value, Value)) {
    Value items = slot_get(&as(Getter, self)->items);
    size_t n = tuple_size(items);
    if (n == 1) return get(t, obj, tuple_get(items, 0));
    Ref r = tuple_new_uninit(t, n);
    for (size_t i = 0; i < n && !ref_is_null(r); i++) {
        Ref item = get(t, obj, tuple_get(items, i));
        if (ref_is_null(item)) {
            ref_drop(t, r);
            return item;
        }
        tuple_init_item(r, i, item);
    }
    return r;
}

static Ref itemgetter_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    return getter_new(t, cls, "itemgetter", args, nargs, kwnames);
}
static Ref itemgetter_get(Thread *t, Value obj, Value key) {
    if (value_is_int(key) && value_int(key) >= 0) {
        size_t i = (size_t)value_int(key);
        if (is_exact(obj, &tuple_type) && i < tuple_size(obj)) return ref_new(t, tuple_get(obj, i));
        if (is_exact(obj, &list_type)) {
            Value v = list_get(obj, i);
            if (!value_is_null(v)) return ref_new(t, v);
        }
    }
    return get_item(t, obj, key);
}
static Ref itemgetter_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return one_argument(t, "itemgetter", nargs, kwnames) < 0 ? REF_NULL : getter_call(t, self, args[0], itemgetter_get);
}

/* name(repr, repr) */
static Ref getter_text(Thread *t, Value self, Value items) {
    ReprGuard guard;
    if (repr_enter(&guard, self)) return str_format(t, "%s(...)", type_of(self)->name);
    Ref name = type_flag(type_of(self), TYPE_HEAP) ? type_name(t, type_of(self)) : str_from_cstr(t, type_of(self)->name), r = REF_NULL;
    if (!ref_is_null(name)) {
        if (tuple_size(items) == 1) r = str_format(t, "%V(%R)", ref_borrow(name), tuple_get(items, 0));
        else r = str_format(t, "%V%R", ref_borrow(name), items);
        ref_drop(t, name);
    }
    repr_leave(&guard);
    return r;
}
static Ref itemgetter_repr(Thread *t, Value self) { return getter_text(t, self, slot_get(&as(Getter, self)->items)); }
static Ref itemgetter_reduce(Thread *t, Value self, const Value *a) {
    return tuple_pack(t, 2, type_value(type_of(self)), slot_get(&as(Getter, self)->items));
}

static NativeDef itemgetter_methods[] = {FN("__reduce__", "!($self, /)", itemgetter_reduce, "Pickling support."), FN_END};
static Type itemgetter_type = {
    TYPE_HEADER(Getter, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_1, NULL, kit_drop_1),
    .name = "operator.itemgetter",
    .doc = "itemgetter(item, ...) --> itemgetter object\n\nA callable: f(obj) is obj[item], or a tuple of such if there are several.",
    .new_ = itemgetter_new, .call = itemgetter_call, .repr = itemgetter_repr, .methods = itemgetter_methods,
};

/* ---- attrgetter --------------------------------------------------------------------------------------------------------------------------------- */

/* An interned str, or a tuple of them if the name has dots. */
static Ref attr_path(Thread *t, Value name) {
    const Str *s = as(Str, name);
    size_t dots = 0;
    for (size_t i = 0; i < s->length; i++) dots += str_at(s, i) == '.';
    if (dots == 0) return str_intern(t, is_exact(name, &str_type) ? ref_new(t, name) : str_slice(t, name, 0, (int64_t)s->length));
    Ref path = tuple_new_uninit(t, dots + 1);
    size_t start = 0, k = 0;
    for (size_t i = 0; i <= s->length && !ref_is_null(path); i++) {
        if (i < s->length && str_at(s, i) != '.') continue;
        Ref part = str_slice(t, name, (int64_t)start, (int64_t)i);
        if (!ref_is_null(part)) part = str_intern(t, part);
        if (ref_is_null(part)) {
            ref_drop(t, path);
            return part;
        }
        tuple_init_item(path, k++, part);
        start = i + 1;
    }
    return path;
}

static Ref attrgetter_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "attrgetter", kwnames) < 0) return REF_NULL;
    if (nargs == 0) return err_set(t, E_TypeError, "attrgetter expected at least 1 argument, got 0");
    Ref items = tuple_new_uninit(t, nargs);
    for (size_t i = 0; i < nargs && !ref_is_null(items); i++) {
        Ref path = is_str(args[i]) ? attr_path(t, args[i]) : err_set(t, E_TypeError, "attribute name must be a string");
        if (ref_is_null(path)) {
            ref_drop(t, items);
            return path;
        }
        tuple_init_item(items, i, path);
    }
    Getter *g = ref_is_null(items) ? NULL : kit_instance(t, cls);
    if (g == NULL) {
        ref_drop(t, items);
        return REF_NULL;
    }
    slot_init(&g->items, items);
    return ref_steal(g);
}

static Ref attrgetter_get(Thread *t, Value obj, Value path) {
    if (!is_tuple(path)) return get_attr(t, obj, path);
    Ref o = ref_new(t, obj);
    for (size_t i = 0; i < tuple_size(path) && !ref_is_null(o); i++) {
        Ref next = get_attr(t, ref_borrow(o), tuple_get(path, i));
        ref_drop(t, o);
        o = next;
    }
    return o;
}
static Ref attrgetter_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return one_argument(t, "attrgetter", nargs, kwnames) < 0 ? REF_NULL : getter_call(t, self, args[0], attrgetter_get);
}

/* The names as they were given. */
static Ref attrgetter_names(Thread *t, Value self) {
    Value items = slot_get(&as(Getter, self)->items);
    Ref names = tuple_new_uninit(t, tuple_size(items)), dot = REF_NULL;
    if (!ref_is_null(names)) dot = str_from_cstr(t, ".");
    bool ok = !ref_is_null(dot);
    for (size_t i = 0; ok && i < tuple_size(items); i++) {
        Value path = tuple_get(items, i);
        Ref name = is_tuple(path) ? str_join(t, ref_borrow(dot), path) : ref_new(t, path);
        ok = !ref_is_null(name);
        if (ok) tuple_init_item(names, i, name);
    }
    ref_drop(t, dot);
    if (ok) return names;
    ref_drop(t, names);
    return REF_NULL;
}
static Ref attrgetter_repr(Thread *t, Value self) {
    Ref names = attrgetter_names(t, self);
    if (ref_is_null(names)) return names;
    Ref r = getter_text(t, self, ref_borrow(names));
    ref_drop(t, names);
    return r;
}
static Ref attrgetter_reduce(Thread *t, Value self, const Value *a) {
    Ref names = attrgetter_names(t, self);
    if (ref_is_null(names)) return names;
    Ref r = tuple_pack(t, 2, type_value(type_of(self)), ref_borrow(names));
    ref_drop(t, names);
    return r;
}

static NativeDef attrgetter_methods[] = {FN("__reduce__", "!($self, /)", attrgetter_reduce, "Pickling support."), FN_END};
static Type attrgetter_type = {
    TYPE_HEADER(Getter, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_1, NULL, kit_drop_1),
    .name = "operator.attrgetter",
    .doc = "attrgetter(attr, ...) --> attrgetter object\n\nA callable: f(obj) is obj.attr, or a tuple of such if there are several. Names may have dots.",
    .new_ = attrgetter_new, .call = attrgetter_call, .repr = attrgetter_repr, .methods = attrgetter_methods,
};

/* ---- methodcaller ----------------------------------------------------------------------------------------------------------------------------------- */

typedef struct MethodCaller {
    Object base;
    Slot name, args, kwargs; /* args: tuple; kwargs: dict or null */
} MethodCaller;

static Ref methodcaller_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (nargs == 0) return err_set(t, E_TypeError, "methodcaller needs at least one argument, the method name");
    if (!is_str(args[0])) return err_set(t, E_TypeError, "method name must be a string");
    Ref rest = tuple_from_array(t, args + 1, nargs - 1), kwargs = REF_NULL;
    bool ok = !ref_is_null(rest);
    if (ok && !value_is_null(kwnames) && tuple_size(kwnames) > 0) {
        kwargs = dict_new(t);
        ok = !ref_is_null(kwargs);
        for (size_t i = 0; ok && i < tuple_size(kwnames); i++) ok = dict_set(t, ref_borrow(kwargs), tuple_get(kwnames, i), args[nargs + i]) == 0;
    }
    MethodCaller *m = ok ? kit_instance(t, cls) : NULL;
    if (m == NULL) {
        ref_drop(t, rest);
        ref_drop(t, kwargs);
        return REF_NULL;
    }
    slot_init(&m->name, str_intern(t, ref_new(t, args[0])));
    slot_init(&m->args, rest);
    slot_init(&m->kwargs, kwargs);
    return ref_steal(m);
}

static Ref methodcaller_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    MethodCaller *m = as(MethodCaller, self);
    if (one_argument(t, "methodcaller", nargs, kwnames) < 0) return REF_NULL;
    Value rest = slot_get(&m->args), kwargs = slot_get(&m->kwargs);
    if (value_is_null(kwargs)) return call_method(t, args[0], slot_get(&m->name), (const Value *)(const void *)as(Tuple, rest)->item, tuple_size(rest));
    Ref method = get_attr(t, args[0], slot_get(&m->name));
    if (ref_is_null(method)) return method;
    Ref r = call_tuple_dict(t, ref_borrow(method), rest, kwargs);
    ref_drop(t, method);
    return r;
}

static Ref methodcaller_repr(Thread *t, Value self) {
    MethodCaller *m = as(MethodCaller, self);
    ReprGuard guard;
    if (repr_enter(&guard, self)) return str_from_cstr(t, "operator.methodcaller(...)");
    StrBuilder b = STR_BUILDER;
    int status = builder_format(t, &b, "operator.methodcaller(%R", slot_get(&m->name));
    Value args = slot_get(&m->args), kwargs = slot_get(&m->kwargs), k, v;
    for (size_t i = 0; status == 0 && i < tuple_size(args); i++) status = builder_format(t, &b, ", %R", tuple_get(args, i));
    size_t pos = 0;
    while (status == 0 && !value_is_null(kwargs) && dict_next(kwargs, &pos, &k, &v)) status = builder_format(t, &b, ", %V=%R", k, v);
    repr_leave(&guard);
    if (status == 0) status = builder_char(t, &b, ')');
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

static Ref methodcaller_reduce(Thread *t, Value self, const Value *a) {
    MethodCaller *m = as(MethodCaller, self);
    Value kwargs = slot_get(&m->kwargs), args = slot_get(&m->args);
    Ref r = REF_NULL, name_tuple = tuple_pack(t, 1, slot_get(&m->name));
    if (ref_is_null(name_tuple)) return r;
    if (value_is_null(kwargs)) {
        Ref all = tuple_concat(t, ref_borrow(name_tuple), args);
        if (!ref_is_null(all)) r = tuple_pack(t, 2, type_value(type_of(self)), ref_borrow(all));
        ref_drop(t, all);
    } else { /* functools.partial(methodcaller, name, **kwargs), called with the args */
        Ref partial = import_attr(t, "functools", "partial"), first = REF_NULL, bound = REF_NULL;
        if (!ref_is_null(partial)) first = tuple_pack(t, 2, type_value(type_of(self)), slot_get(&m->name));
        if (!ref_is_null(first)) bound = call_tuple_dict(t, ref_borrow(partial), ref_borrow(first), kwargs);
        if (!ref_is_null(bound)) r = tuple_pack(t, 2, ref_borrow(bound), args);
        ref_drop(t, bound);
        ref_drop(t, first);
        ref_drop(t, partial);
    }
    ref_drop(t, name_tuple);
    return r;
}

static NativeDef methodcaller_methods[] = {FN("__reduce__", "!($self, /)", methodcaller_reduce, "Pickling support."), FN_END};
static Type methodcaller_type = {
    TYPE_HEADER(MethodCaller, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_3, NULL, kit_drop_3),
    .name = "operator.methodcaller",
    .doc = "methodcaller(name, ...) --> methodcaller object\n\nA callable: f(obj) is obj.name(...).",
    .new_ = methodcaller_new, .call = methodcaller_call, .repr = methodcaller_repr, .methods = methodcaller_methods,
};

/* ---- the module ---------------------------------------------------------------------------------------------------------------------------------------- */

#define TWO "($module, a, b, /)"
#define ONE "($module, a, /)"
static NativeDef functions[] = {
    FN("truth", ONE, m_truth, "Whether a is true."),
    FN("contains", TWO, m_contains, "Same as b in a (note the order)."),
    FN("indexOf", TWO, m_index_of, "Position of the first b in a."),
    FN("countOf", TWO, m_count_of, "How many items of a equal b."),
    FN("is_", TWO, m_is, "Same as a is b."), FN("is_not", TWO, m_is_not, "Same as a is not b."),
    FN("add", TWO, m_add, "Same as a + b."), FN("sub", TWO, m_sub, "Same as a - b."), FN("mul", TWO, m_mul, "Same as a * b."),
    FN("matmul", TWO, m_matmul, "Same as a @ b."), FN("floordiv", TWO, m_floordiv, "Same as a // b."),
    FN("truediv", TWO, m_truediv, "Same as a / b."), FN("mod", TWO, m_mod, "Same as a % b."), FN("pow", TWO, m_pow, "Same as a ** b."),
    FN("neg", ONE, m_neg, "Same as -a."), FN("pos", ONE, m_pos, "Same as +a."), FN("abs", ONE, m_abs, "Same as abs(a)."),
    FN("inv", ONE, m_invert, "Same as ~a."), FN("invert", ONE, m_invert, "Same as ~a."), FN("index", ONE, m_index, "Same as a.__index__()"),
    FN("lshift", TWO, m_lshift, "Same as a << b."), FN("rshift", TWO, m_rshift, "Same as a >> b."), FN("not_", ONE, m_not, "Same as not a."),
    FN("and_", TWO, m_and_, "Same as a & b."), FN("xor", TWO, m_xor, "Same as a ^ b."), FN("or_", TWO, m_or_, "Same as a | b."),
    FN("iadd", TWO, m_iadd, "Same as a += b."), FN("isub", TWO, m_isub, "Same as a -= b."), FN("imul", TWO, m_imul, "Same as a *= b."),
    FN("imatmul", TWO, m_imatmul, "Same as a @= b."), FN("ifloordiv", TWO, m_ifloordiv, "Same as a //= b."),
    FN("itruediv", TWO, m_itruediv, "Same as a /= b."), FN("imod", TWO, m_imod, "Same as a %= b."), FN("ipow", TWO, m_ipow, "Same as a **= b."),
    FN("ilshift", TWO, m_ilshift, "Same as a <<= b."), FN("irshift", TWO, m_irshift, "Same as a >>= b."),
    FN("iand", TWO, m_iand, "Same as a &= b."), FN("ixor", TWO, m_ixor, "Same as a ^= b."), FN("ior", TWO, m_ior, "Same as a |= b."),
    FN("concat", TWO, m_concat, "Same as a + b, for a and b sequences."), FN("iconcat", TWO, m_iconcat, "Same as a += b, for a and b sequences."),
    FN("getitem", TWO, m_getitem, "Same as a[b]."), FN("setitem", "($module, a, b, c, /)", m_setitem, "Same as a[b] = c."),
    FN("delitem", TWO, m_delitem, "Same as del a[b]."),
    FN("eq", TWO, m_eq, "Same as a == b."), FN("lt", TWO, m_lt, "Same as a < b."), FN("le", TWO, m_le, "Same as a <= b."),
    FN("gt", TWO, m_gt, "Same as a > b."), FN("ge", TWO, m_ge, "Same as a >= b."), FN("ne", TWO, m_ne, "Same as a != b."),
    FN("_compare_digest", TWO, kit_compare_digest, "a == b for secrets: the time taken tells nothing but the length."),
    FN("length_hint", "($module, obj, default=0, /)", m_length_hint, "len(obj) or an estimate of it; default if there is none."),
    FN_RAW("call", "($module, obj, /, *args, **kwargs)", m_call, "Same as obj(*args, **kwargs)."),
    FN_END,
};

int module_init_operator(Thread *t, Value module) {
    Type *const types[] = {&itemgetter_type, &attrgetter_type, &methodcaller_type, NULL};
    return kit_module(t, module, types, functions, "Every operator as a function.");
}
