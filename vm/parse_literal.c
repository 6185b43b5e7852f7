/* Literals: numbers, strings, f-strings. */
#include "runtime/text.h"
#include "vm/parser.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>

/* ---- numbers ---- */

/* The literal without its underscores. */
static char *without_underscores(Parser *p, const Token *token, size_t *length) {
    size_t size = token->end - token->start;
    const char *from = token_start(p, token);
    char *text = arena_copy(p->arena, from, size), *to = text;
    if (!text) return NULL;
    for (size_t i = 0; i < size; i++)
        if (from[i] != '_') *to++ = from[i];
    *to = 0;
    *length = to - text;
    return text;
}

static int base_of(const char *text, size_t length) {
    if (length < 2 || text[0] != '0') return 10;
    switch (text[1] | 0x20) {
    case 'x': return 16;
    case 'o': return 8;
    case 'b': return 2;
    default: return 10;
    }
}

static bool set_integer(Parser *p, AstConst *value, const char *text, size_t length) {
    int base = base_of(text, length);
    int64_t result = 0;
    for (size_t i = base == 10 ? 0 : 2; i < length; i++) {
        int digit = text[i] <= '9' ? text[i] - '0' : (text[i] | 0x20) - 'a' + 10;
        if (__builtin_mul_overflow(result, base, &result) || __builtin_add_overflow(result, digit, &result)) {
            value->kind = AST_CONST_BIGINT;
            return (value->text = ast_str(p->arena, text, length)) != NULL;
        }
    }
    value->kind = AST_CONST_INT;
    value->integer = result;
    return true;
}

/* strtod() minds the locale's decimal point; this doesn't. glibc's "C" locale is static: taking it costs nothing. */
static double to_double(const char *text) {
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    double number = strtod_l(text, NULL, c);
    freelocale(c);
    return number;
}

static bool spells_float(const char *text, size_t length) {
    if (length > 1 && text[0] == '0' && (text[1] | 0x20) == 'x') return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] == '.' || (text[i] | 0x20) == 'e') return true;
    return false;
}

/* sys.set_int_max_str_digits(): decimal literals only. */
bool number_too_long(const Parser *p, size_t length, const char *text) {
    int limit = p->options->max_int_digits;
    return limit && length > (size_t)limit && (text[0] != '0' || (text[1] >= '0' && text[1] <= '9'));
}

Ast *parse_number(Parser *p) {
    NEW_NODE(p, Constant, node);
    Position start = here(p);
    const char *text = token_start(p, p->tok);
    size_t length = p->tok->end - p->tok->start;
    if (length > 1) { /* a copy also ends a float where the token ends */
        text = without_underscores(p, p->tok, &length);
        if (!text) return NULL;
    }
    if ((text[length - 1] | 0x20) == 'j') {
        node->value.kind = AST_CONST_COMPLEX;
        node->value.number = to_double(text);
    } else if (spells_float(text, length)) {
        node->value.kind = AST_CONST_FLOAT;
        node->value.number = to_double(text);
    } else if (!set_integer(p, &node->value, text, length)) {
        return NULL;
    }
    if (node->value.kind == AST_CONST_BIGINT && number_too_long(p, node->value.text->length, text)) return NULL;
    skip(p);
    return finish(p, node, start);
}

/* ---- the parts of a string token ---- */

void string_token_split(const char *start, const char *end, StringToken *out) {
    *out = (StringToken){0};
    for (; *start != '"' && *start != '\''; start++) {
        switch (*start | 0x20) {
        case 'b': out->is_bytes = true; break;
        case 'r': out->is_raw = true; break;
        case 'f': out->is_f = true; break;
        case 'u': out->is_u = *start == 'u'; break; /* CPython keeps the mark of `u` but not of `U` */
        }
    }
    int size = end - start >= 6 && start[1] == start[0] && start[2] == start[0] ? 3 : 1;
    out->body = start + size;
    out->end = end - size;
    out->has_backslash = memchr(out->body, '\\', out->end - out->body);
}

/* ---- escapes ---- */

