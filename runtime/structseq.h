/* Struct sequences: tuples whose items have names (sys.version_info, time.struct_time, os.stat_result …).
 *
 * A type has `visible` items that count as the tuple's and further fields reachable by name only. Unnamed items, if any, are the last visible ones: each is the
 * plainer form of the further field that stands as many places on as there are unnamed ones (os.stat_result has three times in whole seconds, then the same with
 * fractions). It is shown by that field's name, and gives that field its value where the constructor isn't given any.
 */
#ifndef WEFT_RUNTIME_STRUCTSEQ_H
#define WEFT_RUNTIME_STRUCTSEQ_H
#include "runtime/type.h"
typedef struct StructSeqField { const char *name, *doc; } StructSeqField; /* name null: unnamed item */
/* Makes the type; `name` is "module.name". fields ends with {NULL, NULL} after the last one. Lives for ever. Null with an exception. */
Type *structseq_type(Thread *t, const char *name, const char *doc, const StructSeqField *fields, size_t visible);
/* An instance from as many items as the type has fields; consumes them, on failure too. */
Ref structseq_new_steal(Thread *t, Type *type, Ref *items);
#endif
