/* Raising, inspecting and chaining exceptions. See errors.h. */
#include "runtime/exceptions.h"
#include "runtime/abstract.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include <stdio.h>

static Value nothing_handled(Thread *t) { return VALUE_NULL; }
Value (*err_handled)(Thread *t) = nothing_handled;

/* ---- the exception in flight ---------------------------------------------------------------------------------- */

void err_steal(Thread *t, Ref exception) {
    Ref old = t->exc;
    t->exc = exception;
    ref_drop(t, old);
}

void err_clear(Thread *t) {
    Ref old = err_fetch(t);
    ref_drop(t, old);
}

bool err_is(Thread *t, ErrorKind kind) {
    return err_pending(t) && type_is_subtype(type_of(ref_borrow(t->exc)), &error_types[kind]);
}

bool err_clear_if(Thread *t, ErrorKind kind) {
    if (!err_is(t, kind)) return false;
    err_clear(t);
    return true;
}

static bool is_exception_class(Value v) { return is_type(v) && type_flag(as(Type, v), TYPE_EXCEPTION); }

bool exception_matches(Thread *t, Value exc, Value type) {
    if (value_is_null(exc) || value_is_null(type)) return false;
    if (is_tuple(type)) {
        for (size_t i = 0, n = tuple_size(type); i < n; i++)
            if (exception_matches(t, exc, tuple_get(type, i))) return true;
        return false;
    }
    if (is_a(exc, TYPE_EXCEPTION)) exc = type_value(type_of(exc));
    if (is_exception_class(exc) && is_exception_class(type)) return type_is_subtype(as(Type, exc), as(Type, type));
    return value_is(exc, type);
}

/* ---- chaining ---------------------------------------------------------------------------------------------------- */

void exception_set_context(Thread *t, Value exc, Ref context) {
    slot_set(t, value_object(exc), &as(BaseException, exc)->context, context);
}

void exception_set_cause(Thread *t, Value exc, Ref cause) {
    BaseException *e = as(BaseException, exc);
    store_relaxed(&e->x_suppress_context, true);
    slot_set(t, e, &e->cause, cause);
}

/* Makes what is being handled the context of exc; if exc stands in that chain already, cuts it out there, so that no cycle arises. */
static void chain_context(Thread *t, Value exc) {
    Value handled = err_handled(t);
    if (value_is_null(handled) || value_is_none(handled) || value_is(handled, exc)) return;
    Value slow = handled; /* half the pace: finds a cycle that Python code made itself */
    bool step = false;
    for (Value o = handled;;) {
        Value context = slot_get(&as(BaseException, o)->context);
        if (value_is_null(context)) break;
        if (value_is(context, exc)) {
            slot_set(t, value_object(o), &as(BaseException, o)->context, REF_NULL);
            break;
        }
        o = context;
        if (value_is(o, slow)) break;
        if (step) slow = slot_get(&as(BaseException, slow)->context);
        if (value_is_null(slow)) slow = o; /* another thread has cut the chain behind us */
        step = !step;
    }
    exception_set_context(t, exc, ref_new(t, handled));
}

void err_chain(Thread *t) {
    if (!ref_is_null(t->exc)) chain_context(t, ref_borrow(t->exc));
}

/* Makes exc (owned; null: its making failed and that failure is pending) the exception in flight. */
static Ref raise_new(Thread *t, Ref exc) {
    if (ref_is_null(exc)) return REF_NULL;
    chain_context(t, ref_borrow(exc));
    err_steal(t, exc);
    return REF_NULL;
}

/* ---- raising --------------------------------------------------------------------------------------------------------- */

Ref exception_new(Thread *t, Type *type, Value arg) {
    size_t n = value_is_null(arg) ? 0 : 1;
    if (type_flag(type, TYPE_HEAP)) return call(t, type_value(type), &arg, n, VALUE_NULL);
    Ref exc = exception_alloc(t, type, &arg, n);
    if (ref_is_null(exc) || n == 0) return exc;
    /* the built-in constructors that do more with a single argument */
    if (type_is_subtype(type, ETYPE(StopIteration))) slot_init(&((StopIteration *)exc.bits)->value, ref_new(t, arg));
    else if (type_is_subtype(type, ETYPE(SystemExit))) slot_init(&((SystemExit *)exc.bits)->code, ref_new(t, arg));
    else if (type_is_subtype(type, ETYPE(ImportError))) slot_init(&((ImportError *)exc.bits)->msg, ref_new(t, arg));
    else if (type_is_subtype(type, ETYPE(SyntaxError))) slot_init(&((SyntaxError *)exc.bits)->msg, ref_new(t, arg));
    return exc;
}

