#include "runtime/memoryview.h"
#include "runtime/abstract.h"
#include "runtime/bytes_internal.h"
#include "runtime/int.h"
#include "runtime/native.h"

/* ---- managed buffers -------------------------------------------------------------------------------------------- */
static void managed_traverse(Object *o, VisitFn visit, void *arg) {
    Managed *m = (Managed *)o;
    if (!ref_is_null(m->view.owner)) visit(arg, ref_borrow(m->view.owner));
    slot_visit(&m->keep, visit, arg);
}
/* The object whose memory it is, or null; borrowed. Another thread may be giving it back. */
static Value managed_owner(const Managed *m) { return (Value){__atomic_load_n(&m->view.owner.bits, __ATOMIC_ACQUIRE)}; }
static void managed_give_back(Thread *t, Managed *m) {
    Buffer view = m->view;
    __atomic_store_n(&m->view.owner.bits, 0, __ATOMIC_RELEASE);
    buffer_release(t, &view);
}
static void managed_destroy(Thread *t, Object *o) {
    managed_give_back(t, (Managed *)o);
    slot_set(t, o, &((Managed *)o)->keep, REF_NULL);
}
/* A counter of uses that ends for good by going from 0 to -1: one more, unless it has ended. */
static bool use_begin(Thread *t, void *of, _Atomic int64_t *x_count) {
    int64_t n = load_acquire(x_count);
    if (is_local(t, of)) {
        if (n >= 0) store_relaxed(x_count, n + 1);
        return n >= 0;
    }
    while (n >= 0)
        if (cas_acq_rel(x_count, &n, n + 1)) return true;
    return false;
}
/* Ends it if it is 0: then 0, else what it is. */
static int64_t use_over(Thread *t, void *of, _Atomic int64_t *x_count) {
    int64_t n = 0;
    if (is_local(t, of)) {
        if ((n = load_relaxed(x_count)) == 0) store_relaxed(x_count, (int64_t)-1);
        return n;
    }
    return cas_acq_rel(x_count, &n, (int64_t)-1) ? 0 : n;
}
Type managed_buffer_type = {
    TYPE_HEADER(Managed, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, managed_traverse, NULL, managed_destroy),
    .name = "managedbuffer",
};

/* ---- making -------------------------------------------------------------------------------------------------------- */
static int forbidden(Thread *t) { return err_int(err_set(t, E_ValueError, "operation forbidden on released memoryview object")); }
/* A view with room for ndim dimensions on `managed`; the caller sets the rest. ValueError if another thread has released the last view on it. */
static MemoryView *view_alloc(Thread *t, Managed *managed, int ndim, const char *format) {
    MemoryView *v = object_new(MemoryView, t, &memoryview_type);
    if (v == NULL) return NULL;
    if (!use_begin(t, managed, &managed->x_views)) {
        ref_drop(t, ref_steal(v));
        forbidden(t);
        return NULL;
    }
    slot_init(&v->managed, ref_new(t, object_value(managed)));
    store_relaxed(&v->x_hash, -1);
    v->ndim = ndim;
    size_t length = strlen(format);
    v->dims = ndim <= 1 ? v->own_dims : mem_zalloc((size_t)(3 * ndim) * sizeof *v->dims);
    v->format = length < sizeof v->own_format ? v->own_format : mem_alloc(length + 1);
    if (v->dims == NULL || v->format == NULL) {
        ref_drop(t, ref_steal(v));
        err_no_memory(t);
        return NULL;
    }
    memcpy(v->format, format, length + 1);
    v->code = item_code(format);
    for (int i = 0; i < ndim; i++) view_suboffsets(v)[i] = -1;
    return v;
}

static MemoryView *view_like(Thread *t, const MemoryView *from) {
    MemoryView *v = view_alloc(t, as(Managed, slot_get(&from->managed)), from->ndim, from->format);
    if (v == NULL) return NULL;
    memcpy(v->dims, from->dims, (size_t)(3 * from->ndim) * sizeof *v->dims);
    v->data = from->data;
    v->len = from->len;
    v->item_size = from->item_size;
    v->readonly = from->readonly;
    v->indirect = from->indirect;
    return v;
}

static Ref view_on(Thread *t, Managed *m) {
    Buffer *b = &m->view;
    if (b->ndim > MAX_DIMS) return err_set(t, E_ValueError, "memoryview: number of dimensions must not exceed 64");
    MemoryView *v = view_alloc(t, m, b->ndim, b->format ? b->format : "B");
    if (v == NULL) return REF_NULL;
    v->data = b->data;
    v->len = b->len;
    v->item_size = b->item_size;
    v->readonly = b->readonly;
    int64_t stride = b->item_size;
    for (int i = b->ndim - 1; i >= 0; i--) {
        view_shape(v)[i] = b->shape ? b->shape[i] : b->item_size ? b->len / b->item_size : 0;
        view_strides(v)[i] = b->strides ? b->strides[i] : stride;
        stride *= view_shape(v)[i];
        if (b->suboffsets && b->suboffsets[i] >= 0) {
            view_suboffsets(v)[i] = b->suboffsets[i];
            v->indirect = true;
        }
    }
    return ref_steal(v);
}

static bool is_released(const MemoryView *v) { return load_acquire(&((MemoryView *)v)->x_exports) < 0; }
static int released(Thread *t, const MemoryView *v) {
    return likely(!is_released(v)) ? 0 : forbidden(t);
}

