/* Checks of trees that don't come from the parser: what the compiler takes for granted. */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/list.h"
#include "vm/ast_object.h"
#include "vm/symbols.h"

#define TRY(x)                                                                                     \
    do {                                                                                           \
        if (!(x)) return false;                                                                    \
    } while (0)

#define FAIL(kind, ...) (err_set(t, E_##kind, __VA_ARGS__), false)

static bool check_expr(Thread *t, const Ast *node, Ast_expr_context ctx);
static bool check_stmt(Thread *t, const Ast *node);
static bool check_pattern(Thread *t, const Ast *node, bool star_ok);

static bool check_filled(Thread *t, int count, const char *field, const char *owner) {
    return count > 0 || FAIL(ValueError, "empty %s on %s", field, owner);
}

static bool check_exprs(Thread *t, AstSeq items, Ast_expr_context ctx, bool holes) {
    for (int i = 0; i < items.count; i++) {
        if (items.items[i]) TRY(check_expr(t, items.items[i], ctx));
        else if (!holes) return FAIL(ValueError, "None disallowed in expression list");
    }
    return true;
}

static bool check_maybe(Thread *t, const Ast *node) { return !node || check_expr(t, node, AST_Load); }

static bool check_stmts(Thread *t, AstSeq items) {
    for (int i = 0; i < items.count; i++) {
        if (!items.items[i]) return FAIL(ValueError, "None disallowed in statement list");
        TRY(check_stmt(t, items.items[i]));
    }
    return true;
}

static bool check_body(Thread *t, AstSeq body, const char *owner) { return check_filled(t, body.count, "body", owner) && check_stmts(t, body); }

static bool check_name(Thread *t, const AstStr *name) {
    static const char *const forbidden[] = {"None", "True", "False"};
    for (int i = 0; i < 3; i++)
        if (!strcmp(name->text, forbidden[i])) return FAIL(ValueError, "identifier field can't represent '%s' constant", forbidden[i]);
    return true;
}

static bool check_place(Thread *t, const Ast *node) {
    if (!ast_sum_has_position[ast_info(node->kind)->sum]) return true;
    if (node->lineno > node->end_lineno)
        return FAIL(ValueError, "AST node line range (%d, %d) is not valid", node->lineno, node->end_lineno);
    if ((node->lineno < 0 && node->end_lineno != node->lineno) || (node->col_offset < 0 && node->col_offset != node->end_col_offset))
        return FAIL(ValueError, "AST node column range (%d, %d) for line range (%d, %d) is not valid", node->col_offset, node->end_col_offset,
                    node->lineno, node->end_lineno);
    if (node->lineno == node->end_lineno && node->col_offset > node->end_col_offset)
        return FAIL(ValueError, "line %d, column %d-%d is not a valid range", node->lineno, node->col_offset, node->end_col_offset);
    return true;
}

/* ---- constants ---- */

/* Constants of any type that code objects may hold. */
static bool check_constant_object(Thread *t, Value v) {
    static const Type *const plain[] = {&none_type, &ellipsis_type, &bool_type, &int_type, &float_type, &complex_type, &str_type, &bytes_type};
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (is_exact(v, plain[i])) return true;
    if (is_exact(v, &tuple_type) || is_exact(v, &frozenset_type)) {
        Ref list = sequence_list(t, v);
        bool good = !ref_is_null(list);
        for (size_t i = 0; good && i < list_size(ref_borrow(list)); i++) good = check_constant_object(t, list_get(ref_borrow(list), i));
        ref_drop(t, list);
        return good;
    }
    return FAIL(TypeError, "got an invalid type in Constant: %.400T", v);
}

static bool check_constant(Thread *t, const AstConst *c) {
    return c->kind != AST_CONST_OBJECT || check_constant_object(t, object_value(c->object));
}

/* ---- expressions ---- */

static bool check_args(Thread *t, AstSeq args) {
    for (int i = 0; i < args.count; i++) {
        if (!args.items[i]) return FAIL(ValueError, "None disallowed in argument list");
        TRY(check_place(t, args.items[i]) && check_maybe(t, AST(arg, args.items[i])->annotation));
    }
    return true;
}

