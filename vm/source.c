#include "vm/source.h"

#include <stdio.h>
#include <strings.h>

enum { PADDING = 8 }; /* NULs behind the text */

static bool fail(SourceError *error, SourceErrorKind kind, const char *message) {
    *error = (SourceError){.kind = message ? kind : ERROR_MEMORY, .message = message};
    if (error->kind == ERROR_SYNTAX) error->offset = -1; /* CPython's way to say that there's no place */
    return false;
}

/* For a file, CPython doesn't say even that. */
static bool fail_file(SourceError *error, const char *message) {
    fail(error, ERROR_SYNTAX, message);
    error->offset = 0;
    return false;
}

/* ---- UTF-8 ---- */

const char *source_bad_utf8(const char *text, const char *end, const char **reason) {
    const uint8_t *s = (const uint8_t *)text, *stop = (const uint8_t *)end;
    while (s < stop) {
        uint64_t word;
        if (stop - s >= 8 && (memcpy(&word, s, 8), !(word & 0x8080808080808080u))) {
            s += 8;
            continue;
        }
        if (*s < 0x80) {
            s++;
            continue;
        }
        /* The range of the second byte excludes overlong forms, surrogates and what is beyond U+10FFFF. */
        int more = *s < 0xC2 ? 0 : *s < 0xE0 ? 1 : *s < 0xF0 ? 2 : *s < 0xF5 ? 3 : 0;
        uint8_t low = *s == 0xE0 ? 0xA0 : *s == 0xF0 ? 0x90 : 0x80;
        uint8_t high = *s == 0xED ? 0x9F : *s == 0xF4 ? 0x8F : 0xBF;
        *reason = "invalid start byte";
        if (!more) return (const char *)s;
        for (int i = 1; i <= more; i++, low = 0x80, high = 0xBF) {
            *reason = s + i >= stop ? "unexpected end of data" : "invalid continuation byte";
            if (s + i >= stop || s[i] < low || s[i] > high) return (const char *)s;
        }
        s += more + 1;
    }
    return NULL;
}

/* ---- the coding line ---- */

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }

static bool is_coding_char(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '_' || c == '.';
}

/* The usual spellings of the two common encodings, by CPython's rule: the first 12 characters count. */
static const char *normal_name(Arena *arena, const char *name, size_t length) {
    char short_name[13];
    size_t n = length < 12 ? length : 12;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        short_name[i] = c == '_' ? '-' : c >= 'A' && c <= 'Z' ? c | 0x20 : c;
    }
    short_name[n] = 0;
    if (!strcmp(short_name, "utf-8") || !strncmp(short_name, "utf-8-", 6)) return "utf-8";
    static const char *const latin[] = {"latin-1", "iso-8859-1", "iso-latin-1"};
    for (size_t i = 0; i < 3; i++) {
        size_t size = strlen(latin[i]);
        if (!strncmp(short_name, latin[i], size) && (!short_name[size] || short_name[size] == '-')) return "iso-8859-1";
    }
    return arena_copy(arena, name, length);
}

/* Looks for `coding: name` in a line; sets *go_on if the next line may have it instead. False: no memory. */
static bool coding_in_line(Arena *arena, const char *line, const char *end, const char **name, bool *go_on) {
    const char *at = line;
    while (at < end && is_blank(*at)) at++;
    *go_on = at >= end || *at == '#' || *at == '\n' || *at == '\r';
    if (at >= end || *at != '#') return true;
    for (; end - at > 6; at++) {
        if (memcmp(at, "coding", 6) || (at[6] != ':' && at[6] != '=')) continue;
        const char *from = at + 7;
        while (from < end && (*from == ' ' || *from == '\t')) from++;
        const char *to = from;
        while (to < end && is_coding_char(*to)) to++;
        if (to > from) return (*name = normal_name(arena, from, to - from)) != NULL;
    }
    return true;
}

