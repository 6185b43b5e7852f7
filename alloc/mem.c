/* Plain memory: mimalloc, or the system's allocator (WEFT_ALLOC=system, for the sanitizers), failure injection, and the way to tracing. */
#include "alloc/internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#if defined(WEFT_ALLOC_mimalloc)
#include <mimalloc.h>
#define RAW(f) mi_##f
#else
#define RAW(f) f
#endif

_Noreturn void weft_panic(const char *file, int line, const char *what) {
    fprintf(stderr, "weft: internal error at %s:%d: %s\n", file, line, what);
    fflush(stderr);
    abort();
}

/* What the sanitizers' builds need: MemoryError instead of the end, threads in children of fork; the audit looks for leaks. */
const char *__asan_default_options(void);
const char *__asan_default_options(void) { return "allocator_may_return_null=1:detect_leaks=0:detect_stack_use_after_return=0"; }
const char *__tsan_default_options(void);
const char *__tsan_default_options(void) { return "allocator_may_return_null=1:die_after_fork=0"; }

_Atomic uint32_t x_alloc_watch;
/* Counts allocations down to the one that WEFT_FAIL_ALLOC=n[,count] names; negative: off. */
static _Atomic int64_t x_fail_alloc = -1, x_fail_count;

COLD bool alloc_fails_slow(void) {
    if (load_relaxed(&x_fail_alloc) < 0 || atomic_fetch_sub_explicit(&x_fail_alloc, 1, memory_order_relaxed) != 0) return false;
    if (atomic_fetch_sub_explicit(&x_fail_count, 1, memory_order_relaxed) > 1) store_relaxed(&x_fail_alloc, 0); /* the next one, too */
    return true;
}

int64_t fail_allocations(int64_t after, int64_t count) {
    int64_t left = load_relaxed(&x_fail_alloc);
    store_relaxed(&x_fail_count, count);
    store_relaxed(&x_fail_alloc, after);
    if (after >= 0) or_acq_rel(&x_alloc_watch, WATCH_FAIL);
    else and_acq_rel(&x_alloc_watch, ~WATCH_FAIL);
    return left;
}

/* mimalloc reserves address space without asking whether memory stands behind it, so that 10 TB would be granted, and the process killed
 * when it fills them. The kernel refuses what can't be meant seriously if it is asked for memory. */
#define HUGE_REQUEST ((size_t)1 << 30)
static COLD bool refused(size_t size) {
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return true;
    munmap(p, size);
    return false;
}
bool mem_room(size_t size) {
    struct rlimit limit;
    return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || !refused(size);
}

/* Memory that was asked for makes retired objects urgent: they may hold as much. */
#define LARGE ((size_t)64 << 10)
#define GROWN_STEP ((size_t)1 << 20)
_Atomic uint32_t x_grown;
static void grown(size_t size) {
    if (!threads_split || !thread_self) return;
    AllocThread *a = thread_self->alloc;
    if ((a->grown += size) < GROWN_STEP) return;
    a->grown = 0;
    add_relaxed(&x_grown, 1); /* RELAXED: a hint */
}
static inline bool unusual(size_t size) { return unlikely(load_relaxed(&x_alloc_watch) != 0) || unlikely(size >= LARGE); }

void *raw_zalloc(size_t size) { return RAW(calloc)(1, size); }
void raw_free(void *p) { RAW(free)(p); }

static void *zalloc(size_t size) {
#if defined(WEFT_ALLOC_mimalloc)
    if (size >= 1024 && size < ((size_t)1 << 18)) { /* calloc would clear a whole block: a quarter more than a power of two and a head take */
        void *p = mi_malloc(size);
        return p ? memset(p, 0, size) : NULL;
    }
#endif
    return RAW(calloc)(1, size);
}

static COLD void *alloc_watched(size_t size, bool zero) {
    if (alloc_fails() || (size >= HUGE_REQUEST && refused(size))) return NULL;
    if (size >= LARGE) grown(size);
    void *p = zero ? zalloc(size) : RAW(malloc)(size);
    memtrace_add(p, size);
    return p;
}
static COLD void *realloc_watched(void *p, size_t size) {
    if (alloc_fails() || (size >= HUGE_REQUEST && refused(size))) return NULL;
    if (size >= LARGE) grown(size);
    size_t before = memtrace_remove(p);
    void *q = RAW(realloc)(p, size);
    if (q) memtrace_add(q, size);
    else if (before) memtrace_add(p, before);
    return q;
}
static COLD void free_watched(void *p) {
    memtrace_remove(p);
    RAW(free)(p);
}

void *mem_alloc(size_t size) { return unusual(size) ? alloc_watched(size, false) : RAW(malloc)(size); }
void *mem_zalloc(size_t size) { return unusual(size) ? alloc_watched(size, true) : zalloc(size); }
void *mem_realloc(void *p, size_t size) { return unusual(size) ? realloc_watched(p, size) : RAW(realloc)(p, size); }
void mem_free(void *p) {
    if (unlikely(load_relaxed(&x_alloc_watch) != 0)) free_watched(p);
    else RAW(free)(p);
}

void *mem_alloc_pages(size_t size) {
    if (unlikely(alloc_fails())) return NULL;
    grown(size);
#if defined(WEFT_ALLOC_mimalloc)
    return mi_malloc_aligned(size, OPAGE_SIZE);
#else
    return aligned_alloc(OPAGE_SIZE, size);
#endif
}

void mem_retire(Thread *t, void *p, size_t size) {
    if (p) retire_push(t, p, RETIRED_MEMORY, size, false);
}
