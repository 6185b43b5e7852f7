/* Calls: everything but the exact positional call of a Python function, which the interpreter does inline.
 *
 * Arguments are register words at base[1 …]; the callee's word is base[0]. A Python function's window begins at its first argument. C functions read
 * the registers in place. Bound methods and classes shift the arguments up by one or two words; CALL_SLACK keeps room for that.
 */
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "vm/slow.h"

/* ---- frames ----------------------------------------------------------------------------------------------------------------- */

NOINLINE Frame *push_frame_slow(Thread *t, Function *fn, Code *code, Ref *window, Ref *ret, uint8_t kind) {
    if (!frame_fits(t, code, window)) {
        err_set(t, E_RecursionError, "maximum recursion depth exceeded");
        return NULL;
    }
    Frame *n = frame_next(t, t->frame);
    if (!n) return NULL;
    n->no_trace_entry = false;
    return frame_push(t, n, fn, code, window, ret, kind);
}

/* Binds and pushes; a generator's frame becomes an object instead. On an error all words of the window are dropped. */
CallResult push_function(Thread *t, Function *fn, Ref *window, uint32_t n, Value kwnames, Ref *ret, uint8_t kind) {
    Code *code = code_of(slot_get(&fn->code));
    uint64_t *top = t->stack_top, *need = (uint64_t *)(window + (n > code->nregs ? n : code->nregs));
    if (need + 64 > t->stack_limit) {
        regs_drop(t, window, n);
        err_set(t, E_RecursionError, "maximum recursion depth exceeded");
        return CALL_ERROR;
    }
    if (unlikely(load_acquire(&code->x_instr) == NULL) && code_prepare(t, code) < 0) {
        regs_drop(t, window, n);
        return CALL_ERROR;
    }
    if (need > top) t->stack_top = need;
    if (!code->positional || n != code->argcount || !value_is_null(kwnames)) {
        if (function_bind(t, fn, code, window, window, n, kwnames) < 0) {
            t->stack_top = top;
            return CALL_ERROR;
        }
        if (code->flags & CO_ANY_GENERATOR) {
            for (uint32_t i = code->params; i < code->first_temp; i++) window[i] = REF_NULL;
            Ref g = generator_new(t, fn, code, window);
            if (ref_is_null(g)) regs_drop(t, window, code->params);
            t->stack_top = top;
            if (ref_is_null(g)) return CALL_ERROR;
            if (ret != window - 1) reg_drop(t, &window[-1]); /* the callee's word */
            reg_set(t, ret, g);
            return CALL_DONE;
        }
    }
    if (!push_frame_slow(t, fn, code, window, ret, kind)) {
        regs_drop(t, window, code->params);
        t->stack_top = top;
        return CALL_ERROR;
    }
    return CALL_PUSHED;
}

/* ---- from C --------------------------------------------------------------------------------------------------------------------- */

/* Runs fn on the words that stand at window (consumed), which the caller has put on top of the stack and restores. */
static Ref run(Thread *t, Function *fn, Ref *window, uint32_t n, Value kwnames, Value locals) {
    Ref result = REF_NULL; /* a call from C keeps the callee itself; window[-1] may go early */
    switch (push_function(t, fn, window, n, kwnames, &result, FRAME_ENTRY)) {
    case CALL_ERROR: return REF_NULL;
    case CALL_DONE: return result;
    default: break;
    }
    if (!value_is_null(locals)) t->frame->locals = ref_new(t, locals);
    return interp(t);
}

static Ref call_from_c(Thread *t, Value func, const Value *args, size_t n, Value kwnames, Value locals) {
    if (unlikely(t->stack_base == NULL) && frames_begin(t) < 0) return REF_NULL;
    if (c_stack_check(t, " while calling a Python object") < 0) return REF_NULL;
    uint64_t *top = t->stack_top;
    if (top + n + 64 > t->stack_limit) return err_set(t, E_RecursionError, "maximum recursion depth exceeded");
    Ref *window = (Ref *)top + 1;
    bool locked = t->critical != NULL;
#if WEFT_DEBUG
    int depth = vm_recursion_limit() - t->recursion_left;
#endif
    window[-1] = reg_copy(t, func);
    for (size_t i = 0; i < n; i++) window[i] = reg_copy(t, args[i]);
    t->stack_top = (uint64_t *)(window + n);
    if (unlikely(locked)) critical_suspend(t);
    Ref r = run(t, as(Function, func), window, (uint32_t)n, kwnames, locals);
    if (unlikely(locked)) critical_resume(t);
#if WEFT_DEBUG
    DCHECK(depth == vm_recursion_limit() - t->recursion_left); /* each recursion_enter has had its recursion_leave */
#endif
    t->stack_top = (uint64_t *)window;
    reg_drop(t, &window[-1]);
    t->stack_top = top;
    return r;
}

