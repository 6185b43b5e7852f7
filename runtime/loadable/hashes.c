/* _md5, _sha1, _sha256, _sha3: the modules of single algorithms. Compiled into a shared object for each. */
#include "runtime/loadable/digest.h"

int module_init__md5(Thread *t, Value module);
int module_init__sha1(Thread *t, Value module);
int module_init__sha256(Thread *t, Value module);
int module_init__sha3(Thread *t, Value module);

#define SIGNATURE "($module, /, string=b'', *, usedforsecurity=True)"
#define METHODS(obj)                                                                                                            \
    FN("copy", "($self, /)", digest_copy, "A copy of the hash object."), FN("digest", "($self, /)", digest_digest, "The hash as bytes."), \
    FN("hexdigest", "($self, /)", digest_hexdigest, "The hash as hexadecimal digits."), FN("update", "($self, " obj ", /)", digest_update, "Hash more bytes."), FN_END
static const GetSetDef getset[] = {
    {"block_size", digest_block_size, NULL, NULL, NULL}, {"name", digest_name, NULL, NULL, NULL}, {"digest_size", digest_digest_size, NULL, NULL, NULL}, {NULL}};

static Ref named(Thread *t, Type *type, const char *name, Value data) {
    const EVP_MD *md = digest_md(t, name, true);
    return md ? digest_new(t, type, md, name, data) : REF_NULL;
}
#define HASH(algorithm, type_name_)                                                                                              \
    static NativeDef algorithm##_methods[] = {METHODS("obj")};                                                                   \
    static Type algorithm##_type = {TYPE_HEADER(Digest, TYPE_NO_INSTANTIATION, NULL, NULL, digest_destroy), .name = type_name_,   \
                                    .methods = algorithm##_methods, .getset = getset};                                           \
    static Ref m_##algorithm(Thread *t, Value module, const Value *a) { return named(t, &algorithm##_type, #algorithm, a[0]); }
HASH(md5, "_md5.md5")
HASH(sha1, "_sha1.sha1")
HASH(sha224, "_sha256.sha224")
HASH(sha256, "_sha256.sha256")
#define FUNCTION(algorithm) FN(#algorithm, SIGNATURE, m_##algorithm, "A new hash object, which has hashed the string.")

static int hash_type(Thread *t, Value module, const char *name, Type *type) { return type_ready(t, type) < 0 ? -1 : module_set(t, module, name, type_value(type)); }

int module_init__md5(Thread *t, Value module) {
    static NativeDef functions[] = {FUNCTION(md5), FN_END};
    return hash_type(t, module, "MD5Type", &md5_type) < 0 ? -1 : module_add_functions(t, module, functions);
}
int module_init__sha1(Thread *t, Value module) {
    static NativeDef functions[] = {FUNCTION(sha1), FN_END};
    return hash_type(t, module, "SHA1Type", &sha1_type) < 0 ? -1 : module_add_functions(t, module, functions);
}
int module_init__sha256(Thread *t, Value module) {
    static NativeDef functions[] = {FUNCTION(sha256), FUNCTION(sha224), FN_END};
    return hash_type(t, module, "SHA224Type", &sha224_type) < 0 || hash_type(t, module, "SHA256Type", &sha256_type) < 0 ? -1 : module_add_functions(t, module, functions);
}

/* ---- SHA-3: classes --------------------------------------------------------------------------------------------------------------------- */

static Ref sha3_make(Thread *t, Value cls, const char *name, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[2];
    if (bind_args(t, name, "(data=b'', /, *, usedforsecurity=True)", &signature, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    return named(t, as(Type, cls), name, a[0]);
}
static Ref get_rate(Thread *t, Value self, void *c) { return ref_small_int(8 * EVP_MD_get_block_size(as(Digest, self)->md)); }
static Ref get_capacity(Thread *t, Value self, void *c) { return ref_small_int(1600 - 8 * EVP_MD_get_block_size(as(Digest, self)->md)); }
static Ref get_suffix(Thread *t, Value self, void *c) {
    bool extended = EVP_MD_get_flags(as(Digest, self)->md) & EVP_MD_FLAG_XOF;
    return bytes_new(t, extended ? "\x1f" : "\x06", 1);
}
static const GetSetDef sha3_getset[] = {
    {"block_size", digest_block_size, NULL, NULL, NULL}, {"name", digest_name, NULL, NULL, NULL}, {"digest_size", digest_digest_size, NULL, NULL, NULL},
    {"_capacity_bits", get_capacity, NULL, NULL, NULL}, {"_rate_bits", get_rate, NULL, NULL, NULL}, {"_suffix", get_suffix, NULL, NULL, NULL}, {NULL}};

static Ref shake(Thread *t, Value self, Value v, bool hex) {
    uint64_t n;
    if (!is_int(v)) return err_set(t, E_TypeError, "an integer is required");
    if (int_sign(v) < 0) return err_set(t, E_ValueError, "value must be positive");
    if (int_try_u64(v, &n) < 0) return err_set(t, E_OverflowError, "Python int too large to convert to C unsigned long");
    if (n >= (uint64_t)1 << 29) return err_set(t, E_ValueError, "length is too large");
    return digest_extended(t, self, (int64_t)n, hex);
}
static Ref shake_digest(Thread *t, Value self, const Value *a) { return shake(t, self, a[0], false); }
static Ref shake_hexdigest(Thread *t, Value self, const Value *a) { return shake(t, self, a[0], true); }
#define SHAKE_METHODS                                                                                                           \
    FN("copy", "($self, /)", digest_copy, "A copy of the hash object."), FN("digest", "($self, length, /)", shake_digest, "The hash as bytes."), \
    FN("hexdigest", "($self, length, /)", shake_hexdigest, "The hash as hexadecimal digits."), FN("update", "($self, data, /)", digest_update, "Hash more bytes."), FN_END

#define SHA3(algorithm, ...)                                                                                                \
    static NativeDef algorithm##_methods[] = {__VA_ARGS__};                                                                      \
    static Ref algorithm##_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {                           \
        return sha3_make(t, cls, #algorithm, args, nargs, kwnames);                                                       \
    }                                                                                                                            \
    static Type algorithm##_type = {TYPE_HEADER(Digest, TYPE_IMMUTABLE, NULL, NULL, digest_destroy), .name = "_sha3." #algorithm,  \
                                    .doc = #algorithm "([data], *, usedforsecurity=True)\n\nA new hash object.", .methods = algorithm##_methods, \
                                    .getset = sha3_getset, .new_ = algorithm##_new};
SHA3(sha3_224, METHODS("data"))
SHA3(sha3_256, METHODS("data"))
SHA3(sha3_384, METHODS("data"))
SHA3(sha3_512, METHODS("data"))
SHA3(shake_128, SHAKE_METHODS)
SHA3(shake_256, SHAKE_METHODS)

int module_init__sha3(Thread *t, Value module) {
    Type *const types[] = {&sha3_224_type, &sha3_256_type, &sha3_384_type, &sha3_512_type, &shake_128_type, &shake_256_type, NULL};
    return kit_module(t, module, types, NULL, NULL) < 0 ? -1 : module_add_cstr(t, module, "implementation", "OpenSSL");
}
