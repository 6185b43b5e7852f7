/* bytearray.
 *
 * A shared one: writers hold its object lock. Indexing and iteration take none: load the length, then the storage, check both. Whole-array
 * methods hold the lock (with_self). Replaced storage is retired. While buffer views exist (x_exports > 0) the storage stays and the
 * length can't change: BufferError. A view's holder reads and writes bytes without the lock, as memory shared on purpose.
 *
 *                 getitem  setitem  resize  view taken
 *   lock          -        yes      yes     yes
 */
#include "runtime/abstract.h"
#include "runtime/bytes_internal.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str_methods.h"

extern Type bytearray_iter_type;
#define is_bytearray(v) type_is_subtype(type_of(v), &bytearray_type)

/* ---- storage (lock held, or local) ------------------------------------------------------------------------------ */
static uint8_t empty_data[1];
static inline uint8_t *data_of(ByteArray *b) {
    ByteStorage *s = load_relaxed(&b->x_storage);
    return s != NULL ? s->data : empty_data;
}
static inline size_t length_of(ByteArray *b) { return load_relaxed(&b->x_length); }
Span bytearray_span(Value self) { return span_bytes(data_of(as(ByteArray, self)), length_of(as(ByteArray, self))); }

static int check_exports(Thread *t, ByteArray *b) {
    if (load_acquire(&b->x_exports) == 0) return 0;
    return err_int(err_set(t, E_BufferError, "Existing exports of data: object cannot be re-sized"));
}

int bytearray_resize(Thread *t, ByteArray *b, size_t n) {
    size_t old = length_of(b);
    if (n == old) return 0;
    if (check_exports(t, b) < 0) return -1;
    ByteStorage *s = load_relaxed(&b->x_storage);
    size_t capacity = s != NULL ? s->capacity : 0;
    if (n <= capacity && (n >= capacity / 4 || capacity < 256)) {
        store_release(&b->x_length, n);
        return 0;
    }
    if (n > (size_t)PTRDIFF_MAX - 4096) return err_int(err_no_memory(t));
    size_t room = n == 0 ? 0 : n > old && old > 0 ? n + n / 8 + 32 : n;
    ByteStorage *grown = NULL;
    if (room > 0) {
        grown = mem_alloc(sizeof *grown + room);
        if (grown == NULL) return err_int(err_no_memory(t));
        grown->capacity = room;
        memcpy(grown->data, data_of(b), n < old ? n : old);
        if (n > old) memset(grown->data + old, 0, n - old); /* a racing reader sees zeros, not old memory */
    }
    if (n < old) store_release(&b->x_length, n);
    store_release(&b->x_storage, grown);
    store_release(&b->x_length, n);
    if (s != NULL) storage_free(t, b, s, sizeof *s + s->capacity);
    return 0;
}

/* Replaces bytes [from, to) by n others. */
static int splice(Thread *t, ByteArray *b, size_t from, size_t to, const void *p, size_t n) {
    size_t old = length_of(b), tail = old - to;
    if (n < to - from) {
        if (check_exports(t, b) < 0) return -1;
        memmove(data_of(b) + from + n, data_of(b) + to, tail);
        if (bytearray_resize(t, b, old - (to - from) + n) < 0) return -1;
    } else if (n > to - from) {
        size_t size;
        if (__builtin_add_overflow(old - (to - from), n, &size)) return err_int(err_no_memory(t));
        if (bytearray_resize(t, b, size) < 0) return -1;
        memmove(data_of(b) + from + n, data_of(b) + to, tail);
    }
    if (n > 0) memcpy(data_of(b) + from, p, n);
    return 0;
}

/* An int-returning operation under the lock. */
typedef struct Edit { size_t from, to; const void *data; size_t n; int64_t index; uint8_t byte; int64_t start, stop, step; int status; } Edit;
typedef int (*EditOp)(Thread *t, ByteArray *b, Edit *e);
static int with_lock(Thread *t, Value self, EditOp op, Edit *e) {
    int status;
    CRITICAL_BEGIN(t, value_object(self))
    status = op(t, as(ByteArray, self), e);
    CRITICAL_END(t)
    return status;
}

