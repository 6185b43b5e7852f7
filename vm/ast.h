/* The abstract syntax tree: what the parser makes, and symbols, the compiler and the `ast` module read.
 *
 * Every node starts with an `Ast` header (kind and position) and is one of the structs that ast.def
 * declares: kind AST_BinOp has the struct AstBinOp, reached by AST(BinOp, node). All nodes, lists and
 * strings of a tree live in the parser's arena: nothing is freed singly. The tree holds no objects of the
 * interpreter, so it may be made and read by any thread in any state, by one at a time.
 *
 * Positions are CPython's: lines count from 1, columns are byte offsets in the UTF-8 source line, from 0.
 * Nodes of sums without positions (mod, comprehension, arguments, withitem, match_case, type_ignore) have zeros.
 *
 * Depth: the parser limits the nesting of what it enters recursively, but `a+b+c+...` or `a.b.c...` is a
 * chain of left children as long as the source, and an elif chain one of `orelse` lists. symbols_build()
 * walks everything and refuses a tree deeper than its limit with CPython's RecursionError, so whoever
 * comes after it may recurse. Whoever comes before it must count the depth, or walk with a stack of its own.
 */
#ifndef WEFT_VM_AST_H
#define WEFT_VM_AST_H

#include <assert.h>
#include "vm/arena.h"

/* ---- strings and constants ---- */

/* A text in the arena, UTF-8 (a lone surrogate as its three bytes), with a NUL after it. Identifiers are
 * interned per tree: two are equal if and only if their pointers are. `index` numbers a tree's identifiers from 0,
 * so that a side table is a plain array; other texts have AST_NO_INDEX there. */
typedef struct AstStr {
    uint32_t index;
    uint32_t hash;
    size_t length;
    char text[];
} AstStr;

#define AST_NO_INDEX UINT32_MAX

typedef enum AstConstKind {
    AST_CONST_NONE,
    AST_CONST_TRUE,
    AST_CONST_FALSE,
    AST_CONST_ELLIPSIS,
    AST_CONST_INT,     /* `integer`: it fits int64_t */
    AST_CONST_BIGINT,  /* `text`: the literal without underscores, with its 0x, 0o or 0b */
    AST_CONST_FLOAT,   /* `number` */
    AST_CONST_COMPLEX, /* `number`: the imaginary part; the real one is zero */
    AST_CONST_STR,     /* `text` */
    AST_CONST_BYTES,   /* `text`: any bytes */
    AST_CONST_OBJECT,  /* `object`: an opaque handle of whoever built the tree; the parser makes none */
} AstConstKind;

typedef struct AstConst {
    AstConstKind kind;
    union {
        int64_t integer;
        double number;
        AstStr *text;
        void *object;
    };
} AstConst;

/* ---- sums without fields: AST_Load, AST_Add ... ---- */

#define V(name) AST_##name,
#define AST_ENUM(type, names) typedef enum { names AST_##type##_count } Ast_##type;
#include "vm/ast.def"
#undef V

/* ---- nodes ---- */

typedef enum AstKind {
#define AST_NODE(name, sum, fields) AST_##name,
#include "vm/ast.def"
    AST_KIND_COUNT
} AstKind;

typedef enum AstSum {
#define AST_SUM(sum, has_position) AST_SUM_##sum,
#include "vm/ast.def"
    AST_SUM_COUNT
} AstSum;

typedef struct Ast {
    AstKind kind;
    int32_t lineno, col_offset, end_lineno, end_col_offset;
} Ast;

typedef struct AstSeq {
    int32_t count;
    Ast **items;
} AstSeq;

typedef struct AstIdents {
    int32_t count;
    AstStr **items;
} AstIdents;

typedef struct AstEnums {
    int32_t count;
    uint8_t *items;
} AstEnums;

