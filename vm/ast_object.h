/* The `_ast` module: syntax trees as Python objects, made from ast.def's table; and back.
 *
 * Attached thread; arguments borrowed, results owned; null with an exception set on failure. All may run Python code.
 */
#ifndef WEFT_VM_AST_OBJECT_H
#define WEFT_VM_AST_OBJECT_H

#include "runtime/type.h"
#include "vm/ast.h"
#include "vm/parse.h"

/* _ast.AST */
extern Type ast_type;

/* The module's init; makes the classes. */
int module_init_ast(Thread *t, Value module);

/* The class of a node kind, or of an enum's value (its one instance): null before the module is there, which ast_ready() sees to. */
int ast_ready(Thread *t);
Value ast_class(AstKind kind);

/* A tree as objects. */
Ref ast_to_object(Thread *t, const Ast *tree);

/* What a tree that came from objects needs as long as it lives. Zero-initialize; ast_keep_drop ends it. */
typedef struct AstKeep {
    Ref *at;
    size_t count, capacity;
} AstKeep;
void ast_keep_drop(Thread *t, AstKeep *keep);

/* The objects as a tree in the arena, for compile(); checked as CPython checks it. `mode` says which root is wanted. */
Ast *ast_from_object(Thread *t, Value object, ParseMode mode, Arena *arena, AstNames *names, AstKeep *keep);

/* What the compiler takes for granted: ValueError or TypeError with CPython's words if it isn't so. 0 or -1. */
int ast_validate(Thread *t, Ast *tree);

#endif
