/* Inside diagnose*.c: what is wrong with a source that the parser refused, in CPython 3.11's words.
 *
 * CPython reports an error found by its own parser's way of trying things, so the same way is gone here: diagnose.def is
 * the grammar as ordered alternatives, and diagnose.c runs it over the tokens twice: once to find how far
 * the tokens fit (errors of tokens and literals come up on the way), then with the rules for wrong input switched on.
 * It only recognizes; where a rule asks what an expression is, its tokens go through parse_expr.c once more.
 */
#ifndef WEFT_VM_DIAGNOSE_H
#define WEFT_VM_DIAGNOSE_H

#include "vm/parser.h"

typedef struct Memo Memo;

/* A run of tokens that an item has matched: from `start` up to, without, `end`. */
typedef struct Capture {
    int start, end;
} Capture;

/* A range of the source; columns count bytes, from 0. */
typedef struct Span {
    int lineno, col_offset, end_lineno, end_col_offset;
} Span;

typedef struct Diagnosis {
    Arena *arena;
    const ParseOptions *options;
    ParseResult *result;
    Lexer lexer;
    Parser parser;     /* of the same lexer: for the tokens' rules of the mode, and as a pattern for others */
    Token *tokens;     /* all of them so far */
    Memo **memos;      /* what is known from each token on */
    int fill, capacity;
    int mark;          /* the next token */
    int level;         /* nested rules */
    long steps;        /* rules tried in this pass */
    bool second_pass;
    bool columns_in_bytes, bad_utf8;
    int fstring_line;  /* in an expression of an f-string: its first line; else 0 */
    bool raised;
    SourceError error;
} Diagnosis;

/* ---- raising: the first error stays; all return false ---- */

/* Columns count bytes from 1; 0 and -1 are handed on as CPython does. */
bool diag_raise_at(Diagnosis *d, SourceErrorKind kind, int lineno, int col, int end_lineno, int end_col, const char *message);
bool diag_raise_span(Diagnosis *d, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* At the last token that was read. */
bool diag_raise(Diagnosis *d, SourceErrorKind kind, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* ---- diagnose.c ---- */

/* Makes sure that the token `mark` is there; false if the lexer fails, with the error raised. */
bool diag_fetch(Diagnosis *d);

/* Runs the grammar over the lexer's text; raises an error, or returns true if there's nothing wrong. */
bool diag_run(Diagnosis *d, ParseMode mode);

/* Sets up a diagnosis of `text`; diag_run() is next. */
void diag_init(Diagnosis *d, Arena *arena, const ParseOptions *options, ParseResult *result, const char *text, size_t length);

/* ---- diagnose_rules.c ---- */

typedef enum DiagActionKind {
#define ACTION(name) ACTION_##name,
#define LAST(name, message) ACTION(name)
#define TOKENS(name, message) ACTION(name)
#define EXPR(name, message) ACTION(name)
#define RANGE(name, message) ACTION(name)
#define BLOCK(name, what) ACTION(name)
#define SINCE(minor, name, what) ACTION(name)
#define CALL(name) ACTION(name)
#include "vm/diagnose_actions.def"
#undef ACTION
    ACTION_COUNT
} DiagActionKind;

/* Does what a rule asks for. False: the rule fails, perhaps with an error raised. */
bool diag_act(Diagnosis *d, DiagActionKind action, const Capture *captures);

/* ---- diagnose_fstring.c ---- */

/* Raises what CPython 3.11 finds wrong with an f-string; true if that's nothing. */
bool diag_fstring(Diagnosis *d, const Token *token, const StringToken *s);

#endif
