/* _contextvars: context variables.
 *
 * A Context refers to a dict from variable to value that is never changed once it is there: set() stores a changed copy. So contexts are copied by
 * copying one reference, and read without locks. Only the thread that has entered a context sets variables in it. */
#include "runtime/modules/_contextvars.h"
#include "runtime/dict_internal.h"
#include "runtime/modules/kit.h"
#include "runtime/thread_state.h"
#include <stdio.h>

typedef struct Context {
    Object base;
    Slot values;             /* dict; never null */
    Slot previous;           /* the context that run() left */
    Slot weakrefs;
    _Atomic bool x_entered;
} Context;
typedef struct ContextVar {
    Object base;
    Slot name, dflt;         /* dflt: null if there is none */
} ContextVar;
typedef struct Token {
    Object base;
    Slot context, var, old;  /* old: null if the variable had no value */
    _Atomic bool x_used;
} Token;

KIT_SLOTS(1)
KIT_SLOTS(2)
KIT_SLOTS(3)
static Type context_type, var_type, token_type, missing_type;
static Object missing_object = OBJECT_STATIC(&missing_type);
#define VALUE_MISSING ((Value){LENT_WORD(missing_object)})

/* ---- contexts ------------------------------------------------------------------------------------------------------------------------- */

static Ref context_with(Thread *t, Ref values) {
    Context *c = ref_is_null(values) ? NULL : object_new(Context, t, &context_type);
    if (c == NULL) {
        ref_drop(t, values);
        return REF_NULL;
    }
    slot_init(&c->values, values);
    return ref_steal(c);
}

/* The thread's current context: borrowed, made if there is none yet; null with MemoryError. */
static Value current(Thread *t) {
    RuntimeThread *r = runtime_thread(t);
    if (ref_is_null(r->context)) r->context = context_with(t, dict_new(t));
    return ref_borrow(r->context);
}

static Ref context_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (nargs > 0 || (!value_is_null(kwnames) && tuple_size(kwnames) > 0))
        return err_set(t, E_TypeError, "Context() does not accept any arguments");
    return context_with(t, dict_new(t));
}

static Ref context_copy(Thread *t, Value self, const Value *a) { return context_with(t, slot_ref(t, &as(Context, self)->values)); }
static Ref m_copy_context(Thread *t, Value m, const Value *a) {
    Value c = current(t);
    return value_is_null(c) ? REF_NULL : context_copy(t, c, NULL);
}

static Ref context_run(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Context *c = as(Context, self);
    RuntimeThread *r = runtime_thread(t);
    if (nargs == 0) return err_set(t, E_TypeError, "run() missing 1 required positional argument");
    bool entered = false;
    if (!atomic_compare_exchange_strong(&c->x_entered, &entered, true))
        return err_set(t, E_RuntimeError, "cannot enter context: %R is already entered", self);
    Ref previous = r->context;
    r->context = ref_new(t, self);
    r->decimal_context = VALUE_NULL;
    Ref result = call(t, args[0], args + 1, nargs - 1, kwnames);
    Ref mine = r->context;
    r->context = previous;
    r->decimal_context = VALUE_NULL;
    store_release(&c->x_entered, false);
    ref_drop(t, mine);
    return result;
}

static bool expect_var(Thread *t, Value v) {
    if (is_exact(v, &var_type)) return true;
    err_set(t, E_TypeError, "a ContextVar key was expected, got %R", v);
    return false;
}

/* 1 and the owned value, 0, -1 */
static int context_find(Thread *t, Value context, Value var, Ref *value) {
    *value = REF_NULL;
    return expect_var(t, var) ? dict_lookup(t, slot_get(&as(Context, context)->values), var, value) : -1;
}

static Ref context_getitem(Thread *t, Value self, Value key) {
    Ref value;
    int found = context_find(t, self, key, &value);
    return found == 0 ? err_value(t, E_KeyError, key) : value;
}
static int context_contains(Thread *t, Value self, Value key) {
    Ref value;
    int found = context_find(t, self, key, &value);
    ref_drop(t, value);
    return found;
}
static Ref context_get(Thread *t, Value self, const Value *a) {
    Ref value;
    int found = context_find(t, self, a[0], &value);
    if (found != 0) return value;
    return value_is_null(a[1]) ? REF_NONE : ref_new(t, a[1]);
}
static int64_t context_len(Thread *t, Value self) { return (int64_t)dict_size(slot_get(&as(Context, self)->values)); }
static Ref context_iter(Thread *t, Value self) { return get_iter(t, slot_get(&as(Context, self)->values)); }
static Ref context_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_exact(a, &context_type) || !is_exact(b, &context_type) || (op != CMP_EQ && op != CMP_NE)) return REF_NOT_IMPLEMENTED;
    Ref x = slot_ref(t, &as(Context, a)->values), y = slot_ref(t, &as(Context, b)->values); /* who has entered it may set a variable meanwhile */
    Ref r = rich_compare(t, ref_borrow(x), ref_borrow(y), op);
    ref_drop(t, x);
    ref_drop(t, y);
    return r;
}

