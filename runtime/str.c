#include "runtime/text.h"
#include <stdlib.h>
#include <sys/random.h>

/* ---- hashing --------------------------------------------------------------------------------------------- */
static uint64_t hash_key[2];
static bool hash_key_set;

void hash_seed(uint32_t seed) {
    uint8_t key[16] = {0};
    uint32_t x = seed;
    /* python3.11's generator, so that one seed gives one order of hashes in both */
    for (size_t i = 0; seed != 0 && i < sizeof key; i++) {
        x = x * 214013 + 2531011;
        key[i] = (uint8_t)(x >> 16);
    }
    memcpy(hash_key, key, sizeof key);
    hash_key_set = true;
}

static void hash_key_random(void) {
    if (hash_key_set) return;
    if (getrandom(hash_key, sizeof hash_key, GRND_NONBLOCK) != (ssize_t)sizeof hash_key) {
        hash_key[0] = (uint64_t)now_ns();
        hash_key[1] = (uint64_t)(uintptr_t)&hash_key ^ hash_key[0] << 32;
    }
    hash_key_set = true;
}

#define ROTL(x, b) ((x) << (b) | (x) >> (64 - (b)))
#define SIP_ROUND                                                                                  \
    do {                                                                                           \
        v0 += v1, v2 += v3, v1 = ROTL(v1, 13) ^ v0, v3 = ROTL(v3, 16) ^ v2, v0 = ROTL(v0, 32);     \
        v2 += v1, v0 += v3, v1 = ROTL(v1, 17) ^ v2, v3 = ROTL(v3, 21) ^ v0, v2 = ROTL(v2, 32);     \
    } while (0)

/* J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF" (2012), with 1 and 3 rounds. */
int64_t hash_bytes(const void *data, size_t n) {
    if (n == 0) return 0;
    const uint8_t *p = data;
    uint64_t v0 = hash_key[0] ^ 0x736f6d6570736575u, v1 = hash_key[1] ^ 0x646f72616e646f6du;
    uint64_t v2 = hash_key[0] ^ 0x6c7967656e657261u, v3 = hash_key[1] ^ 0x7465646279746573u;
    uint64_t tail = (uint64_t)n << 56, w;
    size_t left = n;
    for (; left >= 8; left -= 8, p += 8) {
        memcpy(&w, p, 8);
        v3 ^= w;
        SIP_ROUND;
        v0 ^= w;
    }
    w = 0;
    for (size_t i = 0; i < left; i++) w |= (uint64_t)p[i] << (8 * i);
    tail |= w;
    v3 ^= tail;
    SIP_ROUND;
    v0 ^= tail;
    v2 ^= 0xff;
    SIP_ROUND;
    SIP_ROUND;
    SIP_ROUND;
    int64_t h = (int64_t)((v0 ^ v1) ^ (v2 ^ v3));
    return h == -1 ? -2 : h;
}

int64_t str_hash(const Str *s) {
    int64_t h = load_relaxed(&((Str *)s)->x_hash);
    if (likely(h != -1)) return h;
    h = hash_bytes(s->data, s->length * s->kind);
    store_relaxed(&((Str *)s)->x_hash, h);
    return h;
}

/* ---- making --------------------------------------------------------------------------------------------------- */
static Str *latin1_chars[256];
static Str *empty_str;

Value str_empty(void) { return object_value(empty_str); }

static void str_fields(Str *s, size_t length, int kind, bool ascii) {
    store_relaxed(&s->x_hash, -1);
    s->length = length;
    memcpy(&s->kind, (uint8_t[4]){(uint8_t)kind, ascii, false, false}, 4); /* ascii, external, x_interned stand behind it */
    store_relaxed(&s->x_utf8, NULL); /* str_alloc has room for it always */
}
_Static_assert(offsetof(Str, x_interned) == offsetof(Str, kind) + 3, "four bytes in a row");

