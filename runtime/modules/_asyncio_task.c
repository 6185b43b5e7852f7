/* asyncio.Task. See _asyncio.h. */
#include "runtime/modules/_asyncio.h"
#include "runtime/exceptions.h"

static Task *task_of(Value v) { return as(Task, v); }
static Ref task_step(Thread *t, Value task, Value exc);

static Slot *task_slots(Task *k, int i) {
    Slot *slots[] = {&k->coro, &k->name, &k->context, &k->waiter};
    return slots[i];
}
static void task_traverse(Object *o, VisitFn visit, void *arg) {
    future_traverse(o, visit, arg);
    for (int i = 0; i < 4; i++) slot_visit(task_slots((Task *)o, i), visit, arg);
}
static void task_clear(Thread *t, Object *o) {
    future_clear(t, o);
    for (int i = 0; i < 4; i++) slot_set(t, o, task_slots((Task *)o, i), REF_NULL);
}

/* ---- what the loop calls: a step of the task, with an exception to throw into it or without ------------------------------------------------ */

typedef struct Step { Object base; Slot task, exc; } Step;
KIT_SLOTS(2)
static Ref step_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0) return err_set(t, E_TypeError, "function takes no keyword arguments");
    if (nargs > 0) return err_set(t, E_TypeError, "function takes no positional arguments");
    return task_step(t, slot_get(&as(Step, self)->task), slot_get(&as(Step, self)->exc));
}
static Ref get_step_self(Thread *t, Value self, void *closure) { return slot_ref(t, &as(Step, self)->task); }
static Ref get_step_qualname(Thread *t, Value self, void *closure) {
    Ref coro = slot_ref(t, &task_of(slot_get(&as(Step, self)->task))->coro), r = get_attr(t, ref_borrow(coro), N(__qualname__));
    ref_drop(t, coro);
    return r;
}
static const GetSetDef step_getset[] = {{"__self__", get_step_self}, {"__qualname__", get_step_qualname}, {NULL}};
Type step_type = {
    TYPE_HEADER(Step, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_2, NULL, kit_drop_2), .name = "TaskStepMethWrapper", .call = step_call, .getset = step_getset,
};
static int step_soon(Thread *t, Value task, Value exc) {
    Step *s = object_new(Step, t, &step_type);
    if (s == NULL) return -1;
    slot_init(&s->task, ref_new(t, task));
    slot_init(&s->exc, value_is_null(exc) ? REF_NULL : ref_new(t, exc));
    Ref held = ref_steal(s), context = slot_ref(t, &task_of(task)->context);
    int status = loop_call_soon(t, &task_of(task)->future, ref_borrow(held), VALUE_NULL, ref_borrow(context));
    ref_drop(t, context);
    ref_drop(t, held);
    return status;
}

/* ---- waking up: the callback on the future that the task waits for ------------------------------------------------------------------------------ */

static Ref m_wakeup(Thread *t, Value task, const Value *a) {
    Ref r = is_exact(a[0], &future_type) || is_exact(a[0], &task_type) ? future_result(t, as(Future, a[0]))
        : call_method0(t, a[0], str_intern_cstr(t, "result")); /* what it gives, the coroutine will ask for itself */
    if (!ref_is_null(r)) {
        ref_drop(t, r);
        return task_step(t, task, VALUE_NULL);
    }
    Ref e = err_fetch(t), done = task_step(t, task, ref_borrow(e));
    ref_drop(t, e);
    return done;
}
static NativeDef wakeup_def = FN("task_wakeup", "!($self, future, /)", m_wakeup, NULL);

/* ---- a step --------------------------------------------------------------------------------------------------------------------------------------- */

