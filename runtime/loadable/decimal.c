/* The module _decimal. See decimal.h. */
#include "runtime/loadable/decimal.h"

/* collections.namedtuple("DecimalTuple", "sign digits exponent", module="decimal") */
static int make_tuple_class(Thread *t) {
    if (!value_is_null(slot_get(&decimal_tuple_class))) return 0;
    Ref make = import_attr(t, "collections", "namedtuple"), name = REF_NULL, fields = REF_NULL, module = REF_NULL, cls = REF_NULL;
    if (!ref_is_null(make)) name = str_from_cstr(t, "DecimalTuple");
    if (!ref_is_null(name)) fields = str_from_cstr(t, "sign digits exponent");
    if (!ref_is_null(fields)) module = str_from_cstr(t, "decimal");
    if (!ref_is_null(module)) {
        static const char *const names[] = {"module"};
        Value args[] = {ref_borrow(name), ref_borrow(fields), ref_borrow(module)};
        cls = call_kw(t, ref_borrow(make), args, 2, names, 1);
    }
    Ref refs[] = {make, name, fields, module};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) ref_drop(t, refs[i]);
    if (ref_is_null(cls)) return -1;
    kit_root(t, &decimal_tuple_class, cls);
    return 0;
}

/* numbers.Rational, what comparing looks for; and Decimal is a numbers.Number. */
static int join_numbers(Thread *t) {
    if (!value_is_null(slot_get(&rational_class))) return 0;
    Ref number = import_attr(t, "numbers", "Number"), done = REF_NULL, rational = REF_NULL;
    if (!ref_is_null(number)) done = call_method1(t, ref_borrow(number), str_intern_cstr(t, "register"), type_value(&dec_type));
    if (!ref_is_null(done)) rational = import_attr(t, "numbers", "Rational");
    ref_drop(t, number);
    ref_drop(t, done);
    if (ref_is_null(rational)) return -1;
    kit_root(t, &rational_class, rational);
    return 0;
}

int module_init__decimal(Thread *t, Value module);
int module_init__decimal(Thread *t, Value module) {
    static const KitConstant constants[] = {{"MAX_PREC", MAX_PREC}, {"MAX_EMAX", MAX_EMAX}, {"MIN_EMIN", MIN_EMIN}, {"MIN_ETINY", MIN_ETINY}, {NULL, 0}};
    Type *const types[] = {&dec_type, &context_type, NULL};
    num_tables_init();
    if (module_add_cstr(t, module, "__name__", "decimal") < 0) return -1; /* that its functions are of `decimal` */
    if (signals_init(t, module) < 0 || kit_module(t, module, types, module_functions, "C decimal arithmetic module") < 0) return -1;
    if (make_tuple_class(t) < 0 || module_set(t, module, "DecimalTuple", slot_get(&decimal_tuple_class)) < 0) return -1;
    if (join_numbers(t) < 0 || contexts_init(t, module) < 0 || kit_constants(t, module, constants) < 0) return -1;
    if (module_set(t, module, "HAVE_THREADS", VALUE_TRUE) < 0 || module_set(t, module, "HAVE_CONTEXTVAR", VALUE_TRUE) < 0) return -1;
    return module_add_cstr(t, module, "__version__", "1.70") < 0 ? -1 : module_add_cstr(t, module, "__libmpdec_version__", "2.5.1");
}
