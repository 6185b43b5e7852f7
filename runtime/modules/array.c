/* array: numbers and characters in machine form.
 *
 * A shared array: changes hold its lock; reading an item takes none (the storage is replaced and retired, never resized under readers; an item is read and
 * written by one relaxed atomic access). While buffers are exported the storage stays where it is: resizing raises BufferError. */
#include "runtime/bytes.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/names.h"

typedef struct Items { size_t capacity; /* bytes */ _Alignas(8) uint8_t data[]; } Items;
typedef struct TypeCode TypeCode;
typedef struct Array {
    Object base;
    _Atomic size_t x_size; /* items */
    _Atomic(Items *) x_items;
    const TypeCode *code;
    _Atomic int64_t x_exports;
    Slot weakrefs;
} Array;

typedef enum { A_INT, A_UINT, A_FLOAT, A_CHAR } ItemKind;
struct TypeCode {
    char code;
    ItemKind kind;
    uint8_t size;
    const char *format;     /* as memoryview names it */
    const char *name;       /* in messages of overflow */
    int machine;            /* machine format code for pickles (little-endian) */
};
static const TypeCode codes[] = {
    {'b', A_INT, 1, "b", "signed char", 1},        {'B', A_UINT, 1, "B", "unsigned byte integer", 0}, {'u', A_CHAR, 4, "w", NULL, 20},
    {'h', A_INT, 2, "h", "signed short integer", 4}, {'H', A_UINT, 2, "H", "unsigned short", 2},      {'i', A_INT, 4, "i", "signed integer", 8},
    {'I', A_UINT, 4, "I", "unsigned int", 6},      {'l', A_INT, 8, "l", NULL, 12},                    {'L', A_UINT, 8, "L", NULL, 10},
    {'q', A_INT, 8, "q", NULL, 12},                {'Q', A_UINT, 8, "Q", NULL, 10},                   {'f', A_FLOAT, 4, "f", NULL, 14},
    {'d', A_FLOAT, 8, "d", NULL, 16},              {0},
};
static Type array_type, array_iter_type;
KIT_SLOTS(1)

static const TypeCode *code_find(uint32_t c) {
    for (const TypeCode *k = codes; k->code; k++)
        if ((uint32_t)k->code == c) return k;
    return NULL;
}
static bool is_array(Value v) { return type_is_subtype(type_of(v), &array_type); }
#define SIZE(a) load_relaxed(&(a)->x_size)
static uint8_t *data_of(Array *a) {
    Items *items = load_acquire(&a->x_items);
    return items == NULL ? NULL : items->data;
}

/* ---- one item --------------------------------------------------------------------------------------------------------------------------- */

static uint64_t load_item(const uint8_t *p, int size) {
    switch (size) {
    case 1: return __atomic_load_n(p, __ATOMIC_RELAXED);
    case 2: return __atomic_load_n((const uint16_t *)(const void *)p, __ATOMIC_RELAXED);
    case 4: return __atomic_load_n((const uint32_t *)(const void *)p, __ATOMIC_RELAXED);
    default: return __atomic_load_n((const uint64_t *)(const void *)p, __ATOMIC_RELAXED);
    }
}
static void store_item(uint8_t *p, int size, uint64_t x) {
    switch (size) {
    case 1: __atomic_store_n(p, (uint8_t)x, __ATOMIC_RELAXED); break;
    case 2: __atomic_store_n((uint16_t *)(void *)p, (uint16_t)x, __ATOMIC_RELAXED); break;
    case 4: __atomic_store_n((uint32_t *)(void *)p, (uint32_t)x, __ATOMIC_RELAXED); break;
    default: __atomic_store_n((uint64_t *)(void *)p, x, __ATOMIC_RELAXED); break;
    }
}

/* memmove to items that readers without the lock may look at: whole items, if the array is shared. */
static void move_items(Thread *t, Array *a, uint8_t *to, const uint8_t *from, size_t n) {
    size_t unit = (size_t)a->code->size;
    if (n == 0) return;
    if (is_local(t, a)) {
        memmove(to, from, n * unit);
        return;
    }
    bool up = (uintptr_t)to > (uintptr_t)from; /* the last one first */
    for (size_t i = 0; i < n; i++) {
        size_t at = (up ? n - 1 - i : i) * unit;
        uint64_t x = 0;
        memcpy(&x, from + at, unit);
        store_item(to + at, (int)unit, x);
    }
}

