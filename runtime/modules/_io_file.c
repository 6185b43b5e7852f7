/* _io.FileIO: a file descriptor as an unbuffered file. Every system call detaches the thread. */
#include "runtime/modules/_warnings.h"
#include "runtime/modules/sys.h"
#include "runtime/modules/_io.h"
#include "runtime/modules/kit.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/times.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct FileIO {
    IoBase io;
    _Atomic int x_fd;          /* -1: closed */
    bool created, readable, writable, appending, close_fd, opened;
    _Atomic int8_t x_seekable; /* -1: not known yet */
} FileIO;

#define READ_MAX 0x7ffff000 /* what one Linux read or write moves at most */

bool is_file_io(Value v) { return is_exact(v, &file_io_type); }
bool file_io_closed(Value v) { return load_relaxed(&as(FileIO, v)->x_fd) < 0; }

static int file_fd(Thread *t, Value self) {
    int fd = load_relaxed(&as(FileIO, self)->x_fd);
    if (fd < 0) err_set(t, E_ValueError, "I/O operation on closed file");
    return fd;
}

/* Runs `call` (which sets n) detached until it isn't interrupted: -1 with an exception, -2 would block. */
#define SYSCALL(t, n, call)                                                          \
    do {                                                                             \
        DETACHED(t, n = (call));                                                     \
        if (n >= 0 || errno != EINTR) break;                                         \
    } while (after_interrupt(t) == 0);                                               \
    if (n < 0) {                                                                     \
        if (errno == EAGAIN && !err_pending(t)) n = -2;                              \
        else if (!err_pending(t)) err_errno(t, errno, VALUE_NULL);                   \
    }

int64_t file_io_read(Thread *t, Value self, void *data, size_t size) {
    int fd = file_fd(t, self);
    int64_t n;
    if (fd < 0) return -1;
    if (!as(FileIO, self)->readable) return err_int(unsupported(t, "File not open for reading"));
    if (size > READ_MAX) size = READ_MAX;
    SYSCALL(t, n, read(fd, data, size));
    return n;
}
int64_t file_io_write(Thread *t, Value self, const void *data, size_t size) {
    int fd = file_fd(t, self);
    int64_t n;
    if (fd < 0) return -1;
    if (!as(FileIO, self)->writable) return err_int(unsupported(t, "File not open for writing"));
    if (size > READ_MAX) size = READ_MAX;
    SYSCALL(t, n, write(fd, data, size));
    return n;
}
static Ref count_or_none(Thread *t, int64_t n) { return n == -2 ? REF_NONE : n < 0 ? REF_NULL : int_from_i64(t, n); }

/* ---- opening ---------------------------------------------------------------------------------------------------------------------- */

static int parse_mode(Thread *t, FileIO *f, const char *mode, int *flags) {
    bool primary = false, plus = false;
    f->created = f->readable = f->writable = f->appending = false;
    *flags = 0;
    for (const char *p = mode; *p; p++) {
        switch (*p) {
        case 'x':
        case 'r':
        case 'w':
        case 'a':
            if (primary) goto bad;
            primary = true;
            if (*p == 'r') f->readable = true;
            else f->writable = true;
            if (*p == 'x') f->created = true, *flags |= O_EXCL | O_CREAT;
            if (*p == 'w') *flags |= O_CREAT | O_TRUNC;
            if (*p == 'a') f->appending = true, *flags |= O_APPEND | O_CREAT;
            break;
        case 'b': break;
        case '+':
            if (plus) goto bad;
            plus = true;
            f->readable = f->writable = true;
            break;
        default: return err_int(err_set(t, E_ValueError, "invalid mode: %.200s", mode));
        }
    }
    if (!primary) goto bad;
    *flags |= O_CLOEXEC | (f->readable && f->writable ? O_RDWR : f->readable ? O_RDONLY : O_WRONLY);
    return 0;
bad:
    return err_int(err_set(t, E_ValueError, "Must have exactly one of create/read/write/append mode and at most one plus"));
}

