/* Character data beyond str.h's predicates: full case mappings, normalization, the records behind the unicodedata module.
 *
 * The tables are generated at build time (gen/unicode_data.py) from Debian's unicode-data; code points that Unicode 14.0 had not assigned
 * count as unassigned, as in python3.11. Pure functions over constant tables: callable from any thread in any state.
 */
#ifndef WEFT_RUNTIME_UNICODE_DATA_H
#define WEFT_RUNTIME_UNICODE_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* bits of UniRecord.flags */
#define UNI_ALPHA 0x1
#define UNI_DECIMAL 0x2
#define UNI_DIGIT 0x4
#define UNI_NUMERIC 0x8
#define UNI_SPACE 0x10
#define UNI_LINEBREAK 0x20
#define UNI_UPPER 0x40
#define UNI_LOWER 0x80
#define UNI_TITLE 0x100
#define UNI_PRINTABLE 0x200
#define UNI_ID_START 0x400
#define UNI_ID_CONTINUE 0x800
#define UNI_CASED 0x1000
#define UNI_CASE_IGNORABLE 0x2000
#define UNI_MIRRORED 0x4000
#define UNI_AGE_3_2 0x8000 /* assigned in Unicode 3.2 already */

typedef struct UniRecord {
    uint32_t flags;
    int32_t lower, upper, title; /* distance to the simple mapping */
    int16_t lower_full, upper_full, title_full, fold_full; /* index into uni_full (length, then code points); 0: none */
    int8_t decimal, digit;       /* -1: none */
    int16_t numeric;             /* index into uni_numeric, -1: none */
    uint8_t category, bidirectional, combining, width; /* indices of names; combining: the class */
    uint8_t quick;               /* two bits each for NFD, NFKD, NFC, NFKC: 0 yes, 1 maybe, 2 no */
} UniRecord;
const UniRecord *uni_record(uint32_t c);

/* Full mappings: 1 to 3 code points into out; returns how many. */
int uni_lower(uint32_t c, uint32_t out[3]);
int uni_upper(uint32_t c, uint32_t out[3]);
int uni_title(uint32_t c, uint32_t out[3]);
int uni_fold(uint32_t c, uint32_t out[3]);
uint32_t uni_simple_title(uint32_t c);
bool uni_iscased(uint32_t c);
bool uni_iscaseignorable(uint32_t c);
bool uni_islinebreak(uint32_t c);
double uni_numeric_value(uint32_t c); /* -1 if none */

/* Names. out has room for 128 bytes. */
bool uni_name(uint32_t c, char *out);
/* Code point of a name (any case), of an alias too; 0xFFFFFFFF if there is none. Named sequences: length > 1 in *n. */
uint32_t uni_lookup(const char *name, size_t n);
int uni_lookup_sequence(const char *name, size_t n, uint32_t out[4]);

/* Normalization: bit 0 composed, bit 1 compatibility. */
typedef enum { UNI_NFD = 0, UNI_NFC = 1, UNI_NFKD = 2, UNI_NFKC = 3 } UniForm;
/* mem_alloc'ed code points; null: no memory. */
uint32_t *uni_normalize(UniForm form, const uint32_t *s, size_t n, size_t *out_n);
/* 1 yes, 0 no, -1 the quick check can't tell */
int uni_quick_check(UniForm form, uint32_t c);
/* The decomposition field: number of code points (0: none), *tag the "<…>" tag or null; *out the code points */
int uni_decomposition(uint32_t c, const char **tag, const uint32_t **out);
const char *uni_category_name(const UniRecord *r);
const char *uni_bidirectional_name(const UniRecord *r);
const char *uni_width_name(const UniRecord *r);

#endif
