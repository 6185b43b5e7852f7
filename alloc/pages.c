/* Object pages: where container objects live, so that the collector can walk them; and leaves (strings, bytes, big ints …) in pages of their own, which
 * nobody walks: there only the quick birth and death count.
 *
 * A page (64 KiB, aligned) holds slots of one size and belongs to a heap, a heap to one thread. The owner allocates and frees
 * with plain loads and stores; other threads push what they free onto the page's x_remote, and the first of them puts the page
 * on its heap's x_remote_pages, which the owner takes over when a page runs out. Heaps of threads that end are abandoned whole and
 * adopted by whoever needs a page next. Heaps are never freed, so a late remote free always finds one.
 *
 *   operation           needs
 *   alloc, local free   the heap's owner (in GIL mode: the GIL)
 *   remote free         nothing (lock-free)
 *   adopt, abandon      heaps_lock
 *   new page, trim      pool_lock
 *   walk, page_find     the world stopped
 */
#include "alloc/internal.h"
#include <string.h>

#define CHUNK_PAGES 16
#define SMALL_STEP 16
#define SMALL_MAX 512
#define SLOT_MAX 32448
#define MAX_EMPTY 4 /* pages that a heap keeps for itself */

struct Chunk {
    char *base;
    uint32_t free_mask;
    Chunk *next, *prev; /* chunks with a free page */
};

void *mem_alloc_pages(size_t size);

static uint8_t class_of[SLOT_MAX / SMALL_STEP + 2];
static uint32_t class_size[CLASS_ALL];
static Page no_page; /* stands where a thread has no current page: nothing free in it */

_Atomic(_Atomic uint64_t *) x_page_map[65536];

static pthread_mutex_t pool_lock = PTHREAD_MUTEX_INITIALIZER;
static Chunk *pool;
static int pool_free_pages;
static Page *large_pages; /* guarded by pool_lock */

static pthread_mutex_t heaps_lock = PTHREAD_MUTEX_INITIALIZER;
static Heap *abandoned;
static _Atomic uint32_t x_abandoned;
static Heap *all_heaps;
static Heap *gil_heap; /* GIL mode: the one that all threads share */

int pages_init(void) {
    /* 16-byte steps to 512, then 4 a doubling to 4 KiB, then as many as fit a page exactly */
    int n = 0;
    for (uint32_t s = 32; s <= SMALL_MAX; s += SMALL_STEP) class_size[n++] = s;
    for (uint32_t s = SMALL_MAX; s < 4096; s *= 2)
        for (uint32_t q = 5; q <= 8; q++) class_size[n++] = s / 4 * q;
    for (uint32_t per = 14; per >= 2; per--) {
        uint32_t s = (uint32_t)((OPAGE_SIZE - PAGE_HEAD) / per) & ~(uint32_t)(GRANULE - 1);
        if (s > SLOT_MAX) s = SLOT_MAX;
        if (s > class_size[n - 1]) class_size[n++] = s;
    }
    ENSURE(n <= CLASS_COUNT);
    ENSURE(class_size[n - 1] <= SLOT_MAX);
    int c = 0;
    for (uint32_t s = 0; s <= SLOT_MAX; s += SMALL_STEP) {
        while (c < n && class_size[c] < s) c++;
        class_of[s / SMALL_STEP] = c < n ? (uint8_t)c : CLASS_LARGE;
    }
    for (int i = 0; i < CLASS_ALL - LEAF_FIRST; i++) class_size[LEAF_FIRST + i] = (uint32_t)(i + 2) * GRANULE;
    no_page.size_class = CLASS_LARGE;
    return 0;
}

/* ---- which addresses are pages -------------------------------------------------------------------------------- */
static bool map_page(Page *p, bool on) {
    uintptr_t addr = (uintptr_t)p;
    if (addr >> 48) return false;
    _Atomic(_Atomic uint64_t *) *at = &x_page_map[addr >> 32];
    _Atomic uint64_t *block = load_acquire(at);
    if (!block) {
        _Atomic uint64_t *fresh = mem_zalloc(65536 / 8);
        if (!fresh) return false;
        _Atomic uint64_t *none = NULL;
        if (cas_acq_rel(at, &none, fresh)) block = fresh;
        else {
            mem_free((void *)fresh);
            block = none;
        }
    }
    uint32_t bit = (addr >> OPAGE_BITS) & 0xFFFF;
    if (on) or_acq_rel(&block[bit / 64], (uint64_t)1 << (bit % 64));
    else and_acq_rel(&block[bit / 64], ~((uint64_t)1 << (bit % 64)));
    return true;
}

