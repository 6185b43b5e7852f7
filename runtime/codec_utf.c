/* UTF-8, UTF-16 and UTF-32. */
#include "runtime/codecs.h"
#include "runtime/text.h"

static bool is_surrogate(uint32_t c) { return (c & 0xFFFFF800) == 0xD800; }

/* Puts an error handler's answer into the output: bytes as they are (whole units of `unit` bytes), text through put(). 0, or -1. */
typedef int (*PutChar)(Thread *t, ByteBuilder *b, uint32_t c); /* 1: can't be encoded */
static int put_replacement(Thread *t, ByteBuilder *b, CodecErrors *e, Value s, size_t start, size_t end, const char *reason,
                           size_t unit, PutChar put, size_t *next) {
    Ref r = codec_encode_error(t, e, s, start, end, reason, next);
    if (ref_is_null(r)) return -1;
    Value v = ref_borrow(r);
    int status = 0;
    if (is_bytes(v)) {
        if (bytes_length(v) % unit != 0) status = 1;
        else status = bytes_append(t, b, bytes_data(v), bytes_length(v));
    } else {
        if (!as(Str, v)->ascii) status = 1;
        for (size_t i = 0; i < str_length(v) && status == 0; i++) status = put(t, b, str_at(as(Str, v), i));
    }
    ref_drop(t, r);
    if (status > 0) raise_encode_error(t, e->encoding, s, start, end, reason);
    return status == 0 ? 0 : -1;
}

/* ---- UTF-8 --------------------------------------------------------------------------------------------------- */
static int utf8_put_char(Thread *t, ByteBuilder *b, uint32_t c) {
    if (is_surrogate(c)) return 1;
    if (bytes_room(t, b, 4) < 0) return -1;
    b->length += utf8_put(b->data + b->length, c);
    return 0;
}

/* One loop for each kind. */
size_t utf8_put_run(const Str *s, size_t i, ByteBuilder *b) {
    uint8_t *out = b->data + b->length;
    size_t n = s->length;
#define RUN(Unit)                                                                     \
    for (const Unit *p = (const Unit *)s->data; i < n; i++) {                         \
        uint32_t c = p[i];                                                            \
        if (c < 0x80) {                                                               \
            *out++ = (uint8_t)c;                                                      \
        } else if (c < 0x800) {                                                       \
            out[0] = (uint8_t)(0xC0 | c >> 6);                                        \
            out[1] = 0x80 | (c & 63);                                                 \
            out += 2;                                                                 \
        } else {                                                                      \
            if (is_surrogate(c)) break;                                               \
            out += utf8_put(out, c);                                                  \
        }                                                                             \
    }
    FOR_KIND(s->kind, RUN)
#undef RUN
    b->length = (size_t)(out - b->data);
    return i;
}

Ref utf8_encode(Thread *t, Value v, const char *errors) {
    Str *s = as(Str, v);
    if (s->ascii) return bytes_new(t, s->data, s->length);
    ByteBuilder b = BYTE_BUILDER;
    CodecErrors e = CODEC_ERRORS("utf-8", errors);
    size_t widest = s->kind == 1 ? 2 : s->kind == 2 ? 3 : 4;
    for (size_t i = 0; i < s->length;) {
        if (bytes_room(t, &b, (s->length - i) * widest) < 0) goto fail;
        i = utf8_put_run(s, i, &b);
        if (i == s->length) break;
        size_t end = i + 1;
        while (end < s->length && is_surrogate(str_at(s, end))) end++;
        if (put_replacement(t, &b, &e, v, i, end, "surrogates not allowed", 1, utf8_put_char, &i) < 0) goto fail;
    }
    codec_errors_done(t, &e);
    return bytes_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    bytes_drop(&b);
    return REF_NULL;
}

/* What is wrong at p: the length of the bad part and the reason; incomplete: more bytes could make it good. */
static size_t utf8_wrong(const uint8_t *p, size_t n, const char **reason, bool *incomplete) {
    uint8_t a = p[0];
    *incomplete = false;
    *reason = "invalid start byte";
    if (a < 0xC2 || a > 0xF4) return 1;
    size_t need = a < 0xE0 ? 2 : a < 0xF0 ? 3 : 4;
    uint8_t low = a == 0xE0 ? 0xA0 : a == 0xF0 ? 0x90 : 0x80, high = a == 0xED ? 0x9F : a == 0xF4 ? 0x8F : 0xBF;
    *reason = "invalid continuation byte";
    for (size_t i = 1; i < need; i++) {
        if (i == n) {
            *incomplete = true;
            *reason = "unexpected end of data";
            return n;
        }
        if (p[i] < low || p[i] > high) return i;
        low = 0x80;
        high = 0xBF;
    }
    return 1;
}

