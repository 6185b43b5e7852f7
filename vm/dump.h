/* Python stacks for faulthandler. Any thread state, signal handlers included; takes no lock and allocates nothing. */
#ifndef WEFT_VM_DUMP_H
#define WEFT_VM_DUMP_H
#include "runtime/type.h"
/* Writes the stack of t, innermost frame first. */
void dump_stack(Thread *t, int fd);
#endif
