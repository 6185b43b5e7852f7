/* marshal: objects of the constant kinds as bytes, in CPython's format (version 4); code objects through vm hooks. */
#ifndef WEFT_RUNTIME_MARSHAL_H
#define WEFT_RUNTIME_MARSHAL_H
#include "runtime/type.h"
#define MARSHAL_VERSION 4
Ref marshal_dumps(Thread *t, Value v, int version);                /* bytes; ValueError "unmarshallable object" */
Ref marshal_loads(Thread *t, const void *data, size_t n);          /* EOFError, ValueError "bad marshal data …" */
#endif
