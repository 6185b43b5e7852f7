/* _queue.SimpleQueue: a deque, and threads parked until something is put.
 *
 * get() reads x_version before it looks for an item and parks only while that number stands; put() adds the item first, then changes the number, then
 * wakes one waiter: no wake-up is lost. put() never blocks and may be called from a signal handler or a finalizer inside get(). */
#include "runtime/modules/_collections.h"
#include "runtime/names.h"
#include "runtime/times.h"

typedef struct SimpleQueue {
    Object base;
    Slot items; /* deque */
    Slot weakrefs;
    _Atomic uint32_t x_version, x_waiting;
} SimpleQueue;

KIT_SLOTS(1)
static Type queue_type;
static Slot empty_error; /* the class _queue.Empty; set once, under the import lock */

static Ref queue_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Type *type = as(Type, cls);
    if (type == &queue_type) {
        if (nargs > 0) return err_set(t, E_TypeError, "SimpleQueue() takes no positional arguments");
        if (no_kwargs(t, "SimpleQueue", kwnames) < 0) return REF_NULL;
    }
    Ref items = deque_make(t);
    SimpleQueue *q = ref_is_null(items) ? NULL : kit_instance(t, cls);
    if (q == NULL) {
        ref_drop(t, items);
        return REF_NULL;
    }
    slot_init(&q->items, items);
    return ref_steal(q);
}

static Ref m_put(Thread *t, Value self, const Value *a) {
    SimpleQueue *q = as(SimpleQueue, self);
    if (deque_push(t, slot_get(&q->items), a[0]) < 0) return REF_NULL;
    atomic_fetch_add(&q->x_version, 1);
    if (load_seq(&q->x_waiting) > 0) unpark(&q->x_version, 1);
    return REF_NONE;
}

static Ref raise_empty(Thread *t) {
    Ref e = call0(t, slot_get(&empty_error));
    if (ref_is_null(e)) return e;
    err_object(t, ref_borrow(e));
    ref_drop(t, e);
    return REF_NULL;
}

static Ref get(Thread *t, SimpleQueue *q, bool block, int64_t timeout) {
    Value items = slot_get(&q->items);
    Ref item = deque_pop_left(t, items);
    if (!ref_is_null(item)) return item;
    if (!block) return raise_empty(t);
    int64_t deadline = timeout < 0 ? -1 : now_ns() + timeout;
    for (;;) {
        atomic_fetch_add(&q->x_waiting, 1);
        uint32_t version = load_seq(&q->x_version);
        ParkResult result = PARK_AGAIN;
        item = deque_pop_left(t, items);
        if (ref_is_null(item)) {
            int64_t left = deadline < 0 ? -1 : deadline - now_ns();
            result = deadline >= 0 && left <= 0 ? PARK_TIMEOUT : park_u32(t, &q->x_version, version, left, true);
        }
        atomic_fetch_sub(&q->x_waiting, 1);
        if (ref_is_null(item)) item = deque_pop_left(t, items);
        if (!ref_is_null(item)) return item;
        if (result == PARK_TIMEOUT) return raise_empty(t);
        if (result == PARK_INTERRUPTED ? after_interrupt(t) < 0 : safepoint(t) < 0) return REF_NULL;
    }
}

static Ref m_get(Thread *t, Value self, const Value *a) {
    int block = value_is_null(a[0]) ? 1 : is_true(t, a[0]);
    int64_t timeout = -1;
    if (block < 0) return REF_NULL;
    if (block && !value_is_null(a[1]) && !value_is_none(a[1])) {
        if (seconds_to_ns(t, a[1], &timeout) < 0) return REF_NULL;
        if (timeout < 0) return err_set(t, E_ValueError, "'timeout' must be a non-negative number");
    }
    return get(t, as(SimpleQueue, self), block, timeout);
}
static Ref m_get_nowait(Thread *t, Value self, const Value *a) { return get(t, as(SimpleQueue, self), false, -1); }
static Ref m_empty(Thread *t, Value self, const Value *a) { return ref_bool(deque_size(slot_get(&as(SimpleQueue, self)->items)) == 0); }
static Ref m_qsize(Thread *t, Value self, const Value *a) { return ref_small_int((int64_t)deque_size(slot_get(&as(SimpleQueue, self)->items))); }

static NativeDef methods[] = {
    FN("empty", "($self, /)", m_empty, "Whether nothing is in the queue just now."),
    FN("get", "($self, /, block=True, timeout=None)", m_get,
       "Remove and return an item.\n\nWaits for one if block is true, at most timeout seconds if that is given; then, or if block is false, raises Empty."),
    FN("get_nowait", "($self, /)", m_get_nowait, "Remove and return an item; raises Empty if there is none."),
    FN("put", "($self, /, item, block=True, timeout=None)", m_put, "Add an item.\n\nNever waits; block and timeout are there for the sake of Queue.put()."),
    FN("put_nowait", "($self, /, item)", m_put, "Add an item."),
    FN("qsize", "($self, /)", m_qsize, "How many items are in the queue just now."),
    KIT_CLASS_GETITEM,
    FN_END,
};
static Type queue_type = {
    TYPE_HEADER(SimpleQueue, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, kit_traverse_1, NULL, kit_drop_1),
    .name = "_queue.SimpleQueue",
    .doc = "SimpleQueue()\n--\n\nUnbounded queue, first in, first out.",
    .weakrefs_offset = offsetof(SimpleQueue, weakrefs),
    .new_ = queue_new, .methods = methods,
};

int module_init_queue(Thread *t, Value module) {
    Type *const types[] = {&queue_type, NULL};
    if (type_ready(t, &deque_type) < 0 || kit_module(t, module, types, NULL, "Queue for threads.") < 0) return -1;
    if (value_is_null(slot_get(&empty_error))) {
        Ref e = kit_exception(t, "_queue", "Empty", ETYPE(Exception));
        if (ref_is_null(e)) return -1;
        kit_root(t, &empty_error, e);
    }
    return module_set(t, module, "Empty", slot_get(&empty_error));
}
