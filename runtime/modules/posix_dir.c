/* posix: listdir, scandir and DirEntry. */
#include "runtime/genericalias.h"
#include "runtime/modules/_warnings.h"
#include "runtime/modules/posix.h"
#include <dirent.h>
#include <stdio.h>

/* Opens the directory of p; a duplicate of a descriptor, so that closing the stream leaves it alone. */
static DIR *open_dir(Thread *t, const Path *p) {
    DIR *d;
    int err;
    if (p->fd >= 0) {
        int fd = fcntl(p->fd, F_DUPFD_CLOEXEC, 0);
        DETACHED(t, d = fd < 0 ? NULL : fdopendir(fd); err = errno);
        if (d) rewinddir(d);
        else if (fd >= 0) close(fd);
    } else {
        DETACHED(t, d = opendir(p->text); err = errno);
    }
    errno = err;
    return d;
}
static bool is_dot(const char *name) { return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0)); }

static Ref m_listdir(Thread *t, Value self, const Value *a) {
    Path p;
    if (path_get(t, a[0], &p, "listdir", "path", PATH_FD | PATH_NONE) < 0) return REF_NULL;
    DIR *d = open_dir(t, &p);
    if (d == NULL) return path_error(t, &p, errno);
    Ref names = list_new(t, 0);
    while (!ref_is_null(names)) {
        struct dirent *e;
        int err;
        DETACHED(t, errno = 0; e = readdir(d); err = errno);
        if (e == NULL) {
            if (err) {
                ref_drop(t, names);
                names = REF_NULL;
                err_errno(t, err, value_is_null(a[0]) ? VALUE_NULL : a[0]);
            }
            break;
        }
        if (is_dot(e->d_name)) continue;
        Ref name = path_result(t, &p, e->d_name, strlen(e->d_name));
        if (ref_is_null(name) || list_append_steal(t, ref_borrow(names), name) < 0) {
            ref_drop(t, names);
            names = REF_NULL;
        }
    }
    closedir(d);
    path_drop(t, &p);
    return names;
}

/* ---- DirEntry ------------------------------------------------------------------------------------------------------------------------- */

typedef struct DirEntry {
    Object base;
    Slot name, path;   /* str or bytes */
    Slot stat, lstat;  /* cached os.stat_result or null; racing threads may both fill one */
    int dir_fd;        /* of the scanned directory, or AT_FDCWD: then `path` is used */
    unsigned char type;
    uint64_t inode;
} DirEntry;

