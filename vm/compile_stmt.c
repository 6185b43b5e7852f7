/* Statements, but for try, with and match (compile_block.c, compile_match.c). */
#include "vm/compile.h"
#include "runtime/list.h"
#include "runtime/str.h"

/* AsyncFor, AsyncWith and TryStar have the fields of For, With and Try */
#define AST_SAME(name, node) ((Ast##name *)(node))

/* ---- leaving blocks -------------------------------------------------------------------------------------------------------------- */

void unbind_handler_name(Compiler *c, AstStr *name) {
    int r = temp(c);
    load_const(c, r, REF_NONE);
    store_name(c, name, r);
    c->unit->next_temp = r;
    int index;
    Access a = resolve(c, name, &index);
    if (a == ACCESS_FAST) emit(c, I_DROP, index, 0, 0);
    else if (a == ACCESS_CELL) emit(c, I_DELETE_DEREF, 0, index, 0);
    else if (a == ACCESS_FREE || a == ACCESS_CLASS_FREE || a == ACCESS_DICT_OR_FREE) emit(c, I_DELETE_FREE, 0, index, 0);
    else emit(c, a == ACCESS_NAME ? I_DELETE_NAME : I_DELETE_GLOBAL, 0, 0, (uint32_t)index);
}

/* Emits what leaving the blocks from the innermost to `until` (exclusive) takes. Each block's range is suspended from here to unwind_done, so that
 * what is emitted for it is not covered by itself. */
void unwind_to(Compiler *c, Block *until, Ast *node, bool keeps_value) {
    Unit *u = c->unit;
    int nesting = u->nesting;
    Block *innermost = u->block;
    for (Block *b = u->block; b != until && !c->failed; b = b->outer) {
        int mark = u->next_temp;
        switch (b->kind) {
        case BLOCK_WHILE:
        case BLOCK_TRY: block_suspend(c, b); break;
        case BLOCK_FOR:
            if (until != NULL) emit(c, I_DROP, b->reg, 0, 0); /* a return drops the whole window */
            break;
        case BLOCK_FINALLY:
            block_suspend(c, b);
            u->block = b->outer;
            u->nesting = b->nesting - 1 + keeps_value;
            body(c, *b->final_body);
            u->block = innermost;
            u->nesting = nesting;
            at_nowhere(c); /* what comes before the jump runs after the statement that jumps */
            break;
        case BLOCK_HANDLER:
            emit(c, I_POP_EXCEPT, b->reg, 0, 0);
            block_suspend(c, b);
            break;
        case BLOCK_HANDLER_NAME:
            block_suspend(c, b);
            unbind_handler_name(c, b->name);
            break;
        case BLOCK_STAR_HANDLER: fail(c, node, "'break', 'continue' and 'return' cannot appear in an except* block"); break;
        case BLOCK_WITH:
        case BLOCK_ASYNC_WITH: {
            at(c, b->node);
            block_suspend(c, b);
            emit(c, I_WITH_EXIT, b->reg, 0, 0);
            if (b->kind == BLOCK_ASYNC_WITH) {
                int value = temp(c), out = temp(c);
                emit(c, I_MOVE, value, b->reg, 0);
                await_into(c, value, out, 2);
                emit(c, I_DROP, out, 0, 0);
            } else {
                emit(c, I_DROP, b->reg, 0, 0);
            }
            at_nowhere(c);
            break;
        }
        }
        u->next_temp = mark;
    }
}

void unwind_done(Compiler *c, Block *until) {
    for (Block *b = c->unit->block; b != until; b = b->outer)
        if (b->protects && b->open_at < 0) b->open_at = (int32_t)here(c);
}

static bool must_unwind(Block *b, Block *until) {
    for (; b != until; b = b->outer)
        if (b->kind != BLOCK_WHILE && b->kind != BLOCK_FOR && b->kind != BLOCK_TRY) return true;
    return false;
}

static void compile_return(Compiler *c, AstReturn *n) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    if (u->scope->kind != SCOPE_FUNCTION || u->scope->comprehension) {
        fail(c, &n->base, "'return' outside function");
        return;
    }
    if (n->value && u->scope->coroutine && u->scope->generator) {
        fail(c, &n->base, "'return' with value in async generator");
        return;
    }
    bool none = n->value == NULL || (n->value->kind == AST_Constant && AST(Constant, n->value)->value.kind == AST_CONST_NONE);
    bool unwinds = must_unwind(u->block, NULL);
    int r = none ? -1 : unwinds ? expr_temp(c, n->value) : expr_any(c, n->value);
    at(c, &n->base);
    if (unwinds && (none || n->value->lineno != n->base.lineno || n->value->kind == AST_Constant)) emit(c, I_NOP, 0, 0, 0);
    unwind_to(c, NULL, &n->base, n->value && n->value->kind != AST_Constant);
    if (none) emit(c, I_RETURN_NONE, 0, 0, 0);
    else emit(c, I_RETURN, r, 0, 0);
    unwind_done(c, NULL);
    u->next_temp = mark;
}

static void compile_loop_jump(Compiler *c, Ast *node, bool is_break) {
    Block *b = c->unit->block;
    while (b && b->kind != BLOCK_WHILE && b->kind != BLOCK_FOR) {
        if (b->kind == BLOCK_STAR_HANDLER) {
            fail(c, node, "'break', 'continue' and 'return' cannot appear in an except* block");
            return;
        }
        b = b->outer;
    }
    if (b == NULL) {
        fail(c, node, is_break ? "'break' outside loop" : "'continue' not properly in loop");
        return;
    }
    if (must_unwind(c->unit->block, b)) emit(c, I_NOP, 0, 0, 0); /* for the line */
    unwind_to(c, b, node, false);
    if (is_break && b->kind == BLOCK_FOR) emit(c, I_DROP, b->reg, 0, 0);
    emit_jump(c, I_JUMP, 0, 0, is_break ? b->break_to : b->continue_to);
    unwind_done(c, b);
}

