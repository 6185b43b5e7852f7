#include "vm/run.h"
#include "runtime/abstract.h"
#include "runtime/bytes.h"
#include "runtime/dict.h"
#include "runtime/exceptions.h"
#include "runtime/int.h"
#include "runtime/list.h"
#include "runtime/marshal.h"
#include "runtime/build_id.h"
#include "runtime/module.h"
#include "runtime/modules/sys.h"
#include "runtime/names.h"
#include "runtime/str.h"
#include "runtime/vm_hooks.h"
#include "vm/compile.h"
#include "vm/startup.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool interrupted;
bool ended_by_interrupt(void) { return interrupted; }

/* ---- exceptions that reach the top ---------------------------------------------------------------------------------- */

static int flush_stdout(Thread *t) {
    Ref saved = err_fetch(t), out = sys_get(t, "stdout");
    if (!ref_is_null(out) && !ref_is_none(out)) ref_drop(t, call_method0(t, ref_borrow(out), N(flush)));
    err_clear(t);
    ref_drop(t, out);
    t->exc = saved;
    return 0;
}

/* The status that SystemExit asks for; what isn't a number is written to stderr. */
static int exit_status(Thread *t, Value exc) {
    flush_stdout(t);
    Ref code = get_attr_cstr(t, exc, "code");
    if (ref_is_null(code)) {
        err_clear(t);
        code = ref_new(t, exc);
    }
    int status = 0;
    if (!ref_is_none(code)) {
        if (is_int(ref_borrow(code))) {
            int64_t n;
            status = int_try_i64(ref_borrow(code), &n) < 0 ? 255 : (int)(n & 0xff);
        } else {
            Ref file = sys_get(t, "stderr"), text = object_str(t, ref_borrow(code));
            err_clear(t);
            if (!ref_is_null(text)) stderr_printf(t, "%V\n", ref_borrow(text));
            ref_drop(t, text);
            ref_drop(t, file);
            status = 1;
        }
    }
    ref_drop(t, code);
    return status;
}

/* sys.excepthook failed or isn't there. */
static void show_without_hook(Thread *t, Value exc) {
    Ref file = sys_get(t, "stderr");
    if (ref_is_null(file) || (!ref_is_none(file) && vm.print_exception(t, exc, ref_borrow(file)) < 0)) sys_lost_stderr(t, exc);
    ref_drop(t, file);
}

int show_exception(Thread *t, bool *exits) {
    Ref exc = err_fetch(t);
    *exits = false;
    if (ref_is_null(exc)) return 1;
    Value e = ref_borrow(exc);
    if (type_is_subtype(type_of(e), ETYPE(SystemExit)) && !config.inspect) {
        *exits = true;
        int status = exit_status(t, e);
        ref_drop(t, exc);
        return status;
    }
    interrupted = type_of(e) == ETYPE(KeyboardInterrupt);
    Ref tb = slot_ref(t, &as(BaseException, e)->traceback);
    if (ref_is_null(tb)) tb = REF_NONE;
    if (sys_set(t, "last_type", type_value(type_of(e))) < 0 || sys_set(t, "last_value", e) < 0 || sys_set(t, "last_traceback", ref_borrow(tb)) < 0)
        err_clear(t);
    Ref hook = sys_get(t, "excepthook");
    int status = 1;
    if (ref_is_null(hook)) {
        stderr_printf(t, "sys.excepthook is missing\n");
        show_without_hook(t, e);
    } else {
        if (audit(t, "sys.excepthook", (Value[]){ref_borrow(hook), type_value(type_of(e)), e, ref_borrow(tb)}, 4) < 0) err_unraisable(t, "in audit hook", VALUE_NULL);
        Ref r = call3(t, ref_borrow(hook), type_value(type_of(e)), e, ref_borrow(tb));
        if (ref_is_null(r) && err_is(t, E_SystemExit) && !config.inspect) {
            Ref again = err_fetch(t);
            *exits = true;
            interrupted = false;
            status = exit_status(t, ref_borrow(again));
            ref_drop(t, again);
        } else if (ref_is_null(r)) {
            Ref again = err_fetch(t);
            flush_stdout(t);
            stderr_printf(t, "Error in sys.excepthook:\n");
            if (!ref_is_null(again)) show_without_hook(t, ref_borrow(again));
            stderr_printf(t, "\nOriginal exception was:\n");
            show_without_hook(t, e);
            ref_drop(t, again);
        }
        ref_drop(t, r);
        ref_drop(t, hook);
    }
    ref_drop(t, tb);
    ref_drop(t, exc);
    return status;
}

