#include "vm/suggestions.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/str.h"

/* The distance is Levenshtein's with CPython's weights: a changed letter counts 2, a changed case 1. */
enum { MOST_CANDIDATES = 750, LONGEST = 40, CHANGE = 2, CASE_CHANGE = 1 };

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static size_t substitution(char a, char b) {
    if (a == b) return 0;
    bool letters = ((a | 0x20) >= 'a' && (a | 0x20) <= 'z');
    return letters && (a ^ b) == 0x20 ? CASE_CHANGE : CHANGE;
}

/* Anything above `limit` means too far. One row of the usual table is kept, for the shorter text. */
static size_t distance(const char *a, size_t m, const char *b, size_t n, size_t limit) {
    while (m && n && *a == *b) a++, b++, m--, n--;
    while (m && n && a[m - 1] == b[n - 1]) m--, n--;
    if (!m || !n) return (m + n) * CHANGE;
    if (m > LONGEST || n > LONGEST) return limit + 1;
    if (n < m) {
        const char *text = a;
        size_t size = m;
        a = b, m = n;
        b = text, n = size;
    }
    if ((n - m) * CHANGE > limit) return limit + 1;
    size_t row[LONGEST], result = 0;
    for (size_t i = 0; i < m; i++) row[i] = (i + 1) * CHANGE;
    for (size_t j = 0; j < n; j++) {
        size_t diagonal = result = j * CHANGE, least = SIZE_MAX;
        for (size_t i = 0; i < m; i++) {
            size_t changed = diagonal + substitution(b[j], a[i]);
            diagonal = row[i];
            row[i] = result = smaller(smaller(result, diagonal) + CHANGE, changed);
            least = smaller(least, result);
        }
        if (least > limit) return limit + 1;
    }
    return result;
}

/* The nearest of some names (any iterable; consumed), if a third of its letters at most would have to change. */
static Ref nearest(Thread *t, Value name, Ref names) {
    size_t size, best = SIZE_MAX;
    const char *text = is_str(name) ? str_utf8(t, name, &size) : NULL;
    Ref list = ref_is_null(names) || !text ? REF_NULL : sequence_list(t, ref_borrow(names)), found = REF_NULL;
    ref_drop(t, names);
    size_t count = ref_is_null(list) ? 0 : list_size(ref_borrow(list));
    for (size_t i = 0; i < count && count < MOST_CANDIDATES; i++) {
        Value item = list_get(ref_borrow(list), i);
        size_t item_size;
        const char *item_text = is_str(item) ? str_utf8(t, item, &item_size) : NULL;
        if (!item_text) break;
        if (item_size == size && !memcmp(item_text, text, size)) continue;
        size_t limit = smaller((size + item_size + 3) * CHANGE / 6, best - 1);
        size_t d = distance(text, size, item_text, item_size, limit);
        if (d > limit) continue;
        best = d;
        ref_drop(t, found);
        found = ref_new(t, item);
    }
    ref_drop(t, list);
    err_clear(t);
    return found;
}

/* object.a.b, or null; consumes the object. */
static Ref attribute(Thread *t, Ref object, const char *name) {
    Ref r = ref_is_null(object) ? REF_NULL : get_attr_cstr(t, ref_borrow(object), name);
    ref_drop(t, object);
    if (ref_is_null(r)) err_clear(t);
    return r;
}

/* The frame that raised. */
static Ref innermost_frame(Thread *t, Value exception) {
    Ref tb = attribute(t, ref_new(t, exception), "__traceback__");
    while (!ref_is_null(tb) && !ref_is_none(tb)) {
        Ref next = attribute(t, ref_new(t, ref_borrow(tb)), "tb_next");
        if (ref_is_null(next) || ref_is_none(next)) {
            ref_drop(t, next);
            return attribute(t, tb, "tb_frame");
        }
        ref_drop(t, tb);
        tb = next;
    }
    ref_drop(t, tb);
    return REF_NULL;
}

/* Names that the code could have read: its variables, then globals, then built-ins. */
static Ref for_name_error(Thread *t, Value exception, Value name) {
    static const char *const places[] = {"f_code", "f_globals", "f_builtins"};
    Ref frame = innermost_frame(t, exception), found = REF_NULL;
    for (int i = 0; i < 3 && !ref_is_null(frame) && ref_is_null(found); i++) {
        Ref names = attribute(t, ref_new(t, ref_borrow(frame)), places[i]);
        found = nearest(t, name, i == 0 ? attribute(t, names, "co_varnames") : names);
    }
    ref_drop(t, frame);
    return found;
}

static Ref for_attribute_error(Thread *t, Value exception, Value name) {
    Ref object = attribute(t, ref_new(t, exception), "obj"), names = REF_NULL;
    Ref dir = ref_is_null(object) ? REF_NULL : import_attr(t, "builtins", "dir");
    if (!ref_is_null(dir)) names = call1(t, ref_borrow(dir), ref_borrow(object));
    ref_drop(t, dir);
    ref_drop(t, object);
    err_clear(t);
    return nearest(t, name, names);
}

Ref suggestion_for(Thread *t, Value exception) {
    bool name_error = is_exact(exception, ETYPE(NameError));
    if (!name_error && !is_exact(exception, ETYPE(AttributeError))) return REF_NULL;
    Ref pending = err_fetch(t), name = attribute(t, ref_new(t, exception), "name"), found = REF_NULL;
    if (!ref_is_null(name) && is_str(ref_borrow(name)))
        found = name_error ? for_name_error(t, exception, ref_borrow(name)) : for_attribute_error(t, exception, ref_borrow(name));
    ref_drop(t, name);
    if (!ref_is_null(pending)) err_steal(t, pending);
    return found;
}
