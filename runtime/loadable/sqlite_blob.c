/* sqlite3.Blob: a value of a row read and written in place. See sqlite.h. */
#include "runtime/loadable/sqlite.h"
#include "runtime/weakref.h"

typedef struct Blob {
    Object base;
    Slot connection;
    sqlite3_blob *blob;      /* null: closed; the connection's lock */
    int64_t offset;
    Slot weakrefs;
} Blob;
KIT_SLOTS(1)

static void blob_close(Thread *t, Blob *b) {
    sqlite3_blob *blob = b->blob;
    b->blob = NULL;
    if (blob != NULL) DB_CALL(t, sqlite3_blob_close(blob));
}
static void blob_destroy(Thread *t, Object *o) {
    blob_close(t, (Blob *)o);
    kit_drop_1(t, o);
}
void blobs_close(Thread *t, Connection *c) {
    Ref list = slot_ref(t, &c->blobs);
    for (size_t i = 0; !ref_is_null(list) && i < list_size(ref_borrow(list)); i++) {
        Ref b = weakref_get(t, list_get(ref_borrow(list), i));
        if (!ref_is_null(b)) blob_close(t, as(Blob, ref_borrow(b)));
        ref_drop(t, b);
    }
    ref_drop(t, list);
}

/* Adds one to the connection's weak references (consumed); now and then those go of what is no more. */
static int note_blob(Thread *t, Connection *c, Ref weak) {
    Ref blobs = slot_ref(t, &c->blobs);
    Value list = ref_borrow(blobs);
    for (size_t i = list_size(list) % 64 == 63 ? list_size(list) : 0; i-- > 0;) {
        Ref b = weakref_get(t, list_get(list, i));
        if (ref_is_null(b)) ref_drop(t, list_pop(t, list, (int64_t)i));
        ref_drop(t, b);
    }
    int status = list_append_steal(t, list, weak);
    ref_drop(t, blobs);
    return status;
}

Ref m_blobopen(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Connection *c = as(Connection, self);
    Value a[5];
    int64_t row;
    const char *name = "main";
    if (kit_bind(t, "blobopen", "table,column,row$|readonly,name", args, nargs, kwnames, a) < 0) return REF_NULL;
    for (int i = 0; i < 2; i++)
        if (!is_str(a[i])) return err_set(t, E_TypeError, "blobopen() argument %d must be str, not %T", i + 1, a[i]);
    const char *table = str_utf8(t, a[0], NULL), *column = table == NULL ? NULL : str_utf8(t, a[1], NULL);
    if (column == NULL || as_i64(t, a[2], &row) < 0) return REF_NULL;
    int readonly = value_is_null(a[3]) ? 0 : is_true(t, a[3]);
    if (!value_is_null(a[4]) && !is_str(a[4])) return err_set(t, E_TypeError, "blobopen() argument 'name' must be str, not %T", a[4]);
    if (readonly < 0 || (!value_is_null(a[4]) && (name = str_utf8(t, a[4], NULL)) == NULL) || !connection_lock(t, c)) return REF_NULL;
    Ref r = REF_NULL, weak = REF_NULL;
    sqlite3_blob *blob = NULL;
    int rc = SQLITE_OK;
    DB_CALL(t, rc = sqlite3_blob_open(c->db, name, table, column, row, !readonly, &blob));
    if (rc != SQLITE_OK) db_error(t, c);
    Blob *b = err_pending(t) ? NULL : object_new(Blob, t, &blob_type);
    if (b == NULL && blob != NULL) DB_CALL(t, sqlite3_blob_close(blob));
    if (b != NULL) {
        slot_init(&b->connection, ref_new(t, self));
        b->blob = blob;
        r = ref_steal(b);
        weak = weakref_new(t, ref_borrow(r), VALUE_NULL);
        if (ref_is_null(weak) || note_blob(t, c, weak) < 0) {
            ref_drop(t, r);
            r = REF_NULL;
        }
    }
    connection_unlock(t, c);
    return r;
}

/* The connection, its lock taken, if the blob is open. */
static Connection *begin(Thread *t, Blob *b) {
    Connection *c = as(Connection, slot_get(&b->connection));
    if (!connection_lock(t, c)) return NULL;
    if (b->blob != NULL) return c;
    connection_unlock(t, c);
    return db_raise(t, DB_ProgrammingError, "Cannot operate on a closed blob."), NULL;
}
static Ref blob_error(Thread *t, Connection *c, int rc) {
    if (rc == SQLITE_ABORT) return db_raise(t, DB_OperationalError, "Cannot operate on an expired blob handle");
    return db_error(t, c);
}
static Ref read_at(Thread *t, Connection *c, Blob *b, int64_t n, int64_t offset) {
    Ref r = bytes_new_uninit(t, (size_t)n);
    if (ref_is_null(r)) return r;
    int rc;
    DB_CALL(t, rc = sqlite3_blob_read(b->blob, bytes_data(ref_borrow(r)), (int)n, (int)offset));
    if (rc == SQLITE_OK) return r;
    ref_drop(t, r);
    return blob_error(t, c, rc);
}
static int write_at(Thread *t, Connection *c, Blob *b, const void *p, int64_t n, int64_t offset) {
    if (n > sqlite3_blob_bytes(b->blob) - offset) return err_int(err_set(t, E_ValueError, "data longer than blob length"));
    int rc;
    DB_CALL(t, rc = sqlite3_blob_write(b->blob, p, (int)n, (int)offset));
    return rc == SQLITE_OK ? 0 : err_int(blob_error(t, c, rc));
}

