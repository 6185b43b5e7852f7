/* Programs of _sre: checking a code array, and what is worked out from it once: bitmaps of sets, what a match can start with. */
#include "runtime/modules/_sre.h"
#include "runtime/unicode_data.h"
#include <ctype.h>

/* ---- characters ------------------------------------------------------------------------------------------------------ */
static bool word_ascii(uint32_t c) { return c < 128 && (isalnum((int)c) || c == '_'); }
static bool space_ascii(uint32_t c) { return c == ' ' || (c >= 9 && c <= 13); }

bool sre_category(uint32_t category, uint32_t c) {
    bool yes = false;
    switch (category & ~1u) {
    case CATEGORY_DIGIT: yes = c >= '0' && c <= '9'; break;
    case CATEGORY_SPACE: yes = space_ascii(c); break;
    case CATEGORY_WORD: yes = word_ascii(c); break;
    case CATEGORY_LINEBREAK: yes = c == '\n'; break;
    case CATEGORY_LOC_WORD: yes = c < 256 && (isalnum((int)c) || c == '_'); break;
    case CATEGORY_UNI_DIGIT: yes = uni_isdecimal(c); break;
    case CATEGORY_UNI_SPACE: yes = uni_isspace(c); break;
    case CATEGORY_UNI_WORD: yes = c == '_' || uni_isalnum(c); break;
    case CATEGORY_UNI_LINEBREAK: yes = uni_islinebreak(c); break;
    }
    return yes != (category & 1);
}
uint32_t sre_lower_locale(uint32_t c) { return c < 256 ? (uint32_t)tolower((int)c) : c; }
uint32_t sre_upper_locale(uint32_t c) { return c < 256 ? (uint32_t)toupper((int)c) : c; }

bool sre_charset(const uint32_t *set, uint32_t c) {
    bool yes = true;
    for (;;) {
        switch (*set++) {
        case OP_FAILURE: return !yes;
        case OP_LITERAL:
            if (c == *set++) return yes;
            break;
        case OP_CATEGORY:
            if (sre_category(*set++, c)) return yes;
            break;
        case OP_CHARSET:
            if (c < 256 && (set[c >> 5] >> (c & 31) & 1)) return yes;
            set += 8;
            break;
        case OP_RANGE:
            if (set[0] <= c && c <= set[1]) return yes;
            set += 2;
            break;
        case OP_RANGE_UNI_IGNORE: {
            uint32_t up = uni_simple_upper(c);
            if ((set[0] <= c && c <= set[1]) || (set[0] <= up && up <= set[1])) return yes;
            set += 2;
            break;
        }
        case OP_NEGATE: yes = !yes; break;
        case OP_BIGCHARSET: {
            uint32_t count = *set++;
            if (c < 0x10000) {
                uint32_t block = set[c >> 10] >> (8 * (c >> 8 & 3)) & 0xFF;
                if (set[64 + block * 8 + (c >> 5 & 7)] >> (c & 31) & 1) return yes;
            }
            set += 64 + count * 8;
            break;
        }
        default: return false; /* the program was checked: can't be */
        }
    }
}

bool sre_item(const Program *p, uint32_t pc, uint32_t c) {
    const uint32_t *code = p->code + pc;
    switch (*code) {
    case OP_ANY: return c != '\n';
    case OP_ANY_ALL: return true;
    case OP_LITERAL: return c == code[1];
    case OP_NOT_LITERAL: return c != code[1];
    case OP_LITERAL_IGNORE: return sre_lower_ascii(c) == code[1];
    case OP_NOT_LITERAL_IGNORE: return sre_lower_ascii(c) != code[1];
    case OP_LITERAL_UNI_IGNORE: return uni_simple_lower(c) == code[1];
    case OP_NOT_LITERAL_UNI_IGNORE: return uni_simple_lower(c) != code[1];
    case OP_LITERAL_LOC_IGNORE: return c == code[1] || sre_lower_locale(c) == code[1] || sre_upper_locale(c) == code[1];
    case OP_NOT_LITERAL_LOC_IGNORE: return !(c == code[1] || sre_lower_locale(c) == code[1] || sre_upper_locale(c) == code[1]);
    case OP_CATEGORY: return sre_category(code[1], c);
    case OP_IN: case OP_IN_IGNORE: case OP_IN_UNI_IGNORE:
        if (c < 256 && p->set_at[pc] != 0) return bitmap_has(&p->sets[p->set_at[pc] - 1], c);
        return sre_charset(code + 2, *code == OP_IN ? c : *code == OP_IN_IGNORE ? sre_lower_ascii(c) : uni_simple_lower(c));
    case OP_IN_LOC_IGNORE: {
        uint32_t low = sre_lower_locale(c), up = sre_upper_locale(c);
        return sre_charset(code + 2, low) || (up != low && sre_charset(code + 2, up));
    }
    }
    return false;
}

