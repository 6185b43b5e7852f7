/* TreeBuilder and XMLParser. See elementtree.h. A parser is used by one thread at a time, like pyexpat's; what a builder has built so far is guarded by the
 * lock of the builder itself, which a parser takes, too, on its short way. */
#include "runtime/loadable/elementtree.h"
#include "runtime/modules/_io.h"
#include <expat.h>
#include <stdio.h>

/* ---- TreeBuilder -------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Builder {
    Object base;
    Slot root, current, last, stack;         /* element, element or None, element or null, list of the elements around */
    Slot element_factory, comment_factory, pi_factory; /* null: Element itself, the module's */
    Slot queue, events[EVENT_COUNT];
    StrBuilder data;                         /* text since the last tag; lock */
    KitLock lock;
    bool tail, insert_comments, insert_pis;  /* tail: the text belongs behind `last` */
} Builder;
static Builder *builder(Value v) { return as(Builder, v); }
#define BUILDER_SLOTS (8 + EVENT_COUNT)
static Slot *builder_slot(Builder *b, int i) { return &b->root + i; }
static void builder_traverse(Object *o, VisitFn visit, void *arg) {
    for (int i = 0; i < BUILDER_SLOTS; i++) slot_visit(builder_slot((Builder *)o, i), visit, arg);
}
static void builder_clear(Thread *t, Object *o) {
    for (int i = 0; i < BUILDER_SLOTS; i++) slot_set(t, o, builder_slot((Builder *)o, i), REF_NULL);
}
static void builder_destroy(Thread *t, Object *o) {
    builder_clear(t, o);
    builder_drop(&((Builder *)o)->data);
}
static Ref tree_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Ref r = instance_new(t, as(Type, cls)), stack = ref_is_null(r) ? r : list_new(t, 0);
    if (ref_is_null(r) || ref_is_null(stack)) {
        ref_drop(t, r);
        return REF_NULL;
    }
    Builder *b = builder(ref_borrow(r));
    slot_init(&b->current, REF_NONE);
    slot_init(&b->stack, stack);
    return r;
}
static int builder_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Builder *b = builder(self);
    Value a[5];
    if (kit_bind(t, "TreeBuilder", "|element_factory$comment_factory,pi_factory,insert_comments,insert_pis", args, nargs, kwnames, a) < 0) return -1;
    int comments = value_is_null(a[3]) ? 0 : is_true(t, a[3]), pis = value_is_null(a[4]) ? 0 : is_true(t, a[4]);
    if (comments < 0 || pis < 0) return -1;
    Slot *slots[] = {&b->element_factory, &b->comment_factory, &b->pi_factory};
    for (int i = 0; i < 3; i++) slot_set(t, b, slots[i], value_is_null(a[i]) || value_is_none(a[i]) ? REF_NULL : ref_new(t, a[i]));
    b->insert_comments = comments;
    b->insert_pis = pis;
    return 0;
}

/* Text or tail of e := that text; behind what is there, if something is. Of classes of Python's by their attributes. text is consumed. */
static int give_text(Thread *t, Value e, bool tail, Ref text) {
    int status;
    if (is_exact(e, &element_type)) {
        Slot *s = tail ? &as(Element, e)->tail : &as(Element, e)->text;
        Value before = slot_get(s);
        if (is_str(before)) {
            Ref joined = str_concat(t, before, ref_borrow(text));
            ref_drop(t, text);
            text = joined;
        }
        status = ref_is_null(text) ? -1 : 0;
        if (status == 0) slot_set(t, value_object(e), s, text);
        return status;
    }
    Value name = str_intern_cstr(t, tail ? "tail" : "text");
    Ref before = get_attr(t, e, name);
    if (!ref_is_null(before) && !ref_is_none(before)) {
        Ref joined = binary_op(t, OP_ADD, ref_borrow(before), ref_borrow(text));
        ref_drop(t, text);
        text = joined;
    }
    status = ref_is_null(before) || ref_is_null(text) ? -1 : set_attr(t, e, name, ref_borrow(text));
    ref_drop(t, before);
    ref_drop(t, text);
    return status;
}
static int flush(Thread *t, Builder *b) {
    if (b->data.length == 0) return 0;
    Ref text = builder_finish(t, &b->data);
    b->data = STR_BUILDER;
    if (ref_is_null(text)) return -1;
    Ref last = slot_ref(t, &b->last);
    int status = 0;
    if (ref_is_null(last)) ref_drop(t, text);
    else status = give_text(t, ref_borrow(last), b->tail, text);
    ref_drop(t, last);
    return status;
}
static int add_child(Thread *t, Value parent, Value child) {
    if (is_exact(parent, &element_type) && is_element(child)) return element_append(t, parent, child);
    Ref r = call_method1(t, parent, N(append), child);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}
