/* set and frozenset: table, lookup, merging and the C interface. The types are in set_type.c. See set_internal.h. */
#include "runtime/abstract.h"
#include "runtime/dict_internal.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/set_internal.h"
#include "runtime/str.h"

#define MIN_ENTRIES 8
#define LINEAR_PROBES 9
#define ABSENT (-1)
#define UNSURE (-2)

Object set_dummy_object = OBJECT_STATIC(&object_type);
static SetTable empty_table = {.mask = MIN_ENTRIES - 1, .entry = {[MIN_ENTRIES - 1] = {0}}};
SetTable *const set_empty_table = &empty_table;

static size_t table_bytes(size_t mask) { return sizeof(SetTable) + (mask + 1) * sizeof(SetEntry); }

static SetTable *table_new(size_t entries) {
    if (entries > ((size_t)1 << 56)) return NULL;
    SetTable *table = mem_zalloc(table_bytes(entries - 1));
    if (table != NULL) table->mask = entries - 1;
    return table;
}

/* ---- probing: a short linear stretch, then a jump ------------------------------------------------------------------------------------ */

typedef struct Probe {
    size_t i, perturb; /* start of the stretch */
    size_t step, last; /* within it */
} Probe;
static ALWAYS_INLINE Probe probe_start(size_t hash, size_t mask) {
    size_t i = hash & mask;
    return (Probe){i, hash, 0, i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0};
}
static ALWAYS_INLINE void probe_next(Probe *p, size_t mask) {
    if (p->step < p->last) {
        p->step++;
        return;
    }
    p->perturb >>= 5;
    p->i = (p->i * 5 + 1 + p->perturb) & mask;
    p->step = 0;
    p->last = p->i + LINEAR_PROBES <= mask ? LINEAR_PROBES : 0;
}
static ALWAYS_INLINE size_t probe_at(const Probe *p) { return p->i + p->step; }

typedef struct Found { /* two registers */
    int64_t entry; /* the live entry, ABSENT or UNSURE */
    size_t place;  /* where the search stopped: the entry, or the free one */
} Found;

/* *p stands where the search stopped. */
static ALWAYS_INLINE Found search_from(SetTable *table, Value v, int64_t hash, Probe *p) {
    for (size_t mask = table->mask;;) {
        SetEntry *e = &table->entry[probe_at(p)];
        for (; p->step <= p->last; p->step++, e++) {
            Value item = slot_get(&e->item);
            if (item.bits == v.bits) return (Found){(int64_t)probe_at(p), probe_at(p)};
            if (value_is_null(item)) return (Found){ABSENT, probe_at(p)};
            if (likely(e->hash != hash) || item.bits == VALUE_DUMMY.bits) continue;
            int equal = plain_equal(item, v);
            if (equal == 1) return (Found){(int64_t)probe_at(p), probe_at(p)};
            if (equal == PLAIN_UNKNOWN) return (Found){UNSURE, probe_at(p)};
        }
        p->step = p->last;
        probe_next(p, mask);
    }
}

static Found search(SetTable *table, Value v, int64_t hash) {
    Probe p = probe_start((size_t)hash, table->mask);
    return search_from(table, v, hash, &p);
}

/* Asks Python where it must; holds no lock. 0, -1. *f is true of the state that *table, *changes and, if absent, the free entry describe. */
static NOINLINE int search_slow(Thread *t, Set *s, Value v, int64_t hash, SetTable **table, uint32_t *changes, Found *f) {
    for (;;) {
        *changes = load_acquire(&s->x_changes);
        *table = load_acquire(&s->x_table);
        if (load_acquire(&s->x_changes) != *changes) continue;
        Probe p = probe_start((size_t)hash, (*table)->mask);
        *f = search_from(*table, v, hash, &p);
        bool same = true;
        while (f->entry == UNSURE) {
            SetEntry *e = &(*table)->entry[f->place];
            Ref item = slot_ref(t, &e->item);
            int equal = item.bits == VALUE_DUMMY.bits ? 0 : values_equal(t, ref_borrow(item), v);
            ref_drop(t, item);
            if (equal < 0) return -1;
            same = load_acquire(&s->x_changes) == *changes && load_acquire(&s->x_table) == *table;
            if (!same) break;
            if (equal) {
                same = set_item_live(slot_get(&e->item));
                f->entry = (int64_t)f->place;
                break;
            }
            probe_next(&p, (*table)->mask);
            *f = search_from(*table, v, hash, &p);
        }
        if (same) return 0;
        if (safepoint(t) < 0) return -1;
    }
}

