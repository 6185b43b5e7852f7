/* The methods that bytes and bytearray share. */
#include "runtime/config.h"
#include "runtime/abstract.h"
#include "runtime/bytes_internal.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/str_methods.h"
#include "runtime/text.h"

Ref with_self(Thread *t, Value self, SelfOp op, void *args) {
    if (is_bytes(self)) return op(t, self, span_bytes(bytes_data(self), bytes_length(self)), args);
    Ref r;
    CRITICAL_BEGIN(t, value_object(self))
    r = op(t, self, bytearray_span(self), args);
    CRITICAL_END(t)
    return r;
}

Ref bytes_like(Thread *t, Value self, const void *p, size_t n) {
    if (!is_bytes(self)) return bytearray_new(t, p, n);
    if (is_exact(self, &bytes_type) && n == bytes_length(self) && p == bytes_data(self)) return ref_new(t, self);
    return bytes_new(t, p, n);
}

int byte_value(Thread *t, Value v, uint8_t *out) {
    int64_t i;
    if (value_is_int(v)) i = value_int(v);
    else {
        Ref n = number_index(t, v);
        if (ref_is_null(n)) return -1;
        if (int_try_i64(ref_borrow(n), &i) < 0) i = -1;
        ref_drop(t, n);
    }
    if (i < 0 || i > 255) return err_int(err_set(t, E_ValueError, "byte must be in range(0, 256)"));
    *out = (uint8_t)i;
    return 0;
}

/* A needle: bytes-like, or one byte as an int (where `ints`). Release when done. */
typedef struct Needle { Buffer view; bool held; uint8_t byte; Span s; } Needle;
static int needle_get(Thread *t, Value v, bool ints, Needle *out) {
    out->held = false;
    if (ints && !buffer_supported(v)) {
        if (!value_is_int(v) && type_of(v)->index == NULL)
            return err_int(err_set(t, E_TypeError, "argument should be integer or bytes-like object, not '%.200T'", v));
        if (byte_value(t, v, &out->byte) < 0) return -1;
        out->s = span_bytes(&out->byte, 1);
        return 0;
    }
    if (buffer_get_snapshot(t, v, &out->view) < 0) return -1;
    out->held = true;
    out->s = view_span(&out->view);
    return 0;
}
static void needle_done(Thread *t, Needle *n) {
    if (n->held) buffer_release(t, &n->view);
}

/* ---- searching -------------------------------------------------------------------------------------------------- */
typedef struct Find { Span sub; int64_t from, to; int direction; } Find;

static Ref do_find(Thread *t, Value self, Span s, void *arg) {
    Find *f = arg;
    text_clamp(s.length, &f->from, &f->to);
    if (f->from > f->to) return ref_small_int(-1);
    int64_t i = span_find(span_cut(s, (size_t)f->from, (size_t)f->to), f->sub, f->direction);
    return ref_small_int(i < 0 ? -1 : i + f->from);
}
static Ref do_count(Thread *t, Value self, Span s, void *arg) {
    Find *f = arg;
    text_clamp(s.length, &f->from, &f->to);
    if (f->from > f->to) return ref_small_int(0);
    return ref_small_int((int64_t)span_count(span_cut(s, (size_t)f->from, (size_t)f->to), f->sub, SIZE_MAX));
}
static Ref find(Thread *t, const char *name, Value self, const Value *args, size_t nargs, Value kwnames, SelfOp op, int direction) {
    Value a[3] = {self};
    Find f = {.direction = direction};
    Needle n;
    if (text_find_args(t, name, args, nargs, kwnames, a) < 0 || text_bounds(t, a[1], a[2], &f.from, &f.to) < 0 ||
        needle_get(t, a[0], true, &n) < 0)
        return REF_NULL;
    f.sub = n.s;
    Ref r = with_self(t, self, op, &f);
    needle_done(t, &n);
    return r;
}
static Ref found_or_raise(Thread *t, Ref r) {
    if (!ref_is_null(r) && value_int(ref_borrow(r)) < 0) return err_set(t, E_ValueError, "subsection not found");
    return r;
}
BYTES_METHOD_RAW(find) { return find(t, "find", self, args, nargs, kwnames, do_find, 1); }
BYTES_METHOD_RAW(rfind) { return find(t, "rfind", self, args, nargs, kwnames, do_find, -1); }
BYTES_METHOD_RAW(index) { return found_or_raise(t, find(t, "index", self, args, nargs, kwnames, do_find, 1)); }
BYTES_METHOD_RAW(rindex) { return found_or_raise(t, find(t, "rindex", self, args, nargs, kwnames, do_find, -1)); }
BYTES_METHOD_RAW(count) { return find(t, "count", self, args, nargs, kwnames, do_count, 1); }

