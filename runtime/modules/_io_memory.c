/* _io.BytesIO, _io.StringIO: files in memory. Their state is guarded by the object's own lock (CRITICAL): no call-outs happen under it. */
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
#include "runtime/text.h"
#include <wchar.h>

/* ---- BytesIO ------------------------------------------------------------------------------------------------------------------- */

typedef struct BytesIO {
    IoBase io;
    uint8_t *data;   /* the fields from here are guarded by the object's lock */
    size_t size, room, pos; /* room 0: the data isn't its own */
    Slot source;     /* an exact bytes that it was made of and whose data it reads as long as nothing is written; or null */
    _Atomic int64_t x_exports; /* getbuffer() views: no resizing */
    _Atomic bool x_closed;     /* written under the lock; `closed` and some first looks read it without */
} BytesIO;

static bool bytesio_open(Thread *t, Value self) {
    if (!load_relaxed(&as(BytesIO, self)->x_closed)) return true;
    err_set(t, E_ValueError, "I/O operation on closed file.");
    return false;
}
/* Room for `size` bytes that are its own. */
static int bytesio_reserve(Thread *t, BytesIO *b, size_t size) {
    if (size <= b->room) return 0;
    if (size < b->size) size = b->size; /* of the source */
    size_t room = size < 64 ? 64 : size + size / 4;
    bool copy = b->room == 0 || !is_local(t, b); /* another thread may be looking through a view that was released just now */
    uint8_t *p = copy ? mem_alloc(room) : mem_realloc(b->data, room);
    if (p == NULL) return err_int(err_no_memory(t));
    if (copy && b->size > 0) memcpy(p, b->data, b->size);
    if (copy && b->room > 0) mem_retire(t, b->data, b->room);
    b->data = p;
    b->room = room;
    ref_drop(t, slot_take(t, b, &b->source)); /* a leaf */
    return 0;
}
/* Lets go of the data. */
static void bytesio_empty(Thread *t, BytesIO *b) {
    if (b->room > 0) storage_free(t, b, b->data, b->room);
    b->data = NULL;
    b->size = b->room = b->pos = 0;
    ref_drop(t, slot_take(t, b, &b->source));
}
static int exported(Thread *t, BytesIO *b) {
    return load_acquire(&b->x_exports) > 0 ? err_int(err_set(t, E_BufferError, "Existing exports of data: object cannot be re-sized")) : 0;
}

