/* Statements and cursors. See sqlite.h. */
#include "runtime/loadable/sqlite.h"

/* ---- statements --------------------------------------------------------------------------------------------------------------------------- */

static void statement_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Statement *)o)->connection, visit, arg); }
static void statement_destroy(Thread *t, Object *o) {
    Statement *s = (Statement *)o;
    if (s->st != NULL) DB_CALL(t, sqlite3_finalize(s->st));
    slot_set(t, o, &s->connection, REF_NULL);
}
Type statement_type = {
    TYPE_HEADER(Statement, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, statement_traverse, NULL, statement_destroy), .name = "sqlite3.Statement",
};

/* What stands behind white space and comments; null at the end. */
static const char *sql_start(const char *s) {
    for (;; s++) {
        if (*s == 0) return NULL;
        if (s[0] == '-' && s[1] == '-') {
            while (*s && *s != '\n') s++;
            if (*s == 0) return NULL;
        } else if (s[0] == '/' && s[1] == '*') {
            const char *end = strstr(s + 2, "*/");
            if (end == NULL) return NULL;
            s = end + 1;
        } else if (!strchr(" \t\r\n", *s)) {
            return s;
        }
    }
}

static Ref statement_make(Thread *t, Connection *c, Value sql) {
    size_t n;
    const char *text = str_utf8(t, sql, &n), *tail;
    if (text == NULL) return REF_NULL;
    if (n > (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, -1) || n > (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_SQL_LENGTH, -1))
        return db_raise(t, DB_DataError, "query string is too large");
    if (strlen(text) != n) return db_raise(t, DB_ProgrammingError, "the query contains a null character");
    sqlite3_stmt *st = NULL;
    int rc;
    DB_CALL(t, rc = sqlite3_prepare_v2(c->db, text, (int)n + 1, &st, &tail));
    if (rc != SQLITE_OK) return db_error(t, c);
    if (sql_start(tail) != NULL) {
        DB_CALL(t, sqlite3_finalize(st));
        return db_raise(t, DB_ProgrammingError, "You can only execute one statement at a time.");
    }
    Statement *s = object_new(Statement, t, &statement_type);
    if (s == NULL) {
        DB_CALL(t, sqlite3_finalize(st));
        return REF_NULL;
    }
    s->st = st;
    slot_init(&s->connection, ref_new(t, object_value(c)));
    const char *p = sql_start(text);
    s->is_dml = p != NULL && (sqlite3_strnicmp(p, "insert", 6) == 0 || sqlite3_strnicmp(p, "update", 6) == 0 || sqlite3_strnicmp(p, "delete", 6) == 0 ||
                              sqlite3_strnicmp(p, "replace", 7) == 0);
    return ref_steal(s);
}
Ref statement_for(Thread *t, Connection *c, Value sql) {
    Ref cache = slot_ref(t, &c->statements), r = REF_NULL;
    if (!ref_is_null(cache) && dict_pop(t, ref_borrow(cache), sql, &r) == 1) { /* and put back, as the newest */
        if (dict_set(t, ref_borrow(cache), sql, ref_borrow(r)) < 0 || load_acquire(&as(Statement, ref_borrow(r))->x_in_use)) {
            ref_drop(t, r);
            r = REF_NULL;
        }
        if (!ref_is_null(r) || err_pending(t)) {
            ref_drop(t, cache);
            return r;
        }
        ref_drop(t, cache);
        return statement_make(t, c, sql); /* another cursor is stepping through the one in the cache */
    }
    if (!err_pending(t)) r = statement_make(t, c, sql);
    if (!ref_is_null(r) && !ref_is_null(cache) && c->cache_size > 0) {
        if (dict_size(ref_borrow(cache)) >= (size_t)c->cache_size) {
            Ref k, v;
            if (dict_pop_first(t, ref_borrow(cache), &k, &v) == 1) {
                ref_drop(t, k);
                ref_drop(t, v);
            }
        }
        if (dict_set(t, ref_borrow(cache), sql, ref_borrow(r)) < 0) {
            ref_drop(t, r);
            r = REF_NULL;
        }
    }
    ref_drop(t, cache);
    return r;
}
int statement_step(Thread *t, Statement *s) {
    int rc = SQLITE_DONE; /* an empty statement is none at all */
    if (s->st != NULL) DB_CALL(t, rc = sqlite3_step(s->st));
    return rc;
}
void statement_reset(Thread *t, Statement *s) {
    if (load_relaxed(&s->x_in_use) && s->st != NULL) {
        DB_CALL(t, sqlite3_reset(s->st));
        store_release(&s->x_in_use, false);
    }
}

