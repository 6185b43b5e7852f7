/* Expressions. */
#include "vm/compile.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/list.h"
#include "runtime/str.h"
#include <stdlib.h>

static const Opcode binary_opcode[] = {I_ADD, I_SUB, I_MUL, I_MATMUL, I_TRUEDIV, I_MOD, I_POW, I_LSHIFT, I_RSHIFT, I_OR, I_XOR,
                                       I_AND, I_FLOORDIV}; /* by Ast_operator */
static const uint8_t binary_operation[] = {0, 1, 2, 3, 4, 6, 7, 8, 9, 11, 12, 10, 5}; /* Ast_operator → BinaryOp (runtime/abstract.h) */

/* ---- does an expression assign to a variable of this scope? --------------------------------------------------------------------- */

/* Only `:=` does. Looks into nested comprehensions too, which is more than needed and harmless. */
static bool assigns(Compiler *c, Ast *node) {
    if (node == NULL || !c->may_walrus) return false;
    if (node->kind == AST_NamedExpr) return true;
    if (node->kind == AST_Lambda) return false;
    const AstInfo *info = ast_info(node->kind);
    for (int i = 0; i < info->field_count; i++) {
        const AstField *f = &info->fields[i];
        char *at = (char *)node + f->offset;
        if (f->kind == AST_FIELD_NODE) {
            if (assigns(c, *(Ast **)at)) return true;
        } else if (f->kind == AST_FIELD_NODES) {
            AstSeq *seq = (AstSeq *)at;
            for (int k = 0; k < seq->count; k++)
                if (assigns(c, seq->items[k])) return true;
        }
    }
    return false;
}

/* ---- constant folding ------------------------------------------------------------------------------------------------------------- */

#define FOLD_MAX_BITS 128
#define FOLD_MAX_ITEMS 4096

static bool is_number(Value v) { return is_int(v) || is_float(v) || is_exact(v, &complex_type); }

static int64_t sequence_length(Value v) {
    if (is_str(v)) return (int64_t)str_length(v);
    if (is_bytes(v)) return (int64_t)bytes_length(v);
    return -1;
}

/* Keeps results of a size that CPython's folder keeps: a constant must not cost more than its source says. */
static bool fold_is_safe(Ast_operator op, Value a, Value b) {
    int64_t n;
    switch (op) {
    case AST_Mult:
        if (is_int(a) && is_int(b)) return true;
        if (is_int(b) && !is_number(a)) return value_is_int(b) && value_int(b) >= 0 && value_int(b) <= 256 && !is_tuple(a) &&
                                              sequence_length(a) * value_int(b) <= FOLD_MAX_ITEMS;
        return is_number(a) && is_number(b);
    case AST_Pow:
        if (is_int(a) && is_int(b)) {
            if (!value_is_int(b) || !value_is_int(a)) return false;
            n = value_int(b);
            int bits = 64 - __builtin_clzll((uint64_t)llabs(value_int(a)) | 1);
            return n < 0 ? value_int(a) != 0 : n <= FOLD_MAX_BITS && bits * n <= FOLD_MAX_BITS;
        }
        return is_number(a) && is_number(b);
    case AST_LShift: return value_is_int(a) && value_is_int(b) && value_int(b) >= 0 && value_int(b) <= 64;
    case AST_Mod: return is_number(a) && is_number(b); /* not text formatting: it may be big, or call out */
    case AST_Add: return (is_number(a) && is_number(b)) || (type_of(a) == type_of(b) && !is_tuple(a));
    default: return is_number(a) && is_number(b);
    }
}

static Ref fold_binary(Compiler *c, Ast_operator op, Value a, Value b) {
    if (!fold_is_safe(op, a, b)) return REF_NULL;
    Ref r = binary_op(c->t, (BinaryOp)binary_operation[op], a, b);
    if (ref_is_null(r)) err_clear(c->t); /* the error is the running program's */
    return r;
}

int fold(Compiler *c, Ast *node, Ref *out) {
    if (c->failed) return 0;
    Ref a, b;
    switch (node->kind) {
    case AST_Constant:
        *out = constant_value(c->t, &AST(Constant, node)->value);
        return ok(c, *out);
    case AST_Name:
        if (AST(Name, node)->id->length != 9 || strcmp(AST(Name, node)->id->text, "__debug__") != 0) return 0;
        *out = ref_bool(c->optimize == 0);
        return 1;
    case AST_UnaryOp: {
        AstUnaryOp *u = AST(UnaryOp, node);
        if (!fold(c, u->operand, &a)) return 0;
        Value v = ref_borrow(a);
        *out = REF_NULL;
        if (u->op == AST_Not) {
            int truth = is_true(c->t, v);
            if (truth >= 0) *out = ref_bool(!truth);
        } else if (is_number(v)) {
            if (u->op == AST_USub) *out = number_neg(c->t, v);
            else if (u->op == AST_UAdd) *out = number_pos(c->t, v);
            else if (is_int(v)) *out = number_invert(c->t, v);
        }
        if (ref_is_null(*out)) err_clear(c->t);
        ref_drop(c->t, a);
        return !ref_is_null(*out);
    }
    case AST_BinOp: {
        AstBinOp *n = AST(BinOp, node);
        if (!fold(c, n->right, &b)) return 0; /* the right one first: a long chain on the left is then left alone at once */
        if (!fold(c, n->left, &a)) {
            ref_drop(c->t, b);
            return 0;
        }
        *out = fold_binary(c, n->op, ref_borrow(a), ref_borrow(b));
        ref_drop(c->t, a);
        ref_drop(c->t, b);
        return !ref_is_null(*out);
    }
    case AST_Subscript: {
        AstSubscript *n = AST(Subscript, node);
        if (n->ctx != AST_Load || !fold(c, n->slice, &b)) return 0;
        if (!fold(c, n->value, &a)) {
            ref_drop(c->t, b);
            return 0;
        }
        *out = get_item(c->t, ref_borrow(a), ref_borrow(b));
        if (ref_is_null(*out)) err_clear(c->t);
        ref_drop(c->t, a);
        ref_drop(c->t, b);
        return !ref_is_null(*out);
    }
    case AST_Tuple: {
        AstTuple *n = AST(Tuple, node);
        if (n->ctx != AST_Load) return 0;
        Ref *items = arena_alloc(c->arena, ((size_t)n->elts.count + 1) * sizeof(Ref));
        if (items == NULL) return 0;
        for (int i = 0; i < n->elts.count; i++) {
            if (n->elts.items[i]->kind != AST_Starred && fold(c, n->elts.items[i], &items[i])) continue;
            while (i-- > 0) ref_drop(c->t, items[i]);
            return 0;
        }
        *out = tuple_from_steal(c->t, items, (size_t)n->elts.count);
        return ok(c, *out);
    }
    default: return 0;
    }
}

/* A constant that has an index of at most `max`; NO_CONST if the node isn't one. */
static uint32_t const_operand(Compiler *c, Ast *node, uint32_t max) {
    Ref r;
    if ((node->kind != AST_Constant && node->kind != AST_UnaryOp) || c->unit->consts.count > max || !fold(c, node, &r)) return NO_CONST;
    return (uint32_t)const_index(c, r);
}

/* ---- operands ------------------------------------------------------------------------------------------------------------------------- */

int expr_any(Compiler *c, Ast *node) {
    int var = fast_variable(c, node);
    if (var >= 0) {
        CodePosition old = at(c, node);
        check_bound(c, var);
        if (node->lineno != old.line && old.line > 0) emit(c, I_NOP, 0, 0, 0); /* the register is read where it stands: for who traces lines */
        c->pos = old;
        return var;
    }
    return expr_temp(c, node);
}