static Ref op_bytes(Thread *t, Value self, Span s, void *arg) { return bytes_new(t, s.data, s.length); }
int buffer_get_snapshot(Thread *t, Value o, Buffer *view) {
    if (is_exact(o, &bytes_type)) return buffer_fill(t, view, o, bytes_data(o), (int64_t)bytes_length(o), true, BUFFER_SIMPLE);
    if (!is_bytearray(o) || is_local(t, value_object(o))) return buffer_get(t, o, view, BUFFER_SIMPLE);
    Ref copy = with_self(t, o, op_bytes, NULL);
    if (ref_is_null(copy)) return -1;
    int status = buffer_get(t, ref_borrow(copy), view, BUFFER_SIMPLE);
    ref_drop(t, copy);
    return status;
}
int buffer_try_snapshot(Thread *t, Value o, Buffer *view) {
    if (!buffer_supported(o)) return 0;
    if (buffer_get_snapshot(t, o, view) == 0) return 1;
    return err_clear_if(t, E_BufferError) || err_clear_if(t, E_ValueError) ? 0 : -1;
}

/* ---- birth, death, buffers ------------------------------------------------------------------------------------------ */
Ref bytearray_new(Thread *t, const void *data, size_t n) {
    ByteArray *b = object_new(ByteArray, t, &bytearray_type);
    if (b == NULL) return REF_NULL;
    Ref r = ref_steal(b);
    if (n > 0) {
        if (bytearray_resize(t, b, n) < 0) {
            ref_drop(t, r);
            return REF_NULL;
        }
        if (data != NULL) memcpy(data_of(b), data, n);
    }
    return r;
}

static void destroy(Thread *t, Object *o) {
    ByteStorage *s = load_relaxed(&((ByteArray *)o)->x_storage);
    if (s != NULL) mem_free(s);
}

static int get_buffer(Thread *t, Value self, Buffer *view, int flags) {
    ByteArray *b = as(ByteArray, self);
    int status;
    CRITICAL_BEGIN(t, &b->base)
    status = buffer_fill(t, view, self, data_of(b), (int64_t)length_of(b), false, flags);
    if (status == 0) exports_add(t, b, &b->x_exports, 1);
    CRITICAL_END(t)
    return status;
}
static void release_buffer(Thread *t, Value self, Buffer *view) { exports_add(t, value_object(self), &as(ByteArray, self)->x_exports, -1); }

static Ref construct(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }

static int op_assign(Thread *t, ByteArray *b, Edit *e) { return splice(t, b, 0, length_of(b), e->data, e->n); }

