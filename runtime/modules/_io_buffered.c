/* _io.BufferedReader, BufferedWriter, BufferedRandom, BufferedRWPair.
 *
 * One struct serves all three. The buffer holds either unread data, [pos, end), or data to be written, [0, pending); never both: switching from reading to
 * writing moves the raw position back over what is unread, switching to reading flushes. Guarded by the object's IoLock.
 */
#include "runtime/modules/_io.h"
#include "runtime/modules/kit.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include <errno.h>

typedef struct Buffered {
    IoBase io;
    IoLock lock;
    Slot raw;          /* null: detached */
    uint8_t *buf;
    size_t size, pos, end, pending;
    _Atomic bool x_readable, x_writable, x_ok; /* read without the lock */
} Buffered;

static Value raw_of(Value self) { return slot_get(&as(Buffered, self)->raw); }

Value buffered_raw(Value v) {
    return is_exact(v, &buffered_reader_type) || is_exact(v, &buffered_writer_type) || is_exact(v, &buffered_random_type) ? raw_of(v) : VALUE_NULL;
}

static int check_init(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    bool ok = load_acquire(&b->x_ok);
    if (ok && !value_is_null(raw_of(self))) return 0;
    return err_int(err_set(t, E_ValueError, ok ? "raw stream has been detached" : "I/O operation on uninitialized object"));
}
/* The raw file, held: while it waits or runs Python, detach() may be called. Null with ValueError: it has been. */
static Ref raw_hold(Thread *t, Value self) {
    Ref raw = slot_ref(t, &as(Buffered, self)->raw);
    if (unlikely(ref_is_null(raw))) err_set(t, E_ValueError, "raw stream has been detached");
    return raw;
}
static Ref raw_call(Thread *t, Value self, Value method, const Value *args, size_t n) {
    Ref raw = raw_hold(t, self);
    Ref r = ref_is_null(raw) || value_is_null(method) ? REF_NULL : call_method(t, ref_borrow(raw), method, args, n);
    ref_drop(t, raw);
    return r;
}
static int64_t raw_put(Thread *t, Value self, const void *p, size_t n) {
    Ref raw = raw_hold(t, self);
    int64_t r = ref_is_null(raw) ? -1 : raw_write(t, ref_borrow(raw), p, n);
    ref_drop(t, raw);
    return r;
}
static int64_t raw_get(Thread *t, Value self, void *p, size_t n) {
    Ref raw = raw_hold(t, self);
    int64_t r = ref_is_null(raw) ? -1 : raw_readinto(t, ref_borrow(raw), p, n);
    ref_drop(t, raw);
    return r;
}
static int raw_closed(Thread *t, Value self) {
    Value raw = raw_of(self);
    return value_is_null(raw) ? check_init(t, self) : io_closed(t, raw);
}
static int check_open(Thread *t, Value self, const char *what) {
    if (check_init(t, self) < 0) return -1;
    int closed = raw_closed(t, self);
    return closed > 0 ? err_int(err_set(t, E_ValueError, "%s of closed file", what)) : closed;
}

static Ref would_block(Thread *t, size_t written) {
    Ref text = str_from_cstr(t, "write could not complete without blocking");
    Ref e = ref_is_null(text) ? text : call3(t, type_value(ETYPE(BlockingIOError)), small_int(EAGAIN), ref_borrow(text), small_int((int64_t)written));
    ref_drop(t, text);
    if (!ref_is_null(e)) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    return REF_NULL;
}

/* ---- under the lock ------------------------------------------------------------------------------------------------------------------ */

static int64_t raw_seek(Thread *t, Value self, int64_t offset, int whence) {
    Value args[] = {small_int(offset), small_int(whence)};
    Ref r = raw_call(t, self, N(seek), args, 2);
    int64_t at;
    if (ref_is_null(r)) return -1;
    int bad = size_arg(t, ref_borrow(r), &at);
    ref_drop(t, r);
    if (bad == 0 && at < 0) return err_int(err_set(t, E_OSError, "Raw stream returned invalid position %lld", (long long)at));
    return bad < 0 ? -1 : at;
}
static int64_t raw_tell(Thread *t, Value self) {
    Ref r = raw_call(t, self, N(tell), NULL, 0);
    int64_t at;
    if (ref_is_null(r)) return -1;
    int bad = size_arg(t, ref_borrow(r), &at);
    ref_drop(t, r);
    if (bad == 0 && at < 0) return err_int(err_set(t, E_OSError, "Raw stream returned invalid position %lld", (long long)at));
    return bad < 0 ? -1 : at;
}

