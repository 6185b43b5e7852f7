/* Descriptors and the things that attribute access makes: their layouts for the VM's caches, and super's entry for method calls.
 *
 * All are made once and then only read (properties' fields too), so no locks. Once shared they are uncounted.
 */
#ifndef WEFT_RUNTIME_DESCRIPTORS_H
#define WEFT_RUNTIME_DESCRIPTORS_H

#include "runtime/type.h"

typedef struct Property {
    Object base;
    Slot get, set, del, doc, name;
    bool doc_from_getter;
} Property;
/* classmethod_type and staticmethod_type */
typedef struct WrapperMethod {
    Object base;
    Slot attrs_[2]; /* struct Attrs: __wrapped__, __name__ … */
    Slot callable;
} WrapperMethod;
/* getset_type */
typedef struct GetSetDescriptor {
    Object base;
    const GetSetDef *def;
    Type *owner;    /* kept alive by owner_ref where it is a heap type */
    Slot owner_ref;
} GetSetDescriptor;
/* member_type: fields of C structs and __slots__ */
typedef struct MemberDescriptor {
    Object base;
    MemberDef def;  /* a copy: heap types' members may die before their descriptors. name is interned */
    Type *owner;
    Slot owner_ref;
} MemberDescriptor;
typedef struct Super {
    Object base;
    Slot type, obj, obj_type; /* null until __init__ */
} Super;

struct SlotDef;
Ref wrapper_descriptor_new(Thread *t, const struct SlotDef *def, void *function, Type *owner);
Ref method_descriptor_new(Thread *t, NativeDef *def, Type *owner);
Ref classmethod_descriptor_new(Thread *t, NativeDef *def, Type *owner);
/* The setter of what is a read-only member in CPython, which shows in its message. */
int readonly_member(Thread *t, Value self, Value value, void *closure);
Ref getset_new(Thread *t, const GetSetDef *def, Type *owner);
Ref member_new(Thread *t, const MemberDef *def, Type *owner);
Ref staticmethod_new(Thread *t, Value callable);
Ref classmethod_new(Thread *t, Value callable);
Ref property_new(Thread *t, Value get, Value set, Value del, Value doc); /* null: absent */
Ref mappingproxy_new(Thread *t, Value mapping);

/* super(type, obj).name without the super object. *found_method: the result is a plain function or method descriptor to be called with
 * obj first; otherwise it is bound already. Null with AttributeError or TypeError. Owned. */
Ref super_attr(Thread *t, Value type, Value obj, Value name, bool *found_method);
/* The class that super(type, obj) searches for: type(obj) or obj itself; borrowed, null with TypeError. */
Value super_check(Thread *t, Type *type, Value obj);
/* The C getter of a member descriptor. */
Ref member_get(Thread *t, Object *o, const MemberDef *def);
int member_set(Thread *t, Object *o, const MemberDef *def, Value value);
/* "$self"-signatures: the text from '(' on as __text_signature__ shows it, the doc without it. Strings or None. */
Ref signature_text(Thread *t, const char *sig);
Ref doc_text(Thread *t, const char *doc);

#endif
