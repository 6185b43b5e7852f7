#include "vm/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct ArenaBlock {
    ArenaBlock *older;
    size_t size;
    _Alignas(16) char bytes[];
};

enum { FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

/* Blocks double in size, so a small source costs one small malloc and a large one few big ones. */
void *arena_grow(Arena *a, size_t size) {
    size_t room = a->blocks ? a->blocks->size * 2 : FIRST_BLOCK;
    if (room > LARGEST_BLOCK) room = LARGEST_BLOCK;
    bool oversize = size > room / 4;
    if (oversize) room = size;
    ArenaBlock *block = size <= PTRDIFF_MAX / 2 ? malloc(sizeof *block + room) : NULL;
    if (!block) {
        a->failed = true;
        return NULL;
    }
    a->total += room;
    block->size = room;
    if (oversize && a->blocks) {
        /* A block for one big item goes behind the current one, whose rest stays in use. */
        block->older = a->blocks->older;
        a->blocks->older = block;
        return block->bytes;
    }
    block->older = a->blocks;
    a->blocks = block;
    a->next = block->bytes + size;
    a->end = block->bytes + room;
    return block->bytes;
}

void arena_free(Arena *a) {
    for (ArenaBlock *block = a->blocks, *older; block; block = older) {
        older = block->older;
        free(block);
    }
    *a = (Arena)ARENA_INIT;
}

char *arena_format(Arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = size < 0 ? NULL : arena_alloc(a, (size_t)size + 1);
    if (text) vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}
