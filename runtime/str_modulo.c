/* The % operator of str and bytes. Bytes are formatted as text of characters below 256 and written back as bytes. */
#include "runtime/abstract.h"
#include "runtime/bytes_internal.h"
#include "runtime/dict.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/text.h"
#include <limits.h>

typedef struct Modulo {
    Span format;
    size_t at;          /* next character of the format */
    Value args;         /* tuple, or the only argument */
    bool is_tuple, bytes;
    Value mapping;      /* or null */
    size_t next, count; /* of args */
    Ref keyed;          /* the argument that a %(key) picked, until it is used */
    StrBuilder out;
} Modulo;

typedef struct Field {
    bool left, plus, blank, alt, zero;
    int64_t width, precision; /* -1: none */
    uint32_t conversion;
} Field;

static Value next_arg(Thread *t, Modulo *m) {
    if (!ref_is_null(m->keyed)) return ref_borrow(m->keyed);
    if (m->next >= m->count) {
        err_set(t, E_TypeError, "not enough arguments for format string");
        return VALUE_NULL;
    }
    return m->is_tuple ? tuple_get(m->args, m->next++) : (m->next++, m->args);
}

/* ---- parsing ------------------------------------------------------------------------------------------------------ */
static int incomplete(Thread *t) { return err_int(err_set(t, E_ValueError, "incomplete format")); }

static int parse_key(Thread *t, Modulo *m) {
    if (value_is_null(m->mapping)) return err_int(err_set(t, E_TypeError, "format requires a mapping"));
    size_t start = ++m->at;
    int depth = 1;
    for (; m->at < m->format.length; m->at++) {
        uint32_t c = span_at(m->format, m->at);
        if (c == '(') depth++;
        else if (c == ')' && --depth == 0) break;
    }
    if (depth > 0) return err_int(err_set(t, E_ValueError, "incomplete format key"));
    Span s = span_cut(m->format, start, m->at++);
    Ref key = m->bytes ? bytes_new(t, s.data, s.length) : str_from_span(t, s);
    if (ref_is_null(key)) return -1;
    ref_drop(t, m->keyed);
    m->keyed = get_item(t, m->mapping, ref_borrow(key));
    ref_drop(t, key);
    m->is_tuple = false; /* positions are gone for good */
    m->count = m->next = 0;
    return ref_is_null(m->keyed) ? -1 : 0;
}

static int parse_number(Thread *t, Modulo *m, int64_t *out, const char *too_big, bool *negative) {
    *negative = false;
    if (span_at(m->format, m->at) == '*') {
        Value v = next_arg(t, m);
        int64_t i;
        if (value_is_null(v)) return -1;
        if (!is_int(v)) return err_int(err_set(t, E_TypeError, "* wants int"));
        bool width = *too_big == 'w';
        if (int_try_i64(v, &i) < 0 || i > (width ? PTRDIFF_MAX : INT_MAX) || i < (width ? PTRDIFF_MIN : INT_MIN))
            return err_int(err_set(t, E_OverflowError, "Python int too large to convert to C %s", width ? "ssize_t" : "int"));
        *negative = i < 0;
        *out = i == INT64_MIN ? 0 : i < 0 ? -i : i;
        return ++m->at >= m->format.length ? incomplete(t) : 0;
    }
    int64_t n = 0, limit = *too_big == 'w' ? PTRDIFF_MAX : INT_MAX;
    uint32_t c;
    while (m->at < m->format.length && (c = span_at(m->format, m->at)) >= '0' && c <= '9') {
        if (n > (limit - (int64_t)(c - '0')) / 10) return err_int(err_set(t, E_ValueError, "%s", too_big));
        n = n * 10 + (c - '0');
        m->at++;
    }
    if (m->at >= m->format.length) return incomplete(t);
    *out = n;
    return 0;
}

