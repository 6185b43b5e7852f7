/* str.format, str.format_map, and the iterators of _string, which string.Formatter is built on. */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/str_methods.h"
#include "runtime/text.h"

/* ---- parsing ------------------------------------------------------------------------------------------------------ */
/* One step through markup: literal text, then maybe a field. All are positions in the text. */
typedef struct Piece {
    size_t literal_start, literal_end;
    bool field, nested;        /* nested: the spec has fields of its own */
    size_t name_start, name_end, spec_start, spec_end;
    uint32_t conversion;       /* 0: none */
} Piece;

/* After the field's '{' at *at. -1: exception */
static int parse_field(Thread *t, Span s, size_t *at, size_t end, Piece *p) {
    size_t i = *at;
    p->field = true;
    p->name_start = i;
    uint32_t c = 0;
    for (; i < end; i++) {
        c = span_at(s, i);
        if (c == '{') return err_int(err_set(t, E_ValueError, "unexpected '{' in field name"));
        if (c == '}' || c == ':' || c == '!') break;
        if (c != '[') continue;
        while (i < end && span_at(s, i) != ']') i++; /* a key may hold anything else */
        if (i >= end) break;
    }
    p->name_end = i;
    if (i >= end) return err_int(err_set(t, E_ValueError, "expected '}' before end of string"));
    p->spec_start = p->spec_end = i;
    i++;
    if (c == '!') {
        if (i >= end) return err_int(err_set(t, E_ValueError, "end of string while looking for conversion specifier"));
        p->conversion = span_at(s, i++);
        if (i < end) {
            c = span_at(s, i++);
            if (c == '}') {
                *at = i;
                return 0;
            }
            if (c != ':') return err_int(err_set(t, E_ValueError, "expected ':' after conversion specifier"));
        }
    } else if (c == '}') {
        *at = i;
        return 0;
    }
    p->spec_start = i;
    size_t depth = 1;
    for (; i < end; i++) {
        c = span_at(s, i);
        if (c == '{') {
            p->nested = true;
            depth++;
        } else if (c == '}' && --depth == 0) {
            p->spec_end = i;
            *at = i + 1;
            return 0;
        }
    }
    return err_int(err_set(t, E_ValueError, "unmatched '{' in format spec"));
}

/* 1: a piece; 0: the end; -1: exception */
static int next_piece(Thread *t, Span s, size_t *at, size_t end, Piece *p) {
    *p = (Piece){0};
    if (*at >= end) return 0;
    size_t i = *at;
    p->literal_start = i;
    uint32_t c = 0;
    while (i < end && (c = span_at(s, i)) != '{' && c != '}') i++;
    p->literal_end = i;
    if (i >= end) {
        *at = i;
        return 1;
    }
    bool last = i + 1 >= end, twice = !last && span_at(s, i + 1) == c;
    if (twice) { /* an escaped brace belongs to the literal */
        p->literal_end = i + 1;
        *at = i + 2;
        return 1;
    }
    if (c == '}') return err_int(err_set(t, E_ValueError, "Single '}' encountered in format string"));
    if (last) return err_int(err_set(t, E_ValueError, "Single '{' encountered in format string"));
    *at = i + 1;
    return parse_field(t, s, at, end, p) < 0 ? -1 : 1;
}

/* A decimal number of all of [start, end): its value; -1: not a number; -2: exception */
static int64_t field_number(Thread *t, Span s, size_t start, size_t end) {
    int64_t n = 0;
    if (start == end) return -1;
    for (size_t i = start; i < end; i++) {
        int digit = uni_decimal(span_at(s, i));
        if (digit < 0) return -1;
        if (n > (INT64_MAX - digit) / 10) {
            err_set(t, E_ValueError, "Too many decimal digits in format string");
            return -2;
        }
        n = n * 10 + digit;
    }
    return n;
}

/* One step through ".name" and "[key]" after the first part. 1: got one; 0: the end; -1: exception. *index -1: a string key */
static int next_accessor(Thread *t, Span s, size_t *at, size_t end, bool *attribute, size_t *start, size_t *stop, int64_t *index) {
    size_t i = *at;
    if (i >= end) return 0;
    uint32_t c = span_at(s, i++);
    *index = -1;
    *start = i;
    if (c == '.') {
        *attribute = true;
        while (i < end && (c = span_at(s, i)) != '.' && c != '[') i++;
        *stop = i;
    } else if (c == '[') {
        *attribute = false;
        while (i < end && span_at(s, i) != ']') i++;
        if (i >= end) return err_int(err_set(t, E_ValueError, "Missing ']' in format string"));
        *stop = i++;
        *index = field_number(t, s, *start, *stop);
        if (*index == -2) return -1;
    } else {
        return err_int(err_set(t, E_ValueError, "Only '.' or '[' may follow ']' in format field specifier"));
    }
    if (*start == *stop) return err_int(err_set(t, E_ValueError, "Empty attribute in format string"));
    *at = i;
    return 1;
}

