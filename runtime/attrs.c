/* Attribute lookup on types: the per-type table of resolved attributes, class attribute writes, versions and ids.
 *
 * An AttrTable is one block: the header, `capacity` entries, a byte per entry ("looked up, and absent"), and an index of 2 * capacity
 * cells, open-addressed by the name's address (names are interned, thus unique and immortal). Entries are appended and filled under the type
 * lock. An entry's value is not counted: it lives in a dict of the mro, and whoever replaces it there nulls the entry before dropping it.
 * A reader that loaded it just before may use it till its next quiescent state, as any value read from shared memory.
 */
#include "runtime/dict_internal.h"
#include "runtime/errors.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

Mutex type_lock;

#define TABLE_FIRST 8u
#define TABLE_MAX 8192u /* beyond that, names are looked up along the mro each time */

static _Atomic uint32_t next_id = 1;

uint32_t id_next(void) {
    uint32_t id = load_relaxed(&next_id);
    while (id != 0 && !cas_relaxed(&next_id, &id, id + 1 == ID_END ? 0 : id + 1)) {
    }
    return id;
}

uint32_t type_version(Type *type) {
    uint32_t v = load_acquire(&type->x_version);
    while (v == 0) {
        uint32_t fresh = id_next();
        if (fresh == 0) return 0;
        if (cas_acq_rel(&type->x_version, &v, fresh)) return fresh;
    }
    return v;
}

/* Once true it stays true. The main thread's id changes when the first thread starts; threads that are not the main one prove it. */
bool threads_started(const Thread *t) { return !gil_enabled() && (!t->is_main || t->hot.id != t->hot.alt_id); }

/* ---- lookup along the mro ------------------------------------------------------------------------------------- */

Value type_own(const Type *type, Value name) {
    Value dict = slot_get(&type->dict);
    if (value_is_null(dict)) return VALUE_NULL;
    DictStorage *s = load_acquire(&as(Dict, dict)->x_storage);
    int64_t i = dict_find_str(s, name);
    return i < 0 ? VALUE_NULL : slot_get(&s->entry[i].value);
}

Value mro_find(const Type *type, Value name) {
    Value mro = slot_get(&type->mro);
    if (value_is_null(mro)) { /* a type in the making */
        for (; type != NULL; type = type->base) {
            Value v = type_own(type, name);
            if (!value_is_null(v)) return v;
        }
        return VALUE_NULL;
    }
    for (size_t i = 0, n = tuple_size(mro); i < n; i++) {
        Value v = type_own(as(Type, tuple_get(mro, i)), name);
        if (!value_is_null(v)) return v;
    }
    return VALUE_NULL;
}

bool type_is_subtype(const Type *a, const Type *b) {
    if (a == b) return true;
    Value mro = slot_get(&a->mro);
    if (value_is_null(mro)) {
        for (; a != NULL; a = a->base)
            if (a == b) return true;
        return b == &object_type;
    }
    for (size_t i = 0, n = tuple_size(mro); i < n; i++)
        if (as(Type, tuple_get(mro, i)) == b) return true;
    return false;
}

/* The interned twin of a str: attribute tables and shapes compare names by address. Interned strings are immortal, so only
 * names that get stored are interned, never those merely asked for. */
