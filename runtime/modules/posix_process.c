/* posix: processes, users, the environment, scheduling. */
#include "runtime/modules/kit.h"
#include "runtime/modules/posix.h"
#include <grp.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>

static Type *uname_type, *times_type;

/* ---- environment ------------------------------------------------------------------------------------------------------------------------ */

extern char **environ;
static Ref make_environ(Thread *t) {
    Ref d = dict_new(t);
    for (char **e = environ; e && *e && !ref_is_null(d); e++) {
        char *eq = strchr(*e, '=');
        if (eq == NULL) continue;
        Ref key = bytes_new(t, *e, (size_t)(eq - *e)), value = bytes_new(t, eq + 1, strlen(eq + 1));
        Ref old;
        if (ref_is_null(key) || ref_is_null(value) || dict_setdefault(t, ref_borrow(d), ref_borrow(key), ref_borrow(value), &old) < 0) {
            ref_drop(t, d);
            d = REF_NULL;
        } else {
            ref_drop(t, old);
        }
        ref_drop(t, key);
        ref_drop(t, value);
    }
    return d;
}
static Mutex environ_lock; /* setenv and getenv share the C library's table; leaf lock */
static Ref m_putenv(Thread *t, Value self, const Value *a) {
    Path name, value;
    if (path_get(t, a[0], &name, "putenv", "name", 0) < 0) return REF_NULL;
    if (path_get(t, a[1], &value, "putenv", "value", 0) < 0) {
        path_drop(t, &name);
        return REF_NULL;
    }
    Ref r = REF_NONE;
    if (strchr(name.text, '=')) r = err_set(t, E_ValueError, "illegal environment variable name");
    else {
        mutex_lock(t, &environ_lock);
        int bad = setenv(name.text, value.text, 1), err = errno;
        mutex_unlock(&environ_lock);
        if (bad) r = err_errno(t, err, VALUE_NULL);
    }
    path_drop(t, &name);
    path_drop(t, &value);
    return r;
}
static Ref m_unsetenv(Thread *t, Value self, const Value *a) {
    Path name;
    if (path_get(t, a[0], &name, "unsetenv", "name", 0) < 0) return REF_NULL;
    mutex_lock(t, &environ_lock);
    int bad = unsetenv(name.text), err = errno;
    mutex_unlock(&environ_lock);
    path_drop(t, &name);
    return bad ? err_errno(t, err, VALUE_NULL) : REF_NONE;
}

/* ---- programs -------------------------------------------------------------------------------------------------------------------------------- */

