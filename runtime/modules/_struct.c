/* _struct: C structs as bytes.
 *
 * A format is compiled once into an immutable Layout; Struct objects refer to it by an atomic pointer, since __init__ may replace it. Compiled formats of
 * the module's functions are kept in a dict, which is emptied when it holds 100. */
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/thread_state.h"
#include "runtime/text.h"
#include <math.h>

typedef enum { K_PAD, K_CHAR, K_INT, K_UINT, K_BOOL, K_HALF, K_FLOAT, K_DOUBLE, K_STRING, K_PASCAL, K_POINTER } Kind;
typedef struct Format { char code; Kind kind; uint8_t size, align; uint8_t standard; /* size outside native mode; 0: none */ } Format;
static const Format formats[] = {
    {'x', K_PAD, 1, 1, 1}, {'b', K_INT, 1, 1, 1}, {'B', K_UINT, 1, 1, 1}, {'c', K_CHAR, 1, 1, 1}, {'s', K_STRING, 1, 1, 1}, {'p', K_PASCAL, 1, 1, 1},
    {'h', K_INT, 2, 2, 2}, {'H', K_UINT, 2, 2, 2}, {'i', K_INT, 4, 4, 4}, {'I', K_UINT, 4, 4, 4}, {'l', K_INT, 8, 8, 4}, {'L', K_UINT, 8, 8, 4},
    {'n', K_INT, 8, 8, 0}, {'N', K_UINT, 8, 8, 0}, {'q', K_INT, 8, 8, 8}, {'Q', K_UINT, 8, 8, 8}, {'?', K_BOOL, 1, 1, 1},
    {'e', K_HALF, 2, 2, 2}, {'f', K_FLOAT, 4, 4, 4}, {'d', K_DOUBLE, 8, 8, 8}, {'P', K_POINTER, 8, 8, 0},
};

/* How an item is read: by a short way of its own, or by its kind. */
typedef enum { READ_BY_KIND, READ_U8, READ_I16, READ_U16, READ_I32, READ_U32, READ_I64, READ_DOUBLE } Read;
typedef struct Code { const Format *format; int64_t offset, size, repeat; Read read; } Code;
typedef struct Layout {
    int64_t size, items;
    bool native, big; /* native: @ only; big: big-endian bytes */
    size_t count;
    struct Layout *before; /* of an earlier __init__ */
    Code code[];
} Layout;

typedef struct Struct {
    Object base;
    Slot format;
    Slot weakrefs;
    _Atomic(Layout *) x_layout; /* null before __init__ */
} Struct;

KIT_SLOTS(1)
static Type struct_type, iterator_type;
static Slot error_class; /* struct.error; set once */


static Ref error(Thread *t, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref text = str_vformat(t, format, ap), e = REF_NULL;
    va_end(ap);
    if (!ref_is_null(text)) e = call1(t, slot_get(&error_class), ref_borrow(text));
    if (!ref_is_null(e)) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    ref_drop(t, text);
    return REF_NULL;
}

/* ---- formats ----------------------------------------------------------------------------------------------------------------------------- */

static const Format *format_find(char c, bool native) {
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (formats[i].code == c) return native || formats[i].standard ? &formats[i] : NULL;
    return NULL;
}

static Read read_of(Kind kind, int64_t size, bool big) {
    if (big && size > 1) return READ_BY_KIND;
    if (kind == K_DOUBLE) return READ_DOUBLE;
    if (kind == K_INT) return size == 2 ? READ_I16 : size == 4 ? READ_I32 : size == 8 ? READ_I64 : READ_BY_KIND;
    return kind != K_UINT ? READ_BY_KIND : size == 1 ? READ_U8 : size == 2 ? READ_U16 : size == 4 ? READ_U32 : READ_BY_KIND;
}

