/* _asyncio: which loop runs in this thread, which task runs in which loop; the module. See _asyncio.h. */
#include "runtime/modules/_asyncio.h"
#include <unistd.h>

Slot aio_cancelled_error, aio_invalid_state, aio_future_repr, aio_task_repr, aio_get_stack, aio_print_stack, aio_policy, aio_extract_stack, aio_iscoroutine,
    aio_all_tasks, aio_current_tasks, aio_copy_context;

/* ---- tasks -------------------------------------------------------------------------------------------------------------------------------- */

int task_enter(Thread *t, Value loop, Value task) {
    Ref now;
    int found = dict_setdefault(t, slot_get(&aio_current_tasks), loop, task, &now);
    if (found < 0) return -1;
    if (found == 1) err_set(t, E_RuntimeError, "Cannot enter into task %R while another task %R is being executed.", task, ref_borrow(now));
    ref_drop(t, now);
    return found == 1 ? -1 : 0;
}
int task_leave(Thread *t, Value loop, Value task) {
    Ref now;
    int found = dict_lookup(t, slot_get(&aio_current_tasks), loop, &now);
    if (found < 0) return -1;
    bool same = found == 1 && value_is(ref_borrow(now), task);
    if (!same) err_set(t, E_RuntimeError, "Leaving task %R does not match the current task %R.", task, found ? ref_borrow(now) : VALUE_NONE);
    ref_drop(t, now);
    return same ? dict_del(t, slot_get(&aio_current_tasks), loop) : -1;
}
static int all_tasks(Thread *t, const char *method, Value task) {
    Ref r = call_method1(t, slot_get(&aio_all_tasks), str_intern_cstr(t, method), task);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}
int task_register(Thread *t, Value task) { return all_tasks(t, "add", task); }

/* ---- loops --------------------------------------------------------------------------------------------------------------------------------- */

Ref loop_running(Thread *t) {
    RuntimeThread *r = runtime_thread(t);
    if (ref_is_null(r->running_loop) || ref_is_none(r->running_loop) || r->running_loop_pid != getpid()) return REF_NULL; /* a forked child isn't in the loop */
    return ref_new(t, ref_borrow(r->running_loop));
}
Ref loop_get(Thread *t) {
    Ref loop = loop_running(t);
    if (!ref_is_null(loop)) return loop;
    Ref policy = call0(t, slot_get(&aio_policy)), r = REF_NULL;
    if (!ref_is_null(policy)) r = call_method0(t, ref_borrow(policy), str_intern_cstr(t, "get_event_loop"));
    ref_drop(t, policy);
    return r;
}
static Ref m_get_running_loop_or_none(Thread *t, Value m, const Value *a) {
    Ref r = loop_running(t);
    return ref_is_null(r) ? REF_NONE : r;
}
static Ref m_get_running_loop(Thread *t, Value m, const Value *a) {
    Ref r = loop_running(t);
    return ref_is_null(r) ? err_set(t, E_RuntimeError, "no running event loop") : r;
}
static Ref m_set_running_loop(Thread *t, Value m, const Value *a) {
    RuntimeThread *r = runtime_thread(t);
    Ref old = r->running_loop;
    r->running_loop = value_is_none(a[0]) ? REF_NULL : ref_new(t, a[0]);
    r->running_loop_pid = getpid();
    ref_drop(t, old);
    return REF_NONE;
}
static Ref m_get_event_loop(Thread *t, Value m, const Value *a) { return loop_get(t); }
static Ref none_or_null(int status) { return status < 0 ? REF_NULL : REF_NONE; }
static Ref m_register_task(Thread *t, Value m, const Value *a) { return none_or_null(all_tasks(t, "add", a[0])); }
static Ref m_unregister_task(Thread *t, Value m, const Value *a) { return none_or_null(all_tasks(t, "discard", a[0])); }
static Ref m_enter_task(Thread *t, Value m, const Value *a) { return none_or_null(task_enter(t, a[0], a[1])); }
static Ref m_leave_task(Thread *t, Value m, const Value *a) { return none_or_null(task_leave(t, a[0], a[1])); }

static NativeDef functions[] = {
    FN("get_event_loop", "($module, /)", m_get_event_loop, "Return an asyncio event loop.\n\nIf there is no running event loop set, this is get_event_loop_policy().get_event_loop()."),
    FN("_get_event_loop", "($module, /, stacklevel=3)", m_get_event_loop, NULL),
    FN("get_running_loop", "($module, /)", m_get_running_loop, "Return the running event loop.  Raise a RuntimeError if there is none."),
    FN("_get_running_loop", "($module, /)", m_get_running_loop_or_none, "Return the running event loop or None."),
    FN("_set_running_loop", "($module, loop, /)", m_set_running_loop, "Set the running event loop."),
    FN("_register_task", "($module, /, task)", m_register_task, "Register a new task in asyncio as executed by loop."),
    FN("_unregister_task", "($module, /, task)", m_unregister_task, "Unregister a task."),
    FN("_enter_task", "($module, /, loop, task)", m_enter_task, "Enter into task execution or resume suspended task.\n\nTask belongs to loop."),
    FN("_leave_task", "($module, /, loop, task)", m_leave_task, "Leave task execution or suspend a task.\n\nTask belongs to loop."), FN_END};

void task_methods_join(void);
int module_init_asyncio(Thread *t, Value module) {
    struct { Slot *slot; const char *module, *attr; } wanted[] = {
        {&aio_policy, "asyncio.events", "get_event_loop_policy"}, {&aio_future_repr, "asyncio.base_futures", "_future_repr"},
        {&aio_invalid_state, "asyncio.exceptions", "InvalidStateError"}, {&aio_cancelled_error, "asyncio.exceptions", "CancelledError"},
        {&aio_task_repr, "asyncio.base_tasks", "_task_repr"}, {&aio_get_stack, "asyncio.base_tasks", "_task_get_stack"},
        {&aio_print_stack, "asyncio.base_tasks", "_task_print_stack"}, {&aio_iscoroutine, "asyncio.coroutines", "iscoroutine"},
        {&aio_extract_stack, "traceback", "extract_stack"}, {&aio_copy_context, "_contextvars", "copy_context"},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        Ref v = import_attr(t, wanted[i].module, wanted[i].attr);
        if (ref_is_null(v)) return -1;
        kit_root(t, wanted[i].slot, v);
    }
    task_methods_join();
    Type *const types[] = {&future_type, &task_type, NULL};
    if (type_ready(t, &future_iter_type) < 0 || type_ready(t, &step_type) < 0 || kit_module(t, module, types, functions, "Accelerator module for asyncio") < 0) return -1;
    Ref weak_set = import_attr(t, "weakref", "WeakSet"), all = ref_is_null(weak_set) ? weak_set : call0(t, ref_borrow(weak_set)), current = dict_new(t);
    ref_drop(t, weak_set);
    if (ref_is_null(all) || ref_is_null(current)) return -1;
    kit_root(t, &aio_all_tasks, all);
    kit_root(t, &aio_current_tasks, current);
    return module_set(t, module, "_all_tasks", slot_get(&aio_all_tasks)) < 0 ? -1 : module_set(t, module, "_current_tasks", slot_get(&aio_current_tasks));
}