static int close_fd(Thread *t, FileIO *f) {
    int fd = load_relaxed(&f->x_fd), r = 0, err = 0;
    while (fd >= 0 && !cas_acq_rel(&f->x_fd, &fd, -1)) {} /* whoever takes it closes it */
    if (fd < 0 || !f->close_fd) return 0;
    DETACHED(t, r = close(fd); err = errno);
    return r < 0 ? err_int(err_errno(t, err, VALUE_NULL)) : 0;
}

static int audit_open(Thread *t, Value name, const char *mode, int flags) {
    Ref mode_text = str_from_cstr(t, mode);
    int stopped = ref_is_null(mode_text) ? -1 : audit(t, "open", (Value[]){name, ref_borrow(mode_text), small_int(flags)}, 3);
    ref_drop(t, mode_text);
    return stopped;
}
static int open_file(Thread *t, Value self, Value name, int flags, Value opener) {
    FileIO *f = as(FileIO, self);
    int fd, err = 0;
    if (!value_is_none(opener)) {
        Ref r = call2(t, opener, name, small_int(flags));
        if (ref_is_null(r)) return -1;
        if (!is_int(ref_borrow(r))) {
            ref_drop(t, r);
            return err_int(err_set(t, E_TypeError, "expected integer from opener"));
        }
        int bad = as_int(t, ref_borrow(r), &fd);
        ref_drop(t, r);
        if (bad < 0) return -1;
        if (fd < 0) return err_int(err_set(t, E_ValueError, "opener returned %d", fd));
    } else {
        Ref keep = REF_NULL;
        const char *path = str_fs(t, name, &keep);
        if (path == NULL) return -1;
        for (;;) {
            DETACHED(t, fd = open(path, flags, 0666); err = errno);
            if (fd >= 0 || err != EINTR || after_interrupt(t) < 0) break;
        }
        ref_drop(t, keep);
        if (fd < 0) return err_pending(t) ? -1 : err_int(err_errno(t, err, name));
    }
    store_release(&f->x_fd, fd);
    f->opened = true;
    return 0;
}

static int file_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    FileIO *f = as(FileIO, self);
    Value a[4];
    if (bind_args(t, "FileIO", "(file, mode='r', closefd=True, opener=None)", &signature, args, nargs, kwnames, a, 4) < 0) return -1;
    if (load_relaxed(&f->x_fd) >= 0 && close_fd(t, f) < 0) return -1;
    if (is_float(a[0])) return err_int(err_set(t, E_TypeError, "integer argument expected, got float"));
    const char *mode = "r";
    if (!value_is_null(a[1])) {
        if (!is_str(a[1])) return err_int(err_set(t, E_TypeError, "FileIO() argument 'mode' must be str, not %G", a[1]));
        if ((mode = str_utf8(t, a[1], NULL)) == NULL) return -1;
    }
    int closefd = value_is_null(a[2]) ? 1 : is_true(t, a[2]), flags, fd = -1;
    if (closefd < 0 || parse_mode(t, f, mode, &flags) < 0) return -1;
    f->close_fd = closefd;
    store_relaxed(&f->x_seekable, (int8_t)-1);
    Value opener = value_is_null(a[3]) ? VALUE_NONE : a[3];
    if (is_int(a[0]) && !is_exact(a[0], &bool_type)) {
        if (as_int(t, a[0], &fd) < 0) return err_clear_if(t, E_OverflowError) ? err_int(err_set(t, E_TypeError, "expected str, bytes or os.PathLike object, not %T", a[0])) : -1;
        if (fd < 0) return err_int(err_set(t, E_ValueError, "negative file descriptor"));
        if (audit_open(t, a[0], mode, flags) < 0) return -1;
        store_release(&f->x_fd, fd);
        f->opened = false;
    } else if (is_exact(a[0], &bool_type)) {
        if (audit_open(t, a[0], mode, flags) < 0) return -1;
        store_release(&f->x_fd, value_is_true(a[0]) ? 1 : 0);
        f->opened = false;
    } else {
        if (audit_open(t, a[0], mode, flags) < 0) return -1;
        if (!closefd) return err_int(err_set(t, E_ValueError, "Cannot use closefd=False with file name"));
        if (open_file(t, self, a[0], flags, opener) < 0) return -1;
    }
    struct stat st;
    fd = load_relaxed(&f->x_fd);
    if (fstat(fd, &st) < 0 && errno == EBADF) {
        store_release(&f->x_fd, -1);
        return err_int(err_errno(t, EBADF, VALUE_NULL));
    }
    if (S_ISDIR(st.st_mode)) {
        if (f->opened) close_fd(t, f);
        else store_release(&f->x_fd, -1);
        return err_int(err_errno(t, EISDIR, a[0]));
    }
    if (set_attr(t, self, N(name), a[0]) < 0) { /* a descriptor that was given stays open */
        if (f->opened) close_fd(t, f);
        else store_release(&f->x_fd, -1);
        return -1;
    }
    if (f->appending) lseek(fd, 0, SEEK_END);
    return 0;
}
static Ref file_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Ref self = instance_new(t, as(Type, cls));
    if (!ref_is_null(self)) {
        FileIO *f = as(FileIO, ref_borrow(self));
        store_relaxed(&f->x_fd, -1);
        store_relaxed(&f->x_seekable, (int8_t)-1);
        f->close_fd = true;
    }
    return self;
}

