/* Reference counts: the paths that object.h doesn't inline, merging, the queues to owners, and death.
 *
 *   operation             who                     what it needs
 *   owner's inc and dec   the thread with the id  nothing: plain local_refs
 *   foreign inc and dec   any attached thread     its tally (tally.h), or atomics on x_shared_refs
 *   merge                 the owner, or whoever acts for an id that has no running thread (IdSlot.lock, or the thread claimed)
 *   death of a local one  the owner               nothing
 *   death of a shared one the one that commits it to REFS_DEAD after a grace period (qsbr.c)
 *
 * Guarantees that tests cite:
 *   (R1) an object is destroyed once, and only when its true count is zero;
 *   (R2) a shared object isn't destroyed before all threads have passed a quiescent state since its count last became zero;
 *   (R3) no thread touches a header after its own drop, except within the grace period that R2 gives.
 */
#include "alloc/tally.h"

#define DESTROY_DEPTH 40 /* nested destructions of local objects, or finalizers and callbacks, before the rest is put off */

/* ---- ids -------------------------------------------------------------------------------------------------------- */
static IdSlot *id_slots[0x10000];
static uint16_t *free_ids;
static uint32_t free_count, free_cap, next_id = 1;
static pthread_mutex_t ids_lock = PTHREAD_MUTEX_INITIALIZER;

int ids_init(void) { return 0; }
IdSlot *id_slot(uint16_t id) { return id_slots[id]; }

uint16_t id_take(AllocThread *a) {
    pthread_mutex_lock(&ids_lock);
    uint16_t id = 0;
    if (free_count) id = free_ids[--free_count];
    else if (next_id < OWNER_MERGED) {
        IdSlot *s = mem_zalloc(sizeof *s);
        if (s && free_cap <= next_id) { /* room for every id, so that giving one back can't fail */
            uint32_t cap = free_cap ? free_cap * 2 : 64;
            uint16_t *more = mem_realloc(free_ids, cap * sizeof *more);
            if (more) {
                free_ids = more;
                free_cap = cap;
            } else {
                mem_free(s);
                s = NULL;
            }
        }
        if (s) {
            pthread_mutex_init(&s->lock, NULL);
            id = s->id = (uint16_t)next_id++;
            id_slots[id] = s;
        }
    }
    if (id) {
        pthread_mutex_lock(&id_slots[id]->lock);
        id_slots[id]->thread = a;
        pthread_mutex_unlock(&id_slots[id]->lock);
    }
    pthread_mutex_unlock(&ids_lock);
    return id;
}

/* ---- merging ------------------------------------------------------------------------------------------------------ */
/* Adds `local` and the owner's count to the shared one and takes the owner away. The caller has the right to touch local_refs.
 * Owner and local count go first: once the merged count can be seen, the object may die. */
static NOINLINE void merge(Thread *t, Object *o, int64_t add) {
    int64_t n = add + (int64_t)o->local_refs;
    o->local_refs = 0;
    /* objects made before the first thread start still have it */
    if (load_relaxed(&o->x_word) & WORD_FLAG(FLAG_LOCAL)) and_acq_rel(&o->x_word, ~WORD_FLAG(FLAG_LOCAL));
    or_acq_rel(&o->x_word, (uint32_t)OWNER_MERGED);
    STAT(t, merged);
    HARD_YIELD();
    int64_t old = load_relaxed(&o->x_shared_refs), now;
    do now = (((old >> REFS_SHIFT) + n) * (1 << REFS_SHIFT)) | REFS_MERGED;
    while (!cas_acq_rel(&o->x_shared_refs, &old, now));
    HARD_YIELD();
    if (now >> REFS_SHIFT <= 0) object_shared_zero(t, o); /* below zero: some tally holds references */
}

