/* Symbol tables: scopes, their names, and the analysis that finds where each name lives. */
#include "vm/symbols_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- errors ---- */

bool symbols_no_memory(Builder *b) {
    b->table->error = (SourceError){.kind = ERROR_MEMORY};
    return false;
}

bool symbols_error(Builder *b, const Ast *node, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *message = arena_alloc(b->arena, (size_t)size + 1);
    if (message) vsnprintf(message, (size_t)size + 1, format, again);
    va_end(again);
    if (!message) return symbols_no_memory(b);
    b->table->error = (SourceError){.kind = ERROR_SYNTAX,
                                    .message = message,
                                    .lineno = node->lineno,
                                    .offset = node->col_offset + 1,
                                    .end_lineno = node->end_lineno,
                                    .end_offset = node->end_col_offset + 1};
    return false;
}

/* ---- names ---- */

/* Private names begin with two underscores and don't end so; dots (imports) keep a name as it is. */
AstStr *symbols_mangle(AstNames *names, const AstStr *private_name, AstStr *name) {
    if (!private_name || name->length < 2 || name->text[0] != '_' || name->text[1] != '_') return name;
    if (!strcmp(name->text + name->length - 2, "__") || strchr(name->text, '.')) return name;
    const char *cls = private_name->text;
    while (*cls == '_') cls++;
    if (!*cls) return name;
    char few[128], *text = few;
    size_t cls_length = strlen(cls), length = 1 + cls_length + name->length;
    if (length > sizeof few && !(text = arena_alloc(names->arena, length))) return NULL;
    text[0] = '_';
    memcpy(text + 1, cls, cls_length);
    memcpy(text + 1 + cls_length, name->text, name->length);
    return ast_intern(names, text, length);
}

static uint32_t slot_of(const SymbolMap *map, const AstStr *name) { return name->index * 2654435761u & (map->size - 1); }

static Symbol *lookup(const Scope *scope, const AstStr *name) {
    const SymbolMap *map = scope->map;
    if (!map->size) return NULL;
    for (uint32_t at = slot_of(map, name); map->slots[at]; at = (at + 1) & (map->size - 1)) {
        Symbol *symbol = &scope->symbols[map->slots[at] - 1];
        if (symbol->name == name) return symbol;
    }
    return NULL;
}

const Symbol *scope_lookup(const Scope *scope, const AstStr *name) { return lookup(scope, name); }

static void map_put(SymbolMap *map, const AstStr *name, int32_t position) {
    uint32_t at = slot_of(map, name);
    while (map->slots[at]) at = (at + 1) & (map->size - 1);
    map->slots[at] = position + 1;
}

/* Doubles the room for symbols and the map over them. */
static bool grow(Arena *arena, Scope *scope) {
    SymbolMap *map = scope->map;
    int32_t capacity = map->capacity ? map->capacity * 2 : 8;
    Symbol *symbols = arena_alloc(arena, capacity * sizeof *symbols);
    int32_t *slots = arena_zalloc(arena, 2 * capacity * sizeof *slots);
    if (!symbols || !slots) return false;
    if (scope->symbol_count) memcpy(symbols, scope->symbols, scope->symbol_count * sizeof *symbols);
    scope->symbols = symbols;
    *map = (SymbolMap){slots, 2 * capacity, capacity};
    for (int32_t i = 0; i < scope->symbol_count; i++) map_put(map, symbols[i].name, i);
    return true;
}

/* A new symbol; the scope must not have it. */
static Symbol *append(Arena *arena, Scope *scope, AstStr *name) {
    if (scope->symbol_count == scope->map->capacity && !grow(arena, scope)) return NULL;
    map_put(scope->map, name, scope->symbol_count);
    Symbol *symbol = &scope->symbols[scope->symbol_count++];
    *symbol = (Symbol){.name = name};
    return symbol;
}

