/* _thread: locks, re-entrant locks, thread-local objects, starting threads.
 *
 * Locks are one word on the parking lot, after U. Drepper, "Futexes are tricky": 0 free, 1 held, 2 held and perhaps waited for.
 * Fairness: a waiter that has waited longer than a millisecond asks for hand-off; release then leaves the lock held and gives it to
 * the first waiter (x_handoff), so that a thread which locks and unlocks in a loop starves nobody.
 */
#include "runtime/modules/_thread.h"
#include "alloc/finalizers.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/float.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/structseq.h"
#include "runtime/thread_state.h"
#include "runtime/times.h"
#include "runtime/weakref.h"
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <signal.h>

#define HANDOFF_NS 1000000

typedef struct Lock {
    Object base;
    _Atomic uint32_t x_state;   /* 0 free, 1 held, 2 held and waited for */
    _Atomic uint32_t x_starving; /* waiters that want hand-off */
    _Atomic uint32_t x_handoff; /* 1: held on behalf of the waiter just woken, who takes it by setting 0 */
    Slot weakrefs;
} Lock;

typedef struct RLock {
    Lock lock;
    _Atomic uint64_t x_owner; /* ident of the holder, 0: nobody; written by the holder only */
    _Atomic uint64_t x_count; /* the holder's; others look at it for repr only */
} RLock;

static Type lock_type, rlock_type, local_type;
static Type *except_hook_args_type;
void (*simulate_signal)(int signum);

/* ---- the lock word --------------------------------------------------------------------------------------------------- */

static bool lock_try(Lock *l) {
    uint32_t zero = 0;
    return cas_acq_rel(&l->x_state, &zero, 1u);
}

/* Nothing can come of it where the holder needs the GIL, nor where others are parked already. */
static bool lock_spin(Lock *l) {
    int steps = 0;
    while (!gil_enabled() && load_relaxed(&l->x_state) != 2 && spin_back_off(&steps))
        if (load_relaxed(&l->x_state) == 0 && lock_try(l)) return true;
    return false;
}

/* 1: acquired; 0: timed out; -1: a signal handler raised. timeout_ns < 0: for ever. */
static int lock_wait(Thread *t, Lock *l, int64_t timeout_ns) {
    int64_t start = now_ns(), deadline = timeout_ns < 0 ? -1 : start + timeout_ns;
    bool starving = false;
    int result = 1;
    if (lock_spin(l)) return 1;
    while (swap_acq_rel(&l->x_state, 2u) != 0) {
        int64_t now = now_ns(), left = deadline < 0 ? -1 : deadline - now;
        if (deadline >= 0 && left <= 0) {
            result = 0;
            break;
        }
        if (!starving && now - start > HANDOFF_NS) {
            starving = true;
            add_acq_rel(&l->x_starving, 1u);
        }
        ParkResult p = park_u32(t, &l->x_state, 2, left, true);
        uint32_t one = 1;
        if (p == PARK_WOKEN && cas_acq_rel(&l->x_handoff, &one, 0u)) break; /* ours already */
        if (p == PARK_TIMEOUT) {
            result = lock_try(l);
            break;
        }
        if (p == PARK_INTERRUPTED && after_interrupt(t) < 0) {
            result = -1;
            break;
        }
    }
    if (starving) sub_acq_rel(&l->x_starving, 1u);
    return result;
}

/* False: it was free already. */
static bool lock_release(Lock *l) {
    if (load_relaxed(&l->x_starving) > 0 && load_relaxed(&l->x_state) == 2) {
        store_release(&l->x_handoff, 1u);
        if (unpark(&l->x_state, 1) > 0) return true;
        uint32_t one = 1;
        if (!cas_acq_rel(&l->x_handoff, &one, 0u)) return true;
    }
    uint32_t before = swap_acq_rel(&l->x_state, 0u);
    if (before == 2) unpark(&l->x_state, 1);
    return before != 0;
}

