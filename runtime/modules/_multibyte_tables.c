/* Charsets of two and more bytes: tables, made by asking iconv for every code, and the codecs that need no state. See _multibyte.h.
 *
 * Where glibc and CPython map a code differently, CPython's way is in the runs of codes under each charset. */
#include "runtime/modules/_multibyte.h"
#include "alloc/object.h"
#include <iconv.h>
#include <string.h>

/* count codes from `code` on stand for the characters from `first` on; first 0: for none. Behind a trail byte of 0x7e comes 0xa1, behind 0xfe 0x40 of the
 * next lead. */
typedef struct Run { uint16_t code; uint32_t first; uint16_t count; } Run;
#define KANA_IN_BIG5                                                                                                                     \
    {0xc6a1, 0x30fe, 1}, {0xc6a2, 0x309d, 2}, {0xc6a4, 0x3005, 1}, {0xc6a5, 0x3041, 83}, {0xc6f8, 0x30a1, 86}, {0xc7b1, 0x414, 2},         \
        {0xc7b3, 0x401, 1}, {0xc7b4, 0x416, 7}, {0xc7bb, 0x423, 19}, {0xc7ce, 0x451, 1}, {0xc7cf, 0x436, 26}, {0xc7e9, 0x2460, 10},        \
        {0xc7f3, 0x2474, 10}, {0xc7fd, 0, 159}
static const Run gb18030_runs[] = {{0xa6d9, 0xe78d, 7}, {0xa6ec, 0xe794, 2}, {0xa6f3, 0xe796, 1}, {0xa8bc, 0xe7c7, 1}, {0xfe51, 0xe816, 3}, {0xfe59, 0xe81e, 1},
                                   {0xfe61, 0xe826, 1}, {0xfe66, 0xe82b, 2}, {0xfe6c, 0xe831, 2}, {0xfe76, 0xe83b, 1}, {0xfe7e, 0xe843, 1}, {0xfe90, 0xe854, 2},
                                   {0xfea0, 0xe864, 1}, {0}};
static const Run big5_runs[] = {{0xa145, 0x2022, 1}, {0xa14e, 0xff64, 1}, {0xa1c2, 0x203e, 1}, {0xa1e3, 0x223c, 1}, {0xa1f2, 0x2641, 1}, {0xa1f3, 0x2609, 1},
                                {0xa241, 0xff0f, 1}, {0xa242, 0xff3c, 1}, {0xa244, 0xa5, 1}, {0xa246, 0xa2, 2}, {0xa3e1, 0, 1}, KANA_IN_BIG5, {0xf9d6, 0, 41}, {0}};
static const Run cp950_runs[] = {KANA_IN_BIG5, {0}};
static const Run hkscs_runs[] = {{0x877a, 0, 68}, {0xa15a, 0x2574, 1}, {0xa1c3, 0xffe3, 1}, {0xa1c5, 0x2cd, 1}, {0xa1fe, 0xff0f, 1}, {0xa240, 0xff3c, 1},
                                 {0xa2cc, 0x5341, 1}, {0xa2ce, 0x5345, 1}, {0}};
static const Run johab_runs[] = {{0x8441, 0x3000, 1}, {0x8442, 0x3131, 2}, {0x8445, 0x3134, 1}, {0x8448, 0x3137, 1}, {0x8449, 0x3139, 1}, {0x8451, 0x3141, 1},
                                 {0x8453, 0x3142, 1}, {0x8455, 0x3145, 4}, {0x8459, 0x314a, 5}, {0xd9e8, 0, 1}, {0}};
static const Run euc_kr_runs[] = {{0xa2e8, 0, 1}, {0xa4d4, 0, 1}, {0}};
static const Run euc_2004_runs[] = {{0xa1bd, 0x2015, 1}, {0xa2d6, 0x2985, 2}, {0}};
static const Run euc_x0213_runs[] = {{0xa1bd, 0x2015, 1}, {0xa2d6, 0x2985, 2}, {0xaea1, 0, 1}, {0xaffe, 0, 1}, {0xcfd4, 0, 1}, {0xcffe, 0, 1}, {0xf4a7, 0, 1},
                                     {0xfefa, 0, 4}, {0}};