static int entry_stat(Thread *t, Value self, bool follow, struct stat *st) {
    DirEntry *e = as(DirEntry, self);
    Path p;
    int n;
    if (path_get(t, slot_get(e->dir_fd == AT_FDCWD ? &e->path : &e->name), &p, "stat", "path", 0) < 0) return -1;
    RETRY(t, n, fstatat(e->dir_fd, p.text, st, follow ? 0 : AT_SYMLINK_NOFOLLOW));
    int err = errno;
    path_drop(t, &p);
    errno = err;
    return n;
}
static Ref entry_stat_result(Thread *t, Value self, bool follow) {
    DirEntry *e = as(DirEntry, self);
    Slot *cache = follow ? &e->stat : &e->lstat;
    Value known = slot_get(cache);
    if (!value_is_null(known)) return ref_new(t, known);
    struct stat st;
    if (entry_stat(t, self, follow, &st) < 0) return err_pending(t) ? REF_NULL : err_errno(t, errno, slot_get(&e->path));
    Ref r = stat_result(t, &st);
    if (!ref_is_null(r)) slot_set(t, e, cache, ref_new(t, ref_borrow(r)));
    return r;
}
static Ref m_entry_stat(Thread *t, Value self, const Value *a) {
    bool follow;
    return flag_get(t, a[0], true, &follow) < 0 ? REF_NULL : entry_stat_result(t, self, follow && as(DirEntry, self)->type == DT_LNK ? true : follow);
}
/* 1, 0, -1: the entry (or what it links to) is of that type; a dangling link is of none */
static int entry_is(Thread *t, Value self, bool follow, unsigned char type, mode_t mode) {
    DirEntry *e = as(DirEntry, self);
    if (e->type != DT_UNKNOWN && (e->type != DT_LNK || !follow)) return e->type == type;
    struct stat st;
    if (entry_stat(t, self, follow, &st) == 0) return (st.st_mode & S_IFMT) == mode;
    if (err_pending(t)) return -1;
    if (errno == ENOENT) return 0;
    return err_int(err_errno(t, errno, slot_get(&e->path)));
}
static Ref entry_test(Thread *t, Value self, Value follow_arg, unsigned char type, mode_t mode) {
    bool follow;
    if (flag_get(t, follow_arg, true, &follow) < 0) return REF_NULL;
    int r = entry_is(t, self, follow, type, mode);
    return r < 0 ? REF_NULL : ref_bool(r);
}
static Ref m_is_dir(Thread *t, Value self, const Value *a) { return entry_test(t, self, a[0], DT_DIR, S_IFDIR); }
static Ref m_is_file(Thread *t, Value self, const Value *a) { return entry_test(t, self, a[0], DT_REG, S_IFREG); }
static Ref m_is_symlink(Thread *t, Value self, const Value *a) { return entry_test(t, self, VALUE_FALSE, DT_LNK, S_IFLNK); }
static Ref m_inode(Thread *t, Value self, const Value *a) { return int_from_u64(t, as(DirEntry, self)->inode); }
static Ref m_fspath(Thread *t, Value self, const Value *a) { return slot_ref(t, &as(DirEntry, self)->path); }
static Ref entry_repr(Thread *t, Value self) { return str_format(t, "<DirEntry %R>", slot_get(&as(DirEntry, self)->name)); }
static void entry_traverse(Object *o, VisitFn visit, void *arg) {
    DirEntry *e = (DirEntry *)o;
    slot_visit(&e->name, visit, arg);
    slot_visit(&e->path, visit, arg);
    slot_visit(&e->stat, visit, arg);
    slot_visit(&e->lstat, visit, arg);
}
static void entry_destroy(Thread *t, Object *o) {
    DirEntry *e = (DirEntry *)o;
    ref_drop(t, slot_take(t, o, &e->name));
    ref_drop(t, slot_take(t, o, &e->path));
    ref_drop(t, slot_take(t, o, &e->stat));
    ref_drop(t, slot_take(t, o, &e->lstat));
}
static Ref class_getitem(Thread *t, Value cls, const Value *a) { return generic_alias_new(t, cls, a[0]); }
static NativeDef entry_methods[] = {
    FN_CLASS("__class_getitem__", "!($type, item, /)", class_getitem, "See PEP 585"),
    FN("is_dir", "($self, /, *, follow_symlinks=True)", m_is_dir, NULL), FN("is_file", "($self, /, *, follow_symlinks=True)", m_is_file, NULL),
    FN("is_symlink", "($self, /)", m_is_symlink, NULL), FN("stat", "($self, /, *, follow_symlinks=True)", m_entry_stat, NULL),
    FN("inode", "($self, /)", m_inode, NULL), FN("__fspath__", "($self, /)", m_fspath, NULL), FN_END,
};
static const MemberDef entry_members[] = {{"name", MEMBER_SLOT, offsetof(DirEntry, name), true, NULL}, {"path", MEMBER_SLOT, offsetof(DirEntry, path), true, NULL}, {NULL}};
static Type entry_type = {
    TYPE_HEADER(DirEntry, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, entry_traverse, entry_destroy, entry_destroy),
    .name = "posix.DirEntry", .methods = entry_methods, .members = entry_members, .repr = entry_repr,
};

/* ---- scandir ----------------------------------------------------------------------------------------------------------------------------- */

