/* _ssl: what its files share.
 *
 * An SSL connection is used by one thread at a time: its lock is held over each call of the library, and given up while the thread waits for the
 * socket. So one thread may read while another writes, which works since the connection's BIO never waits itself. The library calls back (SNI, messages,
 * passwords, key log) on the thread that runs it, which attaches for that; an exception of a callback stays pending until the call returns.
 */
#ifndef WEFT_LOADABLE_SSL_H
#define WEFT_LOADABLE_SSL_H
#include "runtime/loadable/stream.h"
#include "runtime/dict.h"
#include "runtime/names.h"
#include "runtime/modules/_socket.h"
#include "runtime/weakref.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

enum { CERT_NONE, CERT_OPTIONAL, CERT_REQUIRED };
enum { PROTOCOL_SSLV2, PROTOCOL_SSLV3, PROTOCOL_TLS, PROTOCOL_TLSV1, PROTOCOL_TLSV1_1, PROTOCOL_TLSV1_2, PROTOCOL_TLS_CLIENT = 16, PROTOCOL_TLS_SERVER };
enum { PY_SSL_ERROR_EOF = 8, PY_SSL_ERROR_NO_SOCKET, PY_SSL_ERROR_INVALID };

typedef struct Context {
    Object base;
    Slot sni_callback, msg_callback, keylog_name; /* or null */
    Slot weakrefs;
    IoLock lock;              /* guards what follows against changes */
    SSL_CTX *ctx;
    unsigned char *alpn;      /* mem_alloc'ed; never changed in place */
    unsigned alpn_length;
    BIO *keylog;
    _Atomic int x_protocol, x_check_hostname, x_post_handshake;
    unsigned host_flags;
} Context;
typedef struct MemoryBio {
    Object base;
    IoLock lock;              /* guards the BIO */
    BIO *bio;
    _Atomic bool x_eof;       /* write_eof() was called */
} MemoryBio;
typedef struct SslSocket {
    Object base;
    Slot context;             /* Context */
    Slot socket, owner;       /* weak references, or null */
    Slot hostname;            /* str or null */
    Slot in, out;             /* MemoryBio, or null */
    IoLock lock;              /* guards ssl */
    IoLock write_lock;        /* held over a whole write, waits included: a record that waits to be sent belongs to its writer; taken before lock */
    SSL *ssl;
    int fd;                   /* for the BIO: set before each call */
    bool server, shutdown_seen_zero;
} SslSocket;
typedef struct Session { Object base; Slot context; SSL_SESSION *session; } Session;
typedef struct Certificate { Object base; X509 *cert; int64_t hash; } Certificate;
extern Type context_type, memory_bio_type, ssl_socket_type, session_type, certificate_type, ssl_error_type;

/* exceptions (_ssl.c) */
typedef enum { SSL_E_Error, SSL_E_ZeroReturn, SSL_E_WantRead, SSL_E_WantWrite, SSL_E_Syscall, SSL_E_Eof, SSL_E_Certificate, SSL_E_COUNT } SslErrorKind;
/* Raises SSLError or a subclass: "[LIBRARY: REASON] text (_ssl.c:line)" with errno `number`. code: the library's, or 0; text null: the library's. */
Ref ssl_raise_at(Thread *t, SslSocket *s, SslErrorKind kind, int64_t number, const char *text, unsigned long code, int line);
/* SSLError of the library's last error (or of text alone). Clears its queue. */
Ref ssl_raise_last_at(Thread *t, const char *text, int line);
#define ssl_raise(t, s, kind, number, text, code) ssl_raise_at(t, s, kind, number, text, code, __LINE__)
#define ssl_raise_last(t, text) ssl_raise_last_at(t, text, __LINE__)
Ref ssl_plain_error(Thread *t, const char *message); /* SSLError(message) */
extern Slot ssl_codes_to_names, ssl_libraries;       /* dicts */

/* connections (_ssl_socket.c): takes over nothing */
Ref ssl_socket_make(Thread *t, Context *c, Value socket, MemoryBio *in, MemoryBio *out, bool server, Value hostname, Value owner, Value session);
SslSocket *ssl_socket_of(const SSL *ssl);
Ref ssl_socket_shown(Thread *t, SslSocket *s); /* what callbacks get for a connection: its owner, its socket, or itself */
void ssl_message_callback(int write, int version, int type, const void *data, size_t n, SSL *ssl, void *arg);

/* certificates (_ssl_cert.c) */
Ref cert_dict(Thread *t, X509 *cert);
Ref cert_der(Thread *t, X509 *cert);
Ref cert_object(Thread *t, X509 *cert);        /* Certificate; counts the X509 */
Ref cipher_tuple(Thread *t, const SSL_CIPHER *cipher);
extern NativeDef ssl_cert_functions[];
int ascii_argument(Thread *t, Value v, const char *function, Ref *keep, const char **out); /* str in ASCII, bytes, bytearray */
#endif
