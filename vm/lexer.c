#include "vm/lexer.h"
#include "vm/source.h"

#include <stdarg.h>
#include <stdio.h>

const char *const token_text[TOK_COUNT] = {
#define TOKEN(name, text) text,
#include "vm/tokens.def"
};

/* ---- characters ---- */

enum { C_START = 1, C_DIGIT = 2, C_SPACE = 4, C_HEX = 8 };

/* C_START may open an identifier; bytes of non-ASCII characters are checked when the name is complete. */
static const uint8_t char_class[256] = {
    [' '] = C_SPACE,
    ['\t'] = C_SPACE,
    ['\f'] = C_SPACE,
    ['_'] = C_START,
    ['0' ... '9'] = C_DIGIT | C_HEX,
    ['a' ... 'f'] = C_START | C_HEX,
    ['g' ... 'z'] = C_START,
    ['A' ... 'F'] = C_START | C_HEX,
    ['G' ... 'Z'] = C_START,
    [128 ... 255] = C_START,
};

static inline bool is_class(char c, int wanted) { return char_class[(uint8_t)c] & wanted; }

uint32_t utf8_next(const char **text) {
    const uint8_t *s = (const uint8_t *)*text;
    int more = s[0] < 0x80 ? 0 : s[0] < 0xE0 ? 1 : s[0] < 0xF0 ? 2 : 3;
    uint32_t c = more ? s[0] & (0x3F >> more) : s[0];
    for (int i = 1; i <= more; i++) c = c << 6 | (s[i] & 0x3F);
    *text += more + 1;
    return c;
}

/* ---- set-up ---- */

/* The bracket and indentation stacks stay uninitialized: only what is below `level` and `indent` is read. */
static void init(Lexer *lx, const char *text, const char *end, const ParseHooks *hooks) {
    memset(lx, 0, offsetof(Lexer, brackets));
    lx->text = text;
    lx->end = end;
    lx->hooks = hooks;
}

void lexer_init(Lexer *lx, const char *text, size_t length, const ParseHooks *hooks) {
    init(lx, text, text + length, hooks);
    lx->cur = lx->line_start = lx->newest_line = lx->first_line = text;
    lx->at_line_start = true;
    lx->indents[0] = lx->alt_indents[0] = 0;
}

void lexer_init_field(Lexer *lx, const Lexer *outer, const char *at, const char *line_start, int lineno) {
    init(lx, outer->text, outer->end, outer->hooks);
    lx->cur = at;
    lx->line_start = lx->newest_line = lx->first_line = line_start;
    lx->lineno = lineno;
    lx->level = lx->field_level = 1;
    lx->brackets[0] = '{';
    lx->bracket_line[0] = lineno;
    lx->bracket_col[0] = (int)(at - line_start);
    lx->warn = outer->warn;
    lx->context = outer->context;
}

/* ---- errors ---- */

static bool fail(Lexer *lx, LexStatus status) {
    lx->status = status;
    return false;
}

/* A SyntaxError on the current line; column 0 stands for the character before `cur`. */
static bool fail_at(Lexer *lx, int col, int end_col, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(lx->buffer, sizeof lx->buffer, format, args);
    va_end(args);
    lx->message = lx->buffer;
    lx->error_lineno = lx->lineno;
    lx->error_line = lx->line_start;
    lx->error_col = col ? col : utf8_count(lx->line_start, lx->cur);
    lx->error_end_col = end_col ? end_col : lx->error_col;
    return fail(lx, LEX_ERROR);
}

#define FAIL(lx, ...) fail_at((lx), 0, 0, __VA_ARGS__)

/* ---- lines ---- */

static inline bool at_end(const Lexer *lx) { return lx->cur >= lx->end; }

/* Steps into the line that starts at `cur`. */
static inline void open_line(Lexer *lx) {
    lx->lineno++;
    lx->line_start = lx->newest_line = lx->cur;
}

/* The same between tokens: errors then show this line only. */
static inline void open_fresh_line(Lexer *lx) {
    open_line(lx);
    lx->first_line = lx->cur;
}

/* A backslash has just been read: the line must end here and another one follow. */
static bool continue_line(Lexer *lx) {
    if (*lx->cur != '\n') {
        if (!at_end(lx)) lx->cur++;
        return fail(lx, LEX_BAD_CONTINUATION);
    }
    lx->cur++;
    if (at_end(lx)) return fail(lx, LEX_EOF);
    open_line(lx);
    return true;
}

