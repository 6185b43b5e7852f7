/* Building text: the growing buffer, and the small printf behind error messages. */
#include "runtime/abstract.h"
#include "runtime/text.h"
#include <stdio.h>

static StrBuffer *builder_buffer(StrBuilder *b) { return b->data && !b->lent ? (StrBuffer *)((char *)b->data - offsetof(StrBuffer, data)) : NULL; }

static NOINLINE int builder_grow(Thread *t, StrBuilder *b, size_t n, int kind, bool slack) {
    if (b->kind == 0) b->kind = 1;
    if (kind < b->kind) kind = b->kind;
    size_t need = b->length + n + 1, capacity = slack ? need + need / 2 + 32 : need; /* the one more is for the final 0 */
    if (need < n || capacity > (size_t)PTRDIFF_MAX / 8) return err_int(err_no_memory(t));
    StrBuffer *old = builder_buffer(b), *grown;
    if (kind == b->kind && old != NULL) {
        grown = mem_realloc(old, sizeof *grown + capacity * (size_t)kind);
        if (grown == NULL) return err_int(err_no_memory(t));
    } else {
        grown = mem_alloc(sizeof *grown + capacity * (size_t)kind);
        if (grown == NULL) return err_int(err_no_memory(t));
        if (b->length > 0) units_copy(grown->data, kind, b->data, b->kind, b->length);
        mem_free(old);
    }
    grown->capacity = capacity * (size_t)kind;
    b->data = grown->data;
    b->capacity = capacity - 1;
    b->kind = (uint8_t)kind;
    b->lent = false;
    return 0;
}
/* Makes room for n more units of `kind` at least. */
static inline int builder_room(Thread *t, StrBuilder *b, size_t n, int kind) {
    return likely(b->kind >= kind && b->capacity - b->length >= n) ? 0 : builder_grow(t, b, n, kind, true);
}

int builder_reserve(Thread *t, StrBuilder *b, size_t n, int kind) { return b->kind >= kind && b->capacity - b->length >= n ? 0 : builder_grow(t, b, n, kind, b->length > 0); }

int builder_char(Thread *t, StrBuilder *b, uint32_t c) {
    if (builder_room(t, b, 1, kind_for(c)) < 0) return -1;
    unit_put(b->data, b->kind, b->length++, c);
    b->max_char |= c;
    return 0;
}

int builder_fill(Thread *t, StrBuilder *b, uint32_t c, int64_t n) {
    if (n <= 0) return 0;
    if (builder_room(t, b, (size_t)n, kind_for(c)) < 0) return -1;
    for (int64_t i = 0; i < n; i++) unit_put(b->data, b->kind, b->length++, c);
    b->max_char |= c;
    return 0;
}

int builder_ascii(Thread *t, StrBuilder *b, const char *s, size_t n) {
    if (builder_room(t, b, n, 1) < 0) return -1;
    units_copy((char *)b->data + b->length * b->kind, b->kind, s, 1, n);
    b->length += n;
    return 0;
}

int builder_cstr(Thread *t, StrBuilder *b, const char *utf8) {
    size_t n = strlen(utf8), chars;
    uint32_t max;
    /* A message may quote bytes that aren't UTF-8: they show as U+FFFD rather than hide the error. */
    while (n > 0) {
        size_t valid = utf8_scan((const uint8_t *)utf8, n, true, &chars, &max);
        if (builder_room(t, b, chars, kind_for(max)) < 0) return -1;
        utf8_fill((char *)b->data + b->length * b->kind, b->kind, (const uint8_t *)utf8, valid);
        b->length += chars;
        b->max_char |= max;
        utf8 += valid;
        n -= valid;
        if (n == 0) break;
        if (builder_char(t, b, 0xFFFD) < 0) return -1;
        do {
            utf8++;
            n--;
        } while (n > 0 && (*utf8 & 0xC0) == 0x80);
    }
    return 0;
}

static inline int put_span(Thread *t, StrBuilder *b, Span s, uint32_t max) {
    if (builder_room(t, b, s.length, kind_for(max)) < 0) return -1;
    units_copy((char *)b->data + b->length * b->kind, b->kind, s.data, s.kind, s.length);
    b->length += s.length;
    b->max_char |= max;
    return 0;
}

