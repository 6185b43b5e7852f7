#include "runtime/loadable/unpack.h"

void unpacker_init(Thread *t, Unpacker *u) {
    slot_init(&u->unused_data, ref_new(t, bytes_empty()));
    store_relaxed(&u->x_needs_input, true);
}
void unpacker_destroy(Thread *t, Unpacker *u) {
    mem_free(u->pending);
    ref_drop(t, slot_take(t, u, &u->unused_data));
}

/* Puts data behind what waits already. */
static int add_pending(Thread *t, Unpacker *u, const Buffer *view) {
    uint8_t *p = mem_realloc(u->pending, u->pending_size + (size_t)view->len + 1);
    if (p == NULL) return err_int(err_no_memory(t));
    memcpy(p + u->pending_size, view->data, (size_t)view->len);
    u->pending = p;
    u->pending_size += (size_t)view->len;
    return 0;
}
/* What wasn't taken waits for the next call, or is unused data behind the end. */
static int keep_rest(Thread *t, Unpacker *u, const uint8_t *rest, size_t n, bool end) {
    uint8_t *copy = NULL;
    if (end && n > 0) {
        Ref unused = bytes_new(t, rest, n);
        if (ref_is_null(unused)) return -1;
        slot_set(t, u, &u->unused_data, unused);
    } else if (n > 0) {
        if ((copy = mem_alloc(n)) == NULL) return err_int(err_no_memory(t));
        memcpy(copy, rest, n);
    }
    mem_free(u->pending);
    u->pending = copy;
    u->pending_size = copy ? n : 0;
    return 0;
}
static Ref unpack(Thread *t, Unpacker *u, const Buffer *view, int64_t max, UnpackStep step, UnpackError error) {
    const uint8_t *in = view->data;
    size_t in_left = (size_t)view->len;
    if (u->pending_size > 0) {
        if (add_pending(t, u, view) < 0) return REF_NULL;
        in = u->pending;
        in_left = u->pending_size;
    }
    ByteBuilder b = BYTE_BUILDER;
    int code = 0, full = 0;
    for (;;) {
        uint8_t *out;
        size_t room;
        int more = output_room(t, &b, max, OUTPUT_FIRST, &out, &room);
        if (more < 0) goto fail;
        full = more == 0;
        if (full) break;
        size_t left = room;
        DETACHED_IF(t, in_left >= DETACH_FROM || b.length > 0, code = step(u, &in, &in_left, &out, &left));
        b.length += room - left;
        if (code != 0 || (left > 0 && in_left == 0)) break;
    }
    if (code != 0 && code != 1) {
        error(t, code);
        goto fail;
    }
    if (keep_rest(t, u, in, in_left, code == 1) < 0) goto fail;
    if (code == 1) store_relaxed(&u->x_eof, true);
    store_relaxed(&u->x_needs_input, code == 0 && in_left == 0 && !full);
    return bytes_finish(t, &b);
fail:
    bytes_drop(&b);
    return REF_NULL;
}
Ref unpacker_decompress(Thread *t, Unpacker *u, Value data, Value max_length, UnpackStep step, UnpackError error, const char *after_end,
                        const char *after_error) {
    Buffer view;
    int64_t max = -1;
    if (!value_is_null(max_length) && index_as_i64(t, max_length, &max) < 0) return REF_NULL;
    if (buffer_get_snapshot(t, data, &view) < 0) return REF_NULL;
    int locked = io_lock(t, u, &u->lock);
    Ref r = REF_NULL;
    if (locked >= 0) {
        if (load_relaxed(&u->x_eof)) err_set(t, E_EOFError, "%s", after_end);
        else if (u->failed && after_error != NULL) err_set(t, E_ValueError, "%s", after_error);
        else r = unpack(t, u, &view, max, step, error);
        if (ref_is_null(r) && after_error != NULL && !load_relaxed(&u->x_eof)) {
            u->failed = true;
            store_relaxed(&u->x_needs_input, false);
        }
        io_unlock(t, &u->lock, locked);
    }
    buffer_release(t, &view);
    return r;
}
Ref unpacker_eof(Thread *t, Value self, void *c) { return ref_bool(load_relaxed(&as(Unpacker, self)->x_eof)); }
Ref unpacker_needs_input(Thread *t, Value self, void *c) { return ref_bool(load_relaxed(&as(Unpacker, self)->x_needs_input)); }

/* ---- compressing ------------------------------------------------------------------------------------------------------------------ */

Ref packer_compress(Thread *t, Packer *p, Value data, PackFn pack) {
    Buffer view;
    if (buffer_get_snapshot(t, data, &view) < 0) return REF_NULL;
    Ref r = REF_NULL;
    int locked = io_lock(t, p, &p->lock);
    if (locked >= 0) {
        r = p->flushed ? err_set(t, E_ValueError, "Compressor has been flushed") : pack(t, p, view.data, (size_t)view.len, false);
        io_unlock(t, &p->lock, locked);
    }
    buffer_release(t, &view);
    return r;
}
Ref packer_flush(Thread *t, Packer *p, PackFn pack) {
    int locked = io_lock(t, p, &p->lock);
    if (locked < 0) return REF_NULL;
    Ref r;
    if (p->flushed) {
        r = err_set(t, E_ValueError, "Repeated call to flush()");
    } else {
        p->flushed = true;
        r = pack(t, p, NULL, 0, true);
    }
    io_unlock(t, &p->lock, locked);
    return r;
}
