/* Unpickler: bytes to objects. See _pickle.h.
 *
 * What a call of load() reads and builds is in a Loader, which nobody else can reach; only the memo and the settings belong to the Unpickler. Threads that
 * share an Unpickler share its memo, under its lock, and take turns at its file as they come. */
#include "runtime/instance.h"
#include "runtime/modules/_pickle.h"
#include "runtime/modules/sys.h"
#include "runtime/set_internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct Unpickler {
    Object base;
    Slot read, readline, readinto, peek; /* the file's methods; the last two may be null; all null for loads() */
    Slot encoding, errors;       /* str, or null for the defaults */
    Slot buffers;                /* iterator over out-of-band buffers, or null */
    KeptMethod persistent_load;
    Slot *memo;                  /* lock */
    size_t memo_capacity;
    _Atomic bool x_fix_imports, x_ready;
    _Atomic int x_protocol;      /* of the pickle that is being read: decides how find_class looks for names */
    Slot weakrefs;
} Unpickler;

typedef struct Loader {
    Object base;
    Slot unpickler, source;      /* source: what owns the memory at `data` */
    Slot *stack;
    size_t size, capacity;
    size_t *marks, mark_count, mark_capacity, fence; /* fence: nothing below may be popped */
    const uint8_t *data;
    size_t length, position;
    size_t prefetched;           /* up to here the file itself has moved on */
    bool from_file, peeks;
    int protocol;
} Loader;
static Type loader_type;
static void loader_traverse(Object *o, VisitFn visit, void *arg) {
    Loader *l = (Loader *)o;
    slot_visit(&l->unpickler, visit, arg);
    slot_visit(&l->source, visit, arg);
    for (size_t i = 0; i < l->size; i++) slot_visit(&l->stack[i], visit, arg);
}
static void loader_destroy(Thread *t, Object *o) {
    Loader *l = (Loader *)o;
    while (l->size > 0) ref_drop(t, slot_take(t, o, &l->stack[--l->size]));
    slot_set(t, o, &l->source, REF_NULL);
    slot_set(t, o, &l->unpickler, REF_NULL);
    mem_free(l->stack);
    mem_free(l->marks);
}
static Type loader_type = {
    TYPE_HEADER(Loader, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, loader_traverse, NULL, loader_destroy), .name = "_pickle.Loader",
};
static Unpickler *unpickler_of(Loader *l) { return as(Unpickler, slot_get(&l->unpickler)); }

static int bad(Thread *t, const char *message) { return err_int(pickle_raise(t, &unpickling_error, "%s", message)); }

/* ---- the stack ----------------------------------------------------------------------------------------------------------------------------- */

static int underflow(Thread *t, Loader *l) { return bad(t, l->mark_count > 0 ? "unexpected MARK found" : "unpickling stack underflow"); }

static int stack_grow(Thread *t, Loader *l) {
    size_t capacity = l->capacity ? l->capacity * 2 : 32;
    Slot *stack = mem_realloc(l->stack, capacity * sizeof *stack);
    if (stack == NULL) return err_int(err_no_memory(t));
    l->stack = stack;
    l->capacity = capacity;
    return 0;
}
/* Consumes r; a null one passes its failure on. */
static inline int push(Thread *t, Loader *l, Ref r) {
    if (unlikely(ref_is_null(r))) return -1;
    if (unlikely(l->size == l->capacity) && stack_grow(t, l) < 0) {
        ref_drop(t, r);
        return -1;
    }
    if (unlikely(!is_local(t, l))) publish(t, ref_borrow(r)); /* the first thread was started meanwhile; still, nobody else sees the loader */
    slot_init(&l->stack[l->size++], r);
    return 0;
}
static inline Ref pop(Thread *t, Loader *l) {
    if (unlikely(l->size <= l->fence)) {
        underflow(t, l);
        return REF_NULL;
    }
    Ref r = {load_relaxed(&l->stack[--l->size].x_bits)};
    return r;
}
static inline Value top(Loader *l) { return slot_get(&l->stack[l->size - 1]); }
static void cut(Thread *t, Loader *l, size_t size) {
    while (l->size > size) ref_drop(t, (Ref){load_relaxed(&l->stack[--l->size].x_bits)});
}

/* Where the items of the innermost mark begin; the mark is gone then. -1 */
static int64_t marker(Thread *t, Loader *l) {
    if (l->mark_count < 1) return bad(t, "could not find MARK");
    size_t mark = l->marks[--l->mark_count];
    l->fence = l->mark_count > 0 ? l->marks[l->mark_count - 1] : 0;
    return (int64_t)mark;
}
static Ref pop_tuple(Thread *t, Loader *l, size_t from) {
    size_t n = l->size - from;
    if (n == 0) return ref_new(t, tuple_empty());
    Ref r = tuple_new_uninit(t, n);
    if (ref_is_null(r)) return r;
    for (size_t i = 0; i < n; i++) tuple_init_item(r, i, (Ref){load_relaxed(&l->stack[from + i].x_bits)});
    l->size = from;
    return r;
}

/* ---- input ------------------------------------------------------------------------------------------------------------------------------------ */

static int truncated(Thread *t) { return bad(t, "pickle data was truncated"); }

static int source_set(Thread *t, Loader *l, Ref bytes) {
    if (!is_bytes(ref_borrow(bytes))) { /* bytearray, memoryview … */
        Buffer b;
        int status = buffer_get_snapshot(t, ref_borrow(bytes), &b);
        Ref copy = status < 0 ? REF_NULL : bytes_new(t, b.data, (size_t)b.len);
        if (status == 0) buffer_release(t, &b);
        ref_drop(t, bytes);
        if (ref_is_null(copy)) return -1;
        bytes = copy;
    }
    slot_set(t, l, &l->source, bytes);
    l->data = bytes_data(ref_borrow(bytes));
    l->length = bytes_length(ref_borrow(bytes));
    l->position = l->prefetched = 0;
    return 0;
}
static Ref uninitialized(Thread *t, Unpickler *u) {
    return pickle_raise(t, &unpickling_error, "Unpickler.__init__() was not called by %s.__init__()", object_type_of(u)->name);
}
/* A method of the file with a size, or (-1) without. __init__ may have been called meanwhile, and have failed: then there is none. */
static Ref file_call(Thread *t, Unpickler *u, const Slot *method, int64_t n) {
    Ref f = slot_ref(t, method), r;
    if (unlikely(ref_is_null(f))) return uninitialized(t, u);
    r = n < 0 ? call0(t, ref_borrow(f)) : call1(t, ref_borrow(f), small_int(n));
    ref_drop(t, f);
    return r;
}
/* Lets the file move on over what was peeked at and used. */
static int skip_consumed(Thread *t, Loader *l) {
    if (l->position <= l->prefetched) return 0;
    Ref r = file_call(t, unpickler_of(l), &unpickler_of(l)->read, (int64_t)(l->position - l->prefetched));
    if (ref_is_null(r)) return -1;
    ref_drop(t, r);
    l->prefetched = l->position;
    return 0;
}
#define PREFETCH (128 * 1024)
#define WHOLE_LINE SIZE_MAX
/* n more bytes (or a line) from the file at l->data; fewer at its end. -1 */
static int from_file(Thread *t, Loader *l, size_t n) {
    Unpickler *u = unpickler_of(l);
    if (l->peeks && skip_consumed(t, l) < 0) return -1;
    if (n != WHOLE_LINE && l->peeks && n < PREFETCH) {
        Ref data = file_call(t, u, &u->peek, PREFETCH);
        if (!ref_is_null(data)) {
            if (source_set(t, l, data) < 0) return -1;
            if (l->length >= n) return 0;
        } else {
            if (!err_clear_if(t, E_NotImplementedError)) return -1;
            l->peeks = false;
        }
    }
    Ref data = n == WHOLE_LINE ? file_call(t, u, &u->readline, -1) : file_call(t, u, &u->read, (int64_t)n);
    if (ref_is_null(data) || source_set(t, l, data) < 0) return -1;
    l->prefetched = l->length;
    return 0;
}
static const uint8_t *take_slow(Thread *t, Loader *l, size_t n) {
    if (!l->from_file || n > INT64_MAX || from_file(t, l, n) < 0 || l->length < n) {
        if (!err_pending(t)) truncated(t);
        return NULL;
    }
    l->position = n;
    return l->data;
}
static inline const uint8_t *take(Thread *t, Loader *l, size_t n) {
    if (unlikely(n > l->length - l->position)) return take_slow(t, l, n);
    const uint8_t *p = l->data + l->position;
    l->position += n;
    return p;
}
/* A line without its end, copied and closed by a 0 (mem_free it); *n: its length. What isn't ended by a newline is truncated. */
static char *take_line(Thread *t, Loader *l, size_t *n) {
    const uint8_t *p = l->data + l->position, *end = l->length > l->position ? memchr(p, '\n', l->length - l->position) : NULL;
    if (end == NULL) {
        if (!l->from_file || from_file(t, l, WHOLE_LINE) < 0) {
            if (!err_pending(t)) truncated(t);
            return NULL;
        }
        p = l->data;
        if (l->length == 0 || p[l->length - 1] != '\n') {
            truncated(t);
            return NULL;
        }
        end = p + l->length - 1;
    }
    l->position = (size_t)(end - l->data) + 1;
    *n = (size_t)(end - p);
    char *line = mem_alloc(*n + 2);
    if (line == NULL) {
        err_no_memory(t);
        return NULL;
    }
    memcpy(line, p, *n);
    line[*n] = 0;
    return line;
}
static uint64_t le(const uint8_t *p, int n) {
    uint64_t x = 0;
    for (int i = 0; i < n; i++) x |= (uint64_t)p[i] << (8 * i);
    return x;
}
/* A size of nbytes bytes; -1 */
static int64_t take_size(Thread *t, Loader *l, int nbytes, const char *what) {
    const uint8_t *p = take(t, l, (size_t)nbytes);
    if (p == NULL) return -1;
    uint64_t n = le(p, nbytes);
    if (n > INT64_MAX) return err_int(err_set(t, E_OverflowError, "%s exceeds system's maximum %sof %lld bytes", what, *what == 'F' ? "" : "size ", INT64_MAX));
    return (int64_t)n;
}

