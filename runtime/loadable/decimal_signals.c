/* Signals of the module _decimal: their exceptions, lists and dicts of them, and raising them. See decimal.h. */
#include "runtime/loadable/decimal.h"

#define SIGNALS 9
#define CONDITIONS 5
typedef struct Signal { const char *name; uint32_t bits; Slot cls; } Signal;
static Signal signals[SIGNALS] = { /* as they're listed, and looked up when one is raised */
    {"InvalidOperation", ST_ANY_INVALID, {0}}, {"FloatOperation", ST_FLOAT, {0}}, {"DivisionByZero", ST_DIV_ZERO, {0}},
    {"Overflow", ST_OVERFLOW, {0}}, {"Underflow", ST_UNDERFLOW, {0}}, {"Subnormal", ST_SUBNORMAL, {0}},
    {"Inexact", ST_INEXACT, {0}}, {"Rounded", ST_ROUNDED, {0}}, {"Clamped", ST_CLAMPED, {0}},
};
static Signal conditions[CONDITIONS] = { /* kinds of invalid operations */
    {"InvalidOperation", ST_INVALID, {0}}, {"ConversionSyntax", ST_CONVERSION, {0}}, {"DivisionImpossible", ST_DIV_IMPOSSIBLE, {0}},
    {"DivisionUndefined", ST_DIV_UNDEFINED, {0}}, {"InvalidContext", ST_INVALID_CONTEXT, {0}},
};
static Slot decimal_exception;
Slot signal_dict_class;

/* ---- bits from objects ------------------------------------------------------------------------------------------------------------------------- */

static int signal_bits(Thread *t, Value cls, uint32_t *bits) {
    for (int i = 0; i < SIGNALS; i++)
        if (value_is(slot_get(&signals[i].cls), cls)) {
            *bits = signals[i].bits;
            return 0;
        }
    return err_int(err_set(t, E_KeyError, "valid values for signals are:\n  [InvalidOperation, FloatOperation, DivisionByZero,\n"
                                          "   Overflow, Underflow, Subnormal, Inexact, Rounded,\n   Clamped]"));
}

int signal_list_bits(Thread *t, Value list, uint32_t *bits) {
    *bits = 0;
    for (size_t i = 0; i < list_size(list); i++) {
        Value item = list_get(list, i);
        uint32_t one;
        if (value_is_null(item)) break;
        if (signal_bits(t, item, &one) < 0) return -1;
        *bits |= one;
    }
    return 0;
}

static int dict_bits(Thread *t, Value dict, uint32_t *bits) {
    *bits = 0;
    if (dict_size(dict) != SIGNALS) return err_int(err_set(t, E_KeyError, "invalid signal dict"));
    Ref items = dict_items_list(t, dict);
    int status = ref_is_null(items) ? -1 : 0;
    for (size_t i = 0; status == 0 && i < list_size(ref_borrow(items)); i++) {
        Value pair = list_get(ref_borrow(items), i);
        uint32_t one;
        if (signal_bits(t, tuple_get(pair, 0), &one) < 0) {
            status = -1;
            break;
        }
        int on = is_true(t, tuple_get(pair, 1));
        if (on < 0) status = -1;
        if (on > 0) *bits |= one;
    }
    ref_drop(t, items);
    return status;
}
int signal_dict_bits(Thread *t, Value v, uint32_t *bits) {
    if (type_is_subtype(type_of(v), &signal_mixin_type)) {
        *bits = load_relaxed(&as(SignalDict, v)->x_bits);
        return 0;
    }
    if (is_dict(v)) return dict_bits(t, v, bits);
    return err_int(err_set(t, E_TypeError, "argument must be a signal dict"));
}

/* ---- lists ------------------------------------------------------------------------------------------------------------------------------------- */

