/* _io.TextIOWrapper, IncrementalNewlineDecoder: text over a binary file.
 *
 * UTF-8, ASCII and Latin-1 are decoded and encoded here; other encodings through the codecs module's incremental objects. Output is gathered as bytes and
 * handed to the buffer when there is a chunk of it. The object's IoLock guards everything; it is re-entrant.
 */
#include "runtime/modules/_io.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/codecs.h"
#include "runtime/config.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/text.h"
#include <langinfo.h>
#include <strings.h>

/* ---- universal newlines ------------------------------------------------------------------------------------------------------------------ */

#define SEEN_CR 1
#define SEEN_LF 2
#define SEEN_CRLF 4
/* The newlines of [i, end) that no \r belongs to. */
static void see_lf(Newlines *n, Span s, size_t i, size_t end) {
    if (!(n->seen & SEEN_LF) && span_find_char(span_cut(s, i, end), '\n', 1) >= 0) n->seen |= SEEN_LF;
}
/* A \r stood before s[i]: what it is, and where to go on. */
static size_t see_cr(Newlines *n, Span s, size_t i) {
    bool pair = i < s.length && span_at(s, i) == '\n';
    n->seen |= pair ? SEEN_CRLF : SEEN_CR;
    return pair ? i + 1 : i;
}

Ref newlines_translate(Thread *t, Newlines *n, Value text, bool final) {
    Span s = span_str(text);
    size_t i = 0, from = 0; /* what is before `from` is in b */
    StrBuilder b = STR_BUILDER;
    if (n->pending_cr) {
        if (s.length == 0 && !final) return ref_new(t, text); /* what follows decides */
        n->pending_cr = false;
        i = see_cr(n, s, 0);
        if (n->translate) from = i;
        if (builder_char(t, &b, n->translate ? '\n' : '\r') < 0) return REF_NULL;
    }
    while (i < s.length) {
        int64_t at = span_find_char(span_cut(s, i, s.length), '\r', 1);
        size_t end = at < 0 ? s.length : i + (size_t)at;
        see_lf(n, s, i, end);
        if (at < 0) break;
        if (end + 1 == s.length && !final) {
            if (builder_slice(t, &b, text, from, end) < 0) goto fail;
            n->pending_cr = true;
            return builder_finish(t, &b);
        }
        i = see_cr(n, s, end + 1);
        if (!n->translate) continue;
        if (builder_slice(t, &b, text, from, end) < 0 || builder_char(t, &b, '\n') < 0) goto fail;
        from = i;
    }
    if (from == 0 && b.length == 0) return ref_new(t, text);
    if (builder_slice(t, &b, text, from, s.length) == 0) return builder_finish(t, &b);
fail:
    builder_drop(&b);
    return REF_NULL;
}

Ref newlines_seen(Thread *t, uint8_t seen) {
    static const char *const text[] = {"\r", "\n", "\r\n"};
    Ref items[3];
    size_t n = 0;
    for (int i = 0; i < 3; i++)
        if (seen & 1 << i) items[n++] = str_from_cstr(t, text[i]);
    return n == 0 ? REF_NONE : n == 1 ? items[0] : tuple_from_steal(t, items, n);
}

/* The end of the line that ends at \n, \r or both. (A \r at the end of a chunk is held back by the decoder.) */
static int64_t universal_line_end(const Str *s, size_t i) {
    size_t n = s->length;
#define RUN(Unit)                                                                                                     \
    for (const Unit *p = (const Unit *)s->data; i < n; i++) {                                                         \
        if (likely(p[i] > '\r')) continue;                                                                            \
        if (p[i] == '\n') return (int64_t)i + 1;                                                                      \
        if (p[i] == '\r') return (int64_t)i + (i + 1 < n && p[i + 1] == '\n' ? 2 : 1);                                \
    }
    FOR_KIND(s->kind, RUN)
#undef RUN
    return -1;
}

int64_t find_line_end(Value text, int64_t start, bool translated, bool universal, const char *newline) {
    Span s = span_str(text);
    size_t i = (size_t)start;
    if (i >= s.length) return -1;
    if (universal && !translated) return universal_line_end(as(Str, text), i);
    uint32_t wanted = translated ? '\n' : (uint8_t)newline[0];
    bool pair = !translated && newline[1] != 0; /* \r\n */
    for (;;) {
        int64_t at = span_find_char(span_cut(s, i, s.length), wanted, 1);
        if (at < 0) return -1;
        i += (size_t)at + 1;
        if (!pair) return (int64_t)i;
        if (i < s.length && span_at(s, i) == '\n') return (int64_t)i + 1;
    }
}

typedef struct NewlineDecoder { Object base; Slot decoder; Newlines newlines; } NewlineDecoder;
static int newline_decoder_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[3];
    if (bind_args(t, "IncrementalNewlineDecoder", "(decoder, translate, errors='strict')", &signature, args, nargs, kwnames, a, 3) < 0) return -1;
    int translate = is_true(t, a[1]);
    if (translate < 0) return -1;
    as(NewlineDecoder, self)->newlines = (Newlines){.translate = translate};
    slot_set(t, value_object(self), &as(NewlineDecoder, self)->decoder, ref_new(t, a[0]));
    return 0;
}
static Ref newline_decoder_decode(Thread *t, Value self, const Value *a) {
    NewlineDecoder *d = as(NewlineDecoder, self);
    int final = value_is_null(a[1]) ? 0 : is_true(t, a[1]);
    if (final < 0) return REF_NULL;
    Value decoder = slot_get(&d->decoder);
    Ref text;
    if (value_is_none(decoder)) text = ref_new(t, a[0]);
    else {
        Value args[2] = {a[0], value_bool(final)};
        text = call_method(t, decoder, str_intern_cstr(t, "decode"), args, 2);
    }
    if (ref_is_null(text)) return text;
    if (!is_str(ref_borrow(text))) {
        err_set(t, E_TypeError, "decoder should return a string result, not '%.200T'", ref_borrow(text));
        ref_drop(t, text);
        return REF_NULL;
    }
    Ref r = newlines_translate(t, &d->newlines, ref_borrow(text), final);
    ref_drop(t, text);
    return r;
}
static Ref newline_decoder_getstate(Thread *t, Value self, const Value *a) {
    NewlineDecoder *d = as(NewlineDecoder, self);
    Value decoder = slot_get(&d->decoder);
    Ref buffer = bytes_new(t, NULL, 0), flags = ref_small_int(0);
    if (!value_is_none(decoder)) {
        Ref state = call_method0(t, decoder, str_intern_cstr(t, "getstate"));
        if (ref_is_null(state)) return state;
        if (!is_tuple(ref_borrow(state)) || tuple_size(ref_borrow(state)) != 2) {
            ref_drop(t, state);
            return err_set(t, E_TypeError, "illegal decoder state");
        }
        ref_drop(t, buffer);
        buffer = ref_new(t, tuple_get(ref_borrow(state), 0));
        flags = ref_new(t, tuple_get(ref_borrow(state), 1));
        ref_drop(t, state);
    }
    Ref shifted = int_lshift(t, ref_borrow(flags), small_int(1));
    ref_drop(t, flags);
    Ref all = ref_is_null(shifted) ? shifted : int_add(t, ref_borrow(shifted), small_int(d->newlines.pending_cr));
    ref_drop(t, shifted);
    Ref items[2] = {buffer, all};
    return tuple_from_steal(t, items, 2);
}
static Ref newline_decoder_setstate(Thread *t, Value self, const Value *a) {
    NewlineDecoder *d = as(NewlineDecoder, self);
    int64_t flags;
    if (!is_tuple(a[0]) || tuple_size(a[0]) != 2) return err_set(t, E_TypeError, "state argument must be a tuple");
    if (as_i64(t, tuple_get(a[0], 1), &flags) < 0) return REF_NULL;
    d->newlines.pending_cr = flags & 1;
    if (value_is_none(slot_get(&d->decoder))) return REF_NONE;
    Ref state = tuple_pack(t, 2, tuple_get(a[0], 0), small_int(flags >> 1));
    if (ref_is_null(state)) return state;
    Ref r = call_method1(t, slot_get(&d->decoder), str_intern_cstr(t, "setstate"), ref_borrow(state));
    ref_drop(t, state);
    return r;
}
static Ref newline_decoder_reset(Thread *t, Value self, const Value *a) {
    NewlineDecoder *d = as(NewlineDecoder, self);
    d->newlines.pending_cr = false;
    d->newlines.seen = 0;
    return value_is_none(slot_get(&d->decoder)) ? REF_NONE : call_method0(t, slot_get(&d->decoder), str_intern_cstr(t, "reset"));
}
static Ref newline_decoder_newlines(Thread *t, Value self, void *c) { return newlines_seen(t, as(NewlineDecoder, self)->newlines.seen); }
static Ref plain_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static void newline_decoder_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((NewlineDecoder *)o)->decoder, visit, arg); }
static void newline_decoder_clear(Thread *t, Object *o) { ref_drop(t, slot_take(t, o, &((NewlineDecoder *)o)->decoder)); }
static NativeDef newline_decoder_methods[] = {
    FN("decode", "($self, /, input, final=False)", newline_decoder_decode, "Decodes, and translates newlines."),
    FN("getstate", "($self, /)", newline_decoder_getstate, NULL), FN("setstate", "($self, state, /)", newline_decoder_setstate, NULL),
    FN("reset", "($self, /)", newline_decoder_reset, NULL), FN_END,
};
static const GetSetDef newline_decoder_getset[] = {{"newlines", newline_decoder_newlines}, {NULL}};
Type newline_decoder_type = {
    TYPE_HEADER(NewlineDecoder, TYPE_BASETYPE | TYPE_CONTAINER, newline_decoder_traverse, newline_decoder_clear, newline_decoder_clear),
    .name = "_io.IncrementalNewlineDecoder", .doc = "Translates newlines in front of another decoder.", .methods = newline_decoder_methods,
    .getset = newline_decoder_getset, .new_ = plain_new, .init = newline_decoder_init,
};

