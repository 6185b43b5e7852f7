/* pwd, grp, spwd: the databases of users, groups and shadow passwords.
 *
 * The C library is asked with the thread detached; an entry is copied, field by field, into plain memory (Entries), from which the tuples are made. Walks over
 * a whole database have one state for the process, hence one lock.
 */
#include "runtime/modules/kit.h"
#include "runtime/int.h"
#include "runtime/structseq.h"
#include <errno.h>
#include <grp.h>
#include <pthread.h>
#include <pwd.h>
#include <shadow.h>
#include <stdio.h>
#include <stdlib.h>

int module_init_pwd(Thread *t, Value module);
int module_init_grp(Thread *t, Value module);
int module_init_spwd(Thread *t, Value module);

/* Fields one behind the other: strings with their NUL, numbers as int64; a list is its length and so many strings; a missing string is "\1". */
typedef struct Entries { char *data; size_t length, capacity, count; bool failed; } Entries;
static void put(Entries *e, const void *p, size_t n) {
    if (e->length + n > e->capacity) {
        size_t capacity = (e->length + n) * 2;
        char *data = realloc(e->data, capacity);
        if (data == NULL) {
            e->failed = true;
            return;
        }
        e->data = data;
        e->capacity = capacity;
    }
    memcpy(e->data + e->length, p, n);
    e->length += n;
}
static void put_text(Entries *e, const char *s) { put(e, s ? s : "\1", s ? strlen(s) + 1 : 2); }
static void put_number(Entries *e, int64_t i) { put(e, &i, sizeof i); }
static void put_id(Entries *e, uint32_t id) { put_number(e, id == (uint32_t)-1 ? -1 : (int64_t)id); }

/* A database: its fields (s text, n number, l list), and how its entries are copied, looked up and walked through. */
typedef struct Database {
    const char *fields;
    void (*copy)(Entries *e, const void *entry);
    int (*by_name)(const char *name, void *entry, char *buffer, size_t size, void **found);
    int (*by_id)(uint32_t id, void *entry, char *buffer, size_t size, void **found);
    void (*rewind)(void);
    void *(*next)(void);
    void (*end)(void);
    Type *type;
} Database;
static pthread_mutex_t walk_lock = PTHREAD_MUTEX_INITIALIZER; /* taken detached only */