static char *put_utf8(char *to, uint32_t c) {
    if (c < 0x80) {
        *to++ = c;
    } else if (c < 0x800) {
        *to++ = 0xC0 | c >> 6;
        *to++ = 0x80 | (c & 0x3F);
    } else if (c < 0x10000) {
        *to++ = 0xE0 | c >> 12;
        *to++ = 0x80 | (c >> 6 & 0x3F);
        *to++ = 0x80 | (c & 0x3F);
    } else {
        *to++ = 0xF0 | c >> 18;
        *to++ = 0x80 | (c >> 12 & 0x3F);
        *to++ = 0x80 | (c >> 6 & 0x3F);
        *to++ = 0x80 | (c & 0x3F);
    }
    return to;
}

/* The codec that CPython uses sees each non-ASCII character as a ten-character \U escape, and counts so. */
static int codec_position(const char *from, const char *to) {
    int position = 0;
    for (; from < to; from++) position += (uint8_t)*from < 0x80 ? 1 : (*from & 0xC0) == 0xC0 ? 10 : 0;
    return position;
}

typedef struct Escapes {
    Parser *p;
    const StringToken *s;
    const char *from, *at, *end; /* the piece, and where we are in it */
    char *to;
    const char *invalid; /* behind the backslash of the first escape that isn't one */
    const char *message;
} Escapes;

static bool unicode_error(Escapes *e, const char *escape, const char *why) {
    int from = codec_position(e->from, escape), to = codec_position(e->from, e->at) - 1;
    e->message = arena_format(e->p->arena, "(unicode error) 'unicodeescape' codec can't decode bytes in position %d-%d: %s",
                              from, to, why);
    return false;
}

/* \xXX, \uXXXX, \UXXXXXXXX; `at` is behind the letter. */
static bool hex_escape(Escapes *e, const char *escape, int digits, const char *truncated) {
    uint32_t c = 0;
    for (int i = 0; i < digits; i++, e->at++) {
        int digit = e->at < e->end ? hex_digit((uint8_t)*e->at) : -1;
        if (digit < 0 && e->s->is_bytes) {
            e->message = arena_format(e->p->arena, "(value error) invalid \\x escape at position %d", (int)(escape - e->from));
            return false;
        }
        if (digit < 0) return unicode_error(e, escape, truncated);
        c = c << 4 | digit;
    }
    if (c > 0x10FFFF) return unicode_error(e, escape, "illegal Unicode character");
    if (e->s->is_bytes) *e->to++ = c;
    else e->to = put_utf8(e->to, c);
    return true;
}

/* \N{name}; `at` is behind the N. */
static bool named_escape(Escapes *e, const char *escape) {
    if (e->at < e->end && *e->at == '{') {
        const char *name = ++e->at;
        while (e->at < e->end && *e->at != '}') e->at++;
        size_t length = e->at - name;
        if (e->at < e->end && length) {
            e->at++;
            const ParseHooks *hooks = e->p->lexer->hooks;
            int32_t c = hooks->character_named ? hooks->character_named(name, length) : -1;
            if (c < 0) return unicode_error(e, escape, "unknown Unicode character name");
            e->to = put_utf8(e->to, c);
            return true;
        }
    }
    return unicode_error(e, escape, "malformed \\N character escape");
}

/* Up to three octal digits; `at` is on the first. */
static void octal_escape(Escapes *e) {
    uint32_t c = 0;
    const char *digits = e->at;
    for (int i = 0; i < 3 && e->at < e->end && *e->at >= '0' && *e->at <= '7'; i++) c = c << 3 | (*e->at++ - '0');
    if (c > 0377 && !e->invalid) e->invalid = digits;
    if (e->s->is_bytes) *e->to++ = c;
    else e->to = put_utf8(e->to, c);
}

