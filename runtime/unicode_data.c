#include "runtime/unicode_data.h"
#include "alloc/object.h"
#include "runtime/text.h"
#include "unicode_tables.h"

const UniRecord *uni_record(uint32_t c) {
    if (c >= 0x110000) c = 0x10FFFF + 1 - 2; /* U+10FFFE: never assigned */
    size_t block = record_index1[c >> UNI_SHIFT];
    return &records[record_index2[block << UNI_SHIFT | (c & ((1u << UNI_SHIFT) - 1))]];
}

#define FLAG(name, bit) bool name(uint32_t c) { return (uni_record(c)->flags & (bit)) != 0; }
FLAG(uni_isalpha, UNI_ALPHA)
FLAG(uni_isdecimal, UNI_DECIMAL)
FLAG(uni_isdigit, UNI_DIGIT)
FLAG(uni_isnumeric, UNI_NUMERIC)
FLAG(uni_isalnum, UNI_ALPHA | UNI_DECIMAL | UNI_DIGIT | UNI_NUMERIC)
FLAG(uni_isspace, UNI_SPACE)
FLAG(uni_islinebreak, UNI_LINEBREAK)
FLAG(uni_isupper, UNI_UPPER)
FLAG(uni_islower, UNI_LOWER)
FLAG(uni_istitle, UNI_TITLE)
FLAG(uni_isprintable, UNI_PRINTABLE)
FLAG(uni_isidstart, UNI_ID_START)
FLAG(uni_isidcontinue, UNI_ID_CONTINUE)
FLAG(uni_iscased, UNI_CASED)
FLAG(uni_iscaseignorable, UNI_CASE_IGNORABLE)

int uni_decimal(uint32_t c) { return uni_record(c)->decimal; }
int uni_digit(uint32_t c) { return uni_record(c)->digit; }
double uni_numeric_value(uint32_t c) {
    int i = uni_record(c)->numeric;
    return i < 0 ? -1 : numeric_values[i];
}
/* One character for one: where the full mapping has more, its first, as python3.11's regular expressions see it. */
#define SIMPLE(which)                                                                              \
    uint32_t uni_simple_##which(uint32_t c) {                                                      \
        const UniRecord *r = uni_record(c);                                                        \
        return r->which##_full != 0 ? full_mappings[r->which##_full + 1] : c + (uint32_t)r->which; \
    }
SIMPLE(lower)
SIMPLE(upper)
SIMPLE(title)

static int full(int index, uint32_t simple, uint32_t out[3]) {
    if (index == 0) {
        out[0] = simple;
        return 1;
    }
    int n = (int)full_mappings[index];
    for (int i = 0; i < n; i++) out[i] = full_mappings[index + 1 + i];
    return n;
}
#define MAPPING(name, full_mapping, simple)                                                        \
    int uni_##name(uint32_t c, uint32_t out[3]) {                                                  \
        const UniRecord *r = uni_record(c);                                                        \
        return full(r->full_mapping, c + (uint32_t)r->simple, out);                                \
    }
MAPPING(lower, lower_full, lower)
MAPPING(upper, upper_full, upper)
MAPPING(title, title_full, title)
MAPPING(fold, fold_full, lower)

const char *uni_category_name(const UniRecord *r) { return category_names[r->category]; }
const char *uni_bidirectional_name(const UniRecord *r) { return bidirectional_names[r->bidirectional]; }
const char *uni_width_name(const UniRecord *r) { return width_names[r->width]; }

/* ---- names ------------------------------------------------------------------------------------------------------ */
#define COUNT(a) (sizeof(a) / sizeof *(a))
/* Hangul syllables: The Unicode Standard, section 3.12. */
#define S_BASE 0xAC00u
#define L_BASE 0x1100u
#define V_BASE 0x1161u
#define T_BASE 0x11A7u
#define L_COUNT 19
#define V_COUNT 21
#define T_COUNT 28
#define S_COUNT (L_COUNT * V_COUNT * T_COUNT)
static const char *const hangul_l[] = {"G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"};
static const char *const hangul_v[] = {"A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE",
                                       "WI", "YU", "EU", "YI", "I"};
static const char *const hangul_t[] = {"", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B",
                                       "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H"};

static bool is_unified(uint32_t c) {
    return ((c >= 0x3400 && c <= 0x4DBF) || (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x20000 && c <= 0x323AF && c < 0x2F800) ||
            (c >= 0x30000 && c <= 0x323AF)) && uni_record(c)->category != 0;
}

bool uni_name(uint32_t c, char *out) {
    if (c >= S_BASE && c < S_BASE + S_COUNT) {
        uint32_t s = c - S_BASE;
        stpcpy(stpcpy(stpcpy(stpcpy(out, "HANGUL SYLLABLE "), hangul_l[s / (V_COUNT * T_COUNT)]),
                      hangul_v[s / T_COUNT % V_COUNT]), hangul_t[s % T_COUNT]);
        return true;
    }
    if (is_unified(c)) {
        char *p = stpcpy(out, "CJK UNIFIED IDEOGRAPH-");
        for (int shift = c > 0xFFFF ? 16 : 12; shift >= 0; shift -= 4) *p++ = "0123456789ABCDEF"[c >> shift & 15];
        *p = 0;
        return true;
    }
    size_t low = 0, high = UNI_PLAIN_NAMES;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (name_chars[mid] < c) low = mid + 1;
        else high = mid;
    }
    if (low == UNI_PLAIN_NAMES || name_chars[low] != c) return false;
    strcpy(out, name_text + name_offsets[low]);
    return true;
}

