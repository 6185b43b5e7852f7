/* try, except, except*, finally, with. Protected ranges are described in vm/opcodes.def; what jumps out of them undo in compile_stmt.c. */
#include "vm/compile.h"

/* The handler for everything that leaves a range: registers depth and depth + 1 are taken. */
static void handler_enter(Compiler *c, Block *b, Block *covered, int depth, const uint8_t *entry) {
    Label target = LABEL_INIT;
    label_place(c, &target);
    bound_restore(c, entry);
    c->unit->unreachable = false;
    block_cover(c, covered, target.at, depth, EXC_CATCH);
    c->unit->next_temp = depth;
    temps(c, 2);
    block_push(c, b, BLOCK_HANDLER, depth);
    block_protect(c, b);
}

/* The end of a handler: `b`'s range keeps the exception that was being handled before right. */
static void handler_leave(Compiler *c, Block *b) {
    block_pop(c, b);
    block_cover(c, b, 0, b->reg, EXC_RESTORE);
}

static void handler_reraise(Compiler *c, Block *b, bool from_origin) {
    block_suspend(c, b);
    emit(c, I_RERAISE, b->reg, from_origin, 0);
    b->open_at = (int32_t)here(c);
}

/* POP_EXCEPT belongs to the range still */
static void handler_pop(Compiler *c, Block *b) {
    emit(c, I_POP_EXCEPT, b->reg, 0, 0);
    block_suspend(c, b);
}

/* ---- except ----------------------------------------------------------------------------------------------------------------------- */

/* `except … as name:` body: whatever happens, the name is unbound after */
static void named_handler_body(Compiler *c, AstExceptHandler *h, Block *handler, Label *end) {
    Unit *u = c->unit;
    Block named, cleanup;
    int depth = u->next_temp;
    block_push(c, &named, BLOCK_HANDLER_NAME, 0);
    named.name = h->name;
    block_protect(c, &named);
    uint8_t *entry = bound_save(c);
    body(c, h->body);
    block_pop(c, &named);
    at_nowhere(c);
    handler_pop(c, handler);
    unbind_handler_name(c, h->name);
    emit_jump(c, I_JUMP, 0, 0, end);
    handler->open_at = (int32_t)here(c);
    handler_enter(c, &cleanup, &named, depth, entry);
    unbind_handler_name(c, h->name);
    handler_reraise(c, &cleanup, true);
    cleanup.open_at = -1;
    handler_leave(c, &cleanup);
    u->next_temp = depth;
}

static void except_clauses(Compiler *c, AstSeq handlers, Block *handler, Label *end) {
    Unit *u = c->unit;
    int depth = handler->reg;
    for (int i = 0; i < handlers.count && !c->failed; i++) {
        AstExceptHandler *h = AST(ExceptHandler, handlers.items[i]);
        Label next = LABEL_INIT;
        at(c, &h->base);
        if (h->type == NULL && i < handlers.count - 1) {
            fail(c, &h->base, "default 'except:' must be last");
            return;
        }
        if (h->type) {
            int mark = u->next_temp, type = expr_any(c, h->type);
            at(c, &h->base);
            emit_jump(c, I_JUMP_IF_NO_MATCH, depth + 1, type, &next);
            u->next_temp = mark;
        }
        at(c, &h->base);
        nest(c, &h->base);
        if (!h->type) emit(c, I_NOP, 0, 0, 0);
        if (h->name) {
            int r = temp(c);
            if (forbidden_name(c, &h->base, h->name, AST_Store)) return;
            emit(c, I_COPY, r, depth + 1, 0);
            store_name(c, h->name, r);
            u->next_temp = r;
            named_handler_body(c, h, handler, end);
        } else {
            body(c, h->body);
            at_nowhere(c);
            handler_pop(c, handler);
            emit_jump(c, I_JUMP, 0, 0, end);
            handler->open_at = (int32_t)here(c);
        }
        unnest(c);
        label_place(c, &next);
    }
    at_nowhere(c);
    handler_reraise(c, handler, false);
    handler->open_at = -1;
}

