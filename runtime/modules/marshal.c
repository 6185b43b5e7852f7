/* The marshal module and format. See marshal.h.
 *
 * The reader trusts nothing: sizes are checked against what is left, nesting against a limit.
 */
#include "runtime/modules/sys.h"
#include "runtime/marshal.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/vm_hooks.h"

#define MAX_DEPTH 2000
#define FLAG_REF 0x80

/* ---- writing ------------------------------------------------------------------------------------------------------ */

/* Objects written so far, by address: open addressing. */
typedef struct Seen {
    const Object **key;
    uint32_t *index;
    size_t capacity, count;
} Seen;

typedef struct Writer {
    ByteBuilder out;
    Seen seen;
    int depth, version;
} Writer;

static size_t seen_slot(const Seen *s, const Object *o) {
    size_t i = ((uintptr_t)o >> 4) * 0x9E3779B97F4A7C15u >> 20;
    for (;; i++) {
        i &= s->capacity - 1;
        if (s->key[i] == NULL || s->key[i] == o) return i;
    }
}

static int seen_grow(Thread *t, Seen *s) {
    Seen bigger = {.capacity = s->capacity ? s->capacity * 2 : 64, .count = s->count};
    bigger.key = mem_zalloc(bigger.capacity * sizeof *bigger.key);
    bigger.index = mem_alloc(bigger.capacity * sizeof *bigger.index);
    if (bigger.key == NULL || bigger.index == NULL) {
        mem_free(bigger.key);
        mem_free(bigger.index);
        return err_int(err_no_memory(t));
    }
    for (size_t i = 0; i < s->capacity; i++) {
        if (s->key[i] == NULL) continue;
        size_t at = seen_slot(&bigger, s->key[i]);
        bigger.key[at] = s->key[i];
        bigger.index[at] = s->index[i];
    }
    mem_free(s->key);
    mem_free(s->index);
    *s = bigger;
    return 0;
}

static int put_u32(Thread *t, Writer *w, uint32_t u) { return bytes_append(t, &w->out, &u, 4); }
static int put_typed(Thread *t, Writer *w, char type, int flag) { return bytes_put(t, &w->out, type | flag); }
static int put_double(Thread *t, Writer *w, double d) { return bytes_append(t, &w->out, &d, 8); }

static int put_size(Thread *t, Writer *w, size_t n) {
    if (n > INT32_MAX) return err_int(err_set(t, E_ValueError, "unmarshallable object"));
    return put_u32(t, w, (uint32_t)n);
}

/* Old formats have numbers as text. */
static int put_double_text(Thread *t, Writer *w, double d) {
    char *s = double_to_text(d, 'g', 17, 0);
    if (s == NULL) return err_int(err_no_memory(t));
    size_t n = strlen(s);
    int bad = bytes_put(t, &w->out, (uint8_t)n) < 0 || bytes_append(t, &w->out, s, n) < 0 ? -1 : 0;
    mem_free(s);
    return bad;
}

/* 1: the object was written before, and now as a reference; 0: it is to be written, with *flag; -1: error. */
static int put_reference(Thread *t, Writer *w, Object *o, int *flag) {
    *flag = 0;
    if (w->version < 3) return 0;
    if (ref_is_unique(t, o)) return 0; /* nothing else can refer to it */
    if (w->seen.count * 2 >= w->seen.capacity && seen_grow(t, &w->seen) < 0) return -1;
    size_t at = seen_slot(&w->seen, o);
    if (w->seen.key[at] != NULL) return put_typed(t, w, 'r', 0) < 0 || put_u32(t, w, w->seen.index[at]) < 0 ? -1 : 1;
    w->seen.key[at] = o;
    w->seen.index[at] = (uint32_t)w->seen.count++;
    *flag = FLAG_REF;
    return 0;
}

static int put(Thread *t, Writer *w, Value v);