/* Ends one entry of a queue. The caller acts for the id. */
static void merge_queued(Thread *t, Object *o, uint16_t id) {
    if (object_owner(o) != id) { /* merged meanwhile: only the queue's own reference is left to drop */
        int64_t old = sub_acq_rel(&o->x_shared_refs, 1 << REFS_SHIFT);
        if (old >> REFS_SHIFT == 1) object_shared_zero(t, o);
        return;
    }
    merge(t, o, -1);
}

static bool queue_take(IdSlot *s, Object ***queue, uint32_t *n) {
    *queue = s->queue;
    *n = load_relaxed(&s->x_count);
    s->queue = NULL;
    s->cap = 0;
    store_relaxed(&s->x_count, 0);
    return *n != 0;
}

/* Merges the queue of an id that the caller acts for, under the slot's lock. */
static void queue_merge_locked(Thread *t, IdSlot *s) {
    Object **queue;
    uint32_t n;
    if (!queue_take(s, &queue, &n)) return;
    for (uint32_t i = 0; i < n; i++) merge_queued(t, queue[i], s->id);
    mem_free(queue);
}

void queue_merge_own(Thread *t) {
    uint16_t ids[2] = {t->hot.id, t->hot.alt_id};
    for (int i = 0; i < (ids[0] == ids[1] ? 1 : 2); i++) {
        IdSlot *s = id_slot(ids[i]);
        if (!load_relaxed(&s->x_count)) continue;
        Object **queue;
        uint32_t n;
        pthread_mutex_lock(&s->lock);
        queue_take(s, &queue, &n);
        pthread_mutex_unlock(&s->lock);
        for (uint32_t k = 0; k < n; k++) merge_queued(t, queue[k], s->id);
        mem_free(queue);
    }
}

/* Objects that there was no memory to queue or to retire: a full collection finds them by their counts. */
static _Atomic bool x_lost;
void object_lost(void) { store_relaxed(&x_lost, true); }

static void find_lost(void *arg, Page *p, Object *o) {
    uint16_t owner = object_owner(o);
    int64_t refs = load_relaxed(&o->x_shared_refs);
    if (owner == OWNER_MERGED && refs == REFS_MERGED) object_shared_zero(arg, o);
    else if (owner != OWNER_MERGED && owner != OWNER_UNCOUNTED && !local_to_any(o) && (refs & 3) == REFS_QUEUED) merge(arg, o, -1);
}

void queues_merge_stopped(Thread *t) {
    FOR_EACH_THREAD(a) {
        tally_flush(t, a);
        handed_flush(t, a);
    }
    for (uint32_t id = 1; id < next_id; id++) {
        IdSlot *s = id_slot((uint16_t)id);
        if (!load_relaxed(&s->x_count)) continue;
        pthread_mutex_lock(&s->lock);
        queue_merge_locked(t, s);
        pthread_mutex_unlock(&s->lock);
    }
    if (unlikely(load_relaxed(&x_lost))) {
        store_relaxed(&x_lost, false);
        heap_walk(find_lost, t);
    }
}

void id_give_back(Thread *t, uint16_t id) {
    IdSlot *s = id_slot(id);
    pthread_mutex_lock(&ids_lock);
    pthread_mutex_lock(&s->lock);
    queue_merge_locked(t, s);
    s->thread = NULL;
    pthread_mutex_unlock(&s->lock);
    free_ids[free_count++] = id;
    pthread_mutex_unlock(&ids_lock);
}

