/* The type bytes: construction, slots, iterators of bytes and bytearray. */
#include "runtime/abstract.h"
#include "runtime/bytes_internal.h"
#include "runtime/config.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str_methods.h"
#include "runtime/text.h"

/* ---- construction ------------------------------------------------------------------------------------------- */
static int collect_iterable(Thread *t, ByteBuilder *b, Value o, const char *range_message) {
    Ref iter = get_iter_now(t, o), item;
    if (ref_is_null(iter)) return -1;
    int status;
    while ((status = iter_next(t, ref_borrow(iter), &item)) > 0) {
        uint8_t c = 0;
        int bad = byte_value(t, ref_borrow(item), &c);
        ref_drop(t, item);
        if (bad < 0 && err_is(t, E_ValueError) && range_message != NULL) {
            err_clear(t);
            err_set(t, E_ValueError, "%s", range_message);
        }
        if (bad < 0 || bytes_put(t, b, c) < 0) {
            status = -1;
            break;
        }
    }
    ref_drop(t, iter);
    return status;
}

int bytes_collect(Thread *t, ByteBuilder *b, Value o) {
    Buffer view;
    if (is_exact(o, &memoryview_type)) { /* any strides */
        Ref flat = call_method0(t, o, str_intern_cstr(t, "tobytes"));
        if (ref_is_null(flat)) return -1;
        int status = bytes_append(t, b, bytes_data(ref_borrow(flat)), bytes_length(ref_borrow(flat)));
        ref_drop(t, flat);
        return status;
    }
    if (buffer_supported(o)) {
        if (buffer_get_snapshot(t, o, &view) < 0) return -1;
        int status = bytes_append(t, b, view.data, (size_t)view.len);
        buffer_release(t, &view);
        return status;
    }
    return collect_iterable(t, b, o, NULL);
}

/* A count for bytes(5)? 1 yes, 0 no, -1 exception */
int bytes_count_argument(Thread *t, Value o, int64_t *n) {
    if (!is_int(o) && type_of(o)->index == NULL) return 0;
    if (index_as_i64(t, o, n) < 0) return err_clear_if(t, E_TypeError) ? 0 : -1;
    if (*n < 0) return err_int(err_set(t, E_ValueError, "negative count"));
    return 1;
}

static Ref from_dunder(Thread *t, Value o) {
    Ref method = lookup_special(t, o, N(__bytes__));
    if (ref_is_null(method)) return method;
    Ref r = call0(t, ref_borrow(method));
    ref_drop(t, method);
    if (ref_is_null(r) || is_bytes(ref_borrow(r))) return r;
    err_set(t, E_TypeError, "__bytes__ returned non-bytes (type %.200T)", ref_borrow(r));
    ref_drop(t, r);
    return REF_NULL;
}

static Ref from_object(Thread *t, Value o, bool counts) {
    if (is_exact(o, &bytes_type)) return ref_new(t, o);
    Ref r = from_dunder(t, o);
    if (!ref_is_null(r) || err_pending(t)) return r;
    int64_t n = 0;
    if (is_str(o)) return err_set(t, E_TypeError, "string argument without an encoding");
    int count = counts ? bytes_count_argument(t, o, &n) : 0;
    if (count < 0) return REF_NULL;
    if (count > 0) {
        if (n > INT64_MAX - 33) return err_set(t, E_OverflowError, "byte string is too large"); /* 33: what CPython adds to it */
        r = bytes_new_uninit(t, (size_t)n);
        if (!ref_is_null(r) && n > 0) memset(bytes_data(ref_borrow(r)), 0, (size_t)n);
        return r;
    }
    ByteBuilder b = BYTE_BUILDER;
    int status;
    if (buffer_supported(o)) {
        status = bytes_collect(t, &b, o);
    } else if (type_of(o)->iter == NULL && !is_sequence(o)) {
        return err_set(t, E_TypeError, "cannot convert '%.200T' object to bytes", o);
    } else {
        status = collect_iterable(t, &b, o, "bytes must be in range(0, 256)");
    }
    if (status == 0) return bytes_finish(t, &b);
    bytes_drop(&b);
    return REF_NULL;
}
Ref bytes_from_object(Thread *t, Value o) { return from_object(t, o, true); }

