/* Generators, coroutines and async generators: one layout, three types.
 *
 * A suspended generator owns copies of its frame's registers; resuming moves them onto the register stack, yielding moves them back (every word
 * owned then, and published if the generator is shared). One that delegates to another generator needn't have its registers moved for each item that
 * it hands on: it gets a frame that rests, and its registers go onto the stack only when what it delegates to has ended (generator_wake). x_state is claimed by compare-and-swap, so that of two threads that resume it one gets
 * ValueError "generator already executing".
 */
#ifndef WEFT_VM_GENERATOR_H
#define WEFT_VM_GENERATOR_H

#include "vm/frame.h"

/* LOOKED_AT: another thread is looking at a shared one that waits, for a moment, without calling anything or waiting itself. Whoever wants to resume it meanwhile waits. */
enum { GEN_CREATED, GEN_SUSPENDED, GEN_RUNNING, GEN_CLOSED, GEN_LOOKED_AT };

struct Generator {
    Object base;
    _Atomic uint32_t x_state;
    uint32_t live;                /* words in regs[] that hold something; 0 while running */
    const _Atomic uint64_t *pc;   /* where it goes on; a YIELD_FROM instruction while it delegates */
    Slot func, code, name, qualname;
    FrameObject *frame_object;    /* owned, or null */
    ExcInfo exc;                  /* exc.exc: what its suspended handler handles */
    Slot origin;                  /* coroutines: cr_origin or null */
    Slot finalizer;               /* async generators: sys hook or null */
    bool jumped;                  /* f_lineno was set while it yielded: what is sent goes nowhere */
    _Atomic bool x_hooks_inited, x_ag_closed, x_ag_running;
    Slot weakrefs;
    Slot regs[];
};
extern Type generator_type, coroutine_type, async_generator_type, coroutine_wrapper_type;

/* What a step ended with. */
typedef enum { GEN_YIELDED, GEN_RETURNED, GEN_RAISED } GenStep;

/* The object for a call whose frame is bound but has not begun: takes over the window's words. Null with an exception (words stay). */
Ref generator_new(Thread *t, Function *f, Code *code, Ref *regs);
/* Resumes: sends `value` (consumed; null for a fresh start means None) or, with null value and an exception set in t->exc and `throw`, raises it inside.
 * *out: the yielded or returned value, owned. */
GenStep generator_resume(Thread *t, Generator *g, Ref value, bool throw_, Ref *out);
/* Sends to any iterator as YIELD_FROM does: generators directly, others by send() or next. */
GenStep iter_send(Thread *t, Value iter, Ref value, Ref *out);
/* For the interpreter: links a claimed generator's frame, as `kind` and `ret` say, and those of the generators that it delegates to; the registers of the
 * innermost one, whose frame is returned, are moved onto the stack. Null with an exception. */
Frame *generator_push(Thread *t, Generator *g, Ref value, bool throw_, uint8_t kind, Ref *ret);
bool generator_claim(Thread *t, Generator *g); /* false with ValueError */
uint32_t generator_state(Generator *g);        /* other than LOOKED_AT */
bool generator_variables(Thread *t, Generator *g, Ref *to, uint32_t n); /* copies of its first n registers, if it waits with any */
/* and back, at a yield that keeps registers [0, live): pops the frame (t->frame becomes the caller's) */
void generator_suspend(Thread *t, Frame *f, uint32_t live);
/* the same for a frame that rests, at the end of the one above it */
void generator_rest(Thread *t, Frame *f);
/* The frame above f, which rests, has ended without a yield: f goes on. Its registers move to `window`, where that one's were. */
void generator_wake(Thread *t, Frame *f, Ref *window);
/* after the frame was left for good (returned or raised): state and exc_info; the frame has been cleared and popped */
void generator_finish(Thread *t, Generator *g);

Ref coroutine_get_awaitable(Thread *t, Value o, int where); /* what `await o` iterates */
Ref async_gen_wrap(Thread *t, Ref value);                   /* consumes; what YIELD_ASYNC hands out */
bool async_gen_unwrap(Thread *t, Ref wrapped, Ref *out);
extern Type async_gen_wrapped_type, async_gen_asend_type, async_gen_athrow_type;
int generator_types_init(Thread *t);
int async_generator_types_init(Thread *t);
/* self.throw(*args), 1 to 3 of them; close: GeneratorExit closes what the generator delegates to, rather than being thrown in there. */
Ref generator_throw_raw(Thread *t, Value self, const Value *args, size_t n, bool close);
int generator_throw_count(Thread *t, Value self, const char *method, size_t n, Value kwnames); /* -1 with TypeError: not 1 to 3, or keywords */
int generator_throw_arguments(Thread *t, const Value *args, size_t n); /* sets the exception that throw() means; -1: bad arguments */
void generator_finalize(Thread *t, Object *self);           /* closes it if that runs anything, or warns that it was never awaited */
void generator_end(Thread *t, Generator *g);                /* frame.clear(): closes it in any case */
Ref generator_yield_from(Generator *g, Thread *t);          /* gi_yieldfrom, owned, or null */
extern NativeDef async_generator_methods[];

#endif