/* Compares a line's indentation with the stack, which counts tabs both as 8 and as 1, so that
 * text whose meaning would depend on the tab size is refused. */
static bool indent_to(Lexer *lx, int col, int alt) {
    if (col == lx->indents[lx->indent]) return alt == lx->alt_indents[lx->indent] || fail(lx, LEX_BAD_TABS);
    if (col > lx->indents[lx->indent]) {
        if (lx->indent + 1 >= LEX_MAX_INDENT) return fail(lx, LEX_TOO_DEEP);
        if (alt <= lx->alt_indents[lx->indent]) return fail(lx, LEX_BAD_TABS);
        lx->indent++;
        lx->pending++;
        lx->indents[lx->indent] = col;
        lx->alt_indents[lx->indent] = alt;
        return true;
    }
    while (lx->indent > 0 && col < lx->indents[lx->indent]) {
        lx->indent--;
        lx->pending--;
    }
    if (col != lx->indents[lx->indent]) return fail(lx, LEX_BAD_DEDENT);
    return alt == lx->alt_indents[lx->indent] || fail(lx, LEX_BAD_TABS);
}

/* Reads the white space that opens a line, and sets *blank if there's nothing else on it. */
static bool start_line(Lexer *lx, bool *blank) {
    int col = 0, alt = 0, continued = 0;
    if (!at_end(lx)) open_fresh_line(lx);
    for (;; lx->cur++) {
        switch (*lx->cur) {
        case ' ':
            col++;
            alt++;
            continue;
        case '\t':
            col = (col / 8 + 1) * 8;
            alt++;
            continue;
        case '\f':
            col = alt = 0;
            continue;
        case '\\': /* the indentation is that of the first of the joined lines */
            if (!continued) continued = col;
            lx->cur++;
            if (!continue_line(lx)) return false;
            lx->first_line = lx->cur--;
            continue;
        }
        break;
    }
    if (at_end(lx)) lx->status = LEX_END;
    *blank = *lx->cur == '#' || *lx->cur == '\n';
    if (*blank || lx->level > 0) return true;
    return indent_to(lx, continued ? continued : col, continued ? continued : alt);
}

/* ---- names ---- */

/* Keywords are found by their first letter and length; the table is in that order of first letters. */
static const uint8_t keyword_first['z' - 'a' + 2] = {
    ['a' - 'a'] = TOK_AND,
    TOK_BREAK,
    TOK_CLASS,
    TOK_DEF,
    TOK_ELIF,
    TOK_FINALLY,
    TOK_GLOBAL,
    TOK_IF,
    TOK_IF,
    TOK_LAMBDA,
    TOK_LAMBDA,
    TOK_LAMBDA,
    TOK_NONLOCAL,
    TOK_NONLOCAL,
    TOK_OR,
    TOK_PASS,
    TOK_RAISE,
    TOK_RAISE,
    TOK_TRY,
    TOK_TRY,
    TOK_WHILE,
    TOK_WHILE,
    TOK_WHILE,
    TOK_YIELD,
    TOK_YIELD,
    TOK_COUNT,
    TOK_COUNT,
};

static TokenKind name_kind(const char *name, size_t length) {
    int from, to;
    if (length < 2 || length > 8) return TOK_NAME;
    if (name[0] >= 'a' && name[0] <= 'z') {
        from = keyword_first[name[0] - 'a'];
        to = keyword_first[name[0] - 'a' + 1];
    } else {
        from = TOK_FALSE;
        to = TOK_AND;
    }
    for (int kind = from; kind < to; kind++) {
        const char *text = token_text[kind];
        if (text[1] == name[1] && !strncmp(text, name, length) && !text[length]) return kind;
    }
    return TOK_NAME;
}

static bool is_printable(const Lexer *lx, uint32_t c) {
    if (c < 128) return c >= 32 && c < 127;
    return !lx->hooks->printable || lx->hooks->printable(c);
}