int expr_operand(Compiler *c, Ast *node, Ast *later) {
    if (later && later->lineno != node->lineno && fast_variable(c, node) >= 0) { /* as in expr_any */
        CodePosition old = at(c, node);
        emit(c, I_NOP, 0, 0, 0);
        c->pos = old;
    }
    return later && fast_variable(c, node) >= 0 && assigns(c, later) ? expr_temp(c, node) : expr_any(c, node);
}

int expr_temp(Compiler *c, Ast *node) {
    int r = temp(c);
    expr_into(c, node, r);
    return r;
}

void expr_effect(Compiler *c, Ast *node) {
    Unit *u = c->unit;
    int mark = u->next_temp, r = expr_any(c, node);
    CodePosition old = at(c, node);
    if (is_temp(c, r)) emit(c, I_DROP, r, 0, 0);
    c->pos = old;
    u->next_temp = mark;
}

static void allow_await(Compiler *c) {
    if (c->unit->scope->kind == SCOPE_MODULE) c->unit->flags |= CO_COROUTINE; /* allowed by compile()'s flag */
}

static void delegate(Compiler *c, int it, int out) {
    load_const(c, out, REF_NONE);
    emit(c, I_YIELD_FROM, out, it, (uint32_t)c->unit->next_temp);
}

void await_into(Compiler *c, int value, int dst, int kind) {
    allow_await(c);
    int mark = c->unit->next_temp, it = temp(c), out = is_temp(c, dst) ? dst : temp(c);
    emit(c, I_GET_AWAITABLE, it, value, (uint32_t)kind);
    delegate(c, it, out);
    if (out != dst) emit(c, I_MOVE, dst, out, 0);
    c->unit->next_temp = mark;
}

void await_next_into(Compiler *c, int it, int dst) {
    allow_await(c);
    int mark = c->unit->next_temp, awaitable = temp(c);
    emit(c, I_GET_ANEXT, awaitable, it, 0);
    delegate(c, awaitable, dst);
    c->unit->next_temp = mark;
}

/* ---- displays --------------------------------------------------------------------------------------------------------------------------- */

static bool has_star(AstSeq seq) {
    for (int i = 0; i < seq.count; i++)
        if (seq.items[i]->kind == AST_Starred) return true;
    return false;
}

void build_pieces(Compiler *c, AstSeq elts, int dst, bool set) {
    emit(c, set ? I_BUILD_SET : I_BUILD_LIST, dst, c->unit->next_temp, 0);
    for (int i = 0; i < elts.count; i++) {
        int mark = c->unit->next_temp;
        Ast *e = elts.items[i];
        bool star = e->kind == AST_Starred;
        int r = expr_any(c, star ? AST(Starred, e)->value : e);
        emit(c, star ? (set ? I_SET_UPDATE : I_LIST_EXTEND) : (set ? I_SET_ADD : I_LIST_APPEND), dst, r, 0);
        c->unit->next_temp = mark;
    }
}

static void display_into(Compiler *c, AstSeq elts, int dst, Opcode op) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    if (has_star(elts) || elts.count > DISPLAY_MAX) {
        int list = is_temp(c, dst) && dst == mark - 1 ? dst : temp(c);
        build_pieces(c, elts, list, op == I_BUILD_SET);
        if (op == I_BUILD_TUPLE) emit(c, I_LIST_TO_TUPLE, dst, list, 0);
        else if (list != dst) emit(c, I_MOVE, dst, list, 0);
    } else {
        int base = u->next_temp;
        for (int i = 0; i < elts.count; i++) expr_temp(c, elts.items[i]);
        emit(c, op, dst, base, (uint32_t)elts.count);
    }
    u->next_temp = mark;
}

/* A frozenset of a constant tuple, or null if that can't be. It is made of the items in the order that a first set gives them, as the one that CPython
 * makes when it looks whether it has the same constant already: its order can be seen. */
static Ref constant_set_steal(Compiler *c, Ref tuple) {
    Ref first = frozenset_new(c->t, ref_borrow(tuple)), items = ref_is_null(first) ? first : sequence_list(c->t, ref_borrow(first));
    Ref set = ref_is_null(items) ? items : frozenset_new(c->t, ref_borrow(items));
    ref_drop(c->t, items);
    ref_drop(c->t, first);
    ref_drop(c->t, tuple);
    if (ref_is_null(set)) err_clear(c->t); /* unhashable: fails when it runs */
    return set;
}

/* [1, 2, 3] and {1, 2, 3} of constants: one tuple constant, spread; a frozenset for a set, whose order comes of this */
static bool constant_display(Compiler *c, AstSeq elts, int dst, bool set) {
    if (elts.count < 3) return false;
    AstTuple tuple = {.base = {.kind = AST_Tuple}, .elts = elts, .ctx = AST_Load};
    Ref k;
    if (!fold(c, &tuple.base, &k)) return false;
    if (set && ref_is_null(k = constant_set_steal(c, k))) return false;
    int mark = c->unit->next_temp, out = is_temp(c, dst) ? dst : temp(c), items = temp(c);
    emit(c, set ? I_BUILD_SET : I_BUILD_LIST, out, items, 0);
    load_const(c, items, k);
    emit(c, set ? I_SET_UPDATE : I_LIST_EXTEND, out, items, 0);
    if (out != dst) emit(c, I_MOVE, dst, out, 0);
    c->unit->next_temp = mark;
    return true;
}

static void dict_into(Compiler *c, AstDict *d, int dst) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    bool pieces = d->keys.count > DISPLAY_MAX / 2;
    for (int i = 0; i < d->keys.count; i++) pieces |= d->keys.items[i] == NULL;
    if (!pieces) {
        int base = u->next_temp;
        for (int i = 0; i < d->keys.count; i++) {
            expr_temp(c, d->keys.items[i]);
            expr_temp(c, d->values.items[i]);
        }
        emit(c, I_BUILD_MAP, dst, base, (uint32_t)d->keys.count);
        u->next_temp = mark;
        return;
    }
    int map = is_temp(c, dst) && dst == mark - 1 ? dst : temp(c);
    emit(c, I_BUILD_MAP, map, u->next_temp, 0);
    for (int i = 0; i < d->keys.count; i++) {
        int inner = u->next_temp;
        if (d->keys.items[i] == NULL) {
            emit(c, I_DICT_UPDATE, map, expr_any(c, d->values.items[i]), 0);
        } else {
            int pair = expr_temp(c, d->keys.items[i]);
            expr_temp(c, d->values.items[i]);
            emit(c, I_MAP_ADD, map, pair, 0);
        }
        u->next_temp = inner;
    }
    if (map != dst) emit(c, I_MOVE, dst, map, 0);
    u->next_temp = mark;
}

/* ---- calls --------------------------------------------------------------------------------------------------------------------------------------- */

#define ARGS_MAX 60

static bool has_double_star(AstSeq keywords) {
    for (int i = 0; i < keywords.count; i++)
        if (AST(keyword, keywords.items[i])->arg == NULL) return true;
    return false;
}

/* tuple of the keywords' names as a constant index */
static int keyword_names(Compiler *c, AstSeq keywords) {
    if (c->failed) return 0;
    Ref names = tuple_new_uninit(c->t, (size_t)keywords.count);
    if (!ok(c, names)) return 0;
    for (int i = 0; i < keywords.count; i++)
        tuple_init_item(names, (size_t)i, ref_new(c->t, ident_value(c, AST(keyword, keywords.items[i])->arg) /* not mangled */));
    return const_index(c, names);
}

