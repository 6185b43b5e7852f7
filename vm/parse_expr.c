/* Expressions and assignment targets. */
#include "vm/parser.h"

static Ast *parse_primary(Parser *p);
static Ast *parse_unary(Parser *p);

/* ---- small nodes ---- */

static Ast *name_node(Parser *p, Ast_expr_context ctx) {
    NEW_NODE(p, Name, node);
    Position start = here(p);
    node->id = parser_name(p, p->tok);
    if (!node->id) return NULL;
    node->ctx = ctx;
    skip(p);
    return finish(p, node, start);
}

static Ast *constant_node(Parser *p, AstConstKind kind) {
    NEW_NODE(p, Constant, node);
    Position start = here(p);
    node->value.kind = kind;
    skip(p);
    return finish(p, node, start);
}

static Ast *starred_node(Parser *p, Ast *value, Position start) {
    if (!value) return NULL;
    NEW_NODE(p, Starred, node);
    node->value = value;
    return finish(p, node, start);
}

/* `*a` where the rule asks for `'*' bitwise_or`. */
static Ast *parse_star_bitwise_or(Parser *p) {
    Position start = here(p);
    skip(p);
    return starred_node(p, parse_bitwise_or(p), start);
}

/* `*a` where the rule asks for `'*' expression`: arguments and subscripts. */
static Ast *parse_star_argument(Parser *p) {
    Position start = here(p);
    skip(p);
    return starred_node(p, parse_expression(p), start);
}

static Ast *tuple_node(Parser *p, int base, Position start) {
    NEW_NODE(p, Tuple, node);
    if (!parser_take(p, base, &node->elts)) return NULL;
    return finish(p, node, start);
}

/* ---- operators ---- */

/* Binding strength of the left-associative binary operators. */
static const uint8_t precedence[TOK_COUNT] = {
    [TOK_VBAR] = 1,  [TOK_CIRCUMFLEX] = 2, [TOK_AMPER] = 3, [TOK_LEFTSHIFT] = 4, [TOK_RIGHTSHIFT] = 4,   [TOK_PLUS] = 5,
    [TOK_MINUS] = 5, [TOK_STAR] = 6,       [TOK_AT] = 6,    [TOK_SLASH] = 6,     [TOK_DOUBLESLASH] = 6, [TOK_PERCENT] = 6,
};

_Static_assert(TOK_DOUBLESLASH - TOK_PLUS == AST_FloorDiv && TOK_LEFTSHIFT - TOK_PLUS == AST_LShift,
               "binary operators stand in the same order as tokens and as nodes");
_Static_assert(TOK_GREATEREQUAL - TOK_EQEQUAL == AST_GtE, "comparisons too");

static Ast *binary_node(Parser *p, Ast *left, TokenKind op, Ast *right, Position start) {
    if (!right) return NULL;
    NEW_NODE(p, BinOp, node);
    node->left = left;
    node->op = (Ast_operator)(op - TOK_PLUS);
    node->right = right;
    return finish(p, node, start);
}

static Ast *parse_binary(Parser *p, int weakest) {
    Position start = here(p);
    Ast *left = parse_unary(p);
    while (left && precedence[p->tok->kind] >= weakest) {
        TokenKind op = p->tok->kind;
        skip(p);
        left = binary_node(p, left, op, parse_binary(p, precedence[op] + 1), start);
    }
    return left;
}

Ast *parse_bitwise_or(Parser *p) { return parse_binary(p, 1); }

static Ast *parse_await(Parser *p) {
    if (!at(p, TOK_AWAIT)) return parse_primary(p);
    Position start = here(p);
    skip(p);
    NEW_NODE(p, Await, node);
    node->value = parse_primary(p);
    return node->value ? finish(p, node, start) : NULL;
}

