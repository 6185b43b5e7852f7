/* _ssl, on OpenSSL 3: exceptions, random numbers, constants. Contexts, connections and certificates stand in files of their own. */
#include "runtime/loadable/_ssl.h"
#include "runtime/exceptions.h"
#include <openssl/crypto.h>
#include <openssl/rand.h>

int module_init__ssl(Thread *t, Value module);
Slot ssl_codes_to_names, ssl_libraries;
static Slot classes[SSL_E_COUNT]; /* set once, under the import lock */

/* ---- exceptions ------------------------------------------------------------------------------------------------------------------------------ */

static Ref error_str(Thread *t, Value self) {
    Ref text = slot_ref(t, &as(OSError, self)->strerror);
    if (!ref_is_null(text) && is_str(ref_borrow(text))) return text;
    ref_drop(t, text);
    Ref args = slot_ref(t, &as(BaseException, self)->args), r = object_str(t, ref_borrow(args));
    ref_drop(t, args);
    return r;
}
Type ssl_error_type = {
    TYPE_HEADER(OSError, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_SHAPED | TYPE_EXCEPTION, NULL, NULL, NULL), .name = "ssl.SSLError", .doc = "An error occurred in the SSL implementation.",
    .base = &error_types[E_OSError], .attrs_offset = offsetof(BaseException, attrs_), .basic_size_end = sizeof(OSError), .str = error_str,
};

static Ref lookup(Thread *t, Slot *dict, Ref key) {
    Ref r = REF_NULL;
    if (!ref_is_null(key) && dict_lookup(t, slot_get(dict), ref_borrow(key), &r) == 0) r = REF_NONE;
    ref_drop(t, key);
    return r;
}
/* Why the certificate of s was refused */
static Ref verify_text(Thread *t, SslSocket *s, long code) {
    Ref host = slot_ref(t, &s->hostname);
    Value h = ref_is_null(host) ? VALUE_NONE : ref_borrow(host);
    Ref r = code == X509_V_ERR_HOSTNAME_MISMATCH     ? str_format(t, "Hostname mismatch, certificate is not valid for '%V'.", h)
            : code == X509_V_ERR_IP_ADDRESS_MISMATCH ? str_format(t, "IP address mismatch, certificate is not valid for '%V'.", h)
                                                     : str_from_cstr(t, X509_verify_cert_error_string(code));
    ref_drop(t, host);
    return r;
}
static int put(Thread *t, Value e, const char *name, Value v) { return set_attr(t, e, str_intern_cstr(t, name), v); }

Ref ssl_raise_at(Thread *t, SslSocket *s, SslErrorKind kind, int64_t number, const char *text, unsigned long code, int line) {
    Ref reason = REF_NONE, library = REF_NONE, verify = REF_NULL, message = REF_NULL, e = REF_NULL;
    long verify_code = 0;
    if (code != 0) {
        int lib = ERR_GET_LIB(code), why = ERR_GET_REASON(code);
        reason = lookup(t, &ssl_codes_to_names, tuple_pack(t, 2, small_int(lib), small_int(why)));
        library = lookup(t, &ssl_libraries, ref_small_int(lib));
        if (text == NULL) text = ERR_reason_error_string(code);
    }
    if (text == NULL) text = "unknown error";
    if (s != NULL && kind == SSL_E_Certificate) {
        verify_code = SSL_get_verify_result(s->ssl);
        verify = verify_text(t, s, verify_code);
    }
    Value r = ref_borrow(reason), l = ref_borrow(library);
    if (!ref_is_null(verify) && !ref_is_none(reason) && !ref_is_none(library)) message = str_format(t, "[%V: %V] %s: %V (_ssl.c:%d)", l, r, text, ref_borrow(verify), line);
    else if (!ref_is_none(reason) && !ref_is_none(library)) message = str_format(t, "[%V: %V] %s (_ssl.c:%d)", l, r, text, line);
    else if (!ref_is_none(library)) message = str_format(t, "[%V] %s (_ssl.c:%d)", l, text, line);
    else message = str_format(t, "%s (_ssl.c:%d)", text, line);
    Ref n = int_from_i64(t, number);
    if (!ref_is_null(message)) e = call2(t, slot_get(&classes[kind]), ref_borrow(n), ref_borrow(message));
    bool bad = ref_is_null(e) || put(t, ref_borrow(e), "reason", r) < 0 || put(t, ref_borrow(e), "library", l) < 0;
    if (!bad && !ref_is_null(verify)) bad = put(t, ref_borrow(e), "verify_code", small_int(verify_code)) < 0 || put(t, ref_borrow(e), "verify_message", ref_borrow(verify)) < 0;
    if (!bad) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    ref_drop(t, n);
    ref_drop(t, message);
    ref_drop(t, verify);
    ref_drop(t, library);
    ref_drop(t, reason);
    return REF_NULL;
}
Ref ssl_raise_last_at(Thread *t, const char *text, int line) {
    unsigned long code = text ? 0 : ERR_peek_last_error();
    ssl_raise_at(t, NULL, SSL_E_Error, code ? ERR_GET_REASON(code) : 0, text, code, line);
    ERR_clear_error();
    return REF_NULL;
}
Ref ssl_plain_error(Thread *t, const char *message) { return err_type(t, &ssl_error_type, "%s", message); }