static Ref item_value(Thread *t, const TypeCode *k, uint64_t x) {
    switch (k->kind) {
    case A_INT: {
        int shift = 64 - 8 * k->size;
        return int_from_i64(t, (int64_t)(x << shift) >> shift);
    }
    case A_UINT: return int_from_u64(t, x);
    case A_CHAR:
        if (x > 0x10FFFF) return err_set(t, E_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", (unsigned)x);
        return str_from_char(t, (uint32_t)x);
    default:
        if (k->size == 4) {
            uint32_t w = (uint32_t)x;
            float f;
            memcpy(&f, &w, 4);
            return float_new(t, f);
        }
        double d;
        memcpy(&d, &x, 8);
        return float_new(t, d);
    }
}

static int int_word(Thread *t, const TypeCode *k, Value v, uint64_t *out) {
    if (!has_index(v)) return err_int(err_set(t, E_TypeError, "'%.200T' object cannot be interpreted as an integer", v));
    Ref i = number_index(t, v);
    if (ref_is_null(i)) return -1;
    int64_t x;
    uint64_t u;
    bool small = int_try_i64(ref_borrow(i), &x) == 0, positive = int_sign(ref_borrow(i)) >= 0, unsigned_fits = int_try_u64(ref_borrow(i), &u) == 0;
    ref_drop(t, i);
    int bits = 8 * k->size;
    bool quad = k->code == 'q' || k->code == 'Q';
    if (k->kind == A_INT) {
        int64_t hi = bits == 64 ? INT64_MAX : ((int64_t)1 << (bits - 1)) - 1;
        if (!small) return err_int(err_set(t, E_OverflowError, quad ? "int too big to convert" : "Python int too large to convert to C %s", "long"));
        if (bits == 8 && x != (int16_t)x) /* it's read as a short first */
            return err_int(err_set(t, E_OverflowError, "signed short integer is %s", x > 0 ? "greater than maximum" : "less than minimum"));
        if (x > hi) return err_int(err_set(t, E_OverflowError, "%s is greater than maximum", k->name));
        if (x < -hi - 1) return err_int(err_set(t, E_OverflowError, "%s is less than minimum", k->name));
        *out = (uint64_t)x;
        return 0;
    }
    uint64_t hi = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    if (k->size < 4 && !small) return err_int(err_set(t, E_OverflowError, "Python int too large to convert to C long"));
    if (bits == 16 && x != (int32_t)x) /* it's read as an int first */
        return err_int(err_set(t, E_OverflowError, "signed integer is %s", x > 0 ? "greater than maximum" : "less than minimum"));
    if (!positive && k->size >= 4)
        return err_int(err_set(t, E_OverflowError, quad ? "can't convert negative int to unsigned" : "can't convert negative value to unsigned int"));
    if (!positive) return err_int(err_set(t, E_OverflowError, small ? "%s is less than minimum" : "Python int too large to convert to C long", k->name));
    if (!unsigned_fits) return err_int(err_set(t, E_OverflowError, quad ? "int too big to convert" : "Python int too large to convert to C unsigned long"));
    if (u > hi) return err_int(err_set(t, E_OverflowError, "%s is greater than maximum", k->name));
    *out = u;
    return 0;
}

static int item_word(Thread *t, const TypeCode *k, Value v, uint64_t *out) {
    if (k->kind == A_CHAR) {
        if (!is_str(v) || str_length(v) != 1) return err_int(err_set(t, E_TypeError, "array item must be unicode character"));
        *out = str_at(as(Str, v), 0);
        return 0;
    }
    if (k->kind != A_FLOAT) return int_word(t, k, v, out);
    double d;
    if (as_double(t, v, &d) < 0) return -1;
    if (k->size == 4) {
        float f = (float)d;
        uint32_t w;
        memcpy(&w, &f, 4);
        *out = w;
    } else {
        memcpy(out, &d, 8);
    }
    return 0;
}

/* ---- storage ------------------------------------------------------------------------------------------------------------------------------ */

static COLD int exporting(Thread *t) { return err_int(err_set(t, E_BufferError, "cannot resize an array that is exporting buffers")); }

/* Room for n items; what is new is zero, and to be filled before x_size tells of it: readers take no lock. -1 with an exception. */
static int room_locked(Thread *t, Array *a, size_t n) {
    size_t size = SIZE(a), unit = a->code->size;
    if (n == size) return 0;
    if (load_relaxed(&a->x_exports) > 0) return exporting(t);
    if (n > ((size_t)1 << 60) / unit) return err_int(err_no_memory(t));
    Items *items = load_relaxed(&a->x_items);
    size_t need = n * unit;
    if (items == NULL || need > items->capacity || need < items->capacity / 4) {
        size_t capacity = items == NULL || n < size ? need : need + (need >> 3) + 48;
        Items *fresh = mem_zalloc(sizeof(Items) + capacity);
        if (fresh == NULL) return err_int(err_no_memory(t));
        fresh->capacity = capacity;
        if (items != NULL) memcpy(fresh->data, items->data, (n < size ? n : size) * unit);
        store_release(&a->x_items, fresh);
        if (items != NULL) storage_free(t, a, items, sizeof(Items) + items->capacity);
    } else if (n > size) {
        if (is_local(t, a)) memset(items->data + size * unit, 0, (n - size) * unit);
        else for (size_t i = size; i < n; i++) store_item(items->data + i * unit, (int)unit, 0);
    }
    return 0;
}
static int resize_locked(Thread *t, Array *a, size_t n) {
    int status = room_locked(t, a, n);
    if (status == 0) store_release(&a->x_size, n);
    return status;
}

static void array_destroy(Thread *t, Object *o) { mem_free(load_relaxed(&((Array *)o)->x_items)); }

static Array *array_make(Thread *t, Type *type, const TypeCode *code, size_t n) {
    Array *a = type == &array_type ? object_new(Array, t, type) : kit_instance(t, type_value(type));
    if (a == NULL) return NULL;
    a->code = code;
    if (n > 0 && resize_locked(t, a, n) < 0) {
        ref_drop(t, ref_steal(a));
        return NULL;
    }
    return a;
}

/* Inserts one item at i (clamped). */
static int insert_word(Thread *t, Array *a, int64_t i, uint64_t x) {
    int status;
    CRITICAL_BEGIN(t, a)
    int64_t n = (int64_t)SIZE(a), unit = a->code->size;
    if (i < 0) i += n;
    if (i < 0) i = 0;
    if (i > n) i = n;
    status = room_locked(t, a, (size_t)n + 1);
    if (status == 0) {
        uint8_t *p = data_of(a);
        move_items(t, a, p + (i + 1) * unit, p + i * unit, (size_t)(n - i));
        store_item(p + i * unit, (int)unit, x);
        store_release(&a->x_size, (size_t)n + 1);
    }
    CRITICAL_END(t)
    return status;
}
static int append_value(Thread *t, Array *a, Value v) {
    uint64_t x;
    return item_word(t, a->code, v, &x) < 0 ? -1 : insert_word(t, a, INT64_MAX, x);
}

/* a[lo:hi] = n items from `from` (items of the same kind, not in a's own storage). */
static int splice(Thread *t, Array *a, int64_t lo, int64_t hi, const uint8_t *from, size_t n) {
    int status = 0;
    CRITICAL_BEGIN(t, a)
    int64_t size = (int64_t)SIZE(a), unit = a->code->size;
    lo = lo < 0 ? 0 : lo > size ? size : lo;
    hi = hi < lo ? lo : hi > size ? size : hi;
    int64_t grow = (int64_t)n - (hi - lo);
    if (grow != 0 && load_relaxed(&a->x_exports) > 0) status = exporting(t);
    if (status == 0 && grow < 0) {
        uint8_t *p = data_of(a);
        move_items(t, a, p + (hi + grow) * unit, p + hi * unit, (size_t)(size - hi));
    }
    if (status == 0) status = (grow < 0 ? resize_locked : room_locked)(t, a, (size_t)(size + grow));
    if (status == 0) {
        uint8_t *p = data_of(a);
        if (grow > 0) move_items(t, a, p + (hi + grow) * unit, p + hi * unit, (size_t)(size - hi));
        move_items(t, a, p + lo * unit, from, n);
        store_release(&a->x_size, (size_t)(size + grow));
    }
    CRITICAL_END(t)
    return status;
}

/* A private copy of a[start:stop:step], as of one moment. */
static Ref copy_items(Thread *t, Array *a, int64_t start, int64_t stop, int64_t step) {
    Array *copy;
    size_t unit = a->code->size;
    CRITICAL_BEGIN(t, a)
    size_t n = (size_t)slice_adjust((int64_t)SIZE(a), &start, &stop, step);
    copy = array_make(t, &array_type, a->code, n);
    if (copy != NULL && n > 0) {
        uint8_t *from = data_of(a), *to = data_of(copy);
        if (step == 1) memcpy(to, from + (size_t)start * unit, n * unit);
        else
            for (size_t i = 0; i < n; i++, start += step) memcpy(to + i * unit, from + (size_t)start * unit, unit);
    }
    CRITICAL_END(t)
    return copy == NULL ? REF_NULL : ref_steal(copy);
}
static Ref copy_whole(Thread *t, Array *a) { return copy_items(t, a, 0, INT64_MAX, 1); }
/* The array itself while nobody else can change it, else a copy. */
static Ref stable(Thread *t, Value a) { return is_local(t, value_object(a)) ? ref_new(t, a) : copy_whole(t, as(Array, a)); }

static int extend(Thread *t, Array *a, Value other) {
    if (is_array(other)) {
        Array *b = as(Array, other);
        if (b->code != a->code) return err_int(err_set(t, E_TypeError, "can only extend with array of same kind"));
        Ref copy = copy_whole(t, b);
        if (ref_is_null(copy)) return -1;
        Array *c = as(Array, ref_borrow(copy));
        int status = splice(t, a, INT64_MAX, INT64_MAX, data_of(c), SIZE(c));
        ref_drop(t, copy);
        return status;
    }
    Ref it = get_iter_now(t, other), item;
    if (ref_is_null(it)) return -1;
    int status;
    while ((status = iter_next(t, ref_borrow(it), &item)) > 0) {
        int bad = append_value(t, a, ref_borrow(item));
        ref_drop(t, item);
        if (bad < 0) {
            status = -1;
            break;
        }
    }
    ref_drop(t, it);
    return status;
}

static int append_bytes(Thread *t, Array *a, Value source) {
    Buffer view;
    if (buffer_get(t, source, &view, BUFFER_SIMPLE) < 0) return -1;
    int status = -1;
    if (view.len % a->code->size != 0) err_set(t, E_ValueError, "bytes length not a multiple of item size");
    else status = splice(t, a, INT64_MAX, INT64_MAX, view.data, (size_t)view.len / a->code->size);
    buffer_release(t, &view);
    return status;
}

static int append_text(Thread *t, Array *a, Value text) {
    const Str *s = as(Str, text);
    uint32_t *v = mem_alloc((s->length + 1) * sizeof *v);
    if (v == NULL) return err_int(err_no_memory(t));
    for (size_t i = 0; i < s->length; i++) v[i] = str_at(s, i);
    int status = splice(t, a, INT64_MAX, INT64_MAX, (uint8_t *)v, s->length);
    mem_free(v);
    return status;
}

/* ---- making -------------------------------------------------------------------------------------------------------------------------------------- */

static int fill(Thread *t, Array *a, Value initial) {
    if (is_str(initial)) return append_text(t, a, initial);
    if (is_bytes(initial) || type_is_subtype(type_of(initial), &bytearray_type)) return append_bytes(t, a, initial);
    if (is_array(initial) && as(Array, initial)->code == a->code) return extend(t, a, initial);
    if (is_array(initial)) {
        Ref list = sequence_list(t, initial);
        int status = ref_is_null(list) ? -1 : extend(t, a, ref_borrow(list));
        ref_drop(t, list);
        return status;
    }
    return extend(t, a, initial);
}

static Ref array_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Type *type = as(Type, cls);
    if ((type == &array_type || type->init == array_type.init) && no_kwargs(t, "array.array", kwnames) < 0) return REF_NULL;
    if (nargs == 0) return err_set(t, E_TypeError, "array() takes at least 1 argument (0 given)");
    if (nargs > 2) return err_set(t, E_TypeError, "array() takes at most 2 arguments (%zu given)", nargs);
    if (!is_str(args[0]) || str_length(args[0]) != 1)
        return err_set(t, E_TypeError, "array() argument 1 must be a unicode character, not %G", args[0]);
    const TypeCode *code = code_find(str_at(as(Str, args[0]), 0));
    if (code == NULL) return err_set(t, E_ValueError, "bad typecode (must be b, B, u, h, H, i, I, l, L, q, Q, f or d)");
    if (nargs == 2 && code->kind != A_CHAR) {
        if (is_str(args[1])) return err_set(t, E_TypeError, "cannot use a str to initialize an array with typecode '%c'", code->code);
        if (is_array(args[1]) && as(Array, args[1])->code->kind == A_CHAR)
            return err_set(t, E_TypeError, "cannot use a unicode array to initialize an array with typecode '%c'", code->code);
    }
    Array *a = array_make(t, type, code, 0);
    if (a == NULL) return REF_NULL;
    if (nargs == 1 || fill(t, a, args[1]) == 0) return ref_steal(a);
    ref_drop(t, ref_steal(a));
    return REF_NULL;
}

