/* str: immutable text in 1-, 2- or 4-byte units (Latin-1, UCS-2, UCS-4), always the narrowest that fits.
 *
 * Immutable, so any thread reads without locks; x_hash and x_utf8 are filled lazily by atomic stores. Lone surrogates are allowed.
 * Strings are not containers; interned ones are immortal. Interning: one table, its own lock, lock-free hits.
 */
#ifndef WEFT_RUNTIME_STR_H
#define WEFT_RUNTIME_STR_H

#include "runtime/type.h"
#include <stdarg.h>
#include <stddef.h>

typedef struct StrUtf8 { size_t length; char data[]; } StrUtf8;         /* NUL-terminated */
typedef struct StrBuffer { size_t capacity; uint8_t data[]; } StrBuffer; /* capacity in bytes */
typedef struct Str {
    Object base;
    _Atomic int64_t x_hash;      /* -1: not computed */
    size_t length;               /* code points */
    uint8_t kind;                /* 1, 2, 4 */
    bool ascii;                  /* kind 1 and all below 128: data is UTF-8 as it is, NUL-terminated */
    bool external;               /* data is a StrBuffer's, mem_free'd with the string: grown by +=, or a subclass instance */
    _Atomic bool x_interned;
    uint8_t *data;               /* length + 1 units, the last is 0; behind the struct unless external, or from x_utf8 on where all is ASCII */
    _Atomic(StrUtf8 *) x_utf8;   /* made on demand for non-ASCII; mem_free'd with the string */
} Str;
/* Bytes before the data that aren't external. */
static inline size_t str_head_size(bool ascii) { return ascii ? offsetof(Str, x_utf8) : sizeof(Str); }
/* What x_utf8 holds; null for ASCII, which has no use for it. */
static inline StrUtf8 *str_utf8_made(Str *s) { return s->ascii ? NULL : load_acquire(&s->x_utf8); }

static inline uint32_t str_at(const Str *s, size_t i) {
    return s->kind == 1 ? s->data[i] : s->kind == 2 ? ((const uint16_t *)s->data)[i] : ((const uint32_t *)s->data)[i];
}
static inline size_t str_length(Value s) { return as(Str, s)->length; }

/* First of all, before any other string is made: the hash key, "", the Latin-1 characters, the intern table. */
int str_init(Thread *t);
/* After types_init: the iterators' types, codecs and their error handlers. */
int text_init(Thread *t);
/* Before str_init: a fixed key from PYTHONHASHSEED (0: hashes without a secret). Without it the key is random. */
void hash_seed(uint32_t seed);
/* SipHash-1-3 under the process's key; never -1; 0 for no bytes. bytes and str of the same ASCII hash alike. */
int64_t hash_bytes(const void *p, size_t n);

/* Making. Null with an exception on failure (MemoryError; UnicodeDecodeError where stated). */
Ref str_from_utf8(Thread *t, const char *s, size_t n);      /* strict; UnicodeDecodeError */
Ref str_from_wtf8(Thread *t, const char *s, size_t n);      /* lone surrogates allowed, as the compiler's constants have them */
Ref str_from_cstr(Thread *t, const char *s);                /* UTF-8, strict */
Ref str_from_ascii(Thread *t, const char *s, size_t n);
Ref str_from_latin1(Thread *t, const uint8_t *s, size_t n);
Ref str_from_ucs4(Thread *t, const uint32_t *s, size_t n);  /* narrows */
Ref str_from_units(Thread *t, int kind, const void *units, size_t n); /* narrows */
Ref str_from_char(Thread *t, uint32_t c);                   /* Latin-1 ones are immortal singletons */
Ref str_from_fs(Thread *t, const char *s, size_t n);        /* file system: UTF-8 with surrogateescape */
Ref str_format(Thread *t, const char *format, ...);         /* conversions of runtime/errors.h */
Ref str_vformat(Thread *t, const char *format, va_list ap);
Ref str_new_uninit(Thread *t, size_t length, uint32_t max_char); /* the caller fills data at once */
Ref str_exact(Thread *t, Value s);                          /* itself, or a plain copy of a subclass instance */
Value str_empty(void);

