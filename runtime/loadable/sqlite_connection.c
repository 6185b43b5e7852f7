/* Connection. See sqlite.h. */
#include "runtime/loadable/sqlite.h"

static const char *const isolation_levels[] = {"", "DEFERRED", "IMMEDIATE", "EXCLUSIVE", NULL};

int connection_check_thread(Thread *t, Connection *c) {
    bool ready = load_acquire(&c->x_ready); /* first: what was set before it is seen */
    uint64_t opener = load_relaxed(&c->x_thread);
    if (!ready || !load_relaxed(&c->x_check_thread) || load_relaxed(&t->x_ident) == opener) return 0;
    return err_int(db_raise(t, DB_ProgrammingError,
                            "SQLite objects created in a thread can only be used in that same thread. The object was created in thread id %zu and this is thread id %zu.",
                            (size_t)opener, (size_t)load_relaxed(&t->x_ident)));
}
static int check_open(Thread *t, Connection *c) {
    if (!load_acquire(&c->x_ready)) return err_int(db_raise(t, DB_ProgrammingError, "Base Connection.__init__ not called."));
    if (__atomic_load_n(&c->db, __ATOMIC_RELAXED) == NULL || load_relaxed(&c->x_closing)) return err_int(db_raise(t, DB_ProgrammingError, "Cannot operate on a closed database."));
    return 0;
}
int connection_check(Thread *t, Connection *c) { return connection_check_thread(t, c) < 0 ? -1 : check_open(t, c); }

static void close_db(Thread *t, Connection *c);
bool connection_lock(Thread *t, Connection *c) {
    if (connection_check(t, c) < 0 || kit_lock(t, &c->lock) < 0) return false;
    if (connection_check(t, c) == 0) return true; /* another thread may have closed it while we waited */
    connection_unlock(t, c);
    return false;
}
void connection_unlock(Thread *t, Connection *c) {
    if (unlikely(load_relaxed(&c->x_closing)) && c->lock.depth == 1) {
        Ref outer = err_fetch(t);
        close_db(t, c);
        if (!ref_is_null(outer)) err_steal(t, outer);
    }
    kit_unlock(&c->lock);
}

/* ---- life ------------------------------------------------------------------------------------------------------------------------------------ */

static Slot *slots_of(Connection *c, int i) {
    Slot *slots[] = {&c->statements, &c->blobs, &c->row_factory, &c->text_factory, &c->trace, &c->progress, &c->authorizer};
    return slots[i];
}
static void connection_traverse(Object *o, VisitFn visit, void *arg) {
    for (int i = 0; i < 7; i++) slot_visit(slots_of((Connection *)o, i), visit, arg);
}
static void connection_clear(Thread *t, Object *o) {
    Connection *c = (Connection *)o;
    slot_set(t, o, &c->statements, REF_NULL);
    slot_set(t, o, &c->row_factory, REF_NULL);
    slot_set(t, o, &c->text_factory, REF_NULL);
}
static void free_hook(Thread *t, Connection *c, Slot *slot) {
    Ref n = slot_take(t, c, slot);
    uint64_t p = 0;
    if (!ref_is_null(n)) int_as_u64_mask(ref_borrow(n), &p);
    ref_drop(t, n);
    callback_free((void *)(uintptr_t)p);
}
static void close_db(Thread *t, Connection *c) {
    sqlite3 *db = c->db;
    CRITICAL_BEGIN(t, c) /* m_interrupt() and its like look at it under that lock alone */
    __atomic_store_n(&c->db, NULL, __ATOMIC_RELAXED);
    store_relaxed(&c->x_closing, false);
    CRITICAL_END(t)
    if (db == NULL) return;
    sqlite3_trace_v2(db, 0, NULL, NULL);
    sqlite3_progress_handler(db, 0, NULL, NULL);
    sqlite3_set_authorizer(db, NULL, NULL);
    DB_CALL(t, sqlite3_close_v2(db)); /* statements that are still alive keep the memory */
    free_hook(t, c, &c->trace);
    free_hook(t, c, &c->progress);
    free_hook(t, c, &c->authorizer);
}
static void connection_destroy(Thread *t, Object *o) {
    connection_clear(t, o);
    slot_set(t, o, &((Connection *)o)->blobs, REF_NULL);
    close_db(t, (Connection *)o);
}