/* ---- loops, conditions --------------------------------------------------------------------------------------------------------------- */

/* A test whose outcome is known takes no instruction: one that does nothing keeps its line, unless the first statement after it does. */
static void keep_line(Compiler *c, Ast *test, AstSeq stmts) {
    Ref k;
    if (test->kind == AST_Tuple || fold(c, test, &k) == 0 || c->failed) return;
    ref_drop(c->t, k);
    CodePosition old = at(c, test);
    if (stmts.count == 0 || stmts.items[0]->lineno != test->lineno) emit(c, I_NOP, 0, 0, 0);
    c->pos = old;
}

static void compile_if(Compiler *c, AstIf *n) {
    Label otherwise = LABEL_INIT, end = LABEL_INIT;
    for (;;) { /* along an elif chain */
        keep_line(c, n->test, n->body);
        jump_if(c, n->test, false, &otherwise);
        body(c, n->body);
        if (n->orelse.count == 0) break;
        at_nowhere(c);
        if (!c->unit->unreachable) emit_jump(c, I_JUMP, 0, 0, &end);
        label_place(c, &otherwise);
        if (n->orelse.count == 1 && n->orelse.items[0]->kind == AST_If) {
            n = AST(If, n->orelse.items[0]);
            otherwise = (Label)LABEL_INIT;
            at(c, &n->base);
            continue;
        }
        body(c, n->orelse);
        otherwise = (Label)LABEL_INIT;
        break;
    }
    if (otherwise.at < 0) label_place(c, &otherwise);
    label_place(c, &end);
}

/* The test stands twice, before the loop and at its end. */
static void compile_while(Compiler *c, AstWhile *n) {
    Label top = LABEL_INIT, test = LABEL_INIT, otherwise = LABEL_INIT, end = LABEL_INIT;
    Block b;
    keep_line(c, n->test, n->body);
    jump_if(c, n->test, false, &otherwise);
    uint8_t *entry = bound_save(c);
    label_place(c, &top);
    bound_restore(c, entry);
    nest(c, &n->base);
    block_push(c, &b, BLOCK_WHILE, 0);
    b.break_to = &end;
    b.continue_to = &test;
    body(c, n->body);
    block_pop(c, &b);
    unnest(c);
    label_place(c, &test);
    at(c, &n->base);
    jump_if(c, n->test, true, &top);
    label_place(c, &otherwise);
    body(c, n->orelse);
    label_place(c, &end);
}

static void compile_for(Compiler *c, AstFor *n) {
    Unit *u = c->unit;
    Label top = LABEL_INIT, next = LABEL_INIT, end = LABEL_INIT;
    int mark = u->next_temp, it = expr_temp(c, n->iter);
    at(c, &n->base);
    emit(c, I_GET_ITER, it, it, 0);
    emit_jump(c, I_JUMP, 0, 0, &next);
    uint8_t *entry = next.bound;
    label_place(c, &top);
    bound_restore(c, entry);
    Block b;
    nest(c, &n->base);
    block_push(c, &b, BLOCK_FOR, it);
    b.break_to = &end;
    b.continue_to = &next;
    int item = fast_variable(c, n->target);
    if (item >= 0 && !forbidden_name(c, n->target, AST(Name, n->target)->id, AST_Store)) {
        u->bound[item] = !u->unbindable[item];
    } else {
        item = temp(c);
        assign(c, n->target, item);
        u->next_temp = it + 1;
    }
    body(c, n->body);
    block_pop(c, &b);
    unnest(c);
    label_place(c, &next);
    at(c, &n->base);
    emit_jump(c, I_FOR_ITER, item, it, &top);
    u->next_temp = mark;
    body(c, n->orelse);
    label_place(c, &end);
}

static void compile_async_for(Compiler *c, AstAsyncFor *n) {
    Unit *u = c->unit;
    if (!awaits_allowed(c) || (u->scope->kind != SCOPE_FUNCTION && u->scope->kind != SCOPE_MODULE)) {
        fail(c, &n->base, "'async for' outside async function");
        return;
    }
    if (u->scope->kind == SCOPE_MODULE) u->flags |= CO_COROUTINE;
    Label next = LABEL_INIT, handler = LABEL_INIT, end = LABEL_INIT;
    int mark = u->next_temp, it = expr_temp(c, n->iter);
    at(c, &n->base);
    emit(c, I_GET_AITER, it, it, 0);
    uint8_t *entry = bound_save(c);
    label_place(c, &next);
    Block loop, fetch;
    nest(c, &n->base);
    block_push(c, &loop, BLOCK_FOR, it);
    loop.break_to = &end;
    loop.continue_to = &next;
    block_push(c, &fetch, BLOCK_TRY, 0);
    block_protect(c, &fetch);
    int item = temp(c);
    await_next_into(c, it, item);
    block_pop(c, &fetch);
    u->next_temp = item + 1;
    assign(c, n->target, item);
    u->next_temp = it + 1;
    body(c, n->body);
    block_pop(c, &loop);
    unnest(c);
    at_nowhere(c);
    emit_jump(c, I_JUMP, 0, 0, &next);
    label_place(c, &handler);
    bound_restore(c, entry);
    at(c, n->iter);
    block_cover(c, &fetch, handler.at, it + 1, EXC_CATCH);
    temps(c, 2);
    emit(c, I_END_ASYNC_FOR, it + 1, 0, 0);
    emit(c, I_DROP, it, 0, 0);
    u->next_temp = mark;
    body(c, n->orelse);
    label_place(c, &end);
}

/* ---- small statements ---------------------------------------------------------------------------------------------------------------------- */

