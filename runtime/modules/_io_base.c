/* _io: _IOBase, _RawIOBase, _BufferedIOBase, _TextIOBase, and what all files share. */
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
#include "runtime/times.h"
#include <errno.h>

Type *unsupported_operation_type;

/* ---- locks ------------------------------------------------------------------------------------------------------------------------- */

/* With a GIL everything counts as local, but who writes or reads gives the GIL up meanwhile. */
static bool alone(Thread *t, void *object) { return is_local(t, object) && !gil_enabled(); }
int io_lock(Thread *t, void *object, IoLock *l) {
    if (alone(t, object)) return 0;
    return kit_lock(t, l) < 0 ? -1 : 1;
}
void io_unlock(Thread *t, IoLock *l, int taken) {
    if (taken > 0) kit_unlock(l);
}
int io_begin(Thread *t, void *object, IoLock *l) {
    uint64_t me = load_relaxed(&t->x_ident);
    if (!alone(t, object)) return kit_lock(t, l);
    if (load_relaxed(&l->x_owner) == me) {
        l->depth++;
        return 0;
    }
    store_relaxed(&l->x_state, 1u);
    store_relaxed(&l->x_owner, me);
    l->depth = 1;
    return 0;
}
void io_end(Thread *t, void *object, IoLock *l) {
    if (!alone(t, object)) kit_unlock(l);
    else if (--l->depth == 0) {
        store_relaxed(&l->x_owner, (uint64_t)0);
        store_relaxed(&l->x_state, 0u);
    }
}

/* ---- helpers ------------------------------------------------------------------------------------------------------------------------ */

Ref unsupported(Thread *t, const char *what) { return err_type(t, unsupported_operation_type, "%s", what); }

int io_closed(Thread *t, Value file) {
    for (Value raw; !value_is_null(raw = buffered_raw(file));) file = raw;
    if (is_file_io(file)) return file_io_closed(file);
    Ref hold = ref_new(t, file), closed = get_attr(t, file, N(closed));
    ref_drop(t, hold);
    if (ref_is_null(closed)) return -1;
    int r = is_true(t, ref_borrow(closed));
    ref_drop(t, closed);
    return r;
}
int io_check_closed(Thread *t, Value file) {
    int closed = io_closed(t, file);
    return closed > 0 ? err_int(err_set(t, E_ValueError, "I/O operation on closed file.")) : closed;
}
int io_check(Thread *t, Value file, const char *method, const char *message) {
    Ref r = call_method0(t, file, str_intern_cstr(t, method));
    if (ref_is_null(r)) return -1;
    bool yes = value_is_true(ref_borrow(r));
    ref_drop(t, r);
    return yes ? 0 : err_int(unsupported(t, message));
}
int io_size(Thread *t, Value v, int64_t *out) {
    *out = -1;
    if (value_is_null(v) || value_is_none(v)) return 0;
    if (type_of(v)->index == NULL)
        return err_int(err_set(t, E_TypeError, "argument should be integer or None, not '%T'", v));
    return index_as_i64(t, v, out);
}
Ref io_call_flush(Thread *t, Value file) { return call_method0(t, file, N(flush)); }

void io_dealloc_warn(Thread *t, Value below, Value source) {
    Ref exc = err_fetch(t), r = call_method1(t, below, str_intern_cstr(t, "_dealloc_warn"), source);
    if (ref_is_null(r)) err_clear(t);
    ref_drop(t, r);
    if (!ref_is_null(exc)) err_steal(t, exc);
}
Ref io_closing(Thread *t, Ref exc, Ref r) {
    if (ref_is_null(exc)) return r;
    if (ref_is_null(r)) exception_set_context(t, ref_borrow(t->exc), exc);
    else {
        ref_drop(t, r);
        err_steal(t, exc);
    }
    return REF_NULL;
}

bool io_retry(Thread *t) {
    if (!err_is(t, E_InterruptedError)) return false;
    err_clear(t);
    return after_interrupt(t) == 0;
}

