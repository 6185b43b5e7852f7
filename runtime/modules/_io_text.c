/* _io.TextIOWrapper: text over a binary file.
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

static Ref plain_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }

typedef enum { CODEC_UTF8, CODEC_ASCII, CODEC_LATIN1, CODEC_PYTHON } Codec;
typedef struct Text {
    IoBase io;
    IoLock lock;
    Slot buffer, encoding, errors; /* the fields below are guarded by the lock */
    Slot decoder, encoder;         /* CODEC_PYTHON; null: none made yet or none needed */
    Codec codec;
    _Atomic bool x_ok, x_line_buffering, x_write_through, x_readable, x_writable; /* read without the lock */
    bool read_universal, read_translate, seekable, has_read1, encoded_any;
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
    size_t out_count, out_room;
    _Atomic size_t x_chunk_size; /* read and set without the lock */
} Text;

static Value buffer_of(Value self) { return slot_get(&as(Text, self)->buffer); }

static int check_attached(Thread *t, Value self) {
    if (!load_acquire(&as(Text, self)->x_ok)) return err_int(err_set(t, E_ValueError, "I/O operation on uninitialized object"));
    if (value_is_null(buffer_of(self))) return err_int(err_set(t, E_ValueError, "underlying buffer has been detached"));
    return 0;
}
/* The buffer, and a method of it, which are held: while it waits or runs Python, detach() may be called. ValueError if it has been. */
static Ref buffer_hold(Thread *t, Value self) {
    Ref buffer = slot_ref(t, &as(Text, self)->buffer);
    if (unlikely(ref_is_null(buffer))) err_set(t, E_ValueError, "underlying buffer has been detached");
    return buffer;
}
static Ref buffer_call(Thread *t, Value self, Value method, const Value *args, size_t n) {
    Ref buffer = buffer_hold(t, self), r = REF_NULL;
    if (!ref_is_null(buffer) && !value_is_null(method)) r = call_method(t, ref_borrow(buffer), method, args, n);
    ref_drop(t, buffer);
    return r;
}
/* Whether the buffer is closed: 1, 0, -1 */
static int buffer_closed(Thread *t, Value self) {
    if (check_attached(t, self) < 0) return -1;
    Value b = buffer_of(self);
    return value_is_null(b) ? check_attached(t, self) : io_closed(t, b);
}
static int check_open(Thread *t, Value self) {
    int closed = buffer_closed(t, self);
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
    if (x->out_count && x->out_count + n > load_relaxed(&x->x_chunk_size) && flush_out(t, self) < 0) return -1;
    if (x->out_count + n > x->out_room) {
        size_t room = x->out_count + n + load_relaxed(&x->x_chunk_size);
        uint8_t *grown = mem_realloc(x->out, room);
        if (grown == NULL) return err_int(err_no_memory(t));
        x->out = grown;
        x->out_room = room;
    }
    memcpy(x->out + x->out_count, p, n);
    x->out_count += n;
    return 0;
}

