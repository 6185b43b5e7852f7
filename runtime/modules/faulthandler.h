/* What the rest of the runtime knows of faulthandler. */
#ifndef WEFT_RUNTIME_MODULES_FAULTHANDLER_H
#define WEFT_RUNTIME_MODULES_FAULTHANDLER_H
#include "runtime/type.h"

int faulthandler_start(Thread *t); /* -X faulthandler: faulthandler.enable(). -1 with an exception */
void faulthandler_visit_roots(VisitFn visit, void *arg);

#endif
