/* The match statement.
 *
 * A pattern looks at its subject, which stays in a temporary, and jumps to `fail` if it doesn't match. Names are bound only when the whole pattern
 * has matched: until then their values wait in temporaries that belong to the case. On failure the case's temporaries are dropped.
 */
#include "vm/compile.h"
#include "runtime/abstract.h"
#include "runtime/list.h"
#include "runtime/str.h"

typedef struct Capture { AstStr *name; int reg; struct Capture *next; } Capture;
typedef struct PatternState {
    Capture *captures;
    bool irrefutable_allowed; /* an irrefutable pattern may stand here (last case, or guarded) */
} PatternState;

static void pattern(Compiler *c, Ast *p, int subject, PatternState *s, Label *fail_to);

static void capture(Compiler *c, AstStr *name, int reg, PatternState *s) {
    if (forbidden_name(c, c->pattern, name, AST_Store)) return;
    for (Capture *k = s->captures; k; k = k->next)
        if (k->name == name) {
            fail(c, c->pattern, "multiple assignments to name '%s' in pattern", name->text);
            return;
        }
    Capture *k = ARENA_NEW(c->arena, Capture);
    if (k == NULL) {
        fail_memory(c);
        return;
    }
    *k = (Capture){name, reg, s->captures};
    s->captures = k;
}

/* a fresh temporary with what `subject` holds */
static int copy_of(Compiler *c, int subject) {
    int r = temp(c);
    emit(c, I_COPY, r, subject, 0);
    return r;
}

static void match_value(Compiler *c, Ast *p, int subject, Ast *value, Label *fail_to) {
    if (value->kind != AST_Constant && value->kind != AST_Attribute && value->kind != AST_UnaryOp && value->kind != AST_BinOp) {
        fail(c, p, "patterns may only match literals and attribute lookups");
        return;
    }
    int mark = c->unit->next_temp, copy = copy_of(c, subject), r = expr_temp(c, value);
    at(c, p);
    emit_jump(c, I_JUMP_NOT_EQ, copy, r, fail_to);
    c->unit->next_temp = mark;
}

static void match_singleton(Compiler *c, Ast *p, int subject, Label *fail_to) {
    int mark = c->unit->next_temp, copy = copy_of(c, subject), r = temp(c);
    load_const(c, r, constant_value(c->t, &AST(MatchSingleton, p)->value));
    emit_jump(c, I_JUMP_IF_IS_NOT, copy, r, fail_to);
    c->unit->next_temp = mark;
}

static bool is_wildcard(Ast *p) { return p->kind == AST_MatchAs && AST(MatchAs, p)->name == NULL && AST(MatchAs, p)->pattern == NULL; }
static bool is_star_wildcard(Ast *p) { return p->kind == AST_MatchStar && AST(MatchStar, p)->name == NULL; }

