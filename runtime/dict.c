/* dict: storage, lookup and the C interface. The type with its methods is in dict_type.c, views and iterators in dict_views.c.
 *
 * Operation × operation on a shared dict:
 *   lookup, iteration   take no lock; see either side of any change that overlaps them
 *   set, delete, …      hold the dict's lock; one at a time
 *   a copy              takes no lock: the entries of one moment, by the version (dict_items_read); with the lock after a few tries
 *   an equality that only Python code can decide is asked without the lock, with the key held; then the change is made under the
 *   lock only if the storage is still as the search saw it (x_changes, x_used), else the search starts again.
 * A: an entry is whole before its cell or x_used names it (release).  B: a cell goes from 0 to an entry once, and later only to a newer entry
 * of the same key (D: which is there before the old entry goes: who finds a dead entry looks at its cell again).  C: replaced storage stays as it was, and what it names stays alive, until every reader has passed a quiescent state.
 * E: a cell names an entry before x_used counts it: who reads x_used and then doesn't find a key knows that it isn't among those entries.
 */
#include "runtime/abstract.h"
#include "runtime/dict_internal.h"
#include "runtime/errors.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/modules/_collections.h"
#include "runtime/str.h"

#define MIN_BITS 3
#define MAX_BITS 32
#define ABSENT (-1)
#define UNSURE (-2)
#define DICT_VERSION_STEP 32u
_Static_assert(DICT_PLAIN_ENDS < DICT_VERSION_STEP, "plain stores' ends don't run into the version");

/* no entries: its index cell lies where an entry would */
static DictStorage empty_storage = {.cell_size = 1, .str_keys = true, .entry = {{0}}};
DictStorage *const dict_empty_storage = &empty_storage;

/* ---- cells --------------------------------------------------------------------------------------------------------------------- */

static ALWAYS_INLINE size_t cell_get(const void *cells, unsigned cell_size, size_t i) {
    switch (cell_size) {
    case 1: return load_acquire(&((_Atomic uint8_t *)cells)[i]);
    case 2: return load_acquire(&((_Atomic uint16_t *)cells)[i]);
    default: return load_acquire(&((_Atomic uint32_t *)cells)[i]);
    }
}
static inline void cell_set(void *cells, unsigned cell_size, size_t i, size_t value) {
    switch (cell_size) {
    case 1: store_release(&((_Atomic uint8_t *)cells)[i], (uint8_t)value); break;
    case 2: store_release(&((_Atomic uint16_t *)cells)[i], (uint16_t)value); break;
    default: store_release(&((_Atomic uint32_t *)cells)[i], (uint32_t)value); break;
    }
}
static inline void *cells_of(DictStorage *s) { return &s->entry[s->capacity]; }
static inline size_t mask_of(const DictStorage *s) { return ((size_t)1 << s->index_bits) - 1; }

/* The probe sequence: every cell is reached, and all bits of the hash count (CPython's recurrence). */
typedef struct Probe { size_t i, perturb; } Probe;
static ALWAYS_INLINE Probe probe_start(int64_t hash, size_t mask) { return (Probe){(size_t)hash & mask, (size_t)hash}; }
static ALWAYS_INLINE void probe_step(Probe *p, size_t mask) {
    p->perturb >>= 5;
    p->i = (p->i * 5 + p->perturb + 1) & mask;
}

/* ---- storage ---------------------------------------------------------------------------------------------------------------------- */

static size_t capacity_for_bits(unsigned bits) { return (((size_t)1 << bits) << 1) / 3; }
static unsigned cell_size_for_bits(unsigned bits) { return bits <= 8 ? 1 : bits <= 16 ? 2 : 4; }
static size_t storage_bytes(const DictStorage *s) {
    return sizeof(DictStorage) + s->capacity * sizeof(DictEntry) + ((size_t)s->cell_size << s->index_bits);
}
/* Bits of the smallest index with at least n cells. */
static unsigned bits_for_cells(size_t n) {
    unsigned bits = MIN_BITS;
    while (bits < MAX_BITS && ((size_t)1 << bits) < n) bits++;
    return bits;
}

static DictStorage *storage_new(unsigned bits, bool str_keys) {
    if (bits >= MAX_BITS) return NULL;
    size_t capacity = capacity_for_bits(bits), cell_size = cell_size_for_bits(bits);
    DictStorage *s = mem_alloc(sizeof(DictStorage) + capacity * sizeof(DictEntry) + (cell_size << bits));
    if (s == NULL) return NULL;
    store_relaxed(&s->x_uid, 0);
    s->index_bits = (uint8_t)bits;
    s->cell_size = (uint8_t)cell_size;
    s->str_keys = str_keys;
    store_relaxed(&s->x_plain, false);
    s->capacity = (uint32_t)capacity;
    store_relaxed(&s->x_used, 0);
    store_relaxed(&s->x_head, 0);
    store_relaxed(&s->x_tail, 0);
    memset(cells_of(s), 0, cell_size << bits);
    return s;
}

/* The first empty cell for a hash. */
static size_t empty_cell(DictStorage *s, int64_t hash) {
    size_t mask = mask_of(s);
    void *cells = cells_of(s);
    Probe p = probe_start(hash, mask);
    while (cell_get(cells, s->cell_size, p.i) != 0) probe_step(&p, mask);
    return p.i;
}

/* The cell of a live entry with this hash. */
static size_t cell_of_entry(DictStorage *s, int64_t hash, int64_t entry) {
    size_t mask = mask_of(s);
    void *cells = cells_of(s);
    Probe p = probe_start(hash, mask);
    while (cell_get(cells, s->cell_size, p.i) != (size_t)entry + 1) probe_step(&p, mask);
    return p.i;
}

static inline bool entry_live(const DictEntry *e) { return !value_is_null(slot_get(&e->value)); }

static void storage_drop(Thread *t, Dict *d, DictStorage *s) {
    if (s != dict_empty_storage) storage_free(t, d, s, storage_bytes(s));
}

/* ---- the version of a shared dict ---- */
static void version_add(Dict *d, uint32_t n) { store_release(&d->x_state, load_relaxed(&d->x_state) + n * DICT_VERSION_STEP); }
/* Before a change that is one store: who sees it sees the step, and who reads the step before it sees what was appended earlier. */
static ALWAYS_INLINE void step_locked(Thread *t, Dict *d) {
    if (unlikely(!is_local(t, d))) version_add(d, 2);
}
/* Around changes of several entries; the stores in between are release stores. A call-out in between may let another writer in, and end it. */
static void change_begin_locked(Thread *t, Dict *d) {
    if (!is_local(t, d)) store_relaxed(&d->x_state, load_relaxed(&d->x_state) | DICT_VERSION_STEP);
}
static void change_end_locked(Dict *d) {
    if (DICT_VERSION(load_relaxed(&d->x_state)) & 1) version_add(d, 1);
}

