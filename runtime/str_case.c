/* Case mapping and predicates of str. ASCII goes by bytes, the rest through the Unicode tables. */
#include "runtime/str_methods.h"
#include "runtime/text.h"
#include "runtime/unicode_data.h"

static inline bool ascii_upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static inline bool ascii_lower(uint8_t c) { return c >= 'a' && c <= 'z'; }

/* ---- mapping ------------------------------------------------------------------------------------------------ */
/* Does a sigma at i end a word? (SpecialCasing.txt, Final_Sigma) */
static bool final_sigma(Span s, size_t i) {
    size_t j = i;
    uint32_t c = 0;
    while (j > 0 && uni_iscaseignorable(c = span_at(s, j - 1))) j--;
    if (j == 0 || !uni_iscased(c)) return false;
    for (j = i + 1; j < s.length && uni_iscaseignorable(c = span_at(s, j));) j++;
    return j == s.length || !uni_iscased(c);
}

typedef enum Case { LOWER, UPPER, TITLE, FOLD } Case;

/* What becomes more than one character, or depends on its neighbours. */
static NOINLINE int put_special(Thread *t, StrBuilder *b, Span s, size_t i, Case how) {
    uint32_t out[3], c = span_at(s, i);
    if (c == 0x3A3 && how == LOWER) return builder_char(t, b, final_sigma(s, i) ? 0x3C2 : 0x3C3);
    int n = (how == LOWER ? uni_lower : how == UPPER ? uni_upper : how == TITLE ? uni_title : uni_fold)(c, out);
    for (int k = 0; k < n; k++)
        if (builder_char(t, b, out[k]) < 0) return -1;
    return 0;
}

/* `r` is the record of the character at i. */
static ALWAYS_INLINE int put_mapped(Thread *t, StrBuilder *b, Span s, size_t i, const UniRecord *r, Case how) {
    uint32_t c = span_at(s, i);
    int full = how == LOWER ? r->lower_full : how == UPPER ? r->upper_full : how == TITLE ? r->title_full : r->fold_full;
    if (unlikely(full != 0 || (how == LOWER && c == 0x3A3))) return put_special(t, b, s, i, how);
    c += (uint32_t)(how == UPPER ? r->upper : how == TITLE ? r->title : r->lower);
    if (unlikely(b->length == b->capacity || kind_for(c) > b->kind)) return builder_char(t, b, c);
    unit_put(b->data, b->kind, b->length++, c);
    b->max_char |= c;
    return 0;
}

static Ref finish(Thread *t, StrBuilder *b, int status) {
    if (status == 0) return builder_finish(t, b);
    builder_drop(b);
    return REF_NULL;
}

VECTORIZE static void ascii_to_upper(uint8_t *d, const uint8_t *s, size_t n) {
    for (size_t i = 0; i < n; i++) d[i] = s[i] ^ (uint8_t)(ascii_lower(s[i]) << 5);
}
VECTORIZE static void ascii_to_lower(uint8_t *d, const uint8_t *s, size_t n) {
    for (size_t i = 0; i < n; i++) d[i] = s[i] ^ (uint8_t)(ascii_upper(s[i]) << 5);
}

static Ref ascii_map(Thread *t, Value self, bool upper) {
    Str *s = as(Str, self);
    if (s->length == 0) return ref_new(t, str_empty());
    if (s->length == 1) return str_from_char(t, upper ? s->data[0] ^ ascii_lower(s->data[0]) << 5 : s->data[0] ^ ascii_upper(s->data[0]) << 5);
    Ref r = str_new_uninit(t, s->length, 0x7F);
    if (ref_is_null(r)) return r;
    (upper ? ascii_to_upper : ascii_to_lower)(as(Str, ref_borrow(r))->data, s->data, s->length);
    return r;
}

static ALWAYS_INLINE Ref map_all(Thread *t, Value self, Case first, Case rest) {
    StrBuilder b = STR_BUILDER;
    Span s = span_str(self);
    int status = builder_reserve(t, &b, s.length, s.kind);
    if (status == 0 && s.length > 0) status = put_mapped(t, &b, s, 0, uni_record(span_at(s, 0)), first);
    for (size_t i = 1; i < s.length && status == 0; i++) status = put_mapped(t, &b, s, i, uni_record(span_at(s, i)), rest);
    return finish(t, &b, status);
}

