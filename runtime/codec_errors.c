/* Error handlers of codecs: the native ones, those registered from Python, and the exceptions. */
#include "runtime/abstract.h"
#include "runtime/codecs.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/native.h"
#include "runtime/text.h"
#include "runtime/unicode_data.h"
#include <stdio.h>

static bool is_surrogate(uint32_t c) { return (c & 0xFFFFF800) == 0xD800; }

/* ---- exceptions ------------------------------------------------------------------------------------------------ */
static Ref new_error(Thread *t, ErrorKind kind, const char *encoding, Value object, size_t start, size_t end, const char *reason) {
    Ref parts[5] = {str_from_cstr(t, encoding), ref_new(t, object), ref_small_int((int64_t)start), ref_small_int((int64_t)end),
                    str_from_cstr(t, reason)};
    if (ref_is_null(parts[0]) || ref_is_null(parts[4])) {
        for (int i = 0; i < 5; i++) ref_drop(t, parts[i]);
        return REF_NULL;
    }
    Ref args = tuple_from_steal(t, parts, 5);
    if (ref_is_null(args)) return args;
    Ref exc = exception_instantiate(t, type_value(&error_types[kind]), ref_borrow(args));
    ref_drop(t, args);
    return exc;
}

static Ref raise_it(Thread *t, Ref exc) {
    if (!ref_is_null(exc)) {
        err_object(t, ref_borrow(exc));
        ref_drop(t, exc);
    }
    return REF_NULL;
}

Ref raise_encode_error(Thread *t, const char *encoding, Value s, size_t start, size_t end, const char *reason) {
    return raise_it(t, new_error(t, E_UnicodeEncodeError, encoding, s, start, end, reason));
}
static Ref decode_error_new(Thread *t, const char *encoding, const uint8_t *p, size_t n, size_t start, size_t end, const char *reason) {
    Ref input = bytes_new(t, p, n);
    if (ref_is_null(input)) return input;
    Ref exc = new_error(t, E_UnicodeDecodeError, encoding, ref_borrow(input), start, end, reason);
    ref_drop(t, input);
    return exc;
}
Ref raise_decode_error(Thread *t, const char *encoding, const uint8_t *p, size_t n, size_t start, size_t end, const char *reason) {
    return raise_it(t, decode_error_new(t, encoding, p, n, start, end, reason));
}

static ErrorsKind errors_kind(const char *errors) {
    static const struct { const char *name; ErrorsKind kind; } table[] = {
        {"strict", ERRORS_STRICT}, {"ignore", ERRORS_IGNORE}, {"replace", ERRORS_REPLACE},
        {"surrogateescape", ERRORS_SURROGATEESCAPE}, {"surrogatepass", ERRORS_SURROGATEPASS},
        {"xmlcharrefreplace", ERRORS_XMLCHARREFREPLACE}, {"backslashreplace", ERRORS_BACKSLASHREPLACE},
        {"namereplace", ERRORS_NAMEREPLACE}};
    if (errors == NULL) return ERRORS_STRICT;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(errors, table[i].name) == 0) return table[i].kind;
    return ERRORS_OTHER;
}

/* ---- native handlers --------------------------------------------------------------------------------------------- */
/* Which UTF is it, for surrogatepass? 8, 16, 32 (negative: big-endian), or 0. */
static int utf_of(const char *encoding) {
    char name[16];
    size_t n = 0;
    for (const char *p = encoding; *p && n < sizeof name - 1; p++)
        if (*p != '-' && *p != '_') name[n++] = *p >= 'A' && *p <= 'Z' ? *p + 32 : *p;
    name[n] = 0;
    if (strcmp(name, "utf8") == 0 || strcmp(name, "cputf8") == 0) return 8;
    if (strcmp(name, "utf16") == 0 || strcmp(name, "utf16le") == 0) return 16;
    if (strcmp(name, "utf16be") == 0) return -16;
    if (strcmp(name, "utf32") == 0 || strcmp(name, "utf32le") == 0) return 32;
    if (strcmp(name, "utf32be") == 0) return -32;
    return 0;
}

