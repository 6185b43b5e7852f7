/* Frames and the register stack.
 *
 * Each thread has one register stack, a fixed mapping that never moves, so that pointers into it (argument arrays) stay good. A Python call's window
 * [regs, regs + nregs) begins at its first argument, inside the caller's temporaries; the callee's word stands at regs[-1]. Frame structs are
 * a linked list beside it, kept for reuse (as Lua's CallInfo), so a call links no memory.
 *
 *   Invariants: (F1) every word in [stack_base, stack_top) is a valid register word: null, an immediate, owned or lent.
 *               (F2) every word from stack_top on is null or an immediate: whoever pops a window drops and nulls what it held.
 *               (F3) stack_top == frame->regs + code->nregs of the innermost frame, or higher while C code pushes arguments.
 *               (F4) the innermost frame doesn't rest. One that rests has no window; regs points into its generator, whose words are owned.
 * Only the thread itself touches its frames, except with the world stopped.
 */
#ifndef WEFT_VM_FRAME_H
#define WEFT_VM_FRAME_H

#include "vm/code.h"
#include "vm/function.h"

typedef struct FrameObject FrameObject;
typedef struct Generator Generator;

/* What happens when the frame is left. */
enum {
    FRAME_CALL,  /* the result goes to *ret in the calling frame, which goes on in the same C frame */
    FRAME_ENTRY, /* the interpreter function returns to its C caller */
    FRAME_INIT,  /* __init__: *ret already holds the instance; the result must be None */
    FRAME_FOR,   /* generator resumed by FOR_ITER: a yielded value goes to *ret and the jump is taken; its end falls through */
    FRAME_DELEGATE, /* generator resumed by YIELD_FROM */
    FRAME_DRAIN, /* generator that a function in C uses up (runtime/drain.h): what it yields goes to regs[-1] by frame->drain */
    FRAME_DRAIN_SLOWLY, /* the same, but never through drain->quick */
};

typedef struct Frame {
    struct Frame *prev, *next; /* next: the struct that the next call uses, or null */
    Ref *regs;
    const _Atomic uint64_t *pc; /* the word after the current instruction's: kept while the frame isn't innermost, and around calls */
    Code *code;                 /* borrowed from func */
    Function *func;             /* borrowed: regs[-1] or the generator keeps it */
    Ref *ret;
    Value globals;              /* borrowed from func */
    Ref locals;                 /* namespace of class and module bodies, or null; owned */
    FrameObject *object;        /* owned, or null: made on demand */
    Generator *gen;             /* borrowed, or null */
    const Drain *drain;         /* FRAME_DRAIN */
    uint8_t kind;
    bool no_trace_entry;        /* the exception in flight goes on through this frame without a new traceback entry */
    bool rests;                 /* its generator only hands on what the frame above yields: its registers stay in the generator (generator.h) */
    uint32_t last;              /* the instruction before, while tracing; UINT32_MAX: there's none yet */
} Frame;

static inline bool frame_drains(const Frame *f) { return f->kind == FRAME_DRAIN || f->kind == FRAME_DRAIN_SLOWLY; }

/* The exception being handled, one for each thread and one for each generator (innermost first through prev). */
typedef struct ExcInfo {
    Ref exc; /* owned or null */
    struct ExcInfo *prev;
} ExcInfo;

/* Stands right below stack_base. */
typedef struct VmThread {
    ExcInfo exc_info;
    Frame root;       /* never runs; root.next is the first frame */
    size_t map_size;
    bool yielded; /* how the generator that this thread ran last was left */
} VmThread;
static inline VmThread *vm_thread(Thread *t) { return (VmThread *)t->stack_base - 1; }

/* Makes the thread's register stack; called before its first Python frame. -1: MemoryError. */
int frames_begin(Thread *t);
void frames_forget(Thread *t); /* the exception that is being handled: first when a thread ends, since that may run Python */
void frames_end(Thread *t);
void frames_visit(Thread *t, VisitFn visit, void *arg);

/* The struct for a frame above `f` (null: the first). Null with MemoryError. */
Frame *frame_more(Thread *t, Frame *f);
static inline Frame *frame_next(Thread *t, Frame *f) {
    Frame *n = f ? f->next : vm_thread(t)->root.next;
    return likely(n != NULL) ? n : frame_more(t, f);
}
static inline uint32_t frame_at(const Frame *f) { return (uint32_t)(f->pc - 1 - code_instr(f->code)); } /* the current instruction */

/* Drops everything in a frame's window and detaches its frame object, which takes over the variables. Doesn't touch t->frame. */
void frame_clear(Thread *t, Frame *f);
void frame_object_leave(Thread *t, Frame *f);

/* ---- frame objects ------------------------------------------------------------------------------------------------------- */
struct FrameObject {
    Object base;
    _Atomic(Frame *) x_frame; /* null once the frame has ended */
    _Atomic(Thread *) x_thread; /* whose frame it is */
    Slot func, code, globals, locals, back, trace;
    _Atomic(void *) x_generator; /* whose frame it is, uncounted; null before that is destroyed, and once the frame has ended */
    _Atomic int32_t x_lasti;  /* word offset, once the frame has ended, or while its generator waits */
    _Atomic bool x_trace_lines, x_trace_opcodes;
    _Atomic bool x_cleared;   /* by clear(): its free variables don't show either */
    PositionReader lines;     /* for its trace function's line events */
    uint32_t var_count;
    Slot vars[];              /* the variables, once the frame has ended */
};

/* The frame's object, borrowed; null with MemoryError. */
FrameObject *frame_object(Thread *t, Frame *f);
Ref frame_locals(Thread *t, Frame *f); /* locals(): the namespace, or a dict of the variables (the same one each time) */
Frame *frame_visible(Frame *f);
/* f_locals, if somebody has asked for it, shows the variables as they are now; and the variables get what stands there. Its own running frame. 0 or -1. */
int frame_locals_refresh(Thread *t, FrameObject *o);
int frame_locals_write_back(Thread *t, FrameObject *o);
int frame_types_init(Thread *t);
int vm_recursion_limit(void); /* sys.getrecursionlimit() */

#endif
