/* Structure and Union: laying out fields, and the descriptors that read and write them. See ctypes.h. */
#include "runtime/loadable/ctypes_meta.h"

typedef struct Field {
    Object base;
    Slot type;             /* the field's ctypes class */
    size_t offset, size, index; /* size: (bits << 16 | low bit) of bit fields */
    const Code *code;      /* null: through the type */
    bool anonymous;
} Field;
KIT_SLOTS(1)

/* ---- layout ---------------------------------------------------------------------------------------------------------------------------- */

typedef struct Layout {
    size_t size, offset, align;        /* so far */
    size_t bits_used, bits_room;       /* of the bit field storage that is open; room 0: none */
    size_t pack;
    bool big_endian;
} Layout;

/* Places a field of `info`, with `bits` bits (0: not a bit field), as gcc does. */
static void place(Layout *l, const Info *info, size_t bits, Field *f) {
    size_t unit = info->size * 8;
    bool fits = bits > 0 && l->bits_room > 0 && unit <= l->bits_room && l->bits_used + bits <= l->bits_room;
    bool widens = !fits && bits > 0 && l->bits_room > 0 && unit >= l->bits_room && l->bits_used + bits <= unit;
    if (widens) { /* the storage grows to the wider type */
        size_t more = info->size - l->bits_room / 8;
        l->offset += more;
        l->size += more;
        l->bits_room = unit;
    } else if (!fits) {
        l->bits_used = 0;
        l->bits_room = bits > 0 ? unit : 0;
        size_t align = l->pack > 0 && l->pack < info->align ? l->pack : info->align;
        size_t gap = align > 0 && l->offset % align ? align - l->offset % align : 0;
        l->offset += gap + info->size;
        l->size += gap + info->size;
        l->align = align > l->align ? align : l->align;
    }
    f->offset = l->offset - info->size;
    f->size = info->size;
    if (bits > 0) {
        f->size = bits << 16 | (l->big_endian ? l->bits_room - l->bits_used - bits : l->bits_used);
        l->bits_used += bits;
    }
}

static const Code *text_code(const Info *info) {
    if (info->kind != CT_ARRAY) return NULL;
    Info *item = info_of_type(slot_get(&info->proto));
    if (item == NULL || item->code == NULL) return NULL;
    return item->code->code == 'c' ? &code_text : item->code->code == 'u' ? &code_wide_text : NULL;
}

static int bit_count(Thread *t, Value v, const Info *info, Value type, size_t *out) {
    int64_t n;
    bool whole = info->code != NULL && info->code->get == code_find('i')->get;
    if (!whole && !(info->code != NULL && strchr("?v", info->code->code) != NULL))
        return err_int(err_set(t, E_TypeError, "bit fields not allowed for type %s", as(Type, type)->name));
    if (!is_int(v) || int_try_i64(v, &n) < 0) return err_int(err_set(t, E_TypeError, "'_fields_' must be a sequence of (name, C type) pairs"));
    if (n <= 0 || n > (int64_t)info->size * 8) return err_int(err_set(t, E_ValueError, "number of bits invalid for bit field"));
    *out = (size_t)n;
    return 0;
}

/* A list of the libffi types of the scalars in a class, arrays and structures taken apart. -1: no memory, or too many to pass in registers */
static int scalars_of(const Info *info, ffi_type **out, size_t *n, size_t max) {
    if (info->kind != CT_ARRAY) {
        if (*n >= max) return -1;
        out[(*n)++] = info->ffi;
        return 0;
    }
    const Info *item = info_of_type(slot_get(&((Info *)info)->proto));
    for (size_t i = 0; i < info->length; i++)
        if (scalars_of(item, out, n, max) < 0) return -1;
    return 0;
}

typedef struct Reading { /* what goes over _fields_ collects */
    Layout layout;
    StrBuilder format;
    ffi_type **elements;
    size_t element_count, element_room, counted;
    uint32_t flags;
} Reading;