int64_t set_hash_item(Thread *t, Value v) {
    int64_t hash;
    return plain_hash(v, &hash) ? hash : object_hash(t, v);
}

static NOINLINE int find_slow(Thread *t, Set *s, Value v, int64_t hash) {
    Found f;
    SetTable *table;
    uint32_t changes;
    return search_slow(t, s, v, hash, &table, &changes, &f) < 0 ? -1 : f.entry >= 0;
}
/* What the first entry tells of v: most searches end there. 1 it is v, 0 there is no v, PLAIN_UNKNOWN. */
static ALWAYS_INLINE int first_probe(SetTable *table, Value v, int64_t hash) {
    Value item = slot_get(&table->entry[(size_t)hash & table->mask].item);
    return value_is_null(item) ? 0 : value_is(item, v) ? 1 : PLAIN_UNKNOWN;
}
/* The whole search for an int in the word, which other such ints aren't: it ends early only at something else with that hash. *end: where it ended. */
static ALWAYS_INLINE int find_int(SetTable *table, Value v, int64_t hash, SetEntry **end) {
    size_t mask = table->mask, i = (size_t)hash & mask, perturb = (size_t)hash;
    for (;;) {
        SetEntry *e = &table->entry[i], *last = i + LINEAR_PROBES <= mask ? e + LINEAR_PROBES : e;
        for (; e <= last; e++) {
            Value item = slot_get(&e->item);
            *end = e;
            if (item.bits == v.bits) return 1;
            if (value_is_int(item)) continue;
            if (value_is_null(item)) return 0;
            if (item.bits != VALUE_DUMMY.bits && e->hash == hash) return PLAIN_UNKNOWN;
        }
        perturb >>= 5;
        i = (i * 5 + 1 + perturb) & mask;
    }
}
/* search(), the quick way where v is an int in the word. */
static ALWAYS_INLINE Found search_quick(SetTable *table, Value v, int64_t hash) {
    SetEntry *end;
    int found = value_is_int(v) ? find_int(table, v, hash, &end) : PLAIN_UNKNOWN;
    if (unlikely(found == PLAIN_UNKNOWN)) return search(table, v, hash);
    return (Found){found ? end - table->entry : ABSENT, (size_t)(end - table->entry)};
}
int set_find(Thread *t, Set *s, Value v, int64_t hash) {
    SetTable *table = load_acquire(&s->x_table);
    SetEntry *end;
    int first = value_is_int(v) ? find_int(table, v, hash, &end) : first_probe(table, v, hash);
    if (first != PLAIN_UNKNOWN) return first;
    Probe p = probe_start((size_t)hash, table->mask);
    int64_t entry = search_from(table, v, hash, &p).entry;
    return unlikely(entry == UNSURE) ? find_slow(t, s, v, hash) : entry >= 0;
}

/* ---- changing -------------------------------------------------------------------------------------------------------------------------- */

/* Where an item goes that a table without dummies doesn't hold. */
static size_t free_place(SetTable *table, int64_t hash) {
    Probe p = probe_start((size_t)hash, table->mask);
    while (!value_is_null(slot_get(&table->entry[probe_at(&p)].item))) probe_next(&p, table->mask);
    return probe_at(&p);
}
/* Puts a word into a table without dummies that nobody else sees yet and that doesn't hold it. */
static void insert_clean(SetTable *table, uint64_t bits, int64_t hash) {
    SetEntry *e = &table->entry[free_place(table, hash)];
    e->hash = hash;
    store_relaxed(&e->item.x_bits, bits);
}

