/* Statements. */
#include "vm/parser.h"

static bool parse_statement(Parser *p);

/* ---- lists of statements; they go to the parser's stack ---- */

static bool parse_simple_statements(Parser *p);

/* NEWLINE INDENT statements DEDENT, or simple statements on the same line. */
static bool parse_block(Parser *p, AstSeq *body) {
    int base = p->stack_count;
    if (!at(p, TOK_NEWLINE)) return parse_simple_statements(p) && parser_take(p, base, body);
    skip_layout(p);
    if (!at(p, TOK_INDENT)) return false;
    skip_layout(p);
    do {
        if (!parse_statement(p)) return false;
    } while (!at(p, TOK_DEDENT) && !at(p, TOK_ENDMARKER));
    if (!at(p, TOK_DEDENT)) return false;
    skip_layout(p);
    return parser_take(p, base, body);
}

/* `: block` */
static bool parse_suite(Parser *p, AstSeq *body) { return accept(p, TOK_COLON) && parse_block(p, body); }

static bool parse_else(Parser *p, AstSeq *body) { return !accept(p, TOK_ELSE) || parse_suite(p, body); }

static bool parse_type_comment(Parser *p, AstStr **comment) {
    if (!at(p, TOK_TYPE_COMMENT)) return true;
    *comment = ast_str(p->arena, token_start(p, p->tok), p->tok->end - p->tok->start);
    skip(p);
    return *comment;
}

/* ---- assignments ---- */

/* What `:` or an augmented assignment may follow: a name, attribute or subscript. */
static bool is_single_target(const Ast *node) {
    return node->kind == AST_Name || node->kind == AST_Attribute || node->kind == AST_Subscript;
}

static Ast *parse_annotated(Parser *p, Ast *target, bool parenthesized) {
    NEW_NODE(p, AnnAssign, node);
    if (!is_single_target(target) || !parse_set_context(target, AST_Store)) return NULL;
    skip(p);
    node->target = target;
    node->simple = target->kind == AST_Name && !parenthesized;
    node->annotation = parse_expression(p);
    if (!node->annotation) return NULL;
    if (accept(p, TOK_EQUAL) && !(node->value = parse_yield_or_star_expressions(p))) return NULL;
    return &node->base;
}

static Ast *parse_augmented(Parser *p, Ast *target) {
    NEW_NODE(p, AugAssign, node);
    if (!is_single_target(target) || !parse_set_context(target, AST_Store)) return NULL;
    node->target = target;
    node->op = (Ast_operator)(p->tok->kind - TOK_PLUSEQUAL);
    skip(p);
    node->value = parse_yield_or_star_expressions(p);
    return node->value ? &node->base : NULL;
}

/* `a = b = value`: each part is a target as soon as another one follows. */
static Ast *parse_assignment(Parser *p, Ast *value) {
    NEW_NODE(p, Assign, node);
    int base = p->stack_count;
    while (accept(p, TOK_EQUAL)) {
        if (!parse_set_context(value, AST_Store) || !push(p, value)) return NULL;
        value = parse_yield_or_star_expressions(p);
        if (!value) return NULL;
    }
    node->value = value;
    return parser_take(p, base, &node->targets) && parse_type_comment(p, &node->type_comment) ? &node->base : NULL;
}

/* Whether an expression stands in parentheses of its own is seen from its first token only; the node starts inside. */
static Ast *parse_expression_statement(Parser *p) {
    Position start = here(p);
    Ast *value = parse_yield_or_star_expressions(p);
    if (!value) return NULL;
    bool parenthesized = start.col_offset != value->col_offset || start.lineno != value->lineno;
    Ast *node;
    switch (p->tok->kind) {
    case TOK_EQUAL:
        node = parse_assignment(p, value);
        break;
    case TOK_COLON:
        node = parse_annotated(p, value, parenthesized);
        break;
    default:
        if (p->tok->kind >= TOK_PLUSEQUAL && p->tok->kind <= TOK_DOUBLESLASHEQUAL) {
            node = parse_augmented(p, value);
            break;
        }
        AstExpr *expr = AST_NEW(p->arena, Expr);
        if (expr) expr->value = value;
        node = (Ast *)expr;
    }
    return node ? finish(p, node, start) : NULL;
}

