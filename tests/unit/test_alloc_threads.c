/* Many threads on few cores: counts, queues, publication, grace periods, page frees, stops, locks, the collector.
 * WEFT_STRESS_THREADS and WEFT_STRESS_SCALE change the size; the seed is printed. */
#include "alloc_types.h"
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static int threads = 64, scale = 1;
static uint32_t seed;

typedef struct Job {
    int index;
    uint32_t rnd;
    void *shared;
} Job;
static Job jobs[256];
static _Atomic int x_done;
static void (*job_body)(Thread *t, Job *j);

static uint32_t rnd(Job *j) {
    j->rnd ^= j->rnd << 13;
    j->rnd ^= j->rnd >> 17;
    j->rnd ^= j->rnd << 5;
    return j->rnd;
}
static void job_main(Thread *t, void *arg) {
    job_body(t, arg);
    add_acq_rel(&x_done, 1);
}
/* Runs the body on n threads beside main, which passes safepoints meanwhile, and waits for their ends. */
static void run_jobs(Thread *t, int n, void (*body)(Thread *t, Job *j), void *shared) {
    job_body = body;
    store_relaxed(&x_done, 0);
    for (int i = 0; i < n; i++) {
        jobs[i] = (Job){i, seed * 2654435761u + (uint32_t)i * 40503u + 1, shared};
        ck_assert_int_eq(thread_start(t, job_main, &jobs[i], 256 << 10, NULL, NULL), 0);
    }
    wait_alone(t);
    ck_assert_int_eq(load_relaxed(&x_done), n);
}