static Ref soon(Thread *t, Value task, const char *format, Value a, Value b) { /* an error that is thrown into the task in its next step */
    Ref text = str_format(t, format, a, b), e = ref_is_null(text) ? text : call1(t, type_value(ETYPE(RuntimeError)), ref_borrow(text));
    int status = ref_is_null(e) ? -1 : step_soon(t, task, ref_borrow(e));
    ref_drop(t, e);
    ref_drop(t, text);
    return status < 0 ? REF_NULL : REF_NONE;
}
/* A cancellation that came before this wait goes to what is waited for. */
static int pass_cancel_on(Thread *t, Task *k, Value waiter) {
    if (!load_relaxed(&k->x_must_cancel)) return 0;
    static const char *const names[] = {"msg"};
    Ref f = get_attr_cstr(t, waiter, "cancel"), msg = slot_ref(t, &k->future.cancel_msg), r = REF_NULL;
    Value arg = ref_is_null(msg) ? VALUE_NONE : ref_borrow(msg);
    if (!ref_is_null(f)) r = call_kw(t, ref_borrow(f), &arg, 0, names, 1);
    int yes = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
    if (yes > 0) store_relaxed(&k->x_must_cancel, false);
    ref_drop(t, r);
    ref_drop(t, msg);
    ref_drop(t, f);
    return yes < 0 ? -1 : 0;
}
static int wait_for(Thread *t, Value task, Value waiter, bool native) {
    Ref wakeup = native_new(t, &wakeup_def, task, VALUE_NULL);
    if (ref_is_null(wakeup)) return -1;
    int status;
    Ref context = slot_ref(t, &task_of(task)->context);
    if (native) {
        status = future_add_callback(t, waiter, ref_borrow(wakeup), ref_borrow(context));
    } else {
        static const char *const names[] = {"context"};
        Value args[] = {ref_borrow(wakeup), ref_borrow(context)};
        Ref f = get_attr_cstr(t, waiter, "add_done_callback"), r = ref_is_null(f) ? f : call_kw(t, ref_borrow(f), args, 1, names, 1);
        status = ref_is_null(r) ? -1 : 0;
        ref_drop(t, r);
        ref_drop(t, f);
    }
    ref_drop(t, context);
    ref_drop(t, wakeup);
    if (status < 0) return -1;
    slot_set(t, value_object(task), &task_of(task)->waiter, ref_new(t, waiter));
    return pass_cancel_on(t, task_of(task), waiter);
}
/* The coroutine has yielded v. */
static Ref yielded(Thread *t, Value task, Value v) {
    Task *k = task_of(task);
    if (value_is(v, task)) return soon(t, task, "Task cannot await on itself: %R", task, VALUE_NONE);
    if (is_exact(v, &future_type) || is_exact(v, &task_type)) {
        Future *f = as(Future, v);
        if (!value_is(slot_get(&f->loop), slot_get(&k->future.loop))) return soon(t, task, "Task %R got Future %R attached to a different loop", task, v);
        if (!atomic_exchange(&f->x_blocking, false)) return soon(t, task, "yield was used instead of yield from in task %R with %R", task, v);
        return wait_for(t, task, v, true) < 0 ? REF_NULL : REF_NONE;
    }
    if (value_is_none(v)) return step_soon(t, task, VALUE_NULL) < 0 ? REF_NULL : REF_NONE;
    Value name = str_intern_cstr(t, "_asyncio_future_blocking");
    Ref blocking = get_attr_opt(t, v, name);
    if (ref_is_null(blocking) && err_pending(t)) return REF_NULL;
    if (!ref_is_null(blocking) && !ref_is_none(blocking)) {
        int yes = is_true(t, ref_borrow(blocking));
        ref_drop(t, blocking);
        if (yes < 0) return REF_NULL;
        Ref get = get_attr_opt(t, v, str_intern_cstr(t, "get_loop"));
        if (ref_is_null(get) && err_pending(t)) return get;
        Ref loop = ref_is_null(get) ? get_attr_cstr(t, v, "_loop") : call0(t, ref_borrow(get));
        ref_drop(t, get);
        if (ref_is_null(loop)) return loop;
        bool same = value_is(ref_borrow(loop), slot_get(&k->future.loop));
        ref_drop(t, loop);
        if (!same) return soon(t, task, "Task %R got Future %R attached to a different loop", task, v);
        if (!yes) return soon(t, task, "yield was used instead of yield from in task %R with %R", task, v);
        return set_attr(t, v, name, VALUE_FALSE) < 0 || wait_for(t, task, v, false) < 0 ? REF_NULL : REF_NONE;
    }
    ref_drop(t, blocking);
    if (is_exact(v, &generator_type)) return soon(t, task, "yield was used instead of yield from for generator in task %R with %R", task, v);
    return soon(t, task, "Task got bad yield: %R", v, VALUE_NONE);
}
/* The coroutine has ended: with StopIteration, or by another exception. */
static Ref ended(Thread *t, Value task) {
    Task *k = task_of(task);
    Ref e = err_fetch(t);
    Value x = ref_borrow(e);
    int status;
    bool again = false;
    if (is_a(x, TYPE_EXCEPTION) && type_is_subtype(type_of(x), ETYPE(StopIteration))) {
        if (load_relaxed(&k->x_must_cancel)) { /* cancelled right before it came to its end */
            store_relaxed(&k->x_must_cancel, false);
            status = future_cancel(t, &k->future, slot_get(&k->future.cancel_msg));
        } else {
            Ref v = slot_ref(t, &as(StopIteration, x)->value);
            status = future_finish(t, &k->future, ref_is_null(v) ? VALUE_NONE : ref_borrow(v));
            ref_drop(t, v);
        }
    } else if (exception_matches(t, x, slot_get(&aio_cancelled_error))) {
        slot_set(t, k, &k->future.cancelled_exc, ref_new(t, x));
        status = future_cancel(t, &k->future, VALUE_NULL);
    } else {
        status = future_fail(t, &k->future, x);
        again = type_is_subtype(type_of(x), ETYPE(KeyboardInterrupt)) || type_is_subtype(type_of(x), ETYPE(SystemExit));
    }
    if (status >= 0 && again) {
        err_steal(t, e);
        return REF_NULL;
    }
    ref_drop(t, e);
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref step_inside(Thread *t, Value task, Value exc) {
    Task *k = task_of(task);
    if (load_acquire(&k->future.x_state) != FUTURE_PENDING) {
        Value shown = value_is_null(exc) ? VALUE_NONE : exc;
        Ref text = str_format(t, "__step(): already done: %R, %R", task, shown);
        if (!ref_is_null(text)) err_type(t, as(Type, slot_get(&aio_invalid_state)), "%V", ref_borrow(text));
        ref_drop(t, text);
        return REF_NULL;
    }
    Ref thrown = value_is_null(exc) ? REF_NULL : ref_new(t, exc);
    if (load_relaxed(&k->x_must_cancel)) {
        if (ref_is_null(thrown) || !exception_matches(t, ref_borrow(thrown), slot_get(&aio_cancelled_error))) {
            ref_drop(t, thrown);
            thrown = future_cancelled_error(t, &k->future);
            if (ref_is_null(thrown)) return thrown;
        }
        store_relaxed(&k->x_must_cancel, false);
    }
    slot_set(t, k, &k->waiter, REF_NULL);
    Ref coro = slot_ref(t, &k->coro), r;
    if (ref_is_null(coro)) {
        ref_drop(t, thrown);
        return err_set(t, E_RuntimeError, "uninitialized Task object");
    }
    if (ref_is_null(thrown)) r = call_method1(t, ref_borrow(coro), N(send), VALUE_NONE);
    else r = call_method1(t, ref_borrow(coro), N(throw), ref_borrow(thrown));
    ref_drop(t, coro);
    ref_drop(t, thrown);
    if (ref_is_null(r)) return ended(t, task);
    Ref done = yielded(t, task, ref_borrow(r));
    ref_drop(t, r);
    return done;
}
static Ref task_step(Thread *t, Value task, Value exc) {
    Ref held = ref_new(t, task), loop = slot_ref(t, &task_of(task)->future.loop), r = REF_NULL;
    if (task_enter(t, ref_borrow(loop), task) == 0) {
        r = step_inside(t, task, exc);
        Ref e = ref_is_null(r) ? err_fetch(t) : REF_NULL;
        if (task_leave(t, ref_borrow(loop), task) < 0) {
            ref_drop(t, r);
            ref_drop(t, e);
            r = REF_NULL;
        } else if (!ref_is_null(e)) {
            err_steal(t, e);
        }
    }
    ref_drop(t, loop);
    ref_drop(t, held);
    return r;
}

/* ---- Task --------------------------------------------------------------------------------------------------------------------------------------------- */

static _Atomic int64_t x_name_counter;
static int task_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Task *k = task_of(self);
    Value a[4];
    if (kit_bind(t, "Task", "coro$|loop,name,context", args, nargs, kwnames, a) < 0 || future_setup(t, &k->future, a[1]) < 0) return -1;
    bool good = is_exact(a[0], &coroutine_type);
    if (!good) {
        Ref r = call1(t, slot_get(&aio_iscoroutine), a[0]);
        int yes = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
        ref_drop(t, r);
        if (yes < 0) return -1;
        good = yes;
    }
    if (!good) {
        store_relaxed(&k->x_log_destroy, false);
        return err_int(err_set(t, E_TypeError, "a coroutine was expected, got %R", a[0]));
    }
    Ref context = value_is_null(a[3]) || value_is_none(a[3]) ? call0(t, slot_get(&aio_copy_context)) : ref_new(t, a[3]);
    if (ref_is_null(context)) return -1;
    slot_set(t, k, &k->context, context);
    slot_set(t, k, &k->waiter, REF_NULL);
    store_relaxed(&k->x_must_cancel, false);
    store_relaxed(&k->x_log_destroy, true);
    store_relaxed(&k->x_cancels, 0);
    slot_set(t, k, &k->coro, ref_new(t, a[0]));
    Ref name;
    if (value_is_null(a[2]) || value_is_none(a[2])) name = str_format(t, "Task-%lld", (long long)add_acq_rel(&x_name_counter, 1) + 1);
    else name = is_exact(a[2], &str_type) ? ref_new(t, a[2]) : object_str(t, a[2]);
    if (ref_is_null(name)) return -1;
    slot_set(t, k, &k->name, name);
    return step_soon(t, self, VALUE_NULL) < 0 ? -1 : task_register(t, self);
}
static Ref task_repr(Thread *t, Value self) { return future_repr_by(t, self, &aio_task_repr); }
static void task_finalize(Thread *t, Object *o) {
    Task *k = (Task *)o;
    if (load_relaxed(&k->future.x_state) == FUTURE_PENDING && load_relaxed(&k->x_log_destroy) && !value_is_null(slot_get(&k->future.loop))) {
        Ref outer = err_fetch(t), context = dict_new(t), text = str_from_cstr(t, "Task was destroyed but it is pending!"), r = REF_NULL;
        if (!ref_is_null(context) && !ref_is_null(text) && dict_set_cstr(t, ref_borrow(context), "task", object_value(o)) == 0 &&
            dict_set_cstr(t, ref_borrow(context), "message", ref_borrow(text)) == 0 &&
            (value_is_null(slot_get(&k->future.source_tb)) || dict_set_cstr(t, ref_borrow(context), "source_traceback", slot_get(&k->future.source_tb)) == 0))
            r = call_method1(t, slot_get(&k->future.loop), str_intern_cstr(t, "call_exception_handler"), ref_borrow(context));
        if (ref_is_null(r)) err_unraisable(t, NULL, object_value(o));
        ref_drop(t, r);
        ref_drop(t, text);
        ref_drop(t, context);
        if (!ref_is_null(outer)) err_steal(t, outer);
    }
    future_log_exception(t, &k->future);
}