/* ---- checking ------------------------------------------------------------------------------------------------------------ */
typedef struct Check { Program *p; int depth; size_t nsets; } Check;

/* A set's body in [pc, end), which ends with FAILURE. *fixed: no part of it depends on the locale */
static bool check_charset(Check *k, size_t pc, size_t end, bool *fixed) {
    const uint32_t *code = k->p->code;
    *fixed = true;
    while (pc < end) {
        uint32_t op = code[pc++];
        size_t left = end - pc;
        switch (op) {
        case OP_FAILURE: return pc == end;
        case OP_NEGATE: break;
        case OP_LITERAL:
            if (left < 1) return false;
            pc++;
            break;
        case OP_RANGE: case OP_RANGE_UNI_IGNORE:
            if (left < 2) return false;
            pc += 2;
            break;
        case OP_CHARSET:
            if (left < 8) return false;
            pc += 8;
            break;
        case OP_BIGCHARSET:
            if (left < 65 || code[pc] > 256 || left < 65 + (size_t)code[pc] * 8) return false;
            for (size_t i = 0; i < 256; i++)
                if ((code[pc + 1 + i / 4] >> (8 * (i % 4)) & 0xFF) >= code[pc]) return false;
            pc += 65 + (size_t)code[pc] * 8;
            break;
        case OP_CATEGORY:
            if (left < 1 || code[pc] >= CATEGORY_COUNT) return false;
            if ((code[pc] & ~1u) == CATEGORY_LOC_WORD) *fixed = false;
            pc++;
            break;
        default: return false;
        }
    }
    return false;
}

static bool is_single(uint32_t op) {
    switch (op) {
    case OP_ANY: case OP_ANY_ALL: case OP_LITERAL: case OP_NOT_LITERAL: case OP_LITERAL_IGNORE: case OP_NOT_LITERAL_IGNORE:
    case OP_LITERAL_UNI_IGNORE: case OP_NOT_LITERAL_UNI_IGNORE: case OP_LITERAL_LOC_IGNORE: case OP_NOT_LITERAL_LOC_IGNORE:
    case OP_IN: case OP_IN_IGNORE: case OP_IN_UNI_IGNORE: case OP_IN_LOC_IGNORE: case OP_CATEGORY: return true;
    }
    return false;
}

