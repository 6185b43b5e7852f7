#include "runtime/text.h"
#include "runtime/abstract.h"
#include "runtime/int.h"
#include "runtime/list.h"

typedef uint64_t TwoWords __attribute__((vector_size(16)));
#define UNIT uint8_t
#define UNIT_SIZE 1
#define NAME(x) x##_1
#include "runtime/text_units.h"
#define UNIT uint16_t
#define UNIT_SIZE 2
#define NAME(x) x##_2
#include "runtime/text_units.h"
#define UNIT uint32_t
#define UNIT_SIZE 4
#define NAME(x) x##_4
#include "runtime/text_units.h"

/* ---- units --------------------------------------------------------------------------------------------- */
#define COPY_LOOP(To, From)                                                                        \
    do {                                                                                           \
        To *d_ = to;                                                                               \
        const From *s_ = from;                                                                     \
        for (size_t i = 0; i < n; i++) d_[i] = (To)s_[i];                                          \
    } while (0)

VECTORIZE void units_convert(void *to, int to_kind, const void *from, int from_kind, size_t n) {
    switch (to_kind << 4 | from_kind) {
    case 0x21: COPY_LOOP(uint16_t, uint8_t); break;
    case 0x41: COPY_LOOP(uint32_t, uint8_t); break;
    case 0x42: COPY_LOOP(uint32_t, uint16_t); break;
    case 0x12: COPY_LOOP(uint8_t, uint16_t); break;
    case 0x14: COPY_LOOP(uint8_t, uint32_t); break;
    case 0x24: COPY_LOOP(uint16_t, uint32_t); break;
    }
}

VECTORIZE uint32_t units_max(const void *data, int kind, size_t n) {
    uint32_t bits = 0;
    if (kind == 1) {
        const uint8_t *p = data;
        if (ascii_prefix(p, n) == n) return 0x7F;
        return 0xFF;
    } else if (kind == 2) {
        const uint16_t *p = data;
        for (size_t i = 0; i < n; i++) bits |= p[i];
    } else {
        const uint32_t *p = data;
        for (size_t i = 0; i < n; i++) bits |= p[i];
    }
    return bits;
}

size_t ascii_prefix(const void *data, size_t n) {
    const uint8_t *p = data;
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        uint64_t w[4];
        memcpy(w, p + i, 32);
        if ((w[0] | w[1] | w[2] | w[3]) & 0x8080808080808080u) break;
    }
    for (; i + 8 <= n; i += 8) {
        uint64_t w;
        memcpy(&w, p + i, 8);
        if ((w &= 0x8080808080808080u) != 0) return i + (size_t)__builtin_ctzll(w) / 8;
    }
    while (i < n && p[i] < 0x80) i++;
    return i;
}

/* ---- comparing and searching ------------------------------------------------------------------------------ */
bool span_equal(Span a, Span b) {
    if (a.length != b.length) return false;
    if (a.kind == b.kind) return memcmp(a.data, b.data, a.length * (size_t)a.kind) == 0;
    for (size_t i = 0; i < a.length; i++)
        if (span_at(a, i) != span_at(b, i)) return false;
    return true;
}

int span_compare(Span a, Span b) {
    size_t n = a.length < b.length ? a.length : b.length;
    if (a.kind == 1 && b.kind == 1) {
        int c = memcmp(a.data, b.data, n);
        if (c != 0) return c < 0 ? -1 : 1;
    } else if (a.kind == 2 && b.kind == 2) {
        const uint16_t *p = a.data, *q = b.data;
        for (size_t i = 0; i < n; i++)
            if (p[i] != q[i]) return p[i] < q[i] ? -1 : 1;
    } else {
        for (size_t i = 0; i < n; i++) {
            uint32_t x = span_at(a, i), y = span_at(b, i);
            if (x != y) return x < y ? -1 : 1;
        }
    }
    return a.length < b.length ? -1 : a.length > b.length;
}

int64_t span_find_char(Span s, uint32_t c, int direction) {
    if (s.kind == 1) return c > 0xFF ? -1 : find_unit_1(s.data, s.length, (uint8_t)c, direction);
    if (s.kind == 2) return c > 0xFFFF ? -1 : find_unit_2(s.data, s.length, (uint16_t)c, direction);
    return find_unit_4(s.data, s.length, c, direction);
}

