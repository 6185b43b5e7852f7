/* Code objects for marshal: taken apart into a tuple of ints, str, bytes and tuples, and put together again. */
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "vm/vm.h"
#include "vm/code.h"

enum { PART_COUNT = 20 };
#define BAD_CODE "bad marshal data (code object)"

Ref code_to_parts(Thread *t, Value code) {
    if (!is_exact(code, &code_type)) return REF_NULL;
    Code *c = code_of(code);
    Ref parts[PART_COUNT] = {
        bytes_new(t, c->packed, c->packed_size),
        tuple_from_array(t, c->consts, c->const_count),
        tuple_from_array(t, c->names, c->name_count),
        tuple_from_array(t, c->var_names, c->first_temp),
        bytes_new(t, c->var_kinds, c->first_temp),
        tuple_from_array(t, c->free_names, c->nfree),
        bytes_new(t, c->exc, c->exc_count * sizeof(ExcEntry)),
        bytes_new(t, c->positions, c->positions_size),
        ref_small_int(c->flags), ref_small_int(c->argcount), ref_small_int(c->posonly), ref_small_int(c->kwonly), ref_small_int(c->nlocals),
        ref_small_int(c->first_temp), ref_small_int(c->nregs - CALL_SLACK), ref_small_int(c->first_line),
        slot_ref(t, &c->name), slot_ref(t, &c->qualname), slot_ref(t, &c->filename), ref_small_int(OPCODE_COUNT)};
    bool whole = true;
    for (int i = 0; i < PART_COUNT; i++) whole &= !ref_is_null(parts[i]);
    if (whole) return tuple_from_steal(t, parts, PART_COUNT);
    for (int i = 0; i < PART_COUNT; i++) ref_drop(t, parts[i]);
    return REF_NULL;
}

static Value *strings(Value tuple) { return (Value *)as(Tuple, tuple)->item; }

/* The parts may come from a damaged file: types are checked here, what they mean by code_verify. */
Ref code_from_parts(Thread *t, Value parts) {
    static const char kinds[PART_COUNT + 1] = "btttbtbbiiiiiiiisssi";
    bool good = is_exact(parts, &tuple_type) && tuple_size(parts) == PART_COUNT;
    for (int i = 0; good && i < PART_COUNT; i++) {
        Value v = tuple_get(parts, (size_t)i);
        good = kinds[i] == 'b' ? is_exact(v, &bytes_type) : kinds[i] == 't' ? is_exact(v, &tuple_type) : kinds[i] == 'i' ? value_is_int(v) : is_str(v);
    }
    static const int names[] = {2, 3, 5};
    for (int k = 0; good && k < 3; k++)
        for (size_t i = 0; good && i < tuple_size(tuple_get(parts, (size_t)names[k])); i++) good = is_str(tuple_get(tuple_get(parts, (size_t)names[k]), i));
#define PART(i) tuple_get(parts, (i))
#define NUMBER(i) value_int(PART(i))
    static const int shorts[] = {9, 10, 11, 12, 13, 14};
    for (int k = 0; good && k < 6; k++) good = NUMBER(shorts[k]) >= 0 && NUMBER(shorts[k]) < UINT16_MAX;
    if (!good || NUMBER(19) != OPCODE_COUNT || bytes_length(PART(6)) % sizeof(ExcEntry) ||
        bytes_length(PART(4)) != tuple_size(PART(3)) || (size_t)NUMBER(13) != tuple_size(PART(3)) || tuple_size(PART(5)) > UINT16_MAX)
        return err_set(t, E_ValueError, BAD_CODE);
    int64_t size = instructions_size(bytes_data(PART(0)), bytes_length(PART(0)));
    if (size < 0 || size > UINT32_MAX) return err_set(t, E_ValueError, BAD_CODE);
    uint64_t *words = mem_alloc((size_t)size * sizeof *words + 8);
    if (words == NULL) return err_no_memory(t);
    instructions_unpack(bytes_data(PART(0)), bytes_length(PART(0)), words);
    /* read where it stands: the data of bytes is aligned as its struct is */
    const ExcEntry *exc = (const ExcEntry *)(const void *)bytes_data(PART(6));
    CodeSpec s = {.instr = words, .size = (uint32_t)size, .consts = strings(PART(1)), .const_count = (uint32_t)tuple_size(PART(1)),
                  .names = strings(PART(2)), .name_count = (uint32_t)tuple_size(PART(2)), .var_names = strings(PART(3)), .var_kinds = bytes_data(PART(4)),
                  .free_names = strings(PART(5)), .nfree = (uint16_t)tuple_size(PART(5)), .exc = exc,
                  .exc_count = (uint32_t)(bytes_length(PART(6)) / sizeof(ExcEntry)), .flags = (uint32_t)NUMBER(8), .argcount = (uint16_t)NUMBER(9),
                  .posonly = (uint16_t)NUMBER(10), .kwonly = (uint16_t)NUMBER(11), .nlocals = (uint16_t)NUMBER(12), .first_temp = (uint16_t)NUMBER(13),
                  .nregs = (uint16_t)NUMBER(14), .first_line = (int32_t)NUMBER(15), .name = PART(16), .qualname = PART(17), .filename = PART(18),
                  .packed_positions = bytes_data(PART(7)), .packed_size = (uint32_t)bytes_length(PART(7)),
                  .packed_instr = bytes_data(PART(0)), .packed_instr_size = (uint32_t)bytes_length(PART(0))};
    Ref r = code_verify(&s) == NULL ? code_new(t, &s) : err_set(t, E_ValueError, BAD_CODE);
    mem_free(words);
    return r;
}
