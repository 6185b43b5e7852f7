/* _tokenize: the tokens that the parser sees, for the tokenize module.
 *
 * A TokenizerIter has all its tokens from the beginning; where the source is wrong, they end with the SyntaxError.
 */
#include "vm/tokenize_module.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/modules/kit.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "vm/compile.h"
#include "vm/lexer.h"
#include "vm/source.h"

/* ---- numbers of tokens in the token module ---------------------------------------------------------------------------------------- */

enum { NUMBER_NAME = 1, NUMBER_NUMBER, NUMBER_STRING, NUMBER_NEWLINE, NUMBER_INDENT, NUMBER_DEDENT, FIRST_OPERATOR, NUMBER_OP = 54, NUMBER_AWAIT, NUMBER_ASYNC };
static const char *const operators[] = { /* from FIRST_OPERATOR on */
    "(", ")", "[", "]", ":", ",", ";", "+", "-", "*", "/", "|", "&", "<", ">", "=", ".", "%", "{", "}", "==", "!=", "<=", ">=", "~", "^", "<<", ">>", "**",
    "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "**=", "//", "//=", "@", "@=", "->", "...", ":="};

static int number_of(const Token *token, const char *text, size_t n) {
    switch (token->kind) {
    case TOK_NUMBER: return NUMBER_NUMBER;
    case TOK_STRING: return NUMBER_STRING;
    case TOK_NEWLINE: return NUMBER_NEWLINE;
    case TOK_INDENT: return NUMBER_INDENT;
    case TOK_DEDENT: return NUMBER_DEDENT;
    case TOK_NAME: return NUMBER_NAME;
    default: break;
    }
    if (n == 5 && memcmp(text, "async", 5) == 0) return NUMBER_ASYNC;
    if (n == 5 && memcmp(text, "await", 5) == 0) return NUMBER_AWAIT;
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (strlen(operators[i]) == n && memcmp(operators[i], text, n) == 0) return FIRST_OPERATOR + (int)i;
    return token->kind == TOK_OTHER ? NUMBER_OP : NUMBER_NAME; /* keywords are names */
}

/* ---- tokens ------------------------------------------------------------------------------------------------------------------------- */

/* (text, number, first line, last line, column, end column, source line) */
static Ref token_tuple(Thread *t, const SourceText *source, const Lexer *lexer, const Token *token) {
    const char *text = source->text + token->start, *line = lexer->line_start, *end;
    size_t n = token->end - token->start;
    if (token->kind == TOK_INDENT || token->kind == TOK_DEDENT || token->kind == TOK_NEWLINE) n = 0;
    if (token->kind == TOK_STRING && token->lineno != token->end_lineno)
        for (line = text; line > source->text && line[-1] != '\n';) line--;
    if (token->kind == TOK_NEWLINE)
        for (line = source->text + token->start; line > source->text && line[-1] != '\n';) line--;
    for (end = token->end > token->start ? source->text + token->end : line; end < source->text + source->length && *end != '\n';) end++;
    if (end < source->text + source->length) end++;
    Ref item[7] = {str_from_wtf8(t, text, n), ref_small_int(number_of(token, text, n)), ref_small_int(token->lineno), ref_small_int(token->end_lineno),
                   ref_small_int(token->col_offset), ref_small_int(token->end_col_offset),
                   str_from_wtf8(t, line, line <= end ? (size_t)(end - line) : 0)};
    return tuple_from_steal(t, item, 7);
}

/* As CPython has it, only errors that come with a description are raised; bad indentation and the like just end the tokens. */
static void raise_error(Thread *t, const Lexer *lexer) {
    if (lexer->status != LEX_ERROR && lexer->status != LEX_EOF_IN_STRING && lexer->status != LEX_BAD_UTF8) return;
    SourceError e = {.kind = ERROR_SYNTAX, .message = lexer->message ? lexer->message : "invalid token",
                     .lineno = lexer->error_lineno ? lexer->error_lineno : lexer->lineno, .offset = lexer->error_col > 0 ? lexer->error_col : 0};
    Ref name = str_from_cstr(t, "<string>");
    if (!ref_is_null(name)) source_error_raise(t, &e, ref_borrow(name));
    ref_drop(t, name);
}

/* All tokens of the source; *error: what ends them, or null. Null with an exception that isn't the source's fault. */
static Ref tokens_of(Thread *t, Value text, Ref *error) {
    size_t length;
    const char *s = str_utf8(t, text, &length);
    if (s == NULL) return REF_NULL;
    ParseHooks hooks = parse_hooks(t);
    ParseOptions options = {.flags = PARSE_IGNORE_COOKIE, .filename = "<string>", .hooks = &hooks};
    Arena arena = ARENA_INIT;
    SourceText source;
    SourceError failed = {0};
    Ref list = list_new(t, 0);
    if (!ref_is_null(list) && source_decode(&arena, s, length, &options, &source, &failed)) {
        Lexer lexer;
        Token token;
        lexer_init(&lexer, source.text, source.length, &hooks);
        while (lexer_next(&lexer, &token) && token.kind != TOK_ENDMARKER) {
            Ref tuple = token_tuple(t, &source, &lexer, &token);
            if (!ref_is_null(tuple) && list_append_steal(t, ref_borrow(list), tuple) == 0) continue;
            ref_drop(t, list);
            list = REF_NULL;
            break;
        }
        if (!ref_is_null(list)) raise_error(t, &lexer);
    } else if (failed.kind != ERROR_NONE) {
        Ref name = str_from_cstr(t, "<string>");
        if (!ref_is_null(name)) source_error_raise(t, &failed, ref_borrow(name));
        ref_drop(t, name);
    }
    arena_free(&arena);
    *error = ref_is_null(list) ? REF_NULL : err_fetch(t);
    return list;
}

/* ---- the iterator ----------------------------------------------------------------------------------------------------------------------- */

typedef struct TokenizerIter {
    Object base;
    Slot tokens, error; /* an iterator over the tokens; the exception after them, or null */
} TokenizerIter;
KIT_SLOTS(2)

static Ref iter_next_token(Thread *t, Value self) {
    TokenizerIter *it = as(TokenizerIter, self);
    Ref r;
    if (iter_next(t, slot_get(&it->tokens), &r) != 0) return r;
    Ref error = slot_ref(t, &it->error);
    if (!ref_is_null(error)) err_steal(t, error);
    return REF_NULL;
}
static Ref iter_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value source;
    if (bind_args(t, "tokenizeriter", "($type, source)", &signature, args, nargs, kwnames, &source, 1) < 0) return REF_NULL;
    if (!is_str(source)) return err_bad_argument(t, "tokenizeriter", "'source'", "str", source);
    Ref error, list = tokens_of(t, source, &error), it = ref_is_null(list) ? REF_NULL : get_iter(t, ref_borrow(list));
    ref_drop(t, list);
    TokenizerIter *self = ref_is_null(it) ? NULL : kit_instance(t, cls);
    if (self == NULL) {
        ref_drop(t, it);
        ref_drop(t, error);
        return REF_NULL;
    }
    slot_init(&self->tokens, it);
    slot_init(&self->error, error);
    return ref_steal(self);
}
static Type iter_type = {TYPE_HEADER(TokenizerIter, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_2, NULL, kit_drop_2), .name = "_tokenize.TokenizerIter",
                         .base = &object_type, .new_ = iter_new, .iter = iter_self, .next = iter_next_token};

int module_init_tokenize(Thread *t, Value module) { return module_add_type(t, module, &iter_type); }