/* Appends to the queue of an id, which may be anybody's. */
static void queue_append(Thread *t, uint16_t id, Object **objects, uint32_t count) {
    IdSlot *s = id_slot(id);
    pthread_mutex_lock(&s->lock);
    AllocThread *owner = s->thread;
    uint32_t n = load_relaxed(&s->x_count);
    if (n + count > s->cap) {
        uint32_t cap = s->cap ? s->cap * 2 : HANDED_MOST; /* full, so at least HANDED_MOST */
        Object **more = mem_realloc(s->queue, cap * sizeof *more);
        if (!more) { /* out of memory: the objects keep one reference too many until the next full collection */
            pthread_mutex_unlock(&s->lock);
            object_lost();
            return;
        }
        s->queue = more;
        s->cap = cap;
    }
    memcpy(&s->queue[n], objects, count * sizeof *objects);
    store_seq(&s->x_count, n + count); /* before the owner's state is read: see state_leave */
    if (n) {
        /* who queued the first has seen to it that all are merged */
    } else if (!owner) {
        queue_merge_locked(t, s); /* nobody has the id: the lock makes us its owner */
    } else if (owner->thread == t) {
        breaker_set(t, BREAK_MERGE);
    } else if (state_claim(owner)) { /* blocked, perhaps for long: take its place */
        queue_merge_locked(t, s);
        state_unclaim(owner);
    } else {
        breaker_set(owner->thread, BREAK_MERGE);
    }
    pthread_mutex_unlock(&s->lock);
}

void handed_flush(Thread *t, AllocThread *of) {
    uint32_t count = of->handed_count;
    of->handed_count = 0;
    if (count) queue_append(t, of->handed_id, of->handed, count);
}

/* Hands an object, and with it the reference that couldn't be subtracted, to its owner; while retired containers are destroyed, many at once. */
static void queue_push(Thread *t, Object *o, uint16_t id) {
    STAT(t, queued);
    AllocThread *a = t->alloc;
    if (a->handed_count == HANDED_MOST || a->handed_id != id) handed_flush(t, a);
    a->handed_id = id;
    a->handed[a->handed_count++] = o;
    if (!a->retire_now) handed_flush(t, a);
}

void ids_fork_child(Thread *t) {
    pthread_mutex_init(&ids_lock, NULL);
    for (uint32_t id = 1; id < next_id; id++) {
        IdSlot *s = id_slot((uint16_t)id);
        pthread_mutex_init(&s->lock, NULL);
        if (!s->thread || !s->thread->dead) continue;
        s->thread = NULL;
        queue_merge_locked(t, s);
        free_ids[free_count++] = (uint16_t)id;
    }
}

void id_set_owner(uint16_t id, AllocThread *a) {
    IdSlot *s = id_slot(id);
    pthread_mutex_lock(&s->lock);
    s->thread = a;
    pthread_mutex_unlock(&s->lock);
}

/* ---- counts ----------------------------------------------------------------------------------------------------------- */
static ALWAYS_INLINE bool owned_by(const Thread *t, uint16_t owner) {
    return owner == t->hot.id || owner == t->hot.alt_id;
}

/* Adds n > 0 references of an object that isn't ours. Counted again after its count was zero, or told of late: whoever destroys it must give one more
 * grace period (R2). */
static void shared_add(Thread *t, Object *o, int64_t n) {
    STAT(t, shared_refs);
    int64_t old = add_relaxed(&o->x_shared_refs, n * (1 << REFS_SHIFT));
    if (unlikely(old >> REFS_SHIFT <= 0 && (old & 3) >= REFS_MERGED)) or_acq_rel(&o->x_word, WORD_FLAG(FLAG_REVIVED));
}

/* Adds an entry to its object's count; says how many references. */
static uint32_t tally_tell(Thread *t, TallyEntry *e) {
    Object *o = e->object;
    int64_t n = e->n;
    e->n = 0;
    uint16_t owner = object_owner(o);
    if (owner == OWNER_UNCOUNTED) return 0; /* since */
    if (owned_by(t, owner)) o->local_refs += (uint32_t)n; /* the thread acts for another one */
    else shared_add(t, o, n);
    return (uint32_t)n;
}

void tally_flush(Thread *t, AllocThread *of) {
    Tally *y = &of->tally;
    for (uint32_t i = 0; i < y->placed_count; i++) {
        TallyEntry *e = &y->entry[y->placed[i]];
        if (e->n) tally_tell(t, e);
        e->object = NULL;
    }
    y->placed_count = y->old_count = y->evicted = 0;
}

