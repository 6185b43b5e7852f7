/* Bringing the interpreter up and down around main.c's run. Main thread. */
#ifndef WEFT_VM_STARTUP_H
#define WEFT_VM_STARTUP_H
#include "vm/options.h"
#include "runtime/type.h"

/* From nothing to a program that can run: runtime, importlib, standard streams, __main__, site. Null: a message is written. */
Thread *startup(const Options *o);
/* Waits for threads, runs atexit functions, flushes, tears down. The process's exit status: `status`, or 120 if flushing failed. */
int finish(Thread *t, int status);
/* __main__'s namespace: borrowed */
Value main_dict(void);
#endif
