/* _socket: the socket type: its life, time-outs, options, sending and receiving. Addresses, messages with ancillary data, names and constants stand in
 * files of their own. */
#include "runtime/modules/_socket.h"
#include "runtime/float.h"
#include "runtime/modules/_warnings.h"
#include "runtime/names.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>

int module_init__socket(Thread *t, Value module);
static Slot gaierror_class, herror_class; /* set once, under the import lock */
static _Atomic int64_t x_default_timeout = -1;

/* ---- errors --------------------------------------------------------------------------------------------------------------------------------- */

Ref socket_error(Thread *t) { return err_pending(t) ? REF_NULL : err_errno(t, errno, VALUE_NULL); }

static Ref coded_error(Thread *t, Slot *class, int code, const char *message) {
    Ref text = str_from_cstr(t, message), e = ref_is_null(text) ? REF_NULL : call2(t, slot_get(class), small_int(code), ref_borrow(text));
    ref_drop(t, text);
    if (!ref_is_null(e)) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    return REF_NULL;
}
Ref socket_resolver_error(Thread *t, int code) {
    if (err_pending(t)) return REF_NULL;
    return code == EAI_SYSTEM ? socket_error(t) : coded_error(t, &gaierror_class, code, gai_strerror(code));
}
Ref socket_host_error(Thread *t, int code) { return coded_error(t, &herror_class, code, hstrerror(code)); }

int writable_buffer(Thread *t, Value v, Buffer *view, const char *what) {
    if (buffer_get(t, v, view, BUFFER_WRITABLE) == 0) return 0;
    if (err_clear_if(t, E_TypeError) || err_clear_if(t, E_BufferError)) err_set(t, E_TypeError, "%s must be read-write bytes-like object, not %T", what, v);
    return -1;
}

/* ---- waiting and calling ------------------------------------------------------------------------------------------------------------------------ */

/* 1: time is up, 0: ready, -1: errno. timeout in ns, < 0: for ever */
static int wait_ready(Thread *t, Socket *s, bool writing, bool connecting, int64_t timeout) {
    struct pollfd p = {.fd = load_relaxed(&s->x_fd), .events = (short)((writing ? POLLOUT : POLLIN) | (connecting ? POLLERR : 0))};
    if (p.fd < 0) return 0; /* closed meanwhile: the call will say so */
    int64_t ms = timeout < 0 ? -1 : timeout / 1000000 + (timeout % 1000000 != 0);
    int n, err;
    DETACHED(t, n = poll(&p, 1, ms > INT_MAX ? INT_MAX : (int)ms); err = errno);
    errno = err;
    return n < 0 ? -1 : n == 0;
}

/* Ends a call that failed for the reason in errno. */
static int call_failed(Thread *t, int *err) {
    if (err != NULL) *err = errno;
    else socket_error(t);
    return -1;
}

int socket_call(Thread *t, Socket *s, bool writing, SocketOp op, void *arg, bool connecting, int *err, int64_t timeout) {
    int64_t deadline = timeout > 0 ? now_ns() + timeout : 0;
    bool first = true;
    for (;;) {
        if (timeout > 0 || connecting) {
            int64_t left = timeout > 0 ? first ? timeout : deadline - now_ns() : -1;
            first = false;
            int r = timeout > 0 && left < 0 ? 1 : wait_ready(t, s, writing, connecting, left);
            if (r < 0 && errno == EINTR) {
                if (after_interrupt(t) == 0) continue;
                if (err != NULL) *err = -1;
                return -1;
            }
            if (r < 0) return call_failed(t, err);
            if (r > 0) {
                if (err != NULL) *err = EWOULDBLOCK;
                else err_type(t, ETYPE(TimeoutError), "timed out");
                return -1;
            }
        }
        ssize_t n;
        int e;
        do {
            int fd = load_relaxed(&s->x_fd);
            DETACHED(t, n = op(fd, arg); e = errno);
            if (n >= 0) {
                if (err != NULL) *err = 0;
                return 0;
            }
            if (e == EINTR && after_interrupt(t) < 0) {
                if (err != NULL) *err = -1;
                return -1;
            }
        } while (e == EINTR);
        errno = e;
        if (timeout > 0 && (e == EWOULDBLOCK || e == EAGAIN)) continue; /* somebody else was faster */
        return call_failed(t, err);
    }
}

static int call_now(Thread *t, Value self, bool writing, SocketOp op, void *arg) {
    Socket *s = as(Socket, self);
    return socket_call(t, s, writing, op, arg, false, NULL, load_relaxed(&s->x_timeout));
}

/* ---- birth and death ---------------------------------------------------------------------------------------------------------------------------------- */