static Ref do_matches(Thread *t, Value self, Span s, void *arg) { /* direction: 1 starts, -1 ends */
    Find *f = arg;
    int64_t from = f->from, to = f->to, m = (int64_t)f->sub.length;
    text_clamp(s.length, &from, &to);
    if (from > to || to - from < m) return REF_FALSE;
    size_t start = (size_t)(f->direction > 0 ? from : to - m);
    return ref_bool(span_equal(span_cut(s, start, start + f->sub.length), f->sub));
}
static Ref matches_one(Thread *t, Value self, Value sub, Find *f) {
    Needle n;
    if (needle_get(t, sub, false, &n) < 0) return REF_NULL;
    f->sub = n.s;
    Ref r = with_self(t, self, do_matches, f);
    needle_done(t, &n);
    return r;
}
static Ref starts_or_ends(Thread *t, const char *name, Value self, const Value *args, size_t nargs, Value kwnames, int direction) {
    Value a[3] = {self};
    Find f = {.direction = direction};
    if (text_find_args(t, name, args, nargs, kwnames, a) < 0 || text_bounds(t, a[1], a[2], &f.from, &f.to) < 0) return REF_NULL;
    if (!is_tuple(a[0])) {
        if (!buffer_supported(a[0]))
            return err_set(t, E_TypeError, "%s first arg must be bytes or a tuple of bytes, not %.100T", name, a[0]);
        return matches_one(t, self, a[0], &f);
    }
    for (size_t i = 0; i < tuple_size(a[0]); i++) {
        Ref r = matches_one(t, self, tuple_get(a[0], i), &f);
        if (ref_is_null(r) || value_is_true(ref_borrow(r))) return r;
    }
    return REF_FALSE;
}
BYTES_METHOD_RAW(startswith) { return starts_or_ends(t, "startswith", self, args, nargs, kwnames, 1); }
BYTES_METHOD_RAW(endswith) { return starts_or_ends(t, "endswith", self, args, nargs, kwnames, -1); }

/* ---- splitting and stripping ---------------------------------------------------------------------------------------- */
static Ref slice_op(Thread *t, Value self, Span s, size_t start, size_t end) {
    return bytes_like(t, self, (const char *)s.data + start, end - start);
}
static bool is_space(uint32_t c) { return c == ' ' || (c >= 9 && c <= 13); }
static bool is_linebreak(uint32_t c) { return c == '\n' || c == '\r'; }
static const TextOps ops = {slice_op, is_space, is_linebreak, bytes_classes};

typedef struct Split { Span sep; bool spaces; int64_t max; Ref (*how)(Thread *, const TextOps *, Value, Span, const Span *, int64_t); } Split;
static Ref do_split(Thread *t, Value self, Span s, void *arg) {
    Split *x = arg;
    return x->how(t, &ops, self, s, x->spaces ? NULL : &x->sep, x->max);
}
static Ref split(Thread *t, Value self, const Value *a, Split x) {
    Needle n = {.held = false};
    x.max = -1;
    if (!value_is_null(a[1]) && size_arg(t, a[1], &x.max) < 0) return REF_NULL;
    x.spaces = value_is_null(a[0]) || value_is_none(a[0]);
    if (!x.spaces && needle_get(t, a[0], false, &n) < 0) return REF_NULL;
    x.sep = n.s;
    Ref r = !x.spaces && x.sep.length == 0 ? err_set(t, E_ValueError, "empty separator") : with_self(t, self, do_split, &x);
    needle_done(t, &n);
    return r;
}
BYTES_METHOD(split) { return split(t, self, a, (Split){.how = text_split}); }
BYTES_METHOD(rsplit) { return split(t, self, a, (Split){.how = text_rsplit}); }