static void check_keywords(Compiler *c, Ast *call, AstSeq keywords) {
    for (int i = 0; i < keywords.count; i++) {
        AstStr *name = AST(keyword, keywords.items[i])->arg;
        if (name == NULL || forbidden_name(c, call, name, AST_Store)) continue;
        for (int k = i + 1; k < keywords.count; k++)
            if (AST(keyword, keywords.items[k])->arg == name)
                fail(c, keywords.items[k], "keyword argument repeated: %s", name->text);
    }
}

/* Arguments with * or **, or too many: CALL_EX. The callee is in `base`; `before` positional arguments follow it. */
static void call_spread(Compiler *c, int base, int before, AstSeq args, AstSeq keywords, Ast *node) {
    Unit *u = c->unit;
    int list = base + 1;
    if (before == 0 && args.count == 1 && args.items[0]->kind == AST_Starred) {
        u->next_temp = list;
        expr_temp(c, AST(Starred, args.items[0])->value); /* f(*x): x itself */
    } else {
        emit(c, I_BUILD_LIST, list, list, (uint32_t)before);
        u->next_temp = list + 1;
        if (u->next_temp > u->max_regs) u->max_regs = u->next_temp;
        for (int i = 0; i < args.count; i++) {
            bool star = args.items[i]->kind == AST_Starred;
            int r = expr_any(c, star ? AST(Starred, args.items[i])->value : args.items[i]);
            emit(c, star ? I_LIST_EXTEND : I_LIST_APPEND, list, r, 0);
            u->next_temp = list + 1;
        }
    }
    if (keywords.count) {
        int map = temp(c);
        emit(c, I_BUILD_MAP, map, u->next_temp, 0);
        for (int i = 0; i < keywords.count; i++) {
            Astkeyword *k = AST(keyword, keywords.items[i]);
            int inner = u->next_temp;
            if (k->arg == NULL) {
                emit(c, I_DICT_MERGE, map, expr_any(c, k->value), (uint32_t)base);
            } else {
                /* through a one-entry dict, so that a repetition is found */
                int pair = temps(c, 2);
                load_const(c, pair, ref_new(c->t, ident_value(c, k->arg)));
                expr_into(c, k->value, pair + 1);
                emit(c, I_BUILD_MAP, pair, pair, 1);
                emit(c, I_DICT_MERGE, map, pair, (uint32_t)base);
            }
            u->next_temp = inner;
        }
    }
    at(c, node);
    emit(c, I_CALL_EX, base, keywords.count > 0, 0);
}

/* An attribute on a later line than its expression begins on counts for that line: where its name stands. */
void at_attribute(Compiler *c, Ast *node, Ast *attribute) {
    at(c, node);
    if (c->pos.line == attribute->end_lineno) return;
    size_t length = 0; /* characters of the name */
    const AstStr *name = AST(Attribute, attribute)->attr;
    for (size_t i = 0; i < name->length; i++) length += ((unsigned char)name->text[i] & 0xC0) != 0x80;
    c->pos.line = attribute->end_lineno;
    c->pos.col = attribute->end_col_offset - (int)length;
    if (c->pos.end_line < c->pos.line) c->pos.end_line = c->pos.line;
    if (c->pos.col < 0) c->pos.col = c->pos.end_col = -1;
    else if (c->pos.end_col < c->pos.col && c->pos.end_line == c->pos.line) c->pos.end_col = c->pos.col;
}

/* Calls the callee in the temporary `base` (two registers for methods: first_arg == base + 2); args_before arguments are in place already.
 * The result is in `base`. */
void call_into(Compiler *c, int base, int first_arg, int args_before, AstSeq args, AstSeq keywords, Ast *node) {
    Unit *u = c->unit;
    check_keywords(c, node, keywords);
    if (has_star(args) || has_double_star(keywords) || args.count + keywords.count > ARGS_MAX) {
        call_spread(c, base, args_before, args, keywords, node);
    } else {
        for (int i = 0; i < args.count; i++) expr_temp(c, args.items[i]);
        for (int i = 0; i < keywords.count; i++) expr_temp(c, AST(keyword, keywords.items[i])->value);
        uint32_t names = keywords.count ? 1 + (uint32_t)keyword_names(c, keywords) : 0;
        if (first_arg == base + 2) at_attribute(c, node, AST(Call, node)->func);
        else at(c, node);
        emit(c, first_arg == base + 2 ? I_CALL_METHOD : I_CALL, base, args_before + args.count + keywords.count, names);
    }
    u->next_temp = base + 1;
}

static const char *constant_type_name(const AstConst *k) {
    switch (k->kind) {
    case AST_CONST_NONE: return "NoneType";
    case AST_CONST_TRUE:
    case AST_CONST_FALSE: return "bool";
    case AST_CONST_ELLIPSIS: return "ellipsis";
    case AST_CONST_INT:
    case AST_CONST_BIGINT: return "int";
    case AST_CONST_FLOAT: return "float";
    case AST_CONST_COMPLEX: return "complex";
    case AST_CONST_STR: return "str";
    case AST_CONST_BYTES: return "bytes";
    case AST_CONST_OBJECT: return type_of(object_value(k->object))->name;
    }
    return "object";
}

/* The type's name if the expression is a display, a literal or a function; else null. */
static const char *literal_type(Ast *node) {
    switch (node->kind) {
    case AST_Constant: return constant_type_name(&AST(Constant, node)->value);
    case AST_Tuple: return "tuple";
    case AST_List:
    case AST_ListComp: return "list";
    case AST_Dict:
    case AST_DictComp: return "dict";
    case AST_Set:
    case AST_SetComp: return "set";
    case AST_GeneratorExp: return "generator";
    case AST_Lambda: return "function";
    case AST_JoinedStr:
    case AST_FormattedValue: return "str";
    default: return NULL;
    }
}

static bool is_operation(const Ast *node) { return node->kind == AST_UnaryOp || node->kind == AST_BinOp || node->kind == AST_Subscript; }

/* The same, once operations on literals are done. */
static const char *known_type(Compiler *c, Ast *node) {
    Ref v;
    if (!is_operation(node)) return literal_type(node);
    if (!fold(c, node, &v)) return NULL;
    const char *name = type_of(ref_borrow(v))->name; /* a built-in type's, for good */
    ref_drop(c->t, v);
    return name;
}

static void check_caller(Compiler *c, Ast *f) {
    const char *type = known_type(c, f);
    if (type && f->kind != AST_Lambda) compile_warn(c, f, E_SyntaxWarning, "'%s' object is not callable; perhaps you missed a comma?", type);
}

static void call_expr(Compiler *c, AstCall *n, int dst) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    int base = is_temp(c, dst) && dst == mark - 1 ? dst : temp(c);
    Ast *f = n->func;
    if (f->kind == AST_Attribute && !has_star(n->args) && !has_double_star(n->keywords) && n->args.count + n->keywords.count <= ARGS_MAX) {
        AstAttribute *a = AST(Attribute, f);
        int object = fast_variable(c, a->value);
        if (object >= 0) {
            at(c, a->value);
            check_bound(c, object);
        } else {
            expr_into(c, a->value, object = base);
        }
        temp(c);
        at_attribute(c, f, f);
        emit(c, I_LOAD_METHOD, base, object, (uint32_t)name_index(c, a->attr));
        call_into(c, base, base + 2, 0, n->args, n->keywords, &n->base);
    } else {
        check_caller(c, f);
        expr_into(c, f, base);
        at(c, &n->base);
        call_into(c, base, base + 1, 0, n->args, n->keywords, &n->base);
    }
    if (base != dst) emit(c, I_MOVE, dst, base, 0);
    u->next_temp = mark;
}

