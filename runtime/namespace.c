/* types.SimpleNamespace: an object that is its attributes (sys.implementation).
 */
#include "runtime/abstract.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/instance.h"
#include "runtime/list.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/storage.h"
#include "runtime/str.h"

typedef struct Namespace {
    Object base;
    Attrs attrs;
} Namespace;

static void traverse(Object *o, VisitFn visit, void *arg) { instance_traverse_attrs(o, visit, arg); }

static Ref new_slot(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, type)); }
static int init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (nargs != 0) return err_int(err_set(t, E_TypeError, "no positional arguments expected"));
    for (size_t i = 0; !value_is_null(kwnames) && i < tuple_size(kwnames); i++)
        if (instance_set(t, self, tuple_get(kwnames, i), args[i]) < 0) return -1;
    return 0;
}

static int append_item(Thread *t, StrBuilder *b, Value key, Value value, bool first) {
    if (!is_str(key) || str_length(key) == 0) return 0;
    Ref k = ref_new(t, key), v = ref_new(t, value);
    int r = builder_format(t, b, first ? "%V=%R" : ", %V=%R", key, value);
    ref_drop(t, k);
    ref_drop(t, v);
    return r;
}
static Ref repr(Thread *t, Value self) {
    const char *name = is_exact(self, &simplenamespace_type) ? "namespace" : type_of(self)->name;
    ReprGuard guard;
    if (repr_enter(&guard, self)) return str_format(t, "%s(...)", name);
    Ref dict = instance_dict_copy(t, self);
    StrBuilder b = STR_BUILDER;
    Value key, value;
    bool bad = ref_is_null(dict) || builder_format(t, &b, "%s(", name) < 0, first = true;
    for (size_t pos = 0; !bad && dict_next(ref_borrow(dict), &pos, &key, &value); first = false) bad = append_item(t, &b, key, value, first) < 0;
    bad = bad || builder_char(t, &b, ')') < 0;
    ref_drop(t, dict);
    repr_leave(&guard);
    if (!bad) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

static Ref richcompare(Thread *t, Value a, Value b, CompareOp op) {
    if (!type_is_subtype(type_of(a), &simplenamespace_type) || !type_is_subtype(type_of(b), &simplenamespace_type)) return REF_NOT_IMPLEMENTED;
    Ref x = instance_dict_copy(t, a), y = ref_is_null(x) ? REF_NULL : instance_dict_copy(t, b);
    Ref r = ref_is_null(y) ? REF_NULL : rich_compare(t, ref_borrow(x), ref_borrow(y), op);
    ref_drop(t, x);
    ref_drop(t, y);
    return r;
}
static Ref reduce(Thread *t, Value self, const Value *a) {
    Ref dict = instance_dict(t, self);
    if (ref_is_null(dict)) return dict;
    Ref r = tuple_pack(t, 3, type_value(type_of(self)), tuple_empty(), ref_borrow(dict));
    ref_drop(t, dict);
    return r;
}
static Ref get_dict(Thread *t, Value self, void *closure) { return instance_dict(t, self); }

static NativeDef methods[] = {FN("__reduce__", "!($self, /)", reduce, "Return state information for pickling"), FN_END};
static const GetSetDef getset[] = {{"__dict__", get_dict}, {NULL}};

Type simplenamespace_type = {
    TYPE_HEADER(Namespace, TYPE_CONTAINER | TYPE_OPEN | TYPE_BASETYPE | TYPE_SHAPED, traverse, instance_clear_attrs, instance_clear_attrs),
    .name = "types.SimpleNamespace",
    .doc = "A namespace with attribute access to its items.\n\nSimpleNamespace(**kwargs)",
    .base = &object_type,
    .attrs_offset = offsetof(Namespace, attrs),
    .repr = repr,
    .getattro = generic_getattr,
    .setattro = generic_setattr,
    .richcompare = richcompare,
    .new_ = new_slot,
    .init = init,
    .methods = methods,
    .getset = getset};