/* ---- the pool of free pages ------------------------------------------------------------------------------------- */
static void pool_link(Chunk *c) {
    c->prev = NULL;
    c->next = pool;
    if (pool) pool->prev = c;
    pool = c;
}
static void pool_unlink(Chunk *c) {
    if (c->prev) c->prev->next = c->next;
    else pool = c->next;
    if (c->next) c->next->prev = c->prev;
}

static Page *pool_take(void) {
    pthread_mutex_lock(&pool_lock);
    Chunk *c = pool;
    if (!c) {
        c = mem_alloc(sizeof *c);
        char *base = c ? mem_alloc_pages(CHUNK_PAGES * OPAGE_SIZE) : NULL;
        if (!base) {
            pthread_mutex_unlock(&pool_lock);
            mem_free(c);
            return NULL;
        }
        *c = (Chunk){.base = base, .free_mask = (1u << CHUNK_PAGES) - 1};
        pool_link(c);
        pool_free_pages += CHUNK_PAGES;
    }
    int i = __builtin_ctz(c->free_mask);
    c->free_mask &= c->free_mask - 1;
    pool_free_pages--;
    if (!c->free_mask) pool_unlink(c);
    Page *p = (Page *)(c->base + (size_t)i * OPAGE_SIZE);
    UNPOISON(p, OPAGE_SIZE);
    p->chunk = c;
    pthread_mutex_unlock(&pool_lock);
    return p;
}

static void pool_give_back(Page *p) {
    Chunk *c = p->chunk;
    if (!page_is_leaf(p)) map_page(p, false);
    pthread_mutex_lock(&pool_lock);
    if (!c->free_mask) pool_link(c);
    c->free_mask |= 1u << (((char *)p - c->base) / OPAGE_SIZE);
    pool_free_pages++;
    POISON(p, OPAGE_SIZE);
    if (c->free_mask == (1u << CHUNK_PAGES) - 1 && pool_free_pages > CHUNK_PAGES) {
        pool_unlink(c);
        pool_free_pages -= CHUNK_PAGES;
        UNPOISON(c->base, CHUNK_PAGES * OPAGE_SIZE);
        mem_free(c->base);
        mem_free(c);
    }
    pthread_mutex_unlock(&pool_lock);
}

/* ---- slots ---------------------------------------------------------------------------------------------------------- */
/* A free slot: x_word 0, x_type null, and the link where x_shared_refs was. */
static inline void *slot_next(void *s) { return (void *)(uintptr_t)load_relaxed(&((Object *)s)->x_shared_refs); }
static inline void slot_set_next(void *s, void *next) { store_relaxed(&((Object *)s)->x_shared_refs, (int64_t)(uintptr_t)next); }

static NO_ASAN void slot_make_free(void *s, void *next, uint32_t size) {
    Object *o = s;
    UNPOISON(s, sizeof(Object));
    store_relaxed(&o->x_word, 0);
    o->local_refs = 0;
    store_relaxed(&o->x_type, NULL);
    slot_set_next(s, next);
    POISON((char *)s + sizeof(Object), size - sizeof(Object));
    (void)size;
}

bool page_slot_live(const Object *o) {
    Object *m = (Object *)o;
    return load_relaxed(&m->x_type) && (load_relaxed(&m->x_shared_refs) & 3) != REFS_DEAD;
}

/* Makes free slots of what was never used, a few at a time: memory is touched only as it is needed. */
static void page_carve(Page *p) {
    int n = 0;
    void *first = NULL, *last = NULL;
    while (p->bump < p->limit && n++ < 32) {
        void *s = (char *)p + p->bump;
        slot_make_free(s, NULL, p->slot_size);
        if (last) slot_set_next(last, s);
        else first = s;
        last = s;
        p->bump += p->slot_size;
    }
    if (last) {
        slot_set_next(last, p->free);
        p->free = first;
    }
}

