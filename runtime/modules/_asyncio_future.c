/* asyncio.Future. See _asyncio.h. */
#include "runtime/modules/_asyncio.h"
#include "runtime/exceptions.h"

static Future *future_of(Value v) { return as(Future, v); }
static Slot *future_slots(Future *f, int i) {
    Slot *slots[] = {&f->loop, &f->callbacks, &f->result, &f->exception, &f->exception_tb, &f->source_tb, &f->cancel_msg, &f->cancelled_exc};
    return slots[i];
}
#define FUTURE_SLOTS 8
void future_traverse(Object *o, VisitFn visit, void *arg) {
    instance_traverse_attrs(o, visit, arg);
    for (int i = 0; i < FUTURE_SLOTS; i++) slot_visit(future_slots((Future *)o, i), visit, arg);
}
void future_clear(Thread *t, Object *o) {
    instance_clear_attrs(t, o);
    for (int i = 0; i < FUTURE_SLOTS; i++) slot_set(t, o, future_slots((Future *)o, i), REF_NULL);
}
static int state_of(Future *f) { return load_acquire(&f->x_state); }

/* ---- the loop ------------------------------------------------------------------------------------------------------------------------------ */

int loop_call_soon(Thread *t, Future *of, Value fn, Value arg, Value context) {
    Ref loop = slot_ref(t, &of->loop);
    if (ref_is_null(loop)) return err_int(err_set(t, E_RuntimeError, "Future object is not initialized.")); /* __init__ was called again, and failed */
    Ref f = get_attr_cstr(t, ref_borrow(loop), "call_soon");
    ref_drop(t, loop);
    if (ref_is_null(f)) return -1;
    Value args[3] = {fn};
    size_t n = 1;
    if (!value_is_null(arg)) args[n++] = arg;
    static const char *const names[] = {"context"};
    args[n] = context;
    Ref r = call_kw(t, ref_borrow(f), args, n, names, value_is_null(context) ? 0 : 1);
    ref_drop(t, f);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}
/* The callbacks of a future that is done now. */
static int schedule(Thread *t, Future *f) {
    Ref list;
    CRITICAL_BEGIN(t, f)
    list = slot_take(t, f, &f->callbacks);
    CRITICAL_END(t)
    int status = 0;
    for (size_t i = 0; !ref_is_null(list) && status == 0 && i < list_size(ref_borrow(list)); i++) {
        Value pair = list_get(ref_borrow(list), i);
        status = loop_call_soon(t, f, tuple_get(pair, 0), object_value(f), tuple_get(pair, 1));
    }
    ref_drop(t, list);
    return status;
}
static int ready(Thread *t, Future *f) {
    return !value_is_null(slot_get(&f->loop)) ? 0 : err_int(err_set(t, E_RuntimeError, "Future object is not initialized."));
}
static Ref invalid(Thread *t, const char *message) { return err_type(t, as(Type, slot_get(&aio_invalid_state)), "%s", message); }

/* ---- changing the state ----------------------------------------------------------------------------------------------------------------------- */