/* ---- TextIOWrapper ---------------------------------------------------------------------------------------------------------------------------- */

typedef enum { CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1, CODEC_PYTHON } Codec;
typedef struct Text {
    IoBase io;
    IoLock lock;
    Slot buffer, encoding, errors; /* the fields below are guarded by the lock */
    Slot decoder, encoder;         /* CODEC_PYTHON; null: none made yet or none needed */
    Codec codec;
    bool ok, line_buffering, write_through, read_universal, read_translate, readable, writable, seekable, has_read1, encoded_any;
    char read_newline[3];          /* "" unless one kind ends lines */
    char write_newline[3];         /* what \n is written as; "" = as it is */
    Newlines newlines;
    uint8_t held[8];               /* bytes of an unfinished character */
    uint8_t held_count;
    Slot decoded;                  /* str: read but not handed out yet, from decoded_pos on */
    size_t decoded_pos;
    Slot chunk;                    /* bytes that gave `decoded`; null: unknown, tell() not possible in between */
    int64_t chunk_flags;           /* decoder's flags before it */
    bool chunk_cr;
    bool telling;
    uint8_t *out;
    size_t out_count, out_room, chunk_size;
} Text;

static Value buffer_of(Value self) { return slot_get(&as(Text, self)->buffer); }

static int check_attached(Thread *t, Value self) {
    if (!as(Text, self)->ok) return err_int(err_set(t, E_ValueError, "I/O operation on uninitialized object"));
    if (value_is_null(buffer_of(self))) return err_int(err_set(t, E_ValueError, "underlying buffer has been detached"));
    return 0;
}
/* A method of the buffer, which is held: while it waits or runs Python, detach() may be called. ValueError if it has been. */
static Ref buffer_call(Thread *t, Value self, Value method, const Value *args, size_t n) {
    Ref buffer = slot_ref(t, &as(Text, self)->buffer), r = REF_NULL;
    if (unlikely(ref_is_null(buffer))) err_set(t, E_ValueError, "underlying buffer has been detached");
    else if (!value_is_null(method)) r = call_method(t, ref_borrow(buffer), method, args, n);
    ref_drop(t, buffer);
    return r;
}
static int check_open(Thread *t, Value self) {
    if (check_attached(t, self) < 0) return -1;
    Value b = buffer_of(self);
    int closed = value_is_null(b) ? check_attached(t, self) : io_closed(t, b);
    return closed > 0 ? err_int(err_set(t, E_ValueError, "I/O operation on closed file.")) : closed;
}

/* -- writing -- */

