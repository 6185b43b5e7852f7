/* The pieces of the builtins module, each in its own file; builtins.c puts them together. */
#ifndef WEFT_RUNTIME_MODULES_BUILTINS_H
#define WEFT_RUNTIME_MODULES_BUILTINS_H
#include "runtime/type.h"

extern NativeDef builtin_object_functions[]; /* builtins.c: attributes, types, numbers, text */
extern NativeDef builtin_code_functions[];   /* builtins_code.c: compile, eval, exec, __import__, namespaces */
extern NativeDef builtin_fold_functions[];   /* builtins_fold.c: all, any, sum, min, max, sorted, iter, next */
extern NativeDef builtin_io_functions[];     /* builtins_io.c: print, input, open */
extern NativeDef builtin_async_functions[];  /* builtins_iter.c: aiter, anext */

extern Type enumerate_type, filter_type, map_type, reversed_type, zip_type, anext_awaitable_type; /* builtins_iter.c */

/* The name of a file of code as str, of str, bytes, PathLike, or (with a warning) any buffer, as compile() takes it. */
Ref code_filename(Thread *t, Value v);

/* Name and object of every built-in type, to be added to the module: ends with a null name. */
typedef struct NamedType { const char *name; Type *type; } NamedType;
#endif
