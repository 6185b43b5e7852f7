/* Slow paths of the interpreter: what instructions do when their inline part gives up. Private to the interpreter's files.
 *
 * Naming: op_X does all that instruction X has to do with its registers (results stored, temporaries consumed) and returns 0, or -1 with an
 * exception set. `at` is the instruction's own word (caches follow). The frame's pc has been saved.
 */
#ifndef WEFT_VM_SLOW_H
#define WEFT_VM_SLOW_H

#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/drain.h"
#include "runtime/errors.h"
#include "vm/frame.h"
#include "vm/generator.h"

#define NATIVE_MARK ((uint64_t)1 << 48) /* in the cache word of a CALL: it is about a native */
#define DESCRIPTOR_MARK ((uint64_t)1 << 63) /* in the cache word of a LOAD_METHOD: it is a pointer */
/* What the upper half of a cache word is, in the top bits of the lower half, which are free of ids (ID_END): a site's opcode and its word may come from two fills, and an
 * instruction must not take one thing for another. */
#define KIND_OFFSET 0u       /* of a slot in the object; or an entry of a dict's storage, whose ids are nobody else's */
#define KIND_TABLE (1u << 30) /* an index into the type's AttrTable */
#define KIND_OVERFLOW (2u << 30)
#define KIND_ABSENT (3u << 30) /* LOAD_GLOBAL: how many entries the storage has without the name */
#define KIND_ADD (3u << 30)    /* STORE_ATTR: the offset of the slot that an attribute to come will have */
#define KIND_ENTRY (3u << 30)  /* LOAD_ATTR: an entry of the instance's dictionary, */
#define KIND_ENTRY_STORE (1u << 30) /* the same of STORE_ATTR */
_Static_assert(ID_END <= KIND_TABLE, "ids and kinds are told apart");
#define FILL_LIMIT 64 /* how often a site that sees many layouts fills its cache */

static ALWAYS_INLINE void reg_set(Thread *t, Ref *r, Ref v) {
    Ref old = *r;
    *r = v;
    if ((old.bits & 7) == 0 && old.bits != 0) object_decref(t, (Object *)old.bits);
}
static ALWAYS_INLINE void reg_drop(Thread *t, Ref *r) { reg_set(t, r, REF_NULL); }
/* After instructions whose C has no room for flags: drops a temporary operand. */
static inline void reg_used(Thread *t, Frame *f, uint32_t i) {
    if (i >= f->code->first_temp) reg_drop(t, &f->regs[i]);
}
/* An owned word for the heap, out of an operand: moved from a temporary, copied from a variable. */
static inline Ref reg_take(Thread *t, Frame *f, uint32_t i) {
    Ref r = f->regs[i];
    if (i >= f->code->first_temp) {
        f->regs[i] = REF_NULL;
        return ref_own(t, r);
    }
    return ref_new(t, ref_borrow(r));
}
/* Is there room for one more frame with this window, in registers and in depth? */
static ALWAYS_INLINE bool frame_fits(const Thread *t, const Code *code, const Ref *window) {
    return t->recursion_left > 0 && (uint64_t *)(window + code->nregs) + 64 <= t->stack_limit;
}
/* Links n, which is frame_next's, for exactly bound arguments at window. */
static ALWAYS_INLINE Frame *frame_push(Thread *t, Frame *n, Function *fn, Code *code, Ref *window, Ref *ret, uint8_t kind) {
    t->recursion_left--;
    n->regs = window;
    n->pc = code_entry(code);
    n->code = code;
    n->func = fn;
    n->ret = ret;
    n->globals = slot_get(&fn->globals);
    n->kind = kind;
    for (uint32_t i = code->params; i < code->first_temp; i++) window[i] = REF_NULL;
    t->stack_top = (uint64_t *)(window + code->nregs);
    t->frame = n;
    return n;
}
/* Drops operands B and C as code_new's flags say. */
static inline void reg_kills(Thread *t, Ref *regs, uint64_t w) {
    if (w & KILL_B) reg_drop(t, &regs[INSTR_B(w)]);
    if (w & KILL_C) reg_drop(t, &regs[INSTR_CREG(w)]);
}
/* The block of temporaries is done with. */
static inline void regs_drop(Thread *t, Ref *r, size_t n) {
    for (size_t i = 0; i < n; i++) reg_drop(t, &r[i]);
}