#define ONE(sum, name) Ast *name;
#define MAYBE(sum, name) Ast *name;
#define MANY(sum, name) AstSeq name;
#define HOLEY(sum, name) AstSeq name;
#define NEW(sum, name) AstSeq name;
#define IDENT(name) AstStr *name;
#define MAYBE_IDENT(name) AstStr *name;
#define IDENTS(name) AstIdents name;
#define STRING(name) AstStr *name;
#define MAYBE_STRING(name) AstStr *name;
#define CONST(name) AstConst name;
#define INT(name) int name;
#define MAYBE_INT(name) int name;
#define ENUM(type, name) Ast_##type name;
#define ENUMS(type, name) AstEnums name;
#define AST_NODE(name, sum, fields)                                                                \
    typedef struct Ast##name {                                                                     \
        Ast base;                                                                                  \
        fields                                                                                     \
    } Ast##name;
#include "vm/ast.def"
#undef ONE
#undef MAYBE
#undef MANY
#undef HOLEY
#undef NEW
#undef IDENT
#undef MAYBE_IDENT
#undef IDENTS
#undef STRING
#undef MAYBE_STRING
#undef CONST
#undef INT
#undef MAYBE_INT
#undef ENUM
#undef ENUMS

/* The node as its own struct; its kind is the caller's business (checked in debug builds). */
#define AST(name, node) ((Ast##name *)ast_expect((node), AST_##name))

static inline Ast *ast_expect(Ast *node, AstKind kind) {
    assert(node && node->kind == kind);
    (void)kind;
    return node;
}

#define AST_EACH(item, seq)                                                                        \
    for (Ast **item##_at = (seq).items, **item##_end = item##_at + (seq).count,                    \
             *item = item##_at != item##_end ? *item##_at : NULL;                                  \
         item##_at != item##_end;                                                                  \
         item##_at++, item = item##_at != item##_end ? *item##_at : NULL)

/* ---- tables, for whoever treats all nodes alike ---- */

typedef enum AstFieldKind {
    AST_FIELD_NODE,   /* Ast * */
    AST_FIELD_NODES,  /* AstSeq */
    AST_FIELD_IDENT,  /* AstStr *, interned */
    AST_FIELD_IDENTS, /* AstIdents */
    AST_FIELD_STRING, /* AstStr * */
    AST_FIELD_CONST,  /* AstConst */
    AST_FIELD_INT,    /* int */
    AST_FIELD_ENUM,   /* a C enum */
    AST_FIELD_ENUMS,  /* AstEnums */
} AstFieldKind;

typedef struct AstField {
    const char *name;
    const char *type; /* as in the ASDL: "expr", "identifier", "operator" ... */
    AstFieldKind kind;
    uint8_t optional;  /* may be NULL; for an int, its object may be None */
    uint8_t holey;     /* a list whose items may be NULL */
    uint8_t is_new;    /* PEP 695 */
    uint16_t offset;   /* in the node's struct */
} AstField;

typedef struct AstInfo {
    const char *name;
    AstSum sum;
    uint16_t size; /* of the struct */
    uint8_t field_count;
    const AstField *fields;
} AstInfo;

/* Static data; NULL if there's no such kind. */
const AstInfo *ast_info(AstKind kind);
extern const char *const ast_sum_names[AST_SUM_COUNT];
extern const bool ast_sum_has_position[AST_SUM_COUNT];

/* The names of a sum without fields, by its type's name ("operator"): sets *count; NULL if there's none. */
const char *const *ast_enum_names(const char *type, int *count);

/* A new node with zeroed fields; NULL when out of memory. */
Ast *ast_new(Arena *arena, AstKind kind);
#define AST_NEW(arena, name) ((Ast##name *)ast_new((arena), AST_##name))

/* A text that isn't interned. */
AstStr *ast_str(Arena *arena, const char *text, size_t length);

/* ---- identifiers ---- */

/* The set of a tree's identifiers; all-zero is empty. */
typedef struct AstNames {
    Arena *arena;
    AstStr **slots; /* open addressing; a power of two */
    uint32_t size, count;
} AstNames;

/* The one AstStr with this text; NULL when out of memory. */
AstStr *ast_intern(AstNames *names, const char *text, size_t length);

#endif
