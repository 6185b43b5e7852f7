/* _hashlib: OpenSSL's digests by name, HMAC, PBKDF2 and scrypt. */
#include "runtime/loadable/digest.h"
#include "runtime/dict.h"
#include "runtime/descriptors.h"
#include "runtime/names.h"
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/objects.h>

int module_init__hashlib(Thread *t, Value module);
static Type hash_type, xof_type, hmac_type;
static Slot digestmod_error, constructors; /* set once, under the import lock: UnsupportedDigestmodError; dict function → name */

/* ---- names ------------------------------------------------------------------------------------------------------------------------------------- */

/* The digest that digestmod means, a name or one of the functions below; null with an exception. */
static const EVP_MD *md_of(Thread *t, Value v) {
    const char *name = NULL;
    if (is_str(v)) {
        name = str_utf8(t, v, NULL);
    } else {
        Value found = dict_get(t, slot_get(&constructors), v);
        if (!value_is_null(found)) name = str_utf8(t, found, NULL);
        else {
            err_clear(t); /* not hashable: no function of ours either */
            err_type(t, as(Type, slot_get(&digestmod_error)), "Unsupported digestmod %R", v);
        }
    }
    return name ? digest_md(t, name, true) : NULL;
}
static int security_get(Thread *t, Value v, bool *out) {
    int r = value_is_null(v) ? 1 : is_true(t, v);
    *out = r > 0;
    return r < 0 ? -1 : 0;
}

/* ---- HASH, HASHXOF ---------------------------------------------------------------------------------------------------------------------------------- */

static Ref hash_new(Thread *t, const char *name, Value data, Value security_arg) {
    bool security;
    if (name == NULL || security_get(t, security_arg, &security) < 0) return REF_NULL;
    Buffer view; /* a wrong argument is told before a wrong name */
    if (!value_is_null(data) && digest_data(t, data, &view) < 0) return REF_NULL;
    if (!value_is_null(data)) buffer_release(t, &view);
    const EVP_MD *md = digest_md(t, name, security);
    if (md == NULL) return REF_NULL;
    return digest_new(t, EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF ? &xof_type : &hash_type, md, digest_md_name(md), data);
}
static Ref hash_repr(Thread *t, Value self) { return str_format(t, "<%s %s object @ %p>", as(Digest, self)->name, type_of(self)->name, value_object(self)); }

static Ref xof_finish(Thread *t, Value self, Value length, bool hex) {
    int64_t n;
    if (index_as_i64(t, length, &n) < 0) return REF_NULL;
    if (n < 0) return err_set(t, E_SystemError, "Negative size passed to PyBytes_FromStringAndSize");
    return digest_extended(t, self, n, hex);
}
static Ref xof_digest(Thread *t, Value self, const Value *a) { return xof_finish(t, self, a[0], false); }
static Ref xof_hexdigest(Thread *t, Value self, const Value *a) { return xof_finish(t, self, a[0], true); }
static Ref xof_size(Thread *t, Value self, void *c) { return ref_small_int(0); }

static NativeDef hash_methods[] = {
    FN("update", "($self, obj, /)", digest_update, "Hash more bytes."), FN("digest", "($self, /)", digest_digest, "The hash as bytes."),
    FN("hexdigest", "($self, /)", digest_hexdigest, "The hash as hexadecimal digits."), FN("copy", "($self, /)", digest_copy, "A copy of the hash object."), FN_END,
};
static const GetSetDef hash_getset[] = {
    {"digest_size", digest_digest_size, NULL, NULL, NULL}, {"block_size", digest_block_size, NULL, NULL, NULL}, {"name", digest_name, NULL, "algorithm name.", NULL}, {NULL}};
static Type hash_type = {
    TYPE_HEADER(Digest, TYPE_NO_INSTANTIATION | TYPE_BASETYPE, NULL, NULL, digest_destroy), .name = "_hashlib.HASH",
    .doc = "HASH(name, string=b\'\')\n--\n\nA hash object; its attributes are name, digest_size and block_size.", .methods = hash_methods, .getset = hash_getset, .repr = hash_repr,
};
static NativeDef xof_methods[] = {
    FN("digest", "($self, /, length)", xof_digest, "length bytes of the hash."), FN("hexdigest", "($self, /, length)", xof_hexdigest, "The same as hexadecimal digits."), FN_END,
};
static const GetSetDef xof_getset[] = {{"digest_size", xof_size, NULL, NULL, NULL}, {NULL}};
static Type xof_type = {
    TYPE_HEADER(Digest, TYPE_NO_INSTANTIATION | TYPE_BASETYPE, NULL, NULL, digest_destroy), .name = "_hashlib.HASHXOF",
    .doc = "HASHXOF(name, string=b\'\')\n--\n\nA hash object whose hash is as long as asked for.", .base = &hash_type, .methods = xof_methods, .getset = xof_getset, .repr = hash_repr,
};