Ref memoryview_new(Thread *t, Value o) {
    if (is_exact(o, &memoryview_type)) {
        if (released(t, as(MemoryView, o)) < 0) return REF_NULL;
        return ref_steal(view_like(t, as(MemoryView, o)));
    }
    if (!buffer_supported(o)) return err_set(t, E_TypeError, "memoryview: a bytes-like object is required, not '%.200T'", o);
    Managed *m = object_new(Managed, t, &managed_buffer_type);
    if (m == NULL) return REF_NULL;
    Ref own = ref_steal(m), r = REF_NULL;
    if (buffer_get(t, o, &m->view, BUFFER_INDIRECT | BUFFER_FORMAT) == 0) r = view_on(t, m);
    ref_drop(t, own);
    return r;
}

Ref memoryview_from_memory(Thread *t, void *data, size_t n, bool readonly, Value owner) {
    Managed *m = object_new(Managed, t, &managed_buffer_type);
    if (m == NULL) return REF_NULL;
    Ref own = ref_steal(m);
    m->view = (Buffer){.data = data, .len = (int64_t)n, .item_size = 1, .readonly = readonly, .ndim = 1, .format = "B"};
    if (!value_is_null(owner)) slot_init(&m->keep, ref_new(t, owner));
    Ref r = view_on(t, m);
    ref_drop(t, own);
    return r;
}

static Ref view_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_signature;
    Value a[1];
    if (bind_args(t, "memoryview", "($type, object)", &x_signature, args, nargs, kwnames, a, 1) < 0) return REF_NULL;
    return memoryview_new(t, a[0]);
}

/* ---- release and death ------------------------------------------------------------------------------------------------ */
/* Releases the view unless there are buffers taken from it, whose number it returns. */
static int64_t let_go(Thread *t, MemoryView *v) {
    int64_t n = use_over(t, v, &v->x_exports);
    if (n != 0) return n > 0 ? n : 0;
    Value m = slot_get(&v->managed);
    if (value_is_null(m)) return 0;
    if (exports_add(t, value_object(m), &as(Managed, m)->x_views, -1) == 1 && use_over(t, value_object(m), &as(Managed, m)->x_views) == 0)
        managed_give_back(t, as(Managed, m));
    return 0;
}
static void view_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((MemoryView *)o)->managed, visit, arg); }
static void view_destroy(Thread *t, Object *o) {
    MemoryView *v = (MemoryView *)o;
    let_go(t, v);
    slot_set(t, o, &v->managed, REF_NULL);
    if (v->dims != v->own_dims) mem_free(v->dims);
    if (v->format != v->own_format) mem_free(v->format);
}
static Ref release(Thread *t, Value self, const Value *a) {
    int64_t n = let_go(t, as(MemoryView, self));
    return n > 0 ? err_set(t, E_BufferError, "memoryview has %zd exported buffer%s", n, n == 1 ? "" : "s") : REF_NONE;
}
static Ref enter(Thread *t, Value self, const Value *a) { return released(t, as(MemoryView, self)) < 0 ? REF_NULL : ref_new(t, self); }
static Ref leave(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return no_kwargs(t, "memoryview.__exit__", kwnames) < 0 ? REF_NULL : release(t, self, NULL);
}

/* ---- geometry ------------------------------------------------------------------------------------------------------------- */
/* One dimension without items is contiguous only if its stride says so, as in CPython. */
static bool c_contiguous(const MemoryView *v) {
    int64_t stride = v->item_size;
    if (v->indirect) return false;
    if (v->ndim == 1) return view_shape(v)[0] == 1 || view_strides(v)[0] == stride;
    if (v->len == 0) return true;
    for (int i = v->ndim - 1; i >= 0; i--) {
        if (view_shape(v)[i] > 1 && view_strides(v)[i] != stride) return false;
        stride *= view_shape(v)[i];
    }
    return true;
}
static bool f_contiguous(const MemoryView *v) {
    int64_t stride = v->item_size;
    if (v->indirect) return false;
    if (v->ndim == 1) return c_contiguous(v);
    if (v->len == 0) return true;
    for (int i = 0; i < v->ndim; i++) {
        if (view_shape(v)[i] > 1 && view_strides(v)[i] != stride) return false;
        stride *= view_shape(v)[i];
    }
    return true;
}

/* The address of item i of dimension `dim`, from p. */
static uint8_t *step(const MemoryView *v, int dim, uint8_t *p, int64_t i) {
    p += i * view_strides(v)[dim];
    if (view_suboffsets(v)[dim] >= 0) p = *(uint8_t **)p + view_suboffsets(v)[dim];
    return p;
}

/* memcpy from and to memory that other threads may read and write meanwhile (items of a bytearray, say): each aligned piece is as it was before or
 * after. Relaxed: nothing else hangs on it. */