static bool check_arguments(Thread *t, const Ast *node) {
    const Astarguments *a = (const Astarguments *)node;
    TRY(check_args(t, a->posonlyargs) && check_args(t, a->args));
    if (a->vararg) TRY(check_maybe(t, AST(arg, a->vararg)->annotation));
    TRY(check_args(t, a->kwonlyargs));
    if (a->kwarg) TRY(check_maybe(t, AST(arg, a->kwarg)->annotation));
    if (a->defaults.count > a->posonlyargs.count + a->args.count) return FAIL(ValueError, "more positional defaults than args on arguments");
    if (a->kw_defaults.count != a->kwonlyargs.count)
        return FAIL(ValueError, "length of kwonlyargs is not the same as kw_defaults on arguments");
    return check_exprs(t, a->defaults, AST_Load, false) && check_exprs(t, a->kw_defaults, AST_Load, true);
}

static bool check_generators(Thread *t, AstSeq generators) {
    if (!generators.count) return FAIL(ValueError, "comprehension with no generators");
    for (int i = 0; i < generators.count; i++) {
        if (!generators.items[i]) return FAIL(ValueError, "None disallowed in comprehension list");
        const Astcomprehension *c = AST(comprehension, generators.items[i]);
        TRY(check_expr(t, c->target, AST_Store) && check_expr(t, c->iter, AST_Load) && check_exprs(t, c->ifs, AST_Load, false));
    }
    return true;
}

static bool check_keywords(Thread *t, AstSeq keywords) {
    for (int i = 0; i < keywords.count; i++) {
        if (!keywords.items[i]) return FAIL(ValueError, "None disallowed in keyword list");
        TRY(check_expr(t, AST(keyword, keywords.items[i])->value, AST_Load));
    }
    return true;
}

/* Whether the context is the wanted one, for those that have any. */
static bool check_context(Thread *t, const Ast *node, Ast_expr_context ctx) {
    int count;
    const char *const *names = ast_enum_names("expr_context", &count);
    Ast_expr_context own;
    switch (node->kind) {
    case AST_Attribute: own = ((const AstAttribute *)node)->ctx; break;
    case AST_Subscript: own = ((const AstSubscript *)node)->ctx; break;
    case AST_Starred: own = ((const AstStarred *)node)->ctx; break;
    case AST_Name: own = ((const AstName *)node)->ctx; break;
    case AST_List: own = ((const AstList *)node)->ctx; break;
    case AST_Tuple: own = ((const AstTuple *)node)->ctx; break;
    default:
        if (ctx == AST_Load) return true;
        return FAIL(ValueError, "expression which can't be assigned to in %s context", names[ctx]);
    }
    return own == ctx || FAIL(ValueError, "expression must have %s context but has %s instead", names[ctx], names[own]);
}

