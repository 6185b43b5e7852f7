/* Python functions that SQLite calls: SQL functions, aggregates, collations, the authorizer, progress and trace. See sqlite.h.
 *
 * What SQLite keeps for each is a Handle: a number, under which `held` has the function. SQLite gives it back to callback_free. */
#include "runtime/loadable/sqlite.h"

_Thread_local bool db_detached;
Entered db_enter(void) {
    Entered e = {thread_current(), db_detached};
    if (e.attached) {
        db_detached = false;
        thread_attach(e.t);
    }
    return e;
}
void db_leave(Entered e) {
    if (!e.attached) return;
    thread_detach(e.t);
    db_detached = true;
}

/* The references that SQLite holds; a list of the runtime's, so that the collector sees them: it keeps them alive. */
static Slot held; /* dict: number to function */
static _Atomic int64_t x_next_number;
typedef struct Handle { int64_t number; } Handle;

int callbacks_init(Thread *t) {
    if (!value_is_null(slot_get(&held))) return 0; /* the module is started anew */
    Ref d = dict_new(t);
    if (ref_is_null(d)) return -1;
    kit_root(t, &held, d);
    return 0;
}
static Handle *hold(Thread *t, Value f) {
    Handle *h = mem_alloc(sizeof *h);
    if (h == NULL) {
        err_no_memory(t);
        return NULL;
    }
    h->number = add_acq_rel(&x_next_number, 1);
    if (dict_set(t, slot_get(&held), small_int(h->number), f) == 0) return h;
    mem_free(h);
    return NULL;
}
static Ref held_by(Thread *t, Handle *h) {
    Ref r = REF_NULL;
    dict_lookup(t, slot_get(&held), small_int(h->number), &r);
    return r;
}
void callback_free(void *p) {
    Handle *h = p;
    if (h == NULL) return;
    Entered e = db_enter();
    if (e.t != NULL) {
        Ref outer = err_fetch(e.t), old = REF_NULL;
        dict_pop(e.t, slot_get(&held), small_int(h->number), &old);
        ref_drop(e.t, old);
        if (!ref_is_null(outer)) err_steal(e.t, outer);
    }
    db_leave(e);
    mem_free(h);
}
static void report(Thread *t, Value f) {
    if (!err_pending(t)) return;
    if (load_relaxed(&x_db_tracebacks)) err_unraisable(t, NULL, f);
    else err_clear(t);
}

/* ---- values to and from SQLite ----------------------------------------------------------------------------------------------------------------- */

static Ref argument(Thread *t, sqlite3_value *v) {
    switch (sqlite3_value_type(v)) {
    case SQLITE_INTEGER: return int_from_i64(t, sqlite3_value_int64(v));
    case SQLITE_FLOAT: return float_new(t, sqlite3_value_double(v));
    case SQLITE_TEXT: {
        const char *s = (const char *)sqlite3_value_text(v);
        return str_from_utf8(t, s, (size_t)sqlite3_value_bytes(v));
    }
    case SQLITE_BLOB: {
        const void *p = sqlite3_value_blob(v);
        return bytes_new(t, p, (size_t)sqlite3_value_bytes(v));
    }
    default: return REF_NONE;
    }
}
/* A tuple is overkill: the values in an array (mem_free), dropped by the caller. */
static Ref *arguments(Thread *t, int n, sqlite3_value **argv) {
    Ref *a = mem_alloc(((size_t)n + 1) * 2 * sizeof *a);
    if (a == NULL) {
        err_no_memory(t);
        return NULL;
    }
    for (int i = 0; i < n; i++) {
        a[i] = argument(t, argv[i]);
        if (ref_is_null(a[i])) {
            while (i-- > 0) ref_drop(t, a[i]);
            mem_free(a);
            return NULL;
        }
        ((Value *)(a + n + 1))[i] = ref_borrow(a[i]);
    }
    return a;
}
static Ref call_with(Thread *t, Value f, int n, sqlite3_value **argv) {
    Ref *a = arguments(t, n, argv);
    if (a == NULL) return REF_NULL;
    Ref r = call(t, f, (Value *)(a + n + 1), (size_t)n, VALUE_NULL);
    for (int i = 0; i < n; i++) ref_drop(t, a[i]);
    mem_free(a);
    return r;
}
static int give(Thread *t, sqlite3_context *ctx, Value v) {
    int64_t n;
    if (value_is_none(v)) {
        sqlite3_result_null(ctx);
    } else if (is_int(v)) {
        if (int_try_i64(v, &n) < 0) return err_int(err_set(t, E_OverflowError, "Python int too large to convert to SQLite INTEGER"));
        sqlite3_result_int64(ctx, n);
    } else if (is_float(v)) {
        sqlite3_result_double(ctx, float_value(v));
    } else if (is_str(v)) {
        size_t size;
        const char *s = str_utf8(t, v, &size);
        if (s == NULL) return -1;
        if (size > INT32_MAX) return err_int(err_set(t, E_OverflowError, "string is longer than INT_MAX bytes"));
        sqlite3_result_text(ctx, s, (int)size, SQLITE_TRANSIENT);
    } else if (buffer_supported(v)) {
        Buffer b;
        if (buffer_get_snapshot(t, v, &b) < 0) return -1;
        if (b.len > INT32_MAX) err_set(t, E_OverflowError, "BLOB longer than INT_MAX bytes");
        else sqlite3_result_blob(ctx, b.len == 0 ? "" : b.data, (int)b.len, SQLITE_TRANSIENT);
        buffer_release(t, &b);
        return err_pending(t) ? -1 : 0;
    } else {
        return -1;
    }
    return 0;
}
/* The error that a callback's exception becomes */
static void fail(Thread *t, sqlite3_context *ctx, const char *message, Value f) {
    if (err_is(t, E_MemoryError)) {
        sqlite3_result_error_nomem(ctx);
    } else if (err_is(t, E_OverflowError)) {
        sqlite3_result_error_toobig(ctx);
    } else {
        sqlite3_result_error(ctx, message, -1);
    }
    report(t, f);
}

