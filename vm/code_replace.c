/* Code objects made from parts that Python code names: types.CodeType() and code.replace(). What doesn't fit together is refused; bytecode that does may still be
 * nonsense, and whoever runs it is on their own, as in CPython. */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "vm/code.h"

#include <stdio.h>
#include <string.h>

/* in the order of replace()'s parameters */
enum { ARGCOUNT, POSONLY, KWONLY, NLOCALS, STACKSIZE, FLAGS, FIRSTLINENO, CODE, CONSTS, NAMES, VARNAMES, FREEVARS, CELLVARS, FILENAME, NAME, QUALNAME,
       LINETABLE, EXCEPTIONTABLE, PARTS, FIRST_OBJECT = CODE };
static const char *const part_names[PARTS] = {
    "co_argcount", "co_posonlyargcount", "co_kwonlyargcount", "co_nlocals", "co_stacksize", "co_flags", "co_firstlineno", "co_code", "co_consts", "co_names",
    "co_varnames", "co_freevars", "co_cellvars", "co_filename", "co_name", "co_qualname", "co_linetable", "co_exceptiontable"};
/* where the constructor has them */
static const uint8_t constructor_order[PARTS] = {ARGCOUNT, POSONLY, KWONLY, NLOCALS, STACKSIZE, FLAGS, CODE, CONSTS, NAMES, VARNAMES, FILENAME, NAME, QUALNAME,
                                                 FIRSTLINENO, LINETABLE, EXCEPTIONTABLE, FREEVARS, CELLVARS};

static bool has_kind(int part, Value v) {
    switch (part) {
    case CODE: case LINETABLE: case EXCEPTIONTABLE: return is_bytes(v);
    case FILENAME: case NAME: case QUALNAME: return is_str(v);
    default: return is_tuple(v);
    }
}
static const char *kind_of(int part) { return part == CODE || part >= LINETABLE ? "bytes" : part >= FILENAME ? "str" : "tuple"; }

static int only_strings(Thread *t, Value tuple, bool replacing) {
    for (size_t i = 0; i < tuple_size(tuple); i++) {
        Value v = tuple_get(tuple, i);
        if (is_str(v)) continue;
        if (replacing) err_set(t, E_SystemError, "non-string found in code slot");
        else err_set(t, E_TypeError, "name tuples must contain only strings, not '%.500T'", v);
        return -1;
    }
    return 0;
}

static bool holds(Value tuple, Value name) {
    for (size_t i = 0; i < tuple_size(tuple); i++)
        if (str_equal(as(Str, tuple_get(tuple, i)), as(Str, name))) return true;
    return false;
}

/* The registers below the temporaries: local variables, then cells that are none of them. How many. */
static size_t variables(Value varnames, Value cellvars, Value *names, uint8_t *kinds) {
    size_t n = 0;
    for (size_t i = 0; i < tuple_size(varnames); i++, n++) {
        names[n] = tuple_get(varnames, i);
        kinds[n] = holds(cellvars, names[n]) ? VAR_CELL : VAR_LOCAL;
    }
    for (size_t i = 0; i < tuple_size(cellvars); i++) {
        if (holds(varnames, tuple_get(cellvars, i))) continue;
        names[n] = tuple_get(cellvars, i);
        kinds[n++] = VAR_CELL;
    }
    return n;
}

/* `least`: registers that the instructions may need whatever co_stacksize says */
static Ref make(Thread *t, const int *number, const Value *part, Value *names, uint8_t *kinds, uint64_t *words, uint32_t least) {
    size_t bytes = bytes_length(part[CODE]), first_temp = variables(part[VARNAMES], part[CELLVARS], names, kinds);
    memcpy(words, bytes_data(part[CODE]), bytes);
    uint64_t nregs = first_temp + (uint64_t)number[STACKSIZE];
    if (nregs < least) nregs = least;
    uint32_t needed = code_registers(words, (uint32_t)(bytes / 8));
    if (nregs < needed) nregs = needed;
    uint32_t place_count;
    CodePosition *places = linetable_read(t, part[LINETABLE], number[FIRSTLINENO], (uint32_t)(bytes / 8), &place_count);
    if (places == NULL) return REF_NULL;
    CodeSpec s = {.instr = words, .size = (uint32_t)(bytes / 8), .consts = (const Value *)as(Tuple, part[CONSTS])->item,
                  .const_count = (uint32_t)tuple_size(part[CONSTS]), .names = (const Value *)as(Tuple, part[NAMES])->item,
                  .name_count = (uint32_t)tuple_size(part[NAMES]), .var_names = names, .var_kinds = kinds, .free_names = (const Value *)as(Tuple, part[FREEVARS])->item,
                  .nfree = (uint16_t)tuple_size(part[FREEVARS]), .exc = (const ExcEntry *)bytes_data(part[EXCEPTIONTABLE]),
                  .exc_count = (uint32_t)(bytes_length(part[EXCEPTIONTABLE]) / sizeof(ExcEntry)), .positions = places, .position_count = place_count,
                  .flags = (uint32_t)number[FLAGS], .argcount = (uint16_t)number[ARGCOUNT],
                  .posonly = (uint16_t)number[POSONLY], .kwonly = (uint16_t)number[KWONLY], .nlocals = (uint16_t)number[NLOCALS],
                  .first_temp = (uint16_t)first_temp, .nregs = (uint16_t)nregs, .stack_size = number[STACKSIZE], .has_stack_size = true,
                  .first_line = number[FIRSTLINENO], .name = part[NAME], .qualname = part[QUALNAME], .filename = part[FILENAME]};
    const char *wrong = nregs >= UINT16_MAX - CALL_SLACK ? "too many registers" : code_verify(&s);
    Ref r = wrong ? err_set(t, E_ValueError, "code: %s", wrong) : code_new(t, &s);
    mem_free(places);
    return r;
}

