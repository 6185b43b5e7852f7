/* Prints syntax trees and errors for comparison with CPython: see tests/unit/compare_parser.py.
 *
 *   astdump FILE...    one line "= FILE", then one line per statement, or "! error" with its attributes
 *   astdump -          the same for sources read from stdin: each "LENGTH MODE FLAGS\n" followed by its bytes
 *   astdump -s FILE... the symbol tables, one line per scope
 *   astdump -t FILE N  parses the file N times and prints the seconds (-ts: with the symbol tables)
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "vm/compile.h"

static void dump(const Ast *node);

static void dump_hex(const AstStr *s) {
    for (size_t i = 0; i < s->length; i++) printf("%02x", (uint8_t)s->text[i]);
}

static void dump_bits(double number) {
    uint64_t bits;
    memcpy(&bits, &number, 8);
    printf("%016llx", (unsigned long long)bits);
}

static void dump_const(const AstConst *c) {
    switch (c->kind) {
    case AST_CONST_NONE: printf("None"); break;
    case AST_CONST_TRUE: printf("True"); break;
    case AST_CONST_FALSE: printf("False"); break;
    case AST_CONST_ELLIPSIS: printf("Ellipsis"); break;
    case AST_CONST_INT: printf("i%lld", (long long)c->integer); break;
    case AST_CONST_BIGINT: printf("big"); break;
    case AST_CONST_FLOAT: printf("f"), dump_bits(c->number); break;
    case AST_CONST_COMPLEX: printf("j"), dump_bits(c->number); break;
    case AST_CONST_STR: printf("s"), dump_hex(c->text); break;
    case AST_CONST_BYTES: printf("b"), dump_hex(c->text); break;
    case AST_CONST_OBJECT: break;
    }
}

static void dump_field(const Ast *node, const AstField *f) {
    const char *at = (const char *)node + f->offset;
    int count;
    switch (f->kind) {
    case AST_FIELD_NODE:
        dump(*(Ast **)at);
        break;
    case AST_FIELD_NODES:
        printf("[");
        for (int i = 0; i < ((AstSeq *)at)->count; i++) dump(((AstSeq *)at)->items[i]), printf(",");
        printf("]");
        break;
    case AST_FIELD_IDENT:
    case AST_FIELD_STRING:
        if (*(AstStr **)at) printf("'%s'", (*(AstStr **)at)->text);
        else printf("None");
        break;
    case AST_FIELD_IDENTS:
        printf("[");
        for (int i = 0; i < ((AstIdents *)at)->count; i++) printf("'%s',", ((AstIdents *)at)->items[i]->text);
        printf("]");
        break;
    case AST_FIELD_CONST:
        dump_const((AstConst *)at);
        break;
    case AST_FIELD_INT:
        printf("%d", *(int *)at);
        break;
    case AST_FIELD_ENUM:
        printf("%s", ast_enum_names(f->type, &count)[*(int *)at]);
        break;
    case AST_FIELD_ENUMS:
        printf("[");
        for (int i = 0; i < ((AstEnums *)at)->count; i++) printf("%s,", ast_enum_names(f->type, &count)[((AstEnums *)at)->items[i]]);
        printf("]");
        break;
    }
}

static void dump(const Ast *node) {
    if (!node) {
        printf("None");
        return;
    }
    const AstInfo *info = ast_info(node->kind);
    printf("%s(", info->name);
    for (int i = 0; i < info->field_count; i++) {
        const AstField *f = &info->fields[i];
        if (f->is_new && !((AstSeq *)((char *)node + f->offset))->count) continue;
        printf("%s=", f->name);
        dump_field(node, f);
        printf(" ");
    }
    printf(")");
    if (ast_sum_has_position[info->sum])
        printf("@%d,%d,%d,%d", node->lineno, node->col_offset, node->end_lineno, node->end_col_offset);
}

static void dump_error(const SourceError *e) {
    static const char *const names[] = {"None", "SyntaxError", "IndentationError", "TabError", "MemoryError", "RecursionError", "ValueError", "SystemError"};
    printf("! %s|%s|%d|%d|%d|%d|", names[e->kind], e->message ? e->message : "", e->lineno, e->offset, e->end_lineno, e->end_offset);
    if (e->text) dump_hex(e->text);
    else printf("None");
    printf("\n");
}

static void show(const char *source, size_t length, ParseMode mode, unsigned flags, const char *filename) {
    Arena arena = ARENA_INIT;
    ParseResult result;
    ParseHooks hooks = parse_hooks(NULL);
    hooks.decode = NULL;
    ParseOptions options = {.mode = mode, .flags = flags, .filename = filename, .max_int_digits = 4300, .hooks = &hooks};
    bool ok = parse_source(&arena, source, length, &options, &result);
    for (SourceWarning *w = result.warnings; w; w = w->next)
        printf("~ %s|%s|%d\n", w->kind == WARN_SYNTAX ? "SyntaxWarning" : "DeprecationWarning", w->message, w->lineno);
    if (!ok) {
        dump_error(&result.error);
    } else if (result.tree->kind == AST_Module) {
        AstModule *module = AST(Module, result.tree);
        for (int i = 0; i < module->body.count; i++) dump(module->body.items[i]), printf("\n");
        for (int i = 0; i < module->type_ignores.count; i++) dump(module->type_ignores.items[i]), printf("\n");
    } else {
        dump(result.tree), printf("\n");
    }
    arena_free(&arena);
}

static void dump_scope(const Scope *scope, int depth) {
    if (scope->kind == SCOPE_ANNOTATION) return;
    printf("%d %d %s %d nested=%d", depth, scope->kind, scope->name->text, scope->node->lineno, scope->nested);
    for (int i = 0; i < scope->params.count; i++) printf(" %s", scope->params.items[i]->text);
    printf(" |");
    for (int i = 0; i < scope->symbol_count; i++)
        printf(" %s=%d", scope->symbols[i].name->text, (scope->symbols[i].flags & 0x7ff) | scope->symbols[i].kind << 11);
    printf("\n");
    for (const Scope *child = scope->first_child; child; child = child->next_sibling) dump_scope(child, depth + 1);
}

static void show_symbols(const char *source, size_t length, const char *filename) {
    Arena arena = ARENA_INIT;
    ParseResult result;
    ParseHooks hooks = parse_hooks(NULL);
    hooks.decode = NULL;
    ParseOptions options = {.filename = filename, .hooks = &hooks};
    SymbolTable table;
    if (!parse_source(&arena, source, length, &options, &result)) dump_error(&result.error);
    else if (!symbols_build(&table, &arena, &result.names, result.tree, 0)) dump_error(&table.error);
    else dump_scope(table.top, 0);
    arena_free(&arena);
}

static char *read_file(const char *name, size_t *length) {
    FILE *f = fopen(name, "rb");
    if (!f) return perror(name), NULL;
    fseek(f, 0, SEEK_END);
    *length = ftell(f);
    rewind(f);
    char *text = malloc(*length + 1);
    if (fread(text, 1, *length, f) != *length) perror(name);
    fclose(f);
    return text;
}

static void from_stdin(void) {
    size_t length;
    int mode;
    unsigned flags;
    while (scanf("%zu %d %u", &length, &mode, &flags) == 3 && getchar() == '\n') {
        char *text = malloc(length + 1);
        if (fread(text, 1, length, stdin) != length) exit(1);
        printf("=\n");
        show(text, length, mode, flags, "<string>");
        fflush(stdout);
        free(text);
    }
}

static void time_it(const char *name, int times, bool symbols) {
    size_t length;
    char *text = read_file(name, &length);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < times; i++) {
        Arena arena = ARENA_INIT;
        ParseResult result;
        ParseOptions options = {0};
        SymbolTable table;
        if (parse_source(&arena, text, length, &options, &result) && symbols) symbols_build(&table, &arena, &result.names, result.tree, 0);
        arena_free(&arena);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    printf("%.6f\n", (to.tv_sec - from.tv_sec + (to.tv_nsec - from.tv_nsec) / 1e9) / times);
    free(text);
}

int main(int argc, char **argv) {
    if (argc == 4 && !strncmp(argv[1], "-t", 2)) return time_it(argv[2], atoi(argv[3]), argv[1][2] == 's'), 0;
    if (argc == 2 && !strcmp(argv[1], "-")) return from_stdin(), 0;
    bool symbols = argc > 1 && !strcmp(argv[1], "-s");
    for (int i = 1 + symbols; i < argc; i++) {
        size_t length;
        char *text = read_file(argv[i], &length);
        if (!text) continue;
        printf("= %s\n", argv[i]);
        if (symbols) show_symbols(text, length, argv[i]);
        else show(text, length, PARSE_EXEC, 0, argv[i]);
        fflush(stdout);
        free(text);
    }
    return 0;
}