static bool plain_elements(Ast *e, AstSeq *out) {
    if (e->kind != AST_Tuple && e->kind != AST_List) return false;
    *out = e->kind == AST_Tuple ? AST(Tuple, e)->elts : AST(List, e)->elts;
    AST_EACH(item, *out) if (item->kind == AST_Starred) return false;
    return true;
}
/* a, b = x, y without making the tuple: all values first, then the targets from left to right */
static bool parallel_assign(Compiler *c, Ast *target, Ast *value) {
    AstSeq to, from;
    if (value->kind != AST_Tuple || !plain_elements(target, &to) || !plain_elements(value, &from)) return false;
    if (to.count != from.count || to.count == 0 || to.count > 16) return false;
    int mark = c->unit->next_temp;
    int base = mark;
    AST_EACH(v, from) expr_temp(c, v);
    for (int i = 0; i < to.count; i++) assign(c, to.items[i], base + i);
    c->unit->next_temp = mark;
    return true;
}

static void compile_assign(Compiler *c, AstAssign *n) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    if (n->targets.count == 1) {
        Ast *target = n->targets.items[0];
        int var = fast_variable(c, target);
        if (var >= 0) { /* straight into the variable */
            if (forbidden_name(c, target, AST(Name, target)->id, AST_Store)) return;
            expr_into(c, n->value, var);
            if (!u->unbindable[var]) u->bound[var] = 1;
            return;
        }
        if (parallel_assign(c, target, n->value)) return;
        assign(c, target, expr_any(c, n->value));
        u->next_temp = mark;
        return;
    }
    int value = expr_temp(c, n->value);
    for (int i = 0; i < n->targets.count; i++) {
        int inner = u->next_temp, src = value;
        if (i < n->targets.count - 1) {
            at(c, &n->base);
            emit(c, I_COPY, src = temp(c), value, 0);
        }
        assign(c, n->targets.items[i], src);
        u->next_temp = inner;
    }
    u->next_temp = mark;
}

/* the annotation's value in a fresh temporary: evaluated, or as text under `from __future__ import annotations` */
static int annotation(Compiler *c, Ast *node) {
    if (!(c->symbols.future & FUTURE_ANNOTATIONS)) return expr_temp(c, node);
    int r = temp(c);
    load_const(c, r, unparse_expression(c->t, node));
    return r;
}

static void compile_annotated(Compiler *c, AstAnnAssign *n) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    Ast *target = n->target;
    if (n->value) {
        int var = fast_variable(c, target);
        if (var >= 0) {
            expr_into(c, n->value, var);
            if (!u->unbindable[var]) u->bound[var] = 1;
        } else {
            assign(c, target, expr_any(c, n->value));
        }
        u->next_temp = mark;
    }
    switch (target->kind) {
    case AST_Name:
        if (forbidden_name(c, &n->base, AST(Name, target)->id, AST_Store)) return;
        if (n->simple && (u->scope->kind == SCOPE_MODULE || u->scope->kind == SCOPE_CLASS)) {
            int value = annotation(c, n->annotation), map = temp(c), key = temp(c);
            Value name = str_intern_cstr(c->t, "__annotations__");
            emit(c, I_LOAD_NAME, map, 0, (uint32_t)name_index_value(c, name));
            AstStr *m = symbols_mangle(c->names, u->scope->private_name, AST(Name, target)->id);
            load_const(c, key, ref_new(c->t, ident_value(c, m)));
            emit(c, I_STORE_SUBSCR, map, key, (uint32_t)value);
        } else if (!n->simple && u->scope->kind != SCOPE_FUNCTION && !(c->symbols.future & FUTURE_ANNOTATIONS)) {
            expr_effect(c, n->annotation);
        }
        break;
    case AST_Attribute:
        if (forbidden_name(c, &n->base, AST(Attribute, target)->attr, AST_Store)) return;
        if (!n->value) expr_effect(c, AST(Attribute, target)->value);
        break;
    case AST_Subscript:
        if (!n->value) {
            expr_effect(c, AST(Subscript, target)->value);
            Ast *s = AST(Subscript, target)->slice;
            if (s->kind != AST_Slice) expr_effect(c, s);
        }
        break;
    default: fail(c, &n->base, "invalid node type for annotated assignment"); return;
    }
    if (target->kind != AST_Name && (u->scope->kind == SCOPE_MODULE || u->scope->kind == SCOPE_CLASS) && !(c->symbols.future & FUTURE_ANNOTATIONS))
        expr_effect(c, n->annotation);
    u->next_temp = mark;
}

static void compile_delete(Compiler *c, Ast *target) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    CodePosition old = at(c, target);
    switch (target->kind) {
    case AST_Name: delete_name(c, target, AST(Name, target)->id); break;
    case AST_Attribute: {
        if (forbidden_name(c, target, AST(Attribute, target)->attr, AST_Del)) break;
        int o = expr_any(c, AST(Attribute, target)->value);
        at_attribute(c, target, target);
        emit(c, I_DELETE_ATTR, o, 0, (uint32_t)name_index(c, AST(Attribute, target)->attr));
        break;
    }
    case AST_Subscript: {
        AstSubscript *s = AST(Subscript, target);
        int o = expr_operand(c, s->value, s->slice), k = expr_any(c, s->slice);
        at(c, target);
        emit(c, I_DELETE_SUBSCR, o, k, 0);
        break;
    }
    case AST_Tuple: AST_EACH(e, AST(Tuple, target)->elts) compile_delete(c, e); break;
    case AST_List: AST_EACH(e, AST(List, target)->elts) compile_delete(c, e); break;
    default: fail(c, target, "cannot delete this expression");
    }
    c->pos = old;
    u->next_temp = mark;
}

static void compile_assert(Compiler *c, AstAssert *n) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    if (n->test->kind == AST_Tuple && AST(Tuple, n->test)->elts.count > 0)
        compile_warn(c, &n->base, E_SyntaxWarning, "assertion is always true, perhaps remove parentheses?");
    if (c->optimize) return;
    Label end = LABEL_INIT;
    jump_if(c, n->test, true, &end);
    int e = temp(c);
    at(c, n->test);
    emit(c, I_LOAD_ASSERTION_ERROR, e, 0, 0);
    if (n->msg) {
        expr_temp(c, n->msg);
        at(c, n->test);
        emit(c, I_CALL, e, 1, 0);
    }
    at(c, n->test);
    emit(c, I_RAISE, e, 0, 1);
    label_place(c, &end);
    u->next_temp = mark;
}