void posix_strings_free(char **v) {
    for (char **p = v; p && *p; p++) mem_free(*p);
    mem_free(v);
}
static char *path_copy(Thread *t, Value v, const char *function) {
    Path p;
    if (path_get(t, v, &p, function, "argument", 0) < 0) return NULL;
    char *copy = mem_alloc(strlen(p.text) + 1);
    if (copy) strcpy(copy, p.text);
    else err_no_memory(t);
    path_drop(t, &p);
    return copy;
}
char **posix_argv(Thread *t, Value v, const char *function) {
    if (!is_list(v) && !is_tuple(v)) {
        err_set(t, E_TypeError, "%s() arg 2 must be a tuple or list", function);
        return NULL;
    }
    Ref items = sequence_tuple(t, v);
    if (ref_is_null(items)) return NULL;
    size_t n = tuple_size(ref_borrow(items));
    char **out = mem_zalloc((n + 1) * sizeof *out);
    if (out == NULL) err_no_memory(t);
    for (size_t i = 0; out && i < n; i++)
        if ((out[i] = path_copy(t, tuple_get(ref_borrow(items), i), function)) == NULL) {
            posix_strings_free(out);
            out = NULL;
        }
    ref_drop(t, items);
    if (out && n == 0) err_set(t, E_ValueError, "%s() arg 2 must not be empty", function);
    else if (out && !out[0][0]) err_set(t, E_ValueError, "%s() arg 2 first element cannot be empty", function);
    else return out;
    posix_strings_free(out);
    return NULL;
}
char **posix_env(Thread *t, Value v, const char *function) {
    Ref items = mapping_items(t, v);
    if (ref_is_null(items)) return NULL;
    size_t n = list_size(ref_borrow(items));
    char **out = mem_zalloc((n + 1) * sizeof *out);
    if (out == NULL) err_no_memory(t);
    for (size_t i = 0; out && i < n; i++) {
        Value pair = list_get(ref_borrow(items), i);
        char *key = path_copy(t, tuple_get(pair, 0), function), *value = key ? path_copy(t, tuple_get(pair, 1), function) : NULL;
        if (value && (key[0] == 0 || strchr(key + 1, '='))) {
            err_set(t, E_ValueError, "illegal environment variable name");
            mem_free(value);
            value = NULL;
        }
        if (value) out[i] = mem_alloc(strlen(key) + strlen(value) + 2);
        if (out[i]) {
            strcpy(out[i], key);
            strcat(out[i], "=");
            strcat(out[i], value);
        }
        mem_free(key);
        mem_free(value);
        if (out[i] == NULL) {
            posix_strings_free(out);
            out = NULL;
        }
    }
    ref_drop(t, items);
    return out;
}
static Ref do_exec(Thread *t, const char *function, Value path, Value argv, Value env) {
    Path p;
    if (path_get(t, path, &p, function, "path", PATH_FD) < 0) return REF_NULL;
    char **args = posix_argv(t, argv, function), **vars = args && !value_is_null(env) ? posix_env(t, env, "execve") : NULL;
    if (args && (value_is_null(env) || vars)) {
        if (p.fd >= 0) fexecve(p.fd, args, vars);
        else if (vars) execve(p.text, args, vars);
        else execv(p.text, args);
        int err = errno;
        posix_strings_free(args);
        posix_strings_free(vars);
        return path_error(t, &p, err);
    }
    posix_strings_free(args);
    path_drop(t, &p);
    return REF_NULL;
}
static Ref m_execv(Thread *t, Value self, const Value *a) { return do_exec(t, "execv", a[0], a[1], VALUE_NULL); }
static Ref m_execve(Thread *t, Value self, const Value *a) { return do_exec(t, "execve", a[0], a[1], a[2]); }

