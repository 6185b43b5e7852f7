/* _abc: what abc.ABCMeta does at each isinstance and issubclass.
 *
 * A class's caches are sets of type uids, which are never used again: so they need no weak references, and a hit writes nothing. They are
 * open-addressed arrays of atomic words; a writer holds the data object's lock, appends in place, and replaces a full array.
 *   reader: version, then array, then cells (acquire).   writer, new version: array = none, then version.
 */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"
#include "runtime/weakref.h"

typedef struct UidSet {
    uint32_t mask, count;
    _Atomic uint32_t x_cell[];
} UidSet;

typedef struct AbcData {
    Object base;
    Slot registry; /* list of weak references, or null */
    _Atomic(UidSet *) x_cache, x_negative;
    _Atomic uint64_t x_negative_version;
} AbcData;

static _Atomic uint64_t invalidation = 0; /* counts registrations: the negative caches of other times are void */

/* ---- caches --------------------------------------------------------------------------------------------------------- */

static uint32_t cell_of(uint32_t uid, uint32_t mask) { return (uid * 0x9E3779B9u >> 8) & mask; }

static bool uids_contain(_Atomic(UidSet *) *set, uint32_t uid) {
    UidSet *s = load_acquire(set);
    if (s == NULL || uid == 0) return false;
    for (uint32_t i = cell_of(uid, s->mask);; i = (i + 1) & s->mask) {
        uint32_t v = load_acquire(&s->x_cell[i]);
        if (v == uid) return true;
        if (v == 0) return false;
    }
}
static size_t set_bytes(uint32_t mask) { return sizeof(UidSet) + ((size_t)mask + 1) * sizeof(uint32_t); }
static void put(UidSet *s, uint32_t uid) {
    uint32_t i = cell_of(uid, s->mask), v;
    while ((v = load_relaxed(&s->x_cell[i])) != 0 && v != uid) i = (i + 1) & s->mask;
    if (v == uid) return;
    s->count++;
    store_release(&s->x_cell[i], uid);
}
/* Lock held. Without memory nothing is remembered. */
static void uids_add_locked(Thread *t, AbcData *d, _Atomic(UidSet *) *set, uint32_t uid) {
    UidSet *s = load_relaxed(set);
    if (uid == 0) return;
    if (s == NULL || 2 * (s->count + 1) > s->mask + 1) {
        uint32_t mask = s == NULL ? 7 : 2 * s->mask + 1;
        UidSet *bigger = mem_zalloc(set_bytes(mask));
        if (bigger == NULL) return;
        bigger->mask = mask;
        for (uint32_t i = 0; s != NULL && i <= s->mask; i++)
            if (load_relaxed(&s->x_cell[i]) != 0) put(bigger, load_relaxed(&s->x_cell[i]));
        store_release(set, bigger);
        if (s != NULL) storage_free(t, d, s, set_bytes(s->mask));
        s = bigger;
    }
    put(s, uid);
}
static void uids_clear_locked(Thread *t, AbcData *d, _Atomic(UidSet *) *set) {
    UidSet *s = load_relaxed(set);
    store_release(set, NULL);
    if (s != NULL) storage_free(t, d, s, set_bytes(s->mask));
}

static uint32_t uid_of(Value cls) { return is_type(cls) ? as(Type, cls)->head.uid : 0; }

static void cache_add(Thread *t, AbcData *d, Value cls) {
    CRITICAL_BEGIN(t, d) { uids_add_locked(t, d, &d->x_cache, uid_of(cls)); }
    CRITICAL_END(t)
}
/* `version`: what the invalidation count was when the answer was sought. */
static void negative_add(Thread *t, AbcData *d, Value cls, uint64_t version) {
    CRITICAL_BEGIN(t, d) {
        if (load_relaxed(&d->x_negative_version) < version) {
            uids_clear_locked(t, d, &d->x_negative);
            store_release(&d->x_negative_version, version);
        }
        if (load_relaxed(&d->x_negative_version) == version) uids_add_locked(t, d, &d->x_negative, uid_of(cls));
    }
    CRITICAL_END(t)
}
static bool negative_contains(AbcData *d, Value cls) {
    return load_acquire(&d->x_negative_version) == load_acquire(&invalidation) && uids_contain(&d->x_negative, uid_of(cls));
}

/* ---- the data object ---------------------------------------------------------------------------------------------------- */

