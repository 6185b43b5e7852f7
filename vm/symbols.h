/* Symbol tables: which name means what in which scope.
 *
 * Built from a whole tree after parsing and before compilation; also what the `symtable` module shows.
 * Plain C over the tree's arena: any thread, any state. Scopes, lists and errors live in that arena.
 */
#ifndef WEFT_VM_SYMBOLS_H
#define WEFT_VM_SYMBOLS_H

#include "vm/ast.h"
#include "vm/parse.h"

typedef enum ScopeKind {
    SCOPE_FUNCTION, /* def, lambda, comprehension */
    SCOPE_CLASS,
    SCOPE_MODULE,
    SCOPE_ANNOTATION,  /* annotations under `from __future__ import annotations`: no code comes of it */
    SCOPE_TYPE_PARAMS, /* PEP 695: holds the type parameters around a def, class or type statement */
    SCOPE_TYPE_ALIAS,  /* the lazily evaluated value of a `type` statement */
    SCOPE_TYPE_BOUND,  /* the lazily evaluated bound of a type variable */
} ScopeKind;

/* Everything but class and module bodies compiles to fast locals. */
static inline bool scope_is_function_like(ScopeKind kind) {
    return kind == SCOPE_FUNCTION || kind >= SCOPE_TYPE_PARAMS;
}

/* How a name is bound and used in one scope; the values are CPython's, which the symtable module shows. */
enum {
    SYM_GLOBAL = 1,         /* global statement */
    SYM_LOCAL = 2,          /* assigned */
    SYM_PARAM = 2 << 1,     /* parameter */
    SYM_NONLOCAL = 2 << 2,  /* nonlocal statement */
    SYM_USE = 2 << 3,       /* read */
    SYM_FREE = 2 << 4,      /* used but not defined in a nested block */
    SYM_FREE_CLASS = 2 << 5, /* free variable from a class's method: a class body passes it on and binds its own */
    SYM_IMPORT = 2 << 6,    /* bound by import */
    SYM_ANNOT = 2 << 7,     /* annotated */
    SYM_COMP_ITER = 2 << 8, /* a comprehension's target */
    SYM_TYPE_PARAM = 2 << 9, /* PEP 695 */
    SYM_UNBOUND = 2 << 10,  /* `del` or the end of an except clause may unbind it */
    SYM_BOUND = SYM_LOCAL | SYM_PARAM | SYM_IMPORT | SYM_TYPE_PARAM,
};

/* Where the name's value is; CPython's values. */
typedef enum SymKind {
    SYMKIND_UNKNOWN = 0,
    SYMKIND_LOCAL = 1,
    SYMKIND_GLOBAL_EXPLICIT = 2, /* global statement: a class or function reads globals, then builtins */
    SYMKIND_GLOBAL_IMPLICIT = 3, /* found nowhere around */
    SYMKIND_FREE = 4,            /* a cell of a scope around */
    SYMKIND_CELL = 5,            /* a local that an inner scope uses */
} SymKind;

typedef struct Symbol {
    AstStr *name; /* mangled */
    uint32_t flags;
    SymKind kind;
} Symbol;

typedef struct Scope Scope;

typedef struct NameList {
    int32_t count;
    AstStr **items;
} NameList;

struct Scope {
    ScopeKind kind;
    AstStr *name; /* "top", a function's or class's name, "lambda", "genexpr", "listcomp", "setcomp", "dictcomp" ... */
    Ast *node;    /* the tree's root for a module */
    Scope *parent;
    Scope *first_child, *last_child, *next_sibling; /* in the order of the source */
    AstStr *private_name; /* the class whose name mangles `__x` here; NULL outside of classes */

    Symbol *symbols; /* in the order of first appearance */
    int32_t symbol_count;
    NameList params; /* positional-only, positional, keyword-only, *args, **kwargs, in the order of co_varnames */
    NameList locals; /* function-like: the SYMKIND_LOCAL names that aren't parameters, in order of first appearance */
    NameList cells;  /* sorted by name, as CPython has them; parameters that are cells too */
    NameList frees;  /* sorted by name; a class scope's `__class__` isn't among them */