static int add_elements(Thread *t, Reading *r, const Info *info) {
    size_t need = r->element_count + 1 + (info->kind == CT_ARRAY ? info->size : 0) + 1;
    if (need > r->element_room) {
        ffi_type **more = mem_realloc(r->elements, need * 2 * sizeof *more);
        if (more == NULL) return err_int(err_no_memory(t));
        r->elements = more;
        r->element_room = need * 2;
    }
    if (info->kind == CT_ARRAY && info->size > 16) r->elements[r->element_count++] = &ffi_type_pointer; /* such structures go by memory: only the size counts */
    else scalars_of(info, r->elements, &r->element_count, r->element_room - 1);
    return 0;
}

static int add_field(Thread *t, CType *c, Reading *r, Value pair, size_t index, bool is_union, Value anonymous) {
    Value name = is_tuple(pair) && (tuple_size(pair) == 2 || tuple_size(pair) == 3) ? tuple_get(pair, 0) : VALUE_NULL;
    if (value_is_null(name) || !is_str(name)) return err_int(err_set(t, E_TypeError, "'_fields_' must be a sequence of (name, C type) pairs"));
    Value type = tuple_get(pair, 1);
    Info *info = info_of_type(type);
    size_t bits = 0;
    if (info == NULL || !info->ready) return err_int(err_set(t, E_TypeError, "second item in _fields_ tuple (index %zu) must be a C type", index));
    if (type_is_subtype(as(Type, type), &c->type)) return err_int(err_set(t, E_AttributeError, "Structure or union cannot contain itself"));
    if (tuple_size(pair) == 3) {
        r->flags |= CT_HAS_BITFIELD;
        if (bit_count(t, tuple_get(pair, 2), info, type, &bits) < 0) return -1;
    }
    if (info->kind == CT_UNION) r->flags |= CT_HAS_UNION;
    r->flags |= load_relaxed(&info->x_flags) & (CT_HAS_POINTER | CT_HAS_UNION | CT_HAS_BITFIELD);
    or_acq_rel(&info->x_flags, CT_FINAL);
    Field *f = object_new(Field, t, &field_type);
    if (f == NULL) return -1;
    slot_init(&f->type, ref_new(t, type));
    f->index = index;
    f->code = text_code(info);
    f->anonymous = false;
    if (!value_is_null(anonymous)) {
        int yes = object_contains(t, anonymous, name);
        if (yes < 0) goto fail;
        f->anonymous = yes;
    }
    size_t before = r->layout.offset;
    if (is_union) {
        Layout fresh = {.align = r->layout.align, .pack = r->layout.pack, .big_endian = r->layout.big_endian};
        place(&fresh, info, bits, f);
        r->layout.align = fresh.align;
        if (fresh.size > r->layout.size) r->layout.size = fresh.size;
    } else {
        place(&r->layout, info, bits, f);
        const char *text = info->format == NULL ? "B" : info->format;
        if (info->ndim > 0) {
            if (builder_char(t, &r->format, '(') < 0) goto fail;
            for (int k = 0; k < info->ndim; k++)
                if (builder_format(t, &r->format, k ? ",%lld" : "%lld", (long long)info->shape[k]) < 0) goto fail;
            if (builder_char(t, &r->format, ')') < 0) goto fail;
        }
        if (builder_cstr(t, &r->format, text) < 0 || builder_char(t, &r->format, ':') < 0 || builder_str(t, &r->format, name) < 0 ||
            builder_char(t, &r->format, ':') < 0)
            goto fail;
    }
    bool own_storage = is_union || r->layout.offset != before;
    if (own_storage && add_elements(t, r, info) < 0) goto fail;
    Ref descriptor = ref_steal(f);
    int status = type_setattro(t, object_value(c), name, ref_borrow(descriptor));
    ref_drop(t, descriptor);
    return status;
fail:
    ref_drop(t, ref_steal(f));
    return -1;
}

