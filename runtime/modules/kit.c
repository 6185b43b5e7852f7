#include "runtime/modules/kit.h"
#include "runtime/dict.h"
#include "runtime/genericalias.h"
#include "runtime/names.h"
#include "runtime/times.h"

Ref kit_reduce(Thread *t, Value callable, const Value *args, size_t n, Value state) {
    Ref tuple = tuple_from_array(t, args, n);
    if (ref_is_null(tuple)) return tuple;
    Ref r = value_is_null(state) ? tuple_pack(t, 2, callable, ref_borrow(tuple)) : tuple_pack(t, 3, callable, ref_borrow(tuple), state);
    ref_drop(t, tuple);
    return r;
}

Ref kit_reduce_builtin(Thread *t, const char *function, const Value *args, size_t n, Value state) {
    Ref callable = import_attr(t, "builtins", function);
    if (ref_is_null(callable)) return callable;
    Ref r = kit_reduce(t, ref_borrow(callable), args, n, state);
    ref_drop(t, callable);
    return r;
}

Ref kit_class_getitem(Thread *t, Value cls, const Value *a) { return generic_alias_new(t, cls, a[0]); }

Ref kit_exception(Thread *t, const char *module, const char *name, const Type *base) {
    Ref ns = dict_new(t), bases = REF_NULL, r = REF_NULL, module_name = REF_NULL, class_name = REF_NULL;
    if (!ref_is_null(ns)) module_name = str_from_cstr(t, module);
    if (!ref_is_null(module_name) && dict_set(t, ref_borrow(ns), N(__module__), ref_borrow(module_name)) == 0) bases = tuple_pack(t, 1, type_value(base));
    if (!ref_is_null(bases)) class_name = str_from_cstr(t, name);
    if (!ref_is_null(class_name)) r = call3(t, type_value(&type_type), ref_borrow(class_name), ref_borrow(bases), ref_borrow(ns));
    ref_drop(t, class_name);
    ref_drop(t, module_name);
    ref_drop(t, bases);
    ref_drop(t, ns);
    return r;
}

#define ROOTS_MAX 512
static Slot *roots[ROOTS_MAX];
static _Atomic size_t x_root_count;

void kit_root(Thread *t, Slot *slot, Ref r) {
    publish(t, ref_borrow(r));
    for (size_t k = 0, n = load_acquire(&x_root_count); k < n; k++)
        if (roots[k] == slot) { /* the module is started anew */
            ref_drop(t, (Ref){swap_acq_rel(&slot->x_bits, r.bits)});
            return;
        }
    store_release(&slot->x_bits, r.bits);
    size_t i = add_acq_rel(&x_root_count, 1); /* modules start under locks of their own */
    ENSURE(i < ROOTS_MAX);
    roots[i] = slot;
}

void kit_visit_roots(VisitFn visit, void *arg) {
    for (size_t i = 0, n = load_acquire(&x_root_count); i < n; i++)
        if (roots[i] != NULL) slot_visit(roots[i], visit, arg);
}

int kit_constants(Thread *t, Value module, const KitConstant *constants) {
    for (; constants->name != NULL; constants++)
        if (module_add_int(t, module, constants->name, constants->value) < 0) return -1;
    return 0;
}

int kit_exception_root(Thread *t, Value module, Slot *slot, const char *module_name, const char *name, const Type *base) {
    if (value_is_null(slot_get(slot))) {
        Ref e = kit_exception(t, module_name, name, base);
        if (ref_is_null(e)) return -1;
        kit_root(t, slot, e);
    }
    return module_set(t, module, name, slot_get(slot));
}

int kit_module(Thread *t, Value module, Type *const *types, NativeDef *functions, const char *doc) {
    for (; *types != NULL; types++)
        if (module_add_type(t, module, *types) < 0) return -1;
    if (functions != NULL && module_add_functions(t, module, functions) < 0) return -1;
    return doc == NULL ? 0 : module_add_cstr(t, module, "__doc__", doc);
}

int kit_lock(Thread *t, KitLock *l) {
    uint64_t me = load_relaxed(&t->x_ident);
    if (load_relaxed(&l->x_owner) == me) { /* only a thread's own ident can match */
        l->depth++;
        return 0;
    }
    while (!lock_word_take(t, &l->x_state))
        if (after_interrupt(t) < 0) return -1;
    store_relaxed(&l->x_owner, me);
    l->depth = 1;
    return 0;
}
void kit_unlock(KitLock *l) {
    if (--l->depth) return;
    store_relaxed(&l->x_owner, (uint64_t)0);
    lock_word_release(&l->x_state);
}

int kit_writable(Thread *t, const char *function, Value v, Buffer *view) {
    if (buffer_get(t, v, view, BUFFER_WRITABLE) == 0) return 0;
    if (err_clear_if(t, E_TypeError) || err_clear_if(t, E_BufferError))
        err_set(t, E_TypeError, "%s() argument must be read-write bytes-like object, not %.50T", function, v);
    return -1;
}

int kit_fileno(Thread *t, Value v) {
    int fd;
    if (is_int(v)) {
        if (as_int(t, v, &fd) < 0) return -1;
    } else {
        Ref method = get_attr_opt(t, v, str_intern_cstr(t, "fileno"));
        if (ref_is_null(method))
            return err_pending(t) ? -1 : err_int(err_set(t, E_TypeError, "argument must be an int, or have a fileno() method."));
        Ref r = call0(t, ref_borrow(method));
        ref_drop(t, method);
        if (ref_is_null(r)) return -1;
        int bad = is_int(ref_borrow(r)) ? as_int(t, ref_borrow(r), &fd) : err_int(err_set(t, E_TypeError, "fileno() returned a non-integer"));
        ref_drop(t, r);
        if (bad < 0) return -1;
    }
    return fd >= 0 ? fd : err_int(err_set(t, E_ValueError, "file descriptor cannot be a negative integer (%d)", fd));
}

