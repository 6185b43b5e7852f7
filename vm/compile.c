/* The compiler's ground: units, emission, labels, constants, names, protected ranges, assembling code objects. */
#include "vm/compile.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/float.h"
#include "runtime/bytes.h"
#include "runtime/config.h"
#include "runtime/list.h"
#include "runtime/str.h"
#include <stdarg.h>

/* ---- failing ------------------------------------------------------------------------------------------------------------- */

void fail_memory(Compiler *c) {
    if (!c->failed) err_no_memory(c->t);
    c->failed = true;
}

void fail(Compiler *c, Ast *node, const char *format, ...) {
    if (c->failed) return;
    c->failed = true;
    va_list ap;
    va_start(ap, format);
    Ref message = str_vformat(c->t, format, ap);
    va_end(ap);
    if (ref_is_null(message)) return;
    const char *text = str_utf8(c->t, ref_borrow(message), NULL);
    if (text != NULL) {
        SourceError e = {.kind = ERROR_SYNTAX, .message = text, .lineno = node->lineno, .offset = node->col_offset + 1,
                         .end_lineno = node->end_lineno, .end_offset = node->end_col_offset + 1};
        source_error_raise(c->t, &e, c->filename);
    }
    ref_drop(c->t, message);
}

/* A SyntaxWarning or DeprecationWarning of the compiler; as an error it is a SyntaxError at the node. */
int compile_warn(Compiler *c, Ast *node, ErrorKind category, const char *format, ...) {
    if (c->failed) return -1;
    va_list ap;
    va_start(ap, format);
    Ref message = str_vformat(c->t, format, ap);
    va_end(ap);
    if (!ok(c, message)) return -1;
    if (warn_explicit(c->t, category, ref_borrow(message), c->filename, node->lineno) < 0) {
        if (err_is(c->t, category)) {
            err_clear(c->t);
            fail(c, node, "%V", ref_borrow(message));
        }
        c->failed = true;
    }
    ref_drop(c->t, message);
    return c->failed ? -1 : 0;
}

/* ---- growing arrays: plain memory, freed with the unit ------------------------------------------------------------------------ */

static bool grow(Compiler *c, void **at, uint32_t *room, size_t item) {
    uint32_t more = *room ? *room * 2 : 16;
    void *p = c->failed ? NULL : mem_realloc(*at, more * item);
    if (p == NULL) {
        fail_memory(c);
        return false;
    }
    *at = p;
    *room = more;
    return true;
}
#define PUSH(c, vec, ...)                                                                                         \
    ((vec).count < (vec).room || grow((c), (void **)&(vec).at, &(vec).room, sizeof *(vec).at)                      \
         ? ((vec).at[(vec).count++] = (__VA_ARGS__), true)                                                         \
         : false)

/* ---- emitting ------------------------------------------------------------------------------------------------------------------- */

uint32_t here(Compiler *c) { return c->unit->instr.count; }

CodePosition at(Compiler *c, Ast *node) {
    CodePosition old = c->pos;
    c->pos = (CodePosition){0, node->lineno, node->end_lineno, node->col_offset, node->end_col_offset};
    return old;
}
void at_nowhere(Compiler *c) { c->pos = (CodePosition){0, 0, 0, -1, -1}; }

static void mark_position(Compiler *c) {
    Unit *u = c->unit;
    CodePosition p = c->pos;
    if (unlikely(config.no_debug_ranges)) p = (CodePosition){0, p.line, p.line, -1, -1};
    p.start = u->instr.count;
    if (u->positions.count) {
        CodePosition *last = &u->positions.at[u->positions.count - 1];
        if (last->line == p.line && last->end_line == p.end_line && last->col == p.col && last->end_col == p.end_col) return;
        if (last->start == p.start) {
            *last = p;
            return;
        }
    }
    PUSH(c, u->positions, p);
}

