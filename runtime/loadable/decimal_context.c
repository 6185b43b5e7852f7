/* decimal.Context: settings, flags and traps; each thread's current context; localcontext(). See decimal.h.
 *
 * The current context is the value of a context variable. Threads may share a Context: settings are read and written one by one, flags only grow by atomic
 * or. An operation reads the settings once.
 */
#include "runtime/loadable/decimal.h"
#include "runtime/modules/_contextvars.h"

static Slot current_var, default_context, basic_context, extended_context;
Slot rounding_names[ROUND_COUNT];

/* ---- settings --------------------------------------------------------------------------------------------------------------------------------- */

int rounding_index(Thread *t, Value v) {
    if (is_str(v)) {
        for (int i = 0; i < ROUND_COUNT; i++)
            if (value_is(v, slot_get(&rounding_names[i]))) return i;
        for (int i = 0; i < ROUND_COUNT; i++)
            if (str_equal(as(Str, v), as(Str, slot_get(&rounding_names[i])))) return i;
    }
    return err_int(err_set(t, E_TypeError, "valid values for rounding are:\n  [ROUND_CEILING, ROUND_FLOOR, ROUND_UP, ROUND_DOWN,\n"
                                           "   ROUND_HALF_UP, ROUND_HALF_DOWN, ROUND_HALF_EVEN,\n   ROUND_05UP]"));
}

static int setting_int(Thread *t, Value v, int64_t *out) {
    if (!is_int(v)) return err_int(err_set(t, E_TypeError, "an integer is required"));
    if (int_try_i64(v, out) < 0) return err_int(err_set(t, E_OverflowError, "Python int too large to convert to C ssize_t"));
    return 0;
}

typedef enum { SET_PREC, SET_ROUNDING, SET_EMIN, SET_EMAX, SET_CAPITALS, SET_CLAMP, SET_FLAGS, SET_TRAPS, SETTINGS } Setting;
static const char setting_parameters[] = "|prec,rounding,Emin,Emax,capitals,clamp,flags,traps";

static int set_number(Thread *t, Context *c, Setting what, Value v) {
    static const struct { int64_t lowest, highest; const char *message; } limits[] = {
        [SET_PREC] = {1, MAX_PREC, "valid range for prec is [1, MAX_PREC]"},
        [SET_EMIN] = {MIN_EMIN, 0, "valid range for Emin is [MIN_EMIN, 0]"},
        [SET_EMAX] = {0, MAX_EMAX, "valid range for Emax is [0, MAX_EMAX]"},
        [SET_CAPITALS] = {0, 1, "valid values for capitals are 0 or 1"},
        [SET_CLAMP] = {0, 1, "valid values for clamp are 0 or 1"},
    };
    int64_t n;
    if (setting_int(t, v, &n) < 0) return -1;
    if (n < limits[what].lowest || n > limits[what].highest) return err_int(err_set(t, E_ValueError, "%s", limits[what].message));
    switch (what) {
    case SET_PREC: store_relaxed(&c->x_prec, n); break;
    case SET_EMIN: store_relaxed(&c->x_emin, n); break;
    case SET_EMAX: store_relaxed(&c->x_emax, n); break;
    case SET_CAPITALS: store_relaxed(&c->x_capitals, (uint8_t)n); break;
    default: store_relaxed(&c->x_clamp, (uint8_t)n);
    }
    return 0;
}
static int set_signals(Thread *t, SignalDict *d, Value v, bool list_allowed) {
    uint32_t bits;
    if ((list_allowed && is_list(v) ? signal_list_bits(t, v, &bits) : signal_dict_bits(t, v, &bits)) < 0) return -1;
    store_relaxed(&d->x_bits, bits);
    return 0;
}
static int set_setting(Thread *t, Context *c, Setting what, Value v, bool list_allowed) {
    int i;
    switch (what) {
    case SET_ROUNDING:
        i = rounding_index(t, v);
        if (i < 0) return -1;
        store_relaxed(&c->x_round, (uint8_t)i);
        return 0;
    case SET_FLAGS: return set_signals(t, context_flags(c), v, list_allowed);
    case SET_TRAPS: return set_signals(t, context_traps(c), v, list_allowed);
    default: return set_number(t, c, what, v);
    }
}
/* All of them, as arguments; null and None leave one as it is. */
static int set_all(Thread *t, Context *c, const Value *a) {
    for (int i = 0; i < SETTINGS; i++)
        if (!value_is_null(a[i]) && !value_is_none(a[i]) && set_setting(t, c, (Setting)i, a[i], true) < 0) return -1;
    return 0;
}

