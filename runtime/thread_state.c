#include "runtime/thread_state.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/modules/_thread.h"

int thread_state_begin(Thread *t) {
    t->runtime = mem_zalloc(sizeof(RuntimeThread));
    return t->runtime ? 0 : -1;
}

void thread_state_end(Thread *t) {
    RuntimeThread *r = runtime_thread(t);
    if (r == NULL) return;
    thread_locals_drop(t);
    r->decimal_context = VALUE_NULL;
    Ref *refs[] = {&r->context, &r->trace, &r->profile, &r->async_gen_firstiter, &r->async_gen_finalizer, &r->running_loop, &r->struct_formats};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) {
        Ref old = *refs[i];
        *refs[i] = REF_NULL;
        ref_drop(t, old);
    }
    Ref unraised = t->async_exc;
    t->async_exc = REF_NULL;
    ref_drop(t, unraised);
    t->sentinel = r->sentinel;
    mem_free(r);
    t->runtime = NULL;
}

void thread_state_visit(Thread *t, VisitFn visit, void *arg) {
    RuntimeThread *r = runtime_thread(t);
    if (r == NULL) return;
    Ref refs[] = {r->sentinel, r->context, r->trace, r->profile, r->async_gen_firstiter, r->async_gen_finalizer, r->running_loop, r->struct_formats};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++)
        if (value_is_object(ref_borrow(refs[i]))) visit(arg, ref_borrow(refs[i]));
}

int thread_raise_in(Thread *t, uint64_t ident, Value exception) {
    int found = 0;
    publish(t, exception);
    Ref given = ref_new(t, exception);
    world_stop(t);
    for (Thread *other = world_first(t); other != NULL && found == 0; other = world_next(other)) {
        if (load_relaxed(&other->x_ident) != ident) continue;
        Ref before = other->async_exc;
        other->async_exc = given;
        given = before;
        if (value_is_null(exception)) breaker_clear(other, BREAK_ASYNC);
        else breaker_set(other, BREAK_ASYNC);
        found = 1;
    }
    world_start(t);
    ref_drop(t, given);
    return found;
}

int thread_async_exception(Thread *t) {
    Ref e = t->async_exc;
    t->async_exc = REF_NULL;
    if (ref_is_null(e)) return 0;
    Value v = ref_borrow(e);
    if (is_type(v) && type_flag(as(Type, v), TYPE_EXCEPTION)) err_object(t, v);
    else err_set(t, E_SystemError, "_PyErr_SetObject: exception %R is not a BaseException subclass", v);
    ref_drop(t, e);
    return -1;
}
