/* unicode_escape, raw_unicode_escape, and the escapes of bytes literals. */
#include "runtime/codecs.h"
#include "runtime/text.h"
#include "runtime/unicode_data.h"
#include <stdio.h>

static ALWAYS_INLINE size_t escape_of(char *out, uint32_t c) {
    uint32_t low = hex_of_16(c & 0xFFFF), high;
    out[0] = '\\';
    if (likely(c >= 0x100 && c < 0x10000)) {
        out[1] = 'u';
        memcpy(out + 2, &low, 4);
        return 6;
    }
    if (c < 0x100) {
        out[1] = 'x';
        low >>= 16;
        memcpy(out + 2, &low, 2);
        return 4;
    }
    out[1] = 'U';
    high = hex_of_16(c >> 16);
    memcpy(out + 2, &high, 4);
    memcpy(out + 6, &low, 4);
    return 10;
}
size_t codec_escape_of(char *out, uint32_t c) { return escape_of(out, c); }
static int put_escape(Thread *t, ByteBuilder *b, uint32_t c) {
    if (bytes_room(t, b, 10) < 0) return -1;
    b->length += codec_escape_of((char *)b->data + b->length, c);
    return 0;
}

/* Units [i, end), written from out on; returns where that ends. */
static ALWAYS_INLINE uint8_t *escape_units(uint8_t *out, const void *data, int kind, size_t i, size_t end) {
    for (; i < end; i++) {
        uint32_t c = unit_at(data, kind, i);
        if (c >= ' ' && c < 127 && c != '\\') {
            *out++ = (uint8_t)c;
        } else if (c == '\\' || c == '\t' || c == '\n' || c == '\r') {
            *out++ = '\\';
            *out++ = (uint8_t)(c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : c);
        } else {
            out += escape_of((char *)out, c);
        }
    }
    return out;
}

Ref unicode_escape_encode(Thread *t, Value v) {
    Str *s = as(Str, v);
    size_t widest = s->kind == 1 ? 4 : s->kind == 2 ? 6 : 10;
    ByteBuilder b = BYTE_BUILDER;
    for (size_t i = 0; i < s->length;) {
        size_t end = s->length - i < 1024 ? s->length : i + 1024; /* room is made for so many at a time */
        if (bytes_room(t, &b, (end - i) * widest) < 0) {
            bytes_drop(&b);
            return REF_NULL;
        }
        uint8_t *out = b.data + b.length;
        out = s->kind == 1 ? escape_units(out, s->data, 1, i, end) : s->kind == 2 ? escape_units(out, s->data, 2, i, end) : escape_units(out, s->data, 4, i, end);
        i = end;
        b.length = (size_t)(out - b.data);
    }
    return bytes_finish(t, &b);
}

Ref raw_unicode_escape_encode(Thread *t, Value v) {
    Str *s = as(Str, v);
    ByteBuilder b = BYTE_BUILDER;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        if ((c < 0x100 ? bytes_put(t, &b, (uint8_t)c) : put_escape(t, &b, c)) < 0) {
            bytes_drop(&b);
            return REF_NULL;
        }
    }
    return bytes_finish(t, &b);
}

/* Reads count hex digits at p + i. Returns how many there are (at most count). */
static size_t hex_run(const uint8_t *p, size_t n, size_t i, size_t count, uint32_t *out) {
    size_t k = 0;
    *out = 0;
    for (; k < count && i + k < n && hex_digit(p[i + k]) >= 0; k++) *out = *out << 4 | (uint32_t)hex_digit(p[i + k]);
    return k;
}

Ref unicode_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed, const uint8_t **bad_escape) {
    StrBuilder b = STR_BUILDER;
    CodecErrors e = CODEC_ERRORS("unicodeescape", errors);
    size_t i = 0;
    if (bad_escape != NULL) *bad_escape = NULL;
    while (i < n) {
        if (p[i] != '\\') {
            if (builder_char(t, &b, p[i++]) < 0) goto fail;
            continue;
        }
        size_t start = i++, count = 0;
        const char *reason = "\\ at end of string";
        uint32_t c;
        if (i >= n) {
            if (consumed != NULL) {
                i = start;
                break;
            }
            goto wrong;
        }
        switch (c = p[i++]) {
        case '\n': continue;
        case '\\': case '\'': case '"': break;
        case 'a': c = 7; break;
        case 'b': c = 8; break;
        case 'f': c = 12; break;
        case 'n': c = 10; break;
        case 'r': c = 13; break;
        case 't': c = 9; break;
        case 'v': c = 11; break;
        case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7':
            c -= '0';
            for (int k = 0; k < 2 && i < n && p[i] >= '0' && p[i] <= '7'; k++) c = c << 3 | (uint32_t)(p[i++] - '0');
            if (c > 0377 && bad_escape != NULL && *bad_escape == NULL) *bad_escape = p + start + 1;
            break;
        case 'x': count = 2; reason = "truncated \\xXX escape"; break;
        case 'u': count = 4; reason = "truncated \\uXXXX escape"; break;
        case 'U': count = 8; reason = "truncated \\UXXXXXXXX escape"; break;
        case 'N': {
            reason = "malformed \\N character escape";
            if (i >= n && consumed != NULL) goto incomplete;
            if (i < n && p[i] == '{') {
                const uint8_t *close = memchr(p + i, '}', n - i);
                if (close == NULL && consumed != NULL) goto incomplete;
                size_t name = i + 1;
                if (close != NULL && close > p + name) {
                    i = (size_t)(close - p) + 1;
                    reason = "unknown Unicode character name";
                    c = uni_lookup((const char *)p + name, (size_t)(close - p) - name);
                    if (c != UINT32_MAX) break;
                } else if (close != NULL) {
                    i = (size_t)(close - p) + 1;
                } else {
                    i = n;
                }
            }
            goto wrong;
        }
        default:
            if (bad_escape != NULL && *bad_escape == NULL) *bad_escape = p + start + 1;
            if (builder_char(t, &b, '\\') < 0) goto fail;
        }
        if (count > 0) {
            size_t got = hex_run(p, n, i, count, &c);
            i += got;
            if (got < count) {
                if (i >= n && consumed != NULL) goto incomplete;
                goto wrong;
            }
            if (c > 0x10FFFF) {
                reason = "illegal Unicode character";
                goto wrong;
            }
        }
        if (builder_char(t, &b, c) < 0) goto fail;
        continue;
    incomplete:
        i = start;
        break;
    wrong:
        if (codec_decode_error(t, &e, &b, &p, &n, start, i, reason, &i) < 0) goto fail;
    }
    if (consumed != NULL) *consumed = i;
    codec_errors_done(t, &e);
    return builder_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    builder_drop(&b);
    return REF_NULL;
}