static Ref m_close(Thread *t, Value self, const Value *a) {
    Blob *b = as(Blob, self);
    Connection *c = as(Connection, slot_get(&b->connection));
    if (!connection_lock(t, c)) return REF_NULL;
    blob_close(t, b);
    connection_unlock(t, c);
    return REF_NONE;
}
static Ref m_read(Thread *t, Value self, const Value *a) {
    Blob *b = as(Blob, self);
    int length = -1;
    if (!value_is_null(a[0]) && as_int(t, a[0], &length) < 0) return REF_NULL;
    Connection *c = begin(t, b);
    if (c == NULL) return REF_NULL;
    int64_t left = sqlite3_blob_bytes(b->blob) - b->offset, n = length < 0 || length > left ? left : length;
    Ref r = n <= 0 ? ref_new(t, bytes_empty()) : read_at(t, c, b, n, b->offset);
    if (!ref_is_null(r) && n > 0) b->offset += n;
    connection_unlock(t, c);
    return r;
}
static Ref m_write(Thread *t, Value self, const Value *a) {
    Blob *b = as(Blob, self);
    Buffer data;
    if (buffer_get_snapshot(t, a[0], &data) < 0) return REF_NULL;
    Connection *c = begin(t, b);
    int status = c == NULL ? -1 : write_at(t, c, b, data.data, data.len, b->offset);
    if (status == 0) b->offset += data.len;
    if (c != NULL) connection_unlock(t, c);
    buffer_release(t, &data);
    return status < 0 ? REF_NULL : REF_NONE;
}
static Ref m_seek(Thread *t, Value self, const Value *a) {
    Blob *b = as(Blob, self);
    int offset, origin = 0;
    if (as_int(t, a[0], &offset) < 0 || (!value_is_null(a[1]) && as_int(t, a[1], &origin) < 0)) return REF_NULL;
    Connection *c = begin(t, b);
    if (c == NULL) return REF_NULL;
    int64_t size = sqlite3_blob_bytes(b->blob), to = offset;
    if (origin == 1 || origin == 2) to += origin == 1 ? b->offset : size;
    if (origin < 0 || origin > 2) err_set(t, E_ValueError, "'origin' should be os.SEEK_SET, os.SEEK_CUR, or os.SEEK_END");
    else if (to > INT32_MAX) err_set(t, E_OverflowError, "seek offset results in overflow");
    else if (to < 0 || to > size) err_set(t, E_ValueError, "offset out of blob range");
    else b->offset = to;
    connection_unlock(t, c);
    return err_pending(t) ? REF_NULL : REF_NONE;
}
static Ref m_tell(Thread *t, Value self, const Value *a) {
    Connection *c = begin(t, as(Blob, self));
    if (c == NULL) return REF_NULL;
    int64_t offset = as(Blob, self)->offset;
    connection_unlock(t, c);
    return int_from_i64(t, offset);
}
static Ref m_enter(Thread *t, Value self, const Value *a) {
    Connection *c = begin(t, as(Blob, self));
    if (c == NULL) return REF_NULL;
    connection_unlock(t, c);
    return ref_new(t, self);
}
static Ref m_exit(Thread *t, Value self, const Value *a) {
    Connection *c = begin(t, as(Blob, self));
    if (c == NULL) return REF_NULL;
    blob_close(t, as(Blob, self));
    connection_unlock(t, c);
    return REF_FALSE;
}
static int64_t blob_len(Thread *t, Value self) {
    Connection *c = begin(t, as(Blob, self));
    if (c == NULL) return -1;
    int64_t n = sqlite3_blob_bytes(as(Blob, self)->blob);
    connection_unlock(t, c);
    return n;
}

/* ---- subscripts ---------------------------------------------------------------------------------------------------------------------------- */

