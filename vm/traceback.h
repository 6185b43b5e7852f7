/* Traceback objects, and the printing of exceptions as CPython 3.11's interpreter does it. */
#ifndef WEFT_VM_TRACEBACK_H
#define WEFT_VM_TRACEBACK_H

#include "vm/frame.h"

/* The fields stand as CPython's do behind the header, and mean the same: libraries from before TracebackType() could be called make tracebacks by writing
 * to one through ctypes (trio 0.22). */
typedef struct Traceback {
    Object base;
    Slot next, frame; /* next: towards where it was raised */
    int32_t lasti;    /* tb_lasti: two for each word of the code */
    int32_t line;     /* -1: not looked up yet */
} Traceback;
static inline uint32_t traceback_word(const Traceback *tb) { return (uint32_t)tb->lasti / 2; } /* beyond all code if tb_lasti is negative */
extern Type traceback_type;

/* Puts an entry for this frame in front of the exception in flight's traceback. Failure is ignored, as memory is out then. */
void traceback_here(Thread *t, Frame *f);
/* The same for code that has no frame: a made-up function of that name (hooks.traceback_add). */
void traceback_add(Thread *t, const char *file, const char *function, int line);
int traceback_line(const Traceback *tb);
/* "Traceback (most recent call last): …" with chained exceptions and groups, to a file-like object. 0, or -1 if writing failed. */
int print_exception(Thread *t, Value exc, Value file);
int print_traceback(Thread *t, Value tb, Value file); /* header and entries only */
int traceback_types_init(Thread *t);

void dump_stack(Thread *of, int fd); /* dump_stack.c: its frames, innermost first */
#endif
