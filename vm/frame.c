/* The register stack, frames, and frame objects. See frame.h. */
#include "vm/frame.h"

#include <stdio.h>
#include <sys/mman.h>

#include "alloc/collect.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/thread_state.h"
#include "vm/generator.h"
#include "vm/slow.h"
#include "vm/trace.h"

#define STACK_BYTES ((size_t)16 << 20) /* address space; the kernel gives memory as it is touched */
#define FRAMES_PER_BLOCK 32

/* ---- the register stack -------------------------------------------------------------------------------------------------- */

int frames_begin(Thread *t) {
    void *p = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) return err_int(err_no_memory(t));
    VmThread *vt = p;
    vt->map_size = STACK_BYTES;
    t->stack_base = t->stack_top = (uint64_t *)(vt + 1);
    t->stack_limit = (uint64_t *)((char *)p + STACK_BYTES);
    t->exc_info = &vt->exc_info;
    t->recursion_left += vm_recursion_limit() - RECURSION_LIMIT;
    return 0;
}

/* Frame structs come in blocks; the first of each block carries the link to free them by. */
typedef struct FrameBlock {
    struct FrameBlock *next;
    Frame frames[FRAMES_PER_BLOCK];
} FrameBlock;

Frame *frame_more(Thread *t, Frame *f) {
    FrameBlock *b = mem_zalloc(sizeof *b);
    if (!b) {
        err_no_memory(t);
        return NULL;
    }
    VmThread *vt = vm_thread(t);
    b->next = (FrameBlock *)vt->root.ret; /* root.ret: the list of blocks */
    vt->root.ret = (Ref *)b;
    Frame *prev = f ? f : &vt->root;
    for (int i = 0; i < FRAMES_PER_BLOCK; i++) {
        b->frames[i].prev = prev == &vt->root ? NULL : prev;
        prev->next = &b->frames[i];
        prev = &b->frames[i];
    }
    return f ? f->next : vt->root.next;
}

void frames_forget(Thread *t) {
    if (!t->stack_base) return;
    VmThread *vt = vm_thread(t);
    Ref exc = vt->exc_info.exc;
    vt->exc_info.exc = REF_NULL;
    ref_drop(t, exc);
}

void frames_end(Thread *t) {
    frames_forget(t);
    if (!t->stack_base) return;
    VmThread *vt = vm_thread(t);
    for (FrameBlock *b = (FrameBlock *)vt->root.ret, *next; b; b = next) {
        next = b->next;
        mem_free(b);
    }
    t->stack_base = t->stack_top = t->stack_limit = NULL;
    t->exc_info = NULL;
    t->frame = NULL;
    munmap(vt, vt->map_size);
}

void frames_visit(Thread *t, VisitFn visit, void *arg) {
    if (!t->stack_base) return;
    for (uint64_t *p = t->stack_base; p < t->stack_top; p++)
        if (value_is_object((Value){*p})) visit(arg, (Value){*p});
    for (Frame *f = t->frame; f; f = f->prev) {
        visit(arg, object_value(f->func));
        if (value_is_object(ref_borrow(f->locals))) visit(arg, ref_borrow(f->locals));
        if (f->object) visit(arg, object_value(f->object));
        if (f->gen) visit(arg, object_value(f->gen));
    }
    for (ExcInfo *e = t->exc_info; e; e = e->prev)
        if (value_is_object(ref_borrow(e->exc))) visit(arg, ref_borrow(e->exc));
}

void frame_clear(Thread *t, Frame *f) {
    if (unlikely(f->object != NULL)) frame_object_leave(t, f);
    for (uint32_t i = 0, n = f->code->nregs; i < n; i++) reg_drop(t, &f->regs[i]);
    if (unlikely(!ref_is_null(f->locals))) {
        Ref r = f->locals;
        f->locals = REF_NULL;
        ref_drop(t, r);
    }
    if (f->ret != f->regs - 1 && f->kind != FRAME_ENTRY && (!f->gen || frame_drains(f))) reg_drop(t, &f->regs[-1]);
    if (unlikely(f->object != NULL)) frame_object_leave(t, f); /* a finalizer's frame asked for it since */
    f->gen = NULL;
}

