/* Life of threads: start of the first, start and end of others, fork, the interpreter's end. */
#include "alloc/internal.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#if WEFT_ASAN
#define STACK_MARGIN ((size_t)512 << 10) /* what C code may still use below c_stack_limit */
#else
#define STACK_MARGIN ((size_t)160 << 10)
#endif
#define STACK_DEFAULT ((size_t)8 << 20)

_Thread_local Thread *thread_self;
AllocHooks alloc_hooks;
bool gil_mode, threads_split;
_Atomic bool x_finalizing;
static _Atomic int x_thread_count;

bool gil_enabled(void) { return gil_mode; }
int thread_count(void) { return load_acquire(&x_thread_count); } /* who sees 1 sees what the others did */

static void stack_bounds_main(Thread *t) {
    extern void *__libc_stack_end;
    struct rlimit limit;
    size_t size = STACK_DEFAULT;
    if (getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) size = limit.rlim_cur;
    if (size > (size_t)1 << 30) size = (size_t)1 << 30;
    char *top = __libc_stack_end;
    t->alloc->stack_top = top;
    t->c_stack_limit = top - size + STACK_MARGIN + size / 16;
}

static void stack_bounds(Thread *t) {
    pthread_attr_t attr;
    void *low;
    size_t size;
    if (syscall(SYS_gettid) == getpid()) {
        stack_bounds_main(t);
        return;
    }
    if (pthread_getattr_np(pthread_self(), &attr) != 0) return;
    if (pthread_attr_getstack(&attr, &low, &size) == 0) {
        t->alloc->stack_top = (char *)low + size;
        size_t margin = STACK_MARGIN < size / 4 ? STACK_MARGIN : size / 4;
        t->c_stack_limit = (char *)low + margin;
    }
    pthread_attr_destroy(&attr);
}

static void list_add(AllocThread *a) {
    world_join(a);
    AllocThread **at = &threads_list, *prev = NULL;
    for (; *at; at = &(*at)->next) prev = *at;
    a->next = NULL;
    a->prev = prev;
    *at = a;
    add_relaxed(&x_thread_count, 1);
    world_joined();
}

static void list_remove(AllocThread *a) {
    pthread_mutex_lock(&threads_lock);
    thread_unlink(a);
    add_relaxed(&x_thread_count, -1);
    pthread_mutex_unlock(&threads_lock);
}

static void set_id(Thread *t, uint16_t id) {
    t->hot.id = id;
    t->hot.local_word = id | WORD_FLAG(FLAG_LOCAL);
}

#define APART 128 /* bytes, two cache lines: behind what one thread writes all the time, before the next thread's in a row of such blocks */

/* A detached thread that isn't on the list yet. */
static Thread *thread_make(void) {
    Thread *t = mem_zalloc(sizeof *t + APART);
    AllocThread *a = mem_zalloc(sizeof *a + APART);
    if (!t || !a || !tally_init(&a->tally)) goto fail;
    t->alloc = a;
    a->thread = t;
    young_begin(a);
    store_relaxed(&a->x_state, STATE_CLAIMED); /* nobody else may, before it is on the list */
    a->heaps = heap_acquire(a);
    if (!a->heaps) goto fail;
    uint16_t id = 1;
    if (!gil_mode || !load_relaxed(&x_thread_count)) id = id_take(a);
    if (!id) {
        heaps_release(a);
        goto fail;
    }
    set_id(t, id);
    t->hot.alt_id = id;
    return t;
fail:
    if (a) tally_free(&a->tally);
    mem_free(t);
    mem_free(a);
    return NULL;
}

static void thread_free(Thread *t) {
    AllocThread *a = t->alloc;
    mem_free(a->retire_open);
    mem_free(a->retire_spare);
    tally_free(&a->tally);
    mem_free(a);
    mem_free(t);
}

static void thread_name(Thread *t) {
    thread_self = t;
    t->native_id = syscall(SYS_gettid);
    store_relaxed(&t->x_ident, (uint64_t)pthread_self());
}
static void thread_bind(Thread *t) {
    thread_name(t);
    t->recursion_left = RECURSION_LIMIT;
    stack_bounds(t);
}

Thread *alloc_init(bool gil) {
    gil_mode = gil || WEFT_GIL;
    const char *fail = getenv("WEFT_FAIL_ALLOC");
    pages_init();
    Thread *t = thread_make();
    if (!t) return NULL;
    t->is_main = true;
    thread_bind(t);
    list_add(t->alloc);
    gil_take(t);
    state_enter(t);
    qsbr_online(t);
#if WEFT_DEBUG
    hard_init();
#endif
    if (fail) {
        const char *count = strchr(fail, ',');
        fail_allocations(atoll(fail), count ? atoll(count + 1) : 1);
    }
    return t;
}

int threads_begin(Thread *t) {
    if (threads_split || gil_mode) return 0;
    uint16_t id = id_take(t->alloc);
    if (!id) return ENOMEM;
    publish_split(t);
    t->hot.alt_id = t->hot.id;
    set_id(t, id);
    threads_split = true;
    return 0;
}

