/* The actions of diagnose.def's rules. */
#include "vm/diagnose.h"
#include "vm/source.h"

#include <stdio.h>

/* ---- what a rule has matched ---- */

static Span token_span(const Diagnosis *d, Capture c) {
    const Token *first = &d->tokens[c.start], *last = &d->tokens[c.end - 1];
    while (last > first && (last->kind == TOK_NEWLINE || last->kind == TOK_INDENT || last->kind == TOK_DEDENT)) last--;
    return (Span){first->lineno, first->col_offset, last->end_lineno, last->end_col_offset};
}

static Span node_span(const Ast *node) { return (Span){node->lineno, node->col_offset, node->end_lineno, node->end_col_offset}; }

static Span from_to(Span from, Span to) { return (Span){from.lineno, from.col_offset, to.end_lineno, to.end_col_offset}; }

/* A parser over a run of tokens; behind them come `end` and one that stops all, lest it read on. False: no memory. */
static bool parser_over(Diagnosis *d, Capture c, TokenKind end, Parser *p, ParseResult *ignored) {
    int count = c.end - c.start;
    *p = d->parser;
    *ignored = (ParseResult){0};
    p->result = ignored;
    p->stack_count = p->depth = 0;
    p->tokens = p->tok = arena_alloc(d->arena, (count + 2) * sizeof(Token));
    if (!p->tokens) return false;
    memcpy(p->tokens, d->tokens + c.start, count * sizeof(Token));
    p->tokens[count] = (Token){.kind = end};
    p->tokens[count + 1] = (Token){.kind = TOK_BROKEN};
    p->fill = p->capacity = count + 2;
    return true;
}

/* The expression that some tokens make up; NULL only if it nests too deeply for parse_expr.c. */
static Ast *expression_of(Diagnosis *d, Capture c) {
    Parser p;
    ParseResult ignored;
    return parser_over(d, c, TOK_BROKEN, &p, &ignored) ? parse_any_expression(&p) : NULL;
}

static Span expression_span(Diagnosis *d, Capture c) {
    Ast *node = expression_of(d, c);
    return node ? node_span(node) : token_span(d, c);
}

/* The end of the last expression in a list. */
static Span last_span(Diagnosis *d, Capture c) {
    if (c.end - c.start == 1) return token_span(d, c);
    Ast *node = expression_of(d, c);
    if (!node) return token_span(d, c);
    if (node->kind == AST_Tuple && d->tokens[c.start].kind != TOK_LPAR) node = AST(Tuple, node)->elts.items[AST(Tuple, node)->elts.count - 1];
    return node_span(node);
}

/* The arguments of a call; false if there's no telling. */
static bool arguments_of(Diagnosis *d, Capture c, AstSeq *args, AstSeq *keywords) {
    Parser p;
    ParseResult ignored;
    *args = *keywords = (AstSeq){0};
    return parser_over(d, c, TOK_RPAR, &p, &ignored) && parse_arguments(&p, (Position){0}, true, args, keywords);
}

/* Where a comprehension's clauses end: at the last condition, or the last iterable. */
static Span clauses_end(Diagnosis *d, Capture c) {
    Parser p;
    ParseResult ignored;
    AstSeq clauses;
    if (!parser_over(d, c, TOK_BROKEN, &p, &ignored) || !parse_for_clauses(&p, &clauses) || !clauses.count) return token_span(d, c);
    Astcomprehension *last = AST(comprehension, clauses.items[clauses.count - 1]);
    return node_span(last->ifs.count ? last->ifs.items[last->ifs.count - 1] : last->iter);
}

static const char *expression_name(const Ast *node) {
    switch (node->kind) {
    case AST_Attribute: return "attribute";
    case AST_Subscript: return "subscript";
    case AST_Starred: return "starred";
    case AST_Name: return "name";
    case AST_List: return "list";
    case AST_Tuple: return "tuple";
    case AST_Lambda: return "lambda";
    case AST_Call: return "function call";
    case AST_BoolOp:
    case AST_BinOp:
    case AST_UnaryOp: return "expression";
    case AST_GeneratorExp: return "generator expression";
    case AST_Yield:
    case AST_YieldFrom: return "yield expression";
    case AST_Await: return "await expression";
    case AST_ListComp: return "list comprehension";
    case AST_SetComp: return "set comprehension";
    case AST_DictComp: return "dict comprehension";
    case AST_Dict: return "dict literal";
    case AST_Set: return "set display";
    case AST_JoinedStr:
    case AST_FormattedValue: return "f-string expression";
    case AST_Compare: return "comparison";
    case AST_IfExp: return "conditional expression";
    case AST_NamedExpr: return "named expression";
    case AST_Constant:
        switch (((const AstConstant *)node)->value.kind) {
        case AST_CONST_NONE: return "None";
        case AST_CONST_TRUE: return "True";
        case AST_CONST_FALSE: return "False";
        case AST_CONST_ELLIPSIS: return "ellipsis";
        default: return "literal";
        }
    default: return "expression";
    }
}

