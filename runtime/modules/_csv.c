/* _csv: reading and writing comma-separated values. A shared reader or writer works under its object lock only where it touches its own
 * fields; one record is taken from the input by one thread at a time as the input's own iterator allows. */
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/text.h"

enum { QUOTE_MINIMAL, QUOTE_ALL, QUOTE_NONNUMERIC, QUOTE_NONE };
#define NOT_SET UINT32_MAX
#define END_OF_LINE (UINT32_MAX - 1)

static Value error_type, dialects; /* immortal */
static _Atomic int64_t x_field_limit = 128 * 1024;

static Ref csv_error(Thread *t, const char *message) { return err_type(t, as(Type, error_type), "%s", message); }

/* ---- dialects ---------------------------------------------------------------------------------------------------------- */
typedef struct Dialect {
    Object base;
    bool doublequote, skipinitialspace, strict;
    int quoting;
    uint32_t delimiter, quotechar, escapechar; /* NOT_SET */
    Slot lineterminator;
    uint8_t stops[256]; /* by character: where runs of plain characters stop (STOP_…) */
    bool wide;          /* a character that means something is none of those 256 */
    bool odd;           /* two characters are the same, or one ends lines: fields are read character by character */
} Dialect;
enum { STOP_FIELD = 1, STOP_QUOTED = 2, STOP_START = 4, STOP_WRITE = 8 };
extern Type csv_dialect_type;

static Ref get_dialect_by_name(Thread *t, Value name) {
    Ref found;
    int status = dict_lookup(t, dialects, name, &found);
    if (status > 0) return found;
    return status < 0 ? REF_NULL : csv_error(t, "unknown dialect");
}

static int set_char(Thread *t, const char *name, Value v, bool none, uint32_t *out) {
    if (value_is_null(v)) return 0;
    if (none && value_is_none(v)) {
        *out = NOT_SET;
        return 0;
    }
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "\"%s\" must be string%s, not %.200T", name, none ? " or None" : "", v));
    if (str_length(v) != 1) return err_int(err_set(t, E_TypeError, "\"%s\" must be a 1-character string", name));
    *out = str_at(as(Str, v), 0);
    return 0;
}
static int set_bool(Thread *t, Value v, bool *out) {
    if (value_is_null(v)) return 0;
    int truth = is_true(t, v);
    *out = truth > 0;
    return truth < 0 ? -1 : 0;
}

static void mark(Dialect *d, uint32_t c, int stops) {
    if (c < 256) d->stops[c] |= (uint8_t)stops;
    else if (c != NOT_SET) d->wide = true;
}
static bool is_odd(const Dialect *d) {
    uint32_t c[] = {d->delimiter, d->quotechar, d->escapechar, '\n', '\r', d->skipinitialspace ? ' ' : NOT_SET};
    for (int i = 0; i < 3; i++)
        for (int k = i + 1; k < 6; k++)
            if (c[i] != NOT_SET && c[i] == c[k]) return true;
    return false;
}
static void mark_stops(Dialect *d) {
    d->odd = is_odd(d);
    int quote = d->quoting != QUOTE_NONE ? STOP_QUOTED | STOP_START : 0;
    mark(d, d->delimiter, STOP_FIELD | STOP_START | STOP_WRITE);
    mark(d, d->escapechar, STOP_FIELD | STOP_START | STOP_WRITE | STOP_QUOTED);
    mark(d, d->quotechar, STOP_WRITE | quote);
    mark(d, '\n', STOP_FIELD | STOP_START);
    mark(d, '\r', STOP_FIELD | STOP_START);
    if (d->skipinitialspace) mark(d, ' ', STOP_START);
    Span end = span_str(slot_get(&d->lineterminator));
    for (size_t i = 0; i < end.length; i++) mark(d, span_at(end, i), STOP_WRITE);
}