static const Run sjis_2004_runs[] = {{0x815c, 0x2015, 1}, {0x815f, 0x5c, 1}, {0x81b0, 0x7e, 1}, {0x81d4, 0x2985, 2}, {0}};
static const Run sjis_x0213_runs[] = {{0x815c, 0x2015, 1}, {0x815f, 0x5c, 1}, {0x81b0, 0x7e, 1}, {0x81d4, 0x2985, 2}, {0x879f, 0, 1}, {0x889e, 0, 1},
                                      {0x9873, 0, 1}, {0x989e, 0, 1}, {0xeaa5, 0, 1}, {0xeff8, 0, 4}, {0}};

#define KANA_SINGLES 1 /* 0xa1 to 0xdf are half-width katakana */
#define THREE 2        /* 0x8f leads three bytes */
#define KANA_8E 4      /* 0x8e leads half-width katakana: iconv knows */
static const struct { const char *iconv; int flags; const Run *runs; } charsets[CS_COUNT] = {
    [CS_GB2312] = {"EUC-CN", 0, NULL}, [CS_GBK] = {"GBK", 0, NULL}, [CS_GB18030] = {"GB18030", 0, gb18030_runs}, [CS_BIG5] = {"BIG5", 0, big5_runs},
    [CS_CP950] = {"BIG5", 0, cp950_runs}, [CS_BIG5HKSCS] = {"BIG5-HKSCS", 0, hkscs_runs}, [CS_SHIFT_JIS] = {"SHIFT_JIS", KANA_SINGLES, NULL},
    [CS_CP932] = {"CP932", KANA_SINGLES, NULL}, [CS_EUC_JP] = {"EUC-JP", THREE, NULL}, [CS_EUC_JISX0213] = {"EUC-JISX0213", THREE, euc_x0213_runs},
    [CS_EUC_JIS_2004] = {"EUC-JISX0213", THREE, euc_2004_runs}, [CS_SHIFT_JISX0213] = {"SHIFT_JISX0213", KANA_SINGLES, sjis_x0213_runs},
    [CS_SHIFT_JIS_2004] = {"SHIFT_JISX0213", KANA_SINGLES, sjis_2004_runs}, [CS_EUC_KR] = {"EUC-KR", 0, euc_kr_runs}, [CS_CP949] = {"UHC", 0, NULL},
    [CS_JOHAB] = {"JOHAB", 0, johab_runs},
};

/* Characters that are written by codes that stand for another one when read. */
static const struct { Charset cs; uint16_t u, code; } written_only[] = {
    {CS_BIG5, 0xff0f, 0xa241}, {CS_BIG5, 0xff3c, 0xa242}, {CS_CP950, 0xa2, 0xa246}, {CS_CP950, 0xa3, 0xa247}, {CS_CP950, 0xa5, 0xa244}, {CS_CP950, 0x2022, 0xa145},
    {CS_CP950, 0x203e, 0xa1c2}, {CS_CP950, 0x223c, 0xa1e3}, {CS_CP950, 0x2609, 0xa1f3}, {CS_CP950, 0x2641, 0xa1f2}, {CS_CP950, 0xff64, 0xa14e},
    {CS_CP932, 0xa2, 0x8191}, {CS_CP932, 0xa3, 0x8192}, {CS_CP932, 0xac, 0x81ca}, {CS_CP932, 0x2016, 0x8161}, {CS_CP932, 0x2212, 0x817c},
    {CS_CP932, 0x301c, 0x8160}, {CS_EUC_KR, 0x3164, 0xa4d4}, {CS_SHIFT_JIS, 0xa5, 0x5c}, {CS_SHIFT_JIS, 0x203e, 0x7e}, {CS_EUC_JP, 0xa5, 0x5c},
    {CS_EUC_JP, 0x203e, 0x7e},
};
#define MAX_PAIRS 64
#define SIP 0x20000u /* the supplementary ideographic plane: the only one above the first that these charsets reach */
typedef struct Table {
    uint32_t single[256];           /* MB_NONE: nothing, or a lead */
    uint32_t two[128][256], three[128][128];
    uint32_t pairs[MAX_PAIRS][3];   /* two characters and their code */
    size_t pair_count;
    uint32_t bmp[0x10000], sip[0x10000]; /* character to code */
    uint16_t four[39420];           /* GB 18030: linear four-byte codes to the BMP */
} Table;
static _Atomic(Table *) x_tables[CS_COUNT];