/* ---- pages of a heap -------------------------------------------------------------------------------------------------- */
static void avail_push(Heap *h, Page *p) {
    p->in_avail = true;
    p->avail_prev = NULL;
    p->avail_next = h->avail[p->size_class];
    if (p->avail_next) p->avail_next->avail_prev = p;
    h->avail[p->size_class] = p;
    if (p->used == 0) h->empty_pages++;
    p->wake = 0;
}
static void avail_remove(Heap *h, Page *p) {
    if (p->avail_prev) p->avail_prev->avail_next = p->avail_next;
    else h->avail[p->size_class] = p->avail_next;
    if (p->avail_next) p->avail_next->avail_prev = p->avail_prev;
    if (p->used == 0) h->empty_pages--;
    p->in_avail = false;
    p->wake = -1;
}

static void page_release(Heap *h, Page *p) {
    if (!page_is_leaf(p)) { /* which are in no list of pages */
        if (p->prev) p->prev->next = p->next;
        else h->pages = p->next;
        if (p->next) p->next->prev = p->prev;
    }
    pool_give_back(p);
}

/* A page that isn't current fell to its wake mark: it becomes available, or, empty, goes back to the pool. */
static NOINLINE void page_freed_slow(Heap *h, Page *p) {
    if (!p->in_avail) {
        avail_push(h, p);
        return;
    }
    /* used fell to 0 while available */
    if (h->empty_pages >= MAX_EMPTY && !p->touched && !p->frozen) {
        h->empty_pages++; /* avail_remove takes it off again */
        avail_remove(h, p);
        page_release(h, p);
        return;
    }
    h->empty_pages++;
    p->wake = -1;
}

static void page_free_local(AllocThread *a, Heap *h, Page *p, void *s) {
    slot_make_free(s, p->free, p->slot_size);
    p->free = s;
    p->used--;
    if (!page_is_leaf(p)) a->young_left++;
    if (unlikely((int32_t)p->used <= p->wake)) page_freed_slow(h, p);
}

/* Takes back what other threads freed in the heap's pages. */
static void heap_drain_remote(AllocThread *a, Heap *h) {
    if (!load_relaxed(&h->x_remote_pages)) return;
    Page *p = swap_acq_rel(&h->x_remote_pages, NULL);
    while (p) {
        Page *next = p->remote_next; /* before the swap: after it the page may be pushed again */
        void *s = swap_acq_rel(&p->x_remote, NULL);
        while (s) {
            void *link = slot_next(s);
            /* the last free may give the page away only once its list is empty: used counts what is still to come */
            page_free_local(a, h, p, s);
            s = link;
        }
        p = next;
    }
}

static void page_free_remote(Page *p, void *s) {
    slot_make_free(s, NULL, p->slot_size);
    void *head = load_relaxed(&p->x_remote);
    do slot_set_next(s, head);
    while (!atomic_compare_exchange_weak_explicit(&p->x_remote, &head, s, memory_order_acq_rel, memory_order_relaxed));
    if (head) return;
    /* the list was empty: nobody else puts the page on its heap's list before the owner has taken the slots */
    Heap *h = p->heap;
    Page *first = load_relaxed(&h->x_remote_pages);
    do p->remote_next = first;
    while (!atomic_compare_exchange_weak_explicit(&h->x_remote_pages, &first, p, memory_order_acq_rel, memory_order_relaxed));
}

static void page_make_current(AllocThread *a, Page *p, int c) {
    p->current = true;
    p->wake = -1;
    a->current[c] = p;
    if (!p->touched && !page_is_leaf(p)) {
        p->touched = true;
        p->touched_next = a->touched;
        a->touched = p;
    }
}

static Page *heap_new_page(AllocThread *a, Heap *h, int c) {
    Page *p = pool_take();
    if (!p) return NULL;
    Chunk *chunk = p->chunk;
    memset(p, 0, sizeof *p);
    p->chunk = chunk;
    p->heap = h;
    p->size_class = (uint8_t)c;
    p->slot_size = class_size[c];
    p->recip = (uint32_t)((((uint64_t)1 << 32) + p->slot_size - 1) / p->slot_size);
    p->capacity = (uint16_t)((OPAGE_SIZE - PAGE_HEAD) / p->slot_size);
    p->bump = PAGE_HEAD;
    p->limit = (uint32_t)(PAGE_HEAD + (size_t)p->capacity * p->slot_size);
    p->wake = -1;
    if (page_is_leaf(p)) return p;
    if (!map_page(p, true)) {
        pool_give_back(p);
        return NULL;
    }
    p->next = h->pages;
    if (h->pages) h->pages->prev = p;
    h->pages = p;
    return p;
}

