/* _lsprof: the profiler behind cProfile.
 *
 * A Profiler is its thread's profile function while it is enabled; events come by RuntimeThread.profile_native, without frame objects. For each code object or
 * C function there's an Entry, with Entries of what it called below; calls that haven't returned stand in a list of Contexts. What is in a Profiler is changed
 * under its lock alone; timers written in Python are called outside of it.
 */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/modules/kit.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/structseq.h"
#include "runtime/thread_state.h"
#include "runtime/vm_hooks.h"

typedef struct Entry Entry;
typedef struct Table { Entry **at; size_t capacity, count; } Table; /* open addressing by key */
struct Entry {
    uint64_t key; /* address of the code object, or of the C function's definition */
    Slot shown;   /* the code object, or a str */
    int64_t calls, recursive_calls, level, total, own;
    Table below;  /* what it called; unused in the tables below */
};
typedef struct Context {
    struct Context *outer;
    Entry *entry;
    int64_t begin, inside; /* inside: spent in what it called */
} Context;
typedef struct Profiler {
    Object base;
    Slot timer; /* or null: the system's clock, in ns */
    double unit;
    _Atomic bool x_subcalls, x_builtins;
    Table entries;
    Context *context, *spare;
} Profiler;

/* ---- tables -------------------------------------------------------------------------------------------------------------------- */

static Entry **table_place(const Table *b, uint64_t key) {
    size_t mask = b->capacity - 1, i = (size_t)(key >> 4) * 0x9E3779B97F4A7C15u >> 20 & mask;
    while (b->at[i] != NULL && b->at[i]->key != key) i = (i + 1) & mask;
    return &b->at[i];
}
static Entry *table_find(const Table *b, uint64_t key) { return b->capacity ? *table_place(b, key) : NULL; }
/* A new entry; null: no memory. */
static Entry *table_add(Table *b, uint64_t key) {
    if (b->count * 2 >= b->capacity) {
        Table more = {.capacity = b->capacity ? b->capacity * 2 : 16, .count = b->count};
        more.at = mem_zalloc(more.capacity * sizeof *more.at);
        if (more.at == NULL) return NULL;
        for (size_t i = 0; i < b->capacity; i++)
            if (b->at[i] != NULL) *table_place(&more, b->at[i]->key) = b->at[i];
        mem_free(b->at);
        *b = more;
    }
    Entry *e = mem_zalloc(sizeof *e);
    if (e == NULL) return NULL;
    e->key = key;
    *table_place(b, key) = e;
    b->count++;
    return e;
}
static void table_visit(const Table *b, VisitFn visit, void *arg) {
    for (size_t i = 0; i < b->capacity; i++)
        if (b->at[i] != NULL) {
            slot_visit(&b->at[i]->shown, visit, arg);
            table_visit(&b->at[i]->below, visit, arg);
        }
}
static void table_free(Thread *t, Table b) {
    for (size_t i = 0; i < b.capacity; i++)
        if (b.at[i] != NULL) {
            ref_drop(t, (Ref){load_relaxed(&b.at[i]->shown.x_bits)});
            table_free(t, b.at[i]->below);
            mem_free(b.at[i]);
        }
    mem_free(b.at);
}

/* ---- time ------------------------------------------------------------------------------------------------------------------------ */

static int64_t now(Thread *t, Profiler *p) {
    if (value_is_null(slot_get(&p->timer))) return now_ns();
    Ref hold;
    double unit;
    CRITICAL_BEGIN(t, p)
    hold = slot_ref(t, &p->timer);
    unit = p->unit;
    CRITICAL_END(t)
    if (ref_is_null(hold)) return now_ns();
    Ref saved = err_fetch(t), r = call0(t, ref_borrow(hold));
    int64_t n = 0;
    if (!ref_is_null(r)) {
        if (unit > 0) {
            if (index_as_i64(t, ref_borrow(r), &n) < 0) n = 0;
        } else {
            double seconds;
            if (as_double(t, ref_borrow(r), &seconds) == 0) n = (int64_t)(seconds * 1e9);
        }
        ref_drop(t, r);
    }
    if (err_pending(t)) {
        err_unraisable(t, NULL, ref_borrow(hold));
        n = 0;
    }
    ref_drop(t, hold);
    t->exc = saved;
    return n;
}