/* ---- running code ---------------------------------------------------------------------------------------------------------- */

Ref run_source(Thread *t, Value source, const char *filename, const char *mode, int flags) {
    Ref name = str_from_fs(t, filename, strlen(filename)), code = REF_NULL, r = REF_NULL;
    if (!ref_is_null(name)) code = vm.compile(t, source, ref_borrow(name), mode, flags, 1, -1);
    interrupted = false; /* what is run last counts */
    if (!ref_is_null(code)) {
        Ref dict = ref_new(t, main_dict());
        r = vm.eval_code(t, ref_borrow(code), ref_borrow(dict), ref_borrow(dict), VALUE_NULL);
        ref_drop(t, dict);
    }
    ref_drop(t, code);
    ref_drop(t, name);
    return r;
}

/* The status after a run: 0 with a result, else what the exception asks for. */
static int settle(Thread *t, Ref result, bool *exits) {
    *exits = false;
    if (ref_is_null(result)) return show_exception(t, exits);
    ref_drop(t, result);
    flush_stdout(t);
    return 0;
}

static int run_command(Thread *t, const Options *o, bool *exits) {
    Ref source = str_from_fs(t, o->command, strlen(o->command)), r = REF_NULL;
    if (!ref_is_null(source)) {
        if (str_utf8(t, ref_borrow(source), NULL) == NULL) fputs("Unable to decode the command from the command line:\n", stderr);
        else r = run_source(t, ref_borrow(source), "<string>", "exec", 0);
    }
    ref_drop(t, source);
    return settle(t, r, exits);
}

/* runpy finds and runs it. */
static int run_module(Thread *t, const char *name, bool set_argv0, bool *exits) {
    Ref f = import_attr(t, "runpy", "_run_module_as_main"), module = REF_NULL, r = REF_NULL;
    if (ref_is_null(f)) {
        fputs(err_is(t, E_ImportError) ? "Could not import runpy module\n" : "Could not access runpy._run_module_as_main\n", stderr);
    } else {
        module = str_from_fs(t, name, strlen(name));
        if (!ref_is_null(module)) r = call2(t, ref_borrow(f), ref_borrow(module), value_bool(set_argv0));
    }
    ref_drop(t, module);
    ref_drop(t, f);
    return settle(t, r, exits);
}

/* ---- files ------------------------------------------------------------------------------------------------------------------- */

/* Everything from a descriptor, as bytes. */
static Ref read_all(Thread *t, int fd) {
    ByteBuilder b = BYTE_BUILDER;
    for (;;) {
        if (bytes_room(t, &b, 65536) < 0) break;
        ssize_t n;
        DETACHED(t, n = read(fd, b.data + b.length, 65536));
        if (n > 0) {
            b.length += n;
            continue;
        }
        if (n == 0) return bytes_finish(t, &b);
        if (errno == EINTR) {
            if (safepoint(t) < 0) break;
            continue;
        }
        return bytes_finish(t, &b); /* what can't be read is taken for the end, as by C's streams */
    }
    bytes_drop(&b);
    return REF_NULL;
}

