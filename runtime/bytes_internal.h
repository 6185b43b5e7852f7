/* What the bytes*.c files share. */
#ifndef WEFT_RUNTIME_BYTES_INTERNAL_H
#define WEFT_RUNTIME_BYTES_INTERNAL_H

#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/text.h"

void bytes_destroy(Thread *t, Object *o);
int64_t bytes_hash(Thread *t, Value v);
Ref bytes_subclass_new(Thread *t, Type *type, const void *p, size_t n);
Ref bytes_repr_of(Thread *t, Span s, const char *before, const char *after);
Ref bytes_modulo(Thread *t, Value self, Span format, Value args);

/* The bytes of a bytes-like argument while the view is held. -1: TypeError "a bytes-like object is required, not 'X'" */
static inline Span view_span(const Buffer *view) { return span_bytes(view->data, (size_t)view->len); }

#endif
