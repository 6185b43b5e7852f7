#include "runtime/loadable/digest.h"
#include <openssl/err.h>

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
    uint8_t *out = ref_is_null(r) ? NULL : as(Str, ref_borrow(r))->data;
    for (size_t i = 0; out && i < n; i++) {
        out[2 * i] = (uint8_t)"0123456789abcdef"[p[i] >> 4];
        out[2 * i + 1] = (uint8_t)"0123456789abcdef"[p[i] & 15];
    }
    return r;
}

static int feed(Thread *t, Digest *d, const Buffer *view) {
    int ok, locked = io_lock(t, d, &d->lock);
    if (locked < 0) return -1;
    DETACHED_IF(t, view->len >= DIGEST_DETACH_FROM, ok = EVP_DigestUpdate(d->ctx, view->data, (size_t)view->len));
    io_unlock(t, &d->lock, locked);
    return ok ? 0 : err_int(openssl_error(t, ETYPE(ValueError), NULL));
}

static Digest *alloc(Thread *t, Type *type, const char *name) {
    Digest *d = object_new(Digest, t, type);
    if (d == NULL) return NULL;
    d->name = name;
    d->ctx = EVP_MD_CTX_new();
    if (d->ctx != NULL) return d;
    ref_drop(t, ref_steal(d));
    err_no_memory(t);
    return NULL;
}
Ref digest_new(Thread *t, Type *type, const EVP_MD *md, const char *name, Value data) {
    Buffer view = {0};
    bool given = !value_is_null(data);
    if (given && digest_data(t, data, &view) < 0) return REF_NULL;
    Digest *d = alloc(t, type, name);
    int bad = d == NULL ? -1 : EVP_DigestInit_ex(d->ctx, md, NULL) ? 0 : err_int(openssl_error(t, ETYPE(ValueError), NULL));
    if (bad == 0 && given && view.len > 0) bad = feed(t, d, &view);
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
/* A copy of the context as it is now; null with an exception */
static EVP_MD_CTX *snapshot(Thread *t, Digest *d) {
    EVP_MD_CTX *copy = EVP_MD_CTX_new();
    if (copy == NULL) {
        err_no_memory(t);
        return NULL;
    }
    int locked = io_lock(t, d, &d->lock), ok = 0;
    if (locked >= 0) {
        ok = EVP_MD_CTX_copy(copy, d->ctx);
        io_unlock(t, &d->lock, locked);
        if (!ok) openssl_error(t, ETYPE(ValueError), NULL);
    }
    if (ok) return copy;
    EVP_MD_CTX_free(copy);
    return NULL;
}
Ref digest_copy(Thread *t, Value self, const Value *a) {
    Digest *d = as(Digest, self);
    EVP_MD_CTX *ctx = snapshot(t, d);
    Digest *copy = ctx ? object_new(Digest, t, type_of(self)) : NULL;
    if (copy == NULL) {
        EVP_MD_CTX_free(ctx);
        return REF_NULL;
    }
    copy->ctx = ctx;
    copy->name = d->name;
    return ref_steal(copy);
}
static Ref finish(Thread *t, Value self, bool hex) {
    EVP_MD_CTX *ctx = snapshot(t, as(Digest, self));
    uint8_t out[EVP_MAX_MD_SIZE];
    unsigned n;
    if (ctx == NULL) return REF_NULL;
    int ok = EVP_DigestFinal_ex(ctx, out, &n);
    EVP_MD_CTX_free(ctx);
    return !ok ? openssl_error(t, ETYPE(ValueError), NULL) : hex ? hex_text(t, out, n) : bytes_new(t, out, n);
}
Ref digest_digest(Thread *t, Value self, const Value *a) { return finish(t, self, false); }
Ref digest_hexdigest(Thread *t, Value self, const Value *a) { return finish(t, self, true); }
Ref digest_extended(Thread *t, Value self, int64_t length, bool hex) {
    Ref bytes = bytes_new_uninit(t, (size_t)length), r = REF_NULL;
    EVP_MD_CTX *ctx = ref_is_null(bytes) ? NULL : snapshot(t, as(Digest, self));
    if (ctx != NULL) {
        uint8_t *out = bytes_data(ref_borrow(bytes));
        int ok;
        DETACHED_IF(t, length >= DIGEST_DETACH_FROM, ok = length == 0 || EVP_DigestFinalXOF(ctx, out, (size_t)length));
        EVP_MD_CTX_free(ctx);
        if (!ok) openssl_error(t, ETYPE(ValueError), NULL);
        else if (hex) r = hex_text(t, out, (size_t)length);
        else return bytes;
    }
    ref_drop(t, bytes);
    return r;
}
Ref digest_name(Thread *t, Value self, void *c) { return str_from_cstr(t, as(Digest, self)->name); }
Ref digest_block_size(Thread *t, Value self, void *c) { return ref_small_int(EVP_MD_CTX_get_block_size(as(Digest, self)->ctx)); }
Ref digest_digest_size(Thread *t, Value self, void *c) {
    const EVP_MD *md = EVP_MD_CTX_get0_md(as(Digest, self)->ctx);
    return ref_small_int(EVP_MD_get_flags(md) & EVP_MD_FLAG_XOF ? 0 : EVP_MD_get_size(md));
}
