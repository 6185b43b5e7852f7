/* The interned names of names.def, made at start. */
#include "runtime/names.h"
#include "runtime/str.h"

Names names;

int names_init(Thread *t) {
    static const char *const text[] = {
#define NAME(x) #x,
#include "runtime/names.def"
#undef NAME
    };
    _Static_assert(offsetof(Names, empty) == sizeof text / sizeof *text * sizeof(Value), "one Value per row");
    Value *slots = (Value *)&names;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        slots[i] = str_intern_cstr(t, text[i]);
        if (value_is_null(slots[i])) return -1;
    }
    names.empty = str_empty();
    return 0;
}
