/* gc: the collector's controls. See alloc/collect.h. */
#include "runtime/modules/sys.h"
#include "runtime/modules/gc.h"
#include "alloc/collect.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/str.h"

static Slot callbacks, garbage; /* roots: lists, made with the module */

void gc_visit_roots(VisitFn visit, void *arg) {
    slot_visit(&callbacks, visit, arg);
    slot_visit(&garbage, visit, arg);
}

/* ---- hooks ------------------------------------------------------------------------------------------------------ */

static void call_back(Thread *t, const char *phase, int generation, int64_t collected, int64_t uncollectable) {
    Value list = slot_get(&callbacks);
    if (value_is_null(list) || list_size(list) == 0) return;
    Ref saved = err_fetch(t), info = dict_new(t), name = str_from_cstr(t, phase);
    if (!ref_is_null(info) && !ref_is_null(name) &&
        dict_set_cstr(t, ref_borrow(info), "generation", small_int(generation)) == 0 &&
        dict_set_cstr(t, ref_borrow(info), "collected", small_int(collected)) == 0 &&
        dict_set_cstr(t, ref_borrow(info), "uncollectable", small_int(uncollectable)) == 0) {
        for (size_t i = 0;; i++) {
            Value f = list_get(list, i);
            if (value_is_null(f)) break;
            Ref hold = ref_new(t, f), r = call2(t, ref_borrow(hold), ref_borrow(name), ref_borrow(info));
            if (ref_is_null(r)) err_unraisable(t, "in calling gc callback", ref_borrow(hold));
            ref_drop(t, r);
            ref_drop(t, hold);
        }
    }
    ref_drop(t, info);
    ref_drop(t, name);
    err_clear(t);
    t->exc = saved;
}

static void save(Thread *t, Object *o) {
    Value list = slot_get(&garbage);
    if (!value_is_null(list) && list_append(t, list, object_value(o)) < 0) err_clear(t);
}

void gc_hooks_init(Thread *t) {
    alloc_hooks.gc_callbacks = call_back;
    alloc_hooks.save_garbage = save;
}

/* ---- functions --------------------------------------------------------------------------------------------------- */

static Ref m_collect(Thread *t, Value self, const Value *a) {
    int generation = GC_GENERATIONS - 1;
    if (!value_is_null(a[0]) && as_int(t, a[0], &generation) < 0) return REF_NULL;
    if (generation < 0 || generation >= GC_GENERATIONS) return err_set(t, E_ValueError, "invalid generation");
    return int_from_i64(t, collect(t, generation));
}
static Ref m_enable(Thread *t, Value self, const Value *a) {
    collector_enable(true);
    return REF_NONE;
}
static Ref m_disable(Thread *t, Value self, const Value *a) {
    collector_enable(false);
    return REF_NONE;
}
static Ref m_isenabled(Thread *t, Value self, const Value *a) { return ref_bool(collector_enabled()); }
static Ref m_get_debug(Thread *t, Value self, const Value *a) { return ref_small_int(gc_get_debug()); }
static Ref m_set_debug(Thread *t, Value self, const Value *a) {
    int flags;
    if (as_int(t, a[0], &flags) < 0) return REF_NULL;
    gc_set_debug(flags);
    return REF_NONE;
}

static Ref three(Thread *t, const int64_t v[GC_GENERATIONS]) {
    return tuple_from_steal(t, (Ref[]){int_from_i64(t, v[0]), int_from_i64(t, v[1]), int_from_i64(t, v[2])}, 3);
}
static Ref m_get_count(Thread *t, Value self, const Value *a) {
    int64_t v[GC_GENERATIONS];
    gc_get_count(t, v);
    return three(t, v);
}
static Ref m_get_threshold(Thread *t, Value self, const Value *a) {
    int64_t v[GC_GENERATIONS];
    gc_get_threshold(v);
    return three(t, v);
}
static Ref m_set_threshold(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "set_threshold", kwnames) < 0) return REF_NULL;
    if (nargs < 1) return err_set(t, E_TypeError, "set_threshold() takes at least 1 argument (0 given)");
    if (nargs > 3) return err_set(t, E_TypeError, "set_threshold() takes at most 3 arguments (%zu given)", nargs);
    int64_t v[GC_GENERATIONS];
    gc_get_threshold(v);
    for (size_t i = 0; i < nargs; i++) {
        int n;
        if (as_int(t, args[i], &n) < 0) return REF_NULL;
        v[i] = n;
    }
    gc_set_threshold(v);
    return REF_NONE;
}