static ALWAYS_INLINE Str *alloc_inline(Thread *t, size_t length, int kind, bool ascii) {
    if (unlikely(length > ((size_t)PTRDIFF_MAX - 256) / (size_t)kind - 1)) {
        err_no_memory(t);
        return NULL;
    }
    size_t size = str_head_size(ascii) + (length + 1) * (size_t)kind;
    Str *s = object_alloc_raw(t, &str_type, size > sizeof(Str) ? size - sizeof(Str) : 0);
    if (unlikely(s == NULL)) return NULL;
    str_fields(s, length, kind, ascii);
    s->data = (uint8_t *)s + str_head_size(ascii);
    unit_put(s->data, kind, length, 0);
    return s;
}
Str *str_alloc(Thread *t, size_t length, int kind, bool ascii) { return alloc_inline(t, length, kind, ascii); }
Str *str_alloc_ascii(Thread *t, size_t length) { return alloc_inline(t, length, 1, true); }

Ref str_new_uninit(Thread *t, size_t length, uint32_t max_char) {
    if (length == 0) return ref_steal(empty_str);
    if (max_char < 0x80) return ref_steal(str_alloc_ascii(t, length));
    return ref_steal(str_alloc(t, length, kind_for(max_char), max_char < 0x80));
}

Ref str_from_span(Thread *t, Span s) {
    if (s.length <= 1) return s.length == 0 ? ref_steal(empty_str) : str_from_char(t, span_at(s, 0));
    uint32_t max = span_at(s, 0);
    if (s.kind == 1 || max >> (4 * s.kind) == 0) max = units_max(s.data, s.kind, s.length); /* else the kind is needed already */
    Str *r = str_alloc(t, s.length, kind_for(max), max < 0x80);
    if (likely(r != NULL)) units_copy(r->data, r->kind, s.data, s.kind, s.length);
    return ref_steal(r);
}

Ref str_from_units(Thread *t, int kind, const void *units, size_t n) { return str_from_span(t, (Span){units, n, kind}); }
Ref str_from_ucs4(Thread *t, const uint32_t *s, size_t n) { return str_from_span(t, (Span){s, n, 4}); }
Ref str_from_latin1(Thread *t, const uint8_t *s, size_t n) { return str_from_span(t, (Span){s, n, 1}); }

Ref str_from_ascii(Thread *t, const char *s, size_t n) {
    if (n <= 1) return n == 0 ? ref_steal(empty_str) : ref_steal(latin1_chars[(uint8_t)s[0]]);
    Str *r = alloc_inline(t, n, 1, true);
    if (likely(r != NULL)) copy_short(r->data, s, n);
    return ref_steal(r);
}

Ref str_from_char(Thread *t, uint32_t c) {
    if (likely(c < 256 && latin1_chars[c] != NULL)) return ref_steal(latin1_chars[c]);
    Str *r = str_alloc(t, 1, kind_for(c), c < 0x80);
    if (likely(r != NULL)) unit_put(r->data, r->kind, 0, c);
    return ref_steal(r);
}

/* Length of a valid sequence at p (n > 0 bytes left), or 0. */
static inline size_t utf8_valid(const uint8_t *p, size_t n, bool surrogates, uint32_t *c) {
    uint32_t a = p[0];
    if (a < 0x80) {
        *c = a;
        return 1;
    }
    if (a < 0xC2 || n < 2 || (p[1] & 0xC0) != 0x80) return 0;
    if (a < 0xE0) {
        *c = (a & 31) << 6 | (p[1] & 63);
        return 2;
    }
    if (n < 3 || (p[2] & 0xC0) != 0x80) return 0;
    if (a < 0xF0) {
        *c = (a & 15) << 12 | (uint32_t)(p[1] & 63) << 6 | (p[2] & 63);
        return *c >= 0x800 && (surrogates || *c < 0xD800 || *c > 0xDFFF) ? 3 : 0;
    }
    if (a > 0xF4 || n < 4 || (p[3] & 0xC0) != 0x80) return 0;
    *c = (a & 7) << 18 | (uint32_t)(p[1] & 63) << 12 | (uint32_t)(p[2] & 63) << 6 | (p[3] & 63);
    return *c >= 0x10000 && *c <= 0x10FFFF ? 4 : 0;
}