/* ---- parameters ------------------------------------------------------------------------------------------------------------------------------- */

static int bind_error(Thread *t, Statement *s, int pos, Value v) {
    if (err_pending(t)) return -1;
    return err_int(db_raise(t, DB_ProgrammingError, "Error binding parameter %d: type '%T' is not supported", pos, v));
}
static int bind(Thread *t, Connection *c, Statement *s, int pos, Value v) {
    int rc = -1;
    int64_t n;
    if (value_is_none(v)) {
        rc = sqlite3_bind_null(s->st, pos);
    } else if (is_int(v)) {
        if (int_try_i64(v, &n) < 0) return err_int(err_set(t, E_OverflowError, "Python int too large to convert to SQLite INTEGER"));
        rc = sqlite3_bind_int64(s->st, pos, n);
    } else if (is_float(v)) {
        rc = sqlite3_bind_double(s->st, pos, float_value(v));
    } else if (is_str(v)) {
        size_t size;
        const char *text = str_utf8(t, v, &size);
        if (text == NULL) return -1;
        if (size > INT32_MAX) return err_int(err_set(t, E_OverflowError, "string longer than INT_MAX bytes"));
        rc = sqlite3_bind_text(s->st, pos, text, (int)size, SQLITE_TRANSIENT);
    } else if (buffer_supported(v)) {
        Buffer b;
        if (buffer_get_snapshot(t, v, &b) < 0) return -1;
        if (b.len > INT32_MAX) err_set(t, E_OverflowError, "BLOB longer than INT_MAX bytes");
        else rc = sqlite3_bind_blob(s->st, pos, b.len == 0 ? "" : b.data, (int)b.len, SQLITE_TRANSIENT);
        buffer_release(t, &b);
        if (err_pending(t)) return -1;
    } else {
        return bind_error(t, s, pos, v);
    }
    if (rc == SQLITE_OK) return 0;
    return err_int(db_error(t, c));
}
static bool needs_adapting(Value v) {
    Type *type = type_of(v);
    return load_relaxed(&x_db_base_adapted) || (type != &int_type && type != &float_type && type != &str_type && type != &bytearray_type);
}
/* Binds v (consumed) after adaption. */
static int bind_adapted(Thread *t, Connection *c, Statement *s, int pos, Ref v) {
    if (ref_is_null(v)) return -1;
    if (needs_adapting(ref_borrow(v))) {
        Ref adapted = db_adapt(t, ref_borrow(v), type_value(&protocol_type), ref_borrow(v));
        ref_drop(t, v);
        v = adapted;
        if (ref_is_null(v)) return -1;
    }
    int status = bind(t, c, s, pos, ref_borrow(v));
    ref_drop(t, v);
    return status;
}
static int bind_all(Thread *t, Connection *c, Statement *s, Value parameters) {
    int wanted = sqlite3_bind_parameter_count(s->st);
    if (is_tuple(parameters) || is_list(parameters) || (!is_dict(parameters) && is_sequence(parameters))) {
        int64_t n = object_len(t, parameters);
        if (n < 0) return -1;
        if (n != wanted)
            return err_int(db_raise(t, DB_ProgrammingError, "Incorrect number of bindings supplied. The current statement uses %d, and there are %lld supplied.", wanted, (long long)n));
        for (int i = 0; i < wanted; i++)
            if (bind_adapted(t, c, s, i + 1, get_item(t, parameters, small_int(i))) < 0) return -1;
        return 0;
    }
    if (type_of(parameters)->getitem == NULL) return err_int(db_raise(t, DB_ProgrammingError, "parameters are of unsupported type"));
    for (int i = 1; i <= wanted; i++) {
        const char *name = sqlite3_bind_parameter_name(s->st, i);
        if (name == NULL)
            return err_int(db_raise(t, DB_ProgrammingError, "Binding %d has no name, but you supplied a dictionary (which has only names).", i));
        Ref key = str_from_cstr(t, name + 1), v = ref_is_null(key) ? key : get_item(t, parameters, ref_borrow(key));
        ref_drop(t, key);
        if (ref_is_null(v) && (!err_pending(t) || err_is(t, E_LookupError))) {
            err_clear(t);
            return err_int(db_raise(t, DB_ProgrammingError, "You did not supply a value for binding parameter :%s.", name + 1));
        }
        if (bind_adapted(t, c, s, i, v) < 0) return -1;
    }
    return 0;
}