static void data_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((AbcData *)o)->registry, visit, arg); }
static void data_destroy(Thread *t, Object *o) {
    AbcData *d = (AbcData *)o;
    slot_set(t, o, &d->registry, REF_NULL);
    mem_free(load_relaxed(&d->x_cache));
    mem_free(load_relaxed(&d->x_negative));
}
static Type abc_data_type = {
    TYPE_HEADER(AbcData, TYPE_CONTAINER | TYPE_UNCOUNTED, data_traverse, NULL, data_destroy), .name = "_abc._abc_data", .base = &object_type};

/* self._abc_impl; owned, or null with an exception */
static Ref data_of(Thread *t, Value self) {
    Ref r = get_attr(t, self, N(_abc_impl));
    if (ref_is_null(r) || is_exact(ref_borrow(r), &abc_data_type)) return r;
    err_set(t, E_TypeError, "_abc_impl is set to a wrong type");
    ref_drop(t, r);
    return REF_NULL;
}

/* ---- abstract methods ------------------------------------------------------------------------------------------------------ */

static int is_abstract(Thread *t, Value v) {
    Ref flag = get_attr_opt(t, v, N(__isabstractmethod__));
    if (ref_is_null(flag)) return err_pending(t) ? -1 : 0;
    int r = is_true(t, ref_borrow(flag));
    ref_drop(t, flag);
    return r;
}

static int own_abstract(Thread *t, Value self, Value found) {
    Ref dict = get_attr(t, self, N(__dict__)), items = ref_is_null(dict) ? REF_NULL : mapping_items(t, ref_borrow(dict));
    int failed = ref_is_null(items) ? -1 : 0;
    for (size_t i = 0; failed == 0 && i < list_size(ref_borrow(items)); i++) {
        Ref pair = ref_new(t, list_get(ref_borrow(items), i));
        int abstract = is_abstract(t, tuple_get(ref_borrow(pair), 1));
        failed = abstract < 0 ? -1 : abstract ? set_add(t, found, tuple_get(ref_borrow(pair), 0)) : 0;
        ref_drop(t, pair);
    }
    ref_drop(t, items);
    ref_drop(t, dict);
    return failed;
}

/* The abstract methods of a base that the class still doesn't define. */
static int inherited_abstract(Thread *t, Value self, Value base, Value found) {
    Ref theirs = get_attr_opt(t, base, N(__abstractmethods__));
    if (ref_is_null(theirs)) return err_pending(t) ? -1 : 0;
    Ref list = sequence_list(t, ref_borrow(theirs));
    ref_drop(t, theirs);
    int failed = ref_is_null(list) ? -1 : 0;
    for (size_t i = 0; failed == 0 && i < list_size(ref_borrow(list)); i++) {
        Ref name = ref_new(t, list_get(ref_borrow(list), i)), v = get_attr_opt(t, self, ref_borrow(name));
        int abstract = ref_is_null(v) ? (err_pending(t) ? -1 : 0) : is_abstract(t, ref_borrow(v));
        failed = abstract < 0 ? -1 : abstract ? set_add(t, found, ref_borrow(name)) : 0;
        ref_drop(t, v);
        ref_drop(t, name);
    }
    ref_drop(t, list);
    return failed;
}

static int compute_abstract(Thread *t, Value self) {
    Ref found = set_new(t, VALUE_NULL), bases = REF_NULL, frozen = REF_NULL;
    int failed = ref_is_null(found) ? -1 : own_abstract(t, self, ref_borrow(found));
    if (failed == 0) {
        bases = get_attr(t, self, N(__bases__));
        if (ref_is_null(bases) || !is_tuple(ref_borrow(bases))) {
            if (!ref_is_null(bases)) err_set(t, E_TypeError, "__bases__ is not tuple");
            failed = -1;
        }
    }
    for (size_t i = 0; failed == 0 && i < tuple_size(ref_borrow(bases)); i++)
        failed = inherited_abstract(t, self, tuple_get(ref_borrow(bases), i), ref_borrow(found));
    if (failed == 0) {
        frozen = frozenset_new(t, ref_borrow(found));
        failed = ref_is_null(frozen) ? -1 : set_attr(t, self, N(__abstractmethods__), ref_borrow(frozen));
    }
    ref_drop(t, frozen);
    ref_drop(t, bases);
    ref_drop(t, found);
    return failed;
}

/* ---- pattern matching: what counts as a sequence or mapping -------------------------------------------------------------------- */

#define ABC_SEQUENCE (1 << 5) /* the values of __abc_tpflags__ in collections.abc */
#define ABC_MAPPING (1 << 6)
#define COLLECTION_FLAGS (TYPE_SEQUENCE | TYPE_MAPPING)

