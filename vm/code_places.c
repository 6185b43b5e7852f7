/* Where in the source the instructions of a code object come from: the packed table (Code.positions), and what co_positions(), co_lines(), co_linetable and
 * co_lnotab show of it. See code.h. */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "vm/code.h"

/* ---- the packed table: varints of (start delta, line delta, lines spanned + 1 or 0, col + 1, end col + 1) ---------------------------- */

static size_t put_varint(uint8_t *p, uint32_t v) {
    size_t n = 0;
    for (; v >= 0x80; v >>= 7) {
        if (p) p[n] = (uint8_t)v | 0x80;
        n++;
    }
    if (p) p[n] = (uint8_t)v;
    return n + 1;
}
static uint32_t get_varint(const uint8_t **p) {
    uint32_t v = 0;
    for (int shift = 0;; shift += 7) {
        uint8_t b = *(*p)++;
        if (shift < 32) v |= (uint32_t)(b & 0x7F) << shift; /* a damaged table may have longer ones */
        if (!(b & 0x80)) return v;
    }
}
static uint32_t zigzag(int32_t i) { return (uint32_t)i << 1 ^ (uint32_t)(i >> 31); }
static int32_t unzigzag(uint32_t u) { return (int32_t)(u >> 1) ^ -(int32_t)(u & 1); }

size_t positions_pack(const CodeSpec *spec, uint8_t *out) {
    size_t n = 0;
    uint32_t start = 0;
    int32_t line = spec->first_line;
    for (uint32_t i = 0; i < spec->position_count; i++) {
        const CodePosition *p = &spec->positions[i];
        n += put_varint(out ? out + n : NULL, p->start - start);
        n += put_varint(out ? out + n : NULL, zigzag((int32_t)((uint32_t)p->line - (uint32_t)line)));
        n += put_varint(out ? out + n : NULL, p->end_line >= p->line && p->end_line > 0 ? (uint32_t)(p->end_line - p->line) + 1 : 0);
        n += put_varint(out ? out + n : NULL, (uint32_t)(p->col + 1));
        n += put_varint(out ? out + n : NULL, (uint32_t)(p->end_col + 1));
        start = p->start;
        line = p->line;
    }
    return n;
}

static PositionReader positions_begin(const Code *c) {
    return (PositionReader){.at = c->positions, .end = c->positions + c->positions_size, .now = {0, c->first_line, 0, -1, -1}};
}
static bool positions_next(PositionReader *r) {
    if (r->at >= r->end) return false;
    r->now.start += get_varint(&r->at);
    r->now.line = (int32_t)((uint32_t)r->now.line + (uint32_t)unzigzag(get_varint(&r->at)));
    uint32_t span = get_varint(&r->at);
    r->now.end_line = span ? (int32_t)((uint32_t)r->now.line + span - 1) : -1;
    r->now.col = (int32_t)(get_varint(&r->at) - 1);
    r->now.end_col = (int32_t)(get_varint(&r->at) - 1);
    return true;
}

CodePosition code_position(const Code *c, uint32_t at) {
    PositionReader r = positions_begin(c);
    CodePosition found = {0, 0, 0, -1, -1};
    while (positions_next(&r) && r.now.start <= at) found = r.now;
    return found;
}
int code_line_from(const Code *c, PositionReader *r, uint32_t at) {
    if (r->at == NULL || at < r->found.start) {
        *r = positions_begin(c);
        r->more = positions_next(r);
    }
    while (r->more && r->now.start <= at) {
        r->found = r->now;
        r->more = positions_next(r);
    }
    return r->found.line;
}

/* Of no line at all. A module's RESUME has line 0, and ends on line 1. */
static bool nowhere(const CodePosition *p) { return p->line <= 0 && p->end_line <= 0; }

/* ---- as lists ----------------------------------------------------------------------------------------------------------------------------- */

static Ref maybe_int(int32_t i, bool none) { return none ? REF_NONE : ref_small_int(i); }
static int append_tuple(Thread *t, Ref list, Ref *items, size_t n) {
    Ref tuple = tuple_from_steal(t, items, n);
    return ref_is_null(tuple) ? -1 : list_append_steal(t, ref_borrow(list), tuple);
}
static Ref iterator_of(Thread *t, Ref list, int bad) {
    Ref it = bad < 0 ? REF_NULL : get_iter(t, ref_borrow(list));
    ref_drop(t, list);
    return it;
}

