/* termios: terminals. All calls detach the thread. */
#include "runtime/modules/kit.h"
#include "runtime/bytes.h"
#include <asm/ioctls.h>
#include <errno.h>
#include <linux/hdreg.h>
#include <sys/ioctl.h>
#include <termios.h>

int module_init_termios(Thread *t, Value module);
static Slot error_class; /* termios.error; set once, under the import lock */

static Ref termios_error(Thread *t, int err) {
    Ref text = str_from_cstr(t, strerror(err)), e = ref_is_null(text) ? REF_NULL : call2(t, slot_get(&error_class), small_int(err), ref_borrow(text));
    ref_drop(t, text);
    if (!ref_is_null(e)) err_object(t, ref_borrow(e));
    ref_drop(t, e);
    return REF_NULL;
}
#define CALL(t, call)                                       \
    do {                                                    \
        int n_, err_;                                       \
        DETACHED(t, n_ = (call); err_ = errno);             \
        if (n_ < 0) return termios_error(t, err_);          \
    } while (0)

static Ref m_tcgetattr(Thread *t, Value self, const Value *a) {
    struct termios m;
    int fd = kit_fileno(t, a[0]);
    if (fd < 0) return REF_NULL;
    CALL(t, tcgetattr(fd, &m));
    bool timed = !(m.c_lflag & ICANON);
    Ref cc[NCCS];
    for (int i = 0; i < NCCS; i++) cc[i] = timed && (i == VMIN || i == VTIME) ? ref_small_int(m.c_cc[i]) : bytes_new(t, &m.c_cc[i], 1);
    Ref items[7] = {ref_small_int(m.c_iflag), ref_small_int(m.c_oflag), ref_small_int(m.c_cflag), ref_small_int(m.c_lflag), ref_small_int(cfgetispeed(&m)),
                    ref_small_int(cfgetospeed(&m)), list_from_steal(t, cc, NCCS)};
    return list_from_steal(t, items, 7);
}

static int flag_at(Thread *t, Value list, size_t i, tcflag_t *out) {
    int64_t n;
    Ref v = ref_new(t, list_get(list, i));
    int bad = ref_is_null(v) ? -1 : as_i64(t, ref_borrow(v), &n);
    ref_drop(t, v);
    if (bad == 0) *out = (tcflag_t)n;
    return bad;
}
static int character_at(Thread *t, Value list, size_t i, cc_t *out) {
    Ref v = ref_new(t, list_get(list, i));
    Value c = ref_borrow(v);
    int64_t n;
    int bad = 0;
    if (!ref_is_null(v) && is_bytes(c) && bytes_length(c) == 1) *out = bytes_data(c)[0];
    else if (!ref_is_null(v) && is_int(c)) bad = as_i64(t, c, &n) < 0 ? -1 : (*out = (cc_t)n, 0);
    else bad = err_int(err_set(t, E_TypeError, "tcsetattr: elements of attributes must be characters or integers"));
    ref_drop(t, v);
    return bad;
}
static Ref m_tcsetattr(Thread *t, Value self, const Value *a) {
    struct termios m;
    tcflag_t part[6];
    int fd = kit_fileno(t, a[0]), when;
    if (fd < 0 || as_int(t, a[1], &when) < 0) return REF_NULL;
    if (!is_list(a[2]) || list_size(a[2]) != 7) return err_set(t, E_TypeError, "tcsetattr, arg 3: must be 7 element list");
    CALL(t, tcgetattr(fd, &m));
    for (size_t i = 0; i < 6; i++)
        if (flag_at(t, a[2], i, &part[i]) < 0) return REF_NULL;
    m.c_iflag = part[0];
    m.c_oflag = part[1];
    m.c_cflag = part[2];
    m.c_lflag = part[3];
    Ref cc = ref_new(t, list_get(a[2], 6));
    int bad = ref_is_null(cc) || !is_list(ref_borrow(cc)) || list_size(ref_borrow(cc)) != NCCS
                  ? err_int(err_set(t, E_TypeError, "tcsetattr: attributes[6] must be %d element list", NCCS)) : 0;
    for (size_t i = 0; bad == 0 && i < NCCS; i++) bad = character_at(t, ref_borrow(cc), i, &m.c_cc[i]);
    ref_drop(t, cc);
    if (bad < 0) return REF_NULL;
    if (cfsetispeed(&m, part[4]) < 0 || cfsetospeed(&m, part[5]) < 0) return termios_error(t, errno);
    CALL(t, tcsetattr(fd, when, &m));
    return REF_NONE;
}