static Slot before_fork, after_in_child, after_in_parent; /* lists of callables or null; writers hold the GIL-free list's own lock by list_append */
static int add_fork_hook(Thread *t, const char *name, Slot *hooks, Value f) {
    if (value_is_null(f)) return 0;
    if (!is_callable(f)) return err_int(err_set(t, E_TypeError, "'%s' must be callable, not %T", name, f));
    if (value_is_null(slot_get(hooks))) {
        Ref list = list_new(t, 1);
        if (ref_is_null(list)) return -1;
        kit_root(t, hooks, list);
    }
    return list_append(t, slot_get(hooks), f);
}
static Ref m_register_at_fork(Thread *t, Value self, const Value *a) {
    if (value_is_null(a[0]) && value_is_null(a[1]) && value_is_null(a[2])) return err_set(t, E_TypeError, "At least one argument is required.");
    if (add_fork_hook(t, "before", &before_fork, a[0]) < 0 || add_fork_hook(t, "after_in_child", &after_in_child, a[1]) < 0 ||
        add_fork_hook(t, "after_in_parent", &after_in_parent, a[2]) < 0) return REF_NULL;
    return REF_NONE;
}
static void run_fork_hooks(Thread *t, const Slot *hooks, bool reverse) {
    Value list = slot_get(hooks);
    if (value_is_null(list)) return;
    Ref copy = list_slice(t, list, 0, (int64_t)list_size(list));
    size_t n = ref_is_null(copy) ? 0 : list_size(ref_borrow(copy));
    for (size_t i = 0; i < n; i++) {
        Value f = list_get(ref_borrow(copy), reverse ? n - 1 - i : i);
        Ref r = call0(t, f);
        if (ref_is_null(r)) err_unraisable(t, "in fork hook", f);
        ref_drop(t, r);
    }
    ref_drop(t, copy);
}
/* With the import lock: the child isn't left with what another thread was in the middle of. */
static pid_t do_fork(Thread *t, pid_t (*maker)(void *), void *arg) {
    run_fork_hooks(t, &before_fork, true);
    import_lock(t);
    fork_prepare(t);
    pid_t pid = maker(arg);
    int err = errno;
    if (pid == 0) fork_child(t);
    else fork_parent(t);
    import_unlock(t);
    run_fork_hooks(t, pid == 0 ? &after_in_child : &after_in_parent, false);
    errno = err;
    return pid;
}
static pid_t plain_fork(void *arg) { return fork(); }
static pid_t pty_fork(void *arg) { return forkpty(arg, NULL, NULL, NULL); }
static Ref m_fork(Thread *t, Value self, const Value *a) {
    pid_t pid = do_fork(t, plain_fork, NULL);
    return pid < 0 ? posix_error(t) : ref_small_int(pid);
}
static Ref m_forkpty(Thread *t, Value self, const Value *a) {
    int fd = -1;
    pid_t pid = do_fork(t, pty_fork, &fd);
    return pid < 0 ? posix_error(t) : tuple_pack(t, 2, small_int(pid), small_int(fd));
}
static Ref m_openpty(Thread *t, Value self, const Value *a) {
    int master, slave;
    if (openpty(&master, &slave, NULL, NULL, NULL) < 0) return posix_error(t);
    fcntl(master, F_SETFD, FD_CLOEXEC);
    fcntl(slave, F_SETFD, FD_CLOEXEC);
    return tuple_pack(t, 2, small_int(master), small_int(slave));
}
static Ref m_exit(Thread *t, Value self, const Value *a) {
    int status;
    if (as_int(t, a[0], &status) < 0) return REF_NULL;
    _exit(status);
}
static Ref m_abort(Thread *t, Value self, const Value *a) { abort(); }
static Ref m_system(Thread *t, Value self, const Value *a) {
    Path p;
    int n;
    if (path_get(t, a[0], &p, "system", "command", 0) < 0) return REF_NULL;
    DETACHED(t, n = system(p.text));
    path_drop(t, &p);
    return ref_small_int(n);
}

/* ---- waiting ------------------------------------------------------------------------------------------------------------------------------------ */

static Ref rusage_value(Thread *t, const struct rusage *r) {
    Ref make = import_attr(t, "resource", "struct_rusage");
    if (ref_is_null(make)) return make;
    Ref items[16] = {float_new(t, (double)r->ru_utime.tv_sec + 1e-6 * (double)r->ru_utime.tv_usec), float_new(t, (double)r->ru_stime.tv_sec + 1e-6 * (double)r->ru_stime.tv_usec)};
    long f[14] = {r->ru_maxrss, r->ru_ixrss, r->ru_idrss, r->ru_isrss, r->ru_minflt, r->ru_majflt, r->ru_nswap, r->ru_inblock, r->ru_oublock, r->ru_msgsnd, r->ru_msgrcv,
                  r->ru_nsignals, r->ru_nvcsw, r->ru_nivcsw};
    for (int i = 0; i < 14; i++) items[2 + i] = int_from_i64(t, f[i]);
    Ref tuple = tuple_from_steal(t, items, 16), result = ref_is_null(tuple) ? tuple : call1(t, ref_borrow(make), ref_borrow(tuple));
    ref_drop(t, tuple);
    ref_drop(t, make);
    return result;
}
static Ref do_wait(Thread *t, pid_t pid, int options, bool usage) {
    int status = 0;
    struct rusage r = {0};
    pid_t n;
    RETRY(t, n, wait4(pid, &status, options, &r));
    if (n < 0) return posix_error(t);
    if (!usage) return tuple_pack(t, 2, small_int(n), small_int(status));
    Ref u = rusage_value(t, &r);
    if (ref_is_null(u)) return u;
    Ref result = tuple_pack(t, 3, small_int(n), small_int(status), ref_borrow(u));
    ref_drop(t, u);
    return result;
}
static Ref m_waitpid(Thread *t, Value self, const Value *a) {
    int pid, options;
    return as_int(t, a[0], &pid) < 0 || as_int(t, a[1], &options) < 0 ? REF_NULL : do_wait(t, pid, options, false);
}
static Ref m_wait(Thread *t, Value self, const Value *a) { return do_wait(t, -1, 0, false); }
static Ref m_wait3(Thread *t, Value self, const Value *a) {
    int options;
    return as_int(t, a[0], &options) < 0 ? REF_NULL : do_wait(t, -1, options, true);
}
static Ref m_wait4(Thread *t, Value self, const Value *a) {
    int pid, options;
    return as_int(t, a[0], &pid) < 0 || as_int(t, a[1], &options) < 0 ? REF_NULL : do_wait(t, pid, options, true);
}
#define STATUS(name, value)                                                                     \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                                \
        int s;                                                                                  \
        return as_int(t, a[0], &s) < 0 ? REF_NULL : value;                                      \
    }