/* Sub-patterns keep their captures above; nothing but captures may need a register after them, so heights aren't reset on success. */
static void match_sequence(Compiler *c, Ast *p, int subject, PatternState *s, Label *fail_to) {
    AstSeq items = AST(MatchSequence, p)->patterns;
    int star = -1, n = items.count;
    bool only_wildcards = true;
    for (int i = 0; i < n; i++) {
        if (items.items[i]->kind == AST_MatchStar) {
            if (star >= 0) {
                fail(c, p, "multiple starred names in sequence pattern");
                return;
            }
            star = i;
            only_wildcards &= is_star_wildcard(items.items[i]);
        } else {
            only_wildcards &= is_wildcard(items.items[i]);
        }
    }
    int mark = c->unit->next_temp, look = temp(c);
    emit(c, I_MATCH_SEQUENCE, look, subject, 0);
    emit_jump(c, I_JUMP_IF_FALSE, look, 0, fail_to);
    if (star < 0 || n > 1) { /* [*_] takes any length */
        emit(c, I_GET_LEN, look, subject, 0);
        int length = temp(c);
        load_const(c, length, ref_small_int(star < 0 ? n : n - 1));
        emit_jump(c, star < 0 ? I_JUMP_NOT_EQ : I_JUMP_NOT_GE, look, length, fail_to);
    }
    c->unit->next_temp = mark;
    if (only_wildcards) return;
    int copy = temp(c), base;
    if (star >= 0 && is_star_wildcard(items.items[star])) { /* subscripts: the middle is not looked at */
        c->unit->next_temp = copy;
        for (int i = 0; i < n; i++) {
            if (i == star || is_wildcard(items.items[i])) continue;
            int item = copy_of(c, subject), key = temp(c);
            if (i < star) {
                load_const(c, key, ref_small_int(i));
            } else {
                emit(c, I_GET_LEN, key, subject, 0);
                emit(c, I_SUB_K, key, key, (uint32_t)const_index(c, ref_small_int(n - i)));
            }
            emit(c, I_SUBSCR, item, item, (uint32_t)key);
            c->unit->next_temp = item + 1;
            pattern(c, items.items[i], item, s, fail_to);
        }
        return;
    }
    emit(c, I_COPY, copy, subject, 0);
    base = temps(c, n);
    if (star >= 0) emit(c, I_UNPACK_EX, base, copy, (uint32_t)(star | (n - star - 1) << 8));
    else emit(c, I_UNPACK, base, copy, (uint32_t)n);
    for (int i = 0; i < n; i++) {
        Ast *item = items.items[i];
        if (i == star) {
            c->pattern = item;
            if (AST(MatchStar, item)->name) capture(c, AST(MatchStar, item)->name, base + i, s);
        } else {
            pattern(c, item, base + i, s, fail_to);
        }
    }
}

static void match_mapping(Compiler *c, Ast *p, int subject, PatternState *s, Label *fail_to) {
    AstMatchMapping *m = AST(MatchMapping, p);
    int n = m->keys.count, look = temp(c);
    emit(c, I_MATCH_MAPPING, look, subject, 0);
    emit_jump(c, I_JUMP_IF_FALSE, look, 0, fail_to);
    if (n == 0 && m->rest == NULL) return;
    if (n) {
        int length = temp(c);
        emit(c, I_GET_LEN, look, subject, 0);
        load_const(c, length, ref_small_int(n));
        emit_jump(c, I_JUMP_NOT_GE, look, length, fail_to);
    }
    c->unit->next_temp = look;
    int keys = c->unit->next_temp;
    for (int i = 0; i < n; i++) {
        Ast *key = m->keys.items[i];
        Ref k;
        if (key->kind != AST_Attribute && fold(c, key, &k)) { /* repeated literal keys are an error */
            for (int j = 0; j < i; j++) {
                Ref other;
                if (m->keys.items[j]->kind == AST_Attribute || !fold(c, m->keys.items[j], &other)) continue;
                bool same = values_equal(c->t, ref_borrow(k), ref_borrow(other)) > 0;
                ref_drop(c->t, other);
                if (same) fail(c, p, "mapping pattern checks duplicate key (%.200R)", ref_borrow(k));
            }
            ref_drop(c->t, k);
        } else if (key->kind != AST_Constant && key->kind != AST_Attribute && key->kind != AST_UnaryOp && key->kind != AST_BinOp) {
            fail(c, p, "mapping pattern keys may only match literals and attribute lookups");
            return;
        }
        expr_temp(c, key);
    }
    if (n) emit(c, I_BUILD_TUPLE, keys, keys, (uint32_t)n);
    else load_const(c, keys, ref_new(c->t, tuple_empty()));
    c->unit->next_temp = keys;
    temp(c);
    int values = temp(c), copy = temp(c);
    at(c, p);
    emit(c, I_MATCH_KEYS, values, subject, (uint32_t)keys);
    emit(c, I_COPY, copy, values, 0);
    emit_jump(c, I_JUMP_IF_NONE, copy, 0, fail_to);
    int base = copy;
    c->unit->next_temp = base;
    temps(c, n);
    emit(c, I_UNPACK, base, values, (uint32_t)n);
    for (int i = 0; i < n; i++) pattern(c, m->patterns.items[i], base + i, s, fail_to);
    if (m->rest) {
        int rest = temp(c);
        emit(c, I_MATCH_REST, rest, subject, (uint32_t)keys);
        capture(c, m->rest, rest, s);
    }
}

