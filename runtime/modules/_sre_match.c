/* Match objects. They never change after they are made (but for the cached `regs`), so threads share them freely. */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/modules/_sre.h"
#include "runtime/native.h"

Ref match_new(Thread *t, Value pattern, SreState *s) {
    uint32_t groups = as(Pattern, pattern)->program.groups + 1;
    MatchObject *m = object_alloc(t, &match_type, (size_t)groups * 2 * sizeof(int64_t));
    if (m == NULL) return REF_NULL;
    slot_init(&m->string, ref_new(t, ref_borrow(s->text)));
    slot_init(&m->pattern, ref_new(t, pattern));
    m->groups = groups;
    m->mark[0] = s->start;
    m->mark[1] = s->at;
    for (uint32_t g = 1; g < groups; g++) {
        int64_t from = s->mark[2 * g - 2], to = s->mark[2 * g - 1];
        bool set = from >= 0 && to >= from;
        m->mark[2 * g] = set ? from : -1;
        m->mark[2 * g + 1] = set ? to : -1;
    }
    m->last_index = s->last_index;
    return ref_steal(m);
}

static Ref slice_of(Thread *t, Value string, int64_t start, int64_t end) {
    if (is_str(string)) return str_slice(t, string, start, end);
    Buffer view;
    if (is_bytes(string)) return start == 0 && end == (int64_t)bytes_length(string) && is_exact(string, &bytes_type)
                                     ? ref_new(t, string) : bytes_new(t, bytes_data(string) + start, (size_t)(end - start));
    if (buffer_get_snapshot(t, string, &view) < 0) return REF_NULL;
    int64_t n = view.len; /* it may have shrunk since */
    if (start > n) start = n;
    if (end > n) end = n;
    Ref r = bytes_new(t, (uint8_t *)view.data + start, (size_t)(end - start));
    buffer_release(t, &view);
    return r;
}

Ref match_group(Thread *t, Value match, int64_t g, Value dflt) {
    MatchObject *m = as(MatchObject, match);
    if (m->mark[2 * g] < 0) return ref_new(t, dflt);
    return slice_of(t, slot_get(&m->string), m->mark[2 * g], m->mark[2 * g + 1]);
}

/* The number behind an index or a name; -1 with IndexError */
static int64_t group_number(Thread *t, MatchObject *m, Value index) {
    int64_t g = -1;
    if (value_is_int(index) || type_of(index)->index != NULL) {
        if (index_clamped(t, index, &g) < 0) return -1;
    } else {
        Ref found;
        int status = dict_lookup(t, slot_get(&as(Pattern, slot_get(&m->pattern))->groupindex), index, &found);
        if (status > 0) {
            if (!is_int(ref_borrow(found)) || int_try_i64(ref_borrow(found), &g) < 0) g = -1;
            ref_drop(t, found);
        } else if (status < 0) {
            err_clear(t);
        }
    }
    if (g < 0 || g >= m->groups) return err_int(err_set(t, E_IndexError, "no such group"));
    return g;
}

static Ref group_by(Thread *t, Value self, Value index) {
    int64_t g = group_number(t, as(MatchObject, self), index);
    return g < 0 ? REF_NULL : match_group(t, self, g, VALUE_NONE);
}
static Ref group(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "Match.group", kwnames) < 0) return REF_NULL;
    if (nargs == 0) return match_group(t, self, 0, VALUE_NONE);
    if (nargs == 1) return group_by(t, self, args[0]);
    Ref r = tuple_new_uninit(t, nargs);
    for (size_t i = 0; !ref_is_null(r) && i < nargs; i++) {
        Ref item = group_by(t, self, args[i]);
        if (ref_is_null(item)) {
            ref_drop(t, r);
            return item;
        }
        tuple_init_item(r, i, item);
    }
    return r;
}
static Ref groups(Thread *t, Value self, const Value *a) {
    MatchObject *m = as(MatchObject, self);
    Ref r = tuple_new_uninit(t, m->groups - 1);
    for (uint32_t g = 1; !ref_is_null(r) && g < m->groups; g++) {
        Ref item = match_group(t, self, g, value_is_null(a[0]) ? VALUE_NONE : a[0]);
        if (ref_is_null(item)) {
            ref_drop(t, r);
            return item;
        }
        tuple_init_item(r, g - 1, item);
    }
    return r;
}
static Ref groupdict(Thread *t, Value self, const Value *a) {
    MatchObject *m = as(MatchObject, self);
    Value index = slot_get(&as(Pattern, slot_get(&m->pattern))->groupindex), key, number;
    Ref d = dict_new(t);
    size_t pos = 0;
    while (!ref_is_null(d) && dict_next(index, &pos, &key, &number)) {
        int64_t g;
        Ref item = REF_NULL;
        if (int_try_i64(number, &g) == 0 && g >= 0 && g < m->groups) item = match_group(t, self, g, value_is_null(a[0]) ? VALUE_NONE : a[0]);
        else err_set(t, E_IndexError, "no such group");
        if (ref_is_null(item) || dict_set(t, ref_borrow(d), key, ref_borrow(item)) < 0) {
            ref_drop(t, item);
            ref_drop(t, d);
            return REF_NULL;
        }
        ref_drop(t, item);
    }
    return d;
}
static int64_t number_or_whole(Thread *t, Value self, Value index) {
    return value_is_null(index) ? 0 : group_number(t, as(MatchObject, self), index);
}
static Ref start(Thread *t, Value self, const Value *a) {
    int64_t g = number_or_whole(t, self, a[0]);
    return g < 0 ? REF_NULL : ref_small_int(as(MatchObject, self)->mark[2 * g]);
}
static Ref end(Thread *t, Value self, const Value *a) {
    int64_t g = number_or_whole(t, self, a[0]);
    return g < 0 ? REF_NULL : ref_small_int(as(MatchObject, self)->mark[2 * g + 1]);
}
static Ref span_of(Thread *t, Value self, int64_t g) {
    Ref pair[2] = {ref_small_int(as(MatchObject, self)->mark[2 * g]), ref_small_int(as(MatchObject, self)->mark[2 * g + 1])};
    return tuple_from_steal(t, pair, 2);
}
static Ref span(Thread *t, Value self, const Value *a) {
    int64_t g = number_or_whole(t, self, a[0]);
    return g < 0 ? REF_NULL : span_of(t, self, g);
}
static Ref expand(Thread *t, Value self, const Value *a) {
    Ref f = import_attr(t, "re", "_expand");
    if (ref_is_null(f)) return f;
    Ref r = call3(t, ref_borrow(f), slot_get(&as(MatchObject, self)->pattern), self, a[0]);
    ref_drop(t, f);
    return r;
}
static Ref itself(Thread *t, Value self, const Value *a) { return ref_new(t, self); }
static Ref class_getitem(Thread *t, Value cls, const Value *a) {
    return call2(t, type_value(&generic_alias_type), cls, a[0]);
}

