#include "runtime/loadable/digest.h"
#include "runtime/text.h"
#include <openssl/err.h>
#include <openssl/objects.h>
#include <pthread.h>
#include <stdlib.h>

Ref openssl_error(Thread *t, Type *type, const char *message) {
    unsigned long code = ERR_peek_last_error();
    const char *lib = code ? ERR_lib_error_string(code) : NULL, *reason = code ? ERR_reason_error_string(code) : NULL;
    ERR_clear_error();
    if (code == 0) return err_type(t, type, "%s", message ? message : "unknown reasons");
    if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE) return err_no_memory(t);
    if (reason == NULL) reason = "unknown reason";
    return lib ? err_type(t, type, "[%s] %s", lib, reason) : err_type(t, type, "%s", reason);
}

int digest_data(Thread *t, Value data, Buffer *view) {
    if (is_str(data)) return err_int(err_set(t, E_TypeError, "Strings must be encoded before hashing"));
    if (!buffer_supported(data)) return err_int(err_set(t, E_TypeError, "object supporting the buffer API required"));
    if (buffer_get_snapshot(t, data, view) < 0) return -1;
    if (view->ndim <= 1) return 0;
    buffer_release(t, view);
    return err_int(err_set(t, E_BufferError, "Buffer must be single dimension"));
}

Ref hex_text(Thread *t, const uint8_t *p, size_t n) {
    Ref r = str_new_uninit(t, 2 * n, 127);
    if (!ref_is_null(r)) hex_digits(as(Str, ref_borrow(r))->data, p, n);
    return r;
}

/* ---- names ------------------------------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name, *openssl; int nid; } algorithms[] = {
    {"md5", "MD5", NID_md5}, {"sha1", "SHA1", NID_sha1}, {"sha224", "SHA2-224", NID_sha224}, {"sha256", "SHA2-256", NID_sha256}, {"sha384", "SHA2-384", NID_sha384},
    {"sha512", "SHA2-512", NID_sha512}, {"sha512_224", "SHA2-512/224", NID_sha512_224}, {"sha512_256", "SHA2-512/256", NID_sha512_256}, {"sha3_224", "SHA3-224", NID_sha3_224},
    {"sha3_256", "SHA3-256", NID_sha3_256}, {"sha3_384", "SHA3-384", NID_sha3_384}, {"sha3_512", "SHA3-512", NID_sha3_512}, {"shake_128", "SHAKE128", NID_shake128},
    {"shake_256", "SHAKE256", NID_shake256}, {"blake2s", "BLAKE2s256", NID_blake2s256}, {"blake2b", "BLAKE2b512", NID_blake2b512}};
#define ALGORITHMS (sizeof algorithms / sizeof *algorithms)

const char *digest_md_name(const EVP_MD *md) {
    int nid = EVP_MD_get_type(md);
    for (size_t i = 0; i < ALGORITHMS; i++)
        if (algorithms[i].nid == nid) return algorithms[i].name;
    const char *name = OBJ_nid2ln(nid);
    return name && nid != NID_undef ? name : EVP_MD_get0_name(md);
}
/* OpenSSL's algorithms outside of the table; few. */
static const EVP_MD *keep_other(EVP_MD *md) {
    static _Atomic(EVP_MD *) x_others[64];
    for (size_t i = 0; i < sizeof x_others / sizeof *x_others; i++) {
        EVP_MD *there = NULL;
        if (cas_acq_rel(&x_others[i], &there, md)) return md;
        if (there != md) continue;
        EVP_MD_free(md);
        return there;
    }
    return md;
}
const EVP_MD *digest_md(Thread *t, const char *name, bool security) {
    static _Atomic(EVP_MD *) x_found[ALGORITHMS][2];
    size_t i = 0;
    while (i < ALGORITHMS && strcmp(algorithms[i].name, name) != 0) i++;
    EVP_MD *md = i < ALGORITHMS ? load_acquire(&x_found[i][security]) : NULL, *there = NULL;
    if (md != NULL) return md;
    md = EVP_MD_fetch(NULL, i < ALGORITHMS ? algorithms[i].openssl : name, security ? NULL : "-fips");
    if (md == NULL) {
        openssl_error(t, ETYPE(ValueError), "unsupported hash type");
        return NULL;
    }
    if (i == ALGORITHMS) return keep_other(md);
    if (cas_acq_rel(&x_found[i][security], &there, md)) return md;
    EVP_MD_free(md);
    return there;
}

