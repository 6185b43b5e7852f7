/* Correctly rounded conversions between doubles and decimal text; but for the shortest text, on glibc's exact printf and strtod. */
#include "runtime/float.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/str.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

/* digits with the point at `point`, as 12.5 or 1.25e+16 */
static char *layout_repr(const char *digits, int n, int point, bool exponent, bool dot_0, char *out) {
    if (exponent) {
        *out++ = digits[0];
        if (n > 1) {
            *out++ = '.';
            memcpy(out, digits + 1, (size_t)n - 1);
            out += n - 1;
        }
        return out + sprintf(out, "e%+03d", point - 1);
    }
    if (point <= 0) {
        *out++ = '0';
        *out++ = '.';
        for (int i = point; i < 0; i++) *out++ = '0';
        memcpy(out, digits, (size_t)n);
        return out + n;
    }
    for (int i = 0; i < point; i++) *out++ = i < n ? digits[i] : '0';
    if (n > point) {
        *out++ = '.';
        memcpy(out, digits + point, (size_t)(n - point));
        return out + (n - point);
    }
    if (dot_0) {
        *out++ = '.';
        *out++ = '0';
    }
    return out;
}

/* d >= 0 with `decimals` decimals, at out, which has room for 24 characters. False where double_scaled can't. */
static bool put_fixed(double d, int decimals, char *out) {
    uint64_t q;
    if (!double_scaled(d, decimals, &q)) return false;
    char text[24], *p = text + sizeof text;
    *--p = 0;
    for (int i = 0; q != 0 || i <= decimals; i++, q /= 10) {
        if (i == decimals && i > 0) *--p = '.';
        *--p = (char)('0' + q % 10);
    }
    strcpy(out, p);
    return true;
}

char *double_to_text(double d, char code, int precision, int flags) {
    size_t room = 400 + (size_t)(precision > 0 ? precision : 0);
    char *text = mem_alloc(room), *p = text;
    if (text == NULL) return NULL;
    bool upper = code == 'E' || code == 'F' || code == 'G';
    if (isnan(d)) {
        strcpy(text, flags & DOUBLE_SIGN ? "+nan" : "nan");
    } else if (isinf(d)) {
        strcpy(text, d < 0 ? "-inf" : flags & DOUBLE_SIGN ? "+inf" : "inf");
    } else {
        if (signbit(d)) *p++ = '-', d = -d;
        else if (flags & DOUBLE_SIGN) *p++ = '+';
        if (code == 'r') {
            char digits[24];
            int point, n = double_digits(d, digits, &point);
            *layout_repr(digits, n, point, point < -3 || point > 16, flags & DOUBLE_DOT_0, p) = 0;
        } else if ((code | 0x20) != 'f' || (flags & ~DOUBLE_SIGN) || !put_fixed(d, precision, p)) {
            /* with DOUBLE_DOT_0 the exponent appears one digit earlier, since a digit after the point must fit */
            int exponent = -1, digits = precision > 0 ? precision : 1;
            if ((flags & DOUBLE_DOT_0) && (code | 0x20) == 'g') {
                snprintf(p, room - 1, "%.*e", digits - 1, d);
                exponent = atoi(strchr(p, 'e') + 1);
            }
            if (exponent == digits - 1) {
                snprintf(p, room - 1, flags & DOUBLE_ALT ? "%#.*e" : "%.*e", digits - 1, d);
                char *e = strchr(p, 'e'), *z = e;
                if (!(flags & DOUBLE_ALT) && memchr(p, '.', (size_t)(e - p))) { /* as %g: no zeros at the end */
                    while (z[-1] == '0') z--;
                    if (z[-1] == '.') z--;
                    memmove(z, e, strlen(e) + 1);
                }
                goto written;
            }
            char format[8] = {'%', '#', '.', '*', (char)(code | 0x20), 0};
            if (!(flags & DOUBLE_ALT)) memmove(format + 1, format + 2, 5);
            snprintf(p, room - 1, format, precision, d);
            if ((flags & DOUBLE_DOT_0) && !strpbrk(p, ".e")) strcat(p, ".0");
        written:;
        }
    }
    if (upper)
        for (p = text; *p; p++)
            if (*p >= 'a' && *p <= 'z') *p -= 32;
    return text;
}

/* Decimal text of few digits: a mantissa below 2^53 times or divided by a power of ten that is exact, too, is rounded once (W. D. Clinger, "How to Read
 * Floating Point Numbers Accurately", 1990). False: it's something else. */
