/* The type str: construction, slots, repr, indexing, iterators. */
#include "runtime/config.h"
#include "runtime/abstract.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/str_methods.h"
#include "runtime/text.h"

/* ---- construction ------------------------------------------------------------------------------------------ */
static Ref str_from_buffer_object(Thread *t, Value o, const char *encoding, const char *errors) {
    if (is_str(o)) return err_set(t, E_TypeError, "decoding str is not supported");
    Buffer view;
    int got = buffer_try_snapshot(t, o, &view);
    if (got <= 0) return got < 0 ? REF_NULL : err_set(t, E_TypeError, "decoding to str: need a bytes-like object, %.80T found", o);
    Ref r = view.len == 0 && !config.dev_mode ? ref_new(t, str_empty()) : str_decode(t, view.data, (size_t)view.len, encoding, errors);
    buffer_release(t, &view);
    return r;
}

static Ref str_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) x_signature;
    Value a[3];
    const char *encoding, *errors;
    if (nargs == 1 && value_is_null(kwnames) && value_object(cls) == (Object *)&str_type) return object_str(t, args[0]);
    if (bind_args(t, "str", "($type, object='', encoding='utf-8', errors='strict')", &x_signature, args, nargs, kwnames, a, 3) < 0 ||
        codec_args(t, "str", a[1], a[2], &encoding, &errors) < 0)
        return REF_NULL;
    Ref r;
    if (value_is_null(a[0])) r = ref_new(t, str_empty());
    else if (encoding == NULL && errors == NULL) r = object_str(t, a[0]);
    else r = str_from_buffer_object(t, a[0], encoding, errors);
    if (ref_is_null(r) || value_object(cls) == (Object *)&str_type) return r;
    Ref made = str_subclass_new(t, as(Type, cls), ref_borrow(r));
    ref_drop(t, r);
    return made;
}

/* ---- text ------------------------------------------------------------------------------------------------------ */
static Ref str_str(Thread *t, Value self) { return str_exact(t, self); }

static int put_escaped(Thread *t, StrBuilder *b, uint32_t c) {
    switch (c) {
    case '\t': return builder_ascii(t, b, "\\t", 2);
    case '\n': return builder_ascii(t, b, "\\n", 2);
    case '\r': return builder_ascii(t, b, "\\r", 2);
    default: return builder_format(t, b, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
    }
}

Ref str_repr(Thread *t, Value self) {
    Span s = span_str(self);
    if (as(Str, self)->ascii && s.length < 64) { /* mostly there's nothing to escape */
        const uint8_t *p = s.data;
        bool plain = true;
        for (size_t i = 0; i < s.length; i++) plain &= p[i] >= ' ' && p[i] < 127 && p[i] != '\'' && p[i] != '\\';
        if (plain) {
            Str *r = str_alloc_ascii(t, s.length + 2);
            if (r == NULL) return REF_NULL;
            r->data[0] = r->data[s.length + 1] = '\'';
            copy_short(r->data + 1, p, s.length);
            return ref_steal(r);
        }
    }
    uint32_t quote = span_find_char(s, '\'', 1) >= 0 && span_find_char(s, '"', 1) < 0 ? '"' : '\'';
    uint8_t room[256];
    StrBuilder b = STR_BUILDER_ON(room);
    int status = s.length < sizeof room - 2 ? 0 : builder_reserve(t, &b, s.length + 2, s.kind); /* just what a text without escapes takes */
    if (status == 0) status = builder_char(t, &b, quote);
    for (size_t i = 0; i < s.length && status == 0;) {
        size_t start = i;
        uint32_t c = 0;
        while (i < s.length && (c = span_at(s, i)) != quote && c != '\\' && (c < 127 ? c >= ' ' : uni_isprintable(c))) i++;
        if (i > start) status = builder_slice(t, &b, self, start, i);
        if (status < 0 || i == s.length) break;
        i++;
        if (c == quote || c == '\\') status = builder_char(t, &b, '\\') < 0 ? -1 : builder_char(t, &b, c);
        else status = put_escaped(t, &b, c);
    }
    if (status == 0 && builder_char(t, &b, quote) == 0) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

static int64_t hash(Thread *t, Value self) { return str_hash(as(Str, self)); }

static Ref compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_str(a) || !is_str(b)) return REF_NOT_IMPLEMENTED;
    if (op == CMP_EQ || op == CMP_NE) return ref_bool(str_equal(as(Str, a), as(Str, b)) == (op == CMP_EQ));
    int c = str_compare(as(Str, a), as(Str, b));
    return ref_bool(op == CMP_LT ? c < 0 : op == CMP_LE ? c <= 0 : op == CMP_GT ? c > 0 : c >= 0);
}

/* ---- sequence ------------------------------------------------------------------------------------------------------ */
static int64_t len(Thread *t, Value self) { return (int64_t)str_length(self); }