/* ---- comparisons and conditions ---------------------------------------------------------------------------------------------------------------------- */

static const Opcode compare_opcode[] = {I_EQ, I_NE, I_LT, I_LE, I_GT, I_GE, I_IS, I_IS_NOT, I_IN, I_NOT_IN}; /* by Ast_cmpop */
static const Opcode jump_opcode[] = {I_JUMP_EQ, I_JUMP_NE, I_JUMP_LT, I_JUMP_LE, I_JUMP_GT, I_JUMP_GE};
static const Opcode jump_not_opcode[] = {I_JUMP_NOT_EQ, I_JUMP_NOT_NE, I_JUMP_NOT_LT, I_JUMP_NOT_LE, I_JUMP_NOT_GT, I_JUMP_NOT_GE};
static const Opcode jump_k_opcode[] = {I_JUMP_EQ_K, I_JUMP_NE_K, I_JUMP_LT_K, I_JUMP_LE_K, I_JUMP_GT_K, I_JUMP_GE_K};
static const Opcode jump_not_k_opcode[] = {I_JUMP_NOT_EQ_K, I_JUMP_NOT_NE_K, I_JUMP_NOT_LT_K, I_JUMP_NOT_LE_K, I_JUMP_NOT_GT_K, I_JUMP_NOT_GE_K};

/* Whether comparing with `is` makes sense: not with a constant, unless there is only one of its kind. */
static bool is_singleton(Compiler *c, Ast *node) {
    if (node->kind == AST_Constant) return AST(Constant, node)->value.kind <= AST_CONST_ELLIPSIS;
    Ref v;
    if ((!is_operation(node) && node->kind != AST_Tuple) || !fold(c, node, &v)) return true;
    bool single = ref_is_none(v) || type_of(ref_borrow(v)) == &bool_type;
    ref_drop(c->t, v);
    return single;
}
static bool is_none_constant(Ast *node) { return node->kind == AST_Constant && AST(Constant, node)->value.kind == AST_CONST_NONE; }

static void check_compare(Compiler *c, AstCompare *n) {
    for (int i = 0; i < n->ops.count; i++) {
        if (n->ops.items[i] != AST_Is && n->ops.items[i] != AST_IsNot) continue;
        if (is_singleton(c, i == 0 ? n->left : n->comparators.items[i - 1]) && is_singleton(c, n->comparators.items[i])) continue;
        compile_warn(c, &n->base, E_SyntaxWarning, n->ops.items[i] == AST_Is ? "\"is\" with a literal. Did you mean \"==\"?" : "\"is not\" with a literal. Did you mean \"!=\"?");
        return;
    }
}

/* `x in [1, 2]` looks into a constant tuple, `x in {1, 2}` into a constant frozenset */
static int membership_operand(Compiler *c, Ast *node) {
    Ref k = REF_NULL;
    if (node->kind == AST_List || node->kind == AST_Set) {
        AstTuple tuple = {.base = *node, .elts = node->kind == AST_List ? AST(List, node)->elts : AST(Set, node)->elts, .ctx = AST_Load};
        tuple.base.kind = AST_Tuple;
        if (fold(c, &tuple.base, &k) && node->kind == AST_Set) k = constant_set_steal(c, k);
    }
    if (ref_is_null(k)) return expr_any(c, node);
    int r = temp(c);
    load_const(c, r, k);
    return r;
}

static int right_operand(Compiler *c, Ast_cmpop op, Ast *node) {
    return op == AST_In || op == AST_NotIn ? membership_operand(c, node) : expr_any(c, node);
}

/* One comparison as a jump. */
static void jump_compare(Compiler *c, AstCompare *n, bool condition, Label *to) {
    Ast_cmpop op = n->ops.items[0];
    Ast *rn = n->comparators.items[0];
    int a = expr_operand(c, n->left, rn);
    if (op <= AST_GtE) {
        uint32_t k = const_operand(c, rn, 0xFFFF);
        int b = k == NO_CONST ? expr_any(c, rn) : (int)k;
        at(c, &n->base);
        const Opcode *table = k == NO_CONST ? (condition ? jump_opcode : jump_not_opcode) : (condition ? jump_k_opcode : jump_not_k_opcode);
        emit_jump(c, table[op], a, b, to);
    } else if (op == AST_Is || op == AST_IsNot) {
        bool is = (op == AST_Is) == condition;
        if (is_none_constant(rn)) {
            emit_jump(c, is ? I_JUMP_IF_NONE : I_JUMP_IF_NOT_NONE, a, 0, to);
        } else {
            int b = expr_any(c, rn);
            emit_jump(c, is ? I_JUMP_IF_IS : I_JUMP_IF_IS_NOT, a, b, to);
        }
    } else {
        int b = membership_operand(c, rn);
        at(c, &n->base);
        emit_jump(c, (op == AST_In) == condition ? I_JUMP_IF_IN : I_JUMP_IF_NOT_IN, a, b, to);
    }
}

void jump_if(Compiler *c, Ast *node, bool condition, Label *to) {
    if (c->failed) return;
    Unit *u = c->unit;
    int mark = u->next_temp;
    CodePosition old = c->pos; /* whose condition it is: a truth value that fails is blamed on that as a whole */
    Ref k;
    if (node->kind == AST_UnaryOp && AST(UnaryOp, node)->op == AST_Not) {
        jump_if(c, AST(UnaryOp, node)->operand, !condition, to);
    } else if (node->kind == AST_BoolOp) {
        AstBoolOp *b = AST(BoolOp, node);
        bool decides = b->op == AST_Or; /* the truth value that ends it early */
        Label end = LABEL_INIT;
        for (int i = 0; i < b->values.count - 1; i++) jump_if(c, b->values.items[i], decides, decides == condition ? to : &end);
        jump_if(c, b->values.items[b->values.count - 1], condition, to);
        label_place(c, &end);
    } else if (node->kind == AST_Compare && AST(Compare, node)->ops.count == 1) {
        at(c, node);
        check_compare(c, AST(Compare, node));
        jump_compare(c, AST(Compare, node), condition, to);
    } else if (node->kind != AST_Tuple && fold(c, node, &k)) {
        at(c, node);
        int truth = is_true(c->t, ref_borrow(k));
        ref_drop(c->t, k);
        if (truth == condition) emit_jump(c, I_JUMP, 0, 0, to);
    } else {
        int r = expr_any(c, node);
        emit_jump(c, condition ? I_JUMP_IF_TRUE : I_JUMP_IF_FALSE, r, 0, to);
    }
    u->next_temp = mark;
    c->pos = old;
}