static int set_blocking(Thread *t, int fd, bool block) {
    int on = !block, n, err;
    DETACHED(t, n = ioctl(fd, FIONBIO, &on); err = errno);
    errno = err;
    return n < 0 ? err_int(socket_error(t)) : 0;
}

static int socket_fill(Thread *t, Value self, int fd, int family, int type, int proto) {
    Socket *s = as(Socket, self);
    int64_t timeout = type & SOCK_NONBLOCK ? 0 : load_relaxed(&x_default_timeout);
    store_relaxed(&s->x_family, family);
    store_relaxed(&s->x_type, type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC));
    store_relaxed(&s->x_proto, proto);
    store_relaxed(&s->x_timeout, timeout);
    store_release(&s->x_fd, fd);
    return !(type & SOCK_NONBLOCK) && timeout >= 0 ? set_blocking(t, fd, false) : 0;
}

static Ref socket_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Ref r = instance_new(t, as(Type, cls));
    if (!ref_is_null(r)) {
        store_relaxed(&as(Socket, ref_borrow(r))->x_fd, -1);
        store_relaxed(&as(Socket, ref_borrow(r))->x_timeout, load_relaxed(&x_default_timeout));
    }
    return r;
}

/* What kind of socket descriptor fd is, where the caller didn't say (-1). */
static int detect(Thread *t, int fd, int *family, int *type, int *proto) {
    Address a;
    socklen_t n = sizeof a;
    memset(&a, 0, sizeof a);
    if (getsockname(fd, &a.any, &n) < 0) {
        if (*family == -1 || errno == EBADF || errno == ENOTSOCK) return err_int(socket_error(t));
    } else if (*family == -1) {
        *family = a.any.sa_family;
    }
    n = sizeof *type;
    if (*type == -1 && getsockopt(fd, SOL_SOCKET, SO_TYPE, type, &n) < 0) return err_int(socket_error(t));
    n = sizeof *proto;
    if (*proto == -1 && getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, proto, &n) < 0) return err_int(socket_error(t));
    return 0;
}

static int fd_get(Thread *t, Value v, int *fd) {
    if (as_int(t, v, fd) < 0) return -1;
    return *fd >= 0 ? 0 : err_int(err_set(t, E_ValueError, "negative file descriptor"));
}

static int socket_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[4];
    int part[3] = {-1, -1, -1}, fd, err;
    if (bind_args(t, "socket", "($self, family=-1, type=-1, proto=-1, fileno=None)", &signature, args, nargs, kwnames, a, 4) < 0) return -1;
    for (int i = 0; i < 3; i++)
        if (!value_is_null(a[i]) && as_int(t, a[i], &part[i]) < 0) return -1;
    bool given = !value_is_null(a[3]) && !value_is_none(a[3]);
    Value event[] = {self, small_int(part[0]), small_int(part[1]), small_int(part[2])};
    if (audit(t, "socket.__new__", event, 4) < 0) return -1;
    if (given) {
        if (fd_get(t, a[3], &fd) < 0 || detect(t, fd, &part[0], &part[1], &part[2]) < 0) return -1;
        return socket_fill(t, self, fd, part[0], part[1], part[2]);
    }
    if (part[0] == -1) part[0] = AF_INET;
    if (part[1] == -1) part[1] = SOCK_STREAM;
    if (part[2] == -1) part[2] = 0;
    DETACHED(t, fd = socket(part[0], part[1] | SOCK_CLOEXEC, part[2]); err = errno);
    errno = err;
    if (fd < 0) return err_int(socket_error(t));
    if (socket_fill(t, self, fd, part[0], part[1], part[2]) == 0) return 0;
    store_relaxed(&as(Socket, self)->x_fd, -1);
    close(fd);
    return -1;
}

static Ref socket_repr(Thread *t, Value self) {
    Socket *s = as(Socket, self);
    return str_format(t, "<socket object, fd=%d, family=%d, type=%d, proto=%d>", load_relaxed(&s->x_fd), load_relaxed(&s->x_family), load_relaxed(&s->x_type),
                      load_relaxed(&s->x_proto));
}

static void socket_finalize(Thread *t, Object *o) {
    Socket *s = (Socket *)o;
    if (load_relaxed(&s->x_fd) < 0) return;
    Ref exc = err_fetch(t);
    if (warn_resource(t, object_value(o), "unclosed %R", object_value(o)) < 0) {
        if (err_is(t, E_Warning)) err_unraisable(t, NULL, object_value(o));
        else err_clear(t);
    }
    int fd = swap_acq_rel(&s->x_fd, -1);
    if (fd >= 0) DETACHED(t, close(fd));
    if (!ref_is_null(exc)) err_steal(t, exc);
}