/* The result of a raw read or write: None means that it would block. */
static int64_t raw_count(Thread *t, Ref r, size_t n, const char *method) {
    if (ref_is_null(r)) return -1;
    if (ref_is_none(r)) return -2;
    int64_t count;
    int bad = index_as_i64(t, ref_borrow(r), &count);
    ref_drop(t, r);
    if (bad < 0 && method[0] == 'r') { /* the caller of readline(), say, knows nothing of raw files */
        Ref cause = err_fetch(t);
        err_set(t, E_OSError, "raw readinto() failed");
        exception_set_context(t, ref_borrow(t->exc), ref_new(t, ref_borrow(cause)));
        exception_set_cause(t, ref_borrow(t->exc), cause);
    }
    if (bad < 0) return -1;
    if (count < 0 || count > (int64_t)n)
        return err_int(err_set(t, E_OSError, "raw %s() returned invalid length %lld (should have been between 0 and %lld)", method, (long long)count, (long long)n));
    return count;
}
/* raw.method(view of the memory). The view ends with the call, whoever has kept it: the memory is a buffer's, or that of what is being made. */
static Ref call_with_memory(Thread *t, Value raw, Value method, void *data, size_t n, bool readonly) {
    Ref view = memoryview_from_memory(t, data, n, readonly, VALUE_NULL);
    if (ref_is_null(view)) return view;
    Ref r = call_method1(t, raw, method, ref_borrow(view)), exc = ref_is_null(r) ? err_fetch(t) : REF_NULL;
    Ref released = call_method0(t, ref_borrow(view), str_intern_cstr(t, "release"));
    if (ref_is_null(released)) err_clear(t); /* something looks into it still, which is not for us to end */
    ref_drop(t, view);
    if (!ref_is_null(exc)) err_steal(t, exc);
    return r;
}
int64_t raw_write(Thread *t, Value raw, const void *data, size_t n) {
    if (is_file_io(raw)) return file_io_write(t, raw, data, n);
    for (;;) {
        Ref r = call_with_memory(t, raw, N(write), (void *)data, n, true);
        if (ref_is_null(r) && io_retry(t)) continue;
        return raw_count(t, r, n, "write");
    }
}
int64_t raw_readinto(Thread *t, Value raw, void *data, size_t n) {
    if (is_file_io(raw)) return file_io_read(t, raw, data, n);
    for (;;) {
        Ref r = call_with_memory(t, raw, str_intern_cstr(t, "readinto"), data, n, false);
        if (ref_is_null(r) && io_retry(t)) continue;
        return raw_count(t, r, n, "readinto");
    }
}

/* ---- _IOBase ---------------------------------------------------------------------------------------------------------------------------- */

void io_base_traverse(Object *o, VisitFn visit, void *arg) { instance_traverse_attrs(o, visit, arg); }
void io_base_clear(Thread *t, Object *o) { instance_clear_attrs(t, o); }

void io_base_finalize(Thread *t, Object *o) {
    Value self = object_value(o);
    Ref exc = err_fetch(t);
    int closed = io_closed(t, self);
    if (closed < 0) err_clear(t);
    if (closed == 0) {
        store_relaxed(&((IoBase *)o)->x_finalizing, true);
        Ref r = call_method0(t, self, N(close));
        if (ref_is_null(r)) err_clear(t); /* as CPython outside of its development mode */
        ref_drop(t, r);
    }
    if (!ref_is_null(exc)) err_steal(t, exc);
}

static Ref m_seek_unsupported(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return unsupported(t, "seek"); }
static Ref m_truncate_unsupported(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return unsupported(t, "truncate"); }
static Ref m_fileno_unsupported(Thread *t, Value self, const Value *a) { return unsupported(t, "fileno"); }
static Ref m_tell(Thread *t, Value self, const Value *a) {
    Value args[] = {small_int(0), small_int(1)};
    return call_method(t, self, N(seek), args, 2);
}
static Ref m_flush(Thread *t, Value self, const Value *a) {
    if (load_relaxed(&as(IoBase, self)->x_closed)) return err_set(t, E_ValueError, "I/O operation on closed file.");
    return REF_NONE;
}
Ref io_base_close(Thread *t, Value self) {
    if (load_relaxed(&as(IoBase, self)->x_closed)) return REF_NONE;
    Ref r = io_call_flush(t, self);
    store_relaxed(&as(IoBase, self)->x_closed, true);
    return r;
}
static Ref m_close(Thread *t, Value self, const Value *a) { return io_base_close(t, self); }
static Ref m_false(Thread *t, Value self, const Value *a) { return REF_FALSE; }
static Ref m_isatty(Thread *t, Value self, const Value *a) { return io_check_closed(t, self) < 0 ? REF_NULL : REF_FALSE; }
static Ref m_enter(Thread *t, Value self, const Value *a) { return io_check_closed(t, self) < 0 ? REF_NULL : ref_new(t, self); }
static Ref m_exit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return call_method0(t, self, N(close)); }
static Ref check_method(Thread *t, Value self, const char *method, const char *message) {
    return io_check(t, self, method, message) < 0 ? REF_NULL : REF_TRUE;
}
static Ref m_check_seekable(Thread *t, Value self, const Value *a) { return check_method(t, self, "seekable", "File or stream is not seekable."); }
static Ref m_check_readable(Thread *t, Value self, const Value *a) { return check_method(t, self, "readable", "File or stream is not readable."); }
static Ref m_check_writable(Thread *t, Value self, const Value *a) { return check_method(t, self, "writable", "File or stream is not writable."); }
static Ref m_check_closed(Thread *t, Value self, const Value *a) { return io_check_closed(t, self) < 0 ? REF_NULL : REF_NONE; }

