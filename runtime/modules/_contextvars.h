/* Context variables for other modules in C. The module _contextvars has been imported before. */
#ifndef WEFT_RUNTIME_MODULES__CONTEXTVARS_H
#define WEFT_RUNTIME_MODULES__CONTEXTVARS_H
#include "runtime/type.h"

Ref contextvar_new(Thread *t, const char *name);
/* The variable's value in the current context, or null (a default doesn't count): borrowed, good until the thread sets the variable or changes its context. */
Value contextvar_peek(Thread *t, Value var);
int contextvar_set(Thread *t, Value var, Value value);
#endif
