/* Template: the matching engine over subjects of one unit width. Include with UNIT and NAME(x) defined.
 *
 * Backtracking: the stack holds alternatives (where to go on if this way fails), barriers (the start of an assertion, an atomic group or an
 * iteration of a possessive repeat), and undo records (a mark's old value, a repeat's old count, the old innermost repeat). Failing pops
 * entries, applying the undo records, until an alternative turns up. A closed group drops the alternatives above its barrier and keeps
 * the undo records, since what lies before the group may still fail.
 */

/* How many of the at most `max` next characters the item at pc matches. */
static int64_t NAME(count)(const SreState *s, uint32_t pc, int64_t at, int64_t max) {
    const UNIT *text = s->subject.data, *p = text + at, *end = text + s->end;
    const Program *program = s->program;
    const uint32_t *code = program->code + pc;
    uint32_t c = code[1];
    if (max < end - p) end = p + max;
    switch (*code) {
    case OP_ANY_ALL: p = end; break;
    case OP_ANY: {
        int64_t i = span_find_char((Span){p, (size_t)(end - p), sizeof(UNIT)}, '\n', 1);
        p = i < 0 ? end : p + i;
        break;
    }
    case OP_LITERAL:
        while (p < end && *p == c) p++;
        break;
    case OP_NOT_LITERAL: {
        int64_t i = span_find_char((Span){p, (size_t)(end - p), sizeof(UNIT)}, c, 1);
        p = i < 0 ? end : p + i;
        break;
    }
    case OP_IN: case OP_IN_IGNORE: case OP_IN_UNI_IGNORE:
        if (program->set_at[pc] != 0) {
            const Bitmap *set = &program->sets[program->set_at[pc] - 1];
#if UNIT_SIZE == 1
            while (p < end && bitmap_has(set, *p)) p++;
#else
            while (p < end && (*p < 256 ? bitmap_has(set, *p) : sre_item(program, pc, *p))) p++;
#endif
            break;
        }
        /* fall through */
    default:
        while (p < end && sre_item(program, pc, *p)) p++;
    }
    return p - (text + at);
}

static bool NAME(at)(const SreState *s, uint32_t where, int64_t i) {
    const UNIT *text = s->subject.data;
    bool before, after;
    switch (where) {
    case AT_BEGINNING: case AT_BEGINNING_STRING: return i == 0;
    case AT_BEGINNING_LINE: return i == 0 || text[i - 1] == '\n';
    case AT_END: return i == s->end || (i + 1 == s->end && text[i] == '\n');
    case AT_END_LINE: return i == s->end || text[i] == '\n';
    case AT_END_STRING: return i == s->end;
    }
    if (s->end == 0) return false;
    uint32_t category = where <= AT_NON_BOUNDARY ? CATEGORY_WORD : where <= AT_LOC_NON_BOUNDARY ? CATEGORY_LOC_WORD : CATEGORY_UNI_WORD;
    before = i > 0 && sre_category(category, text[i - 1]);
    after = i < s->end && sre_category(category, text[i]);
    return (before != after) == (where == AT_BOUNDARY || where == AT_LOC_BOUNDARY || where == AT_UNI_BOUNDARY);
}

static inline uint32_t NAME(fold)(uint32_t op, uint32_t c) {
    return op == OP_GROUPREF ? c : op == OP_GROUPREF_IGNORE ? sre_lower_ascii(c) : op == OP_GROUPREF_UNI_IGNORE ? uni_simple_lower(c) : sre_lower_locale(c);
}

/* A set item: mostly one look into its bitmap. */
static ALWAYS_INLINE bool NAME(in_set)(const Program *p, uint32_t pc, uint32_t c) {
    uint32_t set = p->set_at[pc];
    if (likely((sizeof(UNIT) == 1 || c < 256) && set != 0)) return bitmap_has(&p->sets[set - 1], c);
    return sre_item(p, pc, c);
}

/* Can the code at pc begin to match at i? False only if it surely can't. */
static inline bool NAME(may_start)(const SreState *s, uint32_t pc, int64_t i) {
    const uint32_t *code = s->program->code + pc;
    const UNIT *text = s->subject.data;
    if (*code == OP_LITERAL) return i < s->end && text[i] == code[1];
    if (*code == OP_IN) return i < s->end && NAME(in_set)(s->program, pc, text[i]);
    return true;
}

