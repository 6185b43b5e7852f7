/* posix: configuration values of the system: sysconf, confstr, pathconf. */
#include "runtime/modules/posix.h"

typedef struct NamedInt { const char *name; int value; } NamedInt;
#define V(name) {#name, _##name}
static const NamedInt sysconf_names[] = {
    V(SC_2_CHAR_TERM), V(SC_2_C_BIND), V(SC_2_C_DEV), V(SC_2_C_VERSION), V(SC_2_FORT_DEV), V(SC_2_FORT_RUN), V(SC_2_LOCALEDEF), V(SC_2_SW_DEV), V(SC_2_UPE),
    V(SC_2_VERSION), V(SC_AIO_LISTIO_MAX), V(SC_AIO_MAX), V(SC_AIO_PRIO_DELTA_MAX), V(SC_ARG_MAX), V(SC_ASYNCHRONOUS_IO), V(SC_ATEXIT_MAX),
    V(SC_AVPHYS_PAGES), V(SC_BC_BASE_MAX), V(SC_BC_DIM_MAX), V(SC_BC_SCALE_MAX), V(SC_BC_STRING_MAX), V(SC_CHARCLASS_NAME_MAX), V(SC_CHAR_BIT),
    V(SC_CHAR_MAX), V(SC_CHAR_MIN), V(SC_CHILD_MAX), V(SC_CLK_TCK), V(SC_COLL_WEIGHTS_MAX), V(SC_DELAYTIMER_MAX), V(SC_EQUIV_CLASS_MAX), V(SC_EXPR_NEST_MAX),
    V(SC_FSYNC), V(SC_GETGR_R_SIZE_MAX), V(SC_GETPW_R_SIZE_MAX), V(SC_INT_MAX), V(SC_INT_MIN), V(SC_IOV_MAX), V(SC_JOB_CONTROL), V(SC_LINE_MAX),
    V(SC_LOGIN_NAME_MAX), V(SC_LONG_BIT), V(SC_MAPPED_FILES), V(SC_MB_LEN_MAX), V(SC_MEMLOCK), V(SC_MEMLOCK_RANGE), V(SC_MEMORY_PROTECTION),
    V(SC_MESSAGE_PASSING), V(SC_MINSIGSTKSZ), V(SC_MQ_OPEN_MAX), V(SC_MQ_PRIO_MAX), V(SC_NGROUPS_MAX), V(SC_NL_ARGMAX), V(SC_NL_LANGMAX), V(SC_NL_MSGMAX),
    V(SC_NL_NMAX), V(SC_NL_SETMAX), V(SC_NL_TEXTMAX), V(SC_NPROCESSORS_CONF), V(SC_NPROCESSORS_ONLN), V(SC_NZERO), V(SC_OPEN_MAX), V(SC_PAGESIZE),
    V(SC_PAGE_SIZE), V(SC_PASS_MAX), V(SC_PHYS_PAGES), V(SC_PII), V(SC_PII_INTERNET), V(SC_PII_INTERNET_DGRAM), V(SC_PII_INTERNET_STREAM), V(SC_PII_OSI),
    V(SC_PII_OSI_CLTS), V(SC_PII_OSI_COTS), V(SC_PII_OSI_M), V(SC_PII_SOCKET), V(SC_PII_XTI), V(SC_POLL), V(SC_PRIORITIZED_IO), V(SC_PRIORITY_SCHEDULING),
    V(SC_REALTIME_SIGNALS), V(SC_RE_DUP_MAX), V(SC_RTSIG_MAX), V(SC_SAVED_IDS), V(SC_SCHAR_MAX), V(SC_SCHAR_MIN), V(SC_SELECT), V(SC_SEMAPHORES),
    V(SC_SEM_NSEMS_MAX), V(SC_SEM_VALUE_MAX), V(SC_SHARED_MEMORY_OBJECTS), V(SC_SHRT_MAX), V(SC_SHRT_MIN), V(SC_SIGQUEUE_MAX), V(SC_SSIZE_MAX),
    V(SC_STREAM_MAX), V(SC_SYNCHRONIZED_IO), V(SC_THREADS), V(SC_THREAD_ATTR_STACKADDR), V(SC_THREAD_ATTR_STACKSIZE), V(SC_THREAD_DESTRUCTOR_ITERATIONS),
    V(SC_THREAD_KEYS_MAX), V(SC_THREAD_PRIORITY_SCHEDULING), V(SC_THREAD_PRIO_INHERIT), V(SC_THREAD_PRIO_PROTECT), V(SC_THREAD_PROCESS_SHARED),
    V(SC_THREAD_SAFE_FUNCTIONS), V(SC_THREAD_STACK_MIN), V(SC_THREAD_THREADS_MAX), V(SC_TIMERS), V(SC_TIMER_MAX), V(SC_TTY_NAME_MAX), V(SC_TZNAME_MAX),
    V(SC_T_IOV_MAX), V(SC_UCHAR_MAX), V(SC_UINT_MAX), V(SC_UIO_MAXIOV), V(SC_ULONG_MAX), V(SC_USHRT_MAX), V(SC_VERSION), V(SC_WORD_BIT),
    V(SC_XBS5_ILP32_OFF32), V(SC_XBS5_ILP32_OFFBIG), V(SC_XBS5_LP64_OFF64), V(SC_XBS5_LPBIG_OFFBIG), V(SC_XOPEN_CRYPT), V(SC_XOPEN_ENH_I18N),
    V(SC_XOPEN_LEGACY), V(SC_XOPEN_REALTIME), V(SC_XOPEN_REALTIME_THREADS), V(SC_XOPEN_SHM), V(SC_XOPEN_UNIX), V(SC_XOPEN_VERSION), V(SC_XOPEN_XCU_VERSION),
    V(SC_XOPEN_XPG2), V(SC_XOPEN_XPG3), V(SC_XOPEN_XPG4), {NULL, 0}};