int builder_event(Thread *t, Value self, int kind, Value what) {
    Builder *b = builder(self);
    Value name = slot_get(&b->events[kind]);
    if (value_is_null(name)) return 0;
    Ref event = tuple_pack(t, 2, name, what), queue = slot_ref(t, &b->queue), r = REF_NONE;
    if (!ref_is_null(queue)) r = ref_is_null(event) ? event : call1(t, ref_borrow(queue), ref_borrow(event));
    ref_drop(t, queue);
    ref_drop(t, event);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}
bool builder_wants(Value self, int kind) { return !value_is_null(slot_get(&builder(self)->events[kind])); }
void builder_set_events(Thread *t, Value self, Value queue, Ref *names) {
    Builder *b = builder(self);
    slot_set(t, b, &b->queue, value_is_null(queue) ? REF_NULL : ref_new(t, queue));
    for (int i = 0; i < EVENT_COUNT; i++) slot_set(t, b, &b->events[i], names[i]);
}

/* attrib (consumed): a dict or null */
Ref builder_start(Thread *t, Value self, Value tag, Ref attrib) {
    Builder *b = builder(self);
    if (flush(t, b) < 0) {
        ref_drop(t, attrib);
        return REF_NULL;
    }
    Ref e, factory = slot_ref(t, &b->element_factory);
    if (ref_is_null(factory)) {
        e = element_make(t, &element_type, tag, attrib);
    } else {
        if (ref_is_null(attrib)) attrib = dict_new(t);
        e = ref_is_null(attrib) ? attrib : call2(t, ref_borrow(factory), tag, ref_borrow(attrib));
        ref_drop(t, attrib);
        ref_drop(t, factory);
    }
    if (ref_is_null(e)) return e;
    Ref current = slot_ref(t, &b->current);
    int status = 0;
    if (!ref_is_none(current)) status = add_child(t, ref_borrow(current), ref_borrow(e));
    else if (!value_is_null(slot_get(&b->root))) status = err_int(err_type(t, as(Type, slot_get(&parse_error)), "multiple elements on top level"));
    else slot_set(t, b, &b->root, ref_new(t, ref_borrow(e)));
    if (status == 0) status = list_append(t, slot_get(&b->stack), ref_borrow(current));
    ref_drop(t, current);
    if (status == 0) {
        slot_set(t, b, &b->current, ref_new(t, ref_borrow(e)));
        slot_set(t, b, &b->last, ref_new(t, ref_borrow(e)));
        b->tail = false;
        status = builder_event(t, self, EVENT_START, ref_borrow(e));
    }
    if (status == 0) return e;
    ref_drop(t, e);
    return REF_NULL;
}
int builder_data(Thread *t, Value self, Value text) {
    Builder *b = builder(self);
    if (value_is_null(slot_get(&b->last))) return 0; /* white space before the first element */
    return builder_str(t, &b->data, text);
}
Ref builder_end(Thread *t, Value self, Value tag) {
    Builder *b = builder(self);
    if (flush(t, b) < 0) return REF_NULL;
    if (list_size(slot_get(&b->stack)) == 0) return err_set(t, E_IndexError, "pop from empty stack");
    Ref ended = slot_ref(t, &b->current), outer = list_pop(t, slot_get(&b->stack), -1);
    if (ref_is_null(outer)) {
        ref_drop(t, ended);
        return outer;
    }
    slot_set(t, b, &b->last, ref_new(t, ref_borrow(ended)));
    slot_set(t, b, &b->current, outer);
    b->tail = true;
    if (builder_event(t, self, EVENT_END, ref_borrow(ended)) == 0) return ended;
    ref_drop(t, ended);
    return REF_NULL;
}
/* A comment or an instruction, made by its factory. */
static Ref aside(Thread *t, Value self, const Slot *own, const Slot *shared, bool insert, int kind, Value a, Value text) {
    Builder *b = builder(self);
    if (flush(t, b) < 0) return REF_NULL;
    Ref factory = slot_ref(t, own), made;
    if (ref_is_null(factory)) factory = slot_ref(t, shared);
    if (ref_is_null(factory) || ref_is_none(factory)) made = kind == EVENT_COMMENT ? ref_new(t, text) : tuple_pack(t, 2, a, text);
    else made = kind == EVENT_COMMENT ? call1(t, ref_borrow(factory), text) : call2(t, ref_borrow(factory), a, text);
    bool by_factory = !ref_is_null(factory) && !ref_is_none(factory);
    ref_drop(t, factory);
    if (ref_is_null(made)) return made;
    Ref current = slot_ref(t, &b->current);
    int status = 0;
    if (by_factory && insert && !ref_is_none(current)) {
        status = add_child(t, ref_borrow(current), ref_borrow(made));
        slot_set(t, b, &b->last, ref_new(t, ref_borrow(made)));
        b->tail = true;
    }
    ref_drop(t, current);
    if (status == 0) status = builder_event(t, self, kind, ref_borrow(made));
    if (status == 0) return made;
    ref_drop(t, made);
    return REF_NULL;
}
Ref builder_comment(Thread *t, Value self, Value text) {
    return aside(t, self, &builder(self)->comment_factory, &comment_factory, builder(self)->insert_comments, EVENT_COMMENT, VALUE_NULL, text);
}
Ref builder_pi(Thread *t, Value self, Value target, Value text) {
    return aside(t, self, &builder(self)->pi_factory, &pi_factory, builder(self)->insert_pis, EVENT_PI, target, text);
}
Ref builder_close(Thread *t, Value self) {
    Ref root = slot_ref(t, &builder(self)->root);
    return ref_is_null(root) ? REF_NONE : root;
}
/* One operation of a builder at a time. */
#define LOCKED(self, call_)                                                                                                               \
    do {                                                                                                                                 \
        if (io_begin(t, builder(self), &builder(self)->lock) < 0) return REF_NULL;                                                        \
        Ref r_ = call_;                                                                                                                   \
        io_end(t, builder(self), &builder(self)->lock);                                                                                   \
        return r_;                                                                                                                        \
    } while (0)