static int isolation_level(Thread *t, Value v, const char **out) {
    *out = NULL;
    if (value_is_none(v)) return 0;
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "isolation_level must be str or None"));
    size_t n;
    const char *s = str_utf8(t, v, &n);
    if (s == NULL) return -1;
    if (strlen(s) != n) return err_int(err_set(t, E_ValueError, "embedded null character"));
    for (int i = 0; isolation_levels[i] != NULL; i++)
        if (sqlite3_stricmp(s, isolation_levels[i]) == 0) {
            *out = isolation_levels[i];
            return 0;
        }
    return err_int(err_set(t, E_ValueError, "isolation_level string must be '', 'DEFERRED', 'IMMEDIATE', or 'EXCLUSIVE'"));
}
static Ref connection_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static int open_locked(Thread *t, Connection *c, const char *path, double timeout, int uri) {
    if (load_relaxed(&c->x_ready)) {
        close_db(t, c);
        connection_clear(t, &c->base);
        store_relaxed(&c->x_ready, false);
    }
    sqlite3 *db = NULL;
    int rc;
    DB_CALL(t, {
        rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX | (uri ? SQLITE_OPEN_URI : 0), NULL);
        if (rc == SQLITE_OK) sqlite3_busy_timeout(db, (int)(timeout * 1000));
    });
    __atomic_store_n(&c->db, db, __ATOMIC_RELAXED);
    if (db == NULL && rc == SQLITE_NOMEM) return err_int(err_no_memory(t));
    if (rc == SQLITE_OK) return 0;
    db_error(t, c);
    Ref e = err_fetch(t);
    close_db(t, c);
    err_steal(t, e);
    return -1;
}
static int connection_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[8];
    double timeout = 5.0;
    int detect = 0, check = 1, cache = 128, uri = 0;
    const char *isolation = "";
    if (kit_bind(t, "Connection", "database|timeout,detect_types,isolation_level,check_same_thread,factory,cached_statements,uri", args, nargs, kwnames, a) < 0) return -1;
    Ref path_keep = REF_NULL;
    const char *path = str_fs(t, a[0], &path_keep);
    if (path == NULL || (!value_is_null(a[1]) && as_double(t, a[1], &timeout) < 0) || (!value_is_null(a[2]) && as_int(t, a[2], &detect) < 0) ||
        (!value_is_null(a[3]) && isolation_level(t, a[3], &isolation) < 0) || (!value_is_null(a[4]) && (check = is_true(t, a[4])) < 0) ||
        (!value_is_null(a[6]) && as_int(t, a[6], &cache) < 0) || (!value_is_null(a[7]) && (uri = is_true(t, a[7])) < 0) || audit(t, "sqlite3.connect", a, 1) < 0) {
        ref_drop(t, path_keep);
        return -1;
    }
    int r = kit_lock(t, &c->lock);
    if (r == 0 && c->lock.depth > 1) r = err_int(db_raise(t, DB_ProgrammingError, "Recursive use of connections not allowed."));
    else if (r == 0) r = open_locked(t, c, path, timeout, uri);
    else goto done;
    if (r == 0) {
        store_relaxed(&c->x_isolation, isolation);
        c->detect_types = detect;
        store_relaxed(&c->x_check_thread, check);
        store_relaxed(&c->x_thread, load_relaxed(&t->x_ident));
        c->cache_size = cache;
        slot_set(t, c, &c->statements, dict_new(t));
        slot_set(t, c, &c->blobs, list_new(t, 0));
        slot_set(t, c, &c->row_factory, REF_NONE);
        slot_set(t, c, &c->text_factory, ref_new(t, type_value(&str_type)));
        r = err_pending(t) ? -1 : 0;
        store_release(&c->x_ready, r == 0);
    }
    connection_unlock(t, c);
