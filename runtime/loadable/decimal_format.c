/* format(Decimal, spec). The grammar: [[fill]align][sign][z][0][width][,][.precision][type], type one of e E f F g G n N %. See decimal.h. */
#include "runtime/loadable/decimal.h"
#include "runtime/text.h"
#include <limits.h>
#include <locale.h>
#include <stdio.h>

typedef struct Spec {
    uint32_t fill, align, sign;      /* align 'z': zeros between sign and digits */
    int64_t width, precision;        /* precision -1: none */
    char type;                       /* e f g % */
    bool upper, no_neg_zero;
    Ref point, separator;            /* str */
    char grouping[64];               /* as in struct lconv */
} Spec;

#define WIDTH_MAX (INT64_C(1) << 50)

/* ---- the specification ---------------------------------------------------------------------------------------------------------------------- */

static bool is_align(uint32_t c) { return c == '<' || c == '>' || c == '=' || c == '^'; }

/* A specification without the z that may stand behind alignment and sign: without it, the rest must be one by itself. */
typedef struct SpecText { Span s; size_t z, length; } SpecText;
static uint32_t spec_at(const SpecText *x, size_t i) { return i < x->length ? span_at(x->s, i + (i >= x->z)) : 0; }
static SpecText spec_text(Value text) {
    SpecText x = {span_str(text), SIZE_MAX, str_length(text)};
    size_t i = is_align(spec_at(&x, 1)) ? 2 : is_align(spec_at(&x, 0)) ? 1 : 0;
    if (spec_at(&x, i) == '+' || spec_at(&x, i) == '-' || spec_at(&x, i) == ' ') i++;
    if (spec_at(&x, i) == 'z') {
        x.z = i;
        x.length--;
    }
    return x;
}

static bool read_number(const SpecText *s, size_t *at, int64_t *out) {
    int64_t n = 0;
    size_t i = *at;
    for (; i < s->length && spec_at(s, i) - '0' < 10; i++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, (int64_t)(spec_at(s, i) - '0'), &n)) return false;
    if (i == *at) return false;
    *at = i;
    *out = n;
    return n < MAX_PREC;
}

/* Reads the text. 1; 0: malformed. *locale: of type n, *thousands: with a comma */
static int read_spec(Value text, bool capitals, Spec *f, bool *locale, bool *thousands) {
    SpecText s = spec_text(text);
    size_t i = 0, n = s.length;
    bool aligned = true;
    f->no_neg_zero = s.z != SIZE_MAX;
    *locale = *thousands = false;
#define AT(k) spec_at(&s, i + (k))
    if (is_align(AT(1))) {
        f->fill = AT(0);
        f->align = AT(1);
        i = 2;
    } else if (is_align(AT(0))) {
        f->align = AT(0);
        i = 1;
    } else {
        aligned = false;
    }
    if (AT(0) == '+' || AT(0) == '-' || AT(0) == ' ') f->sign = AT(0), i++;
    if (AT(0) == '0' && i < n) {
        if (aligned) return 0; /* it implies an alignment, too */
        f->align = 'z';
        f->fill = '0';
        i++;
    }
    if (AT(0) - '0' < 10 && i < n && !read_number(&s, &i, &f->width)) return 0;
    if (AT(0) == ',') *thousands = true, i++;
    if (AT(0) == '.') {
        i++;
        if (!read_number(&s, &i, &f->precision)) return 0;
    }
    if (i == n) {
        f->type = 'g';
        f->upper = capitals;
        return 1;
    }
    if (n - i != 1) return 0;
    switch (AT(0)) {
    case 'E': case 'F': case 'G': f->upper = true; /* fall through */
    case 'e': case 'f': case 'g': f->type = (char)(AT(0) | 0x20); return 1;
    case '%': f->type = '%'; return 1;
    case 'N': f->upper = true; /* fall through */
    case 'n':
        f->type = 'g';
        *locale = true;
        return !*thousands;
    default: return 0;
    }
#undef AT
}

static Ref locale_text(Thread *t, const char *s) { return str_decode(t, s, strlen(s), "utf-8", "surrogateescape"); }

