/* Tracing of allocations: see memtrace.h.
 *
 * Blocks stand in SHARDS open hash tables by their address, tracebacks in as many chained ones, each once. Who adds or removes a block holds the lock of its
 * shard. Who starts, stops, clears, takes a snapshot or forks holds them all (closes the gate): then all tables are still.
 *   shard locks of blocks, in their order -> of tracebacks, files_lock      all raw leaves: what happens under them allocates from raw_zalloc alone
 */
#include "alloc/memtrace.h"
#include "alloc/internal.h"
#include <stdlib.h>
#include <string.h>

#define SHARDS 32 /* ThreadSanitizer follows 64 locks that a thread holds */
#define FILE_BUCKETS 1024

typedef struct Block { uintptr_t at; size_t size; MemTraceback *traceback; } Block; /* at 0: free */
typedef struct Shard {
    _Alignas(64) pthread_mutex_t lock;
    Block *blocks;
    size_t mask, used; /* mask 0: no table yet */
} Shard;
typedef struct Tracebacks {
    _Alignas(64) pthread_mutex_t lock;
    MemTraceback **buckets;
    size_t mask, used;
} Tracebacks;

static bool tracing;  /* guarded by the gate */
static int limit = 1; /* the same */
static Shard shards[SHARDS] = {[0 ... SHARDS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};
static Tracebacks tracebacks[SHARDS] = {[0 ... SHARDS - 1] = {.lock = PTHREAD_MUTEX_INITIALIZER}};
static MemTraceback unknown = {.total = 1}; /* no Python code runs here */

static _Atomic(MemFile *) x_files[FILE_BUCKETS]; /* chains that grow at their heads, and are read without a lock */
static pthread_mutex_t files_lock = PTHREAD_MUTEX_INITIALIZER;
static _Atomic uint32_t x_file_count;

static _Atomic size_t x_size, x_peak, x_own;

static void close_gate(void) {
    for (int i = 0; i < SHARDS; i++) pthread_mutex_lock(&shards[i].lock);
}
static void open_gate(void) {
    for (int i = SHARDS; i-- > 0;) pthread_mutex_unlock(&shards[i].lock);
}

static void *own_zalloc(size_t size) {
    void *p = raw_zalloc(size);
    if (p) add_relaxed(&x_own, size);
    return p;
}
static void own_free(void *p, size_t size) {
    if (p) add_relaxed(&x_own, (size_t)0 - size);
    raw_free(p);
}

static uint64_t mix(uint64_t h, uint64_t v) {
    h = (h ^ v) * 0x9E3779B97F4A7C15u;
    return h ^ h >> 29;
}

/* ---- names of files ------------------------------------------------------------------------------------------------------ */
static const MemFile *file_in(const MemFile *f, const StackLine *line, uint64_t hash) {
    for (; f; f = f->next)
        if (f->hash == hash && f->kind == line->kind && f->length == line->length && memcmp(f->units, line->units, line->length * line->kind) == 0) break;
    return f;
}

/* Null: no memory. */
static const MemFile *file_of(const StackLine *line) {
    size_t bytes = line->length * line->kind, i = 0;
    uint64_t hash = mix(line->kind, bytes), word = 0;
    for (; i + 8 <= bytes; i += 8) {
        memcpy(&word, (const char *)line->units + i, 8);
        hash = mix(hash, word);
    }
    word = 0;
    memcpy(&word, (const char *)line->units + i, bytes - i);
    hash = mix(hash, word);
    _Atomic(MemFile *) *bucket = &x_files[hash % FILE_BUCKETS];
    const MemFile *known = file_in(load_acquire(bucket), line, hash);
    if (known) return known;
    pthread_mutex_lock(&files_lock);
    known = file_in(load_acquire(bucket), line, hash);
    MemFile *f = known ? NULL : own_zalloc(sizeof *f + bytes + 8);
    if (f) {
        f->next = load_relaxed(bucket);
        f->hash = hash;
        f->index = load_relaxed(&x_file_count);
        f->kind = line->kind;
        f->length = line->length;
        memcpy(f->units, line->units, bytes);
        store_relaxed(&x_file_count, f->index + 1);
        store_release(bucket, f);
    }
    pthread_mutex_unlock(&files_lock);
    return known ? known : f;
}

/* ---- tracebacks ------------------------------------------------------------------------------------------------------------ */
static size_t traceback_size(uint32_t count) { return sizeof(MemTraceback) + count * sizeof(MemLine); }
static bool traceback_equal(const MemTraceback *a, const MemTraceback *b, const MemLine *lines) {
    if (a->hash != b->hash || a->count != b->count || a->total != b->total) return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (a->lines[i].file != lines[i].file || a->lines[i].line != lines[i].line) return false;
    return true;
}

static void tracebacks_grow(Tracebacks *of) {
    size_t n = of->mask ? (of->mask + 1) * 2 : 64;
    MemTraceback **fresh = own_zalloc(n * sizeof *fresh);
    if (!fresh) return; /* longer chains will do */
    for (size_t i = 0; of->mask && i <= of->mask; i++)
        for (MemTraceback *tb = of->buckets[i], *next; tb; tb = next) {
            next = tb->next;
            tb->next = fresh[tb->hash & (n - 1)];
            fresh[tb->hash & (n - 1)] = tb;
        }
    if (of->mask) own_free(of->buckets, (of->mask + 1) * sizeof *fresh);
    of->buckets = fresh;
    of->mask = n - 1;
}

/* The one in the table that equals tb with these lines; null: no memory. */
static MemTraceback *traceback_keep(const MemTraceback *tb, const MemLine *lines) {
    Tracebacks *of = &tracebacks[tb->hash >> 32 & (SHARDS - 1)];
    pthread_mutex_lock(&of->lock);
    if (of->used >= of->mask) tracebacks_grow(of);
    MemTraceback *found = of->mask ? of->buckets[tb->hash & of->mask] : NULL;
    while (found && !traceback_equal(found, tb, lines)) found = found->next;
    if (!found && of->mask && (found = own_zalloc(traceback_size(tb->count)))) {
        *found = *tb;
        memcpy(found->lines, lines, tb->count * sizeof *lines);
        found->next = of->buckets[tb->hash & of->mask];
        of->buckets[tb->hash & of->mask] = found;
        of->used++;
    }
    pthread_mutex_unlock(&of->lock);
    return found;
}

/* Of this thread, now. Null: no memory. */
static MemTraceback *traceback_here(void) {
    enum { FEW = 24 };
    MemLine few[FEW], *lines = few;
    uint32_t room = FEW;
    MemTraceback tb = {0}, *kept = NULL;
    Thread *t = thread_current();
    StackLine line;
    for (void *at = NULL; t && (at = alloc_hooks.stack_next(t, at, tb.count < (uint32_t)limit ? &line : NULL)) != NULL;) {
        tb.total += tb.total < MEMTRACE_MOST_FRAMES;
        if (tb.count == (uint32_t)limit) continue;
        if (tb.count == room) {
            MemLine *more = raw_zalloc((size_t)(room *= 2) * sizeof *more);
            if (!more) goto done;
            memcpy(more, lines, tb.count * sizeof *more);
            if (lines != few) raw_free(lines);
            lines = more;
        }
        const MemFile *file = file_of(&line);
        if (!file) goto done;
        lines[tb.count++] = (MemLine){file, line.line};
        tb.hash = mix(mix(tb.hash, (uintptr_t)file), (uint64_t)line.line);
    }
    if (tb.count == 0) return &unknown;
    tb.hash = mix(tb.hash, tb.total);
    kept = traceback_keep(&tb, lines);
done:
    if (lines != few) raw_free(lines);
    return kept;
}

/* ---- blocks ------------------------------------------------------------------------------------------------------------------ */
static uint64_t block_hash(uintptr_t at) { return mix(0, at); }
static Shard *shard_of(uint64_t hash) { return &shards[hash >> 40 & (SHARDS - 1)]; }

/* Where the block stands, or may stand. The table has room. */
static Block *block_slot(Shard *s, uintptr_t at, uint64_t hash) {
    size_t i = hash & s->mask;
    while (s->blocks[i].at && s->blocks[i].at != at) i = (i + 1) & s->mask;
    return &s->blocks[i];
}

static bool shard_grow(Shard *s) {
    size_t n = s->mask ? (s->mask + 1) * 2 : 256, old = s->mask ? s->mask + 1 : 0;
    Block *before = s->blocks, *fresh = own_zalloc(n * sizeof *fresh);
    if (!fresh) return false;
    s->blocks = fresh;
    s->mask = n - 1;
    for (size_t i = 0; i < old; i++)
        if (before[i].at) *block_slot(s, before[i].at, block_hash(before[i].at)) = before[i];
    own_free(before, old * sizeof *fresh);
    return true;
}

static void size_add(size_t size) {
    size_t now = add_relaxed(&x_size, size) + size, peak = load_relaxed(&x_peak);
    while (now > peak && !cas_relaxed(&x_peak, &peak, now)) {}
}

void memtrace_add(const void *p, size_t size) {
    if (!p || !(load_relaxed(&x_alloc_watch) & WATCH_TRACE)) return;
    uint64_t hash = block_hash((uintptr_t)p);
    Shard *s = shard_of(hash);
    size_t before = 0;
    pthread_mutex_lock(&s->lock);
    MemTraceback *tb = tracing ? traceback_here() : NULL;
    if (tb && (s->used < s->mask - s->mask / 4 || shard_grow(s))) {
        Block *b = block_slot(s, (uintptr_t)p, hash);
        if (b->at) before = b->size;
        else s->used++;
        *b = (Block){(uintptr_t)p, size, tb};
        size_add(size - before);
    }
    pthread_mutex_unlock(&s->lock);
}

/* Takes a block out; those behind it in its run move up to where they can be found. */
static void block_remove(Shard *s, Block *b) {
    size_t hole = (size_t)(b - s->blocks), i = hole;
    while (s->blocks[i = (i + 1) & s->mask].at) {
        size_t home = block_hash(s->blocks[i].at) & s->mask;
        if (((i - home) & s->mask) < ((i - hole) & s->mask)) continue;
        s->blocks[hole] = s->blocks[i];
        hole = i;
    }
    s->blocks[hole].at = 0;
    s->used--;
}

size_t memtrace_remove(const void *p) {
    if (!p || !(load_relaxed(&x_alloc_watch) & WATCH_TRACE)) return 0;
    size_t size = 0;
    uint64_t hash = block_hash((uintptr_t)p);
    Shard *s = shard_of(hash);
    pthread_mutex_lock(&s->lock);
    Block *b = s->mask ? block_slot(s, (uintptr_t)p, hash) : NULL;
    if (b && b->at) {
        size = b->size;
        block_remove(s, b);
        add_relaxed(&x_size, (size_t)0 - size);
    }
    pthread_mutex_unlock(&s->lock);
    return size;
}

/* ---- on and off -------------------------------------------------------------------------------------------------------------- */
static void forget_closed(void) {
    for (int i = 0; i < SHARDS; i++) {
        Shard *s = &shards[i];
        if (s->mask) own_free(s->blocks, (s->mask + 1) * sizeof *s->blocks);
        s->blocks = NULL;
        s->mask = s->used = 0;
        Tracebacks *of = &tracebacks[i];
        for (size_t j = 0; of->mask && j <= of->mask; j++)
            for (MemTraceback *tb = of->buckets[j], *next; tb; tb = next) {
                next = tb->next;
                own_free(tb, traceback_size(tb->count));
            }
        if (of->mask) own_free(of->buckets, (of->mask + 1) * sizeof *of->buckets);
        of->buckets = NULL;
        of->mask = of->used = 0;
    }
    store_relaxed(&x_size, 0);
    store_relaxed(&x_peak, 0);
}

bool memtrace_on(void) { return load_relaxed(&x_alloc_watch) & WATCH_TRACE; }

int memtrace_limit(void) {
    close_gate();
    int n = limit;
    open_gate();
    return n;
}

void memtrace_start(int frames) {
    close_gate();
    if (!tracing) {
        tracing = true;
        limit = frames;
        or_acq_rel(&x_alloc_watch, WATCH_TRACE);
    }
    open_gate();
}

void memtrace_stop(void) {
    close_gate();
    tracing = false;
    and_acq_rel(&x_alloc_watch, ~WATCH_TRACE);
    forget_closed();
    open_gate();
}

void memtrace_clear(void) {
    close_gate();
    forget_closed();
    open_gate();
}

/* ---- looking ------------------------------------------------------------------------------------------------------------------- */
void memtrace_sizes(size_t *now, size_t *peak) {
    close_gate();
    *now = load_relaxed(&x_size);
    *peak = load_relaxed(&x_peak);
    open_gate();
}
void memtrace_reset_peak(void) {
    close_gate();
    store_relaxed(&x_peak, load_relaxed(&x_size));
    open_gate();
}
size_t memtrace_own(void) { return load_relaxed(&x_own) + sizeof shards + sizeof tracebacks; }

static MemTraceback *traceback_copy(const MemTraceback *tb) {
    MemTraceback *copy = raw_zalloc(traceback_size(tb->count));
    if (copy) memcpy(copy, tb, traceback_size(tb->count));
    return copy;
}
void memtrace_traceback_free(MemTraceback *tb) { raw_free(tb); }

bool memtrace_find(const Object *o, MemTraceback **out) {
    bool ok = true;
    *out = NULL;
    uintptr_t at = (uintptr_t)o - ((uintptr_t)o & LEAF_SHIFT);
    uint64_t hash = block_hash(at);
    close_gate();
    Shard *s = shard_of(hash);
    Block *b = s->mask ? block_slot(s, at, hash) : NULL;
    if (b && b->at) ok = (*out = traceback_copy(b->traceback)) != NULL;
    open_gate();
    return ok;
}

static bool snapshot_traceback(MemSnapshot *s, MemTraceback *tb) {
    tb->index = s->traceback_count;
    MemTraceback *copy = traceback_copy(tb);
    if (copy) s->tracebacks[s->traceback_count++] = copy;
    return copy != NULL;
}

static bool snapshot_closed(MemSnapshot *s) {
    size_t blocks = 0, kept = 1;
    for (int i = 0; i < SHARDS; i++) {
        blocks += shards[i].used;
        kept += tracebacks[i].used;
    }
    s->traces = raw_zalloc((blocks + 1) * sizeof *s->traces);
    s->tracebacks = raw_zalloc(kept * sizeof *s->tracebacks);
    if (!s->traces || !s->tracebacks || !snapshot_traceback(s, &unknown)) return false;
    for (int i = 0; i < SHARDS; i++)
        for (size_t j = 0; tracebacks[i].mask && j <= tracebacks[i].mask; j++)
            for (MemTraceback *tb = tracebacks[i].buckets[j]; tb; tb = tb->next)
                if (!snapshot_traceback(s, tb)) return false;
    for (int i = 0; i < SHARDS; i++)
        for (size_t j = 0; shards[i].mask && j <= shards[i].mask; j++) {
            Block *b = &shards[i].blocks[j];
            if (b->at) s->traces[s->count++] = (MemTrace){b->size, b->traceback->index};
        }
    s->file_count = load_relaxed(&x_file_count);
    return true;
}

int memtrace_snapshot(MemSnapshot *s) {
    *s = (MemSnapshot){0};
    close_gate();
    bool ok = snapshot_closed(s);
    open_gate();
    if (!ok) memtrace_snapshot_free(s);
    return ok ? 0 : -1;
}

void memtrace_snapshot_free(MemSnapshot *s) {
    for (size_t i = 0; i < s->traceback_count; i++) raw_free(s->tracebacks[i]);
    raw_free(s->tracebacks);
    raw_free(s->traces);
    *s = (MemSnapshot){0};
}

/* ---- fork ------------------------------------------------------------------------------------------------------------------------ */
void memtrace_fork_prepare(void) { close_gate(); }
void memtrace_fork_parent(void) { open_gate(); }
void memtrace_fork_child(void) { open_gate(); }
