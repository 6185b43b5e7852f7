/* Struct sequence types. See structseq.h.
 *
 * An instance is a Tuple whose `size` counts the visible items only; the further fields stand behind them in the same object.
 */
#include "runtime/structseq.h"
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"

typedef struct StructSeqType {
    Type type;
    size_t total, visible, unnamed;
    const StructSeqField *fields;
} StructSeqType;

static StructSeqType *seq_type(const void *o) { return (StructSeqType *)object_type_of(o); }

static void structseq_traverse(Object *o, VisitFn visit, void *arg) {
    for (size_t i = 0, n = seq_type(o)->total; i < n; i++) slot_visit(&((Tuple *)o)->item[i], visit, arg);
}
static void structseq_destroy(Thread *t, Object *o) {
    for (size_t i = 0, n = seq_type(o)->total; i < n; i++) slot_set(t, o, &((Tuple *)o)->item[i], REF_NULL);
}

Ref structseq_new_steal(Thread *t, Type *type, Ref *items) {
    StructSeqType *s = (StructSeqType *)type;
    bool ok = true;
    for (size_t i = 0; i < s->total; i++) ok &= !ref_is_null(items[i]);
    Tuple *self = ok ? object_alloc(t, type, s->total * sizeof(Slot)) : NULL;
    if (self == NULL) {
        for (size_t i = 0; i < s->total; i++) ref_drop(t, items[i]);
        return REF_NULL;
    }
    self->size = s->visible;
    for (size_t i = 0; i < s->total; i++) slot_init(&self->item[i], items[i]);
    return ref_steal(self);
}