uint32_t emit(Compiler *c, Opcode op, int a, int b, uint32_t cc) {
    Unit *u = c->unit;
    mark_position(c);
    uint32_t site = u->instr.count;
    PUSH(c, u->instr, INSTR(op, a, b, cc));
    for (int i = 0; i < op_info[op].cache; i++) PUSH(c, u->instr, 0);
    if (op == I_RETURN_NONE) const_index(c, REF_NONE); /* for who looks at co_consts */
    if (op == I_RETURN || op == I_RETURN_NONE || op == I_RAISE || op == I_RERAISE || op == I_JUMP) u->unreachable = true;
    return site;
}

void jump_target(Compiler *c, uint32_t site, uint32_t target) {
    uint64_t *w = &c->unit->instr.at[site];
    int64_t distance = (int64_t)target - (int64_t)(site + 1 + op_info[INSTR_OP(*w)].cache);
    if (distance > C_MAX_SIGNED || distance < -C_MAX_SIGNED) {
        if (!c->failed) err_set(c->t, E_SystemError, "code too large to compile");
        c->failed = true;
    }
    *w = (*w & (((uint64_t)1 << 40) - 1)) | (uint64_t)distance << 40;
}

uint8_t *bound_save(Compiler *c) {
    Unit *u = c->unit;
    uint8_t *saved = arena_alloc(c->arena, (size_t)u->first_temp + 1);
    if (saved == NULL) {
        fail_memory(c);
        return NULL;
    }
    memcpy(saved, u->bound, (size_t)u->first_temp);
    saved[u->first_temp] = u->unreachable;
    return saved;
}
void bound_restore(Compiler *c, const uint8_t *saved) {
    if (saved == NULL) return;
    memcpy(c->unit->bound, saved, (size_t)c->unit->first_temp);
    c->unit->unreachable = saved[c->unit->first_temp];
}

/* A jump to l leaves from here: what is bound there is what is bound at every jump. */
static void bound_record(Compiler *c, Label *l) {
    Unit *u = c->unit;
    if (u->unreachable) return;
    if (l->bound == NULL) l->bound = bound_save(c);
    else for (int i = 0; i < u->first_temp; i++) l->bound[i] &= u->bound[i];
}

void emit_jump(Compiler *c, Opcode op, int a, int b, Label *to) {
    if (to->at < 0) bound_record(c, to);
    uint32_t site = emit(c, op, a, b, 0);
    if (c->failed) return;
    if (to->at >= 0) jump_target(c, site, (uint32_t)to->at);
    else if (PUSH(c, c->unit->fixups, (Fixup){site, to->first_fixup})) to->first_fixup = (int32_t)c->unit->fixups.count - 1;
}

void label_place(Compiler *c, Label *l) {
    l->at = (int32_t)here(c);
    for (int32_t f = l->first_fixup; f >= 0 && !c->failed; f = c->unit->fixups.at[f].next) jump_target(c, c->unit->fixups.at[f].site, (uint32_t)l->at);
    l->first_fixup = -1;
    Unit *u = c->unit;
    if (l->bound == NULL) return;
    if (u->unreachable) bound_restore(c, l->bound);
    else for (int i = 0; i < u->first_temp; i++) u->bound[i] &= l->bound[i];
}

int temps(Compiler *c, int n) {
    Unit *u = c->unit;
    int r = u->next_temp;
    u->next_temp += n;
    if (u->next_temp > u->max_regs) u->max_regs = u->next_temp;
    if (u->next_temp > 0xFFF0) {
        if (!c->failed) err_set(c->t, E_SystemError, "too many registers");
        c->failed = true;
        u->next_temp = u->first_temp + n;
    }
    return r;
}
int temp(Compiler *c) { return temps(c, 1); }

/* ---- constants --------------------------------------------------------------------------------------------------------------------- */

static uint32_t word_hash(uint64_t bits) { return (uint32_t)((bits * 0x9E3779B97F4A7C15u) >> 32); }