/* Pending → state, with v (consumed) in the slot, and an exception's traceback (consumed) in its. 1, or 0 if it was done already (they are dropped) */
static int settle(Thread *t, Future *f, int state, Slot *slot, Ref v, Ref tb) {
    Ref old = v, old_tb = tb;
    bool first;
    CRITICAL_BEGIN(t, f)
    first = load_relaxed(&f->x_state) == FUTURE_PENDING;
    if (first) {
        old = slot_swap(t, f, slot, v);
        old_tb = slot_swap(t, f, &f->exception_tb, tb);
        store_release(&f->x_state, state);
    }
    CRITICAL_END(t)
    ref_drop(t, old);
    ref_drop(t, old_tb);
    return first;
}
int future_finish(Thread *t, Future *f, Value result) {
    if (ready(t, f) < 0) return -1;
    if (!settle(t, f, FUTURE_FINISHED, &f->result, ref_new(t, result), REF_NULL)) return err_int(invalid(t, "invalid state"));
    return schedule(t, f);
}
int future_fail(Thread *t, Future *f, Value given) {
    if (ready(t, f) < 0) return -1;
    if (state_of(f) != FUTURE_PENDING) return err_int(invalid(t, "invalid state"));
    Ref e = is_type(given) && type_flag(as(Type, given), TYPE_EXCEPTION) ? call0(t, given) : ref_new(t, given);
    if (ref_is_null(e)) return -1;
    const char *wrong = !is_a(ref_borrow(e), TYPE_EXCEPTION) ? "invalid exception object"
        : is_exact(ref_borrow(e), ETYPE(StopIteration)) ? "StopIteration interacts badly with generators and cannot be raised into a Future" : NULL;
    if (wrong != NULL) {
        ref_drop(t, e);
        return err_int(err_set(t, E_TypeError, "%s", wrong));
    }
    if (!settle(t, f, FUTURE_FINISHED, &f->exception, e, slot_ref(t, &as(BaseException, ref_borrow(e))->traceback))) return err_int(invalid(t, "invalid state"));
    if (schedule(t, f) < 0) return -1;
    store_relaxed(&f->x_log_tb, true);
    return 0;
}
int future_cancel(Thread *t, Future *f, Value msg) {
    store_relaxed(&f->x_log_tb, false);
    if (!settle(t, f, FUTURE_CANCELLED, &f->cancel_msg, value_is_null(msg) || value_is_none(msg) ? REF_NULL : ref_new(t, msg), REF_NULL)) return 0;
    return schedule(t, f) < 0 ? -1 : 1;
}
Ref future_cancelled_error(Thread *t, Future *f) {
    Ref e = slot_take(t, f, &f->cancelled_exc);
    if (!ref_is_null(e)) return e;
    Ref msg = slot_ref(t, &f->cancel_msg);
    e = ref_is_null(msg) ? call0(t, slot_get(&aio_cancelled_error)) : call1(t, slot_get(&aio_cancelled_error), ref_borrow(msg));
    ref_drop(t, msg);
    return e;
}
static Ref raise_cancelled(Thread *t, Future *f) {
    Ref e = future_cancelled_error(t, f);
    if (!ref_is_null(e)) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    return REF_NULL;
}
Ref future_result(Thread *t, Future *f) {
    switch (state_of(f)) {
    case FUTURE_CANCELLED: return raise_cancelled(t, f);
    case FUTURE_PENDING: return invalid(t, "Result is not set.");
    }
    store_relaxed(&f->x_log_tb, false);
    Ref e = slot_ref(t, &f->exception);
    if (ref_is_null(e)) {
        Ref r = slot_ref(t, &f->result);
        return ref_is_null(r) ? invalid(t, "Result is not set.") : r; /* __init__ was called again */
    }
    BaseException *x = as(BaseException, ref_borrow(e));
    slot_set(t, x, &x->traceback, slot_take(t, f, &f->exception_tb)); /* not what earlier raises of it have added */
    err_object(t, ref_borrow(e));
    ref_drop(t, e);
    return REF_NULL;
}
int future_add_callback(Thread *t, Value future, Value fn, Value context) {
    Future *f = future_of(future);
    if (ready(t, f) < 0) return -1;
    Ref own = value_is_null(context) || value_is_none(context) ? call0(t, slot_get(&aio_copy_context)) : ref_new(t, context);
    Ref pair = ref_is_null(own) ? own : tuple_pack(t, 2, fn, ref_borrow(own)), list = ref_is_null(pair) ? pair : list_new(t, 1);
    int status = ref_is_null(list) ? -1 : 0;
    bool done = false;
    CRITICAL_BEGIN(t, f)
    done = load_relaxed(&f->x_state) != FUTURE_PENDING;
    if (status == 0 && !done) {
        if (value_is_null(slot_get(&f->callbacks))) {
            slot_swap(t, f, &f->callbacks, list);
            list = REF_NULL;
        }
        status = list_append(t, slot_get(&f->callbacks), ref_borrow(pair));
    }
    CRITICAL_END(t)
    if (status == 0 && done) status = loop_call_soon(t, f, fn, future, ref_borrow(own));
    ref_drop(t, list);
    ref_drop(t, pair);
    ref_drop(t, own);
    return status;
}

