/* _stat: what a file's mode says. */
#include "runtime/modules/kit.h"
#include "runtime/int.h"
#include <sys/stat.h>

int module_init__stat(Thread *t, Value module);

static int mode_get(Thread *t, Value v, mode_t *out) {
    uint64_t n;
    if (!is_int(v)) return err_int(err_set(t, E_TypeError, "an integer is required"));
    if (int_sign(v) < 0) return err_int(err_set(t, E_OverflowError, "can't convert negative value to unsigned int"));
    if (int_try_u64(v, &n) < 0) return err_int(err_set(t, E_OverflowError, "Python int too large to convert to C unsigned long"));
    if (n > UINT32_MAX) return err_int(err_set(t, E_OverflowError, "mode out of range"));
    *out = (mode_t)n;
    return 0;
}
#define TEST(name, test)                                                              \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                      \
        mode_t mode;                                                                  \
        return mode_get(t, a[0], &mode) < 0 ? REF_NULL : ref_bool(test);              \
    }
TEST(S_ISDIR, S_ISDIR(mode))
TEST(S_ISCHR, S_ISCHR(mode))
TEST(S_ISBLK, S_ISBLK(mode))
TEST(S_ISREG, S_ISREG(mode))
TEST(S_ISFIFO, S_ISFIFO(mode))
TEST(S_ISLNK, S_ISLNK(mode))
TEST(S_ISSOCK, S_ISSOCK(mode))
TEST(never, false) /* other systems' */
static Ref m_S_IMODE(Thread *t, Value self, const Value *a) {
    mode_t mode;
    return mode_get(t, a[0], &mode) < 0 ? REF_NULL : ref_small_int(mode & 07777);
}
static Ref m_S_IFMT(Thread *t, Value self, const Value *a) {
    mode_t mode;
    return mode_get(t, a[0], &mode) < 0 ? REF_NULL : ref_small_int(mode & S_IFMT);
}

static char kind(mode_t mode) {
    return S_ISREG(mode) ? '-' : S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' : S_ISBLK(mode) ? 'b' : S_ISCHR(mode) ? 'c' : S_ISFIFO(mode) ? 'p' : S_ISSOCK(mode) ? 's' : '?';
}
static Ref m_filemode(Thread *t, Value self, const Value *a) {
    mode_t mode;
    if (mode_get(t, a[0], &mode) < 0) return REF_NULL;
    char text[10] = {kind(mode)};
    for (int i = 0; i < 9; i++) text[1 + i] = mode & (0400u >> i) ? "rwx"[i % 3] : '-';
    const struct { mode_t bit; int at; char set, unset; } special[] = {{S_ISUID, 3, 's', 'S'}, {S_ISGID, 6, 's', 'S'}, {S_ISVTX, 9, 't', 'T'}};
    for (int i = 0; i < 3; i++)
        if (mode & special[i].bit) text[special[i].at] = text[special[i].at] == 'x' ? special[i].set : special[i].unset;
    return str_from_ascii(t, text, 10);
}

#define ISFN(name, fn) FN(name, "!($module, mode, /)", fn, NULL)
static NativeDef functions[] = {
    ISFN("S_ISDIR", m_S_ISDIR), ISFN("S_ISCHR", m_S_ISCHR), ISFN("S_ISBLK", m_S_ISBLK), ISFN("S_ISREG", m_S_ISREG), ISFN("S_ISFIFO", m_S_ISFIFO), ISFN("S_ISLNK", m_S_ISLNK),
    ISFN("S_ISSOCK", m_S_ISSOCK), ISFN("S_ISDOOR", m_never), ISFN("S_ISPORT", m_never), ISFN("S_ISWHT", m_never), ISFN("S_IMODE", m_S_IMODE), ISFN("S_IFMT", m_S_IFMT),
    FN("filemode", "!($module, mode, /)", m_filemode, "Convert a file's mode to a string of the form '-rwxrwxrwx'"), FN_END,
};
static const KitConstant constants[] = {
#define C(x) {#x, x}
    C(S_IFDIR), C(S_IFCHR), C(S_IFBLK), C(S_IFREG), C(S_IFIFO), C(S_IFLNK), C(S_IFSOCK), {"S_IFDOOR", 0}, {"S_IFPORT", 0}, {"S_IFWHT", 0}, C(S_ISUID), C(S_ISGID), C(S_ISVTX), {"S_ENFMT", S_ISGID},
    C(S_IREAD), C(S_IWRITE), C(S_IEXEC), C(S_IRWXU), C(S_IRUSR), C(S_IWUSR), C(S_IXUSR), C(S_IRWXG), C(S_IRGRP), C(S_IWGRP), C(S_IXGRP), C(S_IRWXO), C(S_IROTH), C(S_IWOTH), C(S_IXOTH),
    {"UF_NODUMP", 1}, {"UF_IMMUTABLE", 2}, {"UF_APPEND", 4}, {"UF_OPAQUE", 8}, {"UF_NOUNLINK", 16}, {"UF_COMPRESSED", 32}, {"UF_HIDDEN", 0x8000}, {"SF_ARCHIVED", 0x10000},
    {"SF_IMMUTABLE", 0x20000}, {"SF_APPEND", 0x40000}, {"SF_NOUNLINK", 0x100000}, {"SF_SNAPSHOT", 0x200000},
    {"ST_MODE", 0}, {"ST_INO", 1}, {"ST_DEV", 2}, {"ST_NLINK", 3}, {"ST_UID", 4}, {"ST_GID", 5}, {"ST_SIZE", 6}, {"ST_ATIME", 7}, {"ST_MTIME", 8}, {"ST_CTIME", 9}, {NULL, 0},
#undef C
};
int module_init__stat(Thread *t, Value module) {
    return kit_module(t, module, (Type *const[]){NULL}, functions, "S_IFMT_: file type bits, and tests on them.") < 0 ? -1 : kit_constants(t, module, constants);
}
