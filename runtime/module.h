/* Modules, sys.modules, and the table of built-in modules (modules.def: MODULE(name, init)). */
#ifndef WEFT_RUNTIME_MODULE_H
#define WEFT_RUNTIME_MODULE_H
#include "runtime/dict.h"
typedef struct Module {
    Object base;
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
/* A built-in module: init fills the module that it is given. 0 or -1. Runs once, under the import lock of that module. */
typedef int (*ModuleInit)(Thread *t, Value module);
typedef struct BuiltinModule { const char *name; ModuleInit init; } BuiltinModule;
extern const BuiltinModule builtin_modules[]; /* ends with a null name */
Ref import_module(Thread *t, const char *name);                   /* importlib's import; module `a.b` itself */
Ref import_attr(Thread *t, const char *module, const char *attr);
Value modules_dict(void);                                         /* sys.modules: borrowed */
Value sys_module(void);
Value builtins_module(void);
Ref sys_get(Thread *t, const char *name);                         /* sys.name, owned; null without exception if absent */
int sys_set(Thread *t, const char *name, Value v);
#endif