/* readline by peek (where there is one) and read */
static Ref m_readline(Thread *t, Value self, const Value *a) {
    int64_t limit;
    if (io_size(t, a[0], &limit) < 0) return REF_NULL;
    Ref peek = get_attr_opt(t, self, str_intern_cstr(t, "peek"));
    if (ref_is_null(peek) && err_pending(t)) return REF_NULL;
    Ref line = bytearray_new(t, NULL, 0);
    while (!ref_is_null(line)) {
        int64_t want = 1, have = object_len(t, ref_borrow(line));
        if (limit >= 0 && have >= limit) break;
        if (!ref_is_null(peek)) {
            Ref ahead = call1(t, ref_borrow(peek), small_int(1));
            if (ref_is_null(ahead)) {
                if (io_retry(t)) continue;
                goto fail;
            }
            if (!is_bytes(ref_borrow(ahead))) {
                err_set(t, E_OSError, "peek() should have returned a bytes object, not '%.200T'", ref_borrow(ahead));
                ref_drop(t, ahead);
                goto fail;
            }
            size_t n = bytes_length(ref_borrow(ahead));
            uint8_t *p = bytes_data(ref_borrow(ahead)), *end = n ? memchr(p, '\n', n) : NULL;
            want = end ? end - p + 1 : n ? (int64_t)n : 1;
            if (limit >= 0 && want > limit - have) want = limit - have;
            ref_drop(t, ahead);
        }
        Ref piece = call_method1(t, self, N(read), small_int(want));
        if (ref_is_null(piece)) {
            if (io_retry(t)) continue;
            goto fail;
        }
        if (!is_bytes(ref_borrow(piece))) {
            err_set(t, E_OSError, "read() should have returned a bytes object, not '%.200T'", ref_borrow(piece));
            ref_drop(t, piece);
            goto fail;
        }
        size_t n = bytes_length(ref_borrow(piece));
        bool done = n == 0 || bytes_data(ref_borrow(piece))[n - 1] == '\n';
        Ref grown = n ? inplace_op(t, OP_ADD, ref_borrow(line), ref_borrow(piece)) : REF_NONE;
        ref_drop(t, piece);
        if (ref_is_null(grown)) goto fail;
        ref_drop(t, grown);
        if (done) break;
    }
    ref_drop(t, peek);
    if (ref_is_null(line)) return REF_NULL;
    Ref r = bytes_from_object(t, ref_borrow(line));
    ref_drop(t, line);
    return r;
fail:
    ref_drop(t, peek);
    ref_drop(t, line);
    return REF_NULL;
}

static Ref io_iter(Thread *t, Value self) { return io_check_closed(t, self) < 0 ? REF_NULL : ref_new(t, self); }
static Ref io_next(Thread *t, Value self) {
    Ref line = call_method0(t, self, N(readline));
    if (ref_is_null(line)) return line;
    int64_t n = object_len(t, ref_borrow(line));
    if (n > 0) return line;
    ref_drop(t, line);
    return REF_NULL; /* an error, or the end */
}