static int append_utf8(Thread *t, StrBuilder *b, const uint8_t *p, size_t n, size_t chars, uint32_t max) {
    if (max < 0x80) return builder_ascii(t, b, (const char *)p, n);
    Ref piece = ref_steal(str_alloc(t, chars, kind_for(max), false));
    if (ref_is_null(piece)) return -1;
    Str *s = as(Str, ref_borrow(piece));
    utf8_fill(s->data, s->kind, p, n);
    int status = builder_str(t, b, ref_borrow(piece));
    ref_drop(t, piece);
    return status;
}

/* The rest of the input is the beginning of a character, no more. */
static bool utf8_cut(const uint8_t *p, size_t n) {
    const char *reason;
    bool incomplete;
    return n < 4 && utf8_wrong(p, n, &reason, &incomplete) > 0 && incomplete;
}

Ref utf8_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed) {
    size_t chars, done;
    Ref quick = utf8_decode_quick(t, p, n, &done);
    if (!ref_is_null(quick) && (done == n || (consumed != NULL && utf8_cut(p + done, n - done)))) {
        if (consumed != NULL) *consumed = done;
        return quick;
    }
    ref_drop(t, quick);
    if (unlikely(err_pending(t))) return REF_NULL;
    uint32_t max;
    size_t valid = utf8_scan(p, n, false, &chars, &max);
    if (valid == n) {
        if (consumed != NULL) *consumed = n;
        Ref r = chars == 1 && max < 0x100 ? REF_NULL : ref_steal(str_alloc(t, chars, kind_for(max), false));
        if (chars == 1 && max < 0x100) {
            uint8_t c;
            utf8_fill(&c, 1, p, n);
            return str_from_char(t, c);
        }
        if (!ref_is_null(r)) utf8_fill(as(Str, ref_borrow(r))->data, kind_for(max), p, n);
        return r;
    }
    StrBuilder b = STR_BUILDER;
    CodecErrors e = CODEC_ERRORS("utf-8", errors);
    size_t i = 0;
    for (;;) {
        if (valid > 0 && append_utf8(t, &b, p + i, valid, chars, max) < 0) goto fail;
        i += valid;
        if (i >= n) break;
        const char *reason;
        bool incomplete;
        size_t bad = utf8_wrong(p + i, n - i, &reason, &incomplete);
        if (incomplete && consumed != NULL) break;
        /* half a surrogate may be let through once it is whole */
        if (consumed != NULL && n - i == 2 && p[i] == 0xED && p[i + 1] >= 0xA0 && p[i + 1] <= 0xBF) break;
        if (codec_decode_error(t, &e, &b, &p, &n, i, i + bad, reason, &i) < 0) goto fail;
        if (i >= n) break;
        valid = utf8_scan(p + i, n - i, false, &chars, &max);
    }
    if (consumed != NULL) *consumed = i;
    codec_errors_done(t, &e);
    return builder_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    builder_drop(&b);
    return REF_NULL;
}

/* ---- UTF-16 ----------------------------------------------------------------------------------------------------- */
static void put16(ByteBuilder *b, uint32_t u, bool big) {
    b->data[b->length++] = (uint8_t)(big ? u >> 8 : u);
    b->data[b->length++] = (uint8_t)(big ? u : u >> 8);
}
static int utf16_put(Thread *t, ByteBuilder *b, uint32_t c, bool big) {
    if (is_surrogate(c)) return 1;
    if (bytes_room(t, b, 4) < 0) return -1;
    if (c >= 0x10000) {
        put16(b, 0xD800 + ((c - 0x10000) >> 10), big);
        c = 0xDC00 + ((c - 0x10000) & 0x3FF);
    }
    put16(b, c, big);
    return 0;
}
static int utf16_put_little(Thread *t, ByteBuilder *b, uint32_t c) { return utf16_put(t, b, c, false); }
static int utf16_put_big(Thread *t, ByteBuilder *b, uint32_t c) { return utf16_put(t, b, c, true); }