/* ---- small methods -------------------------------------------------------------------------------------------------------------------------------------------- */

static ssize_t op_accept(int fd, void *arg) {
    struct { Address address; socklen_t length; int fd; } *c = arg;
    c->length = sizeof c->address;
    return c->fd = accept4(fd, &c->address.any, &c->length, SOCK_CLOEXEC);
}
static Ref m_accept(Thread *t, Value self, const Value *a) {
    struct { Address address; socklen_t length; int fd; } c;
    memset(&c, 0, sizeof c);
    if (call_now(t, self, false, op_accept, &c) < 0) return REF_NULL;
    Ref address = address_value(t, c.fd, &c.address, c.length, load_relaxed(&as(Socket, self)->x_proto));
    Ref r = ref_is_null(address) ? REF_NULL : tuple_from_steal(t, (Ref[]){ref_small_int(c.fd), address}, 2);
    if (ref_is_null(r)) close(c.fd);
    return r;
}

static Ref m_bind(Thread *t, Value self, const Value *a) {
    Address address;
    socklen_t length;
    int n, err, fd = load_relaxed(&as(Socket, self)->x_fd);
    if (address_get(t, self, a[0], &address, &length, "bind") < 0 || audit(t, "socket.bind", (Value[]){self, a[0]}, 2) < 0) return REF_NULL;
    DETACHED(t, n = bind(fd, &address.any, length); err = errno);
    errno = err;
    return n < 0 ? socket_error(t) : REF_NONE;
}

static Ref m_close(Thread *t, Value self, const Value *a) {
    int fd = swap_acq_rel(&as(Socket, self)->x_fd, -1), n, err;
    if (fd < 0) return REF_NONE;
    DETACHED(t, n = close(fd); err = errno);
    errno = err;
    return n < 0 && err != ECONNRESET ? socket_error(t) : REF_NONE; /* the peer's reset is no failure to close */
}
static Ref m_detach(Thread *t, Value self, const Value *a) { return ref_small_int(swap_acq_rel(&as(Socket, self)->x_fd, -1)); }
static Ref m_fileno(Thread *t, Value self, const Value *a) { return ref_small_int(load_relaxed(&as(Socket, self)->x_fd)); }

static ssize_t op_connected(int fd, void *arg) { /* how an asynchronous connect went */
    int err;
    socklen_t n = sizeof err;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n) < 0) return -1;
    if (err == 0 || err == EISCONN) return 0;
    errno = err;
    return -1;
}
/* 0 or errno; -1 with an exception. raise: errors are exceptions */
static int do_connect(Thread *t, Value self, const Address *address, socklen_t length, bool raise) {
    Socket *s = as(Socket, self);
    int fd = load_relaxed(&s->x_fd), n, err;
    int64_t timeout = load_relaxed(&s->x_timeout);
    DETACHED(t, n = connect(fd, &address->any, length); err = errno);
    if (n == 0) return 0;
    bool wait = timeout > 0 && err == EINPROGRESS;
    if (err == EINTR) {
        if (after_interrupt(t) < 0) return -1;
        wait = timeout != 0;
    }
    errno = err;
    if (!wait) return raise ? err_int(socket_error(t)) : err;
    if (raise) return socket_call(t, s, true, op_connected, NULL, true, NULL, timeout);
    socket_call(t, s, true, op_connected, NULL, true, &err, timeout);
    return err;
}
static Ref connect_to(Thread *t, Value self, Value v, bool raise) {
    Address address;
    socklen_t length;
    if (address_get(t, self, v, &address, &length, raise ? "connect" : "connect_ex") < 0 || audit(t, "socket.connect", (Value[]){self, v}, 2) < 0) return REF_NULL;
    int r = do_connect(t, self, &address, length, raise);
    return r < 0 ? REF_NULL : raise ? REF_NONE : ref_small_int(r);
}
static Ref m_connect(Thread *t, Value self, const Value *a) { return connect_to(t, self, a[0], true); }
static Ref m_connect_ex(Thread *t, Value self, const Value *a) { return connect_to(t, self, a[0], false); }

static Ref address_of(Thread *t, Value self, int (*get)(int, struct sockaddr *restrict, socklen_t *restrict)) {
    Address address;
    socklen_t length = sizeof address;
    int n, err, fd = load_relaxed(&as(Socket, self)->x_fd);
    memset(&address, 0, sizeof address);
    DETACHED(t, n = get(fd, &address.any, &length); err = errno);
    errno = err;
    return n < 0 ? socket_error(t) : address_value(t, fd, &address, length, load_relaxed(&as(Socket, self)->x_proto));
}
static Ref m_getpeername(Thread *t, Value self, const Value *a) { return address_of(t, self, getpeername); }
static Ref m_getsockname(Thread *t, Value self, const Value *a) { return address_of(t, self, getsockname); }

