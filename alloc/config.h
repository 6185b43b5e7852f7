/* Build switches: every one of them, with its default and its reason.
 *
 * CMake defines WEFT_GIL, WEFT_STATS and WEFT_DEBUG as 0 or 1 and one WEFT_REFCOUNT_*, WEFT_LOCKS_*,
 * WEFT_ALLOC_* macro each. Nothing else in the tree looks at compiler or platform macros.
 */
#ifndef WEFT_ALLOC_CONFIG_H
#define WEFT_ALLOC_CONFIG_H

#ifndef WEFT_GIL
#define WEFT_GIL 0 /* 1: one lock around the interpreter, fixed; 0: the product, -X gil=1 at run time */
#endif
#ifndef WEFT_STATS
#define WEFT_STATS 0 /* 1: count shared-memory writes, locks, publications, pauses */
#endif
#ifndef WEFT_DEBUG
#define WEFT_DEBUG 0 /* 1: assert the laws, check the heap at each collection, audit counts at exit */
#endif

/* biased: owner counts plainly (default); atomic: every count is an atomic; plain: GIL build only */
#if !defined(WEFT_REFCOUNT_biased) && !defined(WEFT_REFCOUNT_atomic) && !defined(WEFT_REFCOUNT_plain)
#define WEFT_REFCOUNT_biased 1
#endif
/* shared: lock only what is shared (default); always: lock every container, CPython's way */
#if !defined(WEFT_LOCKS_shared) && !defined(WEFT_LOCKS_always)
#define WEFT_LOCKS_shared 1
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define NOINLINE __attribute__((noinline))
#if defined(__clang__)
#define VECTORIZE /* it does so by itself */
#else
#define VECTORIZE __attribute__((optimize("O3"))) /* loops over text: gcc's O2 leaves them scalar */
#endif
#define COLD __attribute__((cold, noinline))
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Three tiers of assertion: always on (ENSURE), debug builds (DCHECK), debug hard mode (HCHECK). */
_Noreturn void weft_panic(const char *file, int line, const char *what);
#define ENSURE(c) (likely(c) ? (void)0 : weft_panic(__FILE__, __LINE__, #c))
#if WEFT_DEBUG
#define DCHECK(c) ENSURE(c)
#else
#define DCHECK(c) ((void)sizeof(!(c)))
#endif

#endif
