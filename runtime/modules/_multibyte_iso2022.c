/* HZ and the ISO-2022 family: codecs whose bytes change the charset of those that follow. See _multibyte.h.
 *
 * State of ISO-2022: b[0], b[1], b[2]: the sets designated as G0, G1, G2 (by their final byte, bit 7: two bytes to a character; 0: ASCII); b[4]: flags. */
#include "runtime/modules/_multibyte.h"
#include <string.h>

/* ---- HZ: GB 2312 between ~{ and ~} ---------------------------------------------------------------------------------------------------- */

static int hz_decode(const MbCodec *c, MbState *s, const uint8_t *p, size_t n, uint32_t *out, int *count) {
    *count = 0;
    if (p[0] == '~') {
        if (n < 2) return MB_TOO_FEW;
        if (s->b[0] == 0 && p[1] == '~') out[(*count)++] = '~';
        else if (s->b[0] == 0 && p[1] == '{') s->b[0] = 1;
        else if (s->b[0] == 1 && p[1] == '}') s->b[0] = 0;
        else if (!(s->b[0] == 0 && p[1] == '\n')) return -1; /* a line that goes on */
        return 2;
    }
    if (p[0] & 0x80) return -1;
    *count = 1;
    if (s->b[0] == 0) {
        out[0] = p[0];
        return 1;
    }
    if (n < 2) return MB_TOO_FEW;
    out[0] = p[1] & 0x80 ? MB_NONE : mb_two(CS_GB2312, p[0] | 0x80, p[1] | 0x80);
    return out[0] == MB_NONE ? -1 : 2;
}
static int hz_finish(MbState *s, uint8_t *out) {
    if (s->b[0] == 0) return 0;
    s->b[0] = 0;
    memcpy(out, "~}", 2);
    return 2;
}
static int hz_encode(const MbCodec *c, MbState *s, const uint32_t *u, size_t n, bool final, uint8_t *out, int *count) {
    *count = 0;
    if (u[0] < 0x80) {
        *count = hz_finish(s, out);
        out[(*count)++] = (uint8_t)u[0];
        if (u[0] == '~') out[(*count)++] = '~';
        return 1;
    }
    uint32_t code = mb_code(CS_GB2312, u[0]);
    if (code < 0x8080 || code > 0xFFFF) return -1;
    if (s->b[0] == 0) {
        memcpy(out, "~{", 2);
        *count = 2;
        s->b[0] = 1;
    }
    out[(*count)++] = (code >> 8) & 0x7F;
    out[(*count)++] = code & 0x7F;
    return 1;
}

/* ---- sets ------------------------------------------------------------------------------------------------------------------------------- */

#define D 0x80 /* two bytes to a character */
#define ASCII 0
#define JISX0201_R 'J'
#define JISX0201_K 'I'
#define LATIN1 'A'
#define GREEK 'F'
#define JISX0208 ('B' | D)
#define JISX0208_OLD ('@' | D)
#define JISX0212 ('D' | D)
#define KSX1001 ('C' | D)
#define GB2312 ('A' | D)
#define JISX0213_2000_1 ('O' | D)
#define JISX0213_2 ('P' | D)
#define JISX0213_2004_1 ('Q' | D)