/* given: delimiter, doublequote, escapechar, lineterminator, quotechar, quoting, skipinitialspace, strict */
static int dialect_fill(Thread *t, Dialect *d, const Value *given) {
    d->delimiter = ',';
    d->doublequote = true;
    d->escapechar = NOT_SET;
    d->quotechar = '"';
    d->quoting = QUOTE_MINIMAL;
    if (set_char(t, "delimiter", given[0], false, &d->delimiter) < 0 || set_bool(t, given[1], &d->doublequote) < 0 ||
        set_char(t, "escapechar", given[2], true, &d->escapechar) < 0)
        return -1;
    Value end = given[3];
    if (!value_is_null(end) && value_is_none(end)) return err_int(err_set(t, E_TypeError, "lineterminator must be set"));
    if (!value_is_null(end) && !is_str(end)) return err_int(err_set(t, E_TypeError, "\"lineterminator\" must be a string"));
    Ref text = value_is_null(end) ? str_from_cstr(t, "\r\n") : ref_new(t, end);
    if (ref_is_null(text)) return -1;
    slot_set(t, d, &d->lineterminator, text);
    if (set_char(t, "quotechar", given[4], true, &d->quotechar) < 0) return -1;
    if (!value_is_null(given[5])) {
        int64_t q;
        if (!is_exact(given[5], &int_type)) return err_int(err_set(t, E_TypeError, "\"quoting\" must be an integer"));
        if (int_try_i64(given[5], &q) < 0 || q < QUOTE_MINIMAL || q > QUOTE_NONE) return err_int(err_set(t, E_TypeError, "bad \"quoting\" value"));
        d->quoting = (int)q;
    } else if (d->quotechar == NOT_SET) {
        d->quoting = QUOTE_NONE;
    }
    if (set_bool(t, given[6], &d->skipinitialspace) < 0 || set_bool(t, given[7], &d->strict) < 0) return -1;
    if (d->quoting != QUOTE_NONE && d->quotechar == NOT_SET)
        return err_int(err_set(t, E_TypeError, "quotechar must be set if quoting enabled"));
    mark_stops(d);
    return 0;
}

static const char *const attributes[] = {"delimiter", "doublequote", "escapechar", "lineterminator", "quotechar", "quoting", "skipinitialspace", "strict"};

static Ref dialect_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_signature;
    Value a[9];
    Ref own[9] = {{0}}, r = REF_NULL;
    if (bind_args(t, "this function",
                  "($type, dialect=None, delimiter=None, doublequote=None, escapechar=None, lineterminator=None, quotechar=None, "
                  "quoting=None, skipinitialspace=None, strict=None)",
                  &x_signature, args, nargs, kwnames, a, 9) < 0)
        return REF_NULL;
    bool plain = true;
    for (int i = 1; i < 9; i++) plain = plain && value_is_null(a[i]);
    if (!value_is_null(a[0]) && !value_is_none(a[0])) {
        own[0] = is_str(a[0]) ? get_dialect_by_name(t, a[0]) : ref_new(t, a[0]);
        if (ref_is_null(own[0])) return REF_NULL;
        Value from = ref_borrow(own[0]);
        if (plain && is_exact(from, &csv_dialect_type)) return own[0];
        for (int i = 1; i < 9; i++) {
            if (!value_is_null(a[i])) continue;
            own[i] = get_attr_opt(t, from, str_intern_cstr(t, attributes[i - 1]));
            if (err_pending(t)) goto done;
            a[i] = ref_borrow(own[i]);
        }
    }
    Dialect *d = object_new(Dialect, t, &csv_dialect_type);
    if (d == NULL) goto done;
    r = ref_steal(d);
    if (dialect_fill(t, d, a + 1) < 0) {
        ref_drop(t, r);
        r = REF_NULL;
    }
done:
    for (int i = 0; i < 9; i++) ref_drop(t, own[i]);
    return r;
}

static Ref char_or_none(Thread *t, uint32_t c) { return c == NOT_SET ? REF_NONE : str_from_char(t, c); }
static Ref get_delimiter(Thread *t, Value self, void *c) { return char_or_none(t, as(Dialect, self)->delimiter); }
static Ref get_escapechar(Thread *t, Value self, void *c) { return char_or_none(t, as(Dialect, self)->escapechar); }
static Ref get_quotechar(Thread *t, Value self, void *c) { return char_or_none(t, as(Dialect, self)->quotechar); }
static Ref get_lineterminator(Thread *t, Value self, void *c) { return slot_ref(t, &as(Dialect, self)->lineterminator); }
static Ref get_quoting(Thread *t, Value self, void *c) { return ref_small_int(as(Dialect, self)->quoting); }
static const GetSetDef dialect_getset[] = {
    {"delimiter", get_delimiter, NULL, "Stands between fields."},
    {"escapechar", get_escapechar, NULL, "Escapes what has a meaning of its own."},
    {"lineterminator", get_lineterminator, NULL, "Ends a record that is written."},
    {"quotechar", get_quotechar, NULL, "Stands around quoted fields."},
    {"quoting", get_quoting, NULL, "Which fields are quoted: a QUOTE_ constant."},
    {NULL},
};
static const MemberDef dialect_members[] = {
    {"doublequote", MEMBER_BOOL, offsetof(Dialect, doublequote), true, "Whether a quote in a field is doubled."},
    {"skipinitialspace", MEMBER_BOOL, offsetof(Dialect, skipinitialspace), true, "Whether blanks after a delimiter are skipped."},
    {"strict", MEMBER_BOOL, offsetof(Dialect, strict), true, "Whether bad input is an error."},
    {NULL},
};
static Ref dialect_reduce(Thread *t, Value self, const Value *a) { return err_set(t, E_TypeError, "cannot pickle '%.100s' instances", "Dialect"); }
static NativeDef dialect_methods[] = {
    FN("__reduce__", "!($self, /)", dialect_reduce, "Dialects can't be pickled."),
    FN("__reduce_ex__", "!($self, protocol=0, /)", dialect_reduce, "Dialects can't be pickled."),
    FN_END,
};
static void dialect_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Dialect *)o)->lineterminator, visit, arg); }
static void dialect_destroy(Thread *t, Object *o) { slot_set(t, o, &((Dialect *)o)->lineterminator, REF_NULL); }
Type csv_dialect_type = {
    TYPE_HEADER(Dialect, TYPE_CONTAINER | TYPE_BASETYPE, dialect_traverse, NULL, dialect_destroy),
    .name = "_csv.Dialect",
    .doc = "How records are written and read.",
    .methods = dialect_methods,
    .getset = dialect_getset,
    .members = dialect_members,
    .new_ = dialect_new,
};