/* ---- simple statements ---- */

static Ast *parse_return(Parser *p) {
    NEW_NODE(p, Return, node);
    Position start = here(p);
    skip(p);
    if (!at(p, TOK_NEWLINE) && !at(p, TOK_SEMI) && !(node->value = parse_star_expressions(p))) return NULL;
    return finish(p, node, start);
}

static Ast *parse_raise(Parser *p) {
    NEW_NODE(p, Raise, node);
    Position start = here(p);
    skip(p);
    if (!at(p, TOK_NEWLINE) && !at(p, TOK_SEMI)) {
        if (!(node->exc = parse_expression(p))) return NULL;
        if (accept(p, TOK_FROM) && !(node->cause = parse_expression(p))) return NULL;
    }
    return finish(p, node, start);
}

static Ast *parse_assert(Parser *p) {
    NEW_NODE(p, Assert, node);
    Position start = here(p);
    skip(p);
    if (!(node->test = parse_expression(p))) return NULL;
    if (accept(p, TOK_COMMA) && !(node->msg = parse_expression(p))) return NULL;
    return finish(p, node, start);
}

static Ast *parse_del(Parser *p) {
    NEW_NODE(p, Delete, node);
    Position start = here(p);
    int base = p->stack_count;
    skip(p);
    do {
        if (p->stack_count > base && (at(p, TOK_NEWLINE) || at(p, TOK_SEMI))) break;
        Ast *target = parse_bitwise_or(p);
        if (!target || !parse_set_context(target, AST_Del) || !push(p, target)) return NULL;
    } while (accept(p, TOK_COMMA));
    return parser_take(p, base, &node->targets) ? finish(p, node, start) : NULL;
}

/* global and nonlocal */
static Ast *parse_scope_names(Parser *p, AstKind kind) {
    _Static_assert(sizeof(AstGlobal) == sizeof(AstNonlocal), "the two have the same fields");
    AstGlobal *node = (AstGlobal *)ast_new(p->arena, kind);
    if (!node) return NULL;
    Position start = here(p);
    int count = 0, capacity = 0;
    AstStr **names = NULL;
    skip(p);
    do {
        if (!at(p, TOK_NAME)) return NULL;
        if (count == capacity) {
            capacity = capacity * 2 + 4;
            AstStr **more = arena_alloc(p->arena, capacity * sizeof *more);
            if (!more) return NULL;
            if (count) memcpy(more, names, count * sizeof *more);
            names = more;
        }
        if (!(names[count++] = parser_name(p, p->tok))) return NULL;
        skip(p);
    } while (accept(p, TOK_COMMA));
    node->names = (AstIdents){count, names};
    return finish(p, node, start);
}

static Ast *parse_word(Parser *p, AstKind kind) {
    Ast *node = ast_new(p->arena, kind);
    Position start = here(p);
    skip(p);
    return node ? finish(p, node, start) : NULL;
}

/* ---- imports ---- */

/* `a.b.c`, with no white space kept. */
static AstStr *parse_module_name(Parser *p) {
    if (!at(p, TOK_NAME)) return NULL;
    AstStr *name = parser_name(p, p->tok);
    skip(p);
    if (!name || !at(p, TOK_DOT)) return name;
    size_t length = name->length, room = 2 * length + 64;
    char *text = arena_alloc(p->arena, room);
    if (!text) return NULL;
    memcpy(text, name->text, length);
    while (accept(p, TOK_DOT)) {
        if (!at(p, TOK_NAME) || !(name = parser_name(p, p->tok))) return NULL;
        if (length + 1 + name->length > room) {
            room = 2 * (length + 1 + name->length);
            char *more = arena_alloc(p->arena, room);
            if (!more) return NULL;
            text = memcpy(more, text, length);
        }
        text[length++] = '.';
        memcpy(text + length, name->text, name->length);
        length += name->length;
        skip(p);
    }
    return ast_intern(p->names, text, length);
}