/* ---- the memo ---------------------------------------------------------------------------------------------------------------------------------- */

static int memo_put(Thread *t, Unpickler *u, size_t index, Value v) {
    Ref mine = ref_new(t, v), old = REF_NULL;
    int status = 0;
    CRITICAL_BEGIN(t, u)
    if (index >= u->memo_capacity) {
        size_t capacity = index < 6 ? 8 : index < 24 ? 32 : index * 2;
        Slot *memo = capacity > SIZE_MAX / 16 / sizeof *memo ? NULL : mem_realloc(u->memo, capacity * sizeof *memo);
        if (memo != NULL) {
            memset((void *)(memo + u->memo_capacity), 0, (capacity - u->memo_capacity) * sizeof *memo);
            u->memo = memo;
            u->memo_capacity = capacity;
        } else {
            status = -1;
        }
    }
    if (status == 0) {
        old = slot_swap(t, u, &u->memo[index], mine);
        mine = REF_NULL;
    }
    CRITICAL_END(t)
    ref_drop(t, old);
    ref_drop(t, mine);
    return status < 0 ? err_int(err_no_memory(t)) : 0;
}
static Ref memo_get(Thread *t, Unpickler *u, size_t index) {
    Ref r = REF_NULL;
    CRITICAL_BEGIN(t, u)
    if (index < u->memo_capacity) r = slot_ref(t, &u->memo[index]);
    CRITICAL_END(t)
    return ref_is_null(r) ? pickle_raise(t, &unpickling_error, "Memo value not found at index %zu", index) : r;
}
/* Numbers are given in order: the next is how many there are. */
static size_t memo_count(Thread *t, Unpickler *u) {
    size_t n = 0;
    CRITICAL_BEGIN(t, u)
    for (size_t i = u->memo_capacity; i > 0 && n == 0; i--)
        if (!value_is_null(slot_get(&u->memo[i - 1]))) n = i;
    CRITICAL_END(t)
    return n;
}
static void memo_clear(Thread *t, Unpickler *u) {
    Slot *memo;
    size_t n;
    CRITICAL_BEGIN(t, u)
    memo = u->memo;
    n = u->memo_capacity;
    u->memo = NULL;
    u->memo_capacity = 0;
    CRITICAL_END(t)
    for (size_t i = 0; i < n; i++) ref_drop(t, (Ref){load_relaxed(&memo[i].x_bits)});
    mem_free(memo);
}

/* ---- simple values ------------------------------------------------------------------------------------------------------------------------------- */

/* A line of at most 18 decimal digits, no zero before others, in the memory at hand: read past, *out is the number. False: nothing was read. */
static bool take_short_int(Loader *l, bool sign, bool suffix, int64_t *out) {
    const uint8_t *p = l->data + l->position, *end = l->data + l->length;
    if (end - p > 24) end = p + 24;
    bool negative = sign && p < end && *p == '-';
    if (negative) p++;
    const uint8_t *first = p;
    int64_t x = 0;
    for (; p < end && p - first < 18 && *p >= '0' && *p <= '9'; p++) x = x * 10 + (*p - '0');
    if (p == first || (negative && x == 0) || (*first == '0' && p - first > 1)) return false;
    if (suffix && p < end && *p == 'L') p++;
    if (p == end || *p != '\n') return false;
    l->position = (size_t)(p + 1 - l->data);
    *out = negative ? -x : x;
    return true;
}
static Ref load_int_line(Thread *t, Loader *l) {
    size_t n;
    int64_t i;
    if (take_short_int(l, true, false, &i)) return ref_small_int(i);
    char *line = take_line(t, l, &n);
    if (line == NULL) return REF_NULL;
    Ref r = REF_NULL;
    char *end;
    errno = 0;
    long x = strtol(line, &end, 0); /* as C reads it: octal after a 0 */
    if (n == 0) {
        truncated(t);
    } else if (errno == 0 && end == line + n && end > line) {
        r = n == 2 && (x == 0 || x == 1) ? ref_bool(x == 1) : int_from_i64(t, x);
    } else {
        Ref text = bytes_new(t, line, n);
        if (!ref_is_null(text)) r = int_parse(t, ref_borrow(text), 0);
        ref_drop(t, text);
        if (ref_is_null(r) && err_clear_if(t, E_ValueError)) err_set(t, E_ValueError, "could not convert string to int");
    }
    mem_free(line);
    return r;
}
static Ref load_long_line(Thread *t, Loader *l) {
    size_t n;
    int64_t short_one;
    if (take_short_int(l, true, true, &short_one)) return ref_small_int(short_one);
    char *line = take_line(t, l, &n);
    if (line == NULL) return REF_NULL;
    if (n == 0) {
        mem_free(line);
        truncated(t);
        return REF_NULL;
    }
    bool suffix = line[n - 1] == 'L';
    if (!suffix) line[n++] = '\n'; /* messages show it */
    Ref text = str_from_latin1(t, (const uint8_t *)line, suffix ? n - 1 : n), r = REF_NULL;
    if (!ref_is_null(text)) r = int_parse(t, ref_borrow(text), 0);
    if (ref_is_null(r) && err_clear_if(t, E_ValueError)) err_set(t, E_ValueError, "invalid literal for int() with base %d: %R", line[0] == '0' ? 0 : 10, ref_borrow(text));
    ref_drop(t, text);
    mem_free(line);
    return r;
}
/* A number in decimal: of a memo entry, to be written (put) or read. -1 */
static int64_t take_index(Thread *t, Loader *l, bool put) {
    size_t n;
    int64_t short_one;
    if (take_short_int(l, false, false, &short_one)) return short_one;
    char *line = take_line(t, l, &n);
    if (line == NULL) return -1;
    if (n == 0) {
        mem_free(line);
        return truncated(t);
    }
    line[n] = '\n';
    Ref text = str_from_latin1(t, (const uint8_t *)line, n + 1), i = ref_is_null(text) ? text : int_parse(t, ref_borrow(text), 10);
    int64_t index = -1;
    if (!ref_is_null(i) && index_as_i64(t, ref_borrow(i), &index) == 0 && index < 0) {
        if (put) err_set(t, E_ValueError, "negative PUT argument");
        else pickle_raise(t, &unpickling_error, "Memo value not found at index %lld", (long long)index);
    }
    ref_drop(t, i);
    ref_drop(t, text);
    mem_free(line);
    return err_pending(t) ? -1 : index;
}
static Ref load_float_line(Thread *t, Loader *l) {
    size_t n;
    char *line = take_line(t, l, &n);
    if (line == NULL) return REF_NULL;
    double d;
    Ref r = REF_NULL;
    if (double_from_text(line, n, &d)) {
        r = float_new(t, d);
    } else { /* inf and nan, or nonsense */
        Ref text = str_from_latin1(t, (const uint8_t *)line, n);
        if (!ref_is_null(text)) r = float_parse(t, ref_borrow(text));
        ref_drop(t, text);
        if (ref_is_null(r) && err_clear_if(t, E_ValueError)) err_set(t, E_ValueError, "could not convert string to float: '%s\n'", line);
    }
    mem_free(line);
    return r;
}
static Ref load_binfloat(Thread *t, Loader *l) {
    const uint8_t *p = take(t, l, 8);
    if (p == NULL) return REF_NULL;
    uint64_t w = 0;
    for (int i = 0; i < 8; i++) w = w << 8 | p[i];
    double d;
    memcpy(&d, &w, 8);
    return float_new(t, d);
}
static Ref load_counted_long(Thread *t, Loader *l, int size_bytes) {
    const uint8_t *p = take(t, l, (size_t)size_bytes);
    if (p == NULL) return REF_NULL;
    int64_t n = size_bytes == 1 ? p[0] : (int32_t)le(p, 4);
    if (n < 0) return pickle_raise(t, &unpickling_error, "LONG pickle has negative byte count");
    p = take(t, l, (size_t)n);
    return p == NULL ? REF_NULL : n == 0 ? ref_small_int(0) : int_from_bytes(t, p, (size_t)n, true, true);
}

