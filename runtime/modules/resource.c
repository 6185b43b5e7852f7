/* resource: what a process used, and its limits. */
#include "runtime/modules/kit.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/modules/sys.h"
#include "runtime/structseq.h"
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

int module_init_resource(Thread *t, Value module);
static Type *rusage_type; /* set once, under the import lock */

static Ref m_getrusage(Thread *t, Value self, const Value *a) {
    int who;
    struct rusage r;
    if (as_int(t, a[0], &who) < 0) return REF_NULL;
    if (getrusage(who, &r) < 0) return errno == EINVAL ? err_set(t, E_ValueError, "invalid who parameter") : err_errno(t, errno, VALUE_NULL);
    const long counts[] = {r.ru_maxrss, r.ru_ixrss, r.ru_idrss, r.ru_isrss, r.ru_minflt, r.ru_majflt, r.ru_nswap, r.ru_inblock, r.ru_oublock, r.ru_msgsnd, r.ru_msgrcv,
                           r.ru_nsignals, r.ru_nvcsw, r.ru_nivcsw};
    Ref items[16] = {float_new(t, (double)r.ru_utime.tv_sec + (double)r.ru_utime.tv_usec * 1e-6), float_new(t, (double)r.ru_stime.tv_sec + (double)r.ru_stime.tv_usec * 1e-6)};
    for (int i = 0; i < 14; i++) items[2 + i] = int_from_i64(t, counts[i]);
    return structseq_new_steal(t, rusage_type, items);
}

static Ref limit_value(Thread *t, const struct rlimit *l) {
    return tuple_from_steal(t, (Ref[]){int_from_i64(t, (int64_t)l->rlim_cur), int_from_i64(t, (int64_t)l->rlim_max)}, 2);
}
static int limit_get(Thread *t, Value v, struct rlimit *l) {
    int64_t part[2];
    Ref items = sequence_tuple(t, v);
    if (ref_is_null(items)) return -1;
    int bad = tuple_size(ref_borrow(items)) != 2 ? err_int(err_set(t, E_ValueError, "expected a tuple of 2 integers")) : 0;
    for (size_t i = 0; bad == 0 && i < 2; i++) bad = as_i64(t, tuple_get(ref_borrow(items), i), &part[i]);
    ref_drop(t, items);
    if (bad == 0) *l = (struct rlimit){(rlim_t)part[0], (rlim_t)part[1]};
    return bad;
}
static int resource_get(Thread *t, Value v, int *out) {
    if (as_int(t, v, out) < 0) return -1;
    return *out >= 0 && *out < RLIM_NLIMITS ? 0 : err_int(err_set(t, E_ValueError, "invalid resource specified"));
}
static Ref limit_error(Thread *t, bool own) {
    if (errno == EINVAL) return err_set(t, E_ValueError, "current limit exceeds maximum limit");
    if (errno == EPERM && own) return err_set(t, E_ValueError, "not allowed to raise maximum limit");
    return err_errno(t, errno, VALUE_NULL);
}

