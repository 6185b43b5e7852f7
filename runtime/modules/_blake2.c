/* _blake2: BLAKE2b and BLAKE2s with keys, salt, personalization and tree parameters, which OpenSSL's lacks. The algorithm is RFC 7693's; the parameter block
 * is that of "BLAKE2: simpler, smaller, fast as MD5" (Aumasson, Neves, Wilcox-O'Hearn, Winnerlein, 2013). */
#include "runtime/modules/kit.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/modules/_io.h"
#include "runtime/text.h"

int module_init__blake2(Thread *t, Value module);

#define WORD uint64_t
#define BITS 64
#define ROUNDS 12
#define ROT {32, 24, 16, 63}
#define IV {0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179}
#define NAME(x) b_##x
#include "runtime/modules/_blake2_engine.h"
#define WORD uint32_t
#define BITS 32
#define ROUNDS 10
#define ROT {16, 12, 8, 7}
#define IV {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}
#define NAME(x) s_##x
#include "runtime/modules/_blake2_engine.h"

typedef struct Blake2 {
    Object base;
    IoLock lock;     /* guards the state */
    bool big;        /* BLAKE2b */
    uint8_t digest_size;
    union { b_State b; s_State s; } state;
} Blake2;
static Type blake2b_type, blake2s_type;
#define DETACH_FROM 2048

static int data_get(Thread *t, Value data, Buffer *view) {
    if (is_str(data)) return err_int(err_set(t, E_TypeError, "Strings must be encoded before hashing"));
    if (!buffer_supported(data)) return err_int(err_set(t, E_TypeError, "object supporting the buffer API required"));
    return buffer_get_snapshot(t, data, view);
}
static int feed(Thread *t, Blake2 *h, const uint8_t *p, size_t n) {
    int locked = io_lock(t, h, &h->lock);
    if (locked < 0) return -1;
    if (n >= DETACH_FROM) thread_detach(t);
    if (h->big) b_add(&h->state.b, p, n);
    else s_add(&h->state.s, p, n);
    if (n >= DETACH_FROM) thread_attach(t);
    io_unlock(t, &h->lock, locked);
    return 0;
}

/* ---- making --------------------------------------------------------------------------------------------------------------------------------- */

/* The arguments of blake2b() and blake2s(), in order */
enum { A_DATA, A_DIGEST_SIZE, A_KEY, A_SALT, A_PERSON, A_FANOUT, A_DEPTH, A_LEAF_SIZE, A_NODE_OFFSET, A_NODE_DEPTH, A_INNER_SIZE, A_LAST_NODE, A_SECURITY, A_COUNT };

static int number_get(Thread *t, Value v, int64_t dflt, int64_t *out) {
    int i;
    *out = dflt;
    if (value_is_null(v)) return 0;
    if (as_int(t, v, &i) < 0) return -1;
    *out = i;
    return 0;
}
static int unsigned_get(Thread *t, Value v, uint64_t *out) {
    *out = 0;
    if (value_is_null(v)) return 0;
    if (!is_int(v)) return err_int(err_set(t, E_TypeError, "an integer is required"));
    if (int_sign(v) < 0) return err_int(err_set(t, E_ValueError, "value must be positive"));
    return int_try_u64(v, out) == 0 ? 0 : err_int(err_set(t, E_OverflowError, "int too big to convert"));
}
/* A bytes-like argument of at most max bytes, copied to out */
static int piece_get(Thread *t, Value v, uint8_t *out, size_t max, const char *what, size_t *n) {
    Buffer view;
    *n = 0;
    if (value_is_null(v)) return 0;
    if (buffer_get_snapshot(t, v, &view) < 0) return -1;
    int bad = (size_t)view.len > max ? err_int(err_set(t, E_ValueError, "maximum %s length is %zu bytes", what, max)) : 0;
    if (bad == 0) memcpy(out, view.data, *n = (size_t)view.len);
    buffer_release(t, &view);
    return bad;
}
static int range_error(Thread *t, const char *what, int low, int high) { return err_int(err_set(t, E_ValueError, "%s must be between %d and %d", what, low, high)); }