static int flush_out(Thread *t, Value self) {
    Text *x = as(Text, self);
    if (x->out_count == 0) return 0;
    Ref bytes = bytes_new(t, x->out, x->out_count);
    if (ref_is_null(bytes)) return -1;
    x->out_count = 0;
    Ref r;
    do r = buffer_call(t, self, N(write), (const Value[]){ref_borrow(bytes)}, 1);
    while (ref_is_null(r) && io_retry(t));
    ref_drop(t, bytes);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

static int out_append(Thread *t, Value self, const void *p, size_t n) {
    Text *x = as(Text, self);
    if (x->out_count && x->out_count + n > x->chunk_size && flush_out(t, self) < 0) return -1;
    if (x->out_count + n > x->out_room) {
        size_t room = x->out_count + n + x->chunk_size;
        uint8_t *grown = mem_realloc(x->out, room);
        if (grown == NULL) return err_int(err_no_memory(t));
        x->out = grown;
        x->out_room = room;
    }
    memcpy(x->out + x->out_count, p, n);
    x->out_count += n;
    return 0;
}

static const char *text_of(const Slot *s) { return (const char *)as(Str, slot_get(s))->data; } /* encodings and error handlers are ASCII */

static int encode_out(Thread *t, Value self, Value text) {
    Text *x = as(Text, self);
    const Str *s = as(Str, text);
    if (s->ascii && x->codec != CODEC_PYTHON) return out_append(t, self, s->data, s->length);
    Ref bytes;
    if (x->codec != CODEC_PYTHON) {
        bytes = str_encode(t, text, text_of(&x->encoding), text_of(&x->errors));
    } else {
        bytes = call_method1(t, slot_get(&x->encoder), str_intern_cstr(t, "encode"), text);
        if (!ref_is_null(bytes) && !is_bytes(ref_borrow(bytes))) {
            err_set(t, E_TypeError, "encoder should return a bytes object, not '%.200T'", ref_borrow(bytes));
            ref_drop(t, bytes);
            return -1;
        }
    }
    if (ref_is_null(bytes)) return -1;
    x->encoded_any = true;
    int r = out_append(t, self, bytes_data(ref_borrow(bytes)), bytes_length(ref_borrow(bytes)));
    ref_drop(t, bytes);
    return r;
}

static void forget_read(Thread *t, Value self) {
    Text *x = as(Text, self);
    slot_set(t, x, &x->decoded, REF_NULL);
    slot_set(t, x, &x->chunk, REF_NULL);
    x->decoded_pos = 0;
}

static int write_locked(Thread *t, Value self, Value text) {
    Text *x = as(Text, self);
    const Str *s = as(Str, text);
    bool lf = s->kind == 1 ? memchr(s->data, '\n', s->length) != NULL : find_line_end(text, 0, true, false, "") >= 0;
    bool cr = x->line_buffering && !lf && s->kind == 1 && memchr(s->data, '\r', s->length) != NULL;
    Ref replaced = REF_NULL;
    if (lf && x->write_newline[0]) {
        Ref nl = str_from_cstr(t, x->write_newline);
        Value args[] = {str_intern_cstr(t, "\n"), ref_borrow(nl)};
        replaced = ref_is_null(nl) ? nl : call_method(t, text, N(replace), args, 2);
        ref_drop(t, nl);
        if (ref_is_null(replaced)) return -1;
        text = ref_borrow(replaced);
    }
    int r = encode_out(t, self, text);
    ref_drop(t, replaced);
    if (r < 0) return -1;
    bool flush = x->line_buffering && (lf || cr);
    if ((x->out_count >= x->chunk_size || flush || x->write_through) && flush_out(t, self) < 0) return -1;
    if (flush) {
        Ref done = buffer_call(t, self, N(flush), NULL, 0);
        ref_drop(t, done);
        if (ref_is_null(done)) return -1;
    }
    if (!value_is_null(slot_get(&x->decoded))) {
        forget_read(t, self);
        x->held_count = 0;
        x->newlines.pending_cr = false;
        if (!value_is_null(slot_get(&x->decoder))) {
            Ref done = call_method0(t, slot_get(&x->decoder), str_intern_cstr(t, "reset"));
            ref_drop(t, done);
            if (ref_is_null(done)) return -1;
        }
    }
    return 0;
}

/* io_lock; -1 with ValueError if the buffer was detached while we waited */
static int text_lock(Thread *t, Value self) {
    Text *x = as(Text, self);
    int taken = io_lock(t, x, &x->lock);
    if (taken < 0 || !x->ok || likely(!value_is_null(buffer_of(self)))) return taken;
    io_unlock(t, &x->lock, taken);
    return check_attached(t, self);
}
#define LOCKED(t, self, result, ...)                                                \
    do {                                                                           \
        int taken_ = text_lock((t), (self));                                       \
        if (taken_ < 0) break;                                                     \
        result = __VA_ARGS__;                                                      \
        io_unlock((t), &as(Text, self)->lock, taken_);                             \
    } while (0)

static Ref m_write(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "write() argument must be str, not %G", a[0]);
    if (check_attached(t, self) < 0) return REF_NULL;
    if (check_open(t, self) < 0) return REF_NULL;
    if (!as(Text, self)->writable) return unsupported(t, "not writable");
    int r = -1;
    LOCKED(t, self, r, write_locked(t, self, a[0]));
    return r < 0 ? REF_NULL : int_from_u64(t, str_length(a[0]));
}
static Ref flush_locked(Thread *t, Value self) {
    as(Text, self)->telling = as(Text, self)->seekable;
    return flush_out(t, self) < 0 ? REF_NULL : buffer_call(t, self, N(flush), NULL, 0);
}
static Ref m_flush(Thread *t, Value self, const Value *a) {
    Ref r = REF_NULL;
    if (check_open(t, self) < 0) return r;
    LOCKED(t, self, r, flush_locked(t, self));
    return r;
}

/* -- reading -- */

/* bytes at the end that begin a UTF-8 character without ending it */
static size_t unfinished(const uint8_t *p, size_t n) {
    for (size_t back = 1; back <= 3 && back <= n; back++) {
        uint8_t c = p[n - back];
        if (c >= 0xC0) return back < (size_t)(c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2) ? back : 0;
        if (c < 0x80) return 0;
    }
    return 0;
}

static Ref decode(Thread *t, Value self, Value bytes, bool final) {
    Text *x = as(Text, self);
    Ref text;
    if (x->codec == CODEC_PYTHON) {
        Value args[2] = {bytes, value_bool(final)};
        text = call_method(t, slot_get(&x->decoder), str_intern_cstr(t, "decode"), args, 2);
        if (!ref_is_null(text) && !is_str(ref_borrow(text))) {
            err_set(t, E_TypeError, "decoder should return a string result, not '%.200T'", ref_borrow(text));
            ref_drop(t, text);
            return REF_NULL;
        }
    } else {
        Buffer view;
        if (buffer_get(t, bytes, &view, BUFFER_SIMPLE) < 0) return REF_NULL;
        const uint8_t *p = view.data;
        size_t n = (size_t)view.len;
        uint8_t *joined = NULL;
        if (x->held_count) {
            joined = mem_alloc(n + x->held_count);
            if (joined == NULL) {
                buffer_release(t, &view);
                return err_no_memory(t);
            }
            memcpy(joined, x->held, x->held_count);
            memcpy(joined + x->held_count, p, n);
            p = joined;
            n += x->held_count;
        }
        size_t tail = x->codec == CODEC_UTF8 && !final ? unfinished(p, n) : 0;
        text = str_decode(t, (const char *)p, n - tail, text_of(&x->encoding), text_of(&x->errors));
        if (!ref_is_null(text)) {
            memcpy(x->held, p + n - tail, tail);
            x->held_count = (uint8_t)tail;
        }
        mem_free(joined);
        buffer_release(t, &view);
    }
    if (ref_is_null(text) || !x->read_universal) return text;
    Ref r = newlines_translate(t, &x->newlines, ref_borrow(text), final);
    ref_drop(t, text);
    return r;
}

