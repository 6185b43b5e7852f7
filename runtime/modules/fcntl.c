/* fcntl: control of descriptors. Calls detach the thread, but for ioctl() on a caller's own big buffer, which stays as it is as long as it is exported. */
#include "runtime/modules/kit.h"
#include "runtime/bytes.h"
#include "runtime/int.h"
#include "runtime/modules/posix.h"
#include "runtime/modules/sys.h"
#include <linux/fs.h>
#include <sys/file.h>
#include <sys/ioctl.h>

int module_init_fcntl(Thread *t, Value module);

#define SMALL 1024 /* what an argument in bytes may have */

/* str or bytes of at most SMALL bytes into out: 1, 0: it is something else, -1 */
static int small_text(Thread *t, Value v, char *out, size_t *n, const char *too_long) {
    Buffer view;
    size_t size;
    const void *data;
    bool text = is_str(v);
    if (!text && !buffer_supported(v)) return 0;
    if (text && (data = str_utf8(t, v, &size)) == NULL) return -1;
    if (!text) {
        if (buffer_get(t, v, &view, BUFFER_SIMPLE) < 0) return -1;
        data = view.data;
        size = (size_t)view.len;
    }
    int r = size > SMALL ? err_int(err_set(t, E_ValueError, "%s", too_long)) : 1;
    if (r > 0) {
        memcpy(out, data, size);
        out[size] = 0;
        *n = size;
    }
    if (!text) buffer_release(t, &view);
    return r;
}

static Ref m_fcntl(Thread *t, Value self, const Value *a) {
    int fd = kit_fileno(t, a[0]), cmd, n, kind = 0;
    int64_t number = 0;
    char text[SMALL + 1];
    size_t size;
    Value event[] = {small_int(fd), VALUE_NULL, value_is_null(a[2]) ? VALUE_NONE : a[2]};
    if (fd < 0 || as_int(t, a[1], &cmd) < 0) return REF_NULL;
    event[1] = small_int(cmd);
    if (audit(t, "fcntl.fcntl", event, 3) < 0) return REF_NULL;
    if (!value_is_null(a[2])) {
        if ((kind = small_text(t, a[2], text, &size, "fcntl string arg too long")) < 0) return REF_NULL;
        if (kind == 0 && as_i64(t, a[2], &number) < 0) return REF_NULL;
    }
    if (kind) RETRY(t, n, fcntl(fd, cmd, text));
    else RETRY(t, n, fcntl(fd, cmd, (int)number));
    if (n < 0) return posix_error(t);
    return kind ? bytes_new(t, text, size) : ref_small_int(n);
}

/* ioctl() on a writable buffer: its contents change (mutate), or bytes come back */
static Ref ioctl_buffer(Thread *t, int fd, unsigned long request, Buffer *view, bool mutate) {
    char copy[SMALL + 1];
    size_t size = (size_t)view->len;
    bool small = size <= SMALL;
    int n, err;
    if (!small && !mutate) return err_set(t, E_ValueError, "ioctl string arg too long");
    if (small) {
        memcpy(copy, view->data, size);
        copy[size] = 0;
        DETACHED(t, n = ioctl(fd, request, copy); err = errno);
        if (mutate) memcpy(view->data, copy, size);
    } else {
        n = ioctl(fd, request, view->data);
        err = errno;
    }
    if (n < 0) return err_errno(t, err, VALUE_NULL);
    return mutate ? ref_small_int(n) : bytes_new(t, copy, size);
}
static Ref m_ioctl(Thread *t, Value self, const Value *a) {
    int fd = kit_fileno(t, a[0]), number = 0, n, err, kind, mutate = value_is_null(a[3]) ? 1 : is_true(t, a[3]);
    uint64_t request;
    if (fd < 0 || mutate < 0) return REF_NULL;
    Ref i = number_index(t, a[1]);
    if (ref_is_null(i)) return i;
    int_as_u64_mask(ref_borrow(i), &request);
    ref_drop(t, i);
    request = (unsigned)request;
    Value event[] = {small_int(fd), small_int((int64_t)request), value_is_null(a[2]) ? VALUE_NONE : a[2]};
    if (audit(t, "fcntl.ioctl", event, 3) < 0) return REF_NULL;
    if (!value_is_null(a[2])) {
        Buffer view;
        char text[SMALL + 1];
        size_t size;
        if (buffer_supported(a[2]) && buffer_get(t, a[2], &view, BUFFER_WRITABLE) == 0) {
            Ref r = ioctl_buffer(t, fd, request, &view, mutate);
            buffer_release(t, &view);
            return r;
        }
        err_clear(t);
        if ((kind = small_text(t, a[2], text, &size, "ioctl string arg too long")) < 0) return REF_NULL;
        if (kind) {
            DETACHED(t, n = ioctl(fd, request, text); err = errno);
            return n < 0 ? err_errno(t, err, VALUE_NULL) : bytes_new(t, text, size);
        }
        if (as_int(t, a[2], &number) < 0) return REF_NULL;
    }
    DETACHED(t, n = ioctl(fd, request, number); err = errno);
    return n < 0 ? err_errno(t, err, VALUE_NULL) : ref_small_int(n);
}