/* The one or two characters that n bytes are; how many, 0: none or more */
static int ask(iconv_t cd, const uint8_t *bytes, size_t n, uint32_t *out) {
    char *in = (char *)(uintptr_t)bytes, *to = (char *)out;
    size_t left = n, room = 12;
    iconv(cd, NULL, NULL, NULL, NULL);
    if (iconv(cd, &in, &left, &to, &room) == (size_t)-1 || left > 0) return 0;
    iconv(cd, NULL, NULL, &to, &room); /* a character that might have been the start of a pair */
    int count = (int)(12 - room) / 4;
    return count <= 2 ? count : 0;
}
static uint32_t code_by_iconv(iconv_t cd, uint32_t u) {
    uint8_t bytes[8];
    char *in = (char *)&u, *to = (char *)bytes;
    size_t left = 4, room = 8;
    iconv(cd, NULL, NULL, NULL, NULL);
    if (iconv(cd, &in, &left, &to, &room) == (size_t)-1) return 0;
    iconv(cd, NULL, NULL, &to, &room);
    uint32_t code = 0;
    if (8 - room > 4) return 0;
    for (size_t i = 0; i < 8 - room; i++) code = code << 8 | bytes[i];
    return code;
}
static uint32_t remember(Table *t, const uint32_t *u, int count, uint32_t code) {
    if (count == 0) return MB_NONE;
    if (count == 1) return u[0];
    if (t->pair_count == MAX_PAIRS) return MB_NONE;
    uint32_t *p = t->pairs[t->pair_count];
    p[0] = u[0];
    p[1] = u[1];
    p[2] = code;
    return MB_PAIR | (uint32_t)t->pair_count++;
}
static uint32_t *code_cell(Table *t, uint32_t u) { return u < 0x10000 ? &t->bmp[u] : (u & 0xFFFF0000) == SIP ? &t->sip[u & 0xFFFF] : NULL; }

static void apply_runs(Table *t, const Run *r) {
    for (; r != NULL && r->code != 0; r++) {
        uint8_t a = r->code >> 8, b = (uint8_t)r->code;
        for (uint32_t i = 0; i < r->count; i++) {
            t->two[a - 0x80][b] = r->first == 0 ? MB_NONE : r->first + i;
            if (b == 0x7e) b = 0xa1;
            else if (b == 0xfe) {
                a++;
                b = 0x40;
            } else {
                b++;
            }
        }
    }
}
/* Each character's code: iconv's own choice where several are read as that character and it is one of them, else the first. */
static void fill_codes(Charset cs, Table *t, iconv_t encode) {
    for (int a = 0; a < 128; a++)
        for (int b = 0; b < 256; b++) {
            uint32_t u = t->two[a][b], *cell = u & MB_PAIR ? NULL : code_cell(t, u), code = (uint32_t)(a + 0x80) << 8 | (uint32_t)b;
            if (cell == NULL) continue;
            if (*cell == 0) *cell = code;
            else if (cs != CS_CP932 && code_by_iconv(encode, u) == code) *cell = code;
        }
    for (int a = 0; a < 128; a++)
        for (int b = 0; b < 128; b++) {
            uint32_t u = t->three[a][b], *cell = u & MB_PAIR ? NULL : code_cell(t, u), code = 0x8f0000u | (uint32_t)(a + 0x80) << 8 | (uint32_t)(b + 0x80);
            if (cell != NULL && *cell == 0) *cell = code;
        }
    for (uint32_t c = 0; c < 256; c++)
        if (t->single[c] != MB_NONE && t->single[c] < 0x10000) t->bmp[t->single[c]] = c;
}
static void fill_gb18030(Table *t, iconv_t cd) {
    for (uint32_t i = 0; i < 39420; i++) {
        uint8_t b[4] = {(uint8_t)(0x81 + i / 12600), (uint8_t)(0x30 + i / 1260 % 10), (uint8_t)(0x81 + i / 10 % 126), (uint8_t)(0x30 + i % 10)};
        uint32_t u[3];
        t->four[i] = ask(cd, b, 4, u) == 1 && u[0] < 0x10000 ? (uint16_t)u[0] : 0;
    }
    /* what the runs took from two-byte codes gets the four-byte ones of what they gave them */
    for (const Run *r = gb18030_runs; r->code != 0; r++)
        for (uint32_t k = 0; k < r->count; k++) {
            uint8_t b[2] = {r->code >> 8, (uint8_t)(r->code + k)};
            uint32_t u[3], i = 0;
            if (ask(cd, b, 2, u) != 1 || u[0] >= 0x10000) continue;
            while (i < 39420 && t->four[i] != r->first + k) i++;
            if (i < 39420) t->four[i] = (uint16_t)u[0];
        }
    for (uint32_t i = 0; i < 39420; i++) {
        uint32_t u = t->four[i];
        if (u != 0 && t->bmp[u] == 0)
            t->bmp[u] = (0x81 + i / 12600) << 24 | (0x30 + i / 1260 % 10) << 16 | (0x81 + i / 10 % 126) << 8 | (0x30 + i % 10);
    }
}

