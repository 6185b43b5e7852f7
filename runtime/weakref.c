/* Weak references: weakref.ref, the list of them that each object heads, their callbacks. Proxies: weakproxy.c.
 *
 * A reference holds its target's address, uncounted. Reading it is lock-free: load the target, ref_try; the memory of a shared object
 * with weak references outlives it by a grace period, so a late ref_try finds a dead object, never another one.
 * The lists are guarded by stripes of locks chosen by the target's address.
 *
 *   operation    | takes        | the others see
 *   get          | nothing      | the target, or none once clear_all nulled it or its count is committed to death
 *   new, destroy | the stripe   | the list before or after
 *   clear_all    | the stripe   | then runs callbacks without it, each with a counted reference to its weak reference
 *
 * Once there are threads, making a weak reference publishes the target and the reference: any thread may come upon them.
 */
#include "alloc/collect.h"
#include "runtime/weakref.h"
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/genericalias.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"
#include "runtime/weakref_internal.h"

#define STRIPES 64
static Mutex stripes[STRIPES];
static Mutex *stripe_of(const Object *o) { return &stripes[((uintptr_t)o >> 4) * 0x9E3779B97F4A7C15u >> 58]; }

static _Atomic(Weakref *) *list_head(const Object *o) { return (_Atomic(Weakref *) *)instance_weakrefs(o, object_type_of(o)); }

/* ---- lists (stripe held) ------------------------------------------------------------------------------------------------ */

static void unlink_locked(Weakref *w, Object *target) {
    if (w->prev != NULL) w->prev->next = w->next;
    else store_relaxed(list_head(target), w->next);
    if (w->next != NULL) w->next->prev = w->prev;
    w->prev = w->next = NULL;
    store_release(&w->x_target, NULL);
}
/* Plain references come first, so that they are found for using again; then the newest. */
static void link_locked(Weakref *w, Object *target, bool plain) {
    _Atomic(Weakref *) *head = list_head(target);
    Weakref *after = NULL, *next = load_relaxed(head);
    while (!plain && next != NULL && next->plain) {
        after = next;
        next = next->next;
    }
    w->prev = after;
    w->next = next;
    w->plain = plain;
    if (after != NULL) after->next = w;
    else store_relaxed(head, w);
    if (next != NULL) next->prev = w;
    store_release(&w->x_target, target);
}
static Ref find_plain_locked(Thread *t, Object *target, Type *type) {
    for (Weakref *w = load_relaxed(list_head(target)); w != NULL && w->plain; w = w->next)
        if (object_type_of(w) == type) {
            Ref r = ref_try(t, &w->base);
            if (!ref_is_null(r)) return r;
        }
    return REF_NULL;
}

/* ---- making and reading -------------------------------------------------------------------------------------------------- */

Ref weakref_make(Thread *t, Type *type, Value target, Value callback) {
    if (!value_is_object(target) || type_of(target)->weakrefs_offset == 0)
        return err_set(t, E_TypeError, "cannot create weak reference to '%.200T' object", target);
    if (!value_is_null(callback) && value_is_none(callback)) callback = VALUE_NULL;
    Object *o = value_object(target);
    bool reusable = value_is_null(callback) && (type == &weakref_type || type == &weakproxy_type || type == &weakcallableproxy_type);
    if (threads_started(t)) publish(t, target);
    if (reusable) {
        mutex_lock(t, stripe_of(o));
        Ref old = find_plain_locked(t, o, type);
        mutex_unlock(stripe_of(o));
        if (!ref_is_null(old)) return old;
    }
    Ref r = instance_new(t, type);
    if (ref_is_null(r)) return r;
    Weakref *w = as(Weakref, ref_borrow(r));
    slot_init(&w->callback, ref_new(t, callback));
    store_relaxed(&w->x_hash, -1);
    if (threads_started(t)) publish(t, ref_borrow(r));
    or_acq_rel(&o->x_word, WORD_FLAG(FLAG_WEAKREFS));
    mutex_lock(t, stripe_of(o));
    Ref old = reusable ? find_plain_locked(t, o, type) : REF_NULL; /* another thread was faster */
    if (ref_is_null(old)) link_locked(w, o, reusable);
    mutex_unlock(stripe_of(o));
    if (ref_is_null(old)) return r;
    ref_drop(t, r);
    return old;
}
Ref weakref_new(Thread *t, Value target, Value callback) { return weakref_make(t, &weakref_type, target, callback); }