static Ref do_splitlines(Thread *t, Value self, Span s, void *arg) { return text_splitlines(t, &ops, self, s, *(int *)arg != 0); }
BYTES_METHOD(splitlines) {
    int keep = 0;
    if (!value_is_null(a[0]) && as_int(t, a[0], &keep) < 0) return REF_NULL;
    return with_self(t, self, do_splitlines, &keep);
}

typedef struct Partition { Span sep; Value object; int direction; } Partition;
static Ref do_partition(Thread *t, Value self, Span s, void *arg) {
    Partition *x = arg;
    int64_t i = span_find(s, x->sep, x->direction);
    size_t m = x->sep.length;
    Ref parts[3];
    if (i < 0) {
        parts[x->direction > 0 ? 0 : 2] = is_bytes(self) ? ref_new(t, self) : slice_op(t, self, s, 0, s.length); /* of a subclass, too */
        parts[1] = bytes_like(t, self, "", 0);
        parts[x->direction > 0 ? 2 : 0] = bytes_like(t, self, "", 0);
    } else {
        parts[0] = slice_op(t, self, s, 0, (size_t)i);
        parts[1] = is_bytes(self) ? ref_new(t, x->object) : bytearray_new(t, x->sep.data, m);
        parts[2] = slice_op(t, self, s, (size_t)i + m, s.length);
    }
    if (!ref_is_null(parts[0]) && !ref_is_null(parts[1]) && !ref_is_null(parts[2])) return tuple_from_steal(t, parts, 3);
    for (int k = 0; k < 3; k++) ref_drop(t, parts[k]);
    return REF_NULL;
}
static Ref partition(Thread *t, Value self, Value sep, int direction) {
    Needle n;
    if (needle_get(t, sep, false, &n) < 0) return REF_NULL;
    Partition x = {n.s, sep, direction};
    Ref r = n.s.length == 0 ? err_set(t, E_ValueError, "empty separator") : with_self(t, self, do_partition, &x);
    needle_done(t, &n);
    return r;
}
BYTES_METHOD(partition) { return partition(t, self, a[0], 1); }
BYTES_METHOD(rpartition) { return partition(t, self, a[0], -1); }

typedef struct Strip { Span set; bool spaces; int sides; } Strip;
static Ref do_strip(Thread *t, Value self, Span s, void *arg) {
    Strip *x = arg;
    size_t start, end;
    text_strip(&ops, s, x->spaces ? NULL : &x->set, x->sides, &start, &end);
    return slice_op(t, self, s, start, end);
}
static Ref strip(Thread *t, Value self, Value set, int sides) {
    Needle n = {.held = false};
    Strip x = {.spaces = value_is_null(set) || value_is_none(set), .sides = sides};
    if (!x.spaces && needle_get(t, set, false, &n) < 0) return REF_NULL;
    x.set = n.s;
    Ref r = with_self(t, self, do_strip, &x);
    needle_done(t, &n);
    return r;
}
BYTES_METHOD(strip) { return strip(t, self, a[0], STRIP_LEFT | STRIP_RIGHT); }
BYTES_METHOD(lstrip) { return strip(t, self, a[0], STRIP_LEFT); }
BYTES_METHOD(rstrip) { return strip(t, self, a[0], STRIP_RIGHT); }

