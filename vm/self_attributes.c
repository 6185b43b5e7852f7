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
    for (uint32_t i = 0; i < code->size && n < max;) {
        uint64_t w = load_relaxed(&code->instr[i]);
        const OpInfo *info = &op_info[op_info[INSTR_OP(w)].base]; /* a specialized one has as many cache words as its base */
        if (info->base == I_STORE_ATTR && INSTR_A(w) == 0) {
            Value name = code->names[INSTR_CIDX(w)];
            size_t k = 0;
            while (k < n && !value_is(names[k], name)) k++;
            if (k == n) names[n++] = name;
        }
        i += 1 + info->cache;
    }
    return n;
}