/* The dialect of reader(x, dialect, **kwargs): the arguments but for the first. */
static Ref dialect_from_args(Thread *t, const char *what, const Value *args, size_t nargs, Value kwnames) {
    if (nargs < 1) return err_set(t, E_TypeError, " expected at least 1 argument, got 0");
    if (nargs > 2) return err_set(t, E_TypeError, " expected at most 2 arguments, got %zd", nargs);
    return dialect_new(t, type_value(&csv_dialect_type), args + 1, nargs - 1, kwnames);
}

/* ---- reader ---------------------------------------------------------------------------------------------------------------------- */
typedef struct Reader { Object base; Slot input, dialect; _Atomic int64_t x_lines; } Reader;
extern Type csv_reader_type, csv_writer_type;

typedef enum { START_RECORD, START_FIELD, ESCAPED_CHAR, IN_FIELD, IN_QUOTED_FIELD, ESCAPE_IN_QUOTED_FIELD, QUOTE_IN_QUOTED_FIELD, EAT_CRNL,
    AFTER_ESCAPED_CRNL } ParseState;
typedef struct Parse { Thread *t; Dialect *d; Ref fields; StrBuilder field; bool numeric; ParseState state; } Parse;

static int save_field(Parse *p) {
    StrBuilder *b = &p->field;
    Ref field;
    if (b->kind == 1 && b->length < 1024) { /* the buffer serves the next field too */
        field = str_from_latin1(p->t, b->data, b->length);
        b->length = 0;
        b->max_char = 0;
    } else field = builder_finish(p->t, b);
    if (p->numeric && !ref_is_null(field)) {
        p->numeric = false;
        Ref number = number_float(p->t, ref_borrow(field));
        ref_drop(p->t, field);
        field = number;
    }
    return ref_is_null(field) ? -1 : list_append_steal(p->t, ref_borrow(p->fields), field);
}
static int add_char(Parse *p, uint32_t c) {
    int64_t limit = load_relaxed(&x_field_limit);
    if ((int64_t)p->field.length >= limit)
        return err_int(err_type(p->t, as(Type, error_type), "field larger than field limit (%lld)", (long long)limit));
    return builder_char(p->t, &p->field, c);
}
static bool is_end(uint32_t c) { return c == '\n' || c == '\r' || c == END_OF_LINE; }
static int end_field(Parse *p, uint32_t c) {
    p->state = c == END_OF_LINE ? START_RECORD : EAT_CRNL;
    return save_field(p);
}