static Ref m_start(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "TreeBuilder.start", kwnames) < 0 || check_nargs(t, "start", nargs, 2, 2) < 0) return REF_NULL;
    if (!is_dict(args[1])) return err_set(t, E_TypeError, "start() argument 2 must be dict, not %T", args[1]);
    LOCKED(self, builder_start(t, self, args[0], dict_size(args[1]) > 0 ? ref_new(t, args[1]) : REF_NULL));
}
static Ref data_locked(Thread *t, Value self, Value text) {
    if (!is_str(text)) { /* what isn't text is kept as it is: joined by + */
        Builder *b = builder(self);
        Ref last = slot_ref(t, &b->last);
        bool bad = !ref_is_null(last) && (flush(t, b) < 0 || give_text(t, ref_borrow(last), b->tail, ref_new(t, text)) < 0);
        ref_drop(t, last);
        return bad ? REF_NULL : REF_NONE;
    }
    return builder_data(t, self, text) < 0 ? REF_NULL : REF_NONE;
}
static Ref m_data(Thread *t, Value self, const Value *a) { LOCKED(self, data_locked(t, self, a[0])); }
static Ref m_end(Thread *t, Value self, const Value *a) { LOCKED(self, builder_end(t, self, a[0])); }
static Ref m_comment(Thread *t, Value self, const Value *a) { LOCKED(self, builder_comment(t, self, a[0])); }
static Ref m_pi(Thread *t, Value self, const Value *a) { LOCKED(self, builder_pi(t, self, a[0], value_is_null(a[1]) ? VALUE_NONE : a[1])); }
static Ref m_close(Thread *t, Value self, const Value *a) { LOCKED(self, builder_close(t, self)); }
static NativeDef builder_methods[] = {
    FN("data", "($self, data, /)", m_data, NULL), FN_RAW("start", "($self, tag, attrs, /)", m_start, NULL), FN("end", "($self, tag, /)", m_end, NULL),
    FN("comment", "($self, text, /)", m_comment, NULL), FN("pi", "($self, target, text=None, /)", m_pi, NULL), FN("close", "($self, /)", m_close, NULL), FN_END};
Type builder_type = {
    TYPE_HEADER(Builder, TYPE_CONTAINER | TYPE_BASETYPE, builder_traverse, builder_clear, builder_destroy), .name = "xml.etree.ElementTree.TreeBuilder",
    .new_ = tree_new, .init = builder_init, .methods = builder_methods,
};

/* ---- XMLParser -------------------------------------------------------------------------------------------------------------------------------------------- */