/* ---- HMAC -------------------------------------------------------------------------------------------------------------------------------------------------- */

/* RFC 2104: H(key ^ 5c… | H(key ^ 36… | message)). Here, since OpenSSL's makes three contexts for each code and looks its algorithms up by name. */
#define HMAC_BLOCK_MAX 144
typedef struct Hmac {
    Digest inner; /* has hashed key ^ 36… and what came since */
    uint8_t outer[HMAC_BLOCK_MAX]; /* key ^ 5c… */
} Hmac;
typedef struct HmacKey { size_t n; uint8_t inner[HMAC_BLOCK_MAX], outer[HMAC_BLOCK_MAX]; } HmacKey;

/* A key longer than a block is hashed first. */
static int hmac_key(Thread *t, const Buffer *key, const EVP_MD *md, HmacKey *out) {
    int block = EVP_MD_get_block_size(md);
    unsigned n;
    if (EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF || block <= 0 || block > HMAC_BLOCK_MAX) return err_int(err_set(t, E_ValueError, "no reason supplied"));
    out->n = (size_t)block;
    memset(out->inner, 0, sizeof out->inner);
    if (key->len > block) {
        EVP_MD_CTX *ctx = digest_scratch(md);
        if (ctx == NULL || !EVP_DigestUpdate(ctx, key->data, (size_t)key->len) || !EVP_DigestFinal_ex(ctx, out->inner, &n))
            return err_int(openssl_error(t, ETYPE(ValueError), NULL));
    } else if (key->len > 0) {
        memcpy(out->inner, key->data, (size_t)key->len);
    }
    for (size_t i = 0; i < out->n; i++) {
        out->outer[i] = out->inner[i] ^ 0x5c;
        out->inner[i] ^= 0x36;
    }
    return 0;
}
/* The hash of two pieces: 1, or 0: OpenSSL says why. Attached or not. */
static int hash_two(const EVP_MD *md, const uint8_t *a, size_t an, const void *b, size_t bn, uint8_t *out, unsigned *n) {
    EVP_MD_CTX *ctx = digest_scratch(md);
    return ctx != NULL && EVP_DigestUpdate(ctx, a, an) && EVP_DigestUpdate(ctx, b, bn) && EVP_DigestFinal_ex(ctx, out, n);
}

static void hmac_destroy(Thread *t, Object *o) {
    Hmac *h = (Hmac *)o;
    OPENSSL_cleanse(h->inner.pending, sizeof h->inner.pending);
    OPENSSL_cleanse(h->outer, sizeof h->outer);
    digest_destroy(t, o);
}
static int key_get(Thread *t, Value v, Buffer *view) {
    if (buffer_get_snapshot(t, v, view) < 0) return -1;
    if (view->len <= INT_MAX) return 0;
    buffer_release(t, view);
    return err_int(err_set(t, E_OverflowError, "key is too long."));
}
static Ref m_hmac_new(Thread *t, Value self, const Value *a) {
    Buffer key;
    HmacKey pads;
    if (key_get(t, a[0], &key) < 0) return REF_NULL;
    const EVP_MD *md = NULL;
    if (value_is_null(a[2])) err_set(t, E_TypeError, "Missing required parameter 'digestmod'.");
    else if ((md = md_of(t, a[2])) != NULL && hmac_key(t, &key, md, &pads) < 0) md = NULL;
    buffer_release(t, &key);
    if (md == NULL) return REF_NULL;
    Ref r = digest_new(t, &hmac_type, md, digest_md_name(md), VALUE_NULL);
    if (!ref_is_null(r)) {
        Hmac *h = as(Hmac, ref_borrow(r));
        memcpy(h->inner.pending, pads.inner, h->inner.n = (uint32_t)pads.n);
        memcpy(h->outer, pads.outer, pads.n);
        if (!value_is_null(a[1]) && !value_is_none(a[1])) {
            Ref done = digest_update(t, ref_borrow(r), &a[1]);
            if (ref_is_null(done)) {
                ref_drop(t, r);
                r = REF_NULL;
            }
        }
    }
    OPENSSL_cleanse(&pads, sizeof pads);
    return r;
}
static Ref m_hmac_digest(Thread *t, Value self, const Value *a) {
    Buffer key, message;
    HmacKey pads;
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (key_get(t, a[0], &key) < 0) return REF_NULL;
    if (buffer_get_snapshot(t, a[1], &message) < 0) {
        buffer_release(t, &key);
        return REF_NULL;
    }
    const EVP_MD *md = message.len > INT_MAX ? (err_set(t, E_OverflowError, "msg is too long."), NULL) : md_of(t, a[2]);
    int ok = 0;
    if (md != NULL && hmac_key(t, &key, md, &pads) == 0) {
        DETACHED_IF(t, message.len >= DIGEST_DETACH_FROM, ok = hash_two(md, pads.inner, pads.n, message.data, (size_t)message.len, out, &n));
        ok = ok && hash_two(md, pads.outer, pads.n, out, n, out, &n);
        if (!ok) openssl_error(t, ETYPE(ValueError), NULL);
        OPENSSL_cleanse(&pads, sizeof pads);
    }
    buffer_release(t, &message);
    buffer_release(t, &key);
    return ok ? bytes_new(t, out, n) : REF_NULL;
}