/* -x: the first line goes, its end stays, so that the others keep their numbers. */
static Ref skip_line(Thread *t, Ref source) {
    if (!config.skip_first_line || ref_is_null(source)) return source;
    const uint8_t *p = bytes_data(ref_borrow(source)), *end = p + bytes_length(ref_borrow(source));
    while (p < end && *p != '\n') p++;
    Ref rest = bytes_new(t, p, end - p);
    ref_drop(t, source);
    return rest;
}

static bool has_suffix(const char *name, const char *suffix) {
    size_t n = strlen(name), k = strlen(suffix);
    return n >= k && strcmp(name + n - k, suffix) == 0;
}

/* __file__, __cached__ and __loader__ of __main__, as long as the file runs. */
static int set_main_file(Thread *t, const char *filename) {
    Value d = main_dict();
    bool compiled = has_suffix(filename, ".pyc");
    Ref name = str_from_fs(t, filename, strlen(filename)), make = REF_NULL, loader = REF_NULL;
    int bad = -1;
    if (strcmp(filename, "<stdin>") == 0) { /* it has no loader of its own */
        bad = ref_is_null(name) || dict_set(t, d, N(__file__), ref_borrow(name)) < 0 ? -1 : dict_set(t, d, N(__cached__), VALUE_NONE);
        ref_drop(t, name);
        return bad;
    }
    if (!ref_is_null(name)) make = import_attr(t, "_frozen_importlib_external", compiled ? "SourcelessFileLoader" : "SourceFileLoader");
    if (!ref_is_null(make)) loader = call2(t, ref_borrow(make), N(__main__), ref_borrow(name));
    if (!ref_is_null(loader) && dict_set(t, d, N(__file__), ref_borrow(name)) == 0 && dict_set(t, d, N(__cached__), VALUE_NONE) == 0)
        bad = dict_set(t, d, N(__loader__), ref_borrow(loader));
    ref_drop(t, loader);
    ref_drop(t, make);
    ref_drop(t, name);
    return bad;
}

static void unset_main_file(Thread *t) {
    Ref saved = err_fetch(t), dict = ref_new(t, main_dict()), old;
    if (dict_pop(t, ref_borrow(dict), N(__file__), &old) > 0) ref_drop(t, old);
    if (dict_pop(t, ref_borrow(dict), N(__cached__), &old) > 0) ref_drop(t, old);
    err_clear(t);
    ref_drop(t, dict);
    t->exc = saved;
}

static Ref run_pyc(Thread *t, Value data) {
    uint32_t magic = 0;
    size_t n = bytes_length(data);
    if (n >= 4) memcpy(&magic, bytes_data(data), 4);
    if (n < 16 || magic != WEFT_BUILD_ID) return err_set(t, E_RuntimeError, "Bad magic number in .pyc file");
    Ref code = marshal_loads(t, bytes_data(data) + 16, n - 16), r = REF_NULL;
    if (ref_is_null(code)) return REF_NULL;
    if (!is_exact(ref_borrow(code), &code_type)) err_set(t, E_RuntimeError, "Bad code object in .pyc file");
    else r = vm.eval_code(t, ref_borrow(code), main_dict(), main_dict(), VALUE_NULL);
    ref_drop(t, code);
    return r;
}

/* Runs what the descriptor gives, under that name. Nothing is left open but stdin. */
static int run_descriptor(Thread *t, int fd, const char *filename, bool *exits) {
    Ref source = skip_line(t, read_all(t, fd)), r = REF_NULL;
    if (fd != STDIN_FILENO) close(fd);
    if (!ref_is_null(source) && set_main_file(t, filename) == 0) {
        if (has_suffix(filename, ".pyc")) r = run_pyc(t, ref_borrow(source));
        else r = run_source(t, ref_borrow(source), filename, "exec", COMPILE_FROM_FILE);
    }
    ref_drop(t, source);
    int status = settle(t, r, exits);
    unset_main_file(t);
    return status;
}