/* ---- subscripts --------------------------------------------------------------------------------------------------------------------------------------- */

static int64_t array_len(Thread *t, Value self) { return (int64_t)load_acquire(&as(Array, self)->x_size); }

/* Item i: owned; null without an exception if it isn't there. Lock-free. */
static Ref item_at(Thread *t, Array *a, int64_t i) {
    size_t unit = a->code->size;
    if (i < 0 || (size_t)i >= load_acquire(&a->x_size)) return REF_NULL;
    Items *items = load_acquire(&a->x_items);
    if (items == NULL || ((size_t)i + 1) * unit > items->capacity) return REF_NULL;
    return item_value(t, a->code, load_item(items->data + (size_t)i * unit, (int)unit));
}

static Ref array_getitem(Thread *t, Value self, Value key) {
    Array *a = as(Array, self);
    int64_t i, start, stop, step;
    if (has_index(key)) {
        if (subscript_index(t, key, &i) < 0) return REF_NULL;
        Ref r = item_at(t, a, i < 0 ? i + array_len(t, self) : i);
        if (ref_is_null(r) && !err_pending(t) && i < 0) { /* another thread may have shortened it in between */
            CRITICAL_BEGIN(t, a)
            r = item_at(t, a, i + array_len(t, self));
            CRITICAL_END(t)
        }
        return ref_is_null(r) && !err_pending(t) ? err_set(t, E_IndexError, "array index out of range") : r;
    }
    if (!is_exact(key, &slice_type)) return err_set(t, E_TypeError, "array indices must be integers");
    if (slice_unpack(t, key, &start, &stop, &step) < 0) return REF_NULL;
    return copy_items(t, a, start, stop, step);
}