/* ---- making contexts --------------------------------------------------------------------------------------------------------------------------- */

static Ref context_make(Thread *t, Type *type, const Context *model, uint32_t flags) {
    Context *c = kit_instance(t, type_value(type));
    if (c == NULL) return REF_NULL;
    uint32_t trapped = model ? load_relaxed(&context_traps(model)->x_bits) : 0;
    Ref self = ref_steal(c), f = signal_dict_new(t, flags), traps = ref_is_null(f) ? f : signal_dict_new(t, trapped);
    if (ref_is_null(traps)) {
        ref_drop(t, f);
        ref_drop(t, self);
        return REF_NULL;
    }
    slot_init(&c->flags, f);
    slot_init(&c->traps, traps);
    Context *m = (Context *)model;
    store_relaxed(&c->x_prec, m ? load_relaxed(&m->x_prec) : 28);
    store_relaxed(&c->x_emin, m ? load_relaxed(&m->x_emin) : -999999);
    store_relaxed(&c->x_emax, m ? load_relaxed(&m->x_emax) : 999999);
    store_relaxed(&c->x_round, m ? load_relaxed(&m->x_round) : (uint8_t)ROUND_HALF_EVEN);
    store_relaxed(&c->x_clamp, m ? load_relaxed(&m->x_clamp) : (uint8_t)0);
    store_relaxed(&c->x_capitals, m ? load_relaxed(&m->x_capitals) : (uint8_t)1);
    return self;
}
static bool is_context(Value v) { return type_is_subtype(type_of(v), &context_type); }

static Ref context_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    return context_make(t, as(Type, cls), as(Context, slot_get(&default_context)), 0);
}
static int context_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[SETTINGS];
    return kit_bind(t, NULL, setting_parameters, args, nargs, kwnames, a) < 0 ? -1 : set_all(t, as(Context, self), a);
}
static Ref context_copy(Thread *t, Value self) {
    return context_make(t, &context_type, as(Context, self), load_relaxed(&context_flags(as(Context, self))->x_bits));
}
static void context_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((Context *)o)->flags, visit, arg);
    slot_visit(&((Context *)o)->traps, visit, arg);
}
static void context_destroy(Thread *t, Object *o) {
    ref_drop(t, slot_take(t, o, &((Context *)o)->flags));
    ref_drop(t, slot_take(t, o, &((Context *)o)->traps));
}

/* ---- the current one --------------------------------------------------------------------------------------------------------------------------- */

static int make_current(Thread *t, Value context) { return contextvar_set(t, slot_get(&current_var), context); }

Context *context_current_slow(Thread *t) {
    Value v = contextvar_peek(t, slot_get(&current_var));
    if (value_is_null(v)) {
        Ref made = err_pending(t) ? REF_NULL : context_make(t, &context_type, as(Context, slot_get(&default_context)), 0);
        int status = ref_is_null(made) ? -1 : make_current(t, ref_borrow(made));
        ref_drop(t, made);
        if (status < 0) return NULL;
        v = contextvar_peek(t, slot_get(&current_var));
    }
    runtime_thread(t)->decimal_context = v;
    return as(Context, v);
}
Context *context_argument(Thread *t, Value v) {
    if (value_is_null(v) || value_is_none(v)) return context_current(t);
    if (is_context(v)) return as(Context, v);
    err_set(t, E_TypeError, "optional argument must be a context");
    return NULL;
}

