/* Patterns of the match statement. */
#include "vm/parser.h"

static Ast *parse_pattern(Parser *p);

/* ---- names ---- */

/* NAME that isn't `_`. */
static AstStr *capture_name(Parser *p) {
    if (!at(p, TOK_NAME) || is_word(p, p->tok, "_")) return NULL;
    AstStr *name = parser_name(p, p->tok);
    skip(p);
    return name;
}

/* `a` or `a.b.c` as an expression. */
static Ast *parse_dotted_name(Parser *p) {
    if (!at(p, TOK_NAME)) return NULL;
    Position start = here(p);
    NEW_NODE(p, Name, name);
    name->id = parser_name(p, p->tok);
    if (!name->id) return NULL;
    skip(p);
    Ast *node = finish(p, name, start);
    while (accept(p, TOK_DOT)) {
        if (!at(p, TOK_NAME)) return NULL;
        NEW_NODE(p, Attribute, attribute);
        attribute->value = node;
        attribute->attr = parser_name(p, p->tok);
        if (!attribute->attr) return NULL;
        skip(p);
        node = finish(p, attribute, start);
    }
    return node;
}

/* ---- literals ---- */

static bool is_imaginary(const Ast *node) { return ((const AstConstant *)node)->value.kind == AST_CONST_COMPLEX; }

/* `[-] NUMBER [+|- imaginary]` */
static Ast *parse_numeric(Parser *p) {
    Position start = here(p);
    bool negative = accept(p, TOK_MINUS);
    if (!at(p, TOK_NUMBER)) return NULL;
    Ast *number = parse_number(p);
    if (!number) return NULL;
    bool imaginary = is_imaginary(number);
    if (negative) {
        NEW_NODE(p, UnaryOp, minus);
        minus->op = AST_USub;
        minus->operand = number;
        number = finish(p, minus, start);
    }
    if (!at(p, TOK_PLUS) && !at(p, TOK_MINUS)) return number;
    NEW_NODE(p, BinOp, sum);
    sum->op = accept(p, TOK_PLUS) ? AST_Add : AST_Sub;
    if (sum->op == AST_Sub) skip(p);
    if (imaginary || !at(p, TOK_NUMBER)) return NULL;
    sum->left = number;
    sum->right = parse_number(p);
    if (!sum->right || !is_imaginary(sum->right)) return NULL;
    return finish(p, sum, start);
}

static Ast *value_pattern(Parser *p, Ast *value) {
    if (!value) return NULL;
    NEW_NODE(p, MatchValue, node);
    node->value = value;
    return finish(p, node, start_of(value));
}

static bool at_singleton(const Parser *p) { return at(p, TOK_NONE) || at(p, TOK_TRUE) || at(p, TOK_FALSE); }

static AstConstKind singleton(const Parser *p) {
    return at(p, TOK_NONE) ? AST_CONST_NONE : at(p, TOK_TRUE) ? AST_CONST_TRUE : AST_CONST_FALSE;
}

static Ast *parse_singleton_pattern(Parser *p) {
    Position start = here(p);
    NEW_NODE(p, MatchSingleton, node);
    node->value.kind = singleton(p);
    skip(p);
    return finish(p, node, start);
}

/* ---- sequences ---- */

static Ast *parse_star_pattern(Parser *p) {
    Position start = here(p);
    skip(p);
    NEW_NODE(p, MatchStar, node);
    if (!at(p, TOK_NAME)) return NULL;
    if (is_word(p, p->tok, "_")) skip(p);
    else if (!(node->name = capture_name(p))) return NULL;
    return finish(p, node, start);
}

static Ast *parse_maybe_star(Parser *p) { return at(p, TOK_STAR) ? parse_star_pattern(p) : parse_pattern(p); }

static Ast *sequence_node(Parser *p, int base, Position start) {
    NEW_NODE(p, MatchSequence, node);
    if (!parser_take(p, base, &node->patterns)) return NULL;
    return finish(p, node, start);
}

