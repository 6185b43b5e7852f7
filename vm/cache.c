/* Names and attributes: the generic ways, and the filling of inline caches.
 *
 * What a cache word holds, and why a hit is right whatever other threads do meanwhile:
 *   LOAD_GLOBAL_MODULE   [0] = storage uid of the globals | entry index << 32: in one storage an entry's key never changes.
 *   LOAD_GLOBAL_BUILTIN  [0] = storage uid of the globals | entries used << 32: the name isn't among those entries, and none was added;
 *                        [1] = storage uid of the builtins | entry index << 32
 *   LOAD_NAME_*, STORE_*_CACHED  the same, where the namespace is the globals
 *   LOAD_ATTR_SLOT       [0] = layout id | byte offset << 32 of an attribute's inline slot: a shape is immutable; or of one that a member descriptor names
 *                        (__slots__): the id changes with the class
 *   LOAD_ATTR_CLASS      [0] = layout id | index in the type's AttrTable << 32; the value must not be a descriptor
 *   LOAD_ATTR_TYPE       the same, of the type object itself: its uid
 *   LOAD_ATTR_MODULE     [0] = storage uid of the module's dict | entry index << 32
 *   LOAD_METHOD_CACHED   [0] = layout id | index; the value must be a function or method descriptor (TYPE_METHOD)
 *   LOAD_METHOD_SLOT, …_OVERFLOW  as LOAD_ATTR_…: what is called is an attribute of the instance; LOAD_METHOD_TYPE as LOAD_ATTR_TYPE, class methods and static methods, too
 *   LOAD_METHOD_WRAPPED  as LOAD_METHOD_CACHED; the value must be a class method of a function, or a static method
 *   LOAD_METHOD_BUILTIN  [0] = the immortal MethodDescriptor of an immutable static type | DESCRIPTOR_MARK: only that type's own instances have its owner
 *   LOAD_ATTR_OVERFLOW   [0] = shape id | index into the overflow slots << 32
 *   LOAD_ATTR_DICT       [0] = type uid | index of the entry in an instance's dictionary << 32, where it is looked for first: the key must be the name
 *   STORE_ATTR_DICT      the same, of local objects
 *   STORE_ATTR_SLOT      as LOAD_ATTR_SLOT, of an inline slot; of shared objects with their lock, or as a plain store (runtime/instance.h)
 *   STORE_ATTR_MEMBER    the same of __slots__, STORE_ATTR_OVERFLOW as LOAD_…; local objects only
 *   CALL, CALL_METHOD    [0] = NativeDef of the callee | nulls for its optional parameters << 56 (the call's number of arguments is the site's);
 *                        or, where a class is called, its uid | index of __init__ in its AttrTable << 32
 *   STORE_ATTR_ADD       the same with the shape before: the next shape is looked for among its transitions
 * Words are written by one relaxed store each, then the opcode; a word tells its kind (KIND_*), in case the opcode is that of another fill. A site that was
 * rewritten and misses goes the generic way and is filled again; so that sites which see many layouts stop writing shared memory, only FILL_LIMIT fills are
 * made (counted in the second word where there is room; else see may_refill).
 */
#include "runtime/descriptors.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "vm/slow.h"

static void rewrite(Instr *at, Opcode op) {
    uint64_t w = load_relaxed(at);
    Opcode now = INSTR_OP(w);
    if (op == I_LOAD_ATTR_SLOT && (now == I_LOAD_ATTR_SLOT_B || now == I_LOAD_ATTR_SLOT_C)) return; /* as good, for floats */
    if (now != op) store_relaxed(at, (w & ~(uint64_t)0xFF) | op);
}
/* One fill more for a site whose second cache word counts them; false: enough. */
static bool may_fill(Instr *at) {
    uint64_t n = load_relaxed(&at[2]);
    if (n >= FILL_LIMIT) return false;
    store_relaxed(&at[2], n + 1);
    return true;
}

/* For sites without room for that count. One that was filled is filled again once in 64 misses of this thread: threads that run the same code with globals
 * of their own hardly write to it. */
static bool may_refill(Instr *at) {
    static _Thread_local uint32_t misses;
    uint8_t op = INSTR_OP(load_relaxed(at));
    return op_info[op].base == op || misses++ % 64 == 0;
}

/* ---- globals --------------------------------------------------------------------------------------------------------------- */