/* ---- formatting ------------------------------------------------------------------------------------------------------ */
typedef enum { NUMBERING_UNKNOWN, NUMBERING_AUTO, NUMBERING_MANUAL } Numbering;
typedef struct Format {
    const Value *args; /* null for format_map */
    size_t nargs;
    Value kwnames;     /* tuple or null; their values follow the args */
    Value mapping;     /* format_map */
    Numbering numbering;
    size_t next;
    size_t lookups;    /* in kwnames, */
    Ref places;        /* which are a dict of their indexes after the first few: there may be many; or null */
} Format;

static Ref cut(Thread *t, Span s, size_t start, size_t end) { return str_from_span(t, span_cut(s, start, end)); }

#define FEW_LOOKUPS 4
/* Which of the keywords it is; how many there are: none; -1: exception */
static int64_t keyword_index(Thread *t, Format *f, Value key) {
    size_t n = value_is_null(f->kwnames) ? 0 : tuple_size(f->kwnames), i = 0;
    if (n > 8 && f->lookups++ == FEW_LOOKUPS) {
        f->places = dict_new_sized(t, n);
        for (size_t k = 0; !ref_is_null(f->places) && k < n; k++)
            if (dict_set(t, ref_borrow(f->places), tuple_get(f->kwnames, k), small_int((int64_t)k)) < 0) return -1;
        if (ref_is_null(f->places)) return -1;
    }
    if (!ref_is_null(f->places)) {
        Value place = dict_get(t, ref_borrow(f->places), key);
        return !value_is_null(place) ? value_int(place) : err_pending(t) ? -1 : (int64_t)n;
    }
    int64_t hash = str_hash(as(Str, key));
    while (i < n && (str_hash(as(Str, tuple_get(f->kwnames, i))) != hash || !str_equal(as(Str, tuple_get(f->kwnames, i)), as(Str, key)))) i++;
    return (int64_t)i;
}
static Ref by_name(Thread *t, Format *f, Span s, size_t start, size_t end) {
    Ref key = cut(t, s, start, end), r = REF_NULL;
    if (ref_is_null(key)) return key;
    if (!value_is_null(f->mapping)) {
        r = get_item(t, f->mapping, ref_borrow(key));
    } else {
        int64_t i = keyword_index(t, f, ref_borrow(key));
        if (i >= 0 && !value_is_null(f->kwnames) && (size_t)i < tuple_size(f->kwnames)) r = ref_new(t, f->args[f->nargs + (size_t)i]);
        else if (i >= 0) err_value(t, E_KeyError, ref_borrow(key));
    }
    ref_drop(t, key);
    return r;
}

static int numbering(Thread *t, Format *f, Numbering wanted) {
    if (f->numbering == NUMBERING_UNKNOWN) f->numbering = wanted;
    if (f->numbering == wanted) return 0;
    return err_int(err_set(t, E_ValueError, wanted == NUMBERING_MANUAL
                               ? "cannot switch from automatic field numbering to manual field specification"
                               : "cannot switch from manual field specification to automatic field numbering"));
}

