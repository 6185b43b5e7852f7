/* _ssl: contexts: settings, certificates, keys, callbacks. */
#include "runtime/loadable/_ssl.h"
#include "runtime/modules/posix.h"
#include "runtime/modules/sys.h"
#include <openssl/pem.h>
#include <pthread.h>
#include <stdio.h>

#define CTX(self) (as(Context, self)->ctx)
/* Runs an expression on the context under its lock. */
#define WITH_LOCK(t, c, failed, ...)                                \
    do {                                                            \
        int locked_ = io_begin(t, c, &(c)->lock);                    \
        if (locked_ < 0) return failed;                             \
        __VA_ARGS__;                                                \
        io_end(t, c, &(c)->lock);                          \
    } while (0)

int ascii_argument(Thread *t, Value v, const char *function, Ref *keep, const char **out) {
    *keep = is_str(v) ? str_encode(t, v, "ascii", NULL) : is_bytes(v) ? ref_new(t, v) : type_is_subtype(type_of(v), &bytearray_type) ? bytes_from_object(t, v) : REF_NULL;
    const char *f = function ? function : "", *paren = function ? "() " : "";
    if (ref_is_null(*keep)) return err_pending(t) ? -1 : err_int(err_set(t, E_TypeError, "%s%sargument must be str, not %T", f, paren, v));
    *out = (const char *)bytes_data(ref_borrow(*keep));
    if (strlen(*out) == bytes_length(ref_borrow(*keep))) return 0;
    return err_int(err_set(t, E_TypeError, "%s%sargument must be encoded string without null bytes, not %T", f, paren, v));
}

/* ---- making --------------------------------------------------------------------------------------------------------------------------------- */

static const SSL_METHOD *method_of(Thread *t, int protocol) {
    const SSL_METHOD *method = NULL;
    const char *deprecated = NULL;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* old versions on request, as ssl has them */
    switch (protocol) {
    case PROTOCOL_SSLV3: deprecated = "ssl.PROTOCOL_SSLv3 is deprecated"; break;
    case PROTOCOL_TLSV1: deprecated = "ssl.PROTOCOL_TLSv1 is deprecated", method = TLSv1_method(); break;
    case PROTOCOL_TLSV1_1: deprecated = "ssl.PROTOCOL_TLSv1_1 is deprecated", method = TLSv1_1_method(); break;
    case PROTOCOL_TLSV1_2: deprecated = "ssl.PROTOCOL_TLSv1_2 is deprecated", method = TLSv1_2_method(); break;
    case PROTOCOL_TLS: deprecated = "ssl.PROTOCOL_TLS is deprecated", method = TLS_method(); break;
    case PROTOCOL_TLS_CLIENT: method = TLS_client_method(); break;
    case PROTOCOL_TLS_SERVER: method = TLS_server_method(); break;
    }
#pragma GCC diagnostic pop
    if (deprecated && warn(t, E_DeprecationWarning, 2, "%s", deprecated) < 0) return NULL;
    if (method == NULL) err_set(t, E_ValueError, "invalid or unsupported protocol version %d", protocol);
    return method;
}
static int set_verify_mode(Thread *t, Context *c, int mode);
static Ref context_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    int protocol;
    if (no_kwargs(t, "_SSLContext", kwnames) < 0) return REF_NULL;
    if (nargs != 1) return err_set(t, E_TypeError, "_SSLContext expected 1 argument, got %zu", nargs);
    if (as_int(t, args[0], &protocol) < 0) return REF_NULL;
    const SSL_METHOD *method = method_of(t, protocol);
    if (method == NULL) return REF_NULL;
    ERR_clear_error();
    SSL_CTX *ctx = SSL_CTX_new(method);
    if (ctx == NULL) return ssl_raise_last(t, NULL);
    Ref r = instance_new(t, as(Type, cls));
    if (ref_is_null(r)) {
        SSL_CTX_free(ctx);
        return r;
    }
    Context *c = as(Context, ref_borrow(r));
    c->ctx = ctx;
    c->host_flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    store_relaxed(&c->x_protocol, protocol);
    SSL_CTX_set_app_data(ctx, c);
    set_verify_mode(t, c, protocol == PROTOCOL_TLS_CLIENT ? CERT_REQUIRED : CERT_NONE);
    store_relaxed(&c->x_check_hostname, protocol == PROTOCOL_TLS_CLIENT);
    uint64_t options = SSL_OP_ALL & ~(uint64_t)SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS;
    options |= SSL_OP_NO_SSLv3 | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_SINGLE_DH_USE | SSL_OP_SINGLE_ECDH_USE | SSL_OP_IGNORE_UNEXPECTED_EOF;
    SSL_CTX_set_options(ctx, options);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"Python", sizeof "Python");
    SSL_CTX_set_post_handshake_auth(ctx, 0);
    X509_VERIFY_PARAM *p = SSL_CTX_get0_param(ctx);
    X509_VERIFY_PARAM_set_flags(p, X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_hostflags(p, c->host_flags);
    return r;
}
static void context_traverse(Object *o, VisitFn visit, void *arg) {
    Context *c = (Context *)o;
    slot_visit(&c->sni_callback, visit, arg);
    slot_visit(&c->msg_callback, visit, arg);
    slot_visit(&c->keylog_name, visit, arg);
}
static void context_clear(Thread *t, Object *o) {
    Context *c = (Context *)o;
    if (c->ctx != NULL) {
        SSL_CTX_set_tlsext_servername_callback(c->ctx, NULL);
        SSL_CTX_set_msg_callback(c->ctx, NULL);
    }
    ref_drop(t, slot_take(t, o, &c->sni_callback));
    ref_drop(t, slot_take(t, o, &c->msg_callback));
    ref_drop(t, slot_take(t, o, &c->keylog_name));
}
static void context_destroy(Thread *t, Object *o) {
    Context *c = (Context *)o;
    context_clear(t, o);
    SSL_CTX_free(c->ctx);
    BIO_free(c->keylog);
    mem_free(c->alpn);
}