bool finder_init(Finder *f, Span needle, int hay_kind) {
    f->needle = needle.data;
    f->owned = NULL;
    f->length = needle.length;
    f->kind = hay_kind;
    f->never = false;
    if (needle.kind != hay_kind) {
        if (needle.kind > hay_kind && (units_max(needle.data, needle.kind, needle.length) >> (8 * hay_kind)) != 0) {
            f->never = true; /* bytes of a needle are always kind 1: only str comes here */
            return true;
        }
        void *copy = f->small;
        if (needle.length * (size_t)hay_kind > sizeof f->small) {
            copy = f->owned = mem_alloc(needle.length * (size_t)hay_kind);
            if (copy == NULL) return false;
        }
        units_copy(copy, hay_kind, needle.data, needle.kind, needle.length);
        f->needle = copy;
    }
    return true;
}

int64_t finder_find(const Finder *f, Span hay, size_t from, int direction) {
    if (f->never) return -1;
    size_t start = direction > 0 ? from : 0, n = direction > 0 ? hay.length - from : from;
    const char *h = (const char *)hay.data + start * (size_t)hay.kind;
    int64_t found = hay.kind == 1   ? search_1((const void *)h, n, f->needle, f->length, direction)
                    : hay.kind == 2 ? search_2((const void *)h, n, f->needle, f->length, direction)
                                    : search_4((const void *)h, n, f->needle, f->length, direction);
    return found < 0 ? -1 : found + (int64_t)start;
}

/* The same forwards, with the quickest case inline. */
static ALWAYS_INLINE int64_t find_next(const Finder *f, Span hay, size_t from) {
    if (hay.kind != 1 || f->length != 1 || f->never) return finder_find(f, hay, from, 1);
    int64_t found = find_unit_1((const uint8_t *)hay.data + from, hay.length - from, *(const uint8_t *)f->needle, 1);
    return found < 0 ? -1 : found + (int64_t)from;
}

void finder_done(Finder *f) {
    if (f->owned != NULL) mem_free(f->owned);
}

/* Without memory for a widened needle: plain search. Slow, but right. */
static int64_t find_slowly(Span hay, Span needle, int direction) {
    for (size_t k = 0; k + needle.length <= hay.length; k++) {
        size_t i = direction > 0 ? k : hay.length - needle.length - k;
        if (span_equal(span_cut(hay, i, i + needle.length), needle)) return (int64_t)i;
    }
    return -1;
}

int64_t span_find(Span hay, Span needle, int direction) {
    if (needle.length > hay.length) return -1;
    if (needle.length == 0) return direction > 0 ? 0 : (int64_t)hay.length;
    if (needle.length == 1) return span_find_char(hay, span_at(needle, 0), direction);
    Finder f;
    if (!finder_init(&f, needle, hay.kind)) return find_slowly(hay, needle, direction);
    int64_t found = finder_find(&f, hay, direction > 0 ? 0 : hay.length, direction);
    finder_done(&f);
    return found;
}

static size_t count_char(Span s, uint32_t c) {
    if (kind_for(c) > s.kind) return 0;
    return s.kind == 1 ? count_unit_1(s.data, s.length, (uint8_t)c) : s.kind == 2 ? count_unit_2(s.data, s.length, (uint16_t)c) : count_unit_4(s.data, s.length, c);
}

size_t span_count(Span hay, Span needle, size_t max) {
    if (needle.length == 0) return hay.length + 1 < max ? hay.length + 1 : max;
    if (needle.length > hay.length) return 0;
    if (needle.length == 1 && max == SIZE_MAX) return count_char(hay, span_at(needle, 0));
    Finder f;
    size_t count = 0;
    bool ready = finder_init(&f, needle, hay.kind);
    for (size_t from = 0; count < max;) {
        int64_t i = ready ? find_next(&f, hay, from) : find_slowly(span_cut(hay, from, hay.length), needle, 1);
        if (i < 0) break;
        if (!ready) i += (int64_t)from;
        count++;
        from = (size_t)i + needle.length;
    }
    if (ready) finder_done(&f);
    return count;
}