int context_signal_slow(Thread *t, Context *c, uint32_t st) {
    context_note(c, st & ~(uint32_t)ST_MALLOC);
    if (st & ST_MALLOC) return err_int(err_no_memory(t));
    uint32_t trapped = st & load_relaxed(&context_traps(c)->x_bits);
    return trapped ? signal_raise(t, trapped) : 0;
}

static Ref m_getcontext(Thread *t, Value m, const Value *a) {
    Context *c = context_current(t);
    return c == NULL ? REF_NULL : ref_new(t, object_value(c));
}
static Ref m_setcontext(Thread *t, Value m, const Value *a) {
    if (!is_context(a[0])) return err_set(t, E_TypeError, "argument must be a context");
    const Slot *const templates[] = {&default_context, &basic_context, &extended_context};
    Ref context = ref_new(t, a[0]);
    for (size_t i = 0; i < sizeof templates / sizeof *templates; i++)
        if (value_is(slot_get(templates[i]), a[0])) { /* models stay as they are */
            ref_drop(t, context);
            context = context_make(t, &context_type, as(Context, a[0]), 0);
            if (ref_is_null(context)) return context;
        }
    int status = make_current(t, ref_borrow(context));
    ref_drop(t, context);
    return status < 0 ? REF_NULL : REF_NONE;
}

/* ---- attributes -------------------------------------------------------------------------------------------------------------------------------- */

static Ref get_setting(Thread *t, Value self, void *closure) {
    Context *c = as(Context, self);
    switch ((Setting)(uintptr_t)closure) {
    case SET_PREC: return int_from_i64(t, load_relaxed(&c->x_prec));
    case SET_ROUNDING: return slot_ref(t, &rounding_names[load_relaxed(&c->x_round)]);
    case SET_EMIN: return int_from_i64(t, load_relaxed(&c->x_emin));
    case SET_EMAX: return int_from_i64(t, load_relaxed(&c->x_emax));
    case SET_CAPITALS: return ref_small_int(load_relaxed(&c->x_capitals));
    case SET_CLAMP: return ref_small_int(load_relaxed(&c->x_clamp));
    case SET_FLAGS: return slot_ref(t, &c->flags);
    default: return slot_ref(t, &c->traps);
    }
}
static int put_setting(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "context attributes cannot be deleted"));
    return set_setting(t, as(Context, self), (Setting)(uintptr_t)closure, v, false);
}
#define SETTING(name, which, doc) {name, get_setting, put_setting, doc, (void *)(uintptr_t)(which)}
static const GetSetDef context_getset[] = {
    SETTING("prec", SET_PREC, "Digits of results."),
    SETTING("rounding", SET_ROUNDING, "One of the ROUND_ constants."),
    SETTING("Emin", SET_EMIN, "The least adjusted exponent of normal numbers."),
    SETTING("Emax", SET_EMAX, "The greatest adjusted exponent."),
    SETTING("capitals", SET_CAPITALS, "1: exponents are written with E, 0: with e."),
    SETTING("clamp", SET_CLAMP, "1: exponents are at most Etop()."),
    SETTING("flags", SET_FLAGS, "Signals that happened."),
    SETTING("traps", SET_TRAPS, "Signals that are raised."),
    {NULL},
};