static Ref m_cancel(Thread *t, Value self, const Value *a) {
    Task *k = task_of(self);
    store_relaxed(&k->future.x_log_tb, false);
    if (load_acquire(&k->future.x_state) != FUTURE_PENDING) return REF_FALSE;
    add_acq_rel(&k->x_cancels, 1);
    Ref waiter = slot_ref(t, &k->waiter);
    if (!ref_is_null(waiter)) {
        static const char *const names[] = {"msg"};
        Value msg = value_is_null(a[0]) ? VALUE_NONE : a[0];
        Ref f = get_attr_cstr(t, ref_borrow(waiter), "cancel"), r = ref_is_null(f) ? f : call_kw(t, ref_borrow(f), &msg, 0, names, 1);
        int yes = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
        ref_drop(t, r);
        ref_drop(t, f);
        ref_drop(t, waiter);
        if (yes != 0) return yes < 0 ? REF_NULL : REF_TRUE; /* the waiter's end will wake the task */
    }
    slot_set(t, k, &k->future.cancel_msg, value_is_null(a[0]) || value_is_none(a[0]) ? REF_NULL : ref_new(t, a[0]));
    store_relaxed(&k->x_must_cancel, true);
    return REF_TRUE;
}
static Ref m_cancelling(Thread *t, Value self, const Value *a) { return ref_small_int(load_relaxed(&task_of(self)->x_cancels)); }
static Ref m_uncancel(Thread *t, Value self, const Value *a) {
    int n = load_relaxed(&task_of(self)->x_cancels);
    while (n > 0 && !cas_acq_rel(&task_of(self)->x_cancels, &n, n - 1)) {}
    return ref_small_int(n > 0 ? n - 1 : 0);
}
static Ref m_get_stack(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    if (kit_bind(t, "get_stack", "$|limit", args, nargs, kwnames, a) < 0) return REF_NULL;
    return call2(t, slot_get(&aio_get_stack), self, value_is_null(a[0]) ? VALUE_NONE : a[0]);
}
static Ref m_print_stack(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    if (kit_bind(t, "print_stack", "$|limit,file", args, nargs, kwnames, a) < 0) return REF_NULL;
    return call3(t, slot_get(&aio_print_stack), self, value_is_null(a[0]) ? VALUE_NONE : a[0], value_is_null(a[1]) ? VALUE_NONE : a[1]);
}
static Ref m_get_name(Thread *t, Value self, const Value *a) {
    Ref r = slot_ref(t, &task_of(self)->name);
    return ref_is_null(r) ? REF_NONE : r;
}
static Ref m_set_name(Thread *t, Value self, const Value *a) {
    Ref name = is_exact(a[0], &str_type) ? ref_new(t, a[0]) : object_str(t, a[0]);
    if (ref_is_null(name)) return name;
    slot_set(t, value_object(self), &task_of(self)->name, name);
    return REF_NONE;
}
static Ref get_coro(Thread *t, Value self, void *closure) {
    Ref r = slot_ref(t, &task_of(self)->coro);
    return ref_is_null(r) ? REF_NONE : r;
}
static Ref m_get_coro(Thread *t, Value self, const Value *a) { return get_coro(t, self, NULL); }
static Ref m_set_result(Thread *t, Value self, const Value *a) { return err_set(t, E_RuntimeError, "Task does not support set_result operation"); }
static Ref m_set_exception(Thread *t, Value self, const Value *a) { return err_set(t, E_RuntimeError, "Task does not support set_exception operation"); }
static NativeDef task_own_methods[] = {
    FN("set_result", "($self, result, /)", m_set_result, NULL), FN("set_exception", "($self, exception, /)", m_set_exception, NULL),
    FN("cancel", "($self, /, msg=None)", m_cancel, "Request that this task cancel itself."),
    FN("cancelling", "($self, /)", m_cancelling, "Return the count of the task's cancellation requests."),
    FN("uncancel", "($self, /)", m_uncancel, "Decrement the task's count of cancellation requests."),
    FN_RAW("get_stack", "($self, /, *, limit=None)", m_get_stack, "Return the list of stack frames for this task's coroutine."),
    FN_RAW("print_stack", "($self, /, *, limit=None, file=None)", m_print_stack, "Print the stack or traceback for this task's coroutine."),
    FN("get_name", "($self, /)", m_get_name, NULL), FN("set_name", "($self, value, /)", m_set_name, NULL), FN("get_coro", "($self, /)", m_get_coro, NULL)};
