/* The compiler: a syntax tree with its symbol tables in, a code object out.
 *
 * compile_source() is the VM's `compile` hook: source text to code object, SyntaxErrors raised. The rest is shared by the compile*.c files.
 *
 * One Unit per code object being made. Expressions are compiled *into* a register (expr_into), or into whatever register suits (expr_any: a
 * variable stands for itself). Temporaries are a stack: next_temp is its height. Reading a temporary consumes it (vm/opcodes.def), so an
 * expression's operands are gone when its result is there, and the height falls back.
 *
 * Failure is sticky: fail() or a failed allocation sets `failed` with the exception on the thread; everything after it does nothing.
 * All functions need an attached t; one Compiler belongs to one thread.
 */
#ifndef WEFT_VM_COMPILE_H
#define WEFT_VM_COMPILE_H

#include "runtime/errors.h"
#include "vm/code.h"
#include "vm/parse.h"
#include "vm/symbols.h"

/* PyCF_* flags of compile() */
#define COMPILE_ONLY_AST 0x400
#define COMPILE_TYPE_COMMENTS 0x1000
#define COMPILE_TOP_LEVEL_AWAIT 0x2000
#define COMPILE_ALLOW_INCOMPLETE 0x4000
#define COMPILE_DONT_IMPLY_DEDENT 0x200
#define COMPILE_IGNORE_COOKIE 0x800
#define COMPILE_FEATURE_SHIFT 26 /* from here, with COMPILE_ONLY_AST: the minor version of the language, 0 for the newest */
#define COMPILE_FROM_FILE 0x10000 /* the source is a file's content: decoding errors name the file */

/* The VmHooks.compile: see runtime/vm_hooks.h. */
Ref compile_source(Thread *t, Value source, Value filename, const char *mode, int flags, int dont_inherit, int optimize);
/* The same for a tree that somebody else built (the ast module): tree, names and source error live in `arena`. */
Ref compile_tree(Thread *t, Arena *arena, AstNames *names, Ast *tree, Value filename, unsigned future, int flags, int optimize);
/* Raises what the front end found. */
Ref source_error_raise(Thread *t, const SourceError *e, Value filename);
/* The hooks with which Weft parses (Unicode tables, codecs). */
ParseHooks parse_hooks(Thread *t);
/* A constant of the tree as a value: owned, null with an exception. */
Ref constant_value(Thread *t, const AstConst *k);

/* ---- shared by compile*.c ---------------------------------------------------------------------------------------------- */

typedef struct Label {
    int32_t at;           /* word offset, -1: not placed yet */
    int32_t first_fixup;  /* index into Unit.fixups of the jumps that wait for it, -1: none */
    uint8_t *bound;       /* variables that are bound at all jumps to it so far; null: no jump yet */
} Label;
#define LABEL_INIT {-1, -1, NULL}
typedef struct Fixup { uint32_t site; int32_t next; } Fixup;

/* What a jump out of the place being compiled has to undo, innermost first. */
typedef enum BlockKind {
    BLOCK_WHILE,       /* nothing to undo */
    BLOCK_FOR,         /* drop the iterator `reg` */
    BLOCK_TRY,         /* body of try-except: nothing but to leave the range */
    BLOCK_FINALLY,     /* body of try-finally: run `final_body` */
    BLOCK_HANDLER,     /* except clause, or the exceptional copy of a final body: POP_EXCEPT `reg` */
    BLOCK_HANDLER_NAME,/* inside `except … as name`: unbind the name */
    BLOCK_STAR_HANDLER,/* clause of except*: nothing may leave it */
    BLOCK_WITH,        /* call __exit__ in `reg` */
    BLOCK_ASYNC_WITH,
} BlockKind;
typedef struct Segment { uint32_t start, end; struct Segment *next; } Segment;
typedef struct Block {
    struct Block *outer;
    BlockKind kind;
    int reg;
    Label *break_to, *continue_to;
    AstSeq *final_body;
    AstStr *name;
    Ast *node;
    /* the protected range: covered[] so far, and open_at (or -1) */
    bool protects;
    int32_t open_at;
    int nesting;       /* of statements: its own level included */
    Segment *covered;
} Block;

#define VECTOR(T) struct { T *at; uint32_t count, room; }

