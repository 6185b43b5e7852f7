/* The bodies of the instructions, in the order of opcodes.def, which documents them. Included inside interp(). */

/* ---- moving ------------------------------------------------------------------------------------------------------------- */
L_NOP:
L_RESUME:
    NEXT();
L_MOVE: {
    Ref r = RB;
    RB = REF_NULL;
    SET_OVER(r);
    NEXT();
}
L_COPY: {
    Ref r = reg_copy(t, VB);
    SET_OVER(r);
    NEXT();
}
L_LOAD_CONST:
    SET_OVER((Ref){consts[INSTR_C(w)].bits});
    NEXT();
L_LOAD_INT:
    SET_OVER((Ref){small_int(INSTR_CS(w)).bits});
    NEXT();
L_CHECK_BOUND:
    if (likely(!ref_is_null(RA))) NEXT();
    err_unbound(t, frame, A);
    goto error;
L_DROP:
    SAVE();
    reg_drop(t, &RA);
    DROPPED();
L_SWAP: {
    Ref r = RA;
    RA = RB;
    RB = r;
    NEXT();
}

/* ---- names ---------------------------------------------------------------------------------------------------------------- */
L_LOAD_GLOBAL:
    SAVE();
    DONE_SKIP(op_load_global(t, frame, AT, w), 2);
L_LOAD_NAME_MODULE:
    if (unlikely(!ref_is_null(frame->locals))) goto L_LOAD_NAME;
L_LOAD_GLOBAL_MODULE: {
    DictStorage *s = load_acquire(&as(Dict, frame->globals)->x_storage);
    uint64_t word = CACHE(0);
    if (likely(load_relaxed(&s->x_uid) == (uint32_t)word)) {
        Value v = slot_get(&s->entry[word >> 32].value);
        if (likely(!value_is_null(v))) {
            SET(reg_copy(t, v));
            SKIP(2);
        }
    }
    if (op_info[(uint8_t)w].base == I_LOAD_NAME) goto L_LOAD_NAME;
    goto L_LOAD_GLOBAL;
}
L_LOAD_NAME_BUILTIN:
    if (unlikely(!ref_is_null(frame->locals))) goto L_LOAD_NAME;
L_LOAD_GLOBAL_BUILTIN: {
    DictStorage *g = load_acquire(&as(Dict, frame->globals)->x_storage);
    uint64_t word = CACHE(0);
    if (likely(load_relaxed(&g->x_uid) == (uint32_t)(word ^ KIND_ABSENT) && load_acquire(&g->x_used) == word >> 32)) {
        DictStorage *s = load_acquire(&as(Dict, slot_get(&frame->func->builtins))->x_storage);
        word = CACHE(1);
        if (likely(load_relaxed(&s->x_uid) == (uint32_t)word)) {
            Value v = slot_get(&s->entry[word >> 32].value);
            if (likely(!value_is_null(v))) {
                SET(reg_copy(t, v));
                SKIP(2);
            }
        }
    }
    if (op_info[(uint8_t)w].base == I_LOAD_NAME) goto L_LOAD_NAME;
    goto L_LOAD_GLOBAL;
}
L_STORE_GLOBAL:
    SAVE();
    if (unlikely(op_store_global(t, frame, AT, w) < 0)) goto error;
    STORED_SKIP(1);
L_STORE_NAME_CACHED:
    if (unlikely(!ref_is_null(frame->locals))) goto L_STORE_NAME;
L_STORE_GLOBAL_CACHED: {
    Dict *d = as(Dict, frame->globals);
    uint64_t word = CACHE(0);
    DictStorage *s = load_acquire(&d->x_storage);
    if (likely(load_relaxed(&s->x_uid) == (uint32_t)word)) {
        Slot *slot = &s->entry[word >> 32].value;
        if (load_relaxed(&s->x_plain) && value_is_plain(VA) && slot_word_is_plain(slot_get(slot).bits)) {
            STAT_SHARED_STORE(t);
            store_release(&slot->x_bits, RA.bits);
            SKIP(1); /* such a word may stay in its register */
        }
        if (is_local(t, d) && likely(!value_is_null(slot_get(slot)))) {
            SAVE();
            slot_replace_local(t, slot, reg_take(t, frame, A));
            SKIP(1);
        }
        SAVE();
        if (likely(op_store_global_shared(t, frame, AT, w))) STORED_SKIP(1);
    }
    if (op_info[(uint8_t)w].base == I_STORE_NAME) goto L_STORE_NAME;
    goto L_STORE_GLOBAL;
}
L_DELETE_GLOBAL:
    SAVE();
    if (unlikely(op_delete_name(t, frame, w, true) < 0)) goto error;
    DROPPED();
L_LOAD_NAME:
    SAVE();
    DONE_SKIP(op_load_name(t, frame, AT, w), 2);
L_STORE_NAME:
    SAVE();
    if (unlikely(op_store_name(t, frame, AT, w) < 0)) goto error;
    STORED_SKIP(1);
L_DELETE_NAME:
    SAVE();
    if (unlikely(op_delete_name(t, frame, w, false) < 0)) goto error;
    DROPPED();
L_LOAD_DEREF: {
    Value v = slot_get(&as(Cell, VB)->value);
    if (unlikely(value_is_null(v))) {
        err_unbound(t, frame, B);
        goto error;
    }
    SET(reg_copy(t, v));
    NEXT();
}
L_STORE_DEREF: {
    Object *cell = value_object(VB);
    SAVE();
    slot_set(t, cell, &((Cell *)cell)->value, reg_take(t, frame, A));
    DROPPED();
}
L_DELETE_DEREF: {
    Object *cell = value_object(VB);
    Ref old = slot_take(t, cell, &((Cell *)cell)->value);
    if (ref_is_null(old)) {
        err_unbound(t, frame, B);
        goto error;
    }
    SAVE();
    ref_drop(t, old);
    DROPPED();
}
L_LOAD_FREE: {
    Value v = slot_get(&as(Cell, tuple_get(slot_get(&frame->func->closure), B))->value);
    if (unlikely(value_is_null(v))) {
        err_unbound_free(t, frame, B);
        goto error;
    }
    SET(reg_copy(t, v));
    NEXT();
}
L_STORE_FREE: {
    Object *cell = value_object(tuple_get(slot_get(&frame->func->closure), B));
    SAVE();
    slot_set(t, cell, &((Cell *)cell)->value, reg_take(t, frame, A));
    DROPPED();
}
L_DELETE_FREE: {
    Object *cell = value_object(tuple_get(slot_get(&frame->func->closure), B));
    Ref old = slot_take(t, cell, &((Cell *)cell)->value);
    if (ref_is_null(old)) {
        err_unbound_free(t, frame, B);
        goto error;
    }
    SAVE();
    ref_drop(t, old);
    DROPPED();
}
L_LOAD_CLASSDEREF:
    SAVE();
    DONE(op_load_classderef(t, frame, w));
L_LOAD_FROM_DICT_OR_FREE:
    SAVE();
    DONE(op_load_from_dict(t, frame, w, true));
L_LOAD_FROM_DICT_OR_GLOBAL:
    SAVE();
    DONE(op_load_from_dict(t, frame, w, false));