static Value storage_get(Value dict, Value name, uint64_t *word) {
    DictStorage *s = load_acquire(&as(Dict, dict)->x_storage);
    *word = 0;
    if (!s->str_keys) return VALUE_NULL;
    int64_t i = dict_find_str(s, name);
    if (i < 0) return VALUE_NULL;
    Value v = slot_get(&s->entry[i].value);
    uint32_t uid = value_is_null(v) ? 0 : dict_uid(s);
    if (uid) *word = uid | (uint64_t)i << 32;
    return v;
}

static int err_undefined(Thread *t, Value name) { return err_int(err_name(t, E_NameError, name, "name '%V' is not defined", name)); }

/* builtins[name] as a register word; null without an exception if it isn't there. A subclass of dict is asked as any mapping. */
static Ref builtin(Thread *t, Frame *f, Value name) {
    Value builtins = slot_get(&f->func->builtins);
    if (likely(is_exact(builtins, &dict_type))) {
        Value v = dict_get_str(t, builtins, name);
        return value_is_null(v) ? REF_NULL : reg_copy(t, v);
    }
    Ref r = get_item(t, builtins, name);
    if (ref_is_null(r)) err_clear_if(t, E_KeyError);
    return r;
}
Ref name_builtin(Thread *t, Frame *f, Value name) {
    Value v = dict_get_str(t, f->globals, name);
    if (!value_is_null(v)) return reg_copy(t, v);
    Ref r = err_pending(t) ? REF_NULL : builtin(t, f, name);
    if (ref_is_null(r) && !err_pending(t)) err_undefined(t, name);
    return r;
}

/* Globals and builtins of subclasses of dict are asked as any mapping; nothing is cached. */
static int load_global_mapping(Thread *t, Frame *f, uint64_t w) {
    Value name = f->code->names[INSTR_C(w)];
    Ref r = get_item(t, f->globals, name);
    if (ref_is_null(r) && err_clear_if(t, E_KeyError)) {
        r = builtin(t, f, name);
        if (ref_is_null(r) && !err_pending(t)) err_undefined(t, name);
    }
    if (ref_is_null(r)) return -1;
    reg_set(t, &f->regs[INSTR_A(w)], r);
    return 0;
}

static int load_global(Thread *t, Frame *f, Instr *at, uint64_t w, Opcode module_op, Opcode builtin_op) {
    Value name = f->code->names[INSTR_C(w)];
    Value builtins = slot_get(&f->func->builtins);
    if (unlikely(!is_exact(f->globals, &dict_type) || !is_exact(builtins, &dict_type))) return load_global_mapping(t, f, w);
    uint64_t word;
    Value v = storage_get(f->globals, name, &word);
    if (!value_is_null(v)) {
        if (word && may_refill(at)) {
            store_relaxed(&at[1], word);
            rewrite(at, module_op);
        }
    } else {
        DictStorage *g = load_acquire(&as(Dict, f->globals)->x_storage);
        uint32_t used = load_acquire(&g->x_used), uid = g->str_keys ? dict_uid(g) : 0;
        bool absent = uid && dict_find_str(g, name) < 0;
        v = absent ? VALUE_NULL : dict_get_str(t, f->globals, name);
        if (value_is_null(v) && !err_pending(t)) {
            v = storage_get(builtins, name, &word);
            if (!value_is_null(v) && word && absent && may_refill(at)) {
                store_relaxed(&at[1], uid | KIND_ABSENT | (uint64_t)used << 32);
                store_relaxed(&at[2], word);
                rewrite(at, builtin_op);
            } else if (value_is_null(v)) {
                v = dict_get_str(t, builtins, name);
            }
        }
    }
    if (value_is_null(v)) return err_pending(t) ? -1 : err_undefined(t, name);
    reg_set(t, &f->regs[INSTR_A(w)], reg_copy(t, v));
    return 0;
}

NOINLINE int op_load_global(Thread *t, Frame *f, Instr *at, uint64_t w) {
    return load_global(t, f, at, w, I_LOAD_GLOBAL_MODULE, I_LOAD_GLOBAL_BUILTIN);
}

