/* faulthandler: where the threads are, written when a fatal signal arrives, on a signal of choice, after a time, or at once.
 *
 * What runs in signal handlers is async-signal-safe: it writes to a file descriptor (vm.dump_stack). Outside of them the world is stopped for a dump. The
 * watchdog is a plain OS thread that becomes one of the interpreter's for as long as it takes to dump.
 */
#include "runtime/modules/faulthandler.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/module.h"
#include "runtime/modules/sys.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/times.h"
#include "runtime/vm_hooks.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SIGNALS = 65, MOST_THREADS = 100 };

static void put_text(int fd, const char *s) {
    ssize_t n = write(fd, s, strlen(s)); /* nothing can be done about a failure */
    (void)n;
}
static void put_hex(int fd, uint64_t v) {
    char digits[19] = "0x";
    for (int i = 0; i < 16; i++) digits[2 + i] = "0123456789abcdef"[v >> (60 - 4 * i) & 15];
    digits[18] = 0;
    put_text(fd, digits);
}

/* ---- dumping ----------------------------------------------------------------------------------------------------------- */

/* mine: shown as the current one; null: none is. */
static void dump_thread(int fd, Thread *other, Thread *mine) {
    put_text(fd, other == mine ? "Current thread " : "Thread ");
    put_hex(fd, load_relaxed(&other->x_ident));
    put_text(fd, " (most recent call first):\n");
    if (other == mine && collecting(other)) put_text(fd, "  Garbage-collecting\n");
    vm.dump_stack(other, fd);
}
static void dump_all(int fd, Thread *mine, Thread *hidden) {
    Thread *threads[MOST_THREADS]; /* the youngest ones; they're shown first */
    int n = 0;
    for (Thread *other = world_first(mine); other != NULL; other = world_next(other))
        if (other != hidden) threads[n++ % MOST_THREADS] = other;
    for (int i = n - 1; i >= 0 && i >= n - MOST_THREADS; i--) {
        if (i < n - 1) put_text(fd, "\n");
        dump_thread(fd, threads[i % MOST_THREADS], mine);
    }
    if (n > MOST_THREADS) put_text(fd, "...\n");
}
static void dump_one(int fd, Thread *mine) {
    put_text(fd, "Stack (most recent call first):\n");
    if (mine != NULL) vm.dump_stack(mine, fd);
    else put_text(fd, "  <no Python frame>\n");
}

/* ---- files ------------------------------------------------------------------------------------------------------------------ */

/* The descriptor of `file` (null or None: sys.stderr), *keep: the file, owned. -1 with an exception. */
static int descriptor(Thread *t, Value file, Ref *keep) {
    *keep = REF_NULL;
    if (value_is_null(file) || value_is_none(file)) {
        *keep = sys_get(t, "stderr");
        if (ref_is_null(*keep)) return err_int(err_set(t, E_RuntimeError, "unable to get sys.stderr"));
        if (ref_is_none(*keep)) return err_int(err_set(t, E_RuntimeError, "sys.stderr is None"));
    } else if (is_int(file)) {
        int fd;
        if (as_int(t, file, &fd) < 0) return -1;
        return fd >= 0 ? fd : err_int(err_set(t, E_ValueError, "file is not a valid file descripter"));
    } else {
        *keep = ref_new(t, file);
    }
    int fd = -1;
    Ref number = call_method0(t, ref_borrow(*keep), str_intern_cstr(t, "fileno"));
    if (!ref_is_null(number)) {
        if (!is_int(ref_borrow(number)) || as_int(t, ref_borrow(number), &fd) < 0 || fd < 0) {
            err_clear(t);
            fd = err_int(err_set(t, E_RuntimeError, "file.fileno() is not a valid file descriptor"));
        }
        ref_drop(t, number);
    }
    if (fd >= 0) {
        Ref r = call_method0(t, ref_borrow(*keep), N(flush));
        if (ref_is_null(r)) err_clear(t);
        ref_drop(t, r);
        return fd;
    }
    ref_drop(t, *keep);
    *keep = REF_NULL;
    return -1;
}

