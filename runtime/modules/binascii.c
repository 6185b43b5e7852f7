/* binascii: between bytes and their ASCII forms: hex, base64, uuencode, quoted-printable; CRCs. */
#include "runtime/abstract.h"
#include "runtime/bytes_internal.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/text.h"

static Value error_type, incomplete_type; /* made once, kept by the module */

/* ---- arguments ------------------------------------------------------------------------------------------------------ */
/* The bytes of a buffer, or (where `text`) of an ASCII str. */
typedef struct Input { Buffer view; bool held; const uint8_t *p; size_t n; } Input;
static int input_get(Thread *t, Value v, bool text, Input *in) {
    in->held = false;
    if (text && is_str(v)) {
        if (!as(Str, v)->ascii) return err_int(err_set(t, E_ValueError, "string argument should contain only ASCII characters"));
        in->p = as(Str, v)->data;
        in->n = str_length(v);
        return 0;
    }
    if (text && !buffer_supported(v))
        return err_int(err_set(t, E_TypeError, "argument should be bytes, buffer or ASCII string, not '%.100T'", v));
    if (buffer_get_snapshot(t, v, &in->view) < 0) return -1;
    in->held = true;
    in->p = in->view.data;
    in->n = (size_t)in->view.len;
    return 0;
}
static void input_done(Thread *t, Input *in) {
    if (in->held) buffer_release(t, &in->view);
}
static int flag(Thread *t, Value v, bool dflt, bool *out) {
    int truth = value_is_null(v) ? dflt : is_true(t, v);
    *out = truth > 0;
    return truth < 0 ? -1 : 0;
}
static Ref binascii_error(Thread *t, const char *message, int64_t n) {
    return err_type(t, as(Type, error_type), message, (long long)n);
}
static Ref finish(Thread *t, ByteBuilder *b, int status) {
    if (status == 0) return bytes_finish(t, b);
    bytes_drop(b);
    return REF_NULL;
}

/* ---- hex --------------------------------------------------------------------------------------------------------------- */
static Ref hexlify(Thread *t, Value self, const Value *a) {
    Input in;
    if (input_get(t, a[0], false, &in) < 0) return REF_NULL;
    if (value_is_null(a[1]) && value_is_null(a[2]) && in.n <= PTRDIFF_MAX / 3) {
        Ref r = bytes_new_uninit(t, 2 * in.n);
        if (!ref_is_null(r)) hex_digits(bytes_data(ref_borrow(r)), in.p, in.n);
        input_done(t, &in);
        return r;
    }
    Ref text = bytes_hex(t, in.p, in.n, a[1], a[2]);
    input_done(t, &in);
    if (ref_is_null(text)) return text;
    Ref r = bytes_new(t, as(Str, ref_borrow(text))->data, str_length(ref_borrow(text)));
    ref_drop(t, text);
    return r;
}
/* The bytes of n pairs of digits; false: something isn't one. Some digits at a time, by loops that gcc makes vectors of. */
#define HEX_STEP 64
VECTORIZE static bool from_hex(uint8_t *d, const uint8_t *p, size_t n) {
    uint8_t bad = 0;
    for (; n >= HEX_STEP / 2; n -= HEX_STEP / 2, p += HEX_STEP, d += HEX_STEP / 2) {
        uint8_t value[HEX_STEP];
        for (int i = 0; i < HEX_STEP; i++) {
            uint8_t digit = (uint8_t)(p[i] - '0'), letter = (uint8_t)((p[i] | 32) - 'a');
            bad |= (digit > 9) & (letter > 5);
            value[i] = digit > 9 ? (uint8_t)(letter + 10) : digit;
        }
        uint16_t pair[HEX_STEP / 2];
        memcpy(pair, value, sizeof value);
        for (int i = 0; i < HEX_STEP / 2; i++) d[i] = (uint8_t)(pair[i] << 4 | pair[i] >> 8);
    }
    int any = 0;
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(p[2 * i]), low = hex_digit(p[2 * i + 1]);
        any |= high | low;
        d[i] = (uint8_t)(high * 16 + low);
    }
    return bad == 0 && any >= 0;
}
static Ref unhexlify(Thread *t, Value self, const Value *a) {
    Input in;
    if (input_get(t, a[0], true, &in) < 0) return REF_NULL;
    Ref r = REF_NULL;
    if (in.n % 2) binascii_error(t, "Odd-length string", 0);
    else if (!ref_is_null(r = bytes_new_uninit(t, in.n / 2))) {
        if (!from_hex(bytes_data(ref_borrow(r)), in.p, in.n / 2)) {
            binascii_error(t, "Non-hexadecimal digit found", 0);
            ref_drop(t, r);
            r = REF_NULL;
        }
    }
    input_done(t, &in);
    return r;
}

