/* Beside warn() and warn_explicit() of runtime/errors.h. */
#ifndef WEFT_RUNTIME_MODULES_WARNINGS_H
#define WEFT_RUNTIME_MODULES_WARNINGS_H
#include "runtime/type.h"
/* ResourceWarning for an object that wasn't closed; source: the object, for tracemalloc's sake. 0 or -1. */
int warn_resource(Thread *t, Value source, const char *format, ...);
void warnings_visit_roots(VisitFn visit, void *arg);
#endif