static size_t piece(const void *shared, size_t n) {
    size_t size = 8;
    while (size > n || (uintptr_t)shared % size) size /= 2;
    return size;
}
#define LOAD_PIECE(type) ({ type x_ = __atomic_load_n((const type *)(const void *)from, __ATOMIC_RELAXED); memcpy(to, &x_, sizeof x_); })
#define STORE_PIECE(type) ({ type x_; memcpy(&x_, from, sizeof x_); __atomic_store_n((type *)(void *)to, x_, __ATOMIC_RELAXED); })
#define EACH_PIECE(shared, MOVE)                                                                   \
    for (size_t size_; n; to += size_, from += size_, n -= size_) switch (size_ = piece(shared, n)) { \
    case 8:                                                                                        \
        MOVE(uint64_t);                                                                            \
        for (; n >= 16; n -= 8) { /* another one behind this */                                    \
            to += 8;                                                                               \
            from += 8;                                                                             \
            MOVE(uint64_t);                                                                        \
        }                                                                                          \
        break;                                                                                     \
    case 4: MOVE(uint32_t); break;                                                                 \
    case 2: MOVE(uint16_t); break;                                                                 \
    default: MOVE(uint8_t);                                                                        \
    }
static void copy_items(uint8_t *to, const uint8_t *from, size_t n) { EACH_PIECE(from, LOAD_PIECE) }
static void store_items(uint8_t *to, const uint8_t *from, size_t n) { EACH_PIECE(to, STORE_PIECE) }

/* an item of a native format */
static Ref unknown_format(Thread *t, const MemoryView *v) { return err_set(t, E_NotImplementedError, "memoryview: format %s not supported", v->format); }
static Ref item_at(Thread *t, const MemoryView *v, char code, const uint8_t *p) {
    if (unlikely(v->code == 0)) return unknown_format(t, v);
    uint8_t item[8];
    if (v->item_size == 1) *item = __atomic_load_n(p, __ATOMIC_RELAXED);
    else copy_items(item, p, v->item_size <= 8 ? (size_t)v->item_size : 0);
    return item_get(t, code, item);
}

/* Whether items of dimension `dim`, the last one, lie side by side. */
static bool is_run(const MemoryView *v, int dim) {
    return dim == v->ndim - 1 && view_strides(v)[dim] == v->item_size && view_suboffsets(v)[dim] < 0;
}

/* Copies all items to or from contiguous memory, last dimension fastest (first, if `fortran`). */
static uint8_t *copy_c(const MemoryView *v, int dim, uint8_t *p, uint8_t *flat) {
    if (dim == v->ndim) {
        copy_items(flat, p, (size_t)v->item_size);
        return flat + v->item_size;
    }
    if (is_run(v, dim)) {
        size_t n = (size_t)(view_shape(v)[dim] * v->item_size);
        copy_items(flat, p, n);
        return flat + n;
    }
    for (int64_t i = 0; i < view_shape(v)[dim]; i++) flat = copy_c(v, dim + 1, step(v, dim, p, i), flat);
    return flat;
}
static void copy_f(const MemoryView *v, int dim, uint8_t *p, uint8_t *flat, int64_t stride) {
    if (dim == v->ndim) {
        copy_items(flat, p, (size_t)v->item_size);
        return;
    }
    for (int64_t i = 0; i < view_shape(v)[dim]; i++)
        copy_f(v, dim + 1, step(v, dim, p, i), flat + i * stride, stride * view_shape(v)[dim]);
}
/* Python's order: 'C', 'F' or 'A'. The memory has room for v->len bytes. */
static void flatten(const MemoryView *v, char order, uint8_t *flat) {
    if (order == 'F' || (order == 'A' && f_contiguous(v) && !c_contiguous(v))) copy_f(v, 0, v->data, flat, v->item_size);
    else if (c_contiguous(v)) copy_items(flat, v->data, (size_t)v->len);
    else copy_c(v, 0, v->data, flat);
}

static Ref int_tuple(Thread *t, const int64_t *n, int count) {
    Ref r = tuple_new_uninit(t, (size_t)count);
    if (ref_is_null(r)) return r;
    for (int i = 0; i < count; i++) tuple_init_item(r, (size_t)i, ref_small_int(n[i]));
    return r;
}

#define VIEW_GETTER(name, expression)                                                              \
    static Ref get_##name(Thread *t, Value self, void *closure) {                                  \
        MemoryView *v = as(MemoryView, self);                                                      \
        if (released(t, v) < 0) return REF_NULL;                                                   \
        return expression;                                                                         \
    }
static Ref owner_of(Thread *t, MemoryView *v) {
    Value owner = managed_owner(as(Managed, slot_get(&v->managed)));
    return value_is_null(owner) ? REF_NONE : ref_new(t, owner);
}
VIEW_GETTER(obj, owner_of(t, v))
VIEW_GETTER(nbytes, ref_small_int(v->len))
VIEW_GETTER(readonly, ref_bool(v->readonly))
VIEW_GETTER(itemsize, ref_small_int(v->item_size))
VIEW_GETTER(format, str_from_cstr(t, v->format))
VIEW_GETTER(ndim, ref_small_int(v->ndim))
VIEW_GETTER(shape, int_tuple(t, view_shape(v), v->ndim))
VIEW_GETTER(strides, int_tuple(t, view_strides(v), v->ndim))
VIEW_GETTER(suboffsets, int_tuple(t, view_suboffsets(v), v->indirect ? v->ndim : 0))
VIEW_GETTER(c_contiguous, ref_bool(c_contiguous(v)))
VIEW_GETTER(f_contiguous, ref_bool(f_contiguous(v)))
VIEW_GETTER(contiguous, ref_bool(c_contiguous(v) || f_contiguous(v)))
static const GetSetDef getset[] = {
    {"obj", get_obj, NULL, "The object whose memory this is."},
    {"nbytes", get_nbytes, NULL, "Size in bytes of the view's contiguous form."},
    {"readonly", get_readonly, NULL, "Whether the memory can't be written through the view."},
    {"itemsize", get_itemsize, NULL, "Size in bytes of an item."},
    {"format", get_format, NULL, "Format of an item, as the struct module writes it."},
    {"ndim", get_ndim, NULL, "Number of dimensions."},
    {"shape", get_shape, NULL, "Number of items along each dimension."},
    {"strides", get_strides, NULL, "Bytes from one item to the next along each dimension."},
    {"suboffsets", get_suboffsets, NULL, "Offsets behind pointers, for arrays of pointers."},
    {"c_contiguous", get_c_contiguous, NULL, "Whether the memory is contiguous, last dimension fastest."},
    {"f_contiguous", get_f_contiguous, NULL, "Whether the memory is contiguous, first dimension fastest."},
    {"contiguous", get_contiguous, NULL, "Whether the memory is contiguous."},
    {NULL},
};