static void compile_raise(Compiler *c, AstRaise *n) {
    int mark = c->unit->next_temp;
    int e = n->exc ? expr_operand(c, n->exc, n->cause) : 0, cause = n->cause ? expr_any(c, n->cause) : 0;
    at(c, &n->base);
    emit(c, I_RAISE, e, cause, n->cause ? 2 : n->exc ? 1 : 0);
    c->unit->next_temp = mark;
}

/* ---- imports --------------------------------------------------------------------------------------------------------------------------------- */

static int import_module_into(Compiler *c, Value name, int level, Ref from_list) {
    int mark = c->unit->next_temp, pair = temps(c, 2);
    load_const(c, pair, ref_small_int(level));
    load_const(c, pair + 1, from_list);
    emit(c, I_IMPORT_NAME, pair, pair, (uint32_t)name_index_value(c, name));
    c->unit->next_temp = mark + 1;
    return pair;
}

static Value interned(Compiler *c, const char *s, size_t n) {
    Ref r = str_from_utf8(c->t, s, n);
    if (!ref_is_null(r)) r = str_intern(c->t, r);
    return ok(c, r) ? ref_borrow(r) : VALUE_NONE; /* immortal */
}

static void compile_import(Compiler *c, AstImport *n) {
    Unit *u = c->unit;
    AST_EACH(item, n->names) {
        Astalias *a = AST(alias, item);
        int mark = u->next_temp;
        int module = import_module_into(c, ident_value(c, a->name), 0, REF_NONE);
        const char *dot = memchr(a->name->text, '.', a->name->length);
        if (a->asname && dot) { /* import a.b.c as m: IMPORT_FROM goes down the attributes */
            const char *p = dot + 1, *end = a->name->text + a->name->length;
            while (p < end) {
                const char *next = memchr(p, '.', (size_t)(end - p));
                size_t length = (size_t)((next ? next : end) - p);
                int inner = temp(c);
                emit(c, I_IMPORT_FROM, inner, module, (uint32_t)name_index_value(c, interned(c, p, length)));
                emit(c, I_MOVE, module, inner, 0);
                u->next_temp = module + 1;
                p += length + 1;
            }
        }
        AstStr *target = a->asname ? a->asname : dot ? ast_intern(c->names, a->name->text, (size_t)(dot - a->name->text)) : a->name;
        if (target == NULL) fail_memory(c);
        else if (!forbidden_name(c, item, target, AST_Store)) store_name(c, target, module);
        u->next_temp = mark;
    }
}

static void compile_import_from(Compiler *c, AstImportFrom *n) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    if (n->module && n->level == 0 && strcmp(n->module->text, "__future__") == 0 && n->base.lineno > c->symbols.future_last_line) {
        fail(c, &n->base, "from __future__ imports must occur at the beginning of the file");
        return;
    }
    if (c->failed) return;
    Ref names = tuple_new_uninit(c->t, (size_t)n->names.count);
    if (!ok(c, names)) return;
    for (int i = 0; i < n->names.count; i++)
        tuple_init_item(names, (size_t)i, ref_new(c->t, ident_value(c, AST(alias, n->names.items[i])->name)));
    int module = import_module_into(c, n->module ? ident_value(c, n->module) : str_empty(), n->level, names);
    AST_EACH(item, n->names) {
        Astalias *a = AST(alias, item);
        if (strcmp(a->name->text, "*") == 0) {
            emit(c, I_IMPORT_STAR, module, 0, 0);
            u->next_temp = mark;
            return;
        }
        AstStr *target = a->asname ? a->asname : a->name;
        if (forbidden_name(c, item, target, AST_Store)) return;
        int r = temp(c);
        emit(c, I_IMPORT_FROM, r, module, (uint32_t)name_index_value(c, ident_value(c, a->name)));
        store_name(c, target, r);
        u->next_temp = module + 1;
    }
    emit(c, I_DROP, module, 0, 0);
    u->next_temp = mark;
}

/* ---- functions ---------------------------------------------------------------------------------------------------------------------------------- */

AstStr *docstring(AstSeq stmts) {
    if (stmts.count == 0 || stmts.items[0]->kind != AST_Expr) return NULL;
    Ast *e = AST(Expr, stmts.items[0])->value;
    return e->kind == AST_Constant && AST(Constant, e)->value.kind == AST_CONST_STR ? AST(Constant, e)->value.text : NULL;
}

/* Defaults for MAKE_FUNCTION in consecutive temporaries from `base` (== next_temp); returns base. */
int function_defaults(Compiler *c, Astarguments *args, unsigned *parts, int base) {
    Unit *u = c->unit;
    if (args->defaults.count) {
        int first = u->next_temp;
        Ref k;
        AstTuple tuple = {.base = {.kind = AST_Tuple}, .elts = args->defaults, .ctx = AST_Load};
        if (fold(c, &tuple.base, &k)) {
            for (int i = 0, line = c->pos.line; i < args->defaults.count; line = args->defaults.items[i++]->lineno) { /* each line is to be seen */
                CodePosition old = at(c, args->defaults.items[i]);
                if (c->pos.line != line) emit(c, I_NOP, 0, 0, 0);
                c->pos = old;
            }
            load_const(c, temp(c), k);
        } else {
            AST_EACH(d, args->defaults) expr_temp(c, d);
            emit(c, I_BUILD_TUPLE, first, first, (uint32_t)args->defaults.count);
            u->next_temp = first + 1;
        }
        *parts |= 1;
    }
    int count = 0, map = u->next_temp;
    for (int i = 0; i < args->kwonlyargs.count; i++) {
        if (args->kw_defaults.items[i] == NULL) continue;
        AstStr *name = symbols_mangle(c->names, u->scope->private_name, AST(arg, args->kwonlyargs.items[i])->arg);
        load_const(c, temp(c), ref_new(c->t, ident_value(c, name)));
        expr_temp(c, args->kw_defaults.items[i]);
        count++;
    }
    if (count) {
        emit(c, I_BUILD_MAP, map, map, (uint32_t)count);
        u->next_temp = map + 1;
        *parts |= 2;
    }
    return base;
}

