/* Inside set*.c only: the table of set and frozenset.
 *
 * Open addressing straight over the items. Sizes, probe order and growth are CPython's, so that sets of ints show their items in the same order.
 * An entry goes null → item → set_dummy and no further; only a new table forgets dummies. So a reader without the lock that sees an item
 * sees its hash, too, and what it read stays what it was. Operation × operation: as in dict.c.
 */
#ifndef WEFT_RUNTIME_SET_INTERNAL_H
#define WEFT_RUNTIME_SET_INTERNAL_H
#include "runtime/dict.h"
#include "runtime/storage.h"

typedef struct SetEntry {
    int64_t hash;
    Slot item; /* null, or VALUE_DUMMY: deleted */
} SetEntry;
typedef struct SetTable {
    size_t mask; /* entries - 1 */
    SetEntry entry[];
} SetTable;
struct Set {
    Object base;
    _Atomic size_t x_used;         /* live items */
    _Atomic(SetTable *) x_table;   /* never null */
    _Atomic uint32_t x_changes;    /* how often the table was replaced */
    size_t fill;                   /* live and deleted; lock */
    size_t finger;                 /* where pop() goes on; lock */
    _Atomic int64_t x_hash;        /* frozenset: 0 until computed */
    Slot weakrefs;
};
extern Object set_dummy_object;
#define VALUE_DUMMY ((Value){LENT_WORD(set_dummy_object)})
static inline bool set_item_live(Value v) { return v.bits != 0 && v.bits != VALUE_DUMMY.bits; }

extern SetTable *const set_empty_table;
static inline void set_init_empty(Set *s) { store_relaxed(&s->x_table, set_empty_table); }
static inline bool is_any_set(Value v) { return is_a(v, TYPE_SET); }

int64_t set_hash_item(Thread *t, Value v);
/* 1 found, 0, -1 */
int set_find(Thread *t, Set *s, Value v, int64_t hash);
typedef enum { SET_ADD, SET_REMOVE, SET_TOGGLE /* removes what is there, adds what isn't */ } SetAction;
/* 1 it was there, 0 it was not, -1 exception. *removed: owned, what went; may be null (then it is dropped). */
int set_change(Thread *t, Set *s, SetAction action, Value v, int64_t hash, Ref *removed);
/* As set_next, with the hash. */
static inline bool set_next_hashed(const Set *s, size_t *pos, Value *item, int64_t *hash) {
    SetTable *table = load_acquire(&((Set *)s)->x_table);
    size_t i = *pos;
    for (; i <= table->mask; i++) {
        Value v = slot_get(&table->entry[i].item);
        if (!set_item_live(v)) continue;
        *item = v;
        *hash = table->entry[i].hash;
        *pos = i + 1;
        return true;
    }
    *pos = i;
    return false;
}
/* What can be walked with set_next_hashed while Python runs and other threads go on: s itself if it is local, else a clone. */
Ref set_stable(Thread *t, Value s);
/* An empty instance of set_type, frozenset_type or a subclass. */
Ref set_new_of(Thread *t, Type *type);
/* s |= other, for any iterable: 0, -1 */
int set_merge(Thread *t, Value s, Value other);
/* The items of s become those of `from`, a private set, which takes the old ones. */
void set_swap_items(Thread *t, Set *s, Set *from);
int set_pop_any(Thread *t, Set *s, Ref *out);
void set_traverse(Object *o, VisitFn visit, void *arg);
void set_destroy(Thread *t, Object *o);
#endif