enum { T_START, T_DATA, T_END, T_COMMENT, T_PI, T_DOCTYPE, T_START_NS, T_END_NS, T_CLOSE, T_COUNT };
static const char *const target_names[T_COUNT] = {"start", "data", "end", "comment", "pi", "doctype", "start_ns", "end_ns", "close"};
typedef struct Parser {
    Object base;
    Slot target, entity, names;              /* names: dict of universal names by expat's */
    Slot method[T_COUNT];                    /* the target's methods, null where it has none */
    XML_Parser xml;
    KitLock lock;
    Thread *thread;
    bool builder;                            /* the target is a TreeBuilder, exactly: the short way */
    Slot weakrefs;
} Parser;
#define PARSER_SLOTS (3 + T_COUNT)
static Parser *parser(Value v) { return as(Parser, v); }
static void parser_traverse(Object *o, VisitFn visit, void *arg) {
    for (int i = 0; i < PARSER_SLOTS; i++) slot_visit(&((Parser *)o)->target + i, visit, arg);
}
static void parser_clear(Thread *t, Object *o) {
    for (int i = 0; i < PARSER_SLOTS; i++) slot_set(t, o, &((Parser *)o)->target + i, REF_NULL);
}
static void parser_destroy(Thread *t, Object *o) {
    parser_clear(t, o);
    if (((Parser *)o)->xml != NULL) XML_ParserFree(((Parser *)o)->xml);
}
static Value target(Parser *p) { return slot_get(&p->target); }
static void stop(Parser *p) { XML_StopParser(p->xml, XML_FALSE); }
static Ref raise(Thread *t, Parser *p, enum XML_Error code, int line, int column, const char *message) {
    Ref text = str_format(t, "%s: line %d, column %d", message != NULL ? message : XML_ErrorString(code), line, column);
    Ref e = ref_is_null(text) ? text : call1(t, slot_get(&parse_error), ref_borrow(text)), position = ref_is_null(e) ? e : tuple_pack(t, 2, small_int(line), small_int(column));
    if (!ref_is_null(position) && set_attr(t, ref_borrow(e), str_intern_cstr(t, "code"), small_int(code)) == 0 &&
        set_attr(t, ref_borrow(e), str_intern_cstr(t, "position"), ref_borrow(position)) == 0)
        err_object(t, ref_borrow(e));
    ref_drop(t, position);
    ref_drop(t, e);
    ref_drop(t, text);
    return REF_NULL;
}
static Ref text_of(Thread *t, const XML_Char *s) { return s == NULL ? REF_NONE : str_from_utf8(t, s, strlen(s)); }
/* "uri}local" as "{uri}local", each made once */
static Ref universal(Thread *t, Parser *p, const XML_Char *s) {
    size_t n = strlen(s);
    Ref key = bytes_new(t, s, n), name;
    if (ref_is_null(key)) return key;
    int found = dict_lookup(t, slot_get(&p->names), ref_borrow(key), &name);
    if (found == 0) {
        if (memchr(s, '}', n) == NULL) {
            name = str_from_utf8(t, s, n);
        } else {
            Ref plain = str_from_utf8(t, s, n);
            name = ref_is_null(plain) ? plain : str_format(t, "{%V", ref_borrow(plain));
            ref_drop(t, plain);
        }
        if (!ref_is_null(name) && dict_set(t, slot_get(&p->names), ref_borrow(key), ref_borrow(name)) < 0) {
            ref_drop(t, name);
            name = REF_NULL;
        }
    }
    ref_drop(t, key);
    return found < 0 ? REF_NULL : name;
}
/* Calls a method of the target with n arguments (consumed; a null one passes its failure on). */
static void tell(Thread *t, Parser *p, int which, Ref *args, size_t n) {
    Value values[4];
    Ref f = slot_ref(t, &p->method[which]), r = REF_NULL;
    for (size_t i = 0; i < n; i++) values[i] = ref_borrow(args[i]);
    if (!err_pending(t) && !ref_is_null(f)) r = call(t, ref_borrow(f), values, n, VALUE_NULL);
    ref_drop(t, r);
    ref_drop(t, f);
    for (size_t i = 0; i < n; i++) ref_drop(t, args[i]);
    if (err_pending(t)) stop(p);
}
static void done(Thread *t, Parser *p, Ref r) {
    if (ref_is_null(r)) stop(p);
    ref_drop(t, r);
}
/* result = call_, an operation of the builder that is the target, under its lock; `failed` where it can't be had. */
#define BUILDING(result, failed, call_)                                       \
    do {                                                                     \
        Builder *b_ = builder(target(p));                                    \
        result = failed;                                                     \
        if (io_begin(t, b_, &b_->lock) == 0) {                               \
            result = call_;                                                  \
            io_end(t, b_, &b_->lock);                                        \
        }                                                                    \
    } while (0)