/* ---- bad targets ---- */

typedef enum TargetKind { TARGETS_STAR, TARGETS_DEL, TARGETS_FOR } TargetKind;

/* The first part of an expression that can't be a target; NULL if all can. */
static Ast *invalid_target(Ast *node, TargetKind kind) {
    AstSeq items;
    switch (node->kind) {
    case AST_Name:
    case AST_Subscript:
    case AST_Attribute: return NULL;
    case AST_List: items = AST(List, node)->elts; break;
    case AST_Tuple: items = AST(Tuple, node)->elts; break;
    case AST_Starred: return kind == TARGETS_DEL ? node : invalid_target(AST(Starred, node)->value, kind);
    case AST_Compare:
        /* `for a in b` reads as a comparison, whose left side is the target. */
        if (kind != TARGETS_FOR) return node;
        return AST(Compare, node)->ops.items[0] == AST_In ? invalid_target(AST(Compare, node)->left, kind) : NULL;
    default: return node;
    }
    for (int i = 0; i < items.count; i++) {
        Ast *bad = invalid_target(items.items[i], kind);
        if (bad) return bad;
    }
    return NULL;
}

static bool raise_invalid_target(Diagnosis *d, Capture c, TargetKind kind) {
    Ast *node = expression_of(d, c), *bad = node ? invalid_target(node, kind) : NULL;
    if (!bad) return false;
    return diag_raise_span(d, node_span(bad), "cannot %s %s", kind == TARGETS_DEL ? "delete" : "assign to", expression_name(bad));
}

static bool diag_invalid_assignment_target(Diagnosis *d, const Capture *c) { return raise_invalid_target(d, c[0], TARGETS_STAR); }

static bool diag_invalid_del_target(Diagnosis *d, const Capture *c) { return raise_invalid_target(d, c[0], TARGETS_DEL); }

static bool diag_invalid_for_target(Diagnosis *d, const Capture *c) { return raise_invalid_target(d, c[0], TARGETS_FOR); }

static bool diag_cannot_assign_here(Diagnosis *d, const Capture *c) {
    Ast *node = expression_of(d, c[0]);
    return node && diag_raise_span(d, node_span(node), "cannot assign to %s here. Maybe you meant '==' instead of '='?", expression_name(node));
}

static bool diag_cannot_use_walrus_with(Diagnosis *d, const Capture *c) {
    Ast *node = expression_of(d, c[0]);
    return node && diag_raise_span(d, node_span(node), "cannot use assignment expressions with %s", expression_name(node));
}

static bool diag_illegal_augmented_assignment(Diagnosis *d, const Capture *c) {
    Ast *node = expression_of(d, c[0]);
    return node && diag_raise_span(d, node_span(node), "'%s' is an illegal expression for augmented assignment", expression_name(node));
}

static bool diag_only_single_target(Diagnosis *d, const Capture *c) {
    Ast *node = expression_of(d, c[0]);
    return node && diag_raise_span(d, node_span(node), "only single target (not %s) can be annotated", expression_name(node));
}

static bool diag_cannot_assign_to_keyword(Diagnosis *d, const Capture *c) {
    return diag_raise_span(d, from_to(token_span(d, c[0]), token_span(d, c[1])), "cannot assign to %s",
                           token_text[d->tokens[c[0].start].kind]);
}

/* ---- calls and comprehensions ---- */

static const char needs_parentheses[] = "Generator expression must be parenthesized";

static bool diag_genexp_needs_parentheses(Diagnosis *d, const Capture *c) {
    return diag_raise_span(d, from_to(expression_span(d, c[0]), clauses_end(d, c[1])), needs_parentheses);
}

