/* Functions written in C: signatures read from text, binding of arguments with CPython's messages, builtin_function_or_method.
 *
 * A signature is parsed on first use and kept beside its NativeDef. Two threads may parse the same one; the first to store it wins.
 */
#include "runtime/native.h"
#include "runtime/abstract.h"
#include "runtime/descriptors.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

/* ---- signatures ------------------------------------------------------------------------------------------------ */

#define PARAMS_MAX 64 /* one bit each in Signature.optional */

static const char *skip_space(const char *p) {
    while (*p == ' ' || *p == '\n') p++;
    return p;
}

/* End of a parameter: the comma or parenthesis at its own level, quotes and brackets skipped. */
static const char *param_end(const char *p) {
    int depth = 0;
    for (; *p; p++) {
        if (*p == '\'' || *p == '"') {
            char quote = *p++;
            while (*p && *p != quote) p += *p == '\\' && p[1] ? 2 : 1;
            if (!*p) return p;
        } else if (strchr("([{", *p)) depth++;
        else if (strchr(")]}", *p) && depth-- == 0) return p;
        else if (*p == ',' && depth == 0) return p;
    }
    return p;
}

typedef struct Parsed {
    Value names[PARAMS_MAX];
    size_t params, positional_only, positional, required;
    uint64_t optional;
    bool raw;
} Parsed;

static bool signature_parse(Thread *t, const char *text, Parsed *out) {
    memset(out, 0, sizeof *out);
    bool keyword_only = false;
    const char *p = text + (*text == '!');
    if (*p++ != '(') return false;
    for (p = skip_space(p); *p && *p != ')'; p = skip_space(*p == ',' ? p + 1 : p)) {
        const char *end = param_end(p), *name_end = p;
        if (*p == '/') {
            out->positional_only = out->params;
        } else if (*p == '*') {
            if (p + 1 != end) out->raw = true;
            else keyword_only = true;
        } else if (*p != '$') {
            while (name_end < end && *name_end != '=' && *name_end != ':' && *name_end != ' ') name_end++;
            if (out->params == PARAMS_MAX) return false;
            bool optional = memchr(name_end, '=', (size_t)(end - name_end)) != NULL;
            Ref name = str_from_ascii(t, p, (size_t)(name_end - p));
            if (ref_is_null(name)) return false;
            out->names[out->params] = ref_borrow(str_intern(t, name));
            if (optional) out->optional |= (uint64_t)1 << out->params;
            out->params++;
            if (!keyword_only) {
                out->positional = out->params;
                if (!optional) out->required = out->params;
            }
        }
        if (p == end) return false;
        p = end;
    }
    return *p == ')';
}

static Signature *signature_make(Thread *t, const char *name, const char *text) {
    Parsed parsed;
    if (!signature_parse(t, text, &parsed)) {
        if (!err_pending(t)) err_set(t, E_SystemError, "%s has a malformed signature: %s", name, text);
        return NULL;
    }
    Signature *s = mem_zalloc(sizeof(Signature) + parsed.params * sizeof(Slot));
    if (s == NULL) {
        err_no_memory(t);
        return NULL;
    }
    *s = (Signature){.params = (uint16_t)parsed.params, .positional_only = (uint16_t)parsed.positional_only,
                     .positional = (uint16_t)parsed.positional, .required = (uint16_t)parsed.required, .optional = parsed.optional,
                     .raw = parsed.raw, .names = (Slot *)(s + 1), .text = *text == '!' ? NULL : text};
    for (size_t i = 0; i < parsed.params; i++) slot_init(&s->names[i], (Ref){parsed.names[i].bits}); /* immortal */
    return s;
}

static const Signature *signature_cached(Thread *t, const char *name, const char *text, _Atomic(Signature *) *cache) {
    Signature *s = load_acquire(cache);
    if (likely(s != NULL)) return s;
    Signature *fresh = signature_make(t, name, text);
    if (fresh == NULL) return NULL;
    if (cas_acq_rel(cache, &s, fresh)) return fresh;
    mem_free(fresh);
    return s;
}

