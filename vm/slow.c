/* Statements that aren't worth a line in the interpreter loop: displays, unpacking, exceptions, with, import, match. */
#include <stdio.h>

#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/text.h"
#include "vm/slow.h"
#include "vm/traceback.h"

#define REG(i) (f->regs[i])
#define VAL(i) ref_borrow(f->regs[i])
static int set_result(Thread *t, Frame *f, uint64_t w, Ref r) {
    if (ref_is_null(r)) return -1;
    reg_set(t, &f->regs[INSTR_A(w)], r);
    return 0;
}

/* ---- displays and unpacking ------------------------------------------------------------------------------------------------- */

int op_make_function(Thread *t, Frame *f, uint64_t w) {
    uint32_t c = INSTR_C(w), parts = c & 15;
    Ref *part = &REG(INSTR_B(w));
    Ref r = function_new(t, f->code->consts[c >> 4], f->globals);
    if (ref_is_null(r)) return -1;
    Function *fn = as(Function, ref_borrow(r));
    Slot *slots[] = {&fn->defaults, &fn->kwdefaults, &fn->annotations, &fn->closure};
    for (int i = 0; i < 4; i++) {
        if (!(parts & 1u << i)) continue;
        slot_init(slots[i], ref_own(t, *part));
        *part++ = REF_NULL;
    }
    return set_result(t, f, w, r);
}

int op_build_map(Thread *t, Frame *f, uint64_t w) {
    Ref *base = &REG(INSTR_B(w));
    uint32_t n = INSTR_C(w);
    Ref d = n > 4 ? dict_new_sized(t, n) : dict_new(t);
    if (ref_is_null(d)) return -1;
    for (uint32_t i = 0; i < n; i++)
        if (dict_set(t, ref_borrow(d), ref_borrow(base[2 * i]), ref_borrow(base[2 * i + 1])) < 0) {
            ref_drop(t, d);
            return -1;
        }
    regs_drop(t, base, 2 * n);
    return set_result(t, f, w, d);
}

int op_build_set(Thread *t, Frame *f, uint64_t w) {
    Ref *base = &REG(INSTR_B(w));
    uint32_t n = INSTR_C(w);
    Ref s = set_new(t, VALUE_NULL);
    if (ref_is_null(s)) return -1;
    for (uint32_t i = 0; i < n; i++)
        if (set_add(t, ref_borrow(s), ref_borrow(base[i])) < 0) {
            ref_drop(t, s);
            return -1;
        }
    regs_drop(t, base, n);
    return set_result(t, f, w, s);
}

int op_build_string(Thread *t, Frame *f, uint64_t w) {
    Ref *base = &REG(INSTR_B(w)), r;
    uint32_t n = INSTR_C(w), i = 0;
    size_t length = 0;
    for (; i < n && is_exact(ref_borrow(base[i]), &str_type) && as(Str, ref_borrow(base[i]))->ascii; i++) length += str_length(ref_borrow(base[i]));
    if (likely(i == n && length > 1)) {
        Str *s = str_alloc_ascii(t, length);
        uint8_t *out = s == NULL ? NULL : s->data;
        for (i = 0; i < n && out != NULL; i++) {
            Str *piece = as(Str, ref_borrow(base[i]));
            copy_short(out, piece->data, piece->length);
            out += piece->length;
        }
        r = ref_steal(s);
    } else {
        r = str_join_array(t, str_empty(), (const Value *)base, n);
    }
    regs_drop(t, base, n);
    return set_result(t, f, w, r);
}

int op_format_value(Thread *t, Frame *f, uint64_t w) {
    uint32_t b = INSTR_B(w), c = INSTR_C(w);
    Value v = VAL(b), spec = c & 4 ? VAL(b + 1) : VALUE_NULL;
    Ref converted = REF_NULL, r;
    if (likely(c <= 1 && is_exact(v, &str_type) && b != INSTR_A(w))) { /* itself */
        set_result(t, f, w, reg_copy(t, v));
        reg_used(t, f, b);
        return 0;
    }
    switch (c & 3) {
    case 1: converted = object_str(t, v); break;
    case 2: converted = object_repr(t, v); break;
    case 3: converted = object_ascii(t, v); break;
    default: break;
    }
    if ((c & 3) && ref_is_null(converted)) return -1;
    if (c & 3) v = ref_borrow(converted);
    if (is_exact(v, &str_type) && (value_is_null(spec) || str_length(spec) == 0)) r = ref_new(t, v);
    else r = object_format(t, v, spec);
    ref_drop(t, converted);
    if (ref_is_null(r)) return -1;
    if (c & 4) reg_drop(t, &REG(b + 1));
    if (b == INSTR_A(w)) return set_result(t, f, w, r);
    set_result(t, f, w, r);
    reg_used(t, f, b);
    return 0;
}

int op_list_extend(Thread *t, Frame *f, uint64_t w) {
    Value v = VAL(INSTR_B(w));
    if (list_extend(t, VAL(INSTR_A(w)), v) < 0) {
        Type *type = type_of(v);
        if (err_is(t, E_TypeError) && type->iter == NULL && !is_sequence(v)) err_set(t, E_TypeError, "Value after * must be an iterable, not %.200T", v);
        return -1;
    }
    if (w & KILL_B) reg_drop(t, &REG(INSTR_B(w)));
    return 0;
}

