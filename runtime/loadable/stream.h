/* What the compressing modules share: output that grows, a lock around a library's stream, and detaching only where it pays.
 *
 * A stream is used by one thread at a time: between STREAM_LOCK and STREAM_UNLOCK, detached or not. Nothing there runs Python.
 */
#ifndef WEFT_LOADABLE_STREAM_H
#define WEFT_LOADABLE_STREAM_H
#include "runtime/bytes.h"
#include "runtime/int.h"
#include "runtime/modules/_io.h"
#include "runtime/modules/kit.h"
#include <limits.h>

#define OUTPUT_FIRST 16384
#define OUTPUT_STEP_MAX ((size_t)256 << 20)
/* Room behind what b holds, for a stream with at most `max` bytes of output in all (< 0: no limit). 1: *avail is at least 1; 0: the limit is reached; -1: MemoryError. */
static inline int output_room(Thread *t, ByteBuilder *b, int64_t max, size_t first, void *next, size_t *avail) {
    size_t n = b->length < first ? first : b->length;
    if (n > OUTPUT_STEP_MAX) n = OUTPUT_STEP_MAX;
    if (max >= 0 && n > (size_t)max - b->length) n = (size_t)max - b->length;
    if (n == 0) return 0;
    if (bytes_room(t, b, n) < 0) return -1;
    *(uint8_t **)next = b->data + b->length;
    *avail = b->capacity - b->length;
    if (*avail > OUTPUT_STEP_MAX) *avail = OUTPUT_STEP_MAX;
    if (max >= 0 && *avail > (size_t)max - b->length) *avail = (size_t)max - b->length;
    return 1;
}
/* Runs the statement, detached if the work (bytes of input and output at hand) is worth it. */
#define DETACHED_IF(t, large, ...)               \
    do {                                         \
        bool detached_ = (large);                \
        if (detached_) thread_detach(t);         \
        { __VA_ARGS__; }                         \
        if (detached_) thread_attach(t);         \
    } while (0)
#define DETACH_FROM 4096
#endif
