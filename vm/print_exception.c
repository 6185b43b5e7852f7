/* Printing exceptions with tracebacks, chains and groups, exactly as CPython 3.11's interpreter does when nobody catches them.
 *
 * The text is built in one piece and written by one call of file.write. Source lines are read from the files that code objects name.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include "runtime/codecs.h"
#include "vm/parse.h"
#include "vm/source.h"
#include "vm/suggestions.h"
#include "vm/traceback.h"

#define REPEAT_SHOWN 3
#define GROUP_WIDTH 15
#define GROUP_DEPTH 10
#define SOURCE_INDENT 4
#define DEFAULT_LIMIT 1000

typedef struct Printer {
    Thread *t;
    StrBuilder b;
    Ref seen;      /* set of the ids of exceptions printed or being printed */
    int depth;     /* of groups */
    bool need_close;
    bool failed;   /* an exception is set */
} Printer;

static void put(Printer *p, const char *s) {
    if (!p->failed && builder_cstr(p->t, &p->b, s) < 0) p->failed = true;
}
static void put_value(Printer *p, Value v) {
    if (!p->failed && builder_str(p->t, &p->b, v) < 0) p->failed = true;
}
static void put_indent(Printer *p) {
    for (int i = 0; i < 2 * p->depth; i++) put(p, " ");
}
static void put_margin(Printer *p) {
    put_indent(p);
    if (p->depth) put(p, "| ");
}

/* ---- source lines ------------------------------------------------------------------------------------------------------------- */

/* One line of a file, its newline stripped, as str: by the encoding that the file declares, else UTF-8, else a character for each byte. Null with an exception. */
static Ref decode_line(Thread *t, const char *text, size_t n, const char *encoding) {
    Ref r = encoding ? str_decode(t, text, n, encoding, "replace") : REF_NULL;
    if (!ref_is_null(r)) return r;
    err_clear(t);
    r = str_from_utf8(t, text, n);
    if (!ref_is_null(r)) return r;
    err_clear(t);
    return str_from_latin1(t, (const uint8_t *)text, n);
}

/* Line number `line` of a file without its newline; null if there's none (no exception). */
static Ref source_line(Thread *t, Value filename, int line) {
    Ref keep = REF_NULL;
    const char *path = is_str(filename) && line > 0 ? str_fs(t, filename, &keep) : NULL;
    FILE *f = path ? fopen(path, "rb") : NULL;
    Ref result = REF_NULL;
    if (f) {
        Arena arena = ARENA_INIT;
        char *text = NULL;
        const char *encoding = NULL;
        size_t room = 0;
        ssize_t n = -1;
        char head[1024]; /* the coding line is in it */
        size_t read = fread(head, 1, sizeof head, f);
        if (!source_coding(&arena, head, head + read, &encoding)) encoding = NULL;
        rewind(f);
        for (int i = 0; i < line; i++)
            if ((n = getline(&text, &room, f)) < 0) break;
        while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r')) n--;
        if (n >= 0) {
            bool bom = line == 1 && n >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0;
            result = decode_line(t, text + 3 * bom, (size_t)n - 3 * bom, encoding && strcmp(encoding, "utf-8") != 0 ? encoding : NULL);
        }
        arena_free(&arena);
        free(text);
        fclose(f);
    }
    ref_drop(t, keep);
    err_clear(t);
    return result;
}
static size_t leading_space(const Str *s) {
    size_t i = 0;
    while (i < s->length && (str_at(s, i) == ' ' || str_at(s, i) == '\t' || str_at(s, i) == '\f')) i++;
    return i;
}
/* Characters in the first `bytes` bytes of UTF-8. */
static int to_characters(const char *utf8, size_t n, int bytes) {
    int chars = 0;
    for (int i = 0; i < bytes; i++)
        if ((size_t)i >= n || (utf8[i] & 0xC0) != 0x80) chars++;
    return chars;
}

/* ---- carets --------------------------------------------------------------------------------------------------------------------- */