int op_dict_update(Thread *t, Frame *f, uint64_t w) {
    Value v = VAL(INSTR_B(w));
    int mapping = is_dict(v) ? 1 : has_attr(t, v, N(keys)); /* {**x} takes no pairs */
    if (mapping <= 0 || dict_update(t, VAL(INSTR_A(w)), v) < 0) {
        if (mapping == 0 || err_is(t, E_AttributeError)) err_set(t, E_TypeError, "'%.200T' object is not a mapping", v);
        return -1;
    }
    if (w & KILL_B) reg_drop(t, &REG(INSTR_B(w)));
    return 0;
}

int op_dict_merge(Thread *t, Frame *f, uint64_t w) {
    if (dict_merge_unique(t, VAL(INSTR_A(w)), VAL(INSTR_B(w)), VAL(INSTR_CREG(w))) < 0) return -1;
    if (w & KILL_B) reg_drop(t, &REG(INSTR_B(w)));
    return 0;
}

static int err_unpack_type(Thread *t, Value v) {
    if (type_of(v)->iter == NULL && !is_sequence(v) && err_is(t, E_TypeError))
        err_set(t, E_TypeError, "cannot unpack non-iterable %.200T object", v);
    return -1;
}

/* Items into fresh owned words at room[0 … n): exactly n, or at least n with the rest left in the iterator (*rest). */
static int unpack_items(Thread *t, Value v, Ref *room, int64_t n, bool exact, Ref *rest, int64_t after) {
    Ref it = get_iter_now(t, v);
    if (ref_is_null(it)) return err_unpack_type(t, v);
    int64_t i = 0;
    for (; i < n; i++) {
        int r = iter_next(t, ref_borrow(it), &room[i]);
        if (r == 1) continue;
        if (r == 0) {
            if (exact) err_set(t, E_ValueError, "not enough values to unpack (expected %lld, got %lld)", (long long)n, (long long)i);
            else err_set(t, E_ValueError, "not enough values to unpack (expected at least %lld, got %lld)", (long long)(n + after), (long long)i);
        }
        goto fail;
    }
    if (!exact) {
        *rest = it;
        return 0;
    }
    Ref extra;
    int r = iter_next(t, ref_borrow(it), &extra);
    if (r == 0) {
        ref_drop(t, it);
        return 0;
    }
    if (r == 1) {
        ref_drop(t, extra);
        err_set(t, E_ValueError, "too many values to unpack (expected %lld)", (long long)n);
    }
fail:
    while (i > 0) ref_drop(t, room[--i]);
    ref_drop(t, it);
    return -1;
}

/* Lists and tuples are copied at once; everything else is iterated. Nothing is stored before all is known to fit. */
int op_unpack(Thread *t, Frame *f, uint64_t w) {
    uint32_t a = INSTR_A(w), b = INSTR_B(w), n = INSTR_C(w);
    Value v = VAL(b);
    Ref small[16], *room = n <= 16 ? small : mem_alloc(n * sizeof(Ref)), whole = REF_NULL;
    if (!room) return err_int(err_no_memory(t));
    int result = 0;
    if (is_exact(v, &list_type) && !is_local(t, value_object(v))) { /* as it is at one moment */
        whole = list_to_tuple(t, v);
        if (ref_is_null(whole)) {
            if (room != small) mem_free(room);
            return -1;
        }
        v = ref_borrow(whole);
    }
    if (is_exact(v, &tuple_type) || is_exact(v, &list_type)) {
        size_t have = is_exact(v, &tuple_type) ? tuple_size(v) : list_size(v);
        if (have > n) result = err_int(err_set(t, E_ValueError, "too many values to unpack (expected %u)", n));
        else if (have < n) result = err_int(err_set(t, E_ValueError, "not enough values to unpack (expected %u, got %zu)", n, have));
        for (uint32_t i = 0; result == 0 && i < n; i++) {
            room[i] = ref_new(t, is_exact(v, &tuple_type) ? tuple_get(v, i) : list_get(v, i));
        }
    } else {
        result = unpack_items(t, v, room, n, true, NULL, 0);
    }
    if (result == 0) {
        reg_used(t, f, b);
        for (uint32_t i = 0; i < n; i++) reg_set(t, &REG(a + i), room[i]);
    }
    ref_drop(t, whole);
    if (room != small) mem_free(room);
    return result;
}

