/* Modules, sys.modules, and the table of modules written in C (modules.def). */
#ifndef WEFT_RUNTIME_MODULE_H
#define WEFT_RUNTIME_MODULE_H
#include "runtime/dict.h"
/* A module's attributes are those of an instance in dictionary mode: the first two words are a struct Attrs (runtime/instance.h)
 * whose overflow pointer is the slot `dict`. */
typedef struct Module {
    Object base;
    _Atomic(struct Shape *) x_shape; /* &dict_shape */
    Slot dict;          /* Dict; never null */
    void *state;        /* C modules: their own, freed with free_state */
    void (*free_state)(Thread *t, void *state);
    void (*visit_state)(void *state, VisitFn visit, void *arg);
    Slot weakrefs;
} Module;
Ref module_new(Thread *t, Value name);
static inline Value module_dict(Value m) { return slot_get(&as(Module, m)->dict); }
int module_set(Thread *t, Value m, const char *name, Value v);
int module_set_steal(Thread *t, Value m, const char *name, Ref v); /* null r: passes the failure on */
int module_add_functions(Thread *t, Value m, NativeDef *defs);    /* up to FN_END */
int module_add_int(Thread *t, Value m, const char *name, int64_t i);
int module_add_cstr(Thread *t, Value m, const char *name, const char *s);
/* A module in C: init fills the module that it is given. 0 or -1. Runs once, under the import lock of that module. Null init: in a shared object
 * of its own (docs/decisions/loadable_modules.md). */
typedef int (*ModuleInit)(Thread *t, Value module);
typedef struct BuiltinModule { const char *name; ModuleInit init; } BuiltinModule;
const BuiltinModule *builtin_module(size_t i);                    /* all of them, vm.modules too, one by one; null after the last */
/* The import statement and __import__(): the top package, or the module itself where fromlist isn't empty or level says so. */
Ref import_level(Thread *t, Value name, Value globals_or_null, Value fromlist_or_null, int level);
Ref import_module(Thread *t, const char *name);                   /* importlib's import; module `a.b` itself */
Ref import_attr(Thread *t, const char *module, const char *attr);
Value modules_dict(void);                                         /* sys.modules: borrowed */
Value sys_module(void);
Value builtins_module(void);
Ref sys_get(Thread *t, const char *name);                         /* sys.name, owned; null without exception if absent */
int sys_set(Thread *t, const char *name, Value v);
/* Start-up: sys.modules and the two modules that stand before all others. */
int modules_init(Thread *t);
/* The module of a builtin_modules row, made and filled; not put into sys.modules. Null without an exception: no such row. */
Ref builtin_module_new(Thread *t, const char *name);
/* importlib._bootstrap, once it is there: what imports go through from then on. */
void import_set_bootstrap(Thread *t, Value module);
Value import_bootstrap(void);                                     /* borrowed; null before it is there */
/* The import lock (_imp.acquire_lock): recursive; only importlib's bookkeeping takes it, for moments. Detaches while it waits. */
void import_lock(Thread *t);
bool import_unlock(Thread *t);                                    /* false: not held by this thread */
bool import_lock_held(void);
void import_lock_after_fork(Thread *t);
void import_visit_roots(VisitFn visit, void *arg);
void modules_visit_roots(VisitFn visit, void *arg);
#endif