static Ref bytes_construct(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_signature;
    Value a[3];
    const char *encoding, *errors;
    if (bind_args(t, "bytes", "($type, source=b'', encoding='utf-8', errors='strict')", &x_signature, args, nargs, kwnames, a, 3) < 0 ||
        codec_args(t, "bytes", a[1], a[2], &encoding, &errors) < 0)
        return REF_NULL;
    Ref r;
    if (encoding != NULL || errors != NULL) {
        if (encoding == NULL && !value_is_null(a[0]) && is_str(a[0])) return err_set(t, E_TypeError, "string argument without an encoding");
        if (value_is_null(a[0]) || !is_str(a[0]))
            return err_set(t, E_TypeError, encoding ? "encoding without a string argument" : "errors without a string argument");
        r = str_encode(t, a[0], encoding, errors);
    } else {
        r = value_is_null(a[0]) ? ref_new(t, bytes_empty()) : bytes_from_object(t, a[0]);
    }
    if (ref_is_null(r) || value_object(cls) == (Object *)&bytes_type) return r;
    Ref made = bytes_subclass_new(t, as(Type, cls), bytes_data(ref_borrow(r)), bytes_length(ref_borrow(r)));
    ref_drop(t, r);
    return made;
}

int bytes_from_hex(Thread *t, Value text, ByteBuilder *b) {
    Str *s = as(Str, text);
    if (bytes_room(t, b, s->length / 2) < 0) return -1;
    for (size_t i = 0; i < s->length;) {
        for (int high, low; s->kind == 1 && i + 1 < s->length && ((high = hex_digit(s->data[i])) | (low = hex_digit(s->data[i + 1]))) >= 0; i += 2)
            b->data[b->length++] = (uint8_t)(high << 4 | low);
        if (i == s->length) break;
        uint32_t c = str_at(s, i);
        if (c == ' ' || (c >= 9 && c <= 13)) {
            i++;
            continue;
        }
        int high = hex_digit(c), low = i + 1 < s->length ? hex_digit(str_at(s, i + 1)) : -1;
        if (high < 0 || low < 0)
            return err_int(err_set(t, E_ValueError, "non-hexadecimal number found in fromhex() arg at position %zd",
                                   (int64_t)(high < 0 ? i : i + 1)));
        b->data[b->length++] = (uint8_t)(high << 4 | low);
        i += 2;
    }
    return 0;
}
static Ref fromhex(Thread *t, Value cls, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "fromhex() argument must be str, not %G", a[0]);
    ByteBuilder b = BYTE_BUILDER;
    if (bytes_from_hex(t, a[0], &b) < 0) {
        bytes_drop(&b);
        return REF_NULL;
    }
    Ref r = bytes_finish(t, &b);
    if (ref_is_null(r) || value_object(cls) == (Object *)&bytes_type) return r;
    Ref made = call1(t, cls, ref_borrow(r));
    ref_drop(t, r);
    return made;
}