Ref exception_instantiate(Thread *t, Value type, Value arg) {
    Ref r;
    if (value_is_null(arg) || value_is_none(arg)) r = call0(t, type);
    else if (is_tuple(arg)) r = call_tuple_dict(t, type, arg, VALUE_NULL);
    else r = call1(t, type, arg);
    if (!ref_is_null(r) && !value_is_null(arg) && is_tuple(arg) && !is_exact(arg, &tuple_type) && !(type_head(value_object(ref_borrow(r)))->flags & TYPE_HEAP) && is_a(ref_borrow(r), TYPE_EXCEPTION)) {
        BaseException *e = as(BaseException, ref_borrow(r)); /* a named tuple stays one */
        slot_set(t, e, &e->args, ref_new(t, arg));
    }
    if (!ref_is_null(r) && !is_a(ref_borrow(r), TYPE_EXCEPTION)) {
        err_set(t, E_TypeError, "calling %R should have returned an instance of BaseException, not %R", type,
                type_value(type_of(ref_borrow(r))));
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

static Ref new_vformat(Thread *t, Type *type, const char *format, va_list ap) {
    err_clear(t);
    Ref message = str_vformat(t, format, ap);
    if (ref_is_null(message)) return REF_NULL;
    Ref exc = exception_new(t, type, ref_borrow(message));
    ref_drop(t, message);
    return exc;
}

Ref err_set(Thread *t, ErrorKind kind, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref exc = new_vformat(t, &error_types[kind], format, ap);
    va_end(ap);
    return raise_new(t, exc);
}

Ref err_type(Thread *t, Type *type, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref exc = new_vformat(t, type, format, ap);
    va_end(ap);
    return raise_new(t, exc);
}

Ref err_value(Thread *t, ErrorKind kind, Value arg) {
    err_clear(t);
    return raise_new(t, exception_new(t, &error_types[kind], arg));
}

Ref err_object(Thread *t, Value exception) {
    if (is_a(exception, TYPE_EXCEPTION)) {
        Ref exc = ref_new(t, exception);
        err_clear(t);
        return raise_new(t, exc);
    }
    if (is_exception_class(exception)) return raise_new(t, exception_instantiate(t, exception, VALUE_NULL));
    return err_set(t, E_TypeError, "exceptions must derive from BaseException");
}

Ref err_attribute(Thread *t, Value obj, Value name, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref exc = new_vformat(t, ETYPE(AttributeError), format, ap);
    va_end(ap);
    if (ref_is_null(exc)) return REF_NULL;
    AttributeError *e = (AttributeError *)exc.bits;
    slot_init(&e->obj, ref_new(t, obj));
    slot_init(&e->name, ref_new(t, name));
    return raise_new(t, exc);
}

Ref err_name(Thread *t, ErrorKind kind, Value name, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref exc = new_vformat(t, &error_types[kind], format, ap);
    va_end(ap);
    if (!ref_is_null(exc)) slot_init(&((NameError *)exc.bits)->name, ref_new(t, name));
    return raise_new(t, exc);
}

Ref err_import(Thread *t, ErrorKind kind, Value name, Value path, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref exc = new_vformat(t, &error_types[kind], format, ap);
    va_end(ap);
    if (ref_is_null(exc)) return REF_NULL;
    ImportError *e = (ImportError *)exc.bits;
    if (!value_is_null(name)) slot_init(&e->name, ref_new(t, name));
    if (!value_is_null(path)) slot_init(&e->path, ref_new(t, path));
    return raise_new(t, exc);
}

Ref err_syntax(Thread *t, ErrorKind kind, Value message, Value filename, int lineno, int offset, Value text, int end_lineno,
               int end_offset) {
    if (lineno == 0) return err_value(t, kind, message);
    if (value_is_null(text)) text = VALUE_NONE;
    Value fields[6] = {filename, small_int(lineno), small_int(offset), text, small_int(end_lineno), small_int(end_offset)};
    Ref info = tuple_from_array(t, fields, end_lineno ? 6 : 4);
    if (ref_is_null(info)) return REF_NULL;
    Ref exc = call2(t, type_value(&error_types[kind]), message, ref_borrow(info));
    ref_drop(t, info);
    return raise_new(t, exc);
}

Ref err_errno(Thread *t, int err, Value filename) {
    const char *text = strerrordesc_np(err);
    Ref message = text != NULL ? str_from_cstr(t, text) : str_format(t, "Unknown error %d", err);
    if (ref_is_null(message)) return REF_NULL;
    err_clear(t);
    Value args[3] = {small_int(err), ref_borrow(message), filename};
    Ref exc = call(t, type_value(ETYPE(OSError)), args, value_is_null(filename) ? 2 : 3, VALUE_NULL);
    ref_drop(t, message);
    return raise_new(t, exc);
}

Ref err_bad_argument(Thread *t, const char *function, const char *param, const char *expected, Value got) {
    const char *quote = param == NULL || (param[0] >= '0' && param[0] <= '9') ? "" : "'", *space = param == NULL ? "" : " ";
    if (param == NULL) param = "";
    if (value_is_none(got))
        return err_set(t, E_TypeError, "%.200s() argument%s%s%.200s%s must be %.50s, not None", function, space, quote, param, quote, expected);
    return err_set(t, E_TypeError, "%.200s() argument%s%s%.200s%s must be %.50s, not %.50G", function, space, quote, param, quote, expected,
                   got);
}

/* ---- out of memory --------------------------------------------------------------------------------------------------- */

/* The last resort, where not even a small object can be had: one immortal instance for everybody. */
static BaseException no_memory_object = {.base = OBJECT_STATIC(&error_types[E_MemoryError])};
static _Thread_local bool raising_no_memory;

void exceptions_reserve(Thread *t) { /* a proper instance but for its static birth */
    slot_init(&no_memory_object.args, ref_new(t, tuple_empty()));
}

Ref err_no_memory(Thread *t) {
    if (!raising_no_memory && type_flag(ETYPE(MemoryError), TYPE_READY)) { /* object_alloc comes back here if there's really nothing left */
        raising_no_memory = true;
        Ref exc = exception_new(t, ETYPE(MemoryError), VALUE_NULL);
        raising_no_memory = false;
        if (!ref_is_null(exc)) return raise_new(t, exc);
    }
    /* what an earlier raise hung on it would live for ever */
    BaseException *e = &no_memory_object;
    slot_set(t, e, &e->traceback, REF_NULL);
    slot_set(t, e, &e->context, REF_NULL);
    err_steal(t, (Ref){object_value(e).bits});
    return REF_NULL;
}