static int cannot_open(Thread *t, const Options *o, int err) {
    Ref name = str_from_fs(t, o->target, strlen(o->target));
    if (!ref_is_null(name)) stderr_printf(t, "%s: can't open file %R: [Errno %d] %s\n", o->program, ref_borrow(name), err, strerror(err));
    err_clear(t);
    ref_drop(t, name);
    return 2;
}

static int run_file(Thread *t, const Options *o, bool *exits) {
    int fd;
    DETACHED(t, fd = open(o->target, O_RDONLY | O_CLOEXEC));
    if (fd < 0) {
        *exits = false;
        return cannot_open(t, o, errno);
    }
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        close(fd);
        fprintf(stderr, "%s: %s is a directory, cannot continue\n", o->program, o->target);
        return 1;
    }
    return run_descriptor(t, fd, o->target, exits);
}

/* Whether the file is a directory or ends as zip archives do: then runpy runs the __main__ inside. */
static bool is_container(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0) return false;
    if (S_ISDIR(st.st_mode)) return true;
    if (!S_ISREG(st.st_mode) || st.st_size < 22) return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    off_t tail = st.st_size < 65557 ? st.st_size : 65557; /* the end record and the longest comment behind it */
    uint8_t *p = malloc(22 + tail);
    bool found = false;
    if (p != NULL && pread(fd, p, 22, st.st_size - 22) == 22 && memcmp(p, "PK\5\6", 4) == 0) {
        found = true;
    } else if (p != NULL && pread(fd, p, 2, 0) == 2 && (memcmp(p, "PK", 2) == 0 || memcmp(p, "#!", 2) == 0) &&
               pread(fd, p, tail, st.st_size - tail) == tail) {
        for (off_t i = tail - 22; i >= 0 && !found; i--) found = memcmp(p + i, "PK\5\6", 4) == 0;
    }
    free(p);
    close(fd);
    return found;
}

/* ---- sys.path[0] ------------------------------------------------------------------------------------------------------------------ */

/* The directory of a script, through links; "" for the present directory. malloc'ed. */
static char *script_dir(const char *script) {
    char link[PATH_MAX], real[PATH_MAX];
    char *path = strdup(script);
    ssize_t n = readlink(script, link, sizeof link - 1);
    if (n > 0 && path != NULL) { /* one step, as CPython */
        link[n] = 0;
        char *slash = strrchr(path, '/'), *followed = NULL;
        if (link[0] == '/' || slash == NULL) followed = strdup(link);
        else if (asprintf(&followed, "%.*s/%s", (int)(slash - path), path, link) < 0) followed = NULL;
        free(path);
        path = followed;
    }
    if (path == NULL) return NULL;
    char *whole = realpath(path, real) != NULL ? strdup(real) : absolute_path(path);
    free(path);
    if (whole == NULL) return NULL;
    char *slash = strrchr(whole, '/');
    if (slash == NULL) whole[0] = 0;
    else if (slash == whole) slash[1] = 0;
    else *slash = 0;
    return whole;
}

static int insert_path(Thread *t, const char *dir) {
    Ref path = sys_get(t, "path"), s = str_from_fs(t, dir, strlen(dir));
    int bad = 0;
    if (ref_is_null(s)) bad = -1;
    else if (!ref_is_null(path) && is_list(ref_borrow(path))) bad = list_insert(t, ref_borrow(path), 0, ref_borrow(s));
    ref_drop(t, path);
    ref_drop(t, s);
    return bad;
}

static int insert_first_path(Thread *t, const Options *o) {
    char cwd[PATH_MAX], *dir = NULL;
    if (config.safe_path) return 0;
    switch (o->kind) {
    case RUN_MODULE: return getcwd(cwd, sizeof cwd) != NULL ? insert_path(t, cwd) : 0;
    case RUN_FILE:
        dir = script_dir(o->target);
        break;
    default: return insert_path(t, "");
    }
    int bad = dir == NULL ? 0 : insert_path(t, dir);
    free(dir);
    return bad;
}