static Heap *heap_adopt(AllocThread *a) {
    if (!load_relaxed(&x_abandoned)) return NULL;
    pthread_mutex_lock(&heaps_lock);
    Heap *h = abandoned;
    if (h) {
        abandoned = h->next_owned;
        store_relaxed(&x_abandoned, load_relaxed(&x_abandoned) - 1);
        h->next_owned = NULL;
        store_release(&h->x_owner, a);
    }
    pthread_mutex_unlock(&heaps_lock);
    return h;
}

static Page *heap_take_avail(Heap *h, int c) {
    for (Page *p = h->avail[c]; p; p = p->avail_next) {
        if (p->frozen) continue;
        avail_remove(h, p);
        return p;
    }
    return NULL;
}

/* A page that was current: available if it has room, else again once an eighth is free (so that no page with a free slot or two is
 * scanned by a young collection for their sake). */
static void page_leave(Page *p) {
    p->current = false;
    if (p->free || p->bump < p->limit) avail_push(p->heap, p);
    else p->wake = (int32_t)(p->capacity - p->capacity / 8) - (p->capacity < 8);
}

/* The page that class c allocates from is full: finds one that isn't. Null: no memory. */
static NOINLINE Page *page_next(AllocThread *a, int c) {
    Page *p = a->current[c];
    if (p != &no_page) {
        if (p->bump < p->limit) {
            page_carve(p);
            return p;
        }
        a->current[c] = &no_page;
        page_leave(p);
    }
    for (Heap *h = a->heaps; h; h = h->next_owned) heap_drain_remote(a, h);
    for (Heap *h = a->heaps; h; h = h->next_owned)
        if ((p = heap_take_avail(h, c))) goto found;
    Heap *h = heap_adopt(a);
    if (h) {
        h->next_owned = a->heaps->next_owned;
        a->heaps->next_owned = h;
        heap_drain_remote(a, h);
        if ((p = heap_take_avail(h, c))) goto found;
    }
    p = heap_new_page(a, a->heaps, c);
    if (!p) return NULL;
found:
    page_make_current(a, p, c);
    if (!p->free) page_carve(p);
    return p;
}

Heap *heap_acquire(AllocThread *a) {
    for (int c = 0; c < CLASS_ALL; c++) a->current[c] = &no_page;
    if (gil_mode && gil_heap) return gil_heap;
    Heap *h = heap_adopt(a);
    if (h) return h;
    h = mem_zalloc(sizeof *h);
    if (!h) return NULL;
    store_release(&h->x_owner, a);
    pthread_mutex_lock(&heaps_lock);
    h->next_all = all_heaps;
    all_heaps = h;
    pthread_mutex_unlock(&heaps_lock);
    if (gil_mode) gil_heap = h;
    return h;
}

void heap_leave_current(AllocThread *a) {
    for (int c = 0; c < CLASS_ALL; c++) {
        Page *p = a->current[c];
        a->current[c] = &no_page;
        if (p == &no_page) continue;
        page_leave(p);
    }
}

void heaps_release(AllocThread *a) {
    heap_leave_current(a);
    for (Page *p = a->touched; p; p = p->touched_next) p->touched = false;
    a->touched = NULL;
    if (gil_mode) return;
    for (Heap *h = a->heaps; h; h = h->next_owned) heap_drain_remote(a, h);
    pthread_mutex_lock(&heaps_lock);
    while (a->heaps) {
        Heap *h = a->heaps;
        a->heaps = h->next_owned;
        store_release(&h->x_owner, NULL);
        h->next_owned = abandoned;
        abandoned = h;
        store_relaxed(&x_abandoned, load_relaxed(&x_abandoned) + 1);
    }
    pthread_mutex_unlock(&heaps_lock);
}

