/* Array and _Pointer. See ctypes.h. */
#include "runtime/loadable/ctypes_meta.h"

static Info *item_info(Value self, Value *type) {
    *type = slot_get(&info_of(self)->proto);
    return value_is_null(*type) ? NULL : info_of_type(*type);
}
static char char_code(const Info *item) { return item != NULL && item->code != NULL && (item->code->code == 'c' || item->code->code == 'u') ? item->code->code : 0; }
static Ref data_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    CData *c = cdata_new(t, as(Type, cls));
    return c == NULL ? REF_NULL : ref_steal(c);
}

/* Items start, start + step, … as bytes, str or a list. */
static Ref items_slice(Thread *t, Value self, char *base, int64_t start, int64_t step, int64_t n, Ref (*item)(Thread *t, Value self, int64_t i)) {
    Value type;
    Info *of = item_info(self, &type);
    char code = char_code(of);
    if (code == 'c') {
        Ref r = bytes_new_uninit(t, (size_t)n);
        for (int64_t i = 0; !ref_is_null(r) && i < n; i++) bytes_data(ref_borrow(r))[i] = (uint8_t)base[start + i * step];
        return r;
    }
    if (code == 'u') {
        StrBuilder b = STR_BUILDER;
        for (int64_t i = 0; i < n; i++) {
            uint32_t u;
            memcpy(&u, base + 4 * (start + i * step), 4);
            if (builder_char(t, &b, u) < 0) {
                builder_drop(&b);
                return REF_NULL;
            }
        }
        return builder_finish(t, &b);
    }
    Ref list = list_new(t, (size_t)n);
    for (int64_t i = 0; !ref_is_null(list) && i < n; i++) {
        Ref v = item(t, self, start + i * step);
        if (ref_is_null(v) || list_append_steal(t, ref_borrow(list), v) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}

/* ---- arrays -------------------------------------------------------------------------------------------------------------------------------- */

static Ref array_item(Thread *t, Value self, int64_t i) {
    CData *c = as(CData, self);
    if (i < 0 || i >= (int64_t)c->length) return err_set(t, E_IndexError, "invalid index");
    Value type;
    Info *of = item_info(self, &type);
    return cdata_get(t, type, NULL, self, (size_t)i, of->size, c->ptr + (size_t)i * of->size);
}
static int array_set_item(Thread *t, Value self, int64_t i, Value v) {
    CData *c = as(CData, self);
    if (i < 0 || i >= (int64_t)c->length) return err_int(err_set(t, E_IndexError, "invalid index"));
    Value type;
    Info *of = item_info(self, &type);
    return cdata_set(t, self, type, NULL, v, (size_t)i, of->size, c->ptr + (size_t)i * of->size);
}
static Ref array_getitem(Thread *t, Value self, Value key) {
    CData *c = as(CData, self);
    int64_t i, stop, step;
    if (has_index(key)) {
        if (subscript_index(t, key, &i) < 0) return REF_NULL;
        return array_item(t, self, i < 0 ? i + (int64_t)c->length : i);
    }
    if (!is_exact(key, &slice_type)) return err_set(t, E_TypeError, "indices must be integers");
    if (slice_unpack(t, key, &i, &stop, &step) < 0) return REF_NULL;
    int64_t n = slice_adjust((int64_t)c->length, &i, &stop, step);
    return items_slice(t, self, c->ptr, i, step, n, array_item);
}
static int array_setitem(Thread *t, Value self, Value key, Value v) {
    CData *c = as(CData, self);
    int64_t i, stop, step;
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "Array does not support item deletion"));
    if (has_index(key)) {
        if (subscript_index(t, key, &i) < 0) return -1;
        return array_set_item(t, self, i < 0 ? i + (int64_t)c->length : i, v);
    }
    if (!is_exact(key, &slice_type)) return err_int(err_set(t, E_TypeError, "indices must be integer"));
    if (slice_unpack(t, key, &i, &stop, &step) < 0) return -1;
    int64_t n = slice_adjust((int64_t)c->length, &i, &stop, step), other = object_len(t, v);
    if (other < 0) return -1;
    if (other != n) return err_int(err_set(t, E_ValueError, "Can only assign sequence of same size"));
    for (int64_t k = 0; k < n; k++) {
        Ref item = get_item(t, v, small_int(k));
        int status = ref_is_null(item) ? -1 : array_set_item(t, self, i + k * step, ref_borrow(item));
        ref_drop(t, item);
        if (status < 0) return -1;
    }
    return 0;
}
static int64_t array_len(Thread *t, Value self) { return (int64_t)as(CData, self)->length; }
static int array_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    for (size_t i = 0; i < nargs; i++)
        if (array_set_item(t, self, (int64_t)i, args[i]) < 0) return -1;
    return 0;
}