static int flush_pending(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    size_t done = 0;
    while (done < b->pending) {
        int64_t n = raw_put(t, self, b->buf + done, b->pending - done);
        if (n > 0) done += (size_t)n;
        if (n >= 0 && done < b->pending && safepoint(t) < 0) n = -1; /* a signal may have cut it short: its handler runs before we wait again */
        if (n < 0) {
            memmove(b->buf, b->buf + done, b->pending - done);
            b->pending -= done;
            return n == -2 ? err_int(would_block(t, 0)) : -1;
        }
    }
    b->pending = 0;
    return 0;
}
/* nothing unread: the raw position is where the user thinks it is */
static int drop_unread(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    size_t unread = b->end - b->pos;
    b->pos = b->end = 0;
    return unread && raw_seek(t, self, -(int64_t)unread, 1) < 0 ? -1 : 0;
}
/* Reads into the empty buffer: bytes there, 0 at the end, -1, -2 */
static int64_t fill(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    if (b->pending && flush_pending(t, self) < 0) return -1;
    b->pos = b->end = 0;
    int64_t n = raw_get(t, self, b->buf, b->size);
    if (n > 0) b->end = (size_t)n;
    return n;
}

static Ref read_all(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    if (b->pending && flush_pending(t, self) < 0) return REF_NULL;
    Ref head = bytes_new(t, b->buf + b->pos, b->end - b->pos);
    if (ref_is_null(head)) return head;
    b->pos = b->end = 0;
    Ref raw = raw_hold(t, self), readall = ref_is_null(raw) ? raw : get_attr_opt(t, ref_borrow(raw), str_intern_cstr(t, "readall"));
    ref_drop(t, raw);
    if (ref_is_null(readall) && err_pending(t)) goto fail;
    if (!ref_is_null(readall)) {
        Ref tail = call0(t, ref_borrow(readall));
        ref_drop(t, readall);
        if (ref_is_null(tail)) goto fail;
        if (ref_is_none(tail)) {
            if (bytes_length(ref_borrow(head))) return head;
            ref_drop(t, head);
            return tail;
        }
        if (!is_bytes(ref_borrow(tail))) {
            ref_drop(t, tail);
            err_set(t, E_TypeError, "readall() should return bytes");
            goto fail;
        }
        if (bytes_length(ref_borrow(head)) == 0) {
            ref_drop(t, head);
            return tail;
        }
        Ref r = binary_op(t, OP_ADD, ref_borrow(head), ref_borrow(tail));
        ref_drop(t, head);
        ref_drop(t, tail);
        return r;
    }
    for (;;) {
        Ref piece = raw_call(t, self, N(read), NULL, 0);
        if (ref_is_null(piece)) goto fail;
        if (!ref_is_none(piece) && !is_bytes(ref_borrow(piece))) {
            ref_drop(t, piece);
            err_set(t, E_TypeError, "read() should return bytes");
            goto fail;
        }
        bool end = ref_is_none(piece) || bytes_length(ref_borrow(piece)) == 0;
        if (end) {
            if (bytes_length(ref_borrow(head)) == 0) {
                ref_drop(t, head);
                return piece;
            }
            ref_drop(t, piece);
            return head;
        }
        Ref r = binary_op(t, OP_ADD, ref_borrow(head), ref_borrow(piece));
        ref_drop(t, head);
        ref_drop(t, piece);
        if (ref_is_null(r)) return r;
        head = r;
    }
fail:
    ref_drop(t, head);
    return REF_NULL;
}

/* up to n bytes into p; blocks until they are there or the file ends, or (once) after one raw read. -2: nothing, and it would block */
static int64_t read_into(Thread *t, Value self, uint8_t *p, size_t n, bool once) {
    Buffered *b = as(Buffered, self);
    size_t got = 0;
    while (got < n) {
        size_t have = b->end - b->pos, take = have < n - got ? have : n - got;
        if (take) {
            memcpy(p + got, b->buf + b->pos, take);
            b->pos += take;
            got += take;
            continue;
        }
        if (once && got && n - got <= b->size) break;
        int64_t r;
        if (once ? n - got > b->size : n - got >= b->size) { /* large: past the buffer */
            if (b->pending && flush_pending(t, self) < 0) return -1;
            b->pos = b->end = 0;
            r = raw_get(t, self, p + got, n - got);
            if (r > 0) got += (size_t)r;
        } else {
            r = fill(t, self);
        }
        if (r == -1) return -1;
        if (r == -2) return got ? (int64_t)got : -2;
        if (r == 0) break;
        if (once && got) break;
    }
    return (int64_t)got;
}

static Ref read_bytes(Thread *t, Value self, size_t n, bool once) {
    Buffered *b = as(Buffered, self);
    if (n <= b->end - b->pos) {
        Ref r = bytes_new(t, b->buf + b->pos, n);
        if (!ref_is_null(r)) b->pos += n;
        return r;
    }
    if (once && n > b->size && b->end > b->pos) n = b->end - b->pos;
    if (once && n > b->size) n = b->size;
    Ref bytes = bytes_new_uninit(t, n);
    if (ref_is_null(bytes)) return bytes;
    int64_t got = read_into(t, self, bytes_data(ref_borrow(bytes)), n, once);
    if (got == (int64_t)n) return bytes;
    Ref r = got == -1 ? REF_NULL : got == -2 ? (once ? bytes_new(t, NULL, 0) : REF_NONE) : bytes_new(t, bytes_data(ref_borrow(bytes)), (size_t)got);
    ref_drop(t, bytes);
    return r;
}