/* Checks code[pc, end). Skips are relative to their own position. */
static bool check(Check *k, size_t pc, size_t end) {
    Program *p = k->p;
    const uint32_t *code = p->code;
    if (k->depth > 2000) return false;
    k->depth++;
#define NEED(n) if (end - pc < (size_t)(n)) goto bad
#define SKIP(at) (code[at] > end - (at) ? 0 : (at) + code[at]) /* 0: out of bounds */
    while (pc < end) {
        uint32_t op = code[pc++];
        size_t to;
        bool fixed;
        switch (op) {
        case OP_SUCCESS: case OP_FAILURE: case OP_ANY: case OP_ANY_ALL: break;
        case OP_LITERAL: case OP_NOT_LITERAL: case OP_LITERAL_IGNORE: case OP_NOT_LITERAL_IGNORE: case OP_LITERAL_UNI_IGNORE:
        case OP_NOT_LITERAL_UNI_IGNORE: case OP_LITERAL_LOC_IGNORE: case OP_NOT_LITERAL_LOC_IGNORE:
            NEED(1);
            pc++;
            break;
        case OP_MARK:
            NEED(1);
            if (code[pc++] >= 2 * p->groups) goto bad;
            break;
        case OP_AT:
            NEED(1);
            if (code[pc++] >= AT_COUNT) goto bad;
            break;
        case OP_CATEGORY:
            NEED(1);
            if (code[pc++] >= CATEGORY_COUNT) goto bad;
            break;
        case OP_GROUPREF: case OP_GROUPREF_IGNORE: case OP_GROUPREF_UNI_IGNORE: case OP_GROUPREF_LOC_IGNORE:
            NEED(1);
            if (code[pc++] >= p->groups) goto bad;
            break;
        case OP_IN: case OP_IN_IGNORE: case OP_IN_UNI_IGNORE: case OP_IN_LOC_IGNORE:
            NEED(2);
            to = SKIP(pc);
            if (to <= pc + 1 || !check_charset(k, pc + 1, to, &fixed)) goto bad;
            if (fixed && op != OP_IN_LOC_IGNORE) p->set_at[pc - 1] = (uint32_t)++k->nsets;
            pc = to;
            break;
        case OP_INFO: /* only the first one is used; its insides are checked where they are read */
            NEED(4);
            to = SKIP(pc);
            if (to < pc + 4) goto bad;
            pc = to;
            break;
        case OP_BRANCH:
            for (;;) {
                NEED(1);
                if (code[pc] == 0) {
                    pc++;
                    break;
                }
                to = SKIP(pc);
                /* each alternative ends with a JUMP behind the branch */
                if (to < pc + 3 || code[to - 2] != OP_JUMP || SKIP(to - 1) == 0 || !check(k, pc + 1, to - 2)) goto bad;
                pc = to;
            }
            break;
        case OP_REPEAT_ONE: case OP_MIN_REPEAT_ONE: case OP_POSSESSIVE_REPEAT_ONE:
            NEED(5);
            to = SKIP(pc);
            if (to < pc + 5 || code[pc + 1] > code[pc + 2] || !is_single(code[pc + 3]) || code[to - 1] != OP_SUCCESS || !check(k, pc + 3, to - 1))
                goto bad;
            pc = to;
            break;
        case OP_REPEAT: case OP_POSSESSIVE_REPEAT:
            NEED(4);
            to = SKIP(pc);
            if (to < pc + 3 || to >= end || code[pc + 1] > code[pc + 2]) goto bad;
            if (op == OP_REPEAT ? code[to] != OP_MAX_UNTIL && code[to] != OP_MIN_UNTIL : code[to] != OP_SUCCESS) goto bad;
            if (!check(k, pc + 3, to)) goto bad;
            pc = to + 1;
            break;
        case OP_ATOMIC_GROUP:
            NEED(2);
            to = SKIP(pc);
            if (to < pc + 2 || code[to - 1] != OP_SUCCESS || !check(k, pc + 1, to - 1)) goto bad;
            pc = to;
            break;
        case OP_ASSERT: case OP_ASSERT_NOT:
            NEED(3);
            to = SKIP(pc);
            if (to < pc + 3 || code[pc + 1] & 0x80000000 || code[to - 1] != OP_SUCCESS || !check(k, pc + 2, to - 1)) goto bad;
            pc = to;
            break;
        case OP_GROUPREF_EXISTS: {
            NEED(2);
            if (code[pc] >= p->groups) goto bad;
            if (code[pc + 1] > end - pc) goto bad;
            size_t no = pc + code[pc + 1]; /* this skip counts from the group's number */
            if (no < pc + 2) goto bad;
            int depth = k->depth;
            /* with an alternative, the first part ends with a JUMP over it */
            size_t yes_end = no;
            if (no - (pc + 2) >= 2 && code[no - 2] == OP_JUMP && SKIP(no - 1) > no) yes_end = no - 2;
            if (yes_end != no && check(k, pc + 2, yes_end)) {
                to = SKIP(no - 1);
                if (to == 0 || to > end || !check(k, no, to)) goto bad;
                pc = to;
            } else {
                k->depth = depth;
                if (!check(k, pc + 2, no)) goto bad;
                pc = no;
            }
            break;
        }
        case OP_MAX_UNTIL: case OP_MIN_UNTIL: case OP_JUMP: default: goto bad;
        }
    }
    k->depth--;
    return pc == end;
bad:
    return false;
#undef NEED
}

/* ---- what a match can start with ---------------------------------------------------------------------------------------------- */
static void add_item(const Program *p, uint32_t pc, Bitmap *set) {
    for (uint32_t c = 0; c < 256; c++)
        if (sre_item(p, pc, c)) bitmap_add(set, c);
}
static void add_all(Bitmap *set) { memset(set->word, 0xFF, sizeof set->word); }