static void match_class(Compiler *c, Ast *p, int subject, PatternState *s, Label *fail_to) {
    AstMatchClass *m = AST(MatchClass, p);
    int n = m->patterns.count, k = m->kwd_attrs.count;
    for (int i = 0; i < k; i++) {
        Ast *value = m->kwd_patterns.items[i];
        if (forbidden_name(c, value, m->kwd_attrs.items[i], AST_Store)) return;
        for (int j = i + 1; j < k; j++)
            if (m->kwd_attrs.items[i] == m->kwd_attrs.items[j]) {
                fail(c, m->kwd_patterns.items[j], "attribute name repeated in class pattern: %s", m->kwd_attrs.items[i]->text);
                return;
            }
    }
    int base = expr_temp(c, m->cls);
    temps(c, 2);
    if (c->failed) return;
    Ref names = tuple_new_uninit(c->t, (size_t)k);
    if (!ok(c, names)) return;
    for (int i = 0; i < k; i++)
        tuple_init_item(names, (size_t)i, ref_new(c->t, ident_value(c, symbols_mangle(c->names, c->unit->scope->private_name, m->kwd_attrs.items[i]))));
    load_const(c, base + 1, names);
    load_const(c, base + 2, ref_small_int(n));
    at(c, p);
    emit(c, I_MATCH_CLASS, base, subject, (uint32_t)base);
    emit(c, I_COPY, base + 1, base, 0);
    emit_jump(c, I_JUMP_IF_NONE, base + 1, 0, fail_to);
    c->unit->next_temp = base + 1;
    int values = temps(c, n + k);
    emit(c, I_UNPACK, values, base, (uint32_t)(n + k));
    for (int i = 0; i < n + k; i++) {
        Ast *sub = i < n ? m->patterns.items[i] : m->kwd_patterns.items[i - n];
        if (!is_wildcard(sub)) pattern(c, sub, values + i, s, fail_to);
    }
}

static void match_as(Compiler *c, Ast *p, int subject, PatternState *s, Label *fail_to) {
    AstMatchAs *m = AST(MatchAs, p);
    if (m->pattern == NULL) {
        if (!s->irrefutable_allowed) {
            if (m->name) fail(c, p, "name capture '%s' makes remaining patterns unreachable", m->name->text);
            else fail(c, p, "wildcard makes remaining patterns unreachable");
            return;
        }
        if (m->name) capture(c, m->name, copy_of(c, subject), s);
        return;
    }
    pattern(c, m->pattern, subject, s, fail_to);
    capture(c, m->name, copy_of(c, subject), s);
}

/* How many names a pattern binds: an upper bound, since repetitions are errors found later */
static int count_names(Ast *p) {
    int n = 0;
    switch (p->kind) {
    case AST_MatchStar: return AST(MatchStar, p)->name != NULL;
    case AST_MatchAs: return (AST(MatchAs, p)->name != NULL) + (AST(MatchAs, p)->pattern ? count_names(AST(MatchAs, p)->pattern) : 0);
    case AST_MatchSequence: AST_EACH(q, AST(MatchSequence, p)->patterns) n += count_names(q); return n;
    case AST_MatchMapping: AST_EACH(q, AST(MatchMapping, p)->patterns) n += count_names(q); return n + (AST(MatchMapping, p)->rest != NULL);
    case AST_MatchClass:
        AST_EACH(q, AST(MatchClass, p)->patterns) n += count_names(q);
        AST_EACH(q, AST(MatchClass, p)->kwd_patterns) n += count_names(q);
        return n;
    case AST_MatchOr: return AST(MatchOr, p)->patterns.count ? count_names(AST(MatchOr, p)->patterns.items[0]) : 0;
    default: return 0;
    }
}

static Capture *find_capture(Capture *list, AstStr *name) {
    while (list && list->name != name) list = list->next;
    return list;
}

