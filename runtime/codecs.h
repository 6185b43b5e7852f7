/* Codecs: the registry, error handlers, and the native encoders and decoders behind str_encode, str_decode and _codecs.
 *
 * Attached thread; results owned, null with an exception. Every error handler that isn't native runs Python code.
 * Encoders take a str (kept by the caller) and give bytes; decoders take memory (kept and left alone by the caller) and give a str.
 * `errors` null means "strict". `consumed` null: the input is final; else *consumed is how many bytes were decoded, and an
 * incomplete sequence at the end is left for the next call.
 */
#ifndef WEFT_RUNTIME_CODECS_H
#define WEFT_RUNTIME_CODECS_H

#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/str.h"

/* ---- registry ---------------------------------------------------------------------------------------------- */
int codecs_init(Thread *t);                           /* at start, after the types are ready: text_init calls it */
int codec_register(Thread *t, Value search_function);
void codec_forget(Thread *t, Value name);             /* drops it from the cache */
int codec_unregister(Thread *t, Value search_function);
Ref codec_lookup(Thread *t, const char *encoding);    /* the codec's tuple; LookupError */
Ref codec_encode(Thread *t, Value o, const char *encoding, const char *errors); /* any codec, any object */
Ref codec_decode(Thread *t, Value o, const char *encoding, const char *errors);
int codec_register_error(Thread *t, Value name, Value handler);
Ref codec_lookup_error(Thread *t, const char *name);  /* LookupError "unknown error handler name 'x'" */

/* ---- errors --------------------------------------------------------------------------------------------------- */
typedef enum { ERRORS_UNKNOWN, ERRORS_STRICT, ERRORS_IGNORE, ERRORS_REPLACE, ERRORS_SURROGATEESCAPE, ERRORS_SURROGATEPASS,
    ERRORS_XMLCHARREFREPLACE, ERRORS_BACKSLASHREPLACE, ERRORS_NAMEREPLACE, ERRORS_OTHER } ErrorsKind;
/* One coding run's view of its error handler. Start with CODEC_ERRORS, end with codec_errors_done. */
typedef struct CodecErrors {
    const char *encoding, *errors;
    ErrorsKind kind;
    Ref handler, input; /* input: what the handler replaced the decoder's input with */
} CodecErrors;
#define CODEC_ERRORS(encoding_, errors_) ((CodecErrors){.encoding = (encoding_), .errors = (errors_)})
/* The characters [start, end) of s can't be encoded: the replacement (str, to be encoded in its turn, or bytes); *next: where to go on. */
Ref codec_encode_error(Thread *t, CodecErrors *e, Value s, size_t start, size_t end, const char *reason, size_t *next);
/* The bytes [start, end) can't be decoded: appends the replacement to b; sets *next and, if the handler says so, another input. */
int codec_decode_error(Thread *t, CodecErrors *e, StrBuilder *b, const uint8_t **p, size_t *n, size_t start, size_t end,
                       const char *reason, size_t *next);
void codec_errors_done(Thread *t, CodecErrors *e);
/* Never ERRORS_UNKNOWN: encoders and decoders may treat what is simple themselves. */
ErrorsKind codec_errors_kind(CodecErrors *e);
/* \xNN, \uNNNN or \UNNNNNNNN, up to 10 characters: how many. */
size_t codec_escape_of(char *out, uint32_t c);
/* Raise UnicodeEncodeError / UnicodeDecodeError; return null. */
Ref raise_encode_error(Thread *t, const char *encoding, Value s, size_t start, size_t end, const char *reason);
Ref raise_decode_error(Thread *t, const char *encoding, const uint8_t *p, size_t n, size_t start, size_t end, const char *reason);
/* The native handlers as Python functions of one exception: codecs.strict_errors and so on. */
extern NativeDef codec_error_functions[];

/* ---- native codecs ------------------------------------------------------------------------------------------------ */
Ref utf8_encode(Thread *t, Value s, const char *errors);
Ref utf8_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed);
/* order: -1 little, 0 native with a byte order mark, 1 big; decoders set *order to what they found if it is not null */
Ref utf16_encode(Thread *t, Value s, const char *errors, int order);
Ref utf16_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, int *order, size_t *consumed);
Ref utf32_encode(Thread *t, Value s, const char *errors, int order);
Ref utf32_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, int *order, size_t *consumed);
Ref utf7_encode(Thread *t, Value s, const char *errors);
Ref utf7_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed);
Ref latin1_encode(Thread *t, Value s, const char *errors);
Ref ascii_encode(Thread *t, Value s, const char *errors);
Ref latin1_decode(Thread *t, const uint8_t *p, size_t n);
Ref ascii_decode(Thread *t, const uint8_t *p, size_t n, const char *errors);
Ref charmap_encode(Thread *t, Value s, const char *errors, Value mapping_or_null);
Ref charmap_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, Value mapping_or_null);
Ref charmap_build(Thread *t, Value text); /* an EncodingMap where it can be, else a dict */
extern Type encoding_map_type;
Ref unicode_escape_encode(Thread *t, Value s);
Ref raw_unicode_escape_encode(Thread *t, Value s);
/* *bad: first invalid escape (into p), or null: callers warn */
Ref unicode_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed, const uint8_t **bad);
Ref raw_unicode_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, size_t *consumed);
Ref bytes_escape_decode(Thread *t, const uint8_t *p, size_t n, const char *errors, const uint8_t **bad);

#endif