L_MAKE_CELL: {
    Ref content = ref_own(t, RA);
    RA = REF_NULL;
    Ref cell = cell_new(t, content);
    if (ref_is_null(cell)) goto error;
    RA = cell;
    NEXT();
}
L_LOAD_CLOSURE:
    SET(reg_copy(t, tuple_get(slot_get(&frame->func->closure), B)));
    NEXT();
L_LOAD_LOCALS:
    SAVE();
    result = frame_locals(t, frame);
    if (ref_is_null(result)) goto error;
    SET(result);
    NEXT();
L_SETUP_ANNOTATIONS:
    SAVE();
    DONE(op_setup_annotations(t, frame));

/* ---- attributes -------------------------------------------------------------------------------------------------------------- */
L_LOAD_ATTR:
    SAVE();
    DONE_SKIP(op_load_attr(t, frame, AT, w), 2);
L_LOAD_ATTR_SLOT: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VB, word, L_LOAD_ATTR);
    Value v = slot_get((Slot *)((char *)o + (word >> 32)));
    ATTR_LOADED(v);
}
L_LOAD_ATTR_CLASS: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VB, word ^ KIND_TABLE, L_LOAD_ATTR);
    Value v = attr_table_value(layout->type, (uint32_t)(word >> 32));
    if (unlikely(value_is_null(v) || type_of(v)->descr_get)) goto L_LOAD_ATTR;
    Ref r = reg_copy(t, v);
    SAVE();
    SET(r);
    if (unlikely(w & KILL_B)) reg_drop(t, &RB);
    SKIP(2);
}
L_LOAD_ATTR_TYPE: {
    uint64_t word = CACHE(0);
    Value o = VB;
    if (unlikely(!POINTER(o) || type_of(o) != &type_type)) goto L_LOAD_ATTR;
    Type *self = as(Type, o);
    if (unlikely(self->head.uid != (uint32_t)(word ^ KIND_TABLE))) goto L_LOAD_ATTR;
    Value v = attr_table_value(self, (uint32_t)(word >> 32));
    if (unlikely(value_is_null(v) || (type_of(v)->descr_get && !is_function(v)))) goto L_LOAD_ATTR;
    Ref r = reg_copy(t, v);
    SAVE();
    SET(r);
    if (unlikely(w & KILL_B)) reg_drop(t, &RB);
    SKIP(2);
}
L_LOAD_ATTR_MODULE: {
    uint64_t word = CACHE(0);
    Value o = VB;
    if (unlikely(!POINTER(o) || type_of(o) != &module_type)) goto L_LOAD_ATTR;
    DictStorage *s = load_acquire(&as(Dict, module_dict(o))->x_storage);
    if (unlikely(load_relaxed(&s->x_uid) != (uint32_t)word)) goto L_LOAD_ATTR;
    Value v = slot_get(&s->entry[word >> 32].value);
    ATTR_LOADED(v);
}
L_LOAD_ATTR_PROPERTY: { /* the getter runs in a frame of its own above this one's registers */
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VB, word ^ KIND_TABLE, L_LOAD_ATTR);
    Value v = attr_table_value(layout->type, (uint32_t)(word >> 32));
    if (unlikely(value_is_null(v) || !is_exact(v, &property_type))) goto L_LOAD_ATTR;
    Value getter = slot_get(&as(Property, v)->get);
    if (unlikely(value_is_null(getter) || type_of(getter) != &function_type)) goto L_LOAD_ATTR;
    Function *fn = as(Function, getter);
    Code *code = code_of(slot_get(&fn->code));
    Ref *window = (Ref *)t->stack_top + 1;
    if (unlikely(!code_is_simple(code) || code->argcount != 1 || (uint64_t *)window + 8 > t->stack_limit)) goto L_LOAD_ATTR;
    SAVE();
    window[-1] = reg_copy(t, getter);
    window[0] = reg_copy(t, VB);
    Frame *n = push_frame(t, frame, fn, code, window, &RA);
    if (unlikely(n == NULL)) {
        regs_drop(t, window - 1, 2);
        goto error;
    }
    if (unlikely(w & KILL_B)) reg_drop(t, &RB);
    ENTER(n);
}
L_LOAD_ATTR_OVERFLOW: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VB, word ^ KIND_OVERFLOW, L_LOAD_ATTR);
    AttrOverflow *over = load_acquire(&instance_attrs(o, object_type_of(o))->x_overflow);
    Value v = slot_get(&over->slot[word >> 32]); /* it only grows: whoever has the shape has the slot */
    ATTR_LOADED(v);
}
L_LOAD_ATTR_DICT: {
    Dict *d;
    Slot *s = attr_entry(VB, CACHE(0) ^ KIND_ENTRY, frame->code->names[INSTR_CIDX(w)], &d);
    Value v = unlikely(s == NULL) ? VALUE_NULL : slot_get(s);
    ATTR_LOADED(v);
}
L_STORE_ATTR:
    SAVE();
    if (unlikely(op_store_attr(t, frame, AT, w) < 0)) goto error;
    STORED_SKIP(2);
L_STORE_ATTR_SLOT: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VA, word, L_STORE_ATTR);
    SAVE();
    Slot *s = (Slot *)((char *)o + (word >> 32));
    Value old = slot_get(s);
    if (unlikely(value_is_null(old))) goto L_STORE_ATTR;
    if (unlikely(!is_local(t, o))) {
        if (load_relaxed(&object_type_of(o)->x_plain) == PLAIN_ON && value_is_number(VB) && value_is_number(old)) {
            STAT_SHARED_STORE(t);
            store_release(&s->x_bits, RB.bits);
            if (unlikely(w & KILL_A)) reg_drop(t, &RA);
            SKIP(2); /* a number may stay in its register */
        }
        if (likely(op_store_attr_shared(t, frame, AT, w))) STORED_SKIP(2);
        goto L_STORE_ATTR;
    }
    slot_replace_local(t, s, TAKE(B));
    if (unlikely(w & KILL_A)) reg_drop(t, &RA);
    SKIP(2);
}
L_STORE_ATTR_OVERFLOW: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VA, word ^ KIND_OVERFLOW, L_STORE_ATTR);
    if (unlikely(!is_local(t, o))) goto L_STORE_ATTR;
    SAVE();
    Slot *s = &load_relaxed(&instance_attrs(o, object_type_of(o))->x_overflow)->slot[word >> 32];
    if (unlikely(value_is_null(slot_get(s)))) goto L_STORE_ATTR;
    slot_replace_local(t, s, TAKE(B));
    if (unlikely(w & KILL_A)) reg_drop(t, &RA);
    SKIP(2);
}
L_STORE_ATTR_DICT: {
    Dict *d;
    Slot *s = attr_entry(VA, CACHE(0) ^ KIND_ENTRY_STORE, frame->code->names[INSTR_CIDX(w)], &d);
    if (unlikely(s == NULL || !is_local(t, d) || value_is_null(slot_get(s)))) goto L_STORE_ATTR;
    SAVE();
    slot_replace_local(t, s, TAKE(B));
    if (unlikely(w & KILL_A)) reg_drop(t, &RA);
    SKIP(2);
}
L_STORE_ATTR_MEMBER: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VA, word, L_STORE_ATTR);
    if (unlikely(!is_local(t, o))) goto L_STORE_ATTR;
    SAVE();
    slot_replace_local(t, (Slot *)((char *)o + (word >> 32)), TAKE(B));
    if (unlikely(w & KILL_A)) reg_drop(t, &RA);
    SKIP(2);
}
L_STORE_ATTR_ADD: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VA, word ^ KIND_ADD, L_STORE_ATTR);
    if (unlikely(!is_local(t, o))) goto L_STORE_ATTR;
    Attrs *attrs = instance_attrs(o, object_type_of(o));
    Shape *next = load_acquire(&load_relaxed(&attrs->x_shape)->x_children);
    while (next && slot_get(&next->name).bits != frame->code->names[INSTR_CIDX(w)].bits) next = load_acquire(&next->x_sibling);
    if (unlikely(next == NULL || load_relaxed(&next->x_id) == 0)) goto L_STORE_ATTR;
    slot_init((Slot *)((char *)o + (word >> 32)), TAKE(B));
    store_relaxed(&attrs->x_shape, next);
    if (unlikely(w & KILL_A)) reg_drop(t, &RA);
    SKIP(2);
}
L_DELETE_ATTR:
    SAVE();
    if (del_attr(t, VA, frame->code->names[INSTR_CIDX(w)]) < 0) goto error;
    reg_used(t, frame, A);
    DROPPED();
