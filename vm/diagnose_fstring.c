/* f-strings that are wrong: how CPython 3.11 reads them, since its errors come of that. It takes a field's text
 * by counting brackets and quotes, and parses it in parentheses, as a source of its own. */
#include "vm/diagnose.h"

enum { MAX_SPEC_DEPTH = 2 };

typedef struct Fields {
    Diagnosis *d;
    const Token *token;
    const StringToken *s;
} Fields;

static bool check_pieces(Fields *f, const char **at, int depth);

static bool fail(Fields *f, const char *message) { return diag_raise(f->d, ERROR_SYNTAX, "f-string%s", message); }

/* From behind `{` to what ends the expression; NULL with an error raised. */
static const char *expression_end(Fields *f, const char *at) {
    char brackets[LEX_MAX_LEVEL], quote = 0;
    int level = 0, quotes = 0;
    const char *end = f->s->end;
    for (; at < end; at++) {
        char c = *at, next = at + 1 < end ? at[1] : 0;
        if (c == '\\') return fail(f, " expression part cannot include a backslash"), NULL;
        bool triple = at + 2 < end && next == c && at[2] == c;
        if (quote) {
            if (c != quote || (quotes == 3 && !triple)) continue;
            at += quotes - 1;
            quote = 0;
        } else if (c == '\'' || c == '"') {
            quote = c;
            quotes = triple ? 3 : 1;
            at += quotes - 1;
        } else if (c == '[' || c == '{' || c == '(') {
            if (level >= LEX_MAX_LEVEL) return fail(f, ": too many nested parenthesis"), NULL;
            brackets[level++] = c;
        } else if (c == '#') {
            return fail(f, " expression part cannot include '#'"), NULL;
        } else if (level == 0 && c && strchr("!:}=><", c)) {
            if (next == '=' && c != ':' && c != '}') at++;
            else if (c != '>' && c != '<') break;
        } else if (c == ']' || c == '}' || c == ')') {
            if (level == 0) return diag_raise(f->d, ERROR_SYNTAX, "f-string: unmatched '%c'", c), NULL;
            char open = brackets[--level];
            if ((open == '(') != (c == ')') || (open == '[') != (c == ']') || (open == '{') != (c == '}')) {
                diag_raise(f->d, ERROR_SYNTAX, "f-string: closing parenthesis '%c' does not match opening parenthesis '%c'", c, open);
                return NULL;
            }
        }
    }
    if (quote) return fail(f, ": unterminated string"), NULL;
    if (level) return diag_raise(f->d, ERROR_SYNTAX, "f-string: unmatched '%c'", brackets[level - 1]), NULL;
    if (at >= end) return fail(f, ": expecting '}'"), NULL;
    return at;
}

static bool is_blank(const char *at, const char *end) {
    for (; at < end; at++)
        if (*at != ' ' && *at != '\t' && *at != '\n' && *at != '\f') return false;
    return true;
}

/* The expression in [at, end), diagnosed as a source "(expression)" of its own. */
static bool check_expression(Fields *f, const char *at, const char *end) {
    Diagnosis *outer = f->d;
    if (is_blank(at, end)) {
        if (*end == '!' || *end == ':' || *end == '=')
            return diag_raise(outer, ERROR_SYNTAX, "f-string: expression required before '%c'", *end);
        return fail(f, ": empty expression not allowed");
    }
    size_t length = end - at;
    char *text = arena_zalloc(outer->arena, length + 8);
    Diagnosis *d = arena_alloc(outer->arena, sizeof *d);
    if (!text || !d) return false;
    text[0] = '(';
    memcpy(text + 1, at, length);
    text[length + 1] = ')';
    text[length + 2] = '\n';
    int line = f->token->lineno;
    for (const char *p = token_start(&outer->parser, f->token); p < at; p++) line += *p == '\n';
    diag_init(d, outer->arena, outer->options, outer->result, text, length + 3);
    d->lexer.lineno = line - 1;
    d->fstring_line = line;
    d->columns_in_bytes = outer->columns_in_bytes;
    d->bad_utf8 = outer->bad_utf8;
    if (diag_run(d, PARSE_EVAL)) return true;
    if (!outer->raised) {
        outer->raised = true;
        outer->error = d->error;
    }
    return false;
}

/* `{` has been read: a field up to and with `}`. */
static bool check_field(Fields *f, const char **at, int depth) {
    const char *end = f->s->end;
    if (depth >= MAX_SPEC_DEPTH) return fail(f, ": expressions nested too deeply");
    const char *stop = expression_end(f, *at);
    if (!stop || !check_expression(f, *at, stop)) return false;
    *at = stop;
    if (**at == '=') {
        int version = f->d->options->feature_version;
        if (version && version < 8) return fail(f, ": self documenting expressions are only supported in Python 3.8 and greater");
        do ++*at;
        while (*at < end && is_blank(*at, *at + 1));
        if (*at >= end) return fail(f, ": expecting '}'");
    }
    if (**at == '!') {
        if (++*at >= end) return fail(f, ": expecting '}'");
        char conversion = *(*at)++;
        if (conversion != 's' && conversion != 'r' && conversion != 'a')
            return fail(f, ": invalid conversion character: expected 's', 'r', or 'a'");
        if (*at >= end) return fail(f, ": expecting '}'");
    }
    if (**at == ':') {
        if (++*at >= end) return fail(f, ": expecting '}'");
        if (!check_pieces(f, at, depth + 1)) return false;
    }
    if (*at >= end || **at != '}') return fail(f, ": expecting '}'");
    ++*at;
    return true;
}

/* Text between fields. */
static bool check_text(Fields *f, const char *at, const char *end) {
    if (f->s->is_raw || at == end || !memchr(at, '\\', end - at)) return true;
    char *room = arena_alloc(f->d->arena, end - at + 1);
    const char *message = NULL;
    if (room && decode_escapes(&f->d->parser, f->s, at, end, room, f->token, &message)) return true;
    return message && diag_raise(f->d, ERROR_SYNTAX, "%s", message);
}

/* Text and fields, up to the end or, in a format spec, to `}`. */
static bool check_pieces(Fields *f, const char **at, int depth) {
    const char *end = f->s->end, *piece = *at;
    while (*at < end) {
        char c = *(*at)++;
        if (c == '\\' && !f->s->is_raw && *at < end) {
            c = *(*at)++;
            if (c == 'N') {
                if (*at < end && *(*at)++ == '{')
                    while (*at < end && *(*at)++ != '}') continue;
                continue;
            }
        }
        if (c != '{' && c != '}') continue;
        if (depth == 0 && *at < end && **at == c) {
            if (!check_text(f, piece, *at)) return false;
            piece = ++*at;
            continue;
        }
        if (depth == 0 && c == '}') return fail(f, ": single '}' is not allowed");
        if (!check_text(f, piece, *at - 1)) return false;
        if (c == '}') {
            --*at;
            return true;
        }
        if (!check_field(f, at, depth)) return false;
        piece = *at;
    }
    return check_text(f, piece, *at);
}

bool diag_fstring(Diagnosis *d, const Token *token, const StringToken *s) {
    Fields fields = {d, token, s};
    const char *at = s->body;
    return check_pieces(&fields, &at, 0);
}
