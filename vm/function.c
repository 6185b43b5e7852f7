/* Function and cell objects, binding of arguments. See function.h. */
#include "vm/function.h"

#include <stdio.h>

#include "runtime/modules/sys.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/vm_hooks.h"
#include "vm/frame.h"

/* ---- cells ------------------------------------------------------------------------------------------------------------- */

Ref cell_new(Thread *t, Ref content) {
    Cell *c = object_new(Cell, t, &cell_type);
    if (!c) {
        ref_drop(t, content);
        return REF_NULL;
    }
    slot_init(&c->value, content);
    return ref_steal(c);
}
static void cell_traverse(Object *self, VisitFn visit, void *arg) { slot_visit(&((Cell *)self)->value, visit, arg); }
static void cell_clear(Thread *t, Object *self) { ref_drop(t, slot_take(t, self, &((Cell *)self)->value)); }
static Ref cell_make(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "cell", kwnames) < 0 || check_nargs(t, "cell", nargs, 0, 1) < 0) return REF_NULL;
    return cell_new(t, nargs ? ref_new(t, args[0]) : REF_NULL);
}
static Ref cell_repr(Thread *t, Value self) {
    char at[32], what[32];
    snprintf(at, sizeof at, "%p", (void *)value_object(self));
    Ref v = slot_ref(t, &as(Cell, self)->value);
    if (ref_is_null(v)) return str_format(t, "<cell at %s: empty>", at);
    snprintf(what, sizeof what, "0x%llx", (unsigned long long)(v.bits & ~(uint64_t)7));
    Ref r = str_format(t, "<cell at %s: %T object at %s>", at, ref_borrow(v), what);
    ref_drop(t, v);
    return r;
}
static Ref cell_compare(Thread *t, Value a, Value b, CompareOp op) {
    if (!is_exact(a, &cell_type) || !is_exact(b, &cell_type)) return REF_NOT_IMPLEMENTED;
    Ref x = slot_ref(t, &as(Cell, a)->value), y = slot_ref(t, &as(Cell, b)->value), r;
    if (ref_is_null(x) || ref_is_null(y))
        r = rich_compare(t, small_int(!ref_is_null(x)), small_int(!ref_is_null(y)), op);
    else
        r = rich_compare(t, ref_borrow(x), ref_borrow(y), op);
    ref_drop(t, x);
    ref_drop(t, y);
    return r;
}
static Ref cell_get_contents(Thread *t, Value self, void *closure) {
    Ref v = slot_ref(t, &as(Cell, self)->value);
    return ref_is_null(v) ? err_set(t, E_ValueError, "Cell is empty") : v;
}
static int cell_set_contents(Thread *t, Value self, Value v, void *closure) {
    slot_set(t, value_object(self), &as(Cell, self)->value, ref_new(t, v));
    return 0;
}
static const GetSetDef cell_getset[] = {{"cell_contents", cell_get_contents, cell_set_contents}, {NULL}};
Type cell_type = {TYPE_HEADER(Cell, TYPE_CONTAINER | TYPE_OPEN, cell_traverse, cell_clear, cell_clear), .name = "cell",
                  .doc = "A variable that several functions share.", .repr = cell_repr, .hash = hash_not_implemented,
                  .richcompare = cell_compare, .new_ = cell_make, .getset = cell_getset};

/* ---- making functions ------------------------------------------------------------------------------------------------------ */

/* The builtins for functions with these globals, as they hold them: __builtins__ in them (a module's dict, or whatever it is), else the caller's. */
static Ref builtins_of(Thread *t, Value globals) {
    Value b = dict_get_str(t, globals, N(__builtins__));
    if (!value_is_null(b)) return builtins_hold(t, is_a(b, TYPE_MODULE) ? module_dict(b) : b);
    Value current = vm.current_builtins != NULL ? vm.current_builtins(t) : VALUE_NULL;
    return value_is_null(current) ? ref_new(t, module_dict(builtins_module())) : builtins_hold(t, current);
}

