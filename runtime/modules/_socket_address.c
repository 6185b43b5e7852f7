/* _socket: socket addresses between the kernel's form and Python's, and host names. */
#include "runtime/modules/_socket.h"
#include <arpa/inet.h>
#include <linux/can/isotp.h>
#include <linux/can/j1939.h>
#include <stdio.h>
#include <sys/ioctl.h>

#define BTPROTO_L2CAP 0
#define BTPROTO_HCI 1
#define BTPROTO_SCO 2
#define BTPROTO_RFCOMM 3

/* ---- hosts ---------------------------------------------------------------------------------------------------------------------------------- */

const char *host_text(Thread *t, Value v, Ref *keep) {
    const char *p;
    size_t n;
    *keep = REF_NULL;
    if (is_bytes(v)) {
        *keep = ref_new(t, v);
    } else if (is_a(v, TYPE_STR)) {
        *keep = as(Str, v)->ascii ? ref_new(t, v) : str_encode(t, v, "idna", NULL);
    } else if (type_is_subtype(type_of(v), &bytearray_type)) {
        *keep = bytes_from_object(t, v);
    } else {
        err_set(t, E_TypeError, "str, bytes or bytearray expected, not %T", v);
    }
    if (ref_is_null(*keep)) {
        if (err_pending(t) && err_is(t, E_UnicodeError)) {
            err_clear(t);
            err_set(t, E_TypeError, "encoding of hostname failed");
        }
        return NULL;
    }
    Value k = ref_borrow(*keep);
    if (is_bytes(k)) p = (const char *)bytes_data(k), n = bytes_length(k);
    else p = str_utf8(t, k, &n);
    if (p != NULL && strlen(p) == n) return p;
    if (p != NULL) err_set(t, E_TypeError, "host name must not contain null character");
    ref_drop(t, *keep);
    *keep = REF_NULL;
    return NULL;
}

static int lookup(Thread *t, const char *name, const char *service, const struct addrinfo *hints, Address *out, size_t room, bool one) {
    struct addrinfo *list = NULL;
    int code;
    DETACHED(t, code = getaddrinfo(name, service, hints, &list));
    if (code) return err_int(socket_resolver_error(t, code));
    bool many = one && list->ai_next != NULL;
    int family = list->ai_family;
    memcpy(out, list->ai_addr, list->ai_addrlen < room ? list->ai_addrlen : room);
    freeaddrinfo(list);
    return many ? err_int(err_set(t, E_OSError, "wildcard resolved to multiple address")) : family == AF_INET6 ? 16 : 4;
}

int host_address(Thread *t, const char *name, Address *out, size_t room, int family) {
    memset(out, 0, room);
    if (name[0] == 0) {
        struct addrinfo hints = {.ai_family = family, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE};
        return lookup(t, NULL, "0", &hints, out, room, true);
    }
    if (strcmp(name, "<broadcast>") == 0 || strcmp(name, "255.255.255.255") == 0) {
        if (family != AF_INET && family != AF_UNSPEC) return err_int(err_set(t, E_OSError, "address family mismatched"));
        out->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = INADDR_BROADCAST};
        return 4;
    }
    if (family == AF_UNSPEC || family == AF_INET) {
        if (inet_pton(AF_INET, name, &out->in.sin_addr) > 0) {
            out->in.sin_family = AF_INET;
            return 4;
        }
    }
    if ((family == AF_UNSPEC || family == AF_INET6) && strchr(name, '%') == NULL && inet_pton(AF_INET6, name, &out->in6.sin6_addr) > 0) {
        out->in6.sin6_family = AF_INET6;
        return 16;
    }
    struct addrinfo hints = {.ai_family = family};
    return lookup(t, name, NULL, &hints, out, room, false);
}

Ref inet_text(Thread *t, const Address *a) {
    char text[INET6_ADDRSTRLEN];
    const void *p = a->any.sa_family == AF_INET6 ? (const void *)&a->in6.sin6_addr : (const void *)&a->in.sin_addr;
    return inet_ntop(a->any.sa_family, p, text, sizeof text) ? str_from_cstr(t, text) : socket_error(t);
}

/* ---- to Python ---------------------------------------------------------------------------------------------------------------------------------- */

/* A tuple of items, consumed. */
#define TUPLE(...) tuple_from_steal(t, (Ref[]){__VA_ARGS__}, sizeof((Ref[]){__VA_ARGS__}) / sizeof(Ref))