/* Reading. */
const char *str_utf8(Thread *t, Value s, size_t *n_or_null);    /* owned by s; UnicodeEncodeError on surrogates */
const char *str_fs(Thread *t, Value path, Ref *keep);           /* str, bytes or PathLike to a C path; *keep owns it; ValueError "embedded null byte" */
int64_t str_hash(const Str *s);
bool str_equal(const Str *a, const Str *b);
bool str_equal_ascii(Value s, const char *ascii);
int str_compare(const Str *a, const Str *b);                    /* by code points: -1, 0, 1 */
int64_t str_find(const Str *s, const Str *sub, int64_t start, int64_t end, int direction);

/* Operations. */
Ref str_concat(Thread *t, Value a, Value b);
/* a + b where *a is owned by the caller and may be grown in place if it is unique (s += x loops are linear). Consumes *a. */
Ref str_append_steal(Thread *t, Ref a, Value b);
int str_append(Thread *t, Ref *a, Value b); /* the same in place: *a stays what it was without memory, -1 */
Ref str_slice(Thread *t, Value s, int64_t start, int64_t stop);
Ref str_join(Thread *t, Value sep, Value iterable);
Ref str_join_array(Thread *t, Value sep, const Value *items, size_t n);
Ref str_repr(Thread *t, Value s);
Ref str_modulo(Thread *t, Value format, Value args);            /* % */
Ref str_format_spec(Thread *t, Value s, Value spec);            /* format(str, spec) */

/* Interning. Consumes s, returns the canonical string, immortal. */
Ref str_intern(Thread *t, Ref s);
Value str_intern_cstr(Thread *t, const char *s);                /* borrowed for ever; null with MemoryError */
static inline bool str_is_interned(const Str *s) { return load_relaxed(&((Str *)s)->x_interned); }

/* Growing text piece by piece. Begin with STR_BUILDER, or STR_BUILDER_ON(an array of bytes that lives long enough) for what is short most of the time;
 * finish or drop ends it. Functions return -1 with an exception. */
typedef struct StrBuilder { void *data; size_t length, capacity; uint8_t kind; bool lent; uint32_t max_char; } StrBuilder; /* lent: data isn't its own */
#define STR_BUILDER ((StrBuilder){0})
#define STR_BUILDER_ON(room) ((StrBuilder){.data = (room), .capacity = sizeof(room) - 1, .kind = 1, .lent = true})
int builder_reserve(Thread *t, StrBuilder *b, size_t n, int kind); /* room for n more units of that kind */
int builder_char(Thread *t, StrBuilder *b, uint32_t c);
int builder_fill(Thread *t, StrBuilder *b, uint32_t c, int64_t n); /* n times c; n <= 0: nothing */
int builder_ascii(Thread *t, StrBuilder *b, const char *s, size_t n);
int builder_cstr(Thread *t, StrBuilder *b, const char *utf8);
int builder_str(Thread *t, StrBuilder *b, Value s);
int builder_slice(Thread *t, StrBuilder *b, Value s, size_t start, size_t end);
int builder_format(Thread *t, StrBuilder *b, const char *format, ...);
Ref builder_finish(Thread *t, StrBuilder *b);
void builder_drop(StrBuilder *b);

/* Character data (Unicode 15.0 as python3.11's 14.0 where they differ; tables generated from unicode-data) */
bool uni_isalpha(uint32_t c); bool uni_isdecimal(uint32_t c); bool uni_isdigit(uint32_t c); bool uni_isnumeric(uint32_t c);
bool uni_isspace(uint32_t c); bool uni_isupper(uint32_t c); bool uni_islower(uint32_t c); bool uni_istitle(uint32_t c);
bool uni_isprintable(uint32_t c); bool uni_isidstart(uint32_t c); bool uni_isidcontinue(uint32_t c); bool uni_isalnum(uint32_t c);
int uni_decimal(uint32_t c); int uni_digit(uint32_t c);
uint32_t uni_simple_lower(uint32_t c); uint32_t uni_simple_upper(uint32_t c);
/* NFKC of an identifier for the compiler: UTF-8 in, mem_alloc'ed UTF-8 out, null: no memory */
char *uni_nfkc_utf8(const char *s, size_t n, size_t *out_n);

/* Codecs (runtime/codecs.c): natively utf-8, utf-16/32, latin-1, ascii, unicode-escape, raw-unicode-escape, utf-7, charmap; others by the registry */
Ref str_encode(Thread *t, Value s, const char *encoding, const char *errors);        /* bytes */
Ref str_decode(Thread *t, const char *p, size_t n, const char *encoding, const char *errors);

#endif