static void compare_into(Compiler *c, AstCompare *n, int dst) {
    Unit *u = c->unit;
    int mark = u->next_temp, last = n->ops.count - 1;
    check_compare(c, n);
    if (last == 0) {
        int a = expr_operand(c, n->left, n->comparators.items[0]);
        int b = right_operand(c, n->ops.items[0], n->comparators.items[0]);
        at(c, &n->base);
        emit(c, compare_opcode[n->ops.items[0]], dst, a, (uint32_t)b);
        u->next_temp = mark;
        return;
    }
    /* a < b < c: each middle operand is used twice; the result so far is in a temporary until it is final */
    int out = is_temp(c, dst) ? dst : temp(c);
    Label fail_label = LABEL_INIT, end = LABEL_INIT;
    int middle = temp(c), work = u->next_temp;
    int left = expr_operand(c, n->left, n->comparators.items[0]);
    for (int i = 0; i <= last; i++) {
        Ast *rn = n->comparators.items[i];
        if (i == last) {
            int right = right_operand(c, n->ops.items[i], rn);
            at(c, &n->base);
            emit(c, compare_opcode[n->ops.items[i]], out, left, (uint32_t)right);
            break;
        }
        int right = temp(c), copy = temp(c);
        expr_into(c, rn, right);
        at(c, &n->base);
        emit(c, I_COPY, copy, right, 0);
        emit(c, compare_opcode[n->ops.items[i]], out, left, (uint32_t)copy);
        emit(c, I_MOVE, middle, right, 0);
        emit_jump(c, I_JUMP_IF_FALSE_KEEP, out, 0, &fail_label);
        left = middle;
        u->next_temp = work;
    }
    emit_jump(c, I_JUMP, 0, 0, &end);
    label_place(c, &fail_label);
    emit(c, I_DROP, middle, 0, 0);
    label_place(c, &end);
    if (out != dst) emit(c, I_MOVE, dst, out, 0);
    u->next_temp = mark;
}

/* 1, 0, or -1 if it isn't a constant. */
static int constant_truth(Compiler *c, Ast *node) {
    Ref k;
    if (node->kind != AST_Constant || !fold(c, node, &k)) return -1;
    int truth = is_true(c->t, ref_borrow(k));
    ref_drop(c->t, k);
    return truth;
}
/* What isn't evaluated may be left out if there can be nothing wrong with it. */
static bool only_names(AstSeq values, int from) {
    for (int i = from; i < values.count; i++)
        if (values.items[i]->kind != AST_Name && values.items[i]->kind != AST_Constant) return false;
    return true;
}

static void boolop_into(Compiler *c, AstBoolOp *b, int dst) {
    Unit *u = c->unit;
    int mark = u->next_temp, out = is_temp(c, dst) ? dst : temp(c);
    Label end = LABEL_INIT;
    for (int i = 0; i < b->values.count; i++) {
        bool last = i == b->values.count - 1;
        int truth = last ? -1 : constant_truth(c, b->values.items[i]);
        if (truth >= 0 && truth != (b->op == AST_Or)) continue; /* doesn't decide anything */
        expr_into(c, b->values.items[i], out);
        if (truth >= 0 && only_names(b->values, i + 1)) break;
        if (!last) emit_jump(c, b->op == AST_Or ? I_JUMP_IF_TRUE_KEEP : I_JUMP_IF_FALSE_KEEP, out, 0, &end);
    }
    label_place(c, &end);
    if (out != dst) emit(c, I_MOVE, dst, out, 0);
    u->next_temp = mark;
}

static void ifexp_into(Compiler *c, AstIfExp *n, int dst) {
    Label otherwise = LABEL_INIT, end = LABEL_INIT;
    jump_if(c, n->test, false, &otherwise);
    expr_into(c, n->body, dst);
    emit_jump(c, I_JUMP, 0, 0, &end);
    label_place(c, &otherwise);
    expr_into(c, n->orelse, dst);
    label_place(c, &end);
}

/* ---- operators ------------------------------------------------------------------------------------------------------------------------------------------ */

static bool number_literal(const Ast *e) {
    if (e->kind != AST_Constant) return false;
    AstConstKind kind = ((const AstConstant *)e)->value.kind;
    return kind == AST_CONST_INT || kind == AST_CONST_FLOAT;
}

static void binop_into(Compiler *c, AstBinOp *n, int dst) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    Opcode op = binary_opcode[n->op];
    if (op == I_MOD && percent_into(c, n, dst)) return;
    if ((op == I_ADD || op == I_MUL) && number_literal(n->left) && n->right->kind != AST_Constant) { /* 2 * x as x * 2, but for the slow path */
        uint32_t left = const_operand(c, n->left, C_MAX_INDEX >> 1);
        if (left != NO_CONST) {
            int b = expr_any(c, n->right);
            at(c, &n->base);
            emit(c, op - I_ADD + I_ADD_K, dst, b, left | C_SWAPPED);
            u->next_temp = mark;
            return;
        }
    }
    int a = dst;
    if (is_temp(c, dst) && dst == mark - 1 && fast_variable(c, n->left) < 0) expr_into(c, n->left, dst); /* long chains need no more registers */
    else a = expr_operand(c, n->left, n->right);
    uint32_t k = n->op == AST_MatMult ? NO_CONST : const_operand(c, n->right, C_MAX_INDEX >> 1);
    if (k != NO_CONST) {
        at(c, &n->base);
        emit(c, op < I_MATMUL ? op - I_ADD + I_ADD_K : op - I_TRUEDIV + I_TRUEDIV_K, dst, a, k);
    } else {
        int b = expr_any(c, n->right);
        at(c, &n->base);
        emit(c, op, dst, a, (uint32_t)b);
    }
    u->next_temp = mark;
}

/* x op= value, where x is in register r (a variable, or a temporary that gets the result) */
static void augment(Compiler *c, AstAugAssign *n, int r) {
    int mark = c->unit->next_temp;
    Opcode op = binary_opcode[n->op];
    uint32_t k = n->op == AST_MatMult ? NO_CONST : const_operand(c, n->value, C_MAX_INDEX >> 1);
    if (k != NO_CONST) {
        at(c, &n->base);
        emit(c, op < I_MATMUL ? op - I_ADD + I_ADD_K : op - I_TRUEDIV + I_TRUEDIV_K, r, r, k | C_INPLACE);
    } else {
        int b = expr_any(c, n->value);
        at(c, &n->base);
        emit(c, op, r, r, (uint32_t)b | C_INPLACE);
    }
    c->unit->next_temp = mark;
}

static void slice_parts(Compiler *c, AstSlice *s, int base, int n) {
    Ast *parts[] = {s->lower, s->upper, s->step};
    for (int i = 0; i < n; i++) {
        if (parts[i]) expr_into(c, parts[i], base + i);
        else load_const(c, base + i, REF_NONE);
    }
}

static void slice_into(Compiler *c, AstSlice *s, int dst) {
    int mark = c->unit->next_temp, n = s->step ? 3 : 2, base = temps(c, n);
    slice_parts(c, s, base, n);
    emit(c, I_BUILD_SLICE, dst, base, (uint32_t)n);
    c->unit->next_temp = mark;
}

static void check_subscript(Compiler *c, AstSubscript *n) {
    const char *type = known_type(c, n->value);
    bool folded = is_operation(n->value), text = type && (!strcmp(type, "str") || !strcmp(type, "bytes"));
    if (type && ((folded && !text) || n->value->kind == AST_GeneratorExp || n->value->kind == AST_Lambda || n->value->kind == AST_Set || n->value->kind == AST_SetComp ||
                 (n->value->kind == AST_Constant && AST(Constant, n->value)->value.kind != AST_CONST_STR &&
                  AST(Constant, n->value)->value.kind != AST_CONST_BYTES && AST(Constant, n->value)->value.kind != AST_CONST_OBJECT))) {
        compile_warn(c, &n->base, E_SyntaxWarning, "'%s' object is not subscriptable; perhaps you missed a comma?", type);
        return;
    }
    /* an index that can't be one */
    bool sequence = n->value->kind == AST_Tuple || n->value->kind == AST_List || n->value->kind == AST_ListComp ||
                    n->value->kind == AST_JoinedStr || n->value->kind == AST_FormattedValue ||
                    ((folded || n->value->kind == AST_Constant) && text);
    const char *index = sequence ? known_type(c, n->slice) : NULL;
    if (index && strcmp(index, "int") != 0 && strcmp(index, "bool") != 0)
        compile_warn(c, &n->base, E_SyntaxWarning, "%s indices must be integers or slices, not %s; perhaps you missed a comma?", type, index);
}

