/* Jumps by f_lineno: which line may follow which, and going there.
 *
 * What a block keeps in temporaries (the iterator of a for loop, the pair of registers of an exception handler, the __exit__ of a with) must be there at
 * the target too: a jump may leave blocks, not enter them. The kind of each live temporary before each instruction is found by walking all paths once.
 */
#include "runtime/errors.h"
#include "vm/slow.h"
#include "vm/trace.h"

/* Values of half-done expressions differ by the instruction that made them (SITE and up), so that none takes another's place. */
typedef enum Kind { DEAD, OBJECT, ITERATOR, EXCEPTION, SITE, LAST_SITE = 255 } Kind;
static Kind site(uint32_t at) { return (Kind)(SITE + at % (LAST_SITE - SITE + 1)); }

/* kinds: a row of `temps` for each instruction word */
typedef struct Flow {
    const Code *code;
    uint32_t temps;
    uint8_t *kinds;
    uint8_t *reached;
    uint32_t *todo, todo_count;
} Flow;

static uint8_t *row(const Flow *f, uint32_t at) { return f->kinds + (size_t)at * f->temps; }

static void reach(Flow *f, uint32_t at, const uint8_t *state) {
    if (at >= f->code->size || f->reached[at]) return;
    f->reached[at] = 1;
    memcpy(row(f, at), state, f->temps);
    f->todo[f->todo_count++] = at;
}

static void put(const Flow *f, uint8_t *state, uint32_t reg, Kind kind) {
    uint32_t first = f->code->first_temp;
    if (reg >= first && reg - first < f->temps) state[reg - first] = kind;
}
static void put_from(const Flow *f, uint8_t *state, uint32_t reg) {
    for (uint32_t r = reg; r < f->code->first_temp + f->temps; r++) put(f, state, r, DEAD);
}

/* What an instruction makes of the temporaries: its operands' kinds (opcodes.def) tell, with a few exceptions. */
static void apply(const Flow *f, uint8_t *state, uint32_t at, Opcode op, uint64_t w) {
    const char *kinds = op_info[op].kinds;
    uint32_t reg[3] = {INSTR_A(w), INSTR_B(w), INSTR_CREG(w)}, first = f->code->first_temp;
    Kind moved = op == I_GET_ITER || op == I_GET_AITER ? ITERATOR : site(at);
    if (op == I_MOVE && reg[1] >= first) moved = state[reg[1] - first];
    for (int i = 0; i < 3; i++) {
        if (kinds[i] == 'r') put(f, state, reg[i], DEAD);
        if (kinds[i] == 't') put_from(f, state, reg[i]);
    }
    for (int i = 0; i < 3; i++)
        if (kinds[i] == 'd') put(f, state, reg[i], moved);
    uint32_t items = 0;
    switch (op) {
    case I_CALL: case I_CALL_METHOD: case I_CALL_EX: put(f, state, reg[0], site(at)); break;
    case I_LOAD_METHOD: put(f, state, reg[0] + 1, site(at)); break;
    case I_DROP: put(f, state, reg[0], DEAD); break;
    case I_POP_EXCEPT: case I_END_ASYNC_FOR: case I_END_EXCEPT_STAR:
        put(f, state, reg[0], DEAD);
        put(f, state, reg[0] + 1, DEAD);
        break;
    case I_BEFORE_WITH: case I_BEFORE_ASYNC_WITH: items = 3; break;
    case I_UNPACK: items = INSTR_C(w); break;
    case I_UNPACK_EX: items = (INSTR_C(w) & 0xFF) + (INSTR_C(w) >> 8) + 1; break;
    case I_WITH_EXIT: put(f, state, reg[0] + 1, DEAD); break;
    case I_YIELD_FROM: put(f, state, reg[1], DEAD); break;
    case I_CHECK_EG_MATCH: put(f, state, reg[0] + 1, OBJECT); break;
    default: break;
    }
    for (uint32_t i = 0; i < items; i++) put(f, state, reg[0] + i, OBJECT);
}