Ref function_call(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames) {
    /* The usual call needs no more than this: exactly the positional parameters, no section to give up. */
    Function *fn = as(Function, f);
    Code *code = code_of(slot_get(&fn->code));
    Frame *below = t->frame;
    uint64_t *top = t->stack_top;
    Ref *window = (Ref *)top + 1, result = REF_NULL;
    if (likely(value_is_null(kwnames) && nargs == code->argcount && code->positional && below != NULL && below->next != NULL && t->critical == NULL &&
               load_acquire(&code->x_instr) != NULL && frame_fits(t, code, window) && (char *)__builtin_frame_address(0) >= t->c_stack_limit)) {
        window[-1] = reg_copy(t, f);
        for (size_t i = 0; i < nargs; i++) window[i] = reg_copy(t, args[i]);
        frame_push(t, below->next, fn, code, window, &result, FRAME_ENTRY)->no_trace_entry = false;
        result = interp(t);
        t->stack_top = (uint64_t *)window;
        reg_drop(t, &window[-1]);
        t->stack_top = top;
        return result;
    }
    return call_from_c(t, f, args, nargs + (value_is_null(kwnames) ? 0 : tuple_size(kwnames)), kwnames, VALUE_NULL);
}
Ref function_run(Thread *t, Value func, Value locals) { return call_from_c(t, func, NULL, 0, VALUE_NULL, locals); }

/* ---- from the interpreter -------------------------------------------------------------------------------------------------------------- */

static CallResult finish(Thread *t, Ref *base, uint32_t n, Ref *ret, Ref r) {
    if (ref_is_null(r)) return CALL_ERROR; /* the unwinder drops the words */
    regs_drop(t, base + 1, n);
    if (ret != base) reg_drop(t, base);
    reg_set(t, ret, r);
    return CALL_DONE;
}

/* Instances of plain classes: object.__new__ and an __init__ written in Python, whose frame is pushed. */
bool class_init_function(Thread *t, Type *type, Function **init) {
    if (type_of(type_value(type))->call != type_type.call || type->new_ != object_type.new_ || type_flag(type, TYPE_ABSTRACT | TYPE_NO_INSTANTIATION))
        return false;
    Value v = type_lookup(t, type, N(__init__));
    if (value_is_null(v) || !is_function(v)) return false;
    *init = as(Function, v);
    return true;
}

static CallResult call_class(Thread *t, Ref *base, uint32_t n, Value kwnames, Ref *ret, Function *init) {
    Ref self = instance_new(t, as(Type, ref_borrow(base[0])));
    if (ref_is_null(self)) return CALL_ERROR;
    memmove(base + 3, base + 1, n * sizeof(Ref));
    base[1] = reg_copy(t, object_value(init));
    base[2] = reg_copy(t, ref_borrow(self));
    if (ret != base) reg_drop(t, base);
    reg_set(t, ret, self); /* the result already; dropped if __init__ fails */
    return push_function(t, init, base + 2, n + 1, kwnames, ret, FRAME_INIT);
}

/* The same through the call's first cache word: type uid | index of __init__ in its AttrTable << 32. */
static bool cached_init(Thread *t, Instr *at, Type *meta, Type *type, Function **init) {
    uint64_t word = load_relaxed(&at[1]);
    if (type->head.uid == (uint32_t)word && word && !(word & NATIVE_MARK) && meta->call == type_type.call && type->new_ == object_type.new_ &&
        !type_flag(type, TYPE_ABSTRACT | TYPE_NO_INSTANTIATION)) {
        Value v = attr_table_value(type, (uint32_t)(word >> 32));
        if (likely(!value_is_null(v) && is_function(v))) {
            *init = as(Function, v);
            return true;
        }
    }
    if (!class_init_function(t, type, init)) return false;
    if (type->head.uid && load_relaxed(&at[2]) < 64) { /* sites that see many classes stop writing */
        int64_t i = attr_table_index(t, type, N(__init__));
        if (i >= 0) store_relaxed(&at[1], type->head.uid | (uint64_t)i << 32);
        store_relaxed(&at[2], load_relaxed(&at[2]) + 1);
    }
    return true;
}

/* Built-in types whose new_ does everything: range, int, str … */
static bool made_by_new(const Type *type) {
    return type->init == object_init_slot && type->new_ != object_new_slot && type->new_ && type != &type_type &&
           !type_flag(type, TYPE_HEAP | TYPE_NO_INSTANTIATION | TYPE_ABSTRACT);
}