/* ---- character classes ---------------------------------------------------------------------------------------- */
const uint8_t text_classes[256] = {
    [9] = TEXT_SPACE, [10] = TEXT_SPACE | TEXT_BREAK, [11] = TEXT_SPACE | TEXT_BREAK, [12] = TEXT_SPACE | TEXT_BREAK,
    [13] = TEXT_SPACE | TEXT_BREAK, [28] = TEXT_SPACE | TEXT_BREAK, [29] = TEXT_SPACE | TEXT_BREAK, [30] = TEXT_SPACE | TEXT_BREAK,
    [31] = TEXT_SPACE, [32] = TEXT_SPACE, [0x85] = TEXT_SPACE | TEXT_BREAK, [0xA0] = TEXT_SPACE};
const uint8_t bytes_classes[256] = {
    [9] = TEXT_SPACE, [10] = TEXT_SPACE | TEXT_BREAK, [11] = TEXT_SPACE, [12] = TEXT_SPACE, [13] = TEXT_SPACE | TEXT_BREAK, [32] = TEXT_SPACE};

#define WIDE_FIRST 0x1680 /* of whitespace and line ends beyond Latin-1 */
static inline bool is_of(const TextOps *ops, int class, bool (*test)(uint32_t), uint32_t c) {
    return c < 256 ? (ops->classes[c] & class) != 0 : c >= WIDE_FIRST && test(c);
}
/* The first place from i on that is (or isn't) of a class. */
static inline size_t next_of(const TextOps *ops, Span s, size_t i, int class, bool wanted) {
    if (s.kind == 1) {
        const uint8_t *p = s.data;
        for (uint64_t w; class == TEXT_BREAK && wanted && i + 8 <= s.length; i += 8) { /* all that end lines are below 32 or above 127 */
            memcpy(&w, p + i, 8);
            if (((w | (w - 0x2020202020202020u)) & 0x8080808080808080u) != 0) break;
        }
        while (i < s.length && ((ops->classes[p[i]] & class) != 0) != wanted) i++;
        return i;
    }
    bool (*test)(uint32_t) = class == TEXT_SPACE ? ops->is_space : ops->is_linebreak;
    while (i < s.length && is_of(ops, class, test, span_at(s, i)) != wanted) i++;
    return i;
}

/* ---- splitting -------------------------------------------------------------------------------------------------- */
/* The pieces of a text. The first of them wait for the list, which then has room for exactly so many. */
typedef struct Pieces { Ref list; size_t n; Ref first[16]; } Pieces;
#define PIECES(x) Pieces x; x.list = REF_NULL, x.n = 0

static NOINLINE int pieces_to_list(Thread *t, Pieces *x) {
    x->list = list_from_steal(t, x->first, x->n);
    x->n = 0;
    return ref_is_null(x->list) ? -1 : 0;
}
static inline int append_piece(Thread *t, const TextOps *ops, Value self, Span s, size_t start, size_t end, Pieces *x) {
    Ref piece = ops->slice(t, self, s, start, end);
    if (unlikely(ref_is_null(piece))) return -1;
    if (ref_is_null(x->list)) {
        if (x->n < sizeof x->first / sizeof *x->first) {
            x->first[x->n++] = piece;
            return 0;
        }
        if (pieces_to_list(t, x) < 0) {
            ref_drop(t, piece);
            return -1;
        }
    }
    return list_append_steal(t, ref_borrow(x->list), piece);
}
/* The list; null if it went wrong. */
static Ref pieces_finish(Thread *t, Pieces *x, int status) {
    if (status == 0 && ref_is_null(x->list)) status = pieces_to_list(t, x);
    if (status == 0) return x->list;
    for (size_t i = 0; i < x->n; i++) ref_drop(t, x->first[i]);
    ref_drop(t, x->list);
    return REF_NULL;
}

static int split_spaces(Thread *t, const TextOps *ops, Value self, Span s, int64_t max, Pieces *list) {
    size_t i = 0, n = s.length;
    for (;;) {
        i = next_of(ops, s, i, TEXT_SPACE, false);
        if (i == n) return 0;
        size_t start = i;
        if (max-- == 0) { /* the rest as it is */
            i = n;
        } else {
            i = next_of(ops, s, i, TEXT_SPACE, true);
        }
        if (append_piece(t, ops, self, s, start, i, list) < 0) return -1;
    }
}