static void table_publish(Set *s, SetTable *table) {
    store_release(&s->x_table, table);
    store_relaxed(&s->x_changes, load_relaxed(&s->x_changes) + 1);
}

static void table_drop(Thread *t, Set *s, SetTable *table) {
    if (table != set_empty_table) storage_free(t, s, table, table_bytes(table->mask));
}

/* A table with more entries than min_used, with the live items in it. -1: no memory (no exception). */
static int resize_locked(Thread *t, Set *s, size_t min_used) {
    size_t entries = MIN_ENTRIES;
    while (entries <= min_used) entries <<= 1;
    SetTable *old = load_relaxed(&s->x_table), *table = table_new(entries);
    if (table == NULL) return -1;
    for (size_t i = 0; i <= old->mask; i++) {
        Value item = slot_get(&old->entry[i].item);
        if (set_item_live(item)) insert_clean(table, item.bits, old->entry[i].hash);
    }
    s->fill = load_relaxed(&s->x_used);
    table_publish(s, table);
    table_drop(t, s, old);
    return 0;
}

static int add_locked(Thread *t, Set *s, size_t place, Value v, int64_t hash) {
    SetTable *table = load_relaxed(&s->x_table);
    if (table == set_empty_table) {
        table = table_new(MIN_ENTRIES);
        if (table == NULL) return -1;
        table_publish(s, table); /* as the empty one it has eight entries, all free */
    } else if (unlikely(s->fill * 5 >= table->mask * 4)) { /* there was no memory for a larger one, and searches end at a free entry */
        if (resize_locked(t, s, (load_relaxed(&s->x_used) + 1) * 4) < 0) return -1;
        table = load_relaxed(&s->x_table);
        place = free_place(table, hash);
    }
    SetEntry *e = &table->entry[place];
    e->hash = hash;
    slot_fill(t, s, &e->item, ref_new(t, v));
    s->fill++;
    size_t used = load_relaxed(&s->x_used) + 1;
    store_release(&s->x_used, used);
    /* The item is in already; should memory be short, this table will do for a while, and is seldom tried to be enlarged. */
    bool crossed = (s->fill - 1) * 5 < table->mask * 3;
    if (s->fill * 5 >= table->mask * 3 && (crossed || (s->fill & table->mask >> 8) == 0)) (void)resize_locked(t, s, used > 50000 ? used * 2 : used * 4);
    return 0;
}

static Ref remove_locked(Thread *t, Set *s, SetTable *table, size_t i) {
    Ref item = slot_swap(t, s, &table->entry[i].item, (Ref){VALUE_DUMMY.bits});
    store_release(&s->x_used, load_relaxed(&s->x_used) - 1);
    return item;
}

static int change_locked(Thread *t, Set *s, SetAction action, Found f, Value v, int64_t hash, Ref *removed) {
    if (f.entry >= 0) {
        if (action != SET_ADD) *removed = remove_locked(t, s, load_relaxed(&s->x_table), (size_t)f.entry);
        return 1;
    }
    return action != SET_REMOVE ? add_locked(t, s, f.place, v, hash) : 0;
}

/* Changes a local set, which nobody else looks at. 1 it was there, 0, -1 without an exception: no memory, UNSURE: nothing is done. */
static ALWAYS_INLINE int change_local(Thread *t, Set *s, SetAction action, Value v, int64_t hash, Ref *removed) {
    Found f = search_quick(load_relaxed(&s->x_table), v, hash);
    return unlikely(f.entry == UNSURE) ? UNSURE : change_locked(t, s, action, f, v, hash, removed);
}