/* After a store to a dict that has the name: the next one goes straight to the entry while the dict is local. */
static void fill_store(Instr *at, Value dict, Value name, Opcode op) {
    uint64_t word;
    storage_get(dict, name, &word);
    if (!word || word == load_relaxed(&at[1]) || !may_refill(at)) return;
    store_relaxed(&at[1], word);
    rewrite(at, op);
}

int op_store_global(Thread *t, Frame *f, Instr *at, uint64_t w) {
    uint32_t a = INSTR_A(w);
    fill_store(at, f->globals, f->code->names[INSTR_C(w)], I_STORE_GLOBAL_CACHED);
    int r = dict_set(t, f->globals, f->code->names[INSTR_C(w)], ref_borrow(f->regs[a]));
    reg_used(t, f, a);
    return r;
}

/* A store to the entry of shared globals that the cache names: as dict_set would do it, without the search. False: the cache missed. Where one number
 * takes another's place the next ones may go without the lock. */
bool op_store_global_shared(Thread *t, Frame *f, Instr *at, uint64_t w) {
    Dict *d = as(Dict, f->globals);
    uint64_t word = load_relaxed(&at[1]);
    Ref v = ref_new(t, ref_borrow(f->regs[INSTR_A(w)])), old = v;
    bool done = false;
    CRITICAL_BEGIN(t, d)
    DictStorage *s = load_relaxed(&d->x_storage);
    if (load_relaxed(&s->x_uid) == (uint32_t)word) {
        Slot *slot = &s->entry[word >> 32].value;
        done = !value_is_null(slot_get(slot));
        if (done) old = dict_replace_locked(t, d, slot, v);
    }
    CRITICAL_END(t)
    ref_drop(t, old); /* the value that was there, or the one that found no place */
    if (done) reg_used(t, f, INSTR_A(w));
    return done;
}

/* ---- module and class bodies ----------------------------------------------------------------------------------------------------- */

static Value namespace_of(Frame *f) { return ref_is_null(f->locals) ? f->globals : ref_borrow(f->locals); }

/* 1: *out owned; 0: absent; -1 */
static int mapping_lookup(Thread *t, Value mapping, Value name, Ref *out) {
    if (is_exact(mapping, &dict_type)) return dict_lookup(t, mapping, name, out);
    *out = get_item(t, mapping, name);
    if (!ref_is_null(*out)) return 1;
    return err_clear_if(t, E_KeyError) ? 0 : -1;
}

int op_load_name(Thread *t, Frame *f, Instr *at, uint64_t w) {
    Value ns = namespace_of(f);
    if (ref_is_null(f->locals)) return load_global(t, f, at, w, I_LOAD_NAME_MODULE, I_LOAD_NAME_BUILTIN);
    Value name = f->code->names[INSTR_C(w)];
    Ref r = REF_NULL;
    int found = mapping_lookup(t, ns, name, &r);
    if (found < 0) return -1;
    if (!found) {
        r = name_builtin(t, f, name);
        if (ref_is_null(r)) return -1;
    }
    reg_set(t, &f->regs[INSTR_A(w)], r);
    return 0;
}

int op_store_name(Thread *t, Frame *f, Instr *at, uint64_t w) {
    Value ns = namespace_of(f), name = f->code->names[INSTR_C(w)];
    uint32_t a = INSTR_A(w);
    Value v = ref_borrow(f->regs[a]);
    if (ref_is_null(f->locals) && is_local(t, value_object(ns))) fill_store(at, ns, name, I_STORE_NAME_CACHED);
    int r = is_exact(ns, &dict_type) ? dict_set(t, ns, name, v) : set_item(t, ns, name, v);
    if (r == 0) reg_used(t, f, a);
    return r;
}

int op_delete_name(Thread *t, Frame *f, uint64_t w, bool global) {
    Value ns = global ? f->globals : namespace_of(f), name = f->code->names[INSTR_C(w)];
    int r = is_exact(ns, &dict_type) ? dict_del(t, ns, name) : del_item(t, ns, name);
    if (r < 0 && err_clear_if(t, E_KeyError)) err_undefined(t, name);
    return r;
}

/* ---- cells ----------------------------------------------------------------------------------------------------------------------------- */