/* ---- methods ----------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_result(Thread *t, Value self, const Value *a) { return ready(t, future_of(self)) < 0 && err_clear_if(t, E_RuntimeError) ? invalid(t, "Future object is not initialized.") : future_result(t, future_of(self)); }
static Ref m_exception(Thread *t, Value self, const Value *a) {
    Future *f = future_of(self);
    if (value_is_null(slot_get(&f->loop))) return invalid(t, "Future object is not initialized.");
    switch (state_of(f)) {
    case FUTURE_CANCELLED: return raise_cancelled(t, f);
    case FUTURE_PENDING: return invalid(t, "Exception is not set.");
    }
    store_relaxed(&f->x_log_tb, false);
    Ref e = slot_ref(t, &f->exception);
    return ref_is_null(e) ? REF_NONE : e;
}
static Ref none_or_null(int status) { return status < 0 ? REF_NULL : REF_NONE; }
static Ref m_set_result(Thread *t, Value self, const Value *a) { return none_or_null(future_finish(t, future_of(self), a[0])); }
static Ref m_set_exception(Thread *t, Value self, const Value *a) { return none_or_null(future_fail(t, future_of(self), a[0])); }
static Ref m_add_done_callback(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    if (nargs != 1) return err_set(t, E_TypeError, "add_done_callback() takes exactly 1 positional argument (%zu given)", nargs);
    if (kit_bind(t, "add_done_callback", "fn$|context", args, nargs, kwnames, a) < 0) return REF_NULL;
    return none_or_null(future_add_callback(t, self, a[0], a[1]));
}
/* Takes them out of what the callbacks are by now: others may have been added while these were looked for. */
static void remove_pairs(Thread *t, Future *f, Value gone) {
    Ref kept = list_new(t, 0), old = REF_NULL;
    CRITICAL_BEGIN(t, f)
    Value list = slot_get(&f->callbacks);
    for (size_t i = 0; !value_is_null(list) && !err_pending(t) && i < list_size(list); i++) {
        bool is_gone = false;
        for (size_t k = 0; k < list_size(gone) && !is_gone; k++) is_gone = value_is(list_get(gone, k), list_get(list, i));
        if (!is_gone) list_append(t, ref_borrow(kept), list_get(list, i));
    }
    if (!value_is_null(list) && !err_pending(t)) {
        bool none = list_size(ref_borrow(kept)) == 0;
        old = slot_swap(t, f, &f->callbacks, none ? REF_NULL : kept);
        if (!none) kept = REF_NULL;
    }
    CRITICAL_END(t)
    ref_drop(t, old);
    ref_drop(t, kept);
}
static Ref m_remove_done_callback(Thread *t, Value self, const Value *a) {
    Future *f = future_of(self);
    if (ready(t, f) < 0) return REF_NULL;
    Ref list = slot_ref(t, &f->callbacks), copy = ref_is_null(list) ? list : list_copy(t, ref_borrow(list)), gone = list_new(t, 0);
    for (size_t i = 0; !ref_is_null(copy) && !ref_is_null(gone) && i < list_size(ref_borrow(copy)); i++) {
        Value pair = list_get(ref_borrow(copy), i);
        int same = values_equal(t, tuple_get(pair, 0), a[0]);
        if (same < 0 || (same && list_append(t, ref_borrow(gone), pair) < 0)) break;
    }
    int64_t removed = err_pending(t) ? 0 : (int64_t)list_size(ref_borrow(gone));
    if (removed > 0) remove_pairs(t, f, ref_borrow(gone));
    ref_drop(t, gone);
    ref_drop(t, copy);
    ref_drop(t, list);
    return err_pending(t) ? REF_NULL : ref_small_int(removed);
}
static Ref m_cancel(Thread *t, Value self, const Value *a) {
    if (ready(t, future_of(self)) < 0) return REF_NULL;
    int done = future_cancel(t, future_of(self), a[0]);
    return done < 0 ? REF_NULL : ref_bool(done);
}
static Ref m_cancelled(Thread *t, Value self, const Value *a) { return ref_bool(state_of(future_of(self)) == FUTURE_CANCELLED); }
static Ref m_done(Thread *t, Value self, const Value *a) { return ref_bool(!value_is_null(slot_get(&future_of(self)->loop)) && state_of(future_of(self)) != FUTURE_PENDING); }
static Ref m_get_loop(Thread *t, Value self, const Value *a) { return ready(t, future_of(self)) < 0 ? REF_NULL : slot_ref(t, &future_of(self)->loop); }
static Ref m_make_cancelled_error(Thread *t, Value self, const Value *a) { return future_cancelled_error(t, future_of(self)); }

