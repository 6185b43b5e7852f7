/* nis: Sun's network information service, by libnsl, which guards its bindings itself. Calls wait for servers detached. */
#include "runtime/bytes.h"
#include "runtime/modules/kit.h"
#include <rpc/rpc.h>
#include <rpcsvc/yp_prot.h>
#include <rpcsvc/ypclnt.h>
#include <stdlib.h>

int module_init_nis(Thread *t, Value module);
int yp_maplist(const char *domain, struct ypmaplist **list); /* in the library, but not in its header */

static Slot error_root;
static Ref fail(Thread *t, const char *message) { return err_type(t, as(Type, slot_get(&error_root)), "%s", message); }

/* Short names of maps, and whether the texts in them end in a NUL that counts. */
static const struct { const char *name, *map; bool nul; } aliases[] = {
    {"passwd", "passwd.byname", false}, {"group", "group.byname", false}, {"networks", "networks.byaddr", false}, {"hosts", "hosts.byname", false},
    {"protocols", "protocols.bynumber", false}, {"services", "services.byname", false}, {"aliases", "mail.aliases", true}, {"ethers", "ethers.byname", false},
};
enum { ALIASES = sizeof aliases / sizeof *aliases };
typedef struct Map { const char *name; bool nul; } Map;
static Map map_called(const char *name) {
    for (size_t i = 0; i < ALIASES; i++)
        if (strcmp(name, aliases[i].name) == 0 || strcmp(name, aliases[i].map) == 0) return (Map){aliases[i].map, aliases[i].nul};
    return (Map){name, false};
}
static Ref decode(Thread *t, const char *s, int n, bool nul) {
    if (nul && n > 0 && s[n - 1] == 0) n--;
    return str_decode(t, s, (size_t)n, "utf-8", "surrogateescape");
}
/* A str argument without NULs; null with an exception. */
static const char *text_arg(Thread *t, const char *function, const char *position, Value v) {
    size_t n;
    if (!is_str(v)) return err_bad_argument(t, function, position, "str", v), NULL;
    const char *s = str_utf8(t, v, &n);
    if (s != NULL && strlen(s) != n) return err_set(t, E_ValueError, "embedded null character"), NULL;
    return s;
}
/* The domain given, or the machine's, which the library owns. */
static const char *domain_arg(Thread *t, const char *function, const char *position, Value v) {
    if (!value_is_null(v)) return text_arg(t, function, position, v);
    char *domain;
    int err = yp_get_default_domain(&domain);
    return err == 0 ? domain : (fail(t, yperr_string(err)), NULL);
}

static Ref m_get_default_domain(Thread *t, Value self, const Value *a) {
    const char *domain = domain_arg(t, "get_default_domain", "", VALUE_NULL);
    return domain == NULL ? REF_NULL : str_decode(t, domain, strlen(domain), "utf-8", "surrogateescape");
}

static Ref match(Thread *t, const char *domain, Map map, Value key_bytes) {
    int n = (int)bytes_length(key_bytes) + map.nul, found_length, err;
    char *key = (char *)bytes_data(key_bytes), *found = NULL;
    DETACHED(t, err = yp_match(domain, map.name, key, n, &found, &found_length));
    if (err != 0) return fail(t, yperr_string(err));
    Ref r = decode(t, found, found_length, map.nul);
    free(found);
    return r;
}
static Ref m_match(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[3];
    const char *name;
    if (kit_bind(t, "match", "key,map|domain", args, nargs, kwnames, a) < 0) return REF_NULL;
    if (!is_str(a[0])) return err_bad_argument(t, "match", "1", "str", a[0]);
    if ((name = text_arg(t, "match", "2", a[1])) == NULL || (!value_is_null(a[2]) && text_arg(t, "match", "3", a[2]) == NULL)) return REF_NULL;
    Ref key = str_encode(t, a[0], "utf-8", "surrogateescape"), r = REF_NULL;
    if (ref_is_null(key)) return key;
    const char *domain = domain_arg(t, "match", "3", a[2]);
    if (domain != NULL) r = match(t, domain, map_called(name), ref_borrow(key));
    ref_drop(t, key);
    return r;
}

