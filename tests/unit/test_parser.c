/* The parser and the symbol tables: shapes, limits, errors, and what happens when memory runs out.
 * compare_parser.py compares them with CPython over whole libraries; these are the cases that must never break. */
#include <check.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "vm/parse.h"
#include "vm/symbols.h"

static Arena arena;
static ParseResult result;

static void reset(void) { arena_free(&arena); }

static bool parse_as(const char *source, ParseMode mode, unsigned flags) {
    ParseOptions options = {.mode = mode, .flags = flags | PARSE_IGNORE_COOKIE, .max_int_digits = 4300};
    reset();
    return parse_source(&arena, source, strlen(source), &options, &result);
}

static bool parse(const char *source) { return parse_as(source, PARSE_EXEC, 0); }

/* The first statement of a sound source. */
static Ast *first(const char *source) {
    ck_assert_msg(parse(source), "%s: %s", source, result.error.message);
    return AST(Module, result.tree)->body.items[0];
}

/* The value of a source that is one expression. */
static Ast *value(const char *source) { return AST(Expr, first(source))->value; }

static void fails(const char *source, const char *message, int lineno, int offset) {
    ck_assert_msg(!parse(source), "%s", source);
    ck_assert_str_eq(result.error.message, message);
    ck_assert_int_eq(result.error.lineno, lineno);
    ck_assert_int_eq(result.error.offset, offset);
}

static char *repeat(const char *before, const char *text, int times, const char *after) {
    size_t length = strlen(text);
    char *s = malloc(strlen(before) + length * times + strlen(after) + 1), *at = s + sprintf(s, "%s", before);
    for (int i = 0; i < times; i++, at += length) memcpy(at, text, length);
    strcpy(at, after);
    return s;
}

/* ---- trees ---- */

START_TEST(operators_bind_as_they_should) {
    AstBinOp *sum = AST(BinOp, value("a + b * c ** -d"));
    ck_assert_int_eq(sum->op, AST_Add);
    AstBinOp *product = AST(BinOp, sum->right);
    ck_assert_int_eq(product->op, AST_Mult);
    ck_assert_int_eq(AST(BinOp, product->right)->op, AST_Pow);
    ck_assert_int_eq(AST(BinOp, value("a - b - c"))->left->kind, AST_BinOp);
}
END_TEST

START_TEST(positions_count_bytes) {
    Ast *call = value("\xC3\xA9(\n  x)");
    ck_assert_int_eq(call->lineno, 1);
    ck_assert_int_eq(call->end_lineno, 2);
    ck_assert_int_eq(call->end_col_offset, 4);
    ck_assert_int_eq(AST(Call, call)->func->end_col_offset, 2);
}
END_TEST

START_TEST(identifiers_are_interned) {
    AstBinOp *node = AST(BinOp, value("name + name"));
    ck_assert_ptr_eq(AST(Name, node->left)->id, AST(Name, node->right)->id);
}
END_TEST

START_TEST(integers_keep_their_value) {
    ck_assert_int_eq(AST(Constant, value("0x_ff"))->value.integer, 255);
    ck_assert_int_eq(AST(Constant, value("9_223_372_036_854_775_807"))->value.integer, INT64_MAX);
    AstConst big = AST(Constant, value("9_223_372_036_854_775_808"))->value;
    ck_assert_int_eq(big.kind, AST_CONST_BIGINT);
    ck_assert_str_eq(big.text->text, "9223372036854775808");
}
END_TEST

START_TEST(strings_are_decoded) {
    ck_assert_str_eq(AST(Constant, value("'a\\x41\\u20ac' \"b\""))->value.text->text, "aA\xE2\x82\xAC" "b");
    AstStr *surrogate = AST(Constant, value("'\\ud800'"))->value.text;
    ck_assert_int_eq(surrogate->length, 3);
    AstStr *bytes = AST(Constant, value("b'\\0\\xff'"))->value.text;
    ck_assert_int_eq(bytes->length, 2);
    ck_assert_int_eq((uint8_t)bytes->text[1], 255);
}
END_TEST

START_TEST(fstrings_may_nest_quotes) {
    AstJoinedStr *node = AST(JoinedStr, value("f'{a['b']!r:>{'x'}}{c = }'"));
    ck_assert_int_eq(node->values.count, 3);
    AstFormattedValue *field = AST(FormattedValue, node->values.items[0]);
    ck_assert_int_eq(field->conversion, 'r');
    ck_assert_int_eq(AST(JoinedStr, field->format_spec)->values.count, 2);
    ck_assert_str_eq(AST(Constant, node->values.items[1])->value.text->text, "c = ");
}
END_TEST