void err_unbound(Thread *t, Frame *f, uint32_t reg) {
    Value name = f->code->var_names[reg];
    err_name(t, E_UnboundLocalError, name, "cannot access local variable '%V' where it is not associated with a value", name);
}
void err_unbound_free(Thread *t, Frame *f, uint32_t i) {
    Value name = f->code->free_names[i];
    err_name(t, E_NameError, name, "cannot access free variable '%V' where it is not associated with a value in enclosing scope", name);
}
static Value free_value(Frame *f, uint32_t i) { return slot_get(&as(Cell, tuple_get(slot_get(&f->func->closure), i))->value); }

int op_load_classderef(Thread *t, Frame *f, uint64_t w) {
    Ref r = REF_NULL;
    uint32_t i = INSTR_B(w);
    int found = mapping_lookup(t, namespace_of(f), f->code->free_names[i], &r);
    if (found < 0) return -1;
    if (!found) {
        Value v = free_value(f, i);
        if (value_is_null(v)) {
            err_unbound_free(t, f, i);
            return -1;
        }
        r = reg_copy(t, v);
    }
    reg_set(t, &f->regs[INSTR_A(w)], r);
    return 0;
}

int op_load_from_dict(Thread *t, Frame *f, uint64_t w, bool free_var) {
    Ref r = REF_NULL, *dest = &f->regs[INSTR_A(w)];
    Value name = free_var ? f->code->free_names[INSTR_B(w)] : f->code->names[INSTR_C(w)];
    int found = mapping_lookup(t, ref_borrow(*dest), name, &r);
    if (found < 0) return -1;
    if (!found) {
        if (free_var) {
            Value v = free_value(f, INSTR_B(w));
            if (value_is_null(v)) err_unbound_free(t, f, INSTR_B(w));
            else r = reg_copy(t, v);
        } else {
            r = name_builtin(t, f, name);
        }
        if (ref_is_null(r)) return -1;
    }
    reg_set(t, dest, r);
    return 0;
}

/* ---- attributes ---------------------------------------------------------------------------------------------------------------------------- */

/* (shape id | byte offset << 32) for attribute `name` that the instance itself holds in an inline slot; 0: not to be cached so */
static uint64_t slot_word(Object *o, Type *type, Value name) {
    if (!type_flag(type, TYPE_SHAPED)) return 0;
    Shape *shape = load_acquire(&instance_attrs(o, type)->x_shape);
    uint32_t id = load_relaxed(&shape->x_id);
    int64_t i = id ? shape_find(shape, name) : -1;
    if (i < 0 || i >= type->inline_slots) return 0;
    return id | (uint64_t)((char *)&instance_inline(o, type)[i] - (char *)o) << 32;
}
/* (shape id | index << 32) for an attribute in the overflow slots; 0: none */
static uint64_t overflow_word(Object *o, Type *type, Value name) {
    if (!type_flag(type, TYPE_SHAPED)) return 0;
    Shape *shape = load_acquire(&instance_attrs(o, type)->x_shape);
    uint32_t id = load_relaxed(&shape->x_id);
    int64_t i = id ? shape_find(shape, name) : -1;
    return i < 0 || i < type->inline_slots ? 0 : id | KIND_OVERFLOW | (uint64_t)(i - type->inline_slots) << 32;
}
/* (type uid | kind | entry << 32) for an attribute of an instance in dictionary mode, or 0 */
static uint64_t entry_word(Object *o, Type *type, Value name, uint32_t kind) {
    if (!type_flag(type, TYPE_SHAPED) || !type->head.uid || load_acquire(&instance_attrs(o, type)->x_shape) != &dict_shape) return 0;
    AttrOverflow *over = load_acquire(&instance_attrs(o, type)->x_overflow);
    Value dict = over == NULL ? VALUE_NULL : slot_get(&over->dict);
    if (value_is_null(dict)) return 0;
    DictStorage *s = load_acquire(&as(Dict, dict)->x_storage);
    int64_t i = s->str_keys ? dict_find_str(s, name) : -1;
    return i < 0 || !value_is(slot_get(&s->entry[i].key), name) ? 0 : type->head.uid | kind | (uint64_t)i << 32;
}
/* (layout id | byte offset << 32) for a class attribute v that is a descriptor of a slot in the instance; 0: it isn't */
static uint64_t member_word(Object *o, Type *type, Value v, bool store) {
    if (value_is_null(v) || !is_exact(v, &member_type)) return 0;
    MemberDescriptor *d = as(MemberDescriptor, v);
    uint32_t id = layout_id(o);
    if (!id || (d->def.kind != MEMBER_SLOT_EX && d->def.kind != MEMBER_SLOT) || (store && d->def.readonly) || !type_is_subtype(type, d->owner)) return 0;
    return id | (uint64_t)d->def.offset << 32;
}
/* (layout id | table index << 32) for a class attribute that the instance doesn't hide; 0: none. *value: what is found */
static uint64_t class_word(Thread *t, Object *o, Type *type, Value name, Value *value) {
    uint32_t id = layout_id(o);
    *value = type_lookup(t, type, name);
    if (!id || value_is_null(*value)) return 0;
    if (type_flag(type, TYPE_SHAPED) && shape_find(load_acquire(&instance_attrs(o, type)->x_shape), name) >= 0) return 0;
    int64_t i = attr_table_index(t, type, name);
    if (i < 0 || layout_id(o) != id) return 0;
    return id | KIND_TABLE | (uint64_t)i << 32;
}