static Ref context_repr(Thread *t, Value self) {
    Context *c = as(Context, self);
    Ref flags = signal_list_names(t, load_relaxed(&context_flags(c)->x_bits)), traps = REF_NULL, r = REF_NULL;
    if (!ref_is_null(flags)) traps = signal_list_names(t, load_relaxed(&context_traps(c)->x_bits));
    if (!ref_is_null(traps))
        r = str_format(t, "Context(prec=%lld, rounding=%V, Emin=%lld, Emax=%lld, capitals=%d, clamp=%d, flags=%V, traps=%V)",
                       (long long)load_relaxed(&c->x_prec), slot_get(&rounding_names[load_relaxed(&c->x_round)]), (long long)load_relaxed(&c->x_emin),
                       (long long)load_relaxed(&c->x_emax), (int)load_relaxed(&c->x_capitals), (int)load_relaxed(&c->x_clamp), ref_borrow(flags),
                       ref_borrow(traps));
    ref_drop(t, flags);
    ref_drop(t, traps);
    return r;
}

/* ---- methods that are no operations ------------------------------------------------------------------------------------------------------------ */

Ref context_m_copy(Thread *t, Value self, const Value *a) { return context_copy(t, self); }
Ref context_m_clear_flags(Thread *t, Value self, const Value *a) {
    store_relaxed(&context_flags(as(Context, self))->x_bits, 0u);
    return REF_NONE;
}
Ref context_m_clear_traps(Thread *t, Value self, const Value *a) {
    store_relaxed(&context_traps(as(Context, self))->x_bits, 0u);
    return REF_NONE;
}
Ref context_m_etiny(Thread *t, Value self, const Value *a) {
    Ctx c;
    context_read(as(Context, self), &c);
    return int_from_i64(t, ctx_etiny(&c));
}
Ref context_m_etop(Thread *t, Value self, const Value *a) {
    Ctx c;
    context_read(as(Context, self), &c);
    return int_from_i64(t, ctx_etop(&c));
}
Ref context_m_reduce(Thread *t, Value self, const Value *a) {
    Context *c = as(Context, self);
    Ref flags = signal_list(t, load_relaxed(&context_flags(c)->x_bits));
    Ref traps = ref_is_null(flags) ? flags : signal_list(t, load_relaxed(&context_traps(c)->x_bits));
    Ref items[SETTINGS] = {int_from_i64(t, load_relaxed(&c->x_prec)), slot_ref(t, &rounding_names[load_relaxed(&c->x_round)]),
                           int_from_i64(t, load_relaxed(&c->x_emin)), int_from_i64(t, load_relaxed(&c->x_emax)),
                           ref_small_int(load_relaxed(&c->x_capitals)), ref_small_int(load_relaxed(&c->x_clamp)), flags, traps};
    Ref pair[] = {ref_new(t, type_value(type_of(self))), tuple_from_steal(t, items, SETTINGS)};
    return tuple_from_steal(t, pair, 2);
}

Type context_type = {
    TYPE_HEADER(Context, TYPE_BASETYPE | TYPE_CONTAINER, context_traverse, NULL, context_destroy),
    .name = "decimal.Context",
    .doc = "Context(prec=None, rounding=None, Emin=None, Emax=None, capitals=None, clamp=None, flags=None, traps=None)\n--\n\n"
           "Settings of arithmetic: precision, rounding, limits of the exponent, which signals are trapped and which have happened.",
    .new_ = context_new, .init = context_init, .repr = context_repr, .getset = context_getset, .methods = context_methods,
};