size_t utf8_scan(const uint8_t *p, size_t n, bool surrogates, size_t *chars, uint32_t *max) {
    size_t i = ascii_prefix(p, n), count = i;
    uint32_t bits = 0x7F;
    while (i < n) {
        if (p[i] < 0x80) {
            size_t run = ascii_prefix(p + i, n - i);
            i += run;
            count += run;
            continue;
        }
        uint32_t c;
        size_t len = 2;
        if (p[i] >= 0xC2 && p[i] < 0xE0 && n - i >= 2 && (p[i + 1] & 0xC0) == 0x80) c = (uint32_t)(p[i] & 31) << 6; /* enough of it */
        else if ((len = utf8_valid(p + i, n - i, surrogates, &c)) == 0) break;
        bits |= c;
        i += len;
        count++;
    }
    *chars = count;
    *max = bits;
    return i;
}

/* The character at p, of text known to be right; *p moves behind it. */
static ALWAYS_INLINE uint32_t utf8_take(const uint8_t **p) {
    const uint8_t *q = *p;
    uint32_t a = q[0];
    if (a < 0x80) {
        *p = q + 1;
        return a;
    }
    if (a < 0xE0) {
        *p = q + 2;
        return (a & 31) << 6 | (q[1] & 63);
    }
    if (a < 0xF0) {
        *p = q + 3;
        return (a & 15) << 12 | (uint32_t)(q[1] & 63) << 6 | (q[2] & 63);
    }
    *p = q + 4;
    return (a & 7) << 18 | (uint32_t)(q[1] & 63) << 12 | (uint32_t)(q[2] & 63) << 6 | (q[3] & 63);
}
#define UTF8_FILL(Unit)                                                               \
    for (Unit *out = to; p < end;) {                                                  \
        size_t run = p[0] < 0x80 && end - p > 8 && p[1] < 0x80 && p[2] < 0x80 ? ascii_prefix(p, (size_t)(end - p)) : 0; \
        units_copy(out, sizeof(Unit), p, 1, run);                                     \
        out += run;                                                                   \
        p += run;                                                                     \
        if (p < end) *out++ = (Unit)utf8_take(&p);                                    \
    }
void utf8_fill(void *to, int kind, const uint8_t *p, size_t n) {
    const uint8_t *end = p + n;
    if (kind == 1) {
        UTF8_FILL(uint8_t)
    } else if (kind == 2) {
        UTF8_FILL(uint16_t)
    } else {
        UTF8_FILL(uint32_t)
    }
}

/* ASCII, or text whose first other character takes two bytes in a str, decoded in one pass: scanning first costs as much again. Ends before what is wrong or
 * beyond U+FFFF: *done tells where. Null, perhaps without an exception: look at it in another way. */
Ref utf8_decode_quick(Thread *t, const uint8_t *p, size_t n, size_t *done) {
    uint16_t small[512], *room = small;
    size_t i = ascii_prefix(p, n);
    if (i == n) {
        *done = n;
        return str_from_ascii(t, (const char *)p, n);
    }
    if (p[i] < 0xC4 || p[i] >= 0xF0) return REF_NULL; /* kind 1, kind 4, or wrong */
    if (n > 512 && (room = mem_alloc(n * sizeof *room)) == NULL) return REF_NULL;
    for (size_t k = 0; k < i; k++) room[k] = p[k];
    const uint8_t *q = p + i, *end = p + n;
    uint16_t *out = room + i;
    while (q < end) {
        uint32_t c = q[0];
        size_t length = 1;
        if (c >= 0x80) {
            if (c >= 0xC2 && c < 0xE0 && end - q >= 2 && (q[1] & 0xC0) == 0x80) {
                c = (c & 31) << 6 | (q[1] & 63);
                length = 2;
            } else if ((length = utf8_valid(q, (size_t)(end - q), false, &c)) == 0 || length > 3) {
                break;
            }
        }
        *out++ = (uint16_t)c;
        q += length;
    }
    *done = (size_t)(q - p);
    Str *s = *done > i ? str_alloc(t, (size_t)(out - room), 2, false) : NULL;
    if (s != NULL) memcpy(s->data, room, (size_t)(out - room) * sizeof *room);
    if (room != small) mem_free(room);
    return ref_steal(s);
}

