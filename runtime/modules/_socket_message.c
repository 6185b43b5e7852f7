/* _socket: sendmsg() and recvmsg() with ancillary data, and AF_ALG's sendmsg(). */
#include "runtime/modules/_socket.h"
#include <limits.h>

/* ---- sizes of control messages ------------------------------------------------------------------------------------------------------------------- */

/* CMSG_LEN and CMSG_SPACE of n, if the result fits socklen_t. */
static bool cmsg_len(int64_t n, size_t *out) {
    if (n < 0 || n > INT_MAX - (int64_t)CMSG_LEN(0)) return false;
    *out = CMSG_LEN((size_t)n);
    return true;
}
static bool cmsg_space(int64_t n, size_t *out) {
    if (n < 0 || n > INT_MAX - (int64_t)CMSG_SPACE(1)) return false;
    *out = CMSG_SPACE((size_t)n);
    return true;
}
static Ref cmsg_size(Thread *t, Value v, bool (*of)(int64_t, size_t *), const char *name) {
    int64_t n;
    size_t size;
    if (index_as_i64(t, v, &n) < 0) return REF_NULL;
    return of(n, &size) ? int_from_u64(t, size) : err_set(t, E_OverflowError, "%s() argument out of range", name);
}
static Ref m_cmsg_len(Thread *t, Value self, const Value *a) { return cmsg_size(t, a[0], cmsg_len, "CMSG_LEN"); }
static Ref m_cmsg_space(Thread *t, Value self, const Value *a) { return cmsg_size(t, a[0], cmsg_space, "CMSG_SPACE"); }
NativeDef socket_message_functions[] = {
    FN_TUPLE("CMSG_LEN", "!($module, length, /)", m_cmsg_len, "CMSG_LEN(length) -> control message length\n\nWithout padding behind it."),
    FN_TUPLE("CMSG_SPACE", "!($module, length, /)", m_cmsg_space, "CMSG_SPACE(length) -> buffer size\n\nWhat a control message of that length takes, padding included."), FN_END,
};

typedef struct Message {
    struct msghdr header;
    int flags;
    ssize_t done;
} Message;
static ssize_t op_recvmsg(int fd, void *arg) {
    Message *m = arg;
    return m->done = recvmsg(fd, &m->header, m->flags);
}
static ssize_t op_sendmsg(int fd, void *arg) {
    Message *m = arg;
    return m->done = sendmsg(fd, &m->header, m->flags);
}
static int message_call(Thread *t, Value self, bool writing, Message *m) {
    Socket *s = as(Socket, self);
    return socket_call(t, s, writing, writing ? op_sendmsg : op_recvmsg, m, false, NULL, load_relaxed(&s->x_timeout));
}

/* ---- buffers ----------------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Buffers { Buffer *view; struct iovec *iov; size_t count; } Buffers;
static void buffers_drop(Thread *t, Buffers *b) {
    for (size_t i = 0; i < b->count; i++) buffer_release(t, &b->view[i]);
    mem_free(b->view);
    mem_free(b->iov);
}
static int buffers_writable(Thread *t, Value v, Buffer *view) {
    if (buffer_get(t, v, view, BUFFER_WRITABLE) == 0) return 0;
    if (err_clear_if(t, E_TypeError) || err_clear_if(t, E_BufferError))
        err_set(t, E_TypeError, "recvmsg_into() argument 1 must be an iterable of single-segment read-write buffers");
    return -1;
}
/* Views of all items of an iterable. -1: nothing is held. */
static int buffers_get(Thread *t, Value iterable, bool writable, const char *not_iterable, Buffers *b) {
    *b = (Buffers){0};
    Ref items = sequence_fast(t, iterable, not_iterable), tuple = ref_is_null(items) ? REF_NULL : sequence_tuple(t, ref_borrow(items));
    ref_drop(t, items);
    if (ref_is_null(tuple)) return -1;
    size_t n = tuple_size(ref_borrow(tuple));
    int bad = n > INT_MAX ? err_int(err_set(t, E_OSError, "%s", "argument 1 is too long")) : 0;
    b->view = mem_alloc((n + 1) * sizeof *b->view);
    b->iov = mem_alloc((n + 1) * sizeof *b->iov);
    if (b->view == NULL || b->iov == NULL) bad = err_int(err_no_memory(t));
    for (; bad == 0 && b->count < n; b->count++) {
        Value v = tuple_get(ref_borrow(tuple), b->count);
        Buffer *view = &b->view[b->count];
        bad = writable ? buffers_writable(t, v, view) : buffer_get(t, v, view, BUFFER_SIMPLE);
        if (bad < 0) break;
        b->iov[b->count] = (struct iovec){view->data, (size_t)view->len};
    }
    ref_drop(t, tuple);
    if (bad < 0) buffers_drop(t, b);
    return bad;
}

