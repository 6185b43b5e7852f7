/* posix: the module and its constants. */
#include "runtime/modules/kit.h"
#include "runtime/modules/posix.h"
#include <dlfcn.h>
#include <linux/limits.h>
#include <linux/memfd.h>
#include <sched.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <sysexits.h>

#define C(name) {#name, (int64_t)(name)}
static const KitConstant constants[] = {
    C(EFD_CLOEXEC), C(EFD_NONBLOCK), C(EFD_SEMAPHORE), C(O_FSYNC), C(POSIX_FADV_NORMAL), C(POSIX_FADV_SEQUENTIAL), C(POSIX_FADV_RANDOM), C(POSIX_FADV_NOREUSE), C(POSIX_FADV_WILLNEED),
    C(POSIX_FADV_DONTNEED), {"POSIX_SPAWN_OPEN", 0}, {"POSIX_SPAWN_CLOSE", 1}, {"POSIX_SPAWN_DUP2", 2}, {"P_PIDFD", 3}, C(RTLD_DEEPBIND), C(RTLD_GLOBAL), C(RTLD_LAZY), C(RTLD_LOCAL), C(RTLD_NODELETE),
    C(RTLD_NOLOAD), C(RTLD_NOW), C(RWF_APPEND), C(RWF_DSYNC), C(RWF_HIPRI), C(RWF_NOWAIT), C(RWF_SYNC), C(SCHED_RESET_ON_FORK), C(SPLICE_F_MORE), C(SPLICE_F_MOVE), C(SPLICE_F_NONBLOCK),
    C(XATTR_CREATE), C(XATTR_REPLACE), C(XATTR_SIZE_MAX), C(CLD_CONTINUED), C(CLD_DUMPED), C(CLD_EXITED), C(CLD_KILLED), C(CLD_STOPPED), C(CLD_TRAPPED), C(MFD_HUGE_64KB), C(MFD_HUGE_512KB),
    C(MFD_HUGE_1MB), C(MFD_HUGE_2MB), C(MFD_HUGE_8MB), C(MFD_HUGE_16MB), C(MFD_HUGE_32MB), C(MFD_HUGE_256MB), C(MFD_HUGE_512MB), C(MFD_HUGE_1GB), C(MFD_HUGE_2GB), C(MFD_HUGE_16GB),
    C(MFD_HUGE_MASK), C(MFD_HUGE_SHIFT),
    C(F_OK), C(R_OK), C(W_OK), C(X_OK), C(O_RDONLY), C(O_WRONLY), C(O_RDWR), C(O_NDELAY), C(O_NONBLOCK), C(O_APPEND), C(O_DSYNC), C(O_RSYNC), C(O_SYNC), C(O_NOCTTY),
    C(O_CREAT), C(O_EXCL), C(O_TRUNC), C(O_LARGEFILE), C(O_ACCMODE), C(O_ASYNC), C(O_DIRECT), C(O_DIRECTORY), C(O_NOFOLLOW), C(O_NOATIME), C(O_PATH), C(O_TMPFILE), C(O_CLOEXEC),
    C(SEEK_DATA), C(SEEK_HOLE), C(EX_OK), C(EX_USAGE), C(EX_DATAERR), C(EX_NOINPUT), C(EX_NOUSER), C(EX_NOHOST), C(EX_UNAVAILABLE), C(EX_SOFTWARE), C(EX_OSERR), C(EX_OSFILE),
    C(EX_CANTCREAT), C(EX_IOERR), C(EX_TEMPFAIL), C(EX_PROTOCOL), C(EX_NOPERM), C(EX_CONFIG), C(WNOHANG), C(WUNTRACED), C(WCONTINUED), C(WEXITED), C(WSTOPPED), C(WNOWAIT),
    C(P_PID), C(P_PGID), C(P_ALL), C(PRIO_PROCESS), C(PRIO_PGRP), C(PRIO_USER), C(F_LOCK), C(F_TLOCK), C(F_ULOCK), C(F_TEST), C(GRND_RANDOM), C(GRND_NONBLOCK),
    C(MFD_CLOEXEC), C(MFD_ALLOW_SEALING), C(MFD_HUGETLB), C(SCHED_OTHER), C(SCHED_FIFO), C(SCHED_RR), C(SCHED_BATCH), C(SCHED_IDLE), C(ST_RDONLY), C(ST_NOSUID), C(ST_NODEV), C(ST_NOEXEC),
    C(ST_SYNCHRONOUS), C(ST_MANDLOCK), C(ST_WRITE), C(ST_APPEND), C(ST_NOATIME), C(ST_NODIRATIME), C(ST_RELATIME), {"NGROUPS_MAX", 65536}, {"TMP_MAX", 238328}, {NULL, 0}};
#undef C

/* what os.supports_dir_fd and its kin are made from */
static const char *const have[] = {"HAVE_FACCESSAT", "HAVE_FCHDIR", "HAVE_FCHMOD", "HAVE_FCHMODAT", "HAVE_FCHOWN", "HAVE_FCHOWNAT", "HAVE_FEXECVE", "HAVE_FDOPENDIR",
    "HAVE_FSTATAT", "HAVE_FSTATVFS", "HAVE_FTRUNCATE", "HAVE_FUTIMENS", "HAVE_LINKAT", "HAVE_LCHOWN", "HAVE_LSTAT", "HAVE_MEMFD_CREATE", "HAVE_MKDIRAT", "HAVE_MKNODAT",
    "HAVE_MKFIFOAT", "HAVE_OPENAT", "HAVE_READLINKAT", "HAVE_RENAMEAT", "HAVE_SYMLINKAT", "HAVE_UNLINKAT", "HAVE_UTIMENSAT", NULL};

int module_init_posix(Thread *t, Value module) {
    if (kit_constants(t, module, constants) < 0) return -1;
    Ref list = list_new(t, 0);
    for (const char *const *h = have; *h && !ref_is_null(list); h++) {
        Ref s = str_from_cstr(t, *h);
        if (ref_is_null(s) || list_append_steal(t, ref_borrow(list), s) < 0) return -1;
    }
    if (module_set_steal(t, module, "_have_functions", list) < 0 || module_set(t, module, "error", type_value(ETYPE(OSError))) < 0) return -1;
    return posix_init_file(t, module) < 0 || posix_init_dir(t, module) < 0 || posix_init_process(t, module) < 0 || posix_init_conf(t, module) < 0 ? -1 : posix_init_spawn(t, module);
}
