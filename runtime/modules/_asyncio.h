/* _asyncio: futures and tasks. What its files share.
 *
 * A future's state changes once, under its object lock, by whoever is first; what belongs to the new state is stored before it. Callbacks are taken out under
 * the lock and scheduled after it. Tasks are run by their loop's thread; cancelling from others is as safe as the loop's own methods are.
 * Arguments are borrowed, results owned; null or -1 with an exception. */
#ifndef WEFT_RUNTIME_MODULES__ASYNCIO_H
#define WEFT_RUNTIME_MODULES__ASYNCIO_H
#include "runtime/abstract.h"
#include "runtime/instance.h"
#include "runtime/modules/kit.h"
#include "runtime/names.h"
#include "runtime/thread_state.h"

enum { FUTURE_PENDING, FUTURE_CANCELLED, FUTURE_FINISHED };
typedef struct Future {
    Object base;
    Slot attrs_[2];
    Slot loop;               /* null: not initialized */
    Slot callbacks;          /* list of (function, context), or null */
    Slot result, exception, exception_tb, source_tb, cancel_msg, cancelled_exc;
    _Atomic int x_state;
    _Atomic bool x_log_tb, x_blocking; /* log: nobody has asked for the exception yet; blocking: yielded to its task */
    Slot weakrefs;
} Future;
typedef struct Task {
    Future future;
    Slot coro, name, context, waiter;
    _Atomic int x_cancels;
    _Atomic bool x_must_cancel, x_log_destroy;
} Task;
extern Type future_type, task_type, future_iter_type, step_type;
static inline bool is_future(Value v) { return type_is_subtype(type_of(v), &future_type); }
static inline bool is_task(Value v) { return type_is_subtype(type_of(v), &task_type); }

/* What other modules of asyncio lend; set once. */
extern Slot aio_cancelled_error, aio_invalid_state, aio_future_repr, aio_task_repr, aio_get_stack, aio_print_stack, aio_policy, aio_extract_stack, aio_iscoroutine,
    aio_all_tasks, aio_current_tasks, aio_copy_context;

void future_traverse(Object *o, VisitFn visit, void *arg);
void future_clear(Thread *t, Object *o);
Ref future_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames);
int future_setup(Thread *t, Future *f, Value loop);
Ref future_repr_by(Thread *t, Value self, const Slot *function);
int future_finish(Thread *t, Future *f, Value result);                 /* set_result */
int future_fail(Thread *t, Future *f, Value exception);                /* set_exception */
int future_cancel(Thread *t, Future *f, Value msg);                    /* 1: it is cancelled now, 0: it was done */
Ref future_result(Thread *t, Future *f);                                /* result(): null with what was set */
Ref future_cancelled_error(Thread *t, Future *f);
int future_add_callback(Thread *t, Value future, Value fn, Value context);
int loop_call_soon(Thread *t, Future *of, Value fn, Value arg_or_null, Value context_or_null);
void future_log_exception(Thread *t, Future *f);                        /* part of __del__ */
Ref future_iter(Thread *t, Value self);
extern NativeDef future_methods[];
extern const GetSetDef future_getset[];
extern NativeDef task_methods[];

/* tasks and loops (_asyncio_task.c, _asyncio.c) */
int task_enter(Thread *t, Value loop, Value task);
int task_leave(Thread *t, Value loop, Value task);
Ref loop_running(Thread *t);       /* null without an exception: none */
Ref loop_get(Thread *t);           /* get_event_loop() */
int task_register(Thread *t, Value task);
#endif