/* ---- items ---------------------------------------------------------------------------------------------------------------------- */

/* A format's only character, or 0. */
static char lone_code(const MemoryView *v) {
    const char *format = v->format + (*v->format == '@');
    return format[0] != 0 && format[1] == 0 ? format[0] : 0;
}
/* The item's code; 0 with an exception if the format has more than one character. A single one that isn't known fails when an item is read or written. */
static char native_code(Thread *t, const MemoryView *v) {
    char code = v->code != 0 ? v->code : lone_code(v);
    if (code == 0) err_set(t, E_NotImplementedError, "memoryview: unsupported format %s", v->format);
    return code;
}

static uint8_t *address(Thread *t, const MemoryView *v, int dim, uint8_t *p, int64_t i) {
    int64_t n = view_shape(v)[dim];
    if (i < 0) i += n;
    if (i < 0 || i >= n) {
        err_set(t, E_IndexError, "index out of bounds on dimension %d", dim + 1);
        return NULL;
    }
    return step(v, dim, p, i);
}

static bool is_index(Value v) { return value_is_int(v) || type_of(v)->index != NULL; }
static bool all_of(Value tuple, bool (*test)(Value)) {
    for (size_t i = 0; i < tuple_size(tuple); i++)
        if (!test(tuple_get(tuple, i))) return false;
    return true;
}
static bool is_slice(Value v) { return is_exact(v, &slice_type); }

/* The address that a whole index tuple names. */
static uint8_t *tuple_address(Thread *t, const MemoryView *v, Value key) {
    size_t n = tuple_size(key);
    if ((int)n > v->ndim) {
        err_set(t, E_TypeError, "cannot index %d-dimension view with %zd-element tuple", v->ndim, n);
        return NULL;
    }
    if ((int)n < v->ndim) {
        err_set(t, E_NotImplementedError, "sub-views are not implemented");
        return NULL;
    }
    uint8_t *p = v->data;
    for (size_t i = 0; i < n && p != NULL; i++) {
        int64_t k;
        if (text_index_arg(t, tuple_get(key, i), &k) < 0 || released(t, v) < 0) return NULL;
        p = address(t, v, (int)i, p, k);
    }
    return p;
}

static Ref slice_first(Thread *t, MemoryView *v, Value slice) {
    int64_t start, stop, by;
    MemoryView *r = view_like(t, v); /* first: it keeps the memory even if an __index__ lets v go */
    if (r == NULL) return REF_NULL;
    if (slice_unpack(t, slice, &start, &stop, &by) < 0) {
        ref_drop(t, ref_steal(r));
        return REF_NULL;
    }
    int64_t n = slice_adjust(view_shape(v)[0], &start, &stop, by);
    r->data += view_strides(v)[0] * start;
    view_shape(r)[0] = n > 0 ? n : 0;
    view_strides(r)[0] *= by;
    r->len = r->item_size;
    for (int i = 0; i < r->ndim; i++) r->len *= view_shape(r)[i];
    return ref_steal(r);
}

static Ref getitem(Thread *t, Value self, Value key) {
    MemoryView *v = as(MemoryView, self);
    if (released(t, v) < 0) return REF_NULL;
    int64_t i;
    if (v->ndim == 0) {
        char code;
        if (is_tuple(key) && tuple_size(key) == 0) return (code = native_code(t, v)) ? item_at(t, v, code, v->data) : REF_NULL;
        if (value_is(key, VALUE_ELLIPSIS)) return ref_new(t, self);
        return err_set(t, E_TypeError, "invalid indexing of 0-dim memory");
    }
    if (is_index(key)) {
        if (text_index_arg(t, key, &i) < 0 || released(t, v) < 0) return REF_NULL;
        if (v->ndim > 1) return err_set(t, E_NotImplementedError, "multi-dimensional sub-views are not implemented");
        char code = native_code(t, v);
        uint8_t *p = code ? address(t, v, 0, v->data, i) : NULL;
        return p ? item_at(t, v, code, p) : REF_NULL;
    }
    if (is_slice(key)) return slice_first(t, v, key);
    if (is_tuple(key) && all_of(key, is_index)) {
        char code = native_code(t, v);
        uint8_t *p = code ? tuple_address(t, v, key) : NULL;
        return p ? item_at(t, v, code, p) : REF_NULL;
    }
    if (is_tuple(key) && all_of(key, is_slice)) return err_set(t, E_NotImplementedError, "multi-dimensional slicing is not implemented");
    return err_set(t, E_TypeError, "memoryview: invalid slice key");
}