int set_change(Thread *t, Set *s, SetAction action, Value v, int64_t hash, Ref *removed) {
    Ref out = REF_NULL;
    Found f;
    int status;
    CRITICAL_BEGIN(t, s)
    status = change_local(t, s, action, v, hash, &out); /* or locked */
    CRITICAL_END(t)
    while (unlikely(status == UNSURE)) {
        SetTable *table;
        uint32_t changes;
        if (search_slow(t, s, v, hash, &table, &changes, &f) < 0) return -1;
        CRITICAL_BEGIN(t, s)
        if (load_relaxed(&s->x_changes) == changes && load_relaxed(&s->x_table) == table) {
            Value there = slot_get(&table->entry[f.place].item);
            if (f.entry >= 0 ? set_item_live(there) : value_is_null(there)) status = change_locked(t, s, action, f, v, hash, &out);
        }
        CRITICAL_END(t)
        if (status == UNSURE && safepoint(t) < 0) return -1;
    }
    if (removed != NULL) *removed = out;
    else ref_drop(t, out);
    return status < 0 ? err_int(err_no_memory(t)) : status;
}

int set_pop_any(Thread *t, Set *s, Ref *out) {
    bool some;
    CRITICAL_BEGIN(t, s)
    some = load_relaxed(&s->x_used) > 0;
    if (some) {
        SetTable *table = load_relaxed(&s->x_table);
        size_t i = s->finger & table->mask;
        while (!set_item_live(slot_get(&table->entry[i].item))) i = i == table->mask ? 0 : i + 1;
        *out = remove_locked(t, s, table, i);
        s->finger = i + 1;
    }
    CRITICAL_END(t)
    return some;
}

/* Drops the `used` live items. */
static void table_drop_items(Thread *t, SetTable *table, size_t used) {
    for (SetEntry *e = table->entry; used > 0; e++) {
        DCHECK(e <= &table->entry[table->mask]);
        Ref item = {load_relaxed(&e->item.x_bits)};
        if (!set_item_live(ref_borrow(item))) continue;
        ref_drop(t, item);
        used--;
    }
}

void set_clear(Thread *t, Value sv) {
    Set *s = as(Set, sv);
    SetTable *old;
    size_t used;
    CRITICAL_BEGIN(t, s)
    old = load_relaxed(&s->x_table);
    used = load_relaxed(&s->x_used);
    if (old != set_empty_table) {
        table_publish(s, set_empty_table);
        store_release(&s->x_used, 0);
        s->fill = 0;
    }
    CRITICAL_END(t)
    if (old == set_empty_table) return;
    table_drop_items(t, old, used);
    table_drop(t, s, old);
}

void set_swap_items(Thread *t, Set *s, Set *from) {
    SetTable *mine = load_relaxed(&from->x_table), *old;
    size_t used;
    CRITICAL_BEGIN(t, s)
    if (!is_local(t, s))
        for (size_t i = 0; i <= mine->mask; i++) publish(t, slot_get(&mine->entry[i].item));
    old = load_relaxed(&s->x_table);
    used = load_relaxed(&s->x_used);
    table_publish(s, mine);
    store_release(&s->x_used, load_relaxed(&from->x_used));
    s->fill = from->fill;
    s->finger = 0;
    CRITICAL_END(t)
    store_relaxed(&from->x_table, set_empty_table);
    store_relaxed(&from->x_used, 0);
    from->fill = 0;
    if (old == set_empty_table) return;
    table_drop_items(t, old, used);
    table_drop(t, s, old);
}

/* ---- walking --------------------------------------------------------------------------------------------------------------------------------- */

bool set_next(Value s, size_t *pos, Value *item) {
    int64_t hash;
    return set_next_hashed(as(Set, s), pos, item, &hash);
}