/* ---- receiving -------------------------------------------------------------------------------------------------------------------------------------------- */

/* Descriptors that arrived in a message that can't be handed on. */
static void close_descriptors(struct msghdr *h) {
    for (struct cmsghdr *c = CMSG_FIRSTHDR(h); c; c = CMSG_NXTHDR(h, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len < CMSG_LEN(0)) continue;
        for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            close(fd);
        }
    }
}
/* [(level, type, data), …]; a message that the kernel cut short is given as far as it goes, with a warning */
static Ref ancillary_list(Thread *t, struct msghdr *h) {
    Ref list = list_new(t, 0);
    const char *end = (const char *)h->msg_control + h->msg_controllen;
    for (struct cmsghdr *c = h->msg_controllen ? CMSG_FIRSTHDR(h) : NULL; !ref_is_null(list) && c; c = CMSG_NXTHDR(h, c)) {
        const char *data = (const char *)CMSG_DATA(c);
        if (c->cmsg_len < CMSG_LEN(0) || data > end) {
            if (warn(t, E_RuntimeWarning, 1, "received malformed or improperly-truncated ancillary data") == 0) break;
            ref_drop(t, list);
            return REF_NULL;
        }
        size_t n = c->cmsg_len - CMSG_LEN(0);
        bool cut = n > (size_t)(end - data);
        if (cut) {
            n = (size_t)(end - data);
            if (warn(t, E_RuntimeWarning, 1, "received malformed or improperly-truncated ancillary data") < 0) {
                ref_drop(t, list);
                return REF_NULL;
            }
        }
        Ref item = tuple_from_steal(t, (Ref[]){ref_small_int(c->cmsg_level), ref_small_int(c->cmsg_type), bytes_new(t, data, n)}, 3);
        if (ref_is_null(item) || list_append_steal(t, ref_borrow(list), item) < 0) {
            ref_drop(t, list);
            return REF_NULL;
        }
        if (cut) break;
    }
    return list;
}
/* Receives into iov; the result's first item comes from `first(t, done, arg)`. */
static Ref receive(Thread *t, Value self, struct iovec *iov, size_t n, Value control_arg, Value flags_arg, const char *function, Ref (*first)(Thread *, ssize_t, void *),
                   void *arg) {
    Address address;
    Message m = {.header = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = iov, .msg_iovlen = n}};
    int64_t size = 0;
    if ((!value_is_null(control_arg) && index_as_i64(t, control_arg, &size) < 0) || (!value_is_null(flags_arg) && as_int(t, flags_arg, &m.flags) < 0)) return REF_NULL;
    if (size < 0 || size > INT_MAX) return err_set(t, E_ValueError, "invalid ancillary data buffer length");
    memset(&address, 0, sizeof address);
    void *control = size ? mem_zalloc((size_t)size) : NULL;
    if (size && control == NULL) return err_no_memory(t);
    m.header.msg_control = control;
    m.header.msg_controllen = (size_t)size;
    Ref r = REF_NULL;
    if (message_call(t, self, false, &m) == 0) {
        Ref list = ancillary_list(t, &m.header);
        if (!ref_is_null(list)) {
            Ref parts[4] = {first(t, m.done, arg), list, ref_small_int(m.header.msg_flags), REF_NULL};
            if (!ref_is_null(parts[0]))
                parts[3] = address_value(t, load_relaxed(&as(Socket, self)->x_fd), &address, m.header.msg_namelen > sizeof address ? sizeof address : m.header.msg_namelen,
                                         load_relaxed(&as(Socket, self)->x_proto));
            r = tuple_from_steal(t, parts, 4);
        }
        if (ref_is_null(r)) close_descriptors(&m.header);
    }
    mem_free(control);
    return r;
}