void tally_quiesce(Thread *t) {
    Tally *y = &t->alloc->tally;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < y->placed_count; i++) {
        TallyEntry *e = &y->entry[y->placed[i]];
        /* ACQUIRE pairs with the release that set the flag. It was set before the period began, and we have read the period's epoch (qsbr_quiesce). */
        if (e->n && i >= y->old_count && !(load_acquire(&e->object->x_word) & WORD_FLAG(FLAG_RETIRED))) {
            y->placed[kept++] = y->placed[i];
            continue;
        }
        if (e->n) y->told += tally_tell(t, e);
        e->object = NULL;
    }
    y->placed_count = y->old_count = kept;
    y->evicted = 0;
    if (y->noted >= TALLY_JUDGED) {
        y->keeps = y->told > y->noted / 2;
        y->noted = y->told = 0;
    }
}

static bool tally_alloc(Tally *y, uint32_t size) {
    TallyEntry *entry = mem_zalloc(size * (sizeof *y->entry + sizeof *y->placed));
    if (!entry) return false;
    *y = (Tally){.entry = entry, .placed = (uint16_t *)(entry + size), .size = size};
    return true;
}
bool tally_init(Tally *y) { return tally_alloc(y, TALLY_LEAST); }
void tally_free(Tally *y) { mem_free(y->entry); }

#if !defined(WEFT_REFCOUNT_atomic)
static NOINLINE void tally_grow(Thread *t) {
    Tally *y = &t->alloc->tally, larger;
    y->evicted = 0;
    if (!tally_alloc(&larger, y->size * 2)) return; /* it will do as it is */
    tally_flush(t, t->alloc);
    Tally old = *y;
    *y = larger;
    tally_free(&old);
}

/* A place for an object that has none: an empty one, one whose references are all taken back, or another object's, which is told of. */
static NOINLINE TallyEntry *tally_place(Thread *t, Object *o) {
    Tally *y = &t->alloc->tally;
    TallyEntry *set = tally_set(y, o), *e = NULL;
    for (int i = 0; i < TALLY_WAYS; i++) {
        if (!set[i].object) {
            e = &set[i];
            y->placed[y->placed_count++] = (uint16_t)(e - y->entry);
            break;
        }
        if (!set[i].n) e = &set[i];
    }
    if (!e) {
        if (++y->evicted > y->size / 8 && y->size < TALLY_MOST) {
            tally_grow(t);
            return tally_place(t, o);
        }
        e = &set[y->evicted % TALLY_WAYS];
        y->told += tally_tell(t, e);
    }
    e->object = o;
    return e;
}

/* Notes one more reference; a thread that keeps what it takes counts most objects at once. */
static void tally_add(Thread *t, Object *o) {
    Tally *y = &t->alloc->tally;
    TallyEntry *e = tally_find(y, o);
    if (unlikely(!e)) {
        if (y->keeps && !tally_samples(o)) {
            shared_add(t, o, 1);
            return;
        }
        e = tally_place(t, o);
    }
    e->n++;
    y->noted++;
    STAT(t, tallied);
}
#endif

void object_incref_slow(Thread *t, Object *o) {
    uint16_t owner = object_owner(o);
    if (owned_by(t, owner)) {
#if defined(WEFT_REFCOUNT_atomic)
        __atomic_fetch_add(&o->local_refs, 1, __ATOMIC_RELAXED);
#else
        STAT(t, owner_refs);
        o->local_refs++;
#endif
        return;
    }
    if (owner == OWNER_UNCOUNTED) return;
#if defined(WEFT_REFCOUNT_atomic)
    shared_add(t, o, 1);
#else
    tally_add(t, o);
#endif
}