void pages_trim(AllocThread *a) {
    for (Heap *h = a->heaps; h; h = h->next_owned) {
        heap_drain_remote(a, h);
        for (int c = 0; c < CLASS_ALL && h->empty_pages > MAX_EMPTY; c++)
            for (Page *p = h->avail[c], *next; p && h->empty_pages > MAX_EMPTY; p = next) {
                next = p->avail_next;
                if (p->used || p->touched || p->frozen) continue;
                avail_remove(h, p);
                page_release(h, p);
            }
    }
}

Heap *heaps_first(void) { return all_heaps; }
Page *large_first(void) { return large_pages; }

static void pages_walk(Page *p, ObjectFn fn, void *arg) {
    for (; p; p = p->next)
        for (uint32_t i = 0, n = page_slots(p); i < n; i++) {
            Object *o = page_slot(p, i);
            if (page_slot_live(o)) fn(arg, p, o);
        }
}

void heap_walk(ObjectFn fn, void *arg) {
    for (Heap *h = all_heaps; h; h = h->next_all) pages_walk(h->pages, fn, arg);
    pages_walk(large_pages, fn, arg);
}

void heap_walk_own(AllocThread *a, ObjectFn fn, void *arg) {
    for (Heap *h = a->heaps; h; h = h->next_owned) pages_walk(h->pages, fn, arg);
    pthread_mutex_lock(&pool_lock);
    pages_walk(large_pages, fn, arg);
    pthread_mutex_unlock(&pool_lock);
}

Object *page_find(const void *ptr) {
    Page *p = page_lookup(ptr);
    if (!p) return NULL;
    size_t off = (size_t)((const char *)ptr - (const char *)p);
    if (off < PAGE_HEAD || off >= p->bump) return NULL;
    Object *o = page_slot(p, p->size_class == CLASS_LARGE ? 0 : page_index(p, ptr));
    return page_slot_live(o) ? o : NULL;
}

void pages_fork_child(void) {
    pthread_mutex_init(&pool_lock, NULL);
    pthread_mutex_init(&heaps_lock, NULL);
}

/* ---- objects ---------------------------------------------------------------------------------------------------------------- */
/* More than a class holds: a mapping of its own, with a page's head. */
static void *large_alloc(size_t size) {
    if (size > (size_t)1 << 40) return NULL; /* sanitizers end the process on absurd sizes */
    size_t bytes = (PAGE_HEAD + size + OPAGE_SIZE - 1) & ~(OPAGE_SIZE - 1);
    if (bytes < size) return NULL;
    Page *p = mem_alloc_pages(bytes);
    if (!p) return NULL;
    memset(p, 0, sizeof *p);
    p->size_class = CLASS_LARGE;
    p->slot_size = (uint32_t)(OPAGE_SIZE - PAGE_HEAD);
    p->recip = 1;
    p->capacity = 1;
    p->used = 1;
    p->bytes = bytes;
    p->bump = p->limit = (uint32_t)OPAGE_SIZE;
    Object *o = page_slot(p, 0);
    store_relaxed(&o->x_type, NULL);
    if (!map_page(p, true)) {
        mem_free(p);
        return NULL;
    }
    pthread_mutex_lock(&pool_lock);
    p->next = large_pages;
    if (large_pages) large_pages->prev = p;
    large_pages = p;
    pthread_mutex_unlock(&pool_lock);
    return o;
}

static void large_free(Page *p) {
    map_page(p, false);
    pthread_mutex_lock(&pool_lock);
    if (p->prev) p->prev->next = p->next;
    else large_pages = p->next;
    if (p->next) p->next->prev = p->prev;
    pthread_mutex_unlock(&pool_lock);
    mem_free(p);
}

static NOINLINE void *slots_refill(AllocThread *a, uint32_t c) {
    Page *p = page_next(a, (int)c);
    if (!p) return NULL;
    void *s = p->free;
    p->free = slot_next(s);
    p->used++;
    return s;
}
/* A slot of the class's current page; null: it is full. */
static ALWAYS_INLINE void *slot_quick(AllocThread *a, uint32_t c) {
    Page *p = a->current[c];
    void *s = p->free;
    if (unlikely(!s)) return NULL;
    p->free = slot_next(s);
    p->used++;
    return s;
}
static ALWAYS_INLINE void *slot_of_class(AllocThread *a, uint32_t c) {
    void *s = slot_quick(a, c);
    return likely(s) ? s : slots_refill(a, c);
}
static ALWAYS_INLINE void slot_is_young(void *s) {
    uint32_t g = (uint32_t)((uintptr_t)s & (OPAGE_SIZE - 1)) / GRANULE;
    page_of(s)->old[g / 64] &= ~((uint64_t)1 << (g % 64));
}