/* Checks the characters of a name that isn't ASCII. */
static bool check_identifier(Lexer *lx, const char *name) {
    const char *reason, *bad = source_bad_utf8(name, lx->cur, &reason);
    if (bad) {
        snprintf(lx->buffer, sizeof lx->buffer, "(unicode error) 'utf-8' codec can't decode byte 0x%02x in position %d: %s",
                 (uint8_t)*bad, (int)(bad - name), reason);
        lx->message = lx->buffer;
        return fail(lx, LEX_BAD_UTF8);
    }
    if (!lx->hooks->identifier_char) return true;
    bool first = true;
    for (const char *at = name, *before; at < lx->cur; first = false) {
        before = at;
        uint32_t c = utf8_next(&at);
        if (c < 128 || lx->hooks->identifier_char(c, first)) continue;
        lx->cur = at;
        if (!is_printable(lx, c)) return FAIL(lx, "invalid non-printable character U+%04X", c);
        return FAIL(lx, "invalid character '%.*s' (U+%04X)", (int)(at - before), before, c);
    }
    return true;
}

/* ---- numbers ---- */

/* The word right after a number may only be a keyword that can follow one (`1if x else y`), and that is
 * warned about; any other letter is an error. `cur` is on that character. */
static bool check_number_end(Lexer *lx, const char *what) {
    static const uint8_t allowed[] = {TOK_AND, TOK_ELSE, TOK_FOR, TOK_IF, TOK_IN, TOK_IS, TOK_NOT, TOK_OR};
    const char *at = lx->cur;
    char c = *at;
    if (!is_class(c, C_START | C_DIGIT)) return true;
    for (size_t i = 0; i < sizeof allowed; i++) {
        const char *word = token_text[allowed[i]];
        size_t length = strlen(word);
        if (strncmp(at, word, length)) continue;
        if (*word != 'i' && is_class(at[length], C_START | C_DIGIT)) continue; /* CPython looks at two letters of those in i */
        if (lx->warn) {
            lx->cur++;
            char message[64];
            snprintf(message, sizeof message, "invalid %s literal", what);
            lx->warn(lx->context, lx, message);
            lx->cur--;
        }
        return true;
    }
    return FAIL(lx, "invalid %s literal", what);
}

/* Digits with single underscores between them. */
static bool decimal_tail(Lexer *lx) {
    for (;;) {
        while (is_class(*lx->cur, C_DIGIT)) lx->cur++;
        if (*lx->cur != '_') return true;
        lx->cur++;
        if (!is_class(*lx->cur, C_DIGIT)) return FAIL(lx, "invalid decimal literal");
    }
}

/* What may follow a number's integer part, from `.` on; `cur` is on it. */
static bool fraction_tail(Lexer *lx, const char *what) {
    if (*lx->cur == '.') {
        lx->cur++;
        what = "decimal";
        if (is_class(*lx->cur, C_DIGIT) && !decimal_tail(lx)) return false;
    }
    if ((*lx->cur | 0x20) == 'e') {
        const char *mark = lx->cur;
        lx->cur++;
        if (*lx->cur == '+' || *lx->cur == '-') {
            lx->cur++;
            if (!is_class(*lx->cur, C_DIGIT)) return FAIL(lx, "invalid decimal literal");
        } else if (!is_class(*lx->cur, C_DIGIT)) {
            lx->cur = mark; /* not an exponent: perhaps `1else` */
            return check_number_end(lx, what);
        }
        if (!decimal_tail(lx)) return false;
        what = "decimal";
    }
    if ((*lx->cur | 0x20) == 'j') {
        lx->cur++;
        what = "imaginary";
    }
    return check_number_end(lx, what);
}

/* 0x, 0o, 0b: the prefix has been read. */
static bool radix_tail(Lexer *lx, int base, const char *what) {
    do {
        if (*lx->cur == '_') lx->cur++;
        int wanted = base == 16 ? C_HEX : C_DIGIT;
        const char *first = lx->cur;
        while (is_class(*lx->cur, wanted) && (base == 16 || *lx->cur < '0' + base)) lx->cur++;
        bool digit = is_class(*lx->cur, C_DIGIT);
        if (digit && (first == lx->cur || base < 16)) {
            lx->cur++;
            return FAIL(lx, "invalid digit '%c' in %s literal", lx->cur[-1], what);
        }
        if (first == lx->cur) return FAIL(lx, "invalid %s literal", what);
    } while (*lx->cur == '_');
    return check_number_end(lx, what);
}