static const NamedInt confstr_names[] = {
    V(CS_GNU_LIBC_VERSION), V(CS_GNU_LIBPTHREAD_VERSION), V(CS_LFS64_CFLAGS), V(CS_LFS64_LDFLAGS), V(CS_LFS64_LIBS), V(CS_LFS64_LINTFLAGS), V(CS_LFS_CFLAGS),
    V(CS_LFS_LDFLAGS), V(CS_LFS_LIBS), V(CS_LFS_LINTFLAGS), V(CS_PATH), V(CS_XBS5_ILP32_OFF32_CFLAGS), V(CS_XBS5_ILP32_OFF32_LDFLAGS),
    V(CS_XBS5_ILP32_OFF32_LIBS), V(CS_XBS5_ILP32_OFF32_LINTFLAGS), V(CS_XBS5_ILP32_OFFBIG_CFLAGS), V(CS_XBS5_ILP32_OFFBIG_LDFLAGS),
    V(CS_XBS5_ILP32_OFFBIG_LIBS), V(CS_XBS5_ILP32_OFFBIG_LINTFLAGS), V(CS_XBS5_LP64_OFF64_CFLAGS), V(CS_XBS5_LP64_OFF64_LDFLAGS), V(CS_XBS5_LP64_OFF64_LIBS),
    V(CS_XBS5_LP64_OFF64_LINTFLAGS), V(CS_XBS5_LPBIG_OFFBIG_CFLAGS), V(CS_XBS5_LPBIG_OFFBIG_LDFLAGS), V(CS_XBS5_LPBIG_OFFBIG_LIBS),
    V(CS_XBS5_LPBIG_OFFBIG_LINTFLAGS), {NULL, 0}};
