/* Raising and inspecting exceptions.
 *
 * The exception in flight is t->exc (owned). A function that fails sets it and returns its sentinel (null, -1).
 * All functions need an attached t. Format strings of err_set and str_format:
 *   %s C string (UTF-8)  %d int  %u unsigned  %zd %zu size  %lld int64  %c char (ASCII)  %x hex  %%
 *   %V Value: str(v)     %R Value: repr(v)    %A Value: ascii(v)   %T Value: name of its type   %G the same, but None for None   %N Type*: its name
 * a precision after %s, %V, %R and %T (e.g. %.200s) limits the characters taken.
 */
#ifndef WEFT_RUNTIME_ERRORS_H
#define WEFT_RUNTIME_ERRORS_H

#include "runtime/type.h"

typedef enum {
#define EXC(name, base, layout) E_##name,
#include "runtime/errors.def"
#undef EXC
    E_COUNT
} ErrorKind;
extern Type error_types[E_COUNT];      /* static; error_types[E_TypeError] is TypeError */
extern Type *exception_group_type;     /* ExceptionGroup */
#define ETYPE(name) (&error_types[E_##name])

/* Layouts (runtime/exceptions.h has the richer ones). */
typedef struct BaseException {
    Object base;
    Slot attrs_[2]; /* struct Attrs: __dict__ (shape, overflow) */
    Slot args;      /* tuple */
    Slot traceback, cause, context, notes_unused;
    _Atomic bool x_suppress_context;
} BaseException;

/* Each of these sets t->exc (replacing what was there; __context__ is chained to the exception being handled) and returns null. */
Ref err_set(Thread *t, ErrorKind kind, const char *format, ...);
Ref err_type(Thread *t, Type *type, const char *format, ...);
Ref err_value(Thread *t, ErrorKind kind, Value arg);        /* kind(arg): KeyError(key), StopIteration(value) */
Ref err_object(Thread *t, Value exception);                 /* raise this instance (or class: instantiated) */
void err_steal(Thread *t, Ref exception);                   /* sets t->exc again, nothing chained or changed */
Ref err_no_memory(Thread *t);
Ref err_errno(Thread *t, int err, Value filename /* or null */); /* OSError subclass by errno */
Ref err_bad_argument(Thread *t, const char *function, const char *param, const char *expected, Value got);
                     /* TypeError "f() argument 'p' must be X, not Y"; param: a name, a number, or null for the only one */
/* -1-returning twins read better where the sentinel is an int: return err_int(err_set(…)); */
static inline int err_int(Ref null_ref) { (void)null_ref; return -1; }

static inline bool err_pending(Thread *t) { return !ref_is_null(t->exc); }
bool err_is(Thread *t, ErrorKind kind);                     /* the exception in flight is an instance of it */
bool exception_matches(Thread *t, Value exc, Value type_or_tuple); /* PyErr_GivenExceptionMatches; no call-out */
static inline Ref err_fetch(Thread *t) { Ref r = t->exc; t->exc = REF_NULL; return r; } /* takes it, owned; maybe null */
void err_clear(Thread *t);
bool err_clear_if(Thread *t, ErrorKind kind);               /* clears it if it is an instance; says whether it did */
/* Reports the exception in flight through sys.unraisablehook and clears it. */
void err_unraisable(Thread *t, const char *where, Value object);
/* warnings.warn: 0, or -1 if the filter made it an exception */
int warn(Thread *t, ErrorKind category, int stack_level, const char *format, ...);
/* The same at a given place (the compiler): message and filename are str. */
int warn_explicit(Thread *t, ErrorKind category, Value message, Value filename, int line);
/* Exception instances */
Ref exception_new(Thread *t, Type *type, Value arg_or_null);
Ref exception_instantiate(Thread *t, Value type, Value arg_tuple_or_value); /* calls the class */
void err_chain(Thread *t); /* what is being handled becomes the context of the exception in flight, if there is one */
void exception_set_context(Thread *t, Value exc, Ref context_or_null);
void exception_set_cause(Thread *t, Value exc, Ref cause_or_null);
int exceptions_init(Thread *t);
/* what the handler sees as sys.exc_info()[1]: borrowed or null. Filled by vm/. */
extern Value (*err_handled)(Thread *t);

#endif