/* Matches at position `at`: 1 (s->at is the end), 0, or -1 with an exception. */
static int NAME(match)(SreState *s, int64_t at) {
    const Program *program = s->program;
    const uint32_t *const code = program->code;
    const UNIT *const text = s->subject.data;
    const int64_t end = s->end, begin = at;
    uint32_t pc = (uint32_t)program->start;
    uint32_t rep = 0;                  /* innermost repeat: index + 1 */
    size_t barrier = 0;                /* innermost barrier: index + 1 */
    int64_t i = at;
    s->top = 0;
    s->repeat_top = 0;

#define PUSH(k, ...)                                                                               \
    do {                                                                                           \
        if (unlikely(s->top == s->capacity) && sre_grow(s) < 0) return -1;                         \
        s->stack[s->top++] = (SreEntry){.kind = (k), __VA_ARGS__};                                 \
    } while (0)
#define FAIL goto fail
#define NEXT goto next
    for (;;) {
    next:
        switch (code[pc]) {
        case OP_LITERAL:
            if (i >= end || text[i] != code[pc + 1]) FAIL;
            i++;
            pc += 2;
            NEXT;
        case OP_NOT_LITERAL:
            if (i >= end || text[i] == code[pc + 1]) FAIL;
            i++;
            pc += 2;
            NEXT;
        case OP_ANY:
            if (i >= end || text[i] == '\n') FAIL;
            i++;
            pc++;
            NEXT;
        case OP_ANY_ALL:
            if (i >= end) FAIL;
            i++;
            pc++;
            NEXT;
        case OP_IN: case OP_IN_IGNORE: case OP_IN_UNI_IGNORE: case OP_IN_LOC_IGNORE:
            if (i >= end || !NAME(in_set)(program, pc, text[i])) FAIL;
            i++;
            pc += 1 + code[pc + 1];
            NEXT;
        case OP_LITERAL_IGNORE: case OP_NOT_LITERAL_IGNORE: case OP_LITERAL_UNI_IGNORE: case OP_NOT_LITERAL_UNI_IGNORE:
        case OP_LITERAL_LOC_IGNORE: case OP_NOT_LITERAL_LOC_IGNORE: case OP_CATEGORY:
            if (i >= end || !sre_item(program, pc, text[i])) FAIL;
            i++;
            pc += 2;
            NEXT;
        case OP_AT:
            if (!NAME(at)(s, code[pc + 1], i)) FAIL;
            pc += 2;
            NEXT;
        case OP_MARK: {
            uint32_t m = code[pc + 1];
            PUSH(SRE_UNDO_MARK, .count = m, .at = s->mark[m], .low = s->last_index);
            s->mark[m] = i;
            if (m & 1) s->last_index = (int32_t)(m / 2 + 1);
            pc += 2;
            NEXT;
        }
        case OP_JUMP: pc += 1 + code[pc + 1]; NEXT;
        case OP_INFO: pc += 1 + code[pc + 1]; NEXT;
        case OP_FAILURE: FAIL;
        case OP_BRANCH: {
            uint32_t alternative = pc + 1, after;
        branch:
            for (;; alternative = after) {
                if (code[alternative] == 0) FAIL;
                after = alternative + code[alternative];
                if (NAME(may_start)(s, alternative + 1, i)) break;
            }
            if (code[after] != 0) PUSH(SRE_BRANCH, .pc = after, .at = i);
            pc = alternative + 1;
            NEXT;
        fail_branch: /* comes back here with the next alternative in pc */
            alternative = pc;
            goto branch;
        }
        case OP_REPEAT_ONE: {
            uint32_t tail = pc + 1 + code[pc + 1];
            int64_t min = code[pc + 2], max = code[pc + 3] == SRE_MAXREPEAT ? INT64_MAX : code[pc + 3];
            if (end - i < min) FAIL;
            int64_t n = NAME(count)(s, pc + 4, i, max);
            if (n < min) FAIL;
            int64_t low = i + min;
            i += n;
            if (code[tail] == OP_LITERAL) {
                uint32_t c = code[tail + 1];
                while (i >= low && (i >= end || text[i] != c)) i--;
                if (i < low) FAIL;
            }
            if (i > low) PUSH(SRE_ONE, .pc = tail, .at = i, .low = low);
            pc = tail;
            NEXT;
        }
        case OP_MIN_REPEAT_ONE: {
            int64_t min = code[pc + 2], max = code[pc + 3] == SRE_MAXREPEAT ? INT64_MAX : code[pc + 3];
            if (end - i < min || (min > 0 && NAME(count)(s, pc + 4, i, min) < min)) FAIL;
            i += min;
            if (max > min) PUSH(SRE_MIN_ONE, .pc = pc, .at = i, .low = max == INT64_MAX ? INT64_MAX : max - min);
            pc += 1 + code[pc + 1];
            NEXT;
        }
        case OP_POSSESSIVE_REPEAT_ONE: {
            int64_t min = code[pc + 2], max = code[pc + 3] == SRE_MAXREPEAT ? INT64_MAX : code[pc + 3];
            if (end - i < min) FAIL;
            int64_t n = NAME(count)(s, pc + 4, i, max);
            if (n < min) FAIL;
            i += n;
            pc += 1 + code[pc + 1];
            NEXT;
        }
        case OP_REPEAT:
            if (unlikely(s->repeat_top == s->repeat_capacity) && sre_grow_repeats(s) < 0) return -1;
            PUSH(SRE_UNDO_REPEAT, .rep = rep, .count = (uint32_t)s->repeat_top);
            s->repeats[s->repeat_top++] = (SreRepeat){.pc = pc, .count = 0, .outer = rep, .last = -1};
            rep = (uint32_t)s->repeat_top;
            pc += 1 + code[pc + 1];
            NEXT;
        case OP_MAX_UNTIL: {
            SreRepeat *r = &s->repeats[rep - 1];
            uint32_t min = code[r->pc + 2], max = code[r->pc + 3];
            if (r->count < min) {
                PUSH(SRE_UNDO_COUNT, .rep = rep, .count = r->count, .at = r->last);
                r->count++;
                pc = r->pc + 4;
                NEXT;
            }
            if ((r->count < max || max == SRE_MAXREPEAT) && i != r->last) {
                if (!NAME(may_start)(s, r->pc + 4, i)) goto max_tail;
                PUSH(SRE_TAIL, .pc = pc, .at = i, .rep = rep);
                PUSH(SRE_UNDO_COUNT, .rep = rep, .count = r->count, .at = r->last);
                r->count++;
                r->last = i;
                pc = r->pc + 4;
                NEXT;
            }
        max_tail:
            PUSH(SRE_UNDO_REPEAT, .rep = rep, .count = (uint32_t)s->repeat_top);
            rep = r->outer;
            pc++;
            NEXT;
        }
        case OP_MIN_UNTIL: {
            SreRepeat *r = &s->repeats[rep - 1];
            uint32_t min = code[r->pc + 2], max = code[r->pc + 3];
            if (r->count < min) {
                PUSH(SRE_UNDO_COUNT, .rep = rep, .count = r->count, .at = r->last);
                r->count++;
                pc = r->pc + 4;
                NEXT;
            }
            if ((r->count < max || max == SRE_MAXREPEAT) && i != r->last) PUSH(SRE_BODY, .pc = pc, .at = i, .rep = rep);
            PUSH(SRE_UNDO_REPEAT, .rep = rep, .count = (uint32_t)s->repeat_top);
            rep = r->outer;
            pc++;
            NEXT;
        }
        case OP_POSSESSIVE_REPEAT:
            PUSH(SRE_POSSESSIVE, .pc = pc, .at = i, .count = 0, .rep = rep, .low = (int64_t)barrier);
            barrier = s->top;
            if (code[pc + 3] == 0) {
                s->top--;
                barrier = (size_t)s->stack[s->top].low;
                pc += 2 + code[pc + 1];
                NEXT;
            }
            pc += 4;
            NEXT;
        case OP_ATOMIC_GROUP:
            PUSH(SRE_ATOMIC, .pc = pc, .at = i, .rep = rep, .low = (int64_t)barrier);
            barrier = s->top;
            pc += 2;
            NEXT;
        case OP_ASSERT: case OP_ASSERT_NOT: {
            int64_t back = code[pc + 2];
            if (i < back) {
                if (code[pc] == OP_ASSERT) FAIL;
                pc += 1 + code[pc + 1];
                NEXT;
            }
            PUSH(code[pc] == OP_ASSERT ? SRE_ASSERT : SRE_ASSERT_NOT, .pc = pc, .at = i, .rep = rep, .low = (int64_t)barrier);
            barrier = s->top;
            i -= back;
            pc += 3;
            NEXT;
        }
        case OP_GROUPREF: case OP_GROUPREF_IGNORE: case OP_GROUPREF_UNI_IGNORE: case OP_GROUPREF_LOC_IGNORE: {
            uint32_t op = code[pc];
            int64_t from = s->mark[2 * code[pc + 1]], to = s->mark[2 * code[pc + 1] + 1];
            if (from < 0 || to < from || end - i < to - from) FAIL;
            for (; from < to; from++, i++)
                if (text[i] != text[from] && (op == OP_GROUPREF || NAME(fold)(op, text[i]) != NAME(fold)(op, text[from]))) FAIL;
            pc += 2;
            NEXT;
        }
        case OP_GROUPREF_EXISTS: {
            int64_t from = s->mark[2 * code[pc + 1]], to = s->mark[2 * code[pc + 1] + 1];
            pc = from < 0 || to < from ? pc + 1 + code[pc + 2] : pc + 3;
            NEXT;
        }
        case OP_SUCCESS: {
            if (barrier == 0) {
                if ((s->whole && i != end) || (s->must_advance && i == begin)) FAIL;
                s->at = i;
                return 1;
            }
            SreEntry *b = &s->stack[barrier - 1];
            if (b->kind == SRE_ASSERT_NOT) { /* what must not match did: undo it all, and fail */
                while (s->top > barrier) {
                    SreEntry *e = &s->stack[--s->top];
                    if (e->kind == SRE_UNDO_MARK) {
                        s->mark[e->count] = e->at;
                        s->last_index = (int32_t)e->low;
                    }
                }
                s->top--;
                barrier = (size_t)b->low;
                rep = b->rep;
                FAIL;
            }
            SreEntry closed = *b;
            size_t keep = barrier - 1;
            for (size_t k = barrier; k < s->top; k++)
                if (s->stack[k].kind >= SRE_UNDO_MARK) s->stack[keep++] = s->stack[k];
            s->top = keep;
            barrier = (size_t)closed.low;
            rep = closed.rep;
            if (closed.kind == SRE_ASSERT) {
                i = closed.at;
                pc = closed.pc + 1 + code[closed.pc + 1];
                NEXT;
            }
            if (closed.kind == SRE_ATOMIC) {
                pc = closed.pc + 1 + code[closed.pc + 1];
                NEXT;
            }
            /* one more iteration of a possessive repeat */
            uint32_t count = closed.count + 1, min = code[closed.pc + 2], max = code[closed.pc + 3];
            bool more = count < min || ((count < max || max == SRE_MAXREPEAT) && i != closed.at);
            if (!more) {
                pc = closed.pc + 2 + code[closed.pc + 1];
                NEXT;
            }
            PUSH(SRE_POSSESSIVE, .pc = closed.pc, .at = i, .count = count, .rep = rep, .low = (int64_t)barrier);
            barrier = s->top;
            pc = closed.pc + 4;
            NEXT;
        }
        default: FAIL; /* the program was checked: can't be */
        }

    fail:
        if (unlikely((++s->ticks & 0xFFF) == 0) && safepoint(s->t) < 0) return -1;
        for (;;) {
            if (s->top == 0) return 0;
            SreEntry *e = &s->stack[s->top - 1];
            switch (e->kind) {
            case SRE_UNDO_MARK:
                s->mark[e->count] = e->at;
                s->last_index = (int32_t)e->low;
                s->top--;
                continue;
            case SRE_UNDO_COUNT:
                s->repeats[e->rep - 1].count = e->count;
                s->repeats[e->rep - 1].last = e->at;
                s->top--;
                continue;
            case SRE_UNDO_REPEAT:
                rep = e->rep;
                s->repeat_top = e->count;
                s->top--;
                continue;
            case SRE_BRANCH:
                pc = e->pc;
                i = e->at;
                s->top--;
                goto fail_branch;
            case SRE_ONE: {
                int64_t at_ = e->at - 1, low = e->low;
                pc = e->pc;
                if (code[pc] == OP_LITERAL) {
                    uint32_t c = code[pc + 1];
                    while (at_ >= low && text[at_] != c) at_--;
                    if (at_ < low) {
                        s->top--;
                        continue;
                    }
                }
                if (at_ == low) s->top--;
                else e->at = at_;
                i = at_;
                NEXT;
            }
            case SRE_MIN_ONE: {
                i = e->at;
                pc = e->pc;
                uint32_t tail = pc + 1 + code[pc + 1];
                int64_t left = e->low;
                bool matched = false;
                while (left > 0 && i < end && sre_item(program, pc + 4, text[i])) {
                    i++;
                    if (left != INT64_MAX) left--;
                    if (NAME(may_start)(s, tail, i)) {
                        matched = true;
                        break;
                    }
                }
                if (!matched) {
                    s->top--;
                    continue;
                }
                if (left > 0) {
                    e->at = i;
                    e->low = left;
                } else {
                    s->top--;
                }
                pc = tail;
                NEXT;
            }
            case SRE_TAIL: { /* the body failed: leave the repeat */
                pc = e->pc + 1;
                i = e->at;
                rep = e->rep;
                s->top--;
                PUSH(SRE_UNDO_REPEAT, .rep = rep, .count = (uint32_t)s->repeat_top);
                rep = s->repeats[rep - 1].outer;
                NEXT;
            }
            case SRE_BODY: { /* the tail of a lazy repeat failed: once more through the body */
                i = e->at;
                rep = e->rep;
                s->top--;
                SreRepeat *r = &s->repeats[rep - 1];
                PUSH(SRE_UNDO_COUNT, .rep = rep, .count = r->count, .at = r->last);
                r->count++;
                r->last = i;
                pc = r->pc + 4;
                NEXT;
            }
            case SRE_ASSERT: case SRE_ATOMIC:
                barrier = (size_t)e->low;
                rep = e->rep;
                s->top--;
                continue;
            case SRE_ASSERT_NOT: /* didn't match, as wanted */
                barrier = (size_t)e->low;
                rep = e->rep;
                i = e->at;
                pc = e->pc + 1 + code[e->pc + 1];
                s->top--;
                NEXT;
            case SRE_POSSESSIVE: {
                bool enough = e->count >= code[e->pc + 2];
                barrier = (size_t)e->low;
                rep = e->rep;
                i = e->at;
                pc = e->pc + 2 + code[e->pc + 1];
                s->top--;
                if (enough) NEXT;
                continue;
            }
            }
        }
    }
#undef PUSH
#undef FAIL
#undef NEXT
}