static Ast *parse_alias(Parser *p, bool dotted) {
    NEW_NODE(p, alias, node);
    Position start = here(p);
    if (dotted) {
        node->name = parse_module_name(p);
    } else if (at(p, TOK_NAME)) {
        node->name = parser_name(p, p->tok);
        skip(p);
    }
    if (!node->name) return NULL;
    if (accept(p, TOK_AS)) {
        if (!at(p, TOK_NAME) || !(node->asname = parser_name(p, p->tok))) return NULL;
        skip(p);
    }
    return finish(p, node, start);
}

static Ast *parse_import(Parser *p) {
    NEW_NODE(p, Import, node);
    Position start = here(p);
    int base = p->stack_count;
    skip(p);
    do {
        Ast *name = parse_alias(p, true);
        if (!name || !push(p, name)) return NULL;
    } while (accept(p, TOK_COMMA));
    return parser_take(p, base, &node->names) ? finish(p, node, start) : NULL;
}

/* `*`, or names; only in parentheses may a comma end them. */
static bool parse_import_targets(Parser *p, AstSeq *names) {
    int base = p->stack_count;
    if (at(p, TOK_STAR)) {
        Astalias *star = AST_NEW(p->arena, alias);
        Position start = here(p);
        if (!star || !(star->name = ast_intern(p->names, "*", 1))) return false;
        skip(p);
        return push(p, finish(p, star, start)) && parser_take(p, base, names);
    }
    bool parentheses = accept(p, TOK_LPAR);
    do {
        if (parentheses && p->stack_count > base && at(p, TOK_RPAR)) break;
        Ast *name = parse_alias(p, false);
        if (!name || !push(p, name)) return false;
    } while (accept(p, TOK_COMMA));
    return (!parentheses || accept(p, TOK_RPAR)) && parser_take(p, base, names);
}

static Ast *parse_import_from(Parser *p) {
    NEW_NODE(p, ImportFrom, node);
    Position start = here(p);
    skip(p);
    for (;; skip(p)) {
        if (at(p, TOK_DOT)) node->level++;
        else if (at(p, TOK_ELLIPSIS)) node->level += 3;
        else break;
    }
    if (!node->level || !at(p, TOK_IMPORT)) {
        if (!(node->module = parse_module_name(p))) return NULL;
    }
    if (!accept(p, TOK_IMPORT) || !parse_import_targets(p, &node->names)) return NULL;
    return finish(p, node, start);
}

/* ---- `type X = ...` ---- */

static Ast *parse_type_alias(Parser *p) {
    NEW_NODE(p, TypeAlias, node);
    NEW_NODE(p, Name, name);
    Position start = here(p);
    skip(p);
    name->id = parser_name(p, p->tok);
    name->ctx = AST_Store;
    if (!name->id) return NULL;
    Position name_start = here(p);
    skip(p);
    node->name = finish(p, name, name_start);
    if (!parse_type_params(p, &node->type_params) || !accept(p, TOK_EQUAL)) return NULL;
    node->value = parse_expression(p);
    return node->value ? finish(p, node, start) : NULL;
}

/* ---- lines of simple statements ---- */

static Ast *parse_simple_statement(Parser *p) {
    switch (p->tok->kind) {
    case TOK_NAME:
        if (is_word(p, p->tok, "type") && peek(p) == TOK_NAME) return parse_type_alias(p);
        break;
    case TOK_RETURN: return parse_return(p);
    case TOK_IMPORT: return parse_import(p);
    case TOK_FROM: return parse_import_from(p);
    case TOK_RAISE: return parse_raise(p);
    case TOK_PASS: return parse_word(p, AST_Pass);
    case TOK_BREAK: return parse_word(p, AST_Break);
    case TOK_CONTINUE: return parse_word(p, AST_Continue);
    case TOK_DEL: return parse_del(p);
    case TOK_ASSERT: return parse_assert(p);
    case TOK_GLOBAL: return parse_scope_names(p, AST_Global);
    case TOK_NONLOCAL: return parse_scope_names(p, AST_Nonlocal);
    }
    return parse_expression_statement(p);
}

