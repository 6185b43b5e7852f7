/* _dbm: the ndbm interface of Berkeley DB 5.3, as Debian's python3.11 has it, so that both read the same files.
 *
 * A handle is used by one thread at a time, under the object's lock, which lets that thread detach meanwhile. What the library gives back lies in the
 * handle, and is copied before the lock is left. Nothing under the lock runs Python. */
#include "runtime/bytes.h"
#include "runtime/codecs.h"
#include "runtime/modules/kit.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#define DB_DBM_HSEARCH 1
#include <db.h>

int module_init__dbm(Thread *t, Value module);

/* type dbm */
typedef struct Database {
    Object base;
    KitLock lock;
    DBM *db;       /* null: closed; under the lock, as all below */
    int64_t count; /* of items; -1: not known */
    bool writable;
} Database;

static Slot error_root;
static Ref fail(Thread *t, const char *message) { return err_type(t, as(Type, slot_get(&error_root)), "%s", message); }

/* Between these the handle is the thread's own. Null with an exception: closed. */
static Database *database_enter(Thread *t, Value self) {
    Database *d = as(Database, self);
    if (kit_lock(t, &d->lock) < 0) return NULL;
    if (d->db != NULL) return d;
    kit_unlock(&d->lock);
    fail(t, "DBM object has already been closed");
    return NULL;
}
static void database_leave(Database *d) { kit_unlock(&d->lock); }

/* The bytes of a key or value, which v owns. In CPython's words, of an argument of `function`, or of the value of no function. */
static int text_get(Thread *t, Value v, const char *function, datum *out) {
    size_t n;
    if (is_str(v)) {
        if ((out->dptr = (char *)str_utf8(t, v, &n)) == NULL) return -1;
    } else if (is_bytes(v)) {
        out->dptr = (char *)bytes_data(v);
        n = bytes_length(v);
    } else if (!buffer_supported(v)) {
        return err_int(err_set(t, E_TypeError, "a bytes-like object is required, not '%.100T'", v));
    } else {
        return err_int(err_set(t, E_TypeError, "%s%sargument%s must be read-only bytes-like object, not %.50T", function, *function ? "() " : "", *function ? " 1" : "", v));
    }
    if (n > INT_MAX) return err_int(err_set(t, E_OverflowError, "size does not fit in an int"));
    out->dsize = (int)n;
    return 0;
}
/* The same where anything wrong with it is said in one way. */
static int text_get_plainly(Thread *t, Value v, const char *message, datum *out) {
    if (text_get(t, v, "", out) == 0) return 0;
    err_clear(t);
    return err_int(err_set(t, E_TypeError, "%s", message));
}
static int value_text(Thread *t, Value v, datum *out) { return text_get_plainly(t, v, "dbm mappings have bytes or string elements only", out); }

/* ---- with the lock -------------------------------------------------------------------------------------------------------------------------- */

/* What went wrong since this was last asked: the library's walk through the keys just ends, and notes it. */
static int noted_error_locked(Thread *t, Database *d) {
    if (!dbm_error(d->db)) return 0;
    dbm_clearerr(d->db);
    return err_int(fail(t, ""));
}
/* The value as new bytes; null, maybe without an exception: no such key. */
static Ref fetch_locked(Thread *t, Database *d, datum key) {
    datum found;
    DETACHED(t, found = dbm_fetch(d->db, key));
    return found.dptr == NULL ? REF_NULL : bytes_new(t, found.dptr, (size_t)found.dsize);
}
static int store_locked(Thread *t, Database *d, datum key, datum value) {
    int bad;
    DETACHED(t, bad = dbm_store(d->db, key, value, DBM_REPLACE));
    d->count = -1;
    if (bad >= 0) return 0;
    dbm_clearerr(d->db);
    return err_int(fail(t, "cannot add item to database"));
}
static int delete_locked(Thread *t, Database *d, datum key, Value key_object) {
    int bad;
    DETACHED(t, bad = dbm_delete(d->db, key));
    d->count = -1;
    if (bad >= 0) return 0;
    dbm_clearerr(d->db);
    return err_int(d->writable ? err_value(t, E_KeyError, key_object) : fail(t, "cannot delete item from database"));
}

/* ---- as a mapping --------------------------------------------------------------------------------------------------------------------------- */