static bool word_consts_grow(Compiler *c, Unit *u) {
    uint32_t room = u->word_consts.room ? u->word_consts.room * 2 : 32, *fresh = mem_zalloc(room * sizeof(uint32_t));
    if (fresh == NULL) {
        fail_memory(c);
        return false;
    }
    for (uint32_t i = 0; i < u->word_consts.room; i++) {
        uint32_t k = u->word_consts.at[i];
        if (k == 0) continue;
        uint32_t h = word_hash(u->consts.at[k - 1].bits);
        while (fresh[h & (room - 1)]) h++;
        fresh[h & (room - 1)] = k;
    }
    mem_free(u->word_consts.at);
    u->word_consts.at = fresh;
    u->word_consts.room = room;
    return true;
}

static int const_append(Compiler *c, Ref r) {
    if (!PUSH(c, c->unit->consts, r)) {
        ref_drop(c->t, r);
        return 0;
    }
    return (int)c->unit->consts.count - 1;
}

/* Equal strings, and equal words (ints, floats, None …) share an index; other constants get one each. */
int const_index(Compiler *c, Ref r) {
    Unit *u = c->unit;
    Value v = ref_borrow(r);
    if (c->failed || ref_is_null(r)) {
        ref_drop(c->t, r);
        c->failed = true;
        return 0;
    }
    if (is_exact(v, &str_type)) {
        Value found = dict_get_str(c->t, ref_borrow(u->str_consts), v);
        if (!value_is_null(found)) {
            ref_drop(c->t, r);
            return (int)value_int(found);
        }
        int i = const_append(c, r);
        if (!c->failed && dict_set(c->t, ref_borrow(u->str_consts), v, small_int(i)) < 0) c->failed = true;
        return i;
    }
    if (value_is_object(v) && (v.bits & 7) != TAG_LENT) return const_append(c, r);
    if (u->word_consts.count * 2 >= u->word_consts.room && !word_consts_grow(c, u)) return 0;
    uint32_t h = word_hash(v.bits), mask = u->word_consts.room - 1;
    for (;; h++) {
        uint32_t k = u->word_consts.at[h & mask];
        if (k == 0) break;
        if (u->consts.at[k - 1].bits == v.bits) return (int)k - 1;
    }
    int i = const_append(c, r);
    u->word_consts.at[h & mask] = (uint32_t)i + 1;
    u->word_consts.count++;
    return i;
}

void load_const(Compiler *c, int dst, Ref r) {
    Value v = ref_borrow(r);
    if (value_is_int(v) && value_int(v) >= -C_MAX_SIGNED && value_int(v) <= C_MAX_SIGNED) {
        const_index(c, r); /* for who looks at co_consts */
        emit(c, I_LOAD_INT, dst, 0, (uint32_t)value_int(v));
        return;
    }
    emit(c, I_LOAD_CONST, dst, 0, (uint32_t)const_index(c, r));
}