/* ---- functions ------------------------------------------------------------------------------------------------------------------------------------- */

static void on_function(sqlite3_context *ctx, int n, sqlite3_value **argv) {
    Entered e = db_enter();
    Thread *t = e.t;
    Ref f = held_by(t, sqlite3_user_data(ctx)), r = ref_is_null(f) ? f : call_with(t, ref_borrow(f), n, argv);
    if (ref_is_null(r) || give(t, ctx, ref_borrow(r)) < 0) fail(t, ctx, "user-defined function raised exception", ref_borrow(f));
    ref_drop(t, r);
    ref_drop(t, f);
    db_leave(e);
}

/* ---- aggregates: SQLite's context holds a handle on the instance ------------------------------------------------------------------------------------ */

static void on_step(sqlite3_context *ctx, int n, sqlite3_value **argv) {
    Entered e = db_enter();
    Thread *t = e.t;
    Ref cls = held_by(t, sqlite3_user_data(ctx)), instance = REF_NULL, f = REF_NULL, r = REF_NULL;
    Handle **h = sqlite3_aggregate_context(ctx, sizeof *h);
    const char *problem = NULL;
    if (h == NULL) {
        sqlite3_result_error_nomem(ctx);
    } else {
        if (*h == NULL) {
            instance = call0(t, ref_borrow(cls));
            if (ref_is_null(instance)) problem = "user-defined aggregate's '__init__' method raised error";
            else if ((*h = hold(t, ref_borrow(instance))) == NULL) problem = "user-defined aggregate's '__init__' method raised error";
        } else {
            instance = held_by(t, *h);
        }
        if (problem == NULL && !ref_is_null(instance)) {
            f = get_attr(t, ref_borrow(instance), str_intern_cstr(t, "step"));
            if (ref_is_null(f)) problem = "user-defined aggregate's 'step' method not defined";
            else {
                r = call_with(t, ref_borrow(f), n, argv);
                if (ref_is_null(r)) problem = "user-defined aggregate's 'step' method raised error";
            }
        }
        if (problem != NULL) fail(t, ctx, problem, ref_borrow(cls));
    }
    ref_drop(t, r);
    ref_drop(t, f);
    ref_drop(t, instance);
    ref_drop(t, cls);
    db_leave(e);
}
static void on_result(sqlite3_context *ctx, const char *method, bool last) {
    Entered e = db_enter();
    Thread *t = e.t;
    Ref outer = err_fetch(t), instance, f, r = REF_NULL; /* of a step that failed */
    Handle **h = sqlite3_aggregate_context(ctx, 0);
    if (h != NULL && *h != NULL) {
        instance = held_by(t, *h);
        f = ref_is_null(instance) ? instance : get_attr(t, ref_borrow(instance), str_intern_cstr(t, method));
        char text[96];
        bool missing = ref_is_null(f) && err_is(t, E_AttributeError);
        if (!ref_is_null(f)) r = call0(t, ref_borrow(f));
        if (ref_is_null(r) || give(t, ctx, ref_borrow(r)) < 0) {
            snprintf(text, sizeof text, "user-defined aggregate's '%s' method %s", method, missing ? "not defined" : "raised error");
            fail(t, ctx, text, type_value(type_of(ref_borrow(instance))));
        }
        ref_drop(t, r);
        ref_drop(t, f);
        ref_drop(t, instance);
        if (last) {
            callback_free(*h);
            *h = NULL;
        }
    }
    if (!ref_is_null(outer)) err_steal(t, outer);
    db_leave(e);
}
static void on_final(sqlite3_context *ctx) { on_result(ctx, "finalize", true); }
static void on_value(sqlite3_context *ctx) { on_result(ctx, "value", false); }
static void on_inverse(sqlite3_context *ctx, int n, sqlite3_value **argv) {
    Entered e = db_enter();
    Thread *t = e.t;
    Handle **h = sqlite3_aggregate_context(ctx, sizeof *h);
    if (h != NULL && *h != NULL) {
        Ref instance = held_by(t, *h), f = ref_is_null(instance) ? instance : get_attr(t, ref_borrow(instance), str_intern_cstr(t, "inverse"));
        const char *problem = ref_is_null(f) ? "user-defined aggregate's 'inverse' method not defined" : NULL;
        Ref r = ref_is_null(f) ? f : call_with(t, ref_borrow(f), n, argv);
        if (problem == NULL && ref_is_null(r)) problem = "user-defined aggregate's 'inverse' method raised error";
        if (problem != NULL) fail(t, ctx, problem, ref_is_null(instance) ? VALUE_NULL : type_value(type_of(ref_borrow(instance))));
        ref_drop(t, r);
        ref_drop(t, f);
        ref_drop(t, instance);
    }
    db_leave(e);
}

