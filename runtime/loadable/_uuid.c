/* _uuid: UUIDs from libuuid, which knows how to make them unique between processes. */
#include "runtime/bytes.h"
#include "runtime/modules/kit.h"
#include <uuid/uuid.h>

int module_init__uuid(Thread *t, Value module);

static Ref m_generate(Thread *t, Value self, const Value *a) {
    uuid_t id;
    int status;
    DETACHED(t, status = uuid_generate_time_safe(id));
    return tuple_from_steal(t, (Ref[]){bytes_new(t, id, sizeof id), ref_small_int(status)}, 2);
}
static NativeDef functions[] = {FN("generate_time_safe", "!($module, /)", m_generate, NULL), FN_END};
int module_init__uuid(Thread *t, Value module) { return module_add_int(t, module, "has_uuid_generate_time_safe", 1) < 0 ? -1 : module_add_functions(t, module, functions); }
