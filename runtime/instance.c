/* Instances with attributes by shape. The layout and the protocol between readers and writers stand in instance.h.
 *
 *   reader, lock-free: shape (acquire) -> slot number; overflow (acquire); slot (acquire). A null slot: read the shape again.
 *   writer: holds the instance's lock if it is shared. Add: slot, then shape (release). To dictionary mode: overflow with the dict in it,
 *           then shape = &dict_shape, then the slots become null; so who still sees the old shape finds the value or null.
 */
#include "runtime/instance.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include "runtime/type_internal.h"

Shape dict_shape;

#define SHAPE_MAX 64u      /* attributes; more live in a dict */
#define CHILDREN_MAX 64u   /* transitions from one shape; more means that names are data */
#define INDEX_FROM 6u      /* shapes of at least so many attributes are searched by index */

/* ---- shapes ---------------------------------------------------------------------------------------------------- */

/* Index of a shape: 2^bits cells, 0 = empty, else slot + 1, over the names of the chain. */
typedef struct ShapeIndex {
    uint32_t mask;
    struct { uint64_t name; uint32_t slot_plus_1; } cell[];
} ShapeIndex;

static inline uint32_t name_cell(Value name, uint32_t mask) {
    return (uint32_t)(((((name.bits >> 4) * 0x9E3779B97F4A7C15u) >> 32) * ((uint64_t)mask + 1)) >> 32);
}

static ShapeIndex *shape_index(const Shape *s) {
    ShapeIndex *index = load_acquire(&((Shape *)s)->x_index);
    if (index != NULL) return index;
    uint32_t cells = 16;
    while (cells < 2 * s->count) cells *= 2;
    index = mem_zalloc(sizeof(ShapeIndex) + cells * sizeof index->cell[0]);
    if (index == NULL) return NULL;
    index->mask = cells - 1;
    for (const Shape *p = s; p->count > 0; p = p->parent) {
        Value name = slot_get(&p->name);
        uint32_t i = name_cell(name, index->mask);
        while (index->cell[i].slot_plus_1 != 0) i = (i + 1) & index->mask;
        index->cell[i].name = name.bits;
        index->cell[i].slot_plus_1 = p->count;
    }
    void *none = NULL;
    if (!cas_acq_rel(&((Shape *)s)->x_index, &none, (void *)index)) { /* another thread was faster */
        mem_free(index);
        index = none;
    }
    return index;
}

int64_t shape_find(const Shape *s, Value name) {
    name.bits &= ~(uint64_t)7;
    if (s->count >= INDEX_FROM) {
        ShapeIndex *index = shape_index(s);
        if (likely(index != NULL)) {
            for (uint32_t i = name_cell(name, index->mask);; i = (i + 1) & index->mask) {
                if (index->cell[i].slot_plus_1 == 0) return -1;
                if (index->cell[i].name == name.bits) return index->cell[i].slot_plus_1 - 1;
            }
        }
    }
    for (; s->count > 0; s = s->parent)
        if (load_relaxed(&((Shape *)s)->name.x_bits) == name.bits) return s->count - 1;
    return -1;
}

/* shape_find for a name that isn't interned: by its text. */
static int64_t shape_find_text(const Shape *s, Value name) {
    for (; s->count > 0; s = s->parent)
        if (str_equal(as(Str, slot_get(&s->name)), as(Str, name))) return s->count - 1;
    return -1;
}
static int64_t shape_find_any(const Shape *s, Value name) {
    return str_is_interned(as(Str, name)) ? shape_find(s, name) : shape_find_text(s, name);
}

Shape *type_root_shape(Thread *t, Type *type) {
    Shape *root = load_acquire(&type->x_root_shape);
    if (likely(root != NULL)) return root;
    Shape *fresh = mem_zalloc(sizeof(Shape));
    if (fresh == NULL) {
        err_no_memory(t);
        return NULL;
    }
    fresh->type = type;
    store_relaxed(&fresh->x_id, id_next());
    if (cas_acq_rel(&type->x_root_shape, &root, fresh)) return fresh;
    mem_free(fresh);
    return root;
}

static Shape *child_find(const Shape *s, Value name) {
    for (Shape *c = load_acquire(&((Shape *)s)->x_children); c != NULL; c = load_acquire(&c->x_sibling))
        if (load_relaxed(&c->name.x_bits) == name.bits) return c;
    return NULL;
}