static Ref m_flock(Thread *t, Value self, const Value *a) {
    int fd = kit_fileno(t, a[0]), operation, n;
    if (fd < 0 || as_int(t, a[1], &operation) < 0 || audit(t, "fcntl.flock", (Value[]){small_int(fd), small_int(operation)}, 2) < 0) return REF_NULL;
    RETRY(t, n, flock(fd, operation));
    return n < 0 ? posix_error(t) : REF_NONE;
}

static int offset_get(Thread *t, Value v, off_t *out) {
    int64_t i = 0;
    if (!value_is_null(v) && as_i64(t, v, &i) < 0) return -1;
    *out = i;
    return 0;
}
static Ref m_lockf(Thread *t, Value self, const Value *a) {
    int fd = kit_fileno(t, a[0]), cmd, whence = 0, n;
    struct flock lock = {0};
    if (fd < 0 || as_int(t, a[1], &cmd) < 0 || (!value_is_null(a[4]) && as_int(t, a[4], &whence) < 0)) return REF_NULL;
    Value event[] = {small_int(fd), small_int(cmd), value_is_null(a[2]) ? VALUE_NONE : a[2], value_is_null(a[3]) ? VALUE_NONE : a[3], small_int(whence)};
    if (audit(t, "fcntl.lockf", event, 5) < 0) return REF_NULL;
    if (cmd == LOCK_UN) lock.l_type = F_UNLCK;
    else if (cmd & LOCK_SH) lock.l_type = F_RDLCK;
    else if (cmd & LOCK_EX) lock.l_type = F_WRLCK;
    else return err_set(t, E_ValueError, "unrecognized lockf argument");
    lock.l_whence = (short)whence;
    if (offset_get(t, a[3], &lock.l_start) < 0 || offset_get(t, a[2], &lock.l_len) < 0) return REF_NULL;
    RETRY(t, n, fcntl(fd, cmd & LOCK_NB ? F_SETLK : F_SETLKW, &lock));
    return n < 0 ? posix_error(t) : REF_NONE;
}

static NativeDef functions[] = {
    FN("fcntl", "($module, fd, cmd, arg=0, /)", m_fcntl, "Does cmd to a descriptor. arg: an int, or a structure as bytes, which comes back as the system left it."),
    FN("ioctl", "($module, fd, request, arg=0, mutate_flag=True, /)", m_ioctl,
       "Does a device's request. arg: an int, or a structure: a writable buffer is changed in place (mutate_flag), bytes come back changed."),
    FN("flock", "($module, fd, operation, /)", m_flock, "Locks a file, or unlocks it: LOCK_SH, LOCK_EX, LOCK_UN, with LOCK_NB."),
    FN("lockf", "($module, fd, cmd, len=0, start=0, whence=0, /)", m_lockf, "Locks a part of a file by fcntl(): LOCK_SH, LOCK_EX, LOCK_UN, with LOCK_NB."), FN_END,
};
static const KitConstant constants[] = {
#define C(x) {#x, (int64_t)(x)}
    C(DN_ACCESS), C(DN_ATTRIB), C(DN_CREATE), C(DN_DELETE), C(DN_MODIFY), C(DN_MULTISHOT), C(DN_RENAME), C(FASYNC), C(FD_CLOEXEC), C(F_ADD_SEALS), C(F_DUPFD),
    C(F_DUPFD_CLOEXEC), C(F_EXLCK), C(F_GETFD), C(F_GETFL), C(F_GETLEASE), C(F_GETLK), C(F_GETLK64), C(F_GETOWN), C(F_GETPIPE_SZ), C(F_GETSIG),
    C(F_GET_SEALS), C(F_NOTIFY), C(F_OFD_GETLK), C(F_OFD_SETLK), C(F_OFD_SETLKW), C(F_RDLCK), C(F_SEAL_GROW), C(F_SEAL_SEAL), C(F_SEAL_SHRINK),
    C(F_SEAL_WRITE), C(F_SETFD), C(F_SETFL), C(F_SETLEASE), C(F_SETLK), C(F_SETLK64), C(F_SETLKW), C(F_SETLKW64), C(F_SETOWN), C(F_SETPIPE_SZ), C(F_SETSIG),
    C(F_SHLCK), C(F_UNLCK), C(F_WRLCK), C(LOCK_EX), C(LOCK_MAND), C(LOCK_NB), C(LOCK_READ), C(LOCK_RW), C(LOCK_SH), C(LOCK_UN), C(LOCK_WRITE),
    {NULL, 0},
#undef C
};
int module_init_fcntl(Thread *t, Value module) {
    return kit_module(t, module, (Type *const[]){NULL}, functions, "File control and I/O control on descriptors, which are ints or what has fileno().") < 0 ? -1 : kit_constants(t, module, constants);
}