static int parse_field(Thread *t, Modulo *m, Field *f) {
    *f = (Field){.width = -1, .precision = -1};
    uint32_t c = m->at < m->format.length ? span_at(m->format, m->at) : 0;
    if (c >= 'a' && c <= 'z' && c != 'h' && c != 'l') { /* nothing but the conversion */
        f->conversion = c;
        m->at++;
        return 0;
    }
    bool negative;
    if (m->at < m->format.length && span_at(m->format, m->at) == '(' && parse_key(t, m) < 0) return -1;
    for (;; m->at++) {
        if (m->at >= m->format.length) return incomplete(t);
        switch (span_at(m->format, m->at)) {
        case '-': f->left = true; continue;
        case '+': f->plus = true; continue;
        case ' ': f->blank = true; continue;
        case '#': f->alt = true; continue;
        case '0': f->zero = true; continue;
        }
        break;
    }
    c = span_at(m->format, m->at);
    if (c == '*' || (c >= '0' && c <= '9')) {
        if (parse_number(t, m, &f->width, "width too big", &negative) < 0) return -1;
        if (negative) f->left = true;
    }
    if (span_at(m->format, m->at) == '.') {
        if (++m->at >= m->format.length) return incomplete(t);
        f->precision = 0;
        if (parse_number(t, m, &f->precision, m->bytes ? "prec too big" : "precision too big", &negative) < 0) return -1;
        if (negative) f->precision = 0;
    }
    c = span_at(m->format, m->at);
    if (c == 'h' || c == 'l' || c == 'L') {
        if (++m->at >= m->format.length) return incomplete(t);
    }
    f->conversion = span_at(m->format, m->at++);
    return 0;
}

/* ---- output ------------------------------------------------------------------------------------------------------------- */
/* sign and prefix, zeros, body: as one field */
static int put_number(Thread *t, Modulo *m, const Field *f, const char *sign, const char *prefix, const char *body, size_t n, int64_t zeros) {
    int64_t size = (int64_t)(strlen(sign) + strlen(prefix) + n) + zeros, room = f->width > size ? f->width - size : 0;
    StrBuilder *b = &m->out;
    if (!f->left && !f->zero && builder_fill(t, b, ' ', room) < 0) return -1;
    if ((*sign && builder_char(t, b, (uint8_t)*sign) < 0) || (*prefix && builder_cstr(t, b, prefix) < 0)) return -1;
    if (!f->left && f->zero && builder_fill(t, b, '0', room) < 0) return -1;
    if (builder_fill(t, b, '0', zeros) < 0 || builder_ascii(t, b, body, n) < 0) return -1;
    return f->left ? builder_fill(t, b, ' ', room) : 0;
}

/* Text cut to the precision and padded. */
static int put_text_span(Thread *t, Modulo *m, const Field *f, Span s) {
    if (f->precision >= 0 && (size_t)f->precision < s.length) s.length = (size_t)f->precision;
    int64_t room = f->width > (int64_t)s.length ? f->width - (int64_t)s.length : 0;
    if (!f->left && builder_fill(t, &m->out, ' ', room) < 0) return -1;
    if (builder_span(t, &m->out, s) < 0) return -1;
    return f->left ? builder_fill(t, &m->out, ' ', room) : 0;
}
/* The same of a str, which it consumes. */
static int put_text(Thread *t, Modulo *m, const Field *f, Ref text) {
    if (ref_is_null(text)) return -1;
    Value v = ref_borrow(text);
    int status = f->width < 0 && f->precision < 0 ? builder_str(t, &m->out, v) : put_text_span(t, m, f, span_str(v));
    ref_drop(t, text);
    return status;
}

