/* _posixsubprocess: fork_exec, the child's side of subprocess.Popen.
 *
 * Everything that the child needs is made before the fork; between fork and exec it calls only async-signal-safe functions, unless there is a preexec_fn,
 * for which the interpreter is put in order as after os.fork(). Errors go back through errpipe_write as "Kind:hex errno:message".
 */
#include "runtime/modules/posix.h"
#include <dirent.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>

int module_init__posixsubprocess(Thread *t, Value module);

typedef struct Spawn {
    char **argv, **programs, **env;
    char *cwd;
    int *keep;            /* descriptors that stay open, sorted; ends with -1 */
    size_t keep_count;
    gid_t *groups;
    size_t group_count;
    int p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite, errpipe_read, errpipe_write, pgid, umask;
    bool close_fds, restore_signals, setsid, set_groups, set_gid, set_uid;
    gid_t gid;
    uid_t uid;
    Value preexec;
} Spawn;

static void strings_free(char **v) {
    for (char **p = v; p && *p; p++) mem_free(*p);
    mem_free(v);
}

static char **strings_get(Thread *t, Value v, const char *what) {
    Ref items = sequence_tuple(t, v);
    if (ref_is_null(items)) return NULL;
    size_t n = tuple_size(ref_borrow(items));
    char **out = mem_zalloc((n + 1) * sizeof *out);
    if (out == NULL) err_no_memory(t);
    for (size_t i = 0; out && i < n; i++) {
        Path p;
        bool ok = path_get(t, tuple_get(ref_borrow(items), i), &p, "fork_exec", what, 0) == 0;
        if (ok && (out[i] = mem_alloc(strlen(p.text) + 1)) != NULL) strcpy(out[i], p.text);
        else if (ok) err_no_memory(t);
        if (ok) path_drop(t, &p);
        if (out[i] == NULL) {
            strings_free(out);
            out = NULL;
        }
    }
    ref_drop(t, items);
    return out;
}

static int keep_get(Thread *t, Value v, Spawn *s) {
    Ref items = sequence_tuple(t, v);
    if (ref_is_null(items)) return -1;
    s->keep_count = tuple_size(ref_borrow(items));
    s->keep = mem_alloc((s->keep_count + 1) * sizeof(int));
    int bad = s->keep ? 0 : err_int(err_no_memory(t)), last = -1;
    for (size_t i = 0; bad == 0 && i < s->keep_count; i++) {
        bad = as_int(t, tuple_get(ref_borrow(items), i), &s->keep[i]);
        if (bad == 0 && s->keep[i] <= last) bad = err_int(err_set(t, E_ValueError, "bad value(s) in fds_to_keep"));
        last = s->keep ? s->keep[i] : -1;
    }
    ref_drop(t, items);
    return bad;
}

static int groups_get(Thread *t, Value v, Spawn *s) {
    if (value_is_none(v)) return 0;
    Ref items = sequence_tuple(t, v);
    if (ref_is_null(items)) return -1;
    s->set_groups = true;
    s->group_count = tuple_size(ref_borrow(items));
    s->groups = mem_alloc((s->group_count + 1) * sizeof(gid_t));
    int bad = s->groups ? 0 : err_int(err_no_memory(t));
    for (size_t i = 0; bad == 0 && i < s->group_count; i++) {
        uint32_t g;
        bad = id_get(t, tuple_get(ref_borrow(items), i), "gid", &g);
        if (bad < 0) { /* as CPython words it here */
            err_clear(t);
            err_set(t, E_ValueError, "invalid group id");
        }
        s->groups[i] = (gid_t)g;
    }
    ref_drop(t, items);
    return bad;
}

/* ---- the child ------------------------------------------------------------------------------------------------------------------------ */

static void report(int fd, const char *text) {
    ssize_t n = write(fd, text, strlen(text));
    (void)n;
}
static void close_others(const Spawn *s) {
    int from = 3;
    for (size_t i = 0; i <= s->keep_count; i++) { /* the gaps between what stays open */
        int to = i < s->keep_count ? s->keep[i] : -1;
        if (to >= 0 && to < from) continue;
        if (syscall(SYS_close_range, (unsigned)from, to < 0 ? ~0u : (unsigned)to - 1, 0) < 0) {
            int last = to < 0 ? (int)sysconf(_SC_OPEN_MAX) : to;
            for (int fd = from; fd < last; fd++) close(fd);
        }
        from = to + 1;
    }
}
static bool inherit(int fd) {
    int flags = fcntl(fd, F_GETFD);
    return flags >= 0 && fcntl(fd, F_SETFD, flags & ~FD_CLOEXEC) >= 0;
}
#define TRY(c) do { if (!(c)) return errno; } while (0)