/* ---- base64 -------------------------------------------------------------------------------------------------------------- */
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static int8_t base64_value[256]; /* -1: not of the alphabet; filled by module_init_binascii */
static int from_base64(uint8_t c) { return base64_value[c]; }
static Ref b2a_base64(Thread *t, Value self, const Value *a) {
    Input in;
    bool newline;
    if (flag(t, a[1], true, &newline) < 0 || input_get(t, a[0], false, &in) < 0) return REF_NULL;
    Ref r = in.n > PTRDIFF_MAX / 2 ? binascii_error(t, "Too much data for base64 line", 0) : bytes_new_uninit(t, (in.n + 2) / 3 * 4 + newline);
    if (!ref_is_null(r)) {
        uint8_t *d = bytes_data(ref_borrow(r));
        for (size_t i = 0; i < in.n; i += 3) {
            size_t left = in.n - i;
            uint32_t w = (uint32_t)in.p[i] << 16 | (left > 1 ? (uint32_t)in.p[i + 1] << 8 : 0) | (left > 2 ? in.p[i + 2] : 0);
            *d++ = (uint8_t)base64[w >> 18];
            *d++ = (uint8_t)base64[w >> 12 & 63];
            *d++ = left > 1 ? (uint8_t)base64[w >> 6 & 63] : '=';
            *d++ = left > 2 ? (uint8_t)base64[w & 63] : '=';
        }
        if (newline) *d = '\n';
    }
    input_done(t, &in);
    return r;
}
static int decode_base64(Thread *t, const Input *in, bool strict, ByteBuilder *b) {
    size_t quad = 0, pads = 0;
    uint8_t left = 0;
    bool padded = false;
    if (bytes_room(t, b, in->n / 4 * 3 + 3) < 0) return -1;
    if (strict && in->n > 0 && in->p[0] == '=') return err_int(binascii_error(t, "Leading padding not allowed", 0));
    size_t i = 0;
    for (; in->n - i >= 4; i += 4) { /* whole quads, as long as there is nothing else */
        int v[4];
        for (int k = 0; k < 4; k++) v[k] = from_base64(in->p[i + (size_t)k]);
        if ((v[0] | v[1] | v[2] | v[3]) < 0) break;
        uint8_t *out = b->data + b->length;
        out[0] = (uint8_t)(v[0] << 2 | v[1] >> 4);
        out[1] = (uint8_t)(v[1] << 4 | v[2] >> 2);
        out[2] = (uint8_t)(v[2] << 6 | v[3]);
        b->length += 3;
    }
    for (; i < in->n; i++) {
        uint8_t c = in->p[i];
        if (c == '=') {
            padded = true;
            if (quad >= 2 && quad + ++pads >= 4) { /* a whole quad: what follows doesn't count */
                if (strict && i + 1 < in->n) return err_int(binascii_error(t, "Excess data after padding", 0));
                return 0;
            }
            continue;
        }
        int v = from_base64(c);
        if (v < 0) {
            if (strict) return err_int(binascii_error(t, "Only base64 data is allowed", 0));
            continue;
        }
        if (strict && padded) return err_int(binascii_error(t, "Discontinuous padding not allowed", 0));
        pads = 0;
        switch (quad) {
        case 0: quad = 1; left = (uint8_t)v; break;
        case 1: quad = 2; b->data[b->length++] = (uint8_t)(left << 2 | v >> 4); left = v & 15; break;
        case 2: quad = 3; b->data[b->length++] = (uint8_t)(left << 4 | v >> 2); left = v & 3; break;
        case 3: quad = 0; b->data[b->length++] = (uint8_t)(left << 6 | v); left = 0; break;
        }
    }
    if (quad == 0) return 0;
    if (quad == 1)
        return err_int(binascii_error(t, "Invalid base64-encoded string: number of data characters (%lld) cannot be 1 more than a multiple of 4",
                                      (int64_t)b->length / 3 * 4 + 1));
    return err_int(binascii_error(t, "Incorrect padding", 0));
}
static Ref a2b_base64(Thread *t, Value self, const Value *a) {
    Input in;
    bool strict;
    ByteBuilder b = BYTE_BUILDER;
    if (flag(t, a[1], false, &strict) < 0 || input_get(t, a[0], true, &in) < 0) return REF_NULL;
    int status = decode_base64(t, &in, strict, &b);
    input_done(t, &in);
    return finish(t, &b, status);
}

