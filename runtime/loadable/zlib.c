/* zlib, on the library of that name. Work on more than a few KiB detaches the thread. */
#include "runtime/loadable/stream.h"
#include "runtime/names.h"
#include <zlib.h>

int module_init_zlib(Thread *t, Value module);

#define DEFAULT_SIZE 16384
#define DEF_MEM_LEVEL 8
static Slot error_class; /* zlib.error; set once, under the import lock */

static Ref zlib_error(Thread *t, const z_stream *z, int code, const char *what) {
    const char *why = code == Z_VERSION_ERROR ? "library version mismatch" : z->msg;
    if (why == NULL) why = code == Z_BUF_ERROR ? "incomplete or truncated stream" : code == Z_STREAM_ERROR ? "inconsistent stream state" : code == Z_DATA_ERROR ? "invalid input data" : NULL;
    Type *type = as(Type, slot_get(&error_class));
    return why == NULL ? err_type(t, type, "Error %d %s", code, what) : err_type(t, type, "Error %d %s: %.200s", code, what, why);
}
static Ref memory_error(Thread *t, const char *message) { return err_set(t, E_MemoryError, "%s", message); }

/* Input that may be larger than zlib counts at a time. */
typedef struct Input { uint8_t *data; size_t left; } Input;
static void input_next(z_stream *z, Input *in) {
    size_t n = in->left > UINT_MAX ? UINT_MAX : in->left;
    z->next_in = in->data;
    z->avail_in = (uInt)n;
    in->data += n;
    in->left -= n;
}
static int int_or(Thread *t, Value v, int *out) { return value_is_null(v) ? 0 : as_int(t, v, out); }

/* Runs step until it leaves room in the output: 0 and *code, 1: the limit was reached, -1: MemoryError. */
static int pump(Thread *t, z_stream *z, int (*step)(z_stream *, int), int flush, ByteBuilder *b, int64_t max, size_t first, int *code) {
    do {
        size_t avail;
        int room = output_room(t, b, max, first, &z->next_out, &avail);
        if (room <= 0) return room < 0 ? -1 : 1;
        z->avail_out = (uInt)avail;
        DETACHED_IF(t, z->avail_in >= DETACH_FROM || (flush == Z_FINISH && b->length > 0), *code = step(z, flush));
        b->length += avail - z->avail_out;
    } while (z->avail_out == 0 && *code != Z_STREAM_END && *code != Z_STREAM_ERROR);
    return 0;
}

/* ---- one-shot functions -------------------------------------------------------------------------------------------------------------------- */