static int append(Thread *t, Ref list, const Signal *table, size_t from, size_t n, uint32_t bits) {
    for (size_t i = from; i < n; i++)
        if ((bits & table[i].bits) && list_append(t, ref_borrow(list), slot_get(&table[i].cls)) < 0) return -1;
    return 0;
}
Ref signal_list(Thread *t, uint32_t bits) {
    Ref list = list_new(t, 0);
    if (ref_is_null(list) || append(t, list, signals, 0, SIGNALS, bits) == 0) return list;
    ref_drop(t, list);
    return REF_NULL;
}
Ref signal_list_names(Thread *t, uint32_t bits) {
    StrBuilder b = STR_BUILDER;
    int status = builder_char(t, &b, '[');
    const char *separator = "";
    for (uint32_t bit = 1; bit <= bits && status == 0; bit <<= 1) /* ordered by the lowest bit that is set of each */
        for (int i = 0; i < SIGNALS && status == 0; i++) {
            uint32_t mine = bits & signals[i].bits;
            if ((mine & -mine) != bit) continue;
            status = builder_format(t, &b, "%s%s", separator, signals[i].name);
            separator = ", ";
        }
    if (status == 0 && builder_char(t, &b, ']') == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

int signal_raise(Thread *t, uint32_t st) {
    Ref list = list_new(t, 0), exception = REF_NULL;
    if (!ref_is_null(list) && append(t, list, conditions, 0, CONDITIONS, st) == 0 && append(t, list, signals, 1, SIGNALS, st) == 0)
        for (int i = 0; i < SIGNALS; i++)
            if (st & signals[i].bits) {
                exception = call1(t, slot_get(&signals[i].cls), ref_borrow(list));
                break;
            }
    ref_drop(t, list);
    if (ref_is_null(exception)) return -1;
    err_object(t, ref_borrow(exception));
    ref_drop(t, exception);
    return -1;
}

/* ---- dicts of signals: a context's flags and traps --------------------------------------------------------------------------------------------- */

static SignalDict *checked(Thread *t, Value self) {
    SignalDict *d = as(SignalDict, self);
    if (d->valid) return d;
    err_set(t, E_ValueError, "invalid signal dict");
    return NULL;
}
Ref signal_dict_new(Thread *t, uint32_t bits) {
    SignalDict *d = kit_instance(t, slot_get(&signal_dict_class));
    if (d == NULL) return REF_NULL;
    atomic_init(&d->x_bits, bits);
    d->valid = true;
    return ref_steal(d);
}
static Ref mixin_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    SignalDict *d = kit_instance(t, cls);
    return d == NULL ? REF_NULL : ref_steal(d);
}
static int64_t mixin_len(Thread *t, Value self) { return checked(t, self) == NULL ? -1 : SIGNALS; }
static Ref mixin_iter(Thread *t, Value self) {
    if (checked(t, self) == NULL) return REF_NULL;
    Value classes[SIGNALS];
    for (int i = 0; i < SIGNALS; i++) classes[i] = slot_get(&signals[i].cls);
    Ref tuple = tuple_from_array(t, classes, SIGNALS), it = ref_is_null(tuple) ? tuple : get_iter(t, ref_borrow(tuple));
    ref_drop(t, tuple);
    return it;
}
static Ref mixin_getitem(Thread *t, Value self, Value key) {
    SignalDict *d = checked(t, self);
    uint32_t bits;
    if (d == NULL || signal_bits(t, key, &bits) < 0) return REF_NULL;
    return ref_bool((load_relaxed(&d->x_bits) & bits) != 0);
}
static int mixin_setitem(Thread *t, Value self, Value key, Value value) {
    SignalDict *d = checked(t, self);
    uint32_t bits;
    if (d == NULL) return -1;
    if (value_is_null(value)) return err_int(err_set(t, E_ValueError, "signal keys cannot be deleted"));
    if (signal_bits(t, key, &bits) < 0) return -1;
    int on = is_true(t, value);
    if (on < 0) return -1;
    if (on) or_acq_rel(&d->x_bits, bits);
    else and_acq_rel(&d->x_bits, ~bits);
    return 0;
}
static Ref mixin_repr(Thread *t, Value self) {
    SignalDict *d = checked(t, self);
    if (d == NULL) return REF_NULL;
    StrBuilder b = STR_BUILDER;
    uint32_t bits = load_relaxed(&d->x_bits);
    for (int i = 0; i < SIGNALS; i++)
        if (builder_format(t, &b, "%s<class 'decimal.%s'>:%s", i ? ", " : "{", signals[i].name, bits & signals[i].bits ? "True" : "False") < 0) goto failed;
    if (builder_char(t, &b, '}') == 0) return builder_finish(t, &b);
failed:
    builder_drop(&b);
    return REF_NULL;
}
static Ref mixin_compare(Thread *t, Value a, Value b, CompareOp op) {
    SignalDict *d = checked(t, a);
    if (d == NULL) return REF_NULL;
    if (op != CMP_EQ && op != CMP_NE) return REF_NOT_IMPLEMENTED;
    uint32_t other;
    if (type_is_subtype(type_of(b), &signal_mixin_type)) {
        if (checked(t, b) == NULL) return REF_NULL;
        other = load_relaxed(&as(SignalDict, b)->x_bits);
    } else if (!is_dict(b)) {
        return REF_NOT_IMPLEMENTED;
    } else if (dict_bits(t, b, &other) < 0) {
        return err_clear_if(t, E_KeyError) ? REF_NOT_IMPLEMENTED : REF_NULL;
    }
    uint32_t mine = load_relaxed(&d->x_bits);
    bool equal = true;
    for (int i = 0; i < SIGNALS && equal; i++) equal = ((mine & signals[i].bits) != 0) == ((other & signals[i].bits) != 0);
    return ref_bool(equal == (op == CMP_EQ));
}
static Ref mixin_copy(Thread *t, Value self, const Value *a) {
    SignalDict *d = checked(t, self);
    if (d == NULL) return REF_NULL;
    uint32_t bits = load_relaxed(&d->x_bits);
    Ref dict = dict_new(t);
    for (int i = 0; i < SIGNALS && !ref_is_null(dict); i++)
        if (dict_set(t, ref_borrow(dict), slot_get(&signals[i].cls), value_bool((bits & signals[i].bits) != 0)) < 0) {
            ref_drop(t, dict);
            return REF_NULL;
        }
    return dict;
}

static NativeDef mixin_methods[] = {FN("copy", "!($self, /)", mixin_copy, "The signals in a plain dict."), FN_END};
Type signal_mixin_type = {
    TYPE_HEADER(SignalDict, TYPE_BASETYPE, NULL, NULL, NULL),
    .name = "decimal.SignalDictMixin",
    .new_ = mixin_new, .repr = mixin_repr, .hash = hash_not_implemented, .richcompare = mixin_compare, .iter = mixin_iter, .len = mixin_len,
    .getitem = mixin_getitem, .setitem = mixin_setitem, .methods = mixin_methods,
};

/* ---- start ------------------------------------------------------------------------------------------------------------------------------------- */

/* class name(bases…) of module `decimal`, kept in a slot and set in the module. */
static int make_class(Thread *t, Value module, Slot *slot, const char *name, const Value *bases, size_t n) {
    if (value_is_null(slot_get(slot))) {
        Ref ns = dict_new(t), text = REF_NULL, tuple = REF_NULL, module_name = REF_NULL, cls = REF_NULL;
        if (!ref_is_null(ns)) module_name = str_from_cstr(t, "decimal");
        if (!ref_is_null(module_name) && dict_set(t, ref_borrow(ns), N(__module__), ref_borrow(module_name)) == 0) text = str_from_cstr(t, name);
        if (!ref_is_null(text)) tuple = tuple_from_array(t, bases, n);
        if (!ref_is_null(tuple)) cls = call3(t, type_value(&type_type), ref_borrow(text), ref_borrow(tuple), ref_borrow(ns));
        ref_drop(t, tuple);
        ref_drop(t, text);
        ref_drop(t, module_name);
        ref_drop(t, ns);
        if (ref_is_null(cls)) return -1;
        kit_root(t, slot, cls);
    }
    return module_set(t, module, name, slot_get(slot));
}

static int make_exceptions(Thread *t, Value module) {
    enum { INVALID_, FLOAT_, ZERO_, OVERFLOW_, UNDERFLOW_, SUBNORMAL_, INEXACT_, ROUNDED_, CLAMPED_ };
    Value base = type_value(ETYPE(ArithmeticError));
    if (make_class(t, module, &decimal_exception, "DecimalException", &base, 1) < 0) return -1;
    Value root = slot_get(&decimal_exception);
    static const uint8_t order[] = {INVALID_, FLOAT_, ZERO_, INEXACT_, ROUNDED_, SUBNORMAL_, CLAMPED_, OVERFLOW_, UNDERFLOW_}; /* bases first */
    for (size_t k = 0; k < sizeof order; k++) {
        int i = order[k];
        Value bases[3] = {root};
        size_t n = 1;
        if (i == FLOAT_) bases[n++] = type_value(ETYPE(TypeError));
        if (i == ZERO_) bases[n++] = type_value(ETYPE(ZeroDivisionError));
        if (i == OVERFLOW_ || i == UNDERFLOW_) {
            bases[0] = slot_get(&signals[INEXACT_].cls);
            bases[n++] = slot_get(&signals[ROUNDED_].cls);
        }
        if (i == UNDERFLOW_) bases[n++] = slot_get(&signals[SUBNORMAL_].cls);
        if (make_class(t, module, &signals[i].cls, signals[i].name, bases, n) < 0) return -1;
    }
    if (value_is_null(slot_get(&conditions[0].cls))) kit_root(t, &conditions[0].cls, slot_ref(t, &signals[INVALID_].cls));
    for (int i = 1; i < CONDITIONS; i++) {
        Value bases[2] = {slot_get(&signals[INVALID_].cls), type_value(ETYPE(ZeroDivisionError))};
        if (make_class(t, module, &conditions[i].cls, conditions[i].name, bases, conditions[i].bits == ST_DIV_UNDEFINED ? 2 : 1) < 0) return -1;
    }
    return 0;
}

/* abc.ABCMeta("SignalDict", (SignalDictMixin, MutableMapping), {}) */
static int make_signal_dict(Thread *t) {
    if (!value_is_null(slot_get(&signal_dict_class))) return 0;
    Ref meta = import_attr(t, "abc", "ABCMeta"), mapping = REF_NULL, bases = REF_NULL, name = REF_NULL, ns = REF_NULL, cls = REF_NULL;
    if (!ref_is_null(meta)) mapping = import_attr(t, "collections.abc", "MutableMapping");
    if (!ref_is_null(mapping)) bases = tuple_pack(t, 2, type_value(&signal_mixin_type), ref_borrow(mapping));
    if (!ref_is_null(bases)) name = str_from_cstr(t, "SignalDict");
    if (!ref_is_null(name)) ns = dict_new(t);
    if (!ref_is_null(ns)) cls = call3(t, ref_borrow(meta), ref_borrow(name), ref_borrow(bases), ref_borrow(ns));
    Ref refs[] = {meta, mapping, bases, name, ns};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) ref_drop(t, refs[i]);
    if (ref_is_null(cls)) return -1;
    kit_root(t, &signal_dict_class, cls);
    return 0;
}

int signals_init(Thread *t, Value module) {
    return type_ready(t, &signal_mixin_type) < 0 || make_exceptions(t, module) < 0 || make_signal_dict(t) < 0 ? -1 : 0;
}
