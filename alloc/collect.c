/* The cycle collector.
 *
 * Which objects are reachable (a full collection; world stopped):
 *   1. every queue is merged, so that all counts are exact;
 *   2. each counted object in the pages starts with its count, and loses one for each reference found by traverse inside another
 *      object (trial deletion; D. Bacon, V. T. Rajan: Concurrent cycle collection in reference counted systems, 2001, in CPython's
 *      form): what is left over is held from outside: C code, registers, static objects;
 *   3. uncounted objects have no count to go by: they are marked from the hooks' roots, register stacks and, conservatively, the C
 *      stacks. Lent register words mark what they name, too;
 *   4. what isn't reached from 2 and 3 is trash.
 * A young collection does 2 and 4 for objects local to the thread and made since its last one. All that refers to those is the
 * thread's own, so nobody is stopped.
 *
 * What the collecting thread itself keeps for an object as long as that lives (alloc_hooks.visit_kept) counts as referred to by the object, so that a cycle through
 * it is found: an ephemeron (B. Hayes, Ephemerons: a new finalization mechanism, 1997). What other threads keep is held from outside.
 *
 * Trash becomes local to the collecting thread, uncounted trash with a count again (its references inside the trash): nobody else can
 * reach it, so it is destroyed like any local object, at once and without locks. Order (PEP 442): weak references are cleared and
 * their callbacks called, finalizers run, what was resurrected is found by counting again, the rest is cleared and dropped.
 *
 * While any thread is inside a type's destroy, objects that it takes apart can't be traversed: uncounted objects are all kept then.
 */
#include "alloc/internal.h"
#include <string.h>

/* a slot's word in page->gc: a count of references from outside (>= 0), or */
#define GC_NONE INT32_MIN            /* free, or not looked at by this collection */
#define GC_UNCOUNTED (INT32_MIN + 1) /* uncounted and not reached yet */
#define GC_REACHED (-1)
#define GC_PENDING (-2)              /* reached, but the mark stack had no room: a pass over the pages finds it */
#define COUNT_MAX (INT32_MAX / 2)

#define YOUNG_BUDGET 10000 /* stands for gc.get_threshold()[0] until it is set: a scan costs more than CPython's list */

typedef struct Collection {
    Thread *t;
    bool full, keep_uncounted;
    Page **pages;
    size_t page_count;
    Object **stack;
    size_t top, cap;
    bool overflow, progress;
    Object **trash;
    size_t trash_count;
    int64_t live;
} Collection;

static struct {
    _Atomic bool x_enabled, x_set;
    _Atomic int64_t x_threshold[GC_GENERATIONS];
    _Atomic int64_t x_live, x_full_limit;
    _Atomic int x_debug;
    pthread_mutex_t lock; /* guards the figures below */
    GcStats stats[GC_GENERATIONS];
    GcPauses pauses;
    int64_t young_since_full;
} gc = {.x_enabled = true, .x_threshold = {700, 10, 10}, .x_full_limit = 70000, .lock = PTHREAD_MUTEX_INITIALIZER};

void collector_enable(bool on) { store_relaxed(&gc.x_enabled, on); }
bool collecting(Thread *t) { return t->alloc->collecting; }
bool collector_enabled(void) { return load_relaxed(&gc.x_enabled); }
int gc_get_debug(void) { return load_relaxed(&gc.x_debug); }
void gc_set_debug(int flags) { store_relaxed(&gc.x_debug, flags); }
int64_t gc_live_objects(void) { return load_relaxed(&gc.x_live); }

GcStats gc_stats(int generation) {
    pthread_mutex_lock(&gc.lock);
    GcStats s = gc.stats[generation];
    pthread_mutex_unlock(&gc.lock);
    return s;
}
GcPauses gc_pauses(void) {
    pthread_mutex_lock(&gc.lock);
    GcPauses p = gc.pauses;
    pthread_mutex_unlock(&gc.lock);
    return p;
}
void gc_get_threshold(int64_t out[GC_GENERATIONS]) {
    for (int i = 0; i < GC_GENERATIONS; i++) out[i] = load_relaxed(&gc.x_threshold[i]);
}
static int64_t young_budget(void) {
    int64_t n = load_relaxed(&gc.x_threshold[0]);
    return n <= 0 ? INT32_MAX : load_relaxed(&gc.x_set) ? n : YOUNG_BUDGET;
}
void young_begin(AllocThread *a) { a->young_left = a->young_start = young_budget(); }
/* Objects that the thread has made, less those that it has freed, since young_begin. */
static int64_t young_made(const AllocThread *a) { return a->young_start - a->young_left; }

