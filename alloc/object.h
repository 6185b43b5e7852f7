/* Object: the header of every heap object, reference counts, publication, and the one door for stores.
 *
 *  Header, 24 bytes:
 *    x_word         { owner:16 | flags:8 | mutex:8 }, read and compared as one 32-bit word
 *    local_refs     the owner's count, plain; only the thread whose id is `owner` touches it
 *    x_shared_refs  everybody else's count << 2 | state, atomic
 *    x_type         changes only by __class__ assignment
 *
 *  owner: 0 = uncounted (immortal, or kept by the collector alone: nobody counts it);
 *         OWNER_MERGED = no owner any more, x_shared_refs is the whole count; else a thread id.
 *
 *  Counting (Choi, Shull, Torrellas: Biased Reference Counting, PACT 2018; PEP 703):
 *    the owner counts in local_refs; others in x_shared_refs. When the owner's count reaches zero it
 *    merges. A foreign drop that takes an unmerged shared count to a point where the owner must look
 *    queues the object to its owner (REFS_QUEUED), who merges at a safepoint.
 *
 *  Local until published: FLAG_LOCAL is set at birth. is_local(t, o) compares x_word with the thread's
 *    own {id, FLAG_LOCAL, 0}. A local object is touched plainly and dies at once. Law: nothing shared
 *    refers to anything local; slot_swap and slot_set keep it by publishing what they store.
 *
 *  Lending: a value read from a slot is borrowed (Value). How long is it good?
 *    - if the container is local, until somebody may change the container: a call-out to Python, a drop;
 *    - if it is shared, until this thread's next quiescent state: nothing shared is destroyed before
 *      every thread has passed one (a shared object whose count reaches zero is *retired* intact; after
 *      the grace period it is destroyed if its count is still zero). So ref_new() on a value just read
 *      always succeeds, even if its container has dropped it meanwhile.
 *    C code that may call out to Python, block, or take an object lock between reading a slot and its last
 *    use holds a Ref. Arguments of a function are good for the whole call: the caller's registers hold them.
 *    Registers of the VM alone may hold *lent* words (tag 4) of counted shared objects: they are not
 *    counted. Before a thread announces a quiescent state it counts those that its register stack still
 *    holds (regs_claim). A Ref anywhere else is really counted (or its object is uncounted).
 *
 *  In GIL mode (WEFT_GIL, or -X gil=1) all threads have the same id: everything is local to everyone, counts
 *  are plain and no lock is taken.
 *
 *  Everything here needs an attached thread `t` that is the caller's own.
 */
#ifndef WEFT_ALLOC_OBJECT_H
#define WEFT_ALLOC_OBJECT_H

#include "alloc/value.h"

struct Object {
    _Atomic uint32_t x_word;
    uint32_t local_refs;
    _Atomic int64_t x_shared_refs;
    _Atomic(Type *) x_type;
};
_Static_assert(sizeof(Object) == 24, "the header is 24 bytes");

#define OWNER_UNCOUNTED 0u
#define OWNER_MERGED 0xFFFFu

#define FLAG_LOCAL 0x01u     /* only its owner can reach it */
#define FLAG_REVIVED 0x02u   /* counted again after it was retired: it needs one more grace period */
#define FLAG_RETIRED 0x04u   /* its count reached zero; it waits for the grace period */
#define FLAG_WEAKREFS 0x08u  /* weak references to it exist or existed; the only flag that a local object may have besides */
#define FLAG_GC_MARK 0x10u   /* used by the collector with the world stopped, and by publication for lack of memory */
#define FLAG_TRASH 0x20u     /* part of a cycle that the collector destroys: ref_try fails */
#define WORD_FLAG(f) ((uint32_t)(f) << 16)
#define WORD_MUTEX_SHIFT 24
/* The bits that is_local compares. FLAG_WEAKREFS isn't among them: before the first thread starts, and in GIL mode,
 * weakly referenced objects stay local; later runtime/ publishes an object before it sets the flag. With WEFT_LOCKS=always
 * local objects are locked too, so the lock isn't either. */
#if defined(WEFT_LOCKS_always)
#define WORD_LOCAL_MASK (0x00FFFFFFu & ~WORD_FLAG(FLAG_WEAKREFS))
#else
#define WORD_LOCAL_MASK (~WORD_FLAG(FLAG_WEAKREFS))
#endif