/* ---- random numbers -------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_rand_add(Thread *t, Value self, const Value *a) {
    Buffer view;
    double entropy;
    Ref bytes = is_str(a[0]) ? str_encode(t, a[0], "utf-8", NULL) : ref_new(t, a[0]);
    int bad = ref_is_null(bytes) || as_double(t, a[1], &entropy) < 0 || buffer_get_snapshot(t, ref_borrow(bytes), &view) < 0;
    if (!bad) {
        RAND_add(view.data, (int)view.len, entropy);
        buffer_release(t, &view);
    }
    ref_drop(t, bytes);
    return bad ? REF_NULL : REF_NONE;
}
static Ref random_bytes(Thread *t, Value v) {
    int n;
    if (as_int(t, v, &n) < 0) return REF_NULL;
    if (n < 0) return err_set(t, E_ValueError, "num must be positive");
    Ref r = bytes_new_uninit(t, (size_t)n);
    if (ref_is_null(r) || RAND_bytes(bytes_data(ref_borrow(r)), n) == 1) return r;
    ref_drop(t, r);
    return ssl_raise_last(t, NULL);
}
static Ref m_rand_bytes(Thread *t, Value self, const Value *a) { return random_bytes(t, a[0]); }
static Ref m_rand_pseudo_bytes(Thread *t, Value self, const Value *a) {
    if (warn(t, E_DeprecationWarning, 1, "ssl.RAND_pseudo_bytes() is deprecated") < 0) return REF_NULL;
    return tuple_from_steal(t, (Ref[]){random_bytes(t, a[0]), REF_TRUE}, 2);
}
static Ref m_rand_status(Thread *t, Value self, const Value *a) { return ref_bool(RAND_status()); }
static Ref m_default_paths(Thread *t, Value self, const Value *a) {
    const char *text[] = {X509_get_default_cert_file_env(), X509_get_default_cert_file(), X509_get_default_cert_dir_env(), X509_get_default_cert_dir()};
    Ref items[4];
    for (int i = 0; i < 4; i++) items[i] = str_from_fs(t, text[i], strlen(text[i]));
    return tuple_from_steal(t, items, 4);
}
static NativeDef functions[] = {
    FN("RAND_add", "($module, string, entropy, /)", m_rand_add, "Mix string into the OpenSSL PRNG state."), FN("RAND_bytes", "($module, n, /)", m_rand_bytes, "Generate n cryptographically strong pseudo-random bytes."),
    FN("RAND_pseudo_bytes", "($module, n, /)", m_rand_pseudo_bytes, "Generate n pseudo-random bytes."),
    FN("RAND_status", "($module, /)", m_rand_status, "Returns True if the OpenSSL PRNG has been seeded with enough data and False if not."),
    FN("get_default_verify_paths", "($module, /)", m_default_paths, "The names of the environment variables and paths of the default CA certificates."), FN_END,
};

/* ---- the module -------------------------------------------------------------------------------------------------------------------------------------- */

