/* The prompt: reads statements from standard input and runs them in __main__, showing expressions through sys.displayhook. */
#include "vm/run.h"
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/exceptions.h"
#include "runtime/module.h"
#include "runtime/modules/sys.h"
#include "runtime/readline.h"
#include "runtime/str.h"
#include "vm/compile.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* sys.ps1 or ps2 as text; mem_free it. The default where it isn't there, "" where its str() fails. */
static char *prompt_text(Thread *t, const char *name, const char *dflt) {
    Ref v = sys_get(t, name), text = REF_NULL;
    const char *s = dflt;
    size_t n;
    if (!ref_is_null(v)) {
        text = object_str(t, ref_borrow(v));
        s = ref_is_null(text) ? "" : str_utf8(t, ref_borrow(text), &n);
        if (s == NULL) s = "";
        err_clear(t);
    }
    char *copy = mem_alloc(strlen(s) + 1);
    if (copy != NULL) strcpy(copy, s);
    ref_drop(t, text);
    ref_drop(t, v);
    return copy;
}

/* Whether the text so far is a statement to be continued. The last newline doesn't count: so a block ends with a blank line only. */
static bool wants_more(Thread *t, const char *text, size_t n) {
    if (n > 0 && text[n - 1] == '\n') n--;
    Arena arena = ARENA_INIT;
    ParseHooks hooks = parse_hooks(t);
    ParseOptions options = {.mode = PARSE_SINGLE, .filename = "<stdin>", .hooks = &hooks,
                            .flags = PARSE_IGNORE_COOKIE | PARSE_INCOMPLETE_INPUT | PARSE_DONT_IMPLY_DEDENT};
    ParseResult parsed;
    bool more = false;
    if (!parse_source(&arena, text, n, &options, &parsed)) {
        more = parsed.error.kind == ERROR_SYNTAX && parsed.error.message != NULL && strcmp(parsed.error.message, "incomplete input") == 0;
        err_clear(t);
    }
    arena_free(&arena);
    return more;
}

static bool only_blanks(const char *s, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (s[i] == '#') return true; /* a comment counts as nothing */
        else if (s[i] != ' ' && s[i] != '\t' && s[i] != '\n' && s[i] != '\f' && s[i] != '\r') return false;
    return true;
}

typedef enum { READ_STATEMENT, READ_END, READ_INTERRUPTED, READ_FAILED } ReadResult;

/* One statement, with continuation lines, as bytes in *out (mem_free it). */
static ReadResult read_statement(Thread *t, char **out, size_t *length) {
    char *text = NULL;
    size_t n = 0;
    bool continued = false;
    for (;;) {
        char *prompt = continued ? prompt_text(t, "ps2", "... ") : prompt_text(t, "ps1", ">>> ");
        char *line = readline_read(t, prompt != NULL ? prompt : "");
        mem_free(prompt);
        if (line == NULL) {
            mem_free(text);
            return READ_INTERRUPTED;
        }
        size_t k = strlen(line);
        if (k == 0) { /* end of input: run what is there */
            mem_free(line);
            if (n > 0) stderr_printf(t, "\n"); /* the prompt's line ends */
            *out = text;
            *length = n;
            return n == 0 ? READ_END : READ_STATEMENT;
        }
        char *grown = mem_realloc(text, n + k + 1);
        if (grown == NULL) {
            mem_free(text);
            mem_free(line);
            err_no_memory(t);
            return READ_FAILED;
        }
        text = grown;
        memcpy(text + n, line, k + 1);
        mem_free(line);
        bool blank = only_blanks(text + n, k);
        n += k;
        if (!continued && blank) { /* nothing said */
            mem_free(text);
            text = NULL;
            n = 0;
            continue;
        }
        if (!wants_more(t, text, n)) {
            *out = text;
            *length = n;
            return READ_STATEMENT;
        }
        continued = true;
    }
}

static void flush_all(Thread *t) {
    static const char *const names[] = {"stderr", "stdout"};
    for (int i = 0; i < 2; i++) {
        Ref file = sys_get(t, names[i]);
        if (!ref_is_null(file) && !ref_is_none(file)) ref_drop(t, call_method0(t, ref_borrow(file), str_intern_cstr(t, "flush")));
        err_clear(t);
        ref_drop(t, file);
    }
}

static void default_prompts(Thread *t) {
    static const char *const rows[][2] = {{"ps1", ">>> "}, {"ps2", "... "}};
    for (int i = 0; i < 2; i++) {
        Ref now = sys_get(t, rows[i][0]);
        if (ref_is_null(now)) {
            now = str_from_cstr(t, rows[i][1]);
            if (ref_is_null(now) || sys_set(t, rows[i][0], ref_borrow(now)) < 0) err_clear(t);
        }
        ref_drop(t, now);
    }
}

int repl_run(Thread *t, bool *exits) {
    *exits = false;
    default_prompts(t);
    readline_remember();
    for (;;) {
        char *text;
        size_t n;
        flush_all(t);
        ReadResult result = read_statement(t, &text, &n);
        if (result == READ_END) {
            stderr_printf(t, "\n");
            return 0;
        }
        if (result == READ_INTERRUPTED) {
            err_clear(t);
            stderr_printf(t, "\nKeyboardInterrupt\n");
            continue;
        }
        Ref r = REF_NULL;
        if (result == READ_STATEMENT) {
            Ref source = str_decode(t, text, n, "utf-8", "strict");
            if (!ref_is_null(source)) r = run_source(t, ref_borrow(source), "<stdin>", "single", 0);
            ref_drop(t, source);
            mem_free(text);
        }
        if (ref_is_null(r)) {
            int status = show_exception(t, exits);
            if (*exits) return status;
        }
        ref_drop(t, r);
    }
}