/* 8-bit strings of Python 2: text in the given encoding, or bytes */
static Ref decode_old(Thread *t, Loader *l, const uint8_t *p, size_t n) {
    Unpickler *u = unpickler_of(l);
    Ref encoding = slot_ref(t, &u->encoding), errors = slot_ref(t, &u->errors), r = REF_NULL; /* held: decoding may run Python */
    const char *enc = ref_is_null(encoding) ? "ASCII" : str_utf8(t, ref_borrow(encoding), NULL);
    const char *err = ref_is_null(errors) ? "strict" : str_utf8(t, ref_borrow(errors), NULL);
    if (enc != NULL && err != NULL) r = strcmp(enc, "bytes") == 0 ? bytes_new(t, p, n) : str_decode(t, (const char *)p, n, enc, err);
    ref_drop(t, errors);
    ref_drop(t, encoding);
    return r;
}
static Ref load_string_line(Thread *t, Loader *l) {
    size_t n;
    char *line = take_line(t, l, &n);
    if (line == NULL) return REF_NULL;
    Ref r = REF_NULL;
    if (n < 2 || line[0] != line[n - 1] || (line[0] != '"' && line[0] != '\'')) {
        bad(t, "the STRING opcode argument must be quoted");
    } else {
        Ref f = import_attr(t, "_codecs", "escape_decode"), raw = bytes_new(t, line + 1, n - 2), pair = REF_NULL;
        if (!ref_is_null(f) && !ref_is_null(raw)) pair = call1(t, ref_borrow(f), ref_borrow(raw));
        if (!ref_is_null(pair)) {
            Value b = tuple_get(ref_borrow(pair), 0);
            r = decode_old(t, l, bytes_data(b), bytes_length(b));
        }
        ref_drop(t, pair);
        ref_drop(t, raw);
        ref_drop(t, f);
    }
    mem_free(line);
    return r;
}
static Ref load_counted_string(Thread *t, Loader *l, int size_bytes) {
    const uint8_t *p = take(t, l, (size_t)size_bytes);
    if (p == NULL) return REF_NULL;
    size_t n = le(p, size_bytes);
    p = take(t, l, n);
    return p == NULL ? REF_NULL : decode_old(t, l, p, n);
}
static Ref load_unicode_line(Thread *t, Loader *l) {
    size_t n;
    const uint8_t *p = l->data + l->position;
    for (n = 0; n < l->length - l->position && p[n] < 128 && p[n] != '\\' && p[n] != '\n';) n++;
    if (n < l->length - l->position && p[n] == '\n') { /* it's what it says */
        l->position += n + 1;
        return str_from_ascii(t, (const char *)p, n);
    }
    char *line = take_line(t, l, &n);
    if (line == NULL) return REF_NULL;
    Ref r = str_decode(t, line, n, "raw-unicode-escape", NULL);
    mem_free(line);
    return r;
}
static Ref load_unicode(Thread *t, Loader *l, int size_bytes) {
    int64_t n = take_size(t, l, size_bytes, "BINUNICODE");
    const uint8_t *p = n < 0 ? NULL : take(t, l, (size_t)n);
    if (p == NULL) return REF_NULL;
    bool ascii = true;
    if (n <= 32)
        for (int64_t i = 0; i < n && ascii; i++) ascii = p[i] < 128;
    if (n <= 32 && ascii) return str_from_ascii(t, (const char *)p, (size_t)n);
    Ref r = str_from_utf8(t, (const char *)p, (size_t)n);
    if (ref_is_null(r) && err_clear_if(t, E_UnicodeDecodeError)) r = str_decode(t, (const char *)p, (size_t)n, "utf-8", "surrogatepass");
    return r;
}
static Ref load_bytes(Thread *t, Loader *l, int size_bytes) {
    int64_t n = take_size(t, l, size_bytes, "BINBYTES");
    const uint8_t *p = n < 0 ? NULL : take(t, l, (size_t)n);
    return p == NULL ? REF_NULL : bytes_new(t, p, (size_t)n);
}
static Ref load_bytearray(Thread *t, Loader *l) {
    int64_t n = take_size(t, l, 8, "BYTEARRAY8");
    const uint8_t *p = n < 0 ? NULL : take(t, l, (size_t)n);
    return p == NULL ? REF_NULL : bytearray_new(t, p, (size_t)n);
}
static Ref load_next_buffer(Thread *t, Loader *l) {
    Ref iter = slot_ref(t, &unpickler_of(l)->buffers), r;
    if (ref_is_null(iter))
        return pickle_raise(t, &unpickling_error, "pickle stream refers to out-of-band data but no *buffers* argument was given");
    if (iter_next(t, ref_borrow(iter), &r) == 0) pickle_raise(t, &unpickling_error, "not enough out-of-band buffers");
    ref_drop(t, iter);
    return err_pending(t) ? REF_NULL : r;
}
static int load_readonly_buffer(Thread *t, Loader *l) {
    if (l->size <= l->fence) return underflow(t, l);
    Value buf = top(l);
    if (!buffer_supported(buf)) return err_int(err_set(t, E_TypeError, "memoryview: a bytes-like object is required, not '%T'", buf));
    Ref view = memoryview_new(t, buf);
    if (ref_is_null(view)) return -1;
    Ref readonly = get_attr_cstr(t, ref_borrow(view), "readonly"), r = REF_NULL;
    int yes = ref_is_null(readonly) ? -1 : is_true(t, ref_borrow(readonly));
    ref_drop(t, readonly);
    if (yes == 0) r = call_method0(t, ref_borrow(view), str_intern_cstr(t, "toreadonly"));
    ref_drop(t, view);
    if (yes != 0) return yes < 0 ? -1 : 0;
    if (ref_is_null(r)) return -1;
    slot_set(t, l, &l->stack[l->size - 1], r);
    return 0;
}

/* ---- classes and instances ---------------------------------------------------------------------------------------------------------------------------- */

