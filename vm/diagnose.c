/* The machine that runs diagnose.def, and what happens around its two passes. See diagnose.h. */
#include "vm/diagnose.h"
#include "vm/source.h"

#include <stdarg.h>
#include <stdio.h>

/* ---- the grammar as one table ---- */

enum {
    G_END = TOK_COUNT,
    G_OR,
    G_GROUP,
    G_OPT,
    G_STAR,
    G_PLUS,
    G_GATHER,
    G_AND,
    G_NOT,
    G_CUT,
    G_MUST,
    G_WORD,
    G_CAPTURE, /* + 0 or 1 */
    G_LAST = G_CAPTURE + 1,
    RULES_FROM = 256,
    ACTIONS_FROM = 1024,
};

_Static_assert(G_LAST < RULES_FROM, "codes of items don't run into those of rules");

enum { MEMO = 1, QUIET = 2, LEFT = MEMO | 4 };

typedef enum RuleKind {
#define RULE(name, flags, ...) RULE_##name,
#include "vm/diagnose.def"
    RULE_COUNT
} RuleKind;

_Static_assert(RULES_FROM + RULE_COUNT <= ACTIONS_FROM, "codes of rules don't run into those of actions");

enum { WORD__, WORD_case, WORD_match, WORD_type };

static const char *const words[] = {"_", "case", "match", "type"};

#define T(kind) TOK_##kind,
#define R(rule) RULES_FROM + RULE_##rule,
#define W(word) G_WORD, WORD_##word,
#define OR G_OR,
#define GROUP(...) G_GROUP, __VA_ARGS__ G_END,
#define OPT(...) G_OPT, __VA_ARGS__ G_END,
#define STAR(...) G_STAR, __VA_ARGS__ G_END,
#define PLUS(...) G_PLUS, __VA_ARGS__ G_END,
#define GATHER(separator, ...) G_GATHER, TOK_##separator, __VA_ARGS__ G_END,
#define AND(...) G_AND, __VA_ARGS__ G_END,
#define NOT(...) G_NOT, __VA_ARGS__ G_END,
#define CUT G_CUT,
#define MUST(kind) G_MUST, TOK_##kind,
#define IS(n) G_CAPTURE + n,
#define DO(action) ACTIONS_FROM + ACTION_##action,

#define RULE(name, flags, ...) static const uint16_t rule_##name[] = {__VA_ARGS__ G_END};
#include "vm/diagnose.def"

static const struct {
    const uint16_t *code;
    uint8_t flags;
} rules[] = {
#define RULE(name, flags, ...) {rule_##name, flags},
#include "vm/diagnose.def"
};

/* An alternative that is nothing but a rule for wrong input waits for the second pass; CPython runs those with more to them in
 * the first pass too (it's so with dicts). */
static inline bool is_for_second_pass(const uint16_t *code) {
    return code[0] >= RULES_FROM + RULE_invalid_arguments && code[0] < ACTIONS_FROM && (code[1] == G_OR || code[1] == G_END);
}

/* ---- positions and texts of errors ---- */

static AstStr *text_of(Diagnosis *d, const char *from, const char *to) {
    size_t length = to - from;
    if (!d->bad_utf8) return ast_str(d->arena, from, length);
    /* U+FFFD for each bad byte, as the "replace" handler has it. */
    char *text = arena_alloc(d->arena, length * 3 + 1), *at = text;
    if (!text) return NULL;
    while (from < to) {
        const char *reason, *bad = source_bad_utf8(from, to, &reason);
        size_t good = (bad ? bad : to) - from;
        memcpy(at, from, good);
        at += good;
        from += good;
        if (!bad) break;
        memcpy(at, "\xEF\xBF\xBD", 3);
        at += 3;
        from++;
    }
    return ast_str(d->arena, text, at - text);
}

static const char *line_end(const Diagnosis *d, const char *line) {
    const char *end = memchr(line, '\n', d->lexer.end - line);
    return end ? end : d->lexer.end;
}

/* The source text that an error shows. CPython shows what its tokenizer holds: the line at hand from where the tokenizer
 * last started afresh, with its newline; or an earlier line, without. */