static Ref get_regs(Thread *t, Value self, void *closure) {
    MatchObject *m = as(MatchObject, self);
    Ref r = slot_ref(t, &m->regs);
    if (!ref_is_null(r)) return r;
    r = tuple_new_uninit(t, m->groups);
    for (uint32_t g = 0; !ref_is_null(r) && g < m->groups; g++) {
        Ref pair = span_of(t, self, g);
        if (ref_is_null(pair)) {
            ref_drop(t, r);
            return pair;
        }
        tuple_init_item(r, g, pair);
    }
    if (!ref_is_null(r)) slot_set(t, m, &m->regs, ref_new(t, ref_borrow(r)));
    return r;
}
static Ref get_lastindex(Thread *t, Value self, void *closure) {
    int32_t i = as(MatchObject, self)->last_index;
    return i < 0 ? REF_NONE : ref_small_int(i);
}
static Ref get_lastgroup(Thread *t, Value self, void *closure) {
    MatchObject *m = as(MatchObject, self);
    Value names = slot_get(&as(Pattern, slot_get(&m->pattern))->indexgroup);
    if (m->last_index < 0 || (size_t)m->last_index >= tuple_size(names)) return REF_NONE;
    return ref_new(t, tuple_get(names, (size_t)m->last_index));
}
static const GetSetDef getset[] = {
    {"regs", get_regs, NULL, "Spans of all groups."},
    {"lastindex", get_lastindex, NULL, "Number of the last group that matched, or None."},
    {"lastgroup", get_lastgroup, NULL, "Name of the last group that matched, or None."},
    {NULL},
};
static const MemberDef members[] = {
    {"string", MEMBER_SLOT, offsetof(MatchObject, string), true, "The text that was matched."},
    {"re", MEMBER_SLOT, offsetof(MatchObject, pattern), true, "The pattern."},
    {"pos", MEMBER_I64, offsetof(MatchObject, pos), true, "Where the search began."},
    {"endpos", MEMBER_I64, offsetof(MatchObject, endpos), true, "Where the search had to end."},
    {NULL},
};
static NativeDef methods[] = {
    FN_RAW_BARE("group", NULL, group, "group([group1, ...]): text of one group, or a tuple of several."),
    FN("start", "($self, group=0, /)", start, "Where a group starts."),
    FN("end", "($self, group=0, /)", end, "Where a group ends."),
    FN("span", "($self, group=0, /)", span, "Start and end of a group."),
    FN("groups", "($self, /, default=None)", groups, "Texts of all groups."),
    FN("groupdict", "($self, /, default=None)", groupdict, "Texts of the named groups by name."),
    FN("expand", "($self, /, template)", expand, "A template with its group references replaced."),
    FN("__copy__", "($self, /)", itself, "The match itself."),
    FN("__deepcopy__", "($self, memo, /)", itself, "The match itself."),
    FN_CLASS("__class_getitem__", "!($type, item, /)", class_getitem, "A generic alias."),
    FN_END,
};

static Ref repr(Thread *t, Value self) {
    MatchObject *m = as(MatchObject, self);
    Ref text = match_group(t, self, 0, VALUE_NONE);
    if (ref_is_null(text)) return text;
    Ref r = str_format(t, "<%T object; span=(%zd, %zd), match=%.50R>", self, m->mark[0], m->mark[1], ref_borrow(text));
    ref_drop(t, text);
    return r;
}

static void traverse(Object *o, VisitFn visit, void *arg) {
    MatchObject *m = (MatchObject *)o;
    slot_visit(&m->string, visit, arg);
    slot_visit(&m->pattern, visit, arg);
    slot_visit(&m->regs, visit, arg);
}
static void destroy(Thread *t, Object *o) {
    MatchObject *m = (MatchObject *)o;
    slot_set(t, o, &m->string, REF_NULL);
    slot_set(t, o, &m->pattern, REF_NULL);
    slot_set(t, o, &m->regs, REF_NULL);
}

Type match_type = {
    TYPE_HEADER(MatchObject, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, traverse, NULL, destroy),
    .name = "re.Match",
    .doc = "The result of a match of a regular expression.",
    .methods = methods,
    .getset = getset,
    .members = members,
    .repr = repr,
    .getitem = group_by,
};
