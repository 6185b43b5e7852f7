/* select: select(), poll and epoll objects. Waiting detaches; EINTR waits on for what is left of the time. */
#include "runtime/modules/kit.h"
#include "runtime/modules/posix.h"
#include "runtime/instance.h"
#include <limits.h>
#include <math.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>

int module_init_select(Thread *t, Value module);

/* Seconds (None: for ever) as a deadline; INT64_MAX for ever */
static int deadline_get(Thread *t, Value v, int64_t *deadline, const char *negative) {
    int64_t ns;
    *deadline = INT64_MAX;
    if (value_is_null(v) || value_is_none(v)) return 0;
    if (!is_int(v) && !is_float(v) && type_of(v)->index == NULL) return err_int(err_set(t, E_TypeError, "timeout must be a float or None"));
    if (seconds_to_ns(t, v, &ns) < 0) return -1;
    if (ns < 0 && negative) return err_int(err_set(t, E_ValueError, "%s", negative));
    if (ns >= 0) *deadline = now_ns() + ns;
    return 0;
}
static int64_t left_ns(int64_t deadline) {
    int64_t left = deadline == INT64_MAX ? INT64_MAX : deadline - now_ns();
    return left < 0 ? 0 : left;
}
static int left_ms(int64_t deadline) {
    int64_t left = deadline == INT64_MAX ? -1 : (left_ns(deadline) + 999999) / 1000000;
    return left > INT_MAX ? INT_MAX : (int)left;
}

/* ---- select() ------------------------------------------------------------------------------------------------------------------------- */

/* descriptors of a list's items; *list is a list of the items that nobody else has, owned */
static int set_get(Thread *t, Value v, Ref *list, fd_set *set, int *fds, int *top, const char *message) {
    FD_ZERO(set);
    Ref fast = sequence_fast(t, v, message);
    if (ref_is_null(fast) || ref_is_null(*list = list_new(t, 0))) {
        ref_drop(t, fast);
        return -1;
    }
    Value items = ref_borrow(fast);
    int bad = 0;
    for (size_t i = 0; bad == 0; i++) { /* a fileno() may change the list */
        Ref item = ref_new(t, is_list(items) ? list_get(items, i) : i < tuple_size(items) ? tuple_get(items, i) : VALUE_NULL);
        if (ref_is_null(item)) break;
        int fd = kit_fileno(t, ref_borrow(item));
        if (fd < 0 || list_append(t, ref_borrow(*list), ref_borrow(item)) < 0) bad = -1;
        else if (fd >= FD_SETSIZE) bad = err_int(err_set(t, E_ValueError, "filedescriptor out of range in select()"));
        else if (i >= FD_SETSIZE) bad = err_int(err_set(t, E_ValueError, "too many file descriptors in select()"));
        else {
            FD_SET(fd, set);
            fds[i] = fd;
            if (fd > *top) *top = fd;
        }
        ref_drop(t, item);
    }
    ref_drop(t, fast);
    return bad;
}
static Ref ready_list(Thread *t, Value items, const fd_set *set, const int *fds) {
    Ref r = list_new(t, 0);
    for (size_t i = 0; !ref_is_null(r) && i < list_size(items); i++)
        if (FD_ISSET(fds[i], set) && list_append(t, ref_borrow(r), list_get(items, i)) < 0) {
            ref_drop(t, r);
            return REF_NULL;
        }
    return r;
}
static Ref m_select(Thread *t, Value self, const Value *a) {
    int64_t deadline;
    Ref lists[3] = {REF_NULL, REF_NULL, REF_NULL}, result = REF_NULL;
    fd_set sets[3], ready[3];
    int top = -1, n, err, (*fds)[FD_SETSIZE] = mem_alloc(3 * sizeof *fds);
    if (fds == NULL) return err_no_memory(t);
    if (deadline_get(t, a[3], &deadline, "timeout must be non-negative") < 0) goto done;
    for (int i = 0; i < 3; i++)
        if (set_get(t, a[i], &lists[i], &sets[i], fds[i], &top, "arguments 1-3 must be sequences") < 0) goto done;
    for (;;) {
        int64_t left = left_ns(deadline);
        struct timeval tv = {left / 1000000000, left % 1000000000 / 1000};
        memcpy(ready, sets, sizeof sets);
        DETACHED(t, n = select(top + 1, &ready[0], &ready[1], &ready[2], deadline == INT64_MAX ? NULL : &tv); err = errno);
        if (n >= 0 || err != EINTR) break;
        if (after_interrupt(t) < 0) goto done;
    }
    if (n < 0) {
        err_errno(t, err, VALUE_NULL);
        goto done;
    }
    Ref parts[3];
    for (int i = 0; i < 3; i++) parts[i] = ready_list(t, ref_borrow(lists[i]), &ready[i], fds[i]);
    result = tuple_from_steal(t, parts, 3);
done:
    for (int i = 0; i < 3; i++) ref_drop(t, lists[i]);
    mem_free(fds);
    return result;
}