/* ---- rows ------------------------------------------------------------------------------------------------------------------------------------------ */

static Ref converter_for(Thread *t, const char *name, size_t n) {
    Ref text = str_from_utf8(t, name, n), upper = ref_is_null(text) ? text : call_method0(t, ref_borrow(text), str_intern_cstr(t, "upper")), r = REF_NULL;
    ref_drop(t, text);
    if (!ref_is_null(upper)) dict_lookup(t, slot_get(&db_converters), ref_borrow(upper), &r);
    ref_drop(t, upper);
    return r;
}
/* For each column its converter, or None. */
static int find_casts(Thread *t, Connection *c, Cursor *cur, Statement *s) {
    if (c->detect_types == 0) return 0;
    int n = sqlite3_column_count(s->st);
    Ref list = list_new(t, (size_t)n);
    for (int i = 0; i < n && !ref_is_null(list); i++) {
        Ref conv = REF_NULL;
        if (c->detect_types & 2) {
            const char *name = sqlite3_column_name(s->st, i), *start = name == NULL ? NULL : strchr(name, '['), *end = start == NULL ? NULL : strchr(start, ']');
            if (end != NULL) conv = converter_for(t, start + 1, (size_t)(end - start - 1));
        }
        if (ref_is_null(conv) && !err_pending(t) && (c->detect_types & 1)) {
            const char *type = sqlite3_column_decltype(s->st, i);
            if (type != NULL) conv = converter_for(t, type, strcspn(type, " ("));
        }
        if (err_pending(t) || list_append_steal(t, ref_borrow(list), ref_is_null(conv) ? REF_NONE : conv) < 0) {
            ref_drop(t, list);
            return -1;
        }
    }
    slot_set(t, cur, &cur->casts, list);
    return ref_is_null(list) ? -1 : 0;
}
static Ref column_text(Thread *t, Connection *c, Statement *s, int i, const char *text, size_t n) {
    Ref factory = slot_ref(t, &c->text_factory), r;
    Value f = ref_borrow(factory);
    if (value_is(f, type_value(&str_type))) {
        r = str_from_utf8(t, text, n);
        if (ref_is_null(r) && err_clear_if(t, E_UnicodeDecodeError)) {
            const char *name = sqlite3_column_name(s->st, i);
            Ref shown = str_decode(t, text, n, "ascii", "replace"), whole = REF_NULL;
            if (!ref_is_null(shown)) whole = str_format(t, "Could not decode to UTF-8 column '%s' with text '%V'", name == NULL ? "<unknown>" : name, ref_borrow(shown));
            if (!ref_is_null(whole)) db_raise(t, DB_OperationalError, "%V", ref_borrow(whole));
            ref_drop(t, whole);
            ref_drop(t, shown);
        }
    } else {
        Ref bytes = value_is(f, type_value(&bytearray_type)) ? bytearray_new(t, text, n) : bytes_new(t, text, n);
        bool plain = value_is(f, type_value(&bytes_type)) || value_is(f, type_value(&bytearray_type));
        r = plain || ref_is_null(bytes) ? bytes : call1(t, f, ref_borrow(bytes));
        if (!plain) ref_drop(t, bytes);
    }
    ref_drop(t, factory);
    return r;
}
static Ref column(Thread *t, Connection *c, Cursor *cur, Statement *s, int i) {
    Value casts = slot_get(&cur->casts), conv = value_is_null(casts) ? VALUE_NULL : list_get(casts, (size_t)i);
    if (!value_is_null(conv) && !value_is_none(conv)) {
        const void *blob = sqlite3_column_blob(s->st, i);
        if (blob == NULL) return REF_NONE;
        Ref held = ref_new(t, conv), bytes = bytes_new(t, blob, (size_t)sqlite3_column_bytes(s->st, i));
        Ref r = ref_is_null(bytes) ? bytes : call1(t, ref_borrow(held), ref_borrow(bytes));
        ref_drop(t, bytes);
        ref_drop(t, held);
        return r;
    }
    switch (sqlite3_column_type(s->st, i)) {
    case SQLITE_NULL: return REF_NONE;
    case SQLITE_INTEGER: return int_from_i64(t, sqlite3_column_int64(s->st, i));
    case SQLITE_FLOAT: return float_new(t, sqlite3_column_double(s->st, i));
    case SQLITE_TEXT: {
        const char *text = (const char *)sqlite3_column_text(s->st, i);
        if (text == NULL && sqlite3_errcode(c->db) == SQLITE_NOMEM) return err_no_memory(t);
        return column_text(t, c, s, i, text, (size_t)sqlite3_column_bytes(s->st, i));
    }
    default: {
        const void *blob = sqlite3_column_blob(s->st, i);
        if (blob == NULL && sqlite3_errcode(c->db) == SQLITE_NOMEM) return err_no_memory(t);
        return bytes_new(t, blob, (size_t)sqlite3_column_bytes(s->st, i));
    }
    }
}
static Ref row_of(Thread *t, Connection *c, Cursor *cur, Statement *s) {
    int n = sqlite3_data_count(s->st);
    Ref row = tuple_new_uninit(t, (size_t)n);
    for (int i = 0; i < n && !ref_is_null(row); i++) {
        Ref v = column(t, c, cur, s, i);
        if (ref_is_null(v)) {
            ref_drop(t, row);
            return v;
        }
        tuple_init_item(row, (size_t)i, v);
    }
    return row;
}
static int describe(Thread *t, Connection *c, Cursor *cur, Statement *s) {
    int n = sqlite3_column_count(s->st);
    if (!value_is_none(slot_get(&cur->description)) || n == 0) return 0;
    Ref all = tuple_new_uninit(t, (size_t)n);
    for (int i = 0; i < n && !ref_is_null(all); i++) {
        const char *name = sqlite3_column_name(s->st, i);
        size_t len = name == NULL ? 0 : strlen(name);
        const char *bracket = c->detect_types & 2 && name != NULL ? strchr(name, '[') : NULL;
        if (bracket != NULL) len = (size_t)(bracket - name) - (bracket != name && bracket[-1] == ' ');
        Ref text = str_from_utf8(t, name == NULL ? "" : name, len);
        Ref d = ref_is_null(text) ? text : tuple_pack(t, 7, ref_borrow(text), VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE, VALUE_NONE);
        ref_drop(t, text);
        if (ref_is_null(d)) {
            ref_drop(t, all);
            return -1;
        }
        tuple_init_item(all, (size_t)i, d);
    }
    if (ref_is_null(all)) return -1;
    slot_set(t, cur, &cur->description, all);
    return 0;
}

