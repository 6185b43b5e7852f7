/* _lzma, on liblzma. */
#include "runtime/loadable/unpack.h"
#include "runtime/dict.h"
#include "runtime/names.h"
#include <lzma.h>
#include <stdlib.h>

int module_init__lzma(Thread *t, Value module);
static Slot error_class; /* LZMAError; set once, under the import lock */

enum { FORMAT_AUTO, FORMAT_XZ, FORMAT_ALONE, FORMAT_RAW };

static Ref lzma_error(Thread *t, const char *message) { return err_type(t, as(Type, slot_get(&error_class)), "%s", message); }
/* For a code that isn't a success */
static Ref code_error(Thread *t, int code) {
    switch ((lzma_ret)code) {
    case LZMA_UNSUPPORTED_CHECK: return lzma_error(t, "Unsupported integrity check");
    case LZMA_MEM_ERROR: return err_no_memory(t);
    case LZMA_MEMLIMIT_ERROR: return lzma_error(t, "Memory usage limit exceeded");
    case LZMA_FORMAT_ERROR: return lzma_error(t, "Input format not supported by decoder");
    case LZMA_OPTIONS_ERROR: return lzma_error(t, "Invalid or unsupported options");
    case LZMA_DATA_ERROR: return lzma_error(t, "Corrupt input data");
    case LZMA_BUF_ERROR: return lzma_error(t, "Insufficient buffer space");
    case LZMA_PROG_ERROR: return lzma_error(t, "Internal error");
    default: return err_type(t, as(Type, slot_get(&error_class)), "Unrecognized error from liblzma: %d", code);
    }
}

/* ---- filters ----------------------------------------------------------------------------------------------------------------------------------- */

static int u64_get(Thread *t, Value v, uint64_t *out) {
    if (!is_int(v)) return err_int(err_set(t, E_TypeError, "an integer is required"));
    if (int_sign(v) < 0) return err_int(err_set(t, E_OverflowError, "can't convert negative int to unsigned"));
    return int_try_u64(v, out) == 0 ? 0 : err_int(err_set(t, E_OverflowError, "int too big to convert"));
}
static int u32_get(Thread *t, Value v, uint32_t *out) {
    uint64_t n;
    if (u64_get(t, v, &n) < 0) return -1;
    *out = (uint32_t)n;
    return n <= UINT32_MAX ? 0 : err_int(err_set(t, E_OverflowError, "Value too large for uint32_t type"));
}