static int set_slice(Thread *t, Array *a, Value key, Value value) {
    int64_t start, stop, step;
    if (slice_unpack(t, key, &start, &stop, &step) < 0) return -1;
    Ref copy = REF_NULL;
    const uint8_t *from = NULL;
    size_t n = 0;
    if (!value_is_null(value)) {
        if (!is_array(value)) return err_int(err_set(t, E_TypeError, "can only assign array (not \"%.200T\") to array slice", value));
        if (as(Array, value)->code != a->code) return err_int(err_set(t, E_TypeError, "bad argument type for built-in operation"));
        copy = copy_whole(t, as(Array, value));
        if (ref_is_null(copy)) return -1;
        from = data_of(as(Array, ref_borrow(copy)));
        n = SIZE(as(Array, ref_borrow(copy)));
    }
    int status = 0;
    CRITICAL_BEGIN(t, a)
    int64_t count = slice_adjust((int64_t)SIZE(a), &start, &stop, step);
    if (step == 1) {
        status = splice(t, a, start, start + count, from, n);
    } else if (value_is_null(value)) {
        int64_t size = (int64_t)SIZE(a), unit = a->code->size;
        if (load_relaxed(&a->x_exports) > 0 && count > 0) status = exporting(t);
        if (step < 0) {
            start += step * (count - 1);
            step = -step;
        }
        uint8_t *p = data_of(a);
        for (int64_t k = 0; status == 0 && k < count && start + k * step < size; k++) {
            int64_t at = start + k * step, next = k + 1 < count ? at + step : size;
            move_items(t, a, p + (at - k) * unit, p + (at + 1) * unit, (size_t)(next - at - 1));
        }
        if (status == 0) status = resize_locked(t, a, (size_t)(size - count));
    } else if ((int64_t)n != count) {
        status = err_int(err_set(t, E_ValueError, "attempt to assign array of size %zd to extended slice of size %zd", n, (size_t)count));
    } else {
        size_t unit = a->code->size;
        for (int64_t k = 0; k < count; k++) move_items(t, a, data_of(a) + (size_t)(start + k * step) * unit, from + (size_t)k * unit, 1);
    }
    CRITICAL_END(t)
    ref_drop(t, copy);
    return status;
}

static int array_setitem(Thread *t, Value self, Value key, Value value) {
    Array *a = as(Array, self);
    int64_t i;
    uint64_t x = 0;
    if (!has_index(key)) {
        if (!is_exact(key, &slice_type)) return err_int(err_set(t, E_TypeError, "array indices must be integers"));
        return set_slice(t, a, key, value);
    }
    if (subscript_index(t, key, &i) < 0) return -1;
    int64_t n = array_len(t, self);
    bool ok = i < 0 ? i + n >= 0 : i < n; /* first of all; and again below, for another thread may shorten it */
    int status = 0;
    if (ok && !value_is_null(value) && item_word(t, a->code, value, &x) < 0) return -1;
    CRITICAL_BEGIN(t, a)
    if (i < 0) i += (int64_t)SIZE(a);
    ok = ok && i >= 0 && (size_t)i < SIZE(a);
    if (ok && value_is_null(value)) status = splice(t, a, i, i + 1, NULL, 0);
    else if (ok) store_item(data_of(a) + (size_t)i * a->code->size, a->code->size, x);
    CRITICAL_END(t)
    return ok ? status : err_int(err_set(t, E_IndexError, "array assignment index out of range"));
}

static Ref array_concat(Thread *t, Value self, Value other) {
    if (!is_array(other)) return err_set(t, E_TypeError, "can only append array (not \"%.200T\") to array", other);
    if (as(Array, other)->code != as(Array, self)->code) return err_set(t, E_TypeError, "bad argument type for built-in operation");
    Ref r = copy_whole(t, as(Array, self));
    if (ref_is_null(r) || extend(t, as(Array, ref_borrow(r)), other) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
static Ref array_iconcat(Thread *t, Value self, Value other) {
    if (!is_array(other)) return err_set(t, E_TypeError, "can only extend array with array (not \"%.200T\")", other);
    return extend(t, as(Array, self), other) < 0 ? REF_NULL : ref_new(t, self);
}

static Ref array_irepeat(Thread *t, Value self, Value count) {
    Array *a = as(Array, self);
    int64_t times;
    int status = 0;
    if (index_as_i64(t, count, &times) < 0) return REF_NULL;
    if (times < 0) times = 0;
    CRITICAL_BEGIN(t, a)
    size_t n = SIZE(a), bytes = n * a->code->size;
    if (n > 0 && times != 1) {
        if (times > 0 && (size_t)times > ((size_t)1 << 60) / bytes) status = err_int(err_no_memory(t));
        else status = times == 0 ? resize_locked(t, a, 0) : room_locked(t, a, n * (size_t)times);
        for (int64_t i = 1; status == 0 && i < times; i++) move_items(t, a, data_of(a) + (size_t)i * bytes, data_of(a), n);
        if (status == 0) store_release(&a->x_size, n * (size_t)times);
    }
    CRITICAL_END(t)
    return status < 0 ? REF_NULL : ref_new(t, self);
}
static Ref array_repeat(Thread *t, Value self, Value count) {
    Ref copy = copy_whole(t, as(Array, self));
    if (ref_is_null(copy)) return copy;
    Ref r = array_irepeat(t, ref_borrow(copy), count);
    ref_drop(t, copy);
    return r;
}

/* ---- comparing --------------------------------------------------------------------------------------------------------------------------------------- */

static Ref array_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_array(a) || !is_array(b)) return REF_NOT_IMPLEMENTED;
    int64_t n = array_len(t, a), m = array_len(t, b);
    if (n != m && (op == CMP_EQ || op == CMP_NE)) return ref_bool(op == CMP_NE);
    if (!is_local(t, value_object(a)) || !is_local(t, value_object(b))) { /* others may change them */
        Ref x = stable(t, a), y = ref_is_null(x) ? x : stable(t, b);
        Ref r = ref_is_null(y) ? y : array_compare(t, ref_borrow(x), ref_borrow(y), op);
        ref_drop(t, x);
        ref_drop(t, y);
        return r;
    }
    for (int64_t i = 0; i < n && i < m; i++) {
        Ref x = item_at(t, as(Array, a), i), y = ref_is_null(x) ? x : item_at(t, as(Array, b), i), r = REF_NULL;
        int equal = ref_is_null(y) ? -1 : values_equal(t, ref_borrow(x), ref_borrow(y));
        if (equal == 0) r = op == CMP_EQ || op == CMP_NE ? ref_bool(op == CMP_NE) : rich_compare(t, ref_borrow(x), ref_borrow(y), op);
        ref_drop(t, x);
        ref_drop(t, y);
        if (equal < 0 && !err_pending(t)) break; /* shortened by another thread */
        if (equal <= 0) return r;
    }
    return ref_bool(compare_sizes((size_t)n, (size_t)m, op));
}