static void put_narrow(ByteBuilder *b, const Str *s, size_t unit, bool big) {
    uint8_t *out = b->data + b->length;
    if (big) {
        memset(out, 0, s->length * unit);
        for (size_t i = 0; i < s->length; i++) out[(i + 1) * unit - 1] = s->data[i];
    } else {
        units_copy(out, (int)unit, s->data, 1, s->length); /* the machine's own order */
    }
    b->length += s->length * unit;
}

/* UTF-16 in the machine's own order, of text without surrogates, which units of two bytes are already. False: it has some. */
static VECTORIZE bool put_two(ByteBuilder *b, const Str *s) {
    const uint16_t *p = (const uint16_t *)s->data;
    size_t n = s->length;
    uint16_t found = 0;
    for (size_t i = 0; i < n; i++) found |= (p[i] & 0xF800) == 0xD800;
    if (found) return false;
    memcpy(b->data + b->length, p, n * 2);
    b->length += n * 2;
    return true;
}

/* UTF-16 and UTF-32 alike: every character through put. */
static Ref encode_wide(Thread *t, Value v, const char *encoding, const char *errors, size_t unit, bool mark, bool big, PutChar put) {
    Str *s = as(Str, v);
    ByteBuilder b = BYTE_BUILDER;
    CodecErrors e = CODEC_ERRORS(encoding, errors);
    if (bytes_room(t, &b, (s->length + 1) * unit) < 0) return REF_NULL;
    if (mark && put(t, &b, 0xFEFF) < 0) goto fail;
    for (size_t i = 0; i < s->length;) {
        if (s->kind == 1) { /* no surrogates, one unit each */
            put_narrow(&b, s, unit, big);
            break;
        }
        if (i == 0 && s->kind == 2 && unit == 2 && !big && put_two(&b, s)) break;
        int status = put(t, &b, str_at(s, i));
        if (status == 0) {
            i++;
            continue;
        }
        if (status < 0 || put_replacement(t, &b, &e, v, i, i + 1, "surrogates not allowed", unit, put, &i) < 0) goto fail;
    }
    codec_errors_done(t, &e);
    return bytes_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    bytes_drop(&b);
    return REF_NULL;
}

Ref utf16_encode(Thread *t, Value v, const char *errors, int order) {
    const char *encoding = order < 0 ? "utf-16-le" : order > 0 ? "utf-16-be" : "utf-16";
    return encode_wide(t, v, encoding, errors, 2, order == 0, order > 0, order > 0 ? utf16_put_big : utf16_put_little);
}

/* Or of all units of UTF-16 in the machine's own order. */
static VECTORIZE uint32_t or_of_16(const uint8_t *p, size_t units, bool *surrogates) {
    uint16_t bits = 0, found = 0;
    for (size_t i = 0; i < units; i++) {
        uint16_t u;
        memcpy(&u, p + 2 * i, 2);
        bits |= u;
        found |= (u & 0xF800) == 0xD800;
    }
    *surrogates = found != 0;
    return bits;
}
static VECTORIZE void low_bytes_of_16(uint8_t *to, const uint8_t *p, size_t units) {
    for (size_t i = 0; i < units; i++) {
        uint16_t u;
        memcpy(&u, p + 2 * i, 2);
        to[i] = (uint8_t)u;
    }
}
/* It as a str, if it has no surrogates; null: it has, or an exception. */
static Ref plain_utf16(Thread *t, const uint8_t *p, size_t units) {
    bool surrogates;
    uint32_t bits = or_of_16(p, units, &surrogates);
    if (surrogates) return REF_NULL;
    if (units == 0) return ref_new(t, str_empty());
    if (units == 1) return str_from_char(t, bits);
    Str *s = str_alloc(t, units, kind_for(bits), bits < 0x80);
    if (s == NULL) return REF_NULL;
    if (s->kind == 2) memcpy(s->data, p, units * 2);
    else low_bytes_of_16(s->data, p, units);
    return ref_steal(s);
}

static uint32_t get16(const uint8_t *p, bool big) { return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0]; }