/* The body of try-except up to the beginning of its handler; `handler` is to be left, and unnest() called, by the caller. */
static void try_body(Compiler *c, AstTry *n, Block *handler, Label *end) {
    Unit *u = c->unit;
    int depth = u->next_temp;
    Block b;
    uint8_t *entry = bound_save(c);
    nest(c, &n->base);
    block_push(c, &b, BLOCK_TRY, 0);
    block_protect(c, &b);
    body(c, n->body);
    block_pop(c, &b);
    unnest(c);
    body(c, n->orelse);
    at_nowhere(c);
    if (!u->unreachable) emit_jump(c, I_JUMP, 0, 0, end);
    nest(c, &n->base);
    handler_enter(c, handler, &b, depth, entry);
}

static void try_except(Compiler *c, AstTry *n) {
    Unit *u = c->unit;
    int depth = u->next_temp;
    Label end = LABEL_INIT;
    Block handler;
    try_body(c, n, &handler, &end);
    except_clauses(c, n->handlers, &handler, &end);
    handler_leave(c, &handler);
    unnest(c);
    u->next_temp = depth;
    label_place(c, &end);
}

/* ---- finally -------------------------------------------------------------------------------------------------------------------------- */

static void try_finally(Compiler *c, AstTry *n, void (*inner)(Compiler *, AstTry *)) {
    Unit *u = c->unit;
    int depth = u->next_temp;
    Label end = LABEL_INIT;
    Block b, handler;
    uint8_t *entry = bound_save(c);
    nest(c, &n->base);
    block_push(c, &b, BLOCK_FINALLY, 0);
    b.final_body = &n->finalbody;
    block_protect(c, &b);
    if (n->handlers.count) inner(c, n);
    else body(c, n->body);
    block_pop(c, &b);
    unnest(c);
    if (!u->unreachable) {
        body(c, n->finalbody);
        at_nowhere(c);
        if (!u->unreachable) emit_jump(c, I_JUMP, 0, 0, &end);
    }
    nest(c, &n->base);
    handler_enter(c, &handler, &b, depth, entry);
    body(c, n->finalbody);
    at_nowhere(c);
    handler_reraise(c, &handler, false);
    handler.open_at = -1;
    handler_leave(c, &handler);
    unnest(c);
    u->next_temp = depth;
    label_place(c, &end);
}

void compile_try(Compiler *c, Ast *node) {
    AstTry *n = AST(Try, node);
    emit(c, I_NOP, 0, 0, 0); /* the line of `try`; and the first instruction of a generator has no handler */
    if (n->finalbody.count) try_finally(c, n, try_except);
    else try_except(c, n);
}

/* ---- except* ---------------------------------------------------------------------------------------------------------------------------- */

/* In the handler of depth d: R[d+2] what is left of the group, R[d+3] the part that matches, R[d+4] list of what the clauses raise. */
static void star_clause(Compiler *c, AstExceptHandler *h, int depth, Label *next) {
    Unit *u = c->unit;
    int rest = depth + 2, match = depth + 3, raised = depth + 4, mark = u->next_temp;
    at(c, &h->base);
    int type = expr_temp(c, h->type);
    at(c, h->type);
    emit(c, I_CHECK_EG_MATCH, rest, type, 0);
    u->next_temp = mark;
    int look = temp(c);
    emit(c, I_COPY, look, match, 0);
    emit_jump(c, I_JUMP_IF_NONE, look, 0, next);
    u->next_temp = mark;
    at(c, &h->base);
    if (h->name) {
        if (forbidden_name(c, &h->base, h->name, AST_Store)) return;
        store_name(c, h->name, match);
    } else {
        emit(c, I_DROP, match, 0, 0);
    }
    Block clause, handler;
    uint8_t *entry = bound_save(c);
    nest(c, &h->base);
    block_push(c, &clause, BLOCK_STAR_HANDLER, 0);
    block_protect(c, &clause);
    body(c, h->body);
    block_pop(c, &clause);
    unnest(c);
    at_nowhere(c);
    if (h->name) unbind_handler_name(c, h->name);
    emit_jump(c, I_JUMP, 0, 0, next);
    handler_enter(c, &handler, &clause, mark, entry);
    int copy = temp(c);
    emit(c, I_COPY, copy, mark + 1, 0);
    emit(c, I_LIST_APPEND, raised, copy, 0);
    u->next_temp = copy;
    if (h->name) unbind_handler_name(c, h->name);
    handler_pop(c, &handler);
    handler_leave(c, &handler);
    emit_jump(c, I_JUMP, 0, 0, next);
    u->next_temp = mark;
}