static AstStr *error_text(Diagnosis *d, int lineno) {
    const Lexer *lx = &d->lexer;
    bool whole_line = d->options->flags & PARSE_WHOLE_LINES && d->options->mode == PARSE_EXEC && !d->fstring_line;
    const char *newest_end = line_end(d, lx->newest_line);
    if (newest_end < lx->end) newest_end++;
    if (!whole_line && lx->lineno <= lineno && newest_end > lx->first_line) return text_of(d, lx->first_line, newest_end);
    const char *line = lx->text;
    for (int i = d->fstring_line ? d->fstring_line : 1; i < lineno; i++) {
        const char *end = line_end(d, line);
        if (end >= lx->end || end + 1 > newest_end) break;
        line = end + 1;
    }
    const char *end = line_end(d, line);
    return text_of(d, line, whole_line && end < lx->end ? end + 1 : end);
}

/* A column in bytes, from 1, to one in characters: how many start in that many bytes of the text. */
static int in_characters(const Diagnosis *d, const AstStr *text, int col) {
    if (d->columns_in_bytes || col < 0) return col;
    if ((size_t)col > text->length + 1) col = (int)text->length + 1;
    return utf8_count(text->text, text->text + col);
}

bool diag_raise_at(Diagnosis *d, SourceErrorKind kind, int lineno, int col, int end_lineno, int end_col, const char *message) {
    if (d->raised) return false;
    d->raised = true;
    if (d->fstring_line) message = arena_format(d->arena, "f-string: %s", message);
    AstStr *text = error_text(d, lineno);
    if (!message || !text) return false;
    d->error = (SourceError){kind, message, lineno, in_characters(d, text, col), end_lineno,
                             end_col > 0 ? in_characters(d, text, end_col) : end_col, text};
    return false;
}

static char *format_message(Diagnosis *d, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    char *message = arena_alloc(d->arena, (size_t)size + 1);
    if (message) vsnprintf(message, (size_t)size + 1, format, again);
    va_end(again);
    return message;
}

bool diag_raise_span(Diagnosis *d, Span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *message = format_message(d, format, args);
    va_end(args);
    if (!message) return false;
    return diag_raise_at(d, ERROR_SYNTAX, span.lineno, span.col_offset + 1, span.end_lineno, span.end_col_offset + 1, message);
}

static bool at_end_of_file(const Lexer *lx) { return lx->cur >= lx->end && (lx->status == LEX_OK || lx->status == LEX_END); }

bool diag_raise(Diagnosis *d, SourceErrorKind kind, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *message = format_message(d, format, args);
    va_end(args);
    if (!message) return false;
    if (!d->fill) return diag_raise_at(d, kind, 0, 0, 0, -1, message);
    const Token *last = &d->tokens[d->fill - 1];
    const Lexer *lx = &d->lexer;
    int col = last->col_offset >= 0 ? last->col_offset + 1 : (int)(lx->cur - lx->line_start);
    if (last->col_offset < 0 && d->options->flags & PARSE_FILE && at_end_of_file(lx)) col = 0; /* CPython has let go of the last line by then */
    int end_col = last->end_col_offset >= 0 ? last->end_col_offset + 1 : -1;
    return diag_raise_at(d, kind, last->lineno, col, last->end_lineno, end_col, message);
}

static bool raise_too_deep(Diagnosis *d) {
    d->raised = true;
    d->error = (SourceError){.kind = ERROR_MEMORY};
    return false;
}

static bool raise_unclosed(Diagnosis *d) {
    int level = d->lexer.level - 1;
    char message[32];
    snprintf(message, sizeof message, "'%c' was never closed", d->lexer.brackets[level]);
    return diag_raise_at(d, ERROR_SYNTAX, d->lexer.bracket_line[level], d->lexer.bracket_col[level] + 1,
                         d->lexer.bracket_line[level], 0, arena_format(d->arena, "%s", message));
}

/* ---- tokens ---- */

/* An error that the lexer itself describes: it shows just its line. */
static bool raise_from_lexer(Diagnosis *d) {
    const Lexer *lx = &d->lexer;
    if (d->raised) return false;
    d->raised = true;
    const char *message = arena_format(d->arena, "%s", lx->message);
    AstStr *text = text_of(d, lx->error_line, line_end(d, lx->error_line));
    if (message && text)
        d->error = (SourceError){ERROR_SYNTAX, message, lx->error_lineno, lx->error_col, lx->error_lineno, lx->error_end_col, text};
    return false;
}

