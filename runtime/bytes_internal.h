/* What the bytes*.c files and memoryview.c share. bytes and bytearray have one set of methods (bytes_methods.c).
 *
 * A bytearray may change whenever Python code can run, and, if it is shared, whenever its lock isn't held. So every method first turns its
 * arguments into C values and buffers (that may call out), then runs its work by with_self(), which holds the lock and calls nothing.
 */
#ifndef WEFT_RUNTIME_BYTES_INTERNAL_H
#define WEFT_RUNTIME_BYTES_INTERNAL_H

#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/text.h"

void bytes_destroy(Thread *t, Object *o);
int64_t bytes_hash(Thread *t, Value v);
Ref bytes_subclass_new(Thread *t, Type *type, const void *p, size_t n);
Ref bytes_repr_of(Thread *t, Span s, const char *before, const char *after);
/* format % args for bytes: the result's characters are bytes. self: what the result is where the format has no %, or null */
Ref text_modulo(Thread *t, Span format, Value self, Value args, bool bytes);
/* "00ff" of n bytes; sep null or a str/bytes of one ASCII character */
Ref bytes_hex(Thread *t, const uint8_t *p, size_t n, Value sep_or_null, Value group_or_null);
int bytes_from_hex(Thread *t, Value text, ByteBuilder *b);
/* Fills b from any object that bytes() takes but counts: buffers, iterables of ints. */
int bytes_collect(Thread *t, ByteBuilder *b, Value o);
int bytes_count_argument(Thread *t, Value o, int64_t *n); /* bytes(5)? 1 yes, 0 no, -1 exception */
Ref bytes_iter_new(Thread *t, Value self, Type *type);
int byte_value(Thread *t, Value v, uint8_t *out); /* ValueError "byte must be in range(0, 256)" */

/* bytearray.c: the lock is held, or the array is local */
Span bytearray_span(Value self);
int bytearray_resize(Thread *t, ByteArray *b, size_t n); /* BufferError while exported; new bytes undefined */

typedef Ref (*SelfOp)(Thread *t, Value self, Span s, void *args);
Ref with_self(Thread *t, Value self, SelfOp op, void *args);
/* n bytes as a bytes or bytearray, as self is */
Ref bytes_like(Thread *t, Value self, const void *p, size_t n);

static inline Span view_span(const Buffer *view) { return span_bytes(view->data, (size_t)view->len); }

/* The methods that bytes and bytearray share: X(method row). */
#define BYTES_METHOD(name) Ref bytes_m_##name(Thread *t, Value self, const Value *a)
#define BYTES_METHOD_RAW(name) Ref bytes_m_##name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
BYTES_METHOD_RAW(find); BYTES_METHOD_RAW(rfind); BYTES_METHOD_RAW(index); BYTES_METHOD_RAW(rindex); BYTES_METHOD_RAW(count);
BYTES_METHOD_RAW(startswith); BYTES_METHOD_RAW(endswith);
BYTES_METHOD(split); BYTES_METHOD(rsplit); BYTES_METHOD(splitlines); BYTES_METHOD(partition); BYTES_METHOD(rpartition);
BYTES_METHOD(strip); BYTES_METHOD(lstrip); BYTES_METHOD(rstrip); BYTES_METHOD(replace); BYTES_METHOD(join);
BYTES_METHOD(removeprefix); BYTES_METHOD(removesuffix); BYTES_METHOD(ljust); BYTES_METHOD(rjust); BYTES_METHOD(center);
BYTES_METHOD(zfill); BYTES_METHOD(expandtabs); BYTES_METHOD(translate); BYTES_METHOD(maketrans); BYTES_METHOD(decode); BYTES_METHOD(hex);
BYTES_METHOD(upper); BYTES_METHOD(lower); BYTES_METHOD(title); BYTES_METHOD(capitalize); BYTES_METHOD(swapcase);
BYTES_METHOD(isalnum); BYTES_METHOD(isalpha); BYTES_METHOD(isascii); BYTES_METHOD(isdigit); BYTES_METHOD(islower);
BYTES_METHOD(isspace); BYTES_METHOD(istitle); BYTES_METHOD(isupper);

