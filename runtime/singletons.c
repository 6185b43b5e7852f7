/* None, NotImplemented, Ellipsis. Their words carry the lent tag (alloc/value.h), so nobody ever counts them. */
#include "runtime/abstract.h"
#include "runtime/errors.h"
#include "runtime/list.h"
#include "runtime/native.h"
#include "runtime/str.h"

Object none_object = OBJECT_STATIC(&none_type);
Object not_implemented_object = OBJECT_STATIC(&not_implemented_type);
Object ellipsis_object = OBJECT_STATIC(&ellipsis_type);

static bool given(size_t nargs, Value kwnames) { return nargs > 0 || (!value_is_null(kwnames) && tuple_size(kwnames) > 0); }

#define SINGLETON_NEW(fn, type_name, word)                                                                  \
    static Ref fn(Thread *t, Value type, const Value *args, size_t nargs, Value kwnames) {                  \
        return given(nargs, kwnames) ? err_set(t, E_TypeError, type_name " takes no arguments") : word;     \
    }
SINGLETON_NEW(none_new, "NoneType", REF_NONE)
SINGLETON_NEW(not_implemented_new, "NotImplementedType", REF_NOT_IMPLEMENTED)
SINGLETON_NEW(ellipsis_new, "EllipsisType", REF_ELLIPSIS)

static Ref none_repr(Thread *t, Value self) { return str_from_cstr(t, "None"); }
static int none_bool(Thread *t, Value self) { return 0; }
Type none_type = {TYPE_HEADER(Object, 0, NULL, NULL, NULL), .name = "NoneType", .base = &object_type, .repr = none_repr, .bool_ = none_bool, .new_ = none_new};

static Ref not_implemented_repr(Thread *t, Value self) { return str_from_cstr(t, "NotImplemented"); }
static Ref not_implemented_reduce(Thread *t, Value self, const Value *a) { return not_implemented_repr(t, self); }
static int not_implemented_bool(Thread *t, Value self) {
    return warn(t, E_DeprecationWarning, 1, "NotImplemented should not be used in a boolean context") < 0 ? -1 : 1;
}
static NativeDef not_implemented_methods[] = {FN("__reduce__", "!($self, /)", not_implemented_reduce, NULL), FN_END};
Type not_implemented_type = {TYPE_HEADER(Object, 0, NULL, NULL, NULL),
                             .name = "NotImplementedType",
                             .base = &object_type,
                             .repr = not_implemented_repr,
                             .bool_ = not_implemented_bool,
                             .new_ = not_implemented_new,
                             .methods = not_implemented_methods};

static Ref ellipsis_repr(Thread *t, Value self) { return str_from_cstr(t, "Ellipsis"); }
static Ref ellipsis_reduce(Thread *t, Value self, const Value *a) { return ellipsis_repr(t, self); }
static NativeDef ellipsis_methods[] = {FN("__reduce__", "!($self, /)", ellipsis_reduce, NULL), FN_END};
Type ellipsis_type = {TYPE_HEADER(Object, 0, NULL, NULL, NULL), .name = "ellipsis", .base = &object_type, .repr = ellipsis_repr, .new_ = ellipsis_new, .methods = ellipsis_methods};