static bool diag_last_genexp_needs_parentheses(Diagnosis *d, const Capture *c) {
    AstSeq args, keywords;
    if (!arguments_of(d, c[0], &args, &keywords) || args.count + keywords.count <= 1) return false;
    if (!args.count) return false;
    return diag_raise_span(d, from_to(node_span(args.items[args.count - 1]), clauses_end(d, c[1])), needs_parentheses);
}

/* CPython ends this one at the last clause's target. */
static bool diag_later_genexp_needs_parentheses(Diagnosis *d, const Capture *c) {
    Parser p;
    ParseResult ignored;
    AstSeq clauses;
    Span end = token_span(d, c[1]);
    if (parser_over(d, c[1], TOK_BROKEN, &p, &ignored) && parse_for_clauses(&p, &clauses) && clauses.count)
        end = node_span(AST(comprehension, clauses.items[clauses.count - 1])->target);
    return diag_raise_span(d, from_to(expression_span(d, c[0]), end), needs_parentheses);
}

static bool diag_positional_after_keyword(Diagnosis *d, const Capture *c) {
    AstSeq args, keywords;
    bool unpacking = false;
    if (arguments_of(d, c[0], &args, &keywords))
        for (int i = 0; i < keywords.count; i++) unpacking |= !AST(keyword, keywords.items[i])->arg;
    return diag_raise(d, ERROR_SYNTAX, "positional argument follows keyword argument%s", unpacking ? " unpacking" : "");
}

/* ---- expressions ---- */

static bool is_legacy_statement(const Diagnosis *d, Capture c) {
    if (c.end - c.start != 1) return false;
    return is_word(&d->parser, &d->tokens[c.start], "print") || is_word(&d->parser, &d->tokens[c.start], "exec");
}

static bool diag_legacy_statement(Diagnosis *d, const Capture *c) {
    if (!is_legacy_statement(d, c[0])) return false;
    const Token *name = &d->tokens[c[0].start];
    int length = name->end - name->start;
    const char *text = token_start(&d->parser, name);
    return diag_raise_span(d, from_to(token_span(d, c[0]), expression_span(d, c[1])),
                           "Missing parentheses in call to '%.*s'. Did you mean %.*s(...)?", length, text, length, text);
}

/* CPython compares only as many letters as the name has, so `m` and `cas` count as well. */
static bool diag_prefix_of_soft_keyword(Diagnosis *d, const Capture *c) {
    static const char *const words[] = {"_", "case", "match"};
    const Token *name = &d->tokens[d->mark - 1];
    for (int i = 0; i < 3; i++)
        if (!strncmp(words[i], token_start(&d->parser, name), name->end - name->start)) return true;
    return false;
}

/* Two expressions side by side: only inside brackets is a comma what is most likely missing. */
static bool diag_forgot_comma(Diagnosis *d, const Capture *c) {
    if (is_legacy_statement(d, c[0]) || d->tokens[d->mark - 1].level == 0) return false;
    return diag_raise_span(d, from_to(expression_span(d, c[0]), expression_span(d, c[1])), "invalid syntax. Perhaps you forgot a comma?");
}

static bool diag_not_equal(Diagnosis *d, const Capture *c) {
    bool flufl = d->options->flags & PARSE_BARRY_AS_FLUFL;
    bool spelled_flufl = *token_start(&d->parser, &d->tokens[d->mark - 1]) == '<';
    if (flufl == spelled_flufl) return true;
    return flufl && diag_raise(d, ERROR_SYNTAX, "with Barry as BDFL, use '<>' instead of '!='");
}

/* ---- dicts ---- */

static bool raise_to_here(Diagnosis *d, Capture c, const char *message) {
    Span span = token_span(d, c);
    return diag_raise_at(d, ERROR_SYNTAX, span.lineno, span.col_offset + 1, d->lexer.lineno, (int)(d->lexer.cur - d->lexer.line_start),
                         message);
}

static bool diag_starred_dict_value(Diagnosis *d, const Capture *c) {
    return raise_to_here(d, c[0], "cannot use a starred expression in a dictionary value");
}

static bool diag_multiple_exception_types(Diagnosis *d, const Capture *c) {
    Span span = expression_span(d, c[0]);
    return diag_raise_at(d, ERROR_SYNTAX, span.lineno, span.col_offset + 1, d->lexer.lineno, (int)(d->lexer.cur - d->lexer.line_start),
                         "multiple exception types must be parenthesized");
}

