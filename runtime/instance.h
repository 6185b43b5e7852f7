/* Instances with attributes by shape (hidden class), and the per-type tables that inline caches look into.
 *
 * A shape is an immutable map name → slot number for the instances of one type, linked by transitions; shapes are shared, found through
 * their type's root shape, and never freed before the type is. An instance of a shaped type holds struct Attrs at type->attrs_offset: its shape,
 * and a pointer to overflow slots; the first type->inline_slots attributes live in the object right behind.
 *   shared instance: writers hold its lock; adding stores the slot, then the shape (release); readers load shape (acquire), then the slot.
 *   deleting an attribute, or asking for __dict__, turns the instance into dictionary mode for good: shape == &dict_shape, overflow->dict
 *   is a Dict, and every slot is null. The overflow array only grows, so a reader with a stale shape finds its slot, or null: null means
 *   that it lost a race, and goes the slow way.
 * Plain stores: while a type's x_plain is PLAIN_ON, any thread may replace a number in an inline slot of a shared instance by another number, by one
 * release store and no lock, if there's no safepoint between its look at x_plain and the store. Whoever would put anything but a number in a number's
 * place, or turns an instance to dictionary mode, ends that first, for good, by stopping the world once (dict.h has the same for globals).
 * Instances with a variable part (subclasses of int and tuple) keep struct Attrs behind it: attrs_offset == ATTRS_AT_END, such types are
 * not TYPE_SHAPED, only instance_* look there.
 * Inline slots: a class gets one for each name that its methods and its bases' store through their first parameter (vm.self_attributes looks
 * through their code), or for each annotated name if these are more, and one to spare; 4 if nothing is known; at most 32.
 */
#ifndef WEFT_RUNTIME_INSTANCE_H
#define WEFT_RUNTIME_INSTANCE_H
#include "runtime/dict.h"

struct Shape {
    Shape *parent;               /* without the last attribute */
    Slot name;                   /* of the last attribute (interned; immortal) */
    _Atomic(void *) x_index;     /* name → slot table, built on demand for big shapes */
    _Atomic(Shape *) x_children; /* transitions: list through x_sibling, appended under the type lock, read without */
    _Atomic(Shape *) x_sibling;
    _Atomic uint32_t x_id;
    uint32_t count;              /* attributes */
    Type *type;
};
_Static_assert(offsetof(Shape, x_id) == offsetof(Type, head.x_layout) && offsetof(Shape, type) == offsetof(Type, head.layout_type), "see layout_of");
extern Shape dict_shape;         /* dictionary mode; id 0 */

typedef struct AttrOverflow { size_t capacity; Slot dict /* dictionary mode */; Slot slot[]; } AttrOverflow;
typedef struct Attrs {
    _Atomic(Shape *) x_shape;    /* never null once the constructor is through */
    _Atomic(AttrOverflow *) x_overflow; /* or null */
} Attrs;
#define ATTRS_AT_END 1u

static inline Attrs *instance_attrs(const void *o, const Type *type) { return (Attrs *)((char *)o + type->attrs_offset); }
static inline Slot *instance_inline(const void *o, const Type *type) { return (Slot *)(instance_attrs(o, type) + 1); }

typedef enum { PLAIN_NEVER_TRIED, PLAIN_ON, PLAIN_OVER } PlainStores;
/* Puts r (consumed) in the place of what an inline slot of a shared instance holds (not null), under the instance's lock; returns the old value. */
Ref instance_replace_locked(Thread *t, Object *o, Type *type, Slot *slot, Ref r);

int64_t shape_find(const Shape *s, Value interned_name);          /* slot number or -1; lock-free */
/* Own attributes of a shaped instance (no descriptors, no type). name interned. */
Ref instance_get(Thread *t, Value o, Value name);                 /* owned, or null; an exception only if the dict has other keys than str: check err_pending */
int instance_set(Thread *t, Value o, Value name, Value value);    /* value null deletes: 1 if it was absent; -1 error */
Ref instance_dict(Thread *t, Value o);                            /* __dict__: switches to dictionary mode */
int instance_set_dict(Thread *t, Value o, Value dict);
Ref instance_dict_copy(Thread *t, Value o);                       /* a copy of __dict__ that leaves the instance as it is */
size_t instance_count(Value o);                                   /* how many attributes it has */
void instance_traverse_attrs(Object *o, VisitFn visit, void *arg);
void instance_clear_attrs(Thread *t, Object *o);                  /* drops all attributes: destroy and clear call it */

/* dunder slots of heap types' instances: __slots__ members, attributes, weak references */
void instance_traverse(Object *o, VisitFn visit, void *arg);
void instance_clear(Thread *t, Object *o);
void instance_destroy(Thread *t, Object *o);

typedef struct AttrEntry { Slot name; Slot value; } AttrEntry;    /* value: null = not resolved or absent */
struct AttrTable { uint32_t capacity; _Atomic uint32_t x_used; AttrEntry entry[]; };
/* Index of name in type's table, adding it; -1: no memory/table full (no exception). Resolve with type_lookup first. */
int64_t attr_table_index(Thread *t, Type *type, Value interned_name);
/* The resolved value of entry i, or null: borrowed, lock-free. */
static inline Value attr_table_value(const Type *type, uint32_t i) {
    AttrTable *a = load_acquire(&((Type *)type)->x_attrs);
    return likely(a != NULL && i < a->capacity) ? slot_get(&a->entry[i].value) : VALUE_NULL;
}
/* A fresh id of a type, a shape, a version or a dict's storage, unlike all others: below ID_END; 0 when they are used up: then nothing new is cached. Any thread. */
#define ID_END (1u << 30)
uint32_t id_next(void);

/* What proves that a cache on this object is right: its shape, or its type where that isn't TYPE_SHAPED, of which only x_id and type may be looked at, as in a
 * shape. The id is the shape's, or the type's uid; 0: don't cache. An instance has a pointer to it at its type's layout_at. Where the id is right, `type` is the
 * type that goes with it, while the object may be getting another one. */
static inline Shape *layout_of(const Object *o) { return load_acquire((_Atomic(Shape *) *)((char *)o + type_head(o)->layout_at)); }
static inline uint32_t layout_id(const Object *o) { return load_relaxed(&layout_of(o)->x_id); }
/* After changes of a type's attrs_offset or uid. */
static inline void type_set_layout(Type *type) {
    type->head.layout_type = type;
    store_relaxed(&type->head.x_layout, type->attrs_offset ? 0 : type->head.uid);
    type->head.layout_at = type_flag(type, TYPE_SHAPED) ? type->attrs_offset : offsetof(Object, x_type);
}
#endif