/* ---- settings ------------------------------------------------------------------------------------------------------------------------------------- */

static int set_verify_mode(Thread *t, Context *c, int mode) {
    static const int flags[] = {SSL_VERIFY_NONE, SSL_VERIFY_PEER, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT};
    if (mode < CERT_NONE || mode > CERT_REQUIRED) return err_int(err_set(t, E_ValueError, "invalid value for verify_mode"));
    SSL_CTX_set_verify(c->ctx, flags[mode], SSL_CTX_get_verify_callback(c->ctx));
    return 0;
}
static int verify_mode(Context *c) {
    int mode = SSL_CTX_get_verify_mode(c->ctx);
    return mode == SSL_VERIFY_NONE ? CERT_NONE : mode & SSL_VERIFY_FAIL_IF_NO_PEER_CERT ? CERT_REQUIRED : CERT_OPTIONAL;
}
static int no_delete(Thread *t, Value v) { return value_is_null(v) ? err_int(err_set(t, E_AttributeError, "cannot delete attribute")) : 0; }
static int int_value(Thread *t, Value v, int *out) { return no_delete(t, v) < 0 ? -1 : as_int(t, v, out); }

static Ref get_verify_mode(Thread *t, Value self, void *x) { return ref_small_int(verify_mode(as(Context, self))); }
static int put_verify_mode(Thread *t, Value self, Value v, void *x) {
    Context *c = as(Context, self);
    int mode;
    if (int_value(t, v, &mode) < 0) return -1;
    if (mode == CERT_NONE && load_relaxed(&c->x_check_hostname))
        return err_int(err_set(t, E_ValueError, "Cannot set verify_mode to CERT_NONE when check_hostname is enabled."));
    int bad;
    WITH_LOCK(t, c, -1, bad = set_verify_mode(t, c, mode));
    return bad;
}
static Ref get_check_hostname(Thread *t, Value self, void *x) { return ref_bool(load_relaxed(&as(Context, self)->x_check_hostname)); }
static int put_check_hostname(Thread *t, Value self, Value v, void *x) {
    Context *c = as(Context, self);
    int on = no_delete(t, v) < 0 ? -1 : is_true(t, v), bad = 0;
    if (on < 0) return -1;
    if (on) WITH_LOCK(t, c, -1, if (verify_mode(c) == CERT_NONE) bad = set_verify_mode(t, c, CERT_REQUIRED));
    store_relaxed(&c->x_check_hostname, on);
    return bad;
}
static Ref get_host_flags(Thread *t, Value self, void *x) { return ref_small_int(as(Context, self)->host_flags); }
static int put_host_flags(Thread *t, Value self, Value v, void *x) {
    Context *c = as(Context, self);
    int flags;
    if (int_value(t, v, &flags) < 0) return -1;
    WITH_LOCK(t, c, -1, c->host_flags = (unsigned)flags; X509_VERIFY_PARAM_set_hostflags(SSL_CTX_get0_param(c->ctx), c->host_flags));
    return 0;
}
static Ref get_verify_flags(Thread *t, Value self, void *x) { return int_from_u64(t, X509_VERIFY_PARAM_get_flags(SSL_CTX_get0_param(CTX(self)))); }
static int put_verify_flags(Thread *t, Value self, Value v, void *x) {
    Context *c = as(Context, self);
    int64_t flags;
    int ok = 1;
    if (no_delete(t, v) < 0 || as_i64(t, v, &flags) < 0) return -1;
    WITH_LOCK(t, c, -1, X509_VERIFY_PARAM *p = SSL_CTX_get0_param(c->ctx); unsigned long now = X509_VERIFY_PARAM_get_flags(p), set = ~now & (unsigned long)flags,
              clear = now & ~(unsigned long)flags; if (clear) ok = X509_VERIFY_PARAM_clear_flags(p, clear); if (ok && set) ok = X509_VERIFY_PARAM_set_flags(p, set));
    return ok ? 0 : err_int(ssl_raise_last(t, NULL));
}
static Ref get_options(Thread *t, Value self, void *x) { return int_from_i64(t, (int64_t)SSL_CTX_get_options(CTX(self))); }
static int put_options(Thread *t, Value self, Value v, void *x) {
    const uint64_t versions = SSL_OP_NO_SSLv2 | SSL_OP_NO_SSLv3 | SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1 | SSL_OP_NO_TLSv1_2 | SSL_OP_NO_TLSv1_3;
    Context *c = as(Context, self);
    int64_t wanted;
    if (no_delete(t, v) < 0 || as_i64(t, v, &wanted) < 0) return -1;
    uint64_t now = SSL_CTX_get_options(c->ctx), clear = now & ~(uint64_t)wanted, set = ~now & (uint64_t)wanted;
    if ((set & versions) && warn(t, E_DeprecationWarning, 2, "ssl.OP_NO_SSL*/ssl.OP_NO_TLS* options are deprecated") < 0) return -1;
    WITH_LOCK(t, c, -1, if (clear) SSL_CTX_clear_options(c->ctx, clear); if (set) SSL_CTX_set_options(c->ctx, set));
    return 0;
}
/* closure: null for the minimum, else the maximum */
static Ref get_version(Thread *t, Value self, void *maximum) {
    int64_t v = maximum ? SSL_CTX_get_max_proto_version(CTX(self)) : SSL_CTX_get_min_proto_version(CTX(self));
    return ref_small_int(v ? v : maximum ? -1 : -2);
}
static int put_version(Thread *t, Value self, Value value, void *maximum) {
    static const struct { int version; const char *deprecated; } known[] = {
        {SSL3_VERSION, "ssl.TLSVersion.SSLv3 is deprecated"}, {TLS1_VERSION, "ssl.TLSVersion.TLSv1 is deprecated"}, {TLS1_1_VERSION, "ssl.TLSVersion.TLSv1_1 is deprecated"},
        {TLS1_2_VERSION, NULL}, {TLS1_3_VERSION, NULL}};
    Context *c = as(Context, self);
    int v, protocol = load_relaxed(&c->x_protocol), ok;
    if (int_value(t, value, &v) < 0) return -1;
    if (protocol != PROTOCOL_TLS && protocol != PROTOCOL_TLS_CLIENT && protocol != PROTOCOL_TLS_SERVER)
        return err_int(err_set(t, E_ValueError, "The context's protocol doesn't support modification of highest and lowest version."));
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].version == v && known[i].deprecated && warn(t, E_DeprecationWarning, 2, "%s", known[i].deprecated) < 0) return -1;
    if (maximum && v == -2) v = TLS1_2_VERSION < TLS1_VERSION ? TLS1_2_VERSION : TLS1_VERSION;
    else if (!maximum && v == -1) v = TLS1_3_VERSION;
    else if (v == -1 || v == -2) v = 0;
    WITH_LOCK(t, c, -1, ok = maximum ? SSL_CTX_set_max_proto_version(c->ctx, v) : SSL_CTX_set_min_proto_version(c->ctx, v));
    if (!ok) ERR_clear_error();
    return ok ? 0 : err_int(err_set(t, E_ValueError, "Unsupported protocol version 0x%x", v));
}
static Ref get_num_tickets(Thread *t, Value self, void *x) { return int_from_u64(t, SSL_CTX_get_num_tickets(CTX(self))); }
static int put_num_tickets(Thread *t, Value self, Value v, void *x) {
    Context *c = as(Context, self);
    int64_t n;
    int ok;
    if (no_delete(t, v) < 0 || as_i64(t, v, &n) < 0) return -1;
    if (n < 0) return err_int(err_set(t, E_ValueError, "value must be non-negative"));
    if (load_relaxed(&c->x_protocol) != PROTOCOL_TLS_SERVER) return err_int(err_set(t, E_ValueError, "SSLContext is not a server context."));
    WITH_LOCK(t, c, -1, ok = SSL_CTX_set_num_tickets(c->ctx, (size_t)n));
    return ok ? 0 : err_int(err_set(t, E_ValueError, "failed to set num tickets."));
}
static Ref get_security_level(Thread *t, Value self, void *x) { return ref_small_int(SSL_CTX_get_security_level(CTX(self))); }
static Ref get_post_handshake(Thread *t, Value self, void *x) { return ref_bool(load_relaxed(&as(Context, self)->x_post_handshake)); }
static int put_post_handshake(Thread *t, Value self, Value v, void *x) {
    int on = no_delete(t, v) < 0 ? -1 : is_true(t, v);
    if (on >= 0) store_relaxed(&as(Context, self)->x_post_handshake, on);
    return on < 0 ? -1 : 0;
}
static Ref get_protocol(Thread *t, Value self, void *x) { return ref_small_int(load_relaxed(&as(Context, self)->x_protocol)); }