done:
    ref_drop(t, path_keep);
    return r < 0 || audit(t, "sqlite3.connect/handle", &self, 1) < 0 ? -1 : 0;
}
static Ref m_close(Thread *t, Value self, const Value *a) {
    Connection *c = as(Connection, self);
    if (connection_check_thread(t, c) < 0) return REF_NULL;
    if (!load_acquire(&c->x_ready)) return db_raise(t, DB_ProgrammingError, "Base Connection.__init__ not called.");
    if (kit_lock(t, &c->lock) < 0) return REF_NULL;
    blobs_close(t, c);
    slot_set(t, c, &c->statements, REF_NULL);
    store_relaxed(&c->x_closing, c->db != NULL);
    connection_unlock(t, c);
    return REF_NONE;
}

/* ---- transactions ---------------------------------------------------------------------------------------------------------------------------------- */

static Ref run(Thread *t, Connection *c, const char *sql) {
    int rc;
    DB_CALL(t, {
        sqlite3_stmt *st;
        rc = sqlite3_prepare_v2(c->db, sql, -1, &st, NULL);
        if (rc == SQLITE_OK) {
            sqlite3_step(st);
            rc = sqlite3_finalize(st);
        }
    });
    return rc == SQLITE_OK ? REF_NONE : db_error(t, c);
}
Ref connection_begin(Thread *t, Connection *c) {
    char sql[32];
    const char *level = load_relaxed(&c->x_isolation);
    snprintf(sql, sizeof sql, "BEGIN %s", level == NULL ? "" : level);
    return run(t, c, sql);
}
static Ref finish(Thread *t, Value self, const char *sql) {
    Connection *c = as(Connection, self);
    if (!connection_lock(t, c)) return REF_NULL;
    Ref r = sqlite3_get_autocommit(c->db) ? REF_NONE : run(t, c, sql);
    connection_unlock(t, c);
    return r;
}
static Ref m_commit(Thread *t, Value self, const Value *a) { return finish(t, self, "COMMIT"); }
static Ref m_rollback(Thread *t, Value self, const Value *a) { return finish(t, self, "ROLLBACK"); }
static Ref m_enter(Thread *t, Value self, const Value *a) { return connection_check(t, as(Connection, self)) < 0 ? REF_NULL : ref_new(t, self); }
static Ref m_exit(Thread *t, Value self, const Value *a) {
    bool fine = value_is_none(a[0]) && value_is_none(a[1]) && value_is_none(a[2]);
    Ref r = call_method0(t, self, str_intern_cstr(t, fine ? "commit" : "rollback"));
    if (ref_is_null(r)) {
        if (!fine) return r;
        Ref e = err_fetch(t), undone = call_method0(t, self, str_intern_cstr(t, "rollback")); /* what can't be committed must not stay open */
        if (ref_is_null(undone)) err_clear(t);
        ref_drop(t, undone);
        err_steal(t, e);
        return REF_NULL;
    }
    ref_drop(t, r);
    return REF_FALSE;
}

/* ---- cursors and statements --------------------------------------------------------------------------------------------------------------------------- */

