/* Operations on any object: what the VM's slow paths, natives and modules call. CPython's semantics and messages.
 *
 * Arguments are borrowed, results owned; null or -1 with an exception set on failure. All may run Python unless noted, thus pass
 * safepoints: hold Refs to what you read from containers. t is the caller's own, attached.
 */
#ifndef WEFT_RUNTIME_ABSTRACT_H
#define WEFT_RUNTIME_ABSTRACT_H

#include "alloc/thread.h"
#include "runtime/type.h"

/* calls */
Ref call(Thread *t, Value f, const Value *args, size_t nargs, Value kwnames); /* kwnames: null or tuple of str; see NativeDef */
/* call() of keyword arguments known at compile time: kw is "a,b": names of the last args */
Ref call_kw(Thread *t, Value f, const Value *args, size_t npositional, const char *const *names, size_t nnames);
Ref call0(Thread *t, Value f);
Ref call1(Thread *t, Value f, Value a);
Ref call2(Thread *t, Value f, Value a, Value b);
Ref call3(Thread *t, Value f, Value a, Value b, Value c);
Ref call_tuple_dict(Thread *t, Value f, Value args_tuple, Value kwargs_dict_or_null);
Ref call_method(Thread *t, Value self, Value name, const Value *args, size_t nargs); /* args without self */
Ref call_method0(Thread *t, Value self, Value name);
Ref call_method1(Thread *t, Value self, Value name, Value a);
bool is_callable(Value v);

/* attributes; name is a str */
Ref get_attr(Thread *t, Value o, Value name);
Ref get_attr_opt(Thread *t, Value o, Value name); /* missing: null and no exception; other errors: null with exception */
Ref get_attr_cstr(Thread *t, Value o, const char *name);
int has_attr(Thread *t, Value o, Value name);     /* 1, 0, -1 */
int set_attr(Thread *t, Value o, Value name, Value value);
int del_attr(Thread *t, Value o, Value name);

/* text, hash, truth, comparison */
Ref object_repr(Thread *t, Value o);
Ref object_str(Thread *t, Value o);
Ref object_ascii(Thread *t, Value o);
Ref object_format(Thread *t, Value o, Value spec_str_or_null);
int64_t object_hash(Thread *t, Value o);          /* never -1 but on error */
int is_true(Thread *t, Value o);                  /* 1, 0, -1 */
Ref rich_compare(Thread *t, Value a, Value b, CompareOp op);
int rich_compare_bool(Thread *t, Value a, Value b, CompareOp op); /* identity implies equality, as PyObject_RichCompareBool */
int values_equal(Thread *t, Value a, Value b);    /* rich_compare_bool(… CMP_EQ) with fast paths */
int is_instance(Thread *t, Value o, Value type_or_tuple_or_union); /* with __instancecheck__ */
int is_subclass(Thread *t, Value cls, Value type_or_tuple_or_union);
/* The same without __instancecheck__ / __subclasscheck__: what type.__instancecheck__ itself does. */
int is_instance_plain(Thread *t, Value o, Value cls);
int is_subclass_plain(Thread *t, Value cls, Value base);