/* ---- hashes ------------------------------------------------------------------------------------------------------------------------------------ */

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static void scratch_free(void *ctx) { EVP_MD_CTX_free(ctx); }
static void scratch_key_make(void) { pthread_key_create(&scratch_key, scratch_free); }
EVP_MD_CTX *digest_scratch(const EVP_MD *md) {
    pthread_once(&scratch_once, scratch_key_make);
    EVP_MD_CTX *ctx = pthread_getspecific(scratch_key);
    if (ctx == NULL) {
        ctx = EVP_MD_CTX_new();
        if (ctx == NULL || pthread_setspecific(scratch_key, ctx) != 0) {
            EVP_MD_CTX_free(ctx);
            return NULL;
        }
    }
    return EVP_DigestInit_ex(ctx, md, NULL) ? ctx : NULL;
}

/* A context that has hashed what is pending, to be freed; null: OpenSSL says why. Under the lock. */
static EVP_MD_CTX *context_begin(const Digest *d) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx != NULL && EVP_DigestInit_ex(ctx, d->md, NULL) && EVP_DigestUpdate(ctx, d->pending, d->n)) return ctx;
    EVP_MD_CTX_free(ctx);
    return NULL;
}
static int feed(Thread *t, Digest *d, const Buffer *view) {
    int ok = 1, locked = io_lock(t, d, &d->lock);
    if (locked < 0) return -1;
    if (d->ctx == NULL && (size_t)view->len <= DIGEST_PENDING - d->n) {
        if (view->len > 0) memcpy(d->pending + d->n, view->data, (size_t)view->len);
        d->n += (uint32_t)view->len;
    } else {
        if (d->ctx == NULL) ok = (d->ctx = context_begin(d)) != NULL;
        if (ok) DETACHED_IF(t, view->len >= DIGEST_DETACH_FROM, ok = EVP_DigestUpdate(d->ctx, view->data, (size_t)view->len));
    }
    io_unlock(t, &d->lock, locked);
    return ok ? 0 : err_int(openssl_error(t, ETYPE(ValueError), NULL));
}

static Digest *alloc(Thread *t, Type *type, const EVP_MD *md, const char *name) {
    Digest *d = object_new(Digest, t, type);
    if (d == NULL) return NULL;
    d->md = md;
    d->name = name;
    return d;
}
Ref digest_new(Thread *t, Type *type, const EVP_MD *md, const char *name, Value data) {
    Buffer view = {0};
    bool given = !value_is_null(data);
    if (given && digest_data(t, data, &view) < 0) return REF_NULL;
    Digest *d = alloc(t, type, md, name);
    int bad = d == NULL ? -1 : given && view.len > 0 ? feed(t, d, &view) : 0;
    if (given) buffer_release(t, &view);
    if (bad == 0) return ref_steal(d);
    if (d != NULL) ref_drop(t, ref_steal(d));
    return REF_NULL;
}
void digest_destroy(Thread *t, Object *o) { EVP_MD_CTX_free(((Digest *)o)->ctx); }

Ref digest_update(Thread *t, Value self, const Value *a) {
    Buffer view;
    if (digest_data(t, a[0], &view) < 0) return REF_NULL;
    int bad = feed(t, as(Digest, self), &view);
    buffer_release(t, &view);
    return bad < 0 ? REF_NULL : REF_NONE;
}