/* ---- executing ---------------------------------------------------------------------------------------------------------------------------------------- */

static int cursor_check(Thread *t, Cursor *cur) {
    if (!load_acquire(&cur->x_ready)) return err_int(db_raise(t, DB_ProgrammingError, "Base Cursor.__init__ not called."));
    if (load_relaxed(&cur->x_closed)) return err_int(db_raise(t, DB_ProgrammingError, "Cannot operate on a closed cursor."));
    if (cur->locked) return err_int(db_raise(t, DB_ProgrammingError, "Recursive use of cursors not allowed."));
    return connection_check(t, as(Connection, slot_get(&cur->connection)));
}
static void cursor_forget(Thread *t, Cursor *cur) {
    Value s = slot_get(&cur->statement);
    if (value_is_null(s)) return;
    statement_reset(t, as(Statement, s));
    slot_set(t, cur, &cur->statement, REF_NULL);
}

static int execute_once(Thread *t, Connection *c, Cursor *cur, Statement *s, Value parameters, bool many) {
    if (bind_all(t, c, s, parameters) < 0) return -1;
    store_relaxed(&s->x_in_use, true);
    int rc = statement_step(t, s);
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) {
        if (err_pending(t)) { /* of a callback */
            if (load_relaxed(&x_db_tracebacks)) err_unraisable(t, NULL, VALUE_NULL);
            else err_clear(t);
        }
        return err_int(db_error(t, c));
    }
    if (find_casts(t, c, cur, s) < 0 || describe(t, c, cur, s) < 0) return -1;
    if (rc == SQLITE_DONE || many) {
        if (rc == SQLITE_DONE && s->is_dml) store_relaxed(&cur->x_rowcount, load_relaxed(&cur->x_rowcount) + sqlite3_changes(c->db));
        statement_reset(t, s);
    }
    return 0;
}
static Ref execute_locked(Thread *t, Connection *c, Cursor *cur, Value sql, Value parameters, bool many) {
    if (cursor_check(t, cur) < 0) return REF_NULL;
    Ref iter = REF_NULL, one, statement = REF_NULL;
    int status = 0;
    if (many && type_of(parameters)->next == NULL) {
        iter = get_iter_now(t, parameters);
        if (ref_is_null(iter)) return iter;
    } else if (many) {
        iter = ref_new(t, parameters);
    }
    cur->locked = true;
    cursor_forget(t, cur);
    slot_set(t, cur, &cur->description, REF_NONE);
    slot_set(t, cur, &cur->casts, REF_NULL);
    statement = statement_for(t, c, sql);
    if (ref_is_null(statement)) status = -1;
    Statement *s = status == 0 ? as(Statement, ref_borrow(statement)) : NULL;
    if (status == 0 && many && !s->is_dml) status = err_int(db_raise(t, DB_ProgrammingError, "executemany() can only execute DML statements."));
    if (status == 0) {
        slot_set(t, cur, &cur->statement, ref_new(t, ref_borrow(statement)));
        store_relaxed(&cur->x_rowcount, s->is_dml ? 0 : -1);
        if (s->is_dml && load_relaxed(&c->x_isolation) != NULL && sqlite3_get_autocommit(c->db)) {
            Ref begun = connection_begin(t, c);
            status = ref_is_null(begun) ? -1 : 0;
        }
    }
    if (status == 0 && !many) {
        status = execute_once(t, c, cur, s, value_is_null(parameters) ? tuple_empty() : parameters, false);
        if (status == 0) slot_set(t, cur, &cur->lastrowid, int_from_i64(t, sqlite3_last_insert_rowid(c->db)));
    }
    while (status == 0 && many) {
        int more = iter_next(t, ref_borrow(iter), &one);
        if (more <= 0) {
            status = more;
            break;
        }
        status = connection_check(t, c) < 0 ? -1 : execute_once(t, c, cur, s, ref_borrow(one), true);
        ref_drop(t, one);
    }
    cur->locked = false;
    if (status < 0) {
        Ref e = err_fetch(t);
        if (!value_is_null(slot_get(&cur->statement))) store_relaxed(&as(Statement, slot_get(&cur->statement))->x_in_use, true); /* even if it failed in its first step */
        cursor_forget(t, cur);
        store_relaxed(&cur->x_rowcount, (int64_t)-1);
        err_steal(t, e);
    } else if (!load_relaxed(&s->x_in_use)) {
        slot_set(t, cur, &cur->statement, REF_NULL);
    }
    ref_drop(t, statement);
    ref_drop(t, iter);
    return status < 0 ? REF_NULL : ref_new(t, object_value(cur));
}
/* The connection of a cursor that has one, held; its lock is taken. Null with an exception */
static Connection *lock_of(Thread *t, Cursor *cur) {
    if (!load_acquire(&cur->x_ready)) return db_raise(t, DB_ProgrammingError, "Base Cursor.__init__ not called."), NULL;
    for (;;) {
        Ref hold = slot_ref(t, &cur->connection);
        Connection *c = as(Connection, ref_borrow(hold));
        if (connection_check_thread(t, c) < 0 || kit_lock(t, &c->lock) < 0) {
            ref_drop(t, hold);
            return NULL;
        }
        if (likely(value_is(slot_get(&cur->connection), ref_borrow(hold)))) return c;
        connection_unlock(t, c); /* __init__ has given it another one */
        ref_drop(t, hold);
    }
}
static void unlock(Thread *t, Connection *c) {
    connection_unlock(t, c);
    ref_drop(t, ref_steal(c));
}
Ref cursor_execute(Thread *t, Value cursor, Value sql, Value parameters, bool many) {
    Cursor *cur = as(Cursor, cursor);
    Connection *c = lock_of(t, cur);
    if (c == NULL) return REF_NULL;
    Ref r = execute_locked(t, c, cur, sql, parameters, many);
    unlock(t, c);
    return r;
}
static Ref script_locked(Thread *t, Connection *c, Cursor *cur, const char *sql, size_t n) {
    if (cursor_check(t, cur) < 0) return REF_NULL;
    if (n > (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_LENGTH, -1) || n > (size_t)sqlite3_limit(c->db, SQLITE_LIMIT_SQL_LENGTH, -1))
        return db_raise(t, DB_DataError, "query string is too large");
    int rc = SQLITE_OK;
    if (!sqlite3_get_autocommit(c->db)) DB_CALL(t, rc = sqlite3_exec(c->db, "COMMIT", NULL, NULL, NULL));
    while (rc == SQLITE_OK && *sql) {
        sqlite3_stmt *st = NULL;
        const char *tail;
        DB_CALL(t, {
            rc = sqlite3_prepare_v2(c->db, sql, -1, &st, &tail);
            if (rc == SQLITE_OK && st != NULL) {
                do rc = sqlite3_step(st);
                while (rc == SQLITE_ROW);
                rc = sqlite3_finalize(st);
            }
        });
        if (rc == SQLITE_OK) sql = tail;
    }
    return rc != SQLITE_OK ? db_error(t, c) : err_pending(t) ? REF_NULL : ref_new(t, object_value(cur));
}
Ref cursor_script(Thread *t, Value cursor, Value script) {
    Cursor *cur = as(Cursor, cursor);
    size_t n;
    if (!is_str(script)) return err_set(t, E_TypeError, "executescript() argument must be str, not %T", script);
    const char *sql = str_utf8(t, script, &n);
    if (sql == NULL) return REF_NULL;
    if (strlen(sql) != n) return err_set(t, E_ValueError, "embedded null character");
    Connection *c = lock_of(t, cur);
    if (c == NULL) return REF_NULL;
    Ref r = script_locked(t, c, cur, sql, n);
    unlock(t, c);
    return r;
}

