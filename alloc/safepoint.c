/* Safepoints, detaching and attaching. */
#include "alloc/finalizers.h"
#include "alloc/internal.h"
#include <errno.h>

#define PUT_OFF_MOST 100 /* then what waits is let go even so: the block may last as long as the program */
static _Thread_local struct { int blocks, times; } waiting;

static bool put_off(Thread *t) {
    if (waiting.blocks == 0 || waiting.times >= PUT_OFF_MOST) return false;
    breaker_clear(t, BREAK_RETIRED);
    waiting.times++;
    return true;
}
void finalizers_put_off(Thread *t) { waiting.blocks++; }
bool finalizers_wait(Thread *t) { return waiting.blocks > 0; }
void finalizers_resume(Thread *t) {
    if (waiting.blocks == 0 || --waiting.blocks > 0 || waiting.times == 0) return;
    waiting.times = 0;
    breaker_set(t, BREAK_RETIRED);
}

/* What others wait for. Returns the bits that are left. */
static uint32_t answer(Thread *t) {
    uint32_t bits = load_acquire(&t->hot.x_breaker);
    mutex_check_none(t);
    HARD_YIELD();
    while (bits & BREAK_STOP) {
        if (bits & BREAK_QUIESCE) qsbr_quiesce(t); /* the stopper may wait for the grace period (retired_flush) */
        world_suspend(t);
        bits = load_acquire(&t->hot.x_breaker);
    }
    if (bits & BREAK_GIL) gil_yield(t);
    if (bits & BREAK_MERGE) {
        breaker_clear(t, BREAK_MERGE);
        queue_merge_own(t);
    }
    bits = load_acquire(&t->hot.x_breaker); /* merging may have retired something */
    if (bits & BREAK_QUIESCE) {
        qsbr_quiesce(t);
        bits = load_acquire(&t->hot.x_breaker);
    }
    return bits;
}
static bool signal_waits(Thread *t, uint32_t bits) { return t->is_main && (bits & (BREAK_SIGNAL | BREAK_SIMULATED)); }
static void tidy(Thread *t, uint32_t bits) {
    if (((bits & BREAK_RETIRED) || noticed_pending(t)) && !put_off(t)) qsbr_reclaim(t);
    if (bits & BREAK_COLLECT) {
        breaker_clear(t, BREAK_COLLECT);
        collector_safepoint(t);
    }
}

void safepoint_quiet(Thread *t) {
    uint32_t bits = answer(t);
    if (!signal_waits(t, bits)) tidy(t, bits);
}

int safepoint_slow(Thread *t) {
    uint32_t bits = answer(t);
    /* before finalizers and callbacks run, in which an exception of a handler would be lost */
    if (signal_waits(t, bits)) {
        breaker_clear(t, BREAK_SIGNAL | BREAK_SIMULATED);
        if (alloc_hooks.handle_signals && alloc_hooks.handle_signals(t) < 0) return -1;
    }
    tidy(t, bits);
    if (bits & BREAK_PENDING) {
        breaker_clear(t, BREAK_PENDING);
        if (alloc_hooks.pending_calls && alloc_hooks.pending_calls(t) < 0) return -1;
    }
    if ((bits & BREAK_ASYNC) && !t->alloc->reclaiming && !t->alloc->collecting) { /* in a finalizer or a callback it would be lost */
        breaker_clear(t, BREAK_ASYNC);
        if (alloc_hooks.async_exception && alloc_hooks.async_exception(t) < 0) return -1;
    }
    return 0;
}

NOINLINE void thread_detach(Thread *t) {
    int err = errno;
    if (t->critical) critical_suspend(t);
    stack_record(t->alloc);
    if (load_relaxed(&t->hot.x_breaker) & BREAK_MERGE) {
        breaker_clear(t, BREAK_MERGE);
        queue_merge_own(t);
    }
    qsbr_offline(t);
    gil_drop(t, false);
    state_leave(t);
    errno = err;
}

void thread_attach(Thread *t) {
    int err = errno;
    gil_take(t);
    state_enter(t);
    qsbr_online(t);
    if (t->critical) critical_resume(t);
    errno = err;
}
