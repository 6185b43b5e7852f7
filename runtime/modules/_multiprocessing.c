/* _multiprocessing: locks between processes, on POSIX semaphores; and _posixshmem, shared memory. */
#include "runtime/modules/kit.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/modules/posix.h"
#include <limits.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <time.h>

int module_init__multiprocessing(Thread *t, Value module);
int module_init__posixshmem(Thread *t, Value module);

enum { RECURSIVE_MUTEX, SEMAPHORE };
typedef struct SemLock {
    Object base;
    sem_t *handle;
    int kind, maxvalue;
    _Atomic int x_count;      /* how often this process's threads hold it */
    _Atomic uint64_t x_owner; /* ident of the thread that took it last */
    char *name;               /* or null; mem_alloc'ed */
} SemLock;
static Type semlock_type;

static bool is_mine(Thread *t, SemLock *s) { return load_relaxed(&s->x_count) > 0 && load_relaxed(&s->x_owner) == load_relaxed(&t->x_ident); }

static Ref semlock_make(Thread *t, Type *type, sem_t *handle, int kind, int maxvalue, const char *name) {
    char *copy = name ? mem_alloc(strlen(name) + 1) : NULL;
    Ref r = name && copy == NULL ? err_no_memory(t) : instance_new(t, type);
    if (ref_is_null(r)) {
        mem_free(copy);
        return r;
    }
    if (copy) strcpy(copy, name);
    SemLock *s = as(SemLock, ref_borrow(r));
    s->handle = handle;
    s->kind = kind;
    s->maxvalue = maxvalue;
    s->name = copy;
    return r;
}
static int name_get(Thread *t, Value v, const char **out) {
    size_t n;
    if (!is_str(v)) return err_int(err_bad_argument(t, "SemLock", "name", "str", v));
    if ((*out = str_utf8(t, v, &n)) == NULL) return -1;
    return strlen(*out) == n ? 0 : err_int(err_set(t, E_ValueError, "embedded null character"));
}
static Ref semlock_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[5];
    int number[3], unlink;
    const char *name;
    if (bind_args(t, "SemLock", "(kind, value, maxvalue, name, unlink)", &signature, args, nargs, kwnames, a, 5) < 0) return REF_NULL;
    for (int i = 0; i < 3; i++)
        if (as_int(t, a[i], &number[i]) < 0) return REF_NULL;
    if (name_get(t, a[3], &name) < 0 || (unlink = is_true(t, a[4])) < 0) return REF_NULL;
    if (number[0] != RECURSIVE_MUTEX && number[0] != SEMAPHORE) return err_set(t, E_ValueError, "unrecognized kind");
    sem_t *handle = sem_open(name, O_CREAT | O_EXCL, 0600, (unsigned)number[1]);
    if (handle == SEM_FAILED) return posix_error(t);
    if (unlink && sem_unlink(name) < 0) {
        posix_error(t);
        sem_close(handle);
        return REF_NULL;
    }
    Ref r = semlock_make(t, as(Type, cls), handle, number[0], number[2], unlink ? NULL : name);
    if (ref_is_null(r)) sem_close(handle);
    return r;
}
static Ref m_rebuild(Thread *t, Value cls, const Value *a) {
    int kind, maxvalue;
    const char *name = NULL;
    int64_t handle;
    if (as_i64(t, a[0], &handle) < 0 || as_int(t, a[1], &kind) < 0 || as_int(t, a[2], &maxvalue) < 0 || (!value_is_none(a[3]) && name_get(t, a[3], &name) < 0)) return REF_NULL;
    sem_t *s = name ? sem_open(name, 0) : (sem_t *)handle;
    if (s == SEM_FAILED) return posix_error(t);
    return semlock_make(t, as(Type, cls), s, kind, maxvalue, name);
}
static void semlock_destroy(Thread *t, Object *o) {
    SemLock *s = (SemLock *)o;
    if (s->handle != SEM_FAILED && s->handle != NULL) sem_close(s->handle);
    mem_free(s->name);
}