static Table *table_make(Charset cs) {
    iconv_t cd = iconv_open("UTF-32LE", charsets[cs].iconv), encode = iconv_open(charsets[cs].iconv, "UTF-32LE");
    Table *t = cd == (iconv_t)-1 || encode == (iconv_t)-1 ? NULL : mem_zalloc(sizeof *t);
    if (t != NULL) {
        memset(t->single, 0xFF, sizeof t->single);
        memset(t->two, 0xFF, sizeof t->two);
        memset(t->three, 0xFF, sizeof t->three);
        int flags = charsets[cs].flags;
        uint32_t u[3];
        for (uint32_t c = 0; c < 128; c++) t->single[c] = c;
        if (flags & KANA_SINGLES)
            for (uint32_t c = 0xa1; c <= 0xdf; c++) t->single[c] = 0xff61 + c - 0xa1;
        if (cs == CS_SHIFT_JIS_2004 || cs == CS_SHIFT_JISX0213) {
            t->single[0x5c] = 0xa5;
            t->single[0x7e] = 0x203e;
        }
        if (cs == CS_CP932) {
            t->single[0x80] = 0x80;
            t->single[0xa0] = 0xf8f0;
            for (uint32_t c = 0xfd; c <= 0xff; c++) t->single[c] = 0xf8f1 + c - 0xfd;
        }
        for (uint32_t a = 0x81; a < 0xff; a++) {
            uint8_t lead = (uint8_t)a;
            if (t->single[a] != MB_NONE || (a == 0x8f && flags & THREE)) continue;
            bool lone = ask(cd, &lead, 1, u) != 0; /* by itself a character to iconv (a C1 control): then two of a pair are two characters */
            for (uint32_t b = 0x21; b < 0x100; b++) {
                uint8_t bytes[2] = {lead, (uint8_t)b};
                int n = ask(cd, bytes, 2, u);
                if (n == 2 && (lone || u[0] < 0x80)) n = 0;
                t->two[a - 0x80][b] = remember(t, u, n, a << 8 | b);
            }
        }
        for (uint32_t a = 0xa1; flags & THREE && a < 0xff; a++)
            for (uint32_t b = 0xa1; b < 0xff; b++) {
                uint8_t bytes[3] = {0x8f, (uint8_t)a, (uint8_t)b};
                t->three[a - 0x80][b - 0x80] = remember(t, u, ask(cd, bytes, 3, u), 0x8f0000 | a << 8 | b);
            }
        if (cs == CS_EUC_JP) t->three[0x22][0x37] = '~';
        apply_runs(t, charsets[cs].runs);
        fill_codes(cs, t, encode);
        if (cs == CS_GB18030) fill_gb18030(t, cd);
        for (size_t i = 0; i < sizeof written_only / sizeof *written_only; i++)
            if (written_only[i].cs == cs) t->bmp[written_only[i].u] = written_only[i].code;
    }
    if (cd != (iconv_t)-1) iconv_close(cd);
    if (encode != (iconv_t)-1) iconv_close(encode);
    return t;
}
bool mb_table_ready(Charset cs) {
    if (load_acquire(&x_tables[cs]) != NULL) return true;
    Table *t = table_make(cs), *none = NULL;
    if (t != NULL && !cas_acq_rel(&x_tables[cs], &none, t)) mem_free(t); /* another thread was faster */
    return t != NULL;
}
static const Table *table(Charset cs) { return load_acquire(&x_tables[cs]); }
uint32_t mb_two(Charset cs, uint8_t a, uint8_t b) { return table(cs)->two[a - 0x80][b]; }
uint32_t mb_three(Charset cs, uint8_t a, uint8_t b) { return a < 0x80 || b < 0x80 ? MB_NONE : table(cs)->three[a - 0x80][b - 0x80]; }
void mb_pair(Charset cs, uint32_t index, uint32_t *out) { memcpy(out, table(cs)->pairs[index & ~MB_PAIR], 8); }
uint32_t mb_code(Charset cs, uint32_t u) {
    const Table *t = table(cs);
    return u < 0x10000 ? t->bmp[u] : (u & 0xFFFF0000) == SIP ? t->sip[u & 0xFFFF] : 0;
}
uint32_t mb_pair_code(Charset cs, uint32_t a, uint32_t b) {
    const Table *t = table(cs);
    for (size_t i = 0; i < t->pair_count; i++)
        if (t->pairs[i][0] == a && t->pairs[i][1] == b) return t->pairs[i][2];
    return 0;
}
bool mb_starts_pair(Charset cs, uint32_t a) {
    const Table *t = table(cs);
    for (size_t i = 0; i < t->pair_count; i++)
        if (t->pairs[i][0] == a) return true;
    return false;
}

