/* Async generators: the awaitables that __anext__, asend, athrow and aclose give, and the wrapping of yielded values.
 *
 * An async generator yields two kinds of things to whoever drives it: what it awaits passes through as it is; what it yields comes wrapped
 * (YIELD_ASYNC), and ends the awaitable with StopIteration(value).
 */
#include <stdio.h>

#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/genericalias.h"
#include "runtime/exceptions.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/thread_state.h"
#include "vm/generator.h"

typedef struct AsyncWrapped { Object base; Slot value; } AsyncWrapped;
enum { STEP_INIT, STEP_ITER, STEP_CLOSED };
typedef struct AsyncStep { /* asend and athrow/aclose objects */
    Object base;
    Slot generator, value; /* value: to send; or tuple of throw's arguments, null for aclose */
    _Atomic int x_state;
} AsyncStep;

/* ---- wrapped values ----------------------------------------------------------------------------------------------------------- */

static void wrapped_traverse(Object *self, VisitFn visit, void *arg) { slot_visit(&((AsyncWrapped *)self)->value, visit, arg); }
static void wrapped_clear(Thread *t, Object *self) { ref_drop(t, slot_take(t, self, &((AsyncWrapped *)self)->value)); }
Type async_gen_wrapped_type = {TYPE_HEADER(AsyncWrapped, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, wrapped_traverse, NULL, wrapped_clear),
                               .name = "async_generator_wrapped_value"};

Ref async_gen_wrap(Thread *t, Ref value) {
    AsyncWrapped *w = object_new(AsyncWrapped, t, &async_gen_wrapped_type);
    if (!w) {
        ref_drop(t, value);
        return REF_NULL;
    }
    slot_init(&w->value, value);
    return ref_steal(w);
}
/* If it is a wrapped value: *out holds the value, and the wrapper is dropped. */
bool async_gen_unwrap(Thread *t, Ref wrapped, Ref *out) {
    if (!is_exact(ref_borrow(wrapped), &async_gen_wrapped_type)) return false;
    *out = slot_ref(t, &as(AsyncWrapped, ref_borrow(wrapped))->value);
    ref_drop(t, wrapped);
    return true;
}

/* ---- steps ------------------------------------------------------------------------------------------------------------------------ */

static Generator *generator_of(AsyncStep *s) { return as(Generator, slot_get(&s->generator)); }

/* sys.set_asyncgen_hooks: asked for when the generator is first iterated. */
static int init_hooks(Thread *t, Generator *g) {
    if (load_acquire(&g->x_hooks_inited)) return 0;
    if (swap_acq_rel(&g->x_hooks_inited, true)) return 0;
    RuntimeThread *rt = runtime_thread(t);
    if (!rt) return 0;
    if (!ref_is_null(rt->async_gen_finalizer)) slot_set(t, g, &g->finalizer, ref_new(t, ref_borrow(rt->async_gen_finalizer)));
    if (!ref_is_null(rt->async_gen_firstiter)) {
        Ref hook = ref_new(t, ref_borrow(rt->async_gen_firstiter));
        Ref r = call1(t, ref_borrow(hook), object_value(g));
        ref_drop(t, hook);
        ref_drop(t, r);
        if (ref_is_null(r)) return -1;
    }
    return 0;
}

static Ref step_new(Thread *t, Type *type, Value self, Value value) {
    if (init_hooks(t, as(Generator, self)) < 0) return REF_NULL;
    AsyncStep *s = object_new(AsyncStep, t, type);
    if (!s) return REF_NULL;
    slot_init(&s->generator, ref_new(t, self));
    slot_init(&s->value, value_is_null(value) ? REF_NULL : ref_new(t, value));
    return ref_steal(s);
}
static void step_traverse(Object *self, VisitFn visit, void *arg) {
    slot_visit(&((AsyncStep *)self)->generator, visit, arg);
    slot_visit(&((AsyncStep *)self)->value, visit, arg);
}
static void step_clear(Thread *t, Object *self) {
    ref_drop(t, slot_take(t, self, &((AsyncStep *)self)->generator));
    ref_drop(t, slot_take(t, self, &((AsyncStep *)self)->value));
}

/* What a step of the generator means for the awaitable. */
static Ref unwrap_step(Thread *t, AsyncStep *s, GenStep step, Ref out) {
    Generator *g = generator_of(s);
    Ref value;
    switch (step) {
    case GEN_YIELDED:
        if (!async_gen_unwrap(t, out, &value)) return out; /* something awaited */
        store_release(&g->x_ag_running, false);
        store_release(&s->x_state, STEP_CLOSED);
        err_value(t, E_StopIteration, ref_borrow(value));
        ref_drop(t, value);
        return REF_NULL;
    case GEN_RETURNED:
        ref_drop(t, out);
        store_release(&g->x_ag_closed, true);
        err_object(t, type_value(ETYPE(StopAsyncIteration)));
        break;
    default:
        if (err_is(t, E_StopAsyncIteration) || err_is(t, E_GeneratorExit)) store_release(&g->x_ag_closed, true);
    }
    store_release(&g->x_ag_running, false);
    store_release(&s->x_state, STEP_CLOSED);
    return REF_NULL;
}