/* The thread is attached; afterwards it is gone. */
static void thread_end(Thread *t) {
    AllocThread *a = t->alloc;
    safepoint_slow(t); /* what is due to run runs while the thread is whole, */
    deferred_run(t);
    if (alloc_hooks.thread_ending) alloc_hooks.thread_ending(t);
    RetireChunk *last = NULL;
    if (!ref_is_null(t->sentinel)) {
        if (!gil_mode) last = retired_ref(t->sentinel);
        if (!last) { /* in GIL mode nobody goes on before we drop the GIL; without memory it's a little early */
            alloc_hooks.thread_ended(ref_borrow(t->sentinel));
            ref_drop(t, t->sentinel);
        }
    }
    queue_merge_own(t); /* and from here on nothing runs: what dies now is retired, for others to destroy */
    t->stack_top = t->stack_base; /* no register is alive */
    tally_flush(t, a);
    if (!gil_mode) {
        if (t->hot.alt_id != t->hot.id) id_give_back(t, t->hot.alt_id);
        id_give_back(t, t->hot.id);
        set_id(t, OWNER_UNCOUNTED);
        t->hot.alt_id = 0;
    }
    retired_hand_over(t);
    heaps_release(a);
    store_seq(&a->x_epoch, 0);
    if (last) { /* offline: who joins finds that nothing waits for this thread */
        alloc_hooks.thread_ended(ref_borrow(t->sentinel));
        orphan_add(last);
    }
    qsbr_wake();
    stats_thread_ended(a);
    world_leave(t);
    gil_drop(t, false); /* last: under the GIL its holder walks the list as in a stopped world */
    sub_acq_rel(&x_thread_count, 1);
    thread_self = NULL;
    thread_free(t);
}

static void *thread_main(void *arg) {
    Thread *t = arg;
    thread_bind(t);
    thread_attach(t);
    t->alloc->body(t, t->alloc->arg);
    thread_end(t);
    return NULL;
}

/* Address space for a new thread's registers and first objects: it would have nobody to tell that it found none. */
#define STARTING_ROOM ((size_t)96 << 20)

int thread_start(Thread *t, void (*body)(Thread *t, void *arg), void *arg, size_t stack_size, uint64_t *ident, Thread **out) {
    int err = threads_begin(t);
    if (err) return err;
    if (is_finalizing()) return EAGAIN;
    if (!mem_room((stack_size ? stack_size : STACK_DEFAULT) + STARTING_ROOM)) return EAGAIN;
    Thread *n = thread_make();
    if (!n) return ENOMEM;
    n->alloc->body = body;
    n->alloc->arg = arg;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attr, stack_size ? stack_size : STACK_DEFAULT);
    list_add(n->alloc);
    if (out) *out = n;
    pthread_t id;
    err = pthread_create(&id, &attr, thread_main, n);
    pthread_attr_destroy(&attr);
    if (err) {
        if (!gil_mode) id_give_back(t, n->hot.id);
        heaps_release(n->alloc);
        list_remove(n->alloc);
        thread_free(n);
        if (out) *out = NULL;
        return err;
    }
    if (ident) *ident = (uint64_t)id;
    return 0;
}

Thread *thread_adopt(void) {
    if (!threads_split && !gil_mode) return NULL; /* everything is still local to the main thread */
    world_hold();
    Thread *t = thread_make();
    world_let_go();
    if (!t) return NULL;
    thread_bind(t);
    gil_take(t); /* before it joins the list, which the holder walks as in a stopped world */
    list_add(t->alloc);
    state_enter(t);
    qsbr_online(t);
    return t;
}

void thread_leave(Thread *t) { thread_end(t); }

int recursion_enter_slow(Thread *t, const char *where) {
    if (t->recursion_left > 0) {
        if (c_stack_slow(t, where) < 0) return -1;
        t->recursion_left--;
        return 0;
    }
    if (alloc_hooks.recursion_error) alloc_hooks.recursion_error(t, where);
    return -1;
}
int c_stack_slow(Thread *t, const char *where) {
    /* on another stack than the one that was measured (a library's coroutine)? Then the limit says nothing */
    char *here = __builtin_frame_address(0);
    if (here > t->alloc->stack_top) return 0;
    if (alloc_hooks.recursion_error) alloc_hooks.recursion_error(t, where);
    return -1;
}

/* ---- fork ------------------------------------------------------------------------------------------------------------- */
void fork_prepare(Thread *t) {
    world_stop(t);
    pthread_mutex_lock(&threads_lock);
    memtrace_fork_prepare();
}

void fork_parent(Thread *t) {
    memtrace_fork_parent();
    pthread_mutex_unlock(&threads_lock);
    world_start(t);
}

void fork_child(Thread *t) {
    AllocThread *me = t->alloc;
    memtrace_fork_child();
    pthread_mutex_unlock(&threads_lock); /* ours since fork_prepare */
    world_locks_reset();
    qsbr_locks_reset();
    pages_fork_child();
    park_fork_child();
    gil_fork_child(t);
    AllocThread *dead = threads_list;
    for (AllocThread *a = dead; a; a = a->next) a->dead = a != me;
    ids_fork_child(t);
    threads_list = NULL;
    store_relaxed(&x_thread_count, 0);
    for (AllocThread *a = dead, *next; a; a = next) {
        next = a->next;
        if (a == me) continue;
        if (alloc_hooks.thread_dropped) alloc_hooks.thread_dropped(a->thread);
        qsbr_fork_child(t, a);
        heaps_release(a);
        thread_free(a->thread);
    }
    list_add(me);
    store_seq(&me->x_state, STATE_ATTACHED);
    critical_fork_child(t);
    t->is_main = true;
    thread_name(t); /* its stack is the one it had, which isn't the process's first one if another thread than the main one forked */
    breaker_clear(t, BREAK_STOP | BREAK_GIL);
    if (alloc_hooks.fork_child) alloc_hooks.fork_child(t);
}