/* ---- methods ------------------------------------------------------------------------------------------------------------------------- */

static Ref m_read(Thread *t, Value self, const Value *a) {
    int64_t size;
    if (file_fd(t, self) < 0) return REF_NULL;
    if (!as(FileIO, self)->readable) return unsupported(t, "File not open for reading");
    if (io_size(t, a[0], &size) < 0) return REF_NULL;
    if (size < 0) return call_method0(t, self, str_intern_cstr(t, "readall"));
    if (size > READ_MAX) size = READ_MAX;
    Ref bytes = bytes_new_uninit(t, (size_t)size);
    if (ref_is_null(bytes)) return bytes;
    int64_t n = file_io_read(t, self, bytes_data(ref_borrow(bytes)), (size_t)size);
    Ref r = n == -2 ? REF_NONE : n < 0 ? REF_NULL : n == size ? ref_new(t, ref_borrow(bytes)) : bytes_new(t, bytes_data(ref_borrow(bytes)), (size_t)n);
    ref_drop(t, bytes);
    return r;
}

static Ref m_readall(Thread *t, Value self, const Value *a) {
    int fd = file_fd(t, self);
    if (fd < 0) return REF_NULL;
    struct stat st;
    off_t at = lseek(fd, 0, SEEK_CUR);
    size_t room = IO_BUFFER_SIZE, used = 0;
    if (fstat(fd, &st) == 0 && at >= 0 && st.st_size >= at) room = (size_t)(st.st_size - at) + 1; /* one more, to see the end at once */
    uint8_t *p = mem_alloc(room);
    int64_t n = 0;
    if (p == NULL) return err_no_memory(t);
    for (;;) {
        if (used == room) {
            uint8_t *grown = mem_realloc(p, room = room + room / 2 + IO_BUFFER_SIZE);
            if (grown == NULL) {
                mem_free(p);
                return err_no_memory(t);
            }
            p = grown;
        }
        n = file_io_read(t, self, p + used, room - used);
        if (n <= 0) break;
        used += (size_t)n;
    }
    Ref r = n == -1 ? REF_NULL : n == -2 && used == 0 ? REF_NONE : bytes_new(t, p, used);
    mem_free(p);
    return r;
}