static Ref m_execute(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "Cursor.execute", kwnames) < 0 || check_nargs(t, "execute", nargs, 1, 2) < 0) return REF_NULL;
    if (!is_str(args[0])) return err_set(t, E_TypeError, "execute() argument 1 must be str, not %T", args[0]);
    return cursor_execute(t, self, args[0], nargs > 1 ? args[1] : VALUE_NULL, false);
}
static Ref m_executemany(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "Cursor.executemany", kwnames) < 0 || check_nargs(t, "executemany", nargs, 2, 2) < 0) return REF_NULL;
    if (!is_str(args[0])) return err_set(t, E_TypeError, "executemany() argument 1 must be str, not %T", args[0]);
    return cursor_execute(t, self, args[0], args[1], true);
}
static Ref m_executescript(Thread *t, Value self, const Value *a) { return cursor_script(t, self, a[0]); }

/* ---- fetching ---------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref next_locked(Thread *t, Connection *c, Cursor *cur) {
    if (cursor_check(t, cur) < 0) return REF_NULL;
    Ref statement = slot_ref(t, &cur->statement), row;
    if (ref_is_null(statement)) return statement;
    Statement *s = as(Statement, ref_borrow(statement));
    if (sqlite3_data_count(s->st) == 0) {
        cursor_forget(t, cur);
        ref_drop(t, statement);
        return REF_NULL;
    }
    cur->locked = true; /* converters can't use it meanwhile */
    row = row_of(t, c, cur, s);
    cur->locked = false;
    if (!ref_is_null(row)) {
        int rc = statement_step(t, s);
        if (rc == SQLITE_DONE) {
            if (s->is_dml) store_relaxed(&cur->x_rowcount, (int64_t)sqlite3_changes(c->db));
            cursor_forget(t, cur);
        } else if (rc != SQLITE_ROW) {
            db_error(t, c);
            Ref e = err_fetch(t);
            cursor_forget(t, cur);
            err_steal(t, e);
            ref_drop(t, row);
            row = REF_NULL;
        }
    }
    ref_drop(t, statement);
    return row;
}
static Ref cursor_next(Thread *t, Value self) {
    Cursor *cur = as(Cursor, self);
    Connection *c = lock_of(t, cur);
    if (c == NULL) return REF_NULL;
    Ref row = next_locked(t, c, cur);
    unlock(t, c);
    Ref factory = ref_is_null(row) ? REF_NULL : slot_ref(t, &cur->row_factory);
    if (!ref_is_null(factory) && !ref_is_none(factory)) {
        Ref made = call2(t, ref_borrow(factory), self, ref_borrow(row));
        ref_drop(t, row);
        row = made;
    }
    ref_drop(t, factory);
    return row;
}
static Ref m_fetchone(Thread *t, Value self, const Value *a) {
    Ref r = cursor_next(t, self);
    return ref_is_null(r) && !err_pending(t) ? REF_NONE : r;
}
static Ref fetch(Thread *t, Value self, int64_t max) {
    Ref list = list_new(t, 0);
    for (int64_t i = 0; (max < 0 || i < max) && !ref_is_null(list); i++) {
        Ref row = cursor_next(t, self);
        if (ref_is_null(row) && !err_pending(t)) break;
        if (ref_is_null(row) || list_append_steal(t, ref_borrow(list), row) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    }
    return list;
}
static Ref m_fetchmany(Thread *t, Value self, const Value *a) {
    int n = (int)load_relaxed(&as(Cursor, self)->x_arraysize);
    if (!value_is_null(a[0]) && as_int(t, a[0], &n) < 0) return REF_NULL;
    return fetch(t, self, n < 0 ? -1 : n);
}
static Ref m_fetchall(Thread *t, Value self, const Value *a) { return fetch(t, self, -1); }
static Ref m_nothing(Thread *t, Value self, const Value *a) { return REF_NONE; }
static Ref m_close(Thread *t, Value self, const Value *a) {
    Cursor *cur = as(Cursor, self);
    Connection *c = lock_of(t, cur);
    if (c == NULL) return REF_NULL;
    if (cur->locked) db_raise(t, DB_ProgrammingError, "Recursive use of cursors not allowed.");
    bool good = !cur->locked && connection_check(t, c) == 0;
    if (good) {
        cursor_forget(t, cur);
        store_relaxed(&cur->x_closed, true);
    }
    unlock(t, c);
    return good ? REF_NONE : REF_NULL;
}

/* ---- Cursor ---------------------------------------------------------------------------------------------------------------------------------------------------- */

static Slot *cursor_slots(Cursor *c, int i) {
    Slot *slots[] = {&c->connection, &c->description, &c->casts, &c->lastrowid, &c->statement, &c->row_factory};
    return slots[i];
}
static void cursor_traverse(Object *o, VisitFn visit, void *arg) {
    for (int i = 0; i < 6; i++) slot_visit(cursor_slots((Cursor *)o, i), visit, arg);
}
static void cursor_destroy(Thread *t, Object *o) {
    cursor_forget(t, (Cursor *)o);
    for (int i = 0; i < 6; i++) slot_set(t, o, cursor_slots((Cursor *)o, i), REF_NULL);
}
static Ref cursor_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    Ref r = instance_new(t, as(Type, cls));
    if (ref_is_null(r)) return r;
    Cursor *c = as(Cursor, ref_borrow(r));
    slot_init(&c->description, REF_NONE);
    slot_init(&c->lastrowid, REF_NONE);
    slot_init(&c->row_factory, REF_NONE);
    return r;
}
static int cursor_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Cursor *cur = as(Cursor, self);
    if (no_kwargs(t, "Cursor", kwnames) < 0 || check_nargs(t, "Cursor", nargs, 1, 1) < 0) return -1;
    if (!type_is_subtype(type_of(args[0]), &connection_type)) return err_int(err_set(t, E_TypeError, "Cursor() argument 1 must be sqlite3.Connection, not %T", args[0]));
    Connection *before = load_acquire(&cur->x_ready) ? lock_of(t, cur) : NULL;
    if (before == NULL && err_pending(t)) return -1;
    if (before != NULL && cur->locked) {
        unlock(t, before);
        return err_int(db_raise(t, DB_ProgrammingError, "Recursive use of cursors not allowed."));
    }
    cursor_forget(t, cur);
    slot_set(t, cur, &cur->connection, ref_new(t, args[0]));
    slot_set(t, cur, &cur->casts, REF_NULL);
    slot_set(t, cur, &cur->description, REF_NONE);
    slot_set(t, cur, &cur->lastrowid, REF_NONE);
    slot_set(t, cur, &cur->row_factory, REF_NONE);
    store_relaxed(&cur->x_arraysize, (int64_t)1);
    store_relaxed(&cur->x_rowcount, (int64_t)-1);
    store_relaxed(&cur->x_closed, false);
    if (before != NULL) unlock(t, before);
    if (connection_check_thread(t, as(Connection, args[0])) < 0) return -1;
    store_release(&cur->x_ready, true);
    return 0;
}
static NativeDef cursor_methods[] = {
    FN("close", "($self, /)", m_close, "Closes the cursor."), FN_RAW("executemany", "($self, sql, seq_of_parameters, /)", m_executemany, "Repeatedly executes an SQL statement."),
    FN("executescript", "($self, sql_script, /)", m_executescript, "Executes multiple SQL statements at once."),
    FN_RAW("execute", "($self, sql, parameters=(), /)", m_execute, "Executes an SQL statement."), FN("fetchall", "($self, /)", m_fetchall, "Fetches all rows from the resultset."),
    FN("fetchmany", "($self, /, size=1)", m_fetchmany, "Fetches several rows from the resultset.\n\n  size\n    The default value is set by the Cursor.arraysize attribute."),
    FN("fetchone", "($self, /)", m_fetchone, "Fetches one row from the resultset."), FN("setinputsizes", "($self, sizes, /)", m_nothing, "Required by DB-API. Does nothing in sqlite3."),
    FN("setoutputsize", "($self, size, column=None, /)", m_nothing, "Required by DB-API. Does nothing in sqlite3."), FN_END};
static const MemberDef cursor_members[] = {
    {"connection", MEMBER_SLOT, offsetof(Cursor, connection), true}, {"description", MEMBER_SLOT, offsetof(Cursor, description), true},
    {"arraysize", MEMBER_I64, offsetof(Cursor, x_arraysize), false}, {"lastrowid", MEMBER_SLOT, offsetof(Cursor, lastrowid), true},
    {"rowcount", MEMBER_I64, offsetof(Cursor, x_rowcount), true}, {"row_factory", MEMBER_SLOT, offsetof(Cursor, row_factory), false}, {NULL}};
Type cursor_type = {
    TYPE_HEADER(Cursor, TYPE_CONTAINER | TYPE_BASETYPE | TYPE_WEAKREFABLE, cursor_traverse, NULL, cursor_destroy),
    .name = "sqlite3.Cursor", .doc = "SQLite database cursor class.", .weakrefs_offset = offsetof(Cursor, weakrefs),
    .new_ = cursor_new, .init = cursor_init, .iter = iter_self, .next = cursor_next, .methods = cursor_methods, .members = cursor_members,
};