static int override_text(Thread *t, Value dict, const char *name, Value *out) {
    Value key = str_intern_cstr(t, name), v = dict_get(t, dict, key);
    if (value_is_null(v)) return err_pending(t) ? -1 : 0;
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "bad argument type for built-in operation"));
    *out = v;
    return 1;
}
static int override_grouping(Thread *t, Value text, Spec *f) {
    size_t n;
    const char *s = str_utf8(t, text, &n);
    if (s == NULL) return -1;
    for (size_t i = 0; i < n; i++)
        if ((signed char)s[i] < 0 || n >= sizeof f->grouping) return err_int(err_set(t, E_ValueError, "invalid override dict"));
    memcpy(f->grouping, s, n + 1);
    return 0;
}
/* decimal_point, thousands_sep and grouping as a dict gives them. pointed: the type has a decimal point of its own; python3.11 insists that one has. */
static int apply_override(Thread *t, Value dict, bool pointed, Spec *f) {
    Value text = VALUE_NULL;
    int found = override_text(t, dict, "decimal_point", &text);
    if (found < 0) return -1;
    if (found) {
        ref_drop(t, f->point);
        f->point = ref_new(t, text);
        pointed = true;
    }
    found = override_text(t, dict, "thousands_sep", &text);
    if (found < 0) return -1;
    if (found) {
        ref_drop(t, f->separator);
        f->separator = ref_new(t, text);
    }
    found = override_text(t, dict, "grouping", &text);
    if (found < 0 || (found && override_grouping(t, text, f) < 0)) return -1;
    size_t n, m;
    if (str_utf8(t, ref_borrow(f->point), &n) == NULL || str_utf8(t, ref_borrow(f->separator), &m) == NULL) return -1;
    if (!pointed || n == 0 || n > 4 || m > 4) return err_int(err_set(t, E_ValueError, "invalid override dict"));
    return 0;
}

static int spec_prepare(Thread *t, Value text, Value override, bool capitals, Spec *f) {
    bool locale, thousands;
    *f = (Spec){.fill = ' ', .align = '>', .sign = '-', .precision = -1};
    if (!read_spec(text, capitals, f, &locale, &thousands)) return err_int(err_set(t, E_ValueError, "invalid format string"));
    if (locale) {
        struct lconv *l = localeconv();
        f->point = locale_text(t, l->decimal_point);
        f->separator = locale_text(t, l->thousands_sep);
        snprintf(f->grouping, sizeof f->grouping, "%s", l->grouping);
    } else {
        f->point = str_from_char(t, '.');
        f->separator = thousands ? str_from_char(t, ',') : ref_new(t, str_empty());
        if (thousands) strcpy(f->grouping, "\3");
    }
    if (ref_is_null(f->point) || ref_is_null(f->separator)) return -1;
    if (value_is_null(override)) return 0;
    if (!is_dict(override)) return err_int(err_set(t, E_TypeError, "optional argument must be a dict"));
    return apply_override(t, override, locale || thousands, f);
}

/* ---- the number -------------------------------------------------------------------------------------------------------------------------------- */

/* Rounds r for the type and says where the point goes: among its digits, counted from the left. */
static int64_t round_for(Num *r, const Spec *f, Rounding mode, uint32_t *st) {
    if (f->type == '%') r->exp += 2;
    if (f->precision >= 0) {
        if (f->type == 'e') {
            if (r->n && r->digits <= f->precision) num_rescale(r, r->exp + r->digits - 1 - f->precision, mode, st); /* zeros at the end */
            else if (r->n) num_round_digits(r, f->precision + 1, mode, st);
        } else if (f->type == 'g') {
            num_round_digits(r, f->precision ? f->precision : 1, mode, st);
        } else {
            num_rescale(r, -f->precision, mode, st);
        }
    }
    if ((f->type == 'f' || f->type == '%') && r->exp > 0) {
        if (r->n == 0) r->exp = 0;
        else num_rescale(r, 0, mode, st);
    }
    int64_t left = r->exp + r->digits;
    switch (f->type) {
    case 'e': return r->n == 0 && f->precision >= 0 ? 1 - f->precision : 1;
    case 'g': return r->exp <= 0 && left > -6 ? left : 1;
    default: return left;
    }
}