static int put_int(Thread *t, Modulo *m, const Field *f, Value v) {
    uint32_t c = f->conversion;
    bool decimal = c == 'd' || c == 'i' || c == 'u';
    Ref n = REF_NULL;
    if (is_int(v)) n = ref_new(t, v);
    else if (type_of(v)->index != NULL || (decimal && (type_of(v)->int_ != NULL || type_of(v)->float_ != NULL))) {
        n = decimal ? number_int(t, v) : number_index(t, v);
        if (ref_is_null(n) && !err_clear_if(t, E_TypeError)) return -1;
    }
    if (ref_is_null(n))
        return err_int(err_set(t, E_TypeError, decimal ? "%%%c format: a real number is required, not %.200T"
                                                       : "%%%c format: an integer is required, not %.200T", (int)c, v));
    if (decimal && value_is_int(ref_borrow(n))) {
        char small_text[24], *p = small_text + sizeof small_text;
        int64_t i = value_int(ref_borrow(n));
        uint64_t u = i < 0 ? (uint64_t)-i : (uint64_t)i;
        do *--p = (char)('0' + u % 10); while (u /= 10);
        size_t size = (size_t)(small_text + sizeof small_text - p);
        int64_t zeros = f->precision > (int64_t)size ? f->precision - (int64_t)size : 0;
        return put_number(t, m, f, i < 0 ? "-" : f->plus ? "+" : f->blank ? " " : "", "", p, size, zeros);
    }
    int base = decimal ? 10 : c == 'o' ? 8 : 16;
    Ref text = int_to_text(t, ref_borrow(n), base, false);
    ref_drop(t, n);
    if (ref_is_null(text)) return -1;
    char *digits = (char *)as(Str, ref_borrow(text))->data;
    size_t size = str_length(ref_borrow(text));
    bool negative = *digits == '-';
    if (negative) digits++, size--;
    char small[32], *upper = NULL;
    if (c == 'X') { /* the text may be a shared constant */
        upper = size < sizeof small ? small : mem_alloc(size);
        if (upper == NULL) {
            ref_drop(t, text);
            return err_int(err_no_memory(t));
        }
        for (size_t i = 0; i < size; i++) upper[i] = digits[i] >= 'a' ? digits[i] - 32 : digits[i];
        digits = upper;
    }
    const char *prefix = !f->alt || decimal ? "" : c == 'o' ? "0o" : c == 'x' ? "0x" : "0X";
    int64_t zeros = f->precision > (int64_t)size ? f->precision - (int64_t)size : 0;
    int status = put_number(t, m, f, negative ? "-" : f->plus ? "+" : f->blank ? " " : "", prefix, digits, size, zeros);
    if (upper != NULL && upper != small) mem_free(upper);
    ref_drop(t, text);
    return status;
}

static int put_float(Thread *t, Modulo *m, const Field *f, Value v) {
    double d;
    if (as_double(t, v, &d) < 0) {
        if (m->bytes && (err_is(t, E_TypeError) || err_is(t, E_OverflowError))) {
            err_clear(t);
            err_set(t, E_TypeError, "float argument required, not %.200T", v);
        }
        return -1;
    }
    char code = (char)f->conversion;
    bool upper = code < 'a';
    int precision = f->precision < 0 ? 6 : (int)f->precision;
    char *text = double_to_text(d, upper ? code + 32 : code, precision, f->alt ? DOUBLE_ALT : 0);
    if (text == NULL) return err_int(err_no_memory(t));
    char *digits = text;
    for (char *p = text; upper && *p; p++) *p = *p >= 'a' && *p <= 'z' ? *p - 32 : *p;
    bool negative = *digits == '-';
    if (negative) digits++;
    int status = put_number(t, m, f, negative ? "-" : f->plus ? "+" : f->blank ? " " : "", "", digits, strlen(digits), 0);
    mem_free(text);
    return status;
}

static int put_char(Thread *t, Modulo *m, Field *f, Value v) {
    uint32_t c;
    f->precision = -1;
    if (m->bytes) {
        if (is_bytes(v) && bytes_length(v) == 1) c = bytes_data(v)[0];
        else if (type_is_subtype(type_of(v), &bytearray_type) && bytearray_span(v).length == 1) c = span_at(bytearray_span(v), 0);
        else {
            int64_t i;
            if (!is_int(v) && type_of(v)->index == NULL)
                return err_int(err_set(t, E_TypeError, "%%c requires an integer in range(256) or a single byte"));
            if (index_as_i64(t, v, &i) < 0 && !err_clear_if(t, E_OverflowError)) return -1;
            if (err_pending(t) || i < 0 || i > 255) return err_int(err_set(t, E_OverflowError, "%%c arg not in range(256)"));
            c = (uint32_t)i;
        }
    } else if (is_str(v)) {
        if (str_length(v) != 1) return err_int(err_set(t, E_TypeError, "%%c requires int or char"));
        c = str_at(as(Str, v), 0);
    } else {
        int64_t i = -1;
        if (!is_int(v) && type_of(v)->index == NULL) return err_int(err_set(t, E_TypeError, "%%c requires int or char"));
        if (index_clamped(t, v, &i) < 0) return -1;
        if (i < 0 || i > 0x10FFFF) return err_int(err_set(t, E_OverflowError, "%%c arg not in range(0x110000)"));
        c = (uint32_t)i;
    }
    return put_text(t, m, f, str_from_char(t, c));
}