/* Whether what the class has under this name comes before instances' own attributes, or may come to: instances of classes written in Python may become descriptors
 * at any time, without the class that holds them being told. */
static bool data_descriptor(Value v) { return !value_is_null(v) && (type_of(v)->descr_set != NULL || type_flag(type_of(v), TYPE_HEAP)); }

/* (uid | table index << 32) for what a class itself has under the name, unless its metaclass may come first; 0: none. *value: what is found */
static uint64_t type_word(Thread *t, Value o, Value name, Value *value) {
    Type *self = as(Type, o);
    if (type_of(o) != &type_type || !value_is_null(type_lookup(t, &type_type, name))) return 0;
    *value = type_lookup(t, self, name);
    if (value_is_null(*value) || !self->head.uid) return 0;
    int64_t i = attr_table_index(t, self, name);
    return i < 0 ? 0 : self->head.uid | KIND_TABLE | (uint64_t)i << 32;
}

static void fill_load_attr(Thread *t, Instr *at, Value o, Value name) {
    if (!value_is_object(o)) return;
    Object *obj = value_object(o);
    Type *type = type_of(o);
    uint64_t word;
    if (type_flag(type, TYPE_MODULE)) {
        if (type->getattro != module_type.getattro || !value_is_null(type_lookup(t, type, name))) return;
        storage_get(module_dict(o), name, &word);
        if (!word || !may_fill(at)) return;
        store_relaxed(&at[1], word);
        rewrite(at, I_LOAD_ATTR_MODULE);
        return;
    }
    if (type_flag(type, TYPE_TYPE)) {
        Value v;
        word = type_word(t, o, name, &v);
        if (!word || (type_of(v)->descr_get && !is_function(v)) || !may_fill(at)) return;
        store_relaxed(&at[1], word);
        rewrite(at, I_LOAD_ATTR_TYPE);
        return;
    }
    if (!type_flag(type, TYPE_PLAIN_GETATTR)) return;
    Value v = type_lookup(t, type, name);
    if (!data_descriptor(v)) {
        word = slot_word(obj, type, name);
        if (word) {
            if (!may_fill(at)) return;
            store_relaxed(&at[1], word);
            rewrite(at, I_LOAD_ATTR_SLOT);
            return;
        }
        word = overflow_word(obj, type, name);
        if (word) {
            if (!may_fill(at)) return;
            store_relaxed(&at[1], word);
            rewrite(at, I_LOAD_ATTR_OVERFLOW);
            return;
        }
        word = entry_word(obj, type, name, KIND_ENTRY);
        if (word) {
            if (!may_fill(at)) return;
            store_relaxed(&at[1], word);
            rewrite(at, I_LOAD_ATTR_DICT);
            return;
        }
    }
    word = member_word(obj, type, v, false);
    if (word) {
        if (!may_fill(at)) return;
        store_relaxed(&at[1], word);
        rewrite(at, I_LOAD_ATTR_SLOT);
        return;
    }
    word = class_word(t, obj, type, name, &v);
    if (!word || !may_fill(at)) return;
    if (is_exact(v, &property_type)) {
        store_relaxed(&at[1], word);
        rewrite(at, I_LOAD_ATTR_PROPERTY);
    } else if (!type_of(v)->descr_get) {
        store_relaxed(&at[1], word);
        rewrite(at, I_LOAD_ATTR_CLASS);
    }
}