/* ---- codecs ------------------------------------------------------------------------------------------------------------------------------ */

/* Hangul that KS X 1001 hasn't are written as a filler and three jamos, two bytes each; a missing final is the filler. */
static const uint8_t initials[19] = {0xa1, 0xa2, 0xa4, 0xa7, 0xa8, 0xa9, 0xb1, 0xb2, 0xb3, 0xb5, 0xb6, 0xb7, 0xb8, 0xb9, 0xba, 0xbb, 0xbc, 0xbd, 0xbe};
static const uint8_t finals[28] = {0xd4, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf, 0xb0, 0xb1, 0xb2, 0xb4, 0xb5, 0xb6,
                                   0xb7, 0xb8, 0xba, 0xbb, 0xbc, 0xbd, 0xbe};
static int position(const uint8_t *row, int n, uint8_t b) {
    for (int i = 0; i < n; i++)
        if (row[i] == b) return i;
    return -1;
}
static int composed_hangul(const uint8_t *p, size_t n, uint32_t *out, int *count) {
    if (n < 8) return MB_TOO_FEW;
    if (p[2] != 0xa4 || p[4] != 0xa4 || p[6] != 0xa4) return -1;
    int i = position(initials, 19, p[3]), m = p[5] - 0xbf, f = position(finals, 28, p[7]);
    if (i < 0 || m < 0 || m > 20 || f < 0) return -1;
    out[0] = 0xac00 + (uint32_t)((i * 21 + m) * 28 + f);
    *count = 1;
    return 8;
}
static int decode_four(const Table *t, const uint8_t *p, size_t n, uint32_t *out, int *count) {
    if (n < 4) return MB_TOO_FEW;
    if (p[0] < 0x81 || p[2] < 0x81 || p[3] < 0x30 || p[0] == 0xff || p[2] == 0xff || p[3] > 0x39) return -1;
    uint32_t i = ((p[0] - 0x81u) * 10 + (p[1] - 0x30u)) * 1260 + (p[2] - 0x81u) * 10 + (p[3] - 0x30u);
    if (i < 39420 && t->four[i] != 0) out[0] = t->four[i];
    else if (i >= 189000 && i - 189000 < 0x100000) out[0] = 0x10000 + i - 189000;
    else return -1;
    *count = 1;
    return 4;
}
/* Codes of JIS X 0213:2004 that the edition of 2000 hasn't are read as one error of two bytes. */
static bool taken_away(Charset cs, const uint8_t *p) {
    if (cs != CS_EUC_JISX0213 && cs != CS_SHIFT_JISX0213) return false;
    for (const Run *r = charsets[cs].runs; r->code != 0; r++)
        if (r->first == 0 && (p[0] << 8 | p[1]) >= r->code && (p[0] << 8 | p[1]) < r->code + r->count) return true;
    return false;
}
static int charset_decode(const MbCodec *c, MbState *s, const uint8_t *p, size_t n, uint32_t *out, int *count) {
    Charset cs = (Charset)c->which;
    const Table *t = table(cs);
    uint32_t u = t->single[p[0]];
    if (u != MB_NONE) {
        out[0] = u;
        *count = 1;
        return 1;
    }
    bool sjis = charsets[cs].flags & KANA_SINGLES;
    if (sjis && !((p[0] >= 0x81 && p[0] <= 0x9f) || (p[0] >= 0xe0 && p[0] <= 0xfc))) return -1; /* no lead byte at all */
    if (n < 2) return MB_TOO_FEW;
    if (cs == CS_GB18030 && p[1] >= 0x30 && p[1] <= 0x39) return decode_four(t, p, n, out, count);
    if (p[0] == 0x80 || p[0] == 0xff) return -1;
    if (cs == CS_EUC_KR && p[0] == 0xa4 && p[1] == 0xd4) return composed_hangul(p, n, out, count);
    int used = 2;
    if (p[0] == 0x8f && charsets[cs].flags & THREE) {
        if (n < 3) return MB_TOO_FEW;
        u = mb_three(cs, p[1], p[2]);
        if (u == MB_NONE && cs != CS_EUC_JP && mb_table_ready(CS_EUC_JP)) u = mb_three(CS_EUC_JP, p[1], p[2]); /* JIS X 0212 */
        used = 3;
    } else {
        u = t->two[p[0] - 0x80][p[1]];
    }
    if (u == MB_NONE) return -(used == 2 && taken_away(cs, p) ? 2 : 1);
    *count = 1;
    out[0] = u;
    if (u & MB_PAIR) {
        mb_pair(cs, u, out);
        *count = 2;
    }
    return used;
}
static int put_code(uint32_t code, uint8_t *out) {
    int n = code > 0xFFFFFF ? 4 : code > 0xFFFF ? 3 : code > 0xFF ? 2 : 1;
    for (int i = 0; i < n; i++) out[i] = (uint8_t)(code >> (8 * (n - 1 - i)));
    return n;
}
static int charset_encode(const MbCodec *c, MbState *s, const uint32_t *u, size_t n, bool final, uint8_t *out, int *count) {
    Charset cs = (Charset)c->which;
    const Table *t = table(cs);
    uint32_t ch = u[0];
    if (ch < 0x80 && t->bmp[ch] == ch) {
        out[0] = (uint8_t)ch;
        *count = 1;
        return 1;
    }
    if (t->pair_count > 0 && mb_starts_pair(cs, ch)) {
        if (n < 2 && !final) return MB_TOO_FEW;
        uint32_t code = n < 2 ? 0 : mb_pair_code(cs, ch, u[1]);
        if (code != 0) {
            *count = put_code(code, out);
            return 2;
        }
    }
    uint32_t code = mb_code(cs, ch);
    if (code == 0 && (cs == CS_EUC_JISX0213 || cs == CS_EUC_JIS_2004) && mb_table_ready(CS_EUC_JP) && mb_code(CS_EUC_JP, ch) > 0xFF)
        code = mb_code(CS_EUC_JP, ch);
    if (code != 0) {
        *count = put_code(code, out);
        return 1;
    }
    if (cs == CS_EUC_KR && ch >= 0xac00 && ch < 0xac00 + 11172) {
        uint32_t k = ch - 0xac00;
        uint8_t bytes[8] = {0xa4, 0xd4, 0xa4, initials[k / 588], 0xa4, (uint8_t)(0xbf + k / 28 % 21), 0xa4, finals[k % 28]};
        memcpy(out, bytes, 8);
        *count = 8;
        return 1;
    }
    if (cs == CS_GB18030 && ch >= 0x10000) {
        uint32_t i = ch - 0x10000;
        out[0] = (uint8_t)(0x90 + i / 12600);
        out[1] = (uint8_t)(0x30 + i / 1260 % 10);
        out[2] = (uint8_t)(0x81 + i / 10 % 126);
        out[3] = (uint8_t)(0x30 + i % 10);
        *count = 4;
        return 1;
    }
    return -1;
}
#define CODEC(name_, module_, cs) {.name = name_, .module = module_, .decode = charset_decode, .encode = charset_encode, .which = cs}
const MbCodec mb_charset_codecs[] = {
    CODEC("gb2312", "_codecs_cn", CS_GB2312), CODEC("gbk", "_codecs_cn", CS_GBK), CODEC("gb18030", "_codecs_cn", CS_GB18030), CODEC("big5", "_codecs_tw", CS_BIG5),
    CODEC("cp950", "_codecs_tw", CS_CP950), CODEC("big5hkscs", "_codecs_hk", CS_BIG5HKSCS), CODEC("shift_jis", "_codecs_jp", CS_SHIFT_JIS),
    CODEC("cp932", "_codecs_jp", CS_CP932), CODEC("euc_jp", "_codecs_jp", CS_EUC_JP), CODEC("euc_jisx0213", "_codecs_jp", CS_EUC_JISX0213),
    CODEC("euc_jis_2004", "_codecs_jp", CS_EUC_JIS_2004), CODEC("shift_jisx0213", "_codecs_jp", CS_SHIFT_JISX0213),
    CODEC("shift_jis_2004", "_codecs_jp", CS_SHIFT_JIS_2004), CODEC("euc_kr", "_codecs_kr", CS_EUC_KR), CODEC("cp949", "_codecs_kr", CS_CP949),
    CODEC("johab", "_codecs_kr", CS_JOHAB), {.name = NULL},
};