static Ast *parse_unary(Parser *p) {
    Ast_unaryop op;
    Position start = here(p);
    switch (p->tok->kind) {
    case TOK_PLUS: op = AST_UAdd; break;
    case TOK_MINUS: op = AST_USub; break;
    case TOK_TILDE: op = AST_Invert; break;
    default: {
        Ast *base = parse_await(p);
        if (!base || !at(p, TOK_DOUBLESTAR)) return base;
        skip(p);
        if (++p->depth > PARSER_MAX_DEPTH) return NULL;
        base = binary_node(p, base, TOK_DOUBLESTAR, parse_unary(p), start);
        p->depth--;
        return base;
    }
    }
    skip(p);
    if (++p->depth > PARSER_MAX_DEPTH) return NULL;
    NEW_NODE(p, UnaryOp, node);
    node->op = op;
    node->operand = parse_unary(p);
    p->depth--;
    return node->operand ? finish(p, node, start) : NULL;
}

/* The comparison operator at hand; -1 if there's none. Reads it, whole. */
static int comparison_operator(Parser *p) {
    TokenKind kind = p->tok->kind;
    switch (kind) {
    case TOK_NOTEQUAL: {
        /* `<>` belongs to those who import barry_as_FLUFL, and `!=` to the others. */
        bool flufl = p->options->flags & PARSE_BARRY_AS_FLUFL;
        if ((*token_start(p, p->tok) == '<') != flufl) return -1;
        break;
    }
    case TOK_EQEQUAL:
    case TOK_LESS:
    case TOK_LESSEQUAL:
    case TOK_GREATER:
    case TOK_GREATEREQUAL:
        break;
    case TOK_IN:
        skip(p);
        return AST_In;
    case TOK_IS:
        skip(p);
        return accept(p, TOK_NOT) ? AST_IsNot : AST_Is;
    case TOK_NOT:
        if (peek(p) != TOK_IN) return -1;
        skip(p);
        skip(p);
        return AST_NotIn;
    default:
        return -1;
    }
    skip(p);
    return kind - TOK_EQEQUAL;
}

