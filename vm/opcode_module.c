/* _opcode: the instruction set as data, for runtime/lib/opcode.py. */
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/str.h"
#include "vm/code.h"
#include "vm/opcode_module.h"

/* (name, kinds, cache words, flags, base) of one opcode; see opcodes.def. Owned, or null. */
static Ref row(Thread *t, const OpInfo *o) {
    char kinds[5] = {o->kinds[0], o->kinds[1], o->kinds[2]};
    Ref item[5] = {str_from_cstr(t, o->name), str_from_cstr(t, kinds), ref_small_int(o->cache), ref_small_int(o->flags), ref_small_int(o->base)};
    return tuple_from_steal(t, item, 5);
}

int module_init_opcode(Thread *t, Value m) {
    Ref list = list_new(t, OPCODE_COUNT);
    for (int i = 0; i < OPCODE_COUNT && !ref_is_null(list); i++) {
        Ref r = row(t, &op_info[i]);
        if (!ref_is_null(r) && list_append_steal(t, ref_borrow(list), r) == 0) continue;
        ref_drop(t, list);
        list = REF_NULL;
    }
    if (ref_is_null(list)) return -1;
    Ref table = list_to_tuple(t, ref_borrow(list));
    ref_drop(t, list);
    return ref_is_null(table) ? -1 : module_set_steal(t, m, "table", table);
}
