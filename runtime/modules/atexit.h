#ifndef WEFT_RUNTIME_MODULES_ATEXIT_H
#define WEFT_RUNTIME_MODULES_ATEXIT_H
#include "runtime/type.h"
void atexit_run(Thread *t); /* main thread, at the end; errors are reported */
void atexit_visit_roots(VisitFn visit, void *arg);
#endif