static Ref m_get_stats(Thread *t, Value self, const Value *a) {
    Ref list = list_new(t, GC_GENERATIONS);
    for (int g = 0; g < GC_GENERATIONS && !ref_is_null(list); g++) {
        GcStats s = gc_stats(g);
        Ref d = dict_new(t);
        if (ref_is_null(d) || dict_set_cstr(t, ref_borrow(d), "collections", small_int(s.collections)) < 0 ||
            dict_set_cstr(t, ref_borrow(d), "collected", small_int(s.collected)) < 0 ||
            dict_set_cstr(t, ref_borrow(d), "uncollectable", small_int(s.uncollectable)) < 0) {
            ref_drop(t, d);
            ref_drop(t, list);
            return REF_NULL;
        }
        if (list_append_steal(t, ref_borrow(list), d) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}

static Ref to_list(Thread *t, int64_t n, Ref *found) {
    if (n < 0) return REF_NULL;
    Ref list = list_from_steal(t, found, n);
    mem_free(found);
    return list;
}
static int audit_objects(Thread *t, const char *event, const Value *args, size_t n) {
    if (likely(!audited())) return 0;
    Ref objects = tuple_from_array(t, args, n);
    int bad = ref_is_null(objects) ? -1 : audit(t, event, (Value[]){ref_borrow(objects)}, 1);
    ref_drop(t, objects);
    return bad;
}
static Ref m_get_objects(Thread *t, Value self, const Value *a) {
    int generation = -1;
    if (audit(t, "gc.get_objects", (Value[]){value_is_null(a[0]) ? VALUE_NONE : a[0]}, 1) < 0) return REF_NULL;
    if (!value_is_null(a[0]) && !value_is_none(a[0])) {
        if (as_int(t, a[0], &generation) < 0) return REF_NULL;
        if (generation >= GC_GENERATIONS)
            return err_set(t, E_ValueError, "generation parameter must be less than the number of available generations (%d)", GC_GENERATIONS);
        if (generation < 0) return err_set(t, E_ValueError, "generation parameter cannot be negative");
    }
    Ref *found;
    int64_t n = gc_get_objects(t, generation, &found);
    return to_list(t, n, found);
}
static Ref m_get_referrers(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "get_referrers", kwnames) < 0) return REF_NULL;
    Ref *found;
    if (audit_objects(t, "gc.get_referrers", args, nargs) < 0) return REF_NULL;
    int64_t n = gc_get_referrers(t, args, (int64_t)nargs, &found);
    return to_list(t, n, found);
}
/* Numbers that stand in the words themselves aren't objects to the collector: those in lists, tuples, dicts and sets, appended to `list`. */
static int add_number(Thread *t, Value list, Value v) { return value_is_null(v) || value_is_object(v) ? 0 : list_append(t, list, v); }
static int add_numbers(Thread *t, Value list, Value of) {
    int bad = 0;
    size_t pos = 0;
    Value k, v;
    if (is_tuple(of)) {
        for (size_t i = 0; i < tuple_size(of) && bad == 0; i++) bad = add_number(t, list, tuple_get(of, i));
    } else if (is_list(of)) {
        for (size_t i = 0; i < list_size(of) && bad == 0; i++) bad = add_number(t, list, list_get(of, i));
    } else if (is_dict(of)) {
        while (bad == 0 && dict_next(of, &pos, &k, &v)) bad = add_number(t, list, k) < 0 ? -1 : add_number(t, list, v);
    } else if (is_a(of, TYPE_SET)) {
        while (bad == 0 && set_next(of, &pos, &k)) bad = add_number(t, list, k);
    }
    return bad;
}
static Ref m_get_referents(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "get_referents", kwnames) < 0) return REF_NULL;
    Ref *found;
    if (audit_objects(t, "gc.get_referents", args, nargs) < 0) return REF_NULL;
    int64_t n = gc_get_referents(t, args, (int64_t)nargs, &found);
    Ref r = to_list(t, n, found);
    for (size_t i = 0; i < nargs && !ref_is_null(r); i++) {
        if (add_numbers(t, ref_borrow(r), args[i]) == 0) continue;
        ref_drop(t, r);
        r = REF_NULL;
    }
    return r;
}