static Ref hmac_copy(Thread *t, Value self, const Value *a) {
    Ref copy = digest_copy(t, self, a);
    if (!ref_is_null(copy)) memcpy(as(Hmac, ref_borrow(copy))->outer, as(Hmac, self)->outer, HMAC_BLOCK_MAX);
    return copy;
}
static Ref hmac_finish(Thread *t, Value self, bool hex) {
    Hmac *h = as(Hmac, self);
    const EVP_MD *md = h->inner.md;
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n;
    if (digest_final(t, &h->inner, out, &n) < 0) return REF_NULL;
    if (!hash_two(md, h->outer, (size_t)EVP_MD_get_block_size(md), out, n, out, &n)) return openssl_error(t, ETYPE(ValueError), NULL);
    return hex ? hex_text(t, out, n) : bytes_new(t, out, n);
}
static Ref hmac_digest(Thread *t, Value self, const Value *a) { return hmac_finish(t, self, false); }
static Ref hmac_hexdigest(Thread *t, Value self, const Value *a) { return hmac_finish(t, self, true); }
static Ref hmac_repr(Thread *t, Value self) { return str_format(t, "<%s HMAC object @ %p>", as(Hmac, self)->inner.name, value_object(self)); }
static Ref hmac_name(Thread *t, Value self, void *c) { return str_format(t, "hmac-%s", as(Hmac, self)->inner.name); }
static NativeDef hmac_methods[] = {
    FN("update", "($self, /, msg)", digest_update, "Hash more bytes."), FN("digest", "($self, /)", hmac_digest, "The code as bytes."),
    FN("hexdigest", "($self, /)", hmac_hexdigest, "The code as hexadecimal digits."), FN("copy", "($self, /)", hmac_copy, "A copy of the HMAC object."), FN_END,
};
static const GetSetDef hmac_getset[] = {{"digest_size", digest_digest_size, NULL, NULL, NULL}, {"block_size", digest_block_size, NULL, NULL, NULL}, {"name", hmac_name, NULL, NULL, NULL}, {NULL}};
static Type hmac_type = {
    TYPE_HEADER(Hmac, TYPE_NO_INSTANTIATION, NULL, NULL, hmac_destroy), .name = "_hashlib.HMAC", .doc = "An HMAC object; its attributes are name, digest_size and block_size.",
    .methods = hmac_methods, .getset = hmac_getset, .repr = hmac_repr,
};

/* ---- keys from passwords ---------------------------------------------------------------------------------------------------------------------------------------- */

