/* _sre: the module, Pattern objects and scanners. */
#include "runtime/modules/_sre.h"
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/unicode_data.h"

/* ---- runs -------------------------------------------------------------------------------------------------------------- */
int sre_state_init(Thread *t, SreState *s, Pattern *p, Value string, int64_t pos, int64_t endpos) {
    s->t = t;
    s->program = &p->program;
    s->viewed = false;
    s->text = REF_NULL;
    s->stack = s->small_stack;
    s->capacity = SRE_SMALL_STACK;
    s->repeats = s->small_repeats;
    s->repeat_capacity = 8;
    s->mark = s->small_marks;
    s->last_index = -1;
    s->must_advance = s->whole = false;
    s->ticks = 0;
    if (is_str(string)) {
        if (p->is_bytes && !p->is_any) return err_int(err_set(t, E_TypeError, "cannot use a bytes pattern on a string-like object"));
        s->subject = span_str(string);
    } else {
        if (!buffer_supported(string)) return err_int(err_set(t, E_TypeError, "expected string or bytes-like object, got '%.200T'", string));
        if (!p->is_bytes && !p->is_any) return err_int(err_set(t, E_TypeError, "cannot use a string pattern on a bytes-like object"));
        if (is_bytes(string)) {
            s->subject = span_bytes(bytes_data(string), bytes_length(string));
        } else {
            if (buffer_get_snapshot(t, string, &s->view) < 0) {
                err_clear(t);
                return err_int(err_set(t, E_TypeError, "expected string or bytes-like object, got '%.200T'", string));
            }
            s->viewed = true;
            s->subject = span_bytes(s->view.data, (size_t)s->view.len);
        }
    }
    size_t marks = 2 * (size_t)p->program.groups;
    if (marks > SRE_SMALL_MARKS && (s->mark = mem_alloc(marks * sizeof *s->mark)) == NULL) {
        if (s->viewed) buffer_release(t, &s->view);
        return err_int(err_no_memory(t));
    }
    for (size_t i = 0; i < marks; i++) s->mark[i] = -1;
    int64_t n = (int64_t)s->subject.length;
    s->text = ref_new(t, string);
    s->start = pos < 0 ? 0 : pos > n ? n : pos;
    s->end = endpos < 0 ? 0 : endpos > n ? n : endpos;
    return 0;
}

void sre_state_done(SreState *s) {
    if (s->mark != s->small_marks) mem_free(s->mark);
    if (s->stack != s->small_stack) mem_free(s->stack);
    if (s->repeats != s->small_repeats) mem_free(s->repeats);
    if (s->viewed) buffer_release(s->t, &s->view);
    ref_drop(s->t, s->text);
}

/* Ready for the next match behind the last one; one that is empty again at its end doesn't count. */
static void state_next(SreState *s) {
    s->must_advance = s->at == s->start;
    s->start = s->at;
    s->last_index = -1;
    for (size_t i = 0; i < 2 * (size_t)s->program->groups; i++) s->mark[i] = -1;
}

Ref sre_slice(SreState *s, int64_t start, int64_t end) {
    Value v = ref_borrow(s->text);
    if (is_str(v)) return str_slice(s->t, v, start, end);
    if (is_exact(v, &bytes_type) && start == 0 && end == (int64_t)bytes_length(v)) return ref_new(s->t, v);
    return bytes_new(s->t, (const uint8_t *)s->subject.data + start, (size_t)(end - start));
}
static Ref group_slice(SreState *s, uint32_t group, bool empty_if_unset) {
    int64_t from = s->mark[2 * group - 2], to = s->mark[2 * group - 1];
    if (from >= 0 && to >= from) return sre_slice(s, from, to);
    return empty_if_unset ? sre_slice(s, 0, 0) : REF_NONE;
}

/* ---- match, search, … ---------------------------------------------------------------------------------------------------- */
static int region(Thread *t, Value pos, Value endpos, int64_t *from, int64_t *to) {
    *from = 0;
    *to = INT64_MAX;
    return (!value_is_null(pos) && size_arg(t, pos, from) < 0) || (!value_is_null(endpos) && size_arg(t, endpos, to) < 0) ? -1 : 0;
}