/* acquire(blocking=True, timeout=-1): *timeout_ns < 0 for ever, 0 don't wait */
static int acquire_args(Thread *t, const Value *a, int64_t *timeout_ns) {
    int blocking = value_is_null(a[0]) ? 1 : 0;
    if (!value_is_null(a[0])) {
        int64_t n;
        if (index_as_i64(t, a[0], &n) < 0) return -1;
        blocking = n != 0;
    }
    *timeout_ns = -1000000000;
    if (!value_is_null(a[1]) && seconds_to_ns(t, a[1], timeout_ns) < 0) return -1;
    bool given = *timeout_ns != -1000000000;
    if (!blocking && given) return err_int(err_set(t, E_ValueError, "can't specify a timeout for a non-blocking call"));
    if (given && *timeout_ns < 0) return err_int(err_set(t, E_ValueError, "timeout value must be positive"));
    if (given && *timeout_ns / 1000 >= LLONG_MAX / 1000) return err_int(err_set(t, E_OverflowError, "timeout value is too large"));
    if (!blocking) *timeout_ns = 0;
    return 0;
}

static int lock_acquire(Thread *t, Lock *l, int64_t timeout_ns) {
    if (lock_try(l)) return 1;
    return timeout_ns == 0 ? 0 : lock_wait(t, l, timeout_ns);
}

/* What acquire() returns. interrupt_main() of meanwhile shows at once, as after any call in CPython: who catches it around the call is not to get it later. */
static Ref acquired(Thread *t, int got) {
    if (got < 0 || (t->is_main && (load_relaxed(&t->hot.x_breaker) & BREAK_SIMULATED) && safepoint(t) < 0)) return REF_NULL;
    return ref_bool(got);
}
static Ref m_lock_acquire(Thread *t, Value self, const Value *a) {
    int64_t timeout;
    if (acquire_args(t, a, &timeout) < 0) return REF_NULL;
    return acquired(t, lock_acquire(t, as(Lock, self), timeout));
}
static Ref m_lock_release(Thread *t, Value self, const Value *a) {
    Lock *l = as(Lock, self);
    return load_relaxed(&l->x_state) != 0 && lock_release(l) ? REF_NONE : err_set(t, E_RuntimeError, "release unlocked lock");
}
static Ref m_lock_enter(Thread *t, Value self, const Value *a) {
    if (lock_acquire(t, as(Lock, self), -1) < 0) return REF_NULL;
    finalizers_put_off(t);
    return REF_TRUE;
}
static Ref m_lock_exit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref r = m_lock_release(t, self, NULL);
    finalizers_resume(t);
    return r;
}
static Ref m_lock_enter_raw(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return m_lock_enter(t, self, NULL); }
static Ref m_lock_locked(Thread *t, Value self, const Value *a) { return ref_bool(load_acquire(&as(Lock, self)->x_state) != 0); }
static Ref m_lock_reinit(Thread *t, Value self, const Value *a) {
    store_release(&as(Lock, self)->x_state, 0u);
    store_release(&as(Lock, self)->x_starving, 0u);
    store_release(&as(Lock, self)->x_handoff, 0u);
    return REF_NONE;
}
static Ref lock_repr(Thread *t, Value self) {
    return str_format(t, "<%s %s object at 0x%llx>", load_acquire(&as(Lock, self)->x_state) ? "locked" : "unlocked",
                      type_of(self)->name, (long long)(intptr_t)value_object(self));
}

static NativeDef lock_methods[] = {
    FN("acquire", "!($self, blocking=True, timeout=-1)", m_lock_acquire, "Takes the lock; waits if asked to. True if it was taken."),
    FN("acquire_lock", "!($self, blocking=True, timeout=-1)", m_lock_acquire, "An old name of acquire()."),
    FN("release", "!($self, /)", m_lock_release, "Gives the lock back."),
    FN("release_lock", "!($self, /)", m_lock_release, "An old name of release()."),
    FN("locked", "!($self, /)", m_lock_locked, "True if somebody holds the lock."),
    FN("locked_lock", "!($self, /)", m_lock_locked, "An old name of locked()."),
    FN_RAW("__enter__", "!($self, /, *args, **kwargs)", m_lock_enter_raw, "Takes the lock."),
    FN_RAW("__exit__", "!($self, /, *args, **kwargs)", m_lock_exit, "Gives the lock back."),
    FN("_at_fork_reinit", "!($self, /)", m_lock_reinit, NULL),
    FN_END,
};
static Type lock_type = {
    TYPE_HEADER(Lock, TYPE_WEAKREFABLE | TYPE_NO_INSTANTIATION | TYPE_IMMUTABLE, NULL, NULL, NULL),
    .name = "_thread.lock", .doc = "A lock that one thread at a time holds.",
    .weakrefs_offset = offsetof(Lock, weakrefs), .methods = lock_methods, .repr = lock_repr,
};

/* ---- RLock ------------------------------------------------------------------------------------------------------------- */

