/* Text: what str, bytes and bytearray share: spans of 1-, 2- or 4-byte units, searching, splitting, stripping.
 *
 * Used by the files of str, bytes, codecs, text streams and comparison (storage.c) alone. Spans are borrowed: the caller keeps the memory alive, and still, meanwhile. Functions
 * without a Thread touch no object and may be called in any state; the others need an attached t.
 */
#ifndef WEFT_RUNTIME_TEXT_H
#define WEFT_RUNTIME_TEXT_H

#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/str.h"

/* BODY(Unit) with the type of the units of this kind: a loop for each. */
#define FOR_KIND(kind, BODY)                                                           \
    if ((kind) == 1) {                                                                 \
        BODY(uint8_t)                                                                  \
    } else if ((kind) == 2) {                                                          \
        BODY(uint16_t)                                                                 \
    } else {                                                                           \
        BODY(uint32_t)                                                                 \
    }

/* Two words, so that it travels in registers: one that's built on the stack and then copied waits for its stores. */
typedef struct Span {
    const void *data;
    uint64_t length : 56;
    uint64_t kind : 8; /* bytes of a unit: 1, 2, 4 */
} Span;
_Static_assert(sizeof(Span) == 16, "two registers");

static inline Span span_str(Value s) { return (Span){as(Str, s)->data, as(Str, s)->length, as(Str, s)->kind}; }
static inline Span span_bytes(const void *p, size_t n) { return (Span){p, n, 1}; }
static inline Span span_cut(Span s, size_t start, size_t end) {
    return (Span){(const char *)s.data + start * s.kind, end - start, s.kind};
}
static inline uint32_t unit_at(const void *data, int kind, size_t i) {
    return kind == 1 ? ((const uint8_t *)data)[i] : kind == 2 ? ((const uint16_t *)data)[i] : ((const uint32_t *)data)[i];
}
static inline void unit_put(void *data, int kind, size_t i, uint32_t c) {
    if (kind == 1) ((uint8_t *)data)[i] = (uint8_t)c;
    else if (kind == 2) ((uint16_t *)data)[i] = (uint16_t)c;
    else ((uint32_t *)data)[i] = c;
}
static inline uint32_t span_at(Span s, size_t i) { return unit_at(s.data, s.kind, i); }
/* The narrowest kind for a highest character. */
static inline int kind_for(uint32_t max_char) { return max_char < 0x100 ? 1 : max_char < 0x10000 ? 2 : 4; }

/* memcpy for what is short most of the time. */
static ALWAYS_INLINE void copy_short(void *to, const void *from, size_t n) {
    uint8_t *d = to;
    const uint8_t *s = from;
    if (unlikely(n > 32)) {
        memcpy(d, s, n);
    } else if (n >= 16) {
        memcpy(d, s, 16);
        memcpy(d + n - 16, s + n - 16, 16);
    } else if (n >= 8) {
        memcpy(d, s, 8);
        memcpy(d + n - 8, s + n - 8, 8);
    } else if (n >= 4) {
        memcpy(d, s, 4);
        memcpy(d + n - 4, s + n - 4, 4);
    } else if (n > 0) {
        d[0] = s[0];
        d[n / 2] = s[n / 2];
        d[n - 1] = s[n - 1];
    }
}
/* The four hexadecimal digits of c < 2^16, as four characters in a row. */
static inline uint32_t hex_of_16(uint32_t c) {
    uint32_t x = (c >> 12 & 15) | (c >> 8 & 15) << 8 | (c >> 4 & 15) << 16 | (c & 15) << 24;
    return x + 0x30303030 + ((x + 0x06060606) >> 4 & 0x01010101) * ('a' - '0' - 10);
}
/* Copies n units, widening or (where the caller knows that they fit) narrowing. */
void units_convert(void *to, int to_kind, const void *from, int from_kind, size_t n);
static inline void units_copy(void *to, int to_kind, const void *from, int from_kind, size_t n) {
    if (likely(to_kind == from_kind)) copy_short(to, from, n * (size_t)to_kind);
    else units_convert(to, to_kind, from, from_kind, n);
}
/* Or of all units: its highest bit decides the kind. */
uint32_t units_max(const void *data, int kind, size_t n);
/* Length of the ASCII prefix. */
size_t ascii_prefix(const void *p, size_t n);

bool span_equal(Span a, Span b);
int span_compare(Span a, Span b);
int64_t span_find_char(Span s, uint32_t c, int direction); /* -1: absent */
int64_t span_find(Span hay, Span needle, int direction);   /* direction 1 or -1; -1: absent; linear time */
size_t span_count(Span hay, Span needle, size_t max);      /* without overlaps; the empty needle counts length + 1 */

/* A needle made ready for many searches. False: no memory. */
typedef struct Finder {
    const void *needle;
    void *owned;
    size_t length;
    int kind;
    bool never;     /* has units that the haystack's kind can't hold */
    uint32_t small[16];
} Finder;
bool finder_init(Finder *f, Span needle, int hay_kind);
int64_t finder_find(const Finder *f, Span hay, size_t from, int direction); /* backwards: `from` is the end */
void finder_done(Finder *f);