typedef struct Unit {
    struct Unit *outer;
    Scope *scope;
    Ref name, qualname;
    VECTOR(uint64_t) instr;
    VECTOR(CodePosition) positions;
    VECTOR(Fixup) fixups;
    VECTOR(ExcEntry) exc;
    VECTOR(Ref) consts;
    VECTOR(Value) names;
    Ref str_consts, name_index;  /* dicts: str → index */
    VECTOR(uint32_t) word_consts; /* open addressing: index + 1 of constants that are plain words */
    int first_temp, next_temp, max_regs;
    int params, nlocals;
    VECTOR(AstStr *) vars;       /* name of each variable register */
    uint8_t *var_kinds;
    uint8_t *unbindable;         /* per variable: `del` or an except clause may unbind it, or it is a cell: never assumed bound */
    uint8_t *bound;              /* per variable: certainly bound here */
    bool unreachable;            /* after return, raise, break …: every variable counts as bound */
    Block *block;
    int nesting;                 /* of loops, handlers, with and try statements, as CPython counts them */
    unsigned flags;
    int argcount, posonly, kwonly;
    int32_t first_line;
    bool is_function;            /* optimized locals */
    int class_cell, classdict_cell; /* registers, -1: none */
} Unit;

typedef struct Compiler {
    Thread *t;
    Arena *arena;
    AstNames *names;
    SymbolTable symbols;
    Value filename;
    Unit *unit;
    int optimize, flags;
    bool interactive, failed, may_walrus;
    CodePosition pos;            /* of what is being compiled */
    Ast *pattern;                /* that was begun last: where CPython sees the errors of the names that patterns bind */
    VECTOR(Ref) idents;          /* interned str of each AstStr by index */
} Compiler;

/* failing */
void fail(Compiler *c, Ast *node, const char *format, ...);   /* SyntaxError at node */
void fail_memory(Compiler *c);
int compile_warn(Compiler *c, Ast *node, ErrorKind category, const char *format, ...);
static inline bool ok(Compiler *c, Ref r) { if (ref_is_null(r)) c->failed = true; return !c->failed; }

/* emitting */
uint32_t emit(Compiler *c, Opcode op, int a, int b, uint32_t cc); /* word offset of the instruction */
void jump_target(Compiler *c, uint32_t site, uint32_t target); /* sets where the jump at site goes */
void emit_jump(Compiler *c, Opcode op, int a, int b, Label *to);
/* Code goes on here, reached from above (unless unreachable) and by the jumps so far. A label that is reached in another way only (handlers,
 * backward jumps) needs bound_restore after. */
void label_place(Compiler *c, Label *l);
uint32_t here(Compiler *c);
CodePosition at(Compiler *c, Ast *node);                      /* sets the position, returns the old one */
void at_attribute(Compiler *c, Ast *node, Ast *attribute);    /* node: the attribute, or the call of it */
void at_nowhere(Compiler *c);                                 /* … to none: compile_lines.c finds one */
CodePosition *lines_finish(Compiler *c, uint32_t *count);     /* the unit is complete: its places, in the arena */
static inline bool is_temp(Compiler *c, int r) { return r >= c->unit->first_temp; }
int temp(Compiler *c);                                        /* pushes one */
int temps(Compiler *c, int n);
int const_index(Compiler *c, Ref r);                          /* consumes r */
int name_index(Compiler *c, AstStr *name);                    /* mangles */
int name_index_value(Compiler *c, Value name);
Value ident_value(Compiler *c, AstStr *name);                 /* interned str, no mangling */
void load_const(Compiler *c, int dst, Ref r);                 /* consumes r */
#define NO_CONST UINT32_MAX

/* variables and names */
typedef enum Access { ACCESS_FAST, ACCESS_CELL, ACCESS_FREE, ACCESS_CLASS_FREE, ACCESS_GLOBAL, ACCESS_NAME,
                      ACCESS_DICT_OR_FREE, ACCESS_DICT_OR_GLOBAL } Access;
Access resolve(Compiler *c, AstStr *name, int *index);
int var_register(Unit *u, AstStr *mangled);                   /* -1: no such variable */
int free_index(Unit *u, AstStr *mangled);
void load_name(Compiler *c, AstStr *name, int dst);
void store_name(Compiler *c, AstStr *name, int src);          /* src: a temporary (consumed) or a variable */
void delete_name(Compiler *c, Ast *node, AstStr *name);
int fast_variable(Compiler *c, Ast *node);                    /* register of a Name that is a fast local, else -1 */
bool forbidden_name(Compiler *c, Ast *node, AstStr *name, Ast_expr_context ctx);
/* No parameter may be called __debug__; the error is at `node`. */
void check_parameters(Compiler *c, Ast *node, Astarguments *args);
/* Whether the scope at hand is an `async def`, or the top level where compile() was asked to let it wait. (Scope.coroutine says only that
 * something waits in it.) */