Ref raw_unicode_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed) {
    StrBuilder b = STR_BUILDER;
    CodecErrors e = CODEC_ERRORS("rawunicodeescape", errors);
    size_t i = 0;
    while (i < n) {
        if (p[i] != '\\') {
            if (builder_char(t, &b, p[i++]) < 0) goto fail;
            continue;
        }
        size_t start = i, backslashes = 0;
        while (i < n && p[i] == '\\') i++, backslashes++;
        bool escape = backslashes % 2 == 1 && i < n && (p[i] == 'u' || p[i] == 'U');
        if (i >= n && backslashes % 2 == 1 && consumed != NULL) { /* may go on in the next piece */
            for (; start + 1 < i; start++)
                if (builder_char(t, &b, '\\') < 0) goto fail;
            i = start;
            break;
        }
        size_t plain = escape ? backslashes - 1 : backslashes;
        for (size_t k = 0; k < plain; k++)
            if (builder_char(t, &b, '\\') < 0) goto fail;
        if (!escape) continue;
        start += plain;
        size_t count = p[i++] == 'u' ? 4 : 8, got;
        uint32_t c;
        got = hex_run(p, n, i, count, &c);
        i += got;
        const char *reason = count == 4 ? "truncated \\uXXXX escape" : "truncated \\UXXXXXXXX escape";
        if (got == count && c <= 0x10FFFF) {
            if (builder_char(t, &b, c) < 0) goto fail;
            continue;
        }
        if (got == count) reason = "\\Uxxxxxxxx out of range";
        else if (i >= n && consumed != NULL) {
            i = start;
            break;
        }
        if (codec_decode_error(t, &e, &b, &p, &n, start, i, reason, &i) < 0) goto fail;
    }
    if (consumed != NULL) *consumed = i;
    codec_errors_done(t, &e);
    return builder_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    builder_drop(&b);
    return REF_NULL;
}

Ref bytes_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, const uint8_t **bad) {
    ByteBuilder b = BYTE_BUILDER;
    if (bad != NULL) *bad = NULL;
    for (size_t i = 0; i < n;) {
        if (p[i] != '\\') {
            if (bytes_put(t, &b, p[i++]) < 0) goto fail;
            continue;
        }
        size_t start = i++;
        if (i >= n) {
            err_set(t, E_ValueError, "Trailing \\ in string");
            goto fail;
        }
        uint32_t c = p[i++], x;
        switch (c) {
        case '\n': continue;
        case '\\': case '\'': case '"': break;
        case 'a': c = 7; break;
        case 'b': c = 8; break;
        case 'f': c = 12; break;
        case 'n': c = 10; break;
        case 'r': c = 13; break;
        case 't': c = 9; break;
        case 'v': c = 11; break;
        case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7':
            c -= '0';
            for (int k = 0; k < 2 && i < n && p[i] >= '0' && p[i] <= '7'; k++) c = c << 3 | (uint32_t)(p[i++] - '0');
            if (c > 0377 && bad != NULL && *bad == NULL) *bad = p + start + 1;
            break;
        case 'x': {
            size_t got = hex_run(p, n, i, 2, &x);
            i += got;
            c = x;
            if (got == 2) break;
            if (errors == NULL || strcmp(errors, "strict") == 0) {
                err_set(t, E_ValueError, "invalid \\x escape at position %zd", (ssize_t)start);
                goto fail;
            }
            if (strcmp(errors, "replace") == 0) {
                c = '?';
                break;
            }
            if (strcmp(errors, "ignore") == 0) continue;
            err_set(t, E_ValueError, "decoding error; unknown error handling code: %.400s", errors);
            goto fail;
        }
        default:
            if (bad != NULL && *bad == NULL) *bad = p + start + 1;
            if (bytes_put(t, &b, '\\') < 0) goto fail;
        }
        if (bytes_put(t, &b, (uint8_t)c) < 0) goto fail;
    }
    return bytes_finish(t, &b);
fail:
    bytes_drop(&b);
    return REF_NULL;
}
