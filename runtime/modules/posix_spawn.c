/* posix: posix_spawn, waitid, groups and identities, scheduling parameters. */
#include "runtime/modules/kit.h"
#include "runtime/modules/posix.h"
#include "runtime/modules/sys.h"
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <utmp.h>

static Type *sched_param_type, *waitid_type;

/* ---- scheduling ------------------------------------------------------------------------------------------------------------------------- */

static Ref sched_param_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[1];
    if (bind_args(t, "sched_param", "(sched_priority)", &signature, args, nargs, kwnames, a, 1) < 0) return REF_NULL;
    return structseq_new_steal(t, as(Type, cls), (Ref[]){ref_new(t, a[0])});
}
static Ref param_value(Thread *t, int priority) { return structseq_new_steal(t, sched_param_type, (Ref[]){ref_small_int(priority)}); }
static int param_get(Thread *t, Value v, struct sched_param *out) {
    int64_t priority;
    if (!is_exact(v, sched_param_type)) return err_int(err_set(t, E_TypeError, "must have a sched_param object"));
    if (as_i64(t, tuple_get(v, 0), &priority) < 0) return -1;
    if (priority > INT_MAX || priority < INT_MIN) return err_int(err_set(t, E_OverflowError, "sched_priority out of range"));
    *out = (struct sched_param){.sched_priority = (int)priority};
    return 0;
}
static Ref m_sched_getparam(Thread *t, Value self, const Value *a) {
    int pid;
    struct sched_param p;
    if (as_int(t, a[0], &pid) < 0) return REF_NULL;
    return sched_getparam(pid, &p) < 0 ? posix_error(t) : param_value(t, p.sched_priority);
}
static Ref m_sched_setparam(Thread *t, Value self, const Value *a) {
    int pid;
    struct sched_param p;
    if (as_int(t, a[0], &pid) < 0 || param_get(t, a[1], &p) < 0) return REF_NULL;
    return sched_setparam(pid, &p) < 0 ? posix_error(t) : REF_NONE;
}
static Ref m_sched_setscheduler(Thread *t, Value self, const Value *a) {
    int pid, policy;
    struct sched_param p;
    if (as_int(t, a[0], &pid) < 0 || as_int(t, a[1], &policy) < 0 || param_get(t, a[2], &p) < 0) return REF_NULL;
    return sched_setscheduler(pid, policy, &p) < 0 ? posix_error(t) : REF_NONE;
}
static Ref m_sched_rr_get_interval(Thread *t, Value self, const Value *a) {
    int pid;
    struct timespec ts;
    if (as_int(t, a[0], &pid) < 0) return REF_NULL;
    return sched_rr_get_interval(pid, &ts) < 0 ? posix_error(t) : float_new(t, (double)ts.tv_sec + 1e-9 * (double)ts.tv_nsec);
}

/* ---- identities ---------------------------------------------------------------------------------------------------------------------------- */