/* ---- frame objects ---------------------------------------------------------------------------------------------------------- */

FrameObject *frame_object(Thread *t, Frame *f) {
    if (f->object) return f->object;
    uint32_t n = f->code->first_temp;
    FrameObject *o = object_alloc(t, &frame_type, n * sizeof(Slot));
    if (!o) return NULL;
    store_relaxed(&o->x_thread, t);
    o->var_count = n;
    store_relaxed(&o->x_trace_lines, true);
    slot_init(&o->func, ref_new(t, object_value(f->func)));
    slot_init(&o->code, ref_new(t, object_value(f->code)));
    slot_init(&o->globals, ref_new(t, f->globals));
    slot_init(&o->locals, ref_is_null(f->locals) ? (f->code->flags & CO_OPTIMIZED ? REF_NULL : ref_new(t, f->globals)) : ref_new(t, ref_borrow(f->locals)));
    store_relaxed(&o->x_frame, f);
    store_relaxed(&o->x_generator, f->gen);
    f->object = o;
    return o;
}

/* The frame ends: if somebody else holds its object, that takes over the variables and the link to the caller. */
void frame_object_leave(Thread *t, Frame *f) {
    FrameObject *o = f->object;
    f->object = NULL;
    store_relaxed(&o->x_lasti, (int32_t)frame_at(f));
    if (!ref_is_unique(t, &o->base)) {
        for (uint32_t i = 0; i < o->var_count; i++) {
            Ref r = ref_own(t, f->regs[i]);
            f->regs[i] = REF_NULL;
            slot_set(t, o, &o->vars[i], r);
        }
        if (f->prev && !f->gen) {
            FrameObject *back = frame_object(t, f->prev);
            if (back) slot_set(t, o, &o->back, ref_new(t, object_value(back)));
            else err_clear(t);
        }
    }
    store_release(&o->x_generator, NULL);
    store_release(&o->x_frame, NULL);
    ref_drop(t, ref_steal(o));
}

/* The live frame behind an object, if this thread may look at it. */
static Frame *live(Thread *t, FrameObject *o) {
    Frame *f = load_acquire(&o->x_frame);
    return f && load_relaxed(&o->x_thread) == t ? f : NULL;
}
/* What another thread runs is looked at while the world is stopped: its frame may end at any time. */
static uint32_t lasti_of(Thread *t, FrameObject *o) {
    Frame *f = live(t, o);
    bool stop = !f && load_acquire(&o->x_frame);
    if (stop) {
        world_stop(t);
        f = load_relaxed(&o->x_frame);
    }
    uint32_t at = f && f->pc ? frame_at(f) : (uint32_t)load_relaxed(&o->x_lasti);
    if (stop) world_start(t);
    return at;
}
static int line_of(Thread *t, FrameObject *o) {
    Code *c = code_of(slot_get(&o->code));
    uint32_t at = lasti_of(t, o);
    return at > c->size ? c->first_line : code_line(c, at);
}

/* v is consumed. */
static int put_variable(Thread *t, Value dict, Value name, Ref v) {
    if (!ref_is_null(v)) {
        int r = dict_set(t, dict, name, ref_borrow(v));
        ref_drop(t, v);
        return r;
    }
    Ref gone; /* another thread that looks at the same frame may have taken it out already */
    int there = dict_pop(t, dict, name, &gone);
    if (there > 0) ref_drop(t, gone);
    return there < 0 ? -1 : 0;
}
/* Copies variables and free variables into a dict; unbound ones are taken out. */
static int variables_to_dict(Thread *t, Code *c, Function *fn, Value dict, const Ref *regs, const Slot *vars, bool cleared) {
    for (uint32_t i = 0; i < c->first_temp; i++) {
        Ref v = ref_new(t, regs ? ref_borrow(regs[i]) : slot_get(&vars[i]));
        bool hidden = as(Str, c->var_names[i])->length && str_at(as(Str, c->var_names[i]), 0) == '.';
        if (c->var_kinds[i] == VAR_CELL && !ref_is_null(v) && is_exact(ref_borrow(v), &cell_type)) {
            Ref cell = v;
            v = slot_ref(t, &as(Cell, ref_borrow(cell))->value);
            ref_drop(t, cell);
        }
        if (hidden && ref_is_null(v)) continue;
        if (put_variable(t, dict, c->var_names[i], v) < 0) return -1;
    }
    Value closure = slot_get(&fn->closure);
    if (value_is_null(closure)) return 0;
    for (uint32_t i = 0; i < c->nfree; i++)
        if (put_variable(t, dict, c->free_names[i], cleared ? REF_NULL : slot_ref(t, &as(Cell, tuple_get(closure, i))->value)) < 0) return -1;
    return 0;
}

