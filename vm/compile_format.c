/* Text made of pieces: f-strings, and "…" % (a, b) where what is asked for is what an f-string does. */
#include "vm/compile.h"
#include "runtime/str.h"
#include <string.h>

/* ---- f-strings ----------------------------------------------------------------------------------------------------------------------------- */

void formatted_into(Compiler *c, AstFormattedValue *f, int dst) {
    int mark = c->unit->next_temp;
    uint32_t conversion = f->conversion == 's' ? 1 : f->conversion == 'r' ? 2 : f->conversion == 'a' ? 3 : 0;
    int value;
    if (f->format_spec == NULL) {
        value = expr_any(c, f->value);
    } else {
        value = expr_temp(c, f->value);
        expr_temp(c, f->format_spec);
        conversion |= 4;
    }
    at(c, &f->base);
    emit(c, I_FORMAT_VALUE, dst, value, conversion);
    c->unit->next_temp = mark;
}

void joined_into(Compiler *c, AstJoinedStr *j, int dst) {
    Unit *u = c->unit;
    int mark = u->next_temp;
    if (j->values.count == 0) {
        load_const(c, dst, ref_new(c->t, str_empty()));
        return;
    }
    if (j->values.count == 1 && j->values.items[0]->kind == AST_FormattedValue) {
        formatted_into(c, AST(FormattedValue, j->values.items[0]), dst);
        return;
    }
    if (j->values.count > DISPLAY_MAX * 4) { /* "".join([…]) */
        int base = temps(c, 2), list;
        load_const(c, base, ref_new(c->t, str_empty()));
        emit(c, I_LOAD_METHOD, base, base, (uint32_t)name_index_value(c, str_intern_cstr(c->t, "join")));
        list = temp(c);
        build_pieces(c, j->values, list, false);
        emit(c, I_CALL_METHOD, base, 1, 0);
        emit(c, I_MOVE, dst, base, 0);
    } else {
        int base = u->next_temp;
        for (int i = 0; i < j->values.count; i++) expr_temp(c, j->values.items[i]);
        at(c, &j->base);
        emit(c, I_BUILD_STRING, dst, base, (uint32_t)j->values.count);
    }
    u->next_temp = mark;
}

/* ---- "… %s …" % (a, b) ------------------------------------------------------------------------------------------------------------------------- */

typedef struct Percent {
    Compiler *c;
    const char *p, *end; /* what is left of the format */
    AstTuple *args;
    int next;            /* the argument to come */
    AstSeq pieces;
} Percent;

static void ast_place(Ast *node, const Ast *like) {
    AstKind kind = node->kind;
    *node = *like;
    node->kind = kind;
}

static bool percent_text(Percent *f, Ast *format, const char *text, size_t length) {
    if (length == 0) return true;
    AstConstant *k = AST_NEW(f->c->arena, Constant);
    if (k == NULL || (k->value.text = ast_str(f->c->arena, text, length)) == NULL) return false;
    k->value.kind = AST_CONST_STR;
    ast_place(&k->base, format);
    f->pieces.items[f->pieces.count++] = &k->base;
    return true;
}

static const char *digits(const char *p, const char *end) {
    const char *from = p;
    while (p < end && p - from < 3 && *p >= '0' && *p <= '9') p++;
    return p;
}

/* What follows a `%`: flag `-`, width, precision, conversion s, r or a; the format spec is that with `>` for a missing flag. */
static bool percent_value(Percent *f) {
    bool left = f->p < f->end && *f->p == '-';
    const char *width = f->p + left, *p = width < f->end && *width == '0' ? width : digits(width, f->end), *precision = p;
    bool wide = p > width;
    if (p < f->end && *p == '.') {
        precision = digits(p + 1, f->end);
        if (precision == p + 1) return false;
        p = precision;
    }
    if (p >= f->end || (*p != 's' && *p != 'r' && *p != 'a') || f->next >= f->args->elts.count) return false;
    AstFormattedValue *v = AST_NEW(f->c->arena, FormattedValue);
    if (v == NULL) return false;
    v->value = f->args->elts.items[f->next++];
    v->conversion = *p;
    ast_place(&v->base, v->value);
    if (p > width) {
        AstConstant *k = AST_NEW(f->c->arena, Constant);
        char *spec = arena_format(f->c->arena, "%s%.*s", wide ? (left ? "<" : ">") : "", (int)(p - width), width);
        if (k == NULL || spec == NULL || (k->value.text = ast_str(f->c->arena, spec, strlen(spec))) == NULL) return false;
        k->value.kind = AST_CONST_STR;
        ast_place(&k->base, v->value);
        v->format_spec = &k->base;
    }
    f->pieces.items[f->pieces.count++] = &v->base;
    f->p = p + 1;
    return true;
}

bool percent_into(Compiler *c, AstBinOp *n, int dst) {
    if (n->left->kind != AST_Constant || AST(Constant, n->left)->value.kind != AST_CONST_STR || n->right->kind != AST_Tuple) return false;
    AstStr *format = AST(Constant, n->left)->value.text;
    AstTuple *args = AST(Tuple, n->right);
    for (int i = 0; i < args->elts.count; i++)
        if (args->elts.items[i]->kind == AST_Starred) return false;
    Percent f = {.c = c, .p = format->text, .end = format->text + format->length, .args = args};
    size_t marks = 0;
    for (const char *p = f.p; p < f.end; p++) marks += *p == '%';
    if (marks < (size_t)args->elts.count || (f.pieces.items = arena_alloc(c->arena, (2 * marks + 1) * sizeof(Ast *))) == NULL) return false;
    while (f.p < f.end) {
        const char *mark = memchr(f.p, '%', (size_t)(f.end - f.p));
        const char *stop = mark == NULL ? f.end : mark + 1 < f.end && mark[1] == '%' ? mark + 1 : mark; /* a doubled one ends the text with one */
        if (!percent_text(&f, n->left, f.p, (size_t)(stop - f.p))) return false;
        f.p = mark == NULL ? f.end : mark + (stop > mark ? 2 : 1);
        if (stop == mark && !percent_value(&f)) return false;
    }
    if (f.next != args->elts.count) return false;
    AstJoinedStr *joined = AST_NEW(c->arena, JoinedStr);
    if (joined == NULL) return false;
    joined->values = f.pieces;
    ast_place(&joined->base, &n->base);
    joined_into(c, joined, dst);
    return true;
}