/* ---- slots --------------------------------------------------------------------------------------------------------- */
Ref bytes_repr_of(Thread *t, Span s, const char *before, const char *after) {
    const uint8_t *p = s.data;
    char quote = s.length && memchr(p, '\'', s.length) && !memchr(p, '"', s.length) ? '"' : '\'';
    StrBuilder b = STR_BUILDER;
    int status = builder_cstr(t, &b, before);
    if (status == 0) status = builder_char(t, &b, 'b') < 0 ? -1 : builder_char(t, &b, (uint8_t)quote);
    for (size_t i = 0; i < s.length && status == 0; i++) {
        uint8_t c = p[i];
        char text[5] = {'\\', (char)c, 0};
        size_t n = 2;
        if (c == '\t') text[1] = 't';
        else if (c == '\n') text[1] = 'n';
        else if (c == '\r') text[1] = 'r';
        else if (c < ' ' || c >= 127) {
            text[1] = 'x';
            text[2] = "0123456789abcdef"[c >> 4];
            text[3] = "0123456789abcdef"[c & 15];
            n = 4;
        } else if (c != '\\' && c != (uint8_t)quote && !(c == '\'' && *before)) { /* bytearrays escape ' in any case */
            text[0] = (char)c;
            n = 1;
        }
        status = builder_ascii(t, &b, text, n);
    }
    if (status == 0 && builder_char(t, &b, (uint8_t)quote) == 0 && builder_cstr(t, &b, after) == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
static Ref repr(Thread *t, Value self) { return bytes_repr_of(t, span_bytes(bytes_data(self), bytes_length(self)), "", ""); }

/* str(bytes): by way of a warning under -b, an error under -bb */
Ref bytes_str_warned(Thread *t, const char *type) {
    return config.bytes_warning && warn(t, E_BytesWarning, 1, "str() on a %s instance", type) < 0 ? REF_NULL : REF_NONE;
}
static Ref str_slot(Thread *t, Value self) { return ref_is_null(bytes_str_warned(t, "bytes")) ? REF_NULL : repr(t, self); }

/* == and != between bytes-likes and str or int are never true: -b warns. -1: the warning is an error. */
int bytes_compare_warned(Thread *t, Value a, Value b, CompareOp op) {
    if (!config.bytes_warning || (op != CMP_EQ && op != CMP_NE)) return 0;
    if (is_str(a) || is_str(b)) return warn(t, E_BytesWarning, 1, "Comparison between bytes and string");
    return is_int(a) || is_int(b) ? warn(t, E_BytesWarning, 1, "Comparison between bytes and int") : 0;
}

static Ref compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_bytes(a) || !is_bytes(b)) return bytes_compare_warned(t, a, b, op) < 0 ? REF_NULL : REF_NOT_IMPLEMENTED;
    if (op == CMP_EQ || op == CMP_NE) {
        bool equal = bytes_length(a) == bytes_length(b) && memcmp(bytes_data(a), bytes_data(b), bytes_length(a)) == 0;
        return ref_bool(equal == (op == CMP_EQ));
    }
    int c = span_compare(span_bytes(bytes_data(a), bytes_length(a)), span_bytes(bytes_data(b), bytes_length(b)));
    return ref_bool(op == CMP_LT ? c < 0 : op == CMP_LE ? c <= 0 : op == CMP_GT ? c > 0 : c >= 0);
}

static int64_t len(Thread *t, Value self) { return (int64_t)bytes_length(self); }

static Ref getitem(Thread *t, Value self, Value key) {
    int64_t i, stop, step, n = (int64_t)bytes_length(self);
    const uint8_t *p = bytes_data(self);
    if (likely(value_is_int(key))) {
        i = value_int(key);
    } else if (is_exact(key, &slice_type)) {
        if (slice_unpack(t, key, &i, &stop, &step) < 0) return REF_NULL;
        int64_t count = slice_adjust(n, &i, &stop, step);
        if (count <= 0) return ref_new(t, bytes_empty());
        if (step == 1) return bytes_like(t, self, p + i, (size_t)count);
        Ref r = bytes_new_uninit(t, (size_t)count);
        if (!ref_is_null(r))
            for (int64_t k = 0; k < count; k++) bytes_data(ref_borrow(r))[k] = p[i + k * step];
        return r;
    } else if (is_int(key) || type_of(key)->index != NULL) {
        if (text_index_arg(t, key, &i) < 0) return REF_NULL;
    } else {
        return err_set(t, E_TypeError, "byte indices must be integers or slices, not %.200T", key);
    }
    if (i < 0) i += n;
    if (unlikely((uint64_t)i >= (uint64_t)n)) return err_set(t, E_IndexError, "index out of range");
    return ref_small_int(p[i]);
}

static int contains(Thread *t, Value self, Value item) {
    Buffer view;
    uint8_t c;
    if (!buffer_supported(item) && (value_is_int(item) || type_of(item)->index != NULL)) {
        if (byte_value(t, item, &c) < 0) return -1;
        return memchr(bytes_data(self), c, bytes_length(self)) != NULL;
    }
    if (buffer_get_snapshot(t, item, &view) < 0) return -1;
    int found = span_find(span_bytes(bytes_data(self), bytes_length(self)), view_span(&view), 1) >= 0;
    buffer_release(t, &view);
    return found;
}