typedef enum { HOW_MATCH, HOW_FULL, HOW_SEARCH } How;
static Ref run(Thread *t, Value self, const Value *a, How how) {
    SreState s;
    int64_t from, to;
    if (region(t, a[1], a[2], &from, &to) < 0 || sre_state_init(t, &s, as(Pattern, self), a[0], from, to) < 0) return REF_NULL;
    from = s.start;
    s.whole = how == HOW_FULL;
    int status = s.start > s.end ? 0 : how == HOW_SEARCH ? sre_search(&s) : sre_match(&s);
    Ref r = status == 0 ? REF_NONE : REF_NULL;
    if (status > 0) {
        r = match_new(t, self, &s);
        if (!ref_is_null(r)) {
            as(MatchObject, ref_borrow(r))->pos = from;
            as(MatchObject, ref_borrow(r))->endpos = s.end;
        }
    }
    sre_state_done(&s);
    return r;
}
static Ref pattern_match(Thread *t, Value self, const Value *a) { return run(t, self, a, HOW_MATCH); }
static Ref pattern_fullmatch(Thread *t, Value self, const Value *a) { return run(t, self, a, HOW_FULL); }
static Ref pattern_search(Thread *t, Value self, const Value *a) { return run(t, self, a, HOW_SEARCH); }

static Ref found_item(SreState *s) {
    uint32_t groups = s->program->groups;
    if (groups == 0) return sre_slice(s, s->start, s->at);
    if (groups == 1) return group_slice(s, 1, true);
    Ref item = tuple_new_uninit(s->t, groups);
    for (uint32_t g = 1; !ref_is_null(item) && g <= groups; g++) {
        Ref part = group_slice(s, g, true);
        if (ref_is_null(part)) {
            ref_drop(s->t, item);
            return part;
        }
        tuple_init_item(item, g - 1, part);
    }
    return item;
}

static Ref pattern_findall(Thread *t, Value self, const Value *a) {
    SreState s;
    int64_t from, to;
    if (region(t, a[1], a[2], &from, &to) < 0 || sre_state_init(t, &s, as(Pattern, self), a[0], from, to) < 0) return REF_NULL;
    Ref list = list_new(t, 0);
    int status = ref_is_null(list) ? -1 : 1;
    while (status > 0 && s.start <= s.end && (status = sre_search(&s)) > 0) {
        Ref item = found_item(&s);
        if (ref_is_null(item) || list_append_steal(t, ref_borrow(list), item) < 0) status = -1;
        state_next(&s);
    }
    sre_state_done(&s);
    if (status >= 0) return list;
    ref_drop(t, list);
    return REF_NULL;
}

static Ref pattern_split(Thread *t, Value self, const Value *a) {
    SreState s;
    int64_t max = 0, last = 0;
    if (!value_is_null(a[1]) && size_arg(t, a[1], &max) < 0) return REF_NULL;
    if (sre_state_init(t, &s, as(Pattern, self), a[0], 0, INT64_MAX) < 0) return REF_NULL;
    Ref list = list_new(t, 0), item;
    int status = ref_is_null(list) ? -1 : 1;
    for (int64_t n = 0; status > 0 && (max == 0 || n < max) && (status = sre_search(&s)) > 0; n++) {
        item = sre_slice(&s, last, s.start);
        if (ref_is_null(item) || list_append_steal(t, ref_borrow(list), item) < 0) status = -1;
        for (uint32_t g = 1; status > 0 && g <= s.program->groups; g++) {
            item = group_slice(&s, g, false);
            if (ref_is_null(item) || list_append_steal(t, ref_borrow(list), item) < 0) status = -1;
        }
        last = s.at;
        state_next(&s);
    }
    if (status >= 0) {
        item = sre_slice(&s, last, s.end);
        if (ref_is_null(item) || list_append_steal(t, ref_borrow(list), item) < 0) status = -1;
    }
    sre_state_done(&s);
    if (status >= 0) return list;
    ref_drop(t, list);
    return REF_NULL;
}