void gc_set_threshold(const int64_t in[GC_GENERATIONS]) {
    for (int i = 0; i < GC_GENERATIONS; i++) store_relaxed(&gc.x_threshold[i], in[i]);
    store_relaxed(&gc.x_set, true);
    pthread_mutex_lock(&threads_lock);
    FOR_EACH_THREAD(a)
        if (a->thread == thread_self) young_begin(a);
    pthread_mutex_unlock(&threads_lock);
}
void gc_get_count(Thread *t, int64_t out[GC_GENERATIONS]) {
    int64_t made = young_made(t->alloc);
    out[0] = made < 0 ? 0 : made;
    pthread_mutex_lock(&gc.lock);
    int64_t young = gc.young_since_full;
    pthread_mutex_unlock(&gc.lock);
    int64_t n1 = load_relaxed(&gc.x_threshold[1]);
    out[1] = n1 > 0 ? young % n1 : young;
    out[2] = n1 > 0 ? young / n1 : 0;
}

/* ---- the pages of a collection ---------------------------------------------------------------------------------- */
static bool add_page(Collection *c, Page *p) {
    uint32_t n = page_slots(p);
    if (n == 0 || p->frozen) return true;
    p->gc = mem_alloc(n * sizeof *p->gc);
    if (!p->gc) return false;
    c->pages[c->page_count++] = p;
    return true;
}

static bool add_pages(Collection *c) {
    size_t n = 0;
    AllocThread *a = c->t->alloc;
    if (c->full) {
        for (Heap *h = heaps_first(); h; h = h->next_all)
            for (Page *p = h->pages; p; p = p->next) n++;
        for (Page *p = large_first(); p; p = p->next) n++;
    } else {
        for (Page *p = a->touched; p; p = p->touched_next) n++;
    }
    c->pages = mem_alloc((n + 1) * sizeof *c->pages);
    if (!c->pages) return false;
    if (!c->full) {
        for (Page *p = a->touched; p; p = p->touched_next)
            if (!add_page(c, p)) return false;
        return true;
    }
    for (Heap *h = heaps_first(); h; h = h->next_all)
        for (Page *p = h->pages; p; p = p->next)
            if (!add_page(c, p)) return false;
    for (Page *p = large_first(); p; p = p->next)
        if (!add_page(c, p)) return false;
    return true;
}

static void drop_pages(Collection *c) {
    for (size_t i = 0; i < c->page_count; i++) {
        mem_free(c->pages[i]->gc);
        c->pages[i]->gc = NULL;
    }
    mem_free(c->pages);
    c->pages = NULL;
    c->page_count = 0;
}

/* The gc word of an object that takes part, or null. */
static inline int32_t *gc_word(const Object *o) {
    Page *p = page_lookup(o);
    if (!p || !p->gc) return NULL;
    uint32_t i = p->size_class == CLASS_LARGE ? 0 : page_index(p, o);
    return &p->gc[i];
}

#define EACH_SLOT(c, p, i, o)                                                                      \
    for (size_t pi_ = 0; pi_ < (c)->page_count; pi_++)                                             \
        for (Page *p = (c)->pages[pi_], *once_ = p; once_; once_ = NULL)                           \
            for (uint32_t i = 0, n_ = page_slots(p); i < n_; i++)                                  \
                for (Object *o = page_slot(p, i); o; o = NULL)

static inline bool is_old(const Page *p, const Object *o) {
    uint32_t g = (uint32_t)((uintptr_t)o & (OPAGE_SIZE - 1)) / GRANULE;
    return p->old[g / 64] >> (g % 64) & 1;
}
static inline void set_old(Page *p, const Object *o) {
    uint32_t g = (uint32_t)((uintptr_t)o & (OPAGE_SIZE - 1)) / GRANULE;
    p->old[g / 64] |= (uint64_t)1 << (g % 64);
}

/* Of a counted object: it is being destroyed, or waits for the recursion to unwind (then x_shared_refs is a link, no count). */
static bool being_destroyed(const Object *o) { return object_owner(o) != OWNER_MERGED && o->local_refs == 0; }

static int32_t first_word(Collection *c, Page *p, Object *o) {
    if (!c->full) { /* others may be freeing what isn't ours in this page: look no further */
        if (object_owner(o) != c->t->hot.id || !is_local(c->t, o) || is_old(p, o) || !page_slot_live(o)) return GC_NONE;
        return o->local_refs == 0 ? GC_PENDING : o->local_refs < COUNT_MAX ? (int32_t)o->local_refs : COUNT_MAX;
    }
    if (!page_slot_live(o)) return GC_NONE;
    c->live++;
    uint32_t word = load_relaxed(&o->x_word);
    if ((uint16_t)word == OWNER_UNCOUNTED)
        return c->keep_uncounted || load_relaxed(&o->x_shared_refs) == REFS_IMMORTAL ? GC_PENDING : GC_UNCOUNTED;
    /* retired, or local and waiting for the recursion to unwind: dying already, but what it refers to isn't dead yet */
    if ((word & WORD_FLAG(FLAG_RETIRED)) || being_destroyed(o)) return GC_PENDING;
    int64_t n = object_count_stopped(o);
    return n <= 0 ? GC_PENDING : n < COUNT_MAX ? (int32_t)n : COUNT_MAX;
}

