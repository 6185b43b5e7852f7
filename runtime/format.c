/* format(value, spec): the mini-language [[fill]align][sign][z][#][0][width][grouping][.precision][type] for str, int, float, complex. */
#include "runtime/abstract.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/text.h"
#include <limits.h>
#include <locale.h>
#include <math.h>

typedef struct Spec {
    uint32_t fill, align, sign, type; /* 0: not given (fill: a blank) */
    uint32_t thousands;               /* ',' or '_' */
    bool alt, no_neg_zero, align_given;
    int64_t width, precision;         /* -1: none */
} Spec;

/* ---- parsing ------------------------------------------------------------------------------------------------------ */
static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

static int parse_number(Thread *t, Span s, size_t *at, int64_t *out) {
    int64_t n = 0;
    size_t i = *at;
    for (; i < s.length; i++) {
        int digit = uni_decimal(span_at(s, i));
        if (digit < 0) break;
        if (n > (PTRDIFF_MAX - digit) / 10) return err_int(err_set(t, E_ValueError, "Too many decimal digits in format string"));
        n = n * 10 + digit;
    }
    if (i > *at) *out = n;
    *at = i;
    return 0;
}

static int check_thousands(Thread *t, const Spec *f) {
    switch (f->type) {
    case 'd': case 'e': case 'f': case 'g': case 'E': case 'G': case '%': case 'F': case 0: return 0;
    case 'b': case 'o': case 'x': case 'X':
        if (f->thousands == '_') return 0;
    }
    if (f->type > 32 && f->type < 128)
        return err_int(err_set(t, E_ValueError, "Cannot specify '%c' with '%c'.", (int)f->thousands, (int)f->type));
    return err_int(err_set(t, E_ValueError, "Cannot specify '%c' with '\\x%x'.", (int)f->thousands, f->type));
}

static int parse_spec(Thread *t, Value spec, Value object, uint32_t default_type, uint32_t default_align, Spec *f) {
    Span s = span_str(spec);
    size_t i = 0, n = s.length;
    bool fill_given = false;
    *f = (Spec){.fill = ' ', .align = default_align, .type = default_type, .width = -1, .precision = -1};
#define AT(k) (i + (k) < n ? span_at(s, i + (k)) : 0)
    if (n - i >= 2 && is_align(AT(1))) {
        f->fill = AT(0);
        f->align = AT(1);
        fill_given = f->align_given = true;
        i += 2;
    } else if (n - i >= 1 && is_align(AT(0))) {
        f->align = AT(0);
        f->align_given = true;
        i++;
    }
    if (AT(0) == '+' || AT(0) == '-' || AT(0) == ' ') f->sign = AT(0), i++;
    if (AT(0) == 'z') f->no_neg_zero = true, i++;
    if (AT(0) == '#') f->alt = true, i++;
    if (!fill_given && AT(0) == '0') {
        f->fill = '0';
        if (!f->align_given && default_align == '>') f->align = '=';
        i++;
    }
    if (parse_number(t, s, &i, &f->width) < 0) return -1;
    if (AT(0) == ',') f->thousands = ',', i++;
    if (AT(0) == '_') {
        if (f->thousands) goto both;
        f->thousands = '_';
        i++;
    }
    if (AT(0) == ',' && f->thousands == '_') goto both;
    if (AT(0) == '.') {
        i++;
        if (parse_number(t, s, &i, &f->precision) < 0) return -1;
        if (f->precision < 0) return err_int(err_set(t, E_ValueError, "Format specifier missing precision"));
    }
    if (n - i > 1)
        return err_int(err_set(t, E_ValueError, "Invalid format specifier '%V' for object of type '%.200T'", spec, object));
    if (n - i == 1) f->type = AT(0);
#undef AT
    return f->thousands ? check_thousands(t, f) : 0;
both:
    return err_int(err_set(t, E_ValueError, "Cannot specify both ',' and '_'."));
}

static Ref unknown_type(Thread *t, uint32_t type, Value object) {
    if (type > 32 && type < 128) return err_set(t, E_ValueError, "Unknown format code '%c' for object of type '%.200T'", (int)type, object);
    return err_set(t, E_ValueError, "Unknown format code '\\x%x' for object of type '%.200T'", type, object);
}