static int two_buffers(Thread *t, Value a, Value b, Buffer *x, Buffer *y, const char *first, const char *second) {
    if (buffer_get_snapshot(t, a, x) < 0) return -1;
    if (buffer_get_snapshot(t, b, y) < 0) {
        buffer_release(t, x);
        return -1;
    }
    if (x->len <= INT_MAX && y->len <= INT_MAX) return 0;
    err_set(t, E_OverflowError, "%s is too long.", x->len > INT_MAX ? first : second);
    buffer_release(t, x);
    buffer_release(t, y);
    return -1;
}
static Ref m_pbkdf2_hmac(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_bad_argument(t, "pbkdf2_hmac", "hash_name", "str", a[0]);
    int64_t iterations, length = 0;
    bool given = !value_is_null(a[4]) && !value_is_none(a[4]);
    Buffer password, salt;
    const char *name = str_utf8(t, a[0], NULL);
    if (name == NULL || two_buffers(t, a[1], a[2], &password, &salt, "password", "salt") < 0) return REF_NULL;
    Ref key = REF_NULL;
    const EVP_MD *md = NULL;
    if (as_i64(t, a[3], &iterations) < 0 || (md = digest_md(t, name, true)) == NULL) goto done;
    if (iterations < 1) err_set(t, E_ValueError, "iteration value must be greater than 0.");
    else if (iterations > INT_MAX) err_set(t, E_OverflowError, "iteration value is too great.");
    if (err_pending(t) || (given && as_i64(t, a[4], &length) < 0)) goto done;
    if (!given) length = EVP_MD_get_size(md);
    if (length < 1) err_set(t, E_ValueError, "key length must be greater than 0.");
    else if (length > INT_MAX) err_set(t, E_OverflowError, "key length is too great.");
    else if (!ref_is_null(key = bytes_new_uninit(t, (size_t)length))) {
        int ok;
        DETACHED(t, ok = PKCS5_PBKDF2_HMAC(password.data, (int)password.len, salt.data, (int)salt.len, (int)iterations, md, (int)length, bytes_data(ref_borrow(key))));
        if (!ok) {
            ref_drop(t, key);
            key = openssl_error(t, ETYPE(ValueError), NULL);
        }
    }
done:
    buffer_release(t, &password);
    buffer_release(t, &salt);
    return key;
}

/* n, r, p of scrypt */
static int cost_get(Thread *t, Value v, const char *name, uint64_t *out) {
    if (value_is_null(v) || value_is_none(v)) return err_int(err_set(t, E_TypeError, "%s is required and must be an unsigned int", name));
    if (!is_int(v)) return err_int(err_bad_argument(t, "scrypt", name, "int", v));
    if (int_sign(v) < 0 || int_try_u64(v, out) < 0) return err_int(err_set(t, E_TypeError, "%s is required and must be an unsigned int", name));
    return 0;
}
static Ref m_scrypt(Thread *t, Value self, const Value *a) {
    Buffer password, salt;
    uint64_t cost[3];
    int64_t maxmem = 0, length = 64;
    static const char *const names[] = {"n", "r", "p"};
    for (int i = 0; i < 3; i++)
        if (!value_is_null(a[2 + i]) && !value_is_none(a[2 + i]) && !is_int(a[2 + i])) return err_bad_argument(t, "scrypt", names[i], "int", a[2 + i]);
    if (buffer_get_snapshot(t, a[0], &password) < 0) return REF_NULL;
    buffer_release(t, &password);
    if (value_is_null(a[1]) || value_is_none(a[1])) return err_set(t, E_TypeError, "salt is required");
    if (two_buffers(t, a[0], a[1], &password, &salt, "password", "salt") < 0) return REF_NULL;
    Ref key = REF_NULL;
    if (cost_get(t, a[2], "n", &cost[0]) < 0) goto done;
    if (cost[0] < 2 || (cost[0] & (cost[0] - 1))) {
        err_set(t, E_ValueError, "n must be a power of 2.");
        goto done;
    }
    if (cost_get(t, a[3], "r", &cost[1]) < 0 || cost_get(t, a[4], "p", &cost[2]) < 0 || (!value_is_null(a[5]) && as_i64(t, a[5], &maxmem) < 0) ||
        (!value_is_null(a[6]) && as_i64(t, a[6], &length) < 0))
        goto done;
    if (maxmem < 0 || maxmem > INT_MAX) err_set(t, E_ValueError, "maxmem must be positive and smaller than %d", INT_MAX);
    else if (length < 1 || length > INT_MAX) err_set(t, E_ValueError, "dklen must be greater than 0 and smaller than %d", INT_MAX);
    else if (!EVP_PBE_scrypt(NULL, 0, NULL, 0, cost[0], cost[1], cost[2], (uint64_t)maxmem, NULL, 0))
        openssl_error(t, ETYPE(ValueError), "Invalid parameter combination for n, r, p, maxmem.");
    else if (!ref_is_null(key = bytes_new_uninit(t, (size_t)length))) {
        int ok;
        DETACHED(t, ok = EVP_PBE_scrypt(password.data, (size_t)password.len, salt.data, (size_t)salt.len, cost[0], cost[1], cost[2], (uint64_t)maxmem,
                                        bytes_data(ref_borrow(key)), (size_t)length));
        if (!ok) {
            ref_drop(t, key);
            key = openssl_error(t, ETYPE(ValueError), NULL);
        }
    }
done:
    buffer_release(t, &password);
    buffer_release(t, &salt);
    return key;
}

