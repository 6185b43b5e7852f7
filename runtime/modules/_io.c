/* _io: open() and the module. */
#include "runtime/modules/_io.h"

#include <fcntl.h>
#include <unistd.h>

#include "runtime/abstract.h"
#include "runtime/build_id.h"
#include "runtime/config.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/names.h"
#include "runtime/native.h"
#include "runtime/str.h"

typedef struct Mode { bool creating, reading, writing, appending, updating, text, binary; char raw[5]; } Mode;

static int parse_mode(Thread *t, Value mode, const char *s, Mode *m) {
    *m = (Mode){0};
    for (const char *p = s; *p; p++) {
        bool *flag = *p == 'x' ? &m->creating : *p == 'r' ? &m->reading : *p == 'w' ? &m->writing : *p == 'a' ? &m->appending : *p == '+' ? &m->updating
                   : *p == 't' ? &m->text : *p == 'b' ? &m->binary : NULL;
        if (flag == NULL || *flag) return err_int(err_set(t, E_ValueError, "invalid mode: %R", mode));
        *flag = true;
    }
    char *r = m->raw;
    if (m->creating) *r++ = 'x';
    if (m->reading) *r++ = 'r';
    if (m->writing) *r++ = 'w';
    if (m->appending) *r++ = 'a';
    if (m->updating) *r++ = '+';
    if (m->text && m->binary) return err_int(err_set(t, E_ValueError, "can't have text and binary mode at once"));
    if (m->creating + m->reading + m->writing + m->appending > 1)
        return err_int(err_set(t, E_ValueError, "must have exactly one of create/read/write/append mode"));
    return 0;
}

static int buffering_size(Thread *t, Value raw, bool *line_buffering, int64_t *buffering) {
    Ref tty = call_method0(t, raw, str_intern_cstr(t, "isatty"));
    if (ref_is_null(tty)) return -1;
    int is_tty = is_true(t, ref_borrow(tty));
    ref_drop(t, tty);
    if (is_tty < 0) return -1;
    *line_buffering = *buffering == 1 || (*buffering < 0 && is_tty);
    if (*buffering == 1 || (*buffering < 0 && is_tty)) *buffering = -1;
    if (*buffering >= 0) return 0;
    Ref size = get_attr_cstr(t, raw, "_blksize");
    if (ref_is_null(size)) return -1;
    int r = index_as_i64(t, ref_borrow(size), buffering);
    ref_drop(t, size);
    return r;
}

/* Closes what was opened so far, keeping the exception. */
static Ref give_up(Thread *t, Ref file) {
    Ref exc = err_fetch(t), r = ref_is_null(file) ? REF_NULL : call_method0(t, ref_borrow(file), N(close));
    if (ref_is_null(r)) err_clear(t);
    ref_drop(t, r);
    ref_drop(t, file);
    if (!ref_is_null(exc)) err_steal(t, exc);
    return REF_NULL;
}