static Ref do_remove(Thread *t, Value self, Span s, void *arg) {
    Find *f = arg;
    size_t n = s.length, m = f->sub.length;
    if (m == 0 || m > n) return slice_op(t, self, s, 0, n);
    bool there = span_equal(f->direction > 0 ? span_cut(s, 0, m) : span_cut(s, n - m, n), f->sub);
    return slice_op(t, self, s, there && f->direction > 0 ? m : 0, there && f->direction < 0 ? n - m : n);
}
static Ref remove_end(Thread *t, Value self, Value sub, int direction) {
    Needle n;
    if (needle_get(t, sub, false, &n) < 0) return REF_NULL;
    Find f = {.sub = n.s, .direction = direction};
    Ref r = with_self(t, self, do_remove, &f);
    needle_done(t, &n);
    return r;
}
BYTES_METHOD(removeprefix) { return remove_end(t, self, a[0], 1); }
BYTES_METHOD(removesuffix) { return remove_end(t, self, a[0], -1); }

/* ---- replacing and joining --------------------------------------------------------------------------------------------- */
static Ref finish_like(Thread *t, Value self, ByteBuilder *b, int status) {
    Ref r = REF_NULL;
    if (status == 0) {
        if (is_bytes(self)) return bytes_finish(t, b);
        r = bytearray_new(t, b->data, b->length);
    }
    bytes_drop(b);
    return r;
}

typedef struct Replace { Span old, new; int64_t max; } Replace;
static Ref do_replace(Thread *t, Value self, Span s, void *arg) {
    Replace *x = arg;
    ByteBuilder b = BYTE_BUILDER;
    int status = 0;
    int64_t max = x->max < 0 ? INT64_MAX : x->max;
    if (x->old.length > s.length || max == 0) return slice_op(t, self, s, 0, s.length);
    if (x->old.length == 0) {
        for (size_t i = 0; i <= s.length && status == 0; i++) {
            if (max-- > 0) status = bytes_append(t, &b, x->new.data, x->new.length);
            if (status == 0 && i < s.length) status = bytes_put(t, &b, (uint8_t)span_at(s, i));
        }
        return finish_like(t, self, &b, status);
    }
    Finder f;
    if (!finder_init(&f, x->old, 1)) return err_no_memory(t);
    size_t from = 0;
    while (max-- > 0 && status == 0) {
        int64_t i = finder_find(&f, s, from, 1);
        if (i < 0) break;
        status = bytes_append(t, &b, (const char *)s.data + from, (size_t)i - from);
        if (status == 0) status = bytes_append(t, &b, x->new.data, x->new.length);
        from = (size_t)i + x->old.length;
    }
    finder_done(&f);
    if (from == 0 && status == 0) return slice_op(t, self, s, 0, s.length);
    if (status == 0) status = bytes_append(t, &b, (const char *)s.data + from, s.length - from);
    return finish_like(t, self, &b, status);
}
BYTES_METHOD(replace) {
    Needle old, new;
    Replace x = {.max = -1};
    if (needle_get(t, a[0], false, &old) < 0) return REF_NULL;
    Ref r = REF_NULL;
    if (needle_get(t, a[1], false, &new) == 0) {
        x.old = old.s;
        x.new = new.s;
        if (value_is_null(a[2]) || size_arg(t, a[2], &x.max) == 0) r = with_self(t, self, do_replace, &x);
        needle_done(t, &new);
    }
    needle_done(t, &old);
    return r;
}

