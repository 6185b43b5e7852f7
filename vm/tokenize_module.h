/* The module _tokenize. */
#ifndef WEFT_VM_TOKENIZE_MODULE_H
#define WEFT_VM_TOKENIZE_MODULE_H
#include "runtime/type.h"
int module_init_tokenize(Thread *t, Value module);
#endif
