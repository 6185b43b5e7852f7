/* BaseExceptionGroup and ExceptionGroup: making, splitting, and what except* needs. See exceptions.h.
 *
 * A group's tuple of exceptions never changes; so its items may be looked at as long as a reference to the group is held.
 */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/exceptions.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"

bool is_exception_group(Value v) { return type_is_subtype(type_of(v), ETYPE(BaseExceptionGroup)); }

static Value members_of(Value group) {
    Value v = slot_get(&as(ExceptionGroup, group)->exceptions);
    return value_is_null(v) ? tuple_empty() : v;
}

/* ---- making --------------------------------------------------------------------------------------------------- */

/* Which class to make: a BaseExceptionGroup of nothing but Exceptions is an ExceptionGroup. Null: TypeError is set. */
static Type *group_class(Thread *t, Type *cls, bool nests_base) {
    if (cls == ETYPE(BaseExceptionGroup)) return nests_base ? cls : exception_group_type;
    if (!nests_base) return cls;
    if (cls == exception_group_type) err_set(t, E_TypeError, "Cannot nest BaseExceptions in an ExceptionGroup");
    else if (type_is_subtype(cls, ETYPE(Exception))) err_set(t, E_TypeError, "Cannot nest BaseExceptions in '%.200N'", cls);
    else return cls;
    return NULL;
}

Ref exception_group_new_slot(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (nargs != 2)
        return err_set(t, E_TypeError, "BaseExceptionGroup.__new__() takes exactly 2 arguments (%zd given)", nargs);
    if (!is_str(args[0])) return err_bad_argument(t, "BaseExceptionGroup.__new__", "1", "str", args[0]);
    if (!is_sequence(args[1])) return err_set(t, E_TypeError, "second argument (exceptions) must be a sequence");
    Ref members = sequence_tuple(t, args[1]), self = REF_NULL;
    if (ref_is_null(members)) return REF_NULL;
    size_t n = tuple_size(ref_borrow(members));
    bool nests_base = false;
    if (n == 0) {
        err_set(t, E_ValueError, "second argument (exceptions) must be a non-empty sequence");
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        Value e = tuple_get(ref_borrow(members), i);
        if (!is_a(e, TYPE_EXCEPTION)) {
            err_set(t, E_ValueError, "Item %zd of second argument (exceptions) is not an exception", i);
            goto done;
        }
        nests_base |= !type_is_subtype(type_of(e), ETYPE(Exception));
    }
    Type *type = group_class(t, as(Type, cls), nests_base);
    if (type == NULL) goto done;
    self = exception_alloc(t, type, args, nargs);
    if (ref_is_null(self)) goto done;
    ExceptionGroup *g = (ExceptionGroup *)self.bits;
    slot_init(&g->message, ref_new(t, args[0]));
    slot_init(&g->exceptions, members);
    return self;
done:
    ref_drop(t, members);
    return self;
}

static Ref new_group(Thread *t, Value message, Value exceptions) {
    return call2(t, type_value(ETYPE(BaseExceptionGroup)), message, exceptions);
}

Ref exception_group_new(Thread *t, const char *message, Value exceptions) {
    Ref text = str_from_cstr(t, message);
    if (ref_is_null(text)) return REF_NULL;
    Ref r = new_group(t, ref_borrow(text), exceptions);
    ref_drop(t, text);
    return r;
}

Ref exception_group_str(Thread *t, Value self) {
    Ref message = slot_ref(t, &as(ExceptionGroup, self)->message);
    size_t n = tuple_size(members_of(self));
    Ref r = str_format(t, "%V (%zd sub-exception%s)", ref_borrow(message), n, n == 1 ? "" : "s");
    ref_drop(t, message);
    return r;
}

/* ---- splitting --------------------------------------------------------------------------------------------------- */

/* Copies traceback, cause, context and notes from one exception to another. */
static int copy_metadata(Thread *t, Value from, Value to) {
    BaseException *a = as(BaseException, from), *b = as(BaseException, to);
    slot_set(t, b, &b->traceback, slot_ref(t, &a->traceback));
    slot_set(t, b, &b->context, slot_ref(t, &a->context));
    Ref cause = slot_ref(t, &a->cause);
    if (!ref_is_null(cause)) exception_set_cause(t, to, cause);
    store_relaxed(&b->x_suppress_context, true); /* as setting a cause does, even none */
    Ref notes = get_attr_opt(t, from, N(__notes__));
    if (ref_is_null(notes)) return err_pending(t) ? -1 : 0;
    int bad = 0;
    if (is_sequence(ref_borrow(notes))) { /* anything else is the user's own business: left behind */
        Ref copy = sequence_list(t, ref_borrow(notes));
        bad = ref_is_null(copy) ? -1 : set_attr(t, to, N(__notes__), ref_borrow(copy));
        ref_drop(t, copy);
    }
    ref_drop(t, notes);
    return bad;
}

