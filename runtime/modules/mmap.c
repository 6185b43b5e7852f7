/* mmap: memory-mapped files. A map's lock guards its address, length and position; views of it (exports) and calls under way keep it from being closed or moved. */
#include "runtime/modules/kit.h"
#include "runtime/bytes.h"
#include "runtime/int.h"
#include "runtime/modules/posix.h"
#include "runtime/modules/sys.h"
#include <sys/mman.h>

int module_init_mmap(Thread *t, Value module);

enum { ACCESS_DEFAULT, ACCESS_READ, ACCESS_WRITE, ACCESS_COPY };
typedef struct Mmap {
    Object base;
    Slot weakrefs;
    char *data;               /* null: closed */
    int64_t size, pos, offset;
    int64_t exports, held;    /* views and calls under way; how many there have been */
    int fd, access, flags;    /* fd -1: anonymous */
} Mmap;
static Type mmap_type;

/* ---- the lock's side -------------------------------------------------------------------------------------------------------------------------------- */

static int closed(Thread *t) { return err_int(err_set(t, E_ValueError, "mmap closed or invalid")); }
static int writable(Thread *t, Mmap *m) {
    return m->access != ACCESS_READ ? 0 : err_int(err_set(t, E_TypeError, "mmap can't modify a readonly memory map."));
}
/* result = what `body` (an expression on m) gives under the lock, or `failed` if the map is closed */
#define LOCKED(t, m, result, failed, body)             \
    CRITICAL_BEGIN(t, m)                               \
    if ((m)->data == NULL) {                           \
        closed(t);                                     \
        result = failed;                               \
    } else {                                           \
        result = body;                                 \
    }                                                  \
    CRITICAL_END(t)

/* Keeps the map as it is over something that detaches. */
static int hold(Thread *t, Mmap *m) {
    int bad;
    LOCKED(t, m, bad, -1, (m->held++, m->exports++, 0))
    return bad;
}
static void release(Thread *t, Mmap *m) {
    CRITICAL_BEGIN(t, m)
    m->exports--;
    CRITICAL_END(t)
}

/* A view of it has been released, perhaps, while another thread reads through it: until that thread comes to its next safepoint. Waits for that. */
static void wait_for_readers(Thread *t, Mmap *m) {
    if (is_local(t, m)) return;
    world_stop(t);
    world_start(t);
}

/* ---- making, closing -------------------------------------------------------------------------------------------------------------------------------------- */

static int access_get(Thread *t, int *access, int *flags, int *prot) {
    if (*access != ACCESS_DEFAULT && (*flags != MAP_SHARED || *prot != (PROT_WRITE | PROT_READ)))
        return err_int(err_set(t, E_ValueError, "mmap can't specify both access and flags, prot."));
    switch (*access) {
    case ACCESS_READ:
        *flags = MAP_SHARED;
        *prot = PROT_READ;
        return 0;
    case ACCESS_WRITE:
        *flags = MAP_SHARED;
        *prot = PROT_READ | PROT_WRITE;
        return 0;
    case ACCESS_COPY:
        *flags = MAP_PRIVATE;
        *prot = PROT_READ | PROT_WRITE;
        return 0;
    case ACCESS_DEFAULT:
        if (!(*prot & PROT_WRITE)) *access = ACCESS_READ;
        else if (!(*prot & PROT_READ)) *access = ACCESS_WRITE;
        return 0;
    default: return err_int(err_set(t, E_ValueError, "mmap invalid access parameter."));
    }
}
/* How much of a regular file is mapped. */
static int size_get(Thread *t, int fd, int64_t offset, int64_t *size) {
    struct stat st;
    int n;
    RETRY(t, n, fstat(fd, &st));
    if (n < 0 && errno != EBADF) return err_pending(t) ? -1 : 0;
    if (n < 0) return err_int(posix_error(t));
    if (!S_ISREG(st.st_mode)) return 0;
    if (*size == 0) {
        if (st.st_size == 0) return err_int(err_set(t, E_ValueError, "cannot mmap an empty file"));
        if (offset >= st.st_size) return err_int(err_set(t, E_ValueError, "mmap offset is greater than file size"));
        *size = st.st_size - offset;
    } else if (offset > st.st_size || st.st_size - offset < *size) {
        return err_int(err_set(t, E_ValueError, "mmap length is greater than file size"));
    }
    return 0;
}

