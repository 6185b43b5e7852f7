/* _multibytecodec, and _codecs_cn, _codecs_jp …: the CJK codecs as Python objects. See _multibyte.h.
 *
 * Incremental and stream objects guard what they keep between calls by a lock of their own, since error handlers run Python. */
#include "runtime/codecs.h"
#include "runtime/int.h"
#include "runtime/modules/_multibyte.h"
#include "runtime/modules/kit.h"
#include "runtime/names.h"

typedef struct Codec { Object base; const MbCodec *c; } Codec;
#define MAX_PENDING 8
typedef struct Incremental { /* encoders, decoders, stream readers and writers */
    Object base;
    Slot errors, stream;
    const MbCodec *c;
    MbState state;
    KitLock lock;
    uint8_t bytes[MAX_PENDING];
    uint32_t chars[2];
    int pending;             /* of bytes in decoders, of chars in encoders */
    Slot weakrefs;
} Incremental;
static Type codec_type, encoder_type, decoder_type, reader_type, writer_type;
KIT_SLOTS(2)
static const char illegal[] = "illegal multibyte sequence", incomplete[] = "incomplete multibyte sequence";

/* ---- coding ---------------------------------------------------------------------------------------------------------------------------- */

/* A position that is no index at all is out of bounds like any other. */
static void index_error(Thread *t) {
    if (err_clear_if(t, E_OverflowError)) err_set(t, E_IndexError, "position -1 from error handler out of bounds");
}
/* Encodes s from *pos on. final: what could be the start of a pair is encoded as it is, and the initial state is led back to. */
static int encode_into(Thread *t, const MbCodec *c, MbState *state, Value s, const char *errors, bool final, ByteBuilder *b, size_t *pos) {
    const Str *str = as(Str, s);
    CodecErrors e = CODEC_ERRORS(c->name, errors);
    int status = 0;
    while (status == 0 && *pos < str->length) {
        uint32_t u[2] = {str_at(str, *pos), *pos + 1 < str->length ? str_at(str, *pos + 1) : 0};
        if (bytes_room(t, b, 16) < 0) {
            status = -1;
            break;
        }
        int count = 0, used = c->encode(c, state, u, *pos + 1 < str->length ? 2 : 1, final, b->data + b->length, &count);
        if (used > 0) {
            b->length += (size_t)count;
            *pos += (size_t)used;
            continue;
        }
        if (used == MB_TOO_FEW) break;
        size_t next = *pos + 1;
        Ref r = codec_encode_error(t, &e, s, *pos, *pos + 1, illegal, &next);
        if (ref_is_null(r)) {
            index_error(t);
            status = -1;
        } else if (is_bytes(ref_borrow(r))) {
            status = bytes_append(t, b, bytes_data(ref_borrow(r)), bytes_length(ref_borrow(r)));
        } else { /* the replacement in its turn, strictly */
            size_t from = 0;
            status = encode_into(t, c, state, ref_borrow(r), "strict", true, b, &from);
        }
        ref_drop(t, r);
        *pos = next;
    }
    codec_errors_done(t, &e);
    return status;
}
static int put_finish(Thread *t, const MbCodec *c, MbState *state, ByteBuilder *b) {
    if (c->finish == NULL) return 0;
    if (bytes_room(t, b, 16) < 0) return -1;
    b->length += (size_t)c->finish(state, b->data + b->length);
    return 0;
}
/* Decodes n bytes; not final: stops before an incomplete sequence. *done: how many were decoded */
static int decode_into(Thread *t, const MbCodec *c, MbState *state, const uint8_t *p, size_t n, const char *errors, bool final, StrBuilder *b, size_t *done) {
    CodecErrors e = CODEC_ERRORS(c->name, errors);
    size_t pos = 0;
    int status = 0;
    while (status == 0 && pos < n) {
        uint32_t u[2];
        int count = 0, used = c->decode(c, state, p + pos, n - pos, u, &count);
        if (used > 0) {
            for (int i = 0; i < count && status == 0; i++) status = builder_char(t, b, u[i]);
            pos += (size_t)used;
            continue;
        }
        if (used == MB_TOO_FEW && !final) break;
        size_t end = used == MB_TOO_FEW ? n : pos + (size_t)-used, next;
        status = codec_decode_error(t, &e, b, &p, &n, pos, end < n ? end : n, used == MB_TOO_FEW ? incomplete : illegal, &next);
        if (status < 0) index_error(t);
        pos = next;
    }
    *done = pos;
    codec_errors_done(t, &e);
    return status;
}