static bool one_escape(Escapes *e) {
    const char *escape = e->at++;
    if (e->at >= e->end) { /* only in front of an f-string's brace: `\{` */
        *e->to++ = '\\';
        return true;
    }
    char c = *e->at;
    static const char simple[] = "\\\\''\"\"a\ab\bf\fn\nr\rt\tv\v";
    if (c >= '0' && c <= '7') return octal_escape(e), true;
    e->at++;
    if (c == '\n') return true;
    for (const char *pair = simple; *pair; pair += 2)
        if (*pair == c) return *e->to++ = pair[1], true;
    if (c == 'x') return hex_escape(e, escape, 2, "truncated \\xXX escape");
    if (!e->s->is_bytes) {
        if (c == 'u') return hex_escape(e, escape, 4, "truncated \\uXXXX escape");
        if (c == 'U') return hex_escape(e, escape, 8, "truncated \\UXXXXXXXX escape");
        if (c == 'N') return named_escape(e, escape);
    }
    if ((uint8_t)c < 0x80 && !e->invalid) e->invalid = e->at - 1;
    *e->to++ = '\\';
    e->at--;
    *e->to++ = *e->at++;
    return true;
}

static void warn_escape(Parser *p, const char *escape, const Token *token) {
    bool octal = *escape >= '4' && *escape <= '7';
    const char *message = arena_format(p->arena, octal ? "invalid octal escape sequence '\\%.3s'" : "invalid escape sequence '\\%.1s'", escape);
    if (message)
        parser_warn(p, WARN_DEPRECATION, message, token->lineno, token->col_offset + 1, token->end_lineno,
                    token->end_col_offset + 1);
}

char *decode_escapes(Parser *p, const StringToken *s, const char *at, const char *end, char *to, const Token *token,
                     const char **message) {
    Escapes e = {.p = p, .s = s, .from = at, .at = at, .end = end, .to = to};
    while (e.at < end) {
        const char *slash = memchr(e.at, '\\', end - e.at);
        size_t plain = (slash ? slash : end) - e.at;
        memcpy(e.to, e.at, plain);
        e.to += plain;
        e.at += plain;
        if (slash && !one_escape(&e)) return *message = e.message, NULL;
    }
    if (e.invalid) warn_escape(p, e.invalid, token);
    return e.to;
}

/* ---- joining literals ---- */

/* The values of adjacent literals: text is gathered until an f-string's field comes between. */
typedef struct Joiner {
    Parser *p;
    const Token *token;     /* the literal at hand */
    Position start;         /* the range of all the literals: that of all nodes made here, as CPython 3.11 has it */
    int end_lineno, end_col_offset;
    AstStr *kind;           /* "u" or NULL */
    char *text, *to;        /* room for all that is left of the literals */
    int base;               /* of the values on the parser's stack */
    const char *message;    /* of a decoding error */
    /* The last place looked at, for counting lines. */
    const char *seen, *line_start;
    int lineno;
} Joiner;

static void *place(const Joiner *j, void *node) {
    Ast *base = node;
    base->lineno = j->start.lineno;
    base->col_offset = j->start.col_offset;
    base->end_lineno = j->end_lineno;
    base->end_col_offset = j->end_col_offset;
    return node;
}

/* A format spec, and its last text, have the range of their own literal only. */
static void *place_in_token(const Joiner *j, void *node) {
    Ast *base = node;
    base->lineno = j->token->lineno;
    base->col_offset = j->token->col_offset;
    base->end_lineno = j->token->end_lineno;
    base->end_col_offset = j->token->end_col_offset;
    return node;
}

/* Makes a constant of the text gathered so far; NULL for lack of memory. */
static Ast *text_node(Joiner *j, AstConstKind kind) {
    NEW_NODE(j->p, Constant, node);
    node->value.kind = kind;
    node->value.text = ast_str(j->p->arena, j->text, j->to - j->text);
    if (!node->value.text) return NULL;
    node->kind = j->kind;
    j->text = j->to;
    return place(j, node);
}

static bool flush(Joiner *j) {
    if (j->to == j->text) return true;
    Ast *node = text_node(j, AST_CONST_STR);
    return node && push(j->p, node);
}

/* The end of a spec's text. */
static bool flush_spec(Joiner *j) {
    bool text = j->to != j->text;
    if (!flush(j)) return false;
    if (text) place_in_token(j, j->p->stack[j->p->stack_count - 1]);
    return true;
}