static Slot files[3 + SIGNALS]; /* roots: what enable, dump_traceback_later and register write to */
static Object files_owner = OBJECT_STATIC(&object_type);
enum { FILE_FATAL, FILE_LATER, FILE_SIGNAL };

void faulthandler_visit_roots(VisitFn visit, void *arg) {
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) slot_visit(&files[i], visit, arg);
}
static void keep_file(Thread *t, int which, Ref file) { slot_set(t, &files_owner, &files[which], file); }

static Ref dump_traceback(Thread *t, Value self, const Value *a) {
    Ref keep;
    int all = value_is_null(a[1]) ? 1 : is_true(t, a[1]), fd = all < 0 ? -1 : descriptor(t, a[0], &keep);
    if (fd < 0) return REF_NULL;
    if (all) {
        world_stop(t);
        dump_all(fd, t, NULL);
        world_start(t);
    } else {
        dump_one(fd, t);
    }
    ref_drop(t, keep);
    return REF_NONE;
}

/* ---- fatal signals --------------------------------------------------------------------------------------------------------- */

static struct Fatal { int number; const char *name; bool enabled; struct sigaction before; } fatal[] = {
    {SIGBUS, "Bus error", false, {{0}}}, {SIGILL, "Illegal instruction", false, {{0}}}, {SIGFPE, "Floating point exception", false, {{0}}},
    {SIGABRT, "Aborted", false, {{0}}}, {SIGSEGV, "Segmentation fault", false, {{0}}}};
#define FATALS (sizeof fatal / sizeof *fatal)
static struct { _Atomic bool x_enabled; int fd; bool all; } fatal_state;

static void disarm(struct Fatal *f) {
    if (!f->enabled) return;
    f->enabled = false;
    sigaction(f->number, &f->before, NULL);
}
static void fatal_handler(int signum) {
    int err = errno;
    struct Fatal *f = NULL;
    for (size_t i = 0; i < FATALS; i++)
        if (fatal[i].number == signum) f = &fatal[i];
    if (f == NULL || !load_relaxed(&fatal_state.x_enabled)) return;
    disarm(f);
    int fd = fatal_state.fd;
    put_text(fd, "Fatal Python error: ");
    put_text(fd, f->name);
    put_text(fd, "\n\n");
    Thread *mine = thread_current();
    if (fatal_state.all) dump_all(fd, mine, NULL);
    else dump_one(fd, mine);
    errno = err;
    raise(signum); /* blocked until this returns */
}

static void own_stack(void) {
    static _Thread_local bool done;
    if (done) return;
    size_t size = (size_t)SIGSTKSZ * 4;
    stack_t stack = {.ss_sp = malloc(size), .ss_size = size}; /* of each thread that enables it, for good */
    if (stack.ss_sp != NULL && sigaltstack(&stack, NULL) == 0) done = true;
    else free(stack.ss_sp);
}
static Ref enable(Thread *t, Value self, const Value *a) {
    Ref keep;
    int all = value_is_null(a[1]) ? 1 : is_true(t, a[1]), fd = all < 0 ? -1 : descriptor(t, a[0], &keep);
    if (fd < 0) return REF_NULL;
    keep_file(t, FILE_FATAL, keep);
    fatal_state.fd = fd;
    fatal_state.all = all;
    if (load_relaxed(&fatal_state.x_enabled)) return REF_NONE;
    store_relaxed(&fatal_state.x_enabled, true);
    own_stack();
    for (size_t i = 0; i < FATALS; i++) {
        struct sigaction action = {.sa_handler = fatal_handler, .sa_flags = SA_NODEFER | SA_ONSTACK};
        sigemptyset(&action.sa_mask);
        if (sigaction(fatal[i].number, &action, &fatal[i].before) < 0) return err_errno(t, errno, VALUE_NULL);
        fatal[i].enabled = true;
    }
    return REF_NONE;
}
static Ref disable(Thread *t, Value self, const Value *a) {
    bool was = load_relaxed(&fatal_state.x_enabled);
    store_relaxed(&fatal_state.x_enabled, false);
    for (size_t i = 0; i < FATALS; i++) disarm(&fatal[i]);
    keep_file(t, FILE_FATAL, REF_NULL);
    return ref_bool(was);
}
static Ref is_enabled(Thread *t, Value self, const Value *a) { return ref_bool(load_relaxed(&fatal_state.x_enabled)); }