bool awaits_allowed(const Compiler *c);
void check_bound(Compiler *c, int var);
uint8_t *bound_save(Compiler *c);
void bound_restore(Compiler *c, const uint8_t *saved);

/* units and protected ranges */
bool unit_enter(Compiler *c, Scope *scope, Value name, int first_line);
Ref unit_leave(Compiler *c);                                  /* the code object */
/* Around what CPython takes for a block that nests in others: a SyntaxError for node if they are too many. nest() comes before block_push(). */
#define MAX_NESTING 20
void nest(Compiler *c, Ast *node);
void unnest(Compiler *c);
void block_push(Compiler *c, Block *b, BlockKind kind, int reg);
void block_pop(Compiler *c, Block *b);                        /* closes its range */
void block_protect(Compiler *c, Block *b);                    /* its range starts here */
void block_suspend(Compiler *c, Block *b);                    /* … ends here, for now */
void block_cover(Compiler *c, Block *b, int32_t target, int depth, int kind); /* table entries for the closed range; target is placed */

/* expressions */
void expr_into(Compiler *c, Ast *node, int dst);
int expr_any(Compiler *c, Ast *node);                         /* a variable's register, or a fresh temporary on top */
int expr_operand(Compiler *c, Ast *node, Ast *later);         /* the same; safe against assignments inside `later` (may be null) */
int expr_temp(Compiler *c, Ast *node);                        /* always a fresh temporary */
void expr_effect(Compiler *c, Ast *node);                     /* value not wanted */
void jump_if(Compiler *c, Ast *node, bool condition, Label *to);
int fold(Compiler *c, Ast *node, Ref *out);                   /* 1: a constant expression, its value; 0: not */
void await_into(Compiler *c, int value, int dst, int kind);   /* value: a temporary */
void await_next_into(Compiler *c, int it, int dst);             /* of the asynchronous iterator it; both temporaries */
void make_function(Compiler *c, int dst, Ref code, int parts_base, unsigned parts); /* consumes code */
int closure_parts(Compiler *c, Scope *inner, unsigned *parts);
void compile_lambda(Compiler *c, Ast *node, int dst);
void augmented_assign(Compiler *c, AstAugAssign *n);
void assign(Compiler *c, Ast *target, int src);               /* src: temporary (consumed) or variable */
#define DISPLAY_MAX 64 /* items built in registers at once; longer ones grow piece by piece */
/* A list or set of the items, starred ones spread, in the temporary dst, which is the topmost */
void build_pieces(Compiler *c, AstSeq elts, int dst, bool set);
void formatted_into(Compiler *c, AstFormattedValue *f, int dst);
void joined_into(Compiler *c, AstJoinedStr *j, int dst);
bool percent_into(Compiler *c, AstBinOp *n, int dst);         /* "%s, %s" % (a, b) as an f-string; false: it isn't of that kind */
void call_into(Compiler *c, int base, int first_arg, int args_before, AstSeq args, AstSeq keywords, Ast *node);

/* statements */
void body(Compiler *c, AstSeq stmts);
void statement(Compiler *c, Ast *node);
void compile_match(Compiler *c, Ast *node);
void compile_try(Compiler *c, Ast *node);
void compile_try_star(Compiler *c, Ast *node);
void compile_with(Compiler *c, Ast *node, int item, bool is_async);
void compile_function(Compiler *c, Ast *node);
void compile_class(Compiler *c, Ast *node);
void compile_type_alias(Compiler *c, Ast *node);
int function_defaults(Compiler *c, Astarguments *args, unsigned *parts, int base);
/* Undoes the blocks from the innermost to `until` (exclusive; null: all), for a jump or a return. */
void unwind_to(Compiler *c, Block *until, Ast *node, bool keeps_value /* a return with one */);
void unwind_done(Compiler *c, Block *until);
void unbind_handler_name(Compiler *c, AstStr *name); /* name = None; del name */
AstStr *docstring(AstSeq stmts);
void block_statements(Compiler *c, AstSeq stmts, bool with_docstring); /* of a module or class */
void lazy_value(Compiler *c, Scope *scope, AstStr *name, Ast *value, int dst);
/* The expression as source text (`from __future__ import annotations`): vm/unparse.c */
Ref unparse_expression(Thread *t, Ast *node);
/* [P(x) for …] and kin: the function body */
void comprehension_body(Compiler *c, Ast *node, AstSeq generators, int index, int result);

#endif