static Ref get_value(Thread *t, Value self, void *closure) {
    CData *c = as(CData, self);
    Value type;
    char code = char_code(item_info(self, &type));
    const Code *text = code == 'c' ? &code_text : &code_wide_text;
    return text->get(t, text, c->ptr, c->size, false);
}
static int set_value(Thread *t, Value self, Value v, void *closure) {
    CData *c = as(CData, self);
    Value type;
    char code = char_code(item_info(self, &type));
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "can't delete attribute"));
    if (code == 'c') {
        if (!is_bytes(v)) return err_int(err_set(t, E_TypeError, "bytes expected instead of %T instance", v));
        size_t n = bytes_length(v);
        if (n > c->size) return err_int(err_set(t, E_ValueError, "byte string too long"));
        memcpy(c->ptr, bytes_data(v), n < c->size ? n + 1 : n);
        return 0;
    }
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "unicode string expected instead of %T instance", v));
    if (str_length(v) > c->size / 4) return err_int(err_set(t, E_ValueError, "string too long"));
    Ref r = code_wide_text.put(t, &code_wide_text, c->ptr, v, c->size, false);
    return ref_is_null(r) ? -1 : 0;
}
static Ref get_raw(Thread *t, Value self, void *closure) { return bytes_new(t, as(CData, self)->ptr, as(CData, self)->size); }
static int set_raw(Thread *t, Value self, Value v, void *closure) {
    CData *c = as(CData, self);
    Buffer b;
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    if (buffer_get_snapshot(t, v, &b) < 0) return -1;
    int status = 0;
    if ((size_t)b.len > c->size) status = err_int(err_set(t, E_ValueError, "byte string too long"));
    else memcpy(c->ptr, b.data, (size_t)b.len);
    buffer_release(t, &b);
    return status;
}
/* value and raw belong to arrays of characters alone: the class decides. */
static Ref array_getattro(Thread *t, Value self, Value name) {
    if (is_str(name) && (str_equal_ascii(name, "value") || str_equal_ascii(name, "raw"))) {
        Value type;
        char code = char_code(item_info(self, &type));
        if (code == 'c' && str_equal_ascii(name, "raw")) return get_raw(t, self, NULL);
        if (code != 0 && str_equal_ascii(name, "value")) return get_value(t, self, NULL);
    }
    return generic_getattr(t, self, name);
}
static int array_setattro(Thread *t, Value self, Value name, Value v) {
    if (is_str(name) && (str_equal_ascii(name, "value") || str_equal_ascii(name, "raw"))) {
        Value type;
        char code = char_code(item_info(self, &type));
        if (code == 'c' && str_equal_ascii(name, "raw")) return set_raw(t, self, v, NULL);
        if (code != 0 && str_equal_ascii(name, "value")) return set_value(t, self, v, NULL);
    }
    return generic_setattr(t, self, name, v);
}
static NativeDef array_methods[] = {KIT_CLASS_GETITEM, FN_END};
CType array_base = {.type = {CTYPES_BASE(array_meta, CData), .name = "_ctypes.Array", .doc = "XXX to be provided", .base = &cdata_type, .new_ = data_new,
                             .init = array_init, .len = array_len, .getitem = array_getitem, .setitem = array_setitem, .iter = seq_iter_new,
                             .getattro = array_getattro, .setattro = array_setattro, .methods = array_methods},
                    .info = {.kind = CT_ARRAY}};

/* ---- pointers --------------------------------------------------------------------------------------------------------------------------------- */