static Ref str_decode_utf8(Thread *t, const char *s, size_t n, bool surrogates) {
    size_t chars, done;
    Ref quick = utf8_decode_quick(t, (const uint8_t *)s, n, &done);
    if (!ref_is_null(quick) && done == n) return quick;
    ref_drop(t, quick);
    if (unlikely(err_pending(t))) return REF_NULL;
    uint32_t max;
    if (utf8_scan((const uint8_t *)s, n, surrogates, &chars, &max) < n)
        return str_decode(t, s, n, "utf-8", surrogates ? "surrogatepass" : "strict");
    if (chars == 1 && max < 0x100) {
        uint8_t c;
        utf8_fill(&c, 1, (const uint8_t *)s, n);
        return ref_steal(latin1_chars[c]);
    }
    Str *r = str_alloc(t, chars, kind_for(max), false);
    if (likely(r != NULL)) utf8_fill(r->data, r->kind, (const uint8_t *)s, n);
    return ref_steal(r);
}

Ref str_from_utf8(Thread *t, const char *s, size_t n) { return str_decode_utf8(t, s, n, false); }
Ref str_from_wtf8(Thread *t, const char *s, size_t n) { return str_decode_utf8(t, s, n, true); }
Ref str_from_cstr(Thread *t, const char *s) { return str_decode_utf8(t, s, strlen(s), false); }

Ref str_from_fs(Thread *t, const char *s, size_t n) {
    if (ascii_prefix(s, n) == n) return str_from_ascii(t, s, n);
    return str_decode(t, s, n, "utf-8", "surrogateescape");
}

/* The text of s in a buffer of its own; null: no memory. */
static uint8_t *buffer_new(size_t capacity) {
    StrBuffer *b = mem_alloc(sizeof *b + capacity);
    if (b == NULL) return NULL;
    b->capacity = capacity;
    return b->data;
}
static StrBuffer *buffer_of(uint8_t *data) { return (StrBuffer *)(data - offsetof(StrBuffer, data)); }

Ref str_from_buffer(Thread *t, StrBuffer *b, size_t length, int kind, bool ascii) {
    Str *s = str_alloc(t, 0, kind, ascii);
    if (s == NULL) {
        mem_free(b);
        return REF_NULL;
    }
    s->length = length;
    s->data = b->data;
    s->external = true;
    unit_put(s->data, kind, length, 0);
    return ref_steal(s);
}

Ref str_subclass_new(Thread *t, Type *type, Value v) {
    Str *from = as(Str, v);
    Ref r = instance_new(t, type);
    if (ref_is_null(r)) return r;
    Str *s = as(Str, ref_borrow(r));
    size_t size = (from->length + 1) * from->kind;
    str_fields(s, from->length, from->kind, from->ascii);
    uint8_t *data = buffer_new(size);
    if (data == NULL) {
        s->length = 0;
        s->data = empty_str->data;
        ref_drop(t, r);
        return err_no_memory(t);
    }
    memcpy(data, from->data, size);
    s->data = data;
    s->external = true;
    store_relaxed(&s->x_hash, load_relaxed(&from->x_hash));
    return r;
}