static int put_escape(Thread *t, StrBuilder *b, uint32_t c) {
    char text[10];
    return builder_ascii(t, b, text, codec_escape_of(text, c));
}
static int put_reference(Thread *t, StrBuilder *b, uint32_t c) {
    char text[12], *p = text + sizeof text;
    *--p = ';';
    do *--p = (char)('0' + c % 10);
    while ((c /= 10) > 0);
    *--p = '#';
    *--p = '&';
    return builder_ascii(t, b, p, (size_t)(text + sizeof text - p));
}
static int put_named(Thread *t, StrBuilder *b, uint32_t c) {
    char name[128];
    return uni_name(c, name) ? builder_format(t, b, "\\N{%s}", name) : put_escape(t, b, c);
}

static int put_surrogate(Thread *t, ByteBuilder *b, uint32_t c, int utf) {
    uint8_t bytes[4] = {0};
    if (utf == 8) return bytes_append(t, b, bytes, utf8_put(bytes, c));
    size_t n = (size_t)(utf < 0 ? -utf : utf) / 8;
    bytes[utf < 0 ? n - 2 : 1] = (uint8_t)(c >> 8);
    bytes[utf < 0 ? n - 1 : 0] = (uint8_t)c;
    return bytes_append(t, b, bytes, n);
}