Ref weakref_get(Thread *t, Value ref) {
    Object *o = load_acquire(&as(Weakref, ref)->x_target);
    return o == NULL ? REF_NULL : ref_try(t, o);
}

Ref weakref_first(Thread *t, Value target) {
    Object *o = value_object(target);
    Ref r = REF_NULL;
    mutex_lock(t, stripe_of(o));
    for (Weakref *w = load_relaxed(list_head(o)); w != NULL && ref_is_null(r); w = w->next) r = ref_try(t, &w->base);
    mutex_unlock(stripe_of(o));
    return ref_is_null(r) ? REF_NONE : r;
}

/* How many there are; with `out` not null, counted references to at most n of them. */
size_t weakref_list(Thread *t, Value target, Ref *out, size_t n) {
    if (!value_is_object(target) || type_of(target)->weakrefs_offset == 0) return 0;
    Object *o = value_object(target);
    size_t count = 0;
    mutex_lock(t, stripe_of(o));
    for (Weakref *w = load_relaxed(list_head(o)); w != NULL && (out == NULL || count < n); w = w->next) {
        if (out != NULL && ref_is_null(out[count] = ref_try(t, &w->base))) continue;
        count++;
    }
    mutex_unlock(stripe_of(o));
    return count;
}

/* ---- death ------------------------------------------------------------------------------------------------------------------ */

static void run_callback(Thread *t, Weakref *w) {
    Ref callback = slot_take(t, w, &w->callback);
    if (ref_is_null(callback)) return;
    Ref pending = err_fetch(t);
    Ref r = call1(t, ref_borrow(callback), object_value(w));
    if (ref_is_null(r)) err_unraisable(t, NULL, ref_borrow(callback));
    ref_drop(t, r);
    ref_drop(t, callback);
    if (!ref_is_null(pending)) err_steal(t, pending);
}

void weakref_clear_all(Thread *t, Object *o, bool callbacks) {
    if (object_type_of(o)->weakrefs_offset == 0) return;
    Weakref *first = NULL, **link = &first;
    mutex_lock(t, stripe_of(o));
    for (Weakref *w; (w = load_relaxed(list_head(o))) != NULL;) {
        /* counted first: one that dies meanwhile waits for the stripe as long as it has a target, and is gone once it has none */
        bool call = callbacks && !value_is_null(slot_get(&w->callback)) && !object_is_trash(&w->base) && !ref_is_null(ref_try(t, &w->base));
        unlink_locked(w, o);
        if (!call) continue;
        *link = w; /* chained by its own link */
        link = &w->next;
    }
    mutex_unlock(stripe_of(o));
    while (first != NULL) {
        Weakref *w = first;
        first = w->next;
        w->next = NULL;
        run_callback(t, w);
        ref_drop(t, ref_steal(w));
    }
}

void weakref_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Weakref *)o)->callback, visit, arg); }
void weakref_clear(Thread *t, Object *o) {
    Weakref *w = (Weakref *)o;
    Object *target = load_acquire(&w->x_target);
    if (target != NULL) {
        mutex_lock(t, stripe_of(target));
        if (load_relaxed(&w->x_target) == target) unlink_locked(w, target);
        mutex_unlock(stripe_of(target));
    }
    slot_set(t, o, &w->callback, REF_NULL);
}

/* ---- the type ------------------------------------------------------------------------------------------------------------------ */