static uint64_t my_ident(Thread *t) { return load_relaxed(&t->x_ident); }
/* relaxed: only a thread's own ident can match, and it wrote that itself */
static bool rlock_mine(Thread *t, RLock *r) { return load_relaxed(&r->x_owner) == my_ident(t); }

static int rlock_acquire(Thread *t, RLock *r, int64_t timeout) {
    if (rlock_mine(t, r)) {
        store_relaxed(&r->x_count, load_relaxed(&r->x_count) + 1);
        return 1;
    }
    int got = lock_acquire(t, &r->lock, timeout);
    if (got == 1) {
        store_relaxed(&r->x_owner, my_ident(t));
        store_relaxed(&r->x_count, (uint64_t)1);
    }
    return got;
}
static Ref m_rlock_acquire(Thread *t, Value self, const Value *a) {
    int64_t timeout;
    if (acquire_args(t, a, &timeout) < 0) return REF_NULL;
    return acquired(t, rlock_acquire(t, as(RLock, self), timeout));
}
static Ref m_rlock_enter(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return rlock_acquire(t, as(RLock, self), -1) < 0 ? REF_NULL : REF_TRUE;
}
static Ref m_rlock_release(Thread *t, Value self, const Value *a) {
    RLock *r = as(RLock, self);
    if (!rlock_mine(t, r)) return err_set(t, E_RuntimeError, "cannot release un-acquired lock");
    uint64_t count = load_relaxed(&r->x_count) - 1;
    store_relaxed(&r->x_count, count);
    if (count == 0) {
        store_relaxed(&r->x_owner, (uint64_t)0);
        lock_release(&r->lock);
    }
    return REF_NONE;
}
static Ref m_rlock_exit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return m_rlock_release(t, self, NULL); }
static Ref m_rlock_is_owned(Thread *t, Value self, const Value *a) { return ref_bool(rlock_mine(t, as(RLock, self))); }
static Ref m_rlock_release_save(Thread *t, Value self, const Value *a) {
    RLock *r = as(RLock, self);
    if (!rlock_mine(t, r)) return err_set(t, E_RuntimeError, "cannot release un-acquired lock");
    Ref pair[2] = {int_from_u64(t, load_relaxed(&r->x_count)), int_from_u64(t, my_ident(t))};
    Ref state = tuple_from_steal(t, pair, 2);
    if (ref_is_null(state)) return state;
    store_relaxed(&r->x_count, (uint64_t)0);
    store_relaxed(&r->x_owner, (uint64_t)0);
    lock_release(&r->lock);
    return state;
}
static Ref m_rlock_acquire_restore(Thread *t, Value self, const Value *a) {
    uint64_t count, owner;
    if (!is_tuple(a[0]) || tuple_size(a[0]) != 2 || int_try_u64(tuple_get(a[0], 0), &count) < 0 ||
        int_try_u64(tuple_get(a[0], 1), &owner) < 0)
        return err_set(t, E_TypeError, "_acquire_restore() argument 1 must be a 2-item tuple");
    RLock *r = as(RLock, self);
    if (lock_acquire(t, &r->lock, -1) < 0) return REF_NULL;
    store_relaxed(&r->x_count, count);
    store_relaxed(&r->x_owner, owner);
    return REF_NONE;
}
static Ref m_rlock_reinit(Thread *t, Value self, const Value *a) {
    store_relaxed(&as(RLock, self)->x_count, (uint64_t)0);
    store_relaxed(&as(RLock, self)->x_owner, (uint64_t)0);
    return m_lock_reinit(t, self, NULL);
}
static Ref rlock_repr(Thread *t, Value self) {
    RLock *r = as(RLock, self);
    uint64_t owner = load_relaxed(&r->x_owner);
    return str_format(t, "<%s %s object owner=%lld count=%lld at 0x%llx>", owner ? "locked" : "unlocked", type_of(self)->name,
                      (long long)owner, (long long)(owner ? load_relaxed(&r->x_count) : 0), (long long)(intptr_t)value_object(self));
}
static Ref rlock_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }

static NativeDef rlock_methods[] = {
    FN("acquire", "!($self, blocking=True, timeout=-1)", m_rlock_acquire, "Takes the lock, again if this thread holds it."),
    FN("release", "!($self, /)", m_rlock_release, "Undoes one acquire()."),
    FN_RAW("__enter__", "!($self, /, *args, **kwargs)", m_rlock_enter, "Takes the lock."),
    FN_RAW("__exit__", "!($self, /, *args, **kwargs)", m_rlock_exit, "Undoes one acquire()."),
    FN("_is_owned", "!($self, /)", m_rlock_is_owned, "For condition variables."),
    FN("_acquire_restore", "!($self, state, /)", m_rlock_acquire_restore, "For condition variables."),
    FN("_release_save", "!($self, /)", m_rlock_release_save, "For condition variables."),
    FN("_at_fork_reinit", "!($self, /)", m_rlock_reinit, NULL),
    FN_END,
};
static Type rlock_type = {
    TYPE_HEADER(RLock, TYPE_WEAKREFABLE | TYPE_BASETYPE, NULL, NULL, NULL),
    .name = "_thread.RLock", .doc = "A lock that its holder may take again.",
    .weakrefs_offset = offsetof(RLock, lock.weakrefs), .methods = rlock_methods, .repr = rlock_repr, .new_ = rlock_new,
};

/* ---- thread-local objects ------------------------------------------------------------------------------------------------ */

/* A _local holds no attributes itself: each thread has, in its own RuntimeThread, a dict for each _local's id. Reading one writes
 * nothing shared. When a _local dies its id goes onto a list; every thread drops its dict for it when it next uses any _local, or ends. When the list is full
 * the world stops once, the entries of those on it lose their owners, and the list is empty again. */
typedef struct Local {
    Object base;
    uint64_t id;
    Slot args, kwargs; /* for __init__ in further threads: tuple, dict or null */
    Slot weakrefs;
} Local;

static _Atomic uint64_t x_next_local = 1;
#define DEAD_MOST 4096
#define PURGE_ALL UINT64_MAX       /* locals_purged of a thread with entries that have lost their owners, which are its own to drop */
static Mutex dead_lock;           /* guards the three below; leaf lock */
static uint64_t *dead_ids;
static size_t dead_count, dead_capacity;
static _Atomic bool x_dead_lost; /* there was no memory to note one */
static _Atomic uint64_t x_dead_generation; /* dead_count as of the last change; read without the lock to see if there's work */

static LocalEntry *local_find(RuntimeThread *r, uint64_t id) {
    if (r->locals_capacity == 0) return NULL;
    for (size_t i = id & (r->locals_capacity - 1);; i = (i + 1) & (r->locals_capacity - 1))
        if (r->locals[i].id == id || r->locals[i].id == 0) return &r->locals[i];
}

/* Room for one more. -1 with MemoryError */
static int locals_room(Thread *t, RuntimeThread *r) {
    if ((r->locals_count + 1) * 2 <= r->locals_capacity) return 0;
    LocalEntry *old = r->locals;
    size_t old_capacity = r->locals_capacity, live = 1, capacity = 8;
    for (size_t i = 0; i < old_capacity; i++) live += !ref_is_null(old[i].dict); /* the others are tombstones */
    while (capacity < 4 * live) capacity *= 2;
    LocalEntry *fresh = mem_zalloc(capacity * sizeof(LocalEntry));
    if (fresh == NULL) return err_int(err_no_memory(t));
    r->locals = fresh;
    r->locals_capacity = capacity;
    r->locals_count = 0;
    for (size_t i = 0; i < old_capacity; i++)
        if (!ref_is_null(old[i].dict)) {
            *local_find(r, old[i].id) = old[i];
            r->locals_count++;
        }
    mem_free(old);
    return 0;
}

/* The list is full: tells the threads, and empties it. */
static void dead_forget(Thread *t) {
    world_stop(t); /* nobody is within dead_lock */
    for (Thread *other = world_first(t); other != NULL; other = world_next(other)) {
        RuntimeThread *r = runtime_thread(other);
        if (r == NULL) continue;
        bool some = r->locals_purged == PURGE_ALL;
        for (size_t i = some ? 0 : r->locals_purged; r->locals_count && i < dead_count; i++) {
            LocalEntry *e = local_find(r, dead_ids[i]);
            if (e->id == 0 || ref_is_null(e->dict)) continue;
            e->owner = NULL;
            some = true;
        }
        r->locals_purged = some ? PURGE_ALL : 0;
    }
    dead_count = 0;
    store_release(&x_dead_generation, (uint64_t)0);
    world_start(t);
}