typedef struct Anchors { int left, right; } Anchors; /* byte offsets in the segment */

/* Where a binary operator or a subscript stands in an expression given as text. */
static bool find_anchors(const char *segment, size_t n, Anchors *out) {
    Arena arena = ARENA_INIT;
    ParseResult r;
    ParseOptions o = {.mode = PARSE_EXEC, .filename = "?"};
    bool found = false;
    if (parse_source(&arena, segment, n, &o, &r)) {
        AstModule *m = AST(Module, r.tree);
        Ast *e = m->body.count == 1 && m->body.items[0]->kind == AST_Expr ? AST(Expr, m->body.items[0])->value : NULL;
        if (e && e->kind == AST_BinOp) {
            AstBinOp *op = AST(BinOp, e);
            int end = op->right->col_offset;
            if (op->left->end_lineno == 1 && op->right->lineno == 1)
                for (int i = op->left->end_col_offset; i < end; i++) {
                    if (isspace((unsigned char)segment[i])) continue;
                    out->left = i;
                    out->right = i + 1;
                    if (i + 1 < end && !isspace((unsigned char)segment[i + 1])) out->right++;
                    if (i + 1 < end && segment[i] == ')') continue;
                    found = true;
                    break;
                }
        } else if (e && e->kind == AST_Subscript) {
            AstSubscript *s = AST(Subscript, e);
            int left = s->value->end_col_offset, right = s->slice->end_col_offset + 1;
            while (left < right && segment[left] != '[') left++;
            while ((size_t)right < n && segment[right - 1] != ']') right++;
            if ((size_t)right > n) right = (int)n;
            *out = (Anchors){left, right};
            found = true;
        }
    }
    arena_free(&arena);
    return found;
}

static void put_carets(Printer *p, Value line, const CodePosition *at, int shown_line) {
    if (at->line <= 0 || at->end_line <= 0 || at->col < 0 || at->end_col < 0 || at->line != shown_line) return;
    const Str *s = as(Str, line);
    size_t n;
    const char *utf8 = str_utf8(p->t, line, &n);
    if (!utf8) {
        err_clear(p->t);
        return;
    }
    int lead = (int)leading_space(s), start = to_characters(utf8, n, at->col), end = to_characters(utf8, n, at->end_col);
    int left = -1, right = -1;
    const char *primary = "^";
    if (at->line == at->end_line) {
        Anchors a;
        if ((size_t)at->end_col <= n && at->col < at->end_col && find_anchors(utf8 + at->col, (size_t)(at->end_col - at->col), &a)) {
            left = start + to_characters(utf8 + at->col, n - (size_t)at->col, a.left);
            right = start + to_characters(utf8 + at->col, n - (size_t)at->col, a.right);
            primary = "~";
        }
    } else {
        end = (int)s->length;
        while (end > 0 && str_at(s, (size_t)end - 1) <= ' ') end--;
    }
    if (end - start == (int)s->length - lead && left < 0) return; /* the whole line: no news */
    put_margin(p);
    for (int i = lead - SOURCE_INDENT; i < end; i++) {
        if (i < start) put(p, " ");
        else if (left >= 0 && left <= i && i < right) put(p, "^");
        else put(p, primary);
    }
    put(p, "\n");
}

/* ---- tracebacks ------------------------------------------------------------------------------------------------------------------- */

static void put_entry(Printer *p, Traceback *tb, int line) {
    Thread *t = p->t;
    Code *c = code_of(slot_get(&as(FrameObject, slot_get(&tb->frame))->code));
    Value file = slot_get(&c->filename);
    put_margin(p);
    if (!p->failed && builder_format(t, &p->b, "  File \"%V\", line %d, in %V\n", file, line, slot_get(&c->name)) < 0) p->failed = true;
    Ref text = source_line(t, file, line);
    if (ref_is_null(text)) return;
    const Str *s = as(Str, ref_borrow(text));
    size_t lead = leading_space(s);
    Ref rest = str_slice(t, ref_borrow(text), (int64_t)lead, (int64_t)s->length);
    if (!ref_is_null(rest) && s->length > lead) {
        put_margin(p);
        put(p, "    ");
        put_value(p, ref_borrow(rest));
        put(p, "\n");
        if (tb->lasti >= 0) {
            CodePosition at = code_position(c, traceback_word(tb));
            put_carets(p, ref_borrow(text), &at, line);
        }
    }
    ref_drop(t, rest);
    ref_drop(t, text);
}

