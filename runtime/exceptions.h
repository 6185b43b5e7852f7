/* Exception instances: the layouts beside BaseException, and making and reading the richer ones from C.
 *
 * All functions need an attached t. Fields are slots: any thread may read them; writes go through slot_set.
 */
#ifndef WEFT_RUNTIME_EXCEPTIONS_H
#define WEFT_RUNTIME_EXCEPTIONS_H

#include "runtime/errors.h"

typedef struct SystemExit { BaseException base; Slot code; } SystemExit;
typedef struct StopIteration { BaseException base; Slot value; } StopIteration;
typedef struct NameError { BaseException base; Slot name; } NameError;
typedef struct AttributeError { BaseException base; Slot obj, name; } AttributeError;
typedef struct ImportError { BaseException base; Slot msg, name, path; } ImportError;
typedef struct OSError {
    BaseException base;
    Slot errno_, strerror, filename, filename2;
    _Atomic int64_t x_written; /* BlockingIOError.characters_written; -1: not known */
} OSError;
typedef struct SyntaxError {
    BaseException base;
    Slot msg, filename, lineno, offset, text, end_lineno, end_offset, print_file_and_line;
} SyntaxError;
typedef struct UnicodeError { /* of UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError */
    BaseException base;
    Slot encoding, object, reason;
    _Atomic int64_t x_start, x_end; /* anybody may set them at any time */
} UnicodeError;
typedef struct ExceptionGroup { BaseException base; Slot message, exceptions; } ExceptionGroup;

/* Raising with attributes. */
Ref err_attribute(Thread *t, Value obj, Value name, const char *format, ...); /* AttributeError with obj and name */
Ref err_name(Thread *t, ErrorKind kind, Value name, const char *format, ...);  /* NameError, UnboundLocalError */
Ref err_import(Thread *t, ErrorKind kind, Value name_or_null, Value path_or_null, const char *format, ...);
Ref err_syntax(Thread *t, ErrorKind kind, Value message, Value filename, int lineno, int offset, Value text_or_null,
               int end_lineno, int end_offset); /* lineno 0: no position at all; end_lineno 0: no range */

/* Groups. */
bool is_exception_group(Value v);
/* Splits by an exception type, a tuple of them, or a function: owned parts, each possibly null. -1 with an exception. */
int exception_group_split(Thread *t, Value group, Value matcher, Ref *match, Ref *rest);
/* What an `except*` statement raises at its end: `orig` as caught, `excs` a list of what its clauses raised and of the unhandled rest
 * (None: nothing). None if nothing is left. */
Ref exception_star_result(Thread *t, Value orig, Value excs);
/* BaseExceptionGroup(message, excs): for wrapping a naked exception that except* caught. */
Ref exception_group_new(Thread *t, const char *message, Value exceptions);

/* For exceptions.c and exceptions_group.c */
extern NativeDef exception_group_methods[];
Ref exception_group_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames);
Ref exception_group_str(Thread *t, Value self);
int exception_group_init(Thread *t);
/* A bare instance with args from the call, fields empty. */
Ref exception_alloc(Thread *t, Type *type, const Value *args, size_t nargs);

#endif
