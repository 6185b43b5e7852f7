/* The walk over the tree that fills the scopes. */
#include "vm/symbols_internal.h"

#define TRY(x)                                                                                     \
    do {                                                                                           \
        if (!(x)) return false;                                                                    \
    } while (0)

static bool visit(Builder *b, Ast *node);

static bool visit_all(Builder *b, AstSeq items) {
    for (int i = 0; i < items.count; i++)
        if (items.items[i]) TRY(visit(b, items.items[i]));
    return true;
}

static bool add(Builder *b, AstStr *name, uint32_t flags, const Ast *node) { return scope_add(b, b->scope, name, flags, node); }

static bool add_text(Builder *b, const char *name, uint32_t flags, const Ast *node) {
    AstStr *interned = ast_intern(b->names, name, strlen(name));
    return interned ? add(b, interned, flags, node) : symbols_no_memory(b);
}

static bool enter_named(Builder *b, ScopeKind kind, const char *name, Ast *node) {
    AstStr *interned = ast_intern(b->names, name, strlen(name));
    return interned ? scope_enter(b, kind, interned, node, SCOPE_ROLE_BODY) : symbols_no_memory(b);
}

/* All children in the order of the fields. */
static bool visit_children(Builder *b, Ast *node) {
    const AstInfo *info = ast_info(node->kind);
    for (int i = 0; i < info->field_count; i++) {
        void *field = (char *)node + info->fields[i].offset;
        if (info->fields[i].kind == AST_FIELD_NODES) TRY(visit_all(b, *(AstSeq *)field));
        else if (info->fields[i].kind == AST_FIELD_NODE && *(Ast **)field) TRY(visit(b, *(Ast **)field));
    }
    return true;
}

/* ---- what some scopes don't allow ---- */

static bool forbid(Builder *b, const Ast *node, const char *what) {
    switch (b->scope->kind) {
    case SCOPE_ANNOTATION: return symbols_error(b, node, "'%s' can not be used within an annotation", what);
    case SCOPE_TYPE_PARAMS: return symbols_error(b, node, "%s cannot be used within the definition of a generic", what);
    case SCOPE_TYPE_ALIAS: return symbols_error(b, node, "%s cannot be used within a type alias", what);
    case SCOPE_TYPE_BOUND: return symbols_error(b, node, "%s cannot be used within a TypeVar bound", what);
    default: return true;
    }
}

static bool visit_yield(Builder *b, Ast *node) {
    TRY(forbid(b, node, "yield expression"));
    TRY(visit_children(b, node));
    b->scope->generator = true;
    b->scope->yields_from |= node->kind == AST_YieldFrom;
    if (!b->scope->comprehension) return true;
    switch (b->scope->comp_kind) {
    case AST_ListComp: return symbols_error(b, node, "'yield' inside list comprehension");
    case AST_SetComp: return symbols_error(b, node, "'yield' inside set comprehension");
    case AST_DictComp: return symbols_error(b, node, "'yield' inside dict comprehension");
    default: return symbols_error(b, node, "'yield' inside generator expression");
    }
}

/* ---- PEP 695 ---- */

/* Opens the scope of type parameters and visits them. Defaults are evaluated outside and handed in. */
static bool enter_type_params(Builder *b, Ast *node, AstStr *name, AstSeq params, bool defaults, bool kwdefaults) {
    bool in_class = b->scope->kind == SCOPE_CLASS;
    TRY(scope_enter(b, SCOPE_TYPE_PARAMS, name, node, SCOPE_ROLE_TYPE_PARAMS));
    if (in_class) {
        b->scope->can_see_class_scope = true;
        TRY(add(b, b->class_dict_name, SYM_USE, node));
    }
    if (node->kind == AST_ClassDef) {
        b->private_name = name;
        TRY(add_text(b, ".type_params", SYM_LOCAL | SYM_USE, node));
        TRY(add_text(b, ".generic_base", SYM_LOCAL | SYM_USE, node));
    }
    if (defaults) TRY(add_text(b, ".defaults", SYM_PARAM, node));
    if (kwdefaults) TRY(add_text(b, ".kwdefaults", SYM_PARAM, node));
    return visit_all(b, params);
}