/* No plain store is under way when this returns, nor will one begin. The lock is held throughout: whoever waits for it counts as stopped. */
static NOINLINE void plain_end_locked(Thread *t, Dict *d) {
    world_stop(t);
    store_relaxed(&load_relaxed(&d->x_storage)->x_plain, false);
    world_start(t);
    store_relaxed(&d->x_state, load_relaxed(&d->x_state) + 1); /* allowed while DICT_ENDS was below DICT_PLAIN_ENDS */
}
static inline void plain_ended_locked(Thread *t, Dict *d) {
    if (unlikely(load_relaxed(&load_relaxed(&d->x_storage)->x_plain))) plain_end_locked(t, d);
}

/* A value (or null) for what an entry holds, under the lock. Only where an uncounted word goes can a plain store be under way. */
static ALWAYS_INLINE Ref replace_locked(Thread *t, Dict *d, Slot *slot, Ref r) {
    if (!slot_word_is_plain(r.bits) && slot_word_is_plain(slot_get(slot).bits)) plain_ended_locked(t, d);
    step_locked(t, d);
    return slot_swap(t, d, slot, r);
}
Ref dict_replace_locked(Thread *t, Dict *d, Slot *slot, Ref r) {
    DictStorage *s = load_relaxed(&d->x_storage);
    if (slot_word_is_plain(r.bits) && slot_word_is_plain(slot_get(slot).bits) && DICT_ENDS(load_relaxed(&d->x_state)) < DICT_PLAIN_ENDS)
        store_relaxed(&s->x_plain, true);
    return replace_locked(t, d, slot, r);
}

/* Publishes new storage in place of s; the caller frees s. */
static void storage_publish(Dict *d, DictStorage *fresh) {
    store_release(&d->x_storage, fresh);
    store_relaxed(&d->x_changes, load_relaxed(&d->x_changes) + 1);
}

/* New storage with the live entries in order, entry `first` ahead of all if it is not -1; the words move. Null: no memory. */
static DictStorage *rebuild_from_locked(Thread *t, Dict *d, unsigned bits, bool str_keys, int64_t first) {
    DictStorage *old = load_relaxed(&d->x_storage), *s = storage_new(bits, str_keys);
    if (s == NULL) return NULL;
    plain_ended_locked(t, d);
    uint32_t n = 0, used = load_relaxed(&old->x_used);
    void *cells = cells_of(s);
    for (int64_t k = first < 0 ? 0 : -1; k < used; k++) {
        int64_t i = k < 0 ? first : k;
        if (k == first && first >= 0) continue;
        DictEntry *from = &old->entry[i], *to = &s->entry[n];
        if (!entry_live(from)) {
            /* its key, if it is still there, is a str that this storage owned */
            Ref key = {load_relaxed(&from->key.x_bits)};
            if (!ref_is_null(key)) ref_drop(t, key); /* strings run no Python when they die */
            continue;
        }
        to->hash = from->hash;
        store_relaxed(&to->key.x_bits, load_relaxed(&from->key.x_bits));
        store_relaxed(&to->value.x_bits, load_relaxed(&from->value.x_bits));
        cell_set(cells, s->cell_size, empty_cell(s, to->hash), ++n);
    }
    store_relaxed(&s->x_used, n);
    store_relaxed(&s->x_tail, n);
    storage_publish(d, s);
    storage_drop(t, d, old);
    return s;
}

static DictStorage *rebuild_locked(Thread *t, Dict *d, unsigned bits, bool str_keys) { return rebuild_from_locked(t, d, bits, str_keys, -1); }

uint32_t dict_uid(DictStorage *s) {
    uint32_t uid = load_acquire(&s->x_uid);
    if (uid != 0 || s == dict_empty_storage) return uid;
    uint32_t fresh = id_next();
    return fresh == 0 ? 0 : cas_acq_rel(&s->x_uid, &uid, fresh) ? fresh : uid;
}

/* ---- lookup without call-outs ----------------------------------------------------------------------------------------------------- */

typedef struct Found {
    int64_t entry; /* an entry with this key, live or dead; ABSENT; or UNSURE: entry `unsure` has this hash and must be asked */
    size_t cell;   /* its cell, or the empty one where the search ended */
    size_t unsure;
    Probe at;      /* where to go on after an unsure one */
} Found;

static ALWAYS_INLINE Found search_str_in(DictStorage *s, unsigned cell_size, Value key, int64_t hash) {
    size_t mask = mask_of(s);
    void *cells = cells_of(s);
    uint64_t word = key.bits & ~(uint64_t)TAG_LENT;
    for (Probe p = probe_start(hash, mask);; probe_step(&p, mask)) {
        size_t c;
    again:
        c = cell_get(cells, cell_size, p.i);
        if (c == 0) return (Found){.entry = ABSENT, .cell = p.i};
        DictEntry *e = &s->entry[c - 1];
        Value k = slot_get(&e->key);
        if (likely((k.bits & ~(uint64_t)TAG_LENT) == word)) {
            if (unlikely(!entry_live(e)) && cell_get(cells, cell_size, p.i) != c) goto again; /* D */
            return (Found){.entry = (int64_t)c - 1, .cell = p.i};
        }
        if (e->hash != hash) continue;
        if (unlikely(value_is_null(k))) {
            if (cell_get(cells, cell_size, p.i) != c) goto again; /* D */
            continue;
        }
        int equal = dict_key_is_str(k) ? str_equal(as(Str, k), as(Str, key)) : plain_equal(k, key);
        if (equal == 1) return (Found){.entry = (int64_t)c - 1, .cell = p.i};
        if (equal == PLAIN_UNKNOWN) return (Found){.entry = UNSURE, .cell = p.i, .unsure = c - 1, .at = p};
    }
}

static ALWAYS_INLINE Found search_str(DictStorage *s, Value key, int64_t hash) {
    if (likely(s->cell_size == 1)) return search_str_in(s, 1, key, hash);
    return s->cell_size == 2 ? search_str_in(s, 2, key, hash) : search_str_in(s, 4, key, hash);
}

/* Goes on from p. */
static Found search_from(DictStorage *s, Value key, int64_t hash, Probe p) {
    size_t mask = mask_of(s);
    void *cells = cells_of(s);
    for (;; probe_step(&p, mask)) {
        size_t c;
    again:
        c = cell_get(cells, s->cell_size, p.i);
        if (c == 0) return (Found){.entry = ABSENT, .cell = p.i};
        DictEntry *e = &s->entry[c - 1];
        Value k = slot_get(&e->key);
        if (unlikely(!entry_live(e)) && cell_get(cells, s->cell_size, p.i) != c) goto again; /* D */
        if (value_is_null(k)) continue;
        if (value_is(k, key)) return (Found){.entry = (int64_t)c - 1, .cell = p.i};
        if (e->hash != hash) continue;
        int equal = plain_equal(k, key);
        if (equal == 1) return (Found){.entry = (int64_t)c - 1, .cell = p.i};
        if (equal == PLAIN_UNKNOWN) return (Found){.entry = UNSURE, .cell = p.i, .unsure = c - 1, .at = p};
    }
}