#define COMMON_METHODS                                                                                                                    \
    FN("result", "($self, /)", m_result, "Return the result this future represents."), FN("exception", "($self, /)", m_exception, "Return the exception that was set on this future."),     \
    FN_RAW("add_done_callback", "!($self, fn, /, *, context=None)", m_add_done_callback, "Add a callback to be run when the future becomes done."),                                           \
    FN("remove_done_callback", "($self, fn, /)", m_remove_done_callback, "Remove all instances of a callback from the \"call when done\" list.\n\nReturns the number of callbacks removed."), \
    FN("cancelled", "($self, /)", m_cancelled, "Return True if the future was cancelled."),                                                \
    FN("done", "($self, /)", m_done, "Return True if the future is done.\n\nDone means either that a result / exception are available, or that the\nfuture was cancelled."),                    \
    FN("_make_cancelled_error", "($self, /)", m_make_cancelled_error, "Create the CancelledError to raise if the Future is cancelled."), KIT_CLASS_GETITEM,                                   \
    FN("get_loop", "($self, /)", m_get_loop, "Return the event loop the Future is bound to.")
NativeDef future_methods[] = {
    COMMON_METHODS, FN("set_result", "($self, result, /)", m_set_result, "Mark the future done and set its result."),
    FN("set_exception", "($self, exception, /)", m_set_exception, "Mark the future done and set an exception."),
    FN("cancel", "($self, /, msg=None)", m_cancel, "Cancel the future and schedule callbacks."), FN_END};

/* ---- attributes -------------------------------------------------------------------------------------------------------------------------------- */

static Ref slot_or_none(Thread *t, const Slot *s) {
    Ref r = slot_ref(t, s);
    return ref_is_null(r) ? REF_NONE : r;
}
static Ref get_state(Thread *t, Value self, void *closure) {
    static const char *const names[] = {"PENDING", "CANCELLED", "FINISHED"};
    return ready(t, future_of(self)) < 0 ? REF_NULL : str_from_cstr(t, names[state_of(future_of(self))]);
}
static Ref get_blocking(Thread *t, Value self, void *closure) { return ready(t, future_of(self)) < 0 ? REF_NULL : ref_bool(load_relaxed(&future_of(self)->x_blocking)); }
static int set_blocking(Thread *t, Value self, Value v, void *closure) {
    if (ready(t, future_of(self)) < 0) return -1;
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    int yes = is_true(t, v);
    if (yes >= 0) store_relaxed(&future_of(self)->x_blocking, yes);
    return yes < 0 ? -1 : 0;
}
static Ref get_loop(Thread *t, Value self, void *closure) { return slot_or_none(t, &future_of(self)->loop); }
static Ref get_callbacks(Thread *t, Value self, void *closure) {
    if (ready(t, future_of(self)) < 0) return REF_NULL;
    Ref list = slot_ref(t, &future_of(self)->callbacks);
    if (ref_is_null(list)) return REF_NONE;
    Ref copy = list_copy(t, ref_borrow(list));
    ref_drop(t, list);
    return copy;
}
static Ref get_slot(Thread *t, Value self, void *closure) {
    return ready(t, future_of(self)) < 0 ? REF_NULL : slot_or_none(t, (Slot *)((char *)future_of(self) + (uintptr_t)closure));
}
static Ref get_log_tb(Thread *t, Value self, void *closure) { return ready(t, future_of(self)) < 0 ? REF_NULL : ref_bool(load_relaxed(&future_of(self)->x_log_tb)); }
static int set_log_tb(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    int yes = is_true(t, v);
    if (yes < 0) return -1;
    if (yes) return err_int(err_set(t, E_ValueError, "_log_traceback can only be set to False"));
    store_relaxed(&future_of(self)->x_log_tb, false);
    return 0;
}
static int set_cancel_message(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    slot_set(t, value_object(self), &future_of(self)->cancel_msg, ref_new(t, v));
    return 0;
}
#define SLOT(name, field) {name, get_slot, NULL, NULL, (void *)offsetof(Future, field)}
const GetSetDef future_getset[] = {
    {"_state", get_state}, {"_asyncio_future_blocking", get_blocking, set_blocking}, {"_loop", get_loop}, {"_callbacks", get_callbacks}, SLOT("_result", result),
    SLOT("_exception", exception), {"_log_traceback", get_log_tb, set_log_tb}, SLOT("_source_traceback", source_tb),
    {"_cancel_message", get_slot, set_cancel_message, NULL, (void *)offsetof(Future, cancel_msg)}, {NULL}};

