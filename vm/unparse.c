/* Expressions back to source text: what `from __future__ import annotations` keeps of an annotation. The layout is CPython's (ast_unparse):
 * parentheses only where precedence asks for them. */
#include "vm/compile.h"
#include "runtime/abstract.h"
#include "runtime/list.h"
#include "runtime/str.h"

enum { P_TUPLE, P_TEST, P_OR, P_AND, P_NOT, P_COMPARE, P_BOR, P_BXOR, P_BAND, P_SHIFT, P_ARITH, P_TERM, P_FACTOR, P_POWER, P_AWAIT, P_ATOM };
#define P_EXPR P_BOR

typedef struct Writer { Thread *t; StrBuilder out; bool failed; } Writer;

static void put(Writer *w, const char *s) { w->failed = w->failed || builder_cstr(w->t, &w->out, s) < 0; }
static void put_value(Writer *w, Ref s) {
    w->failed = w->failed || ref_is_null(s) || builder_str(w->t, &w->out, ref_borrow(s)) < 0;
    ref_drop(w->t, s);
}
static void put_expr(Writer *w, Ast *e, int level);
static void put_if(Writer *w, bool condition, const char *s) { if (condition) put(w, s); }

static void put_list(Writer *w, AstSeq items, int level) {
    for (int i = 0; i < items.count; i++) {
        put_if(w, i > 0, ", ");
        put_expr(w, items.items[i], level);
    }
}

static void put_constant(Writer *w, AstConstant *k) {
    if (k->value.kind == AST_CONST_ELLIPSIS) {
        put(w, "...");
        return;
    }
    put_if(w, k->kind != NULL, "u");
    Ref v = constant_value(w->t, &k->value);
    Ref text = ref_is_null(v) ? v : object_repr(w->t, ref_borrow(v));
    if (!ref_is_null(text) && (k->value.kind == AST_CONST_FLOAT || k->value.kind == AST_CONST_COMPLEX)) { /* inf has no literal */
        const char *s = str_utf8(w->t, ref_borrow(text), NULL);
        const char *inf = s ? strstr(s, "inf") : NULL;
        if (inf) {
            Ref fixed = str_format(w->t, "1e309%s", inf + 3);
            ref_drop(w->t, text);
            text = fixed;
        }
    }
    ref_drop(w->t, v);
    put_value(w, text);
}

static void put_args(Writer *w, Astarguments *a) {
    bool first = true;
    int positional = a->posonlyargs.count + a->args.count;
    for (int i = 0; i < positional; i++) {
        Astarg *arg = AST(arg, i < a->posonlyargs.count ? a->posonlyargs.items[i] : a->args.items[i - a->posonlyargs.count]);
        put_if(w, !first, ", ");
        first = false;
        put(w, arg->arg->text);
        int d = i - (positional - a->defaults.count);
        if (d >= 0) {
            put(w, "=");
            put_expr(w, a->defaults.items[d], P_TEST);
        }
        put_if(w, a->posonlyargs.count && i + 1 == a->posonlyargs.count, ", /");
    }
    if (a->vararg || a->kwonlyargs.count) {
        put_if(w, !first, ", ");
        first = false;
        put(w, "*");
        if (a->vararg) put(w, AST(arg, a->vararg)->arg->text);
    }
    for (int i = 0; i < a->kwonlyargs.count; i++) {
        put_if(w, !first, ", ");
        first = false;
        put(w, AST(arg, a->kwonlyargs.items[i])->arg->text);
        if (a->kw_defaults.items[i]) {
            put(w, "=");
            put_expr(w, a->kw_defaults.items[i], P_TEST);
        }
    }
    if (a->kwarg) {
        put_if(w, !first, ", ");
        put(w, "**");
        put(w, AST(arg, a->kwarg)->arg->text);
    }
}

static void put_generators(Writer *w, AstSeq generators) {
    AST_EACH(item, generators) {
        Astcomprehension *g = AST(comprehension, item);
        put(w, g->is_async ? " async for " : " for ");
        put_expr(w, g->target, P_TUPLE);
        put(w, " in ");
        put_expr(w, g->iter, P_TEST + 1);
        AST_EACH(test, g->ifs) {
            put(w, " if ");
            put_expr(w, test, P_TEST + 1);
        }
    }
}

