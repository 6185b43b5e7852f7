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
    Ref *refs[] = {&r->context, &r->trace, &r->profile, &r->async_gen_firstiter, &r->async_gen_finalizer, &r->repr_running};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) {
        Ref old = *refs[i];
        *refs[i] = REF_NULL;
        ref_drop(t, old);
    }
    thread_sentinel_release(t); /* last: whoever joins goes on now */
    mem_free(r);
    t->runtime = NULL;
}

void thread_state_visit(Thread *t, VisitFn visit, void *arg) {
    RuntimeThread *r = runtime_thread(t);
    if (r == NULL) return;
    Ref refs[] = {r->sentinel, r->context, r->trace, r->profile, r->async_gen_firstiter, r->async_gen_finalizer, r->repr_running};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++)
        if (value_is_object(ref_borrow(refs[i]))) visit(arg, ref_borrow(refs[i]));
    for (size_t i = 0; i < r->locals_capacity; i++)
        if (value_is_object(ref_borrow(r->locals[i].dict))) visit(arg, ref_borrow(r->locals[i].dict));
}

int repr_enter(Thread *t, Value o) {
    RuntimeThread *r = runtime_thread(t);
    if (ref_is_null(r->repr_running)) {
        r->repr_running = list_new(t, 4);
        if (ref_is_null(r->repr_running)) return -1;
    }
    Value running = ref_borrow(r->repr_running);
    for (size_t i = list_size(running); i-- > 0;)
        if (value_is(list_get(running, i), o)) return 1;
    return list_append(t, running, o);
}

void repr_leave(Thread *t, Value o) {
    Value running = ref_borrow(runtime_thread(t)->repr_running);
    Ref exc = err_fetch(t); /* popping must not disturb an exception on its way */
    ref_drop(t, list_pop(t, running, (int64_t)list_size(running) - 1));
    if (!ref_is_null(exc)) err_steal(t, exc);
}