/* The longest of names that s starts with; its index, the rest in *s. -1: none */
static int hangul_part(const char **s, const char *end, const char *const *parts, int count) {
    int best = -1;
    size_t best_n = 0;
    for (int i = 0; i < count; i++) {
        size_t n = strlen(parts[i]);
        if (n <= (size_t)(end - *s) && strncmp(*s, parts[i], n) == 0 && (best < 0 || n > best_n)) best = i, best_n = n;
    }
    *s += best_n;
    return best;
}

static uint32_t lookup_entry(const char *name, size_t n) {
    uint32_t h = 0x811C9DC5;
    for (size_t i = 0; i < n; i++) h = (h ^ (uint8_t)name[i]) * 0x01000193;
    for (size_t i = h & (UNI_NAME_HASH - 1); name_hash[i] != 0; i = (i + 1) & (UNI_NAME_HASH - 1)) {
        const char *there = name_text + name_offsets[name_hash[i] - 1];
        if (strncmp(there, name, n) == 0 && there[n] == 0) return name_chars[name_hash[i] - 1];
    }
    return UINT32_MAX;
}

static uint32_t lookup(const char *text, size_t n) {
    char name[256];
    if (n == 0 || n >= sizeof name) return UINT32_MAX;
    for (size_t i = 0; i < n; i++) name[i] = text[i] >= 'a' && text[i] <= 'z' ? text[i] - 32 : text[i];
    name[n] = 0;
    if (strncmp(name, "HANGUL SYLLABLE ", 16) == 0) {
        const char *s = name + 16, *end = name + n;
        int l = hangul_part(&s, end, hangul_l, L_COUNT);
        int v = hangul_part(&s, end, hangul_v, V_COUNT);
        int tail = hangul_part(&s, end, hangul_t, T_COUNT);
        if (l >= 0 && v >= 0 && tail >= 0 && s == end) return S_BASE + (uint32_t)((l * V_COUNT + v) * T_COUNT + tail);
        return UINT32_MAX;
    }
    if (strncmp(name, "CJK UNIFIED IDEOGRAPH-", 22) == 0) {
        uint32_t c = 0;
        if (n != 26 && n != 27) return UINT32_MAX;
        for (const char *p = name + 22; *p; p++) {
            bool digit = (*p >= 48 && *p <= 57) || (*p >= 65 && *p <= 70);
            if (!digit) return UINT32_MAX;
            c = c << 4 | (uint32_t)(*p <= 57 ? *p - 48 : *p - 55);
        }
        return is_unified(c) ? c : UINT32_MAX;
    }
    return lookup_entry(name, n);
}

uint32_t uni_lookup(const char *name, size_t n) {
    uint32_t c = lookup(name, n);
    return c & 0x80000000 ? UINT32_MAX : c;
}
int uni_lookup_sequence(const char *name, size_t n, uint32_t out[4]) {
    uint32_t c = lookup(name, n);
    if (c == UINT32_MAX) return 0;
    if (!(c & 0x80000000)) {
        out[0] = c;
        return 1;
    }
    const uint32_t *s = sequence_data + (c & 0x7FFFFFFF);
    memcpy(out, s + 1, s[0] * sizeof *s);
    return (int)s[0];
}

/* ---- normalization ------------------------------------------------------------------------------------------------- */
int uni_decomposition(uint32_t c, const char **tag, const uint32_t **out) {
    size_t low = 0, high = COUNT(decomposition_chars);
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (decomposition_chars[mid] < c) low = mid + 1;
        else high = mid;
    }
    if (low == COUNT(decomposition_chars) || decomposition_chars[low] != c) return 0;
    const uint32_t *d = decomposition_data + decomposition_index[low];
    *tag = d[0] >> 8 ? decomposition_tags[d[0] >> 8] : NULL;
    *out = d + 1;
    return (int)(d[0] & 0xFF);
}

static uint32_t compose(uint32_t a, uint32_t b) {
    if (a >= L_BASE && a < L_BASE + L_COUNT && b >= V_BASE && b < V_BASE + V_COUNT)
        return S_BASE + ((a - L_BASE) * V_COUNT + (b - V_BASE)) * T_COUNT;
    if (a >= S_BASE && a < S_BASE + S_COUNT && (a - S_BASE) % T_COUNT == 0 && b > T_BASE && b < T_BASE + T_COUNT) return a + b - T_BASE;
    uint64_t pair = (uint64_t)a << 32 | b;
    size_t low = 0, high = COUNT(composition_pairs);
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (composition_pairs[mid] < pair) low = mid + 1;
        else high = mid;
    }
    return low < COUNT(composition_pairs) && composition_pairs[low] == pair ? composition_results[low] : 0;
}