static int init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_signature;
    Value a[3];
    const char *encoding, *errors;
    int64_t count = 0;
    if (nargs == 1 && value_is_null(kwnames) && is_exact(args[0], &bytes_type) && length_of(as(ByteArray, self)) == 0) /* the usual case */
        return with_lock(t, self, op_assign, &(Edit){.data = bytes_data(args[0]), .n = bytes_length(args[0])});
    if (bind_args(t, "bytearray", "($self, /, source=b'', encoding='utf-8', errors='strict')", &x_signature, args, nargs, kwnames, a, 3) < 0 ||
        codec_args(t, "bytearray", a[1], a[2], &encoding, &errors) < 0)
        return -1;
    if (length_of(as(ByteArray, self)) > 0 && with_lock(t, self, op_assign, &(Edit){.n = 0}) < 0) return -1; /* first of all, whatever comes */
    ByteBuilder b = BYTE_BUILDER;
    int status = 0;
    if (!value_is_null(a[0]) && is_str(a[0])) {
        if (encoding == NULL) return err_int(err_set(t, E_TypeError, "string argument without an encoding"));
        Ref bytes = str_encode(t, a[0], encoding, errors);
        if (ref_is_null(bytes)) return -1;
        status = bytes_append(t, &b, bytes_data(ref_borrow(bytes)), bytes_length(ref_borrow(bytes)));
        ref_drop(t, bytes);
    } else if (encoding != NULL || errors != NULL) {
        return err_int(err_set(t, E_TypeError, encoding ? "encoding without a string argument" : "errors without a string argument"));
    } else if (!value_is_null(a[0])) {
        int is_count = bytes_count_argument(t, a[0], &count);
        if (is_count < 0) return -1;
        if (is_count > 0) {
            if ((status = bytes_room(t, &b, (size_t)count)) == 0 && count > 0) memset(b.data, 0, (size_t)count);
            b.length = (size_t)count;
        } else if (!buffer_supported(a[0]) && type_of(a[0])->iter == NULL && type_of(a[0])->getitem == NULL) {
            return err_int(err_set(t, E_TypeError, "cannot convert '%.200T' object to bytearray", a[0]));
        } else {
            status = bytes_collect(t, &b, a[0]);
        }
    }
    Edit e = {.data = b.data, .n = b.length};
    if (status == 0) status = with_lock(t, self, op_assign, &e);
    bytes_drop(&b);
    return status;
}

/* ---- items ---------------------------------------------------------------------------------------------------------------- */
static int64_t len(Thread *t, Value self) { return (int64_t)load_acquire(&as(ByteArray, self)->x_length); }

static Ref op_slice(Thread *t, Value self, Span s, void *arg) {
    Edit *e = arg;
    const uint8_t *p = s.data;
    int64_t start = e->start, stop = e->stop, n = slice_adjust((int64_t)s.length, &start, &stop, e->step);
    if (n <= 0) return bytearray_new(t, NULL, 0);
    if (e->step == 1) return bytearray_new(t, p + start, (size_t)n);
    Ref r = bytearray_new(t, NULL, (size_t)n);
    if (ref_is_null(r)) return r;
    uint8_t *d = data_of(as(ByteArray, ref_borrow(r)));
    for (int64_t i = 0; i < n; i++) d[i] = p[start + i * e->step];
    return r;
}

static int key_index(Thread *t, Value key, int64_t *out) {
    if (value_is_int(key)) {
        *out = value_int(key);
        return 0;
    }
    if (is_int(key) || type_of(key)->index != NULL) return text_index_arg(t, key, out);
    return err_int(err_set(t, E_TypeError, "bytearray indices must be integers or slices, not %.200T", key));
}

static Ref getitem(Thread *t, Value self, Value key) {
    ByteArray *b = as(ByteArray, self);
    if (is_exact(key, &slice_type)) {
        Edit e = {0};
        if (slice_unpack(t, key, &e.start, &e.stop, &e.step) < 0) return REF_NULL;
        return with_self(t, self, op_slice, &e);
    }
    int64_t i;
    if (key_index(t, key, &i) < 0) return REF_NULL;
    size_t n = load_acquire(&b->x_length);
    if (i < 0) i += (int64_t)n;
    ByteStorage *s = load_acquire(&b->x_storage);
    if (unlikely((uint64_t)i >= n || s == NULL || (size_t)i >= s->capacity)) return err_set(t, E_IndexError, "bytearray index out of range");
    return ref_small_int(__atomic_load_n(&s->data[i], __ATOMIC_RELAXED));
}