NOINLINE int op_load_attr(Thread *t, Frame *f, Instr *at, uint64_t w) {
    Ref *regs = f->regs;
    Value o = ref_borrow(regs[INSTR_B(w)]), name = f->code->names[INSTR_CIDX(w)];
    if (load_relaxed(&at[2]) < FILL_LIMIT) fill_load_attr(t, at, o, name);
    Ref r = get_attr(t, o, name);
    if (ref_is_null(r)) return -1;
    reg_set(t, &regs[INSTR_A(w)], r);
    if (w & KILL_B) reg_drop(t, &regs[INSTR_B(w)]);
    return 0;
}

/* May LOAD_METHOD_TYPE, LOAD_METHOD_WRAPPED unwrap it? */
static bool is_wrapped(Value v) {
    return is_exact(v, &staticmethod_type) || (is_exact(v, &classmethod_type) && is_function(slot_get(&as(WrapperMethod, v)->callable)));
}

static void fill_load_method(Thread *t, Instr *at, Value o, Value name) {
    Type *type = type_of(o);
    uint64_t word;
    Value v;
    if (value_is_object(o) && type_flag(type, TYPE_MODULE)) {
        if (type->getattro != module_type.getattro || !value_is_null(type_lookup(t, type, name))) return;
        storage_get(module_dict(o), name, &word);
        if (!word || !may_fill(at)) return;
        store_relaxed(&at[1], word);
        rewrite(at, I_LOAD_METHOD_MODULE);
        return;
    }
    if (value_is_object(o) && type_flag(type, TYPE_TYPE)) {
        word = type_word(t, o, name, &v);
        if (!word || (type_of(v)->descr_get && !is_function(v) && !is_wrapped(v)) || !may_fill(at)) return;
        store_relaxed(&at[1], word);
        rewrite(at, I_LOAD_METHOD_TYPE);
        return;
    }
    if (!type_flag(type, TYPE_PLAIN_GETATTR)) return;
    word = 0;
    if (!value_is_object(o)) {
        v = type_lookup(t, type, name);
    } else if ((word = class_word(t, value_object(o), type, name, &v)) == 0 && !data_descriptor(v)) {
        uint64_t own = slot_word(value_object(o), type, name);
        Opcode op = own ? I_LOAD_METHOD_SLOT : I_LOAD_METHOD_OVERFLOW;
        if (own == 0) own = overflow_word(value_object(o), type, name);
        if (own && may_fill(at)) {
            store_relaxed(&at[1], own);
            rewrite(at, op);
            return;
        }
    }
    if (word && is_wrapped(v)) {
        if (!may_fill(at)) return;
        store_relaxed(&at[1], word);
        rewrite(at, I_LOAD_METHOD_WRAPPED);
        return;
    }
    if (value_is_null(v) || !type_flag(type_of(v), TYPE_METHOD)) return;
    bool immortal = is_immortal(value_object(v));
    bool builtin = type_flag(type, TYPE_IMMUTABLE) && !type_flag(type, TYPE_HEAP) && !type->attrs_offset && immortal &&
                   is_exact(v, &method_descriptor_type) && as(MethodDescriptor, v)->owner == type;
    if (!(builtin || word) || !may_fill(at)) return;
    store_relaxed(&at[1], builtin ? (uint64_t)value_object(v) | DESCRIPTOR_MARK : word);
    rewrite(at, builtin ? I_LOAD_METHOD_BUILTIN : I_LOAD_METHOD_CACHED);
}

NOINLINE int op_load_method(Thread *t, Frame *f, Instr *at, uint64_t w) {
    Ref *dest = &f->regs[INSTR_A(w)], *src = &f->regs[INSTR_B(w)];
    Value o = ref_borrow(*src), name = f->code->names[INSTR_CIDX(w)];
    Type *type = type_of(o);
    if (load_relaxed(&at[2]) < FILL_LIMIT) fill_load_method(t, at, o, name);
    if (type_flag(type, TYPE_PLAIN_GETATTR)) {
        Value v = type_lookup(t, type, name);
        if (!value_is_null(v) && type_flag(type_of(v), TYPE_METHOD)) {
            Ref fn = ref_new(t, v), own = type->attrs_offset ? instance_get(t, o, name) : REF_NULL; /* this may ask keys in Python, which may change the class */
            if (ref_is_null(own) && likely(!err_pending(t))) {
                Ref self = dest == src ? *src : reg_copy(t, o);
                if (dest == src) *src = REF_NULL;
                reg_set(t, &dest[0], fn);
                reg_set(t, &dest[1], self);
                return 0;
            }
            ref_drop(t, fn);
            if (ref_is_null(own)) return -1;
            ref_drop(t, own);
        }
    }
    Ref r = get_attr(t, o, name);
    if (ref_is_null(r)) return -1;
    reg_set(t, &dest[0], REF_NULL);
    reg_set(t, &dest[1], r);
    return 0;
}

