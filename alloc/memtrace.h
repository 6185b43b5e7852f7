/* Tracing of allocations, for tracemalloc: which blocks live, how large they are, and the lines that asked for them.
 *
 * While it is off it costs nothing but what mem.c and pages.c look at anyway (x_alloc_watch, Page.x_any_marked). While it is on, each
 * block made since stands in a table. Threads allocate and free at once; see "Traced memory" in docs/concurrency.md.
 *
 * Any thread state; no object is touched, no exception set. The tables' own memory isn't traced.
 */
#ifndef WEFT_ALLOC_MEMTRACE_H
#define WEFT_ALLOC_MEMTRACE_H

#include "alloc/thread.h"

#define MEMTRACE_MOST_FRAMES 65535

typedef struct MemFile { /* a file's name: kept for ever, each once */
    struct MemFile *next;
    uint64_t hash;
    uint32_t index; /* counted from 0 */
    uint8_t kind;   /* bytes of a unit */
    size_t length;  /* units */
    uint64_t units[];
} MemFile;
typedef struct MemLine { const MemFile *file; int line; } MemLine;
typedef struct MemTraceback {
    struct MemTraceback *next;
    uint64_t hash;
    size_t index;          /* in a snapshot */
    uint32_t count, total; /* lines kept, 0: not known; frames that there were */
    MemLine lines[];       /* innermost first */
} MemTraceback;
typedef struct MemTrace { size_t size, traceback; /* index */ } MemTrace;
typedef struct MemSnapshot {
    MemTrace *traces;
    MemTraceback **tracebacks;
    size_t count, traceback_count, file_count;
} MemSnapshot;

bool memtrace_on(void);
int memtrace_limit(void);
void memtrace_start(int frames); /* nothing if it is on */
void memtrace_stop(void);        /* and forgets all */
void memtrace_clear(void);
void memtrace_sizes(size_t *now, size_t *peak);
void memtrace_reset_peak(void);
size_t memtrace_own(void); /* bytes that the tables take */
int memtrace_snapshot(MemSnapshot *s); /* -1: no memory */
void memtrace_snapshot_free(MemSnapshot *s);
/* A copy of the traceback of an object's block for memtrace_traceback_free. False: no memory. *out null: it isn't traced. */
bool memtrace_find(const Object *o, MemTraceback **out);
void memtrace_traceback_free(MemTraceback *tb);

#endif
