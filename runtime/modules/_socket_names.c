/* _socket: names of hosts, services, protocols and interfaces; numbers in network order. Look-ups detach the thread and use the C library's functions
 * that keep no state between calls. */
#include "runtime/modules/_socket.h"
#include <arpa/inet.h>
#include <stdio.h>

static Ref inet_error(Thread *t, const char *message) { return err_set(t, E_OSError, "%s", message); }

/* ---- host names ------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_gethostname(Thread *t, Value self, const Value *a) {
    char name[1024];
    int n;
    if (audit(t, "socket.gethostname", NULL, 0) < 0) return REF_NULL;
    DETACHED(t, n = gethostname(name, sizeof name - 1));
    if (n < 0) return socket_error(t);
    name[sizeof name - 1] = 0;
    return str_from_fs(t, name, strlen(name));
}
static Ref m_sethostname(Thread *t, Value self, const Value *a) {
    Ref name = is_str(a[0]) ? str_encode(t, a[0], "utf-8", "surrogateescape") : ref_new(t, a[0]);
    Buffer view;
    int n = -1;
    if (!is_str(a[0]) && !is_bytes(a[0])) {
        err_set(t, E_TypeError, "sethostname() argument 1 must be bytes, not %G", a[0]);
    } else if (!ref_is_null(name) && audit(t, "socket.sethostname", a, 1) == 0 && buffer_get(t, ref_borrow(name), &view, BUFFER_SIMPLE) == 0) {
        n = sethostname(view.data, (size_t)view.len);
        if (n < 0) socket_error(t);
        buffer_release(t, &view);
    }
    ref_drop(t, name);
    return n < 0 ? REF_NULL : REF_NONE;
}

/* A host name for the look-ups below: str is encoded always, however plain. Null with an exception. */
static const char *name_text(Thread *t, Value v, const char *function, Ref *keep) {
    *keep = is_str(v) ? str_encode(t, v, "idna", NULL) : is_bytes(v) ? ref_new(t, v) : REF_NULL;
    if (ref_is_null(*keep) && !err_pending(t)) {
        if (type_is_subtype(type_of(v), &bytearray_type)) *keep = bytes_from_object(t, v);
        else err_set(t, E_TypeError, "%s() argument 1 must be str, bytes or bytearray, not %G", function, v);
    }
    if (ref_is_null(*keep)) return NULL;
    const char *p = (const char *)bytes_data(ref_borrow(*keep));
    if (strlen(p) == bytes_length(ref_borrow(*keep))) return p;
    ref_drop(t, *keep);
    *keep = REF_NULL;
    err_set(t, E_TypeError, "%s() argument 1 must be encoded string without null bytes, not %G", function, v);
    return NULL;
}

static Ref m_gethostbyname(Thread *t, Value self, const Value *a) {
    Ref keep, r = REF_NULL;
    Address address;
    const char *name = name_text(t, a[0], "gethostbyname", &keep);
    if (name == NULL) return REF_NULL;
    Ref shown = str_from_cstr(t, name);
    if (!ref_is_null(shown) && audit(t, "socket.gethostbyname", (Value[]){ref_borrow(shown)}, 1) == 0 && host_address(t, name, &address, sizeof address, AF_INET) >= 0)
        r = inet_text(t, &address);
    ref_drop(t, shown);
    ref_drop(t, keep);
    return r;
}

