/* _codecs: the native codecs and the registry as Python functions. */
#include "runtime/codecs.h"
#include "runtime/abstract.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/text.h"

/* ---- arguments ------------------------------------------------------------------------------------------------------ */
static int text_arg(Thread *t, const char *function, const char *what, Value v, bool none, const char **out) {
    size_t n;
    *out = NULL;
    if (value_is_null(v) || (none && value_is_none(v))) return 0;
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "%s() argument %s must be str%s, not %G", function, what, none ? " or None" : "", v));
    if ((*out = str_utf8(t, v, &n)) == NULL) return -1;
    return strlen(*out) == n ? 0 : err_int(err_set(t, E_ValueError, "embedded null character"));
}
static int flag_arg(Thread *t, Value v, bool dflt, bool *out) {
    *out = dflt;
    if (value_is_null(v)) return 0;
    int i;
    if (value_is_true(v) || value_is_false(v)) i = value_is_true(v);
    else if (as_int(t, v, &i) < 0) return -1;
    *out = i != 0;
    return 0;
}

static Ref pair(Thread *t, Ref first, size_t n) {
    if (ref_is_null(first)) return first;
    Ref parts[2] = {first, ref_small_int((int64_t)n)};
    return tuple_from_steal(t, parts, 2);
}

/* ---- encoders --------------------------------------------------------------------------------------------------------- */
static int encode_args(Thread *t, const char *function, const Value *a, const char **errors) {
    if (!is_str(a[0])) return err_int(err_set(t, E_TypeError, "%s() argument 1 must be str, not %G", function, a[0]));
    return text_arg(t, function, "2", a[1], true, errors);
}
#define ENCODER(name, expression)                                                                  \
    static Ref name##_encode_f(Thread *t, Value self, const Value *a) {                            \
        const char *errors;                                                                        \
        if (encode_args(t, #name "_encode", a, &errors) < 0) return REF_NULL;                      \
        return pair(t, expression, str_length(a[0]));                                              \
    }
ENCODER(utf_8, utf8_encode(t, a[0], errors))
ENCODER(utf_7, utf7_encode(t, a[0], errors))
ENCODER(utf_16_le, utf16_encode(t, a[0], errors, -1))
ENCODER(utf_16_be, utf16_encode(t, a[0], errors, 1))
ENCODER(utf_32_le, utf32_encode(t, a[0], errors, -1))
ENCODER(utf_32_be, utf32_encode(t, a[0], errors, 1))
ENCODER(latin_1, latin1_encode(t, a[0], errors))
ENCODER(ascii, ascii_encode(t, a[0], errors))
ENCODER(unicode_escape, unicode_escape_encode(t, a[0]))
ENCODER(raw_unicode_escape, raw_unicode_escape_encode(t, a[0]))
ENCODER(charmap, charmap_encode(t, a[0], errors, a[2]))
#define ORDERED_ENCODER(name, encode)                                                              \
    static Ref name##_encode_f(Thread *t, Value self, const Value *a) {                            \
        const char *errors;                                                                        \
        int order = 0;                                                                             \
        if (encode_args(t, #name "_encode", a, &errors) < 0) return REF_NULL;                      \
        if (!value_is_null(a[2]) && as_int(t, a[2], &order) < 0) return REF_NULL;                  \
        return pair(t, encode(t, a[0], errors, order), str_length(a[0]));                          \
    }
ORDERED_ENCODER(utf_16, utf16_encode)
ORDERED_ENCODER(utf_32, utf32_encode)

/* ---- decoders ----------------------------------------------------------------------------------------------------------- */
/* (data, errors=None, final=False): the bytes, held until decode_done. Text counts as its UTF-8 where `text`. */
typedef struct Input { Buffer view; const uint8_t *p; size_t n; const char *errors; bool held, final; } Input;
static int decode_args(Thread *t, const char *function, const Value *a, Value final, bool dflt, bool text, Input *in) {
    in->held = false;
    if (text_arg(t, function, "2", a[1], true, &in->errors) < 0 || flag_arg(t, final, dflt, &in->final) < 0) return -1;
    if (text && is_str(a[0])) {
        in->p = (const uint8_t *)str_utf8(t, a[0], &in->n);
        return in->p == NULL ? -1 : 0;
    }
    if (buffer_get_snapshot(t, a[0], &in->view) < 0) return -1;
    in->held = true;
    in->p = in->view.data;
    in->n = (size_t)in->view.len;
    return 0;
}
static void decode_done(Thread *t, Input *in) {
    if (in->held) buffer_release(t, &in->view);
}

#define DECODER(name, last, dflt, text, expression)                                                \
    static Ref name##_decode_f(Thread *t, Value self, const Value *a) {                            \
        Input in;                                                                                  \
        size_t consumed = 0;                                                                       \
        if (decode_args(t, #name "_decode", a, last, dflt, text, &in) < 0) return REF_NULL;       \
        size_t *want = in.final ? NULL : &consumed;                                                \
        (void)want;                                                                                \
        Ref r = expression;                                                                        \
        Ref result = pair(t, r, in.final ? in.n : consumed);                                       \
        decode_done(t, &in);                                                                       \
        return result;                                                                             \
    }
static int little = -1, big = 1;
#define ORDER(o) (&(int){o})
DECODER(utf_8, a[2], false, false, utf8_decode(t, in.p, in.n, in.errors, want))
DECODER(utf_7, a[2], false, false, utf7_decode(t, in.p, in.n, in.errors, want))
DECODER(utf_16, a[2], false, false, utf16_decode(t, in.p, in.n, in.errors, ORDER(0), want))
DECODER(utf_16_le, a[2], false, false, utf16_decode(t, in.p, in.n, in.errors, ORDER(little), want))
DECODER(utf_16_be, a[2], false, false, utf16_decode(t, in.p, in.n, in.errors, ORDER(big), want))
DECODER(utf_32, a[2], false, false, utf32_decode(t, in.p, in.n, in.errors, ORDER(0), want))
DECODER(utf_32_le, a[2], false, false, utf32_decode(t, in.p, in.n, in.errors, ORDER(little), want))
DECODER(utf_32_be, a[2], false, false, utf32_decode(t, in.p, in.n, in.errors, ORDER(big), want))
DECODER(latin_1, VALUE_NULL, true, false, latin1_decode(t, in.p, in.n))
DECODER(ascii, VALUE_NULL, true, false, ascii_decode(t, in.p, in.n, in.errors))
DECODER(charmap, VALUE_NULL, true, false, charmap_decode(t, in.p, in.n, in.errors, a[2]))
DECODER(raw_unicode_escape, a[2], true, true, raw_unicode_escape_decode(t, in.p, in.n, in.errors, want))

static int warn_escape(Thread *t, const uint8_t *bad) {
    if (bad == NULL) return 0;
    if (*bad >= '4' && *bad <= '7') return warn(t, E_DeprecationWarning, 1, "invalid octal escape sequence '\\%.3s'", (const char *)bad);
    return warn(t, E_DeprecationWarning, 1, "invalid escape sequence '\\%c'", *bad);
}
static Ref unicode_escape(Thread *t, Input *in, size_t *want) {
    const uint8_t *bad;
    Ref r = unicode_escape_decode(t, in->p, in->n, in->errors, want, &bad);
    if (ref_is_null(r) || warn_escape(t, bad) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
DECODER(unicode_escape, a[2], true, true, unicode_escape(t, &in, want))
static Ref escape(Thread *t, Input *in) {
    const uint8_t *bad;
    Ref r = bytes_escape_decode(t, in->p, in->n, in->errors, &bad);
    if (ref_is_null(r) || warn_escape(t, bad) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
DECODER(escape, VALUE_NULL, true, true, escape(t, &in))

#define EX_DECODER(name, decode)                                                                   \
    static Ref name##_ex_decode_f(Thread *t, Value self, const Value *a) {                         \
        Input in;                                                                                  \
        size_t consumed = 0;                                                                       \
        int order = 0;                                                                             \
        if (!value_is_null(a[2]) && as_int(t, a[2], &order) < 0) return REF_NULL;                  \
        if (decode_args(t, #name "_ex_decode", a, a[3], false, false, &in) < 0) return REF_NULL;   \
        Ref r = decode(t, in.p, in.n, in.errors, &order, in.final ? NULL : &consumed);             \
        if (in.final) consumed = in.n;                                                             \
        decode_done(t, &in);                                                                       \
        if (ref_is_null(r)) return r;                                                              \
        Ref parts[3] = {r, ref_small_int((int64_t)consumed), ref_small_int(order)};                \
        return tuple_from_steal(t, parts, 3);                                                      \
    }
EX_DECODER(utf_16, utf16_decode)
EX_DECODER(utf_32, utf32_decode)

static Ref escape_encode_f(Thread *t, Value self, const Value *a) {
    if (!is_bytes(a[0])) return err_set(t, E_TypeError, "escape_encode() argument 1 must be bytes, not %G", a[0]);
    ByteBuilder b = BYTE_BUILDER;
    const uint8_t *p = bytes_data(a[0]);
    size_t n = bytes_length(a[0]);
    int status = 0;
    for (size_t i = 0; i < n && status == 0; i++) {
        uint8_t c = p[i];
        char text[4] = {'\\', (char)c, 0, 0};
        size_t size = 2;
        if (c == '\t') text[1] = 't';
        else if (c == '\n') text[1] = 'n';
        else if (c == '\r') text[1] = 'r';
        else if (c < ' ' || c >= 127) {
            text[1] = 'x';
            text[2] = "0123456789abcdef"[c >> 4];
            text[3] = "0123456789abcdef"[c & 15];
            size = 4;
        } else if (c != '\\' && c != '\'') {
            text[0] = (char)c;
            size = 1;
        }
        status = bytes_append(t, &b, text, size);
    }
    if (status == 0) return pair(t, bytes_finish(t, &b), n);
    bytes_drop(&b);
    return REF_NULL;
}
static Ref readbuffer_encode_f(Thread *t, Value self, const Value *a) {
    Input in;
    if (decode_args(t, "readbuffer_encode", a, VALUE_NULL, true, true, &in) < 0) return REF_NULL;
    Ref r = pair(t, bytes_new(t, in.p, in.n), in.n);
    decode_done(t, &in);
    return r;
}
static Ref charmap_build_f(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "charmap_build() argument must be str, not %G", a[0]);
    return charmap_build(t, a[0]);
}

/* ---- registry --------------------------------------------------------------------------------------------------------------- */
static Ref none_if(int status) { return status < 0 ? REF_NULL : REF_NONE; }
static Ref register_f(Thread *t, Value self, const Value *a) { return none_if(codec_register(t, a[0])); }
static Ref unregister_f(Thread *t, Value self, const Value *a) { return none_if(codec_unregister(t, a[0])); }
static Ref lookup_f(Thread *t, Value self, const Value *a) {
    const char *encoding;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "lookup() argument must be str, not %G", a[0]);
    return text_arg(t, "lookup", "1", a[0], false, &encoding) < 0 ? REF_NULL : codec_lookup(t, encoding);
}
static Ref forget_f(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "_forget_codec() argument must be str, not %G", a[0]);
    codec_forget(t, a[0]);
    return REF_NONE;
}
static Ref encode_f(Thread *t, Value self, const Value *a) {
    const char *encoding, *errors;
    if (text_arg(t, "encode", "'encoding'", a[1], false, &encoding) < 0 || text_arg(t, "encode", "'errors'", a[2], false, &errors) < 0)
        return REF_NULL;
    return codec_encode(t, a[0], encoding ? encoding : "utf-8", errors);
}
static Ref decode_f(Thread *t, Value self, const Value *a) {
    const char *encoding, *errors;
    if (text_arg(t, "decode", "'encoding'", a[1], false, &encoding) < 0 || text_arg(t, "decode", "'errors'", a[2], false, &errors) < 0)
        return REF_NULL;
    return codec_decode(t, a[0], encoding ? encoding : "utf-8", errors);
}
static Ref register_error_f(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "register_error() argument 1 must be str, not %G", a[0]);
    return none_if(codec_register_error(t, a[0], a[1]));
}
static Ref lookup_error_f(Thread *t, Value self, const Value *a) {
    const char *name;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "lookup_error() argument must be str, not %G", a[0]);
    return text_arg(t, "lookup_error", "1", a[0], false, &name) < 0 ? REF_NULL : codec_lookup_error(t, name);
}

#define CODEC(name, encode_sig, decode_sig)                                                        \
    FN(#name "_encode", encode_sig, name##_encode_f, "Encode: (bytes, characters consumed)."),     \
    FN(#name "_decode", decode_sig, name##_decode_f, "Decode: (text, bytes consumed).")
#define PLAIN_ENCODE "($module, str, errors=None, /)"
#define PLAIN_DECODE "($module, data, errors=None, /)"
#define FINAL_DECODE "($module, data, errors=None, final=False, /)"
static NativeDef functions[] = {
    FN("register", "($module, search_function, /)", register_f, "Add a codec search function."),
    FN("unregister", "($module, search_function, /)", unregister_f, "Remove a codec search function and clear the cache."),
    FN("lookup", "($module, encoding, /)", lookup_f, "The CodecInfo of an encoding."),
    FN("_forget_codec", "($module, encoding, /)", forget_f, "Drop an encoding from the cache."),
    FN("encode", "($module, /, obj, encoding='utf-8', errors='strict')", encode_f, "Encode an object by a registered codec."),
    FN("decode", "($module, /, obj, encoding='utf-8', errors='strict')", decode_f, "Decode an object by a registered codec."),
    FN("register_error", "($module, errors, handler, /)", register_error_f, "Register an error handler under a name."),
    FN("lookup_error", "($module, name, /)", lookup_error_f, "The error handler of this name."),
    CODEC(escape, "($module, data, errors=None, /)", PLAIN_DECODE),
    CODEC(utf_8, PLAIN_ENCODE, FINAL_DECODE),
    CODEC(utf_7, PLAIN_ENCODE, FINAL_DECODE),
    CODEC(utf_16, "($module, str, errors=None, byteorder=0, /)", FINAL_DECODE),
    CODEC(utf_16_le, PLAIN_ENCODE, FINAL_DECODE),
    CODEC(utf_16_be, PLAIN_ENCODE, FINAL_DECODE),
    CODEC(utf_32, "($module, str, errors=None, byteorder=0, /)", FINAL_DECODE),
    CODEC(utf_32_le, PLAIN_ENCODE, FINAL_DECODE),
    CODEC(utf_32_be, PLAIN_ENCODE, FINAL_DECODE),
    FN("utf_16_ex_decode", "($module, data, errors=None, byteorder=0, final=False, /)", utf_16_ex_decode_f, "Decode: (text, bytes consumed, byte order)."),
    FN("utf_32_ex_decode", "($module, data, errors=None, byteorder=0, final=False, /)", utf_32_ex_decode_f, "Decode: (text, bytes consumed, byte order)."),
    CODEC(unicode_escape, PLAIN_ENCODE, "($module, data, errors=None, final=True, /)"),
    CODEC(raw_unicode_escape, PLAIN_ENCODE, "($module, data, errors=None, final=True, /)"),
    CODEC(latin_1, PLAIN_ENCODE, PLAIN_DECODE),
    CODEC(ascii, PLAIN_ENCODE, PLAIN_DECODE),
    CODEC(charmap, "($module, str, errors=None, mapping=None, /)", "($module, data, errors=None, mapping=None, /)"),
    FN("charmap_build", "($module, map, /)", charmap_build_f, "An encoding map from a decoding table."),
    FN("readbuffer_encode", "($module, data, errors=None, /)", readbuffer_encode_f, "The bytes of a buffer, and their number."),
    FN_END,
};

int module_init_codecs(Thread *t, Value module) { return module_add_functions(t, module, functions); }