static void set_collection_flag(Type *type, void *flag) {
    if (!type_flag(type, TYPE_IMMUTABLE)) type->head.flags = (type->head.flags & ~COLLECTION_FLAGS) | *(uint32_t *)flag;
}
static void mark_collection(Thread *t, Type *type, uint32_t flag) {
    mutex_lock(t, &type_lock);
    world_stop(t); /* flags are read without locks */
    subclasses_walk(type, set_collection_flag, &flag);
    world_start(t);
    mutex_unlock(&type_lock);
}

static int take_flags(Thread *t, Value self) {
    if (!is_type(self)) return 0;
    Ref flags = ref_new(t, type_own(as(Type, self), N(__abc_tpflags__)));
    if (ref_is_null(flags)) return 0;
    int64_t bits = 0;
    int r = is_int(ref_borrow(flags)) ? int_try_i64(ref_borrow(flags), &bits) : 0;
    ref_drop(t, flags);
    if (r == 0 && (bits & ABC_SEQUENCE) && (bits & ABC_MAPPING))
        return err_int(err_set(t, E_TypeError, "__abc_tpflags__ cannot be both Py_TPFLAGS_SEQUENCE and Py_TPFLAGS_MAPPING"));
    if (bits & (ABC_SEQUENCE | ABC_MAPPING)) mark_collection(t, as(Type, self), bits & ABC_SEQUENCE ? TYPE_SEQUENCE : TYPE_MAPPING);
    return del_attr(t, self, N(__abc_tpflags__));
}

static Ref abc_init(Thread *t, Value module, const Value *a) {
    if (compute_abstract(t, a[0]) < 0) return REF_NULL;
    AbcData *d = object_new(AbcData, t, &abc_data_type);
    if (d == NULL) return REF_NULL;
    Ref data = ref_steal(d);
    int failed = set_attr(t, a[0], N(_abc_impl), ref_borrow(data));
    ref_drop(t, data);
    return failed < 0 || take_flags(t, a[0]) < 0 ? REF_NULL : REF_NONE;
}

/* ---- registration ------------------------------------------------------------------------------------------------------------------ */

static int registry_add(Thread *t, AbcData *d, Value cls) {
    Ref list = slot_ref(t, &d->registry);
    if (ref_is_null(list)) {
        Ref fresh = list_new(t, 4);
        if (ref_is_null(fresh)) return -1;
        Ref mine = ref_new(t, ref_borrow(fresh));
        CRITICAL_BEGIN(t, d) {
            list = slot_ref(t, &d->registry);
            if (ref_is_null(list)) {
                ref_drop(t, slot_swap(t, d, &d->registry, fresh)); /* null: nothing is dropped */
                list = mine;
                fresh = mine = REF_NULL;
            }
        }
        CRITICAL_END(t)
        ref_drop(t, fresh);
        ref_drop(t, mine);
    }
    Ref weak = weakref_new(t, cls, VALUE_NULL);
    int r = ref_is_null(weak) ? -1 : list_append(t, ref_borrow(list), ref_borrow(weak));
    ref_drop(t, weak);
    ref_drop(t, list);
    return r;
}

static Ref abc_register(Thread *t, Value module, const Value *a) {
    Value self = a[0], cls = a[1];
    if (!is_type(cls)) return err_set(t, E_TypeError, "Can only register classes");
    int r = is_subclass(t, cls, self);
    if (r != 0) return r < 0 ? REF_NULL : ref_new(t, cls);
    r = is_subclass(t, self, cls); /* after this: registering would make a cycle of trust */
    if (r != 0) return r < 0 ? REF_NULL : err_set(t, E_RuntimeError, "Refusing to create an inheritance cycle");
    Ref data = data_of(t, self);
    if (ref_is_null(data)) return REF_NULL;
    r = registry_add(t, as(AbcData, ref_borrow(data)), cls);
    ref_drop(t, data);
    if (r < 0) return REF_NULL;
    add_acq_rel(&invalidation, 1);
    uint32_t flag = is_type(self) ? as(Type, self)->head.flags & COLLECTION_FLAGS : 0;
    if (flag != 0) mark_collection(t, as(Type, cls), flag);
    return ref_new(t, cls);
}

/* ---- checks ------------------------------------------------------------------------------------------------------------------------- */

/* issubclass(cls, any registered class) : 1, 0, -1 */
static int registered(Thread *t, AbcData *d, Value cls) {
    Ref list = slot_ref(t, &d->registry);
    int r = 0;
    for (size_t i = 0; !ref_is_null(list) && r == 0; i++) {
        Ref weak = ref_new(t, list_get(ref_borrow(list), i));
        if (ref_is_null(weak)) break;
        Ref target = weakref_get(t, ref_borrow(weak));
        if (!ref_is_null(target)) r = is_subclass(t, cls, ref_borrow(target));
        ref_drop(t, target);
        ref_drop(t, weak);
    }
    ref_drop(t, list);
    return r;
}