/* ---- standard input -------------------------------------------------------------------------------------------------------------------- */

bool stdin_is_interactive(void) { return isatty(STDIN_FILENO) || config.interactive; }

static void print_header(Thread *t, const Options *o) {
    if (config.quiet) return;
    if (!config.verbose && (o->kind != RUN_STDIN || !stdin_is_interactive())) return;
    Ref version = sys_get(t, "version"), platform = sys_get(t, "platform");
    if (!ref_is_null(version) && !ref_is_null(platform)) stderr_printf(t, "Python %V on %V\n", ref_borrow(version), ref_borrow(platform));
    if (!config.no_site) stderr_printf(t, "Type \"help\", \"copyright\", \"credits\" or \"license\" for more information.\n");
    ref_drop(t, version);
    ref_drop(t, platform);
}

/* $PYTHONSTARTUP */
static void run_startup_file(Thread *t) {
    const char *path = config.ignore_environment ? NULL : getenv("PYTHONSTARTUP");
    if (path == NULL || path[0] == 0) return;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        int err = errno;
        stderr_printf(t, "Could not open PYTHONSTARTUP\n");
        Ref name = str_from_fs(t, path, strlen(path));
        bool exits;
        err_errno(t, err, ref_borrow(name));
        ref_drop(t, name);
        show_exception(t, &exits);
        return;
    }
    bool exits;
    Ref source = read_all(t, fd);
    close(fd);
    Ref r = ref_is_null(source) ? REF_NULL : run_source(t, ref_borrow(source), path, "exec", COMPILE_FROM_FILE);
    ref_drop(t, source);
    settle(t, r, &exits);
}

/* sys.__interactivehook__: site sets it; it starts line editing. */
static void run_interactive_hook(Thread *t) {
    Ref hook = sys_get(t, "__interactivehook__");
    if (ref_is_null(hook)) return;
    Ref r = call0(t, ref_borrow(hook));
    ref_drop(t, hook);
    if (ref_is_null(r)) {
        bool exits;
        stderr_printf(t, "Failed calling sys.__interactivehook__\n");
        show_exception(t, &exits);
    }
    ref_drop(t, r);
}

static int run_stdin(Thread *t, bool *exits) {
    if (!stdin_is_interactive()) return run_descriptor(t, STDIN_FILENO, "<stdin>", exits);
    if (sys_set_flag_inspect(t, 0) < 0) err_clear(t); /* SystemExit at the prompt ends it */
    run_startup_file(t);
    run_interactive_hook(t);
    return repl_run(t, exits);
}

/* -i, PYTHONINSPECT: on to the prompt after the program. */
static int run_prompt_after(Thread *t, int status) {
    if (!config.inspect && !config.ignore_environment) {
        const char *v = getenv("PYTHONINSPECT"); /* the program may have set it */
        if (v != NULL && v[0] != 0) config.inspect = 1;
    }
    if (!config.inspect || !stdin_is_interactive()) return status;
    if (sys_set_flag_inspect(t, 0) < 0) err_clear(t);
    bool exits;
    interrupted = false;
    return repl_run(t, &exits);
}

int run_program(Thread *t, const Options *o) {
    bool exits = false, container = o->kind == RUN_FILE && is_container(o->target);
    if ((container ? insert_path(t, o->target) : insert_first_path(t, o)) < 0) return show_exception(t, &exits);
    print_header(t, o);
    int status;
    if (o->kind == RUN_COMMAND) status = run_command(t, o, &exits);
    else if (o->kind == RUN_MODULE) status = run_module(t, o->target, true, &exits);
    else if (container) status = run_module(t, "__main__", false, &exits);
    else if (o->kind == RUN_FILE) status = run_file(t, o, &exits);
    else return run_stdin(t, &exits);
    return exits ? status : run_prompt_after(t, status);
}