static Ref asend_send_value(Thread *t, Value self, Value value) {
    AsyncStep *s = as(AsyncStep, self);
    Generator *g = generator_of(s);
    int state = load_acquire(&s->x_state);
    if (state == STEP_CLOSED) return err_set(t, E_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    if (state == STEP_INIT) {
        bool idle = false;
        if (!atomic_compare_exchange_strong(&g->x_ag_running, &idle, true))
            return err_set(t, E_RuntimeError, "anext(): asynchronous generator is already running");
        if (value_is_none(value)) value = slot_get(&s->value);
        store_release(&s->x_state, STEP_ITER);
    }
    Ref out;
    GenStep step = generator_resume(t, g, ref_new(t, value), false, &out);
    return unwrap_step(t, s, step, out);
}
static Ref asend_next(Thread *t, Value self) { return asend_send_value(t, self, VALUE_NONE); }
static Ref asend_send(Thread *t, Value self, const Value *a) { return asend_send_value(t, self, a[0]); }
static Ref throw_into_generator(Thread *t, AsyncStep *s, const Value *args, size_t n, Value kwnames) {
    Generator *g = generator_of(s);
    if (generator_throw_count(t, object_value(s), "throw", n, kwnames) < 0) return REF_NULL;
    Ref r = generator_throw_raw(t, object_value(g), args, n, false);
    if (!ref_is_null(r)) return unwrap_step(t, s, GEN_YIELDED, r);
    if (err_clear_if(t, E_StopIteration)) return unwrap_step(t, s, GEN_RETURNED, REF_NULL);
    return unwrap_step(t, s, GEN_RAISED, REF_NULL);
}
static Ref asend_throw(Thread *t, Value self, const Value *args, size_t n, Value kwnames) {
    AsyncStep *s = as(AsyncStep, self);
    if (load_acquire(&s->x_state) == STEP_CLOSED) return err_set(t, E_RuntimeError, "cannot reuse already awaited __anext__()/asend()");
    return throw_into_generator(t, s, args, n, kwnames);
}
static Ref step_close(Thread *t, Value self, const Value *a) {
    store_release(&as(AsyncStep, self)->x_state, STEP_CLOSED);
    return REF_NONE;
}

/* A step of aclose(): the generator must end. */
static Ref close_step(Thread *t, AsyncStep *s, GenStep step, Ref out) {
    Ref inner;
    if (step == GEN_YIELDED && !async_gen_unwrap(t, out, &inner)) return out; /* something awaited */
    store_release(&generator_of(s)->x_ag_running, false);
    store_release(&s->x_state, STEP_CLOSED);
    if (step == GEN_YIELDED) {
        ref_drop(t, inner);
        return err_set(t, E_RuntimeError, "async generator ignored GeneratorExit");
    }
    ref_drop(t, out);
    if (step == GEN_RETURNED || err_clear_if(t, E_StopAsyncIteration) || err_clear_if(t, E_GeneratorExit) || err_clear_if(t, E_StopIteration))
        return err_object(t, type_value(ETYPE(StopIteration)));
    return REF_NULL;
}

static Ref athrow_send_value(Thread *t, Value self, Value value) {
    AsyncStep *s = as(AsyncStep, self);
    Generator *g = generator_of(s);
    int state = load_acquire(&s->x_state);
    Value args = slot_get(&s->value);
    bool closing = value_is_null(args);
    if (state == STEP_CLOSED) return err_set(t, E_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    if (state == STEP_INIT && load_acquire(&g->x_state) == GEN_CLOSED) {
        store_release(&s->x_state, STEP_CLOSED);
        return err_object(t, type_value(ETYPE(StopIteration)));
    }
    Ref out = REF_NULL;
    GenStep step;
    if (state == STEP_INIT) {
        bool idle = false;
        if (!atomic_compare_exchange_strong(&g->x_ag_running, &idle, true)) {
            store_release(&s->x_state, STEP_CLOSED);
            return err_set(t, E_RuntimeError, closing ? "aclose(): asynchronous generator is already running"
                                                      : "athrow(): asynchronous generator is already running");
        }
        if (load_acquire(&g->x_ag_closed)) {
            store_release(&s->x_state, STEP_CLOSED);
            store_release(&g->x_ag_running, false);
            return err_object(t, type_value(ETYPE(StopAsyncIteration)));
        }
        if (!value_is_none(value)) {
            store_release(&g->x_ag_running, false);
            return err_set(t, E_RuntimeError, "can't send non-None value to a just-started coroutine");
        }
        store_release(&s->x_state, STEP_ITER);
        Value exit = type_value(ETYPE(GeneratorExit));
        if (closing) store_release(&g->x_ag_closed, true);
        const Value *given = closing ? &exit : (const Value *)as(Tuple, args)->item;
        if (!closing) return throw_into_generator(t, s, given, tuple_size(args), VALUE_NULL);
        out = generator_throw_raw(t, object_value(g), given, 1, false);
        step = !ref_is_null(out) ? GEN_YIELDED : GEN_RAISED;
    } else {
        step = generator_resume(t, g, ref_new(t, value), false, &out);
        if (!closing) return unwrap_step(t, s, step, out);
    }
    return close_step(t, s, step, out);
}
static Ref athrow_next(Thread *t, Value self) { return athrow_send_value(t, self, VALUE_NONE); }
static Ref athrow_send(Thread *t, Value self, const Value *a) { return athrow_send_value(t, self, a[0]); }
static Ref athrow_throw(Thread *t, Value self, const Value *args, size_t n, Value kwnames) {
    AsyncStep *s = as(AsyncStep, self);
    if (load_acquire(&s->x_state) == STEP_CLOSED) return err_set(t, E_RuntimeError, "cannot reuse already awaited aclose()/athrow()");
    if (!value_is_null(slot_get(&s->value))) return throw_into_generator(t, s, args, n, kwnames);
    if (generator_throw_count(t, self, "throw", n, kwnames) < 0) return REF_NULL;
    Ref out = generator_throw_raw(t, object_value(generator_of(s)), args, n, false);
    return close_step(t, s, ref_is_null(out) ? GEN_RAISED : GEN_YIELDED, out);
}

static NativeDef asend_methods[] = {FN("send", "($self, arg, /)", asend_send, ""), FN_RAW("throw", "($self, type, value=None, traceback=None, /)", asend_throw, ""),
                                    FN("close", "($self, /)", step_close, ""), FN_END};
static NativeDef athrow_methods[] = {FN("send", "($self, arg, /)", athrow_send, ""),
                                     FN_RAW("throw", "($self, type, value=None, traceback=None, /)", athrow_throw, ""),
                                     FN("close", "($self, /)", step_close, ""), FN_END};
Type async_gen_asend_type = {TYPE_HEADER(AsyncStep, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, step_traverse, NULL, step_clear),
                             .name = "async_generator_asend", .await_ = iter_self, .iter = iter_self, .next = asend_next, .methods = asend_methods};
Type async_gen_athrow_type = {TYPE_HEADER(AsyncStep, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, step_traverse, NULL, step_clear),
                              .name = "async_generator_athrow", .await_ = iter_self, .iter = iter_self, .next = athrow_next, .methods = athrow_methods};

/* ---- the generator's methods ---------------------------------------------------------------------------------------------------------- */

Ref async_generator_anext(Thread *t, Value self);
Ref async_generator_anext(Thread *t, Value self) { return step_new(t, &async_gen_asend_type, self, VALUE_NONE); }
static Ref method_asend(Thread *t, Value self, const Value *a) { return step_new(t, &async_gen_asend_type, self, a[0]); }
static Ref method_aclose(Thread *t, Value self, const Value *a) { return step_new(t, &async_gen_athrow_type, self, VALUE_NULL); }
static Ref method_athrow(Thread *t, Value self, const Value *args, size_t n, Value kwnames) {
    if (generator_throw_count(t, self, "athrow", n, kwnames) < 0) return REF_NULL;
    Ref tuple = tuple_from_array(t, args, n);
    if (ref_is_null(tuple)) return tuple;
    Ref r = step_new(t, &async_gen_athrow_type, self, ref_borrow(tuple));
    ref_drop(t, tuple);
    return r;
}
static Ref class_getitem(Thread *t, Value cls, const Value *a) { return generic_alias_new(t, cls, a[0]); }
NativeDef async_generator_methods[] = {
    FN_CLASS("__class_getitem__", "!($type, item, /)", class_getitem, "See PEP 585"),
    FN("asend", "($self, arg, /)", method_asend, "Awaitable that goes on with arg as the value of the yield."),
    FN_RAW("athrow", "($self, type, value=None, traceback=None, /)", method_athrow, "Awaitable that raises an exception where the generator waits."),
    FN("aclose", "($self, /)", method_aclose, "Awaitable that raises GeneratorExit where the generator waits."), FN_END};

int async_generator_types_init(Thread *t) {
    Type *types[] = {&async_generator_type, &async_gen_wrapped_type, &async_gen_asend_type, &async_gen_athrow_type};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (type_ready(t, types[i]) < 0) return -1;
    return 0;
}