/* Text of one byte a unit, at the byte c. Pieces are mostly short: memchr comes in only where one isn't. */
static int split_bytes(Thread *t, const TextOps *ops, Value self, Span s, uint8_t c, int64_t max, Pieces *list) {
    const uint8_t *p = s.data;
    size_t from = 0, n = s.length;
    while (max-- > 0) {
        size_t i = from, near = n - from < 16 ? n : from + 16;
        while (i < near && p[i] != c) i++;
        if (i == near) {
            const uint8_t *found = i < n ? memchr(p + i, c, n - i) : NULL;
            if (found == NULL) break;
            i = (size_t)(found - p);
        }
        if (append_piece(t, ops, self, s, from, i, list) < 0) return -1;
        from = i + 1;
    }
    return append_piece(t, ops, self, s, from, n, list);
}

Ref text_split(Thread *t, const TextOps *ops, Value self, Span s, const Span *sep, int64_t max) {
    if (max < 0) max = INT64_MAX;
    PIECES(list);
    if (sep == NULL) return pieces_finish(t, &list, split_spaces(t, ops, self, s, max, &list));
    if (s.kind == 1 && sep->length == 1 && span_at(*sep, 0) < 256)
        return pieces_finish(t, &list, split_bytes(t, ops, self, s, (uint8_t)span_at(*sep, 0), max, &list));
    Finder f;
    if (!finder_init(&f, *sep, s.kind)) return err_no_memory(t);
    size_t from = 0;
    int status = 0;
    while (status == 0 && max-- > 0) {
        int64_t i = find_next(&f, s, from);
        if (i < 0) break;
        status = append_piece(t, ops, self, s, from, (size_t)i, &list);
        from = (size_t)i + sep->length;
    }
    if (status == 0) status = append_piece(t, ops, self, s, from, s.length, &list);
    finder_done(&f);
    return pieces_finish(t, &list, status);
}

static int rsplit_spaces(Thread *t, const TextOps *ops, Value self, Span s, int64_t max, Pieces *list) {
    size_t i = s.length;
    for (;;) {
        while (i > 0 && is_of(ops, TEXT_SPACE, ops->is_space, span_at(s, i - 1))) i--;
        if (i == 0) return 0;
        size_t end = i;
        if (max-- == 0) return append_piece(t, ops, self, s, 0, end, list);
        while (i > 0 && !is_of(ops, TEXT_SPACE, ops->is_space, span_at(s, i - 1))) i--;
        if (append_piece(t, ops, self, s, i, end, list) < 0) return -1;
    }
}

/* As split_bytes, from the end. */
static int rsplit_bytes(Thread *t, const TextOps *ops, Value self, Span s, uint8_t c, int64_t max, Pieces *list) {
    const uint8_t *p = s.data;
    size_t end = s.length;
    while (max-- > 0) {
        size_t i = end, near = end < 16 ? 0 : end - 16;
        while (i > near && p[i - 1] != c) i--;
        if (i == near) {
            const uint8_t *found = i > 0 ? memrchr(p, c, i) : NULL;
            if (found == NULL) break;
            i = (size_t)(found - p) + 1;
        }
        if (append_piece(t, ops, self, s, i, end, list) < 0) return -1;
        end = i - 1;
    }
    return append_piece(t, ops, self, s, 0, end, list);
}