/* Digits in the group that is the i-th from the right: as in struct lconv, the last size repeats, and CHAR_MAX takes all that is left. */
static int64_t group_size(const Spec *f, size_t i) {
    size_t known = strlen(f->grouping);
    int64_t size = (unsigned char)f->grouping[i < known ? i : known - 1];
    return size == CHAR_MAX || size == 0 ? INT64_MAX : size;
}

/* The n digits before the point with separators, filled with zeros to `least` characters. */
static int put_grouped(Thread *t, StrBuilder *b, const Spec *f, const char *digits, int64_t n, int64_t least) {
    Value separator = ref_borrow(f->separator);
    int64_t width = (int64_t)str_length(separator);
    if (f->grouping[0] == 0 || width == 0) return builder_fill(t, b, '0', least - n) < 0 ? -1 : builder_ascii(t, b, digits, (size_t)n);
    int64_t left = n, here, all = 0;
    size_t groups = 0;
    for (;; least -= width) { /* from the right: how many groups, and how big the leftmost is */
        int64_t size = group_size(f, groups++), want = left > least ? left : least;
        if (want < 1) want = 1;
        here = want < size ? want : size;
        all += here;
        left = left > here ? left - here : 0;
        least -= here;
        if (left == 0 && least <= 0) break;
    }
    int64_t zeros = all - n;
    while (groups-- > 0) {
        int64_t z = zeros < here ? zeros : here;
        if (builder_fill(t, b, '0', z) < 0 || builder_ascii(t, b, digits, (size_t)(here - z)) < 0) return -1;
        if (groups > 0 && builder_str(t, b, separator) < 0) return -1;
        zeros -= z;
        digits += here - z;
        if (groups > 0) here = group_size(f, groups - 1);
    }
    return 0;
}

typedef struct Parts { char sign; const char *text; int64_t n, point; char exponent[32]; } Parts; /* digits, and where the point goes */

static int put_number(Thread *t, StrBuilder *b, const Spec *f, const Parts *p) {
    int64_t fraction = p->n - p->point; /* digits behind the point; never more before it than there are */
    int64_t fixed = (p->sign != 0) + (fraction ? 1 + fraction : 0) + (int64_t)strlen(p->exponent) + (f->type == '%');
    int64_t least = f->align == 'z' ? f->width - fixed : 0, whole = p->point > 0 ? p->point : 0;
    if (p->sign && builder_char(t, b, (uint8_t)p->sign) < 0) return -1;
    if (put_grouped(t, b, f, whole ? p->text : "0", whole ? whole : 1, least) < 0) return -1;
    if (fraction) {
        if (builder_str(t, b, ref_borrow(f->point)) < 0 || builder_fill(t, b, '0', -p->point) < 0) return -1;
        if (builder_ascii(t, b, p->text + whole, (size_t)(p->n - whole)) < 0) return -1;
    }
    if (builder_cstr(t, b, p->exponent) < 0) return -1;
    return f->type == '%' ? builder_char(t, b, '%') : 0;
}