/* n bytes from p downwards. */
static void copy_reversed(uint8_t *d, const uint8_t *p, size_t n) {
    for (; n >= 8; n -= 8, d += 8, p -= 8) {
        uint64_t w;
        memcpy(&w, p - 7, 8);
        w = __builtin_bswap64(w);
        memcpy(d, &w, 8);
    }
    while (n-- > 0) *d++ = *p--;
}

#define STRIDE_LOOP(Unit)                                                                         \
    for (int64_t i = 0; i < n; i++) ((Unit *)to)[i] = ((const Unit *)from)[start + i * step];
static void copy_stride(void *to, const void *from, int kind, int64_t start, int64_t step, int64_t n) { FOR_KIND(kind, STRIDE_LOOP) }

static Ref slice_by(Thread *t, Value self, Value slice) {
    int64_t start, stop, step;
    if (slice_unpack(t, slice, &start, &stop, &step) < 0) return REF_NULL;
    int64_t n = slice_adjust((int64_t)str_length(self), &start, &stop, step);
    if (n <= 0) return ref_new(t, str_empty());
    if (step == 1) return str_slice(t, self, start, start + n);
    Str *s = as(Str, self), *cut;
    if (n == 1) return str_from_char(t, str_at(s, (size_t)start));
    if ((cut = str_alloc(t, (size_t)n, s->kind, s->ascii)) == NULL) return REF_NULL;
    if (step == -1 && s->kind == 1) copy_reversed(cut->data, s->data + start, (size_t)n);
    else copy_stride(cut->data, s->data, s->kind, start, step, n);
    if (s->ascii) return ref_steal(cut);
    uint32_t max = units_max(cut->data, cut->kind, cut->length);
    if (max >= 0x80 && kind_for(max) == cut->kind) return ref_steal(cut);
    Ref narrow = str_from_span(t, span_str(object_value(cut))); /* the wide ones were left out */
    ref_drop(t, ref_steal(cut));
    return narrow;
}

static Ref getitem(Thread *t, Value self, Value key) {
    int64_t i;
    if (likely(value_is_int(key))) i = value_int(key);
    else if (is_a(key, TYPE_INT) || type_of(key)->index != NULL) {
        if (text_index_arg(t, key, &i) < 0) return REF_NULL;
    } else if (is_exact(key, &slice_type)) {
        return slice_by(t, self, key);
    } else {
        return err_set(t, E_TypeError, "string indices must be integers, not '%.200T'", key);
    }
    Str *s = as(Str, self);
    if (i < 0) i += (int64_t)s->length;
    if (unlikely((uint64_t)i >= s->length)) return err_set(t, E_IndexError, "string index out of range");
    return str_from_char(t, str_at(s, (size_t)i));
}

static int contains(Thread *t, Value self, Value item) {
    if (!is_str(item))
        return err_int(err_set(t, E_TypeError, "'in <string>' requires string as left operand, not %.100T", item));
    Str *s = as(Str, self), *x = as(Str, item);
    if (s->kind == 1 && x->kind == 1 && x->length == 1) return memchr(s->data, x->data[0], s->length) != NULL;
    return span_find(span_str(self), span_str(item), 1) >= 0;
}

static Ref concat(Thread *t, Value a, Value b) {
    if (!is_str(b)) return err_set(t, E_TypeError, "can only concatenate str (not \"%.200T\") to str", b);
    return str_concat(t, a, b);
}

static Ref repeat(Thread *t, Value self, Value count) {
    int64_t n;
    if (index_as_i64(t, count, &n) < 0) return REF_NULL;
    Str *s = as(Str, self);
    if (n <= 0 || s->length == 0) return ref_new(t, str_empty());
    if (n == 1) return str_exact(t, self);
    if (s->length > (size_t)PTRDIFF_MAX / (size_t)n) return err_set(t, E_OverflowError, "repeated string is too long");
    Str *r = str_alloc(t, s->length * (size_t)n, s->kind, s->ascii);
    if (r == NULL) return REF_NULL;
    size_t unit = s->length * s->kind, total = unit * (size_t)n;
    if (unit == 1) {
        memset(r->data, s->data[0], total);
        return ref_steal(r);
    }
    memcpy(r->data, s->data, unit);
    for (size_t done = unit; done < total;) { /* doubles what is there */
        size_t piece = done < total - done ? done : total - done;
        memcpy(r->data + done, r->data, piece);
        done += piece;
    }
    return ref_steal(r);
}

static Ref modulo(Thread *t, Value a, Value b) { return is_str(a) ? str_modulo(t, a, b) : REF_NOT_IMPLEMENTED; }

/* ---- iterators ---------------------------------------------------------------------------------------------------------- */
/* A SeqIter (list.h) whose source is an exact str or an instance of a subclass. At the end the index stays -1. */
extern Type str_ascii_iter_type, str_iter_type;

