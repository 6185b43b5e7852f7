/* _tracemalloc: what alloc/memtrace.h knows, as objects. */
#include "runtime/modules/kit.h"
#include "alloc/memtrace.h"
#include "runtime/int.h"
#include "runtime/list.h"

/* Objects for what a snapshot names by number; entries are made when they are first wanted. */
typedef struct Shown { Ref *files, *tracebacks; } Shown;

static Ref file_name(Thread *t, Shown *shown, const MemFile *f) {
    if (shown == NULL) return str_from_units(t, f->kind, f->units, f->length);
    Ref *r = &shown->files[f->index];
    if (ref_is_null(*r)) *r = str_from_units(t, f->kind, f->units, f->length);
    return ref_is_null(*r) ? REF_NULL : ref_new(t, ref_borrow(*r));
}

static Ref show_line(Thread *t, Shown *shown, const MemLine *line) {
    Ref name = line ? file_name(t, shown, line->file) : str_from_cstr(t, "<unknown>"), r = REF_NULL;
    if (!ref_is_null(name)) r = tuple_pack(t, 2, ref_borrow(name), small_int(line ? line->line : 0));
    ref_drop(t, name);
    return r;
}

/* ((file, line), …), innermost first */
static Ref show_traceback(Thread *t, Shown *shown, const MemTraceback *tb) {
    uint32_t n = tb->count ? tb->count : 1;
    Ref r = tuple_new_uninit(t, n);
    for (uint32_t i = 0; i < n && !ref_is_null(r); i++) {
        Ref line = show_line(t, shown, tb->count ? &tb->lines[i] : NULL);
        if (!ref_is_null(line)) {
            tuple_init_item(r, i, line);
            continue;
        }
        ref_drop(t, r);
        r = REF_NULL;
    }
    return r;
}

/* (domain, size, traceback, frames that there were) */
static Ref show_trace(Thread *t, Shown *shown, const MemSnapshot *s, const MemTrace *trace) {
    const MemTraceback *tb = s->tracebacks[trace->traceback];
    Ref *lines = &shown->tracebacks[trace->traceback];
    if (ref_is_null(*lines)) *lines = show_traceback(t, shown, tb);
    if (ref_is_null(*lines)) return REF_NULL;
    Ref size = int_from_u64(t, trace->size), r = REF_NULL;
    if (!ref_is_null(size)) r = tuple_pack(t, 4, small_int(0), ref_borrow(size), ref_borrow(*lines), small_int(tb->total));
    ref_drop(t, size);
    return r;
}

static void drop_all(Thread *t, Ref *refs, size_t n) {
    for (size_t i = 0; refs && i < n; i++) ref_drop(t, refs[i]);
    mem_free(refs);
}

static Ref m_traces(Thread *t, Value self, const Value *a) {
    MemSnapshot s;
    if (!memtrace_on()) return list_new(t, 0);
    if (memtrace_snapshot(&s) < 0) return err_no_memory(t);
    Shown shown = {mem_zalloc((s.file_count + 1) * sizeof(Ref)), mem_zalloc(s.traceback_count * sizeof(Ref))};
    Ref list = shown.files && shown.tracebacks ? list_new(t, 0) : err_no_memory(t);
    for (size_t i = 0; i < s.count && !ref_is_null(list); i++) {
        Ref trace = show_trace(t, &shown, &s, &s.traces[i]);
        bool bad = ref_is_null(trace) || list_append(t, ref_borrow(list), ref_borrow(trace)) < 0;
        ref_drop(t, trace);
        if (!bad) continue;
        ref_drop(t, list);
        list = REF_NULL;
    }
    drop_all(t, shown.files, s.file_count);
    drop_all(t, shown.tracebacks, s.traceback_count);
    memtrace_snapshot_free(&s);
    return list;
}

static Ref m_object_traceback(Thread *t, Value self, const Value *a) {
    MemTraceback *tb = NULL;
    if (!value_is_object(a[0]) || !memtrace_on()) return REF_NONE; /* a number in its word has no memory */
    if (!memtrace_find(value_object(a[0]), &tb)) return err_no_memory(t);
    if (tb == NULL) return REF_NONE;
    Ref r = show_traceback(t, NULL, tb);
    memtrace_traceback_free(tb);
    return r;
}

static Ref m_start(Thread *t, Value self, const Value *a) {
    int frames = 1;
    if (!value_is_null(a[0]) && as_int(t, a[0], &frames) < 0) return REF_NULL;
    if (frames < 1 || frames > MEMTRACE_MOST_FRAMES) return err_set(t, E_ValueError, "the number of frames must be in range [1; %d]", MEMTRACE_MOST_FRAMES);
    memtrace_start(frames);
    return REF_NONE;
}
static Ref m_stop(Thread *t, Value self, const Value *a) {
    memtrace_stop();
    return REF_NONE;
}
static Ref m_clear(Thread *t, Value self, const Value *a) {
    memtrace_clear();
    return REF_NONE;
}
static Ref m_reset_peak(Thread *t, Value self, const Value *a) {
    memtrace_reset_peak();
    return REF_NONE;
}
static Ref m_is_tracing(Thread *t, Value self, const Value *a) { return ref_bool(memtrace_on()); }
static Ref m_limit(Thread *t, Value self, const Value *a) { return ref_small_int(memtrace_limit()); }
static Ref m_own_memory(Thread *t, Value self, const Value *a) { return int_from_u64(t, memtrace_own()); }
static Ref m_traced_memory(Thread *t, Value self, const Value *a) {
    size_t now = 0, peak = 0;
    memtrace_sizes(&now, &peak);
    return tuple_pack(t, 2, small_int((int64_t)now), small_int((int64_t)peak));
}

static NativeDef functions[] = {
    FN("is_tracing", "($module, /)", m_is_tracing, "Return True if the tracemalloc module is tracing Python memory allocations."),
    FN("clear_traces", "($module, /)", m_clear, "Clear traces of memory blocks allocated by Python."),
    FN("_get_traces", "($module, /)", m_traces, "Get traces of all memory blocks allocated by Python."),
    FN("_get_object_traceback", "($module, obj, /)", m_object_traceback, "Get the traceback where the Python object obj was allocated."),
    FN("start", "($module, nframe=1, /)", m_start, "Start tracing Python memory allocations."),
    FN("stop", "($module, /)", m_stop, "Stop tracing Python memory allocations."),
    FN("get_traceback_limit", "($module, /)", m_limit, "Get the maximum number of frames stored in the traceback of a trace."),
    FN("get_tracemalloc_memory", "($module, /)", m_own_memory, "Get the memory usage in bytes of the tracemalloc module."),
    FN("get_traced_memory", "($module, /)", m_traced_memory, "Get the current size and peak size of memory blocks traced by tracemalloc."),
    FN("reset_peak", "($module, /)", m_reset_peak, "Set the peak size of memory blocks traced by tracemalloc to the current size."),
    FN_END,
};
int module_init__tracemalloc(Thread *t, Value module) { return module_add_functions(t, module, functions); }
