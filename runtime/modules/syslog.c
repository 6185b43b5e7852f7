/* syslog. The C library keeps the program's name by pointer, so the old one is freed only when a new one is in place; one lock, taken detached, orders that. */
#include "runtime/modules/kit.h"
#include "runtime/modules/sys.h"
#include <pthread.h>
#include <stdlib.h>
#include <syslog.h>

int module_init_syslog(Thread *t, Value module);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards the two below, and openlog() against syslog() */
static char *identity;
static bool opened;

/* The last part of sys.argv[0] as a str, or None. */
static Ref default_identity(Thread *t) {
    Ref argv = sys_get(t, "argv");
    Value first = ref_is_null(argv) || !is_list(ref_borrow(argv)) ? VALUE_NULL : list_get(ref_borrow(argv), 0);
    Ref name = REF_NONE;
    if (!value_is_null(first) && is_str(first) && str_length(first) > 0) {
        int64_t n = (int64_t)str_length(first), slash = n;
        while (slash > 0 && str_at(as(Str, first), (size_t)slash - 1) != '/') slash--;
        name = slash == n ? ref_new(t, first) : str_slice(t, first, slash, n);
    }
    ref_drop(t, argv);
    return name;
}
static int do_open(Thread *t, Value name, int option, int facility) {
    Ref own = value_is_null(name) ? default_identity(t) : ref_new(t, name);
    Value n = ref_borrow(own);
    const char *text = ref_is_null(own) || ref_is_none(own) ? NULL : str_utf8(t, n, NULL);
    int bad = err_pending(t) ? -1 : audit(t, "syslog.openlog", (Value[]){n, small_int(option), small_int(facility)}, 3);
    char *copy = bad == 0 && text ? strdup(text) : NULL;
    ref_drop(t, own);
    if (bad == 0 && text && copy == NULL) bad = err_int(err_no_memory(t));
    if (bad < 0) return -1;
    thread_detach(t);
    pthread_mutex_lock(&lock);
    openlog(copy, option, facility);
    free(identity);
    identity = copy;
    opened = true;
    pthread_mutex_unlock(&lock);
    thread_attach(t);
    return 0;
}

static Ref m_openlog(Thread *t, Value self, const Value *a) {
    int option = 0, facility = LOG_USER;
    if (!value_is_null(a[0]) && !is_str(a[0])) return err_set(t, E_TypeError, "openlog() argument 1 must be str, not %G", a[0]);
    if ((!value_is_null(a[1]) && as_int(t, a[1], &option) < 0) || (!value_is_null(a[2]) && as_int(t, a[2], &facility) < 0)) return REF_NULL;
    return do_open(t, a[0], option, facility) < 0 ? REF_NULL : REF_NONE;
}
static Ref m_syslog(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    int priority = LOG_INFO;
    if (no_kwargs(t, "syslog", kwnames) < 0) return REF_NULL;
    if (nargs < 1 || nargs > 2 || !is_str(args[nargs - 1])) return err_set(t, E_TypeError, "[priority,] message string");
    if (nargs == 2 && as_int(t, args[0], &priority) < 0) return REF_NULL;
    const char *message = str_utf8(t, args[nargs - 1], NULL);
    if (message == NULL || audit(t, "syslog.syslog", (Value[]){small_int(priority), args[nargs - 1]}, 2) < 0) return REF_NULL;
    bool is_open;
    DETACHED(t, pthread_mutex_lock(&lock); is_open = opened; pthread_mutex_unlock(&lock));
    if (!is_open && do_open(t, VALUE_NULL, 0, LOG_USER) < 0) return REF_NULL;
    DETACHED(t, pthread_mutex_lock(&lock); syslog(priority, "%s", message); pthread_mutex_unlock(&lock));
    return REF_NONE;
}
static Ref m_closelog(Thread *t, Value self, const Value *a) {
    if (audit(t, "syslog.closelog", NULL, 0) < 0) return REF_NULL;
    thread_detach(t);
    pthread_mutex_lock(&lock);
    if (opened) {
        closelog();
        free(identity);
        identity = NULL;
        opened = false;
    }
    pthread_mutex_unlock(&lock);
    thread_attach(t);
    return REF_NONE;
}
static Ref m_setlogmask(Thread *t, Value self, const Value *a) {
    int mask;
    return as_int(t, a[0], &mask) < 0 || audit(t, "syslog.setlogmask", (Value[]){small_int(mask)}, 1) < 0 ? REF_NULL : ref_small_int(setlogmask(mask));
}
static Ref m_mask(Thread *t, Value self, const Value *a) {
    int64_t n;
    return as_i64(t, a[0], &n) < 0 ? REF_NULL : ref_small_int(LOG_MASK((int)n));
}
static Ref m_upto(Thread *t, Value self, const Value *a) {
    int64_t n;
    return as_i64(t, a[0], &n) < 0 ? REF_NULL : ref_small_int(LOG_UPTO((int)n));
}

static NativeDef functions[] = {
    FN("openlog", "!($module, /, ident='', logoption=0, facility=0)", m_openlog, NULL), FN("closelog", "!($module, /)", m_closelog, NULL), FN_RAW("syslog", NULL, m_syslog, NULL),
    FN("setlogmask", "!($module, mask, /)", m_setlogmask, NULL), FN_TUPLE("LOG_MASK", "!($module, pri, /)", m_mask, NULL), FN_TUPLE("LOG_UPTO", "!($module, pri, /)", m_upto, NULL), FN_END,
};
static const KitConstant constants[] = {
#define C(x) {#x, x}
    C(LOG_ALERT), C(LOG_AUTH), C(LOG_AUTHPRIV), C(LOG_CONS), C(LOG_CRIT), C(LOG_CRON), C(LOG_DAEMON), C(LOG_DEBUG), C(LOG_EMERG), C(LOG_ERR), C(LOG_INFO),
    C(LOG_KERN), C(LOG_LOCAL0), C(LOG_LOCAL1), C(LOG_LOCAL2), C(LOG_LOCAL3), C(LOG_LOCAL4), C(LOG_LOCAL5), C(LOG_LOCAL6), C(LOG_LOCAL7), C(LOG_LPR),
    C(LOG_MAIL), C(LOG_NDELAY), C(LOG_NEWS), C(LOG_NOTICE), C(LOG_NOWAIT), C(LOG_ODELAY), C(LOG_PERROR), C(LOG_PID), C(LOG_SYSLOG), C(LOG_USER), C(LOG_UUCP),
    C(LOG_WARNING),
    {NULL, 0},
#undef C
};
int module_init_syslog(Thread *t, Value module) { return module_add_functions(t, module, functions) < 0 ? -1 : kit_constants(t, module, constants); }