static Ref bytesio_take(Thread *t, BytesIO *b, int64_t want) {
    size_t left = b->pos < b->size ? b->size - b->pos : 0, n = want < 0 || (size_t)want > left ? left : (size_t)want;
    Value source = slot_get(&b->source);
    bool whole = !value_is_null(source) && n == bytes_length(source) && b->pos == 0;
    Ref r = whole ? ref_new(t, source) : bytes_new(t, b->data + (n ? b->pos : 0), n);
    if (!ref_is_null(r)) b->pos += n;
    return r;
}
static Ref bytesio_read(Thread *t, Value self, const Value *a) {
    int64_t n;
    Ref r = REF_NULL;
    if (io_size(t, a[0], &n) < 0) return r;
    CRITICAL_BEGIN(t, value_object(self));
    if (bytesio_open(t, self)) r = bytesio_take(t, as(BytesIO, self), n);
    CRITICAL_END(t);
    return r;
}
static int64_t line_length(BytesIO *b, int64_t limit) {
    if (b->pos >= b->size) return 0;
    size_t left = b->size - b->pos;
    uint8_t *end = memchr(b->data + b->pos, '\n', left);
    int64_t n = end ? end - (b->data + b->pos) + 1 : (int64_t)left;
    return limit >= 0 && n > limit ? limit : n;
}
static inline Ref bytesio_line(Thread *t, Value self, int64_t limit) {
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, value_object(self));
    if (bytesio_open(t, self)) r = bytesio_take(t, as(BytesIO, self), line_length(as(BytesIO, self), limit));
    CRITICAL_END(t);
    return r;
}
static Ref bytesio_readline(Thread *t, Value self, const Value *a) {
    int64_t limit;
    return io_size(t, a[0], &limit) < 0 ? REF_NULL : bytesio_line(t, self, limit);
}
static Ref bytesio_next(Thread *t, Value self) {
    Ref line = bytesio_line(t, self, -1);
    if (ref_is_null(line) || bytes_length(ref_borrow(line))) return line;
    ref_drop(t, line);
    return REF_NULL;
}
static Ref bytesio_readlines(Thread *t, Value self, const Value *a) {
    int64_t hint, total = 0;
    if (io_size(t, a[0], &hint) < 0) return REF_NULL;
    Ref lines = list_new(t, 0);
    while (!ref_is_null(lines)) {
        Ref line = bytesio_line(t, self, -1);
        size_t n = ref_is_null(line) ? 0 : bytes_length(ref_borrow(line));
        if (n == 0) {
            bool failed = ref_is_null(line);
            ref_drop(t, line);
            if (!failed) return lines;
            break;
        }
        if (list_append_steal(t, ref_borrow(lines), line) < 0) break;
        if (hint > 0 && (total += (int64_t)n) >= hint) return lines;
    }
    ref_drop(t, lines);
    return REF_NULL;
}
static Ref bytesio_readinto(Thread *t, Value self, const Value *a) {
    Buffer view;
    Ref r = REF_NULL;
    if (kit_writable(t, "readinto", a[0], &view) < 0) return r;
    CRITICAL_BEGIN(t, value_object(self));
    BytesIO *b = as(BytesIO, self);
    if (bytesio_open(t, self)) {
        size_t left = b->pos < b->size ? b->size - b->pos : 0, n = (size_t)view.len < left ? (size_t)view.len : left;
        if (n) memcpy(view.data, b->data + b->pos, n);
        b->pos += n;
        r = int_from_u64(t, n);
    }
    CRITICAL_END(t);
    buffer_release(t, &view);
    return r;
}
static Ref bytesio_put(Thread *t, Value self, const void *data, size_t n) {
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, value_object(self));
    BytesIO *b = as(BytesIO, self);
    if (bytesio_open(t, self) && exported(t, b) == 0 && (n == 0 || bytesio_reserve(t, b, b->pos + n) == 0)) {
        if (n && b->pos > b->size) memset(b->data + b->size, 0, b->pos - b->size);
        if (n) copy_short(b->data + b->pos, data, n);
        if (n) b->pos += n;
        if (b->pos > b->size && n) b->size = b->pos;
        r = int_from_u64(t, n);
    }
    CRITICAL_END(t);
    return r;
}
static Ref bytesio_write(Thread *t, Value self, const Value *a) {
    Buffer view;
    if (is_bytes(a[0])) return bytesio_put(t, self, bytes_data(a[0]), bytes_length(a[0]));
    if (!bytesio_open(t, self) || buffer_get(t, a[0], &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    Ref r = bytesio_put(t, self, view.data, (size_t)view.len);
    buffer_release(t, &view);
    return r;
}
static Ref bytesio_seek(Thread *t, Value self, const Value *a) {
    int64_t offset, whence = 0;
    Ref r = REF_NULL;
    if (size_arg(t, a[0], &offset) < 0 || (!value_is_null(a[1]) && as_i64(t, a[1], &whence) < 0)) return r;
    CRITICAL_BEGIN(t, value_object(self));
    BytesIO *b = as(BytesIO, self);
    if (!bytesio_open(t, self)) {
    } else if (whence < 0 || whence > 2) {
        err_set(t, E_ValueError, "invalid whence (%lld, should be 0, 1 or 2)", (long long)whence);
    } else if (offset < 0 && whence == 0) {
        err_set(t, E_ValueError, "negative seek value %lld", (long long)offset);
    } else {
        int64_t at = offset + (whence == 1 ? (int64_t)b->pos : whence == 2 ? (int64_t)b->size : 0);
        b->pos = at < 0 ? 0 : (size_t)at;
        r = int_from_u64(t, b->pos);
    }
    CRITICAL_END(t);
    return r;
}
static Ref bytesio_tell(Thread *t, Value self, const Value *a) {
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, value_object(self));
    if (bytesio_open(t, self)) r = int_from_u64(t, as(BytesIO, self)->pos);
    CRITICAL_END(t);
    return r;
}
static Ref bytesio_truncate(Thread *t, Value self, const Value *a) {
    int64_t size = -1;
    Ref r = REF_NULL;
    if (!bytesio_open(t, self)) return r;
    bool here = value_is_null(a[0]) || value_is_none(a[0]);
    if (!here && index_as_i64(t, a[0], &size) < 0) return r;
    if (!here && size < 0) return err_set(t, E_ValueError, "negative size value %lld", (long long)size);
    CRITICAL_BEGIN(t, value_object(self));
    BytesIO *b = as(BytesIO, self);
    if (here) size = (int64_t)b->pos;
    if (exported(t, b) == 0) {
        if ((size_t)size < b->size) b->size = (size_t)size;
        r = int_from_i64(t, size);
    }
    CRITICAL_END(t);
    return r;
}
static Ref bytesio_getvalue(Thread *t, Value self, const Value *a) {
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, value_object(self));
    BytesIO *b = as(BytesIO, self);
    Value source = slot_get(&b->source);
    if (!bytesio_open(t, self)) r = REF_NULL;
    else if (!value_is_null(source) && b->size == bytes_length(source)) r = ref_new(t, source);
    else r = bytes_new(t, b->data, b->size);
    CRITICAL_END(t);
    return r;
}
static Ref bytesio_getbuffer(Thread *t, Value self, const Value *a) { return bytesio_open(t, self) ? memoryview_new(t, self) : REF_NULL; }
static int bytesio_get_buffer(Thread *t, Value self, Buffer *view, int flags) {
    BytesIO *b = as(BytesIO, self);
    int status;
    CRITICAL_BEGIN(t, b);
    status = bytesio_open(t, self) ? bytesio_reserve(t, b, b->size) : -1; /* the view may be written to */
    if (status == 0) status = buffer_fill(t, view, self, b->data, (int64_t)b->size, false, flags);
    if (status == 0) add_acq_rel(&b->x_exports, (int64_t)1);
    CRITICAL_END(t);
    return status;
}
static void bytesio_release_buffer(Thread *t, Value self, Buffer *view) { sub_acq_rel(&as(BytesIO, self)->x_exports, (int64_t)1); }
static Ref bytesio_close(Thread *t, Value self, const Value *a) {
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, value_object(self));
    BytesIO *b = as(BytesIO, self);
    if (exported(t, b) == 0) {
        bytesio_empty(t, b);
        store_relaxed(&b->x_closed, true);
        r = REF_NONE;
    }
    CRITICAL_END(t);
    return r;
}
static Ref bytesio_true(Thread *t, Value self, const Value *a) { return bytesio_open(t, self) ? REF_TRUE : REF_NULL; }
static Ref bytesio_flush(Thread *t, Value self, const Value *a) { return bytesio_open(t, self) ? REF_NONE : REF_NULL; }
static Ref bytesio_isatty(Thread *t, Value self, const Value *a) { return bytesio_open(t, self) ? REF_FALSE : REF_NULL; }
static Ref bytesio_getstate(Thread *t, Value self, const Value *a) {
    Ref value = bytesio_getvalue(t, self, NULL);
    if (ref_is_null(value)) return value;
    Ref dict = load_acquire(&as(IoBase, self)->attrs.x_overflow) ? instance_dict(t, self) : REF_NONE;
    Ref items[3] = {value, int_from_u64(t, as(BytesIO, self)->pos), dict};
    return tuple_from_steal(t, items, 3);
}
static void bytesio_go(Thread *t, Value self, size_t pos) {
    CRITICAL_BEGIN(t, value_object(self));
    as(BytesIO, self)->pos = pos;
    CRITICAL_END(t);
}
static int bytesio_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[1];
    if (bind_args(t, "BytesIO", "(initial_bytes=b'')", &signature, args, nargs, kwnames, a, 1) < 0) return -1;
    bool done = value_is_null(a[0]) || value_is_none(a[0]);
    CRITICAL_BEGIN(t, value_object(self));
    BytesIO *b = as(BytesIO, self);
    b->size = b->pos = 0;
    store_relaxed(&b->x_closed, false);
    if (!done && is_exact(a[0], &bytes_type) && bytes_length(a[0]) >= 64 && load_acquire(&b->x_exports) == 0) {
        bytesio_empty(t, b);
        b->data = bytes_data(a[0]);
        b->size = bytes_length(a[0]);
        slot_set(t, b, &b->source, ref_new(t, a[0]));
        done = true;
    }
    CRITICAL_END(t);
    if (done) return 0;
    Ref n = bytesio_write(t, self, a);
    bytesio_go(t, self, 0);
    return ref_is_null(n) ? -1 : 0;
}
static Ref bytesio_setstate(Thread *t, Value self, const Value *a) {
    if (!is_tuple(a[0]) || tuple_size(a[0]) < 3)
        return err_set(t, E_TypeError, "%.200T.__setstate__ argument should be 3-tuple, got %.200T", self, a[0]);
    if (load_relaxed(&as(BytesIO, self)->x_closed)) return err_set(t, E_ValueError, "I/O operation on closed file.");
    Value value = tuple_get(a[0], 0), dict = tuple_get(a[0], 2);
    int64_t pos;
    if (bytesio_init(t, self, &value, 1, VALUE_NULL) < 0 || index_as_i64(t, tuple_get(a[0], 1), &pos) < 0) return REF_NULL;
    if (pos < 0) return err_set(t, E_ValueError, "position value cannot be negative");
    bytesio_go(t, self, (size_t)pos);
    if (!value_is_none(dict) && set_attr(t, self, N(__dict__), dict) < 0) return REF_NULL;
    return REF_NONE;
}
static Ref bytesio_closed(Thread *t, Value self, void *c) { return ref_bool(load_relaxed(&as(BytesIO, self)->x_closed)); }
static Ref memory_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static void bytesio_destroy(Thread *t, Object *o) {
    BytesIO *b = (BytesIO *)o;
    if (b->room > 0) mem_free(b->data);
    b->data = NULL;
    b->room = 0;
    ref_drop(t, slot_take(t, b, &b->source));
    io_base_clear(t, o);
}
static void bytesio_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((BytesIO *)o)->source, visit, arg);
    io_base_traverse(o, visit, arg);
}

