/* What the objects of bz2 and lzma have in common. A decompressor keeps input that a call's limit left over, and tells whether it needs more; a compressor can be
 * flushed once. */
#ifndef WEFT_LOADABLE_UNPACK_H
#define WEFT_LOADABLE_UNPACK_H
#include "runtime/loadable/stream.h"

typedef struct Unpacker {
    Object base;
    Slot unused_data;         /* bytes: what came behind the end */
    IoLock lock;              /* guards what follows, and the library's stream */
    uint8_t *pending;         /* mem_alloc'ed input that waits */
    size_t pending_size;
    bool failed;
    _Atomic bool x_eof, x_needs_input;
} Unpacker;
/* One step of the library on input and output, which it moves on (detached): 0 go on, 1 the stream's end, else the library's error. */
typedef int (*UnpackStep)(Unpacker *u, const uint8_t **in, size_t *in_left, uint8_t **out, size_t *out_left);
/* Raises the exception for an error of the step. */
typedef Ref (*UnpackError)(Thread *t, int code);

void unpacker_init(Thread *t, Unpacker *u);
void unpacker_destroy(Thread *t, Unpacker *u);
/* decompress(data, max_length): max < 0: no limit. after_end: EOFError's message; after_error: ValueError's, or null where the library itself knows. */
Ref unpacker_decompress(Thread *t, Unpacker *u, Value data, Value max_length, UnpackStep step, UnpackError error, const char *after_end,
                        const char *after_error);
Ref unpacker_eof(Thread *t, Value self, void *c);
Ref unpacker_needs_input(Thread *t, Value self, void *c);

/* The head of a compressor object; the library's stream follows. */
typedef struct Packer {
    Object base;
    IoLock lock; /* guards what follows, and the library's stream */
    bool flushed;
} Packer;
/* What of the compressed form is ready after n bytes more; with `finish`, all of it. Owned bytes, or null with an exception. The lock is held. */
typedef Ref (*PackFn)(Thread *t, Packer *p, const void *data, size_t n, bool finish);

Ref packer_compress(Thread *t, Packer *p, Value data, PackFn pack);
Ref packer_flush(Thread *t, Packer *p, PackFn pack);
#endif
