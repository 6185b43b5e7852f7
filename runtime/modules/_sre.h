/* _sre: regular expressions, run from the code arrays that the standard library's re/_compiler.py makes.
 *
 * A Program never changes once compiled, so any number of threads match with it at once and write nothing that is shared; what a match
 * needs (marks, backtrack stack) is its own. The engine doesn't recurse: alternatives and what must be undone stand on an explicit stack.
 */
#ifndef WEFT_MODULES_SRE_H
#define WEFT_MODULES_SRE_H

#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/str.h"
#include "runtime/text.h"

#define SRE_MAGIC 20220615
#define SRE_MAXREPEAT UINT32_MAX
#define SRE_MAXGROUPS (INT32_MAX / 2)

/* In the order of re/_constants.py. */
typedef enum { OP_FAILURE, OP_SUCCESS, OP_ANY, OP_ANY_ALL, OP_ASSERT, OP_ASSERT_NOT, OP_AT, OP_BRANCH, OP_CATEGORY, OP_CHARSET,
    OP_BIGCHARSET, OP_GROUPREF, OP_GROUPREF_EXISTS, OP_IN, OP_INFO, OP_JUMP, OP_LITERAL, OP_MARK, OP_MAX_UNTIL, OP_MIN_UNTIL,
    OP_NOT_LITERAL, OP_NEGATE, OP_RANGE, OP_REPEAT, OP_REPEAT_ONE, OP_SUBPATTERN, OP_MIN_REPEAT_ONE, OP_ATOMIC_GROUP,
    OP_POSSESSIVE_REPEAT, OP_POSSESSIVE_REPEAT_ONE, OP_GROUPREF_IGNORE, OP_IN_IGNORE, OP_LITERAL_IGNORE, OP_NOT_LITERAL_IGNORE,
    OP_GROUPREF_LOC_IGNORE, OP_IN_LOC_IGNORE, OP_LITERAL_LOC_IGNORE, OP_NOT_LITERAL_LOC_IGNORE, OP_GROUPREF_UNI_IGNORE,
    OP_IN_UNI_IGNORE, OP_LITERAL_UNI_IGNORE, OP_NOT_LITERAL_UNI_IGNORE, OP_RANGE_UNI_IGNORE } SreOp;
enum { AT_BEGINNING, AT_BEGINNING_LINE, AT_BEGINNING_STRING, AT_BOUNDARY, AT_NON_BOUNDARY, AT_END, AT_END_LINE, AT_END_STRING,
    AT_LOC_BOUNDARY, AT_LOC_NON_BOUNDARY, AT_UNI_BOUNDARY, AT_UNI_NON_BOUNDARY, AT_COUNT };
enum { CATEGORY_DIGIT, CATEGORY_NOT_DIGIT, CATEGORY_SPACE, CATEGORY_NOT_SPACE, CATEGORY_WORD, CATEGORY_NOT_WORD, CATEGORY_LINEBREAK,
    CATEGORY_NOT_LINEBREAK, CATEGORY_LOC_WORD, CATEGORY_LOC_NOT_WORD, CATEGORY_UNI_DIGIT, CATEGORY_UNI_NOT_DIGIT, CATEGORY_UNI_SPACE,
    CATEGORY_UNI_NOT_SPACE, CATEGORY_UNI_WORD, CATEGORY_UNI_NOT_WORD, CATEGORY_UNI_LINEBREAK, CATEGORY_UNI_NOT_LINEBREAK, CATEGORY_COUNT };
#define INFO_PREFIX 1
#define INFO_LITERAL 2
#define INFO_CHARSET 4
#define FLAG_TEMPLATE 1
#define FLAG_IGNORECASE 2
#define FLAG_LOCALE 4
#define FLAG_MULTILINE 8
#define FLAG_DOTALL 16
#define FLAG_UNICODE 32
#define FLAG_VERBOSE 64
#define FLAG_DEBUG 128
#define FLAG_ASCII 256

/* Which of the characters below 256 an item matches. */
typedef struct Bitmap { uint32_t word[8]; } Bitmap;
static inline bool bitmap_has(const Bitmap *b, uint32_t c) { return b->word[c >> 5] >> (c & 31) & 1; }
static inline void bitmap_add(Bitmap *b, uint32_t c) { b->word[c >> 5] |= (uint32_t)1 << (c & 31); }