static Ref mmap_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[6];
    int fd, flags = MAP_SHARED, prot = PROT_WRITE | PROT_READ, access = ACCESS_DEFAULT;
    int64_t size, offset = 0;
    if (bind_args(t, "mmap", "(fileno, length, flags=1, prot=3, access=0, offset=0)", &signature, args, nargs, kwnames, a, 6) < 0 || as_int(t, a[0], &fd) < 0 ||
        size_arg(t, a[1], &size) < 0 || (!value_is_null(a[2]) && as_int(t, a[2], &flags) < 0) || (!value_is_null(a[3]) && as_int(t, a[3], &prot) < 0) ||
        (!value_is_null(a[4]) && as_int(t, a[4], &access) < 0) || (!value_is_null(a[5]) && as_i64(t, a[5], &offset) < 0))
        return REF_NULL;
    if (size < 0) return err_set(t, E_OverflowError, "memory mapped length must be positive");
    if (offset < 0) return err_set(t, E_OverflowError, "memory mapped offset must be positive");
    if (access_get(t, &access, &flags, &prot) < 0) return REF_NULL;
    if (audit(t, "mmap.__new__", (Value[]){small_int(fd), small_int(size), small_int(access), small_int(offset)}, 4) < 0) return REF_NULL;
    if (fd != -1 && size_get(t, fd, offset, &size) < 0) return REF_NULL;
    Ref r = instance_new(t, as(Type, cls));
    if (ref_is_null(r)) return r;
    Mmap *m = as(Mmap, ref_borrow(r));
    m->size = size;
    m->offset = offset;
    m->access = access;
    m->fd = -1;
    if (fd == -1) flags |= MAP_ANONYMOUS;
    else m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    m->flags = flags;
    if (fd == -1 || m->fd >= 0) {
        void *data;
        int err;
        DETACHED(t, data = mmap(NULL, (size_t)size, prot, flags, fd, offset); err = errno);
        if (data != MAP_FAILED) {
            m->data = data;
            return r;
        }
        errno = err;
    }
    posix_error(t);
    ref_drop(t, r);
    return REF_NULL;
}

static void unmap(Thread *t, char *data, int64_t size, int fd) {
    thread_detach(t);
    if (data != NULL) munmap(data, (size_t)size);
    if (fd >= 0) close(fd);
    thread_attach(t);
}
static void mmap_destroy(Thread *t, Object *o) {
    Mmap *m = (Mmap *)o;
    if (m->data != NULL) munmap(m->data, (size_t)m->size);
    if (m->fd >= 0) close(m->fd);
}
static Ref m_close(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    char *data = NULL;
    int fd = -1;
    bool exported;
    int64_t size = 0;
    CRITICAL_BEGIN(t, m)
    exported = m->exports > 0;
    if (!exported) {
        data = m->data;
        size = m->size;
        fd = m->fd;
        m->data = NULL;
        m->fd = -1;
    }
    CRITICAL_END(t)
    if (exported) return err_set(t, E_BufferError, "cannot close exported pointers exist");
    if (data != NULL) wait_for_readers(t, m);
    unmap(t, data, size, fd);
    return REF_NONE;
}

