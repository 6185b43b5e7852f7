/* list and tuple.
 *
 * A shared list: writers hold its object lock; readers take none. Storage is replaced, never moved under readers: load x_items, then
 * check the index against x_size *and* items->capacity, then slot_get; a null slot reads as "index out of range" (the list is shrinking).
 * Writers growing store items before size (release); shrinking store size first, then take the slots' values out.
 * Who needs several items as they were at one moment (slices, copies) reads x_version before and after, as with a seqlock: writers make it odd while
 * they change what is there already. Appending doesn't: the items before are the same.
 */
#ifndef WEFT_RUNTIME_LIST_H
#define WEFT_RUNTIME_LIST_H
#include "runtime/type.h"
typedef struct ListItems { size_t capacity; Slot slot[]; } ListItems;
typedef struct List {
    Object base;
    _Atomic size_t x_size;
    _Atomic(ListItems *) x_items; /* null while empty */
    _Atomic uint32_t x_version;   /* of a shared list: odd while a writer changes items; written under the lock */
} List;
typedef struct Tuple {
    Object base;
    size_t size;
    Slot item[];
} Tuple;

Ref list_new(Thread *t, size_t capacity);                  /* empty */
Ref list_from_array(Thread *t, const Value *v, size_t n);  /* counts the items */
Ref list_from_steal(Thread *t, Ref *v, size_t n);    /* consumes them, on failure too; a null among them passes a failure on */
static inline size_t list_size(Value l) { return load_acquire(&as(List, l)->x_size); }
/* Borrowed item, or null if i is out of range now. Lock-free. Lent as slots are (alloc/object.h). */
static inline Value list_get(Value l, size_t i) {
    List *list = as(List, l);
    if (i >= load_acquire(&list->x_size)) return VALUE_NULL;
    ListItems *items = load_acquire(&list->x_items);
    if (items == NULL || i >= items->capacity) return VALUE_NULL;
    return slot_get(&items->slot[i]);
}
/* Around changes to items that are there already; the lock is held. The stores in between are release stores, so who sees one of them sees the odd
 * version, too. A call-out in between may let another writer end the change: then the rest of it shows. */
static inline void list_change_begin(Thread *t, List *l) {
    if (!is_local(t, l)) store_relaxed(&l->x_version, load_relaxed(&l->x_version) | 1);
}
static inline void list_change_end(Thread *t, List *l) {
    uint32_t version = load_relaxed(&l->x_version);
    if (version & 1) store_release(&l->x_version, version + 1);
}
int list_append(Thread *t, Value l, Value v);              /* each is atomic; 0 or -1 */
int list_append_steal(Thread *t, Value l, Ref v);
int list_insert(Thread *t, Value l, int64_t i, Value v);
int list_set(Thread *t, Value l, int64_t i, Value v);      /* i already normalized; -1 IndexError */
int list_extend(Thread *t, Value l, Value iterable);
Ref list_pop(Thread *t, Value l, int64_t i);
Ref list_slice(Thread *t, Value l, int64_t start, int64_t stop);
int list_sort(Thread *t, Value l, Value key_or_null, bool reverse);
int list_reverse(Thread *t, Value l);
void list_clear(Thread *t, Value l);
Ref list_copy(Thread *t, Value l);
Ref list_concat(Thread *t, Value a, Value b);              /* two lists */
/* The items of an exact list or tuple, or of a dict, set, frozenset, deque, OrderedDict (subclasses that iterate as these do included) or view as a new list that nobody else has, taken in one atomic step.
 * Null without an exception if `iterable` is none of these. */
Ref list_snapshot(Thread *t, Value iterable);
/* get_iter() for functions in C that use up what they are given: of a dict, set, deque or view that other threads may be changing it gives an iterator over the items
 * of this moment, so that no change of its size comes in between; an iterator is settled (iter_settle). */
Ref get_iter_now(Thread *t, Value iterable);
Ref list_to_tuple(Thread *t, Value l);