/* ---- padding and grouping --------------------------------------------------------------------------------------------- */
static void pad_widths(const Spec *f, int64_t size, int64_t *left, int64_t *right) {
    int64_t room = f->width > size ? f->width - size : 0;
    *left = f->align == '>' ? room : f->align == '^' ? room / 2 : 0;
    *right = f->align == '=' ? 0 : room - *left;
}

/* How digits are grouped, and what stands for the point. sizes as in struct lconv: the last one repeats, CHAR_MAX ends. */
typedef struct Locale { const char *sizes; Ref separator, point; } Locale;

static int locale_get(Thread *t, const Spec *f, Locale *l) {
    const char *separator = f->thousands == ',' ? "," : "_", *point = ".";
    l->sizes = !f->thousands ? "" : f->type == 'b' || f->type == 'o' || f->type == 'x' || f->type == 'X' ? "\4" : "\3";
    if (f->type == 'n') {
        struct lconv *c = localeconv();
        l->sizes = c->grouping;
        separator = c->thousands_sep;
        point = c->decimal_point;
    }
    if (f->type != 'n') { /* single characters: constants */
        l->separator = f->thousands ? str_from_char(t, (uint8_t)*separator) : ref_new(t, str_empty());
        l->point = str_from_char(t, '.');
        return 0;
    }
    l->separator = str_decode(t, separator, strlen(separator), "utf-8", "surrogateescape");
    l->point = str_decode(t, point, strlen(point), "utf-8", "surrogateescape");
    return ref_is_null(l->separator) || ref_is_null(l->point) ? -1 : 0;
}
static void locale_done(Thread *t, Locale *l) {
    ref_drop(t, l->separator);
    ref_drop(t, l->point);
}

/* Number of separators among n digits. */
static int64_t separators(const char *sizes, int64_t n) {
    int64_t count = 0;
    const char *p = sizes;
    int size = 0;
    for (;;) {
        if (*p != 0) size = (unsigned char)*p++;
        if (size == 0 || size == CHAR_MAX || n <= size) return count;
        n -= size;
        count++;
    }
}
/* Digits of group g, counted from the right. */
static int64_t group_size(const char *sizes, int64_t g) {
    int64_t n = (int64_t)strlen(sizes);
    return (unsigned char)sizes[g < n ? g : n - 1];
}

typedef struct Number {
    char sign;             /* 0: none */
    const char *prefix;
    const char *digits;    /* before the point */
    int64_t ndigits;
    bool point;
    const char *rest;      /* behind the point, or what isn't digits at all */
    int64_t nrest;
} Number;

static int put_number(Thread *t, StrBuilder *b, const Spec *f, const Number *x, const Locale *l) {
    int64_t separator = (int64_t)str_length(ref_borrow(l->separator));
    int64_t fixed = (x->sign != 0) + (int64_t)strlen(x->prefix) + x->nrest + (x->point ? (int64_t)str_length(ref_borrow(l->point)) : 0);
    int64_t digits = x->ndigits, left, right;
    if (f->fill == '0' && f->align == '=' && digits > 0) { /* zeros are grouped too; never a separator first. Without digits (inf, nan) they only fill. */
        int64_t want = f->width - fixed;
        if (separator == 0 || *l->sizes == 0) digits = want > digits ? want : digits;
        else
            for (int64_t high = want; digits < high;) { /* the least number of digits that fills the width */
                int64_t mid = digits + (high - digits) / 2;
                if (mid + separator * separators(l->sizes, mid) < want) digits = mid + 1;
                else high = mid;
            }
    }
    int64_t size = fixed + digits + separator * (separator ? separators(l->sizes, digits) : 0);
    pad_widths(f, size, &left, &right);
    if (builder_fill(t, b, f->fill, left) < 0) return -1;
    if (x->sign && builder_char(t, b, (uint8_t)x->sign) < 0) return -1;
    if (builder_cstr(t, b, x->prefix) < 0) return -1;
    if (f->align == '=' && builder_fill(t, b, f->fill, f->width - size) < 0) return -1;
    int64_t group = separator ? separators(l->sizes, digits) : 0, left_groups = group, next = digits; /* next: digits until the separator */
    for (int64_t g = 0; g < group; g++) next -= group_size(l->sizes, g);
    if (group == 0) {
        if (builder_fill(t, b, '0', digits - x->ndigits) < 0 || builder_ascii(t, b, x->digits, (size_t)x->ndigits) < 0) return -1;
    }
    for (int64_t i = 0; group > 0 && i < digits; i++) {
        if (next-- == 0) {
            if (builder_str(t, b, ref_borrow(l->separator)) < 0) return -1;
            next = group_size(l->sizes, --left_groups) - 1;
        }
        int64_t own = i - (digits - x->ndigits);
        if (builder_char(t, b, own < 0 ? '0' : (uint8_t)x->digits[own]) < 0) return -1;
    }
    if (x->point && builder_str(t, b, ref_borrow(l->point)) < 0) return -1;
    if (builder_ascii(t, b, x->rest, (size_t)x->nrest) < 0) return -1;
    return builder_fill(t, b, f->fill, right);
}