static Ref read_line(Thread *t, Value self, int64_t limit) {
    Buffered *b = as(Buffered, self);
    uint8_t *line = NULL;
    size_t length = 0;
    for (;;) {
        size_t have = b->end - b->pos;
        if (limit >= 0 && have > (size_t)limit - length) have = (size_t)limit - length;
        uint8_t *start = b->buf + b->pos, *newline = have ? memchr(start, '\n', have) : NULL;
        size_t take = newline ? (size_t)(newline - start) + 1 : have;
        bool done = newline || (limit >= 0 && length + take == (size_t)limit);
        if (done && length == 0) { /* the usual case */
            Ref r = bytes_new(t, start, take);
            if (!ref_is_null(r)) b->pos += take;
            return r;
        }
        if (take) {
            uint8_t *grown = mem_realloc(line, length + take);
            if (grown == NULL) {
                mem_free(line);
                return err_no_memory(t);
            }
            line = grown;
            memcpy(line + length, start, take);
            length += take;
            b->pos += take;
        }
        if (done) break;
        int64_t n = fill(t, self);
        if (n == -1) {
            mem_free(line);
            return REF_NULL;
        }
        if (n <= 0) break;
    }
    Ref r = bytes_new(t, line, length);
    mem_free(line);
    return r;
}

/* ---- reading ------------------------------------------------------------------------------------------------------------------------------ */

/* As io_begin, but its own thread may not enter again (from a raw file's method, a signal handler): RuntimeError. */
static void busy_end(Thread *t, Value self) { io_end(t, value_object(self), &as(Buffered, self)->lock); }
static int busy_begin(Thread *t, Value self) {
    IoLock *l = &as(Buffered, self)->lock;
    if (unlikely(load_relaxed(&l->x_owner) == load_relaxed(&t->x_ident))) return err_int(err_set(t, E_RuntimeError, "reentrant call inside %R", self));
    if (io_begin(t, value_object(self), l) < 0) return -1;
    if (likely(!load_relaxed(&as(Buffered, self)->x_ok) || !value_is_null(raw_of(self)))) return 0;
    busy_end(t, self); /* detached while we waited */
    return check_init(t, self);
}
#define LOCKED(t, self, result, ...)              \
    do {                                         \
        if (busy_begin((t), (self)) < 0) break;  \
        result = __VA_ARGS__;                    \
        busy_end((t), (self));                   \
    } while (0)