NOINLINE CallResult op_call(Thread *t, Frame *f, Instr *at, Ref *base, uint32_t n, Value kwnames, Ref *ret) {
    Value callee = ref_borrow(base[0]);
    Type *type = type_of(callee);
    if (type == &function_type) return push_function(t, as(Function, callee), base + 1, n, kwnames, ret, FRAME_CALL);
    if (type == &method_type) {
        Method *m = as(Method, callee);
        Value fn = slot_get(&m->function);
        if (is_function(fn)) {
            memmove(base + 2, base + 1, n * sizeof(Ref));
            base[1] = reg_copy(t, slot_get(&m->self));
            reg_set(t, &base[0], reg_copy(t, fn));
            return push_function(t, as(Function, fn), base + 1, n + 1, kwnames, ret, FRAME_CALL);
        }
    }
    size_t nkw = value_is_null(kwnames) ? 0 : tuple_size(kwnames), npos = n - nkw;
    const Value *args = (const Value *)(base + 1);
    if (type == &native_type) {
        Native *nat = as(Native, callee);
        return finish(t, base, n, ret, native_object_call(t, object_value(nat), args, npos, kwnames));
    }
    if (type == &method_descriptor_type && npos > 0) {
        MethodDescriptor *d = as(MethodDescriptor, callee);
        if (type_is_subtype(type_of(args[0]), d->owner))
            return finish(t, base, n, ret, native_call(t, d->def, args[0], args + 1, npos - 1, kwnames));
    }
    if (type_flag(type, TYPE_TYPE)) {
        if (as(Type, callee) == &type_type && n == 1 && nkw == 0) return finish(t, base, n, ret, ref_new(t, type_value(type_of(args[0]))));
        Type *cls = as(Type, callee);
        if (type == &type_type && made_by_new(cls)) {
            Ref r = cls->new_(t, callee, args, npos, kwnames);
            Type *made = ref_is_null(r) ? cls : type_of(ref_borrow(r));
            if (unlikely(made != cls) && made->init != object_init_slot && made->init && type_is_subtype(made, cls) && /* str(x) may give a subclass's instance */
                made->init(t, ref_borrow(r), args, npos, kwnames) < 0) {
                ref_drop(t, r);
                return CALL_ERROR;
            }
            return finish(t, base, n, ret, r);
        }
        Function *init;
        if (cached_init(t, at, type, as(Type, callee), &init)) return call_class(t, base, n, kwnames, ret, init);
    }
    return finish(t, base, n, ret, call(t, callee, args, npos, kwnames));
}

/* "module.name()" for messages; without the module for builtins. Owned, or null. */
static Ref function_text(Thread *t, Value f) {
    Ref name = get_attr_opt(t, f, N(__qualname__)), module = REF_NULL, r;
    if (ref_is_null(name)) return err_pending(t) ? REF_NULL : object_str(t, f);
    module = get_attr_opt(t, f, N(__module__));
    if (ref_is_null(module)) err_clear(t);
    if (ref_is_null(module) || ref_is_none(module) || (is_str(ref_borrow(module)) && str_equal_ascii(ref_borrow(module), "builtins")))
        r = str_format(t, "%V()", ref_borrow(name));
    else
        r = str_format(t, "%V.%V()", ref_borrow(module), ref_borrow(name));
    ref_drop(t, module);
    ref_drop(t, name);
    return r;
}
static Ref star_error(Thread *t, Value f, Value args) {
    Ref text = function_text(t, f);
    if (ref_is_null(text)) return text;
    err_set(t, E_TypeError, "%V argument after * must be an iterable, not %.200T", ref_borrow(text), args);
    ref_drop(t, text);
    return REF_NULL;
}

/* f(*args, **kwargs): base[0] callee, base[1] tuple or list, base[2] dict. */
CallResult op_call_ex(Thread *t, Frame *f, Ref *base, bool keywords) {
    Value callee = ref_borrow(base[0]), args = ref_borrow(base[1]), kwargs = keywords ? ref_borrow(base[2]) : VALUE_NULL;
    bool spread = is_exact(callee, &function_type) && (value_is_null(kwargs) || dict_size(kwargs) == 0);
    bool list = spread && is_exact(args, &list_type) && is_local(t, value_object(args)); /* nobody changes it meanwhile */
    if (!list && !is_exact(args, &tuple_type)) {
        Ref r;
        if (!is_list(args) && !is_tuple(args) && type_of(args)->iter == NULL && !is_sequence(args))
            r = star_error(t, callee, args);
        else
            r = sequence_tuple(t, args);
        if (ref_is_null(r)) return CALL_ERROR;
        reg_set(t, &base[1], r);
        args = ref_borrow(r);
    }
    size_t n = list ? list_size(args) : tuple_size(args);
    if (spread) {
        /* spread over the stack: the callee runs in this C frame */
        uint64_t *top = t->stack_top;
        Ref *room = (Ref *)top + 1;
        if (top + n + 66 > t->stack_limit) {
            err_set(t, E_RecursionError, "maximum recursion depth exceeded");
            return CALL_ERROR;
        }
        for (size_t i = 0; i < n; i++) room[i] = reg_copy(t, list ? list_get(args, i) : tuple_get(args, i));
        room[-1] = REF_NULL;
        t->stack_top = (uint64_t *)(room + n);
        regs_drop(t, base + 1, keywords ? 2 : 1);
        CallResult r = push_function(t, as(Function, callee), room, (uint32_t)n, VALUE_NULL, base, FRAME_CALL);
        if (r != CALL_PUSHED) t->stack_top = top;
        return r;
    }
    Ref r = call_tuple_dict(t, callee, args, kwargs);
    if (ref_is_null(r)) return CALL_ERROR;
    regs_drop(t, base + 1, keywords ? 2 : 1);
    reg_set(t, base, r);
    return CALL_DONE;
}
