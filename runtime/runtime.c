#include "runtime/runtime.h"
#include "runtime/abstract.h"
#include "runtime/codecs.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/modules/kit.h"
#include "runtime/module.h"
#include "runtime/modules/_warnings.h"
#include "runtime/modules/atexit.h"
#include "runtime/modules/faulthandler.h"
#include "runtime/modules/gc.h"
#include "runtime/modules/sys.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include "runtime/thread_state.h"
#include "runtime/type_internal.h"
#include "runtime/weakref.h"

VmTypesInit vm_types_init;

/* Types that types_init doesn't know, since no header but their own names them. */
static int more_types(Thread *t) {
    static Type *const all[] = {
        &seq_iter_type, &call_iter_type, &list_iter_type, &list_reverse_iter_type, &tuple_iter_type, &range_iter_type, &long_range_iter_type,
        &dict_keys_type, &dict_values_type, &dict_items_type, &dict_key_iter_type, &dict_value_iter_type, &dict_item_iter_type,
        &dict_reverse_key_iter_type, &dict_reverse_value_iter_type, &dict_reverse_item_iter_type, &set_iter_type};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (type_ready(t, all[i]) < 0) return -1;
    return 0;
}

void runtime_visit_roots(VisitFn visit, void *arg) {
    types_visit_roots(visit, arg);
    modules_visit_roots(visit, arg);
    sys_hooks_visit_roots(visit, arg);
    faulthandler_visit_roots(visit, arg);
    warnings_visit_roots(visit, arg);
    atexit_visit_roots(visit, arg);
    gc_visit_roots(visit, arg);
    kit_visit_roots(visit, arg);
}

static void hook_fork_child(Thread *t) { types_fork_child(); }

static const char *hook_type_name(Type *type) { return type->name; }

int runtime_init(Thread *t) {
    alloc_hooks.clear_weakrefs = weakref_clear_all;
    alloc_hooks.unraisable = err_unraisable;
    alloc_hooks.type_name = hook_type_name;
    alloc_hooks.fork_child = hook_fork_child;
    alloc_hooks.async_exception = thread_async_exception;
    if (str_init(t) < 0 || names_init(t) < 0 || types_init(t) < 0 || exceptions_init(t) < 0 || more_types(t) < 0) return -1;
    if (vm_types_init != NULL && vm_types_init(t) < 0) return -1;
    if (text_init(t) < 0 || modules_init(t) < 0) return -1;
    gc_hooks_init(t);
    return 0;
}