static Ref m_readlines(Thread *t, Value self, const Value *a) {
    int64_t hint, total = 0;
    if (io_size(t, a[0], &hint) < 0) return REF_NULL;
    if (hint <= 0 && !is_exact(self, &buffered_reader_type)) return sequence_list(t, self);
    Ref lines = list_new(t, 0), it = get_iter(t, self), line;
    int more = -1;
    if (hint <= 0 && !ref_is_null(lines) && !ref_is_null(it)) {
        while ((more = iter_next(t, ref_borrow(it), &line)) > 0)
            if (list_append_steal(t, ref_borrow(lines), line) < 0 || buffered_lines(t, self, ref_borrow(lines)) < 0) {
                more = -1;
                break;
            }
    } else if (!ref_is_null(lines) && !ref_is_null(it)) {
        while ((more = iter_next(t, ref_borrow(it), &line)) > 0) {
            int64_t n = object_len(t, ref_borrow(line));
            if (n < 0 || list_append_steal(t, ref_borrow(lines), line) < 0) {
                if (n < 0) ref_drop(t, line);
                more = -1;
                break;
            }
            if ((total += n) >= hint) break;
        }
    }
    ref_drop(t, it);
    if (more >= 0) return lines;
    ref_drop(t, lines);
    return REF_NULL;
}

static Ref m_writelines(Thread *t, Value self, const Value *a) {
    if (io_check_closed(t, self) < 0) return REF_NULL;
    Ref it = get_iter_now(t, a[0]), line;
    if (ref_is_null(it)) return REF_NULL;
    int more;
    while ((more = iter_next(t, ref_borrow(it), &line)) > 0) {
        Ref r;
        do r = call_method1(t, self, N(write), ref_borrow(line));
        while (ref_is_null(r) && io_retry(t));
        ref_drop(t, line);
        ref_drop(t, r);
        if (ref_is_null(r)) {
            more = -1;
            break;
        }
    }
    ref_drop(t, it);
    return more < 0 ? REF_NULL : REF_NONE;
}

static Ref get_closed(Thread *t, Value self, void *closure) { return ref_bool(load_relaxed(&as(IoBase, self)->x_closed)); }
static Ref base_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static int base_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return 0; }

static NativeDef base_methods[] = {
    FN_RAW("seek", "!($self, *args)", m_seek_unsupported, "Changes the position."),
    FN("tell", "($self, /)", m_tell, "The position."),
    FN_RAW("truncate", "!($self, *args)", m_truncate_unsupported, "Cuts the file."),
    FN("flush", "($self, /)", m_flush, "Writes what is buffered."),
    FN("close", "($self, /)", m_close, "Flushes and closes."),
    FN("seekable", "($self, /)", m_false, "Whether the position can be changed."),
    FN("readable", "($self, /)", m_false, "Whether it can be read."),
    FN("writable", "($self, /)", m_false, "Whether it can be written."),
    FN("_checkClosed", "!($self, /)", m_check_closed, NULL),
    FN("_checkSeekable", "!($self, /)", m_check_seekable, NULL),
    FN("_checkReadable", "!($self, /)", m_check_readable, NULL),
    FN("_checkWritable", "!($self, /)", m_check_writable, NULL),
    FN("fileno", "($self, /)", m_fileno_unsupported, "The file descriptor."),
    FN("isatty", "($self, /)", m_isatty, "Whether it is a terminal."),
    FN("__enter__", "!($self, /)", m_enter, NULL),
    FN_RAW("__exit__", "!($self, *args)", m_exit, NULL),
    FN("readline", "($self, size=-1, /)", m_readline, "One line."),
    FN("readlines", "($self, hint=-1, /)", m_readlines, "A list of lines."),
    FN("writelines", "($self, lines, /)", m_writelines, "Writes the lines, adding nothing."),
    FN_END,
};
static const GetSetDef base_getset[] = {{"closed", get_closed, NULL, NULL, NULL}, {NULL}};
Type io_base_type = {
    TYPE_HEADER(IoBase, IO_TYPE_FLAGS, io_base_traverse, io_base_clear, io_base_clear), .head.finalize = io_base_finalize,
    .name = "_io._IOBase", .doc = "What all files have in common.", IO_BASE_OFFSETS,
    .methods = base_methods, .getset = base_getset, .iter = io_iter, .next = io_next, .new_ = base_new, .init = base_init,
};

/* ---- _RawIOBase ------------------------------------------------------------------------------------------------------------------------------ */