/* ---- codecs -------------------------------------------------------------------------------------------------------------------------------- */

static const char *errors_argument(Thread *t, const char *function, Value v) {
    if (value_is_null(v) || value_is_none(v)) return "strict";
    if (!is_str(v)) return err_set(t, E_TypeError, "%s() argument 'errors' must be str or None, not %T", function, v), NULL;
    return str_utf8(t, v, NULL);
}
/* r and n as the pair that codecs return; r consumed */
static Ref with_length(Thread *t, Ref r, size_t n) {
    if (ref_is_null(r)) return r;
    Ref pair[] = {r, ref_small_int((int64_t)n)};
    return tuple_from_steal(t, pair, 2);
}
static Ref m_encode(Thread *t, Value self, const Value *a) {
    const MbCodec *c = as(Codec, self)->c;
    const char *errors = errors_argument(t, "encode", a[1]);
    if (errors == NULL) return REF_NULL;
    Ref text = is_str(a[0]) ? ref_new(t, a[0]) : object_str(t, a[0]);
    if (ref_is_null(text)) return text;
    ByteBuilder b = BYTE_BUILDER;
    MbState state = {{0}};
    size_t pos = 0, n = str_length(ref_borrow(text));
    Ref r = REF_NULL;
    if (encode_into(t, c, &state, ref_borrow(text), errors, true, &b, &pos) == 0 && put_finish(t, c, &state, &b) == 0) r = with_length(t, bytes_finish(t, &b), n);
    else bytes_drop(&b);
    ref_drop(t, text);
    return r;
}
static Ref m_decode(Thread *t, Value self, const Value *a) {
    const MbCodec *c = as(Codec, self)->c;
    const char *errors = errors_argument(t, "decode", a[1]);
    Buffer in;
    if (errors == NULL || buffer_get_snapshot(t, a[0], &in) < 0) return REF_NULL;
    StrBuilder b = STR_BUILDER;
    MbState state = {{0}};
    size_t done;
    Ref r = REF_NULL;
    if (decode_into(t, c, &state, in.data, (size_t)in.len, errors, true, &b, &done) == 0) r = with_length(t, builder_finish(t, &b), (size_t)in.len);
    else builder_drop(&b);
    buffer_release(t, &in);
    return r;
}
static NativeDef codec_methods[] = {
    FN("encode", "($self, /, input, errors=None)", m_encode, "Return an encoded string version of 'input'.\n\n'errors' may be given to set a different error handling scheme."),
    FN("decode", "($self, /, input, errors=None)", m_decode, "Decodes 'input'.\n\n'errors' may be given to set a different error handling scheme."), FN_END};
static Type codec_type = {TYPE_HEADER(Codec, TYPE_NO_INSTANTIATION, NULL, NULL, NULL), .name = "_multibytecodec.MultibyteCodec", .methods = codec_methods};

/* The state as getstate() shows it; the way back is the same. */
static MbState shown_state(const MbCodec *c, MbState s) {
    for (int i = 0; c->marks && i < 2; i++) s.b[i] = s.b[i] == 0 ? 'B' : s.b[i] == 'B' ? 0 : s.b[i];
    return s;
}

/* ---- what keeps state ------------------------------------------------------------------------------------------------------------------------ */

