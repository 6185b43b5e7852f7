/* Start and end of everything below vm/. Called by vm/startup.c alone, on the main thread. */
#ifndef WEFT_RUNTIME_RUNTIME_H
#define WEFT_RUNTIME_RUNTIME_H
#include "runtime/type.h"
/* After alloc_init, with `config` and the vm hooks filled: strings, names, types, exceptions, sys and builtins.
 * 0, or -1 with an exception or without (too early for one). */
int runtime_init(Thread *t);
/* vm/'s own types, between the exceptions and the modules. */
typedef int (*VmTypesInit)(Thread *t);
extern VmTypesInit vm_types_init;
/* Roots of runtime/: part of alloc_hooks.visit_roots. */
void runtime_visit_roots(VisitFn visit, void *arg);
#endif
