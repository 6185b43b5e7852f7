/* Code objects: instructions, constants, names, tables; how the compiler makes them.
 *
 * A code object keeps its instructions packed, and unpacks them when it's called for the first time (code_prepare): most functions of a program's modules
 * never are. It is immutable but for that and its inline caches and specialized opcodes, which are written by single relaxed stores of a whole word (each
 * cache word proves itself). Its constants are immortal, nested code objects excepted. Type flag TYPE_UNCOUNTED: once shared nobody counts it.
 * All functions need an attached t; results are owned, null or -1 with an exception set.
 */
#ifndef WEFT_VM_CODE_H
#define WEFT_VM_CODE_H

#include "runtime/type.h"

/* ---- instructions ------------------------------------------------------------------------------------------------------ */
typedef enum Opcode { /* I_ADD and so on: OP_ADD … are the abstract operators of runtime/abstract.h */
#define OP(name, kinds, cache, flags) I_##name,
#define OP_SPECIAL(name, base) I_##name,
#include "vm/opcodes.def"
    OPCODE_COUNT
} Opcode;
_Static_assert(OPCODE_COUNT <= 256, "an opcode is a byte");

#define F_RAISES 1u
#define F_CALLS 3u /* implies F_RAISES */
#define F_JUMPS 4u
#define F_ENDS 8u
typedef struct OpInfo {
    const char *name;
    char kinds[4];
    uint8_t cache; /* words that follow */
    uint8_t flags;
    uint8_t base;  /* the opcode it specializes, else itself */
} OpInfo;
extern const OpInfo op_info[OPCODE_COUNT];

typedef _Atomic uint64_t Instr; /* as it runs: a word of code, or of a cache */
/* op:8 | A:16 | B:16 | C:24 */
#define INSTR(op, a, b, c)                                                                         \
    ((uint64_t)(uint8_t)(op) | (uint64_t)(uint16_t)(a) << 8 | (uint64_t)(uint16_t)(b) << 24 | (uint64_t)(c) << 40)
#define INSTR_OP(w) ((Opcode)(uint8_t)(w))
#define INSTR_A(w) ((uint16_t)((w) >> 8))
#define INSTR_B(w) ((uint16_t)((w) >> 24))
#define INSTR_C(w) ((uint32_t)((w) >> 40))             /* 24 bits */
#define INSTR_CREG(w) ((uint16_t)((w) >> 40))          /* C as a register */
#define INSTR_CIDX(w) ((uint32_t)((w) >> 40) & 0x1FFFFFu) /* C as an index beside flags */
#define INSTR_CS(w) ((int32_t)((int64_t)(w) >> 40))    /* C signed: jumps, immediates */
#define C_MAX_INDEX 0x1FFFFFu
#define C_MAX_SIGNED 0x7FFFFF
/* flags in the top of C, where C isn't a jump, an immediate or a 24-bit index. code_new sets KILL_*; the compiler C_INPLACE (binary operators only). */
#define KILL_B ((uint64_t)1 << 63)
#define KILL_C ((uint64_t)1 << 62)
#define KILL_A ((uint64_t)1 << 61) /* stores */
#define C_SWAPPED (1u << 22)       /* ADD_K, MUL_K: the constant is the left operand (they have no register C to kill) */
#define C_INPLACE (1u << 21)       /* the same bit as KILL_A: binary operators have no A to kill */

enum {
    INTRINSIC_TYPEVAR,            /* R[B] name */
    INTRINSIC_TYPEVAR_BOUND,      /* R[B] name, R[B+1] function that computes the bound */
    INTRINSIC_TYPEVAR_CONSTRAINTS,/* R[B] name, R[B+1] function that computes the tuple of constraints */
    INTRINSIC_PARAMSPEC,          /* R[B] name */
    INTRINSIC_TYPEVARTUPLE,       /* R[B] name */
    INTRINSIC_TYPEALIAS,          /* R[B] name, R[B+1] tuple of type parameters or None, R[B+2] function that computes the value */
    INTRINSIC_SUBSCRIPT_GENERIC,  /* R[B] tuple of type parameters: Generic[*params] */
    INTRINSIC_SET_TYPE_PARAMS,    /* R[B] function, R[B+1] tuple: sets __type_params__, gives the function */
    INTRINSIC_COUNT
};