Ref function_new(Thread *t, Value code, Value globals) {
    Ref builtins = builtins_of(t, globals);
    Ref r = ref_is_null(builtins) ? REF_NULL : instance_new(t, &function_type);
    if (ref_is_null(r)) {
        ref_drop(t, builtins);
        return r;
    }
    Function *f = as(Function, ref_borrow(r));
    Code *c = code_of(code);
    slot_init(&f->code, ref_new(t, code));
    slot_init(&f->globals, ref_new(t, globals));
    slot_init(&f->builtins, builtins);
    slot_init(&f->name, slot_ref(t, &c->name));
    slot_init(&f->qualname, slot_ref(t, &c->qualname));
    Value module = dict_get_str(t, globals, N(__name__));
    slot_init(&f->module, value_is_null(module) ? REF_NULL : ref_new(t, module));
    Value doc = c->const_count && (c->flags & CO_OPTIMIZED) ? c->consts[0] : VALUE_NONE;
    slot_init(&f->doc, value_is_object(doc) && is_str(doc) ? ref_new(t, doc) : REF_NONE);
    return r;
}

_Static_assert(offsetof(Function, type_params) - offsetof(Function, code) == 11 * sizeof(Slot), "a function's slots stand in a row");
static void function_traverse(Object *self, VisitFn visit, void *arg) {
    Function *f = (Function *)self;
    for (Slot *s = &f->code; s <= &f->type_params; s++) slot_visit(s, visit, arg);
    instance_traverse_attrs(self, visit, arg);
}
/* Breaks cycles; what a call needs stays. */
static void function_clear(Thread *t, Object *self) {
    Function *f = (Function *)self;
    Slot *slots[] = {&f->defaults, &f->kwdefaults, &f->closure, &f->doc, &f->annotations, &f->type_params};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) ref_drop(t, slot_take(t, f, slots[i]));
    instance_clear_attrs(t, self);
}
static void function_destroy(Thread *t, Object *self) {
    Function *f = (Function *)self;
    for (Slot *s = &f->code; s <= &f->type_params; s++) {
        Ref r = {load_relaxed(&s->x_bits)}; /* nobody else sees it any more */
        store_relaxed(&s->x_bits, 0);
        ref_drop(t, r);
    }
    instance_clear_attrs(t, self);
}

static Ref function_make(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) cache;
    Value a[5];
    if (bind_args(t, "function", "($type, code, globals, name=None, argdefs=None, closure=None)", &cache, args, nargs, kwnames, a, 5) < 0)
        return REF_NULL;
    if (!is_exact(a[0], &code_type)) return err_bad_argument(t, "function", "code", "code", a[0]);
    if (!is_dict(a[1])) return err_bad_argument(t, "function", "globals", "dict", a[1]);
    for (int i = 2; i < 5; i++)
        if (!value_is_null(a[i]) && value_is_none(a[i])) a[i] = VALUE_NULL;
    if (!value_is_null(a[2]) && !is_str(a[2])) return err_set(t, E_TypeError, "arg 3 (name) must be None or string");
    if (!value_is_null(a[3]) && !is_tuple(a[3])) return err_set(t, E_TypeError, "arg 4 (defaults) must be None or tuple");
    if (!value_is_null(a[4]) && !is_tuple(a[4])) {
        return err_set(t, E_TypeError, code_of(a[0])->nfree ? "arg 5 (closure) must be tuple" : "arg 5 (closure) must be None or tuple");
    }
    size_t nclosure = value_is_null(a[4]) ? 0 : tuple_size(a[4]);
    if (nclosure == 0 && code_of(a[0])->nfree && value_is_null(a[4])) return err_set(t, E_TypeError, "arg 5 (closure) must be tuple");
    if (nclosure != code_of(a[0])->nfree)
        return err_set(t, E_ValueError, "%V requires closure of length %zu, not %zu", slot_get(&code_of(a[0])->name),
                       (size_t)code_of(a[0])->nfree, nclosure);
    for (size_t i = 0; i < nclosure; i++)
        if (!is_exact(tuple_get(a[4], i), &cell_type))
            return err_set(t, E_TypeError, "arg 5 (closure) expected cell, found %T", tuple_get(a[4], i));
    Ref r = function_new(t, a[0], a[1]);
    if (ref_is_null(r)) return r;
    Function *f = as(Function, ref_borrow(r));
    if (!value_is_null(a[2])) slot_set(t, f, &f->name, ref_new(t, a[2]));
    if (!value_is_null(a[3])) slot_init(&f->defaults, ref_new(t, a[3]));
    if (nclosure) slot_init(&f->closure, ref_new(t, a[4]));
    return r;
}