static const KitConstant constants[] = {
#define C(x) {#x, (int64_t)(x)}
#define SSL_C(x) {#x, (int64_t)SSL_##x}
#define ALERT(x) {"ALERT_DESCRIPTION_" #x, SSL_AD_##x}
    ALERT(CLOSE_NOTIFY), ALERT(UNEXPECTED_MESSAGE), ALERT(BAD_RECORD_MAC), ALERT(RECORD_OVERFLOW), ALERT(DECOMPRESSION_FAILURE), ALERT(HANDSHAKE_FAILURE), ALERT(BAD_CERTIFICATE),
    ALERT(UNSUPPORTED_CERTIFICATE), ALERT(CERTIFICATE_REVOKED), ALERT(CERTIFICATE_EXPIRED), ALERT(CERTIFICATE_UNKNOWN), ALERT(ILLEGAL_PARAMETER), ALERT(UNKNOWN_CA), ALERT(ACCESS_DENIED),
    ALERT(DECODE_ERROR), ALERT(DECRYPT_ERROR), ALERT(PROTOCOL_VERSION), ALERT(INSUFFICIENT_SECURITY), ALERT(INTERNAL_ERROR), ALERT(USER_CANCELLED), ALERT(NO_RENEGOTIATION),
    ALERT(UNSUPPORTED_EXTENSION), ALERT(CERTIFICATE_UNOBTAINABLE), ALERT(UNRECOGNIZED_NAME), ALERT(BAD_CERTIFICATE_STATUS_RESPONSE), ALERT(BAD_CERTIFICATE_HASH_VALUE), ALERT(UNKNOWN_PSK_IDENTITY),
    C(CERT_NONE), C(CERT_OPTIONAL), C(CERT_REQUIRED), {"ENCODING_PEM", 1}, {"ENCODING_DER", 2},
    {"HOSTFLAG_ALWAYS_CHECK_SUBJECT", X509_CHECK_FLAG_ALWAYS_CHECK_SUBJECT}, {"HOSTFLAG_NEVER_CHECK_SUBJECT", X509_CHECK_FLAG_NEVER_CHECK_SUBJECT},
    {"HOSTFLAG_NO_WILDCARDS", X509_CHECK_FLAG_NO_WILDCARDS}, {"HOSTFLAG_NO_PARTIAL_WILDCARDS", X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
    {"HOSTFLAG_MULTI_LABEL_WILDCARDS", X509_CHECK_FLAG_MULTI_LABEL_WILDCARDS}, {"HOSTFLAG_SINGLE_LABEL_SUBDOMAINS", X509_CHECK_FLAG_SINGLE_LABEL_SUBDOMAINS},
    {"OP_ALL", (int64_t)(SSL_OP_ALL & ~(uint64_t)SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS)}, SSL_C(OP_NO_SSLv2), SSL_C(OP_NO_SSLv3), SSL_C(OP_NO_TLSv1), SSL_C(OP_NO_TLSv1_1), SSL_C(OP_NO_TLSv1_2),
    SSL_C(OP_NO_TLSv1_3), SSL_C(OP_CIPHER_SERVER_PREFERENCE), SSL_C(OP_SINGLE_DH_USE), SSL_C(OP_NO_TICKET), SSL_C(OP_SINGLE_ECDH_USE), SSL_C(OP_NO_COMPRESSION),
    SSL_C(OP_ENABLE_MIDDLEBOX_COMPAT), SSL_C(OP_NO_RENEGOTIATION), SSL_C(OP_IGNORE_UNEXPECTED_EOF),
    {"PROTOCOL_SSLv23", PROTOCOL_TLS}, C(PROTOCOL_TLS), C(PROTOCOL_TLS_CLIENT), C(PROTOCOL_TLS_SERVER), {"PROTOCOL_TLSv1", PROTOCOL_TLSV1}, {"PROTOCOL_TLSv1_1", PROTOCOL_TLSV1_1},
    {"PROTOCOL_TLSv1_2", PROTOCOL_TLSV1_2}, {"PROTO_MINIMUM_SUPPORTED", -2}, {"PROTO_MAXIMUM_SUPPORTED", -1}, {"PROTO_SSLv3", SSL3_VERSION}, {"PROTO_TLSv1", TLS1_VERSION},
    {"PROTO_TLSv1_1", TLS1_1_VERSION}, {"PROTO_TLSv1_2", TLS1_2_VERSION}, {"PROTO_TLSv1_3", TLS1_3_VERSION}, C(SSL_ERROR_SSL), C(SSL_ERROR_WANT_READ), C(SSL_ERROR_WANT_WRITE),
    C(SSL_ERROR_WANT_X509_LOOKUP), C(SSL_ERROR_SYSCALL), C(SSL_ERROR_ZERO_RETURN), C(SSL_ERROR_WANT_CONNECT), {"SSL_ERROR_EOF", PY_SSL_ERROR_EOF}, {"SSL_ERROR_INVALID_ERROR_CODE", PY_SSL_ERROR_INVALID},
    {"VERIFY_DEFAULT", 0}, {"VERIFY_CRL_CHECK_LEAF", X509_V_FLAG_CRL_CHECK}, {"VERIFY_CRL_CHECK_CHAIN", X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL},
    {"VERIFY_X509_STRICT", X509_V_FLAG_X509_STRICT}, {"VERIFY_ALLOW_PROXY_CERTS", X509_V_FLAG_ALLOW_PROXY_CERTS}, {"VERIFY_X509_TRUSTED_FIRST", X509_V_FLAG_TRUSTED_FIRST},
    {"VERIFY_X509_PARTIAL_CHAIN", X509_V_FLAG_PARTIAL_CHAIN}, {NULL, 0},
#undef C
};
static const struct { const char *name; bool value; } flags[] = {
    {"HAS_SNI", true}, {"HAS_TLS_UNIQUE", true}, {"HAS_ECDH", true}, {"HAS_NPN", false}, {"HAS_ALPN", true}, {"HAS_SSLv2", false}, {"HAS_SSLv3", false}, {"HAS_TLSv1", true}, {"HAS_TLSv1_1", true},
    {"HAS_TLSv1_2", true}, {"HAS_TLSv1_3", true}};

static int add_names(Thread *t, Value module) {
    static const struct { int lib, reason; const char *name; } rows[] = {
#define LIBRARY(name, number) {number, -1, name},
#define REASON(lib, number, name) {lib, number, name},
#include "openssl_errors.h"
#undef REASON
#undef LIBRARY
    };
    Ref codes = dict_new(t), names = dict_new(t), libraries = dict_new(t);
    int bad = ref_is_null(codes) || ref_is_null(names) || ref_is_null(libraries) ? -1 : 0;
    for (size_t i = 0; bad == 0 && i < sizeof rows / sizeof *rows; i++) {
        Ref name = str_from_cstr(t, rows[i].name), pair = rows[i].reason < 0 ? ref_small_int(rows[i].lib) : tuple_pack(t, 2, small_int(rows[i].lib), small_int(rows[i].reason));
        if (ref_is_null(name) || ref_is_null(pair)) bad = -1;
        else if (rows[i].reason < 0) bad = dict_set(t, ref_borrow(libraries), ref_borrow(pair), ref_borrow(name));
        else if ((bad = dict_set(t, ref_borrow(codes), ref_borrow(pair), ref_borrow(name))) == 0) bad = dict_set(t, ref_borrow(names), ref_borrow(name), ref_borrow(pair));
        ref_drop(t, pair);
        ref_drop(t, name);
    }
    if (bad < 0) return -1;
    kit_root(t, &ssl_codes_to_names, codes);
    kit_root(t, &ssl_libraries, libraries);
    return module_set(t, module, "err_codes_to_names", slot_get(&ssl_codes_to_names)) < 0 || module_set(t, module, "lib_codes_to_names", slot_get(&ssl_libraries)) < 0
               ? -1 : module_set_steal(t, module, "err_names_to_codes", names);
}
static int add_class(Thread *t, Value module, SslErrorKind kind, const char *name, Ref class) {
    if (ref_is_null(class)) return -1;
    kit_root(t, &classes[kind], class);
    return module_set(t, module, name, slot_get(&classes[kind]));
}
/* SSLCertVerificationError(SSLError, ValueError) */
static Ref certificate_error(Thread *t) {
    Ref ns = dict_new(t), name = str_from_cstr(t, "SSLCertVerificationError"), module = str_from_cstr(t, "ssl"), r = REF_NULL;
    Ref bases = tuple_pack(t, 2, type_value(&ssl_error_type), type_value(ETYPE(ValueError)));
    if (!ref_is_null(ns) && !ref_is_null(name) && !ref_is_null(module) && !ref_is_null(bases) && dict_set(t, ref_borrow(ns), N(__module__), ref_borrow(module)) == 0)
        r = call3(t, type_value(&type_type), ref_borrow(name), ref_borrow(bases), ref_borrow(ns));
    ref_drop(t, ns);
    ref_drop(t, name);
    ref_drop(t, module);
    ref_drop(t, bases);
    return r;
}
static int add_errors(Thread *t, Value module) {
    const TypeHead *os_error = &ETYPE(OSError)->head;
    ssl_error_type.head.traverse = os_error->traverse;
    ssl_error_type.head.clear = os_error->clear;
    ssl_error_type.head.destroy = os_error->destroy;
    static const struct { SslErrorKind kind; const char *name; } subclasses[] = {
        {SSL_E_ZeroReturn, "SSLZeroReturnError"}, {SSL_E_WantRead, "SSLWantReadError"}, {SSL_E_WantWrite, "SSLWantWriteError"}, {SSL_E_Syscall, "SSLSyscallError"}, {SSL_E_Eof, "SSLEOFError"}};
    if (type_ready(t, &ssl_error_type) < 0 || add_class(t, module, SSL_E_Error, "SSLError", ref_new(t, type_value(&ssl_error_type))) < 0) return -1;
    for (size_t i = 0; i < sizeof subclasses / sizeof *subclasses; i++)
        if (add_class(t, module, subclasses[i].kind, subclasses[i].name, kit_exception(t, "ssl", subclasses[i].name, &ssl_error_type)) < 0) return -1;
    return add_class(t, module, SSL_E_Certificate, "SSLCertVerificationError", certificate_error(t));
}
static Ref version_tuple(Thread *t, unsigned long v) { /* MNN00PP0 */
    return tuple_pack(t, 5, small_int((int64_t)(v >> 28 & 0xff)), small_int((int64_t)(v >> 20 & 0xff)), small_int((int64_t)(v >> 12 & 0xff)), small_int((int64_t)(v >> 4 & 0xff)),
                      small_int((int64_t)(v & 0xf)));
}
int module_init__ssl(Thread *t, Value module) {
    Type *const types[] = {&context_type, &memory_bio_type, &session_type, &certificate_type, NULL};
    Ref socket = import_module(t, "_socket"); /* its types */
    ref_drop(t, socket);
    if (ref_is_null(socket) || kit_module(t, module, types, functions, "Implementation module for SSL socket operations.  See the socket module\nfor documentation.") < 0 ||
        type_ready(t, &ssl_socket_type) < 0 || module_set(t, module, "_SSLSocket", type_value(&ssl_socket_type)) < 0 || module_add_functions(t, module, ssl_cert_functions) < 0 ||
        kit_constants(t, module, constants) < 0 || add_errors(t, module) < 0 || add_names(t, module) < 0)
        return -1;
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (module_set(t, module, flags[i].name, value_bool(flags[i].value)) < 0) return -1;
    return module_add_int(t, module, "OPENSSL_VERSION_NUMBER", (int64_t)OpenSSL_version_num()) < 0 || module_add_cstr(t, module, "OPENSSL_VERSION", OpenSSL_version(OPENSSL_VERSION)) < 0 ||
                   module_set_steal(t, module, "OPENSSL_VERSION_INFO", version_tuple(t, OpenSSL_version_num())) < 0 ||
                   module_set_steal(t, module, "_OPENSSL_API_VERSION", version_tuple(t, OPENSSL_VERSION_NUMBER)) < 0 ||
                   module_add_cstr(t, module, "_DEFAULT_CIPHERS", "ALL:!COMPLEMENTOFDEFAULT:!eNULL") < 0
               ? -1 : 0;
}
