/* types.GenericAlias: list[int] and its kin. */
#ifndef WEFT_RUNTIME_GENERICALIAS_H
#define WEFT_RUNTIME_GENERICALIAS_H
#include "runtime/type.h"
Ref generic_alias_new(Thread *t, Value origin, Value args); /* args: a tuple, or one argument */
#endif