static const char *interface_name(int fd, int index, struct ifreq *request) {
    memset(request, 0, sizeof *request);
    request->ifr_ifindex = index;
    return index && fd >= 0 && ioctl(fd, SIOCGIFNAME, request) == 0 ? request->ifr_name : "";
}
static Ref bluetooth_text(Thread *t, const uint8_t *b) {
    char text[18];
    snprintf(text, sizeof text, "%02X:%02X:%02X:%02X:%02X:%02X", b[5], b[4], b[3], b[2], b[1], b[0]);
    return str_from_cstr(t, text);
}
static Ref bluetooth_value(Thread *t, const Address *a, int proto) {
    uint16_t first;
    memcpy(&first, a->bt.rest, sizeof first); /* psm, device */
    switch (proto) {
    case BTPROTO_L2CAP: return TUPLE(bluetooth_text(t, a->bt.rest + 2), ref_small_int(first));
    case BTPROTO_RFCOMM: return TUPLE(bluetooth_text(t, a->bt.rest), ref_small_int(a->bt.rest[6]));
    case BTPROTO_HCI: return TUPLE(ref_small_int(first));
    case BTPROTO_SCO: return bluetooth_text(t, a->bt.rest);
    default: return err_set(t, E_ValueError, "Unknown Bluetooth protocol");
    }
}
static Ref can_value(Thread *t, int fd, const Address *a, int proto) {
    struct ifreq request;
    Ref name = str_from_cstr(t, interface_name(fd, a->can.can_ifindex, &request));
    switch (proto) {
    case CAN_ISOTP: return TUPLE(name, int_from_u64(t, a->can.can_addr.tp.rx_id), int_from_u64(t, a->can.can_addr.tp.tx_id));
    case CAN_J1939: return TUPLE(name, int_from_u64(t, a->can.can_addr.j1939.name), int_from_u64(t, a->can.can_addr.j1939.pgn), ref_small_int(a->can.can_addr.j1939.addr));
    default: return TUPLE(name);
    }
}
static Ref tipc_value(Thread *t, const struct sockaddr_tipc *a) {
    switch (a->addrtype) {
    case TIPC_ADDR_NAMESEQ:
        return TUPLE(ref_small_int(a->addrtype), int_from_u64(t, a->addr.nameseq.type), int_from_u64(t, a->addr.nameseq.lower), int_from_u64(t, a->addr.nameseq.upper),
                     ref_small_int(a->scope));
    case TIPC_ADDR_NAME:
        return TUPLE(ref_small_int(a->addrtype), int_from_u64(t, a->addr.name.name.type), int_from_u64(t, a->addr.name.name.instance), int_from_u64(t, a->addr.name.name.instance),
                     ref_small_int(a->scope));
    case TIPC_ADDR_ID:
        return TUPLE(ref_small_int(a->addrtype), int_from_u64(t, a->addr.id.node), int_from_u64(t, a->addr.id.ref), ref_small_int(0), ref_small_int(a->scope));
    default: return err_set(t, E_ValueError, "Invalid address type");
    }
}

Ref address_value(Thread *t, int fd, const Address *a, socklen_t length, int proto) {
    struct ifreq request;
    if (length == 0) return REF_NONE;
    switch (a->any.sa_family) {
    case AF_INET: return TUPLE(inet_text(t, a), ref_small_int(ntohs(a->in.sin_port)));
    case AF_INET6:
        return TUPLE(inet_text(t, a), ref_small_int(ntohs(a->in6.sin6_port)), ref_small_int(ntohl(a->in6.sin6_flowinfo)), ref_small_int(a->in6.sin6_scope_id));
    case AF_UNIX: {
        size_t n = length > offsetof(struct sockaddr_un, sun_path) ? length - offsetof(struct sockaddr_un, sun_path) : 0;
        if (n > 0 && a->un.sun_path[0] == 0) return bytes_new(t, a->un.sun_path, n); /* abstract */
        return str_from_fs(t, a->un.sun_path, strnlen(a->un.sun_path, n));
    }
    case AF_NETLINK: return TUPLE(int_from_u64(t, a->nl.nl_pid), int_from_u64(t, a->nl.nl_groups));
    case AF_QIPCRTR: return TUPLE(int_from_u64(t, a->qrtr.sq_node), int_from_u64(t, a->qrtr.sq_port));
    case AF_VSOCK: return TUPLE(int_from_u64(t, a->vm.svm_cid), int_from_u64(t, a->vm.svm_port));
    case AF_PACKET: {
        size_t n = a->ll.sll_halen < sizeof a->ll.sll_addr ? a->ll.sll_halen : sizeof a->ll.sll_addr;
        return TUPLE(str_from_cstr(t, interface_name(fd, a->ll.sll_ifindex, &request)), ref_small_int(ntohs(a->ll.sll_protocol)), ref_small_int(a->ll.sll_pkttype),
                     ref_small_int(a->ll.sll_hatype), bytes_new(t, a->ll.sll_addr, n));
    }
    case AF_CAN: return can_value(t, fd, a, proto);
    case AF_TIPC: return tipc_value(t, &a->tipc);
    case AF_BLUETOOTH: return bluetooth_value(t, a, proto);
    default: return TUPLE(ref_small_int(a->any.sa_family), bytes_new(t, a->any.sa_data, sizeof a->any.sa_data));
    }
}