static int put_int(Thread *t, Writer *w, Value v, int flag) {
    int64_t i;
    if (int_try_i64(v, &i) == 0 && i >= INT32_MIN && i <= INT32_MAX) return put_typed(t, w, 'i', flag) < 0 ? -1 : put_u32(t, w, (uint32_t)i);
    /* digits of 15 bits, the sign in their number */
    size_t digits = (int_bit_length(v) + 14) / 15, n = digits * 15 / 8 + 2;
    uint8_t *p = mem_zalloc(n + 4);
    if (p == NULL) return err_int(err_no_memory(t));
    Ref magnitude = number_abs(t, v);
    int bad = ref_is_null(magnitude) || int_to_bytes(t, ref_borrow(magnitude), p, n, true, false) < 0;
    ref_drop(t, magnitude);
    if (!bad) bad = put_typed(t, w, 'l', flag) < 0 || put_u32(t, w, int_sign(v) < 0 ? (uint32_t)-(int32_t)digits : (uint32_t)digits) < 0;
    for (size_t k = 0; k < digits && !bad; k++) {
        uint32_t bits;
        memcpy(&bits, p + k * 15 / 8, 4);
        uint16_t digit = bits >> (k * 15 % 8) & 0x7fff;
        bad = bytes_append(t, &w->out, &digit, 2) < 0;
    }
    mem_free(p);
    return bad ? -1 : 0;
}

static int put_str(Thread *t, Writer *w, Value v, int flag) {
    const Str *s = as(Str, v);
    bool interned = str_is_interned(s);
    if (w->version >= 4 && s->ascii) {
        bool is_short = s->length < 256;
        if (put_typed(t, w, is_short ? (interned ? 'Z' : 'z') : (interned ? 'A' : 'a'), flag) < 0) return -1;
        if (is_short ? bytes_put(t, &w->out, (uint8_t)s->length) < 0 : put_size(t, w, s->length) < 0) return -1;
        return bytes_append(t, &w->out, s->data, s->length);
    }
    Ref utf8 = str_encode(t, v, "utf-8", "surrogatepass");
    if (ref_is_null(utf8)) return -1;
    size_t n = bytes_length(ref_borrow(utf8));
    int bad = put_typed(t, w, w->version >= 3 && interned ? 't' : 'u', flag) < 0 || put_size(t, w, n) < 0 ||
              bytes_append(t, &w->out, bytes_data(ref_borrow(utf8)), n) < 0;
    ref_drop(t, utf8);
    return bad ? -1 : 0;
}

static int put_dict(Thread *t, Writer *w, Value v, int flag) {
    Ref items = dict_items_list(t, v);
    if (ref_is_null(items)) return -1;
    int bad = put_typed(t, w, '{', flag);
    for (size_t i = 0, n = list_size(ref_borrow(items)); i < n && bad == 0; i++) {
        Value pair = list_get(ref_borrow(items), i);
        if (value_is_null(pair)) break; /* never: the list is ours */
        bad = put(t, w, tuple_get(pair, 0)) < 0 ? -1 : put(t, w, tuple_get(pair, 1));
    }
    ref_drop(t, items);
    return bad < 0 ? -1 : put_typed(t, w, '0', 0);
}

/* Sets are sorted by their items' bytes, so that the same set always gives the same bytes. */
static int put_set(Thread *t, Writer *w, Value v, int flag) {
    Ref items = set_items_list(t, v), pairs = list_new(t, 0);
    int bad = ref_is_null(items) || ref_is_null(pairs) ? -1 : put_typed(t, w, is_exact(v, &set_type) ? '<' : '>', flag);
    size_t n = bad < 0 ? 0 : list_size(ref_borrow(items));
    if (bad == 0) bad = put_size(t, w, n);
    for (size_t i = 0; i < n && bad == 0; i++) {
        Value item = list_get(ref_borrow(items), i);
        if (value_is_null(item)) break; /* never: the list is ours */
        Ref data = marshal_dumps(t, item, w->version);
        Ref pair = ref_is_null(data) ? REF_NULL : tuple_pack(t, 3, ref_borrow(data), small_int(i), item);
        ref_drop(t, data);
        bad = ref_is_null(pair) ? -1 : list_append_steal(t, ref_borrow(pairs), pair);
    }
    if (bad == 0) bad = list_sort(t, ref_borrow(pairs), VALUE_NULL, false);
    for (size_t i = 0; i < n && bad == 0; i++) {
        Value pair = list_get(ref_borrow(pairs), i);
        if (value_is_null(pair)) break; /* never: the list is ours */
        bad = put(t, w, tuple_get(pair, 2));
    }
    ref_drop(t, pairs);
    ref_drop(t, items);
    return bad;
}

