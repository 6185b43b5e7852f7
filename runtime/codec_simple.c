/* ASCII, Latin-1, character maps, UTF-7. */
#include "runtime/abstract.h"
#include "runtime/codecs.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/text.h"

/* ---- ASCII and Latin-1 ----------------------------------------------------------------------------------------- */
/* The characters from s[i] on that are below the limit, into out; then *end tells where those above it end. Returns how many were put. */
static size_t put_below(const Str *s, size_t i, uint32_t limit, uint8_t *out, size_t *end) {
    size_t n = s->length, start = i;
#define RUN(Unit)                                                                     \
    const Unit *p = (const Unit *)s->data;                                            \
    for (; i < n && p[i] < limit; i++) *out++ = (uint8_t)p[i];                        \
    for (*end = i; *end < n && p[*end] >= limit;) ++*end;
    FOR_KIND(s->kind, RUN)
#undef RUN
    return i - start;
}
static Ref encode_below(Thread *t, Value v, const char *encoding, const char *errors, uint32_t limit) {
    Str *s = as(Str, v);
    if (s->ascii || (s->kind == 1 && limit == 256)) return bytes_new(t, s->data, s->length);
    const char *reason = limit == 128 ? "ordinal not in range(128)" : "ordinal not in range(256)";
    ByteBuilder b = BYTE_BUILDER;
    CodecErrors e = CODEC_ERRORS(encoding, errors);
    ErrorsKind kind = codec_errors_kind(&e);
    for (size_t i = 0; i < s->length;) {
        if (bytes_room(t, &b, s->length - i) < 0) goto fail;
        size_t end, put = put_below(s, i, limit, b.data + b.length, &end), start = i += put;
        b.length += put;
        if (i == s->length) break;
        if (kind == ERRORS_IGNORE || kind == ERRORS_REPLACE) {
            if (kind == ERRORS_REPLACE) memset(b.data + b.length, '?', end - i);
            b.length += kind == ERRORS_REPLACE ? end - i : 0;
            i = end;
            continue;
        }
        Ref r = codec_encode_error(t, &e, v, start, end, reason, &i);
        if (ref_is_null(r)) goto fail;
        Value x = ref_borrow(r);
        int status = 0;
        if (is_bytes(x)) {
            status = bytes_append(t, &b, bytes_data(x), bytes_length(x));
        } else {
            for (size_t k = 0; k < str_length(x) && status == 0; k++) {
                if (str_at(as(Str, x), k) >= limit) status = err_int(raise_encode_error(t, encoding, v, start, end, reason));
                else status = bytes_put(t, &b, (uint8_t)str_at(as(Str, x), k));
            }
        }
        ref_drop(t, r);
        if (status < 0) goto fail;
    }
    codec_errors_done(t, &e);
    return bytes_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    bytes_drop(&b);
    return REF_NULL;
}
Ref latin1_encode(Thread *t, Value s, const char *errors) { return encode_below(t, s, "latin-1", errors, 256); }
Ref ascii_encode(Thread *t, Value s, const char *errors) { return encode_below(t, s, "ascii", errors, 128); }
Ref latin1_decode(Thread *t, const uint8_t *p, size_t n) { return str_from_latin1(t, p, n); }

Ref ascii_decode(Thread *t, const uint8_t *p, size_t n, const char *errors) {
    size_t valid = ascii_prefix(p, n), i = 0;
    if (valid == n) return str_from_ascii(t, (const char *)p, n);
    StrBuilder b = STR_BUILDER;
    CodecErrors e = CODEC_ERRORS("ascii", errors);
    for (;;) {
        if (builder_ascii(t, &b, (const char *)p + i, valid) < 0) goto fail;
        i += valid;
        if (i >= n) break;
        if (codec_errors_kind(&e) == ERRORS_IGNORE) {
            while (i < n && p[i] >= 0x80) i++;
        } else if (codec_decode_error(t, &e, &b, &p, &n, i, i + 1, "ordinal not in range(128)", &i) < 0) {
            goto fail;
        }
        valid = ascii_prefix(p + i, n - i);
    }
    codec_errors_done(t, &e);
    return builder_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    builder_drop(&b);
    return REF_NULL;
}