static Ref m_getrlimit(Thread *t, Value self, const Value *a) {
    int resource;
    struct rlimit l;
    if (resource_get(t, a[0], &resource) < 0) return REF_NULL;
    return getrlimit(resource, &l) < 0 ? err_errno(t, errno, VALUE_NULL) : limit_value(t, &l);
}
static Ref m_setrlimit(Thread *t, Value self, const Value *a) {
    int resource;
    struct rlimit l;
    if (as_int(t, a[0], &resource) < 0 || resource_get(t, a[0], &resource) < 0 || audit(t, "resource.setrlimit", (Value[]){small_int(resource), a[1]}, 2) < 0 || limit_get(t, a[1], &l) < 0)
        return REF_NULL;
    return setrlimit(resource, &l) < 0 ? limit_error(t, true) : REF_NONE;
}
static Ref m_prlimit(Thread *t, Value self, const Value *a, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "prlimit", kwnames) < 0) return REF_NULL;
    if (nargs < 2 || nargs > 3) return err_set(t, E_TypeError, "resource.prlimit requires 2 to 3 arguments");
    int pid, resource;
    struct rlimit old, new_limit;
    if (as_int(t, a[0], &pid) < 0 || resource_get(t, a[1], &resource) < 0) return REF_NULL;
    bool set = nargs == 3 && !value_is_none(a[2]);
    if (audit(t, "resource.prlimit", (Value[]){small_int(pid), small_int(resource), set ? a[2] : VALUE_NONE}, 3) < 0 || (set && limit_get(t, a[2], &new_limit) < 0)) return REF_NULL;
    return prlimit(pid, resource, set ? &new_limit : NULL, &old) < 0 ? limit_error(t, false) : limit_value(t, &old);
}
static Ref m_getpagesize(Thread *t, Value self, const Value *a) { return ref_small_int(sysconf(_SC_PAGESIZE)); }

static NativeDef functions[] = {
    FN("getrusage", "($module, who, /)", m_getrusage, "What a process, or its children, used."), FN("getrlimit", "($module, resource, /)", m_getrlimit, "A limit: (current, maximum)."),
    FN("setrlimit", "($module, resource, limits, /)", m_setrlimit, "Sets a limit: (current, maximum)."),
    FN_RAW("prlimit", "!($module, pid, resource, *limits)", m_prlimit, "prlimit(pid, resource, [limits]) -> (current, maximum)"),
    FN("getpagesize", "($module, /)", m_getpagesize, "Bytes in a page of memory."), FN_END,
};
static const StructSeqField fields[] = {
    {"ru_utime", "user time used"}, {"ru_stime", "system time used"}, {"ru_maxrss", "max. resident set size"}, {"ru_ixrss", "shared memory size"}, {"ru_idrss", "unshared data size"},
    {"ru_isrss", "unshared stack size"}, {"ru_minflt", "page faults not requiring I/O"}, {"ru_majflt", "page faults requiring I/O"}, {"ru_nswap", "number of swap outs"},
    {"ru_inblock", "block input operations"}, {"ru_oublock", "block output operations"}, {"ru_msgsnd", "IPC messages sent"}, {"ru_msgrcv", "IPC messages received"},
    {"ru_nsignals", "signals received"}, {"ru_nvcsw", "voluntary context switches"}, {"ru_nivcsw", "involuntary context switches"}, {NULL, NULL}};
static const KitConstant constants[] = {
#define C(x) {#x, (int64_t)(x)}
    C(RLIMIT_AS), C(RLIMIT_CORE), C(RLIMIT_CPU), C(RLIMIT_DATA), C(RLIMIT_FSIZE), C(RLIMIT_MEMLOCK), C(RLIMIT_MSGQUEUE), C(RLIMIT_NICE), C(RLIMIT_NOFILE),
    C(RLIMIT_NPROC), C(RLIMIT_OFILE), C(RLIMIT_RSS), C(RLIMIT_RTPRIO), C(RLIMIT_RTTIME), C(RLIMIT_SIGPENDING), C(RLIMIT_STACK), C(RLIM_INFINITY),
    C(RUSAGE_CHILDREN), C(RUSAGE_SELF), C(RUSAGE_THREAD),
    {NULL, 0},
#undef C
};
int module_init_resource(Thread *t, Value module) {
    rusage_type = structseq_type(t, "resource.struct_rusage", "What getrusage() gives: a tuple whose items have names.", fields, 16);
    if (rusage_type == NULL || module_set(t, module, "struct_rusage", type_value(rusage_type)) < 0 || module_set(t, module, "error", type_value(ETYPE(OSError))) < 0) return -1;
    return kit_module(t, module, (Type *const[]){NULL}, functions, NULL) < 0 ? -1 : kit_constants(t, module, constants);
}