static bool check_expr_fields(Thread *t, const Ast *node, Ast_expr_context ctx) {
    switch (node->kind) {
    case AST_BoolOp: {
        const AstBoolOp *n = (const AstBoolOp *)node;
        if (n->values.count < 2) return FAIL(ValueError, "BoolOp with less than 2 values");
        return check_exprs(t, n->values, AST_Load, false);
    }
    case AST_NamedExpr: {
        const AstNamedExpr *n = (const AstNamedExpr *)node;
        if (n->target->kind != AST_Name) return FAIL(TypeError, "NamedExpr target must be a Name");
        return check_expr(t, n->target, AST_Store) && check_expr(t, n->value, AST_Load);
    }
    case AST_BinOp: return check_expr(t, ((const AstBinOp *)node)->left, AST_Load) && check_expr(t, ((const AstBinOp *)node)->right, AST_Load);
    case AST_UnaryOp: return check_expr(t, ((const AstUnaryOp *)node)->operand, AST_Load);
    case AST_Lambda: return check_arguments(t, ((const AstLambda *)node)->args) && check_expr(t, ((const AstLambda *)node)->body, AST_Load);
    case AST_IfExp: {
        const AstIfExp *n = (const AstIfExp *)node;
        return check_expr(t, n->test, AST_Load) && check_expr(t, n->body, AST_Load) && check_expr(t, n->orelse, AST_Load);
    }
    case AST_Dict: {
        const AstDict *n = (const AstDict *)node;
        if (n->keys.count != n->values.count) return FAIL(ValueError, "Dict doesn't have the same number of keys as values");
        return check_exprs(t, n->keys, AST_Load, true) && check_exprs(t, n->values, AST_Load, false);
    }
    case AST_Set: return check_exprs(t, ((const AstSet *)node)->elts, AST_Load, false);
    case AST_ListComp:
    case AST_SetComp:
    case AST_GeneratorExp:
        return check_generators(t, ((const AstListComp *)node)->generators) && check_expr(t, ((const AstListComp *)node)->elt, AST_Load);
    case AST_DictComp: {
        const AstDictComp *n = (const AstDictComp *)node;
        return check_generators(t, n->generators) && check_expr(t, n->key, AST_Load) && check_expr(t, n->value, AST_Load);
    }
    case AST_Await:
    case AST_YieldFrom: return check_expr(t, ((const AstAwait *)node)->value, AST_Load);
    case AST_Yield: return check_maybe(t, ((const AstYield *)node)->value);
    case AST_Compare: {
        const AstCompare *n = (const AstCompare *)node;
        if (!n->comparators.count) return FAIL(ValueError, "Compare with no comparators");
        if (n->comparators.count != n->ops.count) return FAIL(ValueError, "Compare has a different number of comparators and operands");
        return check_exprs(t, n->comparators, AST_Load, false) && check_expr(t, n->left, AST_Load);
    }
    case AST_Call: {
        const AstCall *n = (const AstCall *)node;
        return check_expr(t, n->func, AST_Load) && check_exprs(t, n->args, AST_Load, false) && check_keywords(t, n->keywords);
    }
    case AST_Constant: return check_constant(t, &((const AstConstant *)node)->value);
    case AST_JoinedStr: return check_exprs(t, ((const AstJoinedStr *)node)->values, AST_Load, false);
    case AST_FormattedValue:
        return check_expr(t, ((const AstFormattedValue *)node)->value, AST_Load) && check_maybe(t, ((const AstFormattedValue *)node)->format_spec);
    case AST_Attribute: return check_expr(t, ((const AstAttribute *)node)->value, AST_Load);
    case AST_Subscript: return check_expr(t, ((const AstSubscript *)node)->slice, AST_Load) && check_expr(t, ((const AstSubscript *)node)->value, AST_Load);
    case AST_Starred: return check_expr(t, ((const AstStarred *)node)->value, ctx);
    case AST_List: return check_exprs(t, ((const AstList *)node)->elts, ctx, false);
    case AST_Tuple: return check_exprs(t, ((const AstTuple *)node)->elts, ctx, false);
    case AST_Slice: {
        const AstSlice *n = (const AstSlice *)node;
        return check_maybe(t, n->lower) && check_maybe(t, n->upper) && check_maybe(t, n->step);
    }
    case AST_Name: return check_name(t, ((const AstName *)node)->id);
    default: return FAIL(SystemError, "unexpected expression");
    }
}

static bool check_expr(Thread *t, const Ast *node, Ast_expr_context ctx) {
    return check_place(t, node) && check_context(t, node, ctx) && check_expr_fields(t, node, ctx);
}

/* ---- patterns ---- */

static bool check_patterns(Thread *t, AstSeq items, bool star_ok) {
    for (int i = 0; i < items.count; i++) {
        if (!items.items[i]) return FAIL(ValueError, "None disallowed in pattern list");
        TRY(check_pattern(t, items.items[i], star_ok));
    }
    return true;
}

static bool check_capture(Thread *t, const AstStr *name) {
    if (!strcmp(name->text, "_")) return FAIL(ValueError, "can't capture name '_' in patterns");
    return check_name(t, name);
}