/* ---- character maps --------------------------------------------------------------------------------------------- */
static const char charmap_reason[] = "character maps to <undefined>";

/* What charmap_build makes of most decoding tables: the byte of each character of the Basic Multilingual Plane, in pages of 128 of them. Immutable. */
typedef struct EncodingMap {
    Object base;
    int size;              /* as CPython tells it */
    uint8_t page_of[512];  /* by the character's bits 7 to 15: 1 + the number of its page, 0: none */
    uint8_t pages[][128];  /* 0: undefined. (The character 0 is the byte 0.) */
} EncodingMap;

static Ref encoding_map_size(Thread *t, Value self, const Value *a) { return ref_small_int(((EncodingMap *)value_object(self))->size); }
static NativeDef encoding_map_methods[] = {FN("size", "($self, /)", encoding_map_size, "The map's size in bytes."), FN_END};
Type encoding_map_type = {TYPE_HEADER(EncodingMap, TYPE_NO_INSTANTIATION, NULL, NULL, NULL), .name = "EncodingMap", .methods = encoding_map_methods};

/* The byte of c; 0: undefined, if c isn't 0 itself. */
static ALWAYS_INLINE uint8_t encoding_map_get(const EncodingMap *m, uint32_t c) {
    uint8_t page = c < 0x10000 ? m->page_of[c >> 7] : 0;
    return page > 0 ? m->pages[page - 1][c & 127] : 0;
}
/* Encodes from s[i] on as far as the map goes; returns where that is. */
static size_t encoding_map_run(const EncodingMap *m, const Str *s, size_t i, uint8_t *out) {
    size_t n = s->length;
#define RUN(Unit)                                                                     \
    for (const Unit *p = (const Unit *)s->data; i < n; i++, out++) {                  \
        *out = encoding_map_get(m, p[i]);                                             \
        if (unlikely(*out == 0 && p[i] != 0)) break;                                  \
    }
    FOR_KIND(s->kind, RUN)
#undef RUN
    return i;
}

/* Encodes one character through the mapping. 1: undefined; -1: exception. */
static int charmap_put(Thread *t, ByteBuilder *b, Value mapping, uint32_t c) {
    if (is_exact(mapping, &encoding_map_type)) {
        uint8_t byte = encoding_map_get((EncodingMap *)value_object(mapping), c);
        return byte == 0 && c != 0 ? 1 : bytes_put(t, b, byte);
    }
    Ref to = get_item(t, mapping, small_int(c));
    if (ref_is_null(to)) return err_clear_if(t, E_LookupError) ? 1 : -1;
    Value v = ref_borrow(to);
    int status;
    int64_t i;
    if (value_is_none(v)) status = 1;
    else if (is_int(v)) {
        if (int_try_i64(v, &i) < 0 || i < 0 || i > 255) status = err_int(err_set(t, E_TypeError, "character mapping must be in range(256)"));
        else status = bytes_put(t, b, (uint8_t)i);
    } else if (is_bytes(v)) {
        status = bytes_append(t, b, bytes_data(v), bytes_length(v));
    } else {
        status = err_int(err_set(t, E_TypeError, "character mapping must return integer, bytes or None, not %.400T", v));
    }
    ref_drop(t, to);
    return status;
}

