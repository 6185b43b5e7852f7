/* Small things that the modules in C share: types whose references stand right behind the header, and pickling tuples.
 *
 * A struct that starts with Object and n Slots can take its traverse and destroy from SLOTS_n.
 * Any attached thread; references as usual (arguments borrowed, results owned).
 */
#ifndef WEFT_RUNTIME_MODULES_KIT_H
#define WEFT_RUNTIME_MODULES_KIT_H
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/native.h"
#include "runtime/storage.h"
#include "runtime/str.h"

static inline Slot *kit_slots(Object *o) { return (Slot *)(o + 1); }
static inline void kit_visit(Object *o, size_t n, VisitFn visit, void *arg) {
    for (size_t i = 0; i < n; i++) slot_visit(&kit_slots(o)[i], visit, arg);
}
static inline void kit_destroy(Thread *t, Object *o, size_t n) {
    for (size_t i = 0; i < n; i++) ref_drop(t, slot_take(t, o, &kit_slots(o)[i]));
}
/* kit_traverse_2, kit_drop_2 …: for structs with that many slots behind the header */
#define KIT_SLOTS(n)                                                                               \
    static __attribute__((unused)) void kit_traverse_##n(Object *o, VisitFn visit, void *arg) { kit_visit(o, n, visit, arg); } \
    static __attribute__((unused)) void kit_drop_##n(Thread *t, Object *o) { kit_destroy(t, o, n); }

/* (callable, (args…)) or (callable, (args…), state). Null state: without. */
Ref kit_reduce(Thread *t, Value callable, const Value *args, size_t n, Value state);
/* The same with the callable found in builtins. */
Ref kit_reduce_builtin(Thread *t, const char *function, const Value *args, size_t n, Value state);
/* type_new of C types that are made by instance_new: the instance with its fixed part zeroed */
static inline void *kit_instance(Thread *t, Value cls) {
    Ref r = instance_new(t, as(Type, cls));
    return ref_is_null(r) ? NULL : value_object(ref_borrow(r));
}
/* type[item] → types.GenericAlias */
Ref kit_class_getitem(Thread *t, Value cls, const Value *a);
#define KIT_CLASS_GETITEM FN_CLASS("__class_getitem__", "!($type, item, /)", kit_class_getitem, "See PEP 585")
/* A new exception class `module.name`, as `class name(base)` would make it. */
Ref kit_exception(Thread *t, const char *module, const char *name, const Type *base);
/* The same kept in a static slot, and set as a module's attribute; made once, however often the module is started. */
int kit_exception_root(Thread *t, Value module, Slot *static_slot, const char *module_name, const char *name, const Type *base);
/* Stores r (consumed) in a static slot for good, where any thread may find it and the collector sees it. Module start, thus import lock. */
void kit_root(Thread *t, Slot *static_slot, Ref r);
void kit_visit_roots(VisitFn visit, void *arg); /* for runtime_visit_roots */
/* A lock that may be held over calls of Python: re-entrant for its holder; waiting detaches. Zero-initialized: free. For what wraps a library's object
 * that only one thread at a time may use. */
typedef struct KitLock {
    _Atomic uint32_t x_state;  /* lock_word_take */
    _Atomic uint64_t x_owner;  /* ident of the holder */
    uint32_t depth;            /* the holder's */
} KitLock;
int kit_lock(Thread *t, KitLock *l);   /* 0; -1: a signal handler raised while waiting */
void kit_unlock(KitLock *l);
/* Binds a call as CPython's keyword parser does, with its messages. names: "year,month,day|hour,minute$fold": from | on parameters are optional, from $ on
 * they are given by name only. fname null: a function that the messages don't name. out[i]: borrowed, null where not given. 0, or -1 with TypeError. */
int kit_bind(Thread *t, const char *fname, const char *names, const Value *args, size_t nargs, Value kwnames, Value *out);
/* A buffer to write to, out of the first argument of `function`; -1 with CPython's TypeError. */
int kit_writable(Thread *t, const char *function, Value v, Buffer *view);
/* A descriptor given as an int, or as what has fileno(). -1 with an exception. */
int kit_fileno(Thread *t, Value v);
/* compare_digest(a, b): the time taken tells nothing but the length. */
Ref kit_compare_digest(Thread *t, Value m, const Value *a);
/* Integer constants of a module; the table ends with a null name. */
typedef struct KitConstant { const char *name; int64_t value; } KitConstant;
int kit_constants(Thread *t, Value module, const KitConstant *constants);
/* Adds types and functions to a module. types ends with null; functions may be null. */
int kit_module(Thread *t, Value module, Type *const *types, NativeDef *functions, const char *doc);
#endif