/* ---- collations and hooks ------------------------------------------------------------------------------------------------------------------------------ */

static int on_compare(void *data, int n, const void *a, int m, const void *b) {
    Entered e = db_enter();
    Thread *t = e.t;
    int result = 0;
    if (!err_pending(t)) {
        Ref f = held_by(t, data), x = str_from_utf8(t, a, (size_t)n), y = ref_is_null(x) ? x : str_from_utf8(t, b, (size_t)m), r = REF_NULL;
        int64_t order;
        if (!ref_is_null(y)) r = call2(t, ref_borrow(f), ref_borrow(x), ref_borrow(y));
        if (!ref_is_null(r) && as_i64(t, ref_borrow(r), &order) == 0) result = order < 0 ? -1 : order > 0;
        report(t, ref_borrow(f));
        ref_drop(t, r);
        ref_drop(t, y);
        ref_drop(t, x);
        ref_drop(t, f);
    }
    db_leave(e);
    return result;
}
static int on_authorize(void *data, int action, const char *a1, const char *a2, const char *db, const char *trigger) {
    Entered e = db_enter();
    Thread *t = e.t;
    Ref f = held_by(t, data), r = REF_NULL, texts[4];
    const char *parts[] = {a1, a2, db, trigger};
    Value args[5] = {small_int(action)};
    for (int i = 0; i < 4; i++) {
        texts[i] = parts[i] == NULL ? REF_NONE : str_from_utf8(t, parts[i], strlen(parts[i]));
        args[i + 1] = ref_borrow(texts[i]);
    }
    if (!err_pending(t)) r = call(t, ref_borrow(f), args, 5, VALUE_NULL);
    int answer = SQLITE_DENY;
    if (!ref_is_null(r) && (!is_int(ref_borrow(r)) || as_int(t, ref_borrow(r), &answer) < 0)) answer = SQLITE_DENY;
    report(t, ref_borrow(f));
    ref_drop(t, r);
    for (int i = 0; i < 4; i++) ref_drop(t, texts[i]);
    ref_drop(t, f);
    db_leave(e);
    return answer;
}
static int on_progress(void *data) {
    Entered e = db_enter();
    Thread *t = e.t;
    Ref f = held_by(t, data), r = ref_is_null(f) ? f : call0(t, ref_borrow(f));
    int stop = ref_is_null(r) ? 1 : is_true(t, ref_borrow(r));
    report(t, ref_borrow(f));
    ref_drop(t, r);
    ref_drop(t, f);
    db_leave(e);
    return stop != 0;
}
static int on_trace(unsigned kind, void *data, void *statement, void *sql) {
    if (kind != SQLITE_TRACE_STMT) return 0;
    Entered e = db_enter();
    Thread *t = e.t;
    char *expanded = sqlite3_expanded_sql(statement);
    const char *text = expanded != NULL ? expanded : sqlite3_sql(statement);
    Ref f = held_by(t, data), s = REF_NULL, r = REF_NULL;
    if (expanded == NULL) {
        db_raise(t, DB_DataError, "Expanded SQL string exceeds the maximum string length");
        report(t, ref_borrow(f));
    }
    s = str_from_utf8(t, text, strlen(text));
    if (!ref_is_null(s)) r = call1(t, ref_borrow(f), ref_borrow(s));
    report(t, ref_borrow(f));
    sqlite3_free(expanded);
    ref_drop(t, r);
    ref_drop(t, s);
    ref_drop(t, f);
    db_leave(e);
    return 0;
}

