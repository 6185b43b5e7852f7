/* faulthandler: Python stacks when the process crashes, on a signal, after a time, or on demand.
 *
 * What runs in a signal handler, or in the thread that watches the time, uses atomics, write() and the walk over threads and frames without a lock: the
 * process may be in any state there. Settings are changed by Python calls only, one at a time (settings_lock).
 */
#include "runtime/modules/kit.h"
#include "runtime/bytes.h"
#include "runtime/names.h"
#include "runtime/times.h"
#include "runtime/vm_hooks.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

int module_init_faulthandler(Thread *t, Value module);

#define SIGNALS 65
#define THREADS_MAX 100
static Mutex settings_lock;

/* ---- writing ---------------------------------------------------------------------------------------------------------------------------- */

static void put(int fd, const char *s) {
    ssize_t n = write(fd, s, strlen(s));
    (void)n;
}
static void put_header(int fd, Thread *thread, bool current) {
    char hex[] = "0000000000000000";
    uint64_t ident = load_relaxed(&thread->x_ident);
    for (int i = 15; i >= 0; i--, ident >>= 4) hex[i] = "0123456789abcdef"[ident & 15];
    put(fd, current ? "Current thread 0x" : "Thread 0x");
    put(fd, hex);
    put(fd, " (most recent call first):\n");
}
/* NOLOCK: see above; the list of threads is followed as it is found, the youngest first. */
static void dump_all(int fd, Thread *current) {
    Thread *threads[THREADS_MAX];
    int n = 0;
    for (Thread *other = world_first(current); other != NULL; other = world_next(other)) threads[n++ % THREADS_MAX] = other;
    for (int i = n - 1; i >= 0 && i >= n - THREADS_MAX; i--) {
        Thread *other = threads[i % THREADS_MAX];
        if (i < n - 1) put(fd, "\n");
        put_header(fd, other, other == current);
        if (other == current && collecting(other)) put(fd, "  Garbage-collecting\n");
        vm.dump_stack(other, fd);
    }
    if (n > THREADS_MAX) put(fd, "...\n");
}
static void dump(int fd, bool all) {
    Thread *t = thread_current();
    if (all) dump_all(fd, t);
    else if (t != NULL) {
        put(fd, "Stack (most recent call first):\n");
        vm.dump_stack(t, fd);
    }
}

/* ---- arguments ----------------------------------------------------------------------------------------------------------------------------- */

/* The descriptor of a file argument (absent or None: sys.stderr), whose buffer is flushed; *keep: the file if it is an object. -1 with an exception. */
static int file_get(Thread *t, Value v, Ref *keep) {
    int fd;
    *keep = REF_NULL;
    Ref file = value_is_null(v) || value_is_none(v) ? sys_get(t, "stderr") : ref_new(t, v);
    if (ref_is_null(file)) return err_int(err_set(t, E_RuntimeError, "unable to get sys.stderr"));
    if (ref_is_none(file)) return err_int(err_set(t, E_RuntimeError, "sys.stderr is None"));
    if (is_int(ref_borrow(file))) {
        int bad = as_int(t, ref_borrow(file), &fd);
        ref_drop(t, file);
        if (bad < 0) return -1;
        return fd >= 0 ? fd : err_int(err_set(t, E_ValueError, "file is not a valid file descripter"));
    }
    Ref number = call_method0(t, ref_borrow(file), str_intern_cstr(t, "fileno"));
    bool good = !ref_is_null(number) && is_int(ref_borrow(number)) && as_int(t, ref_borrow(number), &fd) == 0 && fd >= 0;
    if (!ref_is_null(number) && !good) {
        err_clear(t);
        err_set(t, E_RuntimeError, "file.fileno() is not a valid file descriptor");
    }
    ref_drop(t, number);
    if (!good) {
        ref_drop(t, file);
        return -1;
    }
    Ref flushed = call_method0(t, ref_borrow(file), N(flush));
    if (ref_is_null(flushed)) err_clear(t);
    ref_drop(t, flushed);
    *keep = file;
    return fd;
}
static int flag(Thread *t, Value v, bool dflt) { return value_is_null(v) ? dflt : is_true(t, v); }
static Object files_owner = OBJECT_STATIC(&object_type); /* stands for the slots below as their container: never local */
static Slot fault_file, later_file, signal_file[SIGNALS];
/* The file stays alive as long as its descriptor is in use. */
static void keep_file(Thread *t, Slot *slot, Ref file) { slot_set(t, &files_owner, slot, file); }

