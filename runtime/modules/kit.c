#include "runtime/modules/kit.h"
#include "runtime/genericalias.h"

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

int kit_module(Thread *t, Value module, Type *const *types, NativeDef *functions, const char *doc) {
    for (; *types != NULL; types++)
        if (module_add_type(t, module, *types) < 0) return -1;
    if (functions != NULL && module_add_functions(t, module, functions) < 0) return -1;
    return doc == NULL ? 0 : module_add_cstr(t, module, "__doc__", doc);
}