static bool raise_lexer_error(Diagnosis *d) {
    Lexer *lx = &d->lexer;
    switch (lx->status) {
    case LEX_ERROR:
    case LEX_EOF_IN_STRING:
        return raise_from_lexer(d);
    case LEX_EOF:
        lx->cur = lx->end;
        if (lx->level) return raise_unclosed(d);
        return diag_raise(d, ERROR_SYNTAX, "unexpected EOF while parsing");
    case LEX_BAD_DEDENT:
        lx->cur = line_end(d, lx->newest_line);
        if (lx->cur < lx->end) lx->cur++;
        return diag_raise(d, ERROR_INDENTATION, "unindent does not match any outer indentation level");
    case LEX_BAD_TABS:
        return diag_raise_at(d, ERROR_TAB, lx->lineno, 1, lx->lineno, 0, "inconsistent use of tabs and spaces in indentation");
    case LEX_TOO_DEEP:
        return diag_raise_at(d, ERROR_INDENTATION, lx->lineno, 1, lx->lineno, 0, "too many levels of indentation");
    case LEX_BAD_CONTINUATION:
        return diag_raise_at(d, ERROR_SYNTAX, lx->lineno, (int)(lx->cur - lx->first_line), lx->lineno, 0,
                             "unexpected character after line continuation character");
    case LEX_BAD_UTF8:
        return diag_raise(d, ERROR_SYNTAX, "%s", lx->message);
    case LEX_OK:
    case LEX_END:
        break;
    }
    return raise_too_deep(d);
}

bool diag_fetch(Diagnosis *d) {
    if (d->mark < d->fill) return true;
    if (d->fill == d->capacity) {
        int capacity = d->capacity ? d->capacity * 2 : 64;
        Token *tokens = arena_alloc(d->arena, (size_t)capacity * sizeof *tokens);
        Memo **memos = arena_zalloc(d->arena, (size_t)capacity * sizeof *memos);
        if (!tokens || !memos) return raise_too_deep(d);
        if (d->fill) {
            memcpy(tokens, d->tokens, d->fill * sizeof *tokens);
            memcpy(memos, d->memos, d->fill * sizeof *memos);
        }
        d->tokens = tokens;
        d->memos = memos;
        d->capacity = capacity;
    }
    Token *token = &d->tokens[d->fill++];
    if (parser_lex(&d->parser, token)) return true;
    *token = (Token){.kind = TOK_BROKEN, .lineno = d->lexer.lineno, .end_lineno = d->lexer.lineno, .col_offset = -1, .end_col_offset = -1};
    return raise_lexer_error(d);
}

/* ---- the machine ---- */

struct Memo {
    Memo *next;
    int rule, end; /* `end` is -1 if the rule doesn't match here */
};

enum {
    /* The second pass tries much, usually some 50 rules for a token; without this limit, CPython can take very long
     * over nested brackets. */
    MAX_STEPS = 20 * 1000 * 1000,
    MAX_STEPS_PER_TOKEN = 1000,
};

static bool run_rule(Diagnosis *d, int rule);
static bool run_alternatives(Diagnosis *d, const uint16_t **code, Capture *captures);

/* The code behind the G_END that closes what starts at `code`. */
static const uint16_t *behind(const uint16_t *code) {
    for (int level = 0;; code++) {
        switch (*code) {
        case G_END:
            if (level-- == 0) return code + 1;
            break;
        case G_GATHER:
        case G_WORD:
        case G_MUST:
            level += *code == G_GATHER;
            code++;
            break;
        case G_GROUP:
        case G_OPT:
        case G_STAR:
        case G_PLUS:
        case G_AND:
        case G_NOT:
            level++;
            break;
        }
    }
}

/* The next alternative of the group that `code` is in; NULL if there's none. */
static const uint16_t *next_alternative(const uint16_t *code) {
    for (;; code++) {
        switch (*code) {
        case G_OR: return code + 1;
        case G_END: return NULL;
        case G_WORD:
        case G_MUST: code++; break;
        case G_GATHER: code = behind(code + 2) - 1; break;
        case G_GROUP:
        case G_OPT:
        case G_STAR:
        case G_PLUS:
        case G_AND:
        case G_NOT: code = behind(code + 1) - 1; break;
        }
    }
}