const Signature *native_signature(Thread *t, NativeDef *def) {
    if (def->sig == NULL) {
        err_set(t, E_SystemError, "%s has no signature", def->name);
        return NULL;
    }
    return signature_cached(t, def->name, def->sig, &def->x_signature);
}

Ref signature_text(Thread *t, const char *sig) { return sig == NULL || *sig == '!' ? REF_NONE : str_from_cstr(t, sig); }

/* A type's doc may open with "name(signature)\n--\n\n". */
static const char *doc_body(const char *doc) {
    const char *mark = doc == NULL ? NULL : strstr(doc, ")\n--\n\n");
    return mark == NULL ? doc : mark + 6;
}
Ref doc_text(Thread *t, const char *doc) {
    doc = doc_body(doc);
    return doc == NULL ? REF_NONE : str_from_cstr(t, doc);
}

/* ---- binding ------------------------------------------------------------------------------------------------------ */

/* How messages name the function: "list.append" in most, "append" in some. What is bound goes by the class it's bound to or by its object's, `type`. */
typedef struct FunctionName { const char *owner, *name; Type *type; uint32_t flags; } FunctionName;

static const char *plural(size_t n) { return n == 1 ? "" : "s"; }
static const char *owner_text(FunctionName f) { return f.owner == NULL ? "" : f.owner; }
static const char *owner_dot(FunctionName f) { return f.owner == NULL ? "" : "."; }

/* A class's __qualname__ for a message; good while nobody assigns to it. */
static const char *class_text(Thread *t, Type *type) {
    if (type_flag(type, TYPE_HEAP)) {
        const char *text = str_utf8(t, slot_get(&type->qualname), NULL);
        if (text != NULL) return text;
        err_clear(t); /* lone surrogates */
    }
    const char *dot = strrchr(type->name, '.');
    return dot == NULL ? type->name : dot + 1;
}

static int count_wrong(Thread *t, const char *fname, size_t nargs, size_t min, size_t max) {
    size_t limit = nargs < min ? min : max;
    err_set(t, E_TypeError, "%s() takes %s %zu argument%s (%zu given)", fname, min == max ? "exactly" : nargs < min ? "at least" : "at most", limit,
            plural(limit), nargs);
    return -1;
}

static COLD int positional_error(Thread *t, const Signature *s, FunctionName f, size_t nargs, size_t nkw) {
    if (f.type != NULL) f.owner = class_text(t, f.type);
    if (nkw > 0) return err_int(err_set(t, E_TypeError, "%s%s%s() takes no keyword arguments", owner_text(f), owner_dot(f), f.name));
    if (f.flags & NATIVE_COUNTED) return count_wrong(t, f.name, nargs, s->required, s->params);
    if (s->params == 0)
        return err_int(err_set(t, E_TypeError, "%s%s%s() takes no arguments (%zu given)", owner_text(f), owner_dot(f), f.name, nargs));
    if (s->params == 1 && s->required == 1)
        return err_int(err_set(t, E_TypeError, "%s%s%s() takes exactly one argument (%zu given)", owner_text(f), owner_dot(f), f.name, nargs));
    return check_nargs(t, f.name, nargs, s->required, s->params);
}

/* Positional arguments alone, for functions whose parameters are all positional-only. */
static ALWAYS_INLINE int bind_positional(Thread *t, const Signature *s, FunctionName f, const Value *args, size_t nargs, size_t nkw, Value *out) {
    if (unlikely(nkw > 0 || nargs > s->params || nargs < s->required)) return positional_error(t, s, f, nargs, nkw);
    for (size_t i = 0; i < nargs; i++) out[i] = args[i];
    for (size_t i = nargs; i < s->params; i++) out[i] = VALUE_NULL;
    return 0;
}

