/* _weakref: what Debian's weakref.py and _weakrefset.py build on. */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/weakref_internal.h"

static Ref getweakrefcount(Thread *t, Value self, const Value *a) { return ref_small_int((int64_t)weakref_list(t, a[0], NULL, 0)); }

static Ref getweakrefs(Thread *t, Value self, const Value *a) {
    size_t n = weakref_list(t, a[0], NULL, 0);
    Ref *refs = n == 0 ? NULL : mem_alloc(n * sizeof(Ref));
    if (n > 0 && refs == NULL) return err_no_memory(t);
    if (n > 0) n = weakref_list(t, a[0], refs, n);
    Ref r = list_from_steal(t, refs, n);
    mem_free(refs);
    return r;
}

/* Deletes dict[key] if that is a dead weak reference. What another thread stored meanwhile goes back. */
static Ref remove_dead(Thread *t, Value self, const Value *a) {
    if (!is_dict(a[0])) return err_set(t, E_TypeError, "_remove_dead_weakref() argument 1 must be dict, not %.50G", a[0]);
    Ref found = REF_NULL;
    int has = dict_lookup(t, a[0], a[1], &found);
    if (has <= 0) return has < 0 ? REF_NULL : REF_NONE;
    bool dead = false;
    if (type_is_subtype(type_of(ref_borrow(found)), &weakref_type)) {
        Ref target = weakref_get(t, ref_borrow(found));
        dead = ref_is_null(target);
        ref_drop(t, target);
    }
    Ref gone = REF_NULL;
    has = dead ? dict_pop(t, a[0], a[1], &gone) : 0;
    if (has > 0 && !value_is(ref_borrow(gone), ref_borrow(found))) {
        Ref now = REF_NULL;
        has = dict_setdefault(t, a[0], a[1], ref_borrow(gone), &now);
        if (has >= 0) ref_drop(t, now);
    }
    if (!ref_is_null(gone)) ref_drop(t, gone);
    ref_drop(t, found);
    return has < 0 ? REF_NULL : REF_NONE;
}

static Ref proxy(Thread *t, Value self, const Value *a) {
    return weakref_make(t, is_callable(a[0]) ? &weakcallableproxy_type : &weakproxy_type, a[0], a[1]);
}

static NativeDef functions[] = {
    FN("getweakrefcount", "($module, object, /)", getweakrefcount, "Return the number of weak references to 'object'."),
    FN("getweakrefs", "($module, object, /)", getweakrefs, "Return a list of all weak reference objects pointing to 'object'."),
    FN("_remove_dead_weakref", "($module, dct, key, /)", remove_dead, "Atomically remove key from dict if it points to a dead weakref."),
    FN("proxy", "($module, object, callback=None, /)", proxy, "Create a proxy object that weakly references 'object'."),
    FN_END};

int module_init__weakref(Thread *t, Value m) {
    if (module_add_functions(t, m, functions) < 0 || module_set(t, m, "ref", type_value(&weakref_type)) < 0 ||
        module_set(t, m, "ReferenceType", type_value(&weakref_type)) < 0 || module_set(t, m, "ProxyType", type_value(&weakproxy_type)) < 0)
        return -1;
    return module_set(t, m, "CallableProxyType", type_value(&weakcallableproxy_type));
}