/* ---- sub -------------------------------------------------------------------------------------------------------------------- */
/* The result in the making: text or bytes. */
typedef struct Output { bool bytes; StrBuilder text; ByteBuilder data; size_t pieces; } Output;

static int put_slice(Thread *t, Output *out, SreState *s, int64_t from, int64_t to) {
    if (from >= to) return 0;
    out->pieces++;
    if (!out->bytes) return builder_slice(t, &out->text, ref_borrow(s->text), (size_t)from, (size_t)to);
    return bytes_append(t, &out->data, (const uint8_t *)s->subject.data + from, (size_t)(to - from));
}
static int put_object(Thread *t, Output *out, Value v) {
    if (!out->bytes) {
        if (is_str(v)) return builder_str(t, &out->text, v);
        return err_int(err_set(t, E_TypeError, "sequence item %zd: expected str instance, %.80T found", out->pieces, v));
    }
    Buffer view;
    if (is_bytes(v)) return bytes_append(t, &out->data, bytes_data(v), bytes_length(v));
    if (!buffer_supported(v))
        return err_int(err_set(t, E_TypeError, "sequence item %zd: expected a bytes-like object, %.80T found", out->pieces, v));
    if (buffer_get_snapshot(t, v, &view) < 0) return -1;
    int status = bytes_append(t, &out->data, view.data, (size_t)view.len);
    buffer_release(t, &view);
    return status;
}

/* A template as re._parser.parse_template made it: ([(index, group), …], [literal, …]). Unset groups count as empty. */
static int put_template(Thread *t, Output *out, SreState *s, Value template) {
    Value groups = tuple_get(template, 0), literals = tuple_get(template, 1);
    size_t next = 0;
    for (size_t i = 0;; i++) {
        Value literal = list_get(literals, i);
        if (value_is_null(literal)) return 0;
        if (!value_is_none(literal)) {
            Ref own = ref_new(t, literal);
            int status = put_object(t, out, ref_borrow(own));
            ref_drop(t, own);
            if (status < 0) return -1;
            continue;
        }
        Value pair = list_get(groups, next++);
        int64_t g;
        if (value_is_null(pair) || !is_tuple(pair) || tuple_size(pair) != 2 || !is_int(tuple_get(pair, 1)) ||
            int_try_i64(tuple_get(pair, 1), &g) < 0 || g < 0 || g > s->program->groups)
            return err_int(err_set(t, E_IndexError, "invalid group reference"));
        int64_t from = g == 0 ? s->start : s->mark[2 * g - 2], to = g == 0 ? s->at : s->mark[2 * g - 1];
        if (from >= 0 && to > from && put_slice(t, out, s, from, to) < 0) return -1;
    }
}

typedef enum { REPLACE_LITERAL, REPLACE_TEMPLATE, REPLACE_CALL } ReplaceKind;
/* What stands for the matches. -1: exception */
static int replacement(Thread *t, Value self, Value repl, Ref *out) {
    if (is_callable(repl)) {
        *out = ref_new(t, repl);
        return REPLACE_CALL;
    }
    bool plain = false;
    if (is_str(repl)) plain = span_find_char(span_str(repl), '\\', 1) < 0;
    else if (buffer_supported(repl)) {
        Buffer view;
        if (buffer_get_snapshot(t, repl, &view) < 0) return -1;
        plain = memchr(view.data, '\\', (size_t)view.len) == NULL;
        buffer_release(t, &view);
    }
    if (plain) {
        *out = ref_new(t, repl);
        return REPLACE_LITERAL;
    }
    Ref f = import_attr(t, "re", "_subx");
    if (ref_is_null(f)) return -1;
    *out = call2(t, ref_borrow(f), self, repl);
    ref_drop(t, f);
    if (ref_is_null(*out)) return -1;
    if (!is_callable(ref_borrow(*out))) return REPLACE_LITERAL;
    /* a function whose default argument is the template: expanded here rather than there */
    Ref defaults = get_attr_opt(t, ref_borrow(*out), N(__defaults__)), template = REF_NULL;
    if (ref_is_null(defaults) && err_pending(t)) err_clear(t);
    if (!ref_is_null(defaults) && is_tuple(ref_borrow(defaults)) && tuple_size(ref_borrow(defaults)) == 1)
        template = ref_new(t, tuple_get(ref_borrow(defaults), 0));
    ref_drop(t, defaults);
    Value v = ref_borrow(template);
    if (value_is_null(v) || !is_tuple(v) || tuple_size(v) != 2 || !is_list(tuple_get(v, 0)) || !is_list(tuple_get(v, 1))) {
        ref_drop(t, template);
        return REPLACE_CALL;
    }
    ref_drop(t, *out);
    *out = template;
    return REPLACE_TEMPLATE;
}