/* ---- poll ---------------------------------------------------------------------------------------------------------------------------------- */

typedef struct Poll {
    Object base;
    Slot fds;             /* dict fd → events; its own lock guards it */
    _Atomic bool x_running;
} Poll;
static int events_get(Thread *t, Value v, int64_t dflt, int64_t *out) {
    *out = dflt;
    if (value_is_null(v)) return 0;
    if (as_i64(t, v, out) < 0) return -1;
    if (*out < 0) return err_int(err_set(t, E_ValueError, "value must be positive"));
    return *out <= USHRT_MAX ? 0 : err_int(err_set(t, E_OverflowError, "Python int too large for C unsigned short"));
}
static Ref poll_put(Thread *t, Value self, Value file, Value events, bool must_exist) {
    int fd = kit_fileno(t, file);
    int64_t mask;
    if (fd < 0 || events_get(t, events, POLLIN | POLLPRI | POLLOUT, &mask) < 0) return REF_NULL;
    Value d = slot_get(&as(Poll, self)->fds);
    if (must_exist) {
        int has = dict_contains(t, d, small_int(fd));
        if (has <= 0) return has < 0 ? REF_NULL : err_errno(t, ENOENT, VALUE_NULL);
    }
    return dict_set(t, d, small_int(fd), small_int(mask)) < 0 ? REF_NULL : REF_NONE;
}
static Ref m_poll_register(Thread *t, Value self, const Value *a) { return poll_put(t, self, a[0], a[1], false); }
static Ref m_poll_modify(Thread *t, Value self, const Value *a) { return poll_put(t, self, a[0], a[1], true); }
static Ref m_poll_unregister(Thread *t, Value self, const Value *a) {
    int fd = kit_fileno(t, a[0]);
    return fd < 0 || dict_del(t, slot_get(&as(Poll, self)->fds), small_int(fd)) < 0 ? REF_NULL : REF_NONE;
}
/* Milliseconds (None or negative: for ever) as a deadline. */
static int poll_deadline(Thread *t, Value v, int64_t *deadline) {
    int64_t ns;
    *deadline = INT64_MAX;
    if (value_is_null(v) || value_is_none(v)) return 0;
    if (is_float(v)) {
        double d = float_value(v) * 1e6;
        if (isnan(d)) return err_int(err_set(t, E_ValueError, "Invalid value NaN (not a number)"));
        if (!(fabs(d) < 9.2e18)) return err_int(err_set(t, E_OverflowError, "timestamp too large to convert to C _PyTime_t"));
        ns = (int64_t)(d < 0 ? floor(d) : ceil(d));
    } else {
        if (type_of(v)->index == NULL) return err_int(err_set(t, E_TypeError, "timeout must be an integer or None"));
        Ref i = number_index(t, v);
        if (ref_is_null(i)) return -1;
        bool large = int_try_i64(ref_borrow(i), &ns) < 0 || __builtin_mul_overflow(ns, (int64_t)1000000, &ns);
        ref_drop(t, i);
        if (large) return err_int(err_set(t, E_OverflowError, "timestamp too large to convert to C _PyTime_t"));
    }
    if (ns / 1000000 > INT_MAX || ns / 1000000 < INT_MIN) return err_int(err_set(t, E_OverflowError, "timeout is too large"));
    if (ns >= 0) *deadline = now_ns() + ns;
    return 0;
}
static Ref m_poll_poll(Thread *t, Value self, const Value *a) {
    int64_t deadline;
    if (poll_deadline(t, a[0], &deadline) < 0) return REF_NULL;
    if (swap_acq_rel(&as(Poll, self)->x_running, true)) return err_set(t, E_RuntimeError, "concurrent poll() invocation");
    Ref items = dict_items_list(t, slot_get(&as(Poll, self)->fds)), result = REF_NULL;
    size_t n = ref_is_null(items) ? 0 : list_size(ref_borrow(items));
    struct pollfd *p = mem_alloc((n + 1) * sizeof *p);
    int count = -1, err = 0;
    if (p == NULL) err_no_memory(t);
    else if (!ref_is_null(items)) {
        for (size_t i = 0; i < n; i++) {
            Value pair = list_get(ref_borrow(items), i);
            p[i] = (struct pollfd){(int)value_int(tuple_get(pair, 0)), (short)value_int(tuple_get(pair, 1)), 0};
        }
        for (;;) {
            DETACHED(t, count = poll(p, n, left_ms(deadline)); err = errno);
            if (count >= 0 || err != EINTR || after_interrupt(t) < 0) break;
        }
        if (count < 0 && !err_pending(t)) err_errno(t, err, VALUE_NULL);
    }
    store_release(&as(Poll, self)->x_running, false);
    if (count >= 0) result = list_new(t, (size_t)count);
    for (size_t i = 0; !ref_is_null(result) && i < n; i++) {
        if (p[i].revents == 0) continue;
        Ref pair = tuple_pack(t, 2, small_int(p[i].fd), small_int((unsigned short)p[i].revents));
        if (ref_is_null(pair) || list_append_steal(t, ref_borrow(result), pair) < 0) {
            ref_drop(t, result);
            result = REF_NULL;
        }
    }
    mem_free(p);
    ref_drop(t, items);
    return result;
}
static void poll_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Poll *)o)->fds, visit, arg); }
static void poll_destroy(Thread *t, Object *o) { ref_drop(t, slot_take(t, o, &((Poll *)o)->fds)); }
static NativeDef poll_methods[] = {
    FN("register", "($self, fd, eventmask=None, /)", m_poll_register, "Adds a descriptor."), FN("modify", "($self, fd, eventmask, /)", m_poll_modify, "Changes a descriptor's events."),
    FN("unregister", "($self, fd, /)", m_poll_unregister, "Removes a descriptor."), FN("poll", "($self, timeout=None, /)", m_poll_poll, "Waits; gives (fd, event) pairs."), FN_END,
};
static Type poll_type = {
    TYPE_HEADER(Poll, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, poll_traverse, poll_destroy, poll_destroy), .name = "select.poll", .methods = poll_methods,
};
static Ref m_poll(Thread *t, Value self, const Value *a) {
    Ref fds = dict_new(t);
    Poll *p = ref_is_null(fds) ? NULL : object_new(Poll, t, &poll_type);
    if (p == NULL) {
        ref_drop(t, fds);
        return REF_NULL;
    }
    slot_init(&p->fds, fds);
    return ref_steal(p);
}

