/* Traceback objects. The printer is in print_exception.c. */
#include "vm/traceback.h"

#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"

static Ref traceback_new(Thread *t, Value next, FrameObject *frame, int32_t lasti, int32_t line) {
    Traceback *tb = object_new(Traceback, t, &traceback_type);
    if (!tb) return REF_NULL;
    slot_init(&tb->next, value_is_null(next) || value_is_none(next) ? REF_NULL : ref_new(t, next));
    slot_init(&tb->frame, ref_new(t, object_value(frame)));
    tb->lasti = lasti;
    tb->line = line;
    return ref_steal(tb);
}

static void attach(Thread *t, FrameObject *frame, int32_t word, int32_t line) {
    BaseException *e = as(BaseException, ref_borrow(t->exc));
    Ref old = slot_ref(t, &e->traceback);
    Ref tb = traceback_new(t, ref_borrow(old), frame, 2 * word, line);
    ref_drop(t, old);
    if (!ref_is_null(tb)) slot_set(t, e, &e->traceback, tb);
}

void traceback_here(Thread *t, Frame *f) {
    if (!err_pending(t)) return;
    Ref exc = t->exc; /* a failure in here must not replace it */
    t->exc = REF_NULL;
    FrameObject *o = frame_object(t, f);
    err_clear(t);
    t->exc = exc;
    if (o) attach(t, o, (int32_t)frame_at(f), -1);
}

void traceback_add(Thread *t, const char *file, const char *function, int line) {
    if (!err_pending(t)) return;
    Ref exc = err_fetch(t);
    Ref name = str_from_cstr(t, function), path = str_from_cstr(t, file), globals = dict_new(t), code = REF_NULL, fn = REF_NULL;
    if (!ref_is_null(name) && !ref_is_null(path) && !ref_is_null(globals)) {
        uint64_t word = INSTR(I_RESUME, 0, 0, 0);
        CodePosition p = {0, line, line, -1, -1};
        CodeSpec s = {.instr = &word, .size = 1, .positions = &p, .position_count = 1, .first_line = line, .name = ref_borrow(name),
                      .qualname = ref_borrow(name), .filename = ref_borrow(path)};
        code = code_new(t, &s);
        if (!ref_is_null(code) && code_prepare(t, code_of(ref_borrow(code))) == 0) fn = function_new(t, ref_borrow(code), ref_borrow(globals));
    }
    FrameObject *o = NULL;
    if (!ref_is_null(fn)) {
        Frame f = {.code = code_of(ref_borrow(code)), .func = as(Function, ref_borrow(fn)), .globals = ref_borrow(globals)};
        f.pc = code_entry(f.code);
        o = frame_object(t, &f);
        if (o) store_relaxed(&o->x_frame, NULL);
    }
    err_clear(t);
    t->exc = exc;
    if (o) {
        attach(t, o, 0, line);
        ref_drop(t, ref_steal(o));
    }
    ref_drop(t, fn);
    ref_drop(t, code);
    ref_drop(t, globals);
    ref_drop(t, path);
    ref_drop(t, name);
}

int traceback_line(const Traceback *tb) {
    if (tb->line >= 0) return tb->line;
    Code *c = code_of(slot_get(&as(FrameObject, slot_get(&tb->frame))->code));
    return traceback_word(tb) > c->size ? c->first_line : code_line(c, traceback_word(tb));
}

/* ---- attributes ------------------------------------------------------------------------------------------------------------- */

static Ref get_next(Thread *t, Value self, void *closure) {
    Ref r = slot_ref(t, &as(Traceback, self)->next);
    return ref_is_null(r) ? REF_NONE : r;
}
/* Of shared tracebacks one at a time gets another tb_next: two can't make a ring of each other. A local one stands in no chain of another thread's. */
static Mutex next_lock;

