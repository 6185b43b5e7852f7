/* Pickler: objects to bytes. See _pickle.h.
 *
 * What a call of dump() writes is its own, on the C stack (Dump); only the memo and the settings belong to the Pickler. Threads that share a Pickler share
 * its memo, under its lock: their streams refer to one another's objects, but nothing breaks. The memo keeps its objects alive, so an address names one. */
#include "runtime/codecs.h"
#include "runtime/dict_internal.h"
#include "runtime/instance.h"
#include "runtime/list_internal.h"
#include "runtime/modules/_pickle.h"
#include "runtime/set_internal.h"
#include "runtime/text.h"
#include <limits.h>
#include <stdio.h>

typedef struct MemoEntry { Slot object; int64_t index; } MemoEntry; /* object null: free */
typedef struct Pickler {
    Object base;
    Slot write;                  /* the file's write method; null for dumps() and before __init__ */
    KeptMethod persistent_id;
    Slot dispatch_table;         /* null: copyreg's */
    Slot buffer_callback;
    MemoEntry *memo;             /* open addressing by address; lock */
    size_t memo_size, memo_mask; /* mask 0: no table yet */
    bool lends;                  /* the memo doesn't count its objects: see memo_own */
    _Atomic int x_protocol, x_bin, x_fast;
    _Atomic bool x_fix_imports, x_ready;
    Slot weakrefs;
} Pickler;
/* What was read from a container that others may change, and stands in nothing that the pickler holds: counted when the memo's objects are (memo_own). */
typedef struct Lent {
    struct Lent *outer;
    Value *word;                 /* a list's items … */
    DictItems *items;            /* … or a dict's */
    size_t count;
    bool owned;
} Lent;
typedef struct Active { struct Active *outer; Object *object; } Active; /* containers being written in fast mode */
typedef struct Dump {
    Pickler *p;
    ByteBuilder out;
    size_t frame_start;          /* NO_FRAME: none open */
    bool framing, to_file;
    bool has_pers, plain_types;  /* persistent_id is there; no reducer_override */
    int protocol, bin;
    Ref reducer_override;
    Ref callable;                /* the one that save_reduce saw last, and what its name says */
    bool newobj, newobj_ex;
    Active *active;
    Lent *lent;
    int nesting;
} Dump;
#define NO_FRAME SIZE_MAX
#define FAST_NESTING_LIMIT 50

/* SAVE_PERS: it is a persistent id; SAVE_HELD: its container holds it, and so does the caller, who has called nothing out since he took it */
typedef enum { SAVE_PLAIN, SAVE_PERS, SAVE_HELD } SaveHow;
static int save(Thread *t, Dump *d, Value v, SaveHow how);
static int save_reduce(Thread *t, Dump *d, Value parts, Value obj);

/* ---- the memo ---------------------------------------------------------------------------------------------------------------------------- */

static size_t spot_of(const MemoEntry *memo, size_t mask, const Object *o) {
    size_t perturb = (uintptr_t)o >> 4, i = perturb & mask; /* neighbours in memory stay neighbours; collisions are sent far off */
    for (;;) {
        Value v = slot_get(&memo[i].object);
        if (value_is_null(v) || value_object(v) == o) return i;
        perturb >>= 5;
        i = (i * 5 + perturb + 1) & mask;
    }
}
static int64_t memo_find(Thread *t, Pickler *p, Value v) {
    if (!value_is_object(v)) return -1;
    int64_t index = -1;
    CRITICAL_BEGIN(t, p)
    if (p->memo_mask != 0) {
        MemoEntry *e = &p->memo[spot_of(p->memo, p->memo_mask, value_object(v))];
        if (!value_is_null(slot_get(&e->object))) index = e->index;
    }
    CRITICAL_END(t)
    return index;
}
static int memo_grow_locked(Thread *t, Pickler *p) {
    size_t mask = p->memo_mask == 0 ? 31 : (p->memo_mask + 1) * (p->memo_mask < 0x10000 ? 4 : 2) - 1;
    MemoEntry *fresh = mem_zalloc((mask + 1) * sizeof *fresh);
    if (fresh == NULL) return -1;
    for (size_t i = 0; p->memo_mask != 0 && i <= p->memo_mask; i++) {
        Value v = slot_get(&p->memo[i].object);
        if (!value_is_null(v)) fresh[spot_of(fresh, mask, value_object(v))] = p->memo[i];
    }
    mem_free(p->memo);
    p->memo = fresh;
    p->memo_mask = mask;
    return 0;
}
/* dumps() counts nothing as long as it calls nothing out. All that it comes upon stands in containers that nobody changes meanwhile; or that other threads may change, but
 * what they take out is shared and lives on until this thread passes a safepoint. Before anything may be called out, and before an object is saved that was made
 * for it (a reduction's parts, say), the memo begins to hold what is in it. */
static void memo_own(Thread *t, Dump *d) {
    Pickler *p = d->p;
    if (likely(!p->lends)) return;
    p->lends = false;
    for (size_t i = 0; p->memo_mask != 0 && i <= p->memo_mask; i++) slot_init(&p->memo[i].object, ref_new(t, slot_get(&p->memo[i].object)));
    for (Lent *l = d->lent; l != NULL; l = l->outer) {
        l->owned = true;
        for (size_t i = 0; i < l->count; i++) {
            if (l->word != NULL) {
                l->word[i] = ref_borrow(ref_new(t, l->word[i]));
                continue;
            }
            l->items->item[i].key = ref_new(t, ref_borrow(l->items->item[i].key));
            l->items->item[i].value = ref_new(t, ref_borrow(l->items->item[i].value));
        }
    }
}
/* Remembers v under the next number, or under `index` if that isn't -1. Returns the number; -1: no memory */
static int64_t memo_add(Thread *t, Pickler *p, Value v, int64_t index) {
    int64_t r = -1;
    bool lends = p->lends; /* nobody else has the Pickler then */
    Ref mine = lends ? (Ref){v.bits & ~(uint64_t)TAG_LENT} : ref_new(t, v), old = REF_NULL;
    CRITICAL_BEGIN(t, p)
    if ((p->memo_mask != 0 && p->memo_size * 3 < p->memo_mask * 2) || memo_grow_locked(t, p) == 0) {
        MemoEntry *e = &p->memo[spot_of(p->memo, p->memo_mask, value_object(v))];
        r = index >= 0 ? index : (int64_t)p->memo_size;
        if (value_is_null(slot_get(&e->object))) p->memo_size++;
        e->index = r;
        old = slot_swap(t, p, &e->object, mine);
        mine = REF_NULL;
    }
    CRITICAL_END(t)
    if (!lends) {
        ref_drop(t, old);
        ref_drop(t, mine);
    }
    if (r < 0) err_no_memory(t);
    return r;
}
/* Takes the table out; its objects are dropped by memo_free, outside the lock. */
static MemoEntry *memo_take_locked(Pickler *p, size_t *mask) {
    MemoEntry *memo = p->memo;
    *mask = p->memo_mask;
    p->memo = NULL;
    p->memo_mask = p->memo_size = 0;
    return memo;
}
static void memo_free(Thread *t, MemoEntry *memo, size_t mask) {
    for (size_t i = 0; memo != NULL && mask != 0 && i <= mask; i++) ref_drop(t, (Ref){load_relaxed(&memo[i].object.x_bits)});
    mem_free(memo);
}
static void memo_clear(Thread *t, Pickler *p) {
    size_t mask;
    if (p->lends) {
        mem_free(memo_take_locked(p, &mask));
        return;
    }
    MemoEntry *memo;
    CRITICAL_BEGIN(t, p)
    memo = memo_take_locked(p, &mask);
    CRITICAL_END(t)
    memo_free(t, memo, mask);
}

/* ---- output -------------------------------------------------------------------------------------------------------------------------------- */

