/* _io: what its files share. Each object guards its state with an IoLock of its own while it may be shared, since a raw read or write detaches and
 * calls out, which ends critical sections. */
#ifndef WEFT_RUNTIME_MODULES_IO_H
#define WEFT_RUNTIME_MODULES_IO_H
#include "runtime/instance.h"
#include "runtime/errors.h"
#include "runtime/modules/kit.h"

#define IO_BUFFER_SIZE 8192

/* Nothing happens while the object is local. */
typedef KitLock IoLock;
/* 1: taken, 0: the object is local, nothing to release; -1: a signal handler raised while waiting. For what runs no Python while it holds the lock: that
 * could make the object known to other threads. */
int io_lock(Thread *t, void *object, IoLock *l);
void io_unlock(Thread *t, IoLock *l, int taken);
/* The same for what may run Python meanwhile: a local object is locked too, without atomic operations. 0; -1: as above. */
int io_begin(Thread *t, void *object, IoLock *l);
void io_end(Thread *t, void *object, IoLock *l);

/* The start of every I/O object: what _IOBase itself needs. */
typedef struct IoBase {
    Object base;
    Attrs attrs;
    Slot weakrefs;
    _Atomic bool x_closed;     /* _IOBase.closed; the C subclasses keep their own truth */
    _Atomic bool x_finalizing;
} IoBase;
#define IO_BASE_OFFSETS .attrs_offset = offsetof(IoBase, attrs), .weakrefs_offset = offsetof(IoBase, weakrefs)
#define IO_TYPE_FLAGS (TYPE_BASETYPE | TYPE_CONTAINER | TYPE_WEAKREFABLE | TYPE_SHAPED)
void io_base_traverse(Object *o, VisitFn visit, void *arg);
void io_base_clear(Thread *t, Object *o);
void io_base_finalize(Thread *t, Object *o);

extern Type io_base_type, io_raw_type, io_buffered_base_type, io_text_base_type, file_io_type, bytes_io_type, string_io_type,
    buffered_reader_type, buffered_writer_type, buffered_random_type, buffered_pair_type, text_io_type, newline_decoder_type;
extern Type *unsupported_operation_type; /* io.UnsupportedOperation(OSError, ValueError) */

Ref unsupported(Thread *t, const char *what);          /* raises UnsupportedOperation */
int io_closed(Thread *t, Value file);                  /* file.closed: 1, 0, -1 */
int io_check_closed(Thread *t, Value file);            /* ValueError "I/O operation on closed file." */
int io_check(Thread *t, Value file, const char *method, const char *message); /* file.readable() etc. */
/* size argument: None or absent is -1 */
int io_size(Thread *t, Value v, int64_t *out);
Ref io_call_flush(Thread *t, Value file);
/* _IOBase.close: flushes, then counts as closed whatever came of it. */
Ref io_base_close(Thread *t, Value self);
/* Is the file being closed because nobody has it any more? Then what is below it warns that nobody closed it. Leaves what is in flight alone. */
static inline bool io_finalizing(Value self) { return load_relaxed(&as(IoBase, self)->x_finalizing); }
void io_dealloc_warn(Thread *t, Value below, Value source);
/* The end of a close: the first thing's failure `exc` (perhaps null; consumed) and the second's result `r`. */
Ref io_closing(Thread *t, Ref exc, Ref r);
/* True if the exception in flight is EINTR, which is then cleared. */
bool io_retry(Thread *t);
/* Raw write of all bytes, blocking; -1 with BlockingIOError if the raw file would block. */
int64_t raw_write(Thread *t, Value raw, const void *data, size_t n);   /* bytes written, -1 error, -2 would block (no exception) */
int64_t raw_readinto(Thread *t, Value raw, void *data, size_t n);      /* bytes read, 0 at the end, -1 error, -2 would block */

/* FileIO's own doors, used past Python where raw is exactly one */
bool is_file_io(Value v);
bool file_io_closed(Value v);
/* The raw file of exactly a BufferedReader, BufferedWriter or BufferedRandom, whose `closed` is the raw file's; else null. Borrowed. */
Value buffered_raw(Value v);
int buffered_lines(Thread *t, Value self, Value list);        /* appends the lines that stand whole in the buffer, as iterating would give them. 0 or -1 */
int64_t file_io_write(Thread *t, Value raw, const void *data, size_t n);
int64_t file_io_read(Thread *t, Value raw, void *data, size_t n);

/* Universal newlines. x_seen: 1 \r, 2 \n, 4 \r\n; written under the file's lock, read without it. */
typedef struct Newlines { bool translate, pending_cr; _Atomic uint8_t x_seen; } Newlines;
static inline void newlines_begin(Newlines *n, bool translate) {
    n->translate = translate;
    n->pending_cr = false;
    store_relaxed(&n->x_seen, (uint8_t)0);
}
Ref newlines_translate(Thread *t, Newlines *n, Value text, bool final);
Ref newlines_seen(Thread *t, uint8_t seen);
/* Where the line that starts at `start` ends (index after the newline), or -1: none yet. newline: null = universal, else "\n", "\r", "\r\n", translated: only \n */
int64_t find_line_end(Value text, int64_t start, bool translated, bool universal, const char *newline);

int io_init_base(Thread *t, Value module);
int io_init_file(Thread *t, Value module);
int io_init_memory(Thread *t, Value module);
int io_init_buffered(Thread *t, Value module);
int io_init_text(Thread *t, Value module);
int module_init_io(Thread *t, Value module);
/* open(): for main and builtins */
Ref io_open(Thread *t, Value file, const char *mode, int buffering, const char *encoding, const char *errors, const char *newline, bool closefd);
#endif
