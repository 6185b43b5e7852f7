/* `from __future__ import ...` */
#include "vm/symbols_internal.h"

/* Those that are still a choice have a flag; the others have become the language. */
static const struct {
    const char *name;
    unsigned flag;
} features[] = {
    {"nested_scopes", 0},    {"generators", 0},       {"division", 0},        {"absolute_import", 0},
    {"with_statement", 0},   {"print_function", 0},   {"unicode_literals", 0}, {"generator_stop", 0},
    {"barry_as_FLUFL", FUTURE_BARRY_AS_BDFL},         {"annotations", FUTURE_ANNOTATIONS},
};

/* CPython gives these errors a column but no end. */
static bool fail(Builder *b, const Ast *stmt, int offset, const char *format, const char *name) {
    symbols_error(b, stmt, format, name);
    b->table->error.offset = offset;
    b->table->error.end_lineno = stmt->lineno;
    b->table->error.end_offset = NO_OFFSET;
    return false;
}

static bool add_features(Builder *b, const AstImportFrom *stmt) {
    for (int i = 0; i < stmt->names.count; i++) {
        const char *name = AST(alias, stmt->names.items[i])->name->text;
        bool known = false;
        for (size_t k = 0; k < sizeof features / sizeof *features; k++) {
            if (strcmp(name, features[k].name)) continue;
            b->table->future |= features[k].flag;
            known = true;
        }
        if (known) continue;
        if (!strcmp(name, "braces")) return fail(b, &stmt->base, stmt->base.col_offset + 1, "%s", "not a chance");
        return fail(b, &stmt->base, stmt->base.col_offset + 1, "future feature %.100s is not defined", name);
    }
    return true;
}

static bool is_docstring(const Ast *stmt) {
    if (stmt->kind != AST_Expr) return false;
    const Ast *value = ((const AstExpr *)stmt)->value;
    return value->kind == AST_Constant && ((const AstConstant *)value)->value.kind == AST_CONST_STR;
}

/* Only a docstring and other such imports may come before; one on a later line is for the compiler to refuse. */
bool future_scan(Builder *b, Ast *tree) {
    if (tree->kind != AST_Module && tree->kind != AST_Interactive) return true;
    AstSeq body = tree->kind == AST_Module ? AST(Module, tree)->body : AST(Interactive, tree)->body;
    bool done = false;
    int previous_line = 0;
    for (int i = body.count && is_docstring(body.items[0]); i < body.count; i++) {
        Ast *stmt = body.items[i];
        if (done && stmt->lineno > previous_line) return true;
        previous_line = stmt->lineno;
        const AstImportFrom *import = (AstImportFrom *)stmt;
        if (stmt->kind != AST_ImportFrom || !import->module || strcmp(import->module->text, "__future__")) {
            done = true;
            continue;
        }
        if (done)
            return fail(b, stmt, stmt->col_offset, "%s", "from __future__ imports must occur at the beginning of the file");
        if (!add_features(b, import)) return false;
        b->table->future_last_line = stmt->lineno;
    }
    return true;
}