static int check_readable(Thread *t, Value self, const char *what) {
    if (check_open(t, self, what) < 0) return -1;
    return load_relaxed(&as(Buffered, self)->x_readable) ? 0 : err_int(unsupported(t, "read"));
}
static Ref m_read(Thread *t, Value self, const Value *a) {
    int64_t n;
    Ref r = REF_NULL;
    if (io_size(t, a[0], &n) < 0) return r;
    if (n < -1) return err_set(t, E_ValueError, "read length must be non-negative or -1");
    if (check_readable(t, self, "read") < 0) return r;
    if (n < 0) LOCKED(t, self, r, read_all(t, self));
    else LOCKED(t, self, r, read_bytes(t, self, (size_t)n, false));
    return r;
}
static Ref m_read1(Thread *t, Value self, const Value *a) {
    int64_t n = -1;
    Ref r = REF_NULL;
    if (!value_is_null(a[0]) && size_arg(t, a[0], &n) < 0) return r;
    if (check_readable(t, self, "read") < 0) return r;
    if (n == 0) return bytes_new(t, NULL, 0);
    LOCKED(t, self, r, read_bytes(t, self, n < 0 ? as(Buffered, self)->size : (size_t)n, true));
    return r;
}
static Ref readinto(Thread *t, Value self, Value target, bool once) {
    Buffer view;
    int64_t n = -1;
    if (check_readable(t, self, "readinto") < 0 || kit_writable(t, once ? "readinto1" : "readinto", target, &view) < 0) return REF_NULL;
    LOCKED(t, self, n, read_into(t, self, view.data, (size_t)view.len, once));
    buffer_release(t, &view);
    return n == -2 ? REF_NONE : n < 0 ? REF_NULL : int_from_i64(t, n);
}
static Ref m_readinto(Thread *t, Value self, const Value *a) { return readinto(t, self, a[0], false); }
static Ref m_readinto1(Thread *t, Value self, const Value *a) { return readinto(t, self, a[0], true); }
static Ref peek_locked(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    if (b->pos == b->end && fill(t, self) == -1) return REF_NULL;
    return bytes_new(t, b->buf + b->pos, b->end - b->pos);
}
static Ref m_peek(Thread *t, Value self, const Value *a) {
    Ref r = REF_NULL;
    if (check_readable(t, self, "peek") == 0) LOCKED(t, self, r, peek_locked(t, self));
    return r;
}
static Ref m_readline(Thread *t, Value self, const Value *a) {
    int64_t limit;
    Ref r = REF_NULL;
    if (io_size(t, a[0], &limit) < 0 || check_readable(t, self, "readline") < 0) return r;
    LOCKED(t, self, r, read_line(t, self, limit));
    return r;
}
/* Whether lines may be taken from the buffer as they stand there. */
static bool lines_at_hand(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    Value raw = is_exact(self, &buffered_reader_type) ? raw_of(self) : VALUE_NULL;
    return !value_is_null(raw) && is_local(t, b) && load_relaxed(&b->x_ok) && is_file_io(raw) && !file_io_closed(raw);
}
int buffered_lines(Thread *t, Value self, Value list) {
    Buffered *b = as(Buffered, self);
    if (!is_exact(self, &buffered_reader_type) || !lines_at_hand(t, self)) return 0;
    uint8_t *start, *newline;
    while (b->end > b->pos && (newline = memchr(start = b->buf + b->pos, '\n', b->end - b->pos)) != NULL) { /* nothing runs Python meanwhile */
        Ref line = bytes_new(t, start, (size_t)(newline + 1 - start));
        if (unlikely(ref_is_null(line)) || list_append_steal(t, list, line) < 0) return -1;
        b->pos += (size_t)(newline + 1 - start);
    }
    return 0;
}
/* The next line where it stands whole in the buffer; else null, without an exception. */
static Ref line_at_hand(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    if (!lines_at_hand(t, self)) return REF_NULL;
    uint8_t *start = b->buf + b->pos, *newline = b->end > b->pos ? memchr(start, '\n', b->end - b->pos) : NULL;
    if (newline == NULL) return REF_NULL;
    Ref line = bytes_new(t, start, (size_t)(newline + 1 - start));
    if (likely(!ref_is_null(line))) b->pos += (size_t)(newline + 1 - start);
    else err_clear(t); /* the long way raises it again */
    return line;
}
static Ref buffered_next(Thread *t, Value self) {
    Ref line = line_at_hand(t, self);
    if (!ref_is_null(line)) return line;
    if (type_flag(type_of(self), TYPE_HEAP)) { /* a subclass may have its own readline */
        line = call_method0(t, self, N(readline));
        if (!ref_is_null(line) && !is_bytes(ref_borrow(line))) {
            err_set(t, E_OSError, "readline() should have returned a bytes object, not '%.200T'", ref_borrow(line));
            ref_drop(t, line);
            return REF_NULL;
        }
    } else if (check_readable(t, self, "readline") == 0) {
        LOCKED(t, self, line, read_line(t, self, -1));
    }
    if (ref_is_null(line) || bytes_length(ref_borrow(line))) return line;
    ref_drop(t, line);
    return REF_NULL;
}

/* ---- writing ------------------------------------------------------------------------------------------------------------------------------------ */