/* More items after the first one, up to `close` (COLON or IF end a pattern without brackets). */
static bool more_patterns(Parser *p, Ast *first, TokenKind close) {
    if (!push(p, first)) return false;
    while (accept(p, TOK_COMMA)) {
        if (at(p, close) || (close == TOK_COLON && at(p, TOK_IF))) break;
        Ast *next = parse_maybe_star(p);
        if (!next || !push(p, next)) return false;
    }
    return true;
}

/* `[...]`, `(...)`: a sequence, or a pattern in parentheses. */
static Ast *parse_sequence_or_group(Parser *p) {
    Position start = here(p);
    int base = p->stack_count;
    bool group = at(p, TOK_LPAR);
    TokenKind close = group ? TOK_RPAR : TOK_RSQB;
    skip(p);
    if (!at(p, close)) {
        Ast *first = parse_maybe_star(p);
        if (!first) return NULL;
        if (group && at(p, TOK_RPAR)) {
            skip(p);
            return first->kind == AST_MatchStar ? NULL : first;
        }
        if (!more_patterns(p, first, close)) return NULL;
    }
    return accept(p, close) ? sequence_node(p, base, start) : NULL;
}

/* ---- mappings and classes ---- */

/* A literal or a dotted name. */
static Ast *parse_mapping_key(Parser *p) {
    if (at_singleton(p)) {
        Position start = here(p);
        NEW_NODE(p, Constant, node);
        node->value.kind = singleton(p);
        skip(p);
        return finish(p, node, start);
    }
    if (at(p, TOK_STRING)) return parse_strings(p);
    if (at(p, TOK_NUMBER) || at(p, TOK_MINUS)) return parse_numeric(p);
    Ast *name = parse_dotted_name(p);
    return name && name->kind == AST_Attribute ? name : NULL;
}

/* Splits pairs (keys, patterns) lying on the stack into two lists. */
static bool take_two(Parser *p, int base, AstSeq *first, AstSeq *second) {
    int count = (p->stack_count - base) / 2;
    Ast **items = arena_alloc(p->arena, 2 * count * sizeof *items);
    if (!items) return false;
    for (int i = 0; i < count; i++) {
        items[i] = p->stack[base + 2 * i];
        items[count + i] = p->stack[base + 2 * i + 1];
    }
    p->stack_count = base;
    *first = (AstSeq){count, items};
    *second = (AstSeq){count, items + count};
    return true;
}

static Ast *parse_mapping(Parser *p) {
    Position start = here(p);
    int base = p->stack_count;
    skip(p);
    NEW_NODE(p, MatchMapping, node);
    while (!at(p, TOK_RBRACE)) {
        if (accept(p, TOK_DOUBLESTAR)) {
            if (!(node->rest = capture_name(p))) return NULL;
            accept(p, TOK_COMMA);
            break;
        }
        Ast *key = parse_mapping_key(p);
        if (!key || !accept(p, TOK_COLON)) return NULL;
        Ast *value = parse_pattern(p);
        if (!value || !push(p, key) || !push(p, value)) return NULL;
        if (!accept(p, TOK_COMMA)) break;
    }
    if (!accept(p, TOK_RBRACE) || !take_two(p, base, &node->keys, &node->patterns)) return NULL;
    return finish(p, node, start);
}