L_LOAD_METHOD:
    SAVE();
    DONE_SKIP(op_load_method(t, frame, AT, w), 2);
L_LOAD_METHOD_CACHED: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VB, word ^ KIND_TABLE, L_LOAD_METHOD);
    if (unlikely(word & DESCRIPTOR_MARK)) goto L_LOAD_METHOD;
    Value v = attr_table_value(layout->type, (uint32_t)(word >> 32));
    if (unlikely(value_is_null(v) || !type_flag(type_of(v), TYPE_METHOD))) goto L_LOAD_METHOD;
    Ref fn = reg_copy(t, v);
    METHOD_LOADED(fn);
}
L_LOAD_METHOD_BUILTIN: {
    uint64_t word = CACHE(0);
    Value o = VB;
    if (unlikely(!(word & DESCRIPTOR_MARK))) goto L_LOAD_METHOD;
    MethodDescriptor *d = (MethodDescriptor *)(word & ~DESCRIPTOR_MARK);
    if (unlikely(type_of(o) != d->owner)) goto L_LOAD_METHOD;
    Ref fn = {(uint64_t)d | TAG_LENT}; /* immortal */
    METHOD_LOADED(fn);
}
L_LOAD_METHOD_MODULE: {
    uint64_t word = CACHE(0);
    Value o = VB;
    if (unlikely(!POINTER(o) || type_of(o) != &module_type)) goto L_LOAD_METHOD;
    DictStorage *s = load_acquire(&as(Dict, module_dict(o))->x_storage);
    if (unlikely(load_relaxed(&s->x_uid) != (uint32_t)word || (word & DESCRIPTOR_MARK))) goto L_LOAD_METHOD;
    Value v = slot_get(&s->entry[word >> 32].value);
    CALLABLE_LOADED(v);
}
L_LOAD_METHOD_SLOT: { /* what the instance itself has under the name */
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VB, word, L_LOAD_METHOD);
    if (unlikely(word & DESCRIPTOR_MARK)) goto L_LOAD_METHOD;
    Value v = slot_get((Slot *)((char *)o + (word >> 32)));
    CALLABLE_LOADED(v);
}
L_LOAD_METHOD_OVERFLOW: {
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VB, word ^ KIND_OVERFLOW, L_LOAD_METHOD);
    if (unlikely(word & DESCRIPTOR_MARK)) goto L_LOAD_METHOD;
    Value v = slot_get(&load_acquire(&instance_attrs(o, object_type_of(o))->x_overflow)->slot[word >> 32]);
    CALLABLE_LOADED(v);
}
L_LOAD_METHOD_TYPE: { /* of a class itself */
    uint64_t word = CACHE(0);
    Value o = VB;
    if (unlikely(!POINTER(o) || type_of(o) != &type_type || (word & DESCRIPTOR_MARK))) goto L_LOAD_METHOD;
    Type *self = as(Type, o);
    if (unlikely(self->head.uid != (uint32_t)(word ^ KIND_TABLE))) goto L_LOAD_METHOD;
    Value v = attr_table_value(self, (uint32_t)(word >> 32));
    if (unlikely(value_is_null(v))) goto L_LOAD_METHOD;
    if (!type_of(v)->descr_get || is_function(v)) CALLABLE_LOADED(v);
    WRAPPED_LOADED(v, o);
}
L_LOAD_METHOD_WRAPPED: { /* a static method or class method of the object's class */
    uint64_t word = CACHE(0);
    OBJECT_OF_LAYOUT(o, VB, word ^ KIND_TABLE, L_LOAD_METHOD);
    if (unlikely(word & DESCRIPTOR_MARK)) goto L_LOAD_METHOD;
    Value v = attr_table_value(layout->type, (uint32_t)(word >> 32));
    if (unlikely(value_is_null(v))) goto L_LOAD_METHOD;
    WRAPPED_LOADED(v, type_value(object_type_of(o)));
}