static Ref m_listen(Thread *t, Value self, const Value *a) {
    int backlog = SOMAXCONN < 128 ? SOMAXCONN : 128, n, err, fd = load_relaxed(&as(Socket, self)->x_fd);
    if (!value_is_null(a[0]) && as_int(t, a[0], &backlog) < 0) return REF_NULL;
    DETACHED(t, n = listen(fd, backlog < 0 ? 0 : backlog); err = errno);
    errno = err;
    return n < 0 ? socket_error(t) : REF_NONE;
}
static Ref m_shutdown(Thread *t, Value self, const Value *a) {
    int how, n, err, fd = load_relaxed(&as(Socket, self)->x_fd);
    if (as_int(t, a[0], &how) < 0) return REF_NULL;
    DETACHED(t, n = shutdown(fd, how); err = errno);
    errno = err;
    return n < 0 ? socket_error(t) : REF_NONE;
}

/* ---- time-outs ------------------------------------------------------------------------------------------------------------------------------------------------- */

static int timeout_get(Thread *t, Value v, int64_t *out) {
    *out = -1;
    if (value_is_none(v)) return 0;
    if (seconds_to_ns(t, v, out) < 0) return -1;
    return *out >= 0 ? 0 : err_int(err_set(t, E_ValueError, "Timeout value out of range"));
}
static Ref timeout_value(Thread *t, int64_t timeout) { return timeout < 0 ? REF_NONE : float_new(t, (double)timeout / 1e9); }
static Ref timeout_set(Thread *t, Value self, int64_t timeout) {
    Socket *s = as(Socket, self);
    store_relaxed(&s->x_timeout, timeout);
    return set_blocking(t, load_relaxed(&s->x_fd), timeout < 0) < 0 ? REF_NULL : REF_NONE;
}
static Ref m_setblocking(Thread *t, Value self, const Value *a) {
    int block = is_true(t, a[0]);
    return block < 0 ? REF_NULL : timeout_set(t, self, block ? -1 : 0);
}
static Ref m_getblocking(Thread *t, Value self, const Value *a) { return ref_bool(load_relaxed(&as(Socket, self)->x_timeout) != 0); }
static Ref m_settimeout(Thread *t, Value self, const Value *a) {
    int64_t timeout;
    return timeout_get(t, a[0], &timeout) < 0 ? REF_NULL : timeout_set(t, self, timeout);
}
static Ref m_gettimeout(Thread *t, Value self, const Value *a) { return timeout_value(t, load_relaxed(&as(Socket, self)->x_timeout)); }
static Ref get_timeout(Thread *t, Value self, void *c) { return timeout_value(t, load_relaxed(&as(Socket, self)->x_timeout)); }
static Ref m_getdefaulttimeout(Thread *t, Value self, const Value *a) { return timeout_value(t, load_relaxed(&x_default_timeout)); }
static Ref m_setdefaulttimeout(Thread *t, Value self, const Value *a) {
    int64_t timeout;
    if (timeout_get(t, a[0], &timeout) < 0) return REF_NULL;
    store_relaxed(&x_default_timeout, timeout);
    return REF_NONE;
}

/* ---- options ------------------------------------------------------------------------------------------------------------------------------------------------------ */