static void fill_store_attr(Thread *t, Instr *at, Value o, Value name) {
    if (!value_is_object(o)) return;
    Type *type = type_of(o);
    if (!type_flag(type, TYPE_PLAIN_SETATTR)) return;
    Object *obj = value_object(o);
    Value v = type_lookup(t, type, name);
    uint64_t word = member_word(obj, type, v, true);
    if (word && may_fill(at)) {
        store_relaxed(&at[1], word);
        rewrite(at, I_STORE_ATTR_MEMBER);
        return;
    }
    if (!type_flag(type, TYPE_SHAPED) || data_descriptor(v)) return;
    word = overflow_word(obj, type, name);
    if (word && may_fill(at)) {
        store_relaxed(&at[1], word);
        rewrite(at, I_STORE_ATTR_OVERFLOW);
        return;
    }
    word = entry_word(obj, type, name, KIND_ENTRY_STORE);
    if (word) {
        if (!may_fill(at)) return;
        store_relaxed(&at[1], word);
        rewrite(at, I_STORE_ATTR_DICT);
        return;
    }
    word = slot_word(obj, type, name);
    if (word) {
        if (!may_fill(at)) return;
        store_relaxed(&at[1], word);
        rewrite(at, I_STORE_ATTR_SLOT);
        return;
    }
    Shape *shape = load_acquire(&instance_attrs(obj, type)->x_shape);
    uint32_t id = load_relaxed(&shape->x_id);
    if (!id || shape->count >= type->inline_slots || shape_find(shape, name) >= 0 || !may_fill(at)) return;
    store_relaxed(&at[1], id | KIND_ADD | (uint64_t)((char *)&instance_inline(obj, type)[shape->count] - (char *)obj) << 32);
    rewrite(at, I_STORE_ATTR_ADD);
}

/* A store to the slot of a shared object that the cache names: as instance_set would do it, without the search. False: the cache missed. */
bool op_store_attr_shared(Thread *t, Frame *f, Instr *at, uint64_t w) {
    Object *o = value_object(ref_borrow(f->regs[INSTR_A(w)]));
    Type *type = object_type_of(o);
    uint64_t word = load_relaxed(&at[1]);
    Ref v = ref_new(t, ref_borrow(f->regs[INSTR_B(w)])), old = v;
    bool done;
    CRITICAL_BEGIN(t, o)
    done = type_flag(type, TYPE_SHAPED) && object_type_of(o) == type &&
           load_relaxed(&load_acquire(&instance_attrs(o, type)->x_shape)->x_id) == (uint32_t)word;
    if (done) old = instance_replace_locked(t, o, type, (Slot *)((char *)o + (word >> 32)), v);
    CRITICAL_END(t)
    ref_drop(t, old); /* the value that was there, or the one that found no place */
    if (!done) return false;
    if (w & KILL_A) reg_drop(t, &f->regs[INSTR_A(w)]);
    if (w & KILL_B) reg_drop(t, &f->regs[INSTR_B(w)]);
    return true;
}

NOINLINE int op_store_attr(Thread *t, Frame *f, Instr *at, uint64_t w) {
    Ref *regs = f->regs;
    Value o = ref_borrow(regs[INSTR_A(w)]), name = f->code->names[INSTR_CIDX(w)];
    if (load_relaxed(&at[2]) < FILL_LIMIT) fill_store_attr(t, at, o, name);
    if (set_attr(t, o, name, ref_borrow(regs[INSTR_B(w)])) < 0) return -1;
    if (w & KILL_A) reg_drop(t, &regs[INSTR_A(w)]);
    if (w & KILL_B) reg_drop(t, &regs[INSTR_B(w)]);
    return 0;
}