static void subscript_into(Compiler *c, AstSubscript *n, int dst) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    check_subscript(c, n);
    int object = expr_operand(c, n->value, n->slice);
    if (n->slice->kind == AST_Slice && AST(Slice, n->slice)->step == NULL) {
        int base = temps(c, 2);
        slice_parts(c, AST(Slice, n->slice), base, 2);
        at(c, &n->base);
        emit(c, I_SUBSCR_SLICE, dst, object, (uint32_t)base);
    } else {
        uint32_t k = const_operand(c, n->slice, C_MAX_INDEX >> 1);
        int key = k == NO_CONST ? expr_any(c, n->slice) : 0;
        at(c, &n->base);
        if (k != NO_CONST) emit(c, I_SUBSCR_K, dst, object, k);
        else emit(c, I_SUBSCR, dst, object, (uint32_t)key);
    }
    u->next_temp = mark;
}

/* ---- functions inside expressions ------------------------------------------------------------------------------------------------------------------------- */

/* The tuple of cells that the inner scope needs, in a fresh temporary on top; -1: it needs none */
int closure_parts(Compiler *c, Scope *inner, unsigned *parts) {
    Unit *u = c->unit;
    if (inner->frees.count == 0) return -1;
    int base = u->next_temp;
    for (int i = 0; i < inner->frees.count; i++) {
        AstStr *name = inner->frees.items[i];
        int r = temp(c), var = var_register(u, name);
        bool is_cell = var >= 0 && u->var_kinds[var] == VAR_CELL;
        if (is_cell) emit(c, I_COPY, r, var, 0);
        else {
            int f = free_index(u, name);
            if (f < 0 && !c->failed) {
                err_set(c->t, E_SystemError, "no cell for '%s'", name->text);
                c->failed = true;
            }
            emit(c, I_LOAD_CLOSURE, r, f, 0);
        }
    }
    emit(c, I_BUILD_TUPLE, base, base, (uint32_t)inner->frees.count);
    u->next_temp = base + 1;
    *parts |= 8;
    return base;
}

void make_function(Compiler *c, int dst, Ref code, int parts_base, unsigned parts) {
    if (!ok(c, code)) return;
    emit(c, I_MAKE_FUNCTION, dst, parts_base, (uint32_t)const_index(c, code) << 4 | parts);
}

void compile_lambda(Compiler *c, Ast *node, int dst) {
    AstLambda *n = AST(Lambda, node);
    Astarguments *args = AST(arguments, n->args);
    int mark = c->unit->next_temp;
    unsigned parts = 0;
    check_parameters(c, node, args);
    int base = function_defaults(c, args, &parts, mark);
    Scope *scope = symbols_scope(&c->symbols, node, SCOPE_ROLE_BODY);
    CodePosition old = c->pos;
    if (!unit_enter(c, scope, str_intern_cstr(c->t, "<lambda>"), node->lineno)) return;
    Unit *u = c->unit;
    u->argcount = args->posonlyargs.count + args->args.count;
    u->posonly = args->posonlyargs.count;
    u->kwonly = args->kwonlyargs.count;
    if (!c->failed) const_index(c, REF_NONE); /* no docstring */
    int r = expr_any(c, n->body);
    at(c, n->body);
    emit(c, I_RETURN, r, 0, 0);
    Ref code = unit_leave(c);
    c->pos = old;
    if (scope->frees.count) closure_parts(c, scope, &parts);
    make_function(c, dst, code, base, parts);
    c->unit->next_temp = mark;
}

static void comprehension_element(Compiler *c, Ast *node, int result) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    switch (node->kind) {
    case AST_GeneratorExp: {
        int r = expr_any(c, AST(GeneratorExp, node)->elt), sent = temp(c);
        at(c, AST(GeneratorExp, node)->elt);
        emit(c, u->scope->coroutine ? I_YIELD_ASYNC : I_YIELD, sent, r, (uint32_t)u->next_temp);
        emit(c, I_DROP, sent, 0, 0);
        break;
    }
    case AST_ListComp: emit(c, I_LIST_APPEND, result, expr_any(c, AST(ListComp, node)->elt), 0); break;
    case AST_SetComp: emit(c, I_SET_ADD, result, expr_any(c, AST(SetComp, node)->elt), 0); break;
    case AST_DictComp: {
        int pair = expr_temp(c, AST(DictComp, node)->key);
        expr_temp(c, AST(DictComp, node)->value);
        emit(c, I_MAP_ADD, result, pair, 0);
        break;
    }
    default: break;
    }
    u->next_temp = mark;
}

static void comprehension_async(Compiler *c, Ast *node, AstSeq generators, int index, int result, int it);

static void comprehension_inner(Compiler *c, Ast *node, AstSeq generators, int index, int result, Label *next) {
    Astcomprehension *g = AST(comprehension, generators.items[index]);
    for (int i = 0; i < g->ifs.count; i++) jump_if(c, g->ifs.items[i], false, next);
    if (index + 1 < generators.count) comprehension_body(c, node, generators, index + 1, result);
    else comprehension_element(c, node, result);
}

/* the loop of generators[index] and all inside it */
void comprehension_body(Compiler *c, Ast *node, AstSeq generators, int index, int result) {
    if (c->failed) return;
    Unit *u = c->unit;
    Astcomprehension *g = AST(comprehension, generators.items[index]);
    int mark = u->next_temp, it = temp(c);
    CodePosition old = c->pos;
    if (index == 0) {
        emit(c, I_SWAP, it, 0, 0); /* the parameter .0 */
        u->bound[0] = 0;
    } else {
        expr_into(c, g->iter, it);
        at(c, node);
        emit(c, g->is_async ? I_GET_AITER : I_GET_ITER, it, it, 0);
    }
    if (g->is_async) {
        comprehension_async(c, node, generators, index, result, it);
    } else {
        Label next = LABEL_INIT, top = LABEL_INIT;
        emit_jump(c, I_JUMP, 0, 0, &next);
        uint8_t *entry = next.bound;
        label_place(c, &top);
        bound_restore(c, entry);
        int var = fast_variable(c, g->target);
        int item = var >= 0 && !forbidden_name(c, g->target, AST(Name, g->target)->id, AST_Store) ? var : temp(c);
        if (item != var) {
            assign(c, g->target, item);
        } else {
            u->bound[var] = !u->unbindable[var];
            if (g->target->lineno != node->lineno) { /* for who traces lines */
                CodePosition before = at(c, g->target);
                emit(c, I_NOP, 0, 0, 0);
                c->pos = before;
            }
        }
        comprehension_inner(c, node, generators, index, result, &next);
        label_place(c, &next);
        at(c, node);
        emit_jump(c, I_FOR_ITER, item, it, &top);
    }
    c->pos = old;
    u->next_temp = mark;
}

