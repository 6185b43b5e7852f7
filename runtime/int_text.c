/* int and text: parsing literals and int("…"), printing in any base. */
#include "runtime/int_internal.h"
#include "runtime/bytes.h"
#include "runtime/abstract.h"
#include "runtime/str.h"

/* sys.set_int_max_str_digits: guards against quadratic conversions of hostile text; 0 = no limit */
static _Atomic int x_max_str_digits = 4300;
#define DIGITS_THRESHOLD 640 /* shorter texts are never refused */

int int_max_str_digits(void) { return load_relaxed(&x_max_str_digits); }
void int_set_max_str_digits(int n) { store_relaxed(&x_max_str_digits, n); }

static int digit_value(unsigned char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'z') return c - 'a' + 10;
    if (c >= 'A' && c <= 'Z') return c - 'A' + 10;
    return 99;
}

static Ref too_many_digits(Thread *t, size_t digits) {
    return err_set(t, E_ValueError,
                   "Exceeds the limit (%d digits) for integer string conversion: value has %zu digits; "
                   "use sys.set_int_max_str_digits() to increase the limit",
                   int_max_str_digits(), digits);
}

/* digits: values below base, most significant first; n > 0 */
static Ref int_from_digits(Thread *t, uint8_t *digits, size_t n, int base, bool neg) {
    size_t skip = 0;
    while (skip < n - 1 && digits[skip] == 0) skip++;
    digits += skip;
    n -= skip;
    if (n <= 18 && base <= 10) {
        int64_t i = 0;
        for (size_t k = 0; k < n; k++) i = i * base + digits[k];
        return int_from_i64(t, neg ? -i : i);
    }
    int limit = int_max_str_digits();
    if ((base & (base - 1)) != 0 && n > DIGITS_THRESHOLD && limit > 0 && n > (size_t)limit) return too_many_digits(t, n);
    int bits = 1;
    while ((1 << bits) < base) bits++;
    mp_size_t limbs = (mp_size_t)(n * (size_t)bits / 64 + 2);
    BigInt *b = bigint_alloc(t, limbs);
    if (b == NULL) return REF_NULL;
    mp_size_t used = mpn_set_str(b->limb, digits, n, base);
    return bigint_finish(t, b, used, neg);
}

typedef enum { PARSE_OK, PARSE_MALFORMED, PARSE_ERROR } ParseStatus;

/* sign, prefix, digits with single underscores: [s, s + n) must be all of it */
static ParseStatus parse_text(Thread *t, const char *s, size_t n, int base, Ref *out) {
    size_t i = 0;
    bool neg = false, underscore_ok = false;
    if (i < n && (s[i] == '+' || s[i] == '-')) neg = s[i++] == '-';
    int given = base;
    if (i + 1 < n && s[i] == '0') {
        char c = s[i + 1] | 0x20;
        int prefix = c == 'x' ? 16 : c == 'o' ? 8 : c == 'b' ? 2 : 0;
        if (prefix && (base == 0 || base == prefix)) {
            base = prefix;
            i += 2;
            underscore_ok = true;
        }
    }
    if (base == 0) base = 10;
    if (i >= n) return PARSE_MALFORMED;
    uint8_t small[64], *digits = n - i <= sizeof small ? small : mem_alloc(n - i);
    if (digits == NULL) {
        err_no_memory(t);
        return PARSE_ERROR;
    }
    size_t count = 0;
    bool bad = false, nonzero = false, leading_zero = given == 0 && base == 10 && s[i] == '0';
    for (; i < n && !bad; i++) {
        if (s[i] == '_') {
            bad = !underscore_ok;
            underscore_ok = false;
            continue;
        }
        int d = digit_value((unsigned char)s[i]);
        bad = d >= base;
        digits[count++] = (uint8_t)d;
        nonzero |= d != 0;
        underscore_ok = true;
    }
    bad |= count == 0 || s[n - 1] == '_' || (leading_zero && nonzero); /* int("010", 0) is refused, as in source code */
    *out = bad ? REF_NULL : int_from_digits(t, digits, count, base, neg);
    if (digits != small) mem_free(digits);
    return bad ? PARSE_MALFORMED : ref_is_null(*out) ? PARSE_ERROR : PARSE_OK;
}

Ref int_from_text(Thread *t, const char *digits, size_t n, int base) {
    Ref r;
    ParseStatus status = parse_text(t, digits, n, base, &r);
    if (status == PARSE_MALFORMED) return err_set(t, E_ValueError, "invalid literal for int() with base %d", base);
    return status == PARSE_OK ? r : REF_NULL;
}