/* type(sequence, dict={}): items beyond the sequence's come from the dict, else None. */
static Ref structseq_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    StructSeqType *s = (StructSeqType *)value_object(cls);
    Value a[2];
    if (bind_args(t, "structseq", "(sequence, dict={})", &signature, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    if (!value_is_null(a[1]) && !is_dict(a[1]))
        return err_set(t, E_TypeError, "%.500s() takes a dict as second arg, if any", s->type.name);
    Ref given = sequence_fast(t, a[0], "constructor requires a sequence");
    if (ref_is_null(given)) return REF_NULL;
    Ref tuple = sequence_tuple(t, ref_borrow(given));
    ref_drop(t, given);
    if (ref_is_null(tuple)) return REF_NULL;
    size_t n = tuple_size(ref_borrow(tuple));
    const char *bound = s->total == s->visible ? "a" : "an at least";
    Ref result = REF_NULL, *items = NULL;
    if (n < s->visible) {
        err_set(t, E_TypeError, "%.500s() takes %s %zd-sequence (%zd-sequence given)", s->type.name, bound, s->visible, n);
        goto done;
    }
    if (n > s->total) {
        bound = s->total == s->visible ? "a" : "an at most";
        err_set(t, E_TypeError, "%.500s() takes %s %zd-sequence (%zd-sequence given)", s->type.name, bound, s->total, n);
        goto done;
    }
    items = mem_alloc(s->total * sizeof *items);
    if (items == NULL) {
        err_no_memory(t);
        goto done;
    }
    for (size_t i = 0; i < s->total; i++) {
        items[i] = REF_NONE;
        if (i < n) {
            items[i] = ref_new(t, tuple_get(ref_borrow(tuple), i));
        } else if (!value_is_null(a[1]) && s->fields[i].name != NULL) {
            Ref v;
            int found = dict_lookup(t, a[1], str_intern_cstr(t, s->fields[i].name), &v);
            if (found != 0) items[i] = found > 0 ? v : REF_NULL;
        }
    }
    for (size_t i = 0; i < s->visible; i++)
        if (s->fields[i].name == NULL && value_is_none(ref_borrow(items[i + s->unnamed]))) items[i + s->unnamed] = ref_new(t, ref_borrow(items[i]));
    result = structseq_new_steal(t, &s->type, items);
done:
    mem_free(items);
    ref_drop(t, tuple);
    return result;
}

static Ref structseq_repr(Thread *t, Value self) {
    StructSeqType *s = seq_type(value_object(self));
    StrBuilder b = STR_BUILDER;
    if (builder_cstr(t, &b, s->type.name) < 0 || builder_char(t, &b, '(') < 0) goto fail;
    for (size_t i = 0; i < s->visible; i++) {
        const char *name = s->fields[s->fields[i].name != NULL ? i : i + s->unnamed].name;
        if (builder_format(t, &b, "%s%s=%R", i > 0 ? ", " : "", name, tuple_get(self, i)) < 0) goto fail;
    }
    if (builder_char(t, &b, ')') < 0) goto fail;
    return builder_finish(t, &b);
fail:
    builder_drop(&b);
    return REF_NULL;
}

static Ref structseq_reduce(Thread *t, Value self, const Value *a) {
    StructSeqType *s = seq_type(value_object(self));
    Ref tuple = tuple_from_array(t, (const Value *)as(Tuple, self)->item, s->visible), dict = dict_new(t), args = REF_NULL, r = REF_NULL;
    if (ref_is_null(tuple) || ref_is_null(dict)) goto done;
    for (size_t i = s->visible; i < s->total; i++)
        if (s->fields[i].name != NULL && dict_set_cstr(t, ref_borrow(dict), s->fields[i].name, tuple_get(self, i)) < 0) goto done;
    args = tuple_pack(t, 2, ref_borrow(tuple), ref_borrow(dict));
    if (!ref_is_null(args)) r = tuple_pack(t, 2, type_value(&s->type), ref_borrow(args));
done:
    ref_drop(t, args);
    ref_drop(t, dict);
    ref_drop(t, tuple);
    return r;
}

static Ref structseq_field(Thread *t, Value self, void *closure) {
    Ref r = slot_ref(t, &as(Tuple, self)->item[(size_t)closure]);
    return ref_is_null(r) ? REF_NONE : r;
}

static NativeDef structseq_methods[] = {FN("__reduce__", "!($self)", structseq_reduce, NULL), FN_END};

static int set_class_attr(Thread *t, Type *type, const char *name, Ref v) {
    if (ref_is_null(v)) return -1;
    int bad = dict_set_cstr(t, slot_get(&type->dict), name, ref_borrow(v));
    ref_drop(t, v);
    return bad;
}

/* The names of the visible fields, for pattern matching. */
static Ref match_args(Thread *t, const StructSeqType *s) {
    size_t n = 0;
    while (n < s->visible && s->fields[n].name != NULL) n++;
    Ref tuple = tuple_new_uninit(t, n);
    for (size_t i = 0; i < n && !ref_is_null(tuple); i++) tuple_init_item(tuple, i, ref_new(t, str_intern_cstr(t, s->fields[i].name)));
    return tuple;
}

Type *structseq_type(Thread *t, const char *name, const char *doc, const StructSeqField *fields, size_t visible) {
    size_t total = 0, unnamed = 0, named = 0;
    while (fields[total].name != NULL || fields[total].doc != NULL) unnamed += fields[total++].name == NULL;
    StructSeqType *s = mem_zalloc(sizeof *s);
    GetSetDef *getset = mem_zalloc((total - unnamed + 1) * sizeof *getset);
    if (s == NULL || getset == NULL) {
        mem_free(s);
        mem_free(getset);
        err_no_memory(t);
        return NULL;
    }
    for (size_t i = 0; i < total; i++)
        if (fields[i].name != NULL)
            getset[named++] = (GetSetDef){.name = fields[i].name, .get = structseq_field, .doc = fields[i].doc, .closure = (void *)i};
    *s = (StructSeqType){
        .type = {TYPE_HEADER(Tuple, TYPE_CONTAINER | TYPE_OPEN | TYPE_TUPLE | TYPE_SEQUENCE, structseq_traverse, NULL, structseq_destroy),
                 .name = name,
                 .doc = doc,
                 .base = &tuple_type,
                 .basic_size_end = sizeof(Tuple),
                 .repr = structseq_repr,
                 .new_ = structseq_new,
                 .methods = structseq_methods,
                 .getset = getset},
        .total = total,
        .visible = visible,
        .unnamed = unnamed,
        .fields = fields};
    s->type.head.item_size = sizeof(Slot);
    if (type_ready(t, &s->type) < 0 || set_class_attr(t, &s->type, "n_fields", ref_small_int(total)) < 0 ||
        set_class_attr(t, &s->type, "n_sequence_fields", ref_small_int(visible)) < 0 ||
        set_class_attr(t, &s->type, "n_unnamed_fields", ref_small_int(unnamed)) < 0 ||
        set_class_attr(t, &s->type, "__match_args__", match_args(t, s)) < 0)
        return NULL; /* what type_ready made may refer to it: it stays */
    return &s->type;
}