/* (name, aliases, addresses) of a look-up that filled h; frees its memory */
static Ref host_entry(Thread *t, const struct hostent *h, int code) {
    if (h == NULL) return socket_host_error(t, code);
    Ref names = list_new(t, 0), addresses = list_new(t, 0);
    bool bad = ref_is_null(names) || ref_is_null(addresses);
    for (char **p = h->h_aliases; !bad && p && *p; p++) {
        Ref s = str_from_fs(t, *p, strlen(*p));
        bad = ref_is_null(s) || list_append_steal(t, ref_borrow(names), s) < 0;
    }
    for (char **p = h->h_addr_list; !bad && *p; p++) {
        Address a = {.any.sa_family = (sa_family_t)h->h_addrtype};
        if (h->h_addrtype == AF_INET6) memcpy(&a.in6.sin6_addr, *p, sizeof a.in6.sin6_addr);
        else memcpy(&a.in.sin_addr, *p, sizeof a.in.sin_addr);
        Ref s = inet_text(t, &a);
        bad = ref_is_null(s) || list_append_steal(t, ref_borrow(addresses), s) < 0;
    }
    Ref name = bad ? REF_NULL : str_from_fs(t, h->h_name, strlen(h->h_name));
    return tuple_from_steal(t, (Ref[]){name, names, addresses}, 3);
}
typedef int (*HostLookup)(const Address *a, const char *name, struct hostent *h, char *buffer, size_t size, struct hostent **out, int *code);
static int by_name(const Address *a, const char *name, struct hostent *h, char *buffer, size_t size, struct hostent **out, int *code) {
    return gethostbyname_r(name, h, buffer, size, out, code);
}
static int by_address(const Address *a, const char *name, struct hostent *h, char *buffer, size_t size, struct hostent **out, int *code) {
    bool six = a->any.sa_family == AF_INET6;
    return gethostbyaddr_r(six ? (const void *)&a->in6.sin6_addr : &a->in.sin_addr, six ? 16 : 4, a->any.sa_family, h, buffer, size, out, code);
}
static Ref host_lookup(Thread *t, HostLookup look, const Address *a, const char *name) {
    struct hostent h, *found = NULL;
    int code = 0, r = ERANGE;
    char *buffer = NULL;
    for (size_t size = 16384; r == ERANGE && size <= 1 << 24; size *= 2) {
        mem_free(buffer);
        if ((buffer = mem_alloc(size)) == NULL) return err_no_memory(t);
        DETACHED(t, r = look(a, name, &h, buffer, size, &found, &code));
    }
    Ref result = host_entry(t, r == 0 ? found : NULL, code ? code : NO_RECOVERY);
    mem_free(buffer);
    return result;
}
static Ref named_host(Thread *t, Value v, const char *function, const char *event, HostLookup look) {
    Ref keep, r = REF_NULL;
    Address address = {.any.sa_family = AF_UNSPEC};
    const char *name = name_text(t, v, function, &keep);
    if (name == NULL) return REF_NULL;
    if (audit(t, event, (Value[]){v}, 1) == 0 && host_address(t, name, &address, sizeof address, look == by_name ? AF_INET : AF_UNSPEC) >= 0) r = host_lookup(t, look, &address, name);
    ref_drop(t, keep);
    return r;
}
static Ref m_gethostbyname_ex(Thread *t, Value self, const Value *a) { return named_host(t, a[0], "gethostbyname_ex", "socket.gethostbyname", by_name); }
static Ref m_gethostbyaddr(Thread *t, Value self, const Value *a) { return named_host(t, a[0], "gethostbyaddr", "socket.gethostbyaddr", by_address); }

/* ---- getaddrinfo, getnameinfo ---------------------------------------------------------------------------------------------------------------------------- */