static int replace_one(Thread *t, Value self, SreState *s, int64_t pos, ReplaceKind kind, Value repl, Output *out) {
    int status;
    switch (kind) {
    case REPLACE_TEMPLATE: status = put_template(t, out, s, repl); break;
    case REPLACE_LITERAL: status = put_object(t, out, repl); break;
    default: {
        Ref m = match_new(t, self, s);
        if (ref_is_null(m)) return -1;
        as(MatchObject, ref_borrow(m))->pos = pos;
        as(MatchObject, ref_borrow(m))->endpos = s->end;
        Ref r = call1(t, repl, ref_borrow(m));
        ref_drop(t, m);
        if (ref_is_null(r)) return -1;
        status = value_is_none(ref_borrow(r)) ? 0 : put_object(t, out, ref_borrow(r));
        ref_drop(t, r);
    }
    }
    out->pieces++;
    return status;
}

static Ref substitute(Thread *t, Value self, const Value *a, bool count_too) {
    SreState s;
    int64_t max = 0, n = 0, last = 0;
    Ref repl;
    if (!value_is_null(a[2]) && size_arg(t, a[2], &max) < 0) return REF_NULL;
    int kind = replacement(t, self, a[0], &repl);
    if (kind < 0) return REF_NULL;
    if (sre_state_init(t, &s, as(Pattern, self), a[1], 0, INT64_MAX) < 0) {
        ref_drop(t, repl);
        return REF_NULL;
    }
    Output out = {.bytes = !is_str(a[1]), .text = STR_BUILDER, .data = BYTE_BUILDER};
    int status = 1;
    while ((max == 0 || n < max) && (status = sre_search(&s)) > 0) {
        if (put_slice(t, &out, &s, last, s.start) < 0 || replace_one(t, self, &s, 0, (ReplaceKind)kind, ref_borrow(repl), &out) < 0) {
            status = -1;
            break;
        }
        last = s.at;
        n++;
        state_next(&s);
    }
    Ref r = REF_NULL;
    if (status >= 0) {
        if (n == 0) r = sre_slice(&s, 0, s.end);
        else if (put_slice(t, &out, &s, last, s.end) == 0) r = out.bytes ? bytes_finish(t, &out.data) : builder_finish(t, &out.text);
    }
    builder_drop(&out.text);
    bytes_drop(&out.data);
    sre_state_done(&s);
    ref_drop(t, repl);
    if (ref_is_null(r) || !count_too) return r;
    Ref pair[2] = {r, ref_small_int(n)};
    return tuple_from_steal(t, pair, 2);
}
static Ref pattern_sub(Thread *t, Value self, const Value *a) { return substitute(t, self, a, false); }
static Ref pattern_subn(Thread *t, Value self, const Value *a) { return substitute(t, self, a, true); }

/* ---- scanners ------------------------------------------------------------------------------------------------------------------ */
/* Steps through the matches of one text. The position is one word: of two threads that share a scanner and find the same match one takes it, the other searches on. */
typedef struct Scanner {
    Object base;
    Slot pattern, string;
    Slot hold; /* a view that pins the memory of a mutable subject, or null */
    int64_t pos, endpos;
    _Atomic int64_t x_at; /* next start << 1 | must advance; -1: at the end */
} Scanner;
extern Type scanner_type, finditer_type;