/* keys(), values(), items(): iterators, as in CPython */
static Ref context_view(Thread *t, Value self, Type *view_type) {
    Ref view = dict_view_new(t, slot_get(&as(Context, self)->values), view_type);
    if (ref_is_null(view)) return view;
    Ref it = get_iter(t, ref_borrow(view));
    ref_drop(t, view);
    return it;
}
static Ref context_keys(Thread *t, Value self, const Value *a) { return context_view(t, self, &dict_keys_type); }
static Ref context_values(Thread *t, Value self, const Value *a) { return context_view(t, self, &dict_values_type); }
static Ref context_items(Thread *t, Value self, const Value *a) { return context_view(t, self, &dict_items_type); }

static NativeDef context_methods[] = {
    FN("get", "($self, key, default=None, /)", context_get, "The value of a variable in this context, or default."),
    FN("items", "($self, /)", context_items, "All variables with their values."),
    FN("keys", "($self, /)", context_keys, "All variables that have a value."),
    FN("values", "($self, /)", context_values, "All values."),
    FN("copy", "($self, /)", context_copy, "A shallow copy."),
    FN_RAW("run", "!($self, callable, *args, **kwargs)", context_run, "callable(*args, **kwargs) in this context."),
    FN_END,
};
static Type context_type = {
    TYPE_HEADER(Context, TYPE_CONTAINER | TYPE_WEAKREFABLE | TYPE_MAPPING, kit_traverse_2, NULL, kit_drop_2),
    .name = "_contextvars.Context",
    .weakrefs_offset = offsetof(Context, weakrefs),
    .new_ = context_new, .hash = hash_not_implemented, .richcompare = context_compare, .iter = context_iter, .len = context_len,
    .getitem = context_getitem, .contains = context_contains, .methods = context_methods,
};

/* ---- variables -------------------------------------------------------------------------------------------------------------------------- */

static Ref var_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Value a[2];
    if (nargs != 1) return err_set(t, E_TypeError, "ContextVar() takes exactly 1 positional argument (%zu given)", nargs);
    if (bind_args(t, "ContextVar", "($type, name, /, *, default=None)", &x_sig, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "context variable name must be a str");
    ContextVar *v = object_new(ContextVar, t, &var_type);
    if (v == NULL) return REF_NULL;
    slot_init(&v->name, ref_new(t, a[0]));
    slot_init(&v->dflt, ref_new(t, a[1]));
    return ref_steal(v);
}

Ref contextvar_new(Thread *t, const char *name) {
    Ref text = str_from_cstr(t, name);
    Value args[] = {ref_borrow(text)};
    Ref var = ref_is_null(text) ? text : var_new(t, type_value(&var_type), args, 1, VALUE_NULL);
    ref_drop(t, text);
    return var;
}

Value contextvar_peek(Thread *t, Value var) {
    Value context = ref_borrow(runtime_thread(t)->context);
    return value_is_null(context) ? VALUE_NULL : dict_get(t, slot_get(&as(Context, context)->values), var);
}

static Ref var_get(Thread *t, Value self, const Value *a) {
    Value v = contextvar_peek(t, self);
    if (!value_is_null(v)) return ref_new(t, v);
    if (!value_is_null(a[0])) return ref_new(t, a[0]);
    Ref dflt = slot_ref(t, &as(ContextVar, self)->dflt);
    return ref_is_null(dflt) ? err_value(t, E_LookupError, self) : dflt;
}

/* Gives the variable a value in the context, or none. */
static int context_store(Thread *t, Value context, Value var, Value value_or_null) {
    Context *c = as(Context, context);
    Ref values = dict_copy(t, slot_get(&c->values));
    if (ref_is_null(values)) return -1;
    int status;
    Ref old = REF_NULL;
    if (value_is_null(value_or_null)) status = dict_pop(t, ref_borrow(values), var, &old);
    else status = dict_set(t, ref_borrow(values), var, value_or_null);
    ref_drop(t, old);
    if (status < 0) {
        ref_drop(t, values);
        return -1;
    }
    runtime_thread(t)->decimal_context = VALUE_NULL;
    slot_set(t, c, &c->values, values);
    return 0;
}
int contextvar_set(Thread *t, Value var, Value value) {
    Value context = current(t);
    return value_is_null(context) ? -1 : context_store(t, context, var, value);
}