static Ref new_slot(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) {
    if (check_nargs(t, "__new__", nargs, 1, 2) < 0) return REF_NULL;
    return weakref_make(t, as(Type, type), args[0], nargs == 2 ? args[1] : VALUE_NULL);
}
static int init_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "ref", kwnames) < 0) return -1;
    return check_nargs(t, "__init__", nargs, 1, 2);
}
#define SETTLE_ROUNDS 4 /* a period, one more if others looked at the object in it, and what they have retired themselves */
static bool looks_dead(Thread *t, Weakref *w) {
    Object *o = load_acquire(&w->x_target);
    return o != NULL && object_looks_dead(t, o);
}
static Ref call_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs != 0) return err_set(t, E_TypeError, "weakref expected 0 arguments, got %zu", nargs);
    if (no_kwargs(t, "weakref", kwnames) < 0) return REF_NULL;
    if (safepoint(t) < 0) return REF_NULL; /* what its last user has just dropped goes first */
    for (int i = 0; i < SETTLE_ROUNDS && looks_dead(t, as(Weakref, self)); i++) retired_settle(t);
    Ref r = weakref_get(t, self);
    return ref_is_null(r) ? REF_NONE : r;
}
static int64_t hash_slot(Thread *t, Value self) {
    Weakref *w = as(Weakref, self);
    int64_t h = load_relaxed(&w->x_hash);
    if (h != -1) return h;
    Ref target = weakref_get(t, self);
    if (ref_is_null(target)) return err_int(err_set(t, E_TypeError, "weak object has gone away"));
    h = object_hash(t, ref_borrow(target));
    ref_drop(t, target);
    store_relaxed(&w->x_hash, h);
    return h;
}
static Ref repr_slot(Thread *t, Value self) {
    Object *address = value_object(self);
    Ref target = weakref_get(t, self);
    if (ref_is_null(target)) return str_format(t, "<weakref at %p; dead>", (void *)address);
    Ref name = get_attr_opt(t, ref_borrow(target), N(__name__)), r = REF_NULL;
    if (!ref_is_null(name) && is_str(ref_borrow(name)))
        r = str_format(t, "<weakref at %p; to '%T' at %p (%V)>", (void *)address, ref_borrow(target), (void *)value_object(ref_borrow(target)), ref_borrow(name));
    else if (!err_pending(t))
        r = str_format(t, "<weakref at %p; to '%T' at %p>", (void *)address, ref_borrow(target), (void *)value_object(ref_borrow(target)));
    ref_drop(t, name);
    ref_drop(t, target);
    return r;
}
/* By their targets while both live, by identity after. */
static Ref compare_slot(Thread *t, Value a, Value b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !type_is_subtype(type_of(a), &weakref_type) || !type_is_subtype(type_of(b), &weakref_type))
        return REF_NOT_IMPLEMENTED;
    Ref x = weakref_get(t, a), y = weakref_get(t, b), r;
    if (ref_is_null(x) || ref_is_null(y)) r = ref_bool(value_is(a, b) == (op == CMP_EQ));
    else r = rich_compare(t, ref_borrow(x), ref_borrow(y), op);
    ref_drop(t, x);
    ref_drop(t, y);
    return r;
}
static Ref get_callback(Thread *t, Value self, void *closure) {
    Value v = slot_get(&as(Weakref, self)->callback);
    return value_is_null(v) ? REF_NONE : ref_new(t, v);
}
static Ref class_getitem(Thread *t, Value type, const Value *a) { return generic_alias_new(t, type, a[0]); }

static NativeDef methods[] = {FN_CLASS("__class_getitem__", "!($type, item, /)", class_getitem, "See PEP 585"), FN_END};
static const GetSetDef getset[] = {{"__callback__", get_callback, readonly_member}, {NULL}};
Type weakref_type = {
    TYPE_HEADER(Weakref, TYPE_CONTAINER | TYPE_BASETYPE, weakref_traverse, weakref_clear, weakref_clear),
    .name = "weakref.ReferenceType",
    .base = &object_type,
    .repr = repr_slot,
    .hash = hash_slot,
    .call = call_slot,
    .getattro = generic_getattr,
    .setattro = generic_setattr,
    .richcompare = compare_slot,
    .new_ = new_slot,
    .init = init_slot,
    .methods = methods,
    .getset = getset};