static int below_subclasses(Thread *t, Value self, Value cls) {
    Ref list = call_method0(t, self, N(__subclasses__));
    if (ref_is_null(list)) return -1;
    int r = 0;
    if (!is_list(ref_borrow(list))) r = err_int(err_set(t, E_TypeError, "__subclasses__() must return a list"));
    for (size_t i = 0; r == 0 && i < list_size(ref_borrow(list)); i++) {
        Ref each = ref_new(t, list_get(ref_borrow(list), i));
        r = is_subclass(t, cls, ref_borrow(each));
        ref_drop(t, each);
    }
    ref_drop(t, list);
    return r;
}

/* 1, 0, -1; *decided: the answer came from the hook */
static int ask_hook(Thread *t, Value self, Value cls, bool *decided) {
    Ref answer = call_method1(t, self, N(__subclasshook__), cls);
    *decided = true;
    if (ref_is_null(answer)) return -1;
    Value v = ref_borrow(answer);
    int r = 0;
    if (value_is_true(v)) r = 1;
    else if (value_is_not_implemented(v)) *decided = false;
    else if (!value_is_false(v)) r = err_int(err_set(t, E_AssertionError, "__subclasshook__ must return either False, True, or NotImplemented"));
    ref_drop(t, answer);
    return r;
}

static int subclasscheck(Thread *t, Value self, AbcData *d, Value cls) {
    if (uids_contain(&d->x_cache, uid_of(cls))) return 1;
    if (negative_contains(d, cls)) return 0;
    uint64_t version = load_acquire(&invalidation);
    bool decided;
    int r = ask_hook(t, self, cls, &decided);
    if (!decided && r == 0 && is_type(self)) r = type_is_subtype(as(Type, cls), as(Type, self));
    if (!decided && r == 0) r = registered(t, d, cls);
    if (!decided && r == 0) r = below_subclasses(t, self, cls);
    if (r > 0) cache_add(t, d, cls);
    else if (r == 0) negative_add(t, d, cls, version);
    return r;
}

static Ref abc_subclasscheck(Thread *t, Value module, const Value *a) {
    if (!is_type(a[1])) return err_set(t, E_TypeError, "issubclass() arg 1 must be a class");
    Ref data = data_of(t, a[0]);
    if (ref_is_null(data)) return REF_NULL;
    int r = subclasscheck(t, a[0], as(AbcData, ref_borrow(data)), a[1]);
    ref_drop(t, data);
    return r < 0 ? REF_NULL : ref_bool(r);
}

static Ref abc_instancecheck(Thread *t, Value module, const Value *a) {
    Value self = a[0];
    Ref data = data_of(t, self), cls = ref_is_null(data) ? REF_NULL : get_attr(t, a[1], N(__class__)), r = REF_NULL;
    if (ref_is_null(cls)) goto done;
    AbcData *d = as(AbcData, ref_borrow(data));
    Value type = type_value(type_of(a[1]));
    if (uids_contain(&d->x_cache, uid_of(ref_borrow(cls)))) {
        r = REF_TRUE;
    } else if (value_is(type, ref_borrow(cls)) && negative_contains(d, type)) {
        r = REF_FALSE;
    } else {
        r = call_method1(t, self, N(__subclasscheck__), ref_borrow(cls));
        int truth = ref_is_null(r) || value_is(type, ref_borrow(cls)) ? 1 : is_true(t, ref_borrow(r));
        if (truth <= 0) { /* what the object claims to be isn't; what it is may be */
            ref_drop(t, r);
            r = truth < 0 ? REF_NULL : call_method1(t, self, N(__subclasscheck__), type);
        }
    }
done:
    ref_drop(t, cls);
    ref_drop(t, data);
    return r;
}

/* ---- for tests and debugging ------------------------------------------------------------------------------------------------------------ */

static Ref get_cache_token(Thread *t, Value module, const Value *a) { return int_from_u64(t, load_acquire(&invalidation)); }