/* The entry `key` of a filter's mapping, owned: 1, 0 it isn't there, -1 */
static int entry(Thread *t, Value spec, const char *key, Ref *out) {
    Value k = str_intern_cstr(t, key);
    *out = value_is_null(k) ? REF_NULL : get_item(t, spec, k);
    if (!ref_is_null(*out)) return 1;
    return err_clear_if(t, E_KeyError) ? 0 : -1;
}
typedef struct Field { const char *name; uint32_t *value; } Field;
/* Fills the fields that the mapping names; every key must be "id", `also` or a field's. */
static int fields_get(Thread *t, Value spec, const char *also, const Field *fields, const char *message) {
    Ref keys = mapping_keys(t, spec);
    if (ref_is_null(keys)) return -1;
    int bad = 0;
    for (size_t i = 0; bad == 0 && i < list_size(ref_borrow(keys)); i++) {
        Value key = list_get(ref_borrow(keys), i);
        const Field *f = fields;
        if (is_str(key) && (str_equal_ascii(key, "id") || (also && str_equal_ascii(key, also)))) continue;
        while (f->name && !(is_str(key) && str_equal_ascii(key, f->name))) f++;
        if (f->name == NULL) {
            bad = err_int(err_set(t, E_ValueError, "%s", message));
            break;
        }
        Ref v = get_item(t, spec, key);
        bad = ref_is_null(v) ? -1 : u32_get(t, ref_borrow(v), f->value);
        ref_drop(t, v);
        if (bad < 0 && (err_clear_if(t, E_TypeError) || err_clear_if(t, E_OverflowError))) err_set(t, E_ValueError, "%s", message);
    }
    ref_drop(t, keys);
    return bad;
}
static void *lzma_options(Thread *t, Value spec) {
    uint32_t preset = LZMA_PRESET_DEFAULT, mode, mf;
    Ref v;
    int has = entry(t, spec, "preset", &v);
    if (has < 0) return NULL;
    if (has) {
        int bad = u32_get(t, ref_borrow(v), &preset);
        ref_drop(t, v);
        if (bad < 0) return NULL;
    }
    lzma_options_lzma *o = mem_zalloc(sizeof *o);
    if (o == NULL) {
        err_no_memory(t);
        return NULL;
    }
    if (lzma_lzma_preset(o, preset)) {
        err_type(t, as(Type, slot_get(&error_class)), "Invalid compression preset: %u", preset);
    } else {
        mode = o->mode;
        mf = o->mf;
        const Field fields[] = {{"dict_size", &o->dict_size}, {"lc", &o->lc}, {"lp", &o->lp}, {"pb", &o->pb}, {"mode", &mode}, {"nice_len", &o->nice_len},
                                {"mf", &mf}, {"depth", &o->depth}, {NULL, NULL}};
        if (fields_get(t, spec, "preset", fields, "Invalid filter specifier for LZMA filter") == 0) {
            o->mode = (lzma_mode)mode;
            o->mf = (lzma_match_finder)mf;
            return o;
        }
    }
    mem_free(o);
    return NULL;
}
static void *delta_options(Thread *t, Value spec) {
    lzma_options_delta *o = mem_zalloc(sizeof *o);
    if (o == NULL) {
        err_no_memory(t);
        return NULL;
    }
    o->type = LZMA_DELTA_TYPE_BYTE;
    o->dist = 1;
    if (fields_get(t, spec, NULL, (Field[]){{"dist", &o->dist}, {NULL, NULL}}, "Invalid filter specifier for delta filter") == 0) return o;
    mem_free(o);
    return NULL;
}
static void *bcj_options(Thread *t, Value spec) {
    lzma_options_bcj *o = mem_zalloc(sizeof *o);
    if (o == NULL) {
        err_no_memory(t);
        return NULL;
    }
    if (fields_get(t, spec, NULL, (Field[]){{"start_offset", &o->start_offset}, {NULL, NULL}}, "Invalid filter specifier for BCJ filter") == 0) return o;
    mem_free(o);
    return NULL;
}
static bool is_bcj(lzma_vli id) {
    return id == LZMA_FILTER_X86 || id == LZMA_FILTER_POWERPC || id == LZMA_FILTER_IA64 || id == LZMA_FILTER_ARM || id == LZMA_FILTER_ARMTHUMB || id == LZMA_FILTER_SPARC;
}
/* A filter from its mapping; its options are mem_alloc'ed. */
static int filter_get(Thread *t, Value spec, lzma_filter *f) {
    Ref v;
    *f = (lzma_filter){LZMA_VLI_UNKNOWN, NULL};
    if (type_of(spec)->getitem == NULL) return err_int(err_set(t, E_TypeError, "Filter specifier must be a dict or dict-like object"));
    int has = entry(t, spec, "id", &v);
    if (has < 0) return -1;
    if (!has) return err_int(err_set(t, E_ValueError, "Filter specifier must have an \"id\" entry"));
    uint64_t id;
    int bad = u64_get(t, ref_borrow(v), &id);
    ref_drop(t, v);
    if (bad < 0) return -1;
    f->id = id;
    if (id == LZMA_FILTER_LZMA1 || id == LZMA_FILTER_LZMA2) f->options = lzma_options(t, spec);
    else if (id == LZMA_FILTER_DELTA) f->options = delta_options(t, spec);
    else if (is_bcj(id)) f->options = bcj_options(t, spec);
    else return err_int(err_set(t, E_ValueError, "Invalid filter ID: %llu", (unsigned long long)id));
    return f->options ? 0 : -1;
}
static void filters_drop(lzma_filter *f) {
    for (; f->id != LZMA_VLI_UNKNOWN; f++) mem_free(f->options);
}
/* A chain: at most LZMA_FILTERS_MAX, and the mark of the end */
static int filters_get(Thread *t, Value v, lzma_filter *out) {
    out[0].id = LZMA_VLI_UNKNOWN;
    if (is_dict(v)) return err_int(err_set(t, E_TypeError, "dict is not a sequence"));
    int64_t n = object_len(t, v);
    if (n < 0) return -1;
    if (n > LZMA_FILTERS_MAX) return err_int(err_set(t, E_ValueError, "Too many filters - liblzma supports a maximum of %d", LZMA_FILTERS_MAX));
    for (int64_t i = 0; i < n; i++) {
        Ref spec = get_item(t, v, small_int(i));
        int bad = ref_is_null(spec) ? -1 : filter_get(t, ref_borrow(spec), &out[i]);
        ref_drop(t, spec);
        out[i + (bad == 0)].id = LZMA_VLI_UNKNOWN;
        if (bad < 0) {
            filters_drop(out);
            return -1;
        }
    }
    return 0;
}