/* ---- uuencode -------------------------------------------------------------------------------------------------------------- */
static Ref a2b_uu(Thread *t, Value self, const Value *a) {
    Input in;
    if (input_get(t, a[0], true, &in) < 0) return REF_NULL;
    ByteBuilder b = BYTE_BUILDER;
    int status = 0, nbits = 0;
    uint32_t bits = 0;
    size_t i = 1, want = ((in.n > 0 ? in.p[0] : 0) - ' ') & 63;
    for (; b.length < want && status == 0; i++) {
        uint8_t c = i < in.n ? in.p[i] : '\n';
        uint32_t v = 0;
        if (c != '\n' && c != '\r' && i < in.n) { /* a short line counts as blanks */
            if (c < ' ' || c > ' ' + 64) {
                status = err_int(binascii_error(t, "Illegal char", 0));
                break;
            }
            v = (c - ' ') & 63;
        } else {
            i--;
        }
        bits = bits << 6 | v;
        nbits += 6;
        if (nbits >= 8) {
            nbits -= 8;
            status = bytes_put(t, &b, (uint8_t)(bits >> nbits));
            bits &= (1u << nbits) - 1;
        }
    }
    for (; status == 0 && i < in.n; i++) {
        uint8_t c = in.p[i];
        if (c != ' ' && c != ' ' + 64 && c != '\n' && c != '\r') status = err_int(binascii_error(t, "Trailing garbage", 0));
    }
    input_done(t, &in);
    return finish(t, &b, status);
}
static Ref b2a_uu(Thread *t, Value self, const Value *a) {
    Input in;
    bool backtick;
    if (flag(t, a[1], false, &backtick) < 0 || input_get(t, a[0], false, &in) < 0) return REF_NULL;
    ByteBuilder b = BYTE_BUILDER;
    int status = 0;
#define UU(v) ((v) == 0 && backtick ? '`' : (uint8_t)(' ' + (v)))
    if (in.n > 45) status = err_int(binascii_error(t, "At most 45 bytes at once", 0));
    else if ((status = bytes_room(t, &b, 80)) == 0) {
        b.data[b.length++] = UU(in.n);
        for (size_t i = 0; i < in.n; i += 3) {
            uint32_t w = (uint32_t)in.p[i] << 16 | (i + 1 < in.n ? (uint32_t)in.p[i + 1] << 8 : 0) | (i + 2 < in.n ? in.p[i + 2] : 0);
            for (int shift = 18; shift >= 0; shift -= 6) b.data[b.length++] = UU(w >> shift & 63);
        }
        b.data[b.length++] = '\n';
    }
#undef UU
    input_done(t, &in);
    return finish(t, &b, status);
}

