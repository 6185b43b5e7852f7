/* unicodedata: character properties, names and normalization; ucd_3_2_0 is the same data as Unicode 3.2 had it. */
#include "runtime/abstract.h"
#include "runtime/float.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/text.h"
#include "runtime/unicode_data.h"
#include <strings.h>

typedef struct Ucd { Object base; } Ucd;
extern Type ucd_type;

/* Functions serve as the module's and as methods of the 3.2 database. */
static bool old_version(Value self) { return !value_is_null(self) && is_exact(self, &ucd_type); }
static const UniRecord *record(Value self, uint32_t c) {
    const UniRecord *r = uni_record(c);
    return old_version(self) && !(r->flags & UNI_AGE_3_2) ? uni_record(0x10FFFE) : r;
}

static int char_arg(Thread *t, const char *function, const char *what, Value v, uint32_t *c) {
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "%s() argument%s must be a unicode character, not %G", function, what, v));
    if (str_length(v) != 1) return err_int(err_set(t, E_TypeError, "%s() argument%s must be a unicode character, not str", function, what));
    *c = str_at(as(Str, v), 0);
    return 0;
}
#define CHAR(function, what)                                                                       \
    uint32_t c;                                                                                    \
    if (char_arg(t, function, what, a[0], &c) < 0) return REF_NULL;                                \
    const UniRecord *r = record(self, c)

static Ref or_default(Thread *t, Value dflt, const char *message) {
    return value_is_null(dflt) ? err_set(t, E_ValueError, "%s", message) : ref_new(t, dflt);
}
static Ref decimal(Thread *t, Value self, const Value *a) {
    CHAR("decimal", " 1");
    return r->decimal >= 0 ? ref_small_int(r->decimal) : or_default(t, a[1], "not a decimal");
}
static Ref digit(Thread *t, Value self, const Value *a) {
    CHAR("digit", " 1");
    return r->digit >= 0 ? ref_small_int(r->digit) : or_default(t, a[1], "not a digit");
}
static Ref numeric(Thread *t, Value self, const Value *a) {
    CHAR("numeric", " 1");
    return r->numeric >= 0 ? float_new(t, uni_numeric_value(c)) : or_default(t, a[1], "not a numeric character");
}
static Ref category(Thread *t, Value self, const Value *a) {
    CHAR("category", "");
    return str_from_cstr(t, uni_category_name(r));
}
static Ref bidirectional(Thread *t, Value self, const Value *a) {
    CHAR("bidirectional", "");
    return str_from_cstr(t, uni_bidirectional_name(r));
}
static Ref combining(Thread *t, Value self, const Value *a) {
    CHAR("combining", "");
    return ref_small_int(r->combining);
}
static Ref mirrored(Thread *t, Value self, const Value *a) {
    CHAR("mirrored", "");
    return ref_small_int((r->flags & UNI_MIRRORED) != 0);
}
static Ref east_asian_width(Thread *t, Value self, const Value *a) {
    CHAR("east_asian_width", "");
    return str_from_cstr(t, uni_width_name(r));
}
static Ref decomposition(Thread *t, Value self, const Value *a) {
    CHAR("decomposition", "");
    const char *tag;
    const uint32_t *to;
    int n = r->category == 0 ? 0 : uni_decomposition(c, &tag, &to);
    StrBuilder b = STR_BUILDER;
    int status = n > 0 && tag != NULL ? builder_cstr(t, &b, tag) : 0;
    for (int i = 0; i < n && status == 0; i++) status = builder_format(t, &b, i > 0 || tag != NULL ? " %04X" : "%04X", to[i]);
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
static Ref name(Thread *t, Value self, const Value *a) {
    CHAR("name", " 1");
    char text[128];
    if (r->category != 0 && uni_name(c, text)) return str_from_cstr(t, text);
    return or_default(t, a[1], "no such name");
}
static Ref lookup(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "lookup() argument must be str, not %G", a[0]);
    size_t n;
    uint32_t c[4];
    const char *text = str_utf8(t, a[0], &n);
    if (text == NULL) return REF_NULL;
    if (n > 256) return err_set(t, E_KeyError, "name too long");
    int count = uni_lookup_sequence(text, n, c);
    if (old_version(self)) { /* aliases and sequences came later */
        char plain[128];
        if (count != 1 || !uni_name(c[0], plain) || strcasecmp(plain, text) != 0) count = 0;
    }
    if (count == 0 || (count == 1 && record(self, c[0])->category == 0)) return err_set(t, E_KeyError, "undefined character name '%s'", text);
    return str_from_ucs4(t, c, (size_t)count);
}