Ref charmap_encode(Thread *t, Value v, const char *errors, Value mapping) {
    if (value_is_null(mapping) || value_is_none(mapping)) return latin1_encode(t, v, errors);
    Str *s = as(Str, v);
    if (is_exact(mapping, &encoding_map_type)) { /* mostly it knows all of them */
        Ref r = bytes_new_uninit(t, s->length);
        if (ref_is_null(r) || encoding_map_run((EncodingMap *)value_object(mapping), s, 0, bytes_data(ref_borrow(r))) == s->length) return r;
        ref_drop(t, r);
    }
    ByteBuilder b = BYTE_BUILDER;
    CodecErrors e = CODEC_ERRORS("charmap", errors);
    for (size_t i = 0; i < s->length;) {
        if (is_exact(mapping, &encoding_map_type)) {
            if (bytes_room(t, &b, s->length - i) < 0) goto fail;
            size_t end = encoding_map_run((EncodingMap *)value_object(mapping), s, i, b.data + b.length);
            b.length += end - i;
            if ((i = end) == s->length) break;
        }
        int status = charmap_put(t, &b, mapping, str_at(s, i));
        if (status < 0) goto fail;
        if (status == 0) {
            i++;
            continue;
        }
        size_t start = i, end = i + 1;
        for (; end < s->length; end++) { /* the whole run that the mapping doesn't know */
            size_t before = b.length;
            status = charmap_put(t, &b, mapping, str_at(s, end));
            b.length = before;
            if (status < 0) goto fail;
            if (status == 0) break;
        }
        Ref r = codec_encode_error(t, &e, v, start, end, charmap_reason, &i);
        if (ref_is_null(r)) goto fail;
        Value x = ref_borrow(r);
        status = is_bytes(x) ? bytes_append(t, &b, bytes_data(x), bytes_length(x)) : 0;
        for (size_t k = 0; is_str(x) && k < str_length(x) && status == 0; k++) status = charmap_put(t, &b, mapping, str_at(as(Str, x), k));
        ref_drop(t, r);
        if (status > 0) raise_encode_error(t, "charmap", v, start, end, charmap_reason);
        if (status != 0) goto fail;
    }
    codec_errors_done(t, &e);
    return bytes_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    bytes_drop(&b);
    return REF_NULL;
}

/* Decodes one byte. 1: undefined; -1: exception. */
static int charmap_take(Thread *t, StrBuilder *b, Value mapping, uint8_t byte) {
    if (is_exact(mapping, &str_type)) {
        if (byte >= str_length(mapping) || str_at(as(Str, mapping), byte) == 0xFFFE) return 1;
        return builder_char(t, b, str_at(as(Str, mapping), byte));
    }
    Ref to = get_item(t, mapping, small_int(byte));
    if (ref_is_null(to)) return err_clear_if(t, E_LookupError) ? 1 : -1;
    Value v = ref_borrow(to);
    int status;
    int64_t i;
    if (value_is_none(v)) status = 1;
    else if (is_int(v)) {
        if (int_try_i64(v, &i) < 0 || i < 0 || i > 0x10FFFF)
            status = err_int(err_set(t, E_TypeError, "character mapping must be in range(0x110000)"));
        else status = i == 0xFFFE ? 1 : builder_char(t, b, (uint32_t)i);
    } else if (is_str(v)) {
        status = str_length(v) == 1 && str_at(as(Str, v), 0) == 0xFFFE ? 1 : builder_str(t, b, v);
    } else {
        status = err_int(err_set(t, E_TypeError, "character mapping must return integer, None or str"));
    }
    ref_drop(t, to);
    return status;
}

/* Decodes from p[i] on as far as a table of 256 characters, as the standard codecs have, is defined. Returns where that is; SIZE_MAX: exception. */
static size_t charmap_take_run(Thread *t, StrBuilder *b, const Str *table, const uint8_t *p, size_t i, size_t n) {
    if (table->length != 256 || table->kind != 2) return i;
    const uint16_t *chars = (const uint16_t *)table->data;
    uint32_t bits = 0;
    size_t from = i, end = i;
    for (; end < n && chars[p[end]] != 0xFFFE; end++) bits |= chars[p[end]];
    if (builder_reserve(t, b, end - i, kind_for(bits)) < 0) return SIZE_MAX;
    if (b->kind == 2)
        for (uint16_t *out = (uint16_t *)b->data + b->length, *stop = out + (end - i); out < stop;) *out++ = chars[p[i++]];
    else
        for (size_t at = b->length; i < end; i++) unit_put(b->data, b->kind, at++, chars[p[i]]);
    b->length += end - from;
    b->max_char |= bits;
    return end;
}