/* ---- quoted-printable --------------------------------------------------------------------------------------------------------- */
static Ref a2b_qp(Thread *t, Value self, const Value *a) {
    Input in;
    bool header;
    if (flag(t, a[1], false, &header) < 0 || input_get(t, a[0], true, &in) < 0) return REF_NULL;
    ByteBuilder b = BYTE_BUILDER;
    int status = bytes_room(t, &b, in.n);
    for (size_t i = 0; i < in.n && status == 0;) {
        uint8_t c = in.p[i];
        if (c != '=') {
            b.data[b.length++] = header && c == '_' ? ' ' : c;
            i++;
            continue;
        }
        if (++i >= in.n) break;
        if (in.p[i] == '\n' || in.p[i] == '\r') { /* a soft line break */
            if (in.p[i] != '\n')
                while (i < in.n && in.p[i] != '\n') i++;
            if (i < in.n) i++;
        } else if (in.p[i] == '=') {
            b.data[b.length++] = '=';
            i++;
        } else if (i + 1 < in.n && hex_digit(in.p[i]) >= 0 && hex_digit(in.p[i + 1]) >= 0) {
            b.data[b.length++] = (uint8_t)(hex_digit(in.p[i]) << 4 | hex_digit(in.p[i + 1]));
            i += 2;
        } else {
            b.data[b.length++] = '=';
        }
    }
    input_done(t, &in);
    return finish(t, &b, status);
}

static bool qp_quoted(const Input *in, size_t i, bool quotetabs, bool istext, bool header, size_t line) {
    uint8_t c = in->p[i];
    bool last = i + 1 == in->n;
    if (c > 126 || c == '=' || (header && c == '_')) return true;
    if (c == '.' && line == 0 && (last || in->p[i + 1] == '\n' || in->p[i + 1] == '\r' || in->p[i + 1] == 0)) return true;
    if (!istext && (c == '\r' || c == '\n')) return true;
    if ((c == '\t' || c == ' ') && last) return true;
    if (c < 33 && c != '\r' && c != '\n' && c != '\t' && (quotetabs || c != ' ')) return true;
    return c < 33 && c != '\r' && c != '\n' && quotetabs;
}

static int encode_qp(Thread *t, const Input *in, bool quotetabs, bool istext, bool header, ByteBuilder *b) {
    size_t line = 0;
    const uint8_t *newline = memchr(in->p, '\n', in->n);
    bool crlf = newline != NULL && newline > in->p && newline[-1] == '\r';
    for (size_t i = 0; i < in->n;) {
        uint8_t c = in->p[i];
        if (bytes_room(t, b, 16) < 0) return -1;
        if (qp_quoted(in, i, quotetabs, istext, header, line)) {
            if (line + 3 >= 76) {
                b->data[b->length++] = '=';
                if (crlf) b->data[b->length++] = '\r';
                b->data[b->length++] = '\n';
                line = 0;
            }
            b->data[b->length++] = '=';
            b->data[b->length++] = (uint8_t)"0123456789ABCDEF"[c >> 4];
            b->data[b->length++] = (uint8_t)"0123456789ABCDEF"[c & 15];
            line += 3;
            i++;
            continue;
        }
        if (istext && (c == '\n' || (c == '\r' && i + 1 < in->n && in->p[i + 1] == '\n'))) {
            line = 0;
            /* blanks before a line end must be quoted */
            if (b->length > 0 && (b->data[b->length - 1] == ' ' || b->data[b->length - 1] == '\t')) {
                uint8_t blank = b->data[b->length - 1];
                b->data[b->length - 1] = '=';
                b->data[b->length++] = (uint8_t)"0123456789ABCDEF"[blank >> 4];
                b->data[b->length++] = (uint8_t)"0123456789ABCDEF"[blank & 15];
            }
            if (crlf) b->data[b->length++] = '\r';
            b->data[b->length++] = '\n';
            i += c == '\r' ? 2 : 1;
            continue;
        }
        if (i + 1 != in->n && in->p[i + 1] != '\n' && line + 1 >= 76) {
            b->data[b->length++] = '=';
            if (crlf) b->data[b->length++] = '\r';
            b->data[b->length++] = '\n';
            line = 0;
        }
        line++;
        b->data[b->length++] = header && c == ' ' ? '_' : c;
        i++;
    }
    return 0;
}
static Ref b2a_qp(Thread *t, Value self, const Value *a) {
    Input in;
    bool quotetabs, istext, header;
    if (flag(t, a[1], false, &quotetabs) < 0 || flag(t, a[2], true, &istext) < 0 || flag(t, a[3], false, &header) < 0 ||
        input_get(t, a[0], false, &in) < 0)
        return REF_NULL;
    ByteBuilder b = BYTE_BUILDER;
    int status = encode_qp(t, &in, quotetabs, istext, header, &b);
    input_done(t, &in);
    return finish(t, &b, status);
}

