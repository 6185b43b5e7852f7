/* Which source line an instruction counts for, where the statement compiled doesn't say: jumps between the parts of a statement, the end of a function.
 *
 * Such instructions, emitted `at_nowhere`, get the place of whatever runs before them, if only one thing can; so whoever traces a program sees it go from
 * line to line as it reads. A function's implicit return is copied to each place that would jump to it, so that it belongs to the line that ran last. (The rules
 * are those of CPython 3.11.)
 */
#include "vm/compile.h"

static uint32_t next_of(const Unit *u, uint32_t at) { return at + 1 + op_info[INSTR_OP(u->instr.at[at])].cache; }
static uint32_t target_of(const Unit *u, uint32_t at) { return (uint32_t)(next_of(u, at) + INSTR_CS(u->instr.at[at])); }
static bool has_flag(const Unit *u, uint32_t at, uint8_t flag) { return (op_info[INSTR_OP(u->instr.at[at])].flags & flag) != 0; }

/* The places of all instructions, by word offset, out of the compressed list. */
static CodePosition *spread(Compiler *c) {
    Unit *u = c->unit;
    CodePosition *p = arena_alloc(c->arena, (u->instr.count + 1) * sizeof *p);
    if (p == NULL) {
        fail_memory(c);
        return NULL;
    }
    CodePosition now = {0, 0, 0, -1, -1};
    for (uint32_t i = 0, k = 0; i < u->instr.count; i++) {
        while (k < u->positions.count && u->positions.at[k].start <= i) now = u->positions.at[k++];
        p[i] = now;
    }
    return p;
}

/* A jump to a jump that belongs to no line goes where that one goes. */
static void thread_jumps(Compiler *c, const CodePosition *place) {
    Unit *u = c->unit;
    for (uint32_t i = 0; i < u->instr.count; i = next_of(u, i)) {
        if (!has_flag(u, i, F_JUMPS)) continue;
        uint32_t to = target_of(u, i);
        for (int hops = 0; hops < 16 && to < u->instr.count && INSTR_OP(u->instr.at[to]) == I_JUMP && place[to].line <= 0; hops++) to = target_of(u, to);
        jump_target(c, i, to);
    }
}

static void copy_exit(Compiler *c) {
    Unit *u = c->unit;
    CodePosition *place = spread(c);
    if (place == NULL || u->instr.count == 0) return;
    thread_jumps(c, place);
    uint32_t end = u->instr.count - 1, last = 0, tail = 0; /* tail: where temporaries begin to be dropped right before the end, which does that anyway */
    for (uint32_t i = 0; i < u->instr.count; i = next_of(u, i)) {
        bool drops = INSTR_OP(u->instr.at[i]) == I_DROP && INSTR_A(u->instr.at[i]) >= u->first_temp && place[i].line <= 0;
        if (!drops && i != end) tail = next_of(u, i);
        last = i;
    }
    if (last != end || INSTR_OP(u->instr.at[end]) != I_RETURN_NONE || place[end].line > 0) return;
    for (uint32_t i = 0; i < end && !c->failed; i = next_of(u, i)) {
        if (!has_flag(u, i, F_JUMPS) || target_of(u, i) < tail || target_of(u, i) > end) continue;
        if (INSTR_OP(u->instr.at[i]) == I_JUMP) {
            u->instr.at[i] = INSTR(I_RETURN_NONE, 0, 0, 0);
            continue;
        }
        c->pos = place[i];
        uint32_t copy = emit(c, I_RETURN_NONE, 0, 0, 0);
        if (!c->failed) jump_target(c, i, copy);
    }
}

/* How many ways lead to each instruction from others; handlers and the beginning have one that nobody continues. */
static uint32_t *count_ways(Compiler *c) {
    Unit *u = c->unit;
    uint32_t *ways = arena_alloc(c->arena, (u->instr.count + 1) * sizeof *ways);
    if (ways == NULL) {
        fail_memory(c);
        return NULL;
    }
    memset(ways, 0, (u->instr.count + 1) * sizeof *ways);
    ways[0] = 1;
    for (uint32_t i = 0; i < u->instr.count; i = next_of(u, i)) {
        if (has_flag(u, i, F_JUMPS)) ways[target_of(u, i)]++;
        if (!has_flag(u, i, F_ENDS)) ways[next_of(u, i)]++;
    }
    for (uint32_t i = 0; i < u->exc.count; i++)
        if (u->exc.at[i].kind == EXC_CATCH) ways[u->exc.at[i].target]++;
    return ways;
}

static void propagate(Compiler *c, CodePosition *place, const uint32_t *ways) {
    Unit *u = c->unit;
    int32_t line = u->first_line; /* of the last place before that had one */
    for (uint32_t i = 0; i < u->instr.count; i = next_of(u, i)) {
        Opcode op = INSTR_OP(u->instr.at[i]);
        if (place[i].line <= 0 && (op == I_RETURN || op == I_RETURN_NONE)) place[i] = (CodePosition){0, line, line, -1, -1};
        if (place[i].line <= 0) continue;
        line = place[i].line;
        if (op == I_RESUME) continue;
        uint32_t after[2] = {has_flag(u, i, F_ENDS) ? UINT32_MAX : next_of(u, i), has_flag(u, i, F_JUMPS) ? target_of(u, i) : UINT32_MAX};
        for (int k = 0; k < 2; k++)
            if (after[k] < u->instr.count && ways[after[k]] == 1 && place[after[k]].line <= 0) place[after[k]] = place[i];
    }
}

CodePosition *lines_finish(Compiler *c, uint32_t *count) {
    Unit *u = c->unit;
    *count = 0;
    if (!c->failed) copy_exit(c);
    CodePosition *place = c->failed ? NULL : spread(c);
    uint32_t *ways = place ? count_ways(c) : NULL;
    if (ways == NULL) return NULL;
    propagate(c, place, ways);
    for (uint32_t i = 0; i < u->instr.count; i = next_of(u, i)) {
        CodePosition p = place[i], *last = *count ? &place[*count - 1] : NULL; /* compressed in place: never ahead of i */
        if (last && last->line == p.line && last->end_line == p.end_line && last->col == p.col && last->end_col == p.end_col) continue;
        p.start = i;
        place[(*count)++] = p;
    }
    return place;
}