static Ref m_setsockopt(Thread *t, Value self, const Value *a) {
    int level, option, number, n, fd = load_relaxed(&as(Socket, self)->x_fd);
    if (as_int(t, a[0], &level) < 0 || as_int(t, a[1], &option) < 0) return REF_NULL;
    if (value_is_null(a[3]) && load_relaxed(&as(Socket, self)->x_family) == AF_VSOCK && is_int(a[2])) { /* sizes there are 64 bits wide */
        uint64_t wide;
        int_as_u64_mask(a[2], &wide);
        return setsockopt(fd, level, option, &wide, sizeof wide) < 0 ? socket_error(t) : REF_NONE;
    }
    if (!value_is_null(a[3])) {
        uint64_t length = 0;
        if (!value_is_none(a[2])) return err_set(t, E_TypeError, "setsockopt() argument 3 must be None, not %G", a[2]);
        Ref i = number_index(t, a[3]);
        if (ref_is_null(i)) return i;
        int_as_u64_mask(ref_borrow(i), &length);
        ref_drop(t, i);
        n = setsockopt(fd, level, option, NULL, (socklen_t)length);
    } else if (type_of(a[2])->index != NULL) {
        if (as_int(t, a[2], &number) < 0) return REF_NULL;
        n = setsockopt(fd, level, option, &number, sizeof number);
    } else {
        Buffer view;
        if (buffer_get(t, a[2], &view, BUFFER_SIMPLE) < 0) return REF_NULL;
        if (view.len > INT_MAX) {
            buffer_release(t, &view);
            return err_set(t, E_OverflowError, "socket option is larger than %d bytes", INT_MAX);
        }
        n = setsockopt(fd, level, option, view.data, (socklen_t)view.len);
        int err = errno;
        buffer_release(t, &view);
        errno = err;
    }
    return n < 0 ? socket_error(t) : REF_NONE;
}
static Ref m_getsockopt(Thread *t, Value self, const Value *a) {
    int level, option, length = 0, number = 0, fd = load_relaxed(&as(Socket, self)->x_fd);
    if (as_int(t, a[0], &level) < 0 || as_int(t, a[1], &option) < 0 || (!value_is_null(a[2]) && as_int(t, a[2], &length) < 0)) return REF_NULL;
    if (length == 0) {
        uint64_t wide = 0;
        bool vsock = load_relaxed(&as(Socket, self)->x_family) == AF_VSOCK;
        socklen_t n = vsock ? sizeof wide : sizeof number;
        if (getsockopt(fd, level, option, vsock ? (void *)&wide : &number, &n) < 0) return socket_error(t);
        return vsock ? int_from_u64(t, wide) : ref_small_int(number);
    }
    if (length < 0 || length > 1024) return err_set(t, E_OSError, "getsockopt buflen out of range");
    char data[1024];
    socklen_t n = (socklen_t)length;
    return getsockopt(fd, level, option, data, &n) < 0 ? socket_error(t) : bytes_new(t, data, n);
}

/* ---- receiving ------------------------------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Transfer {
    void *data;
    size_t size;
    int flags;
    ssize_t done;
    Address *address; /* null: recv(), send() */
    socklen_t length;
} Transfer;
static ssize_t op_recv(int fd, void *arg) {
    Transfer *x = arg;
    if (x->address == NULL) return x->done = recv(fd, x->data, x->size, x->flags);
    x->length = sizeof *x->address;
    memset(x->address, 0, sizeof *x->address);
    return x->done = recvfrom(fd, x->data, x->size, x->flags, &x->address->any, &x->length);
}
static ssize_t op_send(int fd, void *arg) {
    Transfer *x = arg;
    return x->done = x->address ? sendto(fd, x->data, x->size, x->flags, &x->address->any, x->length) : send(fd, x->data, x->size, x->flags);
}

/* bytes of at most `size`; address: null or where to put the sender's */
static Ref receive(Thread *t, Value self, Value size_arg, Value flags_arg, const char *function, Transfer *x) {
    int64_t size;
    if (index_as_i64(t, size_arg, &size) < 0 || (!value_is_null(flags_arg) && as_int(t, flags_arg, &x->flags) < 0)) return REF_NULL;
    if (size < 0) return err_set(t, E_ValueError, "negative buffersize in %s", function);
    Ref r = bytes_new_uninit(t, (size_t)size);
    if (ref_is_null(r)) return r;
    x->data = bytes_data(ref_borrow(r));
    x->size = (size_t)size;
    int bad = size == 0 && x->address == NULL ? (x->done = 0) : call_now(t, self, false, op_recv, x);
    if (bad == 0 && x->done == size) return r;
    Ref part = bad < 0 ? REF_NULL : bytes_new(t, x->data, (size_t)x->done);
    ref_drop(t, r);
    return part;
}
static Ref m_recv(Thread *t, Value self, const Value *a) { return receive(t, self, a[0], a[1], "recv", &(Transfer){0}); }
static Ref with_address(Thread *t, Value self, Ref first, const Transfer *x) {
    if (ref_is_null(first)) return first;
    Ref address = address_value(t, load_relaxed(&as(Socket, self)->x_fd), x->address, x->length, load_relaxed(&as(Socket, self)->x_proto));
    return tuple_from_steal(t, (Ref[]){first, address}, 2);
}
static Ref m_recvfrom(Thread *t, Value self, const Value *a) {
    Address address;
    Transfer x = {.address = &address};
    Ref r = receive(t, self, a[0], a[1], "recvfrom", &x);
    return with_address(t, self, r, &x);
}