static Ref m_dump_traceback(Thread *t, Value self, const Value *a) {
    Ref keep;
    int all = flag(t, a[1], true), fd = all < 0 ? -1 : file_get(t, a[0], &keep);
    if (fd < 0) return REF_NULL;
    if (all) world_stop(t);
    dump(fd, all);
    if (all) world_start(t);
    ref_drop(t, keep);
    return after_interrupt(t) < 0 ? REF_NULL : REF_NONE;
}

/* ---- fatal signals -------------------------------------------------------------------------------------------------------------------------------- */

static struct { int signum; const char *name; struct sigaction previous; _Atomic bool x_on; } faults[] = {
    {SIGBUS, "Bus error"}, {SIGILL, "Illegal instruction"}, {SIGFPE, "Floating point exception"}, {SIGABRT, "Aborted"}, {SIGSEGV, "Segmentation fault"}};
#define FAULTS (sizeof faults / sizeof *faults)
static _Atomic bool x_enabled, x_fault_all;
static _Atomic int x_fault_fd;

/* Code that crashes needs a stack of its own, once for each thread that asks for it. */
static void alternative_stack(void) {
    static _Thread_local bool done;
    stack_t stack = {.ss_size = 65536}, old;
    if (done || sigaltstack(NULL, &old) < 0 || !(old.ss_flags & SS_DISABLE)) return;
    stack.ss_sp = malloc(stack.ss_size);
    if (stack.ss_sp != NULL && sigaltstack(&stack, NULL) == 0) done = true;
}
static void fatal_handler(int signum) {
    int err = errno;
    size_t i = 0;
    while (i < FAULTS && faults[i].signum != signum) i++;
    if (i == FAULTS || !swap_acq_rel(&faults[i].x_on, false)) return;
    sigaction(signum, &faults[i].previous, NULL);
    int fd = load_relaxed(&x_fault_fd);
    put(fd, "Fatal Python error: ");
    put(fd, faults[i].name);
    put(fd, "\n\n");
    dump(fd, load_relaxed(&x_fault_all));
    errno = err;
    raise(signum); /* once more, for the handler that was there before */
}
static Ref m_enable(Thread *t, Value self, const Value *a) {
    Ref keep;
    int all = flag(t, a[1], true), fd = all < 0 ? -1 : file_get(t, a[0], &keep);
    if (fd < 0) return REF_NULL;
    store_relaxed(&x_fault_fd, fd);
    store_relaxed(&x_fault_all, all);
    alternative_stack();
    int err = 0;
    mutex_lock(t, &settings_lock);
    if (!load_relaxed(&x_enabled)) {
        store_relaxed(&x_enabled, true);
        for (size_t i = 0; i < FAULTS && err == 0; i++) {
            struct sigaction action = {.sa_handler = fatal_handler, .sa_flags = SA_NODEFER | SA_ONSTACK};
            sigemptyset(&action.sa_mask);
            if (sigaction(faults[i].signum, &action, &faults[i].previous) < 0) err = errno;
            else store_release(&faults[i].x_on, true);
        }
    }
    mutex_unlock(&settings_lock);
    keep_file(t, &fault_file, keep);
    return err ? err_errno(t, err, VALUE_NULL) : REF_NONE;
}
static Ref m_disable(Thread *t, Value self, const Value *a) {
    mutex_lock(t, &settings_lock);
    bool was = load_relaxed(&x_enabled);
    for (size_t i = 0; was && i < FAULTS; i++)
        if (swap_acq_rel(&faults[i].x_on, false)) sigaction(faults[i].signum, &faults[i].previous, NULL);
    store_relaxed(&x_enabled, false);
    mutex_unlock(&settings_lock);
    if (was) keep_file(t, &fault_file, REF_NULL);
    return ref_bool(was);
}
static Ref m_is_enabled(Thread *t, Value self, const Value *a) { return ref_bool(load_relaxed(&x_enabled)); }

