/* _tracemalloc: memory isn't traced here, and it says so: starting it fails, all that asks whether it runs works. */
#include "runtime/modules/kit.h"
#include "runtime/int.h"
#include "runtime/list.h"

static Ref m_false(Thread *t, Value self, const Value *a) { return REF_FALSE; }
static Ref m_none(Thread *t, Value self, const Value *a) { return REF_NONE; }
static Ref m_object_traceback(Thread *t, Value self, const Value *a) { return REF_NONE; }
static Ref m_traces(Thread *t, Value self, const Value *a) { return list_new(t, 0); }
static Ref m_limit(Thread *t, Value self, const Value *a) { return ref_small_int(1); }
static Ref m_zero(Thread *t, Value self, const Value *a) { return ref_small_int(0); }
static Ref m_traced_memory(Thread *t, Value self, const Value *a) { return tuple_pack(t, 2, small_int(0), small_int(0)); }
static Ref m_start(Thread *t, Value self, const Value *a) {
    int frames = 1;
    if (!value_is_null(a[0]) && as_int(t, a[0], &frames) < 0) return REF_NULL;
    if (frames < 1 || frames > 65535) return err_set(t, E_ValueError, "the number of frames must be in range [1; 65535]");
    return err_set(t, E_RuntimeError, "this interpreter can't trace memory allocations");
}

static NativeDef functions[] = {
    FN("is_tracing", "($module, /)", m_false, "Return True if the tracemalloc module is tracing Python memory allocations."),
    FN("clear_traces", "($module, /)", m_none, "Clear traces of memory blocks allocated by Python."),
    FN("_get_traces", "($module, /)", m_traces, "Get traces of all memory blocks allocated by Python."),
    FN("_get_object_traceback", "($module, obj, /)", m_object_traceback, "Get the traceback where the Python object obj was allocated."),
    FN("start", "($module, nframe=1, /)", m_start, "Start tracing Python memory allocations."),
    FN("stop", "($module, /)", m_none, "Stop tracing Python memory allocations."),
    FN("get_traceback_limit", "($module, /)", m_limit, "Get the maximum number of frames stored in the traceback of a trace."),
    FN("get_tracemalloc_memory", "($module, /)", m_zero, "Get the memory usage in bytes of the tracemalloc module."),
    FN("get_traced_memory", "($module, /)", m_traced_memory, "Get the current size and peak size of memory blocks traced by tracemalloc."),
    FN("reset_peak", "($module, /)", m_none, "Set the peak size of memory blocks traced by tracemalloc to the current size."),
    FN_END,
};
int module_init__tracemalloc(Thread *t, Value module) { return module_add_functions(t, module, functions); }