static void step(Flow *f, uint32_t at, uint8_t *state) {
    const Code *c = f->code;
    uint64_t w = load_relaxed(&code_instr(c)[at]);
    Opcode op = (Opcode)op_info[INSTR_OP(w)].base;
    for (uint32_t i = 0; i < c->exc_count; i++) {
        const ExcEntry *e = &c->exc[i];
        if (at < e->start || at >= e->end || e->kind != EXC_CATCH) continue;
        memcpy(state, row(f, at), f->temps);
        put_from(f, state, e->depth);
        put(f, state, e->depth, EXCEPTION);
        put(f, state, e->depth + 1, EXCEPTION);
        reach(f, e->target, state);
    }
    memcpy(state, row(f, at), f->temps);
    uint32_t next = at + 1 + op_info[op].cache;
    if (op == I_FOR_ITER) { /* the item is there in the body only, the iterator not after the end */
        put(f, state, INSTR_A(w), OBJECT);
        reach(f, next + INSTR_CS(w), state);
        put(f, state, INSTR_A(w), DEAD);
        put(f, state, INSTR_B(w), DEAD);
        reach(f, next, state);
        return;
    }
    apply(f, state, at, op, w);
    if (op_info[op].flags & F_JUMPS) reach(f, next + INSTR_CS(w), state);
    if (!(op_info[op].flags & F_ENDS)) reach(f, next, state);
}

static void flow_end(Flow *f) {
    mem_free(f->kinds);
    mem_free(f->reached);
    mem_free(f->todo);
}
static int flow_begin(Thread *t, Flow *f, const Code *c) {
    *f = (Flow){.code = c, .temps = (uint32_t)c->nregs - c->first_temp};
    f->kinds = mem_zalloc((size_t)(c->size + 1) * f->temps + 1);
    f->reached = mem_zalloc(c->size + 1);
    f->todo = mem_alloc((c->size + 1) * sizeof *f->todo);
    uint8_t *state = mem_zalloc(f->temps + 1);
    if (!f->kinds || !f->reached || !f->todo || !state) {
        flow_end(f);
        mem_free(state);
        return err_int(err_no_memory(t));
    }
    reach(f, 0, state);
    while (f->todo_count) step(f, f->todo[--f->todo_count], state);
    mem_free(state);
    return 0;
}

/* ---- choosing the target ------------------------------------------------------------------------------------------------------- */

/* Whether all that must be there at the target is there; *depth: how much that is. */
static bool compatible(const Flow *f, const uint8_t *from, const uint8_t *to, int *depth) {
    *depth = 0;
    for (uint32_t i = 0; i < f->temps; i++) {
        if (to[i] == DEAD) continue;
        if (from[i] != to[i]) return false;
        ++*depth;
    }
    return true;
}
static const char *why_not(const Flow *f, uint32_t at) {
    for (uint32_t i = f->temps; i-- > 0;) {
        if (row(f, at)[i] == EXCEPTION) return "can't jump into an 'except' block as there's no exception";
        if (row(f, at)[i] == ITERATOR) return "can't jump into the body of a for loop";
        if (row(f, at)[i] == OBJECT || row(f, at)[i] >= SITE) break;
    }
    return "incompatible stacks";
}

/* Each stretch of instructions of one line: its first offset and line. */
static bool next_stretch(const Code *c, PositionReader *r, uint32_t *pos, uint32_t *start, int *line) {
    if (*pos >= c->size) return false;
    *start = *pos;
    *line = code_line_from(c, r, *start);
    do *pos += 1 + op_info[INSTR_OP(load_relaxed(&code_instr(c)[*pos]))].cache;
    while (*pos < c->size && code_line_from(c, r, *pos) == *line);
    return true;
}

static bool makes_cells(const Code *c, uint32_t at) {
    Opcode op = INSTR_OP(load_relaxed(&code_instr(c)[at]));
    return op == I_RESUME || op == I_MAKE_CELL;
}

