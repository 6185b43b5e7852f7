/* Inside symbols*.c and future.c only. */
#ifndef WEFT_VM_SYMBOLS_INTERNAL_H
#define WEFT_VM_SYMBOLS_INTERNAL_H

#include "vm/symbols.h"

/* A name's symbol in one scope: open addressing by the name's index; slots hold positions in `symbols` + 1. */
typedef struct SymbolMap {
    int32_t *slots;
    uint32_t size;
    int32_t capacity; /* of Scope.symbols */
} SymbolMap;

typedef struct Directive Directive; /* a global or nonlocal statement's name, for errors found later */

struct Directive {
    Scope *scope;
    AstStr *name;
    const Ast *node;
    Directive *next;
};

typedef struct Builder {
    SymbolTable *table;
    Arena *arena;
    AstNames *names;
    Scope *scope;          /* the current one */
    AstStr *private_name;  /* for mangling */
    Directive *directives;
    int depth;
    AstStr *class_name, *class_dict_name, *super_name; /* __class__, __classdict__, super */
} Builder;

/* Sets the table's error at a node; returns false. */
bool symbols_error(Builder *b, const Ast *node, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool symbols_no_memory(Builder *b);

bool scope_enter(Builder *b, ScopeKind kind, AstStr *name, Ast *node, ScopeRole role);
void scope_leave(Builder *b);
/* Adds flags to a name in a scope, with the checks that go with it. `node` is for errors. */
bool scope_add(Builder *b, Scope *scope, AstStr *name, uint32_t flags, const Ast *node);
/* The flags of a name as written (mangled here); 0 if the scope doesn't have it. */
bool scope_flags(Builder *b, Scope *scope, AstStr *name, uint32_t *flags);
bool scope_add_directive(Builder *b, AstStr *name, const Ast *node);

/* symbols_walk.c: fills the scopes. */
bool symbols_walk(Builder *b, Ast *tree);

/* future.c: the features that a module imports. */
bool future_scan(Builder *b, Ast *tree);

#endif