static bool add_text(Joiner *j, const StringToken *s, const char *at, const char *end) {
    if (s->is_raw || !memchr(at, '\\', end - at)) {
        memcpy(j->to, at, end - at);
        j->to += end - at;
        return true;
    }
    char *to = decode_escapes(j->p, s, at, end, j->to, j->token, &j->message);
    if (!to) return false;
    j->to = to;
    return true;
}

/* ---- f-strings ---- */

enum { MAX_SPEC_DEPTH = 2 };

static bool join_fstring(Joiner *j, const StringToken *s, const char **at, int depth);

static bool is_white(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f'; }

/* Moves the line counter to `at`. */
static void locate(Joiner *j, const char *at) {
    for (const char *nl; (nl = memchr(j->seen, '\n', at - j->seen)); j->seen = j->line_start = nl + 1) j->lineno++;
    j->seen = at;
}

/* Parses the expression of a field by a parser of its own. Sets *at to the character behind it (`=`, `!`, `:`, `}`). */
static Ast *field_expression(Joiner *j, const char **at) {
    Parser *p = j->p;
    Lexer lexer;
    Parser field;
    locate(j, *at);
    lexer_init_field(&lexer, p->lexer, *at, j->line_start, j->lineno);
    parser_init(&field, p->arena, p->names, &lexer, p->options, p->result);
    field.depth = p->depth + PARSER_BRACKET_DEPTH;
    parser_fetch(&field);
    if (!field.tok || field.depth > PARSER_MAX_DEPTH) return NULL;
    Ast *node = parse_group_content(&field, here(&field), TOK_ENDMARKER);
    if (!node) return NULL;
    *at = lexer.text + field.tok->start;
    return node;
}

/* `:` has been read: the format spec up to `}`, a JoinedStr of its own. */
static Ast *format_spec(Joiner *j, const StringToken *s, const char **at, int depth) {
    NEW_NODE(j->p, JoinedStr, spec);
    Joiner inner = *j;
    inner.base = j->p->stack_count;
    inner.text = inner.to;
    if (!join_fstring(&inner, s, at, depth + 1) || !flush_spec(&inner) || !parser_take(j->p, inner.base, &spec->values)) {
        j->message = inner.message;
        return NULL;
    }
    j->text = j->to = inner.to;
    j->seen = inner.seen;
    j->line_start = inner.line_start;
    j->lineno = inner.lineno;
    return place_in_token(j, spec);
}

/* `{` has been read: a field up to and with `}`. */
static bool join_field(Joiner *j, const StringToken *s, const char **at, int depth) {
    const char *start = *at;
    AstFormattedValue *node = AST_NEW(j->p->arena, FormattedValue);
    if (!node || depth >= MAX_SPEC_DEPTH) return false;
    node->value = field_expression(j, at);
    if (!node->value) return false;
    node->conversion = -1;
    bool debug = **at == '=';
    if (debug) {
        int version = j->p->options->feature_version;
        if (version && version < 8) return false;
        do ++*at;
        while (is_white(**at));
        memcpy(j->to, start, *at - start);
        j->to += *at - start;
    }
    if (!flush(j)) return false;
    if (**at == '!') {
        node->conversion = *++*at;
        if (node->conversion != 's' && node->conversion != 'r' && node->conversion != 'a') return false;
        ++*at;
    }
    if (**at == ':') {
        ++*at;
        node->format_spec = format_spec(j, s, at, depth);
        if (!node->format_spec) return false;
    }
    if (**at != '}' || *at >= s->end) return false;
    ++*at;
    if (debug && node->conversion < 0 && !node->format_spec) node->conversion = 'r';
    return push(j->p, place(j, node));
}

/* The pieces of an f-string, or those of a format spec, which `}` ends. */
static bool join_fstring(Joiner *j, const StringToken *s, const char **at, int depth) {
    const char *piece = *at;
    while (*at < s->end) {
        char c = *(*at)++;
        if (c == '\\' && !s->is_raw && *at < s->end) {
            c = *(*at)++;
            if (c == 'N' && *at < s->end) {
                if (*(*at)++ != '{') continue;
                while (*at < s->end && *(*at)++ != '}') continue;
                continue;
            }
            if (c == '{') warn_escape(j->p, *at - 1, j->token);
        }
        if (c != '{' && c != '}') continue;
        if (depth == 0 && *at < s->end && **at == c) { /* doubled */
            if (!add_text(j, s, piece, *at)) return false;
            piece = ++*at;
            continue;
        }
        if (!add_text(j, s, piece, *at - 1)) return false;
        if (c == '}') {
            --*at;
            return depth > 0;
        }
        if (!join_field(j, s, at, depth)) return false;
        piece = *at;
    }
    return depth == 0 && add_text(j, s, piece, *at);
}

/* ---- all of it ---- */

static bool join_token(Joiner *j, const Token *token, const StringToken *s) {
    j->token = token;
    if (!s->is_f) return add_text(j, s, s->body, s->end);
    const char *at = s->body;
    j->seen = token_start(j->p, token);
    j->line_start = j->seen - token->col_offset;
    j->lineno = token->lineno;
    return join_fstring(j, s, &at, 0);
}

static bool has_non_ascii(const char *at, const char *end) {
    for (; at < end; at++)
        if ((uint8_t)*at >= 0x80) return true;
    return false;
}

/* The tokens from `first` on, `count` of them, as one node; NULL with j->message, if it's a decoding error. */
static Ast *join_strings(Joiner *j, const Token *first, int count) {
    Parser *p = j->p;
    size_t size = 0;
    bool bytes = false, is_f = false;
    StringToken s;
    for (int i = 0; i < count; i++) {
        string_token_split(token_start(p, first + i), p->lexer->text + first[i].end, &s);
        if (i && s.is_bytes != bytes) return NULL;
        bytes = s.is_bytes;
        is_f |= s.is_f;
        size += first[i].end - first[i].start;
        if (bytes && has_non_ascii(s.body, s.end)) return NULL;
        if (i == 0 && s.is_u && !(j->kind = ast_str(p->arena, "u", 1))) return NULL;
    }
    /* Never longer than the source; debug fields (`x=`) take their text, and then the value, from the same range. */
    j->text = j->to = arena_alloc(p->arena, size + 1);
    if (!j->text) return NULL;
    j->start = (Position){first->lineno, first->col_offset};
    j->end_lineno = first[count - 1].end_lineno;
    j->end_col_offset = first[count - 1].end_col_offset;
    j->base = p->stack_count;
    for (int i = 0; i < count; i++) {
        string_token_split(token_start(p, first + i), p->lexer->text + first[i].end, &s);
        if (!join_token(j, first + i, &s)) return NULL;
    }
    if (!is_f) return text_node(j, bytes ? AST_CONST_BYTES : AST_CONST_STR);
    NEW_NODE(p, JoinedStr, node);
    if (!flush(j) || !parser_take(p, j->base, &node->values)) return NULL;
    return place(j, node);
}

Ast *parse_strings(Parser *p) {
    int count = 0, from = p->tok - p->tokens;
    do {
        count++;
        skip(p);
    } while (at(p, TOK_STRING));
    const Token *first = p->tokens + from;
    StringToken s;
    string_token_split(token_start(p, first), p->lexer->text + first->end, &s);
    if (count > 1 || s.is_f || s.is_bytes || (s.has_backslash && !s.is_raw)) {
        Joiner j = {.p = p};
        return join_strings(&j, first, count);
    }
    /* The usual case: the text as it stands. */
    NEW_NODE(p, Constant, node);
    node->value.kind = AST_CONST_STR;
    node->value.text = ast_str(p->arena, s.body, s.end - s.body);
    if (!node->value.text || (s.is_u && !(node->kind = ast_str(p->arena, "u", 1)))) return NULL;
    return finish(p, node, (Position){first->lineno, first->col_offset});
}

bool parse_fstring_is_sound(Parser *p, const Token *token) {
    Joiner j = {.p = p};
    return join_strings(&j, token, 1);
}