/* the decoder's state in front of the next chunk: what it holds back, and flags */
static int save_state(Thread *t, Value self, Ref *held, int64_t *flags) {
    Text *x = as(Text, self);
    *flags = 0;
    if (x->codec != CODEC_PYTHON) {
        *held = bytes_new(t, x->held, x->held_count);
        return ref_is_null(*held) ? -1 : 0;
    }
    Ref state = call_method0(t, slot_get(&x->decoder), str_intern_cstr(t, "getstate"));
    if (ref_is_null(state)) return -1;
    if (!is_tuple(ref_borrow(state)) || tuple_size(ref_borrow(state)) != 2 || !is_bytes(tuple_get(ref_borrow(state), 0))) {
        ref_drop(t, state);
        return err_int(err_set(t, E_TypeError, "illegal decoder state"));
    }
    *held = ref_new(t, tuple_get(ref_borrow(state), 0));
    int r = as_i64(t, tuple_get(ref_borrow(state), 1), flags);
    ref_drop(t, state);
    if (r < 0) ref_drop(t, *held);
    return r;
}
/* Of a place in the stream: at its start a decoder looks for a byte order mark again, elsewhere it doesn't. */
static int restore_state(Thread *t, Value self, int64_t start, int64_t flags, bool cr) {
    Text *x = as(Text, self);
    x->held_count = 0;
    x->newlines.pending_cr = cr;
    if (value_is_null(slot_get(&x->decoder))) return 0;
    Ref empty = bytes_new(t, NULL, 0), state = tuple_pack(t, 2, ref_borrow(empty), small_int(flags));
    ref_drop(t, empty);
    Ref r = ref_is_null(state) ? state : start == 0 && flags == 0 ? call_method0(t, slot_get(&x->decoder), str_intern_cstr(t, "reset"))
                                                                  : call_method1(t, slot_get(&x->decoder), str_intern_cstr(t, "setstate"), ref_borrow(state));
    ref_drop(t, state);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

/* One chunk more into `decoded`, which is used up. 1: there may be more, 0: end, -1: error */
static int read_chunk(Thread *t, Value self, int64_t hint) {
    Text *x = as(Text, self);
    if (!x->readable) return err_int(unsupported(t, "not readable"));
    Ref held = REF_NULL;
    int64_t flags = 0;
    bool cr = x->newlines.pending_cr;
    if (x->telling && save_state(t, self, &held, &flags) < 0) return -1;
    int64_t size = (int64_t)x->chunk_size > hint ? (int64_t)x->chunk_size : hint;
    Ref data = buffer_call(t, self, str_intern_cstr(t, x->has_read1 ? "read1" : "read"), (const Value[]){small_int(size)}, 1);
    int result = -1;
    if (ref_is_null(data)) goto done;
    if (!buffer_supported(ref_borrow(data))) {
        err_set(t, E_TypeError, "underlying %s() should have returned a bytes-like object, not '%.200T'", x->has_read1 ? "read1" : "read", ref_borrow(data));
        goto done;
    }
    int64_t n = object_len(t, ref_borrow(data));
    if (n < 0) goto done;
    Ref text = decode(t, self, ref_borrow(data), n == 0);
    if (ref_is_null(text)) goto done;
    result = n > 0 || str_length(ref_borrow(text)) > 0;
    slot_set(t, x, &x->decoded, text);
    x->decoded_pos = 0;
    if (x->telling) {
        Ref both = binary_op(t, OP_ADD, ref_borrow(held), ref_borrow(data));
        if (ref_is_null(both)) result = -1;
        else slot_set(t, x, &x->chunk, both);
        x->chunk_flags = flags;
        x->chunk_cr = cr;
    }
done:
    ref_drop(t, held);
    ref_drop(t, data);
    return result;
}

/* up to n (negative: all) characters of what is decoded already */
static Ref take_decoded(Thread *t, Text *x, int64_t n) {
    Value d = slot_get(&x->decoded);
    if (value_is_null(d)) return ref_new(t, str_empty());
    size_t length = str_length(d), left = length - x->decoded_pos, take = n < 0 || (size_t)n > left ? left : (size_t)n;
    if (x->decoded_pos == 0 && take == length) {
        x->decoded_pos = length;
        return ref_new(t, d);
    }
    Ref r = str_slice(t, d, (int64_t)x->decoded_pos, (int64_t)(x->decoded_pos + take));
    if (!ref_is_null(r)) x->decoded_pos += take;
    return r;
}

static Ref read_locked(Thread *t, Value self, int64_t n) {
    Text *x = as(Text, self);
    if (flush_out(t, self) < 0) return REF_NULL;
    if (n < 0) {
        Ref data = buffer_call(t, self, N(read), NULL, 0);
        if (ref_is_null(data)) return data;
        Ref text = ref_is_none(data) ? err_set(t, E_TypeError, "decoder should return a string result") : decode(t, self, ref_borrow(data), true);
        ref_drop(t, data);
        if (ref_is_null(text)) return text;
        Ref head = take_decoded(t, x, -1);
        Ref r = ref_is_null(head) ? head : str_length(ref_borrow(head)) ? str_concat(t, ref_borrow(head), ref_borrow(text)) : ref_new(t, ref_borrow(text));
        ref_drop(t, head);
        ref_drop(t, text);
        forget_read(t, self);
        return r;
    }
    Ref r = take_decoded(t, x, n);
    while (!ref_is_null(r) && (int64_t)str_length(ref_borrow(r)) < n) {
        int more = read_chunk(t, self, n - (int64_t)str_length(ref_borrow(r)));
        if (more < 0) {
            if (io_retry(t)) continue;
            ref_drop(t, r);
            return REF_NULL;
        }
        if (more == 0) break;
        Ref piece = take_decoded(t, x, n - (int64_t)str_length(ref_borrow(r)));
        if (ref_is_null(piece)) {
            ref_drop(t, r);
            return piece;
        }
        r = str_append_steal(t, r, ref_borrow(piece));
        ref_drop(t, piece);
    }
    return r;
}
static int check_readable(Thread *t, Value self) {
    if (check_open(t, self) < 0) return -1;
    return as(Text, self)->readable ? 0 : err_int(unsupported(t, "not readable"));
}
static Ref m_read(Thread *t, Value self, const Value *a) {
    int64_t n;
    Ref r = REF_NULL;
    if (check_attached(t, self) < 0 || io_size(t, a[0], &n) < 0 || check_readable(t, self) < 0) return r;
    LOCKED(t, self, r, read_locked(t, self, n));
    return r;
}

static Ref readline_locked(Thread *t, Value self, int64_t limit) {
    Text *x = as(Text, self);
    if (x->out_count && flush_out(t, self) < 0) return REF_NULL;
    Ref line = REF_NULL;
    for (;;) {
        Value d = slot_get(&x->decoded);
        size_t have = value_is_null(d) ? 0 : str_length(d) - x->decoded_pos;
        if (have == 0) {
            int more = read_chunk(t, self, 0);
            if (more < 0) {
                if (io_retry(t)) continue;
                ref_drop(t, line);
                return REF_NULL;
            }
            if (more == 0) {
                forget_read(t, self); /* at the end nothing stands in reconfigure()'s way */
                break;
            }
            continue;
        }
        if (!ref_is_null(line) && !x->read_translate && !x->read_universal && strcmp(x->read_newline, "\r\n") == 0) {
            /* the pair may be split between two chunks */
            const Str *s = as(Str, ref_borrow(line));
            if (s->length && str_at(s, s->length - 1) == '\r' && str_at(as(Str, d), x->decoded_pos) == '\n' && (limit < 0 || (int64_t)s->length < limit)) {
                Ref nl = take_decoded(t, x, 1);
                line = ref_is_null(nl) ? nl : str_append_steal(t, line, ref_borrow(nl));
                ref_drop(t, nl);
                return line;
            }
        }
        int64_t end = find_line_end(d, (int64_t)x->decoded_pos, x->read_translate, x->read_universal, x->read_newline);
        int64_t take = end >= 0 ? end - (int64_t)x->decoded_pos : (int64_t)have;
        int64_t so_far = ref_is_null(line) ? 0 : (int64_t)str_length(ref_borrow(line));
        bool done = end >= 0;
        if (limit >= 0 && so_far + take >= limit) take = limit - so_far, done = true;
        Ref piece = take_decoded(t, x, take);
        if (ref_is_null(piece)) {
            ref_drop(t, line);
            return piece;
        }
        if (ref_is_null(line)) {
            line = piece;
        } else {
            line = str_append_steal(t, line, ref_borrow(piece));
            ref_drop(t, piece);
            if (ref_is_null(line)) return line;
        }
        if (done) return line;
    }
    return ref_is_null(line) ? ref_new(t, str_empty()) : line;
}
/* The next line where it stands whole in what is decoded already and nothing else is to be done first; else null, without an exception. */
static Ref line_at_hand(Thread *t, Value self) {
    Text *x = as(Text, self);
    if (!is_exact(self, &text_io_type) || !is_local(t, x) || !x->ok || !x->readable || !x->read_translate || x->out_count != 0) return REF_NULL;
    Value d = slot_get(&x->decoded), buffer = buffer_of(self), raw = value_is_null(buffer) ? buffer : buffered_raw(buffer);
    if (value_is_null(d) || value_is_null(raw) || !is_file_io(raw) || file_io_closed(raw)) return REF_NULL;
    size_t start = x->decoded_pos;
    int64_t end = span_find_char(span_cut(span_str(d), start, str_length(d)), '\n', 1);
    if (end < 0) return REF_NULL;
    end += (int64_t)start + 1;
    Ref line = as(Str, d)->ascii ? str_from_ascii(t, (const char *)as(Str, d)->data + start, (size_t)end - start) : str_slice(t, d, (int64_t)start, end);
    if (likely(!ref_is_null(line))) x->decoded_pos = (size_t)end;
    else err_clear(t); /* the long way raises it again */
    return line;
}

static Ref m_readline(Thread *t, Value self, const Value *a) {
    int64_t limit = -1;
    Ref r = value_is_null(a[0]) ? line_at_hand(t, self) : REF_NULL;
    if (!ref_is_null(r)) return r;
    if (check_attached(t, self) < 0 || (!value_is_null(a[0]) && size_arg(t, a[0], &limit) < 0) || check_readable(t, self) < 0) return r;
    LOCKED(t, self, r, readline_locked(t, self, limit));
    return r;
}
static Ref text_next(Thread *t, Value self) {
    Ref line = line_at_hand(t, self);
    if (likely(!ref_is_null(line))) {
        as(Text, self)->telling = false;
        return line;
    }
    if (check_attached(t, self) < 0) return line;
    as(Text, self)->telling = false;
    if (type_flag(type_of(self), TYPE_HEAP)) {
        line = call_method0(t, self, N(readline));
        if (!ref_is_null(line) && !is_str(ref_borrow(line))) {
            err_set(t, E_OSError, "readline() should have returned a str object, not '%.200T'", ref_borrow(line));
            ref_drop(t, line);
            return REF_NULL;
        }
    } else if (check_readable(t, self) == 0) {
        LOCKED(t, self, line, readline_locked(t, self, -1));
    }
    if (ref_is_null(line) || str_length(ref_borrow(line))) return line;
    ref_drop(t, line);
    as(Text, self)->telling = as(Text, self)->seekable;
    return REF_NULL;
}

/* -- position: an int that also tells, in its upper bytes, how to bring the decoder where it was (the layout is CPython's) -- */

typedef struct Cookie { int64_t start; int32_t flags, feed, skip; uint8_t need_eof; } Cookie;
static Ref cookie_pack(Thread *t, const Cookie *k) {
    uint8_t b[21];
    memcpy(b, &k->start, 8);
    memcpy(b + 8, &k->flags, 4);
    memcpy(b + 12, &k->feed, 4);
    memcpy(b + 16, &k->skip, 4);
    b[20] = k->need_eof;
    return int_from_bytes(t, b, sizeof b, true, false);
}
static int cookie_unpack(Thread *t, Value v, Cookie *k) {
    uint8_t b[21];
    Ref i = number_index(t, v);
    if (ref_is_null(i)) return -1;
    int r = int_to_bytes(t, ref_borrow(i), b, sizeof b, true, false);
    ref_drop(t, i);
    memcpy(&k->start, b, 8);
    memcpy(&k->flags, b + 8, 4);
    memcpy(&k->feed, b + 12, 4);
    memcpy(&k->skip, b + 16, 4);
    k->need_eof = b[20];
    return r;
}

/* Feeds the chunk to a decoder in its state before it, byte by byte, up to the characters used: the last place on the way where nothing is held back is where a
 * seek starts again. */
static int replay(Thread *t, Value self, Cookie *k) {
    Text *x = as(Text, self);
    Ref chunk = slot_ref(t, &x->chunk);
    int64_t used = (int64_t)x->decoded_pos, chars = 0, n = (int64_t)bytes_length(ref_borrow(chunk)), safe = 0, safe_chars = 0, fed = 0;
    uint8_t held[8], held_count = x->held_count;
    Newlines newlines = x->newlines;
    memcpy(held, x->held, sizeof held);
    Ref saved = REF_NULL;
    int64_t saved_flags = 0, flags = x->chunk_flags;
    int result = save_state(t, self, &saved, &saved_flags);
    if (result == 0) result = restore_state(t, self, k->start, x->chunk_flags, x->chunk_cr);
    k->flags = (int32_t)(x->chunk_flags << 1 | x->chunk_cr);
    while (result == 0 && chars < used && fed < n) {
        Ref byte = bytes_new(t, bytes_data(ref_borrow(chunk)) + fed, 1), text = ref_is_null(byte) ? byte : decode(t, self, ref_borrow(byte), false), now = REF_NULL;
        ref_drop(t, byte);
        fed++;
        if (ref_is_null(text) || save_state(t, self, &now, &flags) < 0) result = -1;
        else {
            chars += (int64_t)str_length(ref_borrow(text));
            if (chars <= used && bytes_length(ref_borrow(now)) == 0) {
                safe = fed;
                safe_chars = chars;
                k->flags = (int32_t)(flags << 1 | x->newlines.pending_cr);
            }
        }
        ref_drop(t, text);
        ref_drop(t, now);
    }
    if (result == 0) {
        k->start += safe;
        k->skip = (int32_t)(used - safe_chars);
        k->feed = k->skip ? (int32_t)(fed - safe) : 0;
        k->need_eof = chars < used;
        if (k->need_eof) k->feed = (int32_t)(n - safe);
    }
    /* back to where we were */
    Ref exc = err_fetch(t);
    if (x->codec == CODEC_PYTHON && !ref_is_null(saved)) {
        Ref state = tuple_pack(t, 2, ref_borrow(saved), small_int(saved_flags));
        Ref r = ref_is_null(state) ? state : call_method1(t, slot_get(&x->decoder), str_intern_cstr(t, "setstate"), ref_borrow(state));
        ref_drop(t, state);
        ref_drop(t, r);
    }
    x->newlines = newlines;
    memcpy(x->held, held, sizeof held);
    x->held_count = held_count;
    if (!ref_is_null(exc)) err_steal(t, exc);
    ref_drop(t, saved);
    ref_drop(t, chunk);
    return result;
}

static Ref tell_locked(Thread *t, Value self) {
    Text *x = as(Text, self);
    if (!x->seekable) return unsupported(t, "underlying stream is not seekable");
    if (!x->telling) return err_set(t, E_OSError, "telling position disabled by next() call");
    Ref flushed = flush_locked(t, self);
    ref_drop(t, flushed);
    if (ref_is_null(flushed)) return REF_NULL;
    Ref at = buffer_call(t, self, N(tell), NULL, 0);
    Value decoded = slot_get(&x->decoded);
    if (ref_is_null(at) || value_is_null(decoded) || value_is_null(slot_get(&x->chunk))) return at;
    if (x->decoded_pos == str_length(decoded) && x->held_count == 0 && !x->newlines.pending_cr && x->codec != CODEC_PYTHON) return at;
    Cookie k = {0};
    int bad = as_i64(t, ref_borrow(at), &k.start);
    ref_drop(t, at);
    if (bad < 0) return REF_NULL;
    k.start -= (int64_t)bytes_length(slot_get(&x->chunk));
    return replay(t, self, &k) < 0 ? REF_NULL : cookie_pack(t, &k);
}
static Ref m_tell(Thread *t, Value self, const Value *a) {
    Ref r = REF_NULL;
    if (check_open(t, self) < 0) return r;
    LOCKED(t, self, r, tell_locked(t, self));
    return r;
}

static Ref seek_buffer(Thread *t, Value self, Value offset, int whence) {
    Value args[] = {offset, small_int(whence)};
    return buffer_call(t, self, N(seek), args, whence ? 2 : 1);
}
/* The encoder goes on at the start of the stream, where a byte order mark may be due, or elsewhere, where none is. */
static int encoder_at(Thread *t, Value self, bool start) {
    Value encoder = slot_get(&as(Text, self)->encoder);
    if (value_is_null(encoder)) return 0;
    Ref done = start ? call_method0(t, encoder, str_intern_cstr(t, "reset")) : call_method1(t, encoder, str_intern_cstr(t, "setstate"), small_int(0));
    ref_drop(t, done);
    return ref_is_null(done) ? -1 : 0;
}
/* The same for an encoder that is new to a stream: it may be far from its start. */
static int encoder_settle(Thread *t, Value self) {
    Text *x = as(Text, self);
    if (!x->seekable || value_is_null(slot_get(&x->encoder))) return 0;
    Ref at = buffer_call(t, self, N(tell), NULL, 0);
    if (ref_is_null(at)) return -1;
    int zero = rich_compare_bool(t, ref_borrow(at), small_int(0), CMP_EQ);
    ref_drop(t, at);
    return zero ? (zero < 0 ? -1 : 0) : encoder_at(t, self, false);
}
static Ref seek_locked(Thread *t, Value self, Value cookie, int64_t whence) {
    Text *x = as(Text, self);
    if (!x->seekable) return unsupported(t, "underlying stream is not seekable");
    Ref position = REF_NULL;
    if (whence == 1 || whence == 2) {
        int zero = rich_compare_bool(t, cookie, small_int(0), CMP_EQ);
        if (zero < 0) return REF_NULL;
        if (!zero) return unsupported(t, whence == 1 ? "can't do nonzero cur-relative seeks" : "can't do nonzero end-relative seeks");
        if (whence == 1) {
            position = tell_locked(t, self);
            if (ref_is_null(position)) return position;
            cookie = ref_borrow(position);
        }
    } else if (whence != 0) {
        return err_set(t, E_ValueError, "invalid whence (%lld, should be %d, %d or %d)", (long long)whence, 0, 1, 2);
    }
    Ref r = flush_locked(t, self);
    ref_drop(t, r);
    if (ref_is_null(r)) goto fail;
    forget_read(t, self);
    if (whence == 2) {
        if (restore_state(t, self, 0, 0, false) < 0) goto fail;
        r = seek_buffer(t, self, small_int(0), 2);
        ref_drop(t, position);
        int start = ref_is_null(r) ? -1 : rich_compare_bool(t, ref_borrow(r), small_int(0), CMP_EQ);
        if (start >= 0 && encoder_at(t, self, start) == 0) return r;
        ref_drop(t, r);
        return REF_NULL;
    }
    int negative = rich_compare_bool(t, cookie, small_int(0), CMP_LT);
    if (negative) {
        if (negative > 0) err_set(t, E_ValueError, "negative seek position %R", cookie);
        goto fail;
    }
    Cookie k;
    if (cookie_unpack(t, cookie, &k) < 0) goto fail;
    r = seek_buffer(t, self, small_int(k.start), 0);
    ref_drop(t, r);
    if (ref_is_null(r) || restore_state(t, self, k.start, k.flags >> 1, k.flags & 1) < 0) goto fail;
    x->encoded_any = k.start != 0;
    if (encoder_at(t, self, k.start == 0 && k.flags >> 1 == 0) < 0) goto fail;
    if (k.skip) {
        Ref data = buffer_call(t, self, N(read), (const Value[]){small_int(k.feed)}, 1);
        if (ref_is_null(data)) goto fail;
        x->chunk_flags = k.flags >> 1;
        x->chunk_cr = k.flags & 1;
        Ref text = decode(t, self, ref_borrow(data), k.need_eof);
        slot_set(t, x, &x->chunk, data);
        if (ref_is_null(text)) goto fail;
        bool short_text = (int64_t)str_length(ref_borrow(text)) < k.skip;
        slot_set(t, x, &x->decoded, text);
        if (short_text) {
            err_set(t, E_OSError, "can't restore logical file position");
            goto fail;
        }
        x->decoded_pos = (size_t)k.skip;
    }
    r = ref_new(t, cookie);
    ref_drop(t, position);
    return r;
fail:
    ref_drop(t, position);
    return REF_NULL;
}
static Ref m_seek(Thread *t, Value self, const Value *a) {
    int64_t whence = 0;
    Ref r = REF_NULL;
    if (check_attached(t, self) < 0 || (!value_is_null(a[1]) && as_i64(t, a[1], &whence) < 0) || check_open(t, self) < 0) return r;
    LOCKED(t, self, r, seek_locked(t, self, a[0], whence));
    return r;
}
static Ref m_truncate(Thread *t, Value self, const Value *a) {
    if (check_attached(t, self) < 0) return REF_NULL;
    Ref r = call_method0(t, self, N(flush));
    ref_drop(t, r);
    if (ref_is_null(r)) return r;
    Value size = value_is_null(a[0]) ? VALUE_NONE : a[0];
    return buffer_call(t, self, str_intern_cstr(t, "truncate"), &size, 1);
}

/* -- making -- */

static Codec codec_of(const char *name) {
    char plain[32];
    size_t n = 0;
    for (const char *p = name; *p && n < sizeof plain - 1; p++)
        if (*p != '-' && *p != '_' && *p != ' ') plain[n++] = (char)(*p | (*p >= 'A' && *p <= 'Z' ? 0x20 : 0));
    plain[n] = 0;
    if (!strcmp(plain, "utf8")) return CODEC_UTF8;
    if (!strcmp(plain, "ascii") || !strcmp(plain, "usascii")) return CODEC_ASCII;
    if (!strcmp(plain, "latin1") || !strcmp(plain, "iso88591")) return CODEC_LATIN1;
    return CODEC_PYTHON;
}

static Ref incremental(Thread *t, Value info, const char *what, Value errors) {
    Ref make = get_attr_cstr(t, info, what);
    if (ref_is_null(make)) return make;
    Ref r = call1(t, ref_borrow(make), errors);
    ref_drop(t, make);
    return r;
}
static int ask_buffer(Thread *t, Value self, const char *method) {
    Ref r = buffer_call(t, self, str_intern_cstr(t, method), NULL, 0);
    int yes = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
    ref_drop(t, r);
    return yes;
}
static int ask_directions(Thread *t, Value self) {
    int readable = ask_buffer(t, self, "readable"), writable = readable < 0 ? -1 : ask_buffer(t, self, "writable");
    if (writable < 0) return -1;
    as(Text, self)->readable = readable;
    as(Text, self)->writable = writable;
    return 0;
}
/* decoder and encoder of a codec that isn't native; LookupError if it isn't a text encoding */
static int set_codec(Thread *t, Value self) {
    Text *x = as(Text, self);
    slot_set(t, x, &x->decoder, REF_NULL);
    slot_set(t, x, &x->encoder, REF_NULL);
    x->codec = codec_of(text_of(&x->encoding));
    if (x->codec != CODEC_PYTHON) return ask_directions(t, self);
    Ref lookup = import_attr(t, "codecs", "lookup");
    Ref info = ref_is_null(lookup) ? lookup : call1(t, ref_borrow(lookup), slot_get(&x->encoding));
    ref_drop(t, lookup);
    if (ref_is_null(info)) return -1;
    Ref is_text = get_attr_opt(t, ref_borrow(info), str_intern_cstr(t, "_is_text_encoding"));
    bool no = value_is_false(ref_borrow(is_text));
    ref_drop(t, is_text);
    int result = -1;
    if (no) {
        err_set(t, E_LookupError, "%R is not a text encoding; use codecs.open() to handle arbitrary codecs", slot_get(&x->encoding));
        goto done;
    }
    result = ask_directions(t, self);
    if (result == 0 && x->readable) {
        Ref d = incremental(t, ref_borrow(info), "incrementaldecoder", slot_get(&x->errors));
        if (ref_is_null(d)) result = -1;
        else slot_set(t, x, &x->decoder, d);
    }
    if (result == 0 && x->writable) {
        Ref e = incremental(t, ref_borrow(info), "incrementalencoder", slot_get(&x->errors));
        if (ref_is_null(e)) result = -1;
        else slot_set(t, x, &x->encoder, e);
    }
done:
    ref_drop(t, info);
    return result;
}

static int check_newline(Thread *t, Value v, const char **newline) {
    *newline = NULL;
    if (value_is_null(v) || value_is_none(v)) return 0;
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "TextIOWrapper() argument 'newline' must be str or None, not %G", v));
    if ((*newline = str_utf8(t, v, NULL)) == NULL) return -1;
    const char *s = *newline;
    if (!strcmp(s, "") || !strcmp(s, "\n") || !strcmp(s, "\r") || !strcmp(s, "\r\n")) return 0;
    return err_int(err_set(t, E_ValueError, "illegal newline value: %R", v));
}
static void set_newline(Text *x, const char *newline) {
    x->read_universal = newline == NULL || newline[0] == 0;
    x->read_translate = newline == NULL;
    x->newlines.translate = newline == NULL;
    strcpy(x->read_newline, newline ? newline : "");
    strcpy(x->write_newline, newline && newline[0] == '\r' ? newline : "");
}