static int64_t database_len(Thread *t, Value self) {
    Database *d = database_enter(t, self);
    if (d == NULL) return -1;
    if (d->count < 0)
        DETACHED(t, int64_t n = 0; for (datum key = dbm_firstkey(d->db); key.dptr != NULL; key = dbm_nextkey(d->db)) n++; d->count = n);
    int64_t n = d->count;
    database_leave(d);
    return n;
}
static Ref database_getitem(Thread *t, Value self, Value key_object) {
    datum key;
    if (text_get(t, key_object, "", &key) < 0) return REF_NULL;
    Database *d = database_enter(t, self);
    if (d == NULL) return REF_NULL;
    Ref r = fetch_locked(t, d, key);
    if (!ref_is_null(r) && noted_error_locked(t, d) < 0) {
        ref_drop(t, r);
        r = REF_NULL;
    }
    database_leave(d);
    return ref_is_null(r) && !err_pending(t) ? err_value(t, E_KeyError, key_object) : r;
}
static int database_setitem(Thread *t, Value self, Value key_object, Value value_object) {
    datum key, value;
    if (text_get_plainly(t, key_object, "dbm mappings have bytes or string keys only", &key) < 0) return -1;
    Database *d = database_enter(t, self);
    if (d == NULL) return -1;
    int bad = value_is_null(value_object) ? delete_locked(t, d, key, key_object) : value_text(t, value_object, &value) < 0 ? -1 : store_locked(t, d, key, value);
    if (bad == 0) bad = noted_error_locked(t, d);
    database_leave(d);
    return bad;
}
static int database_contains(Thread *t, Value self, Value key_object) {
    Database *d = database_enter(t, self);
    if (d == NULL) return -1;
    datum key, found;
    int there = -1;
    if (!is_str(key_object) && !is_bytes(key_object)) err_set(t, E_TypeError, "dbm key must be bytes or string, not %.100T", key_object);
    else if (text_get(t, key_object, "", &key) == 0) {
        DETACHED(t, found = dbm_fetch(d->db, key));
        there = found.dptr != NULL;
    }
    database_leave(d);
    return there;
}
static Ref m_keys(Thread *t, Value self, const Value *a) {
    Database *d = database_enter(t, self);
    if (d == NULL) return REF_NULL;
    Ref keys = list_new(t, 0);
    datum key = {0};
    if (!ref_is_null(keys)) DETACHED(t, key = dbm_firstkey(d->db));
    while (key.dptr != NULL) {
        Ref name = bytes_new(t, key.dptr, (size_t)key.dsize);
        int bad = ref_is_null(name) ? -1 : list_append(t, ref_borrow(keys), ref_borrow(name));
        ref_drop(t, name);
        if (bad < 0) {
            ref_drop(t, keys);
            keys = REF_NULL;
            break;
        }
        DETACHED(t, key = dbm_nextkey(d->db));
    }
    database_leave(d);
    return keys;
}
static Ref m_get(Thread *t, Value self, const Value *a) {
    datum key;
    if (text_get(t, a[0], "get", &key) < 0) return REF_NULL;
    Database *d = database_enter(t, self);
    if (d == NULL) return REF_NULL;
    Ref r = fetch_locked(t, d, key);
    database_leave(d);
    if (!ref_is_null(r) || err_pending(t)) return r;
    return value_is_null(a[1]) ? REF_NONE : ref_new(t, a[1]);
}
static Ref setdefault_locked(Thread *t, Database *d, datum key, Value value_object) {
    datum value = {.dptr = "", .dsize = 0};
    Ref r = fetch_locked(t, d, key);
    if (!ref_is_null(r) || err_pending(t)) return r;
    if (!value_is_null(value_object) && value_text(t, value_object, &value) < 0) return REF_NULL;
    if (store_locked(t, d, key, value) < 0) return REF_NULL;
    return ref_new(t, value_is_null(value_object) ? bytes_empty() : value_object);
}
static Ref m_setdefault(Thread *t, Value self, const Value *a) {
    datum key;
    if (text_get(t, a[0], "setdefault", &key) < 0) return REF_NULL;
    Database *d = database_enter(t, self);
    if (d == NULL) return REF_NULL;
    Ref r = setdefault_locked(t, d, key, a[1]);
    database_leave(d);
    return r;
}

/* ---- its end --------------------------------------------------------------------------------------------------------------------------------- */