Ref str_exact(Thread *t, Value v) {
    if (is_exact(v, &str_type)) return ref_new(t, v);
    return str_from_span(t, span_str(v));
}

void str_destroy(Thread *t, Object *o) {
    Str *s = (Str *)o;
    StrUtf8 *utf8 = str_utf8_made(s);
    if (unlikely(utf8 != NULL)) mem_free(utf8);
    if (unlikely(s->external)) mem_free(buffer_of(s->data));
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */
static StrUtf8 *encode_utf8(Thread *t, Value v) {
    Str *s = as(Str, v);
    size_t n = 0;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        if (c >= 0xD800 && c <= 0xDFFF) { /* lets the codec raise */
            ref_drop(t, str_encode(t, v, "utf-8", "strict"));
            return NULL;
        }
        n += c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    }
    StrUtf8 *u = mem_alloc(sizeof *u + n + 1);
    if (u == NULL) {
        err_no_memory(t);
        return NULL;
    }
    uint8_t *p = (uint8_t *)u->data;
    for (size_t i = 0; i < s->length; i++) p += utf8_put(p, str_at(s, i));
    *p = 0;
    u->length = n;
    return u;
}

const char *str_utf8(Thread *t, Value v, size_t *n) {
    Str *s = as(Str, v);
    if (likely(s->ascii)) {
        if (n != NULL) *n = s->length;
        return (const char *)s->data;
    }
    StrUtf8 *u = load_acquire(&s->x_utf8);
    if (u == NULL) {
        u = encode_utf8(t, v);
        if (u == NULL) return NULL;
        StrUtf8 *first = NULL;
        if (!cas_acq_rel(&s->x_utf8, &first, u)) { /* another thread was faster */
            mem_free(u);
            u = first;
        }
    }
    if (n != NULL) *n = u->length;
    return u->data;
}

bool str_equal(const Str *a, const Str *b) {
    if (a == b) return true;
    if (a->length != b->length || a->kind != b->kind) return false;
    int64_t x = load_relaxed(&((Str *)a)->x_hash), y = load_relaxed(&((Str *)b)->x_hash);
    if (x != y && x != -1 && y != -1) return false;
    return memcmp(a->data, b->data, a->length * a->kind) == 0;
}

bool str_equal_ascii(Value v, const char *ascii) {
    Str *s = as(Str, v);
    return s->ascii && s->length == strlen(ascii) && memcmp(s->data, ascii, s->length) == 0;
}

int str_compare(const Str *a, const Str *b) {
    if (a->kind == 1 && b->kind == 1) {
        int c = memcmp(a->data, b->data, a->length < b->length ? a->length : b->length);
        if (c != 0) return c < 0 ? -1 : 1;
        return a->length < b->length ? -1 : a->length > b->length;
    }
    return span_compare(span_str(object_value(a)), span_str(object_value(b)));
}

int64_t str_find(const Str *s, const Str *sub, int64_t start, int64_t end, int direction) {
    int64_t n = (int64_t)s->length;
    if (end > n) end = n;
    if (start < 0) start = 0;
    if (start > end || end - start < (int64_t)sub->length) return -1;
    int64_t i = span_find(span_cut(span_str(object_value(s)), (size_t)start, (size_t)end), span_str(object_value(sub)), direction);
    return i < 0 ? -1 : i + start;
}