/* ---- events ------------------------------------------------------------------------------------------------------------------------ */

/* How a C function is shown: a method as its descriptor, a function with its module. */
static Ref shown_text(Thread *t, Value function) {
    Native *n = as(Native, function);
    Value self = slot_get(&n->self), module = slot_get(&n->module);
    Ref saved = err_fetch(t), r = REF_NULL;
    if (!value_is_null(self) && !is_a(self, TYPE_MODULE)) {
        Value method = type_lookup(t, type_of(self), str_intern_cstr(t, n->def->name));
        r = value_is_null(method) ? REF_NULL : object_repr(t, method);
        if (ref_is_null(r)) {
            err_clear(t);
            r = str_format(t, "<built-in method %s>", n->def->name);
        }
    } else if (!value_is_null(module) && is_str(module)) {
        r = str_format(t, "<built-in method %V.%s>", module, n->def->name);
    } else {
        r = str_format(t, "<built-in method %s>", n->def->name);
    }
    err_clear(t);
    t->exc = saved;
    return r;
}

static void stop(Profiler *p, Context *c, int64_t time, bool subcalls) {
    int64_t total = time - c->begin, own = total - c->inside;
    Entry *e = c->entry;
    p->context = c->outer;
    if (c->outer != NULL) c->outer->inside += total;
    if (--e->level == 0) e->total += total;
    else e->recursive_calls++;
    e->own += own;
    e->calls++;
    Entry *sub = subcalls && c->outer != NULL ? table_find(&c->outer->entry->below, e->key) : NULL;
    if (sub != NULL) {
        if (--sub->level == 0) sub->total += total;
        else sub->recursive_calls++;
        sub->own += own;
        sub->calls++;
    }
    c->outer = p->spare;
    p->spare = c;
}

/* Puts a context for the call on top, whose begin isn't known yet; null if memory is out or the entry isn't there and `shown` is null. Locked. */
static Context *push(Thread *t, Profiler *p, uint64_t key, Value shown) {
    Entry *e = table_find(&p->entries, key);
    if (e == NULL) {
        if (value_is_null(shown) || (e = table_add(&p->entries, key)) == NULL) return NULL;
        slot_set(t, p, &e->shown, ref_new(t, shown));
    }
    Context *c = p->spare;
    if (c != NULL) p->spare = c->outer;
    else if ((c = mem_zalloc(sizeof *c)) == NULL) return NULL;
    *c = (Context){p->context, e, 0, 0};
    e->level++;
    if (load_relaxed(&p->x_subcalls) && c->outer != NULL) {
        Entry *sub = table_find(&c->outer->entry->below, key);
        if (sub == NULL && (sub = table_add(&c->outer->entry->below, key)) != NULL) slot_set(t, p, &sub->shown, slot_ref(t, &e->shown));
        if (sub != NULL) sub->level++;
    }
    p->context = c;
    return c;
}
static void enter(Thread *t, Profiler *p, uint64_t key, Value what, bool is_code) {
    Context *c = NULL;
    Ref shown = REF_NULL;
    for (int i = 0; i < 2 && c == NULL; i++) { /* the second time with what a new entry needs */
        CRITICAL_BEGIN(t, p)
        c = push(t, p, key, is_code ? what : ref_borrow(shown));
        CRITICAL_END(t)
        if (c == NULL && ref_is_null(shown) && !is_code) shown = shown_text(t, what);
    }
    ref_drop(t, shown);
    int64_t time = now(t, p);
    CRITICAL_BEGIN(t, p)
    if (c != NULL && p->context == c) c->begin = time;
    CRITICAL_END(t)
}
static void leave(Thread *t, Profiler *p, uint64_t key) {
    int64_t time = now(t, p);
    CRITICAL_BEGIN(t, p)
    if (p->context != NULL && p->context->entry->key == key) stop(p, p->context, time, load_relaxed(&p->x_subcalls));
    CRITICAL_END(t)
}