Ref constant_value(Thread *t, const AstConst *k) {
    switch (k->kind) {
    case AST_CONST_NONE: return REF_NONE;
    case AST_CONST_TRUE: return REF_TRUE;
    case AST_CONST_FALSE: return REF_FALSE;
    case AST_CONST_ELLIPSIS: return REF_ELLIPSIS;
    case AST_CONST_INT: return int_from_i64(t, k->integer);
    case AST_CONST_BIGINT: return int_from_text(t, k->text->text, k->text->length, 0);
    case AST_CONST_FLOAT: return float_new(t, k->number);
    case AST_CONST_COMPLEX: return complex_new(t, 0, k->number);
    case AST_CONST_BYTES: return bytes_new(t, k->text->text, k->text->length);
    case AST_CONST_OBJECT: return ref_new(t, object_value(k->object));
    case AST_CONST_STR: break;
    }
    Ref s = str_from_wtf8(t, k->text->text, k->text->length);
    if (ref_is_null(s) || k->text->length > 64) return s;
    for (size_t i = 0; i < k->text->length; i++) { /* texts that look like names are interned, as attribute names come from them */
        char ch = k->text->text[i];
        if (!(ch == '_' || (ch >= '0' && ch <= '9') || (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z'))) return s;
    }
    return str_intern(t, s);
}

/* ---- names ----------------------------------------------------------------------------------------------------------------------------- */

Value ident_value(Compiler *c, AstStr *name) {
    while (c->idents.count <= name->index)
        if (!PUSH(c, c->idents, REF_NULL)) return VALUE_NONE;
    Ref *r = &c->idents.at[name->index];
    if (ref_is_null(*r)) {
        *r = str_from_wtf8(c->t, name->text, name->length);
        if (!ref_is_null(*r)) *r = str_intern(c->t, *r);
        if (!ok(c, *r)) return VALUE_NONE;
    }
    return ref_borrow(*r);
}

int name_index_value(Compiler *c, Value name) {
    Unit *u = c->unit;
    if (value_is_null(name)) c->failed = true; /* no memory to intern it */
    if (c->failed) return 0;
    Value found = dict_get_str(c->t, ref_borrow(u->name_index), name);
    if (!value_is_null(found)) return (int)value_int(found);
    if (!PUSH(c, u->names, name)) return 0;
    int i = (int)u->names.count - 1;
    if (dict_set(c->t, ref_borrow(u->name_index), name, small_int(i)) < 0) c->failed = true;
    return i;
}

static AstStr *mangle(Compiler *c, AstStr *name) {
    AstStr *m = symbols_mangle(c->names, c->unit->scope->private_name, name);
    if (m == NULL) {
        fail_memory(c);
        return name;
    }
    return m;
}

int name_index(Compiler *c, AstStr *name) { return name_index_value(c, ident_value(c, mangle(c, name))); }

int var_register(Unit *u, AstStr *mangled) {
    for (uint32_t i = 0; i < u->vars.count; i++)
        if (u->vars.at[i] == mangled) return (int)i;
    return -1;
}

int free_index(Unit *u, AstStr *mangled) {
    for (int i = 0; i < u->scope->frees.count; i++)
        if (u->scope->frees.items[i] == mangled) return i;
    return -1;
}

static bool classdict_visible(Compiler *c, int *index) {
    if (!c->unit->scope->can_see_class_scope) return false;
    AstStr *name = ast_intern(c->names, "__classdict__", 13);
    *index = name ? free_index(c->unit, name) : -1;
    return *index >= 0;
}

/* Where the name is; *index: register, free variable's number, or index of the name. */
Access resolve(Compiler *c, AstStr *name, int *index) {
    Unit *u = c->unit;
    AstStr *m = mangle(c, name);
    const Symbol *s = scope_lookup(u->scope, m);
    SymKind kind = s ? s->kind : SYMKIND_GLOBAL_IMPLICIT;
    int classdict;
    switch (kind) {
    case SYMKIND_CELL:
        *index = var_register(u, m);
        if (*index >= 0) return ACCESS_CELL;
        break;
    case SYMKIND_FREE:
        *index = free_index(u, m);
        if (*index < 0) break;
        if (u->scope->kind == SCOPE_CLASS) return ACCESS_CLASS_FREE;
        return classdict_visible(c, &classdict) && !(s->flags & SYM_BOUND) ? ACCESS_DICT_OR_FREE : ACCESS_FREE;
    case SYMKIND_LOCAL:
        if (!u->is_function) break;
        *index = var_register(u, m);
        if (*index >= 0) return ACCESS_FAST;
        break;
    case SYMKIND_GLOBAL_IMPLICIT:
        if (!u->is_function) break;
        *index = name_index_value(c, ident_value(c, m));
        return classdict_visible(c, &classdict) ? ACCESS_DICT_OR_GLOBAL : ACCESS_GLOBAL;
    case SYMKIND_GLOBAL_EXPLICIT:
        *index = name_index_value(c, ident_value(c, m));
        return ACCESS_GLOBAL;
    case SYMKIND_UNKNOWN: break;
    }
    *index = name_index_value(c, ident_value(c, m));
    return ACCESS_NAME;
}

bool forbidden_name(Compiler *c, Ast *node, AstStr *name, Ast_expr_context ctx) {
    if (name->length != 9 || memcmp(name->text, "__debug__", 9) != 0 || ctx == AST_Load) return false;
    fail(c, node, ctx == AST_Store ? "cannot assign to __debug__" : "cannot delete __debug__");
    return true;
}

void check_parameters(Compiler *c, Ast *node, Astarguments *args) {
    AstSeq lists[] = {args->posonlyargs, args->args, args->kwonlyargs};
    for (int i = 0; i < 3; i++) AST_EACH(a, lists[i]) forbidden_name(c, node, AST(arg, a)->arg, AST_Store);
    if (args->vararg) forbidden_name(c, node, AST(arg, args->vararg)->arg, AST_Store);
    if (args->kwarg) forbidden_name(c, node, AST(arg, args->kwarg)->arg, AST_Store);
}

bool awaits_allowed(const Compiler *c) {
    const Scope *scope = c->unit->scope;
    if (scope->kind == SCOPE_MODULE) return c->flags & COMPILE_TOP_LEVEL_AWAIT;
    return scope->kind == SCOPE_FUNCTION && scope->node->kind == AST_AsyncFunctionDef;
}

int fast_variable(Compiler *c, Ast *node) {
    if (node->kind != AST_Name || !c->unit->is_function) return -1;
    int index;
    return resolve(c, AST(Name, node)->id, &index) == ACCESS_FAST ? index : -1;
}

void check_bound(Compiler *c, int var) {
    Unit *u = c->unit;
    if (u->unreachable || u->bound[var]) return;
    emit(c, I_CHECK_BOUND, var, 0, 0);
    if (!u->unbindable[var]) u->bound[var] = 1;
}

void load_name(Compiler *c, AstStr *name, int dst) {
    int index, classdict;
    switch (resolve(c, name, &index)) {
    case ACCESS_FAST:
        check_bound(c, index);
        emit(c, I_COPY, dst, index, 0);
        return;
    case ACCESS_CELL: emit(c, I_LOAD_DEREF, dst, index, 0); return;
    case ACCESS_FREE: emit(c, I_LOAD_FREE, dst, index, 0); return;
    case ACCESS_CLASS_FREE: emit(c, I_LOAD_CLASSDEREF, dst, index, 0); return;
    case ACCESS_GLOBAL: emit(c, I_LOAD_GLOBAL, dst, 0, (uint32_t)index); return;
    case ACCESS_NAME: emit(c, I_LOAD_NAME, dst, 0, (uint32_t)index); return;
    case ACCESS_DICT_OR_FREE:
        classdict_visible(c, &classdict);
        emit(c, I_LOAD_FREE, dst, classdict, 0);
        emit(c, I_LOAD_FROM_DICT_OR_FREE, dst, index, 0);
        return;
    case ACCESS_DICT_OR_GLOBAL:
        classdict_visible(c, &classdict);
        emit(c, I_LOAD_FREE, dst, classdict, 0);
        emit(c, I_LOAD_FROM_DICT_OR_GLOBAL, dst, 0, (uint32_t)index);
        return;
    }
}

void store_name(Compiler *c, AstStr *name, int src) {
    int index;
    switch (resolve(c, name, &index)) {
    case ACCESS_FAST:
        if (src != index) emit(c, is_temp(c, src) ? I_MOVE : I_COPY, index, src, 0);
        if (!c->unit->unbindable[index]) c->unit->bound[index] = 1;
        return;
    case ACCESS_CELL: emit(c, I_STORE_DEREF, src, index, 0); return;
    case ACCESS_FREE:
    case ACCESS_CLASS_FREE:
    case ACCESS_DICT_OR_FREE: emit(c, I_STORE_FREE, src, index, 0); return;
    case ACCESS_GLOBAL:
    case ACCESS_DICT_OR_GLOBAL: emit(c, I_STORE_GLOBAL, src, 0, (uint32_t)index); return;
    case ACCESS_NAME: emit(c, I_STORE_NAME, src, 0, (uint32_t)index); return;
    }
}

void delete_name(Compiler *c, Ast *node, AstStr *name) {
    int index;
    if (forbidden_name(c, node, name, AST_Del)) return;
    switch (resolve(c, name, &index)) {
    case ACCESS_FAST:
        emit(c, I_CHECK_BOUND, index, 0, 0);
        emit(c, I_DROP, index, 0, 0);
        return;
    case ACCESS_CELL: emit(c, I_DELETE_DEREF, 0, index, 0); return;
    case ACCESS_FREE:
    case ACCESS_CLASS_FREE:
    case ACCESS_DICT_OR_FREE: emit(c, I_DELETE_FREE, 0, index, 0); return;
    case ACCESS_GLOBAL:
    case ACCESS_DICT_OR_GLOBAL: emit(c, I_DELETE_GLOBAL, 0, 0, (uint32_t)index); return;
    case ACCESS_NAME: emit(c, I_DELETE_NAME, 0, 0, (uint32_t)index); return;
    }
}

/* ---- nesting -------------------------------------------------------------------------------------------------------------------------------- */

void nest(Compiler *c, Ast *node) {
    if (++c->unit->nesting > MAX_NESTING) fail(c, node, "too many statically nested blocks");
}
void unnest(Compiler *c) { c->unit->nesting--; }

/* ---- protected ranges -------------------------------------------------------------------------------------------------------------------- */

void block_push(Compiler *c, Block *b, BlockKind kind, int reg) {
    *b = (Block){.outer = c->unit->block, .kind = kind, .reg = reg, .open_at = -1, .nesting = c->unit->nesting};
    c->unit->block = b;
}
void block_protect(Compiler *c, Block *b) {
    b->protects = true;
    b->open_at = (int32_t)here(c);
}
void block_suspend(Compiler *c, Block *b) {
    if (!b->protects || b->open_at < 0) return;
    if ((uint32_t)b->open_at < here(c)) {
        Segment *s = ARENA_NEW(c->arena, Segment), **end = &b->covered;
        if (s == NULL) {
            fail_memory(c);
            return;
        }
        *s = (Segment){(uint32_t)b->open_at, here(c), NULL};
        while (*end) end = &(*end)->next;
        *end = s;
    }
    b->open_at = -1;
}
void block_pop(Compiler *c, Block *b) {
    block_suspend(c, b);
    c->unit->block = b->outer;
}
void block_cover(Compiler *c, Block *b, int32_t target, int depth, int kind) {
    for (Segment *s = b->covered; s; s = s->next)
        PUSH(c, c->unit->exc, (ExcEntry){s->start, s->end, (uint32_t)target, (uint16_t)depth, (uint8_t)kind});
    b->covered = NULL;
}

/* ---- units ---------------------------------------------------------------------------------------------------------------------------------- */

static void add_var(Compiler *c, Unit *u, AstStr *name) { PUSH(c, u->vars, name); }

static Ref unit_qualname(Compiler *c, Unit *u) {
    Unit *outer = u->outer;
    while (outer && (outer->scope->kind == SCOPE_TYPE_PARAMS)) outer = outer->outer; /* they leave no trace in names */
    Value name = ref_borrow(u->name);
    if (outer == NULL || outer->scope->kind == SCOPE_MODULE) return ref_new(c->t, name);
    /* a function or class that its scope declares global isn't nested in it */
    if (u->scope->node && (u->scope->kind == SCOPE_CLASS || u->scope->node->kind == AST_FunctionDef || u->scope->node->kind == AST_AsyncFunctionDef)) {
        AstStr *m = symbols_mangle(c->names, outer->scope->private_name, u->scope->name);
        const Symbol *s = m ? scope_lookup(outer->scope, m) : NULL;
        if (s && s->kind == SYMKIND_GLOBAL_EXPLICIT) return ref_new(c->t, name);
    }
    return str_format(c->t, outer->scope->kind == SCOPE_CLASS || outer->scope->comprehension ? "%V.%V" : "%V.<locals>.%V", ref_borrow(outer->qualname), name);
}

static bool is_unbindable(Unit *u, AstStr *name) {
    const Symbol *s = scope_lookup(u->scope, name);
    return s == NULL || s->kind != SYMKIND_LOCAL || (s->flags & SYM_UNBOUND);
}

bool unit_enter(Compiler *c, Scope *scope, Value name, int first_line) {
    Unit *u = mem_zalloc(sizeof *u);
    if (c->failed || u == NULL || scope == NULL) {
        mem_free(u);
        if (!c->failed && scope == NULL) err_set(c->t, E_SystemError, "no symbol table for a scope");
        else if (!c->failed) fail_memory(c);
        c->failed = true;
        return false;
    }
    u->outer = c->unit;
    u->scope = scope;
    u->name = ref_new(c->t, name);
    u->first_line = first_line;
    u->is_function = scope_is_function_like(scope->kind);
    u->class_cell = u->classdict_cell = -1;
    u->str_consts = dict_new(c->t);
    u->name_index = dict_new(c->t);
    c->unit = u;
    ok(c, u->str_consts);
    ok(c, u->name_index);
    u->qualname = unit_qualname(c, u);
    ok(c, u->qualname);
    for (int i = 0; i < scope->params.count; i++) add_var(c, u, scope->params.items[i]);
    u->params = scope->params.count;
    if (u->is_function)
        for (int i = 0; i < scope->locals.count; i++) add_var(c, u, scope->locals.items[i]);
    u->nlocals = (int)u->vars.count;
    for (int i = 0; i < scope->cells.count; i++)
        if (var_register(u, scope->cells.items[i]) < 0) add_var(c, u, scope->cells.items[i]);
    if (scope->kind == SCOPE_CLASS) {
        struct { bool needed; const char *name; int *reg; } implicit[] = {{scope->needs_class_closure, "__class__", &u->class_cell},
                                                                         {scope->needs_class_dict, "__classdict__", &u->classdict_cell}};
        for (int i = 0; i < 2; i++) {
            if (!implicit[i].needed) continue;
            AstStr *s = ast_intern(c->names, implicit[i].name, strlen(implicit[i].name));
            if (s == NULL) {
                fail_memory(c);
                break;
            }
            if (var_register(u, s) < 0) add_var(c, u, s);
            *implicit[i].reg = var_register(u, s);
        }
    }
    int n = (int)u->vars.count;
    u->first_temp = u->next_temp = u->max_regs = n;
    u->var_kinds = arena_zalloc(c->arena, (size_t)n + 1);
    u->unbindable = arena_zalloc(c->arena, (size_t)n + 1);
    u->bound = arena_zalloc(c->arena, (size_t)n + 1);
    if (!u->var_kinds || !u->unbindable || !u->bound) fail_memory(c);
    if (c->failed) return true; /* unit_leave cleans up */
    bool module = scope->kind == SCOPE_MODULE;
    c->pos = (CodePosition){0, module ? 0 : first_line, module ? 1 : first_line, 0, 0};
    emit(c, I_RESUME, 0, 0, 0);
    c->pos = (CodePosition){0, first_line, first_line, 0, 0};
    for (int i = 0; i < n; i++) {
        const Symbol *s = scope_lookup(scope, u->vars.at[i]);
        bool cell = (s && s->kind == SYMKIND_CELL) || i == u->class_cell || i == u->classdict_cell;
        if (cell) {
            u->var_kinds[i] = VAR_CELL;
            at_nowhere(c);
            emit(c, I_MAKE_CELL, i, 0, 0);
        }
        u->unbindable[i] = cell || is_unbindable(u, u->vars.at[i]);
        u->bound[i] = i < u->params && !u->unbindable[i];
    }
    if (u->is_function) u->flags |= CO_OPTIMIZED | CO_NEWLOCALS | (scope->nested ? CO_NESTED : 0);
    if (u->is_function) {
        if (scope->generator && scope->coroutine) u->flags |= CO_ASYNC_GENERATOR;
        else if (scope->generator) u->flags |= CO_GENERATOR;
        else if (scope->coroutine) u->flags |= CO_COROUTINE;
        if (scope->varargs) u->flags |= CO_VARARGS;
        if (scope->varkeywords) u->flags |= CO_VARKEYWORDS;
    }
    u->flags |= c->symbols.future & FUTURE_MASK;
    return true;
}

static Ref assemble(Compiler *c) {
    Unit *u = c->unit;
    Value *consts = arena_alloc(c->arena, (u->consts.count + 1) * sizeof(Value));
    Value *vars = arena_alloc(c->arena, (u->vars.count + 1) * sizeof(Value));
    Value *frees = arena_alloc(c->arena, ((size_t)u->scope->frees.count + 1) * sizeof(Value));
    if (!consts || !vars || !frees) {
        fail_memory(c);
        return REF_NULL;
    }
    for (uint32_t i = 0; i < u->consts.count; i++) consts[i] = ref_borrow(u->consts.at[i]);
    for (uint32_t i = 0; i < u->vars.count; i++) vars[i] = ident_value(c, u->vars.at[i]);
    for (int i = 0; i < u->scope->frees.count; i++) frees[i] = ident_value(c, u->scope->frees.items[i]);
    if (c->failed) return REF_NULL;
    uint32_t position_count;
    CodePosition *positions = lines_finish(c, &position_count);
    if (c->failed) return REF_NULL;
    CodeSpec spec = {
        .instr = u->instr.at, .size = u->instr.count, .consts = consts, .const_count = u->consts.count,
        .names = u->names.at, .name_count = u->names.count, .var_names = vars, .var_kinds = u->var_kinds,
        .free_names = frees, .nfree = (uint16_t)u->scope->frees.count, .exc = u->exc.at, .exc_count = u->exc.count,
        .positions = positions, .position_count = position_count, .flags = u->flags,
        .argcount = (uint16_t)u->argcount, .posonly = (uint16_t)u->posonly, .kwonly = (uint16_t)u->kwonly,
        .nlocals = (uint16_t)u->nlocals, .first_temp = (uint16_t)u->first_temp, .nregs = (uint16_t)u->max_regs,
        .first_line = u->first_line, .name = ref_borrow(u->name), .qualname = ref_borrow(u->qualname), .filename = c->filename,
    };
    Ref code = code_new(c->t, &spec);
    ok(c, code);
    return code;
}

Ref unit_leave(Compiler *c) {
    Unit *u = c->unit;
    Ref code = c->failed ? REF_NULL : assemble(c);
    for (uint32_t i = 0; i < u->consts.count; i++) ref_drop(c->t, u->consts.at[i]);
    ref_drop(c->t, u->name);
    ref_drop(c->t, u->qualname);
    ref_drop(c->t, u->str_consts);
    ref_drop(c->t, u->name_index);
    mem_free(u->instr.at);
    mem_free(u->positions.at);
    mem_free(u->fixups.at);
    mem_free(u->exc.at);
    mem_free(u->consts.at);
    mem_free(u->names.at);
    mem_free(u->word_consts.at);
    mem_free(u->vars.at);
    c->unit = u->outer;
    mem_free(u);
    return code;
}