/* What a digest has hashed so far, as it is now. */
typedef struct Snapshot {
    EVP_MD_CTX *ctx; /* owned, or null: then it is in pending */
    uint32_t n;
    uint8_t pending[DIGEST_PENDING];
} Snapshot;
static int snapshot(Thread *t, Digest *d, Snapshot *s) {
    int locked = io_lock(t, d, &d->lock), ok = 1;
    if (locked < 0) return -1;
    s->ctx = NULL;
    s->n = d->n;
    if (d->ctx == NULL) memcpy(s->pending, d->pending, d->n);
    else ok = (s->ctx = EVP_MD_CTX_new()) != NULL && EVP_MD_CTX_copy(s->ctx, d->ctx);
    io_unlock(t, &d->lock, locked);
    if (ok) return 0;
    openssl_error(t, ETYPE(ValueError), NULL);
    EVP_MD_CTX_free(s->ctx);
    return -1;
}
/* A context that only wants its end: of the snapshot, or the thread's own. Null: OpenSSL says why. */
static EVP_MD_CTX *snapshot_context(const Digest *d, const Snapshot *s) {
    if (s->ctx != NULL) return s->ctx;
    EVP_MD_CTX *ctx = digest_scratch(d->md);
    return ctx != NULL && EVP_DigestUpdate(ctx, s->pending, s->n) ? ctx : NULL;
}
Ref digest_copy(Thread *t, Value self, const Value *a) {
    Digest *d = as(Digest, self);
    Snapshot s;
    if (snapshot(t, d, &s) < 0) return REF_NULL;
    Digest *copy = alloc(t, type_of(self), d->md, d->name);
    if (copy == NULL) {
        EVP_MD_CTX_free(s.ctx);
        return REF_NULL;
    }
    copy->ctx = s.ctx;
    copy->n = s.n;
    if (s.ctx == NULL) memcpy(copy->pending, s.pending, s.n);
    return ref_steal(copy);
}
int digest_final(Thread *t, Digest *d, uint8_t *out, unsigned *n) {
    Snapshot s;
    if (snapshot(t, d, &s) < 0) return -1;
    EVP_MD_CTX *ctx = snapshot_context(d, &s);
    int ok = ctx != NULL && EVP_DigestFinal_ex(ctx, out, n);
    EVP_MD_CTX_free(s.ctx);
    return ok ? 0 : err_int(openssl_error(t, ETYPE(ValueError), NULL));
}
static Ref finish(Thread *t, Value self, bool hex) {
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n;
    return digest_final(t, as(Digest, self), out, &n) < 0 ? REF_NULL : hex ? hex_text(t, out, n) : bytes_new(t, out, n);
}
Ref digest_digest(Thread *t, Value self, const Value *a) { return finish(t, self, false); }
Ref digest_hexdigest(Thread *t, Value self, const Value *a) { return finish(t, self, true); }
Ref digest_extended(Thread *t, Value self, int64_t length, bool hex) {
    Digest *d = as(Digest, self);
    Snapshot s;
    Ref bytes = bytes_new_uninit(t, (size_t)length), r = REF_NULL;
    if (!ref_is_null(bytes) && snapshot(t, d, &s) == 0) {
        uint8_t *out = bytes_data(ref_borrow(bytes));
        EVP_MD_CTX *ctx = snapshot_context(d, &s);
        int ok = ctx != NULL;
        if (ok && length > 0) DETACHED_IF(t, length >= DIGEST_DETACH_FROM, ok = EVP_DigestFinalXOF(ctx, out, (size_t)length));
        EVP_MD_CTX_free(s.ctx);
        if (!ok) openssl_error(t, ETYPE(ValueError), NULL);
        else if (hex) r = hex_text(t, out, (size_t)length);
        else return bytes;
    }
    ref_drop(t, bytes);
    return r;
}
Ref digest_name(Thread *t, Value self, void *c) { return str_from_cstr(t, as(Digest, self)->name); }
Ref digest_block_size(Thread *t, Value self, void *c) { return ref_small_int(EVP_MD_get_block_size(as(Digest, self)->md)); }
Ref digest_digest_size(Thread *t, Value self, void *c) {
    const EVP_MD *md = as(Digest, self)->md;
    return ref_small_int(EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF ? 0 : EVP_MD_get_size(md));
}