static void put_repeated(Printer *p, int count) {
    count -= REPEAT_SHOWN;
    put_margin(p);
    if (!p->failed && builder_format(p->t, &p->b, "  [Previous line repeated %d more time%s]\n", count, count > 1 ? "s" : "") < 0) p->failed = true;
}

static int64_t traceback_limit(Thread *t) {
    Ref limit = sys_get(t, "tracebacklimit");
    int64_t n = DEFAULT_LIMIT;
    if (!ref_is_null(limit) && is_int(ref_borrow(limit))) { /* too big a number means no limit, or none at all */
        if (index_clamped(t, ref_borrow(limit), &n) < 0 || n < 0) n = 0;
    }
    ref_drop(t, limit);
    err_clear(t);
    return n;
}

static void put_traceback(Printer *p, Value tb, bool group) {
    int64_t limit = traceback_limit(p->t), depth = 0;
    if (limit <= 0) return;
    put_indent(p);
    if (p->depth) put(p, group && p->depth == 1 ? "+ " : "| ");
    put(p, group ? "Exception Group Traceback (most recent call last):\n" : "Traceback (most recent call last):\n");
    for (Value v = tb; !value_is_null(v); v = slot_get(&as(Traceback, v)->next)) depth++;
    for (; depth > limit; depth--) tb = slot_get(&as(Traceback, tb)->next);
    Value last_file = VALUE_NULL, last_name = VALUE_NULL;
    int last_line = -1, count = 0;
    for (; !value_is_null(tb) && !p->failed; tb = slot_get(&as(Traceback, tb)->next)) {
        Traceback *e = as(Traceback, tb);
        Code *c = code_of(slot_get(&as(FrameObject, slot_get(&e->frame))->code));
        int line = traceback_line(e);
        if (!value_is(slot_get(&c->filename), last_file) || line != last_line || !value_is(slot_get(&c->name), last_name)) {
            if (count > REPEAT_SHOWN) put_repeated(p, count);
            last_file = slot_get(&c->filename);
            last_name = slot_get(&c->name);
            last_line = line;
            count = 0;
        }
        if (++count <= REPEAT_SHOWN) put_entry(p, e, line);
    }
    if (count > REPEAT_SHOWN) put_repeated(p, count);
}

/* ---- the exception's own lines ------------------------------------------------------------------------------------------------------ */

static bool attr_int(Thread *t, Value o, const char *name, int *out) {
    Ref r = get_attr_cstr(t, o, name);
    int64_t i = 0;
    bool ok = !ref_is_null(r) && value_is_int(ref_borrow(r));
    if (ok) i = value_int(ref_borrow(r));
    ref_drop(t, r);
    err_clear(t);
    *out = (int)i;
    return ok;
}

/* The line of text and the carets under it. Offsets count bytes of UTF-8, as in CPython. */
static void put_syntax_text(Printer *p, const char *text, size_t n, int offset, int end_offset) {
    Thread *t = p->t;
    const char *end = text + n;
    offset--;
    end_offset--;
    if (n > 0 && end[-1] == '\n') end--;
    for (;;) { /* several lines: from the one that the offset is in */
        const char *nl = memchr(text, '\n', (size_t)(end - text));
        if (!nl || nl - text >= offset) break;
        offset -= (int)(nl + 1 - text);
        end_offset -= (int)(nl + 1 - text);
        text = nl + 1;
    }
    while (text < end && (*text == ' ' || *text == '\t' || *text == '\f')) {
        text++;
        offset--;
        end_offset--;
    }
    Ref shown = str_from_utf8(t, text, (size_t)(end - text));
    if (ref_is_null(shown)) {
        p->failed = true;
        return;
    }
    put_margin(p);
    put(p, "    ");
    put_value(p, ref_borrow(shown));
    put(p, "\n");
    ref_drop(t, shown);
    if (offset < 0) return;
    put_margin(p);
    put(p, "    ");
    for (int i = 0; i < offset; i++) put(p, " ");
    put(p, "^");
    for (int i = offset + 1; i < end_offset; i++) put(p, "^");
    put(p, "\n");
}