#define ESC 0x1b
#define SO 0x0e
#define SI 0x0f
#define NO_SHIFT 1
#define USE_G2 2
#define JISX0208_EXT 4
static const struct { int flags; bool g1; uint8_t sets[9]; } variants[] = {
    {0, true, {KSX1001}},
    {NO_SHIFT | JISX0208_EXT, false, {JISX0208, JISX0201_R, JISX0208_OLD}},
    {NO_SHIFT | JISX0208_EXT, false, {JISX0208, JISX0212, JISX0201_R, JISX0208_OLD}},
    {NO_SHIFT | USE_G2 | JISX0208_EXT, false, {JISX0208, JISX0212, KSX1001, GB2312, JISX0201_R, JISX0208_OLD, LATIN1, GREEK}},
    {NO_SHIFT | JISX0208_EXT, false, {JISX0208, JISX0213_2004_1, JISX0213_2}},
    {NO_SHIFT | JISX0208_EXT, false, {JISX0208, JISX0213_2000_1, JISX0213_2}},
    {NO_SHIFT | JISX0208_EXT, false, {JISX0208, JISX0212, JISX0201_R, JISX0201_K, JISX0208_OLD}},
};
/* ISO 8859-7 from 0xa0 on, as offsets: Greek letters are regular, the rest isn't */
static uint32_t greek(uint8_t b) {
    static const uint16_t first[32] = {0xa0, 0x2018, 0x2019, 0xa3, 0x20ac, 0x20af, 0xa6, 0xa7, 0xa8, 0xa9, 0x37a, 0xab, 0xac, 0xad, 0, 0x2015,
                                       0xb0, 0xb1, 0xb2, 0xb3, 0x384, 0x385, 0x386, 0xb7, 0x388, 0x389, 0x38a, 0xbb, 0x38c, 0xbd, 0x38e, 0x38f};
    uint8_t i = b & 0x7f;
    if (i < 0x20 || i == 0x52 || i == 0x7f) return MB_NONE;
    if (i >= 0x40) return 0x390u + (i - 0x40);
    return first[i - 0x20] == 0 ? MB_NONE : first[i - 0x20];
}
static Charset charset_of(uint8_t set) {
    switch (set) {
    case KSX1001: return CS_EUC_KR;
    case GB2312: return CS_GB2312;
    case JISX0213_2000_1: return CS_EUC_JISX0213;
    case JISX0213_2004_1: case JISX0213_2: return CS_EUC_JIS_2004;
    default: return CS_EUC_JP;
    }
}
static uint32_t set_decode(uint8_t set, const uint8_t *p) {
    switch (set) {
    case JISX0201_R: return p[0] == '\\' ? 0xa5 : p[0] == '~' ? 0x203e : p[0];
    case JISX0201_K: return p[0] >= 0x21 && p[0] <= 0x5f ? 0xff61u + p[0] - 0x21 : MB_NONE;
    case JISX0212: case JISX0213_2: return mb_three(charset_of(set), p[0] | 0x80, p[1] | 0x80);
    default: return mb_two(charset_of(set), p[0] | 0x80, p[1] | 0x80);
    }
}
/* The seven-bit code of a character in the set, 0: it hasn't any. Two characters may be one code. */
static uint32_t set_encode(uint8_t set, const uint32_t *u, int n) {
    Charset cs = charset_of(set);
    if (set == JISX0201_R) return n == 1 ? u[0] == 0xa5 ? '\\' : u[0] == 0x203e ? '~' : 0 : 0;
    if (set == JISX0201_K) return n == 1 && u[0] >= 0xff61 && u[0] <= 0xff9f ? u[0] - 0xff61 + 0x21 : 0;
    if (set == LATIN1 || set == GREEK) return 0; /* read, never written */
    uint32_t code = n == 1 ? mb_code(cs, u[0]) : mb_pair_code(cs, u[0], u[1]);
    bool three = code > 0xFFFF;
    if (three != (set == JISX0212 || set == JISX0213_2)) return 0;
    return (code & 0x8080) == 0x8080 && (code & 0xFF00) != 0x8E00 ? code & 0x7F7F : 0;
}

/* ---- decoding ------------------------------------------------------------------------------------------------------------------------------- */

#define SHIFTED 1
#define THROUGH 2 /* inside an escape sequence that is none of ours: it is passed through */
static bool ends_escape(uint8_t c) { return (c >= 'A' && c <= 'Z') || c == '@'; }

static int escape(int variant, MbState *s, const uint8_t *p, size_t n) {
    size_t length = 0;
    for (size_t i = 1; i < 16 && length == 0; i++) {
        if (i >= n) return MB_TOO_FEW;
        if (ends_escape(p[i])) length = i + 1;
        else if (variants[variant].flags & JISX0208_EXT && i + 1 < n && p[i] == '&' && p[i + 1] == '@') i += 2;
    }
    uint8_t set;
    int which;
    switch (length) {
    case 0: return -1;
    case 3:
        set = p[1] == '$' ? p[2] | D : p[2];
        if (p[1] == '$' || p[1] == '(') which = 0;
        else if (p[1] == ')') which = 1;
        else if (p[1] == '.' && variants[variant].flags & USE_G2) which = 2;
        else return -3;
        break;
    case 4:
        if (p[1] != '$' || (p[2] != '(' && p[2] != ')')) return -4;
        set = p[3] | D;
        which = p[2] == ')';
        break;
    case 6:
        if (!(variants[variant].flags & JISX0208_EXT) || p[3] != ESC || p[4] != '$' || p[5] != 'B') return -6;
        set = JISX0208;
        which = 0;
        break;
    default: return -(int)length;
    }
    if (set == 'B') set = ASCII;
    bool known = set == ASCII;
    for (int i = 0; variants[variant].sets[i] != 0 && !known; i++) known = variants[variant].sets[i] == set;
    if (!known) return -(int)length;
    s->b[which] = set;
    return (int)length;
}
static int from_g2(MbState *s, const uint8_t *p, size_t n, uint32_t *out, int *count) {
    if (n < 3) return MB_TOO_FEW;
    if (p[2] & 0x80) return -3;
    uint32_t u = s->b[2] == LATIN1 ? p[2] + 0x80u : s->b[2] == GREEK ? greek(p[2]) : s->b[2] == ASCII ? p[2] : MB_NONE;
    if (u == MB_NONE) return -3;
    out[0] = u;
    *count = 1;
    return 3;
}
static int iso_decode(const MbCodec *c, MbState *s, const uint8_t *p, size_t n, uint32_t *out, int *count) {
    int flags = variants[c->which].flags;
    *count = 0;
    if (s->b[4] & THROUGH) {
        if (ends_escape(p[0])) s->b[4] &= (uint8_t)~THROUGH;
        goto plain;
    }
    if (p[0] == ESC) {
        if (n < 2) return MB_TOO_FEW;
        if (strchr("()$.&", p[1]) != NULL && p[1] != 0) return escape(c->which, s, p, n);
        if (flags & USE_G2 && p[1] == 'N') return from_g2(s, p, n, out, count);
        s->b[4] |= THROUGH;
        goto plain;
    }
    if ((p[0] == SI || p[0] == SO) && !(flags & NO_SHIFT)) {
        s->b[4] = (uint8_t)((s->b[4] & ~SHIFTED) | (p[0] == SO ? SHIFTED : 0));
        return 1;
    }
    if (p[0] == '\n') s->b[4] &= (uint8_t)~SHIFTED;
    if (p[0] < 0x20) goto plain;
    if (p[0] & 0x80) return -1;
    uint8_t set = s->b[s->b[4] & SHIFTED ? 1 : 0];
    if (set == ASCII) goto plain;
    int width = set & D ? 2 : 1;
    if (n < (size_t)width) return MB_TOO_FEW;
    uint32_t u = width == 2 && p[1] & 0x80 ? MB_NONE : set_decode(set, p);
    if (u == MB_NONE) return -width;
    *count = 1;
    out[0] = u;
    if (u & MB_PAIR) {
        mb_pair(charset_of(set), u, out);
        *count = 2;
    }
    return width;
plain:
    out[0] = p[0];
    *count = 1;
    return 1;
}