static int op_set_index(Thread *t, ByteArray *b, Edit *e) {
    int64_t i = e->index < 0 ? e->index + (int64_t)length_of(b) : e->index;
    if ((uint64_t)i >= length_of(b)) return err_int(err_set(t, E_IndexError, "bytearray index out of range"));
    __atomic_store_n(&data_of(b)[i], e->byte, __ATOMIC_RELAXED);
    return 0;
}
static int op_del_index(Thread *t, ByteArray *b, Edit *e) {
    int64_t i = e->index < 0 ? e->index + (int64_t)length_of(b) : e->index;
    if ((uint64_t)i >= length_of(b)) return err_int(err_set(t, E_IndexError, "bytearray index out of range"));
    return splice(t, b, (size_t)i, (size_t)i + 1, NULL, 0);
}
static int op_set_slice(Thread *t, ByteArray *b, Edit *e) {
    int64_t start = e->start, stop = e->stop, step = e->step, n = slice_adjust((int64_t)length_of(b), &start, &stop, step);
    if (step == 1) {
        if (stop < start) stop = start;
        return splice(t, b, (size_t)start, (size_t)stop, e->data, e->n);
    }
    if (e->n == 0) { /* delete every step-th */
        if (n <= 0) return 0;
        if (check_exports(t, b) < 0) return -1;
        if (step < 0) {
            start += (n - 1) * step;
            step = -step;
        }
        uint8_t *p = data_of(b);
        size_t out = (size_t)start, size = length_of(b);
        for (size_t i = (size_t)start, next = (size_t)start, k = 0; i < size; i++) {
            if (i == next && k < (size_t)n) {
                k++;
                next += (size_t)step;
            } else {
                p[out++] = p[i];
            }
        }
        return bytearray_resize(t, b, out);
    }
    if ((size_t)n != e->n)
        return err_int(err_set(t, E_ValueError, "attempt to assign bytes of size %zd to extended slice of size %zd", e->n, n));
    for (int64_t i = 0; i < n; i++) data_of(b)[start + i * step] = ((const uint8_t *)e->data)[i];
    return 0;
}

static int set_slice(Thread *t, Value self, Value value, Edit *e) {
    ByteBuilder b = BYTE_BUILDER; /* a copy: the value may be this array, or change it while it is read */
    int status = 0;
    if (!value_is_null(value)) {
        if (is_str(value) || (!buffer_supported(value) && is_int(value)))
            return err_int(err_set(t, E_TypeError, "can assign only bytes, buffers, or iterables of ints in range(0, 256)"));
        if (!buffer_supported(value) && type_of(value)->iter == NULL && !is_sequence(value))
            return err_int(err_set(t, E_TypeError, "cannot convert '%.200T' object to bytearray", value));
        status = bytes_collect(t, &b, value);
    }
    e->data = b.data;
    e->n = b.length;
    if (status == 0) status = with_lock(t, self, op_set_slice, e);
    bytes_drop(&b);
    return status;
}

static int setitem(Thread *t, Value self, Value key, Value value) {
    Edit e = {0};
    if (is_exact(key, &slice_type)) {
        if (slice_unpack(t, key, &e.start, &e.stop, &e.step) < 0) return -1;
        return set_slice(t, self, value, &e);
    }
    if (key_index(t, key, &e.index) < 0) return -1;
    if (value_is_null(value)) return with_lock(t, self, op_del_index, &e);
    if (byte_value(t, value, &e.byte) < 0) return -1;
    ByteArray *b = as(ByteArray, self);
    if (likely(is_local(t, b))) return op_set_index(t, b, &e);
    return with_lock(t, self, op_set_index, &e);
}

static Ref op_contains(Thread *t, Value self, Span s, void *arg) { return ref_bool(span_find(s, *(Span *)arg, 1) >= 0); }
static int contains(Thread *t, Value self, Value item) {
    Buffer view;
    uint8_t c;
    Span s = span_bytes(&c, 1);
    bool byte = !buffer_supported(item) && (value_is_int(item) || type_of(item)->index != NULL);
    if (byte ? byte_value(t, item, &c) < 0 : buffer_get_snapshot(t, item, &view) < 0) return -1;
    if (!byte) s = view_span(&view);
    Ref r = with_self(t, self, op_contains, &s);
    if (!byte) buffer_release(t, &view);
    return value_is_true(ref_borrow(r));
}