static int annotate_arg(Compiler *c, AstStr *name, Ast *node) {
    if (node == NULL) return 0;
    AstStr *m = symbols_mangle(c->names, c->unit->scope->private_name, name);
    load_const(c, temp(c), ref_new(c->t, ident_value(c, m)));
    if (node->kind == AST_Starred && !(c->symbols.future & FUTURE_ANNOTATIONS)) { /* *args: *Ts */
        int r = temp(c);
        expr_into(c, AST(Starred, node)->value, r);
        emit(c, I_UNPACK, r, r, 1);
    } else {
        annotation(c, node);
    }
    return 1;
}

static int annotate_args(Compiler *c, AstSeq args) {
    int n = 0;
    AST_EACH(a, args) n += annotate_arg(c, AST(arg, a)->arg, AST(arg, a)->annotation);
    return n;
}

static void function_annotations(Compiler *c, Astarguments *args, Ast *returns, unsigned *parts) {
    Unit *u = c->unit;
    int first = u->next_temp, n = 0;
    n += annotate_args(c, args->args);
    n += annotate_args(c, args->posonlyargs);
    if (args->vararg) n += annotate_arg(c, AST(arg, args->vararg)->arg, AST(arg, args->vararg)->annotation);
    n += annotate_args(c, args->kwonlyargs);
    if (args->kwarg) n += annotate_arg(c, AST(arg, args->kwarg)->arg, AST(arg, args->kwarg)->annotation);
    if (returns) {
        AstStr *name = ast_intern(c->names, "return", 6);
        if (name == NULL) fail_memory(c);
        else n += annotate_arg(c, name, returns);
    }
    if (n == 0) return;
    emit(c, I_BUILD_TUPLE, first, first, (uint32_t)n * 2);
    u->next_temp = first + 1;
    *parts |= 4;
}

static Ref function_code(Compiler *c, Ast *node, AstStr *name, Astarguments *args, AstSeq stmts, int first_line) {
    Scope *scope = symbols_scope(&c->symbols, node, SCOPE_ROLE_BODY);
    CodePosition old = c->pos;
    if (!unit_enter(c, scope, ident_value(c, name), first_line)) return REF_NULL;
    Unit *u = c->unit;
    u->argcount = args->posonlyargs.count + args->args.count;
    u->posonly = args->posonlyargs.count;
    u->kwonly = args->kwonlyargs.count;
    AstStr *doc = c->optimize < 2 ? docstring(stmts) : NULL;
    if (!c->failed) {
        AstConst k = {.kind = AST_CONST_STR, .text = doc};
        const_index(c, doc ? constant_value(c->t, &k) : REF_NONE);
    }
    if (doc) body(c, (AstSeq){.count = stmts.count - 1, .items = stmts.items + 1});
    else body(c, stmts);
    if (!u->unreachable) {
        at_nowhere(c);
        emit(c, I_RETURN_NONE, 0, 0, 0);
    }
    Ref code = unit_leave(c);
    c->pos = old;
    return code;
}

/* [T, U: int, *Ts, **P]: the type parameters as a tuple in a fresh temporary; each is bound to its name in the current scope */
static int type_parameters(Compiler *c, AstSeq params) {
    Unit *u = c->unit;
    int base = u->next_temp;
    AST_EACH(p, params) {
        int r = temp(c), arg = temps(c, 2);
        AstStr *name = p->kind == AST_TypeVar ? AST(TypeVar, p)->name : p->kind == AST_ParamSpec ? AST(ParamSpec, p)->name : AST(TypeVarTuple, p)->name;
        at(c, p);
        load_const(c, arg, ref_new(c->t, ident_value(c, name)));
        int intrinsic = p->kind == AST_ParamSpec ? INTRINSIC_PARAMSPEC : p->kind == AST_TypeVarTuple ? INTRINSIC_TYPEVARTUPLE : INTRINSIC_TYPEVAR;
        Ast *bound = p->kind == AST_TypeVar ? AST(TypeVar, p)->bound : NULL;
        if (bound) {
            Scope *scope = symbols_scope(&c->symbols, p, SCOPE_ROLE_BODY);
            lazy_value(c, scope, name, bound, arg + 1);
            intrinsic = bound->kind == AST_Tuple ? INTRINSIC_TYPEVAR_CONSTRAINTS : INTRINSIC_TYPEVAR_BOUND;
        }
        emit(c, I_INTRINSIC, r, arg, (uint32_t)intrinsic);
        u->next_temp = r + 1;
        int copy = temp(c);
        emit(c, I_COPY, copy, r, 0);
        store_name(c, name, copy);
        u->next_temp = r + 1;
    }
    emit(c, I_BUILD_TUPLE, base, base, (uint32_t)params.count);
    u->next_temp = base + 1;
    return base;
}

/* dst = a function without parameters that computes the expression when it is called (bounds, values of type aliases) */
void lazy_value(Compiler *c, Scope *scope, AstStr *name, Ast *value, int dst) {
    int mark = c->unit->next_temp;
    CodePosition old = c->pos;
    if (!unit_enter(c, scope, ident_value(c, name), value->lineno)) return;
    if (!c->failed) const_index(c, REF_NONE);
    int r = expr_any(c, value);
    at(c, value);
    emit(c, I_RETURN, r, 0, 0);
    Ref code = unit_leave(c);
    c->pos = old;
    unsigned parts = 0;
    int base = c->unit->next_temp;
    if (scope && scope->frees.count) closure_parts(c, scope, &parts);
    make_function(c, dst, code, base, parts);
    c->unit->next_temp = mark;
}