/* 0: never; returns errno. *where: "" or "noexec:…" for the message */
static int child(Thread *t, Spawn *s, const char **where) {
    for (size_t i = 0; i < s->keep_count; i++)
        if (s->keep[i] != s->errpipe_write) TRY(inherit(s->keep[i]));
    if (s->p2cwrite >= 0) close(s->p2cwrite);
    if (s->c2pread >= 0) close(s->c2pread);
    if (s->errread >= 0) close(s->errread);
    close(s->errpipe_read);
    /* a descriptor in the way of 0, 1, 2 moves up first */
    if (s->c2pwrite == 0) TRY((s->c2pwrite = fcntl(s->c2pwrite, F_DUPFD_CLOEXEC, 3)) >= 0);
    while (s->errwrite == 0 || s->errwrite == 1) TRY((s->errwrite = fcntl(s->errwrite, F_DUPFD_CLOEXEC, 3)) >= 0);
    int from[3] = {s->p2cread, s->c2pwrite, s->errwrite};
    for (int i = 0; i < 3; i++) {
        if (from[i] == i) TRY(inherit(i));
        else if (from[i] >= 0) TRY(dup2(from[i], i) >= 0);
    }
    *where = "cwd";
    if (s->cwd) TRY(chdir(s->cwd) == 0);
    *where = "";
    if (s->umask >= 0) umask((mode_t)s->umask);
    if (s->restore_signals) {
        signal(SIGPIPE, SIG_DFL);
        signal(SIGXFSZ, SIG_DFL);
    }
    if (s->setsid) TRY(setsid() >= 0);
    if (s->pgid >= 0) TRY(setpgid(0, s->pgid) == 0);
    if (s->set_groups) TRY(setgroups(s->group_count, s->groups) == 0);
    if (s->set_gid) TRY(setregid(s->gid, s->gid) == 0);
    if (s->set_uid) TRY(setreuid(s->uid, s->uid) == 0);
    if (!value_is_none(s->preexec)) {
        Ref r = call0(t, s->preexec);
        if (ref_is_null(r)) {
            report(s->errpipe_write, "SubprocessError:0:Exception occurred in preexec_fn.");
            _exit(255);
        }
        ref_drop(t, r);
    }
    if (s->close_fds) close_others(s);
    int saved = 0;
    for (char **p = s->programs; *p; p++) {
        if (s->env) execve(*p, s->argv, s->env);
        else execv(*p, s->argv);
        if (errno != ENOENT && errno != ENOTDIR && saved == 0) saved = errno;
    }
    if (saved) errno = saved;
    return errno;
}

static Ref m_fork_exec(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "fork_exec", kwnames) < 0 || check_nargs(t, "fork_exec", nargs, 23, 23) < 0) return REF_NULL;
    Spawn s = {.preexec = args[21]};
    Ref result = REF_NULL;
    int flag, *ints[] = {&s.p2cread, &s.p2cwrite, &s.c2pread, &s.c2pwrite, &s.errread, &s.errwrite, &s.errpipe_read, &s.errpipe_write};
    for (int i = 0; i < 8; i++)
        if (as_int(t, args[6 + i], ints[i]) < 0) return REF_NULL;
    bool *flags[] = {&s.close_fds, &s.restore_signals, &s.setsid};
    const int flag_at[] = {2, 14, 15};
    for (int i = 0; i < 3; i++) {
        if ((flag = is_true(t, args[flag_at[i]])) < 0) return REF_NULL;
        *flags[i] = flag;
    }
    if (as_int(t, args[16], &s.pgid) < 0 || as_int(t, args[20], &s.umask) < 0) return REF_NULL;
    if (s.close_fds && s.errpipe_write < 3) return err_set(t, E_ValueError, "errpipe_write must be >= 3");
    s.set_gid = !value_is_none(args[17]);
    s.set_uid = !value_is_none(args[19]);
    if ((s.set_gid && id_get(t, args[17], "gid", &s.gid) < 0) || (s.set_uid && id_get(t, args[19], "uid", &s.uid) < 0)) return REF_NULL;
    Path cwd = {.fd = -1};
    if (keep_get(t, args[3], &s) < 0 || groups_get(t, args[18], &s) < 0) goto done;
    if (!value_is_none(args[4])) {
        if (path_get(t, args[4], &cwd, "fork_exec", "cwd", 0) < 0) goto done;
        s.cwd = (char *)cwd.text;
    }
    if ((s.programs = strings_get(t, args[1], "executable")) == NULL) goto done;
    if (!value_is_none(args[0]) && (s.argv = strings_get(t, args[0], "args")) == NULL) goto done;
    if (!value_is_none(args[5]) && (s.env = strings_get(t, args[5], "env")) == NULL) goto done;
    bool python = !value_is_none(s.preexec);
    sigset_t all, old;
    sigfillset(&all);
    fork_prepare(t);
    pthread_sigmask(SIG_BLOCK, &all, &old); /* no handler runs in the child before it is set up */
    pid_t pid = fork();
    int err = errno;
    if (pid == 0) {
        if (python) fork_child(t);
        pthread_sigmask(SIG_SETMASK, &old, NULL);
        const char *where = "";
        int e = child(t, &s, &where);
        char message[64];
        snprintf(message, sizeof message, "OSError:%X:%s", (unsigned)e, *where ? "noexec" : "");
        report(s.errpipe_write, message);
        _exit(255);
    }
    fork_parent(t);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    result = pid < 0 ? err_errno(t, err, VALUE_NULL) : ref_small_int(pid);
done:
    path_drop(t, &cwd);
    strings_free(s.argv);
    strings_free(s.programs);
    strings_free(s.env);
    mem_free(s.keep);
    mem_free(s.groups);
    return result;
}

static NativeDef functions[] = {FN_RAW("fork_exec", "!($module, *args)", m_fork_exec, "Runs a program in a new process."), FN_END};
int module_init__posixsubprocess(Thread *t, Value module) { return module_add_functions(t, module, functions); }