/* `cls(a, b, c=d)`; the names of keywords go on the stack as Name nodes and become identifiers at the end. */
static Ast *parse_class(Parser *p, Ast *cls) {
    NEW_NODE(p, MatchClass, node);
    node->cls = cls;
    skip(p);
    int base = p->stack_count, keyword_base = -1;
    while (!at(p, TOK_RPAR)) {
        bool keyword = at(p, TOK_NAME) && peek(p) == TOK_EQUAL;
        if (keyword) {
            if (keyword_base < 0) keyword_base = p->stack_count;
            NEW_NODE(p, Name, name);
            name->id = parser_name(p, p->tok);
            if (!name->id || !push(p, &name->base)) return NULL;
            skip(p);
            skip(p);
        } else if (keyword_base >= 0) {
            return NULL;
        }
        Ast *pattern = parse_pattern(p);
        if (!pattern || !push(p, pattern)) return NULL;
        if (!accept(p, TOK_COMMA)) break;
    }
    if (!accept(p, TOK_RPAR)) return NULL;
    if (keyword_base >= 0) {
        AstSeq names;
        if (!take_two(p, keyword_base, &names, &node->kwd_patterns)) return NULL;
        node->kwd_attrs = (AstIdents){names.count, arena_alloc(p->arena, names.count * sizeof(AstStr *))};
        if (!node->kwd_attrs.items) return NULL;
        for (int i = 0; i < names.count; i++) node->kwd_attrs.items[i] = AST(Name, names.items[i])->id;
    }
    if (!parser_take(p, base, &node->patterns)) return NULL;
    return finish(p, node, start_of(cls));
}

/* A name alone captures, `_` matches anything, a dotted name is a value, and with arguments it's a class. */
static Ast *parse_name_pattern(Parser *p) {
    bool wildcard = is_word(p, p->tok, "_");
    Ast *name = parse_dotted_name(p);
    if (!name) return NULL;
    if (at(p, TOK_LPAR)) return parse_class(p, name);
    if (name->kind == AST_Attribute) return value_pattern(p, name);
    NEW_NODE(p, MatchAs, node);
    if (!wildcard) node->name = AST(Name, name)->id;
    return finish(p, node, start_of(name));
}

/* ---- patterns ---- */

static Ast *parse_closed(Parser *p) {
    switch (p->tok->kind) {
    case TOK_NAME: return parse_name_pattern(p);
    case TOK_NUMBER:
    case TOK_MINUS: return value_pattern(p, parse_numeric(p));
    case TOK_STRING: return value_pattern(p, parse_strings(p));
    case TOK_NONE:
    case TOK_TRUE:
    case TOK_FALSE: return parse_singleton_pattern(p);
    case TOK_LPAR:
    case TOK_LSQB: return parse_sequence_or_group(p);
    case TOK_LBRACE: return parse_mapping(p);
    default: return NULL;
    }
}

static Ast *parse_or_pattern(Parser *p) {
    Position start = here(p);
    Ast *first = parse_closed(p);
    if (!first || !at(p, TOK_VBAR)) return first;
    int base = p->stack_count;
    if (!push(p, first)) return NULL;
    while (accept(p, TOK_VBAR)) {
        Ast *next = parse_closed(p);
        if (!next || !push(p, next)) return NULL;
    }
    NEW_NODE(p, MatchOr, node);
    if (!parser_take(p, base, &node->patterns)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_as_pattern(Parser *p) {
    Position start = here(p);
    Ast *pattern = parse_or_pattern(p);
    if (!pattern || !accept(p, TOK_AS)) return pattern;
    NEW_NODE(p, MatchAs, node);
    node->pattern = pattern;
    node->name = capture_name(p);
    if (!node->name || at(p, TOK_DOT) || at(p, TOK_LPAR) || at(p, TOK_EQUAL)) return NULL;
    return finish(p, node, start);
}

static Ast *parse_pattern(Parser *p) {
    if ((p->depth += PARSER_BRACKET_DEPTH) > PARSER_MAX_DEPTH) return NULL;
    Ast *node = parse_as_pattern(p);
    p->depth -= PARSER_BRACKET_DEPTH;
    return node;
}

Ast *parse_patterns(Parser *p) {
    Position start = here(p);
    Ast *first = parse_maybe_star(p);
    if (!first) return NULL;
    if (!at(p, TOK_COMMA)) return first->kind == AST_MatchStar ? NULL : first;
    int base = p->stack_count;
    if (!more_patterns(p, first, TOK_COLON)) return NULL;
    return sequence_node(p, base, start);
}