int op_unpack_ex(Thread *t, Frame *f, uint64_t w) {
    uint32_t a = INSTR_A(w), b = INSTR_B(w), before = INSTR_C(w) & 0xFF, after = INSTR_C(w) >> 8;
    Ref head[256], rest = REF_NULL;
    Value v = VAL(b);
    if (unpack_items(t, v, head, before, false, &rest, after) < 0) return -1;
    Ref list = sequence_list(t, ref_borrow(rest));
    ref_drop(t, rest);
    size_t n = ref_is_null(list) ? 0 : list_size(ref_borrow(list));
    if (ref_is_null(list) || n < after) {
        if (!ref_is_null(list))
            err_set(t, E_ValueError, "not enough values to unpack (expected at least %u, got %zu)", before + after, before + n);
        ref_drop(t, list);
        for (uint32_t i = 0; i < before; i++) ref_drop(t, head[i]);
        return -1;
    }
    reg_used(t, f, b);
    for (uint32_t i = 0; i < before; i++) reg_set(t, &REG(a + i), head[i]);
    for (uint32_t i = after; i-- > 0;) reg_set(t, &REG(a + before + 1 + i), list_pop(t, ref_borrow(list), -1));
    reg_set(t, &REG(a + before), list);
    return 0;
}

/* ---- exceptions ----------------------------------------------------------------------------------------------------------------- */

static bool is_exception_class(Value v) { return is_type(v) && type_flag(as(Type, v), TYPE_EXCEPTION); }
static bool is_exception(Value v) { return is_a(v, TYPE_EXCEPTION); }

/* The exception that `raise v` raises, owned. */
static Ref to_exception(Thread *t, Value v, const char *message) {
    if (is_exception_class(v)) {
        Ref r = call0(t, v);
        if (!ref_is_null(r) && !is_exception(ref_borrow(r))) {
            err_set(t, E_TypeError, "calling %R should have returned an instance of BaseException, not %R", v, type_value(type_of(ref_borrow(r))));
            ref_drop(t, r);
            return REF_NULL;
        }
        return r;
    }
    if (is_exception(v)) return ref_new(t, v);
    return err_set(t, E_TypeError, "%s", message);
}

int op_raise(Thread *t, Frame *f, uint64_t w) {
    uint32_t c = INSTR_C(w);
    if (c == 0) {
        Value handled = err_handled(t);
        if (value_is_null(handled) || value_is_none(handled)) return err_int(err_set(t, E_RuntimeError, "No active exception to reraise"));
        err_steal(t, ref_new(t, handled));
        f->no_trace_entry = true;
        return -1;
    }
    Ref exc = to_exception(t, VAL(INSTR_A(w)), "exceptions must derive from BaseException");
    if (ref_is_null(exc)) return -1;
    if (c == 2) {
        Value cause = VAL(INSTR_B(w));
        Ref fixed = value_is_none(cause) ? REF_NULL : to_exception(t, cause, "exception causes must derive from BaseException");
        if (!value_is_none(cause) && ref_is_null(fixed)) {
            ref_drop(t, exc);
            return -1;
        }
        exception_set_cause(t, ref_borrow(exc), fixed);
    }
    err_object(t, ref_borrow(exc));
    ref_drop(t, exc);
    return -1;
}

static int check_class(Thread *t, Value type, bool star) {
    if (!is_exception_class(type)) return err_int(err_set(t, E_TypeError, "catching classes that do not inherit from BaseException is not allowed"));
    if (star && type_is_subtype(as(Type, type), ETYPE(BaseExceptionGroup)))
        return err_int(err_set(t, E_TypeError, "catching ExceptionGroup with except* is not allowed. Use except instead."));
    return 0;
}

/* What stands after `except`: a class or a tuple of classes, not of tuples */
static int check_classes(Thread *t, Value types, bool star) {
    if (!is_tuple(types)) return check_class(t, types, star);
    for (size_t i = 0; i < tuple_size(types); i++)
        if (check_class(t, tuple_get(types, i), star) < 0) return -1;
    return 0;
}

int op_no_match(Thread *t, Frame *f, uint64_t w) {
    uint32_t b = INSTR_B(w);
    if (check_classes(t, VAL(b), false) < 0) return -1;
    bool match = exception_matches(t, VAL(INSTR_A(w)), VAL(b));
    reg_used(t, f, b);
    return !match;
}

int op_check_eg_match(Thread *t, Frame *f, uint64_t w) {
    uint32_t a = INSTR_A(w), b = INSTR_B(w);
    Value exc = VAL(a), types = VAL(b);
    Ref match = REF_NULL, rest = REF_NULL;
    if (check_classes(t, types, true) < 0) return -1;
    if (value_is_none(exc)) {
        rest = REF_NONE;
    } else if (is_exception_group(exc)) {
        if (exception_group_split(t, exc, types, &match, &rest) < 0) return -1;
    } else if (exception_matches(t, exc, types)) { /* a naked exception: handled as a group of one */
        Value one[1] = {exc};
        Ref list = tuple_from_array(t, one, 1);
        match = ref_is_null(list) ? REF_NULL : exception_group_new(t, "", ref_borrow(list));
        ref_drop(t, list);
        if (ref_is_null(match)) return -1;
        Value tb = slot_get(&as(BaseException, exc)->traceback);
        if (!value_is_null(tb)) slot_set(t, value_object(ref_borrow(match)), &as(BaseException, ref_borrow(match))->traceback, ref_new(t, tb));
    } else {
        rest = ref_new(t, exc);
    }
    if (ref_is_null(rest)) rest = REF_NONE;
    if (ref_is_null(match)) {
        match = REF_NONE;
    } else {
        Ref old = t->exc_info->exc;
        t->exc_info->exc = ref_new(t, ref_borrow(match));
        ref_drop(t, old);
    }
    reg_used(t, f, b);
    reg_set(t, &REG(a), rest);
    reg_set(t, &REG(a + 1), match);
    return 0;
}