static bool append_name(Arena *arena, NameList *list, AstStr *name) {
    if (!(list->count & (list->count - 1))) { /* full at 0 and each power of two */
        AstStr **items = arena_alloc(arena, (list->count ? list->count * 2 : 1) * sizeof *items);
        if (!items) return false;
        if (list->count) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items;
    }
    list->items[list->count++] = name;
    return true;
}

bool scope_flags(Builder *b, Scope *scope, AstStr *name, uint32_t *flags) {
    AstStr *mangled = symbols_mangle(b->names, b->private_name, name);
    if (!mangled) return symbols_no_memory(b);
    const Symbol *symbol = lookup(scope, mangled);
    *flags = symbol ? symbol->flags : 0;
    return true;
}

bool scope_add(Builder *b, Scope *scope, AstStr *name, uint32_t flags, const Ast *node) {
    AstStr *mangled = symbols_mangle(b->names, b->private_name, name);
    if (!mangled) return symbols_no_memory(b);
    Symbol *symbol = lookup(scope, mangled);
    if (symbol) {
        if (flags & symbol->flags & SYM_PARAM)
            return symbols_error(b, node, "duplicate argument '%s' in function definition", name->text);
        if (flags & symbol->flags & SYM_TYPE_PARAM) return symbols_error(b, node, "duplicate type parameter '%s'", name->text);
    } else if (!(symbol = append(b->arena, scope, mangled))) {
        return symbols_no_memory(b);
    }
    symbol->flags |= flags;
    if (scope->comp_iter_target) {
        if (symbol->flags & (SYM_GLOBAL | SYM_NONLOCAL))
            return symbols_error(b, node, "comprehension inner loop cannot rebind assignment expression target '%s'", name->text);
        symbol->flags |= SYM_COMP_ITER;
    }
    if (flags & SYM_PARAM) return append_name(b->arena, &scope->params, mangled) || symbols_no_memory(b);
    if (flags & SYM_GLOBAL && scope != b->table->top) {
        /* The module knows of it too. */
        Symbol *global = lookup(b->table->top, mangled);
        if (!global && !(global = append(b->arena, b->table->top, mangled))) return symbols_no_memory(b);
        global->flags |= flags;
    }
    return true;
}

bool scope_add_directive(Builder *b, AstStr *name, const Ast *node) {
    Directive *directive = ARENA_NEW(b->arena, Directive);
    AstStr *mangled = symbols_mangle(b->names, b->private_name, name);
    if (!directive || !mangled) return symbols_no_memory(b);
    *directive = (Directive){b->scope, mangled, node, NULL};
    Directive **at = &b->directives;
    while (*at) at = &(*at)->next;
    *at = directive;
    return true;
}

/* ---- scopes ---- */

/* Scopes by node and role. */
struct ScopeMap {
    struct {
        const Ast *node;
        ScopeRole role;
        Scope *scope;
    } *slots;
    uint32_t size, count;
};

typedef struct ScopeMap ScopeMap;

static uint32_t scope_slot(const ScopeMap *map, const Ast *node, ScopeRole role) {
    uint64_t key = ((uintptr_t)node >> 3) * 2 + role;
    return (uint32_t)(key * 0x9E3779B97F4A7C15u >> 32) & (map->size - 1);
}

static void map_scope(ScopeMap *map, const Ast *node, ScopeRole role, Scope *scope) {
    uint32_t at = scope_slot(map, node, role);
    while (map->slots[at].scope) at = (at + 1) & (map->size - 1);
    map->slots[at].node = node;
    map->slots[at].role = role;
    map->slots[at].scope = scope;
    map->count++;
}

static bool remember_scope(Builder *b, const Ast *node, ScopeRole role, Scope *scope) {
    ScopeMap *map = b->table->scopes;
    if (map->count * 2 >= map->size) {
        ScopeMap old = *map;
        map->size = old.size ? old.size * 2 : 16;
        map->count = 0;
        map->slots = arena_zalloc(b->arena, map->size * sizeof *map->slots);
        if (!map->slots) return false;
        for (uint32_t i = 0; i < old.size; i++)
            if (old.slots[i].scope) map_scope(map, old.slots[i].node, old.slots[i].role, old.slots[i].scope);
    }
    map_scope(map, node, role, scope);
    return true;
}

