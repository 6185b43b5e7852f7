/* ossaudiodev: sound cards by the Open Sound System's device files and their ioctls.
 *
 * Both types are a descriptor that whoever closes it takes; all else is the kernel's. Calls that may wait for the device are detached.
 */
#include "runtime/bytes.h"
#include "runtime/int.h"
#include "runtime/modules/kit.h"
#include "runtime/modules/posix.h"
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/soundcard.h>

int module_init_ossaudiodev(Thread *t, Value module);

static Slot error_root;
static Ref fail(Thread *t, const char *message) { return err_type(t, as(Type, slot_get(&error_root)), "%s", message); }

/* types oss_audio_device, oss_mixer_device */
typedef struct Device {
    Object base;
    _Atomic int x_fd; /* -1: closed */
    int mode;         /* O_RDONLY … of an audio device */
    Slot name;        /* str or None */
} Device;

static int device_fd(Thread *t, Value self) {
    int fd = load_acquire(&as(Device, self)->x_fd);
    if (fd < 0) err_set(t, E_ValueError, "Operation on closed OSS device.");
    return fd;
}
/* *arg goes in and comes out. 0, or -1 with OSError. */
static int control(Thread *t, int fd, unsigned long request, void *arg) {
    int r, err;
    DETACHED(t, r = ioctl(fd, request, arg); err = errno);
    return r >= 0 ? 0 : err_int(err_errno(t, err, VALUE_NULL));
}
/* Of a method without arguments: what the device says to a request, or None. */
static Ref ask(Thread *t, Value self, unsigned long request, bool answers) {
    int fd = device_fd(t, self), value = 0;
    if (fd < 0 || control(t, fd, request, answers ? (void *)&value : NULL) < 0) return REF_NULL;
    return answers ? ref_small_int(value) : REF_NONE;
}
/* Of a method with an int: what the device made of it. */
static Ref set(Thread *t, Value self, Value v, unsigned long request) {
    int fd = device_fd(t, self), value;
    if (fd < 0 || as_int(t, v, &value) < 0 || control(t, fd, request, &value) < 0) return REF_NULL;
    return ref_small_int(value);
}
#define ASK(name, request) static Ref m_##name(Thread *t, Value self, const Value *a) { return ask(t, self, request, true); }
#define TELL(name, request) static Ref m_##name(Thread *t, Value self, const Value *a) { return ask(t, self, request, false); }
#define SET(name, request) static Ref m_##name(Thread *t, Value self, const Value *a) { return set(t, self, a[0], request); }

/* ---- both types --------------------------------------------------------------------------------------------------------------------------- */

static Ref m_close(Thread *t, Value self, const Value *a) {
    int fd = swap_acq_rel(&as(Device, self)->x_fd, -1);
    if (fd >= 0) DETACHED(t, close(fd));
    return REF_NONE;
}
static Ref m_exit(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) { return m_close(t, self, NULL); }
static Ref m_enter(Thread *t, Value self, const Value *a) { return ref_new(t, self); }
static Ref m_fileno(Thread *t, Value self, const Value *a) {
    int fd = device_fd(t, self);
    return fd < 0 ? REF_NULL : ref_small_int(fd);
}
static void device_destroy(Thread *t, Object *o) {
    Device *d = (Device *)o;
    int fd = load_relaxed(&d->x_fd);
    if (fd >= 0) close(fd);
    ref_drop(t, slot_take(t, o, &d->name));
}
static void device_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Device *)o)->name, visit, arg); }

/* ---- audio devices ------------------------------------------------------------------------------------------------------------------------- */

TELL(nonblock, SNDCTL_DSP_NONBLOCK) TELL(sync, SNDCTL_DSP_SYNC) TELL(reset, SNDCTL_DSP_RESET) TELL(post, SNDCTL_DSP_POST)
ASK(getfmts, SNDCTL_DSP_GETFMTS)
SET(setfmt, SNDCTL_DSP_SETFMT) SET(channels, SNDCTL_DSP_CHANNELS) SET(speed, SNDCTL_DSP_SPEED)