/* A leading zero: only zeros may follow, unless it turns out to be a float or imaginary. */
static bool zero_tail(Lexer *lx, const char *start) {
    bool nonzero = false;
    for (;;) {
        if (*lx->cur == '_') {
            lx->cur++;
            if (!is_class(*lx->cur, C_DIGIT)) return FAIL(lx, "invalid decimal literal");
        }
        if (*lx->cur != '0') break;
        lx->cur++;
    }
    const char *zeros_end = lx->cur;
    if (is_class(*lx->cur, C_DIGIT)) {
        nonzero = true;
        if (!decimal_tail(lx)) return false;
    }
    char c = *lx->cur | 0x20;
    if (*lx->cur == '.' || c == 'j' || c == 'e') return fraction_tail(lx, "decimal");
    if (nonzero) {
        lx->cur = zeros_end;
        return fail_at(lx, (int)(start + 1 - lx->line_start), (int)(zeros_end + 1 - lx->line_start),
                       "leading zeros in decimal integer literals are not permitted; "
                       "use an 0o prefix for octal integers");
    }
    return check_number_end(lx, "decimal");
}

/* `cur` is on the first character: a digit, or a point with a digit behind it. */
static bool number(Lexer *lx) {
    const char *start = lx->cur;
    if (*start == '.') return fraction_tail(lx, "decimal");
    lx->cur++;
    if (*start != '0') return decimal_tail(lx) && fraction_tail(lx, "decimal");
    switch (*lx->cur | 0x20) {
    case 'x':
        lx->cur++;
        return radix_tail(lx, 16, "hexadecimal");
    case 'o':
        lx->cur++;
        return radix_tail(lx, 8, "octal");
    case 'b':
        lx->cur++;
        return radix_tail(lx, 2, "binary");
    }
    return zero_tail(lx, start);
}

/* ---- strings ---- */

static inline bool is_quote(char c) { return c == '"' || c == '\''; }

/* How many quotes open the literal at `at`: 1 or 3. */
static inline int quote_size(const char *at) { return at[1] == at[0] && at[2] == at[0] ? 3 : 1; }

static inline bool closes(const char *at, char quote, int size) {
    return at[0] == quote && (size == 1 || (at[1] == quote && at[2] == quote));
}

/* The end of a plain literal; NULL if it isn't closed. */
static const char *string_end(const char *quotes, const char *end) {
    char quote = *quotes;
    int size = quote_size(quotes);
    for (const char *at = quotes + size; at < end; at++) {
        if (closes(at, quote, size)) return at + size;
        if (*at == '\\') at++;
        else if (*at == '\n' && size == 1) return NULL;
    }
    return NULL;
}

static const char *field_end(const char *at, const char *end, char quote, int size, bool raw, int depth);

/* From inside a replacement field's format spec to the `}` that ends the field; NULL if there's none. */
static const char *spec_end(const char *at, const char *end, char quote, int size, bool raw, int depth) {
    while (at < end && *at != '}') {
        if (closes(at, quote, size) || (*at == '\n' && size == 1)) return NULL;
        if (*at == '{') {
            at = field_end(at + 1, end, quote, size, raw, depth + 1);
            if (!at) return NULL;
        } else if (*at == '\\' && !raw && at[1] == 'N' && at[2] == '{') {
            at = memchr(at, '}', end - at);
            if (!at) return NULL;
        } else if (*at == '\\' && at[1] != '{' && at[1] != '}') {
            at++;
        }
        at++;
    }
    return at < end ? at : NULL;
}

/* From behind a field's `{` to its `}`: skips strings, comments and brackets. */
static const char *field_end(const char *at, const char *end, char quote, int size, bool raw, int depth) {
    int level = 0;
    if (depth > LEX_MAX_FSTRINGS) return NULL;
    for (; at < end; at++) {
        switch (*at) {
        case '(':
        case '[':
        case '{':
            level++;
            break;
        case ')':
        case ']':
            level--;
            break;
        case '}':
            if (level == 0) return at;
            level--;
            break;
        case ':':
            if (level == 0) return spec_end(at + 1, end, quote, size, raw, depth);
            break;
        case '#':
            while (at + 1 < end && at[1] != '\n') at++;
            break;
        case '"':
        case '\'': {
            bool has_f = false, has_r = false;
            for (const char *p = at; p[-1] && strchr("rRbBuUfF", p[-1]); p--) {
                has_f |= (p[-1] | 0x20) == 'f';
                has_r |= (p[-1] | 0x20) == 'r';
            }
            at = has_f ? lexer_fstring_end(at, end, has_r, depth + 1) : string_end(at, end);
            if (!at) return NULL;
            at--;
            break;
        }
        }
        if (level < 0) return NULL;
    }
    return NULL;
}