void object_decref_slow(Thread *t, Object *o) {
    uint32_t word = load_seq(&o->x_word);
    uint16_t owner = (uint16_t)word;
    if (owned_by(t, owner)) {
#if defined(WEFT_REFCOUNT_atomic)
        if (__atomic_sub_fetch(&o->local_refs, 1, __ATOMIC_ACQ_REL) == 0) object_zero(t, o);
#else
        STAT(t, owner_refs);
        DCHECK(o->local_refs != 0);
        if (--o->local_refs == 0) object_zero(t, o);
#endif
        return;
    }
    if (owner == OWNER_UNCOUNTED || tally_take_back(t, o, word)) return;
    STAT(t, shared_refs);
    int64_t old = load_relaxed(&o->x_shared_refs);
    for (;;) {
        if (old >> REFS_SHIFT <= 0 && (old & 3) == 0 && likely(owner != OWNER_MERGED)) {
            /* the owner must look. This reference isn't subtracted: the queue owns it from here on */
            if (cas_acq_rel(&o->x_shared_refs, &old, old | REFS_QUEUED)) {
                queue_push(t, o, owner);
                return;
            }
        } else if (cas_acq_rel(&o->x_shared_refs, &old, old - (1 << REFS_SHIFT))) { /* or somebody is in merge(), whose sum takes it in */
            if (old >> REFS_SHIFT == 1 && (old & 3) == REFS_MERGED) object_shared_zero(t, o); /* below zero: it is retired already */
            return;
        }
    }
}

/* A local object that can't go the short way: too deep, with a finalizer, or with weak references. */
static NOINLINE void local_zero_slow(Thread *t, Object *o) {
    AllocThread *a = t->alloc;
    if (a->destroy_depth + a->finalize_depth >= DESTROY_DEPTH) {
        store_relaxed(&o->x_shared_refs, (int64_t)(uintptr_t)a->deferred); /* the link; low bits 0 */
        a->deferred = o;
        return;
    }
    if (type_head(o)->finalize && !object_finalize(t, o)) return;
    object_destroy_now(t, o);
    if (a->deferred && a->destroy_depth == 0) deferred_run(t);
}

static NOINLINE void container_zero(Thread *t, Object *o) {
    TypeHead *h = type_head(o);
    AllocThread *a = t->alloc;
    DCHECK(load_relaxed(&o->x_shared_refs) == 0); /* nobody else can count a local object */
    if (unlikely((h->finalize && !(h->ends_quietly && h->ends_quietly(t, o))) || a->destroy_depth >= DESTROY_DEPTH ||
                 (load_relaxed(&o->x_word) & WORD_FLAG(FLAG_WEAKREFS)))) {
        local_zero_slow(t, o);
        return;
    }
    if (h->destroy) {
        store_relaxed(&o->x_shared_refs, REFS_DEAD);
        a->destroy_depth++;
        h->destroy(t, o);
        a->destroy_depth--;
    }
    object_memory_free(t, o, type_in_pages(h));
    if (h->flags & TYPE_HEAP) object_decref(t, &h->base);
    if (unlikely(a->deferred != NULL) && a->destroy_depth == 0) deferred_run(t);
}

void object_zero(Thread *t, Object *o) {
    if (unlikely(!is_local(t, o))) {
        merge(t, o, 0);
        return;
    }
    TypeHead *h = type_head(o);
    if (type_in_pages(h) || unlikely(load_relaxed(&o->x_word) & WORD_FLAG(FLAG_WEAKREFS))) {
        container_zero(t, o);
        return;
    }
    if (h->destroy) h->destroy(t, o); /* a leaf refers to nothing that could recurse */
    leaf_free(t, o);
}

/* ---- whose death is noticed -------------------------------------------------------------------------------------------- */
#define LOOK_MOST 256 /* objects; a larger death is worth a grace period of its own anyway */
typedef struct Look {
    Thread *t;
    int left;
    bool found;
} Look;

