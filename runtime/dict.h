/* dict, set: insertion-ordered open-addressing tables with lock-free reads.
 *
 * A dict's storage: an index (1-, 2-, 4- or 8-byte cells) over an append-only array of entries. In one storage an entry's key never
 * changes to another key once set, and an entry is never used again for another key; deleting nulls its value (and takes the key out, too,
 * unless it is an exact str: only those are cached, and others may be worth freeing). So (storage uid, entry index)
 * names a key for ever: inline caches for globals and module attributes are that pair in one word. Growing, shrinking and clearing build a new
 * storage, publish it with one release store, and retire the old one.
 * Plain stores: while x_plain is set, any thread may replace a value that isn't counted by another that isn't, by one release store to the entry
 * and no lock (globals that hold numbers). Between its look at x_plain and the store there's no safepoint. Whoever would put a counted object in the
 * place of an uncounted value, delete, or replace the storage, ends plain stores first, by stopping the world once (plain_end_locked). A dict where
 * that happened DICT_PLAIN_ENDS times has no plain stores any more.
 * A shared dict: writers hold its object lock, readers none. Keys compare by identity, then hash, then equality; an __eq__ in Python is called
 * with Refs held and outside the critical section, and the operation starts again if the storage changed under it.
 */
#ifndef WEFT_RUNTIME_DICT_H
#define WEFT_RUNTIME_DICT_H
#include "runtime/type.h"

typedef struct DictEntry {
    int64_t hash;
    Slot key, value; /* value null: deleted (or not yet visible) */
} DictEntry;
typedef struct DictStorage {
    _Atomic uint32_t x_uid;    /* 0 until a cache wants one (dict_uid); never reused */
    uint8_t index_bits;        /* the index has 2^index_bits cells */
    uint8_t cell_size;         /* bytes of a cell: 1, 2, 4 (8) */
    bool str_keys;             /* all keys are exact str: lookups of exact str never call out */
    _Atomic bool x_plain;      /* plain stores are allowed: see above */
    uint32_t capacity;         /* entries that fit */
    _Atomic uint32_t x_used;   /* entries appended so far, deleted ones included; release-stored after the entry is whole */
    _Atomic uint32_t x_head;   /* all entries before it are deleted, */
    _Atomic uint32_t x_tail;   /* and so are all from it on: popitem() and next(iter(d)) need not look there */
    DictEntry entry[];         /* capacity of them, then the index cells */
} DictStorage;
struct Dict {
    Object base;
    _Atomic size_t x_size;     /* live entries */
    _Atomic(DictStorage *) x_storage; /* never null: an immortal empty storage stands for {} */
    _Atomic uint32_t x_changes; /* how often the storage was replaced: an address may come back, this doesn't */
    /* Written under the lock. DICT_VERSION steps on before each change of a shared dict but appending, and is odd during one of several entries: who copies entries reads
     * it before and after (dict_items_take), as with a seqlock. DICT_ENDS: how often plain stores had to be ended, DICT_PLAIN_ENDS at most. */
    _Atomic uint32_t x_state;
};
#define DICT_PLAIN_ENDS 16u
#define DICT_ENDS(state) ((state) & 31u)
#define DICT_VERSION(state) ((state) >> 5)