static ALWAYS_INLINE Found search(DictStorage *s, Value key, int64_t hash) {
    if (dict_key_is_str(key)) return search_str(s, key, hash);
    return search_from(s, key, hash, probe_start(hash, mask_of(s)));
}

int64_t dict_find_str(DictStorage *s, Value key) {
    int64_t hash = load_relaxed(&as(Str, key)->x_hash);
    if (unlikely(hash == -1)) hash = str_hash(as(Str, key));
    Found f = search_str(s, key, hash);
    while (unlikely(f.entry == UNSURE)) {
        probe_step(&f.at, mask_of(s));
        f = search_from(s, key, hash, f.at);
    }
    return f.entry >= 0 && entry_live(&s->entry[f.entry]) ? f.entry : -1;
}

/* ---- lookup with call-outs --------------------------------------------------------------------------------------------------------- */

/* Finds key, asking Python where it must; holds no lock. 0, or -1 with an exception. On return *s, *changes and *used say which state of the dict
 * *f is true of. */
static NOINLINE int search_slow(Thread *t, Dict *d, Value key, int64_t hash, DictStorage **s, uint32_t *changes, uint32_t *used, Found *f) {
    for (;;) {
        *changes = load_acquire(&d->x_changes);
        *s = load_acquire(&d->x_storage);
        if (load_acquire(&d->x_changes) != *changes) continue;
        *used = load_acquire(&(*s)->x_used);
        *f = search(*s, key, hash);
        bool same = true;
        while (f->entry == UNSURE && same) {
            DictEntry *e = &(*s)->entry[f->unsure];
            Ref k = slot_ref(t, &e->key);
            if (ref_is_null(k)) { /* deleted since */
                probe_step(&f->at, mask_of(*s));
                *f = search_from(*s, key, hash, f->at);
                continue;
            }
            int equal = values_equal(t, ref_borrow(k), key);
            /* anything may have happened meanwhile; *s may be freed */
            same = load_acquire(&d->x_changes) == *changes && load_acquire(&d->x_storage) == *s;
            bool kept = same && value_is(slot_get(&e->key), ref_borrow(k));
            ref_drop(t, k);
            if (equal < 0) return -1;
            /* the drop may have run Python, too */
            same = same && load_acquire(&d->x_changes) == *changes && load_acquire(&d->x_storage) == *s;
            if (!same) break;
            if (equal && kept) {
                f->entry = (int64_t)f->unsure;
                return 0;
            }
            if (equal) {
                same = false;
                break;
            }
            probe_step(&f->at, mask_of(*s));
            *f = search_from(*s, key, hash, f->at);
        }
        if (same) return 0;
        if (safepoint(t) < 0) return -1;
    }
}

int64_t dict_hash(Thread *t, Value key) {
    int64_t hash;
    return likely(plain_hash(key, &hash)) ? hash : object_hash(t, key);
}

/* The value of the entry that was found, in *v. False: it has moved to a newer entry since (D). */
static ALWAYS_INLINE bool value_at(DictStorage *s, Found f, Value *v) {
    *v = slot_get(&s->entry[f.entry].value);
    return likely(!value_is_null(*v)) || cell_get(cells_of(s), s->cell_size, f.cell) == (size_t)f.entry + 1;
}

/* Borrowed value; null if absent, or with an exception. */
static Value get_hashed(Thread *t, Dict *d, Value key, int64_t hash) {
    for (Value v;;) {
        DictStorage *s = load_acquire(&d->x_storage);
        Found f = search(s, key, hash);
        if (unlikely(f.entry == UNSURE)) {
            uint32_t changes, used;
            if (search_slow(t, d, key, hash, &s, &changes, &used, &f) < 0) return VALUE_NULL;
        }
        if (f.entry < 0) return VALUE_NULL;
        if (value_at(s, f, &v)) return v;
    }
}

Value dict_get(Thread *t, Value d, Value key) {
    if (dict_key_is_str(key)) return dict_get_str(t, d, key);
    int64_t hash = dict_hash(t, key);
    return unlikely(hash == -1) ? VALUE_NULL : get_hashed(t, as(Dict, d), key, hash);
}

Value dict_get_str(Thread *t, Value d, Value key) {
    if (unlikely(value_is_null(key))) return VALUE_NULL; /* there was no memory to intern it: the exception is set */
    int64_t hash = load_relaxed(&as(Str, key)->x_hash);
    if (unlikely(hash == -1)) hash = str_hash(as(Str, key));
    DictStorage *s = load_acquire(&as(Dict, d)->x_storage);
    Found f = search_str(s, key, hash);
    Value v;
    if (likely(f.entry >= 0) && value_at(s, f, &v)) return v;
    return f.entry == ABSENT ? VALUE_NULL : get_hashed(t, as(Dict, d), key, hash);
}

int dict_lookup_hashed(Thread *t, Dict *d, Value key, int64_t hash, Ref *value) {
    Value v = get_hashed(t, d, key, hash);
    *value = ref_new(t, v);
    if (!value_is_null(v)) return 1;
    return err_pending(t) ? -1 : 0;
}

int dict_lookup(Thread *t, Value d, Value key, Ref *out) {
    Value v = dict_get(t, d, key);
    *out = ref_new(t, v);
    if (!value_is_null(v)) return 1;
    return err_pending(t) ? -1 : 0;
}

int dict_contains(Thread *t, Value d, Value key) {
    Value v = dict_get(t, d, key);
    if (!value_is_null(v)) return 1;
    return err_pending(t) ? -1 : 0;
}

/* ---- changing ---------------------------------------------------------------------------------------------------------------------------- */

/* Appends an entry for a key that has none that is live. -1: no memory (no exception). */
static int append_locked(Thread *t, Dict *d, Found f, Value key, int64_t hash, Value value) {
    DictStorage *before = load_relaxed(&d->x_storage), *s = before;
    uint32_t used = load_relaxed(&s->x_used);
    bool str = dict_key_is_str(key);
    if (unlikely(used == s->capacity)) {
        s = rebuild_locked(t, d, bits_for_cells(load_relaxed(&d->x_size) * 3), s->str_keys && str);
    } else if (unlikely(s->str_keys && !str)) {
        if (is_local(t, d)) s->str_keys = false;
        else s = rebuild_locked(t, d, s->index_bits, false);
    }
    if (unlikely(s == NULL)) return -1;
    if (s != before) {
        used = load_relaxed(&s->x_used);
        f.cell = empty_cell(s, hash);
    }
    DictEntry *e = &s->entry[used];
    e->hash = hash;
    slot_fill(t, d, &e->key, ref_new(t, key));
    slot_fill(t, d, &e->value, ref_new(t, value));
    cell_set(cells_of(s), s->cell_size, f.cell, used + 1); /* E */
    store_release(&s->x_used, used + 1);
    store_relaxed(&s->x_tail, used + 1);
    store_release(&d->x_size, load_relaxed(&d->x_size) + 1);
    return 0;
}