static int write_locked(Thread *t, Value self, const uint8_t *p, size_t n) {
    Buffered *b = as(Buffered, self);
    if (b->end > b->pos ? drop_unread(t, self) < 0 : (b->pos = b->end = 0, false)) return -1;
    if (n <= b->size - b->pending) {
        memcpy(b->buf + b->pending, p, n);
        b->pending += n;
        return 0;
    }
    if (flush_pending(t, self) < 0) {
        if (!err_is(t, E_BlockingIOError)) return -1;
        size_t room = b->size - b->pending, take = n < room ? n : room; /* keep what still fits, and say how much that was */
        memcpy(b->buf + b->pending, p, take);
        b->pending += take;
        err_clear(t);
        return take == n ? 0 : err_int(would_block(t, take));
    }
    size_t done = 0;
    while (n - done > b->size) {
        int64_t r = raw_put(t, self, p + done, n - done);
        if (r == -1) return -1;
        if (r == -2) {
            memcpy(b->buf, p + done, b->size);
            b->pending = b->size;
            return err_int(would_block(t, done + b->size));
        }
        done += (size_t)r;
        if (done < n && safepoint(t) < 0) return -1;
    }
    memcpy(b->buf, p + done, n - done);
    b->pending = n - done;
    return 0;
}
/* Somebody may have closed or detached the file while we waited for the lock. */
static int write_open(Thread *t, Value self, const Buffer *view) {
    int closed = check_init(t, self) < 0 ? -1 : raw_closed(t, self);
    if (closed != 0) return closed < 0 ? -1 : err_int(err_set(t, E_ValueError, "write to closed file"));
    return write_locked(t, self, view->data, (size_t)view->len);
}
static Ref m_write(Thread *t, Value self, const Value *a) {
    Buffer view;
    int r = -1;
    if (is_str(a[0])) return err_set(t, E_TypeError, "a bytes-like object is required, not '%T'", a[0]);
    if (buffer_get(t, a[0], &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    bool ready = check_init(t, self) == 0;
    if (ready && !load_relaxed(&as(Buffered, self)->x_writable)) unsupported(t, "write");
    else if (ready) LOCKED(t, self, r, write_open(t, self, &view));
    int64_t n = view.len;
    buffer_release(t, &view);
    return r < 0 ? REF_NULL : int_from_i64(t, n);
}
static int flush_locked(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    if (flush_pending(t, self) < 0) return -1;
    if (load_relaxed(&b->x_readable) && load_relaxed(&b->x_writable)) return drop_unread(t, self);
    return 0;
}
static Ref m_flush(Thread *t, Value self, const Value *a) {
    int r = -1;
    if (load_relaxed(&as(Buffered, self)->x_writable) ? check_open(t, self, "flush") < 0 : check_init(t, self) < 0) return REF_NULL;
    if (!load_relaxed(&as(Buffered, self)->x_writable)) return raw_call(t, self, N(flush), NULL, 0);
    LOCKED(t, self, r, flush_locked(t, self));
    return r < 0 ? REF_NULL : REF_NONE;
}

/* ---- position, state -------------------------------------------------------------------------------------------------------------------------------- */

static int64_t tell_locked(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    int64_t at = raw_tell(t, self);
    return at < 0 ? at : at - (int64_t)(b->end - b->pos) + (int64_t)b->pending;
}
static Ref m_tell(Thread *t, Value self, const Value *a) {
    int64_t at = -1;
    if (check_init(t, self) < 0) return REF_NULL;
    LOCKED(t, self, at, tell_locked(t, self));
    return at < 0 ? REF_NULL : int_from_i64(t, at);
}
static int64_t seek_locked(Thread *t, Value self, int64_t offset, int whence) {
    Buffered *b = as(Buffered, self);
    if (whence != 2 && b->end > b->pos) { /* perhaps inside what is buffered */
        int64_t here = raw_tell(t, self);
        if (here < 0) return -1;
        int64_t now = here - (int64_t)(b->end - b->pos), delta = whence == 0 ? offset - now : offset;
        if (delta >= -(int64_t)b->pos && delta <= (int64_t)(b->end - b->pos)) {
            b->pos = (size_t)((int64_t)b->pos + delta);
            return now + delta;
        }
    }
    if (flush_pending(t, self) < 0) return -1;
    if (whence == 1) offset -= (int64_t)(b->end - b->pos);
    b->pos = b->end = 0;
    return raw_seek(t, self, offset, whence);
}
static Ref m_seek(Thread *t, Value self, const Value *a) {
    int64_t offset, at = -1, whence = 0;
    if (check_init(t, self) < 0 || (!value_is_null(a[1]) && as_i64(t, a[1], &whence) < 0)) return REF_NULL;
    if ((whence < 0 || whence > 2) && whence != 3 && whence != 4) return err_set(t, E_ValueError, "whence value %lld unsupported", (long long)whence);
    if (check_open(t, self, "seek") < 0) return REF_NULL;
    Ref raw = raw_hold(t, self);
    int bad = ref_is_null(raw) ? -1 : io_check(t, ref_borrow(raw), "seekable", "File or stream is not seekable.");
    ref_drop(t, raw);
    if (bad < 0) return REF_NULL;
    if (as_i64(t, a[0], &offset) < 0) return REF_NULL;
    LOCKED(t, self, at, seek_locked(t, self, offset, (int)whence));
    return at < 0 ? REF_NULL : int_from_i64(t, at);
}
static Ref truncate_locked(Thread *t, Value self, Value size) {
    if (flush_locked(t, self) < 0) return REF_NULL;
    if (!value_is_none(size)) return raw_call(t, self, str_intern_cstr(t, "truncate"), &size, 1);
    int64_t at = tell_locked(t, self);
    size = small_int(at);
    return at < 0 ? REF_NULL : raw_call(t, self, str_intern_cstr(t, "truncate"), &size, 1);
}
static Ref m_truncate(Thread *t, Value self, const Value *a) {
    Ref r = REF_NULL;
    if (check_open(t, self, "truncate") < 0) return r;
    if (!load_relaxed(&as(Buffered, self)->x_writable)) return unsupported(t, "truncate");
    LOCKED(t, self, r, truncate_locked(t, self, value_is_null(a[0]) ? VALUE_NONE : a[0]));
    return r;
}
/* Whoever would write meanwhile waits, and then finds the file closed. */
static Ref close_locked(Thread *t, Value self) {
    Buffered *b = as(Buffered, self);
    Ref r = raw_call(t, self, N(close), NULL, 0);
    b->pos = b->end = b->pending = 0;
    return r;
}
static Ref m_dealloc_warn(Thread *t, Value self, const Value *a) {
    Ref raw = load_relaxed(&as(Buffered, self)->x_ok) ? slot_ref(t, &as(Buffered, self)->raw) : REF_NULL;
    if (!ref_is_null(raw)) io_dealloc_warn(t, ref_borrow(raw), a[0]);
    ref_drop(t, raw);
    return REF_NONE;
}
static Ref m_close(Thread *t, Value self, const Value *a) {
    if (check_init(t, self) < 0) return REF_NULL;
    int closed = raw_closed(t, self);
    if (closed) return closed < 0 ? REF_NULL : REF_NONE;
    if (io_finalizing(self)) ref_drop(t, m_dealloc_warn(t, self, &self));
    Ref r = io_call_flush(t, self), exc = ref_is_null(r) ? err_fetch(t) : REF_NULL;
    ref_drop(t, r);
    r = REF_NULL;
    LOCKED(t, self, r, close_locked(t, self));
    return io_closing(t, exc, r);
}
static Ref m_detach(Thread *t, Value self, const Value *a) {
    if (check_init(t, self) < 0) return REF_NULL;
    Ref r = io_call_flush(t, self);
    if (ref_is_null(r)) return r;
    ref_drop(t, r);
    r = slot_take(t, value_object(self), &as(Buffered, self)->raw); /* without waiting for who reads it, perhaps for ever: he holds it */
    return ref_is_null(r) ? raw_hold(t, self) : r;
}
#define FORWARD(name) \
    static Ref m_##name(Thread *t, Value self, const Value *a) { return check_init(t, self) < 0 ? REF_NULL : raw_call(t, self, str_intern_cstr(t, #name), NULL, 0); }
FORWARD(seekable)
FORWARD(readable)
FORWARD(writable)
FORWARD(fileno)
FORWARD(isatty)
static Ref forward_attr(Thread *t, Value self, void *name) {
    Ref raw = check_init(t, self) < 0 ? REF_NULL : raw_hold(t, self), r = ref_is_null(raw) ? raw : get_attr_cstr(t, ref_borrow(raw), name);
    ref_drop(t, raw);
    return r;
}
static Ref get_raw(Thread *t, Value self, void *c) {
    Value raw = raw_of(self);
    return value_is_null(raw) ? REF_NONE : ref_new(t, raw);
}
static Ref m_reduce(Thread *t, Value self, const Value *a) { return err_set(t, E_TypeError, "cannot pickle '%T' object", self); }

static Ref buffered_repr(Thread *t, Value self) {
    Ref name = value_is_null(raw_of(self)) ? REF_NULL : get_attr_opt(t, self, N(name));
    if (ref_is_null(name)) {
        if (err_pending(t) && !err_clear_if(t, E_ValueError)) return REF_NULL;
        return str_format(t, "<%s>", type_of(self)->name);
    }
    Ref r = str_format(t, "<%s name=%R>", type_of(self)->name, ref_borrow(name));
    ref_drop(t, name);
    return r;
}

/* ---- making ---------------------------------------------------------------------------------------------------------------------------------------------- */

static int begin_locked(Thread *t, Buffered *b, const Buffered *fresh, Value raw) {
    mem_free(b->buf);
    b->buf = fresh->buf;
    b->size = fresh->size;
    b->pos = b->end = b->pending = 0;
    store_relaxed(&b->x_readable, fresh->x_readable);
    store_relaxed(&b->x_writable, fresh->x_writable);
    store_release(&b->x_ok, true);
    slot_set(t, b, &b->raw, ref_new(t, raw));
    return 0;
}
static int buffered_setup(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames, const char *name, bool readable, bool writable) {
    static _Atomic(Signature *) signature;
    Value a[2];
    if (bind_args(t, name, "(raw, buffer_size=8192)", &signature, args, nargs, kwnames, a, 2) < 0) return -1;
    int64_t size = IO_BUFFER_SIZE;
    store_relaxed(&as(Buffered, self)->x_ok, false);
    if (!value_is_null(a[1]) && size_arg(t, a[1], &size) < 0) return -1;
    if (readable && writable && io_check(t, a[0], "seekable", "File or stream is not seekable.") < 0) return -1;
    if (readable && io_check(t, a[0], "readable", "File or stream is not readable.") < 0) return -1;
    if (writable && io_check(t, a[0], "writable", "File or stream is not writable.") < 0) return -1;
    if (size <= 0) return err_int(err_set(t, E_ValueError, "buffer size must be strictly positive"));
    uint8_t *buf = mem_alloc((size_t)size);
    if (buf == NULL) return err_int(err_no_memory(t));
    Buffered fresh = {.buf = buf, .size = (size_t)size, .x_readable = readable, .x_writable = writable};
    int status = -1;
    LOCKED(t, self, status, begin_locked(t, as(Buffered, self), &fresh, a[0]));
    if (status < 0) mem_free(buf);
    return status;
}
static int reader_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return buffered_setup(t, self, args, nargs, kw, "BufferedReader", true, false); }
static int writer_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return buffered_setup(t, self, args, nargs, kw, "BufferedWriter", false, true); }
static int random_init(Thread *t, Value self, const Value *args, size_t nargs, Value kw) { return buffered_setup(t, self, args, nargs, kw, "BufferedRandom", true, true); }
static Ref buffered_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static void buffered_traverse(Object *o, VisitFn visit, void *arg) {
    io_base_traverse(o, visit, arg);
    slot_visit(&((Buffered *)o)->raw, visit, arg);
}
static void buffered_clear(Thread *t, Object *o) {
    ref_drop(t, slot_take(t, o, &((Buffered *)o)->raw));
    io_base_clear(t, o);
}
static void buffered_destroy(Thread *t, Object *o) {
    mem_free(((Buffered *)o)->buf);
    ((Buffered *)o)->buf = NULL;
    buffered_clear(t, o);
}