/* Calls the function made of `code` (the scope that holds type parameters) with the `nargs` temporaries from base + 1; result in base. */
static void call_type_scope(Compiler *c, Scope *scope, Ref code, int base, int nargs) {
    unsigned parts = 0;
    int above = c->unit->next_temp;
    if (scope->frees.count) closure_parts(c, scope, &parts);
    make_function(c, base, code, above, parts);
    c->unit->next_temp = above;
    emit(c, I_CALL, base, nargs, 0);
    c->unit->next_temp = base + 1;
}

/* R[base] = the function object, from defaults etc. evaluated at base.. */
static void function_object(Compiler *c, Ast *node, AstFunctionDef *n, int base, int parts_base, unsigned parts, int first_line) {
    Astarguments *args = AST(arguments, n->args);
    function_annotations(c, args, n->returns, &parts);
    Ref code = function_code(c, node, n->name, args, n->body, first_line);
    Scope *scope = symbols_scope(&c->symbols, node, SCOPE_ROLE_BODY);
    if (!c->failed && scope->frees.count) closure_parts(c, scope, &parts);
    make_function(c, base, code, parts_base, parts);
    c->unit->next_temp = base + 1;
}

void compile_function(Compiler *c, Ast *node) {
    AstFunctionDef *n = (AstFunctionDef *)node; /* AsyncFunctionDef has the same fields */
    Unit *u = c->unit;
    int mark = u->next_temp;
    Astarguments *args = AST(arguments, n->args);
    check_parameters(c, node, args);
    AST_EACH(d, n->decorator_list) expr_temp(c, d);
    int first_line = n->decorator_list.count ? n->decorator_list.items[0]->lineno : node->lineno;
    at(c, node);
    int base = temp(c), parts_base = u->next_temp;
    unsigned parts = 0;
    if (n->type_params.count == 0) {
        function_defaults(c, args, &parts, parts_base);
        function_object(c, node, n, base, parts_base, parts, first_line);
    } else { /* the defaults are evaluated out here and handed in; annotations and the body see the parameters */
        function_defaults(c, args, &parts, parts_base);
        int nargs = u->next_temp - parts_base;
        Scope *scope = symbols_scope(&c->symbols, node, SCOPE_ROLE_TYPE_PARAMS);
        CodePosition old = c->pos;
        Ref scope_name = str_format(c->t, "<generic parameters of %s>", n->name->text);
        if (ok(c, scope_name) && unit_enter(c, scope, ref_borrow(scope_name), node->lineno)) {
            Unit *inner = c->unit;
            inner->argcount = inner->params;
            if (!c->failed) const_index(c, REF_NONE);
            int pair = temps(c, 2), params = type_parameters(c, n->type_params), at_parts = inner->next_temp;
            for (int i = 0; i < nargs; i++) emit(c, I_COPY, temp(c), i, 0); /* .defaults, .kwdefaults */
            at(c, node);
            emit(c, I_MOVE, pair + 1, params, 0);
            function_object(c, node, n, pair, at_parts, parts, first_line);
            emit(c, I_INTRINSIC, pair, pair, INTRINSIC_SET_TYPE_PARAMS);
            emit(c, I_RETURN, pair, 0, 0);
            Ref code = unit_leave(c);
            c->pos = old;
            if (ok(c, code)) call_type_scope(c, scope, code, base, nargs);
        }
        ref_drop(c->t, scope_name);
    }
    for (int i = n->decorator_list.count - 1; i >= 0; i--) { /* callee below argument: the call leaves its result in the callee's register */
        at(c, n->decorator_list.items[i]);
        emit(c, I_CALL, mark + i, 1, 0);
    }
    at(c, node);
    store_name(c, n->name, mark);
    u->next_temp = mark;
}

/* ---- classes --------------------------------------------------------------------------------------------------------------------------------------- */

static Ref class_code(Compiler *c, AstClassDef *n, int first_line) {
    Scope *scope = symbols_scope(&c->symbols, &n->base, SCOPE_ROLE_BODY);
    CodePosition old = c->pos;
    if (!unit_enter(c, scope, ident_value(c, n->name), first_line)) return REF_NULL;
    Unit *u = c->unit;
    if (!c->failed) {
        c->pos = (CodePosition){0, first_line, first_line, 0, 0};
        int r = temp(c);
        emit(c, I_LOAD_NAME, r, 0, (uint32_t)name_index_value(c, str_intern_cstr(c->t, "__name__")));
        emit(c, I_STORE_NAME, r, 0, (uint32_t)name_index_value(c, str_intern_cstr(c->t, "__module__")));
        load_const(c, r, ref_new(c->t, ref_borrow(u->qualname)));
        emit(c, I_STORE_NAME, r, 0, (uint32_t)name_index_value(c, str_intern_cstr(c->t, "__qualname__")));
        if (n->type_params.count) {
            AstStr *dot = ast_intern(c->names, ".type_params", 12);
            int f = dot ? free_index(u, dot) : -1;
            if (f >= 0) {
                emit(c, I_LOAD_FREE, r, f, 0);
                emit(c, I_STORE_NAME, r, 0, (uint32_t)name_index_value(c, str_intern_cstr(c->t, "__type_params__")));
            }
        }
        if (u->classdict_cell >= 0) {
            emit(c, I_LOAD_LOCALS, r, 0, 0);
            emit(c, I_STORE_DEREF, r, u->classdict_cell, 0);
        }
        u->next_temp = r;
    }
    block_statements(c, n->body, true);
    at_nowhere(c);
    if (!c->failed && u->classdict_cell >= 0) {
        int r = temp(c);
        emit(c, I_COPY, r, u->classdict_cell, 0);
        emit(c, I_STORE_NAME, r, 0, (uint32_t)name_index_value(c, str_intern_cstr(c->t, "__classdictcell__")));
        u->next_temp = r;
    }
    if (!c->failed && u->class_cell >= 0) {
        int r = temps(c, 2);
        emit(c, I_COPY, r, u->class_cell, 0);
        emit(c, I_COPY, r + 1, u->class_cell, 0);
        emit(c, I_STORE_NAME, r, 0, (uint32_t)name_index_value(c, str_intern_cstr(c->t, "__classcell__")));
        emit(c, I_RETURN, r + 1, 0, 0);
    } else {
        emit(c, I_RETURN_NONE, 0, 0, 0);
    }
    Ref code = unit_leave(c);
    c->pos = old;
    return code;
}

