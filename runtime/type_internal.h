/* What the files of the object model share among themselves: slot rows, the type lock, raw lookups.
 *
 * The type lock guards: class attribute writes, AttrTables, shape trees, subclass lists, bases and mro. Order: type lock, then object locks of type
 * dicts, then stopping the world. Under it no Python runs and no reference is dropped: what a write displaced is dropped after.
 *
 *   operation              | takes                               | may meet
 *   type_lookup hit        | nothing                             | any; sees the value before or after a concurrent write
 *   type_lookup first time | type lock, to fill the table        |
 *   class attribute write  | type lock; stops the world only where slots or layout ids change
 *   making a type          | type lock, to join the bases' subclass lists
 *   shape transition       | nothing if it exists; else type lock
 */
#ifndef WEFT_RUNTIME_TYPE_INTERNAL_H
#define WEFT_RUNTIME_TYPE_INTERNAL_H

#include "runtime/instance.h"
#include "runtime/list.h"
#include "runtime/type.h"

extern Mutex type_lock;

/* ---- slots.c ------------------------------------------------------------------------------------------------ */
typedef struct SlotDef SlotDef;
typedef Ref (*WrapFn)(Thread *t, Value self, const Value *args, size_t nargs, const SlotDef *def, void *fn, Value kwnames);
struct SlotDef {
    const char *name;
    uint32_t name_offset; /* in struct Names */
    uint32_t offset;      /* in struct Type */
    void *generic;
    WrapFn wrap;
    const char *sig, *doc;
    bool keywords;        /* wrap takes keyword arguments */
};
extern const SlotDef slot_defs[];
extern const size_t slot_def_count;
Value slot_def_name(const SlotDef *def);
static inline void **slot_field(const Type *type, const SlotDef *def) { return (void **)((char *)type + def->offset); }
/* The wrapper descriptor of a slot: wrapper_descriptor_type. */
typedef struct WrapperDescriptor {
    Object base;
    const SlotDef *def;
    void *function;
    Type *owner; /* static: never dies */
} WrapperDescriptor;
/* Adds wrapper descriptors and __new__ for the slots that a static type sets itself. dict is the type's, not yet published. */
int slots_add_wrappers(Thread *t, Type *type, Value dict);
/* Copies what a static or new type leaves empty from `base`. */
void slots_inherit(Type *type, const Type *base);
bool slot_name_is_special(Value interned_name); /* some slot belongs to this name */
/* Recomputes slots from the namespace: of every dunder that `dict` defines, or of `name`, or all. No lock needed while the type
 * is private, else type lock held and world stopped. */
void slots_update_from(Type *type, Value dict);
void slots_update_name(Type *type, Value name);
void slots_update_all(Type *type);
void type_set_plain_flags(Type *type);

/* ---- attrs.c -------------------------------------------------------------------------------------------------- */
Value mro_find(const Type *type, Value interned_name);   /* uncached lookup along the mro; borrowed or null */
Value type_own(const Type *type, Value interned_name);   /* in the type's own dict */
/* Sets (value null: deletes) an attribute in the type's dict and tells all caches. -1: exception. *found: for deletion. */
int type_store(Thread *t, Type *type, Value name, Value value, bool *found);
/* The type's own attribute, `value` if it has none. */
Ref type_store_default(Thread *t, Type *type, Value name, Value value);
/* Puts sub, whose mro is set, into the lists of all its bases at once, and makes it ready: so that what its table remembers of their dicts, it remembers while it is
 * told of changes (T4). With `changes`, what x_mro_changes was before the mro was made: 0 if there were others since, then the mro may be old. 1; -1: no memory.
 * If it fails, sub may stand in some of the lists. */
int subclass_join(Thread *t, Type *sub, Value bases, const uint32_t *changes);
extern _Atomic uint32_t x_mro_changes;                   /* counts mros replaced; type lock */
void subclass_remove(Type *base, Type *sub);             /* type lock held */
typedef struct SubclassList { size_t count, capacity; Type *item[]; } SubclassList;
void subclasses_forget(Type *type);                      /* drops what the table remembers; type lock held */
void subclasses_walk(Type *type, void (*visit)(Type *, void *), void *arg); /* type and all below; type lock held */
void type_modified_locked(Thread *t, Type *type, bool slots_changed);
void attrs_free(Thread *t, Type *type);                  /* table and shapes of a dying type */
bool threads_started(const Thread *t);                     /* a second thread was ever started */
Value name_interned(Thread *t, Value str_name);          /* canonical, immortal; null with an exception */

/* ---- instance.c ------------------------------------------------------------------------------------------------- */
Shape *type_root_shape(Thread *t, Type *type);           /* null: MemoryError */
void shapes_renew_ids(Type *type);                       /* type lock held, world stopped */
void shapes_free(Shape *root);
Attrs *instance_attrs_any(const Object *o, const Type *type); /* for ATTRS_AT_END too */
Slot *instance_weakrefs(const Object *o, const Type *type);

/* ---- type*.c ------------------------------------------------------------------------------------------------------ */
Ref mro_compute(Thread *t, Type *type, Value bases);     /* C3: tuple; TypeError */
Ref type_mro_of(Thread *t, Type *type);                  /* the metaclass's mro() if it has one of its own, else C3 */
Type *best_base(Thread *t, Value bases);                 /* borrowed; null with TypeError */
Type *solid_base(Type *type);
void types_fork_child(void);                             /* sets the locks anew in the child */
int type_set_bases(Thread *t, Type *type, Value bases);
Value type_bases_value(const Type *type);
extern const GetSetDef dict_getset, builtin_dict_getset; /* __dict__ of instances: of classes, of built-in types (it can't be deleted) */
extern const GetSetDef type_getsets[];
extern NativeDef type_methods[];
Ref type_getattro(Thread *t, Value self, Value name);
Ref type_getattr_opt(Thread *t, Value self, Value name); /* null without an exception: there's none; or with what a descriptor raised */
int type_setattro(Thread *t, Value self, Value name, Value value);
Ref type_repr(Thread *t, Value self);
int object_set_class(Thread *t, Value self, Value value);
Ref type_dir(Thread *t, Value self, const Value *a);      /* type.__dir__ */
Ref type_module(Thread *t, Type *type);
void type_traverse(Object *self, VisitFn visit, void *arg);
void type_clear(Thread *t, Object *self);
void type_destroy(Thread *t, Object *self);
Ref type_new_slot(Thread *t, Value meta, const Value *args, size_t nargs, Value kwnames);
int type_init_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
Ref type_call_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
/* tp_new wrapper: checks cls, then the static type's new_ */
Ref new_wrapper(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
extern NativeDef new_def;

/* AttributeError "'X' object has no attribute 'n'" with name and obj set */
Ref err_no_attribute(Thread *t, Value self, Value name);

#endif