static Ref m_read(Thread *t, Value self, const Value *a) {
    int fd = device_fd(t, self);
    int64_t n;
    ssize_t got;
    if (fd < 0 || size_arg(t, a[0], &n) < 0) return REF_NULL;
    if (n < 0) return err_set(t, E_SystemError, "Negative size passed to PyBytes_FromStringAndSize");
    ByteBuilder b = BYTE_BUILDER;
    if (bytes_room(t, &b, (size_t)n) < 0) return REF_NULL;
    RETRY(t, got, read(fd, b.data, (size_t)n));
    if (got < 0) {
        bytes_drop(&b);
        return posix_error(t);
    }
    b.length = (size_t)got;
    return bytes_finish(t, &b);
}
static Ref m_write(Thread *t, Value self, const Value *a) {
    int fd = device_fd(t, self);
    Buffer view;
    ssize_t n;
    if (fd < 0 || buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    RETRY(t, n, write(fd, view.data, (size_t)view.len));
    Ref r = n < 0 ? posix_error(t) : ref_small_int(n);
    buffer_release(t, &view);
    return r;
}
/* All of it, waiting for room where the device doesn't. 0 or -1 */
static int write_all(Thread *t, int fd, const uint8_t *p, size_t left) {
    while (left > 0) {
        struct pollfd wait = {.fd = fd, .events = POLLOUT};
        ssize_t n;
        RETRY(t, n, poll(&wait, 1, -1));
        if (n >= 0) RETRY(t, n, write(fd, p, left));
        if (n < 0 && (err_pending(t) || errno != EAGAIN)) return err_int(posix_error(t));
        if (n < 0) continue;
        p += n;
        left -= (size_t)n;
    }
    return 0;
}
static Ref m_writeall(Thread *t, Value self, const Value *a) {
    int fd = device_fd(t, self);
    Buffer view;
    if (fd < 0 || buffer_get_snapshot(t, a[0], &view) < 0) return REF_NULL;
    int bad = write_all(t, fd, view.data, (size_t)view.len);
    buffer_release(t, &view);
    return bad < 0 ? REF_NULL : REF_NONE;
}
static Ref m_setparameters(Thread *t, Value self, const Value *a) {
    static const struct { const char *name; unsigned long request; } steps[3] = {{"format", SNDCTL_DSP_SETFMT}, {"channels", SNDCTL_DSP_CHANNELS}, {"rate", SNDCTL_DSP_SPEED}};
    int fd = device_fd(t, self), wanted[3], got[3], strict = 0;
    if (fd < 0) return REF_NULL;
    for (size_t i = 0; i < 3; i++)
        if (as_int(t, a[i], &wanted[i]) < 0) return REF_NULL;
    if (!value_is_null(a[3]) && as_int(t, a[3], &strict) < 0) return REF_NULL;
    for (size_t i = 0; i < 3; i++) {
        got[i] = wanted[i];
        if (control(t, fd, steps[i].request, &got[i]) < 0) return REF_NULL;
        if (strict && got[i] != wanted[i])
            return err_type(t, as(Type, slot_get(&error_root)), "unable to set requested %s (wanted %d, got %d)", steps[i].name, wanted[i], got[i]);
    }
    return tuple_from_steal(t, (Ref[]){ref_small_int(got[0]), ref_small_int(got[1]), ref_small_int(got[2])}, 3);
}

/* Bytes that a sample of all channels takes, and the room of the output. -1 with OSError. */
static int frame_size(Thread *t, int fd, audio_buf_info *room) {
    int format = 0, channels = 0;
    if (control(t, fd, SNDCTL_DSP_SETFMT, &format) < 0) return -1;
    int width = format == AFMT_U8 || format == AFMT_S8 || format == AFMT_MU_LAW || format == AFMT_A_LAW ? 1
                : format == AFMT_S16_LE || format == AFMT_S16_BE || format == AFMT_U16_LE || format == AFMT_U16_BE ? 2 : 0;
    if (width == 0) return err_int(err_errno(t, EOPNOTSUPP, VALUE_NULL));
    if (control(t, fd, SNDCTL_DSP_CHANNELS, &channels) < 0 || control(t, fd, SNDCTL_DSP_GETOSPACE, room) < 0) return -1;
    return width * channels > 0 ? width * channels : 1;
}
enum { ROOM_ALL, ROOM_USED, ROOM_FREE };
static Ref room(Thread *t, Value self, int which) {
    audio_buf_info info = {0};
    int fd = device_fd(t, self), size = fd < 0 ? -1 : frame_size(t, fd, &info);
    if (size < 0) return REF_NULL;
    int all = info.fragstotal * info.fragsize;
    return ref_small_int((which == ROOM_ALL ? all : which == ROOM_USED ? all - info.bytes : info.bytes) / size);
}
static Ref m_bufsize(Thread *t, Value self, const Value *a) { return room(t, self, ROOM_ALL); }
static Ref m_obufcount(Thread *t, Value self, const Value *a) { return room(t, self, ROOM_USED); }
static Ref m_obuffree(Thread *t, Value self, const Value *a) { return room(t, self, ROOM_FREE); }
static Ref m_getptr(Thread *t, Value self, const Value *a) {
    count_info info = {0};
    int fd = device_fd(t, self);
    if (fd < 0 || control(t, fd, as(Device, self)->mode == O_RDONLY ? SNDCTL_DSP_GETIPTR : SNDCTL_DSP_GETOPTR, &info) < 0) return REF_NULL;
    return tuple_from_steal(t, (Ref[]){ref_small_int(info.bytes), ref_small_int(info.blocks), ref_small_int(info.ptr)}, 3);
}
static Ref get_closed(Thread *t, Value self, void *closure) { return ref_bool(load_acquire(&as(Device, self)->x_fd) < 0); }
static Ref get_mode(Thread *t, Value self, void *closure) {
    int mode = as(Device, self)->mode;
    return str_from_cstr(t, mode == O_RDONLY ? "r" : mode == O_WRONLY ? "w" : "rw");
}
#define SELF "!($self, /)"
#define COMMON \
    FN("close", SELF, m_close, NULL), FN("fileno", SELF, m_fileno, NULL), FN("__enter__", SELF, m_enter, NULL), FN_RAW("__exit__", "!($self, *args)", m_exit, NULL)
static NativeDef audio_methods[] = {
    COMMON, FN("read", "!($self, n, /)", m_read, NULL), FN("write", "!($self, data, /)", m_write, NULL), FN("writeall", "!($self, data, /)", m_writeall, NULL),
    FN("nonblock", SELF, m_nonblock, NULL), FN("setfmt", "!($self, format, /)", m_setfmt, NULL), FN("getfmts", SELF, m_getfmts, NULL),
    FN("channels", "!($self, n, /)", m_channels, NULL), FN("speed", "!($self, rate, /)", m_speed, NULL), FN("sync", SELF, m_sync, NULL), FN("reset", SELF, m_reset, NULL),
    FN("post", SELF, m_post, NULL), FN("setparameters", "!($self, format, channels, rate, strict=False, /)", m_setparameters, NULL), FN("bufsize", SELF, m_bufsize, NULL),
    FN("obufcount", SELF, m_obufcount, NULL), FN("obuffree", SELF, m_obuffree, NULL), FN("getptr", SELF, m_getptr, NULL), FN_END,
};
static const GetSetDef audio_getset[] = {{"closed", get_closed, NULL, NULL, NULL}, {"mode", get_mode, NULL, NULL, NULL}, {NULL}};
static const MemberDef audio_members[] = {{"name", MEMBER_SLOT, offsetof(Device, name), true, NULL}, {NULL}};
static Type audio_type = {
    TYPE_HEADER(Device, TYPE_NO_INSTANTIATION | TYPE_CONTAINER, device_traverse, NULL, device_destroy), .name = "ossaudiodev.oss_audio_device", .methods = audio_methods,
    .getset = audio_getset, .members = audio_members,
};

/* ---- mixers ---------------------------------------------------------------------------------------------------------------------------------- */

ASK(controls, SOUND_MIXER_READ_DEVMASK) ASK(stereocontrols, SOUND_MIXER_READ_STEREODEVS) ASK(reccontrols, SOUND_MIXER_READ_RECMASK)
ASK(get_recsrc, SOUND_MIXER_READ_RECSRC)
SET(set_recsrc, SOUND_MIXER_WRITE_RECSRC)

static Ref volumes(Thread *t, int level) { return tuple_from_steal(t, (Ref[]){ref_small_int(level & 0xFF), ref_small_int(level >> 8 & 0xFF)}, 2); }
static int channel_arg(Thread *t, Value v, int *channel) {
    if (as_int(t, v, channel) < 0) return -1;
    return *channel >= 0 && *channel <= SOUND_MIXER_NRDEVICES ? 0 : err_int(fail(t, "Invalid mixer channel specified."));
}
static Ref m_get(Thread *t, Value self, const Value *a) {
    int fd = device_fd(t, self), channel, level = 0;
    if (fd < 0 || channel_arg(t, a[0], &channel) < 0 || control(t, fd, MIXER_READ(channel), &level) < 0) return REF_NULL;
    return volumes(t, level);
}
static Ref m_set(Thread *t, Value self, const Value *a) {
    int fd = device_fd(t, self), channel, left, right;
    if (fd < 0) return REF_NULL;
    if (!is_tuple(a[1]) || tuple_size(a[1]) != 2) return err_set(t, E_TypeError, "set() argument 2 must be 2-item sequence, not %.50T", a[1]);
    if (as_int(t, tuple_get(a[1], 0), &left) < 0 || as_int(t, tuple_get(a[1], 1), &right) < 0 || channel_arg(t, a[0], &channel) < 0) return REF_NULL;
    if (left < 0 || right < 0 || left > 100 || right > 100) return fail(t, "Volumes must be between 0 and 100.");
    int level = right << 8 | left;
    return control(t, fd, MIXER_WRITE(channel), &level) < 0 ? REF_NULL : volumes(t, level);
}
static NativeDef mixer_methods[] = {
    COMMON, FN("controls", SELF, m_controls, NULL), FN("stereocontrols", SELF, m_stereocontrols, NULL), FN("reccontrols", SELF, m_reccontrols, NULL),
    FN("get", "!($self, channel, /)", m_get, NULL), FN("set", "!($self, channel, volumes, /)", m_set, NULL), FN("get_recsrc", SELF, m_get_recsrc, NULL),
    FN("set_recsrc", "!($self, source, /)", m_set_recsrc, NULL), FN_END,
};
static Type mixer_type = {
    TYPE_HEADER(Device, TYPE_NO_INSTANTIATION | TYPE_CONTAINER, device_traverse, NULL, device_destroy), .name = "ossaudiodev.oss_mixer_device", .methods = mixer_methods,
};

/* ---- opening ----------------------------------------------------------------------------------------------------------------------------------- */

static Ref open_device(Thread *t, Type *type, const char *path, int mode) {
    Ref name = str_from_fs(t, path, strlen(path)), r = ref_is_null(name) ? REF_NULL : instance_new(t, type);
    if (ref_is_null(r)) {
        ref_drop(t, name);
        return r;
    }
    Device *d = as(Device, ref_borrow(r));
    int fd, bad = 0, err, formats;
    slot_init(&d->name, name);
    store_relaxed(&d->x_fd, -1);
    d->mode = mode;
    /* Doesn't wait for a device that another program has, but for the sound afterwards. */
    DETACHED(t, fd = open(path, mode | (type == &audio_type ? O_NONBLOCK : 0)); if (fd >= 0 && type == &audio_type) bad = fcntl(fd, F_SETFL, 0) < 0 || ioctl(fd, SNDCTL_DSP_GETFMTS, &formats) < 0;
             err = errno);
    store_release(&d->x_fd, fd);
    if (fd >= 0 && !bad) return r;
    err_errno(t, err, slot_get(&d->name));
    ref_drop(t, r);
    return REF_NULL;
}
static const char *path_text(Thread *t, const char *function, const char *position, Value v) {
    size_t n;
    if (!is_str(v)) {
        if (function != NULL) err_bad_argument(t, function, position, "str", v);
        else err_set(t, E_TypeError, "argument %s must be str, not %G", position, v);
        return NULL;
    }
    const char *s = str_utf8(t, v, &n);
    if (s != NULL && strlen(s) != n) err_set(t, E_ValueError, "embedded null character");
    return err_pending(t) ? NULL : s;
}
static const char *default_path(const char *variable, const char *path) {
    const char *s = getenv(variable);
    return s != NULL ? s : path;
}
/* open(mode) or open(device, mode) */
static Ref m_open(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    static const struct { const char *name; int flag; } modes[] = {{"r", O_RDONLY}, {"w", O_WRONLY}, {"rw", O_RDWR}};
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0) return err_set(t, E_TypeError, "open() takes no keyword arguments");
    if (nargs < 1) return err_set(t, E_TypeError, "open() takes at least 1 argument (0 given)");
    if (nargs > 2) return err_set(t, E_TypeError, "open() takes at most 2 arguments (%zu given)", nargs);
    const char *path = nargs == 1 ? default_path("AUDIODEV", "/dev/dsp") : path_text(t, "open", "1", args[0]);
    const char *mode = path == NULL ? NULL : path_text(t, "open", nargs == 1 ? "1" : "2", args[nargs - 1]);
    if (mode == NULL) return REF_NULL;
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(mode, modes[i].name) == 0) return open_device(t, &audio_type, path, modes[i].flag);
    return fail(t, "mode must be 'r', 'w', or 'rw'");
}
static Ref m_openmixer(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    if (!value_is_null(kwnames) && tuple_size(kwnames) > 0) return err_set(t, E_TypeError, "openmixer() takes no keyword arguments");
    if (nargs > 1) return err_set(t, E_TypeError, "function takes at most 1 argument (%zu given)", nargs);
    const char *path = nargs == 0 ? default_path("MIXERDEV", "/dev/mixer") : path_text(t, NULL, "1", args[0]);
    return path == NULL ? REF_NULL : open_device(t, &mixer_type, path, O_RDWR);
}

