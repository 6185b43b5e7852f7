/* _sqlite3: databases through SQLite: the module, exceptions, adapters, Row. See sqlite.h. */
#include "runtime/loadable/sqlite.h"

Slot db_errors[DB_ERRORS], db_adapters, db_converters;
_Atomic bool x_db_tracebacks, x_db_base_adapted;
const char *const db_error_names[DB_ERRORS] = {"Error", "Warning", "InterfaceError", "DatabaseError", "InternalError", "OperationalError", "ProgrammingError",
                                               "IntegrityError", "DataError", "NotSupportedError"};

#define ERROR_CODES(X) \
    X(ABORT) X(ABORT_ROLLBACK) X(AUTH) X(AUTH_USER) X(BUSY) X(BUSY_RECOVERY) X(BUSY_SNAPSHOT) X(BUSY_TIMEOUT) X(CANTOPEN) \
    X(CANTOPEN_CONVPATH) X(CANTOPEN_DIRTYWAL) X(CANTOPEN_FULLPATH) X(CANTOPEN_ISDIR) X(CANTOPEN_NOTEMPDIR) X(CANTOPEN_SYMLINK) X(CONSTRAINT) \
    X(CONSTRAINT_CHECK) X(CONSTRAINT_COMMITHOOK) X(CONSTRAINT_FOREIGNKEY) X(CONSTRAINT_FUNCTION) X(CONSTRAINT_NOTNULL) X(CONSTRAINT_PINNED) \
    X(CONSTRAINT_PRIMARYKEY) X(CONSTRAINT_ROWID) X(CONSTRAINT_TRIGGER) X(CONSTRAINT_UNIQUE) X(CONSTRAINT_VTAB) X(CORRUPT) X(CORRUPT_INDEX) \
    X(CORRUPT_SEQUENCE) X(CORRUPT_VTAB) X(DONE) X(EMPTY) X(ERROR) X(ERROR_MISSING_COLLSEQ) X(ERROR_RETRY) X(ERROR_SNAPSHOT) X(FORMAT) \
    X(FULL) X(INTERNAL) X(INTERRUPT) X(IOERR) X(IOERR_ACCESS) X(IOERR_AUTH) X(IOERR_BEGIN_ATOMIC) X(IOERR_BLOCKED) \
    X(IOERR_CHECKRESERVEDLOCK) X(IOERR_CLOSE) X(IOERR_COMMIT_ATOMIC) X(IOERR_CONVPATH) X(IOERR_CORRUPTFS) X(IOERR_DATA) X(IOERR_DELETE) \
    X(IOERR_DELETE_NOENT) X(IOERR_DIR_CLOSE) X(IOERR_DIR_FSYNC) X(IOERR_FSTAT) X(IOERR_FSYNC) X(IOERR_GETTEMPPATH) X(IOERR_LOCK) \
    X(IOERR_MMAP) X(IOERR_NOMEM) X(IOERR_RDLOCK) X(IOERR_READ) X(IOERR_ROLLBACK_ATOMIC) X(IOERR_SEEK) X(IOERR_SHMLOCK) X(IOERR_SHMMAP) \
    X(IOERR_SHMOPEN) X(IOERR_SHMSIZE) X(IOERR_SHORT_READ) X(IOERR_TRUNCATE) X(IOERR_UNLOCK) X(IOERR_VNODE) X(IOERR_WRITE) X(LOCKED) \
    X(LOCKED_SHAREDCACHE) X(LOCKED_VTAB) X(MISMATCH) X(MISUSE) X(NOLFS) X(NOMEM) X(NOTADB) X(NOTFOUND) X(NOTICE) X(NOTICE_RECOVER_ROLLBACK) \
    X(NOTICE_RECOVER_WAL) X(OK) X(OK_LOAD_PERMANENTLY) X(OK_SYMLINK) X(PERM) X(PROTOCOL) X(RANGE) X(READONLY) X(READONLY_CANTINIT) \
    X(READONLY_CANTLOCK) X(READONLY_DBMOVED) X(READONLY_DIRECTORY) X(READONLY_RECOVERY) X(READONLY_ROLLBACK) X(ROW) X(SCHEMA) X(TOOBIG) \
    X(WARNING) X(WARNING_AUTOINDEX)