static Ref build(Thread *t, const Value *part, uint32_t least, bool replacing) {
    int number[FIRST_OBJECT];
    for (int i = 0; i < FIRST_OBJECT; i++) {
        if (as_int(t, part[i], &number[i]) < 0) return REF_NULL;
        if (number[i] < 0 && i != FIRSTLINENO) return err_set(t, E_ValueError, "code: %s must not be negative", part_names[i] + 3);
        if (number[i] > UINT16_MAX && i < FLAGS) return err_set(t, E_ValueError, "code: %s is too large", part_names[i] + 3);
    }
    static const uint8_t tuples[] = {NAMES, VARNAMES, FREEVARS, CELLVARS};
    for (size_t i = 0; i < sizeof tuples; i++)
        if (only_strings(t, part[tuples[i]], replacing) < 0) return REF_NULL;
    if (number[ARGCOUNT] < number[POSONLY] || bytes_length(part[CODE]) % 8 || bytes_length(part[EXCEPTIONTABLE]) % sizeof(ExcEntry) ||
        tuple_size(part[VARNAMES]) + tuple_size(part[CELLVARS]) + tuple_size(part[FREEVARS]) > UINT16_MAX / 2)
        return err_set(t, E_ValueError, "code: co_code is malformed");
    if ((size_t)number[NLOCALS] != tuple_size(part[VARNAMES])) return err_set(t, E_ValueError, "code: co_nlocals != len(co_varnames)");
    size_t most = tuple_size(part[VARNAMES]) + tuple_size(part[CELLVARS]) + 1;
    Value *names = mem_alloc(most * sizeof *names);
    uint8_t *kinds = mem_alloc(most);
    uint64_t *words = mem_alloc(bytes_length(part[CODE]) + 8);
    Ref r = names && kinds && words ? make(t, number, part, names, kinds, words, least) : err_no_memory(t);
    mem_free(names);
    mem_free(kinds);
    mem_free(words);
    return r;
}

Ref code_construct(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "code", kwnames) < 0 || check_nargs(t, "code", nargs, PARTS - 2, PARTS) < 0) return REF_NULL;
    Value part[PARTS];
    part[FREEVARS] = part[CELLVARS] = tuple_empty();
    for (size_t i = 0; i < nargs; i++) {
        int p = constructor_order[i];
        part[p] = args[i];
        if (p < FIRST_OBJECT || has_kind(p, args[i])) continue;
        char place[24];
        snprintf(place, sizeof place, "%zu", i + 1);
        return err_bad_argument(t, "code", place, kind_of(p), args[i]);
    }
    return build(t, part, 0, false);
}

static int params(int argcount, int kwonly, int64_t flags) { return argcount + kwonly + !!(flags & CO_VARARGS) + !!(flags & CO_VARKEYWORDS); }

Ref code_replace(Thread *t, Value self, const Value *a) {
    Code *c = code_of(self);
    Value part[PARTS];
    Ref hold[PARTS];
    Ref r = REF_NULL;
    int n = 0;
    for (; n < PARTS; n++) {
        hold[n] = value_is_null(a[n]) ? get_attr_cstr(t, self, part_names[n]) : ref_new(t, a[n]);
        if (ref_is_null(hold[n])) goto done;
        part[n] = ref_borrow(hold[n]);
        if (n < FIRST_OBJECT || has_kind(n, part[n])) continue;
        err_bad_argument(t, "replace", part_names[n], kind_of(n), part[n]);
        n++;
        goto done;
    }
    /* the instructions read parameters unchecked */
    int argcount, kwonly, flags;
    if (as_int(t, part[ARGCOUNT], &argcount) < 0 || as_int(t, part[KWONLY], &kwonly) < 0 || as_int(t, part[FLAGS], &flags) < 0) goto done;
    if (params(argcount, kwonly, flags) < c->params) err_set(t, E_ValueError, "code: parameters can't be taken away");
    else r = build(t, part, value_is_null(a[CODE]) ? c->nregs - CALL_SLACK : 0, true);
done:
    for (int i = 0; i < n; i++) ref_drop(t, hold[i]);
    return r;
}