/* The generator whose frame it is, unless that runs. The frame object doesn't count it: another thread may be destroying it, or have it as a local one. */
static Ref generator_at_rest(Thread *t, FrameObject *o) {
    Generator *g = load_acquire(&o->x_generator);
    if (!g) return REF_NULL;
    bool stop = !is_local(t, o); /* else the generator is local, too, or runs here */
    if (stop) {
        world_stop(t);
        g = load_relaxed(&o->x_generator);
    }
    Ref r = g && load_acquire(&g->x_state) != GEN_RUNNING ? ref_try_stopped(t, &g->base) : REF_NULL;
    if (stop) world_start(t);
    return r;
}

static Ref object_locals(Thread *t, FrameObject *o) {
    Ref dict = slot_ref(t, &o->locals);
    Code *c = code_of(slot_get(&o->code));
    if (!(c->flags & CO_OPTIMIZED) && !ref_is_null(dict)) return dict;
    if (ref_is_null(dict)) {
        Ref fresh = dict_new(t);
        if (ref_is_null(fresh)) return fresh;
        CRITICAL_BEGIN(t, o)
        dict = slot_ref(t, &o->locals); /* another thread may have been first */
        if (ref_is_null(dict)) {
            dict = ref_new(t, ref_borrow(fresh));
            fresh = slot_swap(t, o, &o->locals, fresh);
        }
        CRITICAL_END(t)
        ref_drop(t, fresh);
    }
    Frame *f = live(t, o);
    if (!f && load_acquire(&o->x_frame)) return dict; /* another thread's running frame: what was seen last */
    /* a suspended generator's variables are in the generator */
    Ref hold = f ? REF_NULL : generator_at_rest(t, o);
    Generator *g = ref_is_null(hold) ? NULL : as(Generator, ref_borrow(hold));
    const Ref *regs = f ? f->regs : NULL;
    Ref *copies = g ? mem_alloc((c->first_temp + 1) * sizeof *copies) : NULL;
    if (copies && generator_variables(t, g, copies, c->first_temp)) regs = copies;
    int bad = g && !copies ? err_int(err_no_memory(t))
                           : variables_to_dict(t, c, as(Function, slot_get(&o->func)), ref_borrow(dict), regs, o->vars, load_relaxed(&o->x_cleared));
    for (uint32_t i = 0; regs && regs == copies && i < c->first_temp; i++) ref_drop(t, copies[i]);
    mem_free(copies);
    ref_drop(t, hold);
    if (bad == 0) return dict;
    ref_drop(t, dict);
    return REF_NULL;
}
int frame_locals_refresh(Thread *t, FrameObject *o) {
    if (value_is_null(slot_get(&o->locals)) || !(code_of(slot_get(&o->code))->flags & CO_OPTIMIZED)) return 0;
    Ref r = object_locals(t, o);
    ref_drop(t, r);
    return ref_is_null(r) ? -1 : 0;
}