static void remove_locked(Thread *t, Dict *d, DictStorage *s, size_t i, Ref *value, Ref *key) {
    DictEntry *e = &s->entry[i];
    *value = replace_locked(t, d, &e->value, REF_NULL);
    *key = dict_key_is_str(slot_get(&e->key)) ? REF_NULL : slot_take(t, d, &e->key);
    store_release(&d->x_size, load_relaxed(&d->x_size) - 1);
    uint32_t head = load_relaxed(&s->x_head), tail = load_relaxed(&s->x_tail);
    if (i == head) {
        while (head < tail && !entry_live(&s->entry[head])) head++;
        store_release(&s->x_head, head); /* who sees it sees the version */
    }
    if (i + 1 == tail) {
        while (tail > head && !entry_live(&s->entry[tail - 1])) tail--;
        store_relaxed(&s->x_tail, tail);
    }
}

/* Does the action on what f found, under the lock. */
static int change_locked(Thread *t, Dict *d, DictAction action, Found f, Value key, int64_t hash, Value value, Ref *out, Ref *out_key) {
    DictStorage *s = load_relaxed(&d->x_storage);
    if (f.entry >= 0 && entry_live(&s->entry[f.entry])) {
        Slot *slot = &s->entry[f.entry].value;
        if (action == DICT_SET) *out = replace_locked(t, d, slot, ref_new(t, value));
        else if (action == DICT_DEFAULT) *out = slot_ref(t, slot);
        else remove_locked(t, d, s, (size_t)f.entry, out, out_key);
        return 1;
    }
    if (action == DICT_REMOVE) return 0;
    if (append_locked(t, d, f, key, hash, value) < 0) return -1;
    if (action == DICT_DEFAULT) *out = ref_new(t, value);
    return 0;
}

int dict_change(Thread *t, Dict *d, DictAction action, Value key, int64_t hash, Value value, Ref *out) {
    Ref old_key = REF_NULL;
    int status;
    Found f;
    *out = REF_NULL;
    CRITICAL_BEGIN(t, d)
    f = search(load_relaxed(&d->x_storage), key, hash);
    status = unlikely(f.entry == UNSURE) ? UNSURE : change_locked(t, d, action, f, key, hash, value, out, &old_key);
    CRITICAL_END(t)
    while (unlikely(status == UNSURE)) {
        DictStorage *s;
        uint32_t changes, used;
        if (search_slow(t, d, key, hash, &s, &changes, &used, &f) < 0) return -1;
        CRITICAL_BEGIN(t, d)
        if (load_relaxed(&d->x_changes) == changes && load_relaxed(&d->x_storage) == s &&
            (f.entry >= 0 ? !value_is_null(slot_get(&s->entry[f.entry].key)) && (entry_live(&s->entry[f.entry]) || load_relaxed(&s->x_used) == used)
                          : load_relaxed(&s->x_used) == used))
            status = change_locked(t, d, action, f, key, hash, value, out, &old_key);
        CRITICAL_END(t)
        if (status == UNSURE && safepoint(t) < 0) return -1;
    }
    if (!ref_is_null(old_key)) ref_drop(t, old_key);
    return likely(status >= 0) ? status : err_int(err_no_memory(t));
}

int dict_set_hashed(Thread *t, Dict *d, Value key, int64_t hash, Value value) {
    Ref old;
    int status = dict_change(t, d, DICT_SET, key, hash, value, &old);
    ref_drop(t, old);
    return status < 0 ? -1 : 0;
}

int dict_set(Thread *t, Value d, Value key, Value value) {
    Dict *dict = as(Dict, d);
    int64_t hash;
    if (unlikely(!plain_hash(key, &hash))) {
        hash = object_hash(t, key);
    } else if (likely(is_local(t, dict))) { /* what dict_change does, where nobody need be asked or locked out */
        DictStorage *s = load_relaxed(&dict->x_storage);
        Found f = search(s, key, hash);
        if (f.entry >= 0 && entry_live(&s->entry[f.entry])) {
            slot_set(t, dict, &s->entry[f.entry].value, ref_new(t, value));
            return 0;
        }
        if (f.entry != UNSURE) return likely(append_locked(t, dict, f, key, hash, value) == 0) ? 0 : err_int(err_no_memory(t));
    }
    return unlikely(hash == -1) ? -1 : dict_set_hashed(t, as(Dict, d), key, hash, value);
}

int dict_set_steal(Thread *t, Value d, Ref key, Ref value) {
    int status = dict_set(t, d, ref_borrow(key), ref_borrow(value));
    ref_drop(t, key);
    ref_drop(t, value);
    return status;
}

int dict_set_cstr(Thread *t, Value d, const char *key, Value value) {
    Value name = str_intern_cstr(t, key);
    return value_is_null(name) ? -1 : dict_set(t, d, name, value);
}

int dict_pop(Thread *t, Value d, Value key, Ref *out) {
    *out = REF_NULL;
    /* an empty dict doesn't even hash, as in CPython */
    if (dict_size(d) == 0) return 0;
    int64_t hash = dict_hash(t, key);
    return unlikely(hash == -1) ? -1 : dict_change(t, as(Dict, d), DICT_REMOVE, key, hash, VALUE_NULL, out);
}

int dict_del(Thread *t, Value d, Value key) {
    Ref old;
    int64_t hash = dict_hash(t, key);
    if (unlikely(hash == -1)) return -1;
    int status = dict_change(t, as(Dict, d), DICT_REMOVE, key, hash, VALUE_NULL, &old);
    ref_drop(t, old);
    if (status == 0) return err_int(err_value(t, E_KeyError, key));
    return status < 0 ? -1 : 0;
}

int dict_setdefault(Thread *t, Value d, Value key, Value dflt, Ref *out) {
    *out = REF_NULL;
    int64_t hash = dict_hash(t, key);
    return unlikely(hash == -1) ? -1 : dict_change(t, as(Dict, d), DICT_DEFAULT, key, hash, dflt, out);
}

int dict_pop_last(Thread *t, Dict *d, Ref *key, Ref *value) {
    int found = 0;
    CRITICAL_BEGIN(t, d)
    DictStorage *s = load_relaxed(&d->x_storage);
    uint32_t tail = load_relaxed(&s->x_tail);
    if (load_relaxed(&d->x_size) > 0) {
        Ref taken;
        *key = slot_ref(t, &s->entry[tail - 1].key); /* the last one is live: remove_locked sees to it */
        remove_locked(t, d, s, tail - 1, value, &taken);
        if (!ref_is_null(taken)) ref_drop(t, taken); /* *key holds it */
        found = 1;
    }
    CRITICAL_END(t)
    return found;
}