/* ---- encoding ----------------------------------------------------------------------------------------------------------------------------------- */

static int iso_finish(MbState *s, uint8_t *out) {
    int n = 0;
    if (s->b[4] & SHIFTED) out[n++] = SI;
    s->b[4] &= (uint8_t)~SHIFTED;
    if (s->b[0] != ASCII) {
        memcpy(out + n, "\033(B", 3);
        n += 3;
        s->b[0] = ASCII;
    }
    return n;
}
static int designate(uint8_t set, bool g1, uint8_t *out) {
    int n = 0;
    out[n++] = ESC;
    if (set & D) out[n++] = '$';
    if (set != JISX0208 && set != JISX0208_OLD) out[n++] = g1 ? ')' : '(';
    out[n++] = set & 0x7F;
    return n;
}
static int iso_encode(const MbCodec *c, MbState *s, const uint32_t *u, size_t n, bool final, uint8_t *out, int *count) {
    if (u[0] < 0x80) {
        *count = iso_finish(s, out);
        out[(*count)++] = (uint8_t)u[0];
        return 1;
    }
    for (const uint8_t *set = variants[c->which].sets; *set != 0; set++) {
        int used = 1;
        uint32_t code = 0;
        if (*set & D && mb_starts_pair(charset_of(*set), u[0])) {
            if (n < 2 && !final) return MB_TOO_FEW;
            if (n >= 2 && (code = set_encode(*set, u, 2)) != 0) used = 2;
        }
        if (code == 0) code = set_encode(*set, u, 1);
        if (code == 0) continue;
        bool g1 = variants[c->which].g1;
        *count = 0;
        if (s->b[g1] != *set) *count = designate(*set, g1, out);
        s->b[g1] = *set;
        if (g1 && !(s->b[4] & SHIFTED)) {
            out[(*count)++] = SO;
            s->b[4] |= SHIFTED;
        }
        if (*set & D) out[(*count)++] = (uint8_t)(code >> 8);
        out[(*count)++] = (uint8_t)code;
        return used;
    }
    return -1;
}
#define ISO(name_, variant) {.name = name_, .module = "_codecs_iso2022", .decode = iso_decode, .encode = iso_encode, .finish = iso_finish, .which = variant, .marks = true}
const MbCodec mb_stateful_codecs[] = {
    {.name = "hz", .module = "_codecs_cn", .decode = hz_decode, .encode = hz_encode, .finish = hz_finish},
    ISO("iso2022_kr", 0), ISO("iso2022_jp", 1), ISO("iso2022_jp_1", 2), ISO("iso2022_jp_2", 3), ISO("iso2022_jp_2004", 4), ISO("iso2022_jp_3", 5),
    ISO("iso2022_jp_ext", 6), {.name = NULL},
};

bool mb_codec_ready(const MbCodec *c) {
    if (c->decode == hz_decode) return mb_table_ready(CS_GB2312);
    if (c->decode != iso_decode) return mb_table_ready((Charset)c->which);
    for (const uint8_t *set = variants[c->which].sets; *set != 0; set++)
        if (!mb_table_ready(charset_of(*set))) return false;
    return true;
}