/* ---- operators ----------------------------------------------------------------------------------------------------------------- */
static Ref repr(Thread *t, Value self) {
    Ref copy = with_self(t, self, op_bytes, NULL), name = ref_is_null(copy) ? REF_NULL : type_name(t, type_of(self)), r = REF_NULL;
    if (!ref_is_null(name)) {
        Ref before = str_format(t, "%V(", ref_borrow(name));
        const char *text = ref_is_null(before) ? NULL : str_utf8(t, ref_borrow(before), NULL);
        if (text != NULL) r = bytes_repr_of(t, span_bytes(bytes_data(ref_borrow(copy)), bytes_length(ref_borrow(copy))), text, ")");
        ref_drop(t, before);
    }
    ref_drop(t, name);
    ref_drop(t, copy);
    return r;
}

static Ref str_slot(Thread *t, Value self) { return ref_is_null(bytes_str_warned(t, "bytearray")) ? REF_NULL : repr(t, self); }

static Ref compare(Thread *t, Value a, Value b, CompareOp op) {
    Buffer x, y;
    if (!buffer_supported(a) || !buffer_supported(b)) return bytes_compare_warned(t, a, b, op) < 0 ? REF_NULL : REF_NOT_IMPLEMENTED;
    if (buffer_get_snapshot(t, a, &x) < 0) {
        err_clear(t);
        return REF_NOT_IMPLEMENTED;
    }
    if (buffer_get_snapshot(t, b, &y) < 0) {
        err_clear(t);
        buffer_release(t, &x);
        return REF_NOT_IMPLEMENTED;
    }
    int c = span_compare(view_span(&x), view_span(&y));
    buffer_release(t, &x);
    buffer_release(t, &y);
    return ref_bool(op == CMP_EQ ? c == 0 : op == CMP_NE ? c != 0 : op == CMP_LT ? c < 0 : op == CMP_LE ? c <= 0 : op == CMP_GT ? c > 0 : c >= 0);
}

static Ref concat(Thread *t, Value a, Value b) {
    Buffer x, y;
    Ref r = REF_NULL;
    int got = buffer_try_snapshot(t, a, &x);
    if (got > 0) {
        got = buffer_try_snapshot(t, b, &y);
        if (got > 0) {
            r = bytearray_new(t, NULL, (size_t)(x.len + y.len));
            if (!ref_is_null(r)) {
                memcpy(data_of(as(ByteArray, ref_borrow(r))), x.data, (size_t)x.len);
                memcpy(data_of(as(ByteArray, ref_borrow(r))) + x.len, y.data, (size_t)y.len);
            }
            buffer_release(t, &y);
        }
        buffer_release(t, &x);
    }
    return got == 0 ? err_set(t, E_TypeError, "can't concat %.100T to %.100T", b, a) : r;
}

static int splice_end(Thread *t, ByteArray *b, const void *p, size_t n) { return splice(t, b, length_of(b), length_of(b), p, n); }
static int op_extend(Thread *t, ByteArray *b, Edit *e) { return splice_end(t, b, e->data, e->n); }

static Ref iconcat(Thread *t, Value self, Value other) {
    Buffer view;
    int status;
    if (is_bytes(other)) { /* no view of what can't change */
        CRITICAL_BEGIN(t, value_object(self))
        status = splice_end(t, as(ByteArray, self), bytes_data(other), bytes_length(other));
        CRITICAL_END(t)
        return status < 0 ? REF_NULL : ref_new(t, self);
    }
    int got = buffer_try_snapshot(t, other, &view);
    if (got <= 0) return got < 0 ? REF_NULL : err_set(t, E_TypeError, "can't concat %.100T to %.100T", other, self);
    Edit e = {.data = view.data, .n = (size_t)view.len};
    status = with_lock(t, self, op_extend, &e);
    buffer_release(t, &view);
    return status < 0 ? REF_NULL : ref_new(t, self);
}