static Ref finish(Thread *t, StrBuilder *b, int status) {
    if (status == 0) return builder_finish(t, b);
    builder_drop(b);
    return REF_NULL;
}

static Ref padded_text(Thread *t, const Spec *f, Value text, size_t n) {
    int64_t left, right;
    uint8_t room[128];
    StrBuilder b = STR_BUILDER_ON(room);
    pad_widths(f, (int64_t)n, &left, &right);
    if (left + right == 0 && n == str_length(text)) return str_exact(t, text);
    size_t size = n + (size_t)left + (size_t)right;
    if (as(Str, text)->ascii && f->fill < 0x80 && size > 1 && size < 256) { /* in one go */
        Str *s = str_alloc_ascii(t, size);
        if (s == NULL) return REF_NULL;
        memset(s->data, (int)f->fill, size);
        copy_short(s->data + left, as(Str, text)->data, n);
        return ref_steal(s);
    }
    int status = builder_fill(t, &b, f->fill, left);
    if (status == 0) status = builder_slice(t, &b, text, 0, n);
    if (status == 0) status = builder_fill(t, &b, f->fill, right);
    return finish(t, &b, status);
}

/* ---- str ------------------------------------------------------------------------------------------------------------------ */
Ref str_format_spec(Thread *t, Value s, Value spec) {
    Spec f;
    if (str_length(spec) == 0) return str_exact(t, s);
    if (parse_spec(t, spec, s, 's', '<', &f) < 0) return REF_NULL;
    if (f.type != 's') return unknown_type(t, f.type, s);
    if (f.sign)
        return err_set(t, E_ValueError, "%s not allowed in string format specifier", f.sign == ' ' ? "Space" : "Sign");
    if (f.no_neg_zero) return err_set(t, E_ValueError, "Negative zero coercion (z) not allowed in string format specifier");
    if (f.alt) return err_set(t, E_ValueError, "Alternate form (#) not allowed in string format specifier");
    if (f.align == '=') return err_set(t, E_ValueError, "'=' alignment not allowed in string format specifier");
    size_t n = str_length(s);
    if (f.precision >= 0 && (size_t)f.precision < n) n = (size_t)f.precision;
    return padded_text(t, &f, s, n);
}

/* ---- float ------------------------------------------------------------------------------------------------------------------ */
static char sign_char(const Spec *f, bool negative) {
    return negative ? '-' : f->sign == '+' ? '+' : f->sign == ' ' ? ' ' : 0;
}

static bool all_zero(const char *s) {
    for (; *s && *s != 'e' && *s != 'E'; s++)
        if (*s != '0' && *s != '.') return false;
    return true;
}

