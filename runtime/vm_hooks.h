/* The one upward door: what runtime/ asks of vm/. vm_init fills the table at start, before any Python code runs. */
#ifndef WEFT_RUNTIME_VM_HOOKS_H
#define WEFT_RUNTIME_VM_HOOKS_H
#include "runtime/thread_state.h"
#include "runtime/type.h"
typedef struct VmHooks {
    /* compile(source): a code object. source: str, bytes or ast object; mode "exec", "eval", "single", "func_type" */
    Ref (*compile)(Thread *t, Value source, Value filename, const char *mode, int flags, int dont_inherit, int optimize);
    Ref (*eval_code)(Thread *t, Value code, Value globals, Value locals /* dict or any mapping */, Value closure_or_null);
    Value (*current_globals)(Thread *t);   /* of the innermost Python frame: borrowed or null */
    Value (*current_builtins)(Thread *t);
    Ref (*current_locals)(Thread *t);      /* locals() */
    Ref (*current_frame)(Thread *t, int depth); /* sys._getframe; ValueError "call stack is not deep enough" */
    Value (*current_code)(Thread *t);
    int (*super_args)(Thread *t, Ref *type, Ref *obj); /* zero-argument super(): RuntimeError … */
    void (*dump_stack)(Thread *of, int fd); /* its frames, innermost first; may be called in a signal handler */
    void (*traceback_here)(Thread *t); /* an entry for the innermost frame on the exception in flight; nothing without a frame */
    Ref (*awaitable_iter)(Thread *t, Value o); /* what `await o` iterates: always with a next slot, coroutines excepted */
    void (*traceback_add)(Thread *t, const char *file, const char *function, int line);
    int (*print_exception)(Thread *t, Value exc, Value file); /* traceback printer for sys.excepthook */
    int (*current_line)(Thread *t, Ref *filename); /* for warnings: line, -1 */
    int (*print_traceback)(Thread *t, Value traceback, Value file); /* "Traceback (most recent call last):" and its entries, no exception line */
    Ref (*current_frames)(Thread *t);      /* sys._current_frames(): dict of thread ident to frame */
    Ref (*current_exceptions)(Thread *t);  /* sys._current_exceptions() */
    int (*recursion_limit)(Thread *t);
    int (*set_recursion_limit)(Thread *t, int limit); /* -1 RecursionError: the stack is deeper already */
    int (*set_trace)(Thread *t, Value f_or_none, bool profile); /* sys.settrace, sys.setprofile */
    /* The same for a profiler written in C: see RuntimeThread.profile_native. */
    int (*set_profile_native)(Thread *t, Value profiler, int (*event)(Thread *t, Value profiler, ProfileEvent what, Value of));
    void (*trace_pause)(Thread *t, bool on); /* no events to this thread's trace and profile functions between on and off; they nest */
    Ref (*call_tracing)(Thread *t, Value func, Value args_tuple); /* func(*args) with tracing on even inside a trace function */
    /* marshal: whether v is a code object; its parts as a tuple of marshallable objects, and back */
    Ref (*code_to_parts)(Thread *t, Value code);
    int (*code_rename)(Thread *t, Value code, Value filename); /* code that nobody has run yet: its co_filename, and that of code nested in it that had the same */
    Ref (*code_from_parts)(Thread *t, Value parts);
    /* The names that a function's code stores as attributes of its first parameter, each once; at most max of them. How many. No exception. */
    size_t (*self_attributes)(Value function, Value *names, size_t max);
    /* Modules that know syntax (_ast, _symtable); ends with a null name. They count as built-in ones. */
    const struct BuiltinModule *modules;
} VmHooks;
extern VmHooks vm;
#endif
