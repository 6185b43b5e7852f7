/* sys._current_frames() and sys._current_exceptions(): what other threads are doing.
 *
 * Their frames are looked at while the world is stopped, when no object may be made or counted; so only pointers to what is shared already, code and globals,
 * are taken along, in an array on this thread's C stack, where the collector sees them. What is a thread's own (a closure's code that no other thread can
 * reach) is left out. The frame objects made of them show places, no variables.
 */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "vm/slow.h"
#include "vm/threads_view.h"

enum { MOST_FRAMES = 2000, MOST_THREADS = 200 };
typedef struct Place { Code *code; Object *globals; uint32_t at; } Place;
typedef struct View {
    int threads, frames;
    struct { uint64_t ident; int first, count; bool mine; Object *exc; } thread[MOST_THREADS];
    Place place[MOST_FRAMES]; /* of each thread innermost first */
} View;

static bool shared(const void *o) { return !(load_relaxed(&((Object *)o)->x_word) & WORD_FLAG(FLAG_LOCAL)) || gil_enabled(); }

/* What the thread is handling, if others may look at it. */
static Object *handled(const Thread *other) {
    for (ExcInfo *info = other->exc_info; info; info = info->prev) {
        Value exc = ref_borrow(info->exc);
        if (!value_is_null(exc) && !value_is_none(exc)) return shared(value_object(exc)) ? value_object(exc) : NULL;
    }
    return NULL;
}

static void look(Thread *t, View *v) {
    world_stop(t);
    for (Thread *other = world_first(t); other && v->threads < MOST_THREADS; other = world_next(other)) {
        if (!other->stack_base || !other->frame) continue;
        int n = v->threads++;
        v->thread[n].ident = load_relaxed(&other->x_ident);
        v->thread[n].first = v->frames;
        v->thread[n].mine = other == t;
        v->thread[n].exc = handled(other);
        for (Frame *f = other == t ? NULL : other->frame; f && v->frames < MOST_FRAMES; f = f->prev) {
            Object *globals = value_object(f->globals);
            if (shared(f->code)) v->place[v->frames++] = (Place){f->code, shared(globals) ? globals : NULL, f->pc ? frame_at(f) : 0};
        }
        v->thread[n].count = v->frames - v->thread[n].first;
    }
    world_start(t);
}

static Ref frame_at_place(Thread *t, const Place *p, Value back) {
    Ref globals = p->globals ? ref_new(t, object_value(p->globals)) : dict_new(t), r = REF_NULL;
    Ref fn = ref_is_null(globals) ? REF_NULL : function_new(t, object_value(p->code), ref_borrow(globals));
    if (!ref_is_null(fn)) {
        Frame f = {.code = p->code, .func = as(Function, ref_borrow(fn)), .globals = ref_borrow(globals), .pc = code_instr(p->code) + p->at + 1};
        FrameObject *o = frame_object(t, &f);
        if (o) {
            store_relaxed(&o->x_frame, NULL);
            store_relaxed(&o->x_lasti, (int32_t)p->at);
            if (!value_is_null(back)) slot_init(&o->back, ref_new(t, back));
            r = ref_steal(o);
        }
    }
    ref_drop(t, fn);
    ref_drop(t, globals);
    return r;
}
/* The innermost frame, owned: null with an exception, None if nothing of the thread shows. */
static Ref chain(Thread *t, const View *v, int n) {
    Ref r = REF_NONE;
    for (int i = v->thread[n].count - 1; i >= 0 && !ref_is_null(r); i--) {
        Ref outer = r;
        r = frame_at_place(t, &v->place[v->thread[n].first + i], ref_is_none(outer) ? VALUE_NULL : ref_borrow(outer));
        ref_drop(t, outer);
    }
    return r;
}

static int put(Thread *t, Ref *d, uint64_t ident, Ref value) {
    Ref key = int_from_u64(t, ident);
    int bad = ref_is_null(key) || ref_is_null(value) || dict_set(t, ref_borrow(*d), ref_borrow(key), ref_borrow(value)) < 0 ? -1 : 0;
    ref_drop(t, key);
    ref_drop(t, value);
    if (bad < 0) {
        ref_drop(t, *d);
        *d = REF_NULL;
    }
    return bad;
}

NOINLINE Ref current_frames(Thread *t) {
    View v;
    v.threads = v.frames = 0;
    look(t, &v);
    Ref d = dict_new(t);
    for (int i = 0; i < v.threads && !ref_is_null(d); i++) {
        FrameObject *own = v.thread[i].mine ? frame_object(t, t->frame) : NULL;
        Ref frame = v.thread[i].mine ? own ? ref_new(t, object_value(own)) : REF_NULL : chain(t, &v, i);
        if (ref_is_none(frame)) continue;
        if (put(t, &d, v.thread[i].ident, frame) < 0) break;
    }
    return d;
}

/* (type, exception, traceback) of each thread, as sys.exc_info() has it there; of another thread's own exception, which no other may touch, as of none. */
NOINLINE Ref current_exceptions(Thread *t) {
    View v;
    v.threads = v.frames = 0;
    look(t, &v);
    Ref d = dict_new(t);
    for (int i = 0; i < v.threads && !ref_is_null(d); i++) {
        Value exc = v.thread[i].mine ? err_handled(t) : v.thread[i].exc ? object_value(v.thread[i].exc) : VALUE_NULL;
        Ref hold = value_is_null(exc) ? REF_NONE : ref_new(t, exc), info;
        if (ref_is_none(hold)) {
            info = tuple_pack(t, 3, VALUE_NONE, VALUE_NONE, VALUE_NONE);
        } else {
            Value tb = slot_get(&as(BaseException, ref_borrow(hold))->traceback);
            info = tuple_pack(t, 3, type_value(type_of(ref_borrow(hold))), ref_borrow(hold), value_is_null(tb) ? VALUE_NONE : tb);
        }
        ref_drop(t, hold);
        if (put(t, &d, v.thread[i].ident, info) < 0) break;
    }
    return d;
}