/* ---- checksums -------------------------------------------------------------------------------------------------------------------- */
static int start_value(Thread *t, Value v, uint32_t *out) {
    uint64_t u = 0;
    if (!value_is_null(v)) {
        Ref n = number_index(t, v);
        if (ref_is_null(n)) return -1;
        int_as_u64_mask(ref_borrow(n), &u);
        ref_drop(t, n);
    }
    *out = (uint32_t)u;
    return 0;
}
/* CRC-CCITT: x^16 + x^12 + x^5 + 1 */
static uint16_t hqx_table[256];
static void hqx_table_fill(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i << 8;
        for (int k = 0; k < 8; k++) crc = crc << 1 ^ (crc & 0x8000 ? 0x1021 : 0);
        hqx_table[i] = (uint16_t)crc;
    }
}
static Ref crc_hqx(Thread *t, Value self, const Value *a) {
    Input in;
    uint32_t crc;
    if (start_value(t, a[1], &crc) < 0 || input_get(t, a[0], false, &in) < 0) return REF_NULL;
    crc &= 0xFFFF;
    for (size_t i = 0; i < in.n; i++) crc = (crc << 8 & 0xFFFF) ^ hqx_table[(crc >> 8 ^ in.p[i]) & 0xFF];
    input_done(t, &in);
    return ref_small_int(crc);
}

/* crc_table[k][b]: what the byte b and k zeros after it make of an empty register. Eight bytes are looked up at once ("slicing by 8": M. Kounavis and F. Berry,
 * 2005), and where there's much, the words of five streams in turn, so that the look-ups of one don't wait for another's (A. Kadatch and B. Jenkins, "Everything we
 * know about CRC but afraid to forget", 2010). */
#define STREAMS 5
static uint32_t crc_table[8 * STREAMS][256];
static void crc_table_fill(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++) c = c >> 1 ^ (c & 1 ? 0xEDB88320u : 0);
        crc_table[0][i] = c;
    }
    for (int k = 1; k < 8 * STREAMS; k++)
        for (int i = 0; i < 256; i++) crc_table[k][i] = crc_table[k - 1][i] >> 8 ^ crc_table[0][crc_table[k - 1][i] & 0xFF];
}
/* The register after a word that it was added to, and `zeros` bytes more. */
static ALWAYS_INLINE uint32_t crc_word(uint64_t w, int zeros) {
    uint32_t crc = 0;
#pragma GCC unroll 8
    for (int k = 0; k < 8; k++) crc ^= crc_table[zeros + 7 - k][w >> 8 * k & 0xFF];
    return crc;
}
static inline uint64_t crc_load(const uint8_t *p) {
    uint64_t w;
    memcpy(&w, p, 8);
    return w;
}
static uint32_t crc_streams(uint32_t crc, const uint8_t *p, size_t blocks) {
    uint32_t c[STREAMS] = {crc};
    for (; blocks > 1; blocks--, p += 8 * STREAMS) {
#pragma GCC unroll 5
        for (int i = 0; i < STREAMS; i++) c[i] = crc_word(c[i] ^ crc_load(p + 8 * i), 8 * (STREAMS - 1));
    }
    crc = 0;
    for (int i = 0; i < STREAMS; i++) crc = crc_word(crc ^ c[i] ^ crc_load(p + 8 * i), 0);
    return crc;
}
static Ref crc32(Thread *t, Value self, const Value *a) {
    Input in;
    uint32_t crc;
    if (!buffer_supported(a[0])) return err_set(t, E_TypeError, "a bytes-like object is required, not '%.100T'", a[0]);
    if (start_value(t, a[1], &crc) < 0 || input_get(t, a[0], false, &in) < 0) return REF_NULL;
    crc = ~crc;
    const uint8_t *p = in.p;
    size_t n = in.n;
    size_t blocks = n / (8 * STREAMS);
    if (blocks > 1) {
        crc = crc_streams(crc, p, blocks);
        p += blocks * 8 * STREAMS;
        n -= blocks * 8 * STREAMS;
    }
    for (; n >= 8; n -= 8, p += 8) crc = crc_word(crc ^ crc_load(p), 0);
    for (; n > 0; n--) crc = crc >> 8 ^ crc_table[0][(crc ^ *p++) & 0xFF];
    input_done(t, &in);
    return ref_small_int((uint32_t)~crc);
}

