/* Source bytes to the text that the lexer reads. Plain C, reentrant; see parse.h. */
#ifndef WEFT_VM_SOURCE_H
#define WEFT_VM_SOURCE_H

#include "vm/parse.h"

typedef struct SourceText {
    const char *text; /* UTF-8, newlines as \n; NULs behind its end, so that a lexer may look ahead a few bytes */
    size_t length;
    const char *encoding;
    bool declared;    /* by a coding line, a BOM or the caller; else CPython counts columns in bytes */
    bool bad_utf8;    /* not valid UTF-8: an error only where it's in a token, as CPython has it */
} SourceText;

/* Finds the encoding (BOM, coding line), decodes, translates newlines. False with *error set. */
bool source_decode(Arena *arena, const char *source, size_t length, const ParseOptions *options, SourceText *out,
                   SourceError *error);

/* Sets *name to the encoding that a coding line declares, in Python's spelling, or leaves it. False: no memory. */
bool source_coding(Arena *arena, const char *source, const char *end, const char **name);

/* The first byte that isn't valid UTF-8; NULL if all is. Sets *reason to Python's words ("invalid start byte" ...). */
const char *source_bad_utf8(const char *text, const char *end, const char **reason);

#endif