/* functions of a descriptor and perhaps an int */
#define NUMBER_CALL(name)                                                                        \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                                 \
        int fd = kit_fileno(t, a[0]), arg;                                                       \
        if (fd < 0 || as_int(t, a[1], &arg) < 0) return REF_NULL;                                \
        CALL(t, name(fd, arg));                                                                  \
        return REF_NONE;                                                                         \
    }
NUMBER_CALL(tcsendbreak)
NUMBER_CALL(tcflush)
NUMBER_CALL(tcflow)
static Ref m_tcdrain(Thread *t, Value self, const Value *a) {
    int fd = kit_fileno(t, a[0]);
    if (fd < 0) return REF_NULL;
    CALL(t, tcdrain(fd));
    return REF_NONE;
}

static Ref m_tcgetwinsize(Thread *t, Value self, const Value *a) {
    struct winsize w;
    int fd = kit_fileno(t, a[0]);
    if (fd < 0) return REF_NULL;
    CALL(t, ioctl(fd, TIOCGWINSZ, &w));
    return tuple_pack(t, 2, small_int(w.ws_row), small_int(w.ws_col));
}
static Ref m_tcsetwinsize(Thread *t, Value self, const Value *a) {
    struct winsize w;
    int fd = kit_fileno(t, a[0]);
    int64_t part[2];
    if (fd < 0) return REF_NULL;
    Ref items = is_sequence(a[1]) ? sequence_tuple(t, a[1]) : REF_NULL;
    if (ref_is_null(items) && err_pending(t)) return items;
    int bad = ref_is_null(items) || tuple_size(ref_borrow(items)) != 2 ? err_int(err_set(t, E_TypeError, "tcsetwinsize, arg 2: must be a two-item sequence")) : 0;
    for (size_t i = 0; bad == 0 && i < 2; i++) bad = as_i64(t, tuple_get(ref_borrow(items), i), &part[i]);
    ref_drop(t, items);
    if (bad < 0) return REF_NULL;
    if (part[0] != (uint16_t)part[0] || part[1] != (uint16_t)part[1]) return err_set(t, E_OverflowError, "winsize value(s) out of range.");
    CALL(t, ioctl(fd, TIOCGWINSZ, &w));
    w.ws_row = (uint16_t)part[0];
    w.ws_col = (uint16_t)part[1];
    CALL(t, ioctl(fd, TIOCSWINSZ, &w));
    return REF_NONE;
}