/* Whether the exception says where: then what it says follows by its `msg` alone. */
static bool put_file_and_line(Printer *p, Value exc) {
    Thread *t = p->t;
    int line, offset = -1, end_line = 0, end_offset = -1;
    Ref file = get_attr_cstr(t, exc, "filename"), text;
    err_clear(t);
    if (!attr_int(t, exc, "lineno", &line)) {
        ref_drop(t, file);
        return false;
    }
    bool has_offset = attr_int(t, exc, "offset", &offset);
    bool is_range = type_of(exc) == ETYPE(SyntaxError); /* of what derives from it CPython shows the start only */
    if (is_range) attr_int(t, exc, "end_lineno", &end_line);
    if (!is_range || !attr_int(t, exc, "end_offset", &end_offset)) end_offset = offset;
    put_margin(p);
    Ref unknown = REF_NULL;
    if (ref_is_null(file) || ref_is_none(file)) unknown = str_from_cstr(t, "<string>");
    if (!p->failed && builder_format(t, &p->b, "  File \"%V\", line %d\n", ref_is_null(unknown) ? ref_borrow(file) : ref_borrow(unknown), line) < 0)
        p->failed = true;
    text = get_attr_cstr(t, exc, "text");
    err_clear(t);
    if (!ref_is_null(text) && is_str(ref_borrow(text))) {
        Ref utf8 = str_encode(t, ref_borrow(text), "utf-8", "backslashreplace");
        const char *s = ref_is_null(utf8) ? "" : (const char *)bytes_data(ref_borrow(utf8));
        size_t n = ref_is_null(utf8) ? 0 : bytes_length(ref_borrow(utf8));
        err_clear(t);
        int length = (int)n, visible = length - (n > 0 && s[n - 1] == '\n');
        if (end_line > line) end_offset = length;
        if (offset > visible + 1) offset = visible + 1;
        if (end_offset > length + 1) end_offset = length + 1;
        if (end_offset <= 0) end_offset = offset + 1;
        put_syntax_text(p, s, n, has_offset ? offset : 0, end_offset);
        ref_drop(t, utf8);
    }
    ref_drop(t, unknown);
    ref_drop(t, file);
    ref_drop(t, text);
    return true;
}

static void put_type_name(Printer *p, Type *type) {
    Thread *t = p->t;
    Ref module = get_attr(t, type_value(type), N(__module__));
    if (ref_is_null(module) || !is_str(ref_borrow(module))) {
        err_clear(t);
        put(p, "<unknown>.");
    } else if (!str_equal_ascii(ref_borrow(module), "builtins") && !str_equal_ascii(ref_borrow(module), "__main__")) {
        put_value(p, ref_borrow(module));
        put(p, ".");
    }
    ref_drop(t, module);
    Ref name = get_attr(t, type_value(type), N(__qualname__));
    if (ref_is_null(name)) err_clear(t), put(p, "<unknown>");
    else put_value(p, ref_borrow(name));
    ref_drop(t, name);
}

