/* _io: universal newlines, IncrementalNewlineDecoder. */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/modules/_io.h"
#include "runtime/native.h"
#include "runtime/text.h"

/* ---- universal newlines ------------------------------------------------------------------------------------------------------------------ */

#define SEEN_CR 1
#define SEEN_LF 2
#define SEEN_CRLF 4
static void see(Newlines *n, uint8_t what) { store_relaxed(&n->x_seen, (uint8_t)(load_relaxed(&n->x_seen) | what)); }
/* The newlines of [i, end) that no \r belongs to. */
static void see_lf(Newlines *n, Span s, size_t i, size_t end) {
    if (!(load_relaxed(&n->x_seen) & SEEN_LF) && span_find_char(span_cut(s, i, end), '\n', 1) >= 0) see(n, SEEN_LF);
}
/* A \r stood before s[i]: what it is, and where to go on. */
static size_t see_cr(Newlines *n, Span s, size_t i) {
    bool pair = i < s.length && span_at(s, i) == '\n';
    see(n, pair ? SEEN_CRLF : SEEN_CR);
    return pair ? i + 1 : i;
}

Ref newlines_translate(Thread *t, Newlines *n, Value text, bool final) {
    Span s = span_str(text);
    size_t i = 0, from = 0; /* what is before `from` is in b */
    StrBuilder b = STR_BUILDER;
    if (n->pending_cr) {
        if (s.length == 0 && !final) return ref_new(t, text); /* what follows decides */
        n->pending_cr = false;
        i = see_cr(n, s, 0);
        if (n->translate) from = i;
        if (builder_char(t, &b, n->translate ? '\n' : '\r') < 0) return REF_NULL;
    }
    while (i < s.length) {
        int64_t at = span_find_char(span_cut(s, i, s.length), '\r', 1);
        size_t end = at < 0 ? s.length : i + (size_t)at;
        see_lf(n, s, i, end);
        if (at < 0) break;
        if (end + 1 == s.length && !final) {
            if (builder_slice(t, &b, text, from, end) < 0) goto fail;
            n->pending_cr = true;
            return builder_finish(t, &b);
        }
        i = see_cr(n, s, end + 1);
        if (!n->translate) continue;
        if (builder_slice(t, &b, text, from, end) < 0 || builder_char(t, &b, '\n') < 0) goto fail;
        from = i;
    }
    if (from == 0 && b.length == 0) return ref_new(t, text);
    if (builder_slice(t, &b, text, from, s.length) == 0) return builder_finish(t, &b);
fail:
    builder_drop(&b);
    return REF_NULL;
}

Ref newlines_seen(Thread *t, uint8_t seen) {
    static const char *const text[] = {"\r", "\n", "\r\n"};
    Ref items[3];
    size_t n = 0;
    for (int i = 0; i < 3; i++)
        if (seen & 1 << i) items[n++] = str_from_cstr(t, text[i]);
    return n == 0 ? REF_NONE : n == 1 ? items[0] : tuple_from_steal(t, items, n);
}

/* The end of the line that ends at \n, \r or both. (A \r at the end of a chunk is held back by the decoder.) */
static int64_t universal_line_end(const Str *s, size_t i) {
    size_t n = s->length;
    for (uint64_t w; s->kind == 1 && i + 8 <= n; i += 8) { /* none of eight is below 14 */
        memcpy(&w, s->data + i, 8);
        if (((w - 0x0E0E0E0E0E0E0E0E) & ~w & 0x8080808080808080) != 0) break;
    }
#define RUN(Unit)                                                                                                     \
    for (const Unit *p = (const Unit *)s->data; i < n; i++) {                                                         \
        if (likely(p[i] > '\r')) continue;                                                                            \
        if (p[i] == '\n') return (int64_t)i + 1;                                                                      \
        if (p[i] == '\r') return (int64_t)i + (i + 1 < n && p[i + 1] == '\n' ? 2 : 1);                                \
    }
    FOR_KIND(s->kind, RUN)
#undef RUN
    return -1;
}