static uint32_t str_max(const Str *s) { return s->ascii ? 0x7F : s->kind == 1 ? 0xFF : s->kind == 2 ? 0xFFFF : 0x10FFFF; }

int builder_str(Thread *t, StrBuilder *b, Value v) { return put_span(t, b, span_str(v), str_max(as(Str, v))); }
int builder_span(Thread *t, StrBuilder *b, Span s) { return put_span(t, b, s, units_max(s.data, s.kind, s.length)); }

int builder_slice(Thread *t, StrBuilder *b, Value v, size_t start, size_t end) {
    Span s = span_cut(span_str(v), start, end);
    return put_span(t, b, s, as(Str, v)->ascii ? 0x7F : units_max(s.data, s.kind, s.length));
}

Ref builder_finish(Thread *t, StrBuilder *b) {
    Ref r;
    bool fits = kind_for(b->max_char) == b->kind; /* else room was asked for wider units than came */
    if (fits && b->length * b->kind >= 1024 && !b->lent) { /* a copy would cost more than the slack */
        StrBuffer *buffer = builder_buffer(b);
        if (b->capacity - b->length > b->length / 4 + 64) {
            size_t size = (b->length + 1) * b->kind;
            StrBuffer *cut = mem_realloc(buffer, sizeof *cut + size);
            if (cut != NULL) {
                buffer = cut;
                buffer->capacity = size;
            }
        }
        r = str_from_buffer(t, buffer, b->length, b->kind, b->max_char < 0x80);
        *b = STR_BUILDER;
        return r;
    }
    if (b->max_char < 0x80 && fits) r = str_from_ascii(t, b->data, b->length);
    else r = str_from_span(t, (Span){b->data, b->length, b->kind});
    builder_drop(b);
    return r;
}

void builder_drop(StrBuilder *b) {
    if (b->data != NULL && !b->lent) mem_free(builder_buffer(b));
    *b = STR_BUILDER;
}

/* ---- formatting ------------------------------------------------------------------------------------------ */
static int put_value(Thread *t, StrBuilder *b, Ref text, int64_t precision) {
    if (ref_is_null(text)) return -1;
    Value v = ref_borrow(text);
    size_t n = str_length(v);
    if (precision >= 0 && (size_t)precision < n) n = (size_t)precision;
    int status = builder_slice(t, b, v, 0, n);
    ref_drop(t, text);
    return status;
}

static int put_cstr(Thread *t, StrBuilder *b, const char *s, int64_t precision) {
    if (s == NULL) s = "(null)";
    if (precision < 0) return builder_cstr(t, b, s);
    size_t n = strnlen(s, (size_t)precision), chars;
    uint32_t max;
    n = utf8_scan((const uint8_t *)s, n, true, &chars, &max); /* cut between characters */
    if (builder_room(t, b, chars, kind_for(max)) < 0) return -1;
    utf8_fill((char *)b->data + b->length * b->kind, b->kind, (const uint8_t *)s, n);
    b->length += chars;
    b->max_char |= max;
    return 0;
}

/* As messages name types: static ones with their module, classes without. */
static int put_type(Thread *t, StrBuilder *b, Type *type, int64_t precision) {
    if (type_flag(type, TYPE_HEAP)) return put_value(t, b, type_name(t, type), precision);
    return put_cstr(t, b, type->name, precision);
}

static int put_number(Thread *t, StrBuilder *b, const char *format, size_t n, int longs, va_list *ap) {
    /* the C library's own conversion, with the length modifier that was read */
    char spec[32], text[64];
    if (n >= sizeof spec) n = sizeof spec - 1;
    memcpy(spec, format, n);
    spec[n] = 0;
    int size;
    if (format[n - 1] == 'p') size = snprintf(text, sizeof text, spec, va_arg(*ap, void *));
    else if (longs == 0) size = snprintf(text, sizeof text, spec, va_arg(*ap, int));
    else size = snprintf(text, sizeof text, spec, va_arg(*ap, long long)); /* long, size_t, ssize_t: all 64 bits */
    return builder_ascii(t, b, text, (size_t)size);
}