/* A variable's new value, or null: what it had stays, since code may rely on its being bound. */
static void write_back(Thread *t, Frame *f, Code *c, uint32_t i, Ref v) {
    if (ref_is_null(v)) return;
    Value old = ref_borrow(f->regs[i]);
    if (c->var_kinds[i] == VAR_CELL && !value_is_null(old) && is_exact(old, &cell_type))
        slot_set(t, value_object(old), &as(Cell, old)->value, v);
    else
        reg_set(t, &f->regs[i], v);
}
int frame_locals_write_back(Thread *t, FrameObject *o) {
    Frame *f = live(t, o);
    Code *c = code_of(slot_get(&o->code));
    Ref dict = slot_ref(t, &o->locals);
    if (!f || ref_is_null(dict) || !(c->flags & CO_OPTIMIZED)) {
        ref_drop(t, dict);
        return 0;
    }
    Ref exc = err_fetch(t);
    for (uint32_t i = 0; i < c->first_temp; i++) write_back(t, f, c, i, ref_new(t, dict_get(t, ref_borrow(dict), c->var_names[i])));
    Value closure = slot_get(&f->func->closure);
    for (uint32_t i = 0; i < c->nfree && !value_is_null(closure); i++) {
        Ref v = ref_new(t, dict_get(t, ref_borrow(dict), c->free_names[i]));
        Object *cell = value_object(tuple_get(closure, i));
        if (!ref_is_null(v)) slot_set(t, cell, &((Cell *)cell)->value, v);
    }
    ref_drop(t, dict);
    err_clear(t);
    t->exc = exc;
    return 0;
}

Ref frame_locals(Thread *t, Frame *f) {
    if (!(f->code->flags & CO_OPTIMIZED)) return ref_new(t, ref_is_null(f->locals) ? f->globals : ref_borrow(f->locals));
    FrameObject *o = frame_object(t, f);
    return o ? object_locals(t, o) : REF_NULL;
}
Frame *frame_visible(Frame *f) { return f; }

static Ref get_locals(Thread *t, Value self, void *closure) { return object_locals(t, as(FrameObject, self)); }
static Ref get_back(Thread *t, Value self, void *closure) {
    FrameObject *o = as(FrameObject, self);
    Frame *f = live(t, o);
    if (f) {
        if (!f->prev) return REF_NONE;
        FrameObject *back = frame_object(t, f->prev);
        return back ? ref_new(t, object_value(back)) : REF_NULL;
    }
    Ref r = slot_ref(t, &o->back);
    return ref_is_null(r) ? REF_NONE : r;
}
static Ref get_line(Thread *t, Value self, void *closure) {
    FrameObject *o = as(FrameObject, self);
    int line = line_of(t, o);
    if (line > 0) return ref_small_int(line);
    uint32_t at = lasti_of(t, o);
    return at == 0 && code_position(code_of(slot_get(&o->code)), at).end_line > 0 ? ref_small_int(line) : REF_NONE; /* a module's RESUME: 0 */
}
static int set_line(Thread *t, Value self, Value v, void *closure) {
    FrameObject *o = as(FrameObject, self);
    Frame *f = live(t, o);
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    if (!is_exact(v, &int_type)) return err_int(err_set(t, E_ValueError, "lineno must be an integer"));
    switch (runtime_thread(t)->tracing_what) {
    case TRACE_LINE: case TRACE_YIELD: break;
    case TRACE_CALL: return err_int(err_set(t, E_ValueError, "can't jump from the 'call' trace event of a new frame"));
    case TRACE_NONE:
        if (value_is_null(slot_get(&o->trace))) return err_int(err_set(t, E_ValueError, "f_lineno can only be set in a trace function"));
        /* fallthrough */
    default: return err_int(err_set(t, E_ValueError, "can only jump from a 'line' trace event"));
    }
    if (!f || value_is_null(slot_get(&o->trace))) return err_int(err_set(t, E_ValueError, "f_lineno can only be set by a trace function"));
    int line;
    if (as_int(t, v, &line) < 0) return err_int(err_set(t, E_ValueError, "lineno out of range"));
    return frame_jump(t, f, line);
}
static Ref get_lasti(Thread *t, Value self, void *closure) {
    uint32_t at = lasti_of(t, as(FrameObject, self));
    return ref_small_int(at == UINT32_MAX ? -1 : (int64_t)at * 2);
}
static Ref get_builtins(Thread *t, Value self, void *closure) { return ref_new(t, builtins_shown(slot_get(&as(Function, slot_get(&as(FrameObject, self)->func))->builtins))); }
static Ref get_trace(Thread *t, Value self, void *closure) {
    Ref r = slot_ref(t, &as(FrameObject, self)->trace);
    return ref_is_null(r) ? REF_NONE : r;
}
static int set_trace(Thread *t, Value self, Value v, void *closure) {
    FrameObject *o = as(FrameObject, self);
    slot_set(t, o, &o->trace, value_is_null(v) || value_is_none(v) ? REF_NULL : ref_new(t, v));
    return 0;
}
static Ref frame_clear_method(Thread *t, Value self, const Value *a) {
    FrameObject *o = as(FrameObject, self);
    if (load_acquire(&o->x_frame)) return err_set(t, E_RuntimeError, "cannot clear an executing frame");
    Ref g = generator_at_rest(t, o);
    if (ref_is_null(g) && load_acquire(&o->x_generator)) return err_set(t, E_RuntimeError, "cannot clear an executing frame");
    bool waits = !ref_is_null(g) && generator_state(as(Generator, ref_borrow(g))) < GEN_RUNNING;
    if (waits) generator_end(t, as(Generator, ref_borrow(g)));
    ref_drop(t, g);
    if (waits) return REF_NONE; /* the variables are the frame object's now, as in CPython */
    for (uint32_t i = 0; i < o->var_count; i++) slot_set(t, o, &o->vars[i], REF_NULL);
    store_relaxed(&o->x_cleared, true);
    if (code_of(slot_get(&o->code))->flags & CO_OPTIMIZED) slot_set(t, o, &o->locals, REF_NULL);
    return REF_NONE;
}
static Ref frame_repr(Thread *t, Value self) {
    FrameObject *o = as(FrameObject, self);
    Code *c = code_of(slot_get(&o->code));
    char at[32];
    snprintf(at, sizeof at, "%p", (void *)o);
    return str_format(t, "<frame at %s, file %R, line %d, code %V>", at, slot_get(&c->filename), line_of(t, o), slot_get(&c->name));
}