static inline void put_le(uint8_t *p, uint64_t x, int n) { memcpy(p, &x, (size_t)n); } /* the machine's own order */
/* Room for n bytes, in an open frame if frames are used. */
static inline uint8_t *room(Thread *t, Dump *d, size_t n) {
    if (unlikely(d->framing && d->frame_start == NO_FRAME)) {
        if (bytes_room(t, &d->out, n + FRAME_HEADER) < 0) return NULL;
        d->frame_start = d->out.length;
        d->out.length += FRAME_HEADER;
    } else if (bytes_room(t, &d->out, n) < 0) {
        return NULL;
    }
    uint8_t *p = d->out.data + d->out.length;
    d->out.length += n;
    return p;
}
static inline int put(Thread *t, Dump *d, const void *s, size_t n) {
    uint8_t *p = room(t, d, n);
    if (unlikely(p == NULL)) return -1;
    memcpy(p, s, n);
    return 0;
}
static inline int put1(Thread *t, Dump *d, uint8_t op) {
    uint8_t *p = room(t, d, 1);
    if (unlikely(p == NULL)) return -1;
    *p = op;
    return 0;
}
static void frame_close(Dump *d) {
    if (!d->framing || d->frame_start == NO_FRAME) return;
    size_t n = d->out.length - d->frame_start - FRAME_HEADER;
    uint8_t *p = d->out.data + d->frame_start;
    if (n >= FRAME_SIZE_MIN) {
        *p = OP_FRAME;
        put_le(p + 1, n, 8);
    } else {
        memmove(p, p + FRAME_HEADER, n);
        d->out.length -= FRAME_HEADER;
    }
    d->frame_start = NO_FRAME;
}
static int uninitialized(Thread *t, Pickler *p) {
    return err_int(pickle_raise(t, &pickling_error, "Pickler.__init__() was not called by %s.__init__()", object_type_of(p)->name));
}
static int file_write(Thread *t, Dump *d, Value bytes) {
    Ref w = slot_ref(t, &d->p->write), r;
    if (unlikely(ref_is_null(w))) return uninitialized(t, d->p); /* __init__ was called meanwhile, and failed */
    r = call1(t, ref_borrow(w), bytes);
    ref_drop(t, w);
    if (ref_is_null(r)) return -1;
    ref_drop(t, r);
    return 0;
}
static int flush(Thread *t, Dump *d) {
    if (d->out.length == 0) return 0;
    Ref bytes = bytes_new(t, d->out.data, d->out.length);
    d->out.length = 0;
    if (ref_is_null(bytes)) return -1;
    int status = file_write(t, d, ref_borrow(bytes));
    ref_drop(t, bytes);
    return status;
}
/* Between two opcodes: a frame that is large enough ends here. */
static int boundary(Thread *t, Dump *d) {
    if (!d->framing || d->frame_start == NO_FRAME || d->out.length - d->frame_start - FRAME_HEADER < FRAME_SIZE_TARGET) return 0;
    frame_close(d);
    return d->to_file ? flush(t, d) : 0;
}
/* An opcode with a number of n bytes, written where they belong: a copy of bytes that were stored one by one would wait for them. */
static inline int put_number(Thread *t, Dump *d, uint8_t op, uint64_t number, int n) {
    uint8_t *p = room(t, d, 1 + (size_t)n);
    if (unlikely(p == NULL)) return -1;
    *p = op;
    put_le(p + 1, number, n);
    return 0;
}
/* An opcode, the size in `size_bytes` bytes and a payload that goes past frames and buffer if it is large. `payload` is the object to hand to write(), or null. */
static int put_bytes(Thread *t, Dump *d, uint8_t op, int size_bytes, const void *data, size_t n, Value payload) {
    size_t hn = 1 + (size_t)size_bytes;
    if (!d->framing || n < FRAME_SIZE_TARGET) {
        uint8_t *p = room(t, d, hn + n);
        if (unlikely(p == NULL)) return -1;
        *p = op;
        if (size_bytes == 1) p[1] = (uint8_t)n;
        else put_le(p + 1, n, size_bytes);
        copy_short(p + hn, data, n);
        return 0;
    }
    frame_close(d);
    d->framing = false;
    int status = put_number(t, d, op, n, size_bytes);
    if (status == 0 && !d->to_file) status = put(t, d, data, n);
    else if (status == 0 && (status = flush(t, d)) == 0) {
        Ref view = value_is_null(payload) ? bytes_new(t, data, n) : ref_new(t, payload);
        status = ref_is_null(view) ? -1 : file_write(t, d, ref_borrow(view));
        ref_drop(t, view);
    }
    d->framing = true;
    return status;
}

/* The opcode that reads or writes a memo entry: `ops` are those for text, for one byte and for four. */
static int put_index(Thread *t, Dump *d, const uint8_t *ops, const char *name, int64_t index) {
    if (!d->bin) {
        char text[32];
        return put(t, d, text, (size_t)snprintf(text, sizeof text, "%c%lld\n", ops[0], (long long)index));
    }
    if (likely(index < 256)) return put_number(t, d, ops[1], (uint64_t)index, 1);
    if (index <= 0xFFFFFFFF) return put_number(t, d, ops[2], (uint64_t)index, 4);
    return err_int(pickle_raise(t, &pickling_error, "memo id too large for %s", name));
}
static int put_get(Thread *t, Dump *d, int64_t index) { return put_index(t, d, (const uint8_t[]){OP_GET, OP_BINGET, OP_LONG_BINGET}, "LONG_BINGET", index); }
static int memoize(Thread *t, Dump *d, Value v) {
    if (load_relaxed(&d->p->x_fast)) return 0;
    int64_t index = memo_add(t, d->p, v, -1);
    if (index < 0) return -1;
    if (d->protocol >= 4) return put1(t, d, OP_MEMOIZE);
    return put_index(t, d, (const uint8_t[]){OP_PUT, OP_BINPUT, OP_LONG_BINPUT}, "LONG_BINPUT", index);
}

/* ---- numbers and text ------------------------------------------------------------------------------------------------------------------- */

static int save_small(Thread *t, Dump *d, int64_t n) {
    if (!d->bin) {
        char text[32];
        return put(t, d, text, (size_t)snprintf(text, sizeof text, "%c%lld\n", OP_INT, (long long)n));
    }
    size_t size = n >= 0 && n < 256 ? 1 : n >= 0 && n < 65536 ? 2 : 4;
    uint8_t *p = room(t, d, size + 1);
    if (p == NULL) return -1;
    if (size == 1) {
        p[0] = OP_BININT1;
        p[1] = (uint8_t)n;
    } else if (size == 2) {
        p[0] = OP_BININT2;
        memcpy(p + 1, &n, 2);
    } else {
        p[0] = OP_BININT;
        memcpy(p + 1, &n, 4);
    }
    return 0;
}
static int save_int(Thread *t, Dump *d, Value v) {
    int64_t n;
    if (int_try_i64(v, &n) == 0 && n == (int32_t)n) return save_small(t, d, n);
    if (d->protocol < 2) {
        Ref text = object_repr(t, v);
        if (ref_is_null(text)) return -1;
        int status = put1(t, d, OP_LONG);
        if (status == 0) status = put(t, d, as(Str, ref_borrow(text))->data, str_length(ref_borrow(text)));
        if (status == 0) status = put(t, d, "L\n", 2);
        ref_drop(t, text);
        return status;
    }
    size_t bytes = int_bit_length(v) / 8 + 1;
    if (bytes > INT32_MAX) return err_int(err_set(t, E_OverflowError, "int too large to pickle"));
    uint8_t *data = mem_alloc(bytes);
    if (data == NULL) return err_int(err_no_memory(t));
    int_to_bytes(t, v, data, bytes, true, true);
    if (int_sign(v) < 0 && bytes > 1 && data[bytes - 1] == 0xFF && (data[bytes - 2] & 0x80)) bytes--;
    int status = put_bytes(t, d, bytes < 256 ? OP_LONG1 : OP_LONG4, bytes < 256 ? 1 : 4, data, bytes, VALUE_NULL);
    mem_free(data);
    return status;
}
static int save_float(Thread *t, Dump *d, double x) {
    if (d->bin) {
        uint64_t w;
        memcpy(&w, &x, 8);
        return put_number(t, d, OP_BINFLOAT, __builtin_bswap64(w), 8);
    }
    char *text = double_to_text(x, 'r', 0, DOUBLE_DOT_0);
    if (text == NULL) return err_int(err_no_memory(t));
    int status = put1(t, d, OP_FLOAT);
    if (status == 0) status = put(t, d, text, strlen(text));
    if (status == 0) status = put1(t, d, '\n');
    mem_free(text);
    return status;
}

