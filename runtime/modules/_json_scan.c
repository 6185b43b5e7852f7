/* Reading JSON. */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/modules/_json.h"
#include "runtime/native.h"
#include "runtime/text.h"

typedef struct Scanner {
    Object base;
    bool strict;
    Slot object_hook, object_pairs_hook, parse_float, parse_int, parse_constant;
} Scanner;

#define KEYS 64
/* One call's view: hooks that do nothing special are null. */
typedef struct Scan {
    Thread *t;
    Value text;
    Span s;
    bool strict;
    Value object_hook, pairs_hook, parse_float, parse_int, parse_constant;
    Ref keys[KEYS]; /* recent keys, so that equal ones are one object */
} Scan;

/* ---- errors ------------------------------------------------------------------------------------------------------------ */
static Ref decode_error(Thread *t, const char *message, Value text, size_t at) {
    Ref type = import_attr(t, "json.decoder", "JSONDecodeError");
    if (ref_is_null(type)) return type;
    Ref m = str_from_cstr(t, message), exc = REF_NULL;
    if (!ref_is_null(m)) exc = call3(t, ref_borrow(type), ref_borrow(m), text, small_int((int64_t)at));
    if (!ref_is_null(exc)) err_object(t, ref_borrow(exc));
    ref_drop(t, exc);
    ref_drop(t, m);
    ref_drop(t, type);
    return REF_NULL;
}
static Ref no_value(Thread *t, size_t at) { return err_value(t, E_StopIteration, small_int((int64_t)at)); }

/* ---- strings ------------------------------------------------------------------------------------------------------------- */
/* The next quote, backslash or control character from i on. */
static size_t plain_end(Span s, size_t i) {
    if (s.kind == 1) {
        const uint8_t *p = s.data;
        while (i < s.length && p[i] != '"' && p[i] != '\\' && p[i] >= 0x20) i++;
        return i;
    }
    uint32_t c;
    while (i < s.length && (c = span_at(s, i)) != '"' && c != '\\' && c >= 0x20) i++;
    return i;
}

static int hex4(Span s, size_t i, uint32_t *out) {
    *out = 0;
    if (s.length - i < 4) return -1;
    for (size_t k = 0; k < 4; k++) {
        int d = hex_digit(span_at(s, i + k));
        if (d < 0) return -1;
        *out = *out << 4 | (uint32_t)d;
    }
    return 0;
}

/* The character of the escape at i (behind the backslash); i moves behind it. -1: exception */
static int64_t escape(Thread *t, Value text, Span s, size_t *at, size_t begin) {
    size_t i = *at;
    if (i >= s.length) {
        decode_error(t, "Unterminated string starting at", text, begin);
        return -1;
    }
    uint32_t c = span_at(s, i), low;
    *at = i + 1;
    switch (c) {
    case '"': case '\\': case '/': return c;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'u': break;
    default: decode_error(t, "Invalid \\escape", text, i - 1); return -1;
    }
    if (hex4(s, i + 1, &c) < 0) {
        decode_error(t, "Invalid \\uXXXX escape", text, i);
        return -1;
    }
    i += 5;
    if (c >= 0xD800 && c <= 0xDBFF && i + 6 <= s.length && span_at(s, i) == '\\' && span_at(s, i + 1) == 'u') {
        if (hex4(s, i + 2, &low) < 0) {
            decode_error(t, "Invalid \\uXXXX escape", text, i + 1);
            return -1;
        }
        if (low >= 0xDC00 && low <= 0xDFFF) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += 6;
        }
    }
    *at = i;
    return c;
}

Ref json_scan_string(Thread *t, Value text, size_t *at, bool strict) {
    Span s = span_str(text);
    size_t i = *at, begin = i - 1, end = plain_end(s, i);
    if (end < s.length && span_at(s, end) == '"') {
        *at = end + 1;
        return str_slice(t, text, (int64_t)i, (int64_t)end);
    }
    StrBuilder b = STR_BUILDER;
    for (;;) {
        if (end > i && builder_slice(t, &b, text, i, end) < 0) goto fail;
        if (end >= s.length) {
            decode_error(t, "Unterminated string starting at", text, begin);
            goto fail;
        }
        uint32_t c = span_at(s, end);
        i = end + 1;
        if (c == '"') break;
        if (c == '\\') {
            int64_t e = escape(t, text, s, &i, begin);
            if (e < 0 || builder_char(t, &b, (uint32_t)e) < 0) goto fail;
        } else if (strict) {
            decode_error(t, "Invalid control character at", text, end);
            goto fail;
        } else if (builder_char(t, &b, c) < 0) {
            goto fail;
        }
        end = plain_end(s, i);
    }
    *at = i;
    return builder_finish(t, &b);
fail:
    builder_drop(&b);
    return REF_NULL;
}