static bool diag_expected_dict_colon(Diagnosis *d, const Capture *c) {
    Span span = expression_span(d, c[0]);
    return diag_raise_at(d, ERROR_SYNTAX, span.lineno, span.end_col_offset, span.end_lineno, 0, "':' expected after dictionary key");
}

/* ---- definitions and blocks ---- */

/* A parameter comes with its comma and type comment. */
static bool diag_non_default_after_default(Diagnosis *d, const Capture *c) {
    Capture param = c[0];
    while (param.end - param.start > 1 &&
           (d->tokens[param.end - 1].kind == TOK_COMMA || d->tokens[param.end - 1].kind == TOK_TYPE_COMMENT))
        param.end--;
    return diag_raise_span(d, token_span(d, param), "non-default argument follows default argument");
}

static bool diag_expected_block(Diagnosis *d, const Capture *c) { return diag_raise(d, ERROR_INDENTATION, "expected an indented block"); }

static bool too_new(Diagnosis *d, int minor, const char *what) {
    int version = d->options->feature_version;
    if (!version || version >= minor) return false;
    diag_raise(d, ERROR_SYNTAX, "%s only supported in Python 3.%d and greater", what, minor);
    return true;
}

static bool diag_since_10_match_colon(Diagnosis *d, const Capture *c) {
    return !too_new(d, 10, "Pattern matching is") && diag_raise(d, ERROR_SYNTAX, "expected ':'");
}

/* Without reading further than CPython would: `type X =` or `type X[`. */
static bool diag_type_alias_ahead(Diagnosis *d, const Capture *c) {
    const char *at = d->lexer.text + d->tokens[d->mark - 1].end;
    while (*at == ' ' || *at == '\t' || *at == '\f') at++;
    return *at == '[' || (*at == '=' && at[1] != '=');
}

/* 3.11 stops at the bracket, so wrong type parameters must not be read: a lexer and a parser of their own look ahead. */
static bool diag_type_params_ahead(Diagnosis *d, const Capture *c) {
    if (!diag_fetch(d) || d->tokens[d->mark].kind != TOK_LSQB) return false;
    const Token *bracket = &d->tokens[d->mark];
    ParseResult ignored = {0};
    AstSeq params;
    Parser p;
    Lexer *lexer = arena_alloc(d->arena, sizeof *lexer);
    if (!lexer) return false;
    const char *start = d->lexer.text + bracket->start;
    lexer_init(lexer, d->lexer.text, d->lexer.end - d->lexer.text, d->lexer.hooks);
    lexer->cur = start;
    lexer->line_start = start - bracket->col_offset;
    lexer->lineno = bracket->lineno;
    lexer->at_line_start = false;
    parser_init(&p, d->arena, d->parser.names, lexer, d->options, &ignored);
    parser_fetch(&p);
    return p.tok && parse_type_params(&p, &params);
}

static bool diag_fail(Diagnosis *d, const Capture *c) { return false; }

/* ---- literals ---- */

static Ast *number_of(Diagnosis *d, Capture c) {
    Parser p;
    ParseResult ignored;
    const Token *token = &d->tokens[c.end - 1];
    if (token->kind != TOK_NUMBER) return NULL;
    return parser_over(d, (Capture){c.end - 1, c.end}, TOK_BROKEN, &p, &ignored) ? parse_number(&p) : NULL;
}

static bool is_imaginary(Diagnosis *d, Capture c) {
    Ast *node = number_of(d, c);
    return node && AST(Constant, node)->value.kind == AST_CONST_COMPLEX;
}

static bool diag_real_number(Diagnosis *d, const Capture *c) {
    return !is_imaginary(d, c[0]) || diag_raise_span(d, token_span(d, c[0]), "real number required in complex literal");
}

static bool diag_imaginary_number(Diagnosis *d, const Capture *c) {
    return is_imaginary(d, c[0]) || diag_raise_span(d, token_span(d, c[0]), "imaginary number required in complex literal");
}

