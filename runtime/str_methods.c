/* Methods of str: searching, splitting, stripping, replacing, padding, translating. Case and predicates: str_case.c. */
#include "runtime/abstract.h"
#include "runtime/drain.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/str_methods.h"
#include "runtime/dict.h"
#include "runtime/text.h"
#include "runtime/unicode_data.h"

/* ---- arguments -------------------------------------------------------------------------------------------- */
static int need_str(Thread *t, Value v) {
    if (likely(is_str(v))) return 0;
    return err_int(err_set(t, E_TypeError, "must be str, not %.100T", v));
}
static int need_str_at(Thread *t, const char *function, int position, Value v) {
    if (likely(is_str(v))) return 0;
    if (position == 0) return err_int(err_set(t, E_TypeError, "%s() argument must be str, not %G", function, v));
    return err_int(err_set(t, E_TypeError, "%s() argument %d must be str, not %G", function, position, v));
}
static int size_or(Thread *t, Value v, int64_t dflt, int64_t *out) {
    *out = dflt;
    return value_is_null(v) ? 0 : size_arg(t, v, out);
}

/* ---- searching ------------------------------------------------------------------------------------------------ */
/* 0, or -1 with an exception. *out: index or -1 */
static int find_in(Thread *t, const char *name, Value self, const Value *args, size_t nargs, Value kwnames, int direction,
                   int64_t *out) {
    Value a[3] = {self};
    int64_t from, to;
    if (text_find_args(t, name, args, nargs, kwnames, a) < 0 || text_range(t, a[1], a[2], str_length(self), &from, &to) < 0 ||
        need_str(t, a[0]) < 0)
        return -1;
    *out = str_find(as(Str, self), as(Str, a[0]), from, to, direction);
    return 0;
}

