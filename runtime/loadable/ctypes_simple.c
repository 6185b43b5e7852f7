/* _SimpleCData, and how each code of a simple type is read and written. See ctypes.h. */
#include "runtime/loadable/ctypes_meta.h"
#include "runtime/descriptors.h"

/* ---- integers -------------------------------------------------------------------------------------------------------------------------- */

#define BITS_LOW(size) ((size) & 0xFFFF)
#define BITS_COUNT(size) ((size) >> 16)

/* C memory that other threads may use at the same time: aligned integers are read and written whole. RELAXED: what orders such accesses is up to the script. */
static uint64_t load(const void *p, int size, bool swap) {
    uint64_t x = 0;
    if ((uintptr_t)p % (uintptr_t)size != 0) memcpy(&x, p, (size_t)size);
    else if (size == 8) x = __atomic_load_n((const uint64_t *)p, __ATOMIC_RELAXED);
    else if (size == 4) x = __atomic_load_n((const uint32_t *)p, __ATOMIC_RELAXED);
    else if (size == 2) x = __atomic_load_n((const uint16_t *)p, __ATOMIC_RELAXED);
    else x = __atomic_load_n((const uint8_t *)p, __ATOMIC_RELAXED);
    return swap ? __builtin_bswap64(x) >> (64 - 8 * size) : x;
}
static void store(void *p, uint64_t x, int size, bool swap) {
    if (swap) x = __builtin_bswap64(x) >> (64 - 8 * size);
    if ((uintptr_t)p % (uintptr_t)size != 0) memcpy(p, &x, (size_t)size);
    else if (size == 8) __atomic_store_n((uint64_t *)p, x, __ATOMIC_RELAXED);
    else if (size == 4) __atomic_store_n((uint32_t *)p, (uint32_t)x, __ATOMIC_RELAXED);
    else if (size == 2) __atomic_store_n((uint16_t *)p, (uint16_t)x, __ATOMIC_RELAXED);
    else __atomic_store_n((uint8_t *)p, (uint8_t)x, __ATOMIC_RELAXED);
}
static Ref get_int(Thread *t, const Code *c, const void *p, size_t size, bool swap) {
    uint64_t x = load(p, c->size, swap);
    int bits = (int)BITS_COUNT(size), low = (int)BITS_LOW(size);
    if (bits == 0) {
        bits = 8 * c->size;
        low = 0;
    }
    x <<= 64 - low - bits;
    return c->is_signed ? int_from_i64(t, (int64_t)x >> (64 - bits)) : int_from_u64(t, x >> (64 - bits));
}
static Ref put_int(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    uint64_t x;
    if (!is_int(v)) {
        if (is_float(v) || !has_index(v)) return err_set(t, E_TypeError, "'%.200T' object cannot be interpreted as an integer", v);
        Ref i = number_index(t, v);
        if (ref_is_null(i)) return i;
        int_as_u64_mask(ref_borrow(i), &x);
        ref_drop(t, i);
    } else {
        int_as_u64_mask(v, &x);
    }
    int bits = (int)BITS_COUNT(size), low = (int)BITS_LOW(size);
    if (bits > 0) {
        uint64_t mask = (bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1) << low;
        x = (load(p, c->size, swap) & ~mask) | (x << low & mask);
    }
    store(p, x, c->size, swap);
    return REF_NONE;
}
static Ref get_bool(Thread *t, const Code *c, const void *p, size_t size, bool swap) { return ref_bool(*(const uint8_t *)p != 0); }
static Ref put_bool(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    int yes = is_true(t, v);
    if (yes < 0) return REF_NULL;
    *(uint8_t *)p = (uint8_t)yes;
    return REF_NONE;
}

/* VARIANT_BOOL: -1 is true */
static Ref get_variant(Thread *t, const Code *c, const void *p, size_t size, bool swap) { return ref_bool(load(p, 2, swap) != 0); }
static Ref put_variant(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    int yes = is_true(t, v);
    if (yes < 0) return REF_NULL;
    store(p, yes ? 0xFFFF : 0, 2, swap);
    return REF_NONE;
}

/* ---- floating point ---------------------------------------------------------------------------------------------------------------------- */