static void frame_object_traverse(Object *self, VisitFn visit, void *arg) {
    FrameObject *o = (FrameObject *)self;
    Slot *slots[] = {&o->func, &o->code, &o->globals, &o->locals, &o->back, &o->trace};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) slot_visit(slots[i], visit, arg);
    for (uint32_t i = 0; i < o->var_count; i++) slot_visit(&o->vars[i], visit, arg);
}
static void frame_object_clear(Thread *t, Object *self) {
    FrameObject *o = (FrameObject *)self;
    ref_drop(t, slot_take(t, o, &o->locals));
    ref_drop(t, slot_take(t, o, &o->back));
    ref_drop(t, slot_take(t, o, &o->trace));
    for (uint32_t i = 0; i < o->var_count; i++) ref_drop(t, slot_take(t, o, &o->vars[i]));
}
static void frame_object_destroy(Thread *t, Object *self) {
    FrameObject *o = (FrameObject *)self;
    frame_object_clear(t, self);
    ref_drop(t, slot_take(t, o, &o->func));
    ref_drop(t, slot_take(t, o, &o->code));
    ref_drop(t, slot_take(t, o, &o->globals));
}

static const GetSetDef frame_getset[] = {{"f_locals", get_locals}, {"f_back", get_back}, {"f_lineno", get_line, set_line}, {"f_lasti", get_lasti},
                                         {"f_builtins", get_builtins}, {"f_trace", get_trace, set_trace}, {NULL}};
static const MemberDef frame_members[] = {{"f_code", MEMBER_SLOT, offsetof(FrameObject, code), true, NULL},
                                          {"f_globals", MEMBER_SLOT, offsetof(FrameObject, globals), true, NULL},
                                          {"f_trace_lines", MEMBER_BOOL, offsetof(FrameObject, x_trace_lines), false, NULL},
                                          {"f_trace_opcodes", MEMBER_BOOL, offsetof(FrameObject, x_trace_opcodes), false, NULL}, {NULL}};
static NativeDef frame_methods[] = {FN("clear", "($self, /)", frame_clear_method, "Drops the variables of an ended frame."), FN_END};
Type frame_type = {TYPE_HEADER(FrameObject, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, frame_object_traverse, frame_object_clear, frame_object_destroy),
                   .name = "frame", .repr = frame_repr, .methods = frame_methods, .getset = frame_getset, .members = frame_members};

int frame_types_init(Thread *t) { return type_ready(t, &frame_type); }