int64_t find_line_end(Value text, int64_t start, bool translated, bool universal, const char *newline) {
    Span s = span_str(text);
    size_t i = (size_t)start;
    if (i >= s.length) return -1;
    if (universal && !translated) return universal_line_end(as(Str, text), i);
    uint32_t wanted = translated ? '\n' : (uint8_t)newline[0];
    bool pair = !translated && newline[1] != 0; /* \r\n */
    for (;;) {
        int64_t at = span_find_char(span_cut(s, i, s.length), wanted, 1);
        if (at < 0) return -1;
        i += (size_t)at + 1;
        if (!pair) return (int64_t)i;
        if (i < s.length && span_at(s, i) == '\n') return (int64_t)i + 1;
    }
}

/* decoder: null before __init__; newlines: guarded by the object's lock */
typedef struct NewlineDecoder { Object base; Slot decoder; Newlines newlines; } NewlineDecoder;
static int newline_decoder_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    NewlineDecoder *d = as(NewlineDecoder, self);
    Value a[3];
    if (bind_args(t, "IncrementalNewlineDecoder", "(decoder, translate, errors='strict')", &signature, args, nargs, kwnames, a, 3) < 0) return -1;
    int translate = is_true(t, a[1]);
    if (translate < 0) return -1;
    Ref old;
    CRITICAL_BEGIN(t, d)
    d->newlines.translate = translate;
    d->newlines.pending_cr = false;
    store_relaxed(&d->newlines.x_seen, (uint8_t)0);
    old = slot_swap(t, d, &d->decoder, ref_new(t, a[0]));
    CRITICAL_END(t)
    ref_drop(t, old);
    return 0;
}
/* What stands below, held; null with ValueError */
static Ref newline_decoder_below(Thread *t, Value self) {
    Ref decoder = slot_ref(t, &as(NewlineDecoder, self)->decoder);
    if (ref_is_null(decoder)) err_set(t, E_ValueError, "IncrementalNewlineDecoder.__init__() not called");
    return decoder;
}
static Ref newline_decoder_decode(Thread *t, Value self, const Value *a) {
    NewlineDecoder *d = as(NewlineDecoder, self);
    int final = value_is_null(a[1]) ? 0 : is_true(t, a[1]);
    Ref decoder = final < 0 ? REF_NULL : newline_decoder_below(t, self), text;
    if (ref_is_null(decoder)) return decoder;
    if (ref_is_none(decoder)) text = ref_new(t, a[0]);
    else {
        Value args[2] = {a[0], value_bool(final)};
        text = call_method(t, ref_borrow(decoder), str_intern_cstr(t, "decode"), args, 2);
    }
    ref_drop(t, decoder);
    if (ref_is_null(text)) return text;
    if (!is_str(ref_borrow(text))) {
        err_set(t, E_TypeError, "decoder should return a string result, not '%.200T'", ref_borrow(text));
        ref_drop(t, text);
        return REF_NULL;
    }
    Ref r;
    CRITICAL_BEGIN(t, d)
    r = newlines_translate(t, &d->newlines, ref_borrow(text), final);
    CRITICAL_END(t)
    ref_drop(t, text);
    return r;
}
static Ref newline_decoder_getstate(Thread *t, Value self, const Value *a) {
    NewlineDecoder *d = as(NewlineDecoder, self);
    Ref decoder = newline_decoder_below(t, self), state = REF_NULL, flags = ref_small_int(0), buffer;
    if (ref_is_null(decoder)) return decoder;
    if (!ref_is_none(decoder)) {
        state = call_method0(t, ref_borrow(decoder), str_intern_cstr(t, "getstate"));
        ref_drop(t, decoder);
        if (ref_is_null(state)) return state;
        if (!is_tuple(ref_borrow(state)) || tuple_size(ref_borrow(state)) != 2) {
            ref_drop(t, state);
            return err_set(t, E_TypeError, "illegal decoder state");
        }
        buffer = ref_new(t, tuple_get(ref_borrow(state), 0));
        Ref below = number_index(t, tuple_get(ref_borrow(state), 1));
        flags = ref_is_null(below) ? below : int_lshift(t, ref_borrow(below), small_int(1));
        ref_drop(t, below);
        ref_drop(t, state);
    } else {
        buffer = bytes_new(t, NULL, 0);
    }
    bool cr;
    CRITICAL_BEGIN(t, d)
    cr = d->newlines.pending_cr;
    CRITICAL_END(t)
    Ref items[2] = {buffer, ref_is_null(flags) ? flags : int_add(t, ref_borrow(flags), small_int(cr))};
    ref_drop(t, flags);
    return tuple_from_steal(t, items, 2);
}
static void newline_decoder_set(Thread *t, NewlineDecoder *d, bool cr, bool anew) {
    CRITICAL_BEGIN(t, d)
    d->newlines.pending_cr = cr;
    if (anew) store_relaxed(&d->newlines.x_seen, (uint8_t)0);
    CRITICAL_END(t)
}
static Ref newline_decoder_setstate(Thread *t, Value self, const Value *a) {
    int64_t flags;
    Ref decoder = newline_decoder_below(t, self), r = REF_NULL, state;
    if (ref_is_null(decoder)) return decoder;
    if (!is_tuple(a[0]) || tuple_size(a[0]) != 2) err_set(t, E_TypeError, "state argument must be a tuple");
    else if (as_i64(t, tuple_get(a[0], 1), &flags) == 0) {
        newline_decoder_set(t, as(NewlineDecoder, self), flags & 1, false);
        if (ref_is_none(decoder)) return decoder;
        state = tuple_pack(t, 2, tuple_get(a[0], 0), small_int(flags >> 1));
        if (!ref_is_null(state)) r = call_method1(t, ref_borrow(decoder), str_intern_cstr(t, "setstate"), ref_borrow(state));
        ref_drop(t, state);
    }
    ref_drop(t, decoder);
    return r;
}
static Ref newline_decoder_reset(Thread *t, Value self, const Value *a) {
    Ref decoder = newline_decoder_below(t, self);
    if (ref_is_null(decoder)) return decoder;
    newline_decoder_set(t, as(NewlineDecoder, self), false, true);
    if (ref_is_none(decoder)) return decoder;
    Ref r = call_method0(t, ref_borrow(decoder), str_intern_cstr(t, "reset"));
    ref_drop(t, decoder);
    return r;
}
static Ref newline_decoder_newlines(Thread *t, Value self, void *c) {
    Ref decoder = newline_decoder_below(t, self);
    if (ref_is_null(decoder)) return decoder;
    ref_drop(t, decoder);
    return newlines_seen(t, load_relaxed(&as(NewlineDecoder, self)->newlines.x_seen));
}
static Ref plain_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static void newline_decoder_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((NewlineDecoder *)o)->decoder, visit, arg); }
static void newline_decoder_clear(Thread *t, Object *o) { ref_drop(t, slot_take(t, o, &((NewlineDecoder *)o)->decoder)); }
static NativeDef newline_decoder_methods[] = {
    FN("decode", "($self, /, input, final=False)", newline_decoder_decode, "Decodes, and translates newlines."),
    FN("getstate", "($self, /)", newline_decoder_getstate, NULL), FN("setstate", "($self, state, /)", newline_decoder_setstate, NULL),
    FN("reset", "($self, /)", newline_decoder_reset, NULL), FN_END,
};
static const GetSetDef newline_decoder_getset[] = {{"newlines", newline_decoder_newlines}, {NULL}};
Type newline_decoder_type = {
    TYPE_HEADER(NewlineDecoder, TYPE_BASETYPE | TYPE_CONTAINER, newline_decoder_traverse, newline_decoder_clear, newline_decoder_clear),
    .name = "_io.IncrementalNewlineDecoder", .doc = "Translates newlines in front of another decoder.", .methods = newline_decoder_methods,
    .getset = newline_decoder_getset, .new_ = plain_new, .init = newline_decoder_init,
};