/* Drops this thread's dicts of _local objects that died since it last looked. */
static void locals_purge(Thread *t) {
    RuntimeThread *r = runtime_thread(t);
    if (r->locals_count == 0) {
        r->locals_purged = load_acquire(&x_dead_generation);
        return;
    }
    if (r->locals_purged == PURGE_ALL) {
        r->locals_purged = 0;
        for (size_t i = 0; i < r->locals_capacity; i++) {
            LocalEntry *e = &r->locals[i];
            if (ref_is_null(e->dict) || e->owner != NULL) continue;
            Ref dict = e->dict;
            e->dict = REF_NULL;
            ref_drop(t, dict); /* may change the table */
            i = SIZE_MAX;
        }
    }
    for (;;) {
        uint64_t id = 0;
        mutex_lock(t, &dead_lock);
        if (r->locals_purged < dead_count) id = dead_ids[r->locals_purged++];
        mutex_unlock(&dead_lock);
        if (id == 0) return;
        LocalEntry *e = local_find(r, id);
        if (e == NULL || e->id != id) continue;
        Ref dict = e->dict;
        e->dict = REF_NULL; /* the id stays: a tombstone until the table grows */
        ref_drop(t, dict);
    }
}

void thread_locals_drop(Thread *t) {
    RuntimeThread *r = runtime_thread(t);
    while (r->locals_count) { /* destructors may make new ones */
        LocalEntry *entries = r->locals;
        size_t capacity = r->locals_capacity;
        r->locals = NULL;
        r->locals_capacity = r->locals_count = 0;
        for (size_t i = 0; i < capacity; i++) ref_drop(t, entries[i].dict);
        mem_free(entries);
    }
    mem_free(r->locals);
    r->locals = NULL;
    r->locals_capacity = 0;
}

/* The hook. Owners that died since the thread last looked aren't told; while others run, some may be dying: then none is. */
void thread_locals_visit(Thread *t, bool stopped, KeptFn visit, void *arg) {
    RuntimeThread *r = runtime_thread(t);
    if (r == NULL) return;
    if (stopped && r->locals_count) /* nobody is within dead_lock */
        for (size_t i = r->locals_purged == PURGE_ALL ? 0 : r->locals_purged; i < dead_count; i++) local_find(r, dead_ids[i])->owner = NULL;
    bool sure = !load_acquire(&x_dead_lost) && (stopped || r->locals_purged == load_acquire(&x_dead_generation));
    for (size_t i = 0; i < r->locals_capacity; i++)
        if (!ref_is_null(r->locals[i].dict)) visit(arg, sure ? r->locals[i].owner : NULL, ref_borrow(r->locals[i].dict));
}

/* This thread's dict of the object, made (and __init__ called) on first use; borrowed. */
static Value local_dict(Thread *t, Value self) {
    RuntimeThread *r = runtime_thread(t);
    Local *l = as(Local, self);
    if (unlikely(r->locals_purged != load_acquire(&x_dead_generation))) locals_purge(t);
    LocalEntry *e = local_find(r, l->id);
    if (likely(e != NULL && e->id == l->id && !ref_is_null(e->dict))) return ref_borrow(e->dict);
    if (locals_room(t, r) < 0) return VALUE_NULL;
    Ref dict = dict_new(t);
    if (ref_is_null(dict)) return VALUE_NULL;
    e = local_find(r, l->id);
    if (e->id == 0) r->locals_count++;
    *e = (LocalEntry){l->id, dict, value_object(self)};
    Type *type = type_of(self);
    if (type->init != local_type.init && type->init != object_type.init) {
        Value args = slot_get(&l->args), kwargs = slot_get(&l->kwargs);
        Ref init = get_attr(t, self, N(__init__));
        Ref done = ref_is_null(init) ? REF_NULL : call_tuple_dict(t, ref_borrow(init), args, kwargs);
        ref_drop(t, init);
        if (ref_is_null(done)) { /* as if this thread had never looked */
            e = local_find(r, l->id);
            Ref d = e->dict;
            e->dict = REF_NULL;
            Ref exc = err_fetch(t);
            ref_drop(t, d);
            err_steal(t, exc);
            return VALUE_NULL;
        }
        ref_drop(t, done);
        e = local_find(r, l->id);
    }
    return ref_borrow(e->dict);
}