static bool match_token(Diagnosis *d, TokenKind kind) {
    if (!diag_fetch(d) || d->tokens[d->mark].kind != kind) return false;
    d->mark++;
    return true;
}

static bool match_word(Diagnosis *d, int word) {
    if (!diag_fetch(d) || !is_word(&d->parser, &d->tokens[d->mark], words[word])) return false;
    d->mark++;
    return true;
}

/* CPython's forced tokens raise at once, in both passes. */
static bool match_forced(Diagnosis *d, TokenKind kind) {
    if (!diag_fetch(d)) return false;
    const Token *t = &d->tokens[d->mark];
    if (t->kind == kind) return d->mark++, true;
    Span span = {t->lineno, t->col_offset, t->end_lineno, t->end_col_offset};
    return diag_raise_span(d, span, "expected '%s'", token_text[kind]);
}

/* One run of the group that starts at `code`. */
static bool match_group(Diagnosis *d, const uint16_t *code, Capture *captures) {
    int mark = d->mark;
    if (++d->level > PARSER_MAX_DEPTH) return raise_too_deep(d);
    bool matched = run_alternatives(d, &code, captures);
    d->level--;
    if (!matched) d->mark = mark;
    return matched;
}

static bool match_loop(Diagnosis *d, const uint16_t *code, Capture *captures, bool at_least_one) {
    bool matched = !at_least_one;
    while (match_group(d, code, captures)) matched = true;
    return matched && !d->raised;
}

static bool match_gather(Diagnosis *d, TokenKind separator, const uint16_t *code, Capture *captures) {
    if (!match_group(d, code, captures)) return false;
    for (int mark = d->mark; match_token(d, separator); mark = d->mark) {
        if (match_group(d, code, captures)) continue;
        d->mark = mark;
        break;
    }
    return !d->raised;
}

static bool match_lookahead(Diagnosis *d, const uint16_t *code, Capture *captures, bool wanted) {
    int mark = d->mark;
    bool matched = match_group(d, code, captures);
    d->mark = mark;
    return matched == wanted && !d->raised;
}

/* Matches the item at *code and steps over it. */
static bool match_item(Diagnosis *d, const uint16_t **code, Capture *captures) {
    const uint16_t *item = *code;
    int op = *item;
    if (op < TOK_COUNT) return ++*code, match_token(d, op);
    if (op >= ACTIONS_FROM) return ++*code, diag_act(d, op - ACTIONS_FROM, captures);
    if (op >= RULES_FROM) return ++*code, run_rule(d, op - RULES_FROM);
    if (op >= G_CAPTURE) {
        Capture *capture = &captures[op - G_CAPTURE];
        ++*code;
        capture->start = d->mark;
        bool matched = match_item(d, code, captures);
        capture->end = d->mark;
        return matched;
    }
    switch (op) {
    case G_WORD: return *code += 2, match_word(d, item[1]);
    case G_MUST: return *code += 2, match_forced(d, item[1]);
    case G_GATHER: return *code = behind(item + 2), match_gather(d, item[1], item + 2, captures);
    }
    *code = behind(item + 1);
    switch (op) {
    case G_GROUP: return match_group(d, item + 1, captures);
    case G_OPT: return match_group(d, item + 1, captures) || !d->raised;
    case G_STAR: return match_loop(d, item + 1, captures, false);
    case G_PLUS: return match_loop(d, item + 1, captures, true);
    case G_AND: return match_lookahead(d, item + 1, captures, true);
    case G_NOT: return match_lookahead(d, item + 1, captures, false);
    }
    return false;
}

static bool run_alternatives(Diagnosis *d, const uint16_t **code, Capture *captures) {
    int mark = d->mark;
    const uint16_t *at = *code;
    while (at) {
        const uint16_t *start = at;
        bool cut = false, acted = false;
        if (!d->second_pass && is_for_second_pass(at)) {
            at = next_alternative(at);
            continue;
        }
        d->mark = mark;
        while (*at != G_OR && *at != G_END) {
            if (*at == G_CUT) {
                cut = true;
                at++;
                continue;
            }
            acted = *at >= ACTIONS_FROM;
            if (match_item(d, &at, captures)) continue;
            at = NULL;
            break;
        }
        if (at) return true;
        /* An action that says no ends its rule, whatever alternatives are left. */
        if (d->raised || cut || acted) return false;
        at = next_alternative(start);
    }
    return false;
}