/* p | q: all alternatives bind the same names; each moves its values to one register per name */
static void match_or(Compiler *c, Ast *p, int subject, PatternState *s, Label *fail_to) {
    AstSeq alternatives = AST(MatchOr, p)->patterns;
    Unit *u = c->unit;
    Label matched = LABEL_INIT;
    Capture *first = NULL;
    int count = count_names(alternatives.items[0]), slots = temps(c, count), mark = u->next_temp;
    for (int i = 0; i < alternatives.count && !c->failed; i++) {
        Label next = LABEL_INIT;
        bool last = i == alternatives.count - 1;
        PatternState state = {NULL, last && s->irrefutable_allowed};
        u->next_temp = mark;
        pattern(c, alternatives.items[i], subject, &state, last ? fail_to : &next);
        if (i == 0) first = state.captures;
        int n = 0, slot = slots;
        for (Capture *k = state.captures; k; k = k->next) n++;
        for (Capture *k = first; k && !c->failed; k = k->next, n--) {
            Capture *q = find_capture(state.captures, k->name);
            if (q == NULL) n = -1;
            else emit(c, I_MOVE, slot++, q->reg, 0);
            if (n < 0) break;
        }
        if (n != 0) {
            fail(c, c->pattern, "alternative patterns bind different names");
            return;
        }
        if (!last) {
            emit_jump(c, I_JUMP, 0, 0, &matched);
            label_place(c, &next);
        }
    }
    label_place(c, &matched);
    int slot = slots;
    for (Capture *k = first; k; k = k->next) capture(c, k->name, slot++, s);
    u->next_temp = mark;
}

static void pattern(Compiler *c, Ast *p, int subject, PatternState *s, Label *fail_to) {
    if (c->failed) return;
    CodePosition old = at(c, p);
    c->pattern = p;
    bool allowed = s->irrefutable_allowed;
    if (p->kind != AST_MatchAs && p->kind != AST_MatchOr) s->irrefutable_allowed = true; /* inside, captures are no problem */
    switch (p->kind) {
    case AST_MatchValue: match_value(c, p, subject, AST(MatchValue, p)->value, fail_to); break;
    case AST_MatchSingleton: match_singleton(c, p, subject, fail_to); break;
    case AST_MatchSequence: match_sequence(c, p, subject, s, fail_to); break;
    case AST_MatchMapping: match_mapping(c, p, subject, s, fail_to); break;
    case AST_MatchClass: match_class(c, p, subject, s, fail_to); break;
    case AST_MatchAs: match_as(c, p, subject, s, fail_to); break;
    case AST_MatchOr: match_or(c, p, subject, s, fail_to); break;
    case AST_MatchStar: fail(c, p, "star pattern outside of a sequence"); break;
    default: fail(c, p, "invalid pattern");
    }
    s->irrefutable_allowed = allowed;
    c->pos = old;
}

void compile_match(Compiler *c, Ast *node) {
    AstMatch *n = AST(Match, node);
    Unit *u = c->unit;
    int subject = expr_temp(c, n->subject), mark = u->next_temp;
    Label end = LABEL_INIT;
    for (int i = 0; i < n->cases.count && !c->failed; i++) {
        Astmatch_case *k = AST(match_case, n->cases.items[i]);
        Label next = LABEL_INIT;
        PatternState s = {NULL, k->guard != NULL || i == n->cases.count - 1};
        int high_before = u->max_regs;
        u->max_regs = u->next_temp;
        pattern(c, k->pattern, subject, &s, &next);
        int used = u->max_regs; /* the pattern's temporaries: [mark, used) */
        at(c, k->pattern);
        if (u->max_regs < high_before) u->max_regs = high_before;
        for (Capture *q = s.captures; q; q = q->next) store_name(c, q->name, q->reg);
        for (int r = mark; r < used; r++) emit(c, I_DROP, r, 0, 0);
        u->next_temp = mark;
        if (k->guard) jump_if(c, k->guard, false, &next);
        emit(c, I_DROP, subject, 0, 0);
        body(c, k->body);
        at_nowhere(c);
        if (!u->unreachable) emit_jump(c, I_JUMP, 0, 0, &end);
        label_place(c, &next);
        at_nowhere(c);
        for (int r = mark; r < used; r++) emit(c, I_DROP, r, 0, 0);
    }
    at_nowhere(c);
    emit(c, I_DROP, subject, 0, 0);
    u->next_temp = subject;
    label_place(c, &end);
}
