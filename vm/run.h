/* Running programs as __main__: commands, files, modules, standard input, the prompt. Main thread, after startup(). */
#ifndef WEFT_VM_RUN_H
#define WEFT_VM_RUN_H
#include "vm/options.h"
#include "runtime/type.h"

/* Runs what the options name; the exit status. An uncaught exception has been shown. */
int run_program(Thread *t, const Options *o);
/* Shows the exception in flight through sys.excepthook and clears it. SystemExit isn't shown but gives the status to exit with
 * (with *exits set); else the result is 1. */
int show_exception(Thread *t, bool *exits);
/* Whether the program ended by a KeyboardInterrupt that nobody caught: the process then dies of SIGINT. */
bool ended_by_interrupt(void);
/* The prompt: reads, runs and shows statements until the end of input (repl.c). The exit status. */
int repl_run(Thread *t, bool *exits);
/* Whether standard input is to be taken as a terminal. */
bool stdin_is_interactive(void);
/* Compiles source and runs it in __main__: owned result, or null with an exception. */
Ref run_source(Thread *t, Value source, const char *filename, const char *mode, int flags);
#endif