/* Fills the parameter block and the key's block. */
static int parameters(Thread *t, const Value *a, bool big, uint8_t param[64], uint8_t key[128], size_t *key_size) {
    int64_t size, fanout, depth, node_depth, inner;
    uint64_t leaf, offset;
    size_t out_max = big ? 64 : 32, piece = big ? 16 : 8, n;
    if (number_get(t, a[A_DIGEST_SIZE], (int64_t)out_max, &size) < 0) return -1;
    if (size < 1 || (size_t)size > out_max) return err_int(err_set(t, E_ValueError, "digest_size must be between 1 and %zu bytes", out_max));
    param[0] = (uint8_t)size;
    if (piece_get(t, a[A_SALT], param + 4 * piece / 2, piece, "salt", &n) < 0 || piece_get(t, a[A_PERSON], param + 4 * piece / 2 + piece, piece, "person", &n) < 0) return -1;
    if (number_get(t, a[A_FANOUT], 1, &fanout) < 0 || number_get(t, a[A_DEPTH], 1, &depth) < 0 || number_get(t, a[A_NODE_DEPTH], 0, &node_depth) < 0 ||
        number_get(t, a[A_INNER_SIZE], 0, &inner) < 0)
        return -1;
    if (fanout < 0 || fanout > 255) return range_error(t, "fanout", 0, 255);
    if (depth < 1 || depth > 255) return range_error(t, "depth", 1, 255);
    if (unsigned_get(t, a[A_LEAF_SIZE], &leaf) < 0) return -1;
    if (leaf > UINT32_MAX) return err_int(err_set(t, E_OverflowError, "leaf_size is too large"));
    if (unsigned_get(t, a[A_NODE_OFFSET], &offset) < 0) return -1;
    if (!big && offset > 0xffffffffffff) return err_int(err_set(t, E_OverflowError, "node_offset is too large"));
    if (node_depth < 0 || node_depth > 255) return range_error(t, "node_depth", 0, 255);
    if (inner < 0 || (size_t)inner > out_max) return err_int(err_set(t, E_ValueError, "inner_size must be between 0 and is %zu", out_max));
    if (piece_get(t, a[A_KEY], key, out_max, "key", key_size) < 0) return -1;
    uint32_t leaf32 = (uint32_t)leaf;
    param[1] = (uint8_t)*key_size;
    param[2] = (uint8_t)fanout;
    param[3] = (uint8_t)depth;
    memcpy(param + 4, &leaf32, 4);
    memcpy(param + 8, &offset, big ? 8 : 6);
    param[big ? 16 : 14] = (uint8_t)node_depth;
    param[big ? 17 : 15] = (uint8_t)inner;
    return 0;
}
static Ref blake2_make(Thread *t, Value cls, bool big, const char *name, _Atomic(Signature *) *signature, const Value *args, size_t nargs, Value kwnames) {
    Value a[A_COUNT];
    uint8_t param[64] = {0}, key[128] = {0};
    size_t key_size;
    if (bind_args(t, name, "(data=b'', /, *, digest_size=64, key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0, node_offset=0, node_depth=0, inner_size=0, "
                           "last_node=False, usedforsecurity=True)", signature, args, nargs, kwnames, a, A_COUNT) < 0 ||
        parameters(t, a, big, param, key, &key_size) < 0)
        return REF_NULL;
    int last = value_is_null(a[A_LAST_NODE]) ? 0 : is_true(t, a[A_LAST_NODE]);
    if (last < 0) return REF_NULL;
    Blake2 *h = object_new(Blake2, t, as(Type, cls));
    if (h == NULL) return REF_NULL;
    h->big = big;
    h->digest_size = param[0];
    if (big) {
        b_begin(&h->state.b, param);
        h->state.b.last_node = last;
    } else {
        s_begin(&h->state.s, param);
        h->state.s.last_node = last;
    }
    Buffer view;
    int bad = key_size > 0 ? feed(t, h, key, big ? 128 : 64) : 0;
    memset(key, 0, sizeof key);
    if (bad == 0 && !value_is_null(a[A_DATA]) && (bad = data_get(t, a[A_DATA], &view)) == 0) {
        bad = feed(t, h, view.data, (size_t)view.len);
        buffer_release(t, &view);
    }
    if (bad == 0) return ref_steal(h);
    ref_drop(t, ref_steal(h));
    return REF_NULL;
}
static Ref blake2b_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    return blake2_make(t, cls, true, "blake2b", &signature, args, nargs, kwnames);
}
static Ref blake2s_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    return blake2_make(t, cls, false, "blake2s", &signature, args, nargs, kwnames);
}

/* ---- methods ------------------------------------------------------------------------------------------------------------------------------------ */