/* ---- the module -------------------------------------------------------------------------------------------------------------------------------- */

#define X(name) {#name, (int64_t)name},
static const KitConstant constants[] = {
    X(AFMT_AC3) X(AFMT_A_LAW) X(AFMT_IMA_ADPCM) X(AFMT_MPEG) X(AFMT_MU_LAW) X(AFMT_QUERY) X(AFMT_S16_BE) X(AFMT_S16_LE) X(AFMT_S16_NE) X(AFMT_S8)
    X(AFMT_U16_BE) X(AFMT_U16_LE) X(AFMT_U8) X(SNDCTL_COPR_HALT) X(SNDCTL_COPR_LOAD) X(SNDCTL_COPR_RCODE) X(SNDCTL_COPR_RCVMSG) X(SNDCTL_COPR_RDATA)
    X(SNDCTL_COPR_RESET) X(SNDCTL_COPR_RUN) X(SNDCTL_COPR_SENDMSG) X(SNDCTL_COPR_WCODE) X(SNDCTL_COPR_WDATA) X(SNDCTL_DSP_BIND_CHANNEL)
    X(SNDCTL_DSP_CHANNELS) X(SNDCTL_DSP_GETBLKSIZE) X(SNDCTL_DSP_GETCAPS) X(SNDCTL_DSP_GETCHANNELMASK) X(SNDCTL_DSP_GETFMTS) X(SNDCTL_DSP_GETIPTR)
    X(SNDCTL_DSP_GETISPACE) X(SNDCTL_DSP_GETODELAY) X(SNDCTL_DSP_GETOPTR) X(SNDCTL_DSP_GETOSPACE) X(SNDCTL_DSP_GETSPDIF) X(SNDCTL_DSP_GETTRIGGER)
    X(SNDCTL_DSP_MAPINBUF) X(SNDCTL_DSP_MAPOUTBUF) X(SNDCTL_DSP_NONBLOCK) X(SNDCTL_DSP_POST) X(SNDCTL_DSP_PROFILE) X(SNDCTL_DSP_RESET)
    X(SNDCTL_DSP_SAMPLESIZE) X(SNDCTL_DSP_SETDUPLEX) X(SNDCTL_DSP_SETFMT) X(SNDCTL_DSP_SETFRAGMENT) X(SNDCTL_DSP_SETSPDIF) X(SNDCTL_DSP_SETSYNCRO)
    X(SNDCTL_DSP_SETTRIGGER) X(SNDCTL_DSP_SPEED) X(SNDCTL_DSP_STEREO) X(SNDCTL_DSP_SUBDIVIDE) X(SNDCTL_DSP_SYNC) X(SNDCTL_FM_4OP_ENABLE)
    X(SNDCTL_FM_LOAD_INSTR) X(SNDCTL_MIDI_INFO) X(SNDCTL_MIDI_MPUCMD) X(SNDCTL_MIDI_MPUMODE) X(SNDCTL_MIDI_PRETIME) X(SNDCTL_SEQ_CTRLRATE)
    X(SNDCTL_SEQ_GETINCOUNT) X(SNDCTL_SEQ_GETOUTCOUNT) X(SNDCTL_SEQ_GETTIME) X(SNDCTL_SEQ_NRMIDIS) X(SNDCTL_SEQ_NRSYNTHS) X(SNDCTL_SEQ_OUTOFBAND)
    X(SNDCTL_SEQ_PANIC) X(SNDCTL_SEQ_PERCMODE) X(SNDCTL_SEQ_RESET) X(SNDCTL_SEQ_RESETSAMPLES) X(SNDCTL_SEQ_SYNC) X(SNDCTL_SEQ_TESTMIDI)
    X(SNDCTL_SEQ_THRESHOLD) X(SNDCTL_SYNTH_CONTROL) X(SNDCTL_SYNTH_ID) X(SNDCTL_SYNTH_INFO) X(SNDCTL_SYNTH_MEMAVL) X(SNDCTL_SYNTH_REMOVESAMPLE)
    X(SNDCTL_TMR_CONTINUE) X(SNDCTL_TMR_METRONOME) X(SNDCTL_TMR_SELECT) X(SNDCTL_TMR_SOURCE) X(SNDCTL_TMR_START) X(SNDCTL_TMR_STOP)
    X(SNDCTL_TMR_TEMPO) X(SNDCTL_TMR_TIMEBASE) X(SOUND_MIXER_ALTPCM) X(SOUND_MIXER_BASS) X(SOUND_MIXER_CD) X(SOUND_MIXER_DIGITAL1)
    X(SOUND_MIXER_DIGITAL2) X(SOUND_MIXER_DIGITAL3) X(SOUND_MIXER_IGAIN) X(SOUND_MIXER_IMIX) X(SOUND_MIXER_LINE) X(SOUND_MIXER_LINE1)
    X(SOUND_MIXER_LINE2) X(SOUND_MIXER_LINE3) X(SOUND_MIXER_MIC) X(SOUND_MIXER_MONITOR) X(SOUND_MIXER_NRDEVICES) X(SOUND_MIXER_OGAIN)
    X(SOUND_MIXER_PCM) X(SOUND_MIXER_PHONEIN) X(SOUND_MIXER_PHONEOUT) X(SOUND_MIXER_RADIO) X(SOUND_MIXER_RECLEV) X(SOUND_MIXER_SPEAKER)
    X(SOUND_MIXER_SYNTH) X(SOUND_MIXER_TREBLE) X(SOUND_MIXER_VIDEO) X(SOUND_MIXER_VOLUME) 
    {NULL, 0},
};
#undef X
static NativeDef functions[] = {FN_RAW("open", NULL, m_open, NULL), FN_RAW("openmixer", NULL, m_openmixer, NULL), FN_END};