/* ---- signals of the user's choice -------------------------------------------------------------------------------------------------------------------- */

static struct { _Atomic bool x_on; _Atomic int x_fd; _Atomic bool x_all, x_chain; struct sigaction previous; } chosen[SIGNALS];

static void chosen_handler(int signum);
static int chosen_install(int signum, bool chain, struct sigaction *previous) {
    struct sigaction action = {.sa_handler = chosen_handler, .sa_flags = (chain ? SA_NODEFER : SA_RESTART) | SA_ONSTACK}; /* chain: the other handler runs inside */
    sigemptyset(&action.sa_mask);
    return sigaction(signum, &action, previous);
}
static void chosen_handler(int signum) {
    int err = errno;
    if (!load_acquire(&chosen[signum].x_on)) return;
    dump(load_relaxed(&chosen[signum].x_fd), load_relaxed(&chosen[signum].x_all));
    if (load_relaxed(&chosen[signum].x_chain)) {
        sigaction(signum, &chosen[signum].previous, NULL);
        errno = err;
        raise(signum);
        err = errno;
        chosen_install(signum, true, NULL);
    }
    errno = err;
}
static int signal_get(Thread *t, Value v) {
    int n;
    if (as_int(t, v, &n) < 0) return -1;
    for (size_t i = 0; i < FAULTS; i++)
        if (faults[i].signum == n) return err_int(err_set(t, E_RuntimeError, "signal %d cannot be registered, use enable() instead", n));
    return n >= 1 && n < SIGNALS ? n : err_int(err_set(t, E_ValueError, "signal number out of range"));
}
static Ref m_register(Thread *t, Value self, const Value *a) {
    int n = signal_get(t, a[0]), all, chain;
    Ref keep;
    if (n < 0 || (all = flag(t, a[2], true)) < 0 || (chain = flag(t, a[3], false)) < 0) return REF_NULL;
    int fd = file_get(t, a[1], &keep), err = 0;
    if (fd < 0) return REF_NULL;
    alternative_stack();
    mutex_lock(t, &settings_lock);
    store_relaxed(&chosen[n].x_fd, fd);
    store_relaxed(&chosen[n].x_all, all);
    store_relaxed(&chosen[n].x_chain, chain);
    if (!load_relaxed(&chosen[n].x_on)) {
        if (chosen_install(n, chain, &chosen[n].previous) < 0) err = errno;
        else store_release(&chosen[n].x_on, true);
    }
    mutex_unlock(&settings_lock);
    keep_file(t, &signal_file[n], keep);
    return err ? err_errno(t, err, VALUE_NULL) : REF_NONE;
}
static Ref m_unregister(Thread *t, Value self, const Value *a) {
    int n = signal_get(t, a[0]);
    if (n < 0) return REF_NULL;
    mutex_lock(t, &settings_lock);
    bool was = swap_acq_rel(&chosen[n].x_on, false);
    if (was) sigaction(n, &chosen[n].previous, NULL);
    mutex_unlock(&settings_lock);
    if (was) keep_file(t, &signal_file[n], REF_NULL);
    return ref_bool(was);
}

/* ---- after a time ----------------------------------------------------------------------------------------------------------------------------------------- */