STATUS(WIFEXITED, ref_bool(WIFEXITED(s)))
STATUS(WIFSIGNALED, ref_bool(WIFSIGNALED(s)))
STATUS(WIFSTOPPED, ref_bool(WIFSTOPPED(s)))
STATUS(WIFCONTINUED, ref_bool(WIFCONTINUED(s)))
STATUS(WCOREDUMP, ref_bool(WCOREDUMP(s)))
STATUS(WEXITSTATUS, ref_small_int(WEXITSTATUS(s)))
STATUS(WTERMSIG, ref_small_int(WTERMSIG(s)))
STATUS(WSTOPSIG, ref_small_int(WSTOPSIG(s)))
static Ref m_waitstatus_to_exitcode(Thread *t, Value self, const Value *a) {
    int s;
    if (as_int(t, a[0], &s) < 0) return REF_NULL;
    if (WIFEXITED(s)) return ref_small_int(WEXITSTATUS(s));
    if (WIFSIGNALED(s)) return ref_small_int(-WTERMSIG(s));
    return WIFSTOPPED(s) ? err_set(t, E_ValueError, "process stopped by delivery of signal %d", WSTOPSIG(s)) : err_set(t, E_ValueError, "invalid wait status: %d", s);
}

/* ---- identities ------------------------------------------------------------------------------------------------------------------------------------- */

#define GET(name) static Ref m_##name(Thread *t, Value self, const Value *a) { return int_from_i64(t, (int64_t)name()); }
GET(getpid) GET(getppid) GET(getuid) GET(geteuid) GET(getgid) GET(getegid) GET(getpgrp)
#define INT_CALL(name, nargs, call)                                                             \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                                \
        int v[4] = {0}, n;                                                                      \
        for (int i = 0; i < nargs; i++)                                                         \
            if (as_int(t, a[i], &v[i]) < 0) return REF_NULL;                                    \
        n = (int)(call);                                                                        \
        return n < 0 ? posix_error(t) : REF_NONE;                                               \
    }
#define ID_CALL(name, what, nargs, call)                                                        \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                                \
        uint32_t v[2];                                                                          \
        for (int i = 0; i < nargs; i++)                                                         \
            if (id_get(t, a[i], what, &v[i]) < 0) return REF_NULL;                              \
        return (call) < 0 ? posix_error(t) : REF_NONE;                                          \
    }
ID_CALL(setuid, "uid", 1, setuid(v[0])) ID_CALL(seteuid, "uid", 1, seteuid(v[0])) ID_CALL(setreuid, "uid", 2, setreuid(v[0], v[1]))
ID_CALL(setgid, "gid", 1, setgid(v[0])) ID_CALL(setegid, "gid", 1, setegid(v[0])) ID_CALL(setregid, "gid", 2, setregid(v[0], v[1]))
INT_CALL(setpgid, 2, setpgid(v[0], v[1])) INT_CALL(setsid, 0, setsid()) INT_CALL(setpgrp, 0, setpgid(0, 0)) INT_CALL(kill, 2, kill(v[0], v[1]) < 0 ? -1 : after_interrupt(t)) INT_CALL(killpg, 2, killpg(v[0], v[1]) < 0 ? -1 : after_interrupt(t)) /* it may be for us */
INT_CALL(tcsetpgrp, 2, tcsetpgrp(v[0], v[1])) INT_CALL(setpriority, 3, setpriority((unsigned)v[0], (id_t)v[1], v[2])) INT_CALL(sched_yield, 0, sched_yield())
#define INT_VALUE(name, nargs, call)                                                            \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                                \
        int v[4] = {0};                                                                         \
        for (int i = 0; i < nargs; i++)                                                         \
            if (as_int(t, a[i], &v[i]) < 0) return REF_NULL;                                    \
        errno = 0;                                                                              \
        int64_t n = (int64_t)(call);                                                            \
        return n == -1 && errno ? posix_error(t) : int_from_i64(t, n);                          \
    }
