/* Frozen modules: code of the library modules that every start needs, marshalled at build time into one file beside the binary.
 *
 * Without the file (or with one of another build) importlib itself is compiled from its source, and nothing else is frozen.
 */
#ifndef WEFT_RUNTIME_FROZEN_H
#define WEFT_RUNTIME_FROZEN_H
#include "runtime/type.h"

typedef struct FrozenModule {
    const char *name, *origin; /* origin: name of the source module, as importlib._bootstrap for _frozen_importlib */
    bool is_package;
    const uint8_t *data; /* marshalled code; null: to be compiled from the origin's source */
    size_t size;
} FrozenModule;

/* Maps the file of frozen modules; a missing or foreign one is no error. Before any Python code runs. */
void frozen_open(const char *path);
const FrozenModule *frozen_find(const char *name); /* null: none */
Ref frozen_code(Thread *t, const FrozenModule *m); /* null with an exception */
/* _imp._override_frozen_modules_for_tests: 1 use them, -1 don't (but for importlib itself), 0 as -X frozen_modules says. */
void frozen_override(int how);
/* The i-th name, null at the end. */
const char *frozen_name(size_t i);
#endif