static int NAME(search)(SreState *s) {
    const Program *p = s->program;
    const UNIT *text = s->subject.data;
    int64_t last = s->end - p->min_width; /* the last position where it could fit */
    if (p->anchored && last > s->start) last = s->start;
    Span all = {text, (size_t)s->end, sizeof(UNIT)};
    Span prefix = {p->prefix, p->prefix_length, 4};
    Finder finder = {0};
    bool find = p->prefix != NULL && !s->whole, found = false;
    int status = 0;
    if (find && p->prefix_length > 1) {
        if (!finder_init(&finder, prefix, sizeof(UNIT))) return err_int(err_no_memory(s->t));
        found = true;
    }
    for (int64_t i = s->start; i <= last; i++) {
        if (find) {
            int64_t k = found ? finder_find(&finder, all, (size_t)i, 1) : span_find_char(span_cut(all, (size_t)i, all.length), *p->prefix, 1);
            if (k < 0) break;
            i = found ? k : i + k;
            if (i > last) break;
        } else if (p->first_known) {
#if UNIT_SIZE == 1
            while (i <= last && !bitmap_has(&p->first, text[i])) i++;
#else
            while (i <= last && text[i] < 256 && !bitmap_has(&p->first, text[i])) i++;
#endif
            if (i > last) break;
        }
        if (p->literal && find) {
            s->start = i;
            s->at = i + (int64_t)p->prefix_length;
            status = 1;
            break;
        }
        status = NAME(match)(s, i);
        if (status != 0) {
            s->start = i;
            break;
        }
        s->must_advance = false;
    }
    if (found) finder_done(&finder);
    return status;
}

#undef UNIT
#undef UNIT_SIZE
#undef NAME