static Ref function_descr_get(Thread *t, Value self, Value obj, Value type) {
    if (value_is_null(obj) || (value_is_none(obj) && !value_is_null(type) && !value_is(type, type_value(&none_type)))) return ref_new(t, self);
    return method_new(t, self, obj);
}
static Ref function_repr(Thread *t, Value self) {
    char at[32];
    snprintf(at, sizeof at, "%p", (void *)value_object(self));
    return str_format(t, "<function %V at %s>", slot_get(&as(Function, self)->qualname), at);
}

/* ---- attributes ------------------------------------------------------------------------------------------------------------------ */

static Slot *field(Value self, void *offset) { return (Slot *)((char *)value_object(self) + (uintptr_t)offset); }
static Ref get_or_none(Thread *t, Value self, void *offset) {
    Ref r = slot_ref(t, field(self, offset));
    return ref_is_null(r) ? REF_NONE : r;
}
static int put(Thread *t, Value self, void *offset, Value v) {
    slot_set(t, value_object(self), field(self, offset), value_is_null(v) ? REF_NULL : ref_new(t, v));
    return 0;
}
static int set_any(Thread *t, Value self, Value v, void *offset) { return put(t, self, offset, v); }
static int set_text(Thread *t, Value self, Value v, void *offset) {
    const char *name = (size_t)(uintptr_t)offset == offsetof(Function, name) ? "__name__" : "__qualname__";
    if (value_is_null(v) || !is_str(v)) return err_int(err_set(t, E_TypeError, "%s must be set to a string object", name));
    return put(t, self, offset, v);
}
static Ref get_code(Thread *t, Value self, void *offset) {
    if (audit(t, "object.__getattr__", (Value[]){self, str_intern_cstr(t, "__code__")}, 2) < 0) return REF_NULL;
    return slot_ref(t, &as(Function, self)->code);
}
static int set_code(Thread *t, Value self, Value v, void *offset) {
    if (value_is_null(v) || !is_exact(v, &code_type))
        return err_int(err_set(t, E_TypeError, "__code__ must be set to a code object"));
    if (audit(t, "object.__setattr__", (Value[]){self, str_intern_cstr(t, "__code__"), v}, 3) < 0) return -1;
    Value closure = slot_get(&as(Function, self)->closure);
    size_t n = value_is_null(closure) ? 0 : tuple_size(closure);
    if (code_of(v)->nfree != n)
        return err_int(err_set(t, E_ValueError, "%V() requires a code object with %zu free vars, not %u", slot_get(&as(Function, self)->name), n,
                               (unsigned)code_of(v)->nfree));
    Ref old = slot_swap(t, value_object(self), field(self, offset), ref_new(t, v));
    object_immortalize(t, value_object(ref_borrow(old))); /* frames may be running it, and borrow it */
    ref_drop(t, old);
    return 0;
}
static int set_defaults(Thread *t, Value self, Value v, void *offset) {
    if (!value_is_null(v) && value_is_none(v)) v = VALUE_NULL;
    if (!value_is_null(v) && !is_tuple(v)) return err_int(err_set(t, E_TypeError, "__defaults__ must be set to a tuple object"));
    return put(t, self, offset, v);
}
static int set_kwdefaults(Thread *t, Value self, Value v, void *offset) {
    if (!value_is_null(v) && value_is_none(v)) v = VALUE_NULL;
    if (!value_is_null(v) && !is_dict(v)) return err_int(err_set(t, E_TypeError, "__kwdefaults__ must be set to a dict object"));
    return put(t, self, offset, v);
}
/* MAKE_FUNCTION leaves a flat tuple; the first look makes the dict. */
static Ref get_annotations(Thread *t, Value self, void *offset) {
    Function *f = as(Function, self);
    Ref a = slot_ref(t, &f->annotations);
    if (!ref_is_null(a) && is_dict(ref_borrow(a))) return a;
    Ref d = dict_new(t);
    if (!ref_is_null(d) && !ref_is_null(a)) {
        Value flat = ref_borrow(a);
        for (size_t i = 0; i + 1 < tuple_size(flat); i += 2)
            if (dict_set(t, ref_borrow(d), tuple_get(flat, i), tuple_get(flat, i + 1)) < 0) {
                ref_drop(t, d);
                d = REF_NULL;
                break;
            }
    }
    ref_drop(t, a);
    if (ref_is_null(d)) return d;
    /* another thread may have been first: its dict stays */
    Ref old = REF_NULL, result;
    CRITICAL_BEGIN(t, f)
    Value now = slot_get(&f->annotations);
    if (!value_is_null(now) && is_dict(now)) {
        result = ref_new(t, now);
    } else {
        result = ref_new(t, ref_borrow(d));
        old = slot_swap(t, f, &f->annotations, d);
        d = REF_NULL;
    }
    CRITICAL_END(t)
    ref_drop(t, old);
    ref_drop(t, d);
    return result;
}
static int set_annotations(Thread *t, Value self, Value v, void *offset) {
    if (!value_is_null(v) && value_is_none(v)) v = VALUE_NULL;
    if (!value_is_null(v) && !is_dict(v)) return err_int(err_set(t, E_TypeError, "__annotations__ must be set to a dict object"));
    return put(t, self, offset, v);
}
static Ref get_type_params(Thread *t, Value self, void *offset) {
    Ref r = slot_ref(t, &as(Function, self)->type_params);
    return ref_is_null(r) ? ref_new(t, tuple_empty()) : r;
}
static int set_type_params(Thread *t, Value self, Value v, void *offset) {
    if (value_is_null(v) || !is_tuple(v)) return err_int(err_set(t, E_TypeError, "__type_params__ must be set to a tuple"));
    return put(t, self, offset, v);
}
static Ref get_dict(Thread *t, Value self, void *closure) { return instance_dict(t, self); }
static int set_dict(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "cannot delete __dict__"));
    if (!is_dict(v)) return err_int(err_set(t, E_TypeError, "__dict__ must be set to a dictionary, not a '%T'", v));
    return instance_set_dict(t, self, v);
}
#define AT(f) (void *)offsetof(Function, f)
static Ref get_builtins(Thread *t, Value self, void *closure) { return ref_new(t, builtins_shown(slot_get(&as(Function, self)->builtins))); }
static const GetSetDef function_getset[] = {
    {"__code__", get_code, set_code, NULL, AT(code)}, {"__defaults__", get_or_none, set_defaults, NULL, AT(defaults)},
    {"__kwdefaults__", get_or_none, set_kwdefaults, NULL, AT(kwdefaults)}, {"__annotations__", get_annotations, set_annotations, NULL, AT(annotations)},
    {"__name__", get_or_none, set_text, NULL, AT(name)}, {"__qualname__", get_or_none, set_text, NULL, AT(qualname)},
    {"__module__", get_or_none, set_any, NULL, AT(module)}, {"__doc__", get_or_none, set_any, NULL, AT(doc)},
    {"__type_params__", get_type_params, set_type_params, NULL, AT(type_params)},
    {"__dict__", get_dict, set_dict}, {"__builtins__", get_builtins}, {NULL}};