Ref charmap_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, Value mapping) {
    if (value_is_null(mapping) || value_is_none(mapping)) return str_from_latin1(t, p, n);
    StrBuilder b = STR_BUILDER;
    CodecErrors e = CODEC_ERRORS("charmap", errors);
    for (size_t i = 0; i < n;) {
        int status = 0;
        if (is_exact(mapping, &str_type)) {
            size_t end = charmap_take_run(t, &b, as(Str, mapping), p, i, n);
            if (end == SIZE_MAX) status = -1;
            else if ((i = end) == n) break;
        }
        if (status == 0) status = charmap_take(t, &b, mapping, p[i]);
        if (status == 0) i++;
        else if (status < 0 || codec_decode_error(t, &e, &b, &p, &n, i, i + 1, charmap_reason, &i) < 0) {
            codec_errors_done(t, &e);
            builder_drop(&b);
            return REF_NULL;
        }
    }
    codec_errors_done(t, &e);
    return builder_finish(t, &b);
}

/* Null without an exception: the table is none for an EncodingMap. */
static Ref encoding_map_new(Thread *t, const Str *table) {
    uint8_t page_of[512] = {0}, block_of[32] = {0};
    int pages = 0, blocks = 0;
    size_t n = table->length < 256 ? table->length : 256;
    if (str_at(table, 0) != 0) return REF_NULL;
    for (size_t i = 1; i < n; i++) {
        uint32_t c = str_at(table, i);
        if (c == 0 || c > 0xFFFF) return REF_NULL;
        if (c == 0xFFFE) continue;
        if (block_of[c >> 11] == 0) block_of[c >> 11] = (uint8_t)++blocks;
        if (page_of[c >> 7] == 0) page_of[c >> 7] = (uint8_t)++pages;
    }
    if (pages >= 0xFF) return REF_NULL;
    EncodingMap *m = object_alloc(t, &encoding_map_type, (size_t)pages * 128);
    if (m == NULL) return REF_NULL;
    m->size = 63 + 16 * blocks + 128 * pages;
    memcpy(m->page_of, page_of, sizeof page_of);
    for (size_t i = 1; i < n; i++) {
        uint32_t c = str_at(table, i);
        if (c != 0xFFFE) m->pages[page_of[c >> 7] - 1][c & 127] = (uint8_t)i;
    }
    return ref_steal(m);
}

Ref charmap_build(Thread *t, Value text) {
    if (str_length(text) == 0) return err_set(t, E_TypeError, "bad argument type for built-in operation");
    Ref map = encoding_map_new(t, as(Str, text));
    if (!ref_is_null(map) || err_pending(t)) return map;
    Ref d = dict_new(t);
    for (size_t i = 0; !ref_is_null(d) && i < str_length(text) && i < 256; i++) {
        uint32_t c = str_at(as(Str, text), i);
        if (c == 0xFFFE) continue;
        if (dict_set(t, ref_borrow(d), small_int(c), small_int((int64_t)i)) < 0) {
            ref_drop(t, d);
            return REF_NULL;
        }
    }
    return d;
}

/* ---- UTF-7 (RFC 2152) ------------------------------------------------------------------------------------------------ */
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static int from_base64(uint8_t c) {
    const char *p = c != 0 ? strchr(base64, c) : NULL;
    return p != NULL ? (int)(p - base64) : -1;
}
/* Characters that the encoder leaves as they are: set D and whitespace, "+" and "\" and "~" excepted, and set O. */
static bool utf7_direct(uint32_t c) { return c > 0 && c < 128 && c != '+' && c != '\\' && c != '~' && (c >= 32 ? c != 127 : c == '\t' || c == '\n' || c == '\r'); }

Ref utf7_encode(Thread *t, Value v, const char *errors) {
    Str *s = as(Str, v);
    ByteBuilder b = BYTE_BUILDER;
    bool shifted = false;
    uint32_t bits = 0;
    int nbits = 0;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        if (bytes_room(t, &b, 16) < 0) goto fail;
        if (shifted && utf7_direct(c)) {
            if (nbits > 0) b.data[b.length++] = (uint8_t)base64[bits << (6 - nbits) & 63];
            nbits = 0;
            shifted = false;
            if (from_base64((uint8_t)c) >= 0 || c == '-') b.data[b.length++] = '-';
        }
        if (!shifted) {
            if (utf7_direct(c)) {
                b.data[b.length++] = (uint8_t)c;
                continue;
            }
            b.data[b.length++] = '+';
            if (c == '+') {
                b.data[b.length++] = '-';
                continue;
            }
            shifted = true;
        }
        uint32_t units[2] = {c, 0};
        int count = 1;
        if (c >= 0x10000) {
            units[0] = 0xD800 + ((c - 0x10000) >> 10);
            units[1] = 0xDC00 + ((c - 0x10000) & 0x3FF);
            count = 2;
        }
        for (int k = 0; k < count; k++) {
            bits = bits << 16 | units[k];
            for (nbits += 16; nbits >= 6; nbits -= 6) b.data[b.length++] = (uint8_t)base64[bits >> (nbits - 6) & 63];
        }
    }
    if (bytes_room(t, &b, 2) < 0) goto fail;
    if (nbits > 0) b.data[b.length++] = (uint8_t)base64[bits << (6 - nbits) & 63];
    if (shifted) b.data[b.length++] = '-';
    return bytes_finish(t, &b);
