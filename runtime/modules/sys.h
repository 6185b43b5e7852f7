/* The pieces of the sys module, and what the runtime asks of it. */
#ifndef WEFT_RUNTIME_MODULES_SYS_H
#define WEFT_RUNTIME_MODULES_SYS_H
#include "runtime/type.h"

extern NativeDef sys_hook_functions[];   /* sys_hooks.c: displayhook, excepthook, unraisablehook, breakpointhook, audit */
extern NativeDef sys_thread_functions[]; /* sys_thread.c: frames, tracing, limits, asynchronous hooks */
int sys_add_info(Thread *t, Value sys);  /* sys_info.c: version, flags, *_info, names */
int sys_hooks_init(Thread *t, Value sys);
int sys_thread_init(Thread *t, Value sys);
void sys_hooks_visit_roots(VisitFn visit, void *arg);

/* Raises an audit event: 0, or -1 with an exception of a hook. Free of charge without hooks. */
bool audited(void); /* whether there are audit hooks */
int audit(Thread *t, const char *event, const Value *args, size_t nargs);
/* Writes formatted text (conversions of errors.h) to a stream: 0 or -1. */
int stream_printf(Thread *t, Value file, const char *format, ...);
/* To sys.stderr, else to the C library's; errors are swallowed and the exception in flight is kept. */
void stderr_printf(Thread *t, const char *format, ...);
/* sys.flags again after -i or PYTHONINSPECT changed it. */
int sys_set_flag_inspect(Thread *t, int inspect);
/* From the start of finalization on: sys.is_finalizing(). */
void sys_set_finalizing(void);
bool sys_finalizing(void);
/* What is written to the process's standard error when an exception can't be shown on sys.stderr, since that is missing or broken. Clears what is in flight. */
void sys_lost_stderr(Thread *t, Value exc);
#endif