Ref str_upper(Thread *t, Value self, const Value *a) {
    return as(Str, self)->ascii ? ascii_map(t, self, true) : map_all(t, self, UPPER, UPPER);
}
Ref str_casefold(Thread *t, Value self, const Value *a) {
    return as(Str, self)->ascii ? ascii_map(t, self, false) : map_all(t, self, FOLD, FOLD);
}
Ref str_lower(Thread *t, Value self, const Value *a) {
    return as(Str, self)->ascii ? ascii_map(t, self, false) : map_all(t, self, LOWER, LOWER);
}
Ref str_capitalize(Thread *t, Value self, const Value *a) { return map_all(t, self, TITLE, LOWER); }
static Ref ascii_title(Thread *t, Str *s) {
    if (s->length == 0) return ref_new(t, str_empty());
    Ref r = str_new_uninit(t, s->length, 0x7F);
    if (ref_is_null(r)) return r;
    uint8_t *d = as(Str, ref_borrow(r))->data;
    bool inside = false;
    for (size_t i = 0; i < s->length; i++) {
        uint8_t c = s->data[i];
        bool upper = ascii_upper(c), lower = ascii_lower(c);
        d[i] = c ^ (uint8_t)((inside ? upper : lower) << 5);
        inside = upper || lower;
    }
    return r;
}
Ref str_title(Thread *t, Value self, const Value *a) {
    if (as(Str, self)->ascii) return ascii_title(t, as(Str, self));
    StrBuilder b = STR_BUILDER;
    Span s = span_str(self);
    int status = builder_reserve(t, &b, s.length, s.kind);
    bool inside = false;
    for (size_t i = 0; i < s.length && status == 0; i++) {
        const UniRecord *r = uni_record(span_at(s, i));
        status = inside ? put_mapped(t, &b, s, i, r, LOWER) : put_mapped(t, &b, s, i, r, TITLE);
        inside = (r->flags & UNI_CASED) != 0;
    }
    return finish(t, &b, status);
}
Ref str_swapcase(Thread *t, Value self, const Value *a) {
    StrBuilder b = STR_BUILDER;
    Span s = span_str(self);
    int status = builder_reserve(t, &b, s.length, s.kind);
    for (size_t i = 0; i < s.length && status == 0; i++) {
        const UniRecord *r = uni_record(span_at(s, i));
        if (r->flags & UNI_UPPER) status = put_mapped(t, &b, s, i, r, LOWER);
        else if (r->flags & UNI_LOWER) status = put_mapped(t, &b, s, i, r, UPPER);
        else status = builder_char(t, &b, span_at(s, i));
    }
    return finish(t, &b, status);
}

/* ---- predicates ------------------------------------------------------------------------------------------------ */
Ref str_isascii(Thread *t, Value self, const Value *a) { return ref_bool(as(Str, self)->ascii); }

/* ascii: the same as test, of characters below 128 */
#define ALL_OF(fn, test, ascii)                                                                    \
    Ref fn(Thread *t, Value self, const Value *a) {                                                \
        Span s = span_str(self);                                                                   \
        for (size_t i = 0; i < s.length; i++) {                                                    \
            uint32_t c = span_at(s, i);                                                            \
            if (!(c < 128 ? ascii(c) : test(c))) return REF_FALSE;                                 \
        }                                                                                          \
        return ref_bool(s.length > 0);                                                             \
    }
#define ASCII_SPACE(c) ((c) == ' ' || (c) - 9 <= 13 - 9 || (c) - 28 <= 31 - 28)
#define ASCII_DIGIT(c) ((c) - '0' <= 9)
#define ASCII_LETTER(c) (((c) | 32) - 'a' <= 'z' - 'a')
#define ASCII_ALNUM(c) (ASCII_DIGIT(c) || ASCII_LETTER(c))
ALL_OF(str_isspace, uni_isspace, ASCII_SPACE)
ALL_OF(str_isdecimal, uni_isdecimal, ASCII_DIGIT)
ALL_OF(str_isdigit, uni_isdigit, ASCII_DIGIT)
ALL_OF(str_isnumeric, uni_isnumeric, ASCII_DIGIT)
ALL_OF(str_isalpha, uni_isalpha, ASCII_LETTER)
ALL_OF(str_isalnum, uni_isalnum, ASCII_ALNUM)

Ref str_isprintable(Thread *t, Value self, const Value *a) {
    Span s = span_str(self);
    for (size_t i = 0; i < s.length; i++)
        if (!uni_isprintable(span_at(s, i))) return REF_FALSE;
    return REF_TRUE;
}
Ref str_isidentifier(Thread *t, Value self, const Value *a) {
    Span s = span_str(self);
    if (s.length == 0 || !(uni_isidstart(span_at(s, 0)) || span_at(s, 0) == '_')) return REF_FALSE;
    for (size_t i = 1; i < s.length; i++)
        if (!uni_isidcontinue(span_at(s, i))) return REF_FALSE;
    return REF_TRUE;
}
Ref str_islower(Thread *t, Value self, const Value *a) {
    Span s = span_str(self);
    bool found = false;
    for (size_t i = 0; i < s.length; i++) {
        uint32_t c = span_at(s, i);
        if (uni_isupper(c) || uni_istitle(c)) return REF_FALSE;
        found = found || uni_islower(c);
    }
    return ref_bool(found);
}
Ref str_isupper(Thread *t, Value self, const Value *a) {
    Span s = span_str(self);
    bool found = false;
    for (size_t i = 0; i < s.length; i++) {
        uint32_t c = span_at(s, i);
        if (uni_islower(c) || uni_istitle(c)) return REF_FALSE;
        found = found || uni_isupper(c);
    }
    return ref_bool(found);
}
Ref str_istitle(Thread *t, Value self, const Value *a) {
    Span s = span_str(self);
    bool found = false, inside = false;
    for (size_t i = 0; i < s.length; i++) {
        uint32_t c = span_at(s, i);
        if (uni_isupper(c) || uni_istitle(c)) {
            if (inside) return REF_FALSE;
            inside = found = true;
        } else if (uni_islower(c)) {
            if (!inside) return REF_FALSE;
            found = true;
        } else {
            inside = false;
        }
    }
    return ref_bool(found);
}