static Ref concat(Thread *t, Value a, Value b) {
    Buffer x, y;
    if (is_exact(a, &bytes_type) && is_bytes(b)) {
        size_t n = bytes_length(a), m = bytes_length(b);
        if (m == 0) return ref_new(t, a);
        if (n == 0 && is_exact(b, &bytes_type)) return ref_new(t, b);
        Ref r = bytes_new_uninit(t, n + m);
        if (ref_is_null(r)) return r;
        memcpy(bytes_data(ref_borrow(r)), bytes_data(a), n);
        memcpy(bytes_data(ref_borrow(r)) + n, bytes_data(b), m);
        return r;
    }
    Ref r = REF_NULL;
    int got = buffer_try_snapshot(t, a, &x);
    if (got > 0) {
        got = buffer_try_snapshot(t, b, &y);
        if (got > 0) {
            r = bytes_new_uninit(t, (size_t)(x.len + y.len));
            if (!ref_is_null(r) && x.len + y.len > 0) {
                memcpy(bytes_data(ref_borrow(r)), x.data, (size_t)x.len);
                memcpy(bytes_data(ref_borrow(r)) + x.len, y.data, (size_t)y.len);
            }
            buffer_release(t, &y);
        }
        buffer_release(t, &x);
    }
    return got == 0 ? err_set(t, E_TypeError, "can't concat %.100T to %.100T", b, a) : r;
}

static Ref repeat(Thread *t, Value self, Value count) {
    int64_t n;
    if (index_as_i64(t, count, &n) < 0) return REF_NULL;
    size_t m = bytes_length(self);
    if (n <= 0 || m == 0) return ref_new(t, bytes_empty());
    if (n == 1 && is_exact(self, &bytes_type)) return ref_new(t, self);
    if (m > (size_t)PTRDIFF_MAX / (size_t)n) return err_set(t, E_OverflowError, "repeated bytes are too long");
    Ref r = bytes_new_uninit(t, m * (size_t)n);
    if (ref_is_null(r)) return r;
    uint8_t *d = bytes_data(ref_borrow(r));
    size_t total = m * (size_t)n;
    if (m == 1) {
        memset(d, bytes_data(self)[0], total);
        return r;
    }
    memcpy(d, bytes_data(self), m);
    for (size_t done = m; done < total;) {
        size_t piece = done < total - done ? done : total - done;
        memcpy(d + done, d, piece);
        done += piece;
    }
    return r;
}

static Ref modulo(Thread *t, Value a, Value b) {
    if (!is_bytes(a)) return REF_NOT_IMPLEMENTED;
    return text_modulo(t, span_bytes(bytes_data(a), bytes_length(a)), VALUE_NULL, b, true);
}

static int get_buffer(Thread *t, Value self, Buffer *view, int flags) {
    return buffer_fill(t, view, self, bytes_data(self), (int64_t)bytes_length(self), true, flags);
}

static Ref dunder_bytes(Thread *t, Value self, const Value *a) {
    return is_exact(self, &bytes_type) ? ref_new(t, self) : bytes_new(t, bytes_data(self), bytes_length(self));
}
static Ref getnewargs(Thread *t, Value self, const Value *a) {
    Ref copy = bytes_new(t, bytes_data(self), bytes_length(self));
    return ref_is_null(copy) ? copy : tuple_from_steal(t, &copy, 1);
}
static Ref size_of(Thread *t, Value self, const Value *a) {
    return ref_small_int((int64_t)(type_of(self)->head.size + bytes_length(self) + 1));
}

static NativeDef bytes_methods[] = {
    BYTES_SHARED_METHODS,
    FN_CLASS("fromhex", "($type, string, /)", fromhex, "Bytes from pairs of hexadecimal digits; whitespace is skipped."),
    FN("__bytes__", "($self, /)", dunder_bytes, "The bytes themselves."),
    FN("__getnewargs__", "!($self, /)", getnewargs, "Arguments for copying and pickling."),
    FN("__sizeof__", "($self, /)", size_of, "Size in memory, in bytes."),
    FN_END,
};

static Ref iter(Thread *t, Value self);

Type bytes_type = {
    TYPE_HEADER(Bytes, TYPE_BASETYPE | TYPE_BYTES | TYPE_MATCH_SELF, NULL, NULL, bytes_destroy),
    .name = "bytes",
    .doc = "bytes(iterable_of_ints) -> bytes\nbytes(string, encoding[, errors]) -> bytes\nbytes(bytes_or_buffer) -> bytes\n"
           "bytes(int) -> bytes of that many zeros\nbytes() -> empty bytes\n\nAn immutable sequence of bytes.",
    .methods = bytes_methods,
    .repr = repr,
    .str = str_slot,
    .hash = bytes_hash,
    .richcompare = compare,
    .iter = iter,
    .new_ = bytes_construct,
    .mod = modulo,
    .len = len,
    .getitem = getitem,
    .contains = contains,
    .concat = concat,
    .repeat = repeat,
    .get_buffer = get_buffer,
};