/* Pads what stands in `body`; sign: how many of its characters are the sign. */
static Ref pad(Thread *t, const Spec *f, Ref body, size_t sign) {
    int64_t room = f->width - (int64_t)str_length(ref_borrow(body));
    if (room <= 0) return body;
    uint32_t align = f->align, fill = f->fill;
    int64_t left = align == '>' || align == 'z' ? room : align == '^' ? room / 2 : 0;
    StrBuilder b = STR_BUILDER;
    size_t length = str_length(ref_borrow(body));
    int status = 0;
    if (align == '=') {
        status = builder_slice(t, &b, ref_borrow(body), 0, sign);
        if (status == 0) status = builder_fill(t, &b, fill, room);
        if (status == 0) status = builder_slice(t, &b, ref_borrow(body), sign, length);
    } else {
        status = builder_fill(t, &b, fill, left);
        if (status == 0) status = builder_str(t, &b, ref_borrow(body));
        if (status == 0) status = builder_fill(t, &b, fill, room - left);
    }
    ref_drop(t, body);
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

static Ref format_special(Thread *t, const Num *a, Spec *f) {
    Num positive;
    num_view(&positive, a);
    positive.flags &= (uint8_t)~NUM_NEG;
    Ref text = num_to_text(t, &positive, false, true);
    if (ref_is_null(text)) return text;
    char sign = num_sign(a) ? '-' : f->sign == '-' ? 0 : (char)f->sign;
    if (sign) {
        Ref full = str_format(t, "%c%V", sign, ref_borrow(text));
        ref_drop(t, text);
        text = full;
    }
    if (f->type == '%' && !ref_is_null(text)) {
        Ref full = str_format(t, "%V%%", ref_borrow(text));
        ref_drop(t, text);
        text = full;
    }
    if (ref_is_null(text)) return text;
    if (f->align == 'z') { /* zeros are for numbers */
        f->align = '>';
        f->fill = ' ';
    }
    return pad(t, f, text, sign != 0);
}

static Ref format_number(Thread *t, const Num *a, Spec *f, Rounding mode) {
    if (num_special(a)) return format_special(t, a, f);
    Num r;
    uint32_t st = 0;
    num_init(&r);
    Parts parts = {.exponent = ""};
    char small[256], *digits = NULL;
    if (f->precision > WIDTH_MAX || f->width > WIDTH_MAX) {
        st = ST_INVALID;
    } else if (num_copy(&r, a, &st)) {
        parts.point = round_for(&r, f, mode, &st);
        if (r.exp > MAX_EMAX || r.exp < MIN_ETINY) st |= ST_INVALID;
        if (!(st & ST_ERRORS)) digits = num_get_digits(&r, small, sizeof small, &st);
    }
    if (digits == NULL) {
        num_free(&r);
        return st & ST_MALLOC ? err_no_memory(t) : err_set(t, E_ValueError, "format specification exceeds internal limits of _decimal");
    }
    parts.text = digits;
    parts.n = (int64_t)strlen(digits);
    const Num *judged = f->type == 'f' && f->upper ? a : &r; /* python3.11's z looks at what type F has not rounded yet */
    bool negative = num_sign(&r) && !(f->no_neg_zero && judged->n == 0);
    parts.sign = negative ? '-' : f->sign == '-' ? 0 : (char)f->sign;
    int64_t exponent = r.exp + parts.n - parts.point;
    if (f->type == 'e' || (f->type == 'g' && exponent != 0))
        snprintf(parts.exponent, sizeof parts.exponent, "%c%+lld", f->upper ? 'E' : 'e', (long long)exponent);
    StrBuilder b = STR_BUILDER;
    Ref text = REF_NULL;
    if (put_number(t, &b, f, &parts) == 0) text = builder_finish(t, &b);
    else builder_drop(&b);
    if (digits != small) mem_free(digits);
    num_free(&r);
    return ref_is_null(text) ? text : pad(t, f, text, parts.sign != 0);
}

Ref dec_format(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    const Value *a = args;
    if (no_kwargs(t, "__format__", kwnames) < 0) return REF_NULL;
    if (nargs < 1 || nargs > 2)
        return err_set(t, E_TypeError, "function takes at %s argument%s (%zu given)", nargs < 1 ? "least 1" : "most 2", nargs < 1 ? "" : "s", nargs);
    if (!is_str(a[0])) return err_set(t, E_TypeError, "format arg must be str");
    if (nargs < 2 && str_length(a[0]) == 0) return object_str(t, self);
    Context *c = context_current(t);
    if (c == NULL) return REF_NULL;
    Spec f;
    Ref text = REF_NULL, keep = ref_new(t, object_value(c)); /* looking into the dict may run Python */
    Num v;
    dec_view(&v, self);
    if (spec_prepare(t, a[0], nargs < 2 ? VALUE_NULL : a[1], load_relaxed(&c->x_capitals) != 0, &f) == 0)
        text = format_number(t, &v, &f, (Rounding)load_relaxed(&c->x_round));
    ref_drop(t, f.point);
    ref_drop(t, f.separator);
    ref_drop(t, keep);
    return text;
}