static int64_t param_find(const Signature *s, Value name) {
    for (size_t i = s->positional_only; i < s->params; i++)
        if (value_is(slot_get(&s->names[i]), name)) return (int64_t)i;
    for (size_t i = s->positional_only; i < s->params; i++)
        if (str_equal(as(Str, slot_get(&s->names[i])), as(Str, name))) return (int64_t)i;
    return -1;
}

static COLD int count_error(Thread *t, const Signature *s, const char *fname, size_t nargs, size_t nkw) {
    size_t max = s->positional, least = s->positional_only < s->required ? s->positional_only : s->required;
    if (nargs + nkw > s->params)
        err_set(t, E_TypeError, "%s() takes at most %zu %sargument%s (%zu given)", fname, (size_t)s->params, nargs == 0 ? "keyword " : "",
                plural(s->params), nargs + nkw);
    else if (nargs > max && max == 0) err_set(t, E_TypeError, "%s() takes no positional arguments", fname);
    else if (nargs > max)
        err_set(t, E_TypeError, "%s() takes %s %zu positional argument%s (%zu given)", fname, s->required < max ? "at most" : "exactly", max,
                plural(max), nargs);
    else
        err_set(t, E_TypeError, "%s() takes %s %zu positional argument%s (%zu given)", fname, least < max ? "at least" : "exactly", least,
                plural(least), nargs);
    return -1;
}

static int bind_keywords(Thread *t, const Signature *s, const char *fname, const Value *args, size_t nargs, Value kwnames, Value *out) {
    size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
    size_t least = s->positional_only < s->required ? s->positional_only : s->required;
    if (nargs + nkw > s->params || nargs > s->positional || nargs < least) return count_error(t, s, fname, nargs, nkw);
    for (size_t i = 0; i < s->params; i++) out[i] = i < nargs ? args[i] : VALUE_NULL;
    Value wrong = VALUE_NULL;
    int64_t twice = -1;
    for (size_t k = 0; k < nkw; k++) {
        Value name = tuple_get(kwnames, k);
        int64_t i = param_find(s, name);
        if (i >= 0 && value_is_null(out[i])) {
            out[i] = args[nargs + k];
        } else if (value_is_null(wrong)) {
            wrong = name;
            twice = i;
        }
    }
    for (size_t i = nargs; i < s->params; i++) {
        if (!value_is_null(out[i]) || (s->optional >> i & 1)) continue;
        err_set(t, E_TypeError, "%s() missing required argument '%V' (pos %zu)", fname, slot_get(&s->names[i]), i + 1);
        return -1;
    }
    if (likely(value_is_null(wrong))) return 0;
    if (twice >= 0)
        err_set(t, E_TypeError, "argument for %s() given by name ('%V') and position (%zu)", fname, wrong, (size_t)twice + 1);
    else
        err_set(t, E_TypeError, "'%V' is an invalid keyword argument for %s()", wrong, fname);
    return -1;
}

static int bind(Thread *t, const Signature *s, FunctionName f, const Value *args, size_t nargs, Value kwnames, Value *out) {
    if (s->positional_only == s->params && !(f.flags & NATIVE_UNPACKED))
        return bind_positional(t, s, f, args, nargs, value_is_null(kwnames) ? 0 : tuple_size(kwnames), out);
    return bind_keywords(t, s, f.name, args, nargs, kwnames, out);
}

int bind_args(Thread *t, const char *fname, const char *sig, _Atomic(Signature *) *cache, const Value *args, size_t nargs, Value kwnames,
              Value *out, size_t n) {
    const Signature *s = signature_cached(t, fname, sig, cache);
    if (s == NULL) return -1;
    DCHECK(s->params == n);
    return bind(t, s, (FunctionName){NULL, fname, NULL, 0}, args, nargs, kwnames, out);
}

int no_kwargs(Thread *t, const char *fname, Value kwnames) {
    if (value_is_null(kwnames) || tuple_size(kwnames) == 0) return 0;
    return err_int(err_set(t, E_TypeError, "%s() takes no keyword arguments", fname));
}