static int receive_into(Thread *t, Value self, const Value *a, const char *function, Transfer *x) {
    int64_t size = 0;
    Buffer view;
    if (!value_is_null(a[1]) && index_as_i64(t, a[1], &size) < 0) return -1;
    if (!value_is_null(a[2]) && as_int(t, a[2], &x->flags) < 0) return -1;
    if (writable_buffer(t, a[0], &view, x->address ? "recvfrom_into() argument 1" : "recv_into() argument 1") < 0) return -1;
    int bad = 0;
    if (size < 0) bad = err_int(err_set(t, E_ValueError, "negative buffersize in %s", function));
    else if (size > view.len && x->address) bad = err_int(err_set(t, E_ValueError, "nbytes is greater than the length of the buffer"));
    else if (size > view.len) bad = err_int(err_set(t, E_ValueError, "buffer too small for requested bytes"));
    x->data = view.data;
    x->size = (size_t)(size ? size : view.len);
    if (bad == 0 && (x->size > 0 || x->address)) bad = call_now(t, self, false, op_recv, x);
    buffer_release(t, &view);
    return bad;
}
static Ref m_recv_into(Thread *t, Value self, const Value *a) {
    Transfer x = {0};
    return receive_into(t, self, a, "recv_into", &x) < 0 ? REF_NULL : int_from_i64(t, x.done);
}
static Ref m_recvfrom_into(Thread *t, Value self, const Value *a) {
    Address address;
    Transfer x = {.address = &address};
    return receive_into(t, self, a, "recvfrom_into", &x) < 0 ? REF_NULL : with_address(t, self, int_from_i64(t, x.done), &x);
}

/* ---- sending ---------------------------------------------------------------------------------------------------------------------------------------------------------- */

static int send_args(Thread *t, const Value *a, Buffer *view, Transfer *x) {
    if (!value_is_null(a[1]) && as_int(t, a[1], &x->flags) < 0) return -1;
    if (buffer_get(t, a[0], view, BUFFER_SIMPLE) < 0) return -1;
    x->data = view->data;
    x->size = (size_t)view->len;
    return 0;
}
static Ref m_send(Thread *t, Value self, const Value *a) {
    Transfer x = {0};
    Buffer view;
    if (send_args(t, a, &view, &x) < 0) return REF_NULL;
    int bad = call_now(t, self, true, op_send, &x);
    buffer_release(t, &view);
    return bad < 0 ? REF_NULL : int_from_i64(t, x.done);
}
/* The time-out is that of the whole; signal handlers run between the parts. */
static Ref m_sendall(Thread *t, Value self, const Value *a) {
    Transfer x = {0};
    Buffer view;
    Socket *s = as(Socket, self);
    int64_t timeout = load_relaxed(&s->x_timeout), deadline = timeout > 0 ? now_ns() + timeout : 0, left = timeout;
    if (send_args(t, a, &view, &x) < 0) return REF_NULL;
    int bad = 0;
    while (bad == 0 && x.size > 0) {
        if (timeout > 0) left = deadline - now_ns();
        if (timeout > 0 && left <= 0) {
            bad = err_int(err_type(t, ETYPE(TimeoutError), "timed out"));
            break;
        }
        bad = socket_call(t, s, true, op_send, &x, false, NULL, left);
        if (bad < 0) break;
        x.data = (char *)x.data + x.done;
        x.size -= (size_t)x.done;
        bad = after_interrupt(t) < 0 || safepoint(t) < 0 ? -1 : 0;
    }
    buffer_release(t, &view);
    return bad < 0 ? REF_NULL : REF_NONE;
}
static Ref m_sendto(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "sendto", kwnames) < 0) return REF_NULL;
    if (nargs < 2 || nargs > 3) return err_set(t, E_TypeError, "sendto() takes 2 or 3 arguments (%zu given)", nargs);
    Address address;
    Transfer x = {.address = &address};
    Buffer view;
    Value to = args[nargs - 1], a[2] = {args[0], nargs == 3 ? args[1] : VALUE_NULL};
    if (send_args(t, a, &view, &x) < 0) return REF_NULL;
    int bad = address_get(t, self, to, &address, &x.length, "sendto") < 0 || audit(t, "socket.sendto", (Value[]){self, to}, 2) < 0 ||
              call_now(t, self, true, op_send, &x) < 0;
    buffer_release(t, &view);
    return bad ? REF_NULL : int_from_i64(t, x.done);
}

/* ---- the type ------------------------------------------------------------------------------------------------------------------------------------------------------------ */

static Ref get_part(Thread *t, Value self, void *offset) { return ref_small_int(load_relaxed((_Atomic int *)((char *)as(Socket, self) + (size_t)offset))); }
#define PART(name, field, doc) {name, get_part, NULL, doc, (void *)offsetof(Socket, field)}
static const GetSetDef socket_getset[] = {
    PART("family", x_family, "the socket family"), PART("type", x_type, "the socket type"), PART("proto", x_proto, "the socket protocol"),
    {"timeout", get_timeout, NULL, "the socket timeout", NULL}, {NULL}};