#define COMMON_METHODS                                                                                          \
    FN("detach", "($self, /)", m_detach, "Flushes, and separates the raw file."),                              \
    FN("close", "($self, /)", m_close, "Flushes and closes."), FN("seekable", "($self, /)", m_seekable, "Whether the position can be changed."), \
    FN("fileno", "($self, /)", m_fileno, "The descriptor."), FN("isatty", "($self, /)", m_isatty, "Whether it is a terminal."), \
    FN("seek", "($self, target, whence=0, /)", m_seek, "Changes the position."), FN("tell", "($self, /)", m_tell, "The position."), \
    FN("truncate", "($self, pos=None, /)", m_truncate, "Cuts the file."), FN("flush", "!($self, /)", m_flush, "Writes what is buffered."), \
    FN("_dealloc_warn", "!($self, source, /)", m_dealloc_warn, NULL), FN("__getstate__", "!($self, /)", m_reduce, NULL)
#define READ_METHODS                                                                                            \
    FN("readable", "($self, /)", m_readable, "Whether it can be read."), FN("read", "($self, size=-1, /)", m_read, "Reads bytes."), \
    FN("peek", "($self, size=0, /)", m_peek, "What is buffered, without moving."), FN("read1", "($self, size=-1, /)", m_read1, "Reads with at most one raw read."), \
    FN("readinto", "($self, buffer, /)", m_readinto, "Reads into a buffer."), FN("readinto1", "($self, buffer, /)", m_readinto1, "Reads into a buffer with at most one raw read."), \
    FN("readline", "($self, size=-1, /)", m_readline, "One line.")