/* ---- finding what is reachable ---------------------------------------------------------------------------------------- */
static inline void each_reference(Object *o, VisitFn visit, void *arg) {
    TypeHead *h = type_head(o);
    if (h->flags & TYPE_HEAP) visit(arg, object_value(h));
    if (h->traverse) h->traverse(o, visit, arg);
}

static void visit_subtract(void *arg, Value v) {
    if (!value_is_object(v)) return;
    int32_t *w = gc_word(value_object(v));
    if (w && *w > 0) {
        if (*w < COUNT_MAX) --*w;
    }
#if WEFT_DEBUG
    else if (w && *w == 0) heap_check_failed(value_object(v), "more references than its count");
#endif
}

static void mark_push(Collection *c, Object *o, int32_t *w) {
    if (c->top == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 4096;
        Object **more = mem_realloc(c->stack, cap * sizeof *more);
        if (!more) {
            *w = GC_PENDING;
            c->overflow = true;
            return;
        }
        c->stack = more;
        c->cap = cap;
    }
    *w = GC_REACHED;
    c->stack[c->top++] = o;
}

static void visit_mark(void *arg, Value v) {
    if (!value_is_object(v)) return;
    int32_t *w = gc_word(value_object(v));
    if (w && (*w >= 0 || *w == GC_UNCOUNTED)) mark_push(arg, value_object(v), w);
}

static void mark_drain(Collection *c) {
    while (c->top) each_reference(c->stack[--c->top], visit_mark, c);
}

static void mark_word(Collection *c, uint64_t bits, bool uncounted_only) {
    if (bits & 3) return;
    Object *o = page_find((void *)(bits & ~(uint64_t)7));
    if (o && (!uncounted_only || is_uncounted(o))) visit_mark(c, object_value(o));
}

static NO_ASAN __attribute__((no_sanitize_thread)) void mark_stack(Collection *c, AllocThread *a) {
    for (size_t i = 0; i < sizeof a->regs / sizeof *a->regs; i++) mark_word(c, a->regs[i], true);
    for (uint64_t *p = (uint64_t *)((uintptr_t)a->stack_now & ~(uintptr_t)7); (char *)p < a->stack_top; p++) mark_word(c, *p, true);
}

/* What another thread's collection is busy with: finalizers may have made some of it uncounted again. */
static void mark_trash_of(Collection *c, const Collection *other) {
    for (size_t i = 0; i < other->trash_count; i++)
        if (other->trash[i]) visit_mark(c, object_value(other->trash[i]));
    for (size_t i = 0; i < other->top; i++)
        if (other->stack[i]) visit_mark(c, object_value(other->stack[i]));
}

/* In a full collection: the thread's reference to what it keeps is the owner's. */
static bool kept_by_owner(Object *owner, Value kept) {
    int32_t *w = owner && value_is_object(kept) ? gc_word(owner) : NULL;
    return w && *w != GC_NONE;
}
static void kept_subtract(void *arg, Object *owner, Value kept) {
    if (kept_by_owner(owner, kept)) visit_subtract(NULL, kept);
}
/* Owners that are reached reach what is kept for them. */
static void kept_mark(void *arg, Object *owner, Value kept) {
    if (!kept_by_owner(owner, kept) || (*gc_word(owner) != GC_REACHED && *gc_word(owner) != GC_PENDING)) return;
    int32_t *w = gc_word(value_object(kept));
    if (!w || (*w < 0 && *w != GC_UNCOUNTED)) return;
    visit_mark(arg, kept);
    ((Collection *)arg)->progress = true;
}

static void mark_roots(Collection *c) {
    FOR_EACH_THREAD(a) {
        Thread *t = a->thread;
        if (a->collection) mark_trash_of(c, a->collection);
        for (uint64_t *p = t->stack_base; p < t->stack_top; p++) mark_word(c, *p, false);
        visit_mark(c, ref_borrow(t->exc));
        visit_mark(c, ref_borrow(t->async_exc));
        if (alloc_hooks.visit_thread) alloc_hooks.visit_thread(t, visit_mark, c);
        if (a->stack_now) mark_stack(c, a);
        mark_drain(c);
    }
    if (alloc_hooks.visit_roots) alloc_hooks.visit_roots(visit_mark, c);
    mark_drain(c);
}

/* What was reached while the mark stack had no room */
static void mark_pending(Collection *c) {
    while (c->overflow) {
        c->overflow = false;
        EACH_SLOT(c, p, i, o) {
            if (p->gc[i] != GC_PENDING) continue;
            p->gc[i] = GC_REACHED;
            each_reference(o, visit_mark, c);
            mark_drain(c);
        }
    }
}