Ref code_positions(Thread *t, Value self, const Value *a) {
    Code *c = code_of(self);
    Ref list = list_new(t, c->size);
    if (ref_is_null(list)) return list;
    PositionReader r = positions_begin(c);
    CodePosition now = {0, 0, -1, -1, -1};
    bool more = positions_next(&r);
    uint32_t size = more ? c->size : 0;
    int bad = 0;
    for (uint32_t i = 0; i < size && bad == 0; i++) {
        for (; more && r.now.start <= i; more = positions_next(&r)) now = r.now;
        Ref four[4] = {maybe_int(now.line, nowhere(&now)), maybe_int(now.end_line, now.end_line <= 0), maybe_int(now.col, now.col < 0),
                       maybe_int(now.end_col, now.end_col < 0)};
        bad = append_tuple(t, list, four, 4);
    }
    return iterator_of(t, list, bad);
}

/* Stretches of instructions of one line. */
typedef struct Lines {
    PositionReader r;
    bool more, none;
    uint32_t start, end;
    int32_t line;
} Lines;
static Lines lines_begin(const Code *c) {
    Lines l = {.r = positions_begin(c)};
    l.more = positions_next(&l.r);
    return l;
}
static bool lines_next(const Code *c, Lines *l) {
    if (!l->more || l->r.now.start >= c->size) return false;
    l->start = l->r.now.start;
    l->line = l->r.now.line;
    l->none = nowhere(&l->r.now);
    do l->more = positions_next(&l->r);
    while (l->more && l->r.now.line == l->line && nowhere(&l->r.now) == l->none);
    l->end = l->more && l->r.now.start < c->size ? l->r.now.start : c->size;
    return true;
}

Ref code_lines(Thread *t, Value self, const Value *a) {
    Code *c = code_of(self);
    Ref list = list_new(t, 0);
    if (ref_is_null(list)) return list;
    int bad = 0;
    for (Lines l = lines_begin(c); bad == 0 && lines_next(c, &l);) {
        Ref three[3] = {ref_small_int((int64_t)l.start * 2), ref_small_int((int64_t)l.end * 2), maybe_int(l.line, l.none)};
        bad = append_tuple(t, list, three, 3);
    }
    return iterator_of(t, list, bad);
}

/* ---- as bytes ------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Out { uint8_t *at; size_t count, room; bool failed; } Out;
static void put(Out *b, uint32_t byte) {
    if (b->count == b->room) {
        size_t room = b->room ? b->room * 2 : 64;
        uint8_t *more = mem_realloc(b->at, room);
        if (more == NULL) b->failed = true;
        if (b->failed) return;
        b->at = more;
        b->room = room;
    }
    b->at[b->count++] = (uint8_t)byte;
}
static Ref take_bytes(Thread *t, Out *b) {
    Ref r = b->failed ? err_no_memory(t) : bytes_new(t, b->at, b->count);
    mem_free(b->at);
    return r;
}

/* co_lnotab: pairs of steps in offset (unsigned) and line (signed). */
Ref code_lnotab(Thread *t, Value self, void *closure) {
    Code *c = code_of(self);
    Out b = {0};
    uint32_t start = 0;
    int64_t line = c->first_line;
    for (Lines l = lines_begin(c); lines_next(c, &l);) {
        if (l.none || l.line == line) continue;
        uint32_t on = (l.start - start) * 2;
        int64_t down = l.line - line;
        for (; on > 255; on -= 255) put(&b, 255), put(&b, 0);
        for (; down > 127; down -= 127, on = 0) put(&b, on), put(&b, 127);
        for (; down < -128; down += 128, on = 0) put(&b, on), put(&b, 128);
        put(&b, on);
        put(&b, (uint32_t)down & 0xFF);
        start = l.start;
        line = l.line;
    }
    return take_bytes(t, &b);
}

/* co_linetable, in the location table's format of CPython 3.11: entries of a byte 1 | code:4 | words - 1:3 and what the code asks for. Numbers in bytes of six bits,
 * the lowest first; signed ones with the sign in the lowest bit. */
enum { PLACE_ONE_LINE = 10, PLACE_LINE = 13, PLACE_LONG, PLACE_NONE };
static void put_number(Out *b, uint32_t v) {
    for (; v >= 64; v >>= 6) put(b, 64 | (v & 63));
    put(b, v);
}
static void put_signed(Out *b, int32_t v) { put_number(b, v < 0 ? (0 - (uint32_t)v) << 1 | 1 : (uint32_t)v << 1); }