/* Walks the format once; with `out` null it only counts. -1 with an exception. */
static int64_t layout_walk(Thread *t, const char *s, bool native, Layout *out) {
    int64_t size = 0, items = 0;
    size_t count = 0;
    while (*s) {
        char c = *s++;
        if (c == ' ' || (c >= '\t' && c <= '\r')) continue;
        int64_t n = 1;
        if (c >= '0' && c <= '9') {
            for (n = c - '0'; (c = *s) >= '0' && c <= '9'; s++)
                if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, c - '0', &n)) return err_int(error(t, "total struct size too long"));
            if (c == 0) return err_int(error(t, "repeat count given without format specifier"));
            s++;
        }
        const Format *f = format_find(c, native);
        if (f == NULL) return err_int(error(t, "bad char in struct format"));
        int64_t item = native ? f->size : f->standard, bytes;
        if (native && f->align > 1) {
            int64_t aligned;
            if (__builtin_add_overflow(size, f->align - 1, &aligned)) return err_int(error(t, "total struct size too long"));
            size = aligned / f->align * f->align;
        }
        bool text = f->kind == K_STRING || f->kind == K_PASCAL;
        if (out != NULL && f->kind != K_PAD && (n > 0 || text))
            out->code[count] = (Code){f, size, text ? n : item, text ? 1 : n, read_of(f->kind, item, out->big)};
        if (f->kind != K_PAD && (n > 0 || text)) {
            count++;
            items += text ? 1 : n;
        }
        if (__builtin_mul_overflow(n, item, &bytes) || __builtin_add_overflow(size, bytes, &size)) return err_int(error(t, "total struct size too long"));
    }
    if (out != NULL) {
        out->size = size;
        out->items = items;
        out->count = count;
    }
    return (int64_t)count;
}