const char *lexer_fstring_end(const char *quotes, const char *end, bool raw, int depth) {
    char quote = *quotes;
    int size = quote_size(quotes);
    for (const char *at = quotes + size; at < end; at++) {
        if (closes(at, quote, size)) return at + size;
        if (*at == '\n' && size == 1) return NULL;
        if (*at == '\\') {
            if (!raw && at[1] == 'N' && at[2] == '{') {
                /* A named character; its braces open no field. */
                at += 2;
                while (at < end && *at != '}' && *at != '\n' && !closes(at, quote, size)) at++;
                if (*at != '}') at--;
            } else if (at[1] != '{' && at[1] != '}') {
                at++;
            }
        } else if (*at == '{') {
            if (at[1] == '{') at++;
            else if (!(at = field_end(at + 1, end, quote, size, raw, depth))) return NULL;
        }
    }
    return NULL;
}

/* `cur` is on the opening quotes, `start` on the prefix. */
static bool string(Lexer *lx, const char *start, bool is_f, bool is_raw) {
    const char *quotes = lx->cur, *end = NULL;
    int size = quote_size(quotes);
    lx->first_lineno = lx->lineno;
    lx->first_line_start = lx->line_start;
    if (is_f) {
        end = lexer_fstring_end(quotes, lx->end, is_raw, 1);
        if (end && lx->fstring_is_sound && !lx->fstring_is_sound(lx->context, lx, start, end)) end = NULL;
        if (!end && !lx->fstring_is_sound) return fail(lx, LEX_ERROR);
    }
    if (!end) end = string_end(quotes, lx->end);
    bool closed = end;
    if (!closed) end = size == 3 ? lx->end : quotes + 1;
    for (const char *at = quotes; (at = memchr(at, '\n', end - at));) {
        if (++at >= lx->end) break;
        lx->cur = at;
        open_line(lx);
    }
    lx->cur = end;
    if (closed) return true;

    /* Unterminated: an error at its first line, which tells where the search ended. */
    int last_line = lx->lineno;
    bool at_eof = size == 3;
    if (size == 1) {
        for (; end < lx->end && *end != '\n'; end++) {
            if (*end != '\\') continue;
            end++;
            if (*end == '\n' && end + 1 < lx->end) last_line++;
        }
        at_eof = end >= lx->end;
    }
    lx->lineno = lx->first_lineno;
    lx->line_start = lx->first_line_start;
    lx->cur = start + 1;
    FAIL(lx, size == 3 ? "unterminated triple-quoted string literal (detected at line %d)"
                       : "unterminated string literal (detected at line %d)", last_line);
    if (at_eof) lx->status = LEX_EOF_IN_STRING;
    return false;
}

/* A name, or the prefix of a string. `cur` is on its first character. */
static bool name(Lexer *lx, Token *token) {
    const char *start = lx->cur;
    bool non_ascii = false;
    do {
        non_ascii |= (uint8_t)*lx->cur >= 128;
        lx->cur++;
    } while (is_class(*lx->cur, C_START | C_DIGIT));
    size_t length = lx->cur - start;
    if (is_quote(*lx->cur) && length <= 2) {
        bool b = false, u = false, r = false, f = false, other = false;
        for (size_t i = 0; i < length; i++) {
            bool *seen = start[i] == 'b' || start[i] == 'B'   ? &b
                         : start[i] == 'u' || start[i] == 'U' ? &u
                         : start[i] == 'r' || start[i] == 'R' ? &r
                         : start[i] == 'f' || start[i] == 'F' ? &f
                                                              : &other;
            other |= *seen;
            *seen = true;
        }
        if (!other && b + u + f <= 1 && !(u && r)) {
            token->kind = TOK_STRING;
            return string(lx, start, f, r);
        }
    }
    token->non_ascii = non_ascii;
    token->kind = non_ascii ? TOK_NAME : name_kind(start, length);
    return !non_ascii || check_identifier(lx, start);
}

/* ---- operators ---- */