/* ---- from Python --------------------------------------------------------------------------------------------------------------------------------- */

/* The items of an address tuple: checks that it is one, with min to max items. */
static int tuple_items(Thread *t, Value v, const char *caller, const char *family, size_t min, size_t max, const char *shape, Value *item) {
    if (!is_tuple(v)) return err_int(err_set(t, E_TypeError, "%s(): %s address must be tuple, not %.500T", caller, family, v));
    if (tuple_size(v) < min || tuple_size(v) > max) return err_int(err_set(t, E_TypeError, "%s", shape));
    for (size_t i = 0; i < max; i++) item[i] = i < tuple_size(v) ? tuple_get(v, i) : VALUE_NULL;
    return 0;
}
static int port_get(Thread *t, Value v, const char *caller, in_port_t *out) {
    int port;
    if (as_int(t, v, &port) < 0) {
        if (!err_is(t, E_OverflowError)) return -1;
        err_clear(t);
        port = -1;
    }
    if (port < 0 || port > 0xffff) return err_int(err_set(t, E_OverflowError, "%s(): port must be 0-65535.", caller));
    *out = htons((uint16_t)port);
    return 0;
}
static int u32_get(Thread *t, Value v, uint32_t *out) { /* modulo 2^32 */
    uint64_t u = 0;
    if (value_is_null(v)) return 0;
    Ref i = number_index(t, v);
    if (ref_is_null(i)) return -1;
    int_as_u64_mask(ref_borrow(i), &u);
    ref_drop(t, i);
    *out = (uint32_t)u;
    return 0;
}
static int text_get(Thread *t, Value v, const char **out) {
    size_t n;
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "argument must be str, not %T", v));
    *out = str_utf8(t, v, &n);
    if (*out == NULL) return -1;
    return strlen(*out) == n ? 0 : err_int(err_set(t, E_ValueError, "embedded null character"));
}