static NativeDef functions[] = {
    FN("a2b_uu", "($module, data, /)", a2b_uu, "Decode a line of uuencoded data."),
    FN("b2a_uu", "($module, data, /, *, backtick=False)", b2a_uu, "Uuencode a line of data."),
    FN("a2b_base64", "($module, data, /, *, strict_mode=False)", a2b_base64, "Decode base64 data."),
    FN("b2a_base64", "($module, data, /, *, newline=True)", b2a_base64, "Encode data as a line of base64."),
    FN("a2b_hex", "($module, hexstr, /)", unhexlify, "Bytes from pairs of hexadecimal digits."),
    FN("unhexlify", "($module, hexstr, /)", unhexlify, "Bytes from pairs of hexadecimal digits."),
    FN("b2a_hex", "!($module, /, data, sep=None, bytes_per_sep=1)", hexlify, "Two hexadecimal digits for each byte."),
    FN("hexlify", "!($module, /, data, sep=None, bytes_per_sep=1)", hexlify, "Two hexadecimal digits for each byte."),
    FN("a2b_qp", "($module, /, data, header=False)", a2b_qp, "Decode quoted-printable data."),
    FN("b2a_qp", "($module, /, data, quotetabs=False, istext=True, header=False)", b2a_qp, "Encode data as quoted-printable."),
    FN("crc_hqx", "($module, data, crc, /)", crc_hqx, "CRC-CCITT of data."),
    FN("crc32", "($module, data, crc=0, /)", crc32, "CRC-32 of data."),
    FN_END,
};

static int add_exception(Thread *t, Value module, const char *name, Value base, Value *out) {
    Ref tuple = tuple_pack(t, 1, base), ns = dict_new(t), n = str_from_cstr(t, name), r = REF_NULL, mod = str_from_cstr(t, "binascii");
    if (!ref_is_null(tuple) && !ref_is_null(ns) && !ref_is_null(n) && !ref_is_null(mod) &&
        dict_set_cstr(t, ref_borrow(ns), "__module__", ref_borrow(mod)) == 0)
        r = call3(t, type_value(&type_type), ref_borrow(n), ref_borrow(tuple), ref_borrow(ns));
    ref_drop(t, tuple);
    ref_drop(t, ns);
    ref_drop(t, n);
    ref_drop(t, mod);
    if (ref_is_null(r)) return -1;
    *out = ref_borrow(r);
    publish(t, *out);
    object_immortalize(t, value_object(*out));
    return module_set_steal(t, module, name, r);
}

int module_init_binascii(Thread *t, Value module) {
    crc_table_fill();
    hqx_table_fill();
    memset(base64_value, -1, sizeof base64_value);
    for (int i = 0; i < 64; i++) base64_value[(uint8_t)base64[i]] = (int8_t)i;
    if (module_add_functions(t, module, functions) < 0) return -1;
    return add_exception(t, module, "Error", type_value(ETYPE(ValueError)), &error_type) < 0 ||
                   add_exception(t, module, "Incomplete", type_value(ETYPE(Exception)), &incomplete_type) < 0 ? -1 : 0;
}
