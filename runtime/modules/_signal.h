/* _signal: what start-up and the collector need of it. Main thread, attached. */
#ifndef WEFT_RUNTIME_MODULES_SIGNAL_H
#define WEFT_RUNTIME_MODULES_SIGNAL_H
#include "runtime/type.h"
int signals_start(Thread *t);  /* once, when modules can be imported: installs SIGINT's handler; -1 with an exception */
int signals_handle(Thread *t); /* alloc_hooks.handle_signals */
void signals_visit(VisitFn visit, void *arg);
int module_init__signal(Thread *t, Value module);
#endif
