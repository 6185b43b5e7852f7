/* Durations given by users as numbers of seconds. Attached thread; may run Python (__index__). */
#ifndef WEFT_RUNTIME_TIMES_H
#define WEFT_RUNTIME_TIMES_H
#include "runtime/type.h"
/* Seconds (int or float) to nanoseconds, rounded away from zero, as CPython rounds time-outs.
 * -1 with ValueError "Invalid value NaN (not a number)", OverflowError "timestamp too large to convert to C _PyTime_t", or TypeError. */
int seconds_to_ns(Thread *t, Value seconds, int64_t *ns);
/* After a wait that a signal interrupted (PARK_INTERRUPTED, EINTR): runs the handlers; -1 with their exception. */
int after_interrupt(Thread *t);
#endif