START_TEST(type_parameters) {
    AstFunctionDef *def = AST(FunctionDef, first("def f[T: int, *Ts, **P](x: T): pass"));
    ck_assert_int_eq(def->type_params.count, 3);
    ck_assert_int_eq(AST(ClassDef, first("class C[T]: pass"))->type_params.count, 1);
    ck_assert_int_eq(first("type X[T] = list[T]")->kind, AST_TypeAlias);
    ck_assert_int_eq(first("type = 1")->kind, AST_Assign);
    ck_assert_int_eq(first("type(x)")->kind, AST_Expr);
}
END_TEST

START_TEST(match_is_a_soft_keyword) {
    ck_assert_int_eq(first("match x:\n case 1: pass")->kind, AST_Match);
    ck_assert_int_eq(first("match (x)\n")->kind, AST_Expr);
    ck_assert_int_eq(first("match[x]: int")->kind, AST_AnnAssign);
    ck_assert_int_eq(first("match -x, y:\n case _: pass")->kind, AST_Match);
    ck_assert_int_eq(first("match = case = _ = 1")->kind, AST_Assign);
}
END_TEST

/* ---- limits ---- */

START_TEST(long_chains_dont_recurse) {
    char *source = repeat("", "a+", 1000000, "a");
    ck_assert_int_eq(value(source)->kind, AST_BinOp);
    free(source);
    source = repeat("if a: pass\n", "elif b: pass\n", 100000, "");
    ck_assert_int_eq(first(source)->kind, AST_If);
    SymbolTable table;
    ck_assert(!symbols_build(&table, &arena, &result.names, result.tree, 0));
    ck_assert_int_eq(table.error.kind, ERROR_RECURSION);
    free(source);
}
END_TEST

START_TEST(deep_nesting_is_an_error) {
    char *source = repeat("", "(", 100000, "");
    fails(source, "too many nested parentheses", 1, 201);
    free(source);
    source = repeat("", "not ", 100000, "a");
    ck_assert(!parse(source));
    ck_assert_int_eq(result.error.kind, ERROR_MEMORY);
    free(source);
    source = repeat("x=", "f'{", 5000, "");
    ck_assert(!parse(source));
    free(source);
}
END_TEST

START_TEST(nested_brackets_around_an_error_take_no_time) {
    char *source = repeat("x=", "{1:", 190, "1 2");
    fails(source, "'{' was never closed", 1, 570);
    free(source);
}
END_TEST

/* ---- errors ---- */

START_TEST(errors_have_cpythons_words_and_places) {
    fails("f(a b)", "invalid syntax. Perhaps you forgot a comma?", 1, 3);
    fails("if x\n pass", "expected ':'", 1, 5);
    fails("f() = 1", "cannot assign to function call here. Maybe you meant '==' instead of '='?", 1, 1);
    fails("x = (1,\n", "'(' was never closed", 1, 5);
    fails("x = 'abc", "unterminated string literal (detected at line 1)", 1, 5);
    fails("if x:\npass", "expected an indented block after 'if' statement on line 1", 2, 1);
    ck_assert_int_eq(result.error.kind, ERROR_INDENTATION);
    fails("if 1:\n\ta\n        b", "inconsistent use of tabs and spaces in indentation", 3, 1);
    ck_assert_int_eq(result.error.kind, ERROR_TAB);
    fails("f(**k, *a)", "iterable argument unpacking follows keyword argument unpacking", 1, 3);
    fails("f(a=1, b)", "positional argument follows keyword argument", 1, 9);
    fails("'\xC3\xA9' x y", "invalid syntax", 1, 5);
    fails("f'{a b}'", "f-string: invalid syntax. Perhaps you forgot a comma?", 1, 2);
    ck_assert_str_eq(result.error.text->text, "(a b)\n");
    fails("print 1", "Missing parentheses in call to 'print'. Did you mean print(...)?", 1, 1);
}
END_TEST

START_TEST(null_bytes_and_bad_utf8) {
    ParseOptions options = {.mode = PARSE_EXEC};
    reset();
    ck_assert(!parse_source(&arena, "x\0y", 3, &options, &result));
    ck_assert_int_eq(result.error.kind, ERROR_VALUE);
    ck_assert(!parse_source(&arena, "\xFF", 1, &options, &result));
    ck_assert_str_eq(result.error.message, "(unicode error) 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte");
    ck_assert(parse_source(&arena, "# \xFF\nx", 5, &options, &result));
    options = (ParseOptions){.flags = PARSE_FILE, .filename = "a.py"};
    ck_assert(!parse_source(&arena, "x\n\xFF", 3, &options, &result));
    ck_assert_str_eq(result.error.message, "Non-UTF-8 code starting with '\\xff' in file a.py on line 2, but no encoding declared; "
                                           "see https://peps.python.org/pep-0263/ for details");
    ck_assert(parse_source(&arena, "# coding: latin-1\n'\xE9'", 21, &(ParseOptions){0}, &result));
}
END_TEST