static Layout *layout_compile(Thread *t, const char *s) {
    bool native = true, big = false;
    switch (*s) {
    case '@': s++; break;
    case '=': case '<': s++; native = false; break;
    case '>': case '!': s++; native = false; big = true; break;
    }
    int64_t count = layout_walk(t, s, native, NULL);
    if (count < 0) return NULL;
    Layout *l = mem_alloc(sizeof(Layout) + (size_t)count * sizeof(Code));
    if (l == NULL) {
        err_no_memory(t);
        return NULL;
    }
    l->native = native;
    l->big = big;
    layout_walk(t, s, native, l);
    return l;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------------------------------ */

static inline void put(uint8_t *p, uint64_t x, int64_t size, bool big) {
    if (big) x = __builtin_bswap64(x) >> (64 - 8 * size);
    switch (size) {
    case 1: *p = (uint8_t)x; break;
    case 2: memcpy(p, &x, 2); break;
    case 4: memcpy(p, &x, 4); break;
    default: memcpy(p, &x, 8); break;
    }
}
static inline uint64_t take(const uint8_t *p, int64_t size, bool big) {
    uint64_t x = 0;
    switch (size) {
    case 1: return *p;
    case 2: memcpy(&x, p, 2); break;
    case 4: memcpy(&x, p, 4); break;
    default: memcpy(&x, p, 8); break;
    }
    return big ? __builtin_bswap64(x) >> (64 - 8 * size) : x;
}

/* IEEE 754 half precision, rounded half to even; false: too large */
static bool half_from_double(double d, uint16_t *out) {
    uint16_t sign = signbit(d) ? 0x8000 : 0;
    if (isnan(d)) *out = sign | 0x7e00;
    else if (isinf(d)) *out = sign | 0x7c00;
    else if (d == 0.0) *out = sign;
    else {
        int e;
        double m = frexp(fabs(d), &e);         /* m in [0.5, 1) */
        if (e < -24) {
            *out = sign;
            return true;
        }
        int bits = e < -13 ? e + 24 : 11;      /* of the significand */
        double scaled = ldexp(m, bits), whole = floor(scaled), rest = scaled - whole;
        uint32_t n = (uint32_t)whole;
        if (rest > 0.5 || (rest == 0.5 && (n & 1))) n++;
        uint32_t word = e < -13 ? n : ((uint32_t)(e + 13) << 10) + n; /* the hidden bit adds 1 to the exponent */
        if (word >= 0x7c00) return false;
        *out = (uint16_t)(sign | word);
    }
    return true;
}
static double half_to_double(uint16_t h) {
    int e = (h >> 10) & 31, m = h & 0x3ff;
    double d = e == 31 ? (m ? NAN : INFINITY) : e == 0 ? ldexp(m, -24) : ldexp(m + 1024, e - 25);
    return h & 0x8000 ? -d : d;
}

static int put_int(Thread *t, const Code *c, Value v, uint8_t *p, bool big) {
    if (value_is_int(v)) {
        int64_t n = value_int(v);
        int shift = 64 - 8 * (int)c->size;
        if (c->format->kind == K_INT ? n == (int64_t)((uint64_t)n << shift) >> shift : n >= 0 && (uint64_t)n <= ~(uint64_t)0 >> shift) {
            put(p, (uint64_t)n, c->size, big);
            return 0;
        }
    }
    static const char *const names[] = {"byte", "ubyte", "short", "ushort"};
    bool is_signed = c->format->kind == K_INT, pointer = c->format->kind == K_POINTER;
    if (!has_index(v)) return err_int(error(t, "required argument is not an integer"));
    Ref i = number_index(t, v);
    if (ref_is_null(i)) return -1;
    int64_t x = 0;
    uint64_t u = 0;
    bool fits_signed = int_try_i64(ref_borrow(i), &x) == 0;
    bool as_long = c->size == 1 || (c->size == 2 && !big); /* CPython reads a long first, whatever the format's sign */
    bool fits = fits_signed && (is_signed || pointer || as_long || x >= 0);
    if (!fits && !is_signed && !as_long) fits = int_try_u64(ref_borrow(i), &u) == 0;
    else u = (uint64_t)x;
    ref_drop(t, i);
    if (!fits) return err_int(error(t, pointer || (big && c->size == 8) ? "int too large to convert" : "argument out of range"));
    if (c->size < 8) {
        int bits = (int)c->size * 8;
        int64_t lo = is_signed ? -((int64_t)1 << (bits - 1)) : 0, hi = is_signed ? ((int64_t)1 << (bits - 1)) - 1 : ((int64_t)1 << bits) - 1;
        bool out = (!fits_signed && u > (uint64_t)hi) || (fits_signed && (x < lo || x > hi));
        if (out && as_long)
            return err_int(error(t, "%s format requires %lld <= number <= %lld", names[(c->size - 1) * 2 + !is_signed], (long long)lo, (long long)hi));
        if (out) return err_int(error(t, "'%c' format requires %lld <= number <= %lld", c->format->code, (long long)lo, (long long)hi));
    }
    put(p, u, c->size, big);
    return 0;
}

static int float_too_large(Thread *t, Value v, const char *message) {
    return err_int(is_int(v) ? error(t, "int too large to convert") : err_set(t, E_OverflowError, message));
}
static int put_float(Thread *t, const Code *c, Value v, uint8_t *p, const Layout *l) {
    double d;
    if (as_double(t, v, &d) < 0) {
        if (err_clear_if(t, E_TypeError)) error(t, "required argument is not a float");
        else if (is_int(v) && err_clear_if(t, E_OverflowError)) error(t, "int too large to convert");
        return -1;
    }
    if (c->format->kind == K_HALF) {
        uint16_t h;
        if (!half_from_double(d, &h)) return float_too_large(t, v, "float too large to pack with e format");
        put(p, h, 2, l->big);
    } else if (c->format->kind == K_FLOAT) {
        float f = (float)d;
        if (isinf(f) && !isinf(d) && !l->native) return float_too_large(t, v, "float too large to pack with f format");
        uint32_t w;
        memcpy(&w, &f, 4);
        put(p, w, 4, l->big);
    } else {
        uint64_t w;
        memcpy(&w, &d, 8);
        put(p, w, 8, l->big);
    }
    return 0;
}

/* ---- packing ------------------------------------------------------------------------------------------------------------------------------------- */

static int put_text(Thread *t, const Code *c, Value v, uint8_t *p) {
    bool pascal = c->format->kind == K_PASCAL;
    const uint8_t *data;
    size_t n, room = (size_t)c->size;
    if (is_bytes(v)) {
        data = bytes_data(v);
        n = bytes_length(v);
    } else if (type_is_subtype(type_of(v), &bytearray_type)) {
        ByteStorage *s = load_acquire(&as(ByteArray, v)->x_storage);
        n = load_acquire(&as(ByteArray, v)->x_length);
        data = s == NULL ? (const uint8_t *)"" : s->data;
        if (s == NULL || n > s->capacity) n = s == NULL ? 0 : s->capacity;
    } else {
        return err_int(error(t, "argument for '%c' must be a bytes object", c->format->code));
    }
    if (!pascal) {
        memcpy(p, data, n < room ? n : room);
    } else if (room > 0) {
        if (n > room - 1) n = room - 1;
        memcpy(p + 1, data, n);
        p[0] = n > 255 ? 255 : (uint8_t)n;
    }
    return 0;
}

static int pack_one(Thread *t, const Layout *l, const Code *c, Value v, uint8_t *p) {
    switch (c->format->kind) {
    case K_CHAR:
        if (!is_bytes(v) || bytes_length(v) != 1) return err_int(error(t, "char format requires a bytes object of length 1"));
        *p = bytes_data(v)[0];
        return 0;
    case K_BOOL: {
        int yes = is_true(t, v);
        if (yes >= 0) *p = (uint8_t)yes;
        return yes < 0 ? -1 : 0;
    }
    case K_HALF: case K_FLOAT: case K_DOUBLE: return put_float(t, c, v, p, l);
    case K_STRING: case K_PASCAL: return put_text(t, c, v, p);
    default: return put_int(t, c, v, p, l->big);
    }
}

static int pack_all(Thread *t, const Layout *l, const Value *args, uint8_t *p) {
    memset(p, 0, (size_t)l->size);
    for (size_t i = 0; i < l->count; i++) {
        const Code *c = &l->code[i];
        for (int64_t k = 0; k < c->repeat; k++)
            if (pack_one(t, l, c, *args++, p + c->offset + k * c->size) < 0) return -1;
    }
    return 0;
}

static Ref unpack_one(Thread *t, const Layout *l, const Code *c, const uint8_t *p) {
    switch (c->format->kind) {
    case K_CHAR: return bytes_new(t, p, 1);
    case K_BOOL: return ref_bool(*p != 0);
    case K_INT: {
        uint64_t x = take(p, c->size, l->big);
        int shift = 64 - (int)c->size * 8;
        return int_from_i64(t, (int64_t)(x << shift) >> shift);
    }
    case K_HALF: return float_new(t, half_to_double((uint16_t)take(p, 2, l->big)));
    case K_FLOAT: {
        uint32_t w = (uint32_t)take(p, 4, l->big);
        float f;
        memcpy(&f, &w, 4);
        return float_new(t, f);
    }
    case K_DOUBLE: {
        uint64_t w = take(p, 8, l->big);
        double d;
        memcpy(&d, &w, 8);
        return float_new(t, d);
    }
    case K_STRING: return bytes_new(t, p, (size_t)c->size);
    case K_PASCAL: {
        size_t n = c->size == 0 ? 0 : p[0];
        if (c->size > 0 && n > (size_t)c->size - 1) n = (size_t)c->size - 1;
        return bytes_new(t, p + (c->size > 0), n);
    }
    default: return int_from_u64(t, take(p, c->size, l->big));
    }
}

#define READ(Type, make)                                                                           \
    do {                                                                                           \
        Type x;                                                                                    \
        memcpy(&x, p, sizeof x);                                                                   \
        return make;                                                                               \
    } while (0)
static ALWAYS_INLINE Ref unpack_quick(Thread *t, const Layout *l, const Code *c, const uint8_t *p) {
    switch (c->read) {
    case READ_U8: return ref_small_int(*p);
    case READ_I16: READ(int16_t, ref_small_int(x));
    case READ_U16: READ(uint16_t, ref_small_int(x));
    case READ_I32: READ(int32_t, ref_small_int(x));
    case READ_U32: READ(uint32_t, ref_small_int(x));
    case READ_I64: READ(int64_t, int_from_i64(t, x));
    case READ_DOUBLE: READ(double, float_new(t, x));
    case READ_BY_KIND: break;
    }
    return unpack_one(t, l, c, p);
}

static Ref unpack_all(Thread *t, const Layout *l, const uint8_t *p) {
    Ref r = tuple_new_uninit(t, (size_t)l->items);
    size_t n = 0;
    for (size_t i = 0; i < l->count && !ref_is_null(r); i++) {
        const Code *c = &l->code[i];
        for (int64_t k = 0; k < c->repeat; k++) {
            Ref v = unpack_quick(t, l, c, p + c->offset + k * c->size);
            if (ref_is_null(v)) {
                ref_drop(t, r);
                return v;
            }
            tuple_init_item(r, n++, v);
        }
    }
    return r;
}

/* ---- Struct ------------------------------------------------------------------------------------------------------------------------------------------ */

static const Layout *layout_of(Thread *t, Value self) {
    Layout *l = load_acquire(&as(Struct, self)->x_layout);
    if (l == NULL) error(t, "Struct object is not initialized");
    return l;
}

static void struct_destroy(Thread *t, Object *o) {
    kit_drop_1(t, o);
    for (Layout *l = load_relaxed(&((Struct *)o)->x_layout), *before; l != NULL; l = before) {
        before = l->before;
        mem_free(l);
    }
}

static Ref struct_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }

