/* bytes (immutable) and bytearray (its storage is replaced, never resized in place, when shared; exports block resizing). */
#ifndef WEFT_RUNTIME_BYTES_H
#define WEFT_RUNTIME_BYTES_H
#include "runtime/type.h"
typedef struct Bytes {
    Object base;
    _Atomic int64_t x_hash;
    size_t length;
    uint8_t data[]; /* length + 1, the last is 0 */
} Bytes;
typedef struct ByteStorage { size_t capacity; uint8_t data[]; } ByteStorage;
typedef struct ByteArray {
    Object base;
    _Atomic size_t x_length;
    _Atomic(ByteStorage *) x_storage; /* null when empty */
    _Atomic int64_t x_exports;        /* buffer views; resizing raises BufferError while > 0 */
} ByteArray;
Ref bytes_new(Thread *t, const void *data, size_t n);
Ref bytes_new_uninit(Thread *t, size_t n); /* the caller fills data at once */
Ref bytearray_new(Thread *t, const void *data, size_t n);
Ref bytes_from_object(Thread *t, Value o);  /* bytes(o) */
static inline uint8_t *bytes_data(Value v) { return as(Bytes, v)->data; }
static inline size_t bytes_length(Value v) { return as(Bytes, v)->length; }
Ref memoryview_new(Thread *t, Value o);     /* of a bytes-like */
Ref memoryview_from_memory(Thread *t, void *data, size_t n, bool readonly, Value owner_or_null);
#endif