int op_prep_reraise_star(Thread *t, Frame *f, uint64_t w) {
    Ref r = exception_star_result(t, VAL(INSTR_B(w)), VAL(INSTR_CREG(w)));
    if (ref_is_null(r)) return -1;
    set_result(t, f, w, r);
    if (w & KILL_C) reg_drop(t, &REG(INSTR_CREG(w)));
    return 0;
}

/* ---- with -------------------------------------------------------------------------------------------------------------------------- */

/* type(o).name as (function, self) without making a bound method where it can be avoided: words for two registers. 1, 0 absent, -1 */
static int special_method(Thread *t, Value o, Value name, Ref out[2]) {
    Value v = type_lookup(t, type_of(o), name);
    if (!value_is_null(v) && type_flag(type_of(v), TYPE_METHOD)) {
        out[0] = reg_copy(t, v);
        out[1] = reg_copy(t, o);
        return 1;
    }
    if (value_is_null(v)) return 0;
    out[1] = lookup_special(t, o, name);
    out[0] = REF_NULL;
    return ref_is_null(out[1]) ? (err_pending(t) ? -1 : 0) : 1;
}
/* Calls the pair in registers with more arguments; the pair stays. */
static Ref call_pair(Thread *t, const Ref *pair, const Value *args, size_t n) {
    Value all[4];
    if (ref_is_null(pair[0])) return call(t, ref_borrow(pair[1]), args, n, VALUE_NULL);
    all[0] = ref_borrow(pair[1]);
    for (size_t i = 0; i < n; i++) all[i + 1] = args[i];
    return call(t, ref_borrow(pair[0]), all, n + 1, VALUE_NULL);
}

/* Both are methods of the class, as nearly always: everything waits in registers, where it may be lent, so a shared object isn't counted. 1; 0: they aren't; -1 */
static int with_methods(Thread *t, Frame *f, uint32_t a, uint32_t b, bool async) {
    Value o = VAL(b);
    Type *type = type_of(o);
    Value enter = type_lookup(t, type, async ? N(__aenter__) : N(__enter__)), leave = type_lookup(t, type, async ? N(__aexit__) : N(__exit__));
    if (value_is_null(enter) || value_is_null(leave) || !type_flag(type_of(enter), TYPE_METHOD) || !type_flag(type_of(leave), TYPE_METHOD)) return 0;
    Ref self = reg_copy(t, o), fn = reg_copy(t, leave);
    reg_set(t, &REG(a + 2), reg_copy(t, enter));
    if (b >= f->code->first_temp && b != a) reg_drop(t, &REG(b));
    reg_set(t, &REG(a + 1), self);
    reg_set(t, &REG(a), fn);
    Value arg = ref_borrow(REG(a + 1));
    Ref r = call(t, ref_borrow(REG(a + 2)), &arg, 1, VALUE_NULL);
    if (ref_is_null(r)) return -1;
    reg_set(t, &REG(a + 2), r);
    return 1;
}

int op_before_with(Thread *t, Frame *f, uint64_t w, bool async) {
    uint32_t a = INSTR_A(w), b = INSTR_B(w);
    int done = with_methods(t, f, a, b, async);
    if (done != 0) return done < 0 ? -1 : 0;
    Value o = VAL(b);
    Ref enter[2], leave[2];
    const char *what = async ? "asynchronous context manager" : "context manager";
    int found = special_method(t, o, async ? N(__aenter__) : N(__enter__), enter);
    if (found < 0) return -1;
    if (!found) return err_int(err_set(t, E_TypeError, "'%.200T' object does not support the %s protocol", o, what));
    found = special_method(t, o, async ? N(__aexit__) : N(__exit__), leave);
    if (found <= 0) {
        if (!found)
            err_set(t, E_TypeError, "'%.200T' object does not support the %s protocol (missed %s method)", o, what, async ? "__aexit__" : "__exit__");
        ref_drop(t, enter[0]);
        ref_drop(t, enter[1]);
        return -1;
    }
    /* from here on the words live in registers, where they may be lent */
    Ref hold = reg_take(t, f, b);
    reg_set(t, &REG(a), leave[0]);
    reg_set(t, &REG(a + 1), leave[1]);
    for (int i = 0; i < 2; i++) enter[i] = ref_own(t, enter[i]);
    Ref r = call_pair(t, enter, NULL, 0);
    ref_drop(t, enter[0]);
    ref_drop(t, enter[1]);
    ref_drop(t, hold);
    if (ref_is_null(r)) return -1;
    reg_set(t, &REG(a + 2), r);
    return 0;
}

int op_with_exit(Thread *t, Frame *f, uint64_t w) {
    Ref *pair = &REG(INSTR_A(w));
    Value none[3] = {VALUE_NONE, VALUE_NONE, VALUE_NONE};
    Ref r = call_pair(t, pair, none, 3);
    if (ref_is_null(r)) return -1;
    reg_drop(t, &pair[1]);
    reg_set(t, &pair[0], r);
    return 0;
}