static int position(Thread *t, Value key, int64_t size, int64_t *i) {
    if (subscript_index(t, key, i) < 0) return -1;
    if (*i < 0) *i += size;
    return *i < 0 || *i >= size ? err_int(err_set(t, E_IndexError, "Blob index out of range")) : 0;
}
static Ref getitem_locked(Thread *t, Connection *c, Blob *b, Value key) {
    int64_t size = sqlite3_blob_bytes(b->blob), i, stop, step;
    if (has_index(key)) {
        if (position(t, key, size, &i) < 0) return REF_NULL;
        Ref one = read_at(t, c, b, 1, i);
        if (ref_is_null(one)) return one;
        int64_t byte = bytes_data(ref_borrow(one))[0];
        ref_drop(t, one);
        return ref_small_int(byte);
    }
    if (!is_exact(key, &slice_type)) return err_set(t, E_TypeError, "Blob indices must be integers");
    if (slice_unpack(t, key, &i, &stop, &step) < 0) return REF_NULL;
    int64_t n = slice_adjust(size, &i, &stop, step);
    if (n == 0) return ref_new(t, bytes_empty());
    if (step == 1) return read_at(t, c, b, n, i);
    int64_t low = step > 0 ? i : i + (n - 1) * step, high = step > 0 ? i + (n - 1) * step : i;
    Ref span = read_at(t, c, b, high - low + 1, low), r = ref_is_null(span) ? span : bytes_new_uninit(t, (size_t)n);
    for (int64_t k = 0; !ref_is_null(r) && k < n; k++) bytes_data(ref_borrow(r))[k] = bytes_data(ref_borrow(span))[i + k * step - low];
    ref_drop(t, span);
    return r;
}
static Ref blob_getitem(Thread *t, Value self, Value key) {
    Connection *c = begin(t, as(Blob, self));
    if (c == NULL) return REF_NULL;
    Ref r = getitem_locked(t, c, as(Blob, self), key);
    connection_unlock(t, c);
    return r;
}
static int setitem_locked(Thread *t, Connection *c, Blob *b, Value key, Value v) {
    int64_t size = sqlite3_blob_bytes(b->blob), i, stop, step, byte;
    if (has_index(key)) {
        if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "Blob doesn't support item deletion"));
        if (position(t, key, size, &i) < 0) return -1;
        if (!is_int(v)) return err_int(err_set(t, E_TypeError, "'%T' object cannot be interpreted as an integer", v));
        if (int_try_i64(v, &byte) < 0 || byte < 0 || byte > 255) return err_int(err_set(t, E_ValueError, "byte must be in range(0, 256)"));
        uint8_t one = (uint8_t)byte;
        return write_at(t, c, b, &one, 1, i);
    }
    if (!is_exact(key, &slice_type)) return err_int(err_set(t, E_TypeError, "Blob indices must be integers"));
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "Blob doesn't support slice deletion"));
    if (slice_unpack(t, key, &i, &stop, &step) < 0) return -1;
    int64_t n = slice_adjust(size, &i, &stop, step);
    if (n == 0) return 0;
    Buffer data;
    if (buffer_get_snapshot(t, v, &data) < 0) return -1;
    int status = 0;
    if (data.len != n) status = err_int(err_set(t, E_IndexError, "Blob slice assignment is wrong size"));
    else if (step == 1) status = write_at(t, c, b, data.data, n, i);
    else
        for (int64_t k = 0; status == 0 && k < n; k++) status = write_at(t, c, b, (const uint8_t *)data.data + k, 1, i + k * step);
    buffer_release(t, &data);
    return status;
}
static int blob_setitem(Thread *t, Value self, Value key, Value v) {
    Connection *c = begin(t, as(Blob, self));
    if (c == NULL) return -1;
    int status = setitem_locked(t, c, as(Blob, self), key, v);
    connection_unlock(t, c);
    return status;
}
static Ref blob_iter(Thread *t, Value self) { return err_set(t, E_TypeError, "'%.200T' object is not iterable", self); } /* although it has items */
static NativeDef methods[] = {
    FN("close", "($self, /)", m_close, "Close the blob."), FN("__enter__", "($self, /)", m_enter, "Blob context manager enter."),
    FN("__exit__", "($self, type, val, tb, /)", m_exit, "Blob context manager exit."), FN("read", "($self, length=-1, /)", m_read, "Read data at the current offset position."),
    FN("seek", "($self, offset, origin=0, /)", m_seek, "Set the current access position to offset."), FN("tell", "($self, /)", m_tell, "Return the current access position for the blob."),
    FN("write", "($self, data, /)", m_write, "Write data at the current offset."), FN_END};
Type blob_type = {
    TYPE_HEADER(Blob, TYPE_CONTAINER | TYPE_WEAKREFABLE | TYPE_NO_INSTANTIATION, kit_traverse_1, NULL, blob_destroy), .name = "sqlite3.Blob",
    .weakrefs_offset = offsetof(Blob, weakrefs), .len = blob_len, .iter = blob_iter, .getitem = blob_getitem, .setitem = blob_setitem, .methods = methods,
};
