/* atexit: functions that run when the interpreter ends, the last registered first. */
#include "runtime/modules/atexit.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"

/* List of (function, args tuple, kwargs dict or None): a root. Made at start, so that nobody races for making it. */
static Slot callbacks;
static _Atomic bool x_running; /* what is registered meanwhile isn't kept */

void atexit_visit_roots(VisitFn visit, void *arg) { slot_visit(&callbacks, visit, arg); }

static Value list(Thread *t) { return slot_get(&callbacks); }

static Ref atexit_register(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs == 0) return err_set(t, E_TypeError, "register() takes at least 1 argument (0 given)");
    if (!is_callable(args[0])) return err_set(t, E_TypeError, "the first argument must be callable");
    Ref rest = tuple_from_array(t, args + 1, nargs - 1), kwargs = REF_NONE, entry = REF_NULL;
    if (ref_is_null(rest)) return REF_NULL;
    size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
    if (nkw > 0) kwargs = dict_new(t);
    for (size_t i = 0; i < nkw && !ref_is_null(kwargs); i++) {
        if (dict_set(t, ref_borrow(kwargs), tuple_get(kwnames, i), args[nargs + i]) < 0) {
            ref_drop(t, kwargs);
            kwargs = REF_NULL;
        }
    }
    if (!ref_is_null(kwargs)) entry = tuple_pack(t, 3, args[0], ref_borrow(rest), ref_borrow(kwargs));
    ref_drop(t, rest);
    ref_drop(t, kwargs);
    if (ref_is_null(entry)) return REF_NULL;
    if (load_relaxed(&x_running)) ref_drop(t, entry);
    else if (list_append_steal(t, list(t), entry) < 0) return REF_NULL;
    return ref_new(t, args[0]);
}

void atexit_run(Thread *t) {
    Ref all = slot_ref(t, &callbacks);
    if (ref_is_null(all)) return;
    store_relaxed(&x_running, true);
    while (list_size(ref_borrow(all)) > 0) {
        Ref entry = list_pop(t, ref_borrow(all), -1);
        if (ref_is_null(entry)) { /* another thread has just taken the last one out */
            err_clear(t);
            break;
        }
        Value e = ref_borrow(entry);
        Ref r = call_tuple_dict(t, tuple_get(e, 0), tuple_get(e, 1), value_is_none(tuple_get(e, 2)) ? VALUE_NULL : tuple_get(e, 2));
        if (ref_is_null(r)) err_unraisable(t, "in atexit callback", tuple_get(e, 0));
        ref_drop(t, r);
        ref_drop(t, entry);
    }
    store_relaxed(&x_running, false);
    ref_drop(t, all);
}

static Ref atexit_run_all(Thread *t, Value self, const Value *a) {
    atexit_run(t);
    return REF_NONE;
}
static Ref atexit_clear(Thread *t, Value self, const Value *a) {
    list_clear(t, list(t));
    return REF_NONE;
}
static Ref atexit_count(Thread *t, Value self, const Value *a) { return ref_small_int(list_size(list(t))); }

static Ref atexit_unregister(Thread *t, Value self, const Value *a) {
    for (int64_t i = (int64_t)list_size(list(t)) - 1; i >= 0; i--) {
        Value entry = list_get(list(t), i);
        if (value_is_null(entry)) continue;
        Ref hold = ref_new(t, entry);
        int equal = values_equal(t, tuple_get(entry, 0), a[0]);
        Ref gone = REF_NULL;
        CRITICAL_BEGIN(t, value_object(list(t)))
        if (equal > 0 && value_is(list_get(list(t), (size_t)i), entry)) gone = list_pop(t, list(t), i);
        CRITICAL_END(t)
        ref_drop(t, gone);
        ref_drop(t, hold);
        if (equal < 0) return REF_NULL;
    }
    return REF_NONE;
}

static NativeDef functions[] = {
    FN("_clear", "!($module)", atexit_clear, "Forgets all functions."),
    FN("_ncallbacks", "!($module)", atexit_count, "How many functions are registered."),
    FN("_run_exitfuncs", "!($module)", atexit_run_all, "Runs all functions."),
    FN_RAW("register", NULL, atexit_register, "register(func, *args, **kwargs) -> func\n\nRegisters a function to be run at the end."),
    FN("unregister", "!($module, func, /)", atexit_unregister, "Forgets a function."),
    FN_END};

int module_init_atexit(Thread *t, Value m) {
    if (value_is_null(slot_get(&callbacks))) {
        Ref l = list_new(t, 0);
        if (ref_is_null(l)) return -1;
        publish(t, ref_borrow(l));
        slot_init(&callbacks, l);
    }
    return module_add_functions(t, m, functions);
}