/* The first of [lo, hi) that equals v: -1 none, -2 exception. */
static int64_t find_locked(Thread *t, Array *a, Value v, int64_t lo, int64_t hi) {
    for (int64_t i = lo; i < hi; i++) {
        Ref item = item_at(t, a, i);
        if (ref_is_null(item)) return err_pending(t) ? -2 : -1;
        int equal = values_equal(t, ref_borrow(item), v);
        ref_drop(t, item);
        if (equal != 0) return equal < 0 ? -2 : i;
    }
    return -1;
}
static int64_t find(Thread *t, Array *a, Value v, int64_t lo, int64_t hi) {
    int64_t i;
    CRITICAL_BEGIN(t, a)
    i = find_locked(t, a, v, lo, hi);
    CRITICAL_END(t)
    return i;
}
static int array_contains(Thread *t, Value self, Value v) {
    int64_t i = find(t, as(Array, self), v, 0, INT64_MAX);
    return i == -2 ? -1 : i >= 0;
}

/* ---- methods ---------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref none_or_error(int status) { return status < 0 ? REF_NULL : REF_NONE; }
static Ref m_append(Thread *t, Value self, const Value *a) { return none_or_error(append_value(t, as(Array, self), a[0])); }
static Ref m_extend(Thread *t, Value self, const Value *a) { return none_or_error(extend(t, as(Array, self), a[0])); }
static Ref m_insert(Thread *t, Value self, const Value *a) {
    int64_t i;
    uint64_t x;
    if (size_arg(t, a[0], &i) < 0 || item_word(t, as(Array, self)->code, a[1], &x) < 0) return REF_NULL;
    return none_or_error(insert_word(t, as(Array, self), i, x));
}
static Ref m_pop(Thread *t, Value self, const Value *args) {
    Array *a = as(Array, self);
    int64_t i = -1;
    if (!value_is_null(args[0]) && size_arg(t, args[0], &i) < 0) return REF_NULL;
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, a)
    int64_t n = (int64_t)SIZE(a);
    if (n == 0) err_set(t, E_IndexError, "pop from empty array");
    else r = item_at(t, a, i < 0 ? i += n : i);
    if (!ref_is_null(r) && splice(t, a, i, i + 1, NULL, 0) < 0) {
        ref_drop(t, r);
        r = REF_NULL;
    }
    CRITICAL_END(t)
    return ref_is_null(r) && !err_pending(t) ? err_set(t, E_IndexError, "pop index out of range") : r;
}
static Ref m_remove(Thread *t, Value self, const Value *a) {
    Array *array = as(Array, self);
    int64_t i;
    int status = -1;
    CRITICAL_BEGIN(t, array) /* searching and removing are one step */
    i = find_locked(t, array, a[0], 0, INT64_MAX);
    if (i >= 0) status = splice(t, array, i, i + 1, NULL, 0);
    CRITICAL_END(t)
    return i == -1 ? err_set(t, E_ValueError, "array.remove(x): x not in array") : none_or_error(status);
}
static Ref m_index(Thread *t, Value self, const Value *a) {
    int64_t lo = 0, hi = INT64_MAX;
    if (index_bounds(t, a[1], a[2], array_len(t, self), &lo, &hi) < 0) return REF_NULL;
    int64_t i = find(t, as(Array, self), a[0], lo, hi);
    if (i == -1) return err_set(t, E_ValueError, "array.index(x): x not in array");
    return i < 0 ? REF_NULL : ref_small_int(i);
}
static Ref m_count(Thread *t, Value self, const Value *a) {
    int64_t n = 0, i = -1;
    CRITICAL_BEGIN(t, value_object(self))
    while ((i = find_locked(t, as(Array, self), a[0], i + 1, INT64_MAX)) >= 0) n++;
    CRITICAL_END(t)
    return i == -2 ? REF_NULL : ref_small_int(n);
}
static Ref m_reverse(Thread *t, Value self, const Value *args) {
    Array *a = as(Array, self);
    CRITICAL_BEGIN(t, a)
    int unit = a->code->size;
    uint8_t *p = data_of(a);
    for (size_t i = 0, k = SIZE(a); i + 1 < k; i++) {
        uint64_t x = load_item(p + i * unit, unit);
        k--;
        store_item(p + i * unit, unit, load_item(p + k * unit, unit));
        store_item(p + k * unit, unit, x);
    }
    CRITICAL_END(t)
    return REF_NONE;
}
static void swap_bytes(uint8_t *p, size_t n, int unit) {
    for (size_t i = 0; i < n; i++, p += unit)
        for (int k = 0; k < unit / 2; k++) {
            uint8_t b = p[k];
            p[k] = p[unit - 1 - k];
            p[unit - 1 - k] = b;
        }
}
static Ref m_byteswap(Thread *t, Value self, const Value *args) {
    Array *a = as(Array, self);
    CRITICAL_BEGIN(t, a)
    int unit = a->code->size;
    uint8_t *p = data_of(a);
    for (size_t i = 0, n = SIZE(a); i < n; i++, p += unit) { /* items are read without the lock */
        uint64_t x = load_item(p, unit);
        swap_bytes((uint8_t *)&x, 1, unit);
        store_item(p, unit, x);
    }
    CRITICAL_END(t)
    return REF_NONE;
}
static Ref m_copy(Thread *t, Value self, const Value *args) { return copy_whole(t, as(Array, self)); }
static Ref m_tolist(Thread *t, Value self, const Value *args) {
    Ref list = REF_NULL;
    bool ok = true;
    CRITICAL_BEGIN(t, value_object(self))
    list = list_new(t, SIZE(as(Array, self)));
    for (int64_t i = 0; ok && !ref_is_null(list); i++) {
        Ref item = item_at(t, as(Array, self), i);
        if (ref_is_null(item) && !err_pending(t)) break;
        ok = !ref_is_null(item) && list_append_steal(t, ref_borrow(list), item) == 0;
    }
    CRITICAL_END(t)
    if (ok) return list;
    ref_drop(t, list);
    return REF_NULL;
}
static Ref bytes_of(Thread *t, Array *a) {
    Ref r;
    CRITICAL_BEGIN(t, a)
    r = bytes_new(t, SIZE(a) == 0 ? (const uint8_t *)"" : data_of(a), SIZE(a) * a->code->size);
    CRITICAL_END(t)
    return r;
}
static Ref m_tobytes(Thread *t, Value self, const Value *args) { return bytes_of(t, as(Array, self)); }
static Ref text_of(Thread *t, Array *a) {
    Ref copy = copy_whole(t, a);
    if (ref_is_null(copy)) return copy;
    Array *c = as(Array, ref_borrow(copy));
    const uint32_t *v = (const uint32_t *)(const void *)data_of(c);
    Ref r = REF_NULL;
    size_t n = SIZE(c), i = 0;
    while (i < n && v[i] <= 0x10FFFF) i++;
    if (i < n) err_set(t, E_ValueError, "character U+%x is not in range [U+0000; U+10ffff]", v[i]);
    else r = n == 0 ? ref_new(t, str_empty()) : str_from_ucs4(t, v, n);
    ref_drop(t, copy);
    return r;
}
static Ref m_tounicode(Thread *t, Value self, const Value *args) {
    if (as(Array, self)->code->kind != A_CHAR) return err_set(t, E_ValueError, "tounicode() may only be called on unicode type arrays");
    return text_of(t, as(Array, self));
}
static Ref m_fromunicode(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "fromunicode() argument must be str, not %G", a[0]);
    if (as(Array, self)->code->kind != A_CHAR) return err_set(t, E_ValueError, "fromunicode() may only be called on unicode type arrays");
    return none_or_error(append_text(t, as(Array, self), a[0]));
}
static Ref m_frombytes(Thread *t, Value self, const Value *a) { return none_or_error(append_bytes(t, as(Array, self), a[0])); }
static Ref m_fromlist(Thread *t, Value self, const Value *args) {
    Array *a = as(Array, self);
    if (!is_list(args[0])) return err_set(t, E_TypeError, "arg must be list");
    Array *part = array_make(t, &array_type, a->code, 0); /* all or nothing */
    if (part == NULL) return REF_NULL;
    int status = extend(t, part, args[0]);
    if (status == 0) status = splice(t, a, INT64_MAX, INT64_MAX, data_of(part), SIZE(part));
    ref_drop(t, ref_steal(part));
    return none_or_error(status);
}
static Ref m_fromfile(Thread *t, Value self, const Value *args) {
    Array *a = as(Array, self);
    int64_t n;
    if (index_as_i64(t, args[1], &n) < 0) return REF_NULL;
    if (n < 0) return err_set(t, E_ValueError, "negative count");
    int64_t want;
    if (__builtin_mul_overflow(n, a->code->size, &want)) return err_no_memory(t);
    Ref bytes = call_method1(t, args[0], N(read), small_int(want));
    if (ref_is_null(bytes)) return bytes;
    Ref r = REF_NULL;
    if (!is_bytes(ref_borrow(bytes))) err_set(t, E_TypeError, "read() didn't return bytes");
    else if (append_bytes(t, a, ref_borrow(bytes)) == 0) {
        if ((int64_t)bytes_length(ref_borrow(bytes)) != want) err_set(t, E_EOFError, "read() didn't return enough bytes");
        else r = REF_NONE;
    }
    ref_drop(t, bytes);
    return r;
}
static Ref m_tofile(Thread *t, Value self, const Value *args) {
    Ref bytes = bytes_of(t, as(Array, self));
    if (ref_is_null(bytes)) return bytes;
    Ref r = call_method1(t, args[0], N(write), ref_borrow(bytes));
    ref_drop(t, bytes);
    if (ref_is_null(r)) return r;
    ref_drop(t, r);
    return REF_NONE;
}
static Ref m_buffer_info(Thread *t, Value self, const Value *args) {
    Array *a = as(Array, self);
    Ref pair[] = {int_from_u64(t, (uint64_t)(uintptr_t)data_of(a)), ref_small_int((int64_t)SIZE(a))};
    return tuple_from_steal(t, pair, 2);
}
static Ref m_sizeof(Thread *t, Value self, const Value *args) {
    Items *items = load_acquire(&as(Array, self)->x_items);
    return ref_small_int((int64_t)(type_of(self)->head.size + (items == NULL ? 0 : items->capacity)));
}
static Ref get_typecode(Thread *t, Value self, void *closure) { return str_from_char(t, (uint8_t)as(Array, self)->code->code); }
static Ref get_itemsize(Thread *t, Value self, void *closure) { return ref_small_int(as(Array, self)->code->size); }