static void find_reachable(Collection *c) {
    EACH_SLOT(c, p, i, o) p->gc[i] = first_word(c, p, o);
    EACH_SLOT(c, p, i, o)
        if (p->gc[i] >= 0 || p->gc[i] == GC_UNCOUNTED) each_reference(o, visit_subtract, NULL);
    if (c->full && alloc_hooks.visit_kept) alloc_hooks.visit_kept(c->t, true, kept_subtract, c);
    if (c->full) mark_roots(c);
    EACH_SLOT(c, p, i, o) {
        if (p->gc[i] <= 0 && p->gc[i] != GC_PENDING) continue;
        p->gc[i] = GC_REACHED;
        each_reference(o, visit_mark, c);
        mark_drain(c);
    }
    mark_pending(c);
    for (c->progress = c->full && alloc_hooks.visit_kept; c->progress;) {
        c->progress = false;
        alloc_hooks.visit_kept(c->t, true, kept_mark, c);
        mark_drain(c);
        mark_pending(c);
    }
}

/* ---- trash -------------------------------------------------------------------------------------------------------------- */
static inline bool is_trash_word(int32_t w) { return w == 0 || w == GC_UNCOUNTED; }

static bool list_trash(Collection *c) {
    size_t n = 0;
    EACH_SLOT(c, p, i, o) {
        if (p->gc[i] == GC_NONE) continue;
        if (is_trash_word(p->gc[i])) n++;
        else set_old(p, o);
    }
    if (!n) return true;
    c->trash = mem_alloc(n * sizeof *c->trash);
    if (!c->trash) return false;
    EACH_SLOT(c, p, i, o)
        if (is_trash_word(p->gc[i])) c->trash[c->trash_count++] = o;
    return true;
}

/* Counts the references to uncounted trash from inside the trash: those that a drop will take off again. A slot may hold a lent word
 * for an uncounted object, whose drop does nothing. */
static void visit_recount(void *arg, Value v) {
    if (!value_is_object(v) || (v.bits & 7) == TAG_LENT || !is_uncounted(value_object(v))) return;
    int32_t *w = gc_word(value_object(v));
    if (w && *w == GC_UNCOUNTED) value_object(v)->local_refs++;
}

/* what other threads still use and trash of theirs refers to: it is going to be dropped by us, so it must be shared */
static void visit_publish(void *arg, Value v) {
    if (!value_is_object(v)) return;
    Object *o = value_object(v);
    int32_t *w = gc_word(o);
    if (w && is_trash_word(*w)) return;
    Thread *t = arg;
    if (local_to_any(o) && !is_local(t, o)) publish_stopped(t, o);
}

/* Makes the trash local to us and keeps one reference to each. */
static void take_over(Collection *c) {
    Thread *t = c->t;
    bool weak = false;
    size_t counted = 0;
    for (size_t i = 0; i < c->trash_count; i++) {
        Object *o = c->trash[i];
        uint32_t word = load_relaxed(&o->x_word);
        weak |= (word & WORD_FLAG(FLAG_WEAKREFS)) != 0;
        if (is_uncounted(o)) {
            o->local_refs = 0;
        } else { /* what was counted first: lent words may name the others until it is destroyed */
            c->trash[i] = c->trash[counted];
            c->trash[counted++] = o;
        }
        if (threads_split && local_to_any(o) && !is_local(t, o)) each_reference(o, visit_publish, t);
    }
    if (c->full)
        for (size_t i = 0; i < c->trash_count; i++) each_reference(c->trash[i], visit_recount, NULL);
    for (size_t i = 0; i < c->trash_count; i++) {
        Object *o = c->trash[i];
        int64_t n = is_uncounted(o) ? (int64_t)o->local_refs : object_count_stopped(o);
        uint32_t keep = load_relaxed(&o->x_word) & WORD_FLAG(FLAG_WEAKREFS);
        o->local_refs = (uint32_t)n + 1;
        store_relaxed(&o->x_shared_refs, 0);
        store_relaxed(&o->x_word, t->hot.local_word | keep | (weak ? WORD_FLAG(FLAG_TRASH) : 0));
    }
}

bool object_is_trash(const Object *o) { return load_relaxed(&((Object *)o)->x_word) & WORD_FLAG(FLAG_TRASH); }

static void clear_weakrefs(Collection *c) {
    Thread *t = c->t;
    bool any = false;
    for (size_t i = 0; i < c->trash_count; i++) {
        Object *o = c->trash[i];
        any |= object_is_trash(o);
        if (!(load_relaxed(&o->x_word) & WORD_FLAG(FLAG_WEAKREFS)) || !alloc_hooks.clear_weakrefs) continue;
        alloc_hooks.clear_weakrefs(t, o, true);
    }
    if (!any) return;
    for (size_t i = 0; i < c->trash_count; i++) and_acq_rel(&c->trash[i]->x_word, ~WORD_FLAG(FLAG_TRASH));
}