static Ref op_repeat(Thread *t, Value self, Span s, void *arg) {
    int64_t n = *(int64_t *)arg;
    if (n <= 0 || s.length == 0) return bytearray_new(t, NULL, 0);
    if (s.length > (size_t)PTRDIFF_MAX / (size_t)n) return err_no_memory(t);
    Ref r = bytearray_new(t, NULL, s.length * (size_t)n);
    if (ref_is_null(r)) return r;
    for (int64_t i = 0; i < n; i++) memcpy(data_of(as(ByteArray, ref_borrow(r))) + (size_t)i * s.length, s.data, s.length);
    return r;
}
static Ref repeat(Thread *t, Value self, Value count) {
    int64_t n;
    return index_as_i64(t, count, &n) < 0 ? REF_NULL : with_self(t, self, op_repeat, &n);
}
static int op_irepeat(Thread *t, ByteArray *b, Edit *e) {
    size_t m = length_of(b), n = e->index > 0 ? (size_t)e->index : 0;
    if (n > 0 && m > (size_t)PTRDIFF_MAX / n) return err_int(err_no_memory(t));
    if (bytearray_resize(t, b, m * n) < 0) return -1;
    for (size_t i = 1; i < n; i++) memcpy(data_of(b) + i * m, data_of(b), m);
    return 0;
}
static Ref irepeat(Thread *t, Value self, Value count) {
    Edit e = {0};
    if (index_as_i64(t, count, &e.index) < 0 || with_lock(t, self, op_irepeat, &e) < 0) return REF_NULL;
    return ref_new(t, self);
}
static Ref modulo(Thread *t, Value a, Value b) {
    if (!is_bytearray(a)) return REF_NOT_IMPLEMENTED;
    Ref copy = with_self(t, a, op_bytes, NULL), r = REF_NULL;
    if (ref_is_null(copy)) return copy;
    Ref bytes = text_modulo(t, span_bytes(bytes_data(ref_borrow(copy)), bytes_length(ref_borrow(copy))), VALUE_NULL, b, true);
    if (!ref_is_null(bytes)) r = bytearray_new(t, bytes_data(ref_borrow(bytes)), bytes_length(ref_borrow(bytes)));
    ref_drop(t, bytes);
    ref_drop(t, copy);
    return r;
}
static Ref iter(Thread *t, Value self) { return bytes_iter_new(t, self, &bytearray_iter_type); }

/* ---- methods --------------------------------------------------------------------------------------------------------------------- */
static Ref none_if(int status) { return status < 0 ? REF_NULL : REF_NONE; }