/* The shape with name added; null: dictionary mode is better (or memory is out, which dictionary mode will find too). name interned. */
static Shape *shape_extend(Thread *t, Shape *s, Value name) {
    name.bits &= ~(uint64_t)7;
    Shape *c = child_find(s, name);
    if (likely(c != NULL)) return c;
    if (s->count >= SHAPE_MAX) return NULL;
    Shape *fresh = mem_zalloc(sizeof(Shape));
    if (fresh == NULL) return NULL;
    fresh->type = s->type;
    fresh->parent = s;
    fresh->count = s->count + 1;
    store_relaxed(&fresh->name.x_bits, name.bits); /* NOBARRIER: interned strings are immortal */
    store_relaxed(&fresh->x_id, id_next());
    mutex_lock(t, &type_lock);
    uint32_t children = 0;
    _Atomic(Shape *) *link = &s->x_children;
    for (; (c = load_relaxed(link)) != NULL; link = &c->x_sibling, children++)
        if (load_relaxed(&c->name.x_bits) == name.bits) break;
    bool full = c == NULL && children >= CHILDREN_MAX;
    if (c == NULL && !full) store_release(link, fresh);
    mutex_unlock(&type_lock);
    if (c == NULL && !full) return fresh;
    mem_free(fresh);
    return c;
}

/* Every shape of the tree below s, without recursion: trees can be 64 deep only, but wide. */
static Shape *shape_walk_next(Shape *root, Shape *s) {
    Shape *next = load_relaxed(&s->x_children);
    while (next == NULL && s != root) {
        next = load_relaxed(&s->x_sibling);
        s = s->parent;
    }
    return next;
}
void shapes_renew_ids(Type *type) {
    Shape *root = load_relaxed(&type->x_root_shape);
    for (Shape *s = root; s != NULL; s = shape_walk_next(root, s)) store_relaxed(&s->x_id, id_next());
}
void shapes_free(Shape *root) {
    Shape *s = root;
    while (s != NULL) { /* leaves first: descend, free, go on at the sibling or back at the parent */
        Shape *child = load_relaxed(&s->x_children);
        if (child != NULL) {
            s = child;
            continue;
        }
        Shape *parent = s == root ? NULL : s->parent;
        if (parent != NULL) store_relaxed(&parent->x_children, load_relaxed(&s->x_sibling));
        mem_free(load_relaxed(&s->x_index));
        mem_free(s);
        s = parent;
    }
}

/* ---- where attributes live ----------------------------------------------------------------------------------------- */

/* End of an instance's variable part, for the types that may have one and be subclassed. */
static size_t variable_end(const Object *o, const Type *type) {
    if (type_flag(type, TYPE_TUPLE)) return offsetof(Tuple, item) + ((const Tuple *)o)->size * sizeof(Slot);
    DCHECK(type_flag(type, TYPE_INT));
    int64_t limbs = ((const BigInt *)o)->size;
    return offsetof(BigInt, limb) + (size_t)(limbs < 0 ? -limbs : limbs) * sizeof(mp_limb_t);
}

Attrs *instance_attrs_any(const Object *o, const Type *type) {
    if (likely(type->attrs_offset != ATTRS_AT_END)) return instance_attrs(o, type);
    return (Attrs *)((char *)o + ((variable_end(o, type) + 7) & ~(size_t)7));
}
/* The head of an instance's weak reference list, or null if it can't have one. Behind struct Attrs where that is at the end. */
Slot *instance_weakrefs(const Object *o, const Type *type) {
    if (type->weakrefs_offset == 0) return NULL;
    if (likely(type->weakrefs_offset != ATTRS_AT_END)) return (Slot *)((char *)o + type->weakrefs_offset);
    char *end = (char *)o + ((variable_end(o, type) + 7) & ~(size_t)7);
    return (Slot *)(end + (type->attrs_offset == ATTRS_AT_END ? sizeof(Attrs) : 0));
}

static inline Shape *attrs_shape(const Attrs *a) { return load_acquire(&((Attrs *)a)->x_shape); }
/* Slot i of an instance that had `i` in its shape: inline or overflow. Null if the overflow isn't there: a race. */
static inline Slot *attrs_slot(const Attrs *a, const Type *type, uint32_t i) {
    if (i < type->inline_slots) return (Slot *)(a + 1) + i;
    AttrOverflow *over = load_acquire(&((Attrs *)a)->x_overflow);
    i -= type->inline_slots;
    return over != NULL && i < over->capacity ? &over->slot[i] : NULL;
}
/* Modules are in dictionary mode from birth, their dict stands in the overflow pointer's place (runtime/module.h). */
static Value attrs_dict(const Attrs *a, const Type *type) {
    if (type_flag(type, TYPE_MODULE)) return slot_get((const Slot *)&a->x_overflow);
    AttrOverflow *over = load_acquire(&((Attrs *)a)->x_overflow);
    return over == NULL ? VALUE_NULL : slot_get(&over->dict);
}
static size_t overflow_bytes(size_t capacity) { return sizeof(AttrOverflow) + capacity * sizeof(Slot); }