/* ---- compressing --------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Compressor {
    Packer head;
    lzma_stream z;
} Compressor;

static bool absent(Value v) { return value_is_null(v) || value_is_none(v); }

static int begin_filtered(Thread *t, lzma_stream *z, int format, int check, Value spec) {
    lzma_filter filters[LZMA_FILTERS_MAX + 1];
    if (filters_get(t, spec, filters) < 0) return -1;
    lzma_ret code = LZMA_OK;
    int bad = 0;
    if (format == FORMAT_XZ) code = lzma_stream_encoder(z, filters, (lzma_check)check);
    else if (format == FORMAT_RAW) code = lzma_raw_encoder(z, filters);
    else if (filters[0].id == LZMA_FILTER_LZMA1 && filters[1].id == LZMA_VLI_UNKNOWN) code = lzma_alone_encoder(z, filters[0].options);
    else bad = err_int(err_set(t, E_ValueError, "Invalid filter chain for FORMAT_ALONE - must be a single LZMA1 filter"));
    filters_drop(filters);
    return bad < 0 ? -1 : code == LZMA_OK ? 0 : err_int(code_error(t, (int)code));
}
static int begin(Thread *t, lzma_stream *z, int format, int check, uint32_t preset, Value spec) {
    if (format != FORMAT_XZ && format != FORMAT_ALONE && format != FORMAT_RAW) return err_int(err_set(t, E_ValueError, "Invalid container format: %d", format));
    if (!absent(spec)) return begin_filtered(t, z, format, check, spec);
    if (format == FORMAT_RAW) return err_int(err_set(t, E_ValueError, "Must specify filters for FORMAT_RAW"));
    lzma_options_lzma options;
    if (format == FORMAT_ALONE && lzma_lzma_preset(&options, preset))
        return err_int(err_type(t, as(Type, slot_get(&error_class)), "Invalid compression preset: %u", preset));
    lzma_ret code = format == FORMAT_XZ ? lzma_easy_encoder(z, preset, (lzma_check)check) : lzma_alone_encoder(z, &options);
    return code == LZMA_OK ? 0 : err_int(code_error(t, (int)code));
}
static Ref compressor_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[4];
    int format = FORMAT_XZ, check = -1;
    uint32_t preset = LZMA_PRESET_DEFAULT;
    if (bind_args(t, "LZMACompressor", "(format=1, check=-1, preset=None, filters=None)", &signature, args, nargs, kwnames, a, 4) < 0 ||
        (!value_is_null(a[0]) && as_int(t, a[0], &format) < 0) || (!value_is_null(a[1]) && as_int(t, a[1], &check) < 0))
        return REF_NULL;
    if (!absent(a[2]) && !absent(a[3])) return err_set(t, E_ValueError, "Cannot specify both preset and filter chain");
    if (!absent(a[2]) && u32_get(t, a[2], &preset) < 0) return REF_NULL;
    if (format != FORMAT_XZ && check != -1 && check != LZMA_CHECK_NONE) return err_set(t, E_ValueError, "Integrity checks are only supported by FORMAT_XZ");
    Ref r = instance_new(t, as(Type, cls));
    if (ref_is_null(r)) return r;
    if (begin(t, &as(Compressor, ref_borrow(r))->z, format, check == -1 ? LZMA_CHECK_CRC64 : check, preset, a[3]) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
static void compressor_destroy(Thread *t, Object *o) { lzma_end(&((Compressor *)o)->z); }

static Ref compress(Thread *t, Packer *p, const void *data, size_t n, bool finish) {
    Compressor *c = (Compressor *)p;
    lzma_action action = finish ? LZMA_FINISH : LZMA_RUN;
    ByteBuilder b = BYTE_BUILDER;
    lzma_ret code;
    c->z.next_in = data;
    c->z.avail_in = n;
    for (;;) {
        size_t room;
        if (output_room(t, &b, -1, OUTPUT_FIRST, &c->z.next_out, &room) < 0) goto fail;
        c->z.avail_out = room;
        DETACHED_IF(t, n >= DETACH_FROM || action == LZMA_FINISH, code = lzma_code(&c->z, action));
        b.length += room - c->z.avail_out;
        if (code == LZMA_BUF_ERROR && n == 0 && c->z.avail_out > 0) code = LZMA_OK; /* no progress for want of input */
        if (code != LZMA_OK && code != LZMA_STREAM_END && code != LZMA_GET_CHECK && code != LZMA_NO_CHECK) {
            code_error(t, (int)code);
            goto fail;
        }
        if (action == LZMA_RUN ? c->z.avail_in == 0 : code == LZMA_STREAM_END) break;
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
    TYPE_HEADER(Compressor, TYPE_BASETYPE, NULL, NULL, compressor_destroy), .name = "_lzma.LZMACompressor",
    .doc = "LZMACompressor(format=FORMAT_XZ, check=-1, preset=None, filters=None)\n\nCompresses piece by piece, with a preset or with a chain of filters.", .methods = compressor_methods,
    .new_ = compressor_new,
};

