/* Putting off what dies late.
 *
 * Shared objects die at a safepoint some time after their last reference is gone (qsbr.c), and their finalizers and weak reference callbacks run in
 * whatever the thread does there. In a `with lock:` block one that takes the same lock would wait for its own thread for ever, in programs that are safe
 * where objects die at once. So they wait for the block's end. Attached threads, for themselves.
 */
#ifndef WEFT_ALLOC_FINALIZERS_H
#define WEFT_ALLOC_FINALIZERS_H
#include "alloc/thread.h"
void finalizers_put_off(Thread *t); /* such a block begins; they nest */
void finalizers_resume(Thread *t);  /* it ends */
bool finalizers_wait(Thread *t);    /* are we in one? */
#endif