/* A list of the mixer's channels, in their order */
static Ref channel_list(Thread *t, const char *const *texts) {
    Ref list = list_new(t, SOUND_MIXER_NRDEVICES);
    for (size_t i = 0; !ref_is_null(list) && i < SOUND_MIXER_NRDEVICES; i++) {
        Ref text = str_from_cstr(t, texts[i]);
        if (!ref_is_null(text) && list_append_steal(t, ref_borrow(list), text) == 0) continue;
        ref_drop(t, list);
        return REF_NULL;
    }
    return list;
}
int module_init_ossaudiodev(Thread *t, Value module) {
    static const char *const labels[SOUND_MIXER_NRDEVICES] = SOUND_DEVICE_LABELS, *const names[SOUND_MIXER_NRDEVICES] = SOUND_DEVICE_NAMES;
    if (warn(t, E_DeprecationWarning, 7, "'ossaudiodev' is deprecated and slated for removal in Python 3.13") < 0) return -1;
    if (type_ready(t, &audio_type) < 0 || type_ready(t, &mixer_type) < 0 || kit_constants(t, module, constants) < 0 || module_add_functions(t, module, functions) < 0) return -1;
    if (module_set_steal(t, module, "control_labels", channel_list(t, labels)) < 0 || module_set_steal(t, module, "control_names", channel_list(t, names)) < 0) return -1;
    if (kit_exception_root(t, module, &error_root, "ossaudiodev", "OSSAudioError", ETYPE(Exception)) < 0) return -1;
    return module_set(t, module, "error", slot_get(&error_root));
}