static Ref array_repr(Thread *t, Value self) {
    Array *a = as(Array, self);
    Ref name = type_name(t, type_of(self)), items = REF_NULL, r = REF_NULL;
    if (ref_is_null(name)) return name;
    if (SIZE(a) == 0) {
        r = str_format(t, "%V('%c')", ref_borrow(name), a->code->code);
    } else {
        items = a->code->kind == A_CHAR ? text_of(t, a) : m_tolist(t, self, NULL);
        if (!ref_is_null(items)) r = str_format(t, "%V('%c', %R)", ref_borrow(name), a->code->code, ref_borrow(items));
    }
    ref_drop(t, items);
    ref_drop(t, name);
    return r;
}

/* ---- pickling --------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_reduce_ex(Thread *t, Value self, const Value *args) {
    Array *a = as(Array, self);
    int64_t protocol;
    if (!is_int(args[0])) return err_set(t, E_TypeError, "__reduce_ex__ argument should be an integer");
    if (index_as_i64(t, args[0], &protocol) < 0) return REF_NULL;
    Ref dict = get_attr_opt(t, self, N(__dict__)), r = REF_NULL, code = str_from_char(t, (uint8_t)a->code->code);
    if (ref_is_null(dict) && !err_pending(t)) dict = REF_NONE;
    if (!ref_is_null(dict) && !ref_is_null(code)) {
        if (protocol < 3) {
            Ref list = m_tolist(t, self, NULL);
            Value values[] = {ref_borrow(code), ref_borrow(list)};
            if (!ref_is_null(list)) r = kit_reduce(t, type_value(type_of(self)), values, 2, ref_borrow(dict));
            ref_drop(t, list);
        } else {
            Ref rebuild = import_attr(t, "array", "_array_reconstructor"), bytes = ref_is_null(rebuild) ? rebuild : bytes_of(t, a);
            int machine = a->code->machine;
            Value values[] = {type_value(type_of(self)), ref_borrow(code), small_int(machine), ref_borrow(bytes)};
            if (!ref_is_null(bytes)) r = kit_reduce(t, ref_borrow(rebuild), values, 4, ref_borrow(dict));
            ref_drop(t, bytes);
            ref_drop(t, rebuild);
        }
    }
    ref_drop(t, code);
    ref_drop(t, dict);
    return r;
}

/* Machine formats: 0 u8, 1 s8, then pairs little and big-endian: 2 u16, 4 s16, 6 u32, 8 s32, 10 u64, 12 s64, 14 float, 16 double, 18 utf-16, 20 utf-32 */
static Ref m_reconstruct(Thread *t, Value m, const Value *args) {
    if (!is_type(args[0])) return err_set(t, E_TypeError, "first argument must be a type object, not %.200T", args[0]);
    Type *type = as(Type, args[0]);
    if (!type_is_subtype(type, &array_type)) return err_set(t, E_TypeError, "%.200N is not a subtype of %.200N", type, &array_type);
    if (!is_str(args[1]) || str_length(args[1]) != 1)
        return err_set(t, E_TypeError, "_array_reconstructor() argument 2 must be a unicode character, not %G", args[1]);
    const TypeCode *code = code_find(str_at(as(Str, args[1]), 0));
    if (code == NULL) return err_set(t, E_ValueError, "second argument must be a valid type code");
    int machine;
    if (as_int(t, args[2], &machine) < 0) return REF_NULL;
    if (machine < 0 || machine > 21) return err_set(t, E_ValueError, "third argument must be a valid machine format code.");
    if (!is_bytes(args[3])) return err_set(t, E_TypeError, "fourth argument should be bytes, not %.200T", args[3]);
    bool big = machine >= 2 && (machine & 1);
    int plain = machine >= 2 ? machine & ~1 : machine;
    static const uint8_t sizes[] = {1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 8, 8, 8, 8, 4, 4, 8, 8, 2, 2, 4, 4};
    size_t unit = sizes[machine], n = bytes_length(args[3]);
    if (n % unit != 0) return err_set(t, E_ValueError, plain == 18 || plain == 20 ? "string length not a multiple of item size" : "bytes length not a multiple of item size");
    if (plain == 18) {
        Ref text = str_decode(t, (const char *)bytes_data(args[3]), n, big ? "utf-16-be" : "utf-16-le", "strict");
        Array *a = ref_is_null(text) ? NULL : array_make(t, type, code, 0);
        bool ok = a != NULL && fill(t, a, ref_borrow(text)) == 0;
        ref_drop(t, text);
        if (ok) return ref_steal(a);
        if (a != NULL) ref_drop(t, ref_steal(a));
        return REF_NULL;
    }
    const TypeCode *from = NULL;
    for (const TypeCode *k = codes; k->code && from == NULL; k++)
        if (k->machine == plain) from = k;
    if (code->machine == plain) from = code;
    Array *read = array_make(t, from == code ? type : &array_type, from, n / unit);
    if (read == NULL) return REF_NULL;
    if (n > 0) memcpy(data_of(read), bytes_data(args[3]), n);
    if (big) swap_bytes(data_of(read), n / unit, (int)unit);
    if (from == code) return ref_steal(read);
    Array *a = array_make(t, type, code, 0);
    bool ok = a != NULL;
    if (ok) {
        Ref list = m_tolist(t, object_value(read), NULL);
        ok = !ref_is_null(list) && extend(t, a, ref_borrow(list)) == 0;
        ref_drop(t, list);
    }
    ref_drop(t, ref_steal(read));
    if (ok) return ref_steal(a);
    if (a != NULL) ref_drop(t, ref_steal(a));
    return REF_NULL;
}