static int parse_char(Parse *p, uint32_t c) {
    Dialect *d = p->d;
    switch (p->state) {
    case START_RECORD:
        if (c == END_OF_LINE) return 0;
        if (is_end(c)) {
            p->state = EAT_CRNL;
            return 0;
        }
        p->state = START_FIELD;
        /* fall through */
    case START_FIELD:
        if (is_end(c)) return end_field(p, c);
        if (c == d->quotechar && d->quoting != QUOTE_NONE) p->state = IN_QUOTED_FIELD;
        else if (c == d->escapechar) p->state = ESCAPED_CHAR;
        else if (c == ' ' && d->skipinitialspace) return 0;
        else if (c == d->delimiter) return save_field(p);
        else {
            if (d->quoting == QUOTE_NONNUMERIC) p->numeric = true;
            p->state = IN_FIELD;
            return add_char(p, c);
        }
        return 0;
    case ESCAPED_CHAR:
        p->state = c == '\n' || c == '\r' ? AFTER_ESCAPED_CRNL : IN_FIELD;
        return add_char(p, c == END_OF_LINE ? '\n' : c);
    case AFTER_ESCAPED_CRNL:
        if (c == END_OF_LINE) return 0;
        /* fall through */
    case IN_FIELD:
        if (is_end(c)) return end_field(p, c);
        if (c == d->escapechar) p->state = ESCAPED_CHAR;
        else if (c == d->delimiter) {
            p->state = START_FIELD;
            return save_field(p);
        } else return add_char(p, c);
        return 0;
    case IN_QUOTED_FIELD:
        if (c == END_OF_LINE) return 0;
        if (c == d->escapechar) p->state = ESCAPE_IN_QUOTED_FIELD;
        else if (c == d->quotechar && d->quoting != QUOTE_NONE) p->state = d->doublequote ? QUOTE_IN_QUOTED_FIELD : IN_FIELD;
        else return add_char(p, c);
        return 0;
    case ESCAPE_IN_QUOTED_FIELD:
        p->state = IN_QUOTED_FIELD;
        return add_char(p, c == END_OF_LINE ? '\n' : c);
    case QUOTE_IN_QUOTED_FIELD:
        if (d->quoting != QUOTE_NONE && c == d->quotechar) {
            p->state = IN_QUOTED_FIELD;
            return add_char(p, c);
        }
        if (c == d->delimiter) {
            p->state = START_FIELD;
            return save_field(p);
        }
        if (is_end(c)) return end_field(p, c);
        if (d->strict)
            return err_int(err_type(p->t, as(Type, error_type), "'%c' expected after '%c'", (int)d->delimiter, (int)d->quotechar));
        p->state = IN_FIELD;
        return add_char(p, c);
    case EAT_CRNL:
        if (c == END_OF_LINE) p->state = START_RECORD;
        else if (!is_end(c))
            return err_int(csv_error(p->t, "new-line character seen in unquoted field - do you need to open the file in universal-newline mode?"));
        return 0;
    }
    return 0;
}

static int over_limit(Parse *p, size_t length) {
    int64_t limit = load_relaxed(&x_field_limit);
    if ((int64_t)length <= limit) return 0;
    return err_int(err_type(p->t, as(Type, error_type), "field larger than field limit (%lld)", (long long)limit));
}
static size_t run_end(const Dialect *d, Span s, size_t i, int stop) {
#define RUN(Unit) for (const Unit *data = s.data; i < s.length && (data[i] > 255 || !(d->stops[data[i]] & stop));) i++;
    FOR_KIND(s.kind, RUN)
#undef RUN
    return i;
}

/* Cuts a whole field, line[from, to), out of the line at once, if it ends at `end` with a delimiter, a newline or the line; 0: it doesn't. Else the
 * place from which to go on, or -1. */
static int64_t cut_field(Parse *p, Value line, Span s, size_t from, size_t to, size_t end) {
    uint32_t c = end < s.length ? span_at(s, end) : END_OF_LINE;
    if ((c != p->d->delimiter && !is_end(c)) || p->field.length != 0 || p->d->quoting == QUOTE_NONNUMERIC) return 0;
    if (over_limit(p, to - from) < 0) return -1;
    Ref field = as(Str, line)->ascii ? str_from_ascii(p->t, (const char *)s.data + from, to - from)
                                     : str_from_span(p->t, (Span){(const uint8_t *)s.data + from * (size_t)s.kind, to - from, s.kind});
    if (ref_is_null(field) || list_append_steal(p->t, ref_borrow(p->fields), field) < 0) return -1;
    p->state = c == p->d->delimiter ? START_FIELD : EAT_CRNL;
    return (int64_t)end + (c != END_OF_LINE);
}

/* The same for a field in quotes with doubled ones in it: the first text is line[from, to), behind which the first pair of quotes stands. ASCII. */
static int64_t cut_doubled(Parse *p, Value line, Span s, size_t from, size_t to) {
    Dialect *d = p->d;
    const uint8_t *data = s.data;
    size_t end = to, pairs = 0;
    while (end + 1 < s.length && data[end] == d->quotechar && data[end + 1] == d->quotechar) {
        pairs++;
        end = run_end(d, s, end + 2, STOP_QUOTED);
    }
    if (end >= s.length || data[end] != d->quotechar) return 0;
    uint32_t c = end + 1 < s.length ? data[end + 1] : END_OF_LINE;
    if ((c != d->delimiter && !is_end(c)) || p->field.length != 0 || d->quoting == QUOTE_NONNUMERIC) return 0;
    if (over_limit(p, end - from - pairs) < 0) return -1;
    Ref field = str_new_uninit(p->t, end - from - pairs, 127);
    if (ref_is_null(field)) return -1;
    uint8_t *out = as(Str, ref_borrow(field))->data;
    for (size_t i = from; i < end; i++) {
        *out++ = data[i];
        if (data[i] == d->quotechar) i++;
    }
    if (list_append_steal(p->t, ref_borrow(p->fields), field) < 0) return -1;
    p->state = c == d->delimiter ? START_FIELD : EAT_CRNL;
    return (int64_t)end + 1 + (c != END_OF_LINE);
}