int op_with_except(Thread *t, Frame *f, uint64_t w) {
    Value exc = VAL(INSTR_CREG(w) + 1);
    Ref tb = slot_ref(t, &as(BaseException, exc)->traceback);
    Value args[3] = {type_value(type_of(exc)), exc, ref_is_null(tb) ? VALUE_NONE : ref_borrow(tb)};
    Ref r = call_pair(t, &REG(INSTR_B(w)), args, 3);
    ref_drop(t, tb);
    return set_result(t, f, w, r);
}

/* ---- import --------------------------------------------------------------------------------------------------------------------------- */

int op_import_name(Thread *t, Frame *f, uint64_t w) {
    Ref *base = &REG(INSTR_B(w));
    Value name = f->code->names[INSTR_CIDX(w)];
    Value import = dict_get_str(t, slot_get(&f->func->builtins), N(__import__));
    if (value_is_null(import)) return err_int(err_set(t, E_ImportError, "__import__ not found"));
    Value locals = ref_is_null(f->locals) ? VALUE_NONE : ref_borrow(f->locals);
    Value args[5] = {name, f->globals, locals, ref_borrow(base[1]), ref_borrow(base[0])};
    Ref hold = ref_new(t, import);
    Ref r = call(t, ref_borrow(hold), args, 5, VALUE_NULL);
    ref_drop(t, hold);
    if (ref_is_null(r)) return -1;
    regs_drop(t, base, 2);
    return set_result(t, f, w, r);
}

static bool initializing(Thread *t, Value module) {
    Ref spec = get_attr_opt(t, module, N(__spec__));
    bool yes = false;
    if (!ref_is_null(spec) && !ref_is_none(spec)) {
        Ref flag = get_attr_opt(t, ref_borrow(spec), str_intern_cstr(t, "_initializing"));
        yes = !ref_is_null(flag) && is_true(t, ref_borrow(flag)) == 1;
        ref_drop(t, flag);
    }
    ref_drop(t, spec);
    err_clear(t);
    return yes;
}

int op_import_from(Thread *t, Frame *f, uint64_t w) {
    Value module = VAL(INSTR_B(w)), name = f->code->names[INSTR_CIDX(w)];
    Ref r = get_attr_opt(t, module, name);
    if (!ref_is_null(r)) return set_result(t, f, w, r);
    if (err_pending(t)) return -1;
    Ref package = get_attr_opt(t, module, N(__name__));
    if (ref_is_null(package) && err_pending(t)) return -1;
    if (!ref_is_null(package) && is_str(ref_borrow(package))) { /* a submodule that a circular import hasn't bound yet */
        Ref full = str_format(t, "%V.%V", ref_borrow(package), name);
        int found = ref_is_null(full) ? -1 : dict_lookup(t, modules_dict(), ref_borrow(full), &r);
        ref_drop(t, full);
        if (found != 0) {
            ref_drop(t, package);
            return found < 0 ? -1 : set_result(t, f, w, r);
        }
    }
    Ref file = get_attr_opt(t, module, N(__file__));
    err_clear(t);
    bool has_name = !ref_is_null(package) && is_str(ref_borrow(package)), has_file = !ref_is_null(file) && is_str(ref_borrow(file));
    Value pkg = has_name ? ref_borrow(package) : VALUE_NULL, path = has_file ? ref_borrow(file) : VALUE_NULL;
    Ref unknown = has_name ? REF_NULL : str_from_cstr(t, "<unknown module name>");
    Value shown = has_name ? pkg : ref_borrow(unknown);
    if (!has_file)
        err_import(t, E_ImportError, pkg, path, "cannot import name %R from %R (unknown location)", name, shown);
    else if (initializing(t, module))
        err_import(t, E_ImportError, pkg, path, "cannot import name %R from partially initialized module %R (most likely due to a circular import) (%V)",
                   name, shown, path);
    else
        err_import(t, E_ImportError, pkg, path, "cannot import name %R from %R (%V)", name, shown, path);
    ref_drop(t, unknown);
    ref_drop(t, package);
    ref_drop(t, file);
    return -1;
}

