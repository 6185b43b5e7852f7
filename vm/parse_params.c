/* Parameters of functions and lambdas, and PEP 695's type parameters. */
#include "vm/parser.h"

typedef struct ParamParser {
    Parser *p;
    bool lambda;
    TokenKind close; /* what ends the list: `)` or a lambda's `:` */
} ParamParser;

/* `NAME [: annotation]`. Lambdas have no annotations; that of *args may be starred. */
static Ast *parse_arg(const ParamParser *q, bool vararg) {
    Parser *p = q->p;
    if (!at(p, TOK_NAME)) return NULL;
    Position start = here(p);
    NEW_NODE(p, arg, node);
    node->arg = parser_name(p, p->tok);
    if (!node->arg) return NULL;
    skip(p);
    if (!q->lambda && accept(p, TOK_COLON)) {
        node->annotation = vararg ? parse_star_expression(p) : parse_expression(p);
        if (!node->annotation) return NULL;
    }
    return finish(p, node, start);
}

/* What follows a parameter: a comma, unless it's the last, and perhaps a type comment. */
static bool parse_separator(const ParamParser *q, Ast *arg) {
    Parser *p = q->p;
    bool comma = accept(p, TOK_COMMA);
    if (at(p, TOK_TYPE_COMMENT)) {
        AstStr *text = ast_str(p->arena, token_start(p, p->tok), p->tok->end - p->tok->start);
        if (!text) return false;
        AST(arg, arg)->type_comment = text;
        skip(p);
    }
    return comma || at(p, q->close);
}

/* One parameter with its default and separator. Without a default, *value is NULL. */
static Ast *parse_param(const ParamParser *q, Ast **value) {
    Ast *arg = parse_arg(q, false);
    *value = NULL;
    if (!arg) return NULL;
    if (accept(q->p, TOK_EQUAL) && !(*value = parse_expression(q->p))) return NULL;
    return parse_separator(q, arg) ? arg : NULL;
}

/* Parts the stack above `base`, where parameters and their defaults lie in turns. */
static bool take_pairs(Parser *p, int base, AstSeq *params, AstSeq *values, bool holes) {
    int count = (p->stack_count - base) / 2, kept = 0;
    Ast **args = arena_alloc(p->arena, 2 * count * sizeof *args), **defaults = args + count;
    if (!args) return false;
    for (int i = 0; i < count; i++) {
        Ast *value = p->stack[base + 2 * i + 1];
        args[i] = p->stack[base + 2 * i];
        if (value || holes) defaults[kept++] = value;
    }
    p->stack_count = base;
    *params = (AstSeq){count, args};
    *values = (AstSeq){kept, defaults};
    return true;
}

/* Positional parameters and `/`, up to `*`, `**` or the end. */
static bool parse_positional(const ParamParser *q, Astarguments *node) {
    Parser *p = q->p;
    int base = p->stack_count, slash = -1;
    bool defaults = false;
    while (at(p, TOK_NAME)) {
        Ast *value, *arg = parse_param(q, &value);
        if (!arg || (defaults && !value) || !push(p, arg) || !push(p, value)) return false;
        defaults = value;
        if (at(p, TOK_SLASH)) {
            if (slash >= 0) return false;
            slash = (p->stack_count - base) / 2;
            skip(p);
            if (!accept(p, TOK_COMMA) && !at(p, q->close)) return false;
        }
    }
    if (!take_pairs(p, base, &node->args, &node->defaults, false)) return false;
    if (slash >= 0) {
        node->posonlyargs = (AstSeq){slash, node->args.items};
        node->args.items += slash;
        node->args.count -= slash;
    }
    return true;
}

/* `*args` or a bare `*`, and the keyword-only parameters. */
static bool parse_star_part(const ParamParser *q, Astarguments *node) {
    Parser *p = q->p;
    skip(p);
    bool bare = accept(p, TOK_COMMA);
    if (!bare) {
        node->vararg = parse_arg(q, true);
        if (!node->vararg || !parse_separator(q, node->vararg)) return false;
    }
    int base = p->stack_count;
    if (bare && !at(p, TOK_NAME)) return false;
    while (at(p, TOK_NAME)) {
        Ast *value, *arg = parse_param(q, &value);
        if (!arg || !push(p, arg) || !push(p, value)) return false;
    }
    return take_pairs(p, base, &node->kwonlyargs, &node->kw_defaults, true);
}

Ast *parse_parameters(Parser *p, bool lambda) {
    ParamParser q = {p, lambda, lambda ? TOK_COLON : TOK_RPAR};
    NEW_NODE(p, arguments, node);
    if (!parse_positional(&q, node)) return NULL;
    if (at(p, TOK_STAR) && !parse_star_part(&q, node)) return NULL;
    if (accept(p, TOK_DOUBLESTAR)) {
        node->kwarg = parse_arg(&q, false);
        if (!node->kwarg || !parse_separator(&q, node->kwarg)) return NULL;
    }
    return at(p, q.close) ? &node->base : NULL;
}

/* ---- PEP 695 ---- */

static Ast *parse_type_param(Parser *p) {
    Position start = here(p);
    AstKind kind = accept(p, TOK_STAR) ? AST_TypeVarTuple : accept(p, TOK_DOUBLESTAR) ? AST_ParamSpec : AST_TypeVar;
    if (!at(p, TOK_NAME)) return NULL;
    Ast *node = ast_new(p->arena, kind);
    AstStr *name = parser_name(p, p->tok);
    if (!node || !name) return NULL;
    skip(p);
    switch (kind) {
    case AST_TypeVarTuple: AST(TypeVarTuple, node)->name = name; break;
    case AST_ParamSpec: AST(ParamSpec, node)->name = name; break;
    default:
        AST(TypeVar, node)->name = name;
        if (accept(p, TOK_COLON) && !(AST(TypeVar, node)->bound = parse_expression(p))) return NULL;
    }
    return finish(p, node, start);
}

bool parse_type_params(Parser *p, AstSeq *params) {
    *params = (AstSeq){0};
    if (!accept(p, TOK_LSQB)) return true;
    int base = p->stack_count;
    do {
        Ast *param = parse_type_param(p);
        if (!param || !push(p, param)) return false;
    } while (accept(p, TOK_COMMA) && !at(p, TOK_RSQB));
    return accept(p, TOK_RSQB) && parser_take(p, base, params);
}