/* states in the low bits of x_shared_refs */
#define REFS_SHIFT 2
#define REFS_QUEUED 1
#define REFS_MERGED 2
#define REFS_DEAD 3 /* committed to destruction: ref_try fails */

/* What alloc/ knows of a type; the first member of struct Type. */
typedef void (*VisitFn)(void *arg, Value v);
typedef struct TypeHead {
    Object base;
    uint32_t flags;   /* TYPE_* below and in runtime/type.h */
    uint32_t size;    /* bytes of an instance without its variable part */
    uint32_t item_size;
    uint32_t uid;     /* unique for ever; 0 before type_ready */
    _Atomic uint32_t x_layout; /* these three: runtime/instance.h, layout_of */
    uint32_t layout_at;
    Type *layout_type;
    /* calls visit(arg, v) for every reference that the object owns, the type of a heap type's instance excepted
     * (alloc adds that one). Runs with the world stopped or on a local object, see also TYPE_OPEN: takes no lock, allocates nothing. */
    void (*traverse)(Object *self, VisitFn visit, void *arg);
    /* drops references so that cycles break; leaves the object valid. May be null. Run attached. */
    void (*clear)(Thread *t, Object *self);
    /* frees what the object owns (references, memory), not the object itself: alloc does that after. May be null. */
    void (*destroy)(Thread *t, Object *self);
    /* __del__ and its kin: may run Python, may resurrect. Called at most once per object. May be null. */
    void (*finalize)(Thread *t, Object *self);
    /* null, or: finalize would do nothing for this local object, as it is now */
    bool (*ends_quietly)(Thread *t, const Object *self);
} TypeHead;

#define TYPE_CONTAINER 0x01u   /* has traverse: lives in object pages, the collector looks at it */
#define TYPE_HEAP 0x02u        /* made at run time; instances count a reference to it */
#define TYPE_UNCOUNTED 0x04u   /* instances become uncounted once shared (functions, types, modules, code, descriptors) */
#define TYPE_OPEN 0x08u        /* traverse may run while other threads change the object: it reads acquired words only, within bounds that belong to them */
#define TYPE_GUARDED 0x40u     /* traverse may run so under the object's lock */
#define TYPE_ENDS_PYTHON 0x20u /* finalize runs Python of the program's: a generator's `finally` */
#define TYPE_WEAKREFABLE 0x10u /* instances may have FLAG_WEAKREFS */
/* flags from 0x100 up belong to runtime/type.h */

#define type_head(o) ((TypeHead *)load_relaxed(&((Object *)(o))->x_type))

/* ---- thread words that the inline paths need; the full Thread is in alloc/thread.h -------------- */
typedef struct ThreadHot {
    uint32_t local_word;         /* { id, FLAG_LOCAL, mutex 0 } */
    uint16_t id;                 /* owner id; the same for all threads in GIL mode */
    uint16_t alt_id;             /* main thread: its id before the first thread started; else == id */
    _Atomic uint32_t x_breaker;  /* not 0: go to safepoint_slow at the next safepoint */
} ThreadHot;
#define thread_hot(t) ((ThreadHot *)(t))

static inline uint16_t object_owner(const Object *o) {
    return (uint16_t)load_relaxed(&((Object *)o)->x_word);
}
static inline bool is_local(const Thread *t, const void *o) {
#if WEFT_GIL
    return true;
#else
    return (load_relaxed(&((Object *)o)->x_word) & WORD_LOCAL_MASK) == thread_hot(t)->local_word;
#endif
}
static inline bool is_uncounted(const void *o) { return object_owner((const Object *)o) == OWNER_UNCOUNTED; }
/* Uncounted for good. (RELAXED: false is always right, too.) */
static inline bool is_immortal(const Object *o) { return is_uncounted(o) && __atomic_load_n(&o->local_refs, __ATOMIC_RELAXED) != 0; }
/* Another thread may be counting in its local_refs. */
static inline bool is_foreign(const Thread *t, const Object *o) {
    uint16_t owner = object_owner(o);
    return owner != OWNER_UNCOUNTED && owner != OWNER_MERGED && owner != thread_hot(t)->id && owner != thread_hot(t)->alt_id;
}