static int save_bytes_data(Thread *t, Dump *d, Value obj, const void *data, size_t n) {
    uint8_t op = OP_SHORT_BINBYTES;
    int size_bytes = 1;
    if (n > 0xFFFFFFFF) op = OP_BINBYTES8, size_bytes = 8;
    else if (n >= 256) op = OP_BINBYTES, size_bytes = 4;
    if (size_bytes == 8 && d->protocol < 4)
        return err_int(err_set(t, E_OverflowError, "serializing a bytes object larger than 4 GiB requires pickle protocol 4 or higher"));
    return put_bytes(t, d, op, size_bytes, data, n, is_bytes(obj) ? obj : VALUE_NULL) < 0 ? -1 : memoize(t, d, obj);
}
/* callable(args…) as an object's reduction; args are consumed */
static int save_call(Thread *t, Dump *d, Value callable, Ref args, Value obj) {
    if (ref_is_null(args)) return -1;
    Ref parts = tuple_pack(t, 2, callable, ref_borrow(args));
    ref_drop(t, args);
    if (ref_is_null(parts)) return -1;
    int status = save_reduce(t, d, ref_borrow(parts), obj);
    ref_drop(t, parts);
    return status;
}
static int save_bytes(Thread *t, Dump *d, Value v) {
    if (d->protocol >= 3) return save_bytes_data(t, d, v, bytes_data(v), bytes_length(v));
    if (bytes_length(v) == 0) return save_call(t, d, type_value(&bytes_type), ref_new(t, tuple_empty()), v);
    Ref text = str_from_latin1(t, bytes_data(v), bytes_length(v));
    Value latin1 = str_intern_cstr(t, "latin1");
    Ref args = ref_is_null(text) ? text : tuple_pack(t, 2, ref_borrow(text), latin1);
    ref_drop(t, text);
    return save_call(t, d, slot_get(&pickle_encode), args, v);
}
static int save_bytearray_data(Thread *t, Dump *d, Value obj, const void *data, size_t n) {
    return put_bytes(t, d, OP_BYTEARRAY8, 8, data, n, VALUE_NULL) < 0 ? -1 : memoize(t, d, obj);
}
static int save_bytearray(Thread *t, Dump *d, Value v) {
    Buffer b;
    if (buffer_get_snapshot(t, v, &b) < 0) return -1;
    int status;
    if (d->protocol >= 5) {
        status = save_bytearray_data(t, d, v, b.data, (size_t)b.len);
    } else if (b.len == 0) {
        status = save_call(t, d, type_value(&bytearray_type), ref_new(t, tuple_empty()), v);
    } else {
        Ref bytes = bytes_new(t, b.data, (size_t)b.len), args = ref_is_null(bytes) ? bytes : tuple_pack(t, 1, ref_borrow(bytes));
        ref_drop(t, bytes);
        status = save_call(t, d, type_value(&bytearray_type), args, v);
    }
    buffer_release(t, &b);
    return status;
}
static int save_pickle_buffer(Thread *t, Dump *d, Value v) {
    if (d->protocol < 5) return err_int(pickle_raise(t, &pickling_error, "PickleBuffer can only pickled with protocol >= 5"));
    memo_own(t, d);
    Buffer b;
    if (buffer_get(t, v, &b, BUFFER_INDIRECT | BUFFER_FORMAT) < 0) return -1;
    bool in_band = true;
    int status = 0;
    if (!pickle_contiguous(&b, 'A')) {
        status = err_int(pickle_raise(t, &pickling_error, "PickleBuffer can not be pickled when pointing to a non-contiguous buffer"));
    } else if (!value_is_null(slot_get(&d->p->buffer_callback))) {
        Ref f = slot_ref(t, &d->p->buffer_callback), r = call1(t, ref_borrow(f), v);
        int yes = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
        ref_drop(t, r);
        ref_drop(t, f);
        if (yes < 0) status = -1;
        in_band = yes > 0;
    }
    if (status == 0 && in_band) status = b.readonly ? save_bytes_data(t, d, v, b.data, (size_t)b.len) : save_bytearray_data(t, d, v, b.data, (size_t)b.len);
    else if (status == 0 && (status = put1(t, d, OP_NEXT_BUFFER)) == 0 && b.readonly) status = put1(t, d, OP_READONLY_BUFFER);
    buffer_release(t, &b);
    return status;
}

/* raw-unicode-escape, with what would end the line or start an escape escaped as well */
static int put_raw_escaped(Thread *t, Dump *d, Value v) {
    const Str *s = as(Str, v);
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        char b[16];
        int n = 1;
        b[0] = (char)c;
        if (c >= 0x10000) n = snprintf(b, sizeof b, "\\U%08x", c);
        else if (c >= 256 || c == '\\' || c == 0 || c == '\n' || c == '\r' || c == 0x1a) n = snprintf(b, sizeof b, "\\u%04x", c);
        if (put(t, d, b, (size_t)n) < 0) return -1;
    }
    return 0;
}
static int save_str_data(Thread *t, Dump *d, const void *data, size_t n, Value payload) {
    uint8_t op = OP_BINUNICODE;
    int size_bytes = 4;
    if (n < 256 && d->protocol >= 4) op = OP_SHORT_BINUNICODE, size_bytes = 1;
    else if (n > 0xFFFFFFFF) op = OP_BINUNICODE8, size_bytes = 8;
    if (size_bytes == 8 && d->protocol < 4)
        return err_int(err_set(t, E_OverflowError, "serializing a string larger than 4 GiB requires pickle protocol 4 or higher"));
    return put_bytes(t, d, op, size_bytes, data, n, payload);
}
/* A short string that isn't ASCII, encoded where it belongs. 1: done, 0: it has surrogates, -1 */
static int save_encoded(Thread *t, Dump *d, const Str *s) {
    size_t most = s->length * (s->kind == 1 ? 2 : s->kind == 2 ? 3 : 4), header = d->protocol >= 4 && most < 256 ? 2 : 5;
    if (room(t, d, header + most) == NULL) return -1;
    size_t end = d->out.length, start = end - most;
    d->out.length = start;
    bool whole = utf8_put_run(s, 0, &d->out) == s->length;
    size_t n = d->out.length - start;
    uint8_t *p = d->out.data + start - header;
    if (!whole) {
        d->out.length = start - header;
        return 0;
    }
    if (header == 5 && n < 256 && d->protocol >= 4) {
        memmove(p + 2, p + 5, n);
        d->out.length -= 3;
        header = 2;
    }
    *p = header == 2 ? OP_SHORT_BINUNICODE : OP_BINUNICODE;
    put_le(p + 1, n, header == 2 ? 1 : 4);
    return 1;
}
static int save_str(Thread *t, Dump *d, Value v) {
    const Str *s = as(Str, v);
    int status;
    if (!d->bin) {
        status = put1(t, d, OP_UNICODE);
        if (status == 0) status = put_raw_escaped(t, d, v);
        if (status == 0) status = put1(t, d, '\n');
    } else if (s->ascii) {
        status = save_str_data(t, d, s->data, s->length, VALUE_NULL);
    } else if (s->length < FRAME_SIZE_TARGET / 4 && (status = save_encoded(t, d, s)) != 0) {
        if (status > 0) status = 0;
    } else {
        memo_own(t, d);
        Ref bytes = str_encode(t, v, "utf-8", "surrogatepass");
        status = ref_is_null(bytes) ? -1 : save_str_data(t, d, bytes_data(ref_borrow(bytes)), bytes_length(ref_borrow(bytes)), ref_borrow(bytes));
        ref_drop(t, bytes);
    }
    return status < 0 ? -1 : memoize(t, d, v);
}

/* ---- containers ----------------------------------------------------------------------------------------------------------------------------- */

static int save_tuple(Thread *t, Dump *d, Value v) {
    size_t n = tuple_size(v);
    if (n == 0) return d->protocol > 0 ? put1(t, d, OP_EMPTY_TUPLE) : put(t, d, "(t", 2);
    bool small = n <= 3 && d->protocol >= 2;
    if (!small && put1(t, d, OP_MARK) < 0) return -1;
    for (size_t i = 0; i < n; i++)
        if (save(t, d, tuple_get(v, i), SAVE_PLAIN) < 0) return -1;
    int64_t index = memo_find(t, d->p, v); /* a tuple that contains itself was written meanwhile: take its items off again */
    if (index >= 0) {
        if (!small && d->bin) return put1(t, d, OP_POP_MARK) < 0 ? -1 : put_get(t, d, index);
        for (size_t i = 0; i < n + !small; i++)
            if (put1(t, d, OP_POP) < 0) return -1;
        return put_get(t, d, index);
    }
    return put1(t, d, small ? (uint8_t)(OP_TUPLE1 + n - 1) : OP_TUPLE) < 0 ? -1 : memoize(t, d, v);
}

/* Items from an iterator: singly in protocol 0, else in batches. pairs: (key, value) tuples, two objects each */
static int save_item(Thread *t, Dump *d, Value v, bool pairs) {
    if (!pairs) return save(t, d, v, SAVE_PLAIN);
    if (!is_tuple(v) || tuple_size(v) != 2) return err_int(err_set(t, E_TypeError, "dict items iterator must return 2-tuples"));
    return save(t, d, tuple_get(v, 0), SAVE_PLAIN) < 0 ? -1 : save(t, d, tuple_get(v, 1), SAVE_PLAIN);
}
static int batch_iter(Thread *t, Dump *d, Value iter, bool pairs) {
    uint8_t one = pairs ? OP_SETITEM : OP_APPEND, many = pairs ? OP_SETITEMS : OP_APPENDS;
    Ref first = REF_NULL, next = REF_NULL;
    int more, status = 0;
    if (d->protocol == 0) {
        while (status == 0 && (more = iter_next(t, iter, &first)) != 0) {
            if (more < 0) return -1;
            status = save_item(t, d, ref_borrow(first), pairs);
            ref_drop(t, first);
            if (status == 0) status = put1(t, d, one);
        }
        return status;
    }
    more = iter_next(t, iter, &first);
    while (more == 1 && status == 0) {
        more = iter_next(t, iter, &next); /* is it the only one? */
        if (more < 0) {
            ref_drop(t, first);
            break;
        }
        if (more == 0) {
            status = save_item(t, d, ref_borrow(first), pairs);
            ref_drop(t, first);
            return status < 0 ? -1 : put1(t, d, one);
        }
        status = put1(t, d, OP_MARK);
        if (status == 0) status = save_item(t, d, ref_borrow(first), pairs);
        ref_drop(t, first);
        for (int n = 1; status == 0 && more == 1; n++) {
            status = save_item(t, d, ref_borrow(next), pairs);
            ref_drop(t, next);
            next = REF_NULL;
            if (status < 0 || n + 1 == BATCH_SIZE) break;
            more = iter_next(t, iter, &next);
        }
        ref_drop(t, next);
        next = REF_NULL;
        if (status == 0 && more >= 0) status = put1(t, d, many);
        if (status == 0 && more == 1) more = iter_next(t, iter, &first);
    }
    return more < 0 ? -1 : status;
}

