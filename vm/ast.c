#include "vm/ast.h"

/* ---- the tables of ast.def ---- */

#define FIELD(name, type, kind, optional, holey, is_new)                                           \
    {#name, type, kind, optional, holey, is_new, offsetof(Here, name)},
#define ONE(sum, name) FIELD(name, #sum, AST_FIELD_NODE, 0, 0, 0)
#define MAYBE(sum, name) FIELD(name, #sum, AST_FIELD_NODE, 1, 0, 0)
#define MANY(sum, name) FIELD(name, #sum, AST_FIELD_NODES, 0, 0, 0)
#define HOLEY(sum, name) FIELD(name, #sum, AST_FIELD_NODES, 0, 1, 0)
#define NEW(sum, name) FIELD(name, #sum, AST_FIELD_NODES, 0, 0, 1)
#define IDENT(name) FIELD(name, "identifier", AST_FIELD_IDENT, 0, 0, 0)
#define MAYBE_IDENT(name) FIELD(name, "identifier", AST_FIELD_IDENT, 1, 0, 0)
#define IDENTS(name) FIELD(name, "identifier", AST_FIELD_IDENTS, 0, 0, 0)
#define STRING(name) FIELD(name, "string", AST_FIELD_STRING, 0, 0, 0)
#define MAYBE_STRING(name) FIELD(name, "string", AST_FIELD_STRING, 1, 0, 0)
#define CONST(name) FIELD(name, "constant", AST_FIELD_CONST, 0, 0, 0)
#define INT(name) FIELD(name, "int", AST_FIELD_INT, 0, 0, 0)
#define MAYBE_INT(name) FIELD(name, "int", AST_FIELD_INT, 1, 0, 0)
#define ENUM(type, name) FIELD(name, #type, AST_FIELD_ENUM, 0, 0, 0)
#define ENUMS(type, name) FIELD(name, #type, AST_FIELD_ENUMS, 0, 0, 0)

const AstInfo *ast_info(AstKind kind) {
    switch (kind) {
#define AST_NODE(name, sum, fields)                                                                \
    case AST_##name: {                                                                             \
        typedef Ast##name Here;                                                                    \
        static const AstField table[] = {fields{0}};                                               \
        static const AstInfo info = {#name, AST_SUM_##sum, sizeof(Here),                           \
                                     sizeof table / sizeof *table - 1, table};                     \
        return &info;                                                                              \
    }
#include "vm/ast.def"
    case AST_KIND_COUNT:
        break;
    }
    return NULL;
}

const char *const ast_sum_names[AST_SUM_COUNT] = {
#define AST_SUM(sum, has_position) #sum,
#include "vm/ast.def"
};

const bool ast_sum_has_position[AST_SUM_COUNT] = {
#define AST_SUM(sum, has_position) has_position,
#include "vm/ast.def"
};

const char *const *ast_enum_names(const char *type, int *count) {
#define V(name) #name,
#define AST_ENUM(sum, names)                                                                       \
    static const char *const sum##_names[] = {names};                                              \
    if (!strcmp(type, #sum)) return *count = AST_##sum##_count, sum##_names;
#include "vm/ast.def"
#undef V
    return NULL;
}

/* ---- nodes and texts ---- */

static const uint16_t node_size[] = {
#define AST_NODE(name, sum, fields) sizeof(Ast##name),
#include "vm/ast.def"
};

Ast *ast_new(Arena *arena, AstKind kind) {
    Ast *node = arena_zalloc(arena, node_size[kind]);
    if (node) node->kind = kind;
    return node;
}

AstStr *ast_str(Arena *arena, const char *text, size_t length) {
    AstStr *s = arena_alloc(arena, sizeof *s + length + 1);
    if (!s) return NULL;
    s->index = AST_NO_INDEX;
    s->hash = 0;
    s->length = length;
    if (length) memcpy(s->text, text, length);
    s->text[length] = 0;
    return s;
}

/* ---- identifiers ---- */

static uint32_t hash_of(const char *text, size_t length) { /* FNV-1a */
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < length; i++) h = (h ^ (uint8_t)text[i]) * 16777619u;
    return h;
}

static bool names_grow(AstNames *names) {
    uint32_t size = names->size ? names->size * 2 : 64;
    AstStr **slots = arena_zalloc(names->arena, size * sizeof *slots);
    if (!slots) return false;
    for (uint32_t i = 0; i < names->size; i++) {
        AstStr *s = names->slots[i];
        if (!s) continue;
        uint32_t at = s->hash & (size - 1);
        while (slots[at]) at = (at + 1) & (size - 1);
        slots[at] = s;
    }
    names->slots = slots;
    names->size = size;
    return true;
}

AstStr *ast_intern(AstNames *names, const char *text, size_t length) {
    if (names->count * 2 >= names->size && !names_grow(names)) return NULL;
    uint32_t hash = hash_of(text, length);
    uint32_t at = hash & (names->size - 1);
    for (AstStr *s; (s = names->slots[at]); at = (at + 1) & (names->size - 1))
        if (s->hash == hash && s->length == length && !memcmp(s->text, text, length)) return s;
    AstStr *s = ast_str(names->arena, text, length);
    if (!s) return NULL;
    s->hash = hash;
    s->index = names->count++;
    return names->slots[at] = s;
}