static const MemberDef function_members[] = {{"__closure__", MEMBER_SLOT, offsetof(Function, closure), true},
                                              {"__globals__", MEMBER_SLOT, offsetof(Function, globals), true},
                                              {NULL}};
Type function_type = {TYPE_HEADER(Function, TYPE_CONTAINER | TYPE_UNCOUNTED | TYPE_WEAKREFABLE | TYPE_METHOD | TYPE_FUNCTION | TYPE_SHAPED,
                                  function_traverse, function_clear, function_destroy),
                      .name = "function", .doc = "A function made by def or lambda.", .attrs_offset = offsetof(Function, attrs_),
                      .weakrefs_offset = offsetof(Function, weakrefs), .repr = function_repr, .call = function_call, .new_ = function_make,
                      .descr_get = function_descr_get, .members = function_members, .getset = function_getset};

int function_types_init(Thread *t) {
    code_init();
    if (type_ready(t, &cell_type) < 0 || type_ready(t, &code_type) < 0) return -1;
    return type_ready(t, &function_type) < 0 ? -1 : builtins_object_init(t);
}

/* ---- binding ----------------------------------------------------------------------------------------------------------------------- */

/* "'a'", "'a' and 'b'", "'a', 'b', and 'c'" of the marked parameters */
static void missing_error(Thread *t, Function *f, Code *code, Ref *regs, int from, int to, const char *kind) {
    StrBuilder b = STR_BUILDER;
    int count = 0, seen = 0;
    for (int i = from; i < to; i++) count += ref_is_null(regs[i]);
    for (int i = from; i < to; i++) {
        if (!ref_is_null(regs[i])) continue;
        const char *sep = seen == 0 ? "" : count == 2 ? " and " : seen == count - 1 ? ", and " : ", ";
        seen++;
        if (builder_format(t, &b, "%s%R", sep, code->var_names[i]) < 0) {
            builder_drop(&b);
            return;
        }
    }
    Ref names = builder_finish(t, &b);
    if (ref_is_null(names)) return;
    err_set(t, E_TypeError, "%V() missing %d required %s argument%s: %V", slot_get(&f->qualname), count, kind, count == 1 ? "" : "s",
            ref_borrow(names));
    ref_drop(t, names);
}

