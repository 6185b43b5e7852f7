/* _ssl: connections over a socket or a pair of memory BIOs, memory BIOs, sessions. */
#include "runtime/loadable/_ssl.h"
#include <poll.h>

/* ---- memory BIOs --------------------------------------------------------------------------------------------------------------------------- */

static Ref memory_bio_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "MemoryBIO", kwnames) < 0 || check_nargs(t, "MemoryBIO", nargs, 0, 0) < 0) return REF_NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio == NULL) return ssl_plain_error(t, "failed to allocate BIO");
    BIO_set_retry_read(bio); /* empty isn't the end */
    BIO_set_mem_eof_return(bio, -1);
    Ref r = instance_new(t, as(Type, cls));
    if (ref_is_null(r)) BIO_free(bio);
    else as(MemoryBio, ref_borrow(r))->bio = bio;
    return r;
}
static void memory_bio_destroy(Thread *t, Object *o) { BIO_free(((MemoryBio *)o)->bio); }
static Ref m_bio_read(Thread *t, Value self, const Value *a) {
    MemoryBio *m = as(MemoryBio, self);
    int size = -1;
    if (!value_is_null(a[0]) && as_int(t, a[0], &size) < 0) return REF_NULL;
    int locked = io_begin(t, m, &m->lock);
    if (locked < 0) return REF_NULL;
    int have = (int)BIO_ctrl_pending(m->bio), n = size < 0 || size > have ? have : size, got = 0;
    Ref r = bytes_new_uninit(t, (size_t)n);
    if (!ref_is_null(r) && n > 0) got = BIO_read(m->bio, bytes_data(ref_borrow(r)), n);
    io_end(t, m, &m->lock);
    if (ref_is_null(r) || got == n) return r;
    ref_drop(t, r);
    return ssl_raise_last(t, NULL);
}
static Ref m_bio_write(Thread *t, Value self, const Value *a) {
    MemoryBio *m = as(MemoryBio, self);
    Buffer view;
    if (buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    Ref r = REF_NULL;
    if (view.len > INT_MAX) err_set(t, E_OverflowError, "string longer than %d bytes", INT_MAX);
    else if (load_relaxed(&m->x_eof)) ssl_plain_error(t, "cannot write() after write_eof()");
    else {
        int locked = io_begin(t, m, &m->lock), n = -1;
        if (locked >= 0) {
            n = view.len == 0 ? 0 : BIO_write(m->bio, view.data, (int)view.len);
            io_end(t, m, &m->lock);
            r = n < 0 ? ssl_raise_last(t, NULL) : ref_small_int(n);
        }
    }
    buffer_release(t, &view);
    return r;
}
static Ref m_bio_write_eof(Thread *t, Value self, const Value *a) {
    MemoryBio *m = as(MemoryBio, self);
    int locked = io_begin(t, m, &m->lock);
    if (locked < 0) return REF_NULL;
    store_relaxed(&m->x_eof, true);
    BIO_clear_retry_flags(m->bio);
    BIO_set_mem_eof_return(m->bio, 0);
    io_end(t, m, &m->lock);
    return REF_NONE;
}
static int64_t bio_pending(Thread *t, MemoryBio *m) {
    int locked = io_begin(t, m, &m->lock);
    if (locked < 0) return -1;
    int64_t n = (int64_t)BIO_ctrl_pending(m->bio);
    io_end(t, m, &m->lock);
    return n;
}
static Ref get_pending(Thread *t, Value self, void *c) {
    int64_t n = bio_pending(t, as(MemoryBio, self));
    return n < 0 ? REF_NULL : ref_small_int(n);
}
static Ref get_eof(Thread *t, Value self, void *c) {
    int64_t n = bio_pending(t, as(MemoryBio, self));
    return n < 0 ? REF_NULL : ref_bool(n == 0 && load_relaxed(&as(MemoryBio, self)->x_eof));
}
static NativeDef memory_bio_methods[] = {
    FN("read", "($self, size=-1, /)", m_bio_read, "Read up to size bytes from the memory BIO."), FN("write", "($self, b, /)", m_bio_write, "Writes the bytes b into the memory BIO."),
    FN("write_eof", "($self, /)", m_bio_write_eof, "Write an EOF marker to the memory BIO."), FN_END,
};
static const GetSetDef memory_bio_getset[] = {{"pending", get_pending, NULL, "The number of bytes pending in the memory BIO.", NULL},
                                              {"eof", get_eof, NULL, "Whether the memory BIO is at EOF.", NULL}, {NULL}};
Type memory_bio_type = {
    TYPE_HEADER(MemoryBio, 0, NULL, NULL, memory_bio_destroy), .name = "_ssl.MemoryBIO", .methods = memory_bio_methods, .getset = memory_bio_getset, .new_ = memory_bio_new,
};

/* ---- the BIO of a socket: never waits ------------------------------------------------------------------------------------------------------------- */

static int socket_read(BIO *b, char *data, int n) {
    ssize_t got = recv(((SslSocket *)BIO_get_data(b))->fd, data, (size_t)n, MSG_DONTWAIT);
    BIO_clear_retry_flags(b);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(b);
    if (got == 0) BIO_set_flags(b, BIO_FLAGS_IN_EOF);
    return (int)got;
}
static int socket_write(BIO *b, const char *data, int n) {
    ssize_t done = send(((SslSocket *)BIO_get_data(b))->fd, data, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    BIO_clear_retry_flags(b);
    if (done < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(b);
    return (int)done;
}
static long socket_control(BIO *b, int command, long n, void *p) {
    if (command == BIO_CTRL_EOF) return BIO_test_flags(b, BIO_FLAGS_IN_EOF) != 0;
    return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}
static BIO *socket_bio(SslSocket *s) {
    static _Atomic(BIO_METHOD *) x_method; /* made once, for good */
    BIO_METHOD *method = load_acquire(&x_method);
    if (method == NULL) {
        BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "weft socket"), *expected = NULL;
        if (made == NULL) return NULL;
        BIO_meth_set_read(made, socket_read);
        BIO_meth_set_write(made, socket_write);
        BIO_meth_set_ctrl(made, socket_control);
        if (cas_acq_rel(&x_method, &expected, made)) expected = made;
        else BIO_meth_free(made);
        method = expected;
    }
    BIO *b = BIO_new(method);
    if (b != NULL) {
        BIO_set_data(b, s);
        BIO_set_init(b, 1);
    }
    return b;
}

/* ---- making -------------------------------------------------------------------------------------------------------------------------------------------- */

SslSocket *ssl_socket_of(const SSL *ssl) { return SSL_get_app_data(ssl); }
static Ref weak_target(Thread *t, Slot *slot) { /* owned target; null: none or gone */
    Ref weak = slot_ref(t, slot), r = ref_is_null(weak) ? REF_NULL : weakref_get(t, ref_borrow(weak));
    ref_drop(t, weak);
    return r;
}
Ref ssl_socket_shown(Thread *t, SslSocket *s) {
    Ref r = weak_target(t, &s->owner);
    if (ref_is_null(r) && value_is_null(slot_get(&s->owner))) r = weak_target(t, &s->socket);
    return ref_is_null(r) ? ref_new(t, object_value(s)) : r;
}

static int set_hostname(Thread *t, SslSocket *s, Context *c, const char *name) {
    if (*name == 0 || *name == '.') return err_int(err_set(t, E_ValueError, "server_hostname cannot be an empty string or start with a leading dot."));
    ASN1_OCTET_STRING *ip = a2i_IPADDRESS(name);
    if (ip == NULL) ERR_clear_error();
    Ref text = str_from_cstr(t, name);
    int bad = ref_is_null(text) ? -1 : 0;
    if (bad == 0) slot_set(t, s, &s->hostname, text);
    if (bad == 0 && ip == NULL && !SSL_set_tlsext_host_name(s->ssl, name)) bad = err_int(ssl_raise_last(t, NULL));
    if (bad == 0 && load_relaxed(&c->x_check_hostname)) {
        X509_VERIFY_PARAM *p = SSL_get0_param(s->ssl);
        int ok = ip == NULL ? X509_VERIFY_PARAM_set1_host(p, name, strlen(name))
                            : X509_VERIFY_PARAM_set1_ip(p, ASN1_STRING_get0_data(ip), (size_t)ASN1_STRING_length(ip));
        if (!ok) bad = err_int(ssl_raise_last(t, NULL));
    }
    ASN1_OCTET_STRING_free(ip);
    return bad;
}
static int set_session(Thread *t, SslSocket *s, Value v);
static int set_owner(Thread *t, SslSocket *s, Value owner) {
    Ref weak = value_is_none(owner) ? REF_NULL : weakref_new(t, owner, VALUE_NULL);
    if (!value_is_none(owner) && ref_is_null(weak)) return -1;
    slot_set(t, s, &s->owner, weak);
    return 0;
}

/* The library's side of a new connection. */
static int connect_parts(Thread *t, SslSocket *s, Context *c, MemoryBio *in, MemoryBio *out) {
    int locked = io_begin(t, c, &c->lock);
    if (locked < 0) return -1;
    ERR_clear_error();
    s->ssl = SSL_new(c->ctx);
    io_end(t, c, &c->lock);
    if (s->ssl == NULL) return err_int(ssl_raise_last(t, NULL));
    SSL_set_app_data(s->ssl, s);
    BIO *from, *to;
    if (in != NULL) {
        BIO_up_ref(in->bio);
        BIO_up_ref(out->bio);
        from = in->bio;
        to = out->bio;
    } else {
        from = to = socket_bio(s);
        if (from == NULL) return err_int(err_no_memory(t));
    }
    SSL_set_bio(s->ssl, from, to);
    SSL_set_mode(s->ssl, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    if (load_relaxed(&c->x_post_handshake)) {
        int mode = SSL_get_verify_mode(s->ssl);
        if (!s->server) SSL_set_post_handshake_auth(s->ssl, 1);
        else if (mode & SSL_VERIFY_PEER) SSL_set_verify(s->ssl, mode | SSL_VERIFY_POST_HANDSHAKE, SSL_get_verify_callback(s->ssl));
    }
    if (s->server) SSL_set_accept_state(s->ssl);
    else SSL_set_connect_state(s->ssl);
    return 0;
}
Ref ssl_socket_make(Thread *t, Context *c, Value socket, MemoryBio *in, MemoryBio *out, bool server, Value hostname, Value owner, Value session) {
    int protocol = load_relaxed(&c->x_protocol);
    if (server && protocol == PROTOCOL_TLS_CLIENT) return ssl_raise(t, NULL, SSL_E_Error, 0, "Cannot create a server socket with a PROTOCOL_TLS_CLIENT context", 0);
    if (!server && protocol == PROTOCOL_TLS_SERVER) return ssl_raise(t, NULL, SSL_E_Error, 0, "Cannot create a client socket with a PROTOCOL_TLS_SERVER context", 0);
    SslSocket *s = object_new(SslSocket, t, &ssl_socket_type);
    if (s == NULL) return REF_NULL;
    Ref self = ref_steal(s), keep = REF_NULL;
    const char *name = NULL;
    s->server = server;
    slot_init(&s->context, ref_new(t, object_value(c)));
    if (in != NULL) {
        slot_init(&s->in, ref_new(t, object_value(in)));
        slot_init(&s->out, ref_new(t, object_value(out)));
    }
    bool named = !value_is_null(hostname) && !value_is_none(hostname);
    bool bad = (named && ascii_argument(t, hostname, NULL, &keep, &name) < 0) || connect_parts(t, s, c, in, out) < 0 || (named && set_hostname(t, s, c, name) < 0);
    if (!bad && in == NULL) {
        Ref weak = weakref_new(t, socket, VALUE_NULL);
        bad = ref_is_null(weak);
        slot_set(t, s, &s->socket, weak);
    }
    if (!bad && !value_is_null(owner)) bad = set_owner(t, s, owner) < 0;
    if (!bad && !value_is_null(session) && !value_is_none(session)) bad = set_session(t, s, session) < 0;
    ref_drop(t, keep);
    if (!bad) return self;
    ref_drop(t, self);
    return REF_NULL;
}
static void ssl_socket_traverse(Object *o, VisitFn visit, void *arg) {
    SslSocket *s = (SslSocket *)o;
    Slot *const slots[] = {&s->context, &s->socket, &s->owner, &s->hostname, &s->in, &s->out};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) slot_visit(slots[i], visit, arg);
}
static void ssl_socket_destroy(Thread *t, Object *o) {
    SslSocket *s = (SslSocket *)o;
    SSL_free(s->ssl);
    s->ssl = NULL;
    Slot *const slots[] = {&s->context, &s->socket, &s->owner, &s->hostname, &s->in, &s->out};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) ref_drop(t, slot_take(t, o, slots[i]));
}

/* ---- running a call of the library ------------------------------------------------------------------------------------------------------------------------ */

typedef struct Outcome { int ret, ssl, os; unsigned long code; } Outcome; /* SSL_get_error's, errno, the error queue's last */
typedef int (*SslOp)(SslSocket *s, void *arg);

/* One call under the locks, detached; no waiting. -1: an exception is pending (a callback's, or a signal handler's). */
static int call_once(Thread *t, SslSocket *s, int fd, SslOp op, void *arg, Outcome *o) {
    MemoryBio *in = value_is_null(slot_get(&s->in)) ? NULL : as(MemoryBio, slot_get(&s->in)), *out = in ? as(MemoryBio, slot_get(&s->out)) : NULL;
    MemoryBio *first = in < out ? in : out, *second = in < out ? out : in;
    int locked = io_begin(t, s, &s->lock), locked_first = 0, locked_second = 0;
    if (locked < 0) return -1;
    if (in != NULL && ((locked_first = io_begin(t, first, &first->lock)) < 0 || (locked_second = io_begin(t, second, &second->lock)) < 0)) {
        if (locked_first >= 0) io_end(t, first, &first->lock);
        io_end(t, s, &s->lock);
        return -1;
    }
    s->fd = fd;
    thread_detach(t);
    ERR_clear_error();
    errno = 0;
    o->ret = op(s, arg);
    o->os = errno;
    o->ssl = SSL_get_error(s->ssl, o->ret);
    o->code = ERR_peek_last_error();
    thread_attach(t);
    if (in != NULL) {
        io_end(t, second, &second->lock);
        io_end(t, first, &first->lock);
    }
    io_end(t, s, &s->lock);
    if (o->ret > 0 || err_pending(t)) ERR_clear_error();
    return err_pending(t) ? -1 : 0;
}

/* The exception for how a call ended. */
static Ref raise_outcome(Thread *t, SslSocket *s, const Outcome *o) {
    bool verify = ERR_GET_LIB(o->code) == ERR_LIB_SSL && ERR_GET_REASON(o->code) == SSL_R_CERTIFICATE_VERIFY_FAILED;
    bool eof = ERR_GET_LIB(o->code) == ERR_LIB_SSL && ERR_GET_REASON(o->code) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    Ref r;
    switch (o->ssl) {
    case SSL_ERROR_ZERO_RETURN: r = ssl_raise(t, s, SSL_E_ZeroReturn, o->ssl, "TLS/SSL connection has been closed (EOF)", o->code); break;
    case SSL_ERROR_WANT_READ: r = ssl_raise(t, s, SSL_E_WantRead, o->ssl, "The operation did not complete (read)", o->code); break;
    case SSL_ERROR_WANT_WRITE: r = ssl_raise(t, s, SSL_E_WantWrite, o->ssl, "The operation did not complete (write)", o->code); break;
    case SSL_ERROR_WANT_X509_LOOKUP: r = ssl_raise(t, s, SSL_E_Error, o->ssl, "The operation did not complete (X509 lookup)", o->code); break;
    case SSL_ERROR_WANT_CONNECT: r = ssl_raise(t, s, SSL_E_Error, o->ssl, "The operation did not complete (connect)", o->code); break;
    case SSL_ERROR_SYSCALL:
        if (o->code) r = ssl_raise(t, s, verify ? SSL_E_Certificate : SSL_E_Syscall, o->ssl, NULL, o->code);
        else if (o->ret == 0 || value_is_null(slot_get(&s->socket)) || o->os == 0) r = ssl_raise(t, s, SSL_E_Eof, PY_SSL_ERROR_EOF, "EOF occurred in violation of protocol", 0);
        else r = err_errno(t, o->os, VALUE_NULL);
        break;
    case SSL_ERROR_SSL:
        if (o->code == 0) r = ssl_raise(t, s, SSL_E_Error, o->ssl, "A failure in the SSL library occurred", 0);
        else if (eof) r = ssl_raise(t, s, SSL_E_Eof, PY_SSL_ERROR_EOF, "EOF occurred in violation of protocol", o->code);
        else r = ssl_raise(t, s, verify ? SSL_E_Certificate : SSL_E_Error, o->ssl, NULL, o->code);
        break;
    default: r = ssl_raise(t, s, SSL_E_Error, PY_SSL_ERROR_INVALID, "Invalid error code", o->code);
    }
    ERR_clear_error();
    return r;
}

/* The socket of a connection, owned; *has: false where there are memory BIOs instead. Null with an exception if it is gone. */
static Ref socket_get(Thread *t, SslSocket *s, bool *has) {
    *has = !value_is_null(slot_get(&s->socket));
    if (!*has) return REF_NONE;
    Ref socket = weak_target(t, &s->socket);
    if (ref_is_null(socket)) ssl_raise(t, NULL, SSL_E_Error, PY_SSL_ERROR_NO_SOCKET, "Underlying socket connection gone", 0);
    return socket;
}
/* Waits until the socket is ready: 1 ready, 0 it is non-blocking, -1 with an exception. deadline: 0 for ever */
static int wait_socket(Thread *t, Socket *socket, bool writing, int64_t timeout, int64_t deadline, const char *message) {
    if (timeout == 0) return 0;
    for (;;) {
        int fd = load_relaxed(&socket->x_fd), n, err;
        if (fd < 0) return err_int(ssl_plain_error(t, "Underlying socket has been closed."));
        int64_t left = timeout < 0 ? -1 : deadline - now_ns(), ms = left < 0 ? -1 : (left + 999999) / 1000000;
        if (timeout > 0 && left <= 0) return err_int(err_type(t, ETYPE(TimeoutError), "%s", message));
        struct pollfd p = {.fd = fd, .events = writing ? POLLOUT : POLLIN};
        DETACHED(t, n = poll(&p, 1, ms > INT_MAX ? INT_MAX : (int)ms); err = errno);
        if (n > 0) return 1;
        if (n < 0 && err != EINTR) return err_int(err_errno(t, err, VALUE_NULL));
        if (n < 0 && after_interrupt(t) < 0) return -1;
    }
}
/* Calls op until it is done, waiting for the socket as its time-out says. 0: done, or failed as *o says; -1 with an exception. */
static int run(Thread *t, SslSocket *s, SslOp op, void *arg, const char *message, Outcome *o) {
    bool has;
    Ref keep = socket_get(t, s, &has);
    if (ref_is_null(keep)) return -1;
    Socket *socket = has ? as(Socket, ref_borrow(keep)) : NULL;
    int64_t timeout = socket ? load_relaxed(&socket->x_timeout) : 0, deadline = timeout > 0 ? now_ns() + timeout : 0;
    int bad = 0;
    for (;;) {
        bad = call_once(t, s, socket ? load_relaxed(&socket->x_fd) : -1, op, arg, o);
        if (bad < 0 || after_interrupt(t) < 0) {
            bad = -1;
            break;
        }
        if (socket == NULL || (o->ssl != SSL_ERROR_WANT_READ && o->ssl != SSL_ERROR_WANT_WRITE)) break;
        int ready = wait_socket(t, socket, o->ssl == SSL_ERROR_WANT_WRITE, timeout, deadline, message);
        if (ready <= 0) {
            bad = ready;
            break;
        }
    }
    ref_drop(t, keep);
    return bad;
}

/* ---- methods ----------------------------------------------------------------------------------------------------------------------------------------------- */

static int op_handshake(SslSocket *s, void *arg) { return SSL_do_handshake(s->ssl); }
static Ref m_do_handshake(Thread *t, Value self, const Value *a) {
    SslSocket *s = as(SslSocket, self);
    Outcome o;
    if (run(t, s, op_handshake, NULL, "_ssl.c:1000: The handshake operation timed out", &o) < 0) return REF_NULL;
    return o.ret < 1 ? raise_outcome(t, s, &o) : REF_NONE;
}
typedef struct Transfer { void *data; size_t size, done; int shutdown; } Transfer;
static int op_write(SslSocket *s, void *arg) {
    Transfer *x = arg;
    return SSL_write_ex(s->ssl, x->data, x->size, &x->done);
}
static Ref m_write(Thread *t, Value self, const Value *a) {
    SslSocket *s = as(SslSocket, self);
    Buffer view;
    Outcome o;
    if (buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    Transfer x = {view.data, (size_t)view.len, 0, 0};
    int locked = io_begin(t, s, &s->write_lock), bad = locked < 0 ? -1 : run(t, s, op_write, &x, "The write operation timed out", &o);
    if (locked >= 0) io_end(t, s, &s->write_lock);
    buffer_release(t, &view);
    return bad < 0 ? REF_NULL : o.ret == 0 ? raise_outcome(t, s, &o) : int_from_u64(t, x.done);
}
static int op_read(SslSocket *s, void *arg) {
    Transfer *x = arg;
    int r = SSL_read_ex(s->ssl, x->data, x->size, &x->done);
    x->shutdown = SSL_get_shutdown(s->ssl);
    return r;
}
static int read_into(Thread *t, SslSocket *s, Transfer *x) {
    Outcome o;
    if (run(t, s, op_read, x, "The read operation timed out", &o) < 0) return -1;
    if (o.ret > 0) return 0;
    x->done = 0;
    if (o.ssl == SSL_ERROR_ZERO_RETURN && x->shutdown == SSL_RECEIVED_SHUTDOWN) {
        ERR_clear_error();
        return 0;
    }
    return err_int(raise_outcome(t, s, &o));
}
static Ref m_read(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    SslSocket *s = as(SslSocket, self);
    int64_t size;
    if (no_kwargs(t, "read", kwnames) < 0) return REF_NULL;
    if (nargs < 1 || nargs > 2) return err_set(t, E_TypeError, "_ssl._SSLSocket.read requires 1 to 2 arguments");
    if (index_as_i64(t, args[0], &size) < 0) return REF_NULL;
    if (nargs == 1) {
        if (size < 0) return err_set(t, E_ValueError, "size should not be negative");
        Ref r = bytes_new_uninit(t, (size_t)size), part;
        if (ref_is_null(r) || size == 0) return r;
        Transfer x = {bytes_data(ref_borrow(r)), (size_t)size, 0, 0};
        int bad = read_into(t, s, &x);
        if (bad == 0 && x.done == x.size) return r;
        part = bad < 0 ? REF_NULL : bytes_new(t, x.data, x.done);
        ref_drop(t, r);
        return part;
    }
    Buffer view;
    if (writable_buffer(t, args[1], &view, "read() argument 2") < 0) return REF_NULL;
    if (size <= 0 || size > view.len) size = view.len;
    Transfer x = {view.data, (size_t)size, 0, 0};
    int bad = size == 0 ? 0 : read_into(t, s, &x);
    buffer_release(t, &view);
    return bad < 0 ? REF_NULL : int_from_u64(t, x.done);
}
static int op_pending(SslSocket *s, void *arg) {
    *(int *)arg = SSL_pending(s->ssl);
    return 1;
}
static Ref m_pending(Thread *t, Value self, const Value *a) {
    int n = 0;
    Outcome o;
    return call_once(t, as(SslSocket, self), -1, op_pending, &n, &o) < 0 ? REF_NULL : ref_small_int(n);
}

static int op_shutdown(SslSocket *s, void *arg) {
    if (s->shutdown_seen_zero) SSL_set_read_ahead(s->ssl, 0);
    return SSL_shutdown(s->ssl);
}
static Ref m_shutdown(Thread *t, Value self, const Value *a) {
    SslSocket *s = as(SslSocket, self);
    bool has;
    Ref keep = socket_get(t, s, &has);
    if (ref_is_null(keep)) return keep;
    Socket *socket = has ? as(Socket, ref_borrow(keep)) : NULL;
    if (socket && load_relaxed(&socket->x_fd) < 0) {
        ref_drop(t, keep);
        return ssl_raise(t, NULL, SSL_E_Error, PY_SSL_ERROR_NO_SOCKET, "Underlying socket connection gone", 0);
    }
    int64_t timeout = socket ? load_relaxed(&socket->x_timeout) : 0, deadline = timeout > 0 ? now_ns() + timeout : 0;
    int zeros = 0, bad = 0, locked = io_begin(t, s, &s->write_lock);
    if (locked < 0) {
        ref_drop(t, keep);
        return REF_NULL;
    }
    Outcome o;
    for (;;) {
        bad = call_once(t, s, socket ? load_relaxed(&socket->x_fd) : -1, op_shutdown, NULL, &o);
        if (bad < 0 || o.ret > 0) break;
        if (o.ret == 0) { /* ours is sent; one try to see the peer's */
            if (++zeros > 1) break;
            s->shutdown_seen_zero = true;
            continue;
        }
        if (socket == NULL || (o.ssl != SSL_ERROR_WANT_READ && o.ssl != SSL_ERROR_WANT_WRITE)) break;
        bool writing = o.ssl == SSL_ERROR_WANT_WRITE;
        int ready = wait_socket(t, socket, writing, timeout, deadline, writing ? "The write operation timed out" : "The read operation timed out");
        if (ready < 0) bad = -1;
        if (ready <= 0) break;
    }
    io_end(t, s, &s->write_lock);
    if (bad == 0 && o.ret < 0) {
        raise_outcome(t, s, &o);
        bad = -1;
    }
    if (bad == 0) return keep; /* None for memory BIOs */
    ref_drop(t, keep);
    return REF_NULL;
}

/* What only looks at the connection runs under its lock too: body is an expression on s. */
#define LOOK(name, body)                                                    \
    static Ref name(Thread *t, Value self, const Value *a) {                \
        SslSocket *s = as(SslSocket, self);                                 \
        int locked = io_begin(t, s, &s->lock);                               \
        if (locked < 0) return REF_NULL;                                    \
        Ref r = body;                                                       \
        io_end(t, s, &s->lock);                                     \
        return r;                                                           \
    }
static Ref peer_cert(Thread *t, SslSocket *s, int der) {
    if (!SSL_is_init_finished(s->ssl)) return err_set(t, E_ValueError, "handshake not done yet");
    X509 *cert = SSL_get1_peer_certificate(s->ssl);
    if (cert == NULL) return REF_NONE;
    Ref r = der ? cert_der(t, cert) : SSL_get_verify_mode(s->ssl) & SSL_VERIFY_PEER ? cert_dict(t, cert) : dict_new(t);
    X509_free(cert);
    return r;
}
static Ref m_getpeercert(Thread *t, Value self, const Value *a) {
    SslSocket *s = as(SslSocket, self);
    int der = value_is_null(a[0]) ? 0 : is_true(t, a[0]), locked = der < 0 ? -1 : io_begin(t, s, &s->lock);
    if (locked < 0) return REF_NULL;
    Ref r = peer_cert(t, s, der);
    io_end(t, s, &s->lock);
    return r;
}
static Ref chain(Thread *t, STACK_OF(X509) *certs, X509 *first) {
    if (certs == NULL) return REF_NONE;
    Ref list = list_new(t, 0);
    for (int i = first ? -1 : 0; !ref_is_null(list) && i < sk_X509_num(certs); i++) {
        Ref c = cert_object(t, i < 0 ? first : sk_X509_value(certs, i));
        if (ref_is_null(c) || list_append_steal(t, ref_borrow(list), c) < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    }
    return list;
}
static Ref unverified_chain(Thread *t, SslSocket *s) {
    STACK_OF(X509) *certs = SSL_get_peer_cert_chain(s->ssl);
    X509 *own = s->server && certs ? SSL_get1_peer_certificate(s->ssl) : NULL; /* a server's list lacks the peer's own */
    Ref r = chain(t, certs, own);
    X509_free(own);
    return r;
}
LOOK(m_get_verified_chain, chain(t, SSL_get0_verified_chain(s->ssl), NULL))
LOOK(m_get_unverified_chain, unverified_chain(t, s))
static Ref cipher(Thread *t, SslSocket *s) {
    const SSL_CIPHER *c = SSL_get_current_cipher(s->ssl);
    return c ? cipher_tuple(t, c) : REF_NONE;
}
LOOK(m_cipher, cipher(t, s))
static Ref shared_ciphers(Thread *t, SslSocket *s) {
    STACK_OF(SSL_CIPHER) *ciphers = SSL_get_ciphers(s->ssl);
    if (ciphers == NULL) return REF_NONE;
    Ref list = list_new(t, 0);
    for (int i = 0; !ref_is_null(list) && i < sk_SSL_CIPHER_num(ciphers); i++) {
        Ref c = cipher_tuple(t, sk_SSL_CIPHER_value(ciphers, i));
        if (ref_is_null(c) || list_append_steal(t, ref_borrow(list), c) < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    }
    return list;
}
LOOK(m_shared_ciphers, shared_ciphers(t, s))
static Ref version(Thread *t, SslSocket *s) {
    const char *v = SSL_is_init_finished(s->ssl) ? SSL_get_version(s->ssl) : "unknown";
    return strcmp(v, "unknown") == 0 ? REF_NONE : str_from_cstr(t, v);
}
LOOK(m_version, version(t, s))
static Ref selected_alpn(Thread *t, SslSocket *s) {
    const unsigned char *p;
    unsigned n;
    SSL_get0_alpn_selected(s->ssl, &p, &n);
    return p ? str_from_utf8(t, (const char *)p, n) : REF_NONE;
}
LOOK(m_selected_alpn, selected_alpn(t, s))
static Ref m_compression(Thread *t, Value self, const Value *a) { return REF_NONE; }
static Ref finished(Thread *t, SslSocket *s) {
    char data[128];
    size_t n = SSL_session_reused(s->ssl) ^ !s->server ? SSL_get_finished(s->ssl, data, sizeof data) : SSL_get_peer_finished(s->ssl, data, sizeof data);
    return n == 0 ? REF_NONE : bytes_new(t, data, n);
}
LOOK(tls_unique, finished(t, s))
static Ref m_get_channel_binding(Thread *t, Value self, const Value *a) {
    const char *type = "tls-unique";
    if (!value_is_null(a[0])) {
        if (!is_str(a[0])) return err_bad_argument(t, "get_channel_binding", "cb_type", "str", a[0]);
        if ((type = str_utf8(t, a[0], NULL)) == NULL) return REF_NULL;
    }
    return strcmp(type, "tls-unique") == 0 ? tls_unique(t, self, NULL) : err_set(t, E_ValueError, "'%s' channel binding type not implemented", type);
}
static Ref m_verify_client(Thread *t, Value self, const Value *a) {
    SslSocket *s = as(SslSocket, self);
    int locked = io_begin(t, s, &s->lock);
    if (locked < 0) return REF_NULL;
    int ok = SSL_verify_client_post_handshake(s->ssl);
    io_end(t, s, &s->lock);
    return ok ? REF_NONE : ssl_raise_last(t, NULL);
}

/* ---- attributes ----------------------------------------------------------------------------------------------------------------------------------------- */

static Ref get_context(Thread *t, Value self, void *c) { return slot_ref(t, &as(SslSocket, self)->context); }
static int set_context(Thread *t, Value self, Value v, void *closure) {
    SslSocket *s = as(SslSocket, self);
    if (value_is_null(v) || !type_is_subtype(type_of(v), &context_type)) return err_int(err_set(t, E_TypeError, "The value must be a SSLContext"));
    int locked = io_begin(t, s, &s->lock);
    if (locked < 0) return -1;
    SSL_set_SSL_CTX(s->ssl, as(Context, v)->ctx);
    SSL_set_msg_callback(s->ssl, value_is_null(slot_get(&as(Context, v)->msg_callback)) ? NULL : ssl_message_callback);
    io_end(t, s, &s->lock);
    slot_set(t, s, &s->context, ref_new(t, v));
    return 0;
}
static Ref get_server_side(Thread *t, Value self, void *c) { return ref_bool(as(SslSocket, self)->server); }
static Ref get_hostname(Thread *t, Value self, void *c) {
    Ref r = slot_ref(t, &as(SslSocket, self)->hostname);
    return ref_is_null(r) ? REF_NONE : r;
}
static Ref get_owner(Thread *t, Value self, void *c) {
    Ref r = weak_target(t, &as(SslSocket, self)->owner);
    return ref_is_null(r) ? REF_NONE : r;
}
static int set_owner_attribute(Thread *t, Value self, Value v, void *c) { return set_owner(t, as(SslSocket, self), value_is_null(v) ? VALUE_NONE : v); }

/* A copy, by way of its encoded form: the original may still change. */
static SSL_SESSION *session_copy(Thread *t, SSL_SESSION *session) {
    unsigned char *data = NULL;
    int n = i2d_SSL_SESSION(session, &data);
    if (n == 0) {
        err_set(t, E_ValueError, "i2d() failed.");
        return NULL;
    }
    const unsigned char *p = data;
    SSL_SESSION *copy = d2i_SSL_SESSION(NULL, &p, n);
    OPENSSL_free(data);
    if (copy == NULL) err_set(t, E_ValueError, "d2i() failed.");
    return copy;
}
static Ref session_value(Thread *t, SslSocket *s) {
    SSL_SESSION *session = SSL_get0_session(s->ssl);
    if (session == NULL) return REF_NONE;
    SSL_SESSION *copy = session_copy(t, session);
    Session *v = copy ? object_new(Session, t, &session_type) : NULL;
    if (v == NULL) {
        SSL_SESSION_free(copy);
        return REF_NULL;
    }
    v->session = copy;
    slot_init(&v->context, slot_ref(t, &s->context));
    return ref_steal(v);
}
LOOK(session_locked, session_value(t, s))
static Ref get_session(Thread *t, Value self, void *c) { return session_locked(t, self, NULL); }
static int set_session(Thread *t, SslSocket *s, Value v) {
    if (value_is_null(v) || !is_exact(v, &session_type)) return err_int(err_set(t, E_TypeError, "Value is not a SSLSession."));
    if (as(Context, slot_get(&as(Session, v)->context))->ctx != as(Context, slot_get(&s->context))->ctx)
        return err_int(err_set(t, E_ValueError, "Session refers to a different SSLContext."));
    if (s->server) return err_int(err_set(t, E_ValueError, "Cannot set session for server-side SSLSocket."));
    int locked = io_begin(t, s, &s->lock), bad = 0;
    if (locked < 0) return -1;
    if (SSL_is_init_finished(s->ssl)) bad = err_int(err_set(t, E_ValueError, "Cannot set session after handshake."));
    else {
        SSL_SESSION *copy = session_copy(t, as(Session, v)->session);
        if (copy == NULL) bad = -1;
        else if (!SSL_set_session(s->ssl, copy)) bad = err_int(ssl_raise_last(t, NULL));
        SSL_SESSION_free(copy);
    }
    io_end(t, s, &s->lock);
    return bad;
}
static int set_session_attribute(Thread *t, Value self, Value v, void *c) { return set_session(t, as(SslSocket, self), v); }
LOOK(session_reused, ref_bool(SSL_session_reused(s->ssl)))
static Ref get_session_reused(Thread *t, Value self, void *c) { return session_reused(t, self, NULL); }

static NativeDef ssl_socket_methods[] = {
    FN("do_handshake", "($self, /)", m_do_handshake, NULL), FN("write", "($self, b, /)", m_write, "Writes the bytes-like object b into the SSL object."),
    FN_RAW("read", NULL, m_read, "read(size, [buffer])\nRead up to size bytes from the SSL socket."), FN("pending", "($self, /)", m_pending, "How many decrypted bytes wait to be read."),
    FN("getpeercert", "($self, der=False, /)", m_getpeercert, "The certificate of the peer."),
    FN("get_channel_binding", "($self, /, cb_type='tls-unique')", m_get_channel_binding, "Channel binding data, as bytes."), FN("cipher", "($self, /)", m_cipher, NULL),
    FN("shared_ciphers", "($self, /)", m_shared_ciphers, NULL), FN("version", "($self, /)", m_version, NULL), FN("selected_alpn_protocol", "($self, /)", m_selected_alpn, NULL),
    FN("compression", "($self, /)", m_compression, NULL), FN("shutdown", "($self, /)", m_shutdown, "Does the SSL shutdown handshake with the remote end."),
    FN("verify_client_post_handshake", "($self, /)", m_verify_client, "Initiate TLS 1.3 post-handshake authentication"), FN("get_unverified_chain", "($self, /)", m_get_unverified_chain, NULL),
    FN("get_verified_chain", "($self, /)", m_get_verified_chain, NULL), FN_END,
};
static const GetSetDef ssl_socket_getset[] = {
    {"context", get_context, set_context, NULL, NULL}, {"server_side", get_server_side, NULL, "Whether this is a server-side socket.", NULL},
    {"server_hostname", get_hostname, NULL, "The currently set server hostname (for SNI).", NULL}, {"owner", get_owner, set_owner_attribute, NULL, NULL},
    {"session", get_session, set_session_attribute, NULL, NULL}, {"session_reused", get_session_reused, NULL, "Was the client session reused during handshake?", NULL}, {NULL}};
Type ssl_socket_type = {
    TYPE_HEADER(SslSocket, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, ssl_socket_traverse, NULL, ssl_socket_destroy), .name = "_ssl._SSLSocket", .methods = ssl_socket_methods,
    .getset = ssl_socket_getset,
};

/* ---- sessions ------------------------------------------------------------------------------------------------------------------------------------------------ */

static void session_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Session *)o)->context, visit, arg); }
static void session_destroy(Thread *t, Object *o) {
    SSL_SESSION_free(((Session *)o)->session);
    ref_drop(t, slot_take(t, o, &((Session *)o)->context));
}
static Ref session_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_exact(a, &session_type) || !is_exact(b, &session_type) || (op != CMP_EQ && op != CMP_NE)) return REF_NOT_IMPLEMENTED;
    unsigned n, m;
    const unsigned char *x = SSL_SESSION_get_id(as(Session, a)->session, &n), *y = SSL_SESSION_get_id(as(Session, b)->session, &m);
    bool same = value_is(a, b) || (n == m && memcmp(x, y, n) == 0);
    return ref_bool(same == (op == CMP_EQ));
}
static Ref session_id(Thread *t, Value self, void *c) {
    unsigned n;
    const unsigned char *p = SSL_SESSION_get_id(as(Session, self)->session, &n);
    return bytes_new(t, p, n);
}
static Ref session_time(Thread *t, Value self, void *c) { return int_from_i64(t, SSL_SESSION_get_time(as(Session, self)->session)); }
static Ref session_timeout(Thread *t, Value self, void *c) { return int_from_i64(t, SSL_SESSION_get_timeout(as(Session, self)->session)); }
static Ref session_hint(Thread *t, Value self, void *c) { return int_from_u64(t, SSL_SESSION_get_ticket_lifetime_hint(as(Session, self)->session)); }
static Ref session_ticket(Thread *t, Value self, void *c) { return ref_bool(SSL_SESSION_has_ticket(as(Session, self)->session)); }
static const GetSetDef session_getset[] = {
    {"has_ticket", session_ticket, NULL, "Does the session contain a ticket?", NULL}, {"id", session_id, NULL, "Session id", NULL},
    {"ticket_lifetime_hint", session_hint, NULL, "Ticket life time hint.", NULL}, {"time", session_time, NULL, "Session creation time (seconds since epoch).", NULL},
    {"timeout", session_timeout, NULL, "Session timeout (delta in seconds).", NULL}, {NULL}};
Type session_type = {
    TYPE_HEADER(Session, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, session_traverse, NULL, session_destroy), .name = "_ssl.SSLSession", .getset = session_getset,
    .richcompare = session_compare, .hash = hash_not_implemented,
};