static int op_append(Thread *t, ByteArray *b, Edit *e) {
    size_t n = length_of(b);
    if (bytearray_resize(t, b, n + 1) < 0) return -1;
    data_of(b)[n] = e->byte;
    return 0;
}
static Ref append(Thread *t, Value self, const Value *a) {
    Edit e = {0};
    return byte_value(t, a[0], &e.byte) < 0 ? REF_NULL : none_if(with_lock(t, self, op_append, &e));
}
static Ref extend(Thread *t, Value self, const Value *a) {
    ByteBuilder b = BYTE_BUILDER;
    int status;
    if (buffer_supported(a[0])) {
        status = bytes_collect(t, &b, a[0]);
    } else if (type_of(a[0])->iter == NULL && type_of(a[0])->getitem == NULL) {
        return err_set(t, E_TypeError, "can't extend bytearray with %.100T", a[0]);
    } else {
        status = object_length_hint(t, a[0], 32) < 0 ? -1 : bytes_collect(t, &b, a[0]); /* the hint may raise */
    }
    Edit e = {.data = b.data, .n = b.length};
    if (status == 0) status = with_lock(t, self, op_extend, &e);
    bytes_drop(&b);
    return none_if(status);
}
static int op_insert(Thread *t, ByteArray *b, Edit *e) {
    int64_t n = (int64_t)length_of(b), i = e->index;
    if (i < 0 && (i += n) < 0) i = 0;
    if (i > n) i = n;
    return splice(t, b, (size_t)i, (size_t)i, &e->byte, 1);
}
static Ref insert(Thread *t, Value self, const Value *a) {
    Edit e = {0};
    if (size_arg(t, a[0], &e.index) < 0 || byte_value(t, a[1], &e.byte) < 0) return REF_NULL;
    return none_if(with_lock(t, self, op_insert, &e));
}
static int op_pop(Thread *t, ByteArray *b, Edit *e) {
    int64_t n = (int64_t)length_of(b), i = e->index < 0 ? e->index + n : e->index;
    if (n == 0) return err_int(err_set(t, E_IndexError, "pop from empty bytearray"));
    if (i < 0 || i >= n) return err_int(err_set(t, E_IndexError, "pop index out of range"));
    e->byte = data_of(b)[i];
    return splice(t, b, (size_t)i, (size_t)i + 1, NULL, 0);
}
static Ref pop(Thread *t, Value self, const Value *a) {
    Edit e = {.index = -1};
    if (!value_is_null(a[0]) && size_arg(t, a[0], &e.index) < 0) return REF_NULL;
    return with_lock(t, self, op_pop, &e) < 0 ? REF_NULL : ref_small_int(e.byte);
}
static int op_remove(Thread *t, ByteArray *b, Edit *e) {
    int64_t i = span_find_char(span_bytes(data_of(b), length_of(b)), e->byte, 1);
    if (i < 0) return err_int(err_set(t, E_ValueError, "value not found in bytearray"));
    return splice(t, b, (size_t)i, (size_t)i + 1, NULL, 0);
}
static Ref remove_byte(Thread *t, Value self, const Value *a) {
    Edit e = {0};
    return byte_value(t, a[0], &e.byte) < 0 ? REF_NULL : none_if(with_lock(t, self, op_remove, &e));
}
static int op_reverse(Thread *t, ByteArray *b, Edit *e) {
    uint8_t *p = data_of(b);
    for (size_t i = 0, j = length_of(b); i + 1 < j; i++) {
        uint8_t c = p[i];
        p[i] = p[--j];
        p[j] = c;
    }
    return 0;
}
static Ref reverse(Thread *t, Value self, const Value *a) { return none_if(with_lock(t, self, op_reverse, &(Edit){0})); }
static int op_clear(Thread *t, ByteArray *b, Edit *e) { return bytearray_resize(t, b, 0); }
static Ref clear(Thread *t, Value self, const Value *a) { return none_if(with_lock(t, self, op_clear, &(Edit){0})); }
static Ref op_copy(Thread *t, Value self, Span s, void *arg) { return bytearray_new(t, s.data, s.length); }
static Ref copy(Thread *t, Value self, const Value *a) { return with_self(t, self, op_copy, NULL); }

static Ref fromhex(Thread *t, Value cls, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "fromhex() argument must be str, not %G", a[0]);
    ByteBuilder b = BYTE_BUILDER;
    Ref r = bytes_from_hex(t, a[0], &b) < 0 ? REF_NULL : bytearray_new(t, b.data, b.length);
    bytes_drop(&b);
    if (ref_is_null(r) || value_object(cls) == (Object *)&bytearray_type) return r;
    Ref made = call1(t, cls, ref_borrow(r));
    ref_drop(t, r);
    return made;
}