static void comprehension_async(Compiler *c, Ast *node, AstSeq generators, int index, int result, int it) {
    Unit *u = c->unit;
    Astcomprehension *g = AST(comprehension, generators.items[index]);
    Label next = LABEL_INIT, top = LABEL_INIT, handler = LABEL_INIT;
    uint8_t *entry = bound_save(c);
    Block b;
    label_place(c, &top);
    block_push(c, &b, BLOCK_TRY, 0);
    block_protect(c, &b);
    int item = temp(c);
    await_next_into(c, it, item);
    block_pop(c, &b);
    u->next_temp = item + 1;
    assign(c, g->target, item);
    u->next_temp = it + 1;
    comprehension_inner(c, node, generators, index, result, &next);
    label_place(c, &next);
    emit_jump(c, I_JUMP, 0, 0, &top);
    label_place(c, &handler);
    bound_restore(c, entry);
    block_cover(c, &b, handler.at, it + 1, EXC_CATCH);
    temps(c, 2);
    emit(c, I_END_ASYNC_FOR, it + 1, 0, 0);
    emit(c, I_DROP, it, 0, 0);
    u->next_temp = it + 1;
}

static void comprehension_into(Compiler *c, Ast *node, AstSeq generators, const char *name, int dst) {
    Unit *outer = c->unit;
    Astcomprehension *first = AST(comprehension, generators.items[0]);
    Scope *scope = symbols_scope(&c->symbols, node, SCOPE_ROLE_BODY);
    bool is_async = scope && scope->coroutine, generator = node->kind == AST_GeneratorExp;
    int mark = outer->next_temp, base = is_temp(c, dst) && dst == mark - 1 ? dst : temp(c);
    if (is_async && !generator && !awaits_allowed(c) && !outer->scope->comprehension) {
        fail(c, node, "asynchronous comprehension outside of an asynchronous function");
        return;
    }
    CodePosition old = at(c, node);
    if (!unit_enter(c, scope, str_intern_cstr(c->t, name), node->lineno)) return;
    Unit *u = c->unit;
    u->argcount = 1;
    c->pos = (CodePosition){0, node->lineno, node->end_lineno, node->col_offset, node->end_col_offset};
    int result = -1;
    if (!c->failed) {
        if (!generator) {
            result = temp(c);
            emit(c, node->kind == AST_ListComp ? I_BUILD_LIST : node->kind == AST_SetComp ? I_BUILD_SET : I_BUILD_MAP, result, u->next_temp, 0);
        }
        comprehension_body(c, node, generators, 0, result);
        if (generator) at_nowhere(c);
        if (generator) emit(c, I_RETURN_NONE, 0, 0, 0);
        else emit(c, I_RETURN, result, 0, 0);
    }
    Ref code = unit_leave(c);
    c->pos = old;
    at(c, node);
    unsigned parts = 0;
    int parts_base = outer->next_temp;
    if (scope->frees.count) closure_parts(c, scope, &parts);
    make_function(c, base, code, parts_base, parts);
    outer->next_temp = base + 1;
    int arg = temp(c);
    expr_into(c, first->iter, arg);
    emit(c, first->is_async ? I_GET_AITER : I_GET_ITER, arg, arg, 0);
    emit(c, I_CALL, base, 1, 0);
    outer->next_temp = base + 1;
    if (is_async && !generator) await_into(c, base, base, 0);
    if (base != dst) emit(c, I_MOVE, dst, base, 0);
    c->pos = old;
    outer->next_temp = mark;
}

/* ---- yield, await --------------------------------------------------------------------------------------------------------------------------------------------- */

static bool in_function(Compiler *c) { return c->unit->scope->kind == SCOPE_FUNCTION; }

static void yield_into(Compiler *c, AstYield *n, int dst) {
    int mark = c->unit->next_temp, value;
    if (!in_function(c)) {
        fail(c, &n->base, "'yield' outside function");
        return;
    }
    if (n->value) value = expr_any(c, n->value);
    else load_const(c, value = temp(c), REF_NONE);
    at(c, &n->base);
    emit(c, c->unit->flags & CO_ASYNC_GENERATOR ? I_YIELD_ASYNC : I_YIELD, dst, value, (uint32_t)c->unit->next_temp);
    c->unit->next_temp = mark;
}

static void yield_from_into(Compiler *c, AstYieldFrom *n, int dst) {
    int mark = c->unit->next_temp;
    if (!in_function(c)) {
        fail(c, &n->base, "'yield' outside function");
        return;
    }
    if (c->unit->scope->coroutine) {
        fail(c, &n->base, "'yield from' inside async function");
        return;
    }
    int out = is_temp(c, dst) ? dst : temp(c), it = temp(c);
    expr_into(c, n->value, it);
    at(c, &n->base);
    emit(c, I_GET_YIELD_FROM_ITER, it, it, 0);
    load_const(c, out, REF_NONE);
    emit(c, I_YIELD_FROM, out, it, (uint32_t)c->unit->next_temp);
    if (out != dst) emit(c, I_MOVE, dst, out, 0);
    c->unit->next_temp = mark;
}

static void await_expr_into(Compiler *c, AstAwait *n, int dst) {
    bool top_level = (c->flags & COMPILE_TOP_LEVEL_AWAIT) && c->unit->scope->kind == SCOPE_MODULE;
    if (!top_level && !in_function(c)) {
        fail(c, &n->base, "'await' outside function");
        return;
    }
    if (!awaits_allowed(c) && !c->unit->scope->comprehension) {
        fail(c, &n->base, "'await' outside async function");
        return;
    }
    if (top_level) c->unit->flags |= CO_COROUTINE;
    int mark = c->unit->next_temp, value = expr_temp(c, n->value);
    at(c, &n->base);
    await_into(c, value, dst, 0);
    c->unit->next_temp = mark;
}

/* ---- the switch -------------------------------------------------------------------------------------------------------------------------------------------------- */

static void expr_switch(Compiler *c, Ast *node, int dst) {
    Unit *u = c->unit;
    int mark = u->next_temp, r;
    switch (node->kind) {
    case AST_Constant: load_const(c, dst, constant_value(c->t, &AST(Constant, node)->value)); return;
    case AST_Name: load_name(c, AST(Name, node)->id, dst); return;
    case AST_BoolOp: boolop_into(c, AST(BoolOp, node), dst); return;
    case AST_BinOp: binop_into(c, AST(BinOp, node), dst); return;
    case AST_Compare: compare_into(c, AST(Compare, node), dst); return;
    case AST_Call: call_expr(c, AST(Call, node), dst); return;
    case AST_Subscript: subscript_into(c, AST(Subscript, node), dst); return;
    case AST_Lambda: compile_lambda(c, node, dst); return;
    case AST_IfExp: ifexp_into(c, AST(IfExp, node), dst); return;
    case AST_Dict: dict_into(c, AST(Dict, node), dst); return;
    case AST_Tuple: display_into(c, AST(Tuple, node)->elts, dst, I_BUILD_TUPLE); return;
    case AST_List:
        if (!constant_display(c, AST(List, node)->elts, dst, false)) display_into(c, AST(List, node)->elts, dst, I_BUILD_LIST);
        return;
    case AST_Set:
        if (!constant_display(c, AST(Set, node)->elts, dst, true)) display_into(c, AST(Set, node)->elts, dst, I_BUILD_SET);
        return;
    case AST_ListComp: comprehension_into(c, node, AST(ListComp, node)->generators, "<listcomp>", dst); return;
    case AST_SetComp: comprehension_into(c, node, AST(SetComp, node)->generators, "<setcomp>", dst); return;
    case AST_DictComp: comprehension_into(c, node, AST(DictComp, node)->generators, "<dictcomp>", dst); return;
    case AST_GeneratorExp: comprehension_into(c, node, AST(GeneratorExp, node)->generators, "<genexpr>", dst); return;
    case AST_JoinedStr: joined_into(c, AST(JoinedStr, node), dst); return;
    case AST_FormattedValue: formatted_into(c, AST(FormattedValue, node), dst); return;
    case AST_Yield: yield_into(c, AST(Yield, node), dst); return;
    case AST_YieldFrom: yield_from_into(c, AST(YieldFrom, node), dst); return;
    case AST_Await: await_expr_into(c, AST(Await, node), dst); return;
    case AST_Slice: slice_into(c, AST(Slice, node), dst); return;
    case AST_UnaryOp: {
        static const Opcode ops[] = {I_INVERT, I_NOT, I_POS, I_NEG};
        r = expr_any(c, AST(UnaryOp, node)->operand);
        at(c, node);
        emit(c, ops[AST(UnaryOp, node)->op], dst, r, 0);
        break;
    }
    case AST_Attribute:
        r = expr_any(c, AST(Attribute, node)->value);
        at_attribute(c, node, node);
        emit(c, I_LOAD_ATTR, dst, r, (uint32_t)name_index(c, AST(Attribute, node)->attr));
        break;
    case AST_NamedExpr:
        r = is_temp(c, dst) ? dst : temp(c);
        expr_into(c, AST(NamedExpr, node)->value, r);
        {
            int copy = temp(c);
            emit(c, I_COPY, copy, r, 0);
            assign(c, AST(NamedExpr, node)->target, copy);
        }
        if (r != dst) emit(c, I_MOVE, dst, r, 0);
        break;
    case AST_Starred: fail(c, node, AST(Starred, node)->ctx == AST_Store ? "starred assignment target must be in a list or tuple" : "can't use starred expression here"); return;
    default:
        if (!c->failed) err_set(c->t, E_SystemError, "unexpected expression");
        c->failed = true;
    }
    u->next_temp = mark;
}