/* The digits of d by f, split for put_number. *text owns them. */
static int float_number(Thread *t, double d, const Spec *f, char code, int flags, Number *x, char **text) {
    int64_t precision = f->precision;
    if (precision > INT_MAX) return err_int(err_set(t, E_ValueError, "precision too big"));
    bool upper = code == 'E' || code == 'F' || code == 'G', percent = code == '%';
    if (code == 'n') code = 'g';
    if (percent) {
        d *= 100;
        code = 'f';
    }
    if (precision < 0) precision = code == 'r' ? 0 : 6;
    else if (code == 'r') code = 'g';
    char *s = double_to_text(d, upper ? code + 32 : code, (int)precision, flags | (f->alt ? DOUBLE_ALT : 0));
    if (s == NULL) return err_int(err_no_memory(t));
    if (percent) {
        size_t n = strlen(s);
        char *longer = mem_realloc(s, n + 2);
        if (longer == NULL) {
            mem_free(s);
            return err_int(err_no_memory(t));
        }
        s = longer;
        memcpy(s + n, "%", 2);
    }
    *text = s;
    for (char *p = s; upper && *p; p++) *p = *p >= 'a' && *p <= 'z' ? *p - 32 : *p;
    bool negative = *s == '-';
    if (negative) s++;
    if (negative && f->no_neg_zero && *s >= '0' && *s <= '9') {
        char last = percent ? s[strlen(s) - 1] : 0;
        if (percent) s[strlen(s) - 1] = 0;
        negative = !all_zero(s);
        if (percent) s[strlen(s)] = last;
    }
    size_t digits = strspn(s, "0123456789");
    *x = (Number){.sign = sign_char(f, negative), .prefix = "", .digits = s, .ndigits = (int64_t)digits, .point = s[digits] == '.'};
    x->rest = s + digits + x->point;
    if (f->alt && code == 'r' && digits > 0) x->point = true; /* "1.e+16" */
    x->nrest = (int64_t)strlen(x->rest);
    return 0;
}

static Ref format_double(Thread *t, double d, const Spec *f) {
    char code = f->type ? (char)f->type : 'r';
    Number x;
    char *text;
    Locale l = {0};
    uint8_t room[128];
    StrBuilder b = STR_BUILDER_ON(room);
    if (float_number(t, d, f, code, f->type ? 0 : DOUBLE_DOT_0, &x, &text) < 0) return REF_NULL;
    int status = locale_get(t, f, &l);
    if (status == 0) status = put_number(t, &b, f, &x, &l);
    locale_done(t, &l);
    mem_free(text);
    return finish(t, &b, status);
}

static bool is_float_type(uint32_t c) { return c == 'e' || c == 'E' || c == 'f' || c == 'F' || c == 'g' || c == 'G' || c == 'n' || c == '%'; }

Ref float_format(Thread *t, Value v, Value spec) {
    Spec f;
    if (str_length(spec) == 0) return object_str(t, v);
    if (parse_spec(t, spec, v, 0, '>', &f) < 0) return REF_NULL;
    if (f.type != 0 && !is_float_type(f.type)) return unknown_type(t, f.type, v);
    return format_double(t, float_value(v), &f);
}

/* ---- int --------------------------------------------------------------------------------------------------------------------- */
static Ref format_char(Thread *t, Value v, const Spec *f) {
    int64_t c;
    if (f->sign) return err_set(t, E_ValueError, "Sign not allowed with integer format specifier 'c'");
    if (f->alt) return err_set(t, E_ValueError, "Alternate form (#) not allowed with integer format specifier 'c'");
    if (int_try_i64(v, &c) < 0) return err_set(t, E_OverflowError, "Python int too large to convert to C long");
    if (c < 0 || c > 0x10FFFF) return err_set(t, E_OverflowError, "%%c arg not in range(0x110000)");
    Ref text = str_from_char(t, (uint32_t)c), r = REF_NULL;
    if (ref_is_null(text)) return text;
    Spec g = *f;
    uint8_t room[128];
    StrBuilder b = STR_BUILDER_ON(room);
    if (g.align == '=') { /* no sign: fill first */
        int status = builder_fill(t, &b, g.fill, g.width - 1);
        if (status == 0) status = builder_char(t, &b, (uint32_t)c);
        r = finish(t, &b, status);
    } else {
        r = padded_text(t, &g, ref_borrow(text), 1);
    }
    ref_drop(t, text);
    return r;
}