/* ---- counts -------------------------------------------------------------------------------------------------------- */
static void count_body(Thread *t, Job *j) {
    Object *o = j->shared;
    Ref held[16] = {{0}};
    for (int i = 0; i < 2000 * scale; i++) {
        int k = rnd(j) % 16;
        ref_drop(t, held[k]);
        held[k] = ref_new(t, object_value(o));
        if (i % 64 == 0) safepoint(t);
    }
    for (int k = 0; k < 16; k++) ref_drop(t, held[k]);
}
START_TEST(counts_from_many_threads_agree) { /* R1 */
    Thread *t = alloc_init(_i);
    ck_assert_int_eq(threads_begin(t), 0);
    Object *o = leaf_new(t);
    publish(t, object_value(o));
    run_jobs(t, threads, count_body, o);
    settle(t);
    ck_assert_int_eq(alive(), 1);
    ck_assert_int_eq(object_refcount(t, o), 1);
    drop(t, o);
    settle(t);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

/* ---- objects handed from thread to thread through shared slots ------------------------------------------------------------ */
#define TABLE 32
static Node *table;
static void exchange_body(Thread *t, Job *j) {
    for (int i = 0; i < 3000 * scale; i++) {
        Slot *s = &table->slots[rnd(j) % NODE_SLOTS];
        switch (rnd(j) % 4) {
        case 0: { /* a new tree of two */
            Node *n = node_new(t, rnd(j) % 8 ? &node_type : &final_type);
            Object *leaf = leaf_new(t);
            node_set(t, n, 0, leaf);
            drop(t, leaf);
            slot_set(t, table, s, ref_steal(n));
            break;
        }
        case 1: { /* move */
            Ref r = slot_ref(t, s);
            slot_set(t, table, &table->slots[rnd(j) % NODE_SLOTS], r);
            break;
        }
        case 2: { /* look without counting: good until the next safepoint (Q1) */
            Value v = slot_get(s);
            if (!value_is_null(v)) {
                must(as(Node, v)->canary == CANARY);
                Value leaf = slot_get(&as(Node, v)->slots[0]);
                if (!value_is_null(leaf)) must(type_head(value_object(leaf)) == &leaf_type);
                must(as(Node, v)->canary == CANARY);
            }
            break;
        }
        case 3: ref_drop(t, slot_take(t, table, s)); break;
        }
        if (i % 16 == 0) safepoint(t);
        if (i % 256 == 0) {
            thread_detach(t);
            thread_attach(t);
        }
    }
}
START_TEST(readers_may_look_until_their_next_safepoint) { /* R2, Q1 */
    Thread *t = alloc_init(_i);
    threads_begin(t);
    table = node_new(t, &node_type);
    publish(t, object_value(table));
    run_jobs(t, threads, exchange_body, NULL);
    drop(t, table);
    settle(t);
    collect(t, 2);
    settle(t);
    ck_assert_int_eq(alive(), 0);
    ck_assert_int_eq(alloc_finish(t), 0);
}
END_TEST

/* ---- queues of blocked, running and ended owners ---------------------------------------------------------------------------- */
static Gate gate_a, gate_b;
static Object *given[1000];
static void owner_blocks(Thread *t, Job *j) {
    for (int i = 0; i < 1000; i++) {
        given[i] = leaf_new(t);
        publish(t, object_value(given[i]));
    }
    gate_open(&gate_a);
    gate_wait(t, &gate_b, 1);
}
START_TEST(what_a_blocked_thread_owns_is_freed_without_it) {
    Thread *t = alloc_init(false);
    job_body = owner_blocks;
    thread_start(t, job_main, &jobs[0], 0, NULL, NULL);
    gate_wait(t, &gate_a, 1);
    ck_assert_int_eq(alive(), 1000);
    for (int i = 0; i < 1000; i++) drop(t, given[i]);
    for (int i = 0; i < 1000 && alive(); i++) { /* it may not have blocked yet */
        settle(t);
        thread_detach(t);
        usleep(1000);
        thread_attach(t);
    }
    ck_assert_int_eq(alive(), 0);
    gate_open(&gate_b);
    wait_alone(t);
}
END_TEST
static void owner_ends(Thread *t, Job *j) {
    for (int i = 0; i < 1000; i++) {
        given[i] = leaf_new(t);
        publish(t, object_value(given[i]));
    }
}
START_TEST(what_an_ended_thread_owned_is_freed) {
    Thread *t = alloc_init(false);
    run_jobs(t, 1, owner_ends, NULL);
    for (int i = 0; i < 500; i++) drop(t, given[i]);
    settle(t);
    ck_assert_int_eq(alive(), 500);
    job_body = count_body; /* a thread with the same id inherits the rest */
    jobs[0].shared = given[700];
    Ref its = ref_new(t, object_value(given[700])); /* the thread's, for as long as it runs */
    thread_start(t, job_main, &jobs[0], 0, NULL, NULL);
    for (int i = 500; i < 1000; i++) drop(t, given[i]);
    wait_alone(t);
    ref_drop(t, its);
    settle(t);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

/* ---- pages: what one thread makes another frees ---------------------------------------------------------------------------------- */
static void remote_body(Thread *t, Job *j) {
    for (int i = 0; i < 300 * scale; i++) {
        Node *n = object_alloc(t, (Type *)&node_type, (rnd(j) % 60) * 16);
        n->canary = CANARY;
        add_relaxed(&x_made, 1);
        slot_set(t, table, &table->slots[rnd(j) % NODE_SLOTS], ref_steal(n));
        if (i % 8 == 0) safepoint(t);
    }
}
START_TEST(pages_of_ended_threads_are_used_again) {
    Thread *t = alloc_init(false);
    threads_begin(t);
    table = node_new(t, &node_type);
    publish(t, object_value(table));
    for (int round = 0; round < 5; round++) run_jobs(t, threads, remote_body, NULL);
    drop(t, table);
    settle(t);
    ck_assert_int_eq(alive(), 0);
    ck_assert_int_eq(alloc_finish(t), 0);
}
END_TEST

/* ---- stopping the world ---------------------------------------------------------------------------------------------------------- */
static _Atomic int x_inside;
static void storm_body(Thread *t, Job *j) {
    for (int i = 0; i < 40 * scale; i++) {
        if (rnd(j) % 4 == 0) {
            world_stop(t);
            must(add_acq_rel(&x_inside, 1) == 0);
            for (volatile int k = 0; k < 100; k++) {}
            add_acq_rel(&x_inside, -1);
            world_start(t);
        } else {
            for (int k = 0; k < 50; k++) {
                if (!load_relaxed(&x_inside)) {}
                safepoint(t);
            }
            thread_detach(t);
            thread_attach(t);
        }
    }
}
START_TEST(everybody_stops_the_world) { /* W1, W2 */
    Thread *t = alloc_init(_i);
    run_jobs(t, threads, storm_body, NULL);
    ck_assert_int_eq(load_relaxed(&x_inside), 0);
}
END_TEST

/* ---- object locks ------------------------------------------------------------------------------------------------------------------ */
static Node *locked[4];
static int64_t guarded[4]; /* plain: the locks guard them */
static void lock_body(Thread *t, Job *j) {
    for (int i = 0; i < 1000 * scale; i++) {
        int a = rnd(j) % 4, b = rnd(j) % 4;
        CRITICAL2_BEGIN(t, locked[a], locked[b]);
        guarded[a]++;
        if (a != b) guarded[b]--;
        CRITICAL_END(t);
        if (a != b) {
            CRITICAL_BEGIN(t, locked[a]);
            guarded[a]--;
            CRITICAL_END(t);
            CRITICAL_BEGIN(t, locked[b]);
            guarded[b]++;
            CRITICAL_BEGIN(t, locked[a]); /* nested: may suspend the outer one */
            CRITICAL_END(t);
            CRITICAL_END(t);
        } else {
            CRITICAL_BEGIN(t, locked[a]);
            guarded[a]--;
            if (i % 32 == 0) {
                thread_detach(t);
                thread_attach(t);
            }
            CRITICAL_END(t);
        }
        safepoint(t);
    }
}
START_TEST(sections_exclude_each_other) { /* C1 */
    Thread *t = alloc_init(_i);
    threads_begin(t);
    for (int i = 0; i < 4; i++) {
        locked[i] = node_new(t, &node_type);
        publish(t, object_value(locked[i]));
    }
    run_jobs(t, threads, lock_body, NULL);
    if (!_i) for (int i = 0; i < 4; i++) ck_assert_int_eq(guarded[i], 0);
}
END_TEST

static Mutex mutex;
static int64_t under_mutex;
static void mutex_body(Thread *t, Job *j) {
    for (int i = 0; i < 2000 * scale; i++) {
        mutex_lock(t, &mutex);
        under_mutex++;
        mutex_unlock(&mutex);
        safepoint(t);
    }
}
START_TEST(mutex_excludes) {
    Thread *t = alloc_init(_i);
    run_jobs(t, threads, mutex_body, NULL);
    ck_assert_int_eq(under_mutex, (int64_t)threads * 2000 * scale);
}
END_TEST

static _Atomic uint32_t x_never;
static void timeout_body(Thread *t, Job *j) {
    int64_t began = now_ns();
    must(park_u32(t, &x_never, 0, 20000000, true) == PARK_TIMEOUT);
    must(now_ns() - began >= 20000000);
    must(park_u32(t, &x_never, 1, 20000000, true) == PARK_AGAIN);
}
START_TEST(parking_times_out) {
    Thread *t = alloc_init(_i);
    run_jobs(t, threads, timeout_body, NULL);
    breaker_set(t, BREAK_SIGNAL);
    ck_assert_int_eq(park_u32(t, &x_never, 0, -1, true), PARK_INTERRUPTED);
}
END_TEST
static void signal_body(Thread *t, Job *j) {
    thread_detach(t);
    usleep(20000);
    thread_attach(t);
    breaker_set(j->shared, BREAK_SIGNAL);
}
START_TEST(signal_wakes_the_parked_main_thread) {
    Thread *t = alloc_init(_i);
    job_body = signal_body;
    jobs[0].shared = t;
    thread_start(t, job_main, &jobs[0], 0, NULL, NULL);
    ck_assert_int_eq(park_u32(t, &x_never, 0, -1, true), PARK_INTERRUPTED);
    wait_alone(t);
}
END_TEST

/* ---- collector during mutation --------------------------------------------------------------------------------------------------------- */
static void mutate_body(Thread *t, Job *j) {
    Node *own = node_new(t, &node_type);
    for (int i = 0; i < 1500 * scale; i++) {
        Node *a = node_new(t, rnd(j) % 16 ? &node_type : &func_type), *b = node_new(t, rnd(j) % 32 ? &node_type : &final_type);
        node_set(t, a, 0, b);
        node_set(t, b, 0, a); /* a cycle */
        node_set(t, b, 1, own);
        switch (rnd(j) % 4) {
        case 0: slot_set(t, table, &table->slots[rnd(j) % NODE_SLOTS], ref_new(t, object_value(a))); break;
        case 1: node_set(t, own, 0, b); break;
        case 2: node_set(t, own, 1, own); break;
        }
        drop(t, a);
        drop(t, b);
        safepoint(t);
        if (j->index == 0 && i % 100 == 0) collect(t, 2);
        if (i % 500 == 250) collect(t, 0);
        if (i % 64 == 0) {
            thread_detach(t);
            thread_attach(t);
        }
        must(own->canary == CANARY);
    }
    drop(t, own);
}
START_TEST(collector_frees_cycles_while_threads_make_them) {
    Thread *t = alloc_init(_i);
    threads_begin(t);
    table = node_new(t, &node_type);
    publish(t, object_value(table));
    run_jobs(t, threads, mutate_body, NULL);
    drop(t, table);
    for (int i = 0; i < 5; i++) {
        collect(t, 2);
        settle(t);
    }
    ck_assert_int_eq(alive(), 0);
    ck_assert_int_eq(alloc_finish(t), 0);
}
END_TEST

/* ---- storage that is replaced under readers ------------------------------------------------------------------------------------------------ */
typedef struct Table { uint64_t size; uint64_t cells[]; } Table;
static _Atomic(Table *) x_storage;
static Table *table_make(uint64_t n) {
    Table *s = mem_alloc(sizeof *s + n * 8);
    s->size = n;
    for (uint64_t i = 0; i < n; i++) s->cells[i] = n;
    return s;
}
static void storage_body(Thread *t, Job *j) {
    for (int i = 0; i < 2000 * scale; i++) {
        if (rnd(j) % 8 == 0) {
            Table *old = swap_acq_rel(&x_storage, table_make(rnd(j) % 64 + 1));
            uint64_t n = old->size;
            mem_retire(t, old, sizeof *old + n * 8);
        } else {
            Table *s = load_acquire(&x_storage);
            for (uint64_t k = 0; k < s->size; k++) must(s->cells[k] == s->size);
        }
        safepoint(t);
    }
}
START_TEST(readers_see_whole_storage) { /* Q1 */
    Thread *t = alloc_init(_i);
    store_release(&x_storage, table_make(4));
    run_jobs(t, threads, storage_body, NULL);
    mem_free(load_relaxed(&x_storage));
}
END_TEST

/* ---- weak references ---------------------------------------------------------------------------------------------------------------------------- */
static _Atomic(Object *) x_weak;
static void weak_clear(Thread *t, Object *o, bool callbacks) {
    Object *expected = o;
    cas_acq_rel(&x_weak, &expected, (Object *)NULL);
}
static void weak_body(Thread *t, Job *j) {
    for (int i = 0; i < 1000 * scale; i++) {
        if (j->index == 0) {
            Node *n = node_new(t, rnd(j) % 4 ? &node_type : &final_type);
            publish(t, object_value(n));
            or_acq_rel(&n->base.x_word, WORD_FLAG(FLAG_WEAKREFS));
            store_release(&x_weak, (Object *)n);
            safepoint(t);
            drop(t, n);
            while (load_relaxed(&x_weak) == (Object *)n) safepoint(t);
        } else {
            Object *o = load_acquire(&x_weak);
            Ref r = o ? ref_try(t, o) : REF_NULL;
            if (!ref_is_null(r)) {
                must(as(Node, ref_borrow(r))->canary == CANARY);
                if (rnd(j) % 2) safepoint(t);
                ref_drop(t, r);
            }
            safepoint(t);
        }
    }
}
START_TEST(weak_references_revive_or_fail) {
    Thread *t = alloc_init(false);
    alloc_hooks.clear_weakrefs = weak_clear;
    run_jobs(t, threads / 4 + 1, weak_body, NULL);
    settle(t);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

/* ---- a queue that is merged when its owner has gone offline ---------------------------------------------------------------------------------- */
static _Atomic(Object *) x_given;
static _Atomic bool x_enough;
static void offline_body(Thread *t, Job *j) {
    if (j->index == 0) { /* makes objects, gives its references away, and comes and goes */
        for (int i = 0; i < 1000 * scale; i++) {
            Object *o = &node_new(t, &node_type)->base;
            publish(t, object_value(o));
            or_acq_rel(&o->x_word, WORD_FLAG(FLAG_WEAKREFS));
            store_release(&x_weak, o);
            store_release(&x_given, o);
            while (load_relaxed(&x_weak) == o) {
                DETACHED(t, sched_yield()); /* or each period may last as long as the threads' turns on few cores */
                safepoint(t);
            }
        }
        store_release(&x_enough, true);
        return;
    }
    for (Object *o, *last = NULL; !load_acquire(&x_enough); safepoint(t)) {
        if (j->index == 1) {
            if (load_relaxed(&x_given) && (o = swap_acq_rel(&x_given, NULL))) drop(t, o); /* queues it */
        } else if ((o = load_acquire(&x_weak)) != last && rnd(j) % 16 == 0) { /* once each, or it would be revived for ever */
            last = o;
            if (o) ref_drop(t, ref_try(t, o));
        }
        sched_yield();
    }
}
START_TEST(a_thread_that_leaves_merges_what_still_came) { /* R3 */
    setenv("WEFT_HARD", "yield:1", 1);
    Thread *t = alloc_init(false);
    alloc_hooks.clear_weakrefs = weak_clear;
    store_relaxed(&x_enough, false);
    run_jobs(t, 4, offline_body, NULL);
    settle(t);
    ck_assert_int_eq(alive(), 0);
}
END_TEST

/* ---- fork ------------------------------------------------------------------------------------------------------------------------------------------ */
#include <sys/wait.h>
static void fork_body(Thread *t, Job *j) {
    gate_open(&gate_a); /* a thread that is only being made may hold the C library's or a sanitizer's locks */
    while (load_relaxed(&gate_b.x_open) == 0) {
        Node *n = node_new(t, &node_type);
        CRITICAL_BEGIN(t, table);
        slot_set(t, table, &table->slots[0], ref_steal(n));
        CRITICAL_END(t);
        safepoint(t);
    }
}
START_TEST(child_of_fork_goes_on_alone) {
    Thread *t = alloc_init(_i);
    threads_begin(t);
    table = node_new(t, &node_type);
    publish(t, object_value(table));
    job_body = fork_body;
    for (int i = 0; i < 4; i++) thread_start(t, job_main, &jobs[i], 0, NULL, NULL);
    gate_wait(t, &gate_a, 4);
    for (int round = 0; round < 5; round++) {
        safepoint(t);
        fork_prepare(t);
        pid_t pid = fork();
        if (pid == 0) {
            fork_child(t);
            int bad = thread_count() != 1;
            store_relaxed(&gate_b.x_open, 1);
            run_jobs(t, 4, count_body, table);
            drop(t, table);
            settle(t);
            collect(t, 2);
            settle(t);
            bad |= alive() > 4;
            _exit(bad);
        }
        fork_parent(t);
        int status;
        thread_detach(t);
        waitpid(pid, &status, 0);
        thread_attach(t);
        ck_assert_int_eq(status, 0);
    }
    gate_open(&gate_b);
    wait_alone(t);
}
END_TEST

/* ---- the interpreter's end -------------------------------------------------------------------------------------------------------------------------- */
static void daemon_body(Thread *t, Job *j) {
    gate_open(&gate_a);
    for (;;) {
        thread_detach(t);
        usleep(100);
        thread_attach(t);
        must(!is_finalizing());
    }
}
START_TEST(daemon_threads_stay_out_at_the_end) {
    Thread *t = alloc_init(_i);
    job_body = daemon_body;
    for (int i = 0; i < 4; i++) thread_start(t, job_main, &jobs[i], 0, NULL, NULL);
    gate_wait(t, &gate_a, 4);
    threads_finalizing(t);
    for (int i = 0; i < 50; i++) {
        thread_detach(t);
        usleep(100);
        thread_attach(t);
        safepoint(t);
    }
    ck_assert_int_eq(alloc_finish(t), 0);
}
END_TEST

/* ---- the GIL ------------------------------------------------------------------------------------------------------------------------------------------- */
static volatile int64_t unguarded;
static void gil_body(Thread *t, Job *j) {
    for (int i = 0; i < 50000 * scale; i++) {
        unguarded = unguarded + 1;
        safepoint(t);
    }
}
START_TEST(gil_makes_increments_exact) { /* G1 */
    Thread *t = alloc_init(true);
    gil_interval_set(100000);
    run_jobs(t, 10, gil_body, NULL);
    ck_assert_int_eq(unguarded, 500000 * scale);
}
END_TEST

#define WANTED(name) (!only || !strcmp(only, #name))

int main(void) {
    const char *n = getenv("WEFT_STRESS_THREADS"), *s = getenv("WEFT_STRESS_SCALE"), *given_seed = getenv("WEFT_STRESS_SEED");
    if (n) threads = atoi(n);
    if (s) scale = atoi(s);
    seed = given_seed ? (uint32_t)atoi(given_seed) : (uint32_t)time(NULL);
    printf("seed %u\n", seed);
    const char *only = getenv("WEFT_STRESS_ONLY"); /* one test by name, in this process: for gdb */
    Suite *suite = suite_create("threads");
    TCase *c = tcase_create("stress");
    tcase_set_timeout(c, 240);
    if (WANTED(counts_from_many_threads_agree)) tcase_add_loop_test(c, counts_from_many_threads_agree, 0, 2);
    if (WANTED(readers_may_look_until_their_next_safepoint)) tcase_add_loop_test(c, readers_may_look_until_their_next_safepoint, 0, 2);
    if (WANTED(what_a_blocked_thread_owns_is_freed_without_it)) tcase_add_test(c, what_a_blocked_thread_owns_is_freed_without_it);
    if (WANTED(what_an_ended_thread_owned_is_freed)) tcase_add_test(c, what_an_ended_thread_owned_is_freed);
    if (WANTED(pages_of_ended_threads_are_used_again)) tcase_add_test(c, pages_of_ended_threads_are_used_again);
    if (WANTED(everybody_stops_the_world)) tcase_add_loop_test(c, everybody_stops_the_world, 0, 2);
    if (WANTED(sections_exclude_each_other)) tcase_add_loop_test(c, sections_exclude_each_other, 0, 2);
    if (WANTED(mutex_excludes)) tcase_add_loop_test(c, mutex_excludes, 0, 2);
    if (WANTED(parking_times_out)) tcase_add_loop_test(c, parking_times_out, 0, 2);
    if (WANTED(signal_wakes_the_parked_main_thread)) tcase_add_loop_test(c, signal_wakes_the_parked_main_thread, 0, 2);
    if (WANTED(collector_frees_cycles_while_threads_make_them)) tcase_add_loop_test(c, collector_frees_cycles_while_threads_make_them, 0, 2);
    if (WANTED(readers_see_whole_storage)) tcase_add_loop_test(c, readers_see_whole_storage, 0, 2);
    if (WANTED(weak_references_revive_or_fail)) tcase_add_test(c, weak_references_revive_or_fail);
    if (WANTED(a_thread_that_leaves_merges_what_still_came)) tcase_add_test(c, a_thread_that_leaves_merges_what_still_came);
    if (WANTED(child_of_fork_goes_on_alone)) tcase_add_loop_test(c, child_of_fork_goes_on_alone, 0, 2);
    if (WANTED(daemon_threads_stay_out_at_the_end)) tcase_add_loop_test(c, daemon_threads_stay_out_at_the_end, 0, 2);
    if (WANTED(gil_makes_increments_exact)) tcase_add_test(c, gil_makes_increments_exact);
    suite_add_tcase(suite, c);
    return run_suite(suite);
}
