#include "runtime/modules/_sre.h"
#include "runtime/unicode_data.h"

/* Entries of the backtrack stack; the undo records come last. */
enum { SRE_BRANCH, SRE_ONE, SRE_MIN_ONE, SRE_TAIL, SRE_BODY, SRE_ASSERT, SRE_ASSERT_NOT, SRE_ATOMIC, SRE_POSSESSIVE, SRE_UNDO_MARK,
    SRE_UNDO_COUNT, SRE_UNDO_REPEAT };

static int sre_grow(SreState *s) {
    size_t capacity = s->capacity * 2;
    SreEntry *stack = s->stack == s->small_stack ? mem_alloc(capacity * sizeof *stack) : mem_realloc(s->stack, capacity * sizeof *stack);
    if (stack == NULL) return err_int(err_no_memory(s->t));
    if (s->stack == s->small_stack) memcpy(stack, s->small_stack, sizeof s->small_stack);
    s->stack = stack;
    s->capacity = capacity;
    return 0;
}

static int sre_grow_repeats(SreState *s) {
    size_t capacity = s->repeat_capacity * 2;
    if (capacity >= UINT32_MAX) return err_int(err_no_memory(s->t));
    SreRepeat *r = s->repeats == s->small_repeats ? mem_alloc(capacity * sizeof *r) : mem_realloc(s->repeats, capacity * sizeof *r);
    if (r == NULL) return err_int(err_no_memory(s->t));
    if (s->repeats == s->small_repeats) memcpy(r, s->small_repeats, sizeof s->small_repeats);
    s->repeats = r;
    s->repeat_capacity = capacity;
    return 0;
}

#define UNIT uint8_t
#define UNIT_SIZE 1
#define NAME(x) x##_1
#include "runtime/modules/_sre_engine.h"
#define UNIT uint16_t
#define UNIT_SIZE 2
#define NAME(x) x##_2
#include "runtime/modules/_sre_engine.h"
#define UNIT uint32_t
#define UNIT_SIZE 4
#define NAME(x) x##_4
#include "runtime/modules/_sre_engine.h"

int sre_match(SreState *s) {
    if (s->end - s->start < s->program->min_width) return 0;
    switch (s->subject.kind) {
    case 1: return match_1(s, s->start);
    case 2: return match_2(s, s->start);
    default: return match_4(s, s->start);
    }
}

int sre_search(SreState *s) {
    switch (s->subject.kind) {
    case 1: return search_1(s);
    case 2: return search_2(s);
    default: return search_4(s);
    }
}