/* ---- counts ---------------------------------------------------------------------------------------- */
#if WEFT_STATS
void stats_owner_ref(Thread *t, Object *o);
void stats_shared_store(Thread *t);
#define STAT_OWNER_REF(t, o) stats_owner_ref((t), (o))
#define STAT_SHARED_STORE(t) stats_shared_store(t)
#else
#define STAT_OWNER_REF(t, o) ((void)0)
#define STAT_SHARED_STORE(t) ((void)0)
#endif
void object_incref_slow(Thread *t, Object *o); /* not the owner */
void object_decref_slow(Thread *t, Object *o);
void object_zero(Thread *t, Object *o);        /* the owner's local count reached zero: free or merge */

/* Does the thread count it plainly? The main thread's second id is that of all that was made before the first thread: often what all threads share. */
static ALWAYS_INLINE bool counts_plainly(const Thread *t, const Object *o) {
    uint16_t owner = object_owner(o);
#if WEFT_GIL
    return owner == thread_hot(t)->id;
#else
    return likely(owner == thread_hot(t)->id) || owner == thread_hot(t)->alt_id;
#endif
}
static inline void object_incref(Thread *t, Object *o) {
#if !defined(WEFT_REFCOUNT_atomic)
    if (likely(counts_plainly(t, o))) {
        STAT_OWNER_REF(t, o);
        o->local_refs++;
        return;
    }
#endif
    if (object_owner(o) != OWNER_UNCOUNTED) object_incref_slow(t, o);
}
static inline void object_decref(Thread *t, Object *o) {
#if !defined(WEFT_REFCOUNT_atomic)
    if (likely(counts_plainly(t, o))) {
        STAT_OWNER_REF(t, o);
        if (unlikely(--o->local_refs == 0)) object_zero(t, o);
        return;
    }
#endif
    if (object_owner(o) != OWNER_UNCOUNTED) object_decref_slow(t, o);
}

/* The same for an object that is known to be local: nobody but the owner can see it. */
static inline void object_incref_local(Thread *t, Object *o) {
#if defined(WEFT_REFCOUNT_atomic) || WEFT_GIL /* there, uncounted objects are local, too */
    object_incref(t, o);
#else
    STAT_OWNER_REF(t, o);
    o->local_refs++;
#endif
}

/* A new owned reference to what v names (counted; free of charge for ints, floats, uncounted objects). Never fails. */
static inline Ref ref_new(Thread *t, Value v) {
    if (value_is_object(v)) {
        Object *o = value_object(v);
        if (is_uncounted(o)) { /* the collector may count it again when it is garbage: so a plain word, but for immortal ones */
            if (!is_immortal(o)) v.bits &= ~(uint64_t)TAG_LENT;
            return (Ref){v.bits};
        }
        object_incref(t, o);
        v.bits &= ~(uint64_t)TAG_LENT;
    }
    return (Ref){v.bits};
}
/* Ends an owned reference; null is fine. May run finalizers, so: Python code. */
static inline void ref_drop(Thread *t, Ref r) {
    if ((r.bits & 7) == 0 && r.bits != 0) object_decref(t, (Object *)r.bits);
}
/* The borrowed view of an owned reference. */
static inline Value ref_borrow(Ref r) { return (Value){r.bits}; }
/* Takes over a reference that the caller owns in raw form (e.g. a fresh object's first one). */
static inline Ref ref_steal(void *o) { return (Ref){(uint64_t)o}; }
/* Counts a VM register's word if it was lent; the identity for all others. */
static inline Ref ref_own(Thread *t, Ref r) {
    return (r.bits & 7) == TAG_LENT ? ref_new(t, (Value){r.bits}) : r;
}
/* Copies a word into a VM register: local objects are counted, everything else is lent. VM only. */
static inline Ref reg_copy(Thread *t, Value v) {
    if ((v.bits & 7) == 0 && v.bits != 0) {
        Object *o = (Object *)v.bits;
        if (is_local(t, o)) object_incref_local(t, o);
        else v.bits |= TAG_LENT;
    }
    return (Ref){v.bits};
}
/* A new reference unless the object is already committed to destruction (then null): for weak references. */
Ref ref_try(Thread *t, Object *o);
/* True if the caller's is the only reference there is: owner is me, local, count 1. In-place reuse needs it. (In the GIL build is_local says nothing
 * about uncounted objects, whose local_refs mean nothing.) */