bool source_coding(Arena *arena, const char *source, const char *end, const char **name) {
    bool go_on = true;
    for (int i = 0; i < 2 && source < end && go_on && !*name; i++) {
        const char *stop = source;
        while (stop < end && *stop != '\n' && *stop != '\r') stop++;
        if (!coding_in_line(arena, source, stop, name, &go_on)) return false;
        if (stop + 1 < end && stop[0] == '\r' && stop[1] == '\n') stop++;
        source = stop + 1;
    }
    return true;
}

/* ---- decoding ---- */

/* Where ISO-8859-15 differs from Latin-1. */
static uint16_t latin9(uint8_t c) {
    switch (c) {
    case 0xA4: return 0x20AC;
    case 0xA6: return 0x160;
    case 0xA8: return 0x161;
    case 0xB4: return 0x17D;
    case 0xB8: return 0x17E;
    case 0xBC: return 0x152;
    case 0xBD: return 0x153;
    case 0xBE: return 0x178;
    }
    return c;
}

static const char *decode_latin(Arena *arena, const char *source, size_t *length, bool is_latin9) {
    char *out = arena_alloc(arena, *length * 3 + 1), *to = out;
    if (!out) return NULL;
    for (size_t i = 0; i < *length; i++) {
        uint16_t c = (uint8_t)source[i];
        if (is_latin9) c = latin9(c);
        if (c < 0x80) {
            *to++ = c;
        } else if (c < 0x800) {
            *to++ = 0xC0 | c >> 6;
            *to++ = 0x80 | (c & 0x3F);
        } else {
            *to++ = 0xE0 | c >> 12;
            *to++ = 0x80 | (c >> 6 & 0x3F);
            *to++ = 0x80 | (c & 0x3F);
        }
    }
    *length = to - out;
    return out;
}

static const char *check_ascii(Arena *arena, const char *source, size_t length, const char **error) {
    for (size_t i = 0; i < length; i++)
        if ((uint8_t)source[i] >= 128) {
            *error = arena_format(arena, "'ascii' codec can't decode byte 0x%02x in position %zu: ordinal not in range(128)",
                                  (uint8_t)source[i], i);
            return NULL;
        }
    return source;
}

typedef enum Codec { CODEC_OTHER, CODEC_UTF8, CODEC_LATIN1, CODEC_LATIN9, CODEC_ASCII } Codec;

/* The encodings that are known here, by the letters and digits of their names. */
static Codec codec_of(const char *name) {
    static const struct {
        const char *name;
        Codec codec;
    } known[] = {
        {"utf8", CODEC_UTF8},          {"u8", CODEC_UTF8},       {"latin1", CODEC_LATIN1},   {"l1", CODEC_LATIN1},
        {"iso88591", CODEC_LATIN1},    {"cp819", CODEC_LATIN1},  {"latin9", CODEC_LATIN9},   {"l9", CODEC_LATIN9},
        {"iso885915", CODEC_LATIN9},   {"ascii", CODEC_ASCII},   {"usascii", CODEC_ASCII},
    };
    char plain[16];
    size_t length = 0;
    for (; *name && length < sizeof plain - 1; name++)
        if (*name != '-' && *name != '_') plain[length++] = *name >= 'A' && *name <= 'Z' ? *name | 0x20 : *name;
    plain[length] = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(plain, known[i].name)) return known[i].codec;
    return CODEC_OTHER;
}

/* Whether a character takes several bytes always, so that a file can't be read line by line. */
static bool is_wide(const char *name) { return !strncasecmp(name, "utf-16", 6) || !strncasecmp(name, "utf_16", 6) || !strncasecmp(name, "utf-32", 6) || !strncasecmp(name, "utf_32", 6); }

/* The source as UTF-8; NULL with *reason set, or without for lack of memory. */
static const char *to_utf8(Arena *arena, const char *encoding, const char *source, size_t *length, const ParseHooks *hooks,
                           const char **reason) {
    *reason = NULL;
    switch (codec_of(encoding)) {
    case CODEC_UTF8: return source;
    case CODEC_LATIN1: return decode_latin(arena, source, length, false);
    case CODEC_LATIN9: return decode_latin(arena, source, length, true);
    case CODEC_ASCII: return check_ascii(arena, source, *length, reason);
    case CODEC_OTHER: break;
    }
    if (hooks && hooks->decode) return hooks->decode(hooks->context, arena, encoding, source, length, reason);
    *reason = arena_format(arena, "unknown encoding: %s", encoding);
    return NULL;
}