/* The names in the fields of an anonymous member become attributes of the structure itself, those of its own anonymous members too. */
static int lift_fields(Thread *t, CType *c, Value type, size_t index, size_t offset) {
    Ref fields = get_attr_cstr(t, type, "_fields_"), items = ref_is_null(fields) ? fields : sequence_tuple(t, ref_borrow(fields));
    ref_drop(t, fields);
    for (size_t k = 0; !ref_is_null(items) && !err_pending(t) && k < tuple_size(ref_borrow(items)); k++) {
        Ref name = get_item(t, tuple_get(ref_borrow(items), k), small_int(0)), part = ref_is_null(name) ? name : get_attr(t, type, ref_borrow(name));
        if (!ref_is_null(part) && !is_exact(ref_borrow(part), &field_type)) err_set(t, E_TypeError, "unexpected type");
        if (!err_pending(t)) {
            Field *from = as(Field, ref_borrow(part)), *moved;
            if (from->anonymous) {
                lift_fields(t, c, slot_get(&from->type), from->index + index, from->offset + offset);
            } else if ((moved = object_new(Field, t, &field_type)) != NULL) {
                slot_init(&moved->type, slot_ref(t, &from->type));
                moved->offset = from->offset + offset;
                moved->size = from->size;
                moved->index = from->index + index;
                moved->code = from->code;
                Ref held = ref_steal(moved);
                type_setattro(t, object_value(c), ref_borrow(name), ref_borrow(held));
                ref_drop(t, held);
            }
        }
        ref_drop(t, part);
        ref_drop(t, name);
    }
    ref_drop(t, items);
    return err_pending(t) ? -1 : 0;
}
static int lift_anonymous(Thread *t, CType *c, Value names) {
    Ref list = sequence_fast(t, names, "_anonymous_ must be a sequence");
    int64_t n = ref_is_null(list) ? -1 : object_len(t, ref_borrow(list));
    for (int64_t i = 0; i < n && !err_pending(t); i++) {
        Ref name = get_item(t, ref_borrow(list), small_int(i)), d = ref_is_null(name) ? name : get_attr(t, object_value(c), ref_borrow(name));
        if (!ref_is_null(d) && !is_exact(ref_borrow(d), &field_type)) {
            err_set(t, E_AttributeError, "'%V' is specified in _anonymous_ but not in _fields_", ref_borrow(name));
        } else if (!ref_is_null(d)) {
            Field *outer = as(Field, ref_borrow(d));
            outer->anonymous = true;
            lift_fields(t, c, slot_get(&outer->type), outer->index, outer->offset);
        }
        ref_drop(t, d);
        ref_drop(t, name);
    }
    ref_drop(t, list);
    return err_pending(t) ? -1 : 0;
}

static int pack_of(Thread *t, Value cls, size_t *out) {
    *out = 0;
    Ref v = get_attr_opt(t, cls, str_intern_cstr(t, "_pack_"));
    if (ref_is_null(v)) return err_pending(t) ? -1 : 0;
    int64_t n = -1;
    bool good = is_int(ref_borrow(v)) && int_try_i64(ref_borrow(v), &n) == 0 && n >= 0 && n <= INT32_MAX;
    ref_drop(t, v);
    *out = (size_t)n;
    return good ? 0 : err_int(err_set(t, E_ValueError, "_pack_ must be a non-negative integer"));
}