/* ---- buffers and iterators ------------------------------------------------------------------------------------------------------------------------------------------ */

static int array_get_buffer(Thread *t, Value self, Buffer *view, int flags) {
    Array *a = as(Array, self);
    static uint8_t nothing[8];
    int status;
    CRITICAL_BEGIN(t, a)
    size_t n = SIZE(a);
    int64_t unit = a->code->size;
    uint8_t *data = data_of(a);
    status = buffer_fill(t, view, self, data == NULL ? nothing : data, (int64_t)n * unit, false, flags);
    if (status == 0) {
        view->item_size = unit;
        if ((flags & BUFFER_FORMAT) == BUFFER_FORMAT) view->format = a->code->format;
        view->small_shape[0] = (int64_t)n;
        view->small_strides[0] = unit;
        if ((flags & BUFFER_ND) == BUFFER_ND) view->shape = view->small_shape;
        if ((flags & BUFFER_STRIDES) == BUFFER_STRIDES) view->strides = view->small_strides;
        add_relaxed(&a->x_exports, 1);
    }
    CRITICAL_END(t)
    return status;
}
static void array_release_buffer(Thread *t, Value self, Buffer *view) { sub_acq_rel(&as(Array, self)->x_exports, 1); }

static Ref iter_next_item(Thread *t, Value self) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    do {
        if (i < 0) return REF_NULL;
    } while (!cas_relaxed(&it->x_index, &i, i + 1));
    Ref item = item_at(t, as(Array, slot_get(&it->source)), i);
    if (ref_is_null(item) && !err_pending(t)) {
        store_relaxed(&it->x_index, -1);
        if (is_local(t, it)) slot_set(t, it, &it->source, REF_NULL); /* a shared one keeps it: others may be reading */
    }
    return item;
}
static Ref array_iter(Thread *t, Value self) {
    SeqIter *it = object_new(SeqIter, t, &array_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->source, ref_new(t, self));
    return ref_steal(it);
}
static Ref iter_reduce(Thread *t, Value self, const Value *a) { return index_iter_reduce(t, self, "iter", 0, tuple_empty()); }
static Ref iter_setstate(Thread *t, Value self, const Value *a) {
    int64_t i;
    if (int_size_arg(t, a[0], &i) < 0) return REF_NULL;
    SeqIter *it = as(SeqIter, self);
    if (value_is_null(slot_get(&it->source))) return REF_NONE;
    int64_t n = (int64_t)SIZE(as(Array, slot_get(&it->source)));
    if (load_relaxed(&it->x_index) >= 0) store_relaxed(&it->x_index, i < 0 ? 0 : i > n ? n : i);
    return REF_NONE;
}
static NativeDef iter_methods[] = {
    FN("__reduce__", "($self, /)", iter_reduce, "Pickling support."),
    FN("__setstate__", "($self, state, /)", iter_setstate, "Pickling support."),
    FN_END,
};
static Type array_iter_type = {
    TYPE_HEADER(SeqIter, TYPE_CONTAINER, kit_traverse_1, NULL, kit_drop_1),
    .name = "array.arrayiterator", .iter = iter_self, .next = iter_next_item, .methods = iter_methods,
};

