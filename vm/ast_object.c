/* The classes of the `_ast` module, and trees as their instances. */
#include "vm/ast_object.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/modules/kit.h"
#include "runtime/names.h"
#include "vm/compile.h"

/* ---- class AST ------------------------------------------------------------------------------------------------------------- */

typedef struct AstObject {
    Object base;
    Attrs attrs;
} AstObject;

static void traverse(Object *o, VisitFn visit, void *arg) { instance_traverse_attrs(o, visit, arg); }

static Ref ast_new_slot(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, type)); }

/* AST(*fields, **attributes) */
static int ast_init_slot(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Ref names = get_attr_opt(t, self, str_intern_cstr(t, "_fields")), fields = REF_NULL;
    if (!ref_is_null(names)) fields = sequence_tuple(t, ref_borrow(names));
    ref_drop(t, names);
    if (err_pending(t)) return -1;
    size_t count = ref_is_null(fields) ? 0 : tuple_size(ref_borrow(fields));
    int bad = 0;
    if (nargs > count)
        bad = err_int(err_set(t, E_TypeError, "%.400T constructor takes at most %zu positional argument%s", self, count, count == 1 ? "" : "s"));
    for (size_t i = 0; !bad && i < nargs; i++) bad = set_attr(t, self, tuple_get(ref_borrow(fields), i), args[i]);
    for (size_t i = 0; !bad && !value_is_null(kwnames) && i < tuple_size(kwnames); i++) {
        Value key = tuple_get(kwnames, i);
        for (size_t k = 0; !bad && k < nargs; k++) {
            int same = values_equal(t, tuple_get(ref_borrow(fields), k), key);
            if (same < 0) bad = -1;
            else if (same) bad = err_int(err_set(t, E_TypeError, "%.400T got multiple values for argument '%V'", self, key));
        }
        if (!bad) bad = set_attr(t, self, key, args[nargs + i]);
    }
    ref_drop(t, fields);
    return bad ? -1 : 0;
}

static Ref ast_reduce(Thread *t, Value self, const Value *a) {
    Ref dict = instance_dict(t, self);
    if (ref_is_null(dict)) return dict;
    Ref r = tuple_pack(t, 3, type_value(type_of(self)), tuple_empty(), ref_borrow(dict));
    ref_drop(t, dict);
    return r;
}

static Ref get_dict(Thread *t, Value self, void *closure) { return instance_dict(t, self); }

static int set_dict(Thread *t, Value self, Value value, void *closure) {
    if (value_is_null(value) || !is_dict(value)) return err_int(err_set(t, E_TypeError, "__dict__ must be set to a dictionary"));
    return instance_set_dict(t, self, value);
}

static NativeDef methods[] = {FN("__reduce__", "!($self, /)", ast_reduce, "Return state information for pickling"), FN_END};
static const GetSetDef getset[] = {{"__dict__", get_dict, set_dict}, {NULL}};

Type ast_type = {
    TYPE_HEADER(AstObject, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_SHAPED, traverse, instance_clear_attrs, instance_clear_attrs),
    .name = "ast.AST",
    .base = &object_type,
    .attrs_offset = offsetof(AstObject, attrs),
    .getattro = generic_getattr,
    .setattro = generic_setattr,
    .new_ = ast_new_slot,
    .init = ast_init_slot,
    .methods = methods,
    .getset = getset,
};

/* ---- the other classes --------------------------------------------------------------------------------------------------------- */

/* Where the one instance of an enum's value lies in `made`, behind the classes of nodes. */
enum {
    FIRST_VALUE = AST_KIND_COUNT,
#define AST_ENUM(type, names) AST_##type##_at, AST_##type##_end = AST_##type##_at + AST_##type##_count - 1,
#include "vm/ast.def"
    MADE_COUNT
};

static Slot made; /* tuple: the classes by kind, then the values of enums; root */

int ast_ready(Thread *t) {
    if (!value_is_null(slot_get(&made))) return 0;
    Ref module = import_module(t, "_ast");
    ref_drop(t, module);
    return ref_is_null(module) ? -1 : 0;
}

Value ast_class(AstKind kind) { return tuple_get(slot_get(&made), kind); }

