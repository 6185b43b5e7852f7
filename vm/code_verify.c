/* Whether the parts of a code object fit together: of what the compiler made in debug builds, of what marshal read always. */
#include "vm/code.h"

#include <string.h>

static const char *verify_numbers(const CodeSpec *s) {
    uint32_t params = s->argcount + s->kwonly + !!(s->flags & CO_VARARGS) + !!(s->flags & CO_VARKEYWORDS);
    if (s->posonly > s->argcount || params > s->nlocals || s->nlocals > s->first_temp) return "variables out of range";
    if (s->first_temp > s->nregs || s->nregs >= UINT16_MAX - CALL_SLACK) return "too many registers";
    for (uint32_t i = 0; i < s->first_temp; i++)
        if (s->var_kinds[i] != VAR_LOCAL && s->var_kinds[i] != VAR_CELL) return "unknown kind of variable";
    return NULL;
}

/* Every word against its row: registers, indices and jumps in range. */
static const char *verify_instructions(const CodeSpec *s) {
    if (s->size == 0 || INSTR_OP(s->instr[0]) != I_RESUME) return "it doesn't begin with RESUME";
    for (uint32_t i = 0; i < s->size;) {
        uint64_t w = s->instr[i];
        if (INSTR_OP(w) >= OPCODE_COUNT) return "unknown opcode";
        const OpInfo *o = &op_info[INSTR_OP(w)];
        if (o->base != INSTR_OP(w)) return "specialized opcode";
        uint32_t next = i + 1 + o->cache;
        uint32_t v[3] = {INSTR_A(w), INSTR_B(w), INSTR_CIDX(w)};
        if (o->kinds[1] == '-' || o->kinds[1] == 'u') v[2] = INSTR_C(w);
        for (int k = 0; k < 3; k++) {
            uint32_t x = k == 2 && strchr("drpmtD", o->kinds[2]) ? INSTR_CREG(w) : v[k];
            switch (o->kinds[k]) {
            case 'd': case 'p': case 'm': case 'r': case 'D':
                if (x >= s->nregs && INSTR_OP(w) != I_RAISE) return "register out of range";
                break;
            case 't':
                if (x < s->first_temp || x > s->nregs) return "not a temporary";
                break;
            case 'k':
                if (INSTR_OP(w) == I_CALL || INSTR_OP(w) == I_CALL_METHOD) {
                    if (INSTR_CIDX(w) > s->const_count) return "keyword names out of range";
                } else if (x >= s->const_count) return "constant out of range";
                break;
            case 'n':
                if (x >= s->name_count) return "name out of range";
                break;
            case 'f':
                if (x >= s->nfree) return "free variable out of range";
                break;
            case 'j': {
                int64_t to = (int64_t)next + INSTR_CS(w);
                if (to < 0 || to > s->size) return "jump out of range"; /* the sentinel is a target, of jumps in dead code */
                break;
            }
            default: break;
            }
        }
        if (next > s->size) return "truncated";
        i = next;
    }
    return NULL;
}

static const char *verify_exceptions(const CodeSpec *s) {
    for (uint32_t i = 0; i < s->exc_count; i++) {
        const ExcEntry *e = &s->exc[i];
        if (e->start > e->end || e->end > s->size || (e->kind == EXC_CATCH && e->target >= s->size)) return "bad exception entry";
        if (e->depth < s->first_temp || e->depth + 2 > s->nregs) return "bad depth";
    }
    return NULL;
}

uint32_t code_registers(const uint64_t *words, uint32_t size) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < size;) {
        uint64_t w = words[i];
        if (INSTR_OP(w) >= OPCODE_COUNT) break; /* code_verify will say so */
        const OpInfo *o = &op_info[INSTR_OP(w)];
        uint32_t v[3] = {INSTR_A(w), INSTR_B(w), INSTR_CREG(w)};
        for (int k = 0; k < 3; k++)
            if (o->kinds[k] != 0 && strchr("drpmtD", o->kinds[k]) && INSTR_OP(w) != I_RAISE && v[k] + 1 > most) most = v[k] + 1;
        i += 1 + o->cache;
    }
    return most;
}

const char *code_verify(const CodeSpec *s) {
    const char *wrong = verify_numbers(s);
    if (wrong == NULL) wrong = verify_instructions(s);
    return wrong != NULL ? wrong : verify_exceptions(s);
}