/* ---- calls ------------------------------------------------------------------------------------------------------------------------ */
L_CALL:
L_CALL_PY: {
    Ref *base = &RA;
    Value f = ref_borrow(base[0]);
    if (likely(value_is_object(f))) {
        Type *type = type_of(f);
        if (type == &function_type && INSTR_C(w) == 0) {
            Function *fn = as(Function, f);
            Code *code = code_of(slot_get(&fn->code));
            if (likely(code_is_simple(code) && code->argcount == B)) {
                SAVE();
                Frame *n = push_frame(t, frame, fn, code, base + 1, base);
                if (unlikely(n == NULL)) goto error;
                ENTER(n);
            }
        } else if (!TRACED && type == &native_type && INSTR_C(w) == 0) {
            Native *nat = as(Native, f);
            NativeDef *def = nat->def;
            CALL_NATIVE(slot_get(&nat->self), base + 1);
        }
    }
    goto call_slow;
}
L_CALL_NATIVE:
L_CALL_CLASS:
call_slow: {
    SAVE();
    POLL_CALL();
    uint32_t kw = INSTR_CIDX(w);
    if (!TRACED && B > 0 && is_exact(ref_borrow((&RA)[1]), &generator_type) && (drain_of = call_drain(t, &RA, B, kw)) != NULL) goto drain_call;
    CallResult r = op_call(t, frame, AT, &RA, B, kw ? consts[kw - 1] : VALUE_NULL, &RA);
    if (likely(r == CALL_DONE)) CALL_FINISHED(2);
    if (unlikely(r == CALL_ERROR)) goto error_saved;
    ENTER(t->frame);
}
L_CALL_METHOD:
L_CALL_METHOD_PY: {
    Ref *base = &RA;
    Value f = ref_borrow(base[0]);
    if (likely(!value_is_null(f) && INSTR_C(w) == 0)) {
        Type *type = type_of(f);
        if (likely(type == &function_type)) {
            Function *fn = as(Function, f);
            Code *code = code_of(slot_get(&fn->code));
            if (likely(code_is_simple(code) && code->argcount == B + 1)) {
                SAVE();
                Frame *n = push_frame(t, frame, fn, code, base + 1, base);
                if (unlikely(n == NULL)) goto error;
                ENTER(n);
            }
        } else if (!TRACED && type == &method_descriptor_type) {
            MethodDescriptor *d = as(MethodDescriptor, f);
            NativeDef *def = d->def;
            Value self = ref_borrow(base[1]);
            if (likely(!def->flags && type_of(self) == d->owner)) CALL_NATIVE(self, base + 2);
        }
    } else if (!TRACED && value_is_null(f) && INSTR_C(w) == 0 && type_of(ref_borrow(base[1])) == &native_type) { /* a module's function */
        Native *nat = as(Native, ref_borrow(base[1]));
        NativeDef *def = nat->def;
        CALL_NATIVE(slot_get(&nat->self), base + 2);
    }
    goto call_method_slow;
}
L_CALL_METHOD_NATIVE:
call_method_slow: {
    SAVE();
    POLL_CALL();
    uint32_t kw = INSTR_CIDX(w);
    bool plain = ref_is_null(RA);
    if (!TRACED && B > 0 && is_exact(ref_borrow((&RA)[2]), &generator_type) &&
        (drain_of = plain ? call_drain(t, &RA + 1, B, kw) : call_drain(t, &RA, B + 1u, kw)) != NULL) {
    drain_call:;
        CallResult r = drain_begin(t, frame, w, drain_of);
        if (likely(r == CALL_PUSHED)) ENTER(t->frame);
        if (unlikely(r == CALL_ERROR)) goto error_saved;
        SKIP(2);
    }
    CallResult r = op_call(t, frame, AT, plain ? &RA + 1 : &RA, plain ? B : B + 1u, kw ? consts[kw - 1] : VALUE_NULL, &RA);
    if (likely(r == CALL_DONE)) CALL_FINISHED(2);
    if (unlikely(r == CALL_ERROR)) goto error_saved;
    ENTER(t->frame);
}
L_CALL_EX: {
    SAVE();
    POLL_CALL();
    CallResult r = op_call_ex(t, frame, &RA, B);
    if (r == CALL_DONE) CALL_FINISHED(0);
    if (unlikely(r == CALL_ERROR)) goto error_saved;
    ENTER(t->frame);
}
L_RETURN:
    result = RA;
    RA = REF_NULL;
    goto leave;
L_RETURN_NONE:
    result = REF_NONE;
    goto leave;
L_MAKE_FUNCTION:
    SAVE();
    DONE(op_make_function(t, frame, w));
L_LOAD_BUILD_CLASS: {
    SAVE();
    Ref v = name_builtin(t, frame, N(__build_class__));
    if (ref_is_null(v)) {
        if (err_clear_if(t, E_NameError)) err_set(t, E_NameError, "__build_class__ not found");
        goto error;
    }
    SET(v);
    NEXT();
}

/* ---- operators ------------------------------------------------------------------------------------------------------------------------ */
/* Both operands are ints in the word / floats in the word. */
#define BOTH_INTS (b.bits & c.bits & 1)
#define BOTH_FLOATS (((((uint32_t)b.bits - 2) | ((uint32_t)c.bits - 2)) & 3) == 0)
#define SLOW_BINARY(op)                                                                            \
    do {                                                                                           \
        SAVE();                                                                                    \
        DONE(op_binary(t, frame, w, b, c, op, INSTR_C(w) & C_INPLACE));                            \
    } while (0)
#define FLOAT_RESULT(expr)                                                                         \
    do {                                                                                           \
        Value v;                                                                                   \
        if (likely(flonum_try((expr), &v))) {                                                      \
            SET_BITS(v.bits);                                                                      \
            NEXT();                                                                                \
        }                                                                                          \
    } while (0)
/* c is an integer word minus its tag where that is cheaper */
#define ADD_WORDS __builtin_add_overflow((int64_t)b.bits, (int64_t)(c.bits - 1), &r)
#define SUB_WORDS __builtin_sub_overflow((int64_t)b.bits, (int64_t)(c.bits - 1), &r)
#define MUL_WORDS (__builtin_mul_overflow((int64_t)(b.bits - 1), value_int(c), &r) || (r |= 1, false))
#define ARITH(name, op, int_overflows, float_expr)                                                 \
    L_##name##_K: {                                                                                \
        Value b = VB, c = KC;                                                                      \
        goto name##_both;                                                                          \
    L_##name:                                                                                      \
        b = VB, c = VC;                                                                            \
    name##_both:                                                                                   \
        if (BOTH_INTS) {                                                                           \
            int64_t r;                                                                             \
            if (likely(!(int_overflows))) {                                                        \
                SET_BITS((uint64_t)r);                                                             \
                NEXT();                                                                            \
            }                                                                                      \
        } else if (BOTH_FLOATS) {                                                                  \
            double x = value_flonum(b), y = value_flonum(c);                                       \
            float_specialize(frame->code, AT);                                                     \
            FLOAT_RESULT(float_expr);                                                              \
        }                                                                                          \
        SLOW_BINARY(op);                                                                           \
    }