static bool parse_simple_statements(Parser *p) {
    do {
        Ast *node = parse_simple_statement(p);
        if (!node || !push(p, node)) return false;
    } while (accept(p, TOK_SEMI) && !at(p, TOK_NEWLINE));
    if (!at(p, TOK_NEWLINE)) return false;
    skip_layout(p);
    return true;
}

/* ---- compound statements ---- */

/* A chain of elifs is as long as the source, so it's a loop: each If goes to the `orelse` of the one before. */
static Ast *parse_if(Parser *p) {
    int base = p->stack_count;
    AstSeq *into = NULL;
    do {
        NEW_NODE(p, If, node);
        Position start = here(p);
        skip(p);
        if (!(node->test = parse_named_expression(p)) || !parse_suite(p, &node->body)) return NULL;
        finish(p, node, start);
        if (into) {
            *into = (AstSeq){1, arena_alloc(p->arena, sizeof(Ast *))};
            if (!into->items) return NULL;
            into->items[0] = &node->base;
        }
        into = &node->orelse;
        if (!push(p, &node->base)) return NULL;
    } while (at(p, TOK_ELIF));
    if (!parse_else(p, into)) return NULL;
    for (int i = base; i < p->stack_count; i++) finish(p, p->stack[i], start_of(p->stack[i]));
    p->stack_count = base;
    return p->stack[base];
}