static Ref first_bytes(Thread *t, ssize_t n, void *data) { return bytes_new(t, data, (size_t)n); }
Ref socket_recvmsg(Thread *t, Value self, const Value *a) {
    int64_t size;
    if (size_arg(t, a[0], &size) < 0) return REF_NULL;
    if (size < 0) return err_set(t, E_ValueError, "negative buffer size in recvmsg()");
    void *data = mem_alloc((size_t)size + 1);
    if (data == NULL) return err_no_memory(t);
    struct iovec iov = {data, (size_t)size};
    Ref r = receive(t, self, &iov, 1, a[1], a[2], "recvmsg", first_bytes, data);
    mem_free(data);
    return r;
}
static Ref first_count(Thread *t, ssize_t n, void *arg) { return ref_small_int(n); }
Ref socket_recvmsg_into(Thread *t, Value self, const Value *a) {
    Buffers b;
    if (buffers_get(t, a[0], true, "recvmsg_into() argument 1 must be an iterable", &b) < 0)
        return REF_NULL;
    Ref r = receive(t, self, b.iov, b.count, a[1], a[2], "recvmsg_into", first_count, NULL);
    buffers_drop(t, &b);
    return r;
}

/* ---- sending ------------------------------------------------------------------------------------------------------------------------------------------------- */

/* One (level, type, data) of sendmsg's second argument. */
typedef struct Ancillary { int level, type; Buffer data; } Ancillary;
static int ancillary_get(Thread *t, Value v, Ancillary *out) {
    Ref items = is_sequence(v) && !is_str(v) && !is_bytes(v) ? sequence_tuple(t, v) : REF_NULL;
    if (ref_is_null(items)) return err_pending(t) ? -1 : err_int(err_set(t, E_TypeError, "[sendmsg() ancillary data items]() argument must be 3-item sequence, not %G", v));
    Value item = ref_borrow(items);
    int bad = tuple_size(item) != 3 ? err_int(err_set(t, E_TypeError, "[sendmsg() ancillary data items]() argument must be sequence of length 3, not %zu", tuple_size(item))) : 0;
    if (bad == 0) bad = as_int(t, tuple_get(item, 0), &out->level) < 0 || as_int(t, tuple_get(item, 1), &out->type) < 0 ? -1 : buffer_get(t, tuple_get(item, 2), &out->data, BUFFER_SIMPLE);
    ref_drop(t, items);
    return bad;
}
/* Control messages for header h, from an iterable of tuples. *buffer: to free, on failure too. */
static int control_get(Thread *t, Value iterable, struct msghdr *h, void **buffer) {
    *buffer = NULL;
    if (value_is_null(iterable)) return 0;
    Ref fast = sequence_fast(t, iterable, "sendmsg() argument 2 must be an iterable"), items = ref_is_null(fast) ? REF_NULL : sequence_tuple(t, ref_borrow(fast));
    ref_drop(t, fast);
    if (ref_is_null(items)) return -1;
    size_t n = tuple_size(ref_borrow(items)), count = 0, total = 0;
    Ancillary *part = mem_alloc((n + 1) * sizeof *part);
    int bad = part ? 0 : err_int(err_no_memory(t));
    for (; bad == 0 && count < n; count++) {
        size_t space;
        if ((bad = ancillary_get(t, tuple_get(ref_borrow(items), count), &part[count])) < 0) break;
        if (!cmsg_space(part[count].data.len, &space)) bad = err_int(err_set(t, E_OSError, "ancillary data item too large"));
        else if ((total += space) > INT_MAX) bad = err_int(err_set(t, E_OSError, "too much ancillary data"));
    }
    if (bad == 0 && total > 0) {
        if ((*buffer = mem_zalloc(total)) == NULL) bad = err_int(err_no_memory(t));
        h->msg_control = *buffer;
        h->msg_controllen = total;
        struct cmsghdr *c = bad ? NULL : CMSG_FIRSTHDR(h);
        for (size_t i = 0; c && i < count; i++, c = CMSG_NXTHDR(h, c)) {
            size_t length;
            cmsg_len(part[i].data.len, &length);
            c->cmsg_level = part[i].level;
            c->cmsg_type = part[i].type;
            c->cmsg_len = length;
            memcpy(CMSG_DATA(c), part[i].data.data, (size_t)part[i].data.len);
        }
    }
    for (size_t i = 0; i < count; i++) buffer_release(t, &part[i].data);
    mem_free(part);
    ref_drop(t, items);
    return bad;
}

