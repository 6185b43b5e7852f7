/* Codecs: the registry of codecs and error handlers, and the choice between native codecs and registered ones. */
#include "alloc/collect.h"
#include "runtime/config.h"
#include "runtime/codecs.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/instance.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/text.h"

/* Immortal containers: shared from the start, atomic in each operation; two threads may look the same codec up twice. */
static Value search_path, cache, error_registry;

static Value immortal(Thread *t, Ref r) {
    if (ref_is_null(r)) return VALUE_NULL;
    publish(t, ref_borrow(r));
    object_immortalize(t, value_object(ref_borrow(r)));
    return ref_borrow(r);
}

int codecs_init(Thread *t) {
    static const char *const names_[] = {"strict", "ignore", "replace", "xmlcharrefreplace", "backslashreplace", "namereplace",
                                         "surrogatepass", "surrogateescape"};
    search_path = immortal(t, list_new(t, 0));
    cache = immortal(t, dict_new(t));
    error_registry = immortal(t, dict_new(t));
    if (value_is_null(search_path) || value_is_null(cache) || value_is_null(error_registry)) return -1;
    for (size_t i = 0; codec_error_functions[i].name != NULL; i++) {
        Ref f = native_new(t, &codec_error_functions[i], VALUE_NULL, VALUE_NULL);
        if (ref_is_null(f) || dict_set_cstr(t, error_registry, names_[i], ref_borrow(f)) < 0) return -1;
        ref_drop(t, f);
    }
    return 0;
}

int text_init(Thread *t) {
    extern Type str_ascii_iter_type, str_iter_type, bytes_iter_type, bytearray_iter_type, memory_iter_type, managed_buffer_type;
    Type *types[] = {&encoding_map_type, &str_ascii_iter_type, &str_iter_type, &bytes_iter_type, &bytearray_iter_type, &memory_iter_type, &managed_buffer_type};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (type_ready(t, types[i]) < 0) return -1;
    return codecs_init(t);
}

/* ---- registry -------------------------------------------------------------------------------------------------- */
/* encodings registers the standard codecs; at the interpreter's end it may be too late for that. A thread that comes here while another imports it waits; that other one, coming here again from
 * within the import, goes on with what is registered so far. */
static int import_encodings(Thread *t) {
    if (list_size(search_path) > 0) return 0;
    Ref m = import_module(t, "encodings");
    ref_drop(t, m);
    if (ref_is_null(m) && is_finalizing()) err_clear(t);
    return err_pending(t) ? -1 : 0;
}

int codec_register(Thread *t, Value f) {
    if (import_encodings(t) < 0) return -1; /* they come first */
    if (!is_callable(f)) return err_int(err_set(t, E_TypeError, "argument must be callable"));
    return list_append(t, search_path, f);
}

void codec_forget(Thread *t, Value name) {
    Ref old;
    if (dict_pop(t, cache, name, &old) > 0) ref_drop(t, old);
}

int codec_unregister(Thread *t, Value f) {
    for (size_t i = 0; i < list_size(search_path); i++) {
        if (!value_is(list_get(search_path, i), f)) continue;
        dict_clear(t, cache);
        Ref old = list_pop(t, search_path, (int64_t)i);
        ref_drop(t, old);
        return ref_is_null(old) ? -1 : 0;
    }
    return 0;
}

/* What search functions are asked for: lower case, runs of anything but letters, digits and dots one underscore. */
static Ref registry_name(Thread *t, const char *encoding) {
    uint8_t room[64];
    StrBuilder b = STR_BUILDER_ON(room);
    bool gap = false;
    for (const char *p = encoding; *p; p++) {
        char c = *p >= 'A' && *p <= 'Z' ? *p + 32 : *p;
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.')) {
            gap = true;
            continue;
        }
        if ((gap && b.length > 0 && builder_char(t, &b, '_') < 0) || builder_char(t, &b, (uint8_t)c) < 0) {
            builder_drop(&b);
            return REF_NULL;
        }
        gap = false;
    }
    return builder_finish(t, &b);
}