/* operators (arith.c) */
int op_binary(Thread *t, Frame *f, uint64_t w, Value b, Value c, BinaryOp op, bool inplace);
int op_unary(Thread *t, Frame *f, uint64_t w, Ref (*fn)(Thread *, Value));
int op_compare(Thread *t, Frame *f, uint64_t w, CompareOp op);
int op_compare_jump(Thread *t, Frame *f, uint64_t w, Value b, bool b_is_reg, CompareOp op); /* 1, 0, -1 */
int op_contains(Thread *t, Frame *f, uint64_t w, bool negate);
/* object_contains, dicts and sets ahead */
static inline int contains(Thread *t, Value container, Value item) {
    if (!value_is_object(container)) return object_contains(t, container, item);
    Type *type = type_of(container);
    if (type == &dict_type) return !value_is_null(dict_get(t, container, item)) ? 1 : err_pending(t) ? -1 : 0;
    if (type == &set_type && value_is_int(item)) return set_contains(t, container, item);
    return type->contains ? type->contains(t, container, item) : object_contains(t, container, item);
}
int op_truth(Thread *t, Frame *f, uint64_t w, bool keep); /* of R[A]: 1, 0, -1 */
int op_subscr(Thread *t, Frame *f, uint64_t w, Value key);
int op_subscr_slice(Thread *t, Frame *f, uint64_t w);
int op_store_subscr(Thread *t, Frame *f, uint64_t w);

/* names and attributes (cache.c) */
int op_load_global(Thread *t, Frame *f, Instr *at, uint64_t w);
int op_store_global(Thread *t, Frame *f, Instr *at, uint64_t w);
bool op_store_global_shared(Thread *t, Frame *f, Instr *at, uint64_t w);
bool op_store_attr_shared(Thread *t, Frame *f, Instr *at, uint64_t w);
int op_load_name(Thread *t, Frame *f, Instr *at, uint64_t w);
int op_store_name(Thread *t, Frame *f, Instr *at, uint64_t w);
int op_delete_name(Thread *t, Frame *f, uint64_t w, bool global);
int op_load_attr(Thread *t, Frame *f, Instr *at, uint64_t w);
int op_load_method(Thread *t, Frame *f, Instr *at, uint64_t w);
int op_store_attr(Thread *t, Frame *f, Instr *at, uint64_t w);
int op_load_classderef(Thread *t, Frame *f, uint64_t w);
int op_load_from_dict(Thread *t, Frame *f, uint64_t w, bool free_var);
Ref name_builtin(Thread *t, Frame *f, Value name); /* global or builtin, as a register word; null with NameError */
void err_unbound(Thread *t, Frame *f, uint32_t reg);
void err_unbound_free(Thread *t, Frame *f, uint32_t i);