/* ---- localcontext() ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct Manager { Object base; Slot local, outer; } Manager;
KIT_SLOTS(2)

static Ref m_localcontext(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    Value a[SETTINGS + 1];
    if (kit_bind(t, NULL, "|ctx,prec,rounding,Emin,Emax,capitals,clamp,flags,traps", args, nargs, kwnames, a) < 0) return REF_NULL;
    Context *outer = context_current(t), *model = outer == NULL ? NULL : context_argument(t, a[0]);
    if (model == NULL) return REF_NULL;
    Ref keep = ref_new(t, object_value(outer)), local = context_copy(t, object_value(model));
    Manager *manager = ref_is_null(local) || set_all(t, as(Context, ref_borrow(local)), a + 1) < 0 ? NULL : object_new(Manager, t, &manager_type);
    if (manager == NULL) {
        ref_drop(t, keep);
        ref_drop(t, local);
        return REF_NULL;
    }
    slot_init(&manager->local, local);
    slot_init(&manager->outer, keep);
    return ref_steal(manager);
}
static Ref manager_enter(Thread *t, Value self, const Value *a) {
    Ref local = slot_ref(t, &as(Manager, self)->local);
    if (make_current(t, ref_borrow(local)) == 0) return local;
    ref_drop(t, local);
    return REF_NULL;
}
static Ref manager_exit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref outer = slot_ref(t, &as(Manager, self)->outer);
    int status = make_current(t, ref_borrow(outer));
    ref_drop(t, outer);
    return status < 0 ? REF_NULL : REF_FALSE;
}
static NativeDef manager_methods[] = {
    FN("__enter__", "!($self, /)", manager_enter, NULL),
    FN_RAW("__exit__", "!($self, *args)", manager_exit, NULL),
    FN_END,
};
Type manager_type = {
    TYPE_HEADER(Manager, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_2, NULL, kit_drop_2),
    .name = "decimal.ContextManager", .methods = manager_methods,
};

NativeDef module_functions[] = {
    FN("getcontext", "($module, /)", m_getcontext, "The current context."),
    FN("setcontext", "($module, context, /)", m_setcontext, "Make a context the current one."),
    FN_RAW("localcontext", "($module, /, ctx=None, **kwargs)", m_localcontext,
           "A context manager that makes a copy of ctx, or of the current context, the current one, with the changes that the other arguments give."),
    FN_END,
};

/* ---- start ------------------------------------------------------------------------------------------------------------------------------------- */

static int make_template(Thread *t, Value module, Slot *slot, const char *name, int64_t prec, Rounding round, uint32_t traps) {
    if (value_is_null(slot_get(slot))) {
        Ref c = context_make(t, &context_type, NULL, 0);
        if (ref_is_null(c)) return -1;
        store_relaxed(&as(Context, ref_borrow(c))->x_prec, prec);
        store_relaxed(&as(Context, ref_borrow(c))->x_round, (uint8_t)round);
        store_relaxed(&context_traps(as(Context, ref_borrow(c)))->x_bits, traps);
        kit_root(t, slot, c);
    }
    return module_set(t, module, name, slot_get(slot));
}

int contexts_init(Thread *t, Value module) {
    static const char *const names[] = {"ROUND_UP", "ROUND_DOWN", "ROUND_CEILING", "ROUND_FLOOR", "ROUND_HALF_UP", "ROUND_HALF_DOWN",
                                        "ROUND_HALF_EVEN", "ROUND_05UP"};
    for (int i = 0; i < ROUND_COUNT; i++) {
        Value name = str_intern_cstr(t, names[i]);
        if (value_is_null(name) || module_set(t, module, names[i], name) < 0) return -1;
        store_release(&rounding_names[i].x_bits, name.bits); /* immortal */
    }
    if (value_is_null(slot_get(&current_var))) {
        Ref contextvars = import_module(t, "_contextvars"), var = ref_is_null(contextvars) ? contextvars : contextvar_new(t, "decimal_context");
        ref_drop(t, contextvars);
        if (ref_is_null(var)) return -1;
        kit_root(t, &current_var, var);
    }
    const uint32_t usual = ST_ANY_INVALID | ST_DIV_ZERO | ST_OVERFLOW;
    if (type_ready(t, &manager_type) < 0 || make_template(t, module, &default_context, "DefaultContext", 28, ROUND_HALF_EVEN, usual) < 0) return -1;
    if (make_template(t, module, &basic_context, "BasicContext", 9, ROUND_HALF_UP, usual | ST_UNDERFLOW | ST_CLAMPED) < 0) return -1;
    return make_template(t, module, &extended_context, "ExtendedContext", 9, ROUND_HALF_EVEN, 0);
}
