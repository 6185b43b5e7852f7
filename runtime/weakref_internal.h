/* What weakref.c, weakproxy.c and the _weakref module share. */
#ifndef WEFT_RUNTIME_WEAKREF_INTERNAL_H
#define WEFT_RUNTIME_WEAKREF_INTERNAL_H
#include "runtime/weakref.h"
typedef struct Weakref Weakref;
struct Weakref {
    Object base;
    _Atomic(Object *) x_target; /* not counted; null once it is dead */
    Slot callback;              /* or null */
    _Atomic int64_t x_hash;     /* the target's, once asked for; -1 */
    Weakref *prev, *next;       /* of the target's list: guarded by its stripe */
    bool plain;                 /* no callback, not of a subclass: may be handed out again */
};
Ref weakref_make(Thread *t, Type *type, Value target, Value callback_or_null);
size_t weakref_list(Thread *t, Value target, Ref *out_or_null, size_t n);
void weakref_traverse(Object *o, VisitFn visit, void *arg);
void weakref_clear(Thread *t, Object *o);
#endif
