/* _sha512: SHA-512 and SHA-384 (FIPS 180-4), which random needs even where hashlib's library isn't there.
 *
 * A hash object's state is guarded by its lock if it is shared. The round constants are, by definition, the first 64 bits of the fractional parts of roots of
 * primes: they are computed when the module is first imported. */
#include "runtime/bytes.h"
#include "runtime/modules/kit.h"
#include "runtime/text.h"
#include <gmp.h>

typedef struct Sha {
    Object base;
    uint64_t h[8], length; /* length in bytes; below 2^61 */
    uint8_t block[128];
    size_t digest_size;
} Sha;
static Type sha512_type, sha384_type;
static uint64_t rounds[80], start512[8], start384[8];

/* The first 64 fractional bits of the root-th root of p. */
static uint64_t root_bits(unsigned p, unsigned root) {
    mpz_t x;
    mpz_init_set_ui(x, p);
    mpz_mul_2exp(x, x, 64 * root);
    mpz_root(x, x, root);
    mpz_fdiv_r_2exp(x, x, 64);
    uint64_t bits = mpz_get_ui(x);
    mpz_clear(x);
    return bits;
}

static void make_constants(void) {
    unsigned n = 0;
    for (unsigned p = 2; n < 80; p++) {
        bool prime = true;
        for (unsigned d = 2; d * d <= p && prime; d++) prime = p % d != 0;
        if (!prime) continue;
        rounds[n] = root_bits(p, 3);
        if (n < 8) start512[n] = root_bits(p, 2);
        else if (n < 16) start384[n - 8] = root_bits(p, 2);
        n++;
    }
}

static inline uint64_t rotate(uint64_t x, int n) { return x >> n | x << (64 - n); }