/* One watching thread at a time. Everything is guarded by `lock`; the watcher is no interpreter thread. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool running, cancelled, repeat, exit;
    int fd;
    int64_t timeout;
    char header[64];
} later = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *watch(void *arg) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    pthread_mutex_lock(&later.lock);
    int64_t deadline = now_ns() + later.timeout;
    for (;;) {
        struct timespec until = {deadline / 1000000000, deadline % 1000000000};
        int r = 0;
        while (!later.cancelled && r == 0) r = pthread_cond_timedwait(&later.changed, &later.lock, &until);
        if (later.cancelled) break;
        put(later.fd, later.header);
        dump_all(later.fd, NULL);
        if (later.exit) _exit(1);
        if (!later.repeat) break;
        deadline = now_ns() + later.timeout;
    }
    pthread_mutex_unlock(&later.lock);
    return NULL;
}
static void cancel(Thread *t) {
    thread_detach(t);
    pthread_mutex_lock(&later.lock);
    bool running = later.running;
    pthread_t thread = later.thread;
    later.cancelled = true;
    later.running = false;
    if (running) pthread_cond_broadcast(&later.changed);
    pthread_mutex_unlock(&later.lock);
    if (running) pthread_join(thread, NULL);
    thread_attach(t);
}
static Ref m_cancel(Thread *t, Value self, const Value *a) {
    cancel(t);
    keep_file(t, &later_file, REF_NULL);
    return REF_NONE;
}
static Ref m_later(Thread *t, Value self, const Value *a) {
    int64_t timeout;
    int repeat, leave;
    Ref keep;
    if (seconds_to_ns(t, a[0], &timeout) < 0 || (repeat = flag(t, a[1], false)) < 0 || (leave = flag(t, a[3], false)) < 0) return REF_NULL;
    if (timeout / 1000 <= 0) return err_set(t, E_ValueError, "timeout must be greater than 0");
    if (timeout > INT64_MAX / 2) return err_set(t, E_OverflowError, "timeout value is too large");
    int fd = file_get(t, a[2], &keep), err;
    if (fd < 0) return REF_NULL;
    cancel(t);
    thread_detach(t);
    pthread_mutex_lock(&later.lock);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&later.changed, &attributes);
    pthread_condattr_destroy(&attributes);
    int64_t us = timeout / 1000, seconds = us / 1000000;
    int n = snprintf(later.header, sizeof later.header, "Timeout (%lld:%02d:%02d", (long long)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
    if (us % 1000000) n += snprintf(later.header + n, sizeof later.header - (size_t)n, ".%06d", (int)(us % 1000000));
    snprintf(later.header + n, sizeof later.header - (size_t)n, ")!\n");
    later.timeout = timeout;
    later.repeat = repeat;
    later.exit = leave;
    later.fd = fd;
    later.cancelled = false;
    err = pthread_create(&later.thread, NULL, watch, NULL);
    later.running = err == 0;
    pthread_mutex_unlock(&later.lock);
    thread_attach(t);
    keep_file(t, &later_file, keep);
    return err ? err_set(t, E_RuntimeError, "unable to start watchdog thread") : REF_NONE;
}
/* A child of fork() has no watching thread. */
static void after_fork(void) {
    later.running = false;
    pthread_mutex_init(&later.lock, NULL);
}

/* ---- crashes for tests -------------------------------------------------------------------------------------------------------------------------------------- */