/* A value that is evaluated only when asked for: in a scope of its own. */
static bool visit_lazy(Builder *b, ScopeKind kind, AstStr *name, Ast *node, Ast *value, bool in_class) {
    TRY(scope_enter(b, kind, name, node, SCOPE_ROLE_BODY));
    b->scope->can_see_class_scope = in_class;
    if (in_class) TRY(add(b, b->class_dict_name, SYM_USE, value));
    TRY(visit(b, value));
    scope_leave(b);
    return true;
}

static bool visit_type_param(Builder *b, Ast *node, AstStr *name, Ast *bound) {
    TRY(add(b, name, SYM_TYPE_PARAM | SYM_LOCAL, node));
    return !bound || visit_lazy(b, SCOPE_TYPE_BOUND, name, node, bound, b->scope->can_see_class_scope);
}

static bool visit_type_alias(Builder *b, AstTypeAlias *node) {
    AstStr *name = AST(Name, node->name)->id;
    bool in_class = b->scope->kind == SCOPE_CLASS, generic = node->type_params.count;
    TRY(visit(b, node->name));
    if (generic) TRY(enter_type_params(b, &node->base, name, node->type_params, false, false));
    TRY(visit_lazy(b, SCOPE_TYPE_ALIAS, name, &node->base, node->value, in_class));
    if (generic) scope_leave(b);
    return true;
}

/* ---- functions and classes ---- */

static bool visit_annotation(Builder *b, Ast *annotation) {
    bool text_only = b->table->future & FUTURE_ANNOTATIONS;
    if (text_only) TRY(enter_named(b, SCOPE_ANNOTATION, "_annotation", annotation));
    TRY(visit(b, annotation));
    if (text_only) scope_leave(b);
    return true;
}

/* Calls `each` for all parameters, in the order of co_varnames or, for annotations, that of CPython. */
static bool each_param(Builder *b, Astarguments *args, bool stars_last, bool (*each)(Builder *, Astarg *)) {
    AstSeq lists[] = {args->posonlyargs, args->args};
    for (int k = 0; k < 2; k++)
        for (int i = 0; i < lists[k].count; i++) TRY(each(b, AST(arg, lists[k].items[i])));
    for (int turn = 0; turn < 2; turn++) {
        if (turn == stars_last) {
            if (args->vararg) TRY(each(b, AST(arg, args->vararg)));
            if (args->kwarg) TRY(each(b, AST(arg, args->kwarg)));
        } else {
            for (int i = 0; i < args->kwonlyargs.count; i++) TRY(each(b, AST(arg, args->kwonlyargs.items[i])));
        }
    }
    return true;
}

static bool annotate_param(Builder *b, Astarg *arg) { return !arg->annotation || visit(b, arg->annotation); }

static bool add_param(Builder *b, Astarg *arg) { return add(b, arg->arg, SYM_PARAM, &arg->base); }

static bool visit_annotations(Builder *b, Ast *node, Astarguments *args, Ast *returns) {
    bool text_only = b->table->future & FUTURE_ANNOTATIONS;
    if (text_only) TRY(enter_named(b, SCOPE_ANNOTATION, "_annotation", node));
    TRY(each_param(b, args, false, annotate_param));
    if (text_only) scope_leave(b);
    return !returns || visit_annotation(b, returns);
}

/* The parameters of the function whose scope has just been entered. */
static bool visit_params(Builder *b, Astarguments *args) {
    b->scope->varargs = args->vararg;
    b->scope->varkeywords = args->kwarg;
    return each_param(b, args, true, add_param);
}

static bool visit_defaults(Builder *b, Astarguments *args) { return visit_all(b, args->defaults) && visit_all(b, args->kw_defaults); }

static bool visit_function(Builder *b, AstFunctionDef *node) {
    Astarguments *args = AST(arguments, node->args);
    bool generic = node->type_params.count;
    TRY(add(b, node->name, SYM_LOCAL, &node->base));
    TRY(visit_defaults(b, args));
    if (generic) {
        bool kwdefaults = false;
        AST_EACH(value, args->kw_defaults) kwdefaults |= value != NULL;
        TRY(visit_all(b, node->decorator_list));
        TRY(enter_type_params(b, &node->base, node->name, node->type_params, args->defaults.count, kwdefaults));
    }
    TRY(visit_annotations(b, &node->base, args, node->returns));
    if (!generic) TRY(visit_all(b, node->decorator_list));
    TRY(scope_enter(b, SCOPE_FUNCTION, node->name, &node->base, SCOPE_ROLE_BODY));
    b->scope->coroutine = node->base.kind == AST_AsyncFunctionDef;
    TRY(visit_params(b, args));
    TRY(visit_all(b, node->body));
    scope_leave(b);
    if (generic) scope_leave(b);
    return true;
}