Ref utf16_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, int *order, size_t *consumed) {
    int found = order != NULL ? *order : 0;
    size_t i = 0;
    if (found == 0 && n >= 2) {
        uint32_t mark = get16(p, false);
        if (mark == 0xFEFF || mark == 0xFFFE) {
            found = mark == 0xFEFF ? -1 : 1;
            i = 2;
        }
    }
    bool big = found > 0;
    if (!big && ((n - i) % 2 == 0 || consumed != NULL)) {
        Ref r = plain_utf16(t, p + i, (n - i) / 2);
        if (!ref_is_null(r)) {
            if (order != NULL) *order = found;
            if (consumed != NULL) *consumed = n - (n - i) % 2;
            return r;
        }
        if (err_pending(t)) return r;
    }
    StrBuilder b = STR_BUILDER;
    CodecErrors e = CODEC_ERRORS(big ? "utf-16-be" : "utf-16-le", errors);
    while (i < n) {
        const char *reason;
        size_t end;
        if (n - i == 1) {
            if (consumed != NULL) break;
            reason = "truncated data";
            end = n;
        } else {
            uint32_t u = get16(p + i, big);
            if (!is_surrogate(u)) {
                if (builder_char(t, &b, u) < 0) goto fail;
                i += 2;
                continue;
            }
            if (u >= 0xDC00) {
                reason = "illegal encoding";
                end = i + 2;
            } else if (n - i < 4) {
                if (consumed != NULL) break;
                reason = "unexpected end of data";
                end = n;
            } else {
                uint32_t low = get16(p + i + 2, big);
                if (low >= 0xDC00 && low <= 0xDFFF) {
                    if (builder_char(t, &b, 0x10000 + ((u - 0xD800) << 10) + (low - 0xDC00)) < 0) goto fail;
                    i += 4;
                    continue;
                }
                reason = "illegal UTF-16 surrogate";
                end = i + 2;
            }
        }
        if (codec_decode_error(t, &e, &b, &p, &n, i, end, reason, &i) < 0) goto fail;
    }
    if (order != NULL) *order = found;
    if (consumed != NULL) *consumed = i;
    codec_errors_done(t, &e);
    return builder_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    builder_drop(&b);
    return REF_NULL;
}

/* ---- UTF-32 ------------------------------------------------------------------------------------------------------- */
static int utf32_put(Thread *t, ByteBuilder *b, uint32_t c, bool big) {
    if (is_surrogate(c)) return 1;
    if (bytes_room(t, b, 4) < 0) return -1;
    for (int k = 0; k < 4; k++) b->data[b->length++] = (uint8_t)(c >> (big ? 24 - 8 * k : 8 * k));
    return 0;
}
static int utf32_put_little(Thread *t, ByteBuilder *b, uint32_t c) { return utf32_put(t, b, c, false); }
static int utf32_put_big(Thread *t, ByteBuilder *b, uint32_t c) { return utf32_put(t, b, c, true); }

Ref utf32_encode(Thread *t, Value v, const char *errors, int order) {
    const char *encoding = order < 0 ? "utf-32-le" : order > 0 ? "utf-32-be" : "utf-32";
    return encode_wide(t, v, encoding, errors, 4, order == 0, order > 0, order > 0 ? utf32_put_big : utf32_put_little);
}

static uint32_t get32(const uint8_t *p, bool big) {
    return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
               : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

Ref utf32_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, int *order, size_t *consumed) {
    int found = order != NULL ? *order : 0;
    size_t i = 0;
    if (found == 0 && n >= 4) {
        uint32_t mark = get32(p, false);
        if (mark == 0xFEFF || mark == 0xFFFE0000) {
            found = mark == 0xFEFF ? -1 : 1;
            i = 4;
        }
    }
    bool big = found > 0;
    StrBuilder b = STR_BUILDER;
    CodecErrors e = CODEC_ERRORS(big ? "utf-32-be" : "utf-32-le", errors);
    while (i < n) {
        const char *reason;
        size_t end;
        if (n - i < 4) {
            if (consumed != NULL) break;
            reason = "truncated data";
            end = n;
        } else {
            uint32_t c = get32(p + i, big);
            if (c < 0x110000 && !is_surrogate(c)) {
                if (builder_char(t, &b, c) < 0) goto fail;
                i += 4;
                continue;
            }
            reason = c < 0x110000 ? "code point in surrogate code point range(0xd800, 0xe000)" : "code point not in range(0x110000)";
            end = i + 4;
        }
        if (codec_decode_error(t, &e, &b, &p, &n, i, end, reason, &i) < 0) goto fail;
    }
    if (order != NULL) *order = found;
    if (consumed != NULL) *consumed = i;
    codec_errors_done(t, &e);
    return builder_finish(t, &b);
fail:
    codec_errors_done(t, &e);
    builder_drop(&b);
    return REF_NULL;
}
