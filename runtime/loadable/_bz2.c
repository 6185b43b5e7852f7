/* _bz2, on libbz2. */
#include "runtime/loadable/unpack.h"
#include <bzlib.h>

int module_init__bz2(Thread *t, Value module);

static Ref bz2_error(Thread *t, int code) {
    switch (code) {
    case BZ_PARAM_ERROR: return err_set(t, E_ValueError, "Internal error - invalid parameters passed to libbzip2");
    case BZ_MEM_ERROR: return err_no_memory(t);
    case BZ_DATA_ERROR: case BZ_DATA_ERROR_MAGIC: return err_set(t, E_OSError, "Invalid data stream");
    case BZ_IO_ERROR: return err_set(t, E_OSError, "Unknown I/O error");
    case BZ_UNEXPECTED_EOF: return err_set(t, E_EOFError, "Compressed file ended before the logical end-of-stream was detected");
    case BZ_SEQUENCE_ERROR: return err_set(t, E_RuntimeError, "Internal error - Invalid sequence of commands sent to libbzip2");
    default: return err_set(t, E_OSError, "Unrecognized error from libbzip2: %d", code);
    }
}

/* ---- compressing -------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Compressor {
    Packer head;
    bz_stream z;
} Compressor;

static Ref compressor_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    int level = 9;
    if (no_kwargs(t, "BZ2Compressor", kwnames) < 0 || check_nargs(t, "BZ2Compressor", nargs, 0, 1) < 0 || (nargs > 0 && as_int(t, args[0], &level) < 0)) return REF_NULL;
    if (level < 1 || level > 9) return err_set(t, E_ValueError, "compresslevel must be between 1 and 9");
    Ref r = instance_new(t, as(Type, cls));
    if (ref_is_null(r)) return r;
    int code = BZ2_bzCompressInit(&as(Compressor, ref_borrow(r))->z, level, 0, 0);
    if (code == BZ_OK) return r;
    ref_drop(t, r);
    return bz2_error(t, code);
}
static void compressor_destroy(Thread *t, Object *o) { BZ2_bzCompressEnd(&((Compressor *)o)->z); }

static Ref compress(Thread *t, Packer *p, const void *data, size_t left, bool finish) {
    Compressor *c = (Compressor *)p;
    int action = finish ? BZ_FINISH : BZ_RUN;
    ByteBuilder b = BYTE_BUILDER;
    int code = BZ_OK;
    c->z.next_in = (char *)data;
    c->z.avail_in = 0;
    for (;;) {
        size_t room;
        if (output_room(t, &b, -1, OUTPUT_FIRST, &c->z.next_out, &room) < 0) goto fail;
        if (c->z.avail_in == 0 && left > 0) {
            c->z.avail_in = left > UINT_MAX ? UINT_MAX : (unsigned)left;
            left -= c->z.avail_in;
        }
        if (action == BZ_RUN && c->z.avail_in == 0) break;
        c->z.avail_out = (unsigned)room;
        DETACHED_IF(t, c->z.avail_in >= DETACH_FROM || action == BZ_FINISH, code = BZ2_bzCompress(&c->z, action));
        b.length += room - c->z.avail_out;
        if (code < 0) {
            bz2_error(t, code);
            goto fail;
        }
        if (code == BZ_STREAM_END) break;
    }
    return bytes_finish(t, &b);
fail:
    bytes_drop(&b);
    return REF_NULL;
}
static Ref m_compress(Thread *t, Value self, const Value *a) { return packer_compress(t, as(Packer, self), a[0], compress); }
static Ref m_flush(Thread *t, Value self, const Value *a) { return packer_flush(t, as(Packer, self), compress); }
static NativeDef compressor_methods[] = {
    FN("compress", "($self, data, /)", m_compress, "Compresses data: what of the compressed form is ready."), FN("flush", "($self, /)", m_flush, "Ends the stream: its rest."), FN_END,
};
static Type compressor_type = {
    TYPE_HEADER(Compressor, TYPE_BASETYPE, NULL, NULL, compressor_destroy), .name = "_bz2.BZ2Compressor",
    .doc = "BZ2Compressor(compresslevel=9, /)\n--\n\nCompresses piece by piece; compresslevel is 1 to 9.", .methods = compressor_methods, .new_ = compressor_new,
};

/* ---- decompressing ---------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Decompressor {
    Unpacker unpacker;
    bz_stream z;
} Decompressor;

static Ref decompressor_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (nargs > 0) return err_set(t, E_TypeError, "BZ2Decompressor() takes no positional arguments");
    if (no_kwargs(t, "BZ2Decompressor", kwnames) < 0) return REF_NULL;
    Ref r = instance_new(t, as(Type, cls));
    if (ref_is_null(r)) return r;
    unpacker_init(t, &as(Decompressor, ref_borrow(r))->unpacker);
    int code = BZ2_bzDecompressInit(&as(Decompressor, ref_borrow(r))->z, 0, 0);
    if (code == BZ_OK) return r;
    ref_drop(t, r);
    return bz2_error(t, code);
}
static void decompressor_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Unpacker *)o)->unused_data, visit, arg); }
static void decompressor_destroy(Thread *t, Object *o) {
    BZ2_bzDecompressEnd(&((Decompressor *)o)->z);
    unpacker_destroy(t, (Unpacker *)o);
}
static int step(Unpacker *u, const uint8_t **in, size_t *in_left, uint8_t **out, size_t *out_left) {
    bz_stream *z = &((Decompressor *)u)->z;
    unsigned n = *in_left > UINT_MAX ? UINT_MAX : (unsigned)*in_left, m = (unsigned)*out_left;
    z->next_in = (char *)*in;
    z->avail_in = n;
    z->next_out = (char *)*out;
    z->avail_out = m;
    int code = BZ2_bzDecompress(z);
    *in += n - z->avail_in;
    *in_left -= n - z->avail_in;
    *out += m - z->avail_out;
    *out_left -= m - z->avail_out;
    return code == BZ_STREAM_END ? 1 : code;
}
static Ref m_decompress(Thread *t, Value self, const Value *a) {
    return unpacker_decompress(t, as(Unpacker, self), a[0], a[1], step, bz2_error, "End of stream already reached", "Decompressor is unusable after a previous error");
}
static NativeDef decompressor_methods[] = {
    FN("decompress", "($self, /, data, max_length=-1)", m_decompress, "Decompresses data, at most max_length bytes of it; the rest waits for the next call."), FN_END,
};
static const MemberDef decompressor_members[] = {{"unused_data", MEMBER_SLOT, offsetof(Unpacker, unused_data), true, "Data found after the end of the compressed stream."}, {NULL}};
static const GetSetDef decompressor_getset[] = {{"eof", unpacker_eof, NULL, "True if the end-of-stream marker has been reached.", NULL},
                                                {"needs_input", unpacker_needs_input, NULL, "True if more input is needed before more decompressed data can be produced.", NULL}, {NULL}};
static Type decompressor_type = {
    TYPE_HEADER(Decompressor, TYPE_CONTAINER | TYPE_BASETYPE, decompressor_traverse, NULL, decompressor_destroy), .name = "_bz2.BZ2Decompressor",
    .doc = "BZ2Decompressor()\n--\n\nDecompresses piece by piece.", .methods = decompressor_methods, .members = decompressor_members, .getset = decompressor_getset, .new_ = decompressor_new,
};

int module_init__bz2(Thread *t, Value module) {
    Type *const types[] = {&compressor_type, &decompressor_type, NULL};
    return kit_module(t, module, types, NULL, NULL);
}