/* A file that isn't UTF-8 and doesn't say what it is. */
static bool fail_undeclared(Arena *arena, const char *source, const char *bad, const ParseOptions *options, SourceError *error) {
    int line = 1;
    for (const char *at = source; at < bad; at++) line += *at == '\n' || (*at == '\r' && at[1] != '\n');
    return fail_file(error, arena_format(arena,
                                         "Non-UTF-8 code starting with '\\x%.2x' in file %s on line %d, but no encoding declared; "
                                         "see https://peps.python.org/pep-0263/ for details",
                                         (uint8_t)*bad, options->filename ? options->filename : "<unknown>", line));
}

/* Copies the text with \r\n and \r as \n, and a newline at the end of a module that lacks one. */
static bool translate_newlines(Arena *arena, const char *source, size_t length, bool module, SourceText *out) {
    char *text = arena_alloc(arena, length + 2 + PADDING);
    if (!text) return false;
    char *to = text;
    for (const char *at = source, *end = source + length; at < end;) {
        const char *cr = memchr(at, '\r', end - at);
        size_t size = (cr ? cr : end) - at;
        memcpy(to, at, size);
        to += size;
        at += size;
        if (!cr) break;
        *to++ = '\n';
        at += 1 + (at + 1 < end && at[1] == '\n');
    }
    /* CPython adds one after \r\n too, which shows in the line numbers of errors at the end. */
    bool crlf = length >= 2 && source[length - 1] == '\n' && source[length - 2] == '\r';
    if (module && to > text && (to[-1] != '\n' || crlf)) *to++ = '\n';
    memset(to, 0, PADDING);
    out->text = text;
    out->length = to - text;
    return true;
}

bool source_decode(Arena *arena, const char *source, size_t length, const ParseOptions *options, SourceText *out,
                   SourceError *error) {
    const char *end = source + length, *declared = NULL, *reason;
    bool from_file = options->flags & PARSE_FILE;
    *out = (SourceText){.encoding = "utf-8"};
    if (length >= INT32_MAX - PADDING) return fail(error, ERROR_MEMORY, "");
    if (options->flags & PARSE_IGNORE_COOKIE) {
        out->declared = true;
    } else {
        bool bom = length >= 3 && !memcmp(source, "\xEF\xBB\xBF", 3);
        if (bom) source += 3;
        if (!source_coding(arena, source, end, &declared)) return fail(error, ERROR_MEMORY, NULL);
        out->declared = bom || declared;
        if (declared && strcmp(declared, "utf-8")) {
            if (bom) {
                reason = arena_format(arena, "encoding problem: %s with BOM", declared);
                return from_file ? fail_file(error, reason) : fail(error, ERROR_SYNTAX, reason);
            }
            out->encoding = declared;
            if (from_file && is_wide(declared)) return fail_file(error, arena_format(arena, "encoding problem: %s", declared));
            length = end - source;
            source = to_utf8(arena, declared, source, &length, options->hooks, &reason);
            if (!source && from_file && reason) return fail_file(error, arena_format(arena, "encoding problem: %s", declared));
            if (!source) return fail(error, ERROR_SYNTAX, reason);
            end = source + length;
        }
    }
    length = end - source;
    const char *bad = source_bad_utf8(source, end, &reason);
    out->bad_utf8 = bad;
    if (bad && from_file) return fail_undeclared(arena, source, bad, options, error);
    if (memchr(source, 0, length)) {
        if (from_file) return fail_file(error, "source code cannot contain null bytes");
        return fail(error, ERROR_VALUE, "source code string cannot contain null bytes");
    }
    if (!translate_newlines(arena, source, length, options->mode == PARSE_EXEC, out)) return fail(error, ERROR_MEMORY, NULL);
    return true;
}
