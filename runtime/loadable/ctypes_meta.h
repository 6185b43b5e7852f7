/* Starts of the initializers of ctypes' metaclasses and of their base classes; see ctypes.h. */
#ifndef WEFT_RUNTIME_LOADABLE_CTYPES_META_H
#define WEFT_RUNTIME_LOADABLE_CTYPES_META_H
#include "runtime/loadable/ctypes.h"
#include "runtime/type_internal.h"
void ctypes_meta_traverse(Object *o, VisitFn visit, void *arg);
void ctypes_meta_destroy(Thread *t, Object *o);
void ctypes_meta_clear(Thread *t, Object *o);
int ctypes_meta_setattro(Thread *t, Value self, Value name, Value v);
Ref ctypes_meta_repeat_slot(Thread *t, Value a, Value b);
void cdata_traverse(Object *o, VisitFn visit, void *arg);
void cdata_clear(Thread *t, Object *o);
void cdata_destroy(Thread *t, Object *o);

Ref ctypes_from_address(Thread *t, Value cls, const Value *a);
Ref ctypes_from_buffer(Thread *t, Value cls, const Value *a);
Ref ctypes_from_buffer_copy(Thread *t, Value cls, const Value *a);
Ref ctypes_in_dll(Thread *t, Value cls, const Value *a);
/* _argtypes_ as a tuple of what has from_param; null with TypeError */
Ref ctypes_argtypes(Thread *t, Value v);
/* dlsym: null and *out; else the error's text */
Ref ctypes_symbol(Thread *t, Value handle, const char *name, void **out);
#define COMMON_METHODS                                                                                                                     \
    FN("from_address", "!($self, address, /)", ctypes_from_address, "C.from_address(integer) -> C instance\naccess a C instance at the specified address"),             \
    FN("from_buffer", "!($self, buffer, offset=0, /)", ctypes_from_buffer, "C.from_buffer(object, offset=0, /) -> C instance\ncreate a C instance from a writeable buffer"), \
    FN("from_buffer_copy", "!($self, buffer, offset=0, /)", ctypes_from_buffer_copy, "C.from_buffer_copy(object, offset=0, /) -> C instance\ncreate a C instance from a readable buffer"), \
    FN("in_dll", "!($self, dll, name, /)", ctypes_in_dll, "C.in_dll(dll, name) -> C instance\naccess a C instance in a dll")

#define CTYPES_META(name_, doc_, new__, methods_, ...)                                                                                        \
    {TYPE_HEADER(CType, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_UNCOUNTED | TYPE_WEAKREFABLE, ctypes_meta_traverse, ctypes_meta_clear, ctypes_meta_destroy), \
     .name = name_, .doc = doc_, .base = &type_type, .weakrefs_offset = offsetof(Type, weakrefs), .new_ = new__, .repeat = ctypes_meta_repeat_slot,        \
     .methods = methods_, __VA_ARGS__}
#define CTYPES_BASE(meta, Struct)                                                                                                        \
    .head = {.base = OBJECT_STATIC(&meta), .flags = TYPE_CONTAINER | TYPE_BASETYPE, .size = sizeof(Struct), .traverse = cdata_traverse,   \
             .clear = cdata_clear, .destroy = cdata_destroy}
#endif
