/* posix: files, descriptors, paths. */
#include "runtime/modules/sys.h"
#include "runtime/modules/posix.h"
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <linux/limits.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/xattr.h>

static Type *stat_result_type, *statvfs_result_type, *terminal_size_type;

/* ---- arguments ---------------------------------------------------------------------------------------------------------------------------- */

Ref posix_error(Thread *t) { return err_pending(t) ? REF_NULL : err_errno(t, errno, VALUE_NULL); }

static const char *path_types(int kinds) {
    return (kinds & PATH_FD) && (kinds & PATH_NONE) ? "string, bytes, os.PathLike, integer or None"
                        : kinds & PATH_FD ? "string, bytes, os.PathLike or integer" : kinds & PATH_NONE ? "string, bytes, os.PathLike or None"
                        : "string, bytes or os.PathLike";
}

int path_get(Thread *t, Value v, Path *p, const char *function, const char *argument, int kinds) {
    *p = (Path){.fd = -1};
    if ((kinds & PATH_NONE) && (value_is_null(v) || value_is_none(v))) {
        p->text = ".";
        return 0;
    }
    if (is_str(v) || is_bytes(v)) {
        p->object = ref_new(t, v);
    } else {
        bool index = type_of(v)->index != NULL;
        if ((kinds & PATH_FD) && index) {
            p->object = ref_new(t, v);
            if (as_int(t, v, &p->fd) == 0) return 0;
            path_drop(t, p);
            return -1;
        }
        bool buffer = buffer_supported(v);
        Ref special = buffer ? REF_NULL : lookup_special(t, v, N(__fspath__));
        if (buffer) {
            if (warn(t, E_DeprecationWarning, 1, "%s: %s should be %s, not %T", function, argument, path_types(kinds), v) < 0) return -1;
            p->keep = bytes_from_object(t, v);
            if (ref_is_null(p->keep)) return -1;
            p->object = ref_new(t, v);
            p->bytes = true;
            p->text = (const char *)bytes_data(ref_borrow(p->keep));
            if (strlen(p->text) == bytes_length(ref_borrow(p->keep))) return 0;
            path_drop(t, p);
            return err_int(err_set(t, E_ValueError, "embedded null byte"));
        } else if (ref_is_null(special)) {
            return err_pending(t) ? -1 : err_int(err_set(t, E_TypeError, "%s: %s should be %s, not %T", function, argument, path_types(kinds), v));
        } else {
            p->object = call0(t, ref_borrow(special));
            ref_drop(t, special);
        }
        if (ref_is_null(p->object)) return -1;
        if (!is_str(ref_borrow(p->object)) && !is_bytes(ref_borrow(p->object))) {
            err_set(t, E_TypeError, "expected %.200T.__fspath__() to return str or bytes, not %.200T", v, ref_borrow(p->object));
            path_drop(t, p);
            return -1;
        }
    }
    Value o = ref_borrow(p->object);
    p->bytes = is_bytes(o);
    size_t n = p->bytes ? bytes_length(o) : 0;
    if (p->bytes) {
        p->text = (const char *)bytes_data(o);
        if (memchr(p->text, 0, n)) err_set(t, E_ValueError, "embedded null byte");
    } else if (as(Str, o)->kind == 1 && memchr(as(Str, o)->data, 0, as(Str, o)->length)) {
        err_set(t, E_ValueError, "embedded null byte");
    } else {
        p->text = str_fs(t, o, &p->keep);
    }
    if (!err_pending(t) && p->text != NULL) return 0;
    path_drop(t, p);
    return -1;
}
void path_drop(Thread *t, Path *p) {
    ref_drop(t, p->keep);
    ref_drop(t, p->object);
    p->keep = p->object = REF_NULL;
}
Ref path_error(Thread *t, const Path *p, int err) {
    if (!err_pending(t)) err_errno(t, err, p->text || !ref_is_null(p->object) ? ref_borrow(p->object) : VALUE_NULL);
    path_drop(t, (Path *)p);
    return REF_NULL;
}
Ref path_result(Thread *t, const Path *p, const char *text, size_t n) { return p->bytes ? bytes_new(t, text, n) : str_from_fs(t, text, n); }

int dir_fd_get(Thread *t, Value v, int *fd) {
    *fd = AT_FDCWD;
    if (value_is_null(v) || value_is_none(v)) return 0;
    if (type_of(v)->index == NULL) return err_int(err_set(t, E_TypeError, "argument should be integer or None, not %T", v));
    return as_int(t, v, fd);
}
int flag_get(Thread *t, Value v, bool dflt, bool *out) {
    int r = value_is_null(v) ? dflt : is_true(t, v);
    *out = r > 0;
    return r < 0 ? -1 : 0;
}

/* ---- stat ------------------------------------------------------------------------------------------------------------------------------------- */

/* Of times beyond the year 2262 a word can't hold the nanoseconds. */
static Ref ns_from_timespec(Thread *t, const struct timespec *time) {
    int64_t ns;
    if (!__builtin_mul_overflow(time->tv_sec, INT64_C(1000000000), &ns) && !__builtin_add_overflow(ns, time->tv_nsec, &ns)) return int_from_i64(t, ns);
    Ref seconds = int_from_i64(t, time->tv_sec), product = ref_is_null(seconds) ? REF_NULL : int_mul(t, ref_borrow(seconds), small_int(1000000000));
    Ref r = ref_is_null(product) ? REF_NULL : int_add(t, ref_borrow(product), small_int(time->tv_nsec));
    ref_drop(t, product);
    ref_drop(t, seconds);
    return r;
}
Ref stat_result(Thread *t, const struct stat *st) {
    const struct timespec *times[] = {&st->st_atim, &st->st_mtim, &st->st_ctim};
    Ref items[19] = {int_from_u64(t, st->st_mode), int_from_u64(t, st->st_ino), int_from_u64(t, st->st_dev), int_from_u64(t, st->st_nlink),
                     int_from_i64(t, st->st_uid), int_from_i64(t, st->st_gid), int_from_i64(t, st->st_size)};
    for (int i = 0; i < 3; i++) {
        items[7 + i] = int_from_i64(t, times[i]->tv_sec);
        items[10 + i] = float_new(t, (double)times[i]->tv_sec + 1e-9 * (double)times[i]->tv_nsec);
        items[13 + i] = ns_from_timespec(t, times[i]);
    }
    items[16] = int_from_i64(t, st->st_blksize);
    items[17] = int_from_i64(t, st->st_blocks);
    items[18] = int_from_u64(t, st->st_rdev);
    return structseq_new_steal(t, stat_result_type, items);
}