/* ---- the module ----------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_new(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "name must be a string");
    return hash_new(t, str_utf8(t, a[0], NULL), a[1], a[2]);
}
#define CONSTRUCTORS(X) X(md5) X(sha1) X(sha224) X(sha256) X(sha384) X(sha512) X(sha3_224) X(sha3_256) X(sha3_384) X(sha3_512) X(shake_128) X(shake_256)
#define X(name) static Ref m_##name(Thread *t, Value self, const Value *a) { return hash_new(t, #name, a[0], a[1]); }
CONSTRUCTORS(X)
#undef X
static Ref m_get_fips_mode(Thread *t, Value self, const Value *a) { return ref_small_int(EVP_default_properties_is_fips_enabled(NULL)); }

static NativeDef functions[] = {
    FN("new", "($module, /, name, string=b'', *, usedforsecurity=True)", m_new, "A new hash object of the named algorithm, which has hashed the string."),
    FN("pbkdf2_hmac", "($module, /, hash_name, password, salt, iterations,\n            dklen=None)", m_pbkdf2_hmac, "A key from a password, by PBKDF2 with HMAC (PKCS#5 v2.0)."),
    FN("scrypt", "($module, /, password, *, salt=None, n=None, r=None, p=None,\n       maxmem=0, dklen=64)", m_scrypt, "A key from a password, by scrypt (RFC 7914)."),
    FN("get_fips_mode", "($module, /)", m_get_fips_mode, "1 if OpenSSL's default is its FIPS provider."),
    FN("compare_digest", "($module, a, b, /)", kit_compare_digest, "a == b for secrets: the time taken tells nothing but the length."),
    FN("hmac_new", "($module, /, key, msg=b'', digestmod=None)", m_hmac_new, "A new HMAC object."),
    FN("hmac_digest", "($module, /, key, msg, digest)", m_hmac_digest, "The HMAC of a message."), FN_END,
};
static NativeDef constructor_functions[] = {
#define X(name) FN("openssl_" #name, "($module, /, string=b'', *, usedforsecurity=True)", m_##name, "A new " #name " hash object, which has hashed the string."),
    CONSTRUCTORS(X)
#undef X
        FN_END,
};

typedef struct NameSet { Thread *t; Ref set; } NameSet;
static void add_name(EVP_MD *md, void *arg) {
    NameSet *n = arg;
    const char *name = digest_md_name(md);
    if (ref_is_null(n->set) || name == NULL || EVP_MD_get_type(md) == NID_undef) return;
    Ref s = str_from_cstr(n->t, name);
    if (ref_is_null(s) || set_add(n->t, ref_borrow(n->set), ref_borrow(s)) < 0) {
        ref_drop(n->t, n->set);
        n->set = REF_NULL;
    }
    ref_drop(n->t, s);
}
static int add_names(Thread *t, Value module) {
    NameSet names = {t, set_new(t, VALUE_NULL)};
    EVP_MD_do_all_provided(NULL, add_name, &names);
    if (ref_is_null(names.set)) return -1;
    Ref frozen = frozenset_new(t, ref_borrow(names.set));
    ref_drop(t, names.set);
    return module_set_steal(t, module, "openssl_md_meth_names", frozen);
}
static int add_constructors(Thread *t, Value module) {
    Ref d = dict_new(t);
    if (ref_is_null(d) || module_add_functions(t, module, constructor_functions) < 0) return -1;
    for (NativeDef *def = constructor_functions; def->name; def++) {
        Ref name = str_from_cstr(t, def->name + strlen("openssl_")), function = get_attr_cstr(t, module, def->name);
        int bad = ref_is_null(name) || ref_is_null(function) ? -1 : dict_set(t, ref_borrow(d), ref_borrow(function), ref_borrow(name));
        ref_drop(t, name);
        ref_drop(t, function);
        if (bad < 0) return -1;
    }
    Ref proxy = call1(t, type_value(&mappingproxy_type), ref_borrow(d));
    kit_root(t, &constructors, d);
    return module_set_steal(t, module, "_constructors", proxy);
}
int module_init__hashlib(Thread *t, Value module) {
    Type *const types[] = {&hash_type, &xof_type, &hmac_type, NULL};
    if (kit_module(t, module, types, functions, "OpenSSL interface for hashlib module") < 0) return -1;
    Ref e = kit_exception(t, "_hashlib", "UnsupportedDigestmodError", ETYPE(ValueError));
    if (ref_is_null(e)) return -1;
    kit_root(t, &digestmod_error, e);
    return module_set(t, module, "UnsupportedDigestmodError", slot_get(&digestmod_error)) < 0 || add_names(t, module) < 0 ? -1 : add_constructors(t, module);
}
