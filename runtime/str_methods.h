/* Methods of str that stand in other files than the table that names them. Flat unless said otherwise: see NativeDef. */
#ifndef WEFT_RUNTIME_STR_METHODS_H
#define WEFT_RUNTIME_STR_METHODS_H

#include "runtime/type.h"

/* str_case.c */
#define STR_CASE_METHODS(X)                                                                        \
    X(capitalize) X(casefold) X(title) X(lower) X(upper) X(swapcase) X(isascii) X(islower) X(isupper) X(istitle) X(isspace)        \
    X(isdecimal) X(isdigit) X(isnumeric) X(isalpha) X(isalnum) X(isidentifier) X(isprintable)
#define DECLARE(name) Ref str_##name(Thread *t, Value self, const Value *a);
STR_CASE_METHODS(DECLARE)
#undef DECLARE

/* str_formatter.c: str.format (raw) and str.format_map */
Ref str_format_method(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Ref str_format_map(Thread *t, Value self, const Value *a);

/* str_methods.c: encoding and errors of encode() and decode() as C strings, null where not given; -1 with TypeError */
int codec_args(Thread *t, const char *function, Value encoding, Value errors, const char **enc, const char **err);

#endif