Scope *symbols_scope(const SymbolTable *table, const Ast *node, ScopeRole role) {
    const ScopeMap *map = table->scopes;
    if (!map->size) return NULL;
    for (uint32_t at = scope_slot(map, node, role); map->slots[at].scope; at = (at + 1) & (map->size - 1))
        if (map->slots[at].node == node && map->slots[at].role == role) return map->slots[at].scope;
    return NULL;
}

bool scope_enter(Builder *b, ScopeKind kind, AstStr *name, Ast *node, ScopeRole role) {
    Scope *scope = ARENA_NEW(b->arena, Scope), *parent = b->scope;
    if (!scope || !(scope->map = ARENA_NEW(b->arena, SymbolMap))) return symbols_no_memory(b);
    scope->kind = kind;
    scope->name = name;
    scope->node = node;
    scope->private_name = b->private_name;
    scope->parent = parent;
    if (parent) {
        scope->nested = parent->nested || scope_is_function_like(parent->kind);
        scope->comp_iter_depth = parent->comp_iter_depth;
    }
    b->scope = scope;
    /* Annotations that stay text have a scope only while they're checked. */
    if (kind == SCOPE_ANNOTATION) return true;
    if (parent && parent->last_child) parent->last_child->next_sibling = scope;
    else if (parent) parent->first_child = scope;
    if (parent) parent->last_child = scope;
    return remember_scope(b, node, role, scope) || symbols_no_memory(b);
}

void scope_leave(Builder *b) { b->scope = b->scope->parent; }

/* ---- analysis ---- */

/* What a name means to the scopes inside: the state of the walk from the module inwards. */
typedef enum Outer { OUTER_NONE, OUTER_BOUND, OUTER_GLOBAL } Outer;

typedef struct Change {
    uint32_t index;
    Outer before;
} Change;

typedef struct Analysis {
    Builder *b;
    uint8_t *outer;  /* Outer by a name's index */
    uint32_t *stamp; /* the last scope whose set of free names got this name */
    uint32_t serial;
    Change *changes; /* a stack, to undo what inner scopes did to `outer` */
    int32_t change_count, change_capacity;
} Analysis;

static bool set_outer(Analysis *a, const AstStr *name, Outer outer) {
    if (a->outer[name->index] == outer) return true;
    if (a->change_count == a->change_capacity) {
        int32_t capacity = a->change_capacity ? a->change_capacity * 2 : 64;
        Change *more = arena_alloc(a->b->arena, capacity * sizeof *more);
        if (!more) return symbols_no_memory(a->b);
        if (a->change_count) memcpy(more, a->changes, a->change_count * sizeof *more);
        a->changes = more;
        a->change_capacity = capacity;
    }
    a->changes[a->change_count++] = (Change){name->index, a->outer[name->index]};
    a->outer[name->index] = outer;
    return true;
}

static bool directive_error(Analysis *a, const Scope *scope, const AstStr *name, const char *format) {
    for (Directive *d = a->b->directives; d; d = d->next)
        if (d->scope == scope && d->name == name) return symbols_error(a->b, d->node, format, name->text);
    return symbols_error(a->b, scope->node, format, name->text);
}

/* Type-parameter scopes right inside a class see its names first; the compiler reads them by way of `__classdict__`. */
static bool resolve_in_class(const Scope *scope, Symbol *symbol) {
    const Scope *cls = scope;
    while (cls && cls->kind != SCOPE_CLASS) cls = cls->parent;
    const Symbol *own = cls ? lookup(cls, symbol->name) : NULL;
    if (!own) return false;
    if (own->flags & SYM_GLOBAL) symbol->kind = SYMKIND_GLOBAL_EXPLICIT;
    else if (own->flags & SYM_BOUND && !(own->flags & SYM_NONLOCAL)) symbol->kind = SYMKIND_GLOBAL_IMPLICIT;
    return symbol->kind != SYMKIND_UNKNOWN;
}