#define PARSER(data) Parser *p = (data); Thread *t = p->thread; if (err_pending(t)) return

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **atts) {
    PARSER(data);
    Ref tag = universal(t, p, name), attrib = atts[0] != NULL ? dict_new(t) : REF_NULL;
    for (; !err_pending(t) && atts[0] != NULL; atts += 2) {
        Ref k = universal(t, p, atts[0]), v = ref_is_null(k) ? k : text_of(t, atts[1]);
        if (!ref_is_null(v)) dict_set(t, ref_borrow(attrib), ref_borrow(k), ref_borrow(v));
        ref_drop(t, v);
        ref_drop(t, k);
    }
    if (err_pending(t)) {
        ref_drop(t, attrib);
        stop(p);
    } else if (p->builder) {
        Ref r;
        BUILDING(r, REF_NULL, builder_start(t, target(p), ref_borrow(tag), ref_new(t, ref_borrow(attrib))));
        ref_drop(t, attrib);
        done(t, p, r);
    } else {
        Ref args[] = {ref_new(t, ref_borrow(tag)), ref_is_null(attrib) ? dict_new(t) : attrib};
        tell(t, p, T_START, args, 2);
    }
    ref_drop(t, tag);
}
static void give_data(Thread *t, Parser *p, Ref text) {
    if (ref_is_null(text)) stop(p);
    else if (p->builder) {
        int status;
        BUILDING(status, -1, builder_data(t, target(p), ref_borrow(text)));
        if (status < 0) stop(p);
        ref_drop(t, text);
    } else {
        tell(t, p, T_DATA, &text, 1);
    }
}
static void XMLCALL on_data(void *data, const XML_Char *s, int n) {
    PARSER(data);
    give_data(t, p, str_from_utf8(t, s, (size_t)n));
}
static void XMLCALL on_end(void *data, const XML_Char *name) {
    PARSER(data);
    if (p->builder) {
        Ref r;
        BUILDING(r, REF_NULL, builder_end(t, target(p), VALUE_NONE));
        done(t, p, r);
    } else {
        Ref tag = universal(t, p, name);
        tell(t, p, T_END, &tag, 1);
    }
}
static void XMLCALL on_comment(void *data, const XML_Char *s) {
    PARSER(data);
    Ref text = text_of(t, s);
    if (p->builder && !ref_is_null(text)) {
        Ref r;
        BUILDING(r, REF_NULL, builder_comment(t, target(p), ref_borrow(text)));
        done(t, p, r);
        ref_drop(t, text);
    } else {
        tell(t, p, T_COMMENT, &text, 1);
    }
}
static void XMLCALL on_pi(void *data, const XML_Char *name, const XML_Char *s) {
    PARSER(data);
    Ref args[] = {text_of(t, name), text_of(t, s)};
    if (p->builder && !err_pending(t)) {
        Ref r;
        BUILDING(r, REF_NULL, builder_pi(t, target(p), ref_borrow(args[0]), ref_borrow(args[1])));
        done(t, p, r);
        ref_drop(t, args[0]);
        ref_drop(t, args[1]);
    } else {
        tell(t, p, T_PI, args, 2);
    }
}
static void XMLCALL on_start_ns(void *data, const XML_Char *prefix, const XML_Char *uri) {
    PARSER(data);
    Ref args[] = {text_of(t, prefix == NULL ? "" : prefix), text_of(t, uri == NULL ? "" : uri)};
    if (p->builder) {
        Ref pair = err_pending(t) ? REF_NULL : tuple_pack(t, 2, ref_borrow(args[0]), ref_borrow(args[1]));
        if (ref_is_null(pair) || builder_event(t, target(p), EVENT_START_NS, ref_borrow(pair)) < 0) stop(p);
        ref_drop(t, pair);
        ref_drop(t, args[0]);
        ref_drop(t, args[1]);
    } else {
        tell(t, p, T_START_NS, args, 2);
    }
}
static void XMLCALL on_end_ns(void *data, const XML_Char *prefix) {
    PARSER(data);
    if (p->builder) {
        if (builder_event(t, target(p), EVENT_END_NS, VALUE_NONE) < 0) stop(p);
    } else {
        Ref arg = text_of(t, prefix == NULL ? "" : prefix);
        tell(t, p, T_END_NS, &arg, 1);
    }
}
static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public, int subset) {
    PARSER(data);
    if (!value_is_null(slot_get(&p->method[T_DOCTYPE]))) {
        Ref args[] = {text_of(t, name), text_of(t, public), text_of(t, system)};
        tell(t, p, T_DOCTYPE, args, 3);
        return;
    }
    int has = has_attr(t, object_value(p), str_intern_cstr(t, "doctype"));
    if (has < 0 || (has && warn(t, E_RuntimeWarning, 1, "The doctype() method of XMLParser is ignored.  Define doctype() method on the TreeBuilder target.") < 0)) stop(p);
}
/* What nobody else handles: references to entities, which may be in `entity`. */
static void XMLCALL on_default(void *data, const XML_Char *s, int n) {
    PARSER(data);
    if (n < 2 || s[0] != '&') return;
    Ref key = str_from_utf8(t, s + 1, (size_t)n - 2), text = REF_NULL;
    int found = ref_is_null(key) ? -1 : dict_lookup(t, slot_get(&p->entity), ref_borrow(key), &text);
    if (found == 1) {
        give_data(t, p, text);
    } else if (found == 0) {
        char message[128];
        snprintf(message, sizeof message, "undefined entity %.*s", n < 100 ? n : 100, s);
        raise(t, p, XML_ERROR_UNDEFINED_ENTITY, (int)XML_GetErrorLineNumber(p->xml), (int)XML_GetErrorColumnNumber(p->xml), message);
        stop(p);
    } else {
        stop(p);
    }
    ref_drop(t, key);
}
static int XMLCALL on_unknown_encoding(void *data, const XML_Char *name, XML_Encoding *info) {
    Parser *p = data;
    Thread *t = p->thread;
    if (err_pending(t)) return XML_STATUS_ERROR;
    uint8_t all[256];
    for (int i = 0; i < 256; i++) all[i] = (uint8_t)i;
    Ref text = str_decode(t, (const char *)all, 256, name, "replace");
    if (ref_is_null(text)) return XML_STATUS_ERROR;
    bool single = str_length(ref_borrow(text)) == 256;
    if (!single) err_set(t, E_ValueError, "multi-byte encodings are not supported");
    for (size_t i = 0; single && i < 256; i++) {
        uint32_t c = str_at(as(Str, ref_borrow(text)), i);
        info->map[i] = c == 0xFFFD ? -1 : (int)c;
    }
    info->data = NULL;
    info->convert = NULL;
    info->release = NULL;
    ref_drop(t, text);
    return single ? XML_STATUS_OK : XML_STATUS_ERROR;
}