/* %b and %s of bytes: the bytes of a buffer or of __bytes__() */
static int put_bytes(Thread *t, Modulo *m, const Field *f, Value v) {
    Buffer view;
    if (is_bytes(v)) return put_text_span(t, m, f, span_bytes(bytes_data(v), bytes_length(v)));
    if (buffer_supported(v)) {
        int got = buffer_try_snapshot(t, v, &view);
        if (got < 0) return -1;
        if (got == 0) { /* in pieces */
            Ref bytes = bytes_from_object(t, v);
            int r = ref_is_null(bytes) ? -1 : put_bytes(t, m, f, ref_borrow(bytes));
            ref_drop(t, bytes);
            return r;
        }
        Ref text = str_from_latin1(t, view.data, (size_t)view.len);
        buffer_release(t, &view);
        return put_text(t, m, f, text);
    }
    Ref method = lookup_special(t, v, N(__bytes__));
    if (ref_is_null(method)) {
        if (err_pending(t)) return -1;
        return err_int(err_set(t, E_TypeError, "%%b requires a bytes-like object, or an object that implements __bytes__, not '%.100T'", v));
    }
    Ref r = call0(t, ref_borrow(method));
    ref_drop(t, method);
    if (ref_is_null(r)) return -1;
    Ref text = is_bytes(ref_borrow(r)) ? str_from_latin1(t, bytes_data(ref_borrow(r)), bytes_length(ref_borrow(r)))
                                       : err_set(t, E_TypeError, "__bytes__ returned non-bytes (type %.200T)", ref_borrow(r));
    ref_drop(t, r);
    return put_text(t, m, f, text);
}

static int put_field(Thread *t, Modulo *m, Field *f) {
    size_t index = m->at - 1;
    Value v = next_arg(t, m);
    if (value_is_null(v)) return -1;
    switch (f->conversion) {
    case 'b':
        if (!m->bytes) break;
        return put_bytes(t, m, f, v);
    case 's':
        if (m->bytes) return put_bytes(t, m, f, v);
        if (is_exact(v, &str_type) && f->width < 0 && f->precision < 0) return builder_str(t, &m->out, v);
        return put_text(t, m, f, object_str(t, v));
    case 'r': return put_text(t, m, f, m->bytes ? object_ascii(t, v) : object_repr(t, v));
    case 'a': return put_text(t, m, f, object_ascii(t, v));
    case 'c': return put_char(t, m, f, v);
    case 'd': case 'i': case 'u': case 'o': case 'x': case 'X': return put_int(t, m, f, v);
    case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': return put_float(t, m, f, v);
    }
    uint32_t c = f->conversion;
    return err_int(err_set(t, E_ValueError, "unsupported format character '%c' (0x%x) at index %zd", c >= 31 && c <= 126 ? (int)c : '?', c, index));
}

