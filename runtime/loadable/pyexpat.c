/* pyexpat: parsing XML with the expat library.
 *
 * A parser is used by one thread at a time: every call into the library holds the parser's lock, also while handlers run (a handler's own calls enter again).
 * Handlers run attached, from inside the library, in the thread that feeds the parser. An exception in one stops the parser. */
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/modules/sys.h"
#include "runtime/names.h"
#include "runtime/vm_hooks.h"
#include <expat.h>
#include <stdio.h>

/* One row for each handler: attribute, and (below) the function that expat calls and how that is set. */
#define HANDLERS(X)                                                                                                                        \
    X(StartElement) X(EndElement) X(ProcessingInstruction) X(CharacterData) X(UnparsedEntityDecl) X(NotationDecl) X(StartNamespaceDecl)    \
    X(EndNamespaceDecl) X(Comment) X(StartCdataSection) X(EndCdataSection) X(Default) X(DefaultHandlerExpand) X(NotStandalone)            \
    X(ExternalEntityRef) X(StartDoctypeDecl) X(EndDoctypeDecl) X(EntityDecl) X(XmlDecl) X(ElementDecl) X(AttlistDecl) X(SkippedEntity)
enum {
#define X(name) H_##name,
    HANDLERS(X)
#undef X
    H_COUNT
};

typedef struct Parser {
    Object base;
    XML_Parser xml;
    KitLock lock;
    Thread *thread;          /* who is inside the library: for its callbacks */
    Slot handler[H_COUNT];   /* null: none */
    Slot intern;             /* dict or null */
    Slot keep;               /* the parser that an external entity's parser came from */
    char *buffer;            /* character data to be handed on together; null: at once */
    int buffer_size, buffer_used;
    bool ordered_attributes, specified_attributes, namespace_prefixes, in_callback;
} Parser;
static Type parser_type;
static Slot expat_error;

static void parser_traverse(Object *o, VisitFn visit, void *arg) {
    Parser *p = (Parser *)o;
    for (int i = 0; i < H_COUNT; i++) slot_visit(&p->handler[i], visit, arg);
    slot_visit(&p->intern, visit, arg);
    slot_visit(&p->keep, visit, arg);
}
static void parser_clear(Thread *t, Object *o) {
    Parser *p = (Parser *)o;
    for (int i = 0; i < H_COUNT; i++) slot_set(t, o, &p->handler[i], REF_NULL);
    slot_set(t, o, &p->intern, REF_NULL);
}
static void parser_destroy(Thread *t, Object *o) {
    Parser *p = (Parser *)o;
    parser_clear(t, o);
    if (p->xml != NULL) XML_ParserFree(p->xml);
    mem_free(p->buffer);
    slot_set(t, o, &p->keep, REF_NULL);
}

/* ---- errors ------------------------------------------------------------------------------------------------------------------------------- */

static Ref raise(Thread *t, Parser *p, enum XML_Error code) {
    int line = (int)XML_GetErrorLineNumber(p->xml), column = (int)XML_GetErrorColumnNumber(p->xml);
    Ref text = str_format(t, "%s: line %d, column %d", XML_ErrorString(code), line, column), e = REF_NULL;
    if (!ref_is_null(text)) e = call1(t, slot_get(&expat_error), ref_borrow(text));
    ref_drop(t, text);
    if (ref_is_null(e)) return e;
    if (set_attr(t, ref_borrow(e), str_intern_cstr(t, "code"), small_int(code)) == 0 && set_attr(t, ref_borrow(e), str_intern_cstr(t, "offset"), small_int(column)) == 0 &&
        set_attr(t, ref_borrow(e), str_intern_cstr(t, "lineno"), small_int(line)) == 0)
        err_object(t, ref_borrow(e));
    ref_drop(t, e);
    return REF_NULL;
}

/* ---- handing over to Python ------------------------------------------------------------------------------------------------------------------- */

static Ref text_of(Thread *t, const XML_Char *s) { return s == NULL ? REF_NONE : str_from_utf8(t, s, strlen(s)); }
/* The one str for a name, kept in the intern dict. */
static Ref name_of(Thread *t, Parser *p, const XML_Char *s) {
    Ref text = text_of(t, s);
    if (ref_is_null(text) || s == NULL) return text;
    Ref dict = slot_ref(t, &p->intern), kept = REF_NULL; /* held: it is the program's, and may run Python */
    if (ref_is_null(dict)) return text;
    dict_setdefault(t, ref_borrow(dict), ref_borrow(text), ref_borrow(text), &kept);
    ref_drop(t, dict);
    ref_drop(t, text);
    return kept;
}
/* An exception is in flight: the library is to stop. */
static void stop(Thread *t, Parser *p) {
    parser_clear(t, &p->base);
    XML_StopParser(p->xml, XML_FALSE);
}
static int flush_text(Thread *t, Parser *p);