static const char *text_of(Value s) { return (const char *)as(Str, s)->data; } /* encodings and error handlers are ASCII */
/* The names of encoding and error handler, held: a handler in Python may call reconfigure(). */
typedef struct Held { Ref refs[2]; const char *encoding, *errors; } Held;
static Held hold_names(Thread *t, Text *x) {
    Ref encoding = slot_ref(t, &x->encoding), errors = slot_ref(t, &x->errors);
    return (Held){{encoding, errors}, text_of(ref_borrow(encoding)), text_of(ref_borrow(errors))};
}
static void let_go(Thread *t, Held *h) {
    ref_drop(t, h->refs[0]);
    ref_drop(t, h->refs[1]);
}
/* A method of the decoder or encoder, which is held: it may be Python, and reconfigure() or __init__() be called from there. */
static Ref codec_call(Thread *t, const Slot *codec, const char *method, const Value *args, size_t n) {
    Ref hold = slot_ref(t, codec);
    if (unlikely(ref_is_null(hold))) return err_set(t, E_ValueError, "I/O operation on uninitialized object");
    Ref r = call_method(t, ref_borrow(hold), str_intern_cstr(t, method), args, n);
    ref_drop(t, hold);
    return r;
}
static int codec_do(Thread *t, const Slot *codec, const char *method, const Value *args, size_t n) {
    Ref r = codec_call(t, codec, method, args, n);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

static int encode_out(Thread *t, Value self, Value text) {
    Text *x = as(Text, self);
    const Str *s = as(Str, text);
    if (s->ascii && x->codec != CODEC_PYTHON) return out_append(t, self, s->data, s->length);
    Ref bytes;
    if (x->codec != CODEC_PYTHON) {
        Held h = hold_names(t, x);
        bytes = str_encode(t, text, h.encoding, h.errors);
        let_go(t, &h);
    } else {
        bytes = codec_call(t, &x->encoder, "encode", &text, 1);
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

static void set_decoded(Thread *t, Text *x, Ref text, size_t pos) {
    Ref old = slot_swap(t, x, &x->decoded, text);
    x->decoded_pos = pos;
    ref_drop(t, old);
}
static void forget_read(Thread *t, Value self) {
    Text *x = as(Text, self);
    set_decoded(t, x, REF_NULL, 0);
    slot_set(t, x, &x->chunk, REF_NULL);
}

static int write_locked(Thread *t, Value self, Value text) {
    Text *x = as(Text, self);
    const Str *s = as(Str, text);
    bool lf = s->kind == 1 ? memchr(s->data, '\n', s->length) != NULL : find_line_end(text, 0, true, false, "") >= 0;
    bool cr = load_relaxed(&x->x_line_buffering) && !lf && s->kind == 1 && memchr(s->data, '\r', s->length) != NULL;
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
    bool flush = load_relaxed(&x->x_line_buffering) && (lf || cr);
    if ((x->out_count >= load_relaxed(&x->x_chunk_size) || flush || load_relaxed(&x->x_write_through)) && flush_out(t, self) < 0) return -1;
    if (flush) {
        Ref done = buffer_call(t, self, N(flush), NULL, 0);
        ref_drop(t, done);
        if (ref_is_null(done)) return -1;
    }
    if (!value_is_null(slot_get(&x->decoded))) {
        forget_read(t, self);
        x->held_count = 0;
        x->newlines.pending_cr = false;
        if (!value_is_null(slot_get(&x->decoder))) return codec_do(t, &x->decoder, "reset", NULL, 0);
    }
    return 0;
}

/* -1 with ValueError if the buffer was detached while we waited */
static int text_lock(Thread *t, Value self) {
    Text *x = as(Text, self);
    if (io_begin(t, x, &x->lock) < 0) return -1;
    if (!load_acquire(&x->x_ok) || likely(!value_is_null(buffer_of(self)))) return 0;
    io_end(t, x, &x->lock);
    return check_attached(t, self);
}
#define LOCKED(t, self, result, ...)                                \
    do {                                                           \
        if (text_lock((t), (self)) < 0) break;                     \
        result = __VA_ARGS__;                                      \
        io_end((t), value_object(self), &as(Text, self)->lock);    \
    } while (0)

static Ref m_write(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "write() argument must be str, not %G", a[0]);
    if (check_attached(t, self) < 0) return REF_NULL;
    if (check_open(t, self) < 0) return REF_NULL;
    if (!load_relaxed(&as(Text, self)->x_writable)) return unsupported(t, "not writable");
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
        text = codec_call(t, &x->decoder, "decode", args, 2);
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
        Held h = hold_names(t, x);
        text = str_decode(t, (const char *)p, n - tail, h.encoding, h.errors);
        let_go(t, &h);
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
    Ref state = codec_call(t, &x->decoder, "getstate", NULL, 0);
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
static int decoder_set(Thread *t, Text *x, Value held, int64_t flags) {
    Ref state = tuple_pack(t, 2, held, small_int(flags));
    Value arg = ref_borrow(state);
    int r = ref_is_null(state) ? -1 : codec_do(t, &x->decoder, "setstate", &arg, 1);
    ref_drop(t, state);
    return r;
}
/* At the start of the stream the decoder gets to its initial state. */
static int restore_state(Thread *t, Value self, bool start, int64_t flags, bool cr) {
    Text *x = as(Text, self);
    x->held_count = 0;
    x->newlines.pending_cr = cr;
    if (value_is_null(slot_get(&x->decoder))) return 0;
    if (start && flags == 0) return codec_do(t, &x->decoder, "reset", NULL, 0);
    Ref empty = bytes_new(t, NULL, 0);
    int r = decoder_set(t, x, ref_borrow(empty), flags);
    ref_drop(t, empty);
    return r;
}
/* What the decoder held back, and what came then. */
static Ref join_bytes(Thread *t, Value held, Value data) {
    Buffer view;
    if (buffer_get(t, data, &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    size_t n = bytes_length(held);
    Ref both = bytes_new_uninit(t, n + (size_t)view.len);
    if (!ref_is_null(both)) {
        memcpy(bytes_data(ref_borrow(both)), bytes_data(held), n);
        memcpy(bytes_data(ref_borrow(both)) + n, view.data, (size_t)view.len);
    }
    buffer_release(t, &view);
    return both;
}

/* One chunk more into `decoded`, which is used up. 1: there may be more, 0: end, -1: error */
static int read_chunk(Thread *t, Value self, int64_t hint) {
    Text *x = as(Text, self);
    if (!load_relaxed(&x->x_readable)) return err_int(unsupported(t, "not readable"));
    Ref held = REF_NULL;
    int64_t flags = 0;
    bool cr = x->newlines.pending_cr, telling = x->telling;
    if (telling && save_state(t, self, &held, &flags) < 0) return -1;
    int64_t size = (int64_t)load_relaxed(&x->x_chunk_size) > hint ? (int64_t)load_relaxed(&x->x_chunk_size) : hint;
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
    set_decoded(t, x, text, 0);
    if (telling) {
        Ref both = join_bytes(t, ref_borrow(held), ref_borrow(data));
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
    return load_relaxed(&as(Text, self)->x_readable) ? 0 : err_int(unsupported(t, "not readable"));
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
    if (!is_exact(self, &text_io_type) || !is_local(t, x) || !load_acquire(&x->x_ok) || !load_relaxed(&x->x_readable) || x->out_count != 0) return REF_NULL;
    Value d = slot_get(&x->decoded), buffer = buffer_of(self), raw = value_is_null(buffer) ? buffer : buffered_raw(buffer);
    if (value_is_null(d) || value_is_null(raw) || !is_file_io(raw) || file_io_closed(raw)) return REF_NULL;
    size_t start = x->decoded_pos;
    int64_t end;
    if (likely(x->read_translate)) end = span_find_char(span_cut(span_str(d), start, str_length(d)), '\n', 1) + (int64_t)start + 1;
    else end = find_line_end(d, (int64_t)start, false, x->read_universal, x->read_newline);
    if (end <= (int64_t)start) return REF_NULL;
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
static Ref next_locked(Thread *t, Value self) {
    as(Text, self)->telling = false;
    return readline_locked(t, self, -1);
}
static Ref text_next(Thread *t, Value self) {
    Ref line = line_at_hand(t, self);
    if (likely(!ref_is_null(line))) {
        as(Text, self)->telling = false;
        return line;
    }
    if (check_attached(t, self) < 0) return line;
    if (type_flag(type_of(self), TYPE_HEAP)) {
        int bad = -1;
        LOCKED(t, self, bad, (as(Text, self)->telling = false));
        if (bad < 0) return line;
        line = call_method0(t, self, N(readline));
        if (!ref_is_null(line) && !is_str(ref_borrow(line))) {
            err_set(t, E_OSError, "readline() should have returned a str object, not '%.200T'", ref_borrow(line));
            ref_drop(t, line);
            return REF_NULL;
        }
    } else if (check_readable(t, self) == 0) {
        LOCKED(t, self, line, next_locked(t, self));
    }
    if (ref_is_null(line) || str_length(ref_borrow(line))) return line;
    ref_drop(t, line);
    bool done;
    LOCKED(t, self, done, (as(Text, self)->telling = as(Text, self)->seekable));
    (void)done;
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
    bool cr = x->newlines.pending_cr;
    uint8_t seen = load_relaxed(&x->newlines.x_seen);
    memcpy(held, x->held, sizeof held);
    Ref saved = REF_NULL;
    int64_t saved_flags = 0, flags = x->chunk_flags;
    int result = save_state(t, self, &saved, &saved_flags);
    if (result == 0) result = restore_state(t, self, k->start == 0, x->chunk_flags, x->chunk_cr);
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
    if (x->codec == CODEC_PYTHON && !ref_is_null(saved) && decoder_set(t, x, ref_borrow(saved), saved_flags) < 0 && ref_is_null(exc)) {
        exc = err_fetch(t);
        result = -1;
    }
    x->newlines.pending_cr = cr;
    store_relaxed(&x->newlines.x_seen, seen);
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
    if (ref_is_null(at) || value_is_null(slot_get(&x->decoded)) || value_is_null(slot_get(&x->chunk))) return at;
    Cookie k = {0};
    bool exact = as_i64(t, ref_borrow(at), &k.start) == 0;
    Value decoded = slot_get(&x->decoded), chunk = slot_get(&x->chunk);
    if (exact && (value_is_null(decoded) || value_is_null(chunk) ||
                  (x->decoded_pos == str_length(decoded) && x->held_count == 0 && !x->newlines.pending_cr && x->codec != CODEC_PYTHON)))
        return at;
    ref_drop(t, at);
    if (!exact) return REF_NULL;
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
    const Slot *encoder = &as(Text, self)->encoder;
    if (value_is_null(slot_get(encoder))) return 0;
    return start ? codec_do(t, encoder, "reset", NULL, 0) : codec_do(t, encoder, "setstate", (const Value[]){small_int(0)}, 1);
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
        if (restore_state(t, self, true, 0, false) < 0) goto fail;
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
    if (ref_is_null(r) || restore_state(t, self, k.start == 0, k.flags >> 1, k.flags & 1) < 0) goto fail;
    x->encoded_any = k.start != 0;
    if (encoder_at(t, self, k.start == 0 && k.flags >> 1 == 0) < 0) goto fail;
    if (k.skip) {
        Ref data = buffer_call(t, self, N(read), (const Value[]){small_int(k.feed)}, 1);
        if (ref_is_null(data)) goto fail;
        if (!is_bytes(ref_borrow(data))) {
            err_set(t, E_TypeError, "underlying read() should have returned a bytes object, not '%.200T'", ref_borrow(data));
            ref_drop(t, data);
            goto fail;
        }
        Ref text = decode(t, self, ref_borrow(data), k.need_eof);
        x->chunk_flags = k.flags >> 1;
        x->chunk_cr = k.flags & 1;
        slot_set(t, x, &x->chunk, data);
        if (ref_is_null(text)) goto fail;
        bool short_text = (int64_t)str_length(ref_borrow(text)) < k.skip;
        set_decoded(t, x, text, short_text ? 0 : (size_t)k.skip);
        if (short_text) {
            err_set(t, E_OSError, "can't restore logical file position");
            goto fail;
        }
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
static int ask(Thread *t, Value buffer, const char *method) {
    Ref r = call_method0(t, buffer, str_intern_cstr(t, method));
    int yes = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
    ref_drop(t, r);
    return yes;
}
/* What encoding and errors come to. Python runs while it is made, so the file gets it whole. */
typedef struct Coding { Ref encoding, errors, decoder, encoder; Codec codec; bool readable, writable; } Coding;
static void coding_drop(Thread *t, Coding *c) {
    ref_drop(t, c->encoding);
    ref_drop(t, c->errors);
    ref_drop(t, c->decoder);
    ref_drop(t, c->encoder);
}
static void coding_set(Thread *t, Text *x, Coding *c) {
    x->codec = c->codec;
    store_relaxed(&x->x_readable, c->readable);
    store_relaxed(&x->x_writable, c->writable);
    Coding old = {slot_swap(t, x, &x->encoding, c->encoding), slot_swap(t, x, &x->errors, c->errors), slot_swap(t, x, &x->decoder, c->decoder),
                  slot_swap(t, x, &x->encoder, c->encoder), CODEC_UTF8, false, false};
    coding_drop(t, &old);
}
/* The codec of a text encoding, by Python; LookupError if it isn't one. */
static Ref text_codec(Thread *t, Value encoding) {
    Ref lookup = import_attr(t, "codecs", "lookup");
    Ref info = ref_is_null(lookup) ? lookup : call1(t, ref_borrow(lookup), encoding);
    ref_drop(t, lookup);
    if (ref_is_null(info)) return info;
    Ref is_text = get_attr_opt(t, ref_borrow(info), str_intern_cstr(t, "_is_text_encoding"));
    bool no = value_is_false(ref_borrow(is_text));
    ref_drop(t, is_text);
    if (!no) return info;
    ref_drop(t, info);
    return err_set(t, E_LookupError, "%R is not a text encoding; use codecs.open() to handle arbitrary codecs", encoding);
}
static int coding_python(Thread *t, Coding *c, Value info) {
    if (c->readable && ref_is_null(c->decoder = incremental(t, info, "incrementaldecoder", ref_borrow(c->errors)))) return -1;
    if (c->writable && ref_is_null(c->encoder = incremental(t, info, "incrementalencoder", ref_borrow(c->errors)))) return -1;
    return 0;
}
/* c->encoding and c->errors are given; perhaps null, with an exception. On failure all that c holds is dropped. */
static int coding_begin(Thread *t, Value buffer, Coding *c) {
    if (ref_is_null(c->encoding) || ref_is_null(c->errors)) goto fail;
    c->codec = codec_of(text_of(ref_borrow(c->encoding)));
    Ref info = c->codec == CODEC_PYTHON ? text_codec(t, ref_borrow(c->encoding)) : REF_NULL;
    if (c->codec == CODEC_PYTHON && ref_is_null(info)) goto fail;
    int readable = ask(t, buffer, "readable"), writable = readable < 0 ? -1 : ask(t, buffer, "writable");
    c->readable = readable > 0;
    c->writable = writable > 0;
    bool bad = writable < 0 || (c->codec == CODEC_PYTHON && coding_python(t, c, ref_borrow(info)) < 0);
    ref_drop(t, info);
    if (!bad) return 0;
fail:
    coding_drop(t, c);
    return -1;
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
    store_relaxed(&x->x_ok, false);
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
    Coding c = {.encoding = locale ? str_from_cstr(t, locale_encoding()) : ref_new(t, a[1]),
                .errors = value_is_null(a[2]) || value_is_none(a[2]) ? str_from_cstr(t, "strict") : ref_new(t, a[2])};
    if (coding_begin(t, a[0], &c) < 0) return -1;
    int seekable = ask(t, a[0], "seekable"), has_read1 = seekable < 0 ? -1 : has_attr(t, a[0], str_intern_cstr(t, "read1"));
    if (has_read1 < 0 || io_begin(t, x, &x->lock) < 0) {
        coding_drop(t, &c);
        return -1;
    }
    slot_set(t, x, &x->buffer, ref_new(t, a[0]));
    coding_set(t, x, &c);
    forget_read(t, self);
    set_newline(x, newline);
    store_relaxed(&x->x_line_buffering, line_buffering);
    store_relaxed(&x->x_write_through, write_through);
    store_relaxed(&x->x_chunk_size, (size_t)IO_BUFFER_SIZE);
    x->held_count = 0;
    x->seekable = x->telling = seekable;
    x->has_read1 = has_read1;
    int bad = encoder_settle(t, self); /* appending */
    if (bad == 0) store_release(&x->x_ok, true);
    io_end(t, x, &x->lock);
    return bad;
}

static Ref reconfigure_locked(Thread *t, Value self, const Value *a, const char *newline, bool newline_given, bool line, bool through) {
    Text *x = as(Text, self);
    bool new_codec = !value_is_none(a[0]) || !value_is_none(a[1]);
    if (!value_is_null(slot_get(&x->decoded)) && (new_codec || newline_given))
        return unsupported(t, "It is not possible to set the encoding or newline of stream after the first read");
    Ref flushed = flush_locked(t, self);
    ref_drop(t, flushed);
    if (ref_is_null(flushed)) return flushed;
    if (newline_given) set_newline(x, newline);
    if (new_codec) {
        Coding c = {.encoding = value_is_none(a[0]) ? slot_ref(t, &x->encoding) : str_equal_ascii(a[0], "locale") ? str_from_cstr(t, locale_encoding()) : ref_new(t, a[0]),
                    .errors = !value_is_none(a[1]) ? ref_new(t, a[1]) : value_is_none(a[0]) ? slot_ref(t, &x->errors) : str_from_cstr(t, "strict")};
        Ref buffer = buffer_hold(t, self);
        int bad = -1;
        if (ref_is_null(buffer)) coding_drop(t, &c);
        else bad = coding_begin(t, ref_borrow(buffer), &c);
        ref_drop(t, buffer);
        if (bad < 0) return REF_NULL;
        coding_set(t, x, &c);
        if (encoder_settle(t, self) < 0) return REF_NULL;
    }
    store_relaxed(&x->x_line_buffering, line);
    store_relaxed(&x->x_write_through, through);
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
    int line = value_is_none(b[3]) ? load_relaxed(&as(Text, self)->x_line_buffering) : is_true(t, b[3]);
    int through = value_is_none(b[4]) ? load_relaxed(&as(Text, self)->x_write_through) : is_true(t, b[4]);
    if (line < 0 || through < 0) return r;
    LOCKED(t, self, r, reconfigure_locked(t, self, b, newline, !value_is_null(a[2]), line, through));
    return r;
}

static Ref m_close(Thread *t, Value self, const Value *a) {
    int closed = buffer_closed(t, self);
    if (closed) return closed < 0 ? REF_NULL : REF_NONE;
    if (io_finalizing(self)) {
        Ref buffer = slot_ref(t, &as(Text, self)->buffer);
        if (!ref_is_null(buffer)) io_dealloc_warn(t, ref_borrow(buffer), self);
        ref_drop(t, buffer);
    }
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
static Ref forward_attr(Thread *t, Value self, void *name) {
    Ref buffer = check_attached(t, self) < 0 ? REF_NULL : buffer_hold(t, self), r = ref_is_null(buffer) ? buffer : get_attr_cstr(t, ref_borrow(buffer), name);
    ref_drop(t, buffer);
    return r;
}
static Ref get_slot(Thread *t, Value self, void *offset) {
    Value v = slot_get((Slot *)((char *)value_object(self) + (size_t)offset));
    return value_is_null(v) ? REF_NONE : ref_new(t, v);
}
static Ref get_line_buffering(Thread *t, Value self, void *c) { return ref_bool(load_relaxed(&as(Text, self)->x_line_buffering)); }
static Ref get_write_through(Thread *t, Value self, void *c) { return ref_bool(load_relaxed(&as(Text, self)->x_write_through)); }
static Ref get_newlines(Thread *t, Value self, void *c) { return check_attached(t, self) < 0 ? REF_NULL : newlines_seen(t, load_relaxed(&as(Text, self)->newlines.x_seen)); }
static Ref get_chunk_size(Thread *t, Value self, void *c) { return int_from_u64(t, load_relaxed(&as(Text, self)->x_chunk_size)); }
static int set_chunk_size(Thread *t, Value self, Value v, void *c) {
    int64_t n;
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    if (index_as_i64(t, v, &n) < 0) return -1;
    if (n <= 0) return err_int(err_set(t, E_ValueError, "a strictly positive integer is required"));
    store_relaxed(&as(Text, self)->x_chunk_size, (size_t)n);
    return 0;
}
static Ref m_getstate(Thread *t, Value self, const Value *a) { return err_set(t, E_TypeError, "cannot pickle '%T' object", self); }

static Ref text_repr(Thread *t, Value self) {
    if (!load_acquire(&as(Text, self)->x_ok)) return err_set(t, E_ValueError, "I/O operation on uninitialized object");
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
    store_relaxed(&((Text *)o)->x_ok, false);
    for (int i = 0; i < 7; i++) ref_drop(t, slot_take(t, o, slots[i]));
    io_base_clear(t, o);
}
static void text_destroy(Thread *t, Object *o) {
    mem_free(((Text *)o)->out);
    ((Text *)o)->out = NULL;
    text_clear(t, o);
}
static void text_finalize(Thread *t, Object *o) {
    if (load_acquire(&((Text *)o)->x_ok) && !value_is_null(slot_get(&((Text *)o)->buffer))) io_base_finalize(t, o);
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