void expr_into(Compiler *c, Ast *node, int dst) {
    if (c->failed) return;
    CodePosition old = at(c, node);
    Ref k;
    bool foldable = is_operation(node) || node->kind == AST_Tuple || node->kind == AST_Name;
    if (foldable && fold(c, node, &k)) load_const(c, dst, k);
    else expr_switch(c, node, dst);
    c->pos = old;
}

/* ---- assignment ------------------------------------------------------------------------------------------------------------------------------------------------------ */

static void unpack(Compiler *c, Ast *target, AstSeq elts, int src) {
    Unit *u = c->unit;
    int star = -1, n = elts.count;
    for (int i = 0; i < n; i++) {
        if (elts.items[i]->kind != AST_Starred) continue;
        if (star >= 0) {
            fail(c, target, "multiple starred expressions in assignment");
            return;
        }
        star = i;
    }
    if (star >= 256 || (star >= 0 && n - star - 1 >= 1 << 13)) {
        fail(c, target, "too many expressions in star-unpacking assignment");
        return;
    }
    int mark = u->next_temp;
    /* neighbouring variables take the items at once */
    int first = n && star < 0 ? fast_variable(c, elts.items[0]) : -1;
    bool direct = first >= 0;
    for (int i = 0; direct && i < n; i++) direct = fast_variable(c, elts.items[i]) == first + i && !u->unbindable[first + i];
    if (direct) {
        emit(c, I_UNPACK, first, src, (uint32_t)n);
        for (int i = 0; i < n; i++) u->bound[first + i] = 1;
        return;
    }
    int base = temps(c, n ? n : 1); /* a register to name even if nothing is unpacked */
    if (star >= 0) emit(c, I_UNPACK_EX, base, src, (uint32_t)(star | (n - star - 1) << 8));
    else emit(c, I_UNPACK, base, src, (uint32_t)n);
    for (int i = 0; i < n; i++) {
        Ast *e = elts.items[i];
        assign(c, e->kind == AST_Starred ? AST(Starred, e)->value : e, base + i);
    }
    u->next_temp = mark;
}

void assign(Compiler *c, Ast *target, int src) {
    if (c->failed) return;
    Unit *u = c->unit;
    int mark = u->next_temp;
    CodePosition old = at(c, target);
    switch (target->kind) {
    case AST_Name:
        if (!forbidden_name(c, target, AST(Name, target)->id, AST_Store)) store_name(c, AST(Name, target)->id, src);
        break;
    case AST_Attribute: {
        AstAttribute *a = AST(Attribute, target);
        if (forbidden_name(c, target, a->attr, AST_Store)) break;
        int o = expr_any(c, a->value);
        at_attribute(c, target, target);
        emit(c, I_STORE_ATTR, o, src, (uint32_t)name_index(c, a->attr));
        break;
    }
    case AST_Subscript: {
        AstSubscript *s = AST(Subscript, target);
        check_subscript(c, s);
        int o = expr_operand(c, s->value, s->slice), k = expr_any(c, s->slice);
        at(c, target);
        emit(c, I_STORE_SUBSCR, o, k, (uint32_t)src);
        break;
    }
    case AST_Tuple: unpack(c, target, AST(Tuple, target)->elts, src); break;
    case AST_List: unpack(c, target, AST(List, target)->elts, src); break;
    case AST_Starred: fail(c, target, "starred assignment target must be in a list or tuple"); break;
    default: fail(c, target, "cannot assign to this expression"); break;
    }
    u->next_temp = mark;
    c->pos = old;
}

void augmented_assign(Compiler *c, AstAugAssign *n) {
    Unit *u = c->unit;
    int mark = u->next_temp, r;
    Ast *target = n->target;
    switch (target->kind) {
    case AST_Name:
        if (forbidden_name(c, target, AST(Name, target)->id, AST_Store)) return;
        r = fast_variable(c, target);
        if (r >= 0 && !assigns(c, n->value)) {
            at(c, target);
            check_bound(c, r);
            augment(c, n, r);
            break;
        }
        r = temp(c);
        at(c, target);
        load_name(c, AST(Name, target)->id, r);
        augment(c, n, r);
        store_name(c, AST(Name, target)->id, r);
        break;
    case AST_Attribute: {
        AstAttribute *a = AST(Attribute, target);
        if (forbidden_name(c, target, a->attr, AST_Store)) return;
        int o = expr_operand(c, a->value, n->value), again = o;
        at_attribute(c, target, target);
        if (is_temp(c, o)) emit(c, I_COPY, again = temp(c), o, 0);
        r = temp(c);
        uint32_t name = (uint32_t)name_index(c, a->attr);
        emit(c, I_LOAD_ATTR, r, again, name);
        augment(c, n, r);
        at_attribute(c, target, target);
        emit(c, I_STORE_ATTR, o, r, name);
        break;
    }
    case AST_Subscript: {
        AstSubscript *s = AST(Subscript, target);
        int o = assigns(c, s->slice) || assigns(c, n->value) ? expr_temp(c, s->value) : expr_any(c, s->value);
        int k = expr_operand(c, s->slice, n->value), o2 = o, k2 = k;
        if (is_temp(c, o)) emit(c, I_COPY, o2 = temp(c), o, 0);
        if (is_temp(c, k)) emit(c, I_COPY, k2 = temp(c), k, 0);
        r = temp(c);
        at(c, target);
        emit(c, I_SUBSCR, r, o2, (uint32_t)k2);
        augment(c, n, r);
        at(c, target);
        emit(c, I_STORE_SUBSCR, o, k, (uint32_t)r);
        break;
    }
    default: fail(c, target, "illegal expression for augmented assignment");
    }
    u->next_temp = mark;
}