/* Calls a handler with n arguments (consumed; a null one passes its failure on). The result, or null. */
static Ref call_handler(Thread *t, Parser *p, int which, const char *name, int line, Ref *args, size_t n) {
    Value values[16];
    Ref r = REF_NULL;
    for (size_t i = 0; i < n; i++) values[i] = ref_borrow(args[i]);
    Ref f = slot_ref(t, &p->handler[which]);
    if (!err_pending(t) && !ref_is_null(f)) {
        p->in_callback = true;
        r = call(t, ref_borrow(f), values, n, VALUE_NULL);
        p->in_callback = false;
        if (ref_is_null(r)) vm.traceback_add(t, "../Modules/pyexpat.c", name, line);
    }
    ref_drop(t, f);
    for (size_t i = 0; i < n; i++) ref_drop(t, args[i]);
    if (ref_is_null(r) && err_pending(t)) stop(t, p);
    return r;
}
static bool wanted(Parser *p, int which) { return !value_is_null(slot_get(&p->handler[which])); }
/* Before a handler: what text is buffered comes first. false: none is set, or it failed */
static bool begin(Parser *p, int which) {
    return wanted(p, which) && !err_pending(p->thread) && flush_text(p->thread, p) == 0 && wanted(p, which);
}

static int hand_text(Thread *t, Parser *p, const char *s, int n) {
    Ref args[] = {str_from_utf8(t, s, (size_t)n)}, r = call_handler(t, p, H_CharacterData, "CharacterData", 285, args, 1);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}
static int flush_text(Thread *t, Parser *p) {
    if (p->buffer == NULL || p->buffer_used == 0) return 0;
    int n = p->buffer_used;
    p->buffer_used = 0;
    return wanted(p, H_CharacterData) ? hand_text(t, p, p->buffer, n) : 0;
}