Ref codec_lookup(Thread *t, const char *encoding) {
    Ref key = registry_name(t, encoding);
    if (ref_is_null(key)) return key;
    Value name = ref_borrow(key);
    Ref found;
    int status = dict_lookup(t, cache, name, &found);
    if (status == 0) {
        key = str_intern(t, key);
        if (ref_is_null(key)) return key;
        name = ref_borrow(key);
    }
    if (status != 0 || import_encodings(t) < 0) {
        ref_drop(t, key);
        return status > 0 ? found : REF_NULL;
    }
    if (list_size(search_path) == 0 && !is_finalizing()) {
        ref_drop(t, key);
        return err_set(t, E_LookupError, "no codec search functions registered: can't find encoding");
    }
    for (size_t i = 0; i < list_size(search_path); i++) {
        Value f = list_get(search_path, i);
        if (value_is_null(f)) break;
        Ref own = ref_new(t, f), r = call1(t, ref_borrow(own), name);
        ref_drop(t, own);
        if (!ref_is_null(r) && value_is_none(ref_borrow(r))) continue;
        if (!ref_is_null(r) && (!is_tuple(ref_borrow(r)) || tuple_size(ref_borrow(r)) != 4)) {
            ref_drop(t, r);
            r = err_set(t, E_TypeError, "codec search functions must return 4-tuples");
        }
        if (!ref_is_null(r) && dict_set(t, cache, name, ref_borrow(r)) < 0) {
            ref_drop(t, r);
            r = REF_NULL;
        }
        ref_drop(t, key);
        return r;
    }
    ref_drop(t, key);
    return err_set(t, E_LookupError, "unknown encoding: %s", encoding);
}

/* Names the codec in the message of a plain exception that came out of it; the original becomes the cause. Exceptions with a state of
 * their own stay as they are. */
static void name_codec(Thread *t, const char *what, const char *encoding) {
    Value exc = ref_borrow(t->exc);
    Type *type = type_of(exc), *plain = ETYPE(BaseException);
    BaseException *e = as(BaseException, exc);
    Value args = slot_get(&e->args);
    if (type->init != plain->init || type->new_ != plain->new_ || instance_count(exc) > 0 || tuple_size(args) > 1 ||
        (tuple_size(args) == 1 && !is_exact(tuple_get(args, 0), &str_type)))
        return;
    Ref cause = err_fetch(t);
    Ref text = object_str(t, ref_borrow(cause));
    if (ref_is_null(text)) {
        err_clear(t);
        err_steal(t, cause);
        return;
    }
    err_type(t, type, "%s with '%s' codec failed (%N: %V)", what, encoding, type, ref_borrow(text));
    ref_drop(t, text);
    Ref raised = err_fetch(t);
    exception_set_context(t, ref_borrow(raised), ref_new(t, ref_borrow(cause)));
    exception_set_cause(t, ref_borrow(raised), cause);
    err_steal(t, raised);
}

static Ref call_codec(Thread *t, Value codec, size_t which, Value o, const char *encoding, const char *errors) {
    Ref f = ref_new(t, tuple_get(codec, which)), r = REF_NULL;
    if (errors == NULL) {
        r = call1(t, ref_borrow(f), o);
    } else {
        Ref e = str_from_cstr(t, errors);
        if (!ref_is_null(e)) r = call2(t, ref_borrow(f), o, ref_borrow(e));
        ref_drop(t, e);
    }
    ref_drop(t, f);
    if (ref_is_null(r)) {
        name_codec(t, which == 0 ? "encoding" : "decoding", encoding);
        return r;
    }
    Value v = ref_borrow(r);
    Ref result = REF_NULL;
    if (!is_tuple(v) || tuple_size(v) != 2)
        err_set(t, E_TypeError, which == 0 ? "encoder must return a tuple (object, integer)" : "decoder must return a tuple (object,integer)");
    else result = ref_new(t, tuple_get(v, 0));
    ref_drop(t, r);
    return result;
}

static Ref run_codec(Thread *t, Value o, const char *encoding, const char *errors, size_t which) {
    Ref codec = codec_lookup(t, encoding);
    if (ref_is_null(codec)) return codec;
    Ref r = call_codec(t, ref_borrow(codec), which, o, encoding, errors);
    ref_drop(t, codec);
    return r;
}
Ref codec_encode(Thread *t, Value o, const char *encoding, const char *errors) { return run_codec(t, o, encoding, errors, 0); }
Ref codec_decode(Thread *t, Value o, const char *encoding, const char *errors) { return run_codec(t, o, encoding, errors, 1); }

/* For str.encode and bytes.decode: text encodings only. */
static Ref run_text_codec(Thread *t, Value o, const char *encoding, const char *errors, size_t which) {
    Ref codec = codec_lookup(t, encoding);
    if (ref_is_null(codec)) return codec;
    if (!is_exact(ref_borrow(codec), &tuple_type)) {
        Ref flag = get_attr_opt(t, ref_borrow(codec), N(_is_text_encoding));
        int text = ref_is_null(flag) ? !err_pending(t) : is_true(t, ref_borrow(flag));
        ref_drop(t, flag);
        if (text <= 0) {
            ref_drop(t, codec);
            if (text == 0 && !err_pending(t))
                err_set(t, E_LookupError, "'%.400s' is not a text encoding; use %s to handle arbitrary codecs", encoding,
                        which == 0 ? "codecs.encode()" : "codecs.decode()");
            return REF_NULL;
        }
    }
    Ref r = call_codec(t, ref_borrow(codec), which, o, encoding, errors);
    ref_drop(t, codec);
    return r;
}