static Ref get_field(Thread *t, Format *f, Span s, size_t start, size_t end) {
    size_t first = start;
    uint32_t c;
    while (first < end && (c = span_at(s, first)) != '.' && c != '[') first++;
    int64_t index = field_number(t, s, start, first);
    if (index == -2) return REF_NULL;
    Ref value;
    if (index == -1 && first > start) {
        value = by_name(t, f, s, start, first);
    } else {
        bool automatic = index == -1;
        if (numbering(t, f, automatic ? NUMBERING_AUTO : NUMBERING_MANUAL) < 0) return REF_NULL;
        if (automatic) index = (int64_t)f->next++;
        if (!value_is_null(f->mapping)) return err_set(t, E_ValueError, "Format string contains positional fields");
        if ((size_t)index >= f->nargs)
            return err_set(t, E_IndexError, "Replacement index %zd out of range for positional args tuple", index);
        value = ref_new(t, f->args[index]);
    }
    bool attribute;
    size_t from, to;
    int status;
    while (!ref_is_null(value) && (status = next_accessor(t, s, &first, end, &attribute, &from, &to, &index)) != 0) {
        Ref next = REF_NULL;
        if (status > 0 && !attribute && index >= 0) {
            next = get_item(t, ref_borrow(value), small_int(index));
        } else if (status > 0) {
            Ref key = cut(t, s, from, to);
            if (attribute) key = str_intern(t, key);
            if (!ref_is_null(key)) next = attribute ? get_attr(t, ref_borrow(value), ref_borrow(key)) : get_item(t, ref_borrow(value), ref_borrow(key));
            ref_drop(t, key);
        }
        ref_drop(t, value);
        value = next;
    }
    return value;
}

static Ref convert(Thread *t, Ref value, uint32_t conversion) {
    Value v = ref_borrow(value);
    Ref r;
    switch (conversion) {
    case 0: return value;
    case 'r': r = object_repr(t, v); break;
    case 's': r = object_str(t, v); break;
    case 'a': r = object_ascii(t, v); break;
    default:
        r = conversion > 32 && conversion < 127 ? err_set(t, E_ValueError, "Unknown conversion specifier %c", (int)conversion)
                                                : err_set(t, E_ValueError, "Unknown conversion specifier \\x%x", conversion);
    }
    ref_drop(t, value);
    return r;
}

static int format_into(Thread *t, StrBuilder *b, Format *f, Value text, Span s, int depth);

static int put_field(Thread *t, StrBuilder *b, Format *f, Span s, const Piece *p, int depth) {
    Ref value = get_field(t, f, s, p->name_start, p->name_end);
    if (ref_is_null(value)) return -1;
    value = convert(t, value, p->conversion);
    if (ref_is_null(value)) return -1;
    Ref spec = REF_NULL, text = REF_NULL;
    int status = -1;
    if (p->nested) {
        StrBuilder inner = STR_BUILDER;
        if (format_into(t, &inner, f, VALUE_NULL, span_cut(s, p->spec_start, p->spec_end), depth - 1) < 0) {
            builder_drop(&inner);
            goto done;
        }
        spec = builder_finish(t, &inner);
    } else {
        spec = cut(t, s, p->spec_start, p->spec_end);
    }
    if (ref_is_null(spec)) goto done;
    if (is_exact(ref_borrow(value), &str_type) && str_length(ref_borrow(spec)) == 0) text = ref_new(t, ref_borrow(value));
    else text = object_format(t, ref_borrow(value), ref_borrow(spec));
    if (!ref_is_null(text)) status = builder_str(t, b, ref_borrow(text));
done:
    ref_drop(t, text);
    ref_drop(t, spec);
    ref_drop(t, value);
    return status;
}

static int put_literal(Thread *t, StrBuilder *b, Span s, size_t start, size_t end) {
    if (start == end) return 0;
    if (s.kind == 1 && ascii_prefix((const char *)s.data + start, end - start) == end - start)
        return builder_ascii(t, b, (const char *)s.data + start, end - start);
    for (size_t i = start; i < end; i++)
        if (builder_char(t, b, span_at(s, i)) < 0) return -1;
    return 0;
}

static int format_into(Thread *t, StrBuilder *b, Format *f, Value text, Span s, int depth) {
    if (depth < 0) return err_int(err_set(t, E_ValueError, "Max string recursion exceeded"));
    size_t at = 0;
    Piece p;
    int status;
    while ((status = next_piece(t, s, &at, s.length, &p)) > 0) {
        if (put_literal(t, b, s, p.literal_start, p.literal_end) < 0) return -1;
        if (p.field && put_field(t, b, f, s, &p, depth) < 0) return -1;
    }
    return status;
}