/* ---- callbacks ------------------------------------------------------------------------------------------------------------------------------------------ */

static Ref slot_or_none(Thread *t, Slot *slot) {
    Ref r = slot_ref(t, slot);
    return ref_is_null(r) ? REF_NONE : r;
}

/* The context's part of a connection that is being made: what the callback of the name that the client asks for decides. Attached. */
static int sni_decide(Thread *t, SSL *ssl, Context *c, int *alert) {
    Ref callback = slot_ref(t, &c->sni_callback);
    if (ref_is_null(callback)) return SSL_TLSEXT_ERR_OK;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    Ref shown = ssl_socket_shown(t, ssl_socket_of(ssl)), text = name ? str_from_utf8(t, name, strlen(name)) : REF_NONE;
    Ref r = ref_is_null(text) ? text : call3(t, ref_borrow(callback), ref_borrow(shown), ref_borrow(text), object_value(c));
    int result = SSL_TLSEXT_ERR_OK;
    if (ref_is_null(r)) {
        err_unraisable(t, NULL, ref_borrow(callback));
        *alert = SSL_AD_HANDSHAKE_FAILURE;
        result = SSL_TLSEXT_ERR_ALERT_FATAL;
    } else if (!ref_is_none(r)) {
        int code;
        if (as_int(t, ref_borrow(r), &code) < 0) {
            err_unraisable(t, NULL, ref_borrow(r));
            code = SSL_AD_INTERNAL_ERROR;
        }
        *alert = code;
        result = SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    ref_drop(t, r);
    ref_drop(t, text);
    ref_drop(t, shown);
    ref_drop(t, callback);
    return result;
}
static int sni_callback(SSL *ssl, int *alert, void *arg) {
    Thread *t = thread_current();
    thread_attach(t);
    int r = sni_decide(t, ssl, arg, alert);
    thread_detach(t);
    return r;
}
static Ref get_sni_callback(Thread *t, Value self, void *x) { return slot_or_none(t, &as(Context, self)->sni_callback); }
static int put_sni_callback(Thread *t, Value self, Value v, void *x) {
    Context *c = as(Context, self);
    if (load_relaxed(&c->x_protocol) == PROTOCOL_TLS_CLIENT) return err_int(err_set(t, E_ValueError, "sni_callback cannot be set on TLS_CLIENT context"));
    bool none = value_is_null(v) || value_is_none(v);
    if (!none && !is_callable(v)) return err_int(err_set(t, E_TypeError, "not a callable object"));
    WITH_LOCK(t, c, -1, SSL_CTX_set_tlsext_servername_callback(c->ctx, (none ? NULL : sni_callback)); SSL_CTX_set_tlsext_servername_arg(c->ctx, c));
    slot_set(t, c, &c->sni_callback, none ? REF_NULL : ref_new(t, v));
    return 0;
}

void ssl_message_callback(int write, int version, int type, const void *data, size_t n, SSL *ssl, void *arg) {
    Thread *t = thread_current();
    const unsigned char *p = data;
    int message = -1;
    if (t == NULL || ssl_socket_of(ssl) == NULL || (n == 0 && type != SSL3_RT_CHANGE_CIPHER_SPEC)) return;
    switch (type) {
    case SSL3_RT_CHANGE_CIPHER_SPEC: message = SSL3_MT_CHANGE_CIPHER_SPEC; break;
    case SSL3_RT_ALERT: message = n > 1 ? p[1] : -1; break;
    case SSL3_RT_HANDSHAKE: case SSL3_RT_INNER_CONTENT_TYPE: message = p[0]; break;
    case SSL3_RT_HEADER:
        version = n > 2 ? p[1] << 8 | p[2] : version;
        message = p[0];
        break;
    }
    thread_attach(t);
    SslSocket *s = ssl_socket_of(ssl);
    Ref callback = slot_ref(t, &as(Context, slot_get(&s->context))->msg_callback);
    if (!ref_is_null(callback) && !err_pending(t)) { /* an exception ends the call; what comes before that isn't told any more */
        Ref shown = ssl_socket_shown(t, s), direction = str_from_cstr(t, write ? "write" : "read"), bytes = bytes_new(t, data, n);
        Value args[] = {ref_borrow(shown), ref_borrow(direction), small_int(version), small_int(type), small_int(message), ref_borrow(bytes)};
        if (!ref_is_null(direction) && !ref_is_null(bytes)) ref_drop(t, call(t, ref_borrow(callback), args, 6, VALUE_NULL));
        ref_drop(t, bytes);
        ref_drop(t, direction);
        ref_drop(t, shown);
    }
    ref_drop(t, callback);
    thread_detach(t);
}
static Ref get_msg_callback(Thread *t, Value self, void *x) { return slot_or_none(t, &as(Context, self)->msg_callback); }
static int put_msg_callback(Thread *t, Value self, Value v, void *x) {
    Context *c = as(Context, self);
    bool none = value_is_null(v) || value_is_none(v);
    if (!none && !is_callable(v)) return err_int(err_set(t, E_TypeError, "not a callable object"));
    slot_set(t, c, &c->msg_callback, none ? REF_NULL : ref_new(t, v));
    WITH_LOCK(t, c, -1, SSL_CTX_set_msg_callback(c->ctx, none ? NULL : ssl_message_callback));
    return 0;
}

static void keylog_callback(const SSL *ssl, const char *line) {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* one line at a time; the thread is detached */
    Context *c = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    pthread_mutex_lock(&lock);
    if (c != NULL && c->keylog != NULL) {
        BIO_printf(c->keylog, "%s\n", line);
        (void)BIO_flush(c->keylog);
    }
    pthread_mutex_unlock(&lock);
}
static Ref get_keylog(Thread *t, Value self, void *x) { return slot_or_none(t, &as(Context, self)->keylog_name); }
static int put_keylog(Thread *t, Value self, Value v, void *x) {
    Context *c = as(Context, self);
    BIO *bio = NULL, *old;
    bool none = value_is_null(v) || value_is_none(v);
    if (!none) {
        Ref keep = REF_NULL;
        const char *path = str_fs(t, v, &keep);
        FILE *file = path ? fopen(path, "ae") : NULL;
        int err = errno;
        ref_drop(t, keep);
        if (path == NULL) return -1;
        if (file == NULL) return err_int(err_errno(t, err, v));
        if ((bio = BIO_new_fp(file, BIO_CLOSE | BIO_FP_TEXT)) == NULL) {
            fclose(file);
            return err_int(ssl_raise_last(t, "Can't malloc memory for keylog file"));
        }
        fseek(file, 0, SEEK_END);
        if (ftell(file) == 0) BIO_puts(bio, "# TLS secrets log file, generated by OpenSSL / Python\n");
        (void)BIO_flush(bio);
    }
    WITH_LOCK(t, c, -1, old = c->keylog; c->keylog = bio; SSL_CTX_set_keylog_callback(c->ctx, none ? NULL : keylog_callback));
    BIO_free(old);
    slot_set(t, c, &c->keylog_name, none ? REF_NULL : ref_new(t, v));
    return 0;
}

static int alpn_select(SSL *ssl, const unsigned char **out, unsigned char *n, const unsigned char *client, unsigned client_length, void *arg) {
    Context *c = arg;
    int r = SSL_select_next_proto((unsigned char **)out, n, c->alpn ? c->alpn : (const unsigned char *)"", c->alpn_length, client, client_length);
    return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}
static Ref m_set_alpn(Thread *t, Value self, const Value *a) {
    Context *c = as(Context, self);
    Buffer view;
    if (buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    unsigned char *copy = mem_alloc((size_t)view.len + 1), *old;
    if (copy != NULL) memcpy(copy, view.data, (size_t)view.len);
    unsigned n = (unsigned)view.len;
    buffer_release(t, &view);
    if (copy == NULL) return err_no_memory(t);
    int failed;
    WITH_LOCK(t, c, REF_NULL, old = c->alpn; c->alpn = copy; c->alpn_length = n; failed = SSL_CTX_set_alpn_protos(c->ctx, copy, n);
              SSL_CTX_set_alpn_select_cb(c->ctx, alpn_select, c));
    mem_free(old);
    return failed ? err_no_memory(t) : REF_NONE;
}

/* ---- certificates and keys ------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Password { Thread *t; Value source; Ref bytes; bool failed; } Password;
static int password_get(Thread *t, Password *p, Value v) {
    Ref bytes = is_str(v) ? str_encode(t, v, "utf-8", NULL) : is_bytes(v) ? ref_new(t, v) : type_is_subtype(type_of(v), &bytearray_type) ? bytes_from_object(t, v) : REF_NULL;
    if (ref_is_null(bytes)) return err_pending(t) ? -1 : err_int(err_set(t, E_TypeError, is_callable(p->source) ? "password callback must return a string" : "password should be a string or callable"));
    if (bytes_length(ref_borrow(bytes)) > INT_MAX) {
        ref_drop(t, bytes);
        return err_int(err_set(t, E_ValueError, "password cannot be longer than %d bytes", INT_MAX));
    }
    ref_drop(t, p->bytes);
    p->bytes = bytes;
    return 0;
}
static int password_callback(char *buffer, int size, int writing, void *arg) {
    Password *p = arg;
    Thread *t = p->t;
    int n = -1;
    if (p->failed) return -1; /* OpenSSL 3 asks again after a failure */
    thread_attach(t);
    if (!value_is_null(p->source) && is_callable(p->source)) {
        Ref v = call0(t, p->source);
        if (ref_is_null(v) || password_get(t, p, ref_borrow(v)) < 0) p->failed = true;
        ref_drop(t, v);
    }
    if (!p->failed && !ref_is_null(p->bytes)) {
        n = (int)bytes_length(ref_borrow(p->bytes));
        if (n > size) {
            err_set(t, E_ValueError, "password cannot be longer than %d bytes", size);
            p->failed = true;
            n = -1;
        } else memcpy(buffer, bytes_data(ref_borrow(p->bytes)), (size_t)n);
    }
    thread_detach(t);
    return n;
}
/* Why loading a file failed: a password's exception, errno's OSError, or the library's. */
static Ref load_error(Thread *t, bool pending, int err) {
    if (pending) {
        ERR_clear_error();
        return REF_NULL;
    }
    if (err == 0) return ssl_raise_last(t, NULL);
    ERR_clear_error();
    return err_errno(t, err, VALUE_NULL);
}
static const char *file_argument(Thread *t, Value v, const char *what, Ref *keep) {
    const char *path = str_fs(t, v, keep);
    if (path == NULL && err_clear_if(t, E_TypeError)) err_set(t, E_TypeError, "%s should be a valid filesystem path", what);
    return path;
}
static Ref load_chain(Thread *t, Context *c, const char *cert, const char *key, Password *p) {
    int ok, err, locked = io_begin(t, c, &c->lock);
    if (locked < 0) return REF_NULL;
    pem_password_cb *old = SSL_CTX_get_default_passwd_cb(c->ctx);
    void *old_data = SSL_CTX_get_default_passwd_cb_userdata(c->ctx);
    if (!value_is_null(p->source)) {
        SSL_CTX_set_default_passwd_cb(c->ctx, password_callback);
        SSL_CTX_set_default_passwd_cb_userdata(c->ctx, p);
    }
    ERR_clear_error();
    DETACHED(t, errno = 0; ok = SSL_CTX_use_certificate_chain_file(c->ctx, cert); err = errno);
    if (ok == 1) DETACHED(t, errno = 0; ok = SSL_CTX_use_PrivateKey_file(c->ctx, key, SSL_FILETYPE_PEM); err = errno);
    Ref r = REF_NONE;
    if (ok != 1) r = load_error(t, p->failed, err);
    else if (SSL_CTX_check_private_key(c->ctx) != 1) r = ssl_raise_last(t, NULL);
    SSL_CTX_set_default_passwd_cb(c->ctx, old);
    SSL_CTX_set_default_passwd_cb_userdata(c->ctx, old_data);
    io_end(t, c, &c->lock);
    return r;
}
static Ref m_load_cert_chain(Thread *t, Value self, const Value *a) {
    Ref keep_cert = REF_NULL, keep_key = REF_NULL, r = REF_NULL;
    Password p = {.t = t, .source = value_is_null(a[2]) || value_is_none(a[2]) ? VALUE_NULL : a[2]};
    const char *cert = file_argument(t, a[0], "certfile", &keep_cert), *key = cert;
    if (cert != NULL && !value_is_null(a[1]) && !value_is_none(a[1])) key = file_argument(t, a[1], "keyfile", &keep_key);
    if (cert != NULL && key != NULL && (value_is_null(p.source) || is_callable(p.source) || password_get(t, &p, p.source) == 0)) r = load_chain(t, as(Context, self), cert, key, &p);
    ref_drop(t, p.bytes);
    ref_drop(t, keep_cert);
    ref_drop(t, keep_key);
    return r;
}

/* Adds the certificates of cadata, PEM text or DER. */
static int add_data(Thread *t, Context *c, const void *data, size_t n, bool pem) {
    if (n == 0) return err_int(err_set(t, E_ValueError, "Empty certificate data"));
    if (n > INT_MAX) return err_int(err_set(t, E_OverflowError, "Certificate data is too long."));
    BIO *bio = BIO_new_mem_buf(data, (int)n);
    if (bio == NULL) return err_int(ssl_raise_last(t, "Can't allocate buffer"));
    X509_STORE *store = SSL_CTX_get_cert_store(c->ctx);
    int loaded = 0, bad = 0;
    for (;;) {
        X509 *cert = pem ? PEM_read_bio_X509(bio, NULL, SSL_CTX_get_default_passwd_cb(c->ctx), NULL) : d2i_X509_bio(bio, NULL);
        if (cert == NULL) break;
        int ok = X509_STORE_add_cert(store, cert);
        X509_free(cert);
        if (!ok) {
            unsigned long e = ERR_peek_last_error();
            if (ERR_GET_LIB(e) != ERR_LIB_X509 || ERR_GET_REASON(e) != X509_R_CERT_ALREADY_IN_HASH_TABLE) break;
            ERR_clear_error();
        }
        loaded++;
    }
    unsigned long e = ERR_peek_last_error();
    if (loaded == 0)
        bad = err_int(ssl_raise(t, NULL, SSL_E_Error, 0, pem ? "no start line: cadata does not contain a certificate" : "not enough data: cadata does not contain a certificate", 0));
    else if (!pem && ERR_GET_LIB(e) == ERR_LIB_ASN1 && ERR_GET_REASON(e) == ASN1_R_HEADER_TOO_LONG) ERR_clear_error(); /* the end of the data */
    else if (pem && ERR_GET_LIB(e) == ERR_LIB_PEM && ERR_GET_REASON(e) == PEM_R_NO_START_LINE) ERR_clear_error();
    else if (e != 0) bad = err_int(ssl_raise_last(t, NULL));
    ERR_clear_error();
    BIO_free(bio);
    return bad;
}
static Ref m_load_verify_locations(Thread *t, Value self, const Value *a) {
    Context *c = as(Context, self);
    bool given[3];
    for (int i = 0; i < 3; i++) given[i] = !value_is_null(a[i]) && !value_is_none(a[i]);
    if (!given[0] && !given[1] && !given[2]) return err_set(t, E_TypeError, "cafile, capath and cadata cannot be all omitted");
    Ref keep_file = REF_NULL, keep_path = REF_NULL, r = REF_NULL;
    const char *file = given[0] ? file_argument(t, a[0], "cafile", &keep_file) : NULL, *path = NULL;
    if (!err_pending(t) && given[1]) path = file_argument(t, a[1], "capath", &keep_path);
    int bad = err_pending(t) ? -1 : 0, ok, err;
    if (bad == 0 && given[2]) {
        Buffer view;
        if (is_str(a[2]) && as(Str, a[2])->ascii) {
            WITH_LOCK(t, c, REF_NULL, bad = add_data(t, c, as(Str, a[2])->data, as(Str, a[2])->length, true));
        } else if (is_str(a[2]) || !buffer_supported(a[2])) {
            bad = err_int(err_set(t, E_TypeError, "cadata should be an ASCII string or a bytes-like object"));
        } else if ((bad = buffer_get_snapshot(t, a[2], &view)) == 0) {
            WITH_LOCK(t, c, REF_NULL, bad = add_data(t, c, view.data, (size_t)view.len, false));
            buffer_release(t, &view);
        }
    }
    if (bad == 0) r = REF_NONE;
    if (bad == 0 && (file || path)) {
        ERR_clear_error();
        WITH_LOCK(t, c, REF_NULL, DETACHED(t, errno = 0; ok = SSL_CTX_load_verify_locations(c->ctx, file, path); err = errno));
        if (ok != 1) r = load_error(t, false, err);
    }
    ref_drop(t, keep_file);
    ref_drop(t, keep_path);
    return r;
}
static Ref m_load_dh_params(Thread *t, Value self, const Value *a) {
    Context *c = as(Context, self);
    Ref keep = REF_NULL;
    Ref mode = str_from_cstr(t, "rb");
    int stopped = ref_is_null(mode) ? -1 : audit(t, "open", (Value[]){a[0], ref_borrow(mode), small_int(0)}, 3);
    ref_drop(t, mode);
    const char *path = stopped < 0 ? NULL : str_fs(t, a[0], &keep);
    FILE *file = path ? fopen(path, "rbe") : NULL;
    int err = errno;
    ref_drop(t, keep);
    if (path == NULL) return REF_NULL;
    if (file == NULL) return err_errno(t, err, a[0]);
    BIO *bio = BIO_new_fp(file, BIO_CLOSE);
    errno = 0;
    ERR_clear_error();
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations" /* the newer way reports other errors */
    DH *dh = bio ? PEM_read_bio_DHparams(bio, NULL, NULL, NULL) : NULL;
    err = errno;
    BIO_free(bio);
    if (dh == NULL) return load_error(t, false, err);
    int ok;
    WITH_LOCK(t, c, REF_NULL, ok = SSL_CTX_set_tmp_dh(c->ctx, dh) > 0);
    DH_free(dh);
#pragma GCC diagnostic pop
    return ok ? REF_NONE : ssl_raise_last(t, NULL);
}
static Ref m_set_default_verify_paths(Thread *t, Value self, const Value *a) {
    Context *c = as(Context, self);
    int ok;
    ERR_clear_error();
    WITH_LOCK(t, c, REF_NULL, DETACHED(t, ok = SSL_CTX_set_default_verify_paths(c->ctx)));
    ERR_clear_error();
    return ok ? REF_NONE : ssl_raise_last(t, NULL);
}
static Ref m_set_ecdh_curve(Thread *t, Value self, const Value *a) {
    Context *c = as(Context, self);
    Ref keep = REF_NULL;
    const char *name = str_fs(t, a[0], &keep);
    int nid = name ? OBJ_sn2nid(name) : 0, ok;
    ref_drop(t, keep);
    if (name == NULL) return REF_NULL;
    if (nid == 0) return err_set(t, E_ValueError, "unknown elliptic curve name %R", a[0]);
    WITH_LOCK(t, c, REF_NULL, ok = SSL_CTX_set1_groups(c->ctx, &nid, 1));
    return ok ? REF_NONE : ssl_raise_last(t, NULL);
}
static Ref m_set_ciphers(Thread *t, Value self, const Value *a) {
    Context *c = as(Context, self);
    if (!is_str(a[0])) return err_bad_argument(t, "set_ciphers", NULL, "str", a[0]);
    const char *list = str_utf8(t, a[0], NULL);
    int ok;
    if (list == NULL) return REF_NULL;
    WITH_LOCK(t, c, REF_NULL, ok = SSL_CTX_set_cipher_list(c->ctx, list));
    ERR_clear_error();
    return ok ? REF_NONE : ssl_plain_error(t, "No cipher can be selected.");
}

/* ---- what a context holds --------------------------------------------------------------------------------------------------------------------------------- */

static int put(Thread *t, Value d, const char *key, Ref v) {
    int bad = ref_is_null(v) ? -1 : dict_set_cstr(t, d, key, ref_borrow(v));
    ref_drop(t, v);
    return bad;
}
static Ref finish_dict(Thread *t, Ref d, int bad) {
    if (bad == 0) return d;
    ref_drop(t, d);
    return REF_NULL;
}
static Ref m_session_stats(Thread *t, Value self, const Value *a) {
    SSL_CTX *ctx = CTX(self);
    const struct { const char *name; long value; } stats[] = {
        {"number", SSL_CTX_sess_number(ctx)}, {"connect", SSL_CTX_sess_connect(ctx)}, {"connect_good", SSL_CTX_sess_connect_good(ctx)},
        {"connect_renegotiate", SSL_CTX_sess_connect_renegotiate(ctx)}, {"accept", SSL_CTX_sess_accept(ctx)}, {"accept_good", SSL_CTX_sess_accept_good(ctx)},
        {"accept_renegotiate", SSL_CTX_sess_accept_renegotiate(ctx)}, {"hits", SSL_CTX_sess_hits(ctx)}, {"misses", SSL_CTX_sess_misses(ctx)},
        {"timeouts", SSL_CTX_sess_timeouts(ctx)}, {"cache_full", SSL_CTX_sess_cache_full(ctx)}};
    Ref d = dict_new(t);
    int bad = ref_is_null(d) ? -1 : 0;
    for (size_t i = 0; bad == 0 && i < sizeof stats / sizeof *stats; i++) bad = put(t, ref_borrow(d), stats[i].name, ref_small_int(stats[i].value));
    return finish_dict(t, d, bad);
}
static Ref m_cert_store_stats(Thread *t, Value self, const Value *a) {
    X509_STORE *store = SSL_CTX_get_cert_store(CTX(self));
    int x509 = 0, crl = 0, ca = 0;
    X509_STORE_lock(store);
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        X509_OBJECT *o = sk_X509_OBJECT_value(objects, i);
        if (X509_OBJECT_get_type(o) == X509_LU_X509) {
            x509++;
            if (X509_check_ca(X509_OBJECT_get0_X509(o))) ca++;
        } else if (X509_OBJECT_get_type(o) == X509_LU_CRL) crl++;
    }
    X509_STORE_unlock(store);
    Ref d = dict_new(t);
    int bad = ref_is_null(d) || put(t, ref_borrow(d), "x509", ref_small_int(x509)) < 0 || put(t, ref_borrow(d), "crl", ref_small_int(crl)) < 0 ||
              put(t, ref_borrow(d), "x509_ca", ref_small_int(ca)) < 0;
    return finish_dict(t, d, -bad);
}
static Ref m_get_ca_certs(Thread *t, Value self, const Value *a) {
    int binary = value_is_null(a[0]) ? 0 : is_true(t, a[0]);
    Ref list = binary < 0 ? REF_NULL : list_new(t, 0);
    if (ref_is_null(list)) return list;
    X509_STORE *store = SSL_CTX_get_cert_store(CTX(self));
    X509_STORE_lock(store);
    STACK_OF(X509) *certs = sk_X509_new_null();
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
    for (int i = 0; certs && i < sk_X509_OBJECT_num(objects); i++) {
        X509 *cert = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        if (cert && X509_check_ca(cert) && X509_up_ref(cert)) sk_X509_push(certs, cert);
    }
    X509_STORE_unlock(store);
    for (int i = 0; !ref_is_null(list) && i < sk_X509_num(certs); i++) {
        Ref item = binary ? cert_der(t, sk_X509_value(certs, i)) : cert_dict(t, sk_X509_value(certs, i));
        if (ref_is_null(item) || list_append_steal(t, ref_borrow(list), item) < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    }
    sk_X509_pop_free(certs, X509_free);
    return list;
}
static Ref nid_text(Thread *t, int nid) { return nid == NID_undef ? REF_NONE : str_from_cstr(t, OBJ_nid2ln(nid)); }
static Ref cipher_dict(Thread *t, const SSL_CIPHER *c) {
    char text[512];
    int bits, strength = SSL_CIPHER_get_bits(c, &bits);
    size_t n;
    SSL_CIPHER_description(c, text, sizeof text);
    n = strlen(text);
    if (n > 0 && text[n - 1] == '\n') n--;
    Ref d = dict_new(t);
    if (ref_is_null(d)) return d;
    Value v = ref_borrow(d);
    int bad = put(t, v, "id", int_from_u64(t, SSL_CIPHER_get_id(c))) < 0 || put(t, v, "name", str_from_cstr(t, SSL_CIPHER_get_name(c))) < 0 ||
              put(t, v, "protocol", str_from_cstr(t, SSL_CIPHER_get_version(c))) < 0 || put(t, v, "description", str_from_utf8(t, text, n)) < 0 ||
              put(t, v, "strength_bits", ref_small_int(strength)) < 0 || put(t, v, "alg_bits", ref_small_int(bits)) < 0 || put(t, v, "aead", ref_bool(SSL_CIPHER_is_aead(c))) < 0 ||
              put(t, v, "symmetric", nid_text(t, SSL_CIPHER_get_cipher_nid(c))) < 0 || put(t, v, "digest", nid_text(t, SSL_CIPHER_get_digest_nid(c))) < 0 ||
              put(t, v, "kea", nid_text(t, SSL_CIPHER_get_kx_nid(c))) < 0 || put(t, v, "auth", nid_text(t, SSL_CIPHER_get_auth_nid(c))) < 0;
    return finish_dict(t, d, -bad);
}
static Ref m_get_ciphers(Thread *t, Value self, const Value *a) {
    Context *c = as(Context, self);
    SSL *ssl;
    WITH_LOCK(t, c, REF_NULL, ssl = SSL_new(c->ctx));
    if (ssl == NULL) return ssl_raise_last(t, NULL);
    STACK_OF(SSL_CIPHER) *ciphers = SSL_get_ciphers(ssl);
    Ref list = list_new(t, 0);
    for (int i = 0; !ref_is_null(list) && i < sk_SSL_CIPHER_num(ciphers); i++) {
        Ref d = cipher_dict(t, sk_SSL_CIPHER_value(ciphers, i));
        if (ref_is_null(d) || list_append_steal(t, ref_borrow(list), d) < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    }
    SSL_free(ssl);
    return list;
}

/* ---- connections --------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_wrap_socket(Thread *t, Value self, const Value *a) {
    int server = is_true(t, a[1]);
    if (server < 0) return REF_NULL;
    if (!type_is_subtype(type_of(a[0]), &socket_type)) return err_bad_argument(t, "_wrap_socket", "sock", "_socket.socket", a[0]);
    return ssl_socket_make(t, as(Context, self), a[0], NULL, NULL, server, a[2], a[3], a[4]);
}
static Ref m_wrap_bio(Thread *t, Value self, const Value *a) {
    int server = is_true(t, a[2]);
    if (server < 0) return REF_NULL;
    for (int i = 0; i < 2; i++)
        if (!type_is_subtype(type_of(a[i]), &memory_bio_type)) return err_bad_argument(t, "_wrap_bio", i ? "outgoing" : "incoming", "_ssl.MemoryBIO", a[i]);
    return ssl_socket_make(t, as(Context, self), VALUE_NULL, as(MemoryBio, a[0]), as(MemoryBio, a[1]), server, a[3], a[4], a[5]);
}

static NativeDef methods[] = {
    FN("_wrap_socket", "($self, /, sock, server_side, server_hostname=None, *,\n             owner=None, session=None)", m_wrap_socket, NULL),
    FN("_wrap_bio", "($self, /, incoming, outgoing, server_side,\n          server_hostname=None, *, owner=None, session=None)", m_wrap_bio, NULL),
    FN("set_ciphers", "($self, cipherlist, /)", m_set_ciphers, NULL), FN("_set_alpn_protocols", "($self, protos, /)", m_set_alpn, NULL),
    FN("load_cert_chain", "($self, /, certfile, keyfile=None, password=None)", m_load_cert_chain, NULL), FN("load_dh_params", "($self, path, /)", m_load_dh_params, NULL),
    FN("load_verify_locations", "($self, /, cafile=None, capath=None, cadata=None)", m_load_verify_locations, NULL), FN("session_stats", "($self, /)", m_session_stats, NULL),
    FN("set_default_verify_paths", "($self, /)", m_set_default_verify_paths, NULL), FN("set_ecdh_curve", "($self, name, /)", m_set_ecdh_curve, NULL),
    FN("cert_store_stats", "($self, /)", m_cert_store_stats, "How many certificates and revocation lists the context holds."),
    FN("get_ca_certs", "($self, /, binary_form=False)", m_get_ca_certs, "The CA certificates that the context holds."), FN("get_ciphers", "($self, /)", m_get_ciphers, NULL), FN_END,
};
static const GetSetDef getset[] = {
    {"check_hostname", get_check_hostname, put_check_hostname, NULL, NULL}, {"_host_flags", get_host_flags, put_host_flags, NULL, NULL},
    {"minimum_version", get_version, put_version, NULL, NULL}, {"maximum_version", get_version, put_version, NULL, (void *)1}, {"keylog_filename", get_keylog, put_keylog, NULL, NULL},
    {"_msg_callback", get_msg_callback, put_msg_callback, NULL, NULL},
    {"sni_callback", get_sni_callback, put_sni_callback, "Set a callback that will be called when a server name is provided by the SSL/TLS client in the SNI extension.", NULL},
    {"num_tickets", get_num_tickets, put_num_tickets, "Control the number of TLSv1.3 session tickets", NULL}, {"options", get_options, put_options, NULL, NULL},
    {"post_handshake_auth", get_post_handshake, put_post_handshake, NULL, NULL}, {"protocol", get_protocol, NULL, NULL, NULL}, {"verify_flags", get_verify_flags, put_verify_flags, NULL, NULL},
    {"verify_mode", get_verify_mode, put_verify_mode, NULL, NULL}, {"security_level", get_security_level, NULL, "The current security level", NULL}, {NULL}};
Type context_type = {
    TYPE_HEADER(Context, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, context_traverse, context_clear, context_destroy), .name = "_ssl._SSLContext",
    .methods = methods, .getset = getset, .new_ = context_new, .weakrefs_offset = offsetof(Context, weakrefs),
};
