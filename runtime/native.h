/* Functions and methods written in C: objects, binding of arguments by signature text.
 *
 * native_call() checks arity and keywords against the parsed signature, with CPython's messages, and hands the flat array on.
 * The VM calls a flat function directly when exactly its number of positional arguments is given.
 */
#ifndef WEFT_RUNTIME_NATIVE_H
#define WEFT_RUNTIME_NATIVE_H

#include "runtime/type.h"

/* type native_type (builtin_function_or_method) */
typedef struct Native {
    Object base;
    NativeDef *def;
    Slot self;   /* bound object, class, module, or null */
    Slot module; /* name of the module, str, or null */
    Slot weakrefs;
} Native;
/* types method_descriptor_type, classmethod_descriptor_type */
typedef struct MethodDescriptor {
    Object base;
    NativeDef *def;
    Type *owner; /* borrowed: descriptors of static types only, or kept alive by slot `owner_ref` */
    Slot owner_ref;
} MethodDescriptor;
/* method_type: a function bound to an object */
typedef struct Method {
    Object base;
    Slot function, self;
    Slot weakrefs;
} Method;

struct Signature {
    uint16_t params, positional_only, positional, required; /* counts; positional includes positional-only */
    uint64_t optional;   /* bit i: parameter i may be left out */
    bool raw;            /* has * or **: the function is FN_RAW and gets the call as it is */
    Slot *names;         /* interned str for each parameter */
    const char *text;    /* for __text_signature__ */
};
const Signature *native_signature(Thread *t, NativeDef *def); /* null with an exception: bad text or no memory */

Ref native_new(Thread *t, NativeDef *def, Value self_or_null, Value module_name_or_null);
Ref native_call(Thread *t, NativeDef *def, Value self, const Value *args, size_t nargs, Value kwnames);
Ref native_object_call(Thread *t, Value native, const Value *args, size_t nargs, Value kwnames); /* a Native */
Ref method_new(Thread *t, Value function, Value self);

/* Binds a call to `n` parameters for raw functions: out[i] borrowed or null. -1 with TypeError. sig as in NativeDef; cached in *cache. */
int bind_args(Thread *t, const char *fname, const char *sig, _Atomic(Signature *) *cache, const Value *args, size_t nargs,
              Value kwnames, Value *out, size_t n);
/* TypeError unless no keywords were given / nargs is in [min, max]: "f() takes no keyword arguments", "f expected at most 2 arguments, got 3" */
int no_kwargs(Thread *t, const char *fname, Value kwnames);
int check_nargs(Thread *t, const char *fname, size_t nargs, size_t min, size_t max);

#endif