Value name_interned(Thread *t, Value name) {
    Str *s = as(Str, name);
    if (likely(str_is_interned(s))) return name;
    Ref exact = is_exact(name, &str_type) ? ref_new(t, name) : str_slice(t, name, 0, (int64_t)s->length);
    if (ref_is_null(exact)) return VALUE_NULL;
    if (!is_exact(ref_borrow(exact), &str_type)) { /* str_slice of a whole subclass instance may be itself */
        Ref copy = str_from_units(t, s->kind, s->data, s->length);
        ref_drop(t, exact);
        if (ref_is_null(copy)) return VALUE_NULL;
        exact = copy;
    }
    return ref_borrow(str_intern(t, exact));
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static inline _Atomic uint8_t *table_absent(AttrTable *a) { return (_Atomic uint8_t *)(a->entry + a->capacity); }
static inline _Atomic uint16_t *table_cells(AttrTable *a) { return (_Atomic uint16_t *)(table_absent(a) + a->capacity); }
static size_t table_bytes(uint32_t capacity) {
    return sizeof(AttrTable) + capacity * (sizeof(AttrEntry) + sizeof(uint8_t) + 2 * sizeof(uint16_t));
}
static inline uint32_t name_cell(Value name, uint32_t mask) {
    return (uint32_t)(((((name.bits >> 4) * 0x9E3779B97F4A7C15u) >> 32) * ((uint64_t)mask + 1)) >> 32); /* the product's top bits are its best */
}

static inline int64_t table_find(AttrTable *a, Value name) {
    uint32_t mask = 2 * a->capacity - 1;
    _Atomic uint16_t *cells = table_cells(a);
    for (uint32_t i = name_cell(name, mask);; i = (i + 1) & mask) {
        uint16_t c = load_acquire(&cells[i]);
        if (c == 0) return -1;
        if (load_relaxed(&a->entry[c - 1].name.x_bits) == name.bits) return c - 1;
    }
}

/* NOBARRIER: names are immortal, values are kept alive by the dicts (see the top of the file). */
static inline void entry_store(AttrTable *a, int64_t i, Value v, bool absent) {
    if (!absent) store_release(&table_absent(a)[i], 0);
    store_release(&a->entry[i].value.x_bits, v.bits);
    if (absent) store_release(&table_absent(a)[i], 1);
}

static void table_append(AttrTable *a, Value name) {
    uint32_t n = load_relaxed(&a->x_used), mask = 2 * a->capacity - 1;
    _Atomic uint16_t *cells = table_cells(a);
    store_relaxed(&a->entry[n].name.x_bits, name.bits);
    uint32_t i = name_cell(name, mask);
    while (load_relaxed(&cells[i]) != 0) i = (i + 1) & mask;
    store_release(&cells[i], (uint16_t)(n + 1));
    store_release(&a->x_used, n + 1);
}

/* Index of name, added if need be; -1 without memory or room. Type lock held. */
static int64_t table_add_locked(Thread *t, Type *type, Value name) {
    AttrTable *a = load_relaxed(&type->x_attrs);
    if (a != NULL) {
        int64_t i = table_find(a, name);
        if (i >= 0) return i;
    }
    uint32_t used = a == NULL ? 0 : load_relaxed(&a->x_used);
    if (a == NULL || used == a->capacity) {
        uint32_t capacity = a == NULL ? TABLE_FIRST : 2 * a->capacity;
        if (capacity > TABLE_MAX) return -1;
        AttrTable *bigger = mem_zalloc(table_bytes(capacity));
        if (bigger == NULL) return -1;
        bigger->capacity = capacity;
        for (uint32_t i = 0; i < used; i++) {
            table_append(bigger, (Value){load_relaxed(&a->entry[i].name.x_bits)});
            entry_store(bigger, i, slot_get(&a->entry[i].value), load_relaxed(&table_absent(a)[i]));
        }
        store_release(&type->x_attrs, bigger);
        if (a != NULL) storage_free(t, type, a, table_bytes(a->capacity));
        a = bigger;
    }
    table_append(a, name);
    return used;
}

/* First lookup of a name, or first after a change. If another thread holds the lock, the answer is not cached: waiting would be a
 * quiescent state, which callers of a lookup don't expect. */
static NOINLINE Value lookup_slow(Thread *t, Type *type, Value name) {
    uint32_t unlocked = 0;
    if (!cas_acq_rel(&type_lock.x_state, &unlocked, 1u)) return mro_find(type, name);
    Value v = mro_find(type, name);
    if (type_flag(type, TYPE_READY) && !load_relaxed(&type->x_odd_mro)) {
        int64_t i = table_add_locked(t, type, name);
        if (i >= 0) entry_store(load_relaxed(&type->x_attrs), i, v, value_is_null(v));
    }
    mutex_unlock(&type_lock);
    return v;
}

Value type_lookup(Thread *t, Type *type, Value name) {
    if (unlikely(!str_is_interned(as(Str, name)))) return mro_find(type, name);
    name.bits &= ~(uint64_t)7;
    AttrTable *a = load_acquire(&type->x_attrs);
    if (likely(a != NULL)) {
        int64_t i = table_find(a, name);
        if (likely(i >= 0)) {
            Value v = slot_get(&a->entry[i].value);
            if (!value_is_null(v) || load_acquire(&table_absent(a)[i])) return v;
        }
    }
    return lookup_slow(t, type, name);
}

int64_t attr_table_index(Thread *t, Type *type, Value name) {
    if (!str_is_interned(as(Str, name))) return -1;
    name.bits &= ~(uint64_t)7;
    AttrTable *a = load_acquire(&type->x_attrs);
    int64_t i = a == NULL ? -1 : table_find(a, name);
    if (i >= 0) return i;
    type_lookup(t, type, name);
    a = load_acquire(&type->x_attrs);
    return a == NULL ? -1 : table_find(a, name);
}

/* ---- subclasses ------------------------------------------------------------------------------------------------------- */

/* False: no memory (no exception). */
static bool subclass_add_locked(Type *base, Type *sub) {
    SubclassList *list = base->subclasses;
    for (size_t i = 0; list != NULL && i < list->count; i++)
        if (list->item[i] == sub) return true;
    if (list == NULL || list->count == list->capacity) {
        size_t capacity = list == NULL ? 4 : 2 * list->capacity;
        SubclassList *bigger = mem_realloc(list, sizeof(SubclassList) + capacity * sizeof(Type *));
        if (bigger == NULL) return false;
        if (list == NULL) bigger->count = 0;
        bigger->capacity = capacity;
        base->subclasses = list = bigger;
    }
    list->item[list->count++] = sub;
    return true;
}

_Atomic uint32_t x_mro_changes;

int subclass_join(Thread *t, Type *sub, Value bases, const uint32_t *changes) {
    bool ok = true;
    mutex_lock(t, &type_lock);
    if (changes != NULL && load_relaxed(&x_mro_changes) != *changes) {
        mutex_unlock(&type_lock);
        return 0;
    }
    for (size_t i = 0; ok && i < tuple_size(bases); i++) ok = subclass_add_locked(as(Type, tuple_get(bases, i)), sub);
    if (ok && !type_flag(sub, TYPE_READY)) sub->head.flags |= TYPE_READY;
    mutex_unlock(&type_lock);
    return ok ? 1 : err_int(err_no_memory(t));
}

void subclass_remove(Type *base, Type *sub) {
    SubclassList *list = base->subclasses;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        if (list->item[i] != sub) continue;
        memmove(&list->item[i], &list->item[i + 1], (list->count - i - 1) * sizeof(Type *));
        list->count--;
        return;
    }
}