static int inet_get(Thread *t, Value v, Address *out, const char *caller) {
    Value item[2];
    Ref keep;
    in_port_t port = 0;
    if (tuple_items(t, v, caller, "AF_INET", 2, 2, "AF_INET address must be a pair (host, port)", item) < 0) return -1;
    const char *host = host_text(t, item[0], &keep);
    int bad = host == NULL || port_get(t, item[1], caller, &port) < 0 || host_address(t, host, out, sizeof out->in, AF_INET) < 0 ? -1 : 0;
    ref_drop(t, keep);
    out->in.sin_family = AF_INET;
    out->in.sin_port = port;
    return bad;
}
static int inet6_get(Thread *t, Value v, Address *out, const char *caller) {
    Value item[4];
    Ref keep;
    in_port_t port = 0;
    uint32_t flow = 0, scope = 0;
    if (tuple_items(t, v, caller, "AF_INET6", 2, 4, "AF_INET6 address must be a tuple (host, port[, flowinfo[, scopeid]])", item) < 0) return -1;
    const char *host = host_text(t, item[0], &keep);
    int bad = host == NULL || port_get(t, item[1], caller, &port) < 0 || u32_get(t, item[2], &flow) < 0 || u32_get(t, item[3], &scope) < 0 ? -1 : 0;
    if (bad == 0 && flow > 0xfffff) bad = err_int(err_set(t, E_OverflowError, "%s(): flowinfo must be 0-1048575.", caller));
    if (bad == 0 && host_address(t, host, out, sizeof out->in6, AF_INET6) < 0) bad = -1;
    ref_drop(t, keep);
    out->in6.sin6_family = AF_INET6;
    out->in6.sin6_port = port;
    out->in6.sin6_flowinfo = htonl(flow);
    out->in6.sin6_scope_id = scope;
    return bad;
}
static int unix_get(Thread *t, Value v, Address *out, socklen_t *length) {
    Ref path = is_str(v) ? str_encode(t, v, "utf-8", "surrogateescape") : ref_new(t, v);
    Buffer view;
    if (ref_is_null(path) || buffer_get(t, ref_borrow(path), &view, BUFFER_SIMPLE) < 0) {
        ref_drop(t, path);
        return -1;
    }
    bool abstract = view.len == 0 || *(const char *)view.data == 0;
    int bad = view.len > (int64_t)sizeof out->un.sun_path - !abstract ? err_int(err_set(t, E_OSError, "AF_UNIX path too long")) : 0;
    if (bad == 0) {
        memcpy(out->un.sun_path, view.data, (size_t)view.len);
        *length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)view.len + !abstract);
    }
    buffer_release(t, &view);
    ref_drop(t, path);
    return bad;
}
/* The index of interface `v` for this socket. */
static int interface_get(Thread *t, int fd, Value v, int *index) {
    struct ifreq request = {0};
    Buffer view;
    Ref name = is_str(v) ? str_encode(t, v, "utf-8", "surrogateescape") : ref_new(t, v);
    if (ref_is_null(name) || buffer_get(t, ref_borrow(name), &view, BUFFER_SIMPLE) < 0) {
        ref_drop(t, name);
        return -1;
    }
    int bad = 0;
    *index = 0;
    if (view.len >= (int64_t)sizeof request.ifr_name) bad = err_int(err_set(t, E_OSError, "AF_CAN interface name too long"));
    else if (view.len > 0) {
        memcpy(request.ifr_name, view.data, (size_t)view.len);
        bad = ioctl(fd, SIOCGIFINDEX, &request) < 0 ? err_int(socket_error(t)) : 0;
        *index = request.ifr_ifindex;
    }
    buffer_release(t, &view);
    ref_drop(t, name);
    return bad;
}
static int packet_get(Thread *t, int fd, Value v, Address *out, const char *caller) {
    Value item[5];
    const char *name;
    int proto, type = 0, hardware = 0;
    struct ifreq request = {0};
    if (tuple_items(t, v, caller, "AF_PACKET", 2, 5, "AF_PACKET address must be a tuple of two to five elements", item) < 0 || text_get(t, item[0], &name) < 0 ||
        as_int(t, item[1], &proto) < 0 || (!value_is_null(item[2]) && as_int(t, item[2], &type) < 0) || (!value_is_null(item[3]) && as_int(t, item[3], &hardware) < 0))
        return -1;
    if (proto < 0 || proto > 0xffff) return err_int(err_set(t, E_OverflowError, "%s(): proto argument must be 0-65535.", caller));
    strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    if (ioctl(fd, SIOCGIFINDEX, &request) < 0) return err_int(socket_error(t));
    out->ll = (struct sockaddr_ll){.sll_family = AF_PACKET, .sll_protocol = htons((uint16_t)proto), .sll_ifindex = request.ifr_ifindex,
                                   .sll_pkttype = (unsigned char)type, .sll_hatype = (unsigned short)hardware};
    if (value_is_null(item[4])) return 0;
    Buffer view;
    if (buffer_get(t, item[4], &view, BUFFER_SIMPLE) < 0) return -1;
    int bad = view.len > 8 ? err_int(err_set(t, E_ValueError, "Hardware address must be 8 bytes or less")) : 0;
    if (bad == 0) {
        memcpy(out->ll.sll_addr, view.data, (size_t)view.len);
        out->ll.sll_halen = (unsigned char)view.len;
    }
    buffer_release(t, &view);
    return bad;
}
/* n unsigned numbers of a tuple, with messages for a family's pair */
static int numbers_get(Thread *t, Value v, const char *caller, const char *family, const char *shape, uint32_t *out, size_t n) {
    Value item[5];
    if (tuple_items(t, v, caller, family, n, n, shape, item) < 0) return -1;
    for (size_t i = 0; i < n; i++)
        if (u32_get(t, item[i], &out[i]) < 0) return -1;
    return 0;
}
static int can_get(Thread *t, int fd, int proto, Value v, Address *out, const char *caller) {
    Value item[4];
    int index;
    uint32_t number[3] = {0};
    size_t n = proto == CAN_ISOTP ? 3 : proto == CAN_J1939 ? 4 : 1;
    if (n == 1 && proto != CAN_RAW && proto != CAN_BCM) return err_int(err_set(t, E_OSError, "%s(): unsupported CAN protocol", caller));
    if (tuple_items(t, v, caller, "AF_CAN", n, n, "AF_CAN address must be a tuple (interface, ) of the protocol's length", item) < 0 ||
        interface_get(t, fd, item[0], &index) < 0)
        return -1;
    out->can = (struct sockaddr_can){.can_family = AF_CAN, .can_ifindex = index};
    if (proto == CAN_ISOTP) {
        if (u32_get(t, item[1], &number[0]) < 0 || u32_get(t, item[2], &number[1]) < 0) return -1;
        out->can.can_addr.tp.rx_id = number[0];
        out->can.can_addr.tp.tx_id = number[1];
    } else if (proto == CAN_J1939) {
        uint64_t name = 0;
        Ref i = number_index(t, item[1]);
        if (ref_is_null(i)) return -1;
        int_as_u64_mask(ref_borrow(i), &name);
        ref_drop(t, i);
        if (u32_get(t, item[2], &number[1]) < 0 || u32_get(t, item[3], &number[2]) < 0) return -1;
        out->can.can_addr.j1939.name = name;
        out->can.can_addr.j1939.pgn = number[1];
        out->can.can_addr.j1939.addr = (uint8_t)number[2];
    }
    return 0;
}
static int tipc_get(Thread *t, Value v, Address *out, const char *caller) {
    Value item[5];
    uint32_t n[4];
    int scope = TIPC_CLUSTER_SCOPE;
    if (tuple_items(t, v, caller, "AF_TIPC", 4, 5, "AF_TIPC address must be a tuple (addr_type, v1, v2, v3[, scope])", item) < 0) return -1;
    for (int i = 0; i < 4; i++)
        if (u32_get(t, item[i], &n[i]) < 0) return -1;
    if (!value_is_null(item[4]) && as_int(t, item[4], &scope) < 0) return -1;
    struct sockaddr_tipc *a = &out->tipc;
    *a = (struct sockaddr_tipc){.family = AF_TIPC, .addrtype = (unsigned char)n[0], .scope = (signed char)scope};
    if (n[0] == TIPC_ADDR_NAMESEQ) {
        a->addr.nameseq.type = n[1];
        a->addr.nameseq.lower = n[2];
        a->addr.nameseq.upper = n[3];
    } else if (n[0] == TIPC_ADDR_NAME) {
        a->addr.name.name.type = n[1];
        a->addr.name.name.instance = n[2];
    } else if (n[0] == TIPC_ADDR_ID) {
        a->addr.id.node = n[1];
        a->addr.id.ref = n[2];
    } else {
        return err_int(err_set(t, E_TypeError, "Invalid address type"));
    }
    return 0;
}
static int alg_get(Thread *t, Value v, Address *out, const char *caller) {
    Value item[4];
    const char *type, *name;
    uint32_t feat = 0, mask = 0;
    if (tuple_items(t, v, caller, "AF_ALG", 2, 4, "AF_ALG address must be a tuple (type, name[, feat[, mask]])", item) < 0 || text_get(t, item[0], &type) < 0 ||
        text_get(t, item[1], &name) < 0 || u32_get(t, item[2], &feat) < 0 || u32_get(t, item[3], &mask) < 0)
        return -1;
    if (strlen(type) >= sizeof out->alg.salg_type) return err_int(err_set(t, E_ValueError, "AF_ALG type too long."));
    if (strlen(name) >= sizeof out->alg.salg_name) return err_int(err_set(t, E_ValueError, "AF_ALG name too long."));
    strcpy((char *)out->alg.salg_type, type);
    strcpy((char *)out->alg.salg_name, name);
    out->alg.salg_feat = feat;
    out->alg.salg_mask = mask;
    return 0;
}
static int bluetooth_address(Thread *t, Value v, uint8_t *out, const char *message) {
    unsigned b[6];
    char end;
    const char *text = is_str(v) ? str_utf8(t, v, NULL) : NULL;
    if (text == NULL) return err_pending(t) ? -1 : err_int(err_set(t, E_OSError, "%s", message));
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[5], &b[4], &b[3], &b[2], &b[1], &b[0], &end) != 6) return err_int(err_set(t, E_OSError, "bad bluetooth address"));
    for (int i = 0; i < 6; i++) out[i] = (uint8_t)b[i];
    return 0;
}
static int bluetooth_get(Thread *t, int proto, Value v, Address *out, socklen_t *length, const char *caller) {
    int number = 0;
    bool pair = is_tuple(v) && tuple_size(v) == 2;
    uint8_t *p = out->bt.rest;
    switch (proto) {
    case BTPROTO_L2CAP:
        *length = 14; /* struct sockaddr_l2 */
        if (!pair) return err_int(err_set(t, E_OSError, "%s(): wrong format", caller));
        if (bluetooth_address(t, tuple_get(v, 0), p + 2, "wrong format") < 0 || as_int(t, tuple_get(v, 1), &number) < 0) return -1;
        memcpy(p, &(uint16_t){(uint16_t)number}, 2);
        return 0;
    case BTPROTO_RFCOMM:
        *length = 10; /* struct sockaddr_rc */
        if (!pair) return err_int(err_set(t, E_OSError, "%s(): wrong format", caller));
        if (bluetooth_address(t, tuple_get(v, 0), p, "wrong format") < 0 || as_int(t, tuple_get(v, 1), &number) < 0) return -1;
        p[6] = (uint8_t)number;
        return 0;
    case BTPROTO_HCI:
        *length = 6; /* struct sockaddr_hci */
        if (!is_tuple(v) || tuple_size(v) != 1) return err_int(err_set(t, E_OSError, "%s(): wrong format", caller));
        if (as_int(t, tuple_get(v, 0), &number) < 0) return -1;
        memcpy(p, &(uint16_t){(uint16_t)number}, 2);
        return 0;
    case BTPROTO_SCO: {
        *length = 8; /* struct sockaddr_sco */
        if (!is_bytes(v)) return err_int(err_set(t, E_OSError, "%s(): wrong format", caller));
        Ref s = str_from_latin1(t, bytes_data(v), bytes_length(v));
        int bad = ref_is_null(s) ? -1 : bluetooth_address(t, ref_borrow(s), p, "wrong format");
        ref_drop(t, s);
        return bad;
    }
    default: return err_int(err_set(t, E_OSError, "%s(): unknown Bluetooth protocol", caller));
    }
}