static void taken(Thread *t, SemLock *s) {
    add_acq_rel(&s->x_count, 1);
    store_relaxed(&s->x_owner, load_relaxed(&t->x_ident));
}
/* 1, 0: not within the time, -1 */
static int acquire(Thread *t, SemLock *s, bool block, Value timeout) {
    struct timespec until;
    bool timed = !value_is_null(timeout) && !value_is_none(timeout);
    int n, err;
    if (s->kind == RECURSIVE_MUTEX && is_mine(t, s)) {
        add_acq_rel(&s->x_count, 1);
        return 1;
    }
    if (timed) {
        double d;
        if (as_double(t, timeout, &d) < 0) return -1;
        if (!(d > 0)) d = 0;
        if (d > 1e10) d = 1e10;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += (time_t)d;
        until.tv_nsec += (long)(1e9 * (d - (double)(time_t)d) + 0.5);
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
    }
    do {
        n = sem_trywait(s->handle);
        err = errno;
    } while (n < 0 && err == EINTR && after_interrupt(t) == 0);
    while (n < 0 && err == EAGAIN && block) {
        DETACHED(t, n = timed ? sem_timedwait(s->handle, &until) : sem_wait(s->handle); err = errno);
        if (n < 0 && err == EINTR && after_interrupt(t) == 0) err = EAGAIN;
    }
    if (n == 0) {
        taken(t, s);
        return 1;
    }
    if (err_pending(t)) return -1;
    return err == EAGAIN || err == ETIMEDOUT ? 0 : err_int(err_errno(t, err, VALUE_NULL));
}
static Ref m_acquire(Thread *t, Value self, const Value *a) {
    int block = value_is_null(a[0]) ? 1 : is_true(t, a[0]);
    int r = block < 0 ? -1 : acquire(t, as(SemLock, self), block, a[1]);
    return r < 0 ? REF_NULL : ref_bool(r);
}
static Ref m_release(Thread *t, Value self, const Value *a) {
    SemLock *s = as(SemLock, self);
    if (s->kind == RECURSIVE_MUTEX) {
        if (!is_mine(t, s)) return err_set(t, E_AssertionError, "attempt to release recursive lock not owned by thread");
        if (load_relaxed(&s->x_count) > 1) {
            add_acq_rel(&s->x_count, -1);
            return REF_NONE;
        }
    } else {
        int value;
        if (sem_getvalue(s->handle, &value) < 0) return posix_error(t);
        if (value >= s->maxvalue) return err_set(t, E_ValueError, "semaphore or lock released too many times");
    }
    add_acq_rel(&s->x_count, -1); /* before the next holder counts itself in */
    if (sem_post(s->handle) == 0) return REF_NONE;
    int err = errno;
    add_acq_rel(&s->x_count, 1);
    return err_errno(t, err, VALUE_NULL);
}
static Ref m_enter(Thread *t, Value self, const Value *a) { return acquire(t, as(SemLock, self), true, VALUE_NULL) < 0 ? REF_NULL : REF_TRUE; }
static Ref m_exit(Thread *t, Value self, const Value *a) { return m_release(t, self, NULL); }
static Ref m_count(Thread *t, Value self, const Value *a) { return ref_small_int(load_relaxed(&as(SemLock, self)->x_count)); }
static Ref m_is_mine(Thread *t, Value self, const Value *a) { return ref_bool(is_mine(t, as(SemLock, self))); }
static Ref m_get_value(Thread *t, Value self, const Value *a) {
    int value;
    return sem_getvalue(as(SemLock, self)->handle, &value) < 0 ? posix_error(t) : ref_small_int(value < 0 ? 0 : value);
}
static Ref m_is_zero(Thread *t, Value self, const Value *a) {
    int value;
    return sem_getvalue(as(SemLock, self)->handle, &value) < 0 ? posix_error(t) : ref_bool(value == 0);
}
static Ref m_after_fork(Thread *t, Value self, const Value *a) {
    store_relaxed(&as(SemLock, self)->x_count, 0);
    return REF_NONE;
}
static Ref get_handle(Thread *t, Value self, void *c) { return int_from_i64(t, (int64_t)as(SemLock, self)->handle); }
static Ref get_name(Thread *t, Value self, void *c) { return as(SemLock, self)->name ? str_from_cstr(t, as(SemLock, self)->name) : REF_NONE; }

