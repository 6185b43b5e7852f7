/* Function objects, cells, and the binding of arguments to parameters.
 *
 * Functions are uncounted once shared. __code__, __defaults__ … may be replaced by other threads at any time: each is one slot, read once per call.
 */
#ifndef WEFT_VM_FUNCTION_H
#define WEFT_VM_FUNCTION_H

#include "runtime/instance.h"
#include "vm/code.h"

typedef struct Function {
    Object base;
    Slot code, globals, builtins;       /* never null; builtins: a dict, see builtins_hold */
    Slot defaults, kwdefaults, closure; /* tuple, dict, tuple of cells; null where absent */
    Slot name, qualname, module, doc, annotations, type_params;
    Slot weakrefs;
    Slot attrs_[2];                     /* struct Attrs */
} Function;
extern Type function_type;

typedef struct Cell {
    Object base;
    Slot value;
} Cell;
extern Type cell_type;

static inline bool is_function(Value v) { return type_flag(type_of(v), TYPE_FUNCTION); }

/* A function of `code` with these globals (a dict). qualname: the code's. Null with an exception. */
Ref function_new(Thread *t, Value code, Value globals);
Ref cell_new(Thread *t, Ref content_or_null); /* consumes */

struct Frame;
/* Binds a call that isn't an exact match: args[0 .. nargs) are the words of the call (consumed, nulled), of which the last tuple_size(kwnames) are
 * keyword values. Fills regs[0 .. code->params); regs may overlap args (regs <= args). -1 with TypeError: all words dropped. */
int function_bind(Thread *t, Function *f, Code *code, Ref *regs, Ref *args, size_t nargs, Value kwnames);

/* type_call's and everybody's way in from C: function_type.call. Args are borrowed. */
Ref function_call(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames);
/* Runs `func` (no parameters) with `locals` as its namespace: module and class bodies. */
Ref function_run(Thread *t, Value func, Value locals_or_null);
int function_types_init(Thread *t);

/* vm.self_attributes: the attributes that a function's code stores in its first parameter (vm/self_attributes.c). */
size_t self_attributes(Value function, Value *names, size_t max);
/* builtins_object.c: what a function holds for builtins that may be any object, and back (borrowed). */
Ref builtins_hold(Thread *t, Value builtins);
Value builtins_shown(Value held);
int builtins_object_init(Thread *t);
#endif