#define OTHER_CODES(X) \
    X(ALTER_TABLE) X(ANALYZE) X(ATTACH) X(CREATE_INDEX) X(CREATE_TABLE) X(CREATE_TEMP_INDEX) X(CREATE_TEMP_TABLE) X(CREATE_TEMP_TRIGGER) \
    X(CREATE_TEMP_VIEW) X(CREATE_TRIGGER) X(CREATE_VIEW) X(CREATE_VTABLE) X(DELETE) X(DETACH) X(DROP_INDEX) X(DROP_TABLE) X(DROP_TEMP_INDEX) \
    X(DROP_TEMP_TABLE) X(DROP_TEMP_TRIGGER) X(DROP_TEMP_VIEW) X(DROP_TRIGGER) X(DROP_VIEW) X(DROP_VTABLE) X(FUNCTION) X(INSERT) X(PRAGMA) \
    X(READ) X(REINDEX) X(SAVEPOINT) X(SELECT) X(TRANSACTION) X(UPDATE) X(RECURSIVE) X(DENY) X(IGNORE) X(LIMIT_ATTACHED) X(LIMIT_COLUMN) \
    X(LIMIT_COMPOUND_SELECT) X(LIMIT_EXPR_DEPTH) X(LIMIT_FUNCTION_ARG) X(LIMIT_LENGTH) X(LIMIT_LIKE_PATTERN_LENGTH) X(LIMIT_SQL_LENGTH) \
    X(LIMIT_TRIGGER_DEPTH) X(LIMIT_VARIABLE_NUMBER) X(LIMIT_VDBE_OP) X(LIMIT_WORKER_THREADS)

static const char *code_name(int code) {
    switch (code) {
#define X(name) case SQLITE_##name: return "SQLITE_" #name;
        ERROR_CODES(X)
#undef X
    default: return "unknown";
    }
}

/* ---- exceptions -------------------------------------------------------------------------------------------------------------------------- */

Ref db_raise(Thread *t, DbError kind, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    Ref text = str_vformat(t, format, ap);
    va_end(ap);
    Ref e = ref_is_null(text) ? text : call1(t, slot_get(&db_errors[kind]), ref_borrow(text));
    if (!ref_is_null(e)) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    ref_drop(t, text);
    return REF_NULL;
}
Ref db_error(Thread *t, Connection *c) {
    int code = sqlite3_errcode(c->db), extended = sqlite3_extended_errcode(c->db);
    DbError kind;
    switch (code & 0xFF) {
    case SQLITE_OK: return REF_NULL; /* what is in flight stays */
    case SQLITE_INTERNAL: case SQLITE_NOTFOUND: kind = DB_InternalError; break;
    case SQLITE_NOMEM: return err_no_memory(t);
    case SQLITE_ERROR: case SQLITE_PERM: case SQLITE_ABORT: case SQLITE_BUSY: case SQLITE_LOCKED: case SQLITE_READONLY: case SQLITE_INTERRUPT: case SQLITE_IOERR:
    case SQLITE_FULL: case SQLITE_CANTOPEN: case SQLITE_PROTOCOL: case SQLITE_EMPTY: case SQLITE_SCHEMA: kind = DB_OperationalError; break;
    case SQLITE_CORRUPT: kind = DB_DatabaseError; break;
    case SQLITE_TOOBIG: kind = DB_DataError; break;
    case SQLITE_CONSTRAINT: case SQLITE_MISMATCH: kind = DB_IntegrityError; break;
    case SQLITE_MISUSE: case SQLITE_RANGE: kind = DB_InterfaceError; break;
    default: kind = DB_DatabaseError;
    }
    err_clear(t);
    const char *message = sqlite3_errmsg(c->db);
    Ref text = str_decode(t, message, strlen(message), "utf-8", "replace"), e = ref_is_null(text) ? text : call1(t, slot_get(&db_errors[kind]), ref_borrow(text));
    ref_drop(t, text);
    if (ref_is_null(e)) return e;
    Ref name = str_from_cstr(t, code_name(extended));
    if (!ref_is_null(name) && set_attr(t, ref_borrow(e), str_intern_cstr(t, "sqlite_errorcode"), small_int(extended)) == 0 &&
        set_attr(t, ref_borrow(e), str_intern_cstr(t, "sqlite_errorname"), ref_borrow(name)) == 0)
        err_object(t, ref_borrow(e));
    ref_drop(t, name);
    ref_drop(t, e);
    return REF_NULL;
}