/* ---- reading ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref read_locked(Thread *t, Mmap *m, int64_t n) {
    int64_t left = m->pos < m->size ? m->size - m->pos : 0;
    if (n < 0 || n > left) n = left;
    Ref r = bytes_new(t, m->data + m->pos, (size_t)n);
    if (!ref_is_null(r)) m->pos += n;
    return r;
}
static Ref m_read(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    int64_t n = -1;
    if (!value_is_null(a[0]) && !value_is_none(a[0])) {
        if (type_of(a[0])->index == NULL) return err_set(t, E_TypeError, "argument should be integer or None, not '%T'", a[0]);
        if (size_arg(t, a[0], &n) < 0) return REF_NULL;
    }
    Ref r;
    LOCKED(t, m, r, REF_NULL, read_locked(t, m, n))
    return r;
}
static Ref readline_locked(Thread *t, Mmap *m) {
    int64_t left = m->pos < m->size ? m->size - m->pos : 0;
    char *end = left ? memchr(m->data + m->pos, '\n', (size_t)left) : NULL;
    return read_locked(t, m, end ? end + 1 - (m->data + m->pos) : left);
}
static Ref m_readline(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    Ref r;
    LOCKED(t, m, r, REF_NULL, readline_locked(t, m))
    return r;
}
static Ref m_read_byte(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    Ref r;
    LOCKED(t, m, r, REF_NULL, m->pos >= m->size ? err_set(t, E_ValueError, "read byte out of range") : ref_small_int((uint8_t)m->data[m->pos++]))
    return r;
}
static Ref find_locked(Mmap *m, const Buffer *view, int64_t start, int64_t end, bool start_given, bool end_given, bool reverse) {
    if (!start_given) start = m->pos;
    if (!end_given) end = m->size;
    if (start < 0) start = start + m->size < 0 ? 0 : start + m->size;
    if (end < 0) end = end + m->size < 0 ? 0 : end + m->size;
    if (start > m->size) start = m->size;
    if (end > m->size) end = m->size;
    int64_t n = view->len;
    if (!reverse) {
        const char *found = start <= end ? memmem(m->data + start, (size_t)(end - start), view->data, (size_t)n) : NULL;
        return ref_small_int(found ? found - m->data : -1);
    }
    for (int64_t i = end - n; i >= start; i--)
        if (memcmp(m->data + i, view->data, (size_t)n) == 0) return ref_small_int(i);
    return ref_small_int(-1);
}
static Ref find(Thread *t, Value self, const Value *a, bool reverse) {
    Mmap *m = as(Mmap, self);
    Buffer view;
    int64_t start = 0, end = 0;
    Ref r;
    if ((!value_is_null(a[1]) && size_arg(t, a[1], &start) < 0) || (!value_is_null(a[2]) && size_arg(t, a[2], &end) < 0) || buffer_get_snapshot(t, a[0], &view) < 0)
        return REF_NULL;
    LOCKED(t, m, r, REF_NULL, find_locked(m, &view, start, end, !value_is_null(a[1]), !value_is_null(a[2]), reverse))
    buffer_release(t, &view);
    return r;
}
static Ref m_find(Thread *t, Value self, const Value *a) { return find(t, self, a, false); }
static Ref m_rfind(Thread *t, Value self, const Value *a) { return find(t, self, a, true); }

/* ---- writing -------------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref write_locked(Thread *t, Mmap *m, const void *data, int64_t n, const char *out_of_range) {
    if (writable(t, m) < 0) return REF_NULL;
    if (m->pos > m->size || m->size - m->pos < n) return err_set(t, E_ValueError, "%s", out_of_range);
    memmove(m->data + m->pos, data, (size_t)n);
    m->pos += n;
    return ref_small_int(n);
}
static Ref m_write(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    Buffer view;
    Ref r;
    if (buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    LOCKED(t, m, r, REF_NULL, write_locked(t, m, view.data, view.len, "data out of range"))
    buffer_release(t, &view);
    return r;
}
static Ref m_write_byte(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    int64_t n;
    Ref r;
    if (as_i64(t, a[0], &n) < 0) return REF_NULL;
    if (n < 0 || n > 255) return err_set(t, E_OverflowError, "unsigned byte integer is %s", n < 0 ? "less than minimum" : "greater than maximum");
    uint8_t byte = (uint8_t)n;
    LOCKED(t, m, r, REF_NULL, write_locked(t, m, &byte, 1, "write byte out of range"))
    return ref_is_null(r) ? r : REF_NONE;
}
static Ref move_locked(Thread *t, Mmap *m, int64_t to, int64_t from, int64_t n) {
    if (writable(t, m) < 0) return REF_NULL;
    if (to < 0 || from < 0 || n < 0 || m->size - to < n || m->size - from < n) return err_set(t, E_ValueError, "source, destination, or count out of range");
    memmove(m->data + to, m->data + from, (size_t)n);
    return REF_NONE;
}
static Ref m_move(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    int64_t n[3];
    Ref r;
    for (int i = 0; i < 3; i++)
        if (size_arg(t, a[i], &n[i]) < 0) return REF_NULL;
    LOCKED(t, m, r, REF_NULL, move_locked(t, m, n[0], n[1], n[2]))
    return r;
}
static Ref m_flush(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    int64_t offset = 0, size = 0;
    int n, err;
    if ((!value_is_null(a[0]) && size_arg(t, a[0], &offset) < 0) || (!value_is_null(a[1]) && size_arg(t, a[1], &size) < 0) || hold(t, m) < 0) return REF_NULL;
    if (value_is_null(a[1])) size = m->size;
    Ref r = REF_NONE;
    if (size < 0 || offset < 0 || m->size - offset < size) {
        r = err_set(t, E_ValueError, "flush values out of range");
    } else if (m->access != ACCESS_READ && m->access != ACCESS_COPY) {
        DETACHED(t, n = msync(m->data + offset, (size_t)size, MS_SYNC); err = errno);
        if (n < 0) r = err_errno(t, err, VALUE_NULL);
    }
    release(t, m);
    return r;
}

/* ---- size, position --------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_size(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    struct stat st;
    int n;
    if (hold(t, m) < 0) return REF_NULL;
    RETRY(t, n, fstat(m->fd, &st));
    release(t, m);
    return n < 0 ? posix_error(t) : int_from_i64(t, st.st_size);
}
static Ref m_tell(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    Ref r;
    LOCKED(t, m, r, REF_NULL, ref_small_int(m->pos))
    return r;
}
static Ref seek_locked(Thread *t, Mmap *m, int64_t by, int how) {
    if (how < 0 || how > 2) return err_set(t, E_ValueError, "unknown seek type");
    int64_t from = how == 0 ? 0 : how == 1 ? m->pos : m->size, to;
    if (__builtin_add_overflow(from, by, &to) || to < 0 || to > m->size) return err_set(t, E_ValueError, "seek out of range");
    m->pos = to;
    return REF_NONE;
}
static Ref m_seek(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    int64_t by;
    int how = 0;
    Ref r;
    if (size_arg(t, a[0], &by) < 0 || (!value_is_null(a[1]) && as_int(t, a[1], &how) < 0)) return REF_NULL;
    LOCKED(t, m, r, REF_NULL, seek_locked(t, m, by, how))
    return r;
}
/* mine: exports that are the caller's own */
static Ref resize_check(Thread *t, Mmap *m, int64_t size, int64_t mine) {
    if (m->exports > mine) return err_set(t, E_BufferError, "mmap can't resize with extant buffers exported.");
    if (m->access != ACCESS_WRITE && m->access != ACCESS_DEFAULT) return err_set(t, E_TypeError, "mmap can't resize a readonly or copy-on-write memory map.");
    if (size < 0 || size > INT64_MAX - m->offset) return err_set(t, E_ValueError, "new size out of range");
    if (m->fd < 0 && (m->flags & MAP_SHARED) && size > m->size) return err_set(t, E_ValueError, "mmap: can't expand a shared anonymous memory map");
    return REF_NONE;
}
static Ref resize_locked(Thread *t, Mmap *m, int64_t size, int64_t mine) {
    if (ref_is_null(resize_check(t, m, size, mine))) return REF_NULL;
    if (m->fd >= 0 && ftruncate(m->fd, m->offset + size) < 0) return err_errno(t, errno, VALUE_NULL);
    void *data = mremap(m->data, (size_t)m->size, (size_t)size, MREMAP_MAYMOVE);
    if (data == MAP_FAILED) return err_errno(t, errno, VALUE_NULL);
    m->data = data;
    m->size = size;
    return REF_NONE;
}
static Ref m_resize(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    int64_t size;
    Ref r;
    if (size_arg(t, a[0], &size) < 0) return REF_NULL;
    if (is_local(t, m)) return m->data == NULL ? (closed(t), REF_NULL) : resize_locked(t, m, size, 0);
    for (bool again = true; again;) {
        int64_t held = 0;
        LOCKED(t, m, r, REF_NULL, resize_check(t, m, size, 0))
        if (ref_is_null(r) || hold(t, m) < 0) return REF_NULL;
        CRITICAL_BEGIN(t, m)
        held = m->held;
        CRITICAL_END(t)
        wait_for_readers(t, m);
        CRITICAL_BEGIN(t, m)
        again = m->held != held && m->exports == 1; /* a view came and went meanwhile */
        if (!again) r = resize_locked(t, m, size, 1);
        m->exports--;
        CRITICAL_END(t)
    }
    return r;
}
static Ref m_madvise(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    int option, n, err;
    int64_t start = 0, length = 0;
    if (as_int(t, a[0], &option) < 0 || (!value_is_null(a[1]) && size_arg(t, a[1], &start) < 0) || (!value_is_null(a[2]) && size_arg(t, a[2], &length) < 0) || hold(t, m) < 0)
        return REF_NULL;
    Ref r = REF_NONE;
    if (value_is_null(a[2])) length = m->size;
    if (start < 0 || start >= m->size) r = err_set(t, E_ValueError, "madvise start out of bounds");
    else if (length < 0) r = err_set(t, E_ValueError, "madvise length invalid");
    else if (INT64_MAX - start < length) r = err_set(t, E_OverflowError, "madvise length too large");
    else {
        if (start + length > m->size) length = m->size - start;
        DETACHED(t, n = madvise(m->data + start, (size_t)length, option); err = errno);
        if (n < 0) r = err_errno(t, err, VALUE_NULL);
    }
    release(t, m);
    return r;
}
static Ref get_closed(Thread *t, Value self, void *c) {
    Mmap *m = as(Mmap, self);
    bool is;
    CRITICAL_BEGIN(t, m)
    is = m->data == NULL;
    CRITICAL_END(t)
    return ref_bool(is);
}
static Ref mmap_repr(Thread *t, Value self) {
    static const char *const names[] = {"ACCESS_DEFAULT", "ACCESS_READ", "ACCESS_WRITE", "ACCESS_COPY"};
    Mmap *m = as(Mmap, self);
    bool open;
    int64_t size, pos;
    CRITICAL_BEGIN(t, m)
    open = m->data != NULL;
    size = m->size;
    pos = m->pos;
    CRITICAL_END(t)
    if (!open) return str_format(t, "<%T closed=True>", self);
    return str_format(t, "<%T closed=False, access=%s, length=%lld, pos=%lld, offset=%lld>", self, names[m->access], (long long)size, (long long)pos, (long long)m->offset);
}
static Ref m_enter(Thread *t, Value self, const Value *a) {
    Mmap *m = as(Mmap, self);
    int bad;
    LOCKED(t, m, bad, -1, 0)
    return bad < 0 ? REF_NULL : ref_new(t, self);
}
static Ref m_exit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return m_close(t, self, NULL); }

