/* _weft: what only this interpreter has: counters, pauses, the state of objects. */
#include "alloc/collect.h"
#include "alloc/stats.h"
#include "runtime/build_id.h"
#include "runtime/abstract.h"
#include "runtime/config.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/str.h"

/* dict_set_cstr for a number; consumes nothing */
static int put(Thread *t, Value d, const char *name, int64_t i) {
    Ref v = int_from_i64(t, i);
    int bad = ref_is_null(v) ? -1 : dict_set_cstr(t, d, name, ref_borrow(v));
    ref_drop(t, v);
    return bad;
}

static Ref w_stats(Thread *t, Value self, const Value *a) {
    Stats s;
    stats_read(t, &s);
    Ref d = dict_new(t);
    if (ref_is_null(d)) return REF_NULL;
    int bad = 0;
#define X(name, text)                                                                                                          \
    if (bad == 0) bad = put(t, ref_borrow(d), #name, s.name);
    STATS_LIST(X)
#undef X
    if (bad == 0) return d;
    ref_drop(t, d);
    return REF_NULL;
}

static Ref w_pauses(Thread *t, Value self, const Value *a) {
    GcPauses p = gc_pauses();
    Ref d = dict_new(t);
    if (ref_is_null(d)) return REF_NULL;
    if (put(t, ref_borrow(d), "count", p.count) == 0 && put(t, ref_borrow(d), "max_ns", p.max_ns) == 0 &&
        put(t, ref_borrow(d), "total_ns", p.total_ns) == 0)
        return d;
    ref_drop(t, d);
    return REF_NULL;
}

/* "immediate", "uncounted", "local" or "shared" */
static Ref w_state(Thread *t, Value self, const Value *a) {
    const char *s = !value_is_object(a[0])              ? "immediate"
                    : is_uncounted(value_object(a[0]))  ? "uncounted"
                    : is_local(t, value_object(a[0])) ? "local"
                                                        : "shared";
    return str_from_cstr(t, s);
}

static Ref w_fail_allocations(Thread *t, Value self, const Value *a) {
    int64_t after, count = 1;
    if (as_i64(t, a[0], &after) < 0 || (!value_is_null(a[1]) && as_i64(t, a[1], &count) < 0)) return REF_NULL;
    return int_from_i64(t, fail_allocations(after, count));
}

static NativeDef functions[] = {
    FN("fail_allocations", "($module, after, count=1, /)", w_fail_allocations,
       "For tests: after so many allocations, count of them fail. Negative: none. Returns how many of an earlier call's were left."),
    FN("pauses", "($module, /)", w_pauses, "How often and how long the collector stopped the world."),
    FN("state", "($module, obj, /)", w_state, "How the object is held: 'immediate', 'uncounted', 'local' or 'shared'."),
    FN("stats", "($module, /)", w_stats, "The counters of a stats build: all 0 in others."),
    FN_END};

#if defined(WEFT_REFCOUNT_atomic)
#define REFCOUNT "atomic"
#elif defined(WEFT_REFCOUNT_plain)
#define REFCOUNT "plain"
#else
#define REFCOUNT "biased"
#endif
#if defined(WEFT_LOCKS_always)
#define LOCKS "always"
#else
#define LOCKS "shared"
#endif

int module_init__weft(Thread *t, Value m) {
    if (module_set(t, m, "gil_build", value_bool(WEFT_GIL)) < 0 || module_set(t, m, "stats_build", value_bool(WEFT_STATS)) < 0 ||
        module_set(t, m, "debug_build", value_bool(WEFT_DEBUG)) < 0 || module_add_cstr(t, m, "refcount", REFCOUNT) < 0 ||
        module_add_cstr(t, m, "locks", LOCKS) < 0 || module_add_int(t, m, "build_id", WEFT_BUILD_ID) < 0)
        return -1;
    if (config.weft_home != NULL && module_set_steal(t, m, "home", str_from_fs(t, config.weft_home, strlen(config.weft_home))) < 0) return -1;
    return module_add_functions(t, m, functions);
}
