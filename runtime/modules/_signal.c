/* _signal: handlers, timers, masks.
 *
 * A C handler only marks the signal as arrived and interrupts the main thread (both async-signal-safe: atomics and a futex). The main thread runs Python
 * handlers at its next safepoint, or in the wait that the signal interrupted (signals_handle, which is alloc_hooks.handle_signals).
 */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/modules/_signal.h"
#include "runtime/modules/_thread.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/structseq.h"
#include "runtime/times.h"
#include "runtime/vm_hooks.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define SIGNALS 65
static struct {
    Slot handler;           /* Python callable, int (SIG_DFL, SIG_IGN), None: not installed from Python. Written by the main thread only */
    _Atomic bool x_arrived;
} signals[SIGNALS];
static _Atomic bool x_any_arrived;
static _Atomic int x_wakeup_fd = -1;
static _Atomic bool x_wakeup_warn;
static Thread *main_thread;
static Type *siginfo_type, *itimer_error_type;
static Slot default_int_handler;
static Object signals_owner = OBJECT_STATIC(&object_type); /* stands for the table as the container of its slots: never local */

/* ---- arrival ------------------------------------------------------------------------------------------------------------------------------ */

static void arrived(int signum, uint32_t breaker) {
    int err = errno;
    store_relaxed(&signals[signum].x_arrived, true);
    store_release(&x_any_arrived, true); /* after the one above: whoever sees this sees that */
    if (main_thread) breaker_set(main_thread, breaker);
    int fd = load_relaxed(&x_wakeup_fd);
    if (fd >= 0) {
        unsigned char byte = (unsigned char)signum;
        ssize_t n = write(fd, &byte, 1); /* full or closed: nothing that a signal handler can do about it */
        (void)n;
    }
    errno = err;
}
static void c_handler(int signum) { arrived(signum, BREAK_SIGNAL); }
/* As if it had: a wait of the main thread goes on, as in CPython. */
static void simulate(int signum) { arrived(signum, BREAK_SIMULATED); }

/* Runs the Python handlers of the signals that have arrived. Main thread; -1 with a handler's exception. */
int signals_handle(Thread *t) {
    if (!t->is_main || !load_acquire(&x_any_arrived)) return 0;
    store_release(&x_any_arrived, false);
    for (int i = 1; i < SIGNALS; i++) {
        if (!load_relaxed(&signals[i].x_arrived)) continue;
        store_relaxed(&signals[i].x_arrived, false);
        Ref handler = slot_ref(t, &signals[i].handler);
        if (!is_callable(ref_borrow(handler))) {
            ref_drop(t, handler);
            continue;
        }
        Ref frame = vm.current_frame ? vm.current_frame(t, 0) : REF_NULL;
        if (ref_is_null(frame)) {
            err_clear(t);
            frame = REF_NONE;
        }
        Ref r = call2(t, ref_borrow(handler), small_int(i), ref_borrow(frame));
        ref_drop(t, frame);
        ref_drop(t, handler);
        if (ref_is_null(r)) { /* the others next time */
            store_release(&x_any_arrived, true);
            breaker_set(t, BREAK_SIGNAL);
            return -1;
        }
        ref_drop(t, r);
    }
    return 0;
}

/* ---- handlers -------------------------------------------------------------------------------------------------------------------------------- */