static int set_fields(Thread *t, CType *c, Value fields) {
    Info *i = &c->info, *base = info_of_type(type_value(c->type.base));
    if (load_relaxed(&i->x_flags) & CT_FINAL) return err_int(err_set(t, E_AttributeError, "_fields_ is final"));
    bool is_union = i->kind == CT_UNION;
    if (!is_tuple(fields) && !is_list(fields)) return err_int(err_set(t, E_TypeError, "'_fields_' must be a sequence of pairs"));
    Reading r = {.format = STR_BUILDER};
    if (pack_of(t, object_value(c), &r.layout.pack) < 0) return -1;
    Ref list = sequence_tuple(t, fields), swapped = get_attr_opt(t, object_value(c), str_intern_cstr(t, "_swappedbytes_")), anonymous = REF_NULL, text = REF_NULL;
    int status = ref_is_null(list) || (ref_is_null(swapped) && err_pending(t)) ? -1 : 0;
    r.layout.big_endian = !ref_is_null(swapped);
    ref_drop(t, swapped);
    r.layout.align = 1;
    size_t inherited = 0;
    if (base != NULL && base->ready) {
        r.layout.size = r.layout.offset = base->size;
        r.layout.align = base->align;
        r.flags = load_relaxed(&base->x_flags) & ~CT_FINAL;
        inherited = base->length;
        if (base->ffi == &base->own_ffi && base->own_ffi.elements != NULL && base->size > 0 && add_elements(t, &r, base) < 0) status = -1;
    }
    if (status == 0 && builder_cstr(t, &r.format, "T{") < 0) status = -1;
    if (status == 0) {
        anonymous = get_attr_opt(t, object_value(c), str_intern_cstr(t, "_anonymous_"));
        if (ref_is_null(anonymous) && err_pending(t)) status = -1;
    }
    size_t n = status == 0 ? tuple_size(ref_borrow(list)) : 0;
    for (size_t k = 0; status == 0 && k < n; k++) status = add_field(t, c, &r, tuple_get(ref_borrow(list), k), k, is_union, ref_borrow(anonymous));
    size_t total = (r.layout.size + r.layout.align - 1) / r.layout.align * r.layout.align;
    if (status == 0) status = builder_char(t, &r.format, '}');
    if (status == 0) text = builder_finish(t, &r.format);
    else builder_drop(&r.format);
    if (status == 0 && ref_is_null(text)) status = -1;
    if (status == 0) {
        const char *s = str_utf8(t, ref_borrow(text), NULL);
        status = s == NULL ? -1 : info_set_format(t, i, "", is_union || r.layout.pack > 0 ? "B" : s);
    }
    if (status == 0 && r.elements == NULL) {
        r.elements = mem_zalloc(2 * sizeof *r.elements);
        if (r.elements == NULL) status = err_int(err_no_memory(t));
    }
    if (status == 0) {
        r.elements[r.element_count] = NULL;
        i->own_ffi = (ffi_type){.size = total, .alignment = (unsigned short)r.layout.align, .type = FFI_TYPE_STRUCT, .elements = r.elements};
        r.elements = NULL;
        i->ffi = &i->own_ffi;
        i->size = total;
        i->align = r.layout.align;
        i->length = inherited + n;
        store_relaxed(&i->x_flags, r.flags | (is_union ? CT_HAS_UNION : 0));
        if (!ref_is_null(anonymous)) status = lift_anonymous(t, c, ref_borrow(anonymous));
    }
    if (status == 0) or_acq_rel(&i->x_flags, CT_FINAL);
    mem_free(r.elements);
    ref_drop(t, text);
    ref_drop(t, anonymous);
    ref_drop(t, list);
    return status;
}

int ctypes_meta_setattro(Thread *t, Value self, Value name, Value v) {
    if (!value_is_null(v) && is_str(name) && str_equal_ascii(name, "_fields_")) {
        if (!as(CType, self)->info.ready) return err_int(err_set(t, E_TypeError, "ctypes state is not initialized"));
        if (load_relaxed(&as(CType, self)->info.x_flags) & CT_FINAL) return err_int(err_set(t, E_AttributeError, "_fields_ is final"));
        if (type_setattro(t, self, name, v) < 0) return -1;
        return set_fields(t, as(CType, self), v);
    }
    return type_setattro(t, self, name, v);
}

/* ---- fields ------------------------------------------------------------------------------------------------------------------------------------- */

