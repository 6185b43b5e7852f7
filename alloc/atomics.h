/* Atomics by wrappers that name their memory order. Fields they work on start with x_.
 *
 * On x86-64 a relaxed or acquire load and a relaxed or release store are plain moves; they are
 * written as atomics so that the compiler and TSan know. Callable from any thread state.
 */
#ifndef WEFT_ALLOC_ATOMICS_H
#define WEFT_ALLOC_ATOMICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Hard mode (alloc/debug.c): what others may do just before an atomic access happens more often. */
#if WEFT_DEBUG
extern uint64_t hard_seed;
void hard_step(void);
#define HARD_STEP() (__builtin_expect(hard_seed != 0, 0) ? hard_step() : (void)0)
#else
#define HARD_STEP() ((void)0)
#endif

#define load_relaxed(p) atomic_load_explicit((p), memory_order_relaxed)
#define load_acquire(p) (HARD_STEP(), atomic_load_explicit((p), memory_order_acquire))
#define load_seq(p) (HARD_STEP(), atomic_load_explicit((p), memory_order_seq_cst))
#define store_relaxed(p, v) atomic_store_explicit((p), (v), memory_order_relaxed)
#define store_release(p, v) (HARD_STEP(), atomic_store_explicit((p), (v), memory_order_release))
#define store_seq(p, v) (HARD_STEP(), atomic_store_explicit((p), (v), memory_order_seq_cst))
#define swap_acq_rel(p, v) (HARD_STEP(), atomic_exchange_explicit((p), (v), memory_order_acq_rel))
#define add_relaxed(p, v) atomic_fetch_add_explicit((p), (v), memory_order_relaxed)
#define add_acq_rel(p, v) (HARD_STEP(), atomic_fetch_add_explicit((p), (v), memory_order_acq_rel))
#define sub_acq_rel(p, v) (HARD_STEP(), atomic_fetch_sub_explicit((p), (v), memory_order_acq_rel))
#define or_acq_rel(p, v) (HARD_STEP(), atomic_fetch_or_explicit((p), (v), memory_order_acq_rel))
#define and_acq_rel(p, v) (HARD_STEP(), atomic_fetch_and_explicit((p), (v), memory_order_acq_rel))
#define cas_acq_rel(p, expected, v) \
    (HARD_STEP(), atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_acq_rel, memory_order_acquire))
#define cas_relaxed(p, expected, v)                                                                \
    atomic_compare_exchange_strong_explicit((p), (expected), (v), memory_order_relaxed,            \
                                            memory_order_relaxed)

#endif