INT_VALUE(getpgid, 1, getpgid(v[0])) INT_VALUE(getsid, 1, getsid(v[0])) INT_VALUE(tcgetpgrp, 1, tcgetpgrp(v[0])) INT_VALUE(getpriority, 2, getpriority((unsigned)v[0], (id_t)v[1]))
INT_VALUE(nice, 1, nice(v[0])) INT_VALUE(umask, 1, umask((mode_t)v[0])) INT_VALUE(sched_get_priority_max, 1, sched_get_priority_max(v[0]))
INT_VALUE(sched_get_priority_min, 1, sched_get_priority_min(v[0])) INT_VALUE(sched_getscheduler, 1, sched_getscheduler(v[0]))
static Ref m_getgroups(Thread *t, Value self, const Value *a) {
    gid_t groups[65536 / sizeof(gid_t)];
    int n = getgroups((int)(sizeof groups / sizeof *groups), groups);
    if (n < 0) return posix_error(t);
    Ref list = list_new(t, (size_t)n);
    for (int i = 0; i < n && !ref_is_null(list); i++) list_append_steal(t, ref_borrow(list), int_from_i64(t, groups[i]));
    return list;
}
static Ref m_getlogin(Thread *t, Value self, const Value *a) {
    char name[256];
    int err = getlogin_r(name, sizeof name);
    return err ? err_errno(t, err, VALUE_NULL) : str_from_fs(t, name, strlen(name));
}
static Ref m_getresuid(Thread *t, Value self, const Value *a) {
    uid_t r, e, s;
    return getresuid(&r, &e, &s) < 0 ? posix_error(t) : tuple_pack(t, 3, small_int(r), small_int(e), small_int(s));
}
static Ref m_getresgid(Thread *t, Value self, const Value *a) {
    gid_t r, e, s;
    return getresgid(&r, &e, &s) < 0 ? posix_error(t) : tuple_pack(t, 3, small_int(r), small_int(e), small_int(s));
}