int id_get(Thread *t, Value v, const char *what, uint32_t *out) {
    int64_t i;
    if (type_of(v)->index == NULL) return err_int(err_set(t, E_TypeError, "%s should be integer, not %T", what, v));
    Ref n = number_index(t, v);
    if (ref_is_null(n)) return -1;
    bool word = int_try_i64(ref_borrow(n), &i) == 0, fits = word && i >= -1 && i <= UINT32_MAX;
    bool low = word || int_sign(ref_borrow(n)) < 0; /* all that a C long holds, but the id doesn't, counts as too little in CPython */
    ref_drop(t, n);
    if (!fits) return err_int(err_set(t, E_OverflowError, "%s is %s", what, low ? "less than minimum" : "greater than maximum"));
    *out = (uint32_t)i;
    return 0;
}
static Ref m_setresuid(Thread *t, Value self, const Value *a) {
    uint32_t id[3];
    for (int i = 0; i < 3; i++)
        if (id_get(t, a[i], "uid", &id[i]) < 0) return REF_NULL;
    return setresuid(id[0], id[1], id[2]) < 0 ? posix_error(t) : REF_NONE;
}
static Ref m_setresgid(Thread *t, Value self, const Value *a) {
    uint32_t id[3];
    for (int i = 0; i < 3; i++)
        if (id_get(t, a[i], "gid", &id[i]) < 0) return REF_NULL;
    return setresgid(id[0], id[1], id[2]) < 0 ? posix_error(t) : REF_NONE;
}
static Ref m_setgroups(Thread *t, Value self, const Value *a) {
    if (!is_sequence(a[0])) return err_set(t, E_TypeError, "setgroups argument must be a sequence");
    Ref items = sequence_tuple(t, a[0]);
    if (ref_is_null(items)) return items;
    size_t n = tuple_size(ref_borrow(items));
    gid_t *groups = mem_alloc((n + 1) * sizeof *groups);
    int bad = n > 65536 ? err_int(err_set(t, E_ValueError, "too many groups")) : groups == NULL ? err_int(err_no_memory(t)) : 0;
    for (size_t i = 0; bad == 0 && i < n; i++) {
        Value v = tuple_get(ref_borrow(items), i);
        bad = is_int(v) ? id_get(t, v, "gid", &groups[i]) : err_int(err_set(t, E_TypeError, "groups must be integers"));
    }
    ref_drop(t, items);
    Ref r = bad < 0 ? REF_NULL : setgroups(n, groups) < 0 ? posix_error(t) : REF_NONE;
    mem_free(groups);
    return r;
}
static Ref m_getgrouplist(Thread *t, Value self, const Value *a) {
    uint32_t group;
    int n = 64, r;
    if (!is_str(a[0])) return err_bad_argument(t, "getgrouplist", "1", "str", a[0]);
    const char *name = str_utf8(t, a[0], NULL);
    if (name == NULL || id_get(t, a[1], "gid", &group) < 0) return REF_NULL;
    gid_t *groups = NULL;
    do {
        int room = n;
        mem_free(groups);
        if ((groups = mem_alloc((size_t)room * sizeof *groups)) == NULL) return err_no_memory(t);
        DETACHED(t, r = getgrouplist(name, group, groups, &n));
        if (r < 0 && n <= room) n = room * 2;
    } while (r < 0 && n <= 65536);
    Ref list = r < 0 ? posix_error(t) : list_new(t, (size_t)n);
    for (int i = 0; i < n && !ref_is_null(list); i++)
        if (list_append(t, ref_borrow(list), small_int(groups[i])) < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    mem_free(groups);
    return list;
}
static Ref m_initgroups(Thread *t, Value self, const Value *a) {
    Ref keep = REF_NULL;
    uint32_t group;
    int n = -1, err = 0;
    const char *name = str_fs(t, a[0], &keep);
    if (name != NULL && id_get(t, a[1], "gid", &group) == 0) {
        DETACHED(t, n = initgroups(name, group); err = errno);
        if (n < 0) err_errno(t, err, VALUE_NULL);
    }
    ref_drop(t, keep);
    return n < 0 ? REF_NULL : REF_NONE;
}

/* ---- processes --------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_waitid(Thread *t, Value self, const Value *a) {
    int type, options, n;
    int64_t id;
    siginfo_t info = {0};
    if (as_int(t, a[0], &type) < 0 || as_i64(t, a[1], &id) < 0 || as_int(t, a[2], &options) < 0) return REF_NULL;
    RETRY(t, n, waitid((idtype_t)type, (id_t)id, &info, options));
    if (n < 0) return posix_error(t);
    if (info.si_pid == 0) return REF_NONE;
    return structseq_new_steal(t, waitid_type, (Ref[]){ref_small_int(info.si_pid), int_from_u64(t, info.si_uid), ref_small_int(info.si_signo), ref_small_int(info.si_status),
                                                       ref_small_int(info.si_code)});
}
static Ref m_pidfd_open(Thread *t, Value self, const Value *a) {
    int pid;
    int64_t flags = 0;
    if (as_int(t, a[0], &pid) < 0 || (!value_is_null(a[1]) && as_i64(t, a[1], &flags) < 0)) return REF_NULL;
    int fd = (int)syscall(SYS_pidfd_open, pid, (unsigned)flags);
    return fd < 0 ? posix_error(t) : ref_small_int(fd);
}
static Ref m_login_tty(Thread *t, Value self, const Value *a) {
    int fd = kit_fileno(t, a[0]);
    return fd < 0 ? REF_NULL : login_tty(fd) < 0 ? posix_error(t) : REF_NONE;
}

/* One file action; paths are kept in `keep`, since the C library may not copy them. */
static int file_action(Thread *t, Value v, posix_spawn_file_actions_t *actions, Value keep) {
    int tag, fd, number, err = 0;
    if (!is_tuple(v) || tuple_size(v) == 0) return err_int(err_set(t, E_TypeError, "Each file_actions element must be a non-empty tuple"));
    if (as_int(t, tuple_get(v, 0), &tag) < 0) return -1;
    static const struct { size_t size; const char *message; } shapes[] = {
        {5, "A open file_action tuple must have 5 elements"}, {2, "A close file_action tuple must have 2 elements"}, {3, "A dup2 file_action tuple must have 3 elements"}};
    if (tag < 0 || tag > 2) return err_int(err_set(t, E_TypeError, "Unknown file_actions identifier"));
    if (tuple_size(v) != shapes[tag].size) return err_int(err_set(t, E_TypeError, "%s", shapes[tag].message));
    if (as_int(t, tuple_get(v, 1), &fd) < 0) return -1;
    if (tag == 1) err = posix_spawn_file_actions_addclose(actions, fd);
    else if (tag == 2) {
        if (as_int(t, tuple_get(v, 2), &number) < 0) return -1;
        err = posix_spawn_file_actions_adddup2(actions, fd, number);
    } else {
        Path p;
        int64_t mode;
        if (path_get(t, tuple_get(v, 2), &p, "posix_spawn", "path", 0) < 0) return -1;
        int bad = as_int(t, tuple_get(v, 3), &number) < 0 || as_i64(t, tuple_get(v, 4), &mode) < 0 || list_append(t, keep, ref_is_null(p.keep) ? ref_borrow(p.object) : ref_borrow(p.keep)) < 0 ? -1 : 0;
        if (bad == 0) err = posix_spawn_file_actions_addopen(actions, fd, p.text, number, (mode_t)mode);
        path_drop(t, &p);
        if (bad < 0) return -1;
    }
    return err ? err_int(err_errno(t, err, VALUE_NULL)) : 0;
}
static int file_actions(Thread *t, Value v, posix_spawn_file_actions_t *actions, Value keep) {
    Ref items = sequence_fast(t, v, "file_actions must be a sequence or None"), tuple = ref_is_null(items) ? REF_NULL : sequence_tuple(t, ref_borrow(items));
    ref_drop(t, items);
    if (ref_is_null(tuple)) return -1;
    int bad = 0;
    for (size_t i = 0; bad == 0 && i < tuple_size(ref_borrow(tuple)); i++) bad = file_action(t, tuple_get(ref_borrow(tuple), i), actions, keep);
    ref_drop(t, tuple);
    return bad;
}
static int signal_set(Thread *t, Value v, sigset_t *set) {
    Ref it = get_iter_now(t, v), item;
    int more;
    if (ref_is_null(it)) return -1;
    sigemptyset(set);
    while ((more = iter_next(t, ref_borrow(it), &item)) > 0) {
        int n = 0, bad = as_int(t, ref_borrow(item), &n);
        ref_drop(t, item);
        if (bad < 0 && err_clear_if(t, E_OverflowError)) bad = 0;
        if (bad == 0 && (n < 1 || n >= NSIG)) bad = err_int(err_set(t, E_ValueError, "signal number %d out of range [1; %d]", n, NSIG - 1));
        if (bad < 0) {
            more = -1;
            break;
        }
        sigaddset(set, n);
    }
    ref_drop(t, it);
    return more;
}
/* group, reset ids, session, mask, default signals, scheduler: v[0…5] */
static int spawn_attributes(Thread *t, const char *function, const Value *v, posix_spawnattr_t *attributes) {
    short flags = 0;
    sigset_t set;
    int group, yes, policy;
    struct sched_param p;
    if (!value_is_null(v[0]) && !value_is_none(v[0])) {
        if (as_int(t, v[0], &group) < 0) return -1;
        posix_spawnattr_setpgroup(attributes, group);
        flags |= POSIX_SPAWN_SETPGROUP;
    }
    yes = 0;
    if (!value_is_null(v[1]) && as_int(t, v[1], &yes) < 0) return -1;
    if (yes) flags |= POSIX_SPAWN_RESETIDS;
    yes = 0;
    if (!value_is_null(v[2]) && as_int(t, v[2], &yes) < 0) return -1;
    if (yes) flags |= POSIX_SPAWN_SETSID;
    if (!value_is_null(v[3])) {
        if (signal_set(t, v[3], &set) < 0) return -1;
        posix_spawnattr_setsigmask(attributes, &set);
        flags |= POSIX_SPAWN_SETSIGMASK;
    }
    if (!value_is_null(v[4])) {
        if (signal_set(t, v[4], &set) < 0) return -1;
        posix_spawnattr_setsigdefault(attributes, &set);
        flags |= POSIX_SPAWN_SETSIGDEF;
    }
    if (!value_is_null(v[5]) && !value_is_none(v[5])) {
        if (!is_tuple(v[5])) return err_int(err_set(t, E_TypeError, "A scheduler tuple must have two elements"));
        if (tuple_size(v[5]) != 2) return err_int(err_set(t, E_TypeError, "A scheduler tuple must have two elements"));
        if (!value_is_none(tuple_get(v[5], 0))) {
            if (as_int(t, tuple_get(v[5], 0), &policy) < 0) return -1;
            posix_spawnattr_setschedpolicy(attributes, policy);
            flags |= POSIX_SPAWN_SETSCHEDULER;
        }
        if (param_get(t, tuple_get(v[5], 1), &p) < 0) return -1;
        posix_spawnattr_setschedparam(attributes, &p);
        flags |= POSIX_SPAWN_SETSCHEDPARAM;
    }
    return posix_spawnattr_setflags(attributes, flags) ? err_int(err_errno(t, EINVAL, VALUE_NULL)) : 0;
}
typedef int (*SpawnFn)(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, char *const argv[], char *const env[]);
static Ref spawn(Thread *t, const char *function, SpawnFn fn, const Value *a) {
    extern char **environ;
    Path p;
    pid_t pid;
    int err = 0;
    if (!is_list(a[1]) && !is_tuple(a[1])) return err_set(t, E_TypeError, "%s: argv must be a tuple or list", function);
    if (object_len(t, a[1]) < 1) return err_pending(t) ? REF_NULL : err_set(t, E_ValueError, "%s: argv must not be empty", function);
    bool own_env = !value_is_none(a[2]);
    if (own_env && (type_of(a[2])->getitem == NULL || is_str(a[2]) || is_list(a[2]) || is_tuple(a[2]))) return err_set(t, E_TypeError, "%s: environment must be a mapping object", function);
    if (path_get(t, a[0], &p, function, "path", 0) < 0) return REF_NULL;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    Ref keep = list_new(t, 0), r = REF_NULL;
    char **argv = ref_is_null(keep) ? NULL : posix_argv(t, a[1], function), **env = NULL;
    bool good = argv != NULL && (!own_env || (env = posix_env(t, a[2], function)) != NULL);
    if (good && !value_is_null(a[3]) && !value_is_none(a[3])) good = file_actions(t, a[3], &actions, ref_borrow(keep)) == 0;
    if (good && spawn_attributes(t, function, a + 4, &attributes) == 0 && audit(t, "os.posix_spawn", (Value[]){ref_borrow(p.object), a[1], a[2]}, 3) == 0) {
        DETACHED(t, err = fn(&pid, p.text, &actions, &attributes, argv, own_env ? env : environ));
        r = err ? path_error(t, &p, err) : ref_small_int(pid);
    }
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    posix_strings_free(argv);
    posix_strings_free(env);
    ref_drop(t, keep);
    path_drop(t, &p);
    return r;
}
static Ref m_posix_spawn(Thread *t, Value self, const Value *a) { return spawn(t, "posix_spawn", posix_spawn, a); }
static Ref m_posix_spawnp(Thread *t, Value self, const Value *a) { return spawn(t, "posix_spawnp", posix_spawnp, a); }

#define SPAWN_SIGNATURE                                                                                                        \
    "($module, path, argv, env, /, *, file_actions=(), setpgroup=None,\n             resetids=False, setsid=False, setsigmask=(),\n" \
    "             setsigdef=(), scheduler=None)"
static NativeDef functions[] = {
    FN("sched_getparam", "($module, pid, /)", m_sched_getparam, NULL), FN_COUNTED("sched_setparam", "($module, pid, param, /)", m_sched_setparam, NULL),
    FN_COUNTED("sched_setscheduler", "($module, pid, policy, param, /)", m_sched_setscheduler, NULL), FN("sched_rr_get_interval", "($module, pid, /)", m_sched_rr_get_interval, NULL),
    FN("setresuid", "($module, ruid, euid, suid, /)", m_setresuid, NULL), FN("setresgid", "($module, rgid, egid, sgid, /)", m_setresgid, NULL),
    FN("setgroups", "($module, groups, /)", m_setgroups, NULL), FN("getgrouplist", "($module, user, group, /)", m_getgrouplist, NULL),
    FN("initgroups", "($module, username, gid, /)", m_initgroups, NULL), FN_COUNTED("waitid", "($module, idtype, id, options, /)", m_waitid, NULL),
    FN("pidfd_open", "($module, /, pid, flags=0)", m_pidfd_open, NULL), FN("login_tty", "($module, fd, /)", m_login_tty, NULL),
    FN("posix_spawn", SPAWN_SIGNATURE, m_posix_spawn, "Runs a program in a new process."), FN("posix_spawnp", SPAWN_SIGNATURE, m_posix_spawnp, "The same; the program is looked for in PATH."), FN_END,
};
static const StructSeqField sched_param_fields[] = {{"sched_priority", "the scheduling priority"}, {NULL, NULL}};
static const StructSeqField waitid_fields[] = {{"si_pid", ""}, {"si_uid", ""}, {"si_signo", ""}, {"si_status", ""}, {"si_code", ""}, {NULL, NULL}};

int posix_init_spawn(Thread *t, Value module) {
    sched_param_type = structseq_type(t, "posix.sched_param", "Parameters of a scheduling policy.", sched_param_fields, 1);
    waitid_type = structseq_type(t, "posix.waitid_result", "What waitid() gives.", waitid_fields, 5);
    if (sched_param_type == NULL || waitid_type == NULL) return -1;
    sched_param_type->new_ = sched_param_new;
    return module_set(t, module, "sched_param", type_value(sched_param_type)) < 0 || module_set(t, module, "waitid_result", type_value(waitid_type)) < 0 ? -1 : module_add_functions(t, module, functions);
}