static Ref scanner_new(Thread *t, Value self, const Value *a, Type *type) {
    SreState s; /* checks the arguments */
    int64_t from, to;
    if (region(t, a[1], a[2], &from, &to) < 0 || sre_state_init(t, &s, as(Pattern, self), a[0], from, to) < 0) return REF_NULL;
    Scanner *sc = object_new(Scanner, t, type);
    if (sc != NULL) {
        slot_init(&sc->pattern, ref_new(t, self));
        slot_init(&sc->string, ref_new(t, a[0]));
        sc->pos = s.start;
        sc->endpos = s.end;
        store_relaxed(&sc->x_at, s.start <= s.end ? s.start << 1 : -1);
    }
    sre_state_done(&s);
    Ref r = ref_steal(sc);
    if (sc != NULL && !is_str(a[0]) && !is_bytes(a[0])) {
        Ref hold = memoryview_new(t, a[0]);
        if (ref_is_null(hold)) {
            ref_drop(t, r);
            return hold;
        }
        slot_init(&sc->hold, hold);
    }
    return r;
}
static Ref pattern_scanner(Thread *t, Value self, const Value *a) { return scanner_new(t, self, a, &scanner_type); }
static Ref pattern_finditer(Thread *t, Value self, const Value *a) { return scanner_new(t, self, a, &finditer_type); }

/* The match from `at` on, and *next: where the one after it is looked for. None at the end */
static Ref scan_from(Thread *t, Scanner *sc, int64_t at, bool search, int64_t *next) {
    SreState s;
    Value pattern = slot_get(&sc->pattern);
    if (sre_state_init(t, &s, as(Pattern, pattern), slot_get(&sc->string), at >> 1, sc->endpos) < 0) return REF_NULL;
    s.must_advance = at & 1;
    int status = s.start > s.end ? 0 : search ? sre_search(&s) : sre_match(&s);
    Ref r = status == 0 ? REF_NONE : REF_NULL;
    if (status > 0) {
        r = match_new(t, pattern, &s);
        if (!ref_is_null(r)) {
            as(MatchObject, ref_borrow(r))->pos = sc->pos;
            as(MatchObject, ref_borrow(r))->endpos = s.end;
        }
        *next = s.at << 1 | (s.at == s.start);
    } else if (status == 0) {
        *next = -1;
    }
    sre_state_done(&s);
    return r;
}
static Ref scanner_step(Thread *t, Value self, bool search) {
    Scanner *sc = as(Scanner, self);
    int64_t at = load_relaxed(&sc->x_at), next;
    for (;;) {
        if (at < 0) return REF_NONE;
        Ref r = scan_from(t, sc, at, search, &next);
        if (ref_is_null(r) || likely(cas_relaxed(&sc->x_at, &at, next))) return r;
        ref_drop(t, r);
        if (safepoint(t) < 0) return REF_NULL;
    }
}
static Ref scanner_match(Thread *t, Value self, const Value *a) { return scanner_step(t, self, false); }
static Ref scanner_search(Thread *t, Value self, const Value *a) { return scanner_step(t, self, true); }
static Ref finditer_next(Thread *t, Value self) {
    Ref r = scanner_step(t, self, true);
    return ref_is_none(r) ? REF_NULL : r;
}
static void scanner_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((Scanner *)o)->pattern, visit, arg);
    slot_visit(&((Scanner *)o)->string, visit, arg);
    slot_visit(&((Scanner *)o)->hold, visit, arg);
}
static void scanner_destroy(Thread *t, Object *o) {
    slot_set(t, o, &((Scanner *)o)->pattern, REF_NULL);
    slot_set(t, o, &((Scanner *)o)->string, REF_NULL);
    slot_set(t, o, &((Scanner *)o)->hold, REF_NULL);
}
static NativeDef scanner_methods[] = {
    FN("match", "($self, /)", scanner_match, "The match at the scanner's position, or None."),
    FN("search", "($self, /)", scanner_search, "The next match, or None."),
    FN_END,
};
static const MemberDef scanner_members[] = {{"pattern", MEMBER_SLOT, offsetof(Scanner, pattern), true, "The pattern."}, {NULL}};
Type scanner_type = {
    TYPE_HEADER(Scanner, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, scanner_traverse, NULL, scanner_destroy),
    .name = "_sre.SRE_Scanner",
    .methods = scanner_methods,
    .members = scanner_members,
};
Type finditer_type = {
    TYPE_HEADER(Scanner, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, scanner_traverse, NULL, scanner_destroy),
    .name = "callable_iterator",
    .iter = iter_self,
    .next = finditer_next,
};