static void *slot_alloc(AllocThread *a, size_t size) {
    uint32_t c = size <= SLOT_MAX ? class_of[(size + SMALL_STEP - 1) / SMALL_STEP] : CLASS_LARGE;
    if (unlikely(c == CLASS_LARGE)) return large_alloc(size);
    void *s = slot_of_class(a, c);
    if (likely(s)) slot_is_young(s);
    return s;
}

static ALWAYS_INLINE uint32_t leaf_class(size_t size) { return LEAF_FIRST + (uint32_t)((size + GRANULE - 1) / GRANULE) - 2; }
static void *leaf_alloc(AllocThread *a, size_t size) {
    if (LEAF_PAGES && likely(size <= LEAF_MAX)) return slot_of_class(a, leaf_class(size));
    char *p = mem_alloc(size + LEAF_SHIFT);
    return p ? p + LEAF_SHIFT : NULL;
}

/* The same for whoever watches: may fail for a test's sake, is traced. */
static NOINLINE void *slot_alloc_watched(AllocThread *a, size_t size, bool leaf) {
    if (leaf && (!LEAF_PAGES || size > LEAF_MAX)) {
        char *o = leaf_alloc(a, size); /* mem_alloc watches; the object is told of as it is asked for */
        if (o) memtrace_add(o - LEAF_SHIFT, size);
        return o;
    }
    void *s = alloc_fails() ? NULL : leaf ? leaf_alloc(a, size) : slot_alloc(a, size);
    if (!s) return NULL;
    store_relaxed(&page_of(s)->x_any_marked, true);
    memtrace_add(s, size);
    return s;
}

static COLD void *object_no_memory(Thread *t) {
    if (alloc_hooks.no_memory) alloc_hooks.no_memory(t);
    return NULL;
}

static ALWAYS_INLINE void header_init(Thread *t, Object *o, Type *type) {
    /* atomic stores: a late reader of the recycled memory may still look */
    store_relaxed(&o->x_word, t->hot.local_word);
    o->local_refs = 1;
    store_relaxed(&o->x_shared_refs, 0);
    store_relaxed(&o->x_type, type);
}

/* The whole way; object_quick is the usual one, without a call. */
static NOINLINE Object *object_make(Thread *t, Type *type, size_t extra) {
    TypeHead *h = (TypeHead *)type;
    AllocThread *a = t->alloc;
    size_t size = h->size + extra;
    if (unlikely(size < extra)) return object_no_memory(t);
    bool leaf = !type_in_pages(h);
    Object *o = unlikely(load_relaxed(&x_alloc_watch) != 0) ? slot_alloc_watched(a, size, leaf) : leaf ? leaf_alloc(a, size) : slot_alloc(a, size);
    if (unlikely(!o)) return object_no_memory(t);
    if (!leaf) {
        UNPOISON(o, size);
        if (unlikely(--a->young_left < 0)) collector_due(t);
    }
#if WEFT_DEBUG
    if (unlikely(hard_collect_every != 0)) hard_alloc(a);
#endif
    header_init(t, o, type);
    if (h->flags & TYPE_HEAP) object_incref(t, &h->base);
    return o;
}

#if defined(WEFT_REFCOUNT_atomic) || WEFT_STATS
#define COUNTS_PLAINLY 0
#else
#define COUNTS_PLAINLY 1
#endif
/* Null: go the whole way. Calls nothing, so that its callers have no registers to save. */
static ALWAYS_INLINE Object *object_quick(Thread *t, Type *type, size_t size) {
    TypeHead *h = (TypeHead *)type;
    AllocThread *a = t->alloc;
    Object *o;
    if (WEFT_DEBUG || WEFT_ASAN || unlikely(load_relaxed(&x_alloc_watch) != 0)) return NULL;
    if (!type_in_pages(h)) {
        if (unlikely(size > LEAF_MAX) || unlikely(!(o = slot_quick(a, leaf_class(size))))) return NULL;
    } else {
        uint32_t c = class_of[(size + SMALL_STEP - 1) / SMALL_STEP];
        uint16_t owner = object_owner(&h->base);
        bool counts = (h->flags & TYPE_HEAP) && owner != OWNER_UNCOUNTED;
        if (unlikely(c == CLASS_LARGE) || unlikely(a->young_left <= 0) || (counts && (!COUNTS_PLAINLY || owner != t->hot.id)) ||
            unlikely(!(o = slot_quick(a, c))))
            return NULL;
        slot_is_young(o);
        a->young_left--;
        if (counts) h->base.local_refs++;
    }
    header_init(t, o, type);
    return o;
}