/* A number, perhaps with a minus, perhaps plus an imaginary one. */
static bool is_match_number(const Ast *node, bool sum_ok) {
    if (node->kind == AST_UnaryOp) return ((const AstUnaryOp *)node)->op == AST_USub && is_match_number(((const AstUnaryOp *)node)->operand, false);
    if (node->kind == AST_BinOp) {
        const AstBinOp *n = (const AstBinOp *)node;
        return sum_ok && (n->op == AST_Add || n->op == AST_Sub) && is_match_number(n->left, false) && n->right->kind == AST_Constant &&
               ((const AstConstant *)n->right)->value.kind == AST_CONST_COMPLEX;
    }
    if (node->kind != AST_Constant) return false;
    AstConstKind kind = ((const AstConstant *)node)->value.kind;
    return kind >= AST_CONST_INT && kind <= AST_CONST_COMPLEX;
}

static bool check_match_value(Thread *t, const Ast *value) {
    TRY(check_expr(t, value, AST_Load));
    if (value->kind == AST_Attribute || value->kind == AST_JoinedStr || is_match_number(value, true)) return true;
    if (value->kind == AST_Constant) {
        AstConstKind kind = ((const AstConstant *)value)->value.kind;
        if (kind == AST_CONST_STR || kind == AST_CONST_BYTES) return true;
        const void *object = ((const AstConstant *)value)->value.object;
        if (kind == AST_CONST_OBJECT && (is_int(object_value(object)) || is_exact(object_value(object), &complex_type))) return true;
        return FAIL(ValueError, "unexpected constant inside of a literal pattern");
    }
    return FAIL(ValueError, "patterns may only match literals and attribute lookups");
}

static bool check_match_class(Thread *t, const AstMatchClass *n) {
    if (n->kwd_attrs.count != n->kwd_patterns.count)
        return FAIL(ValueError, "MatchClass doesn't have the same number of keyword attributes as patterns");
    TRY(check_expr(t, n->cls, AST_Load));
    const Ast *cls = n->cls;
    while (cls->kind == AST_Attribute) cls = ((const AstAttribute *)cls)->value;
    if (cls->kind != AST_Name) return FAIL(ValueError, "MatchClass cls field can only contain Name or Attribute nodes.");
    for (int i = 0; i < n->kwd_attrs.count; i++) TRY(check_name(t, n->kwd_attrs.items[i]));
    return check_patterns(t, n->patterns, false) && check_patterns(t, n->kwd_patterns, false);
}

static bool check_pattern(Thread *t, const Ast *node, bool star_ok) {
    TRY(check_place(t, node));
    switch (node->kind) {
    case AST_MatchValue: return check_match_value(t, ((const AstMatchValue *)node)->value);
    case AST_MatchSingleton: {
        AstConstKind kind = ((const AstMatchSingleton *)node)->value.kind;
        return kind <= AST_CONST_FALSE || FAIL(ValueError, "MatchSingleton can only contain True, False and None");
    }
    case AST_MatchSequence: return check_patterns(t, ((const AstMatchSequence *)node)->patterns, true);
    case AST_MatchMapping: {
        const AstMatchMapping *n = (const AstMatchMapping *)node;
        if (n->keys.count != n->patterns.count) return FAIL(ValueError, "MatchMapping doesn't have the same number of keys as patterns");
        if (n->rest) TRY(check_capture(t, n->rest));
        for (int i = 0; i < n->keys.count; i++) {
            if (!n->keys.items[i]) return FAIL(ValueError, "None disallowed in expression list");
            bool constant = n->keys.items[i]->kind == AST_Constant && ((const AstConstant *)n->keys.items[i])->value.kind <= AST_CONST_FALSE;
            if (!constant) TRY(check_match_value(t, n->keys.items[i]));
        }
        return check_patterns(t, n->patterns, false);
    }
    case AST_MatchClass: return check_match_class(t, (const AstMatchClass *)node);
    case AST_MatchStar: {
        const AstStr *name = ((const AstMatchStar *)node)->name;
        if (!star_ok) return FAIL(ValueError, "can't use MatchStar here");
        return !name || check_capture(t, name);
    }
    case AST_MatchAs: {
        const AstMatchAs *n = (const AstMatchAs *)node;
        if (n->name) TRY(check_capture(t, n->name));
        if (!n->pattern) return true;
        if (!n->name) return FAIL(ValueError, "MatchAs must specify a target name if a pattern is given");
        return check_pattern(t, n->pattern, false);
    }
    case AST_MatchOr: {
        const AstMatchOr *n = (const AstMatchOr *)node;
        if (n->patterns.count < 2) return FAIL(ValueError, "MatchOr requires at least 2 patterns");
        return check_patterns(t, n->patterns, false);
    }
    default: return FAIL(SystemError, "unexpected pattern");
    }
}