static void put_comprehension(Writer *w, const char *open, Ast *elt, Ast *value, AstSeq generators, const char *close) {
    put(w, open);
    put_expr(w, elt, P_TEST);
    if (value) {
        put(w, ": ");
        put_expr(w, value, P_TEST);
    }
    put_generators(w, generators);
    put(w, close);
}

/* the text of an f-string's parts, braces doubled */
static void fstring_parts(Writer *w, AstSeq values, bool spec);

static void fstring_part(Writer *w, Ast *e, bool spec) {
    if (e->kind == AST_Constant) {
        AstStr *s = AST(Constant, e)->value.text;
        for (size_t i = 0; i < s->length; i++) {
            char text[3] = {s->text[i], 0, 0};
            if (text[0] == '{' || text[0] == '}') text[1] = text[0];
            if ((unsigned char)text[0] < 128) {
                put(w, text);
                continue;
            }
            size_t end = i + 1;
            while (end < s->length && ((unsigned char)s->text[end] & 0xC0) == 0x80) end++;
            put_value(w, str_from_wtf8(w->t, s->text + i, end - i));
            i = end - 1;
        }
        return;
    }
    if (e->kind == AST_JoinedStr) {
        fstring_parts(w, AST(JoinedStr, e)->values, spec);
        return;
    }
    AstFormattedValue *f = AST(FormattedValue, e);
    Writer inner = {.t = w->t, .out = STR_BUILDER};
    put_expr(&inner, f->value, P_TEST + 1);
    Ref text = inner.failed ? (builder_drop(&inner.out), REF_NULL) : builder_finish(w->t, &inner.out);
    put(w, "{");
    if (!ref_is_null(text) && str_length(ref_borrow(text)) && str_at(as(Str, ref_borrow(text)), 0) == '{') put(w, " ");
    put_value(w, text);
    if (f->conversion > 0) {
        char conversion[3] = {'!', (char)f->conversion, 0};
        put(w, conversion);
    }
    if (f->format_spec) {
        put(w, ":");
        fstring_part(w, f->format_spec, true);
    }
    put(w, "}");
}

static void fstring_parts(Writer *w, AstSeq values, bool spec) {
    AST_EACH(v, values) fstring_part(w, v, spec);
}

static void put_fstring(Writer *w, Ast *e) {
    Writer inner = {.t = w->t, .out = STR_BUILDER};
    fstring_part(&inner, e, false);
    Ref text = inner.failed ? (builder_drop(&inner.out), REF_NULL) : builder_finish(w->t, &inner.out);
    Ref quoted = ref_is_null(text) ? text : object_repr(w->t, ref_borrow(text));
    ref_drop(w->t, text);
    put(w, "f");
    put_value(w, quoted);
}

static void put_call(Writer *w, AstCall *n) {
    put_expr(w, n->func, P_ATOM);
    if (n->args.count == 1 && n->keywords.count == 0 && n->args.items[0]->kind == AST_GeneratorExp) {
        put_expr(w, n->args.items[0], P_TEST);
        return;
    }
    put(w, "(");
    put_list(w, n->args, P_TEST);
    for (int i = 0; i < n->keywords.count; i++) {
        Astkeyword *k = AST(keyword, n->keywords.items[i]);
        put_if(w, i > 0 || n->args.count > 0, ", ");
        if (k->arg) {
            put(w, k->arg->text);
            put(w, "=");
        } else {
            put(w, "**");
        }
        put_expr(w, k->value, P_TEST);
    }
    put(w, ")");
}