/* ---- tables ---------------------------------------------------------------------------------------------------------------- */
enum { EXC_CATCH, EXC_RESTORE };
typedef struct ExcEntry {
    uint32_t start, end; /* word offsets [start, end) */
    uint32_t target;     /* EXC_CATCH */
    uint16_t depth;      /* register */
    uint8_t kind;
} ExcEntry;

/* Source range of the instructions from `start` up to the next entry's. line and end_line 0: none (CPython's artificial instructions). Columns: UTF-8 byte offsets, -1: none. */
typedef struct CodePosition {
    uint32_t start;
    int32_t line, end_line, col, end_col;
} CodePosition;

/* co_flags */
#define CO_OPTIMIZED 0x1
#define CO_NEWLOCALS 0x2
#define CO_VARARGS 0x4
#define CO_VARKEYWORDS 0x8
#define CO_NESTED 0x10
#define CO_GENERATOR 0x20
#define CO_COROUTINE 0x80
#define CO_ITERABLE_COROUTINE 0x100
#define CO_ASYNC_GENERATOR 0x200
#define CO_ANY_GENERATOR (CO_GENERATOR | CO_COROUTINE | CO_ASYNC_GENERATOR)

/* Words above a window's temporaries, so that a call can shift its arguments to insert self. */
#define CALL_SLACK 2

/* What a register below first_temp is. */
enum { VAR_LOCAL, VAR_CELL };

/* ---- the object --------------------------------------------------------------------------------------------------------------- */
typedef struct Code {
    Object base;
    _Atomic(Instr *) x_instr; /* what runs, a sentinel word at its end; null until code_prepare. Read it by code_instr */
    uint8_t *packed;         /* the instructions as emitted (instructions_pack) */
    uint32_t packed_size;
    uint32_t size;           /* words of x_instr but the sentinel */
    uint32_t const_count, name_count, exc_count;
    Value *consts;           /* owned; lent words, ready to be copied into registers. The block of all arrays but x_instr begins here */
    Value *names;            /* interned, plain words: they're compared by address */
    ExcEntry *exc;
    uint8_t *positions;      /* compressed CodePositions */
    uint32_t positions_size;
    uint32_t flags;          /* co_flags */
    uint16_t argcount;       /* positional, positional-only included */
    uint16_t posonly, kwonly;
    uint16_t params;         /* registers that are parameters: argcount + kwonly + *args + **kwargs */
    uint16_t nlocals;        /* co_nlocals: parameters and other locals, those in cells included */
    uint16_t first_temp, nregs;
    int32_t stack_size;      /* co_stacksize, as shown: registers above first_temp, unless somebody said another number */
    uint16_t nfree;
    bool has_inner;          /* constants that the collector looks at: nested code, say */
    bool positional;         /* only positional parameters, no generator */
    _Atomic bool x_simple;   /* positional and prepared: an exact call just pushes a frame. Set with release after x_instr, read with acquire */
    uint8_t *var_kinds;      /* VAR_* of each register below first_temp */
    Value *var_names;        /* name of each register below first_temp: interned */
    Value *free_names;
    int32_t first_line;
    Slot name, qualname, filename; /* str */
    Slot weakrefs;
} Code;
#define code_of(v) as(Code, (v))
/* Its instructions, for who has prepared it, seen x_simple, or has a frame of it: relaxed, since those have acquired them. */
static inline Instr *code_instr(const Code *c) { return load_relaxed(&c->x_instr); }
/* Where a frame's pc begins: behind RESUME, which is the current instruction until the first one runs. */
static inline const Instr *code_entry(const Code *c) { return code_instr(c) + 1; }
static inline bool code_is_simple(const Code *c) { return load_acquire(&c->x_simple); }