/* One name of one scope, by its flags and what it means outside. */
static bool resolve(Analysis *a, Scope *scope, Symbol *symbol) {
    Outer outer = a->outer[symbol->name->index];
    if (symbol->flags & SYM_GLOBAL) {
        if (symbol->flags & SYM_NONLOCAL) return directive_error(a, scope, symbol->name, "name '%s' is nonlocal and global");
        symbol->kind = SYMKIND_GLOBAL_EXPLICIT;
    } else if (symbol->flags & SYM_NONLOCAL) {
        if (!scope->parent) return directive_error(a, scope, symbol->name, "nonlocal declaration not allowed at module level%.0s");
        if (outer != OUTER_BOUND) return directive_error(a, scope, symbol->name, "no binding for nonlocal '%s' found");
        symbol->kind = SYMKIND_FREE;
        scope->has_free = true;
    } else if (symbol->flags & SYM_BOUND) {
        symbol->kind = SYMKIND_LOCAL;
    } else if (scope->can_see_class_scope && resolve_in_class(scope, symbol)) {
        return true;
    } else if (outer == OUTER_BOUND) {
        symbol->kind = SYMKIND_FREE;
        scope->has_free = true;
    } else {
        symbol->kind = SYMKIND_GLOBAL_IMPLICIT;
        if (outer != OUTER_GLOBAL && scope->nested) scope->has_free = true;
    }
    return true;
}

/* What the names of a scope mean to the scopes inside. A class shows them nothing but `__class__`. */
static bool publish(Analysis *a, const Scope *scope) {
    if (scope->kind == SCOPE_CLASS)
        return set_outer(a, a->b->class_name, OUTER_BOUND) && set_outer(a, a->b->class_dict_name, OUTER_BOUND);
    for (int32_t i = 0; i < scope->symbol_count; i++) {
        const Symbol *symbol = &scope->symbols[i];
        Outer outer;
        if (symbol->kind == SYMKIND_GLOBAL_EXPLICIT && symbol->flags & SYM_GLOBAL) outer = OUTER_GLOBAL;
        else if (symbol->kind == SYMKIND_LOCAL) outer = scope_is_function_like(scope->kind) ? OUTER_BOUND : OUTER_NONE;
        else continue;
        if (!set_outer(a, symbol->name, outer)) return false;
    }
    return true;
}

/* Settles the names that inner scopes want from this one or beyond it, and adds those from beyond to `free`. */
static bool settle(Analysis *a, Scope *scope, const NameList *wanted, NameList *free) {
    for (int32_t i = 0; i < wanted->count; i++) {
        AstStr *name = wanted->items[i];
        Symbol *symbol = lookup(scope, name);
        if (symbol && symbol->kind == SYMKIND_LOCAL && scope_is_function_like(scope->kind)) {
            symbol->kind = SYMKIND_CELL;
            continue;
        }
        if (scope->kind == SCOPE_CLASS && name == a->b->class_name) {
            scope->needs_class_closure = true;
            continue;
        }
        if (scope->kind == SCOPE_CLASS && name == a->b->class_dict_name) {
            scope->needs_class_dict = true;
            continue;
        }
        if (!symbol) {
            if (!(symbol = append(a->b->arena, scope, name))) return symbols_no_memory(a->b);
            symbol->kind = SYMKIND_FREE;
        } else if (scope->kind == SCOPE_CLASS && symbol->flags & (SYM_BOUND | SYM_GLOBAL)) {
            symbol->flags |= SYM_FREE_CLASS;
        }
        if (symbol->kind != SYMKIND_FREE && !append_name(a->b->arena, free, name)) return symbols_no_memory(a->b);
    }
    for (int32_t i = 0; i < scope->symbol_count; i++)
        if (scope->symbols[i].kind == SYMKIND_FREE && !append_name(a->b->arena, free, scope->symbols[i].name))
            return symbols_no_memory(a->b);
    return true;
}