Ref text_rsplit(Thread *t, const TextOps *ops, Value self, Span s, const Span *sep, int64_t max) {
    if (max < 0) max = INT64_MAX;
    PIECES(list);
    int status = 0;
    if (sep == NULL) {
        status = rsplit_spaces(t, ops, self, s, max, &list);
    } else if (s.kind == 1 && sep->length == 1 && span_at(*sep, 0) < 256) {
        status = rsplit_bytes(t, ops, self, s, (uint8_t)span_at(*sep, 0), max, &list);
    } else {
        Finder f;
        if (!finder_init(&f, *sep, s.kind)) return err_no_memory(t);
        size_t end = s.length;
        while (status == 0 && max-- > 0) {
            int64_t i = finder_find(&f, s, end, -1);
            if (i < 0) break;
            status = append_piece(t, ops, self, s, (size_t)i + sep->length, end, &list);
            end = (size_t)i;
        }
        if (status == 0) status = append_piece(t, ops, self, s, 0, end, &list);
        finder_done(&f);
    }
    bool reversed = status == 0 && ref_is_null(list.list); /* what waits for its list is quickly turned round */
    for (size_t i = 0, j = list.n; reversed && i + 1 < j; i++) {
        Ref last = list.first[--j];
        list.first[j] = list.first[i];
        list.first[i] = last;
    }
    Ref r = pieces_finish(t, &list, status);
    if (reversed || ref_is_null(r) || list_reverse(t, ref_borrow(r)) == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}

Ref text_splitlines(Thread *t, const TextOps *ops, Value self, Span s, bool keep_ends) {
    PIECES(list);
    int status = 0;
    for (size_t i = 0; i < s.length && status == 0;) {
        size_t start = i;
        i = next_of(ops, s, i, TEXT_BREAK, true);
        size_t end = i;
        if (i < s.length) {
            i += span_at(s, i) == '\r' && i + 1 < s.length && span_at(s, i + 1) == '\n' ? 2 : 1;
            if (keep_ends) end = i;
        }
        status = append_piece(t, ops, self, s, start, end, &list);
    }
    return pieces_finish(t, &list, status);
}

static bool in_set(const TextOps *ops, const Span *set, uint32_t c) {
    if (set == NULL) return is_of(ops, TEXT_SPACE, ops->is_space, c);
    return span_find_char(*set, c, 1) >= 0;
}

void text_strip(const TextOps *ops, Span s, const Span *set, int sides, size_t *start, size_t *end) {
    size_t i = 0, j = s.length;
    if (sides & STRIP_LEFT)
        while (i < j && in_set(ops, set, span_at(s, i))) i++;
    if (sides & STRIP_RIGHT)
        while (j > i && in_set(ops, set, span_at(s, j - 1))) j--;
    *start = i;
    *end = j;
}

/* ---- arguments ---------------------------------------------------------------------------------------------------- */
static int range_end(Thread *t, Value v, int64_t *out) {
    if (value_is_null(v) || value_is_none(v)) return 0;
    if (value_is_int(v)) {
        *out = value_int(v);
        return 0;
    }
    Ref (*index)(Thread *, Value) = type_of(v)->index;
    if (index == NULL)
        return err_int(err_set(t, E_TypeError, "slice indices must be integers or None or have an __index__ method"));
    return index_clamped(t, v, out);
}

int text_bounds(Thread *t, Value start, Value end, int64_t *from, int64_t *to) {
    *from = 0;
    *to = INT64_MAX;
    return range_end(t, start, from) < 0 || range_end(t, end, to) < 0 ? -1 : 0;
}

void text_clamp(size_t length, int64_t *from, int64_t *to) {
    int64_t n = (int64_t)length;
    if (*to > n) *to = n;
    else if (*to < 0 && (*to += n) < 0) *to = 0;
    if (*from < 0 && (*from += n) < 0) *from = 0;
}

int text_range(Thread *t, Value start, Value end, size_t length, int64_t *from, int64_t *to) {
    if (text_bounds(t, start, end, from, to) < 0) return -1;
    text_clamp(length, from, to);
    return 0;
}

int text_index_arg(Thread *t, Value v, int64_t *out) {
    Ref n = number_index(t, v);
    if (ref_is_null(n)) return -1;
    int status = int_try_i64(ref_borrow(n), out);
    ref_drop(t, n);
    return status < 0 ? err_int(err_set(t, E_IndexError, "cannot fit '%.200T' into an index-sized integer", v)) : 0;
}

int text_find_args(Thread *t, const char *name, const Value *args, size_t nargs, Value kwnames, Value out[3]) {
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0)
        return err_int(err_set(t, E_TypeError, "%T.%s() takes no keyword arguments", out[0], name));
    if (nargs < 1) return err_int(err_set(t, E_TypeError, "%s() takes at least 1 argument (0 given)", name));
    if (nargs > 3) return err_int(err_set(t, E_TypeError, "%s() takes at most 3 arguments (%zu given)", name, nargs));
    for (size_t i = 0; i < 3; i++) out[i] = i < nargs ? args[i] : VALUE_NULL;
    return 0;
}