static int choose(Thread *t, const Flow *f, uint32_t from, int line, uint32_t *target) {
    const Code *c = f->code;
    PositionReader r = {0};
    uint32_t pos = 0, start;
    int at_line, wanted = 0, best = -1;
    while (next_stretch(c, &r, &pos, &start, &at_line)) /* dead code doesn't count */
        if (f->reached[start] && at_line >= line && (!wanted || at_line < wanted)) wanted = at_line;
    if (!wanted) return err_int(err_set(t, E_ValueError, "line %d comes after the current code block", line));
    if (!f->reached[from]) return err_int(err_set(t, E_ValueError, "can't jump from unreachable code"));
    const char *why = "cannot find bytecode for specified line";
    bool refused = false;
    pos = 0;
    while (next_stretch(c, &r, &pos, &start, &at_line)) {
        int depth;
        if (!f->reached[start] || at_line != wanted) continue;
        while (makes_cells(c, start)) start++;
        if (compatible(f, row(f, from), row(f, start), &depth)) {
            if (depth > best) {
                best = depth;
                *target = start;
            }
        } else if (!refused) {
            why = why_not(f, start);
            refused = true;
        }
    }
    return best >= 0 ? 0 : err_int(err_set(t, E_ValueError, "%s", why));
}

/* ---- going there ------------------------------------------------------------------------------------------------------------------ */

static void visit(Flow *f, uint32_t at) {
    if (at >= f->code->size || f->reached[at]) return;
    f->reached[at] = 1;
    f->todo[f->todo_count++] = at;
}
/* Whether code that `at` leads to reads variable `var` without CHECK_BOUND, since on the ways that the compiler knows it is bound. */
static bool relied_on(Flow *f, uint32_t at, uint32_t var) {
    const Code *c = f->code;
    memset(f->reached, 0, c->size);
    f->todo_count = 0;
    visit(f, at);
    while (f->todo_count) {
        at = f->todo[--f->todo_count];
        uint64_t w = load_relaxed(&code_instr(c)[at]);
        Opcode op = (Opcode)op_info[INSTR_OP(w)].base;
        const char *kinds = op_info[op].kinds;
        uint32_t reg[3] = {INSTR_A(w), INSTR_B(w), INSTR_CREG(w)}, next = at + 1 + op_info[op].cache, n = op == I_UNPACK ? INSTR_C(w) : 1;
        bool written = op == I_CHECK_BOUND && reg[0] == var;
        for (int i = 0; i < 3 && !written; i++)
            if (reg[i] == var && (kinds[i] == 'r' || kinds[i] == 'p' || kinds[i] == 'm')) return true;
        for (int i = 0; i < 3; i++)
            if ((kinds[i] == 'd' && reg[i] == var) || (kinds[i] == 'D' && var >= reg[i] && var < reg[i] + n)) written = true;
        for (uint32_t i = 0; i < c->exc_count; i++)
            if (at >= c->exc[i].start && at < c->exc[i].end && c->exc[i].kind == EXC_CATCH) visit(f, c->exc[i].target);
        if (op == I_FOR_ITER) visit(f, next); /* the variable isn't set at the end */
        if (written && op != I_FOR_ITER) continue;
        if ((op_info[op].flags & F_JUMPS) && !written) visit(f, next + INSTR_CS(w));
        if (!(op_info[op].flags & F_ENDS)) visit(f, next);
    }
    return false;
}

int frame_jump(Thread *t, Frame *f, int line) {
    Code *c = f->code;
    Flow flow;
    uint32_t from = frame_at(f), target = 0;
    if (line < c->first_line) return err_int(err_set(t, E_ValueError, "line %d comes before the current code block", line));
    if (flow_begin(t, &flow, c) < 0) return -1;
    int bad = choose(t, &flow, from, line, &target);
    if (bad == 0) {
        const uint8_t *to = row(&flow, target), *now = row(&flow, from);
        for (uint32_t i = flow.temps; i-- > 0;) {
            uint32_t reg = c->first_temp + i;
            if (to[i] != DEAD) continue;
            if (now[i] == EXCEPTION && i > 0 && now[i - 1] == EXCEPTION && to[i - 1] == DEAD) {
                pop_except(t, f, reg - 1);
                i--;
            } else {
                reg_drop(t, &f->regs[reg]);
            }
        }
        f->pc = code_instr(c) + target + 1;
        for (uint32_t i = 0; i < c->first_temp; i++)
            if (ref_is_null(f->regs[i]) && relied_on(&flow, target, i)) f->regs[i] = REF_NONE;
    }
    flow_end(&flow);
    return bad;
}