static const NamedInt pathconf_names[] = {
    V(PC_ALLOC_SIZE_MIN), V(PC_ASYNC_IO), V(PC_CHOWN_RESTRICTED), V(PC_FILESIZEBITS), V(PC_LINK_MAX), V(PC_MAX_CANON), V(PC_MAX_INPUT), V(PC_NAME_MAX),
    V(PC_NO_TRUNC), V(PC_PATH_MAX), V(PC_PIPE_BUF), V(PC_PRIO_IO), V(PC_REC_INCR_XFER_SIZE), V(PC_REC_MAX_XFER_SIZE), V(PC_REC_MIN_XFER_SIZE),
    V(PC_REC_XFER_ALIGN), V(PC_SOCK_MAXBUF), V(PC_SYMLINK_MAX), V(PC_SYNC_IO), V(PC_VDISABLE), {NULL, 0}};
#undef V

static int name_get(Thread *t, Value v, const NamedInt *names, int *out) {
    if (is_int(v)) return as_int(t, v, out);
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "configuration names must be strings or integers"));
    for (; names->name; names++)
        if (str_equal_ascii(v, names->name)) {
            *out = names->value;
            return 0;
        }
    return err_int(err_set(t, E_ValueError, "unrecognized configuration name"));
}
/* A value of the system's, -1 with errno 0 for "no limit" */
static Ref value_or_error(Thread *t, long v, int err) { return v == -1 && err ? err_errno(t, err, VALUE_NULL) : int_from_i64(t, v); }

static Ref m_sysconf(Thread *t, Value self, const Value *a) {
    int name;
    if (name_get(t, a[0], sysconf_names, &name) < 0) return REF_NULL;
    errno = 0;
    long v = sysconf(name);
    return value_or_error(t, v, errno);
}
static Ref m_confstr(Thread *t, Value self, const Value *a) {
    int name;
    if (name_get(t, a[0], confstr_names, &name) < 0) return REF_NULL;
    errno = 0;
    size_t n = confstr(name, NULL, 0);
    if (n == 0) return errno ? posix_error(t) : REF_NONE;
    char *text = mem_alloc(n);
    if (text == NULL) return err_no_memory(t);
    confstr(name, text, n);
    Ref r = str_from_fs(t, text, n - 1);
    mem_free(text);
    return r;
}
static Ref m_fpathconf(Thread *t, Value self, const Value *a) {
    int fd, name;
    if (as_int(t, a[0], &fd) < 0 || name_get(t, a[1], pathconf_names, &name) < 0) return REF_NULL;
    errno = 0;
    long v = fpathconf(fd, name);
    return value_or_error(t, v, errno);
}
static Ref m_pathconf(Thread *t, Value self, const Value *a) {
    Path p;
    int name;
    if (path_get(t, a[0], &p, "pathconf", "path", PATH_FD) < 0) return REF_NULL;
    if (name_get(t, a[1], pathconf_names, &name) < 0) {
        path_drop(t, &p);
        return REF_NULL;
    }
    errno = 0;
    long v = p.fd >= 0 ? fpathconf(p.fd, name) : pathconf(p.text, name);
    if (v == -1 && errno) return path_error(t, &p, errno);
    path_drop(t, &p);
    return int_from_i64(t, v);
}
static NativeDef functions[] = {
    FN("sysconf", "($module, name, /)", m_sysconf, NULL), FN("confstr", "($module, name, /)", m_confstr, NULL), FN("fpathconf", "($module, fd, name, /)", m_fpathconf, NULL),
    FN("pathconf", "($module, /, path, name)", m_pathconf, NULL), FN_END,
};
static int add_names(Thread *t, Value module, const char *attribute, const NamedInt *names) {
    Ref d = dict_new(t);
    for (; names->name && !ref_is_null(d); names++)
        if (dict_set_cstr(t, ref_borrow(d), names->name, small_int(names->value)) < 0) {
            ref_drop(t, d);
            d = REF_NULL;
        }
    return module_set_steal(t, module, attribute, d);
}
int posix_init_conf(Thread *t, Value module) {
    if (add_names(t, module, "sysconf_names", sysconf_names) < 0 || add_names(t, module, "confstr_names", confstr_names) < 0 || add_names(t, module, "pathconf_names", pathconf_names) < 0) return -1;
    return module_add_functions(t, module, functions);
}