static Ref get_log_destroy(Thread *t, Value self, void *closure) { return ref_bool(load_relaxed(&task_of(self)->x_log_destroy)); }
static int set_log_destroy(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    int yes = is_true(t, v);
    if (yes >= 0) store_relaxed(&task_of(self)->x_log_destroy, yes);
    return yes < 0 ? -1 : 0;
}
static Ref get_must_cancel(Thread *t, Value self, void *closure) { return ref_bool(load_relaxed(&task_of(self)->x_must_cancel)); }
static Ref get_waiter(Thread *t, Value self, void *closure) {
    Ref r = slot_ref(t, &task_of(self)->waiter);
    return ref_is_null(r) ? REF_NONE : r;
}
static const GetSetDef task_getset[] = {{"_log_destroy_pending", get_log_destroy, set_log_destroy}, {"_must_cancel", get_must_cancel}, {"_coro", get_coro},
                                        {"_fut_waiter", get_waiter}, {NULL}};
extern NativeDef task_common_methods[];
NativeDef task_methods[32]; /* its own, which stand before the future's */
void task_methods_join(void) {
    size_t n = sizeof task_own_methods / sizeof *task_own_methods;
    memcpy(task_methods, task_own_methods, sizeof task_own_methods);
    for (size_t i = 0; task_common_methods[i].name != NULL; i++) task_methods[n + i] = task_common_methods[i];
}
Type task_type = {
    TYPE_HEADER(Task, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE | TYPE_SHAPED, task_traverse, task_clear, task_clear),
    .head.finalize = task_finalize,
    .name = "_asyncio.Task", .doc = "A coroutine wrapped in a Future.", .base = &future_type, .attrs_offset = offsetof(Future, attrs_),
    .weakrefs_offset = offsetof(Future, weakrefs), .new_ = future_new, .init = task_init, .repr = task_repr, .iter = future_iter, .await_ = future_iter,
    .methods = task_methods, .getset = task_getset,
};