static NativeDef bytesio_methods[] = {
    FN("read", "($self, size=-1, /)", bytesio_read, "Reads bytes."), FN("read1", "($self, size=-1, /)", bytesio_read, "Reads bytes."),
    FN("readline", "($self, size=-1, /)", bytesio_readline, "One line."), FN("readlines", "($self, size=None, /)", bytesio_readlines, "A list of lines."),
    FN("readinto", "($self, buffer, /)", bytesio_readinto, "Reads into a buffer."), FN("readinto1", "!($self, buffer, /)", bytesio_readinto, "Reads into a buffer."),
    FN("write", "($self, b, /)", bytesio_write, "Writes bytes."), FN("seek", "($self, pos, whence=0, /)", bytesio_seek, "Changes the position."),
    FN("tell", "($self, /)", bytesio_tell, "The position."), FN("truncate", "($self, size=None, /)", bytesio_truncate, "Cuts the contents."),
    FN("getvalue", "($self, /)", bytesio_getvalue, "All contents."), FN("getbuffer", "($self, /)", bytesio_getbuffer, "A writable view of the contents."),
    FN("close", "($self, /)", bytesio_close, "Closes, freeing the contents."), FN("seekable", "($self, /)", bytesio_true, "True."),
    FN("readable", "($self, /)", bytesio_true, "True."), FN("writable", "($self, /)", bytesio_true, "True."),
    FN("flush", "($self, /)", bytesio_flush, "Does nothing."), FN("isatty", "($self, /)", bytesio_isatty, "False."),
    FN("__getstate__", "!($self, /)", bytesio_getstate, NULL), FN("__setstate__", "!($self, state, /)", bytesio_setstate, NULL), FN_END,
};
static const GetSetDef bytesio_getset[] = {{"closed", bytesio_closed}, {NULL}};
Type bytes_io_type = {
    TYPE_HEADER(BytesIO, IO_TYPE_FLAGS, bytesio_traverse, io_base_clear, bytesio_destroy), .head.finalize = io_base_finalize,
    .name = "_io.BytesIO", .doc = "BytesIO(initial_bytes=b'')\n--\n\nBytes in memory as a file.",
    IO_BASE_OFFSETS, .base = &io_buffered_base_type, .methods = bytesio_methods,
    .getset = bytesio_getset, .iter = iter_self, .next = bytesio_next, .new_ = memory_new, .init = bytesio_init,
    .get_buffer = bytesio_get_buffer, .release_buffer = bytesio_release_buffer,
};