/* ---- methods ---------------------------------------------------------------------------------------------------------------------------------------------- */

static const char *name_argument(Thread *t, const char *function, Value v) {
    if (is_str(v)) return str_utf8(t, v, NULL);
    return err_set(t, E_TypeError, "%s() argument 1 must be str, not %T", function, v), NULL;
}
static Ref end(Thread *t, Connection *c, bool good, const char *message) {
    connection_unlock(t, c);
    if (err_pending(t)) return REF_NULL;
    return good ? REF_NONE : db_raise(t, DB_OperationalError, "%s", message);
}

static Ref m_create_function(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[4];
    int n, flags = SQLITE_UTF8, rc = SQLITE_ERROR;
    if (kit_bind(t, "create_function", "name,narg,func$|deterministic", args, nargs, kwnames, a) < 0) return REF_NULL;
    const char *name = name_argument(t, "create_function", a[0]);
    int pure = name == NULL || value_is_null(a[3]) ? 0 : is_true(t, a[3]);
    if (name == NULL || as_int(t, a[1], &n) < 0 || pure < 0 || !connection_lock(t, c)) return REF_NULL;
    if (pure) flags |= SQLITE_DETERMINISTIC;
    if (value_is_none(a[2])) {
        DB_CALL(t, rc = sqlite3_create_function_v2(c->db, name, n, flags, NULL, NULL, NULL, NULL, NULL));
    } else {
        Handle *h = hold(t, a[2]);
        if (h != NULL) DB_CALL(t, rc = sqlite3_create_function_v2(c->db, name, n, flags, h, on_function, NULL, NULL, callback_free));
    }
    return end(t, c, rc == SQLITE_OK, "Error creating function");
}
static Ref m_create_aggregate(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[3];
    int n, rc = SQLITE_ERROR;
    if (kit_bind(t, "create_aggregate", "name,n_arg,aggregate_class", args, nargs, kwnames, a) < 0) return REF_NULL;
    const char *name = name_argument(t, "create_aggregate", a[0]);
    if (name == NULL || as_int(t, a[1], &n) < 0 || !connection_lock(t, c)) return REF_NULL;
    if (value_is_none(a[2])) {
        DB_CALL(t, rc = sqlite3_create_function_v2(c->db, name, n, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL));
    } else {
        Handle *h = hold(t, a[2]);
        if (h != NULL) DB_CALL(t, rc = sqlite3_create_function_v2(c->db, name, n, SQLITE_UTF8, h, NULL, on_step, on_final, callback_free));
    }
    return end(t, c, rc == SQLITE_OK, "Error creating aggregate");
}
static Ref m_create_window_function(Thread *t, Value self, const Value *a) {
    Connection *c = as(Connection, self);
    int n, rc = SQLITE_ERROR;
    const char *name = name_argument(t, "create_window_function", a[0]);
    if (name == NULL || as_int(t, a[1], &n) < 0 || !connection_lock(t, c)) return REF_NULL;
    if (value_is_none(a[2])) {
        DB_CALL(t, rc = sqlite3_create_window_function(c->db, name, n, SQLITE_UTF8, NULL, NULL, NULL, NULL, NULL, NULL));
    } else {
        Handle *h = hold(t, a[2]);
        if (h != NULL) DB_CALL(t, rc = sqlite3_create_window_function(c->db, name, n, SQLITE_UTF8, h, on_step, on_final, on_value, on_inverse, callback_free));
    }
    if (rc != SQLITE_OK && !err_pending(t)) db_raise(t, DB_ProgrammingError, "%s", sqlite3_errmsg(c->db));
    return end(t, c, true, "");
}
static Ref m_create_collation(Thread *t, Value self, const Value *a) {
    Connection *c = as(Connection, self);
    int rc = SQLITE_ERROR;
    const char *name = name_argument(t, "create_collation", a[0]);
    if (name == NULL || !connection_lock(t, c)) return REF_NULL;
    if (value_is_none(a[1])) {
        DB_CALL(t, rc = sqlite3_create_collation_v2(c->db, name, SQLITE_UTF8, NULL, NULL, NULL));
    } else if (!is_callable(a[1])) {
        err_set(t, E_TypeError, "parameter must be callable");
    } else {
        Handle *h = hold(t, a[1]);
        if (h != NULL) DB_CALL(t, rc = sqlite3_create_collation_v2(c->db, name, SQLITE_UTF8, h, on_compare, callback_free));
        if (h != NULL && rc != SQLITE_OK) callback_free(h); /* the one function that doesn't do it itself */
    }
    if (rc != SQLITE_OK && !err_pending(t)) db_error(t, c);
    return end(t, c, true, "");
}
/* A hook: the old function is let go of after the new one is in place. The slot keeps the number of the handle. */
static Handle *replace_hook(Thread *t, Connection *c, Slot *slot, Value f, Handle **old) {
    *old = NULL;
    Value n = slot_get(slot);
    if (!value_is_null(n)) {
        uint64_t p;
        int_as_u64_mask(n, &p);
        *old = (Handle *)(uintptr_t)p;
    }
    Handle *h = value_is_none(f) ? NULL : hold(t, f);
    if (h == NULL && err_pending(t)) return NULL;
    slot_set(t, c, slot, h == NULL ? REF_NULL : int_from_u64(t, (uint64_t)(uintptr_t)h));
    return h;
}
static Ref m_set_authorizer(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[1];
    Handle *old;
    if (kit_bind(t, "set_authorizer", "authorizer_callback", args, nargs, kwnames, a) < 0 || !connection_lock(t, c)) return REF_NULL;
    Handle *h = replace_hook(t, c, &c->authorizer, a[0], &old);
    int rc = err_pending(t) ? SQLITE_ERROR : sqlite3_set_authorizer(c->db, h == NULL ? NULL : on_authorize, h);
    if (!err_pending(t)) callback_free(old);
    return end(t, c, rc == SQLITE_OK, "Error setting authorizer callback");
}
static Ref m_set_progress_handler(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[2];
    Handle *old;
    int n;
    if (kit_bind(t, "set_progress_handler", "progress_handler,n", args, nargs, kwnames, a) < 0 || as_int(t, a[1], &n) < 0 || !connection_lock(t, c)) return REF_NULL;
    Handle *h = replace_hook(t, c, &c->progress, a[0], &old);
    if (!err_pending(t)) {
        sqlite3_progress_handler(c->db, h == NULL ? 0 : n, h == NULL ? NULL : on_progress, h);
        callback_free(old);
    }
    return end(t, c, true, "");
}
static Ref m_set_trace_callback(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[1];
    Handle *old;
    if (kit_bind(t, "set_trace_callback", "trace_callback", args, nargs, kwnames, a) < 0 || !connection_lock(t, c)) return REF_NULL;
    Handle *h = replace_hook(t, c, &c->trace, a[0], &old);
    if (!err_pending(t)) {
        sqlite3_trace_v2(c->db, h == NULL ? 0 : SQLITE_TRACE_STMT, h == NULL ? NULL : on_trace, h);
        callback_free(old);
    }
    return end(t, c, true, "");
}
NativeDef callback_methods[] = {
    FN_RAW("create_aggregate", "($self, /, name, n_arg, aggregate_class)", m_create_aggregate, "Creates a new aggregate."),
    FN("create_collation", "($self, name, callback, /)", m_create_collation, "Creates a collation function."),
    FN_RAW("create_function", "($self, /, name, narg, func, *, deterministic=False)", m_create_function, "Creates a new function."),
    FN("create_window_function", "($self, name, num_params, aggregate_class, /)", m_create_window_function,
       "Creates or redefines an aggregate window function."),
    FN_RAW("set_authorizer", "($self, /, authorizer_callback)", m_set_authorizer, "Sets authorizer callback."),
    FN_RAW("set_progress_handler", "($self, /, progress_handler, n)", m_set_progress_handler, "Sets progress handler callback."),
    FN_RAW("set_trace_callback", "($self, /, trace_callback)", m_set_trace_callback, "Sets trace callback."), FN_END};