static int signal_number(Thread *t, Value v) {
    int n;
    if (as_int(t, v, &n) < 0) return -1;
    return n >= 1 && n < SIGNALS ? n : err_int(err_set(t, E_ValueError, "signal number out of range"));
}
static int install(int signum, void (*handler)(int)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = handler == c_handler ? SA_ONSTACK : 0}; /* no SA_RESTART: waits must end */
    return sigaction(signum, &action, NULL);
}
static Ref m_signal(Thread *t, Value self, const Value *a) {
    int n = signal_number(t, a[0]);
    if (n < 0) return REF_NULL;
    if (!t->is_main) return err_set(t, E_ValueError, "signal only works in main thread of the main interpreter");
    int64_t action;
    bool number = is_int(a[1]) && int_try_i64(a[1], &action) == 0 && (action == 0 || action == 1);
    if (!number && !is_callable(a[1])) return err_set(t, E_TypeError, "signal handler must be signal.SIG_IGN, signal.SIG_DFL, or a callable object");
    if (signals_handle(t) < 0) return REF_NULL;
    if (install(n, !number ? c_handler : action == 0 ? SIG_DFL : SIG_IGN) < 0) return err_errno(t, errno, VALUE_NULL);
    Ref old = slot_swap(t, &signals_owner, &signals[n].handler, number ? ref_small_int(action) : ref_new(t, a[1]));
    return ref_is_null(old) ? REF_NONE : old;
}
static Ref m_getsignal(Thread *t, Value self, const Value *a) {
    int n = signal_number(t, a[0]);
    if (n < 0) return REF_NULL;
    Ref r = slot_ref(t, &signals[n].handler);
    return ref_is_null(r) ? REF_NONE : r;
}
static Ref m_default_int_handler(Thread *t, Value self, const Value *a) { return err_object(t, type_value(ETYPE(KeyboardInterrupt))); }
static Ref m_raise_signal(Thread *t, Value self, const Value *a) {
    int n;
    if (as_int(t, a[0], &n) < 0) return REF_NULL;
    if (raise(n) != 0) return err_errno(t, errno, VALUE_NULL);
    return after_interrupt(t) < 0 ? REF_NULL : REF_NONE;
}
static Ref m_strsignal(Thread *t, Value self, const Value *a) {
    int n = signal_number(t, a[0]);
    if (n < 0) return REF_NULL;
    const char *s = sigdescr_np(n);
    return s ? str_from_cstr(t, s) : n >= SIGRTMIN ? str_format(t, "Real-time signal %d", n - SIGRTMIN) : REF_NONE;
}
static Ref m_siginterrupt(Thread *t, Value self, const Value *a) {
    int n = signal_number(t, a[0]), flag;
    struct sigaction action;
    if (n < 0 || as_int(t, a[1], &flag) < 0) return REF_NULL;
    if (sigaction(n, NULL, &action) < 0) return err_errno(t, errno, VALUE_NULL);
    if (flag) action.sa_flags &= ~SA_RESTART;
    else action.sa_flags |= SA_RESTART;
    return sigaction(n, &action, NULL) < 0 ? err_errno(t, errno, VALUE_NULL) : REF_NONE;
}
static Ref m_set_wakeup_fd(Thread *t, Value self, const Value *a) {
    int fd;
    struct stat st;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    int warn = value_is_null(a[1]) ? 1 : is_true(t, a[1]);
    if (warn < 0) return REF_NULL;
    if (!t->is_main) return err_set(t, E_ValueError, "set_wakeup_fd only works in main thread of the main interpreter");
    if (fd != -1) {
        if (fstat(fd, &st) < 0) return err_errno(t, errno, VALUE_NULL);
        int flags = fcntl(fd, F_GETFL);
        if (flags < 0) return err_errno(t, errno, VALUE_NULL);
        if (!(flags & O_NONBLOCK)) return err_set(t, E_ValueError, "the fd %d must be in non-blocking mode", fd);
    }
    store_relaxed(&x_wakeup_warn, warn);
    return ref_small_int(swap_acq_rel(&x_wakeup_fd, fd));
}

/* ---- waiting, masks ------------------------------------------------------------------------------------------------------------------------------ */

