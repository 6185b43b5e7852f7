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
    thread_sentinel_release(t); /* last: whoever joins goes on now */
    mem_free(r);
    t->runtime = NULL;
}

void thread_state_visit(Thread *t, VisitFn visit, void *arg) {
    RuntimeThread *r = runtime_thread(t);
    if (r == NULL) return;
    Ref refs[] = {r->sentinel, r->context, r->trace, r->profile, r->async_gen_firstiter, r->async_gen_finalizer, r->running_loop, r->struct_formats};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++)
        if (value_is_object(ref_borrow(refs[i]))) visit(arg, ref_borrow(refs[i]));
    for (size_t i = 0; i < r->locals_capacity; i++)
        if (value_is_object(ref_borrow(r->locals[i].dict))) visit(arg, ref_borrow(r->locals[i].dict));
}