/* ---- epoll ------------------------------------------------------------------------------------------------------------------------------------ */

typedef struct Epoll { Object base; _Atomic int x_fd; } Epoll;
static int epoll_fd(Thread *t, Value self) {
    int fd = load_relaxed(&as(Epoll, self)->x_fd);
    if (fd < 0) err_set(t, E_ValueError, "I/O operation on closed epoll object");
    return fd;
}
static Ref epoll_made(Thread *t, Type *type, int fd) {
    Ref r = fd < 0 ? err_errno(t, errno, VALUE_NULL) : instance_new(t, type);
    if (!ref_is_null(r)) store_relaxed(&as(Epoll, ref_borrow(r))->x_fd, fd);
    return r;
}
static Ref epoll_new(Thread *t, Value cls, const Value *args, size_t nargs, Value kwnames) {
    static _Atomic(Signature *) signature;
    Value a[2];
    int size = -1, flags = 0;
    if (bind_args(t, "epoll", "(sizehint=-1, flags=0)", &signature, args, nargs, kwnames, a, 2) < 0) return REF_NULL;
    if ((!value_is_null(a[0]) && as_int(t, a[0], &size) < 0) || (!value_is_null(a[1]) && as_int(t, a[1], &flags) < 0)) return REF_NULL;
    if (size < -1 || size == 0) return err_set(t, E_ValueError, "negative sizehint");
    if (flags && flags != EPOLL_CLOEXEC) return err_set(t, E_OSError, "invalid flags");
    return epoll_made(t, as(Type, cls), epoll_create1(EPOLL_CLOEXEC));
}
static Ref m_epoll_fromfd(Thread *t, Value cls, const Value *a) {
    int fd;
    return as_int(t, a[0], &fd) < 0 ? REF_NULL : epoll_made(t, as(Type, cls), fd);
}
static Ref epoll_control(Thread *t, Value self, int op, Value file, Value events) {
    int epfd = epoll_fd(t, self), fd, n, err;
    int64_t mask = EPOLLIN | EPOLLPRI | EPOLLOUT;
    if (epfd < 0 || (fd = kit_fileno(t, file)) < 0 || (!value_is_null(events) && as_i64(t, events, &mask) < 0)) return REF_NULL;
    struct epoll_event e = {.events = (uint32_t)mask, .data.fd = fd};
    DETACHED(t, n = epoll_ctl(epfd, op, fd, &e); err = errno);
    return n < 0 ? err_errno(t, err, VALUE_NULL) : REF_NONE;
}
static Ref m_epoll_register(Thread *t, Value self, const Value *a) { return epoll_control(t, self, EPOLL_CTL_ADD, a[0], a[1]); }
static Ref m_epoll_modify(Thread *t, Value self, const Value *a) { return epoll_control(t, self, EPOLL_CTL_MOD, a[0], a[1]); }
static Ref m_epoll_unregister(Thread *t, Value self, const Value *a) { return epoll_control(t, self, EPOLL_CTL_DEL, a[0], VALUE_NULL); }
static Ref m_epoll_poll(Thread *t, Value self, const Value *a) {
    int fd = epoll_fd(t, self), max = FD_SETSIZE - 1, n = -1, err = 0;
    int64_t deadline;
    if (fd < 0 || deadline_get(t, a[0], &deadline, NULL) < 0 || (!value_is_null(a[1]) && as_int(t, a[1], &max) < 0)) return REF_NULL;
    if (max == -1) max = FD_SETSIZE - 1;
    if (max < 1) return err_set(t, E_ValueError, "maxevents must be greater than 0, got %d", max);
    struct epoll_event *e = mem_alloc((size_t)max * sizeof *e);
    if (e == NULL) return err_no_memory(t);
    for (;;) {
        DETACHED(t, n = epoll_wait(fd, e, max, left_ms(deadline)); err = errno);
        if (n >= 0 || err != EINTR || after_interrupt(t) < 0) break;
    }
    if (n < 0 && !err_pending(t)) err_errno(t, err, VALUE_NULL);
    Ref r = n < 0 ? REF_NULL : list_new(t, (size_t)n);
    for (int i = 0; !ref_is_null(r) && i < n; i++) {
        Ref pair = tuple_pack(t, 2, small_int(e[i].data.fd), small_int(e[i].events));
        if (ref_is_null(pair) || list_append_steal(t, ref_borrow(r), pair) < 0) {
            ref_drop(t, r);
            r = REF_NULL;
        }
    }
    mem_free(e);
    return r;
}
static Ref m_epoll_close(Thread *t, Value self, const Value *a) {
    int fd = swap_acq_rel(&as(Epoll, self)->x_fd, -1);
    if (fd >= 0) DETACHED(t, close(fd));
    return REF_NONE;
}
static Ref m_epoll_fileno(Thread *t, Value self, const Value *a) {
    int fd = epoll_fd(t, self);
    return fd < 0 ? REF_NULL : ref_small_int(fd);
}
static Ref m_epoll_enter(Thread *t, Value self, const Value *a) { return epoll_fd(t, self) < 0 ? REF_NULL : ref_new(t, self); }
static Ref m_epoll_exit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return m_epoll_close(t, self, NULL); }
static Ref epoll_closed(Thread *t, Value self, void *c) { return ref_bool(load_relaxed(&as(Epoll, self)->x_fd) < 0); }
static void epoll_destroy(Thread *t, Object *o) {
    int fd = load_relaxed(&((Epoll *)o)->x_fd);
    if (fd >= 0) close(fd);
}
static NativeDef epoll_methods[] = {
    FN_CLASS("fromfd", "($type, fd, /)", m_epoll_fromfd, "An epoll object of a descriptor."), FN("register", "($self, /, fd, eventmask=None)", m_epoll_register, "Adds a descriptor."),
    FN("modify", "($self, /, fd, eventmask)", m_epoll_modify, "Changes a descriptor's events."), FN("unregister", "($self, /, fd)", m_epoll_unregister, "Removes a descriptor."),
    FN("poll", "($self, /, timeout=None, maxevents=-1)", m_epoll_poll, "Waits; gives (fd, events) pairs."), FN("close", "($self, /)", m_epoll_close, "Closes the descriptor."),
    FN("fileno", "($self, /)", m_epoll_fileno, "The descriptor."), FN("__enter__", "($self, /)", m_epoll_enter, NULL), FN_RAW("__exit__", "!($self, *args)", m_epoll_exit, NULL), FN_END,
};
static const GetSetDef epoll_getset[] = {{"closed", epoll_closed, NULL, "True if it is closed", NULL}, {NULL}};
static Type epoll_type = {
    TYPE_HEADER(Epoll, 0, NULL, NULL, epoll_destroy), .name = "select.epoll", .methods = epoll_methods, .getset = epoll_getset, .new_ = epoll_new,
};