static Ref do_copy(Thread *t, Value self, Span s, void *arg) { return bytes_new(t, s.data, s.length); }
/* Of bytes alone, with sep between them: one measuring, one copying. Null without an exception: there is something else, or another thread changes the list. */
static Ref join_bytes(Thread *t, Value list, const uint8_t *sep, size_t gap) {
    bool tuple = is_tuple(list);
    size_t n = tuple ? tuple_size(list) : list_size(list), room = 0;
    for (size_t i = 0; i < n; i++) {
        Value v = tuple ? tuple_get(list, i) : list_get(list, i);
        if (value_is_null(v) || !is_exact(v, &bytes_type) || __builtin_add_overflow(room, bytes_length(v) + (i > 0 ? gap : 0), &room)) return REF_NULL;
    }
    if (n == 0 || room > PTRDIFF_MAX / 2) return REF_NULL;
    if (n == 1) { /* itself */
        Value v = tuple ? tuple_get(list, 0) : list_get(list, 0);
        return value_is_null(v) || !is_exact(v, &bytes_type) ? REF_NULL : ref_new(t, v);
    }
    Ref r = bytes_new_uninit(t, room);
    uint8_t *out = ref_is_null(r) ? NULL : bytes_data(ref_borrow(r));
    for (size_t i = 0; i < n && out != NULL; i++) {
        Value v = tuple ? tuple_get(list, i) : list_get(list, i);
        if (value_is_null(v) || !is_exact(v, &bytes_type) || bytes_length(v) + (i > 0 ? gap : 0) > room) break;
        if (i > 0) copy_short(out, sep, gap), out += gap, room -= gap;
        copy_short(out, bytes_data(v), bytes_length(v));
        out += bytes_length(v);
        room -= bytes_length(v);
        if (i + 1 == n && room == 0) return r;
    }
    ref_drop(t, r);
    err_clear(t);
    return REF_NULL;
}

BYTES_METHOD(join) {
    Ref seq = sequence_fast(t, a[0], "can only join an iterable");
    if (ref_is_null(seq)) return seq;
    if (is_exact(self, &bytes_type)) {
        Ref r = join_bytes(t, ref_borrow(seq), bytes_data(self), bytes_length(self));
        if (!ref_is_null(r)) {
            ref_drop(t, seq);
            return r;
        }
    }
    Ref sep = with_self(t, self, do_copy, NULL);
    ByteBuilder b = BYTE_BUILDER;
    int status = ref_is_null(sep) ? -1 : 0;
    Value list = ref_borrow(seq);
    for (size_t i = 0; status == 0; i++) {
        Ref item;
        if (is_tuple(list)) {
            if (i >= tuple_size(list)) break;
            item = ref_new(t, tuple_get(list, i));
        } else {
            Value v = list_get(list, i);
            if (value_is_null(v)) break;
            item = ref_new(t, v);
        }
        Buffer view;
        Value v = ref_borrow(item);
        if (i > 0) status = bytes_append(t, &b, bytes_data(ref_borrow(sep)), bytes_length(ref_borrow(sep)));
        if (status == 0 && is_bytes(v)) {
            status = bytes_append(t, &b, bytes_data(v), bytes_length(v));
        } else if (status == 0) {
            int got = buffer_try_snapshot(t, v, &view);
            if (got > 0) {
                status = bytes_append(t, &b, view.data, (size_t)view.len);
                buffer_release(t, &view);
            } else {
                status = got < 0 ? -1 : err_int(err_set(t, E_TypeError, "sequence item %zd: expected a bytes-like object, %.80T found", (int64_t)i, v));
            }
        }
        ref_drop(t, item);
    }
    ref_drop(t, sep);
    ref_drop(t, seq);
    return finish_like(t, self, &b, status);
}