static Value enum_value(const char *type, int value) {
#define AST_ENUM(name, names)                                                                      \
    if (!strcmp(type, #name)) return tuple_get(slot_get(&made), AST_##name##_at + value);
#include "vm/ast.def"
    return VALUE_NONE;
}

static Ref text_tuple(Thread *t, const char *const *texts, size_t n) {
    Ref items[16];
    for (size_t i = 0; i < n; i++) {
        items[i] = str_from_cstr(t, texts[i]);
        if (!ref_is_null(items[i])) items[i] = str_intern(t, items[i]);
        if (ref_is_null(items[i])) {
            while (i > 0) ref_drop(t, items[--i]);
            return REF_NULL;
        }
    }
    return tuple_from_steal(t, items, n);
}

static int set_texts(Thread *t, Value ns, const char *key, const char *const *texts, size_t n) {
    Ref tuple = text_tuple(t, texts, n);
    int bad = ref_is_null(tuple) ? -1 : dict_set_cstr(t, ns, key, ref_borrow(tuple));
    ref_drop(t, tuple);
    return bad;
}

/* Fields that 3.11 hasn't got show only where they aren't empty. */
static bool hidden(const AstInfo *info, const AstField *f) { return f->is_new && info != ast_info(AST_TypeAlias); }

static const char *const positions[] = {"lineno", "col_offset", "end_lineno", "end_col_offset"};

/* "Name(identifier id, expr_context ctx)" */
static int put_signature(Thread *t, StrBuilder *b, const AstInfo *info) {
    int bad = builder_cstr(t, b, info->name);
    bool open = false;
    for (int i = 0; !bad && i < info->field_count; i++) {
        const AstField *f = &info->fields[i];
        if (hidden(info, f)) continue;
        bool many = f->kind == AST_FIELD_NODES || f->kind == AST_FIELD_IDENTS || f->kind == AST_FIELD_ENUMS;
        bad = builder_format(t, b, "%s%s%s %s", open ? ", " : "(", f->type, many ? "*" : f->optional ? "?" : "", f->name);
        open = true;
    }
    return bad || (open && builder_cstr(t, b, ")") < 0) ? -1 : 0;
}

/* What stands in for documentation: the grammar of a node, of a sum of nodes, or of an enum. */
static Ref signature(Thread *t, const char *name, const AstInfo *info) {
    StrBuilder b = STR_BUILDER;
    int count = 0, bad = 0;
    const char *const *values = info ? NULL : ast_enum_names(name, &count);
    if (info) bad = put_signature(t, &b, info);
    else bad = builder_cstr(t, &b, name);
    for (int i = 0; !bad && values && i < count; i++) bad = builder_format(t, &b, i ? " | %s" : " = %s", values[i]);
    bool first = true;
    for (AstKind kind = 0; !bad && !info && !values && kind < AST_KIND_COUNT; kind++) {
        if (strcmp(ast_sum_names[ast_info(kind)->sum], name)) continue;
        bad = builder_cstr(t, &b, first ? " = " : "\n ");
        for (size_t i = 0; !bad && !first && i < strlen(name); i++) bad = builder_char(t, &b, ' ');
        if (!bad && !first) bad = builder_cstr(t, &b, "| ");
        if (!bad) bad = put_signature(t, &b, ast_info(kind));
        first = false;
    }
    if (!bad) return builder_finish(t, &b);
    builder_drop(&b);
    return REF_NULL;
}

/* What every class has: its fields, and where instances are in the source. Those that may be missing default to None. */
static Ref class_namespace(Thread *t, const char *name, const AstInfo *info, bool has_fields, bool has_position) {
    Ref ns = dict_new(t);
    if (ref_is_null(ns)) return ns;
    Value d = ref_borrow(ns);
    Ref module = str_from_cstr(t, "ast"), doc = signature(t, name, info);
    const char *fields[16];
    size_t n = 0;
    bool bad = ref_is_null(module) || dict_set(t, d, N(__module__), ref_borrow(module)) < 0;
    bad = bad || ref_is_null(doc) || dict_set(t, d, N(__doc__), ref_borrow(doc)) < 0;
    ref_drop(t, doc);
    ref_drop(t, module);
    for (int i = 0; info && i < info->field_count; i++) {
        const AstField *f = &info->fields[i];
        if (hidden(info, f)) continue;
        fields[n++] = f->name;
        if (f->optional && !bad) bad = dict_set_cstr(t, d, f->name, VALUE_NONE) < 0;
    }
    if (has_fields) bad = bad || set_texts(t, d, "_fields", fields, n) < 0 || set_texts(t, d, "__match_args__", fields, n) < 0;
    if (has_position) {
        bad = bad || set_texts(t, d, "_attributes", positions, 4) < 0 || dict_set_cstr(t, d, "end_lineno", VALUE_NONE) < 0 ||
              dict_set_cstr(t, d, "end_col_offset", VALUE_NONE) < 0;
    } else {
        bad = bad || set_texts(t, d, "_attributes", NULL, 0) < 0;
    }
    if (!bad) return ns;
    ref_drop(t, ns);
    return REF_NULL;
}

/* Makes a class and adds it to the module. */
static Ref new_class(Thread *t, Value module, const char *name, Value base, const AstInfo *info, bool has_fields, bool has_position) {
    Ref ns = class_namespace(t, name, info, has_fields, has_position), r = REF_NULL;
    Ref bases = ref_is_null(ns) ? REF_NULL : tuple_pack(t, 1, base);
    Ref text = ref_is_null(bases) ? REF_NULL : str_from_cstr(t, name);
    if (!ref_is_null(text)) r = call3(t, type_value(&type_type), ref_borrow(text), ref_borrow(bases), ref_borrow(ns));
    if (!ref_is_null(r) && module_set(t, module, name, ref_borrow(r)) < 0) {
        ref_drop(t, r);
        r = REF_NULL;
    }
    ref_drop(t, text);
    ref_drop(t, bases);
    ref_drop(t, ns);
    return r;
}

/* The classes of an enum's values, each with its one instance, from made[at] on. */
static int make_enum(Thread *t, Value module, const char *type, Ref *at) {
    int count;
    const char *const *names = ast_enum_names(type, &count);
    Ref base = new_class(t, module, type, type_value(&ast_type), NULL, false, false);
    for (int i = 0; !ref_is_null(base) && i < count; i++) {
        Ref cls = new_class(t, module, names[i], ref_borrow(base), NULL, true, false);
        at[i] = ref_is_null(cls) ? REF_NULL : call0(t, ref_borrow(cls));
        ref_drop(t, cls);
        if (ref_is_null(at[i])) break;
    }
    ref_drop(t, base);
    return err_pending(t) ? -1 : 0;
}

static int make_classes(Thread *t, Value module, Ref *items) {
    Ref bases[AST_SUM_COUNT] = {{0}};
    int bad = 0;
    for (AstKind kind = 0; !bad && kind < AST_KIND_COUNT; kind++) {
        const AstInfo *info = ast_info(kind);
        const char *sum = ast_sum_names[info->sum];
        bool product = !strcmp(sum, info->name), position = ast_sum_has_position[info->sum];
        if (!product && ref_is_null(bases[info->sum]))
            bases[info->sum] = new_class(t, module, sum, type_value(&ast_type), NULL, false, position);
        Value base = product ? type_value(&ast_type) : ref_borrow(bases[info->sum]);
        if (!value_is_null(base)) items[kind] = new_class(t, module, info->name, base, info, true, position);
        bad = ref_is_null(items[kind]);
    }
#define AST_ENUM(type, names)                                                                      \
    if (!bad) bad = make_enum(t, module, #type, items + AST_##type##_at);
#include "vm/ast.def"
    for (int i = 0; i < AST_SUM_COUNT; i++) ref_drop(t, bases[i]);
    return bad ? -1 : 0;
}

int module_init_ast(Thread *t, Value module) {
    if (type_ready(t, &ast_type) < 0) return -1;
    Value d = slot_get(&ast_type.dict);
    static const char *const empty[] = {"_fields", "__match_args__", "_attributes"};
    for (int i = 0; i < 3; i++)
        if (dict_set_cstr(t, d, empty[i], tuple_empty()) < 0) return -1;
    if (module_add_type(t, module, &ast_type) < 0) return -1;
    if (module_add_int(t, module, "PyCF_ONLY_AST", COMPILE_ONLY_AST) < 0 || module_add_int(t, module, "PyCF_TYPE_COMMENTS", COMPILE_TYPE_COMMENTS) < 0 ||
        module_add_int(t, module, "PyCF_ALLOW_TOP_LEVEL_AWAIT", COMPILE_TOP_LEVEL_AWAIT) < 0)
        return -1;
    Ref items[MADE_COUNT] = {{0}}, tuple = REF_NULL;
    if (make_classes(t, module, items) == 0) {
        tuple = tuple_from_steal(t, items, MADE_COUNT);
    } else {
        for (int i = 0; i < MADE_COUNT; i++) ref_drop(t, items[i]);
    }
    if (ref_is_null(tuple)) return -1;
    kit_root(t, &made, tuple);
    return 0;
}

/* ---- trees as objects ------------------------------------------------------------------------------------------------------------ */

static Ref node_object(Thread *t, const Ast *node, int depth);

static Ref text_object(Thread *t, const AstStr *text, bool identifier) {
    if (!text) return REF_NONE;
    Ref r = str_from_wtf8(t, text->text, text->length);
    return identifier && !ref_is_null(r) ? str_intern(t, r) : r;
}

/* A list whose items `item` makes. */
static Ref list_of(Thread *t, int count, Ref (*item)(Thread *t, const void *seq, int i, int depth), const void *seq, int depth) {
    Ref list = list_new(t, count);
    for (int i = 0; !ref_is_null(list) && i < count; i++) {
        Ref r = item(t, seq, i, depth);
        if (ref_is_null(r) || list_append_steal(t, ref_borrow(list), r) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}

static Ref seq_item(Thread *t, const void *seq, int i, int depth) { return node_object(t, ((const AstSeq *)seq)->items[i], depth); }

static Ref ident_item(Thread *t, const void *seq, int i, int depth) { return text_object(t, ((const AstIdents *)seq)->items[i], true); }

static Ref cmpop_item(Thread *t, const void *seq, int i, int depth) { return ref_new(t, enum_value("cmpop", ((const AstEnums *)seq)->items[i])); }

static Ref field_object(Thread *t, const Ast *node, const AstField *f, int depth) {
    const void *at = (const char *)node + f->offset;
    switch (f->kind) {
    case AST_FIELD_NODE: return node_object(t, *(Ast *const *)at, depth);
    case AST_FIELD_NODES: return list_of(t, ((const AstSeq *)at)->count, seq_item, at, depth);
    case AST_FIELD_IDENT: return text_object(t, *(AstStr *const *)at, true);
    case AST_FIELD_STRING: return text_object(t, *(AstStr *const *)at, false);
    case AST_FIELD_IDENTS: return list_of(t, ((const AstIdents *)at)->count, ident_item, at, depth);
    case AST_FIELD_CONST: return constant_value(t, at);
    case AST_FIELD_INT: return ref_small_int(*(const int *)at);
    case AST_FIELD_ENUM: return ref_new(t, enum_value(f->type, *(const int *)at));
    case AST_FIELD_ENUMS: return list_of(t, ((const AstEnums *)at)->count, cmpop_item, at, depth);
    }
    return REF_NONE;
}

static bool set_steal(Thread *t, Value o, const char *name, Ref value) {
    bool good = !ref_is_null(value) && set_attr(t, o, str_intern_cstr(t, name), ref_borrow(value)) == 0;
    ref_drop(t, value);
    return good;
}

static Ref node_object(Thread *t, const Ast *node, int depth) {
    if (!node) return REF_NONE;
    if (depth > SYMBOLS_MAX_DEPTH) return err_set(t, E_RecursionError, "maximum recursion depth exceeded during ast construction");
    const AstInfo *info = ast_info(node->kind);
    Ref r = instance_new(t, as(Type, ast_class(node->kind)));
    bool good = !ref_is_null(r);
    for (int i = 0; good && i < info->field_count; i++) {
        const AstField *f = &info->fields[i];
        if (hidden(info, f) && !((const AstSeq *)((const char *)node + f->offset))->count) continue;
        good = set_steal(t, ref_borrow(r), f->name, field_object(t, node, f, depth + 1));
    }
    const int32_t place[] = {node->lineno, node->col_offset, node->end_lineno, node->end_col_offset};
    for (int i = 0; good && i < 4 && ast_sum_has_position[info->sum]; i++)
        good = set_steal(t, ref_borrow(r), positions[i], ref_small_int(place[i]));
    if (good) return r;
    ref_drop(t, r);
    return REF_NULL;
}

Ref ast_to_object(Thread *t, const Ast *tree) { return ast_ready(t) < 0 ? REF_NULL : node_object(t, tree, 0); }