#define PARSER(data) Parser *p = (data); Thread *t = p->thread
/* A handler whose result doesn't matter. */
#define SIMPLE(Name, line, params, ...)                                                                                                  \
    static void XMLCALL on_##Name params {                                                                                               \
        PARSER(data);                                                                                                                    \
        if (!begin(p, H_##Name)) return;                                                                                                 \
        Ref args[] = {__VA_ARGS__};                                                                                                      \
        ref_drop(t, call_handler(t, p, H_##Name, #Name, line, args, sizeof args / sizeof *args));                                         \
    }
SIMPLE(EndElement, 487, (void *data, const XML_Char *name), name_of(t, p, name))
SIMPLE(ProcessingInstruction, 491, (void *data, const XML_Char *target, const XML_Char *s), name_of(t, p, target), text_of(t, s))
SIMPLE(UnparsedEntityDecl, 496, (void *data, const XML_Char *entity, const XML_Char *base, const XML_Char *system, const XML_Char *public, const XML_Char *notation),
       name_of(t, p, entity), name_of(t, p, base), name_of(t, p, system), name_of(t, p, public), name_of(t, p, notation))
SIMPLE(NotationDecl, 524, (void *data, const XML_Char *notation, const XML_Char *base, const XML_Char *system, const XML_Char *public), name_of(t, p, notation),
       name_of(t, p, base), name_of(t, p, system), name_of(t, p, public))
SIMPLE(StartNamespaceDecl, 531, (void *data, const XML_Char *prefix, const XML_Char *uri), name_of(t, p, prefix), name_of(t, p, uri))
SIMPLE(EndNamespaceDecl, 537, (void *data, const XML_Char *prefix), name_of(t, p, prefix))
SIMPLE(Comment, 541, (void *data, const XML_Char *s), text_of(t, s))
SIMPLE(Default, 554, (void *data, const XML_Char *s, int n), str_from_utf8(t, s, (size_t)n))
SIMPLE(DefaultHandlerExpand, 558, (void *data, const XML_Char *s, int n), str_from_utf8(t, s, (size_t)n))
SIMPLE(StartDoctypeDecl, 690, (void *data, const XML_Char *name, const XML_Char *system, const XML_Char *public, int subset), name_of(t, p, name), name_of(t, p, system),
       name_of(t, p, public), ref_small_int(subset))
SIMPLE(EntityDecl, 512,
       (void *data, const XML_Char *name, int parameter, const XML_Char *value, int n, const XML_Char *base, const XML_Char *system, const XML_Char *public,
        const XML_Char *notation),
       name_of(t, p, name), ref_small_int(parameter), value == NULL ? REF_NONE : str_from_utf8(t, value, (size_t)n), name_of(t, p, base), name_of(t, p, system),
       name_of(t, p, public), name_of(t, p, notation))
SIMPLE(XmlDecl, 575, (void *data, const XML_Char *version, const XML_Char *encoding, int standalone), text_of(t, version), text_of(t, encoding),
       ref_small_int(standalone))
SIMPLE(AttlistDecl, 655, (void *data, const XML_Char *element, const XML_Char *attribute, const XML_Char *type, const XML_Char *dflt, int required),
       name_of(t, p, element), name_of(t, p, attribute), text_of(t, type), text_of(t, dflt), ref_small_int(required))
SIMPLE(SkippedEntity, 519, (void *data, const XML_Char *name, int parameter), name_of(t, p, name), ref_small_int(parameter))

static void without_arguments(Parser *p, int which, const char *name, int line) {
    if (begin(p, which)) ref_drop(p->thread, call_handler(p->thread, p, which, name, line, NULL, 0));
}
static void XMLCALL on_StartCdataSection(void *data) { without_arguments(data, H_StartCdataSection, "StartCdataSection", 546); }
static void XMLCALL on_EndCdataSection(void *data) { without_arguments(data, H_EndCdataSection, "EndCdataSection", 550); }
static void XMLCALL on_EndDoctypeDecl(void *data) { without_arguments(data, H_EndDoctypeDecl, "EndDoctypeDecl", 698); }

static void XMLCALL on_CharacterData(void *data, const XML_Char *s, int n) {
    PARSER(data);
    if (err_pending(t)) return;
    if (p->buffer == NULL) {
        hand_text(t, p, s, n);
        return;
    }
    if (p->buffer_used + n > p->buffer_size && flush_text(t, p) < 0) return;
    if (!wanted(p, H_CharacterData)) return; /* that has changed it */
    if (p->buffer == NULL || n > p->buffer_size - p->buffer_used) {
        p->buffer_used = 0;
        hand_text(t, p, s, n);
        return;
    }
    memcpy(p->buffer + p->buffer_used, s, (size_t)n);
    p->buffer_used += n;
}

static void XMLCALL on_StartElement(void *data, const XML_Char *name, const XML_Char **atts) {
    PARSER(data);
    if (!begin(p, H_StartElement)) return;
    int max = 0;
    if (p->specified_attributes) max = XML_GetSpecifiedAttributeCount(p->xml);
    else
        while (atts[max] != NULL) max += 2;
    Ref container = p->ordered_attributes ? list_new(t, (size_t)max) : dict_new(t);
    for (int i = 0; i < max && !ref_is_null(container) && !err_pending(t); i += 2) {
        Ref k = name_of(t, p, atts[i]), v = ref_is_null(k) ? k : text_of(t, atts[i + 1]);
        if (!ref_is_null(v)) {
            if (p->ordered_attributes) {
                list_append(t, ref_borrow(container), ref_borrow(k));
                list_append(t, ref_borrow(container), ref_borrow(v));
            } else {
                dict_set(t, ref_borrow(container), ref_borrow(k), ref_borrow(v));
            }
        }
        ref_drop(t, v);
        ref_drop(t, k);
    }
    Ref args[] = {name_of(t, p, name), container};
    ref_drop(t, call_handler(t, p, H_StartElement, "StartElement", 416, args, 2));
}
static int result_int(Thread *t, Parser *p, Ref r) {
    int64_t n = 0;
    if (ref_is_null(r)) return 0;
    if (as_i64(t, ref_borrow(r), &n) < 0) stop(t, p);
    ref_drop(t, r);
    return (int)n;
}
static int XMLCALL on_NotStandalone(void *data) {
    PARSER(data);
    return begin(p, H_NotStandalone) ? result_int(t, p, call_handler(t, p, H_NotStandalone, "NotStandalone", 708, NULL, 0)) : 0;
}
static int XMLCALL on_ExternalEntityRef(XML_Parser xml, const XML_Char *context, const XML_Char *base, const XML_Char *system, const XML_Char *public) {
    PARSER(XML_GetUserData(xml));
    if (!begin(p, H_ExternalEntityRef)) return 0;
    Ref args[] = {text_of(t, context), name_of(t, p, base), name_of(t, p, system), name_of(t, p, public)};
    return result_int(t, p, call_handler(t, p, H_ExternalEntityRef, "ExternalEntityRef", 712, args, 4));
}
static Ref model_of(Thread *t, Parser *p, const XML_Content *m) {
    if (recursion_enter(t, "") < 0) return REF_NULL;
    Ref children = tuple_new_uninit(t, m->numchildren), r = REF_NULL, name = REF_NULL;
    for (unsigned i = 0; i < m->numchildren && !ref_is_null(children); i++) {
        Ref c = model_of(t, p, &m->children[i]);
        if (ref_is_null(c)) {
            ref_drop(t, children);
            children = c;
        } else {
            tuple_init_item(children, i, c);
        }
    }
    if (!ref_is_null(children)) name = name_of(t, p, m->name);
    if (!ref_is_null(name)) r = tuple_pack(t, 4, small_int(m->type), small_int(m->quant), ref_borrow(name), ref_borrow(children));
    ref_drop(t, name);
    ref_drop(t, children);
    recursion_leave(t);
    return r;
}
static void XMLCALL on_ElementDecl(void *data, const XML_Char *name, XML_Content *model) {
    PARSER(data);
    if (begin(p, H_ElementDecl)) {
        Ref args[] = {name_of(t, p, name), model_of(t, p, model)};
        ref_drop(t, call_handler(t, p, H_ElementDecl, "ElementDecl", 648, args, 2));
    }
    XML_FreeContentModel(p->xml, model);
}

/* Which of expat's handlers stands for row `which`: set or reset. */
static void install(Parser *p, int which, bool on) {
    XML_Parser x = p->xml;
#define ONE(name, set) case H_##name: set(x, on ? on_##name : NULL); break;
    switch (which) {
    ONE(ProcessingInstruction, XML_SetProcessingInstructionHandler)
    ONE(CharacterData, XML_SetCharacterDataHandler)
    ONE(UnparsedEntityDecl, XML_SetUnparsedEntityDeclHandler)
    ONE(NotationDecl, XML_SetNotationDeclHandler)
    ONE(Comment, XML_SetCommentHandler)
    ONE(Default, XML_SetDefaultHandler)
    ONE(DefaultHandlerExpand, XML_SetDefaultHandlerExpand)
    ONE(NotStandalone, XML_SetNotStandaloneHandler)
    ONE(ExternalEntityRef, XML_SetExternalEntityRefHandler)
    ONE(EntityDecl, XML_SetEntityDeclHandler)
    ONE(XmlDecl, XML_SetXmlDeclHandler)
    ONE(ElementDecl, XML_SetElementDeclHandler)
    ONE(AttlistDecl, XML_SetAttlistDeclHandler)
    ONE(SkippedEntity, XML_SetSkippedEntityHandler)
    ONE(StartElement, XML_SetStartElementHandler)
    ONE(EndElement, XML_SetEndElementHandler)
    ONE(StartNamespaceDecl, XML_SetStartNamespaceDeclHandler)
    ONE(EndNamespaceDecl, XML_SetEndNamespaceDeclHandler)
    ONE(StartCdataSection, XML_SetStartCdataSectionHandler)
    ONE(EndCdataSection, XML_SetEndCdataSectionHandler)
    ONE(StartDoctypeDecl, XML_SetStartDoctypeDeclHandler)
    ONE(EndDoctypeDecl, XML_SetEndDoctypeDeclHandler)
    }
#undef ONE
}

/* An encoding that expat doesn't know: its 256 characters by Python's codec. */
static int XMLCALL on_unknown_encoding(void *data, const XML_Char *name, XML_Encoding *info) {
    PARSER(data);
    if (err_pending(t)) return XML_STATUS_ERROR;
    uint8_t all[256];
    for (int i = 0; i < 256; i++) all[i] = (uint8_t)i;
    Ref text = str_decode(t, (const char *)all, 256, name, "replace");
    if (ref_is_null(text)) return XML_STATUS_ERROR;
    int status = XML_STATUS_ERROR;
    if (str_length(ref_borrow(text)) != 256) {
        err_set(t, E_ValueError, "multi-byte encodings are not supported");
    } else {
        for (size_t i = 0; i < 256; i++) {
            uint32_t c = str_at(as(Str, ref_borrow(text)), i);
            info->map[i] = c == 0xFFFD ? -1 : (int)c;
        }
        info->data = NULL;
        info->convert = NULL;
        info->release = NULL;
        status = XML_STATUS_OK;
    }
    ref_drop(t, text);
    return status;
}

/* ---- parsing ---------------------------------------------------------------------------------------------------------------------------------------- */

static Parser *parser_of(Value self) { return as(Parser, self); }

/* The outcome of a call: its status as an int, or an exception. */
static Ref outcome(Thread *t, Parser *p, int status) {
    if (err_pending(t)) return REF_NULL;
    if (status == 0) return raise(t, p, XML_GetErrorCode(p->xml));
    return flush_text(t, p) < 0 ? REF_NULL : ref_small_int(status);
}
static int enter(Thread *t, Parser *p, Thread **outer) {
    if (kit_lock(t, &p->lock) < 0) return -1;
    *outer = p->thread;
    p->thread = t;
    return 0;
}
static void leave(Parser *p, Thread *outer) {
    p->thread = outer;
    kit_unlock(&p->lock);
}
/* Statements under the parser's lock; returns `failed` if a signal handler raises while it waits. */
#define INSIDE(t, p, failed, ...)                     \
    do {                                             \
        Thread *outer_;                              \
        if (enter((t), (p), &outer_) < 0) return failed; \
        __VA_ARGS__;                                 \
        leave((p), outer_);                          \
    } while (0)
#define MAX_CHUNK (1 << 20)
static Ref m_Parse(Thread *t, Value self, const Value *a) {
    Parser *p = parser_of(self);
    int final = value_is_null(a[1]) ? 0 : is_true(t, a[1]);
    if (final < 0) return REF_NULL;
    Buffer b = {0};
    const char *data;
    size_t n;
    bool text = is_str(a[0]);
    if (text) {
        data = str_utf8(t, a[0], &n);
        if (data == NULL) return REF_NULL;
    } else {
        if (buffer_get_snapshot(t, a[0], &b) < 0) return REF_NULL;
        data = b.data;
        n = (size_t)b.len;
    }
    Ref r = REF_NULL;
    Thread *outer;
    if (enter(t, p, &outer) == 0) {
        if (text) XML_SetEncoding(p->xml, "utf-8");
        int status = 1;
        while (n > MAX_CHUNK && status != 0 && !err_pending(t)) {
            status = XML_Parse(p->xml, data, MAX_CHUNK, 0);
            data += MAX_CHUNK;
            n -= MAX_CHUNK;
        }
        if (status != 0 && !err_pending(t)) status = XML_Parse(p->xml, data, (int)n, final);
        r = outcome(t, p, status);
        leave(p, outer);
    }
    if (!text) buffer_release(t, &b);
    return r;
}
static Ref m_ParseFile(Thread *t, Value self, const Value *a) {
    Parser *p = parser_of(self);
    Ref read = get_attr_opt(t, a[0], N(read));
    if (ref_is_null(read)) return err_pending(t) ? read : err_set(t, E_TypeError, "argument must have 'read' attribute");
    Thread *outer;
    if (enter(t, p, &outer) < 0) {
        ref_drop(t, read);
        return REF_NULL;
    }
    int status = 1, n;
    do {
        Ref data = call1(t, ref_borrow(read), small_int(2048));
        if (ref_is_null(data)) break;
        bool bytes = is_bytes(ref_borrow(data));
        n = bytes ? (int)bytes_length(ref_borrow(data)) : 0;
        if (!bytes) err_set(t, E_TypeError, "read() did not return a bytes object (type=%.400T)", ref_borrow(data));
        else if (n > 2048) err_set(t, E_ValueError, "read() returned too much data: 2048 bytes requested, %d returned", n);
        else status = XML_Parse(p->xml, (const char *)bytes_data(ref_borrow(data)), n, n == 0);
        ref_drop(t, data);
    } while (!err_pending(t) && status != 0 && n > 0);
    Ref r = outcome(t, p, status);
    leave(p, outer);
    ref_drop(t, read);
    return r;
}

static Ref m_SetBase(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "SetBase() argument must be str, not %T", a[0]);
    const char *s = str_utf8(t, a[0], NULL);
    bool done;
    if (s == NULL) return REF_NULL;
    INSIDE(t, parser_of(self), REF_NULL, done = XML_SetBase(parser_of(self)->xml, s));
    return done ? REF_NONE : err_no_memory(t);
}
static Ref m_GetBase(Thread *t, Value self, const Value *a) {
    Ref r;
    INSIDE(t, parser_of(self), REF_NULL, r = text_of(t, XML_GetBase(parser_of(self)->xml)));
    return r;
}
static Ref input_context(Thread *t, Parser *p) {
    int offset, size;
    if (!p->in_callback) return REF_NONE;
    const char *s = XML_GetInputContext(p->xml, &offset, &size);
    return s == NULL ? REF_NONE : bytes_new(t, s + offset, (size_t)(size - offset));
}
static Ref m_GetInputContext(Thread *t, Value self, const Value *a) {
    Ref r;
    INSIDE(t, parser_of(self), REF_NULL, r = input_context(t, parser_of(self)));
    return r;
}
static Ref m_SetParamEntityParsing(Thread *t, Value self, const Value *a) {
    int flag, done;
    if (as_int(t, a[0], &flag) < 0) return REF_NULL;
    INSIDE(t, parser_of(self), REF_NULL, done = XML_SetParamEntityParsing(parser_of(self)->xml, (enum XML_ParamEntityParsing)flag));
    return ref_small_int(done);
}
static Ref m_UseForeignDTD(Thread *t, Value self, const Value *a) {
    int flag = value_is_null(a[0]) ? 1 : is_true(t, a[0]);
    if (flag < 0) return REF_NULL;
    enum XML_Error e;
    Ref r = REF_NONE;
    INSIDE(t, parser_of(self), REF_NULL, {
        e = XML_UseForeignDTD(parser_of(self)->xml, flag ? XML_TRUE : XML_FALSE);
        if (e != XML_ERROR_NONE) r = raise(t, parser_of(self), e);
    });
    return r;
}
static Parser *parser_new(Thread *t) {
    Parser *p = object_new(Parser, t, &parser_type);
    if (p != NULL) p->buffer_size = 8192;
    return p;
}
/* A parser of an entity that p came upon. */
static Ref entity_parser(Thread *t, Parser *p, const char *context, const char *encoding) {
    Parser *q = parser_new(t);
    if (q == NULL) return REF_NULL;
    q->buffer_size = p->buffer_size;
    q->ordered_attributes = p->ordered_attributes;
    q->specified_attributes = p->specified_attributes;
    q->namespace_prefixes = p->namespace_prefixes;
    slot_init(&q->intern, slot_ref(t, &p->intern));
    slot_init(&q->keep, ref_new(t, object_value(p)));
    q->xml = XML_ExternalEntityParserCreate(p->xml, context, encoding);
    if (p->buffer != NULL) q->buffer = mem_alloc((size_t)p->buffer_size);
    if (q->xml == NULL || (p->buffer != NULL && q->buffer == NULL)) {
        ref_drop(t, ref_steal(q));
        return err_no_memory(t);
    }
    XML_SetUserData(q->xml, q);
    for (int i = 0; i < H_COUNT; i++)
        if (wanted(p, i)) {
            slot_init(&q->handler[i], slot_ref(t, &p->handler[i]));
            install(q, i, true);
        }
    return ref_steal(q);
}
static Ref m_ExternalEntityParserCreate(Thread *t, Value self, const Value *a) {
    Parser *p = parser_of(self);
    const char *context = NULL, *encoding = NULL;
    if (!value_is_none(a[0]) && !is_str(a[0])) return err_set(t, E_TypeError, "ExternalEntityParserCreate() argument 1 must be str or None, not %T", a[0]);
    if (is_str(a[0]) && (context = str_utf8(t, a[0], NULL)) == NULL) return REF_NULL;
    if (!value_is_null(a[1])) {
        if (!is_str(a[1])) return err_set(t, E_TypeError, "ExternalEntityParserCreate() argument 2 must be str, not %T", a[1]);
        if ((encoding = str_utf8(t, a[1], NULL)) == NULL) return REF_NULL;
    }
    Ref r;
    INSIDE(t, p, REF_NULL, r = entity_parser(t, p, context, encoding));
    return r;
}
static NativeDef parser_methods[] = {
    FN("Parse", "($self, data, isfinal=False, /)", m_Parse, "Parse XML data.\n\nisfinal should be true at end of input."),
    FN("ParseFile", "($self, file, /)", m_ParseFile, "Parse XML data from file-like object."),
    FN("SetBase", "($self, base, /)", m_SetBase, "Set the base URL for the parser."), FN("GetBase", "($self, /)", m_GetBase, "Return base URL string for the parser."),
    FN("GetInputContext", "($self, /)", m_GetInputContext, "Return the untranslated text of the input that caused the current event.\n\nNone outside of handlers."),
    FN("ExternalEntityParserCreate", "!($self, context, encoding=None, /)", m_ExternalEntityParserCreate, "Create a parser for parsing an external entity based on the information passed to the ExternalEntityRefHandler."),
    FN("SetParamEntityParsing", "($self, flag, /)", m_SetParamEntityParsing, "Controls parsing of parameter entities (including the external DTD subset)."),
    FN("UseForeignDTD", "($self, flag=True, /)", m_UseForeignDTD, "Allows the application to provide an artificial external subset if one is not specified."),
    FN_END};

/* ---- attributes ---------------------------------------------------------------------------------------------------------------------------------------- */

static Ref get_handler(Thread *t, Value self, void *closure) {
    Ref f = slot_ref(t, &parser_of(self)->handler[(uintptr_t)closure]);
    return ref_is_null(f) ? REF_NONE : f;
}
static int cannot_delete(Thread *t) { return err_int(err_set(t, E_RuntimeError, "Cannot delete attribute")); }
static int set_handler(Thread *t, Value self, Value v, void *closure) {
    Parser *p = parser_of(self);
    int which = (int)(uintptr_t)closure;
    Thread *outer;
    if (value_is_null(v)) return cannot_delete(t);
    if (enter(t, p, &outer) < 0) return -1;
    int status = which == H_CharacterData ? flush_text(t, p) : 0; /* what is buffered is the old one's */
    if (status == 0) {
        slot_set(t, p, &p->handler[which], value_is_none(v) ? REF_NULL : ref_new(t, v));
        /* expat keeps the text handler while it is inside one: it would hand on the rest as default data */
        if (which != H_CharacterData || !value_is_none(v) || !p->in_callback) install(p, which, !value_is_none(v));
        else XML_SetCharacterDataHandler(p->xml, on_CharacterData);
    }
    leave(p, outer);
    return status;
}
static Ref get_flag(Thread *t, Value self, void *closure) {
    return ref_bool(__atomic_load_n((bool *)parser_of(self) + (uintptr_t)closure, __ATOMIC_RELAXED));
}
static int set_flag(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return cannot_delete(t);
    int yes = is_true(t, v);
    if (yes < 0) return -1;
    bool *flag = (bool *)parser_of(self) + (uintptr_t)closure;
    INSIDE(t, parser_of(self), -1, {
        __atomic_store_n(flag, yes, __ATOMIC_RELAXED);
        if (flag == &parser_of(self)->namespace_prefixes) XML_SetReturnNSTriplet(parser_of(self)->xml, yes);
    });
    return 0;
}
static Ref get_buffer_text(Thread *t, Value self, void *closure) {
    bool on;
    INSIDE(t, parser_of(self), REF_NULL, on = parser_of(self)->buffer != NULL);
    return ref_bool(on);
}
static int set_buffer_text(Thread *t, Value self, Value v, void *closure) {
    Parser *p = parser_of(self);
    Thread *outer;
    if (value_is_null(v)) return cannot_delete(t);
    int yes = is_true(t, v), status = 0;
    if (yes < 0 || enter(t, p, &outer) < 0) return -1;
    if (yes && p->buffer == NULL) {
        p->buffer = mem_alloc((size_t)p->buffer_size);
        if (p->buffer == NULL) status = err_int(err_no_memory(t));
        p->buffer_used = 0;
    } else if (!yes && p->buffer != NULL && (status = flush_text(t, p)) == 0) {
        mem_free(p->buffer); /* null if the handler did the same */
        p->buffer = NULL;
    }
    leave(p, outer);
    return status;
}
static Ref get_buffer_size(Thread *t, Value self, void *closure) {
    int n;
    INSIDE(t, parser_of(self), REF_NULL, n = parser_of(self)->buffer_size);
    return ref_small_int(n);
}
static int set_buffer_size(Thread *t, Value self, Value v, void *closure) {
    Parser *p = parser_of(self);
    int64_t n = INT64_MAX;
    if (value_is_null(v)) return cannot_delete(t);
    if (!is_int(v)) return err_int(err_set(t, E_TypeError, "buffer_size must be an integer"));
    int_try_i64(v, &n);
    if (int_sign(v) <= 0) return err_int(err_set(t, E_ValueError, "buffer_size must be greater than zero"));
    if (n > INT32_MAX) return err_int(err_set(t, E_ValueError, "buffer_size must not be greater than %d", INT32_MAX));
    Thread *outer;
    if (enter(t, p, &outer) < 0) return -1;
    int status = 0;
    if (n != p->buffer_size) {
        status = flush_text(t, p);
        char *fresh = status == 0 && p->buffer != NULL ? mem_alloc((size_t)n) : NULL;
        if (status == 0 && p->buffer != NULL && fresh == NULL) status = err_int(err_no_memory(t));
        if (status == 0) {
            if (fresh != NULL) {
                mem_free(p->buffer);
                p->buffer = fresh;
            }
            p->buffer_size = (int)n;
        }
    }
    leave(p, outer);
    return status;
}
static Ref get_buffer_used(Thread *t, Value self, void *closure) {
    int n;
    INSIDE(t, parser_of(self), REF_NULL, n = parser_of(self)->buffer_used);
    return ref_small_int(n);
}
static Ref get_intern(Thread *t, Value self, void *closure) {
    Ref r = slot_ref(t, &parser_of(self)->intern);
    return ref_is_null(r) ? REF_NONE : r;
}
static Ref get_position(Thread *t, Value self, void *closure) {
    XML_Parser x = parser_of(self)->xml;
    int64_t n = 0;
    INSIDE(t, parser_of(self), REF_NULL, { /* expat counts lines and columns only now */
        switch ((uintptr_t)closure) {
        case 0: n = XML_GetErrorCode(x); break;
        case 1: n = (int64_t)XML_GetErrorLineNumber(x); break;
        case 2: n = (int64_t)XML_GetErrorColumnNumber(x); break;
        default: n = XML_GetErrorByteIndex(x);
        }
    });
    return ref_small_int(n);
}
#define POSITION(name, k) {name, get_position, NULL, NULL, (void *)k}
#define FLAG(name) {#name, get_flag, set_flag, NULL, (void *)offsetof(Parser, name)}
static const GetSetDef parser_getset[] = {
#define X(name) {#name "Handler", get_handler, set_handler, NULL, (void *)H_##name},
    X(StartElement) X(EndElement) X(ProcessingInstruction) X(CharacterData) X(UnparsedEntityDecl) X(NotationDecl) X(StartNamespaceDecl) X(EndNamespaceDecl)
    X(Comment) X(StartCdataSection) X(EndCdataSection) X(Default) {"DefaultHandlerExpand", get_handler, set_handler, NULL, (void *)H_DefaultHandlerExpand},
    X(NotStandalone) X(ExternalEntityRef) X(StartDoctypeDecl) X(EndDoctypeDecl) X(EntityDecl) X(XmlDecl) X(ElementDecl) X(AttlistDecl) X(SkippedEntity)
#undef X
    POSITION("ErrorCode", 0), POSITION("ErrorLineNumber", 1), POSITION("ErrorColumnNumber", 2), POSITION("ErrorByteIndex", 3),
    POSITION("CurrentLineNumber", 1), POSITION("CurrentColumnNumber", 2), POSITION("CurrentByteIndex", 3),
    {"buffer_size", get_buffer_size, set_buffer_size}, {"buffer_text", get_buffer_text, set_buffer_text}, {"buffer_used", get_buffer_used}, {"intern", get_intern},
    FLAG(namespace_prefixes), FLAG(ordered_attributes), FLAG(specified_attributes), {NULL}};
static Type parser_type = {
    TYPE_HEADER(Parser, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, parser_traverse, parser_clear, parser_destroy),
    .name = "pyexpat.xmlparser", .doc = "XML parser", .methods = parser_methods, .getset = parser_getset,
};

/* ---- the module -------------------------------------------------------------------------------------------------------------------------------------------- */

static int text_or_none(Thread *t, Value v, const char *name, const char **out) {
    *out = NULL;
    if (value_is_null(v) || value_is_none(v)) return 0;
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "ParserCreate() argument '%s' must be str or None, not %T", name, v));
    *out = str_utf8(t, v, NULL);
    return *out == NULL ? -1 : 0;
}
static Ref m_ParserCreate(Thread *t, Value m, const Value *a) {
    const char *encoding, *separator;
    if (text_or_none(t, a[0], "encoding", &encoding) < 0 || text_or_none(t, a[1], "namespace_separator", &separator) < 0) return REF_NULL;
    if (separator != NULL && strlen(separator) > 1)
        return err_set(t, E_ValueError, "namespace_separator must be at most one character, omitted, or None");
    if (!value_is_null(a[2]) && !value_is_none(a[2]) && !is_dict(a[2])) return err_set(t, E_TypeError, "intern must be a dictionary");
    Parser *p = parser_new(t);
    if (p == NULL) return REF_NULL;
    Ref intern = value_is_null(a[2]) ? dict_new(t) : value_is_none(a[2]) ? REF_NULL : ref_new(t, a[2]);
    slot_init(&p->intern, intern);
    p->xml = separator == NULL ? XML_ParserCreate(encoding) : XML_ParserCreateNS(encoding, *separator);
    if (p->xml == NULL || err_pending(t)) {
        ref_drop(t, ref_steal(p));
        return err_pending(t) ? REF_NULL : err_no_memory(t);
    }
    XML_SetHashSalt(p->xml, (unsigned long)hash_bytes("expat", 5));
    XML_SetUserData(p->xml, p);
    XML_SetUnknownEncodingHandler(p->xml, on_unknown_encoding, p);
    return ref_steal(p);
}
static Ref m_ErrorString(Thread *t, Value m, const Value *a) {
    int64_t code;
    return as_i64(t, a[0], &code) < 0 ? REF_NULL : text_of(t, XML_ErrorString((enum XML_Error)code));
}
static NativeDef functions[] = {
    FN("ParserCreate", "!($module, /, encoding=None, namespace_separator=None, intern=None)", m_ParserCreate, "Return a new XML parser object."),
    FN("ErrorString", "($module, code, /)", m_ErrorString, "Returns string error for given number."), FN_END};

