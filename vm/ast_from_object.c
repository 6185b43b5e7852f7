/* Objects of the `_ast` classes to a tree, for compile(). */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/str.h"
#include "vm/ast_object.h"
#include "vm/symbols.h"

typedef struct Reader {
    Thread *t;
    Arena *arena;
    AstNames *names;
    AstKeep *keep;
    int depth;
} Reader;

static bool read_node(Reader *r, Value object, AstSum sum, Ast **out);

/* ---- what must outlive the tree ---- */

static bool keep_object(Reader *r, Value object) {
    AstKeep *k = r->keep;
    if (k->count == k->capacity) {
        size_t capacity = k->capacity ? k->capacity * 2 : 16;
        Ref *more = mem_realloc(k->at, capacity * sizeof *more);
        if (!more) return err_no_memory(r->t), false;
        k->at = more;
        k->capacity = capacity;
    }
    k->at[k->count++] = ref_new(r->t, object);
    return true;
}

void ast_keep_drop(Thread *t, AstKeep *keep) {
    for (size_t i = 0; i < keep->count; i++) ref_drop(t, keep->at[i]);
    mem_free(keep->at);
    *keep = (AstKeep){0};
}

/* ---- texts and constants ---- */

/* A str as UTF-8, lone surrogates as three bytes. */
static AstStr *text_of(Reader *r, Value v) {
    const Str *s = as(Str, v);
    char *text = arena_alloc(r->arena, s->length * 4 + 1), *to = text;
    if (!text) return err_no_memory(r->t), NULL;
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        if (c < 0x80) {
            *to++ = c;
        } else {
            int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
            *to++ = (char)((0x1F80 >> more) | c >> 6 * more); /* 110xxxxx, 1110xxxx, 11110xxx */
            while (more-- > 0) *to++ = 0x80 | (c >> 6 * more & 0x3F);
        }
    }
    AstStr *out = ast_str(r->arena, text, to - text);
    if (!out) err_no_memory(r->t);
    return out;
}

static bool read_ident(Reader *r, Value v, AstStr **out) {
    if (!is_str(v)) return err_set(r->t, E_TypeError, "AST identifier must be of type str"), false;
    AstStr *text = text_of(r, v);
    *out = text ? ast_intern(r->names, text->text, text->length) : NULL;
    return *out || (err_pending(r->t) ? false : (err_no_memory(r->t), false));
}

static bool read_string(Reader *r, Value v, AstStr **out) {
    if (!is_str(v)) return err_set(r->t, E_TypeError, "AST string must be of type str"), false;
    return (*out = text_of(r, v)) != NULL;
}

static bool read_integer_constant(Reader *r, Value v, AstConst *out) {
    if (int_try_i64(v, &out->integer) == 0 && out->integer >= 0) return out->kind = AST_CONST_INT, true;
    out->kind = AST_CONST_OBJECT; /* negative ones and big ones are taken as they are */
    if (value_is_int(v)) return out->kind = AST_CONST_INT, true;
    out->object = value_object(v);
    return keep_object(r, v);
}

static bool read_const(Reader *r, Value v, AstConst *out) {
    if (value_is_none(v)) return out->kind = AST_CONST_NONE, true;
    if (value_is_true(v)) return out->kind = AST_CONST_TRUE, true;
    if (value_is_false(v)) return out->kind = AST_CONST_FALSE, true;
    if (value_is(v, VALUE_ELLIPSIS)) return out->kind = AST_CONST_ELLIPSIS, true;
    if (is_exact(v, &int_type)) return read_integer_constant(r, v, out);
    if (is_exact(v, &float_type)) return out->kind = AST_CONST_FLOAT, out->number = float_value(v), true;
    if (is_exact(v, &str_type)) return out->kind = AST_CONST_STR, (out->text = text_of(r, v)) != NULL;
    if (is_exact(v, &bytes_type)) {
        out->kind = AST_CONST_BYTES;
        out->text = ast_str(r->arena, (const char *)bytes_data(v), bytes_length(v));
        return out->text || (err_no_memory(r->t), false);
    }
    out->kind = AST_CONST_OBJECT;
    out->object = value_object(v);
    return keep_object(r, v);
}