static void put_binop(Writer *w, AstBinOp *n, int level) {
    static const struct { const char *text; uint8_t level; bool right; } ops[] = {
        [AST_Add] = {" + ", P_ARITH, false}, [AST_Sub] = {" - ", P_ARITH, false}, [AST_Mult] = {" * ", P_TERM, false},
        [AST_MatMult] = {" @ ", P_TERM, false}, [AST_Div] = {" / ", P_TERM, false}, [AST_Mod] = {" % ", P_TERM, false},
        [AST_LShift] = {" << ", P_SHIFT, false}, [AST_RShift] = {" >> ", P_SHIFT, false}, [AST_BitOr] = {" | ", P_BOR, false},
        [AST_BitXor] = {" ^ ", P_BXOR, false}, [AST_BitAnd] = {" & ", P_BAND, false}, [AST_FloorDiv] = {" // ", P_TERM, false},
        [AST_Pow] = {" ** ", P_POWER, true}};
    int p = ops[n->op].level;
    put_if(w, level > p, "(");
    put_expr(w, n->left, p + ops[n->op].right);
    put(w, ops[n->op].text);
    put_expr(w, n->right, p + !ops[n->op].right);
    put_if(w, level > p, ")");
}

static void put_compare(Writer *w, AstCompare *n, int level) {
    static const char *const ops[] = {" == ", " != ", " < ", " <= ", " > ", " >= ", " is ", " is not ", " in ", " not in "};
    put_if(w, level > P_COMPARE, "(");
    put_expr(w, n->left, P_COMPARE + 1);
    for (int i = 0; i < n->ops.count; i++) {
        put(w, ops[n->ops.items[i]]);
        put_expr(w, n->comparators.items[i], P_COMPARE + 1);
    }
    put_if(w, level > P_COMPARE, ")");
}

static void put_unary(Writer *w, AstUnaryOp *n, int level) {
    static const struct { const char *text; uint8_t level; } ops[] = {{"~", P_FACTOR}, {"not ", P_NOT}, {"+", P_FACTOR}, {"-", P_FACTOR}};
    put_if(w, level > ops[n->op].level, "(");
    put(w, ops[n->op].text);
    put_expr(w, n->operand, ops[n->op].level);
    put_if(w, level > ops[n->op].level, ")");
}

static void put_tuple(Writer *w, AstSeq elts, int level) {
    if (elts.count == 0) {
        put(w, "()");
        return;
    }
    put_if(w, level > P_TUPLE, "(");
    put_list(w, elts, P_TEST);
    put_if(w, elts.count == 1, ",");
    put_if(w, level > P_TUPLE, ")");
}

static void put_slice(Writer *w, AstSlice *n) {
    if (n->lower) put_expr(w, n->lower, P_TEST);
    put(w, ":");
    if (n->upper) put_expr(w, n->upper, P_TEST);
    if (n->step) {
        put(w, ":");
        put_expr(w, n->step, P_TEST);
    }
}

static void put_attribute(Writer *w, AstAttribute *n) {
    put_expr(w, n->value, P_ATOM);
    bool integer = n->value->kind == AST_Constant && (AST(Constant, n->value)->value.kind == AST_CONST_INT || AST(Constant, n->value)->value.kind == AST_CONST_BIGINT);
    put(w, integer ? " ." : ".");
    put(w, n->attr->text);
}

static void put_dict(Writer *w, AstDict *n) {
    put(w, "{");
    for (int i = 0; i < n->values.count; i++) {
        put_if(w, i > 0, ", ");
        if (n->keys.items[i]) {
            put_expr(w, n->keys.items[i], P_TEST);
            put(w, ": ");
            put_expr(w, n->values.items[i], P_TEST);
        } else {
            put(w, "**");
            put_expr(w, n->values.items[i], P_EXPR);
        }
    }
    put(w, "}");
}