#define FINDER(fn, name, direction, missing)                                                       \
    static Ref fn(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {         \
        int64_t i;                                                                                 \
        if (find_in(t, name, self, args, nargs, kwnames, direction, &i) < 0) return REF_NULL;      \
        if (missing && i < 0) return err_set(t, E_ValueError, "substring not found");              \
        return ref_small_int(i);                                                                   \
    }
FINDER(str_find_method, "find", 1, false)
FINDER(str_rfind, "rfind", -1, false)
FINDER(str_index, "index", 1, true)
FINDER(str_rindex, "rindex", -1, true)

static Ref str_count(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[3] = {self};
    int64_t from, to;
    if (text_find_args(t, "count", args, nargs, kwnames, a) < 0 || text_range(t, a[1], a[2], str_length(self), &from, &to) < 0 ||
        need_str(t, a[0]) < 0)
        return REF_NULL;
    if (from > to) return ref_small_int(0);
    return ref_small_int((int64_t)span_count(span_cut(span_str(self), (size_t)from, (size_t)to), span_str(a[0]), SIZE_MAX));
}

static bool matches_at(Value self, Value sub, int64_t from, int64_t to, bool tail) {
    int64_t m = (int64_t)str_length(sub);
    if (from > to || to - from < m) return false;
    int64_t start = tail ? to - m : from;
    return span_equal(span_cut(span_str(self), (size_t)start, (size_t)(start + m)), span_str(sub));
}

static Ref starts_or_ends(Thread *t, const char *name, Value self, const Value *args, size_t nargs, Value kwnames, bool tail) {
    Value a[3] = {self};
    int64_t from, to;
    if (text_find_args(t, name, args, nargs, kwnames, a) < 0 || text_range(t, a[1], a[2], str_length(self), &from, &to) < 0)
        return REF_NULL;
    if (is_tuple(a[0])) {
        for (size_t i = 0; i < tuple_size(a[0]); i++) {
            Value sub = tuple_get(a[0], i);
            if (!is_str(sub)) return err_set(t, E_TypeError, "tuple for %s must only contain str, not %.100T", name, sub);
            if (matches_at(self, sub, from, to, tail)) return REF_TRUE;
        }
        return REF_FALSE;
    }
    if (!is_str(a[0]))
        return err_set(t, E_TypeError, "%s first arg must be str or a tuple of str, not %.100T", name, a[0]);
    return ref_bool(matches_at(self, a[0], from, to, tail));
}
static Ref str_startswith(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return starts_or_ends(t, "startswith", self, args, nargs, kwnames, false);
}
static Ref str_endswith(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return starts_or_ends(t, "endswith", self, args, nargs, kwnames, true);
}
static Ref str_removeprefix(Thread *t, Value self, const Value *a) {
    if (need_str_at(t, "removeprefix", 0, a[0]) < 0) return REF_NULL;
    int64_t n = (int64_t)str_length(self), m = (int64_t)str_length(a[0]);
    return str_slice(t, self, matches_at(self, a[0], 0, n, false) ? m : 0, n);
}
static Ref str_removesuffix(Thread *t, Value self, const Value *a) {
    if (need_str_at(t, "removesuffix", 0, a[0]) < 0) return REF_NULL;
    int64_t n = (int64_t)str_length(self), m = (int64_t)str_length(a[0]);
    return str_slice(t, self, 0, matches_at(self, a[0], 0, n, true) ? n - m : n);
}

/* ---- splitting and stripping ------------------------------------------------------------------------------------- */
static Ref slice_op(Thread *t, Value self, Span s, size_t start, size_t end) {
    if (likely(end - start != s.length))
        return as(Str, self)->ascii ? str_from_ascii(t, (const char *)s.data + start, end - start) : str_from_span(t, span_cut(s, start, end));
    return str_slice(t, self, (int64_t)start, (int64_t)end);
}
static bool is_space(uint32_t c) {
    if (c < 128) return c == ' ' || (c >= 9 && c <= 13) || (c >= 28 && c <= 31);
    return uni_isspace(c);
}
static const TextOps str_ops = {slice_op, is_space, uni_islinebreak, text_classes};

static Ref split(Thread *t, Value self, const Value *a, Ref (*how)(Thread *, const TextOps *, Value, Span, const Span *, int64_t)) {
    int64_t max;
    if (size_or(t, a[1], -1, &max) < 0) return REF_NULL;
    if (value_is_null(a[0]) || value_is_none(a[0])) return how(t, &str_ops, self, span_str(self), NULL, max);
    if (!is_str(a[0])) return err_set(t, E_TypeError, "must be str or None, not %.100T", a[0]);
    Span sep = span_str(a[0]);
    if (sep.length == 0) return err_set(t, E_ValueError, "empty separator");
    return how(t, &str_ops, self, span_str(self), &sep, max);
}
static Ref str_split(Thread *t, Value self, const Value *a) { return split(t, self, a, text_split); }
static Ref str_rsplit(Thread *t, Value self, const Value *a) { return split(t, self, a, text_rsplit); }

static Ref str_splitlines(Thread *t, Value self, const Value *a) {
    int keep = 0;
    if (!value_is_null(a[0]) && (value_is_true(a[0]) || value_is_false(a[0]))) keep = value_is_true(a[0]);
    else if (!value_is_null(a[0]) && as_int(t, a[0], &keep) < 0) return REF_NULL;
    return text_splitlines(t, &str_ops, self, span_str(self), keep != 0);
}

static Ref partition(Thread *t, Value self, Value sep, int direction) {
    if (need_str(t, sep) < 0) return REF_NULL;
    if (str_length(sep) == 0) return err_set(t, E_ValueError, "empty separator");
    Span s = span_str(self), x = span_str(sep);
    int64_t i = span_find(s, x, direction);
    Ref parts[3];
    if (i < 0) {
        parts[direction > 0 ? 0 : 2] = ref_new(t, self); /* of a subclass, too */
        parts[1] = parts[direction > 0 ? 2 : 0] = ref_new(t, str_empty());
    } else {
        parts[0] = slice_op(t, self, s, 0, (size_t)i);
        parts[1] = ref_new(t, sep);
        parts[2] = slice_op(t, self, s, (size_t)i + x.length, s.length);
    }
    return tuple_from_steal(t, parts, 3);
}
static Ref str_partition(Thread *t, Value self, const Value *a) { return partition(t, self, a[0], 1); }
static Ref str_rpartition(Thread *t, Value self, const Value *a) { return partition(t, self, a[0], -1); }

static Ref strip(Thread *t, const char *name, Value self, Value chars, int sides) {
    Span set, *use = NULL;
    if (!value_is_null(chars) && !value_is_none(chars)) {
        if (!is_str(chars)) return err_set(t, E_TypeError, "%s arg must be None or str", name);
        set = span_str(chars);
        use = &set;
    }
    size_t start, end;
    text_strip(&str_ops, span_str(self), use, sides, &start, &end);
    return str_slice(t, self, (int64_t)start, (int64_t)end);
}
static Ref str_strip(Thread *t, Value self, const Value *a) { return strip(t, "strip", self, a[0], STRIP_LEFT | STRIP_RIGHT); }
static Ref str_lstrip(Thread *t, Value self, const Value *a) { return strip(t, "lstrip", self, a[0], STRIP_LEFT); }
static Ref str_rstrip(Thread *t, Value self, const Value *a) { return strip(t, "rstrip", self, a[0], STRIP_RIGHT); }

/* ---- joining and replacing ------------------------------------------------------------------------------------------ */
Ref str_join(Thread *t, Value sep, Value iterable) {
    Ref seq = sequence_fast(t, iterable, "can only join an iterable");
    if (ref_is_null(seq)) return seq;
    Value s = ref_borrow(seq);
    Ref r;
    if (is_tuple(s)) {
        r = str_join_array(t, sep, (const Value *)as(Tuple, s)->item, tuple_size(s));
    } else if (is_local(t, value_object(s))) { /* nothing below can change it */
        ListItems *items = load_relaxed(&as(List, s)->x_items);
        r = str_join_array(t, sep, items ? (const Value *)items->slot : NULL, list_size(s));
    } else {
        size_t n = list_size(s), i = 0;
        Value *copy = mem_alloc((n + 1) * sizeof *copy), v;
        while (copy != NULL && i < n && !value_is_null(v = list_get(s, i))) copy[i++] = v;
        r = copy == NULL ? err_no_memory(t) : str_join_array(t, sep, copy, i);
        mem_free(copy);
    }
    ref_drop(t, seq);
    return r;
}
static Ref join_end(Thread *t, Value self, Ref acc) {
    Ref r = str_join(t, self, ref_borrow(acc));
    ref_drop(t, acc);
    return r;
}
static const Drain join_drain = {drain_to_list, drain_append, drain_append_any, join_end};
static Ref str_join_method(Thread *t, Value self, const Value *a) { return str_join(t, self, a[0]); }

/* How wide a str's characters are: 0 ASCII, then its kind. A str of a class has a character of it (but the empty one). */
static int class_of(const Str *s) { return s->ascii ? 0 : s->kind; }

/* Has self with some `old` replaced by `new` the class of self for certain? (What can be lost and what can come are known.) */
static bool class_stays(Value self, Value old, Value new) {
    int s = class_of(as(Str, self)), to = class_of(as(Str, new));
    return to <= s && (to == s || class_of(as(Str, old)) < s);
}

/* The class stays, the needle isn't empty: the size is known after counting. */
static Ref replace_counted(Thread *t, Value self, Value old, Value new, int64_t max) {
    Span s = span_str(self), x = span_str(old);
    size_t m = str_length(new), n = span_count(s, x, max == INT64_MAX ? SIZE_MAX : (size_t)max), size;
    if (n == 0) return str_exact(t, self);
    if (m > x.length && (__builtin_mul_overflow(n, m - x.length, &size) || __builtin_add_overflow(size, s.length, &size)))
        return err_set(t, E_OverflowError, "replace string is too long");
    size = s.length - n * x.length + n * m;
    if (size == 0) return ref_new(t, str_empty());
    Ref r = ref_steal(str_alloc(t, size, s.kind, as(Str, self)->ascii));
    Finder f;
    if (ref_is_null(r)) return r;
    if (!finder_init(&f, x, s.kind)) {
        ref_drop(t, r);
        return err_no_memory(t);
    }
    uint8_t *d = as(Str, ref_borrow(r))->data;
    const uint8_t *from = s.data;
    size_t done = 0;
    while (n-- > 0) {
        size_t i = (size_t)finder_find(&f, s, done, 1), bytes = (i - done) * s.kind;
        copy_short(d, from + done * s.kind, bytes);
        d += bytes;
        units_copy(d, s.kind, as(Str, new)->data, as(Str, new)->kind, m);
        d += m * s.kind;
        done = i + x.length;
    }
    memcpy(d, from + done * s.kind, (s.length - done) * s.kind);
    finder_done(&f);
    if (size > 1) return r;
    Ref single = str_from_span(t, span_str(ref_borrow(r))); /* one of the constants, perhaps */
    ref_drop(t, r);
    return single;
}

#define REPLACE_UNITS(Unit)                                                            \
    {                                                                                  \
        Unit *d = to;                                                                  \
        const Unit *s = from;                                                          \
        for (size_t i = 0; i < n; i++) d[i] = s[i] == (Unit)old ? (Unit)new : s[i];    \
    }
VECTORIZE static void replace_units(void *to, const void *from, int kind, size_t n, uint32_t old, uint32_t new) { FOR_KIND(kind, REPLACE_UNITS) }

/* One character by another, of a class that stays. */
static Ref replace_char(Thread *t, Value self, uint32_t from, uint32_t to, int64_t max) {
    Str *s = as(Str, self);
    Span all = span_str(self);
    int64_t i = span_find_char(all, from, 1);
    if (i < 0) return str_exact(t, self);
    if (s->length == 1) return str_from_char(t, to);
    Ref r = ref_steal(str_alloc(t, s->length, s->kind, s->ascii));
    if (ref_is_null(r)) return r;
    void *d = as(Str, ref_borrow(r))->data;
    if (max == INT64_MAX) {
        replace_units(d, s->data, s->kind, s->length, from, to);
        return r;
    }
    memcpy(d, s->data, s->length * s->kind);
    for (size_t at = 0; i >= 0; i = span_find_char(span_cut(all, at, s->length), from, 1)) {
        unit_put(d, s->kind, at + (size_t)i, to);
        at += (size_t)i + 1;
        if (--max <= 0) break;
    }
    return r;
}

static Ref replace(Thread *t, Value self, Value old, Value new, int64_t max) {
    Span s = span_str(self), x = span_str(old);
    if (x.length > s.length || max == 0) return str_exact(t, self);
    if (x.length > 0 && class_stays(self, old, new)) {
        if (x.length == 1 && str_length(new) == 1) return replace_char(t, self, span_at(x, 0), str_at(as(Str, new), 0), max);
        return replace_counted(t, self, old, new, max);
    }
    StrBuilder b = STR_BUILDER;
    if (x.length == 0) {
        for (size_t i = 0; i <= s.length; i++) {
            if (max-- > 0 && builder_str(t, &b, new) < 0) goto fail;
            if (i < s.length && builder_char(t, &b, span_at(s, i)) < 0) goto fail;
        }
        return builder_finish(t, &b);
    }
    Finder f;
    if (!finder_init(&f, x, s.kind)) return err_no_memory(t);
    size_t from = 0;
    int status = 0;
    while (max-- > 0 && status == 0) {
        int64_t i = finder_find(&f, s, from, 1);
        if (i < 0) break;
        status = builder_slice(t, &b, self, from, (size_t)i) < 0 || builder_str(t, &b, new) < 0 ? -1 : 0;
        from = (size_t)i + x.length;
    }
    finder_done(&f);
    if (status < 0) goto fail;
    if (from == 0) return str_exact(t, self);
    if (builder_slice(t, &b, self, from, s.length) < 0) goto fail;
    return builder_finish(t, &b);
fail:
    builder_drop(&b);
    return REF_NULL;
}

static Ref str_replace(Thread *t, Value self, const Value *a) {
    int64_t max;
    if (need_str_at(t, "replace", 1, a[0]) < 0 || need_str_at(t, "replace", 2, a[1]) < 0 || size_or(t, a[2], -1, &max) < 0)
        return REF_NULL;
    return replace(t, self, a[0], a[1], max < 0 ? INT64_MAX : max);
}

/* ---- padding ------------------------------------------------------------------------------------------------------------ */
static Ref pad(Thread *t, Value self, size_t left, size_t right, uint32_t fill) {
    Str *s = as(Str, self);
    if (left + right == 0) return str_exact(t, self);
    size_t n;
    if (__builtin_add_overflow(s->length, left, &n) || __builtin_add_overflow(n, right, &n) || n > PTRDIFF_MAX)
        return err_set(t, E_OverflowError, "padded string is too long");
    int kind = kind_for(fill) > s->kind ? kind_for(fill) : s->kind;
    Str *r = str_alloc(t, n, kind, s->ascii && fill < 0x80);
    if (r == NULL) return REF_NULL;
    for (size_t i = 0; i < left; i++) unit_put(r->data, kind, i, fill);
    units_copy(r->data + left * (size_t)kind, kind, s->data, s->kind, s->length);
    for (size_t i = left + s->length; i < n; i++) unit_put(r->data, kind, i, fill);
    return ref_steal(r);
}

static int pad_args(Thread *t, Value self, const Value *a, size_t *room, uint32_t *fill) {
    int64_t width;
    *fill = ' ';
    if (size_arg(t, a[0], &width) < 0) return -1;
    if (!value_is_null(a[1])) {
        if (!is_str(a[1])) return err_int(err_set(t, E_TypeError, "The fill character must be a unicode character, not %T", a[1]));
        if (str_length(a[1]) != 1) return err_int(err_set(t, E_TypeError, "The fill character must be exactly one character long"));
        *fill = str_at(as(Str, a[1]), 0);
    }
    int64_t n = (int64_t)str_length(self);
    *room = width > n ? (size_t)(width - n) : 0;
    return 0;
}
static Ref str_ljust(Thread *t, Value self, const Value *a) {
    size_t room;
    uint32_t fill;
    return pad_args(t, self, a, &room, &fill) < 0 ? REF_NULL : pad(t, self, 0, room, fill);
}
static Ref str_rjust(Thread *t, Value self, const Value *a) {
    size_t room;
    uint32_t fill;
    return pad_args(t, self, a, &room, &fill) < 0 ? REF_NULL : pad(t, self, room, 0, fill);
}
static Ref str_center(Thread *t, Value self, const Value *a) {
    size_t room;
    uint32_t fill;
    if (pad_args(t, self, a, &room, &fill) < 0) return REF_NULL;
    size_t left = room / 2 + (room & (room + str_length(self)) & 1);
    return pad(t, self, left, room - left, fill);
}
static Ref str_zfill(Thread *t, Value self, const Value *a) {
    int64_t width, n = (int64_t)str_length(self);
    if (size_arg(t, a[0], &width) < 0) return REF_NULL;
    if (width <= n) return str_exact(t, self);
    Ref r = pad(t, self, (size_t)(width - n), 0, '0');
    if (ref_is_null(r) || n == 0) return r;
    Str *s = as(Str, ref_borrow(r));
    uint32_t sign = str_at(as(Str, self), 0);
    if (sign == '+' || sign == '-') {
        unit_put(s->data, s->kind, 0, sign);
        unit_put(s->data, s->kind, (size_t)(width - n), '0');
    }
    return r;
}

/* Writes the text with blanks for its tabs, or, with nowhere to write to, tells how long it gets: SIZE_MAX if that is too long. */
#define EXPAND_UNITS(Unit)                                                             \
    {                                                                                  \
        const Unit *s = from;                                                          \
        Unit *d = to;                                                                  \
        for (size_t i = 0; i < n; i++) {                                               \
            if (s[i] != '\t') {                                                        \
                if (d != NULL) *d++ = s[i];                                            \
                else size++;                                                           \
                if (--left <= 0 || s[i] == '\n' || s[i] == '\r') left = tab;           \
                continue;                                                              \
            }                                                                          \
            size += (size_t)left;                                                      \
            if (unlikely(size > PTRDIFF_MAX / 4)) return SIZE_MAX;                     \
            for (int k = 0; d != NULL && k < left; k++) *d++ = ' ';                    \
            left = tab;                                                                \
        }                                                                              \
    }
static size_t expand_units(void *to, const void *from, int kind, size_t n, int tab) {
    int left = tab; /* up to the next column */
    size_t size = 0;
    FOR_KIND(kind, EXPAND_UNITS)
    return size;
}

static Ref str_expandtabs(Thread *t, Value self, const Value *a) {
    int tab = 8;
    if (!value_is_null(a[0]) && as_int(t, a[0], &tab) < 0) return REF_NULL;
    if (tab < 0) tab = 0;
    Str *s = as(Str, self);
    if (span_find_char(span_str(self), '\t', 1) < 0) return str_exact(t, self);
    size_t size = expand_units(NULL, s->data, s->kind, s->length, tab);
    if (size == SIZE_MAX) return err_set(t, E_OverflowError, "new string is too long");
    if (size <= 1) { /* one of the constants, perhaps */
        uint32_t c;
        expand_units(&c, s->data, s->kind, s->length, tab);
        return str_from_units(t, s->kind, &c, size);
    }
    Ref r = ref_steal(str_alloc(t, size, s->kind, s->ascii));
    if (!ref_is_null(r)) expand_units(as(Str, ref_borrow(r))->data, s->data, s->kind, s->length, tab);
    return r;
}

/* ---- translating ---------------------------------------------------------------------------------------------------------- */
static int translate_char(Thread *t, StrBuilder *b, Value table, uint32_t c) {
    Ref to;
    if (is_exact(table, &dict_type)) { /* what isn't there needs no KeyError */
        int found = dict_lookup(t, table, small_int(c), &to);
        if (found <= 0) return found == 0 || err_clear_if(t, E_LookupError) ? builder_char(t, b, c) : -1;
    } else {
        to = get_item(t, table, small_int(c));
        if (ref_is_null(to)) return err_clear_if(t, E_LookupError) ? builder_char(t, b, c) : -1;
    }
    Value v = ref_borrow(to);
    int status = 0;
    int64_t i;
    if (is_int(v)) {
        if (int_try_i64(v, &i) < 0 || i < 0 || i > 0x10FFFF)
            status = err_int(err_set(t, E_ValueError, "character mapping must be in range(0x110000)"));
        else status = builder_char(t, b, (uint32_t)i);
    } else if (is_str(v)) {
        status = builder_str(t, b, v);
    } else if (!value_is_none(v)) {
        status = err_int(err_set(t, E_TypeError, "character mapping must return integer, None or str"));
    }
    ref_drop(t, to);
    return status;
}

static Ref str_translate(Thread *t, Value self, const Value *a) {
    StrBuilder b = STR_BUILDER;
    Span s = span_str(self);
    /* -2: not asked yet; -1: not a plain ASCII character. A dict's answers may be kept: a mapping of one's own is asked each time. */
    int16_t known[128];
    bool keep = is_exact(a[0], &dict_type);
    for (size_t i = 0; keep && i < 128; i++) known[i] = -2;
    for (size_t i = 0; i < s.length; i++) {
        uint32_t c = span_at(s, i);
        if (keep && c < 128 && known[c] >= 0) { /* a run of such characters */
            if (builder_reserve(t, &b, s.length - i, 1) < 0) goto fail;
            if (s.kind == 1 && b.kind == 1) {
                const uint8_t *p = s.data;
                uint8_t *out = (uint8_t *)b.data + b.length;
                size_t run = i;
                for (int16_t to; run < s.length && (c = p[run]) < 128 && (to = known[c]) >= 0; run++) *out++ = (uint8_t)to;
                b.length += run - i;
                i = run - 1;
            } else {
                unit_put(b.data, b.kind, b.length++, (uint32_t)known[c]);
            }
            continue;
        }
        size_t before = b.length;
        if (translate_char(t, &b, a[0], c) < 0) goto fail;
        if (keep && c < 128) {
            uint32_t last = b.length == before + 1 ? unit_at(b.data, b.kind, before) : 0xFFFF;
            known[c] = last < 128 ? (int16_t)last : -1;
        }
    }
    return builder_finish(t, &b);
fail:
    builder_drop(&b);
    return REF_NULL;
}

static Ref maketrans_dict(Thread *t, Value from) {
    if (!is_exact(from, &dict_type))
        return err_set(t, E_TypeError, "if you give only one argument to maketrans it must be a dict");
    Ref items = dict_items_list(t, from), d = ref_is_null(items) ? REF_NULL : dict_new(t);
    int status = ref_is_null(d) ? -1 : 0;
    for (size_t i = 0; status == 0 && i < list_size(ref_borrow(items)); i++) {
        Value pair = list_get(ref_borrow(items), i), key = tuple_get(pair, 0), value = tuple_get(pair, 1);
        if (is_str(key)) {
            if (str_length(key) != 1)
                status = err_int(err_set(t, E_ValueError, "string keys in translate table must be of length 1"));
            else status = dict_set(t, ref_borrow(d), small_int(str_at(as(Str, key), 0)), value);
        } else if (is_int(key)) {
            status = dict_set(t, ref_borrow(d), key, value);
        } else {
            status = err_int(err_set(t, E_TypeError, "keys in translate table must be strings or integers"));
        }
    }
    ref_drop(t, items);
    if (status == 0) return d;
    ref_drop(t, d);
    return REF_NULL;
}

static Ref str_maketrans(Thread *t, Value self, const Value *a) {
    if (value_is_null(a[1])) return maketrans_dict(t, a[0]);
    if (need_str_at(t, "maketrans", 2, a[1]) < 0 || (!value_is_null(a[2]) && need_str_at(t, "maketrans", 3, a[2]) < 0))
        return REF_NULL;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "first maketrans argument must be a string if there is a second argument");
    if (str_length(a[0]) != str_length(a[1]))
        return err_set(t, E_ValueError, "the first two maketrans arguments must have equal length");
    Ref d = dict_new(t);
    int status = ref_is_null(d) ? -1 : 0;
    for (size_t i = 0; status == 0 && i < str_length(a[0]); i++)
        status = dict_set(t, ref_borrow(d), small_int(str_at(as(Str, a[0]), i)), small_int(str_at(as(Str, a[1]), i)));
    for (size_t i = 0; status == 0 && !value_is_null(a[2]) && i < str_length(a[2]); i++)
        status = dict_set(t, ref_borrow(d), small_int(str_at(as(Str, a[2]), i)), VALUE_NONE);
    if (status == 0) return d;
    ref_drop(t, d);
    return REF_NULL;
}