static int event(Thread *t, Value self, ProfileEvent what, Value of) {
    Profiler *p = as(Profiler, self);
    bool c_function = what >= PROFILE_C_CALL;
    if (c_function && (!load_relaxed(&p->x_builtins) || !is_exact(of, &native_type))) return 0;
    uint64_t key = (uint64_t)(c_function ? (void *)as(Native, of)->def : (void *)value_object(of));
    if (what == PROFILE_CALL || what == PROFILE_C_CALL) enter(t, p, key, of, !c_function);
    else leave(t, p, key);
    return 0;
}

/* ---- methods ----------------------------------------------------------------------------------------------------------------------- */

static Ref profiler_enable(Thread *t, Value self, const Value *a) {
    Profiler *p = as(Profiler, self);
    int subcalls = value_is_null(a[0]) ? load_relaxed(&p->x_subcalls) : is_true(t, a[0]), builtins = value_is_null(a[1]) ? load_relaxed(&p->x_builtins) : is_true(t, a[1]);
    if (subcalls < 0 || builtins < 0) return REF_NULL;
    store_relaxed(&p->x_subcalls, subcalls);
    store_relaxed(&p->x_builtins, builtins);
    return vm.set_profile_native(t, self, event) < 0 ? REF_NULL : REF_NONE;
}
static void end_all(Thread *t, Profiler *p) {
    bool more = true;
    while (more) {
        CRITICAL_BEGIN(t, p)
        more = p->context != NULL;
        CRITICAL_END(t)
        if (!more) break;
        int64_t time = now(t, p);
        CRITICAL_BEGIN(t, p)
        if (p->context != NULL) stop(p, p->context, time, load_relaxed(&p->x_subcalls));
        CRITICAL_END(t)
    }
}
static Ref profiler_disable(Thread *t, Value self, const Value *a) {
    Profiler *p = as(Profiler, self);
    if (vm.set_trace(t, VALUE_NONE, true) < 0) return REF_NULL;
    end_all(t, p);
    return REF_NONE;
}
static Ref profiler_clear(Thread *t, Value self, const Value *a) {
    Profiler *p = as(Profiler, self);
    Table entries;
    Context *contexts[2];
    CRITICAL_BEGIN(t, p)
    entries = p->entries;
    contexts[0] = p->context;
    contexts[1] = p->spare;
    p->entries = (Table){0};
    p->context = p->spare = NULL;
    CRITICAL_END(t)
    for (int i = 0; i < 2; i++)
        for (Context *c = contexts[i], *next; c != NULL; c = next) {
            next = c->outer;
            mem_free(c);
        }
    table_free(t, entries);
    return REF_NONE;
}

static Type *entry_type, *subentry_type;
static Ref table_list(Thread *t, const Table *b, double factor, bool with_calls) {
    Ref list = list_new(t, b->count);
    for (size_t i = 0; i < b->capacity && !ref_is_null(list); i++) {
        const Entry *e = b->at[i];
        if (e == NULL || (e->calls == 0 && with_calls)) continue;
        Ref calls = !with_calls ? REF_NULL : e->below.count ? table_list(t, &e->below, factor, false) : REF_NONE;
        Ref item[6] = {slot_ref(t, &e->shown), int_from_i64(t, e->calls), int_from_i64(t, e->recursive_calls), float_new(t, factor * (double)e->total),
                       float_new(t, factor * (double)e->own), calls};
        Ref r = structseq_new_steal(t, with_calls ? entry_type : subentry_type, item);
        if (!ref_is_null(r) && list_append_steal(t, ref_borrow(list), r) == 0) continue;
        ref_drop(t, list);
        list = REF_NULL;
    }
    return list;
}
static Ref profiler_getstats(Thread *t, Value self, const Value *a) {
    Profiler *p = as(Profiler, self);
    Ref r;
    CRITICAL_BEGIN(t, p)
    r = table_list(t, &p->entries, p->unit > 0 && !value_is_null(slot_get(&p->timer)) ? p->unit : 1e-9, true);
    CRITICAL_END(t)
    return r;
}