Ref tuple_new_uninit(Thread *t, size_t n);                 /* items null; fill with tuple_init_item before it is seen */
static inline void tuple_init_item(Ref tuple, size_t i, Ref item) { slot_init(&((Tuple *)tuple.bits)->item[i], item); }
Ref tuple_from_array(Thread *t, const Value *v, size_t n); /* counts */
Ref tuple_from_steal(Thread *t, Ref *v, size_t n);   /* the same */
Ref tuple_pack(Thread *t, size_t n, ...);                  /* Values */
static inline size_t tuple_size(Value v) { return as(Tuple, v)->size; }
static inline Value tuple_get(Value v, size_t i) { return slot_get(&as(Tuple, v)->item[i]); }
extern Tuple tuple_empty_object;                           /* the one empty tuple: immortal */
#define VALUE_EMPTY_TUPLE ((Value){LENT_WORD(tuple_empty_object)})
static inline Value tuple_empty(void) { return VALUE_EMPTY_TUPLE; }
Ref tuple_concat(Thread *t, Value a, Value b);
/* For structs that are tuples (time.struct_time …) and subclasses: an instance of `type` with n null items. */
Ref tuple_new_of_type(Thread *t, Type *type, size_t n);
Ref tuple_slice(Thread *t, Value v, int64_t start, int64_t stop);

/* Indexes, for all sequences: key via __index__ as int64; IndexError "cannot fit 'X' into an index-sized integer". 0 or -1. */
int subscript_index(Thread *t, Value key, int64_t *out);
static inline bool has_index(Value key) { return value_is_int(key) || type_of(key)->index != NULL; }
/* start and stop arguments of index() and friends: null keeps *out; clamped; negative ones count from length. 0 or -1 */
int index_bounds(Thread *t, Value start, Value stop, int64_t length, int64_t *lo, int64_t *hi);

/* Slices, for all sequences */
typedef struct Slice { Object base; Slot start, stop, step; } Slice;
Ref slice_new(Thread *t, Value start, Value stop, Value step); /* null counts as None */
/* unpack: clamped, ValueError "slice step cannot be zero"; adjust: into [0, length]; returns the number of items */
int slice_unpack(Thread *t, Value slice, int64_t *start, int64_t *stop, int64_t *step);
int64_t slice_adjust(int64_t length, int64_t *start, int64_t *stop, int64_t step);
/* the same for ints of any size: owned start, stop, step */
int slice_indices_big(Thread *t, Value slice, Value length, Ref *start, Ref *stop, Ref *step);

/* range: int64 fast form; big ones hold objects */
typedef struct Range { Object base; Slot start, stop, step, length; } Range; /* ints; never changed after the range is made */
typedef struct RangeIter { Object base; _Atomic int64_t x_next; int64_t stop, step, start; } RangeIter; /* machine ints; x_next advances; len done when past stop */
extern Type range_iter_type, long_range_iter_type, list_iter_type, list_reverse_iter_type, tuple_iter_type;
Ref range_new_i64(Thread *t, int64_t start, int64_t stop, int64_t step);
/* list_iter_type, tuple_iter_type; the source stays until the iterator dies, exhaustion is index < 0 */
typedef struct SeqIter { Object base; Slot source; _Atomic int64_t x_index; } SeqIter;
void index_iter_traverse(Object *o, VisitFn visit, void *arg);
void index_iter_destroy(Thread *t, Object *o);
/* next() of a SeqIter: item(source, i) is a borrowed value or null at the end; no call-outs. Threads that share the iterator get each item once. */
Ref index_iter_step(Thread *t, Value self, Value (*item)(Value source, int64_t i));
/* (builtins.<function>, (source,), index), or (iter, (empty,)) once exhausted: index below min */
Ref index_iter_reduce(Thread *t, Value self, const char *function, int64_t min, Value empty);
bool compare_sizes(size_t a, size_t b, CompareOp op);
#endif