/* Python 3's names for a pair that Python 2 wrote; the pair is replaced. */
static int new_names(Thread *t, Ref *module, Ref *name) {
    Ref key = tuple_pack(t, 2, ref_borrow(*module), ref_borrow(*name)), item;
    if (ref_is_null(key)) return -1;
    int found = dict_lookup(t, slot_get(&pickle_names_2to3), ref_borrow(key), &item);
    ref_drop(t, key);
    if (found < 0) return -1;
    if (found) {
        Value pair = ref_borrow(item);
        bool good = is_tuple(pair) && tuple_size(pair) == 2 && is_str(tuple_get(pair, 0)) && is_str(tuple_get(pair, 1));
        if (good) {
            ref_drop(t, *module);
            ref_drop(t, *name);
            *module = ref_new(t, tuple_get(pair, 0));
            *name = ref_new(t, tuple_get(pair, 1));
        } else {
            err_set(t, E_RuntimeError, "_compat_pickle.NAME_MAPPING values should be 2-tuples, not %.200T", pair);
        }
        ref_drop(t, item);
        return good ? 0 : -1;
    }
    found = dict_lookup(t, slot_get(&pickle_imports_2to3), ref_borrow(*module), &item);
    if (found <= 0) return found;
    if (!is_str(ref_borrow(item))) {
        err_set(t, E_RuntimeError, "_compat_pickle.IMPORT_MAPPING values should be strings, not %.200T", ref_borrow(item));
        ref_drop(t, item);
        return -1;
    }
    ref_drop(t, *module);
    *module = item;
    return 0;
}

static Ref find_class(Thread *t, Unpickler *u, Value module_name, Value name) {
    Value event[] = {module_name, name};
    if (audit(t, "pickle.find_class", event, 2) < 0) return REF_NULL;
    Ref m = ref_new(t, module_name), n = ref_new(t, name), module = REF_NULL, r = REF_NULL;
    int protocol = load_relaxed(&u->x_protocol);
    if (protocol < 3 && load_relaxed(&u->x_fix_imports) && new_names(t, &m, &n) < 0) goto done;
    if (!is_str(ref_borrow(m))) {
        err_set(t, E_TypeError, "module name must be a string");
        goto done;
    }
    Ref top = import_level(t, ref_borrow(m), VALUE_NULL, VALUE_NULL, 0); /* always: another thread may be importing it */
    if (ref_is_null(top)) goto done;
    ref_drop(t, top);
    module = ref_new(t, dict_get(t, modules_dict(), ref_borrow(m)));
    if (ref_is_null(module)) {
        if (!err_pending(t)) err_value(t, E_KeyError, ref_borrow(m));
        goto done;
    }
    if (protocol >= 4 && is_str(ref_borrow(n))) {
        if (pickle_no_locals(t, ref_borrow(n), ref_borrow(module)) == 0) r = pickle_dotted(t, ref_borrow(module), ref_borrow(n), NULL);
    } else {
        r = get_attr_opt(t, ref_borrow(module), ref_borrow(n));
        if (ref_is_null(r) && !err_pending(t)) err_set(t, E_AttributeError, "Can't get attribute %R on %R", ref_borrow(n), ref_borrow(module));
    }
done:
    ref_drop(t, module);
    ref_drop(t, n);
    ref_drop(t, m);
    return r;
}
static Ref m_find_class(Thread *t, Value self, const Value *a) { return find_class(t, as(Unpickler, self), a[0], a[1]); }
static Ref class_by_name(Thread *t, Loader *l, Value module, Value name) {
    Unpickler *u = unpickler_of(l);
    store_relaxed(&u->x_protocol, l->protocol);
    if (object_type_of(u) == &unpickler_type) return find_class(t, u, module, name);
    Value args[] = {module, name};
    return call_method(t, object_value(u), str_intern_cstr(t, "find_class"), args, 2);
}
static Ref take_text_line(Thread *t, Loader *l) {
    size_t n;
    char *line = take_line(t, l, &n);
    if (line == NULL) return REF_NULL;
    Ref r = REF_NULL;
    if (n == 0) truncated(t);
    else r = str_from_utf8(t, line, n);
    mem_free(line);
    return r;
}
static Ref load_global(Thread *t, Loader *l) {
    Ref module = take_text_line(t, l), name = ref_is_null(module) ? module : take_text_line(t, l), r = REF_NULL;
    if (!ref_is_null(name)) r = class_by_name(t, l, ref_borrow(module), ref_borrow(name));
    ref_drop(t, name);
    ref_drop(t, module);
    return r;
}
static Ref load_stack_global(Thread *t, Loader *l) {
    Ref name = pop(t, l), module = ref_is_null(name) ? name : pop(t, l), r = REF_NULL;
    if (ref_is_null(module)) {
        err_clear(t);
        bad(t, "STACK_GLOBAL requires str");
    } else {
        if (!is_exact(ref_borrow(name), &str_type) || !is_exact(ref_borrow(module), &str_type)) bad(t, "STACK_GLOBAL requires str");
        else r = class_by_name(t, l, ref_borrow(module), ref_borrow(name));
    }
    ref_drop(t, module);
    ref_drop(t, name);
    return r;
}
static Ref load_extension(Thread *t, Loader *l, int nbytes) {
    const uint8_t *p = take(t, l, (size_t)nbytes);
    if (p == NULL) return REF_NULL;
    int64_t code = nbytes == 4 ? (int32_t)le(p, 4) : (int64_t)le(p, nbytes);
    if (code <= 0) return pickle_raise(t, &unpickling_error, "EXT specifies code <= 0");
    Ref r, pair;
    int found = dict_lookup(t, slot_get(&pickle_extension_cache), small_int(code), &r);
    if (found != 0) return r;
    found = dict_lookup(t, slot_get(&pickle_inverted), small_int(code), &pair);
    if (found < 0) return REF_NULL;
    if (!found) return err_set(t, E_ValueError, "unregistered extension code %lld", (long long)code);
    Value v = ref_borrow(pair);
    r = REF_NULL;
    if (!is_tuple(v) || tuple_size(v) != 2 || !is_str(tuple_get(v, 0)) || !is_str(tuple_get(v, 1)))
        err_set(t, E_ValueError, "_inverted_registry[%lld] isn't a 2-tuple of strings", (long long)code);
    else r = class_by_name(t, l, tuple_get(v, 0), tuple_get(v, 1));
    if (!ref_is_null(r) && dict_set(t, slot_get(&pickle_extension_cache), small_int(code), ref_borrow(r)) < 0) {
        ref_drop(t, r);
        r = REF_NULL;
    }
    ref_drop(t, pair);
    return r;
}