static Ref open_file(Thread *t, Value file, Value mode, int64_t buffering, Value encoding, Value errors, Value newline, int closefd, Value opener) {
    Mode m;
    const char *mode_text = str_utf8(t, mode, NULL);
    if (mode_text == NULL || parse_mode(t, mode, mode_text, &m) < 0) return REF_NULL;
    if (m.binary && !value_is_none(encoding)) return err_set(t, E_ValueError, "binary mode doesn't take an encoding argument");
    if (m.binary && !value_is_none(errors)) return err_set(t, E_ValueError, "binary mode doesn't take an errors argument");
    if (m.binary && !value_is_none(newline)) return err_set(t, E_ValueError, "binary mode doesn't take a newline argument");
    if (m.binary && buffering == 1 &&
        warn(t, E_RuntimeWarning, 1, "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used") < 0)
        return REF_NULL;
    Ref raw_mode = str_from_cstr(t, m.raw);
    Value args[] = {file, ref_borrow(raw_mode), value_bool(closefd), opener};
    Ref f = ref_is_null(raw_mode) ? REF_NULL : call(t, type_value(&file_io_type), args, 4, VALUE_NULL);
    ref_drop(t, raw_mode);
    if (ref_is_null(f)) return f;
    bool line_buffering;
    if (buffering_size(t, ref_borrow(f), &line_buffering, &buffering) < 0) return give_up(t, f);
    if (buffering == 0) {
        if (m.binary) return f;
        err_set(t, E_ValueError, "can't have unbuffered text I/O");
        return give_up(t, f);
    }
    Type *kind = m.updating ? &buffered_random_type : m.creating || m.writing || m.appending ? &buffered_writer_type : m.reading ? &buffered_reader_type : NULL;
    if (kind == NULL) {
        err_set(t, E_ValueError, "unknown mode: %R", mode);
        return give_up(t, f);
    }
    Ref buffer = call2(t, type_value(kind), ref_borrow(f), small_int(buffering));
    if (ref_is_null(buffer)) return give_up(t, f);
    ref_drop(t, f);
    if (m.binary) return buffer;
    Value text_args[] = {ref_borrow(buffer), encoding, errors, newline, value_bool(line_buffering)};
    Ref text = call(t, type_value(&text_io_type), text_args, 5, VALUE_NULL);
    if (ref_is_null(text)) return give_up(t, buffer);
    ref_drop(t, buffer);
    return set_attr(t, ref_borrow(text), N(mode), mode) < 0 ? give_up(t, text) : text;
}

/* file as os.fspath gives it, unless it is a descriptor */
static Ref file_argument(Thread *t, Value file) {
    if (is_int(file) || is_str(file) || is_bytes(file)) return ref_new(t, file);
    Ref special = lookup_special(t, file, N(__fspath__));
    if (!ref_is_null(special)) {
        Ref r = call0(t, ref_borrow(special));
        ref_drop(t, special);
        if (ref_is_null(r) || is_str(ref_borrow(r)) || is_bytes(ref_borrow(r))) return r;
        err_set(t, E_TypeError, "expected %.200T.__fspath__() to return str or bytes, not %.200T", file, ref_borrow(r));
        ref_drop(t, r);
        return REF_NULL;
    }
    if (err_pending(t)) return REF_NULL;
    if (type_of(file)->index) return number_index(t, file);
    return err_set(t, E_TypeError, "expected str, bytes or os.PathLike object, not %T", file);
}

static Ref m_open(Thread *t, Value self, const Value *a) {
    int buffering = -1;
    int closefd = value_is_null(a[6]) ? 1 : is_true(t, a[6]);
    if (closefd < 0) return REF_NULL;
    Ref mode = value_is_null(a[1]) ? str_from_cstr(t, "r") : ref_new(t, a[1]);
    if (ref_is_null(mode)) return mode;
    if (!is_str(ref_borrow(mode))) {
        err_set(t, E_TypeError, "open() argument 'mode' must be str, not %G", ref_borrow(mode));
        ref_drop(t, mode);
        return REF_NULL;
    }
    Value v[3];
    static const char *const names[] = {"encoding", "errors", "newline"};
    for (int i = 0; i < 3; i++) {
        v[i] = value_is_null(a[3 + i]) ? VALUE_NONE : a[3 + i];
        if (value_is_none(v[i]) || is_str(v[i])) continue;
        ref_drop(t, mode);
        return err_set(t, E_TypeError, "open() argument '%s' must be str or None, not %G", names[i], v[i]);
    }
    if (!value_is_null(a[2]) && as_int(t, a[2], &buffering) < 0) {
        ref_drop(t, mode);
        return REF_NULL;
    }
    Ref file = file_argument(t, a[0]);
    Ref r = ref_is_null(file) ? file
                              : open_file(t, ref_borrow(file), ref_borrow(mode), buffering, v[0], v[1], v[2], closefd, value_is_null(a[7]) ? VALUE_NONE : a[7]);
    ref_drop(t, file);
    ref_drop(t, mode);
    return r;
}