/* A new instance of cls, whose attribute `codec` says for which charset. */
static Incremental *incremental_new(Thread *t, Value cls, Value errors, Value stream) {
    Incremental *x = kit_instance(t, cls);
    if (x == NULL) return NULL;
    Ref codec = get_attr_cstr(t, object_value(x), "codec");
    if (ref_is_null(codec) || !is_exact(ref_borrow(codec), &codec_type)) {
        if (!ref_is_null(codec)) err_set(t, E_TypeError, "codec is unexpected type");
        ref_drop(t, codec);
        ref_drop(t, ref_steal(x));
        return NULL;
    }
    x->c = as(Codec, ref_borrow(codec))->c;
    ref_drop(t, codec);
    Ref strict = REF_NULL;
    if (value_is_null(errors)) strict = str_from_cstr(t, "strict");
    slot_init(&x->errors, value_is_null(errors) ? strict : ref_new(t, errors));
    slot_init(&x->stream, value_is_null(stream) ? REF_NULL : ref_new(t, stream));
    return x;
}
static Ref new_coder(Thread *t, Value cls, const char *name, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    if (kit_bind(t, name, "|errors", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (!value_is_null(a[0]) && !is_str(a[0])) return err_set(t, E_TypeError, "%s() argument 'errors' must be str, not %T", name, a[0]);
    Incremental *x = incremental_new(t, cls, a[0], VALUE_NULL);
    return x == NULL ? REF_NULL : ref_steal(x);
}
static Ref new_stream(Thread *t, Value cls, const char *name, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    if (kit_bind(t, name, "stream|errors", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (!value_is_null(a[1]) && !is_str(a[1])) return err_set(t, E_TypeError, "%s() argument 'errors' must be str, not %T", name, a[1]);
    Incremental *x = incremental_new(t, cls, a[1], a[0]);
    return x == NULL ? REF_NULL : ref_steal(x);
}
static Ref encoder_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kw) { return new_coder(t, cls, "MultibyteIncrementalEncoder", args, nargs, kw); }
static Ref decoder_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kw) { return new_coder(t, cls, "MultibyteIncrementalDecoder", args, nargs, kw); }
static Ref reader_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kw) { return new_stream(t, cls, "MultibyteStreamReader", args, nargs, kw); }
static Ref writer_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kw) { return new_stream(t, cls, "MultibyteStreamWriter", args, nargs, kw); }
static int no_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return 0; }

static Ref get_errors(Thread *t, Value self, void *closure) { return slot_ref(t, &as(Incremental, self)->errors); }
static int set_errors(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "errors must be a string"));
    slot_set(t, value_object(self), &as(Incremental, self)->errors, ref_new(t, v));
    return 0;
}

/* One chunk of text through an encoder: what is pending comes first. The lock is held. */
static Ref encode_chunk_locked(Thread *t, Incremental *x, Value text, bool final) {
    Ref whole = is_str(text) ? ref_new(t, text) : object_str(t, text), errors = slot_ref(t, &x->errors), r = REF_NULL;
    if (!ref_is_null(whole) && x->pending > 0) {
        Ref before = str_from_ucs4(t, x->chars, (size_t)x->pending), joined = ref_is_null(before) ? before : str_concat(t, ref_borrow(before), ref_borrow(whole));
        ref_drop(t, before);
        ref_drop(t, whole);
        whole = joined;
    }
    const char *how = ref_is_null(whole) ? NULL : str_utf8(t, ref_borrow(errors), NULL);
    if (how != NULL) {
        ByteBuilder b = BYTE_BUILDER;
        size_t pos = 0;
        MbState state = x->state;
        int pending = 0;
        int status = encode_into(t, x->c, &state, ref_borrow(whole), how, final, &b, &pos);
        const Str *s = as(Str, ref_borrow(whole));
        if (status == 0)
            for (; pos < s->length && pending < 2; pos++) x->chars[pending++] = str_at(s, pos);
        if (status == 0 && final) status = put_finish(t, x->c, &state, &b);
        if (status == 0) {
            x->state = state;
            x->pending = pending;
            r = bytes_finish(t, &b);
        } else {
            bytes_drop(&b);
        }
    }
    ref_drop(t, errors);
    ref_drop(t, whole);
    return r;
}
/* One chunk of bytes through a decoder. */
static Ref decode_chunk_locked(Thread *t, Incremental *x, const uint8_t *p, size_t n, bool final) {
    uint8_t *joined = NULL;
    size_t before = (size_t)x->pending, done = 0;
    if (before > 0) {
        joined = mem_alloc(before + n);
        if (joined == NULL) return err_no_memory(t);
        memcpy(joined, x->bytes, before);
        memcpy(joined + before, p, n);
        p = joined;
        n += before;
    }
    Ref errors = slot_ref(t, &x->errors), r = REF_NULL;
    const char *how = str_utf8(t, ref_borrow(errors), NULL);
    StrBuilder b = STR_BUILDER;
    if (how != NULL && decode_into(t, x->c, &x->state, p, n, how, final, &b, &done) == 0) {
        size_t rest = n - (done < n ? done : n);
        if (rest > MAX_PENDING) {
            err_set(t, E_UnicodeError, "pending buffer overflow");
        } else {
            memcpy(x->bytes, p + n - rest, rest);
            x->pending = (int)rest;
            r = builder_finish(t, &b);
        }
    }
    if (ref_is_null(r)) builder_drop(&b);
    ref_drop(t, errors);
    mem_free(joined);
    return r;
}
#define LOCKED(x, r, ...) do { if (kit_lock(t, &(x)->lock) < 0) return REF_NULL; r = __VA_ARGS__; kit_unlock(&(x)->lock); } while (0)