static Ref field_get(Thread *t, Value self, Value obj, Value cls) {
    Field *f = as(Field, self);
    if (value_is_null(obj)) return ref_new(t, self);
    if (!is_cdata(obj)) return err_set(t, E_TypeError, "not a ctype instance");
    Value type = slot_get(&f->type);
    char *p = as(CData, obj)->ptr + f->offset;
    Info *i = info_of_type(type);
    const Code *code = f->code != NULL ? f->code : i->code != NULL && (is_plain_simple(type) || f->size >> 16) ? i->code : NULL;
    return cdata_get(t, type, code, obj, f->index, f->size, p);
}
static int field_set(Thread *t, Value self, Value obj, Value v) {
    Field *f = as(Field, self);
    if (!is_cdata(obj)) return err_int(err_set(t, E_TypeError, "not a ctype instance"));
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "can't delete attribute"));
    Value type = slot_get(&f->type);
    char *p = as(CData, obj)->ptr + f->offset;
    const Code *code = f->code != NULL ? f->code : f->size >> 16 ? info_of_type(type)->code : NULL;
    return cdata_set(t, obj, type, code, v, f->index, f->size, p);
}
static Ref field_repr(Thread *t, Value self) {
    Field *f = as(Field, self);
    const char *name = as(Type, slot_get(&f->type))->name;
    if (f->size >> 16) return str_format(t, "<Field type=%s, ofs=%zu:%zu, bits=%zu>", name, f->offset, f->size & 0xFFFF, f->size >> 16);
    return str_format(t, "<Field type=%s, ofs=%zu, size=%zu>", name, f->offset, f->size);
}
static const MemberDef field_members[] = {{"offset", MEMBER_SIZE, offsetof(Field, offset), true, "offset in bytes of this field"},
                                          {"size", MEMBER_SIZE, offsetof(Field, size), true, "size in bytes of this field"}, {NULL}};
Type field_type = {
    TYPE_HEADER(Field, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_1, NULL, kit_drop_1),
    .name = "_ctypes.CField", .doc = "Structure/Union member", .repr = field_repr, .descr_get = field_get, .descr_set = field_set, .members = field_members,
};

/* ---- instances ------------------------------------------------------------------------------------------------------------------------------------ */

static Ref struct_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    CData *c = cdata_new(t, as(Type, cls));
    return c == NULL ? REF_NULL : ref_steal(c);
}

/* Sets the fields of `cls` and of its bases, first the bases'; returns how many arguments are used up, -1 */
static int64_t init_positional(Thread *t, Value self, Type *cls, const Value *args, size_t nargs, size_t used, Value kwnames) {
    Info *base = cls->base == NULL ? NULL : info_of_type(type_value(cls->base));
    if (base != NULL && base->ready) {
        int64_t n = init_positional(t, self, cls->base, args, nargs, used, kwnames);
        if (n < 0) return -1;
        used = (size_t)n;
    }
    Value own = dict_get(t, slot_get(&cls->dict), str_intern_cstr(t, "_fields_"));
    if (value_is_null(own)) return (int64_t)used;
    Ref fields = sequence_tuple(t, own);
    if (ref_is_null(fields)) return -1;
    for (size_t i = 0; i < tuple_size(ref_borrow(fields)) && used < nargs; i++, used++) {
        Ref name = get_item(t, tuple_get(ref_borrow(fields), i), small_int(0));
        bool ok = !ref_is_null(name);
        for (size_t k = 0; ok && !value_is_null(kwnames) && k < tuple_size(kwnames); k++)
            if (values_equal(t, tuple_get(kwnames, k), ref_borrow(name)) == 1) {
                err_set(t, E_TypeError, "duplicate values for field %R", ref_borrow(name));
                ok = false;
            }
        ok = ok && set_attr(t, self, ref_borrow(name), args[used]) == 0;
        ref_drop(t, name);
        if (!ok) {
            ref_drop(t, fields);
            return -1;
        }
    }
    ref_drop(t, fields);
    return (int64_t)used;
}
static int struct_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs > 0) {
        int64_t used = init_positional(t, self, type_of(self), args, nargs, 0, kwnames);
        if (used < 0) return -1;
        if ((size_t)used < nargs) return err_int(err_set(t, E_TypeError, "too many initializers"));
    }
    for (size_t i = 0; !value_is_null(kwnames) && i < tuple_size(kwnames); i++)
        if (set_attr(t, self, tuple_get(kwnames, i), args[nargs + i]) < 0) return -1;
    return 0;
}
CType struct_base = {.type = {CTYPES_BASE(struct_meta, CData), .name = "_ctypes.Structure", .doc = "Structure base class", .base = &cdata_type, .new_ = struct_new,
                              .init = struct_init},
                     .info = {.kind = CT_STRUCT}};
CType union_base = {.type = {CTYPES_BASE(union_meta, CData), .name = "_ctypes.Union", .doc = "Union base class", .base = &cdata_type, .new_ = struct_new,
                             .init = struct_init},
                    .info = {.kind = CT_UNION}};