int dict_pop_first(Thread *t, Value dv, Ref *key, Ref *value) {
    Dict *d = as(Dict, dv);
    int found = 0;
    CRITICAL_BEGIN(t, d)
    DictStorage *s = load_relaxed(&d->x_storage);
    if (load_relaxed(&d->x_size) > 0) {
        Ref taken;
        uint32_t head = load_relaxed(&s->x_head);
        while (!entry_live(&s->entry[head])) head++;
        *key = slot_ref(t, &s->entry[head].key);
        remove_locked(t, d, s, head, value, &taken);
        if (!ref_is_null(taken)) ref_drop(t, taken); /* *key holds it */
        found = 1;
    }
    CRITICAL_END(t)
    return found;
}

/* Moves the live entry f found behind all others; lookups that overlap find it. -1: no memory (no exception). */
static int move_to_end_locked(Thread *t, Dict *d, Found f, int64_t hash) {
    DictStorage *s = load_relaxed(&d->x_storage);
    uint32_t used = load_relaxed(&s->x_used);
    if ((uint32_t)f.entry + 1 == load_relaxed(&s->x_tail)) return 0;
    plain_ended_locked(t, d);
    if (used == s->capacity) {
        int64_t place = 0; /* in the new storage, which keeps the order: asking the keys is out of the question here */
        for (int64_t i = 0; i < f.entry; i++) place += entry_live(&s->entry[i]);
        s = rebuild_locked(t, d, bits_for_cells(load_relaxed(&d->x_size) * 3), s->str_keys);
        if (s == NULL) return -1;
        f = (Found){.entry = place, .cell = cell_of_entry(s, hash, place)};
        used = load_relaxed(&s->x_used);
    }
    DictEntry *from = &s->entry[f.entry], *to = &s->entry[used];
    change_begin_locked(t, d);
    to->hash = hash;
    store_release(&to->key.x_bits, load_relaxed(&from->key.x_bits));
    store_release(&to->value.x_bits, load_relaxed(&from->value.x_bits));
    cell_set(cells_of(s), s->cell_size, f.cell, used + 1);
    store_release(&s->x_used, used + 1);
    store_relaxed(&s->x_tail, used + 1);
    store_release(&from->value.x_bits, 0);
    store_release(&from->key.x_bits, 0);
    uint32_t head = load_relaxed(&s->x_head);
    while (head <= used && !entry_live(&s->entry[head])) head++;
    store_release(&s->x_head, head);
    change_end_locked(d);
    return 0;
}

/* 1, 0: not there, -1: no memory */
static int move_locked(Thread *t, Dict *d, Found f, int64_t hash, bool to_end) {
    DictStorage *s = load_relaxed(&d->x_storage);
    if (f.entry < 0 || !entry_live(&s->entry[f.entry])) return 0;
    if (to_end) return move_to_end_locked(t, d, f, hash) < 0 ? -1 : 1;
    /* nothing can be put in front of the entries: the storage is built anew */
    return rebuild_from_locked(t, d, s->index_bits, s->str_keys, f.entry) == NULL ? -1 : 1;
}

int dict_move(Thread *t, Value dv, Value key, int64_t hash, bool to_end) {
    Dict *d = as(Dict, dv);
    Found f;
    int status = 0;
    CRITICAL_BEGIN(t, d)
    f = search(load_relaxed(&d->x_storage), key, hash);
    if (f.entry != UNSURE) status = move_locked(t, d, f, hash, to_end);
    CRITICAL_END(t)
    while (f.entry == UNSURE) {
        DictStorage *s;
        uint32_t changes, used;
        if (search_slow(t, d, key, hash, &s, &changes, &used, &f) < 0) return -1;
        if (f.entry < 0) break;
        bool same;
        CRITICAL_BEGIN(t, d)
        same = load_relaxed(&d->x_changes) == changes && load_relaxed(&d->x_storage) == s &&
               !value_is_null(slot_get(&s->entry[f.entry].key));
        if (same) status = move_locked(t, d, f, hash, to_end);
        CRITICAL_END(t)
        if (same) break;
        f.entry = UNSURE;
        if (safepoint(t) < 0) return -1;
    }
    return status < 0 ? err_int(err_no_memory(t)) : status;
}

/* Drops what storage, no longer in use, refers to. */
static void storage_drop_items(Thread *t, DictStorage *s) {
    for (uint32_t i = 0, used = load_relaxed(&s->x_used); i < used; i++) {
        ref_drop(t, (Ref){load_relaxed(&s->entry[i].key.x_bits)});
        ref_drop(t, (Ref){load_relaxed(&s->entry[i].value.x_bits)});
    }
}

void dict_clear(Thread *t, Value dv) {
    Dict *d = as(Dict, dv);
    DictStorage *s;
    CRITICAL_BEGIN(t, d)
    plain_ended_locked(t, d);
    s = load_relaxed(&d->x_storage);
    if (s != dict_empty_storage) {
        storage_publish(d, dict_empty_storage);
        store_release(&d->x_size, 0);
    }
    CRITICAL_END(t)
    if (s == dict_empty_storage) return;
    storage_drop_items(t, s);
    storage_drop(t, d, s);
}

void dict_traverse(Object *o, VisitFn visit, void *arg) {
    DictStorage *s = load_acquire(&((Dict *)o)->x_storage);
    if (s == NULL) return; /* not initialized yet */
    for (uint32_t i = 0, used = load_acquire(&s->x_used); i < used; i++) {
        slot_visit(&s->entry[i].key, visit, arg);
        slot_visit(&s->entry[i].value, visit, arg);
    }
}

void dict_destroy(Thread *t, Object *o) {
    Dict *d = (Dict *)o;
    DictStorage *s = load_relaxed(&d->x_storage);
    if (s == NULL || s == dict_empty_storage) return;
    store_relaxed(&d->x_size, 0);
    store_relaxed(&d->x_storage, dict_empty_storage);
    storage_drop_items(t, s);
    mem_free(s);
}

/* ---- making -------------------------------------------------------------------------------------------------------------------------------- */

Ref dict_new(Thread *t) {
    Dict *d = object_new(Dict, t, &dict_type);
    if (unlikely(d == NULL)) return REF_NULL;
    dict_init_empty(d);
    return ref_steal(d);
}

Ref dict_new_sized(Thread *t, size_t n) {
    Ref r = dict_new(t);
    if (n <= 5 || ref_is_null(r)) return r;
    DictStorage *s = storage_new(bits_for_cells((n * 3 + 1) / 2), true);
    if (s == NULL) {
        ref_drop(t, r);
        return err_no_memory(t);
    }
    store_relaxed(&as(Dict, ref_borrow(r))->x_storage, s);
    return r;
}