/* ---- padding -------------------------------------------------------------------------------------------------------------- */
typedef struct Pad { int64_t width; uint8_t fill; int how; /* -1 left-justified, 0 centred, 1 right-justified, 2 zfill */ } Pad;
static Ref do_pad(Thread *t, Value self, Span s, void *arg) {
    Pad *x = arg;
    int64_t n = (int64_t)s.length, room = x->width > n ? x->width - n : 0;
    if (room == 0) return slice_op(t, self, s, 0, s.length);
    int64_t left = x->how < 0 ? 0 : x->how > 0 ? room : room / 2 + (room & x->width & 1);
    ByteBuilder b = BYTE_BUILDER;
    if (bytes_room(t, &b, (size_t)(n + room)) < 0) return REF_NULL;
    memset(b.data, x->fill, (size_t)(n + room));
    if (n > 0) memcpy(b.data + left, s.data, (size_t)n);
    b.length = (size_t)(n + room);
    if (x->how == 2 && n > 0 && (b.data[left] == '+' || b.data[left] == '-')) {
        b.data[0] = b.data[left];
        b.data[left] = '0';
    }
    return finish_like(t, self, &b, 0);
}
static Ref pad(Thread *t, const char *name, Value self, const Value *a, int how) {
    Pad x = {.fill = ' ', .how = how};
    if (size_arg(t, a[0], &x.width) < 0) return REF_NULL;
    if (!value_is_null(a[1])) {
        bool array = type_is_subtype(type_of(a[1]), &bytearray_type);
        Span s = is_bytes(a[1]) ? span_bytes(bytes_data(a[1]), bytes_length(a[1])) : array ? bytearray_span(a[1]) : span_bytes("", 0);
        if (s.length != 1) return err_set(t, E_TypeError, "%s() argument 2 must be a byte string of length 1, not %G", name, a[1]);
        x.fill = (uint8_t)span_at(s, 0);
    }
    return with_self(t, self, do_pad, &x);
}
BYTES_METHOD(ljust) { return pad(t, "ljust", self, a, -1); }
BYTES_METHOD(rjust) { return pad(t, "rjust", self, a, 1); }
BYTES_METHOD(center) { return pad(t, "center", self, a, 0); }
BYTES_METHOD(zfill) {
    Pad x = {.fill = '0', .how = 2};
    return size_arg(t, a[0], &x.width) < 0 ? REF_NULL : with_self(t, self, do_pad, &x);
}

static Ref do_expandtabs(Thread *t, Value self, Span s, void *arg) {
    int tab = *(int *)arg, status = 0;
    ByteBuilder b = BYTE_BUILDER;
    size_t column = 0;
    for (size_t i = 0; i < s.length && status == 0; i++) {
        uint8_t c = (uint8_t)span_at(s, i);
        if (c != '\t') {
            column = c == '\n' || c == '\r' ? 0 : column + 1;
            status = bytes_put(t, &b, c);
            continue;
        }
        if (tab <= 0) continue;
        size_t n = (size_t)tab - column % (size_t)tab;
        column += n;
        if (bytes_room(t, &b, n) < 0) {
            status = -1;
            break;
        }
        memset(b.data + b.length, ' ', n);
        b.length += n;
    }
    return finish_like(t, self, &b, status);
}
BYTES_METHOD(expandtabs) {
    int tab = 8;
    if (!value_is_null(a[0]) && as_int(t, a[0], &tab) < 0) return REF_NULL;
    return with_self(t, self, do_expandtabs, &tab);
}