#define WRITE_METHODS FN("writable", "($self, /)", m_writable, "Whether it can be written."), FN("write", "($self, buffer, /)", m_write, "Writes bytes.")
static NativeDef reader_methods[] = {COMMON_METHODS, READ_METHODS, FN_END};
static NativeDef writer_methods[] = {COMMON_METHODS, WRITE_METHODS, FN_END};
static NativeDef random_methods[] = {COMMON_METHODS, READ_METHODS, WRITE_METHODS, FN_END};
static const GetSetDef buffered_getset[] = {
    {"raw", get_raw}, {"closed", forward_attr, NULL, NULL, "closed"}, {"name", forward_attr, NULL, NULL, "name"}, {"mode", forward_attr, NULL, NULL, "mode"}, {NULL}};
#define BUFFERED_TYPE(var, name_, doc_, methods_, init_, ...)                                                                       \
    Type var = {TYPE_HEADER(Buffered, IO_TYPE_FLAGS, buffered_traverse, buffered_clear, buffered_destroy), .head.finalize = io_base_finalize, \
                .name = name_, .doc = doc_, IO_BASE_OFFSETS, .base = &io_buffered_base_type, .methods = methods_, .getset = buffered_getset, \
                .new_ = buffered_new, .init = init_, .repr = buffered_repr, __VA_ARGS__}
BUFFERED_TYPE(buffered_reader_type, "_io.BufferedReader",
              "BufferedReader(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer in front of a readable raw file.", reader_methods, reader_init, .next = buffered_next);
BUFFERED_TYPE(buffered_writer_type, "_io.BufferedWriter",
              "BufferedWriter(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer in front of a writable raw file.", writer_methods, writer_init, .next = NULL);
BUFFERED_TYPE(buffered_random_type, "_io.BufferedRandom",
              "BufferedRandom(raw, buffer_size=DEFAULT_BUFFER_SIZE)\n--\n\nA buffer in front of a raw file that can do everything.", random_methods, random_init, .next = buffered_next);