START_TEST(incomplete_input) {
    static const char *const incomplete[] = {"if x:", "(", "x = [1,\n", "'''a\n", "def f():\n  pass", "try:\n  x\n", "a = \\\n"};
    for (size_t i = 0; i < sizeof incomplete / sizeof *incomplete; i++) {
        ck_assert(!parse_as(incomplete[i], PARSE_SINGLE, PARSE_INCOMPLETE_INPUT | PARSE_DONT_IMPLY_DEDENT));
        ck_assert_str_eq(result.error.message, "incomplete input");
    }
    ck_assert(!parse_as("x y\n", PARSE_SINGLE, PARSE_INCOMPLETE_INPUT));
    ck_assert_str_eq(result.error.message, "invalid syntax");
    ck_assert(parse_as("x = 1", PARSE_SINGLE, 0));
    ck_assert(!parse_as("x = 1\ny = 2", PARSE_SINGLE, 0));
    ck_assert_str_eq(result.error.message, "multiple statements found while compiling a single statement");
}
END_TEST

START_TEST(warnings_come_with_their_line) {
    ck_assert(parse("x = 1\ny = '\\d'\nz = 1if x else 2"));
    ck_assert_str_eq(result.warnings->message, "invalid escape sequence '\\d'");
    ck_assert_int_eq(result.warnings->lineno, 2);
    ck_assert_str_eq(result.warnings->next->message, "invalid decimal literal");
    ck_assert_ptr_null(result.warnings->next->next);
}
END_TEST

/* ---- symbols ---- */

static const Scope *symbols(SymbolTable *table, const char *source) {
    ck_assert_msg(parse(source), "%s", source);
    ck_assert_msg(symbols_build(table, &arena, &result.names, result.tree, 0), "%s", table->error.message);
    return table->top;
}

static SymKind kind(const Scope *scope, const char *name) {
    for (int i = 0; i < scope->symbol_count; i++)
        if (!strcmp(scope->symbols[i].name->text, name)) return scope->symbols[i].kind;
    return SYMKIND_UNKNOWN;
}

START_TEST(closures) {
    SymbolTable table;
    const Scope *f = symbols(&table, "def f(a):\n b = 1\n def g():\n  nonlocal b\n  b = a + c\n return g")->first_child;
    const Scope *g = f->first_child;
    ck_assert_int_eq(kind(f, "a"), SYMKIND_CELL);
    ck_assert_int_eq(kind(f, "b"), SYMKIND_CELL);
    ck_assert_int_eq(kind(f, "g"), SYMKIND_LOCAL);
    ck_assert_int_eq(kind(g, "a"), SYMKIND_FREE);
    ck_assert_int_eq(kind(g, "c"), SYMKIND_GLOBAL_IMPLICIT);
    ck_assert_int_eq(f->cells.count, 2);
    ck_assert_int_eq(g->frees.count, 2);
    ck_assert(g->nested && !f->nested && f->returns_value);
}
END_TEST

START_TEST(classes_hide_their_names_from_methods) {
    SymbolTable table;
    const Scope *cls = symbols(&table, "class C:\n x = 1\n __p = 2\n def f(self):\n  super()\n  return x, self.__p, __q")->first_child;
    const Scope *f = cls->first_child;
    ck_assert_int_eq(kind(f, "x"), SYMKIND_GLOBAL_IMPLICIT);
    ck_assert_int_eq(kind(f, "__class__"), SYMKIND_FREE);
    ck_assert_int_eq(kind(f, "_C__q"), SYMKIND_GLOBAL_IMPLICIT);
    ck_assert_int_eq(kind(cls, "_C__p"), SYMKIND_LOCAL);
    ck_assert(cls->needs_class_closure);
    ck_assert_int_eq(cls->frees.count, 0);
}
END_TEST

START_TEST(comprehensions_are_functions) {
    SymbolTable table;
    const Scope *f = symbols(&table, "def f(y):\n return [(x, z := y) for x in y]")->first_child;
    const Scope *comp = symbols_scope(&table, AST(Return, AST(FunctionDef, f->node)->body.items[0])->value, SCOPE_ROLE_BODY);
    ck_assert(comp && comp->comprehension);
    ck_assert_int_eq(kind(comp, "x"), SYMKIND_LOCAL);
    ck_assert_int_eq(kind(comp, ".0"), SYMKIND_LOCAL);
    ck_assert_int_eq(kind(comp, "z"), SYMKIND_FREE);
    ck_assert_int_eq(kind(f, "z"), SYMKIND_CELL);
}
END_TEST