/* Text of the host or service argument: *keep owns it; null without an exception for None. */
static const char *info_text(Thread *t, Value v, bool host, Ref *keep) {
    *keep = REF_NULL;
    if (value_is_none(v)) return NULL;
    if (is_str(v) && host) *keep = str_encode(t, v, "idna", NULL);
    else if (is_str(v)) return str_utf8(t, v, NULL);
    else if (is_bytes(v)) *keep = ref_new(t, v);
    else if (!host && is_int(v)) {
        Ref text = object_str(t, v);
        *keep = ref_is_null(text) ? text : str_encode(t, ref_borrow(text), "ascii", NULL);
        ref_drop(t, text);
    } else if (host) err_set(t, E_TypeError, "getaddrinfo() argument 1 must be string or None");
    else err_set(t, E_OSError, "Int or String expected");
    if (!ref_is_null(*keep) && host && !is_bytes(ref_borrow(*keep))) return str_utf8(t, ref_borrow(*keep), NULL);
    return ref_is_null(*keep) ? NULL : (const char *)bytes_data(ref_borrow(*keep));
}
static Ref m_getaddrinfo(Thread *t, Value self, const Value *a) {
    struct addrinfo hints = {0}, *list = NULL;
    int *const number[4] = {&hints.ai_family, &hints.ai_socktype, &hints.ai_protocol, &hints.ai_flags}, code;
    for (int i = 0; i < 4; i++)
        if (!value_is_null(a[2 + i]) && as_int(t, a[2 + i], number[i]) < 0) return REF_NULL;
    Ref keep_host, keep_service = REF_NULL, result = REF_NULL;
    const char *service = NULL, *host = info_text(t, a[0], true, &keep_host);
    if (!err_pending(t)) service = info_text(t, a[1], false, &keep_service);
    Value event[] = {a[0], a[1], small_int(hints.ai_family), small_int(hints.ai_socktype), small_int(hints.ai_protocol)};
    if (err_pending(t) || audit(t, "socket.getaddrinfo", event, 5) < 0) goto done;
    DETACHED(t, code = getaddrinfo(host, service, &hints, &list));
    if (code) {
        socket_resolver_error(t, code);
        goto done;
    }
    result = list_new(t, 0);
    for (struct addrinfo *p = list; p && !ref_is_null(result); p = p->ai_next) {
        Ref address = address_value(t, -1, (const Address *)p->ai_addr, p->ai_addrlen, hints.ai_protocol);
        const char *name = p->ai_canonname ? p->ai_canonname : "";
        Ref item = ref_is_null(address) ? address
                                        : tuple_from_steal(t, (Ref[]){ref_small_int(p->ai_family), ref_small_int(p->ai_socktype), ref_small_int(p->ai_protocol),
                                                                      str_from_fs(t, name, strlen(name)), address}, 5);
        if (ref_is_null(item) || list_append_steal(t, ref_borrow(result), item) < 0) {
            ref_drop(t, result);
            result = REF_NULL;
        }
    }
    freeaddrinfo(list);
done:
    ref_drop(t, keep_host);
    ref_drop(t, keep_service);
    return result;
}

static Ref m_getnameinfo(Thread *t, Value self, const Value *a) {
    int flags, port, code;
    int64_t flow = 0, scope = 0;
    if (as_int(t, a[1], &flags) < 0) return REF_NULL;
    if (!is_tuple(a[0])) return err_set(t, E_TypeError, "getnameinfo() argument 1 must be a tuple");
    size_t n = tuple_size(a[0]);
    if (n < 2 || n > 4 || !is_str(tuple_get(a[0], 0))) return err_set(t, E_TypeError, "getnameinfo(): illegal sockaddr argument");
    const char *host = str_utf8(t, tuple_get(a[0], 0), NULL);
    if (host == NULL || as_int(t, tuple_get(a[0], 1), &port) < 0 || (n > 2 && as_i64(t, tuple_get(a[0], 2), &flow) < 0) || (n > 3 && as_i64(t, tuple_get(a[0], 3), &scope) < 0))
        return REF_NULL;
    if (flow < 0 || flow > 0xfffff) return err_set(t, E_OverflowError, "getnameinfo(): flowinfo must be 0-1048575.");
    if (audit(t, "socket.getnameinfo", a, 1) < 0) return REF_NULL;
    char text[16], node[NI_MAXHOST], service[NI_MAXSERV];
    snprintf(text, sizeof text, "%d", port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICHOST}, *list = NULL;
    DETACHED(t, code = getaddrinfo(host, text, &hints, &list));
    if (code) return socket_resolver_error(t, code);
    Address address;
    socklen_t length = list->ai_addrlen;
    bool many = list->ai_next != NULL;
    memcpy(&address, list->ai_addr, length);
    freeaddrinfo(list);
    if (many) return inet_error(t, "sockaddr resolved to multiple addresses");
    if (address.any.sa_family == AF_INET && n != 2) return inet_error(t, "IPv4 sockaddr must be 2 tuple");
    if (address.any.sa_family == AF_INET6) {
        address.in6.sin6_flowinfo = htonl((uint32_t)flow);
        address.in6.sin6_scope_id = (uint32_t)scope;
    }
    DETACHED(t, code = getnameinfo(&address.any, length, node, sizeof node, service, sizeof service, flags));
    if (code) return socket_resolver_error(t, code);
    return tuple_from_steal(t, (Ref[]){str_from_fs(t, node, strlen(node)), str_from_cstr(t, service)}, 2);
}

