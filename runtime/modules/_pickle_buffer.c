/* pickle.PickleBuffer: a view on a buffer that may travel out of band. See _pickle.h.
 *
 * It holds a buffer of its source, as a memoryview does, until release(), which may run while other threads take views: it takes the buffer out under the
 * object's lock, and views hold the source themselves. */
#include "runtime/modules/_pickle.h"

typedef struct PickleBuffer {
    Object base;
    Buffer view;     /* owner null: released; lock */
    Slot weakrefs;
} PickleBuffer;

static void buffer_traverse(Object *o, VisitFn visit, void *arg) {
    Value owner = ref_borrow(((PickleBuffer *)o)->view.owner);
    if (value_is_object(owner)) visit(arg, owner);
}
static void buffer_close(Thread *t, Object *o) {
    PickleBuffer *b = (PickleBuffer *)o;
    Buffer view;
    CRITICAL_BEGIN(t, o)
    view = b->view;
    b->view.owner = REF_NULL;
    CRITICAL_END(t)
    if (!ref_is_null(view.owner)) buffer_release(t, &view);
}

static Ref source_of(Thread *t, Value self) {
    Ref v;
    CRITICAL_BEGIN(t, value_object(self))
    v = ref_new(t, ref_borrow(as(PickleBuffer, self)->view.owner));
    CRITICAL_END(t)
    return ref_is_null(v) ? err_set(t, E_ValueError, "operation forbidden on released PickleBuffer object") : v;
}

static Ref buffer_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "PickleBuffer", kwnames) < 0) return REF_NULL;
    if (nargs != 1) return err_set(t, E_TypeError, "PickleBuffer() takes exactly 1 positional argument (%zu given)", nargs);
    PickleBuffer *b = kit_instance(t, cls);
    if (b == NULL || buffer_get(t, args[0], &b->view, BUFFER_INDIRECT | BUFFER_FORMAT) == 0) return b == NULL ? REF_NULL : ref_steal(b);
    b->view.owner = REF_NULL;
    ref_drop(t, ref_steal(b));
    return REF_NULL;
}

static int buffer_get_slot(Thread *t, Value self, Buffer *view, int flags) {
    Ref source = source_of(t, self);
    if (ref_is_null(source)) return -1;
    int status = buffer_get(t, ref_borrow(source), view, flags); /* the view belongs to the source, which gets it back */
    ref_drop(t, source);
    return status;
}

bool pickle_contiguous(const Buffer *b, char order) {
    if (b->strides == NULL || b->len == 0) return true;
    bool c = true, f = true;
    int64_t step = b->item_size;
    for (int i = b->ndim - 1; i >= 0; i--) {
        if (b->shape[i] != 1 && b->strides[i] != step) c = false;
        step *= b->shape[i];
    }
    step = b->item_size;
    for (int i = 0; i < b->ndim; i++) {
        if (b->shape[i] != 1 && b->strides[i] != step) f = false;
        step *= b->shape[i];
    }
    if (b->suboffsets != NULL)
        for (int i = 0; i < b->ndim; i++)
            if (b->suboffsets[i] >= 0) c = f = false;
    return order == 'C' ? c : order == 'F' ? f : c || f;
}

static Ref m_raw(Thread *t, Value self, const Value *a) {
    Ref source = source_of(t, self), view, r = REF_NULL;
    if (ref_is_null(source)) return source;
    const Buffer *b = &as(PickleBuffer, self)->view; /* its geometry never changes */
    if (!pickle_contiguous(b, 'A')) {
        err_set(t, E_BufferError, "cannot extract raw buffer from non-contiguous buffer");
    } else if (!pickle_contiguous(b, 'C')) {
        r = memoryview_from_memory(t, b->data, (size_t)b->len, b->readonly, self);
    } else {
        view = memoryview_new(t, self);
        Ref format = str_from_char(t, 'B');
        if (!ref_is_null(view)) r = call_method1(t, ref_borrow(view), str_intern_cstr(t, "cast"), ref_borrow(format));
        ref_drop(t, view);
    }
    ref_drop(t, source);
    return r;
}
static Ref m_release(Thread *t, Value self, const Value *a) {
    buffer_close(t, value_object(self));
    return REF_NONE;
}

static NativeDef methods[] = {
    FN("raw", "!($self, /)", m_raw, "Return a memoryview of the raw memory underlying this buffer.\n\nRaises BufferError if it isn't contiguous."),
    FN("release", "!($self, /)", m_release, "Release the underlying buffer exposed by the PickleBuffer object."),
    FN_END,
};
Type pickle_buffer_type = {
    TYPE_HEADER(PickleBuffer, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, buffer_traverse, NULL, buffer_close),
    .name = "pickle.PickleBuffer", .doc = "Wrapper for potentially out-of-band buffers", .weakrefs_offset = offsetof(PickleBuffer, weakrefs),
    .new_ = buffer_new, .get_buffer = buffer_get_slot, .methods = methods,
};