static int batch_list_exact(Thread *t, Dump *d, Value v) {
    size_t i = 0;
    if (list_size(v) == 1) {
        Ref item = ref_new(t, list_get(v, 0));
        int status = save(t, d, ref_is_null(item) ? VALUE_NONE : ref_borrow(item), SAVE_HELD);
        ref_drop(t, item);
        return status < 0 ? -1 : put1(t, d, OP_APPEND);
    }
    do {
        if (put1(t, d, OP_MARK) < 0) return -1;
        for (int n = 0; n < BATCH_SIZE; n++, i++) {
            Ref item = ref_new(t, list_get(v, i));
            if (ref_is_null(item)) break;
            int status = save(t, d, ref_borrow(item), SAVE_HELD);
            ref_drop(t, item);
            if (status < 0) return -1;
        }
        if (put1(t, d, OP_APPENDS) < 0) return -1;
    } while (i < list_size(v));
    return 0;
}
/* A list that other threads may be changing, as it is at one moment. */
static int batch_list_shared(Thread *t, Dump *d, Value v) {
    int status = 0;
    if (!d->p->lends) {
        Ref now = list_copy(t, v);
        status = ref_is_null(now) ? -1 : list_size(ref_borrow(now)) == 0 ? 0 : batch_list_exact(t, d, ref_borrow(now));
        ref_drop(t, now);
        return status;
    }
    Lent here = {.outer = d->lent};
    here.word = list_words(t, as(List, v), &here.count);
    if (here.word == NULL) return -1;
    d->lent = &here;
    for (size_t i = 0; status == 0 && i < here.count;) {
        if (here.count > 1) status = put1(t, d, OP_MARK);
        for (int n = 0; status == 0 && n < BATCH_SIZE && i < here.count; n++) status = save(t, d, here.word[i++], SAVE_PLAIN);
        if (status == 0) status = put1(t, d, here.count > 1 ? OP_APPENDS : OP_APPEND);
    }
    d->lent = here.outer;
    for (size_t i = 0; here.owned && i < here.count; i++) ref_drop(t, (Ref){here.word[i].bits});
    mem_free(here.word);
    return status;
}
static int save_list(Thread *t, Dump *d, Value v) {
    if (d->bin ? put1(t, d, OP_EMPTY_LIST) < 0 : put(t, d, "(l", 2) < 0) return -1;
    if (memoize(t, d, v) < 0) return -1;
    if (d->protocol > 0) {
        if (!is_local(t, value_object(v))) return batch_list_shared(t, d, v);
        return list_size(v) == 0 ? 0 : batch_list_exact(t, d, v);
    }
    Ref iter = get_iter_now(t, v);
    int status = ref_is_null(iter) ? -1 : batch_iter(t, d, ref_borrow(iter), false);
    ref_drop(t, iter);
    return status;
}

static int batch_dict_exact(Thread *t, Dump *d, Value v) {
    size_t size = dict_size(v), pos = 0;
    Value k, x;
    int n;
    do {
        if (size > 1 && put1(t, d, OP_MARK) < 0) return -1;
        n = 0;
        while (n < (size == 1 ? 1 : BATCH_SIZE) && dict_next(v, &pos, &k, &x)) {
            Ref key = ref_new(t, k), value = ref_new(t, x);
            bool quiet = is_exact(ref_borrow(key), &str_type) && !d->has_pers && !d->to_file; /* saving the key calls nothing out */
            int status = save(t, d, ref_borrow(key), SAVE_HELD);
            if (status == 0) status = save(t, d, ref_borrow(value), quiet ? SAVE_HELD : SAVE_PLAIN);
            ref_drop(t, key);
            ref_drop(t, value);
            if (status < 0) return -1;
            n++;
        }
        if (put1(t, d, size > 1 ? OP_SETITEMS : OP_SETITEM) < 0) return -1;
        if (dict_size(v) != size) return err_int(err_set(t, E_RuntimeError, "dictionary changed size during iteration"));
    } while (n == BATCH_SIZE); /* one that isn't full is the last, as CPython has it */
    return 0;
}
/* A dict that other threads may be changing, as it is at one moment. */
static int batch_dict_shared(Thread *t, Dump *d, Value v) {
    DictItems items;
    Lent here = {.outer = d->lent, .items = &items, .owned = !d->p->lends};
    if ((here.owned ? dict_items_take(t, v, &items) : dict_items_read(t, v, &items)) < 0) return -1;
    size_t i = 0, n = 0, count = here.count = items.count;
    int status = 0;
    d->lent = &here;
    if (count > 0) do {
        if (count > 1) status = put1(t, d, OP_MARK);
        for (n = 0; status == 0 && n < BATCH_SIZE && i < count; n++, i++) {
            status = save(t, d, ref_borrow(items.item[i].key), SAVE_PLAIN);
            if (status == 0) status = save(t, d, ref_borrow(items.item[i].value), SAVE_PLAIN);
        }
        if (status == 0) status = put1(t, d, count > 1 ? OP_SETITEMS : OP_SETITEM);
    } while (status == 0 && n == BATCH_SIZE); /* one that isn't full is the last, as CPython has it */
    d->lent = here.outer;
    if (here.owned) dict_items_drop(t, &items);
    else dict_items_forget(&items);
    return status;
}
static int save_dict(Thread *t, Dump *d, Value v) {
    if (d->bin ? put1(t, d, OP_EMPTY_DICT) < 0 : put(t, d, "(d", 2) < 0) return -1;
    if (memoize(t, d, v) < 0) return -1;
    if (d->protocol > 0) {
        if (!is_local(t, value_object(v))) return batch_dict_shared(t, d, v);
        return dict_size(v) == 0 ? 0 : batch_dict_exact(t, d, v);
    }
    Ref items = call_method0(t, v, N(items)), iter = ref_is_null(items) ? items : get_iter_now(t, ref_borrow(items));
    ref_drop(t, items);
    int status = ref_is_null(iter) ? -1 : batch_iter(t, d, ref_borrow(iter), true);
    ref_drop(t, iter);
    return status;
}
static int save_container(Thread *t, Dump *d, Value v, int (*body)(Thread *, Dump *, Value)) {
    if (!load_relaxed(&d->p->x_fast)) return body(t, d, v);
    /* fast mode has no memo to end recursion: beyond some depth the containers around are looked at */
    Active mine = {d->active, value_object(v)};
    if (++d->nesting >= FAST_NESTING_LIMIT)
        for (Active *a = d->active; a != NULL; a = a->outer)
            if (a->object == mine.object) {
                d->nesting--;
                char address[32];
                snprintf(address, sizeof address, "%p", (void *)mine.object);
                return err_int(err_set(t, E_ValueError, "fast mode: can't pickle cyclic objects including object type %.200T at %s", v, address));
            }
    d->active = &mine;
    int status = body(t, d, v);
    d->nesting--;
    d->active = mine.outer;
    return status;
}

/* At most `most` items of a set from *pos on; how many, or -1. */
static int put_set_items(Thread *t, Dump *d, Value set, size_t *pos, int most) {
    Value item;
    int64_t hash;
    int n = 0;
    while (n < most && set_next_hashed(as(Set, set), pos, &item, &hash)) {
        Ref mine = ref_new(t, item);
        int status = save(t, d, ref_borrow(mine), SAVE_PLAIN);
        ref_drop(t, mine);
        if (status < 0) return -1;
        n++;
    }
    return n;
}
/* By its name and a list of the items. */
static int save_old_set(Thread *t, Dump *d, Value v, bool frozen) {
    Ref items = set_items_list(t, v), args = ref_is_null(items) ? items : tuple_pack(t, 1, ref_borrow(items));
    ref_drop(t, items);
    return save_call(t, d, type_value(frozen ? &frozenset_type : &set_type), args, v);
}
static int save_set(Thread *t, Dump *d, Value v, bool frozen) {
    if (d->protocol < 4) return save_old_set(t, d, v, frozen);
    Ref items = set_stable(t, v);
    if (ref_is_null(items)) return -1;
    Value now = is_local(t, value_object(v)) ? v : ref_borrow(items); /* others may change a shared one as they like */
    size_t pos = 0, size = set_size(now);
    int status, n = BATCH_SIZE;
    if (frozen) {
        status = put1(t, d, OP_MARK);
        if (status == 0 && put_set_items(t, d, ref_borrow(items), &pos, INT_MAX) < 0) status = -1;
        int64_t index = status == 0 ? memo_find(t, d->p, v) : -1;
        if (index >= 0) status = put1(t, d, OP_POP_MARK) < 0 ? -1 : put_get(t, d, index);
        else if (status == 0) status = put1(t, d, OP_FROZENSET) < 0 ? -1 : memoize(t, d, v);
    } else {
        status = put1(t, d, OP_EMPTY_SET);
        if (status == 0) status = memoize(t, d, v);
        while (status == 0 && size > 0 && n == BATCH_SIZE) { /* a batch that isn't full is the last one, as CPython has it */
            status = put1(t, d, OP_MARK);
            if (status == 0) status = (n = put_set_items(t, d, ref_borrow(items), &pos, BATCH_SIZE)) < 0 ? -1 : put1(t, d, OP_ADDITEMS);
            if (status == 0 && set_size(now) != size) status = err_int(err_set(t, E_RuntimeError, "set changed size during iteration"));
        }
    }
    ref_drop(t, items);
    return status;
}