/* ---- subscripts ------------------------------------------------------------------------------------------------------------------------------------------------------------ */

static int64_t mmap_len(Thread *t, Value self) {
    Mmap *m = as(Mmap, self);
    int64_t n;
    LOCKED(t, m, n, -1, m->size)
    return n;
}
static bool normal_index(Mmap *m, int64_t *i) {
    if (*i < 0) *i += m->size;
    return *i >= 0 && *i < m->size;
}
static Ref item_locked(Thread *t, Mmap *m, int64_t i) {
    return normal_index(m, &i) ? ref_small_int((uint8_t)m->data[i]) : err_set(t, E_IndexError, "mmap index out of range");
}
static Ref slice_locked(Thread *t, Mmap *m, int64_t start, int64_t stop, int64_t step) {
    int64_t n = slice_adjust(m->size, &start, &stop, step);
    if (step == 1) return bytes_new(t, m->data + start, (size_t)(n < 0 ? 0 : n));
    Ref r = bytes_new_uninit(t, (size_t)n);
    for (int64_t i = 0; !ref_is_null(r) && i < n; i++) bytes_data(ref_borrow(r))[i] = (uint8_t)m->data[start + i * step];
    return r;
}
static Ref mmap_getitem(Thread *t, Value self, Value key) {
    Mmap *m = as(Mmap, self);
    int64_t i, stop, step;
    Ref r;
    if (has_index(key)) {
        if (subscript_index(t, key, &i) < 0) return REF_NULL;
        LOCKED(t, m, r, REF_NULL, item_locked(t, m, i))
        return r;
    }
    if (!is_exact(key, &slice_type)) return err_set(t, E_TypeError, "mmap indices must be integers");
    if (slice_unpack(t, key, &i, &stop, &step) < 0) return REF_NULL;
    LOCKED(t, m, r, REF_NULL, slice_locked(t, m, i, stop, step))
    return r;
}
static int set_item_locked(Thread *t, Mmap *m, int64_t i, Value v) {
    int64_t n;
    if (writable(t, m) < 0) return -1;
    if (!normal_index(m, &i)) return err_int(err_set(t, E_IndexError, "mmap index out of range"));
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "mmap doesn't support item deletion"));
    if (!is_int(v)) return err_int(err_set(t, E_TypeError, "mmap item value must be an int"));
    if (int_try_i64(v, &n) < 0 || n < 0 || n > 255) return err_int(err_set(t, E_ValueError, "mmap item value must be in range(0, 256)"));
    m->data[i] = (char)n;
    return 0;
}
static int set_slice_locked(Thread *t, Mmap *m, int64_t start, int64_t stop, int64_t step, const Buffer *view) {
    if (writable(t, m) < 0) return -1;
    int64_t n = slice_adjust(m->size, &start, &stop, step);
    if (view->len != n) return err_int(err_set(t, E_IndexError, "mmap slice assignment is wrong size"));
    if (step == 1) memmove(m->data + start, view->data, (size_t)n);
    else
        for (int64_t i = 0; i < n; i++) m->data[start + i * step] = ((const char *)view->data)[i];
    return 0;
}
static int mmap_setitem(Thread *t, Value self, Value key, Value v) {
    Mmap *m = as(Mmap, self);
    int64_t i, stop, step;
    int bad;
    if (has_index(key)) {
        if (subscript_index(t, key, &i) < 0) return -1;
        LOCKED(t, m, bad, -1, set_item_locked(t, m, i, v))
        return bad;
    }
    if (!is_exact(key, &slice_type)) return err_int(err_set(t, E_TypeError, "mmap indices must be integer"));
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "mmap object doesn't support slice deletion"));
    Buffer view;
    if (slice_unpack(t, key, &i, &stop, &step) < 0 || buffer_get_snapshot(t, v, &view) < 0) return -1;
    LOCKED(t, m, bad, -1, set_slice_locked(t, m, i, stop, step, &view))
    buffer_release(t, &view);
    return bad;
}
static int mmap_get_buffer(Thread *t, Value self, Buffer *view, int flags) {
    Mmap *m = as(Mmap, self);
    if (hold(t, m) < 0) return -1;
    if (buffer_fill(t, view, self, m->data, m->size, m->access == ACCESS_READ, flags) == 0) return 0;
    release(t, m);
    return -1;
}
static void mmap_release_buffer(Thread *t, Value self, Buffer *view) { release(t, as(Mmap, self)); }