/* numbers: op is an index so that the VM, operator and the in-place forms share one table */
typedef enum { OP_ADD, OP_SUB, OP_MUL, OP_MATMUL, OP_TRUEDIV, OP_FLOORDIV, OP_MOD, OP_POW, OP_LSHIFT, OP_RSHIFT, OP_AND, OP_OR, OP_XOR, OP_DIVMOD, BINARY_OP_COUNT } BinaryOp;
Ref binary_op(Thread *t, BinaryOp op, Value a, Value b);
Ref inplace_op(Thread *t, BinaryOp op, Value a, Value b); /* += and kin; not OP_DIVMOD */
Ref power_mod(Thread *t, Value a, Value b, Value c);
Ref number_neg(Thread *t, Value a);
Ref number_pos(Thread *t, Value a);
Ref number_abs(Thread *t, Value a);
Ref number_invert(Thread *t, Value a);
Ref number_index(Thread *t, Value o);             /* an exact or subclassed int; TypeError otherwise */
Ref number_int(Thread *t, Value o);               /* int(o) */
Ref number_float(Thread *t, Value o);             /* float(o) */
int index_as_i64(Thread *t, Value o, int64_t *out);   /* via __index__; OverflowError "cannot fit 'int' into an index-sized integer" */
int size_arg(Thread *t, Value o, int64_t *out); /* the same for a native's argument: OverflowError "Python int too large to convert to C ssize_t" */
int int_size_arg(Thread *t, Value o, int64_t *out); /* the same of an int alone: nobody's __index__ is asked */
int index_clamped(Thread *t, Value o, int64_t *out);  /* the same, clamped to int64 (slices) */
int as_double(Thread *t, Value o, double *out);       /* float, int, __float__, __index__; TypeError "must be real number, not X" */
int as_i64(Thread *t, Value o, int64_t *out);         /* int-like; OverflowError "Python int too large to convert to C long" */
int as_int(Thread *t, Value o, int *out);             /* OverflowError "Python int too large to convert to C int" */
int as_size(Thread *t, Value o, size_t *out);

/* containers */
int64_t object_len(Thread *t, Value o);           /* -1 on error */
int64_t object_length_hint(Thread *t, Value o, int64_t dflt);
Ref get_item(Thread *t, Value o, Value key);
int set_item(Thread *t, Value o, Value key, Value value);
int del_item(Thread *t, Value o, Value key);
int object_contains(Thread *t, Value container, Value item); /* 1, 0, -1 */
Ref get_iter(Thread *t, Value o);
/* 1: *out holds the next item; 0: exhausted; -1: error */
int iter_next(Thread *t, Value iter, Ref *out);
/* For functions in C that use an iterator up: what a built-in one of the thread's own goes through, a dict say, doesn't change any more, whatever other
 * threads do, so that no change of its size comes in between. Runs no Python. */
void iter_settle_slow(Thread *t, Value iter);
static inline void iter_settle(Thread *t, Value iter) {
    if (unlikely(type_of(iter)->settle != NULL)) iter_settle_slow(t, iter);
}
/* For next slots of iterators that take several steps: threads that share such an iterator don't mix theirs up, unless Python runs in between. */
static inline Ref step_at_once(Thread *t, Value self, UnaryFn step) {
    if (likely(is_local(t, value_object(self)))) return step(t, self);
    Ref r;
    CRITICAL_BEGIN(t, value_object(self))
    r = step(t, self);
    CRITICAL_END(t)
    return r;
}
Ref sequence_tuple(Thread *t, Value iterable);    /* tuple(iterable) */
Ref sequence_list(Thread *t, Value iterable);
/* list or tuple as it is (new reference), else list(iterable); TypeError with `message` if not iterable */
Ref sequence_fast(Thread *t, Value iterable, const char *message);
Ref mapping_keys(Thread *t, Value o);             /* list(o.keys()) */
Ref mapping_items(Thread *t, Value o);
Ref mapping_values(Thread *t, Value o);

/* Index of item in any iterable, how often it occurs: list.index's generic kin (operator.indexOf, countOf). -1 on error. */
int64_t sequence_index(Thread *t, Value iterable, Value item);
int64_t sequence_count(Thread *t, Value iterable, Value item);
bool is_sequence(Value v);                        /* has integer-like indexing, as PySequence_Check: not a dict */
/* Iterator over anything with __getitem__ (type "iterator"), and over a callable and a sentinel ("callable_iterator"). */
Ref seq_iter_new(Thread *t, Value sequence);
Ref call_iter_new(Thread *t, Value callable, Value sentinel);
extern Type seq_iter_type, call_iter_type;

/* buffers: 0, or -1 with TypeError "a bytes-like object is required, not 'X'" */
int buffer_get(Thread *t, Value o, Buffer *view, int flags);
void buffer_release(Thread *t, Buffer *view);
bool buffer_supported(Value o);
/* fills a view on plain memory: for get_buffer slots */
int buffer_fill(Thread *t, Buffer *view, Value owner, void *data, int64_t len, bool readonly, int flags);

#endif