int check_nargs(Thread *t, const char *fname, size_t nargs, size_t min, size_t max) {
    if (likely(nargs >= min && nargs <= max)) return 0;
    size_t limit = nargs < min ? min : max;
    return err_int(err_set(t, E_TypeError, "%s expected %s%zu argument%s, got %zu", fname, min == max ? "" : nargs < min ? "at least " : "at most ",
                           limit, plural(limit), nargs));
}

/* The array is as long as it must be: what lies in the rest of a longer one the collector would take for references. */
static NOINLINE Ref call_bound(Thread *t, NativeDef *def, const Signature *s, Type *type, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value bound[s->params > 0 ? s->params : 1];
    FunctionName name = {load_relaxed(&def->x_owner), def->name, !value_is_null(self) && is_type(self) ? as(Type, self) : type, def->flags};
    if (bind(t, s, name, args, nargs, kwnames, bound) < 0) return REF_NULL;
    return def->flat(t, self, bound);
}

/* type: null, or whose method the function is for messages */
static ALWAYS_INLINE Ref call_as(Thread *t, NativeDef *def, Type *type, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (def->flags & NATIVE_STATIC) self = VALUE_NULL;
    if (def->raw != NULL) return def->raw(t, self, args, nargs, kwnames);
    const Signature *s = load_acquire(&def->x_signature);
    if (unlikely(s == NULL) && (s = native_signature(t, def)) == NULL) return REF_NULL;
    if (likely(nargs == s->params && nargs == s->positional && value_is_null(kwnames))) return def->flat(t, self, args);
    return call_bound(t, def, s, type, self, args, nargs, kwnames);
}
Ref native_call(Thread *t, NativeDef *def, Value self, const Value *args, size_t nargs, Value kwnames) {
    return call_as(t, def, NULL, self, args, nargs, kwnames);
}

/* ---- builtin_function_or_method -------------------------------------------------------------------------------------- */

Ref native_new(Thread *t, NativeDef *def, Value self, Value module) {
    Native *f = object_new(Native, t, &native_type);
    if (f == NULL) return REF_NULL;
    f->def = def;
    slot_init(&f->self, ref_new(t, self));
    slot_init(&f->module, ref_new(t, module));
    if (load_relaxed(&def->x_owner) == NULL) {
        const char *owner = NULL;
        if (!value_is_null(self) && is_type(self)) owner = as(Type, self)->name;
        else if (!value_is_null(module) && is_str(module) && !str_equal_ascii(module, "builtins")) {
            /* interned, thus immortal: so is its text */
            owner = str_utf8(t, ref_borrow(str_intern(t, ref_new(t, module))), NULL);
            if (owner == NULL) err_clear(t);
        }
        if (owner != NULL) store_relaxed(&def->x_owner, owner);
    }
    return ref_steal(f);
}

static bool bound_to_module(Value self) { return value_is_null(self) || is_a(self, TYPE_MODULE); }

Ref native_object_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Native *f = as(Native, self);
    Value of = slot_get(&f->self);
    if (unlikely(!value_is_null(kwnames)) && f->def->flags & NATIVE_BARE && no_kwargs(t, f->def->name, kwnames) < 0) return REF_NULL;
    return call_as(t, f->def, bound_to_module(of) ? NULL : is_type(of) ? as(Type, of) : type_of(of), of, args, nargs, kwnames);
}

static void native_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((Native *)o)->self, visit, arg);
    slot_visit(&((Native *)o)->module, visit, arg);
}
static void native_destroy(Thread *t, Object *o) {
    slot_set(t, o, &((Native *)o)->self, REF_NULL);
    slot_set(t, o, &((Native *)o)->module, REF_NULL);
}