static Ast *parse_while(Parser *p) {
    NEW_NODE(p, While, node);
    Position start = here(p);
    skip(p);
    if (!(node->test = parse_named_expression(p)) || !parse_suite(p, &node->body) || !parse_else(p, &node->orelse)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_for(Parser *p, AstKind kind, Position start) {
    _Static_assert(sizeof(AstFor) == sizeof(AstAsyncFor), "the two have the same fields");
    AstFor *node = (AstFor *)ast_new(p->arena, kind);
    if (!node) return NULL;
    skip(p);
    node->target = parse_star_targets(p);
    if (!node->target || !accept(p, TOK_IN)) return NULL;
    node->iter = parse_star_expressions(p);
    if (!node->iter || !accept(p, TOK_COLON) || !parse_type_comment(p, &node->type_comment)) return NULL;
    if (!parse_block(p, &node->body) || !parse_else(p, &node->orelse)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_with_item(Parser *p) {
    NEW_NODE(p, withitem, node);
    node->context_expr = parse_expression(p);
    if (!node->context_expr) return NULL;
    if (accept(p, TOK_AS)) {
        node->optional_vars = parse_star_target(p);
        if (!node->optional_vars || !(at(p, TOK_COMMA) || at(p, TOK_RPAR) || at(p, TOK_COLON))) return NULL;
    }
    return &node->base;
}

/* Items up to `:`; in parentheses a comma may end them. */
static bool parse_with_items(Parser *p, bool parentheses, AstSeq *items) {
    int base = p->stack_count;
    if (parentheses) skip(p);
    do {
        if (parentheses && p->stack_count > base && at(p, TOK_RPAR)) break;
        Ast *item = parse_with_item(p);
        if (!item || !push(p, item)) return false;
    } while (accept(p, TOK_COMMA));
    return (!parentheses || accept(p, TOK_RPAR)) && at(p, TOK_COLON) && parser_take(p, base, items);
}

/* `(` may open a list of items or the first item's expression: the list is tried first. */
static Ast *parse_with(Parser *p, AstKind kind, Position start) {
    _Static_assert(sizeof(AstWith) == sizeof(AstAsyncWith), "the two have the same fields");
    AstWith *node = (AstWith *)ast_new(p->arena, kind);
    if (!node) return NULL;
    skip(p);
    int mark = p->tok - p->tokens, base = p->stack_count, depth = p->depth;
    bool parentheses = at(p, TOK_LPAR);
    if (!parentheses || !parse_with_items(p, true, &node->items)) {
        if (parentheses) {
            parser_rewind(p, mark);
            p->stack_count = base;
            p->depth = depth;
            parentheses = false;
        }
        if (!parse_with_items(p, false, &node->items)) return NULL;
    }
    skip(p);
    if (!parentheses && !parse_type_comment(p, &node->type_comment)) return NULL;
    return parse_block(p, &node->body) ? finish(p, node, start) : NULL;
}

static Ast *parse_handler(Parser *p, bool *star) {
    NEW_NODE(p, ExceptHandler, node);
    Position start = here(p);
    skip(p);
    *star = accept(p, TOK_STAR);
    if (*star || !at(p, TOK_COLON)) {
        if (!(node->type = parse_expression(p))) return NULL;
        if (accept(p, TOK_AS)) {
            if (!at(p, TOK_NAME) || !(node->name = parser_name(p, p->tok))) return NULL;
            skip(p);
        }
    }
    return parse_suite(p, &node->body) ? finish(p, node, start) : NULL;
}

static Ast *parse_try(Parser *p) {
    _Static_assert(sizeof(AstTry) == sizeof(AstTryStar), "the two have the same fields");
    NEW_NODE(p, Try, node);
    Position start = here(p);
    skip(p);
    if (!parse_suite(p, &node->body)) return NULL;
    int base = p->stack_count;
    bool first_star = false, star;
    while (at(p, TOK_EXCEPT)) {
        Ast *handler = parse_handler(p, &star);
        if (!handler) return NULL;
        if (p->stack_count == base) first_star = star;
        else if (star != first_star) return NULL;
        if (!push(p, handler)) return NULL;
    }
    bool handlers = p->stack_count > base;
    if (first_star) node->base.kind = AST_TryStar;
    if (!parser_take(p, base, &node->handlers)) return NULL;
    if (handlers && !parse_else(p, &node->orelse)) return NULL;
    if (at(p, TOK_FINALLY)) {
        skip(p);
        if (!parse_suite(p, &node->finalbody)) return NULL;
    } else if (!handlers) {
        return NULL;
    }
    return finish(p, node, start);
}

/* `-> annotation : [type comment] block`, the rest of a def. */
static bool parse_function_rest(Parser *p, AstFunctionDef *node) {
    if (accept(p, TOK_RARROW) && !(node->returns = parse_expression(p))) return false;
    if (!accept(p, TOK_COLON)) return false;
    if (at(p, TOK_NEWLINE) && peek(p) == TOK_TYPE_COMMENT) skip_layout(p);
    return parse_type_comment(p, &node->type_comment) && parse_block(p, &node->body);
}

static Ast *parse_function(Parser *p, AstKind kind, Position start, AstSeq decorators) {
    _Static_assert(sizeof(AstFunctionDef) == sizeof(AstAsyncFunctionDef), "the two have the same fields");
    AstFunctionDef *node = (AstFunctionDef *)ast_new(p->arena, kind);
    if (!node) return NULL;
    node->decorator_list = decorators;
    skip(p);
    if (!at(p, TOK_NAME) || !(node->name = parser_name(p, p->tok))) return NULL;
    skip(p);
    if (!parse_type_params(p, &node->type_params) || !accept(p, TOK_LPAR)) return NULL;
    node->args = parse_parameters(p, false);
    if (!node->args || !accept(p, TOK_RPAR) || !parse_function_rest(p, node)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_class(Parser *p, AstSeq decorators) {
    NEW_NODE(p, ClassDef, node);
    Position start = here(p);
    node->decorator_list = decorators;
    skip(p);
    if (!at(p, TOK_NAME) || !(node->name = parser_name(p, p->tok))) return NULL;
    skip(p);
    if (!parse_type_params(p, &node->type_params)) return NULL;
    Position open = here(p);
    if (accept(p, TOK_LPAR) && !parse_arguments(p, open, false, &node->bases, &node->keywords)) return NULL;
    return parse_suite(p, &node->body) ? finish(p, node, start) : NULL;
}

/* `async` def, for, with */
static Ast *parse_async(Parser *p, AstSeq decorators) {
    Position start = here(p);
    skip(p);
    if (at(p, TOK_DEF)) return parse_function(p, AST_AsyncFunctionDef, start, decorators);
    if (decorators.count) return NULL;
    if (at(p, TOK_FOR)) return parse_for(p, AST_AsyncFor, start);
    if (at(p, TOK_WITH)) return parse_with(p, AST_AsyncWith, start);
    return NULL;
}

static Ast *parse_decorated(Parser *p) {
    int base = p->stack_count;
    while (accept(p, TOK_AT)) {
        Ast *decorator = parse_named_expression(p);
        if (!decorator || !push(p, decorator) || !at(p, TOK_NEWLINE)) return NULL;
        skip_layout(p);
    }
    AstSeq decorators;
    if (!parser_take(p, base, &decorators)) return NULL;
    if (at(p, TOK_DEF)) return parse_function(p, AST_FunctionDef, here(p), decorators);
    if (at(p, TOK_CLASS)) return parse_class(p, decorators);
    return at(p, TOK_ASYNC) ? parse_async(p, decorators) : NULL;
}

/* ---- match ---- */

/* Whether what follows the word `match` may be a subject at all; all else makes it a plain name. */
static bool may_be_subject(TokenKind next) {
    switch (next) {
    case TOK_NAME:
    case TOK_NUMBER:
    case TOK_STRING:
    case TOK_LPAR:
    case TOK_LSQB:
    case TOK_LBRACE:
    case TOK_ELLIPSIS:
    case TOK_TILDE:
    case TOK_PLUS:
    case TOK_MINUS:
    case TOK_STAR:
    case TOK_FALSE:
    case TOK_NONE:
    case TOK_TRUE:
    case TOK_AWAIT:
    case TOK_LAMBDA:
    case TOK_NOT:
        return true;
    default:
        return false;
    }
}

static Ast *parse_subject(Parser *p) {
    Position start = here(p);
    Ast *first = parse_star_named_expression(p);
    if (!first || !at(p, TOK_COMMA)) return first && first->kind != AST_Starred ? first : NULL;
    int base = p->stack_count;
    if (!push(p, first)) return NULL;
    while (accept(p, TOK_COMMA) && !at(p, TOK_COLON)) {
        Ast *next = parse_star_named_expression(p);
        if (!next || !push(p, next)) return NULL;
    }
    NEW_NODE(p, Tuple, node);
    return parser_take(p, base, &node->elts) ? finish(p, node, start) : NULL;
}

static Ast *parse_case(Parser *p) {
    NEW_NODE(p, match_case, node);
    if (!is_word(p, p->tok, "case")) return NULL;
    skip(p);
    if (!(node->pattern = parse_patterns(p))) return NULL;
    if (accept(p, TOK_IF) && !(node->guard = parse_named_expression(p))) return NULL;
    return parse_suite(p, &node->body) ? &node->base : NULL;
}

/* At the word `match`. Sets *is_statement false, and goes back, if it's a plain name after all. */
static Ast *parse_match(Parser *p, bool *is_statement) {
    int mark = p->tok - p->tokens, base = p->stack_count, depth = p->depth;
    Position start = here(p);
    NEW_NODE(p, Match, node);
    skip(p);
    node->subject = parse_subject(p);
    *is_statement = node->subject && at(p, TOK_COLON) && peek(p) == TOK_NEWLINE;
    if (!*is_statement) {
        parser_rewind(p, mark);
        p->stack_count = base;
        p->depth = depth;
        return NULL;
    }
    skip(p);
    skip_layout(p);
    if (!at(p, TOK_INDENT)) return NULL;
    skip_layout(p);
    do {
        Ast *one = parse_case(p);
        if (!one || !push(p, one)) return NULL;
    } while (!at(p, TOK_DEDENT) && !at(p, TOK_ENDMARKER));
    if (!at(p, TOK_DEDENT)) return NULL;
    skip_layout(p);
    return parser_take(p, base, &node->cases) ? finish(p, node, start) : NULL;
}

/* ---- statements ---- */

/* A compound statement; NULL with *found false if there's none at hand. */
static Ast *parse_compound(Parser *p, bool *found) {
    AstSeq none = {0};
    *found = true;
    switch (p->tok->kind) {
    case TOK_IF: return parse_if(p);
    case TOK_WHILE: return parse_while(p);
    case TOK_FOR: return parse_for(p, AST_For, here(p));
    case TOK_TRY: return parse_try(p);
    case TOK_WITH: return parse_with(p, AST_With, here(p));
    case TOK_DEF: return parse_function(p, AST_FunctionDef, here(p), none);
    case TOK_CLASS: return parse_class(p, none);
    case TOK_AT: return parse_decorated(p);
    case TOK_ASYNC: return parse_async(p, none);
    case TOK_NAME:
        if (is_word(p, p->tok, "match") && may_be_subject(peek(p))) return parse_match(p, found);
        break;
    }
    *found = false;
    return NULL;
}

/* Tokens are kept from here on; what lies before has been used up. */
static void forget_tokens(Parser *p) {
    int used = p->tok - p->tokens;
    if (used < 64) return;
    p->fill -= used;
    memmove(p->tokens, p->tok, p->fill * sizeof *p->tokens);
    p->tok = p->tokens;
}

static bool parse_statement(Parser *p) {
    bool found;
    forget_tokens(p);
    Ast *node = parse_compound(p, &found);
    if (!found) return parse_simple_statements(p);
    return node && push(p, node);
}

/* ---- whole sources ---- */

static Ast *parse_module(Parser *p) {
    NEW_NODE(p, Module, node);
    while (!at(p, TOK_ENDMARKER))
        if (!parse_statement(p)) return NULL;
    if (!parser_take(p, 0, &node->body)) return NULL;
    node->type_ignores = (AstSeq){p->type_ignore_count, p->type_ignores};
    return &node->base;
}

/* One statement; a compound one is ended by an empty line. */
static Ast *parse_interactive(Parser *p) {
    NEW_NODE(p, Interactive, node);
    bool found;
    if (at(p, TOK_ENDMARKER)) return NULL;
    if (at(p, TOK_NEWLINE)) {
        Ast *pass = ast_new(p->arena, AST_Pass);
        if (!pass || !push(p, pass)) return NULL;
        finish(p, pass, here(p));
        pass->end_lineno = pass->lineno;
        pass->end_col_offset = pass->col_offset;
        skip_layout(p);
    } else {
        Ast *compound = parse_compound(p, &found);
        if (found) {
            if (!compound || !push(p, compound) || !at(p, TOK_NEWLINE)) return NULL;
            skip_layout(p);
        } else if (!parse_simple_statements(p)) {
            return NULL;
        }
    }
    return parser_take(p, 0, &node->body) ? &node->base : NULL;
}

static Ast *parse_eval(Parser *p) {
    NEW_NODE(p, Expression, node);
    if (!(node->body = parse_expressions(p))) return NULL;
    while (at(p, TOK_NEWLINE)) skip_layout(p);
    return at(p, TOK_ENDMARKER) ? &node->base : NULL;
}

/* `(types) -> type` */
static Ast *parse_function_type(Parser *p) {
    NEW_NODE(p, FunctionType, node);
    if (!accept(p, TOK_LPAR)) return NULL;
    bool star = false, double_star = false;
    while (!at(p, TOK_RPAR)) {
        bool is_star = accept(p, TOK_STAR), is_double = !is_star && accept(p, TOK_DOUBLESTAR);
        if (double_star || (star && !is_double)) return NULL;
        star |= is_star;
        double_star |= is_double;
        Ast *type = parse_expression(p);
        if (!type || !push(p, type)) return NULL;
        if (!at(p, TOK_COMMA)) break;
        skip(p);
        if (at(p, TOK_RPAR)) return NULL;
    }
    if (!accept(p, TOK_RPAR) || !parser_take(p, 0, &node->argtypes) || !accept(p, TOK_RARROW)) return NULL;
    if (!(node->returns = parse_expression(p))) return NULL;
    while (at(p, TOK_NEWLINE)) skip_layout(p);
    return at(p, TOK_ENDMARKER) ? &node->base : NULL;
}

Ast *parse_root(Parser *p) {
    switch (p->options->mode) {
    case PARSE_EXEC: return parse_module(p);
    case PARSE_EVAL: return parse_eval(p);
    case PARSE_SINGLE: return parse_interactive(p);
    case PARSE_FUNC_TYPE: return parse_function_type(p);
    }
    return NULL;
}