#define BYTES_SHARED_METHODS                                                                                                          \
    FN("capitalize", "($self, /)", bytes_m_capitalize, "A copy with the first letter upper case and the rest lower case (ASCII)."),   \
    FN("center", "($self, width, fillchar=b' ', /)", bytes_m_center, "A copy padded on both sides to a width."),                      \
    FN_RAW_BARE("count", NULL, bytes_m_count, "B.count(sub[, start[, end]]): number of occurrences of sub without overlaps."),             \
    FN("decode", "($self, /, encoding='utf-8', errors='strict')", bytes_m_decode, "Decode: text in the given encoding."),             \
    FN_RAW_BARE("endswith", NULL, bytes_m_endswith, "B.endswith(suffix[, start[, end]]): whether it ends with suffix, or one of a tuple."),\
    FN("expandtabs", "($self, /, tabsize=8)", bytes_m_expandtabs, "A copy with tabs replaced by blanks up to the next column."),      \
    FN_RAW_BARE("find", NULL, bytes_m_find, "B.find(sub[, start[, end]]): lowest index of sub, or -1."),                                   \
    FN("hex", "!($self, /, sep=<unrepresentable>, bytes_per_sep=1)", bytes_m_hex, "Two hexadecimal digits for each byte, separated if asked for.\n\n>>> b'ab'.hex()\n'6162'"),\
    FN_RAW_BARE("index", NULL, bytes_m_index, "B.index(sub[, start[, end]]): lowest index of sub; ValueError if there is none."),          \
    FN("isalnum", "($self, /)", bytes_m_isalnum, "Whether there are bytes and all are ASCII letters or digits."),                     \
    FN("isalpha", "($self, /)", bytes_m_isalpha, "Whether there are bytes and all are ASCII letters."),                               \
    FN("isascii", "($self, /)", bytes_m_isascii, "Whether all bytes are ASCII."),                                                     \
    FN("isdigit", "($self, /)", bytes_m_isdigit, "Whether there are bytes and all are ASCII digits."),                                \
    FN("islower", "($self, /)", bytes_m_islower, "Whether there are ASCII letters and all are lower case."),                          \
    FN("isspace", "($self, /)", bytes_m_isspace, "Whether there are bytes and all are ASCII whitespace."),                            \
    FN("istitle", "($self, /)", bytes_m_istitle, "Whether each word starts with an upper-case letter."),                              \
    FN("isupper", "($self, /)", bytes_m_isupper, "Whether there are ASCII letters and all are upper case."),                          \
    FN("join", "($self, iterable_of_bytes, /)", bytes_m_join, "The bytes-like objects of an iterable with this one between them."),   \
    FN("ljust", "($self, width, fillchar=b' ', /)", bytes_m_ljust, "A copy padded on the right to a width."),                         \
    FN("lower", "($self, /)", bytes_m_lower, "A copy with ASCII letters in lower case."),                                             \
    FN("lstrip", "($self, bytes=None, /)", bytes_m_lstrip, "A copy without leading whitespace, or the given bytes there."),           \
    FN_STATIC("maketrans", "(frm, to, /)", bytes_m_maketrans, "A table for translate() from two objects of equal length."),           \
    FN("partition", "($self, sep, /)", bytes_m_partition, "What stands before the first sep, sep, and what stands after it."),        \
    FN("removeprefix", "($self, prefix, /)", bytes_m_removeprefix, "A copy without the prefix, if it is there."),                     \
    FN("removesuffix", "($self, suffix, /)", bytes_m_removesuffix, "A copy without the suffix, if it is there."),                     \
    FN("replace", "($self, old, new, count=-1, /)", bytes_m_replace, "A copy with occurrences of old replaced by new."),              \
    FN_RAW_BARE("rfind", NULL, bytes_m_rfind, "B.rfind(sub[, start[, end]]): highest index of sub, or -1."),                               \
    FN_RAW_BARE("rindex", NULL, bytes_m_rindex, "B.rindex(sub[, start[, end]]): highest index of sub; ValueError if there is none."),      \
    FN("rjust", "($self, width, fillchar=b' ', /)", bytes_m_rjust, "A copy padded on the left to a width."),                          \
    FN("rpartition", "($self, sep, /)", bytes_m_rpartition, "What stands before the last sep, sep, and what stands after it."),       \
    FN("rsplit", "($self, /, sep=None, maxsplit=-1)", bytes_m_rsplit, "List of the pieces between separators, from the right."),      \
    FN("rstrip", "($self, bytes=None, /)", bytes_m_rstrip, "A copy without trailing whitespace, or the given bytes there."),          \
    FN("split", "($self, /, sep=None, maxsplit=-1)", bytes_m_split, "List of the pieces between separators, from the left."),         \
    FN("splitlines", "($self, /, keepends=False)", bytes_m_splitlines, "List of the lines, with their ends if keepends is true."),    \
    FN_RAW_BARE("startswith", NULL, bytes_m_startswith, "B.startswith(prefix[, start[, end]]): whether it starts so, or one of a tuple."), \
    FN("strip", "($self, bytes=None, /)", bytes_m_strip, "A copy without whitespace at both ends, or the given bytes there."),        \
    FN("swapcase", "($self, /)", bytes_m_swapcase, "A copy with the case of ASCII letters exchanged."),                               \
    FN("title", "($self, /)", bytes_m_title, "A copy with each word's first letter upper case."),                                     \
    FN("translate", "($self, table, /, delete=b'')", bytes_m_translate, "A copy with bytes left out and the rest mapped by a table."),\
    FN("upper", "($self, /)", bytes_m_upper, "A copy with ASCII letters in upper case."),                                             \
    FN("zfill", "($self, width, /)", bytes_m_zfill, "A copy padded with zeros on the left, behind a sign.")

/* Under -b: BytesWarning by str() on a bytes-like (null: it is an error), and by comparing one with str or int (-1). */
Ref bytes_str_warned(Thread *t, const char *type);
int bytes_compare_warned(Thread *t, Value a, Value b, CompareOp op);

#endif