Ref json_scanstring(Thread *t, Value self, const Value *a) {
    int64_t end;
    int strict = 1;
    if (size_arg(t, a[1], &end) < 0) return REF_NULL;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "first argument must be a string, not %.80T", a[0]);
    if (!value_is_null(a[2]) && (strict = is_true(t, a[2])) < 0) return REF_NULL;
    if (end < 0 || (size_t)end > str_length(a[0])) return err_set(t, E_ValueError, "end is out of bounds");
    size_t at = (size_t)end;
    Ref pair[2] = {json_scan_string(t, a[0], &at, strict != 0)};
    if (ref_is_null(pair[0])) return REF_NULL;
    pair[1] = ref_small_int((int64_t)at);
    return tuple_from_steal(t, pair, 2);
}

/* ---- values ----------------------------------------------------------------------------------------------------------------- */
static Ref scan_value(Scan *x, size_t *at);

static inline size_t skip_space(Span s, size_t i) {
    uint32_t c;
    while (i < s.length && ((c = span_at(s, i)) == ' ' || c == '\n' || c == '\t' || c == '\r')) i++;
    return i;
}

/* A key; short ones without escapes are looked up among the recent ones first. */
static Ref scan_key(Scan *x, size_t *at) {
    size_t i = *at, end = plain_end(x->s, i), n = end - i;
    if (end >= x->s.length || span_at(x->s, end) != '"' || n == 0 || n > 64) return json_scan_string(x->t, x->text, at, x->strict);
    size_t cell = (n * 31 + span_at(x->s, i) * 7 + span_at(x->s, end - 1) * 3 + span_at(x->s, i + n / 2)) % KEYS;
    Value there = ref_borrow(x->keys[cell]);
    *at = end + 1;
    if (!value_is_null(there) && span_equal(span_str(there), span_cut(x->s, i, end))) return ref_new(x->t, there);
    Ref key = str_slice(x->t, x->text, (int64_t)i, (int64_t)end);
    if (ref_is_null(key)) return key;
    ref_drop(x->t, x->keys[cell]);
    x->keys[cell] = ref_new(x->t, ref_borrow(key));
    return key;
}

/* "key": value into d, or as a pair into a list. */
static int scan_member(Scan *x, size_t *at, Value into) {
    Thread *t = x->t;
    size_t i = *at;
    if (i >= x->s.length || span_at(x->s, i) != '"')
        return err_int(decode_error(t, "Expecting property name enclosed in double quotes", x->text, i));
    i++;
    Ref key = scan_key(x, &i), value = REF_NULL;
    if (ref_is_null(key)) return -1;
    i = skip_space(x->s, i);
    if (i >= x->s.length || span_at(x->s, i) != ':') {
        decode_error(t, "Expecting ':' delimiter", x->text, i);
    } else {
        i = skip_space(x->s, i + 1);
        value = scan_value(x, &i);
    }
    if (ref_is_null(value)) {
        ref_drop(t, key);
        return -1;
    }
    *at = i;
    if (value_is_null(x->pairs_hook)) return dict_set_steal(t, into, key, value);
    Ref pair[2] = {key, value}, tuple = tuple_from_steal(t, pair, 2);
    return ref_is_null(tuple) ? -1 : list_append_steal(t, into, tuple);
}

static Ref scan_object(Scan *x, size_t *at) { /* behind the brace */
    Thread *t = x->t;
    Ref into = value_is_null(x->pairs_hook) ? dict_new(t) : list_new(t, 0);
    if (ref_is_null(into)) return into;
    size_t i = skip_space(x->s, *at);
    if (i >= x->s.length || span_at(x->s, i) != '}') {
        for (;;) {
            if (scan_member(x, &i, ref_borrow(into)) < 0) goto fail;
            i = skip_space(x->s, i);
            if (i < x->s.length && span_at(x->s, i) == '}') break;
            if (i >= x->s.length || span_at(x->s, i) != ',') {
                decode_error(t, "Expecting ',' delimiter", x->text, i);
                goto fail;
            }
            i = skip_space(x->s, i + 1);
        }
    }
    *at = i + 1;
    Value hook = value_is_null(x->pairs_hook) ? x->object_hook : x->pairs_hook;
    if (value_is_null(hook)) return into;
    Ref r = call1(t, hook, ref_borrow(into));
    ref_drop(t, into);
    return r;
fail:
    ref_drop(t, into);
    return REF_NULL;
}