#define ERRORS(X)                                                                                                                          \
    X(NO_MEMORY) X(SYNTAX) X(NO_ELEMENTS) X(INVALID_TOKEN) X(UNCLOSED_TOKEN) X(PARTIAL_CHAR) X(TAG_MISMATCH) X(DUPLICATE_ATTRIBUTE)         \
    X(JUNK_AFTER_DOC_ELEMENT) X(PARAM_ENTITY_REF) X(UNDEFINED_ENTITY) X(RECURSIVE_ENTITY_REF) X(ASYNC_ENTITY) X(BAD_CHAR_REF)              \
    X(BINARY_ENTITY_REF) X(ATTRIBUTE_EXTERNAL_ENTITY_REF) X(MISPLACED_XML_PI) X(UNKNOWN_ENCODING) X(INCORRECT_ENCODING)                    \
    X(UNCLOSED_CDATA_SECTION) X(EXTERNAL_ENTITY_HANDLING) X(NOT_STANDALONE) X(UNEXPECTED_STATE) X(ENTITY_DECLARED_IN_PE)                   \
    X(FEATURE_REQUIRES_XML_DTD) X(CANT_CHANGE_FEATURE_ONCE_PARSING) X(UNBOUND_PREFIX) X(UNDECLARING_PREFIX) X(INCOMPLETE_PE) X(XML_DECL)    \
    X(TEXT_DECL) X(PUBLICID) X(SUSPENDED) X(NOT_SUSPENDED) X(ABORTED) X(FINISHED) X(SUSPEND_PE) X(RESERVED_PREFIX_XML)                     \
    X(RESERVED_PREFIX_XMLNS) X(RESERVED_NAMESPACE_URI) X(INVALID_ARGUMENT) X(NO_BUFFER) X(AMPLIFICATION_LIMIT_BREACH)