/* Resolves a scope and all inside. `free` gets the names that it wants from outside, each once. */
static bool analyze(Analysis *a, Scope *scope, NameList *free) {
    int32_t change_base = a->change_count;
    for (int32_t i = 0; i < scope->symbol_count; i++)
        if (!resolve(a, scope, &scope->symbols[i])) return false;
    if (!publish(a, scope)) return false;
    NameList wanted = {0};
    for (Scope *child = scope->first_child; child; child = child->next_sibling) {
        NameList child_free = {0};
        if (!analyze(a, child, &child_free)) return false;
        scope->child_free |= child->has_free | child->child_free;
        for (int32_t i = 0; i < child_free.count; i++)
            if (!append_name(a->b->arena, &wanted, child_free.items[i])) return symbols_no_memory(a->b);
    }
    /* Each once: the stamps of inner scopes are older. */
    uint32_t serial = ++a->serial;
    int32_t kept = 0;
    for (int32_t i = 0; i < wanted.count; i++) {
        uint32_t *stamp = &a->stamp[wanted.items[i]->index];
        if (*stamp != serial) wanted.items[kept++] = wanted.items[i];
        *stamp = serial;
    }
    wanted.count = kept;
    while (a->change_count > change_base) {
        Change *change = &a->changes[--a->change_count];
        a->outer[change->index] = change->before;
    }
    return settle(a, scope, &wanted, free);
}

/* ---- the lists that the compiler reads ---- */

static int by_text(const void *a, const void *b) { return strcmp((*(AstStr *const *)a)->text, (*(AstStr *const *)b)->text); }

static bool list_names(Builder *b, Scope *scope) {
    for (int32_t i = 0; i < scope->symbol_count; i++) {
        const Symbol *symbol = &scope->symbols[i];
        NameList *list = symbol->kind == SYMKIND_CELL                                     ? &scope->cells
                         : symbol->kind == SYMKIND_FREE || symbol->flags & SYM_FREE_CLASS ? &scope->frees
                         : symbol->kind == SYMKIND_LOCAL && !(symbol->flags & SYM_PARAM)  ? &scope->locals
                                                                                          : NULL;
        if (list && !append_name(b->arena, list, symbol->name)) return symbols_no_memory(b);
    }
    if (scope->cells.count) qsort(scope->cells.items, scope->cells.count, sizeof(AstStr *), by_text);
    if (scope->frees.count) qsort(scope->frees.items, scope->frees.count, sizeof(AstStr *), by_text);
    for (Scope *child = scope->first_child; child; child = child->next_sibling)
        if (!list_names(b, child)) return false;
    return true;
}

/* ---- the way in ---- */

bool symbols_build(SymbolTable *table, Arena *arena, AstNames *names, Ast *tree, unsigned future) {
    *table = (SymbolTable){.arena = arena, .names = names, .future = future};
    Builder b = {.table = table, .arena = arena, .names = names};
    AstStr *top = ast_intern(names, "top", 3);
    b.class_name = ast_intern(names, "__class__", 9);
    b.class_dict_name = ast_intern(names, "__classdict__", 13);
    b.super_name = ast_intern(names, "super", 5);
    table->scopes = ARENA_NEW(arena, ScopeMap);
    if (arena->failed) return symbols_no_memory(&b);
    if (!future_scan(&b, tree)) return false;
    if (!scope_enter(&b, SCOPE_MODULE, top, tree, SCOPE_ROLE_BODY)) return false;
    table->top = b.scope;
    if (!symbols_walk(&b, tree)) return false;

    Analysis a = {.b = &b, .outer = arena_zalloc(arena, names->count + 1), .stamp = arena_zalloc(arena, (names->count + 1) * sizeof(uint32_t))};
    NameList free = {0};
    if (!a.outer || !a.stamp) return symbols_no_memory(&b);
    return analyze(&a, table->top, &free) && list_names(&b, table->top);
}
