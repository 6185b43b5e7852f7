/* __build_class__(body, name, /, *bases, metaclass=…, **keywords): what a class statement calls. */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "vm/function.h"
#include "vm/vm.h"

/* PEP 560: bases that aren't classes may say what stands for them. A new tuple, or the same one again. */
static Ref resolve_bases(Thread *t, Value bases) {
    Ref list = REF_NULL;
    for (size_t i = 0; i < tuple_size(bases); i++) {
        Value base = tuple_get(bases, i);
        Ref entries = is_type(base) ? REF_NULL : get_attr_opt(t, base, N(__mro_entries__));
        if (ref_is_null(entries)) {
            if (err_pending(t)) goto fail;
            if (!ref_is_null(list) && list_append(t, ref_borrow(list), base) < 0) goto fail;
            continue;
        }
        Ref got = call1(t, ref_borrow(entries), bases);
        ref_drop(t, entries);
        if (ref_is_null(got)) goto fail;
        if (!is_tuple(ref_borrow(got))) {
            err_set(t, E_TypeError, "__mro_entries__ must return a tuple");
            ref_drop(t, got);
            goto fail;
        }
        if (ref_is_null(list)) {
            list = list_new(t, tuple_size(bases));
            for (size_t j = 0; j < i && !ref_is_null(list); j++) list_append(t, ref_borrow(list), tuple_get(bases, j));
        }
        int r = ref_is_null(list) ? -1 : list_extend(t, ref_borrow(list), ref_borrow(got));
        ref_drop(t, got);
        if (r < 0) goto fail;
    }
    if (ref_is_null(list)) return ref_new(t, bases);
    Ref r = list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    return r;
fail:
    ref_drop(t, list);
    return REF_NULL;
}

/* The most derived metaclass of `meta` and the bases', borrowed; null with TypeError. */
static Type *winner(Thread *t, Type *meta, Value bases) {
    for (size_t i = 0; i < tuple_size(bases); i++) {
        Type *other = type_of(tuple_get(bases, i));
        if (type_is_subtype(meta, other)) continue;
        if (!type_is_subtype(other, meta)) {
            err_set(t, E_TypeError, "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases");
            return NULL;
        }
        meta = other;
    }
    return meta;
}

static Ref prepare(Thread *t, Value meta, bool is_class, Value name, Value bases, Value kwargs) {
    Ref fn = value_is(meta, type_value(&type_type)) ? REF_NULL : get_attr_opt(t, meta, N(__prepare__));
    if (ref_is_null(fn)) return err_pending(t) ? REF_NULL : dict_new(t);
    Ref args = tuple_pack(t, 2, name, bases);
    Ref ns = ref_is_null(args) ? args : call_tuple_dict(t, ref_borrow(fn), ref_borrow(args), kwargs);
    ref_drop(t, args);
    ref_drop(t, fn);
    if (!ref_is_null(ns) && type_of(ref_borrow(ns))->getitem == NULL) {
        if (is_class)
            err_set(t, E_TypeError, "%.200N.__prepare__() must return a mapping, not %.200T", as(Type, meta), ref_borrow(ns));
        else
            err_set(t, E_TypeError, "<metaclass>.__prepare__() must return a mapping, not %.200T", ref_borrow(ns));
        ref_drop(t, ns);
        return REF_NULL;
    }
    return ns;
}

/* The body returned its __class__ cell: type.__new__ must have filled it with the class. */
static int check_cell(Thread *t, Value cell, Value cls, Value name) {
    Ref content = slot_ref(t, &as(Cell, cell)->value);
    int result = 0;
    if (ref_is_null(content))
        result = err_int(err_set(t, E_RuntimeError, "__class__ not set defining %.200R as %.200R. Was __classcell__ propagated to type.__new__?", name, cls));
    else if (!value_is(ref_borrow(content), cls))
        result = err_int(err_set(t, E_TypeError, "__class__ set to %.200R defining %.200R as %.200R", ref_borrow(content), name, cls));
    ref_drop(t, content);
    return result;
}

static Ref build_class(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs < 2) return err_set(t, E_TypeError, "__build_class__: not enough arguments");
    Value body = args[0], name = args[1];
    if (!is_function(body)) return err_set(t, E_TypeError, "__build_class__: func must be a function");
    if (!is_str(name)) return err_set(t, E_TypeError, "__build_class__: name is not a string");
    Ref orig = tuple_from_array(t, args + 2, nargs - 2), bases = REF_NULL, kwargs = REF_NULL, meta = REF_NULL, ns = REF_NULL, cell = REF_NULL,
        cls = REF_NULL, triple = REF_NULL;
    if (ref_is_null(orig)) return orig;
    bases = resolve_bases(t, ref_borrow(orig));
    if (ref_is_null(bases)) goto done;
    size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames);
    if (nkw) {
        kwargs = dict_new(t);
        if (ref_is_null(kwargs)) goto done;
        for (size_t i = 0; i < nkw; i++) {
            Value k = tuple_get(kwnames, i);
            if (str_equal_ascii(k, "metaclass")) meta = ref_new(t, args[nargs + i]);
            else if (dict_set(t, ref_borrow(kwargs), k, args[nargs + i]) < 0) goto done;
        }
    }
    if (ref_is_null(meta))
        meta = ref_new(t, tuple_size(ref_borrow(bases)) ? type_value(type_of(tuple_get(ref_borrow(bases), 0))) : type_value(&type_type));
    bool is_class = is_type(ref_borrow(meta));
    if (is_class) {
        Type *w = winner(t, as(Type, ref_borrow(meta)), ref_borrow(bases));
        if (!w) goto done;
        Ref old = meta;
        meta = ref_new(t, type_value(w));
        ref_drop(t, old);
    }
    ns = prepare(t, ref_borrow(meta), is_class, name, ref_borrow(bases), ref_borrow(kwargs));
    if (ref_is_null(ns)) goto done;
    cell = function_run(t, body, ref_borrow(ns));
    if (ref_is_null(cell)) goto done;
    if (!value_is(ref_borrow(bases), ref_borrow(orig)) && set_item(t, ref_borrow(ns), N(__orig_bases__), ref_borrow(orig)) < 0) goto done;
    triple = tuple_pack(t, 3, name, ref_borrow(bases), ref_borrow(ns));
    if (ref_is_null(triple)) goto done;
    cls = call_tuple_dict(t, ref_borrow(meta), ref_borrow(triple), ref_borrow(kwargs));
    if (!ref_is_null(cls) && is_type(ref_borrow(cls)) && is_exact(ref_borrow(cell), &cell_type) &&
        check_cell(t, ref_borrow(cell), ref_borrow(cls), name) < 0) {
        ref_drop(t, cls);
        cls = REF_NULL;
    }
done:
    ref_drop(t, orig);
    ref_drop(t, bases);
    ref_drop(t, kwargs);
    ref_drop(t, meta);
    ref_drop(t, ns);
    ref_drop(t, cell);
    ref_drop(t, triple);
    return cls;
}
NativeDef build_class_def = FN_RAW("__build_class__", "(func, name, /, *bases, metaclass=None, **kwds)", build_class, "Makes a class: what the class statement calls.");
