/* Starting the VM. */
#ifndef WEFT_VM_VM_H
#define WEFT_VM_VM_H

#include "runtime/type.h"

/* Readies vm/'s types, fills runtime/vm_hooks.h, chains itself into alloc_hooks (thread_ending, visit_thread), err_handled. After types_init and after
 * runtime/ has set its alloc hooks; before any Python code runs. 0 or -1 with an exception. */
int vm_init(Thread *t);
/* Adds what vm/ contributes to builtins (__build_class__), once that module is there. */
int vm_add_builtins(Thread *t);
/* builtins.__build_class__ (vm/build_class.c) */
extern NativeDef build_class_def;
/* code objects for marshal (vm/code_parts.c) */
Ref code_to_parts(Thread *t, Value code);
Ref code_from_parts(Thread *t, Value parts);

#endif