/* ---- finalizers -------------------------------------------------------------------------------------------------------- */
/* Where an object stands in the trash. */
typedef struct Index {
    Collection *c;
    uint32_t *table; /* index + 1 into trash, by address */
    size_t mask;
} Index;

static bool index_make(Collection *c, Index *x) {
    size_t size = 16;
    while (size < c->trash_count * 2) size *= 2;
    *x = (Index){c, c->trash_count < UINT32_MAX ? mem_zalloc(size * sizeof *x->table) : NULL, size - 1};
    for (size_t i = 0; x->table && i < c->trash_count; i++) {
        size_t h = ((uintptr_t)c->trash[i] >> 4) * 0x9E3779B1u;
        while (x->table[h & x->mask]) h++;
        x->table[h & x->mask] = (uint32_t)i + 1;
    }
    return x->table != NULL;
}
static size_t index_of(const Index *x, const Object *o) {
    for (size_t h = ((uintptr_t)o >> 4) * 0x9E3779B1u;; h++) {
        uint32_t i = x->table[h & x->mask];
        if (!i) return SIZE_MAX;
        if (x->c->trash[i - 1] == o) return i - 1;
    }
}

static bool to_finalize(Object *o) { return type_head(o)->finalize && !object_finalized(o); }
static bool finalized_by_python(Object *o) { return type_head(o)->flags & (TYPE_HEAP | TYPE_ENDS_PYTHON); }

/* A walk, depth first, over what the objects to be finalized refer to. */
typedef struct Order {
    Index index;
    bool *seen;
    size_t *stack, top, room; /* number * 2, + 1 when all that it refers to has been seen */
    Object **done;            /* those to be finalized, what an object refers to before the object itself */
    size_t count;
    bool failed;
} Order;

static void order_push(Order *r, size_t entry) {
    if (r->top == r->room) {
        size_t room = r->room ? r->room * 2 : 64, *more = mem_realloc(r->stack, room * sizeof *more);
        if (!more) {
            r->failed = true;
            return;
        }
        r->stack = more;
        r->room = room;
    }
    r->stack[r->top++] = entry;
}
static void order_visit(void *arg, Value v) {
    Order *r = arg;
    size_t i = value_is_object(v) ? index_of(&r->index, value_object(v)) : SIZE_MAX;
    if (i != SIZE_MAX && !r->seen[i]) order_push(r, i * 2);
}
static void order_from(Order *r, size_t root) {
    order_push(r, root * 2);
    while (r->top && !r->failed) {
        size_t entry = r->stack[--r->top], i = entry / 2;
        Object *o = r->index.c->trash[i];
        if (entry & 1) r->done[r->count++] = o;
        if (entry & 1 || r->seen[i]) continue;
        r->seen[i] = true;
        if (to_finalize(o)) order_push(r, entry + 1);
        if (is_local(r->index.c->t, o)) each_reference(o, order_visit, r);
    }
}

/* The trash that is to be finalized, n objects, in the order for it: what runs Python before what doesn't (files, say), so that it finds them open; and an object
 * before those that it refers to, unless these refer to it too. For lack of memory in any order. mem_free. */
static Object **finalizing_order(Collection *c, size_t n) {
    Object **list = mem_alloc(n * sizeof *list);
    if (!list) return NULL;
    Order r = {.done = mem_alloc(n * sizeof *r.done), .seen = mem_zalloc(c->trash_count)};
    r.failed = n < 2 || !index_make(c, &r.index) || !r.done || !r.seen;
    for (int python = 1; python >= 0; python--)
        for (size_t i = c->trash_count; i-- > 0 && !r.failed;)
            if (!r.seen[i] && to_finalize(c->trash[i]) && finalized_by_python(c->trash[i]) == python) order_from(&r, i);
    size_t k = 0;
    for (int python = 1; python >= 0; python--) {
        for (size_t i = r.failed ? 0 : r.count; i-- > 0;)
            if (finalized_by_python(r.done[i]) == python) list[k++] = r.done[i];
        for (size_t i = 0; r.failed && i < c->trash_count; i++)
            if (to_finalize(c->trash[i]) && finalized_by_python(c->trash[i]) == python) list[k++] = c->trash[i];
    }
    mem_free(r.index.table);
    mem_free(r.seen);
    mem_free(r.stack);
    mem_free(r.done);
    return list;
}

/* True if there were any. Without memory for their list they run in the order of the trash. */
static bool run_finalizers(Collection *c) {
    size_t n = 0;
    for (size_t i = 0; i < c->trash_count; i++) n += to_finalize(c->trash[i]);
    if (!n) return false;
    Object **list = finalizing_order(c, n);
    for (size_t i = 0; i < (list ? n : c->trash_count); i++) {
        Object *o = list ? list[i] : c->trash[i];
        if (to_finalize(o)) call_finalize(c->t, o, type_head(o));
    }
    mem_free(list);
    return true;
}