static void no_core(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) == 0) {
        limit.rlim_cur = 0;
        setrlimit(RLIMIT_CORE, &limit);
    }
}
static Ref m_sigsegv(Thread *t, Value self, const Value *a) {
    int detached = flag(t, a[0], false);
    if (detached < 0) return REF_NULL;
    no_core();
    if (detached) DETACHED(t, raise(SIGSEGV));
    else raise(SIGSEGV);
    return REF_NONE;
}
static Ref m_sigfpe(Thread *t, Value self, const Value *a) {
    no_core();
    raise(SIGFPE);
    return REF_NONE;
}
static Ref m_sigabrt(Thread *t, Value self, const Value *a) {
    no_core();
    abort();
}
static Ref m_read_null(Thread *t, Value self, const Value *a) {
    no_core();
    raise(SIGSEGV); /* what reading from null comes to, without telling the compiler that this can't happen */
    return REF_NONE;
}
static void *crash_in_thread(void *arg) {
    put(2, "Fatal Python error: faulthandler_fatal_error_thread: in new thread\nPython runtime state: initialized\n\n");
    dump_all(2, NULL);
    abort();
}
static Ref m_fatal_error_c_thread(Thread *t, Value self, const Value *a) {
    pthread_t thread;
    no_core();
    if (pthread_create(&thread, NULL, crash_in_thread, NULL) != 0) return err_set(t, E_RuntimeError, "unable to start the thread");
    DETACHED(t, pthread_join(thread, NULL));
    return REF_NONE;
}
static __attribute__((noinline)) uintptr_t dig(int limit, int depth) {
    char room[4096];
    memset(room, depth, sizeof room);
    __asm__ volatile("" : : "r"(room) : "memory");
    return depth >= limit ? 0 : dig(limit, depth + 1) + (uintptr_t)room[depth & 4095];
}
static Ref m_stack_overflow(Thread *t, Value self, const Value *a) {
    no_core();
    dig(1 << 20, 0); /* 4 GiB */
    return err_set(t, E_RuntimeError, "unable to raise a stack overflow");
}

/* ---- the module -------------------------------------------------------------------------------------------------------------------------------------------- */

static NativeDef functions[] = {
    FN("enable", "!($module, /, file=None, all_threads=True)", m_enable, "enable(file=sys.stderr, all_threads=True): enable the fault handler"),
    FN("disable", "!($module, /)", m_disable, "disable(): disable the fault handler"), FN("is_enabled", "!($module, /)", m_is_enabled, "is_enabled()->bool: check if the handler is enabled"),
    FN("dump_traceback", "!($module, /, file=None, all_threads=True)", m_dump_traceback, "dump_traceback(file=sys.stderr, all_threads=True): write the stacks of all threads, or of this one"),
    FN("dump_traceback_later", "!($module, /, timeout, repeat=False, file=None, exit=False)", m_later,
       "dump_traceback_later(timeout, repeat=False, file=sys.stderr, exit=False):\nwrite the stacks of all threads after timeout seconds"),
    FN("cancel_dump_traceback_later", "!($module, /)", m_cancel, "cancel_dump_traceback_later():\ncancel the previous call to dump_traceback_later()."),
    FN("register", "!($module, /, signum, file=None, all_threads=True, chain=False)", m_register,
       "register(signum, file=sys.stderr, all_threads=True, chain=False): write the stacks when the signal comes"),
    FN("unregister", "!($module, signum, /)", m_unregister, "unregister(signum): undo register()"),
    FN("_read_null", "!($module, /)", m_read_null, "_read_null(): as if it had read from NULL"), FN("_sigsegv", "!($module, release_gil=False, /)", m_sigsegv, "_sigsegv(release_gil=False): raise a SIGSEGV signal"),
    FN("_fatal_error_c_thread", "!($module, /)", m_fatal_error_c_thread, "fatal_error_c_thread(): a fatal error in a new C thread."), FN("_sigabrt", "!($module, /)", m_sigabrt, "_sigabrt(): raise a SIGABRT signal"),
    FN("_sigfpe", "!($module, /)", m_sigfpe, "_sigfpe(): raise a SIGFPE signal"), FN("_stack_overflow", "!($module, /)", m_stack_overflow, "_stack_overflow(): recursive call to raise a stack overflow"), FN_END,
};
int module_init_faulthandler(Thread *t, Value module) {
    pthread_atfork(NULL, NULL, after_fork);
    kit_root(t, &fault_file, REF_NULL);
    kit_root(t, &later_file, REF_NULL);
    for (int i = 0; i < SIGNALS; i++) kit_root(t, &signal_file[i], REF_NULL);
    return kit_module(t, module, (Type *const[]){NULL}, functions, "faulthandler module.");
}