/* ---- services, protocols ------------------------------------------------------------------------------------------------------------------------------------ */

static int cstr_get(Thread *t, Value v, const char *function, int index, const char **out) {
    size_t n;
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "%s() argument %d must be str, not %G", function, index, v));
    *out = str_utf8(t, v, &n);
    if (*out == NULL) return -1;
    return strlen(*out) == n ? 0 : err_int(err_set(t, E_ValueError, "embedded null character"));
}
static Ref m_getservbyname(Thread *t, Value self, const Value *a) {
    const char *name, *proto = NULL;
    struct servent s, *found = NULL;
    char buffer[8192];
    if (cstr_get(t, a[0], "getservbyname", 1, &name) < 0 || (!value_is_null(a[1]) && cstr_get(t, a[1], "getservbyname", 2, &proto) < 0)) return REF_NULL;
    Ref shown = str_from_cstr(t, proto ? proto : "");
    int bad = ref_is_null(shown) ? -1 : audit(t, "socket.getservbyname", (Value[]){a[0], ref_borrow(shown)}, 2);
    ref_drop(t, shown);
    if (bad < 0) return REF_NULL;
    DETACHED(t, getservbyname_r(name, proto, &s, buffer, sizeof buffer, &found));
    return found ? ref_small_int(ntohs((uint16_t)found->s_port)) : inet_error(t, "service/proto not found");
}
static Ref m_getservbyport(Thread *t, Value self, const Value *a) {
    int port;
    const char *proto = NULL;
    struct servent s, *found = NULL;
    char buffer[8192];
    if (as_int(t, a[0], &port) < 0 || (!value_is_null(a[1]) && cstr_get(t, a[1], "getservbyport", 2, &proto) < 0)) return REF_NULL;
    if (port < 0 || port > 0xffff) return err_set(t, E_OverflowError, "getservbyport: port must be 0-65535.");
    Ref shown = str_from_cstr(t, proto ? proto : "");
    int bad = ref_is_null(shown) ? -1 : audit(t, "socket.getservbyport", (Value[]){small_int(port), ref_borrow(shown)}, 2);
    ref_drop(t, shown);
    if (bad < 0) return REF_NULL;
    DETACHED(t, getservbyport_r(htons((uint16_t)port), proto, &s, buffer, sizeof buffer, &found));
    return found ? str_from_fs(t, found->s_name, strlen(found->s_name)) : inet_error(t, "port/proto not found");
}
static Ref m_getprotobyname(Thread *t, Value self, const Value *a) {
    const char *name;
    struct protoent p, *found = NULL;
    char buffer[8192];
    if (cstr_get(t, a[0], "getprotobyname", 1, &name) < 0) return REF_NULL;
    DETACHED(t, getprotobyname_r(name, &p, buffer, sizeof buffer, &found));
    return found ? ref_small_int(found->p_proto) : inet_error(t, "protocol not found");
}

