/* Weak references, proxies, and the per-object list of them. */
#ifndef WEFT_RUNTIME_WEAKREF_H
#define WEFT_RUNTIME_WEAKREF_H
#include "runtime/type.h"
Ref weakref_new(Thread *t, Value target, Value callback_or_null); /* TypeError "cannot create weak reference to 'X' object" */
Ref weakref_get(Thread *t, Value ref);                            /* owned target, or null (dead) without exception */
Ref weakref_first(Thread *t, Value target);                         /* __weakref__: a plain reference to target if there is one, else None */
void weakref_clear_all(Thread *t, Object *o, bool callbacks);     /* alloc_hooks.clear_weakrefs */
#endif