/* ---- resurrection: the same counting again, over the trash alone --------------------------------------------------------- */
typedef struct Recheck {
    Index index;
    int64_t *refs; /* references from outside; -1: survives */
    bool progress;
} Recheck;

static void recheck_subtract(void *arg, Value v) {
    Recheck *r = arg;
    if (!value_is_object(v)) return;
    size_t i = index_of(&r->index, value_object(v));
    if (i != SIZE_MAX && r->refs[i] > 0) r->refs[i]--;
}
static void recheck_mark(void *arg, Value v) {
    Recheck *r = arg;
    if (!value_is_object(v)) return;
    size_t i = index_of(&r->index, value_object(v));
    if (i == SIZE_MAX || r->refs[i] < 0) return;
    r->refs[i] = -1;
    r->index.c->stack[r->index.c->top++] = value_object(v); /* has room for all the trash */
}

static void recheck_kept_subtract(void *arg, Object *owner, Value kept) {
    if (owner && index_of(&((Recheck *)arg)->index, owner) != SIZE_MAX) recheck_subtract(arg, kept);
}
static void recheck_kept_mark(void *arg, Object *owner, Value kept) {
    Recheck *r = arg;
    size_t i = owner ? index_of(&r->index, owner) : SIZE_MAX, top = r->index.c->top;
    if (i == SIZE_MAX || r->refs[i] >= 0) return;
    recheck_mark(arg, kept);
    r->progress |= r->index.c->top != top;
}

static void drop_list(Thread *t, Object **list, size_t n) {
    for (size_t i = 0; i < n; i++) {
        Object *o = list[i];
        list[i] = NULL; /* it may be gone when another thread's collection looks */
        object_decref(t, o);
    }
}

/* Drops from the list what finalizers made reachable again. By the law, what they published is no longer local and nothing of it
 * refers to local trash: only local objects need a look. Without memory everything is kept. */
static void drop_resurrected(Collection *c) {
    Thread *t = c->t;
    size_t n = c->trash_count;
    Recheck r = {.refs = mem_alloc(n * sizeof *r.refs)};
    mem_free(c->stack);
    c->stack = mem_alloc(n * sizeof *c->stack);
    c->top = 0;
    bool ok = index_make(c, &r.index) && r.refs && c->stack;
    if (ok) {
        for (size_t i = 0; i < n; i++) r.refs[i] = is_local(t, c->trash[i]) ? (int64_t)c->trash[i]->local_refs - 1 : -1;
        for (size_t i = 0; i < n; i++)
            if (r.refs[i] >= 0) each_reference(c->trash[i], recheck_subtract, &r);
        if (alloc_hooks.visit_kept) alloc_hooks.visit_kept(t, false, recheck_kept_subtract, &r);
        for (size_t i = 0; i < n; i++) {
            if (r.refs[i] <= 0) continue;
            r.refs[i] = -1;
            each_reference(c->trash[i], recheck_mark, &r);
            while (c->top) each_reference(c->stack[--c->top], recheck_mark, &r);
        }
        for (r.progress = alloc_hooks.visit_kept; r.progress;) {
            r.progress = false;
            alloc_hooks.visit_kept(t, false, recheck_kept_mark, &r);
            while (c->top) each_reference(c->stack[--c->top], recheck_mark, &r);
        }
    }
    size_t kept = 0;
    c->top = 0;
    for (size_t i = 0; i < n; i++) {
        Object *o = c->trash[i];
        if (ok && r.refs[i] == 0) c->trash[kept++] = o;
        else if (ok) c->stack[c->top++] = o;
    }
    mem_free(r.index.table);
    mem_free(r.refs);
    if (!ok) {
        drop_list(t, c->trash, n);
        c->trash_count = 0;
        return;
    }
    c->trash_count = kept;
    drop_list(t, c->stack, c->top);
    c->top = 0;
}

/* ---- one collection ------------------------------------------------------------------------------------------------------ */
static void clear_trash(Collection *c) {
    Thread *t = c->t;
    if (gc_get_debug() & GC_DEBUG_SAVEALL) {
        for (size_t i = 0; i < c->trash_count; i++)
            if (alloc_hooks.save_garbage) alloc_hooks.save_garbage(t, c->trash[i]);
    } else {
        for (size_t i = 0; i < c->trash_count; i++) {
            TypeHead *h = type_head(c->trash[i]);
            if (h->clear) h->clear(t, c->trash[i]);
        }
    }
    drop_list(t, c->trash, c->trash_count);
}

static void pause_note(int64_t ns) {
    int i = 0;
    while (i < 23 && ns / 1000 >= (int64_t)1 << i) i++;
    pthread_mutex_lock(&gc.lock);
    gc.pauses.count++;
    gc.pauses.total_ns += ns;
    if (ns > gc.pauses.max_ns) gc.pauses.max_ns = ns;
    gc.pauses.histogram[i]++;
    pthread_mutex_unlock(&gc.lock);
}