static NativeDef socket_methods[] = {
    FN("_accept", "!($self, /)", m_accept, "_accept() -> (integer, address info)\n\nWaits for a connection: its new descriptor and the peer's address."),
    FN("bind", "!($self, address, /)", m_bind, "bind(address)\n\nGives the socket a local address."),
    FN("close", "!($self, /)", m_close, "close()\n\nCloses the socket; it can't be used any more."),
    FN("connect", "!($self, address, /)", m_connect, "connect(address)\n\nConnects to a remote address."),
    FN("connect_ex", "!($self, address, /)", m_connect_ex, "connect_ex(address) -> errno\n\nLike connect(address), but errors of the system are returned; 0 is success."),
    FN("detach", "!($self, /)", m_detach, "detach()\n\nCloses the object without closing its descriptor, which is returned."),
    FN("fileno", "!($self, /)", m_fileno, "fileno() -> integer\n\nThe socket's descriptor."),
    FN("getpeername", "!($self, /)", m_getpeername, "getpeername() -> address info\n\nThe remote address."),
    FN("getsockname", "!($self, /)", m_getsockname, "getsockname() -> address info\n\nThe local address."),
    FN("getsockopt", "!($self, level, option, buffersize=0, /)", m_getsockopt,
       "getsockopt(level, option[, buffersize]) -> value\n\nA socket option: an int, or bytes where a size is given."),
    FN("listen", "!($self, backlog=None, /)", m_listen, "listen([backlog])\n\nLets the socket accept connections."),
    FN("recv", "!($self, buffersize, flags=0, /)", m_recv, "recv(buffersize[, flags]) -> data\n\nReceives up to buffersize bytes; none at the end."),
    FN("recv_into", "!($self, /, buffer, nbytes=0, flags=0)", m_recv_into, "recv_into(buffer, [nbytes[, flags]]) -> nbytes_read\n\nReceives into a buffer."),
    FN("recvfrom", "!($self, buffersize, flags=0, /)", m_recvfrom, "recvfrom(buffersize[, flags]) -> (data, address info)\n\nReceives, with the sender's address."),
    FN("recvfrom_into", "!($self, /, buffer, nbytes=0, flags=0)", m_recvfrom_into,
       "recvfrom_into(buffer[, nbytes[, flags]]) -> (nbytes, address info)\n\nReceives into a buffer, with the sender's address."),
    FN("send", "!($self, data, flags=0, /)", m_send, "send(data[, flags]) -> count\n\nSends; how much of it was sent."),
    FN("sendall", "!($self, data, flags=0, /)", m_sendall, "sendall(data[, flags])\n\nSends all of it."),
    FN_RAW("sendto", NULL, m_sendto, "sendto(data[, flags], address) -> count\n\nSends to an address."),
    FN("setblocking", "!($self, flag, /)", m_setblocking, "setblocking(flag)\n\nMakes the socket blocking or not."),
    FN("getblocking", "!($self, /)", m_getblocking, "getblocking()\n\nTrue if the socket is in blocking mode."),
    FN("settimeout", "!($self, timeout, /)", m_settimeout, "settimeout(timeout)\n\nSets a time-out in seconds for all operations; None: none."),
    FN("gettimeout", "!($self, /)", m_gettimeout, "gettimeout() -> timeout\n\nThe time-out in seconds, or None."),
    FN("setsockopt", "!($self, level, option, value, optlen=None, /)", m_setsockopt,
       "setsockopt(level, option, value: int)\nsetsockopt(level, option, value: buffer)\nsetsockopt(level, option, None, optlen: int)\n\nSets a socket option."),
    FN("shutdown", "!($self, flag, /)", m_shutdown, "shutdown(flag)\n\nEnds reading (SHUT_RD), writing (SHUT_WR), or both (SHUT_RDWR)."),
    FN("recvmsg", "!($self, bufsize, ancbufsize=0, flags=0, /)", socket_recvmsg,
       "recvmsg(bufsize[, ancbufsize[, flags]]) -> (data, ancdata, msg_flags, address)\n\nReceives data and ancillary data."),
    FN("recvmsg_into", "!($self, buffers, ancbufsize=0, flags=0, /)", socket_recvmsg_into,
       "recvmsg_into(buffers[, ancbufsize[, flags]]) -> (nbytes, ancdata, msg_flags, address)\n\nReceives into buffers, one after the other, and ancillary data."),
    FN("sendmsg", "!($self, buffers, ancdata=(), flags=0, address=None, /)", socket_sendmsg,
       "sendmsg(buffers[, ancdata[, flags[, address]]]) -> count\n\nSends buffers, one after the other, and ancillary data."),
    FN_RAW("sendmsg_afalg", NULL, socket_sendmsg_afalg,
           "sendmsg_afalg([msg], *, op[, iv[, assoclen[, flags=MSG_MORE]]])\n\nSets operation and initialization vector of an AF_ALG socket."),
    FN_END,
};
Type socket_type = {
    TYPE_HEADER(Socket, TYPE_BASETYPE, NULL, NULL, NULL), .head.finalize = socket_finalize,
    .name = "_socket.socket",
    .doc = "socket(family=AF_INET, type=SOCK_STREAM, proto=0) -> socket object\nsocket(family=-1, type=-1, proto=-1, fileno=None) -> socket object\n\n"
           "Open a socket. With a fileno, what isn't said is found out from the descriptor.",
    .methods = socket_methods, .getset = socket_getset, .repr = socket_repr, .new_ = socket_new, .init = socket_init,
};