ARITH(ADD, OP_ADD, ADD_WORDS, x + y)
ARITH(SUB, OP_SUB, SUB_WORDS, x - y)
ARITH(MUL, OP_MUL, MUL_WORDS, x * y)
#include "vm/instructions_float.h"
L_TRUEDIV_K: {
    Value b = VB, c = KC;
    goto truediv_both;
L_TRUEDIV:
    b = VB, c = VC;
truediv_both:
    if (BOTH_FLOATS) {
        double x = value_flonum(b), y = value_flonum(c);
        float_specialize(frame->code, AT);
        if (likely(y != 0)) FLOAT_RESULT(x / y);
    } else if (BOTH_INTS && c.bits != 1) {
        int64_t x = value_int(b), y = value_int(c);
        if (likely(x >= -(1LL << 53) && x <= 1LL << 53 && y >= -(1LL << 53) && y <= 1LL << 53)) FLOAT_RESULT((double)x / (double)y);
    }
    SLOW_BINARY(OP_TRUEDIV);
}
L_FLOORDIV_K: {
    Value b = VB, c = KC;
    goto floordiv_both;
L_FLOORDIV:
    b = VB, c = VC;
floordiv_both:
    if (BOTH_INTS && (int64_t)c.bits > 1) { /* a positive divisor: no overflow */
        int64_t x = value_int(b), y = value_int(c), q = x / y;
        q -= x % y < 0;
        SET_BITS(small_int(q).bits);
        NEXT();
    }
    SLOW_BINARY(OP_FLOORDIV);
}
L_MOD_K: {
    Value b = VB, c = KC;
    goto mod_both;
L_MOD:
    b = VB, c = VC;
mod_both:
    if (BOTH_INTS && (int64_t)c.bits > 1) {
        int64_t x = value_int(b), y = value_int(c), r = x % y;
        if (r < 0) r += y;
        SET_BITS(small_int(r).bits);
        NEXT();
    }
    SLOW_BINARY(OP_MOD);
}
L_POW_K: {
    Value b = VB, c = KC;
    if (c.bits == small_int(2).bits) {
        if (value_is_float(b)) {
            double x = value_flonum(b);
            FLOAT_RESULT(x * x);
        } else if (value_is_int(b)) {
            int64_t r;
            c = b;
            if (likely(!MUL_WORDS)) {
                SET_BITS((uint64_t)r);
                NEXT();
            }
            c = KC;
        }
    }
    SLOW_BINARY(OP_POW);
}
L_POW: {
    Value b = VB, c = VC;
    SLOW_BINARY(OP_POW);
}
L_MATMUL: {
    Value b = VB, c = VC;
    SLOW_BINARY(OP_MATMUL);
}
L_LSHIFT_K: {
    Value b = VB, c = KC;
    goto lshift_both;
L_LSHIFT:
    b = VB, c = VC;
lshift_both:
    if (BOTH_INTS && c.bits >> 1 < 62) {
        int64_t x = value_int(b), n = value_int(c), r = (int64_t)((uint64_t)x << n);
        if (likely(r >> n == x && small_int_fits(r))) {
            SET_BITS(small_int(r).bits);
            NEXT();
        }
    }
    SLOW_BINARY(OP_LSHIFT);
}
L_RSHIFT_K: {
    Value b = VB, c = KC;
    goto rshift_both;
L_RSHIFT:
    b = VB, c = VC;
rshift_both:
    if (BOTH_INTS && c.bits >> 1 < 64) {
        SET_BITS(small_int(value_int(b) >> value_int(c)).bits);
        NEXT();
    }
    SLOW_BINARY(OP_RSHIFT);
}
#define BITWISE(name, op, expr)                                                                    \
    L_##name##_K: {                                                                                \
        Value b = VB, c = KC;                                                                      \
        goto name##_both;                                                                          \
    L_##name:                                                                                      \
        b = VB, c = VC;                                                                            \
    name##_both:                                                                                   \
        if (likely(BOTH_INTS)) {                                                                   \
            SET_BITS(expr);                                                                        \
            NEXT();                                                                                \
        }                                                                                          \
        SLOW_BINARY(op);                                                                           \
    }
BITWISE(AND, OP_AND, b.bits & c.bits)
BITWISE(OR, OP_OR, b.bits | c.bits)
BITWISE(XOR, OP_XOR, (b.bits ^ c.bits) | 1)

L_NEG: {
    Value b = VB;
    if (value_is_int(b) && b.bits != small_int(SMALL_INT_MIN).bits) {
        SET_BITS(small_int(-value_int(b)).bits);
        NEXT();
    }
    if (value_is_float(b)) FLOAT_RESULT(-value_flonum(b));
    SAVE();
    DONE(op_unary(t, frame, w, number_neg));
}
L_POS:
    SAVE();
    DONE(op_unary(t, frame, w, number_pos));
L_INVERT: {
    Value b = VB;
    if (likely(value_is_int(b))) {
        SET_BITS(~b.bits | 1);
        NEXT();
    }
    SAVE();
    DONE(op_unary(t, frame, w, number_invert));
}
L_NOT: {
    Value b = VB;
    int truth = value_is_true(b) ? 1 : value_is_false(b) || value_is_none(b) ? 0 : -1;
    if (truth < 0) {
        SAVE();
        truth = is_true(t, b);
        if (truth < 0) goto error;
    }
    SET(ref_bool(!truth));
    if (unlikely(w & KILL_B)) reg_drop(t, &RB);
    NEXT();
}
/* compare ints as words: the tags are equal, the order is the numbers' */
#define COMPARE(name, cmp, sign)                                                                   \
    L_##name: {                                                                                    \
        Value b = VB, c = VC;                                                                      \
        if (BOTH_INTS) {                                                                           \
            SET(ref_bool((int64_t)b.bits sign (int64_t)c.bits));                                   \
            NEXT();                                                                                \
        }                                                                                          \
        if (BOTH_FLOATS) {                                                                         \
            SET(ref_bool(value_flonum(b) sign value_flonum(c)));                                   \
            NEXT();                                                                                \
        }                                                                                          \
        SAVE();                                                                                    \
        DONE(op_compare(t, frame, w, cmp));                                                        \
    }
COMPARE(LT, CMP_LT, <)
COMPARE(LE, CMP_LE, <=)
COMPARE(EQ, CMP_EQ, ==)
COMPARE(NE, CMP_NE, !=)
COMPARE(GT, CMP_GT, >)
COMPARE(GE, CMP_GE, >=)
L_IS: {
    bool same = value_is(VB, VC);
    SAVE();
    SET(ref_bool(same));
    reg_kills(t, regs, w);
    NEXT();
}
L_IS_NOT: {
    bool same = value_is(VB, VC);
    SAVE();
    SET(ref_bool(!same));
    reg_kills(t, regs, w);
    NEXT();
}
L_IN:
    SAVE();
    DONE(op_contains(t, frame, w, false));
L_NOT_IN:
    SAVE();
    DONE(op_contains(t, frame, w, true));

/* ---- jumps -------------------------------------------------------------------------------------------------------------------------------- */
L_JUMP:
    JUMP();
L_JUMP_IF_TRUE: {
    Value a = VA;
    if (value_is_true(a)) JUMP();
    if (value_is_false(a) || value_is_none(a)) NEXT();
    if (value_is_int(a)) JUMP_ON(a.bits != 1);
    SAVE();
    int r = op_truth(t, frame, w, false);
    if (unlikely(r < 0)) goto error;
    JUMP_ON(r);
}
L_JUMP_IF_FALSE: {
    Value a = VA;
    if (value_is_true(a)) NEXT();
    if (value_is_false(a) || value_is_none(a)) JUMP();
    if (value_is_int(a)) JUMP_ON(a.bits == 1);
    SAVE();
    int r = op_truth(t, frame, w, false);
    if (unlikely(r < 0)) goto error;
    JUMP_ON(!r);
}
L_JUMP_IF_TRUE_KEEP: {
    Value a = VA;
    if (value_is_true(a)) JUMP();
    if (value_is_false(a) || value_is_none(a)) NEXT();
    SAVE();
    int r = op_truth(t, frame, w, true);
    if (unlikely(r < 0)) goto error;
    JUMP_ON(r);
}
L_JUMP_IF_FALSE_KEEP: {
    Value a = VA;
    if (value_is_true(a)) NEXT();
    if (value_is_false(a) || value_is_none(a)) JUMP();
    SAVE();
    int r = op_truth(t, frame, w, true);
    if (unlikely(r < 0)) goto error;
    JUMP_ON(!r);
}
L_JUMP_IF_NONE: {
    bool none = value_is_none(VA);
    if (!none) {
        SAVE();
        reg_used(t, frame, A);
    }
    JUMP_ON(none);
}
L_JUMP_IF_NOT_NONE: {
    bool none = value_is_none(VA);
    if (!none) {
        SAVE();
        reg_used(t, frame, A);
    }
    JUMP_ON(!none);
}
L_JUMP_IF_IS: {
    bool same = value_is(VA, VB);
    SAVE();
    reg_used(t, frame, A);
    reg_used(t, frame, B);
    JUMP_ON(same);
}
L_JUMP_IF_IS_NOT: {
    bool same = value_is(VA, VB);
    SAVE();
    reg_used(t, frame, A);
    reg_used(t, frame, B);
    JUMP_ON(!same);
}
#define COMPARE_JUMP(name, right, is_reg, cmp, sign, negated)                                      \
    L_JUMP_##name: {                                                                               \
        Value b = VA, c = right;                                                                   \
        if (BOTH_INTS) JUMP_ON(((int64_t)b.bits sign (int64_t)c.bits) != negated);                 \
        if (BOTH_FLOATS) JUMP_ON((value_flonum(b) sign value_flonum(c)) != negated);               \
        SAVE();                                                                                    \
        int r = op_compare_jump(t, frame, w, c, is_reg, cmp);                                      \
        if (unlikely(r < 0)) goto error;                                                           \
        JUMP_ON(r != negated);                                                                     \
    }