static const char *locale_encoding(void) {
    const char *codeset = nl_langinfo(CODESET);
    return config.utf8_mode || !codeset || !codeset[0] || !strcmp(codeset, "ANSI_X3.4-1968") ? "utf-8" : codeset;
}

static int wrapper_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Text *x = as(Text, self);
    Value a[6];
    if (bind_args(t, "TextIOWrapper", "(buffer, encoding=None, errors=None, newline=None, line_buffering=False, write_through=False)", &signature, args, nargs,
                  kwnames, a, 6) < 0)
        return -1;
    const char *newline;
    x->ok = false;
    if (!value_is_null(a[1]) && !value_is_none(a[1]) && !is_str(a[1]))
        return err_int(err_set(t, E_TypeError, "TextIOWrapper() argument 'encoding' must be str or None, not %G", a[1]));
    if (!value_is_null(a[2]) && !value_is_none(a[2]) && !is_str(a[2]))
        return err_int(err_set(t, E_TypeError, "TextIOWrapper() argument 'errors' must be str or None, not %G", a[2]));
    if (check_newline(t, a[3], &newline) < 0) return -1;
    int line_buffering = value_is_null(a[4]) ? 0 : is_true(t, a[4]), write_through = value_is_null(a[5]) ? 0 : is_true(t, a[5]);
    if (line_buffering < 0 || write_through < 0) return -1;
    bool unsaid = value_is_null(a[1]) || value_is_none(a[1]), locale = unsaid || str_equal_ascii(a[1], "locale");
    if (unsaid && config.warn_default_encoding && warn(t, E_EncodingWarning, 1, "'encoding' argument not specified") < 0) return -1;
    if (!locale && memchr(as(Str, a[1])->data, 0, str_length(a[1]))) return err_int(err_set(t, E_ValueError, "embedded null character"));
    if (config.dev_mode && !value_is_null(a[2]) && !value_is_none(a[2])) { /* an unknown handler is found out before the first error */
        const char *name = str_utf8(t, a[2], NULL);
        Ref handler = name == NULL ? REF_NULL : codec_lookup_error(t, name);
        ref_drop(t, handler);
        if (ref_is_null(handler)) return -1;
    }
    Ref encoding = locale ? str_from_cstr(t, locale_encoding()) : ref_new(t, a[1]);
    Ref errors = value_is_null(a[2]) || value_is_none(a[2]) ? str_from_cstr(t, "strict") : ref_new(t, a[2]);
    if (ref_is_null(encoding) || ref_is_null(errors)) return -1;
    slot_set(t, x, &x->encoding, encoding);
    slot_set(t, x, &x->errors, errors);
    slot_set(t, x, &x->buffer, ref_new(t, a[0]));
    forget_read(t, self);
    set_newline(x, newline);
    x->line_buffering = line_buffering;
    x->write_through = write_through;
    x->chunk_size = IO_BUFFER_SIZE;
    x->held_count = 0;
    if (set_codec(t, self) < 0) return -1;
    int seekable = ask_buffer(t, self, "seekable");
    if (seekable < 0) return -1;
    x->seekable = x->telling = seekable;
    int has = has_attr(t, a[0], str_intern_cstr(t, "read1"));
    if (has < 0) return -1;
    x->has_read1 = has;
    if (encoder_settle(t, self) < 0) return -1; /* appending */
    x->ok = true;
    return 0;
}