static Ref parser_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static int parser_setup(Thread *t, Parser *p, const char *encoding, Value given) {
    if (p->xml != NULL) XML_ParserFree(p->xml);
    p->xml = XML_ParserCreate_MM(encoding, NULL, "}");
    if (p->xml == NULL) return err_int(err_no_memory(t));
    XML_SetHashSalt(p->xml, (unsigned long)hash_bytes("expat", 5));
    slot_set(t, p, &p->entity, dict_new(t));
    slot_set(t, p, &p->names, dict_new(t));
    Ref to = value_is_null(given) || value_is_none(given) ? call0(t, type_value(&builder_type)) : ref_new(t, given);
    if (ref_is_null(to) || err_pending(t)) {
        ref_drop(t, to);
        return -1;
    }
    p->builder = is_exact(ref_borrow(to), &builder_type);
    slot_set(t, p, &p->target, to);
    for (int i = 0; i < T_COUNT; i++) {
        Value name = str_intern_cstr(t, target_names[i]);
        Ref f = value_is_null(name) ? REF_NULL : get_attr_opt(t, target(p), name);
        if (ref_is_null(f) && err_pending(t)) return -1;
        slot_set(t, p, &p->method[i], f);
    }
    XML_Parser x = p->xml;
#define HAS(i) (p->builder || !value_is_null(slot_get(&p->method[i])))
    XML_SetUserData(x, p);
    if (HAS(T_START) || HAS(T_END)) XML_SetElementHandler(x, HAS(T_START) ? on_start : NULL, HAS(T_END) ? on_end : NULL);
    XML_SetDefaultHandlerExpand(x, on_default);
    if (HAS(T_DATA)) XML_SetCharacterDataHandler(x, on_data);
    if (!p->builder && HAS(T_COMMENT)) XML_SetCommentHandler(x, on_comment);
    if (!p->builder && HAS(T_PI)) XML_SetProcessingInstructionHandler(x, on_pi);
    if (p->builder) {
        if (builder(target(p))->insert_comments) XML_SetCommentHandler(x, on_comment);
        if (builder(target(p))->insert_pis) XML_SetProcessingInstructionHandler(x, on_pi);
    } else {
        if (HAS(T_START_NS)) XML_SetStartNamespaceDeclHandler(x, on_start_ns);
        if (HAS(T_END_NS)) XML_SetEndNamespaceDeclHandler(x, on_end_ns);
    }
#undef HAS
    XML_SetStartDoctypeDeclHandler(x, on_doctype);
    XML_SetUnknownEncodingHandler(x, on_unknown_encoding, p);
    return 0;
}
static int parser_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Parser *p = parser(self);
    Value a[2];
    const char *encoding = NULL;
    if (kit_bind(t, "XMLParser", "$|target,encoding", args, nargs, kwnames, a) < 0) return -1;
    if (!value_is_null(a[1]) && !value_is_none(a[1])) {
        if (!is_str(a[1])) return err_int(err_set(t, E_TypeError, "XMLParser() argument 'encoding' must be str or None, not %T", a[1]));
        if ((encoding = str_utf8(t, a[1], NULL)) == NULL) return -1;
    }
    if (kit_lock(t, &p->lock) < 0) return -1;
    int status = p->lock.depth > 1 ? err_int(err_set(t, E_RuntimeError, "XMLParser.__init__() called by what it parses for")) : parser_setup(t, p, encoding, a[0]);
    kit_unlock(&p->lock);
    return status;
}