static int builder_vformat(Thread *t, StrBuilder *b, const char *f, va_list *ap) {
    while (*f != 0) {
        const char *percent = strchrnul(f, '%');
        if (percent > f) {
            char text[256];
            size_t n = (size_t)(percent - f);
            while (n > 0) { /* literal text may hold UTF-8 */
                size_t piece = n < sizeof text ? n : sizeof text - 1;
                if (ascii_prefix(f, piece) == piece) {
                    if (builder_ascii(t, b, f, piece) < 0) return -1;
                } else {
                    while (piece < n && ((uint8_t)f[piece] & 0xC0) == 0x80) piece--;
                    memcpy(text, f, piece);
                    text[piece] = 0;
                    if (builder_cstr(t, b, text) < 0) return -1;
                }
                f += piece;
                n -= piece;
            }
            continue;
        }
        const char *start = f++;
        int64_t precision = -1;
        int longs = 0;
        while (*f == '0' || *f == '-' || *f == '+' || *f == ' ' || *f == '#') f++;
        while (*f >= '0' && *f <= '9') f++;
        if (*f == '.') {
            precision = 0;
            while (*++f >= '0' && *f <= '9') precision = precision * 10 + *f - '0';
        }
        while (*f == 'l' || *f == 'z') longs++, f++;
        char c = *f++;
        int status;
        switch (c) {
        case '%': status = builder_char(t, b, '%'); break;
        case 'c': status = builder_char(t, b, (uint32_t)va_arg(*ap, int)); break;
        case 's': status = put_cstr(t, b, va_arg(*ap, const char *), precision); break;
        case 'V': status = put_value(t, b, object_str(t, va_arg(*ap, Value)), precision); break;
        case 'R': status = put_value(t, b, object_repr(t, va_arg(*ap, Value)), precision); break;
        case 'A': status = put_value(t, b, object_ascii(t, va_arg(*ap, Value)), precision); break;
        case 'T': status = put_type(t, b, type_of(va_arg(*ap, Value)), precision); break;
        case 'G': {
            Value v = va_arg(*ap, Value);
            status = value_is_none(v) ? builder_ascii(t, b, "None", 4) : put_type(t, b, type_of(v), precision);
            break;
        }
        case 'N': status = put_type(t, b, va_arg(*ap, Type *), precision); break;
        case 'd': case 'i': case 'u': case 'x': case 'X': case 'o': case 'p':
            status = put_number(t, b, start, (size_t)(f - start), longs, ap);
            break;
        default: return err_int(err_set(t, E_SystemError, "invalid format string: %s", start));
        }
        if (status < 0) return -1;
    }
    return 0;
}

int builder_format(Thread *t, StrBuilder *b, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    int status = builder_vformat(t, b, format, &ap);
    va_end(ap);
    return status;
}

Ref str_vformat(Thread *t, const char *format, va_list args) {
    StrBuilder b = STR_BUILDER;
    va_list ap;
    va_copy(ap, args);
    int status = builder_vformat(t, &b, format, &ap);
    va_end(ap);
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

Ref str_format(Thread *t, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref r = str_vformat(t, format, ap);
    va_end(ap);
    return r;
}

/* ---- joining many --------------------------------------------------------------------------------------------- */
Ref str_join_array(Thread *t, Value sep, const Value *items, size_t n) {
    if (n == 0) return ref_new(t, str_empty());
    if (n == 1 && is_exact(items[0], &str_type)) return ref_new(t, items[0]);
    Str *s = as(Str, sep);
    size_t length = 0;
    int kind = n > 1 ? s->kind : 1;
    bool ascii = n == 1 || s->ascii;
    for (size_t i = 0; i < n; i++) {
        if (!is_str(items[i]))
            return err_set(t, E_TypeError, "sequence item %zd: expected str instance, %T found", i, items[i]);
        Str *item = as(Str, items[i]);
        if (__builtin_add_overflow(length, item->length + (i > 0 ? s->length : 0), &length))
            return err_set(t, E_OverflowError, "join() result is too long for a Python string");
        if (item->kind > kind) kind = item->kind;
        ascii = ascii && item->ascii;
    }
    if (length == 0) return ref_new(t, str_empty());
    Str *r = str_alloc(t, length, kind, ascii);
    if (r == NULL) return REF_NULL;
    uint8_t *p = r->data;
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && s->length > 0) {
            units_copy(p, kind, s->data, s->kind, s->length);
            p += s->length * (size_t)kind;
        }
        Str *item = as(Str, items[i]);
        units_copy(p, kind, item->data, item->kind, item->length);
        p += item->length * (size_t)kind;
    }
    return ref_steal(r);
}
