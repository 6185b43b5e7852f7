/* Publication: making an object, and all that it reaches, shared.
 *
 * The walk marks an object (clears FLAG_LOCAL) when it is found and puts it on an explicit list, so a cycle ends and no
 * recursion is needed. Nobody else can see any of it before the caller's store that follows. If the list can't grow, the
 * object is flagged FLAG_GC_MARK instead, and passes over the owner's pages find those until none is left: the law is kept
 * without memory.
 */
#include "alloc/internal.h"
#include <string.h>

/* local to the owner, whether or not its collector is busy destroying it (another thread may stop the world meanwhile) */
#define OWN_MASK (WORD_LOCAL_MASK & ~WORD_FLAG(FLAG_TRASH))

typedef struct Publisher {
    Thread *t;
    uint32_t word;  /* what a local object's word is */
    Object **work;
    size_t count, cap;
    bool overflow;
    Object *first[48];
} Publisher;

static void push(Publisher *p, Object *o) {
    if (p->count == p->cap) {
        size_t cap = p->cap * 4;
        Object **more = mem_alloc(cap * sizeof *more);
        if (!more) {
            or_acq_rel(&o->x_word, WORD_FLAG(FLAG_GC_MARK));
            p->overflow = true;
            return;
        }
        memcpy(more, p->work, p->count * sizeof *more);
        if (p->work != p->first) mem_free(p->work);
        p->work = more;
        p->cap = cap;
    }
    p->work[p->count++] = o;
}

/* Functions, types, modules … are uncounted once shared, and so are the built-in containers that they hold directly (a module's dict, a function's
 * globals and defaults, a type's mro): making a function in one thread must not count the globals that all threads share. */
static bool is_uncounted_kind(const TypeHead *h, bool held_by_uncounted) {
    return (h->flags & TYPE_UNCOUNTED) || (held_by_uncounted && (h->flags & TYPE_CONTAINER) && !(h->flags & TYPE_HEAP));
}

static void publish_one(Publisher *p, Object *o, bool held_by_uncounted) {
    uint32_t word = load_relaxed(&o->x_word);
    if ((word & OWN_MASK) != p->word) return;
    TypeHead *h = type_head(o);
    STAT(p->t, publications);
    if (is_uncounted_kind(h, held_by_uncounted)) {
        o->local_refs = 0;
        store_relaxed(&o->x_shared_refs, 0);
        store_relaxed(&o->x_word, word & WORD_FLAG(FLAG_WEAKREFS));
    } else {
#if defined(WEFT_REFCOUNT_atomic)
        /* the ablation without bias: one atomic count from here on */
        store_relaxed(&o->x_shared_refs, (int64_t)o->local_refs * (1 << REFS_SHIFT) | REFS_MERGED);
        o->local_refs = 0;
        store_relaxed(&o->x_word, (word & ~WORD_FLAG(FLAG_LOCAL)) | OWNER_MERGED);
#else
        store_relaxed(&o->x_word, word & ~WORD_FLAG(FLAG_LOCAL));
#endif
    }
    if (h->traverse || (h->flags & TYPE_HEAP)) push(p, o);
}

static void visit(void *arg, Value v) {
    if (value_is_object(v)) publish_one(arg, value_object(v), false);
}
static void visit_held(void *arg, Value v) {
    if (value_is_object(v)) publish_one(arg, value_object(v), true);
}

static void publish_children(Publisher *p, Object *o) {
    TypeHead *h = type_head(o);
    if (h->flags & TYPE_HEAP) publish_one(p, &h->base, false);
    if (h->traverse) h->traverse(o, h->flags & TYPE_UNCOUNTED ? visit_held : visit, p);
}

static void publish_flagged(void *arg, Page *page, Object *o) {
    Publisher *p = arg;
    if (!(load_relaxed(&o->x_word) & WORD_FLAG(FLAG_GC_MARK))) return;
    and_acq_rel(&o->x_word, ~WORD_FLAG(FLAG_GC_MARK));
    publish_children(p, o);
}

static void publish_all(Publisher *p, Object *o, bool stopped) {
    p->work = p->first;
    p->cap = sizeof p->first / sizeof *p->first;
    publish_one(p, o, false);
    for (;;) {
        while (p->count) publish_children(p, p->work[--p->count]);
        if (!p->overflow) break;
        p->overflow = false;
        if (stopped) heap_walk(publish_flagged, p);
        else heap_walk_own(p->t->alloc, publish_flagged, p);
    }
    if (p->work != p->first) mem_free(p->work);
}

void publish_slow(Thread *t, Object *o) {
    if (!threads_split) return; /* nobody else is there; the first thread start makes everything shared */
    Publisher p = {.t = t, .word = t->hot.local_word};
    publish_all(&p, o, false);
}

void publish_stopped(Thread *t, Object *o) {
    uint32_t word = load_relaxed(&o->x_word) & OWN_MASK;
    if (!threads_split || !(word & WORD_FLAG(FLAG_LOCAL))) return;
    Publisher p = {.t = t, .word = word};
    publish_all(&p, o, true);
}

static void uncount(Object *o) {
    uint32_t word = load_relaxed(&o->x_word);
    if (!(uint16_t)word || o->local_refs == 0) return;
    o->local_refs = 0;
    store_relaxed(&o->x_shared_refs, 0);
    store_relaxed(&o->x_word, word & WORD_FLAG(FLAG_WEAKREFS));
}
static void uncount_held(void *arg, Value v) {
    if (!value_is_object(v)) return;
    const TypeHead *h = type_head(value_object(v));
    if (!(h->flags & TYPE_UNCOUNTED) && is_uncounted_kind(h, true)) uncount(value_object(v)); /* the others have their own turn in the walk */
}
static void uncount_one(void *arg, Page *page, Object *o) {
    TypeHead *h = type_head(o);
    if (!(h->flags & TYPE_UNCOUNTED) || !(uint16_t)load_relaxed(&o->x_word) || o->local_refs == 0) return;
    uncount(o);
    if (h->traverse) h->traverse(o, uncount_held, NULL);
}

void publish_split(Thread *t) { heap_walk(uncount_one, NULL); }