/* ---- by name ------------------------------------------------------------------------------------------------------------------------------------ */

/* The name of the module that obj is found in under `name`. */
static Ref which_module(Thread *t, Value obj, Value name) {
    Ref module = get_attr_opt(t, obj, N(__module__));
    if (!ref_is_null(module) && is_exact(ref_borrow(module), &str_type)) return str_intern(t, module); /* so that it is written once */
    if (!ref_is_null(module) && !ref_is_none(module)) return module;
    if (err_pending(t)) return REF_NULL;
    Ref items = dict_items_list(t, modules_dict()), r = REF_NULL;
    if (ref_is_null(items)) return items;
    for (size_t i = 0; i < list_size(ref_borrow(items)) && ref_is_null(r); i++) {
        Value pair = list_get(ref_borrow(items), i), key = tuple_get(pair, 0), m = tuple_get(pair, 1);
        if (value_is_none(m) || (is_str(key) && str_equal_ascii(key, "__main__"))) continue;
        Ref found = pickle_dotted(t, m, name, NULL);
        if (ref_is_null(found)) err_clear(t);
        else if (value_is(ref_borrow(found), obj)) r = ref_new(t, key);
        ref_drop(t, found);
    }
    ref_drop(t, items);
    return ref_is_null(r) ? ref_new(t, N(__main__)) : r;
}

/* 1: written as a registered extension, 0: there is none, -1 */
static int save_extension(Thread *t, Dump *d, Value obj, Value module, Value name) {
    Ref key = tuple_pack(t, 2, module, name), code;
    if (ref_is_null(key)) return -1;
    int found = dict_lookup(t, slot_get(&pickle_extensions), ref_borrow(key), &code);
    ref_drop(t, key);
    if (found <= 0) return found;
    int64_t n = 0;
    bool is_number = is_exact(ref_borrow(code), &int_type), fits = is_number && int_try_i64(ref_borrow(code), &n) == 0;
    if (!is_number) pickle_raise(t, &pickling_error, "Can't pickle %R: extension code %R isn't an integer", obj, ref_borrow(code));
    else if (!fits || n <= 0 || n > 0x7FFFFFFF) pickle_raise(t, &pickling_error, "Can't pickle %R: extension code %lld is out of range", obj, (long long)n);
    ref_drop(t, code);
    if (err_pending(t)) return -1;
    uint8_t b[5] = {n < 256 ? OP_EXT1 : n < 65536 ? OP_EXT2 : OP_EXT4};
    put_le(b + 1, (uint64_t)n, 4);
    return put(t, d, b, n < 256 ? 2 : n < 65536 ? 3 : 5) < 0 ? -1 : 1;
}

/* Python 2's names for the pair, which is replaced. */
static int old_names(Thread *t, Ref *module, Ref *name) {
    Ref key = tuple_pack(t, 2, ref_borrow(*module), ref_borrow(*name)), item;
    if (ref_is_null(key)) return -1;
    int found = dict_lookup(t, slot_get(&pickle_names_3to2), ref_borrow(key), &item);
    ref_drop(t, key);
    if (found < 0) return -1;
    if (found) {
        Value pair = ref_borrow(item);
        if (!is_tuple(pair) || tuple_size(pair) != 2 || !is_str(tuple_get(pair, 0)) || !is_str(tuple_get(pair, 1))) {
            ref_drop(t, item);
            return err_int(err_set(t, E_RuntimeError, "_compat_pickle.REVERSE_NAME_MAPPING values should be pairs of str"));
        }
        ref_drop(t, *module);
        ref_drop(t, *name);
        *module = ref_new(t, tuple_get(pair, 0));
        *name = ref_new(t, tuple_get(pair, 1));
        ref_drop(t, item);
        return 0;
    }
    found = dict_lookup(t, slot_get(&pickle_imports_3to2), ref_borrow(*module), &item);
    if (found < 0) return -1;
    if (found) {
        ref_drop(t, *module);
        *module = item;
    }
    return 0;
}
static int put_identifier(Thread *t, Dump *d, Value name, const char *what) {
    Ref bytes = str_encode(t, name, d->protocol >= 3 ? "utf-8" : "ascii", "strict");
    if (ref_is_null(bytes)) {
        if (err_clear_if(t, E_UnicodeEncodeError)) pickle_raise(t, &pickling_error, "can't pickle %s identifier '%V' using pickle protocol %d", what, name, d->protocol);
        return -1;
    }
    int status = put(t, d, bytes_data(ref_borrow(bytes)), bytes_length(ref_borrow(bytes)));
    ref_drop(t, bytes);
    return status < 0 ? -1 : put1(t, d, '\n');
}
static int put_global(Thread *t, Dump *d, Ref module, Ref name) {
    int status = load_relaxed(&d->p->x_fix_imports) && d->protocol < 3 ? old_names(t, &module, &name) : 0;
    if (status == 0) status = put1(t, d, OP_GLOBAL);
    if (status == 0) status = put_identifier(t, d, ref_borrow(module), "module");
    if (status == 0) status = put_identifier(t, d, ref_borrow(name), "global");
    ref_drop(t, module);
    ref_drop(t, name);
    return status;
}

static int save_global(Thread *t, Dump *d, Value obj, Value given) {
    Ref name = value_is_null(given) ? get_attr_opt(t, obj, N(__qualname__)) : ref_new(t, given);
    if (ref_is_null(name) && !err_pending(t)) name = get_attr(t, obj, N(__name__));
    if (ref_is_null(name)) return -1;
    Ref module_name = REF_NULL, module = REF_NULL, found = REF_NULL, parent = REF_NULL, last = REF_NULL;
    int status = -1;
    if (!is_str(ref_borrow(name))) {
        pickle_raise(t, &pickling_error, "Can't pickle %R: its name isn't a str", obj);
        goto done;
    }
    if (pickle_no_locals(t, ref_borrow(name), VALUE_NULL) < 0) goto done;
    module_name = which_module(t, obj, ref_borrow(name));
    if (ref_is_null(module_name)) goto done;
    if (is_str(ref_borrow(module_name))) {
        Ref top = import_level(t, ref_borrow(module_name), VALUE_NULL, VALUE_NULL, 0);
        if (!ref_is_null(top)) module = ref_new(t, dict_get(t, modules_dict(), ref_borrow(module_name)));
        ref_drop(t, top);
    }
    if (ref_is_null(module)) {
        err_clear(t);
        pickle_raise(t, &pickling_error, "Can't pickle %R: import of module %R failed", obj, ref_borrow(module_name));
        goto done;
    }
    found = pickle_dotted(t, ref_borrow(module), ref_borrow(name), &parent);
    if (ref_is_null(found)) {
        err_clear(t);
        pickle_raise(t, &pickling_error, "Can't pickle %R: attribute lookup %V on %V failed", obj, ref_borrow(name), ref_borrow(module_name));
        goto done;
    }
    if (!value_is(ref_borrow(found), obj)) {
        pickle_raise(t, &pickling_error, "Can't pickle %R: it's not the same object as %V.%V", obj, ref_borrow(module_name), ref_borrow(name));
        goto done;
    }
    if (d->protocol >= 2) {
        status = save_extension(t, d, obj, ref_borrow(module_name), ref_borrow(name));
        if (status != 0) {
            status = status < 0 ? -1 : 0;
            goto done;
        }
    }
    const Str *s = as(Str, ref_borrow(name)); /* what is found in the module itself needs no path to it */
    size_t start = s->length;
    while (start > 0 && str_at(s, start - 1) != '.') start--;
    bool direct = value_is(ref_borrow(parent), ref_borrow(module));
    last = start == 0 ? ref_new(t, ref_borrow(name)) : str_slice(t, ref_borrow(name), (int64_t)start, (int64_t)s->length);
    if (ref_is_null(last)) goto done;
    if (direct && start > 0) {
        ref_drop(t, name);
        name = ref_new(t, ref_borrow(last));
    }
    if (d->protocol >= 4) {
        status = save(t, d, ref_borrow(module_name), SAVE_PLAIN) < 0 || save(t, d, ref_borrow(name), SAVE_PLAIN) < 0 ? -1 : put1(t, d, OP_STACK_GLOBAL);
    } else if (!direct) {
        status = save_call(t, d, slot_get(&pickle_getattr), tuple_pack(t, 2, ref_borrow(parent), ref_borrow(last)), VALUE_NULL);
    } else {
        status = put_global(t, d, ref_new(t, ref_borrow(module_name)), ref_new(t, ref_borrow(name)));
    }
    if (status == 0) status = memoize(t, d, obj);
done:
    ref_drop(t, last);
    ref_drop(t, parent);
    ref_drop(t, found);
    ref_drop(t, module);
    ref_drop(t, module_name);
    ref_drop(t, name);
    return status;
}
static int save_type(Thread *t, Dump *d, Value v) {
    Value only = value_is(v, type_value(&none_type)) ? VALUE_NONE : value_is(v, type_value(&ellipsis_type)) ? VALUE_ELLIPSIS
        : value_is(v, type_value(&not_implemented_type)) ? VALUE_NOT_IMPLEMENTED : VALUE_NULL;
    if (value_is_null(only)) return save_global(t, d, v, VALUE_NULL);
    return save_call(t, d, type_value(&type_type), tuple_pack(t, 1, only), v);
}