/* ---- translating, decoding, hex ---------------------------------------------------------------------------------------------- */
typedef struct Translate { const uint8_t *table; Span delete; } Translate;
static Ref do_translate(Thread *t, Value self, Span s, void *arg) {
    Translate *x = arg;
    bool gone[256] = {0};
    ByteBuilder b = BYTE_BUILDER;
    const uint8_t *p = s.data;
    for (size_t i = 0; i < x->delete.length; i++) gone[span_at(x->delete, i)] = true;
    if (bytes_room(t, &b, s.length) < 0) return REF_NULL;
    bool changed = false;
    for (size_t i = 0; i < s.length; i++) {
        if (gone[p[i]]) continue;
        uint8_t c = x->table != NULL ? x->table[p[i]] : p[i];
        changed = changed || c != p[i];
        b.data[b.length++] = c;
    }
    if (!changed && b.length == s.length && is_exact(self, &bytes_type)) {
        bytes_drop(&b);
        return ref_new(t, self);
    }
    return finish_like(t, self, &b, 0);
}
BYTES_METHOD(translate) {
    Needle table = {.held = false}, delete = {.held = false};
    Translate x = {.delete = span_bytes("", 0)};
    Ref r = REF_NULL;
    if (!value_is_none(a[0])) {
        if (needle_get(t, a[0], false, &table) < 0) return REF_NULL;
        if (table.s.length != 256) {
            err_set(t, E_ValueError, "translation table must be 256 characters long");
            goto done;
        }
        x.table = table.s.data;
    }
    if (!value_is_null(a[1])) {
        if (needle_get(t, a[1], false, &delete) < 0) goto done;
        x.delete = delete.s;
    }
    r = with_self(t, self, do_translate, &x);
done:
    needle_done(t, &delete);
    needle_done(t, &table);
    return r;
}
BYTES_METHOD(maketrans) {
    Needle from, to;
    if (needle_get(t, a[0], false, &from) < 0) return REF_NULL;
    Ref r = REF_NULL;
    if (needle_get(t, a[1], false, &to) == 0) {
        if (from.s.length != to.s.length) err_set(t, E_ValueError, "maketrans arguments must have same length");
        else {
            uint8_t table[256];
            for (int i = 0; i < 256; i++) table[i] = (uint8_t)i;
            for (size_t i = 0; i < from.s.length; i++) table[span_at(from.s, i)] = (uint8_t)span_at(to.s, i);
            r = bytes_new(t, table, 256);
        }
        needle_done(t, &to);
    }
    needle_done(t, &from);
    return r;
}
BYTES_METHOD(decode) {
    const char *encoding, *errors;
    if (value_is_null(a[0]) && value_is_null(a[1]) && is_bytes(self)) return str_decode(t, (const char *)bytes_data(self), bytes_length(self), NULL, NULL);
    if (codec_args(t, "decode", a[0], a[1], &encoding, &errors) < 0) return REF_NULL;
    if (object_len(t, self) == 0 && !config.dev_mode) return ref_new(t, str_empty());
    if (is_bytes(self)) return str_decode(t, (const char *)bytes_data(self), bytes_length(self), encoding, errors);
    Buffer view; /* pins a bytearray: codecs may call out */
    if (buffer_get_snapshot(t, self, &view) < 0) return REF_NULL;
    Ref r = str_decode(t, view.data, (size_t)view.len, encoding, errors);
    buffer_release(t, &view);
    return r;
}
BYTES_METHOD(hex) {
    Buffer view;
    if (buffer_get_snapshot(t, self, &view) < 0) return REF_NULL;
    Ref r = bytes_hex(t, view.data, (size_t)view.len, a[0], a[1]);
    buffer_release(t, &view);
    return r;
}

Ref bytes_hex(Thread *t, const uint8_t *p, size_t n, Value sep, Value group_v) {
    int group = 1;
    uint32_t c = 0;
    if (!value_is_null(group_v) && as_int(t, group_v, &group) < 0) return REF_NULL;
    if (!value_is_null(sep)) {
        Span s;
        if (is_str(sep)) s = span_str(sep);
        else if (is_bytes(sep)) s = span_bytes(bytes_data(sep), bytes_length(sep));
        else {
            int64_t size = object_len(t, sep);
            if (size < 0) return REF_NULL;
            return size != 1 ? err_set(t, E_ValueError, "sep must be length 1.") : err_set(t, E_TypeError, "sep must be str or bytes.");
        }
        if (s.length != 1) return err_set(t, E_ValueError, "sep must be length 1.");
        if ((c = span_at(s, 0)) >= 128) return err_set(t, E_ValueError, "sep must be ASCII.");
    } else {
        group = 0;
    }
    size_t size = group < 0 ? (size_t)-(int64_t)group : (size_t)group, seps = size > 0 && n > 0 ? (n - 1) / size : 0;
    if (n > (size_t)PTRDIFF_MAX / 3) return err_no_memory(t);
    Ref r = str_new_uninit(t, 2 * n + seps, 0x7F);
    if (ref_is_null(r) || n == 0) return r;
    uint8_t *d = as(Str, ref_borrow(r))->data;
    /* a group that isn't full comes first, or last if they're counted from the left */
    for (size_t part = seps == 0 ? n : group > 0 ? (n - 1) % size + 1 : size;; part = size < n ? size : n) {
        hex_digits(d, p, part);
        d += 2 * part;
        p += part;
        if ((n -= part) == 0) break;
        *d++ = (uint8_t)c;
    }
    return r;
}