int op_import_star(Thread *t, Frame *f, uint64_t w) {
    Value module = VAL(INSTR_A(w)), ns = ref_is_null(f->locals) ? f->globals : ref_borrow(f->locals);
    bool skip_private = false;
    int result = -1;
    Ref all = get_attr_opt(t, module, N(__all__)), list = REF_NULL;
    if (ref_is_null(all)) {
        if (err_pending(t)) return -1;
        Ref dict = get_attr_opt(t, module, N(__dict__));
        if (ref_is_null(dict)) {
            if (!err_pending(t)) err_set(t, E_ImportError, "from-import-* object has no __dict__ and no __all__");
            return -1;
        }
        all = mapping_keys(t, ref_borrow(dict));
        ref_drop(t, dict);
        if (ref_is_null(all)) return -1;
        skip_private = true;
    }
    list = sequence_list(t, ref_borrow(all));
    if (ref_is_null(list)) goto done;
    for (size_t i = 0; i < list_size(ref_borrow(list)); i++) {
        Ref name = ref_new(t, list_get(ref_borrow(list), i));
        if (!is_str(ref_borrow(name))) {
            Ref mod = get_attr_opt(t, module, N(__name__));
            err_clear(t);
            err_set(t, E_TypeError, skip_private ? "Key in %V.__dict__ must be str, not %.100T" : "Item in %V.__all__ must be str, not %.100T",
                    ref_is_null(mod) ? VALUE_NONE : ref_borrow(mod), ref_borrow(name));
            ref_drop(t, mod);
            ref_drop(t, name);
            goto done;
        }
        bool skip = skip_private && str_length(ref_borrow(name)) > 0 && str_at(as(Str, ref_borrow(name)), 0) == '_';
        int r = 0;
        if (!skip) {
            Ref v = get_attr(t, module, ref_borrow(name));
            r = ref_is_null(v) ? -1 : is_exact(ns, &dict_type) ? dict_set(t, ns, ref_borrow(name), ref_borrow(v)) : set_item(t, ns, ref_borrow(name), ref_borrow(v));
            ref_drop(t, v);
        }
        ref_drop(t, name);
        if (r < 0) goto done;
    }
    result = 0;
    reg_used(t, f, INSTR_A(w));
done:
    ref_drop(t, list);
    ref_drop(t, all);
    return result;
}

/* ---- match --------------------------------------------------------------------------------------------------------------------------------- */

int op_match_keys(Thread *t, Frame *f, uint64_t w) {
    Value map = VAL(INSTR_B(w)), keys = VAL(INSTR_CREG(w));
    size_t n = tuple_size(keys);
    Ref seen = set_new(t, VALUE_NULL), get = REF_NULL, values = REF_NULL, missing = REF_NULL, result = REF_NULL;
    if (ref_is_null(seen)) return -1;
    get = get_attr(t, map, N(get));
    missing = ref_is_null(get) ? REF_NULL : ref_steal(object_alloc(t, &object_type, 0));
    values = ref_is_null(missing) ? REF_NULL : list_new(t, n);
    if (ref_is_null(values)) goto done;
    for (size_t i = 0; i < n; i++) {
        Value key = tuple_get(keys, i);
        int dup = set_contains(t, ref_borrow(seen), key);
        if (dup < 0 || (dup == 0 && set_add(t, ref_borrow(seen), key) < 0)) goto done;
        if (dup) {
            err_set(t, E_ValueError, "mapping pattern checks duplicate key (%R)", key);
            goto done;
        }
        Ref v = call2(t, ref_borrow(get), key, ref_borrow(missing));
        if (ref_is_null(v)) goto done;
        if (value_is(ref_borrow(v), ref_borrow(missing))) {
            ref_drop(t, v);
            result = REF_NONE;
            goto done;
        }
        if (list_append_steal(t, ref_borrow(values), v) < 0) goto done;
    }
    result = list_to_tuple(t, ref_borrow(values));
done:
    ref_drop(t, seen);
    ref_drop(t, get);
    ref_drop(t, missing);
    ref_drop(t, values);
    return set_result(t, f, w, result);
}

/* The attribute, unless it was asked for already; null without an exception: no match. */
static Ref match_attr(Thread *t, Value subject, Type *type, Value name, Value seen) {
    int dup = set_contains(t, seen, name);
    if (dup < 0 || (dup == 0 && set_add(t, seen, name) < 0)) return REF_NULL;
    if (dup) return err_set(t, E_TypeError, "%N() got multiple sub-patterns for attribute %R", type, name);
    return get_attr_opt(t, subject, name);
}

static Ref match_class(Thread *t, Value subject, Value cls, Value kw_names, int64_t npos) {
    if (!is_type(cls)) return err_set(t, E_TypeError, "called match pattern must be a class");
    Type *type = as(Type, cls);
    int inst = is_instance(t, subject, cls);
    if (inst <= 0) return inst < 0 ? REF_NULL : REF_NONE;
    Ref seen = set_new(t, VALUE_NULL), list = REF_NULL, args = REF_NULL, result = REF_NULL;
    if (ref_is_null(seen) || ref_is_null(list = list_new(t, 4))) goto done;
    if (npos) {
        bool self_match = false;
        args = get_attr_opt(t, cls, N(__match_args__));
        if (ref_is_null(args)) {
            if (err_pending(t)) goto done;
            args = ref_new(t, tuple_empty());
            self_match = type_flag(type, TYPE_MATCH_SELF);
        } else if (!is_exact(ref_borrow(args), &tuple_type)) {
            err_set(t, E_TypeError, "%N.__match_args__ must be a tuple (got %T)", type, ref_borrow(args));
            goto done;
        }
        int64_t allowed = self_match ? 1 : (int64_t)tuple_size(ref_borrow(args));
        if (allowed < npos) {
            err_set(t, E_TypeError, "%N() accepts %lld positional sub-pattern%s (%lld given)", type, (long long)allowed, allowed == 1 ? "" : "s", (long long)npos);
            goto done;
        }
        if (self_match) {
            if (list_append(t, ref_borrow(list), subject) < 0) goto done;
        } else {
            for (int64_t i = 0; i < npos; i++) {
                Value name = tuple_get(ref_borrow(args), (size_t)i);
                if (!is_exact(name, &str_type)) {
                    err_set(t, E_TypeError, "__match_args__ elements must be strings (got %T)", name);
                    goto done;
                }
                Ref v = match_attr(t, subject, type, name, ref_borrow(seen));
                if (ref_is_null(v)) {
                    if (!err_pending(t)) result = REF_NONE;
                    goto done;
                }
                if (list_append_steal(t, ref_borrow(list), v) < 0) goto done;
            }
        }
    }
    for (size_t i = 0; i < tuple_size(kw_names); i++) {
        Ref v = match_attr(t, subject, type, tuple_get(kw_names, i), ref_borrow(seen));
        if (ref_is_null(v)) {
            if (!err_pending(t)) result = REF_NONE;
            goto done;
        }
        if (list_append_steal(t, ref_borrow(list), v) < 0) goto done;
    }
    result = list_to_tuple(t, ref_borrow(list));
done:
    ref_drop(t, seen);
    ref_drop(t, list);
    ref_drop(t, args);
    return result;
}