static bool run_code(Diagnosis *d, int rule) {
    Capture captures[2] = {{0}};
    const uint16_t *code = rules[rule].code;
    int mark = d->mark;
    bool second_pass = d->second_pass;
    int levels = rules[rule].flags == LEFT ? 2 : 1; /* as many as CPython's functions for it */
    if ((d->level += levels) > PARSER_MAX_DEPTH) return raise_too_deep(d);
    if (rules[rule].flags & QUIET) d->second_pass = false;
    bool matched = run_alternatives(d, &code, captures);
    d->second_pass = second_pass;
    d->level -= levels;
    if (!matched) d->mark = mark;
    return matched;
}

static bool run_rule(Diagnosis *d, int rule) {
    if (d->raised) return false;
    if (!(rules[rule].flags & MEMO)) {
        if (++d->steps > MAX_STEPS + (long)MAX_STEPS_PER_TOKEN * d->fill && d->second_pass) return d->raised = true, false;
        return run_code(d, rule);
    }
    if (!diag_fetch(d)) return false;
    int start = d->mark;
    for (Memo *memo = d->memos[start]; memo; memo = memo->next) {
        if (memo->rule != rule) continue;
        if (memo->end < 0) return false;
        d->mark = memo->end;
        return true;
    }
    bool matched = run_code(d, rule);
    if (d->raised) return false;
    Memo *memo = ARENA_NEW(d->arena, Memo);
    if (!memo) return raise_too_deep(d);
    *memo = (Memo){d->memos[start], rule, matched ? d->mark : -1};
    d->memos[start] = memo;
    return matched;
}

/* ---- the passes ---- */

static bool sound_fstring(void *context, Lexer *lexer, const char *start, const char *end) {
    Diagnosis *d = context;
    ParseResult ignored = {0};
    Parser p = d->parser;
    p.result = &ignored;
    p.stack_count = 0;
    Token token = {.kind = TOK_STRING,
                   .start = start - lexer->text,
                   .end = end - lexer->text,
                   .lineno = lexer->first_lineno,
                   .col_offset = (int)(start - lexer->first_line_start)};
    return parse_fstring_is_sound(&p, &token);
}

static void warn_number(void *context, Lexer *lexer, const char *message) {
    Diagnosis *d = context;
    int offset = utf8_count(lexer->line_start, lexer->cur);
    char *copy = arena_format(d->arena, "%s", message);
    if (copy) parser_warn(&d->parser, WARN_SYNTAX, copy, lexer->lineno, offset, lexer->lineno, offset);
}

void diag_init(Diagnosis *d, Arena *arena, const ParseOptions *options, ParseResult *result, const char *text, size_t length) {
    static const ParseHooks no_hooks;
    *d = (Diagnosis){.arena = arena, .options = options, .result = result};
    lexer_init(&d->lexer, text, length, options->hooks ? options->hooks : &no_hooks);
    parser_init(&d->parser, arena, &result->names, &d->lexer, options, result);
    d->lexer.type_comments = options->flags & PARSE_TYPE_COMMENTS;
    d->lexer.fstring_is_sound = sound_fstring;
    d->lexer.warn = warn_number;
    d->lexer.context = d;
}

static int start_rule(const Diagnosis *d, ParseMode mode) {
    if (d->fstring_line) return RULE_fstring;
    switch (mode) {
    case PARSE_EVAL: return RULE_eval;
    case PARSE_SINGLE: return RULE_interactive;
    case PARSE_FUNC_TYPE: return RULE_func_type;
    case PARSE_EXEC: break;
    }
    return RULE_file;
}

/* Errors of tokens further on, and brackets never closed, tell more than most of what a rule can say. */
static void look_at_the_rest(Diagnosis *d) {
    Lexer *lx = &d->lexer;
    int line = d->tokens[d->fill - 1].lineno;
    Token token;
    while (lx->status == LEX_OK && parser_lex(&d->parser, &token)) continue;
    bool described = lx->status == LEX_ERROR || lx->status == LEX_EOF_IN_STRING;
    bool unclosed = lx->status != LEX_END && lx->level && line > lx->bracket_line[lx->level - 1];
    if (!described && !unclosed) return;
    d->raised = false;
    if (described) raise_from_lexer(d);
    else raise_unclosed(d);
}

