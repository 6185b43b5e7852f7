/* Inside the parser: what parse*.c and diagnose*.c share. Nobody else includes this.
 *
 * The parser is a recursive descent over tokens that are fetched one ahead. It says only yes or no: a function
 * returns NULL (or false) as soon as something is wrong, and diagnose.c finds out what, by CPython's rules. So there's
 * no message in parse*.c, and nothing to undo: a failed parse leaves garbage in the arena, which dies with it.
 */
#ifndef WEFT_VM_PARSER_H
#define WEFT_VM_PARSER_H

#include "vm/lexer.h"
#include "vm/parse.h"
#include "vm/source.h"

enum {
    /* CPython's parser gives up after 6,000 nested rules; our counts are never above its own, so that
     * whatever it accepts is accepted here. Brackets cost it some 25 rules each. */
    PARSER_MAX_DEPTH = 6000,
    PARSER_BRACKET_DEPTH = 20,
};

typedef struct Position {
    int lineno, col_offset;
} Position;

typedef struct Parser {
    Token *tok; /* the current token */
    int end_lineno, end_col_offset; /* of the last token that wasn't NEWLINE, INDENT or DEDENT */
    Arena *arena;
    AstNames *names;
    Lexer *lexer;
    const ParseOptions *options;
    ParseResult *result; /* for warnings */

    Token *tokens; /* from the start of the statement; `tok` points into it, and all up to `fill` are fetched */
    int fill, capacity;

    Ast **stack; /* items of the lists that are being built, innermost last */
    int stack_count, stack_capacity;

    Ast **type_ignores;
    int type_ignore_count, type_ignore_capacity;

    int depth;
    bool started;     /* PARSE_SINGLE: the text's end makes a NEWLINE once */
    bool columns_in_bytes;
} Parser;

/* ---- parse.c ---- */

void parser_init(Parser *p, Arena *arena, AstNames *names, Lexer *lexer, const ParseOptions *options, ParseResult *result);

/* The lexer's next token by the rules of the mode: skips and keeps type-ignore comments, and ends what is typed at
 * the prompt. False: the lexer failed. */
bool parser_lex(Parser *p, Token *token);

/* Fetches one more token behind `fill`. */
void parser_fetch(Parser *p);

/* Goes back to an earlier token of the same statement: `at` counts from the first that is still held. */
void parser_rewind(Parser *p, int at);

bool parser_push_slow(Parser *p, Ast *item);

/* Moves what lies on the stack above `base` into a list. False: no memory. */
bool parser_take(Parser *p, int base, AstSeq *seq);

/* The text of a token, interned and normalized. */
AstStr *parser_name(Parser *p, const Token *token);

void parser_warn(Parser *p, SourceWarningKind kind, const char *message, int lineno, int offset, int end_lineno,
                 int end_offset);

/* Parses a whole text; NULL if there's anything wrong. */
Ast *parse_text(Arena *arena, const SourceText *source, const ParseOptions *options, ParseResult *result);

/* ---- parse_expr.c ---- */

Ast *parse_expression(Parser *p);
Ast *parse_named_expression(Parser *p);
Ast *parse_expressions(Parser *p);
Ast *parse_star_expressions(Parser *p);
Ast *parse_star_expression(Parser *p);
Ast *parse_star_named_expression(Parser *p);
Ast *parse_yield_or_star_expressions(Parser *p);
/* Any of the above, for diagnose*.c: one item or a tuple without parentheses. */
Ast *parse_any_expression(Parser *p);
Ast *parse_bitwise_or(Parser *p);
Ast *parse_disjunction(Parser *p);
/* What may stand behind `(`, up to and with `)`. An f-string's field has the same content; its `close` is ENDMARKER. */
Ast *parse_group_content(Parser *p, Position start, TokenKind close);
/* Arguments after `(` up to and with `)`; both lists are set. */
bool parse_for_clauses(Parser *p, AstSeq *generators);
bool parse_arguments(Parser *p, Position open, bool allow_genexp, AstSeq *args, AstSeq *keywords);
/* for-targets and the like: up to a token that can't be part of a target. */
Ast *parse_star_targets(Parser *p);
/* One target after `as` (a star is allowed). */
Ast *parse_star_target(Parser *p);
/* Makes a parsed expression a target; false if it can't be one. */
bool parse_set_context(Ast *node, Ast_expr_context ctx);