static NativeDef methods[] = {
    FN("append", "($self, v, /)", m_append, "Add an item at the end."),
    FN("buffer_info", "($self, /)", m_buffer_info, "(address, length in items) of the memory in use."),
    FN("byteswap", "($self, /)", m_byteswap, "Turn the bytes of each item around."),
    FN("__copy__", "($self, /)", m_copy, "A copy."),
    FN("count", "($self, v, /)", m_count, "How many items equal v."),
    FN("__deepcopy__", "($self, unused, /)", m_copy, "A copy."),
    FN_UNPACKED("extend", "($self, bb, /)", m_extend, "Add items at the end."),
    FN_UNPACKED("fromfile", "($self, f, n, /)", m_fromfile, "Read n items from a file and add them."),
    FN("fromlist", "($self, list, /)", m_fromlist, "Add the items of a list, or none of them."),
    FN("frombytes", "($self, buffer, /)", m_frombytes, "Add items given in machine form."),
    FN("fromunicode", "($self, ustr, /)", m_fromunicode, "Add the characters of a string."),
    FN("index", "($self, v, start=0, stop=sys.maxsize, /)", m_index, "Position of the first item that equals v.\n\nRaises ValueError if there is none."),
    FN("insert", "($self, i, v, /)", m_insert, "Put v before item i."),
    FN("pop", "($self, i=-1, /)", m_pop, "Remove item i and return it."),
    FN("__reduce_ex__", "($self, value, /)", m_reduce_ex, "Pickling support."),
    FN("remove", "($self, v, /)", m_remove, "Remove the first item that equals v."),
    FN("reverse", "($self, /)", m_reverse, "Turn the order around."),
    FN_UNPACKED("tofile", "($self, f, /)", m_tofile, "Write the items to a file, in machine form."),
    FN("tolist", "($self, /)", m_tolist, "The items as a list."),
    FN("tobytes", "($self, /)", m_tobytes, "The items in machine form."),
    FN("tounicode", "($self, /)", m_tounicode, "The characters as a string."),
    FN("__sizeof__", "($self, /)", m_sizeof, "Bytes of memory that the array takes."),
    FN_END,
};
static const GetSetDef getset[] = {{"typecode", get_typecode, NULL, "The code of the items' type."}, {"itemsize", get_itemsize, NULL, "Bytes of an item."}, {NULL}};
static Type array_type = {
    TYPE_HEADER(Array, TYPE_BASETYPE | TYPE_SEQUENCE | TYPE_WEAKREFABLE, NULL, NULL, array_destroy),
    .name = "array.array",
    .doc = "array(typecode [, initializer]) -> array\n\nNumbers or characters in machine form, of one of the types bBuhHiIlLqQfd.",
    .weakrefs_offset = offsetof(Array, weakrefs),
    .new_ = array_new, .repr = array_repr, .hash = hash_not_implemented, .richcompare = array_compare, .iter = array_iter, .len = array_len,
    .getitem = array_getitem, .setitem = array_setitem, .contains = array_contains, .concat = array_concat, .iconcat = array_iconcat,
    .repeat = array_repeat, .irepeat = array_irepeat, .get_buffer = array_get_buffer, .release_buffer = array_release_buffer,
    .methods = methods, .getset = getset,
};

static NativeDef functions[] = {
    FN("_array_reconstructor", "($module, arraytype, typecode, mformat_code, items,\n                     /)", m_reconstruct, "For pickle."),
    FN_END,
};

int module_init_array(Thread *t, Value module) {
    Type *const types[] = {&array_type, NULL};
    if (type_ready(t, &array_iter_type) < 0 || kit_module(t, module, types, functions, "Numbers in machine form.") < 0) return -1;
    Ref abc = import_attr(t, "collections.abc", "MutableSequence");
    if (ref_is_null(abc)) return -1;
    Value name = str_intern_cstr(t, "register");
    Ref done = value_is_null(name) ? REF_NULL : call_method1(t, ref_borrow(abc), name, type_value(&array_type));
    ref_drop(t, abc);
    if (ref_is_null(done)) return -1;
    ref_drop(t, done);
    return module_set(t, module, "ArrayType", type_value(&array_type)) < 0 ? -1 : module_add_cstr(t, module, "typecodes", "bBuhHiIlLqQfd");
}