/* ---- BufferedRWPair ------------------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Pair { IoBase io; Slot reader, writer; } Pair;
static int pair_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "BufferedRWPair", kwnames) < 0 || check_nargs(t, "BufferedRWPair", nargs, 2, 3) < 0) return -1;
    if (io_check(t, args[0], "readable", "File or stream is not readable.") < 0 || io_check(t, args[1], "writable", "File or stream is not writable.") < 0) return -1;
    Value size = nargs == 3 ? args[2] : small_int(IO_BUFFER_SIZE);
    Ref reader = call2(t, type_value(&buffered_reader_type), args[0], size);
    Ref writer = ref_is_null(reader) ? REF_NULL : call2(t, type_value(&buffered_writer_type), args[1], size);
    if (ref_is_null(writer)) {
        ref_drop(t, reader);
        return -1;
    }
    slot_set(t, value_object(self), &as(Pair, self)->reader, reader);
    slot_set(t, value_object(self), &as(Pair, self)->writer, writer);
    return 0;
}
static Ref pair_forward(Thread *t, Value self, const Slot *slot, const char *method, const Value *args, size_t nargs) {
    Ref target = slot_ref(t, slot); /* held: the pair may be initialized again meanwhile */
    if (ref_is_null(target)) return err_set(t, E_ValueError, "I/O operation on uninitialized object");
    size_t n = 0;
    while (n < nargs && !value_is_null(args[n])) n++;
    Ref r = call_method(t, ref_borrow(target), str_intern_cstr(t, method), args, n);
    ref_drop(t, target);
    return r;
}
#define PAIR(part, name, nargs) static Ref pair_##name(Thread *t, Value self, const Value *a) { return pair_forward(t, self, &as(Pair, self)->part, #name, a, nargs); }
PAIR(reader, read, 1) PAIR(reader, peek, 1) PAIR(reader, read1, 1) PAIR(reader, readinto, 1) PAIR(reader, readinto1, 1) PAIR(reader, readable, 0)
PAIR(writer, write, 1) PAIR(writer, flush, 0) PAIR(writer, writable, 0)
static Ref pair_close(Thread *t, Value self, const Value *a) {
    Ref r = pair_forward(t, self, &as(Pair, self)->writer, "close", NULL, 0), exc = ref_is_null(r) ? err_fetch(t) : REF_NULL;
    ref_drop(t, r);
    return io_closing(t, exc, pair_forward(t, self, &as(Pair, self)->reader, "close", NULL, 0));
}
static Ref pair_isatty(Thread *t, Value self, const Value *a) {
    Ref r = pair_forward(t, self, &as(Pair, self)->writer, "isatty", NULL, 0);
    if (ref_is_null(r) || value_is_true(ref_borrow(r))) return r;
    ref_drop(t, r);
    return pair_forward(t, self, &as(Pair, self)->reader, "isatty", NULL, 0);
}
static Ref pair_closed(Thread *t, Value self, void *c) {
    Ref writer = slot_ref(t, &as(Pair, self)->writer);
    if (ref_is_null(writer)) return err_set(t, E_RuntimeError, "the BufferedRWPair object is being garbage-collected");
    Ref r = get_attr_cstr(t, ref_borrow(writer), "closed");
    ref_drop(t, writer);
    return r;
}
static void pair_traverse(Object *o, VisitFn visit, void *arg) {
    io_base_traverse(o, visit, arg);
    slot_visit(&((Pair *)o)->reader, visit, arg);
    slot_visit(&((Pair *)o)->writer, visit, arg);
}
static void pair_clear(Thread *t, Object *o) {
    ref_drop(t, slot_take(t, o, &((Pair *)o)->reader));
    ref_drop(t, slot_take(t, o, &((Pair *)o)->writer));
    io_base_clear(t, o);
}
static NativeDef pair_methods[] = {
    FN("read", "!($self, size=-1, /)", pair_read, "Reads bytes."), FN("peek", "!($self, size=0, /)", pair_peek, NULL), FN("read1", "!($self, size=-1, /)", pair_read1, NULL),
    FN("readinto", "!($self, buffer, /)", pair_readinto, NULL), FN("readinto1", "!($self, buffer, /)", pair_readinto1, NULL), FN("write", "!($self, b, /)", pair_write, NULL),
    FN("flush", "!($self, /)", pair_flush, NULL), FN("readable", "!($self, /)", pair_readable, NULL), FN("writable", "!($self, /)", pair_writable, NULL),
    FN("close", "!($self, /)", pair_close, NULL), FN("isatty", "!($self, /)", pair_isatty, NULL), FN_END,
};
static const GetSetDef pair_getset[] = {{"closed", pair_closed}, {NULL}};
Type buffered_pair_type = {
    TYPE_HEADER(Pair, IO_TYPE_FLAGS, pair_traverse, pair_clear, pair_clear), .head.finalize = io_base_finalize, .name = "_io.BufferedRWPair",
    .doc = "BufferedRWPair(reader, writer, buffer_size=DEFAULT_BUFFER_SIZE, /)\n--\n\nA readable and a writable raw file as one.",
    IO_BASE_OFFSETS, .base = &io_buffered_base_type, .methods = pair_methods, .getset = pair_getset,
    .new_ = buffered_new, .init = pair_init,
};

int io_init_buffered(Thread *t, Value module) {
    Type *types[] = {&buffered_reader_type, &buffered_writer_type, &buffered_random_type, &buffered_pair_type};
    for (int i = 0; i < 4; i++)
        if (module_add_type(t, module, types[i]) < 0) return -1;
    return 0;
}