static Ref m_compress(Thread *t, Value self, const Value *a) {
    int level = Z_DEFAULT_COMPRESSION, wbits = MAX_WBITS, code;
    Buffer view;
    if (int_or(t, a[1], &level) < 0 || int_or(t, a[2], &wbits) < 0 || buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    z_stream z = {0};
    ByteBuilder b = BYTE_BUILDER;
    Ref r = REF_NULL;
    code = deflateInit2(&z, level, Z_DEFLATED, wbits, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY);
    if (code != Z_OK) {
        if (code == Z_MEM_ERROR) memory_error(t, "Out of memory while compressing data");
        else if (code == Z_STREAM_ERROR) err_type(t, as(Type, slot_get(&error_class)), "Bad compression level");
        else zlib_error(t, &z, code, "while compressing data");
        buffer_release(t, &view);
        return r;
    }
    Input in = {view.data, (size_t)view.len};
    int bad = 0;
    do {
        input_next(&z, &in);
        bad = pump(t, &z, deflate, in.left ? Z_NO_FLUSH : Z_FINISH, &b, -1, DEFAULT_SIZE, &code);
        if (bad == 0 && code == Z_STREAM_ERROR) bad = err_int(zlib_error(t, &z, code, "while compressing data"));
    } while (bad == 0 && code != Z_STREAM_END);
    deflateEnd(&z);
    buffer_release(t, &view);
    if (bad == 0) return bytes_finish(t, &b);
    bytes_drop(&b);
    return r;
}

static Ref m_decompress(Thread *t, Value self, const Value *a) {
    int wbits = MAX_WBITS, code = Z_OK;
    int64_t size = DEFAULT_SIZE;
    Buffer view;
    if (int_or(t, a[1], &wbits) < 0 || (!value_is_null(a[2]) && size_arg(t, a[2], &size) < 0)) return REF_NULL;
    if (size < 0) return err_set(t, E_ValueError, "bufsize must be non-negative");
    if (buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    z_stream z = {0};
    ByteBuilder b = BYTE_BUILDER;
    Input in = {view.data, (size_t)view.len};
    int bad = inflateInit2(&z, wbits);
    if (bad != Z_OK) {
        if (bad == Z_MEM_ERROR) memory_error(t, "Out of memory while decompressing data");
        else zlib_error(t, &z, bad, "while preparing to decompress data");
        buffer_release(t, &view);
        return REF_NULL;
    }
    do {
        input_next(&z, &in);
        bad = pump(t, &z, inflate, in.left ? Z_NO_FLUSH : Z_FINISH, &b, -1, size == 0 ? 1 : (size_t)size, &code);
        if (bad == 0 && code == Z_MEM_ERROR) bad = err_int(memory_error(t, "Out of memory while decompressing data"));
        else if (bad == 0 && code != Z_OK && code != Z_BUF_ERROR && code != Z_STREAM_END) bad = err_int(zlib_error(t, &z, code, "while decompressing data"));
    } while (bad == 0 && code != Z_STREAM_END && in.left > 0);
    if (bad == 0 && code != Z_STREAM_END) bad = err_int(zlib_error(t, &z, code, "while decompressing data"));
    inflateEnd(&z);
    buffer_release(t, &view);
    if (bad == 0) return bytes_finish(t, &b);
    bytes_drop(&b);
    return REF_NULL;
}

typedef uLong (*SumFn)(uLong sum, const Bytef *data, z_size_t n);
static Ref checksum(Thread *t, const Value *a, uLong sum, SumFn fn) {
    Buffer view;
    if (!buffer_supported(a[0])) return err_set(t, E_TypeError, "a bytes-like object is required, not '%.100T'", a[0]);
    if (!value_is_null(a[1])) {
        uint64_t start;
        Ref i = number_index(t, a[1]);
        if (ref_is_null(i)) return i;
        int_as_u64_mask(ref_borrow(i), &start);
        ref_drop(t, i);
        sum = (uint32_t)start;
    }
    if (buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    DETACHED_IF(t, view.len > 5 * 1024, sum = fn(sum, view.data, (z_size_t)view.len));
    buffer_release(t, &view);
    return ref_small_int((uint32_t)sum);
}
static uLong sum_adler32(uLong sum, const Bytef *data, z_size_t n) { return adler32_z(sum, data, n); }
static uLong sum_crc32(uLong sum, const Bytef *data, z_size_t n) { return crc32_z(sum, data, n); }
static Ref m_adler32(Thread *t, Value self, const Value *a) { return checksum(t, a, 1, sum_adler32); }
static Ref m_crc32(Thread *t, Value self, const Value *a) { return checksum(t, a, 0, sum_crc32); }

/* ---- streams ----------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Stream {
    Object base;
    Slot unused_data, unconsumed_tail, zdict; /* bytes, bytes; bytes-like or null */
    IoLock lock;                              /* guards what follows */
    z_stream z;
    bool started;                             /* the library holds memory for it */
    _Atomic bool x_eof;
} Stream;
KIT_SLOTS(3)
static Type compress_type, decompress_type;

static void compress_destroy(Thread *t, Object *o) {
    if (((Stream *)o)->started) deflateEnd(&((Stream *)o)->z);
    kit_drop_3(t, o);
}
static void decompress_destroy(Thread *t, Object *o) {
    if (((Stream *)o)->started) inflateEnd(&((Stream *)o)->z);
    kit_drop_3(t, o);
}
static Stream *stream_new(Thread *t, Type *type, Value zdict) {
    Stream *s = object_new(Stream, t, type);
    if (s == NULL) return NULL;
    slot_init(&s->unused_data, ref_new(t, bytes_empty()));
    slot_init(&s->unconsumed_tail, ref_new(t, bytes_empty()));
    if (!value_is_null(zdict)) slot_init(&s->zdict, ref_new(t, zdict));
    return s;
}

static Ref compressobj(Thread *t, Value self, const Value *a) {
    int part[5] = {Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY};
    Buffer view;
    for (int i = 0; i < 5; i++)
        if (int_or(t, a[i], &part[i]) < 0) return REF_NULL;
    bool dict = !value_is_null(a[5]) && !value_is_none(a[5]);
    if (dict && buffer_get(t, a[5], &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    Stream *s = NULL;
    if (dict && view.len > UINT_MAX) err_set(t, E_OverflowError, "zdict length does not fit in an unsigned int");
    else s = stream_new(t, &compress_type, VALUE_NULL);
    if (s != NULL) {
        int code = deflateInit2(&s->z, part[0], part[1], part[2], part[3], part[4]);
        s->started = code == Z_OK;
        if (code == Z_MEM_ERROR) memory_error(t, "Can't allocate memory for compression object");
        else if (code == Z_STREAM_ERROR) err_set(t, E_ValueError, "Invalid initialization option");
        else if (code != Z_OK) zlib_error(t, &s->z, code, "while creating compression object");
        else if (dict && (code = deflateSetDictionary(&s->z, view.data, (uInt)view.len)) != Z_OK) {
            if (code == Z_STREAM_ERROR) err_set(t, E_ValueError, "Invalid dictionary");
            else err_set(t, E_ValueError, "deflateSetDictionary()");
        }
    }
    if (dict) buffer_release(t, &view);
    if (s == NULL || !err_pending(t)) return s == NULL ? REF_NULL : ref_steal(s);
    ref_drop(t, ref_steal(s));
    return REF_NULL;
}

/* inflateSetDictionary with what decompressobj() was given: 0, -1 */
static int set_dictionary(Thread *t, Stream *s) {
    Buffer view;
    if (buffer_get(t, slot_get(&s->zdict), &view, BUFFER_SIMPLE) < 0) return -1;
    int code = view.len > UINT_MAX ? Z_STREAM_ERROR : inflateSetDictionary(&s->z, view.data, (uInt)view.len);
    if (view.len > UINT_MAX) err_set(t, E_OverflowError, "zdict length does not fit in an unsigned int");
    else if (code != Z_OK) zlib_error(t, &s->z, code, "while setting zdict");
    buffer_release(t, &view);
    return code == Z_OK ? 0 : -1;
}

static Ref decompressobj(Thread *t, Value self, const Value *a) {
    int wbits = MAX_WBITS;
    if (int_or(t, a[0], &wbits) < 0) return REF_NULL;
    if (!value_is_null(a[1]) && !buffer_supported(a[1])) return err_set(t, E_TypeError, "zdict argument must support the buffer protocol");
    Stream *s = stream_new(t, &decompress_type, a[1]);
    if (s == NULL) return REF_NULL;
    int code = inflateInit2(&s->z, wbits);
    s->started = code == Z_OK;
    if (code == Z_MEM_ERROR) memory_error(t, "Can't allocate memory for decompression object");
    else if (code == Z_STREAM_ERROR) err_set(t, E_ValueError, "Invalid initialization option");
    else if (code != Z_OK) zlib_error(t, &s->z, code, "while creating decompression object");
    else if (!value_is_null(a[1]) && wbits < 0) set_dictionary(t, s); /* a raw stream doesn't ask for it */
    if (!err_pending(t)) return ref_steal(s);
    ref_drop(t, ref_steal(s));
    return REF_NULL;
}

static Ref compress_data(Thread *t, Stream *s, Buffer *view) {
    Input in = {view->data, (size_t)view->len};
    ByteBuilder b = BYTE_BUILDER;
    int bad = 0, code = Z_OK;
    do {
        input_next(&s->z, &in);
        bad = pump(t, &s->z, deflate, Z_NO_FLUSH, &b, -1, DEFAULT_SIZE, &code);
        if (bad == 0 && code == Z_STREAM_ERROR) bad = err_int(zlib_error(t, &s->z, code, "while compressing data"));
    } while (bad == 0 && in.left > 0);
    if (bad == 0) return bytes_finish(t, &b);
    bytes_drop(&b);
    return REF_NULL;
}
static Ref m_compress_compress(Thread *t, Value self, const Value *a) {
    Stream *s = as(Stream, self);
    Buffer view;
    if (buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    int locked = io_lock(t, s, &s->lock);
    Ref r = locked < 0 ? REF_NULL : compress_data(t, s, &view);
    if (locked >= 0) io_unlock(t, &s->lock, locked);
    buffer_release(t, &view);
    return r;
}
static Ref compress_flush(Thread *t, Stream *s, int mode) {
    ByteBuilder b = BYTE_BUILDER;
    int code = Z_OK;
    s->z.avail_in = 0;
    int bad = pump(t, &s->z, deflate, mode, &b, -1, DEFAULT_SIZE, &code);
    if (bad == 0 && code == Z_STREAM_ERROR) {
        bad = err_int(zlib_error(t, &s->z, code, "while flushing"));
    } else if (bad == 0 && code == Z_STREAM_END && mode == Z_FINISH) {
        code = deflateEnd(&s->z);
        s->started = false;
        if (code != Z_OK) bad = err_int(zlib_error(t, &s->z, code, "while finishing compression"));
    } else if (bad == 0 && code != Z_OK && code != Z_BUF_ERROR) {
        bad = err_int(zlib_error(t, &s->z, code, "while flushing"));
    }
    if (bad == 0) return bytes_finish(t, &b);
    bytes_drop(&b);
    return REF_NULL;
}
static Ref m_compress_flush(Thread *t, Value self, const Value *a) {
    Stream *s = as(Stream, self);
    int mode = Z_FINISH;
    if (int_or(t, a[0], &mode) < 0) return REF_NULL;
    if (mode == Z_NO_FLUSH) return ref_new(t, bytes_empty());
    int locked = io_lock(t, s, &s->lock);
    if (locked < 0) return REF_NULL;
    Ref r = compress_flush(t, s, mode);
    io_unlock(t, &s->lock, locked);
    return r;
}

static Ref stream_copy(Thread *t, Stream *s, Type *type, int (*copy)(z_stream *, z_stream *), const char *no_memory, const char *what) {
    Stream *c = stream_new(t, type, VALUE_NULL);
    if (c == NULL) return REF_NULL;
    int locked = io_lock(t, s, &s->lock);
    if (locked >= 0) {
        int code = copy(&c->z, &s->z);
        c->started = code == Z_OK;
        if (code == Z_STREAM_ERROR) err_set(t, E_ValueError, "Inconsistent stream state");
        else if (code == Z_MEM_ERROR) memory_error(t, no_memory);
        else if (code != Z_OK) zlib_error(t, &s->z, code, what);
        slot_set(t, c, &c->unused_data, slot_ref(t, &s->unused_data));
        slot_set(t, c, &c->unconsumed_tail, slot_ref(t, &s->unconsumed_tail));
        slot_set(t, c, &c->zdict, slot_ref(t, &s->zdict));
        store_relaxed(&c->x_eof, load_relaxed(&s->x_eof));
        io_unlock(t, &s->lock, locked);
    }
    if (!err_pending(t)) return ref_steal(c);
    ref_drop(t, ref_steal(c));
    return REF_NULL;
}
static int deflate_copy(z_stream *to, z_stream *from) { return deflateCopy(to, from); }
static int inflate_copy(z_stream *to, z_stream *from) { return inflateCopy(to, from); }
static Ref m_compress_copy(Thread *t, Value self, const Value *a) {
    return stream_copy(t, as(Stream, self), &compress_type, deflate_copy, "Can't allocate memory for compression object", "while copying compression object");
}
static Ref m_decompress_copy(Thread *t, Value self, const Value *a) {
    return stream_copy(t, as(Stream, self), &decompress_type, inflate_copy, "Can't allocate memory for decompression object", "while copying decompression object");
}

/* What the library didn't take of `view`: behind the stream's end it is unused, else it waits for the next call. */
static int keep_rest(Thread *t, Stream *s, Buffer *view, int code) {
    uint8_t *end = (uint8_t *)view->data + view->len;
    size_t left = s->z.next_in ? (size_t)(end - s->z.next_in) : 0;
    if (code == Z_STREAM_END && left > 0) {
        Value old = slot_get(&s->unused_data);
        Ref joined = bytes_new_uninit(t, bytes_length(old) + left);
        if (ref_is_null(joined)) return -1;
        memcpy(bytes_data(ref_borrow(joined)), bytes_data(old), bytes_length(old));
        memcpy(bytes_data(ref_borrow(joined)) + bytes_length(old), s->z.next_in, left);
        slot_set(t, s, &s->unused_data, joined);
        s->z.avail_in = 0;
    }
    /* a tail that is there is replaced even at the end, by what is unused: so CPython shows it */
    if ((left > 0 && code != Z_STREAM_END) || bytes_length(slot_get(&s->unconsumed_tail)) > 0) {
        Ref tail = bytes_new(t, left ? s->z.next_in : NULL, left);
        if (ref_is_null(tail)) return -1;
        slot_set(t, s, &s->unconsumed_tail, tail);
    }
    return 0;
}

/* Feeds view to the stream: 0 and *code, or -1 */
static int decompress_view(Thread *t, Stream *s, Buffer *view, int64_t max, size_t first, bool finish, ByteBuilder *b, int *code) {
    Input in = {view->data, (size_t)view->len};
    *code = Z_OK;
    do {
        input_next(&s->z, &in);
        for (;;) {
            int full = pump(t, &s->z, inflate, !finish ? Z_SYNC_FLUSH : in.left ? Z_NO_FLUSH : Z_FINISH, b, max, first, code);
            if (full < 0) return -1;
            if (full || *code != Z_NEED_DICT || value_is_null(slot_get(&s->zdict))) {
                if (full || (*code != Z_OK && *code != Z_BUF_ERROR && *code != Z_STREAM_END)) return 0;
                break;
            }
            if (set_dictionary(t, s) < 0) return -1;
        }
    } while (*code != Z_STREAM_END && in.left > 0);
    return 0;
}
static Ref decompress_data(Thread *t, Stream *s, Buffer *view, int64_t max) {
    ByteBuilder b = BYTE_BUILDER;
    int code;
    if (decompress_view(t, s, view, max == 0 ? -1 : max, DEFAULT_SIZE, false, &b, &code) < 0 || keep_rest(t, s, view, code) < 0) goto fail;
    if (code == Z_STREAM_END) store_relaxed(&s->x_eof, true);
    else if (code != Z_OK && code != Z_BUF_ERROR) {
        zlib_error(t, &s->z, code, "while decompressing data");
        goto fail;
    }
    return bytes_finish(t, &b);
fail:
    bytes_drop(&b);
    return REF_NULL;
}
static Ref m_decompress_decompress(Thread *t, Value self, const Value *a) {
    Stream *s = as(Stream, self);
    int64_t max = 0;
    Buffer view;
    if (!value_is_null(a[1]) && size_arg(t, a[1], &max) < 0) return REF_NULL;
    if (max < 0) return err_set(t, E_ValueError, "max_length must be non-negative");
    if (buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    int locked = io_lock(t, s, &s->lock);
    Ref r = locked < 0 ? REF_NULL : decompress_data(t, s, &view, max);
    if (locked >= 0) io_unlock(t, &s->lock, locked);
    buffer_release(t, &view);
    return r;
}
static Ref decompress_flush(Thread *t, Stream *s, size_t first) {
    ByteBuilder b = BYTE_BUILDER;
    Ref tail = slot_ref(t, &s->unconsumed_tail);
    Buffer view = {.data = bytes_data(ref_borrow(tail)), .len = (int64_t)bytes_length(ref_borrow(tail))};
    int code, bad = decompress_view(t, s, &view, -1, first, true, &b, &code) < 0 || keep_rest(t, s, &view, code) < 0 ? -1 : 0;
    if (bad == 0 && code == Z_STREAM_END) {
        store_relaxed(&s->x_eof, true);
        s->started = false;
        code = inflateEnd(&s->z);
        if (code != Z_OK) bad = err_int(zlib_error(t, &s->z, code, "while finishing decompression"));
    }
    ref_drop(t, tail);
    if (bad == 0) return bytes_finish(t, &b);
    bytes_drop(&b);
    return REF_NULL;
}
static Ref m_decompress_flush(Thread *t, Value self, const Value *a) {
    Stream *s = as(Stream, self);
    int64_t length = DEFAULT_SIZE;
    if (!value_is_null(a[0]) && size_arg(t, a[0], &length) < 0) return REF_NULL;
    if (length <= 0) return err_set(t, E_ValueError, "length must be greater than zero");
    int locked = io_lock(t, s, &s->lock);
    if (locked < 0) return REF_NULL;
    Ref r = decompress_flush(t, s, (size_t)length);
    io_unlock(t, &s->lock, locked);
    return r;
}
static Ref get_eof(Thread *t, Value self, void *c) { return ref_bool(load_relaxed(&as(Stream, self)->x_eof)); }

static NativeDef compress_methods[] = {
    FN("compress", "($self, data, /)", m_compress_compress, "Compresses data: what of the compressed form is ready."),
    FN("flush", "($self, mode=zlib.Z_FINISH, /)", m_compress_flush, "The rest of the compressed data."),
    FN("copy", "($self, /)", m_compress_copy, "A copy of the compression object."), FN("__copy__", "($self, /)", m_compress_copy, NULL),
    FN("__deepcopy__", "($self, memo, /)", m_compress_copy, NULL), FN_END,
};
static Type compress_type = {
    TYPE_HEADER(Stream, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_3, NULL, compress_destroy), .name = "zlib.Compress", .methods = compress_methods,
};
static NativeDef decompress_methods[] = {
    FN("decompress", "($self, data, /, max_length=0)", m_decompress_decompress, "Decompresses data, at most max_length bytes of it (0: all); the rest is in unconsumed_tail."),
    FN("flush", "($self, length=zlib.DEF_BUF_SIZE, /)", m_decompress_flush, "The rest of the decompressed data."),
    FN("copy", "($self, /)", m_decompress_copy, "A copy of the decompression object."), FN("__copy__", "($self, /)", m_decompress_copy, NULL),
    FN("__deepcopy__", "($self, memo, /)", m_decompress_copy, NULL), FN_END,
};
static const MemberDef decompress_members[] = {
    {"unused_data", MEMBER_SLOT, offsetof(Stream, unused_data), true, NULL}, {"unconsumed_tail", MEMBER_SLOT, offsetof(Stream, unconsumed_tail), true, NULL}, {NULL}};
static const GetSetDef decompress_getset[] = {{"eof", get_eof, NULL, NULL, NULL}, {NULL}};
static Type decompress_type = {
    TYPE_HEADER(Stream, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_3, NULL, decompress_destroy), .name = "zlib.Decompress", .methods = decompress_methods,
    .members = decompress_members, .getset = decompress_getset,
};

/* ---- the module -------------------------------------------------------------------------------------------------------------------------------------------- */

static NativeDef functions[] = {
    FN("adler32", "($module, data, value=1, /)", m_adler32, "Compute an Adler-32 checksum of data."), FN("crc32", "($module, data, value=0, /)", m_crc32, "Compute a CRC-32 checksum of data."),
    FN("compress", "($module, data, /, level=Z_DEFAULT_COMPRESSION, wbits=MAX_WBITS)", m_compress, "Compresses data."),
    FN("decompress", "($module, data, /, wbits=MAX_WBITS, bufsize=DEF_BUF_SIZE)", m_decompress, "Decompresses data."),
    FN("compressobj", "($module, /, level=Z_DEFAULT_COMPRESSION, method=DEFLATED,\n            wbits=MAX_WBITS, memLevel=DEF_MEM_LEVEL,\n            strategy=Z_DEFAULT_STRATEGY, zdict=None)",
       compressobj, "Return a compressor object."),
    FN("decompressobj", "($module, /, wbits=MAX_WBITS, zdict=b'')", decompressobj, "Return a decompressor object."), FN_END,
};
static const KitConstant constants[] = {
#define C(x) {#x, x}
    C(MAX_WBITS), {"DEFLATED", Z_DEFLATED}, C(Z_DEFAULT_COMPRESSION), C(Z_BEST_SPEED), C(Z_BEST_COMPRESSION), C(Z_NO_COMPRESSION), C(Z_DEFAULT_STRATEGY), C(Z_FILTERED), C(Z_HUFFMAN_ONLY), C(Z_RLE),
    C(Z_FIXED), C(Z_FINISH), C(Z_NO_FLUSH), C(Z_PARTIAL_FLUSH), C(Z_SYNC_FLUSH), C(Z_FULL_FLUSH), C(Z_BLOCK), C(Z_TREES), {"DEF_MEM_LEVEL", DEF_MEM_LEVEL}, {"DEF_BUF_SIZE", DEFAULT_SIZE}, {NULL, 0},
#undef C
};
int module_init_zlib(Thread *t, Value module) {
    if (kit_module(t, module, (Type *const[]){NULL}, functions, "Compression in the format of the zlib library.") < 0 || type_ready(t, &compress_type) < 0 || type_ready(t, &decompress_type) < 0 ||
        kit_constants(t, module, constants) < 0 || module_add_cstr(t, module, "ZLIB_VERSION", ZLIB_VERSION) < 0 || module_add_cstr(t, module, "ZLIB_RUNTIME_VERSION", zlibVersion()) < 0 ||
        module_add_cstr(t, module, "__version__", "1.0") < 0)
        return -1;
    Ref e = kit_exception(t, "zlib", "error", ETYPE(Exception));
    if (ref_is_null(e)) return -1;
    kit_root(t, &error_class, e);
    return module_set(t, module, "error", slot_get(&error_class));
}