static Ref reconfigure_locked(Thread *t, Value self, const Value *a, const char *newline, bool newline_given) {
    Text *x = as(Text, self);
    bool new_codec = !value_is_none(a[0]) || !value_is_none(a[1]);
    if (!value_is_null(slot_get(&x->decoded)) && (new_codec || newline_given))
        return unsupported(t, "It is not possible to set the encoding or newline of stream after the first read");
    Ref flushed = flush_locked(t, self);
    ref_drop(t, flushed);
    if (ref_is_null(flushed)) return flushed;
    if (new_codec) {
        if (!value_is_none(a[0])) {
            slot_set(t, x, &x->encoding, str_equal_ascii(a[0], "locale") ? str_from_cstr(t, locale_encoding()) : ref_new(t, a[0]));
            if (value_is_none(a[1])) slot_set(t, x, &x->errors, str_from_cstr(t, "strict"));
        }
        if (!value_is_none(a[1])) slot_set(t, x, &x->errors, ref_new(t, a[1]));
        if (set_codec(t, self) < 0 || encoder_settle(t, self) < 0) return REF_NULL;
    }
    if (newline_given) set_newline(x, newline);
    return REF_NONE;
}
static Ref m_reconfigure(Thread *t, Value self, const Value *a) {
    const char *newline = NULL;
    Ref r = REF_NULL;
    Value b[5];
    for (int i = 0; i < 5; i++) b[i] = value_is_null(a[i]) ? VALUE_NONE : a[i];
    if (check_attached(t, self) < 0) return r;
    for (int i = 0; i < 2; i++)
        if (!value_is_none(b[i]) && !is_str(b[i])) return err_set(t, E_TypeError, "reconfigure() argument '%s' must be str or None, not %G", i ? "errors" : "encoding", b[i]);
    if (!value_is_null(a[2]) && check_newline(t, a[2], &newline) < 0) return r;
    int line = value_is_none(b[3]) ? as(Text, self)->line_buffering : is_true(t, b[3]);
    int through = value_is_none(b[4]) ? as(Text, self)->write_through : is_true(t, b[4]);
    if (line < 0 || through < 0) return r;
    LOCKED(t, self, r, reconfigure_locked(t, self, b, newline, !value_is_null(a[2])));
    if (!ref_is_null(r)) {
        as(Text, self)->line_buffering = line;
        as(Text, self)->write_through = through;
    }
    return r;
}