/* Takes the run of plain characters of a line at `i`, if there's one, or a whole field, and says where it ends. -1: failed. */
static int64_t take_run(Parse *p, Value line, Span s, size_t i) {
    Dialect *d = p->d;
    uint32_t c = span_at(s, i);
    bool start = p->state == START_RECORD || p->state == START_FIELD;
    if (start && c == d->quotechar && d->quoting != QUOTE_NONE) {
        size_t end = run_end(d, s, i + 1, STOP_QUOTED);
        int64_t next = end < s.length && span_at(s, end) == d->quotechar ? cut_field(p, line, s, i + 1, end, end + 1) : 0;
        if (next == 0 && as(Str, line)->ascii && d->doublequote && end + 1 < s.length && span_at(s, end + 1) == d->quotechar)
            next = cut_doubled(p, line, s, i + 1, end);
        return next == 0 ? (int64_t)i : next;
    }
    if (start ? c < 256 && (d->stops[c] & STOP_START) : p->state != IN_FIELD && p->state != IN_QUOTED_FIELD) return (int64_t)i;
    size_t end = run_end(d, s, i, p->state == IN_QUOTED_FIELD ? STOP_QUOTED : STOP_FIELD);
    if (end == i) return (int64_t)i;
    if (over_limit(p, p->field.length + (end - i)) < 0) return -1;
    if (start) {
        int64_t next = cut_field(p, line, s, i, end, end);
        if (next != 0) return next;
        p->state = IN_FIELD;
        p->numeric = p->numeric || d->quoting == QUOTE_NONNUMERIC;
    }
    return builder_slice(p->t, &p->field, line, i, end) < 0 ? -1 : (int64_t)end;
}

static int parse_line(Parse *p, Value line) {
    if (!is_str(line))
        return err_int(err_type(p->t, as(Type, error_type), "iterator should return strings, not %.200T (the file should be opened in text mode)", line));
    Span s = span_str(line);
    for (size_t i = 0; i < s.length;) {
        int64_t end = p->d->odd || (s.kind > 1 && p->d->wide) ? (int64_t)i : take_run(p, line, s, i);
        if (end < 0) return -1;
        if ((size_t)end == i && parse_char(p, span_at(s, i++)) < 0) return -1;
        if ((size_t)end > i) i = (size_t)end;
    }
    return parse_char(p, END_OF_LINE);
}

static Ref read_record(Thread *t, Value self) {
    Reader *r = as(Reader, self);
    Parse p = {.t = t, .d = as(Dialect, slot_get(&r->dialect)), .fields = list_new(t, 0), .field = STR_BUILDER, .state = START_RECORD};
    if (ref_is_null(p.fields)) return REF_NULL;
    do {
        Ref line;
        int status = iter_next(t, slot_get(&r->input), &line);
        if (status == 0 && (p.field.length > 0 || p.state == IN_QUOTED_FIELD)) { /* the input ends within a field */
            if (p.d->strict) csv_error(t, "unexpected end of data");
            else if (save_field(&p) == 0) break;
        }
        if (status <= 0) goto fail;
        add_relaxed(&r->x_lines, 1);
        status = parse_line(&p, ref_borrow(line));
        ref_drop(t, line);
        if (status < 0) goto fail;
    } while (p.state != START_RECORD);
    builder_drop(&p.field);
    return p.fields;
fail:
    builder_drop(&p.field);
    ref_drop(t, p.fields);
    return REF_NULL;
}

/* Threads that share a reader get whole records, which may take several lines. */
static Ref reader_next(Thread *t, Value self) { return step_at_once(t, self, read_record); }

