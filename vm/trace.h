/* sys.settrace and sys.setprofile: events to the thread's trace and profile functions.
 *
 * The interpreter is compiled twice (interp.c, interp_traced.c). BREAK_TRACE stands in a thread's breaker word while it has a trace or profile function and
 * isn't inside one; interp() changes over to interp_traced() where it looks at that word anyway, and after calls by the slow way, as sys.settrace's own is.
 * So tracing costs nothing while it is off. The functions here run Python; all return 0, or -1 with an exception set, after which that function is no
 * longer the thread's.
 */
#ifndef WEFT_VM_TRACE_H
#define WEFT_VM_TRACE_H

#include "runtime/thread_state.h"
#include "vm/frame.h"
#include "vm/slow.h"

/* Values of RuntimeThread.tracing_what: which event the trace function that runs has been told. */
enum { TRACE_NONE, TRACE_CALL, TRACE_LINE, TRACE_RETURN, TRACE_EXCEPTION, TRACE_OPCODE, TRACE_YIELD, TRACE_C };

static inline bool trace_on(Thread *t) { return (load_relaxed(&t->hot.x_breaker) & BREAK_TRACE) != 0; }

int trace_set(Thread *t, Value f, bool profile);
int trace_set_profile_native(Thread *t, Value profiler, int (*event)(Thread *t, Value profiler, ProfileEvent what, Value of));
void trace_pause(Thread *t, bool on);
/* func(*args) with tracing on though a trace function runs */
Ref trace_call_anyway(Thread *t, Value func, Value args);

/* The frame has been entered or resumed; f->pc: the instruction that runs next. An exception in flight is kept. */
int trace_enter(Thread *t, Frame *f);
/* Before the instruction at f->pc - 1: line and opcode events. May move f->pc. */
int trace_instruction(Thread *t, Frame *f);
/* The frame is left or suspended with `value`; null: by the exception in flight, which a failing function replaces. */
int trace_leave(Thread *t, Frame *f, Value value);
/* The generator's frame is suspended. It may be told to go on elsewhere. */
int trace_yield(Thread *t, Frame *f, Value value);
/* The exception in flight has reached this frame; a failing trace function replaces it. */
void trace_exception(Thread *t, Frame *f);
/* op_call and op_call_ex with c_call, c_return and c_exception events. */
CallResult trace_op_call(Thread *t, Frame *f, Instr *at, Ref *base, uint32_t n, Value kwnames, Ref *ret);
CallResult trace_op_call_ex(Thread *t, Frame *f, Ref *base, bool keywords);

/* frame_jump.c: f_lineno = line. The frame is at a line event. 0, or -1 with ValueError. */
int frame_jump(Thread *t, Frame *f, int line);

Ref interp_traced(Thread *t, bool entering); /* goes on with the innermost frame as interp() does */

#endif
