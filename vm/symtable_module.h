/* The `_symtable` module: symbol tables as Python objects, for the library's symtable.py. */
#ifndef WEFT_VM_SYMTABLE_MODULE_H
#define WEFT_VM_SYMTABLE_MODULE_H
#include "runtime/type.h"
int module_init_symtable(Thread *t, Value module);
#endif