static int sigset_get(Thread *t, Value v, sigset_t *set) {
    sigemptyset(set);
    Ref it = get_iter_now(t, v), item;
    int more;
    if (ref_is_null(it)) return -1;
    while ((more = iter_next(t, ref_borrow(it), &item)) > 0) {
        int n;
        int bad = as_int(t, ref_borrow(item), &n);
        if (bad < 0 && err_clear_if(t, E_OverflowError)) bad = n = 0;
        ref_drop(t, item);
        if (bad == 0 && (n < 1 || n >= SIGNALS)) bad = err_int(err_set(t, E_ValueError, "signal number %d out of range [1; 64]", n));
        if (bad < 0) {
            more = -1;
            break;
        }
        sigaddset(set, n);
    }
    ref_drop(t, it);
    return more;
}
static Ref sigset_value(Thread *t, const sigset_t *set) {
    Ref r = set_new(t, VALUE_NULL);
    for (int i = 1; i < SIGNALS && !ref_is_null(r); i++)
        if (sigismember(set, i) == 1 && set_add(t, ref_borrow(r), small_int(i)) < 0) {
            ref_drop(t, r);
            return REF_NULL;
        }
    return r;
}
static Ref m_valid_signals(Thread *t, Value self, const Value *a) {
    sigset_t all;
    sigfillset(&all);
    return sigset_value(t, &all);
}
static Ref m_pthread_sigmask(Thread *t, Value self, const Value *a) {
    int how;
    sigset_t set, old;
    if (as_int(t, a[0], &how) < 0 || sigset_get(t, a[1], &set) < 0) return REF_NULL;
    int err = pthread_sigmask(how, &set, &old);
    if (err) return err_errno(t, err, VALUE_NULL);
    return after_interrupt(t) < 0 ? REF_NULL : sigset_value(t, &old); /* unblocked ones may have arrived */
}
static Ref m_sigpending(Thread *t, Value self, const Value *a) {
    sigset_t set;
    return sigpending(&set) < 0 ? err_errno(t, errno, VALUE_NULL) : sigset_value(t, &set);
}
static Ref m_sigwait(Thread *t, Value self, const Value *a) {
    sigset_t set;
    int n, err;
    if (sigset_get(t, a[0], &set) < 0) return REF_NULL;
    DETACHED(t, err = sigwait(&set, &n));
    return err ? err_errno(t, err, VALUE_NULL) : ref_small_int(n);
}
static Ref siginfo_value(Thread *t, const siginfo_t *i) {
    int64_t f[7] = {i->si_signo, i->si_code, i->si_errno, i->si_pid, i->si_uid, i->si_status, i->si_band};
    Ref items[7];
    for (int k = 0; k < 7; k++) items[k] = int_from_i64(t, f[k]);
    return structseq_new_steal(t, siginfo_type, items);
}
static Ref wait_info(Thread *t, const sigset_t *set, int64_t timeout) {
    siginfo_t info;
    int64_t deadline = now_ns() + timeout;
    for (;;) {
        struct timespec left = {timeout / 1000000000, timeout % 1000000000};
        int n, err;
        DETACHED(t, n = timeout < 0 ? sigwaitinfo(set, &info) : sigtimedwait(set, &info, &left); err = errno);
        if (n >= 0) return siginfo_value(t, &info);
        if (err == EAGAIN) return REF_NONE;
        if (err != EINTR) return err_errno(t, err, VALUE_NULL);
        if (after_interrupt(t) < 0) return REF_NULL;
        if (timeout >= 0 && (timeout = deadline - now_ns()) < 0) return REF_NONE;
    }
}
static Ref m_sigwaitinfo(Thread *t, Value self, const Value *a) {
    sigset_t set;
    return sigset_get(t, a[0], &set) < 0 ? REF_NULL : wait_info(t, &set, -1);
}
static Ref m_sigtimedwait(Thread *t, Value self, const Value *a) {
    sigset_t set;
    int64_t timeout;
    if (seconds_to_ns(t, a[1], &timeout) < 0) return REF_NULL;
    if (timeout < 0) return err_set(t, E_ValueError, "timeout must be non-negative");
    return sigset_get(t, a[0], &set) < 0 ? REF_NULL : wait_info(t, &set, timeout);
}
static Ref m_pause(Thread *t, Value self, const Value *a) {
    DETACHED(t, pause());
    return after_interrupt(t) < 0 ? REF_NULL : REF_NONE;
}
static Ref m_pthread_kill(Thread *t, Value self, const Value *a) {
    int64_t ident;
    int n;
    if (as_i64(t, a[0], &ident) < 0 || as_int(t, a[1], &n) < 0) return REF_NULL;
    int err = pthread_kill((pthread_t)ident, n);
    if (err) return err_errno(t, err, VALUE_NULL);
    return after_interrupt(t) < 0 ? REF_NULL : REF_NONE;
}
static Ref m_pidfd_send_signal(Thread *t, Value self, const Value *a) {
    int fd, n, flags = 0;
    if (as_int(t, a[0], &fd) < 0 || as_int(t, a[1], &n) < 0 || (!value_is_null(a[3]) && as_int(t, a[3], &flags) < 0)) return REF_NULL;
    if (!value_is_null(a[2]) && !value_is_none(a[2])) return err_set(t, E_TypeError, "siginfo must be None");
    if (syscall(SYS_pidfd_send_signal, fd, n, NULL, flags) < 0) return err_errno(t, errno, VALUE_NULL);
    return after_interrupt(t) < 0 ? REF_NULL : REF_NONE; /* it may be for us */
}