/* ---- feeding --------------------------------------------------------------------------------------------------------------------------------------------- */

static int feed(Thread *t, Parser *p, const char *s, size_t n, bool final) {
    int status = 1;
    while (status != 0 && !err_pending(t) && n > 1 << 20) {
        status = XML_Parse(p->xml, s, 1 << 20, 0);
        s += 1 << 20;
        n -= 1 << 20;
    }
    if (status != 0 && !err_pending(t)) status = XML_Parse(p->xml, s, (int)n, final);
    if (err_pending(t)) return -1;
    return status != 0 ? 0 : err_int(raise(t, p, XML_GetErrorCode(p->xml), (int)XML_GetErrorLineNumber(p->xml), (int)XML_GetErrorColumnNumber(p->xml), NULL));
}
static int feed_value(Thread *t, Parser *p, Value v) {
    if (is_str(v)) {
        size_t n;
        const char *s = str_utf8(t, v, &n);
        if (s == NULL) return -1;
        XML_SetEncoding(p->xml, "utf-8"); /* whatever the declaration says */
        return feed(t, p, s, n, false);
    }
    Buffer b;
    if (buffer_get_snapshot(t, v, &b) < 0) return -1;
    int status = feed(t, p, b.data, (size_t)b.len, false);
    buffer_release(t, &b);
    return status;
}
static bool begin(Thread *t, Parser *p, Thread **outer) {
    if (kit_lock(t, &p->lock) < 0) return false;
    if (p->xml == NULL) {
        err_set(t, E_ValueError, "XMLParser.__init__() wasn't called");
        kit_unlock(&p->lock);
        return false;
    }
    *outer = p->thread;
    p->thread = t;
    return true;
}
static void end(Parser *p, Thread *outer) {
    p->thread = outer;
    kit_unlock(&p->lock);
}
static Ref m_feed(Thread *t, Value self, const Value *a) {
    Parser *p = parser(self);
    Thread *outer;
    if (!begin(t, p, &outer)) return REF_NULL;
    int status = feed_value(t, p, a[0]);
    end(p, outer);
    return status < 0 ? REF_NULL : REF_NONE;
}
/* The end of the input: what the target's close() gives. The lock is held. */
static Ref finish(Thread *t, Parser *p) {
    if (feed(t, p, "", 0, true) < 0) return REF_NULL;
    if (p->builder) return builder_close(t, target(p));
    Ref f = slot_ref(t, &p->method[T_CLOSE]), r = ref_is_null(f) ? REF_NONE : call0(t, ref_borrow(f));
    ref_drop(t, f);
    return r;
}
static Ref m_parser_close(Thread *t, Value self, const Value *a) {
    Parser *p = parser(self);
    Thread *outer;
    if (!begin(t, p, &outer)) return REF_NULL;
    Ref r = finish(t, p);
    end(p, outer);
    return r;
}
static Ref m_parse_whole(Thread *t, Value self, const Value *a) {
    Parser *p = parser(self);
    Thread *outer;
    Ref read = get_attr(t, a[0], N(read)), r = REF_NULL;
    if (ref_is_null(read)) return read;
    if (begin(t, p, &outer)) {
        for (bool more = true; more && !err_pending(t);) {
            Ref data = call1(t, ref_borrow(read), small_int(64 * 1024));
            if (ref_is_null(data)) break;
            Value d = ref_borrow(data);
            more = is_str(d) ? str_length(d) > 0 : is_bytes(d) && bytes_length(d) > 0;
            if (more) feed_value(t, p, d);
            ref_drop(t, data);
        }
        if (!err_pending(t)) r = finish(t, p);
        end(p, outer);
    }
    ref_drop(t, read);
    return r;
}
static Ref set_events(Thread *t, Parser *p, const Value *a) {
    static const char *const known[EVENT_COUNT] = {"start", "end", "start-ns", "end-ns", "comment", "pi"};
    if (!p->builder) return err_set(t, E_TypeError, "event handling only supported for ElementTree.TreeBuilder targets");
    Ref append = get_attr(t, a[0], N(append)), names[EVENT_COUNT] = {REF_NULL}, list = REF_NULL;
    if (ref_is_null(append)) return append;
    if (value_is_null(a[1]) || value_is_none(a[1])) {
        names[EVENT_END] = str_from_cstr(t, "end");
    } else {
        list = sequence_fast(t, a[1], "events must be a sequence");
        int64_t n = ref_is_null(list) ? -1 : object_len(t, ref_borrow(list));
        for (int64_t i = 0; i < n && !err_pending(t); i++) {
            Ref name = get_item(t, ref_borrow(list), small_int(i));
            int which = -1;
            for (int k = 0; !ref_is_null(name) && is_str(ref_borrow(name)) && k < EVENT_COUNT; k++)
                if (str_equal_ascii(ref_borrow(name), known[k])) which = k;
            if (which < 0) {
                if (!ref_is_null(name)) err_set(t, E_ValueError, is_str(ref_borrow(name)) ? "unknown event '%V'" : "invalid events sequence", ref_borrow(name));
                ref_drop(t, name);
            } else {
                ref_drop(t, names[which]);
                names[which] = name;
            }
        }
    }
    ref_drop(t, list);
    if (err_pending(t)) {
        for (int i = 0; i < EVENT_COUNT; i++) ref_drop(t, names[i]);
        ref_drop(t, append);
        return REF_NULL;
    }
    builder_set_events(t, target(p), ref_borrow(append), names);
    ref_drop(t, append);
    Value to = target(p);
    XML_SetNamespaceDeclHandler(p->xml, builder_wants(to, EVENT_START_NS) ? on_start_ns : NULL, builder_wants(to, EVENT_END_NS) ? on_end_ns : NULL);
    if (builder_wants(to, EVENT_COMMENT)) XML_SetCommentHandler(p->xml, on_comment);
    if (builder_wants(to, EVENT_PI)) XML_SetProcessingInstructionHandler(p->xml, on_pi);
    return REF_NONE;
}
static Ref m_setevents(Thread *t, Value self, const Value *a) {
    Thread *outer;
    if (!begin(t, parser(self), &outer)) return REF_NULL;
    Ref r = set_events(t, parser(self), a);
    end(parser(self), outer);
    return r;
}
static Ref get_version(Thread *t, Value self, void *closure) {
    return str_format(t, "Expat %d.%d.%d", XML_MAJOR_VERSION, XML_MINOR_VERSION, XML_MICRO_VERSION);
}
static const GetSetDef parser_getset[] = {{"version", get_version}, {NULL}};
static const MemberDef parser_members[] = {{"entity", MEMBER_SLOT, offsetof(Parser, entity), true}, {"target", MEMBER_SLOT, offsetof(Parser, target), true}, {NULL}};
static NativeDef parser_methods[] = {
    FN("feed", "($self, data, /)", m_feed, NULL), FN("close", "($self, /)", m_parser_close, NULL), FN("_parse_whole", "($self, file, /)", m_parse_whole, NULL),
    FN("_setevents", "($self, events_queue, events_to_report=None, /)", m_setevents, NULL), FN_END};
Type parser_type = {
    TYPE_HEADER(Parser, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, parser_traverse, parser_clear, parser_destroy), .name = "xml.etree.ElementTree.XMLParser",
    .weakrefs_offset = offsetof(Parser, weakrefs), .new_ = parser_new, .init = parser_init, .methods = parser_methods, .members = parser_members,
    .getset = parser_getset,
};