/* ---- by reduction ----------------------------------------------------------------------------------------------------------------------------------- */

/* 1: a persistent id was written, 0: none, -1 */
static int save_pers(Thread *t, Dump *d, Value v) {
    Ref pid = kept_method_call(t, &d->p->base, &d->p->persistent_id, v);
    if (ref_is_null(pid)) return err_pending(t) ? -1 : 0;
    if (ref_is_none(pid)) return 0;
    int status;
    if (d->bin) {
        status = save(t, d, ref_borrow(pid), SAVE_PERS) < 0 ? -1 : put1(t, d, OP_BINPERSID);
    } else {
        Ref text = object_str(t, ref_borrow(pid));
        status = -1;
        if (!ref_is_null(text) && !as(Str, ref_borrow(text))->ascii) pickle_raise(t, &pickling_error, "persistent IDs in protocol 0 must be ASCII strings");
        else if (!ref_is_null(text) && put1(t, d, OP_PERSID) == 0 && put(t, d, as(Str, ref_borrow(text))->data, str_length(ref_borrow(text))) == 0)
            status = put1(t, d, '\n');
        ref_drop(t, text);
    }
    ref_drop(t, pid);
    return status < 0 ? -1 : 1;
}

/* copyreg.__newobj__(cls, …): the class and its arguments, without the function */
static int save_newobj(Thread *t, Dump *d, Value args, Value obj) {
    if (tuple_size(args) < 1) return err_int(pickle_raise(t, &pickling_error, "__newobj__ arglist is empty"));
    Value cls = tuple_get(args, 0);
    if (!is_type(cls)) {
        int has = has_attr(t, cls, N(__new__));
        if (has < 0) return -1;
        if (!has) return err_int(pickle_raise(t, &pickling_error, "args[0] from __newobj__ args has no __new__"));
    }
    if (!value_is_null(obj) && !(type_flag(type_of(obj), TYPE_PLAIN_GETATTR) && value_is(type_value(type_of(obj)), cls))) {
        Ref own = get_attr(t, obj, N(__class__));
        if (ref_is_null(own)) return -1;
        bool same = value_is(ref_borrow(own), cls);
        ref_drop(t, own);
        if (!same) return err_int(pickle_raise(t, &pickling_error, "args[0] from __newobj__ args has the wrong class"));
    }
    if (save(t, d, cls, SAVE_PLAIN) < 0) return -1;
    Ref rest = tuple_slice(t, args, 1, (int64_t)tuple_size(args));
    int status = ref_is_null(rest) ? -1 : save(t, d, ref_borrow(rest), SAVE_PLAIN);
    ref_drop(t, rest);
    return status < 0 ? -1 : put1(t, d, OP_NEWOBJ);
}
static int save_newobj_ex(Thread *t, Dump *d, Value a) {
    if (tuple_size(a) != 3)
        return err_int(pickle_raise(t, &pickling_error, "length of the NEWOBJ_EX argument tuple must be exactly 3, not %zu", tuple_size(a)));
    Value cls = tuple_get(a, 0), args = tuple_get(a, 1), kwargs = tuple_get(a, 2);
    if (!is_type(cls)) return err_int(pickle_raise(t, &pickling_error, "first item from NEWOBJ_EX argument tuple must be a class, not %.200T", cls));
    if (!is_tuple(args)) return err_int(pickle_raise(t, &pickling_error, "second item from NEWOBJ_EX argument tuple must be a tuple, not %.200T", args));
    if (!is_dict(kwargs)) return err_int(pickle_raise(t, &pickling_error, "third item from NEWOBJ_EX argument tuple must be a dict, not %.200T", kwargs));
    if (d->protocol >= 4)
        return save(t, d, cls, SAVE_PLAIN) < 0 || save(t, d, args, SAVE_PLAIN) < 0 || save(t, d, kwargs, SAVE_PLAIN) < 0 ? -1 : put1(t, d, OP_NEWOBJ_EX);
    Ref make = get_attr(t, cls, N(__new__)), head = REF_NULL, all = REF_NULL, partial = REF_NULL;
    if (!ref_is_null(make)) head = tuple_pack(t, 2, ref_borrow(make), cls);
    if (!ref_is_null(head)) all = tuple_concat(t, ref_borrow(head), args);
    if (!ref_is_null(all)) partial = call_tuple_dict(t, slot_get(&pickle_partial), ref_borrow(all), kwargs);
    int status = ref_is_null(partial) || save(t, d, ref_borrow(partial), SAVE_PLAIN) < 0 || save(t, d, tuple_empty(), SAVE_PLAIN) < 0 ? -1 : put1(t, d, OP_REDUCE);
    ref_drop(t, partial);
    ref_drop(t, all);
    ref_drop(t, head);
    ref_drop(t, make);
    return status;
}

/* The parts behind the first two, None counting as absent; -1 if one is of the wrong kind */
static int check_parts(Thread *t, Value parts, Value *p) {
    static const char *const ordinals[] = {"", "", "", "fourth", "fifth", "sixth"};
    size_t n = is_tuple(parts) ? tuple_size(parts) : 0;
    if (n < 2 || n > 6) return err_int(pickle_raise(t, &pickling_error, "tuple returned by __reduce__ must contain 2 through 6 elements"));
    for (size_t i = 0; i < 6; i++) p[i] = i < n && (i < 2 || !value_is_none(tuple_get(parts, i))) ? tuple_get(parts, i) : VALUE_NULL;
    if (!is_callable(p[0])) return err_int(pickle_raise(t, &pickling_error, "first item of the tuple returned by __reduce__ must be callable"));
    if (!is_tuple(p[1])) return err_int(pickle_raise(t, &pickling_error, "second item of the tuple returned by __reduce__ must be a tuple"));
    for (size_t i = 3; i < 5; i++)
        if (!value_is_null(p[i]) && type_of(p[i])->next == NULL)
            return err_int(pickle_raise(t, &pickling_error, "%s element of the tuple returned by __reduce__ must be an iterator, not %T", ordinals[i], p[i]));
    if (!value_is_null(p[5]) && !is_callable(p[5]))
        return err_int(pickle_raise(t, &pickling_error, "sixth element of the tuple returned by __reduce__ must be a function, not %T", p[5]));
    return 0;
}
static int save_reduce(Thread *t, Dump *d, Value parts, Value obj) {
    Value p[6];
    memo_own(t, d);
    if (check_parts(t, parts, p) < 0) return -1;
    if (d->protocol >= 2 && !value_is(ref_borrow(d->callable), p[0])) {
        Ref name = get_attr_opt(t, p[0], N(__name__));
        if (ref_is_null(name) && err_pending(t)) return -1;
        bool text = !ref_is_null(name) && is_str(ref_borrow(name));
        d->newobj_ex = text && str_equal_ascii(ref_borrow(name), "__newobj_ex__");
        d->newobj = text && str_equal_ascii(ref_borrow(name), "__newobj__");
        ref_drop(t, name);
        Ref old = d->callable;
        d->callable = ref_new(t, p[0]);
        ref_drop(t, old);
    }
    bool newobj = d->newobj, newobj_ex = d->newobj_ex;
    int status;
    if (newobj_ex) status = save_newobj_ex(t, d, p[1]);
    else if (newobj) status = save_newobj(t, d, p[1], obj);
    else status = save(t, d, p[0], SAVE_PLAIN) < 0 || save(t, d, p[1], SAVE_PLAIN) < 0 ? -1 : put1(t, d, OP_REDUCE);
    if (status < 0) return -1;
    if (!value_is_null(obj)) {
        int64_t index = memo_find(t, d->p, obj); /* written meanwhile, by what it consists of */
        if (index >= 0) return put1(t, d, OP_POP) < 0 ? -1 : put_get(t, d, index);
        if (memoize(t, d, obj) < 0) return -1;
    }
    if (!value_is_null(p[3]) && batch_iter(t, d, p[3], false) < 0) return -1;
    if (!value_is_null(p[4]) && batch_iter(t, d, p[4], true) < 0) return -1;
    if (value_is_null(p[2])) return 0;
    if (value_is_null(p[5])) return save(t, d, p[2], SAVE_PLAIN) < 0 ? -1 : put1(t, d, OP_BUILD);
    if (save(t, d, p[5], SAVE_PLAIN) < 0 || save(t, d, obj, SAVE_PLAIN) < 0 || save(t, d, p[2], SAVE_PLAIN) < 0) return -1;
    uint8_t ops[] = {OP_TUPLE2, OP_REDUCE, OP_POP};
    return put(t, d, ops, 3);
}