Ref socket_sendmsg(Thread *t, Value self, const Value *a) {
    Address address;
    Message m = {0};
    void *control = NULL;
    Buffers b = {0};
    int bad = 0;
    if (!value_is_null(a[2]) && as_int(t, a[2], &m.flags) < 0) return REF_NULL;
    if (!value_is_null(a[3]) && !value_is_none(a[3])) {
        socklen_t length;
        if (address_get(t, self, a[3], &address, &length, "sendmsg") < 0) return REF_NULL;
        m.header.msg_name = &address;
        m.header.msg_namelen = length;
    }
    if (audit(t, "socket.sendmsg", (Value[]){self, value_is_null(a[3]) ? VALUE_NONE : a[3]}, 2) < 0) return REF_NULL;
    if (buffers_get(t, a[0], false, "sendmsg() argument 1 must be an iterable", &b) < 0) return REF_NULL;
    m.header.msg_iov = b.iov;
    m.header.msg_iovlen = b.count;
    if (control_get(t, a[1], &m.header, &control) < 0) bad = -1;
    if (bad == 0) bad = message_call(t, self, true, &m);
    buffers_drop(t, &b);
    mem_free(control);
    return bad < 0 ? REF_NULL : int_from_i64(t, m.done);
}

static void control_put(struct msghdr *h, struct cmsghdr **c, int type, const void *data, size_t n) {
    (*c)->cmsg_level = SOL_ALG;
    (*c)->cmsg_type = type;
    (*c)->cmsg_len = CMSG_LEN(n);
    memcpy(CMSG_DATA(*c), data, n);
    *c = CMSG_NXTHDR(h, *c);
}
Ref socket_sendmsg_afalg(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[5];
    Message m = {0};
    int op;
    Buffer iv = {0};
    Buffers b = {0};
    if (load_relaxed(&as(Socket, self)->x_family) != AF_ALG) return err_set(t, E_OSError, "algset is only supported for AF_ALG");
    if (bind_args(t, "sendmsg_afalg", "($self, msg=None, /, *, op=None, iv=None, assoclen=None, flags=0)", &signature, args, nargs, kwnames, a, 5) < 0) return REF_NULL;
    if (value_is_null(a[1])) return err_set(t, E_TypeError, "Invalid or missing argument 'op'");
    if (as_int(t, a[1], &op) < 0) return REF_NULL;
    if (op < 0) return err_set(t, E_TypeError, "Invalid or missing argument 'op'");
    int assoc = -1;
    if (!value_is_null(a[3]) && !value_is_none(a[3])) {
        if (as_int(t, a[3], &assoc) < 0) return REF_NULL;
        if (assoc < 0) return err_set(t, E_TypeError, "assoclen must be positive");
    }
    if (!value_is_null(a[4]) && as_int(t, a[4], &m.flags) < 0) return REF_NULL;
    bool has_iv = !value_is_null(a[2]) && !value_is_none(a[2]);
    if (has_iv && buffer_get(t, a[2], &iv, BUFFER_SIMPLE) < 0) return REF_NULL;
    size_t iv_size = has_iv ? sizeof(struct af_alg_iv) + (size_t)iv.len : 0;
    size_t total = CMSG_SPACE(4) + (has_iv ? CMSG_SPACE(iv_size) : 0) + (assoc >= 0 ? CMSG_SPACE(4) : 0);
    void *control = mem_zalloc(total);
    struct af_alg_iv *iv_copy = has_iv ? mem_zalloc(iv_size) : NULL;
    Ref r = REF_NULL;
    if (control == NULL || (has_iv && iv_copy == NULL)) {
        err_no_memory(t);
    } else if (value_is_null(a[0]) || buffers_get(t, a[0], false, "sendmsg_afalg() argument 1 must be an iterable", &b) == 0) {
        m.header = (struct msghdr){.msg_iov = b.iov, .msg_iovlen = b.count, .msg_control = control, .msg_controllen = total};
        struct cmsghdr *c = CMSG_FIRSTHDR(&m.header);
        control_put(&m.header, &c, ALG_SET_OP, &(uint32_t){(uint32_t)op}, 4);
        if (has_iv) {
            iv_copy->ivlen = (uint32_t)iv.len;
            memcpy(iv_copy->iv, iv.data, (size_t)iv.len);
            control_put(&m.header, &c, ALG_SET_IV, iv_copy, iv_size);
        }
        if (assoc >= 0) control_put(&m.header, &c, ALG_SET_AEAD_ASSOCLEN, &(uint32_t){(uint32_t)assoc}, 4);
        if (message_call(t, self, true, &m) == 0) r = int_from_i64(t, m.done);
        buffers_drop(t, &b);
    }
    if (has_iv) buffer_release(t, &iv);
    mem_free(control);
    mem_free(iv_copy);
    return r;
}