static int struct_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_sig;
    Struct *s = as(Struct, self);
    Value a[1];
    if (bind_args(t, "Struct", "($self, format)", &x_sig, args, nargs, kwnames, a, 1) < 0) return -1;
    Ref bytes;
    if (is_str(a[0])) bytes = str_encode(t, a[0], "ascii", NULL);
    else if (is_bytes(a[0])) bytes = ref_new(t, a[0]);
    else return err_int(err_set(t, E_TypeError, "Struct() argument 1 must be a str or bytes object, not %.200G", a[0]));
    if (ref_is_null(bytes)) return -1;
    const char *text = (const char *)bytes_data(ref_borrow(bytes));
    size_t n = bytes_length(ref_borrow(bytes));
    Layout *l = strlen(text) == n ? layout_compile(t, text) : (error(t, "embedded null character"), NULL);
    if (l != NULL) {
        slot_set(t, s, &s->format, str_from_ascii(t, text, n));
        /* the old one is kept: a value's __index__ may have called us in the middle of a pack() */
        l->before = load_acquire(&s->x_layout);
        while (!cas_acq_rel(&s->x_layout, &l->before, l)) {}
    }
    ref_drop(t, bytes);
    return l == NULL ? -1 : 0;
}

static Ref pack(Thread *t, const Layout *l, const Value *args, size_t nargs) {
    if ((int64_t)nargs != l->items) return error(t, "pack expected %zd items for packing (got %zd)", (size_t)l->items, nargs);
    Ref r = bytes_new_uninit(t, (size_t)l->size);
    if (ref_is_null(r) || pack_all(t, l, args, bytes_data(ref_borrow(r))) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

static Ref pack_into(Thread *t, const Layout *l, const Value *args, size_t nargs) {
    if (nargs < 2 || (int64_t)nargs - 2 != l->items) {
        if (nargs == 0) return error(t, "pack_into expected buffer argument");
        if (nargs == 1) return error(t, "pack_into expected offset argument");
        return error(t, "pack_into expected %zd items for packing (got %zd)", (size_t)l->items, nargs - 2);
    }
    Buffer view;
    int64_t offset;
    if (buffer_get(t, args[0], &view, BUFFER_WRITABLE) < 0) {
        if (buffer_supported(args[0])) err_set(t, E_TypeError, "argument must be read-write bytes-like object, not %T", args[0]);
        return REF_NULL;
    }
    Ref r = REF_NULL;
    if (text_index_arg(t, args[1], &offset) < 0) goto done;
    if (offset < 0) {
        if (offset + l->size > 0) {
            error(t, "no space to pack %lld bytes at offset %lld", (long long)l->size, (long long)offset);
            goto done;
        }
        if (offset + view.len < 0) {
            error(t, "offset %lld out of range for %lld-byte buffer", (long long)offset, (long long)view.len);
            goto done;
        }
        offset += view.len;
    }
    if (view.len - offset < l->size) {
        error(t, "pack_into requires a buffer of at least %llu bytes for packing %lld bytes at offset %lld (actual buffer size is %lld)",
              (unsigned long long)l->size + (unsigned long long)offset, (long long)l->size, (long long)offset, (long long)view.len);
        goto done;
    }
    if (pack_all(t, l, args + 2, (uint8_t *)view.data + offset) == 0) r = REF_NONE;
done:
    buffer_release(t, &view);
    return r;
}

static Ref unpack(Thread *t, const Layout *l, Value source) {
    if (is_exact(source, &bytes_type) && (int64_t)bytes_length(source) == l->size) return unpack_all(t, l, bytes_data(source)); /* no need of a buffer */
    Buffer view;
    if (buffer_get(t, source, &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    Ref r = view.len == l->size ? unpack_all(t, l, view.data) : error(t, "unpack requires a buffer of %lld bytes", (long long)l->size);
    buffer_release(t, &view);
    return r;
}

static Ref unpack_from(Thread *t, const Layout *l, Value source, Value offset_value) {
    Buffer view;
    int64_t offset = 0;
    if (!value_is_null(offset_value)) {
        Ref i = number_index(t, offset_value);
        if (ref_is_null(i)) return i;
        int fits = int_try_i64(ref_borrow(i), &offset);
        ref_drop(t, i);
        if (fits < 0) return err_set(t, E_OverflowError, "Python int too large to convert to C ssize_t");
    }
    if (buffer_get(t, source, &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    Ref r = REF_NULL;
    if (offset < 0 && offset + l->size > 0)
        error(t, "not enough data to unpack %lld bytes at offset %lld", (long long)l->size, (long long)offset);
    else if (offset < 0 && offset + view.len < 0)
        error(t, "offset %lld out of range for %lld-byte buffer", (long long)offset, (long long)view.len);
    else {
        if (offset < 0) offset += view.len;
        if (view.len - offset < l->size)
            error(t, "unpack_from requires a buffer of at least %llu bytes for unpacking %lld bytes at offset %lld (actual buffer size is %lld)",
                  (unsigned long long)l->size + (unsigned long long)offset, (long long)l->size, (long long)offset, (long long)view.len);
        else r = unpack_all(t, l, (uint8_t *)view.data + offset);
    }
    buffer_release(t, &view);
    return r;
}

/* ---- iter_unpack ---------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct UnpackIter {
    Object base;
    Slot owner;             /* Struct */
    Slot source;
    Buffer view;            /* released when the iterator dies */
    _Atomic int64_t x_at;
} UnpackIter;

static void iter_traverse(Object *o, VisitFn visit, void *arg) {
    kit_visit(o, 2, visit, arg);
    Value owner = ref_borrow(((UnpackIter *)o)->view.owner);
    if (value_is_object(owner)) visit(arg, owner);
}
static void iter_destroy(Thread *t, Object *o) {
    UnpackIter *it = (UnpackIter *)o;
    if (!ref_is_null(it->view.owner)) buffer_release(t, &it->view);
    kit_destroy(t, o, 2);
}

static Ref iter_unpack(Thread *t, Value self, Value source) {
    const Layout *l = layout_of(t, self);
    if (l == NULL) return REF_NULL;
    if (l->size == 0) return error(t, "cannot iteratively unpack with a struct of length 0");
    UnpackIter *it = object_new(UnpackIter, t, &iterator_type);
    if (it == NULL) return REF_NULL;
    if (buffer_get(t, source, &it->view, BUFFER_SIMPLE) < 0) {
        it->view.owner = REF_NULL;
        ref_drop(t, ref_steal(it));
        return REF_NULL;
    }
    slot_init(&it->owner, ref_new(t, self));
    slot_init(&it->source, ref_new(t, source));
    if (it->view.len % l->size == 0) return ref_steal(it);
    ref_drop(t, ref_steal(it));
    return error(t, "iterative unpacking requires a buffer of a multiple of %lld bytes", (long long)l->size);
}

static Ref iter_next_tuple(Thread *t, Value self) {
    UnpackIter *it = as(UnpackIter, self);
    const Layout *l = layout_of(t, slot_get(&it->owner));
    if (l == NULL) return REF_NULL;
    int64_t at = load_relaxed(&it->x_at);
    if (is_local(t, it)) store_relaxed(&it->x_at, at + l->size);
    else at = add_relaxed(&it->x_at, l->size);
    if (at < 0 || at + l->size > it->view.len) {
        store_relaxed(&it->x_at, it->view.len);
        return REF_NULL;
    }
    return unpack_all(t, l, (uint8_t *)it->view.data + at);
}

static Ref iter_length_hint(Thread *t, Value self, const Value *a) {
    UnpackIter *it = as(UnpackIter, self);
    const Layout *l = layout_of(t, slot_get(&it->owner));
    int64_t left = it->view.len - load_relaxed(&it->x_at);
    return l == NULL ? REF_NULL : ref_small_int(left < 0 ? 0 : left / l->size);
}

static NativeDef iter_methods[] = {FN("__length_hint__", "!($self, /)", iter_length_hint, NULL), FN_END};
static Type iterator_type = {
    TYPE_HEADER(UnpackIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, iter_traverse, NULL, iter_destroy),
    .name = "_struct.unpack_iterator", .iter = iter_self, .next = iter_next_tuple, .methods = iter_methods,
};

/* ---- methods and functions ---------------------------------------------------------------------------------------------------------------------------------- */

static Ref method_pack(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    const Layout *l = layout_of(t, self);
    return l == NULL || no_kwargs(t, "Struct.pack", kwnames) < 0 ? REF_NULL : pack(t, l, args, nargs);
}
static Ref method_pack_into(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    const Layout *l = layout_of(t, self);
    return l == NULL || no_kwargs(t, "Struct.pack_into", kwnames) < 0 ? REF_NULL : pack_into(t, l, args, nargs);
}
static Ref method_unpack(Thread *t, Value self, const Value *a) {
    const Layout *l = layout_of(t, self);
    return l == NULL ? REF_NULL : unpack(t, l, a[0]);
}
static Ref method_unpack_from(Thread *t, Value self, const Value *a) {
    const Layout *l = layout_of(t, self);
    return l == NULL ? REF_NULL : unpack_from(t, l, a[0], a[1]);
}
static Ref method_iter_unpack(Thread *t, Value self, const Value *a) { return iter_unpack(t, self, a[0]); }
static Ref method_sizeof(Thread *t, Value self, const Value *a) {
    Layout *l = load_acquire(&as(Struct, self)->x_layout);
    return ref_small_int((int64_t)(sizeof(Struct) + (l == NULL ? 0 : sizeof(Layout) + l->count * sizeof(Code))));
}
static Ref get_size(Thread *t, Value self, void *closure) {
    Layout *l = load_acquire(&as(Struct, self)->x_layout);
    return ref_small_int(l == NULL ? -1 : l->size);
}
static Ref get_format(Thread *t, Value self, void *closure) {
    Ref r = slot_ref(t, &as(Struct, self)->format);
    return ref_is_null(r) ? REF_NONE : r;
}

static NativeDef methods[] = {
    FN("iter_unpack", "($self, buffer, /)", method_iter_unpack, "Iterator of tuples from consecutive pieces of the buffer."),
    FN_RAW("pack", "!($self, *values)", method_pack, "S.pack(v1, v2, ...) -> bytes\n\nThe values as bytes, by the format."),
    FN_RAW("pack_into", "!($self, buffer, offset, *values)", method_pack_into, "S.pack_into(buffer, offset, v1, v2, ...)\n\nWrite the values into the buffer."),
    FN("unpack", "($self, buffer, /)", method_unpack, "The values in a buffer of the format's size, as a tuple."),
    FN("unpack_from", "($self, /, buffer, offset=0)", method_unpack_from, "The values in the buffer from offset on, as a tuple."),
    FN("__sizeof__", "!($self, /)", method_sizeof, "Bytes of memory that the object takes."),
    FN_END,
};
static const GetSetDef getset[] = {{"format", get_format, NULL, "The format."}, {"size", get_size, NULL, "How many bytes it describes."}, {NULL}};
static Type struct_type = {
    TYPE_HEADER(Struct, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, kit_traverse_1, NULL, struct_destroy),
    .name = "_struct.Struct",
    .doc = "Struct(fmt) --> compiled struct object",
    .weakrefs_offset = offsetof(Struct, weakrefs),
    .new_ = struct_new, .init = struct_init, .methods = methods, .getset = getset,
};

/* The Struct for a format: owned. */
static Ref compiled(Thread *t, Value format) {
    if (!is_str(format) && !is_bytes(format)) { /* either raises */
        int64_t hash = object_hash(t, format);
        return hash == -1 && err_pending(t) ? REF_NULL : call1(t, type_value(&struct_type), format);
    }
    Ref *known = &runtime_thread(t)->struct_formats, s;
    if (ref_is_null(*known) && ref_is_null(*known = dict_new(t))) return REF_NULL;
    if (dict_lookup(t, ref_borrow(*known), format, &s) != 0) return s;
    s = call1(t, type_value(&struct_type), format);
    if (ref_is_null(s)) return s;
    if (dict_size(ref_borrow(*known)) >= 100) dict_clear(t, ref_borrow(*known));
    if (dict_set(t, ref_borrow(*known), format, ref_borrow(s)) < 0) {
        ref_drop(t, s);
        return REF_NULL;
    }
    return s;
}

#define WITH_STRUCT(format, result)                                                                \
    do {                                                                                           \
        Ref s = compiled(t, format);                                                               \
        if (ref_is_null(s)) return s;                                                              \
        const Layout *l = layout_of(t, ref_borrow(s));                                             \
        Ref r = l == NULL ? REF_NULL : (result);                                                   \
        ref_drop(t, s);                                                                            \
        return r;                                                                                  \
    } while (0)

static Ref m_calcsize(Thread *t, Value m, const Value *a) { WITH_STRUCT(a[0], int_from_i64(t, l->size)); }
static Ref m_unpack(Thread *t, Value m, const Value *a) { WITH_STRUCT(a[0], unpack(t, l, a[1])); }
static Ref m_unpack_from(Thread *t, Value m, const Value *a) { WITH_STRUCT(a[0], unpack_from(t, l, a[1], a[2])); }
static Ref m_iter_unpack(Thread *t, Value m, const Value *a) { WITH_STRUCT(a[0], iter_unpack(t, ref_borrow(s), a[1])); }
static Ref m_pack(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "_struct.pack", kwnames) < 0) return REF_NULL;
    if (nargs == 0) return err_set(t, E_TypeError, "missing format argument");
    WITH_STRUCT(args[0], pack(t, l, args + 1, nargs - 1));
}
static Ref m_pack_into(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "_struct.pack_into", kwnames) < 0) return REF_NULL;
    if (nargs == 0) return err_set(t, E_TypeError, "missing format argument");
    WITH_STRUCT(args[0], pack_into(t, l, args + 1, nargs - 1));
}
static Ref m_clearcache(Thread *t, Value m, const Value *a) {
    Ref known = runtime_thread(t)->struct_formats;
    if (!ref_is_null(known)) dict_clear(t, ref_borrow(known));
    return REF_NONE;
}

static NativeDef functions[] = {
    FN("_clearcache", "($module, /)", m_clearcache, "Forget the compiled formats of this thread."),
    FN("calcsize", "($module, format, /)", m_calcsize, "How many bytes the format describes."),
    FN("iter_unpack", "($module, format, buffer, /)", m_iter_unpack, "Iterator of tuples from consecutive pieces of the buffer."),
    FN_RAW("pack", "!($module, format, *values)", m_pack, "pack(format, v1, v2, ...) -> bytes\n\nThe values as bytes, by the format."),
    FN_RAW("pack_into", "!($module, format, buffer, offset, *values)", m_pack_into,
           "pack_into(format, buffer, offset, v1, v2, ...)\n\nWrite the values into the buffer."),
    FN("unpack", "($module, format, buffer, /)", m_unpack, "The values in a buffer of the format's size, as a tuple."),
    FN("unpack_from", "($module, format, /, buffer, offset=0)", m_unpack_from, "The values in the buffer from offset on, as a tuple."),
    FN_END,
};

int module_init_struct(Thread *t, Value module) {
    Type *const types[] = {&struct_type, NULL};
    if (type_ready(t, &iterator_type) < 0 || kit_module(t, module, types, functions, "C structs as bytes.") < 0) return -1;
    if (value_is_null(slot_get(&error_class))) {
        Ref e = kit_exception(t, "struct", "error", ETYPE(Exception));
        if (ref_is_null(e)) return -1;
        kit_root(t, &error_class, e);
    }
    return module_set(t, module, "error", slot_get(&error_class));
}
