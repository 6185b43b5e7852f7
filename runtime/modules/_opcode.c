/* _opcode: what the opcodes of CPython 3.11, which dis and opcode speak of, do to the height of the stack. */
#include "runtime/modules/kit.h"
#include "runtime/int.h"

#define E(base, each) {true, (base), (each)}
static const struct { bool known; int8_t base, each; } effects[256] = { /* by opcode: with argument 0, and for each 1 more */
    [0] = E(0, 0), [1] = E(-1, 0), [2] = E(1, 0), [9] = E(0, 0), [10] = E(0, 0), [11] = E(0, 0), [12] = E(0, 0), [15] = E(0, 0),
    [25] = E(-1, 0), [30] = E(1, 0), [31] = E(1, 0), [32] = E(1, 0), [33] = E(1, 0), [35] = E(1, 0), [36] = E(0, 0), [37] = E(0, 0),
    [49] = E(1, 0), [50] = E(0, 0), [51] = E(1, 0), [52] = E(1, 0), [53] = E(1, 0), [54] = E(-2, 0), [60] = E(-3, 0), [61] = E(-2, 0),
    [68] = E(0, 0), [69] = E(0, 0), [70] = E(-1, 0), [71] = E(1, 0), [74] = E(1, 0), [75] = E(0, 0), [82] = E(0, 0), [83] = E(-1, 0),
    [84] = E(-1, 0), [85] = E(0, 0), [86] = E(0, 0), [87] = E(0, 0), [88] = E(-1, 0), [89] = E(-1, 0), [90] = E(-1, 0), [91] = E(0, 0),
    [92] = E(-1, 1), [93] = E(1, 0), [94] = E(0, 0), [95] = E(-2, 0), [96] = E(-1, 0), [97] = E(-1, 0), [98] = E(0, 0), [99] = E(0, 0),
    [100] = E(1, 0), [101] = E(1, 0), [102] = E(1, -1), [103] = E(1, -1), [104] = E(1, -1), [105] = E(1, -2), [106] = E(0, 0),
    [107] = E(-1, 0), [108] = E(-1, 0), [109] = E(1, 0), [110] = E(0, 0), [111] = E(-1, 0), [112] = E(-1, 0), [114] = E(-1, 0),
    [115] = E(-1, 0), [116] = E(1, 0), [117] = E(-1, 0), [118] = E(-1, 0), [119] = E(-1, 0), [120] = E(1, 0), [122] = E(-1, 0),
    [123] = E(0, 0), [124] = E(1, 0), [125] = E(-1, 0), [126] = E(0, 0), [128] = E(-1, 0), [129] = E(-1, 0), [130] = E(0, -1),
    [131] = E(0, 0), [132] = E(0, 0), [133] = E(-1, 0), [134] = E(0, 0), [135] = E(0, 0), [136] = E(1, 0), [137] = E(1, 0),
    [138] = E(-1, 0), [139] = E(0, 0), [140] = E(0, 0), [142] = E(-2, 0), [144] = E(0, 0), [145] = E(-1, 0), [146] = E(-1, 0),
    [147] = E(-2, 0), [148] = E(1, 0), [149] = E(0, 0), [151] = E(0, 0), [152] = E(-2, 0), [155] = E(0, 0), [156] = E(0, -1),
    [157] = E(1, -1), [160] = E(1, 0), [162] = E(-1, 0), [163] = E(-1, 0), [164] = E(-1, 0), [165] = E(-1, 0), [166] = E(0, -1),
    [171] = E(-1, 0), [172] = E(0, 0), [173] = E(-1, 0), [174] = E(-1, 0), [175] = E(-1, 0), [176] = E(-1, 0),
};
/* The compiler's own opcodes, -1 and down; the first three, which set handlers up, leave the height alone unless they jump. */
static const int8_t pseudo[] = {1, 2, 1, 0, 0, 0, -1, -1, -1, -1};
enum { HAVE_ARGUMENT = 90, FOR_ITER = 93, UNPACK_EX = 94, JUMP_IF_FALSE_OR_POP = 111, JUMP_IF_TRUE_OR_POP = 112, LOAD_GLOBAL = 116, SEND = 123,
    MAKE_FUNCTION = 132, BUILD_SLICE = 133, CALL_FUNCTION_EX = 142, FORMAT_VALUE = 155 };

/* jump: 1, 0, or -1 for the larger of both */
static int effect(int op, int arg, int jump) {
    int base = effects[op].base;
    switch (op) {
    case FOR_ITER: return jump > 0 ? -1 : 1;
    case SEND: return jump > 0 ? -1 : 0;
    case JUMP_IF_FALSE_OR_POP: case JUMP_IF_TRUE_OR_POP: return jump != 0 ? 0 : -1;
    case UNPACK_EX: return (arg & 0xFF) + (arg >> 8);
    case LOAD_GLOBAL: return base + (arg & 1);
    case MAKE_FUNCTION: return base - __builtin_popcount((unsigned)arg & 15);
    case BUILD_SLICE: return arg == 3 ? -2 : -1;
    case CALL_FUNCTION_EX: return base - (arg & 1);
    case FORMAT_VALUE: return (arg & 4) ? -1 : 0;
    default: return base + effects[op].each * arg;
    }
}

static Ref m_stack_effect(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value jump;
    int op, arg = 0, way = -1;
    if (nargs < 1) return err_set(t, E_TypeError, "stack_effect() takes at least 1 positional argument (0 given)");
    if (nargs > 2) return err_set(t, E_TypeError, "stack_effect() takes at most 2 positional arguments (%zu given)", nargs);
    if (kit_bind(t, "stack_effect", "$|jump", args + nargs, 0, kwnames, &jump) < 0 || as_int(t, args[0], &op) < 0) return REF_NULL;
    bool given = nargs == 2 && !value_is_none(args[1]);
    if (op >= HAVE_ARGUMENT && !given) return err_set(t, E_ValueError, "stack_effect: opcode requires oparg but oparg was not specified");
    if (op < HAVE_ARGUMENT && given) return err_set(t, E_ValueError, "stack_effect: opcode does not permit oparg but oparg was specified");
    if (given) {
        Ref i = number_index(t, args[1]);
        int64_t n;
        if (ref_is_null(i)) return i;
        int fits = int_try_i64(ref_borrow(i), &n);
        ref_drop(t, i);
        if (fits < 0) return err_set(t, E_OverflowError, "Python int too large to convert to C long");
        arg = (int)n; /* CPython cuts it too */
    }
    if (!value_is_null(jump) && !value_is_none(jump)) {
        if (type_of(jump) != &bool_type) return err_set(t, E_ValueError, "stack_effect: jump must be False, True or None");
        way = is_true(t, jump);
    }
    if (op < 0 && op >= -(int)(sizeof pseudo / sizeof *pseudo)) return ref_small_int(way == 0 && op >= -3 ? 0 : pseudo[-op - 1]);
    if (op < 0 || op > 255 || !effects[op].known) return err_set(t, E_ValueError, "invalid opcode or oparg");
    return int_from_i64(t, effect(op, arg, way));
}
static Ref m_specialization_stats(Thread *t, Value self, const Value *a) { return REF_NONE; }

static NativeDef functions[] = {
    FN_RAW("stack_effect", "($module, opcode, oparg=None, /, *, jump=None)", m_stack_effect, "Compute the stack effect of the opcode."),
    FN("get_specialization_stats", "($module, /)", m_specialization_stats, "Return the specialization stats"),
    FN_END,
};
int module_init__opcode(Thread *t, Value module) { return module_add_functions(t, module, functions); }