static int profiler_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Profiler *p = as(Profiler, self);
    Value a[4];
    if (bind_args(t, "Profiler", "($self, /, timer=None, timeunit=0.0, subcalls=True, builtins=True)", &signature, args, nargs, kwnames, a, 4) < 0) return -1;
    double unit = 0;
    int subcalls = value_is_null(a[2]) ? 1 : is_true(t, a[2]), builtins = value_is_null(a[3]) ? 1 : is_true(t, a[3]);
    if (subcalls < 0 || builtins < 0 || (!value_is_null(a[1]) && as_double(t, a[1], &unit) < 0)) return -1;
    Ref old;
    CRITICAL_BEGIN(t, p)
    p->unit = unit;
    store_relaxed(&p->x_subcalls, subcalls);
    store_relaxed(&p->x_builtins, builtins);
    old = slot_swap(t, p, &p->timer, value_is_null(a[0]) || value_is_none(a[0]) ? REF_NULL : ref_new(t, a[0]));
    CRITICAL_END(t)
    ref_drop(t, old);
    return 0;
}
static Ref profiler_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    void *p = kit_instance(t, cls);
    return p == NULL ? REF_NULL : ref_steal(p);
}
static void profiler_traverse(Object *o, VisitFn visit, void *arg) {
    slot_visit(&((Profiler *)o)->timer, visit, arg);
    table_visit(&((Profiler *)o)->entries, visit, arg);
}
static void profiler_destroy(Thread *t, Object *o) {
    end_all(t, (Profiler *)o);
    ref_drop(t, profiler_clear(t, object_value(o), NULL));
    ref_drop(t, slot_take(t, o, &((Profiler *)o)->timer));
}

static NativeDef profiler_methods[] = {
    FN("clear", "!($self, /)", profiler_clear, "Forgets all that was recorded."),
    FN("disable", "!($self, /)", profiler_disable, "Stops recording."),
    FN("enable", "!($self, /, subcalls=True, builtins=True)", profiler_enable, "Starts recording calls in this thread."),
    FN("getstats", "!($self, /)", profiler_getstats, "What was recorded: a list of profiler_entry objects."), FN_END};
static Type profiler_type = {TYPE_HEADER(Profiler, TYPE_CONTAINER | TYPE_BASETYPE, profiler_traverse, NULL, profiler_destroy), .name = "_lsprof.Profiler",
                             .doc = "Profiler(timer=None, timeunit=None, subcalls=True, builtins=True)\n\nRecords calls and the time they take, by timer() or the "
                                    "system's clock; timeunit is the length in seconds of what timer() counts, if those are ints.",
                             .base = &object_type, .new_ = profiler_new, .init = profiler_init, .methods = profiler_methods};

int module_init__lsprof(Thread *t, Value m) {
    static const StructSeqField fields[] = {{"code", "code object or name of a built-in function"}, {"callcount", "how many times it was called"},
                                            {"reccallcount", "how many of these calls were recursive"}, {"totaltime", "time spent in it and what it called"},
                                            {"inlinetime", "time spent in it alone"}, {"calls", "what it called"}, {NULL, NULL}};
    static const StructSeqField sub_fields[] = {{"code", "code object or name of a built-in function"}, {"callcount", "how many times it was called"},
                                                {"reccallcount", "how many of these calls were recursive"}, {"totaltime", "time spent in it and what it called"},
                                                {"inlinetime", "time spent in it alone"}, {NULL, NULL}};
    entry_type = structseq_type(t, "_lsprof.profiler_entry", "What was recorded of a function.", fields, 6);
    subentry_type = structseq_type(t, "_lsprof.profiler_subentry", "What was recorded of a function's calls of another.", sub_fields, 5);
    if (entry_type == NULL || subentry_type == NULL) return -1;
    if (module_set(t, m, "profiler_entry", type_value(entry_type)) < 0 || module_set(t, m, "profiler_subentry", type_value(subentry_type)) < 0) return -1;
    return module_add_type(t, m, &profiler_type);
}
