/* Shared objects seen from one thread: lending, retirement, uncounted objects, page lookups, hand-over of locks. */
#include "alloc_types.h"
#include "alloc/internal.h"
#include <string.h>

static Thread *start(void) { /* as after the first thread start */
    Thread *t = alloc_init(false);
    ck_assert_int_eq(threads_begin(t), 0);
    return t;
}

START_TEST(first_start_ends_locality) {
    Thread *t = alloc_init(false);
    Node *a = node_new(t, &node_type);
    ck_assert(is_local(t, a));
    threads_begin(t);
    ck_assert(!is_local(t, a));
    Node *b = node_new(t, &node_type);
    ck_assert(is_local(t, b));
    node_set(t, a, 0, b);
    ck_assert(!is_local(t, b)); /* the law */
    drop(t, b);
    drop(t, a);
    ck_assert_int_eq(alive(), 2); /* retired, intact */
    settle(t);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(publication_reaches_everything) {
    Thread *t = start();
    Node *head = node_new(t, &node_type), *last = head;
    for (int i = 0; i < 100000; i++) {
        Node *n = node_new(t, &node_type);
        slot_init(&last->slots[i % 4], ref_steal(n));
        last = n;
    }
    node_set(t, last, 3, head); /* a cycle */
    publish(t, object_value(head));
    ck_assert(!is_local(t, head) && !is_local(t, last));
    node_clear(t, (Object *)last);
    drop(t, head);
    settle(t);
    retired_drain(t);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(publication_needs_no_memory) {
    Thread *t = start();
    Node *head = node_new(t, &node_type);
    for (int i = 0; i < 4; i++) {
        Node *n = node_new(t, &node_type);
        for (int k = 0; k < 4; k++) {
            Node *m = node_new(t, &node_type);
            for (int j = 0; j < 4; j++) {
                Node *l = node_new(t, &node_type);
                for (int q = 0; q < 4; q++) slot_init(&l->slots[q], ref_steal(node_new(t, &node_type)));
                slot_init(&m->slots[j], ref_steal(l));
            }
            slot_init(&n->slots[k], ref_steal(m));
        }
        slot_init(&head->slots[i], ref_steal(n));
    }
    Node *wide = node_new(t, &node_type); /* more pending than the list's first room: a comb */
    Node *tooth = wide;
    for (int i = 0; i < 200; i++) {
        Node *n = node_new(t, &node_type);
        for (int k = 1; k < 4; k++) slot_init(&tooth->slots[k], ref_steal(node_new(t, &node_type)));
        slot_init(&tooth->slots[0], ref_steal(n));
        tooth = n;
    }
    node_set(t, wide, 1, head);
    fail_allocations(0, 1); /* fails once; */
    publish(t, object_value(wide));
    fail_allocations(-1, 0);
    ck_assert(!is_local(t, tooth));
    ck_assert_int_eq(alloc_finish(t), WEFT_DEBUG ? 70 : 0); /* two leaked on purpose: the audit says so */
}
END_TEST

START_TEST(lent_registers_are_counted_before_a_quiescent_state) {
    Thread *t = start();
    static uint64_t stack[8];
    Node *a = node_new(t, &node_type);
    publish(t, object_value(a));
    stack[0] = reg_copy(t, object_value(a)).bits;
    ck_assert_int_eq(stack[0] & 7, TAG_LENT);
    t->stack_base = stack;
    t->stack_top = stack + 8;
    drop(t, a);
    settle(t);
    ck_assert_int_eq(alive(), 1);
    ck_assert_int_eq(stack[0] & 7, 0);
    ck_assert(a->canary == CANARY);
    ref_drop(t, (Ref){stack[0]});
    stack[0] = 0;
    settle(t);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

static void node_visit_nothing(Thread *t, VisitFn visit, void *arg) {}
static Object *root;
static void visit_root(VisitFn visit, void *arg) {
    if (root) visit(arg, object_value(root));
}
static uint64_t hidden; /* the address of the function made last, inverted: no root */
static NOINLINE void make_function(Thread *t) {
    Node *f = node_new(t, &func_type), *captured = node_new(t, &node_type);
    slot_init(&f->slots[0], ref_steal(captured));
    publish(t, object_value(f));
    ck_assert(is_uncounted(f));
    drop(t, f);
    hidden = ~(uint64_t)f;
}
/* Calls fn far down the stack, so that no frame of the collector lies over its stale words, which the conservative scan would take for references. */
static NOINLINE void far_down(void (*fn)(Thread *), Thread *t) {
    char room[1 << 16];
    memset(room, 0, sizeof room);
    __asm__ __volatile__("" ::"r"(room) : "memory");
    fn(t);
    __asm__ __volatile__("" ::"r"(room) : "memory"); /* no tail call */
}
static NOINLINE void use_stack(void) { /* overwrites what dead frames left behind */
    volatile char room[1 << 16];
    memset((char *)room, 0, sizeof room);
    __asm__ volatile("" ::"r"(room) : "memory");
}
START_TEST(uncounted_objects_live_while_roots_reach_them) {
    Thread *t = start();
    alloc_hooks.visit_roots = visit_root;
    alloc_hooks.visit_thread = node_visit_nothing;
    far_down(make_function, t);
    root = (Object *)~hidden;
    use_stack();
    collect(t, 2);
    ck_assert_int_eq(alive(), 2);
    root = NULL;
    use_stack();
    collect(t, 2);
    settle(t);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(uncounted_object_in_a_register_lives) {
    Thread *t = start();
    static uint64_t stack[1];
    far_down(make_function, t);
    stack[0] = ~hidden | TAG_LENT;
    t->stack_base = stack;
    t->stack_top = stack + 1;
    use_stack();
    collect(t, 2);
    ck_assert_int_eq(alive(), 2);
    stack[0] = 0;
    use_stack();
    collect(t, 2);
    settle(t);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

static NOINLINE void make_class(Thread *t) {
    Node *cls = node_new(t, &func_type), *x = node_new(t, &final_type);
    node_set(t, cls, 0, x);
    node_set(t, x, 0, cls);
    publish(t, object_value(cls));
    drop(t, cls);
    drop(t, x);
}
START_TEST(instances_die_before_their_uncounted_class) {
    Thread *t = start();
    far_down(make_class, t);
    for (int i = 0; i < 3 && alive(); i++) { /* a stale word of a C frame may keep them once */
        use_stack();
        collect(t, 2);
    }
    ck_assert_int_eq(load_relaxed(&x_finalized), 1);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(shared_cycle_is_collected_at_once) {
    Thread *t = start();
    Node *a = node_new(t, &node_type), *b = node_new(t, &node_type);
    node_set(t, a, 0, b);
    node_set(t, b, 0, a);
    publish(t, object_value(a));
    drop(t, a);
    drop(t, b);
    ck_assert_int_eq(collect(t, 0), 0);
    ck_assert_int_eq(collect(t, 2), 2);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(addresses_are_found_in_pages) {
    Thread *t = start();
    Node *a = node_new(t, &node_type);
    ck_assert_ptr_eq(page_find(a), a);
    ck_assert_ptr_eq(page_find((char *)a + 30), a);
    ck_assert_ptr_null(page_find(&t));
    ck_assert_ptr_null(page_find((void *)8));
    ck_assert_ptr_null(page_find((void *)-16));
    ck_assert_ptr_null(page_find(page_of(a)));
    Object *big = object_alloc(t, (Type *)&node_type, 1 << 20);
    ((Node *)big)->canary = CANARY;
    ck_assert_ptr_eq(page_find(big), big);
    drop(t, a);
    ck_assert_ptr_null(page_find(a));
    ref_drop(t, ref_steal(big));
    ck_assert_ptr_null(page_lookup(big));
}
END_TEST

START_TEST(many_large_retirements_are_bounded) {
    Thread *t = start();
    for (int i = 0; i < 3000; i++) {
        mem_retire(t, mem_alloc(1 << 20), 1 << 20); /* 3 GB if they piled up */
        safepoint(t);
    }
    ck_assert_int_lt(t->alloc->retire_bytes, 3 << 20);
}
END_TEST

START_TEST(out_of_memory_is_reported) {
    Thread *t = start();
    fail_allocations(0, 1);
    ck_assert_ptr_null(object_alloc(t, (Type *)&node_type, 0));
    Node *a = object_alloc(t, (Type *)&node_type, 0);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_null(object_alloc(t, (Type *)&node_type, (size_t)1 << 60));
    ck_assert_ptr_null(object_alloc(t, (Type *)&node_type, SIZE_MAX - 8));
}
END_TEST

/* ---- a waiter of more than a millisecond gets the lock (C2) ------------------------------------------------------------ */
static Node *prize;
static _Atomic bool x_got;
static void waiter(Thread *t, void *arg) {
    CRITICAL_BEGIN(t, prize);
    store_release(&x_got, true);
    CRITICAL_END(t);
}
START_TEST(greedy_locker_hands_over) {
    Thread *t = start();
    prize = node_new(t, &node_type);
    publish(t, object_value(prize));
    thread_start(t, waiter, NULL, 0, NULL, NULL);
    int64_t began = now_ns();
    while (!load_acquire(&x_got) && now_ns() - began < 10000000000) {
        CRITICAL_BEGIN(t, prize); /* held nearly always */
        for (int64_t until = now_ns() + 300000; now_ns() < until;) {}
        CRITICAL_END(t);
    }
    ck_assert(load_acquire(&x_got));
    wait_alone(t);
}
END_TEST

START_TEST(own_lock_may_be_entered_again) { /* C3 */
    Thread *t = start();
    prize = node_new(t, &node_type);
    publish(t, object_value(prize));
    CRITICAL_BEGIN(t, prize);
    CRITICAL_BEGIN(t, prize);
    CRITICAL2_BEGIN(t, prize, prize);
    CRITICAL_END(t);
    CRITICAL_END(t);
    ck_assert(t->critical && t->critical->held);
    critical_suspend(t);
    ck_assert(!t->critical->held);
    critical_resume(t);
    ck_assert(t->critical->held);
    CRITICAL_END(t);
    ck_assert_ptr_null(t->critical);
    ck_assert_int_eq(load_relaxed(&prize->base.x_word) >> WORD_MUTEX_SHIFT, 0);
}
END_TEST

int main(void) {
    Suite *s = suite_create("shared");
    TCase *c = tcase_create("one thread");
    tcase_set_timeout(c, 60);
#if !WEFT_GIL /* nothing is shared there */
    tcase_add_test(c, first_start_ends_locality);
    tcase_add_test(c, publication_reaches_everything);
    tcase_add_test(c, publication_needs_no_memory);
    tcase_add_test(c, lent_registers_are_counted_before_a_quiescent_state);
    tcase_add_test(c, uncounted_objects_live_while_roots_reach_them);
    tcase_add_test(c, uncounted_object_in_a_register_lives);
    tcase_add_test(c, greedy_locker_hands_over);
    tcase_add_test(c, own_lock_may_be_entered_again);
    tcase_add_test(c, shared_cycle_is_collected_at_once);
#endif
    tcase_add_test(c, instances_die_before_their_uncounted_class);
    tcase_add_test(c, addresses_are_found_in_pages);
    tcase_add_test(c, many_large_retirements_are_bounded);
    tcase_add_test(c, out_of_memory_is_reported);
    suite_add_tcase(s, c);
    return run_suite(s);
}