/* The text as ASCII with white space cut off both ends and Unicode decimals as 0-9; anything else non-ASCII becomes '?'. */
static char *ascii_digits(const Str *s, size_t *n) {
    char *p = mem_alloc(s->length + 1);
    if (p == NULL) return NULL;
    size_t start = 0, end = s->length;
    while (start < end && uni_isspace(str_at(s, start))) start++;
    while (end > start && uni_isspace(str_at(s, end - 1))) end--;
    for (size_t i = start; i < end; i++) {
        uint32_t c = str_at(s, i);
        int d = c < 128 ? -1 : uni_decimal(c);
        p[i - start] = c < 128 ? (char)c : d >= 0 ? (char)('0' + d) : '?';
    }
    *n = end - start;
    return p;
}

Ref int_parse(Thread *t, Value text, int base) {
    Ref result = REF_NULL;
    ParseStatus status;
    if (is_str(text)) {
        size_t n;
        char *p = ascii_digits(as(Str, text), &n);
        if (p == NULL) return err_no_memory(t);
        status = parse_text(t, p, n, base, &result);
        mem_free(p);
    } else {
        Buffer view;
        if (buffer_get(t, text, &view, BUFFER_SIMPLE) < 0) return REF_NULL;
        const char *p = view.data;
        size_t n = (size_t)view.len;
        while (n && strchr(" \t\n\r\f\v", *p) && *p) p++, n--;
        while (n && strchr(" \t\n\r\f\v", p[n - 1]) && p[n - 1]) n--;
        status = parse_text(t, p, n, base, &result);
        buffer_release(t, &view);
    }
    if (status != PARSE_MALFORMED) return result;
    if (is_str(text) || is_bytes(text))
        return err_set(t, E_ValueError, "invalid literal for int() with base %d: %.200R", base, text);
    Ref bytes = bytes_from_object(t, text);
    if (ref_is_null(bytes)) return REF_NULL;
    err_set(t, E_ValueError, "invalid literal for int() with base %d: %.200R", base, ref_borrow(bytes));
    ref_drop(t, bytes);
    return REF_NULL;
}

static Ref small_to_text(Thread *t, int64_t i, int base, bool prefix) {
    char buf[72], *p = buf + sizeof buf;
    uint64_t m = i < 0 ? -(uint64_t)i : (uint64_t)i;
    if (base == 10) {
        do *--p = (char)('0' + m % 10);
        while (m /= 10);
    } else {
        int shift = base == 16 ? 4 : base == 8 ? 3 : 1;
        do *--p = "0123456789abcdef"[m & (uint64_t)(base - 1)];
        while (m >>= shift);
        if (prefix) {
            *--p = base == 16 ? 'x' : base == 8 ? 'o' : 'b';
            *--p = '0';
        }
    }
    if (i < 0) *--p = '-';
    return str_from_ascii(t, p, (size_t)(buf + sizeof buf - p));
}

Ref int_to_text(Thread *t, Value v, int base, bool prefix) {
    if (value_is_int(v) && (base == 10 || base == 16 || base == 8 || base == 2)) return small_to_text(t, value_int(v), base, prefix);
    IntView x;
    int_view(v, &x);
    size_t bits = int_bit_length(v);
    int limit = int_max_str_digits();
    size_t digits = (size_t)((double)bits * (base == 10 ? 0.30103 : base == 16 ? 0.25 : base == 8 ? 0.33334 : 1.0)) + 2;
    if (base == 10 && limit > 0 && bits > (size_t)limit * 10 / 3 + 64 && digits > DIGITS_THRESHOLD + 2)
        goto too_long;
    if (!int_scratch_available((mp_size_t)(bits / 16))) return err_no_memory(t);
    char *text = mem_alloc(digits + 8);
    mp_limb_t *copy = mem_alloc((size_t)(x.n + 1) * sizeof(mp_limb_t)); /* mpn_get_str destroys its operand */
    Ref result = REF_NULL;
    if (text == NULL || copy == NULL) {
        err_no_memory(t);
        goto done;
    }
    mpn_copyi(copy, x.p, x.n);
    char *p = text;
    if (x.neg && x.n) *p++ = '-';
    if (prefix) {
        *p++ = '0';
        *p++ = base == 16 ? 'x' : base == 8 ? 'o' : 'b';
    }
    char *start = p;
    size_t n = x.n ? mpn_get_str((unsigned char *)p, base, copy, x.n) : (*p = 0, 1);
    size_t zeros = 0;
    while (zeros + 1 < n && start[zeros] == 0) zeros++;
    memmove(start, start + zeros, n -= zeros);
    for (size_t i = 0; i < n; i++) start[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[(unsigned char)start[i]];
    if (base == 10 && limit > 0 && n > (size_t)limit && n > DIGITS_THRESHOLD) {
        mem_free(text);
        mem_free(copy);
        goto too_long;
    }
    result = str_from_ascii(t, text, (size_t)(start - text) + n);
done:
    mem_free(text);
    mem_free(copy);
    return result;
too_long:
    return err_set(t, E_ValueError, "Exceeds the limit (%d digits) for integer string conversion; "
                   "use sys.set_int_max_str_digits() to increase the limit", limit);
}