Ref set_items_list(Thread *t, Value sv) {
    Set *s = as(Set, sv);
    Ref r;
    bool ok = true;
    CRITICAL_BEGIN(t, s)
    r = list_new(t, load_relaxed(&s->x_used));
    size_t pos = 0;
    Value item;
    int64_t hash;
    while (ok && !ref_is_null(r) && set_next_hashed(s, &pos, &item, &hash)) ok = list_append(t, ref_borrow(r), item) == 0;
    CRITICAL_END(t)
    if (ok) return r;
    ref_drop(t, r);
    return REF_NULL;
}

/* ---- making ----------------------------------------------------------------------------------------------------------------------------------- */

Ref set_new_of(Thread *t, Type *type) {
    Ref r = type == &set_type || type == &frozenset_type ? ref_steal(object_alloc(t, type, 0)) : instance_new(t, type);
    if (!ref_is_null(r)) set_init_empty(as(Set, ref_borrow(r)));
    return r;
}

/* The same items in a table of the same size in the same places. */
static Ref clone(Thread *t, Set *s) {
    Ref r = set_new_of(t, &set_type);
    if (ref_is_null(r)) return r;
    Set *copy = as(Set, ref_borrow(r));
    bool ok = true;
    CRITICAL_BEGIN(t, s)
    SetTable *from = load_relaxed(&s->x_table);
    SetTable *to = from == set_empty_table ? NULL : mem_alloc(table_bytes(from->mask));
    ok = to != NULL || from == set_empty_table;
    if (to != NULL) {
        to->mask = from->mask;
        for (size_t i = 0; i <= from->mask; i++) {
            to->entry[i].hash = from->entry[i].hash;
            slot_init(&to->entry[i].item, slot_ref(t, &from->entry[i].item));
        }
        store_relaxed(&copy->x_table, to);
        store_relaxed(&copy->x_used, load_relaxed(&s->x_used));
        copy->fill = s->fill;
    }
    CRITICAL_END(t)
    if (ok) return r;
    ref_drop(t, r);
    return err_no_memory(t);
}

Ref set_stable(Thread *t, Value s) { return is_local(t, value_object(s)) ? ref_new(t, s) : clone(t, as(Set, s)); }