static Ref m_cursor(Thread *t, Value self, const Value *a) {
    Connection *c = as(Connection, self);
    if (connection_check(t, c) < 0) return REF_NULL;
    Ref cursor = call1(t, value_is_null(a[0]) ? type_value(&cursor_type) : a[0], self);
    if (ref_is_null(cursor)) return cursor;
    if (!type_is_subtype(type_of(ref_borrow(cursor)), &cursor_type)) {
        err_set(t, E_TypeError, "factory must return a cursor, not %.100T", ref_borrow(cursor));
        ref_drop(t, cursor);
        return REF_NULL;
    }
    Ref factory = slot_ref(t, &c->row_factory);
    if (!ref_is_null(factory) && !ref_is_none(factory)) slot_set(t, value_object(ref_borrow(cursor)), &as(Cursor, ref_borrow(cursor))->row_factory, factory);
    else ref_drop(t, factory);
    return cursor;
}
/* cursor().method(…): what execute and its kin on connections are */
static Ref through_cursor(Thread *t, Value self, const char *method, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, method, kwnames) < 0) return REF_NULL;
    Ref cursor = call_method0(t, self, str_intern_cstr(t, "cursor"));
    if (ref_is_null(cursor)) return cursor;
    Ref r = call_method(t, ref_borrow(cursor), str_intern_cstr(t, method), args, nargs);
    ref_drop(t, cursor);
    return r;
}
static Ref m_execute(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return check_nargs(t, "execute", nargs, 1, 2) < 0 ? REF_NULL : through_cursor(t, self, "execute", args, nargs, kwnames);
}
static Ref m_executemany(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    return check_nargs(t, "executemany", nargs, 2, 2) < 0 ? REF_NULL : through_cursor(t, self, "executemany", args, nargs, kwnames);
}
static Ref m_executescript(Thread *t, Value self, const Value *a) { return through_cursor(t, self, "executescript", a, 1, VALUE_NULL); }
static Ref connection_call(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    if (!connection_lock(t, c)) return REF_NULL;
    Ref r = REF_NULL;
    if (no_kwargs(t, "Connection", kwnames) == 0) {
        if (nargs != 1) err_set(t, E_TypeError, "function takes exactly 1 argument (%zu given)", nargs);
        else if (!is_str(args[0])) err_set(t, E_TypeError, "argument 1 must be str, not %T", args[0]);
        else r = statement_for(t, c, args[0]);
    }
    connection_unlock(t, c);
    return r;
}
static Ref m_iterdump(Thread *t, Value self, const Value *a) {
    if (connection_check(t, as(Connection, self)) < 0) return REF_NULL;
    Ref f = import_attr(t, "sqlite3.dump", "_iterdump"), r = ref_is_null(f) ? f : call1(t, ref_borrow(f), self);
    ref_drop(t, f);
    return r;
}
static Ref m_interrupt(Thread *t, Value self, const Value *a) {
    Connection *c = as(Connection, self);
    if (check_open(t, c) < 0) return REF_NULL; /* from any thread, and while another works: that is what it is for */
    CRITICAL_BEGIN(t, c)
    if (c->db != NULL) sqlite3_interrupt(c->db);
    CRITICAL_END(t)
    return REF_NONE;
}