static bool read_int(Reader *r, Value v, int *out) {
    if (!is_int(v)) return err_set(r->t, E_ValueError, "invalid integer value: %R", v), false;
    return as_int(r->t, v, out) == 0;
}

/* ---- enums ---- */

static bool read_enum(Reader *r, const char *type, Value v, int *out) {
    int count;
    const char *const *names = ast_enum_names(type, &count);
    for (const Type *c = type_of(v); c; c = c->base)
        for (int i = 0; i < count; i++)
            if (!strcmp(c->name, names[i]) && type_is_subtype(c, &ast_type)) return *out = i, true;
    return err_set(r->t, E_TypeError, "expected some sort of %s, but got %R", type, v), false;
}

/* ---- fields ---- */

typedef bool (*ReadItem)(Reader *r, const AstField *f, Value item, void *out);

/* A list field: its items, one by one, into an array in the arena of `size` bytes each. */
static bool read_list(Reader *r, const AstInfo *info, const AstField *f, Value v, size_t size, ReadItem item, int32_t *count, void *items) {
    if (!is_list(v))
        return err_set(r->t, E_TypeError, "%s field \"%s\" must be a list, not a %.200T", info->name, f->name, v), false;
    Ref list = list_copy(r->t, v);
    if (ref_is_null(list)) return false;
    *count = (int32_t)list_size(ref_borrow(list));
    char *at = arena_zalloc(r->arena, *count * size + 1);
    bool good = at || (err_no_memory(r->t), false);
    *(void **)items = at;
    for (int32_t i = 0; good && i < *count; i++) good = item(r, f, list_get(ref_borrow(list), i), at + i * size);
    ref_drop(r->t, list);
    return good;
}

static AstSum sum_of(const char *type) {
    int i = 0;
    while (i < AST_SUM_COUNT && strcmp(ast_sum_names[i], type)) i++;
    return (AstSum)i;
}

static bool node_item(Reader *r, const AstField *f, Value v, void *out) {
    if (value_is_none(v)) return *(Ast **)out = NULL, true; /* ast_validate() says where it may be so */
    return read_node(r, v, sum_of(f->type), out);
}

static bool ident_item(Reader *r, const AstField *f, Value v, void *out) { return read_ident(r, v, out); }

static bool enum_item(Reader *r, const AstField *f, Value v, void *out) {
    int value;
    if (!read_enum(r, f->type, v, &value)) return false;
    *(uint8_t *)out = value;
    return true;
}

static bool read_value(Reader *r, const AstInfo *info, const AstField *f, Value v, void *out) {
    if (value_is_none(v) && f->kind != AST_FIELD_CONST) {
        if (f->optional && f->kind == AST_FIELD_INT) return *(int *)out = 0, true;
        if (f->optional) return *(void **)out = NULL, true;
        if (f->kind != AST_FIELD_NODES && f->kind != AST_FIELD_IDENTS && f->kind != AST_FIELD_ENUMS)
            return err_set(r->t, E_ValueError, "field '%s' is required for %s", f->name, info->name), false;
    }
    switch (f->kind) {
    case AST_FIELD_NODE: return read_node(r, v, sum_of(f->type), out);
    case AST_FIELD_NODES: return read_list(r, info, f, v, sizeof(Ast *), node_item, &((AstSeq *)out)->count, &((AstSeq *)out)->items);
    case AST_FIELD_IDENT: return read_ident(r, v, out);
    case AST_FIELD_STRING: return read_string(r, v, out);
    case AST_FIELD_IDENTS:
        return read_list(r, info, f, v, sizeof(AstStr *), ident_item, &((AstIdents *)out)->count, &((AstIdents *)out)->items);
    case AST_FIELD_CONST: return read_const(r, v, out);
    case AST_FIELD_INT: return read_int(r, v, out);
    case AST_FIELD_ENUM: return read_enum(r, f->type, v, out);
    case AST_FIELD_ENUMS: return read_list(r, info, f, v, 1, enum_item, &((AstEnums *)out)->count, &((AstEnums *)out)->items);
    }
    return false;
}

