/* ctypes.pythonapi: those functions of CPython's C API that programs in Python call by it. What they know as PyObject * is a word of ours (py_object).
 *
 * PyDLL calls them attached; an exception that they set is raised by the call. Capsules: a pointer with a name; their fields are atomics, since a C pointer that
 * two threads set is the program's own affair, as in CPython. */
#include "runtime/loadable/ctypes.h"
#include "runtime/thread_state.h"
#include <dlfcn.h>

static Value word(uint64_t w) { return (Value){w}; }

/* ---- threads, counts, odds and ends ------------------------------------------------------------------------------------------------------------ */
static int api_set_async_exc(unsigned long ident, uint64_t exception) { return thread_raise_in(thread_current(), ident, word(exception)); }
static void api_inc_ref(uint64_t o) { (void)ref_new(thread_current(), word(o)); }
static void api_dec_ref(uint64_t o) { ref_drop(thread_current(), (Ref){o & ~(uint64_t)TAG_LENT}); }
static int api_yes(void) { return 1; }
static int api_no(void) { return 0; }
static void api_nothing(void) {}
static const char *api_version(void) { return WEFT_PYTHON_VERSION_TEXT " (Weft)"; }
static uint64_t api_bytes(const char *p, ssize_t n) {
    Thread *t = thread_current();
    if (n < 0) return err_set(t, E_SystemError, "Negative size passed to PyBytes_FromStringAndSize").bits;
    Ref r = p != NULL ? bytes_new(t, p, (size_t)n) : bytes_new_uninit(t, (size_t)n);
    return r.bits;
}
static int optimize_flag;
/* The command's words as they were given; made when the module is, and kept. */
static wchar_t **command;
static int make_command(Thread *t) {
    size_t n = config.orig_argv.count;
    command = mem_zalloc((n + 1) * sizeof *command);
    if (command == NULL) return err_int(err_no_memory(t));
    for (size_t i = 0; i < n; i++) {
        const char *word = config.orig_argv.item[i];
        Ref s = str_from_fs(t, word, strlen(word));
        if (ref_is_null(s)) return -1;
        size_t length = str_length(ref_borrow(s));
        command[i] = mem_zalloc((length + 1) * sizeof **command);
        for (size_t k = 0; command[i] != NULL && k < length; k++) command[i][k] = (wchar_t)str_at(as(Str, ref_borrow(s)), k);
        ref_drop(t, s);
        if (command[i] == NULL) return err_int(err_no_memory(t));
    }
    return 0;
}
static void api_command(int *count, wchar_t ***words) {
    *count = (int)config.orig_argv.count;
    *words = command;
}

/* ---- buffers -------------------------------------------------------------------------------------------------------------------------------------- */
typedef struct PyBuffer { /* as CPython lays out its Py_buffer */
    void *data;
    uint64_t owner; /* 0: given back */
    int64_t len, item_size;
    int readonly, ndim;
    const char *format;
    int64_t *shape, *strides, *suboffsets;
    Buffer *own; /* mem_alloc'ed: what this one was made from */
} PyBuffer;
static int api_get_buffer(uint64_t o, PyBuffer *view, int flags) {
    Thread *t = thread_current();
    view->owner = 0;
    Buffer *own = mem_alloc(sizeof *own);
    if (own == NULL) return err_int(err_no_memory(t));
    if (buffer_get(t, word(o), own, flags) < 0) {
        mem_free(own);
        return -1;
    }
    *view = (PyBuffer){own->data, own->owner.bits, own->len, own->item_size, own->readonly, own->ndim, own->format, own->shape, own->strides, own->suboffsets, own};
    return 0;
}
static void api_release_buffer(PyBuffer *view) {
    if (view->owner == 0) return;
    buffer_release(thread_current(), view->own);
    mem_free(view->own);
    view->owner = 0;
}
static int api_has_buffer(uint64_t o) { return buffer_supported(word(o)); }

/* ---- capsules ------------------------------------------------------------------------------------------------------------------------------------ */
typedef struct Capsule {
    Object base;
    _Atomic(void *) x_pointer, x_context;
    _Atomic(const char *) x_name;
    _Atomic(void (*)(uint64_t capsule)) x_destructor;
} Capsule;

static void capsule_finalize(Thread *t, Object *o) {
    void (*destructor)(uint64_t) = load_relaxed(&((Capsule *)o)->x_destructor);
    if (destructor != NULL) destructor(object_value(o).bits);
}
static Ref capsule_repr(Thread *t, Value self) {
    const char *name = load_relaxed(&as(Capsule, self)->x_name), *quote = name != NULL ? "\"" : "";
    return str_format(t, "<capsule object %s%s%s at %p>", quote, name != NULL ? name : "NULL", quote, (void *)value_object(self));
}
static Type capsule_type = {
    TYPE_HEADER(Capsule, TYPE_NO_INSTANTIATION, NULL, NULL, NULL), .head.finalize = capsule_finalize, .name = "PyCapsule", .repr = capsule_repr,
    .doc = "A C pointer with a name, which one module in C gives another.",
};