/* What stands for v: a reduction, or null without an exception if it is to be found by its name. */
static Ref reduction_of(Thread *t, Dump *d, Value v) {
    Type *type = type_of(v);
    Ref f = REF_NULL, r;
    Value table = slot_get(&d->p->dispatch_table);
    if (value_is_null(table)) {
        if (dict_lookup(t, slot_get(&pickle_dispatch_table), type_value(type), &f) < 0) return REF_NULL;
    } else {
        Ref held = ref_new(t, table);
        f = get_item(t, ref_borrow(held), type_value(type));
        ref_drop(t, held);
        if (ref_is_null(f) && !err_clear_if(t, E_KeyError)) return f;
    }
    if (!ref_is_null(f)) {
        r = call1(t, ref_borrow(f), v);
    } else if (type_is_subtype(type, &type_type)) {
        return REF_NULL;
    } else if (type_flag(type, TYPE_PLAIN_GETATTR) && is_exact(type_lookup(t, type, N(__reduce_ex__)), &method_descriptor_type)) {
        return call_method1(t, v, N(__reduce_ex__), small_int(d->protocol)); /* object's own: nothing to look for in the instance */
    } else {
        f = get_attr_opt(t, v, N(__reduce_ex__));
        if (ref_is_null(f) && err_pending(t)) return f;
        if (!ref_is_null(f)) {
            r = call1(t, ref_borrow(f), small_int(d->protocol));
        } else {
            f = get_attr_opt(t, v, N(__reduce__));
            if (ref_is_null(f) && err_pending(t)) return f;
            if (ref_is_null(f)) return pickle_raise(t, &pickling_error, "can't pickle '%.200T' object: %R", v, v);
            r = call0(t, ref_borrow(f));
        }
    }
    ref_drop(t, f);
    return r;
}

static int save_other(Thread *t, Dump *d, Value v) {
    Type *type = type_of(v);
    memo_own(t, d);
    Ref parts = REF_NULL;
    if (!ref_is_null(d->reducer_override)) {
        parts = call1(t, ref_borrow(d->reducer_override), v);
        if (ref_is_null(parts)) return -1;
        if (ref_is_not_implemented(parts)) parts = REF_NULL;
    }
    if (ref_is_null(parts)) {
        if (type == &type_type) return save_type(t, d, v);
        if (type == &function_type) return save_global(t, d, v, VALUE_NULL);
        parts = reduction_of(t, d, v);
        if (ref_is_null(parts)) return err_pending(t) ? -1 : save_global(t, d, v, VALUE_NULL);
    }
    int status;
    if (is_str(ref_borrow(parts))) status = save_global(t, d, v, ref_borrow(parts));
    else if (!is_tuple(ref_borrow(parts))) status = err_int(pickle_raise(t, &pickling_error, "__reduce__ must return a string or tuple"));
    else {
        Ref held = ref_new(t, v);
        status = save_reduce(t, d, ref_borrow(parts), ref_borrow(held));
        ref_drop(t, held);
    }
    ref_drop(t, parts);
    return status;
}

static int save(Thread *t, Dump *d, Value v, SaveHow how) {
    /* the memo counts what it holds: what its container and the caller alone refer to can't be there too */
    bool fresh = how == SAVE_HELD && value_is_object(v) && is_local(t, value_object(v)) && value_object(v)->local_refs == 2 && !is_uncounted(value_object(v));
    if (boundary(t, d) < 0) return -1;
    if (unlikely(d->has_pers) && how != SAVE_PERS) {
        int done = save_pers(t, d, v);
        if (done != 0) return done < 0 ? -1 : 0;
    }
    if (value_is_int(v)) {
        int64_t n = value_int(v);
        return likely(n == (int32_t)n) ? save_small(t, d, n) : save_int(t, d, v);
    }
    if (value_is_float(v)) return save_float(t, d, value_flonum(v));
    if (value_is_none(v)) return put1(t, d, OP_NONE);
    if (value_is_true(v)) return d->protocol >= 2 ? put1(t, d, OP_NEWTRUE) : put(t, d, "I01\n", 4);
    if (value_is_false(v)) return d->protocol >= 2 ? put1(t, d, OP_NEWFALSE) : put(t, d, "I00\n", 4);
    Type *type = type_of(v);
    if (type == &int_type) return save_int(t, d, v);
    if (type == &float_type) return save_float(t, d, float_value(v));
    int64_t index = fresh ? -1 : memo_find(t, d->p, v);
    if (index >= 0) return put_get(t, d, index);
    if (type == &str_type) return save_str(t, d, v);
    if (type == &bytes_type) return save_bytes(t, d, v);
    if (recursion_enter(t, " while pickling an object") < 0) return -1;
    int status;
    if (type == &dict_type) status = save_container(t, d, v, save_dict);
    else if (type == &list_type) status = save_container(t, d, v, save_list);
    else if (type == &tuple_type) status = save_tuple(t, d, v);
    else if (type == &set_type || type == &frozenset_type) status = save_set(t, d, v, type == &frozenset_type);
    else if (type == &bytearray_type) status = save_bytearray(t, d, v);
    else if (type == &pickle_buffer_type) status = save_pickle_buffer(t, d, v);
    else status = save_other(t, d, v);
    recursion_leave(t);
    return status;
}

/* ---- dumping ------------------------------------------------------------------------------------------------------------------------------------------ */

/* The bytes written (or None if they went to the file). */
static Ref dump(Thread *t, Pickler *p, Value obj, bool to_file) {
    Dump d = {.p = p, .out = BYTE_BUILDER, .frame_start = NO_FRAME, .to_file = to_file, .protocol = load_relaxed(&p->x_protocol), .bin = load_relaxed(&p->x_protocol) > 0,
              .has_pers = !value_is_null(slot_get(&p->persistent_id.function))};
    if (object_type_of(p) != &pickler_type) {
        d.reducer_override = pickle_method(t, object_value(p), "reducer_override");
        if (ref_is_null(d.reducer_override) && err_pending(t)) return REF_NULL;
    }
    uint8_t head[] = {OP_PROTO, (uint8_t)d.protocol};
    int status = d.protocol >= 2 ? put(t, &d, head, 2) : 0;
    d.framing = d.protocol >= 4;
    if (status == 0) status = save(t, &d, obj, false);
    if (status == 0) status = put1(t, &d, OP_STOP);
    if (status == 0) frame_close(&d);
    ref_drop(t, d.reducer_override);
    ref_drop(t, d.callable);
    if (status == 0 && to_file) status = flush(t, &d);
    if (status == 0 && !to_file) return bytes_finish(t, &d.out);
    bytes_drop(&d.out);
    return status < 0 ? REF_NULL : REF_NONE;
}

static int setup(Thread *t, Pickler *p, Value file, Value protocol, Value fix_imports, Value buffer_callback) {
    int proto = DEFAULT_PROTOCOL, fix = is_true(t, fix_imports);
    if (fix < 0) return -1;
    if (!value_is_null(protocol) && !value_is_none(protocol)) {
        int64_t n;
        if (as_i64(t, protocol, &n) < 0) return -1;
        if (n > HIGHEST_PROTOCOL) return err_int(err_set(t, E_ValueError, "pickle protocol must be <= %d", HIGHEST_PROTOCOL));
        proto = n < 0 ? HIGHEST_PROTOCOL : (int)n;
    }
    Ref write = REF_NULL;
    if (!value_is_null(file)) {
        write = get_attr_opt(t, file, N(write));
        if (ref_is_null(write)) {
            if (!err_pending(t)) err_set(t, E_TypeError, "file must have a 'write' attribute");
            return -1;
        }
    }
    if (!value_is_none(buffer_callback) && proto < 5) {
        ref_drop(t, write);
        return err_int(err_set(t, E_ValueError, "buffer_callback needs protocol >= 5"));
    }
    store_relaxed(&p->x_protocol, proto);
    store_relaxed(&p->x_bin, proto > 0);
    store_relaxed(&p->x_fix_imports, fix && proto < 3);
    slot_set(t, p, &p->write, write);
    slot_set(t, p, &p->buffer_callback, value_is_none(buffer_callback) ? REF_NULL : ref_new(t, buffer_callback));
    store_relaxed(&p->x_ready, true);
    return 0;
}

Ref pickle_dump(Thread *t, Value obj, Value file, Value protocol, Value fix_imports, Value buffer_callback) {
    Pickler *p = object_new(Pickler, t, &pickler_type);
    if (p == NULL) return REF_NULL;
    bool ready = setup(t, p, file, protocol, fix_imports, buffer_callback) == 0;
    p->lends = value_is_null(file) && load_relaxed(&p->x_bin) && is_local(t, p);
    Ref r = ready ? dump(t, p, obj, !value_is_null(file)) : REF_NULL;
    ref_drop(t, ref_steal(p));
    return r;
}

/* ---- Pickler --------------------------------------------------------------------------------------------------------------------------------------------- */