static int put_sequence(Thread *t, Writer *w, Value v, int flag) {
    if (is_exact(v, &tuple_type)) {
        size_t n = tuple_size(v);
        if (w->version >= 4 && n < 256) {
            if (put_typed(t, w, ')', flag) < 0 || bytes_put(t, &w->out, (uint8_t)n) < 0) return -1;
        } else if (put_typed(t, w, '(', flag) < 0 || put_size(t, w, n) < 0) {
            return -1;
        }
        for (size_t i = 0; i < n; i++)
            if (put(t, w, tuple_get(v, i)) < 0) return -1;
        return 0;
    }
    Ref copy = list_to_tuple(t, v);
    if (ref_is_null(copy)) return -1;
    size_t n = tuple_size(ref_borrow(copy));
    int bad = put_typed(t, w, '[', flag) < 0 ? -1 : put_size(t, w, n);
    for (size_t i = 0; i < n && bad == 0; i++) bad = put(t, w, tuple_get(ref_borrow(copy), i));
    ref_drop(t, copy);
    return bad;
}

static int put_code(Thread *t, Writer *w, Value v, int flag) {
    Ref parts = vm.code_to_parts(t, v);
    if (ref_is_null(parts)) return -1;
    int bad = put_typed(t, w, 'c', flag) < 0 ? -1 : put(t, w, ref_borrow(parts));
    ref_drop(t, parts);
    return bad;
}

static int put_buffer(Thread *t, Writer *w, Value v, int flag) {
    Buffer view;
    if (buffer_get(t, v, &view, BUFFER_SIMPLE) < 0) return err_int(err_set(t, E_ValueError, "unmarshallable object"));
    int bad = put_typed(t, w, 's', flag) < 0 || put_size(t, w, view.len) < 0 || bytes_append(t, &w->out, view.data, view.len) < 0;
    buffer_release(t, &view);
    return bad ? -1 : 0;
}

static int put_object(Thread *t, Writer *w, Value v) {
    if (value_is_null(v)) return put_typed(t, w, '0', 0);
    if (value_is_none(v)) return put_typed(t, w, 'N', 0);
    if (value_is_true(v)) return put_typed(t, w, 'T', 0);
    if (value_is_false(v)) return put_typed(t, w, 'F', 0);
    if (value_is(v, VALUE_ELLIPSIS)) return put_typed(t, w, '.', 0);
    if (value_is(v, type_value(ETYPE(StopIteration)))) return put_typed(t, w, 'S', 0);
    int flag = 0;
    if (value_is_object(v)) {
        int done = put_reference(t, w, value_object(v), &flag);
        if (done != 0) return done < 0 ? -1 : 0;
    }
    Type *type = type_of(v);
    if (type == &int_type) return put_int(t, w, v, flag);
    if (type == &float_type) {
        if (w->version > 1) return put_typed(t, w, 'g', flag) < 0 ? -1 : put_double(t, w, float_value(v));
        return put_typed(t, w, 'f', flag) < 0 ? -1 : put_double_text(t, w, float_value(v));
    }
    if (type == &complex_type) {
        Complex *c = as(Complex, v);
        if (w->version > 1) return put_typed(t, w, 'y', flag) < 0 || put_double(t, w, c->real) < 0 ? -1 : put_double(t, w, c->imag);
        return put_typed(t, w, 'x', flag) < 0 || put_double_text(t, w, c->real) < 0 ? -1 : put_double_text(t, w, c->imag);
    }
    if (type == &str_type) return put_str(t, w, v, flag);
    if (type == &tuple_type || type == &list_type) return put_sequence(t, w, v, flag);
    if (type == &dict_type) return put_dict(t, w, v, flag);
    if (type == &set_type || type == &frozenset_type) return put_set(t, w, v, flag);
    if (type == &code_type) return put_code(t, w, v, flag);
    if (buffer_supported(v)) return put_buffer(t, w, v, flag);
    return err_int(err_set(t, E_ValueError, "unmarshallable object"));
}