/* cls(*args) as classic classes had it: without __init__ if there are no arguments. args is consumed. */
static Ref instantiate(Thread *t, Value cls, Ref args) {
    if (ref_is_null(args)) return args;
    Ref r = REF_NULL;
    bool plain = tuple_size(ref_borrow(args)) == 0 && is_type(cls);
    if (plain) {
        Ref f = get_attr_opt(t, cls, str_intern_cstr(t, "__getinitargs__"));
        if (!ref_is_null(f) || err_pending(t)) plain = false;
        ref_drop(t, f);
    }
    if (plain) r = call_method1(t, cls, N(__new__), cls);
    else if (!err_pending(t)) r = call_tuple_dict(t, cls, ref_borrow(args), VALUE_NULL);
    ref_drop(t, args);
    return r;
}
static Ref load_inst(Thread *t, Loader *l) {
    int64_t mark = marker(t, l);
    if (mark < 0) return REF_NULL;
    Ref cls = load_global(t, l);
    if (ref_is_null(cls)) return cls;
    Ref r = instantiate(t, ref_borrow(cls), pop_tuple(t, l, (size_t)mark));
    ref_drop(t, cls);
    return r;
}
static Ref load_obj(Thread *t, Loader *l) {
    int64_t mark = marker(t, l);
    if (mark < 0) return REF_NULL;
    if (l->size - (size_t)mark < 1) return underflow(t, l), REF_NULL;
    Ref args = pop_tuple(t, l, (size_t)mark + 1), cls = pop(t, l);
    if (ref_is_null(cls)) {
        ref_drop(t, args);
        return cls;
    }
    Ref r = instantiate(t, ref_borrow(cls), args);
    ref_drop(t, cls);
    return r;
}
static Ref make_new(Thread *t, Value cls, Value args, Value kwargs) {
    Type *type = as(Type, cls);
    size_t n = tuple_size(args), nkw = value_is_null(kwargs) ? 0 : dict_size(kwargs);
    if (n == 0 && nkw == 0) return type->new_(t, cls, NULL, 0, VALUE_NULL);
    Value few[8], *v = n + nkw <= 8 ? few : mem_alloc((n + nkw) * sizeof *v);
    if (v == NULL) return err_no_memory(t);
    for (size_t i = 0; i < n; i++) v[i] = tuple_get(args, i);
    Ref names = REF_NULL, copy = REF_NULL, r = REF_NULL;
    if (nkw > 0) {
        names = tuple_new_uninit(t, nkw);
        copy = dict_copy(t, kwargs); /* holds the values */
        size_t pos = 0, i = 0;
        Value key, x;
        while (!ref_is_null(names) && !ref_is_null(copy) && i < nkw && dict_next(ref_borrow(copy), &pos, &key, &x)) {
            if (!is_str(key)) {
                err_set(t, E_TypeError, "keywords must be strings");
                break;
            }
            tuple_init_item(names, i, ref_new(t, key));
            v[n + i++] = x;
        }
        if (!err_pending(t) && i < nkw) err_set(t, E_RuntimeError, "dictionary changed size during iteration");
    }
    if (!err_pending(t)) r = type->new_(t, cls, v, n, ref_borrow(names));
    ref_drop(t, copy);
    ref_drop(t, names);
    if (v != few) mem_free(v);
    return r;
}
static Ref load_newobj(Thread *t, Loader *l, bool ex) {
    const char *op = ex ? "NEWOBJ_EX" : "NEWOBJ";
    Ref kwargs = ex ? pop(t, l) : REF_NULL, args = REF_NULL, cls = REF_NULL, r = REF_NULL;
    if (ex && ref_is_null(kwargs)) return kwargs;
    args = pop(t, l);
    if (!ref_is_null(args)) cls = pop(t, l);
    if (ref_is_null(cls)) goto done;
    Value c = ref_borrow(cls), a = ref_borrow(args), k = ref_borrow(kwargs);
    if (!is_type(c)) pickle_raise(t, &unpickling_error, "%s class argument must be a type, not %.200T", op, c);
    else if (as(Type, c)->new_ == NULL) pickle_raise(t, &unpickling_error, "%s class argument '%.200s' doesn't have __new__", op, as(Type, c)->name);
    else if (!is_tuple(a)) pickle_raise(t, &unpickling_error, "%s args argument must be a tuple, not %.200T", op, a);
    else if (ex && !is_dict(k)) pickle_raise(t, &unpickling_error, "%s kwargs argument must be a dict, not %.200T", op, k);
    else r = make_new(t, c, a, k);
done:
    ref_drop(t, cls);
    ref_drop(t, args);
    ref_drop(t, kwargs);
    return r;
}
static Ref load_reduce(Thread *t, Loader *l) {
    Ref args = pop(t, l), f = ref_is_null(args) ? args : pop(t, l), r = REF_NULL;
    if (!ref_is_null(f)) {
        if (!is_tuple(ref_borrow(args))) err_set(t, E_TypeError, "argument list must be a tuple");
        else r = call_tuple_dict(t, ref_borrow(f), ref_borrow(args), VALUE_NULL);
    }
    ref_drop(t, f);
    ref_drop(t, args);
    return r;
}

/* Whether inst.__dict__ is the instance's own storage, to be filled without making a dict of it. */
static bool plain_attributes(Thread *t, Value inst) {
    Type *type = type_of(inst);
    return type_flag(type, TYPE_SHAPED) && type_flag(type, TYPE_PLAIN_GETATTR) && type_flag(type, TYPE_HEAP) &&
           is_exact(type_lookup(t, type, N(__dict__)), &getset_type);
}
static int set_state_dict(Thread *t, Value inst, Value state) {
    if (!is_dict(state)) return bad(t, "state is not a dictionary");
    bool plain = plain_attributes(t, inst);
    Ref dict = plain ? REF_NULL : get_attr(t, inst, N(__dict__));
    if (!plain && ref_is_null(dict)) return -1;
    size_t pos = 0;
    Value key, v;
    int status = 0;
    while (status == 0 && dict_next(state, &pos, &key, &v)) {
        Ref k = ref_new(t, key), value = ref_new(t, v);
        bool name = is_exact(key, &str_type);
        if (name) k = str_intern(t, k); /* attributes' names are, usually */
        if (ref_is_null(k)) status = -1;
        else if (plain && name) status = instance_set(t, inst, ref_borrow(k), ref_borrow(value)) < 0 ? -1 : 0;
        else {
            if (plain && ref_is_null(dict)) dict = instance_dict(t, inst);
            status = ref_is_null(dict) ? -1 : set_item(t, ref_borrow(dict), ref_borrow(k), ref_borrow(value));
        }
        ref_drop(t, k);
        ref_drop(t, value);
    }
    ref_drop(t, dict);
    return status;
}
static int load_build(Thread *t, Loader *l) {
    Ref state = pop(t, l);
    if (ref_is_null(state)) return -1;
    if (l->size <= l->fence) {
        ref_drop(t, state);
        return underflow(t, l);
    }
    Ref inst = ref_new(t, top(l)), setstate = get_attr_opt(t, ref_borrow(inst), N(__setstate__));
    int status = 0;
    if (ref_is_null(setstate) && err_pending(t)) {
        status = -1;
    } else if (!ref_is_null(setstate)) {
        Ref r = call1(t, ref_borrow(setstate), ref_borrow(state));
        status = ref_is_null(r) ? -1 : 0;
        ref_drop(t, r);
    } else {
        Value s = ref_borrow(state), slots = VALUE_NONE;
        if (is_tuple(s) && tuple_size(s) == 2) {
            slots = tuple_get(s, 1);
            s = tuple_get(s, 0);
        }
        if (!value_is_none(s)) status = set_state_dict(t, ref_borrow(inst), s);
        if (status == 0 && !value_is_none(slots)) {
            size_t pos = 0;
            Value key, v;
            if (!is_dict(slots)) status = bad(t, "slot state is not a dictionary");
            while (status == 0 && dict_next(slots, &pos, &key, &v)) {
                Ref k = ref_new(t, key), value = ref_new(t, v);
                status = set_attr(t, ref_borrow(inst), ref_borrow(k), ref_borrow(value));
                ref_drop(t, k);
                ref_drop(t, value);
            }
        }
    }
    ref_drop(t, setstate);
    ref_drop(t, inst);
    ref_drop(t, state);
    return status;
}

static Ref persistent(Thread *t, Loader *l, Ref pid) {
    if (ref_is_null(pid)) return pid;
    Unpickler *u = unpickler_of(l);
    Ref r = kept_method_call(t, &u->base, &u->persistent_load, ref_borrow(pid));
    if (ref_is_null(r) && !err_pending(t))
        pickle_raise(t, &unpickling_error, "A load persistent id instruction was encountered,\nbut no persistent_load function was specified.");
    ref_drop(t, pid);
    return r;
}
static Ref load_persid(Thread *t, Loader *l) {
    size_t n;
    char *line = take_line(t, l, &n);
    if (line == NULL) return REF_NULL;
    Ref pid = str_decode(t, line, n, "ascii", "strict");
    mem_free(line);
    if (ref_is_null(pid) && err_clear_if(t, E_UnicodeDecodeError)) return pickle_raise(t, &unpickling_error, "persistent IDs in protocol 0 must be ASCII strings");
    return persistent(t, l, pid);
}

/* ---- filling containers ---------------------------------------------------------------------------------------------------------------------------------- */