void subclasses_walk(Type *type, void (*visit)(Type *, void *), void *arg) {
    visit(type, arg);
    SubclassList *list = type->subclasses;
    for (size_t i = 0; list != NULL && i < list->count; i++) subclasses_walk(list->item[i], visit, arg);
}

/* ---- changes ------------------------------------------------------------------------------------------------------------- */

static void forget_name(Type *type, void *arg) {
    AttrTable *a = load_relaxed(&type->x_attrs);
    store_release(&type->x_version, 0);
    if (a == NULL) return;
    int64_t i = table_find(a, (Value){(uint64_t)arg});
    if (i >= 0) entry_store(a, i, VALUE_NULL, false);
}
static void forget_all(Type *type, void *arg) {
    AttrTable *a = load_relaxed(&type->x_attrs);
    store_release(&type->x_version, 0);
    for (uint32_t i = 0, n = a == NULL ? 0 : load_relaxed(&a->x_used); i < n; i++) entry_store(a, i, VALUE_NULL, false);
}
void subclasses_forget(Type *type) { forget_all(type, NULL); }
static void renew_ids(Type *type, void *arg) {
    type->head.uid = id_next();
    type_set_layout(type);
    shapes_renew_ids(type);
}
static void update_slots_of(Type *type, void *arg) {
    if (!type_flag(type, TYPE_HEAP)) return;
    if (arg == NULL) slots_update_all(type);
    else slots_update_name(type, (Value){(uint64_t)arg});
}