/* Takes as long for equal ones as for different ones. */
static bool same_bytes(const uint8_t *a, size_t n, const uint8_t *b, size_t m) {
    uint64_t different = n != m;
    const uint8_t *p = n == m ? a : b;
    size_t i = 0;
    for (; i + 8 <= m; i += 8) {
        uint64_t x, y;
        memcpy(&x, p + i, 8);
        memcpy(&y, b + i, 8);
        different |= x ^ y;
        __asm__ volatile("" : "+r"(different)); /* so that no compiler stops at the first difference */
    }
    for (; i < m; i++) {
        different |= (uint64_t)(p[i] ^ b[i]);
        __asm__ volatile("" : "+r"(different));
    }
    return different == 0;
}
Ref kit_compare_digest(Thread *t, Value m, const Value *a) {
    if (is_str(a[0]) && is_str(a[1])) {
        Str *x = as(Str, a[0]), *y = as(Str, a[1]);
        if (!x->ascii || !y->ascii) return err_set(t, E_TypeError, "comparing strings with non-ASCII characters is not supported");
        return ref_bool(same_bytes(x->data, x->length, y->data, y->length));
    }
    if (!buffer_supported(a[0]) || !buffer_supported(a[1]))
        return err_set(t, E_TypeError, "unsupported operand types(s) or combination of types: '%.100T' and '%.100T'", a[0], a[1]);
    Buffer x, y;
    if (buffer_get(t, a[0], &x, BUFFER_SIMPLE) < 0) return REF_NULL;
    if (buffer_get(t, a[1], &y, BUFFER_SIMPLE) < 0) {
        buffer_release(t, &x);
        return REF_NULL;
    }
    bool same = same_bytes(x.data, (size_t)x.len, y.data, (size_t)y.len);
    buffer_release(t, &x);
    buffer_release(t, &y);
    return ref_bool(same);
}

/* ---- binding -------------------------------------------------------------------------------------------------------------------- */

#define BIND_MAX 32
typedef struct Parameters { size_t count, required, positional; char name[BIND_MAX][32]; } Parameters;

static void parameters_read(const char *names, Parameters *p) {
    p->count = 0;
    p->required = p->positional = SIZE_MAX;
    for (const char *s = names; *s;) {
        if (*s == '|') p->required = p->count;
        if (*s == '$') p->positional = p->count;
        if (*s == '|' || *s == '$' || *s == ',') {
            s++;
            continue;
        }
        size_t n = strcspn(s, ",|$");
        ENSURE(p->count < BIND_MAX && n < sizeof p->name[0]);
        memcpy(p->name[p->count], s, n);
        p->name[p->count++][n] = 0;
        s += n;
    }
    if (p->positional > p->count) p->positional = p->count;
    if (p->required > p->count) p->required = p->count;
}

int kit_bind(Thread *t, const char *fname, const char *names, const Value *args, size_t nargs, Value kwnames, Value *out) {
    Parameters p;
    parameters_read(names, &p);
    const char *function = fname == NULL ? "function" : fname, *parens = fname == NULL ? "" : "()";
    size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
    if (nargs + nkw > p.count)
        return err_int(err_set(t, E_TypeError, "%s%s takes at most %zu %sargument%s (%zu given)", function, parens, p.count, nargs == 0 ? "keyword " : "", p.count == 1 ? "" : "s", nargs + nkw));
    if (nargs > p.positional) {
        if (p.positional == 0) return err_int(err_set(t, E_TypeError, "%s%s takes no positional arguments", function, parens));
        return err_int(err_set(t, E_TypeError, "%s%s takes %s %zu positional argument%s (%zu given)", function, parens,
                               p.required < p.count ? "at most" : "exactly", p.positional, p.positional == 1 ? "" : "s", nargs));
    }
    for (size_t i = 0; i < p.count; i++) out[i] = i < nargs ? args[i] : VALUE_NULL;
    size_t used = 0;
    for (size_t i = 0; i < p.count; i++) {
        bool by_name = false;
        for (size_t k = 0; k < nkw; k++)
            if (str_equal_ascii(tuple_get(kwnames, k), p.name[i])) {
                if (i < nargs) return err_int(err_set(t, E_TypeError, "argument for %s%s given by name ('%s') and position (%zu)", function, parens, p.name[i], i + 1));
                out[i] = args[nargs + k];
                by_name = true;
                used++;
            }
        if (i >= nargs && !by_name && i < p.required)
            return err_int(err_set(t, E_TypeError, "%s%s missing required argument '%s' (pos %zu)", function, parens, p.name[i], i + 1));
    }
    for (size_t k = 0; used < nkw && k < nkw; k++) {
        bool known = false;
        for (size_t i = 0; i < p.count && !known; i++) known = str_equal_ascii(tuple_get(kwnames, k), p.name[i]);
        if (!known)
            return err_int(err_set(t, E_TypeError, "'%V' is an invalid keyword argument for %s%s", tuple_get(kwnames, k), fname == NULL ? "this function" : fname,
                                   parens));
    }
    return 0;
}