static void compress(uint64_t h[8], const uint8_t *p) {
    uint64_t w[80], v[8];
    for (int i = 0; i < 16; i++) {
        w[i] = 0;
        for (int k = 0; k < 8; k++) w[i] = w[i] << 8 | *p++;
    }
    for (int i = 16; i < 80; i++) {
        uint64_t s0 = rotate(w[i - 15], 1) ^ rotate(w[i - 15], 8) ^ (w[i - 15] >> 7);
        uint64_t s1 = rotate(w[i - 2], 19) ^ rotate(w[i - 2], 61) ^ (w[i - 2] >> 6);
        w[i] = w[i - 16] + s0 + w[i - 7] + s1;
    }
    memcpy(v, h, sizeof v);
    for (int i = 0; i < 80; i++) {
        uint64_t a = v[0], e = v[4];
        uint64_t t1 = v[7] + (rotate(e, 14) ^ rotate(e, 18) ^ rotate(e, 41)) + ((e & v[5]) ^ (~e & v[6])) + rounds[i] + w[i];
        uint64_t t2 = (rotate(a, 28) ^ rotate(a, 34) ^ rotate(a, 39)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
        memmove(v + 1, v, 7 * sizeof *v);
        v[4] += t1;
        v[0] = t1 + t2;
    }
    for (int i = 0; i < 8; i++) h[i] += v[i];
}

static void add(Sha *s, const uint8_t *p, size_t n) {
    size_t at = s->length % 128;
    s->length += n;
    while (n > 0) {
        size_t room = 128 - at, part = n < room ? n : room;
        memcpy(s->block + at, p, part);
        p += part;
        n -= part;
        at += part;
        if (at == 128) {
            compress(s->h, s->block);
            at = 0;
        }
    }
}

static void finish(const Sha *from, uint8_t out[64]) {
    Sha s = *from;
    uint64_t bits = s.length * 8;
    uint8_t pad[256] = {0x80};
    size_t at = s.length % 128, n = (at < 112 ? 112 : 240) - at;
    for (int i = 0; i < 8; i++) pad[n + 8 + i] = (uint8_t)(bits >> (56 - 8 * i));
    add(&s, pad, n + 16);
    for (int i = 0; i < 64; i++) out[i] = (uint8_t)(s.h[i / 8] >> (56 - 8 * (i % 8)));
}

static int update(Thread *t, Sha *s, Value data) {
    if (is_str(data)) return err_int(err_set(t, E_TypeError, "Strings must be encoded before hashing"));
    if (!buffer_supported(data)) return err_int(err_set(t, E_TypeError, "object supporting the buffer API required"));
    Buffer view;
    if (buffer_get(t, data, &view, BUFFER_SIMPLE) < 0) return -1;
    CRITICAL_BEGIN(t, s)
    add(s, view.data, (size_t)view.len);
    CRITICAL_END(t)
    buffer_release(t, &view);
    return 0;
}

static Sha *make(Thread *t, Type *type) {
    Sha *s = object_new(Sha, t, type);
    if (s == NULL) return NULL;
    memcpy(s->h, type == &sha512_type ? start512 : start384, sizeof s->h);
    s->digest_size = type == &sha512_type ? 64 : 48;
    return s;
}

static Ref construct(Thread *t, Type *type, Value data) {
    Sha *s = make(t, type);
    if (s == NULL) return REF_NULL;
    if (value_is_null(data) || update(t, s, data) == 0) return ref_steal(s);
    ref_drop(t, ref_steal(s));
    return REF_NULL;
}
static Ref m_sha512(Thread *t, Value m, const Value *a) { return construct(t, &sha512_type, a[0]); }
static Ref m_sha384(Thread *t, Value m, const Value *a) { return construct(t, &sha384_type, a[0]); }

static Ref method_copy(Thread *t, Value self, const Value *a) {
    Sha *s = as(Sha, self), *copy = make(t, type_of(self));
    if (copy == NULL) return REF_NULL;
    CRITICAL_BEGIN(t, s)
    memcpy(copy->h, s->h, sizeof s->h);
    memcpy(copy->block, s->block, sizeof s->block);
    copy->length = s->length;
    CRITICAL_END(t)
    return ref_steal(copy);
}
static void digest(Thread *t, Value self, uint8_t out[64]) {
    Sha *s = as(Sha, self);
    CRITICAL_BEGIN(t, s)
    finish(s, out);
    CRITICAL_END(t)
}
static Ref method_digest(Thread *t, Value self, const Value *a) {
    uint8_t out[64];
    digest(t, self, out);
    return bytes_new(t, out, as(Sha, self)->digest_size);
}
static Ref method_hexdigest(Thread *t, Value self, const Value *a) {
    uint8_t out[64];
    char text[128];
    digest(t, self, out);
    size_t n = as(Sha, self)->digest_size;
    hex_digits((uint8_t *)text, out, n);
    return str_from_ascii(t, text, 2 * n);
}
static Ref method_update(Thread *t, Value self, const Value *a) { return update(t, as(Sha, self), a[0]) < 0 ? REF_NULL : REF_NONE; }
static Ref get_block_size(Thread *t, Value self, void *closure) { return ref_small_int(128); }
static Ref get_digest_size(Thread *t, Value self, void *closure) { return ref_small_int((int64_t)as(Sha, self)->digest_size); }
static Ref get_name(Thread *t, Value self, void *closure) { return str_from_cstr(t, is_exact(self, &sha512_type) ? "sha512" : "sha384"); }

#define METHODS                                                                                                                 \
    FN("copy", "($self, /)", method_copy, "A copy of the hash object."), FN("digest", "($self, /)", method_digest, "The hash as bytes."), \
    FN("hexdigest", "($self, /)", method_hexdigest, "The hash as hexadecimal digits."),                                          \
    FN("update", "($self, obj, /)", method_update, "Hash more bytes."), FN_END
static NativeDef methods512[] = {METHODS};
static NativeDef methods384[] = {METHODS};
static const GetSetDef getset[] = {
    {"block_size", get_block_size, NULL, NULL}, {"name", get_name, NULL, NULL}, {"digest_size", get_digest_size, NULL, NULL}, {NULL}};
static Type sha512_type = {TYPE_HEADER(Sha, TYPE_NO_INSTANTIATION, NULL, NULL, NULL), .name = "_sha512.sha512", .methods = methods512, .getset = getset};
static Type sha384_type = {TYPE_HEADER(Sha, TYPE_NO_INSTANTIATION, NULL, NULL, NULL), .name = "_sha512.sha384", .methods = methods384, .getset = getset};

#define SIGNATURE "($module, /, string=b'', *, usedforsecurity=True)"
static NativeDef functions[] = {
    FN("sha512", SIGNATURE, m_sha512, "A new SHA-512 hash object, which has hashed the string."),
    FN("sha384", SIGNATURE, m_sha384, "A new SHA-384 hash object, which has hashed the string."),
    FN_END,
};

int module_init_sha512(Thread *t, Value module) {
    Type *const types[] = {NULL};
    make_constants();
    return type_ready(t, &sha512_type) < 0 || type_ready(t, &sha384_type) < 0 ? -1 : kit_module(t, module, types, functions, NULL);
}