static Ref text_value(Thread *t, const char **p) {
    const char *s = *p;
    size_t n = strlen(s);
    *p += n + 1;
    return n == 1 && *s == 1 ? REF_NONE : str_from_fs(t, s, n);
}
static int64_t number_value(const char **p) {
    int64_t i;
    memcpy(&i, *p, sizeof i);
    *p += sizeof i;
    return i;
}
static Ref list_value(Thread *t, const char **p) {
    Ref list = list_new(t, 0);
    for (int64_t n = number_value(p); n > 0 && !ref_is_null(list); n--) {
        Ref s = text_value(t, p);
        if (ref_is_null(s) || list_append_steal(t, ref_borrow(list), s) < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    }
    return list;
}
static Ref entry_value(Thread *t, const Database *d, const char **p) {
    Ref items[11] = {REF_NULL};
    size_t n = 0;
    for (const char *f = d->fields; *f; f++, n++) items[n] = *f == 's' ? text_value(t, p) : *f == 'n' ? int_from_i64(t, number_value(p)) : list_value(t, p);
    if (n == 9) { /* spwd's two old names */
        items[9] = ref_new(t, ref_borrow(items[0]));
        items[10] = ref_new(t, ref_borrow(items[1]));
    }
    for (size_t i = 0; i < n; i++)
        if (ref_is_null(items[i])) {
            for (size_t j = 0; j < 11; j++) ref_drop(t, items[j]);
            return REF_NULL;
        }
    return structseq_new_steal(t, d->type, items);
}

/* The entry of a name (or of an id, if name is null): null without an exception if there is none; *err: errno of the look-up */
static Ref look_up(Thread *t, const Database *d, const char *name, uint32_t id, int *err) {
    union { struct passwd passwd; struct group group; struct spwd spwd; } entry;
    Entries e = {0};
    void *found = NULL;
    thread_detach(t);
    char *buffer = NULL;
    *err = ERANGE;
    for (size_t size = 1024; *err == ERANGE && size <= (size_t)1 << 26; size *= 2) {
        char *bigger = realloc(buffer, size);
        if (bigger == NULL) {
            e.failed = true;
            break;
        }
        buffer = bigger;
        errno = 0;
        *err = name ? d->by_name(name, &entry, buffer, size, &found) : d->by_id(id, &entry, buffer, size, &found);
    }
    if (found) d->copy(&e, found);
    thread_attach(t);
    const char *p = e.data;
    Ref r = e.failed ? err_no_memory(t) : found ? entry_value(t, d, &p) : REF_NULL;
    free(buffer);
    free(e.data);
    return r;
}
static Ref all(Thread *t, const Database *d) {
    Entries e = {0};
    thread_detach(t);
    pthread_mutex_lock(&walk_lock);
    d->rewind();
    for (void *entry; (entry = d->next()) != NULL; e.count++) d->copy(&e, entry);
    d->end();
    pthread_mutex_unlock(&walk_lock);
    thread_attach(t);
    Ref list = e.failed ? err_no_memory(t) : list_new(t, e.count);
    const char *p = e.data;
    for (size_t i = 0; i < e.count && !ref_is_null(list); i++) {
        Ref entry = entry_value(t, d, &p);
        if (ref_is_null(entry) || list_append_steal(t, ref_borrow(list), entry) < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    }
    free(e.data);
    return list;
}

/* ---- arguments ----------------------------------------------------------------------------------------------------------------------------- */

static Ref by_name(Thread *t, const Database *d, Value name, const char *function, const char *argument, int *err) {
    Ref keep = REF_NULL;
    if (!is_str(name)) return err_set(t, E_TypeError, "%s() argument%s must be str, not %G", function, argument, name);
    const char *text = str_fs(t, name, &keep);
    Ref r = text ? look_up(t, d, text, 0, err) : REF_NULL;
    ref_drop(t, keep);
    return r;
}
static Ref key_error(Thread *t, const char *format, Value v) {
    Ref message = str_format(t, format, v);
    if (!ref_is_null(message)) err_value(t, E_KeyError, ref_borrow(message));
    ref_drop(t, message);
    return REF_NULL;
}
/* a uid or gid: 1, 0: out of range, -1 */
static int id_get(Thread *t, Value v, const char *what, uint32_t *out) {
    int64_t i;
    if (type_of(v)->index == NULL) return err_int(err_set(t, E_TypeError, "%s should be integer, not %T", what, v));
    Ref n = number_index(t, v);
    if (ref_is_null(n)) return -1;
    bool fits = int_try_i64(ref_borrow(n), &i) == 0 && i >= -1 && i <= UINT32_MAX;
    ref_drop(t, n);
    *out = fits ? (uint32_t)i : 0;
    return fits;
}
static Ref by_id(Thread *t, const Database *d, Value v, const char *what, const char *out_of_range, const char *not_found) {
    uint32_t id;
    int err, fits = id_get(t, v, what, &id);
    if (fits < 0) return REF_NULL;
    if (!fits && out_of_range == NULL)
        return err_set(t, E_OverflowError, "%s is %s", what, int_sign(v) < 0 ? "less than minimum" : "greater than maximum");
    if (!fits) return key_error(t, out_of_range, v);
    Ref r = look_up(t, d, NULL, id, &err);
    return ref_is_null(r) && !err_pending(t) ? key_error(t, not_found, v) : r;
}

/* ---- pwd -------------------------------------------------------------------------------------------------------------------------------------- */

static void copy_passwd(Entries *e, const void *entry) {
    const struct passwd *p = entry;
    put_text(e, p->pw_name);
    put_text(e, p->pw_passwd);
    put_id(e, p->pw_uid);
    put_id(e, p->pw_gid);
    put_text(e, p->pw_gecos);
    put_text(e, p->pw_dir);
    put_text(e, p->pw_shell);
}
static int passwd_by_name(const char *name, void *entry, char *buffer, size_t size, void **found) { return getpwnam_r(name, entry, buffer, size, (struct passwd **)found); }
static int passwd_by_id(uint32_t id, void *entry, char *buffer, size_t size, void **found) { return getpwuid_r(id, entry, buffer, size, (struct passwd **)found); }
static void *passwd_next(void) { return getpwent(); }
static Database passwd = {"ssnnsss", copy_passwd, passwd_by_name, passwd_by_id, setpwent, passwd_next, endpwent, NULL};

static Ref m_getpwnam(Thread *t, Value self, const Value *a) {
    int err;
    Ref r = by_name(t, &passwd, a[0], "getpwnam", "", &err);
    return ref_is_null(r) && !err_pending(t) ? key_error(t, "getpwnam(): name not found: %R", a[0]) : r;
}
static Ref m_getpwuid(Thread *t, Value self, const Value *a) { return by_id(t, &passwd, a[0], "uid", "getpwuid(): uid not found", "getpwuid(): uid not found: %V"); }
static Ref m_getpwall(Thread *t, Value self, const Value *a) { return all(t, &passwd); }
static NativeDef passwd_functions[] = {
    FN("getpwuid", "($module, uidobj, /)", m_getpwuid, "The entry of a user's number."), FN("getpwnam", "($module, name, /)", m_getpwnam, "The entry of a user's name."),
    FN("getpwall", "($module, /)", m_getpwall, "All entries, in no order."), FN_END,
};
static const StructSeqField passwd_fields[] = {{"pw_name", "user name"}, {"pw_passwd", "password"}, {"pw_uid", "user id"}, {"pw_gid", "group id"}, {"pw_gecos", "real name"},
                                               {"pw_dir", "home directory"}, {"pw_shell", "shell program"}, {NULL, NULL}};
int module_init_pwd(Thread *t, Value module) {
    passwd.type = structseq_type(t, "pwd.struct_passwd", "An entry of the password database.", passwd_fields, 7);
    if (passwd.type == NULL || module_set(t, module, "struct_passwd", type_value(passwd.type)) < 0) return -1;
    return kit_module(t, module, (Type *const[]){NULL}, passwd_functions, "The database of users.");
}

/* ---- grp -------------------------------------------------------------------------------------------------------------------------------------------- */

static void copy_group(Entries *e, const void *entry) {
    const struct group *g = entry;
    int64_t n = 0;
    put_text(e, g->gr_name);
    put_text(e, g->gr_passwd);
    put_id(e, g->gr_gid);
    while (g->gr_mem[n]) n++;
    put_number(e, n);
    for (int64_t i = 0; i < n; i++) put_text(e, g->gr_mem[i]);
}
static int group_by_name(const char *name, void *entry, char *buffer, size_t size, void **found) { return getgrnam_r(name, entry, buffer, size, (struct group **)found); }
static int group_by_id(uint32_t id, void *entry, char *buffer, size_t size, void **found) { return getgrgid_r(id, entry, buffer, size, (struct group **)found); }
static void *group_next(void) { return getgrent(); }
static Database group = {"ssnl", copy_group, group_by_name, group_by_id, setgrent, group_next, endgrent, NULL};

static Ref m_getgrnam(Thread *t, Value self, const Value *a) {
    int err;
    Ref r = by_name(t, &group, a[0], "getgrnam", " 'name'", &err);
    return ref_is_null(r) && !err_pending(t) ? key_error(t, "getgrnam(): name not found: %R", a[0]) : r;
}
static Ref m_getgrgid(Thread *t, Value self, const Value *a) { return by_id(t, &group, a[0], "gid", NULL, "getgrgid(): gid not found: %V"); }
static Ref m_getgrall(Thread *t, Value self, const Value *a) { return all(t, &group); }
static NativeDef group_functions[] = {
    FN("getgrgid", "($module, /, id)", m_getgrgid, "The entry of a group's number."), FN("getgrnam", "($module, /, name)", m_getgrnam, "The entry of a group's name."),
    FN("getgrall", "($module, /)", m_getgrall, "All entries, in no order."), FN_END,
};
static const StructSeqField group_fields[] = {{"gr_name", "group name"}, {"gr_passwd", "password"}, {"gr_gid", "group id"}, {"gr_mem", "group members"}, {NULL, NULL}};
int module_init_grp(Thread *t, Value module) {
    group.type = structseq_type(t, "grp.struct_group", "An entry of the group database.", group_fields, 4);
    if (group.type == NULL || module_set(t, module, "struct_group", type_value(group.type)) < 0) return -1;
    return kit_module(t, module, (Type *const[]){NULL}, group_functions, "The database of groups.");
}

/* ---- spwd ------------------------------------------------------------------------------------------------------------------------------------------------ */

static void copy_shadow(Entries *e, const void *entry) {
    const struct spwd *s = entry;
    put_text(e, s->sp_namp);
    put_text(e, s->sp_pwdp);
    const long numbers[] = {s->sp_lstchg, s->sp_min, s->sp_max, s->sp_warn, s->sp_inact, s->sp_expire, (long)s->sp_flag};
    for (int i = 0; i < 7; i++) put_number(e, numbers[i]);
}
static int shadow_by_name(const char *name, void *entry, char *buffer, size_t size, void **found) {
    int err = getspnam_r(name, entry, buffer, size, (struct spwd **)found);
    return err == 0 && *found == NULL ? errno : err;
}
static void *shadow_next(void) { return getspent(); }
static Database shadow = {"ssnnnnnnn", copy_shadow, shadow_by_name, NULL, setspent, shadow_next, endspent, NULL};

static Ref m_getspnam(Thread *t, Value self, const Value *a) {
    int err = 0;
    Ref r = by_name(t, &shadow, a[0], "getspnam", "", &err);
    if (!ref_is_null(r) || err_pending(t)) return r;
    return err && err != ENOENT ? err_errno(t, err, VALUE_NULL) : key_error(t, "getspnam(): name not found", VALUE_NONE);
}
static Ref m_getspall(Thread *t, Value self, const Value *a) { return all(t, &shadow); }
static NativeDef shadow_functions[] = {
    FN("getspnam", "($module, arg, /)", m_getspnam, "The entry of a user's name."), FN("getspall", "($module, /)", m_getspall, "All entries, in no order."), FN_END,
};
static const StructSeqField shadow_fields[] = {
    {"sp_namp", "login name"}, {"sp_pwdp", "encrypted password"}, {"sp_lstchg", "date of last change"}, {"sp_min", "min #days between changes"}, {"sp_max", "max #days between changes"},
    {"sp_warn", "#days before pw expires to warn user about it"}, {"sp_inact", "#days after pw expires until account is disabled"},
    {"sp_expire", "#days since 1970-01-01 when account expires"}, {"sp_flag", "reserved"}, {"sp_nam", "login name; deprecated"}, {"sp_pwd", "encrypted password; deprecated"}, {NULL, NULL}};
int module_init_spwd(Thread *t, Value module) {
    if (warn(t, E_DeprecationWarning, 7, "'spwd' is deprecated and slated for removal in Python 3.13") < 0) return -1;
    shadow.type = structseq_type(t, "spwd.struct_spwd", "An entry of the shadow password database.", shadow_fields, 9);
    if (shadow.type == NULL || module_set(t, module, "struct_spwd", type_value(shadow.type)) < 0) return -1;
    return kit_module(t, module, (Type *const[]){NULL}, shadow_functions, "The database of shadow passwords.");
}