/* Everything that code_new needs; it copies all arrays. Values are borrowed. */
typedef struct CodeSpec {
    const uint64_t *instr; uint32_t size;        /* as emitted: opcodes unspecialized, cache words zero, no kill flags */
    const Value *consts; uint32_t const_count;   /* constant 0 is the docstring or None for functions, as CPython has it */
    const Value *names; uint32_t name_count;     /* str */
    const Value *var_names;                      /* first_temp of them */
    const uint8_t *var_kinds;                    /* first_temp of them: VAR_CELL for cell variables, parameters among them included */
    const Value *free_names; uint16_t nfree;
    const ExcEntry *exc; uint32_t exc_count;
    const CodePosition *positions; uint32_t position_count;
    const uint8_t *packed_positions; uint32_t packed_size; /* instead of positions: Code.positions of another code object */
    const uint8_t *packed_instr; uint32_t packed_instr_size; /* beside instr, which is for code_verify then: Code.packed of another */
    uint32_t flags;
    uint16_t argcount, posonly, kwonly, nlocals, first_temp;
    uint16_t nregs;                              /* highest register + 1 */
    int32_t stack_size; bool has_stack_size;     /* co_stacksize if it isn't to follow from nregs */
    int32_t first_line;
    Value name, qualname, filename;
} CodeSpec;

/* A code object, its constants immortal, its names interned, kill flags set. In debug builds verified against opcodes.def. */
void code_init(void); /* once, before the first code object */
Ref code_new(Thread *t, const CodeSpec *spec);
/* Makes it ready to run, once for all threads. 0, or -1 with MemoryError. */
int code_prepare(Thread *t, Code *c);
/* Packed instructions (code_pack.c). instructions_pack writes those of the words, or with null out only measures them; each instruction_next reads one, and
 * returns where the following one begins: null if the bytes end too early. Neither touches an object. */
size_t instructions_pack(const uint64_t *words, uint32_t size, uint8_t *out);
const uint8_t *instruction_next(const uint8_t *at, const uint8_t *end, uint64_t *word);
/* How many words they unpack to, cache words included; -1 if they are damaged. */
int64_t instructions_size(const uint8_t *packed, size_t n);
/* Unpacks them all, good ones: words that are 0 for the caches. */
void instructions_unpack(const uint8_t *packed, size_t n, uint64_t *words);
/* types.CodeType(), and code.replace() with its parameters in order (code_replace.c). */
Ref code_construct(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames);
Ref code_replace(Thread *t, Value self, const Value *a);
/* One more than the highest register that is an operand of these words. */
uint32_t code_registers(const uint64_t *words, uint32_t size);
/* Null, or what is wrong with the parts (code_verify.c). */
const char *code_verify(const CodeSpec *spec);
/* The source range of the instruction at word offset `at`. line 0 if there's none. Any thread. */
CodePosition code_position(const Code *c, uint32_t at);
static inline int code_line(const Code *c, uint32_t at) { return code_position(c, at).line; }
/* The same for many lookups in one code object, mostly going forwards: *r is all zeros at first. */
typedef struct PositionReader {
    const uint8_t *at, *end;
    CodePosition now, found; /* found: the last one read whose start isn't beyond what was asked for; now: the one after */
    bool more;
} PositionReader;
int code_line_from(const Code *c, PositionReader *r, uint32_t at);
/* Writes the packed table of spec->positions, or with null out only measures it. Touches no object. */
size_t positions_pack(const CodeSpec *spec, uint8_t *out);
/* The places that co_linetable names, for code of `size` words that begins on `line`: to be freed with mem_free. */
CodePosition *linetable_read(Thread *t, Value bytes, int32_t line, uint32_t size, uint32_t *count);
/* Attributes and methods (code_places.c). */
Ref code_positions(Thread *t, Value self, const Value *a);
Ref code_lines(Thread *t, Value self, const Value *a);
Ref code_linetable(Thread *t, Value self, void *closure);
Ref code_lnotab(Thread *t, Value self, void *closure);
int code_rename(Thread *t, Value code, Value filename); /* the vm hook */
/* Writes a listing to stderr: a debugging aid. */
void code_dump(Thread *t, const Code *c);

#endif