static bool double_from_short(const char *s, size_t n, double *out) {
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    const char *end = s + n;
    bool negative = n > 0 && *s == '-';
    if (negative) s++;
    uint64_t w = 0;
    const char *first = s;
    while (s < end && s - first < 18 && *s >= '0' && *s <= '9') w = w * 10 + (uint64_t)(*s++ - '0');
    int digits = (int)(s - first), exponent = 0;
    if (s < end && *s == '.') {
        for (first = ++s; s < end && digits < 18 && *s >= '0' && *s <= '9'; digits++) w = w * 10 + (uint64_t)(*s++ - '0');
        exponent = -(int)(s - first);
    }
    if (digits == 0 || w > (uint64_t)1 << 53) return false;
    if (end - s >= 2 && (*s == 'e' || *s == 'E')) {
        bool down = *++s == '-';
        int e = 0;
        if (down || *s == '+') s++;
        for (first = s; s < end && s - first < 3 && *s >= '0' && *s <= '9'; s++) e = e * 10 + (*s - '0');
        if (s == first) return false;
        exponent += down ? -e : e;
    }
    if (s != end || exponent < -22 || exponent > 22) return false;
    double d = exponent < 0 ? (double)w / powers[-exponent] : (double)w * powers[exponent];
    *out = negative ? -d : d;
    return true;
}

bool double_from_text(const char *s, size_t n, double *out) {
    if (double_from_short(s, n, out)) return true;
    char small[64], *copy = n < sizeof small ? small : mem_alloc(n + 1);
    if (copy == NULL) return false;
    memcpy(copy, s, n);
    copy[n] = 0;
    const char *p = copy;
    if (*p == '+' || *p == '-') p++;
    /* strtod also takes hexadecimal and nan(…), which Python does not */
    bool ok = (*p >= '0' && *p <= '9') || (*p == '.' && p[1] >= '0' && p[1] <= '9');
    if (ok) {
        ok = strpbrk(p, "xXpP(nN") == NULL && strlen(copy) == n;
    } else {
        ok = !strcasecmp(p, "inf") || !strcasecmp(p, "infinity") || !strcasecmp(p, "nan");
    }
    if (ok) {
        char *end;
        *out = strtod(copy, &end);
        ok = end == copy + n;
    }
    if (copy != small) mem_free(copy);
    return ok;
}

/* In place: cuts white space, drops underscores between digits. False if an underscore stands elsewhere. */
static bool strip_underscores(char *p, size_t *n) {
    size_t out = 0;
    char previous = 0;
    for (size_t i = 0; i < *n; i++) {
        char c = p[i];
        if (c == '_') {
            if (!(previous >= '0' && previous <= '9') || i + 1 == *n || !(p[i + 1] >= '0' && p[i + 1] <= '9')) return false;
        } else {
            p[out++] = c;
        }
        previous = c;
    }
    *n = out;
    return true;
}

Ref float_parse(Thread *t, Value v) {
    char *p;
    size_t n;
    double d;
    if (is_str(v)) {
        const Str *s = as(Str, v);
        if (s->ascii && double_from_short((const char *)s->data, s->length, &d)) return float_new(t, d);
        if ((p = mem_alloc(s->length + 1)) == NULL) return err_no_memory(t);
        for (n = 0; n < s->length; n++) {
            uint32_t c = str_at(s, n);
            int d = c < 128 ? -1 : uni_decimal(c);
            p[n] = c < 128 ? (char)c : d >= 0 ? (char)('0' + d) : uni_isspace(c) ? ' ' : '?';
        }
    } else {
        Buffer view;
        if (!buffer_supported(v)) return err_set(t, E_TypeError, "float() argument must be a string or a real number, not '%T'", v);
        if (buffer_get(t, v, &view, BUFFER_SIMPLE) < 0) return REF_NULL;
        n = (size_t)view.len;
        if ((p = mem_alloc(n + 1)) != NULL) memcpy(p, view.data, n);
        buffer_release(t, &view);
        if (p == NULL) return err_no_memory(t);
    }
    char *s = p;
    /* the separators 0x1c-0x1f count as white space in text */
    while (n && (strchr(" \t\n\r\f\v", *s) || (*s >= 0x1c && *s <= 0x1f)) && *s) s++, n--;
    while (n && (strchr(" \t\n\r\f\v", s[n - 1]) || (s[n - 1] >= 0x1c && s[n - 1] <= 0x1f)) && s[n - 1]) n--;
    bool ok = n > 0 && strip_underscores(s, &n) && double_from_text(s, n, &d);
    mem_free(p);
    if (ok) return float_new(t, d);
    return err_set(t, E_ValueError, "could not convert string to float: %.200R", v);
}