static Ref m_encoder_encode(Thread *t, Value self, const Value *a) {
    Incremental *x = as(Incremental, self);
    int final = value_is_null(a[1]) ? 0 : is_true(t, a[1]);
    if (final < 0) return REF_NULL;
    Ref r;
    LOCKED(x, r, encode_chunk_locked(t, x, a[0], final));
    return r;
}
static Ref m_decoder_decode(Thread *t, Value self, const Value *a) {
    Incremental *x = as(Incremental, self);
    Buffer in;
    int final = value_is_null(a[1]) ? 0 : is_true(t, a[1]);
    if (final < 0 || buffer_get_snapshot(t, a[0], &in) < 0) return REF_NULL;
    Ref r = REF_NULL;
    if (kit_lock(t, &x->lock) == 0) {
        r = decode_chunk_locked(t, x, in.data, (size_t)in.len, final);
        kit_unlock(&x->lock);
    }
    buffer_release(t, &in);
    return r;
}
static Ref reset(Thread *t, Value self, const Value *a) {
    Incremental *x = as(Incremental, self);
    x->state = (MbState){{0}};
    x->pending = 0;
    return REF_NONE;
}
/* The encoder's state as an int: length of what is pending, that in UTF-8, the eight bytes of state, lowest first. */
static Ref encoder_getstate(Thread *t, Value self, const Value *a) {
    Incremental *x = as(Incremental, self);
    uint8_t out[1 + 8 + 8] = {0};
    size_t n = 0;
    if (x->pending > 0) {
        Ref s = str_from_ucs4(t, x->chars, (size_t)x->pending);
        const char *text = ref_is_null(s) ? NULL : str_utf8(t, ref_borrow(s), &n);
        if (text != NULL && n <= 8) memcpy(out + 1, text, n);
        ref_drop(t, s);
        if (text == NULL || n > 8) return text == NULL ? REF_NULL : err_set(t, E_UnicodeError, "pending buffer too large");
    }
    out[0] = (uint8_t)n;
    MbState shown = shown_state(x->c, x->state);
    memcpy(out + 1 + n, shown.b, 8);
    return int_from_bytes(t, out, 1 + n + 8, true, false);
}
static Ref encoder_setstate(Thread *t, Value self, const Value *a) {
    Incremental *x = as(Incremental, self);
    uint8_t in[1 + 8 + 8];
    if (!is_int(a[0])) return err_set(t, E_TypeError, "setstate() argument must be int, not %T", a[0]);
    if (int_to_bytes(t, a[0], in, sizeof in, true, false) < 0) return REF_NULL;
    if (in[0] > 8) return err_set(t, E_UnicodeError, "pending buffer too large");
    Ref s = str_from_utf8(t, (const char *)in + 1, in[0]);
    if (ref_is_null(s)) return s;
    size_t n = str_length(ref_borrow(s));
    for (size_t i = 0; i < n && i < 2; i++) x->chars[i] = str_at(as(Str, ref_borrow(s)), i);
    ref_drop(t, s);
    x->pending = (int)(n < 2 ? n : 2);
    memcpy(x->state.b, in + 1 + in[0], 8);
    x->state = shown_state(x->c, x->state);
    return REF_NONE;
}
static Ref decoder_getstate(Thread *t, Value self, const Value *a) {
    Incremental *x = as(Incremental, self);
    MbState shown = shown_state(x->c, x->state);
    Ref parts[] = {bytes_new(t, x->bytes, (size_t)x->pending), int_from_bytes(t, shown.b, 8, true, false)};
    return tuple_from_steal(t, parts, 2);
}
static Ref decoder_setstate(Thread *t, Value self, const Value *a) {
    Incremental *x = as(Incremental, self);
    if (!is_tuple(a[0])) return err_set(t, E_TypeError, "setstate() argument must be tuple, not %T", a[0]);
    if (tuple_size(a[0]) != 2 || !is_bytes(tuple_get(a[0], 0)) || !is_int(tuple_get(a[0], 1)))
        return err_set(t, E_TypeError, "setstate(): illegal state argument");
    MbState state;
    if (int_to_bytes(t, tuple_get(a[0], 1), state.b, 8, true, false) < 0) return REF_NULL;
    size_t n = bytes_length(tuple_get(a[0], 0));
    if (n > MAX_PENDING) return err_set(t, E_UnicodeError, "pending buffer too large");
    memcpy(x->bytes, bytes_data(tuple_get(a[0], 0)), n);
    x->pending = (int)n;
    x->state = shown_state(x->c, state);
    return REF_NONE;
}