static Ref reader_make(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref input = nargs > 0 ? get_iter(t, args[0]) : REF_NULL;
    if (nargs > 0 && ref_is_null(input)) return input;
    Ref dialect = dialect_from_args(t, "reader", args, nargs, kwnames);
    Reader *r = ref_is_null(dialect) ? NULL : object_new(Reader, t, &csv_reader_type);
    if (r == NULL) {
        ref_drop(t, input);
        ref_drop(t, dialect);
        return REF_NULL;
    }
    slot_init(&r->input, input);
    slot_init(&r->dialect, dialect);
    return ref_steal(r);
}
static Ref get_lines(Thread *t, Value self, void *closure) { return int_from_i64(t, load_relaxed(&as(Reader, self)->x_lines)); }
static const GetSetDef reader_getset[] = {{"line_num", get_lines, readonly_member, "Lines read so far."}, {NULL}};
static const MemberDef reader_members[] = {{"dialect", MEMBER_SLOT, offsetof(Reader, dialect), true, "The dialect."}, {NULL}};
static void reader_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((Reader *)o)->input, visit, arg);
    slot_visit(&((Reader *)o)->dialect, visit, arg);
}
static void reader_clear(Thread *t, Object *o) {
    slot_set(t, o, &((Reader *)o)->input, REF_NULL);
    slot_set(t, o, &((Reader *)o)->dialect, REF_NULL);
}
Type csv_reader_type = {
    TYPE_HEADER(Reader, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, reader_traverse, NULL, reader_clear),
    .name = "_csv.reader",
    .doc = "Iterates over the records of its input.",
    .getset = reader_getset,
    .members = reader_members,
    .iter = iter_self,
    .next = reader_next,
};

/* ---- writer ------------------------------------------------------------------------------------------------------------------------- */
typedef struct Writer { Object base; Slot write, dialect; } Writer;

static bool in_text(Value text, uint32_t c) { return span_find_char(span_str(text), c, 1) >= 0; }

/* A field with quotes in it, which are doubled. */
static int put_doubled(Thread *t, const Dialect *d, StrBuilder *b, bool first, Value text, Span s) {
    if ((!first && builder_char(t, b, d->delimiter) < 0) || builder_char(t, b, d->quotechar) < 0) return -1;
    size_t from = 0;
    for (size_t i = 0; i < s.length; i++) {
        if (span_at(s, i) != d->quotechar) continue;
        if (builder_slice(t, b, text, from, i + 1) < 0) return -1;
        from = i; /* and once more */
    }
    return builder_slice(t, b, text, from, s.length) < 0 ? -1 : builder_char(t, b, d->quotechar);
}

/* Adds a field's text, quoted if it must be. */
static int put_field(Thread *t, Dialect *d, StrBuilder *b, bool first, Value text, bool quoted) {
    Span s = span_str(text);
    if (s.kind == 1 || !d->wide) {
        size_t plain = run_end(d, s, 0, STOP_WRITE);
        bool open = plain == s.length;
        if (!open && d->quoting != QUOTE_NONE) { /* quoting is all it takes unless quotes or escapes are in it */
            open = true;
            for (; plain < s.length && open; plain++) open = span_at(s, plain) != d->quotechar && span_at(s, plain) != d->escapechar;
            quoted = quoted || open;
        }
        if (open) {
            if (!first && builder_char(t, b, d->delimiter) < 0) return -1;
            if (quoted && builder_char(t, b, d->quotechar) < 0) return -1;
            if (builder_str(t, b, text) < 0) return -1;
            return quoted ? builder_char(t, b, d->quotechar) : 0;
        }
        if (d->quoting != QUOTE_NONE && d->doublequote && d->escapechar == NOT_SET) return put_doubled(t, d, b, first, text, s);
    }
    StrBuilder body = STR_BUILDER;
    Value end = slot_get(&d->lineterminator);
    for (size_t i = 0; i < s.length; i++) {
        uint32_t c = span_at(s, i);
        bool escape = false;
        if (c == d->delimiter || c == d->escapechar || c == d->quotechar || in_text(end, c)) {
            if (d->quoting == QUOTE_NONE) escape = true;
            else {
                if (c == d->quotechar) {
                    if (!d->doublequote) escape = true;
                    else if (builder_char(t, &body, d->quotechar) < 0) goto fail;
                } else if (c == d->escapechar) {
                    escape = true;
                }
                if (!escape) quoted = true;
            }
            if (escape) {
                if (d->escapechar == NOT_SET) {
                    csv_error(t, "need to escape, but no escapechar set");
                    goto fail;
                }
                if (builder_char(t, &body, d->escapechar) < 0) goto fail;
            }
        }
        if (builder_char(t, &body, c) < 0) goto fail;
    }
    if (!first && builder_char(t, b, d->delimiter) < 0) goto fail;
    if (quoted && builder_char(t, b, d->quotechar) < 0) goto fail;
    Ref made = builder_finish(t, &body);
    if (ref_is_null(made)) return -1;
    int status = builder_str(t, b, ref_borrow(made));
    ref_drop(t, made);
    return status == 0 && quoted ? builder_char(t, b, d->quotechar) : status;
fail:
    builder_drop(&body);
    return -1;
}

