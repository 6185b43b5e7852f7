/* A namespace's __builtins__ that is no dict: functions hold it inside an empty dict whose subscripts ask the object, so that the instructions and inline
 * caches, which look into the storage of a dict, find nothing there. Python code never sees that dict. */
#include "runtime/abstract.h"
#include "runtime/dict_internal.h"
#include "vm/function.h"

typedef struct Asked {
    Dict dict; /* empty */
    Slot object;
} Asked;

static void asked_traverse(Object *o, VisitFn visit, void *arg) {
    dict_traverse(o, visit, arg);
    slot_visit(&((Asked *)o)->object, visit, arg);
}
static void asked_clear(Thread *t, Object *o) { dict_clear(t, object_value(o)); }
static void asked_destroy(Thread *t, Object *o) {
    ref_drop(t, slot_take(t, o, &((Asked *)o)->object));
    dict_destroy(t, o);
}
static Ref asked_getitem(Thread *t, Value self, Value key) { return get_item(t, slot_get(&as(Asked, self)->object), key); }

static Type asked_type = {
    TYPE_HEADER(Asked, TYPE_CONTAINER, asked_traverse, asked_clear, asked_destroy), .name = "builtins_object", .base = &dict_type, .getitem = asked_getitem,
};

int builtins_object_init(Thread *t) { return type_ready(t, &asked_type); }

Ref builtins_hold(Thread *t, Value builtins) {
    if (is_dict(builtins)) return ref_new(t, builtins);
    Ref r = dict_type.new_(t, type_value(&asked_type), NULL, 0, VALUE_NULL);
    if (!ref_is_null(r)) slot_set(t, value_object(ref_borrow(r)), &as(Asked, ref_borrow(r))->object, ref_new(t, builtins));
    return r;
}

Value builtins_shown(Value held) { return is_exact(held, &asked_type) ? slot_get(&as(Asked, held)->object) : held; }
