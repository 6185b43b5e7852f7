/* bytes (immutable) and bytearray (its storage is replaced, never resized in place, when shared; exports block resizing). */
#ifndef WEFT_RUNTIME_BYTES_H
#define WEFT_RUNTIME_BYTES_H
#include "runtime/type.h"
typedef struct Bytes {
    Object base;
    _Atomic int64_t x_hash;
    size_t length;
    uint8_t *data; /* length + 1, the last is 0; behind the struct, or (taken-over buffers, subclasses) mem_alloc'ed */
} Bytes;
typedef struct ByteStorage { size_t capacity; uint8_t data[]; } ByteStorage;
typedef struct ByteArray {
    Object base;
    _Atomic size_t x_length;
    _Atomic(ByteStorage *) x_storage; /* null when empty */
    _Atomic int64_t x_exports;        /* buffer views; resizing raises BufferError while > 0 */
} ByteArray;
/* Counts views of what `of` holds: the number before. */
static inline int64_t exports_add(Thread *t, void *of, _Atomic int64_t *x_count, int64_t n) {
    if (!is_local(t, of)) return add_acq_rel(x_count, n);
    int64_t old = load_relaxed(x_count);
    store_relaxed(x_count, old + n);
    return old;
}
Ref bytes_new(Thread *t, const void *data, size_t n);
Ref bytes_new_uninit(Thread *t, size_t n); /* the caller fills data at once */
Ref bytearray_new(Thread *t, const void *data, size_t n);
Ref bytes_from_object(Thread *t, Value o);  /* bytes(o) */
static inline uint8_t *bytes_data(Value v) { return as(Bytes, v)->data; }
static inline size_t bytes_length(Value v) { return as(Bytes, v)->length; }
int bytes_init(Thread *t); /* b"" and the single bytes; str_init calls it */
Value bytes_empty(void);
/* buffer_get for reading bytes now (BUFFER_SIMPLE). Of a shared bytearray it takes a snapshot, so that other threads may go on resizing it. */
int buffer_get_snapshot(Thread *t, Value o, Buffer *view);
/* The same for who has words of his own for what isn't bytes-like. 1: got it; 0: it has no such memory, or not in one piece, or not any more; no exception.
 * -1: no memory. */
int buffer_try_snapshot(Thread *t, Value o, Buffer *view);

/* Growing bytes piece by piece; finish or drop ends it. Functions return -1 with MemoryError. */
typedef struct ByteBuilder { uint8_t *data; size_t length, capacity; } ByteBuilder;
#define BYTE_BUILDER ((ByteBuilder){0})
int bytes_room_slow(Thread *t, ByteBuilder *b, size_t n);
static inline int bytes_room(Thread *t, ByteBuilder *b, size_t n) { /* for n more */
    return likely(b->capacity - b->length >= n) ? 0 : bytes_room_slow(t, b, n);
}
static inline int bytes_put(Thread *t, ByteBuilder *b, uint8_t c) {
    if (bytes_room(t, b, 1) < 0) return -1;
    b->data[b->length++] = c;
    return 0;
}
int bytes_append(Thread *t, ByteBuilder *b, const void *p, size_t n);
Ref bytes_finish(Thread *t, ByteBuilder *b);
void bytes_drop(ByteBuilder *b);
Ref memoryview_new(Thread *t, Value o);     /* of a bytes-like */
Ref memoryview_from_memory(Thread *t, void *data, size_t n, bool readonly, Value owner_or_null);
#endif