int codec_register_error(Thread *t, Value name, Value handler) {
    if (!is_callable(handler)) return err_int(err_set(t, E_TypeError, "handler must be callable"));
    return dict_set(t, error_registry, name, handler);
}

Ref codec_lookup_error(Thread *t, const char *name) {
    Ref key = str_from_cstr(t, name ? name : "strict"), found;
    if (ref_is_null(key)) return key;
    int status = dict_lookup(t, error_registry, ref_borrow(key), &found);
    ref_drop(t, key);
    if (status > 0) return found;
    return status < 0 ? REF_NULL : err_set(t, E_LookupError, "unknown error handler name '%.400s'", name);
}

/* ---- native or not --------------------------------------------------------------------------------------------------- */
typedef enum { CODEC_OTHER, CODEC_UTF8, CODEC_LATIN1, CODEC_ASCII, CODEC_UTF16, CODEC_UTF16LE, CODEC_UTF16BE, CODEC_UTF32,
    CODEC_UTF32LE, CODEC_UTF32BE } NativeCodec;

static NativeCodec native_codec(const char *encoding) {
    static const struct { const char *name; NativeCodec codec; } table[] = {
        {"utf_8", CODEC_UTF8}, {"utf8", CODEC_UTF8}, {"latin_1", CODEC_LATIN1}, {"latin1", CODEC_LATIN1}, {"iso_8859_1", CODEC_LATIN1},
        {"iso8859_1", CODEC_LATIN1}, {"ascii", CODEC_ASCII}, {"us_ascii", CODEC_ASCII}, {"utf_16", CODEC_UTF16}, {"utf16", CODEC_UTF16},
        {"utf_16_le", CODEC_UTF16LE}, {"utf_16_be", CODEC_UTF16BE}, {"utf_32", CODEC_UTF32}, {"utf32", CODEC_UTF32},
        {"utf_32_le", CODEC_UTF32LE}, {"utf_32_be", CODEC_UTF32BE}};
    char name[16];
    size_t n = 0;
    bool gap = false;
    for (const char *p = encoding; *p; p++) { /* lower case, runs of other characters one underscore */
        char c = *p >= 'A' && *p <= 'Z' ? *p + 32 : *p;
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.')) {
            gap = true;
            continue;
        }
        if (n + 2 >= sizeof name) return CODEC_OTHER;
        if (gap && n > 0) name[n++] = '_';
        gap = false;
        name[n++] = c;
    }
    name[n] = 0;
    if (strchr("ulia", *name) == NULL) return CODEC_OTHER; /* how those in the table begin */
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (name[0] == table[i].name[0] && strcmp(name, table[i].name) == 0) return table[i].codec;
    return CODEC_OTHER;
}

/* -X dev: encoding and error handler must exist even where they aren't needed. */
static int check_names(Thread *t, const char *encoding, const char *errors) {
    if (likely(!config.dev_mode)) return 0;
    if (encoding != NULL && native_codec(encoding) == CODEC_OTHER) {
        Ref codec = codec_lookup(t, encoding);
        ref_drop(t, codec);
        if (ref_is_null(codec)) return -1;
    }
    if (errors == NULL || strcmp(errors, "strict") == 0 || strcmp(errors, "surrogateescape") == 0) return 0;
    Ref handler = codec_lookup_error(t, errors);
    ref_drop(t, handler);
    return ref_is_null(handler) ? -1 : 0;
}