    bool nested : 1;          /* inside a function */
    bool has_free : 1;        /* has free variables */
    bool child_free : 1;      /* a scope inside has free variables */
    bool generator : 1;       /* contains yield */
    bool coroutine : 1;       /* async def, or an asynchronous comprehension */
    bool comprehension : 1;   /* a comprehension or generator expression; `comp_kind` says which */
    bool varargs : 1;         /* has *args */
    bool varkeywords : 1;     /* has **kwargs */
    bool returns_value : 1;   /* contains `return x` */
    bool needs_class_closure : 1; /* class: a method uses __class__ or super(): make the cell `__class__` */
    bool needs_class_dict : 1;    /* class: a type-parameter scope in it reads its names: make the cell `__classdict__` */
    bool can_see_class_scope : 1; /* type-parameter scopes right inside a class */
    bool yields_from : 1;     /* contains `yield from` */
    bool awaits : 1;          /* contains await, async for or async with */
    AstKind comp_kind;        /* AST_ListComp, AST_SetComp, AST_DictComp or AST_GeneratorExp */

    /* What follows is private to symbols.c. */
    struct SymbolMap *map;
    bool comp_iter_target : 1;
    int comp_iter_depth;
};

/* Which of a node's scopes: a generic def, class or type statement has two. */
typedef enum ScopeRole {
    SCOPE_ROLE_BODY,        /* Module.., FunctionDef, Lambda, ClassDef, comprehensions, TypeAlias (value), TypeVar (bound) */
    SCOPE_ROLE_TYPE_PARAMS, /* FunctionDef, AsyncFunctionDef, ClassDef, TypeAlias with type parameters */
} ScopeRole;

/* `from __future__ import ...`, with CPython's code flags. */
enum {
    FUTURE_NESTED_SCOPES = 0x10,
    FUTURE_GENERATORS = 0,
    FUTURE_DIVISION = 0x20000,
    FUTURE_ABSOLUTE_IMPORT = 0x40000,
    FUTURE_WITH_STATEMENT = 0x80000,
    FUTURE_PRINT_FUNCTION = 0x100000,
    FUTURE_UNICODE_LITERALS = 0x200000,
    FUTURE_BARRY_AS_BDFL = 0x400000,
    FUTURE_GENERATOR_STOP = 0x800000,
    FUTURE_ANNOTATIONS = 0x1000000,
    FUTURE_MASK = 0x1fe0000,
};

typedef struct SymbolTable {
    Arena *arena;
    AstNames *names;
    Scope *top;
    unsigned future;      /* FUTURE_*: inherited ones and those that the source imports */
    int future_last_line; /* a `from __future__` import after this line is an error; the compiler says so */
    SourceError error;    /* columns count bytes, from 1, as CPython's symbol table has them; `text` is NULL */
    struct ScopeMap *scopes;
} SymbolTable;

enum { SYMBOLS_MAX_DEPTH = 3000 }; /* nesting of nodes; CPython's recursion limit times its compiler's scale */

/* Builds the tables of a whole tree. `future` are the flags inherited from the code that calls compile().
 * False after an error: SyntaxError with CPython's words and position, RecursionError, MemoryError.
 * A tree that passed is at most SYMBOLS_MAX_DEPTH deep, so later passes may recurse over it. */
bool symbols_build(SymbolTable *table, Arena *arena, AstNames *names, Ast *tree, unsigned future);

/* The scope that a node opens; NULL if it opens none. */
Scope *symbols_scope(const SymbolTable *table, const Ast *node, ScopeRole role);

/* The symbol of an already mangled name in just this scope; NULL if the scope doesn't mention it. */
const Symbol *scope_lookup(const Scope *scope, const AstStr *name);

/* `__name` as class `private_name` (may be NULL) sees it: the name itself if it isn't private. NULL: no memory. */
AstStr *symbols_mangle(AstNames *names, const AstStr *private_name, AstStr *name);

#endif