/* What stands at `from` and above goes to the container right below. */
static int load_appends(Thread *t, Loader *l, size_t from) {
    if (from > l->size || from <= l->fence) return underflow(t, l);
    if (from == l->size) return 0;
    Value container = slot_get(&l->stack[from - 1]);
    if (is_exact(container, &list_type)) {
        for (size_t i = from; i < l->size; i++)
            if (list_append(t, container, slot_get(&l->stack[i])) < 0) return -1;
        cut(t, l, from);
        return 0;
    }
    Ref extend = get_attr_opt(t, container, N(extend)), r;
    if (ref_is_null(extend) && err_pending(t)) return -1;
    if (!ref_is_null(extend)) {
        Ref items = list_new(t, l->size - from);
        for (size_t i = from; !ref_is_null(items) && i < l->size; i++) list_append(t, ref_borrow(items), slot_get(&l->stack[i]));
        cut(t, l, from);
        r = ref_is_null(items) ? items : call1(t, ref_borrow(extend), ref_borrow(items));
        ref_drop(t, items);
        ref_drop(t, extend);
        ref_drop(t, r);
        return ref_is_null(r) ? -1 : 0;
    }
    Ref append = get_attr(t, container, N(append));
    if (ref_is_null(append)) return -1;
    for (size_t i = from; i < l->size; i++) {
        r = call1(t, ref_borrow(append), slot_get(&l->stack[i]));
        ref_drop(t, r);
        if (ref_is_null(r)) break;
    }
    cut(t, l, from);
    ref_drop(t, append);
    return err_pending(t) ? -1 : 0;
}
static int load_setitems(Thread *t, Loader *l, size_t from) {
    if (from > l->size || from <= l->fence) return underflow(t, l);
    if (from == l->size) return 0;
    if ((l->size - from) % 2 != 0) return bad(t, "odd number of items for SETITEMS");
    Value container = slot_get(&l->stack[from - 1]);
    bool exact = is_exact(container, &dict_type);
    for (size_t i = from; i < l->size; i += 2) {
        Value k = slot_get(&l->stack[i]), v = slot_get(&l->stack[i + 1]);
        if ((exact ? dict_set(t, container, k, v) : set_item(t, container, k, v)) < 0) return -1;
    }
    cut(t, l, from);
    return 0;
}
static int load_additems(Thread *t, Loader *l) {
    int64_t mark = marker(t, l);
    if (mark < 0) return -1;
    size_t from = (size_t)mark;
    if (from > l->size || from <= l->fence) return underflow(t, l);
    if (from == l->size) return 0;
    Value container = slot_get(&l->stack[from - 1]);
    bool exact = is_exact(container, &set_type);
    Ref add = exact ? REF_NULL : get_attr(t, container, N(add));
    if (!exact && ref_is_null(add)) return -1;
    int status = 0;
    for (size_t i = from; status == 0 && i < l->size; i++) {
        if (exact) {
            status = set_add(t, container, slot_get(&l->stack[i])) < 0 ? -1 : 0;
        } else {
            Ref r = call1(t, ref_borrow(add), slot_get(&l->stack[i]));
            status = ref_is_null(r) ? -1 : 0;
            ref_drop(t, r);
        }
    }
    ref_drop(t, add);
    cut(t, l, from);
    return status;
}
static Ref load_marked(Thread *t, Loader *l, uint8_t op) {
    int64_t mark = marker(t, l);
    if (mark < 0) return REF_NULL;
    size_t from = (size_t)mark;
    if (op == OP_TUPLE) return pop_tuple(t, l, from);
    if (op == OP_DICT) {
        Ref d = dict_new(t);
        if ((l->size - from) % 2 != 0) bad(t, "odd number of items for DICT");
        for (size_t i = from; !ref_is_null(d) && !err_pending(t) && i < l->size; i += 2)
            dict_set(t, ref_borrow(d), slot_get(&l->stack[i]), slot_get(&l->stack[i + 1]));
        if (!err_pending(t)) {
            cut(t, l, from);
            return d;
        }
        ref_drop(t, d);
        return REF_NULL;
    }
    Ref items = list_new(t, l->size - from), r = items;
    for (size_t i = from; !ref_is_null(items) && i < l->size; i++)
        if (list_append(t, ref_borrow(items), slot_get(&l->stack[i])) < 0) break;
    cut(t, l, from);
    if (op == OP_FROZENSET && !ref_is_null(items)) {
        r = err_pending(t) ? REF_NULL : frozenset_new(t, ref_borrow(items));
        ref_drop(t, items);
    }
    return r;
}
static int load_counted_tuple(Thread *t, Loader *l, size_t n) {
    if (l->size - l->fence < n) return underflow(t, l);
    Ref r = pop_tuple(t, l, l->size - n);
    return push(t, l, r);
}

static int load_mark(Thread *t, Loader *l) {
    if (l->mark_count == l->mark_capacity) {
        size_t capacity = l->mark_capacity ? l->mark_capacity * 2 : 16, *marks = mem_realloc(l->marks, capacity * sizeof *marks);
        if (marks == NULL) return err_int(err_no_memory(t));
        l->marks = marks;
        l->mark_capacity = capacity;
    }
    l->fence = l->marks[l->mark_count++] = l->size;
    return 0;
}
static int load_pop(Thread *t, Loader *l) {
    if (l->mark_count > 0 && l->marks[l->mark_count - 1] == l->size) return marker(t, l) < 0 ? -1 : 0;
    Ref r = pop(t, l);
    if (ref_is_null(r)) return -1;
    ref_drop(t, r);
    return 0;
}
static int load_put(Thread *t, Loader *l, int64_t index) {
    if (index < 0) return -1;
    if (l->size <= l->fence) return underflow(t, l);
    return memo_put(t, unpickler_of(l), (size_t)index, top(l));
}
static int load_frame(Thread *t, Loader *l) {
    int64_t n = take_size(t, l, 8, "FRAME length");
    if (n < 0 || take(t, l, (size_t)n) == NULL) return -1;
    l->position -= (size_t)n;
    return 0;
}

/* ---- loading ------------------------------------------------------------------------------------------------------------------------------------------------- */

static int invalid_key(Thread *t, uint8_t op) {
    if (op >= 0x20 && op <= 0x7E && op != '\'' && op != '\\') return err_int(pickle_raise(t, &unpickling_error, "invalid load key, '%c'.", op));
    char hex[8];
    snprintf(hex, sizeof hex, "\\x%02x", op);
    return err_int(pickle_raise(t, &unpickling_error, "invalid load key, '%s'.", hex));
}
static int64_t take_number(Thread *t, Loader *l, int n) {
    const uint8_t *p = take(t, l, (size_t)n);
    return p == NULL ? -1 : (int64_t)le(p, n);
}
static int load_proto(Thread *t, Loader *l) {
    int64_t n = take_number(t, l, 1);
    if (n < 0) return -1;
    if (n > HIGHEST_PROTOCOL) return err_int(err_set(t, E_ValueError, "unsupported pickle protocol: %d", (int)n));
    l->protocol = (int)n;
    return 0;
}
static int memoize_next(Thread *t, Loader *l, size_t *next) {
    if (*next == SIZE_MAX) *next = memo_count(t, unpickler_of(l));
    return load_put(t, l, (int64_t)(*next)++);
}