/* Is the one reference that we know of all that is left, as far as the counts tell? A hint: other threads go on counting. */
static bool last_reference(Thread *t, Object *o, uint16_t owner) {
    int64_t refs = load_relaxed(&o->x_shared_refs);
    if (owner == OWNER_UNCOUNTED || (refs & 3) == REFS_DEAD) return false;
    refs >>= REFS_SHIFT;
    TallyEntry *e = tally_find(&t->alloc->tally, o);
    if (e) refs += e->n;
    if (owned_by(t, owner)) return refs + o->local_refs <= 1;
    return refs <= (owner == OWNER_MERGED); /* unmerged: its owner counts one at least, ours if nobody else does */
}

static bool notice(Look *look, Object *o, uint32_t word);
static void notice_child(void *arg, Value v) {
    Look *look = arg;
    if (look->found) return;
    Object *o = value_object(v);
    uint32_t word = load_acquire(&o->x_word);
    look->found = --look->left < 0 || (char *)__builtin_frame_address(0) < look->t->c_stack_limit || notice(look, o, word);
}
/* The object that dies, or what it refers to. */
static bool notice(Look *look, Object *o, uint32_t word) {
    TypeHead *h = type_head(o);
    bool seen = h->finalize || (word & WORD_FLAG(FLAG_WEAKREFS)), top = look->left == LOOK_MOST;
    if (!seen && !(h->flags & TYPE_CONTAINER)) return false;
    if (!top && !last_reference(look->t, o, (uint16_t)word)) return false;
    bool guarded = h->flags & TYPE_GUARDED;
    if (seen || !(h->flags & (TYPE_OPEN | TYPE_GUARDED)) || (guarded && !object_lock_try(o))) return true;
    h->traverse(o, notice_child, look);
    if (guarded) object_unlock(o);
    return look->found;
}

bool death_noticed(Thread *t, Object *o, uint32_t word) {
    Look look = {t, LOOK_MOST, false};
    return notice(&look, o, word);
}

/* A merged count became zero: exactly one thread retires the object, which stays intact for late readers. */
void object_shared_zero(Thread *t, Object *o) {
    uint32_t old = or_acq_rel(&o->x_word, WORD_FLAG(FLAG_RETIRED));
    if (old & WORD_FLAG(FLAG_RETIRED)) return; /* waits already; FLAG_REVIVED gives it another period */
    STAT(t, retirements);
    retire_push(t, o, RETIRED_OBJECT, type_head(o)->size, death_noticed(t, o, old));
}

Ref ref_try(Thread *t, Object *o) {
    HARD_YIELD();
    uint32_t word = load_acquire(&o->x_word);
    if (word & WORD_FLAG(FLAG_TRASH)) return REF_NULL;
    uint16_t owner = (uint16_t)word;
    /* local to another thread, which means trash that it has taken over */
    if ((word & WORD_FLAG(FLAG_LOCAL)) && !owned_by(t, owner) && !(threads_split && owner == FIRST_ID)) return REF_NULL;
    if (owner == OWNER_UNCOUNTED) {
        return (load_relaxed(&o->x_shared_refs) & 3) == REFS_DEAD ? REF_NULL : ref_steal(o);
    }
    if (owned_by(t, owner)) {
        if (o->local_refs == 0) return REF_NULL; /* being destroyed */
        o->local_refs++;
        return ref_steal(o);
    }
    int64_t old = load_relaxed(&o->x_shared_refs);
    do {
        /* dead for good; unless it is revived just now: then it says so until it is alive again (destroy_shared) */
        while ((old & 3) == REFS_DEAD) {
            bool revived = load_seq(&o->x_word) & WORD_FLAG(FLAG_REVIVED);
            old = load_seq(&o->x_shared_refs);
            if (!revived && (old & 3) == REFS_DEAD) return REF_NULL; /* else it is alive again since, and no longer says so */
        }
    } while (!cas_acq_rel(&o->x_shared_refs, &old, old + (1 << REFS_SHIFT)));
    STAT(t, shared_refs);
    if (old >> REFS_SHIFT <= 0 && (old & 3) == REFS_MERGED) or_acq_rel(&o->x_word, WORD_FLAG(FLAG_REVIVED));
    return ref_steal(o);
}