static bool visit_lambda(Builder *b, AstLambda *node) {
    Astarguments *args = AST(arguments, node->args);
    TRY(visit_defaults(b, args));
    TRY(enter_named(b, SCOPE_FUNCTION, "lambda", &node->base));
    TRY(visit_params(b, args));
    TRY(visit(b, node->body));
    scope_leave(b);
    return true;
}

static bool visit_class(Builder *b, AstClassDef *node) {
    AstStr *outer_private = b->private_name;
    bool generic = node->type_params.count;
    TRY(add(b, node->name, SYM_LOCAL, &node->base));
    if (generic) {
        TRY(visit_all(b, node->decorator_list));
        TRY(enter_type_params(b, &node->base, node->name, node->type_params, false, false));
    }
    TRY(visit_all(b, node->bases));
    TRY(visit_all(b, node->keywords));
    if (!generic) TRY(visit_all(b, node->decorator_list));
    b->private_name = node->name;
    TRY(scope_enter(b, SCOPE_CLASS, node->name, &node->base, SCOPE_ROLE_BODY));
    if (generic) {
        TRY(add_text(b, "__type_params__", SYM_LOCAL, &node->base));
        TRY(add_text(b, ".type_params", SYM_USE, &node->base));
    }
    TRY(visit_all(b, node->body));
    scope_leave(b);
    if (generic) scope_leave(b);
    b->private_name = outer_private;
    return true;
}

/* ---- comprehensions ---- */

static bool visit_targets(Builder *b, Ast *target) {
    b->scope->comp_iter_target = true;
    TRY(visit(b, target));
    b->scope->comp_iter_target = false;
    return true;
}

static bool visit_iterable(Builder *b, Ast *iterable) {
    b->scope->comp_iter_depth++;
    TRY(visit(b, iterable));
    b->scope->comp_iter_depth--;
    return true;
}

/* The first iterable is evaluated outside and handed in as the parameter `.0`. */
static bool visit_comprehension(Builder *b, Ast *node, const char *name, AstSeq generators, Ast *element, Ast *value) {
    Astcomprehension *first = AST(comprehension, generators.items[0]);
    TRY(visit_iterable(b, first->iter));
    TRY(enter_named(b, SCOPE_FUNCTION, name, node));
    Scope *scope = b->scope;
    scope->comprehension = true;
    scope->comp_kind = node->kind;
    scope->coroutine = first->is_async;
    TRY(add_text(b, ".0", SYM_PARAM, node));
    TRY(visit_targets(b, first->target));
    TRY(visit_all(b, first->ifs));
    for (int i = 1; i < generators.count; i++) {
        Astcomprehension *more = AST(comprehension, generators.items[i]);
        TRY(visit_targets(b, more->target));
        TRY(visit_iterable(b, more->iter));
        TRY(visit_all(b, more->ifs));
        scope->coroutine |= more->is_async;
    }
    if (value) TRY(visit(b, value));
    TRY(visit(b, element));
    scope->generator = node->kind == AST_GeneratorExp;
    scope_leave(b);
    if (scope->coroutine && !scope->generator) b->scope->coroutine = true;
    return true;
}