Ref dict_new(Thread *t);
Ref dict_new_sized(Thread *t, size_t n);
static inline size_t dict_size(Value d) { return load_acquire(&as(Dict, d)->x_size); }
/* Borrowed (lent) value or null; null with an exception set if hashing or comparing failed: check err_pending. */
Value dict_get(Thread *t, Value d, Value key);
Value dict_get_str(Thread *t, Value d, Value str_key);            /* key: exact str; no exception possible if all keys are str */
/* The same, owned: 1 found, 0 absent, -1 error */
int dict_lookup(Thread *t, Value d, Value key, Ref *out);
int dict_contains(Thread *t, Value d, Value key);
int dict_set(Thread *t, Value d, Value key, Value value);
int dict_set_steal(Thread *t, Value d, Ref key, Ref value);
int dict_set_cstr(Thread *t, Value d, const char *key, Value value);
int dict_del(Thread *t, Value d, Value key);                      /* -1 KeyError */
int dict_pop(Thread *t, Value d, Value key, Ref *out);            /* 1, 0, -1 */
int dict_setdefault(Thread *t, Value d, Value key, Value dflt, Ref *out); /* 1 was there, 0 inserted, -1 */
int dict_pop_first(Thread *t, Value d, Ref *key, Ref *value);     /* 1 and the oldest entry, 0: empty */
int dict_move(Thread *t, Value d, Value key, int64_t hash, bool to_end); /* behind or ahead of all others: 1, 0 not there, -1 */
void dict_clear(Thread *t, Value d);
Ref dict_copy(Thread *t, Value d);
int dict_update(Thread *t, Value d, Value mapping_or_pairs);      /* override */
int dict_merge_unique(Thread *t, Value d, Value mapping, Value function); /* f(**a, **b): TypeError on duplicates */
Ref dict_keys_list(Thread *t, Value d);
Ref dict_values_list(Thread *t, Value d);
Ref dict_items_list(Thread *t, Value d);
/* list(v) of an exact dict, one of its views, set or frozenset, in one atomic step. */
Ref dict_or_set_snapshot(Thread *t, Value v); /* null without an exception: v is none of these */
bool is_dict_view(Value v);
Value dict_of_view(Value view);               /* of keys(), values(), items(), an OrderedDict's, too */
/* The entries at one moment (but for plain stores of numbers), as owned references in order; takes no lock, or only to copy what others keep changing. */
typedef struct DictItem { Ref key, value; int64_t hash; } DictItem;
typedef struct DictItems { size_t count; DictItem *item, room[8]; } DictItems;
int dict_items_take(Thread *t, Value d, DictItems *items);        /* -1: MemoryError, and nothing is to be dropped */
void dict_items_drop(Thread *t, DictItems *items);
/* Iteration without call-outs: *pos starts at 0. Fills borrowed key and value; false at the end. Entries added meanwhile may show. */
bool dict_next(Value d, size_t *pos, Value *key, Value *value);
/* For caches: the storage's uid (0: none to be had). */
uint32_t dict_uid(DictStorage *s);
/* Puts r (consumed) in the place of a live entry's value in the current storage, whose lock is held, and returns the old value. Where one uncounted word
 * takes another's place, plain stores are allowed from now on. */
Ref dict_replace_locked(Thread *t, Dict *d, Slot *slot, Ref r);
/* Entry index of an interned/exact str key in the storage, or -1. Lock-free; keys that Python would have to compare are others. */
int64_t dict_find_str(DictStorage *s, Value str_key);
extern Type dict_keys_type, dict_values_type, dict_items_type, dict_key_iter_type, dict_value_iter_type, dict_item_iter_type,
    dict_reverse_key_iter_type, dict_reverse_value_iter_type, dict_reverse_item_iter_type;

/* set and frozenset */
typedef struct Set Set;
Ref set_new(Thread *t, Value iterable_or_null);
Ref frozenset_new(Thread *t, Value iterable_or_null);
size_t set_size(Value s);
int set_add(Thread *t, Value s, Value v);
int set_contains(Thread *t, Value s, Value v);
int set_discard(Thread *t, Value s, Value v);                     /* 1 found, 0 absent, -1 */
bool set_next(Value s, size_t *pos, Value *item);                 /* borrowed */
Ref set_items_list(Thread *t, Value s);                           /* list(s), in one atomic step */
Ref set_copy(Thread *t, Value s, Type *type);                     /* as set_type or frozenset_type */
void set_clear(Thread *t, Value s);
extern Type set_iter_type;
#endif