int64_t object_refcount(Thread *t, Object *o) {
    if (is_uncounted(o)) return REFS_IMMORTAL >> 8;
    return object_count_stopped(o);
}

void object_immortalize(Thread *t, Object *o) {
    if (is_immortal(o)) return;
    publish(t, object_value(o));
    bool stop = is_foreign(t, o); /* its owner mustn't be in the middle of counting */
    if (stop) world_stop(t);
    store_relaxed(&o->x_shared_refs, REFS_IMMORTAL);
    __atomic_store_n(&o->local_refs, 1, __ATOMIC_RELAXED); /* others may look, see is_immortal */
    and_acq_rel(&o->x_word, WORD_FLAG(FLAG_WEAKREFS) | 0xFFu << WORD_MUTEX_SHIFT);
    if (stop) world_start(t);
}

/* ---- death -------------------------------------------------------------------------------------------------------------- */
/* Calls the finalizer with the exception in flight put aside. */
void call_finalize(Thread *t, Object *o, TypeHead *h) {
    Ref exc = t->exc;
    t->exc = REF_NULL;
    object_set_finalized(o);
    h->finalize(t, o);
    if (!ref_is_null(t->exc) && alloc_hooks.unraisable) alloc_hooks.unraisable(t, "Exception ignored in finalizer of", object_value(o));
    t->exc = exc;
}

/* A local object with count zero and a finalizer. False: it lives on, or dies by the drop at the end. */
bool object_finalize(Thread *t, Object *o) {
    if (object_finalized(o)) return true;
    o->local_refs = 1;
    t->alloc->finalize_depth++;
    call_finalize(t, o, type_head(o));
    t->alloc->finalize_depth--;
    if (is_local(t, o) && o->local_refs == 1 && load_relaxed(&o->x_shared_refs) == 0) {
        o->local_refs = 0;
        return true;
    }
    object_decref(t, o);
    return false;
}

void object_destroy_now(Thread *t, Object *o) {
    TypeHead *h = type_head(o);
    AllocThread *a = t->alloc;
    uint32_t word = load_relaxed(&o->x_word);
    bool weak = word & WORD_FLAG(FLAG_WEAKREFS);
    store_relaxed(&o->x_shared_refs, REFS_DEAD);
    if (unlikely(weak) && alloc_hooks.clear_weakrefs) {
        Ref exc = t->exc;
        t->exc = REF_NULL;
        a->finalize_depth++;
        alloc_hooks.clear_weakrefs(t, o, true);
        a->finalize_depth--;
        t->exc = exc;
    }
    a->destroy_depth++;
    if (h->destroy) h->destroy(t, o);
    a->destroy_depth--;
    /* a thread that loads the target of a weak reference may still be on its way into ref_try; of trash, too, which was shared once */
    if (unlikely(weak && threads_split)) retire_push(t, o, RETIRED_OBJECT_MEMORY, h->size, false);
    else object_memory_free(t, o, type_in_pages(h));
    if (h->flags & TYPE_HEAP) object_decref(t, &h->base);
}

void deferred_run(Thread *t) {
    AllocThread *a = t->alloc;
    if (a->deferring) return;
    a->deferring = true;
    while (a->deferred) {
        Object *o = a->deferred;
        a->deferred = (Object *)(uintptr_t)load_relaxed(&o->x_shared_refs);
        store_relaxed(&o->x_shared_refs, 0);
        if (type_head(o)->finalize && !object_finalize(t, o)) continue;
        object_destroy_now(t, o);
    }
    a->deferring = false;
}
