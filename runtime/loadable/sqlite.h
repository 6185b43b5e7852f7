/* _sqlite3: what its files share.
 *
 * A connection's lock is held over every operation on it and on what belongs to it (statements, cursors' state, blobs), also while SQLite works detached and
 * while adapters, converters and callbacks run: re-entrant for the thread that holds it. Calls into SQLite that may block or call back run detached; callbacks
 * attach again (db_enter, db_leave). What they run may close the connection: for Python it is closed at once, but the database is there until the outermost
 * operation ends (connection_unlock). `db` is set to null under the object's lock, too, for those who look at a database while another thread works on it.
 *
 * sqlite.c: the module, adapters, Row. sqlite_connection.c, sqlite_callbacks.c (functions, aggregates, hooks), sqlite_cursor.c (statements, cursors),
 * sqlite_blob.c. Arguments are borrowed, results owned; null or -1 with an exception. t is the caller's own, attached. */
#ifndef WEFT_RUNTIME_LOADABLE_SQLITE_H
#define WEFT_RUNTIME_LOADABLE_SQLITE_H
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/float.h"
#include "runtime/int.h"
#include "runtime/memoryview.h"
#include "runtime/modules/kit.h"
#include "runtime/modules/sys.h"
#include "runtime/names.h"
#include <sqlite3.h>
#include <stdio.h>

typedef enum { DB_Error, DB_Warning, DB_InterfaceError, DB_DatabaseError, DB_InternalError, DB_OperationalError, DB_ProgrammingError, DB_IntegrityError,
               DB_DataError, DB_NotSupportedError, DB_ERRORS } DbError;
extern Slot db_errors[DB_ERRORS], db_adapters, db_converters;
extern const char *const db_error_names[DB_ERRORS];
extern _Atomic bool x_db_tracebacks;    /* enable_callback_tracebacks */
extern _Atomic bool x_db_base_adapted;  /* there is an adapter for a type that SQLite knows */

typedef struct Statement {
    Object base;
    sqlite3_stmt *st;
    Slot connection;         /* whose lock guards it */
    bool is_dml;             /* INSERT, UPDATE, DELETE, REPLACE */
    _Atomic bool x_in_use;   /* a cursor steps through it */
} Statement;
typedef struct Connection {
    Object base;
    sqlite3 *db;             /* null: closed, or not opened yet */
    KitLock lock;
    _Atomic bool x_ready, x_closing; /* closing: by what an operation runs; it ends with that */
    _Atomic bool x_check_thread;
    int detect_types;
    _Atomic uint64_t x_thread; /* ident of the thread that opened it */
    _Atomic(const char *) x_isolation; /* "", "DEFERRED" …; null: autocommit */
    int cache_size;
    Slot statements;         /* dict: SQL to Statement, oldest first */
    Slot blobs;              /* list of weak references */
    Slot row_factory, text_factory;
    Slot trace, progress, authorizer; /* what those callbacks call; the database has their addresses */
    Slot weakrefs;
} Connection;
typedef struct Cursor {
    Object base;
    Slot connection, description, casts, lastrowid, statement, row_factory; /* casts: converters by column, or null */
    _Atomic int64_t x_arraysize, x_rowcount;
    bool locked;             /* the connection's lock */
    _Atomic bool x_ready, x_closed;
    Slot weakrefs;
} Cursor;
extern Type connection_type, cursor_type, row_type, blob_type, protocol_type, statement_type;

Ref db_raise(Thread *t, DbError kind, const char *format, ...);
/* The exception that the connection's last error calls for; one in flight (of a callback) is replaced. Null */
Ref db_error(Thread *t, Connection *c);
Ref db_adapt(Thread *t, Value v, Value proto, Value alt_or_null);

/* SQLite works detached */
extern _Thread_local bool db_detached;
#define DB_CALL(t, ...) do { bool outer_ = db_detached; thread_detach(t); db_detached = true; { __VA_ARGS__; } db_detached = outer_; thread_attach(t); } while (0)
typedef struct Entered { Thread *t; bool attached; } Entered;
Entered db_enter(void);      /* a callback begins */
void db_leave(Entered e);

/* 0, or -1: another thread's, or closed */
int connection_check(Thread *t, Connection *c);
/* The lock of an open connection that this thread may use, whose object the caller holds. false: an exception */
bool connection_lock(Thread *t, Connection *c);
void connection_unlock(Thread *t, Connection *c);
int connection_check_thread(Thread *t, Connection *c);
/* A ready-to-run statement for the SQL, not in use by anybody else. */
Ref statement_for(Thread *t, Connection *c, Value sql);
int statement_step(Thread *t, Statement *s);
void statement_reset(Thread *t, Statement *s);
Ref connection_begin(Thread *t, Connection *c);
extern NativeDef callback_methods[];
void callback_free(void *slot);
int callbacks_init(Thread *t);
Ref cursor_execute(Thread *t, Value cursor, Value sql, Value parameters, bool many);
Ref cursor_script(Thread *t, Value cursor, Value script);
Ref m_blobopen(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
void blobs_close(Thread *t, Connection *c);
#endif
