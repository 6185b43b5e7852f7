/* Lines from the terminal, with editing and history where libedit is there. Main use: the prompt of main.c, and input(). */
#ifndef WEFT_RUNTIME_READLINE_H
#define WEFT_RUNTIME_READLINE_H
#include "runtime/type.h"
/* Shows the prompt and reads a line, its newline kept: mem_free it. "" at the end of input. Null: interrupted (with the signal handler's
 * exception set, or none: KeyboardInterrupt is then the caller's) or MemoryError. Detaches while it waits. */
char *readline_read(Thread *t, const char *prompt);
/* The same for input(): as in CPython, with editing only once the module readline was imported. */
char *readline_input(Thread *t, const char *prompt);
/* From here on lines are remembered over sessions, in ~/.weft_history: for the prompt, not for input(). */
void readline_remember(void);
/* What reads lines from the terminal from here on, as readline_read does: the module readline, once imported. */
typedef char *ReadlineFn(Thread *t, const char *prompt);
void readline_set_reader(ReadlineFn *reader);
/* Prepares editing for the interactive prompt; false where the terminal's line discipline must do. */
bool readline_available(void);
#endif