/* ---- decompressing ------------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Decompressor {
    Unpacker unpacker;
    lzma_stream z;
    _Atomic int x_check;
} Decompressor;

static int begin_reading(Thread *t, Decompressor *d, int format, uint64_t memory, Value spec) {
    const uint32_t flags = LZMA_TELL_ANY_CHECK | LZMA_TELL_NO_CHECK;
    lzma_ret code;
    store_relaxed(&d->x_check, format == FORMAT_ALONE || format == FORMAT_RAW ? LZMA_CHECK_NONE : LZMA_CHECK_ID_MAX + 1);
    switch (format) {
    case FORMAT_AUTO: code = lzma_auto_decoder(&d->z, memory, flags); break;
    case FORMAT_XZ: code = lzma_stream_decoder(&d->z, memory, flags); break;
    case FORMAT_ALONE: code = lzma_alone_decoder(&d->z, memory); break;
    case FORMAT_RAW: {
        lzma_filter filters[LZMA_FILTERS_MAX + 1];
        if (filters_get(t, spec, filters) < 0) return -1;
        code = lzma_raw_decoder(&d->z, filters);
        filters_drop(filters);
        break;
    }
    default: return err_int(err_set(t, E_ValueError, "Invalid container format: %d", format));
    }
    return code == LZMA_OK ? 0 : err_int(code_error(t, (int)code));
}
static Ref decompressor_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[3];
    int format = FORMAT_AUTO;
    uint64_t memory = UINT64_MAX;
    if (bind_args(t, "LZMADecompressor", "(format=0, memlimit=None, filters=None)", &signature, args, nargs, kwnames, a, 3) < 0 ||
        (!value_is_null(a[0]) && as_int(t, a[0], &format) < 0))
        return REF_NULL;
    if (!absent(a[1])) {
        if (format == FORMAT_RAW) return err_set(t, E_ValueError, "Cannot specify memory limit with FORMAT_RAW");
        if (u64_get(t, a[1], &memory) < 0) return REF_NULL;
    }
    if (format == FORMAT_RAW && absent(a[2])) return err_set(t, E_ValueError, "Must specify filters for FORMAT_RAW");
    if (format != FORMAT_RAW && !absent(a[2])) return err_set(t, E_ValueError, "Cannot specify filters except with FORMAT_RAW");
    Ref r = instance_new(t, as(Type, cls));
    if (ref_is_null(r)) return r;
    Decompressor *d = as(Decompressor, ref_borrow(r));
    unpacker_init(t, &d->unpacker);
    if (begin_reading(t, d, format, memory, a[2]) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
static void decompressor_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Unpacker *)o)->unused_data, visit, arg); }
static void decompressor_destroy(Thread *t, Object *o) {
    lzma_end(&((Decompressor *)o)->z);
    unpacker_destroy(t, (Unpacker *)o);
}
#define STEP_ERROR 1000 /* LZMA_STREAM_END is 1, as the unpacker has it; errors are moved out of the way */
static int step(Unpacker *u, const uint8_t **in, size_t *in_left, uint8_t **out, size_t *out_left) {
    Decompressor *d = (Decompressor *)u;
    d->z.next_in = *in;
    d->z.avail_in = *in_left;
    d->z.next_out = *out;
    d->z.avail_out = *out_left;
    lzma_ret code = lzma_code(&d->z, LZMA_RUN);
    *in = d->z.next_in;
    *in_left = d->z.avail_in;
    *out = d->z.next_out;
    *out_left = d->z.avail_out;
    if (code == LZMA_BUF_ERROR && d->z.avail_in == 0 && d->z.avail_out > 0) return 0; /* no progress for want of input */
    if (code == LZMA_GET_CHECK || code == LZMA_NO_CHECK) {
        store_relaxed(&d->x_check, (int)lzma_get_check(&d->z));
        return 0;
    }
    return code == LZMA_OK ? 0 : code == LZMA_STREAM_END ? 1 : STEP_ERROR + (int)code;
}
static Ref step_error(Thread *t, int code) { return code_error(t, code - STEP_ERROR); }
static Ref m_decompress(Thread *t, Value self, const Value *a) {
    return unpacker_decompress(t, as(Unpacker, self), a[0], a[1], step, step_error, "Already at end of stream", NULL);
}
static Ref get_check(Thread *t, Value self, void *c) { return ref_small_int(load_relaxed(&as(Decompressor, self)->x_check)); }
static NativeDef decompressor_methods[] = {
    FN("decompress", "($self, /, data, max_length=-1)", m_decompress, "Decompresses data, at most max_length bytes of it; the rest waits for the next call."), FN_END,
};
static const MemberDef decompressor_members[] = {{"unused_data", MEMBER_SLOT, offsetof(Unpacker, unused_data), true, "Data found after the end of the compressed stream."}, {NULL}};
static const GetSetDef decompressor_getset[] = {
    {"eof", unpacker_eof, NULL, "True if the end-of-stream marker has been reached.", NULL},
    {"needs_input", unpacker_needs_input, NULL, "True if more input is needed before more decompressed data can be produced.", NULL},
    {"check", get_check, NULL, "ID of the integrity check used by the input stream.", NULL}, {NULL}};