Ref io_open(Thread *t, Value file, const char *mode, int buffering, const char *encoding, const char *errors, const char *newline, bool closefd) {
    const char *texts[] = {mode, encoding, errors, newline};
    Ref refs[4] = {REF_NONE, REF_NONE, REF_NONE, REF_NONE}, r = REF_NULL;
    bool bad = false;
    for (int i = 0; i < 4; i++)
        if (texts[i]) bad |= ref_is_null(refs[i] = str_from_cstr(t, texts[i]));
    if (!bad) r = open_file(t, file, ref_borrow(refs[0]), buffering, ref_borrow(refs[1]), ref_borrow(refs[2]), ref_borrow(refs[3]), closefd, VALUE_NONE);
    for (int i = 0; i < 4; i++) ref_drop(t, refs[i]);
    return r;
}

/* The part of a path behind the directory of the cache, with its slash; null if it isn't there. */
static const char *behind_cache(Thread *t, Value path) {
    const char *cache = config.pycache_prefix != NULL ? config.pycache_prefix : config.user_cache;
    size_t n = cache != NULL ? strlen(cache) : 0;
    const char *s = str_utf8(t, path, NULL);
    if (s == NULL) err_clear(t);
    return n > 0 && s != NULL && strncmp(s, cache, n) == 0 && s[n] == '/' ? s + n : NULL;
}
static bool made_by_this_build(const char *path) {
    uint32_t magic = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool whole = fd >= 0 && read(fd, &magic, sizeof magic) == sizeof magic;
    if (fd >= 0) close(fd);
    return whole && magic == WEFT_BUILD_ID;
}
/* Code that the cache hasn't, or of another build, is looked for in what the build compiled of the standard library: the first run needn't wait, nor one that
 * may write no cache. */
static Ref m_open_code(Thread *t, Value self, const Value *a) {
    if (!is_str(a[0])) return err_set(t, E_TypeError, "open_code() argument 'path' must be str, not %G", a[0]);
    const char *rest = config.weft_home != NULL ? behind_cache(t, a[0]) : NULL;
    if (rest != NULL && !made_by_this_build(str_utf8(t, a[0], NULL))) {
        Ref path = str_format(t, "%s/library%s", config.weft_home, rest);
        Ref r = ref_is_null(path) ? REF_NULL : io_open(t, ref_borrow(path), "rb", -1, NULL, NULL, NULL, true);
        ref_drop(t, path);
        if (!ref_is_null(r)) return r;
        err_clear(t);
    }
    return io_open(t, a[0], "rb", -1, NULL, NULL, NULL, true);
}

static Ref m_text_encoding(Thread *t, Value self, const Value *a) {
    if (!value_is_null(a[0]) && !value_is_none(a[0])) return ref_new(t, a[0]);
    int64_t level = 2;
    if (!value_is_null(a[1]) && index_as_i64(t, a[1], &level) < 0) return REF_NULL;
    if (config.warn_default_encoding && warn(t, E_EncodingWarning, (int)level, "'encoding' argument not specified") < 0) return REF_NULL;
    return str_from_cstr(t, config.utf8_mode ? "utf-8" : "locale");
}

static NativeDef functions[] = {
    FN("open", "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)", m_open,
       "Opens a file and gives a file object."),
    FN("open_code", "($module, /, path)", m_open_code, "Opens a file of code for reading bytes."),
    FN("text_encoding", "($module, encoding, stacklevel=2, /)", m_text_encoding, "The encoding, or 'locale' for None."),
    FN_END,
};

int module_init_io(Thread *t, Value module) {
    if (io_init_base(t, module) < 0 || io_init_file(t, module) < 0 || io_init_memory(t, module) < 0 || io_init_buffered(t, module) < 0 ||
        io_init_text(t, module) < 0)
        return -1;
    /* its functions are said to be of `io`: open.__module__ (pyfakefs finds what it replaces by that) */
    return module_add_cstr(t, module, "__name__", "io") < 0 ? -1 : module_add_functions(t, module, functions);
}
