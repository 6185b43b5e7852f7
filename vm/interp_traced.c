/* The interpreter loop once more, with an event before each instruction, at calls and at returns: see trace.h. */
#define TRACED 1
#include "vm/interp.c"
