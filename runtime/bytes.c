/* bytes: making, growing, hashing. The methods are in bytes_methods.c, the types in bytes_type.c and bytearray.c. */
#include "runtime/abstract.h"
#include "runtime/bytes_internal.h"
#include "runtime/instance.h"
#include "runtime/str.h"
#include "runtime/text.h"

static Bytes *singles[256];
static Bytes *empty;

Value bytes_empty(void) { return object_value(empty); }

static ALWAYS_INLINE Ref new_uninit(Thread *t, size_t n) {
    if (n == 0 && empty != NULL) return ref_steal(empty);
    if (n > (size_t)PTRDIFF_MAX - 256) return err_no_memory(t);
    Bytes *b = object_alloc_raw(t, &bytes_type, n + 1);
    if (unlikely(b == NULL)) return REF_NULL;
    store_relaxed(&b->x_hash, -1);
    b->length = n;
    b->data = (uint8_t *)(b + 1);
    b->data[n] = 0;
    return ref_steal(b);
}
Ref bytes_new_uninit(Thread *t, size_t n) { return new_uninit(t, n); }

Ref bytes_new(Thread *t, const void *data, size_t n) {
    if (n == 1) return ref_steal(singles[*(const uint8_t *)data]);
    Ref r = new_uninit(t, n);
    if (likely(!ref_is_null(r))) copy_short((Bytes *)value_object(ref_borrow(r)) + 1, data, n);
    return r;
}

int bytes_init(Thread *t) {
    Ref r = bytes_new_uninit(t, 0);
    if (ref_is_null(r)) return -1;
    empty = as(Bytes, ref_borrow(r));
    object_immortalize(t, &empty->base);
    for (int c = 0; c < 256; c++) {
        r = bytes_new_uninit(t, 1);
        if (ref_is_null(r)) return -1;
        singles[c] = as(Bytes, ref_borrow(r));
        singles[c]->data[0] = (uint8_t)c;
        object_immortalize(t, &singles[c]->base);
    }
    return 0;
}

/* A bytes that takes over a mem_alloc'ed buffer with room for one more byte. Frees it on failure. */
static Ref bytes_from_owned(Thread *t, Type *type, uint8_t *data, size_t n) {
    Bytes *b = type == &bytes_type ? object_alloc_raw(t, type, 0) : as(Bytes, ref_borrow(instance_new(t, type)));
    if (b == NULL) {
        mem_free(data);
        return REF_NULL;
    }
    store_relaxed(&b->x_hash, -1);
    b->length = n;
    b->data = data;
    data[n] = 0;
    return ref_steal(b);
}

Ref bytes_subclass_new(Thread *t, Type *type, const void *p, size_t n) {
    uint8_t *data = mem_alloc(n + 1);
    if (data == NULL) return err_no_memory(t);
    memcpy(data, p, n);
    return bytes_from_owned(t, type, data, n);
}

void bytes_destroy(Thread *t, Object *o) {
    Bytes *b = (Bytes *)o;
    if (b->data != (uint8_t *)(b + 1) && b->data != NULL) mem_free(b->data);
}

int64_t bytes_hash(Thread *t, Value v) {
    Bytes *b = as(Bytes, v);
    int64_t h = load_relaxed(&b->x_hash);
    if (h == -1) {
        h = hash_bytes(b->data, b->length);
        store_relaxed(&b->x_hash, h);
    }
    return h;
}

/* ---- growing --------------------------------------------------------------------------------------------- */
int bytes_room_slow(Thread *t, ByteBuilder *b, size_t n) {
    size_t need = b->length + n, capacity = need + need / 2 + 64;
    if (need < n || need > (size_t)PTRDIFF_MAX / 4) return err_int(err_no_memory(t));
    uint8_t *data = mem_realloc(b->data, capacity + 1);
    if (data == NULL) return err_int(err_no_memory(t));
    b->data = data;
    b->capacity = capacity;
    return 0;
}

int bytes_append(Thread *t, ByteBuilder *b, const void *p, size_t n) {
    if (n == 0) return 0;
    if (bytes_room(t, b, n) < 0) return -1;
    memcpy(b->data + b->length, p, n);
    b->length += n;
    return 0;
}

Ref bytes_finish(Thread *t, ByteBuilder *b) {
    Ref r;
    if (b->length < 1024) {
        r = bytes_new(t, b->data, b->length);
        bytes_drop(b);
        return r;
    }
    uint8_t *data = b->data;
    if (b->capacity - b->length > b->length / 4) {
        uint8_t *cut = mem_realloc(data, b->length + 1);
        if (cut != NULL) data = cut;
    }
    r = bytes_from_owned(t, &bytes_type, data, b->length);
    *b = BYTE_BUILDER;
    return r;
}

void bytes_drop(ByteBuilder *b) {
    mem_free(b->data);
    *b = BYTE_BUILDER;
}