/* ---- byte order ----------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref swap16(Thread *t, Value v, const char *name) {
    int x;
    if (as_int(t, v, &x) < 0) return REF_NULL;
    if (x < 0) return err_set(t, E_OverflowError, "%s: can't convert negative Python int to C 16-bit unsigned integer", name);
    if (x > 0xffff) return err_set(t, E_OverflowError, "%s: Python int too large to convert to C 16-bit unsigned integer", name);
    return ref_small_int(ntohs((uint16_t)x));
}
static Ref swap32(Thread *t, Value v) {
    uint64_t x;
    if (!is_int(v)) return err_set(t, E_TypeError, "expected int, %T found", v);
    if (int_sign(v) < 0) return err_set(t, E_OverflowError, "can't convert negative value to unsigned int");
    if (int_try_u64(v, &x) < 0) return err_set(t, E_OverflowError, "Python int too large to convert to C unsigned long");
    return x > 0xffffffff ? err_set(t, E_OverflowError, "int larger than 32 bits") : ref_small_int(ntohl((uint32_t)x));
}
static Ref m_ntohs(Thread *t, Value self, const Value *a) { return swap16(t, a[0], "ntohs"); }
static Ref m_htons(Thread *t, Value self, const Value *a) { return swap16(t, a[0], "htons"); }
static Ref m_swap32(Thread *t, Value self, const Value *a) { return swap32(t, a[0]); }

/* ---- numeric addresses -------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_inet_aton(Thread *t, Value self, const Value *a) {
    const char *text;
    struct in_addr address;
    if (cstr_get(t, a[0], "inet_aton", 1, &text) < 0) return REF_NULL;
    if (!inet_aton(text, &address)) return inet_error(t, "illegal IP address string passed to inet_aton");
    return bytes_new(t, &address, sizeof address);
}
static Ref packed_text(Thread *t, Value v, int family, const char *wrong) {
    Buffer view;
    Address address = {.any.sa_family = (sa_family_t)family};
    int64_t size = family == AF_INET6 ? 16 : 4;
    if (buffer_get(t, v, &view, BUFFER_SIMPLE) < 0) return REF_NULL;
    bool fits = view.len == size;
    if (fits) memcpy(family == AF_INET6 ? (void *)&address.in6.sin6_addr : &address.in.sin_addr, view.data, (size_t)size);
    buffer_release(t, &view);
    return fits ? inet_text(t, &address) : wrong[0] == 'p' ? inet_error(t, wrong) : err_set(t, E_ValueError, "%s", wrong);
}
static Ref m_inet_ntoa(Thread *t, Value self, const Value *a) { return packed_text(t, a[0], AF_INET, "packed IP wrong length for inet_ntoa"); }
static Ref m_inet_ntop(Thread *t, Value self, const Value *a) {
    int family;
    if (as_int(t, a[0], &family) < 0) return REF_NULL;
    if (family != AF_INET && family != AF_INET6) return err_set(t, E_ValueError, "unknown address family %d", family);
    return packed_text(t, a[1], family, "invalid length of packed IP address string");
}
static Ref m_inet_pton(Thread *t, Value self, const Value *a) {
    int family;
    const char *text;
    char packed[16];
    if (as_int(t, a[0], &family) < 0 || cstr_get(t, a[1], "inet_pton", 2, &text) < 0) return REF_NULL;
    int r = inet_pton(family, text, packed);
    if (r < 0) return socket_error(t);
    return r == 0 ? inet_error(t, "illegal IP address string passed to inet_pton") : bytes_new(t, packed, family == AF_INET6 ? 16 : 4);
}

/* ---- interfaces --------------------------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_if_nameindex(Thread *t, Value self, const Value *a) {
    struct if_nameindex *all;
    DETACHED(t, all = if_nameindex());
    if (all == NULL) return socket_error(t);
    Ref list = list_new(t, 0);
    for (struct if_nameindex *i = all; !ref_is_null(list) && i->if_index != 0; i++) {
        Ref item = tuple_from_steal(t, (Ref[]){ref_small_int(i->if_index), str_from_fs(t, i->if_name, strlen(i->if_name))}, 2);
        if (ref_is_null(item) || list_append_steal(t, ref_borrow(list), item) < 0) {
            ref_drop(t, list);
            list = REF_NULL;
        }
    }
    if_freenameindex(all);
    return list;
}
static Ref m_if_nametoindex(Thread *t, Value self, const Value *a) {
    Ref keep = REF_NULL;
    const char *name = str_fs(t, a[0], &keep);
    unsigned index = name ? if_nametoindex(name) : 0;
    ref_drop(t, keep);
    if (name == NULL) return REF_NULL;
    return index ? ref_small_int(index) : inet_error(t, "no interface with this name");
}
static Ref m_if_indextoname(Thread *t, Value self, const Value *a) {
    char name[IF_NAMESIZE];
    uint64_t index;
    Ref i = number_index(t, a[0]);
    if (ref_is_null(i)) return i;
    int bad = int_sign(ref_borrow(i)) < 0 ? err_int(err_set(t, E_OverflowError, "can't convert negative value to unsigned int"))
              : int_try_u64(ref_borrow(i), &index) < 0 ? err_int(err_set(t, E_OverflowError, "Python int too large to convert to C unsigned long"))
              : index > UINT32_MAX ? err_int(err_set(t, E_OverflowError, "Python int too large to convert to C unsigned int")) : 0;
    ref_drop(t, i);
    if (bad < 0) return REF_NULL;
    return if_indextoname((unsigned)index, name) ? str_from_fs(t, name, strlen(name)) : socket_error(t);
}

NativeDef socket_name_functions[] = {
    FN("gethostname", "!($module, /)", m_gethostname, "gethostname() -> string\n\nThe local host's name."),
    FN_TUPLE("sethostname", "!($module, name, /)", m_sethostname, "sethostname(name)\n\nSets the host's name."),
    FN_TUPLE("gethostbyname", "!($module, host, /)", m_gethostbyname, "gethostbyname(host) -> address\n\nThe IPv4 address of a host."),
    FN_TUPLE("gethostbyname_ex", "!($module, host, /)", m_gethostbyname_ex, "gethostbyname_ex(host) -> (name, aliaslist, addresslist)"),
    FN_TUPLE("gethostbyaddr", "!($module, host, /)", m_gethostbyaddr, "gethostbyaddr(host) -> (name, aliaslist, addresslist)"),
    FN("getaddrinfo", "!($module, /, host, port, family=0, type=0, proto=0, flags=0)", m_getaddrinfo,
       "getaddrinfo(host, port [, family, type, proto, flags])\n    -> list of (family, type, proto, canonname, sockaddr)"),
    FN_TUPLE("getnameinfo", "!($module, sockaddr, flags, /)", m_getnameinfo, "getnameinfo(sockaddr, flags) --> (host, port)"),
    FN_TUPLE("getservbyname", "!($module, servicename, protocolname='', /)", m_getservbyname, "getservbyname(servicename[, protocolname]) -> integer"),
    FN_TUPLE("getservbyport", "!($module, port, protocolname='', /)", m_getservbyport, "getservbyport(port[, protocolname]) -> string"),
    FN_TUPLE("getprotobyname", "!($module, name, /)", m_getprotobyname, "getprotobyname(name) -> integer"),
    FN_TUPLE("ntohs", "!($module, x, /)", m_ntohs, "Convert a 16-bit unsigned integer from network to host byte order."),
    FN("ntohl", "!($module, x, /)", m_swap32, "ntohl(integer) -> integer\n\nConvert a 32-bit integer from network to host byte order."),
    FN_TUPLE("htons", "!($module, x, /)", m_htons, "Convert a 16-bit unsigned integer from host to network byte order."),
    FN("htonl", "!($module, x, /)", m_swap32, "htonl(integer) -> integer\n\nConvert a 32-bit integer from host to network byte order."),
    FN_TUPLE("inet_aton", "!($module, ip_addr, /)", m_inet_aton, "inet_aton(string) -> bytes giving packed 32-bit IP representation"),
    FN_TUPLE("inet_ntoa", "!($module, packed_ip, /)", m_inet_ntoa, "inet_ntoa(packed_ip) -> ip_address_string"),
    FN_TUPLE("inet_pton", "!($module, af, ip, /)", m_inet_pton, "inet_pton(af, ip) -> packed IP address string"),
    FN_TUPLE("inet_ntop", "!($module, af, packed_ip, /)", m_inet_ntop, "inet_ntop(af, packed_ip) -> string formatted IP address"),
    FN("if_nameindex", "!($module, /)", m_if_nameindex, "if_nameindex()\n\nReturns a list of network interface information (index, name) tuples."),
    FN_TUPLE("if_nametoindex", "!($module, if_name, /)", m_if_nametoindex, "if_nametoindex(if_name)\n\nReturns the interface index corresponding to the interface name if_name."),
    FN("if_indextoname", "!($module, if_index, /)", m_if_indextoname, "if_indextoname(if_index)\n\nReturns the interface name corresponding to the interface index if_index."), FN_END,
};