static void put_place(Out *b, const CodePosition *p, uint32_t words, int32_t *line) {
#define FIRST(code) put(b, 0x80u | (uint32_t)(code) << 3 | (words - 1))
    if (nowhere(p)) {
        FIRST(PLACE_NONE);
        return;
    }
    int32_t down = p->line - *line, end_line = p->end_line > 0 ? p->end_line : p->line;
    *line = p->line;
    bool flat = end_line == p->line;
    if (flat && (p->col < 0 || p->end_col < 0)) {
        FIRST(PLACE_LINE);
        put_signed(b, down);
    } else if (flat && down == 0 && p->col < 80 && p->end_col >= p->col && p->end_col - p->col < 16) {
        FIRST(p->col >> 3);
        put(b, (uint32_t)(p->col & 7) << 4 | (uint32_t)(p->end_col - p->col));
    } else if (flat && down >= 0 && down < 3 && p->col < 128 && p->end_col < 128) {
        FIRST(PLACE_ONE_LINE + down);
        put(b, (uint32_t)p->col);
        put(b, (uint32_t)p->end_col);
    } else {
        FIRST(PLACE_LONG);
        put_signed(b, down);
        put_number(b, (uint32_t)(end_line - p->line));
        put_number(b, (uint32_t)(p->col + 1));
        put_number(b, (uint32_t)(p->end_col + 1));
    }
#undef FIRST
}

Ref code_linetable(Thread *t, Value self, void *closure) {
    Code *c = code_of(self);
    Out b = {0};
    PositionReader r = positions_begin(c);
    int32_t line = c->first_line;
    for (bool more = positions_next(&r); more;) {
        CodePosition p = r.now;
        more = positions_next(&r);
        uint32_t end = more ? r.now.start : c->size;
        for (; p.start < end; p.start += 8) put_place(&b, &p, end - p.start < 8 ? end - p.start : 8, &line);
    }
    return take_bytes(t, &b);
}

typedef struct Table { const uint8_t *at, *end; } Table;
static uint32_t take(Table *table) { return table->at < table->end ? *table->at++ : 0; }
static uint32_t take_number(Table *table) {
    uint32_t v = 0;
    for (int shift = 0;; shift += 6) {
        uint32_t b = take(table);
        if (shift < 32) v |= (b & 63) << shift;
        if (!(b & 64)) return v;
    }
}
static int32_t take_signed(Table *table) {
    uint32_t v = take_number(table);
    return (int32_t)(v & 1 ? 0 - (v >> 1) : v >> 1);
}
static CodePosition take_place(Table *table, uint32_t code, uint32_t start, int32_t *line) {
    CodePosition p = {start, 0, 0, -1, -1};
    if (code == PLACE_NONE) return p;
    if (code == PLACE_LINE || code == PLACE_LONG) *line = (int32_t)((uint32_t)*line + (uint32_t)take_signed(table));
    else if (code >= PLACE_ONE_LINE) *line = (int32_t)((uint32_t)*line + code - PLACE_ONE_LINE);
    p.line = p.end_line = *line;
    if (code == PLACE_LONG) {
        p.end_line = (int32_t)((uint32_t)*line + take_number(table));
        p.col = (int32_t)(take_number(table) - 1);
        p.end_col = (int32_t)(take_number(table) - 1);
    } else if (code >= PLACE_ONE_LINE && code < PLACE_LINE) {
        p.col = (int32_t)take(table);
        p.end_col = (int32_t)take(table);
    } else if (code < PLACE_ONE_LINE) {
        uint32_t columns = take(table);
        p.col = (int32_t)(code << 3 | columns >> 4);
        p.end_col = p.col + (int32_t)(columns & 15);
    }
    return p;
}

CodePosition *linetable_read(Thread *t, Value bytes, int32_t line, uint32_t size, uint32_t *count) {
    Table table = {bytes_data(bytes), bytes_data(bytes) + bytes_length(bytes)};
    CodePosition *places = mem_alloc((bytes_length(bytes) + 1) * sizeof *places), now = {0};
    uint32_t n = 0, start = 0;
    if (places == NULL) {
        err_no_memory(t);
        return NULL;
    }
    while (table.at < table.end && start < UINT32_MAX / 2) {
        uint32_t first = take(&table), words = (first & 7) + 1;
        CodePosition p = take_place(&table, first >> 3 & 15, start, &line);
        if (n == 0 || p.line != now.line || p.end_line != now.end_line || p.col != now.col || p.end_col != now.end_col) places[n++] = p;
        now = p;
        start += words;
    }
    if (n > 0 && start != size) places[n++] = (CodePosition){start, 0, 0, -1, -1};
    *count = n;
    return places;
}
