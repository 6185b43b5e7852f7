/* Small types for the tests of alloc/: a node with four slots, a leaf, an uncounted "function", and counters of what was destroyed. */
#ifndef WEFT_TESTS_ALLOC_TYPES_H
#define WEFT_TESTS_ALLOC_TYPES_H

#include "alloc/collect.h"
#include "alloc/stats.h"
#include "alloc/thread.h"
#include <check.h>
#include <stdlib.h>
#include <unistd.h>

Object none_object = OBJECT_STATIC(0), true_object = OBJECT_STATIC(0), false_object = OBJECT_STATIC(0),
       not_implemented_object = OBJECT_STATIC(0), ellipsis_object = OBJECT_STATIC(0);

/* In loops of many threads: ck_assert takes a lock and writes to a file each time. */
#define must(c) ((c) ? (void)0 : must_failed(#c, __LINE__))
static inline void must_failed(const char *what, int line) {
    fprintf(stderr, "line %d: %s\n", line, what);
    abort();
}

#define NODE_SLOTS 4
typedef struct Node {
    Object base;
    Slot slots[NODE_SLOTS];
    uint64_t canary;
} Node;
#define CANARY 0xC0FFEE00C0FFEEull

static __attribute__((unused)) _Atomic int64_t x_made, x_destroyed, x_finalized;
static Node *resurrect_into; /* finalizers store the dying object here */

static void node_traverse(Object *o, VisitFn visit, void *arg) {
    for (int i = 0; i < NODE_SLOTS; i++) slot_visit(&((Node *)o)->slots[i], visit, arg);
}
static void node_clear(Thread *t, Object *o) {
    for (int i = 0; i < NODE_SLOTS; i++) ref_drop(t, slot_take(t, o, &((Node *)o)->slots[i]));
}
static void node_destroy(Thread *t, Object *o) {
    must(((Node *)o)->canary == CANARY);
    ((Node *)o)->canary = 0xDEAD;
    add_relaxed(&x_destroyed, 1);
    for (int i = 0; i < NODE_SLOTS; i++) ref_drop(t, (Ref){load_relaxed(&((Node *)o)->slots[i].x_bits)});
}
static void node_finalize(Thread *t, Object *o) {
    add_relaxed(&x_finalized, 1);
    if (resurrect_into) slot_set(t, resurrect_into, &resurrect_into->slots[0], ref_new(t, object_value(o)));
}
static void leaf_destroy(Thread *t, Object *o) { add_relaxed(&x_destroyed, 1); }

static __attribute__((unused)) TypeHead node_type = {.base = OBJECT_STATIC(0), .flags = TYPE_CONTAINER, .size = sizeof(Node), .uid = 1,
                             .traverse = node_traverse, .clear = node_clear, .destroy = node_destroy};
static __attribute__((unused)) TypeHead final_type = {.base = OBJECT_STATIC(0), .flags = TYPE_CONTAINER, .size = sizeof(Node), .uid = 2, .traverse = node_traverse,
                              .clear = node_clear, .destroy = node_destroy, .finalize = node_finalize};
static __attribute__((unused)) TypeHead func_type = {.base = OBJECT_STATIC(0), .flags = TYPE_CONTAINER | TYPE_UNCOUNTED, .size = sizeof(Node), .uid = 3,
                             .traverse = node_traverse, .clear = node_clear, .destroy = node_destroy};
static __attribute__((unused)) TypeHead leaf_type = {.base = OBJECT_STATIC(0), .size = 48, .uid = 4, .destroy = leaf_destroy};

static inline Node *node_new(Thread *t, TypeHead *type) {
    Node *n = object_alloc(t, (Type *)type, 0);
    must(n != NULL);
    n->canary = CANARY;
    add_relaxed(&x_made, 1);
    return n;
}
static inline Object *leaf_new(Thread *t) {
    add_relaxed(&x_made, 1);
    return object_alloc(t, (Type *)&leaf_type, 0);
}
static inline void node_set(Thread *t, Node *n, int i, void *child) { slot_set(t, n, &n->slots[i], ref_new(t, object_value(child))); }
static inline void drop(Thread *t, void *o) { ref_drop(t, ref_steal(o)); }
static inline int64_t alive(void) { return load_relaxed(&x_made) - load_relaxed(&x_destroyed); }

/* A flag that threads wait for and set, detached while they wait. */
typedef struct Gate { _Atomic uint32_t x_open; } Gate;
static inline void gate_open(Gate *g) {
    add_acq_rel(&g->x_open, 1u);
    unpark(g, 1000);
}
static inline void gate_wait(Thread *t, Gate *g, uint32_t until) {
    for (uint32_t n; (n = load_acquire(&g->x_open)) < until;) {
        park_u32(t, &g->x_open, n, -1, true);
        safepoint(t);
    }
}
static inline void wait_alone(Thread *t) {
    while (thread_count() > 1) {
        thread_detach(t);
        usleep(200);
        thread_attach(t);
    }
}
static inline void settle(Thread *t) { /* until nothing retired waits */
    for (int i = 0; i < 100; i++) {
        breaker_set(t, BREAK_MERGE);
        retired_flush(t);
        safepoint(t);
    }
}

static int run_suite(Suite *s) {
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