/* sys.set_int_max_str_digits() */
static bool diag_number(Diagnosis *d, const Capture *c) {
    const Token *token = &d->tokens[c[0].start];
    if (memchr(token_start(&d->parser, token), '_', token->end - token->start) && too_new(d, 6, "Underscores in numeric literals are"))
        return false;
    if (!d->options->max_int_digits || token->end - token->start <= (uint32_t)d->options->max_int_digits) return true;
    if (number_of(d, c[0])) return true;
    int digits = 0;
    for (const char *at = token_start(&d->parser, token); at < d->lexer.text + token->end; at++) digits += *at != '_';
    const char *message = arena_format(d->arena,
                                       "Exceeds the limit (%d digits) for integer string conversion: value has %d digits; use "
                                       "sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer "
                                       "literals to avoid decimal conversion limits.",
                                       d->options->max_int_digits, digits);
    return diag_raise_at(d, ERROR_SYNTAX, token->lineno, 0, token->end_lineno, 0, message);
}

/* A literal that isn't an f-string: its characters and escapes. */
static bool check_string(Diagnosis *d, const Token *token, const StringToken *s) {
    const char *reason = NULL, *bad;
    if (s->is_bytes) {
        for (const char *at = s->body; at < s->end; at++)
            if ((uint8_t)*at >= 128) return diag_raise(d, ERROR_SYNTAX, "bytes can only contain ASCII literal characters");
    } else if (d->bad_utf8 && (bad = source_bad_utf8(s->body, s->end, &reason))) {
        return diag_raise(d, ERROR_SYNTAX, "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %d: %s", (uint8_t)*bad,
                          (int)(bad - s->body), reason);
    }
    if (s->is_raw || !s->has_backslash) return true;
    char *room = arena_alloc(d->arena, s->end - s->body + 1);
    const char *message = NULL;
    if (room && decode_escapes(&d->parser, s, s->body, s->end, room, token, &message)) return true;
    return message && diag_raise(d, ERROR_SYNTAX, "%s", message);
}

static bool diag_strings(Diagnosis *d, const Capture *c) {
    bool bytes = false;
    for (int i = c[0].start; i < c[0].end; i++) {
        const Token *token = &d->tokens[i];
        StringToken s;
        string_token_split(token_start(&d->parser, token), d->lexer.text + token->end, &s);
        if (!s.is_f && !check_string(d, token, &s)) return false;
        if (i > c[0].start && s.is_bytes != bytes) return diag_raise(d, ERROR_SYNTAX, "cannot mix bytes and nonbytes literals");
        bytes = s.is_bytes;
        if (!s.is_f) continue;
        if (too_new(d, 6, "Format strings are")) return false;
        Parser p = d->parser; /* its warnings count */
        p.stack_count = 0;
        if (!parse_fstring_is_sound(&p, token) && !diag_fstring(d, token, &s)) return false;
    }
    return true;
}

/* ---- the table ---- */

typedef enum ActionHow { HOW_LAST, HOW_TOKENS, HOW_EXPR, HOW_RANGE, HOW_BLOCK, HOW_SINCE, HOW_CALL } ActionHow;

static const struct {
    uint8_t how, minor;
    const char *text;
    bool (*call)(Diagnosis *d, const Capture *captures);
} actions[] = {
#define LAST(name, message) {HOW_LAST, 0, message, NULL},
#define TOKENS(name, message) {HOW_TOKENS, 0, message, NULL},
#define EXPR(name, message) {HOW_EXPR, 0, message, NULL},
#define RANGE(name, message) {HOW_RANGE, 0, message, NULL},
#define BLOCK(name, what) {HOW_BLOCK, 0, what, NULL},
#define SINCE(minor, name, what) {HOW_SINCE, minor, what, NULL},
#define CALL(name) {HOW_CALL, 0, NULL, diag_##name},
#include "vm/diagnose_actions.def"
};

bool diag_act(Diagnosis *d, DiagActionKind action, const Capture *c) {
    const char *text = actions[action].text;
    switch ((ActionHow)actions[action].how) {
    case HOW_LAST: return diag_raise(d, ERROR_SYNTAX, "%s", text);
    case HOW_TOKENS: return diag_raise_span(d, token_span(d, c[0]), "%s", text);
    case HOW_EXPR: return diag_raise_span(d, expression_span(d, c[0]), "%s", text);
    case HOW_RANGE: return diag_raise_span(d, from_to(expression_span(d, c[0]), last_span(d, c[1])), "%s", text);
    case HOW_BLOCK:
        return diag_raise(d, ERROR_INDENTATION, "expected an indented block after %s on line %d", text, d->tokens[c[0].start].lineno);
    case HOW_SINCE: return !too_new(d, actions[action].minor, text);
    case HOW_CALL: return actions[action].call(d, c);
    }
    return false;
}