static Ref m_freeze(Thread *t, Value self, const Value *a) {
    gc_freeze(t);
    return REF_NONE;
}
static Ref m_unfreeze(Thread *t, Value self, const Value *a) {
    gc_unfreeze(t);
    return REF_NONE;
}
static Ref m_freeze_count(Thread *t, Value self, const Value *a) { return int_from_i64(t, gc_freeze_count(t)); }
static Ref m_is_tracked(Thread *t, Value self, const Value *a) {
    return ref_bool(gc_is_tracked(a[0]) && !(is_type(a[0]) && !type_flag(as(Type, a[0]), TYPE_HEAP))); /* static types are no garbage */
}
static Ref m_is_finalized(Thread *t, Value self, const Value *a) {
    return ref_bool(value_is_object(a[0]) && object_finalized(value_object(a[0])));
}

static NativeDef functions[] = {
    FN("collect", "($module, /, generation=2)", m_collect, "Collects, and gives the number of unreachable objects found."),
    FN("disable", "($module, /)", m_disable, "Stops automatic collection."),
    FN("enable", "($module, /)", m_enable, "Starts automatic collection."),
    FN("freeze", "($module, /)", m_freeze, "Leaves all present objects out of later collections."),
    FN("get_count", "($module, /)", m_get_count, "The three counters of allocations and collections."),
    FN("get_debug", "($module, /)", m_get_debug, "The debugging flags."),
    FN("get_freeze_count", "($module, /)", m_freeze_count, "How many objects are frozen."),
    FN("get_objects", "($module, /, generation=None)", m_get_objects, "The objects that the collector knows."),
    FN_RAW("get_referents", NULL, m_get_referents, "get_referents(*objs) -> list\n\nWhat the objects refer to."),
    FN_RAW("get_referrers", NULL, m_get_referrers, "get_referrers(*objs) -> list\n\nWhat refers to the objects."),
    FN("get_stats", "($module, /)", m_get_stats, "Figures about each generation."),
    FN("get_threshold", "($module, /)", m_get_threshold, "The thresholds of collections."),
    FN("is_finalized", "($module, obj, /)", m_is_finalized, "Whether the object's finalizer has run."),
    FN("is_tracked", "($module, obj, /)", m_is_tracked, "Whether the collector looks at the object."),
    FN("isenabled", "($module, /)", m_isenabled, "Whether collection is automatic."),
    FN("set_debug", "($module, flags, /)", m_set_debug, "Sets the debugging flags."),
    FN_RAW("set_threshold", NULL, m_set_threshold, "set_threshold(threshold0, [threshold1, threshold2]) -> None\n\nSets the thresholds of collections."),
    FN("unfreeze", "($module, /)", m_unfreeze, "Takes frozen objects back."),
    FN_END};

int module_init_gc(Thread *t, Value m) {
    Slot *slots[] = {&callbacks, &garbage};
    static const char *const names_[] = {"callbacks", "garbage"};
    for (size_t i = 0; i < 2; i++) {
        if (value_is_null(slot_get(slots[i]))) {
            Ref list = list_new(t, 0);
            if (ref_is_null(list)) return -1;
            publish(t, ref_borrow(list));
            slot_init(slots[i], list);
        }
        if (module_set(t, m, names_[i], slot_get(slots[i])) < 0) return -1;
    }
    if (module_add_int(t, m, "DEBUG_STATS", GC_DEBUG_STATS) < 0 || module_add_int(t, m, "DEBUG_COLLECTABLE", GC_DEBUG_COLLECTABLE) < 0 ||
        module_add_int(t, m, "DEBUG_UNCOLLECTABLE", GC_DEBUG_UNCOLLECTABLE) < 0 ||
        module_add_int(t, m, "DEBUG_SAVEALL", GC_DEBUG_SAVEALL) < 0 ||
        module_add_int(t, m, "DEBUG_LEAK", GC_DEBUG_COLLECTABLE | GC_DEBUG_UNCOLLECTABLE | GC_DEBUG_SAVEALL) < 0)
        return -1;
    return module_add_functions(t, m, functions);
}
