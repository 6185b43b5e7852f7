/* Which attributes a method gives its object: type_new asks, to make room for them in the instances (runtime/instance.h).
 */
#include "vm/code.h"
#include "vm/function.h"
#include "vm/slow.h"

/* Stores to register 0, the first parameter, while it is one. Exceptions to that only cost a slot or a longer way to an attribute. */
size_t self_attributes(Value function, Value *names, size_t max) {
    Code *code = code_of(slot_get(&as(Function, function)->code));
    size_t n = 0;
    if (code->argcount == 0) return 0;
    const uint8_t *end = code->packed + code->packed_size;
    for (const uint8_t *at = code->packed; at != end && n < max;) {
        uint64_t w;
        at = instruction_next(at, end, &w);
        if (INSTR_OP(w) != I_STORE_ATTR || INSTR_A(w) != 0) continue;
        Value name = code->names[INSTR_CIDX(w)];
        size_t k = 0;
        while (k < n && !value_is(names[k], name)) k++;
        if (k == n) names[n++] = name;
    }
    return n;
}
