#include "runtime/modules/kit.h"
#include "runtime/dict.h"
#include "runtime/genericalias.h"
#include "runtime/names.h"

Ref kit_reduce(Thread *t, Value callable, const Value *args, size_t n, Value state) {
    Ref tuple = tuple_from_array(t, args, n);
    if (ref_is_null(tuple)) return tuple;
    Ref r = value_is_null(state) ? tuple_pack(t, 2, callable, ref_borrow(tuple)) : tuple_pack(t, 3, callable, ref_borrow(tuple), state);
    ref_drop(t, tuple);
    return r;
}

Ref kit_reduce_builtin(Thread *t, const char *function, const Value *args, size_t n, Value state) {
    Ref callable = import_attr(t, "builtins", function);
    if (ref_is_null(callable)) return callable;
    Ref r = kit_reduce(t, ref_borrow(callable), args, n, state);
    ref_drop(t, callable);
    return r;
}

Ref kit_class_getitem(Thread *t, Value cls, const Value *a) { return generic_alias_new(t, cls, a[0]); }

Ref kit_exception(Thread *t, const char *module, const char *name, const Type *base) {
    Ref ns = dict_new(t), bases = REF_NULL, r = REF_NULL, module_name = REF_NULL, class_name = REF_NULL;
    if (!ref_is_null(ns)) module_name = str_from_cstr(t, module);
    if (!ref_is_null(module_name) && dict_set(t, ref_borrow(ns), N(__module__), ref_borrow(module_name)) == 0) bases = tuple_pack(t, 1, type_value(base));
    if (!ref_is_null(bases)) class_name = str_from_cstr(t, name);
    if (!ref_is_null(class_name)) r = call3(t, type_value(&type_type), ref_borrow(class_name), ref_borrow(bases), ref_borrow(ns));
    ref_drop(t, class_name);
    ref_drop(t, module_name);
    ref_drop(t, bases);
    ref_drop(t, ns);
    return r;
}

#define ROOTS_MAX 256
static Slot *roots[ROOTS_MAX];
static _Atomic size_t x_root_count;

void kit_root(Thread *t, Slot *slot, Ref r) {
    publish(t, ref_borrow(r));
    store_release(&slot->x_bits, r.bits);
    size_t i = add_acq_rel(&x_root_count, 1); /* modules start under locks of their own */
    ENSURE(i < ROOTS_MAX);
    roots[i] = slot;
}

void kit_visit_roots(VisitFn visit, void *arg) {
    for (size_t i = 0, n = load_acquire(&x_root_count); i < n; i++)
        if (roots[i] != NULL) slot_visit(roots[i], visit, arg);
}

int kit_constants(Thread *t, Value module, const KitConstant *constants) {
    for (; constants->name != NULL; constants++)
        if (module_add_int(t, module, constants->name, constants->value) < 0) return -1;
    return 0;
}

int kit_module(Thread *t, Value module, Type *const *types, NativeDef *functions, const char *doc) {
    for (; *types != NULL; types++)
        if (module_add_type(t, module, *types) < 0) return -1;
    if (functions != NULL && module_add_functions(t, module, functions) < 0) return -1;
    return doc == NULL ? 0 : module_add_cstr(t, module, "__doc__", doc);
}

int kit_writable(Thread *t, const char *function, Value v, Buffer *view) {
    if (buffer_get(t, v, view, BUFFER_WRITABLE) == 0) return 0;
    if (err_clear_if(t, E_TypeError) || err_clear_if(t, E_BufferError))
        err_set(t, E_TypeError, "%s() argument must be read-write bytes-like object, not %.50T", function, v);
    return -1;
}