/* Iteration gives bytes of length 1, where subscripts give ints. */
typedef struct MmapIter { Object base; Slot source; _Atomic int64_t x_index; } MmapIter;
KIT_SLOTS(1)
static Type mmap_iter_type;
static Ref mmap_iter(Thread *t, Value self) {
    MmapIter *it = object_new(MmapIter, t, &mmap_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->source, ref_new(t, self));
    return ref_steal(it);
}
static Ref mmap_iter_next(Thread *t, Value self) {
    Mmap *m = as(Mmap, slot_get(&as(MmapIter, self)->source));
    int64_t i = add_acq_rel(&as(MmapIter, self)->x_index, 1);
    Ref r;
    LOCKED(t, m, r, REF_NULL, i < m->size ? bytes_new(t, m->data + i, 1) : REF_NULL)
    return r;
}
static Type mmap_iter_type = {
    TYPE_HEADER(MmapIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_1, NULL, kit_drop_1), .name = "iterator", .iter = iter_self, .next = mmap_iter_next,
};

/* ---- the module ---------------------------------------------------------------------------------------------------------------------------------------------------------------- */

static NativeDef methods[] = {
    FN("close", "!($self, /)", m_close, NULL), FN("find", "!($self, sub, start=0, end=0, /)", m_find, NULL), FN("rfind", "!($self, sub, start=0, end=0, /)", m_rfind, NULL),
    FN("flush", "!($self, offset=0, size=0, /)", m_flush, NULL), FN("madvise", "!($self, option, start=0, length=0, /)", m_madvise, NULL),
    FN("move", "!($self, dest, src, count, /)", m_move, NULL), FN("read", "!($self, n=None, /)", m_read, NULL), FN("read_byte", "!($self, /)", m_read_byte, NULL),
    FN("readline", "!($self, /)", m_readline, NULL), FN("resize", "!($self, newsize, /)", m_resize, NULL), FN("seek", "!($self, pos, whence=0, /)", m_seek, NULL),
    FN("size", "!($self, /)", m_size, NULL), FN("tell", "!($self, /)", m_tell, NULL), FN("write", "!($self, bytes, /)", m_write, NULL),
    FN("write_byte", "!($self, byte, /)", m_write_byte, NULL), FN("__enter__", "!($self, /)", m_enter, NULL), FN_RAW("__exit__", NULL, m_exit, NULL), FN_END,
};
static const GetSetDef getset[] = {{"closed", get_closed, NULL, NULL, NULL}, {NULL}};
static Type mmap_type = {
    TYPE_HEADER(Mmap, TYPE_BASETYPE | TYPE_WEAKREFABLE, NULL, NULL, mmap_destroy), .name = "mmap.mmap",
    .doc = "mmap(fileno, length[, flags[, prot[, access[, offset]]]])\n\nMaps length bytes of the file with descriptor fileno (-1: memory without a file), from offset on.\n"
           "length 0: the whole file.",
    .weakrefs_offset = offsetof(Mmap, weakrefs), .methods = methods, .getset = getset, .new_ = mmap_new, .repr = mmap_repr, .iter = mmap_iter, .len = mmap_len,
    .getitem = mmap_getitem, .setitem = mmap_setitem, .get_buffer = mmap_get_buffer, .release_buffer = mmap_release_buffer,
};
static const KitConstant constants[] = {
#define C(x) {#x, x}
    {"ACCESS_COPY", 3}, {"ACCESS_DEFAULT", 0}, {"ACCESS_READ", 1}, {"ACCESS_WRITE", 2}, C(MADV_DODUMP), C(MADV_DOFORK),
    C(MADV_DONTDUMP), C(MADV_DONTFORK), C(MADV_DONTNEED), C(MADV_FREE), C(MADV_HUGEPAGE), C(MADV_HWPOISON), C(MADV_MERGEABLE), C(MADV_NOHUGEPAGE),
    C(MADV_NORMAL), C(MADV_RANDOM), C(MADV_REMOVE), C(MADV_SEQUENTIAL), C(MADV_UNMERGEABLE), C(MADV_WILLNEED), C(MAP_ANON), C(MAP_ANONYMOUS),
    C(MAP_DENYWRITE), C(MAP_EXECUTABLE), C(MAP_POPULATE), C(MAP_PRIVATE), C(MAP_SHARED), C(MAP_STACK), C(PROT_EXEC), C(PROT_READ),
    C(PROT_WRITE),
    {NULL, 0},
#undef C
};
int module_init_mmap(Thread *t, Value module) {
    Type *const types[] = {&mmap_type, NULL};
    if (kit_module(t, module, types, NULL, NULL) < 0 || type_ready(t, &mmap_iter_type) < 0 || kit_constants(t, module, constants) < 0 || module_set(t, module, "error", type_value(ETYPE(OSError))) < 0) return -1;
    int64_t page = sysconf(_SC_PAGESIZE);
    return module_add_int(t, module, "PAGESIZE", page) < 0 ? -1 : module_add_int(t, module, "ALLOCATIONGRANULARITY", page);
}