static Ref str_iter(Thread *t, Value self) {
    Type *type = as(Str, self)->ascii ? &str_ascii_iter_type : &str_iter_type;
    SeqIter *it = object_new(SeqIter, t, type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->source, ref_new(t, self));
    return ref_steal(it);
}
static void iter_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((SeqIter *)o)->source, visit, arg); }
static void iter_clear(Thread *t, Object *o) { slot_set(t, o, &((SeqIter *)o)->source, REF_NULL); }

static Ref iter_step(Thread *t, Value self) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    Value source = slot_get(&it->source);
    if (i < 0 || value_is_null(source)) return REF_NULL;
    Str *s = as(Str, source);
    if ((size_t)i >= s->length) {
        store_relaxed(&it->x_index, -1);
        if (is_local(t, it)) slot_set(t, it, &it->source, REF_NULL); /* a shared one keeps it: another thread may be reading */
        return REF_NULL;
    }
    store_relaxed(&it->x_index, i + 1);
    return str_from_char(t, str_at(s, (size_t)i));
}
static Ref iter_next_char(Thread *t, Value self) { return step_at_once(t, self, iter_step); }
static int iter_word(Thread *t, Value self, Ref *out) {
    SeqIter *it = as(SeqIter, self);
    int64_t i = load_relaxed(&it->x_index);
    Value source = slot_get(&it->source);
    if (likely(is_local(t, it) && i >= 0 && !value_is_null(source) && (size_t)i < str_length(source) && as(Str, source)->kind == 1)) {
        store_relaxed(&it->x_index, i + 1);
        *out = (Ref){str_from_char(t, as(Str, source)->data[i]).bits | TAG_LENT}; /* immortal */
        return 1;
    }
    *out = iter_next_char(t, self);
    return !ref_is_null(*out) ? 1 : err_pending(t) ? -1 : 0;
}
static Ref iter_length_hint(Thread *t, Value self, const Value *a) {
    int64_t i = load_relaxed(&as(SeqIter, self)->x_index);
    Value source = slot_get(&as(SeqIter, self)->source);
    return ref_small_int(i < 0 || value_is_null(source) ? 0 : (int64_t)str_length(source) - i);
}
static Ref iter_reduce(Thread *t, Value self, const Value *a) {
    int64_t i = load_relaxed(&as(SeqIter, self)->x_index);
    Ref iter = import_attr(t, "builtins", "iter");
    if (ref_is_null(iter)) return iter;
    Value source = i < 0 ? str_empty() : slot_get(&as(SeqIter, self)->source);
    Ref args = tuple_pack(t, 1, source), r = REF_NULL;
    if (!ref_is_null(args))
        r = i < 0 ? tuple_pack(t, 2, ref_borrow(iter), ref_borrow(args)) : tuple_pack(t, 3, ref_borrow(iter), ref_borrow(args), small_int(i));
    ref_drop(t, args);
    ref_drop(t, iter);
    return r;
}
static Ref iter_setstate(Thread *t, Value self, const Value *a) {
    int64_t i;
    if (int_size_arg(t, a[0], &i) < 0) return REF_NULL;
    SeqIter *it = as(SeqIter, self);
    if (value_is_null(slot_get(&it->source))) return REF_NONE;
    int64_t n = (int64_t)str_length(slot_get(&it->source));
    if (load_relaxed(&it->x_index) >= 0) store_relaxed(&it->x_index, i < 0 ? 0 : i > n ? n : i);
    return REF_NONE;
}
static NativeDef iter_methods[] = {
    FN("__length_hint__", "!($self, /)", iter_length_hint, "How many items are left."),
    FN("__reduce__", "!($self, /)", iter_reduce, "State for copying and pickling."),
    FN("__setstate__", "!($self, state, /)", iter_setstate, "Restore the position."),
    FN_END,
};
#define STR_ITER_TYPE(name_)                                                                       \
    {TYPE_HEADER(SeqIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, iter_traverse, iter_clear, iter_clear), .name = name_, \
     .iter = iter_self, .next = iter_next_char, .next_word = iter_word, .methods = iter_methods}
Type str_ascii_iter_type = STR_ITER_TYPE("str_ascii_iterator");
Type str_iter_type = STR_ITER_TYPE("str_iterator");

Type str_type = {
    TYPE_HEADER(Str, TYPE_BASETYPE | TYPE_STR | TYPE_MATCH_SELF, NULL, NULL, str_destroy),
    .name = "str",
    .doc = "str(object='') -> str\nstr(bytes_or_buffer[, encoding[, errors]]) -> str\n\nText: the object's str(), or bytes decoded.",
    .methods = str_methods,
    .repr = str_repr,
    .str = str_str,
    .hash = hash,
    .richcompare = compare,
    .iter = str_iter,
    .new_ = str_new,
    .mod = modulo,
    .len = len,
    .getitem = getitem,
    .contains = contains,
    .concat = concat,
    .repeat = repeat,
};