static bool open_bracket(Lexer *lx, char c) {
    if (lx->level >= LEX_MAX_LEVEL) return FAIL(lx, "too many nested parentheses");
    lx->brackets[lx->level] = c;
    lx->bracket_line[lx->level] = lx->lineno;
    lx->bracket_col[lx->level] = (int)(lx->cur - 1 - lx->line_start);
    lx->level++;
    return true;
}

static bool close_bracket(Lexer *lx, char c) {
    if (!lx->level) return FAIL(lx, "unmatched '%c'", c);
    lx->level--;
    char open = lx->brackets[lx->level];
    if ((open == '(' && c == ')') || (open == '[' && c == ']') || (open == '{' && c == '}')) return true;
    if (lx->bracket_line[lx->level] != lx->lineno)
        return FAIL(lx, "closing parenthesis '%c' does not match opening parenthesis '%c' on line %d", c, open,
                    lx->bracket_line[lx->level]);
    return FAIL(lx, "closing parenthesis '%c' does not match opening parenthesis '%c'", c, open);
}

#define ONE(k) (token->kind = TOK_##k, true)
#define TWO(second, k) (*lx->cur == (second) && (lx->cur++, token->kind = TOK_##k, true))

static bool operator_(Lexer *lx, Token *token) {
    char c = *lx->cur++;
    switch (c) {
    case '(': return ONE(LPAR) && open_bracket(lx, c);
    case '[': return ONE(LSQB) && open_bracket(lx, c);
    case '{': return ONE(LBRACE) && open_bracket(lx, c);
    case ')': return ONE(RPAR) && close_bracket(lx, c);
    case ']': return ONE(RSQB) && close_bracket(lx, c);
    case '}': return ONE(RBRACE) && close_bracket(lx, c);
    case ',': return ONE(COMMA);
    case ';': return ONE(SEMI);
    case '~': return ONE(TILDE);
    case ':': return TWO('=', COLONEQUAL) || ONE(COLON);
    case '=': return TWO('=', EQEQUAL) || ONE(EQUAL);
    case '+': return TWO('=', PLUSEQUAL) || ONE(PLUS);
    case '-': return TWO('=', MINEQUAL) || TWO('>', RARROW) || ONE(MINUS);
    case '%': return TWO('=', PERCENTEQUAL) || ONE(PERCENT);
    case '&': return TWO('=', AMPEREQUAL) || ONE(AMPER);
    case '|': return TWO('=', VBAREQUAL) || ONE(VBAR);
    case '^': return TWO('=', CIRCUMFLEXEQUAL) || ONE(CIRCUMFLEX);
    case '@': return TWO('=', ATEQUAL) || ONE(AT);
    case '*': return (TWO('*', DOUBLESTAR) && (TWO('=', DOUBLESTAREQUAL) || true)) || TWO('=', STAREQUAL) || ONE(STAR);
    case '/': return (TWO('/', DOUBLESLASH) && (TWO('=', DOUBLESLASHEQUAL) || true)) || TWO('=', SLASHEQUAL) || ONE(SLASH);
    case '<':
        return (TWO('<', LEFTSHIFT) && (TWO('=', LEFTSHIFTEQUAL) || true)) || TWO('=', LESSEQUAL) ||
               TWO('>', NOTEQUAL) || ONE(LESS);
    case '>': return (TWO('>', RIGHTSHIFT) && (TWO('=', RIGHTSHIFTEQUAL) || true)) || TWO('=', GREATEREQUAL) || ONE(GREATER);
    case '!': return TWO('=', NOTEQUAL) || ONE(OTHER);
    case '.':
        if (lx->cur[0] == '.' && lx->cur[1] == '.') return lx->cur += 2, ONE(ELLIPSIS);
        return ONE(DOT);
    }
    if (!is_printable(lx, (uint8_t)c)) return FAIL(lx, "invalid non-printable character U+%04X", (uint8_t)c);
    return ONE(OTHER);
}

/* ---- comments ---- */

