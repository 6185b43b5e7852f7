/* Decimal numbers from text and to text: the numeric strings of the specification. See decimal.h. */
#include "runtime/loadable/decimal.h"
#include <stdio.h>
#include <strings.h>

/* ---- reading --------------------------------------------------------------------------------------------------------------------------------- */

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static size_t digits_at(const char *s, size_t i, size_t n) {
    size_t k = i;
    while (k < n && is_digit(s[k])) k++;
    return k - i;
}
static bool word(const char *s, size_t n, const char *what) { return n == strlen(what) && strncasecmp(s, what, n) == 0; }

/* The whole of s as an exponent, cut to what is beyond all exponents. */
static bool read_exponent(const char *s, size_t n, int64_t *out) {
    size_t i = 0;
    bool negative = n && s[0] == '-';
    if (n && (s[0] == '-' || s[0] == '+')) i++;
    if (i == n || digits_at(s, i, n) != n - i) return false;
    int64_t e = 0;
    for (; i < n; i++) {
        e = e * 10 + (s[i] - '0');
        if (e > 4 * MAX_EMAX) e = 4 * MAX_EMAX;
    }
    *out = negative ? -e : e;
    return true;
}

static bool read_special(Num *r, const char *s, size_t n, uint32_t *st) {
    if (word(s, n, "inf") || word(s, n, "infinity")) {
        r->flags |= NUM_INF;
        return true;
    }
    bool signals = n > 0 && (*s | 0x20) == 's';
    if (signals) s++, n--;
    if (n < 3 || !word(s, 3, "nan") || digits_at(s, 3, n) != n - 3) return false;
    unsigned flags = r->flags | (signals ? NUM_SNAN : NUM_QNAN);
    if (!num_set_digits(r, s + 3, n - 3, st)) return true;
    if (r->n == 0) r->digits = 0;
    r->flags = (uint8_t)flags;
    return true;
}

void num_parse(Num *r, const char *s, size_t n, uint32_t *st) {
    size_t i = 0;
    r->flags = 0;
    r->exp = 0;
    r->n = 0;
    r->digits = 1;
    if (n && (*s == '-' || *s == '+')) {
        if (*s == '-') r->flags = NUM_NEG;
        i++;
    }
    size_t whole = digits_at(s, i, n), start = i, fraction = 0;
    i += whole;
    if (i < n && s[i] == '.') {
        fraction = digits_at(s, i + 1, n);
        i += 1 + fraction;
    }
    int64_t exp = 0;
    if (whole + fraction == 0) {
        if (i == start && read_special(r, s + i, n - i, st)) return;
        num_error(r, ST_CONVERSION, st);
        return;
    }
    if (i < n && ((s[i] | 0x20) != 'e' || !read_exponent(s + i + 1, n - i - 1, &exp))) {
        num_error(r, ST_CONVERSION, st);
        return;
    }
    r->exp = exp - (int64_t)fraction;
    if (fraction == 0) {
        num_set_digits(r, s + start, whole, st);
        return;
    }
    char small[128], *digits = whole + fraction <= sizeof small ? small : mem_alloc(whole + fraction);
    if (digits == NULL) {
        num_error(r, ST_MALLOC, st);
        return;
    }
    memcpy(digits, s + start, whole);
    memcpy(digits + whole, s + start + whole + 1, fraction);
    num_set_digits(r, digits, whole + fraction, st);
    if (digits != small) mem_free(digits);
}

/* ---- writing ----------------------------------------------------------------------------------------------------------------------------------- */

static int64_t floor_mod_3(int64_t x) { return (x % 3 + 3) % 3; }

Ref num_to_text(Thread *t, const Num *a, bool engineering, bool capitals) {
    if (num_is_inf(a)) return str_from_cstr(t, num_sign(a) ? "-Infinity" : "Infinity");
    char small[256], *digits;
    uint32_t st = 0;
    digits = num_get_digits(a, small, sizeof small, &st);
    if (digits == NULL) return err_no_memory(t);
    Ref text = REF_NULL;
    if (num_is_nan(a)) {
        text = str_format(t, "%s%s%s", num_sign(a) ? "-" : "", a->flags & NUM_SNAN ? "sNaN" : "NaN", a->n ? digits : "");
        if (digits != small) mem_free(digits);
        return text;
    }
    int64_t n = (int64_t)strlen(digits), left = a->exp + n, point; /* point: how many digits stand before it */
    if (a->exp <= 0 && left > -6) point = left;
    else if (!engineering) point = 1;
    else if (a->n == 0) point = floor_mod_3(left + 1) - 1;
    else point = floor_mod_3(left - 1) + 1;
    char exponent[32];
    int en = left == point ? 0 : snprintf(exponent, sizeof exponent, "%c%+lld", capitals ? 'E' : 'e', (long long)(left - point));
    int64_t zeros_before = point <= 0 ? 1 - point : 0, zeros_after = point > n ? point - n : 0;
    bool dot = point < n;
    size_t length = (num_sign(a) != 0) + (size_t)zeros_before + (size_t)n + (size_t)zeros_after + dot + (size_t)en;
    text = str_new_uninit(t, length, 'E');
    if (!ref_is_null(text)) {
        char *p = (char *)as(Str, ref_borrow(text))->data;
        if (num_sign(a)) *p++ = '-';
        if (point <= 0) {
            *p++ = '0';
            *p++ = '.';
            memset(p, '0', (size_t)-point);
            p += -point;
            memcpy(p, digits, (size_t)n);
            p += n;
        } else {
            int64_t first = point < n ? point : n;
            memcpy(p, digits, (size_t)first);
            p += first;
            memset(p, '0', (size_t)zeros_after);
            p += zeros_after;
            if (dot) {
                *p++ = '.';
                memcpy(p, digits + first, (size_t)(n - first));
                p += n - first;
            }
        }
        memcpy(p, exponent, (size_t)en);
    }
    if (digits != small) mem_free(digits);
    return text;
}