static char *target(Value self) {
    char *p;
    memcpy(&p, as(CData, self)->ptr, sizeof p);
    return p;
}
static Ref pointer_item(Thread *t, Value self, int64_t i) {
    Value type;
    Info *of = item_info(self, &type);
    char *p = target(self);
    if (p == NULL) return err_set(t, E_ValueError, "NULL pointer access");
    return cdata_get(t, type, NULL, self, (size_t)i, of->size, p + i * (int64_t)of->size);
}
static int pointer_setitem(Thread *t, Value self, Value key, Value v) {
    Value type;
    int64_t i;
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "Pointer does not support item deletion"));
    if (!has_index(key)) return err_int(err_set(t, E_TypeError, "Pointer indices must be integer"));
    if (subscript_index(t, key, &i) < 0) return -1;
    char *p = target(self);
    if (p == NULL) return err_int(err_set(t, E_ValueError, "NULL pointer access"));
    Info *of = item_info(self, &type);
    return cdata_set(t, self, type, NULL, v, (size_t)i, of->size, p + i * (int64_t)of->size);
}
static int slice_end(Thread *t, Value v, int64_t *out) { return index_as_i64(t, v, out); }
static Ref pointer_getitem(Thread *t, Value self, Value key) {
    int64_t i;
    if (has_index(key)) return subscript_index(t, key, &i) < 0 ? REF_NULL : pointer_item(t, self, i);
    if (!is_exact(key, &slice_type)) return err_set(t, E_TypeError, "Pointer indices must be integer");
    Slice *s = as(Slice, key);
    int64_t start = 0, stop, step = 1;
    if (!value_is_none(slot_get(&s->step)) && slice_end(t, slot_get(&s->step), &step) < 0) return REF_NULL;
    if (step == 0) return err_set(t, E_ValueError, "slice step cannot be zero");
    if (value_is_none(slot_get(&s->start))) {
        if (step < 0) return err_set(t, E_ValueError, "slice start is required for step < 0");
    } else if (slice_end(t, slot_get(&s->start), &start) < 0) {
        return REF_NULL;
    }
    if (value_is_none(slot_get(&s->stop))) return err_set(t, E_ValueError, "slice stop is required");
    if (slice_end(t, slot_get(&s->stop), &stop) < 0) return REF_NULL;
    int64_t n = step > 0 ? (start >= stop ? 0 : (stop - start - 1) / step + 1) : (start <= stop ? 0 : (start - stop - 1) / -step + 1);
    if (target(self) == NULL && n > 0) return err_set(t, E_ValueError, "NULL pointer access");
    return items_slice(t, self, target(self), start, step, n, pointer_item);
}
static Ref get_contents(Thread *t, Value self, void *closure) {
    Value type;
    item_info(self, &type);
    char *p = target(self);
    if (p == NULL) return err_set(t, E_ValueError, "NULL pointer access");
    return cdata_part(t, type, self, 0, p);
}
static int set_contents(Thread *t, Value self, Value v, void *closure) {
    Value type;
    item_info(self, &type);
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "Pointer does not support item deletion"));
    if (!is_cdata(v)) /* of other types, too: CPython doesn't look */
        return err_int(err_set(t, E_TypeError, "expected %s instead of %T", as(Type, type)->name, v));
    memcpy(as(CData, self)->ptr, &as(CData, v)->ptr, sizeof(void *));
    /* the object itself, and what it keeps */
    if (cdata_keep(t, self, 1, ref_new(t, v)) < 0) return -1;
    return cdata_keep(t, self, 0, cdata_kept(t, v));
}
static Ref pointer_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Info *i = info_of_type(cls);
    if (i == NULL || value_is_null(slot_get(&i->proto))) return err_set(t, E_TypeError, "Cannot create instance: has no _type_");
    return data_new(t, cls, args, nargs, kwnames);
}
static int pointer_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (check_nargs(t, "POINTER", nargs, 0, 1) < 0) return -1;
    return nargs == 0 ? 0 : set_contents(t, self, args[0], NULL);
}
static int pointer_bool(Thread *t, Value self) { return target(self) != NULL; }
static const GetSetDef pointer_getset[] = {{"contents", get_contents, set_contents, "the object this pointer points to (read-write)"}, {NULL}};
CType pointer_base = {.type = {CTYPES_BASE(pointer_meta, CData), .name = "_ctypes._Pointer", .doc = "XXX to be provided", .base = &cdata_type, .new_ = pointer_new,
                               .init = pointer_init, .bool_ = pointer_bool, .getitem = pointer_getitem, .setitem = pointer_setitem, .getset = pointer_getset},
                      .info = {.kind = CT_POINTER}};