static Ref native_repr(Thread *t, Value v) {
    Native *f = as(Native, v);
    Value self = slot_get(&f->self);
    if (bound_to_module(self)) return str_format(t, "<built-in function %s>", f->def->name);
    return str_format(t, "<built-in method %s of %T object at %p>", f->def->name, self, value_is_object(self) ? (void *)value_object(self) : (void *)self.bits);
}

static Ref native_richcompare(Thread *t, Value a, Value b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !is_exact(a, &native_type) || !is_exact(b, &native_type)) return REF_NOT_IMPLEMENTED;
    bool same = as(Native, a)->def == as(Native, b)->def && value_is(slot_get(&as(Native, a)->self), slot_get(&as(Native, b)->self));
    return ref_bool(same == (op == CMP_EQ));
}
static int64_t native_hash(Thread *t, Value v) {
    int64_t h = hash_pointer(value_object(slot_get(&as(Native, v)->self))) ^ hash_pointer(as(Native, v)->def);
    return h == -1 ? -2 : h;
}

static Ref native_get_name(Thread *t, Value v, void *closure) { return str_from_cstr(t, as(Native, v)->def->name); }
static Ref native_get_doc(Thread *t, Value v, void *closure) { return doc_text(t, as(Native, v)->def->doc); }
static Ref native_get_signature(Thread *t, Value v, void *closure) { return signature_text(t, as(Native, v)->def->sig); }
static Ref native_get_self(Thread *t, Value v, void *closure) {
    Value self = slot_get(&as(Native, v)->self);
    return value_is_null(self) ? REF_NONE : ref_new(t, self);
}
static Ref native_get_module(Thread *t, Value v, void *closure) {
    Value module = slot_get(&as(Native, v)->module);
    return value_is_null(module) ? REF_NONE : ref_new(t, module);
}
static Ref native_get_qualname(Thread *t, Value v, void *closure) {
    Value self = slot_get(&as(Native, v)->self);
    if (bound_to_module(self)) return native_get_name(t, v, NULL);
    Ref type = type_qualname(t, is_type(self) ? as(Type, self) : type_of(self));
    if (ref_is_null(type)) return REF_NULL;
    Ref r = str_format(t, "%V.%s", ref_borrow(type), as(Native, v)->def->name);
    ref_drop(t, type);
    return r;
}

/* Pickled by name; a bound method as getattr(object, name). */
static Ref native_reduce(Thread *t, Value v, const Value *a) {
    Value self = slot_get(&as(Native, v)->self);
    if (bound_to_module(self)) return native_get_name(t, v, NULL);
    Ref getattr = import_attr(t, "builtins", "getattr");
    if (ref_is_null(getattr)) return REF_NULL;
    Ref name = native_get_name(t, v, NULL), args = ref_is_null(name) ? REF_NULL : tuple_pack(t, 2, self, ref_borrow(name)), r = REF_NULL;
    if (!ref_is_null(args)) r = tuple_pack(t, 2, ref_borrow(getattr), ref_borrow(args));
    ref_drop(t, args);
    ref_drop(t, name);
    ref_drop(t, getattr);
    return r;
}

static NativeDef native_methods[] = {FN("__reduce__", "!($self, /)", native_reduce, NULL), FN_END};
static const GetSetDef native_getset[] = {
    {"__doc__", native_get_doc}, {"__name__", native_get_name}, {"__qualname__", native_get_qualname},
    {"__self__", native_get_self}, {"__text_signature__", native_get_signature}, {"__module__", native_get_module}, {NULL}};

Type native_type = {
    TYPE_HEADER(Native, TYPE_CONTAINER | TYPE_UNCOUNTED | TYPE_WEAKREFABLE, native_traverse, NULL, native_destroy),
    .name = "builtin_function_or_method",
    .base = &object_type,
    .weakrefs_offset = offsetof(Native, weakrefs),
    .repr = native_repr,
    .hash = native_hash,
    .call = native_object_call,
    .richcompare = native_richcompare,
    .methods = native_methods,
    .getset = native_getset};