/* `name := value` in a comprehension binds in the scope around all comprehensions. */
static bool bind_walrus_outside(Builder *b, AstName *target) {
    const Ast *node = &target->base;
    for (Scope *scope = b->scope; scope; scope = scope->parent) {
        uint32_t flags;
        TRY(scope_flags(b, scope, target->id, &flags));
        if (scope->comprehension) {
            if (flags & SYM_COMP_ITER)
                return symbols_error(b, node, "assignment expression cannot rebind comprehension iteration variable '%s'",
                                     target->id->text);
            continue;
        }
        switch (scope->kind) {
        case SCOPE_FUNCTION:
            TRY(add(b, target->id, flags & SYM_GLOBAL ? SYM_GLOBAL : SYM_NONLOCAL, node));
            return scope_add_directive(b, target->id, node) && scope_add(b, scope, target->id, SYM_LOCAL, node);
        case SCOPE_MODULE:
            TRY(add(b, target->id, SYM_GLOBAL, node));
            return scope_add_directive(b, target->id, node) && scope_add(b, scope, target->id, SYM_GLOBAL, node);
        case SCOPE_CLASS:
            return symbols_error(b, node, "assignment expression within a comprehension cannot be used in a class body");
        case SCOPE_TYPE_PARAMS:
            return symbols_error(b, node, "assignment expression within a comprehension cannot be used within the definition of a generic");
        case SCOPE_TYPE_ALIAS:
            return symbols_error(b, node, "assignment expression within a comprehension cannot be used in a type alias");
        case SCOPE_TYPE_BOUND:
            return symbols_error(b, node, "assignment expression within a comprehension cannot be used in a TypeVar bound");
        case SCOPE_ANNOTATION:
            break;
        }
    }
    return true;
}

static bool visit_walrus(Builder *b, AstNamedExpr *node) {
    TRY(forbid(b, &node->base, "named expression"));
    if (b->scope->comp_iter_depth > 0)
        return symbols_error(b, &node->base, "assignment expression cannot be used in a comprehension iterable expression");
    if (b->scope->comprehension) TRY(bind_walrus_outside(b, AST(Name, node->target)));
    return visit(b, node->value) && visit(b, node->target);
}

/* ---- global, nonlocal, imports, annotated assignments ---- */

static bool visit_declaration(Builder *b, AstGlobal *node, const char *word, uint32_t flag) {
    for (int i = 0; i < node->names.count; i++) {
        AstStr *name = node->names.items[i];
        uint32_t flags;
        TRY(scope_flags(b, b->scope, name, &flags));
        if (flags & SYM_PARAM) return symbols_error(b, &node->base, "name '%s' is parameter and %s", name->text, word);
        if (flags & SYM_USE) return symbols_error(b, &node->base, "name '%s' is used prior to %s declaration", name->text, word);
        if (flags & SYM_ANNOT) return symbols_error(b, &node->base, "annotated name '%s' can't be %s", name->text, word);
        if (flags & SYM_LOCAL)
            return symbols_error(b, &node->base, "name '%s' is assigned to before %s declaration", name->text, word);
        TRY(add(b, name, flag, &node->base));
        TRY(scope_add_directive(b, name, &node->base));
    }
    return true;
}

/* `import a.b` binds a. */
static bool visit_alias(Builder *b, Astalias *node) {
    AstStr *name = node->asname ? node->asname : node->name;
    if (!strcmp(name->text, "*")) {
        if (b->scope->kind == SCOPE_MODULE) return true;
        return symbols_error(b, &node->base, "import * only allowed at module level");
    }
    const char *dot = strchr(name->text, '.');
    if (dot && !(name = ast_intern(b->names, name->text, dot - name->text))) return symbols_no_memory(b);
    return add(b, name, SYM_IMPORT, &node->base);
}

static bool visit_annotated(Builder *b, AstAnnAssign *node) {
    if (node->target->kind == AST_Name) {
        AstStr *name = AST(Name, node->target)->id;
        uint32_t flags;
        TRY(scope_flags(b, b->scope, name, &flags));
        if (flags & (SYM_GLOBAL | SYM_NONLOCAL) && b->scope != b->table->top && node->simple)
            return symbols_error(b, &node->base, "annotated name '%s' can't be %s", name->text, flags & SYM_GLOBAL ? "global" : "nonlocal");
        if (node->simple) TRY(add(b, name, SYM_ANNOT | SYM_LOCAL, node->target));
        else if (node->value) TRY(add(b, name, SYM_LOCAL, node->target));
    } else {
        TRY(visit(b, node->target));
    }
    return visit_annotation(b, node->annotation) && (!node->value || visit(b, node->value));
}

/* ---- all nodes ---- */

static bool visit_name(Builder *b, AstName *node) {
    static const uint32_t flags[] = {[AST_Load] = SYM_USE, [AST_Store] = SYM_LOCAL, [AST_Del] = SYM_LOCAL | SYM_UNBOUND};
    TRY(add(b, node->id, flags[node->ctx], &node->base));
    /* super() without arguments reads __class__. */
    if (node->ctx != AST_Load || node->id != b->super_name || !scope_is_function_like(b->scope->kind)) return true;
    return add(b, b->class_name, SYM_USE, &node->base);
}