/* ---- adapters and converters ------------------------------------------------------------------------------------------------------------------ */

/* The answer of a method that may decline by None or by TypeError: null without an exception then. f is consumed. */
static Ref ask(Thread *t, Ref f, Value arg) {
    if (ref_is_null(f)) return f;
    Ref r = call1(t, ref_borrow(f), arg);
    ref_drop(t, f);
    if (ref_is_none(r)) return REF_NULL;
    if (ref_is_null(r)) err_clear_if(t, E_TypeError);
    return r;
}
Ref db_adapt(Thread *t, Value v, Value proto, Value alt) {
    Ref key = tuple_pack(t, 2, type_value(type_of(v)), proto), f, r;
    if (ref_is_null(key)) return key;
    int found = dict_lookup(t, slot_get(&db_adapters), ref_borrow(key), &f);
    ref_drop(t, key);
    if (found != 0) {
        if (found < 0) return REF_NULL;
        r = call1(t, ref_borrow(f), v);
        ref_drop(t, f);
        return r;
    }
    r = ask(t, get_attr_opt(t, proto, str_intern_cstr(t, "__adapt__")), v);
    if (!ref_is_null(r) || err_pending(t)) return r;
    r = ask(t, get_attr_opt(t, v, str_intern_cstr(t, "__conform__")), proto);
    if (!ref_is_null(r) || err_pending(t)) return r;
    return value_is_null(alt) ? db_raise(t, DB_ProgrammingError, "can't adapt") : ref_new(t, alt);
}
static Ref m_adapt(Thread *t, Value m, const Value *a) { return db_adapt(t, a[0], value_is_null(a[1]) ? type_value(&protocol_type) : a[1], a[2]); }
static Ref m_register_adapter(Thread *t, Value m, const Value *a) {
    const Type *const base[] = {&int_type, &float_type, &str_type, &bytearray_type};
    for (int i = 0; i < 4; i++)
        if (value_is(a[0], type_value(base[i]))) store_relaxed(&x_db_base_adapted, true);
    Ref key = tuple_pack(t, 2, a[0], type_value(&protocol_type));
    int status = ref_is_null(key) ? -1 : dict_set(t, slot_get(&db_adapters), ref_borrow(key), a[1]);
    ref_drop(t, key);
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref m_register_converter(Thread *t, Value m, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "register_converter() argument 1 must be str, not %T", a[0]);
    Ref upper = call_method0(t, a[0], str_intern_cstr(t, "upper"));
    int status = ref_is_null(upper) ? -1 : dict_set(t, slot_get(&db_converters), ref_borrow(upper), a[1]);
    ref_drop(t, upper);
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref plain_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) { return instance_new(t, as(Type, cls)); }
static int plain_init(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return 0; }
Type protocol_type = {
    TYPE_HEADER(Object, TYPE_BASETYPE, NULL, NULL, NULL), .name = "sqlite3.PrepareProtocol", .doc = "PEP 246 style object adaption protocol type.",
    .new_ = plain_new, .init = plain_init,
};