/* ---- joining two ------------------------------------------------------------------------------------------------------- */
Ref str_concat(Thread *t, Value va, Value vb) {
    Str *a = as(Str, va), *b = as(Str, vb);
    if (a->length == 0 && is_exact(vb, &str_type)) return ref_new(t, vb);
    if (b->length == 0 && is_exact(va, &str_type)) return ref_new(t, va);
    if (a->length + b->length == 0) return ref_steal(empty_str);
    if (likely(a->ascii && b->ascii)) {
        Str *r = alloc_inline(t, a->length + b->length, 1, true);
        if (unlikely(r == NULL)) return REF_NULL;
        copy_short(r->data, a->data, a->length);
        copy_short(r->data + a->length, b->data, b->length);
        return ref_steal(r);
    }
    int kind = a->kind > b->kind ? a->kind : b->kind;
    Str *r = str_alloc(t, a->length + b->length, kind, a->ascii && b->ascii);
    if (unlikely(r == NULL)) return REF_NULL;
    units_copy(r->data, kind, a->data, a->kind, a->length);
    units_copy(r->data + a->length * (size_t)kind, kind, b->data, b->kind, b->length);
    return ref_steal(r);
}

#define APPEND_MIN 64 /* bytes: shorter results are copied, which is cheaper than a buffer */

int str_append(Thread *t, Ref *dest, Value vb) {
    Value va = ref_borrow(*dest);
    Str *a = as(Str, va), *b = as(Str, vb);
    size_t size = (a->length + b->length + 1) * a->kind;
    if (a == b || size < APPEND_MIN || b->kind > a->kind || !ref_is_unique(t, &a->base) || !is_exact(va, &str_type) ||
        b->length == 0) {
        Ref r = str_concat(t, va, vb), old = *dest;
        if (ref_is_null(r)) return -1;
        *dest = r;
        ref_drop(t, old);
        return 0;
    }
    if (!a->external || buffer_of(a->data)->capacity < size) {
        size_t capacity = size + size / 4 + 64;
        uint8_t *data;
        if (a->external) {
            StrBuffer *grown = mem_realloc(buffer_of(a->data), sizeof *grown + capacity);
            data = grown != NULL ? grown->data : NULL;
            if (grown != NULL) grown->capacity = capacity;
        } else if ((data = buffer_new(capacity)) != NULL) {
            memcpy(data, a->data, a->length * a->kind);
        }
        if (data == NULL) return err_int(err_no_memory(t));
        a->data = data;
        a->external = true;
    }
    StrUtf8 *utf8 = str_utf8_made(a);
    if (unlikely(utf8 != NULL)) mem_free(utf8);
    store_relaxed(&a->x_utf8, NULL);
    units_copy(a->data + a->length * a->kind, a->kind, b->data, b->kind, b->length);
    a->length += b->length;
    a->ascii = a->ascii && b->ascii;
    unit_put(a->data, a->kind, a->length, 0);
    store_relaxed(&a->x_hash, -1);
    return 0;
}
Ref str_append_steal(Thread *t, Ref a, Value b) {
    if (str_append(t, &a, b) == 0) return a;
    ref_drop(t, a);
    return REF_NULL;
}

Ref str_slice(Thread *t, Value v, int64_t start, int64_t stop) {
    Str *s = as(Str, v);
    int64_t n = (int64_t)s->length;
    if (start < 0) start = 0;
    if (stop > n) stop = n;
    if (start >= stop) return ref_steal(empty_str);
    if (start == 0 && stop == n && is_exact(v, &str_type)) return ref_new(t, v);
    if (s->ascii) return str_from_ascii(t, (const char *)s->data + start, (size_t)(stop - start));
    return str_from_span(t, span_cut(span_str(v), (size_t)start, (size_t)stop));
}

/* ---- interning ------------------------------------------------------------------------------------------------------------ */
/* Open addressing over immortal strings; entries are never removed or moved within a table, so a reader needs no lock: it may
 * only miss what is being added, and then looks again under the lock. */
typedef struct InternTable {
    size_t mask;
    _Atomic(Str *) x_cell[];
} InternTable;
static _Atomic(InternTable *) x_intern_table;
static size_t intern_count; /* under intern_lock */
static Mutex intern_lock;

static InternTable *intern_table_new(size_t cells) {
    InternTable *n = mem_zalloc(sizeof *n + cells * sizeof n->x_cell[0]);
    if (n != NULL) n->mask = cells - 1;
    return n;
}