/* ---- iterators --------------------------------------------------------------------------------------------------------- */
extern Type bytes_iter_type, bytearray_iter_type;

Ref bytes_iter_new(Thread *t, Value self, Type *type) {
    SeqIter *it = object_new(SeqIter, t, type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->source, ref_new(t, self));
    return ref_steal(it);
}
static Ref iter(Thread *t, Value self) { return bytes_iter_new(t, self, &bytes_iter_type); }
static void iter_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((SeqIter *)o)->source, visit, arg); }
static void iter_clear(Thread *t, Object *o) { slot_set(t, o, &((SeqIter *)o)->source, REF_NULL); }
static size_t source_length(Value source) {
    return is_bytes(source) ? bytes_length(source) : load_acquire(&as(ByteArray, source)->x_length);
}
static Ref iter_step(Thread *t, Value self) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    Value source = slot_get(&it->source);
    if (i < 0 || value_is_null(source)) return REF_NULL;
    if (is_bytes(source)) {
        if ((size_t)i < bytes_length(source)) {
            store_relaxed(&it->x_index, i + 1);
            return ref_small_int(bytes_data(source)[i]);
        }
    } else {
        size_t n = load_acquire(&as(ByteArray, source)->x_length);
        ByteStorage *storage = load_acquire(&as(ByteArray, source)->x_storage);
        if ((size_t)i < n && storage != NULL && (size_t)i < storage->capacity) {
            store_relaxed(&it->x_index, i + 1);
            return ref_small_int(__atomic_load_n(&storage->data[i], __ATOMIC_RELAXED));
        }
    }
    store_relaxed(&it->x_index, -1);
    if (is_local(t, it)) slot_set(t, it, &it->source, REF_NULL); /* a shared one keeps it: another thread may be reading */
    return REF_NULL;
}
static Ref iter_next_byte(Thread *t, Value self) { return step_at_once(t, self, iter_step); }
static Ref iter_length_hint(Thread *t, Value self, const Value *a) {
    int64_t i = load_relaxed(&as(SeqIter, self)->x_index);
    Value source = slot_get(&as(SeqIter, self)->source);
    if (i < 0 || value_is_null(source)) return ref_small_int(0);
    int64_t left = (int64_t)source_length(source) - i;
    return ref_small_int(left > 0 ? left : 0);
}
static Ref iter_reduce(Thread *t, Value self, const Value *a) {
    int64_t i = load_relaxed(&as(SeqIter, self)->x_index);
    Ref f = import_attr(t, "builtins", "iter");
    if (ref_is_null(f)) return f;
    Ref args = tuple_pack(t, 1, i < 0 ? tuple_empty() : slot_get(&as(SeqIter, self)->source)), r = REF_NULL;
    if (!ref_is_null(args))
        r = i < 0 ? tuple_pack(t, 2, ref_borrow(f), ref_borrow(args)) : tuple_pack(t, 3, ref_borrow(f), ref_borrow(args), small_int(i));
    ref_drop(t, args);
    ref_drop(t, f);
    return r;
}
static Ref iter_setstate(Thread *t, Value self, const Value *a) {
    int64_t i;
    if (int_size_arg(t, a[0], &i) < 0) return REF_NULL;
    SeqIter *it = as(SeqIter, self);
    if (load_relaxed(&it->x_index) >= 0) store_relaxed(&it->x_index, i < 0 ? 0 : i);
    return REF_NONE;
}
static NativeDef iter_methods[] = {
    FN("__length_hint__", "!($self, /)", iter_length_hint, "How many items are left."),
    FN("__reduce__", "!($self, /)", iter_reduce, "State for copying and pickling."),
    FN("__setstate__", "!($self, state, /)", iter_setstate, "Restore the position."),
    FN_END,
};
#define BYTES_ITER_TYPE(name_)                                                                     \
    {TYPE_HEADER(SeqIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, iter_traverse, iter_clear, iter_clear), .name = name_, \
     .iter = iter_self, .next = iter_next_byte, .methods = iter_methods}
Type bytes_iter_type = BYTES_ITER_TYPE("bytes_iterator");
Type bytearray_iter_type = BYTES_ITER_TYPE("bytearray_iterator");