typedef struct Cat { Thread *t; Value dict; bool nul; } Cat;
/* The library calls it for each entry, detached; what isn't 0 ends it. */
static int cat_entry(int status, char *key, int key_length, char *value, int value_length, char *data) {
    Cat *cat = (Cat *)data;
    Thread *t = cat->t;
    if (status != YP_TRUE) return 1;
    thread_attach(t);
    Ref k = decode(t, key, key_length, cat->nul), v = ref_is_null(k) ? k : decode(t, value, value_length, cat->nul);
    int bad = ref_is_null(v) ? -1 : dict_set(t, cat->dict, ref_borrow(k), ref_borrow(v));
    ref_drop(t, v);
    ref_drop(t, k);
    thread_detach(t);
    return bad < 0;
}
static Ref m_cat(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[2];
    const char *name, *domain;
    if (kit_bind(t, "cat", "map|domain", args, nargs, kwnames, a) < 0) return REF_NULL;
    if ((name = text_arg(t, "cat", "1", a[0])) == NULL || (domain = domain_arg(t, "cat", "2", a[1])) == NULL) return REF_NULL;
    Ref dict = dict_new(t);
    if (ref_is_null(dict)) return dict;
    Map map = map_called(name);
    Cat cat = {t, ref_borrow(dict), map.nul};
    int err;
    DETACHED(t, err = yp_all(domain, map.name, &(struct ypall_callback){cat_entry, (char *)&cat}));
    if (err != 0 && !err_pending(t)) fail(t, yperr_string(err));
    if (!err_pending(t)) return dict;
    ref_drop(t, dict);
    return REF_NULL;
}

/* The names in the library's list, which is freed. */
static Ref map_names(Thread *t, struct ypmaplist *list) {
    Ref names = list_new(t, 0);
    while (list != NULL) {
        struct ypmaplist *next = list->next;
        Ref name = ref_is_null(names) ? names : str_decode(t, list->map, strlen(list->map), "utf-8", "surrogateescape");
        if (!ref_is_null(names) && (ref_is_null(name) || list_append_steal(t, ref_borrow(names), name) < 0)) {
            ref_drop(t, names);
            names = REF_NULL;
        }
        free(list->map);
        free(list);
        list = next;
    }
    return names;
}
static Ref m_maps(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    Value a[1];
    if (kit_bind(t, "maps", "|domain", args, nargs, kwnames, a) < 0) return REF_NULL;
    const char *domain = domain_arg(t, "maps", "1", a[0]);
    if (domain == NULL) return REF_NULL;
    struct ypmaplist *list = NULL;
    char *server = NULL;
    int err = 0;
    thread_detach(t);
    for (size_t i = 0; i < ALIASES && server == NULL; i++)
        if (yp_master(domain, aliases[i].map, &server) != 0) server = NULL;
    if (server != NULL) err = yp_maplist(domain, &list);
    thread_attach(t);
    if (server == NULL) return fail(t, "No NIS master found for any map");
    free(server);
    return err != 0 ? fail(t, yperr_string(err)) : map_names(t, list);
}

static NativeDef functions[] = {
    FN_RAW("match", NULL, m_match, "match(key, map, domain = defaultdomain)\nThe value of key in a map."),
    FN_RAW("cat", NULL, m_cat, "cat(map, domain = defaultdomain)\nThe whole map as a dictionary."),
    FN_RAW("maps", NULL, m_maps, "maps(domain = defaultdomain)\nThe names of all maps of a domain."),
    FN("get_default_domain", "!($module, /)", m_get_default_domain, "get_default_domain() -> str\nThe domain of this machine."),
    FN_END,
};
int module_init_nis(Thread *t, Value module) {
    if (warn(t, E_DeprecationWarning, 7, "'nis' is deprecated and slated for removal in Python 3.13") < 0) return -1;
    if (kit_exception_root(t, module, &error_root, "nis", "error", ETYPE(Exception)) < 0) return -1;
    return kit_module(t, module, (Type *const[]){NULL}, functions, "This module contains functions for accessing NIS maps.\n");
}
