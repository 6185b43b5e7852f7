/* Interned names known at compile time: N(append), N(__init__). Immortal, borrowed. Declared once in names.def, alphabetical. */
#ifndef WEFT_RUNTIME_NAMES_H
#define WEFT_RUNTIME_NAMES_H
#include "alloc/value.h"
typedef struct Names {
#define NAME(x) Value n_##x;
#include "runtime/names.def"
#undef NAME
    Value empty; /* "" */
} Names;
extern Names names;
#define N(x) (names.n_##x)
int names_init(Thread *t);
#endif