typedef struct Program {
    uint32_t *code;
    size_t size;
    uint32_t groups;
    /* for each position that holds a set opcode (OP_IN and kin): index + 1 of its bitmap; 0: none (it depends on the locale) */
    uint32_t *set_at;
    Bitmap *sets;
    size_t nsets;
    size_t start;            /* behind the info block */
    int64_t min_width;
    const uint32_t *prefix;  /* literal prefix, or null */
    size_t prefix_length, prefix_skip;
    bool literal;            /* the prefix is all of the pattern */
    bool anchored;           /* can match at the beginning of the text only */
    bool first_known;        /* first: what a match may start with (characters from 256 up: anything) */
    Bitmap first;
} Program;

/* 0, or -1 with RuntimeError "invalid SRE code". Fills everything but code, size and groups. */
int program_prepare(Thread *t, Program *p);
void program_done(Program *p);

/* One matching run. Positions count characters from the beginning of the subject. */
typedef struct SreEntry {
    uint32_t kind, count;
    uint32_t pc, rep;
    int64_t at, low;
} SreEntry;
typedef struct SreRepeat { uint32_t pc, count, outer; int64_t last; } SreRepeat;
#define SRE_SMALL_STACK 48
#define SRE_SMALL_MARKS 24
typedef struct SreState {
    Thread *t;
    const Program *program;
    Span subject;
    int64_t start, end;      /* the region: [start, end) */
    int64_t at;              /* where a match ended */
    int64_t *mark;           /* 2 per group; -1: unset */
    int32_t last_index;      /* last closed group, or -1 */
    bool must_advance;       /* an empty match at start doesn't count */
    bool whole;              /* fullmatch */
    SreEntry *stack;
    size_t top, capacity;
    SreRepeat *repeats;
    size_t repeat_top, repeat_capacity;
    uint32_t ticks;
    Ref text;                /* the subject: owned */
    Buffer view;
    bool viewed;
    int64_t small_marks[SRE_SMALL_MARKS];
    SreEntry small_stack[SRE_SMALL_STACK];
    SreRepeat small_repeats[8];
} SreState;

/* Pattern and Match objects */
typedef struct Pattern {
    Object base;
    Program program;
    uint32_t flags;
    bool is_bytes, is_any;     /* is_any: no pattern text, so any subject goes */
    Slot pattern, groupindex, indexgroup;
    Slot weakrefs;
} Pattern;
typedef struct MatchObject {
    Object base;
    Slot string, pattern, regs; /* regs: made on demand */
    int64_t pos, endpos;
    int32_t last_index;
    uint32_t groups;            /* the whole match included */
    int64_t mark[];             /* start and end of each; -1: no part of the match */
} MatchObject;
extern Type pattern_type, match_type;
/* Takes the subject (1 str or bytes-like), clamps pos and endpos. -1: TypeError. End with state_done. */
int sre_state_init(Thread *t, SreState *s, Pattern *p, Value string, int64_t pos, int64_t endpos);
void sre_state_done(SreState *s);
/* The characters [start, end) of the subject; dflt for start < 0 */
Ref sre_slice(SreState *s, int64_t start, int64_t end);
Ref match_new(Thread *t, Value pattern, SreState *s);
/* Text of a group of a run that matched; null group: dflt */
Ref match_group(Thread *t, Value match, int64_t group, Value dflt);

/* 1 match (s->at is its end, s->start its start), 0 none, -1 exception. May run Python (signal handlers). */
int sre_match(SreState *s);
int sre_search(SreState *s);

bool sre_category(uint32_t category, uint32_t c);
bool sre_charset(const uint32_t *set, uint32_t c);
uint32_t sre_lower_locale(uint32_t c);
uint32_t sre_upper_locale(uint32_t c);
static inline uint32_t sre_lower_ascii(uint32_t c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; }
/* Does the one-character item at code position pc match c? */
bool sre_item(const Program *p, uint32_t pc, uint32_t c);

#endif