fail:
    bytes_drop(&b);
    return REF_NULL;
}

Ref utf7_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed) {
    StrBuilder b = STR_BUILDER;
    CodecErrors e = CODEC_ERRORS("utf7", errors);
    bool shifted = false;
    size_t start = 0, i = 0, shift_length = 0; /* where the shift began, and the output's length then */
    uint32_t bits = 0, high = 0;
    int nbits = 0;
    while (i < n) {
        const char *reason = NULL;
        uint8_t c = p[i];
        size_t bad = i;
        if (shifted) {
            int digit = from_base64(c);
            if (digit >= 0) {
                bits = bits << 6 | (uint32_t)digit;
                nbits += 6;
                i++;
                if (nbits < 16) continue;
                uint32_t u = bits >> (nbits - 16) & 0xFFFF;
                nbits -= 16;
                bits &= (1u << nbits) - 1;
                if (high != 0) {
                    uint32_t first = high;
                    high = 0;
                    if (u >= 0xDC00 && u <= 0xDFFF) {
                        if (builder_char(t, &b, 0x10000 + ((first - 0xD800) << 10) + (u - 0xDC00)) < 0) goto fail;
                        continue;
                    }
                    if (builder_char(t, &b, first) < 0) goto fail;
                }
                if (u >= 0xD800 && u <= 0xDBFF) high = u;
                else if (builder_char(t, &b, u) < 0) goto fail;
                continue;
            }
            shifted = false;
            if (nbits >= 6) reason = "partial character in shift sequence";
            else if (nbits > 0 && bits != 0) reason = "non-zero padding bits in shift sequence";
            if (reason == NULL) {
                if (high != 0 && c < 128 && c != '+' && builder_char(t, &b, high) < 0) goto fail;
                high = 0;
                if (c == '-') i++;
                continue;
            }
            bad = start;
            i++;
        } else if (c == '+') {
            start = i++;
            if (i < n && p[i] == '-') {
                if (builder_char(t, &b, '+') < 0) goto fail;
                i++;
                continue;
            }
            if (i < n && from_base64(p[i]) < 0) {
                i++;
                bad = start;
                reason = "ill-formed sequence";
            } else {
                shifted = true;
                high = bits = 0;
                nbits = 0;
                shift_length = b.length;
                continue;
            }
        } else if (c < 128) {
            if (builder_char(t, &b, c) < 0) goto fail;
            i++;
            continue;
        } else {
            start = i++;
            reason = "unexpected special character";
        }
        high = 0;
        if (codec_decode_error(t, &e, &b, &p, &n, bad, i, reason, &i) < 0) goto fail;
    }
    if (shifted && consumed == NULL) {
        if (high != 0 || nbits >= 6 || (nbits > 0 && bits != 0)) {
            if (codec_decode_error(t, &e, &b, &p, &n, start, n, "unterminated shift sequence", &i) < 0) goto fail;
        }
    }
    if (consumed != NULL) {
        *consumed = shifted ? start : i;
        if (shifted) b.length = shift_length; /* the whole shift comes again */
    }
    codec_errors_done(t, &e);
    /* what was cut off may have been wider */
    if (consumed != NULL && shifted && b.kind > 1) {
        Ref r = str_from_units(t, b.kind, b.data, b.length);
        builder_drop(&b);
        return r;
    }
    return builder_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    builder_drop(&b);
    return REF_NULL;
}