static uint64_t capsule_new(void *p, const char *name, void (*destructor)(uint64_t)) {
    Thread *t = thread_current();
    if (p == NULL) return err_set(t, E_ValueError, "PyCapsule_New called with null pointer").bits;
    Capsule *c = object_new(Capsule, t, &capsule_type);
    if (c == NULL) return 0;
    store_relaxed(&c->x_pointer, p);
    store_relaxed(&c->x_name, name);
    store_relaxed(&c->x_destructor, destructor);
    return ref_steal(c).bits;
}
static bool is_capsule(uint64_t w) { return value_is_object(word(w)) && is_exact(word(w), &capsule_type) && load_relaxed(&as(Capsule, word(w))->x_pointer) != NULL; }
static Capsule *capsule_of(uint64_t w, const char *function) {
    if (is_capsule(w)) return as(Capsule, word(w));
    err_set(thread_current(), E_ValueError, "%s called with invalid PyCapsule object", function);
    return NULL;
}
static bool same_name(const char *a, const char *b) { return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0); }
static int capsule_is_valid(uint64_t w, const char *name) { return is_capsule(w) && same_name(name, load_relaxed(&as(Capsule, word(w))->x_name)); }
static void *capsule_get_pointer(uint64_t w, const char *name) {
    Capsule *c = capsule_of(w, "PyCapsule_GetPointer");
    if (c == NULL) return NULL;
    if (same_name(name, load_relaxed(&c->x_name))) return load_relaxed(&c->x_pointer);
    err_set(thread_current(), E_ValueError, "PyCapsule_GetPointer called with incorrect name");
    return NULL;
}
static int capsule_set_pointer(uint64_t w, void *p) {
    if (p == NULL) return err_int(err_set(thread_current(), E_ValueError, "PyCapsule_SetPointer called with null pointer"));
    Capsule *c = capsule_of(w, "PyCapsule_SetPointer");
    if (c != NULL) store_relaxed(&c->x_pointer, p);
    return c == NULL ? -1 : 0;
}
#define FIELD(Name, field, T)                                                                        \
    static T capsule_get_##field(uint64_t w) {                                                       \
        Capsule *c = capsule_of(w, "PyCapsule_Get" Name);                                            \
        return c == NULL ? NULL : load_relaxed(&c->x_##field);                                       \
    }                                                                                                \
    static int capsule_set_##field(uint64_t w, T v) {                                                \
        Capsule *c = capsule_of(w, "PyCapsule_Set" Name);                                            \
        if (c != NULL) store_relaxed(&c->x_##field, v);                                              \
        return c == NULL ? -1 : 0;                                                                   \
    }
typedef void (*Destructor)(uint64_t);
FIELD("Context", context, void *)
FIELD("Name", name, const char *)
FIELD("Destructor", destructor, Destructor)

/* ---- the table -------------------------------------------------------------------------------------------------------------------------------------- */
#define F(name, function) {name, (void *)(uintptr_t)(function)}
static const struct { const char *name; void *address; } table[] = {
    F("PyThreadState_SetAsyncExc", api_set_async_exc), F("Py_IncRef", api_inc_ref), F("Py_DecRef", api_dec_ref), F("Py_IsInitialized", api_yes),
    F("PyGILState_Check", api_yes), F("PyGILState_Ensure", api_no) /* PyGILState_LOCKED */, F("PyGILState_Release", api_nothing), F("Py_GetVersion", api_version),
    F("Py_GetArgcArgv", api_command),
    F("PyBytes_FromStringAndSize", api_bytes), F("PyOS_snprintf", snprintf), {"Py_OptimizeFlag", &optimize_flag},
    F("PyObject_GetBuffer", api_get_buffer), F("PyBuffer_Release", api_release_buffer), F("PyObject_CheckBuffer", api_has_buffer),
    F("PyCapsule_New", capsule_new), F("PyCapsule_IsValid", capsule_is_valid), F("PyCapsule_GetPointer", capsule_get_pointer),
    F("PyCapsule_SetPointer", capsule_set_pointer), F("PyCapsule_GetContext", capsule_get_context), F("PyCapsule_SetContext", capsule_set_context),
    F("PyCapsule_GetName", capsule_get_name), F("PyCapsule_SetName", capsule_set_name), F("PyCapsule_GetDestructor", capsule_get_destructor),
    F("PyCapsule_SetDestructor", capsule_set_destructor),
};

static void *program; /* the handle that dlopen(None) gives */

int ctypes_api_init(Thread *t) {
    program = dlopen(NULL, RTLD_NOW);
    optimize_flag = config.optimize;
    return make_command(t) < 0 ? -1 : type_ready(t, &capsule_type);
}

void *ctypes_api_find(void *handle, const char *name) {
    for (size_t i = 0; handle == program && i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0) return table[i].address;
    return NULL;
}