static Ref m_close(Thread *t, Value self, const Value *a) {
    if (check_attached(t, self) < 0) return REF_NULL;
    int closed = io_closed(t, buffer_of(self));
    if (closed) return closed < 0 ? REF_NULL : REF_NONE;
    if (io_finalizing(self)) io_dealloc_warn(t, buffer_of(self), self);
    Ref r = call_method0(t, self, N(flush)), exc = ref_is_null(r) ? err_fetch(t) : REF_NULL;
    ref_drop(t, r);
    return io_closing(t, exc, buffer_call(t, self, N(close), NULL, 0));
}
static Ref m_detach(Thread *t, Value self, const Value *a) {
    if (check_attached(t, self) < 0) return REF_NULL;
    Ref r = call_method0(t, self, N(flush));
    ref_drop(t, r);
    if (ref_is_null(r)) return r;
    r = slot_take(t, value_object(self), &as(Text, self)->buffer); /* without waiting for who reads it, perhaps for ever: he holds it */
    return ref_is_null(r) && check_attached(t, self) < 0 ? REF_NULL : r;
}
#define FORWARD(name) \
    static Ref m_##name(Thread *t, Value self, const Value *a) { return check_attached(t, self) < 0 ? REF_NULL : buffer_call(t, self, str_intern_cstr(t, #name), NULL, 0); }