/* R[base] = __build_class__(body, name, *bases, **keywords); with type parameters `generic` (a temporary) is the last base */
static void build_class(Compiler *c, AstClassDef *n, int base, int first_line, int generic) {
    Unit *u = c->unit;
    emit(c, I_LOAD_BUILD_CLASS, base, 0, 0);
    int function = temp(c), above = u->next_temp;
    Ref code = class_code(c, n, first_line);
    Scope *scope = symbols_scope(&c->symbols, &n->base, SCOPE_ROLE_BODY);
    unsigned parts = 0;
    if (!c->failed && scope->frees.count) closure_parts(c, scope, &parts);
    make_function(c, function, code, above, parts);
    u->next_temp = above;
    load_const(c, temp(c), ref_new(c->t, ident_value(c, n->name)));
    AstSeq bases = n->bases;
    if (generic >= 0) {
        AstStr *name = ast_intern(c->names, ".generic_base", 13);
        AstSeq more = {bases.count + 1, arena_alloc(c->arena, ((size_t)bases.count + 1) * sizeof(Ast *))};
        AstName *node = name ? AST_NEW(c->arena, Name) : NULL;
        if (node == NULL || more.items == NULL) {
            fail_memory(c);
            return;
        }
        if (bases.count) memcpy(more.items, bases.items, (size_t)bases.count * sizeof(Ast *));
        node->base = n->base;
        node->base.kind = AST_Name;
        node->id = name;
        more.items[bases.count] = &node->base;
        bases = more;
    }
    call_into(c, base, base + 1, 2, bases, n->keywords, &n->base);
}

void compile_class(Compiler *c, Ast *node) {
    AstClassDef *n = AST(ClassDef, node);
    Unit *u = c->unit;
    int mark = u->next_temp;
    AST_EACH(d, n->decorator_list) expr_temp(c, d);
    int first_line = n->decorator_list.count ? n->decorator_list.items[0]->lineno : node->lineno;
    at(c, node);
    int base = temp(c);
    if (n->type_params.count == 0) {
        build_class(c, n, base, first_line, -1);
    } else {
        Scope *scope = symbols_scope(&c->symbols, node, SCOPE_ROLE_TYPE_PARAMS);
        CodePosition old = c->pos;
        Ref scope_name = str_format(c->t, "<generic parameters of %s>", n->name->text);
        if (ok(c, scope_name) && unit_enter(c, scope, ref_borrow(scope_name), node->lineno)) {
            if (!c->failed) const_index(c, REF_NONE);
            int result = temp(c), params = type_parameters(c, n->type_params), copy = temp(c);
            AstStr *type_params = ast_intern(c->names, ".type_params", 12), *generic = ast_intern(c->names, ".generic_base", 13);
            if (!type_params || !generic) fail_memory(c);
            at(c, node);
            emit(c, I_COPY, copy, params, 0);
            store_name(c, type_params, copy);
            emit(c, I_INTRINSIC, params, params, INTRINSIC_SUBSCRIPT_GENERIC);
            store_name(c, generic, params);
            c->unit->next_temp = result + 1;
            build_class(c, n, result, first_line, 0);
            emit(c, I_RETURN, result, 0, 0);
            Ref code = unit_leave(c);
            c->pos = old;
            if (ok(c, code)) call_type_scope(c, scope, code, base, 0);
        }
        ref_drop(c->t, scope_name);
    }
    for (int i = n->decorator_list.count - 1; i >= 0; i--) {
        at(c, n->decorator_list.items[i]);
        emit(c, I_CALL, mark + i, 1, 0);
    }
    at(c, node);
    store_name(c, n->name, mark);
    u->next_temp = mark;
}

void compile_type_alias(Compiler *c, Ast *node) {
    AstTypeAlias *n = AST(TypeAlias, node);
    Unit *u = c->unit;
    int mark = u->next_temp, base = temp(c);
    AstStr *name = AST(Name, n->name)->id;
    if (n->type_params.count == 0) {
        int args = temps(c, 3);
        load_const(c, args, ref_new(c->t, ident_value(c, name)));
        load_const(c, args + 1, REF_NONE);
        lazy_value(c, symbols_scope(&c->symbols, node, SCOPE_ROLE_BODY), name, n->value, args + 2);
        emit(c, I_INTRINSIC, base, args, INTRINSIC_TYPEALIAS);
    } else {
        Scope *scope = symbols_scope(&c->symbols, node, SCOPE_ROLE_TYPE_PARAMS);
        CodePosition old = c->pos;
        Ref scope_name = str_format(c->t, "<generic parameters of %s>", name->text);
        if (ok(c, scope_name) && unit_enter(c, scope, ref_borrow(scope_name), node->lineno)) {
            if (!c->failed) const_index(c, REF_NONE);
            int args = temps(c, 3);
            load_const(c, args, ref_new(c->t, ident_value(c, name)));
            int params = type_parameters(c, n->type_params);
            emit(c, I_MOVE, args + 1, params, 0);
            c->unit->next_temp = args + 3;
            lazy_value(c, symbols_scope(&c->symbols, node, SCOPE_ROLE_BODY), name, n->value, args + 2);
            emit(c, I_INTRINSIC, args, args, INTRINSIC_TYPEALIAS);
            emit(c, I_RETURN, args, 0, 0);
            Ref code = unit_leave(c);
            c->pos = old;
            if (ok(c, code)) call_type_scope(c, scope, code, base, 0);
        }
        ref_drop(c->t, scope_name);
    }
    store_name(c, name, base);
    u->next_temp = mark;
}

