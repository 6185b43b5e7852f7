/* types.GenericAlias (list[int]) and types.UnionType (int | str). */
#ifndef WEFT_RUNTIME_GENERICALIAS_H
#define WEFT_RUNTIME_GENERICALIAS_H
#include "runtime/type.h"
typedef struct GenericAlias {
    Object base;
    Slot origin, args, parameters;
    bool starred;
    Slot weakrefs;
} GenericAlias;
typedef struct Union {
    Object base;
    Slot args, parameters;
} Union;
extern Type generic_alias_iter_type;
Ref generic_alias_new(Thread *t, Value origin, Value args); /* args: a tuple, or one argument */
/* a | b of types: a UnionType, or one type if both are the same; NotImplemented for what doesn't go into a union. */
Ref union_or(Thread *t, Value a, Value b);
/* For both kinds: the type variables in a tuple of arguments; the arguments with variables replaced. Owned tuples. */
Ref generic_parameters(Thread *t, Value args);
Ref generic_substitute(Thread *t, Value self, Value args, Value parameters, Value item);
Ref generic_repr_item(Thread *t, Value item);
#endif
