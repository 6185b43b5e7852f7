/* _thread: what the rest of runtime/ needs of it. */
#ifndef WEFT_RUNTIME_MODULES_THREAD_H
#define WEFT_RUNTIME_MODULES_THREAD_H
#include "runtime/type.h"
void thread_locals_visit(Thread *t, bool stopped, KeptFn visit, void *arg);
void thread_locals_drop(Thread *t);      /* a thread ends: its parts of all _local objects */
void thread_sentinel_release(Value sentinel);
int module_init_thread(Thread *t, Value module);
/* interrupt_main and the signal module meet here: makes `signum` pending for the main thread. Set by the signal module. */
extern void (*simulate_signal)(int signum);
#endif