static Ref local_getattro(Thread *t, Value self, Value name) {
    Value dict = local_dict(t, self);
    if (value_is_null(dict)) return REF_NULL;
    if (value_is(name, N(__dict__))) return ref_new(t, dict);
    return generic_getattr_dict(t, self, name, dict);
}
static int local_setattro(Thread *t, Value self, Value name, Value value) {
    Value dict = local_dict(t, self);
    if (value_is_null(dict)) return -1;
    if (value_is(name, N(__dict__)))
        return err_int(err_set(t, E_AttributeError, "'%.50T' object attribute '%V' is read-only", self, name));
    return generic_setattr_dict(t, self, name, value, dict);
}
static Ref local_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Type *type = as(Type, cls);
    size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
    if ((nargs || nkw) && type->init == object_type.init)
        return err_set(t, E_TypeError, "Initialization arguments are not supported");
    Ref self = instance_new(t, type);
    if (ref_is_null(self)) return self;
    Local *l = as(Local, ref_borrow(self));
    l->id = add_relaxed(&x_next_local, (uint64_t)1);
    Ref tuple = tuple_from_array(t, args, nargs), kwargs = nkw ? dict_new(t) : REF_NULL;
    bool ok = !ref_is_null(tuple) && (!nkw || !ref_is_null(kwargs));
    for (size_t i = 0; ok && i < nkw; i++) ok = dict_set(t, ref_borrow(kwargs), tuple_get(kwnames, i), args[nargs + i]) == 0;
    slot_init(&l->args, tuple);
    slot_init(&l->kwargs, kwargs);
    /* this thread's dict exists from now on: type.__call__ runs __init__ here itself */
    RuntimeThread *r = runtime_thread(t);
    Ref dict = ok && locals_room(t, r) == 0 ? dict_new(t) : REF_NULL;
    if (ref_is_null(dict)) {
        ref_drop(t, self);
        return REF_NULL;
    }
    r->locals_count++;
    *local_find(r, l->id) = (LocalEntry){l->id, dict, value_object(ref_borrow(self))};
    return self;
}
static void local_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((Local *)o)->args, visit, arg);
    slot_visit(&((Local *)o)->kwargs, visit, arg);
}
static void local_clear(Thread *t, Object *o) {
    ref_drop(t, slot_take(t, o, &((Local *)o)->args));
    ref_drop(t, slot_take(t, o, &((Local *)o)->kwargs));
}
/* False: the list is full, or memory is out. */
static bool dead_note(Thread *t, uint64_t id) {
    bool noted;
    mutex_lock(t, &dead_lock);
    if (dead_count == dead_capacity && dead_count < DEAD_MOST) {
        size_t capacity = dead_capacity ? dead_capacity * 2 : 64;
        uint64_t *grown = mem_realloc(dead_ids, capacity * sizeof *grown);
        if (grown != NULL) dead_ids = grown, dead_capacity = capacity;
    }
    noted = dead_count < dead_capacity;
    if (noted) {
        dead_ids[dead_count++] = id;
        store_release(&x_dead_generation, (uint64_t)dead_count);
    }
    mutex_unlock(&dead_lock);
    return noted;
}
static void local_destroy(Thread *t, Object *o) {
    uint64_t id = ((Local *)o)->id;
    local_clear(t, o);
    bool noted = dead_note(t, id);
    for (int i = 0; i < 3 && !noted; i++) { /* others may fill it again */
        dead_forget(t);
        noted = dead_note(t, id);
    }
    if (!noted) store_release(&x_dead_lost, true); /* without memory the dicts stay until their threads end */
    if (runtime_thread(t)) locals_purge(t);
}
static Type local_type = {
    TYPE_HEADER(Local, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, local_traverse, local_clear, local_destroy),
    .name = "_thread._local", .doc = "Attributes that each thread sees its own values of.",
    .weakrefs_offset = offsetof(Local, weakrefs), .getattro = local_getattro, .setattro = local_setattro, .new_ = local_new,
};

/* ---- starting threads ------------------------------------------------------------------------------------------------------ */

typedef struct Start { Ref function, args, kwargs; } Start;
static _Atomic int64_t x_running; /* threads started here that have not ended: _thread._count() */
static _Atomic size_t x_stack_size;

static void run_thread(Thread *t, void *arg) {
    Start s = *(Start *)arg;
    mem_free(arg);
    if (thread_state_begin(t) == 0) {
        Ref r = call_tuple_dict(t, ref_borrow(s.function), ref_borrow(s.args), ref_borrow(s.kwargs));
        if (ref_is_null(r)) {
            if (err_is(t, E_SystemExit)) err_clear(t);
            else err_unraisable(t, "in thread started by", ref_borrow(s.function));
        }
        ref_drop(t, r);
    }
    ref_drop(t, s.function);
    ref_drop(t, s.args);
    ref_drop(t, s.kwargs);
    add_relaxed(&x_running, (int64_t)-1);
}

