/* Source text to code object: parsing, symbol tables, compilation, and raising what they find wrong. */
#include "vm/ast_object.h"
#include "vm/compile.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/config.h"
#include "runtime/dict.h"
#include "runtime/int_internal.h"
#include "runtime/list.h"
#include "runtime/str.h"
#include "runtime/unicode_data.h"
#include "runtime/vm_hooks.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* ---- errors of the front end -------------------------------------------------------------------------------------------------- */

/* Line number `lineno` of the file, with its newline; null without an exception if there is no such file or line. */
static Ref file_line(Thread *t, Value filename, int lineno) {
    Ref keep = REF_NULL;
    const char *path = str_fs(t, filename, &keep);
    FILE *f = NULL;
    if (path == NULL) err_clear(t);
    else if (path[0] != '<') f = fopen(path, "r");
    ref_drop(t, keep);
    if (f == NULL) return REF_NULL;
    char *line = NULL;
    size_t room = 0;
    ssize_t n = -1;
    for (int i = 0; i < lineno; i++)
        if ((n = getline(&line, &room, f)) < 0) break;
    Ref r = n < 0 ? REF_NULL : str_decode(t, line, (size_t)n, "utf-8", "replace");
    if (n >= 0 && ref_is_null(r)) err_clear(t);
    free(line);
    fclose(f);
    return r;
}

Ref source_error_raise(Thread *t, const SourceError *e, Value filename) {
    static const ErrorKind kinds[] = {[ERROR_SYNTAX] = E_SyntaxError, [ERROR_INDENTATION] = E_IndentationError, [ERROR_TAB] = E_TabError};
    switch (e->kind) {
    case ERROR_MEMORY: return e->message ? err_set(t, E_MemoryError, "%s", e->message) : err_no_memory(t);
    case ERROR_RECURSION: return err_set(t, E_RecursionError, "%s", e->message);
    case ERROR_VALUE: return err_set(t, E_ValueError, "%s", e->message);
    case ERROR_NONE:
    case ERROR_SYSTEM: return err_pending(t) ? REF_NULL : err_set(t, E_SystemError, "%s", e->message ? e->message : "the parser failed");
    default: break;
    }
    Ref text = e->text ? str_from_wtf8(t, e->text->text, e->text->length) : e->lineno ? file_line(t, filename, e->lineno) : REF_NONE;
    if (ref_is_null(text)) {
        if (e->text) return REF_NULL;
        text = REF_NONE;
    }
    Ref message = str_from_wtf8(t, e->message, strlen(e->message));
    if (!e->lineno && !e->offset && !e->text) { /* no place at all: a file that can't be decoded */
        Ref exc = ref_is_null(message) ? REF_NULL : call1(t, type_value(&error_types[kinds[e->kind]]), ref_borrow(message));
        if (!ref_is_null(exc)) err_object(t, ref_borrow(exc));
        ref_drop(t, exc);
        ref_drop(t, message);
        ref_drop(t, text);
        return REF_NULL;
    }
    Ref details[6] = {ref_new(t, filename), ref_small_int(e->lineno), ref_small_int(e->offset), text, ref_small_int(e->end_lineno), e->end_offset == NO_OFFSET ? REF_NONE : ref_small_int(e->end_offset)};
    /* a range, or none at all; with four items only the start is known */
    Ref tuple = tuple_from_steal(t, details, e->end_lineno || !e->lineno ? 6 : 4);
    if (!ref_is_null(message) && !ref_is_null(tuple)) {
        Ref exc = call2(t, type_value(&error_types[kinds[e->kind]]), ref_borrow(message), ref_borrow(tuple));
        if (!ref_is_null(exc)) err_object(t, ref_borrow(exc));
        ref_drop(t, exc);
    }
    ref_drop(t, message);
    ref_drop(t, tuple);
    return REF_NULL;
}

static int issue_warnings(Thread *t, const SourceWarning *w, Value filename) {
    for (; w; w = w->next) {
        ErrorKind kind = w->kind == WARN_SYNTAX ? E_SyntaxWarning : E_DeprecationWarning;
        Ref message = str_from_wtf8(t, w->message, strlen(w->message));
        if (ref_is_null(message)) return -1;
        int status = warn_explicit(t, kind, ref_borrow(message), filename, w->lineno);
        ref_drop(t, message);
        if (status == 0) continue;
        if (err_is(t, kind)) { /* turned into an error by a filter */
            err_clear(t);
            SourceError e = {ERROR_SYNTAX, w->message, w->lineno, w->offset, w->end_lineno, w->end_offset, NULL};
            source_error_raise(t, &e, filename);
        }
        return -1;
    }
    return 0;
}