/* A group as `group`, with the exceptions of the list; null and no exception for an empty list. */
static int group_subset(Thread *t, Value group, Value list, Ref *out) {
    *out = REF_NULL;
    if (list_size(list) == 0) return 0;
    Value derive = str_intern_cstr(t, "derive");
    Ref r = call_method1(t, group, derive, list);
    if (ref_is_null(r)) return -1;
    if (!is_exception_group(ref_borrow(r))) {
        err_set(t, E_TypeError, "derive must return an instance of BaseExceptionGroup");
        goto fail;
    }
    if (copy_metadata(t, group, ref_borrow(r)) < 0) goto fail;
    *out = r;
    return 0;
fail:
    ref_drop(t, r);
    return -1;
}

typedef struct Matcher {
    enum { BY_TYPE, BY_FUNCTION, BY_IDENTITY } kind;
    Value value; /* type or tuple; function; list of leaf exceptions */
} Matcher;

static int matches(Thread *t, const Matcher *m, Value exc) {
    switch (m->kind) {
    case BY_TYPE: return exception_matches(t, exc, m->value);
    case BY_FUNCTION: {
        Ref r = call1(t, m->value, exc);
        if (ref_is_null(r)) return -1;
        int truth = is_true(t, ref_borrow(r));
        ref_drop(t, r);
        return truth;
    }
    case BY_IDENTITY:
        if (is_exception_group(exc)) return 0;
        for (size_t i = 0, n = list_size(m->value); i < n; i++)
            if (value_is(list_get(m->value, i), exc)) return 1;
    }
    return 0;
}

/* rest == null: nobody wants it. */
static int split(Thread *t, Value exc, const Matcher *m, Ref *match, Ref *rest) {
    *match = REF_NULL;
    if (rest != NULL) *rest = REF_NULL;
    int whole = matches(t, m, exc);
    if (whole < 0) return -1;
    if (whole) {
        *match = ref_new(t, exc);
        return 0;
    }
    if (!is_exception_group(exc)) {
        if (rest != NULL) *rest = ref_new(t, exc);
        return 0;
    }
    if (recursion_enter(t, " in exceptiongroup_split_recursive") < 0) return -1;
    int bad = -1;
    Ref yes = list_new(t, 0), no = rest != NULL ? list_new(t, 0) : REF_NULL;
    if (ref_is_null(yes) || (rest != NULL && ref_is_null(no))) goto done;
    Value members = members_of(exc);
    for (size_t i = 0, n = tuple_size(members); i < n; i++) {
        Ref a, b = REF_NULL;
        if (split(t, tuple_get(members, i), m, &a, rest != NULL ? &b : NULL) < 0) goto done;
        int full = 0;
        if (!ref_is_null(a)) full |= list_append_steal(t, ref_borrow(yes), a);
        if (!ref_is_null(b)) full |= list_append_steal(t, ref_borrow(no), b);
        if (full < 0) goto done;
    }
    if (group_subset(t, exc, ref_borrow(yes), match) < 0) goto done;
    if (rest != NULL && group_subset(t, exc, ref_borrow(no), rest) < 0) {
        ref_drop(t, *match);
        *match = REF_NULL;
        goto done;
    }
    bad = 0;
done:
    ref_drop(t, yes);
    ref_drop(t, no);
    recursion_leave(t);
    return bad;
}

static bool exception_class(Value v) { return is_type(v) && type_flag(as(Type, v), TYPE_EXCEPTION); }

static int matcher_from(Thread *t, Value v, Matcher *m) {
    *m = (Matcher){BY_TYPE, v};
    if (is_exact(v, &function_type)) {
        m->kind = BY_FUNCTION;
        return 0;
    }
    if (exception_class(v)) return 0;
    if (is_tuple(v)) {
        size_t i = 0, n = tuple_size(v);
        while (i < n && exception_class(tuple_get(v, i))) i++;
        if (i == n) return 0;
    }
    return err_int(err_set(t, E_TypeError, "expected a function, exception type or tuple of exception types"));
}

int exception_group_split(Thread *t, Value group, Value matcher, Ref *match, Ref *rest) {
    Matcher m;
    return matcher_from(t, matcher, &m) < 0 ? -1 : split(t, group, &m, match, rest);
}

static Ref or_none(Ref r) { return ref_is_null(r) ? REF_NONE : r; }

static Ref group_split(Thread *t, Value self, const Value *a) {
    Ref match, rest;
    if (exception_group_split(t, self, a[0], &match, &rest) < 0) return REF_NULL;
    return tuple_from_steal(t, (Ref[]){or_none(match), or_none(rest)}, 2);
}
static Ref group_subgroup(Thread *t, Value self, const Value *a) {
    Ref match;
    Matcher m;
    if (matcher_from(t, a[0], &m) < 0 || split(t, self, &m, &match, NULL) < 0) return REF_NULL;
    return or_none(match);
}
static Ref group_derive(Thread *t, Value self, const Value *a) {
    Ref message = slot_ref(t, &as(ExceptionGroup, self)->message);
    Ref r = new_group(t, ref_borrow(message), a[0]);
    ref_drop(t, message);
    return r;
}
static Ref group_class_getitem(Thread *t, Value cls, const Value *a) { return call2(t, type_value(&generic_alias_type), cls, a[0]); }