static Ref get_float(Thread *t, const Code *c, const void *p, size_t size, bool swap) {
    if (c->size == 16) {
        long double g;
        memcpy(&g, p, sizeof g);
        return float_new(t, (double)g);
    }
    uint64_t x = load(p, c->size, swap);
    if (c->size == 4) {
        uint32_t w = (uint32_t)x;
        float f;
        memcpy(&f, &w, 4);
        return float_new(t, f);
    }
    double d;
    memcpy(&d, &x, 8);
    return float_new(t, d);
}
static Ref put_float(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    double d;
    if (as_double(t, v, &d) < 0) return REF_NULL;
    if (c->size == 16) {
        long double g = d;
        memset(p, 0, 16);
        memcpy(p, &g, 10);
    } else if (c->size == 4) {
        float f = (float)d;
        uint32_t w;
        memcpy(&w, &f, 4);
        store(p, w, 4, swap);
    } else {
        uint64_t w;
        memcpy(&w, &d, 8);
        store(p, w, 8, swap);
    }
    return REF_NONE;
}

/* ---- characters and text --------------------------------------------------------------------------------------------------------------------- */

static Ref get_char(Thread *t, const Code *c, const void *p, size_t size, bool swap) { return bytes_new(t, p, 1); }
static Ref put_char(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    int64_t n;
    if (is_bytes(v) && bytes_length(v) == 1) *(char *)p = (char)bytes_data(v)[0];
    else if (type_is_subtype(type_of(v), &bytearray_type) && load_acquire(&as(ByteArray, v)->x_length) == 1 && load_acquire(&as(ByteArray, v)->x_storage) != NULL)
        *(char *)p = (char)load_acquire(&as(ByteArray, v)->x_storage)->data[0];
    else if (is_int(v) && int_try_i64(v, &n) == 0 && n >= 0 && n < 256) *(char *)p = (char)n;
    else return err_set(t, E_TypeError, "one character bytes, bytearray or integer expected");
    return REF_NONE;
}
static Ref wide_text(Thread *t, const void *p, size_t n) { return n == 0 ? ref_new(t, str_empty()) : str_from_ucs4(t, p, n); }
static Ref get_wchar(Thread *t, const Code *c, const void *p, size_t size, bool swap) {
    uint32_t u;
    memcpy(&u, p, 4);
    if (u > 0x10FFFF) return err_set(t, E_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", u);
    return str_from_char(t, u);
}
static Ref put_wchar(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    if (!is_str(v)) return err_set(t, E_TypeError, "unicode string expected instead of %T instance", v);
    if (str_length(v) != 1) return err_set(t, E_TypeError, "one character unicode string expected");
    uint32_t u = str_at(as(Str, v), 0);
    memcpy(p, &u, 4);
    return REF_NONE;
}
static Ref get_char_p(Thread *t, const Code *c, const void *p, size_t size, bool swap) {
    const char *s;
    memcpy(&s, p, sizeof s);
    return s == NULL ? REF_NONE : bytes_new(t, s, strlen(s));
}
static Ref put_char_p(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    const void *s = NULL;
    uint64_t x;
    if (is_bytes(v)) s = bytes_data(v);
    else if (is_int(v)) {
        int_as_u64_mask(v, &x);
        s = (const void *)(uintptr_t)x;
    } else if (!value_is_none(v)) {
        return err_set(t, E_TypeError, "bytes or integer address expected instead of %T instance", v);
    }
    memcpy(p, &s, sizeof s);
    return is_bytes(v) ? ref_new(t, v) : REF_NONE;
}
static Ref get_wchar_p(Thread *t, const Code *c, const void *p, size_t size, bool swap) {
    const wchar_t *s;
    memcpy(&s, p, sizeof s);
    return s == NULL ? REF_NONE : wide_text(t, s, wcslen(s));
}
static Ref put_wchar_p(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    const void *s = NULL;
    uint64_t x;
    Ref keep = REF_NONE;
    if (is_int(v)) {
        int_as_u64_mask(v, &x);
        s = (const void *)(uintptr_t)x;
    } else if (is_str(v)) { /* a copy in wide characters lives in a bytes object, which is kept */
        size_t n = str_length(v);
        keep = bytes_new_uninit(t, (n + 1) * 4);
        if (ref_is_null(keep)) return keep;
        uint32_t *w = (uint32_t *)(void *)bytes_data(ref_borrow(keep));
        for (size_t i = 0; i < n; i++) w[i] = str_at(as(Str, v), i);
        w[n] = 0;
        s = w;
    } else if (!value_is_none(v)) {
        return err_set(t, E_TypeError, "unicode string or integer address expected instead of %T instance", v);
    }
    memcpy(p, &s, sizeof s);
    return keep;
}
static Ref get_void_p(Thread *t, const Code *c, const void *p, size_t size, bool swap) {
    void *s;
    memcpy(&s, p, sizeof s);
    return s == NULL ? REF_NONE : int_from_u64(t, (uint64_t)(uintptr_t)s);
}
static Ref put_void_p(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    uint64_t x = 0;
    if (is_int(v)) int_as_u64_mask(v, &x);
    else if (!value_is_none(v)) return err_set(t, E_TypeError, "cannot be converted to pointer");
    memcpy(p, &x, sizeof x);
    return REF_NONE;
}
static Ref get_object(Thread *t, const Code *c, const void *p, size_t size, bool swap) {
    Value v;
    memcpy(&v, p, sizeof v);
    return value_is_null(v) ? err_set(t, E_ValueError, "PyObject is NULL") : ref_new(t, v);
}
static Ref put_object(Thread *t, const Code *c, void *p, Value v, size_t size, bool swap) {
    memcpy(p, &v, sizeof v);
    return ref_new(t, v);
}

static Ref get_text(Thread *t, const Code *c, const void *p, size_t size, bool swap) { return bytes_new(t, p, strnlen(p, size)); }
static Ref put_text(Thread *t, const Code *c, void *p, Value v, size_t length, bool swap) {
    if (!is_bytes(v)) return err_set(t, E_TypeError, "expected bytes, %T found", v);
    size_t n = strlen((const char *)bytes_data(v)); /* what stands behind a null is not copied */
    if (n > length) return err_set(t, E_ValueError, "bytes too long (%zu, maximum length %zu)", n, length);
    memcpy(p, bytes_data(v), n < length ? n + 1 : n);
    return REF_NONE;
}
static Ref get_wide_text(Thread *t, const Code *c, const void *p, size_t size, bool swap) { return wide_text(t, p, wcsnlen(p, size / 4)); }
static Ref put_wide_text(Thread *t, const Code *c, void *p, Value v, size_t length, bool swap) {
    if (!is_str(v)) return err_set(t, E_TypeError, "unicode string expected instead of %T instance", v);
    size_t n = str_length(v), room = length / 4;
    if (n > room) return err_set(t, E_ValueError, "string too long (%zu, maximum length %zu)", n, room);
    uint32_t *w = p;
    for (size_t i = 0; i < n; i++) w[i] = str_at(as(Str, v), i);
    if (n < room) w[n] = 0;
    return REF_NONE;
}
const Code code_text = {'s', 1, false, &ffi_type_pointer, get_text, put_text}, code_wide_text = {'U', 4, false, &ffi_type_pointer, get_wide_text, put_wide_text};

static const Code codes[] = {
    {'c', 1, true, &ffi_type_schar, get_char, put_char}, {'b', 1, true, &ffi_type_schar, get_int, put_int}, {'B', 1, false, &ffi_type_uchar, get_int, put_int},
    {'h', 2, true, &ffi_type_sshort, get_int, put_int}, {'H', 2, false, &ffi_type_ushort, get_int, put_int}, {'i', 4, true, &ffi_type_sint, get_int, put_int},
    {'I', 4, false, &ffi_type_uint, get_int, put_int}, {'l', 8, true, &ffi_type_slong, get_int, put_int}, {'L', 8, false, &ffi_type_ulong, get_int, put_int},
    {'q', 8, true, &ffi_type_slong, get_int, put_int}, {'Q', 8, false, &ffi_type_ulong, get_int, put_int}, {'d', 8, true, &ffi_type_double, get_float, put_float},
    {'f', 4, true, &ffi_type_float, get_float, put_float}, {'g', 16, true, &ffi_type_longdouble, get_float, put_float},
    {'u', 4, true, &ffi_type_sint32, get_wchar, put_wchar}, {'z', 8, false, &ffi_type_pointer, get_char_p, put_char_p},
    {'Z', 8, false, &ffi_type_pointer, get_wchar_p, put_wchar_p}, {'P', 8, false, &ffi_type_pointer, get_void_p, put_void_p},
    {'O', 8, false, &ffi_type_pointer, get_object, put_object}, {'?', 1, false, &ffi_type_uchar, get_bool, put_bool},
    {'v', 2, true, &ffi_type_sshort, get_variant, put_variant},
};
const Code *code_find(uint32_t c) {
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if ((uint32_t)codes[i].code == c) return &codes[i];
    return NULL;
}
Ref simple_get(Thread *t, const Info *info, const void *p) { return info->code->get(t, info->code, p, info->size, info->swapped); }

/* ---- the metaclass ------------------------------------------------------------------------------------------------------------------------------ */

/* How memoryview names a code: by standard sizes. */
static char standard_code(char c) {
    switch (c) {
    case 'l': return 'q';
    case 'L': return 'Q';
    default: return c;
    }
}
static int fill(Thread *t, Info *info, Ref proto, const Code *code, bool swapped) {
    info->kind = CT_SIMPLE;
    info->ready = true;
    info->size = code->size;
    info->align = code->ffi->alignment;
    info->length = 0;
    info->ffi = code->ffi;
    info->code = code;
    info->swapped = swapped;
    if (strchr("zZPO", code->code) != NULL) or_acq_rel(&info->x_flags, CT_HAS_POINTER);
    slot_init(&info->proto, proto);
    char text[2] = {standard_code(code->code), 0};
    return info_set_format(t, info, swapped ? ">" : "<", text);
}
static Ref swapped_twin(Thread *t, Value meta, Value name, Value bases, Value ns, Value proto, const Code *code) {
    Ref swapped_name = str_format(t, "%V_be", name), r = REF_NULL;
    if (ref_is_null(swapped_name)) return swapped_name;
    Ref r0 = dict_copy(t, ns);
    if (!ref_is_null(r0)) r = type_new(t, as(Type, meta), ref_borrow(swapped_name), bases, ref_borrow(r0), NULL, VALUE_NULL);
    ref_drop(t, r0);
    ref_drop(t, swapped_name);
    if (!ref_is_null(r) && fill(t, &as(CType, ref_borrow(r))->info, ref_new(t, proto), code, true) < 0) {
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}
/* c_char_p, c_wchar_p and c_void_p have from_param as a method of the class, so that super().from_param finds it in classes made from them. */
static int add_from_param(Thread *t, Value cls) {
    Value name = str_intern_cstr(t, "from_param"), method = value_is_null(name) ? VALUE_NULL : type_lookup(t, &simple_meta, name);
    Ref r = value_is_null(method) ? REF_NULL : classmethod_new(t, method);
    int bad = ref_is_null(r) ? -1 : set_attr(t, cls, name, ref_borrow(r));
    ref_drop(t, r);
    return bad;
}
static Ref simple_meta_new(Thread *t, Value meta, const Value *args, size_t nargs, Value kwnames) {
    Ref cls = meta_new(t, meta, args, nargs, kwnames);
    if (ref_is_null(cls)) return cls;
    Value c = ref_borrow(cls);
    Ref proto = get_attr_opt(t, c, str_intern_cstr(t, "_type_"));
    const Code *code = NULL;
    if (ref_is_null(proto)) {
        if (!err_pending(t)) err_set(t, E_AttributeError, "class must define a '_type_' attribute");
    } else if (!is_str(ref_borrow(proto))) {
        err_set(t, E_TypeError, "class must define a '_type_' string attribute");
    } else if (str_length(ref_borrow(proto)) != 1) {
        err_set(t, E_ValueError, "class must define a '_type_' attribute which must be a string of length 1");
    } else {
        code = code_find(str_at(as(Str, ref_borrow(proto)), 0));
        if (code == NULL)
            err_set(t, E_AttributeError, "class must define a '_type_' attribute which must be\na single character string containing one of 'cbBhHiIlLdfuzZqQPXOv?g'.");
    }
    Value kept = ref_borrow(proto);
    bool ok = code != NULL && fill(t, &as(CType, c)->info, proto, code, false) == 0;
    if (code == NULL) ref_drop(t, proto);
    if (ok && as(Type, c)->base == &simple_base.type && (code->get == get_int || code->get == get_float) && code->size < 16) {
        bool one = code->size == 1;
        Ref twin = one ? ref_new(t, c) : swapped_twin(t, meta, args[0], args[1], args[2], kept, code);
        Value be = str_intern_cstr(t, "__ctype_be__"), le = str_intern_cstr(t, "__ctype_le__");
        ok = !ref_is_null(twin) && set_attr(t, c, be, ref_borrow(twin)) == 0 && set_attr(t, c, le, c) == 0;
        if (ok && !one) ok = set_attr(t, ref_borrow(twin), be, ref_borrow(twin)) == 0 && set_attr(t, ref_borrow(twin), le, c) == 0;
        ref_drop(t, twin);
    }
    if (ok && as(Type, c)->base == &simple_base.type && strchr("zZP", code->code) != NULL) ok = add_from_param(t, c) == 0;
    if (ok) return cls;
    ref_drop(t, cls);
    return REF_NULL;
}

/* _as_parameter_ of v through the class's from_param, or TypeError "wrong type" */
static Ref as_parameter(Thread *t, Value cls, Value v) {
    err_clear(t);
    Ref inner = get_attr_opt(t, v, str_intern_cstr(t, "_as_parameter_"));
    if (ref_is_null(inner)) return err_pending(t) ? inner : err_set(t, E_TypeError, "wrong type");
    Ref r = REF_NULL;
    if (recursion_enter(t, "while processing _as_parameter_") == 0) {
        r = call_method1(t, cls, str_intern_cstr(t, "from_param"), ref_borrow(inner));
        recursion_leave(t);
    }
    ref_drop(t, inner);
    return r;
}
static Ref param_by_code(Thread *t, char tag, Value v) {
    const Code *code = code_find((uint32_t)tag);
    Param *p = param_new(t, tag, code->ffi);
    if (p == NULL) return REF_NULL;
    Ref keep = code->put(t, code, &p->value, v, 0, false);
    if (ref_is_null(keep)) {
        ref_drop(t, ref_steal(p));
        return keep;
    }
    slot_set(t, p, &p->keep, keep);
    return ref_steal(p);
}
static Ref param_pointer(Thread *t, char tag, void *address, Value keep) {
    Param *p = param_new(t, tag, &ffi_type_pointer);
    if (p == NULL) return REF_NULL;
    p->value.p = address;
    slot_set(t, p, &p->keep, ref_new(t, keep));
    return ref_steal(p);
}
static bool points_at(Value v, char code) {
    if (!is_instance_of_kind(v, CT_ARRAY) && !is_instance_of_kind(v, CT_POINTER)) return false;
    Value item = slot_get(&info_of(v)->proto);
    if (value_is_null(item)) return false;
    Info *i = info_of_type(item);
    return i != NULL && i->code != NULL && i->code->code == code;
}
static Ref simple_from_param(Thread *t, Value cls, const Value *a) {
    Value v = a[0];
    Info *info = info_of_type(cls);
    if (info == NULL || info->code == NULL) return err_set(t, E_TypeError, "abstract class");
    char tag = info->code->code;
    int same = is_instance(t, v, cls);
    if (same != 0) return same < 0 ? REF_NULL : ref_new(t, v);
    if (strchr("zZP", tag) == NULL) {
        Ref r = param_by_code(t, tag, v);
        return ref_is_null(r) ? as_parameter(t, cls, v) : r;
    }
    if (value_is_none(v)) return REF_NONE;
    if (tag == 'z' && is_bytes(v)) return param_by_code(t, 'z', v);
    if (tag == 'Z' && is_str(v)) return param_by_code(t, 'Z', v);
    if (tag != 'P' && points_at(v, tag == 'z' ? 'c' : 'u')) return ref_new(t, v);
    if (is_exact(v, &param_type)) {
        Value kept = slot_get(&as(Param, v)->keep);
        if (tag == 'P' ? as(Param, v)->tag == 'P' : !value_is_null(kept) && is_cdata(kept) && info_of(kept)->code != NULL && info_of(kept)->code->code == (tag == 'z' ? 'c' : 'u'))
            return ref_new(t, v);
    }
    if (tag == 'P') {
        if (is_int(v)) return param_by_code(t, 'P', v);
        if (is_bytes(v)) return param_by_code(t, 'z', v);
        if (is_str(v)) return param_by_code(t, 'Z', v);
        if (is_instance_of_kind(v, CT_ARRAY) || is_instance_of_kind(v, CT_POINTER)) return ref_new(t, v);
        if (is_instance_of_kind(v, CT_FUNC)) return param_pointer(t, 'P', *(void **)(void *)as(CData, v)->ptr, v);
        if (is_instance_of_kind(v, CT_SIMPLE) && strchr("zZ", info_of(v)->code->code) != NULL) return param_pointer(t, 'Z', *(void **)(void *)as(CData, v)->ptr, v);
    }
    return as_parameter(t, cls, v);
}
static NativeDef simple_meta_methods[] = {
    COMMON_METHODS,
    FN("from_param", "!($self, value, /)", simple_from_param, "Convert a Python object into a function call parameter."),
    FN_END,
};

/* ---- instances ------------------------------------------------------------------------------------------------------------------------------------ */

static int set_value(Thread *t, Value self, Value v, void *closure) {
    Info *info = info_of(self);
    CData *c = as(CData, self);
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "can't delete attribute"));
    Ref keep = info->code->put(t, info->code, c->ptr, v, info->size, info->swapped);
    return ref_is_null(keep) ? -1 : cdata_keep(t, self, 0, keep);
}
static Ref get_value(Thread *t, Value self, void *closure) { return simple_get(t, info_of(self), as(CData, self)->ptr); }