static int put_next(Thread *t, Value self, Value v, void *closure) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "can't delete tb_next attribute"));
    if (value_is_none(v)) v = VALUE_NULL;
    else if (!is_exact(v, &traceback_type)) return err_int(err_set(t, E_TypeError, "expected traceback object, got '%T'", v));
    bool shared = !is_local(t, value_object(self)), loop = false;
    Ref old = REF_NULL;
    if (shared) {
        publish(t, v); /* not under the lock */
        mutex_lock(t, &next_lock);
    }
    for (Value tb = v; !value_is_null(tb) && !loop; tb = slot_get(&as(Traceback, tb)->next)) loop = value_is(tb, self);
    if (!loop) old = slot_swap(t, value_object(self), &as(Traceback, self)->next, ref_new(t, v));
    if (shared) mutex_unlock(&next_lock);
    ref_drop(t, old);
    return loop ? err_int(err_set(t, E_ValueError, "traceback loop detected")) : 0;
}
static Ref get_line(Thread *t, Value self, void *closure) {
    int line = traceback_line(as(Traceback, self));
    return line > 0 ? ref_small_int(line) : REF_NONE;
}
/* traceback.py and inspect halve it to index co_positions(), as CPython has two bytes per entry there. */
static Ref get_lasti(Thread *t, Value self, void *closure) {
    return ref_small_int(as(Traceback, self)->lasti);
}
static Ref traceback_dir(Thread *t, Value self, const Value *a) {
    static const char *const names[] = {"tb_frame", "tb_next", "tb_lasti", "tb_lineno"};
    Ref list = list_new(t, 4);
    for (int i = 0; i < 4 && !ref_is_null(list); i++) {
        Ref name = str_from_cstr(t, names[i]);
        if (!ref_is_null(name) && list_append_steal(t, ref_borrow(list), name) == 0) continue;
        ref_drop(t, list);
        list = REF_NULL;
    }
    return list;
}
static NativeDef traceback_methods[] = {FN("__dir__", "!($self, /)", traceback_dir, NULL), FN_END};
static Ref traceback_make(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) cache;
    Value a[4];
    int lasti, line;
    if (bind_args(t, "traceback", "($type, tb_next, tb_frame, tb_lasti, tb_lineno)", &cache, args, nargs, kwnames, a, 4) < 0) return REF_NULL;
    if (!value_is_none(a[0]) && !is_exact(a[0], &traceback_type))
        return err_set(t, E_TypeError, "expected traceback object or None, got '%T'", a[0]);
    if (!is_exact(a[1], &frame_type)) return err_bad_argument(t, "traceback", "tb_frame", "frame", a[1]);
    if (as_int(t, a[2], &lasti) < 0 || as_int(t, a[3], &line) < 0) return REF_NULL;
    return traceback_new(t, a[0], as(FrameObject, a[1]), lasti, line);
}

static void traceback_traverse(Object *self, VisitFn visit, void *arg) {
    slot_visit(&((Traceback *)self)->next, visit, arg);
    slot_visit(&((Traceback *)self)->frame, visit, arg);
}
static void traceback_clear(Thread *t, Object *self) {
    ref_drop(t, slot_take(t, self, &((Traceback *)self)->next));
}
static void traceback_destroy(Thread *t, Object *self) {
    traceback_clear(t, self);
    ref_drop(t, slot_take(t, self, &((Traceback *)self)->frame));
}
static const GetSetDef traceback_getset[] = {{"tb_next", get_next, put_next}, {"tb_lineno", get_line}, {"tb_lasti", get_lasti}, {NULL}};
static const MemberDef traceback_members[] = {{"tb_frame", MEMBER_SLOT, offsetof(Traceback, frame), true, NULL}, {NULL}};
Type traceback_type = {TYPE_HEADER(Traceback, TYPE_CONTAINER, traceback_traverse, traceback_clear, traceback_destroy), .name = "traceback",
                       .doc = "One level of a traceback.", .new_ = traceback_make, .methods = traceback_methods, .getset = traceback_getset, .members = traceback_members};

int traceback_types_init(Thread *t) { return type_ready(t, &traceback_type); }