static bool add_optional(Builder *b, AstStr *name, const Ast *node) { return !name || add(b, name, SYM_LOCAL, node); }

static bool visit_node(Builder *b, Ast *node) {
    switch (node->kind) {
    case AST_Name: return visit_name(b, AST(Name, node));
    case AST_Constant: return true;
    case AST_FunctionDef:
    case AST_AsyncFunctionDef: return visit_function(b, (AstFunctionDef *)node);
    case AST_ClassDef: return visit_class(b, AST(ClassDef, node));
    case AST_Lambda: return visit_lambda(b, AST(Lambda, node));
    case AST_TypeAlias: return visit_type_alias(b, AST(TypeAlias, node));
    case AST_TypeVar: return visit_type_param(b, node, AST(TypeVar, node)->name, AST(TypeVar, node)->bound);
    case AST_ParamSpec: return visit_type_param(b, node, AST(ParamSpec, node)->name, NULL);
    case AST_TypeVarTuple: return visit_type_param(b, node, AST(TypeVarTuple, node)->name, NULL);
    case AST_Return:
        b->scope->returns_value |= AST(Return, node)->value != NULL;
        return visit_children(b, node);
    case AST_AnnAssign: return visit_annotated(b, AST(AnnAssign, node));
    case AST_Try:
    case AST_TryStar: {
        AstTry *try = (AstTry *)node;
        return visit_all(b, try->body) && visit_all(b, try->orelse) && visit_all(b, try->handlers) && visit_all(b, try->finalbody);
    }
    case AST_ExceptHandler: {
        AstExceptHandler *handler = AST(ExceptHandler, node);
        if (handler->type) TRY(visit(b, handler->type));
        if (handler->name) TRY(add(b, handler->name, SYM_LOCAL | SYM_UNBOUND, node));
        return visit_all(b, handler->body);
    }
    case AST_alias: return visit_alias(b, AST(alias, node));
    case AST_Global: return visit_declaration(b, (AstGlobal *)node, "global", SYM_GLOBAL);
    case AST_Nonlocal: return visit_declaration(b, (AstGlobal *)node, "nonlocal", SYM_NONLOCAL);
    case AST_NamedExpr: return visit_walrus(b, AST(NamedExpr, node));
    case AST_ListComp:
        return visit_comprehension(b, node, "listcomp", AST(ListComp, node)->generators, AST(ListComp, node)->elt, NULL);
    case AST_SetComp: return visit_comprehension(b, node, "setcomp", AST(SetComp, node)->generators, AST(SetComp, node)->elt, NULL);
    case AST_GeneratorExp:
        return visit_comprehension(b, node, "genexpr", AST(GeneratorExp, node)->generators, AST(GeneratorExp, node)->elt, NULL);
    case AST_DictComp:
        return visit_comprehension(b, node, "dictcomp", AST(DictComp, node)->generators, AST(DictComp, node)->key,
                                   AST(DictComp, node)->value);
    case AST_Yield:
    case AST_YieldFrom: return visit_yield(b, node);
    case AST_Await:
        TRY(forbid(b, node, "await expression"));
        b->scope->coroutine = b->scope->awaits = true;
        return visit_children(b, node);
    case AST_AsyncFor:
    case AST_AsyncWith:
        b->scope->awaits = true;
        return visit_children(b, node);
    case AST_MatchStar: return add_optional(b, AST(MatchStar, node)->name, node);
    case AST_MatchAs: return visit_children(b, node) && add_optional(b, AST(MatchAs, node)->name, node);
    case AST_MatchMapping: return visit_children(b, node) && add_optional(b, AST(MatchMapping, node)->rest, node);
    default: return visit_children(b, node);
    }
}

static bool visit(Builder *b, Ast *node) {
    if (++b->depth > SYMBOLS_MAX_DEPTH) {
        b->table->error = (SourceError){.kind = ERROR_RECURSION, .message = "maximum recursion depth exceeded during compilation"};
        return false;
    }
    TRY(visit_node(b, node));
    b->depth--;
    return true;
}

bool symbols_walk(Builder *b, Ast *tree) { return visit_children(b, tree); }