static Ref scan_array(Scan *x, size_t *at) {
    Thread *t = x->t;
    Ref list = list_new(t, 0);
    if (ref_is_null(list)) return list;
    size_t i = skip_space(x->s, *at);
    if (i >= x->s.length || span_at(x->s, i) != ']') {
        for (;;) {
            Ref value = scan_value(x, &i);
            if (ref_is_null(value) || list_append_steal(t, ref_borrow(list), value) < 0) goto fail;
            i = skip_space(x->s, i);
            if (i < x->s.length && span_at(x->s, i) == ']') break;
            if (i >= x->s.length || span_at(x->s, i) != ',') {
                decode_error(t, "Expecting ',' delimiter", x->text, i);
                goto fail;
            }
            i = skip_space(x->s, i + 1);
        }
    }
    *at = i + 1;
    return list;
fail:
    ref_drop(t, list);
    return REF_NULL;
}

static size_t digits(Span s, size_t i) {
    uint32_t c;
    while (i < s.length && (c = span_at(s, i)) >= '0' && c <= '9') i++;
    return i;
}
static bool digit_at(Span s, size_t i) { return i < s.length && span_at(s, i) >= '0' && span_at(s, i) <= '9'; }

static Ref scan_number(Scan *x, size_t *at) {
    Thread *t = x->t;
    Span s = x->s;
    size_t start = *at, i = start;
    if (span_at(s, i) == '-') i++;
    if (!digit_at(s, i)) return no_value(t, start);
    i = span_at(s, i) == '0' ? i + 1 : digits(s, i);
    bool is_float = false;
    if (i < s.length && span_at(s, i) == '.' && digit_at(s, i + 1)) {
        is_float = true;
        i = digits(s, i + 1);
    }
    if (i < s.length && (span_at(s, i) == 'e' || span_at(s, i) == 'E')) {
        size_t e = i + 1;
        if (e < s.length && (span_at(s, e) == '+' || span_at(s, e) == '-')) e++;
        if (digit_at(s, e)) {
            is_float = true;
            i = digits(s, e);
        }
    }
    *at = i;
    Value hook = is_float ? x->parse_float : x->parse_int;
    size_t n = i - start;
    if (value_is_null(hook) && n < 64) {
        char text[64];
        for (size_t k = 0; k < n; k++) text[k] = (char)span_at(s, start + k);
        text[n] = 0;
        double d;
        if (is_float && double_from_text(text, n, &d)) return float_new(t, d);
        if (!is_float && n < 18) {
            int64_t v = 0;
            for (size_t k = text[0] == '-'; k < n; k++) v = v * 10 + (text[k] - '0');
            return ref_small_int(text[0] == '-' ? -v : v);
        }
    }
    Ref text = str_slice(t, x->text, (int64_t)start, (int64_t)i);
    if (ref_is_null(text)) return text;
    Ref r = !value_is_null(hook) ? call1(t, hook, ref_borrow(text)) : is_float ? float_parse(t, ref_borrow(text)) : int_parse(t, ref_borrow(text), 10);
    ref_drop(t, text);
    return r;
}

static bool word_at(Span s, size_t i, const char *word) {
    size_t n = strlen(word);
    if (s.length - i < n) return false;
    for (size_t k = 0; k < n; k++)
        if (span_at(s, i + k) != (uint8_t)word[k]) return false;
    return true;
}
static Ref constant(Scan *x, size_t *at, const char *word) {
    *at += strlen(word);
    Ref text = str_from_cstr(x->t, word);
    if (ref_is_null(text)) return text;
    Ref r = call1(x->t, x->parse_constant, ref_borrow(text));
    ref_drop(x->t, text);
    return r;
}

static Ref scan_value(Scan *x, size_t *at) {
    Thread *t = x->t;
    size_t i = *at;
    if (i >= x->s.length) return no_value(t, i);
    switch (span_at(x->s, i)) {
    case '"':
        *at = i + 1;
        return json_scan_string(t, x->text, at, x->strict);
    case '{': case '[': {
        bool object = span_at(x->s, i) == '{';
        if (recursion_enter(t, object ? " while decoding a JSON object from a unicode string" : " while decoding a JSON array from a unicode string") < 0)
            return REF_NULL;
        *at = i + 1;
        Ref r = object ? scan_object(x, at) : scan_array(x, at);
        recursion_leave(t);
        return r;
    }
    case 'n':
        if (!word_at(x->s, i, "null")) break;
        *at = i + 4;
        return REF_NONE;
    case 't':
        if (!word_at(x->s, i, "true")) break;
        *at = i + 4;
        return REF_TRUE;
    case 'f':
        if (!word_at(x->s, i, "false")) break;
        *at = i + 5;
        return REF_FALSE;
    case 'N':
        if (word_at(x->s, i, "NaN")) return constant(x, at, "NaN");
        break;
    case 'I':
        if (word_at(x->s, i, "Infinity")) return constant(x, at, "Infinity");
        break;
    case '-':
        if (word_at(x->s, i, "-Infinity")) return constant(x, at, "-Infinity");
        return scan_number(x, at);
    case '0': case '1': case '2': case '3': case '4': case '5': case '6': case '7': case '8': case '9': return scan_number(x, at);
    }
    return no_value(t, i);
}