#define ALONE(name)                                                      \
    static Ref m_##name(Thread *t, Value self, const Value *a) {        \
        Ref r;                                                          \
        LOCKED(as(Incremental, self), r, name(t, self, a));              \
        return r;                                                       \
    }
ALONE(reset)
ALONE(encoder_getstate)
ALONE(encoder_setstate)
ALONE(decoder_getstate)
ALONE(decoder_setstate)

/* ---- streams ------------------------------------------------------------------------------------------------------------------------------------ */

/* Reads by the stream's `method`; with a size reads on until at least one character is there. */
static Ref stream_read(Thread *t, Incremental *x, Value method, int64_t size) {
    if (size == 0) return ref_new(t, str_empty());
    for (;;) {
        Value arg = small_int(size);
        Ref data = call_method(t, slot_get(&x->stream), method, &arg, size < 0 ? 0 : 1), r;
        if (ref_is_null(data)) return data;
        if (!is_bytes(ref_borrow(data))) {
            err_set(t, E_TypeError, "stream function returned a non-bytes object (%.100T)", ref_borrow(data));
            ref_drop(t, data);
            return REF_NULL;
        }
        size_t n = bytes_length(ref_borrow(data));
        r = decode_chunk_locked(t, x, bytes_data(ref_borrow(data)), n, n == 0 || size < 0);
        ref_drop(t, data);
        if (ref_is_null(r) || n == 0 || size < 0 || str_length(ref_borrow(r)) > 0) return r;
        ref_drop(t, r);
        size = 1; /* read one more byte and try again */
    }
}
static int size_argument(Thread *t, Value v, int64_t *size) {
    *size = -1;
    return value_is_null(v) || value_is_none(v) ? 0 : as_i64(t, v, size);
}
static Ref m_read(Thread *t, Value self, const Value *a) {
    int64_t size;
    Ref r;
    if (size_argument(t, a[0], &size) < 0) return REF_NULL;
    LOCKED(as(Incremental, self), r, stream_read(t, as(Incremental, self), N(read), size));
    return r;
}
static Ref m_readline(Thread *t, Value self, const Value *a) {
    int64_t size;
    Ref r;
    if (size_argument(t, a[0], &size) < 0) return REF_NULL;
    LOCKED(as(Incremental, self), r, stream_read(t, as(Incremental, self), N(readline), size));
    return r;
}
static Ref m_readlines(Thread *t, Value self, const Value *a) {
    int64_t size;
    Ref r;
    if (size_argument(t, a[0], &size) < 0) return REF_NULL;
    LOCKED(as(Incremental, self), r, stream_read(t, as(Incremental, self), N(read), size));
    if (ref_is_null(r)) return r;
    Value keep = VALUE_TRUE;
    Ref lines = call_method1(t, ref_borrow(r), str_intern_cstr(t, "splitlines"), keep);
    ref_drop(t, r);
    return lines;
}
static Ref write_bytes(Thread *t, Incremental *x, Ref bytes) {
    if (ref_is_null(bytes)) return bytes;
    Ref r = call_method1(t, slot_get(&x->stream), N(write), ref_borrow(bytes));
    ref_drop(t, bytes);
    if (ref_is_null(r)) return r;
    ref_drop(t, r);
    return REF_NONE;
}
static Ref m_write(Thread *t, Value self, const Value *a) {
    Incremental *x = as(Incremental, self);
    Ref r;
    LOCKED(x, r, write_bytes(t, x, encode_chunk_locked(t, x, a[0], false)));
    return r;
}
static Ref m_writelines(Thread *t, Value self, const Value *a) {
    if (!is_sequence(a[0])) return err_set(t, E_TypeError, "arg must be a sequence object");
    for (int64_t i = 0; i < object_len(t, a[0]); i++) {
        Ref line = get_item(t, a[0], small_int(i));
        Value v = ref_borrow(line);
        Ref r = ref_is_null(line) ? line : m_write(t, self, &v);
        ref_drop(t, line);
        if (ref_is_null(r)) return r;
    }
    return err_pending(t) ? REF_NULL : REF_NONE;
}
static Ref m_writer_reset(Thread *t, Value self, const Value *a) {
    Incremental *x = as(Incremental, self);
    Ref r;
    LOCKED(x, r, encode_chunk_locked(t, x, str_empty(), true));
    if (ref_is_null(r) || bytes_length(ref_borrow(r)) == 0) {
        if (ref_is_null(r)) return r;
        ref_drop(t, r);
        return REF_NONE;
    }
    return write_bytes(t, x, r);
}