static void try_star(Compiler *c, AstTry *n) {
    Unit *u = c->unit;
    int depth = u->next_temp;
    Label end = LABEL_INIT;
    Block handler;
    try_body(c, n, &handler, &end);
    int rest = temps(c, 3), raised = rest + 2;
    emit(c, I_COPY, rest, depth + 1, 0);
    emit(c, I_BUILD_LIST, raised, raised, 0);
    AST_EACH(h, n->handlers) {
        Label next = LABEL_INIT;
        star_clause(c, AST(ExceptHandler, h), depth, &next);
        label_place(c, &next);
    }
    at_nowhere(c);
    emit(c, I_LIST_APPEND, raised, rest, 0);
    emit(c, I_PREP_RERAISE_STAR, rest, depth + 1, (uint32_t)raised);
    emit(c, I_MOVE, depth + 1, rest, 0);
    block_suspend(c, &handler);
    emit(c, I_END_EXCEPT_STAR, depth, 0, 0);
    handler_leave(c, &handler);
    unnest(c);
    u->next_temp = depth;
    label_place(c, &end);
}

void compile_try_star(Compiler *c, Ast *node) {
    AstTry *n = (AstTry *)node; /* the same fields */
    emit(c, I_NOP, 0, 0, 0);
    if (n->finalbody.count) try_finally(c, n, try_star);
    else try_star(c, n);
}

/* ---- with -------------------------------------------------------------------------------------------------------------------------------- */

void compile_with(Compiler *c, Ast *node, int index, bool is_async) {
    AstWith *n = (AstWith *)node;
    if (c->failed) return;
    if (index == n->items.count) {
        body(c, n->body);
        return;
    }
    Unit *u = c->unit;
    Astwithitem *item = AST(withitem, n->items.items[index]);
    int exit = u->next_temp, d = exit + 2;
    Label end = LABEL_INIT, suppress = LABEL_INIT;
    Block b, handler;
    int manager = expr_any(c, item->context_expr);
    at(c, node);
    CodePosition position = c->pos;
    u->next_temp = exit;
    temps(c, 3);
    emit(c, is_async ? I_BEFORE_ASYNC_WITH : I_BEFORE_WITH, exit, manager, 0);
    if (is_async) await_into(c, d, d, 1);
    uint8_t *entry = bound_save(c);
    nest(c, node);
    block_push(c, &b, is_async ? BLOCK_ASYNC_WITH : BLOCK_WITH, exit);
    b.node = node;
    block_protect(c, &b);
    if (item->optional_vars) assign(c, item->optional_vars, d);
    else emit(c, I_DROP, d, 0, 0);
    u->next_temp = d;
    compile_with(c, node, index + 1, is_async);
    block_pop(c, &b);
    unnest(c);
    if (!u->unreachable) {
        c->pos = position;
        emit(c, I_WITH_EXIT, exit, 0, 0);
        if (is_async) {
            int value = temp(c), out = temp(c);
            emit(c, I_MOVE, value, exit, 0);
            await_into(c, value, out, 2);
            emit(c, I_DROP, out, 0, 0);
        } else {
            emit(c, I_DROP, exit, 0, 0);
        }
        u->next_temp = d;
        emit_jump(c, I_JUMP, 0, 0, &end);
    }
    handler_enter(c, &handler, &b, d, entry);
    c->pos = position;
    int result = temp(c);
    emit(c, I_WITH_EXCEPT, result, exit, (uint32_t)d);
    if (is_async) {
        int value = temp(c);
        emit(c, I_MOVE, value, result, 0);
        await_into(c, value, result, 2);
    }
    emit_jump(c, I_JUMP_IF_TRUE, result, 0, &suppress);
    handler_reraise(c, &handler, true);
    label_place(c, &suppress);
    handler_pop(c, &handler);
    handler_leave(c, &handler);
    emit(c, I_DROP, exit, 0, 0);
    emit(c, I_DROP, exit + 1, 0, 0);
    u->next_temp = exit;
    label_place(c, &end);
}