/* ---- the rest --------------------------------------------------------------------------------------------------------------- */
/* encode(encoding, errors): the two as C strings, null where not given. */
int codec_args(Thread *t, const char *function, Value encoding, Value errors, const char **enc, const char **err) {
    Value v[2] = {encoding, errors};
    const char *names_[2] = {"encoding", "errors"};
    const char *text[2] = {NULL, NULL};
    for (int i = 0; i < 2; i++) {
        size_t n;
        if (value_is_null(v[i])) continue;
        if (!is_str(v[i])) return err_int(err_bad_argument(t, function, names_[i], "str", v[i]));
        text[i] = str_utf8(t, v[i], &n);
        if (text[i] == NULL) return -1;
        if (strlen(text[i]) != n) return err_int(err_set(t, E_ValueError, "embedded null character"));
    }
    *enc = text[0];
    *err = text[1];
    return 0;
}

static Ref str_encode_method(Thread *t, Value self, const Value *a) {
    const char *encoding, *errors;
    if (value_is_null(a[0]) && value_is_null(a[1]) && as(Str, self)->ascii) return bytes_new(t, as(Str, self)->data, str_length(self));
    if (codec_args(t, "encode", a[0], a[1], &encoding, &errors) < 0) return REF_NULL;
    return str_encode(t, self, encoding, errors);
}

