/* What other threads are doing: hooks of runtime/vm_hooks.h. */
#ifndef WEFT_VM_THREADS_VIEW_H
#define WEFT_VM_THREADS_VIEW_H
#include "runtime/type.h"
Ref current_frames(Thread *t);     /* dict of thread ident to innermost frame */
Ref current_exceptions(Thread *t); /* dict of thread ident to the exception being handled or None */
#endif