static bool is_number(Value v) {
    Type *type = type_of(v);
    return is_int(v) || is_float(v) || type->index != NULL || type->int_ != NULL || type->float_ != NULL;
}

static int put_object(Thread *t, Dialect *d, StrBuilder *b, bool first, Value v) {
    bool quoted = d->quoting == QUOTE_ALL || (d->quoting == QUOTE_NONNUMERIC && !is_number(v));
    if (is_str(v)) return put_field(t, d, b, first, v, quoted);
    if (value_is_none(v)) return put_field(t, d, b, first, str_empty(), quoted);
    Ref text = object_str(t, v);
    if (ref_is_null(text)) return -1;
    int status = put_field(t, d, b, first, ref_borrow(text), quoted);
    ref_drop(t, text);
    return status;
}

static Ref writerow(Thread *t, Value self, const Value *a) {
    Writer *w = as(Writer, self);
    Dialect *d = as(Dialect, slot_get(&w->dialect));
    Ref iter = get_iter_now(t, a[0]), item, r = REF_NULL;
    if (ref_is_null(iter)) {
        if (err_clear_if(t, E_TypeError)) err_type(t, as(Type, error_type), "iterable expected, not %.200T", a[0]);
        return REF_NULL;
    }
    StrBuilder b = STR_BUILDER;
    size_t n = 0;
    int status;
    while ((status = iter_next(t, ref_borrow(iter), &item)) > 0) {
        int put = put_object(t, d, &b, n++ == 0, ref_borrow(item));
        ref_drop(t, item);
        if (put < 0) {
            status = -1;
            break;
        }
    }
    ref_drop(t, iter);
    if (status == 0 && n > 0 && b.length == 0) { /* one empty field: else the line would read as no field */
        if (d->quoting == QUOTE_NONE) status = err_int(csv_error(t, "single empty field record must be quoted"));
        else status = put_field(t, d, &b, true, str_empty(), true);
    }
    if (status == 0) status = builder_str(t, &b, slot_get(&d->lineterminator));
    Ref line = status == 0 ? builder_finish(t, &b) : REF_NULL;
    builder_drop(&b);
    if (!ref_is_null(line)) r = call1(t, slot_get(&w->write), ref_borrow(line));
    ref_drop(t, line);
    return r;
}
static Ref writerows(Thread *t, Value self, const Value *a) {
    Ref iter = get_iter_now(t, a[0]), row;
    if (ref_is_null(iter)) return iter;
    int status;
    while ((status = iter_next(t, ref_borrow(iter), &row)) > 0) {
        Value v = ref_borrow(row);
        Ref r = writerow(t, self, &v);
        ref_drop(t, row);
        ref_drop(t, r);
        if (ref_is_null(r)) {
            status = -1;
            break;
        }
    }
    ref_drop(t, iter);
    return status < 0 ? REF_NULL : REF_NONE;
}

static Ref writer_make(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref write = REF_NULL;
    if (nargs > 0) {
        write = get_attr_opt(t, args[0], str_intern_cstr(t, "write"));
        if (ref_is_null(write) || !is_callable(ref_borrow(write))) {
            ref_drop(t, write);
            return err_pending(t) ? REF_NULL : err_set(t, E_TypeError, "argument 1 must have a \"write\" method");
        }
    }
    Ref dialect = dialect_from_args(t, "writer", args, nargs, kwnames);
    Writer *w = ref_is_null(dialect) ? NULL : object_new(Writer, t, &csv_writer_type);
    if (w == NULL) {
        ref_drop(t, write);
        ref_drop(t, dialect);
        return REF_NULL;
    }
    slot_init(&w->write, write);
    slot_init(&w->dialect, dialect);
    return ref_steal(w);
}
static NativeDef writer_methods[] = {
    FN("writerow", "!($self, row, /)", writerow, "Write one record."),
    FN("writerows", "!($self, rows, /)", writerows, "Write several records."),
    FN_END,
};
static const MemberDef writer_members[] = {{"dialect", MEMBER_SLOT, offsetof(Writer, dialect), true, "The dialect."}, {NULL}};
Type csv_writer_type = {
    TYPE_HEADER(Writer, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, reader_traverse, NULL, reader_clear),
    .name = "_csv.writer",
    .doc = "Writes records to its output.",
    .methods = writer_methods,
    .members = writer_members,
};
_Static_assert(offsetof(Writer, write) == offsetof(Reader, input) && offsetof(Writer, dialect) == offsetof(Reader, dialect), "one traverse for both");