static Type decompressor_type = {
    TYPE_HEADER(Decompressor, TYPE_CONTAINER | TYPE_BASETYPE, decompressor_traverse, NULL, decompressor_destroy), .name = "_lzma.LZMADecompressor",
    .doc = "LZMADecompressor(format=FORMAT_AUTO, memlimit=None, filters=None)\n--\n\nDecompresses piece by piece.", .methods = decompressor_methods, .members = decompressor_members,
    .getset = decompressor_getset, .new_ = decompressor_new,
};

/* ---- functions --------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_is_check_supported(Thread *t, Value self, const Value *a) {
    int check;
    return as_int(t, a[0], &check) < 0 ? REF_NULL : ref_bool(lzma_check_is_supported((lzma_check)check));
}
static Ref m_encode_properties(Thread *t, Value self, const Value *a) {
    lzma_filter f;
    uint32_t size;
    if (filter_get(t, a[0], &f) < 0) return REF_NULL;
    Ref r = REF_NULL;
    lzma_ret code = lzma_properties_size(&size, &f);
    if (code == LZMA_OK && !ref_is_null(r = bytes_new_uninit(t, size))) code = lzma_properties_encode(&f, bytes_data(ref_borrow(r)));
    mem_free(f.options);
    if (code == LZMA_OK) return r;
    ref_drop(t, r);
    return code_error(t, (int)code);
}
static int put(Thread *t, Value d, const char *name, uint64_t n) {
    Ref v = int_from_u64(t, n);
    int bad = ref_is_null(v) ? -1 : dict_set_cstr(t, d, name, ref_borrow(v));
    ref_drop(t, v);
    return bad;
}
static int put_options(Thread *t, Value d, const lzma_filter *f) {
    if (put(t, d, "id", f->id) < 0) return -1;
    if (f->id == LZMA_FILTER_LZMA1) {
        const lzma_options_lzma *o = f->options;
        return put(t, d, "lc", o->lc) < 0 || put(t, d, "lp", o->lp) < 0 || put(t, d, "pb", o->pb) < 0 ? -1 : put(t, d, "dict_size", o->dict_size);
    }
    if (f->id == LZMA_FILTER_LZMA2) return put(t, d, "dict_size", ((const lzma_options_lzma *)f->options)->dict_size);
    if (f->id == LZMA_FILTER_DELTA) return put(t, d, "dist", ((const lzma_options_delta *)f->options)->dist);
    if (is_bcj(f->id)) return f->options ? put(t, d, "start_offset", ((const lzma_options_bcj *)f->options)->start_offset) : 0;
    return err_int(err_set(t, E_ValueError, "Invalid filter ID: %llu", (unsigned long long)f->id));
}
static Ref m_decode_properties(Thread *t, Value self, const Value *a) {
    lzma_filter f = {0};
    uint64_t id;
    Buffer view;
    if (u64_get(t, a[0], &id) < 0 || buffer_get_snapshot(t, a[1], &view) < 0) return REF_NULL;
    f.id = id;
    lzma_ret code = lzma_properties_decode(&f, NULL, view.data, (size_t)view.len);
    buffer_release(t, &view);
    if (code != LZMA_OK) return code_error(t, (int)code);
    Ref d = dict_new(t);
    int bad = ref_is_null(d) ? -1 : put_options(t, ref_borrow(d), &f);
    free(f.options); /* the library's, from malloc */
    if (bad == 0) return d;
    ref_drop(t, d);
    return REF_NULL;
}
static NativeDef functions[] = {
    FN("is_check_supported", "($module, check_id, /)", m_is_check_supported, "Test whether the given integrity check is supported."),
    FN("_encode_filter_properties", "($module, filter, /)", m_encode_properties, "The properties of a filter as bytes."),
    FN("_decode_filter_properties", "($module, filter_id, encoded_props, /)", m_decode_properties, "A filter's mapping from its properties."), FN_END,
};
static const KitConstant constants[] = {
#define C(x) {#x, (int64_t)LZMA_##x}
    {"FORMAT_AUTO", FORMAT_AUTO}, {"FORMAT_XZ", FORMAT_XZ}, {"FORMAT_ALONE", FORMAT_ALONE}, {"FORMAT_RAW", FORMAT_RAW}, C(CHECK_NONE), C(CHECK_CRC32), C(CHECK_CRC64), C(CHECK_SHA256),
    {"CHECK_ID_MAX", LZMA_CHECK_ID_MAX}, {"CHECK_UNKNOWN", LZMA_CHECK_ID_MAX + 1}, C(FILTER_LZMA2), C(FILTER_DELTA), C(FILTER_X86), C(FILTER_IA64), C(FILTER_ARM), C(FILTER_ARMTHUMB),
    C(FILTER_SPARC), C(FILTER_POWERPC), C(MF_HC3), C(MF_HC4), C(MF_BT2), C(MF_BT3), C(MF_BT4), C(MODE_FAST), C(MODE_NORMAL), C(PRESET_DEFAULT), C(PRESET_EXTREME), {NULL, 0},
#undef C
};
int module_init__lzma(Thread *t, Value module) {
    Type *const types[] = {&compressor_type, &decompressor_type, NULL};
    if (kit_module(t, module, types, functions, NULL) < 0 || kit_constants(t, module, constants) < 0 ||
        module_set_steal(t, module, "FILTER_LZMA1", int_from_u64(t, LZMA_FILTER_LZMA1)) < 0)
        return -1;
    Ref e = kit_exception(t, "_lzma", "LZMAError", ETYPE(Exception));
    if (ref_is_null(e)) return -1;
    kit_root(t, &error_class, e);
    return module_set(t, module, "LZMAError", slot_get(&error_class));
}
