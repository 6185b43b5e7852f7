/* The module _opcode. */
#ifndef WEFT_VM_OPCODE_MODULE_H
#define WEFT_VM_OPCODE_MODULE_H
#include "runtime/type.h"
int module_init_opcode(Thread *t, Value module);
#endif