static NOINLINE void *object_make_zeroed(Thread *t, Type *type, size_t extra) {
    Object *o = object_make(t, type, extra);
    return o ? memset(o + 1, 0, ((TypeHead *)type)->size + extra - sizeof(Object)), o : NULL;
}
void *object_alloc(Thread *t, Type *type, size_t extra) {
    size_t size = ((TypeHead *)type)->size + extra;
    Object *o;
    if (unlikely(extra > 256 || size > 256) || unlikely(!(o = object_quick(t, type, size)))) return object_make_zeroed(t, type, extra);
    typedef uint64_t TwoWords __attribute__((vector_size(16)));
    *(uint64_t *)(o + 1) = 0;
    char *p = (char *)o + 32, *end = (char *)o + size; /* slots are multiples of 16 */
    for (; p + 16 < end; p += 32) {
        ((TwoWords *)p)[0] = ((TwoWords *)p)[1] = (TwoWords){0};
        __asm__ volatile(""); /* or gcc makes it a call of memset, which takes longer for so few words */
    }
    if (p < end) *(TwoWords *)p = (TwoWords){0};
    return o;
}

void *object_alloc_raw(Thread *t, Type *type, size_t extra) {
    size_t size = ((TypeHead *)type)->size + extra;
    Object *o;
    return unlikely(extra > SLOT_MAX || size > SLOT_MAX) || unlikely(!(o = object_quick(t, type, size))) ? object_make(t, type, extra) : o;
}

void object_memory_free(Thread *t, Object *o, bool in_pages) {
    if (!in_pages) {
        leaf_free(t, o);
        return;
    }
    Page *p = page_of(o);
    if (unlikely(p->size_class == CLASS_LARGE)) {
        t->alloc->young_left++;
        memtrace_remove(o);
        large_free(p);
        return;
    }
    if (unlikely(load_relaxed(&p->x_any_marked))) {
        uint32_t g = (uint32_t)((uintptr_t)o & (OPAGE_SIZE - 1)) / GRANULE;
        and_acq_rel(&p->x_finalized[g / 64], ~((uint64_t)1 << (g % 64)));
        memtrace_remove(o);
    }
    Heap *heap = p->heap;
    if (likely(gil_mode || load_relaxed(&heap->x_owner) == t->alloc)) page_free_local(t->alloc, heap, p, o);
    else page_free_remote(p, o);
}

void leaf_free_slow(Thread *t, Object *o) {
    if ((uintptr_t)o & LEAF_SHIFT) {
        mem_free((char *)o - LEAF_SHIFT);
        return;
    }
    Page *p = page_of(o);
    if (unlikely(load_relaxed(&p->x_any_marked))) memtrace_remove(o);
    Heap *heap = p->heap;
    if (gil_mode || load_relaxed(&heap->x_owner) == t->alloc) page_free_local(t->alloc, heap, p, o);
    else page_free_remote(p, o);
}

bool object_finalized(const Object *o) {
    Page *p = page_lookup(o);
    if (!p || !load_relaxed(&p->x_any_marked)) return false;
    uint32_t g = (uint32_t)((uintptr_t)o & (OPAGE_SIZE - 1)) / GRANULE;
    return load_relaxed(&p->x_finalized[g / 64]) >> (g % 64) & 1;
}

void object_set_finalized(Object *o) {
    Page *p = page_lookup(o);
    if (!p) return;
    store_relaxed(&p->x_any_marked, true);
    uint32_t g = (uint32_t)((uintptr_t)o & (OPAGE_SIZE - 1)) / GRANULE;
    or_acq_rel(&p->x_finalized[g / 64], (uint64_t)1 << (g % 64));
}