/* ---- hooks of the parser ---------------------------------------------------------------------------------------------------------- */

static const char *hook_nfkc(Arena *arena, const char *text, size_t *length) {
    size_t n;
    char *p = uni_nfkc_utf8(text, *length, &n);
    if (p == NULL) return NULL;
    char *copy = arena_copy(arena, p, n);
    mem_free(p);
    *length = n;
    return copy;
}
static bool hook_identifier_char(uint32_t ch, bool first) { return first ? uni_isidstart(ch) : uni_isidcontinue(ch); }
static bool hook_printable(uint32_t ch) { return uni_isprintable(ch); }

static int32_t hook_character_named(const char *name, size_t length) {
    uint32_t ch = uni_lookup(name, length);
    return ch <= 0x10FFFF ? (int32_t)ch : -1;
}

static const char *hook_decode(void *context, Arena *arena, const char *encoding, const char *source, size_t *length, const char **error) {
    Thread *t = context;
    Ref text = str_decode(t, source, *length, encoding, "strict");
    size_t n;
    const char *utf8 = ref_is_null(text) ? NULL : str_utf8(t, ref_borrow(text), &n), *copy = NULL;
    if (utf8 != NULL) {
        copy = arena_copy(arena, utf8, n);
        *length = n;
        *error = NULL;
    } else {
        bool unknown = err_is(t, E_LookupError);
        Ref exc = err_fetch(t), words = object_str(t, ref_borrow(exc));
        const char *s = ref_is_null(words) ? NULL : str_utf8(t, ref_borrow(words), NULL);
        *error = unknown ? arena_format(arena, "unknown encoding: %s", encoding) : s ? arena_format(arena, "%s", s) : NULL;
        err_clear(t);
        ref_drop(t, words);
        ref_drop(t, exc);
    }
    ref_drop(t, text);
    return copy;
}

ParseHooks parse_hooks(Thread *t) {
    return (ParseHooks){.nfkc = hook_nfkc, .identifier_char = hook_identifier_char, .printable = hook_printable,
                        .character_named = hook_character_named, .decode = hook_decode, .context = t};
}

/* ---- compiling a tree ------------------------------------------------------------------------------------------------------------------ */

static Ref compile_module(Compiler *c, Ast *tree) {
    if (!unit_enter(c, c->symbols.top, str_intern_cstr(c->t, "<module>"), 1)) return REF_NULL;
    Unit *u = c->unit;
    u->first_line = 1;
    switch (tree->kind) {
    case AST_Module: block_statements(c, AST(Module, tree)->body, true); break;
    case AST_Interactive: c->interactive = true; block_statements(c, AST(Interactive, tree)->body, false); break;
    case AST_Expression: {
        int r = expr_any(c, AST(Expression, tree)->body);
        emit(c, I_RETURN, r, 0, 0);
        return unit_leave(c);
    }
    default:
        err_set(c->t, E_SystemError, "module kind %d should not be possible", (int)tree->kind);
        c->failed = true;
    }
    at_nowhere(c);
    emit(c, I_RETURN_NONE, 0, 0, 0);
    return unit_leave(c);
}

Ref compile_tree(Thread *t, Arena *arena, AstNames *names, Ast *tree, Value filename, unsigned future, int flags, int optimize) {
    Compiler c = {.t = t, .arena = arena, .names = names, .filename = filename, .flags = flags, .may_walrus = true,
                  .optimize = optimize < 0 ? config.optimize : optimize};
    if (!symbols_build(&c.symbols, arena, names, tree, future)) return source_error_raise(t, &c.symbols.error, filename);
    Ref code = compile_module(&c, tree);
    for (uint32_t i = 0; i < c.idents.count; i++) ref_drop(t, c.idents.at[i]);
    mem_free(c.idents.at);
    if (!c.failed) return code;
    ref_drop(t, code);
    if (!err_pending(t)) err_set(t, E_SystemError, "the compiler failed without an exception");
    return REF_NULL;
}