Ref instance_new(Thread *t, Type *type) {
    if (unlikely(type->head.item_size != 0)) {
        void *o = instance_alloc(t, type, 0);
        return o == NULL ? REF_NULL : ref_steal(o);
    }
    if (!type_flag(type, TYPE_SHAPED)) {
        void *o = object_alloc(t, type, 0);
        return o == NULL ? REF_NULL : ref_steal(o);
    }
    Shape *root = type_root_shape(t, type);
    if (unlikely(root == NULL)) return REF_NULL;
    void *o = object_alloc(t, type, 0);
    if (unlikely(o == NULL)) return REF_NULL;
    store_relaxed(&instance_attrs(o, type)->x_shape, root);
    return ref_steal(o);
}

void *instance_alloc(Thread *t, Type *type, size_t items) {
    size_t extra = items * type->head.item_size;
    if (items != 0 && extra / items != type->head.item_size) {
        err_no_memory(t);
        return NULL;
    }
    void *o = object_alloc(t, type, extra);
    if (o != NULL && type_flag(type, TYPE_SHAPED)) {
        Shape *root = type_root_shape(t, type);
        if (root == NULL) {
            ref_drop(t, ref_steal(o));
            return NULL;
        }
        store_relaxed(&instance_attrs(o, type)->x_shape, root);
    }
    return o;
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

Ref instance_get(Thread *t, Value o, Value name) {
    const Type *type = type_of(o);
    const Attrs *a = instance_attrs_any(value_object(o), type);
    for (;;) {
        Shape *shape = attrs_shape(a);
        if (shape == NULL) return REF_NULL;
        if (shape == &dict_shape) {
            Ref dict = ref_new(t, attrs_dict(a, type)); /* keys in Python may give the instance another one while they are asked */
            Ref r = ref_is_null(dict) ? REF_NULL : ref_new(t, dict_get_str(t, ref_borrow(dict), name));
            ref_drop(t, dict);
            return r;
        }
        int64_t i = shape_find_any(shape, name);
        if (i < 0) return REF_NULL;
        Slot *slot = attrs_slot(a, type, (uint32_t)i);
        Value v = slot == NULL ? VALUE_NULL : slot_get(slot);
        if (likely(!value_is_null(v))) return ref_new(t, v);
        /* on its way to dictionary mode: its shape says so by now. Else somebody is taking it apart (the collector's clear) */
        if (attrs_shape(a) == shape) return REF_NULL;
    }
}

size_t instance_count(Value o) {
    const Type *type = type_of(o);
    const Attrs *a = instance_attrs_any(value_object(o), type);
    Shape *shape = attrs_shape(a);
    if (shape == NULL) return 0;
    if (shape != &dict_shape) return shape->count;
    Value dict = attrs_dict(a, type);
    return value_is_null(dict) ? 0 : dict_size(dict);
}

/* ---- plain stores ---------------------------------------------------------------------------------------------------------- */

/* The world stops both to begin and to end them: so no locked store that didn't know of them, or plain one, is under way. */
static NOINLINE void plain_set(Thread *t, Type *type, PlainStores from, PlainStores to) {
    world_stop(t);
    if (load_relaxed(&type->x_plain) == from) store_relaxed(&type->x_plain, to);
    world_start(t);
}
static inline void plain_end(Thread *t, const Type *type) {
    if (unlikely(load_relaxed(&((Type *)type)->x_plain) == PLAIN_ON)) plain_set(t, (Type *)type, PLAIN_ON, PLAIN_OVER);
}

Ref instance_replace_locked(Thread *t, Object *o, Type *type, Slot *slot, Ref r) {
    if (!is_local(t, o)) {
        if (value_is_number(ref_borrow(r))) {
            if (unlikely(load_relaxed(&type->x_plain) == PLAIN_NEVER_TRIED) && value_is_number(slot_get(slot))) plain_set(t, type, PLAIN_NEVER_TRIED, PLAIN_ON);
        } else {
            publish(t, ref_borrow(r)); /* before the look at x_plain: it may wait */
            if (value_is_number(slot_get(slot))) {
                plain_end(t, type);
                if (load_relaxed(&type->x_plain) == PLAIN_NEVER_TRIED) plain_set(t, type, PLAIN_NEVER_TRIED, PLAIN_OVER);
            }
        }
    }
    return slot_swap(t, o, slot, r);
}

/* ---- dictionary mode ------------------------------------------------------------------------------------------------------- */

/* A dict of what the slots hold, in order of addition. */
static Ref dict_of_slots(Thread *t, const Attrs *a, const Type *type, const Shape *shape) {
    Ref dict = dict_new_sized(t, shape == NULL ? 0 : shape->count);
    if (ref_is_null(dict) || shape == NULL) return dict;
    const Shape *chain[SHAPE_MAX];
    for (const Shape *s = shape; s->count > 0; s = s->parent) chain[s->count - 1] = s;
    for (uint32_t i = 0; i < shape->count; i++) {
        Slot *slot = attrs_slot(a, type, i);
        Value v = slot == NULL ? VALUE_NULL : slot_get(slot);
        if (value_is_null(v)) continue;
        if (dict_set(t, ref_borrow(dict), slot_get(&chain[i]->name), v) < 0) {
            ref_drop(t, dict);
            return REF_NULL;
        }
    }
    return dict;
}

/* Takes what the slots hold out of them; the caller drops it outside the lock. Returns how many. */
static size_t slots_take(Thread *t, void *o, Attrs *a, const Type *type, Ref *out) {
    size_t n = 0;
    AttrOverflow *over = load_relaxed(&a->x_overflow);
    size_t total = type->inline_slots + (over == NULL ? 0 : over->capacity);
    for (size_t i = 0; i < total; i++) {
        Ref r = slot_take(t, o, attrs_slot(a, type, (uint32_t)i));
        if (!ref_is_null(r)) out[n++] = r;
    }
    return n;
}

/* Makes `dict` (consumed) the instance's dictionary. Lock held. The values displaced go to out (SHAPE_MAX + 1 of them): drop them unlocked.
 * -1: MemoryError, nothing changed. */
static int dict_install_locked(Thread *t, void *o, Attrs *a, const Type *type, Ref dict, Ref *out, size_t *n) {
    AttrOverflow *over = load_relaxed(&a->x_overflow);
    *n = 0;
    if (over == NULL) {
        over = mem_zalloc(overflow_bytes(0));
        if (over == NULL) {
            ref_drop(t, dict); /* a fresh dict: no destructor of importance runs */
            return err_int(err_no_memory(t));
        }
        store_release(&a->x_overflow, over);
    }
    Ref old = slot_swap(t, o, &over->dict, dict);
    bool was_dict = attrs_shape(a) == &dict_shape;
    store_release(&a->x_shape, &dict_shape);
    if (!was_dict) *n = slots_take(t, o, a, type, out);
    if (!ref_is_null(old)) out[(*n)++] = old;
    return 0;
}

static void drop_all(Thread *t, Ref *refs, size_t n) {
    for (size_t i = 0; i < n; i++) ref_drop(t, refs[i]);
}

/* Switches to dictionary mode if need be; the dict, owned. Null: MemoryError. */
Ref instance_dict(Thread *t, Value ov) {
    Object *o = value_object(ov);
    Ref dict = REF_NULL, gone[SHAPE_MAX + 1];
    size_t n = 0;
    CRITICAL_BEGIN(t, o) {
        const Type *type = object_type_of(o);
        Attrs *a = instance_attrs_any(o, type);
        Value had = attrs_shape(a) == &dict_shape ? attrs_dict(a, type) : VALUE_NULL;
        if (!value_is_null(had)) {
            dict = ref_new(t, had);
        } else {
            Shape *shape = attrs_shape(a);
            plain_end(t, type);
            dict = dict_of_slots(t, a, type, shape == &dict_shape ? NULL : shape);
            if (!ref_is_null(dict)) {
                Ref ours = ref_new(t, ref_borrow(dict));
                if (dict_install_locked(t, o, a, type, dict, gone, &n) < 0) {
                    ref_drop(t, ours);
                    ours = REF_NULL;
                }
                dict = ours;
            }
        }
    }
    CRITICAL_END(t)
    drop_all(t, gone, n);
    return dict;
}

int instance_set_dict(Thread *t, Value ov, Value dict) {
    Object *o = value_object(ov);
    Ref gone[SHAPE_MAX + 1];
    size_t n = 0;
    int r;
    Ref fresh = value_is_null(dict) ? dict_new(t) : ref_new(t, dict);
    if (ref_is_null(fresh)) return -1;
    CRITICAL_BEGIN(t, o) {
        const Type *type = object_type_of(o);
        plain_end(t, type);
        r = dict_install_locked(t, o, instance_attrs_any(o, type), type, fresh, gone, &n);
    }
    CRITICAL_END(t)
    drop_all(t, gone, n);
    return r;
}

Ref instance_dict_copy(Thread *t, Value ov) {
    Object *o = value_object(ov);
    Ref dict = REF_NULL, source = REF_NULL;
    CRITICAL_BEGIN(t, o) {
        const Type *type = object_type_of(o);
        Attrs *a = instance_attrs_any(o, type);
        Shape *shape = attrs_shape(a);
        if (shape == &dict_shape) source = ref_new(t, attrs_dict(a, type));
        else dict = dict_of_slots(t, a, type, shape);
    }
    CRITICAL_END(t)
    if (ref_is_null(source)) return dict;
    dict = dict_copy(t, ref_borrow(source));
    ref_drop(t, source);
    return dict;
}

/* ---- writing ------------------------------------------------------------------------------------------------------------------ */

/* Adds a slot number `i` == shape->count to the instance. Lock held, or local. 0; -1: no memory (no exception). */
static int slot_room(Thread *t, void *o, Attrs *a, const Type *type, uint32_t i) {
    if (i < type->inline_slots) return 0;
    size_t need = i - type->inline_slots + 1;
    AttrOverflow *over = load_relaxed(&a->x_overflow);
    if (over != NULL && need <= over->capacity) return 0;
    size_t capacity = over == NULL ? 4 : 2 * (over->capacity ? over->capacity : 2);
    while (capacity < need) capacity *= 2;
    AttrOverflow *bigger = mem_zalloc(overflow_bytes(capacity));
    if (bigger == NULL) return -1;
    bigger->capacity = capacity;
    for (size_t k = 0; over != NULL && k < over->capacity; k++) slot_init(&bigger->slot[k], (Ref){slot_get(&over->slot[k]).bits});
    store_release(&a->x_overflow, bigger);
    if (over != NULL) storage_free(t, o, over, overflow_bytes(over->capacity));
    return 0;
}

typedef enum { SET_DONE, SET_DICT, SET_ABSENT, SET_FAILED, SET_EXTEND } SetResult;

/* One try at storing into the slots. SET_DICT: the instance is, or must go, in dictionary mode. SET_EXTEND: *from has no transition for
 * the name yet; making one takes the type lock, thus can't be done in here. */
static SetResult set_slot_locked(Thread *t, Object *o, Value name, Value value, Ref *old, Shape **from) {
    Type *type = object_type_of(o);
    Attrs *a = instance_attrs_any(o, type);
    Shape *shape = attrs_shape(a);
    if (shape == &dict_shape) return SET_DICT;
    if (shape == NULL) {
        if (value_is_null(value)) return SET_ABSENT;
        shape = type_root_shape(t, type);
        if (shape == NULL) return SET_FAILED;
        store_release(&a->x_shape, shape);
    }
    *from = shape;
    int64_t i = shape_find(shape, name);
    if (i >= 0 && !value_is_null(value)) {
        *old = instance_replace_locked(t, o, type, attrs_slot(a, type, (uint32_t)i), ref_new(t, value));
        return SET_DONE;
    }
    if (value_is_null(value)) return i < 0 ? SET_ABSENT : SET_DICT;
    Shape *bigger = child_find(shape, name);
    if (bigger == NULL) return SET_EXTEND;
    if (slot_room(t, o, a, type, shape->count) < 0) return SET_DICT;
    *old = slot_swap(t, o, attrs_slot(a, type, shape->count), ref_new(t, value));
    store_release(&a->x_shape, bigger);
    return SET_DONE;
}

int instance_set(Thread *t, Value ov, Value name, Value value) {
    Object *o = value_object(ov);
    name = name_interned(t, name);
    if (value_is_null(name)) return -1;
    name.bits &= ~(uint64_t)7;
    Ref old = REF_NULL;
    SetResult r;
    Shape *from = NULL;
    do {
        CRITICAL_BEGIN(t, o) { r = set_slot_locked(t, o, name, value, &old, &from); }
        CRITICAL_END(t)
        if (r == SET_EXTEND && shape_extend(t, from, name) == NULL) r = SET_DICT;
    } while (r == SET_EXTEND);
    ref_drop(t, old);
    if (r == SET_DONE) return 0;
    if (r == SET_ABSENT) return 1;
    if (r == SET_FAILED) return -1;
    Ref dict = instance_dict(t, ov);
    if (ref_is_null(dict)) return -1;
    int failed;
    if (!value_is_null(value)) {
        failed = dict_set(t, ref_borrow(dict), name, value);
    } else {
        Ref gone = REF_NULL;
        failed = dict_pop(t, ref_borrow(dict), name, &gone);
        if (failed >= 0) failed = !failed;
        ref_drop(t, gone);
    }
    ref_drop(t, dict);
    return failed;
}

/* ---- traversal and death ---------------------------------------------------------------------------------------------------------- */

void instance_traverse_attrs(Object *o, VisitFn visit, void *arg) {
    const Type *type = object_type_of(o);
    if (type->attrs_offset == 0) return;
    Attrs *a = instance_attrs_any(o, type);
    /* in dictionary mode the inline slots are null, and may not even be there: after an assignment to __class__ */
    uint32_t n = load_acquire(&a->x_shape) == &dict_shape ? 0 : type->inline_slots;
    for (uint32_t i = 0; i < n; i++) slot_visit((Slot *)(a + 1) + i, visit, arg);
    AttrOverflow *over = load_acquire(&a->x_overflow);
    if (over == NULL) return;
    slot_visit(&over->dict, visit, arg);
    for (size_t i = 0; i < over->capacity; i++) slot_visit(&over->slot[i], visit, arg);
}

/* Drops all attributes. The instance is dying, or part of a cycle that nobody else can reach. */
void instance_clear_attrs(Thread *t, Object *o) {
    const Type *type = object_type_of(o);
    if (type->attrs_offset == 0) return;
    Attrs *a = instance_attrs_any(o, type);
    Shape *shape = load_relaxed(&a->x_shape);
    AttrOverflow *over = load_relaxed(&a->x_overflow);
    store_relaxed(&a->x_shape, &dict_shape); /* and there is no dict: it has no attributes, whatever __del__ or a callback asks */
    store_relaxed(&a->x_overflow, NULL);
    uint32_t n = shape == NULL || shape == &dict_shape ? 0 : shape->count < type->inline_slots ? shape->count : type->inline_slots;
    for (uint32_t i = 0; i < n; i++) ref_drop(t, slot_take(t, o, (Slot *)(a + 1) + i));
    if (over == NULL) return;
    ref_drop(t, slot_take(t, o, &over->dict));
    for (size_t i = 0; i < over->capacity; i++) ref_drop(t, slot_take(t, o, &over->slot[i]));
    mem_free(over);
}

/* The static type that a heap type's layout builds on. */
static const Type *static_base(const Type *type) {
    while (type_flag(type, TYPE_HEAP)) type = type->base;
    return type;
}
/* Does the static base itself look after struct Attrs (exceptions, SimpleNamespace …)? */
static bool base_has_attrs(const Type *base) { return base->attrs_offset != 0; }

void instance_traverse(Object *o, VisitFn visit, void *arg) {
    const Type *type = object_type_of(o), *base = type;
    for (; type_flag(base, TYPE_HEAP); base = base->base)
        for (const MemberDef *m = base->members; m != NULL && m->name != NULL; m++) slot_visit((Slot *)((char *)o + m->offset), visit, arg);
    if (!base_has_attrs(base)) instance_traverse_attrs(o, visit, arg);
    if (base->head.traverse != NULL) base->head.traverse(o, visit, arg);
}

static void clear_own(Thread *t, Object *o, const Type *base) {
    for (const Type *type = object_type_of(o); type != base; type = type->base)
        for (const MemberDef *m = type->members; m != NULL && m->name != NULL; m++)
            ref_drop(t, slot_take(t, o, (Slot *)((char *)o + m->offset)));
    if (!base_has_attrs(base)) instance_clear_attrs(t, o);
}
void instance_clear(Thread *t, Object *o) {
    const Type *base = static_base(object_type_of(o));
    clear_own(t, o, base);
    if (base->head.clear != NULL) base->head.clear(t, o);
}
void instance_destroy(Thread *t, Object *o) {
    const Type *base = static_base(object_type_of(o));
    clear_own(t, o, base);
    if (base->head.destroy != NULL) base->head.destroy(t, o);
}