/* ---- whole databases --------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_backup(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[5];
    int pages = -1, rc;
    double sleep = 0.25;
    const char *name = "main";
    if (kit_bind(t, "backup", "target$|pages,progress,name,sleep", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (!type_is_subtype(type_of(a[0]), &connection_type)) return err_set(t, E_TypeError, "backup() argument 'target' must be sqlite3.Connection, not %T", a[0]);
    if (!value_is_null(a[1]) && as_int(t, a[1], &pages) < 0) return REF_NULL;
    if (!value_is_null(a[3]) && !is_str(a[3])) return err_set(t, E_TypeError, "backup() argument 'name' must be str, not %T", a[3]);
    if (!value_is_null(a[3]) && (name = str_utf8(t, a[3], NULL)) == NULL) return REF_NULL;
    if (!value_is_null(a[4]) && as_double(t, a[4], &sleep) < 0) return REF_NULL;
    Connection *to = as(Connection, a[0]);
    if (connection_check(t, c) < 0 || connection_check(t, to) < 0) return REF_NULL;
    if (to == c) return err_set(t, E_ValueError, "target cannot be the same connection instance");
    Value progress = value_is_null(a[2]) ? VALUE_NONE : a[2];
    if (!value_is_none(progress) && !is_callable(progress)) return err_set(t, E_TypeError, "progress argument must be a callable");
    if (pages == 0) pages = -1;
    if (!connection_lock(t, to < c ? to : c)) return REF_NULL;
    if (!connection_lock(t, to < c ? c : to)) {
        connection_unlock(t, to < c ? to : c);
        return REF_NULL;
    }
    sqlite3_backup *b;
    DB_CALL(t, b = sqlite3_backup_init(to->db, "main", c->db, name));
    connection_unlock(t, c); /* from here on SQLite guards the source by itself, and it may go on being used, even be closed */
    if (b == NULL) {
        Ref r = db_error(t, to);
        connection_unlock(t, to);
        return r;
    }
    do {
        DB_CALL(t, rc = sqlite3_backup_step(b, pages));
        if (!value_is_none(progress)) {
            Ref r = call3(t, progress, small_int(rc), small_int(sqlite3_backup_remaining(b)), small_int(sqlite3_backup_pagecount(b)));
            if (ref_is_null(r)) break;
            ref_drop(t, r);
        }
        if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) DETACHED(t, sqlite3_sleep((int)(sleep * 1000)));
    } while (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED);
    DB_CALL(t, rc = sqlite3_backup_finish(b));
    Ref r = err_pending(t) ? REF_NULL : rc == SQLITE_OK ? REF_NONE : db_error(t, to);
    connection_unlock(t, to);
    return r;
}
static const char *database_name(Thread *t, const char *function, Value v) {
    if (value_is_null(v)) return "main";
    if (!is_str(v)) return err_set(t, E_TypeError, "%s() argument 'name' must be str, not %T", function, v), NULL;
    return str_utf8(t, v, NULL);
}
static Ref m_serialize(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[1];
    if (kit_bind(t, "serialize", "$|name", args, nargs, kwnames, a) < 0) return REF_NULL;
    const char *name = database_name(t, "serialize", a[0]);
    if (name == NULL || !connection_lock(t, c)) return REF_NULL;
    sqlite3_int64 size;
    unsigned char *data;
    bool owned = false;
    DB_CALL(t, {
        data = sqlite3_serialize(c->db, name, &size, SQLITE_SERIALIZE_NOCOPY);
        if (data == NULL) {
            data = sqlite3_serialize(c->db, name, &size, 0);
            owned = true;
        }
    });
    Ref r = data == NULL ? db_raise(t, DB_OperationalError, "unable to serialize '%s'", name) : bytes_new(t, data, (size_t)size);
    if (owned) sqlite3_free(data);
    connection_unlock(t, c);
    return r;
}
static Ref m_deserialize(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[2];
    if (kit_bind(t, "deserialize", "data$|name", args, nargs, kwnames, a) < 0) return REF_NULL;
    const char *name = database_name(t, "deserialize", a[1]);
    if (name == NULL || connection_check(t, c) < 0) return REF_NULL;
    Buffer b = {0};
    const void *data;
    size_t n;
    if (is_str(a[0])) data = str_utf8(t, a[0], &n);
    else if (buffer_get_snapshot(t, a[0], &b) == 0) {
        data = b.data;
        n = (size_t)b.len;
    } else {
        data = NULL;
    }
    if (data == NULL) return REF_NULL;
    unsigned char *copy = sqlite3_malloc64(n);
    Ref r = REF_NULL;
    if (copy == NULL) {
        err_no_memory(t);
    } else if (connection_lock(t, c)) {
        memcpy(copy, data, n);
        int rc;
        DB_CALL(t, rc = sqlite3_deserialize(c->db, name, copy, (sqlite3_int64)n, (sqlite3_int64)n, SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_RESIZEABLE));
        r = rc == SQLITE_OK ? REF_NONE : db_error(t, c);
        connection_unlock(t, c);
    } else {
        sqlite3_free(copy);
    }
    if (!ref_is_null(b.owner)) buffer_release(t, &b);
    return r;
}
static Ref limit(Thread *t, Value self, Value category, int value) {
    Connection *c = as(Connection, self);
    int k;
    if (as_int(t, category, &k) < 0 || !connection_lock(t, c)) return REF_NULL;
    int old = sqlite3_limit(c->db, k, value);
    connection_unlock(t, c);
    return old < 0 ? db_raise(t, DB_ProgrammingError, "'category' is out of bounds") : ref_small_int(old);
}
static Ref m_setlimit(Thread *t, Value self, const Value *a) {
    int v;
    return as_int(t, a[1], &v) < 0 ? REF_NULL : limit(t, self, a[0], v);
}
static Ref m_getlimit(Thread *t, Value self, const Value *a) { return limit(t, self, a[0], -1); }
static Ref m_enable_load_extension(Thread *t, Value self, const Value *a) {
    Connection *c = as(Connection, self);
    int on = is_true(t, a[0]);
    if (on < 0 || audit(t, "sqlite3.enable_load_extension", a, 1) < 0 || !connection_lock(t, c)) return REF_NULL;
    int rc = sqlite3_enable_load_extension(c->db, on);
    connection_unlock(t, c);
    return rc == SQLITE_OK ? REF_NONE : db_raise(t, DB_OperationalError, "Error enabling load extension");
}
static Ref m_load_extension(Thread *t, Value self, const Value *a) {
    Connection *c = as(Connection, self);
    if (!is_str(a[0])) return err_set(t, E_TypeError, "load_extension() argument must be str, not %T", a[0]);
    const char *name = str_utf8(t, a[0], NULL);
    if (name == NULL || audit(t, "sqlite3.load_extension", a, 1) < 0 || !connection_lock(t, c)) return REF_NULL;
    char *message = NULL;
    int rc;
    DB_CALL(t, rc = sqlite3_load_extension(c->db, name, NULL, &message));
    connection_unlock(t, c);
    if (rc == SQLITE_OK) return REF_NONE;
    db_raise(t, DB_OperationalError, "%s", message == NULL ? "" : message);
    sqlite3_free(message);
    return REF_NULL;
}