static void pickler_traverse(Object *o, VisitFn visit, void *arg) {
    Pickler *p = (Pickler *)o;
    slot_visit(&p->write, visit, arg);
    slot_visit(&p->persistent_id.function, visit, arg);
    slot_visit(&p->dispatch_table, visit, arg);
    slot_visit(&p->buffer_callback, visit, arg);
    for (size_t i = 0; !p->lends && p->memo_mask != 0 && i <= p->memo_mask; i++) slot_visit(&p->memo[i].object, visit, arg);
}
static void pickler_clear(Thread *t, Object *o) {
    Pickler *p = (Pickler *)o;
    memo_clear(t, p);
    slot_set(t, o, &p->write, REF_NULL);
    slot_set(t, o, &p->persistent_id.function, REF_NULL);
    slot_set(t, o, &p->dispatch_table, REF_NULL);
    slot_set(t, o, &p->buffer_callback, REF_NULL);
}
static Ref pickler_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static int pickler_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[4];
    Pickler *p = as(Pickler, self);
    if (kit_bind(t, "Pickler", "file|protocol,fix_imports,buffer_callback", args, nargs, kwnames, a) < 0) return -1;
    if (load_relaxed(&p->x_ready)) pickler_clear(t, &p->base);
    if (setup(t, p, a[0], a[1], value_is_null(a[2]) ? VALUE_TRUE : a[2], value_is_null(a[3]) ? VALUE_NONE : a[3]) < 0) return -1;
    store_relaxed(&p->x_fast, 0);
    if (is_exact(self, &pickler_type)) return 0;
    if (kept_method_find(t, &p->base, &p->persistent_id, "persistent_id") < 0) return -1;
    Ref table = pickle_method(t, self, "dispatch_table");
    if (ref_is_null(table) && err_pending(t)) return -1;
    slot_set(t, p, &p->dispatch_table, table);
    return 0;
}
static Ref m_dump(Thread *t, Value self, const Value *a) {
    Pickler *p = as(Pickler, self);
    if (value_is_null(slot_get(&p->write))) return uninitialized(t, p), REF_NULL;
    return dump(t, p, a[0], true);
}
static Ref m_clear_memo(Thread *t, Value self, const Value *a) {
    memo_clear(t, as(Pickler, self));
    return REF_NONE;
}
static Ref m_sizeof(Thread *t, Value self, const Value *a) {
    Pickler *p = as(Pickler, self);
    size_t mask;
    CRITICAL_BEGIN(t, p)
    mask = p->memo_mask;
    CRITICAL_END(t)
    return ref_small_int((int64_t)(type_of(self)->head.size + (mask == 0 ? 0 : (mask + 1) * sizeof(MemoEntry))));
}

/* The memo as {id: (number, object)}. */
static Ref memo_copy(Thread *t, Pickler *p) {
    Ref r = dict_new(t), pairs = list_new(t, 0);
    int status = ref_is_null(r) || ref_is_null(pairs) ? -1 : 0;
    CRITICAL_BEGIN(t, p)
    for (size_t i = 0; status == 0 && p->memo_mask != 0 && i <= p->memo_mask; i++) {
        Value v = slot_get(&p->memo[i].object);
        if (value_is_null(v)) continue;
        Ref pair = tuple_pack(t, 2, small_int(p->memo[i].index), v);
        status = ref_is_null(pair) ? -1 : list_append_steal(t, ref_borrow(pairs), pair);
    }
    CRITICAL_END(t)
    for (size_t i = 0; status == 0 && i < list_size(ref_borrow(pairs)); i++) {
        Value pair = list_get(ref_borrow(pairs), i);
        Ref id = int_from_u64(t, (uint64_t)(uintptr_t)value_object(tuple_get(pair, 1)));
        status = ref_is_null(id) ? -1 : dict_set(t, ref_borrow(r), ref_borrow(id), pair);
        ref_drop(t, id);
    }
    ref_drop(t, pairs);
    if (status == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

typedef struct MemoProxy { Object base; Slot owner; } MemoProxy;
KIT_SLOTS(1)
static Ref get_memo(Thread *t, Value self, void *closure) {
    MemoProxy *m = object_new(MemoProxy, t, &pickler_memo_type);
    if (m == NULL) return REF_NULL;
    slot_init(&m->owner, ref_new(t, self));
    return ref_steal(m);
}
static int set_memo(Thread *t, Value self, Value v, void *closure) {
    Pickler *p = as(Pickler, self);
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "attribute deletion is not supported"));
    Ref from;
    if (is_exact(v, &pickler_memo_type)) from = memo_copy(t, as(Pickler, slot_get(&as(MemoProxy, v)->owner)));
    else if (is_dict(v)) from = dict_copy(t, v);
    else return err_int(err_set(t, E_TypeError, "'memo' attribute must be a PicklerMemoProxy object or dict, not %.200T", v));
    if (ref_is_null(from)) return -1;
    size_t pos = 0;
    Value key, pair;
    int64_t index;
    int status = 0;
    while (status == 0 && dict_next(ref_borrow(from), &pos, &key, &pair)) {
        if (!is_tuple(pair) || tuple_size(pair) != 2) status = err_int(err_set(t, E_TypeError, "'memo' values must be 2-item tuples"));
        else if (index_as_i64(t, tuple_get(pair, 0), &index) < 0) status = -1;
    }
    if (status == 0) memo_clear(t, p);
    for (pos = 0; status == 0 && dict_next(ref_borrow(from), &pos, &key, &pair);)
        if (value_is_object(tuple_get(pair, 1)) && index_as_i64(t, tuple_get(pair, 0), &index) == 0)
            status = memo_add(t, p, tuple_get(pair, 1), index) < 0 ? -1 : 0;
    ref_drop(t, from);
    return status;
}
static Ref proxy_copy(Thread *t, Value self, const Value *a) { return memo_copy(t, as(Pickler, slot_get(&as(MemoProxy, self)->owner))); }
static Ref proxy_clear(Thread *t, Value self, const Value *a) { return m_clear_memo(t, slot_get(&as(MemoProxy, self)->owner), NULL); }
static Ref proxy_reduce(Thread *t, Value self, const Value *a) {
    Ref copy = proxy_copy(t, self, NULL);
    Value v = ref_borrow(copy);
    Ref r = ref_is_null(copy) ? copy : kit_reduce(t, type_value(&dict_type), &v, 1, VALUE_NULL);
    ref_drop(t, copy);
    return r;
}
static NativeDef proxy_methods[] = {
    FN("clear", "($self, /)", proxy_clear, "Remove all items from memo."),
    FN("copy", "($self, /)", proxy_copy, "Copy the memo to a new object."),
    FN("__reduce__", "($self, /)", proxy_reduce, "Implement pickle support."),
    FN_END,
};
Type pickler_memo_type = {
    TYPE_HEADER(MemoProxy, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_1, NULL, kit_drop_1),
    .name = "_pickle.PicklerMemoProxy", .hash = hash_not_implemented, .methods = proxy_methods,
};

static Ref get_persistent_id(Thread *t, Value self, void *closure) {
    return kept_method_get(t, value_object(self), &as(Pickler, self)->persistent_id, "persistent_id");
}
static int set_persistent_id(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "attribute deletion is not supported"));
    if (!is_callable(v)) return err_int(err_set(t, E_TypeError, "persistent_id must be a callable taking one argument"));
    kept_method_set(t, value_object(self), &as(Pickler, self)->persistent_id, v);
    return 0;
}
static const GetSetDef getset[] = {{"memo", get_memo, set_memo}, {"persistent_id", get_persistent_id, set_persistent_id}, {NULL}};
static const MemberDef members[] = {
    {"bin", MEMBER_INT, offsetof(Pickler, x_bin), false, NULL},
    {"fast", MEMBER_INT, offsetof(Pickler, x_fast), false, NULL},
    {"dispatch_table", MEMBER_SLOT_EX, offsetof(Pickler, dispatch_table), false, NULL},
    {NULL},
};
static NativeDef methods[] = {
    FN("dump", "($self, obj, /)", m_dump, "Write obj, pickled, to the open file."),
    FN("clear_memo", "($self, /)", m_clear_memo,
       "Clears the pickler's \"memo\".\n\nThe memo remembers which objects were written, so that they are written once. After this they are forgotten."),
    FN("__sizeof__", "($self, /)", m_sizeof, "Returns size in memory, in bytes."),
    FN_END,
};
Type pickler_type = {
    TYPE_HEADER(Pickler, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, pickler_traverse, pickler_clear, pickler_clear),
    .name = "_pickle.Pickler", .weakrefs_offset = offsetof(Pickler, weakrefs),
    .doc = "Pickler(file, protocol=None, fix_imports=True, buffer_callback=None)\n--\n\nThis takes a binary file for writing a pickle data stream.\n\n"
           "protocol is 0 to 5 (default 4), or negative for the highest. file needs a write() method that takes bytes. With fix_imports and a protocol below 3,\n"
           "names of modules are translated to Python 2's. buffer_callback, with protocol 5, is called with each PickleBuffer: what it returns false for\n"
           "isn't written.",
    .new_ = pickler_new, .init = pickler_init, .methods = methods, .members = members, .getset = getset,
};