static Ref m_start_new_thread(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "start_new_thread", kwnames) < 0 || check_nargs(t, "start_new_thread", nargs, 2, 3) < 0) return REF_NULL;
    if (!is_callable(args[0])) return err_set(t, E_TypeError, "first arg must be callable");
    if (!is_tuple(args[1])) return err_set(t, E_TypeError, "2nd arg must be a tuple");
    if (nargs == 3 && !is_dict(args[2])) return err_set(t, E_TypeError, "optional 3rd arg must be a dictionary");
    Start *s = mem_alloc(sizeof *s);
    if (s == NULL) return err_no_memory(t);
    *s = (Start){ref_new(t, args[0]), ref_new(t, args[1]), nargs == 3 ? ref_new(t, args[2]) : REF_NULL};
    publish(t, ref_borrow(s->function));
    publish(t, ref_borrow(s->args));
    publish(t, ref_borrow(s->kwargs));
    uint64_t ident;
    add_relaxed(&x_running, (int64_t)1);
    int err = thread_start(t, run_thread, s, load_relaxed(&x_stack_size), &ident, NULL);
    if (err == 0) return int_from_u64(t, ident);
    add_relaxed(&x_running, (int64_t)-1);
    ref_drop(t, s->function);
    ref_drop(t, s->args);
    ref_drop(t, s->kwargs);
    mem_free(s);
    return err_set(t, E_RuntimeError, "can't start new thread");
}

static Ref m_allocate_lock(Thread *t, Value self, const Value *a) { return ref_steal(object_alloc(t, &lock_type, 0)); }
static Ref m_get_ident(Thread *t, Value self, const Value *a) { return int_from_u64(t, my_ident(t)); }
static Ref m_get_native_id(Thread *t, Value self, const Value *a) { return int_from_i64(t, t->native_id); }
static Ref m_count(Thread *t, Value self, const Value *a) { return int_from_i64(t, load_relaxed(&x_running)); }
static Ref m_exit(Thread *t, Value self, const Value *a) { return err_object(t, type_value(ETYPE(SystemExit))); }

static Ref m_interrupt_main(Thread *t, Value self, const Value *a) {
    int signum = SIGINT;
    if (!value_is_null(a[0]) && as_int(t, a[0], &signum) < 0) return REF_NULL;
    if (signum < 1 || signum >= NSIG) return err_set(t, E_ValueError, "signal number out of range");
    if (simulate_signal) simulate_signal(signum);
    return t->is_main && safepoint(t) < 0 ? REF_NULL : REF_NONE; /* at once, if this is who is interrupted */
}

static Ref m_stack_size(Thread *t, Value self, const Value *a) {
    int64_t size = 0, old = (int64_t)load_relaxed(&x_stack_size);
    if (!value_is_null(a[0]) && index_as_i64(t, a[0], &size) < 0) return REF_NULL;
    if (size < 0) return err_set(t, E_ValueError, "size must be 0 or a positive value");
    if (!value_is_null(a[0])) {
        if (size != 0 && size < 32768) return err_set(t, E_ValueError, "size not valid: %lld bytes", (long long)size);
        store_relaxed(&x_stack_size, (size_t)size);
    }
    return int_from_i64(t, old);
}

static Ref m_set_sentinel(Thread *t, Value self, const Value *a) {
    RuntimeThread *r = runtime_thread(t);
    Ref lock = m_allocate_lock(t, self, NULL), old = r->sentinel;
    if (ref_is_null(lock)) return lock;
    publish(t, ref_borrow(lock)); /* others join through it */
    r->sentinel = ref_new(t, ref_borrow(lock));
    ref_drop(t, old);
    return lock;
}
void thread_sentinel_release(Value sentinel) {
    Lock *l = as(Lock, sentinel);
    if (load_relaxed(&l->x_state)) lock_release(l);
}