static Ref reset_registry(Thread *t, Value module, const Value *a) {
    Ref data = data_of(t, a[0]);
    if (ref_is_null(data)) return REF_NULL;
    slot_set(t, as(AbcData, ref_borrow(data)), &as(AbcData, ref_borrow(data))->registry, REF_NULL);
    ref_drop(t, data);
    return REF_NONE;
}
static Ref reset_caches(Thread *t, Value module, const Value *a) {
    Ref data = data_of(t, a[0]);
    if (ref_is_null(data)) return REF_NULL;
    AbcData *d = as(AbcData, ref_borrow(data));
    CRITICAL_BEGIN(t, d) {
        uids_clear_locked(t, d, &d->x_cache);
        uids_clear_locked(t, d, &d->x_negative);
    }
    CRITICAL_END(t)
    ref_drop(t, data);
    return REF_NONE;
}
/* A list of all classes: object and what is below. */
static Ref all_classes(Thread *t) {
    Ref list = list_new(t, 0), seen = set_new(t, VALUE_NULL), ask = get_attr_cstr(t, type_value(&type_type), "__subclasses__");
    int bad = ref_is_null(list) || ref_is_null(seen) || ref_is_null(ask) ? -1 : list_append(t, ref_borrow(list), type_value(&object_type));
    for (size_t i = 0; bad == 0 && i < list_size(ref_borrow(list)); i++) {
        Ref below = call1(t, ref_borrow(ask), list_get(ref_borrow(list), i));
        bad = ref_is_null(below) ? -1 : 0;
        for (size_t k = 0; bad == 0 && k < list_size(ref_borrow(below)); k++) {
            Value cls = list_get(ref_borrow(below), k);
            int known = set_contains(t, ref_borrow(seen), cls);
            bad = known < 0 || (!known && (set_add(t, ref_borrow(seen), cls) < 0 || list_append(t, ref_borrow(list), cls) < 0)) ? -1 : 0;
        }
        ref_drop(t, below);
    }
    ref_drop(t, ask);
    ref_drop(t, seen);
    if (bad == 0) return list;
    ref_drop(t, list);
    return REF_NULL;
}
/* Weak references to those of the classes that a cache has the numbers of, as a set. */
static Ref cached_classes(Thread *t, Value classes, _Atomic(UidSet *) *cache) {
    Ref r = set_new(t, VALUE_NULL);
    int bad = ref_is_null(r) ? -1 : 0;
    for (size_t i = 0; bad == 0 && i < list_size(classes); i++) {
        Value cls = list_get(classes, i);
        if (!uids_contain(cache, uid_of(cls))) continue;
        Ref weak = weakref_new(t, cls, VALUE_NULL);
        bad = ref_is_null(weak) ? -1 : set_add(t, ref_borrow(r), ref_borrow(weak));
        ref_drop(t, weak);
    }
    if (bad == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
/* (registry, cache, negative cache, its version), of weak references: zope.interface, say, finds a class's virtual subclasses by them. */
static Ref get_dump(Thread *t, Value module, const Value *a) {
    Ref data = data_of(t, a[0]);
    if (ref_is_null(data)) return REF_NULL;
    AbcData *d = as(AbcData, ref_borrow(data));
    Ref list = slot_ref(t, &d->registry), registry = set_new(t, ref_borrow(list)), classes = all_classes(t);
    Ref cache = ref_is_null(classes) ? REF_NULL : cached_classes(t, ref_borrow(classes), &d->x_cache);
    Ref negative = ref_is_null(cache) ? REF_NULL : cached_classes(t, ref_borrow(classes), &d->x_negative);
    Ref version = int_from_u64(t, load_acquire(&d->x_negative_version)), r = REF_NULL;
    if (!ref_is_null(registry) && !ref_is_null(cache) && !ref_is_null(negative))
        r = tuple_pack(t, 4, ref_borrow(registry), ref_borrow(cache), ref_borrow(negative), ref_borrow(version));
    ref_drop(t, version);
    ref_drop(t, negative);
    ref_drop(t, cache);
    ref_drop(t, classes);
    ref_drop(t, registry);
    ref_drop(t, list);
    ref_drop(t, data);
    return r;
}

static NativeDef functions[] = {
    FN("get_cache_token", "($module, /)", get_cache_token, "A number that changes with each registration."),
    FN("_abc_init", "($module, self, /)", abc_init, "Prepare a new abstract class."),
    FN("_reset_registry", "($module, self, /)", reset_registry, "Forget all registered classes."),
    FN("_reset_caches", "($module, self, /)", reset_caches, "Forget all answers."),
    FN("_get_dump", "($module, self, /)", get_dump, "Registry, caches and their version."),
    FN("_abc_register", "($module, self, subclass, /)", abc_register, "Make a class count as a subclass."),
    FN("_abc_instancecheck", "($module, self, instance, /)", abc_instancecheck, "isinstance(instance, self)"),
    FN("_abc_subclasscheck", "($module, self, subclass, /)", abc_subclasscheck, "issubclass(subclass, self)"),
    FN_END};

int module_init__abc(Thread *t, Value m) {
    return type_ready(t, &abc_data_type) < 0 ? -1 : module_add_functions(t, m, functions);
}