static inline bool ref_is_unique(Thread *t, const Object *o) { return is_local(t, o) && o->local_refs == 1 && !is_uncounted(o); }
/* sys.getrefcount: an estimate for shared objects. */
int64_t object_refcount(Thread *t, Object *o);
/* Makes an object uncounted for good (interned strings, constants, built-in types). Stops the world if it is another thread's. */
void object_immortalize(Thread *t, Object *o);

/* ---- publication ------------------------------------------------------------------------------------ */
void publish_slow(Thread *t, Object *o);
/* Makes v and all that it reaches shared. Needed only where a reference leaves by another way than slot_*. */
static inline void publish(Thread *t, Value v) {
    if (value_is_object(v) && is_local(t, value_object(v))) publish_slow(t, value_object(v));
}

/* ---- slots: the one door for references inside heap objects ------------------------------------------ */
typedef struct { _Atomic uint64_t x_bits; } Slot;

/* acquire: what the slot's writer did before its release store to the object behind is visible */
static inline Value slot_get(const Slot *s) { return (Value){load_acquire(&((Slot *)s)->x_bits)}; }
/* An owned reference to the slot's value (or null). */
static inline Ref slot_ref(Thread *t, const Slot *s) { return ref_new(t, slot_get(s)); }
/* First store into a container that nobody else can see yet, or null into any. Consumes r. */
static inline void slot_init(Slot *s, Ref r) { store_relaxed(&s->x_bits, r.bits); }
/* Stores r (consumed) into a slot of `container`, whose lock the caller holds if it is shared and the slot has
 * other writers; publishes r first if the container is shared. Returns the old value: drop it after unlocking. */
static inline Ref slot_swap(Thread *t, void *container, Slot *s, Ref r) {
    DCHECK((r.bits & 7) != TAG_LENT || is_uncounted(value_object(ref_borrow(r))));
    if (likely(is_local(t, container))) {
        Ref old = {load_relaxed(&s->x_bits)};
        store_relaxed(&s->x_bits, r.bits);
        return old;
    }
    publish(t, ref_borrow(r));
    STAT_SHARED_STORE(t);
    return (Ref){swap_acq_rel(&s->x_bits, r.bits)}; /* release: publishes r's insides; acquire: we may destroy old */
}
/* slot_swap, then drops the old value: not under a lock, and not where running Python is out of place. */
static inline void slot_set(Thread *t, void *container, Slot *s, Ref r) { ref_drop(t, slot_swap(t, container, s, r)); }
/* Takes the value out and leaves null. */
static inline Ref slot_take(Thread *t, void *container, Slot *s) { return slot_swap(t, container, s, REF_NULL); }
static inline void slot_visit(const Slot *s, VisitFn visit, void *arg) {
    Value v = slot_get(s);
    if (value_is_object(v)) visit(arg, v);
}

/* ---- birth and death of objects ------------------------------------------------------------------------ */
/* A fresh local object with one reference, header set, the rest zero; `extra` bytes of variable part.
 * Null with MemoryError set if memory is out. Never collects and never runs Python (a collection that is due is asked
 * for at the next safepoint). */
void *object_alloc(Thread *t, Type *type, size_t extra);
/* The same, bytes after the header not cleared: the caller fills them before anything else can happen. */
void *object_alloc_raw(Thread *t, Type *type, size_t extra);
#define object_new(T, t, type) ((T *)object_alloc((t), (type), 0))

/* Plain memory, owned by objects. mem_* return null without setting an exception; raise with err_no_memory(t). */
void *mem_alloc(size_t size);
void *mem_zalloc(size_t size);
void *mem_realloc(void *p, size_t size);
void mem_free(void *p);
/* Frees p after a grace period: storage of a shared object that readers may still look at. `size` bounds what waits. */
void mem_retire(Thread *t, void *p, size_t size);
/* Frees storage of `container` that was replaced: at once if it is local, else after a grace period. */
static inline void storage_free(Thread *t, void *container, void *p, size_t size) {
    if (is_local(t, container)) mem_free(p);
    else mem_retire(t, p, size);
}

/* For a static object: immortal header. */
#define OBJECT_STATIC(type_) {.x_word = 0, .local_refs = 1, .x_shared_refs = 0, .x_type = (Type *)(type_)}

#endif