int op_match_class(Thread *t, Frame *f, uint64_t w) {
    Ref *part = &REG(INSTR_CREG(w));
    Ref r = match_class(t, VAL(INSTR_B(w)), ref_borrow(part[0]), ref_borrow(part[1]), value_int(ref_borrow(part[2])));
    if (ref_is_null(r)) return -1;
    regs_drop(t, part, 3);
    return set_result(t, f, w, r);
}

int op_match_rest(Thread *t, Frame *f, uint64_t w) {
    Value keys = VAL(INSTR_CREG(w));
    Ref d = dict_new(t);
    if (ref_is_null(d)) return -1;
    if (dict_update(t, ref_borrow(d), VAL(INSTR_B(w))) < 0) goto fail;
    for (size_t i = 0; i < tuple_size(keys); i++)
        if (dict_del(t, ref_borrow(d), tuple_get(keys, i)) < 0) goto fail;
    return set_result(t, f, w, d);
fail:
    ref_drop(t, d);
    return -1;
}

/* ---- the rest ------------------------------------------------------------------------------------------------------------------------------------ */

int op_setup_annotations(Thread *t, Frame *f) {
    Value ns = ref_is_null(f->locals) ? f->globals : ref_borrow(f->locals);
    int there;
    if (is_exact(ns, &dict_type)) {
        there = dict_contains(t, ns, N(__annotations__));
    } else {
        Ref old = get_item(t, ns, N(__annotations__));
        there = !ref_is_null(old) ? 1 : err_clear_if(t, E_KeyError) ? 0 : -1;
        ref_drop(t, old);
    }
    if (there) return there < 0 ? -1 : 0;
    Ref d = dict_new(t);
    if (ref_is_null(d)) return -1;
    int r = set_item(t, ns, N(__annotations__), ref_borrow(d));
    ref_drop(t, d);
    return r;
}

int op_print_expr(Thread *t, Frame *f, uint64_t w) {
    Ref hook = sys_get(t, "displayhook");
    if (ref_is_null(hook)) return err_pending(t) ? -1 : err_int(err_set(t, E_RuntimeError, "lost sys.displayhook"));
    Ref r = call1(t, ref_borrow(hook), VAL(INSTR_A(w)));
    ref_drop(t, hook);
    if (ref_is_null(r)) return -1;
    ref_drop(t, r);
    reg_used(t, f, INSTR_A(w));
    return 0;
}

static Ref typing_call(Thread *t, const char *name, const Value *args, size_t n) {
    Ref fn = import_attr(t, "typing", name);
    if (ref_is_null(fn)) return fn;
    Ref r = call(t, ref_borrow(fn), args, n, VALUE_NULL);
    ref_drop(t, fn);
    return r;
}
/* typing.TypeVar(name, bound=…) or TypeVar(name, *constraints); 3.11's TypeVar takes values, so the function is called at once. */
static Ref type_var(Thread *t, Ref *base, bool constraints) {
    Ref value = call0(t, ref_borrow(base[1])), fn, r = REF_NULL;
    if (ref_is_null(value)) return value;
    fn = import_attr(t, "typing", "TypeVar");
    if (!ref_is_null(fn) && constraints) {
        Ref list = list_new(t, 4), args = REF_NULL;
        if (!ref_is_null(list) && list_append(t, ref_borrow(list), ref_borrow(base[0])) == 0 && list_extend(t, ref_borrow(list), ref_borrow(value)) == 0)
            args = list_to_tuple(t, ref_borrow(list));
        if (!ref_is_null(args)) r = call_tuple_dict(t, ref_borrow(fn), ref_borrow(args), VALUE_NULL);
        ref_drop(t, list);
        ref_drop(t, args);
    } else if (!ref_is_null(fn)) {
        Value args[2] = {ref_borrow(base[0]), ref_borrow(value)};
        Ref names = tuple_pack(t, 1, str_intern_cstr(t, "bound"));
        if (!ref_is_null(names)) r = call(t, ref_borrow(fn), args, 1, ref_borrow(names));
        ref_drop(t, names);
    }
    ref_drop(t, fn);
    ref_drop(t, value);
    return r;
}

