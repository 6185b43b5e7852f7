/* One thread: birth, counts, death, cycles, finalizers, pages. */
#include "alloc_types.h"

START_TEST(local_object_dies_at_once) {
    Thread *t = alloc_init(false);
    Node *a = node_new(t, &node_type);
    ck_assert(is_local(t, a) && ref_is_unique(t, (Object *)a));
    Object *leaf = leaf_new(t);
    node_set(t, a, 0, leaf);
    drop(t, leaf);
    ck_assert_int_eq(alive(), 2);
    drop(t, a);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(long_chain_dies_without_recursion) {
    Thread *t = alloc_init(false);
    Node *head = NULL;
    for (int i = 0; i < 1000000; i++) {
        Node *n = node_new(t, &node_type);
        if (head) slot_init(&n->slots[0], ref_steal(head));
        head = n;
    }
    drop(t, head);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(cycle_is_collected) {
    Thread *t = alloc_init(false);
    Node *a = node_new(t, &node_type), *b = node_new(t, &node_type), *kept = node_new(t, &node_type);
    node_set(t, a, 0, b);
    node_set(t, b, 0, a);
    node_set(t, b, 1, kept);
    node_set(t, kept, 0, kept);
    drop(t, a);
    drop(t, b);
    ck_assert_int_eq(collect(t, _i), 2);
    ck_assert_int_eq(alive(), 1);
    ck_assert_int_eq(collect(t, _i), 0);
    drop(t, kept);
    ck_assert_int_eq(collect(t, 2), 1); /* old by now: a young collection leaves it */
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(finalizer_runs_once) {
    Thread *t = alloc_init(false);
    Node *home = node_new(t, &node_type), *a = node_new(t, &final_type);
    resurrect_into = home;
    drop(t, a);
    ck_assert_int_eq(load_relaxed(&x_finalized), 1);
    ck_assert_int_eq(alive(), 2);
    ck_assert(object_finalized((Object *)a));
    drop(t, home);
    ck_assert_int_eq(load_relaxed(&x_finalized), 1);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(cycle_resurrected_by_its_finalizer_lives) {
    Thread *t = alloc_init(false);
    Node *home = node_new(t, &node_type), *a = node_new(t, &final_type), *b = node_new(t, &node_type), *lost = node_new(t, &node_type);
    resurrect_into = home;
    node_set(t, a, 0, b);
    node_set(t, b, 0, a);
    node_set(t, lost, 0, lost);
    drop(t, a);
    drop(t, b);
    drop(t, lost);
    ck_assert_int_eq(collect(t, 2), 1);
    ck_assert_int_eq(alive(), 3);
    resurrect_into = NULL;
    node_clear(t, (Object *)home);
    ck_assert_int_eq(collect(t, 2), 2);
    ck_assert_int_eq(load_relaxed(&x_finalized), 1);
    drop(t, home);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(every_size_has_room) {
    Thread *t = alloc_init(false);
    for (size_t extra = 0; extra < 200000; extra = extra * 5 / 4 + 8) {
        char *p[3];
        for (int i = 0; i < 3; i++) {
            p[i] = object_alloc(t, (Type *)&node_type, extra);
            ((Node *)p[i])->canary = CANARY;
            for (size_t k = sizeof(Node); k < sizeof(Node) + extra; k++) {
                ck_assert_int_eq(p[i][k], 0);
                p[i][k] = (char)(i + 1);
            }
        }
        for (int i = 0; i < 3; i++) {
            for (size_t k = sizeof(Node); k < sizeof(Node) + extra; k++) ck_assert_int_eq(p[i][k], i + 1);
            drop(t, p[i]);
        }
    }
    ck_assert_int_eq(collect(t, 2), 0);
}
END_TEST

START_TEST(young_collections_come_by_themselves) {
    Thread *t = alloc_init(false);
    for (int i = 0; i < 500000; i++) {
        Node *a = node_new(t, &node_type);
        node_set(t, a, 0, a);
        drop(t, a);
        safepoint(t);
    }
    ck_assert_int_lt(alive(), 30000);
    ck_assert_int_gt(gc_stats(0).collections, 10);
    collect(t, 2);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

START_TEST(objects_are_listed) {
    Thread *t = alloc_init(false);
    Node *a = node_new(t, &node_type), *b = node_new(t, &node_type);
    node_set(t, a, 0, b);
    Ref *out;
    ck_assert_int_eq(gc_get_objects(t, -1, &out), 2);
    ref_drop(t, out[0]);
    ref_drop(t, out[1]);
    mem_free(out);
    Value v = object_value(b);
    ck_assert_int_eq(gc_get_referrers(t, &v, 1, &out), 1);
    ck_assert(value_is(ref_borrow(out[0]), object_value(a)));
    ref_drop(t, out[0]);
    mem_free(out);
    v = object_value(a);
    ck_assert_int_eq(gc_get_referents(t, &v, 1, &out), 1);
    ck_assert(value_is(ref_borrow(out[0]), object_value(b)));
    ref_drop(t, out[0]);
    mem_free(out);
    drop(t, a);
    drop(t, b);
    ck_assert_int_eq(alive(), 0);
    ck_assert_int_eq(alloc_finish(t), 0);
}
END_TEST

int main(void) {
    Suite *s = suite_create("objects");
    TCase *c = tcase_create("one thread");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, local_object_dies_at_once);
    tcase_add_test(c, long_chain_dies_without_recursion);
    tcase_add_loop_test(c, cycle_is_collected, 0, 3);
    tcase_add_test(c, finalizer_runs_once);
    tcase_add_test(c, cycle_resurrected_by_its_finalizer_lives);
    tcase_add_test(c, every_size_has_room);
    tcase_add_test(c, young_collections_come_by_themselves);
    tcase_add_test(c, objects_are_listed);
    suite_add_tcase(s, c);
    return run_suite(s);
}