static Ref var_set(Thread *t, Value self, const Value *a) {
    Value context = current(t);
    if (value_is_null(context)) return REF_NULL;
    Ref hold = ref_new(t, context), old;
    if (dict_lookup(t, slot_get(&as(Context, context)->values), self, &old) < 0) {
        ref_drop(t, hold);
        return REF_NULL;
    }
    Token *token = context_store(t, context, self, a[0]) < 0 ? NULL : object_new(Token, t, &token_type);
    if (token == NULL) {
        ref_drop(t, old);
        ref_drop(t, hold);
        return REF_NULL;
    }
    slot_init(&token->context, hold);
    slot_init(&token->var, ref_new(t, self));
    slot_init(&token->old, old);
    return ref_steal(token);
}

static Ref var_reset(Thread *t, Value self, const Value *a) {
    if (!is_exact(a[0], &token_type)) return err_set(t, E_TypeError, "expected an instance of Token, got %R", a[0]);
    Token *token = as(Token, a[0]);
    if (load_acquire(&token->x_used)) return err_set(t, E_RuntimeError, "%R has already been used once", a[0]);
    if (!value_is(slot_get(&token->var), self)) return err_set(t, E_ValueError, "%R was created by a different ContextVar", a[0]);
    Value context = current(t);
    if (value_is_null(context)) return REF_NULL;
    if (!value_is(slot_get(&token->context), context)) return err_set(t, E_ValueError, "%R was created in a different Context", a[0]);
    store_release(&token->x_used, true);
    return context_store(t, context, self, slot_get(&token->old)) < 0 ? REF_NULL : REF_NONE;
}

static Ref var_repr(Thread *t, Value self) {
    ContextVar *v = as(ContextVar, self);
    Value dflt = slot_get(&v->dflt), name = slot_get(&v->name);
    char address[32];
    snprintf(address, sizeof address, "%p", (void *)v);
    if (value_is_null(dflt)) return str_format(t, "<ContextVar name=%R at %s>", name, address);
    return str_format(t, "<ContextVar name=%R default=%R at %s>", name, dflt, address);
}

static NativeDef var_methods[] = {
    FN("get", "!($self, default=None, /)", var_get, "The variable's value in the current context; else default, else its own default, else LookupError."),
    FN("set", "($self, value, /)", var_set, "Set the value in the current context; returns a token for reset()."),
    FN("reset", "($self, token, /)", var_reset, "Bring back the value before the set() that returned the token."),
    KIT_CLASS_GETITEM,
    FN_END,
};
static const MemberDef var_members[] = {{"name", MEMBER_SLOT, offsetof(ContextVar, name), true, NULL}, {NULL}};
static Type var_type = {
    TYPE_HEADER(ContextVar, TYPE_CONTAINER, kit_traverse_2, NULL, kit_drop_2),
    .name = "_contextvars.ContextVar",
    .new_ = var_new, .repr = var_repr, .methods = var_methods, .members = var_members,
};

/* ---- tokens ------------------------------------------------------------------------------------------------------------------------------------ */

static Ref token_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    return err_set(t, E_RuntimeError, "Tokens can only be created by ContextVars");
}
static Ref token_repr(Thread *t, Value self) {
    Token *token = as(Token, self);
    char address[32];
    snprintf(address, sizeof address, "%p", (void *)token);
    return str_format(t, "<Token%s var=%R at %s>", load_acquire(&token->x_used) ? " used" : "", slot_get(&token->var), address);
}
static Ref token_old(Thread *t, Value self, void *closure) {
    Ref old = slot_ref(t, &as(Token, self)->old);
    return ref_is_null(old) ? ref_new(t, VALUE_MISSING) : old;
}
static Ref token_var(Thread *t, Value self, void *closure) { return slot_ref(t, &as(Token, self)->var); }

static NativeDef token_methods[] = {KIT_CLASS_GETITEM, FN_END};
static const GetSetDef token_getset[] = {
    {"var", token_var, NULL, "The variable."}, {"old_value", token_old, NULL, "Its value before; Token.MISSING if it had none."}, {NULL}};
static Type token_type = {
    TYPE_HEADER(Token, TYPE_CONTAINER, kit_traverse_3, NULL, kit_drop_3),
    .name = "_contextvars.Token",
    .new_ = token_new, .repr = token_repr, .hash = hash_not_implemented, .methods = token_methods, .getset = token_getset,
};

static Ref missing_repr(Thread *t, Value self) { return str_from_cstr(t, "<Token.MISSING>"); }
static Type missing_type = {TYPE_HEADER(Object, TYPE_NO_INSTANTIATION, NULL, NULL, NULL), .name = "Token.MISSING", .repr = missing_repr};

static NativeDef functions[] = {FN("copy_context", "($module, /)", m_copy_context, "A copy of the current context."), FN_END};

int module_init_contextvars(Thread *t, Value module) {
    Type *const types[] = {&context_type, &var_type, &token_type, NULL};
    if (type_ready(t, &missing_type) < 0 || kit_module(t, module, types, functions, "Context variables.") < 0) return -1;
    return dict_set_cstr(t, slot_get(&token_type.dict), "MISSING", VALUE_MISSING);
}