/* The cell that holds text equal to s, or the free cell where it belongs. */
static _Atomic(Str *) *intern_find(InternTable *table, const Str *s, int64_t hash) {
    for (size_t i = (size_t)hash & table->mask, step = 1;; i = (i + step++) & table->mask) {
        Str *there = load_acquire(&table->x_cell[i]);
        if (there == NULL || (load_relaxed(&there->x_hash) == hash && str_equal(there, s))) return &table->x_cell[i];
    }
}

static bool intern_grow(Thread *t, InternTable *old) {
    InternTable *n = intern_table_new((old->mask + 1) * 2);
    if (n == NULL) return false;
    for (size_t i = 0; i <= old->mask; i++) {
        Str *s = load_relaxed(&old->x_cell[i]);
        if (s != NULL) store_relaxed(intern_find(n, s, load_relaxed(&s->x_hash)), s);
    }
    store_release(&x_intern_table, n);
    mem_retire(t, old, sizeof *old + (old->mask + 1) * sizeof old->x_cell[0]);
    return true;
}

Ref str_intern(Thread *t, Ref r) {
    if (ref_is_null(r)) return r;
    Str *s = as(Str, ref_borrow(r));
    if (str_is_interned(s)) return r;
    int64_t hash = str_hash(s);
    Str *there = load_acquire(intern_find(load_acquire(&x_intern_table), s, hash));
    if (there == NULL && (!is_exact(ref_borrow(r), &str_type) || is_foreign(t, &s->base))) { /* a copy becomes immortal */
        Ref plain = str_from_span(t, span_str(ref_borrow(r)));
        ref_drop(t, r);
        return str_intern(t, plain);
    }
    if (there == NULL) {
        mutex_lock(t, &intern_lock);
        InternTable *table = load_acquire(&x_intern_table);
        bool room = intern_count * 2 < table->mask || intern_grow(t, table);
        if (room) {
            _Atomic(Str *) *cell = intern_find(load_acquire(&x_intern_table), s, hash);
            there = load_acquire(cell);
            if (there == NULL) {
                object_immortalize(t, &s->base);
                store_relaxed(&s->x_interned, true);
                store_release(cell, s);
                intern_count++;
                there = s;
            }
        }
        mutex_unlock(&intern_lock);
        if (!room) {
            ref_drop(t, r);
            return err_no_memory(t);
        }
        if (there == s) return ref_steal(s);
    }
    ref_drop(t, r);
    return ref_steal(there);
}

/* Callers name literals, mostly the same ones: what each address named last is looked at first. Interned text is immortal, and what isn't equal is looked for. */
#define RECENT 512
static _Atomic uint64_t x_recent[RECENT];
Value str_intern_cstr(Thread *t, const char *s) {
    _Atomic uint64_t *recent = &x_recent[((uintptr_t)s ^ (uintptr_t)s >> 9) % RECENT];
    Value v = {load_acquire(recent)};
    if (likely(!value_is_null(v) && strcmp((const char *)as(Str, v)->data, s) == 0)) return v;
    v = ref_borrow(str_intern(t, str_from_cstr(t, s)));
    if (!value_is_null(v) && as(Str, v)->ascii) store_release(recent, v.bits);
    return v;
}

int str_init(Thread *t) {
    hash_key_random();
    InternTable *table = intern_table_new(4096);
    if (table == NULL) return err_int(err_no_memory(t));
    store_release(&x_intern_table, table);
    empty_str = str_alloc(t, 0, 1, true);
    if (empty_str == NULL || ref_is_null(str_intern(t, ref_steal(empty_str)))) return -1;
    for (uint32_t c = 0; c < 256; c++) {
        Ref r = str_intern(t, str_from_char(t, c));
        if (ref_is_null(r)) return -1;
        latin1_chars[c] = as(Str, ref_borrow(r));
    }
    return bytes_init(t);
}