static bool read_field(Reader *r, const AstInfo *info, const AstField *f, Value object, Ast *node) {
    Ref v = get_attr_opt(r->t, object, str_intern_cstr(r->t, f->name));
    bool good = !err_pending(r->t);
    if (ref_is_null(v)) {
        if (good && !f->is_new && !f->optional) {
            err_set(r->t, E_TypeError, "required field \"%s\" missing from %s", f->name, info->name);
            good = false;
        }
        return good;
    }
    good = read_value(r, info, f, ref_borrow(v), (char *)node + f->offset);
    ref_drop(r->t, v);
    return good;
}

/* ---- nodes ---- */

/* lineno and col_offset must be there; the end defaults to them. */
static bool read_position(Reader *r, AstSum sum, Value object, Ast *node) {
    static const char *const attributes[] = {"lineno", "col_offset", "end_lineno", "end_col_offset"};
    int32_t *places[] = {&node->lineno, &node->col_offset, &node->end_lineno, &node->end_col_offset};
    bool good = true;
    for (int i = 0; good && i < 4; i++) {
        Ref v = get_attr_opt(r->t, object, str_intern_cstr(r->t, attributes[i]));
        if (err_pending(r->t)) return false;
        bool none = ref_is_null(v) || ref_is_none(v);
        if (i < 2 && ref_is_null(v)) {
            err_set(r->t, E_TypeError, "required field \"%s\" missing from %s", attributes[i], ast_sum_names[sum]);
            good = false;
        } else if (none && i >= 2) {
            *places[i] = *places[i - 2];
        } else {
            good = read_int(r, ref_borrow(v), places[i]);
        }
        ref_drop(r->t, v);
    }
    return good;
}

/* The kind of node that an object is, of a sum's; AST_KIND_COUNT if it's none. */
static AstKind kind_of(Value object, AstSum sum) {
    for (const Type *c = type_of(object); c && c != &ast_type; c = c->base)
        for (AstKind kind = 0; kind < AST_KIND_COUNT; kind++)
            if (ast_info(kind)->sum == sum && as(Type, ast_class(kind)) == c) return kind;
    return AST_KIND_COUNT;
}

/* CPython looks for the position before it knows what the object is. */
static bool read_node(Reader *r, Value object, AstSum sum, Ast **out) {
    Ast place = {0};
    if (ast_sum_has_position[sum] && !read_position(r, sum, object, &place)) return false;
    AstKind kind = kind_of(object, sum);
    if (kind == AST_KIND_COUNT)
        return err_set(r->t, E_TypeError, "expected some sort of %s, but got %R", ast_sum_names[sum], object), false;
    if (++r->depth > SYMBOLS_MAX_DEPTH) {
        err_set(r->t, E_RecursionError, "maximum recursion depth exceeded while traversing '%s' node", ast_sum_names[sum]);
        return false;
    }
    const AstInfo *info = ast_info(kind);
    Ast *node = ast_new(r->arena, kind);
    Ref keep = ref_new(r->t, object);
    bool good = node || (err_no_memory(r->t), false);
    if (good) {
        place.kind = kind;
        *node = place;
    }
    for (int i = 0; good && i < info->field_count; i++) good = read_field(r, info, &info->fields[i], object, node);
    ref_drop(r->t, keep);
    r->depth--;
    *out = node;
    return good;
}

Ast *ast_from_object(Thread *t, Value object, ParseMode mode, Arena *arena, AstNames *names, AstKeep *keep) {
    static const AstKind roots[] = {AST_Module, AST_Expression, AST_Interactive, AST_FunctionType};
    if (ast_ready(t) < 0) return NULL;
    int is_root = is_instance(t, object, ast_class(roots[mode]));
    if (is_root < 0) return NULL;
    if (!is_root) return err_set(t, E_TypeError, "expected %s node, got %.400T", ast_info(roots[mode])->name, object), NULL;
    Reader reader = {.t = t, .arena = arena, .names = names, .keep = keep};
    Ast *tree;
    if (!read_node(&reader, object, AST_SUM_mod, &tree) || ast_validate(t, tree) < 0) return NULL;
    return tree;
}