static void put_note(Printer *p, Value note) {
    Thread *t = p->t;
    Ref text = is_str(note) ? ref_new(t, note) : object_str(t, note);
    if (ref_is_null(text)) {
        err_clear(t);
        put_margin(p);
        put(p, "<note str() failed>\n");
        return;
    }
    const Str *s = as(Str, ref_borrow(text));
    for (size_t from = 0;;) {
        size_t to = from;
        while (to < s->length && str_at(s, to) != '\n') to++;
        if (from < s->length || from == 0) {
            Ref line = str_slice(t, ref_borrow(text), (int64_t)from, (int64_t)to);
            put_margin(p);
            if (!ref_is_null(line)) put_value(p, ref_borrow(line));
            put(p, "\n");
            ref_drop(t, line);
        }
        if (to >= s->length) break;
        from = to + 1;
    }
    ref_drop(t, text);
}

static void put_notes(Printer *p, Value exc) {
    Thread *t = p->t;
    Ref notes = get_attr_opt(t, exc, N(__notes__));
    if (ref_is_null(notes)) {
        err_clear(t);
        return;
    }
    if (is_list(ref_borrow(notes)) || is_tuple(ref_borrow(notes))) {
        Ref list = sequence_list(t, ref_borrow(notes));
        for (size_t i = 0; !ref_is_null(list) && i < list_size(ref_borrow(list)); i++) {
            Value note = list_get(ref_borrow(list), i);
            if (!value_is_null(note)) put_note(p, note);
        }
        ref_drop(t, list);
    } else {
        Ref r = object_repr(t, ref_borrow(notes));
        put_margin(p);
        if (ref_is_null(r)) err_clear(t), put(p, "<__notes__ repr() failed>");
        else put_value(p, ref_borrow(r));
        put(p, "\n");
        ref_drop(t, r);
    }
    ref_drop(t, notes);
}

static void put_exception(Printer *p, Value exc) {
    Thread *t = p->t;
    Ref tb = slot_ref(t, &as(BaseException, exc)->traceback);
    if (!ref_is_null(tb) && is_exact(ref_borrow(tb), &traceback_type)) put_traceback(p, ref_borrow(tb), is_exception_group(exc));
    ref_drop(t, tb);
    Ref shown = get_attr_opt(t, exc, str_intern_cstr(t, "print_file_and_line"));
    bool located = !ref_is_null(shown) && put_file_and_line(p, exc);
    ref_drop(t, shown);
    err_clear(t);
    put_margin(p);
    put_type_name(p, type_of(exc));
    Ref text = REF_NULL, message = located ? get_attr_cstr(t, exc, "msg") : REF_NULL;
    if (ref_is_null(message)) err_clear(t), text = object_str(t, exc);
    else text = object_str(t, ref_borrow(message));
    ref_drop(t, message);
    if (ref_is_null(text)) {
        err_clear(t);
        put(p, ": <exception str() failed>");
    } else if (str_length(ref_borrow(text))) {
        put(p, ": ");
        put_value(p, ref_borrow(text));
    }
    ref_drop(t, text);
    Ref meant = suggestion_for(t, exc);
    if (!ref_is_null(meant)) {
        put(p, ". Did you mean: '");
        put_value(p, ref_borrow(meant));
        put(p, "'?");
    }
    ref_drop(t, meant);
    put(p, "\n");
    put_notes(p, exc);
}

/* ---- chains and groups --------------------------------------------------------------------------------------------------------------- */

static void put_recursive(Printer *p, Value exc);