static Ref str_format_dunder(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "__format__() argument must be str, not %G", a[0]);
    if (str_length(a[0]) == 0) return is_exact(self, &str_type) ? ref_new(t, self) : object_str(t, self);
    return str_format_spec(t, self, a[0]);
}

static Ref str_sizeof(Thread *t, Value self, const Value *a) {
    Str *s = as(Str, self);
    size_t n = (s->external ? type_of(self)->head.size : str_head_size(s->ascii)) + (s->length + 1) * s->kind;
    StrUtf8 *utf8 = str_utf8_made(s);
    return ref_small_int((int64_t)(n + (utf8 ? sizeof *utf8 + utf8->length + 1 : 0)));
}

static Ref str_getnewargs(Thread *t, Value self, const Value *a) {
    Ref copy = str_from_span(t, span_str(self));
    return ref_is_null(copy) ? copy : tuple_from_steal(t, &copy, 1);
}

NativeDef str_methods[] = {
    FN("encode", "($self, /, encoding='utf-8', errors='strict')", str_encode_method, "Encode the text: bytes in the given encoding."),
    FN("replace", "($self, old, new, count=-1, /)", str_replace, "A copy with occurrences of old replaced by new, at most count if that isn't negative."),
    FN("split", "($self, /, sep=None, maxsplit=-1)", str_split, "List of the pieces between separators (runs of whitespace by default), from the left."),
    FN("rsplit", "($self, /, sep=None, maxsplit=-1)", str_rsplit, "List of the pieces between separators, counted from the right."),
    FN_DRAIN("join", "($self, iterable, /)", str_join_method, "The strings of an iterable with this one between them.", join_drain),
    FN("capitalize", "($self, /)", str_capitalize, "A copy with the first character in title case and the rest in lower case."),
    FN("casefold", "($self, /)", str_casefold, "A copy for comparing without regard to case."),
    FN("title", "($self, /)", str_title, "A copy with each word in title case."),
    FN("center", "($self, width, fillchar=' ', /)", str_center, "A copy padded on both sides to a width."),
    FN_RAW_BARE("count", NULL, str_count, "S.count(sub[, start[, end]]): number of occurrences of sub without overlaps."),
    FN("expandtabs", "($self, /, tabsize=8)", str_expandtabs, "A copy with tabs replaced by blanks up to the next column."),
    FN_RAW_BARE("find", NULL, str_find_method, "S.find(sub[, start[, end]]): lowest index of sub, or -1."),
    FN("partition", "($self, sep, /)", str_partition, "What stands before the first sep, sep itself, and what stands after it."),
    FN_RAW_BARE("index", NULL, str_index, "S.index(sub[, start[, end]]): lowest index of sub; ValueError if there is none."),
    FN("ljust", "($self, width, fillchar=' ', /)", str_ljust, "A copy padded on the right to a width."),
    FN("lower", "($self, /)", str_lower, "A copy in lower case."),
    FN("lstrip", "($self, chars=None, /)", str_lstrip, "A copy without leading whitespace, or without the given leading characters."),
    FN_RAW_BARE("rfind", NULL, str_rfind, "S.rfind(sub[, start[, end]]): highest index of sub, or -1."),
    FN_RAW_BARE("rindex", NULL, str_rindex, "S.rindex(sub[, start[, end]]): highest index of sub; ValueError if there is none."),
    FN("rjust", "($self, width, fillchar=' ', /)", str_rjust, "A copy padded on the left to a width."),
    FN("rstrip", "($self, chars=None, /)", str_rstrip, "A copy without trailing whitespace, or without the given trailing characters."),
    FN("rpartition", "($self, sep, /)", str_rpartition, "What stands before the last sep, sep itself, and what stands after it."),
    FN("splitlines", "($self, /, keepends=False)", str_splitlines, "List of the lines, with their ends if keepends is true."),
    FN("strip", "($self, chars=None, /)", str_strip, "A copy without leading and trailing whitespace, or without the given characters there."),
    FN("swapcase", "($self, /)", str_swapcase, "A copy with lower case made upper and upper case made lower."),
    FN("translate", "($self, table, /)", str_translate, "A copy with each character mapped through a table indexed by code point."),
    FN("upper", "($self, /)", str_upper, "A copy in upper case."),
    FN_RAW_BARE("startswith", NULL, str_startswith, "S.startswith(prefix[, start[, end]]): whether it starts with prefix, or with one of a tuple of them."),
    FN_RAW_BARE("endswith", NULL, str_endswith, "S.endswith(suffix[, start[, end]]): whether it ends with suffix, or with one of a tuple of them."),
    FN("removeprefix", "($self, prefix, /)", str_removeprefix, "A copy without the prefix, if it is there."),
    FN("removesuffix", "($self, suffix, /)", str_removesuffix, "A copy without the suffix, if it is there."),
    FN("isascii", "($self, /)", str_isascii, "Whether all characters are ASCII."),
    FN("islower", "($self, /)", str_islower, "Whether there are cased characters and all of them are lower case."),
    FN("isupper", "($self, /)", str_isupper, "Whether there are cased characters and all of them are upper case."),
    FN("istitle", "($self, /)", str_istitle, "Whether each word is in title case."),
    FN("isspace", "($self, /)", str_isspace, "Whether there are characters and all are whitespace."),
    FN("isdecimal", "($self, /)", str_isdecimal, "Whether there are characters and all are decimal digits."),
    FN("isdigit", "($self, /)", str_isdigit, "Whether there are characters and all are digits."),
    FN("isnumeric", "($self, /)", str_isnumeric, "Whether there are characters and all are numeric."),
    FN("isalpha", "($self, /)", str_isalpha, "Whether there are characters and all are letters."),
    FN("isalnum", "($self, /)", str_isalnum, "Whether there are characters and all are letters or numbers."),
    FN("isidentifier", "($self, /)", str_isidentifier, "Whether it can be a Python identifier (keywords included)."),
    FN("isprintable", "($self, /)", str_isprintable, "Whether repr() would show all characters as they are."),
    FN("zfill", "($self, width, /)", str_zfill, "A copy padded with zeros on the left, behind a sign."),
    FN_RAW("format", NULL, str_format_method, "S.format(*args, **kwargs): the fields in braces replaced by the formatted arguments."),
    FN("format_map", "!($self, mapping, /)", str_format_map, "S.format_map(mapping): the fields in braces replaced by formatted items of a mapping."),
    FN("__format__", "($self, format_spec, /)", str_format_dunder, "Format the text by a specification."),
    FN_STATIC("maketrans", "!(x, y=None, z=None, /)", str_maketrans, "A table for translate(), from a dict or from strings of equal length."),
    FN("__sizeof__", "($self, /)", str_sizeof, "Size of the string in memory, in bytes."),
    FN("__getnewargs__", "!($self, /)", str_getnewargs, "Arguments for copying and pickling."),
    FN_END,
};