static Ref do_stat(Thread *t, const char *function, Value path, Value dir_fd, bool follow) {
    Path p;
    struct stat st;
    int dir, n;
    if (path_get(t, path, &p, function, "path", strcmp(function, "stat") == 0 ? PATH_FD : 0) < 0) return REF_NULL;
    if (dir_fd_get(t, dir_fd, &dir) < 0) {
        path_drop(t, &p);
        return REF_NULL;
    }
    if (p.fd >= 0) RETRY(t, n, fstat(p.fd, &st));
    else RETRY(t, n, fstatat(dir, p.text, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    if (n < 0) return path_error(t, &p, errno);
    path_drop(t, &p);
    return stat_result(t, &st);
}
static Ref m_stat(Thread *t, Value self, const Value *a) {
    bool follow;
    return flag_get(t, a[2], true, &follow) < 0 ? REF_NULL : do_stat(t, "stat", a[0], a[1], follow);
}
static Ref m_lstat(Thread *t, Value self, const Value *a) { return do_stat(t, "lstat", a[0], a[1], false); }
static Ref m_fstat(Thread *t, Value self, const Value *a) {
    struct stat st;
    int fd, n;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    RETRY(t, n, fstat(fd, &st));
    return n < 0 ? posix_error(t) : stat_result(t, &st);
}
static Ref statvfs_value(Thread *t, const struct statvfs *v) {
    uint64_t f[11] = {v->f_bsize, v->f_frsize, v->f_blocks, v->f_bfree, v->f_bavail, v->f_files, v->f_ffree, v->f_favail, v->f_flag, v->f_namemax, v->f_fsid};
    Ref items[11];
    for (int i = 0; i < 11; i++) items[i] = int_from_u64(t, f[i]);
    return structseq_new_steal(t, statvfs_result_type, items);
}
static Ref m_statvfs(Thread *t, Value self, const Value *a) {
    Path p;
    struct statvfs v;
    int n;
    if (path_get(t, a[0], &p, "statvfs", "path", PATH_FD) < 0) return REF_NULL;
    RETRY(t, n, p.fd >= 0 ? fstatvfs(p.fd, &v) : statvfs(p.text, &v));
    if (n < 0) return path_error(t, &p, errno);
    path_drop(t, &p);
    return statvfs_value(t, &v);
}

/* ---- functions of one path, of two ------------------------------------------------------------------------------------------------------------------- */

#define ONE_PATH(name, kinds, call)                                                           \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                              \
        Path p;                                                                               \
        int n;                                                                                \
        if (path_get(t, a[0], &p, #name, "path", kinds) < 0) return REF_NULL;                 \
        RETRY(t, n, call);                                                                    \
        if (n < 0) return path_error(t, &p, errno);                                           \
        path_drop(t, &p);                                                                     \
        return REF_NONE;                                                                      \
    }
ONE_PATH(chdir, PATH_FD, p.fd >= 0 ? fchdir(p.fd) : chdir(p.text))
ONE_PATH(chroot, 0, chroot(p.text))

#define AT_PATH(name, mode_dflt, call)                                                        \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                              \
        Path p;                                                                               \
        int n, dir, mode = mode_dflt;                                                         \
        if (!value_is_null(a[1]) && mode_dflt >= 0 && as_int(t, a[1], &mode) < 0) return REF_NULL; \
        if (path_get(t, a[0], &p, #name, "path", 0) < 0) return REF_NULL;                     \
        if (dir_fd_get(t, a[mode_dflt >= 0 ? 2 : 1], &dir) < 0) {                             \
            path_drop(t, &p);                                                                 \
            return REF_NULL;                                                                  \
        }                                                                                     \
        RETRY(t, n, call);                                                                    \
        if (n < 0) return path_error(t, &p, errno);                                           \
        path_drop(t, &p);                                                                     \
        return REF_NONE;                                                                      \
    }
AT_PATH(mkdir, 0777, mkdirat(dir, p.text, (mode_t)mode))
AT_PATH(mkfifo, 0666, mkfifoat(dir, p.text, (mode_t)mode))
AT_PATH(rmdir, -1, unlinkat(dir, p.text, AT_REMOVEDIR))
AT_PATH(unlink, -1, unlinkat(dir, p.text, 0))
AT_PATH(remove, -1, unlinkat(dir, p.text, 0))

static Ref two_paths_error(Thread *t, Path *p, Path *q, int err) {
    if (!err_pending(t)) {
        Ref text = str_from_cstr(t, strerror(err)), none = REF_NONE;
        Value args[5] = {small_int(err), ref_borrow(text), ref_borrow(p->object), ref_borrow(none), ref_borrow(q->object)};
        Ref e = ref_is_null(text) ? text : call(t, type_value(ETYPE(OSError)), args, 5, VALUE_NULL);
        if (!ref_is_null(e)) err_object(t, ref_borrow(e));
        ref_drop(t, e);
        ref_drop(t, text);
    }
    path_drop(t, p);
    path_drop(t, q);
    return REF_NULL;
}
static int two_paths(Thread *t, const char *function, const Value *a, Path *p, Path *q) {
    if (path_get(t, a[0], p, function, "src", 0) < 0) return -1;
    if (path_get(t, a[1], q, function, "dst", 0) == 0) return 0;
    path_drop(t, p);
    return -1;
}
static Ref do_rename(Thread *t, const char *function, const Value *a) {
    Path p, q;
    int n, from, to;
    if (dir_fd_get(t, a[2], &from) < 0 || dir_fd_get(t, a[3], &to) < 0 || two_paths(t, function, a, &p, &q) < 0) return REF_NULL;
    RETRY(t, n, renameat(from, p.text, to, q.text));
    if (n < 0) return two_paths_error(t, &p, &q, errno);
    path_drop(t, &p);
    path_drop(t, &q);
    return REF_NONE;
}
static Ref m_rename(Thread *t, Value self, const Value *a) { return do_rename(t, "rename", a); }
static Ref m_replace(Thread *t, Value self, const Value *a) { return do_rename(t, "replace", a); }
static Ref m_link(Thread *t, Value self, const Value *a) {
    Path p, q;
    int n, from, to;
    bool follow;
    if (dir_fd_get(t, a[2], &from) < 0 || dir_fd_get(t, a[3], &to) < 0 || flag_get(t, a[4], true, &follow) < 0 || two_paths(t, "link", a, &p, &q) < 0) return REF_NULL;
    RETRY(t, n, linkat(from, p.text, to, q.text, follow && !value_is_null(a[4]) ? AT_SYMLINK_FOLLOW : 0));
    if (n < 0) return two_paths_error(t, &p, &q, errno);
    path_drop(t, &p);
    path_drop(t, &q);
    return REF_NONE;
}
static Ref m_symlink(Thread *t, Value self, const Value *a) {
    Path p, q;
    int n, dir;
    if (dir_fd_get(t, a[3], &dir) < 0 || two_paths(t, "symlink", a, &p, &q) < 0) return REF_NULL;
    RETRY(t, n, symlinkat(p.text, dir, q.text));
    if (n < 0) return two_paths_error(t, &p, &q, errno);
    path_drop(t, &p);
    path_drop(t, &q);
    return REF_NONE;
}
static Ref m_readlink(Thread *t, Value self, const Value *a) {
    Path p;
    int dir;
    char buf[PATH_MAX + 1];
    ssize_t n;
    if (dir_fd_get(t, a[1], &dir) < 0 || path_get(t, a[0], &p, "readlink", "path", 0) < 0) return REF_NULL;
    RETRY(t, n, readlinkat(dir, p.text, buf, PATH_MAX));
    if (n < 0) return path_error(t, &p, errno);
    Ref r = path_result(t, &p, buf, (size_t)n);
    path_drop(t, &p);
    return r;
}
static Ref m_access(Thread *t, Value self, const Value *a) {
    Path p;
    int n, mode, dir;
    bool effective, follow;
    if (as_int(t, a[1], &mode) < 0 || dir_fd_get(t, a[2], &dir) < 0 || flag_get(t, a[3], false, &effective) < 0 || flag_get(t, a[4], true, &follow) < 0 ||
        path_get(t, a[0], &p, "access", "path", 0) < 0)
        return REF_NULL;
    DETACHED(t, n = faccessat(dir, p.text, mode, (effective ? AT_EACCESS : 0) | (follow ? 0 : AT_SYMLINK_NOFOLLOW)));
    path_drop(t, &p);
    return ref_bool(n == 0);
}
static Ref m_chmod(Thread *t, Value self, const Value *a) {
    Path p;
    int n, mode, dir;
    bool follow;
    if (as_int(t, a[1], &mode) < 0 || dir_fd_get(t, a[2], &dir) < 0 || flag_get(t, a[3], true, &follow) < 0 || path_get(t, a[0], &p, "chmod", "path", PATH_FD) < 0)
        return REF_NULL;
    RETRY(t, n, p.fd >= 0 ? fchmod(p.fd, (mode_t)mode) : fchmodat(dir, p.text, (mode_t)mode, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    if (n < 0 && errno == EOPNOTSUPP && !follow) {
        path_drop(t, &p);
        return err_set(t, E_NotImplementedError, "chmod: follow_symlinks unavailable on this platform");
    }
    if (n < 0) return path_error(t, &p, errno);
    path_drop(t, &p);
    return REF_NONE;
}
static Ref do_chown(Thread *t, const char *function, Value path, Value uid, Value gid, Value dir_fd, bool follow) {
    Path p;
    int n, dir;
    uint32_t u, g;
    if (id_get(t, uid, "uid", &u) < 0 || id_get(t, gid, "gid", &g) < 0 || dir_fd_get(t, dir_fd, &dir) < 0 || path_get(t, path, &p, function, "path", PATH_FD) < 0) return REF_NULL;
    RETRY(t, n, p.fd >= 0 ? fchown(p.fd, u, g) : fchownat(dir, p.text, u, g, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    if (n < 0) return path_error(t, &p, errno);
    path_drop(t, &p);
    return REF_NONE;
}
static Ref m_chown(Thread *t, Value self, const Value *a) {
    bool follow;
    return flag_get(t, a[4], true, &follow) < 0 ? REF_NULL : do_chown(t, "chown", a[0], a[1], a[2], a[3], follow);
}
static Ref m_lchown(Thread *t, Value self, const Value *a) { return do_chown(t, "lchown", a[0], a[1], a[2], VALUE_NULL, false); }

static int time_t_from(Thread *t, Value v, time_t *out) {
    int64_t n;
    if (as_i64(t, v, &n) < 0) return err_clear_if(t, E_OverflowError) ? err_int(err_set(t, E_OverflowError, "timestamp out of range for platform time_t")) : -1;
    *out = n;
    return 0;
}
/* Seconds, parts of nanoseconds rounded down */
static int timespec_from_seconds(Thread *t, Value v, struct timespec *out) {
    out->tv_nsec = 0;
    if (!is_float(v)) return time_t_from(t, v, &out->tv_sec);
    double whole, part = modf(float_value(v), &whole);
    if (isnan(whole)) return err_int(err_set(t, E_ValueError, "Invalid value NaN (not a number)"));
    part = floor(part * 1e9);
    double carry = part >= 1e9 ? 1 : part < 0 ? -1 : 0;
    whole += carry;
    if (!(whole >= -0x1p63 && whole < 0x1p63)) return err_int(err_set(t, E_OverflowError, "timestamp out of range for platform time_t"));
    out->tv_sec = (time_t)whole;
    out->tv_nsec = (long)(part - carry * 1e9);
    return 0;
}
/* Nanoseconds: whatever divmod() can split */
static int timespec_from_ns(Thread *t, Value v, struct timespec *out) {
    Ref pair = binary_op(t, OP_DIVMOD, v, small_int(1000000000));
    if (ref_is_null(pair)) return -1;
    int64_t rest = 0;
    int bad = -1;
    if (!is_tuple(ref_borrow(pair)) || tuple_size(ref_borrow(pair)) != 2)
        err_set(t, E_TypeError, "%.200T.__divmod__() must return a 2-tuple, not %.200T", v, ref_borrow(pair));
    else bad = time_t_from(t, tuple_get(ref_borrow(pair), 0), &out->tv_sec) < 0 ? -1 : as_i64(t, tuple_get(ref_borrow(pair), 1), &rest);
    out->tv_nsec = rest;
    ref_drop(t, pair);
    return bad;
}
/* one of times (seconds) and ns (ints), a pair each */
static int time_pair(Thread *t, Value pair, bool ns, struct timespec out[2]) {
    if (!is_tuple(pair) || tuple_size(pair) != 2)
        return err_int(err_set(t, E_TypeError, ns ? "utime: 'ns' must be a tuple of two ints" : "utime: 'times' must be either a tuple of two ints or None"));
    for (size_t i = 0; i < 2; i++)
        if ((ns ? timespec_from_ns : timespec_from_seconds)(t, tuple_get(pair, i), &out[i]) < 0) return -1;
    return 0;
}
static Ref m_utime(Thread *t, Value self, const Value *a) {
    Path p;
    int n, dir;
    bool follow, now = (value_is_null(a[1]) || value_is_none(a[1])) && value_is_null(a[2]);
    struct timespec times[2];
    if (!value_is_null(a[1]) && !value_is_none(a[1]) && !value_is_null(a[2]))
        return err_set(t, E_ValueError, "utime: you may specify either 'times' or 'ns' but not both");
    if ((!now && time_pair(t, value_is_null(a[2]) ? a[1] : a[2], !value_is_null(a[2]), times) < 0) || dir_fd_get(t, a[3], &dir) < 0 ||
        flag_get(t, a[4], true, &follow) < 0 || path_get(t, a[0], &p, "utime", "path", PATH_FD) < 0)
        return REF_NULL;
    RETRY(t, n, p.fd >= 0 ? futimens(p.fd, now ? NULL : times) : utimensat(dir, p.text, now ? NULL : times, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    Ref r = n < 0 ? posix_error(t) : REF_NONE; /* without the name: it may be the times that are wrong */
    path_drop(t, &p);
    return r;
}
static Ref m_truncate(Thread *t, Value self, const Value *a) {
    Path p;
    int n;
    int64_t length;
    if (as_i64(t, a[1], &length) < 0 || path_get(t, a[0], &p, "truncate", "path", PATH_FD) < 0) return REF_NULL;
    RETRY(t, n, p.fd >= 0 ? ftruncate(p.fd, length) : truncate(p.text, length));
    if (n < 0) return path_error(t, &p, errno);
    path_drop(t, &p);
    return REF_NONE;
}
static Ref m_fspath(Thread *t, Value self, const Value *a) {
    if (is_str(a[0]) || is_bytes(a[0])) return ref_new(t, a[0]);
    Ref special = lookup_special(t, a[0], N(__fspath__));
    if (ref_is_null(special)) return err_pending(t) ? REF_NULL : err_set(t, E_TypeError, "expected str, bytes or os.PathLike object, not %.200T", a[0]);
    Ref r = call0(t, ref_borrow(special));
    ref_drop(t, special);
    if (ref_is_null(r) || is_str(ref_borrow(r)) || is_bytes(ref_borrow(r))) return r;
    err_set(t, E_TypeError, "expected %.200T.__fspath__() to return str or bytes, not %.200T", a[0], ref_borrow(r));
    ref_drop(t, r);
    return REF_NULL;
}
static Ref cwd(Thread *t, bool bytes) {
    char *p = getcwd(NULL, 0);
    if (p == NULL) return posix_error(t);
    Ref r = bytes ? bytes_new(t, p, strlen(p)) : str_from_fs(t, p, strlen(p));
    free(p);
    return r;
}
static Ref m_getcwd(Thread *t, Value self, const Value *a) { return cwd(t, false); }
static Ref m_getcwdb(Thread *t, Value self, const Value *a) { return cwd(t, true); }

/* Collapses //, . and .. in n characters as os.path.normpath does, to `out`, which has room for as many and one more; how many that makes. */
static size_t normalize(const uint32_t *s, size_t n, uint32_t *r) {
    size_t out = 0, floor = 0, i = 0;
    if (n > 0 && s[0] == '/') {
        r[out++] = '/';
        if (n > 1 && s[1] == '/' && !(n > 2 && s[2] == '/')) r[out++] = '/'; /* exactly two slashes mean something else */
        floor = out;
    }
    while (i < n) {
        while (i < n && s[i] == '/') i++;
        size_t length = 0;
        while (i + length < n && s[i + length] != '/') length++;
        if (length == 0) break;
        if (!(length == 1 && s[i] == '.')) {
            bool up = length == 2 && s[i] == '.' && s[i + 1] == '.';
            size_t last = out;
            while (last > floor && r[last - 1] != '/') last--;
            bool can_pop = out > floor && !(out - last == 2 && r[last] == '.' && r[last + 1] == '.');
            if (up && can_pop) {
                out = last > floor ? last - 1 : floor;
            } else if (!up || floor == 0) {
                if (out > floor) r[out++] = '/';
                memcpy(r + out, s + i, length * sizeof *r);
                out += length;
            }
        }
        i += length;
    }
    if (n == 1 && s[0] == '.') r[out++] = '.';
    return out;
}
static Ref m_path_normpath(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "expected 'str', not '%T'", a[0]);
    const Str *s = as(Str, a[0]);
    uint32_t *text = mem_alloc((2 * s->length + 2) * sizeof *text);
    if (text == NULL) return err_no_memory(t);
    for (size_t i = 0; i < s->length; i++) text[i] = str_at(s, i);
    size_t n = normalize(text, s->length, text + s->length);
    Ref r = str_from_ucs4(t, text + s->length, n);
    mem_free(text);
    return r;
}

/* ---- descriptors ---------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_open(Thread *t, Value self, const Value *a) {
    if (audit(t, "open", (Value[]){a[0], VALUE_NONE, a[1]}, 3) < 0) return REF_NULL;
    Path p;
    int fd, flags, mode = 0777, dir;
    if (as_int(t, a[1], &flags) < 0 || (!value_is_null(a[2]) && as_int(t, a[2], &mode) < 0) || dir_fd_get(t, a[3], &dir) < 0 ||
        path_get(t, a[0], &p, "open", "path", 0) < 0)
        return REF_NULL;
    RETRY(t, fd, openat(dir, p.text, flags | O_CLOEXEC, (mode_t)mode));
    if (fd < 0) return path_error(t, &p, errno);
    path_drop(t, &p);
    return ref_small_int(fd);
}
#define FD_CALL(name, call)                                                                   \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                              \
        int fd, n;                                                                            \
        if (as_int(t, a[0], &fd) < 0) return REF_NULL;                                        \
        RETRY(t, n, call);                                                                    \
        return n < 0 ? posix_error(t) : REF_NONE;                                             \
    }
FD_CALL(fsync, fsync(fd))
FD_CALL(fdatasync, fdatasync(fd))
FD_CALL(fchdir, fchdir(fd))
static Ref m_close(Thread *t, Value self, const Value *a) {
    int fd, n, err;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    DETACHED(t, n = close(fd); err = errno); /* not again after EINTR: the descriptor is gone */
    return n < 0 && err != EINTR ? err_errno(t, err, VALUE_NULL) : REF_NONE;
}
static Ref m_closerange(Thread *t, Value self, const Value *a) {
    int from, to;
    if (as_int(t, a[0], &from) < 0 || as_int(t, a[1], &to) < 0) return REF_NULL;
    DETACHED(t, for (int i = from < 0 ? 0 : from; i < to; i++) close(i));
    return REF_NONE;
}
static Ref m_dup(Thread *t, Value self, const Value *a) {
    int fd, n;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    RETRY(t, n, fcntl(fd, F_DUPFD_CLOEXEC, 0));
    return n < 0 ? posix_error(t) : ref_small_int(n);
}
static Ref m_dup2(Thread *t, Value self, const Value *a) {
    int fd, fd2, n;
    bool inherit;
    if (as_int(t, a[0], &fd) < 0 || as_int(t, a[1], &fd2) < 0 || flag_get(t, a[2], true, &inherit) < 0) return REF_NULL;
    RETRY(t, n, inherit || fd == fd2 ? dup2(fd, fd2) : dup3(fd, fd2, O_CLOEXEC));
    return n < 0 ? posix_error(t) : ref_small_int(n);
}
static Ref m_read(Thread *t, Value self, const Value *a) {
    int fd;
    int64_t size;
    ssize_t n;
    if (as_int(t, a[0], &fd) < 0 || size_arg(t, a[1], &size) < 0) return REF_NULL;
    if (size < 0) return err_errno(t, EINVAL, VALUE_NULL);
    Ref b = bytes_new_uninit(t, (size_t)size);
    if (ref_is_null(b)) return b;
    uint8_t *data = bytes_data(ref_borrow(b));
    RETRY(t, n, read(fd, data, (size_t)size));
    Ref r = n < 0 ? posix_error(t) : n == size ? ref_new(t, ref_borrow(b)) : bytes_new(t, data, (size_t)n);
    ref_drop(t, b);
    return r;
}
static Ref m_pread(Thread *t, Value self, const Value *a) {
    int fd;
    int64_t size, offset;
    ssize_t n;
    if (as_int(t, a[0], &fd) < 0 || size_arg(t, a[1], &size) < 0 || as_i64(t, a[2], &offset) < 0) return REF_NULL;
    if (size < 0) return err_errno(t, EINVAL, VALUE_NULL);
    Ref b = bytes_new_uninit(t, (size_t)size);
    if (ref_is_null(b)) return b;
    uint8_t *data = bytes_data(ref_borrow(b));
    RETRY(t, n, pread(fd, data, (size_t)size, offset));
    Ref r = n < 0 ? posix_error(t) : n == size ? ref_new(t, ref_borrow(b)) : bytes_new(t, data, (size_t)n);
    ref_drop(t, b);
    return r;
}
static Ref do_write(Thread *t, Value file, Value data, int64_t offset) {
    int fd;
    ssize_t n;
    Buffer view;
    if (as_int(t, file, &fd) < 0 || buffer_get(t, data, &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    RETRY(t, n, offset < 0 ? write(fd, view.data, (size_t)view.len) : pwrite(fd, view.data, (size_t)view.len, offset));
    int err = errno;
    buffer_release(t, &view);
    errno = err;
    if (n < 0) return posix_error(t);
    return safepoint(t) < 0 ? REF_NULL : int_from_i64(t, n); /* the handler of a signal that cut the write short runs before its result is used */
}
static Ref m_write(Thread *t, Value self, const Value *a) { return do_write(t, a[0], a[1], -1); }
static Ref m_pwrite(Thread *t, Value self, const Value *a) {
    int64_t offset;
    return as_i64(t, a[2], &offset) < 0 ? REF_NULL : offset < 0 ? err_errno(t, EINVAL, VALUE_NULL) : do_write(t, a[0], a[1], offset);
}
/* offset < 0: at the file's position */
static Ref do_vector(Thread *t, const char *function, Value file, Value buffers, bool writing, int64_t offset, int flags) {
    int fd;
    if (as_int(t, file, &fd) < 0) return REF_NULL;
    if (!is_sequence(buffers)) return err_set(t, E_TypeError, "%s() arg 2 must be a sequence", function);
    Ref items = sequence_tuple(t, buffers), r = REF_NULL;
    if (ref_is_null(items)) return items;
    size_t count = tuple_size(ref_borrow(items)), got = 0;
    Buffer *views = mem_alloc((count + 1) * sizeof *views);
    struct iovec *vec = mem_alloc((count + 1) * sizeof *vec);
    if (views == NULL || vec == NULL) err_no_memory(t);
    else {
        for (; got < count; got++) {
            if (buffer_get(t, tuple_get(ref_borrow(items), got), &views[got], writing ? BUFFER_SIMPLE : BUFFER_WRITABLE) < 0) break;
            vec[got] = (struct iovec){views[got].data, (size_t)views[got].len};
        }
        ssize_t n;
        if (got == count) {
            if (offset < 0) RETRY(t, n, writing ? writev(fd, vec, (int)count) : readv(fd, vec, (int)count));
            else RETRY(t, n, writing ? pwritev2(fd, vec, (int)count, offset, flags) : preadv2(fd, vec, (int)count, offset, flags));
            r = n < 0 ? posix_error(t) : int_from_i64(t, n);
        }
        while (got-- > 0) buffer_release(t, &views[got]);
    }
    mem_free(views);
    mem_free(vec);
    ref_drop(t, items);
    return r;
}
static Ref m_readv(Thread *t, Value self, const Value *a) { return do_vector(t, "readv", a[0], a[1], false, -1, 0); }
static Ref m_writev(Thread *t, Value self, const Value *a) { return do_vector(t, "writev", a[0], a[1], true, -1, 0); }
static Ref vector_at(Thread *t, const char *function, const Value *a, bool writing) {
    int64_t offset;
    int flags = 0;
    if (as_i64(t, a[2], &offset) < 0 || (!value_is_null(a[3]) && as_int(t, a[3], &flags) < 0)) return REF_NULL;
    return offset < 0 ? err_errno(t, EINVAL, VALUE_NULL) : do_vector(t, function, a[0], a[1], writing, offset, flags);
}
static Ref m_preadv(Thread *t, Value self, const Value *a) { return vector_at(t, "preadv2", a, false); }
static Ref m_pwritev(Thread *t, Value self, const Value *a) { return vector_at(t, "pwritev", a, true); }

/* ---- what Linux has besides ---------------------------------------------------------------------------------------------------------------------- */

static Ref m_posix_fadvise(Thread *t, Value self, const Value *a) {
    int fd, advice, err;
    int64_t offset, length;
    if (as_int(t, a[0], &fd) < 0 || as_i64(t, a[1], &offset) < 0 || as_i64(t, a[2], &length) < 0 || as_int(t, a[3], &advice) < 0) return REF_NULL;
    do DETACHED(t, err = posix_fadvise(fd, offset, length, advice));
    while (err == EINTR && after_interrupt(t) == 0);
    return err_pending(t) ? REF_NULL : err ? err_errno(t, err, VALUE_NULL) : REF_NONE;
}
static Ref m_posix_fallocate(Thread *t, Value self, const Value *a) {
    int fd, err;
    int64_t offset, length;
    if (as_int(t, a[0], &fd) < 0 || as_i64(t, a[1], &offset) < 0 || as_i64(t, a[2], &length) < 0) return REF_NULL;
    do DETACHED(t, err = posix_fallocate(fd, offset, length));
    while (err == EINTR && after_interrupt(t) == 0);
    return err_pending(t) ? REF_NULL : err ? err_errno(t, err, VALUE_NULL) : REF_NONE;
}
static int offset_or_null(Thread *t, Value v, off_t *offset, off_t **out) {
    int64_t i = 0;
    *out = NULL;
    if (value_is_null(v) || value_is_none(v)) return 0;
    if (as_i64(t, v, &i) < 0) return -1;
    *offset = i;
    *out = offset;
    return 0;
}
static Ref m_splice(Thread *t, Value self, const Value *a) {
    int from, to, flags = 0;
    int64_t count;
    off_t in, out, *at_in, *at_out;
    ssize_t n;
    if (as_int(t, a[0], &from) < 0 || as_int(t, a[1], &to) < 0 || size_arg(t, a[2], &count) < 0) return REF_NULL;
    if (count < 0) return err_set(t, E_ValueError, "negative value for 'count' not allowed");
    if (offset_or_null(t, a[3], &in, &at_in) < 0 || offset_or_null(t, a[4], &out, &at_out) < 0 || (!value_is_null(a[5]) && as_int(t, a[5], &flags) < 0)) return REF_NULL;
    RETRY(t, n, splice(from, at_in, to, at_out, (size_t)count, (unsigned)flags));
    return n < 0 ? posix_error(t) : int_from_i64(t, n);
}
static Ref m_eventfd(Thread *t, Value self, const Value *a) {
    uint64_t initial;
    int flags = EFD_CLOEXEC;
    if (!is_int(a[0])) return err_set(t, E_TypeError, "an integer is required");
    if (int_sign(a[0]) < 0) return err_set(t, E_ValueError, "value must be positive");
    if (int_try_u64(a[0], &initial) < 0 || initial > UINT32_MAX) return err_set(t, E_OverflowError, "Python int too large for C unsigned int");
    if (!value_is_null(a[1]) && as_int(t, a[1], &flags) < 0) return REF_NULL;
    int fd = eventfd((unsigned)initial, flags);
    return fd < 0 ? posix_error(t) : ref_small_int(fd);
}
static Ref m_eventfd_read(Thread *t, Value self, const Value *a) {
    int fd, n;
    eventfd_t value;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    RETRY(t, n, eventfd_read(fd, &value));
    return n < 0 ? posix_error(t) : int_from_u64(t, value);
}
static Ref m_eventfd_write(Thread *t, Value self, const Value *a) {
    int fd, n;
    uint64_t value;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    if (!is_int(a[1])) return err_set(t, E_TypeError, "an integer is required");
    if (int_sign(a[1]) < 0) return err_set(t, E_ValueError, "value must be positive");
    if (int_try_u64(a[1], &value) < 0) return err_set(t, E_OverflowError, "int too big to convert");
    RETRY(t, n, eventfd_write(fd, value));
    return n < 0 ? posix_error(t) : REF_NONE;
}
static int device_get(Thread *t, Value v, uint64_t *dev) {
    if (!is_int(v)) return err_int(err_set(t, E_TypeError, "an integer is required"));
    if (int_sign(v) < 0) return err_int(err_set(t, E_OverflowError, "can't convert negative int to unsigned"));
    return int_try_u64(v, dev) == 0 ? 0 : err_int(err_set(t, E_OverflowError, "int too big to convert"));
}
static Ref m_mknod(Thread *t, Value self, const Value *a) {
    Path p;
    int mode = 0600, dir, n;
    uint64_t device = 0;
    if ((!value_is_null(a[1]) && as_int(t, a[1], &mode) < 0) || (!value_is_null(a[2]) && device_get(t, a[2], &device) < 0) || dir_fd_get(t, a[3], &dir) < 0 ||
        path_get(t, a[0], &p, "mknod", "path", 0) < 0)
        return REF_NULL;
    RETRY(t, n, mknodat(dir, p.text, (mode_t)mode, (dev_t)device));
    int err = errno;
    path_drop(t, &p);
    errno = err;
    return n < 0 ? posix_error(t) : REF_NONE;
}

/* Extended attributes of a path or a descriptor */
typedef struct Attribute { Path path, name; bool follow; } Attribute;
static int attribute_get(Thread *t, const char *function, Value path, Value name, Value follow, Attribute *out) {
    if (flag_get(t, follow, true, &out->follow) < 0 || path_get(t, path, &out->path, function, "path", PATH_FD | (value_is_null(name) ? PATH_NONE : 0)) < 0) return -1;
    out->name = (Path){.fd = -1};
    int bad = 0;
    if (out->path.fd > 0 && !out->follow) bad = err_int(err_set(t, E_ValueError, "%s: cannot use fd and follow_symlinks together", function));
    else if (!value_is_null(name)) bad = path_get(t, name, &out->name, function, "attribute", 0);
    if (bad < 0) path_drop(t, &out->path);
    return bad;
}
static Ref attribute_end(Thread *t, Attribute *x, Ref r, int err) {
    path_drop(t, &x->name);
    if (err) return path_error(t, &x->path, err);
    path_drop(t, &x->path);
    return r;
}
/* Runs call(buffer, size) with a growing buffer; the result is the buffer's content. */
#define GROWING(t, n, data, call)                                                             \
    do {                                                                                      \
        size_t size = 256;                                                                    \
        data = NULL;                                                                          \
        for (;;) {                                                                            \
            mem_free(data);                                                                   \
            if ((data = mem_alloc(size)) == NULL) {                                           \
                n = -1;                                                                       \
                errno = ENOMEM;                                                               \
                break;                                                                        \
            }                                                                                 \
            RETRY(t, n, call);                                                                \
            if (n >= 0 || errno != ERANGE || size > XATTR_SIZE_MAX) break;                    \
            size = size == 256 ? XATTR_SIZE_MAX : XATTR_SIZE_MAX * 2;                         \
        }                                                                                     \
    } while (0)
static Ref m_getxattr(Thread *t, Value self, const Value *a) {
    Attribute x;
    ssize_t n;
    char *data;
    if (attribute_get(t, "getxattr", a[0], a[1], a[2], &x) < 0) return REF_NULL;
    GROWING(t, n, data, x.path.fd >= 0 ? fgetxattr(x.path.fd, x.name.text, data, size) : x.follow ? getxattr(x.path.text, x.name.text, data, size) : lgetxattr(x.path.text, x.name.text, data, size));
    int err = n < 0 ? errno : 0;
    Ref r = n < 0 ? REF_NULL : bytes_new(t, data, (size_t)n);
    mem_free(data);
    return attribute_end(t, &x, r, err);
}
static Ref m_setxattr(Thread *t, Value self, const Value *a) {
    Attribute x;
    Buffer view;
    int n, flags = 0;
    if ((!value_is_null(a[3]) && as_int(t, a[3], &flags) < 0) || attribute_get(t, "setxattr", a[0], a[1], a[4], &x) < 0) return REF_NULL;
    if (buffer_get(t, a[2], &view, BUFFER_SIMPLE) < 0) return attribute_end(t, &x, REF_NULL, 0);
    RETRY(t, n, x.path.fd >= 0 ? fsetxattr(x.path.fd, x.name.text, view.data, (size_t)view.len, flags)
                : x.follow     ? setxattr(x.path.text, x.name.text, view.data, (size_t)view.len, flags)
                               : lsetxattr(x.path.text, x.name.text, view.data, (size_t)view.len, flags));
    int err = n < 0 ? errno : 0;
    buffer_release(t, &view);
    return attribute_end(t, &x, REF_NONE, err);
}
static Ref m_removexattr(Thread *t, Value self, const Value *a) {
    Attribute x;
    int n;
    if (attribute_get(t, "removexattr", a[0], a[1], a[2], &x) < 0) return REF_NULL;
    RETRY(t, n, x.path.fd >= 0 ? fremovexattr(x.path.fd, x.name.text) : x.follow ? removexattr(x.path.text, x.name.text) : lremovexattr(x.path.text, x.name.text));
    return attribute_end(t, &x, REF_NONE, n < 0 ? errno : 0);
}
static Ref m_listxattr(Thread *t, Value self, const Value *a) {
    Attribute x;
    ssize_t n;
    char *data;
    if (attribute_get(t, "listxattr", a[0], VALUE_NULL, a[1], &x) < 0) return REF_NULL;
    GROWING(t, n, data, x.path.fd >= 0 ? flistxattr(x.path.fd, data, size) : x.follow ? listxattr(x.path.text, data, size) : llistxattr(x.path.text, data, size));
    int err = n < 0 ? errno : 0;
    Ref list = n < 0 ? REF_NULL : list_new(t, 0);
    for (char *p = data; !ref_is_null(list) && p < data + n; p += strlen(p) + 1) {
        Ref s = str_from_fs(t, p, strlen(p));
        if (ref_is_null(s) || list_append_steal(t, ref_borrow(list), s) < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    }
    mem_free(data);
    return attribute_end(t, &x, list, err);
}

static Ref m_lseek(Thread *t, Value self, const Value *a) {
    int fd, whence;
    int64_t offset;
    off_t n;
    if (as_int(t, a[0], &fd) < 0 || as_i64(t, a[1], &offset) < 0 || as_int(t, a[2], &whence) < 0) return REF_NULL;
    RETRY(t, n, lseek(fd, offset, whence));
    return n < 0 ? posix_error(t) : int_from_i64(t, n);
}
static Ref m_ftruncate(Thread *t, Value self, const Value *a) {
    int fd, n;
    int64_t length;
    if (as_int(t, a[0], &fd) < 0 || as_i64(t, a[1], &length) < 0) return REF_NULL;
    RETRY(t, n, ftruncate(fd, length));
    return n < 0 ? posix_error(t) : REF_NONE;
}
static Ref m_fchmod(Thread *t, Value self, const Value *a) {
    int fd, mode, n;
    if (as_int(t, a[0], &fd) < 0 || as_int(t, a[1], &mode) < 0) return REF_NULL;
    RETRY(t, n, fchmod(fd, (mode_t)mode));
    return n < 0 ? posix_error(t) : REF_NONE;
}
static Ref m_fchown(Thread *t, Value self, const Value *a) {
    int fd, n;
    uint32_t u, g;
    if (as_int(t, a[0], &fd) < 0 || id_get(t, a[1], "uid", &u) < 0 || id_get(t, a[2], "gid", &g) < 0) return REF_NULL;
    RETRY(t, n, fchown(fd, u, g));
    return n < 0 ? posix_error(t) : REF_NONE;
}
static Ref m_isatty(Thread *t, Value self, const Value *a) {
    int fd;
    return as_int(t, a[0], &fd) < 0 ? REF_NULL : ref_bool(isatty(fd));
}
static Ref make_pipe(Thread *t, int flags) {
    int fds[2];
    if (pipe2(fds, flags) < 0) return posix_error(t);
    return tuple_pack(t, 2, small_int(fds[0]), small_int(fds[1]));
}
static Ref m_pipe(Thread *t, Value self, const Value *a) { return make_pipe(t, O_CLOEXEC); }
static Ref m_pipe2(Thread *t, Value self, const Value *a) {
    int flags;
    return as_int(t, a[0], &flags) < 0 ? REF_NULL : make_pipe(t, flags);
}
static Ref m_get_blocking(Thread *t, Value self, const Value *a) {
    int fd, flags;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    return (flags = fcntl(fd, F_GETFL)) < 0 ? posix_error(t) : ref_bool(!(flags & O_NONBLOCK));
}
static Ref m_set_blocking(Thread *t, Value self, const Value *a) {
    int fd, flags;
    bool on;
    if (as_int(t, a[0], &fd) < 0 || flag_get(t, a[1], true, &on) < 0) return REF_NULL;
    if ((flags = fcntl(fd, F_GETFL)) < 0 || fcntl(fd, F_SETFL, on ? flags & ~O_NONBLOCK : flags | O_NONBLOCK) < 0) return posix_error(t);
    return REF_NONE;
}
static Ref m_get_inheritable(Thread *t, Value self, const Value *a) {
    int fd, flags;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    return (flags = fcntl(fd, F_GETFD)) < 0 ? posix_error(t) : ref_bool(!(flags & FD_CLOEXEC));
}
static Ref m_set_inheritable(Thread *t, Value self, const Value *a) {
    int fd, flags;
    bool on;
    if (as_int(t, a[0], &fd) < 0 || flag_get(t, a[1], true, &on) < 0) return REF_NULL;
    if ((flags = fcntl(fd, F_GETFD)) < 0 || fcntl(fd, F_SETFD, on ? flags & ~FD_CLOEXEC : flags | FD_CLOEXEC) < 0) return posix_error(t);
    return REF_NONE;
}
static Ref m_lockf(Thread *t, Value self, const Value *a) {
    int fd, command, n;
    int64_t length;
    if (as_int(t, a[0], &fd) < 0 || as_int(t, a[1], &command) < 0 || as_i64(t, a[2], &length) < 0) return REF_NULL;
    RETRY(t, n, lockf(fd, command, length));
    return n < 0 ? posix_error(t) : REF_NONE;
}
static Ref m_sendfile(Thread *t, Value self, const Value *a) {
    int out, in;
    int64_t offset = 0, count;
    ssize_t n;
    if (as_int(t, a[0], &out) < 0 || as_int(t, a[1], &in) < 0 || (!value_is_none(a[2]) && as_i64(t, a[2], &offset) < 0) || as_i64(t, a[3], &count) < 0) return REF_NULL;
    off_t at = offset;
    bool here = value_is_none(a[2]);
    RETRY(t, n, sendfile(out, in, here ? NULL : &at, (size_t)count));
    return n < 0 ? posix_error(t) : int_from_i64(t, n);
}
static Ref m_copy_file_range(Thread *t, Value self, const Value *a) {
    int in, out;
    int64_t count, from = 0, to = 0;
    ssize_t n;
    if (as_int(t, a[0], &in) < 0 || as_int(t, a[1], &out) < 0 || as_i64(t, a[2], &count) < 0) return REF_NULL;
    bool has_from = !value_is_null(a[3]) && !value_is_none(a[3]), has_to = !value_is_null(a[4]) && !value_is_none(a[4]);
    if ((has_from && as_i64(t, a[3], &from) < 0) || (has_to && as_i64(t, a[4], &to) < 0)) return REF_NULL;
    if (count < 0) return err_set(t, E_ValueError, "negative value for 'count' not allowed");
    off64_t off_in = from, off_out = to;
    RETRY(t, n, copy_file_range(in, has_from ? &off_in : NULL, out, has_to ? &off_out : NULL, (size_t)count, 0));
    return n < 0 ? posix_error(t) : int_from_i64(t, n);
}
static Ref m_memfd_create(Thread *t, Value self, const Value *a) {
    Path p;
    int64_t flags = MFD_CLOEXEC;
    if ((!value_is_null(a[1]) && as_i64(t, a[1], &flags) < 0) || path_get(t, a[0], &p, "memfd_create", "name", 0) < 0) return REF_NULL;
    int fd = memfd_create(p.text, (unsigned)flags);
    if (fd < 0) return path_error(t, &p, errno);
    path_drop(t, &p);
    return ref_small_int(fd);
}
static Ref m_urandom(Thread *t, Value self, const Value *a) {
    int64_t n;
    if (size_arg(t, a[0], &n) < 0) return REF_NULL;
    if (n < 0) return err_set(t, E_ValueError, "negative argument not allowed");
    Ref b = bytes_new_uninit(t, (size_t)n);
    if (ref_is_null(b)) return b;
    uint8_t *p = bytes_data(ref_borrow(b));
    for (int64_t done = 0; done < n;) {
        ssize_t got;
        RETRY(t, got, getrandom(p + done, (size_t)(n - done), 0));
        if (got < 0) {
            ref_drop(t, b);
            return posix_error(t);
        }
        done += got;
    }
    return b;
}
static Ref m_getrandom(Thread *t, Value self, const Value *a) {
    int64_t size;
    int flags = 0;
    ssize_t n;
    if (size_arg(t, a[0], &size) < 0 || (!value_is_null(a[1]) && as_int(t, a[1], &flags) < 0)) return REF_NULL;
    if (size < 0) return err_errno(t, EINVAL, VALUE_NULL);
    Ref b = bytes_new_uninit(t, (size_t)size);
    if (ref_is_null(b)) return b;
    RETRY(t, n, getrandom(bytes_data(ref_borrow(b)), (size_t)size, (unsigned)flags));
    Ref r = n < 0 ? posix_error(t) : bytes_new(t, bytes_data(ref_borrow(b)), (size_t)n);
    ref_drop(t, b);
    return r;
}
static Ref m_get_terminal_size(Thread *t, Value self, const Value *a) {
    int fd = STDOUT_FILENO;
    struct winsize w;
    if (!value_is_null(a[0]) && as_int(t, a[0], &fd) < 0) return REF_NULL;
    if (ioctl(fd, TIOCGWINSZ, &w) < 0) return posix_error(t);
    Ref items[2] = {ref_small_int(w.ws_col), ref_small_int(w.ws_row)};
    return structseq_new_steal(t, terminal_size_type, items);
}
static Ref m_device_encoding(Thread *t, Value self, const Value *a) {
    int fd;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    return isatty(fd) ? str_from_cstr(t, "UTF-8") : REF_NONE;
}
static Ref m_ttyname(Thread *t, Value self, const Value *a) {
    int fd;
    char name[256];
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    int err = ttyname_r(fd, name, sizeof name);
    return err ? err_errno(t, err, VALUE_NULL) : str_from_fs(t, name, strlen(name));
}
#define DEVICE(name, call)                                                                    \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                              \
        uint64_t dev;                                                                         \
        return device_get(t, a[0], &dev) < 0 ? REF_NULL : int_from_u64(t, call);              \
    }
DEVICE(major, major(dev))
DEVICE(minor, minor(dev))
static Ref m_makedev(Thread *t, Value self, const Value *a) {
    int ma, mi;
    return as_int(t, a[0], &ma) < 0 || as_int(t, a[1], &mi) < 0 ? REF_NULL : int_from_u64(t, makedev((unsigned)ma, (unsigned)mi));
}

NativeDef posix_file_functions[] = {
    FN("stat", "($module, /, path, *, dir_fd=None, follow_symlinks=True)", m_stat, "What the kernel knows of a file."),
    FN("lstat", "($module, /, path, *, dir_fd=None)", m_lstat, "The same, of a symbolic link itself."), FN("fstat", "($module, /, fd)", m_fstat, "The same, of an open file."),
    FN("statvfs", "($module, /, path)", m_statvfs, "What the kernel knows of a file system."), FN("fstatvfs", "($module, /, fd)", m_statvfs, NULL),
    FN("chdir", "($module, /, path)", m_chdir, "Changes the working directory."), FN("chroot", "($module, /, path)", m_chroot, NULL), FN("fchdir", "($module, /, fd)", m_fchdir, NULL),
    FN("mkdir", "($module, /, path, mode=511, *, dir_fd=None)", m_mkdir, "Makes a directory."), FN("mkfifo", "($module, /, path, mode=438, *, dir_fd=None)", m_mkfifo, NULL),
    FN("rmdir", "($module, /, path, *, dir_fd=None)", m_rmdir, "Removes a directory."), FN("unlink", "($module, /, path, *, dir_fd=None)", m_unlink, "Removes a file."),
    FN("remove", "($module, /, path, *, dir_fd=None)", m_remove, "Removes a file."),
    FN("rename", "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)", m_rename, "Renames a file."),
    FN("replace", "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None)", m_replace, "Renames a file over another."),
    FN("link", "($module, /, src, dst, *, src_dir_fd=None, dst_dir_fd=None, follow_symlinks=True)", m_link, "Makes a hard link."),
    FN("symlink", "($module, /, src, dst, target_is_directory=False, *, dir_fd=None)", m_symlink, "Makes a symbolic link."),
    FN("readlink", "($module, /, path, *, dir_fd=None)", m_readlink, "Where a symbolic link points."),
    FN("access", "($module, /, path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True)", m_access, "Whether the user may do that."),
    FN("chmod", "($module, /, path, mode, *, dir_fd=None, follow_symlinks=True)", m_chmod, "Changes permissions."),
    FN("chown", "($module, /, path, uid, gid, *, dir_fd=None, follow_symlinks=True)", m_chown, "Changes the owner."), FN("lchown", "($module, /, path, uid, gid)", m_lchown, NULL),
    FN("utime", "($module, /, path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True)", m_utime, "Sets the times of access and change."),
    FN("truncate", "($module, /, path, length)", m_truncate, "Cuts a file."), FN("fspath", "($module, /, path)", m_fspath, "The path as str or bytes."),
    FN("getcwd", "($module, /)", m_getcwd, "The working directory."), FN("getcwdb", "($module, /)", m_getcwdb, NULL), FN("_path_normpath", "!($module, /, path)", m_path_normpath, NULL),
    FN("open", "($module, /, path, flags, mode=511, *, dir_fd=None)", m_open, "Opens a file; gives its descriptor."), FN("close", "($module, /, fd)", m_close, "Closes a descriptor."),
    FN("closerange", "($module, fd_low, fd_high, /)", m_closerange, NULL), FN("dup", "($module, fd, /)", m_dup, NULL), FN("dup2", "($module, /, fd, fd2, inheritable=True)", m_dup2, NULL),
    FN("read", "($module, fd, length, /)", m_read, "Reads bytes."), FN("pread", "($module, fd, length, offset, /)", m_pread, NULL), FN("write", "($module, fd, data, /)", m_write, "Writes bytes."),
    FN("pwrite", "($module, fd, buffer, offset, /)", m_pwrite, NULL), FN("readv", "($module, fd, buffers, /)", m_readv, NULL), FN("writev", "($module, fd, buffers, /)", m_writev, NULL),
    FN("lseek", "($module, fd, position, how, /)", m_lseek, NULL), FN("ftruncate", "($module, fd, length, /)", m_ftruncate, NULL), FN("fsync", "($module, /, fd)", m_fsync, NULL),
    FN("fdatasync", "($module, /, fd)", m_fdatasync, NULL), FN("fchmod", "($module, /, fd, mode)", m_fchmod, NULL), FN("fchown", "($module, /, fd, uid, gid)", m_fchown, NULL),
    FN("preadv", "($module, fd, buffers, offset, flags=0, /)", m_preadv, NULL), FN("pwritev", "($module, fd, buffers, offset, flags=0, /)", m_pwritev, NULL),
    FN("posix_fadvise", "($module, fd, offset, length, advice, /)", m_posix_fadvise, NULL), FN("posix_fallocate", "($module, fd, offset, length, /)", m_posix_fallocate, NULL),
    FN("splice", "($module, /, src, dst, count, offset_src=None, offset_dst=None,\n       flags=0)", m_splice, NULL), FN("eventfd", "($module, /, initval, flags=EFD_CLOEXEC)", m_eventfd, NULL),
    FN("eventfd_read", "($module, /, fd)", m_eventfd_read, NULL), FN("eventfd_write", "($module, /, fd, value)", m_eventfd_write, NULL),
    FN("mknod", "($module, /, path, mode=384, device=0, *, dir_fd=None)", m_mknod, NULL), FN("getxattr", "($module, /, path, attribute, *, follow_symlinks=True)", m_getxattr, NULL),
    FN("setxattr", "($module, /, path, attribute, value, flags=0, *,\n         follow_symlinks=True)", m_setxattr, NULL),
    FN("removexattr", "($module, /, path, attribute, *, follow_symlinks=True)", m_removexattr, NULL), FN("listxattr", "($module, /, path=None, *, follow_symlinks=True)", m_listxattr, NULL),
    FN("isatty", "($module, fd, /)", m_isatty, NULL), FN("pipe", "($module, /)", m_pipe, NULL), FN("pipe2", "($module, flags, /)", m_pipe2, NULL),
    FN("get_blocking", "($module, fd, /)", m_get_blocking, NULL), FN("set_blocking", "($module, fd, blocking, /)", m_set_blocking, NULL),
    FN("get_inheritable", "($module, fd, /)", m_get_inheritable, NULL), FN("set_inheritable", "($module, fd, inheritable, /)", m_set_inheritable, NULL),
    FN("lockf", "($module, fd, command, length, /)", m_lockf, NULL), FN("sendfile", "($module, /, out_fd, in_fd, offset, count)", m_sendfile, NULL),
    FN("copy_file_range", "($module, /, src, dst, count, offset_src=None, offset_dst=None)", m_copy_file_range, NULL),
    FN("memfd_create", "($module, /, name, flags=1)", m_memfd_create, NULL), FN("urandom", "($module, size, /)", m_urandom, "Random bytes."),
    FN("getrandom", "($module, /, size, flags=0)", m_getrandom, NULL), FN("get_terminal_size", "!($module, fd=1, /)", m_get_terminal_size, NULL),
    FN("device_encoding", "($module, /, fd)", m_device_encoding, NULL), FN("ttyname", "($module, fd, /)", m_ttyname, NULL), FN("major", "($module, device, /)", m_major, NULL),
    FN("minor", "($module, device, /)", m_minor, NULL), FN("makedev", "($module, major, minor, /)", m_makedev, NULL), FN_END,
};

static const StructSeqField stat_fields[] = {
    {"st_mode", "type and permissions"}, {"st_ino", "inode"}, {"st_dev", "device"}, {"st_nlink", "hard links"}, {"st_uid", "owner"}, {"st_gid", "group"},
    {"st_size", "bytes"}, {NULL, "access, whole seconds"}, {NULL, "change, whole seconds"}, {NULL, "status change, whole seconds"}, {"st_atime", "access"},
    {"st_mtime", "change"}, {"st_ctime", "status change"}, {"st_atime_ns", "access in ns"}, {"st_mtime_ns", "change in ns"}, {"st_ctime_ns", "status change in ns"},
    {"st_blksize", "block size"}, {"st_blocks", "blocks"}, {"st_rdev", "device of a special file"}, {NULL, NULL}};
static const StructSeqField statvfs_fields[] = {{"f_bsize", ""}, {"f_frsize", ""}, {"f_blocks", ""}, {"f_bfree", ""}, {"f_bavail", ""}, {"f_files", ""},
    {"f_ffree", ""}, {"f_favail", ""}, {"f_flag", ""}, {"f_namemax", ""}, {"f_fsid", ""}, {NULL, NULL}};
static const StructSeqField terminal_fields[] = {{"columns", "width in characters"}, {"lines", "height in lines"}, {NULL, NULL}};

int posix_init_file(Thread *t, Value module) {
    struct { Type **type; const char *name, *attr; const StructSeqField *fields; size_t visible; } types[] = {
        {&stat_result_type, "os.stat_result", "stat_result", stat_fields, 10},
        {&statvfs_result_type, "os.statvfs_result", "statvfs_result", statvfs_fields, 10},
        {&terminal_size_type, "os.terminal_size", "terminal_size", terminal_fields, 2}};
    for (int i = 0; i < 3; i++) {
        *types[i].type = structseq_type(t, types[i].name, "", types[i].fields, types[i].visible);
        if (*types[i].type == NULL || module_set(t, module, types[i].attr, type_value(*types[i].type)) < 0) return -1;
    }
    return module_add_functions(t, module, posix_file_functions);
}