/* A native handler's answer for an encoder; null without an exception: it can't help, the error stands. */
static Ref native_encode(Thread *t, ErrorsKind kind, const char *encoding, Value s, size_t start, size_t end, size_t *next) {
    StrBuilder b = STR_BUILDER;
    ByteBuilder bytes = BYTE_BUILDER;
    int status = 0, utf = kind == ERRORS_SURROGATEPASS ? utf_of(encoding) : 0;
    size_t i = start;
    *next = end;
    switch (kind) {
    case ERRORS_IGNORE: return ref_new(t, str_empty());
    case ERRORS_REPLACE:
        for (; i < end && status == 0; i++) status = builder_char(t, &b, '?');
        break;
    case ERRORS_XMLCHARREFREPLACE:
        for (; i < end && status == 0; i++) status = put_reference(t, &b, str_at(as(Str, s), i));
        break;
    case ERRORS_BACKSLASHREPLACE:
        for (; i < end && status == 0; i++) status = put_escape(t, &b, str_at(as(Str, s), i));
        break;
    case ERRORS_NAMEREPLACE:
        for (; i < end && status == 0; i++) status = put_named(t, &b, str_at(as(Str, s), i));
        break;
    case ERRORS_SURROGATEESCAPE:
    case ERRORS_SURROGATEPASS:
        if (kind == ERRORS_SURROGATEPASS && utf == 0) return REF_NULL;
        for (; i < end && status == 0; i++) {
            uint32_t c = str_at(as(Str, s), i);
            if (kind == ERRORS_SURROGATEPASS ? !is_surrogate(c) : c < 0xDC80 || c > 0xDCFF) break;
            status = kind == ERRORS_SURROGATEPASS ? put_surrogate(t, &bytes, c, utf) : bytes_put(t, &bytes, (uint8_t)c);
        }
        if (status == 0 && i > start) {
            *next = i; /* the rest is the next error */
            return bytes_finish(t, &bytes);
        }
        bytes_drop(&bytes);
        return REF_NULL;
    default: return REF_NULL;
    }
    if (status == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

/* The same for a decoder: 1 done, 0 it can't help, -1 exception. */
static int native_decode(Thread *t, ErrorsKind kind, const char *encoding, StrBuilder *b, const uint8_t *p, size_t n, size_t start,
                         size_t end, size_t *next) {
    size_t i = start;
    *next = end;
    switch (kind) {
    case ERRORS_IGNORE: return 1;
    case ERRORS_REPLACE: return builder_char(t, b, 0xFFFD) < 0 ? -1 : 1;
    case ERRORS_BACKSLASHREPLACE:
        for (; i < end; i++)
            if (put_escape(t, b, p[i]) < 0) return -1;
        return 1;
    case ERRORS_SURROGATEESCAPE:
        for (; i < end && i < start + 4 && p[i] >= 128; i++)
            if (builder_char(t, b, 0xDC00u + p[i]) < 0) return -1;
        *next = i;
        return i > start;
    case ERRORS_SURROGATEPASS: {
        int utf = utf_of(encoding);
        size_t unit = utf == 8 ? 3 : (size_t)(utf < 0 ? -utf : utf) / 8;
        if (utf == 0 || n - start < unit) return 0;
        const uint8_t *q = p + start;
        uint32_t c = 0;
        if (utf == 8) c = (q[0] & 0xF0) == 0xE0 && (q[1] & 0xC0) == 0x80 && (q[2] & 0xC0) == 0x80
                              ? (uint32_t)(q[0] & 15) << 12 | (uint32_t)(q[1] & 63) << 6 | (q[2] & 63) : 0;
        else
            for (size_t k = 0; k < unit; k++) c = c << 8 | q[utf < 0 ? k : unit - 1 - k];
        if (!is_surrogate(c)) return 0;
        *next = start + unit;
        return builder_char(t, b, c) < 0 ? -1 : 1;
    }
    default: return 0;
    }
}

/* ---- handlers written in Python --------------------------------------------------------------------------------------- */
/* Calls e's handler with exc. *replacement is a str, or (`bytes` allowed) bytes; *next is normalized, not yet checked. */
static int call_handler(Thread *t, CodecErrors *e, Value exc, bool encoding, Ref *replacement, int64_t *next) {
    if (ref_is_null(e->handler)) {
        e->handler = codec_lookup_error(t, e->errors);
        if (ref_is_null(e->handler)) return -1;
    }
    Ref r = call1(t, ref_borrow(e->handler), exc);
    if (ref_is_null(r)) return -1;
    Value v = ref_borrow(r);
    if (!is_tuple(v) || tuple_size(v) != 2 || !(is_str(tuple_get(v, 0)) || (encoding && is_bytes(tuple_get(v, 0)))) ||
        !is_int(tuple_get(v, 1))) {
        err_set(t, E_TypeError, encoding ? "encoding error handler must return (str/bytes, int) tuple"
                                         : "decoding error handler must return (str, int) tuple");
        ref_drop(t, r);
        return -1;
    }
    int status = index_as_i64(t, tuple_get(v, 1), next);
    if (status == 0) *replacement = ref_new(t, tuple_get(v, 0));
    ref_drop(t, r);
    return status;
}

static int check_position(Thread *t, int64_t next, size_t n, size_t *out) {
    int64_t i = next < 0 ? next + (int64_t)n : next;
    if (i < 0 || (size_t)i > n) return err_int(err_set(t, E_IndexError, "position %lld from error handler out of bounds", (long long)i));
    *out = (size_t)i;
    return 0;
}

ErrorsKind codec_errors_kind(CodecErrors *e) {
    if (e->kind == ERRORS_UNKNOWN) e->kind = errors_kind(e->errors);
    return e->kind;
}

Ref codec_encode_error(Thread *t, CodecErrors *e, Value s, size_t start, size_t end, const char *reason, size_t *next) {
    if (codec_errors_kind(e) != ERRORS_OTHER) {
        Ref r = native_encode(t, e->kind, e->encoding, s, start, end, next);
        if (!ref_is_null(r) || err_pending(t)) return r;
        return raise_encode_error(t, e->encoding, s, start, end, reason);
    }
    Ref exc = new_error(t, E_UnicodeEncodeError, e->encoding, s, start, end, reason), r = REF_NULL;
    int64_t at;
    if (!ref_is_null(exc) && call_handler(t, e, ref_borrow(exc), true, &r, &at) == 0 && check_position(t, at, str_length(s), next) < 0) {
        ref_drop(t, r);
        r = REF_NULL;
    }
    ref_drop(t, exc);
    return r;
}

int codec_decode_error(Thread *t, CodecErrors *e, StrBuilder *b, const uint8_t **p, size_t *n, size_t start, size_t end,
                       const char *reason, size_t *next) {
    if (codec_errors_kind(e) != ERRORS_OTHER) {
        int status = native_decode(t, e->kind, e->encoding, b, *p, *n, start, end, next);
        if (status > 0) return 0;
        if (status == 0) {
            if (e->kind == ERRORS_XMLCHARREFREPLACE || e->kind == ERRORS_NAMEREPLACE)
                err_set(t, E_TypeError, "don't know how to handle UnicodeDecodeError in error callback");
            else raise_decode_error(t, e->encoding, *p, *n, start, end, reason);
        }
        return -1;
    }
    Ref exc = decode_error_new(t, e->encoding, *p, *n, start, end, reason), r = REF_NULL, input = REF_NULL;
    int64_t at;
    int status = -1;
    if (ref_is_null(exc) || call_handler(t, e, ref_borrow(exc), false, &r, &at) < 0) goto done;
    input = get_attr_cstr(t, ref_borrow(exc), "object"); /* the handler may have put other bytes there */
    if (ref_is_null(input)) goto done;
    if (!is_bytes(ref_borrow(input))) {
        err_set(t, E_TypeError, "exception attribute object must be bytes");
        goto done;
    }
    *p = bytes_data(ref_borrow(input));
    *n = bytes_length(ref_borrow(input));
    ref_drop(t, e->input);
    e->input = input;
    input = REF_NULL;
    if (check_position(t, at, *n, next) == 0) status = builder_str(t, b, ref_borrow(r));
done:
    ref_drop(t, input);
    ref_drop(t, r);
    ref_drop(t, exc);
    return status;
}

void codec_errors_done(Thread *t, CodecErrors *e) {
    ref_drop(t, e->handler);
    ref_drop(t, e->input);
}

/* ---- the native handlers as functions ----------------------------------------------------------------------------------- */
typedef struct Trouble { Ref object; size_t start, end; const char *encoding; Ref encoding_ref; } Trouble;

static int int_attr(Thread *t, Value exc, const char *name, int64_t *out) {
    Ref r = get_attr_cstr(t, exc, name);
    if (ref_is_null(r)) return -1;
    int status = index_as_i64(t, ref_borrow(r), out);
    ref_drop(t, r);
    return status;
}

static int trouble_read(Thread *t, Value exc, bool bytes, Trouble *out) {
    int64_t start, end;
    *out = (Trouble){0};
    out->object = get_attr_cstr(t, exc, "object");
    if (ref_is_null(out->object) || int_attr(t, exc, "start", &start) < 0 || int_attr(t, exc, "end", &end) < 0) return -1;
    Value o = ref_borrow(out->object);
    if (bytes ? !is_bytes(o) : !is_str(o))
        return err_int(err_set(t, E_TypeError, bytes ? "object attribute must be bytes" : "object attribute must be unicode"));
    int64_t n = (int64_t)(bytes ? bytes_length(o) : str_length(o));
    out->start = start < 0 ? 0 : start >= n ? (n > 0 ? (size_t)n - 1 : 0) : (size_t)start;
    out->end = end < 1 ? 1 : end > n ? (size_t)n : (size_t)end;
    if (out->end > (size_t)n) out->end = (size_t)n;
    if (out->start > out->end) out->start = out->end;
    out->encoding_ref = get_attr_opt(t, exc, str_intern_cstr(t, "encoding"));
    if (ref_is_null(out->encoding_ref)) {
        if (err_pending(t)) return -1;
        out->encoding = "";
    } else { /* None in a translation error */
        out->encoding = is_str(ref_borrow(out->encoding_ref)) ? str_utf8(t, ref_borrow(out->encoding_ref), NULL) : "";
    }
    return out->encoding == NULL ? -1 : 0;
}

static bool exc_is(Value exc, ErrorKind kind) { return type_is_subtype(type_of(exc), &error_types[kind]); }

static Ref handler(Thread *t, Value exc, ErrorsKind kind) {
    bool encode = exc_is(exc, E_UnicodeEncodeError), decode = exc_is(exc, E_UnicodeDecodeError),
         translate = exc_is(exc, E_UnicodeTranslateError);
    if (kind == ERRORS_STRICT) {
        if (is_a(exc, TYPE_EXCEPTION)) return err_object(t, exc);
        return err_set(t, E_TypeError, "codec must pass exception instance");
    }
    bool fits = encode || (kind == ERRORS_XMLCHARREFREPLACE || kind == ERRORS_NAMEREPLACE ? false
                           : kind == ERRORS_SURROGATEESCAPE || kind == ERRORS_SURROGATEPASS ? decode : decode || translate);
    if (!fits) return err_set(t, E_TypeError, "don't know how to handle %T in error callback", exc);
    Trouble x;
    Ref r = REF_NULL;
    size_t next = 0;
    if (trouble_read(t, exc, decode, &x) == 0) {
        Value o = ref_borrow(x.object);
        next = x.end;
        if (decode) {
            StrBuilder b = STR_BUILDER;
            int status = native_decode(t, kind, x.encoding, &b, bytes_data(o), bytes_length(o), x.start, x.end, &next);
            if (status > 0) r = builder_finish(t, &b);
            else {
                builder_drop(&b);
                if (status == 0) err_object(t, exc);
            }
        } else if (translate && kind == ERRORS_REPLACE) {
            StrBuilder b = STR_BUILDER;
            int status = 0;
            for (size_t i = x.start; i < x.end && status == 0; i++) status = builder_char(t, &b, 0xFFFD);
            r = status == 0 ? builder_finish(t, &b) : REF_NULL;
        } else {
            r = native_encode(t, kind, x.encoding, o, x.start, x.end, &next);
            bool whole = kind != ERRORS_SURROGATEESCAPE && kind != ERRORS_SURROGATEPASS;
            if (!ref_is_null(r) && !whole && next < x.end) { /* as a handler it takes all or nothing */
                ref_drop(t, r);
                r = REF_NULL;
            }
            if (ref_is_null(r) && !err_pending(t)) err_object(t, exc);
        }
    }
    ref_drop(t, x.object);
    ref_drop(t, x.encoding_ref);
    if (ref_is_null(r)) return r;
    Ref pair[2] = {r, ref_small_int((int64_t)next)};
    return tuple_from_steal(t, pair, 2);
}

#define HANDLER(name, kind)                                                                        \
    static Ref name##_errors(Thread *t, Value self, const Value *a) { return handler(t, a[0], kind); }
HANDLER(strict, ERRORS_STRICT)
HANDLER(ignore, ERRORS_IGNORE)
HANDLER(replace, ERRORS_REPLACE)
HANDLER(xmlcharrefreplace, ERRORS_XMLCHARREFREPLACE)
HANDLER(backslashreplace, ERRORS_BACKSLASHREPLACE)
HANDLER(namereplace, ERRORS_NAMEREPLACE)
HANDLER(surrogatepass, ERRORS_SURROGATEPASS)
HANDLER(surrogateescape, ERRORS_SURROGATEESCAPE)
NativeDef codec_error_functions[] = {
    FN("strict_errors", "!(exc, /)", strict_errors, "Handles coding errors: raises them."),
    FN("ignore_errors", "!(exc, /)", ignore_errors, "Handles coding errors: leaves the trouble out."),
    FN("replace_errors", "!(exc, /)", replace_errors, "Handles coding errors: puts a replacement mark."),
    FN("xmlcharrefreplace_errors", "!(exc, /)", xmlcharrefreplace_errors, "Handles encoding errors: puts XML character references."),
    FN("backslashreplace_errors", "!(exc, /)", backslashreplace_errors, "Handles coding errors: puts backslash escapes."),
    FN("namereplace_errors", "!(exc, /)", namereplace_errors, "Handles encoding errors: puts \\N{...} escapes."),
    FN("surrogatepass", "!(exc, /)", surrogatepass_errors, "Handles coding errors: lets surrogates through."),
    FN("surrogateescape", "!(exc, /)", surrogateescape_errors, "Handles coding errors: bytes become lone surrogates, and back."),
    FN_END,
};
