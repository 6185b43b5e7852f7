/* _socket: what its files share.
 *
 * A socket's descriptor, timeout and family are atomics, so any number of threads may use one socket at once, as with the kernel's own. Every system call that may
 * block detaches the thread; with a timeout the descriptor is non-blocking and the thread waits in poll() first.
 */
#ifndef WEFT_RUNTIME_MODULES_SOCKET_H
#define WEFT_RUNTIME_MODULES_SOCKET_H
#include "runtime/modules/kit.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/instance.h"
#include "runtime/int.h"
#include "runtime/modules/sys.h"
#include "runtime/times.h"
#include <errno.h>
#include <linux/can.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/qrtr.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

typedef struct Socket {
    Object base;
    _Atomic int x_fd; /* -1: closed */
    _Atomic int x_family, x_type, x_proto;
    _Atomic int64_t x_timeout; /* nanoseconds; -1: none, 0: non-blocking */
} Socket;
extern Type socket_type;

/* ---- addresses (_socket_address.c) ---- */
struct sockaddr_bt { sa_family_t family; uint8_t rest[14]; }; /* all Bluetooth addresses; the kernel's layout, without its library's header */
typedef union Address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_un un;
    struct sockaddr_nl nl;
    struct sockaddr_ll ll;
    struct sockaddr_vm vm;
    struct sockaddr_can can;
    struct sockaddr_tipc tipc;
    struct sockaddr_qrtr qrtr;
    struct sockaddr_alg alg;
    struct sockaddr_bt bt;
    struct sockaddr_storage storage;
} Address;
/* What Python shows for an address: a tuple, str, bytes or None. proto: the socket's protocol (AF_CAN, AF_BLUETOOTH). */
Ref address_value(Thread *t, int fd, const Address *a, socklen_t length, int proto);
/* A Python address for socket `self`; `caller` is the method's name for messages. 0, -1 with an exception. */
int address_get(Thread *t, Value self, Value v, Address *out, socklen_t *length, const char *caller);
/* The address of a host: a number, a name that is looked up, "" (any) or "<broadcast>". */
int host_address(Thread *t, const char *name, Address *out, size_t room, int family);
/* A host argument as text for the C library: str in ASCII or IDNA, bytes, bytearray; *keep owns it. Null with an exception. */
const char *host_text(Thread *t, Value v, Ref *keep);
Ref inet_text(Thread *t, const Address *a); /* numeric text of an AF_INET or AF_INET6 address */

/* ---- calls (_socket.c) ---- */
/* op runs detached: >= 0, or -1 with errno. */
typedef ssize_t (*SocketOp)(int fd, void *arg);
/* Waits (if the socket has a timeout), calls op, again after EINTR and spurious readiness. 0, or -1: with an exception if err is null, else with
 * *err set (-1: an exception is pending all the same, a signal handler's). deadline: 0, or for many calls that share one (kept between them). */
int socket_call(Thread *t, Socket *s, bool writing, SocketOp op, void *arg, bool connecting, int *err, int64_t timeout);
Ref socket_error(Thread *t);                 /* OSError of errno */
Ref socket_resolver_error(Thread *t, int code); /* gaierror */
Ref socket_host_error(Thread *t, int code);  /* herror */
int writable_buffer(Thread *t, Value v, Buffer *view, const char *what); /* TypeError "what must be read-write bytes-like object, not X" */

extern NativeDef socket_name_functions[], socket_message_functions[];
Ref socket_recvmsg(Thread *t, Value self, const Value *a);
Ref socket_recvmsg_into(Thread *t, Value self, const Value *a);
Ref socket_sendmsg(Thread *t, Value self, const Value *a);
Ref socket_sendmsg_afalg(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames);
int socket_constants(Thread *t, Value module);
#endif