int faulthandler_start(Thread *t) {
    Ref m = import_module(t, "faulthandler"), r = ref_is_null(m) ? REF_NULL : call_method0(t, ref_borrow(m), str_intern_cstr(t, "enable"));
    ref_drop(t, m);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

/* ---- signals of choice ------------------------------------------------------------------------------------------------------- */

static struct { bool enabled, all, chain; int fd; struct sigaction before; } chosen[SIGNALS];

static void chosen_action(int signum, bool before);
static void chosen_handler(int signum) {
    if (!chosen[signum].enabled) return;
    int err = errno;
    Thread *mine = thread_current();
    if (chosen[signum].all) dump_all(chosen[signum].fd, mine, NULL);
    else dump_one(chosen[signum].fd, mine);
    if (chosen[signum].chain) {
        sigaction(signum, &chosen[signum].before, NULL);
        errno = err;
        raise(signum);
        chosen_action(signum, false);
    }
    errno = err;
}
static void chosen_action(int signum, bool keep_before) {
    struct sigaction action = {.sa_handler = chosen_handler, .sa_flags = SA_RESTART | SA_ONSTACK | (chosen[signum].chain ? SA_NODEFER : 0)};
    sigemptyset(&action.sa_mask);
    sigaction(signum, &action, keep_before ? &chosen[signum].before : NULL);
}
static int signal_number(Thread *t, Value v, int *out) {
    if (as_int(t, v, out) < 0) return -1;
    for (size_t i = 0; i < FATALS; i++)
        if (fatal[i].number == *out) return err_int(err_set(t, E_RuntimeError, "signal %d cannot be registered, use enable() instead", *out));
    return *out >= 1 && *out < SIGNALS ? 0 : err_int(err_set(t, E_ValueError, "signal number out of range"));
}
static Ref register_signal(Thread *t, Value self, const Value *a) {
    int signum;
    if (signal_number(t, a[0], &signum) < 0) return REF_NULL;
    int all = value_is_null(a[2]) ? 1 : is_true(t, a[2]), chain = value_is_null(a[3]) ? 0 : is_true(t, a[3]);
    Ref keep;
    int fd = all < 0 || chain < 0 ? -1 : descriptor(t, a[1], &keep);
    if (fd < 0) return REF_NULL;
    keep_file(t, FILE_SIGNAL + signum, keep);
    bool again = chosen[signum].enabled;
    chosen[signum].fd = fd;
    chosen[signum].all = all;
    chosen[signum].chain = chain;
    chosen[signum].enabled = true;
    own_stack();
    chosen_action(signum, !again);
    return REF_NONE;
}
static Ref unregister_signal(Thread *t, Value self, const Value *a) {
    int signum;
    if (signal_number(t, a[0], &signum) < 0) return REF_NULL;
    bool was = chosen[signum].enabled;
    chosen[signum].enabled = false;
    if (was) sigaction(signum, &chosen[signum].before, NULL);
    keep_file(t, FILE_SIGNAL + signum, REF_NULL);
    return ref_bool(was);
}

/* ---- after a time ---------------------------------------------------------------------------------------------------------------- */

typedef struct Watchdog { int64_t timeout_ns; bool repeat, leave; int fd; char header[64]; } Watchdog;
static pthread_mutex_t later_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t later_cond;
static uint64_t later_generation; /* under later_lock: a watchdog of an older one ends */

/* A loop in C that passes no safepoint keeps the world from stopping, maybe for ever. After some time the threads are shown as they run, as at a fatal signal. */
static void *leave_anyway(void *arg) {
    const Watchdog *w = arg;
    int64_t s = w->timeout_ns / 1000000000;
    sleep(s < 3 ? 3 : s > 10 ? 10 : (unsigned)s);
    dump_all(w->fd, NULL, NULL);
    _exit(1);
}
static void start_leaving(Watchdog *w) {
    pthread_t id;
    if (pthread_create(&id, NULL, leave_anyway, w) == 0) pthread_detach(id);
}

static void *watchdog(void *arg) {
    Watchdog *w = ((void **)arg)[0];
    uint64_t mine = *(uint64_t *)&((void **)arg)[1];
    free(arg);
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    bool on = true;
    while (on) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        int64_t ns = until.tv_nsec + w->timeout_ns % 1000000000;
        until.tv_sec += w->timeout_ns / 1000000000 + ns / 1000000000;
        until.tv_nsec = ns % 1000000000;
        pthread_mutex_lock(&later_lock);
        int r = 0;
        while (later_generation == mine && r != ETIMEDOUT) r = pthread_cond_timedwait(&later_cond, &later_lock, &until);
        on = later_generation == mine;
        pthread_mutex_unlock(&later_lock);
        if (!on) break;
        put_text(w->fd, w->header);
        if (w->leave) start_leaving(w);
        Thread *t = thread_adopt();
        if (t != NULL) {
            world_stop(t);
            dump_all(w->fd, NULL, t);
            world_start(t);
            thread_leave(t);
        }
        if (w->leave) _exit(1);
        on = w->repeat;
    }
    free(w);
    return NULL;
}
static void cancel(void) {
    pthread_mutex_lock(&later_lock);
    later_generation++;
    pthread_cond_broadcast(&later_cond);
    pthread_mutex_unlock(&later_lock);
}
static int start_watchdog(Thread *t, Watchdog *w) {
    static bool ready;
    if (threads_begin(t) != 0) return err_int(err_no_memory(t));
    cancel();
    if (!ready) {
        pthread_condattr_t attr;
        pthread_condattr_init(&attr);
        pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
        pthread_cond_init(&later_cond, &attr);
        ready = true;
    }
    void **arg = malloc(2 * sizeof *arg);
    if (arg == NULL) return err_int(err_no_memory(t));
    pthread_mutex_lock(&later_lock);
    arg[0] = w;
    *(uint64_t *)&arg[1] = later_generation;
    pthread_mutex_unlock(&later_lock);
    pthread_t id;
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
    int failed = pthread_create(&id, &attr, watchdog, arg);
    pthread_attr_destroy(&attr);
    if (!failed) return 0;
    free(arg);
    return err_int(err_set(t, E_RuntimeError, "unable to start watchdog thread"));
}
static Ref dump_later(Thread *t, Value self, const Value *a) {
    int64_t timeout;
    if (seconds_to_ns(t, a[0], &timeout) < 0) return REF_NULL;
    if (timeout / 1000 <= 0) return err_set(t, E_ValueError, "timeout must be greater than 0");
    if (timeout > INT64_MAX / 2) return err_set(t, E_OverflowError, "timeout value is too large");
    int repeat = value_is_null(a[1]) ? 0 : is_true(t, a[1]), leave = value_is_null(a[3]) ? 0 : is_true(t, a[3]);
    Ref keep;
    int fd = repeat < 0 || leave < 0 ? -1 : descriptor(t, a[2], &keep);
    if (fd < 0) return REF_NULL;
    Watchdog *w = calloc(1, sizeof *w);
    if (w == NULL) {
        ref_drop(t, keep);
        return err_no_memory(t);
    }
    *w = (Watchdog){.timeout_ns = timeout, .repeat = repeat, .leave = leave, .fd = fd};
    uint64_t us = (uint64_t)(w->timeout_ns / 1000), sec = us / 1000000;
    int n = snprintf(w->header, sizeof w->header, "Timeout (%lu:%02lu:%02lu", (unsigned long)(sec / 3600), (unsigned long)(sec / 60 % 60), (unsigned long)(sec % 60));
    if (us % 1000000) n += snprintf(w->header + n, sizeof w->header - (size_t)n, ".%06lu", (unsigned long)(us % 1000000));
    snprintf(w->header + n, sizeof w->header - (size_t)n, ")!\n");
    keep_file(t, FILE_LATER, keep);
    if (start_watchdog(t, w) == 0) return REF_NONE;
    free(w);
    return REF_NULL;
}
static Ref cancel_later(Thread *t, Value self, const Value *a) {
    cancel();
    keep_file(t, FILE_LATER, REF_NULL);
    return REF_NONE;
}