int op_intrinsic(Thread *t, Frame *f, uint64_t w) {
    Ref *base = &REG(INSTR_B(w)), r;
    uint32_t which = INSTR_C(w), used = 1;
    const Value *args = (const Value *)base;
    switch (which) {
    case INTRINSIC_TYPEVAR: r = typing_call(t, "TypeVar", args, 1); break;
    case INTRINSIC_TYPEVAR_BOUND: r = type_var(t, base, false); used = 2; break;
    case INTRINSIC_TYPEVAR_CONSTRAINTS: r = type_var(t, base, true); used = 2; break;
    case INTRINSIC_PARAMSPEC: r = typing_call(t, "ParamSpec", args, 1); break;
    case INTRINSIC_TYPEVARTUPLE: r = typing_call(t, "TypeVarTuple", args, 1); break;
    case INTRINSIC_TYPEALIAS: {
        Ref fn = import_attr(t, "_weft_typealias", "TypeAliasType");
        r = ref_is_null(fn) ? fn : call(t, ref_borrow(fn), args, 3, VALUE_NULL);
        ref_drop(t, fn);
        used = 3;
        break;
    }
    case INTRINSIC_SUBSCRIPT_GENERIC: {
        Ref generic = import_attr(t, "typing", "Generic");
        r = ref_is_null(generic) ? generic : get_item(t, ref_borrow(generic), args[0]);
        ref_drop(t, generic);
        break;
    }
    case INTRINSIC_SET_TYPE_PARAMS: {
        Value fn = args[0];
        used = 2;
        r = set_attr(t, fn, N(__type_params__), args[1]) < 0 ? REF_NULL : ref_new(t, fn);
        break;
    }
    default: r = err_set(t, E_SystemError, "unknown intrinsic %u", which);
    }
    if (ref_is_null(r)) return -1;
    regs_drop(t, base, used);
    return set_result(t, f, w, r);
}

int op_get_iter(Thread *t, Frame *f, uint64_t w) {
    Ref r = get_iter(t, VAL(INSTR_B(w)));
    if (ref_is_null(r)) return -1;
    set_result(t, f, w, r);
    if (w & KILL_B) reg_drop(t, &REG(INSTR_B(w)));
    return 0;
}

int op_get_yield_from_iter(Thread *t, Frame *f, uint64_t w) {
    Value o = VAL(INSTR_B(w));
    Ref r;
    bool coroutine = is_exact(o, &coroutine_type) ||
                     (is_exact(o, &generator_type) && code_of(slot_get(&as(Generator, o)->code))->flags & CO_ITERABLE_COROUTINE);
    if (coroutine && !(f->code->flags & (CO_COROUTINE | CO_ITERABLE_COROUTINE)) && is_exact(o, &coroutine_type))
        r = err_set(t, E_TypeError, "cannot 'yield from' a coroutine object in a non-coroutine generator");
    else
        r = coroutine || is_exact(o, &generator_type) ? ref_new(t, o) : get_iter(t, o);
    if (ref_is_null(r)) return -1;
    set_result(t, f, w, r);
    if (w & KILL_B) reg_drop(t, &REG(INSTR_B(w)));
    return 0;
}

int op_get_aiter(Thread *t, Frame *f, uint64_t w) {
    Value o = VAL(INSTR_B(w));
    Type *type = type_of(o);
    if (!type->aiter) return err_int(err_set(t, E_TypeError, "'async for' requires an object with __aiter__ method, got %.100T", o));
    Ref r = type->aiter(t, o);
    if (ref_is_null(r)) return -1;
    if (!type_of(ref_borrow(r))->anext) {
        err_set(t, E_TypeError, "'async for' received an object from __aiter__ that does not implement __anext__: %.100T", ref_borrow(r));
        ref_drop(t, r);
        return -1;
    }
    set_result(t, f, w, r);
    if (w & KILL_B) reg_drop(t, &REG(INSTR_B(w)));
    return 0;
}

int op_get_anext(Thread *t, Frame *f, uint64_t w) {
    Value o = VAL(INSTR_B(w));
    Type *type = type_of(o);
    if (!type->anext) return err_int(err_set(t, E_TypeError, "'async for' requires an iterator with __anext__ method, got %.100T", o));
    Ref next = type->anext(t, o);
    if (ref_is_null(next)) return -1;
    if (type == &async_generator_type) return set_result(t, f, w, next);
    Ref r = coroutine_get_awaitable(t, ref_borrow(next), -1);
    if (ref_is_null(r)) {
        Ref cause = err_fetch(t);
        err_set(t, E_TypeError, "'async for' received an invalid object from __anext__: %.100T", ref_borrow(next));
        if (err_pending(t)) {
            exception_set_cause(t, ref_borrow(t->exc), ref_new(t, ref_borrow(cause)));
            exception_set_context(t, ref_borrow(t->exc), cause);
        } else {
            ref_drop(t, cause);
        }
    }
    ref_drop(t, next);
    return set_result(t, f, w, r);
}