static NativeDef functions[] = {
    FN("select", "($module, rlist, wlist, xlist, timeout=None, /)", m_select, "Waits until some of the files are ready."), FN("poll", "($module, /)", m_poll, "A poll object."), FN_END,
};
static const KitConstant constants[] = {
#define C(x) {#x, x}
    C(POLLIN), C(POLLPRI), C(POLLOUT), C(POLLERR), C(POLLHUP), C(POLLNVAL), C(POLLRDNORM), C(POLLRDBAND), C(POLLWRNORM), C(POLLWRBAND), C(POLLMSG), C(POLLRDHUP), C(EPOLLIN), C(EPOLLOUT),
    C(EPOLLPRI), C(EPOLLERR), C(EPOLLHUP), C(EPOLLRDHUP), C(EPOLLONESHOT), {"EPOLLET", (uint32_t)EPOLLET}, C(EPOLLEXCLUSIVE), C(EPOLLRDNORM), C(EPOLLRDBAND), C(EPOLLWRNORM), C(EPOLLWRBAND),
    C(EPOLLMSG), C(EPOLL_CLOEXEC), C(PIPE_BUF), {NULL, 0},
#undef C
};
int module_init_select(Thread *t, Value module) {
    if (kit_constants(t, module, constants) < 0 || type_ready(t, &poll_type) < 0 || module_add_type(t, module, &epoll_type) < 0 || module_set(t, module, "error", type_value(ETYPE(OSError))) < 0) return -1;
    return module_add_functions(t, module, functions);
}