static Ref submodule(Thread *t, Value module, const char *name, const char *full, const char *doc) {
    Ref text = str_from_cstr(t, full), m = ref_is_null(text) ? text : module_new(t, ref_borrow(text));
    if (!ref_is_null(m) && (dict_set(t, modules_dict(), ref_borrow(text), ref_borrow(m)) < 0 || module_set(t, module, name, ref_borrow(m)) < 0 ||
                            module_add_cstr(t, ref_borrow(m), "__doc__", doc) < 0)) {
        ref_drop(t, m);
        m = REF_NULL;
    }
    ref_drop(t, text);
    return m;
}
static int add_errors(Thread *t, Value module) {
    static const struct { const char *name; int code; } errors[] = {
#define X(name) {"XML_ERROR_" #name, XML_ERROR_##name},
        ERRORS(X)
#undef X
    };
    Ref m = submodule(t, module, "errors", "pyexpat.errors", "Constants used to describe error conditions."), codes = dict_new(t), messages = dict_new(t);
    int status = ref_is_null(m) || ref_is_null(codes) || ref_is_null(messages) ? -1 : 0;
    for (size_t i = 0; status == 0 && i < sizeof errors / sizeof *errors; i++) {
        Ref text = text_of(t, XML_ErrorString((enum XML_Error)errors[i].code));
        if (ref_is_null(text) || dict_set(t, ref_borrow(codes), ref_borrow(text), small_int(errors[i].code)) < 0 ||
            dict_set(t, ref_borrow(messages), small_int(errors[i].code), ref_borrow(text)) < 0 || module_set(t, ref_borrow(m), errors[i].name, ref_borrow(text)) < 0)
            status = -1;
        ref_drop(t, text);
    }
    if (status == 0 && (module_set(t, ref_borrow(m), "codes", ref_borrow(codes)) < 0 || module_set(t, ref_borrow(m), "messages", ref_borrow(messages)) < 0)) status = -1;
    ref_drop(t, messages);
    ref_drop(t, codes);
    ref_drop(t, m);
    return status;
}
static int add_model(Thread *t, Value module) {
    static const KitConstant constants[] = {
#define C(x) {#x, x}
        C(XML_CTYPE_EMPTY), C(XML_CTYPE_ANY), C(XML_CTYPE_MIXED), C(XML_CTYPE_NAME), C(XML_CTYPE_CHOICE), C(XML_CTYPE_SEQ),
        C(XML_CQUANT_NONE), C(XML_CQUANT_OPT), C(XML_CQUANT_REP), C(XML_CQUANT_PLUS), {NULL, 0}};
    Ref m = submodule(t, module, "model", "pyexpat.model", "Constants used to interpret content model information.");
    int status = ref_is_null(m) ? -1 : kit_constants(t, ref_borrow(m), constants);
    ref_drop(t, m);
    return status;
}
int module_init_pyexpat(Thread *t, Value module) {
    static const KitConstant constants[] = {C(XML_PARAM_ENTITY_PARSING_NEVER), C(XML_PARAM_ENTITY_PARSING_UNLESS_STANDALONE), C(XML_PARAM_ENTITY_PARSING_ALWAYS), {NULL, 0}};
#undef C
    if (type_ready(t, &parser_type) < 0 || kit_module(t, module, (Type *const[]){NULL}, functions, "Python wrapper for Expat parser.") < 0 ||
        module_set(t, module, "XMLParserType", type_value(&parser_type)) < 0 || kit_constants(t, module, constants) < 0)
        return -1;
    if (kit_exception_root(t, module, &expat_error, "xml.parsers.expat", "ExpatError", ETYPE(Exception)) < 0) return -1;
    XML_Expat_Version v = XML_ExpatVersionInfo();
    Ref features = list_new(t, 0);
    for (const XML_Feature *f = XML_GetFeatureList(); f != NULL && !ref_is_null(features) && f->feature != XML_FEATURE_END; f++) {
        Ref name = text_of(t, f->name), pair = ref_is_null(name) ? name : tuple_pack(t, 2, ref_borrow(name), small_int(f->value));
        ref_drop(t, name);
        if (ref_is_null(pair) || list_append_steal(t, ref_borrow(features), pair) < 0) return -1;
    }
    if (module_set(t, module, "error", slot_get(&expat_error)) < 0 ||
        module_add_cstr(t, module, "EXPAT_VERSION", XML_ExpatVersion()) < 0 || module_add_cstr(t, module, "native_encoding", "UTF-8") < 0 ||
        module_set_steal(t, module, "version_info", tuple_pack(t, 3, small_int(v.major), small_int(v.minor), small_int(v.micro))) < 0 ||
        module_set_steal(t, module, "features", features) < 0)
        return -1;
    return add_errors(t, module) < 0 || add_model(t, module) < 0 ? -1 : 0;
}
