/* _json: the module, and writing JSON. */
#include "runtime/modules/_json.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include <math.h>

/* ---- strings ------------------------------------------------------------------------------------------------------------- */
static inline bool plain(uint32_t c, bool ascii) {
    return c != '"' && c != '\\' && c >= ' ' && (!ascii || c < 127);
}

/* The escape for c: how long it is, at most 12. */
static size_t escape_of(char *text, uint32_t c) {
    size_t n = 2;
    text[0] = '\\';
    text[1] = (char)c;
    switch (c) {
    case '"': case '\\': break;
    case '\b': text[1] = 'b'; break;
    case '\f': text[1] = 'f'; break;
    case '\n': text[1] = 'n'; break;
    case '\r': text[1] = 'r'; break;
    case '\t': text[1] = 't'; break;
    default: {
        uint32_t units[2] = {c, 0};
        int count = 1;
        if (c >= 0x10000) {
            units[0] = 0xD800 + ((c - 0x10000) >> 10);
            units[1] = 0xDC00 + ((c - 0x10000) & 0x3FF);
            count = 2;
        }
        n = 0;
        for (int k = 0; k < count; k++) {
            text[n++] = '\\';
            text[n++] = 'u';
            for (int shift = 12; shift >= 0; shift -= 4) text[n++] = "0123456789abcdef"[units[k] >> shift & 15];
        }
    }
    }
    return n;
}
static int put_escaped(Thread *t, StrBuilder *b, uint32_t c) {
    char text[12];
    return builder_ascii(t, b, text, escape_of(text, c));
}
/* The rest of a string whose form is all ASCII, from s[i] on, in pieces. */
static int put_ascii(Thread *t, StrBuilder *b, Span s, size_t i, bool ascii) {
    char out[512];
    size_t n = 0;
#define PUT(Unit)                                                                            \
    for (const Unit *p = s.data; i < s.length; i++) {                                        \
        if (n > sizeof out - 12) {                                                           \
            if (builder_ascii(t, b, out, n) < 0) return -1;                                  \
            n = 0;                                                                           \
        }                                                                                    \
        if (plain(p[i], ascii)) out[n++] = (char)p[i];                                        \
        else n += escape_of(out + n, p[i]);                                                  \
    }
    FOR_KIND(s.kind, PUT)
#undef PUT
    return builder_ascii(t, b, out, n);
}

int json_put_string(Thread *t, StrBuilder *b, Value v, bool ascii) {
    Span s = span_str(v);
    if (builder_char(t, b, '"') < 0) return -1;
    for (size_t i = 0; i < s.length;) {
        size_t start = i;
        if (s.kind == 1) {
            const uint8_t *p = s.data;
            while (i < s.length && plain(p[i], ascii)) i++;
        } else {
            while (i < s.length && plain(span_at(s, i), ascii)) i++;
        }
        if (i > start && builder_slice(t, b, v, start, i) < 0) return -1;
        if (i < s.length && (ascii || as(Str, v)->ascii)) {
            if (put_ascii(t, b, s, i, ascii) < 0) return -1;
            break;
        }
        if (i < s.length && put_escaped(t, b, span_at(s, i++)) < 0) return -1;
    }
    return builder_char(t, b, '"');
}