/* ---- attributes -------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref get_isolation(Thread *t, Value self, void *closure) {
    Connection *c = as(Connection, self);
    const char *level = load_relaxed(&c->x_isolation);
    return connection_check(t, c) < 0 ? REF_NULL : level == NULL ? REF_NONE : str_from_cstr(t, level);
}
static int set_isolation(Thread *t, Value self, Value v, void *closure) {
    Connection *c = as(Connection, self);
    const char *level;
    if (value_is_null(v)) return err_int(err_set(t, E_AttributeError, "cannot delete attribute"));
    if (value_is_none(v)) { /* an open transaction is committed first */
        Ref r = m_commit(t, self, NULL);
        if (ref_is_null(r)) return -1;
        store_relaxed(&c->x_isolation, NULL);
        return 0;
    }
    if (isolation_level(t, v, &level) < 0) return -1;
    store_relaxed(&c->x_isolation, level);
    return 0;
}
static Ref get_changes(Thread *t, Value self, void *closure) {
    Connection *c = as(Connection, self);
    if (check_open(t, c) < 0) return REF_NULL;
    int n = 0;
    CRITICAL_BEGIN(t, c)
    if (c->db != NULL) n = sqlite3_total_changes(c->db);
    CRITICAL_END(t)
    return ref_small_int(n);
}
static Ref get_in_transaction(Thread *t, Value self, void *closure) {
    Connection *c = as(Connection, self);
    if (check_open(t, c) < 0) return REF_NULL;
    bool in = false;
    CRITICAL_BEGIN(t, c)
    if (c->db != NULL) in = !sqlite3_get_autocommit(c->db);
    CRITICAL_END(t)
    return ref_bool(in);
}
static Ref get_error_class(Thread *t, Value self, void *closure) { return slot_ref(t, &db_errors[(uintptr_t)closure]); }
#define ERROR_CLASS(name) {#name, get_error_class, NULL, NULL, (void *)DB_##name}
static const GetSetDef connection_getset[] = {
    {"isolation_level", get_isolation, set_isolation}, {"total_changes", get_changes}, {"in_transaction", get_in_transaction},
    ERROR_CLASS(Warning), ERROR_CLASS(Error), ERROR_CLASS(InterfaceError), ERROR_CLASS(DatabaseError), ERROR_CLASS(DataError), ERROR_CLASS(OperationalError),
    ERROR_CLASS(IntegrityError), ERROR_CLASS(InternalError), ERROR_CLASS(ProgrammingError), ERROR_CLASS(NotSupportedError), {NULL}};