void type_modified_locked(Thread *t, Type *type, bool slots_changed) {
    subclasses_walk(type, forget_all, NULL);
    world_stop(t);
    if (slots_changed) subclasses_walk(type, update_slots_of, NULL);
    subclasses_walk(type, renew_ids, NULL);
    world_start(t);
}
void type_modified(Thread *t, Type *type) {
    mutex_lock(t, &type_lock);
    type_modified_locked(t, type, false);
    mutex_unlock(&type_lock);
}

/* May a cache that proved "an instance's id is X" go on when the class attribute changes from a to b? Yes between two values that
 * never redirect an access, and between two functions; the table's entry tells the new one. */
typedef enum { KIND_PLAIN, KIND_METHOD, KIND_DESCRIPTOR } AttrKind;
static AttrKind attr_kind(Value v) {
    if (value_is_null(v)) return KIND_PLAIN;
    Type *type = type_of(v);
    if (type_flag(type, TYPE_METHOD) && type->descr_set == NULL) return KIND_METHOD;
    return type->descr_get == NULL && type->descr_set == NULL ? KIND_PLAIN : KIND_DESCRIPTOR;
}

/* dict_change() of the type's own dict. *out, which tables may tell yet, is to outlive their forgetting. */
static int change(Thread *t, Type *type, DictAction action, Value name, Value value, Ref *out) {
    name.bits &= ~(uint64_t)7;
    bool special = slot_name_is_special(name);
    Ref ref = slot_ref(t, &type->dict), before;
    Dict *dict = as(Dict, ref_borrow(ref));
    int64_t hash = str_hash(as(Str, name));
    /* A class may have been made of a dict with other keys than strings. Python may compare them, so that can't be under the lock. */
    bool odd = !load_acquire(&dict->x_storage)->str_keys;
    int was = odd ? dict_change(t, dict, action, name, hash, value, out) : 0;
    /* the lock is taken with nothing borrowed but arguments; the value may be published by dict_change */
    mutex_lock(t, &type_lock);
    before = odd ? REF_NULL : ref_new(t, mro_find(type, name));
    if (!odd) was = dict_change(t, dict, action, name, hash, value, out);
    if (was > 0 || (was == 0 && action != DICT_REMOVE)) {
        AttrKind kind = attr_kind(ref_borrow(before));
        subclasses_walk(type, forget_name, (void *)name.bits);
        if (odd || special || kind == KIND_DESCRIPTOR || kind != attr_kind(mro_find(type, name))) {
            world_stop(t);
            if (special) subclasses_walk(type, update_slots_of, (void *)name.bits);
            subclasses_walk(type, renew_ids, NULL);
            world_start(t);
        }
    }
    mutex_unlock(&type_lock);
    ref_drop(t, before);
    ref_drop(t, ref);
    return was;
}

int type_store(Thread *t, Type *type, Value name, Value value, bool *found) {
    Ref old;
    int was = change(t, type, value_is_null(value) ? DICT_REMOVE : DICT_SET, name, value, &old);
    *found = was > 0;
    ref_drop(t, old);
    return was < 0 ? -1 : 0;
}

Ref type_store_default(Thread *t, Type *type, Value name, Value value) {
    Ref there;
    change(t, type, DICT_DEFAULT, name, value, &there);
    return there;
}

void attrs_free(Thread *t, Type *type) {
    /* a dying type is beyond all readers' reach */
    mem_free(load_relaxed(&type->x_attrs));
    store_relaxed(&type->x_attrs, NULL);
    Shape *root = load_relaxed(&type->x_root_shape);
    store_relaxed(&type->x_root_shape, NULL);
    if (root != NULL) shapes_free(root);
}
