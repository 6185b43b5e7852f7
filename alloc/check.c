/* The heap checker (debug builds, at each full collection) and the audit of all counts at exit.
 *
 * Checked: nothing shared refers to anything local; no object has more references than its count; the pages' equations.
 * The audit: with everything dropped and collected, each counted object's count must equal the references that traverse and the
 * hooks' roots show. More: somebody leaked one. Fewer: somebody dropped one too many. WEFT_AUDIT=0 turns it off.
 */
#include "alloc/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *type_name(const Object *o) {
    Type *type = load_relaxed(&((Object *)o)->x_type);
    return type && alloc_hooks.type_name ? alloc_hooks.type_name(type) : "?";
}

void heap_check_failed(const Object *o, const char *what) {
    fprintf(stderr, "weft: heap check: %s: %s object at %p (owner %u, word %#x, local %u, shared %lld)\n", what, type_name(o), (void *)o,
            object_owner(o), load_relaxed(&((Object *)o)->x_word), o->local_refs,
            (long long)load_relaxed(&((Object *)o)->x_shared_refs));
    fflush(stderr);
    if (getenv("WEFT_ABORT")) abort();
    _exit(70);
}

/* ---- the law --------------------------------------------------------------------------------------------------------- */
typedef struct Law { const Object *from; } Law;
static void visit_law(void *arg, Value v) {
    const Law *l = arg;
    if (!value_is_object(v)) return;
    const Object *o = value_object(v);
    if (!local_to_any(o)) return;
    if (local_to_any(l->from) && object_owner(l->from) == object_owner(o)) return;
    fprintf(stderr, "weft: heap check: referred to by %s object at %p (word %#x)\n", type_name(l->from), (void *)l->from,
            load_relaxed(&((Object *)l->from)->x_word));
    heap_check_failed(o, "a local object is reachable from a shared one");
}

static void check_one(void *arg, Page *p, Object *o) {
    TypeHead *h = type_head(o);
    Law l = {o};
    if (h->flags & TYPE_HEAP) visit_law(&l, object_value(h));
    if (h->traverse) h->traverse(o, visit_law, &l);
}

static void check_pages(void) {
    for (Heap *h = heaps_first(); h; h = h->next_all)
        for (Page *p = h->pages; p; p = p->next) {
            uint32_t live = 0, free = 0, remote = 0;
            for (uint32_t i = 0; i < page_slots(p); i++) live += load_relaxed(&page_slot(p, i)->x_type) != NULL;
            for (void *s = p->free; s; s = *(void **)((char *)s + 8)) free++;
            for (void *s = load_relaxed(&p->x_remote); s; s = *(void **)((char *)s + 8)) remote++;
            ENSURE(p->used == live + remote);
            ENSURE(p->used + free + (p->limit - p->bump) / p->slot_size == p->capacity);
        }
}

void heap_check_stopped(Thread *t) {
    check_pages();
    if (gil_mode || !threads_split) return;
    heap_walk(check_one, NULL);
}

/* ---- the audit --------------------------------------------------------------------------------------------------------- */
/* References found, by object: open addressing, grown before it is three quarters full. */
typedef struct Found { const Object *o; int64_t n; } Found;
typedef struct Audit {
    Found *table;
    size_t mask, used;
    bool failed;
    int64_t leaked, over;
    int shown;
} Audit;

static Found *found(Audit *a, const Object *o) {
    size_t h = ((uintptr_t)o >> 4) * 0x9E3779B1u;
    while (a->table[h & a->mask].o && a->table[h & a->mask].o != o) h++;
    return &a->table[h & a->mask];
}

static void audit_grow(Audit *a) {
    Found *old = a->table;
    size_t n = old ? a->mask + 1 : 0, size = n ? n * 2 : 4096;
    Found *more = mem_zalloc(size * sizeof *more);
    if (!more) {
        a->failed = true;
        return;
    }
    a->table = more;
    a->mask = size - 1;
    for (size_t i = 0; i < n; i++)
        if (old[i].o) *found(a, old[i].o) = old[i];
    mem_free(old);
}

static void visit_found(void *arg, Value v) {
    Audit *a = arg;
    if (!value_is_object(v) || (v.bits & 7) == TAG_LENT || a->failed) return;
    const Object *o = value_object(v);
    if (is_uncounted(o)) return;
    if (!a->table || a->used * 4 > a->mask * 3) audit_grow(a);
    if (a->failed) return;
    Found *f = found(a, o);
    if (!f->o) {
        f->o = o;
        a->used++;
    }
    f->n++;
}

static void kept_found(void *arg, Object *owner, Value kept) { visit_found(arg, kept); }

static void audit_references(void *arg, Page *p, Object *o) {
    TypeHead *h = type_head(o);
    if (h->flags & TYPE_HEAP) visit_found(arg, object_value(h));
    if (h->traverse) h->traverse(o, visit_found, arg);
}

static void audit_one(void *arg, Page *p, Object *o) {
    Audit *a = arg;
    if (is_uncounted(o) || a->failed) return;
    int64_t count = object_count_stopped(o);
    Found *f = a->table ? found(a, o) : NULL;
    int64_t n = f && f->o ? f->n : 0;
    if (count == n) return;
    if (count > n) a->leaked++;
    else a->over++;
    if (a->shown++ < 40)
        fprintf(stderr, "weft: audit: %s object at %p has count %lld, but %lld references\n", type_name(o), (void *)o, (long long)count, (long long)n);
}

int heap_audit(Thread *t) {
    const char *env = getenv("WEFT_AUDIT");
    if (env && !strcmp(env, "0")) return 0;
    Audit a = {0};
    world_stop(t);
    queues_merge_stopped(t);
    heap_walk(audit_references, &a);
    if (alloc_hooks.visit_roots) alloc_hooks.visit_roots(visit_found, &a);
    FOR_EACH_THREAD(other) {
        visit_found(&a, ref_borrow(other->thread->exc));
        visit_found(&a, ref_borrow(other->thread->async_exc));
        if (alloc_hooks.visit_thread) alloc_hooks.visit_thread(other->thread, visit_found, &a);
        if (alloc_hooks.visit_kept) alloc_hooks.visit_kept(other->thread, true, kept_found, &a);
    }
    heap_walk(audit_one, &a);
    world_start(t);
    mem_free(a.table);
    if (!a.leaked && !a.over) return 0;
    fprintf(stderr, "weft: audit: %lld objects leaked, %lld released too often\n", (long long)a.leaked, (long long)a.over);
    fflush(stderr);
    return 70;
}

int alloc_finish(Thread *t) {
    for (int i = 0; i < (WEFT_DEBUG ? 10 : 1); i++) { /* the audit wants the last of it */
        int64_t n = collect(t, GC_GENERATIONS - 1);
        retired_drain(t);
        if (!n) break;
    }
    bool others = thread_count() > 1; /* daemon threads that hang: what they hold can't be told from leaks */
    return WEFT_DEBUG && !others ? heap_audit(t) : 0;
}