/* ---- bodies --------------------------------------------------------------------------------------------------------------------------------------------- */

static bool has_annotations(AstSeq stmts) {
    AST_EACH(s, stmts) {
        switch (s->kind) {
        case AST_AnnAssign: return true;
        case AST_For:
        case AST_AsyncFor:
            if (has_annotations(AST_SAME(For, s)->body) || has_annotations(AST_SAME(For, s)->orelse)) return true;
            break;
        case AST_While:
            if (has_annotations(AST(While, s)->body) || has_annotations(AST(While, s)->orelse)) return true;
            break;
        case AST_If:
            if (has_annotations(AST(If, s)->body) || has_annotations(AST(If, s)->orelse)) return true;
            break;
        case AST_With:
        case AST_AsyncWith:
            if (has_annotations(AST_SAME(With, s)->body)) return true;
            break;
        case AST_Try:
        case AST_TryStar:
            if (has_annotations(AST_SAME(Try, s)->body) || has_annotations(AST_SAME(Try, s)->orelse) || has_annotations(AST_SAME(Try, s)->finalbody)) return true;
            AST_EACH(h, AST_SAME(Try, s)->handlers) if (has_annotations(AST(ExceptHandler, h)->body)) return true;
            break;
        case AST_Match:
            AST_EACH(k, AST(Match, s)->cases) if (has_annotations(AST(match_case, k)->body)) return true;
            break;
        default: break;
        }
    }
    return false;
}

/* the statements of a module or class: __annotations__ and __doc__ first */
void block_statements(Compiler *c, AstSeq stmts, bool with_docstring) {
    if (c->failed) return;
    if (has_annotations(stmts)) { /* of a module, on the line of its first statement */
        CodePosition old = c->pos;
        if (c->unit->scope->kind == SCOPE_MODULE) at(c, stmts.items[0]);
        emit(c, I_SETUP_ANNOTATIONS, 0, 0, 0);
        c->pos = old;
    }
    AstStr *doc = with_docstring && c->optimize < 2 ? docstring(stmts) : NULL;
    if (doc) {
        AstConst k = {.kind = AST_CONST_STR, .text = doc};
        int r = temp(c);
        at(c, stmts.items[0]);
        load_const(c, r, constant_value(c->t, &k));
        emit(c, I_STORE_NAME, r, 0, (uint32_t)name_index_value(c, str_intern_cstr(c->t, "__doc__")));
        c->unit->next_temp = r;
    }
    body(c, stmts);
}

void body(Compiler *c, AstSeq stmts) {
    AST_EACH(s, stmts) statement(c, s);
}

static void expression_statement(Compiler *c, AstExpr *n) {
    if (c->interactive && c->unit->outer == NULL) {
        int mark = c->unit->next_temp, r = expr_any(c, n->value);
        at(c, &n->base);
        emit(c, I_PRINT_EXPR, r, 0, 0);
        c->unit->next_temp = mark;
    } else if (n->value->kind == AST_Constant) {
        emit(c, I_NOP, 0, 0, 0); /* keeps the line, for tracing */
    } else {
        expr_effect(c, n->value);
    }
}

void statement(Compiler *c, Ast *node) {
    if (c->failed) return;
    CodePosition old = at(c, node);
    switch (node->kind) {
    case AST_Expr: expression_statement(c, AST(Expr, node)); break;
    case AST_Assign: compile_assign(c, AST(Assign, node)); break;
    case AST_AugAssign: augmented_assign(c, AST(AugAssign, node)); break;
    case AST_AnnAssign: compile_annotated(c, AST(AnnAssign, node)); break;
    case AST_If: compile_if(c, AST(If, node)); break;
    case AST_While: compile_while(c, AST(While, node)); break;
    case AST_For: compile_for(c, AST(For, node)); break;
    case AST_AsyncFor: compile_async_for(c, AST(AsyncFor, node)); break;
    case AST_Return: compile_return(c, AST(Return, node)); break;
    case AST_Break: compile_loop_jump(c, node, true); break;
    case AST_Continue: compile_loop_jump(c, node, false); break;
    case AST_FunctionDef:
    case AST_AsyncFunctionDef: compile_function(c, node); break;
    case AST_ClassDef: compile_class(c, node); break;
    case AST_TypeAlias: compile_type_alias(c, node); break;
    case AST_Try: compile_try(c, node); break;
    case AST_TryStar: compile_try_star(c, node); break;
    case AST_With: compile_with(c, node, 0, false); break;
    case AST_AsyncWith:
        if (!awaits_allowed(c)) fail(c, node, "'async with' outside async function");
        else {
            if (c->unit->scope->kind == SCOPE_MODULE) c->unit->flags |= CO_COROUTINE;
            compile_with(c, node, 0, true);
        }
        break;
    case AST_Match: compile_match(c, node); break;
    case AST_Raise: compile_raise(c, AST(Raise, node)); break;
    case AST_Assert: compile_assert(c, AST(Assert, node)); break;
    case AST_Delete: AST_EACH(e, AST(Delete, node)->targets) compile_delete(c, e); break;
    case AST_Import: compile_import(c, AST(Import, node)); break;
    case AST_ImportFrom: compile_import_from(c, AST(ImportFrom, node)); break;
    case AST_Pass: emit(c, I_NOP, 0, 0, 0); break;
    case AST_Global:
    case AST_Nonlocal: break;
    default:
        if (!c->failed) err_set(c->t, E_SystemError, "unexpected statement");
        c->failed = true;
    }
    c->pos = old;
}