/* ---- Pattern --------------------------------------------------------------------------------------------------------------------- */
static void pattern_traverse(Object *o, VisitFn visit, void *arg) {
    Pattern *p = (Pattern *)o;
    slot_visit(&p->pattern, visit, arg);
    slot_visit(&p->groupindex, visit, arg);
    slot_visit(&p->indexgroup, visit, arg);
}
static void pattern_destroy(Thread *t, Object *o) {
    Pattern *p = (Pattern *)o;
    slot_set(t, o, &p->pattern, REF_NULL);
    slot_set(t, o, &p->groupindex, REF_NULL);
    slot_set(t, o, &p->indexgroup, REF_NULL);
    program_done(&p->program);
}

static Ref pattern_repr(Thread *t, Value self) {
    static const struct { const char *name; uint32_t value; } flags[] = {
        {"re.TEMPLATE", FLAG_TEMPLATE}, {"re.IGNORECASE", FLAG_IGNORECASE}, {"re.LOCALE", FLAG_LOCALE}, {"re.MULTILINE", FLAG_MULTILINE},
        {"re.DOTALL", FLAG_DOTALL}, {"re.UNICODE", FLAG_UNICODE}, {"re.VERBOSE", FLAG_VERBOSE}, {"re.DEBUG", FLAG_DEBUG}, {"re.ASCII", FLAG_ASCII}};
    Pattern *p = as(Pattern, self);
    uint32_t left = p->flags;
    if (!p->is_any && !p->is_bytes && (left & (FLAG_LOCALE | FLAG_UNICODE | FLAG_ASCII)) == FLAG_UNICODE) left &= ~(uint32_t)FLAG_UNICODE;
    StrBuilder b = STR_BUILDER;
    int status = builder_format(t, &b, "re.compile(%.200R", slot_get(&p->pattern));
    const char *before = ", ";
    for (size_t i = 0; status == 0 && i < sizeof flags / sizeof *flags; i++) {
        if (!(left & flags[i].value)) continue;
        status = builder_format(t, &b, "%s%s", before, flags[i].name);
        before = "|";
        left &= ~flags[i].value;
    }
    if (status == 0 && left != 0) status = builder_format(t, &b, "%s0x%x", before, left);
    if (status == 0 && builder_char(t, &b, ')') == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

static int64_t pattern_hash(Thread *t, Value self) {
    Pattern *p = as(Pattern, self);
    int64_t h = object_hash(t, slot_get(&p->pattern));
    if (h == -1) return -1;
    h ^= hash_bytes(p->program.code, p->program.size * sizeof *p->program.code) ^ p->flags ^ p->is_bytes ^ p->program.groups;
    return h == -1 ? -2 : h;
}
static Ref pattern_compare(Thread *t, Value a, Value b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !is_exact(a, &pattern_type) || !is_exact(b, &pattern_type)) return REF_NOT_IMPLEMENTED;
    if (value_is(a, b)) return ref_bool(op == CMP_EQ);
    Pattern *x = as(Pattern, a), *y = as(Pattern, b);
    int equal = x->flags == y->flags && x->is_bytes == y->is_bytes && x->program.groups == y->program.groups && x->program.size == y->program.size &&
                memcmp(x->program.code, y->program.code, x->program.size * sizeof *x->program.code) == 0;
    if (equal) equal = values_equal(t, slot_get(&x->pattern), slot_get(&y->pattern));
    return equal < 0 ? REF_NULL : ref_bool(equal == (op == CMP_EQ));
}
static Ref get_flags(Thread *t, Value self, void *closure) { return ref_small_int(as(Pattern, self)->flags); }
static Ref get_groups(Thread *t, Value self, void *closure) { return ref_small_int(as(Pattern, self)->program.groups); }
static Ref get_groupindex(Thread *t, Value self, void *closure) {
    Value index = slot_get(&as(Pattern, self)->groupindex);
    return dict_size(index) == 0 ? dict_new(t) : call1(t, type_value(&mappingproxy_type), index);
}
static const GetSetDef pattern_getset[] = {
    {"flags", get_flags, readonly_member, "The flags it was compiled with."},
    {"groups", get_groups, readonly_member, "Number of groups."},
    {"groupindex", get_groupindex, NULL, "Numbers of the named groups."},
    {NULL},
};
static const MemberDef pattern_members[] = {{"pattern", MEMBER_SLOT, offsetof(Pattern, pattern), true, "The text it was compiled from."}, {NULL}};
static Ref itself(Thread *t, Value self, const Value *a) { return ref_new(t, self); }
static Ref class_getitem(Thread *t, Value cls, const Value *a) { return call2(t, type_value(&generic_alias_type), cls, a[0]); }
#define REGION "($self, /, string, pos=0, endpos=sys.maxsize)"
static NativeDef pattern_methods[] = {
    FN("match", REGION, pattern_match, "A match at the beginning of the text, or None."),
    FN("fullmatch", REGION, pattern_fullmatch, "A match of all of the text, or None."),
    FN("search", REGION, pattern_search, "The first match in the text, or None."),
    FN("sub", "($self, /, repl, string, count=0)", pattern_sub, "The text with its matches replaced."),
    FN("subn", "($self, /, repl, string, count=0)", pattern_subn, "The text with its matches replaced, and their number."),
    FN("findall", REGION, pattern_findall, "List of all matches, as texts or tuples of groups."),
    FN("split", "($self, /, string, maxsplit=0)", pattern_split, "List of the pieces between matches."),
    FN("finditer", REGION, pattern_finditer, "Iterator over all matches."),
    FN("scanner", REGION, pattern_scanner, "A scanner that steps through the text."),
    FN("__copy__", "($self, /)", itself, "The pattern itself."),
    FN("__deepcopy__", "($self, memo, /)", itself, "The pattern itself."),
    FN_CLASS("__class_getitem__", "!($type, item, /)", class_getitem, "A generic alias."),
    FN_END,
};
Type pattern_type = {
    TYPE_HEADER(Pattern, TYPE_CONTAINER | TYPE_NO_INSTANTIATION | TYPE_WEAKREFABLE | TYPE_UNCOUNTED, pattern_traverse, NULL, pattern_destroy),
    .name = "re.Pattern",
    .doc = "A compiled regular expression.",
    .weakrefs_offset = offsetof(Pattern, weakrefs),
    .methods = pattern_methods,
    .getset = pattern_getset,
    .members = pattern_members,
    .repr = pattern_repr,
    .hash = pattern_hash,
    .richcompare = pattern_compare,
};

/* ---- the module --------------------------------------------------------------------------------------------------------------------- */
static int read_code(Thread *t, Program *p, Value code) {
    if (!is_list(code)) return err_int(err_set(t, E_TypeError, "compile() argument 'code' must be list, not %G", code));
    p->size = list_size(code);
    p->code = mem_alloc((p->size + 1) * sizeof *p->code);
    if (p->code == NULL) return err_int(err_no_memory(t));
    for (size_t i = 0; i < p->size; i++) {
        Value v = list_get(code, i);
        int64_t n = -1;
        if (!value_is_null(v) && !is_int(v)) return err_int(err_set(t, E_TypeError, "an integer is required"));
        if (value_is_null(v) || int_try_i64(v, &n) < 0 || n < 0 || n > UINT32_MAX)
            return err_int(err_set(t, E_OverflowError, "regular expression code size limit exceeded"));
        p->code[i] = (uint32_t)n;
    }
    return 0;
}

static Ref compile(Thread *t, Value self, const Value *a) {
    int flags;
    int64_t groups;
    if (as_int(t, a[1], &flags) < 0 || index_as_i64(t, a[3], &groups) < 0) return REF_NULL;
    if (!is_dict(a[4])) return err_set(t, E_TypeError, "compile() argument 'groupindex' must be dict, not %G", a[4]);
    if (!is_tuple(a[5])) return err_set(t, E_TypeError, "compile() argument 'indexgroup' must be tuple, not %G", a[5]);
    if (groups < 0 || groups > SRE_MAXGROUPS) return err_set(t, E_RuntimeError, "invalid SRE code");
    Pattern *p = object_new(Pattern, t, &pattern_type);
    if (p == NULL) return REF_NULL;
    Ref r = ref_steal(p);
    slot_init(&p->pattern, ref_new(t, a[0]));
    slot_init(&p->groupindex, ref_new(t, a[4]));
    slot_init(&p->indexgroup, ref_new(t, a[5]));
    p->flags = (uint32_t)flags;
    p->is_any = value_is_none(a[0]);
    p->is_bytes = !p->is_any && !is_str(a[0]);
    p->program.groups = (uint32_t)groups;
    if (read_code(t, &p->program, a[2]) == 0 && program_prepare(t, &p->program) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

static int character(Thread *t, Value v, uint32_t *c) {
    int i;
    if (as_int(t, v, &i) < 0) return -1;
    *c = (uint32_t)i;
    return 0;
}
static Ref ascii_iscased(Thread *t, Value self, const Value *a) {
    uint32_t c;
    if (character(t, a[0], &c) < 0) return REF_NULL;
    return ref_bool((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'));
}
static Ref unicode_iscased(Thread *t, Value self, const Value *a) {
    uint32_t c;
    if (character(t, a[0], &c) < 0) return REF_NULL;
    return ref_bool(uni_simple_lower(c) != c || uni_simple_upper(c) != c);
}
static Ref ascii_tolower(Thread *t, Value self, const Value *a) {
    uint32_t c;
    return character(t, a[0], &c) < 0 ? REF_NULL : ref_small_int(sre_lower_ascii(c));
}
static Ref unicode_tolower(Thread *t, Value self, const Value *a) {
    uint32_t c;
    return character(t, a[0], &c) < 0 ? REF_NULL : ref_small_int(uni_simple_lower(c));
}
static Ref getcodesize(Thread *t, Value self, const Value *a) { return ref_small_int(4); }

static NativeDef functions[] = {
    FN("compile", "($module, /, pattern, flags, code, groups, groupindex, indexgroup)", compile, "A pattern object from code."),
    FN("getcodesize", "($module, /)", getcodesize, "Size of a code word in bytes."),
    FN("ascii_iscased", "($module, character, /)", ascii_iscased, "Whether case matters for a character, among ASCII."),
    FN("unicode_iscased", "($module, character, /)", unicode_iscased, "Whether case matters for a character."),
    FN("ascii_tolower", "($module, character, /)", ascii_tolower, "The lower case of a character, among ASCII."),
    FN("unicode_tolower", "($module, character, /)", unicode_tolower, "The lower case of a character."),
    FN_END,
};

int module_init_sre(Thread *t, Value module) {
    Type *types[] = {&pattern_type, &match_type, &scanner_type, &finditer_type};
    for (size_t i = 0; i < 4; i++)
        if (type_ready(t, types[i]) < 0) return -1;
    if (module_add_functions(t, module, functions) < 0 || module_add_int(t, module, "MAGIC", SRE_MAGIC) < 0 ||
        module_add_int(t, module, "CODESIZE", 4) < 0 || module_add_int(t, module, "MAXREPEAT", SRE_MAXREPEAT) < 0 ||
        module_add_int(t, module, "MAXGROUPS", SRE_MAXGROUPS) < 0)
        return -1;
    return 0;
}