typedef struct Scan {
    Object base;
    _Atomic(DIR *) x_dir; /* null: closed; whoever swaps it out closes it */
    Slot path;            /* as given; null for a descriptor or the default */
    int dir_fd;
    bool bytes;
} Scan;
static void scan_close(Thread *t, Scan *s) {
    DIR *d = swap_acq_rel(&s->x_dir, NULL);
    if (d) closedir(d);
}
static Ref join_path(Thread *t, Scan *s, Value name) {
    Value dir = slot_get(&s->path);
    if (value_is_null(dir)) return ref_new(t, name);
    size_t n = s->bytes ? bytes_length(dir) : str_length(dir);
    bool slash = n == 0 || (s->bytes ? bytes_data(dir)[n - 1] : str_at(as(Str, dir), n - 1)) == '/';
    if (!s->bytes) return str_format(t, slash ? "%V%V" : "%V/%V", dir, name);
    Ref sep = bytes_new(t, "/", slash ? 0 : 1), head = ref_is_null(sep) ? sep : binary_op(t, OP_ADD, dir, ref_borrow(sep));
    Ref r = ref_is_null(head) ? head : binary_op(t, OP_ADD, ref_borrow(head), name);
    ref_drop(t, sep);
    ref_drop(t, head);
    return r;
}
static Ref scan_next(Thread *t, Value self) {
    Scan *s = as(Scan, self);
    Ref r = REF_NULL;
    /* one thread at a time has the stream; another that asks meanwhile sees the end */
    DIR *d = swap_acq_rel(&s->x_dir, NULL);
    if (d == NULL) return r;
    struct dirent *e;
    int err;
    do DETACHED(t, errno = 0; e = readdir(d); err = errno);
    while (e && is_dot(e->d_name));
    if (e == NULL) {
        closedir(d);
        return err ? err_errno(t, err, slot_get(&s->path)) : REF_NULL;
    }
    DirEntry *entry = object_new(DirEntry, t, &entry_type);
    if (entry != NULL) {
        Ref name = s->bytes ? bytes_new(t, e->d_name, strlen(e->d_name)) : str_from_fs(t, e->d_name, strlen(e->d_name));
        Ref path = ref_is_null(name) ? name : join_path(t, s, ref_borrow(name));
        slot_init(&entry->name, name);
        slot_init(&entry->path, path);
        entry->dir_fd = s->dir_fd;
        entry->type = e->d_type;
        entry->inode = e->d_ino;
        r = ref_steal(entry);
        if (ref_is_null(path)) {
            ref_drop(t, r);
            r = REF_NULL;
        }
    }
    store_release(&s->x_dir, d);
    return r;
}
static Ref m_scan_close(Thread *t, Value self, const Value *a) {
    scan_close(t, as(Scan, self));
    return REF_NONE;
}
static Ref m_scan_enter(Thread *t, Value self, const Value *a) { return ref_new(t, self); }
static Ref m_scan_exit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return m_scan_close(t, self, NULL); }
static void scan_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Scan *)o)->path, visit, arg); }
static void scan_destroy(Thread *t, Object *o) {
    scan_close(t, (Scan *)o);
    ref_drop(t, slot_take(t, o, &((Scan *)o)->path));
}
static void scan_finalize(Thread *t, Object *o) {
    if (load_acquire(&((Scan *)o)->x_dir) == NULL) return;
    Ref exc = err_fetch(t);
    if (warn_resource(t, object_value(o), "unclosed scandir iterator %R", object_value(o)) < 0) err_unraisable(t, NULL, object_value(o));
    if (!ref_is_null(exc)) err_steal(t, exc);
}
static NativeDef scan_methods[] = {
    FN("close", "!($self, /)", m_scan_close, NULL), FN("__enter__", "!($self, /)", m_scan_enter, NULL), FN_RAW("__exit__", "!($self, *args)", m_scan_exit, NULL), FN_END,
};
static Type scan_type = {
    TYPE_HEADER(Scan, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, scan_traverse, NULL, scan_destroy), .head.finalize = scan_finalize,
    .name = "posix.ScandirIterator", .methods = scan_methods, .iter = iter_self, .next = scan_next,
};
static Ref m_scandir(Thread *t, Value self, const Value *a) {
    Path p;
    if (path_get(t, a[0], &p, "scandir", "path", PATH_FD | PATH_NONE) < 0) return REF_NULL;
    DIR *d = open_dir(t, &p);
    if (d == NULL) return path_error(t, &p, errno);
    Scan *s = object_new(Scan, t, &scan_type);
    if (s == NULL) {
        closedir(d);
        path_drop(t, &p);
        return REF_NULL;
    }
    store_relaxed(&s->x_dir, d);
    s->bytes = p.bytes;
    s->dir_fd = p.fd >= 0 ? p.fd : AT_FDCWD;
    if (p.fd < 0) slot_init(&s->path, ref_is_null(p.object) ? str_from_cstr(t, ".") : ref_new(t, ref_borrow(p.bytes && !ref_is_null(p.keep) ? p.keep : p.object)));
    path_drop(t, &p);
    return ref_steal(s);
}

NativeDef posix_dir_functions[] = {
    FN("listdir", "($module, /, path=None)", m_listdir, "The names in a directory."),
    FN("scandir", "($module, /, path=None)", m_scandir, "An iterator of DirEntry objects."), FN_END,
};
int posix_init_dir(Thread *t, Value module) {
    if (type_ready(t, &scan_type) < 0 || module_add_type(t, module, &entry_type) < 0) return -1;
    return module_add_functions(t, module, posix_dir_functions);
}