static void raise_generic(Diagnosis *d, const Token *last) {
    if (last->kind == TOK_INDENT || last->kind == TOK_DEDENT) {
        diag_raise(d, ERROR_INDENTATION, last->kind == TOK_INDENT ? "unexpected indent" : "unexpected unindent");
        return;
    }
    Span span = {last->lineno, last->col_offset, last->end_lineno, last->end_col_offset};
    diag_raise_span(d, span, "invalid syntax");
    look_at_the_rest(d);
}

/* Whether CPython's tokenizer has met the end of the text. It looks one character ahead of most tokens. */
static bool end_was_met(const Diagnosis *d) {
    const Lexer *lx = &d->lexer;
    if (lx->status == LEX_END || lx->status == LEX_EOF || lx->status == LEX_EOF_IN_STRING) return true;
    if (lx->status != LEX_OK || lx->end == lx->text || lx->end[-1] == '\n') return false;
    const Token *last = &d->tokens[d->fill - 1];
    int size = last->end - last->start;
    if (last->kind == TOK_DOT && lx->end - lx->cur == 1 && *lx->cur == '.') return true;
    bool three = size == 3 && last->kind >= TOK_LPAR && last->kind <= TOK_GREATEREQUAL;
    return lx->cur >= lx->end && !three && (last->kind != TOK_STRING || size == 2);
}

bool diag_run(Diagnosis *d, ParseMode mode) {
    int rule = start_rule(d, mode);
    d->mark = d->level = 0;
    if (run_rule(d, rule)) return true;
    if (d->options->flags & PARSE_INCOMPLETE_INPUT && d->error.kind != ERROR_MEMORY && end_was_met(d)) {
        d->raised = false;
        return diag_raise(d, ERROR_SYNTAX, "incomplete input");
    }
    Token last = d->tokens[d->fill - 1];
    if (!d->raised) {
        for (int i = 0; i < d->fill; i++) d->memos[i] = NULL;
        d->mark = d->level = 0;
        d->steps = 0;
        d->second_pass = true;
        run_rule(d, rule);
        if (d->raised && !d->error.kind) d->raised = false; /* out of steps */
    }
    LexStatus status = d->lexer.status;
    if (!d->raised) raise_generic(d, &last);
    else if (d->error.kind != ERROR_MEMORY && (status == LEX_OK || status == LEX_END)) look_at_the_rest(d);
    return false;
}

/* ---- the way in ---- */

/* Bad UTF-8 that is in no token is no error: the text without it is parsed again. */
static void parse_without_bad_bytes(Arena *arena, const SourceText *source, const ParseOptions *options, ParseResult *result) {
    char *text = arena_copy(arena, source->text, source->length + 7);
    if (!text) return;
    const char *reason;
    for (const char *bad = text; (bad = source_bad_utf8(bad, text + source->length, &reason));) text[bad - text] = '?';
    SourceText good = *source;
    good.text = text;
    good.bad_utf8 = false;
    result->warnings = NULL;
    result->tree = parse_text(arena, &good, options, result);
}

bool diagnose_version(Arena *arena, const SourceText *source, const ParseOptions *options, ParseResult *result) {
    Diagnosis *d = arena_alloc(arena, sizeof *d);
    if (!d) return false;
    ParseResult scratch = {.names = result->names};
    diag_init(d, arena, options, &scratch, source->text, source->length);
    d->columns_in_bytes = !source->declared;
    if (diag_run(d, options->mode)) return true;
    result->tree = NULL;
    result->error = d->error;
    return false;
}

void diagnose(Arena *arena, const SourceText *source, const ParseOptions *options, ParseResult *result) {
    Diagnosis *d = arena_alloc(arena, sizeof *d);
    if (!d) return;
    diag_init(d, arena, options, result, source->text, source->length);
    d->columns_in_bytes = !source->declared;
    d->bad_utf8 = source->bad_utf8;
    if (diag_run(d, options->mode)) {
        if (source->bad_utf8) parse_without_bad_bytes(arena, source, options, result);
        if (result->tree) return;
        if (options->mode == PARSE_SINGLE) diag_raise(d, ERROR_SYNTAX, "multiple statements found while compiling a single statement");
        else diag_raise(d, ERROR_SYNTAX, "invalid syntax");
    }
    result->error = d->error;
}