/* ---- for tests: ways to die --------------------------------------------------------------------------------------------------------- */

static Ref die_segv(Thread *t, Value self, const Value *a) { return raise(SIGSEGV), REF_NONE; }
static Ref die_fpe(Thread *t, Value self, const Value *a) { return raise(SIGFPE), REF_NONE; }
static Ref die_abort(Thread *t, Value self, const Value *a) { return raise(SIGABRT), REF_NONE; }
static Ref read_null(Thread *t, Value self, const Value *a) {
    int *_Atomic nowhere = NULL; /* atomic, so that the compiler can't see what is wrong */
    return ref_small_int(*load_relaxed(&nowhere));
}

/* As the end of an interpreter that finds itself broken, in a thread that isn't one of its own. */
static void *crash(void *arg) {
    put_text(2, "Fatal Python error: faulthandler_fatal_error_thread: in new thread\nPython runtime state: initialized\n\n");
    dump_all(2, NULL, NULL);
    abort();
}
static Ref fatal_in_thread(Thread *t, Value self, const Value *a) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, crash, NULL) != 0) return err_set(t, E_RuntimeError, "unable to start the thread");
    DETACHED(t, pthread_join(thread, NULL));
    return REF_NONE;
}
static __attribute__((noinline)) uintptr_t dig(int limit, int depth) {
    char room[4096];
    memset(room, depth, sizeof room);
    __asm__ volatile("" : : "r"(room) : "memory");
    return depth >= limit ? 0 : dig(limit, depth + 1) + (uintptr_t)room[depth & 4095];
}
static Ref stack_overflow(Thread *t, Value self, const Value *a) {
    dig(1 << 20, 0); /* 4 GiB */
    return err_set(t, E_RuntimeError, "unable to raise a stack overflow");
}