/* ---- parse_stmt.c ---- */

/* The whole source, by the mode. */
Ast *parse_root(Parser *p);

/* ---- parse_params.c ---- */

/* Parameters up to but without `)` or, for a lambda, `:`. */
Ast *parse_parameters(Parser *p, bool lambda);
/* `[T, *Ts, **P]`, if it's there. */
bool parse_type_params(Parser *p, AstSeq *params);

/* ---- parse_pattern.c ---- */

Ast *parse_patterns(Parser *p);

/* ---- parse_literal.c ---- */

Ast *parse_number(Parser *p);
/* Whether an integer literal (without underscores) has more decimal digits than sys.set_int_max_str_digits() allows. */
bool number_too_long(const Parser *p, size_t length, const char *text);

/* One or more adjacent string literals. */
Ast *parse_strings(Parser *p);
/* Whether this f-string token is sound by PEP 701. */
bool parse_fstring_is_sound(Parser *p, const Token *token);
/* What a literal token consists of. */
typedef struct StringToken {
    const char *body, *end; /* between the quotes */
    bool is_bytes, is_raw, is_f, is_u, has_backslash;
} StringToken;
void string_token_split(const char *start, const char *end, StringToken *out);
/* Decodes the escapes of [at, end) to `to`, which has room for as many bytes. Returns the end of what was
 * written; NULL with *message set in CPython's words (or NULL for lack of memory). */
char *decode_escapes(Parser *p, const StringToken *s, const char *at, const char *end, char *to, const Token *token,
                     const char **message);

/* ---- diagnose.c ---- */

/* Finds out what is wrong with a text that didn't parse, and sets result->error. */
void diagnose(Arena *arena, const SourceText *source, const ParseOptions *options, ParseResult *result);

/* Whether a text that did parse keeps to options->feature_version; if not, takes its tree away and sets the error. */
bool diagnose_version(Arena *arena, const SourceText *source, const ParseOptions *options, ParseResult *result);

/* ---- helpers ---- */

static inline bool at(const Parser *p, TokenKind kind) { return p->tok->kind == kind; }

static inline Position here(const Parser *p) { return (Position){p->tok->lineno, p->tok->col_offset}; }

/* Steps over NEWLINE, INDENT or DEDENT. */
static inline void skip_layout(Parser *p) {
    if (++p->tok == p->tokens + p->fill) parser_fetch(p);
}

static inline void skip(Parser *p) {
    p->end_lineno = p->tok->end_lineno;
    p->end_col_offset = p->tok->end_col_offset;
    skip_layout(p);
}

static inline bool accept(Parser *p, TokenKind kind) {
    if (p->tok->kind != kind) return false;
    skip(p);
    return true;
}

/* The token after the current one. */
static inline TokenKind peek(Parser *p) {
    if (p->tok + 1 == p->tokens + p->fill) parser_fetch(p);
    return p->tok[1].kind;
}

static inline bool push(Parser *p, Ast *item) {
    if (p->stack_count == p->stack_capacity) return parser_push_slow(p, item);
    p->stack[p->stack_count++] = item;
    return true;
}

/* Sets a node's range: from `start` to the last token that was read. */
static inline void *finish(Parser *p, void *node, Position start) {
    Ast *base = node;
    base->lineno = start.lineno;
    base->col_offset = start.col_offset;
    base->end_lineno = p->end_lineno;
    base->end_col_offset = p->end_col_offset;
    return node;
}

static inline Position start_of(const Ast *node) { return (Position){node->lineno, node->col_offset}; }

static inline const char *token_start(const Parser *p, const Token *token) { return p->lexer->text + token->start; }

/* Whether a NAME token is this soft keyword. */
static inline bool is_word(const Parser *p, const Token *token, const char *word) {
    size_t length = strlen(word);
    return token->kind == TOK_NAME && token->end - token->start == length && !memcmp(token_start(p, token), word, length);
}

/* A node, or return NULL. */
#define NEW_NODE(p, type, var)                                                                     \
    Ast##type *var = AST_NEW((p)->arena, type);                                                    \
    if (!var) return NULL

#endif
