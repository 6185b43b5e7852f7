/* The states of a thread, and stopping the world.
 *
 *   DETACHED --state_enter--> ATTACHED --safepoint, while somebody stops--> SUSPENDED
 *   DETACHED --the stopper--> SUSPENDED          DETACHED --queue_push, for a moment--> CLAIMED
 *
 * A stop: one thread becomes the stopper (others that want to stop are suspended first, as at any safepoint), asks all by
 * BREAK_STOP, takes the detached ones by a compare-and-swap and waits until each attached one is suspended. Every change
 * into SUSPENDED, and out of it, happens under world.lock; ATTACHED <-> DETACHED needs no lock.
 * A start sets all that were suspended going before it returns: also threads that wait to attach, so that a thread which
 * stops the world in a loop starves nobody (W1). The stopper never detaches while it asks (W2).
 * In GIL mode the holder of the GIL is alone already: nothing to do.
 */
#include "alloc/internal.h"
#include <errno.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t stopped, resumed;
    AllocThread *stopper; /* guarded by lock */
} world = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL};

pthread_mutex_t threads_lock = PTHREAD_MUTEX_INITIALIZER;
AllocThread *threads_list; /* guarded by threads_lock */

void breaker_set(Thread *t, uint32_t bits) {
    or_acq_rel(&t->hot.x_breaker, bits);
    if (bits & BREAK_SIGNAL) park_interrupt(t->alloc);
}
void breaker_clear(Thread *t, uint32_t bits) { and_acq_rel(&t->hot.x_breaker, ~bits); }

_Noreturn void thread_hang(void) {
    for (;;) pause();
}
/* The interpreter ends: threads other than the main one stay out for ever. What they hold is the main thread's to take (see lock_wait). */
static bool must_hang(const Thread *t) { return unlikely(load_relaxed(&x_finalizing)) && !t->is_main; }

NO_ASAN __attribute__((noinline, no_sanitize_thread)) void stack_record_at(AllocThread *a, char *frame) {
#if defined(__x86_64__)
    __asm__ volatile("movq %%rbx, 0(%0)\n\tmovq %%rbp, 8(%0)\n\tmovq %%r12, 16(%0)\n\t"
                     "movq %%r13, 24(%0)\n\tmovq %%r14, 32(%0)\n\tmovq %%r15, 40(%0)"
                     :: "r"(a->regs) : "memory");
#else
    __builtin_unwind_init();
#endif
    const uintptr_t *below = (const uintptr_t *)frame;
    for (int i = 6; i < STACK_REGS; i++) a->regs[i] = below[5 - i];
    a->stack_now = frame;
}

/* Waits until the start that sets us going; world.lock held. */
static void suspend_locked(AllocThread *a) {
    stack_record(a);
    a->suspended_self = true;
    store_seq(&a->x_state, STATE_SUSPENDED);
    pthread_cond_broadcast(&world.stopped);
    while (load_relaxed(&a->x_state) == STATE_SUSPENDED) pthread_cond_wait(&world.resumed, &world.lock);
    a->suspended_self = false;
}

/* world.lock held: a stopper that looks at the states between the store and the broadcast would wait for ever. */
static void hang_if_finalizing(Thread *t) {
    if (!must_hang(t)) return;
    qsbr_offline(t);
    store_seq(&t->alloc->x_state, STATE_DETACHED);
    pthread_cond_broadcast(&world.stopped);
    pthread_mutex_unlock(&world.lock);
    thread_hang();
}

void world_suspend(Thread *t) {
    if (gil_mode) return;
    AllocThread *a = t->alloc;
    pthread_mutex_lock(&world.lock);
    if (world.stopper && world.stopper != a) suspend_locked(a);
    if (!world.stopper || world.stopper == a) breaker_clear(t, BREAK_STOP); /* else somebody stops the world again already */
    hang_if_finalizing(t);
    pthread_mutex_unlock(&world.lock);
}

void world_stop(Thread *t) {
    AllocThread *a = t->alloc;
    stack_record(a);
    if (gil_mode) {
        pthread_mutex_lock(&threads_lock);
        pthread_mutex_unlock(&threads_lock);
        return;
    }
    HARD_YIELD();
    pthread_mutex_lock(&world.lock);
    while (world.stopper) suspend_locked(a);
    hang_if_finalizing(t);
    stack_record(a);
    world.stopper = a;
    pthread_mutex_lock(&threads_lock); /* the list stands still until world_start */
    FOR_EACH_THREAD(other)
        if (other != a) breaker_set(other->thread, BREAK_STOP);
    for (;;) {
        bool all = true, claimed = false;
        FOR_EACH_THREAD(other) {
            if (other == a) continue;
            uint32_t detached = STATE_DETACHED;
            if (cas_acq_rel(&other->x_state, &detached, STATE_SUSPENDED)) continue;
            if (detached == STATE_SUSPENDED) continue;
            all = false;
            claimed |= detached == STATE_CLAIMED;
        }
        if (all) break;
        /* those who leave ATTACHED wake us when they see BREAK_STOP; a claim ends by itself */
        if (claimed) {
            pthread_mutex_unlock(&threads_lock);
            pthread_mutex_unlock(&world.lock);
            sched_yield();
            pthread_mutex_lock(&world.lock);
            pthread_mutex_lock(&threads_lock);
        } else {
            pthread_mutex_unlock(&threads_lock);
            pthread_cond_wait(&world.stopped, &world.lock);
            pthread_mutex_lock(&threads_lock);
        }
    }
    pthread_mutex_unlock(&threads_lock);
    pthread_mutex_unlock(&world.lock);
}