static Ref raw_readall(Thread *t, Value self, const Value *a) {
    Ref all = bytearray_new(t, NULL, 0);
    while (!ref_is_null(all)) {
        Ref piece = call_method1(t, self, N(read), small_int(IO_BUFFER_SIZE));
        if (ref_is_null(piece)) {
            if (io_retry(t)) continue;
            goto fail;
        }
        if (ref_is_none(piece)) {
            if (object_len(t, ref_borrow(all)) == 0) {
                ref_drop(t, all);
                return piece;
            }
            break;
        }
        if (!is_bytes(ref_borrow(piece))) {
            ref_drop(t, piece);
            err_set(t, E_TypeError, "read() should return bytes");
            goto fail;
        }
        bool end = bytes_length(ref_borrow(piece)) == 0;
        Ref grown = end ? REF_NONE : inplace_op(t, OP_ADD, ref_borrow(all), ref_borrow(piece));
        ref_drop(t, piece);
        if (ref_is_null(grown)) goto fail;
        ref_drop(t, grown);
        if (end) break;
    }
    if (ref_is_null(all)) return all;
    Ref r = bytes_from_object(t, ref_borrow(all));
    ref_drop(t, all);
    return r;
fail:
    ref_drop(t, all);
    return REF_NULL;
}
static Ref raw_read(Thread *t, Value self, const Value *a) {
    int64_t n = -1;
    if (!value_is_null(a[0]) && index_as_i64(t, a[0], &n) < 0) return REF_NULL;
    if (n < 0) return call_method0(t, self, str_intern_cstr(t, "readall"));
    Ref buffer = bytearray_new(t, NULL, 0), r = REF_NULL;
    Ref sized = ref_is_null(buffer) ? buffer : call1(t, type_value(&bytearray_type), small_int(n));
    ref_drop(t, buffer);
    if (ref_is_null(sized)) return REF_NULL;
    Ref count = call_method1(t, self, str_intern_cstr(t, "readinto"), ref_borrow(sized));
    if (!ref_is_null(count)) {
        int64_t got;
        if (ref_is_none(count)) r = REF_NONE;
        else if (index_as_i64(t, ref_borrow(count), &got) == 0) {
            Ref slice = slice_new(t, VALUE_NULL, ref_borrow(count), VALUE_NULL);
            Ref part = ref_is_null(slice) ? slice : get_item(t, ref_borrow(sized), ref_borrow(slice));
            if (!ref_is_null(part)) r = bytes_from_object(t, ref_borrow(part));
            ref_drop(t, part);
            ref_drop(t, slice);
        }
    }
    ref_drop(t, count);
    ref_drop(t, sized);
    return r;
}
static Ref raw_not_implemented(Thread *t, Value self, const Value *a) { return err_object(t, type_value(ETYPE(NotImplementedError))); }
static NativeDef raw_methods[] = {
    FN("read", "($self, size=-1, /)", raw_read, "Reads at most size bytes in one call."),
    FN("readall", "($self, /)", raw_readall, "Reads up to the end."),
    FN("readinto", "!($self, buffer, /)", raw_not_implemented, NULL),
    FN("write", "!($self, b, /)", raw_not_implemented, NULL),
    FN_END,
};
Type io_raw_type = {
    TYPE_HEADER(IoBase, IO_TYPE_FLAGS, io_base_traverse, io_base_clear, io_base_clear), .head.finalize = io_base_finalize,
    .name = "_io._RawIOBase", .doc = "What unbuffered binary files have in common.", IO_BASE_OFFSETS, .base = &io_base_type, .methods = raw_methods,
};

/* ---- _BufferedIOBase, _TextIOBase ----------------------------------------------------------------------------------------------------------------- */

#define UNSUPPORTED(name) static Ref no_##name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return unsupported(t, #name); }
UNSUPPORTED(detach)
UNSUPPORTED(read)
UNSUPPORTED(read1)
UNSUPPORTED(write)
UNSUPPORTED(readline)