/* ---- Future ---------------------------------------------------------------------------------------------------------------------------------------- */

Ref future_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
int future_setup(Thread *t, Future *f, Value loop) {
    for (int i = 0; i < FUTURE_SLOTS; i++) slot_set(t, f, future_slots(f, i), REF_NULL);
    store_relaxed(&f->x_log_tb, false);
    store_relaxed(&f->x_blocking, false);
    store_relaxed(&f->x_state, FUTURE_PENDING);
    Ref l = value_is_null(loop) || value_is_none(loop) ? loop_get(t) : ref_new(t, loop);
    if (ref_is_null(l)) return -1;
    slot_set(t, f, &f->loop, l);
    Ref r = call_method0(t, slot_get(&f->loop), str_intern_cstr(t, "get_debug"));
    int debug = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
    ref_drop(t, r);
    if (debug <= 0) return debug;
    Ref stack = call0(t, slot_get(&aio_extract_stack));
    if (ref_is_null(stack)) return -1;
    slot_set(t, f, &f->source_tb, stack);
    return 0;
}
static int future_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    return kit_bind(t, "Future", "$|loop", args, nargs, kwnames, a) < 0 ? -1 : future_setup(t, future_of(self), a[0]);
}
Ref future_repr_by(Thread *t, Value self, const Slot *function) { return ready(t, future_of(self)) < 0 ? REF_NULL : call1(t, slot_get(function), self); }
static Ref future_repr(Thread *t, Value self) { return future_repr_by(t, self, &aio_future_repr); }

/* loop.call_exception_handler({…}) for an exception that nobody asked for */
void future_log_exception(Thread *t, Future *f) {
    if (!load_relaxed(&f->x_log_tb) || value_is_null(slot_get(&f->exception))) return;
    store_relaxed(&f->x_log_tb, false);
    Ref outer = err_fetch(t), context = dict_new(t), name = type_name(t, object_type_of(f)), text = REF_NULL, r = REF_NULL;
    if (!ref_is_null(name)) text = str_format(t, "%V exception was never retrieved", ref_borrow(name));
    if (!ref_is_null(context) && !ref_is_null(text) && dict_set_cstr(t, ref_borrow(context), "message", ref_borrow(text)) == 0 &&
        dict_set_cstr(t, ref_borrow(context), "exception", slot_get(&f->exception)) == 0 && dict_set_cstr(t, ref_borrow(context), "future", object_value(f)) == 0 &&
        (value_is_null(slot_get(&f->source_tb)) || dict_set_cstr(t, ref_borrow(context), "source_traceback", slot_get(&f->source_tb)) == 0))
        r = call_method1(t, slot_get(&f->loop), str_intern_cstr(t, "call_exception_handler"), ref_borrow(context));
    if (ref_is_null(r)) err_unraisable(t, NULL, object_value(f));
    ref_drop(t, r);
    ref_drop(t, text);
    ref_drop(t, name);
    ref_drop(t, context);
    if (!ref_is_null(outer)) err_steal(t, outer);
}
static void future_finalize(Thread *t, Object *o) { future_log_exception(t, (Future *)o); }
Type future_type = {
    TYPE_HEADER(Future, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE | TYPE_SHAPED, future_traverse, future_clear, future_clear),
    .head.finalize = future_finalize,
    .name = "_asyncio.Future", .attrs_offset = offsetof(Future, attrs_), .weakrefs_offset = offsetof(Future, weakrefs),
    .doc = "This class is *almost* compatible with concurrent.futures.Future.\n\nIt isn't safe to use from other threads than its loop's, as far as asyncio goes.",
    .new_ = future_new, .init = future_init, .repr = future_repr, .iter = future_iter, .await_ = future_iter, .methods = future_methods, .getset = future_getset,
};