static NativeDef functions[] = {
    FN("_fatal_error_c_thread", "!($module, /)", fatal_in_thread, "A fatal error in a new C thread."),
    FN("_stack_overflow", "!($module, /)", stack_overflow, "Recurses until the C stack ends."),
    FN("_read_null", "!($module, /)", read_null, "Reads from address 0."),
    FN("_sigabrt", "!($module, /)", die_abort, "Raises SIGABRT."),
    FN("_sigfpe", "!($module, /)", die_fpe, "Raises SIGFPE."),
    FN_TUPLE("_sigsegv", "!($module, release_gil=False, /)", die_segv, "Raises SIGSEGV."),
    FN("cancel_dump_traceback_later", "!($module, /)", cancel_later, "Calls off what dump_traceback_later() has asked for."),
    FN("disable", "!($module, /)", disable, "Restores the handlers of fatal signals."),
    FN("dump_traceback", "!($module, file=sys.stderr, all_threads=True)", dump_traceback, "Writes where the thread is, or all of them, to the file."),
    FN("dump_traceback_later", "!($module, timeout, repeat=False, file=sys.stderr, exit=False)", dump_later,
       "Writes where all threads are after the time-out, once or again and again; exit: and ends the process then."),
    FN("enable", "!($module, file=sys.stderr, all_threads=True)", enable, "Writes where the threads are when a fatal signal arrives."),
    FN("is_enabled", "!($module, /)", is_enabled, "Whether enable() is in force."),
    FN("register", "!($module, signum, file=sys.stderr, all_threads=True, chain=False)", register_signal,
       "Writes where the threads are when the signal arrives; chain: the handler before it runs then, too."),
    FN_COUNTED("unregister", "!($module, signum, /)", unregister_signal, "Undoes register()."),
    FN_END};

int module_init_faulthandler(Thread *t, Value m) { return module_add_functions(t, m, functions); }