/* ---- the machine --------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_uname(Thread *t, Value self, const Value *a) {
    struct utsname u;
    if (uname(&u) < 0) return posix_error(t);
    const char *f[5] = {u.sysname, u.nodename, u.release, u.version, u.machine};
    Ref items[5];
    for (int i = 0; i < 5; i++) items[i] = str_from_fs(t, f[i], strlen(f[i]));
    return structseq_new_steal(t, uname_type, items);
}
static Ref m_times(Thread *t, Value self, const Value *a) {
    struct tms b;
    clock_t c = times(&b);
    double hz = (double)sysconf(_SC_CLK_TCK), f[5] = {(double)b.tms_utime, (double)b.tms_stime, (double)b.tms_cutime, (double)b.tms_cstime, (double)c};
    Ref items[5];
    for (int i = 0; i < 5; i++) items[i] = float_new(t, f[i] / hz);
    return structseq_new_steal(t, times_type, items);
}
static Ref m_cpu_count(Thread *t, Value self, const Value *a) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? REF_NONE : int_from_i64(t, n);
}
static Ref m_getloadavg(Thread *t, Value self, const Value *a) {
    double l[3];
    if (getloadavg(l, 3) != 3) return err_set(t, E_OSError, "Load averages are unobtainable");
    Ref items[3] = {float_new(t, l[0]), float_new(t, l[1]), float_new(t, l[2])};
    return tuple_from_steal(t, items, 3);
}
static Ref m_sched_getaffinity(Thread *t, Value self, const Value *a) {
    int pid;
    cpu_set_t set;
    if (as_int(t, a[0], &pid) < 0) return REF_NULL;
    if (sched_getaffinity(pid, sizeof set, &set) < 0) return posix_error(t);
    Ref r = set_new(t, VALUE_NULL);
    for (int i = 0; i < CPU_SETSIZE && !ref_is_null(r); i++)
        if (CPU_ISSET(i, &set) && set_add(t, ref_borrow(r), small_int(i)) < 0) {
            ref_drop(t, r);
            return REF_NULL;
        }
    return r;
}
static Ref m_sched_setaffinity(Thread *t, Value self, const Value *a) {
    int pid, cpu, more;
    cpu_set_t set;
    CPU_ZERO(&set);
    if (as_int(t, a[0], &pid) < 0) return REF_NULL;
    Ref it = get_iter(t, a[1]), item;
    if (ref_is_null(it)) return it;
    while ((more = iter_next(t, ref_borrow(it), &item)) > 0) {
        int bad = as_int(t, ref_borrow(item), &cpu);
        ref_drop(t, item);
        if (bad < 0 || cpu < 0 || cpu >= CPU_SETSIZE) {
            if (!err_pending(t)) err_set(t, E_ValueError, "negative CPU number");
            more = -1;
            break;
        }
        CPU_SET(cpu, &set);
    }
    ref_drop(t, it);
    if (more < 0) return REF_NULL;
    return sched_setaffinity(pid, sizeof set, &set) < 0 ? posix_error(t) : REF_NONE;
}
static Ref m_strerror(Thread *t, Value self, const Value *a) {
    int code;
    if (as_int(t, a[0], &code) < 0) return REF_NULL;
    char buf[128];
    const char *s = strerror_r(code, buf, sizeof buf);
    return str_from_fs(t, s, strlen(s));
}
static Ref m_ctermid(Thread *t, Value self, const Value *a) { return str_from_cstr(t, "/dev/tty"); }
static Ref m_sync(Thread *t, Value self, const Value *a) {
    DETACHED(t, sync());
    return REF_NONE;
}

NativeDef posix_process_functions[] = {
    FN("putenv", "($module, name, value, /)", m_putenv, NULL), FN("unsetenv", "($module, name, /)", m_unsetenv, NULL), FN("execv", "($module, path, argv, /)", m_execv, NULL),
    FN("execve", "($module, /, path, argv, env)", m_execve, NULL), FN("fork", "($module, /)", m_fork, "Makes a child process."), FN("forkpty", "($module, /)", m_forkpty, NULL),
    FN("register_at_fork", "($module, /, *, before=None, after_in_child=None, after_in_parent=None)", m_register_at_fork, NULL), FN("openpty", "($module, /)", m_openpty, NULL),
    FN("_exit", "($module, /, status)", m_exit, "Ends the process at once."), FN("abort", "($module, /)", m_abort, NULL), FN("system", "($module, /, command)", m_system, NULL),
    FN_COUNTED("waitpid", "($module, pid, options, /)", m_waitpid, NULL), FN("wait", "($module, /)", m_wait, NULL), FN("wait3", "($module, /, options)", m_wait3, NULL),
    FN("wait4", "($module, /, pid, options)", m_wait4, NULL), FN("WIFEXITED", "($module, /, status)", m_WIFEXITED, NULL), FN("WIFSIGNALED", "($module, /, status)", m_WIFSIGNALED, NULL),
    FN("WIFSTOPPED", "($module, /, status)", m_WIFSTOPPED, NULL), FN("WIFCONTINUED", "($module, /, status)", m_WIFCONTINUED, NULL), FN("WCOREDUMP", "($module, status, /)", m_WCOREDUMP, NULL),
    FN("WEXITSTATUS", "($module, /, status)", m_WEXITSTATUS, NULL), FN("WTERMSIG", "($module, /, status)", m_WTERMSIG, NULL), FN("WSTOPSIG", "($module, /, status)", m_WSTOPSIG, NULL),
    FN("waitstatus_to_exitcode", "($module, /, status)", m_waitstatus_to_exitcode, NULL), FN("getpid", "($module, /)", m_getpid, NULL), FN("getppid", "($module, /)", m_getppid, NULL),
    FN("getuid", "($module, /)", m_getuid, NULL), FN("geteuid", "($module, /)", m_geteuid, NULL), FN("getgid", "($module, /)", m_getgid, NULL), FN("getegid", "($module, /)", m_getegid, NULL),
    FN("getpgrp", "($module, /)", m_getpgrp, NULL), FN("setuid", "($module, uid, /)", m_setuid, NULL), FN("seteuid", "($module, euid, /)", m_seteuid, NULL),
    FN("setgid", "($module, gid, /)", m_setgid, NULL), FN("setegid", "($module, egid, /)", m_setegid, NULL), FN("setreuid", "($module, ruid, euid, /)", m_setreuid, NULL),
    FN("setregid", "($module, rgid, egid, /)", m_setregid, NULL), FN_COUNTED("setpgid", "($module, pid, pgrp, /)", m_setpgid, NULL), FN("setsid", "($module, /)", m_setsid, NULL),
    FN("setpgrp", "($module, /)", m_setpgrp, NULL), FN("kill", "($module, pid, signal, /)", m_kill, "Sends a signal."), FN("killpg", "($module, pgid, signal, /)", m_killpg, NULL),
    FN_COUNTED("tcsetpgrp", "($module, fd, pgid, /)", m_tcsetpgrp, NULL), FN("tcgetpgrp", "($module, fd, /)", m_tcgetpgrp, NULL), FN("getpgid", "($module, /, pid)", m_getpgid, NULL),
    FN("getsid", "($module, pid, /)", m_getsid, NULL), FN("getpriority", "($module, /, which, who)", m_getpriority, NULL), FN("setpriority", "($module, /, which, who, priority)", m_setpriority, NULL),
    FN("nice", "($module, increment, /)", m_nice, NULL), FN("umask", "($module, mask, /)", m_umask, NULL), FN("getgroups", "($module, /)", m_getgroups, NULL),
    FN("getlogin", "($module, /)", m_getlogin, NULL), FN("getresuid", "($module, /)", m_getresuid, NULL), FN("getresgid", "($module, /)", m_getresgid, NULL), FN("uname", "($module, /)", m_uname, NULL),
    FN("times", "($module, /)", m_times, NULL), FN("cpu_count", "($module, /)", m_cpu_count, "How many processors there are."), FN("getloadavg", "($module, /)", m_getloadavg, NULL),
    FN("sched_yield", "($module, /)", m_sched_yield, NULL), FN("sched_get_priority_max", "($module, /, policy)", m_sched_get_priority_max, NULL),
    FN("sched_get_priority_min", "($module, /, policy)", m_sched_get_priority_min, NULL), FN("sched_getscheduler", "($module, pid, /)", m_sched_getscheduler, NULL),
    FN("sched_getaffinity", "($module, pid, /)", m_sched_getaffinity, NULL), FN_COUNTED("sched_setaffinity", "($module, pid, mask, /)", m_sched_setaffinity, NULL),
    FN("strerror", "($module, code, /)", m_strerror, NULL), FN("ctermid", "($module, /)", m_ctermid, NULL), FN("sync", "($module, /)", m_sync, NULL), FN_END,
};

static const StructSeqField uname_fields[] = {{"sysname", ""}, {"nodename", ""}, {"release", ""}, {"version", ""}, {"machine", ""}, {NULL, NULL}};
static const StructSeqField times_fields[] = {{"user", ""}, {"system", ""}, {"children_user", ""}, {"children_system", ""}, {"elapsed", ""}, {NULL, NULL}};

int posix_init_process(Thread *t, Value module) {
    uname_type = structseq_type(t, "posix.uname_result", "", uname_fields, 5);
    times_type = structseq_type(t, "posix.times_result", "", times_fields, 5);
    if (!uname_type || !times_type || module_set(t, module, "uname_result", type_value(uname_type)) < 0 || module_set(t, module, "times_result", type_value(times_type)) < 0) return -1;
    if (module_set_steal(t, module, "environ", make_environ(t)) < 0) return -1;
    return module_add_functions(t, module, posix_process_functions);
}