static void put_expr(Writer *w, Ast *e, int level) {
    if (w->failed) return;
    switch (e->kind) {
    case AST_Constant: put_constant(w, AST(Constant, e)); return;
    case AST_Name: put(w, AST(Name, e)->id->text); return;
    case AST_Attribute: put_attribute(w, AST(Attribute, e)); return;
    case AST_Call: put_call(w, AST(Call, e)); return;
    case AST_BinOp: put_binop(w, AST(BinOp, e), level); return;
    case AST_UnaryOp: put_unary(w, AST(UnaryOp, e), level); return;
    case AST_Compare: put_compare(w, AST(Compare, e), level); return;
    case AST_Tuple: put_tuple(w, AST(Tuple, e)->elts, level); return;
    case AST_Dict: put_dict(w, AST(Dict, e)); return;
    case AST_Slice: put_slice(w, AST(Slice, e)); return;
    case AST_JoinedStr:
    case AST_FormattedValue: put_fstring(w, e); return;
    case AST_ListComp: put_comprehension(w, "[", AST(ListComp, e)->elt, NULL, AST(ListComp, e)->generators, "]"); return;
    case AST_SetComp: put_comprehension(w, "{", AST(SetComp, e)->elt, NULL, AST(SetComp, e)->generators, "}"); return;
    case AST_GeneratorExp: put_comprehension(w, "(", AST(GeneratorExp, e)->elt, NULL, AST(GeneratorExp, e)->generators, ")"); return;
    case AST_DictComp: put_comprehension(w, "{", AST(DictComp, e)->key, AST(DictComp, e)->value, AST(DictComp, e)->generators, "}"); return;
    case AST_List:
        put(w, "[");
        put_list(w, AST(List, e)->elts, P_TEST);
        put(w, "]");
        return;
    case AST_Set:
        put(w, "{");
        put_list(w, AST(Set, e)->elts, P_TEST);
        put(w, "}");
        return;
    case AST_Subscript:
        put_expr(w, AST(Subscript, e)->value, P_ATOM);
        put(w, "[");
        put_expr(w, AST(Subscript, e)->slice, P_TUPLE);
        put(w, "]");
        return;
    case AST_Starred:
        put(w, "*");
        put_expr(w, AST(Starred, e)->value, P_EXPR);
        return;
    case AST_BoolOp: {
        AstBoolOp *n = AST(BoolOp, e);
        int p = n->op == AST_And ? P_AND : P_OR;
        put_if(w, level > p, "(");
        for (int i = 0; i < n->values.count; i++) {
            put_if(w, i > 0, n->op == AST_And ? " and " : " or ");
            put_expr(w, n->values.items[i], p + 1);
        }
        put_if(w, level > p, ")");
        return;
    }
    case AST_IfExp:
        put_if(w, level > P_TEST, "(");
        put_expr(w, AST(IfExp, e)->body, P_TEST + 1);
        put(w, " if ");
        put_expr(w, AST(IfExp, e)->test, P_TEST + 1);
        put(w, " else ");
        put_expr(w, AST(IfExp, e)->orelse, P_TEST);
        put_if(w, level > P_TEST, ")");
        return;
    case AST_Lambda: {
        Astarguments *a = AST(arguments, AST(Lambda, e)->args);
        put_if(w, level > P_TEST, "(");
        put(w, a->posonlyargs.count + a->args.count || a->vararg || a->kwonlyargs.count || a->kwarg ? "lambda " : "lambda");
        put_args(w, a);
        put(w, ": ");
        put_expr(w, AST(Lambda, e)->body, P_TEST);
        put_if(w, level > P_TEST, ")");
        return;
    }
    case AST_NamedExpr:
        put(w, "(");
        put_expr(w, AST(NamedExpr, e)->target, P_ATOM);
        put(w, " := ");
        put_expr(w, AST(NamedExpr, e)->value, P_ATOM);
        put(w, ")");
        return;
    case AST_Await:
        put_if(w, level > P_AWAIT, "(");
        put(w, "await ");
        put_expr(w, AST(Await, e)->value, P_ATOM);
        put_if(w, level > P_AWAIT, ")");
        return;
    case AST_Yield:
        put(w, AST(Yield, e)->value ? "(yield " : "(yield");
        if (AST(Yield, e)->value) put_expr(w, AST(Yield, e)->value, P_TEST);
        put(w, ")");
        return;
    case AST_YieldFrom:
        put(w, "(yield from ");
        put_expr(w, AST(YieldFrom, e)->value, P_TEST);
        put(w, ")");
        return;
    default: break;
    }
    err_set(w->t, E_SystemError, "unknown expression kind");
    w->failed = true;
}

Ref unparse_expression(Thread *t, Ast *node) {
    Writer w = {.t = t, .out = STR_BUILDER};
    put_expr(&w, node, P_TEST);
    if (!w.failed) return builder_finish(t, &w.out);
    builder_drop(&w.out);
    return REF_NULL;
}
