/* posix: what its files share. All calls that may block detach the thread; EINTR is tried again after the signal handlers (PEP 475). */
#ifndef WEFT_RUNTIME_MODULES_POSIX_H
#define WEFT_RUNTIME_MODULES_POSIX_H
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"
#include "runtime/structseq.h"
#include "runtime/times.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* A path argument: text for the kernel, or a descriptor. path_drop ends it. */
typedef struct Path {
    const char *text; /* null: fd */
    int fd;           /* -1: text */
    Ref keep, object; /* object: as given, after __fspath__, for error messages; both owned */
    bool bytes;       /* given as bytes: results are bytes too */
} Path;
/* kinds of argument that a function takes */
#define PATH_FD 1   /* an open descriptor too */
#define PATH_NONE 2 /* None or absent stands for "." */
int path_get(Thread *t, Value v, Path *p, const char *function, const char *argument, int kinds);
void path_drop(Thread *t, Path *p);
Ref path_error(Thread *t, const Path *p, int err); /* OSError with the file name; drops p */
Ref path_result(Thread *t, const Path *p, const char *text, size_t n); /* str or bytes, like p */
int dir_fd_get(Thread *t, Value v, int *fd);       /* None: AT_FDCWD */
/* A user's or group's id (what: "uid", "gid"): -1 stands for none. */
int id_get(Thread *t, Value v, const char *what, uint32_t *out);
int flag_get(Thread *t, Value v, bool dflt, bool *out);
Ref posix_error(Thread *t);                        /* OSError of errno */

/* n = call, detached, again after EINTR; afterwards n < 0 with errno, or -1 with an exception pending if a handler raised */
#define RETRY(t, n, call)                                                   \
    do {                                                                    \
        int err_;                                                           \
        DETACHED(t, n = (call); err_ = errno);                              \
        errno = err_;                                                       \
        if (n >= 0 || err_ != EINTR) break;                                 \
    } while (after_interrupt(t) == 0)

Ref stat_result(Thread *t, const struct stat *st);
extern NativeDef posix_file_functions[], posix_process_functions[], posix_dir_functions[];
/* Arguments and environment of a new program: null-terminated, for posix_strings_free; null with an exception. */
char **posix_argv(Thread *t, Value v, const char *function);
char **posix_env(Thread *t, Value v, const char *function);
void posix_strings_free(char **v);
int posix_init_conf(Thread *t, Value module);
int posix_init_spawn(Thread *t, Value module);
int posix_init_dir(Thread *t, Value module);
int posix_init_process(Thread *t, Value module);
int posix_init_file(Thread *t, Value module);
int module_init_posix(Thread *t, Value module);
#endif