typedef struct Points { uint32_t *p; size_t n, capacity; } Points;
static bool push(Points *out, uint32_t c) {
    if (out->n == out->capacity) {
        size_t capacity = out->capacity + out->capacity / 2 + 32;
        uint32_t *p = mem_realloc(out->p, capacity * sizeof *p);
        if (p == NULL) return false;
        out->p = p;
        out->capacity = capacity;
    }
    out->p[out->n++] = c;
    return true;
}

static bool decompose(Points *out, uint32_t c, bool compatibility) {
    if (c < 0xA0) return push(out, c);
    if (c >= S_BASE && c < S_BASE + S_COUNT) {
        uint32_t s = c - S_BASE;
        return push(out, L_BASE + s / (V_COUNT * T_COUNT)) && push(out, V_BASE + s / T_COUNT % V_COUNT) &&
               (s % T_COUNT == 0 || push(out, T_BASE + s % T_COUNT));
    }
    const char *tag;
    const uint32_t *to;
    int n = uni_decomposition(c, &tag, &to);
    if (n == 0 || (tag != NULL && !compatibility)) return push(out, c);
    for (int i = 0; i < n; i++) /* the data nests a few levels at most */
        if (!decompose(out, to[i], compatibility)) return false;
    return true;
}

/* Canonical ordering: marks between starters by class, stable. Long runs of marks go by counting, so no input is quadratic. */
static bool reorder(uint32_t *p, size_t n) {
    for (size_t i = 0; i < n;) {
        if (uni_record(p[i])->combining == 0) {
            i++;
            continue;
        }
        size_t end = i;
        while (end < n && uni_record(p[end])->combining != 0) end++;
        if (end - i <= 32) {
            for (size_t j = i + 1; j < end; j++) {
                uint32_t c = p[j];
                size_t k = j;
                for (; k > i && uni_record(p[k - 1])->combining > uni_record(c)->combining; k--) p[k] = p[k - 1];
                p[k] = c;
            }
        } else {
            uint32_t *copy = mem_alloc((end - i) * sizeof *copy);
            size_t count[257] = {0};
            if (copy == NULL) return false;
            for (size_t j = i; j < end; j++) count[uni_record(p[j])->combining + 1]++;
            for (int k = 0; k < 256; k++) count[k + 1] += count[k];
            for (size_t j = i; j < end; j++) copy[count[uni_record(p[j])->combining]++] = p[j];
            memcpy(p + i, copy, (end - i) * sizeof *copy);
            mem_free(copy);
        }
        i = end;
    }
    return true;
}

static size_t compose_all(uint32_t *p, size_t n) {
    size_t out = 0, starter = SIZE_MAX;
    int last_class = -1;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = p[i];
        int class = uni_record(c)->combining;
        uint32_t joined = starter != SIZE_MAX && (last_class < class || last_class == -1) ? compose(p[starter], c) : 0;
        if (joined != 0) {
            p[starter] = joined;
            continue;
        }
        if (class == 0) {
            starter = out;
            last_class = -1;
        } else {
            last_class = class;
        }
        p[out++] = c;
    }
    return out;
}

uint32_t *uni_normalize(UniForm form, const uint32_t *s, size_t n, size_t *out_n) {
    Points out = {mem_alloc((n + 16) * sizeof *s), 0, n + 16};
    if (out.p == NULL) return NULL;
    bool ok = true;
    for (size_t i = 0; i < n && ok; i++) ok = decompose(&out, s[i], form & 2);
    if (!ok || !reorder(out.p, out.n)) {
        mem_free(out.p);
        return NULL;
    }
    *out_n = form & 1 ? compose_all(out.p, out.n) : out.n;
    return out.p;
}

int uni_quick_check(UniForm form, uint32_t c) {
    static const int shift[] = {[UNI_NFD] = 0, [UNI_NFKD] = 2, [UNI_NFC] = 4, [UNI_NFKC] = 6};
    int answer = uni_record(c)->quick >> shift[form] & 3;
    return answer == 0 ? 1 : answer == 2 ? 0 : -1;
}

char *uni_nfkc_utf8(const char *s, size_t n, size_t *out_n) {
    size_t chars, normal_n;
    uint32_t max;
    n = utf8_scan((const uint8_t *)s, n, true, &chars, &max);
    uint32_t *points = mem_alloc((chars + 1) * sizeof *points);
    if (points == NULL) return NULL;
    utf8_fill(points, 4, (const uint8_t *)s, n);
    uint32_t *normal = uni_normalize(UNI_NFKC, points, chars, &normal_n);
    mem_free(points);
    if (normal == NULL) return NULL;
    char *out = mem_alloc(normal_n * 4 + 1);
    size_t size = 0;
    for (size_t i = 0; out != NULL && i < normal_n; i++) size += utf8_put((uint8_t *)out + size, normal[i]);
    mem_free(normal);
    if (out == NULL) return NULL;
    out[size] = 0;
    *out_n = size;
    return out;
}