/* Skips a comment, or turns `# type: ...` into a token. Sets *found for a token. */
static void comment(Lexer *lx, Token *token, bool blank, bool *found) {
    const char *start = lx->cur;
    const char *end = memchr(start, '\n', lx->end - start);
    lx->cur = end = end ? end : lx->end;
    *found = false;
    if (!lx->type_comments) return;
    const char *at = start + 1;
    while (*at == ' ' || *at == '\t') at++;
    if (strncmp(at, "type:", 5)) return;
    at += 5;
    while (*at == ' ' || *at == '\t') at++;
    /* "ignore" is special if no letter, digit or non-ASCII character follows. */
    bool ignore = !strncmp(at, "ignore", 6);
    if (ignore) {
        char next = at + 6 < end ? at[6] : 0;
        ignore = !((uint8_t)next >= 128 || (is_class(next, C_START | C_DIGIT) && next != '_'));
    }
    token->kind = ignore ? TOK_TYPE_IGNORE : TOK_TYPE_COMMENT;
    token->start = (ignore ? at + 6 : at) - lx->text;
    token->end = end - lx->text;
    *found = true;
    if (ignore && blank && *lx->cur == '\n') { /* the token takes the whole line */
        lx->cur++;
        lx->at_line_start = true;
    }
}

/* ---- the next token ---- */

/* DEDENT, INDENT and ENDMARKER have a line but no columns. */
static bool without_text(Lexer *lx, Token *token, TokenKind kind) {
    token->kind = kind;
    token->lineno = token->end_lineno = lx->lineno;
    token->col_offset = token->end_col_offset = -1;
    token->start = token->end = lx->cur - lx->text;
    return true;
}

static void set_position(const Lexer *lx, Token *token, const char *line_start, int lineno) {
    token->lineno = lineno;
    token->col_offset = (int)(lx->text + token->start - line_start);
    token->end_lineno = lx->lineno;
    token->end_col_offset = (int)(lx->text + token->end - lx->line_start);
}

/* In a field of an f-string: whether `cur` is on what ends the expression. */
static bool field_ends(const Lexer *lx) {
    if (!lx->field_level || lx->level != lx->field_level) return false;
    char c = *lx->cur;
    return c == '}' || c == ':' || (c == '!' && lx->cur[1] != '=');
}

bool lexer_next(Lexer *lx, Token *token) {
    bool blank = false, found;
    token->non_ascii = false;
next_line:
    if (lx->at_line_start) {
        lx->at_line_start = false;
        if (!start_line(lx, &blank)) return false;
    }
    token->level = lx->level;
    if (lx->pending) {
        bool indent = lx->pending > 0;
        lx->pending += indent ? -1 : 1;
        return without_text(lx, token, indent ? TOK_INDENT : TOK_DEDENT);
    }
again:
    while (is_class(*lx->cur, C_SPACE)) lx->cur++;
    const char *start = lx->cur;
    if (*lx->cur == '#') {
        comment(lx, token, blank, &found);
        if (found) {
            set_position(lx, token, lx->line_start, lx->lineno);
            return true;
        }
    }
    if (at_end(lx)) {
        if (lx->level) return fail(lx, LEX_EOF);
        lx->status = LEX_END;
        return without_text(lx, token, TOK_ENDMARKER);
    }
    char c = *lx->cur;
    if (c != '\n') start = lx->cur; /* a NEWLINE starts at the comment before it */
    const char *line_start = lx->line_start;
    int lineno = lx->lineno;
    token->start = start - lx->text;
    if (is_class(c, C_START)) {
        if (!name(lx, token)) return false;
    } else if (c == '\n') {
        lx->cur++;
        if (lx->level > 0) {
            if (at_end(lx)) return fail(lx, LEX_EOF);
            open_fresh_line(lx);
            goto again;
        }
        lx->at_line_start = true;
        if (blank) goto next_line;
        token->kind = TOK_NEWLINE;
        token->end = lx->cur - 1 - lx->text;
        set_position(lx, token, line_start, lineno);
        return true;
    } else if (is_class(c, C_DIGIT) || (c == '.' && is_class(start[1], C_DIGIT))) {
        token->kind = TOK_NUMBER;
        if (!number(lx)) return false;
    } else if (is_quote(c)) {
        token->kind = TOK_STRING;
        if (!string(lx, start, false, false)) return false;
    } else if (c == '\\') {
        lx->cur++;
        if (!continue_line(lx)) return false;
        goto again;
    } else if (field_ends(lx)) {
        lx->status = LEX_END;
        lx->closed = true;
        return without_text(lx, token, TOK_ENDMARKER);
    } else if (!operator_(lx, token)) {
        return false;
    }
    token->level = lx->level;
    token->end = lx->cur - lx->text;
    set_position(lx, token, line_start, lineno);
    return true;
}