/* What a type adds to the shared algorithms. */
#define TEXT_SPACE 1
#define TEXT_BREAK 2
extern const uint8_t text_classes[256], bytes_classes[256];
typedef struct TextOps {
    Ref (*slice)(Thread *t, Value self, Span s, size_t start, size_t end); /* a piece of s as an object */
    bool (*is_space)(uint32_t c);
    bool (*is_linebreak)(uint32_t c);
    const uint8_t *classes; /* of the characters below 256: bits TEXT_SPACE, TEXT_BREAK */
} TextOps;
/* max < 0: no limit. sep null: runs of whitespace. */
Ref text_split(Thread *t, const TextOps *ops, Value self, Span s, const Span *sep, int64_t max);
Ref text_rsplit(Thread *t, const TextOps *ops, Value self, Span s, const Span *sep, int64_t max);
Ref text_splitlines(Thread *t, const TextOps *ops, Value self, Span s, bool keep_ends);
#define STRIP_LEFT 1
#define STRIP_RIGHT 2
/* set null: whitespace. */
void text_strip(const TextOps *ops, Span s, const Span *set, int sides, size_t *start, size_t *end);

/* start and end of find(sub, start, end): None or index-like, clamped into [0, length] by the rules of slices. -1: exception */
int text_range(Thread *t, Value start, Value end, size_t length, int64_t *from, int64_t *to);
/* Its two halves, for texts that may change while __index__ runs: bounds as given, then clamped. */
int text_bounds(Thread *t, Value start, Value end, int64_t *from, int64_t *to);
void text_clamp(size_t length, int64_t *from, int64_t *to);
/* An index: IndexError where it doesn't fit. */
int text_index_arg(Thread *t, Value v, int64_t *out);
/* Arguments of find and its kin, with their messages: 1 to 3 of them, no keywords. out: sub, start, end */
int text_find_args(Thread *t, const char *name, const Value *args, size_t nargs, Value kwnames, Value out[3]);

/* Internal doors between the str files. */
Str *str_alloc(Thread *t, size_t length, int kind, bool ascii);
Str *str_alloc_ascii(Thread *t, size_t length);
void str_destroy(Thread *t, Object *o);
/* A str that takes over a buffer's first `length` units (room for one more); frees it on failure. */
Ref str_from_buffer(Thread *t, StrBuffer *b, size_t length, int kind, bool ascii);
int str_iter_init(Thread *t);
Ref str_iter_new(Thread *t, Value self);
int builder_span(Thread *t, StrBuilder *b, Span s);
/* A span of a str as a str; cuts share nothing. */
Ref str_from_span(Thread *t, Span s);
/* An instance of a str subclass with the text of s. */
Ref str_subclass_new(Thread *t, Type *type, Value s);
extern NativeDef str_methods[];
/* UTF-8: bytes of the longest valid prefix; its characters and their or. surrogates: let lone ones through */
size_t utf8_scan(const uint8_t *p, size_t n, bool surrogates, size_t *chars, uint32_t *max);
void utf8_fill(void *to, int kind, const uint8_t *p, size_t n);
Ref utf8_decode_quick(Thread *t, const uint8_t *p, size_t n, size_t *done);
static inline size_t utf8_put(uint8_t *p, uint32_t c) {
    if (c < 0x80) { p[0] = (uint8_t)c; return 1; }
    if (c < 0x800) { p[0] = 0xC0 | c >> 6; p[1] = 0x80 | (c & 63); return 2; }
    if (c < 0x10000) { p[0] = 0xE0 | c >> 12; p[1] = 0x80 | (c >> 6 & 63); p[2] = 0x80 | (c & 63); return 3; }
    p[0] = 0xF0 | c >> 18; p[1] = 0x80 | (c >> 12 & 63); p[2] = 0x80 | (c >> 6 & 63); p[3] = 0x80 | (c & 63);
    return 4;
}

/* The value of a hexadecimal digit; -1: it is none. */
static inline int hex_digit(uint32_t c) {
    static const int8_t above[256] = {['0'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ['A'] = 11, 12, 13, 14, 15, 16, ['a'] = 11, 12, 13, 14, 15, 16};
    return c < 256 ? above[c] - 1 : -1;
}

/* Two hexadecimal digits for each of n bytes; four bytes at a time, each half in a byte of its own. */
static inline void hex_digits(uint8_t *out, const uint8_t *p, size_t n) {
    for (; n >= 4; n -= 4, p += 4, out += 8) {
        uint32_t four;
        memcpy(&four, p, 4);
        uint64_t w = four;
        w = (w | w << 16) & 0x0000FFFF0000FFFF;
        w = (w | w << 8) & 0x00FF00FF00FF00FF;
        w = (w >> 4 & 0x000F000F000F000F) | (w & 0x000F000F000F000F) << 8;
        uint64_t letters = (w + 0x0606060606060606) >> 4 & 0x0101010101010101;
        w += 0x3030303030303030 + letters * ('a' - '0' - 10);
        memcpy(out, &w, 8);
    }
    for (; n > 0; n--, p++) {
        *out++ = (uint8_t)"0123456789abcdef"[*p >> 4];
        *out++ = (uint8_t)"0123456789abcdef"[*p & 15];
    }
}

#endif
