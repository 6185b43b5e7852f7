/* Arena: memory that lives exactly as long as one compilation.
 *
 * The front end (lexer, parser, symbol tables) takes everything that it keeps from one arena and gives it
 * back in one call. It's plain C: no Thread, no objects, no globals, so any thread may use its own arena
 * in any state. One arena belongs to one thread at a time.
 *
 * Out of memory: the calls return NULL, and `failed` stays set, so that code which builds a lot may check
 * once at its end.
 */
#ifndef WEFT_VM_ARENA_H
#define WEFT_VM_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
    char *next, *end;   /* the free part of the newest block */
    ArenaBlock *blocks; /* newest first */
    size_t total;       /* bytes taken from malloc */
    bool failed;        /* an allocation failed at some time */
} Arena;

/* An all-zero Arena is a valid empty one. */
#define ARENA_INIT {0}

/* Frees all blocks; the arena is empty and usable again. */
void arena_free(Arena *a);

/* The slow path of arena_alloc: opens a new block. */
void *arena_grow(Arena *a, size_t size);

/* Uninitialized memory, aligned for any type of the front end (8); NULL when out of memory. */
static inline void *arena_alloc(Arena *a, size_t size) {
    size = (size + 7) & ~(size_t)7;
    if (size > (size_t)(a->end - a->next)) return arena_grow(a, size);
    void *p = a->next;
    a->next += size;
    return p;
}

/* Memory filled with zeros. */
static inline void *arena_zalloc(Arena *a, size_t size) {
    void *p = arena_alloc(a, size);
    if (p) memset(p, 0, size);
    return p;
}

/* A copy of `size` bytes, with a NUL after it. */
static inline char *arena_copy(Arena *a, const char *bytes, size_t size) {
    char *p = arena_alloc(a, size + 1);
    if (p) {
        if (size) memcpy(p, bytes, size);
        p[size] = 0;
    }
    return p;
}

/* A formatted, NUL-terminated string. */
char *arena_format(Arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define ARENA_NEW(a, type) ((type *)arena_zalloc((a), sizeof(type)))

#endif