/* ---- Row --------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Row { Object base; Slot data, description; } Row;
KIT_SLOTS(2)
static Value data_of(Value row) { return slot_get(&as(Row, row)->data); }
static Value description_of(Value row) { return slot_get(&as(Row, row)->description); }

static Ref row_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    if (no_kwargs(t, "Row", kwnames) < 0 || check_nargs(t, "Row", nargs, 2, 2) < 0) return REF_NULL;
    if (!type_is_subtype(type_of(args[0]), &cursor_type)) return err_set(t, E_TypeError, "Row() argument 1 must be sqlite3.Cursor, not %T", args[0]);
    if (!is_tuple(args[1])) return err_set(t, E_TypeError, "Row() argument 2 must be tuple, not %T", args[1]);
    Row *r = kit_instance(t, cls);
    if (r == NULL) return REF_NULL;
    slot_init(&r->data, ref_new(t, args[1]));
    slot_init(&r->description, slot_ref(t, &as(Cursor, args[0])->description));
    return ref_steal(r);
}
static bool same_letters(const Str *a, const Str *b) {
    if (a->length != b->length) return false;
    for (size_t i = 0; i < a->length; i++) {
        uint32_t x = str_at(a, i), y = str_at(b, i);
        if (x == y) continue;
        if (x > 127 || y > 127 || (x | 0x20) != (y | 0x20) || (x | 0x20) < 'a' || (x | 0x20) > 'z') return false;
    }
    return true;
}
static Ref row_getitem(Thread *t, Value self, Value key) {
    Value data = data_of(self), d = description_of(self);
    if (is_int(key)) {
        int64_t i;
        if (subscript_index(t, key, &i) < 0) return REF_NULL;
        if (i < 0) i += (int64_t)tuple_size(data);
        return i < 0 || i >= (int64_t)tuple_size(data) ? err_set(t, E_IndexError, "tuple index out of range") : ref_new(t, tuple_get(data, (size_t)i));
    }
    if (is_str(key)) {
        for (size_t i = 0; is_tuple(d) && i < tuple_size(d) && i < tuple_size(data); i++) {
            Value name = tuple_get(tuple_get(d, i), 0);
            if (is_str(name) && same_letters(as(Str, name), as(Str, key))) return ref_new(t, tuple_get(data, i));
        }
        return err_set(t, E_IndexError, "No item with that key");
    }
    if (is_exact(key, &slice_type)) return get_item(t, data, key);
    return err_set(t, E_IndexError, "Index must be int or string");
}
static int64_t row_len(Thread *t, Value self) { return (int64_t)tuple_size(data_of(self)); }
static Ref row_iter(Thread *t, Value self) { return get_iter(t, data_of(self)); }
static int64_t row_hash(Thread *t, Value self) {
    int64_t a = object_hash(t, description_of(self)), b = a == -1 ? -1 : object_hash(t, data_of(self));
    if (b == -1) return -1;
    int64_t h = a ^ b;
    return h == -1 ? -2 : h;
}
static Ref row_compare(Thread *t, Value a, Value b, CompareOp op) {
    if ((op != CMP_EQ && op != CMP_NE) || !type_is_subtype(type_of(b), &row_type)) return REF_NOT_IMPLEMENTED;
    int same = values_equal(t, description_of(a), description_of(b));
    if (same < 0) return REF_NULL;
    return same ? rich_compare(t, data_of(a), data_of(b), op) : ref_bool(op == CMP_NE);
}
static Ref m_keys(Thread *t, Value self, const Value *a) {
    Value d = description_of(self);
    Ref list = list_new(t, 0);
    for (size_t i = 0; is_tuple(d) && !ref_is_null(list) && i < tuple_size(d); i++)
        if (list_append(t, ref_borrow(list), tuple_get(tuple_get(d, i), 0)) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
    return list;
}
static NativeDef row_methods[] = {FN("keys", "($self, /)", m_keys, "Returns the keys of the row."), FN_END};
Type row_type = {
    TYPE_HEADER(Row, TYPE_CONTAINER | TYPE_BASETYPE, kit_traverse_2, NULL, kit_drop_2), .name = "sqlite3.Row", .new_ = row_new, .hash = row_hash,
    .richcompare = row_compare, .iter = row_iter, .len = row_len, .getitem = row_getitem, .methods = row_methods,
};

/* ---- functions ------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_connect(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    Value factory = nargs > 5 ? args[5] : type_value(&connection_type);
    for (size_t i = 0; !value_is_null(kwnames) && i < tuple_size(kwnames); i++)
        if (str_equal_ascii(tuple_get(kwnames, i), "factory")) factory = args[nargs + i];
    return call(t, factory, args, nargs, kwnames);
}
static Ref m_complete_statement(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    if (kit_bind(t, "complete_statement", "statement", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (!is_str(a[0])) return err_set(t, E_TypeError, "complete_statement() argument 'statement' must be str, not %T", a[0]);
    const char *s = str_utf8(t, a[0], NULL);
    return s == NULL ? REF_NULL : ref_bool(sqlite3_complete(s));
}
static Ref m_enable_callback_tracebacks(Thread *t, Value m, const Value *a) {
    int on = is_true(t, a[0]);
    if (on >= 0) store_relaxed(&x_db_tracebacks, on);
    return on < 0 ? REF_NULL : REF_NONE;
}
static Ref m_enable_shared_cache(Thread *t, Value m, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    int on;
    if (kit_bind(t, "enable_shared_cache", "do_enable", args, nargs, kwnames, a) < 0 || as_int(t, a[0], &on) < 0) return REF_NULL;
    return sqlite3_enable_shared_cache(on) == SQLITE_OK ? REF_NONE : db_raise(t, DB_OperationalError, "Changing the shared_cache flag failed");
}
static NativeDef functions[] = {
    FN_RAW("connect", "!($module, /, database, timeout=5.0, detect_types=0, isolation_level='', check_same_thread=True, factory=Connection, cached_statements=128, uri=False)", m_connect,
           "Opens a connection to the SQLite database file database.\n\nYou can use \":memory:\" to open a database connection to a database that resides\nin RAM instead of on disk."),
    FN_RAW("complete_statement", "($module, /, statement)", m_complete_statement, "Checks if a string contains a complete SQL statement."),
    FN("enable_callback_tracebacks", "($module, enable, /)", m_enable_callback_tracebacks, "Enable or disable callback functions throwing errors to stderr."),
    FN_RAW("enable_shared_cache", "($module, /, do_enable)", m_enable_shared_cache, "Enable or disable shared cache mode for the calling thread.\n\nThis method is deprecated and will be removed in Python 3.12."),
    FN("register_adapter", "($module, type, adapter, /)", m_register_adapter, "Register a function to adapt Python objects to SQLite values."),
    FN("register_converter", "($module, typename, converter, /)", m_register_converter, "Register a function to convert SQLite values to Python objects."),
    FN("adapt", "!($module, obj, proto=PrepareProtocol, alt=None, /)", m_adapt, "Adapt given object to given protocol."), FN_END};

static const KitConstant constants[] = {
#define X(name) {"SQLITE_" #name, SQLITE_##name},
    ERROR_CODES(X) OTHER_CODES(X)
#undef X
    {"PARSE_DECLTYPES", 1}, {"PARSE_COLNAMES", 2}, {"threadsafety", 3}, {NULL, 0}};

void connection_methods_join(void);
int module_init__sqlite3(Thread *t, Value module) {
    static const DbError bases[DB_ERRORS] = {[DB_InterfaceError] = DB_Error, [DB_DatabaseError] = DB_Error, [DB_InternalError] = DB_DatabaseError,
                                             [DB_OperationalError] = DB_DatabaseError, [DB_ProgrammingError] = DB_DatabaseError, [DB_IntegrityError] = DB_DatabaseError,
                                             [DB_DataError] = DB_DatabaseError, [DB_NotSupportedError] = DB_DatabaseError};
    Type *const types[] = {&connection_type, &cursor_type, &row_type, &blob_type, &protocol_type, NULL};
    connection_methods_join();
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* one lock around all its allocations, for a sum that Python can't ask for */
    if (sqlite3_initialize() != SQLITE_OK) return err_int(err_set(t, E_ImportError, "SQLite can't be initialized"));
    if (callbacks_init(t) < 0 || type_ready(t, &statement_type) < 0 || kit_module(t, module, types, functions, NULL) < 0 || kit_constants(t, module, constants) < 0) return -1;
    for (int i = 0; i < DB_ERRORS; i++) {
        const Type *base = i <= DB_Warning ? ETYPE(Exception) : as(Type, slot_get(&db_errors[bases[i]]));
        if (kit_exception_root(t, module, &db_errors[i], "sqlite3", db_error_names[i], base) < 0) return -1;
    }
    Ref adapters = dict_new(t), converters = dict_new(t);
    if (ref_is_null(adapters) || ref_is_null(converters)) return -1;
    kit_root(t, &db_adapters, adapters);
    kit_root(t, &db_converters, converters);
    return module_set(t, module, "adapters", slot_get(&db_adapters)) < 0 || module_set(t, module, "converters", slot_get(&db_converters)) < 0 ||
           module_add_cstr(t, module, "sqlite_version", sqlite3_libversion()) < 0 ? -1 : module_add_cstr(t, module, "version", "2.6.0");
}