static Ref encoded(Thread *t, Value v, bool ascii) {
    if (!is_str(v)) return err_set(t, E_TypeError, "first argument must be a string, not %.80T", v);
    StrBuilder b = STR_BUILDER;
    if (json_put_string(t, &b, v, ascii) == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
Ref json_encode_basestring(Thread *t, Value self, const Value *a) { return encoded(t, a[0], false); }
Ref json_encode_basestring_ascii(Thread *t, Value self, const Value *a) { return encoded(t, a[0], true); }

/* ---- encoders --------------------------------------------------------------------------------------------------------------- */
typedef enum { STRINGS_BY_CALL, STRINGS_ASCII, STRINGS_TEXT } Strings;
typedef struct Encoder {
    Object base;
    Slot markers, default_, encoder, indent, key_separator, item_separator;
    bool sort_keys, skipkeys, allow_nan;
    Strings strings;
} Encoder;

/* The containers around what is being written: a C list, since they nest as the calls do. */
typedef struct Around { struct Around *outer; Object *object; } Around;
typedef struct Encode { Thread *t; Encoder *e; StrBuilder b; Around *around; bool check; } Encode;

static int put_value(Encode *x, Value v);

static int enter(Encode *x, Around *here, Value v) {
    if (recursion_enter(x->t, " while encoding a JSON object") < 0) return -1;
    if (x->check)
        for (Around *a = x->around; a != NULL; a = a->outer)
            if (a->object == value_object(v)) {
                recursion_leave(x->t);
                return err_int(err_set(x->t, E_ValueError, "Circular reference detected"));
            }
    *here = (Around){x->around, value_object(v)};
    x->around = here;
    return 0;
}
static void leave(Encode *x, Around *here) {
    x->around = here->outer;
    recursion_leave(x->t);
}

static int put_and_drop(Encode *x, Ref text) {
    if (ref_is_null(text)) return -1;
    int status = builder_str(x->t, &x->b, ref_borrow(text));
    ref_drop(x->t, text);
    return status;
}
static int put_int(Encode *x, Value v) {
    if (value_is_int(v)) {
        char text[24], *p = text + sizeof text;
        int64_t i = value_int(v);
        uint64_t u = i < 0 ? (uint64_t)-i : (uint64_t)i;
        do *--p = (char)('0' + u % 10); while (u /= 10);
        if (i < 0) *--p = '-';
        return builder_ascii(x->t, &x->b, p, (size_t)(text + sizeof text - p));
    }
    return put_and_drop(x, int_to_text(x->t, v, 10, false));
}
static int put_float(Encode *x, Value v) {
    double d = float_value(v);
    if (!isfinite(d)) {
        if (!x->e->allow_nan) return err_int(err_set(x->t, E_ValueError, "Out of range float values are not JSON compliant"));
        return builder_cstr(x->t, &x->b, d > 0 ? "Infinity" : d < 0 ? "-Infinity" : "NaN");
    }
    char *text = double_to_text(d, 'r', 0, DOUBLE_DOT_0);
    if (text == NULL) return err_int(err_no_memory(x->t));
    int status = builder_ascii(x->t, &x->b, text, strlen(text));
    mem_free(text);
    return status;
}
static int put_string(Encode *x, Value v) {
    if (x->e->strings != STRINGS_BY_CALL) return json_put_string(x->t, &x->b, v, x->e->strings == STRINGS_ASCII);
    Ref r = call1(x->t, slot_get(&x->e->encoder), v);
    if (!ref_is_null(r) && !is_str(ref_borrow(r))) {
        err_set(x->t, E_TypeError, "encoder() must return a string, not %.80T", ref_borrow(r));
        ref_drop(x->t, r);
        return -1;
    }
    return put_and_drop(x, r);
}

static int put_list(Encode *x, Value v) {
    Thread *t = x->t;
    Ref seq = sequence_fast(t, v, "_iterencode_list needs a sequence");
    if (ref_is_null(seq)) return -1;
    Value s = ref_borrow(seq);
    Around here;
    bool tuple = is_tuple(s);
    if ((tuple ? tuple_size(s) : list_size(s)) == 0) {
        ref_drop(t, seq);
        return builder_ascii(t, &x->b, "[]", 2);
    }
    int status = enter(x, &here, v);
    if (status == 0) {
        status = builder_char(t, &x->b, '[');
        for (size_t i = 0; status == 0; i++) {
            if (tuple && i >= tuple_size(s)) break;
            Value item = tuple ? tuple_get(s, i) : list_get(s, i);
            if (value_is_null(item)) break;
            if (i > 0) status = builder_str(t, &x->b, slot_get(&x->e->item_separator));
            if (status < 0) break;
            if (value_is_object(item)) { /* default() may change the list */
                Ref own = ref_new(t, item);
                status = put_value(x, ref_borrow(own));
                ref_drop(t, own);
            } else {
                status = put_value(x, item);
            }
        }
        if (status == 0) status = builder_char(t, &x->b, ']');
        leave(x, &here);
    }
    ref_drop(t, seq);
    return status;
}

/* 1: the key is left out */
static int put_key(Encode *x, Value key) {
    Thread *t = x->t;
    if (is_str(key)) return put_string(x, key);
    bool known = true;
    if (is_float(key)) {
        StrBuilder rest = x->b; /* the number as a string */
        x->b = STR_BUILDER;
        int status = put_float(x, key);
        Ref text = status == 0 ? builder_finish(t, &x->b) : REF_NULL;
        builder_drop(&x->b);
        x->b = rest;
        if (ref_is_null(text)) return -1;
        status = put_string(x, ref_borrow(text));
        ref_drop(t, text);
        return status;
    }
    Ref text = REF_NULL;
    if (value_is_true(key)) text = str_from_cstr(t, "true");
    else if (value_is_false(key)) text = str_from_cstr(t, "false");
    else if (value_is_none(key)) text = str_from_cstr(t, "null");
    else if (is_int(key)) text = int_to_text(t, key, 10, false);
    else known = false;
    if (!known) {
        if (x->e->skipkeys) return 1;
        return err_int(err_set(t, E_TypeError, "keys must be str, int, float, bool or None, not %.100T", key));
    }
    if (ref_is_null(text)) return -1;
    int status = put_string(x, ref_borrow(text));
    ref_drop(t, text);
    return status;
}

static int put_member(Encode *x, Value key, Value value, bool *first) {
    Thread *t = x->t;
    size_t before = x->b.length;
    int status = 0;
    if (!*first) status = builder_str(t, &x->b, slot_get(&x->e->item_separator));
    if (status == 0) status = put_key(x, key);
    if (status > 0) {
        x->b.length = before;
        return 0;
    }
    *first = false;
    if (status == 0) status = builder_str(t, &x->b, slot_get(&x->e->key_separator));
    return status < 0 ? -1 : put_value(x, value);
}

/* The items of an exact dict, as they are now. */
static int put_items(Encode *x, Value d) {
    Thread *t = x->t;
    DictItems items;
    if (dict_items_take(t, d, &items) < 0) return -1;
    int status = builder_char(t, &x->b, '{');
    bool first = true;
    for (size_t i = 0; status == 0 && i < items.count; i++)
        status = put_member(x, ref_borrow(items.item[i].key), ref_borrow(items.item[i].value), &first);
    dict_items_drop(t, &items);
    return status < 0 ? -1 : builder_char(t, &x->b, '}');
}
static int put_pairs(Encode *x, Value d) {
    Thread *t = x->t;
    Ref items = is_exact(d, &dict_type) ? dict_items_list(t, d) : mapping_items(t, d);
    int status = ref_is_null(items) ? -1 : 0;
    if (status == 0 && list_size(ref_borrow(items)) == 0) {
        status = builder_ascii(t, &x->b, "{}", 2);
    } else if (status == 0) {
        if (x->e->sort_keys) status = list_sort(t, ref_borrow(items), VALUE_NULL, false);
        if (status == 0) status = builder_char(t, &x->b, '{');
        bool first = true;
        for (size_t i = 0; status == 0; i++) {
            Value pair = list_get(ref_borrow(items), i);
            if (value_is_null(pair)) break;
            if (!is_tuple(pair) || tuple_size(pair) != 2) status = err_int(err_set(t, E_ValueError, "items must return 2-tuples"));
            else status = put_member(x, tuple_get(pair, 0), tuple_get(pair, 1), &first);
        }
        if (status == 0) status = builder_char(t, &x->b, '}');
    }
    ref_drop(t, items);
    return status;
}
static int put_dict(Encode *x, Value d) {
    bool exact = is_exact(d, &dict_type);
    if (dict_size(d) == 0 && exact) return builder_ascii(x->t, &x->b, "{}", 2);
    Around here;
    if (enter(x, &here, d) < 0) return -1;
    int status = exact && !x->e->sort_keys ? put_items(x, d) : put_pairs(x, d);
    leave(x, &here);
    return status;
}

static int put_other(Encode *x, Value v) {
    Thread *t = x->t;
    Around here;
    if (enter(x, &here, v) < 0) return -1;
    Ref r = call1(t, slot_get(&x->e->default_), v);
    int status = ref_is_null(r) ? -1 : put_value(x, ref_borrow(r));
    ref_drop(t, r);
    leave(x, &here);
    return status;
}

static int put_value(Encode *x, Value v) {
    if (value_is_none(v)) return builder_ascii(x->t, &x->b, "null", 4);
    if (value_is_true(v)) return builder_ascii(x->t, &x->b, "true", 4);
    if (value_is_false(v)) return builder_ascii(x->t, &x->b, "false", 5);
    if (is_str(v)) return put_string(x, v);
    if (is_int(v)) return put_int(x, v);
    if (is_float(v)) return put_float(x, v);
    if (is_list(v) || is_tuple(v)) return put_list(x, v);
    if (is_dict(v)) return put_dict(x, v);
    return put_other(x, v);
}

static Ref encoder_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_signature;
    Value a[2];
    if (bind_args(t, "_iterencode", "($self, obj, _current_indent_level)", &x_signature, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    Encode x = {.t = t, .e = as(Encoder, self), .b = STR_BUILDER};
    x.check = !value_is_none(slot_get(&x.e->markers));
    if (put_value(&x, a[0]) < 0) {
        builder_drop(&x.b);
        return REF_NULL;
    }
    Ref text = builder_finish(t, &x.b);
    return ref_is_null(text) ? text : tuple_from_steal(t, &text, 1);
}

static NativeDef functions[] = {
    FN("encode_basestring_ascii", "!($module, string, /)", json_encode_basestring_ascii, "JSON text of a string, in ASCII."),
    FN("encode_basestring", "!($module, string, /)", json_encode_basestring, "JSON text of a string."),
    FN_TUPLE("scanstring", "!($module, string, end, strict=True, /)", json_scanstring, "The JSON string before whose content `end` stands, and where it ends."),
    FN_END,
};

static Ref encoder_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_signature;
    Value a[9];
    if (bind_args(t, "make_encoder", "($type, markers, default, encoder, indent, key_separator, item_separator, sort_keys, skipkeys, allow_nan)",
                  &x_signature, args, nargs, kwnames, a, 9) < 0)
        return REF_NULL;
    if (!is_dict(a[0]) && !value_is_none(a[0])) return err_set(t, E_TypeError, "make_encoder() argument 1 must be dict or None, not %.200G", a[0]);
    for (int i = 4; i < 6; i++)
        if (!is_str(a[i])) return err_set(t, E_TypeError, "make_encoder() argument %d must be str, not %G", i + 1, a[i]);
    int flags[3];
    for (int i = 0; i < 3; i++)
        if ((flags[i] = is_true(t, a[6 + i])) < 0) return REF_NULL;
    Encoder *e = object_new(Encoder, t, &json_encoder_type);
    if (e == NULL) return REF_NULL;
    Slot *const slots[] = {&e->markers, &e->default_, &e->encoder, &e->indent, &e->key_separator, &e->item_separator};
    for (int i = 0; i < 6; i++) slot_init(slots[i], ref_new(t, a[i]));
    e->sort_keys = flags[0];
    e->skipkeys = flags[1];
    e->allow_nan = flags[2];
    if (is_exact(a[2], &native_type)) {
        NativeDef *def = as(Native, a[2])->def;
        if (def == &functions[0]) e->strings = STRINGS_ASCII;
        else if (def == &functions[1]) e->strings = STRINGS_TEXT;
    }
    return ref_steal(e);
}
static void encoder_traverse(Object *o, VisitFn visit, void *arg) {
    Encoder *e = (Encoder *)o;
    for (Slot *p = &e->markers; p <= &e->item_separator; p++) slot_visit(p, visit, arg);
}
static void encoder_clear(Thread *t, Object *o) {
    Encoder *e = (Encoder *)o;
    for (Slot *p = &e->markers; p <= &e->item_separator; p++) slot_set(t, o, p, REF_NULL);
}
static const MemberDef encoder_members[] = {
    {"markers", MEMBER_SLOT, offsetof(Encoder, markers), true, "None: circular references aren't looked for."},
    {"default", MEMBER_SLOT, offsetof(Encoder, default_), true, "Called with what JSON has no form for."},
    {"encoder", MEMBER_SLOT, offsetof(Encoder, encoder), true, "Encodes strings."},
    {"indent", MEMBER_SLOT, offsetof(Encoder, indent), true, "Not used."},
    {"key_separator", MEMBER_SLOT, offsetof(Encoder, key_separator), true, "Stands between key and value."},
    {"item_separator", MEMBER_SLOT, offsetof(Encoder, item_separator), true, "Stands between items."},
    {"sort_keys", MEMBER_BOOL, offsetof(Encoder, sort_keys), true, "Whether keys are sorted."},
    {"skipkeys", MEMBER_BOOL, offsetof(Encoder, skipkeys), true, "Whether unsuitable keys are left out."},
    {NULL},
};
Type json_encoder_type = {
    TYPE_HEADER(Encoder, TYPE_CONTAINER, encoder_traverse, encoder_clear, encoder_clear),
    .name = "_json.Encoder",
    .doc = "Writes a value as JSON text.",
    .members = encoder_members,
    .call = encoder_call,
    .new_ = encoder_new,
};

int module_init_json(Thread *t, Value module) {
    if (type_ready(t, &json_scanner_type) < 0 || type_ready(t, &json_encoder_type) < 0) return -1;
    if (module_add_functions(t, module, functions) < 0) return -1;
    if (module_set(t, module, "make_scanner", type_value(&json_scanner_type)) < 0) return -1;
    return module_set(t, module, "make_encoder", type_value(&json_encoder_type));
}