/* ---- the module ---------------------------------------------------------------------------------------------------------------------- */
static Ref register_dialect(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs < 1) return err_set(t, E_TypeError, "register_dialect expected at least 1 argument, got 0");
    if (!is_str(args[0])) return err_set(t, E_TypeError, "dialect name must be a string");
    Ref dialect = dialect_from_args(t, "register_dialect", args, nargs, kwnames);
    if (ref_is_null(dialect)) return dialect;
    int status = dict_set(t, dialects, args[0], ref_borrow(dialect));
    ref_drop(t, dialect);
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref unregister_dialect(Thread *t, Value self, const Value *a) {
    Ref old;
    int status = dict_pop(t, dialects, a[0], &old);
    if (status == 0) return csv_error(t, "unknown dialect");
    if (status < 0) return REF_NULL;
    ref_drop(t, old);
    return REF_NONE;
}
static Ref get_dialect(Thread *t, Value self, const Value *a) { return get_dialect_by_name(t, a[0]); }
static Ref list_dialects(Thread *t, Value self, const Value *a) { return dict_keys_list(t, dialects); }
static Ref field_size_limit(Thread *t, Value self, const Value *a) {
    int64_t old = load_relaxed(&x_field_limit), limit;
    if (!value_is_null(a[0])) {
        if (!is_exact(a[0], &int_type)) return err_set(t, E_TypeError, "limit must be an integer");
        if (as_i64(t, a[0], &limit) < 0) return REF_NULL;
        store_relaxed(&x_field_limit, limit);
    }
    return int_from_i64(t, old);
}
static NativeDef functions[] = {
    FN_RAW("reader", NULL, reader_make, "reader(iterable [, dialect] [options]): an iterator over records."),
    FN_RAW("writer", NULL, writer_make, "writer(file [, dialect] [options]): writes records."),
    FN("list_dialects", "!($module, /)", list_dialects, "Names of the registered dialects."),
    FN_RAW("register_dialect", NULL, register_dialect, "register_dialect(name [, dialect] [options]): register under a name."),
    FN("unregister_dialect", "!($module, /, name)", unregister_dialect, "Forget a name."),
    FN("get_dialect", "!($module, /, name)", get_dialect, "The dialect of this name."),
    FN("field_size_limit", "!($module, /, limit=None)", field_size_limit, "The longest field that is read; sets it if given."),
    FN_END,
};

static Value immortal(Thread *t, Ref r) {
    if (!ref_is_null(r)) {
        publish(t, ref_borrow(r));
        object_immortalize(t, value_object(ref_borrow(r)));
    }
    return ref_borrow(r);
}

int module_init_csv(Thread *t, Value module) {
    Type *types[] = {&csv_dialect_type, &csv_reader_type, &csv_writer_type};
    for (int i = 0; i < 3; i++)
        if (type_ready(t, types[i]) < 0) return -1;
    dialects = immortal(t, dict_new(t));
    Ref bases = tuple_pack(t, 1, type_value(ETYPE(Exception))), ns = dict_new(t), name = str_from_cstr(t, "Error"), mod = str_from_cstr(t, "_csv");
    if (value_is_null(dialects) || ref_is_null(bases) || ref_is_null(ns) || ref_is_null(name) || ref_is_null(mod) ||
        dict_set_cstr(t, ref_borrow(ns), "__module__", ref_borrow(mod)) < 0)
        return -1;
    error_type = immortal(t, call3(t, type_value(&type_type), ref_borrow(name), ref_borrow(bases), ref_borrow(ns)));
    ref_drop(t, bases);
    ref_drop(t, ns);
    ref_drop(t, name);
    ref_drop(t, mod);
    if (value_is_null(error_type) || module_add_functions(t, module, functions) < 0 || module_set(t, module, "Error", error_type) < 0 ||
        module_set(t, module, "Dialect", type_value(&csv_dialect_type)) < 0 || module_set(t, module, "Reader", type_value(&csv_reader_type)) < 0 ||
        module_set(t, module, "Writer", type_value(&csv_writer_type)) < 0 || module_set(t, module, "_dialects", dialects) < 0 ||
        module_add_cstr(t, module, "__version__", "1.0") < 0)
        return -1;
    const char *const constants[] = {"QUOTE_MINIMAL", "QUOTE_ALL", "QUOTE_NONNUMERIC", "QUOTE_NONE"};
    for (int i = 0; i < 4; i++)
        if (module_add_int(t, module, constants[i], i) < 0) return -1;
    return 0;
}