/* ---- Scanner objects ------------------------------------------------------------------------------------------------------------ */
static Value hook_or_null(const Slot *s) {
    Value v = slot_get(s);
    return value_is_none(v) ? VALUE_NULL : v;
}

static Ref scanner_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_signature;
    Value a[2];
    int64_t at;
    if (bind_args(t, "scan_once", "($self, string, idx)", &x_signature, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "first argument must be a string, not %.80T", a[0]);
    if (size_arg(t, a[1], &at) < 0) return REF_NULL;
    if (at < 0) return err_set(t, E_ValueError, "idx cannot be negative");
    Scanner *sc = as(Scanner, self);
    Scan x = {.t = t, .text = a[0], .s = span_str(a[0]), .strict = sc->strict, .object_hook = hook_or_null(&sc->object_hook),
              .pairs_hook = hook_or_null(&sc->object_pairs_hook), .parse_float = slot_get(&sc->parse_float),
              .parse_int = slot_get(&sc->parse_int), .parse_constant = slot_get(&sc->parse_constant)};
    if (value_is(x.parse_float, type_value(&float_type))) x.parse_float = VALUE_NULL;
    if (value_is(x.parse_int, type_value(&int_type))) x.parse_int = VALUE_NULL;
    size_t i = (size_t)at;
    Ref pair[2] = {scan_value(&x, &i)};
    for (size_t k = 0; k < KEYS; k++) ref_drop(t, x.keys[k]);
    if (ref_is_null(pair[0])) return REF_NULL;
    pair[1] = ref_small_int((int64_t)i);
    return tuple_from_steal(t, pair, 2);
}

static Ref scanner_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_signature;
    Value a[1];
    if (bind_args(t, "make_scanner", "($type, context)", &x_signature, args, nargs, kwnames, a, 1) < 0) return REF_NULL;
    Scanner *sc = object_new(Scanner, t, &json_scanner_type);
    if (sc == NULL) return REF_NULL;
    Ref r = ref_steal(sc);
    const char *const names_[] = {"object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant"};
    Slot *const slots[] = {&sc->object_hook, &sc->object_pairs_hook, &sc->parse_float, &sc->parse_int, &sc->parse_constant};
    Ref strict = get_attr_cstr(t, a[0], "strict");
    int truth = ref_is_null(strict) ? -1 : is_true(t, ref_borrow(strict));
    ref_drop(t, strict);
    bool ok = truth >= 0;
    sc->strict = truth > 0;
    for (size_t i = 0; i < 5 && ok; i++) {
        Ref v = get_attr_cstr(t, a[0], names_[i]);
        ok = !ref_is_null(v);
        if (ok) slot_set(t, sc, slots[i], v);
    }
    if (ok) return r;
    ref_drop(t, r);
    return REF_NULL;
}

static void scanner_traverse(Object *o, VisitFn visit, void *arg) {
    Scanner *s = (Scanner *)o;
    for (Slot *p = &s->object_hook; p <= &s->parse_constant; p++) slot_visit(p, visit, arg);
}
static void scanner_clear(Thread *t, Object *o) {
    Scanner *s = (Scanner *)o;
    for (Slot *p = &s->object_hook; p <= &s->parse_constant; p++) slot_set(t, o, p, REF_NULL);
}
static const MemberDef scanner_members[] = {
    {"strict", MEMBER_BOOL, offsetof(Scanner, strict), true, "Whether control characters in strings are refused."},
    {"object_hook", MEMBER_SLOT, offsetof(Scanner, object_hook), true, "Called with each object as a dict."},
    {"object_pairs_hook", MEMBER_SLOT, offsetof(Scanner, object_pairs_hook), true, "Called with each object as a list of pairs."},
    {"parse_float", MEMBER_SLOT, offsetof(Scanner, parse_float), true, "Makes floats from text."},
    {"parse_int", MEMBER_SLOT, offsetof(Scanner, parse_int), true, "Makes ints from text."},
    {"parse_constant", MEMBER_SLOT, offsetof(Scanner, parse_constant), true, "Makes NaN and the infinities from text."},
    {NULL},
};
Type json_scanner_type = {
    TYPE_HEADER(Scanner, TYPE_CONTAINER, scanner_traverse, scanner_clear, scanner_clear),
    .name = "_json.Scanner",
    .doc = "Reads one JSON value from text at an index.",
    .members = scanner_members,
    .call = scanner_call,
    .new_ = scanner_new,
};