/* Pages allocated from since the last collection: begin anew with those that are current. */
static void touched_reset(AllocThread *a) {
    for (Page *p = a->touched, *next; p; p = next) {
        next = p->touched_next;
        p->touched = false;
        p->touched_next = NULL;
    }
    a->touched = NULL;
    for (int i = 0; i < CLASS_COUNT; i++) {
        Page *p = a->current[i];
        if (!p->current || p->touched) continue;
        p->touched = true;
        p->touched_next = a->touched;
        a->touched = p;
    }
}

/* Leaves the trash, local and with one reference of ours each, in c. */
static void find_trash(Collection *c) {
    Thread *t = c->t;
    int64_t began = now_ns();
    if (c->full) {
        AllocThread *a = t->alloc;
        uintptr_t regs[STACK_REGS];
        char *stack_now = a->stack_now;
        memcpy(regs, a->regs, sizeof regs);
        world_stop(t);
        a->stack_now = stack_now; /* as collect_run recorded it: below lie the collector's own frames, which name what it looked at last */
        memcpy(a->regs, regs, sizeof regs);
        queues_merge_stopped(t);
        retired_gather_stopped(t, false);
        FOR_EACH_THREAD(a) c->keep_uncounted |= a->destroy_depth != 0;
#if WEFT_DEBUG
        heap_check_stopped(t);
#endif
    }
    if (add_pages(c)) {
        find_reachable(c);
        if (list_trash(c)) take_over(c);
        if (c->full) store_relaxed(&gc.x_live, c->live - (int64_t)c->trash_count);
    }
    drop_pages(c);
    touched_reset(t->alloc);
    if (c->full) {
        world_start(t);
        pause_note(now_ns() - began);
    }
}

static bool full_is_due(void) { return load_relaxed(&gc.x_live) > load_relaxed(&gc.x_full_limit); }

/* A program that asks for young collections more often than they come by themselves still gets its full ones. */
static void full_due_check(Thread *t) {
    if (collector_enabled() && load_relaxed(&gc.x_threshold[0]) > 0 && full_is_due()) breaker_set(t, BREAK_COLLECT);
}

static int64_t collect_run(Thread *t, bool full, int generation) {
    AllocThread *a = t->alloc;
    if (a->collecting) return 0;
    a->collecting = true;
    if (alloc_hooks.gc_callbacks) alloc_hooks.gc_callbacks(t, "start", generation, 0, 0);
    Ref exc = t->exc;
    t->exc = REF_NULL;
    Collection c = {.t = t, .full = full};
    if (full) STAT(t, full_collections);
    else STAT(t, young_collections);
    stack_record(a);
    find_trash(&c);
    int64_t found = 0;
    if (c.trash_count) {
        c.top = 0;
        a->collection = &c;
        clear_weakrefs(&c);
        if (run_finalizers(&c)) drop_resurrected(&c);
        found = (int64_t)c.trash_count;
        clear_trash(&c);
        a->collection = NULL;
    }
    mem_free(c.trash);
    mem_free(c.stack);
    int64_t made = young_made(a);
    young_begin(a);
    if (!full) {
        add_relaxed(&gc.x_live, made - found);
        full_due_check(t);
    } else {
        int64_t live = load_relaxed(&gc.x_live), least = 1;
        for (int i = 0; i < GC_GENERATIONS; i++) least *= load_relaxed(&gc.x_threshold[i]) > 0 ? load_relaxed(&gc.x_threshold[i]) : 1;
        store_relaxed(&gc.x_full_limit, live + (live / 2 > least ? live / 2 : least));
        pages_trim(a);
    }
    pthread_mutex_lock(&gc.lock);
    gc.stats[generation].collections++;
    gc.stats[generation].collected += found;
    gc.young_since_full = full ? 0 : gc.young_since_full + 1;
    pthread_mutex_unlock(&gc.lock);
    a->collecting = false;
    if (alloc_hooks.gc_callbacks) alloc_hooks.gc_callbacks(t, "stop", generation, found, 0);
    t->exc = exc;
    return found;
}

int64_t collect(Thread *t, int generation) {
    retired_flush(t); /* what is retired counts as reachable, with all that it refers to: so that everything unreachable is found at once */
    int64_t found = collect_run(t, generation == GC_GENERATIONS - 1, generation);
    retired_flush(t); /* what the trash kept alive */
    return found;
}

void collector_due(Thread *t) {
    AllocThread *a = t->alloc;
    add_relaxed(&gc.x_live, young_made(a));
    young_begin(a);
    if (collector_enabled()) breaker_set(t, BREAK_COLLECT);
}

void collector_safepoint(Thread *t) {
    if (!collector_enabled() || t->alloc->destroy_depth) return;
    bool full = full_is_due();
#if WEFT_DEBUG
    full |= t->alloc->hard_due;
    t->alloc->hard_due = false;
#endif
    collect_run(t, full, full ? 2 : 0);
}