NativeDef exception_group_methods[] = {
    FN_CLASS("__class_getitem__", "!($cls, item, /)", group_class_getitem, "See PEP 585"),
    FN("derive", "!($self, excs, /)", group_derive, "A group with the same message and other exceptions."),
    FN("split", "!($self, condition, /)", group_split, "The part that matches, and the rest."),
    FN("subgroup", "!($self, condition, /)", group_subgroup, "The part that matches."),
    FN_END};

/* ---- except* ------------------------------------------------------------------------------------------------------- */

/* Appends the leaves of exc to the list. */
static int collect_leaves(Thread *t, Value exc, Value list) {
    if (!is_exception_group(exc)) return list_append(t, list, exc);
    if (recursion_enter(t, " in exceptiongroup") < 0) return -1;
    Value members = members_of(exc);
    int bad = 0;
    for (size_t i = 0, n = tuple_size(members); i < n && bad == 0; i++) bad = collect_leaves(t, tuple_get(members, i), list);
    recursion_leave(t);
    return bad;
}

/* The part of group whose leaves occur in the exceptions of `keep`; its nesting stays. */
static int projection(Thread *t, Value group, Value keep, Ref *out) {
    *out = REF_NULL;
    Ref leaves = list_new(t, 0);
    if (ref_is_null(leaves)) return -1;
    int bad = 0;
    for (size_t i = 0, n = list_size(keep); i < n && bad == 0; i++) bad = collect_leaves(t, list_get(keep, i), ref_borrow(leaves));
    if (bad == 0) {
        Matcher m = {BY_IDENTITY, ref_borrow(leaves)};
        bad = split(t, group, &m, out, NULL);
    }
    ref_drop(t, leaves);
    return bad;
}

/* Whether e is a part of orig that a clause raised again (a bare `raise`), rather than something new: split() copied orig's metadata. */
static int same_metadata(Thread *t, Value a, Value b) {
    BaseException *x = as(BaseException, a), *y = as(BaseException, b);
    if (!value_is(slot_get(&x->traceback), slot_get(&y->traceback)) || !value_is(slot_get(&x->cause), slot_get(&y->cause)) ||
        !value_is(slot_get(&x->context), slot_get(&y->context)))
        return 0;
    Ref na = get_attr_opt(t, a, N(__notes__)), nb = err_pending(t) ? REF_NULL : get_attr_opt(t, b, N(__notes__));
    int r = err_pending(t) ? -1 : value_is(ref_borrow(na), ref_borrow(nb));
    if (r == 0 && !ref_is_null(na) && !ref_is_null(nb)) r = values_equal(t, ref_borrow(na), ref_borrow(nb)); /* split copies the list */
    ref_drop(t, na);
    ref_drop(t, nb);
    return r;
}

Ref exception_star_result(Thread *t, Value orig, Value excs) {
    size_t n = list_size(excs);
    if (n == 0) return REF_NONE;
    if (!is_exception_group(orig)) return ref_new(t, list_get(excs, 0)); /* naked: at most one clause ran */
    Ref raised = list_new(t, 0), again = list_new(t, 0), rest = REF_NULL, result = REF_NULL;
    if (ref_is_null(raised) || ref_is_null(again)) goto done;
    for (size_t i = 0; i < n; i++) {
        Value e = list_get(excs, i);
        if (value_is_none(e)) continue;
        int same = is_exception_group(e) ? same_metadata(t, e, orig) : 0;
        if (same < 0 || list_append(t, ref_borrow(same ? again : raised), e) < 0) goto done;
    }
    if (projection(t, orig, ref_borrow(again), &rest) < 0) goto done;
    if (list_size(ref_borrow(raised)) == 0) {
        result = or_none(rest);
        rest = REF_NULL;
        goto done;
    }
    if (!ref_is_null(rest) && list_append(t, ref_borrow(raised), ref_borrow(rest)) < 0) goto done;
    result = exception_group_new(t, "", ref_borrow(raised));
done:
    ref_drop(t, rest);
    ref_drop(t, raised);
    ref_drop(t, again);
    return result;
}

int exception_group_init(Thread *t) {
    Ref bases = tuple_pack(t, 2, type_value(ETYPE(BaseExceptionGroup)), type_value(ETYPE(Exception)));
    Ref name = str_from_cstr(t, "ExceptionGroup"), module = str_from_cstr(t, "builtins"), ns = dict_new(t), cls = REF_NULL;
    if (!ref_is_null(bases) && !ref_is_null(name) && !ref_is_null(module) && !ref_is_null(ns) &&
        dict_set(t, ref_borrow(ns), N(__module__), ref_borrow(module)) == 0)
        cls = type_new(t, &type_type, ref_borrow(name), ref_borrow(bases), ref_borrow(ns), NULL, VALUE_NULL);
    ref_drop(t, bases);
    ref_drop(t, name);
    ref_drop(t, module);
    ref_drop(t, ns);
    if (ref_is_null(cls)) return -1;
    exception_group_type = (Type *)cls.bits;
    object_immortalize(t, (Object *)cls.bits);
    return 0;
}