/* ---- case and predicates -------------------------------------------------------------------------------------------------------- */
static inline bool upper(uint8_t c) { return c >= 'A' && c <= 'Z'; }
static inline bool lower(uint8_t c) { return c >= 'a' && c <= 'z'; }
static inline bool alpha(uint8_t c) { return upper(c) || lower(c); }
static inline bool digit(uint8_t c) { return c >= '0' && c <= '9'; }

typedef enum { TO_UPPER, TO_LOWER, TO_TITLE, TO_CAPITAL, TO_SWAPPED } Mapping;
static Ref do_map(Thread *t, Value self, Span s, void *arg) {
    Mapping how = *(Mapping *)arg;
    ByteBuilder b = BYTE_BUILDER;
    if (bytes_room(t, &b, s.length) < 0) return REF_NULL;
    const uint8_t *p = s.data;
    bool inside = false;
    for (size_t i = 0; i < s.length; i++) {
        uint8_t c = p[i];
        bool up = how == TO_UPPER || (how == TO_TITLE && !inside) || (how == TO_CAPITAL && i == 0) || (how == TO_SWAPPED && lower(c));
        inside = alpha(c);
        b.data[i] = up ? (lower(c) ? c - 32 : c) : (upper(c) ? c + 32 : c);
    }
    b.length = s.length;
    return finish_like(t, self, &b, 0);
}
#define MAPPING(name, how)                                                                         \
    BYTES_METHOD(name) { Mapping m = how; return with_self(t, self, do_map, &m); }
MAPPING(upper, TO_UPPER)
MAPPING(lower, TO_LOWER)
MAPPING(title, TO_TITLE)
MAPPING(capitalize, TO_CAPITAL)
MAPPING(swapcase, TO_SWAPPED)

#define ALL_OF(name, test)                                                                         \
    static Ref do_##name(Thread *t, Value self, Span s, void *arg) {                               \
        const uint8_t *p = s.data;                                                                 \
        for (size_t i = 0; i < s.length; i++)                                                      \
            if (!(test)) return REF_FALSE;                                                         \
        return ref_bool(s.length > 0);                                                             \
    }                                                                                              \
    BYTES_METHOD(name) { return with_self(t, self, do_##name, NULL); }
ALL_OF(isalnum, alpha(p[i]) || digit(p[i]))
ALL_OF(isalpha, alpha(p[i]))
ALL_OF(isdigit, digit(p[i]))
ALL_OF(isspace, is_space(p[i]))

static Ref do_isascii(Thread *t, Value self, Span s, void *arg) { return ref_bool(ascii_prefix(s.data, s.length) == s.length); }
BYTES_METHOD(isascii) { return with_self(t, self, do_isascii, NULL); }
static Ref do_iscase(Thread *t, Value self, Span s, void *arg) {
    const uint8_t *p = s.data;
    bool want_upper = *(bool *)arg, found = false;
    for (size_t i = 0; i < s.length; i++) {
        if (want_upper ? lower(p[i]) : upper(p[i])) return REF_FALSE;
        found = found || alpha(p[i]);
    }
    return ref_bool(found);
}
BYTES_METHOD(islower) { bool up = false; return with_self(t, self, do_iscase, &up); }
BYTES_METHOD(isupper) { bool up = true; return with_self(t, self, do_iscase, &up); }
static Ref do_istitle(Thread *t, Value self, Span s, void *arg) {
    const uint8_t *p = s.data;
    bool inside = false, found = false;
    for (size_t i = 0; i < s.length; i++) {
        if (upper(p[i]) ? inside : lower(p[i]) && !inside) return REF_FALSE;
        inside = alpha(p[i]);
        found = found || inside;
    }
    return ref_bool(found);
}
BYTES_METHOD(istitle) { return with_self(t, self, do_istitle, NULL); }