FORWARD(fileno)
FORWARD(isatty)
FORWARD(readable)
FORWARD(writable)
FORWARD(seekable)
static Ref forward_attr(Thread *t, Value self, void *name) { return check_attached(t, self) < 0 ? REF_NULL : get_attr_cstr(t, buffer_of(self), name); }
static Ref get_slot(Thread *t, Value self, void *offset) {
    Value v = slot_get((Slot *)((char *)value_object(self) + (size_t)offset));
    return value_is_null(v) ? REF_NONE : ref_new(t, v);
}
static Ref get_line_buffering(Thread *t, Value self, void *c) { return ref_bool(as(Text, self)->line_buffering); }
static Ref get_write_through(Thread *t, Value self, void *c) { return ref_bool(as(Text, self)->write_through); }
static Ref get_newlines(Thread *t, Value self, void *c) { return check_attached(t, self) < 0 ? REF_NULL : newlines_seen(t, as(Text, self)->newlines.seen); }
static Ref get_chunk_size(Thread *t, Value self, void *c) { return int_from_u64(t, as(Text, self)->chunk_size); }
static int set_chunk_size(Thread *t, Value self, Value v, void *c) {
    int64_t n;
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    if (index_as_i64(t, v, &n) < 0) return -1;
    if (n <= 0) return err_int(err_set(t, E_ValueError, "a strictly positive integer is required"));
    as(Text, self)->chunk_size = (size_t)n;
    return 0;
}
static Ref m_getstate(Thread *t, Value self, const Value *a) { return err_set(t, E_TypeError, "cannot pickle '%T' object", self); }

static Ref text_repr(Thread *t, Value self) {
    if (!as(Text, self)->ok) return err_set(t, E_ValueError, "I/O operation on uninitialized object");
    Ref name = value_is_null(buffer_of(self)) ? REF_NULL : get_attr_opt(t, self, N(name));
    if (ref_is_null(name) && err_pending(t) && !err_clear_if(t, E_ValueError)) return name;
    Ref mode = get_attr_opt(t, self, N(mode));
    if (ref_is_null(mode) && err_pending(t)) err_clear(t);
    StrBuilder b = STR_BUILDER;
    int bad = builder_format(t, &b, "<%s", type_of(self)->name);
    if (!bad && !ref_is_null(name)) bad = builder_format(t, &b, " name=%R", ref_borrow(name));
    if (!bad && !ref_is_null(mode)) bad = builder_format(t, &b, " mode=%R", ref_borrow(mode));
    if (!bad) bad = builder_format(t, &b, " encoding=%R>", slot_get(&as(Text, self)->encoding));
    ref_drop(t, name);
    ref_drop(t, mode);
    if (!bad) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

static Slot *const *text_slots(Text *x, Slot *out[7]) {
    Slot *all[] = {&x->buffer, &x->encoding, &x->errors, &x->decoder, &x->encoder, &x->decoded, &x->chunk};
    memcpy(out, all, sizeof all);
    return out;
}
static void text_traverse(Object *o, VisitFn visit, void *arg) {
    Slot *slots[7];
    text_slots((Text *)o, slots);
    io_base_traverse(o, visit, arg);
    for (int i = 0; i < 7; i++) slot_visit(slots[i], visit, arg);
}
static void text_clear(Thread *t, Object *o) {
    Slot *slots[7];
    text_slots((Text *)o, slots);
    ((Text *)o)->ok = false;
    for (int i = 0; i < 7; i++) ref_drop(t, slot_take(t, o, slots[i]));
    io_base_clear(t, o);
}
static void text_destroy(Thread *t, Object *o) {
    mem_free(((Text *)o)->out);
    ((Text *)o)->out = NULL;
    text_clear(t, o);
}
static void text_finalize(Thread *t, Object *o) {
    if (((Text *)o)->ok && !value_is_null(slot_get(&((Text *)o)->buffer))) io_base_finalize(t, o);
}

static NativeDef text_methods[] = {
    FN("write", "($self, text, /)", m_write, "Writes text."), FN("read", "($self, size=-1, /)", m_read, "Reads text."),
    FN("readline", "($self, size=-1, /)", m_readline, "One line."), FN("flush", "($self, /)", m_flush, "Writes what is gathered."),
    FN("close", "($self, /)", m_close, "Flushes and closes."), FN("detach", "($self, /)", m_detach, "Separates the buffer."),
    FN("tell", "($self, /)", m_tell, "The position, as seek() takes it."), FN("seek", "($self, cookie, whence=0, /)", m_seek, "Changes the position."),
    FN("truncate", "($self, pos=None, /)", m_truncate, "Cuts the file."), FN("fileno", "($self, /)", m_fileno, "The descriptor."),
    FN("isatty", "($self, /)", m_isatty, "Whether it is a terminal."), FN("readable", "($self, /)", m_readable, "Whether it can be read."),
    FN("writable", "($self, /)", m_writable, "Whether it can be written."), FN("seekable", "($self, /)", m_seekable, "Whether the position can be changed."),
    FN("reconfigure", "($self, /, *, encoding=None, errors=None, newline=None, line_buffering=None, write_through=None)", m_reconfigure, "Changes how text is coded."),
    FN("__getstate__", "!($self, /)", m_getstate, NULL), FN_END,
};
static const GetSetDef text_getset[] = {
    {"buffer", get_slot, NULL, NULL, (void *)offsetof(Text, buffer)}, {"encoding", get_slot, NULL, NULL, (void *)offsetof(Text, encoding)},
    {"errors", get_slot, NULL, NULL, (void *)offsetof(Text, errors)}, {"line_buffering", get_line_buffering}, {"write_through", get_write_through},
    {"newlines", get_newlines}, {"name", forward_attr, NULL, NULL, "name"}, {"closed", forward_attr, NULL, NULL, "closed"},
    {"_CHUNK_SIZE", get_chunk_size, set_chunk_size}, {NULL}};
Type text_io_type = {
    TYPE_HEADER(Text, IO_TYPE_FLAGS, text_traverse, text_clear, text_destroy), .head.finalize = text_finalize, .name = "_io.TextIOWrapper",
    .doc = "TextIOWrapper(buffer, encoding=None, errors=None, newline=None,\n              line_buffering=False, write_through=False)\n--\n\nText over a binary file.",
    IO_BASE_OFFSETS, .base = &io_text_base_type, .methods = text_methods, .getset = text_getset,
    .repr = text_repr, .next = text_next, .new_ = plain_new, .init = wrapper_init,
};

int io_init_text(Thread *t, Value module) {
    return module_add_type(t, module, &text_io_type) < 0 || module_add_type(t, module, &newline_decoder_type) < 0 ? -1 : 0;
}