static Ref m_update(Thread *t, Value self, const Value *a) {
    Buffer view;
    if (data_get(t, a[0], &view) < 0) return REF_NULL;
    int bad = feed(t, as(Blake2, self), view.data, (size_t)view.len);
    buffer_release(t, &view);
    return bad < 0 ? REF_NULL : REF_NONE;
}
/* The state as it is now, into copy's */
static int snapshot(Thread *t, Blake2 *h, Blake2 *copy) {
    int locked = io_lock(t, h, &h->lock);
    if (locked < 0) return -1;
    copy->big = h->big;
    copy->digest_size = h->digest_size;
    copy->state = h->state;
    io_unlock(t, &h->lock, locked);
    return 0;
}
static Ref m_copy(Thread *t, Value self, const Value *a) {
    Blake2 *copy = object_new(Blake2, t, type_of(self));
    if (copy == NULL) return REF_NULL;
    if (snapshot(t, as(Blake2, self), copy) == 0) return ref_steal(copy);
    ref_drop(t, ref_steal(copy));
    return REF_NULL;
}
static int finish(Thread *t, Value self, uint8_t out[64]) {
    Blake2 copy;
    if (snapshot(t, as(Blake2, self), &copy) < 0) return -1;
    if (copy.big) b_finish(&copy.state.b, out);
    else s_finish(&copy.state.s, out);
    return 0;
}
static Ref m_digest(Thread *t, Value self, const Value *a) {
    uint8_t out[64];
    return finish(t, self, out) < 0 ? REF_NULL : bytes_new(t, out, as(Blake2, self)->digest_size);
}
static Ref m_hexdigest(Thread *t, Value self, const Value *a) {
    uint8_t out[64];
    char text[128];
    size_t n = as(Blake2, self)->digest_size;
    if (finish(t, self, out) < 0) return REF_NULL;
    hex_digits((uint8_t *)text, out, n);
    return str_from_ascii(t, text, 2 * n);
}
static Ref get_name(Thread *t, Value self, void *c) { return str_from_cstr(t, as(Blake2, self)->big ? "blake2b" : "blake2s"); }
static Ref get_block_size(Thread *t, Value self, void *c) { return ref_small_int(as(Blake2, self)->big ? 128 : 64); }
static Ref get_digest_size(Thread *t, Value self, void *c) { return ref_small_int(as(Blake2, self)->digest_size); }

#define METHODS                                                                                                                 \
    FN("copy", "($self, /)", m_copy, "A copy of the hash object."), FN("digest", "($self, /)", m_digest, "The hash as bytes."), \
    FN("hexdigest", "($self, /)", m_hexdigest, "The hash as hexadecimal digits."), FN("update", "($self, data, /)", m_update, "Hash more bytes."), FN_END
static NativeDef blake2b_methods[] = {METHODS}, blake2s_methods[] = {METHODS};
static const GetSetDef getset[] = {{"name", get_name, NULL, NULL, NULL}, {"block_size", get_block_size, NULL, NULL, NULL}, {"digest_size", get_digest_size, NULL, NULL, NULL}, {NULL}};
#define DOC(name, title)                                                                                                                  \
    name "(data=b'', /, *, digest_size=_blake2." name ".MAX_DIGEST_SIZE,\n        key=b'', salt=b'', person=b'', fanout=1, depth=1, leaf_size=0,\n" \
         "        node_offset=0, node_depth=0, inner_size=0, last_node=False,\n        usedforsecurity=True)\n--\n\nA new " title " hash object."
static Type blake2b_type = {TYPE_HEADER(Blake2, TYPE_IMMUTABLE, NULL, NULL, NULL), .name = "_blake2.blake2b", .doc = DOC("blake2b", "BLAKE2b"),
                            .methods = blake2b_methods, .getset = getset, .new_ = blake2b_new};
static Type blake2s_type = {TYPE_HEADER(Blake2, TYPE_IMMUTABLE, NULL, NULL, NULL), .name = "_blake2.blake2s", .doc = DOC("blake2s", "BLAKE2s"),
                            .methods = blake2s_methods, .getset = getset, .new_ = blake2s_new};

static const KitConstant constants[] = {{"BLAKE2B_SALT_SIZE", 16}, {"BLAKE2B_PERSON_SIZE", 16}, {"BLAKE2B_MAX_KEY_SIZE", 64}, {"BLAKE2B_MAX_DIGEST_SIZE", 64},
                                        {"BLAKE2S_SALT_SIZE", 8}, {"BLAKE2S_PERSON_SIZE", 8}, {"BLAKE2S_MAX_KEY_SIZE", 32}, {"BLAKE2S_MAX_DIGEST_SIZE", 32}, {NULL, 0}};
int module_init__blake2(Thread *t, Value module) {
    Type *const types[] = {&blake2b_type, &blake2s_type, NULL};
    if (kit_module(t, module, types, NULL, "BLAKE2 for hashlib.") < 0) return -1;
    for (int i = 0; i < 8; i++) /* the same as attributes of the types */
        if (dict_set_cstr(t, slot_get(&types[i / 4]->dict), constants[i].name + strlen("BLAKE2B_"), small_int(constants[i].value)) < 0) return -1;
    return kit_constants(t, module, constants);
}