/* ---- StringIO --------------------------------------------------------------------------------------------------------------------- */

typedef struct StringIO {
    IoBase io;
    uint32_t *data;  /* code points; guarded by the object's lock from here */
    size_t size, room, pos;
    Newlines newlines;
    bool universal;
    _Atomic bool x_closed, x_initialized; /* written under the lock; `closed` and some first looks read them without */
    char newline[3]; /* what \n is written as and lines end with; empty: '' given or universal */
    bool write_translate;
} StringIO;

static bool stringio_open(Thread *t, Value self) {
    if (!load_relaxed(&as(StringIO, self)->x_initialized)) err_set(t, E_ValueError, "I/O operation on uninitialized object");
    else if (load_relaxed(&as(StringIO, self)->x_closed)) err_set(t, E_ValueError, "I/O operation on closed file");
    else return true;
    return false;
}
static Ref stringio_slice(Thread *t, StringIO *s, size_t n) {
    Ref r = str_from_ucs4(t, s->data + (n ? s->pos : 0), n);
    if (!ref_is_null(r)) s->pos += n;
    return r;
}
static Ref stringio_read(Thread *t, Value self, const Value *a) {
    int64_t want;
    Ref r = REF_NULL;
    if (io_size(t, a[0], &want) < 0) return r;
    CRITICAL_BEGIN(t, value_object(self));
    StringIO *s = as(StringIO, self);
    if (stringio_open(t, self)) {
        size_t left = s->pos < s->size ? s->size - s->pos : 0;
        r = stringio_slice(t, s, want < 0 || (size_t)want > left ? left : (size_t)want);
    }
    CRITICAL_END(t);
    return r;
}
static size_t stringio_line(StringIO *s) {
    size_t i = s->pos;
    if (i >= s->size) return 0;
    if (s->newlines.translate || (!s->universal && (s->newline[0] == 0 || s->newline[0] == '\n'))) {
        const wchar_t *from = (const wchar_t *)s->data + i, *found = wmemchr(from, L'\n', s->size - i);
        return found != NULL ? (size_t)(found - from) + 1 : s->size - i;
    }
    for (; i < s->size; i++) {
        uint32_t c = s->data[i];
        if (s->universal) {
            if (c == '\n') return i + 1 - s->pos;
            if (c == '\r') return i + 1 + (i + 1 < s->size && s->data[i + 1] == '\n') - s->pos;
        } else if (s->newline[1] == 0) {
            if (c == (uint8_t)s->newline[0]) return i + 1 - s->pos;
        } else if (c == '\r' && i + 1 < s->size && s->data[i + 1] == '\n') {
            return i + 2 - s->pos;
        }
    }
    return i - s->pos;
}
static Ref stringio_readline(Thread *t, Value self, const Value *a) {
    int64_t limit;
    Ref r = REF_NULL;
    if (io_size(t, a[0], &limit) < 0) return r;
    CRITICAL_BEGIN(t, value_object(self));
    if (stringio_open(t, self)) {
        size_t n = stringio_line(as(StringIO, self));
        r = stringio_slice(t, as(StringIO, self), limit >= 0 && n > (size_t)limit ? (size_t)limit : n);
    }
    CRITICAL_END(t);
    return r;
}
static Ref stringio_next(Thread *t, Value self) {
    Value none = VALUE_NULL;
    Ref line = stringio_readline(t, self, &none);
    if (ref_is_null(line) || str_length(ref_borrow(line))) return line;
    ref_drop(t, line);
    return REF_NULL;
}
/* `text` at the position, newlines as they are */
static int stringio_put(Thread *t, StringIO *s, Value text) {
    const Str *p = as(Str, text);
    if (p->length == 0) return 0;
    if (s->pos > (size_t)PTRDIFF_MAX - p->length) return err_int(err_set(t, E_OverflowError, "new position too large"));
    size_t end = s->pos + p->length;
    if (end > s->room) {
        size_t room = end < 32 ? 32 : end + end / 4, most = SIZE_MAX / sizeof *s->data;
        if (end >= most) return err_int(err_set(t, E_OverflowError, "new buffer size too large"));
        if (room > most) room = end;
        uint32_t *grown = mem_realloc(s->data, room * sizeof *grown);
        if (grown == NULL) return err_int(err_no_memory(t));
        s->data = grown;
        s->room = room;
    }
    for (size_t i = s->size; i < s->pos; i++) s->data[i] = 0;
    units_copy(s->data + s->pos, 4, p->data, p->kind, p->length);
    s->pos = end;
    if (end > s->size) s->size = end;
    return 0;
}
static Ref replace_newlines(Thread *t, Value text, const char *newline) {
    Ref with = str_from_cstr(t, newline), nl = str_from_cstr(t, "\n");
    Value args[] = {ref_borrow(nl), ref_borrow(with)};
    Ref r = ref_is_null(with) || ref_is_null(nl) ? REF_NULL : call_method(t, text, N(replace), args, 2);
    ref_drop(t, with);
    ref_drop(t, nl);
    return r;
}
static Ref stringio_write(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "string argument expected, got '%T'", a[0]);
    if (!stringio_open(t, self)) return REF_NULL;
    StringIO *s = as(StringIO, self);
    Ref text = ref_new(t, a[0]), r = REF_NULL;
    if (s->universal) {
        Ref translated;
        CRITICAL_BEGIN(t, value_object(self));
        translated = newlines_translate(t, &s->newlines, ref_borrow(text), true);
        CRITICAL_END(t);
        ref_drop(t, text);
        text = translated;
    }
    if (!ref_is_null(text) && s->write_translate) {
        Ref replaced = replace_newlines(t, ref_borrow(text), s->newline);
        ref_drop(t, text);
        text = replaced;
    }
    if (ref_is_null(text)) return text;
    CRITICAL_BEGIN(t, value_object(self));
    if (stringio_open(t, self) && stringio_put(t, s, ref_borrow(text)) == 0) r = int_from_u64(t, str_length(a[0]));
    CRITICAL_END(t);
    ref_drop(t, text);
    return r;
}
static Ref stringio_seek(Thread *t, Value self, const Value *a) {
    int64_t offset, whence = 0;
    Ref r = REF_NULL;
    if (!stringio_open(t, self)) return r;
    if (size_arg(t, a[0], &offset) < 0 || (!value_is_null(a[1]) && as_i64(t, a[1], &whence) < 0)) return r;
    if (whence < 0 || whence > 2) return err_set(t, E_ValueError, "Invalid whence (%lld, should be 0, 1 or 2)", (long long)whence);
    if (offset < 0 && whence == 0) return err_set(t, E_ValueError, "Negative seek position %lld", (long long)offset);
    if (whence && offset) return err_set(t, E_OSError, "Can't do nonzero cur-relative seeks");
    CRITICAL_BEGIN(t, value_object(self));
    StringIO *s = as(StringIO, self);
    s->pos = whence == 0 ? (size_t)offset : whence == 1 ? s->pos : s->size;
    r = int_from_u64(t, s->pos);
    CRITICAL_END(t);
    return r;
}
static Ref stringio_tell(Thread *t, Value self, const Value *a) {
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, value_object(self));
    if (stringio_open(t, self)) r = int_from_u64(t, as(StringIO, self)->pos);
    CRITICAL_END(t);
    return r;
}
static Ref stringio_truncate(Thread *t, Value self, const Value *a) {
    int64_t size;
    if (!stringio_open(t, self)) return REF_NULL;
    StringIO *s = as(StringIO, self);
    bool here = value_is_null(a[0]) || value_is_none(a[0]);
    if (!here && index_as_i64(t, a[0], &size) < 0) return REF_NULL;
    if (!here && size < 0) return err_set(t, E_ValueError, "Negative size value %lld", (long long)size);
    CRITICAL_BEGIN(t, value_object(self));
    if (here) size = (int64_t)s->pos;
    if ((size_t)size < s->size) s->size = (size_t)size;
    CRITICAL_END(t);
    return int_from_i64(t, size);
}
static Ref stringio_getvalue(Thread *t, Value self, const Value *a) {
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, value_object(self));
    if (stringio_open(t, self)) r = str_from_ucs4(t, as(StringIO, self)->data, as(StringIO, self)->size);
    CRITICAL_END(t);
    return r;
}
static Ref stringio_close(Thread *t, Value self, const Value *a) {
    CRITICAL_BEGIN(t, value_object(self));
    StringIO *s = as(StringIO, self);
    store_relaxed(&s->x_closed, true);
    mem_free(s->data);
    s->data = NULL;
    s->size = s->room = s->pos = 0;
    CRITICAL_END(t);
    return REF_NONE;
}
static Ref stringio_true(Thread *t, Value self, const Value *a) { return stringio_open(t, self) ? REF_TRUE : REF_NULL; }
static void stringio_go(Thread *t, Value self, size_t pos) {
    CRITICAL_BEGIN(t, value_object(self));
    as(StringIO, self)->pos = pos;
    CRITICAL_END(t);
}
static int stringio_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[2];
    if (bind_args(t, "StringIO", "(initial_value='', newline='\\n')", &signature, args, nargs, kwnames, a, 2) < 0) return -1;
    const char *newline = "\n";
    if (!value_is_null(a[1])) {
        if (value_is_none(a[1])) newline = NULL;
        else if (!is_str(a[1])) return err_int(err_set(t, E_TypeError, "newline must be str or None, not %T", a[1]));
        else if ((newline = str_utf8(t, a[1], NULL)) == NULL) return -1;
    }
    if (newline && strcmp(newline, "") && strcmp(newline, "\n") && strcmp(newline, "\r") && strcmp(newline, "\r\n"))
        return err_int(err_set(t, E_ValueError, "illegal newline value: %R", a[1]));
    if (!value_is_null(a[0]) && !value_is_none(a[0]) && !is_str(a[0]))
        return err_int(err_set(t, E_TypeError, "initial_value must be str or None, not %T", a[0]));
    StringIO *s = as(StringIO, self);
    CRITICAL_BEGIN(t, s);
    s->size = s->pos = 0;
    store_relaxed(&s->x_closed, false);
    s->universal = newline == NULL || newline[0] == 0;
    newlines_begin(&s->newlines, newline == NULL);
    s->newline[0] = 0;
    if (newline && newline[0]) strcpy(s->newline, newline);
    s->write_translate = newline && newline[0] == '\r';
    store_relaxed(&s->x_initialized, true);
    CRITICAL_END(t);
    if (value_is_null(a[0]) || value_is_none(a[0])) return 0;
    Ref n = stringio_write(t, self, a);
    stringio_go(t, self, 0);
    return ref_is_null(n) ? -1 : 0;
}
static Ref stringio_getstate(Thread *t, Value self, const Value *a) {
    Ref value = stringio_getvalue(t, self, NULL);
    if (ref_is_null(value)) return value;
    StringIO *s = as(StringIO, self);
    Ref newline = s->newlines.translate ? REF_NONE : str_from_cstr(t, s->newline);
    Ref dict = load_acquire(&as(IoBase, self)->attrs.x_overflow) ? instance_dict(t, self) : REF_NONE;
    Ref items[4] = {value, newline, int_from_u64(t, s->pos), dict};
    return tuple_from_steal(t, items, 4);
}
static Ref stringio_setstate(Thread *t, Value self, const Value *a) {
    if (!is_tuple(a[0]) || tuple_size(a[0]) < 4)
        return err_set(t, E_TypeError, "%.200T.__setstate__ argument should be 4-tuple, got %.200T", self, a[0]);
    if (load_relaxed(&as(StringIO, self)->x_closed)) return err_set(t, E_ValueError, "I/O operation on closed file");
    Value text = tuple_get(a[0], 0), dict = tuple_get(a[0], 3);
    int64_t pos;
    if (!is_str(text)) return err_set(t, E_TypeError, "initial_value must be str or None, not %T", text);
    if (stringio_init(t, self, (Value[]){VALUE_NONE, tuple_get(a[0], 1)}, 2, VALUE_NULL) < 0) return REF_NULL;
    int status;
    CRITICAL_BEGIN(t, value_object(self));
    status = stringio_put(t, as(StringIO, self), text); /* as it was: nothing translated again */
    CRITICAL_END(t);
    if (status < 0 || index_as_i64(t, tuple_get(a[0], 2), &pos) < 0) return REF_NULL;
    if (pos < 0) return err_set(t, E_ValueError, "position value cannot be negative");
    stringio_go(t, self, (size_t)pos);
    if (!value_is_none(dict) && set_attr(t, self, N(__dict__), dict) < 0) return REF_NULL;
    return REF_NONE;
}
static Ref stringio_closed(Thread *t, Value self, void *c) { return ref_bool(load_relaxed(&as(StringIO, self)->x_closed)); }
static Ref stringio_newlines(Thread *t, Value self, void *c) { return stringio_open(t, self) ? newlines_seen(t, load_relaxed(&as(StringIO, self)->newlines.x_seen)) : REF_NULL; }
static Ref stringio_line_buffering(Thread *t, Value self, void *c) { return stringio_open(t, self) ? REF_FALSE : REF_NULL; }
static void stringio_destroy(Thread *t, Object *o) {
    mem_free(((StringIO *)o)->data);
    ((StringIO *)o)->data = NULL;
    io_base_clear(t, o);
}
static NativeDef stringio_methods[] = {
    FN("read", "($self, size=-1, /)", stringio_read, "Reads text."), FN("readline", "($self, size=-1, /)", stringio_readline, "One line."),
    FN("write", "($self, s, /)", stringio_write, "Writes text."), FN("seek", "($self, pos, whence=0, /)", stringio_seek, "Changes the position."),
    FN("tell", "($self, /)", stringio_tell, "The position."), FN("truncate", "($self, pos=None, /)", stringio_truncate, "Cuts the contents."),
    FN("getvalue", "($self, /)", stringio_getvalue, "All contents."), FN("close", "($self, /)", stringio_close, "Closes, freeing the contents."),
    FN("seekable", "($self, /)", stringio_true, "True."), FN("readable", "($self, /)", stringio_true, "True."), FN("writable", "($self, /)", stringio_true, "True."),
    FN("__getstate__", "!($self, /)", stringio_getstate, NULL), FN("__setstate__", "!($self, state, /)", stringio_setstate, NULL), FN_END,
};
static const GetSetDef stringio_getset[] = {{"closed", stringio_closed}, {"newlines", stringio_newlines}, {"line_buffering", stringio_line_buffering}, {NULL}};
Type string_io_type = {
    TYPE_HEADER(StringIO, IO_TYPE_FLAGS, io_base_traverse, io_base_clear, stringio_destroy), .head.finalize = io_base_finalize,
    .name = "_io.StringIO", .doc = "StringIO(initial_value='', newline='\\n')\n--\n\nText in memory as a file.",
    IO_BASE_OFFSETS, .base = &io_text_base_type, .methods = stringio_methods,
    .getset = stringio_getset, .next = stringio_next, .new_ = memory_new, .init = stringio_init,
};

int io_init_memory(Thread *t, Value module) {
    return module_add_type(t, module, &bytes_io_type) < 0 || module_add_type(t, module, &string_io_type) < 0 ? -1 : 0;
}