/* The live entries of a local dict as storage of their own. Null: no memory. */
static DictStorage *storage_copy_local(Thread *t, Dict *d) {
    DictStorage *old = load_relaxed(&d->x_storage);
    size_t size = load_relaxed(&d->x_size);
    uint32_t used = load_relaxed(&old->x_used), n = 0;
    bool whole = size == used && size >= old->capacity / 3; /* nothing deleted: the index can be taken as it is */
    DictStorage *s = storage_new(whole ? old->index_bits : bits_for_cells((size * 3 + 1) / 2), old->str_keys);
    if (s == NULL) return NULL;
    if (whole) memcpy(cells_of(s), cells_of(old), (size_t)old->cell_size << old->index_bits);
    for (uint32_t i = load_relaxed(&old->x_head); i < used; i++) {
        DictEntry *from = &old->entry[i], *to = &s->entry[n];
        if (!entry_live(from)) continue;
        to->hash = from->hash;
        slot_init(&to->key, slot_ref(t, &from->key));
        slot_init(&to->value, slot_ref(t, &from->value));
        n++;
        if (!whole) cell_set(cells_of(s), s->cell_size, empty_cell(s, to->hash), n);
    }
    store_relaxed(&s->x_used, n);
    store_relaxed(&s->x_tail, n);
    return s;
}
#define READ_TRIES 4 /* then with the lock */
/* Entries and index of a shared dict that has no holes, with the words not counted yet. False: somebody changed it meanwhile. */
static bool storage_words_copy(Dict *d, DictStorage *old, DictStorage *s, uint32_t used, uint32_t version) {
    for (uint32_t i = 0; i < used; i++) {
        DictEntry *from = &old->entry[i], *to = &s->entry[i];
        Value key = slot_get(&from->key), value = slot_get(&from->value);
        if (value_is_null(key) || value_is_null(value)) return false;
        to->hash = from->hash;
        slot_init(&to->key, (Ref){key.bits});
        slot_init(&to->value, (Ref){value.bits});
    }
    for (size_t i = 0; i <= mask_of(old); i++) {
        size_t cell = cell_get(cells_of(old), old->cell_size, i);
        cell_set(cells_of(s), s->cell_size, i, cell <= used ? cell : 0); /* else the cell of a newer entry */
    }
    return DICT_VERSION(load_relaxed(&d->x_state)) == version; /* acquire loads before it: see dict_items_read */
}
/* Null: it has holes, is being changed all the time, or there is no memory. */
static DictStorage *storage_copy_whole(Thread *t, Dict *d) {
    for (int tries = 0; tries < READ_TRIES; tries++) {
        uint32_t version = DICT_VERSION(load_acquire(&d->x_state));
        DictStorage *old = load_acquire(&d->x_storage);
        uint32_t used = load_acquire(&old->x_used);
        if (version & 1) continue;
        if (load_relaxed(&d->x_size) != used || used < old->capacity / 3) return NULL;
        DictStorage *s = storage_new(old->index_bits, old->str_keys);
        if (s == NULL) return NULL;
        if (likely(storage_words_copy(d, old, s, used, version))) {
            for (uint32_t i = 0; i < used; i++) {
                slot_init(&s->entry[i].key, slot_ref(t, &s->entry[i].key));
                slot_init(&s->entry[i].value, slot_ref(t, &s->entry[i].value));
            }
            store_relaxed(&s->x_used, used);
            store_relaxed(&s->x_tail, used);
            return s;
        }
        mem_free(s);
    }
    return NULL;
}
/* The same of a shared one. */
static DictStorage *storage_copy_shared(Thread *t, Value d) {
    DictStorage *whole = storage_copy_whole(t, as(Dict, d));
    if (likely(whole != NULL)) return whole;
    DictItems items;
    if (dict_items_take(t, d, &items) < 0) return NULL;
    DictStorage *s = storage_new(bits_for_cells((items.count * 3 + 1) / 2), true);
    for (size_t i = 0; s != NULL && i < items.count; i++) {
        DictItem *from = &items.item[i];
        DictEntry *to = &s->entry[i];
        s->str_keys = s->str_keys && dict_key_is_str(ref_borrow(from->key));
        to->hash = from->hash;
        slot_init(&to->key, from->key);
        slot_init(&to->value, from->value);
        cell_set(cells_of(s), s->cell_size, empty_cell(s, to->hash), i + 1);
    }
    if (s != NULL) {
        store_relaxed(&s->x_used, (uint32_t)items.count);
        store_relaxed(&s->x_tail, (uint32_t)items.count);
        items.count = 0; /* the storage has them */
    }
    dict_items_drop(t, &items);
    return s;
}

Ref dict_copy(Thread *t, Value dv) {
    Dict *d = as(Dict, dv);
    Ref r = dict_new(t);
    if (ref_is_null(r) || dict_size(dv) == 0) return r;
    Dict *copy = as(Dict, ref_borrow(r));
    DictStorage *s = is_local(t, d) ? storage_copy_local(t, d) : storage_copy_shared(t, dv);
    if (likely(s != NULL)) {
        store_relaxed(&copy->x_storage, s);
        store_relaxed(&copy->x_size, load_relaxed(&s->x_used));
        return r;
    }
    ref_drop(t, r);
    return err_no_memory(t);
}

/* ---- copies of one moment ------------------------------------------------------------------------------------------------------------------- */

/* The words of the live entries from *pos on, not counted yet: how many; more than `most` are not copied. */
static size_t words_copy(DictStorage *s, uint32_t used, DictItem *to, size_t most) {
    size_t n = 0;
    for (uint32_t i = load_acquire(&s->x_head); i < used; i++) {
        Value key = slot_get(&s->entry[i].key), value = slot_get(&s->entry[i].value);
        if (value_is_null(key) || value_is_null(value)) continue;
        if (n < most) to[n] = (DictItem){{key.bits}, {value.bits}, s->entry[i].hash};
        n++;
    }
    return n;
}
int dict_items_read(Thread *t, Value dv, DictItems *items) {
    Dict *d = as(Dict, dv);
    size_t most = sizeof items->room / sizeof *items->room;
    items->item = items->room;
    for (int tries = 0;; tries++) {
        bool whole = true;
        if (is_local(t, d) || tries >= READ_TRIES) {
            CRITICAL_BEGIN(t, d)
            DictStorage *s = load_relaxed(&d->x_storage);
            items->count = words_copy(s, load_relaxed(&s->x_used), items->item, most);
            CRITICAL_END(t)
        } else {
            uint32_t version = DICT_VERSION(load_acquire(&d->x_state));
            DictStorage *s = load_acquire(&d->x_storage);
            uint32_t used = load_acquire(&s->x_used);
            items->count = version & 1 ? 0 : words_copy(s, used, items->item, most);
            /* the loads of the words were acquire loads: the step before a change that one of them saw is seen here */
            whole = !(version & 1) && DICT_VERSION(load_relaxed(&d->x_state)) == version;
        }
        if (items->count <= most && whole) return 0;
        if (items->count <= most) continue;
        dict_items_forget(items);
        most = items->count + (is_local(t, d) ? 0 : items->count / 8);
        items->item = mem_alloc(most * sizeof *items->item);
        if (items->item == NULL) {
            items->count = 0;
            return err_int(err_no_memory(t));
        }
    }
}
int dict_items_take(Thread *t, Value d, DictItems *items) {
    if (dict_items_read(t, d, items) < 0) return -1;
    for (size_t i = 0; i < items->count; i++) {
        items->item[i].key = ref_new(t, ref_borrow(items->item[i].key));
        items->item[i].value = ref_new(t, ref_borrow(items->item[i].value));
    }
    return 0;
}
void dict_items_drop(Thread *t, DictItems *items) {
    for (size_t i = 0; i < items->count; i++) {
        ref_drop(t, items->item[i].key);
        ref_drop(t, items->item[i].value);
    }
    dict_items_forget(items);
}