static bool same_format(const char *a, const char *b) {
    if (*a == '@') a++;
    if (*b == '@') b++;
    return strcmp(a, b) == 0;
}

static int assign_slice(Thread *t, MemoryView *to, Value value) {
    Ref source = memoryview_new(t, value);
    if (ref_is_null(source)) {
        if (err_clear_if(t, E_TypeError)) err_set(t, E_TypeError, "a bytes-like object is required, not '%.100T'", value);
        return -1;
    }
    MemoryView *from = as(MemoryView, ref_borrow(source));
    int status = -1;
    bool same = from->ndim == to->ndim && from->item_size == to->item_size && same_format(from->format, to->format);
    for (int i = 0; same && i < to->ndim; i++) {
        same = view_shape(from)[i] == view_shape(to)[i];
        if (view_shape(to)[i] == 0) break;
    }
    uint8_t *flat = NULL;
    if (!same) {
        err_set(t, E_ValueError, "memoryview assignment: lvalue and rvalue have different structures");
    } else if ((flat = mem_alloc((size_t)to->len + 1)) == NULL) { /* a copy between: they may overlap */
        err_no_memory(t);
    } else {
        flatten(from, 'C', flat);
        int64_t item = to->item_size, n = view_shape(to)[0];
        if (c_contiguous(to)) store_items(to->data, flat, (size_t)to->len);
        else for (int64_t i = 0; i < n; i++) store_items(step(to, 0, to->data, i), flat + i * item, (size_t)item);
        status = 0;
    }
    mem_free(flat);
    ref_drop(t, source);
    return status;
}

static int setitem(Thread *t, Value self, Value key, Value value) {
    MemoryView *v = as(MemoryView, self);
    if (released(t, v) < 0) return -1;
    char code = native_code(t, v);
    if (code == 0) return -1;
    if (v->readonly) return err_int(err_set(t, E_TypeError, "cannot modify read-only memory"));
    if (value_is_null(value)) return err_int(err_set(t, E_TypeError, "cannot delete memory"));
    uint8_t item[8], *p;
    if (v->ndim == 0) {
        if (!value_is(key, VALUE_ELLIPSIS) && !(is_tuple(key) && tuple_size(key) == 0))
            return err_int(err_set(t, E_TypeError, "invalid indexing of 0-dim memory"));
        p = v->data;
    } else if (is_index(key)) {
        int64_t i;
        if (v->ndim > 1) return err_int(err_set(t, E_NotImplementedError, "sub-views are not implemented"));
        if (text_index_arg(t, key, &i) < 0 || (p = address(t, v, 0, v->data, i)) == NULL) return -1;
    } else if (is_slice(key) && v->ndim == 1) {
        Ref part = slice_first(t, v, key);
        if (ref_is_null(part)) return -1;
        int status = released(t, v) < 0 ? -1 : assign_slice(t, as(MemoryView, ref_borrow(part)), value);
        ref_drop(t, part);
        return status;
    } else if (is_tuple(key) && all_of(key, is_index)) {
        if ((p = tuple_address(t, v, key)) == NULL) return -1;
    } else if (is_slice(key) || (is_tuple(key) && all_of(key, is_slice))) {
        return err_int(err_set(t, E_NotImplementedError, "memoryview slice assignments are currently restricted to ndim = 1"));
    } else {
        return err_int(err_set(t, E_TypeError, "memoryview: invalid slice key"));
    }
    if (v->code == 0) return err_int(unknown_format(t, v));
    if (item_put(t, code, item, value) < 0 || released(t, v) < 0) return -1; /* converting may have run Python */
    store_items(p, item, (size_t)v->item_size);
    return 0;
}

static int64_t len(Thread *t, Value self) {
    MemoryView *v = as(MemoryView, self);
    if (released(t, v) < 0) return -1;
    if (v->ndim == 0) return 1;
    return view_shape(v)[0];
}

