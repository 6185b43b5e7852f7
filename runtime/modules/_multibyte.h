/* The CJK codecs: what their files share.
 *
 * _multibyte_tables.c makes each charset's tables on first use by asking iconv, and has the stateless codecs; _multibyte_iso2022.c has ISO-2022-* and HZ;
 * _multibytecodec.c the Python objects. Tables never change once they are there; no function but those with a Thread touches objects. */
#ifndef WEFT_RUNTIME_MODULES__MULTIBYTE_H
#define WEFT_RUNTIME_MODULES__MULTIBYTE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct MbState { uint8_t b[8]; } MbState; /* zero: the start */
#define MB_TOO_FEW 0
/* One step. decode: how many bytes were taken, and 0 to 2 characters to out; MB_TOO_FEW: more is needed; -k: k bytes that mean nothing.
 * encode: how many characters were taken, and at most 16 bytes to out; MB_TOO_FEW: the next character decides (never if final); -1: there is no such.
 * finish: what leads back to the initial state. */
typedef struct MbCodec MbCodec;
struct MbCodec {
    const char *name, *module;
    int (*decode)(const MbCodec *c, MbState *s, const uint8_t *p, size_t n, uint32_t *out, int *count);
    int (*encode)(const MbCodec *c, MbState *s, const uint32_t *u, size_t n, bool final, uint8_t *out, int *count);
    int (*finish)(MbState *s, uint8_t *out); /* or null */
    int which;                               /* charset, or row of a table of its file */
    bool marks;                              /* the first two bytes of the state are sets, which getstate() shows by their final bytes: ASCII as 'B' */
};
extern const MbCodec mb_charset_codecs[], mb_stateful_codecs[]; /* end with a null name */

typedef enum { CS_GB2312, CS_GBK, CS_GB18030, CS_BIG5, CS_CP950, CS_BIG5HKSCS, CS_SHIFT_JIS, CS_CP932, CS_EUC_JP, CS_EUC_JISX0213, CS_EUC_JIS_2004,
               CS_SHIFT_JISX0213, CS_SHIFT_JIS_2004, CS_EUC_KR, CS_CP949, CS_JOHAB, CS_COUNT } Charset;
/* Makes all tables that the codec needs; false as below. */
bool mb_codec_ready(const MbCodec *c);
/* Makes the charset's tables if need be: false: no memory, or iconv doesn't know it. */
bool mb_table_ready(Charset cs);
#define MB_NONE 0xFFFFFFFFu
#define MB_PAIR 0x80000000u /* or index into the charset's pairs of characters */
uint32_t mb_two(Charset cs, uint8_t a, uint8_t b);             /* a: 0x80 and above */
uint32_t mb_three(Charset cs, uint8_t a, uint8_t b);           /* behind 0x8F */
void mb_pair(Charset cs, uint32_t index, uint32_t *out);
/* The bytes of a character as a number (2 bytes: 0xa1a2, behind 0x8F: 0x8fa1a2), 0: none */
uint32_t mb_code(Charset cs, uint32_t u);
uint32_t mb_pair_code(Charset cs, uint32_t a, uint32_t b);     /* of two characters that are one code */
bool mb_starts_pair(Charset cs, uint32_t a);
#endif