static void too_many_error(Thread *t, Function *f, Code *code, Ref *regs, size_t given, size_t ndefaults) {
    int kwonly = 0;
    for (int i = code->argcount; i < code->argcount + code->kwonly; i++) kwonly += !ref_is_null(regs[i]);
    char takes[64], extra[80] = "";
    if (ndefaults) snprintf(takes, sizeof takes, "from %d to %d", (int)code->argcount - (int)ndefaults, code->argcount);
    else snprintf(takes, sizeof takes, "%d", code->argcount);
    if (kwonly)
        snprintf(extra, sizeof extra, " positional argument%s (and %d keyword-only argument%s)", given != 1 ? "s" : "", kwonly, kwonly != 1 ? "s" : "");
    err_set(t, E_TypeError, "%V() takes %s positional argument%s but %zu%s %s given", slot_get(&f->qualname), takes,
            ndefaults || code->argcount != 1 ? "s" : "", given, extra, given == 1 && !kwonly ? "was" : "were");
}

/* Index of the parameter that keyword `name` means, or -1. */
static int find_param(Code *code, Value name) {
    int n = code->argcount + code->kwonly;
    for (int i = code->posonly; i < n; i++)
        if (value_is(code->var_names[i], name)) return i;
    for (int i = code->posonly; i < n; i++)
        if (str_equal(as(Str, code->var_names[i]), as(Str, name))) return i;
    return -1;
}

/* The keyword isn't a parameter and there's no **kwargs. */
static void unexpected_keyword(Thread *t, Function *f, Code *code, Value name, Value kwnames) {
    StrBuilder b = STR_BUILDER;
    bool any = false;
    for (int i = 0; i < code->posonly; i++)
        for (size_t k = 0; k < tuple_size(kwnames); k++)
            if (is_str(tuple_get(kwnames, k)) && str_equal(as(Str, code->var_names[i]), as(Str, tuple_get(kwnames, k)))) {
                if (builder_format(t, &b, "%s%V", any ? ", " : "", code->var_names[i]) < 0) return;
                any = true;
            }
    if (!any) {
        builder_drop(&b);
        err_set(t, E_TypeError, "%V() got an unexpected keyword argument '%V'", slot_get(&f->qualname), name);
        return;
    }
    Ref names = builder_finish(t, &b);
    if (ref_is_null(names)) return;
    err_set(t, E_TypeError, "%V() got some positional-only arguments passed as keyword arguments: '%V'", slot_get(&f->qualname), ref_borrow(names));
    ref_drop(t, names);
}

static int bind_keywords(Thread *t, Function *f, Code *code, Ref *regs, Ref *values, Value kwnames, Value dict) {
    for (size_t k = 0; k < tuple_size(kwnames); k++) {
        Value name = tuple_get(kwnames, k);
        if (!is_str(name)) return err_int(err_set(t, E_TypeError, "%V() keywords must be strings", slot_get(&f->qualname)));
        int i = find_param(code, name);
        if (i >= 0) {
            if (!ref_is_null(regs[i]))
                return err_int(err_set(t, E_TypeError, "%V() got multiple values for argument '%V'", slot_get(&f->qualname), name));
            regs[i] = values[k];
            values[k] = REF_NULL;
        } else if (!value_is_null(dict)) {
            if (!is_exact(name, &str_type)) /* it may be hashed by Python, which passes safepoints */
                for (size_t m = k; m < tuple_size(kwnames); m++) values[m] = ref_own(t, values[m]);
            if (dict_set(t, dict, name, ref_borrow(values[k])) < 0) return -1;
        } else {
            unexpected_keyword(t, f, code, name, kwnames);
            return -1;
        }
    }
    return 0;
}