static Ref list_of(Thread *t, MemoryView *v, char code, int dim, uint8_t *p) {
    if (dim == v->ndim) return item_at(t, v, code, p);
    Ref list = list_new(t, (size_t)view_shape(v)[dim]);
    for (int64_t i = 0; !ref_is_null(list) && i < view_shape(v)[dim]; i++) {
        uint8_t *at = step(v, dim, p, i);
        Ref item = dim + 1 < v->ndim ? list_of(t, v, code, dim + 1, at) : item_at(t, v, code, at);
        if (ref_is_null(item) || list_append_steal(t, ref_borrow(list), item) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}

/* ---- methods -------------------------------------------------------------------------------------------------------------------- */
static Ref tolist(Thread *t, Value self, const Value *a) {
    MemoryView *v = as(MemoryView, self);
    if (released(t, v) < 0) return REF_NULL;
    char code = native_code(t, v);
    return code ? list_of(t, v, code, 0, v->data) : REF_NULL;
}
static Ref tobytes(Thread *t, Value self, const Value *a) {
    MemoryView *v = as(MemoryView, self);
    char order = 'C';
    if (released(t, v) < 0) return REF_NULL;
    if (!value_is_null(a[0]) && !value_is_none(a[0])) {
        if (!is_str(a[0])) return err_set(t, E_TypeError, "tobytes() argument 'order' must be str or None, not %G", a[0]);
        if (str_equal_ascii(a[0], "F")) order = 'F';
        else if (str_equal_ascii(a[0], "A")) order = 'A';
        else if (!str_equal_ascii(a[0], "C")) return err_set(t, E_ValueError, "order must be 'C', 'F' or 'A'");
    }
    Ref r = bytes_new_uninit(t, (size_t)v->len);
    if (!ref_is_null(r) && v->len > 0) flatten(v, order, bytes_data(ref_borrow(r)));
    return r;
}
static Ref hex(Thread *t, Value self, const Value *a) {
    Value order = VALUE_NULL;
    Ref bytes = tobytes(t, self, &order);
    if (ref_is_null(bytes)) return bytes;
    Ref r = bytes_hex(t, bytes_data(ref_borrow(bytes)), bytes_length(ref_borrow(bytes)), a[0], a[1]);
    ref_drop(t, bytes);
    return r;
}
static Ref toreadonly(Thread *t, Value self, const Value *a) {
    if (released(t, as(MemoryView, self)) < 0) return REF_NULL;
    MemoryView *v = view_like(t, as(MemoryView, self));
    if (v != NULL) v->readonly = true;
    return ref_steal(v);
}

/* The shape that is asked for as a tuple, with a possible number of dimensions. */
static Ref cast_dimensions(Thread *t, const MemoryView *v, Value shape) {
    if (!is_list(shape) && !is_tuple(shape)) return err_set(t, E_TypeError, "shape must be a list or a tuple");
    Ref copy = sequence_tuple(t, shape);
    if (ref_is_null(copy)) return copy;
    size_t n = tuple_size(ref_borrow(copy));
    if (n <= MAX_DIMS && (n == 1 || v->ndim == 1)) return copy;
    if (n > MAX_DIMS) err_set(t, E_ValueError, "memoryview: number of dimensions must not exceed 64");
    else err_set(t, E_TypeError, "memoryview: cast must be 1D -> ND or ND -> 1D");
    ref_drop(t, copy);
    return REF_NULL;
}
static int cast_shape(Thread *t, Value dimensions, int64_t *out) {
    for (size_t i = 0; i < tuple_size(dimensions); i++) {
        Value v = tuple_get(dimensions, i);
        if (!is_int(v)) return err_int(err_set(t, E_TypeError, "memoryview.cast(): elements of shape must be integers"));
        if (size_arg(t, v, &out[i]) < 0) return -1;
        if (out[i] <= 0) return err_int(err_set(t, E_ValueError, "memoryview.cast(): elements of shape must be integers > 0"));
    }
    return 0;
}

static Ref cast(Thread *t, Value self, const Value *a) {
    MemoryView *v = as(MemoryView, self);
    if (released(t, v) < 0) return REF_NULL;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "cast() argument 'format' must be str, not %G", a[0]);
    if (!c_contiguous(v)) return err_set(t, E_TypeError, "memoryview: casts are restricted to C-contiguous views");
    int64_t shape[MAX_DIMS];
    int ndim = 1;
    bool shaped = !value_is_null(a[1]);
    for (int i = 0; (shaped || v->ndim != 1) && i < v->ndim; i++)
        if (view_shape(v)[i] == 0) return err_set(t, E_TypeError, "memoryview: cannot cast view with zeros in shape or strides");
    if (shaped) {
        Ref dimensions = cast_dimensions(t, v, a[1]);
        if (ref_is_null(dimensions)) return dimensions;
        ndim = (int)tuple_size(ref_borrow(dimensions));
        int status = cast_shape(t, ref_borrow(dimensions), shape);
        ref_drop(t, dimensions);
        if (status < 0) return REF_NULL;
    }
    const char *format = str_utf8(t, a[0], NULL);
    if (format == NULL) return REF_NULL;
    char to = item_code(format), from = v->code;
    if (released(t, v) < 0) return REF_NULL; /* the shape may have run Python */
    if (to == 0)
        return err_set(t, E_ValueError, "memoryview: destination format must be a native single character format prefixed with an optional '@'");
    bool bytes_from = from != 0 && strchr("bBc", from) != NULL;
    if (!bytes_from && strchr("bBc", to) == NULL) return err_set(t, E_TypeError, "memoryview: cannot cast between two non-byte formats");
    int64_t size = item_size_of(to);
    if (v->len % size != 0) return err_set(t, E_TypeError, "memoryview: length is not a multiple of itemsize");
    if (!shaped) shape[0] = v->len / size;
    int64_t product = size;
    for (int i = 0; i < ndim; i++)
        if (__builtin_mul_overflow(product, shape[i], &product)) return err_set(t, E_ValueError, "memoryview.cast(): product(shape) > SSIZE_MAX");
    if (product != v->len) return err_set(t, E_TypeError, "memoryview: product(shape) * itemsize != buffer size");
    MemoryView *r = view_alloc(t, as(Managed, slot_get(&v->managed)), ndim, format);
    if (r == NULL) return REF_NULL;
    r->data = v->data;
    r->len = v->len;
    r->item_size = size;
    r->readonly = v->readonly;
    for (int i = ndim - 1; i >= 0; i--) {
        view_shape(r)[i] = shape[i];
        view_strides(r)[i] = i == ndim - 1 ? size : view_strides(r)[i + 1] * shape[i + 1];
    }
    return ref_steal(r);
}

static NativeDef methods[] = {
    FN("release", "($self, /)", release, "Let the memory go: the view can't be used any more."),
    FN("tobytes", "($self, /, order='C')", tobytes, "The items' bytes; order 'C', 'F', or 'A' for what fits the memory."),
    FN("hex", "!($self, /, sep=None, bytes_per_sep=1)", hex, "Two hexadecimal digits for each byte, separated if asked for.\n\n>>> memoryview(b'ab').hex(':')\n'61:62'"),
    FN("tolist", "($self, /)", tolist, "The items as a list, nested for more than one dimension."),
    FN("cast", "($self, /, format, shape=None)", cast, "The same memory as another format or shape."),
    FN("toreadonly", "($self, /)", toreadonly, "A read-only view of the same memory."),
    FN("__enter__", "!($self, /)", enter, "The view itself."),
    FN_RAW_BARE("__exit__", NULL, leave, "Release the view."),
    FN_END,
};

/* ---- comparing, hashing, showing ------------------------------------------------------------------------------------------------- */
/* Whether n bytes of items of one native format hold the same values; half floats aren't for here. */
static bool same_items(char code, const uint8_t *x, const uint8_t *y, size_t n) {
#define EACH_SAME(type)                                                                            \
    for (size_t i = 0; i < n; i += sizeof(type)) {                                                 \
        type a, b;                                                                                 \
        memcpy(&a, x + i, sizeof a);                                                               \
        memcpy(&b, y + i, sizeof b);                                                               \
        if (a != b) return false;                                                                  \
    }                                                                                              \
    return true
    switch (code) {
    case 'd': EACH_SAME(double);
    case 'f': EACH_SAME(float);
    case '?':
        for (size_t i = 0; i < n; i++)
            if ((x[i] != 0) != (y[i] != 0)) return false;
        return true;
    default: return memcmp(x, y, n) == 0;
    }
#undef EACH_SAME
}
/* The same of n bytes that other threads may write meanwhile. */
static bool same_run(char code, const uint8_t *p, const uint8_t *q, size_t n) {
    uint8_t x[512], y[512];
    for (size_t done = 0; done < n; done += sizeof x) {
        size_t part = n - done < sizeof x ? n - done : sizeof x;
        copy_items(x, p + done, part);
        copy_items(y, q + done, part);
        if (!same_items(code, x, y, part)) return false;
    }
    return true;
}

/* 1 equal, 0 not, -1 exception. Items of other formats than native ones never compare equal. */
static int equal_items(Thread *t, MemoryView *a, MemoryView *b, char ca, char cb, int dim, uint8_t *p, uint8_t *q) {
    bool alike = ca == cb && ca != 'e';
    if (dim == a->ndim) {
        if (alike) return same_run(ca, p, q, (size_t)a->item_size);
        Ref x = item_at(t, a, ca, p), y = ref_is_null(x) ? REF_NULL : item_at(t, b, cb, q);
        int status = -1;
        if (!ref_is_null(y)) {
            Ref r = rich_compare(t, ref_borrow(x), ref_borrow(y), CMP_EQ);
            status = ref_is_null(r) ? -1 : value_is_true(ref_borrow(r));
        }
        ref_drop(t, x);
        ref_drop(t, y);
        return status;
    }
    if (alike && is_run(a, dim) && is_run(b, dim)) return same_run(ca, p, q, (size_t)(view_shape(a)[dim] * a->item_size));
    for (int64_t i = 0; i < view_shape(a)[dim]; i++) {
        int status = equal_items(t, a, b, ca, cb, dim + 1, step(a, dim, p, i), step(b, dim, q, i));
        if (status <= 0) return status;
    }
    return 1;
}

static Ref compare(Thread *t, Value va, Value vb, CompareOp op) {
    if (op != CMP_EQ && op != CMP_NE) return REF_NOT_IMPLEMENTED;
    if (!is_exact(va, &memoryview_type)) return REF_NOT_IMPLEMENTED;
    MemoryView *a = as(MemoryView, va);
    if (is_released(a) || (is_exact(vb, &memoryview_type) && is_released(as(MemoryView, vb))))
        return ref_bool(value_is(va, vb) == (op == CMP_EQ));
    if (!buffer_supported(vb)) return REF_NOT_IMPLEMENTED;
    Ref other = memoryview_new(t, vb);
    if (ref_is_null(other)) {
        err_clear(t);
        return REF_NOT_IMPLEMENTED;
    }
    MemoryView *b = as(MemoryView, ref_borrow(other));
    bool same = a->ndim == b->ndim;
    for (int i = 0; same && i < a->ndim; i++) {
        same = view_shape(a)[i] == view_shape(b)[i];
        if (view_shape(a)[i] == 0) break;
    }
    char ca = a->code, cb = b->code;
    int equal = same ? 1 : 0;
    if (same && ca != 0 && cb != 0) equal = equal_items(t, a, b, ca, cb, 0, a->data, b->data);
    else if (same && (a->len > 0 || (ca == 0 && lone_code(a) != 0) || (cb == 0 && lone_code(b) != 0))) equal = 0;
    ref_drop(t, other);
    if (equal < 0) return REF_NULL;
    return ref_bool((equal > 0) == (op == CMP_EQ));
}

static int64_t hash(Thread *t, Value self) {
    MemoryView *v = as(MemoryView, self);
    int64_t h = load_relaxed(&v->x_hash);
    if (h != -1) return h;
    if (released(t, v) < 0) return -1;
    if (!v->readonly) return err_int(err_set(t, E_ValueError, "cannot hash writable memoryview object"));
    char code = v->code;
    if (code == 0 || strchr("Bbc", code) == NULL)
        return err_int(err_set(t, E_ValueError, "memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    Ref owner = ref_new(t, managed_owner(as(Managed, slot_get(&v->managed))));
    bool bad = !ref_is_null(owner) && object_hash(t, ref_borrow(owner)) == -1;
    ref_drop(t, owner);
    if (bad || released(t, v) < 0) return -1;
    uint8_t *flat = mem_alloc((size_t)v->len + 1);
    if (flat == NULL) return err_int(err_no_memory(t));
    flatten(v, 'C', flat);
    h = hash_bytes(flat, (size_t)v->len);
    mem_free(flat);
    store_relaxed(&v->x_hash, h);
    return h;
}

static Ref repr(Thread *t, Value self) {
    bool gone = is_released(as(MemoryView, self));
    return str_format(t, gone ? "<released memory at %p>" : "<memory at %p>", (void *)value_object(self));
}

/* ---- exporting ---------------------------------------------------------------------------------------------------------------------- */
static int get_buffer(Thread *t, Value self, Buffer *view, int flags) {
    MemoryView *v = as(MemoryView, self);
    if (released(t, v) < 0) return -1;
    if ((flags & BUFFER_WRITABLE) && v->readonly) return err_int(err_set(t, E_BufferError, "memoryview: underlying buffer is not writable"));
    if ((flags & BUFFER_STRIDES) != BUFFER_STRIDES && !c_contiguous(v))
        return err_int(err_set(t, E_BufferError, "memoryview: underlying buffer is not C-contiguous"));
    if ((flags & BUFFER_INDIRECT) != BUFFER_INDIRECT && v->indirect)
        return err_int(err_set(t, E_BufferError, "memoryview: underlying buffer requires suboffsets"));
    if (!use_begin(t, v, &v->x_exports)) return forbidden(t);
    *view = (Buffer){.data = v->data, .owner = ref_new(t, self), .len = v->len, .item_size = v->item_size, .readonly = v->readonly, .ndim = v->ndim};
    if (flags & BUFFER_FORMAT) view->format = v->format;
    if ((flags & BUFFER_ND) == BUFFER_ND) view->shape = view_shape(v);
    else view->ndim = 1;
    if ((flags & BUFFER_STRIDES) == BUFFER_STRIDES) view->strides = view_strides(v);
    if ((flags & BUFFER_INDIRECT) == BUFFER_INDIRECT && v->indirect) view->suboffsets = view_suboffsets(v);
    return 0;
}
static void release_buffer(Thread *t, Value self, Buffer *view) { exports_add(t, value_object(self), &as(MemoryView, self)->x_exports, -1); }

/* ---- iterator --------------------------------------------------------------------------------------------------------------------------- */
static void iter_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((SeqIter *)o)->source, visit, arg); }
static void iter_clear(Thread *t, Object *o) { slot_set(t, o, &((SeqIter *)o)->source, REF_NULL); }
static Ref iter_step(Thread *t, Value self) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    Value source = slot_get(&it->source);
    if (i < 0 || value_is_null(source)) return REF_NULL;
    MemoryView *v = as(MemoryView, source);
    if (i >= view_shape(v)[0]) {
        store_relaxed(&it->x_index, -1);
        return REF_NULL;
    }
    store_relaxed(&it->x_index, i + 1);
    if (released(t, v) < 0) return REF_NULL;
    return item_at(t, v, v->code, step(v, 0, v->data, i));
}
static Ref iter_next_item(Thread *t, Value self) { return step_at_once(t, self, iter_step); }
Type memory_iter_type = {
    TYPE_HEADER(SeqIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, iter_traverse, iter_clear, iter_clear),
    .name = "memory_iterator",
    .iter = iter_self,
    .next = iter_next_item,
};
static Ref iter(Thread *t, Value self) {
    MemoryView *v = as(MemoryView, self);
    if (released(t, v) < 0) return REF_NULL;
    if (v->ndim == 0) return err_set(t, E_TypeError, "invalid indexing of 0-dim memory");
    if (v->ndim != 1) return err_set(t, E_NotImplementedError, "multi-dimensional sub-views are not implemented");
    if (native_code(t, v) == 0) return REF_NULL;
    SeqIter *it = object_new(SeqIter, t, &memory_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->source, ref_new(t, self));
    return ref_steal(it);
}

Type memoryview_type = {
    TYPE_HEADER(MemoryView, TYPE_CONTAINER | TYPE_WEAKREFABLE | TYPE_SEQUENCE, view_traverse, NULL, view_destroy),
    .name = "memoryview",
    .doc = "memoryview(object)\n--\n\nA view on the memory of an object that supports the buffer protocol.",
    .weakrefs_offset = offsetof(MemoryView, weakrefs),
    .methods = methods,
    .getset = getset,
    .repr = repr,
    .hash = hash,
    .richcompare = compare,
    .iter = iter,
    .new_ = view_new,
    .len = len,
    .getitem = getitem,
    .setitem = setitem,
    .get_buffer = get_buffer,
    .release_buffer = release_buffer,
};