static NativeDef functions[] = {
    FN("tcgetattr", "($module, fd, /)", m_tcgetattr, "The attributes of a terminal: [iflag, oflag, cflag, lflag, ispeed, ospeed, cc]."),
    FN("tcsetattr", "($module, fd, when, attributes, /)", m_tcsetattr, "Sets the attributes of a terminal."),
    FN("tcsendbreak", "($module, fd, duration, /)", m_tcsendbreak, "Sends a break."), FN("tcdrain", "($module, fd, /)", m_tcdrain, "Waits until all output is sent."),
    FN("tcflush", "($module, fd, queue, /)", m_tcflush, "Throws queued data away."), FN("tcflow", "($module, fd, action, /)", m_tcflow, "Suspends or resumes input or output."),
    FN("tcgetwinsize", "($module, fd, /)", m_tcgetwinsize, "The size of the window: (rows, columns)."), FN("tcsetwinsize", "($module, fd, winsize, /)", m_tcsetwinsize, "Sets the size of the window."),
    FN_END,
};
static const KitConstant constants[] = {
#define C(x) {#x, (int64_t)(x)}
    C(B0), C(B1000000), C(B110), C(B115200), C(B1152000), C(B1200), C(B134), C(B150), C(B1500000), C(B1800), C(B19200), C(B200), C(B2000000), C(B230400),
    C(B2400), C(B2500000), C(B300), C(B3000000), C(B3500000), C(B38400), C(B4000000), C(B460800), C(B4800), C(B50), C(B500000), C(B57600), C(B576000),
    C(B600), C(B75), C(B921600), C(B9600), C(BRKINT), C(BS0), C(BS1), C(BSDLY), C(CBAUD), C(CBAUDEX), C(CDSUSP), C(CEOF), C(CEOL), C(CEOT), C(CERASE),
    C(CFLUSH), C(CIBAUD), C(CINTR), C(CKILL), C(CLNEXT), C(CLOCAL), C(CQUIT), C(CR0), C(CR1), C(CR2), C(CR3), C(CRDLY), C(CREAD), C(CRPRNT), C(CRTSCTS),
    C(CS5), C(CS6), C(CS7), C(CS8), C(CSIZE), C(CSTART), C(CSTOP), C(CSTOPB), C(CSUSP), C(CWERASE), C(ECHO), C(ECHOCTL), C(ECHOE), C(ECHOK), C(ECHOKE),
    C(ECHONL), C(ECHOPRT), C(EXTA), C(EXTB), C(FF0), C(FF1), C(FFDLY), C(FIOASYNC), C(FIOCLEX), C(FIONBIO), C(FIONCLEX), C(FIONREAD), C(FLUSHO), C(HUPCL),
    C(ICANON), C(ICRNL), C(IEXTEN), C(IGNBRK), C(IGNCR), C(IGNPAR), C(IMAXBEL), C(INLCR), C(INPCK), C(IOCSIZE_MASK), C(IOCSIZE_SHIFT), C(ISIG), C(ISTRIP),
    C(IUCLC), C(IXANY), C(IXOFF), C(IXON), C(NCC), C(NCCS), C(NL0), C(NL1), C(NLDLY), C(NOFLSH), C(N_MOUSE), C(N_PPP), C(N_SLIP), C(N_STRIP), C(N_TTY),
    C(OCRNL), C(OFDEL), C(OFILL), C(OLCUC), C(ONLCR), C(ONLRET), C(ONOCR), C(OPOST), C(PARENB), C(PARMRK), C(PARODD), C(PENDIN), C(TAB0), C(TAB1), C(TAB2),
    C(TAB3), C(TABDLY), C(TCFLSH), C(TCGETA), C(TCGETS), C(TCIFLUSH), C(TCIOFF), C(TCIOFLUSH), C(TCION), C(TCOFLUSH), C(TCOOFF), C(TCOON), C(TCSADRAIN),
    C(TCSAFLUSH), C(TCSANOW), C(TCSBRK), C(TCSBRKP), C(TCSETA), C(TCSETAF), C(TCSETAW), C(TCSETS), C(TCSETSF), C(TCSETSW), C(TCXONC), C(TIOCCONS),
    C(TIOCEXCL), C(TIOCGETD), C(TIOCGICOUNT), C(TIOCGLCKTRMIOS), C(TIOCGPGRP), C(TIOCGSERIAL), C(TIOCGSOFTCAR), C(TIOCGWINSZ), C(TIOCINQ), C(TIOCLINUX),
    C(TIOCMBIC), C(TIOCMBIS), C(TIOCMGET), C(TIOCMIWAIT), C(TIOCMSET), C(TIOCM_CAR), C(TIOCM_CD), C(TIOCM_CTS), C(TIOCM_DSR), C(TIOCM_DTR), C(TIOCM_LE),
    C(TIOCM_RI), C(TIOCM_RNG), C(TIOCM_RTS), C(TIOCM_SR), C(TIOCM_ST), C(TIOCNOTTY), C(TIOCNXCL), C(TIOCOUTQ), C(TIOCPKT), C(TIOCPKT_DATA), C(TIOCPKT_DOSTOP),
    C(TIOCPKT_FLUSHREAD), C(TIOCPKT_FLUSHWRITE), C(TIOCPKT_NOSTOP), C(TIOCPKT_START), C(TIOCPKT_STOP), C(TIOCSCTTY), C(TIOCSERCONFIG), C(TIOCSERGETLSR),
    C(TIOCSERGETMULTI), C(TIOCSERGSTRUCT), C(TIOCSERGWILD), C(TIOCSERSETMULTI), C(TIOCSERSWILD), C(TIOCSER_TEMT), C(TIOCSETD), C(TIOCSLCKTRMIOS),
    C(TIOCSPGRP), C(TIOCSSERIAL), C(TIOCSSOFTCAR), C(TIOCSTI), C(TIOCSWINSZ), C(TOSTOP), C(VDISCARD), C(VEOF), C(VEOL), C(VEOL2), C(VERASE), C(VINTR),
    C(VKILL), C(VLNEXT), C(VMIN), C(VQUIT), C(VREPRINT), C(VSTART), C(VSTOP), C(VSUSP), C(VSWTC), {"VSWTCH", 7}, C(VT0), C(VT1), C(VTDLY), C(VTIME),
    C(VWERASE), C(XCASE), C(XTABS),
    {NULL, 0},
#undef C
};
int module_init_termios(Thread *t, Value module) {
    if (kit_module(t, module, (Type *const[]){NULL}, functions, "Control of terminals, which are given as descriptors or as what has fileno().") < 0 || kit_constants(t, module, constants) < 0) return -1;
    Ref e = kit_exception(t, "termios", "error", ETYPE(Exception));
    if (ref_is_null(e)) return -1;
    kit_root(t, &error_class, e);
    return module_set(t, module, "error", slot_get(&error_class));
}