/* ---- the module -------------------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_socketpair(Thread *t, Value self, const Value *a) {
    int part[3] = {AF_UNIX, SOCK_STREAM, 0}, fds[2], n, err;
    for (int i = 0; i < 3; i++)
        if (!value_is_null(a[i]) && as_int(t, a[i], &part[i]) < 0) return REF_NULL;
    DETACHED(t, n = socketpair(part[0], part[1] | SOCK_CLOEXEC, part[2], fds); err = errno);
    errno = err;
    if (n < 0) return socket_error(t);
    Ref r[2] = {socket_new(t, type_value(&socket_type), NULL, 0, VALUE_NULL), socket_new(t, type_value(&socket_type), NULL, 0, VALUE_NULL)};
    bool bad = ref_is_null(r[0]) || ref_is_null(r[1]);
    for (int i = 0; i < 2; i++) {
        if (bad) close(fds[i]);
        else if (socket_fill(t, ref_borrow(r[i]), fds[i], part[0], part[1], part[2]) < 0) bad = true;
    }
    if (!bad) return tuple_from_steal(t, r, 2);
    ref_drop(t, r[0]);
    ref_drop(t, r[1]);
    return REF_NULL;
}
static Ref m_close_fd(Thread *t, Value self, const Value *a) {
    int fd, n, err;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    DETACHED(t, n = close(fd); err = errno);
    errno = err;
    return n < 0 && err != ECONNRESET ? socket_error(t) : REF_NONE;
}
static Ref m_dup(Thread *t, Value self, const Value *a) {
    int fd;
    if (as_int(t, a[0], &fd) < 0) return REF_NULL;
    fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    return fd < 0 ? socket_error(t) : ref_small_int(fd);
}
static NativeDef functions[] = {
    FN_TUPLE("socketpair", "!($module, family=AF_UNIX, type=SOCK_STREAM, proto=0, /)", m_socketpair, "socketpair([family[, type [, proto]]]) -> (socket object, socket object)"),
    FN("close", "!($module, fd, /)", m_close_fd, "close(integer) -> None\n\nCloses a socket's descriptor."),
    FN("dup", "!($module, fd, /)", m_dup, "dup(integer) -> integer\n\nA copy of a socket's descriptor."),
    FN("getdefaulttimeout", "!($module, /)", m_getdefaulttimeout, "getdefaulttimeout() -> timeout\n\nThe time-out of new sockets, or None."),
    FN("setdefaulttimeout", "!($module, timeout, /)", m_setdefaulttimeout, "setdefaulttimeout(timeout)\n\nSets the time-out of new sockets."), FN_END,
};
static int error_class(Thread *t, Value module, Slot *slot, const char *name) {
    if (value_is_null(slot_get(slot))) {
        Ref e = kit_exception(t, "socket", name, ETYPE(OSError));
        if (ref_is_null(e)) return -1;
        kit_root(t, slot, e);
    }
    return module_set(t, module, name, slot_get(slot));
}
int module_init__socket(Thread *t, Value module) {
    Type *const types[] = {&socket_type, NULL};
    if (kit_module(t, module, types, functions, "Implementation module for socket operations.\n\nSee the socket module for documentation.") < 0 ||
        module_add_functions(t, module, socket_name_functions) < 0 || module_add_functions(t, module, socket_message_functions) < 0 ||
        module_set(t, module, "SocketType", type_value(&socket_type)) < 0 || module_set(t, module, "error", type_value(ETYPE(OSError))) < 0 ||
        module_set(t, module, "timeout", type_value(ETYPE(TimeoutError))) < 0 || error_class(t, module, &gaierror_class, "gaierror") < 0 ||
        error_class(t, module, &herror_class, "herror") < 0)
        return -1;
    return socket_constants(t, module);
}