static Ref format(Thread *t, Value self, Format *f) {
    Span s = span_str(self);
    if (s.length > 0 && span_find_char(s, '{', 1) < 0 && span_find_char(s, '}', 1) < 0) return ref_new(t, self); /* of a subclass, too */
    uint8_t room[256];
    StrBuilder b = STR_BUILDER_ON(room);
    if (format_into(t, &b, f, self, s, 1) == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}
Ref str_format_method(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Format f = {.args = args, .nargs = nargs, .kwnames = kwnames};
    Ref r = format(t, self, &f);
    ref_drop(t, f.places);
    return r;
}
Ref str_format_map(Thread *t, Value self, const Value *a) {
    Format f = {.mapping = a[0]};
    return format(t, self, &f);
}

/* ---- _string ---------------------------------------------------------------------------------------------------------- */
typedef struct MarkupIter {
    Object base;
    Slot text;
    _Atomic size_t x_at;
    bool accessors; /* steps through accessors rather than pieces */
} MarkupIter;

static void markup_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((MarkupIter *)o)->text, visit, arg); }
static void markup_clear(Thread *t, Object *o) { slot_set(t, o, &((MarkupIter *)o)->text, REF_NULL); }

static Ref piece_tuple(Thread *t, Span s, const Piece *p) {
    Ref parts[4] = {cut(t, s, p->literal_start, p->literal_end), REF_NONE, REF_NONE, REF_NONE};
    if (p->field) {
        parts[1] = cut(t, s, p->name_start, p->name_end);
        parts[2] = cut(t, s, p->spec_start, p->spec_end);
        if (p->conversion != 0) parts[3] = str_from_char(t, p->conversion);
    }
    for (int i = 0; i < 4; i++) {
        if (!ref_is_null(parts[i])) continue;
        for (i = 0; i < 4; i++) ref_drop(t, parts[i]);
        return REF_NULL;
    }
    return tuple_from_steal(t, parts, 4);
}

static Ref markup_next(Thread *t, Value self) {
    MarkupIter *it = as(MarkupIter, self);
    Span s = span_str(slot_get(&it->text));
    size_t at = load_relaxed(&it->x_at), from, to;
    if (!it->accessors) {
        Piece p;
        int status = next_piece(t, s, &at, s.length, &p);
        if (status > 0) store_relaxed(&it->x_at, at);
        return status > 0 ? piece_tuple(t, s, &p) : REF_NULL;
    }
    bool attribute;
    int64_t index;
    int status = next_accessor(t, s, &at, s.length, &attribute, &from, &to, &index);
    if (status <= 0) return REF_NULL;
    store_relaxed(&it->x_at, at);
    Ref pair[2] = {ref_bool(attribute), index >= 0 ? ref_small_int(index) : cut(t, s, from, to)};
    return ref_is_null(pair[1]) ? REF_NULL : tuple_from_steal(t, pair, 2);
}

#define MARKUP_TYPE(name_)                                                                         \
    {TYPE_HEADER(MarkupIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, markup_traverse, markup_clear, markup_clear), .name = name_, \
     .iter = iter_self, .next = markup_next}
static Type formatter_iter_type = MARKUP_TYPE("formatteriterator"), field_iter_type = MARKUP_TYPE("fieldnameiterator");

static Ref markup_iter(Thread *t, Type *type, Value text, size_t at) {
    MarkupIter *it = object_new(MarkupIter, t, type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->text, ref_new(t, text));
    it->accessors = type == &field_iter_type;
    store_relaxed(&it->x_at, at);
    return ref_steal(it);
}

static Ref formatter_parser(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "expected str, got %T", a[0]);
    return markup_iter(t, &formatter_iter_type, a[0], 0);
}
static Ref formatter_field_name_split(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "expected str, got %T", a[0]);
    Span s = span_str(a[0]);
    size_t i = 0;
    uint32_t c;
    while (i < s.length && (c = span_at(s, i)) != '.' && c != '[') i++;
    int64_t index = field_number(t, s, 0, i);
    if (index == -2) return REF_NULL;
    Ref pair[2] = {index >= 0 ? ref_small_int(index) : cut(t, s, 0, i), markup_iter(t, &field_iter_type, a[0], i)};
    if (!ref_is_null(pair[0]) && !ref_is_null(pair[1])) return tuple_from_steal(t, pair, 2);
    ref_drop(t, pair[0]);
    ref_drop(t, pair[1]);
    return REF_NULL;
}
static NativeDef string_functions[] = {
    FN("formatter_field_name_split", "!($module, text, /)", formatter_field_name_split, "Split a replacement field's name into its first part and the rest."),
    FN("formatter_parser", "!($module, text, /)", formatter_parser, "Iterate over the literals and fields of a format string."),
    FN_END,
};
int module_init_string(Thread *t, Value module) {
    if (type_ready(t, &formatter_iter_type) < 0 || type_ready(t, &field_iter_type) < 0) return -1;
    return module_add_functions(t, module, string_functions);
}