#define COMPARE_JUMPS(name, cmp, sign)                                                             \
    COMPARE_JUMP(name, VB, true, cmp, sign, 0)                                                     \
    COMPARE_JUMP(NOT_##name, VB, true, cmp, sign, 1)                                               \
    COMPARE_JUMP(name##_K, consts[B], false, cmp, sign, 0)                                         \
    COMPARE_JUMP(NOT_##name##_K, consts[B], false, cmp, sign, 1)
COMPARE_JUMPS(LT, CMP_LT, <)
COMPARE_JUMPS(LE, CMP_LE, <=)
COMPARE_JUMPS(EQ, CMP_EQ, ==)
COMPARE_JUMPS(NE, CMP_NE, !=)
COMPARE_JUMPS(GT, CMP_GT, >)
COMPARE_JUMPS(GE, CMP_GE, >=)
L_JUMP_IF_IN: {
    SAVE();
    int r = contains(t, VB, VA);
    if (unlikely(r < 0)) goto error;
    reg_used(t, frame, A);
    reg_used(t, frame, B);
    JUMP_ON(r);
}
L_JUMP_IF_NOT_IN: {
    SAVE();
    int r = contains(t, VB, VA);
    if (unlikely(r < 0)) goto error;
    reg_used(t, frame, A);
    reg_used(t, frame, B);
    JUMP_ON(!r);
}

/* ---- subscripts ------------------------------------------------------------------------------------------------------------------------------ */
/* An item of a list or tuple by a small int, straight from its place. */
#define SUBSCR_QUICK(o, key)                                                                       \
    if (likely(POINTER(o) && value_is_int(key))) {                                                 \
        Type *type = object_type_of(value_object(o));                                              \
        int64_t i = value_int(key);                                                                \
        Value v = VALUE_NULL;                                                                      \
        if (likely(type == &list_type)) {                                                          \
            if (unlikely(i < 0)) i += (int64_t)list_size(o);                                       \
            v = list_get(o, (size_t)i);                                                            \
        } else if (type == &tuple_type) {                                                          \
            if (unlikely(i < 0)) i += (int64_t)tuple_size(o);                                      \
            if (likely((size_t)i < tuple_size(o))) v = tuple_get(o, (size_t)i);                    \
        }                                                                                          \
        if (likely(!value_is_null(v))) {                                                           \
            Ref r = reg_copy(t, v);                                                                \
            SAVE();                                                                                \
            SET(r);                                                                                \
            if (w & KILL_B) reg_drop(t, &RB);                                                      \
            NEXT();                                                                                \
        }                                                                                          \
    }
L_SUBSCR_K: {
    Value o = VB, key = KC;
    SUBSCR_QUICK(o, key)
    goto subscr_slow;
L_SUBSCR:
    o = VB, key = VC;
    SUBSCR_QUICK(o, key)
subscr_slow:
    SAVE();
    if (POINTER(o) && type_of(o) == &dict_type) {
        Value v = dict_get(t, o, key);
        if (likely(!value_is_null(v))) {
            SET(reg_copy(t, v)); /* lent if it is shared */
            reg_kills(t, regs, w);
            NEXT();
        }
        if (err_pending(t)) goto error;
    }
    DONE(op_subscr(t, frame, w, key));
}
L_SUBSCR_SLICE:
    SAVE();
    DONE(op_subscr_slice(t, frame, w));
L_STORE_SUBSCR: {
    Value o = VA, key = VB;
    if (likely(POINTER(o) && type_of(o) == &list_type && value_is_int(key) && is_local(t, value_object(o)))) {
        List *list = as(List, o);
        size_t n = load_relaxed(&list->x_size);
        int64_t i = value_int(key);
        if (i < 0) i += (int64_t)n;
        if (likely((size_t)i < n)) {
            SAVE();
            slot_replace_local(t, &load_relaxed(&list->x_items)->slot[i], TAKE(C));
            if (unlikely(w & KILL_A)) reg_drop(t, &RA);
            NEXT();
        }
    }
    SAVE();
    if (unlikely(op_store_subscr(t, frame, w) < 0)) goto error;
    DROPPED();
}
L_DELETE_SUBSCR:
    SAVE();
    if (del_item(t, VA, VB) < 0) goto error;
    if (w & KILL_A) reg_drop(t, &RA);
    if (w & KILL_B) reg_drop(t, &RB);
    DROPPED();
L_BUILD_SLICE: {
    Ref *base = &RB;
    uint32_t n = INSTR_C(w);
    SAVE();
    Ref r = slice_new(t, ref_borrow(base[0]), ref_borrow(base[1]), n == 3 ? ref_borrow(base[2]) : VALUE_NONE);
    if (ref_is_null(r)) goto error;
    regs_drop(t, base, n);
    SET(r);
    NEXT();
}

/* ---- displays ---------------------------------------------------------------------------------------------------------------------------------- */
L_BUILD_TUPLE: {
    SAVE();
    Ref *base = &RB;
    uint32_t n = INSTR_C(w);
    Ref r = n ? tuple_new_uninit(t, n) : ref_new(t, tuple_empty());
    if (unlikely(ref_is_null(r))) goto error;
    for (uint32_t i = 0; i < n; i++) {
        tuple_init_item(r, i, ref_own(t, base[i]));
        base[i] = REF_NULL;
    }
    SET(r);
    NEXT();
}
L_BUILD_LIST: {
    SAVE();
    Ref *base = &RB;
    uint32_t n = INSTR_C(w);
    Ref r;
    if (n == 0) {
        r = list_new(t, 0);
    } else {
        for (uint32_t i = 0; i < n; i++) base[i] = ref_own(t, base[i]);
        r = list_from_steal(t, base, n);
        for (uint32_t i = 0; i < n; i++) base[i] = REF_NULL;
    }
    if (unlikely(ref_is_null(r))) goto error;
    SET(r);
    NEXT();
}
L_BUILD_SET:
    SAVE();
    DONE(op_build_set(t, frame, w));
L_BUILD_MAP:
    SAVE();
    DONE(op_build_map(t, frame, w));
L_BUILD_STRING:
    SAVE();
    DONE(op_build_string(t, frame, w));
L_FORMAT_VALUE:
    SAVE();
    DONE(op_format_value(t, frame, w));
L_LIST_APPEND: {
    Value list = VA;
    List *l = as(List, list);
    size_t n = load_relaxed(&l->x_size);
    ListItems *items = load_relaxed(&l->x_items);
    if (likely(is_local(t, l) && items != NULL && n < items->capacity)) {
        slot_init(&items->slot[n], TAKE(B));
        store_relaxed(&l->x_size, n + 1);
        NEXT();
    }
    SAVE();
    if (unlikely(list_append_steal(t, list, reg_take(t, frame, B)) < 0)) goto error;
    NEXT();
}
L_LIST_EXTEND:
    SAVE();
    DONE(op_list_extend(t, frame, w));
L_SET_ADD:
    SAVE();
    if (set_add(t, VA, VB) < 0) goto error;
    if (w & KILL_B) reg_drop(t, &RB);
    NEXT();
L_SET_UPDATE: {
    SAVE();
    Ref r = call_method1(t, VA, N(update), VB);
    if (ref_is_null(r)) goto error;
    ref_drop(t, r);
    if (w & KILL_B) reg_drop(t, &RB);
    NEXT();
}
L_MAP_ADD: {
    Ref *pair = &RB;
    SAVE();
    if (dict_set(t, VA, ref_borrow(pair[0]), ref_borrow(pair[1])) < 0) goto error;
    regs_drop(t, pair, 2);
    NEXT();
}
L_DICT_UPDATE:
    SAVE();
    DONE(op_dict_update(t, frame, w));
L_DICT_MERGE:
    SAVE();
    DONE(op_dict_merge(t, frame, w));
L_LIST_TO_TUPLE: {
    SAVE();
    Ref r = list_to_tuple(t, VB);
    if (ref_is_null(r)) goto error;
    SET(r);
    if (w & KILL_B) reg_drop(t, &RB);
    NEXT();
}
L_UNPACK: {
    Value v = VB;
    uint32_t n = INSTR_C(w), b = B;
    Ref *dest = &RA;
    if (likely(POINTER(v) && object_type_of(value_object(v)) == &tuple_type && tuple_size(v) == n)) {
        SAVE();
        Ref source; /* a tuple's items last as long as it does */
        if (b >= frame->code->first_temp) {
            source = RB;
            RB = REF_NULL;
        } else {
            source = reg_copy(t, v);
        }
        const Slot *item = as(Tuple, v)->item;
        if (likely(n == 2)) { /* what was there goes last: its end may run Python, to whose safepoints words out of registers may be lost */
            Ref first = dest[0], second = dest[1];
            dest[0] = slot_copy(t, &item[0]);
            dest[1] = slot_copy(t, &item[1]);
            ref_drop(t, first);
            ref_drop(t, second);
        } else {
            source = ref_own(t, source);
            for (uint32_t i = 0; i < n; i++) reg_set(t, &dest[i], slot_copy(t, &item[i]));
        }
        ref_drop(t, source);
        NEXT();
    }
    SAVE();
    DONE(op_unpack(t, frame, w));
}
L_UNPACK_EX:
    SAVE();
    DONE(op_unpack_ex(t, frame, w));

/* ---- loops ------------------------------------------------------------------------------------------------------------------------------------------ */
L_GET_ITER:
    SAVE();
    DONE(op_get_iter(t, frame, w));
L_FOR_ITER: {
    Ref item, second;
    Value it = VB;
    Type *type = type_of(it);
    int r;
    SAVE();
    if (!TRACED && type->next_pair) { /* the body begins with `first, second = item`, normally */
        int32_t by = INSTR_CS(w);
        uint64_t u = load_relaxed(pc + 1 + by);
        if (INSTR_OP(u) == I_UNPACK && INSTR_B(u) == A && INSTR_C(u) == 2 && A >= frame->code->first_temp) {
            r = type->next_pair(t, it, &item, &second);
            if (unlikely(r < 0)) goto error;
            if (r == 0) goto for_end;
            if (unlikely(ref_is_null(second))) goto for_item;
            pc += by + 2;
            w = u;
            Ref before = RA, before_second = (&RA)[1]; /* dropped when both words are safe in their registers */
            RA = item;
            (&RA)[1] = second;
            ref_drop(t, before);
            ref_drop(t, before_second);
            if (by < 0 && unlikely(load_relaxed(&t->hot.x_breaker) != 0)) goto poll;
            NEXT();
        }
    }
    if (TRACED || CACHE(0) == 0 || !type->next) r = for_iter_slow(t, AT, it, &item);
    else if (type->next_word) r = type->next_word(t, it, &item);
    else r = ref_is_null(item = type->next(t, it)) ? for_iter_end(t) : 1;
    if (unlikely(r < 0)) goto error;
    if (r == 0) goto for_end;
for_item:
    SET(item);
    pc += 1;
    JUMP();
}
for_end:
    SAVE();
    reg_drop(t, &RB);
    SKIP(1);
L_FOR_ITER_RANGE: {
    Value it = VB;
    if (unlikely(!POINTER(it) || object_type_of(value_object(it)) != &range_iter_type || !is_local(t, value_object(it)))) goto L_FOR_ITER;
    RangeIter *r = as(RangeIter, it);
    int64_t i = load_relaxed(&r->x_next);
    if (unlikely(r->step > 0 ? i >= r->stop : i <= r->stop)) goto for_end;
    int64_t after;
    if (unlikely(!small_int_fits(i) || __builtin_add_overflow(i, r->step, &after))) goto L_FOR_ITER;
    store_relaxed(&r->x_next, after);
    SET_BITS(small_int(i).bits);
    LOOP();
}
L_FOR_ITER_LIST: {
    Value it = VB;
    if (unlikely(!POINTER(it) || object_type_of(value_object(it)) != &list_iter_type || !is_local(t, value_object(it)))) goto L_FOR_ITER;
    SeqIter *s = as(SeqIter, it);
    int64_t i = load_relaxed(&s->x_index);
    if (unlikely(i < 0)) goto for_end;
    Value v = list_get(slot_get(&s->source), (size_t)i);
    if (unlikely(value_is_null(v))) goto L_FOR_ITER;
    store_relaxed(&s->x_index, i + 1);
    Ref r = reg_copy(t, v);
    SAVE();
    SET(r);
    LOOP();
}
L_FOR_ITER_TUPLE: {
    Value it = VB;
    if (unlikely(!POINTER(it) || object_type_of(value_object(it)) != &tuple_iter_type || !is_local(t, value_object(it)))) goto L_FOR_ITER;
    SeqIter *s = as(SeqIter, it);
    int64_t i = load_relaxed(&s->x_index);
    Value source = slot_get(&s->source);
    if (unlikely(i < 0 || (size_t)i >= tuple_size(source))) goto for_end;
    store_relaxed(&s->x_index, i + 1);
    Ref r = reg_copy(t, tuple_get(source, (size_t)i));
    SAVE();
    SET(r);
    LOOP();
}
L_FOR_ITER_WORD: {
    Value it = VB;
    if (unlikely(TRACED || !POINTER(it))) goto L_FOR_ITER;
    Type *type = object_type_of(value_object(it));
    if (unlikely(!type->next_word)) goto L_FOR_ITER;
    Ref item;
    SAVE();
    int r = type->next_word(t, it, &item);
    if (unlikely(r < 0)) goto error;
    if (unlikely(r == 0)) goto for_end;
    SET(item);
    LOOP();
}
L_FOR_ITER_GENERATOR: {
    Value it = VB;
    if (unlikely(TRACED || type_of(it) != &generator_type)) goto L_FOR_ITER;
    Generator *g = as(Generator, it);
    uint32_t state = load_acquire(&g->x_state);
    if (unlikely(state == GEN_CLOSED || state == GEN_RUNNING)) goto L_FOR_ITER;
    SAVE();
    if (unlikely(!generator_claim(t, g))) goto error;
    Frame *f = generator_push(t, g, REF_NONE, false, FRAME_FOR, &RA);
    if (unlikely(f == NULL)) goto error;
    ENTER(f);
}

/* ---- generators, coroutines --------------------------------------------------------------------------------------------------------------------------- */
L_YIELD: {
    Ref r = RB;
    if (B >= frame->code->first_temp) RB = REF_NULL;
    else r = reg_copy(t, ref_borrow(r));
    result = r;
    SAVE();
    Frame *root = frame; /* whoever delegates passes the item on, so nothing happens in between */
    while (root->kind == FRAME_DELEGATE) root = root->prev;
    if (root->kind == FRAME_DRAIN && likely(load_relaxed(&t->hot.x_breaker) == 0) && likely(root->drain->quick(t, &root->regs[-1], result))) {
        SET(REF_NONE);
        NEXT();
    }
    goto suspend;
}
L_YIELD_ASYNC: {
    SAVE();
    result = async_gen_wrap(t, reg_take(t, frame, B));
    if (ref_is_null(result)) goto error;
    goto suspend;
}
L_GET_YIELD_FROM_ITER:
    SAVE();
    DONE(op_get_yield_from_iter(t, frame, w));
L_GET_AWAITABLE: {
    SAVE();
    Ref r = coroutine_get_awaitable(t, VB, (int)INSTR_C(w));
    if (ref_is_null(r)) goto error;
    uint32_t b = B;
    if (b == A) {
        SET(r);
    } else {
        SET(r);
        reg_used(t, frame, b);
    }
    NEXT();
}
L_YIELD_FROM: {
    Value it = VB;
    SAVE();
    Type *type = type_of(it);
    Generator *g = as(Generator, it);
    if (!TRACED && (type == &generator_type || type == &coroutine_type) && load_acquire(&g->x_state) < GEN_RUNNING) {
        if (unlikely(load_relaxed(&g->x_state) == GEN_CREATED && !value_is_none(VA))) {
            err_set(t, E_TypeError, "can't send non-None value to a just-started %s", type == &generator_type ? "generator" : "coroutine");
            goto error;
        }
        if (unlikely(!generator_claim(t, g))) goto error;
        Ref value = RA;
        RA = REF_NULL;
        Frame *f = generator_push(t, g, value, false, FRAME_DELEGATE, NULL);
        if (unlikely(f == NULL)) goto error;
        ENTER(f);
    }
    Ref value = ref_own(t, RA), out;
    RA = REF_NULL;
    GenStep step = iter_send(t, it, value, &out);
    if (step == GEN_RAISED) goto error;
    if (step == GEN_RETURNED) {
        SET(out);
        reg_drop(t, &RB);
        NEXT();
    }
    result = out;
    pc--;
    SAVE();
    goto suspend;
}
L_GET_AITER:
    SAVE();
    DONE(op_get_aiter(t, frame, w));
L_GET_ANEXT:
    SAVE();
    DONE(op_get_anext(t, frame, w));
L_END_ASYNC_FOR:
    SAVE();
    if (exception_matches(t, ref_borrow(regs[A + 1]), type_value(ETYPE(StopAsyncIteration)))) {
        pop_except(t, frame, A);
        NEXT();
    }
    goto L_RERAISE;

/* ---- exceptions ------------------------------------------------------------------------------------------------------------------------------------------- */
L_RAISE:
    SAVE();
    op_raise(t, frame, w);
    goto error_saved;
L_POP_EXCEPT:
    SAVE();
    pop_except(t, frame, A);
    NEXT();
L_RERAISE: {
    SAVE();
    Ref exc = ref_new(t, ref_borrow(regs[A + 1]));
    pop_except(t, frame, A);
    err_steal(t, exc);
    frame->no_trace_entry = true;
    goto error_saved;
}
L_JUMP_IF_NO_MATCH: {
    SAVE();
    int r = op_no_match(t, frame, w);
    if (r < 0) goto error;
    JUMP_ON(r);
}
L_CHECK_EG_MATCH:
    SAVE();
    DONE(op_check_eg_match(t, frame, w));
L_PREP_RERAISE_STAR:
    SAVE();
    DONE(op_prep_reraise_star(t, frame, w));
L_END_EXCEPT_STAR:
    if (!value_is_none(ref_borrow(regs[A + 1]))) goto L_RERAISE;
    SAVE();
    pop_except(t, frame, A);
    NEXT();
L_LOAD_ASSERTION_ERROR:
    SET(reg_copy(t, type_value(ETYPE(AssertionError))));
    NEXT();
L_BEFORE_WITH:
    SAVE();
    DONE(op_before_with(t, frame, w, false));
L_WITH_EXIT:
    SAVE();
    DONE(op_with_exit(t, frame, w));
L_WITH_EXCEPT:
    SAVE();
    DONE(op_with_except(t, frame, w));
L_BEFORE_ASYNC_WITH:
    SAVE();
    DONE(op_before_with(t, frame, w, true));

/* ---- modules ---------------------------------------------------------------------------------------------------------------------------------------------- */
L_IMPORT_NAME:
    SAVE();
    DONE(op_import_name(t, frame, w));
L_IMPORT_FROM:
    SAVE();
    DONE(op_import_from(t, frame, w));
L_IMPORT_STAR:
    SAVE();
    DONE(op_import_star(t, frame, w));

/* ---- match -------------------------------------------------------------------------------------------------------------------------------------------------- */
L_MATCH_MAPPING: {
    bool r = is_a(VB, TYPE_MAPPING);
    SET(ref_bool(r));
    NEXT();
}
L_MATCH_SEQUENCE: {
    bool r = is_a(VB, TYPE_SEQUENCE);
    SET(ref_bool(r));
    NEXT();
}
L_GET_LEN: {
    SAVE();
    int64_t n = object_len(t, VB);
    if (n < 0) goto error;
    SET_BITS(small_int(n).bits);
    NEXT();
}
L_MATCH_KEYS:
    SAVE();
    DONE(op_match_keys(t, frame, w));
L_MATCH_CLASS:
    SAVE();
    DONE(op_match_class(t, frame, w));
L_MATCH_REST:
    SAVE();
    DONE(op_match_rest(t, frame, w));

/* ---- the rest ------------------------------------------------------------------------------------------------------------------------------------------------- */
L_PRINT_EXPR:
    SAVE();
    DONE(op_print_expr(t, frame, w));
L_INTRINSIC:
    SAVE();
    DONE(op_intrinsic(t, frame, w));