Ref set_copy(Thread *t, Value s, Type *type) {
    Ref r = set_new_of(t, type);
    if (!ref_is_null(r) && set_merge(t, ref_borrow(r), s) < 0) {
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}

/* ---- merging ------------------------------------------------------------------------------------------------------------------------------------ */

/* Room for n more as CPython makes it before it merges. */
static int reserve_locked(Thread *t, Set *s, size_t n) {
    if ((s->fill + n) * 5 < load_relaxed(&s->x_table)->mask * 3) return 0;
    return resize_locked(t, s, (load_relaxed(&s->x_used) + n) * 2);
}

/* An iteration over the items of a set or the keys of a dict, with hashes. */
typedef bool (*NextHashed)(const void *source, size_t *pos, Value *item, int64_t *hash);
static bool next_of_set(const void *s, size_t *pos, Value *item, int64_t *hash) { return set_next_hashed(s, pos, item, hash); }
static bool next_of_dict(const void *d, size_t *pos, Value *item, int64_t *hash) {
    Value v;
    return dict_next_hashed(d, pos, item, &v, hash);
}

/* An empty set takes over the places of a set without dummies and with a table of the same size, as CPython does. */
static bool copy_places_locked(Thread *t, Set *s, const Set *source) {
    SetTable *from = load_relaxed(&((Set *)source)->x_table), *to = load_relaxed(&s->x_table);
    size_t used = load_relaxed(&((Set *)source)->x_used);
    if (s->fill != 0 || from->mask != to->mask || source->fill != used || from == set_empty_table) return false;
    if (to == set_empty_table) {
        to = table_new(MIN_ENTRIES);
        if (to == NULL) return false;
        table_publish(s, to);
    }
    for (size_t i = 0; i <= from->mask; i++) {
        Ref item = slot_ref(t, &from->entry[i].item);
        if (ref_is_null(item)) continue;
        to->entry[i].hash = from->entry[i].hash;
        slot_fill(t, s, &to->entry[i].item, item);
    }
    s->fill = used;
    store_release(&s->x_used, used);
    return true;
}

/* Adds all that `source`, which nobody else changes, holds: in one atomic step unless an equality needs Python. */
static int absorb(Thread *t, Set *s, const void *source, NextHashed next, size_t n) {
    size_t pos = 0;
    int64_t hash;
    Value item = VALUE_NULL;
    for (bool first = true, more = true; more; first = false) {
        int status = 0;
        CRITICAL_BEGIN(t, s)
        if (first && n > 0) status = reserve_locked(t, s, n);
        if (first && status == 0 && next == next_of_set && copy_places_locked(t, s, source)) pos = SIZE_MAX;
        while (status == 0 && (more = next(source, &pos, &item, &hash))) {
            Found f = search_quick(load_relaxed(&s->x_table), item, hash);
            if (f.entry == UNSURE) status = UNSURE;
            else if (f.entry == ABSENT) status = add_locked(t, s, f.place, item, hash);
        }
        CRITICAL_END(t)
        if (status == -1) return err_int(err_no_memory(t));
        if (status == UNSURE) {
            Ref keep = ref_new(t, item);
            int r = set_change(t, s, SET_ADD, item, hash, NULL);
            ref_drop(t, keep);
            if (r < 0) return -1;
        }
    }
    return 0;
}

static int merge_list(Thread *t, Value s, Value list) {
    Value v;
    int status = 0;
    for (size_t i = 0; status == 0 && !value_is_null(v = list_get(list, i)); i++) {
        Ref keep = ref_new(t, v);
        status = set_add(t, s, v);
        ref_drop(t, keep);
    }
    return status;
}

/* The characters of a str into an empty set that nobody else sees: nothing that is called compares with them. */
static int merge_text(Thread *t, Value s, Value text) {
    bool seen[256] = {false};
    Str *str = as(Str, text);
    for (size_t i = 0; i < str->length; i++) {
        uint32_t c = str_at(str, i);
        if (c < 256 && seen[c]) continue;
        if (c < 256) seen[c] = true;
        Ref item = str_from_char(t, c);
        int status = ref_is_null(item) ? -1 : set_add(t, s, ref_borrow(item));
        ref_drop(t, item);
        if (status < 0) return -1;
    }
    return 0;
}

static int merge_iterable(Thread *t, Value s, Value iterable) {
    if (is_exact(iterable, &str_type) && set_size(s) == 0 && is_local(t, value_object(s))) return merge_text(t, s, iterable);
    if (is_exact(iterable, &tuple_type)) {
        int status = 0;
        for (size_t i = 0, n = tuple_size(iterable); status == 0 && i < n; i++) status = set_add(t, s, tuple_get(iterable, i));
        return status;
    }
    bool private = is_exact(iterable, &list_type) && is_local(t, value_object(iterable));
    Ref snapshot = private ? ref_new(t, iterable) : list_snapshot(t, iterable), item;
    if (!ref_is_null(snapshot)) {
        int status = merge_list(t, s, ref_borrow(snapshot));
        ref_drop(t, snapshot);
        return status;
    }
    if (err_pending(t)) return -1;
    Ref it = get_iter(t, iterable);
    if (ref_is_null(it)) return -1;
    iter_settle(t, ref_borrow(it));
    int status;
    while ((status = iter_next(t, ref_borrow(it), &item)) > 0) {
        int added = set_add(t, s, ref_borrow(item));
        ref_drop(t, item);
        if (added < 0) {
            status = -1;
            break;
        }
    }
    ref_drop(t, it);
    return status;
}

int set_merge(Thread *t, Value sv, Value other) {
    Set *s = as(Set, sv);
    if (is_any_set(other)) {
        size_t n = set_size(other);
        if (value_is(sv, other) || n == 0) return 0;
        Ref stable = set_stable(t, other);
        if (ref_is_null(stable)) return -1;
        int status = absorb(t, s, value_object(ref_borrow(stable)), next_of_set, n);
        ref_drop(t, stable);
        return status;
    }
    if (is_exact(other, &dict_type)) {
        size_t n = dict_size(other);
        if (n == 0) return 0;
        Ref stable = is_local(t, value_object(other)) ? ref_new(t, other) : dict_copy(t, other);
        if (ref_is_null(stable)) return -1;
        int status = absorb(t, s, value_object(ref_borrow(stable)), next_of_dict, n);
        ref_drop(t, stable);
        return status;
    }
    return merge_iterable(t, sv, other);
}

/* ---- the C interface --------------------------------------------------------------------------------------------------------------------------- */

static Ref new_from(Thread *t, Type *type, Value iterable) {
    Ref r = set_new_of(t, type);
    if (!ref_is_null(r) && !value_is_null(iterable) && set_merge(t, ref_borrow(r), iterable) < 0) {
        ref_drop(t, r);
        return REF_NULL;
    }
    return r;
}
Ref set_new(Thread *t, Value iterable) { return new_from(t, &set_type, iterable); }
Ref frozenset_new(Thread *t, Value iterable) { return new_from(t, &frozenset_type, iterable); }

size_t set_size(Value s) { return load_acquire(&as(Set, s)->x_used); }

int set_add(Thread *t, Value s, Value v) {
    int64_t hash;
    if (unlikely(!plain_hash(v, &hash)) && (hash = object_hash(t, v)) == -1) return -1;
    if (is_local(t, as(Set, s))) {
        int status = change_local(t, as(Set, s), SET_ADD, v, hash, NULL);
        if (likely(status != UNSURE)) return likely(status >= 0) ? 0 : err_int(err_no_memory(t));
    }
    return set_change(t, as(Set, s), SET_ADD, v, hash, NULL) < 0 ? -1 : 0;
}

int set_contains(Thread *t, Value s, Value v) {
    int64_t hash;
    if (likely(value_is_int(v)) && plain_hash(v, &hash)) {
        SetEntry *end;
        int found = find_int(load_acquire(&as(Set, s)->x_table), v, hash, &end);
        if (likely(found != PLAIN_UNKNOWN)) return found;
    }
    if (unlikely(!plain_hash(v, &hash)) && (hash = object_hash(t, v)) == -1) return -1;
    return set_find(t, as(Set, s), v, hash);
}

int set_discard(Thread *t, Value s, Value v) {
    int64_t hash;
    if (unlikely(!plain_hash(v, &hash)) && (hash = object_hash(t, v)) == -1) return -1;
    if (is_local(t, as(Set, s))) {
        Ref removed = REF_NULL;
        int status = change_local(t, as(Set, s), SET_REMOVE, v, hash, &removed);
        ref_drop(t, removed);
        if (likely(status != UNSURE)) return status;
    }
    return set_change(t, as(Set, s), SET_REMOVE, v, hash, NULL);
}

void set_traverse(Object *o, VisitFn visit, void *arg) {
    SetTable *table = load_acquire(&((Set *)o)->x_table);
    if (table == NULL || table == set_empty_table) return;
    for (size_t i = 0; i <= table->mask; i++) slot_visit(&table->entry[i].item, visit, arg);
}

void set_destroy(Thread *t, Object *o) {
    Set *s = (Set *)o;
    SetTable *table = load_relaxed(&s->x_table);
    if (table == NULL || table == set_empty_table) return;
    size_t used = load_relaxed(&s->x_used);
    store_relaxed(&s->x_used, 0);
    store_relaxed(&s->x_table, set_empty_table);
    table_drop_items(t, table, used);
    mem_free(table);
}