static Ref readinto_by(Thread *t, Value self, Value target, const char *method) {
    Buffer view;
    if (kit_writable(t, strcmp(method, "read") == 0 ? "readinto" : "readinto1", target, &view) < 0) return REF_NULL;
    Ref data = call_method1(t, self, str_intern_cstr(t, method), small_int(view.len)), r = REF_NULL;
    if (!ref_is_null(data)) {
        if (!is_bytes(ref_borrow(data))) err_set(t, E_TypeError, "read() should return bytes");
        else if ((int64_t)bytes_length(ref_borrow(data)) > view.len)
            err_set(t, E_ValueError, "read() returned too much data: %lld bytes requested, %lld returned", (long long)view.len, (long long)bytes_length(ref_borrow(data)));
        else {
            memcpy(view.data, bytes_data(ref_borrow(data)), bytes_length(ref_borrow(data)));
            r = int_from_i64(t, (int64_t)bytes_length(ref_borrow(data)));
        }
    }
    ref_drop(t, data);
    buffer_release(t, &view);
    return r;
}
static Ref m_readinto(Thread *t, Value self, const Value *a) { return readinto_by(t, self, a[0], "read"); }
static Ref m_readinto1(Thread *t, Value self, const Value *a) { return readinto_by(t, self, a[0], "read1"); }
static NativeDef buffered_base_methods[] = {
    FN_RAW("detach", "!($self, *args)", no_detach, "Separates the raw file."),
    FN_RAW("read", "!($self, *args)", no_read, "Reads bytes."),
    FN_RAW("read1", "!($self, *args)", no_read1, "Reads bytes with at most one call of the raw file."),
    FN_RAW("write", "!($self, *args)", no_write, "Writes bytes."),
    FN("readinto", "($self, buffer, /)", m_readinto, "Reads into a buffer."),
    FN("readinto1", "($self, buffer, /)", m_readinto1, "Reads into a buffer with at most one call of the raw file."),
    FN_END,
};
Type io_buffered_base_type = {
    TYPE_HEADER(IoBase, IO_TYPE_FLAGS, io_base_traverse, io_base_clear, io_base_clear), .head.finalize = io_base_finalize,
    .name = "_io._BufferedIOBase", .doc = "What buffered binary files have in common.", IO_BASE_OFFSETS, .base = &io_base_type, .methods = buffered_base_methods,
};
static NativeDef text_base_methods[] = {
    FN_RAW("detach", "!($self, *args)", no_detach, "Separates the binary file."),
    FN_RAW("read", "!($self, *args)", no_read, "Reads text."),
    FN_RAW("readline", "!($self, *args)", no_readline, "Reads a line."),
    FN_RAW("write", "!($self, *args)", no_write, "Writes text."),
    FN_END,
};
static Ref get_none(Thread *t, Value self, void *closure) { return REF_NONE; }
static const GetSetDef text_base_getset[] = {{"encoding", get_none}, {"newlines", get_none}, {"errors", get_none}, {NULL}};
Type io_text_base_type = {
    TYPE_HEADER(IoBase, IO_TYPE_FLAGS, io_base_traverse, io_base_clear, io_base_clear), .head.finalize = io_base_finalize,
    .name = "_io._TextIOBase", .doc = "What text files have in common.", IO_BASE_OFFSETS, .base = &io_base_type, .methods = text_base_methods, .getset = text_base_getset,
};

int io_init_base(Thread *t, Value module) {
    Value bases[2] = {type_value(ETYPE(OSError)), type_value(ETYPE(ValueError))};
    Ref tuple = tuple_from_array(t, bases, 2), ns = dict_new(t), name = str_from_cstr(t, "UnsupportedOperation"), where = str_from_cstr(t, "io");
    if (ref_is_null(tuple) || ref_is_null(ns) || ref_is_null(name) || ref_is_null(where) || dict_set(t, ref_borrow(ns), N(__module__), ref_borrow(where)) < 0)
        return -1;
    Value args[3] = {ref_borrow(name), ref_borrow(tuple), ref_borrow(ns)};
    Ref type = call(t, type_value(&type_type), args, 3, VALUE_NULL);
    ref_drop(t, tuple);
    ref_drop(t, ns);
    ref_drop(t, name);
    ref_drop(t, where);
    if (ref_is_null(type)) return -1;
    object_immortalize(t, value_object(ref_borrow(type)));
    unsupported_operation_type = as(Type, ref_borrow(type));
    if (module_set_steal(t, module, "UnsupportedOperation", type) < 0 || module_set(t, module, "BlockingIOError", type_value(ETYPE(BlockingIOError))) < 0 ||
        module_add_int(t, module, "DEFAULT_BUFFER_SIZE", IO_BUFFER_SIZE) < 0)
        return -1;
    Type *types[] = {&io_base_type, &io_raw_type, &io_buffered_base_type, &io_text_base_type};
    for (int i = 0; i < 4; i++)
        if (module_add_type(t, module, types[i]) < 0) return -1;
    return 0;
}