static Ref m_readinto(Thread *t, Value self, const Value *a) {
    Buffer view;
    if (file_fd(t, self) < 0 || kit_writable(t, "readinto", a[0], &view) < 0) return REF_NULL;
    int64_t n = file_io_read(t, self, view.data, (size_t)view.len);
    buffer_release(t, &view);
    return count_or_none(t, n);
}
static Ref m_write(Thread *t, Value self, const Value *a) {
    Buffer view;
    if (file_fd(t, self) < 0) return REF_NULL;
    if (!as(FileIO, self)->writable) return unsupported(t, "File not open for writing");
    if (buffer_get(t, a[0], &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    int64_t n = file_io_write(t, self, view.data, (size_t)view.len);
    buffer_release(t, &view);
    return n >= 0 && safepoint(t) < 0 ? REF_NULL : count_or_none(t, n); /* what cut the write short is heard of now */
}

static Ref file_seek(Thread *t, int fd, int64_t offset, int whence) {
    off_t at;
    int err;
    DETACHED(t, at = lseek(fd, offset, whence); err = errno);
    return at < 0 ? err_errno(t, err, VALUE_NULL) : int_from_i64(t, at);
}
static Ref m_seek(Thread *t, Value self, const Value *a) {
    int fd = file_fd(t, self), whence = 0;
    int64_t offset;
    if (fd < 0) return REF_NULL;
    if (is_float(a[0])) return err_set(t, E_TypeError, "an integer is required");
    if (as_i64(t, a[0], &offset) < 0 || (!value_is_null(a[1]) && as_int(t, a[1], &whence) < 0)) return REF_NULL;
    return file_seek(t, fd, offset, whence);
}
static Ref m_tell(Thread *t, Value self, const Value *a) {
    int fd = file_fd(t, self);
    return fd < 0 ? REF_NULL : file_seek(t, fd, 0, SEEK_CUR);
}
static Ref m_truncate(Thread *t, Value self, const Value *a) {
    int fd = file_fd(t, self), r, err;
    int64_t size;
    if (fd < 0) return REF_NULL;
    if (!as(FileIO, self)->writable) return unsupported(t, "File not open for writing");
    if (value_is_null(a[0]) || value_is_none(a[0])) size = lseek(fd, 0, SEEK_CUR);
    else if (as_i64(t, a[0], &size) < 0) return REF_NULL;
    DETACHED(t, r = ftruncate(fd, size); err = errno);
    return r < 0 ? err_errno(t, err, VALUE_NULL) : int_from_i64(t, size);
}
static Ref m_dealloc_warn(Thread *t, Value self, const Value *a) {
    FileIO *f = as(FileIO, self);
    if (load_relaxed(&f->x_fd) < 0 || !f->close_fd) return REF_NONE;
    Ref exc = err_fetch(t);
    if (warn_resource(t, a[0], "unclosed file %R", a[0]) < 0) {
        if (err_is(t, E_Warning)) err_unraisable(t, NULL, self);
        else err_clear(t);
    }
    if (!ref_is_null(exc)) err_steal(t, exc);
    return REF_NONE;
}
static Ref m_close(Thread *t, Value self, const Value *a) {
    Ref r = io_base_close(t, self), exc = ref_is_null(r) ? err_fetch(t) : REF_NULL;
    if (io_finalizing(self)) ref_drop(t, m_dealloc_warn(t, self, &self));
    return io_closing(t, exc, close_fd(t, as(FileIO, self)) < 0 ? REF_NULL : REF_NONE);
}
static Ref m_seekable(Thread *t, Value self, const Value *a) {
    int fd = file_fd(t, self);
    if (fd < 0) return REF_NULL;
    int8_t known = load_relaxed(&as(FileIO, self)->x_seekable);
    if (known < 0) store_relaxed(&as(FileIO, self)->x_seekable, known = lseek(fd, 0, SEEK_CUR) >= 0);
    return ref_bool(known);
}
static Ref m_readable(Thread *t, Value self, const Value *a) { return file_fd(t, self) < 0 ? REF_NULL : ref_bool(as(FileIO, self)->readable); }
static Ref m_writable(Thread *t, Value self, const Value *a) { return file_fd(t, self) < 0 ? REF_NULL : ref_bool(as(FileIO, self)->writable); }
static Ref m_fileno(Thread *t, Value self, const Value *a) {
    int fd = file_fd(t, self);
    return fd < 0 ? REF_NULL : ref_small_int(fd);
}
static Ref m_isatty(Thread *t, Value self, const Value *a) {
    int fd = file_fd(t, self);
    return fd < 0 ? REF_NULL : ref_bool(isatty(fd));
}
static const char *mode_text(FileIO *f) {
    if (f->created) return f->readable ? "xb+" : "xb";
    if (f->appending) return f->readable ? "ab+" : "ab";
    if (f->readable) return f->writable ? "rb+" : "rb";
    return "wb";
}
static Ref get_mode(Thread *t, Value self, void *c) { return str_from_cstr(t, mode_text(as(FileIO, self))); }
static Ref get_closed(Thread *t, Value self, void *c) { return ref_bool(file_io_closed(self)); }
static Ref get_closefd(Thread *t, Value self, void *c) { return ref_bool(as(FileIO, self)->close_fd); }
static Ref get_blksize(Thread *t, Value self, void *c) {
    struct stat st;
    int fd = load_relaxed(&as(FileIO, self)->x_fd);
    return int_from_i64(t, fd >= 0 && fstat(fd, &st) == 0 && st.st_blksize > 1 ? st.st_blksize : IO_BUFFER_SIZE);
}

static Ref file_repr(Thread *t, Value self) {
    FileIO *f = as(FileIO, self);
    int fd = load_relaxed(&f->x_fd);
    if (fd < 0) return str_format(t, "<%s [closed]>", type_of(self)->name);
    Ref name = get_attr_opt(t, self, N(name)), r;
    if (ref_is_null(name)) {
        if (err_pending(t)) return REF_NULL;
        r = str_format(t, "<%s fd=%d mode='%s' closefd=%s>", type_of(self)->name, fd, mode_text(f), f->close_fd ? "True" : "False");
    } else {
        r = str_format(t, "<%s name=%R mode='%s' closefd=%s>", type_of(self)->name, ref_borrow(name), mode_text(f), f->close_fd ? "True" : "False");
    }
    ref_drop(t, name);
    return r;
}

static void file_destroy(Thread *t, Object *o) {
    io_base_clear(t, o);
    FileIO *f = (FileIO *)o;
    int fd = load_relaxed(&f->x_fd);
    if (fd >= 0 && f->close_fd) close(fd);
}

static NativeDef file_methods[] = {
    FN("read", "($self, size=-1, /)", m_read, "Reads at most size bytes in one call."),
    FN("readall", "($self, /)", m_readall, "Reads up to the end."),
    FN("readinto", "($self, buffer, /)", m_readinto, "Reads into a buffer."),
    FN("write", "($self, b, /)", m_write, "Writes in one call; gives how much was written."),
    FN("seek", "($self, pos, whence=0, /)", m_seek, "Changes the position."),
    FN("tell", "($self, /)", m_tell, "The position."),
    FN("truncate", "($self, size=None, /)", m_truncate, "Cuts the file."),
    FN("close", "($self, /)", m_close, "Closes the descriptor."),
    FN("seekable", "($self, /)", m_seekable, "Whether the position can be changed."),
    FN("readable", "($self, /)", m_readable, "Whether it was opened for reading."),
    FN("writable", "($self, /)", m_writable, "Whether it was opened for writing."),
    FN("fileno", "($self, /)", m_fileno, "The descriptor."),
    FN("isatty", "($self, /)", m_isatty, "Whether it is a terminal."),
    FN("_dealloc_warn", "!($self, source, /)", m_dealloc_warn, NULL),
    FN_END,
};
static const GetSetDef file_getset[] = {{"closed", get_closed, NULL, "True if the file is closed"}, {"closefd", get_closefd}, {"mode", get_mode}, {"_blksize", get_blksize}, {NULL}};
Type file_io_type = {
    TYPE_HEADER(FileIO, IO_TYPE_FLAGS, io_base_traverse, io_base_clear, file_destroy), .head.finalize = io_base_finalize,
    .name = "_io.FileIO", .doc = "FileIO(file, mode='r', closefd=True, opener=None)\n--\n\nA file without a buffer.",
    IO_BASE_OFFSETS, .base = &io_raw_type, .methods = file_methods, .getset = file_getset,
    .repr = file_repr, .new_ = file_new, .init = file_init,
};

int io_init_file(Thread *t, Value module) { return module_add_type(t, module, &file_io_type); }