static Ast *parse_comparison(Parser *p) {
    Position start = here(p);
    Ast *left = parse_bitwise_or(p);
    if (!left) return NULL;
    int op = comparison_operator(p);
    if (op < 0) return left;
    NEW_NODE(p, Compare, node);
    node->left = left;
    uint8_t few[16], *ops = few;
    int count = 0, capacity = sizeof few, base = p->stack_count;
    for (; op >= 0; op = comparison_operator(p)) {
        Ast *right = parse_bitwise_or(p);
        if (!right || !push(p, right)) return NULL;
        if (count == capacity) {
            uint8_t *more = arena_alloc(p->arena, capacity * 2);
            if (!more) return NULL;
            ops = memcpy(more, ops, count);
            capacity *= 2;
        }
        ops[count++] = op;
    }
    node->ops.count = count;
    node->ops.items = (uint8_t *)arena_copy(p->arena, (char *)ops, count);
    if (!node->ops.items || !parser_take(p, base, &node->comparators)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_inversion(Parser *p) {
    if (!at(p, TOK_NOT)) return parse_comparison(p);
    Position start = here(p);
    skip(p);
    if (++p->depth > PARSER_MAX_DEPTH) return NULL;
    NEW_NODE(p, UnaryOp, node);
    node->op = AST_Not;
    node->operand = parse_inversion(p);
    p->depth--;
    return node->operand ? finish(p, node, start) : NULL;
}

/* `operand (word operand)*` as one BoolOp. */
static inline Ast *parse_boolean(Parser *p, TokenKind word, Ast_boolop op, Ast *(*operand)(Parser *)) {
    Position start = here(p);
    Ast *first = operand(p);
    if (!first || !at(p, word)) return first;
    NEW_NODE(p, BoolOp, node);
    node->op = op;
    int base = p->stack_count;
    if (!push(p, first)) return NULL;
    while (accept(p, word)) {
        Ast *next = operand(p);
        if (!next || !push(p, next)) return NULL;
    }
    if (!parser_take(p, base, &node->values)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_conjunction(Parser *p) { return parse_boolean(p, TOK_AND, AST_And, parse_inversion); }

Ast *parse_disjunction(Parser *p) { return parse_boolean(p, TOK_OR, AST_Or, parse_conjunction); }

static Ast *parse_lambda(Parser *p) {
    Position start = here(p);
    skip(p);
    NEW_NODE(p, Lambda, node);
    node->args = parse_parameters(p, true);
    if (!node->args || !accept(p, TOK_COLON)) return NULL;
    node->body = parse_expression(p);
    return node->body ? finish(p, node, start) : NULL;
}

static Ast *parse_conditional(Parser *p) {
    Position start = here(p);
    Ast *body = parse_disjunction(p);
    if (!body || !at(p, TOK_IF)) return body;
    skip(p);
    NEW_NODE(p, IfExp, node);
    node->body = body;
    node->test = parse_disjunction(p);
    if (!node->test || !accept(p, TOK_ELSE)) return NULL;
    node->orelse = parse_expression(p);
    return node->orelse ? finish(p, node, start) : NULL;
}

Ast *parse_expression(Parser *p) {
    if (++p->depth > PARSER_MAX_DEPTH) return NULL;
    Ast *node = at(p, TOK_LAMBDA) ? parse_lambda(p) : parse_conditional(p);
    p->depth--;
    return node;
}

/* ---- what stands around expressions ---- */

/* `NAME := expression` */
static Ast *parse_walrus(Parser *p) {
    Position start = here(p);
    NEW_NODE(p, NamedExpr, node);
    node->target = name_node(p, AST_Store);
    skip(p);
    node->value = node->target ? parse_expression(p) : NULL;
    return node->value ? finish(p, node, start) : NULL;
}

static inline bool at_walrus(Parser *p) { return at(p, TOK_NAME) && peek(p) == TOK_COLONEQUAL; }

Ast *parse_named_expression(Parser *p) { return at_walrus(p) ? parse_walrus(p) : parse_expression(p); }

Ast *parse_star_expression(Parser *p) { return at(p, TOK_STAR) ? parse_star_bitwise_or(p) : parse_expression(p); }

Ast *parse_star_named_expression(Parser *p) {
    return at(p, TOK_STAR) ? parse_star_bitwise_or(p) : parse_named_expression(p);
}

/* Whether the token after a comma can't start another item. */
static bool list_ends(const Parser *p) {
    switch (p->tok->kind) {
    case TOK_NEWLINE:
    case TOK_ENDMARKER:
    case TOK_RPAR:
    case TOK_RSQB:
    case TOK_RBRACE:
    case TOK_EQUAL:
    case TOK_COLON:
    case TOK_SEMI:
    case TOK_IN:
    case TOK_TYPE_COMMENT:
    case TOK_BROKEN: /* diagnose_rules.c ends a run of tokens so */
        return true;
    default:
        return p->tok->kind >= TOK_PLUSEQUAL && p->tok->kind <= TOK_DOUBLESLASHEQUAL;
    }
}

/* Items with commas between them, and perhaps one at the end; the first has been read. */
static bool more_items(Parser *p, Ast *first, Ast *(*item)(Parser *)) {
    if (!push(p, first)) return false;
    while (accept(p, TOK_COMMA) && !list_ends(p)) {
        Ast *next = item(p);
        if (!next || !push(p, next)) return false;
    }
    return true;
}

/* One item, or a tuple without parentheses. */
static Ast *parse_open_tuple(Parser *p, Ast *(*item)(Parser *)) {
    Position start = here(p);
    Ast *first = item(p);
    if (!first || !at(p, TOK_COMMA)) return first;
    int base = p->stack_count;
    if (!more_items(p, first, item)) return NULL;
    return tuple_node(p, base, start);
}

Ast *parse_expressions(Parser *p) { return parse_open_tuple(p, parse_expression); }

Ast *parse_star_expressions(Parser *p) { return parse_open_tuple(p, parse_star_expression); }

static Ast *parse_yield(Parser *p) {
    Position start = here(p);
    skip(p);
    if (accept(p, TOK_FROM)) {
        NEW_NODE(p, YieldFrom, node);
        node->value = parse_expression(p);
        return node->value ? finish(p, node, start) : NULL;
    }
    NEW_NODE(p, Yield, node);
    if (!list_ends(p) && !at(p, TOK_COMMA)) {
        node->value = parse_star_expressions(p);
        if (!node->value) return NULL;
    }
    return finish(p, node, start);
}

Ast *parse_yield_or_star_expressions(Parser *p) {
    return at(p, TOK_YIELD) ? parse_yield(p) : parse_star_expressions(p);
}

Ast *parse_any_expression(Parser *p) {
    return at(p, TOK_YIELD) ? parse_yield(p) : parse_open_tuple(p, parse_star_named_expression);
}

/* ---- comprehensions ---- */

static inline bool at_comprehension(Parser *p) { return at(p, TOK_FOR) || (at(p, TOK_ASYNC) && peek(p) == TOK_FOR); }

static Ast *parse_for_clause(Parser *p) {
    NEW_NODE(p, comprehension, node);
    node->is_async = accept(p, TOK_ASYNC);
    if (!accept(p, TOK_FOR)) return NULL;
    node->target = parse_star_targets(p);
    if (!node->target || !accept(p, TOK_IN)) return NULL;
    node->iter = parse_disjunction(p);
    if (!node->iter) return NULL;
    int base = p->stack_count;
    while (accept(p, TOK_IF)) {
        Ast *test = parse_disjunction(p);
        if (!test || !push(p, test)) return NULL;
    }
    return parser_take(p, base, &node->ifs) ? &node->base : NULL;
}

bool parse_for_clauses(Parser *p, AstSeq *generators) {
    int base = p->stack_count;
    while (at_comprehension(p)) {
        Ast *clause = parse_for_clause(p);
        if (!clause || !push(p, clause)) return false;
    }
    return parser_take(p, base, generators);
}

/* ENDMARKER stands for the end of an f-string's expression, which is left alone: the field's end, or `=`. */
static inline bool close_group(Parser *p, TokenKind close) {
    if (close != TOK_ENDMARKER) return accept(p, close);
    return at(p, TOK_ENDMARKER) || at(p, TOK_EQUAL);
}

/* The clauses and the closing bracket of a list or set comprehension or generator expression. */
static Ast *parse_comprehension(Parser *p, AstKind kind, Ast *element, TokenKind close, Position start) {
    if (element->kind == AST_Starred) return NULL;
    _Static_assert(sizeof(AstListComp) == sizeof(AstSetComp) && sizeof(AstListComp) == sizeof(AstGeneratorExp),
                   "the three have the same fields");
    AstListComp *node = (AstListComp *)ast_new(p->arena, kind);
    if (!node) return NULL;
    node->elt = element;
    if (!parse_for_clauses(p, &node->generators)) return NULL;
    return close_group(p, close) ? finish(p, node, start) : NULL;
}

/* ---- displays ---- */

Ast *parse_group_content(Parser *p, Position start, TokenKind close) {
    if (at(p, TOK_YIELD)) {
        Ast *yield = parse_yield(p);
        return yield && close_group(p, close) ? yield : NULL;
    }
    Ast *first = parse_star_named_expression(p);
    if (!first) return NULL;
    if (at_comprehension(p)) return parse_comprehension(p, AST_GeneratorExp, first, close, start);
    if (!at(p, TOK_COMMA)) return first->kind != AST_Starred && close_group(p, close) ? first : NULL;
    int base = p->stack_count;
    if (!more_items(p, first, parse_star_named_expression) || !close_group(p, close)) return NULL;
    return tuple_node(p, base, start);
}

static Ast *parse_parenthesized(Parser *p) {
    Position start = here(p);
    skip(p);
    if (accept(p, TOK_RPAR)) return tuple_node(p, p->stack_count, start);
    return parse_group_content(p, start, TOK_RPAR);
}

static Ast *parse_list(Parser *p) {
    Position start = here(p);
    int base = p->stack_count;
    skip(p);
    if (!at(p, TOK_RSQB)) {
        Ast *first = parse_star_named_expression(p);
        if (!first) return NULL;
        if (at_comprehension(p)) return parse_comprehension(p, AST_ListComp, first, TOK_RSQB, start);
        if (!more_items(p, first, parse_star_named_expression)) return NULL;
    }
    if (!accept(p, TOK_RSQB)) return NULL;
    NEW_NODE(p, List, node);
    if (!parser_take(p, base, &node->elts)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_set(Parser *p, Ast *first, Position start) {
    if (at_comprehension(p)) return parse_comprehension(p, AST_SetComp, first, TOK_RBRACE, start);
    int base = p->stack_count;
    if (!more_items(p, first, parse_star_named_expression) || !accept(p, TOK_RBRACE)) return NULL;
    NEW_NODE(p, Set, node);
    if (!parser_take(p, base, &node->elts)) return NULL;
    return finish(p, node, start);
}

/* A dict whose first key has been read (NULL stands for `**`); keys and values lie in turns on the stack. */
static Ast *parse_dict(Parser *p, Ast *key, Position start) {
    int base = p->stack_count;
    for (bool first = true;; first = false) {
        if (key && !accept(p, TOK_COLON)) return NULL;
        Ast *value = key ? parse_expression(p) : parse_bitwise_or(p);
        if (!value) return NULL;
        if (first && key && at_comprehension(p)) {
            NEW_NODE(p, DictComp, node);
            node->key = key;
            node->value = value;
            if (!parse_for_clauses(p, &node->generators) || !accept(p, TOK_RBRACE)) return NULL;
            return finish(p, node, start);
        }
        if (!push(p, key) || !push(p, value)) return NULL;
        if (!accept(p, TOK_COMMA) || at(p, TOK_RBRACE)) break;
        key = NULL;
        if (!accept(p, TOK_DOUBLESTAR) && !(key = parse_expression(p))) return NULL;
    }
    if (!accept(p, TOK_RBRACE)) return NULL;
    NEW_NODE(p, Dict, node);
    int count = (p->stack_count - base) / 2;
    node->keys = (AstSeq){count, arena_alloc(p->arena, count * sizeof(Ast *))};
    node->values = (AstSeq){count, arena_alloc(p->arena, count * sizeof(Ast *))};
    if (!node->keys.items || !node->values.items) return NULL;
    for (int i = 0; i < count; i++) {
        node->keys.items[i] = p->stack[base + 2 * i];
        node->values.items[i] = p->stack[base + 2 * i + 1];
    }
    p->stack_count = base;
    return finish(p, node, start);
}

static Ast *parse_braces(Parser *p) {
    Position start = here(p);
    skip(p);
    if (accept(p, TOK_RBRACE)) {
        NEW_NODE(p, Dict, node);
        return finish(p, node, start);
    }
    if (accept(p, TOK_DOUBLESTAR)) return parse_dict(p, NULL, start);
    bool item = at(p, TOK_STAR) || at_walrus(p);
    Ast *first = parse_star_named_expression(p);
    if (!first) return NULL;
    return !item && at(p, TOK_COLON) ? parse_dict(p, first, start) : parse_set(p, first, start);
}

/* ---- atoms, calls, subscripts ---- */

static Ast *parse_brackets(Parser *p, Ast *(*display)(Parser *)) {
    if ((p->depth += PARSER_BRACKET_DEPTH) > PARSER_MAX_DEPTH) return NULL;
    Ast *node = display(p);
    p->depth -= PARSER_BRACKET_DEPTH;
    return node;
}

static Ast *parse_atom(Parser *p) {
    switch (p->tok->kind) {
    case TOK_NAME: return name_node(p, AST_Load);
    case TOK_NUMBER: return parse_number(p);
    case TOK_STRING: return parse_strings(p);
    case TOK_NONE: return constant_node(p, AST_CONST_NONE);
    case TOK_TRUE: return constant_node(p, AST_CONST_TRUE);
    case TOK_FALSE: return constant_node(p, AST_CONST_FALSE);
    case TOK_ELLIPSIS: return constant_node(p, AST_CONST_ELLIPSIS);
    case TOK_LPAR: return parse_brackets(p, parse_parenthesized);
    case TOK_LSQB: return parse_brackets(p, parse_list);
    case TOK_LBRACE: return parse_brackets(p, parse_braces);
    default: return NULL;
    }
}

static Ast *parse_keyword(Parser *p) {
    Position start = here(p);
    NEW_NODE(p, keyword, node);
    if (!accept(p, TOK_DOUBLESTAR)) {
        node->arg = parser_name(p, p->tok);
        if (!node->arg) return NULL;
        skip(p);
        skip(p);
    }
    node->value = parse_expression(p);
    return node->value ? finish(p, node, start) : NULL;
}

/* Both kinds are gathered on one stack, and parted at the end. */
bool parse_arguments(Parser *p, Position open, bool allow_genexp, AstSeq *args, AstSeq *keywords) {
    int base = p->stack_count, keyword_count = 0;
    bool double_star = false;
    while (!at(p, TOK_RPAR)) {
        Ast *item;
        if (at(p, TOK_STAR)) {
            item = double_star ? NULL : parse_star_argument(p);
        } else if (at(p, TOK_DOUBLESTAR) || (at(p, TOK_NAME) && peek(p) == TOK_EQUAL)) {
            double_star |= at(p, TOK_DOUBLESTAR);
            item = parse_keyword(p);
            keyword_count++;
        } else {
            item = keyword_count ? NULL : parse_named_expression(p);
            if (item && at_comprehension(p)) {
                if (!allow_genexp || p->stack_count != base) return false;
                item = parse_comprehension(p, AST_GeneratorExp, item, TOK_RPAR, open);
                return item && push(p, item) && parser_take(p, base, args);
            }
        }
        if (!item || !push(p, item)) return false;
        if (!accept(p, TOK_COMMA)) break;
    }
    if (!accept(p, TOK_RPAR)) return false;
    if (keyword_count) {
        *keywords = (AstSeq){keyword_count, arena_alloc(p->arena, keyword_count * sizeof(Ast *))};
        if (!keywords->items) return false;
        int kept = base, taken = 0;
        for (int i = base; i < p->stack_count; i++) {
            if (p->stack[i]->kind == AST_keyword) keywords->items[taken++] = p->stack[i];
            else p->stack[kept++] = p->stack[i];
        }
        p->stack_count = kept;
    }
    return parser_take(p, base, args);
}

static Ast *parse_slice(Parser *p) {
    if (at(p, TOK_STAR)) return parse_star_argument(p);
    Position start = here(p);
    Ast *lower = NULL;
    if (!at(p, TOK_COLON)) {
        if (at_walrus(p)) return parse_walrus(p);
        lower = parse_expression(p);
        if (!lower || !at(p, TOK_COLON)) return lower;
    }
    skip(p);
    NEW_NODE(p, Slice, node);
    node->lower = lower;
    Ast **parts[] = {&node->upper, &node->step};
    for (int i = 0; i < 2; i++) {
        if (i && !accept(p, TOK_COLON)) break;
        if (at(p, TOK_COLON) || at(p, TOK_COMMA) || at(p, TOK_RSQB)) continue;
        if (!(*parts[i] = parse_expression(p))) return NULL;
    }
    return finish(p, node, start);
}

static Ast *parse_slices(Parser *p) {
    Position start = here(p);
    Ast *first = parse_slice(p);
    if (!first || (!at(p, TOK_COMMA) && first->kind != AST_Starred)) return first;
    int base = p->stack_count;
    if (!push(p, first)) return NULL;
    while (accept(p, TOK_COMMA) && !at(p, TOK_RSQB)) {
        Ast *next = parse_slice(p);
        if (!next || !push(p, next)) return NULL;
    }
    return tuple_node(p, base, start);
}

static Ast *parse_attribute(Parser *p, Ast *value, Position start) {
    skip(p);
    if (!at(p, TOK_NAME)) return NULL;
    NEW_NODE(p, Attribute, node);
    node->value = value;
    node->attr = parser_name(p, p->tok);
    if (!node->attr) return NULL;
    skip(p);
    return finish(p, node, start);
}

static Ast *parse_call(Parser *p, Ast *func, Position start) {
    NEW_NODE(p, Call, node);
    Position open = here(p);
    node->func = func;
    skip(p);
    if (!parse_arguments(p, open, true, &node->args, &node->keywords)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_subscript(Parser *p, Ast *value, Position start) {
    NEW_NODE(p, Subscript, node);
    node->value = value;
    skip(p);
    node->slice = parse_slices(p);
    if (!node->slice || !accept(p, TOK_RSQB)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_primary(Parser *p) {
    Position start = here(p);
    Ast *node = parse_atom(p);
    while (node) {
        Ast *(*trailer)(Parser *, Ast *, Position);
        if (at(p, TOK_DOT)) trailer = parse_attribute;
        else if (at(p, TOK_LPAR)) trailer = parse_call;
        else if (at(p, TOK_LSQB)) trailer = parse_subscript;
        else break;
        if ((p->depth += PARSER_BRACKET_DEPTH) > PARSER_MAX_DEPTH) return NULL;
        node = trailer(p, node, start);
        p->depth -= PARSER_BRACKET_DEPTH;
    }
    return node;
}

/* ---- targets ---- */

/* Makes a parsed expression a target; false if it can't be one. Tuples and lists nest at most as deep as brackets. */
bool parse_set_context(Ast *node, Ast_expr_context ctx) {
    AstSeq *items;
    switch (node->kind) {
    case AST_Name:
        AST(Name, node)->ctx = ctx;
        return true;
    case AST_Attribute:
        AST(Attribute, node)->ctx = ctx;
        return true;
    case AST_Subscript:
        AST(Subscript, node)->ctx = ctx;
        return true;
    case AST_Starred:
        AST(Starred, node)->ctx = ctx;
        return ctx == AST_Store && AST(Starred, node)->value->kind != AST_Starred &&
               parse_set_context(AST(Starred, node)->value, ctx);
    case AST_Tuple:
        AST(Tuple, node)->ctx = ctx;
        items = &AST(Tuple, node)->elts;
        break;
    case AST_List:
        AST(List, node)->ctx = ctx;
        items = &AST(List, node)->elts;
        break;
    default:
        return false;
    }
    for (int i = 0; i < items->count; i++)
        if (!parse_set_context(items->items[i], ctx)) return false;
    return true;
}

/* A target is a primary, perhaps with a star; operators end it, so that `for x in y` stops at `in`. */
static Ast *parse_target_item(Parser *p) {
    if (!at(p, TOK_STAR)) return parse_primary(p);
    Position start = here(p);
    skip(p);
    return starred_node(p, parse_primary(p), start);
}

Ast *parse_star_target(Parser *p) {
    Ast *node = parse_target_item(p);
    return node && parse_set_context(node, AST_Store) ? node : NULL;
}

Ast *parse_star_targets(Parser *p) {
    Ast *node = parse_open_tuple(p, parse_target_item);
    return node && parse_set_context(node, AST_Store) ? node : NULL;
}