static int bind_defaults(Thread *t, Function *f, Code *code, Ref *regs, size_t npos, Value defaults) {
    size_t nd = value_is_null(defaults) ? 0 : tuple_size(defaults);
    if (nd > code->argcount) nd = code->argcount;
    int required = code->argcount - (int)nd;
    for (int i = (int)npos; i < required; i++)
        if (ref_is_null(regs[i])) {
            missing_error(t, f, code, regs, 0, required, "positional");
            return -1;
        }
    for (int i = required; i < code->argcount; i++)
        if (ref_is_null(regs[i])) regs[i] = reg_copy(t, tuple_get(defaults, tuple_size(defaults) - code->argcount + i));
    if (!code->kwonly) return 0;
    Value kwdefaults = slot_get(&f->kwdefaults);
    bool missing = false, asks = !value_is_null(kwdefaults) && !load_acquire(&as(Dict, kwdefaults)->x_storage)->str_keys;
    Ref hold = asks ? ref_new(t, kwdefaults) : REF_NULL; /* a key that Python compares may come upon the function */
    int end = code->argcount + code->kwonly;
    for (int i = code->argcount; i < end && !(asks && err_pending(t)); i++) {
        if (!ref_is_null(regs[i])) continue;
        regs[i] = value_is_null(kwdefaults) ? REF_NULL : reg_copy(t, dict_get_str(t, kwdefaults, code->var_names[i]));
        missing |= ref_is_null(regs[i]);
    }
    ref_drop(t, hold);
    if (missing && !(asks && err_pending(t))) missing_error(t, f, code, regs, code->argcount, end, "keyword-only");
    return missing ? -1 : 0;
}

#define SMALL 16
/* No safepoint is passed while words are in `words`, where the register scan wouldn't find them. */
int function_bind(Thread *t, Function *f, Code *code, Ref *regs, Ref *args, size_t nargs, Value kwnames) {
    if (value_is_null(kwnames) && code->params == code->argcount && nargs < code->argcount && regs == args) { /* defaults follow the arguments */
        Value defaults = slot_get(&f->defaults);
        size_t missing = code->argcount - nargs, have = value_is_null(defaults) ? 0 : tuple_size(defaults);
        if (likely(missing <= have)) {
            for (size_t i = 0; i < missing; i++) regs[nargs + i] = reg_copy(t, tuple_get(defaults, have - missing + i));
            return 0;
        }
    }
    size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames), npos = nargs - nkw;
    Ref small[SMALL], *words = small;
    int result = -1;
    if (nargs > SMALL && !(words = mem_alloc(nargs * sizeof(Ref)))) {
        err_no_memory(t);
        words = small;
        for (size_t i = 0; i < nargs; i++) {
            Ref r = args[i];
            args[i] = REF_NULL;
            ref_drop(t, r);
        }
        return -1;
    }
    for (size_t i = 0; i < nargs; i++) {
        words[i] = args[i];
        args[i] = REF_NULL;
    }
    for (size_t i = 0; i < code->params; i++) regs[i] = REF_NULL;
    size_t direct = npos < code->argcount ? npos : code->argcount;
    for (size_t i = 0; i < direct; i++) {
        regs[i] = words[i];
        words[i] = REF_NULL;
    }
    size_t extra_at = code->argcount + code->kwonly;
    if (code->flags & CO_VARARGS) {
        size_t n = npos - direct;
        if (n) {
            for (size_t i = 0; i < n; i++) words[direct + i] = ref_own(t, words[direct + i]);
            regs[extra_at] = tuple_from_steal(t, words + direct, n);
            for (size_t i = 0; i < n; i++) words[direct + i] = REF_NULL;
        } else {
            regs[extra_at] = ref_new(t, tuple_empty());
        }
        if (ref_is_null(regs[extra_at])) goto done;
        extra_at++;
    }
    Value dict = VALUE_NULL;
    if (code->flags & CO_VARKEYWORDS) {
        regs[extra_at] = dict_new(t);
        if (ref_is_null(regs[extra_at])) goto done;
        dict = ref_borrow(regs[extra_at]);
    }
    if (nkw && bind_keywords(t, f, code, regs, words + npos, kwnames, dict) < 0) goto done;
    /* lent, not counted: no quiescent state is passed before the last use */
    Value defaults = slot_get(&f->defaults);
    if (npos > code->argcount && !(code->flags & CO_VARARGS))
        too_many_error(t, f, code, regs, npos, value_is_null(defaults) ? 0 : tuple_size(defaults));
    else
        result = bind_defaults(t, f, code, regs, npos, defaults);
done:
    if (result < 0)
        for (size_t i = 0; i < code->params; i++) {
            Ref r = regs[i];
            regs[i] = REF_NULL;
            ref_drop(t, r);
        }
    for (size_t i = 0; i < nargs; i++) ref_drop(t, words[i]);
    if (words != small) mem_free(words);
    return result;
}
