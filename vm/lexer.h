/* The lexer: UTF-8 text in, tokens out, one at a time.
 *
 * Works on text that source.c prepared: valid UTF-8, newlines as \n, a NUL after the end. Reentrant; takes no
 * memory. A string literal is one token, f-strings included: their fields are lexed again by a lexer of
 * their own (lexer_init_field), so positions in them are those of the source.
 */
#ifndef WEFT_VM_LEXER_H
#define WEFT_VM_LEXER_H

#include "vm/parse.h"

typedef enum TokenKind {
#define TOKEN(name, text) TOK_##name,
#include "vm/tokens.def"
    TOK_COUNT
} TokenKind;

/* The spelling of operators and keywords; NULL for other kinds. */
extern const char *const token_text[TOK_COUNT];

typedef struct Token {
    uint8_t kind;
    bool non_ascii;  /* NAME: has characters beyond ASCII */
    uint16_t level;  /* open brackets around it; an opening bracket counts itself */
    int32_t lineno, col_offset, end_lineno, end_col_offset; /* columns are -1 for DEDENT, INDENT, ENDMARKER */
    uint32_t start, end;                                    /* offsets in the text */
} Token;

enum {
    LEX_MAX_LEVEL = 200,   /* nested brackets */
    LEX_MAX_INDENT = 100,  /* nested indentations */
    LEX_MAX_FSTRINGS = 150, /* f-strings inside fields of f-strings */
};

/* Why there's no next token. */
typedef enum LexStatus {
    LEX_OK,
    LEX_END,          /* none but DEDENT and ENDMARKER are left, or were returned */
    LEX_EOF,          /* the text ends inside brackets or after a backslash */
    LEX_EOF_IN_STRING,
    LEX_ERROR,        /* `message` and the columns say what */
    LEX_BAD_DEDENT,
    LEX_BAD_TABS,
    LEX_TOO_DEEP,     /* indentation */
    LEX_BAD_CONTINUATION,
    LEX_BAD_UTF8,     /* in a name; `message` says what */
} LexStatus;

typedef struct Lexer Lexer;

struct Lexer {
    const char *text, *end; /* the whole text */
    const char *cur;        /* the next character */
    const char *line_start; /* of the line that `cur` is in */
    const char *newest_line; /* the start of the last line that was looked at */
    const char *first_line; /* the same, but a literal or a backslash that joins lines keeps it at their first */
    int lineno;
    bool at_line_start;     /* the next token opens a line */
    bool type_comments;
    bool closed;            /* in a field: its end was reached */
    uint8_t field_level;    /* in a field: 1, as it lies in brackets */
    int16_t pending;        /* INDENTs (> 0) or DEDENTs (< 0) to hand out */
    int16_t level, indent;

    LexStatus status;
    const char *message;    /* LEX_ERROR; in `buffer` or static */
    int error_lineno;
    int error_col, error_end_col; /* in characters, from 1; -1: none */
    const char *error_line; /* where its line starts */
    char buffer[160];

    const char *first_line_start; /* of the token at hand, if it spans lines */
    int first_lineno;

    const ParseHooks *hooks; /* never NULL */
    /* Literals such as `1if`: may be NULL. The position is that of the lexer. */
    void (*warn)(void *context, Lexer *lexer, const char *message);
    /* Whether the f-string from `start` to `end` is sound by PEP 701; if not, the literal ends where 3.11 ends it. NULL: don't ask. */
    bool (*fstring_is_sound)(void *context, Lexer *lexer, const char *start, const char *end);
    void *context;

    char brackets[LEX_MAX_LEVEL];
    int bracket_line[LEX_MAX_LEVEL], bracket_col[LEX_MAX_LEVEL];
    int indents[LEX_MAX_INDENT], alt_indents[LEX_MAX_INDENT]; /* with tabs as 8 and as 1 */
};

void lexer_init(Lexer *lexer, const char *text, size_t length, const ParseHooks *hooks);

/* A lexer for the field of an f-string that starts at `at` in `outer`'s text. It lies in brackets, so newlines don't
 * count. At the field's end (`}`, `!` but not `!=`, or `:` outside of all brackets) it returns ENDMARKER, with `cur` on that character. */
void lexer_init_field(Lexer *lexer, const Lexer *outer, const char *at, const char *line_start, int lineno);

/* The next token; false with `status` set if there's none. */
bool lexer_next(Lexer *lexer, Token *token);

/* The end of the f-string whose opening quotes are at `quotes`, by PEP 701: the position after its closing
 * quotes; NULL if it isn't closed or has an unclosed field. `raw`: backslashes stay. Quotes in fields don't count. */
const char *lexer_fstring_end(const char *quotes, const char *end, bool raw, int depth);

/* Characters in UTF-8 text. */
static inline int utf8_count(const char *text, const char *end) {
    int count = 0;
    for (; text < end; text++) count += (*text & 0xC0) != 0x80;
    return count;
}

/* Decodes one character of valid UTF-8 and steps over it. */
uint32_t utf8_next(const char **text);

#endif