static Ref reduce(Thread *t, Value self, int proto) {
    Ref data = with_self(t, self, op_bytes, NULL), r = REF_NULL, args = REF_NULL;
    if (ref_is_null(data)) return data;
    Value b = ref_borrow(data);
    if (proto < 3) {
        Ref text = str_from_latin1(t, bytes_data(b), bytes_length(b)), enc = str_from_cstr(t, "latin-1");
        if (!ref_is_null(text) && !ref_is_null(enc))
            args = bytes_length(b) ? tuple_pack(t, 2, ref_borrow(text), ref_borrow(enc)) : ref_new(t, tuple_empty());
        ref_drop(t, text);
        ref_drop(t, enc);
    } else {
        args = tuple_pack(t, 1, b);
    }
    Ref state = call_method0(t, self, N(__getstate__));
    if (!ref_is_null(args) && !ref_is_null(state)) r = tuple_pack(t, 3, type_value(type_of(self)), ref_borrow(args), ref_borrow(state));
    ref_drop(t, state);
    ref_drop(t, args);
    ref_drop(t, data);
    return r;
}
static Ref dunder_reduce(Thread *t, Value self, const Value *a) { return reduce(t, self, 2); }
static Ref dunder_reduce_ex(Thread *t, Value self, const Value *a) {
    int proto = 0;
    if (!value_is_null(a[0]) && as_int(t, a[0], &proto) < 0) return REF_NULL;
    return reduce(t, self, proto);
}
static Ref alloc_size(Thread *t, Value self, const Value *a) {
    ByteStorage *s = load_acquire(&as(ByteArray, self)->x_storage);
    return ref_small_int(s != NULL ? (int64_t)s->capacity + 1 : 0);
}
static Ref size_of(Thread *t, Value self, const Value *a) {
    ByteStorage *s = load_acquire(&as(ByteArray, self)->x_storage);
    return ref_small_int((int64_t)(type_of(self)->head.size + (s != NULL ? sizeof *s + s->capacity : 0)));
}

static NativeDef methods[] = {
    BYTES_SHARED_METHODS,
    FN("append", "($self, item, /)", append, "Add one byte at the end."),
    FN("extend", "($self, iterable_of_ints, /)", extend, "Add all bytes of a buffer or of an iterable of ints at the end."),
    FN("insert", "($self, index, item, /)", insert, "Insert one byte before an index."),
    FN("pop", "($self, index=-1, /)", pop, "Remove one byte and return it."),
    FN("remove", "($self, value, /)", remove_byte, "Remove the first byte of this value."),
    FN("reverse", "($self, /)", reverse, "Reverse the order in place."),
    FN("clear", "($self, /)", clear, "Remove all bytes."),
    FN("copy", "($self, /)", copy, "A copy of the array."),
    FN_CLASS("fromhex", "($type, string, /)", fromhex, "An array from pairs of hexadecimal digits; whitespace is skipped."),
    FN("__alloc__", "!($self, /)", alloc_size, "Bytes that are allocated."),
    FN("__reduce__", "($self, /)", dunder_reduce, "State for copying and pickling."),
    FN("__reduce_ex__", "($self, proto=0, /)", dunder_reduce_ex, "State for copying and pickling."),
    FN("__sizeof__", "($self, /)", size_of, "Size in memory, in bytes."),
    FN_END,
};

Type bytearray_type = {
    TYPE_HEADER(ByteArray, TYPE_BASETYPE | TYPE_MATCH_SELF, NULL, NULL, destroy),
    .name = "bytearray",
    .doc = "bytearray(iterable_of_ints) -> bytearray\nbytearray(string, encoding[, errors]) -> bytearray\n"
           "bytearray(bytes_or_buffer) -> bytearray\nbytearray(int) -> bytearray of that many zeros\nbytearray() -> empty bytearray\n\n"
           "A mutable sequence of bytes.",
    .methods = methods,
    .repr = repr,
    .str = str_slot,
    .hash = hash_not_implemented,
    .richcompare = compare,
    .iter = iter,
    .new_ = construct,
    .init = init,
    .mod = modulo,
    .len = len,
    .getitem = getitem,
    .setitem = setitem,
    .contains = contains,
    .concat = concat,
    .iconcat = iconcat,
    .repeat = repeat,
    .irepeat = irepeat,
    .get_buffer = get_buffer,
    .release_buffer = release_buffer,
};