static void put_group(Printer *p, Value exc) {
    Thread *t = p->t;
    if (p->depth > GROUP_DEPTH) {
        put_margin(p);
        if (!p->failed && builder_format(t, &p->b, "... (max_group_depth is %d)\n", GROUP_DEPTH) < 0) p->failed = true;
        return;
    }
    if (p->depth == 0) p->depth = 1;
    put_exception(p, exc);
    Ref parts = slot_ref(t, &as(ExceptionGroup, exc)->exceptions);
    int count = (int)tuple_size(ref_borrow(parts)), n = count > GROUP_WIDTH ? GROUP_WIDTH + 1 : count;
    p->need_close = false;
    for (int i = 0; i < n && !p->failed; i++) {
        bool last = i == n - 1, truncated = i >= GROUP_WIDTH;
        if (last) p->need_close = true;
        put_indent(p);
        put(p, i == 0 ? "+-" : "  ");
        if (truncated) put(p, "+---------------- ... ----------------\n");
        else if (builder_format(t, &p->b, "+---------------- %d ----------------\n", i + 1) < 0) p->failed = true;
        p->depth++;
        if (!truncated) {
            put_recursive(p, tuple_get(ref_borrow(parts), (size_t)i));
        } else {
            int more = count - GROUP_WIDTH;
            put_margin(p);
            if (!p->failed && builder_format(t, &p->b, "and %d more exception%s\n", more, more > 1 ? "s" : "") < 0) p->failed = true;
        }
        if (last && p->need_close) {
            put_indent(p);
            put(p, "+------------------------------------\n");
            p->need_close = false;
        }
        p->depth--;
    }
    if (p->depth == 1) p->depth = 0;
    ref_drop(t, parts);
}

static bool seen_before(Printer *p, Value exc) {
    Ref id = int_from_u64(p->t, (uint64_t)(uintptr_t)value_object(exc));
    int r = ref_is_null(id) ? -1 : set_contains(p->t, ref_borrow(p->seen), ref_borrow(id));
    ref_drop(p->t, id);
    if (r < 0) err_clear(p->t);
    return r != 0;
}
static void put_chained(Printer *p, Value exc, const char *message) {
    bool close = p->need_close;
    p->need_close = false;
    put_recursive(p, exc);
    p->need_close = close;
    put_margin(p);
    put(p, "\n");
    put_margin(p);
    put(p, message);
    put_margin(p);
    put(p, "\n");
}

static void put_recursive(Printer *p, Value exc) {
    Thread *t = p->t;
    if (p->failed || recursion_enter(t, " in print_exception_recursive") < 0) {
        p->failed = true;
        return;
    }
    Ref id = int_from_u64(t, (uint64_t)(uintptr_t)value_object(exc));
    if (ref_is_null(id) || set_add(t, ref_borrow(p->seen), ref_borrow(id)) < 0) err_clear(t);
    ref_drop(t, id);
    BaseException *e = as(BaseException, exc);
    Ref cause = slot_ref(t, &e->cause), context = slot_ref(t, &e->context);
    if (!ref_is_null(cause) && !ref_is_none(cause)) {
        if (!seen_before(p, ref_borrow(cause))) put_chained(p, ref_borrow(cause), "The above exception was the direct cause of the following exception:\n");
    } else if (!ref_is_null(context) && !ref_is_none(context) && !load_relaxed(&e->x_suppress_context)) {
        if (!seen_before(p, ref_borrow(context)))
            put_chained(p, ref_borrow(context), "During handling of the above exception, another exception occurred:\n");
    }
    ref_drop(t, cause);
    ref_drop(t, context);
    if (is_exception_group(exc)) put_group(p, exc);
    else put_exception(p, exc);
    recursion_leave(t);
}

static int finish(Printer *p, Value file) {
    Thread *t = p->t;
    ref_drop(t, p->seen);
    if (p->failed) {
        builder_drop(&p->b);
        return -1;
    }
    Ref text = builder_finish(t, &p->b);
    if (ref_is_null(text)) return -1;
    Ref r = call_method1(t, file, N(write), ref_borrow(text));
    ref_drop(t, text);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

int print_exception(Thread *t, Value exc, Value file) {
    Printer p = {.t = t, .b = STR_BUILDER, .seen = set_new(t, VALUE_NULL)};
    if (ref_is_null(p.seen)) return -1;
    put_recursive(&p, exc);
    return finish(&p, file);
}

int print_traceback(Thread *t, Value tb, Value file) {
    Printer p = {.t = t, .b = STR_BUILDER, .seen = REF_NULL};
    if (is_exact(tb, &traceback_type)) put_traceback(&p, tb, false);
    return finish(&p, file);
}