static Ref simple_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    CData *c = cdata_new(t, as(Type, cls));
    return c == NULL ? REF_NULL : ref_steal(c);
}
static int simple_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (check_nargs(t, "__init__", nargs, 0, 1) < 0) return -1;
    return nargs == 0 ? 0 : set_value(t, self, args[0], NULL);
}
static Ref simple_repr(Thread *t, Value self) {
    if (type_of(self)->base != &simple_base.type) {
        char address[32];
        snprintf(address, sizeof address, "%p", (void *)value_object(self));
        return str_format(t, "<%s object at %s>", type_of(self)->name, address);
    }
    Ref v = get_value(t, self, NULL), name = ref_is_null(v) ? v : type_name(t, type_of(self)), r = REF_NULL;
    if (!ref_is_null(name)) r = str_format(t, "%V(%R)", ref_borrow(name), ref_borrow(v));
    ref_drop(t, name);
    ref_drop(t, v);
    return r;
}
static int simple_bool(Thread *t, Value self) {
    const char *p = as(CData, self)->ptr;
    for (size_t i = 0; i < info_of(self)->size; i++)
        if (p[i]) return 1;
    return 0;
}
static Ref m_from_outparam(Thread *t, Value self, const Value *a) {
    return is_plain_simple(type_value(type_of(self))) ? get_value(t, self, NULL) : ref_new(t, self);
}
static NativeDef simple_methods[] = {FN("__ctypes_from_outparam__", "!($self, /)", m_from_outparam, NULL), FN_END};
static const GetSetDef simple_getset[] = {{"value", get_value, set_value, "current value"}, {NULL}};

Type simple_meta = CTYPES_META("_ctypes.PyCSimpleType", "metatype for the PyCSimpleType Objects", simple_meta_new, simple_meta_methods, .init = NULL);
CType simple_base = {.type = {CTYPES_BASE(simple_meta, CData), .name = "_ctypes._SimpleCData", .doc = "XXX to be provided", .base = &cdata_type,
                              .new_ = simple_new, .init = simple_init, .repr = simple_repr, .bool_ = simple_bool, .methods = simple_methods, .getset = simple_getset},
                     .info = {.kind = CT_SIMPLE}};