static Ref run(Thread *t, Loader *l) {
    size_t next = SIZE_MAX; /* number that MEMOIZE gives */
    for (;;) {
        const uint8_t *p = take(t, l, 1);
        if (p == NULL) {
            if (err_pending(t) && exception_matches(t, ref_borrow(t->exc), slot_get(&unpickling_error))) {
                err_clear(t);
                err_set(t, E_EOFError, "Ran out of input");
            }
            return REF_NULL;
        }
        uint8_t op = *p;
        int status;
        int64_t n;
        switch (op) {
        case OP_NONE: status = push(t, l, REF_NONE); break;
        case OP_NEWTRUE: status = push(t, l, REF_TRUE); break;
        case OP_NEWFALSE: status = push(t, l, REF_FALSE); break;
        case OP_BININT1: n = take_number(t, l, 1); status = n < 0 ? -1 : push(t, l, ref_small_int(n)); break;
        case OP_BININT2: n = take_number(t, l, 2); status = n < 0 ? -1 : push(t, l, ref_small_int(n)); break;
        case OP_BININT: n = take_number(t, l, 4); status = n < 0 ? -1 : push(t, l, ref_small_int((int32_t)n)); break;
        case OP_INT: status = push(t, l, load_int_line(t, l)); break;
        case OP_LONG: status = push(t, l, load_long_line(t, l)); break;
        case OP_LONG1: status = push(t, l, load_counted_long(t, l, 1)); break;
        case OP_LONG4: status = push(t, l, load_counted_long(t, l, 4)); break;
        case OP_FLOAT: status = push(t, l, load_float_line(t, l)); break;
        case OP_BINFLOAT: status = push(t, l, load_binfloat(t, l)); break;
        case OP_SHORT_BINBYTES: status = push(t, l, load_bytes(t, l, 1)); break;
        case OP_BINBYTES: status = push(t, l, load_bytes(t, l, 4)); break;
        case OP_BINBYTES8: status = push(t, l, load_bytes(t, l, 8)); break;
        case OP_BYTEARRAY8: status = push(t, l, load_bytearray(t, l)); break;
        case OP_NEXT_BUFFER: status = push(t, l, load_next_buffer(t, l)); break;
        case OP_READONLY_BUFFER: status = load_readonly_buffer(t, l); break;
        case OP_SHORT_BINSTRING: status = push(t, l, load_counted_string(t, l, 1)); break;
        case OP_BINSTRING: status = push(t, l, load_counted_string(t, l, 4)); break;
        case OP_STRING: status = push(t, l, load_string_line(t, l)); break;
        case OP_UNICODE: status = push(t, l, load_unicode_line(t, l)); break;
        case OP_SHORT_BINUNICODE: status = push(t, l, load_unicode(t, l, 1)); break;
        case OP_BINUNICODE: status = push(t, l, load_unicode(t, l, 4)); break;
        case OP_BINUNICODE8: status = push(t, l, load_unicode(t, l, 8)); break;
        case OP_EMPTY_TUPLE: status = push(t, l, ref_new(t, tuple_empty())); break;
        case OP_TUPLE1: status = load_counted_tuple(t, l, 1); break;
        case OP_TUPLE2: status = load_counted_tuple(t, l, 2); break;
        case OP_TUPLE3: status = load_counted_tuple(t, l, 3); break;
        case OP_EMPTY_LIST: status = push(t, l, list_new(t, 0)); break;
        case OP_EMPTY_DICT: status = push(t, l, dict_new(t)); break;
        case OP_EMPTY_SET: status = push(t, l, set_new(t, VALUE_NULL)); break;
        case OP_TUPLE: case OP_LIST: case OP_DICT: case OP_FROZENSET: status = push(t, l, load_marked(t, l, op)); break;
        case OP_ADDITEMS: status = load_additems(t, l); break;
        case OP_OBJ: status = push(t, l, load_obj(t, l)); break;
        case OP_INST: status = push(t, l, load_inst(t, l)); break;
        case OP_NEWOBJ: status = push(t, l, load_newobj(t, l, false)); break;
        case OP_NEWOBJ_EX: status = push(t, l, load_newobj(t, l, true)); break;
        case OP_GLOBAL: status = push(t, l, load_global(t, l)); break;
        case OP_STACK_GLOBAL: status = push(t, l, load_stack_global(t, l)); break;
        case OP_APPEND: status = l->size < 1 ? underflow(t, l) : load_appends(t, l, l->size - 1); break;
        case OP_APPENDS: n = marker(t, l); status = n < 0 ? -1 : load_appends(t, l, (size_t)n); break;
        case OP_SETITEM: status = l->size < 2 ? underflow(t, l) : load_setitems(t, l, l->size - 2); break;
        case OP_SETITEMS: n = marker(t, l); status = n < 0 ? -1 : load_setitems(t, l, (size_t)n); break;
        case OP_BUILD: status = load_build(t, l); break;
        case OP_DUP: status = l->size <= l->fence ? underflow(t, l) : push(t, l, ref_new(t, top(l))); break;
        case OP_BINGET: n = take_number(t, l, 1); status = n < 0 ? -1 : push(t, l, memo_get(t, unpickler_of(l), (size_t)n)); break;
        case OP_LONG_BINGET: n = take_number(t, l, 4); status = n < 0 ? -1 : push(t, l, memo_get(t, unpickler_of(l), (size_t)n)); break;
        case OP_GET: n = take_index(t, l, false); status = n < 0 ? -1 : push(t, l, memo_get(t, unpickler_of(l), (size_t)n)); break;
        case OP_BINPUT: status = load_put(t, l, take_number(t, l, 1)); next = SIZE_MAX; break;
        case OP_LONG_BINPUT: status = load_put(t, l, take_number(t, l, 4)); next = SIZE_MAX; break;
        case OP_PUT: status = load_put(t, l, take_index(t, l, true)); next = SIZE_MAX; break;
        case OP_MEMOIZE: status = memoize_next(t, l, &next); break;
        case OP_MARK: status = load_mark(t, l); break;
        case OP_POP: status = load_pop(t, l); break;
        case OP_POP_MARK:
            n = marker(t, l);
            status = n < 0 ? -1 : 0;
            if (status == 0) cut(t, l, (size_t)n);
            break;
        case OP_PERSID: status = push(t, l, load_persid(t, l)); break;
        case OP_BINPERSID: status = push(t, l, persistent(t, l, pop(t, l))); break;
        case OP_REDUCE: status = push(t, l, load_reduce(t, l)); break;
        case OP_PROTO: status = load_proto(t, l); break;
        case OP_FRAME: status = load_frame(t, l); break;
        case OP_EXT1: status = push(t, l, load_extension(t, l, 1)); break;
        case OP_EXT2: status = push(t, l, load_extension(t, l, 2)); break;
        case OP_EXT4: status = push(t, l, load_extension(t, l, 4)); break;
        case OP_STOP:
            if (l->from_file && l->peeks && skip_consumed(t, l) < 0) return REF_NULL;
            return pop(t, l);
        default: return invalid_key(t, op), REF_NULL;
        }
        if (unlikely(status < 0)) return REF_NULL;
    }
}

static Ref load(Thread *t, Unpickler *u, Value data) {
    Loader *l = object_new(Loader, t, &loader_type);
    if (l == NULL) return REF_NULL;
    slot_init(&l->unpickler, ref_new(t, object_value(u)));
    l->from_file = value_is_null(data);
    l->peeks = l->from_file && !value_is_null(slot_get(&u->peek));
    Ref r = !l->from_file && source_set(t, l, ref_new(t, data)) < 0 ? REF_NULL : run(t, l);
    ref_drop(t, ref_steal(l));
    return r;
}

/* Text or None to the slot. */
static int set_text(Thread *t, Unpickler *u, Slot *slot, Value v, const char *function, const char *what) {
    if (!value_is_null(v) && !is_str(v)) return err_int(err_bad_argument(t, function, what, "str", v));
    slot_set(t, u, slot, value_is_null(v) ? REF_NULL : ref_new(t, v));
    return 0;
}
static int setup(Thread *t, Unpickler *u, const char *function, Value file, Value fix_imports, Value encoding, Value errors, Value buffers) {
    if (!value_is_null(file)) {
        Ref f = pickle_method(t, file, "peek");
        if (ref_is_null(f) && err_pending(t)) return -1;
        slot_set(t, u, &u->peek, f);
        f = pickle_method(t, file, "readinto");
        if (ref_is_null(f) && err_pending(t)) return -1;
        slot_set(t, u, &u->readinto, f);
        Ref read = get_attr_opt(t, file, N(read)), line = err_pending(t) ? REF_NULL : get_attr_opt(t, file, N(readline));
        if (ref_is_null(read) || ref_is_null(line)) {
            ref_drop(t, read);
            ref_drop(t, line);
            if (!err_pending(t)) err_set(t, E_TypeError, "file must have 'read' and 'readline' attributes");
            return -1;
        }
        slot_set(t, u, &u->read, read);
        slot_set(t, u, &u->readline, line);
    }
    int fix = is_true(t, fix_imports);
    if (fix < 0) return -1;
    store_relaxed(&u->x_fix_imports, fix);
    if (set_text(t, u, &u->encoding, encoding, function, "encoding") < 0 || set_text(t, u, &u->errors, errors, function, "errors") < 0) return -1;
    if (!value_is_null(buffers) && !value_is_none(buffers)) {
        Ref iter = get_iter(t, buffers);
        if (ref_is_null(iter)) return -1;
        slot_set(t, u, &u->buffers, iter);
    } else {
        slot_set(t, u, &u->buffers, REF_NULL);
    }
    store_relaxed(&u->x_protocol, 0);
    store_relaxed(&u->x_ready, true);
    return 0;
}

Ref pickle_load(Thread *t, Value file, Value data, Value fix_imports, Value encoding, Value errors, Value buffers) {
    Unpickler *u = object_new(Unpickler, t, &unpickler_type);
    if (u == NULL) return REF_NULL;
    Ref r = REF_NULL;
    if (setup(t, u, value_is_null(file) ? "loads" : "load", file, fix_imports, encoding, errors, buffers) == 0) r = load(t, u, data);
    ref_drop(t, ref_steal(u));
    return r;
}

