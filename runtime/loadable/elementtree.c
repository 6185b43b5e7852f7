/* Element, SubElement, and walking over trees. See elementtree.h. */
#include "runtime/loadable/elementtree.h"
#include <stdio.h>

Slot parse_error, comment_factory, pi_factory;
static Slot element_path; /* the module xml.etree.ElementPath */
static Slot deepcopy;     /* copy.deepcopy */
KIT_SLOTS(5)
static Element *element(Value v) { return as(Element, v); }
static size_t child_count(Value e) {
    Value c = element_children(e);
    return value_is_null(c) ? 0 : list_size(c);
}

/* ---- making --------------------------------------------------------------------------------------------------------------------------------- */

Ref element_make(Thread *t, Type *type, Value tag, Ref attrib) {
    Element *e = type == &element_type ? object_new(Element, t, type) : kit_instance(t, type_value(type));
    if (e == NULL) {
        ref_drop(t, attrib);
        return REF_NULL;
    }
    slot_init(&e->tag, ref_new(t, tag));
    slot_init(&e->text, REF_NONE);
    slot_init(&e->tail, REF_NONE);
    slot_init(&e->attrib, attrib);
    return ref_steal(e);
}
static Ref element_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return element_make(t, as(Type, cls), VALUE_NONE, REF_NULL); }

/* The attributes that Element() and SubElement() are given, behind `used` arguments: a dict, null: none */
static int given_attributes(Thread *t, const char *function, const Value *args, size_t nargs, Value kwnames, size_t used, Ref *out) {
    *out = REF_NULL;
    size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
    if (nargs > used + 1) return err_int(err_set(t, E_TypeError, "%s() takes at most %zu arguments (%zu given)", function, used + 1, nargs));
    Value dict = nargs > used ? args[used] : VALUE_NULL;
    for (size_t i = 0; i < nkw && value_is_null(dict); i++)
        if (str_equal_ascii(tuple_get(kwnames, i), "attrib")) dict = args[nargs + i];
    if (!value_is_null(dict) && !is_dict(dict)) {
        if (nargs > used) return err_int(err_set(t, E_TypeError, "%s() argument %zu must be dict, not %T", function, used + 1, dict));
        return err_int(err_set(t, E_TypeError, "attrib must be dict, not %.100T", dict));
    }
    if (value_is_null(dict) && nkw == 0) return 0;
    Ref all = value_is_null(dict) ? dict_new(t) : dict_copy(t, dict);
    for (size_t i = 0; i < nkw && !ref_is_null(all); i++) {
        if (nargs <= used && str_equal_ascii(tuple_get(kwnames, i), "attrib")) continue;
        if (dict_set(t, ref_borrow(all), tuple_get(kwnames, i), args[nargs + i]) < 0) {
            ref_drop(t, all);
            return -1;
        }
    }
    *out = all;
    return ref_is_null(all) ? -1 : 0;
}
static int element_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref attrib;
    if (nargs < 1) return err_int(err_set(t, E_TypeError, "Element() takes at least 1 argument (0 given)"));
    if (given_attributes(t, "Element", args, nargs, kwnames, 1, &attrib) < 0) return -1;
    Element *e = element(self);
    slot_set(t, e, &e->tag, ref_new(t, args[0]));
    slot_set(t, e, &e->text, REF_NONE);
    slot_set(t, e, &e->tail, REF_NONE);
    slot_set(t, e, &e->attrib, attrib);
    return 0;
}
static Ref children_made(Thread *t, Value self) {
    Element *e = element(self);
    Ref list = slot_ref(t, &e->children);
    if (!ref_is_null(list)) return list;
    Ref fresh = list_new(t, 0);
    if (ref_is_null(fresh)) return fresh;
    CRITICAL_BEGIN(t, e)
    list = slot_ref(t, &e->children);
    if (ref_is_null(list)) {
        list = ref_new(t, ref_borrow(fresh));
        (void)slot_swap(t, e, &e->children, fresh);
        fresh = REF_NULL;
    }
    CRITICAL_END(t)
    ref_drop(t, fresh);
    return list;
}
static Ref attrib_made(Thread *t, Value self) {
    Element *e = element(self);
    Ref d = slot_ref(t, &e->attrib);
    if (!ref_is_null(d)) return d;
    Ref fresh = dict_new(t);
    if (ref_is_null(fresh)) return fresh;
    CRITICAL_BEGIN(t, e)
    d = slot_ref(t, &e->attrib);
    if (ref_is_null(d)) {
        d = ref_new(t, ref_borrow(fresh));
        (void)slot_swap(t, e, &e->attrib, fresh);
        fresh = REF_NULL;
    }
    CRITICAL_END(t)
    ref_drop(t, fresh);
    return d;
}
int element_append(Thread *t, Value parent, Value child) {
    Ref list = children_made(t, parent);
    int status = ref_is_null(list) ? -1 : list_append(t, ref_borrow(list), child);
    ref_drop(t, list);
    return status;
}
static Ref m_SubElement(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    Ref attrib;
    if (nargs < 2) return err_set(t, E_TypeError, "SubElement() takes at least 2 arguments (%zu given)", nargs);
    if (!is_element(args[0])) return err_set(t, E_TypeError, "SubElement() argument 1 must be xml.etree.ElementTree.Element, not %T", args[0]);
    if (given_attributes(t, "SubElement", args, nargs, kwnames, 2, &attrib) < 0) return REF_NULL;
    Ref e = element_make(t, &element_type, args[1], attrib);
    if (!ref_is_null(e) && element_append(t, args[0], ref_borrow(e)) < 0) {
        ref_drop(t, e);
        return REF_NULL;
    }
    return e;
}
static Ref m_makeelement(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "Element.makeelement", kwnames) < 0 || check_nargs(t, "makeelement", nargs, 2, 2) < 0) return REF_NULL;
    if (!is_dict(args[1])) return err_set(t, E_TypeError, "makeelement() argument 2 must be dict, not %T", args[1]);
    Ref attrib = dict_copy(t, args[1]);
    return ref_is_null(attrib) ? attrib : element_make(t, &element_type, args[0], attrib);
}