/* ---- normalization --------------------------------------------------------------------------------------------------- */
static int form_arg(Thread *t, Value v, UniForm *form) {
    static const char *const forms[] = {[UNI_NFD] = "NFD", [UNI_NFC] = "NFC", [UNI_NFKD] = "NFKD", [UNI_NFKC] = "NFKC"};
    for (int i = 0; i < 4; i++)
        if (str_equal_ascii(v, forms[i])) {
            *form = (UniForm)i;
            return 0;
        }
    return err_int(err_set(t, E_ValueError, "invalid normalization form"));
}
/* 1 normalized, 0 not, -1 perhaps: the quick check of Unicode Standard Annex 15 */
static int quick_check(UniForm form, Value text) {
    Span s = span_str(text);
    int answer = 1, last = 0;
    if (as(Str, text)->ascii || (form == UNI_NFC && s.kind == 1)) return 1;
    for (size_t i = 0; i < s.length; i++) {
        uint32_t c = span_at(s, i);
        int class = uni_record(c)->combining, q = uni_quick_check(form, c);
        if ((class != 0 && last > class) || q == 0) return 0;
        if (q < 0) answer = -1;
        last = class;
    }
    return answer;
}
static Ref normalized(Thread *t, Value self, UniForm form, Value text) {
    Span s = span_str(text);
    uint32_t *points = mem_alloc((s.length + 1) * 4);
    if (points == NULL) return err_no_memory(t);
    units_copy(points, 4, s.data, s.kind, s.length);
    /* What 3.2 didn't know stays as it is, and separates what is normalized. */
    StrBuilder b = STR_BUILDER;
    int status = 0;
    for (size_t i = 0; i < s.length && status == 0;) {
        size_t end = i, n;
        if (!old_version(self)) end = s.length;
        else while (end < s.length && record(self, points[end])->category != 0) end++;
        uint32_t *out = uni_normalize(form, points + i, end - i, &n);
        if (out == NULL) status = err_int(err_no_memory(t));
        for (size_t k = 0; status == 0 && k < n; k++) status = builder_char(t, &b, out[k]);
        mem_free(out);
        if (status == 0 && end < s.length) status = builder_char(t, &b, points[end++]);
        i = end;
    }
    mem_free(points);
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
static int normalize_args(Thread *t, const char *function, const Value *a, UniForm *form) {
    for (int i = 0; i < 2; i++)
        if (!is_str(a[i])) return err_int(err_set(t, E_TypeError, "%s() argument %d must be str, not %G", function, i + 1, a[i]));
    return str_length(a[1]) == 0 ? 0 : form_arg(t, a[0], form);
}
static Ref normalize(Thread *t, Value self, const Value *a) {
    UniForm form = UNI_NFC;
    if (normalize_args(t, "normalize", a, &form) < 0) return REF_NULL;
    if (str_length(a[1]) == 0 || quick_check(form, a[1]) == 1) return ref_new(t, a[1]);
    return normalized(t, self, form, a[1]);
}
static Ref is_normalized(Thread *t, Value self, const Value *a) {
    UniForm form = UNI_NFC;
    if (normalize_args(t, "is_normalized", a, &form) < 0) return REF_NULL;
    if (str_length(a[1]) == 0) return REF_TRUE;
    int quick = quick_check(form, a[1]);
    if (quick >= 0 && !old_version(self)) return ref_bool(quick);
    Ref r = normalized(t, self, form, a[1]);
    if (ref_is_null(r)) return r;
    bool same = str_equal(as(Str, ref_borrow(r)), as(Str, a[1]));
    ref_drop(t, r);
    return ref_bool(same);
}

#define UCD_FUNCTIONS                                                                                                         \
    FN("decimal", "($self, chr, default=<unrepresentable>, /)", decimal, "The decimal value of a character, as an int."),     \
    FN("digit", "($self, chr, default=<unrepresentable>, /)", digit, "The digit value of a character, as an int."),           \
    FN("numeric", "($self, chr, default=<unrepresentable>, /)", numeric, "The numeric value of a character, as a float."),    \
    FN("category", "($self, chr, /)", category, "The general category of a character."),                                      \
    FN("bidirectional", "($self, chr, /)", bidirectional, "The bidirectional class of a character."),                         \
    FN("combining", "($self, chr, /)", combining, "The canonical combining class of a character, as an int."),                \
    FN("mirrored", "($self, chr, /)", mirrored, "1 if a character is mirrored in bidirectional text, else 0."),               \
    FN("east_asian_width", "($self, chr, /)", east_asian_width, "The East Asian width of a character."),                      \
    FN("decomposition", "($self, chr, /)", decomposition, "The decomposition mapping of a character."),                       \
    FN("name", "($self, chr, default=<unrepresentable>, /)", name, "The name of a character."),                               \
    FN("lookup", "($self, name, /)", lookup, "The character or sequence of this name."),                                      \
    FN("is_normalized", "($self, form, unistr, /)", is_normalized, "Whether text is in a normal form."),                      \
    FN("normalize", "($self, form, unistr, /)", normalize, "Text in a normal form: NFC, NFKC, NFD or NFKD.")
static NativeDef functions[] = {UCD_FUNCTIONS, FN_END}, methods[] = {UCD_FUNCTIONS, FN_END};

static Ref old_unidata_version(Thread *t, Value self, void *closure) { return str_from_cstr(t, "3.2.0"); }
static const GetSetDef getset[] = {{"unidata_version", old_unidata_version, NULL, "Version of the data."}, {NULL}};
Type ucd_type = {
    TYPE_HEADER(Ucd, TYPE_NO_INSTANTIATION, NULL, NULL, NULL),
    .name = "unicodedata.UCD",
    .methods = methods,
    .getset = getset,
};

int module_init_unicodedata(Thread *t, Value module) {
    if (module_add_functions(t, module, functions) < 0 || module_add_cstr(t, module, "unidata_version", "14.0.0") < 0 ||
        module_add_type(t, module, &ucd_type) < 0)
        return -1;
    return module_set_steal(t, module, "ucd_3_2_0", ref_steal(object_new(Ucd, t, &ucd_type)));
}