/* calls (call.c) */
typedef enum { CALL_ERROR = -1, CALL_DONE, CALL_PUSHED } CallResult;
/* base[0] callee, base[1 … n] arguments, of which kwnames names the last. DONE: result in *ret, arguments dropped. PUSHED: a new frame is innermost. */
CallResult op_call(Thread *t, Frame *f, Instr *at, Ref *base, uint32_t n, Value kwnames, Ref *ret);
/* drain.c: the call of instruction w has a generator as its first argument, and its callee that Drain. PUSHED: the generator's frame is innermost. */
CallResult drain_begin(Thread *t, Frame *f, uint64_t w, const Drain *drain);
/* The generator has yielded `item` (owned) and is suspended; w: the caller's instruction. */
CallResult drain_step(Thread *t, Frame *f, uint64_t w, const Drain *drain, uint8_t kind, Ref acc, Ref item);
/* It has ended: the function's result goes where the call wants it. */
CallResult drain_end(Thread *t, Frame *f, uint64_t w, const Drain *drain, Ref acc);
static inline bool drainable(const Drain *drain, Value arg) { return drain != NULL && is_exact(arg, &generator_type); }
CallResult op_call_ex(Thread *t, Frame *f, Ref *base, bool keywords);
CallResult push_function(Thread *t, Function *fn, Ref *window, uint32_t n, Value kwnames, Ref *ret, uint8_t kind);
/* Links a frame for bound arguments at `window`. Null with RecursionError or MemoryError; the words stay. */
Frame *push_frame_slow(Thread *t, Function *fn, Code *code, Ref *window, Ref *ret, uint8_t kind);
bool class_init_function(Thread *t, Type *type, Function **init);

/* statements (slow.c) */
int op_unpack(Thread *t, Frame *f, uint64_t w);
int op_unpack_ex(Thread *t, Frame *f, uint64_t w);
int op_make_function(Thread *t, Frame *f, uint64_t w);
int op_build_map(Thread *t, Frame *f, uint64_t w);
int op_build_set(Thread *t, Frame *f, uint64_t w);
int op_build_string(Thread *t, Frame *f, uint64_t w);
int op_format_value(Thread *t, Frame *f, uint64_t w);
int op_list_extend(Thread *t, Frame *f, uint64_t w);
int op_dict_update(Thread *t, Frame *f, uint64_t w);
int op_dict_merge(Thread *t, Frame *f, uint64_t w);
int op_raise(Thread *t, Frame *f, uint64_t w); /* always -1; f->no_trace_entry set for a bare raise */
int op_no_match(Thread *t, Frame *f, uint64_t w); /* 1: no match */
int op_check_eg_match(Thread *t, Frame *f, uint64_t w);
int op_prep_reraise_star(Thread *t, Frame *f, uint64_t w);
int op_before_with(Thread *t, Frame *f, uint64_t w, bool async);
int op_with_exit(Thread *t, Frame *f, uint64_t w);
int op_with_except(Thread *t, Frame *f, uint64_t w);
int op_import_name(Thread *t, Frame *f, uint64_t w);
int op_import_from(Thread *t, Frame *f, uint64_t w);
int op_import_star(Thread *t, Frame *f, uint64_t w);
int op_match_keys(Thread *t, Frame *f, uint64_t w);
int op_match_class(Thread *t, Frame *f, uint64_t w);
int op_match_rest(Thread *t, Frame *f, uint64_t w);
int op_setup_annotations(Thread *t, Frame *f);
int op_print_expr(Thread *t, Frame *f, uint64_t w);
int op_intrinsic(Thread *t, Frame *f, uint64_t w);
int op_get_iter(Thread *t, Frame *f, uint64_t w);
int op_get_yield_from_iter(Thread *t, Frame *f, uint64_t w);
int op_get_aiter(Thread *t, Frame *f, uint64_t w);
int op_get_anext(Thread *t, Frame *f, uint64_t w);

/* exceptions (unwind.c) */
/* Finds the handler of the exception in flight from the innermost frame up; frames without one are left. The frame to go on in (its pc set), or null
 * when an entry frame was left. */
Frame *unwind(Thread *t);
/* The same, but the innermost frame is left whatever handlers it has: its trace function failed at its end. */
Frame *unwind_from_caller(Thread *t);
void pop_except(Thread *t, Frame *f, uint32_t depth);
/* Leaves the innermost frame, which must be cleared: unlinks it. */
static inline void frame_unlink(Thread *t, Frame *f) {
    t->recursion_left++;
    t->frame = f->prev;
}

Ref interp(Thread *t); /* runs the innermost frame, of kind FRAME_ENTRY, until it's left */

#endif