/* ---- copies and pickles -------------------------------------------------------------------------------------------------------------------------- */

static Ref m_copy(Thread *t, Value self, const Value *a) {
    Element *e = element(self);
    Ref attrib = slot_ref(t, &e->attrib), r = element_make(t, &element_type, slot_get(&e->tag), attrib); /* shared with the copy */
    if (ref_is_null(r)) return r;
    Element *c = element(ref_borrow(r));
    slot_set(t, c, &c->text, slot_ref(t, &e->text));
    slot_set(t, c, &c->tail, slot_ref(t, &e->tail));
    if (child_count(self) > 0) slot_set(t, c, &c->children, list_copy(t, element_children(self)));
    if (!err_pending(t)) return r;
    ref_drop(t, r);
    return REF_NULL;
}
static Ref deep(Thread *t, Value v, Value memo) {
    if (value_is_null(v) || value_is_none(v) || is_exact(v, &str_type)) return ref_new(t, v);
    if (is_exact(v, &dict_type)) { /* of texts alone, usually */
        bool plain = true;
        size_t pos = 0;
        Value k, x;
        while (plain && dict_next(v, &pos, &k, &x)) plain = is_exact(k, &str_type) && is_exact(x, &str_type);
        if (plain) return dict_copy(t, v);
    }
    return call2(t, slot_get(&deepcopy), v, memo);
}
static Ref m_deepcopy(Thread *t, Value self, const Value *a) {
    Element *e = element(self);
    Value memo = a[0];
    if (!is_dict(memo)) return err_set(t, E_TypeError, "__deepcopy__() argument must be dict, not %T", memo);
    if (recursion_enter(t, " in __deepcopy__") < 0) return REF_NULL;
    Ref tag = deep(t, slot_get(&e->tag), memo), attrib = ref_is_null(tag) ? tag : deep(t, slot_get(&e->attrib), memo), r = REF_NULL, list = REF_NULL;
    if (err_pending(t)) ref_drop(t, attrib);
    else r = element_make(t, &element_type, ref_borrow(tag), attrib);
    ref_drop(t, tag);
    if (!ref_is_null(r)) {
        Element *c = element(ref_borrow(r));
        slot_set(t, c, &c->text, deep(t, slot_get(&e->text), memo));
        if (!err_pending(t)) slot_set(t, c, &c->tail, deep(t, slot_get(&e->tail), memo));
        if (!err_pending(t) && child_count(self) > 0) list = list_copy(t, element_children(self));
        for (size_t i = 0; !ref_is_null(list) && !err_pending(t) && i < list_size(ref_borrow(list)); i++) {
            Ref child = deep(t, list_get(ref_borrow(list), i), memo);
            if (!ref_is_null(child) && !is_element(ref_borrow(child))) err_set(t, E_TypeError, "expected an Element, not \"%.200T\"", ref_borrow(child));
            else if (!ref_is_null(child)) element_append(t, ref_borrow(r), ref_borrow(child));
            ref_drop(t, child);
        }
        ref_drop(t, list);
        Ref id = err_pending(t) ? REF_NULL : int_from_u64(t, (uint64_t)(uintptr_t)e);
        if (!ref_is_null(id)) dict_set(t, memo, ref_borrow(id), ref_borrow(r));
        ref_drop(t, id);
    }
    recursion_leave(t);
    if (!err_pending(t)) return r;
    ref_drop(t, r);
    return REF_NULL;
}
static Ref m_getstate(Thread *t, Value self, const Value *a) {
    Element *e = element(self);
    Ref d = dict_new(t), children = child_count(self) > 0 ? list_copy(t, element_children(self)) : list_new(t, 0), attrib = slot_ref(t, &e->attrib);
    if (ref_is_null(attrib)) attrib = dict_new(t);
    int status = ref_is_null(d) || ref_is_null(children) || ref_is_null(attrib) ? -1 : 0;
    if (status == 0 && (dict_set_cstr(t, ref_borrow(d), "tag", slot_get(&e->tag)) < 0 || dict_set_cstr(t, ref_borrow(d), "_children", ref_borrow(children)) < 0 ||
                        dict_set_cstr(t, ref_borrow(d), "attrib", ref_borrow(attrib)) < 0 || dict_set_cstr(t, ref_borrow(d), "text", slot_get(&e->text)) < 0 ||
                        dict_set_cstr(t, ref_borrow(d), "tail", slot_get(&e->tail)) < 0))
        status = -1;
    ref_drop(t, attrib);
    ref_drop(t, children);
    if (status == 0) return d;
    ref_drop(t, d);
    return REF_NULL;
}
/* The parts of a state, of which v[4] is a list of elements of its own, or null. -1 with TypeError */
static int check_state(Thread *t, Ref *v) {
    if (ref_is_null(v[0])) return err_int(err_set(t, E_TypeError, "tag may not be NULL"));
    if (!ref_is_null(v[4])) {
        if (!is_list(ref_borrow(v[4]))) return err_int(err_set(t, E_TypeError, "'_children' is not a list"));
        Ref children = list_copy(t, ref_borrow(v[4]));
        ref_drop(t, v[4]);
        v[4] = children;
        for (size_t i = 0; !ref_is_null(children) && i < list_size(ref_borrow(children)); i++) {
            Value child = list_get(ref_borrow(children), i);
            if (!is_element(child)) return err_int(err_set(t, E_TypeError, "expected an Element, not \"%.200T\"", child));
        }
        if (ref_is_null(children)) return -1;
    }
    if (ref_is_null(v[1]) || ref_is_none(v[1]) || is_dict(ref_borrow(v[1]))) return 0;
    return err_int(err_set(t, E_TypeError, "attrib must be dict, not %.200T", ref_borrow(v[1])));
}
static Ref m_setstate(Thread *t, Value self, const Value *a) {
    Element *e = element(self);
    if (!is_exact(a[0], &dict_type)) return err_set(t, E_TypeError, "Don't know how to unpickle \"%.200R\" as an Element", a[0]);
    static const char *const names[] = {"tag", "attrib", "text", "tail", "_children"};
    Slot *slots[] = {&e->tag, &e->attrib, &e->text, &e->tail, &e->children};
    Ref v[5] = {REF_NULL};
    int status = 0;
    for (int i = 0; i < 5 && status == 0; i++) status = dict_lookup(t, a[0], str_intern_cstr(t, names[i]), &v[i]) < 0 ? -1 : 0;
    if (status == 0) status = check_state(t, v);
    if (status == 0 && ref_is_none(v[1])) v[1] = REF_NULL;
    for (int i = 2; i < 4; i++)
        if (ref_is_null(v[i])) v[i] = REF_NONE;
    for (int i = 0; i < 5; i++) {
        if (status == 0) slot_set(t, e, slots[i], v[i]);
        else ref_drop(t, v[i]);
    }
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref m_sizeof(Thread *t, Value self, const Value *a) { return ref_small_int((int64_t)(type_of(self)->head.size + child_count(self) * sizeof(Slot))); }

/* ---- children ---------------------------------------------------------------------------------------------------------------------------------------- */

static int expect_element(Thread *t, const char *where, int argument, Value v) {
    if (is_element(v)) return 0;
    if (where == NULL) return err_int(err_set(t, E_TypeError, "expected an Element, not \"%.200T\"", v));
    if (argument == 0) return err_int(err_set(t, E_TypeError, "%s() argument must be xml.etree.ElementTree.Element, not %T", where, v));
    return err_int(err_set(t, E_TypeError, "%s() argument %d must be xml.etree.ElementTree.Element, not %T", where, argument, v));
}
static Ref m_append(Thread *t, Value self, const Value *a) { return expect_element(t, "append", 0, a[0]) < 0 || element_append(t, self, a[0]) < 0 ? REF_NULL : REF_NONE; }
static Ref elements_of(Thread *t, Value v) {
    Ref list = sequence_fast(t, v, "");
    if (ref_is_null(list)) {
        if (err_clear_if(t, E_TypeError)) err_set(t, E_TypeError, "expected sequence, not \"%.200T\"", v);
        return list;
    }
    Ref own = is_list(ref_borrow(list)) ? list_copy(t, ref_borrow(list)) : sequence_list(t, ref_borrow(list));
    ref_drop(t, list);
    for (size_t i = 0; !ref_is_null(own) && i < list_size(ref_borrow(own)); i++)
        if (expect_element(t, NULL, 0, list_get(ref_borrow(own), i)) < 0) {
            ref_drop(t, own);
            return REF_NULL;
        }
    return own;
}
static Ref m_extend(Thread *t, Value self, const Value *a) {
    Ref list = sequence_fast(t, a[0], "");
    if (ref_is_null(list)) return err_clear_if(t, E_TypeError) ? err_set(t, E_TypeError, "expected sequence, not \"%.200T\"", a[0]) : list;
    int64_t n = object_len(t, ref_borrow(list));
    for (int64_t i = 0; i < n && !err_pending(t); i++) { /* those before a wrong one stay */
        Ref v = get_item(t, ref_borrow(list), small_int(i));
        if (!ref_is_null(v) && expect_element(t, NULL, 0, ref_borrow(v)) == 0) element_append(t, self, ref_borrow(v));
        ref_drop(t, v);
    }
    ref_drop(t, list);
    return err_pending(t) ? REF_NULL : REF_NONE;
}
static Ref m_insert(Thread *t, Value self, const Value *a) {
    int64_t i;
    if (!has_index(a[0])) return err_set(t, E_TypeError, "'%T' object cannot be interpreted as an integer", a[0]);
    if (size_arg(t, a[0], &i) < 0 || expect_element(t, "insert", 2, a[1]) < 0) return REF_NULL;
    Ref list = children_made(t, self);
    int status = ref_is_null(list) ? -1 : list_insert(t, ref_borrow(list), i, a[1]);
    ref_drop(t, list);
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref m_remove(Thread *t, Value self, const Value *a) {
    if (expect_element(t, "remove", 0, a[0]) < 0) return REF_NULL;
    Ref list = slot_ref(t, &element(self)->children);
    if (ref_is_null(list)) return err_set(t, E_ValueError, "list.remove(x): x not in list");
    Ref r = call_method1(t, ref_borrow(list), str_intern_cstr(t, "remove"), a[0]);
    ref_drop(t, list);
    return r;
}
static Ref m_clear(Thread *t, Value self, const Value *a) {
    Element *e = element(self);
    slot_set(t, e, &e->attrib, REF_NULL);
    slot_set(t, e, &e->children, REF_NULL);
    slot_set(t, e, &e->text, REF_NONE);
    slot_set(t, e, &e->tail, REF_NONE);
    return REF_NONE;
}
static int64_t element_len(Thread *t, Value self) { return (int64_t)child_count(self); }
static Ref element_getitem(Thread *t, Value self, Value key) {
    int64_t i;
    if (has_index(key)) {
        if (subscript_index(t, key, &i) < 0) return REF_NULL;
        if (i < 0) i += (int64_t)child_count(self);
        Value c = i < 0 || value_is_null(element_children(self)) ? VALUE_NULL : list_get(element_children(self), (size_t)i);
        return value_is_null(c) ? err_set(t, E_IndexError, "child index out of range") : ref_new(t, c);
    }
    if (!is_exact(key, &slice_type)) return err_set(t, E_TypeError, "element indices must be integers");
    Ref list = children_made(t, self), r = ref_is_null(list) ? list : get_item(t, ref_borrow(list), key);
    ref_drop(t, list);
    return r;
}
static int element_setitem(Thread *t, Value self, Value key, Value v) {
    int64_t i;
    int status;
    if (has_index(key)) {
        if (subscript_index(t, key, &i) < 0) return -1;
        if (i < 0) i += (int64_t)child_count(self);
        if (i < 0 || i >= (int64_t)child_count(self)) return err_int(err_set(t, E_IndexError, "child assignment index out of range"));
        if (!value_is_null(v) && expect_element(t, NULL, 0, v) < 0) return -1;
        Ref list = children_made(t, self);
        status = value_is_null(v) ? del_item(t, ref_borrow(list), small_int(i)) : list_set(t, ref_borrow(list), i, v);
        ref_drop(t, list);
        return status;
    }
    if (!is_exact(key, &slice_type)) return err_int(err_set(t, E_TypeError, "element indices must be integers"));
    Ref own = value_is_null(v) ? REF_NULL : elements_of(t, v), list = err_pending(t) ? REF_NULL : children_made(t, self);
    status = ref_is_null(list) ? -1 : value_is_null(v) ? del_item(t, ref_borrow(list), key) : set_item(t, ref_borrow(list), key, ref_borrow(own));
    ref_drop(t, list);
    ref_drop(t, own);
    return status;
}

/* ---- attributes ------------------------------------------------------------------------------------------------------------------------------------------ */

static Ref m_get(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    Ref r;
    if (kit_bind(t, "get", "key|default", args, nargs, kwnames, a) < 0) return REF_NULL;
    Ref attrib = slot_ref(t, &element(self)->attrib);
    int found = ref_is_null(attrib) ? 0 : dict_lookup(t, ref_borrow(attrib), a[0], &r);
    ref_drop(t, attrib);
    if (found != 0) return found < 0 ? REF_NULL : r;
    return value_is_null(a[1]) ? REF_NONE : ref_new(t, a[1]);
}
static Ref m_set(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "Element.set", kwnames) < 0 || check_nargs(t, "set", nargs, 2, 2) < 0) return REF_NULL;
    Ref d = attrib_made(t, self);
    int status = ref_is_null(d) ? -1 : dict_set(t, ref_borrow(d), args[0], args[1]);
    ref_drop(t, d);
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref m_items(Thread *t, Value self, const Value *a) {
    Value attrib = slot_get(&element(self)->attrib);
    return value_is_null(attrib) ? list_new(t, 0) : mapping_items(t, attrib);
}
static Ref m_keys(Thread *t, Value self, const Value *a) {
    Value attrib = slot_get(&element(self)->attrib);
    return value_is_null(attrib) ? list_new(t, 0) : mapping_keys(t, attrib);
}

/* ---- finding ------------------------------------------------------------------------------------------------------------------------------------------------ */

/* Does the path need more than comparing tags? */
static bool is_path(Value tag) {
    if (!is_str(tag)) return true;
    const Str *s = as(Str, tag);
    bool check = true;
    if (s->length >= 3 && str_at(s, 0) == '{' && (str_at(s, 1) == '}' || (str_at(s, 1) == '*' && str_at(s, 2) == '}'))) return true;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        if (c == '{') check = false;
        else if (c == '}') check = true;
        else if (check && (c == '/' || c == '*' || c == '[' || c == '@' || c == '.')) return true;
    }
    return false;
}
static Ref by_path(Thread *t, const char *method, Value self, const Value *a, size_t n) {
    Value args[4] = {self, a[0]};
    for (size_t i = 1; i < n; i++) args[i + 1] = value_is_null(a[i]) ? VALUE_NONE : a[i];
    return call_method(t, slot_get(&element_path), str_intern_cstr(t, method), args, n + 1);
}
/* The child at i, owned, if its tag is that one: 1; 0; -1; -2: no such child */
static int child_with_tag(Thread *t, Value self, size_t i, Value tag, Ref *child) {
    Value list = element_children(self);
    *child = value_is_null(list) ? REF_NULL : ref_new(t, list_get(list, i));
    if (ref_is_null(*child)) return -2;
    int same = 0;
    if (is_element(ref_borrow(*child))) {
        Ref own = slot_ref(t, &element(ref_borrow(*child))->tag);
        same = values_equal(t, ref_borrow(own), tag);
        ref_drop(t, own);
    }
    if (same != 1) ref_drop(t, *child);
    return same;
}
static Ref m_find(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    if (kit_bind(t, "find", "path|namespaces", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (is_path(a[0]) || (!value_is_null(a[1]) && !value_is_none(a[1]))) return by_path(t, "find", self, a, 2);
    Ref child;
    for (size_t i = 0;; i++) {
        int same = child_with_tag(t, self, i, a[0], &child);
        if (same == 1) return child;
        if (same < 0) return same == -2 ? REF_NONE : REF_NULL;
    }
}
static Ref m_findtext(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[3];
    if (kit_bind(t, "findtext", "path|default,namespaces", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (is_path(a[0]) || (!value_is_null(a[2]) && !value_is_none(a[2]))) return by_path(t, "findtext", self, a, 3);
    Ref child;
    for (size_t i = 0;; i++) {
        int same = child_with_tag(t, self, i, a[0], &child);
        if (same == 1) {
            Ref text = slot_ref(t, &element(ref_borrow(child))->text);
            ref_drop(t, child);
            return ref_is_none(text) ? ref_new(t, str_empty()) : text;
        }
        if (same < 0) return same == -1 ? REF_NULL : value_is_null(a[1]) ? REF_NONE : ref_new(t, a[1]);
    }
}
static Ref m_findall(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    if (kit_bind(t, "findall", "path|namespaces", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (is_path(a[0]) || (!value_is_null(a[1]) && !value_is_none(a[1]))) return by_path(t, "findall", self, a, 2);
    Ref child, out = list_new(t, 0);
    for (size_t i = 0; !ref_is_null(out); i++) {
        int same = child_with_tag(t, self, i, a[0], &child);
        if (same == -2) break;
        if (same == -1 || (same == 1 && list_append_steal(t, ref_borrow(out), child) < 0)) {
            ref_drop(t, out);
            return REF_NULL;
        }
    }
    return out;
}
static Ref m_iterfind(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    return kit_bind(t, "iterfind", "path|namespaces", args, nargs, kwnames, a) < 0 ? REF_NULL : by_path(t, "iterfind", self, a, 2);
}

/* ---- walking in document order ----------------------------------------------------------------------------------------------------------------------------------- */

typedef struct ElementIter {
    Object base;
    Slot root, tag;          /* root: null once begun; tag: null for any */
    Slot stack;              /* list: parents on the way down, each with the index of its next child */
    bool texts;
    KitLock lock;
} ElementIter;
KIT_SLOTS(3)
static Ref iter_new(Thread *t, Value self, Value tag, bool texts) {
    ElementIter *it = object_new(ElementIter, t, &element_iter_type);
    Ref stack = it == NULL ? REF_NULL : list_new(t, 0);
    if (it == NULL) return REF_NULL;
    slot_init(&it->root, ref_new(t, self));
    slot_init(&it->tag, value_is_null(tag) ? REF_NULL : ref_new(t, tag));
    slot_init(&it->stack, stack);
    it->texts = texts;
    if (!ref_is_null(stack)) return ref_steal(it);
    ref_drop(t, ref_steal(it));
    return REF_NULL;
}
/* The next element on the way, or (leaving one) its tail in *tail. Null: the end, or an exception */
static Ref advance(Thread *t, ElementIter *it, Ref *tail) {
    Value stack = slot_get(&it->stack);
    *tail = REF_NULL;
    Ref next = slot_take(t, it, &it->root);
    if (ref_is_null(next)) {
        size_t n = list_size(stack);
        if (n == 0) return REF_NULL;
        int64_t i = value_int(list_get(stack, n - 1));
        Ref parent = ref_new(t, list_get(stack, n - 2));
        Value list = element_children(ref_borrow(parent));
        next = value_is_null(list) ? REF_NULL : ref_new(t, list_get(list, (size_t)i));
        if (ref_is_null(next)) { /* this one is through */
            ref_drop(t, list_pop(t, stack, -1));
            ref_drop(t, list_pop(t, stack, -1));
            if (n > 2) *tail = slot_ref(t, &element(ref_borrow(parent))->tail);
            ref_drop(t, parent);
            return *tail;
        }
        ref_drop(t, parent);
        if (list_set(t, stack, (int64_t)n - 1, small_int(i + 1)) < 0) {
            ref_drop(t, next);
            return REF_NULL;
        }
    }
    if (!is_element(ref_borrow(next))) {
        err_set(t, E_AttributeError, "'%.100T' object has no attribute 'iter'", ref_borrow(next));
        ref_drop(t, next);
        return REF_NULL;
    }
    if (list_append(t, stack, ref_borrow(next)) < 0 || list_append(t, stack, small_int(0)) < 0) {
        ref_drop(t, next);
        return REF_NULL;
    }
    return next;
}
static Ref next_locked(Thread *t, ElementIter *it) {
    for (;;) {
        Ref tail, e = advance(t, it, &tail);
        if (ref_is_null(e)) {
            if (err_pending(t) || list_size(slot_get(&it->stack)) == 0) return REF_NULL;
            continue;
        }
        if (!ref_is_null(tail)) { /* e is the tail itself */
            int yes = it->texts ? is_true(t, ref_borrow(tail)) : 0;
            if (yes > 0) return tail;
            ref_drop(t, tail);
            if (yes < 0) return REF_NULL;
            continue;
        }
        if (it->texts) {
            Ref text = slot_ref(t, &element(ref_borrow(e))->text);
            int yes = is_true(t, ref_borrow(text));
            ref_drop(t, e);
            if (yes > 0) return text;
            ref_drop(t, text);
            if (yes < 0) return REF_NULL;
            continue;
        }
        Value tag = slot_get(&it->tag);
        int same = 1;
        if (!value_is_null(tag)) {
            Ref own = slot_ref(t, &element(ref_borrow(e))->tag);
            same = values_equal(t, ref_borrow(own), tag);
            ref_drop(t, own);
        }
        if (same > 0) return e;
        ref_drop(t, e);
        if (same < 0) return REF_NULL;
    }
}
static Ref iter_next_slot(Thread *t, Value self) {
    ElementIter *it = as(ElementIter, self);
    if (kit_lock(t, &it->lock) < 0) return REF_NULL;
    Ref r = next_locked(t, it);
    kit_unlock(&it->lock);
    return r;
}
Type element_iter_type = {
    TYPE_HEADER(ElementIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_3, NULL, kit_drop_3), .name = "_elementtree._element_iterator", .iter = iter_self,
    .next = iter_next_slot,
};
static Ref m_iter(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    if (kit_bind(t, "iter", "|tag", args, nargs, kwnames, a) < 0) return REF_NULL;
    bool any = value_is_null(a[0]) || value_is_none(a[0]) || (is_str(a[0]) && str_equal_ascii(a[0], "*"));
    return iter_new(t, self, any ? VALUE_NULL : a[0], false);
}
static Ref m_itertext(Thread *t, Value self, const Value *a) { return iter_new(t, self, VALUE_NULL, true); }

/* ---- Element ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref element_repr(Thread *t, Value self) {
    char address[32];
    snprintf(address, sizeof address, "%p", (void *)value_object(self));
    ReprGuard g;
    if (repr_enter(&g, self)) return err_set(t, E_RuntimeError, "reentrant call inside %s.__repr__", type_of(self)->name);
    Ref tag = slot_ref(t, &element(self)->tag), r = str_format(t, "<Element %R at %s>", ref_borrow(tag), address);
    ref_drop(t, tag);
    repr_leave(&g);
    return r;
}
static Ref get_slot(Thread *t, Value self, void *closure) { return slot_ref(t, (Slot *)((char *)element(self) + (uintptr_t)closure)); }
static int set_slot(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "can't delete element attribute"));
    slot_set(t, value_object(self), (Slot *)((char *)element(self) + (uintptr_t)closure), ref_new(t, v));
    return 0;
}
static Ref get_attrib(Thread *t, Value self, void *closure) { return attrib_made(t, self); }
static int set_attrib(Thread *t, Value self, Value v, void *closure) {
    if (!value_is_null(v) && !is_dict(v)) return err_int(err_set(t, E_TypeError, "attrib must be dict, not %.200T", v));
    return set_slot(t, self, v, (void *)offsetof(Element, attrib));
}
#define SLOT(name) {#name, get_slot, set_slot, NULL, (void *)offsetof(Element, name)}
static const GetSetDef element_getset[] = {SLOT(tag), SLOT(text), SLOT(tail), {"attrib", get_attrib, set_attrib, NULL}, {NULL}};
static NativeDef element_methods[] = {
    FN("clear", "($self, /)", m_clear, NULL), FN_RAW("get", "($self, /, key, default=None)", m_get, NULL), FN_RAW("set", "($self, key, value, /)", m_set, NULL),
    FN_RAW("find", "($self, /, path, namespaces=None)", m_find, NULL), FN_RAW("findtext", "($self, /, path, default=None, namespaces=None)", m_findtext, NULL),
    FN_RAW("findall", "($self, /, path, namespaces=None)", m_findall, NULL), FN("append", "($self, subelement, /)", m_append, NULL),
    FN("extend", "($self, elements, /)", m_extend, NULL), FN("insert", "($self, index, subelement, /)", m_insert, NULL), FN("remove", "($self, subelement, /)", m_remove, NULL),
    FN_RAW("iter", "($self, /, tag=None)", m_iter, NULL), FN("itertext", "($self, /)", m_itertext, NULL),
    FN_RAW("iterfind", "($self, /, path, namespaces=None)", m_iterfind, NULL), FN("items", "($self, /)", m_items, NULL), FN("keys", "($self, /)", m_keys, NULL),
    FN_RAW("makeelement", "($self, tag, attrib, /)", m_makeelement, NULL), FN("__copy__", "($self, /)", m_copy, NULL),
    FN("__deepcopy__", "($self, memo, /)", m_deepcopy, NULL), FN("__sizeof__", "($self, /)", m_sizeof, NULL), FN("__getstate__", "($self, /)", m_getstate, NULL),
    FN("__setstate__", "($self, state, /)", m_setstate, NULL), FN_END};
Type element_type = {
    TYPE_HEADER(Element, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, kit_traverse_5, kit_drop_5, kit_drop_5), .name = "xml.etree.ElementTree.Element",
    .weakrefs_offset = offsetof(Element, weakrefs), .new_ = element_new, .init = element_init, .repr = element_repr, .len = element_len,
    .getitem = element_getitem, .setitem = element_setitem, .methods = element_methods, .getset = element_getset,
};

/* ---- the module ----------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_set_factories(Thread *t, Value m, const Value *a) {
    static const char *const what[] = {"Comment", "PI"};
    for (int i = 0; i < 2; i++)
        if (!value_is_none(a[i]) && !is_callable(a[i])) return err_set(t, E_TypeError, "%s factory must be callable, not %.500T", what[i], a[i]);
    Slot *slots[] = {&comment_factory, &pi_factory};
    Ref old[2] = {slot_ref(t, slots[0]), slot_ref(t, slots[1])}, pair = tuple_pack(t, 2, ref_is_null(old[0]) ? VALUE_NONE : ref_borrow(old[0]),
                                                                                   ref_is_null(old[1]) ? VALUE_NONE : ref_borrow(old[1]));
    for (int i = 0; i < 2; i++) {
        Ref v = ref_new(t, a[i]);
        publish(t, ref_borrow(v));
        ref_drop(t, (Ref){swap_acq_rel(&slots[i]->x_bits, v.bits)});
        ref_drop(t, old[i]);
    }
    return pair;
}
static NativeDef functions[] = {FN_RAW("SubElement", NULL, m_SubElement, NULL),
                                FN("_set_factories", "($module, comment_factory, pi_factory, /)", m_set_factories,
                                   "Change the factories used to create comments and processing instructions.\n\nFor internal use only."), FN_END};
int module_init__elementtree(Thread *t, Value module) {
    Ref path = import_module(t, "xml.etree.ElementPath"), copy = ref_is_null(path) ? path : import_attr(t, "copy", "deepcopy");
    if (ref_is_null(copy)) return -1;
    kit_root(t, &element_path, path);
    kit_root(t, &deepcopy, copy);
    kit_root(t, &comment_factory, REF_NONE);
    kit_root(t, &pi_factory, REF_NONE);
    Type *const types[] = {&element_type, &builder_type, &parser_type, NULL};
    if (type_ready(t, &element_iter_type) < 0 || kit_module(t, module, types, functions, NULL) < 0) return -1;
    return kit_exception_root(t, module, &parse_error, "xml.etree.ElementTree", "ParseError", ETYPE(SyntaxError));
}