START_TEST(symbol_errors) {
    static const struct {
        const char *source, *message;
        int lineno, offset;
    } cases[] = {
        {"def f(a, a): pass", "duplicate argument 'a' in function definition", 1, 10},
        {"def f(x):\n  global x", "name 'x' is parameter and global", 2, 3},
        {"nonlocal x", "nonlocal declaration not allowed at module level", 1, 1},
        {"def f():\n nonlocal x", "no binding for nonlocal 'x' found", 2, 2},
        {"def f():\n from x import *", "import * only allowed at module level", 2, 16},
        {"[x := 1 for x in y]", "assignment expression cannot rebind comprehension iteration variable 'x'", 1, 2},
        {"def f():\n [(yield) for x in y]", "'yield' inside list comprehension", 2, 4},
        {"from __future__ import braces", "not a chance", 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        SymbolTable table;
        ck_assert(parse(cases[i].source));
        ck_assert(!symbols_build(&table, &arena, &result.names, result.tree, 0));
        ck_assert_str_eq(table.error.message, cases[i].message);
        ck_assert_int_eq(table.error.lineno, cases[i].lineno);
        ck_assert_int_eq(table.error.offset, cases[i].offset);
    }
}
END_TEST

/* ---- threads ---- */

static void *parse_often(void *source) {
    intptr_t good = 0;
    for (int i = 0; i < 200; i++) {
        Arena own = ARENA_INIT;
        ParseResult r;
        SymbolTable table;
        if (parse_source(&own, source, strlen(source), &(ParseOptions){0}, &r) && symbols_build(&table, &own, &r.names, r.tree, 0)) good++;
        if (!parse_source(&own, "f(a b)", 6, &(ParseOptions){0}, &r)) good++;
        arena_free(&own);
    }
    return (void *)good;
}

START_TEST(threads_parse_at_once) {
    pthread_t threads[4];
    char *source = repeat("", "def f(a, b=1, *c):\n return [a + x for x in c if f'{b}']\n", 20, "");
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, parse_often, source);
    for (int i = 0; i < 4; i++) {
        void *good;
        pthread_join(threads[i], &good);
        ck_assert_int_eq((intptr_t)good, 400);
    }
    free(source);
}
END_TEST

/* ---- memory ---- */

static int mallocs_left = -1; /* -1: as many as it takes */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

/* The linker sends all calls of malloc here. */
void *__wrap_malloc(size_t size) {
    if (mallocs_left == 0) return NULL;
    if (mallocs_left > 0) mallocs_left--;
    return __real_malloc(size);
}

START_TEST(every_allocation_may_fail) {
    char *sound = repeat("", "class C:\n def f(self, a=1, *, b: int):\n  return [f'{a!r:>{b}}' for a in self.x]\n", 200, "");
    char *wrong = repeat("", "class C:\n def f(self, a=1, *, b: int):\n  return {a: 'x', **b}\n", 200, "x = (1,\n f(a b))\n");
    char *sources[] = {sound, wrong};
    for (int i = 0; i < 2; i++) {
        bool done = false;
        for (int n = 0; !done; n++) {
            SymbolTable table;
            reset();
            mallocs_left = n;
            ParseOptions options = {0};
            bool ok = parse_source(&arena, sources[i], strlen(sources[i]), &options, &result);
            SourceError error = result.error;
            if (ok && !symbols_build(&table, &arena, &result.names, result.tree, 0)) error = table.error;
            mallocs_left = -1;
            done = error.kind != ERROR_MEMORY;
            ck_assert_int_eq(error.kind, !done ? ERROR_MEMORY : i ? ERROR_SYNTAX : ERROR_NONE);
        }
        free(sources[i]);
    }
}
END_TEST

static Suite *suite(void) {
    Suite *s = suite_create("parser");
    TCase *c = tcase_create("parser");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, operators_bind_as_they_should);
    tcase_add_test(c, positions_count_bytes);
    tcase_add_test(c, identifiers_are_interned);
    tcase_add_test(c, integers_keep_their_value);
    tcase_add_test(c, strings_are_decoded);
    tcase_add_test(c, fstrings_may_nest_quotes);
    tcase_add_test(c, type_parameters);
    tcase_add_test(c, match_is_a_soft_keyword);
    tcase_add_test(c, long_chains_dont_recurse);
    tcase_add_test(c, deep_nesting_is_an_error);
    tcase_add_test(c, nested_brackets_around_an_error_take_no_time);
    tcase_add_test(c, errors_have_cpythons_words_and_places);
    tcase_add_test(c, null_bytes_and_bad_utf8);
    tcase_add_test(c, incomplete_input);
    tcase_add_test(c, warnings_come_with_their_line);
    tcase_add_test(c, closures);
    tcase_add_test(c, classes_hide_their_names_from_methods);
    tcase_add_test(c, comprehensions_are_functions);
    tcase_add_test(c, symbol_errors);
    tcase_add_test(c, threads_parse_at_once);
    tcase_add_test(c, every_allocation_may_fail);
    suite_add_tcase(s, c);
    return s;
}

int main(void) {
    SRunner *runner = srunner_create(suite());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