/* ---- iteration -------------------------------------------------------------------------------------------------------------------------------- */

bool dict_next(Value d, size_t *pos, Value *key, Value *value) {
    int64_t hash;
    return dict_next_hashed(as(Dict, d), pos, key, value, &hash);
}

typedef enum { TAKE_KEYS, TAKE_VALUES, TAKE_ITEMS } Take;

static Ref taken(Thread *t, Take take, Value key, Value value) {
    return take == TAKE_KEYS ? ref_new(t, key) : take == TAKE_VALUES ? ref_new(t, value) : tuple_pack(t, 2, key, value);
}
static Ref taken_list_shared(Thread *t, Value d, Take take) {
    DictItems items;
    if (dict_items_read(t, d, &items) < 0) return REF_NULL; /* until the next safepoint: there is none */
    Ref r = list_new(t, items.count);
    for (size_t i = 0; !ref_is_null(r) && i < items.count; i++) {
        Ref item = taken(t, take, ref_borrow(items.item[i].key), ref_borrow(items.item[i].value));
        if (!ref_is_null(item)) list_append_steal(t, ref_borrow(r), item); /* there is room */
        else {
            ref_drop(t, r);
            r = REF_NULL;
        }
    }
    dict_items_forget(&items);
    return r;
}
static Ref taken_list(Thread *t, Dict *d, Take take) {
    if (!is_local(t, d)) return taken_list_shared(t, object_value(d), take);
    Ref r = list_new(t, load_relaxed(&d->x_size));
    size_t pos = 0;
    Value k, v;
    int64_t hash;
    while (!ref_is_null(r) && dict_next_hashed(d, &pos, &k, &v, &hash)) {
        Ref item = taken(t, take, k, v);
        if (!ref_is_null(item) && list_append_steal(t, ref_borrow(r), item) == 0) continue;
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

Ref dict_keys_list(Thread *t, Value d) { return taken_list(t, as(Dict, d), TAKE_KEYS); }
Ref dict_values_list(Thread *t, Value d) { return taken_list(t, as(Dict, d), TAKE_VALUES); }
Ref dict_items_list(Thread *t, Value d) { return taken_list(t, as(Dict, d), TAKE_ITEMS); }

/* ---- merging -------------------------------------------------------------------------------------------------------------------------------------- */

/* Gives d all entries of `from`, a private copy of `original`, which keeps the replaced values. One atomic step as long as no equality needs Python. */
static int absorb(Thread *t, Dict *d, Dict *from, Dict *original) {
    uint32_t changes = load_relaxed(&original->x_changes);
    size_t size = load_relaxed(&original->x_size);
    DictStorage *source = load_relaxed(&from->x_storage);
    uint32_t n = load_relaxed(&source->x_used);
    for (uint32_t i = 0; i < n;) {
        int status = 0;
        CRITICAL_BEGIN(t, d)
        if (load_relaxed(&d->x_size) == 0 && i == 0) {
            plain_ended_locked(t, d);
            DictStorage *old = load_relaxed(&d->x_storage); /* take it over whole */
            if (!is_local(t, d)) {
                for (uint32_t k = 0; k < n; k++) {
                    publish(t, slot_get(&source->entry[k].key));
                    publish(t, slot_get(&source->entry[k].value));
                }
            }
            storage_publish(d, source);
            store_release(&d->x_size, n);
            /* what the old storage may still hold are dead str keys */
            storage_drop_items(t, old);
            storage_drop(t, d, old);
            store_relaxed(&from->x_storage, dict_empty_storage);
            store_relaxed(&from->x_size, 0);
            i = n;
        }
        change_begin_locked(t, d);
        for (; i < n; i++) {
            DictEntry *e = &source->entry[i];
            Value key = slot_get(&e->key), value = slot_get(&e->value);
            Found f = search(load_relaxed(&d->x_storage), key, e->hash);
            Ref old = REF_NULL, old_key = REF_NULL;
            if (f.entry == UNSURE) break;
            status = change_locked(t, d, DICT_SET, f, key, e->hash, value, &old, &old_key);
            if (status < 0) break;
            if (!ref_is_null(old)) { /* dropped later, with the copy */
                Ref mine = slot_swap(t, from, &e->value, old);
                ref_drop(t, mine); /* d holds it */
            }
            status = 0;
        }
        change_end_locked(d);
        CRITICAL_END(t)
        if (status < 0) return err_int(err_no_memory(t));
        if (i < n) { /* one that Python must compare */
            DictEntry *e = &source->entry[i++];
            Ref old;
            if (dict_change(t, d, DICT_SET, slot_get(&e->key), e->hash, slot_get(&e->value), &old) < 0)
                return -1;
            ref_drop(t, old);
            if (load_relaxed(&original->x_changes) != changes || load_relaxed(&original->x_size) != size)
                return err_int(err_set(t, E_RuntimeError, "dict mutated during update"));
        }
    }
    return 0;
}

static int merge_dict(Thread *t, Value d, Value other) {
    if (value_is(d, other) || dict_size(other) == 0) return 0;
    Ref copy = dict_copy(t, other);
    if (ref_is_null(copy)) return -1;
    int status = absorb(t, as(Dict, d), as(Dict, ref_borrow(copy)), as(Dict, other));
    ref_drop(t, copy);
    return status;
}

/* {key: mapping[key] for key in mapping.keys()} */
static int merge_mapping(Thread *t, Value d, Value mapping, Value keys_method) {
    Ref keys = call0(t, keys_method);
    Ref it = ref_is_null(keys) ? REF_NULL : get_iter(t, ref_borrow(keys)), key;
    ref_drop(t, keys);
    if (ref_is_null(it)) return -1;
    int status;
    while ((status = iter_next(t, ref_borrow(it), &key)) > 0) {
        Ref value = get_item(t, mapping, ref_borrow(key));
        if (ref_is_null(value)) {
            ref_drop(t, key);
            status = -1;
            break;
        }
        if (dict_set_steal(t, d, key, value) < 0) {
            status = -1;
            break;
        }
    }
    ref_drop(t, it);
    return status;
}

static int set_pair(Thread *t, Value d, Ref item, size_t i) {
    Value it = ref_borrow(item);
    if (likely(is_exact(it, &tuple_type) && tuple_size(it) == 2)) {
        int status = dict_set(t, d, tuple_get(it, 0), tuple_get(it, 1));
        ref_drop(t, item);
        return status;
    }
    Ref pair = sequence_fast(t, ref_borrow(item), "");
    ref_drop(t, item);
    if (ref_is_null(pair)) {
        if (err_clear_if(t, E_TypeError))
            err_set(t, E_TypeError, "cannot convert dictionary update sequence element #%zd to a sequence", i);
        return -1;
    }
    Value p = ref_borrow(pair);
    bool tuple = is_tuple(p);
    size_t n = tuple ? tuple_size(p) : list_size(p);
    int status = -1;
    if (n != 2) {
        err_set(t, E_ValueError, "dictionary update sequence element #%zd has length %zd; 2 is required", i, n);
    } else {
        Ref key = ref_new(t, tuple ? tuple_get(p, 0) : list_get(p, 0)), value = ref_new(t, tuple ? tuple_get(p, 1) : list_get(p, 1));
        if (ref_is_null(key) || ref_is_null(value)) { /* a list that another thread shortened just now */
            ref_drop(t, key);
            ref_drop(t, value);
            err_set(t, E_ValueError, "dictionary update sequence element #%zd has length %zd; 2 is required", i, list_size(p));
        } else {
            status = dict_set_steal(t, d, key, value);
        }
    }
    ref_drop(t, pair);
    return status;
}

static int merge_pairs(Thread *t, Value d, Value pairs) {
    bool private = is_exact(pairs, &list_type) && is_local(t, value_object(pairs));
    Ref list = private ? ref_new(t, pairs) : list_snapshot(t, pairs), item;
    if (!ref_is_null(list)) {
        Value v;
        int status = 0;
        for (size_t i = 0; status == 0 && !value_is_null(v = list_get(ref_borrow(list), i)); i++) status = set_pair(t, d, ref_new(t, v), i);
        ref_drop(t, list);
        return status;
    }
    if (err_pending(t)) return -1;
    Ref it = get_iter(t, pairs);
    if (ref_is_null(it)) return -1;
    iter_settle(t, ref_borrow(it));
    int (*next_pair)(Thread *, Value, Ref *, Ref *) = type_of(ref_borrow(it))->next_pair; /* of zip, say: without a tuple for each */
    int status = 1;
    for (size_t i = 0; status > 0; i++) {
        Ref second = REF_NULL;
        status = next_pair ? next_pair(t, ref_borrow(it), &item, &second) : iter_next(t, ref_borrow(it), &item);
        if (status <= 0) break;
        item = ref_own(t, item);
        if ((ref_is_null(second) ? set_pair(t, d, item, i) : dict_set_steal(t, d, item, ref_own(t, second))) < 0) status = -1;
    }
    ref_drop(t, it);
    return status;
}

/* A dict whose iteration isn't overridden: its own entries are what counts. */
/* Its keys and values can be taken as they stand in it: those of subclasses only if they iterate as dict does, as in CPython. */
static bool plain_dict(Value v) { return is_dict(v) && (type_of(v)->iter == dict_type.iter || type_of(v) == &ordered_dict_type); }

int dict_update(Thread *t, Value d, Value other) {
    if (plain_dict(other)) return merge_dict(t, d, other);
    Value name = str_intern_cstr(t, "keys");
    if (value_is_null(name)) return -1;
    Ref keys = get_attr_opt(t, other, name);
    if (ref_is_null(keys)) return err_pending(t) ? -1 : merge_pairs(t, d, other);
    int status = merge_mapping(t, d, other, ref_borrow(keys));
    ref_drop(t, keys);
    return status;
}

/* "module.function()", as in messages about calls */
static Ref function_text(Thread *t, Value f) {
    Ref name = get_attr_cstr(t, f, "__qualname__");
    if (ref_is_null(name)) {
        if (!err_clear_if(t, E_AttributeError)) return REF_NULL;
        return object_str(t, f);
    }
    Ref module = get_attr_cstr(t, f, "__module__"), r;
    if (ref_is_null(module)) err_clear_if(t, E_AttributeError);
    if (err_pending(t)) {
        ref_drop(t, name);
        return REF_NULL;
    }
    bool plain = ref_is_null(module) || ref_is_none(module) ||
                 (is_str(ref_borrow(module)) && str_equal_ascii(ref_borrow(module), "builtins"));
    if (plain) r = str_format(t, "%V()", ref_borrow(name));
    else r = str_format(t, "%V.%V()", ref_borrow(module), ref_borrow(name));
    ref_drop(t, module);
    ref_drop(t, name);
    return r;
}

static int merge_unique_error(Thread *t, Value function, const char *format, Value detail) {
    Ref text = function_text(t, function);
    if (!ref_is_null(text)) err_set(t, E_TypeError, format, ref_borrow(text), detail);
    ref_drop(t, text);
    return -1;
}

/* d[key] = value, which must be new. */
static int add_keyword(Thread *t, Value d, Value key, Value value, int64_t hash, Value function) {
    Ref there = REF_NULL;
    int status = dict_change(t, as(Dict, d), DICT_DEFAULT, key, hash, value, &there);
    ref_drop(t, there);
    return status == 1 ? merge_unique_error(t, function, "%V got multiple values for keyword argument '%V'", key) : status;
}
/* Key by key, as keys() has them: one may come twice. */
static int merge_unique_keys(Thread *t, Value d, Value mapping, Value function) {
    Ref keys = call_method0(t, mapping, str_intern_cstr(t, "keys")), it = ref_is_null(keys) ? REF_NULL : get_iter(t, ref_borrow(keys)), key;
    int status = ref_is_null(it) ? -1 : 0;
    while (status == 0 && (status = iter_next(t, ref_borrow(it), &key)) == 1) {
        Ref value = get_item(t, mapping, ref_borrow(key));
        int64_t hash = ref_is_null(value) ? -1 : object_hash(t, ref_borrow(key));
        status = hash == -1 ? -1 : add_keyword(t, d, ref_borrow(key), ref_borrow(value), hash, function);
        ref_drop(t, value);
        ref_drop(t, key);
    }
    ref_drop(t, it);
    ref_drop(t, keys);
    return status;
}

int dict_merge_unique(Thread *t, Value d, Value mapping, Value function) {
    if (!is_dict(mapping)) {
        Value name = str_intern_cstr(t, "keys");
        int has = value_is_null(name) ? -1 : has_attr(t, mapping, name);
        if (has < 0) return -1;
        if (!has) return merge_unique_error(t, function, "%V argument after ** must be a mapping, not %.200T", mapping);
    }
    if (!plain_dict(mapping)) {
        int merged = merge_unique_keys(t, d, mapping, function);
        if (merged == 0 || !err_is(t, E_AttributeError)) return merged;
        err_clear(t); /* whoever raised it */
        return merge_unique_error(t, function, "%V argument after ** must be a mapping, not %.200T", mapping);
    }
    Ref copy = dict_copy(t, mapping);
    if (ref_is_null(copy)) return -1;
    size_t pos = 0;
    Value k, v;
    int64_t hash;
    int status = 0;
    while (status == 0 && dict_next_hashed(as(Dict, ref_borrow(copy)), &pos, &k, &v, &hash)) status = add_keyword(t, d, k, v, hash, function);
    ref_drop(t, copy);
    return status;
}
