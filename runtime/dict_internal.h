/* Inside dict*.c only: storage and lookup. */
#ifndef WEFT_RUNTIME_DICT_INTERNAL_H
#define WEFT_RUNTIME_DICT_INTERNAL_H
#include "runtime/dict.h"
#include "runtime/storage.h"

extern DictStorage *const dict_empty_storage;

static inline bool dict_key_is_str(Value key) { return value_is_object(key) && type_of(key) == &str_type; }

/* hash(key): -1 with an exception */
int64_t dict_hash(Thread *t, Value key);
/* The entry of key, comparing with call-outs if it must. Takes no lock. 1: *value is owned; 0 absent; -1. */
int dict_lookup_hashed(Thread *t, Dict *d, Value key, int64_t hash, Ref *value);

typedef enum { DICT_SET, DICT_DEFAULT, DICT_REMOVE } DictAction;
/* One atomic change: SET stores value (borrowed) and gives the old one; DEFAULT gives the value that stands there after;
 * REMOVE gives what was removed. 1: the key was there; 0: it wasn't; -1: exception. *out is owned, maybe null. */
int dict_change(Thread *t, Dict *d, DictAction action, Value key, int64_t hash, Value value, Ref *out);
/* Sets key → value with a known hash. 0 or -1. */
int dict_set_hashed(Thread *t, Dict *d, Value key, int64_t hash, Value value);
/* As dict_next, with the hash; from *pos on. */
static inline bool dict_next_hashed(const Dict *d, size_t *pos, Value *key, Value *value, int64_t *hash) {
    DictStorage *s = load_acquire(&((Dict *)d)->x_storage);
    size_t used = load_acquire(&s->x_used), head = load_relaxed(&s->x_head), i = *pos < head ? head : *pos;
    for (; i < used; i++) {
        DictEntry *e = &s->entry[i];
        Value k = slot_get(&e->key), v = slot_get(&e->value);
        if (value_is_null(v) || value_is_null(k)) continue;
        *key = k;
        *value = v;
        *hash = e->hash;
        *pos = i + 1;
        return true;
    }
    *pos = i;
    return false;
}
/* As dict_items_take, but nothing is counted: good until the next safepoint. For dict_items_forget. */
int dict_items_read(Thread *t, Value d, DictItems *items);
static inline void dict_items_forget(DictItems *items) {
    if (items->item != items->room) mem_free(items->item);
}
/* popitem: 1 and the owned pair; 0: empty. */
int dict_pop_last(Thread *t, Dict *d, Ref *key, Ref *value);
/* Makes a fresh dict (of dict_type's layout) usable. */
static inline void dict_init_empty(Dict *d) { store_relaxed(&d->x_storage, dict_empty_storage); }

void dict_traverse(Object *o, VisitFn visit, void *arg);
void dict_destroy(Thread *t, Object *o);
/* type slots shared between dict_type.c and dict_views.c */
Ref dict_iter(Thread *t, Value self);
Ref dict_reversed(Thread *t, Value self);
Ref dict_view_new(Thread *t, Value dict, Type *type);
#endif