static const GetSetDef errors_getset[] = {{"errors", get_errors, set_errors, "how to treat errors"}, {NULL}};
static const MemberDef stream_members[] = {{"stream", MEMBER_SLOT, offsetof(Incremental, stream), true}, {NULL}};
#define STATEFUL(name_, new__, methods_, members_)                                                                                       \
    {TYPE_HEADER(Incremental, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, kit_traverse_2, NULL, kit_drop_2), .name = "_multibytecodec." name_,       \
     .weakrefs_offset = offsetof(Incremental, weakrefs), .new_ = new__, .init = no_init, .methods = methods_, .members = members_, .getset = errors_getset}
static NativeDef encoder_methods[] = {FN("encode", "($self, /, input, final=False)", m_encoder_encode, NULL), FN("getstate", "($self, /)", m_encoder_getstate, NULL),
                                      FN("setstate", "($self, state, /)", m_encoder_setstate, NULL), FN("reset", "($self, /)", m_reset, NULL), FN_END};
static NativeDef decoder_methods[] = {FN("decode", "($self, /, input, final=False)", m_decoder_decode, NULL), FN("getstate", "($self, /)", m_decoder_getstate, NULL),
                                      FN("setstate", "($self, state, /)", m_decoder_setstate, NULL), FN("reset", "($self, /)", m_reset, NULL), FN_END};
static NativeDef reader_methods[] = {FN("read", "($self, sizeobj=None, /)", m_read, NULL), FN("readline", "($self, sizeobj=None, /)", m_readline, NULL),
                                     FN("readlines", "($self, sizehintobj=None, /)", m_readlines, NULL), FN("reset", "($self, /)", m_reset, NULL), FN_END};
static NativeDef writer_methods[] = {FN("write", "($self, strobj, /)", m_write, NULL), FN("writelines", "($self, lines, /)", m_writelines, NULL),
                                     FN("reset", "($self, /)", m_writer_reset, NULL), FN_END};
static Type encoder_type = STATEFUL("MultibyteIncrementalEncoder", encoder_new, encoder_methods, NULL);
static Type decoder_type = STATEFUL("MultibyteIncrementalDecoder", decoder_new, decoder_methods, NULL);
static Type reader_type = STATEFUL("MultibyteStreamReader", reader_new, reader_methods, stream_members);
static Type writer_type = STATEFUL("MultibyteStreamWriter", writer_new, writer_methods, stream_members);

/* ---- modules --------------------------------------------------------------------------------------------------------------------------------------- */

int module_init_multibytecodec(Thread *t, Value module) {
    Type *const types[] = {&encoder_type, &decoder_type, &reader_type, &writer_type, NULL};
    return type_ready(t, &codec_type) < 0 ? -1 : kit_module(t, module, types, NULL, NULL);
}

static Ref m_getcodec(Thread *t, Value module, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "encoding name must be a string.");
    Ref module_name = get_attr(t, module, N(__name__));
    if (ref_is_null(module_name)) return module_name;
    const MbCodec *found = NULL, *const lists[] = {mb_charset_codecs, mb_stateful_codecs};
    for (int i = 0; i < 2; i++)
        for (const MbCodec *c = lists[i]; c->name != NULL && found == NULL; c++)
            if (str_equal_ascii(a[0], c->name) && str_equal_ascii(ref_borrow(module_name), c->module)) found = c;
    ref_drop(t, module_name);
    if (found == NULL) return err_set(t, E_LookupError, "no such codec is supported.");
    Ref mbc = import_module(t, "_multibytecodec");
    if (ref_is_null(mbc)) return mbc;
    ref_drop(t, mbc);
    if (!mb_codec_ready(found)) return err_set(t, E_LookupError, "no such codec is supported.");
    Codec *c = object_new(Codec, t, &codec_type);
    if (c == NULL) return REF_NULL;
    c->c = found;
    return ref_steal(c);
}
/* The same for each region: the codecs know which module they are in. */
int module_init_codecs_region(Thread *t, Value module) {
    static NativeDef functions[] = {FN("getcodec", "!($module, encoding, /)", m_getcodec, NULL), FN_END};
    return module_add_functions(t, module, functions);
}