static int database_close(Thread *t, Value self) {
    Database *d = as(Database, self);
    if (kit_lock(t, &d->lock) < 0) return -1;
    DBM *db = d->db;
    d->db = NULL;
    if (db != NULL) DETACHED(t, dbm_close(db));
    database_leave(d);
    return 0;
}
static void database_destroy(Thread *t, Object *o) {
    if (((Database *)o)->db != NULL) dbm_close(((Database *)o)->db);
}
static Ref m_close(Thread *t, Value self, const Value *a) { return database_close(t, self) < 0 ? REF_NULL : REF_NONE; }
static Ref m_enter(Thread *t, Value self, const Value *a) { return ref_new(t, self); }
static Ref m_exit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return no_kwargs(t, "dbm.__exit__", kwnames) < 0 || database_close(t, self) < 0 ? REF_NULL : REF_NONE;
}

static NativeDef methods[] = {
    FN("close", "($self, /)", m_close, "Closes the database."),
    FN("keys", "($self, /)", m_keys, "A list of all keys, as bytes."),
    FN_UNPACKED("get", "($self, key, default=None, /)", m_get, "The value of the key, or default."),
    FN_UNPACKED("setdefault", "($self, key, default=b'', /)", m_setdefault, "The value of the key, which is set to default if it isn't there."),
    FN("__enter__", "!($self, /)", m_enter, NULL),
    FN_RAW("__exit__", "!($self, *args)", m_exit, NULL),
    FN_END,
};
static Type database_type = {
    TYPE_HEADER(Database, TYPE_NO_INSTANTIATION, NULL, NULL, database_destroy), .name = "_dbm.dbm", .methods = methods,
    .len = database_len, .getitem = database_getitem, .setitem = database_setitem, .contains = database_contains,
};

/* ---- opening ----------------------------------------------------------------------------------------------------------------------------------- */

static const struct { const char *name; int flags; } modes[] = {
    {"r", O_RDONLY}, {"w", O_RDWR}, {"rw", O_RDWR | O_CREAT}, {"c", O_RDWR | O_CREAT}, {"n", O_RDWR | O_CREAT | O_TRUNC}, {NULL},
};
/* error(errno, its text, name): raised */
static Ref open_failed(Thread *t, int err, const char *name) {
    Ref file = str_decode(t, name, strlen(name), "utf-8", "surrogateescape"), text = str_from_cstr(t, strerror(err)), e = REF_NULL;
    if (!ref_is_null(file) && !ref_is_null(text)) e = call3(t, slot_get(&error_root), small_int(err), ref_borrow(text), ref_borrow(file));
    if (!ref_is_null(e)) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    ref_drop(t, text);
    ref_drop(t, file);
    return REF_NULL;
}
static Ref m_open(Thread *t, Value self, const Value *a) {
    const char *flags = "r";
    size_t n = 1, mode = 0;
    int permissions = 0666;
    if (!value_is_null(a[1]) && !is_str(a[1])) return err_bad_argument(t, "open", "2", "str", a[1]);
    if (!value_is_null(a[1]) && (flags = str_utf8(t, a[1], &n)) == NULL) return REF_NULL;
    if (strlen(flags) != n) return err_set(t, E_ValueError, "embedded null character");
    if (!value_is_null(a[2]) && as_int(t, a[2], &permissions) < 0) return REF_NULL;
    while (modes[mode].name != NULL && strcmp(modes[mode].name, flags) != 0) mode++;
    if (modes[mode].name == NULL) return fail(t, "arg 2 to open should be 'r', 'w', 'c', or 'n'");
    Ref keep = REF_NULL;
    const char *name = str_fs(t, a[0], &keep);
    if (name == NULL) return REF_NULL;
    Ref r = instance_new(t, &database_type);
    if (!ref_is_null(r)) {
        Database *d = as(Database, ref_borrow(r));
        DBM *db;
        int err;
        DETACHED(t, db = dbm_open(name, modes[mode].flags, permissions); err = errno);
        d->db = db;
        d->count = -1;
        d->writable = modes[mode].flags & O_RDWR;
        if (db == NULL) {
            ref_drop(t, r);
            r = open_failed(t, err, name);
        }
    }
    ref_drop(t, keep);
    return r;
}
static NativeDef functions[] = {FN("open", "($module, filename, flags='r', mode=0o666, /)", m_open,
                                   "Opens a database: flags are 'r', 'w', 'c' (made if it isn't there) or 'n' (always new); mode, of a new file."), FN_END};

int module_init__dbm(Thread *t, Value module) {
    if (type_ready(t, &database_type) < 0 || kit_exception_root(t, module, &error_root, "_dbm", "error", ETYPE(OSError)) < 0) return -1;
    return module_add_cstr(t, module, "library", "Berkeley DB") < 0 ? -1 : module_add_functions(t, module, functions);
}