/* _excepthook((type, value, traceback, thread)): prints what ended a thread */
static Ref m_excepthook(Thread *t, Value self, const Value *a) {
    if (type_of(a[0]) != except_hook_args_type)
        return err_set(t, E_TypeError, "_thread.excepthook argument type must be ExceptHookArgs");
    Value type = tuple_get(a[0], 0), value = tuple_get(a[0], 1), traceback = tuple_get(a[0], 2), thread = tuple_get(a[0], 3);
    if (value_is(type, type_value(ETYPE(SystemExit)))) return REF_NONE;
    Ref file = sys_get(t, "stderr"), name = REF_NULL, text = REF_NULL, done = REF_NULL, hook = REF_NULL;
    if (ref_is_null(file) || ref_is_none(file)) {
        ref_drop(t, file);
        if (value_is_none(thread)) return REF_NONE;
        file = get_attr_cstr(t, thread, "_stderr");
        if (ref_is_null(file) || ref_is_none(file)) {
            err_clear(t);
            ref_drop(t, file);
            return REF_NONE;
        }
    }
    if (!value_is_none(thread)) {
        name = get_attr_opt(t, thread, N(name));
        if (ref_is_null(name)) err_clear(t);
    }
    text = ref_is_null(name) ? str_format(t, "Exception in thread %lld:\n", (long long)my_ident(t))
                             : str_format(t, "Exception in thread %V:\n", ref_borrow(name));
    if (ref_is_null(text)) goto end;
    done = call_method1(t, ref_borrow(file), N(write), ref_borrow(text));
    if (ref_is_null(done)) goto end;
    ref_drop(t, done);
    hook = import_attr(t, "traceback", "print_exception");
    if (ref_is_null(hook)) goto end;
    Value args[] = {type, value, traceback, VALUE_NONE, ref_borrow(file)};
    done = call(t, ref_borrow(hook), args, 5, VALUE_NULL);
    if (ref_is_null(done)) goto end;
    ref_drop(t, done);
    done = call_method0(t, ref_borrow(file), N(flush));
end:
    ref_drop(t, hook);
    ref_drop(t, text);
    ref_drop(t, name);
    ref_drop(t, file);
    if (ref_is_null(done)) return REF_NULL;
    ref_drop(t, done);
    return REF_NONE;
}

static NativeDef functions[] = {
    FN_RAW("start_new_thread", "!($module, *args)", m_start_new_thread, "Runs function(*args, **kwargs) in a new thread; returns its identifier."),
    FN_RAW("start_new", "!($module, *args)", m_start_new_thread, "An old name of start_new_thread()."),
    FN("allocate_lock", "!($module, /)", m_allocate_lock, "A new lock."),
    FN("allocate", "!($module, /)", m_allocate_lock, "An old name of allocate_lock()."),
    FN("exit", "!($module, /)", m_exit, "Ends the thread by raising SystemExit."),
    FN("exit_thread", "!($module, /)", m_exit, "An old name of exit()."),
    FN("interrupt_main", "!($module, signum=2, /)", m_interrupt_main, "Acts as if the signal had arrived."),
    FN("get_ident", "!($module, /)", m_get_ident, "The identifier of this thread."),
    FN("get_native_id", "!($module, /)", m_get_native_id, "The kernel's number for this thread."),
    FN("_count", "!($module, /)", m_count, "How many threads run that were started here."),
    FN_TUPLE("stack_size", "!($module, size=0, /)", m_stack_size, "Stack size of threads to come; returns the old one."),
    FN("_set_sentinel", "!($module, /)", m_set_sentinel, "A lock that is released when this thread has ended."),
    FN("_excepthook", "!($module, args, /)", m_excepthook, "Prints the exception that ended a thread."),
    FN_END,
};

static const StructSeqField except_hook_fields[] = {
    {"exc_type", "Exception type"}, {"exc_value", "Exception value"}, {"exc_traceback", "Exception traceback"}, {"thread", "Thread"}, {NULL, NULL},
};

int module_init_thread(Thread *t, Value module) {
    if (type_ready(t, &lock_type) < 0 || module_add_type(t, module, &rlock_type) < 0 || module_add_type(t, module, &local_type) < 0)
        return -1;
    except_hook_args_type = structseq_type(t, "_thread._ExceptHookArgs", "What threading.excepthook is called with.", except_hook_fields, 4);
    if (except_hook_args_type == NULL) return -1;
    if (module_add_functions(t, module, functions) < 0 || module_set(t, module, "LockType", type_value(&lock_type)) < 0 ||
        module_set(t, module, "_ExceptHookArgs", type_value(except_hook_args_type)) < 0 ||
        module_set(t, module, "error", type_value(ETYPE(RuntimeError))) < 0)
        return -1;
    return module_set_steal(t, module, "TIMEOUT_MAX", float_new(t, floor((double)LLONG_MAX / 1e9)));
}