/* ---- the gc module's questions ---------------------------------------------------------------------------------------------- */
typedef struct Listing {
    Thread *t;
    Ref *out;
    int64_t n, cap;
    int generation;
    bool failed;
    const Value *of;
    int64_t of_count;
    bool refers;
    Object *holder; /* the array or tuple of arguments itself isn't a referrer */
} Listing;

static void listing_add(Listing *l, Object *o) {
    if (l->n == l->cap) {
        int64_t cap = l->cap ? l->cap * 2 : 256;
        Ref *more = mem_realloc(l->out, (size_t)cap * sizeof *more);
        if (!more) {
            l->failed = true;
            return;
        }
        l->out = more;
        l->cap = cap;
    }
    if (local_to_any(o) && !is_local(l->t, o)) publish_stopped(l->t, o);
    l->out[l->n++] = ref_new(l->t, object_value(o));
}

static int64_t listing_end(Listing *l, Ref **out) {
    world_start(l->t);
    *out = l->out;
    if (!l->failed) return l->n;
    for (int64_t i = 0; i < l->n; i++) ref_drop(l->t, l->out[i]);
    mem_free(l->out);
    *out = NULL;
    if (alloc_hooks.no_memory) alloc_hooks.no_memory(l->t);
    return -1;
}

Ref ref_try_stopped(Thread *t, Object *o) {
    if (!is_uncounted(o) && being_destroyed(o)) return REF_NULL;
    if (local_to_any(o) && !is_local(t, o)) publish_stopped(t, o);
    return ref_try(t, o);
}

static bool listable(const Object *o) {
    if (!(type_head(o)->flags & TYPE_CONTAINER)) return false;
    if (load_relaxed(&((Object *)o)->x_word) & WORD_FLAG(FLAG_RETIRED)) return false;
    return is_uncounted(o) || (!being_destroyed(o) && object_count_stopped(o) > 0);
}

static void list_one(void *arg, Page *p, Object *o) {
    Listing *l = arg;
    if (!listable(o)) return;
    if (l->generation >= 0 && is_old(p, o) != (l->generation > 0)) return;
    listing_add(l, o);
}

int64_t gc_get_objects(Thread *t, int generation, Ref **out) {
    Listing l = {.t = t, .generation = generation};
    world_stop(t);
    queues_merge_stopped(t);
    if (generation != 1) heap_walk(list_one, &l); /* two generations here: 1 is empty */
    return listing_end(&l, out);
}

static void visit_is_any(void *arg, Value v) {
    Listing *l = arg;
    for (int64_t i = 0; i < l->of_count && !l->refers; i++) l->refers = value_is(v, l->of[i]);
}

static void refers_one(void *arg, Page *p, Object *o) {
    Listing *l = arg;
    if (!listable(o)) return;
    l->refers = false;
    each_reference(o, visit_is_any, l);
    if (l->refers) listing_add(l, o);
}

int64_t gc_get_referrers(Thread *t, const Value *of, int64_t n, Ref **out) {
    Listing l = {.t = t, .of = of, .of_count = n};
    world_stop(t);
    queues_merge_stopped(t);
    heap_walk(refers_one, &l);
    return listing_end(&l, out);
}

static void visit_list(void *arg, Value v) {
    if (value_is_object(v)) listing_add(arg, value_object(v));
}

int64_t gc_get_referents(Thread *t, const Value *of, int64_t n, Ref **out) {
    Listing l = {.t = t};
    world_stop(t);
    for (int64_t i = 0; i < n; i++) {
        if (!value_is_object(of[i]) || !(type_head(value_object(of[i]))->flags & TYPE_CONTAINER)) continue;
        each_reference(value_object(of[i]), visit_list, &l);
    }
    return listing_end(&l, out);
}

bool gc_is_tracked(Value v) { return value_is_object(v) && (type_head(value_object(v))->flags & TYPE_CONTAINER); }

static void freeze_one(void *arg, Page *p, Object *o) { p->frozen = true; }
static void unfreeze_one(void *arg, Page *p, Object *o) { p->frozen = false; }
static void count_frozen(void *arg, Page *p, Object *o) { *(int64_t *)arg += p->frozen; }

/* Whole pages are frozen: nothing new is put into them, and their objects are left out of collections until unfrozen. */
void gc_freeze(Thread *t) {
    world_stop(t);
    heap_walk(freeze_one, NULL);
    FOR_EACH_THREAD(a) heap_leave_current(a);
    world_start(t);
}
void gc_unfreeze(Thread *t) {
    world_stop(t);
    heap_walk(unfreeze_one, NULL);
    world_start(t);
}
int64_t gc_freeze_count(Thread *t) {
    int64_t n = 0;
    world_stop(t);
    heap_walk(count_frozen, &n);
    world_start(t);
    return n;
}