int address_get(Thread *t, Value self, Value v, Address *out, socklen_t *length, const char *caller) {
    Socket *s = as(Socket, self);
    int fd = load_relaxed(&s->x_fd), family = load_relaxed(&s->x_family), proto = load_relaxed(&s->x_proto);
    uint32_t n[2];
    memset(out, 0, sizeof *out);
    out->any.sa_family = (sa_family_t)family;
    switch (family) {
    case AF_INET: *length = sizeof out->in; return inet_get(t, v, out, caller);
    case AF_INET6: *length = sizeof out->in6; return inet6_get(t, v, out, caller);
    case AF_UNIX: return unix_get(t, v, out, length);
    case AF_NETLINK:
        *length = sizeof out->nl;
        if (numbers_get(t, v, caller, "AF_NETLINK", "AF_NETLINK address must be a pair (pid, groups)", n, 2) < 0) return -1;
        out->nl.nl_pid = n[0];
        out->nl.nl_groups = n[1];
        return 0;
    case AF_QIPCRTR:
        *length = sizeof out->qrtr;
        if (numbers_get(t, v, caller, "AF_QIPCRTR", "AF_QIPCRTR address must be a pair (node, port)", n, 2) < 0) return -1;
        out->qrtr.sq_node = n[0];
        out->qrtr.sq_port = n[1];
        return 0;
    case AF_VSOCK:
        *length = sizeof out->vm;
        if (numbers_get(t, v, caller, "AF_VSOCK", "AF_VSOCK address must be a pair (CID, port)", n, 2) < 0) return -1;
        out->vm.svm_cid = n[0];
        out->vm.svm_port = n[1];
        return 0;
    case AF_RDS: *length = sizeof out->in; return inet_get(t, v, out, caller);
    case AF_PACKET: *length = sizeof out->ll; return packet_get(t, fd, v, out, caller);
    case AF_CAN: *length = sizeof out->can; return can_get(t, fd, proto, v, out, caller);
    case AF_TIPC: *length = sizeof out->tipc; return tipc_get(t, v, out, caller);
    case AF_ALG: *length = sizeof out->alg; return alg_get(t, v, out, caller);
    case AF_BLUETOOTH: return bluetooth_get(t, proto, v, out, length, caller);
    default: return err_int(err_set(t, E_OSError, "%s(): bad family", caller));
    }
}