/* ---- what await goes over: yields the future once, then gives its result ------------------------------------------------------------------------------- */

typedef struct FutureIter { Object base; Slot future; } FutureIter; /* null: through */
KIT_SLOTS(1)
Ref future_iter(Thread *t, Value self) {
    if (ready(t, future_of(self)) < 0) return REF_NULL;
    FutureIter *it = object_new(FutureIter, t, &future_iter_type);
    if (it == NULL) return REF_NULL;
    slot_init(&it->future, ref_new(t, self));
    return ref_steal(it);
}
static Ref iter_step(Thread *t, Value self) {
    FutureIter *it = as(FutureIter, self);
    Ref held = slot_ref(t, &it->future);
    if (ref_is_null(held)) return held;
    Future *f = future_of(ref_borrow(held));
    if (state_of(f) == FUTURE_PENDING) {
        bool waiting = atomic_exchange(&f->x_blocking, true);
        if (!waiting) return held;
        ref_drop(t, held);
        return err_set(t, E_RuntimeError, "await wasn't used with future");
    }
    slot_set(t, it, &it->future, REF_NULL);
    Ref r = future_result(t, f);
    ref_drop(t, held);
    if (!ref_is_null(r) && !ref_is_none(r)) err_value(t, E_StopIteration, ref_borrow(r));
    ref_drop(t, r);
    return REF_NULL; /* None: plain exhaustion */
}
static Ref iter_or_stop(Thread *t, Value self) {
    Ref r = iter_step(t, self);
    if (ref_is_null(r) && !err_pending(t)) err_object(t, type_value(ETYPE(StopIteration)));
    return r;
}
static Ref m_iter_send(Thread *t, Value self, const Value *a) { return iter_or_stop(t, self); }
static Ref m_iter_throw(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (check_nargs(t, "throw", nargs, 1, 3) < 0) return REF_NULL;
    Value type = args[0], value = nargs > 1 ? args[1] : VALUE_NULL, tb = nargs > 2 && !value_is_none(args[2]) ? args[2] : VALUE_NULL;
    if (!value_is_null(tb) && type_of(tb) != &traceback_type) return err_set(t, E_TypeError, "throw() third argument must be a traceback");
    Ref e;
    if (is_type(type) && type_flag(as(Type, type), TYPE_EXCEPTION)) {
        bool instance = !value_is_null(value) && is_a(value, TYPE_EXCEPTION);
        e = instance ? ref_new(t, value) : value_is_null(value) || value_is_none(value) ? call0(t, type) : exception_instantiate(t, type, value);
    } else if (is_a(type, TYPE_EXCEPTION)) {
        if (!value_is_null(value) && !value_is_none(value)) return err_set(t, E_TypeError, "instance exception may not have a separate value");
        e = ref_new(t, type);
    } else {
        return err_set(t, E_TypeError, "exceptions must be classes deriving BaseException or instances of such a class");
    }
    if (ref_is_null(e)) return e;
    if (!value_is_null(tb)) slot_set(t, value_object(ref_borrow(e)), &as(BaseException, ref_borrow(e))->traceback, ref_new(t, tb));
    slot_set(t, value_object(self), &as(FutureIter, self)->future, REF_NULL);
    err_object(t, ref_borrow(e));
    ref_drop(t, e);
    return REF_NULL;
}
static Ref m_iter_close(Thread *t, Value self, const Value *a) {
    slot_set(t, value_object(self), &as(FutureIter, self)->future, REF_NULL);
    return REF_NONE;
}
static NativeDef iter_methods[] = {FN("send", "!($self, value, /)", m_iter_send, NULL), FN_RAW("throw", NULL, m_iter_throw, NULL), FN("close", "!($self, /)", m_iter_close, NULL), FN_END};
Type future_iter_type = {
    TYPE_HEADER(FutureIter, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, kit_traverse_1, NULL, kit_drop_1), .name = "_asyncio.FutureIter", .iter = iter_self,
    .next = iter_step, .methods = iter_methods,
};
NativeDef task_common_methods[] = {COMMON_METHODS, FN_END};