/* ---- statements ---- */

static bool check_targets(Thread *t, AstSeq targets, Ast_expr_context ctx, const char *owner) {
    return check_filled(t, targets.count, "targets", owner) && check_exprs(t, targets, ctx, false);
}

static bool check_type_params(Thread *t, AstSeq params) {
    for (int i = 0; i < params.count; i++) {
        if (!params.items[i]) return FAIL(ValueError, "None disallowed in type parameter list");
        if (params.items[i]->kind == AST_TypeVar) TRY(check_maybe(t, AST(TypeVar, params.items[i])->bound));
    }
    return true;
}

static bool check_function(Thread *t, const AstFunctionDef *n, const char *name) {
    return check_body(t, n->body, name) && check_type_params(t, n->type_params) && check_arguments(t, n->args) &&
           check_exprs(t, n->decorator_list, AST_Load, false) && check_maybe(t, n->returns);
}

static bool check_with(Thread *t, const AstWith *n, const char *name) {
    TRY(check_filled(t, n->items.count, "items", name));
    for (int i = 0; i < n->items.count; i++) {
        if (!n->items.items[i]) return FAIL(ValueError, "None disallowed in withitem list");
        const Astwithitem *item = AST(withitem, n->items.items[i]);
        TRY(check_expr(t, item->context_expr, AST_Load) && (!item->optional_vars || check_expr(t, item->optional_vars, AST_Store)));
    }
    return check_body(t, n->body, name);
}

static bool check_for(Thread *t, const AstFor *n, const char *name) {
    return check_expr(t, n->target, AST_Store) && check_expr(t, n->iter, AST_Load) && check_body(t, n->body, name) && check_stmts(t, n->orelse);
}

static bool check_try(Thread *t, const AstTry *n, const char *name) {
    TRY(check_body(t, n->body, name));
    if (!n->handlers.count && !n->finalbody.count) return FAIL(ValueError, "%s has neither except handlers nor finalbody", name);
    if (!n->handlers.count && n->orelse.count) return FAIL(ValueError, "%s has orelse but no except handlers", name);
    for (int i = 0; i < n->handlers.count; i++) {
        if (!n->handlers.items[i]) return FAIL(ValueError, "None disallowed in except handler list");
        const AstExceptHandler *h = AST(ExceptHandler, n->handlers.items[i]);
        TRY(check_place(t, &h->base) && check_maybe(t, h->type) && check_body(t, h->body, "ExceptHandler"));
    }
    return (!n->finalbody.count || check_stmts(t, n->finalbody)) && (!n->orelse.count || check_stmts(t, n->orelse));
}

static bool check_match(Thread *t, const AstMatch *n) {
    TRY(check_expr(t, n->subject, AST_Load) && check_filled(t, n->cases.count, "cases", "Match"));
    for (int i = 0; i < n->cases.count; i++) {
        if (!n->cases.items[i]) return FAIL(ValueError, "None disallowed in match_case list");
        const Astmatch_case *c = AST(match_case, n->cases.items[i]);
        TRY(check_pattern(t, c->pattern, false) && check_maybe(t, c->guard) && check_body(t, c->body, "match_case"));
    }
    return true;
}

static bool check_aliases(Thread *t, AstSeq names, const char *owner) {
    TRY(check_filled(t, names.count, "names", owner));
    for (int i = 0; i < names.count; i++)
        if (!names.items[i]) return FAIL(ValueError, "None disallowed in alias list");
    return true;
}