static const MemberDef connection_members[] = {
    {"row_factory", MEMBER_SLOT, offsetof(Connection, row_factory), false}, {"text_factory", MEMBER_SLOT, offsetof(Connection, text_factory), false}, {NULL}};
static NativeDef own_methods[] = {
    FN_RAW("backup", "($self, /, target, *, pages=-1, progress=None, name='main',\n       sleep=0.25)", m_backup, "Makes a backup of the database."),
    FN("close", "($self, /)", m_close, "Close the database connection.\n\nAny pending transaction is not committed implicitly."),
    FN("commit", "($self, /)", m_commit, "Commit any pending transaction to the database.\n\nIf there is no open transaction, this method is a no-op."),
    FN("cursor", "!($self, /, factory=Cursor)", m_cursor, "Return a cursor for the connection."),
    FN("enable_load_extension", "($self, enable, /)", m_enable_load_extension, "Enable dynamic loading of SQLite extension modules."),
    FN("__enter__", "($self, /)", m_enter, "Called when the connection is used as a context manager.\n\nReturns itself as a convenience to the caller."),
    FN_RAW("executemany", "($self, sql, parameters, /)", m_executemany, "Repeatedly executes an SQL statement."),
    FN("executescript", "($self, sql_script, /)", m_executescript, "Executes multiple SQL statements at once."),
    FN_RAW("execute", "!($self, sql, parameters=(), /)", m_execute, "Executes an SQL statement."),
    FN("__exit__", "($self, type, value, traceback, /)", m_exit, "Called when the connection is used as a context manager.\n\nIf there was any exception, a rollback takes place; otherwise we commit."),
    FN("interrupt", "($self, /)", m_interrupt, "Abort any pending database operation."), FN("iterdump", "($self, /)", m_iterdump, "Returns iterator to the dump of the database in an SQL text format."),
    FN("load_extension", "($self, name, /)", m_load_extension, "Load SQLite extension module."),
    FN("rollback", "($self, /)", m_rollback, "Roll back to the start of any pending transaction.\n\nIf there is no open transaction, this method is a no-op."),
    FN("setlimit", "($self, category, limit, /)", m_setlimit, "Set connection run-time limits."), FN("getlimit", "($self, category, /)", m_getlimit, "Get connection run-time limits."),
    FN_RAW("serialize", "($self, /, *, name='main')", m_serialize, "Serialize a database into a byte string."),
    FN_RAW("deserialize", "($self, data, /, *, name='main')", m_deserialize, "Load a serialized database."),
    FN_RAW("blobopen", "($self, table, column, row, /, *, readonly=False, name='main')", m_blobopen, "Open and return a BLOB object.")};
#define OWN (sizeof own_methods / sizeof *own_methods)
static NativeDef methods[OWN + 16]; /* and callback_methods: joined before the type is made ready */
Type connection_type = {
    TYPE_HEADER(Connection, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, connection_traverse, connection_clear, connection_destroy),
    .name = "sqlite3.Connection", .doc = "SQLite database connection object.", .weakrefs_offset = offsetof(Connection, weakrefs),
    .new_ = connection_new, .init = connection_init, .call = connection_call, .methods = methods, .members = connection_members, .getset = connection_getset,
};
void connection_methods_join(void) {
    memcpy(methods, own_methods, sizeof own_methods);
    for (size_t i = 0; callback_methods[i].name != NULL; i++) methods[OWN + i] = callback_methods[i];
}