static unsigned inherited_future(Thread *t, int dont_inherit) {
    Value code = dont_inherit || !vm.current_code ? VALUE_NULL : vm.current_code(t);
    return value_is_null(code) ? 0 : code_of(code)->flags & FUTURE_MASK;
}

static bool parse_mode(const char *mode, ParseMode *out) {
    static const char *const names[] = {"exec", "eval", "single", "func_type"};
    for (int i = 0; i < 4; i++)
        if (strcmp(mode, names[i]) == 0) {
            *out = (ParseMode)i;
            return true;
        }
    return false;
}

/* An instance of one of _ast's classes: compiled, or handed back if a tree is what is wanted. */
static Ref compile_object(Thread *t, Value tree, Value filename, ParseMode mode, unsigned future, int flags, int optimize) {
    if (flags & COMPILE_ONLY_AST) return ref_new(t, tree);
    Arena arena = ARENA_INIT;
    AstNames names = {.arena = &arena};
    AstKeep keep = {0};
    Ref code = REF_NULL;
    Ast *root = ast_from_object(t, tree, mode, &arena, &names, &keep);
    if (root != NULL) code = compile_tree(t, &arena, &names, root, filename, future, flags, optimize);
    ast_keep_drop(t, &keep);
    arena_free(&arena);
    return code;
}

Ref compile_source(Thread *t, Value source, Value filename, const char *mode, int flags, int dont_inherit, int optimize) {
    ParseMode parse;
    if (!parse_mode(mode, &parse)) return err_set(t, E_ValueError, "compile() mode must be 'exec', 'eval' or 'single'");
    unsigned future = inherited_future(t, dont_inherit) | ((unsigned)flags & FUTURE_MASK);
    if (type_is_subtype(type_of(source), &ast_type)) return compile_object(t, source, filename, parse, future, flags, optimize);
    const char *text;
    size_t n;
    unsigned parse_flags = 0;
    if (is_str(source)) {
        text = str_utf8(t, source, &n);
        if (text == NULL) return REF_NULL;
        parse_flags |= PARSE_IGNORE_COOKIE;
    } else if (is_bytes(source)) {
        text = (const char *)bytes_data(source);
        n = bytes_length(source);
    } else {
        return err_set(t, E_TypeError, "compile() arg 1 must be a string, bytes or AST object");
    }
    if (!(flags & COMPILE_FROM_FILE) && memchr(text, 0, n)) return err_set(t, E_ValueError, "source code string cannot contain null bytes");
    if (flags & COMPILE_TYPE_COMMENTS) parse_flags |= PARSE_TYPE_COMMENTS;
    if (flags & COMPILE_DONT_IMPLY_DEDENT) parse_flags |= PARSE_DONT_IMPLY_DEDENT;
    if (flags & COMPILE_ALLOW_INCOMPLETE) parse_flags |= PARSE_INCOMPLETE_INPUT;
    if (flags & COMPILE_IGNORE_COOKIE) parse_flags |= PARSE_IGNORE_COOKIE;
    if (flags & COMPILE_FROM_FILE) parse_flags |= PARSE_FILE | PARSE_WHOLE_LINES;
    if (future & FUTURE_BARRY_AS_BDFL) parse_flags |= PARSE_BARRY_AS_FLUFL;
    Arena arena = ARENA_INIT;
    ParseHooks hooks = parse_hooks(t);
    ParseOptions options = {.mode = parse, .flags = parse_flags, .filename = str_utf8(t, filename, NULL), .hooks = &hooks,
                            .max_int_digits = int_max_str_digits(),
                            .feature_version = flags & COMPILE_ONLY_AST ? flags >> COMPILE_FEATURE_SHIFT : 0};
    if (options.filename == NULL) err_clear(t);
    ParseResult parsed;
    Ref code = REF_NULL;
    bool sound = parse_source(&arena, text, n, &options, &parsed);
    if (issue_warnings(t, parsed.warnings, filename) < 0) /* they come before the error, as far as the parser got */
        code = REF_NULL;
    else if (!sound)
        source_error_raise(t, &parsed.error, filename);
    else if (flags & COMPILE_ONLY_AST)
        code = ast_to_object(t, parsed.tree);
    else
        code = compile_tree(t, &arena, &parsed.names, parsed.tree, filename, future, flags, optimize);
    arena_free(&arena);
    return code;
}