static bool check_stmt(Thread *t, const Ast *node) {
    const char *name = ast_info(node->kind)->name;
    TRY(check_place(t, node));
    switch (node->kind) {
    case AST_FunctionDef:
    case AST_AsyncFunctionDef: return check_function(t, (const AstFunctionDef *)node, name);
    case AST_ClassDef: {
        const AstClassDef *n = (const AstClassDef *)node;
        return check_body(t, n->body, name) && check_type_params(t, n->type_params) && check_exprs(t, n->bases, AST_Load, false) &&
               check_keywords(t, n->keywords) && check_exprs(t, n->decorator_list, AST_Load, false);
    }
    case AST_Return: return check_maybe(t, ((const AstReturn *)node)->value);
    case AST_Delete: return check_targets(t, ((const AstDelete *)node)->targets, AST_Del, name);
    case AST_Assign: return check_targets(t, ((const AstAssign *)node)->targets, AST_Store, name) && check_expr(t, ((const AstAssign *)node)->value, AST_Load);
    case AST_TypeAlias: {
        const AstTypeAlias *n = (const AstTypeAlias *)node;
        if (n->name->kind != AST_Name) return FAIL(TypeError, "TypeAlias with non-Name name");
        return check_expr(t, n->name, AST_Store) && check_type_params(t, n->type_params) && check_expr(t, n->value, AST_Load);
    }
    case AST_AugAssign: return check_expr(t, ((const AstAugAssign *)node)->target, AST_Store) && check_expr(t, ((const AstAugAssign *)node)->value, AST_Load);
    case AST_AnnAssign: {
        const AstAnnAssign *n = (const AstAnnAssign *)node;
        if (n->target->kind != AST_Name && n->simple) return FAIL(TypeError, "AnnAssign with simple non-Name target");
        return check_expr(t, n->target, AST_Store) && check_maybe(t, n->value) && check_expr(t, n->annotation, AST_Load);
    }
    case AST_For:
    case AST_AsyncFor: return check_for(t, (const AstFor *)node, name);
    case AST_While:
    case AST_If: {
        const AstIf *n = (const AstIf *)node;
        return check_expr(t, n->test, AST_Load) && check_body(t, n->body, name) && check_stmts(t, n->orelse);
    }
    case AST_With:
    case AST_AsyncWith: return check_with(t, (const AstWith *)node, name);
    case AST_Match: return check_match(t, (const AstMatch *)node);
    case AST_Raise: {
        const AstRaise *n = (const AstRaise *)node;
        if (n->cause && !n->exc) return FAIL(ValueError, "Raise with cause but no exception");
        return check_maybe(t, n->exc) && check_maybe(t, n->cause);
    }
    case AST_Try:
    case AST_TryStar: return check_try(t, (const AstTry *)node, name);
    case AST_Assert: return check_expr(t, ((const AstAssert *)node)->test, AST_Load) && check_maybe(t, ((const AstAssert *)node)->msg);
    case AST_Import: return check_aliases(t, ((const AstImport *)node)->names, name);
    case AST_ImportFrom:
        if (((const AstImportFrom *)node)->level < 0) return FAIL(ValueError, "Negative ImportFrom level");
        return check_aliases(t, ((const AstImportFrom *)node)->names, name);
    case AST_Global: return check_filled(t, ((const AstGlobal *)node)->names.count, "names", name);
    case AST_Nonlocal: return check_filled(t, ((const AstNonlocal *)node)->names.count, "names", name);
    case AST_Expr: return check_expr(t, ((const AstExpr *)node)->value, AST_Load);
    default: return true;
    }
}

int ast_validate(Thread *t, Ast *tree) {
    bool good;
    switch (tree->kind) {
    case AST_Module: good = check_stmts(t, AST(Module, tree)->body); break;
    case AST_Interactive: good = check_stmts(t, AST(Interactive, tree)->body); break;
    case AST_Expression: good = check_expr(t, AST(Expression, tree)->body, AST_Load); break;
    default: good = FAIL(SystemError, "impossible module node");
    }
    return good ? 0 : -1;
}
