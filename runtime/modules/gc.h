#ifndef WEFT_RUNTIME_MODULES_GC_H
#define WEFT_RUNTIME_MODULES_GC_H
#include "runtime/type.h"
void gc_hooks_init(Thread *t); /* gc.callbacks and gc.garbage from here on */
void gc_visit_roots(VisitFn visit, void *arg);
#endif