/* ---- timers ----------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_alarm(Thread *t, Value self, const Value *a) {
    int seconds;
    return as_int(t, a[0], &seconds) < 0 ? REF_NULL : int_from_i64(t, alarm((unsigned)seconds));
}
static Ref timer_value(Thread *t, const struct itimerval *v) {
    Ref items[2] = {float_new(t, (double)v->it_value.tv_sec + 1e-6 * (double)v->it_value.tv_usec), float_new(t, (double)v->it_interval.tv_sec + 1e-6 * (double)v->it_interval.tv_usec)};
    return tuple_from_steal(t, items, 2);
}
static Ref timer_error(Thread *t) {
    Ref text = str_from_cstr(t, strerror(errno));
    Ref e = ref_is_null(text) ? text : call2(t, type_value(itimer_error_type), small_int(errno), ref_borrow(text));
    if (!ref_is_null(e)) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    ref_drop(t, text);
    return REF_NULL;
}
static int timeval_get(Thread *t, Value v, struct timeval *out) {
    int64_t ns;
    *out = (struct timeval){0};
    if (value_is_null(v)) return 0;
    if (seconds_to_ns(t, v, &ns) < 0) return -1;
    int64_t us = (ns + 999) / 1000;
    *out = (struct timeval){us / 1000000, us % 1000000};
    return 0;
}
static Ref m_setitimer(Thread *t, Value self, const Value *a) {
    int which;
    struct itimerval v, old;
    if (as_int(t, a[0], &which) < 0 || timeval_get(t, a[1], &v.it_value) < 0 || timeval_get(t, a[2], &v.it_interval) < 0) return REF_NULL;
    return setitimer((__itimer_which_t)which, &v, &old) < 0 ? timer_error(t) : timer_value(t, &old);
}
static Ref m_getitimer(Thread *t, Value self, const Value *a) {
    int which;
    struct itimerval v;
    if (as_int(t, a[0], &which) < 0) return REF_NULL;
    return getitimer((__itimer_which_t)which, &v) < 0 ? timer_error(t) : timer_value(t, &v);
}

static NativeDef functions[] = {
    FN("signal", "($module, signalnum, handler, /)", m_signal, "Sets the handler of a signal; returns the old one."), FN("getsignal", "($module, signalnum, /)", m_getsignal, "The handler of a signal."),
    FN("default_int_handler", "($module, signalnum, frame, /)", m_default_int_handler, "Raises KeyboardInterrupt."), FN("raise_signal", "($module, signalnum, /)", m_raise_signal, NULL),
    FN("strsignal", "($module, signalnum, /)", m_strsignal, NULL), FN("siginterrupt", "($module, signalnum, flag, /)", m_siginterrupt, NULL),
    FN("set_wakeup_fd", "!($module, fd, /, *, warn_on_full_buffer=True)", m_set_wakeup_fd, "Where a byte is written for each signal."),
    FN("valid_signals", "($module, /)", m_valid_signals, NULL), FN("pthread_sigmask", "($module, how, mask, /)", m_pthread_sigmask, NULL), FN("sigpending", "($module, /)", m_sigpending, NULL),
    FN("sigwait", "($module, sigset, /)", m_sigwait, NULL), FN("sigwaitinfo", "($module, sigset, /)", m_sigwaitinfo, NULL), FN("sigtimedwait", "($module, sigset, timeout, /)", m_sigtimedwait, NULL),
    FN("pause", "($module, /)", m_pause, NULL), FN("pthread_kill", "($module, thread_id, signalnum, /)", m_pthread_kill, NULL),
    FN("pidfd_send_signal", "($module, pidfd, signalnum, siginfo=None, flags=0, /)", m_pidfd_send_signal, NULL), FN("alarm", "($module, seconds, /)", m_alarm, NULL),
    FN("setitimer", "($module, which, seconds, interval=0.0, /)", m_setitimer, NULL), FN("getitimer", "($module, which, /)", m_getitimer, NULL), FN_END,
};
static const StructSeqField siginfo_fields[] = {{"si_signo", "signal number"}, {"si_code", "signal code"}, {"si_errno", "errno associated with this signal"}, {"si_pid", "sending process ID"},
    {"si_uid", "real user ID of sending process"}, {"si_status", "exit value or signal"}, {"si_band", "band event for SIGPOLL"}, {NULL, NULL}};
static const struct { const char *name; int value; } constants[] = {
#define S(x) {#x, x}
    S(SIGABRT), S(SIGALRM), S(SIGBUS), S(SIGCHLD), S(SIGCLD), S(SIGCONT), S(SIGFPE), S(SIGHUP), S(SIGILL), S(SIGINT), S(SIGIO), S(SIGIOT), S(SIGKILL), S(SIGPIPE), S(SIGPOLL), S(SIGPROF), S(SIGPWR),
    S(SIGQUIT), S(SIGSEGV), S(SIGSTKFLT), S(SIGSTOP), S(SIGSYS), S(SIGTERM), S(SIGTRAP), S(SIGTSTP), S(SIGTTIN), S(SIGTTOU), S(SIGURG), S(SIGUSR1), S(SIGUSR2), S(SIGVTALRM), S(SIGWINCH), S(SIGXCPU),
    S(SIGXFSZ), S(SIG_BLOCK), S(SIG_UNBLOCK), S(SIG_SETMASK), S(ITIMER_REAL), S(ITIMER_VIRTUAL), S(ITIMER_PROF), {"NSIG", SIGNALS}, {"SIG_DFL", 0}, {"SIG_IGN", 1},
#undef S
};

void signals_visit(VisitFn visit, void *arg) {
    for (int i = 1; i < SIGNALS; i++) slot_visit(&signals[i].handler, visit, arg);
    slot_visit(&default_int_handler, visit, arg);
}

int module_init__signal(Thread *t, Value module) {
    if (module_add_functions(t, module, functions) < 0) return -1;
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++)
        if (module_add_int(t, module, constants[i].name, constants[i].value) < 0) return -1;
    siginfo_type = structseq_type(t, "signal.struct_siginfo", "What came with a signal.", siginfo_fields, 7);
    if (!siginfo_type || module_set(t, module, "struct_siginfo", type_value(siginfo_type)) < 0 || module_add_int(t, module, "SIGRTMIN", SIGRTMIN) < 0 ||
        module_add_int(t, module, "SIGRTMAX", SIGRTMAX) < 0)
        return -1;
    Ref name = str_from_cstr(t, "itimer_error"), bases = tuple_pack(t, 1, type_value(ETYPE(OSError))), ns = dict_new(t), where = str_from_cstr(t, "signal");
    if (ref_is_null(name) || ref_is_null(bases) || ref_is_null(ns) || ref_is_null(where) || dict_set_cstr(t, ref_borrow(ns), "__module__", ref_borrow(where)) < 0) return -1;
    Ref type = call3(t, type_value(&type_type), ref_borrow(name), ref_borrow(bases), ref_borrow(ns));
    ref_drop(t, name);
    ref_drop(t, bases);
    ref_drop(t, ns);
    ref_drop(t, where);
    if (ref_is_null(type)) return -1;
    object_immortalize(t, value_object(ref_borrow(type)));
    itimer_error_type = as(Type, ref_borrow(type));
    return module_set_steal(t, module, "ItimerError", type);
}

/* The main thread's signals as Python starts: SIGINT raises KeyboardInterrupt unless it is ignored, SIGPIPE and SIGXFSZ are ignored. */
int signals_start(Thread *t) {
    main_thread = t;
    alloc_hooks.handle_signals = signals_handle;
    simulate_signal = simulate;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    for (int i = 1; i < SIGNALS; i++) {
        struct sigaction action;
        if (sigaction(i, NULL, &action) < 0) continue;
        if (action.sa_handler == SIG_DFL) slot_init(&signals[i].handler, ref_small_int(0));
        else if (action.sa_handler == SIG_IGN) slot_init(&signals[i].handler, ref_small_int(1));
    }
    Ref module = import_module(t, "_signal");
    if (ref_is_null(module)) return -1;
    Ref handler = get_attr_cstr(t, ref_borrow(module), "default_int_handler");
    ref_drop(t, module);
    if (ref_is_null(handler)) return -1;
    slot_set(t, &signals_owner, &default_int_handler, ref_new(t, ref_borrow(handler)));
    bool ignored = slot_get(&signals[SIGINT].handler).bits == small_int(1).bits;
    if (!ignored) {
        slot_set(t, &signals_owner, &signals[SIGINT].handler, ref_new(t, ref_borrow(handler)));
        install(SIGINT, c_handler);
    }
    ref_drop(t, handler);
    return 0;
}