void world_start(Thread *t) {
    if (gil_mode) return;
    pthread_mutex_lock(&world.lock);
    pthread_mutex_lock(&threads_lock);
    world.stopper = NULL;
    FOR_EACH_THREAD(a) {
        if (a == t->alloc) continue;
        breaker_clear(a->thread, BREAK_STOP);
        if (load_relaxed(&a->x_state) != STATE_SUSPENDED) continue;
        store_seq(&a->x_state, a->suspended_self || a->wants_attach ? STATE_ATTACHED : STATE_DETACHED);
    }
    pthread_mutex_unlock(&threads_lock);
    pthread_cond_broadcast(&world.resumed);
    pthread_mutex_unlock(&world.lock);
}

Thread *world_first(Thread *t) { return threads_list ? threads_list->thread : NULL; }
Thread *world_next(Thread *other) { return other->alloc->next ? other->alloc->next->thread : NULL; }

void state_leave(Thread *t) {
    AllocThread *a = t->alloc;
    HARD_YIELD();
    store_seq(&a->x_state, STATE_DETACHED);
    if (unlikely(load_seq(&t->hot.x_breaker) & BREAK_STOP)) {
        pthread_mutex_lock(&world.lock);
        pthread_cond_broadcast(&world.stopped);
        pthread_mutex_unlock(&world.lock);
    }
    /* who queued to us before that store saw us attached: its entries are ours to merge (the other half is in queue_push) */
    if (!gil_mode && unlikely(load_seq(&id_slot(t->hot.id)->x_count) || load_seq(&id_slot(t->hot.alt_id)->x_count)) && state_claim(a)) {
        bool offline = load_relaxed(&a->x_epoch) == 0;
        if (offline) qsbr_online(t); /* a merge lets go of the queue's reference, and looks at the object once more: it must wait for us */
        breaker_clear(t, BREAK_MERGE);
        queue_merge_own(t);
        retired_hand_over(t); /* we may be away for long */
        if (offline) store_seq(&a->x_epoch, 0);
        qsbr_wake();
        state_unclaim(a);
    }
}

void state_enter(Thread *t) {
    AllocThread *a = t->alloc;
    for (;;) {
        uint32_t state = STATE_DETACHED;
        if (likely(cas_acq_rel(&a->x_state, &state, STATE_ATTACHED))) break;
        if (state == STATE_CLAIMED) {
            sched_yield();
            continue;
        }
        pthread_mutex_lock(&world.lock);
        a->wants_attach = true;
        while (load_relaxed(&a->x_state) == STATE_SUSPENDED) pthread_cond_wait(&world.resumed, &world.lock);
        a->wants_attach = false;
        bool attached = load_relaxed(&a->x_state) == STATE_ATTACHED;
        pthread_mutex_unlock(&world.lock);
        if (attached) break;
    }
    /* set while the world stood still, so each thread either sees it here or is suspended and sees it then */
    if (must_hang(t)) {
        qsbr_offline(t);
        state_leave(t);
        thread_hang();
    }
}

void thread_unlink(AllocThread *a) {
    if (a->prev) a->prev->next = a->next;
    else threads_list = a->next;
    if (a->next) a->next->prev = a->prev;
}

/* For a foreign thread: nobody stops the world until it lets go. It holds a raw lock meanwhile. */
void world_hold(void) {
    pthread_mutex_lock(&world.lock);
    while (world.stopper) pthread_cond_wait(&world.resumed, &world.lock);
}
void world_let_go(void) { pthread_mutex_unlock(&world.lock); }

/* Around adding a detached thread to the list. While the world is stopped it counts as stopped, too. */
void world_join(AllocThread *a) {
    pthread_mutex_lock(&world.lock);
    pthread_mutex_lock(&threads_lock);
    store_seq(&a->x_state, world.stopper ? STATE_SUSPENDED : STATE_DETACHED);
}
void world_joined(void) {
    pthread_mutex_unlock(&threads_lock);
    pthread_mutex_unlock(&world.lock);
}

/* An attached thread ends: off the list for good. Waits while the world is stopped, for the list stands still then. */
void world_leave(Thread *t) {
    AllocThread *a = t->alloc;
    pthread_mutex_lock(&world.lock);
    while (world.stopper && !gil_mode) suspend_locked(a);
    pthread_mutex_lock(&threads_lock);
    thread_unlink(a);
    pthread_mutex_unlock(&threads_lock);
    pthread_mutex_unlock(&world.lock);
}

bool state_claim(AllocThread *a) {
    uint32_t state = STATE_DETACHED;
    return cas_acq_rel(&a->x_state, &state, STATE_CLAIMED);
}
void state_unclaim(AllocThread *a) { store_seq(&a->x_state, STATE_DETACHED); }

void threads_finalizing(Thread *t) {
    world_stop(t);
    store_seq(&x_finalizing, true);
    world_start(t);
}
bool is_finalizing(void) { return load_relaxed(&x_finalizing); }

void world_locks_reset(void) {
    pthread_mutex_init(&world.lock, NULL);
    pthread_mutex_init(&threads_lock, NULL);
    pthread_cond_init(&world.stopped, NULL);
    pthread_cond_init(&world.resumed, NULL);
    world.stopper = NULL;
}