static int put(Thread *t, Writer *w, Value v) {
    if (w->depth >= MAX_DEPTH) return err_int(err_set(t, E_ValueError, "object too deeply nested to marshal"));
    if (c_stack_check(t, " while marshalling") < 0) return -1;
    w->depth++;
    int bad = put_object(t, w, v);
    w->depth--;
    return bad;
}

Ref marshal_dumps(Thread *t, Value v, int version) {
    Writer w = {.out = BYTE_BUILDER, .version = version};
    int bad = put(t, &w, v);
    mem_free(w.seen.key);
    mem_free(w.seen.index);
    if (bad < 0) {
        bytes_drop(&w.out);
        return REF_NULL;
    }
    return bytes_finish(t, &w.out);
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */

typedef struct Reader {
    const uint8_t *p, *end;
    Value file;       /* where more comes from, or null; its data stands in `chunk` */
    Ref chunk;
    Ref *refs;        /* objects that may be referred to */
    size_t ref_count, ref_capacity;
    int depth;
} Reader;

static Ref bad_data(Thread *t, const char *what) { return err_set(t, E_ValueError, "bad marshal data (%s)", what); }

/* Reads n bytes of the file into the chunk; what readinto() was given may live on, so they're copied. */
static int read_chunk(Thread *t, Reader *r, size_t n) {
    Ref room = call1(t, type_value(&bytearray_type), small_int((int64_t)n)), view = REF_NULL, count = REF_NULL, data = REF_NULL;
    int64_t got = 0;
    if (!ref_is_null(room)) view = call1(t, type_value(&memoryview_type), ref_borrow(room));
    if (!ref_is_null(view)) count = call_method1(t, r->file, str_intern_cstr(t, "readinto"), ref_borrow(view));
    if (ref_is_null(count)) goto done;
    if (index_as_i64(t, ref_borrow(count), &got) < 0) {
        if (err_clear_if(t, E_OverflowError)) err_set(t, E_ValueError, "cannot fit '%.200T' into an index-sized integer", ref_borrow(count));
        goto done;
    }
    if (got > (int64_t)n) err_set(t, E_ValueError, "read() returned too much data: %zu bytes requested, %lld returned", n, (long long)got);
    else if (got < (int64_t)n) err_set(t, E_EOFError, "EOF read where not expected");
    else data = bytes_new(t, load_acquire(&as(ByteArray, ref_borrow(room))->x_storage)->data, n);
done:
    ref_drop(t, count);
    ref_drop(t, view);
    ref_drop(t, room);
    if (ref_is_null(data)) return -1;
    ref_drop(t, r->chunk);
    r->chunk = data;
    r->p = bytes_data(ref_borrow(data));
    r->end = r->p + n;
    return 0;
}

/* The next n bytes, or null: EOFError. From a file they're read just then, so that nothing is read beyond the object. */
static NOINLINE const uint8_t *take_slow(Thread *t, Reader *r, size_t n) {
    if (!value_is_null(r->file) && n > 0 && read_chunk(t, r, n) < 0) return NULL;
    if ((size_t)(r->end - r->p) < n) {
        err_set(t, E_EOFError, "marshal data too short");
        return NULL;
    }
    const uint8_t *p = r->p;
    r->p += n;
    return p;
}

static ALWAYS_INLINE const uint8_t *take(Thread *t, Reader *r, size_t n) {
    if (unlikely((size_t)(r->end - r->p) < n || !value_is_null(r->file))) return take_slow(t, r, n);
    const uint8_t *p = r->p;
    r->p += n;
    return p;
}

static int take_u32(Thread *t, Reader *r, uint32_t *out) {
    const uint8_t *p = take(t, r, 4);
    if (p == NULL) return -1;
    memcpy(out, p, 4);
    return 0;
}
/* a size, which can't be larger than what is left */
static int take_size(Thread *t, Reader *r, size_t *out, const char *what) {
    uint32_t n;
    if (take_u32(t, r, &n) < 0) return -1;
    if (n > INT32_MAX) return err_int(bad_data(t, what));
    *out = n;
    return 0;
}
static int take_byte(Thread *t, Reader *r, size_t *out) {
    const uint8_t *p = take(t, r, 1);
    if (p == NULL) return -1;
    *out = *p;
    return 0;
}

/* Keeps v for later references if `flag`; reserves its number where v is null. The number, or -1. */
static int64_t ref_reserve(Thread *t, Reader *r, int flag, Ref v) {
    if (!flag) return 0;
    if (r->ref_count == r->ref_capacity) {
        size_t n = r->ref_capacity ? r->ref_capacity * 2 : 32;
        Ref *grown = mem_realloc(r->refs, n * sizeof *grown);
        if (grown == NULL) return err_int(err_no_memory(t));
        r->refs = grown;
        r->ref_capacity = n;
    }
    r->refs[r->ref_count] = ref_is_null(v) ? REF_NULL : ref_new(t, ref_borrow(v));
    return (int64_t)r->ref_count++;
}
static Ref remember(Thread *t, Reader *r, int flag, Ref v) {
    if (!ref_is_null(v) && ref_reserve(t, r, flag, v) < 0) {
        ref_drop(t, v);
        return REF_NULL;
    }
    return v;
}
static Ref remember_at(Thread *t, Reader *r, int flag, int64_t at, Ref v) {
    if (flag && !ref_is_null(v)) r->refs[at] = ref_new(t, ref_borrow(v));
    return v;
}

static Ref get(Thread *t, Reader *r, bool *null_mark);

static Ref get_item_of(Thread *t, Reader *r, const char *where) {
    bool mark;
    Ref v = get(t, r, &mark);
    if (mark) err_set(t, E_TypeError, "NULL object in marshal data for %s", where);
    return v;
}

static Ref get_long(Thread *t, Reader *r) {
    uint32_t raw;
    if (take_u32(t, r, &raw) < 0) return REF_NULL;
    int32_t n = (int32_t)raw;
    if (n == INT32_MIN) return bad_data(t, "long size out of range");
    size_t digits = n < 0 ? -(int64_t)n : n;
    const uint8_t *p = take(t, r, digits * 2);
    if (p == NULL) return REF_NULL;
    size_t size = digits * 15 / 8 + 5;
    uint8_t *b = mem_zalloc(size);
    if (b == NULL) return err_no_memory(t);
    Ref i = REF_NULL;
    for (size_t k = 0; k < digits; k++) {
        uint16_t digit;
        memcpy(&digit, p + 2 * k, 2);
        if (digit > 0x7fff) {
            bad_data(t, "digit out of range in long");
            goto done;
        }
        uint32_t bits;
        memcpy(&bits, b + k * 15 / 8, 4);
        bits |= (uint32_t)digit << (k * 15 % 8);
        memcpy(b + k * 15 / 8, &bits, 4);
    }
    if (digits > 0 && p[2 * digits - 1] == 0 && p[2 * digits - 2] == 0) {
        bad_data(t, "unnormalized long data");
        goto done;
    }
    i = int_from_bytes(t, b, size, true, false);
    if (n < 0 && !ref_is_null(i)) {
        Ref negative = number_neg(t, ref_borrow(i));
        ref_drop(t, i);
        i = negative;
    }
done:
    mem_free(b);
    return i;
}

static int get_double(Thread *t, Reader *r, double *out) {
    const uint8_t *p = take(t, r, 8);
    if (p == NULL) return -1;
    memcpy(out, p, 8);
    return 0;
}
static int get_double_text(Thread *t, Reader *r, double *out) {
    size_t n;
    if (take_byte(t, r, &n) < 0) return -1;
    const uint8_t *p = take(t, r, n);
    if (p == NULL) return -1;
    return double_from_text((const char *)p, n, out) ? 0 : err_int(bad_data(t, "malformed float"));
}

static Ref get_text(Thread *t, Reader *r, char type, size_t n) {
    const uint8_t *p = take(t, r, n);
    if (p == NULL) return REF_NULL;
    Ref s;
    if (type == 'u' || type == 't') {
        s = str_decode(t, (const char *)p, n, "utf-8", "surrogatepass");
    } else {
        s = str_from_latin1(t, p, n);
    }
    return ref_is_null(s) || type == 'u' || type == 'a' || type == 'z' ? s : str_intern(t, s);
}

static Ref get_tuple(Thread *t, Reader *r, size_t n, int flag) {
    int64_t at = ref_reserve(t, r, flag, REF_NULL);
    if (at < 0) return REF_NULL;
    if (value_is_null(r->file) && n > (size_t)(r->end - r->p)) return err_set(t, E_EOFError, "marshal data too short");
    Ref tuple = tuple_new_uninit(t, n);
    for (size_t i = 0; i < n && !ref_is_null(tuple); i++) {
        Ref v = get_item_of(t, r, "tuple");
        if (ref_is_null(v)) {
            ref_drop(t, tuple);
            return REF_NULL;
        }
        tuple_init_item(tuple, i, v);
    }
    return remember_at(t, r, flag, at, tuple);
}

static Ref get_list(Thread *t, Reader *r, int flag) {
    size_t n;
    if (take_size(t, r, &n, "list size out of range") < 0) return REF_NULL;
    Ref list = remember(t, r, flag, list_new(t, 0));
    for (size_t i = 0; i < n && !ref_is_null(list); i++) {
        Ref v = get_item_of(t, r, "list");
        if (ref_is_null(v) || list_append_steal(t, ref_borrow(list), v) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}

static Ref get_dict(Thread *t, Reader *r, int flag) {
    Ref dict = remember(t, r, flag, dict_new(t));
    while (!ref_is_null(dict)) {
        bool mark;
        Ref key = get(t, r, &mark), value = REF_NULL;
        if (mark) break;
        if (!ref_is_null(key)) {
            value = get(t, r, &mark);
            if (mark) { /* as CPython: a key without a value ends it */
                ref_drop(t, key);
                break;
            }
        }
        if (ref_is_null(value) || dict_set_steal(t, ref_borrow(dict), key, value) < 0) {
            if (ref_is_null(value)) ref_drop(t, key);
            ref_drop(t, dict);
            return REF_NULL;
        }
    }
    return dict;
}

static Ref get_set(Thread *t, Reader *r, char type, int flag) {
    size_t n;
    if (take_size(t, r, &n, "set size out of range") < 0) return REF_NULL;
    bool frozen = type == '>';
    int64_t at = 0;
    Ref set;
    if (frozen) {
        at = ref_reserve(t, r, flag, REF_NULL);
        if (at < 0) return REF_NULL;
        set = set_new(t, VALUE_NULL);
    } else {
        set = remember(t, r, flag, set_new(t, VALUE_NULL));
    }
    for (size_t i = 0; i < n && !ref_is_null(set); i++) {
        Ref v = get_item_of(t, r, "set");
        int bad = ref_is_null(v) ? -1 : set_add(t, ref_borrow(set), ref_borrow(v));
        ref_drop(t, v);
        if (bad < 0) {
            ref_drop(t, set);
            return REF_NULL;
        }
    }
    if (!frozen || ref_is_null(set)) return set;
    Ref result = frozenset_new(t, ref_borrow(set));
    ref_drop(t, set);
    return remember_at(t, r, flag, at, result);
}

static Ref get_code(Thread *t, Reader *r, int flag) {
    int64_t at = ref_reserve(t, r, flag, REF_NULL);
    if (at < 0) return REF_NULL;
    Ref parts = get_item_of(t, r, "code"), code = REF_NULL;
    if (!ref_is_null(parts)) code = is_tuple(ref_borrow(parts)) ? vm.code_from_parts(t, ref_borrow(parts)) : bad_data(t, "code expected");
    ref_drop(t, parts);
    return remember_at(t, r, flag, at, code);
}

static Ref get_by_type(Thread *t, Reader *r, char type, int flag) {
    size_t n;
    uint32_t u;
    double d, e;
    const uint8_t *p;
    switch (type) {
    case 'N': return REF_NONE;
    case 'T': return REF_TRUE;
    case 'F': return REF_FALSE;
    case '.': return REF_ELLIPSIS;
    case 'S': return ref_new(t, type_value(ETYPE(StopIteration)));
    case 'i': return take_u32(t, r, &u) < 0 ? REF_NULL : remember(t, r, flag, ref_small_int((int32_t)u));
    case 'I':
        p = take(t, r, 8);
        return p == NULL ? REF_NULL : remember(t, r, flag, int_from_bytes(t, p, 8, true, true));
    case 'l': return remember(t, r, flag, get_long(t, r));
    case 'g': return get_double(t, r, &d) < 0 ? REF_NULL : remember(t, r, flag, float_new(t, d));
    case 'f': return get_double_text(t, r, &d) < 0 ? REF_NULL : remember(t, r, flag, float_new(t, d));
    case 'y': return get_double(t, r, &d) < 0 || get_double(t, r, &e) < 0 ? REF_NULL : remember(t, r, flag, complex_new(t, d, e));
    case 'x': return get_double_text(t, r, &d) < 0 || get_double_text(t, r, &e) < 0 ? REF_NULL : remember(t, r, flag, complex_new(t, d, e));
    case 's':
        if (take_size(t, r, &n, "bytes object size out of range") < 0) return REF_NULL;
        p = take(t, r, n);
        return p == NULL ? REF_NULL : remember(t, r, flag, bytes_new(t, p, n));
    case 'u': case 't': case 'a': case 'A':
        return take_size(t, r, &n, "string size out of range") < 0 ? REF_NULL : remember(t, r, flag, get_text(t, r, type, n));
    case 'z': case 'Z': return take_byte(t, r, &n) < 0 ? REF_NULL : remember(t, r, flag, get_text(t, r, type, n));
    case ')': return take_byte(t, r, &n) < 0 ? REF_NULL : get_tuple(t, r, n, flag);
    case '(': return take_size(t, r, &n, "tuple size out of range") < 0 ? REF_NULL : get_tuple(t, r, n, flag);
    case '[': return get_list(t, r, flag);
    case '{': return get_dict(t, r, flag);
    case '<': case '>': return get_set(t, r, type, flag);
    case 'c': return get_code(t, r, flag);
    case 'r':
        if (take_u32(t, r, &u) < 0) return REF_NULL;
        if (u >= r->ref_count || ref_is_null(r->refs[u])) return bad_data(t, "invalid reference");
        return ref_new(t, ref_borrow(r->refs[u]));
    default: return bad_data(t, "unknown type code");
    }
}

/* *null_mark: the mark that ends a dict was read; the result is then null without an exception. */
static Ref get(Thread *t, Reader *r, bool *null_mark) {
    *null_mark = false;
    const uint8_t *p = take(t, r, 1);
    if (p == NULL) {
        if (err_clear_if(t, E_EOFError)) err_set(t, E_EOFError, "EOF read where object expected");
        return REF_NULL;
    }
    uint8_t code = *p;
    if (code == '0') {
        *null_mark = true;
        return REF_NULL;
    }
    if (r->depth >= MAX_DEPTH) return err_set(t, E_ValueError, "recursion limit exceeded");
    if (c_stack_check(t, " while unmarshalling") < 0) return REF_NULL;
    r->depth++;
    Ref v = get_by_type(t, r, (char)(code & ~FLAG_REF), code & FLAG_REF);
    r->depth--;
    return v;
}

static Ref read_all(Thread *t, Reader *r) {
    Ref v = get_item_of(t, r, "object");
    for (size_t i = 0; i < r->ref_count; i++) ref_drop(t, r->refs[i]);
    mem_free(r->refs);
    ref_drop(t, r->chunk);
    return v;
}

Ref marshal_loads(Thread *t, const void *data, size_t n) {
    Reader r = {.p = data, .end = (const uint8_t *)data + n};
    return read_all(t, &r);
}

/* ---- the module ------------------------------------------------------------------------------------------------------- */

static int version_arg(Thread *t, Value v, int *out) {
    *out = MARSHAL_VERSION;
    return value_is_null(v) ? 0 : as_int(t, v, out);
}

static Ref m_dumps(Thread *t, Value self, const Value *a) {
    int version;
    if (version_arg(t, a[1], &version) < 0 || audit(t, "marshal.dumps", (Value[]){a[0], small_int(version)}, 2) < 0) return REF_NULL;
    return marshal_dumps(t, a[0], version);
}
static Ref m_dump(Thread *t, Value self, const Value *a) {
    int version;
    if (version_arg(t, a[2], &version) < 0 || audit(t, "marshal.dumps", (Value[]){a[0], small_int(version)}, 2) < 0) return REF_NULL;
    Ref data = marshal_dumps(t, a[0], version);
    if (ref_is_null(data)) return REF_NULL;
    Ref r = call_method1(t, a[1], str_intern_cstr(t, "write"), ref_borrow(data));
    ref_drop(t, data);
    return r;
}
static Ref m_loads(Thread *t, Value self, const Value *a) {
    Buffer view;
    if (buffer_get(t, a[0], &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    if (audit(t, "marshal.loads", (Value[]){a[0]}, 1) < 0) {
        buffer_release(t, &view);
        return REF_NULL;
    }
    Ref v = marshal_loads(t, view.data, view.len);
    buffer_release(t, &view);
    return v;
}
static Ref m_load(Thread *t, Value self, const Value *a) {
    if (audit(t, "marshal.load", NULL, 0) < 0) return REF_NULL;
    Ref probe = call_method1(t, a[0], str_intern_cstr(t, "read"), small_int(0));
    if (ref_is_null(probe)) return REF_NULL;
    bool ok = is_bytes(ref_borrow(probe));
    if (!ok) err_set(t, E_TypeError, "file.read() returned not bytes but %.100T", ref_borrow(probe));
    ref_drop(t, probe);
    if (!ok) return REF_NULL;
    Reader r = {.file = a[0]};
    return read_all(t, &r);
}

static NativeDef functions[] = {
    FN("dump", "($module, value, file, version=version, /)", m_dump, "Writes a value to a file."),
    FN("dumps", "($module, value, version=version, /)", m_dumps, "The value as bytes."),
    FN("load", "($module, file, /)", m_load, "Reads a value from a file."),
    FN("loads", "($module, bytes, /)", m_loads, "The value that the bytes stand for."),
    FN_END};

int module_init_marshal(Thread *t, Value m) {
    if (module_add_int(t, m, "version", MARSHAL_VERSION) < 0) return -1;
    return module_add_functions(t, m, functions);
}