/* Adds what [pc, end) can start with; true: it may also match nothing, so what follows counts too. */
static bool first_of(const Program *p, size_t pc, size_t end, Bitmap *set, int depth) {
    const uint32_t *code = p->code;
    if (depth > 50) {
        add_all(set);
        return true;
    }
    while (pc < end) {
        uint32_t op = code[pc];
        size_t to;
        switch (op) {
        case OP_SUCCESS: return true;
        case OP_FAILURE: return false;
        case OP_MARK: case OP_AT: pc += 2; continue;
        case OP_INFO: pc += 1 + code[pc + 1]; continue;
        case OP_ASSERT: case OP_ASSERT_NOT: pc += 1 + code[pc + 1]; continue; /* a condition only narrows it */
        case OP_BRANCH: {
            bool empty = false;
            for (pc++; code[pc] != 0; pc += code[pc])
                if (first_of(p, pc + 1, pc + code[pc] - 2, set, depth + 1)) empty = true;
            if (!empty) return false;
            pc++;
            continue;
        }
        case OP_REPEAT_ONE: case OP_MIN_REPEAT_ONE: case OP_POSSESSIVE_REPEAT_ONE:
            if (code[pc + 3] > 0) add_item(p, (uint32_t)pc + 4, set);
            if (code[pc + 2] > 0) return false;
            pc += 1 + code[pc + 1];
            continue;
        case OP_REPEAT: case OP_POSSESSIVE_REPEAT: {
            to = pc + 1 + code[pc + 1];
            bool empty = first_of(p, pc + 4, to, set, depth + 1);
            if (code[pc + 2] > 0 && !empty) return false;
            pc = to + 1;
            continue;
        }
        case OP_ATOMIC_GROUP:
            to = pc + 1 + code[pc + 1];
            if (!first_of(p, pc + 2, to - 1, set, depth + 1)) return false;
            pc = to;
            continue;
        case OP_GROUPREF: case OP_GROUPREF_IGNORE: case OP_GROUPREF_UNI_IGNORE: case OP_GROUPREF_LOC_IGNORE: case OP_GROUPREF_EXISTS:
            add_all(set);
            return true;
        default:
            add_item(p, (uint32_t)pc, set);
            return false;
        }
    }
    return true;
}

static bool locale_dependent(const Program *p) {
    for (size_t i = 0; i < p->size; i++) /* may see a character or a count for an opcode: then it only stays careful */
        if (p->code[i] == OP_IN_LOC_IGNORE || p->code[i] == OP_LITERAL_LOC_IGNORE || p->code[i] == OP_NOT_LITERAL_LOC_IGNORE ||
            (p->code[i] == OP_CATEGORY && i + 1 < p->size && (p->code[i + 1] & ~1u) == CATEGORY_LOC_WORD))
            return true;
    return false;
}

static bool read_info(Program *p) {
    const uint32_t *code = p->code;
    if (p->size < 5 || code[0] != OP_INFO) return true;
    size_t end = 1 + (size_t)code[1];
    uint32_t flags = code[2];
    p->min_width = code[3];
    p->start = end;
    if (end > p->size) return false;
    if (flags & INFO_PREFIX) {
        if (end < 7) return false;
        p->prefix_length = code[5];
        p->prefix_skip = code[6];
        if (p->prefix_length == 0 || p->prefix_length > (end - 7) / 2 || p->prefix_skip > p->prefix_length) return false;
        p->prefix = code + 7;
        p->literal = (flags & INFO_LITERAL) != 0;
    }
    return true;
}

int program_prepare(Thread *t, Program *p) {
    Check k = {.p = p};
    p->set_at = mem_zalloc((p->size + 1) * sizeof *p->set_at);
    if (p->set_at == NULL) return err_int(err_no_memory(t));
    if (p->size == 0 || p->groups > SRE_MAXGROUPS || p->code[p->size - 1] != OP_SUCCESS || !read_info(p) || !check(&k, 0, p->size))
        return err_int(err_set(t, E_RuntimeError, "invalid SRE code"));
    p->nsets = k.nsets;
    p->sets = mem_zalloc((k.nsets + 1) * sizeof *p->sets);
    if (p->sets == NULL) return err_int(err_no_memory(t));
    for (size_t pc = 0; pc < p->size; pc++) {
        uint32_t set = p->set_at[pc];
        if (set == 0) continue;
        Bitmap b = {0};
        uint32_t op = p->code[pc];
        for (uint32_t c = 0; c < 256; c++)
            if (sre_charset(p->code + pc + 2, op == OP_IN ? c : op == OP_IN_IGNORE ? sre_lower_ascii(c) : uni_simple_lower(c))) bitmap_add(&b, c);
        p->sets[set - 1] = b;
    }
    p->anchored = p->code[p->start] == OP_AT && (p->code[p->start + 1] == AT_BEGINNING || p->code[p->start + 1] == AT_BEGINNING_STRING);
    if (!locale_dependent(p)) p->first_known = !first_of(p, p->start, p->size, &p->first, 0);
    return 0;
}

void program_done(Program *p) {
    mem_free(p->code);
    mem_free(p->set_at);
    mem_free(p->sets);
}
