/* The parser: source text in, syntax tree or error record out.
 *
 * Python 3.11's grammar, with PEP 695 (type parameters, the `type` statement) and PEP 701 (f-strings
 * without restrictions). Source -> lexer.h -> parse.c; when that fails, diagnose.c goes over the tokens
 * once more to find CPython's words for what is wrong.
 *
 * No objects, no globals: any thread may parse in any state (a long source is best parsed detached).
 * Everything returned lives in the caller's arena.
 */
#ifndef WEFT_VM_PARSE_H
#define WEFT_VM_PARSE_H

#include "vm/ast.h"

typedef enum ParseMode {
    PARSE_EXEC,      /* Module */
    PARSE_EVAL,      /* Expression */
    PARSE_SINGLE,    /* Interactive: one statement, as at the prompt */
    PARSE_FUNC_TYPE, /* FunctionType: "(int, str) -> bool", the text of a type comment */
} ParseMode;

/* `flags` of ParseOptions. */
enum {
    PARSE_TYPE_COMMENTS = 1 << 0,     /* PyCF_TYPE_COMMENTS: keep `# type:` comments */
    PARSE_BARRY_AS_FLUFL = 1 << 1,    /* CO_FUTURE_BARRY_AS_BDFL: <> instead of != */
    PARSE_DONT_IMPLY_DEDENT = 1 << 2, /* PyCF_DONT_IMPLY_DEDENT */
    PARSE_INCOMPLETE_INPUT = 1 << 3,  /* PyCF_ALLOW_INCOMPLETE_INPUT: error "incomplete input" where more text may help */
    PARSE_IGNORE_COOKIE = 1 << 4,     /* PyCF_IGNORE_COOKIE: the source is UTF-8 whatever its coding line says */
    PARSE_FILE = 1 << 5,              /* the source is a file's content: decoding errors name the file */
    PARSE_WHOLE_LINES = 1 << 6,       /* the named file has this very text: errors of PARSE_EXEC show whole lines of it */
};

/* Calls for what needs Unicode tables or codecs, which the front end hasn't got. They must be thread-safe.
 * A hook that is NULL: identifiers with non-ASCII characters stay as written and all of them count as
 * identifier characters; encodings other than UTF-8, Latin-1, ISO-8859-15 and ASCII are unknown. */
typedef struct ParseHooks {
    /* NFKC of a UTF-8 identifier, in the arena with its length stored; NULL when out of memory. */
    const char *(*nfkc)(Arena *arena, const char *text, size_t *length);
    /* XID_Start (first) or XID_Continue. */
    bool (*identifier_char)(uint32_t c, bool first);
    /* Whether str.isprintable() holds for the character. */
    bool (*printable)(uint32_t c);
    /* The character that \N{name} stands for; -1 if there's none. */
    int32_t (*character_named)(const char *name, size_t length);
    /* The source as UTF-8, in the arena, with its length stored; NULL sets *error to the reason
     * ("unknown encoding: x", or the codec's own words), NULL for out of memory. */
    const char *(*decode)(void *context, Arena *arena, const char *encoding, const char *source, size_t *length,
                          const char **error);
    void *context; /* for `decode`: the Thread */
} ParseHooks;

typedef struct ParseOptions {
    ParseMode mode;
    unsigned flags;
    int feature_version;    /* minor version of the language (ast.parse's feature_version); 0 means the newest */
    int max_int_digits;     /* sys.get_int_max_str_digits(): longer decimal integers are an error; 0: no limit */
    const char *filename;   /* UTF-8, for the few messages that name it; may be NULL */
    const ParseHooks *hooks; /* may be NULL */
} ParseOptions;

typedef enum SourceErrorKind {
    ERROR_NONE,
    ERROR_SYNTAX,
    ERROR_INDENTATION,
    ERROR_TAB,
    ERROR_MEMORY,    /* MemoryError: malloc failed, or (as CPython has it) the parser nests too deeply */
    ERROR_RECURSION, /* RecursionError; `message` says during what */
    ERROR_VALUE,     /* ValueError: null bytes; an int literal that is too long */
    ERROR_SYSTEM,    /* OverflowError and the like don't arise; a hook failed without a reason */
} SourceErrorKind;

/* What SyntaxError's attributes will be. Lines and columns count from 1; columns of parser errors count
 * characters. `lineno` 0 means that there's no position at all; `text` NULL that the source line isn't
 * known here (whoever raises looks into the file, as CPython does), `end_lineno` 0 that there's no range, `end_offset`
 * NO_OFFSET that it will be None. */
#define NO_OFFSET INT32_MIN
typedef struct SourceError {
    SourceErrorKind kind;
    const char *message; /* UTF-8 */
    int lineno, offset, end_lineno, end_offset;
    AstStr *text;
} SourceError;

typedef enum SourceWarningKind { WARN_SYNTAX, WARN_DEPRECATION } SourceWarningKind;

/* A warning to be issued with the file's name and this line. Where a filter turns it into an exception, CPython
 * raises a SyntaxError with the same message at the position given here. */
typedef struct SourceWarning {
    SourceWarningKind kind;
    const char *message;
    int lineno, offset, end_lineno, end_offset;
    struct SourceWarning *next;
} SourceWarning;

typedef struct ParseResult {
    Ast *tree;               /* NULL after an error */
    AstNames names;          /* its identifiers; later passes intern more */
    SourceError error;       /* `kind` is ERROR_NONE if there's a tree */
    SourceWarning *warnings; /* in the order of the source */
    const char *source;      /* the decoded text, UTF-8, newlines as \n, with a NUL after it */
    size_t source_length;
    const char *encoding;    /* as declared or "utf-8" */
} ParseResult;

/* Parses `length` bytes of source. Returns whether there's a tree. */
bool parse_source(Arena *arena, const char *source, size_t length, const ParseOptions *options, ParseResult *result);

#endif