Ref int_format(Thread *t, Value v, Value spec) {
    Spec f;
    if (str_length(spec) == 0) return object_str(t, v);
    if (parse_spec(t, spec, v, 'd', '>', &f) < 0) return REF_NULL;
    int base = 10;
    switch (f.type) {
    case 'b': base = 2; break;
    case 'o': base = 8; break;
    case 'x': case 'X': base = 16; break;
    case 'd': case 'n': case 'c': break;
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case '%': {
        double d = int_as_double(t, v);
        return d == -1.0 && err_pending(t) ? REF_NULL : format_double(t, d, &f);
    }
    default: return unknown_type(t, f.type, v);
    }
    if (f.precision >= 0) return err_set(t, E_ValueError, "Precision not allowed in integer format specifier");
    if (f.no_neg_zero) return err_set(t, E_ValueError, "Negative zero coercion (z) not allowed in integer format specifier");
    if (f.type == 'c') return format_char(t, v, &f);
    Ref text = int_to_text(t, v, base, false);
    if (ref_is_null(text)) return text;
    char *digits = (char *)as(Str, ref_borrow(text))->data, *upper = NULL;
    size_t n = str_length(ref_borrow(text));
    bool negative = *digits == '-';
    if (negative) digits++, n--;
    Locale l = {0};
    uint8_t room[128];
    StrBuilder b = STR_BUILDER_ON(room);
    int status = -1;
    if (f.type == 'X') { /* the text may be a shared constant */
        upper = mem_alloc(n + 1);
        if (upper == NULL) {
            err_no_memory(t);
            goto done;
        }
        for (size_t i = 0; i < n; i++) upper[i] = digits[i] >= 'a' ? digits[i] - 32 : digits[i];
        digits = upper;
    }
    const char *prefix = !f.alt ? "" : base == 2 ? "0b" : base == 8 ? "0o" : f.type == 'x' ? "0x" : f.type == 'X' ? "0X" : "";
    Number x = {.sign = sign_char(&f, negative), .prefix = prefix, .digits = digits, .ndigits = (int64_t)n, .rest = ""};
    if (locale_get(t, &f, &l) == 0) status = put_number(t, &b, &f, &x, &l);
done:
    locale_done(t, &l);
    mem_free(upper);
    ref_drop(t, text);
    return finish(t, &b, status);
}

/* ---- complex -------------------------------------------------------------------------------------------------------------------- */
Ref complex_format(Thread *t, Value v, Value spec) {
    Spec f;
    if (str_length(spec) == 0) return object_str(t, v);
    if (parse_spec(t, spec, v, 0, '>', &f) < 0) return REF_NULL;
    if (f.type != 0 && (!is_float_type(f.type) || f.type == '%')) return unknown_type(t, f.type, v);
    if (f.fill == '0') return err_set(t, E_ValueError, "Zero padding is not allowed in complex format specifier");
    if (f.align == '=') return err_set(t, E_ValueError, "'=' alignment flag is not allowed in complex format specifier");
    double re = as(Complex, v)->real, im = as(Complex, v)->imag;
    bool bare = f.type == 0, skip_re = bare && re == 0 && !signbit(re), parens = bare && !skip_re;
    char code = bare ? 'r' : (char)f.type, *texts[2] = {NULL, NULL};
    Spec part = f; /* the parts aren't padded, the whole is */
    part.width = -1;
    part.align = '<';
    part.fill = ' ';
    Number x;
    Locale l = {0};
    uint8_t room[128];
    StrBuilder b = STR_BUILDER_ON(room);
    int status = locale_get(t, &f, &l);
    if (status == 0 && parens) status = builder_char(t, &b, '(');
    if (status == 0 && !skip_re && (status = float_number(t, re, &part, code, 0, &x, &texts[0])) == 0)
        status = put_number(t, &b, &part, &x, &l);
    if (!skip_re) part.sign = '+';
    if (status == 0 && (status = float_number(t, im, &part, code, 0, &x, &texts[1])) == 0) status = put_number(t, &b, &part, &x, &l);
    if (status == 0) status = builder_char(t, &b, 'j');
    if (status == 0 && parens) status = builder_char(t, &b, ')');
    mem_free(texts[0]);
    mem_free(texts[1]);
    locale_done(t, &l);
    Ref whole = finish(t, &b, status);
    if (ref_is_null(whole)) return whole;
    Ref r = padded_text(t, &f, ref_borrow(whole), str_length(ref_borrow(whole)));
    ref_drop(t, whole);
    return r;
}