Ref str_encode(Thread *t, Value s, const char *encoding, const char *errors) {
    if (check_names(t, encoding, errors) < 0) return REF_NULL;
    switch (encoding == NULL ? CODEC_UTF8 : native_codec(encoding)) {
    case CODEC_UTF8: return utf8_encode(t, s, errors);
    case CODEC_LATIN1: return latin1_encode(t, s, errors);
    case CODEC_ASCII: return ascii_encode(t, s, errors);
    case CODEC_UTF16: return utf16_encode(t, s, errors, 0);
    case CODEC_UTF16LE: return utf16_encode(t, s, errors, -1);
    case CODEC_UTF16BE: return utf16_encode(t, s, errors, 1);
    case CODEC_UTF32: return utf32_encode(t, s, errors, 0);
    case CODEC_UTF32LE: return utf32_encode(t, s, errors, -1);
    case CODEC_UTF32BE: return utf32_encode(t, s, errors, 1);
    case CODEC_OTHER: break;
    }
    Ref r = run_text_codec(t, s, encoding, errors, 0);
    if (ref_is_null(r) || is_bytes(ref_borrow(r))) return r;
    if (type_is_subtype(type_of(ref_borrow(r)), &bytearray_type)) {
        Ref bytes = REF_NULL;
        if (warn(t, E_RuntimeWarning, 1, "encoder %s returned bytearray instead of bytes; use codecs.encode() to encode to arbitrary types",
                 encoding) == 0)
            bytes = bytes_from_object(t, ref_borrow(r));
        ref_drop(t, r);
        return bytes;
    }
    err_set(t, E_TypeError, "'%.400s' encoder returned '%.400T' instead of 'bytes'; use codecs.encode() to encode to arbitrary types",
            encoding, ref_borrow(r));
    ref_drop(t, r);
    return REF_NULL;
}

static Ref decode_other(Thread *t, const char *p, size_t n, const char *encoding, const char *errors) {
    Ref input = bytes_new(t, p, n); /* the codec may keep it */
    if (ref_is_null(input)) return input;
    Ref r = run_text_codec(t, ref_borrow(input), encoding, errors, 1);
    ref_drop(t, input);
    if (ref_is_null(r) || is_str(ref_borrow(r))) return r;
    err_set(t, E_TypeError, "'%.400s' decoder returned '%.400T' instead of 'str'; use codecs.decode() to decode to arbitrary types",
            encoding, ref_borrow(r));
    ref_drop(t, r);
    return REF_NULL;
}

Ref str_decode(Thread *t, const char *text, size_t n, const char *encoding, const char *errors) {
    if (check_names(t, encoding, errors) < 0) return REF_NULL;
    const uint8_t *p = (const uint8_t *)text;
    int order = 0;
    switch (encoding == NULL ? CODEC_UTF8 : native_codec(encoding)) {
    case CODEC_UTF8: return utf8_decode(t, p, n, errors, NULL);
    case CODEC_LATIN1: return latin1_decode(t, p, n);
    case CODEC_ASCII: return ascii_decode(t, p, n, errors);
    case CODEC_UTF16: return utf16_decode(t, p, n, errors, &order, NULL);
    case CODEC_UTF16LE: order = -1; return utf16_decode(t, p, n, errors, &order, NULL);
    case CODEC_UTF16BE: order = 1; return utf16_decode(t, p, n, errors, &order, NULL);
    case CODEC_UTF32: return utf32_decode(t, p, n, errors, &order, NULL);
    case CODEC_UTF32LE: order = -1; return utf32_decode(t, p, n, errors, &order, NULL);
    case CODEC_UTF32BE: order = 1; return utf32_decode(t, p, n, errors, &order, NULL);
    case CODEC_OTHER: break;
    }
    return decode_other(t, text, n, encoding, errors);
}

/* A path for the C library: str goes by UTF-8 with surrogateescape, bytes as they are. */
const char *str_fs(Thread *t, Value path, Ref *keep) {
    *keep = REF_NULL;
    if (!is_str(path) && !is_bytes(path)) {
        Ref method = lookup_special(t, path, N(__fspath__));
        if (ref_is_null(method)) {
            if (!err_pending(t)) err_set(t, E_TypeError, "expected str, bytes or os.PathLike object, not %.200T", path);
            return NULL;
        }
        Ref r = call0(t, ref_borrow(method));
        ref_drop(t, method);
        if (ref_is_null(r)) return NULL;
        if (!is_str(ref_borrow(r)) && !is_bytes(ref_borrow(r))) {
            err_set(t, E_TypeError, "expected %.200T.__fspath__() to return str or bytes, not %.200T", path, ref_borrow(r));
            ref_drop(t, r);
            return NULL;
        }
        const char *s = str_fs(t, ref_borrow(r), keep);
        ref_drop(t, r); /* *keep holds the bytes */
        return s;
    }
    Ref bytes = is_str(path) ? utf8_encode(t, path, "surrogateescape") : ref_new(t, path);
    if (ref_is_null(bytes)) return NULL;
    Value b = ref_borrow(bytes);
    if (strlen((const char *)bytes_data(b)) != bytes_length(b)) {
        ref_drop(t, bytes);
        err_set(t, E_ValueError, "embedded null byte");
        return NULL;
    }
    *keep = bytes;
    return (const char *)bytes_data(b);
}