static NativeDef methods[] = {
    FN("acquire", "($self, /, block=True, timeout=None)", m_acquire, "Acquire the semaphore/lock."), FN("release", "($self, /)", m_release, "Release the semaphore/lock."),
    FN("__enter__", "($self, /)", m_enter, "Enter the semaphore/lock."), FN("__exit__", "($self, exc_type=None, exc_value=None, exc_tb=None, /)", m_exit, "Exit the semaphore/lock."),
    FN("_count", "($self, /)", m_count, "How often this process holds it."), FN("_is_mine", "($self, /)", m_is_mine, "Whether this thread holds it."),
    FN("_get_value", "($self, /)", m_get_value, "The semaphore's value."), FN("_is_zero", "($self, /)", m_is_zero, "Whether the value is zero."),
    FN_CLASS("_rebuild", "($type, handle, kind, maxvalue, name, /)", m_rebuild, NULL), FN("_after_fork", "($self, /)", m_after_fork, "Forgets who held it before a fork."), FN_END,
};
static const MemberDef members[] = {{"kind", MEMBER_INT, offsetof(SemLock, kind), true, NULL}, {"maxvalue", MEMBER_INT, offsetof(SemLock, maxvalue), true, NULL}, {NULL}};
static const GetSetDef getset[] = {{"handle", get_handle, NULL, NULL, NULL}, {"name", get_name, NULL, NULL, NULL}, {NULL}};
static Type semlock_type = {
    TYPE_HEADER(SemLock, TYPE_BASETYPE, NULL, NULL, semlock_destroy), .name = "_multiprocessing.SemLock", .doc = "Semaphore/Mutex type", .methods = methods, .members = members,
    .getset = getset, .new_ = semlock_new,
};

static Ref m_sem_unlink(Thread *t, Value self, const Value *a) {
    const char *name;
    return name_get(t, a[0], &name) < 0 ? REF_NULL : sem_unlink(name) < 0 ? posix_error(t) : REF_NONE;
}
static NativeDef functions[] = {FN("sem_unlink", "($module, name, /)", m_sem_unlink, NULL), FN_END};

int module_init__multiprocessing(Thread *t, Value module) {
    Type *const types[] = {&semlock_type, NULL};
    if (kit_module(t, module, types, functions, NULL) < 0) return -1;
    Ref max = int_from_i64(t, SEM_VALUE_MAX), flags = dict_new(t);
    int bad = ref_is_null(max) || ref_is_null(flags) ? -1 : dict_set_cstr(t, slot_get(&semlock_type.dict), "SEM_VALUE_MAX", ref_borrow(max));
    if (bad == 0) bad = dict_set_cstr(t, ref_borrow(flags), "HAVE_SEM_OPEN", small_int(1));
    if (bad == 0) bad = dict_set_cstr(t, ref_borrow(flags), "HAVE_SEM_TIMEDWAIT", small_int(1));
    ref_drop(t, max);
    if (bad == 0) return module_set_steal(t, module, "flags", flags);
    ref_drop(t, flags);
    return -1;
}

/* ---- _posixshmem ------------------------------------------------------------------------------------------------------------------------------ */

static int shm_path(Thread *t, Value v, const char *function, const char **out) {
    if (!is_str(v)) return err_int(err_bad_argument(t, function, "path", "str", v));
    return (*out = str_utf8(t, v, NULL)) == NULL ? -1 : 0;
}
static Ref m_shm_open(Thread *t, Value self, const Value *a) {
    const char *path;
    int flags, mode = 0777, fd;
    if (shm_path(t, a[0], "shm_open", &path) < 0 || as_int(t, a[1], &flags) < 0 || (!value_is_null(a[2]) && as_int(t, a[2], &mode) < 0)) return REF_NULL;
    RETRY(t, fd, shm_open(path, flags, (mode_t)mode));
    return fd >= 0 ? ref_small_int(fd) : err_pending(t) ? REF_NULL : err_errno(t, errno, a[0]);
}
static Ref m_shm_unlink(Thread *t, Value self, const Value *a) {
    const char *path;
    int n;
    if (shm_path(t, a[0], "shm_unlink", &path) < 0) return REF_NULL;
    RETRY(t, n, shm_unlink(path));
    return n >= 0 ? REF_NONE : err_pending(t) ? REF_NULL : err_errno(t, errno, a[0]);
}
static NativeDef shm_functions[] = {
    FN("shm_open", "($module, /, path, flags, mode=511)", m_shm_open, "Opens shared memory: a descriptor."), FN("shm_unlink", "($module, /, path)", m_shm_unlink, "Removes shared memory's name."), FN_END,
};
int module_init__posixshmem(Thread *t, Value module) { return kit_module(t, module, (Type *const[]){NULL}, shm_functions, "POSIX shared memory module"); }