/* ---- Unpickler ------------------------------------------------------------------------------------------------------------------------------------------------- */

static void unpickler_traverse(Object *o, VisitFn visit, void *arg) {
    Unpickler *u = (Unpickler *)o;
    Slot *slots[] = {&u->read, &u->readline, &u->readinto, &u->peek, &u->encoding, &u->errors, &u->buffers, &u->persistent_load.function};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) slot_visit(slots[i], visit, arg);
    for (size_t i = 0; i < u->memo_capacity; i++) slot_visit(&u->memo[i], visit, arg);
}
static void unpickler_clear(Thread *t, Object *o) {
    Unpickler *u = (Unpickler *)o;
    Slot *slots[] = {&u->read, &u->readline, &u->readinto, &u->peek, &u->encoding, &u->errors, &u->buffers, &u->persistent_load.function};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++)
        if (!value_is_null(slot_get(slots[i]))) slot_set(t, o, slots[i], REF_NULL);
    memo_clear(t, u);
}
static Ref unpickler_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static int unpickler_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[5];
    Unpickler *u = as(Unpickler, self);
    if (kit_bind(t, "Unpickler", "file$|fix_imports,encoding,errors,buffers", args, nargs, kwnames, a) < 0) return -1;
    if (load_relaxed(&u->x_ready)) unpickler_clear(t, &u->base);
    if (setup(t, u, "Unpickler", a[0], value_is_null(a[1]) ? VALUE_TRUE : a[1], a[2], a[3], a[4]) < 0) return -1;
    return is_exact(self, &unpickler_type) ? 0 : kept_method_find(t, &u->base, &u->persistent_load, "persistent_load");
}
static Ref m_load(Thread *t, Value self, const Value *a) {
    Unpickler *u = as(Unpickler, self);
    if (value_is_null(slot_get(&u->read))) return uninitialized(t, u);
    return load(t, u, VALUE_NULL);
}
static Ref m_sizeof(Thread *t, Value self, const Value *a) {
    size_t n;
    CRITICAL_BEGIN(t, value_object(self))
    n = as(Unpickler, self)->memo_capacity;
    CRITICAL_END(t)
    return ref_small_int((int64_t)(type_of(self)->head.size + n * sizeof(Slot)));
}

static Ref memo_copy(Thread *t, Unpickler *u) {
    Ref items = list_new(t, 0), r = dict_new(t);
    int status = ref_is_null(items) || ref_is_null(r) ? -1 : 0;
    CRITICAL_BEGIN(t, u)
    for (size_t i = 0; status == 0 && i < u->memo_capacity; i++)
        if (!value_is_null(slot_get(&u->memo[i])) && (list_append(t, ref_borrow(items), small_int((int64_t)i)) < 0 ||
                                                      list_append(t, ref_borrow(items), slot_get(&u->memo[i])) < 0))
            status = -1;
    CRITICAL_END(t)
    for (size_t i = 0; status == 0 && i < list_size(ref_borrow(items)); i += 2)
        status = dict_set(t, ref_borrow(r), list_get(ref_borrow(items), i), list_get(ref_borrow(items), i + 1));
    ref_drop(t, items);
    if (status == 0) return r;
    ref_drop(t, r);
    return REF_NULL;
}
typedef struct MemoProxy { Object base; Slot owner; } MemoProxy;
KIT_SLOTS(1)
static Ref get_memo(Thread *t, Value self, void *closure) {
    MemoProxy *m = object_new(MemoProxy, t, &unpickler_memo_type);
    if (m == NULL) return REF_NULL;
    slot_init(&m->owner, ref_new(t, self));
    return ref_steal(m);
}
static int set_memo(Thread *t, Value self, Value v, void *closure) {
    Unpickler *u = as(Unpickler, self);
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "attribute deletion is not supported"));
    Ref from;
    if (is_exact(v, &unpickler_memo_type)) from = memo_copy(t, as(Unpickler, slot_get(&as(MemoProxy, v)->owner)));
    else if (is_dict(v)) from = dict_copy(t, v);
    else return err_int(err_set(t, E_TypeError, "'memo' attribute must be an UnpicklerMemoProxy object or dict, not %.200T", v));
    if (ref_is_null(from)) return -1;
    size_t pos = 0;
    Value key, x;
    int64_t index;
    int status = 0;
    while (status == 0 && dict_next(ref_borrow(from), &pos, &key, &x)) {
        if (!is_int(key)) status = err_int(err_set(t, E_TypeError, "memo key must be integers"));
        else if (index_as_i64(t, key, &index) < 0) status = -1;
        else if (index < 0) status = err_int(err_set(t, E_ValueError, "memo key must be positive integers."));
    }
    if (status == 0) memo_clear(t, u);
    for (pos = 0; status == 0 && dict_next(ref_borrow(from), &pos, &key, &x);)
        status = index_as_i64(t, key, &index) < 0 ? -1 : memo_put(t, u, (size_t)index, x);
    ref_drop(t, from);
    return status;
}
static Ref proxy_copy(Thread *t, Value self, const Value *a) { return memo_copy(t, as(Unpickler, slot_get(&as(MemoProxy, self)->owner))); }
static Ref proxy_clear(Thread *t, Value self, const Value *a) {
    memo_clear(t, as(Unpickler, slot_get(&as(MemoProxy, self)->owner)));
    return REF_NONE;
}
static Ref proxy_reduce(Thread *t, Value self, const Value *a) {
    Ref copy = proxy_copy(t, self, NULL);
    Value v = ref_borrow(copy);
    Ref r = ref_is_null(copy) ? copy : kit_reduce(t, type_value(&dict_type), &v, 1, VALUE_NULL);
    ref_drop(t, copy);
    return r;
}
static NativeDef proxy_methods[] = {
    FN("clear", "($self, /)", proxy_clear, "Remove all items from memo."),
    FN("copy", "($self, /)", proxy_copy, "Copy the memo to a new object."),
    FN("__reduce__", "($self, /)", proxy_reduce, "Implement pickling support."),
    FN_END,
};
Type unpickler_memo_type = {
    TYPE_HEADER(MemoProxy, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_1, NULL, kit_drop_1),
    .name = "_pickle.UnpicklerMemoProxy", .hash = hash_not_implemented, .methods = proxy_methods,
};

static Ref get_persistent_load(Thread *t, Value self, void *closure) {
    return kept_method_get(t, value_object(self), &as(Unpickler, self)->persistent_load, "persistent_load");
}
static int set_persistent_load(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "attribute deletion is not supported"));
    if (!is_callable(v)) return err_int(err_set(t, E_TypeError, "persistent_load must be a callable taking one argument"));
    kept_method_set(t, value_object(self), &as(Unpickler, self)->persistent_load, v);
    return 0;
}
static const GetSetDef getset[] = {{"memo", get_memo, set_memo}, {"persistent_load", get_persistent_load, set_persistent_load}, {NULL}};
static NativeDef methods[] = {
    FN("load", "($self, /)", m_load, "Read one pickled object from the file and return it."),
    FN("find_class", "($self, module_name, global_name, /)", m_find_class,
       "Return an object from a specified module.\n\nSubclasses override this to say what may be loaded. Both arguments are str."),
    FN("__sizeof__", "($self, /)", m_sizeof, "Returns size in memory, in bytes."),
    FN_END,
};
Type unpickler_type = {
    TYPE_HEADER(Unpickler, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, unpickler_traverse, unpickler_clear, unpickler_clear),
    .name = "_pickle.Unpickler", .weakrefs_offset = offsetof(Unpickler, weakrefs),
    .doc = "Unpickler(file, *, fix_imports=True, encoding='ASCII', errors='strict', buffers=())\n--\n\nThis takes a binary file for reading a pickle data stream.\n\n"
           "The file needs read(n) and readline() methods that return bytes. The protocol is found out by itself. fix_imports, encoding and errors are for\n"
           "pickles of Python 2: whether modules' names are translated, and how 8-bit strings are decoded ('bytes': not at all).",
    .new_ = unpickler_new, .init = unpickler_init, .methods = methods, .getset = getset,
};
int pickle_load_init(Thread *t) { return type_ready(t, &loader_type); }