/* self: what is the result where the format has no %; null: a copy */
Ref text_modulo(Thread *t, Span format, Value self, Value args, bool bytes) {
    uint8_t room[256];
    Ref whole = REF_NULL;
    bool itself = false; /* not of the empty one: that is a plain str */
    Modulo m; /* field by field: to zero it all would cost more than the rest */
    m.format = format;
    m.at = m.next = 0;
    m.args = args;
    m.is_tuple = is_tuple(args);
    m.bytes = bytes;
    m.mapping = VALUE_NULL;
    m.count = m.is_tuple ? tuple_size(args) : 1;
    m.keyed = REF_NULL;
    m.out = STR_BUILDER_ON(room);
    if (!m.is_tuple && type_of(args)->getitem != NULL && !is_str(args) && !(bytes && (is_bytes(args) || type_is_subtype(type_of(args), &bytearray_type))))
        m.mapping = args;
    while (m.at < format.length) {
        Span rest = span_cut(format, m.at, format.length);
        int64_t percent = span_find_char(rest, '%', 1);
        size_t n = percent < 0 ? rest.length : (size_t)percent;
        if (percent < 0 && m.at == 0 && !value_is_null(self)) itself = true;
        if (n > 0 && !itself && builder_span(t, &m.out, span_cut(rest, 0, n)) < 0) goto fail;
        m.at += n;
        if (percent < 0) break;
        m.at++;
        if (m.at < format.length && span_at(format, m.at) == '%') {
            m.at++;
            if (builder_char(t, &m.out, '%') < 0) goto fail;
            continue;
        }
        Field f;
        if (parse_field(t, &m, &f) < 0) goto fail;
        if (m.at == format.length && f.conversion == 's' && f.width < 0 && f.precision < 0 && m.out.length == 0 && !bytes) { /* it may be the whole */
            Value v = next_arg(t, &m);
            if (value_is_null(v)) goto fail;
            whole = object_str(t, v);
            if (ref_is_null(whole)) goto fail;
            if (!is_exact(ref_borrow(whole), &str_type)) { /* a plain str is asked for */
                int status = builder_str(t, &m.out, ref_borrow(whole));
                ref_drop(t, whole);
                whole = REF_NULL;
                if (status < 0) goto fail;
            }
        } else if (put_field(t, &m, &f) < 0) goto fail;
        if (!ref_is_null(m.keyed)) {
            ref_drop(t, m.keyed);
            m.keyed = REF_NULL;
        }
    }
    if (m.next < m.count && value_is_null(m.mapping)) {
        err_set(t, E_TypeError, bytes ? "not all arguments converted during bytes formatting" : "not all arguments converted during string formatting");
        goto fail;
    }
    if (itself) return ref_new(t, self);
    if (!ref_is_null(whole)) {
        builder_drop(&m.out);
        return whole;
    }
    if (!bytes) return builder_finish(t, &m.out);
    Ref r = bytes_new_uninit(t, m.out.length);
    if (!ref_is_null(r)) units_copy(bytes_data(ref_borrow(r)), 1, m.out.data, m.out.kind, m.out.length);
    builder_drop(&m.out);
    return r;
fail:
    ref_drop(t, whole);
    ref_drop(t, m.keyed);
    builder_drop(&m.out);
    return REF_NULL;
}

/* "… %s …" % text, all ASCII, with nothing else to be done. Null without an exception: it isn't that. */
static Ref one_text(Thread *t, const Str *format, Value args) {
    const uint8_t *p = format->data, *end = p + format->length, *mark = memchr(p, '%', format->length);
    if (mark == NULL || mark + 1 == end || mark[1] != 's' || memchr(mark + 2, '%', (size_t)(end - mark) - 2) != NULL) return REF_NULL;
    if (format->length == 2) return ref_new(t, args);
    size_t n = str_length(args), before = (size_t)(mark - p), after = (size_t)(end - mark) - 2;
    if (!as(Str, args)->ascii || before + n + after < 2) return REF_NULL;
    Str *s = str_alloc_ascii(t, before + n + after);
    if (s == NULL) return REF_NULL;
    copy_short(s->data, p, before);
    copy_short(s->data + before, as(Str, args)->data, n);
    copy_short(s->data + before + n, mark + 2, after);
    return ref_steal(s);
}

Ref str_modulo(Thread *t, Value format, Value args) {
    if (is_exact(args, &str_type) && as(Str, format)->ascii) {
        Ref r = one_text(t, as(Str, format), args);
        if (!ref_is_null(r) || err_pending(t)) return r;
    }
    return text_modulo(t, span_str(format), format, args, false);
}
