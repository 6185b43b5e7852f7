/* The parser's token window, its stack, and the way in. */
#include "vm/parser.h"
#include "vm/source.h"

#include <stdio.h>

/* ---- tokens ---- */

void parser_init(Parser *p, Arena *arena, AstNames *names, Lexer *lexer, const ParseOptions *options, ParseResult *result) {
    *p = (Parser){.arena = arena, .names = names, .lexer = lexer, .options = options, .result = result};
}

static bool keep_type_ignore(Parser *p, const Token *token) {
    if (p->type_ignore_count == p->type_ignore_capacity) {
        int capacity = p->type_ignore_capacity * 2 + 8;
        Ast **more = arena_alloc(p->arena, capacity * sizeof *more);
        if (!more) return false;
        if (p->type_ignore_count) memcpy(more, p->type_ignores, p->type_ignore_count * sizeof *more);
        p->type_ignores = more;
        p->type_ignore_capacity = capacity;
    }
    AstTypeIgnore *node = AST_NEW(p->arena, TypeIgnore);
    AstStr *tag = ast_str(p->arena, token_start(p, token), token->end - token->start);
    if (!node || !tag) return false;
    node->lineno = token->lineno;
    node->tag = tag;
    p->type_ignores[p->type_ignore_count++] = &node->base;
    return true;
}

/* What is typed at the prompt ends with a NEWLINE, and with its blocks closed, even if the text doesn't. */
static void end_interactive(Parser *p, Token *token) {
    token->kind = TOK_NEWLINE;
    p->started = false;
    if (p->lexer->indent && !(p->options->flags & PARSE_DONT_IMPLY_DEDENT)) {
        p->lexer->pending = -p->lexer->indent;
        p->lexer->indent = 0;
    }
}

bool parser_lex(Parser *p, Token *token) {
    do {
        if (!lexer_next(p->lexer, token)) return false;
    } while (token->kind == TOK_TYPE_IGNORE && keep_type_ignore(p, token));
    if (p->options->mode == PARSE_SINGLE && !p->lexer->field_level && token->kind == TOK_ENDMARKER && p->started)
        end_interactive(p, token);
    else
        p->started = true;
    return true;
}

void parser_fetch(Parser *p) {
    int at = p->tok ? p->tok - p->tokens : 0;
    if (p->fill == p->capacity) {
        int capacity = p->capacity ? p->capacity * 2 : p->lexer->field_level ? 16 : 256;
        Token *more = arena_alloc(p->arena, (size_t)capacity * sizeof *more);
        if (!more) {
            /* Whatever is read from here on fits nowhere; the arena remembers why. */
            if (p->fill) p->tokens[p->fill - 1].kind = TOK_BROKEN;
            if (p->fill) p->tok = p->tokens + p->fill - 1;
            return;
        }
        if (p->fill) memcpy(more, p->tokens, p->fill * sizeof *more);
        p->tokens = more;
        p->capacity = capacity;
    }
    p->tok = p->tokens + at;
    Token *token = p->tokens + p->fill++;
    if (!parser_lex(p, token)) *token = (Token){.kind = TOK_BROKEN};
}

void parser_rewind(Parser *p, int at) {
    p->tok = p->tokens + at;
    if (at) {
        p->end_lineno = p->tok[-1].end_lineno;
        p->end_col_offset = p->tok[-1].end_col_offset;
    }
}

AstStr *parser_name(Parser *p, const Token *token) {
    const char *text = token_start(p, token);
    size_t length = token->end - token->start;
    if (token->non_ascii && p->lexer->hooks->nfkc) {
        text = p->lexer->hooks->nfkc(p->arena, text, &length);
        if (!text) {
            p->arena->failed = true;
            return NULL;
        }
    }
    return ast_intern(p->names, text, length);
}

/* ---- lists ---- */

bool parser_push_slow(Parser *p, Ast *item) {
    int capacity = p->stack_capacity ? p->stack_capacity * 2 : 64;
    Ast **more = arena_alloc(p->arena, (size_t)capacity * sizeof *more);
    if (!more) return false;
    if (p->stack_count) memcpy(more, p->stack, p->stack_count * sizeof *more);
    p->stack = more;
    p->stack_capacity = capacity;
    p->stack[p->stack_count++] = item;
    return true;
}

bool parser_take(Parser *p, int base, AstSeq *seq) {
    seq->count = p->stack_count - base;
    seq->items = NULL;
    p->stack_count = base;
    if (!seq->count) return true;
    seq->items = arena_alloc(p->arena, seq->count * sizeof(Ast *));
    if (!seq->items) return false;
    memcpy(seq->items, p->stack + base, seq->count * sizeof(Ast *));
    return true;
}

/* ---- warnings ---- */

void parser_warn(Parser *p, SourceWarningKind kind, const char *message, int lineno, int offset, int end_lineno,
                 int end_offset) {
    SourceWarning *warning = ARENA_NEW(p->arena, SourceWarning), **at = &p->result->warnings;
    if (!warning) return;
    *warning = (SourceWarning){kind, message, lineno, offset, end_lineno, end_offset, NULL};
    while (*at) at = &(*at)->next;
    *at = warning;
}

static void warn_from_lexer(void *context, Lexer *lexer, const char *message) {
    Parser *p = context;
    int offset = utf8_count(lexer->line_start, lexer->cur);
    char *copy = arena_format(p->arena, "%s", message);
    if (copy) parser_warn(p, WARN_SYNTAX, copy, lexer->lineno, offset, lexer->lineno, offset);
}

/* ---- the way in ---- */

/* After one statement at the prompt: only white space and comments may follow. */
static bool more_follows(const char *at) {
    for (;; at++) {
        if (*at == '#') at += strcspn(at, "\n");
        if (!*at) return false;
        if (!strchr(" \t\n\f", *at)) return true;
    }
}

Ast *parse_text(Arena *arena, const SourceText *source, const ParseOptions *options, ParseResult *result) {
    static const ParseHooks no_hooks;
    Lexer lexer;
    Parser p;
    lexer_init(&lexer, source->text, source->length, options->hooks ? options->hooks : &no_hooks);
    parser_init(&p, arena, &result->names, &lexer, options, result);
    lexer.type_comments = options->flags & PARSE_TYPE_COMMENTS;
    lexer.warn = warn_from_lexer;
    lexer.context = &p;
    parser_fetch(&p);
    if (!p.tok) return NULL;
    Ast *tree = parse_root(&p);
    if (tree && options->mode == PARSE_SINGLE && p.tok > p.tokens && more_follows(source->text + p.tok[-1].end)) return NULL;
    return arena->failed ? NULL : tree;
}

bool parse_source(Arena *arena, const char *source, size_t length, const ParseOptions *options, ParseResult *result) {
    SourceText text;
    *result = (ParseResult){.names = {.arena = arena}};
    if (!source_decode(arena, source, length, options, &text, &result->error)) return false;
    result->source = text.text;
    result->source_length = text.length;
    result->encoding = text.encoding;
    if (!text.bad_utf8) result->tree = parse_text(arena, &text, options, result);
    if (!result->tree && !arena->failed) {
        result->warnings = NULL;
        diagnose(arena, &text, options, result);
    }
    if (result->tree && options->feature_version) diagnose_version(arena, &text, options, result);
    if (!result->tree && arena->failed) result->error = (SourceError){.kind = ERROR_MEMORY};
    return result->tree;
}
