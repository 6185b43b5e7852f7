#include "vm/startup.h"
#include "alloc/collect.h"
#include "alloc/memtrace.h"
#include "alloc/stats.h"
#include "runtime/config.h"
#include "runtime/modules/faulthandler.h"
#include "runtime/modules/_signal.h"
#include "runtime/modules/_thread.h"
#include "runtime/abstract.h"
#include "runtime/build_id.h"
#include "runtime/bytes.h"
#include "runtime/codecs.h"
#include "runtime/dict.h"
#include "runtime/errors.h"
#include "runtime/frozen.h"
#include "runtime/list.h"
#include "runtime/module.h"
#include "runtime/modules/atexit.h"
#include "runtime/modules/sys.h"
#include "runtime/names.h"
#include "runtime/runtime.h"
#include "runtime/str.h"
#include "runtime/thread_state.h"
#include "runtime/vm_hooks.h"
#include "runtime/weakref.h"
#include "vm/vm.h"
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static Slot main_module; /* root */

Value main_dict(void) { return module_dict(slot_get(&main_module)); }

/* ---- hooks of alloc/ -------------------------------------------------------------------------------------------- */

static void visit_roots(VisitFn visit, void *arg) {
    runtime_visit_roots(visit, arg);
    signals_visit(visit, arg);
    slot_visit(&main_module, visit, arg);
}

/* ---- importlib --------------------------------------------------------------------------------------------------- */

/* sys.modules[name] = a fresh module in which the frozen code has run. Owned. */
static Ref run_frozen(Thread *t, const char *name) {
    Ref code = frozen_code(t, frozen_find(name)), text = REF_NULL, m = REF_NULL, r = REF_NULL, origin = REF_NULL;
    if (ref_is_null(code)) return REF_NULL;
    text = str_from_cstr(t, name);
    if (!ref_is_null(text)) m = module_new(t, ref_borrow(text));
    if (ref_is_null(m) || dict_set(t, modules_dict(), ref_borrow(text), ref_borrow(m)) < 0) goto done;
    Value dict = module_dict(ref_borrow(m));
    if (dict_set(t, dict, N(__builtins__), module_dict(builtins_module())) < 0) goto done;
    origin = str_from_cstr(t, frozen_find(name)->origin);
    if (ref_is_null(origin) || module_set(t, ref_borrow(m), "__origname__", ref_borrow(origin)) < 0) goto done; /* FrozenImporter asks for it */
    r = vm.eval_code(t, ref_borrow(code), dict, dict, VALUE_NULL);
done:
    ref_drop(t, origin);
    if (ref_is_null(r)) {
        ref_drop(t, m);
        m = REF_NULL;
    }
    ref_drop(t, r);
    ref_drop(t, text);
    ref_drop(t, code);
    return m;
}

/* Cache files carry Weft's own magic number, so that stale bytecode is never loaded. */
static int set_magic(Thread *t, Value external) {
    uint32_t id = WEFT_BUILD_ID;
    Ref magic = bytes_new(t, &id, 4);
    if (ref_is_null(magic)) return -1;
    int bad = module_set(t, external, "MAGIC_NUMBER", ref_borrow(magic));
    ref_drop(t, magic);
    return bad < 0 ? -1 : module_set(t, external, "_RAW_MAGIC_NUMBER", small_int(id));
}

/* importlib.machinery.EXTENSION_SUFFIXES, which programs look for shared objects by: those for the stable ABI may be plain libraries that are called through
 * ctypes (pycryptodome's). The list that the finders import by is another one, and empty. */
static int set_suffixes(Thread *t, Value external) {
    Ref list = get_attr_cstr(t, external, "EXTENSION_SUFFIXES"), suffix = ref_is_null(list) ? REF_NULL : str_from_cstr(t, ".abi3.so");
    int bad = ref_is_null(suffix) ? -1 : list_append(t, ref_borrow(list), ref_borrow(suffix));
    ref_drop(t, suffix);
    ref_drop(t, list);
    return bad;
}

static int init_importlib(Thread *t) {
    Ref bootstrap = run_frozen(t, "_frozen_importlib");
    if (ref_is_null(bootstrap)) return -1;
    int bad = -1;
    Ref imp = import_module(t, "_imp"), r = REF_NULL, external = REF_NULL, zip = REF_NULL, hooks = REF_NULL;
    if (ref_is_null(imp)) goto done;
    import_set_bootstrap(t, ref_borrow(bootstrap));
    r = call_method(t, ref_borrow(bootstrap), str_intern_cstr(t, "_install"), (Value[]){sys_module(), ref_borrow(imp)}, 2);
    if (ref_is_null(r)) goto done;
    ref_drop(t, r);
    r = call_method0(t, ref_borrow(bootstrap), str_intern_cstr(t, "_install_external_importers"));
    if (ref_is_null(r)) goto done;
    external = import_module(t, "_frozen_importlib_external");
    if (ref_is_null(external) || set_magic(t, ref_borrow(external)) < 0 || set_suffixes(t, ref_borrow(external)) < 0) goto done;
    if (frozen_find("zipimport") != NULL) {
        zip = import_attr(t, "zipimport", "zipimporter");
        hooks = ref_is_null(zip) ? REF_NULL : sys_get(t, "path_hooks");
        if (ref_is_null(hooks) || list_insert(t, ref_borrow(hooks), 0, ref_borrow(zip)) < 0) goto done;
    }
    bad = 0;
done:
    ref_drop(t, hooks);
    ref_drop(t, zip);
    ref_drop(t, external);
    ref_drop(t, r);
    ref_drop(t, imp);
    ref_drop(t, bootstrap);
    return bad;
}

/* ---- __main__ ------------------------------------------------------------------------------------------------------ */

static int init_main(Thread *t) {
    Ref m = module_new(t, N(__main__)), notes = dict_new(t), loader = REF_NULL;
    int bad = -1;
    if (ref_is_null(m) || ref_is_null(notes)) goto done;
    slot_init(&main_module, ref_new(t, ref_borrow(m)));
    Value d = module_dict(ref_borrow(m));
    loader = import_attr(t, "_frozen_importlib", "BuiltinImporter");
    if (ref_is_null(loader)) goto done;
    if (dict_set(t, d, N(__loader__), ref_borrow(loader)) < 0 || dict_set(t, d, N(__annotations__), ref_borrow(notes)) < 0 ||
        dict_set(t, d, N(__builtins__), builtins_module()) < 0 || dict_set(t, modules_dict(), N(__main__), ref_borrow(m)) < 0)
        goto done;
    bad = 0;
done:
    ref_drop(t, m);
    ref_drop(t, notes);
    ref_drop(t, loader);
    return bad;
}

/* ---- standard streams ------------------------------------------------------------------------------------------------- */

/* LC_CTYPE from the environment; the C locale gives way to C.UTF-8 where it may, and to UTF-8 mode (PEP 538, PEP 540). */
static void init_locale(void) {
    const char *now = setlocale(LC_CTYPE, "");
    if (now == NULL || strcmp(now, "C") == 0 || strcmp(now, "POSIX") == 0) {
        const char *all = getenv("LC_ALL");
        if (config.coerce_locale && (all == NULL || all[0] == 0) && setlocale(LC_CTYPE, "C.UTF-8") != NULL)
            setenv("LC_CTYPE", "C.UTF-8", 1);
        if (!config.utf8_said) config.utf8_mode = 1;
    }
}

/* Encoding and errors of the streams, from PYTHONIOENCODING "encoding:errors" and the locale. */
static void stream_encoding(char *encoding, size_t n, const char **errors) {
    const char *locale = config.utf8_mode ? "utf-8" : nl_langinfo(CODESET);
    static const char *const lenient[] = {"C", "POSIX", "C.UTF-8", "C.utf8", "UTF-8"};
    const char *name = setlocale(LC_CTYPE, NULL);
    *errors = config.utf8_mode ? "surrogateescape" : "strict";
    for (size_t i = 0; i < sizeof lenient / sizeof *lenient; i++)
        if (name != NULL && strcmp(name, lenient[i]) == 0) *errors = "surrogateescape";
    snprintf(encoding, n, "%s", strcasecmp(locale, "UTF-8") == 0 ? "utf-8" : locale);
    const char *v = config.io_encoding;
    if (v == NULL) return;
    const char *colon = strchrnul(v, ':');
    if (colon > v) snprintf(encoding, n, "%.*s", (int)(colon - v), v);
    if (*colon && colon[1]) *errors = colon + 1;
    else if (colon > v) *errors = "strict";
}

/* A text stream on a descriptor; None if that isn't open. */
static Ref make_stream(Thread *t, Value io, int fd, const char *name, bool write, const char *encoding, const char *errors) {
    if (fcntl(fd, F_GETFD) < 0) return REF_NONE;
    static const char *const open_names[] = {"closefd"};
    static const char *const wrap_names[] = {"encoding", "errors", "newline", "line_buffering", "write_through"};
    bool unbuffered = write && config.unbuffered;
    Ref open_ = get_attr_cstr(t, io, "open"), mode = str_from_cstr(t, write ? "wb" : "rb"), label = str_from_cstr(t, name);
    Ref enc = str_from_cstr(t, encoding), err = str_from_cstr(t, errors), text_mode = str_from_cstr(t, write ? "w" : "r");
    Ref buffer = REF_NULL, raw = REF_NULL, tty = REF_NULL, wrapper = REF_NULL, stream = REF_NULL, result = REF_NULL;
    if (ref_is_null(open_) || ref_is_null(mode) || ref_is_null(label) || ref_is_null(enc) || ref_is_null(err) || ref_is_null(text_mode)) goto done;
    Value open_args[] = {small_int(fd), ref_borrow(mode), small_int(unbuffered ? 0 : -1), VALUE_FALSE};
    buffer = call_kw(t, ref_borrow(open_), open_args, 3, open_names, 1);
    if (ref_is_null(buffer)) goto done;
    raw = unbuffered ? ref_new(t, ref_borrow(buffer)) : get_attr_cstr(t, ref_borrow(buffer), "raw");
    if (ref_is_null(raw) || set_attr(t, ref_borrow(raw), N(name), ref_borrow(label)) < 0) goto done;
    tty = call_method0(t, ref_borrow(raw), str_intern_cstr(t, "isatty"));
    int is_tty = ref_is_null(tty) ? -1 : is_true(t, ref_borrow(tty));
    if (is_tty < 0) goto done;
    wrapper = get_attr_cstr(t, io, "TextIOWrapper");
    if (ref_is_null(wrapper)) goto done;
    bool lines = !config.unbuffered && (is_tty || fd == STDERR_FILENO);
    Value wrap_args[] = {ref_borrow(buffer), ref_borrow(enc), ref_borrow(err), str_intern_cstr(t, "\n"), value_bool(lines), value_bool(config.unbuffered)};
    stream = call_kw(t, ref_borrow(wrapper), wrap_args, 1, wrap_names, 5);
    if (ref_is_null(stream) || set_attr(t, ref_borrow(stream), N(mode), ref_borrow(text_mode)) < 0) goto done;
    result = ref_new(t, ref_borrow(stream));
done:
    ref_drop(t, stream);
    ref_drop(t, wrapper);
    ref_drop(t, tty);
    ref_drop(t, raw);
    ref_drop(t, buffer);
    ref_drop(t, text_mode);
    ref_drop(t, err);
    ref_drop(t, enc);
    ref_drop(t, label);
    ref_drop(t, mode);
    ref_drop(t, open_);
    return result;
}

/* The codec's own name for an encoding that the user named. */
static int codec_name(Thread *t, char *encoding, size_t n) {
    Ref codec = codec_lookup(t, encoding), name = REF_NULL;
    if (!ref_is_null(codec)) name = get_attr(t, ref_borrow(codec), N(name));
    const char *s = ref_is_null(name) ? NULL : str_utf8(t, ref_borrow(name), NULL);
    if (s != NULL) snprintf(encoding, n, "%s", s);
    ref_drop(t, name);
    ref_drop(t, codec);
    return s == NULL ? -1 : 0;
}

static int init_streams(Thread *t, const char *encoding, const char *errors) {
    static const struct { const char *name, *original, *label; bool write; } rows[] = {
        {"stdin", "__stdin__", "<stdin>", false}, {"stdout", "__stdout__", "<stdout>", true}, {"stderr", "__stderr__", "<stderr>", true}};
    Ref io = import_module(t, "io");
    if (ref_is_null(io)) return -1;
    int bad = module_set_steal(t, builtins_module(), "open", get_attr_cstr(t, ref_borrow(io), "open"));
    for (int fd = 0; fd < 3 && bad == 0; fd++) {
        Ref stream = make_stream(t, ref_borrow(io), fd, rows[fd].label, rows[fd].write, encoding, fd == 2 ? "backslashreplace" : errors);
        bad = ref_is_null(stream) || sys_set(t, rows[fd].name, ref_borrow(stream)) < 0 || sys_set(t, rows[fd].original, ref_borrow(stream)) < 0 ? -1 : 0;
        ref_drop(t, stream);
    }
    ref_drop(t, io);
    return bad;
}

/* ---- start ------------------------------------------------------------------------------------------------------------- */

/* Says that it can't go on, and the exception that is why. */
static Thread *cannot_start_at(Thread *t, const char *where, const char *what, bool initialized) {
    fprintf(stderr, "Fatal Python error: %s: %s\nPython runtime state: %s\n", where, what, initialized ? "initialized" : "core initialized");
    if (t != NULL && err_pending(t) && !type_flag(type_of(ref_borrow(t->exc)), TYPE_READY)) { /* so early that it can only be this */
        fputs("MemoryError\n", stderr);
    } else if (t != NULL && err_pending(t)) {
        Ref exc = err_fetch(t), file = sys_module().bits ? sys_get(t, "stderr") : REF_NULL;
        bool has_stream = !ref_is_null(file) && !ref_is_none(file) && vm.print_exception != NULL;
        if (!has_stream || vm.print_exception(t, ref_borrow(exc), ref_borrow(file)) < 0) {
            err_clear(t);
            Ref text = object_str(t, ref_borrow(exc));
            const char *s = ref_is_null(text) ? NULL : str_utf8(t, ref_borrow(text), NULL);
            fprintf(stderr, "%s: %s\n", type_of(ref_borrow(exc))->name, s != NULL ? s : "");
        }
    }
    if (!initialized) fprintf(stderr, "\nCurrent thread 0x%016lx (most recent call first):\n  <no Python frame>\n", (unsigned long)pthread_self());
    return NULL;
}

static Thread *cannot_start(Thread *t, const char *step) {
    char what[64];
    snprintf(what, sizeof what, "can't initialize %s", step);
    return cannot_start_at(t, "startup", what, false);
}

static int import_and_forget(Thread *t, const char *name) {
    Ref m = import_module(t, name);
    ref_drop(t, m);
    return ref_is_null(m) ? -1 : 0;
}

Thread *startup(const Options *o) {
    init_locale();
    if (o->seed_given) hash_seed(o->seed);
    Thread *t = alloc_init(WEFT_GIL || config.gil == 1);
    if (t == NULL) return cannot_start(NULL, "memory");
    alloc_hooks.visit_kept = thread_locals_visit;
    alloc_hooks.visit_thread = thread_state_visit; /* vm_init adds its own to these two */
    alloc_hooks.visit_roots = visit_roots;
    alloc_hooks.thread_ending = thread_state_end;
    alloc_hooks.thread_ended = thread_sentinel_release;
    if (thread_state_begin(t) < 0) return cannot_start(t, "the main thread");
    vm_types_init = vm_init;
    int verbose = config.verbose;
    config.verbose = 0; /* importlib can't say anything before there is a stream */
    if (runtime_init(t) < 0 || vm_add_builtins(t) < 0) return cannot_start(t, "the runtime");
    if (config.weft_home != NULL) {
        char path[4096];
        snprintf(path, sizeof path, "%s/frozen.bin", config.weft_home);
        frozen_open(path);
    }
    if (init_importlib(t) < 0) return cannot_start(t, "importlib");
    if (init_main(t) < 0) return cannot_start(t, "__main__");
    if (signals_start(t) < 0) return cannot_start(t, "signals");
    char encoding[64];
    const char *errors;
    stream_encoding(encoding, sizeof encoding, &errors);
    if (strcmp(encoding, "utf-8") != 0 && codec_name(t, encoding, sizeof encoding) < 0)
        return cannot_start_at(t, "init_stdio_encoding", "failed to get the Python codec name of the stdio encoding", false);
    struct stat st;
    if (fstat(STDIN_FILENO, &st) == 0 && S_ISDIR(st.st_mode)) return cannot_start_at(t, "init_sys_streams", "<stdin> is a directory, cannot continue", false);
    if (init_streams(t, encoding, errors) < 0) return cannot_start_at(t, "init_sys_streams", "can't initialize sys standard streams", false);
    config.verbose = verbose;
    if (verbose > 0 && sys_set_flag_inspect(t, config.inspect) < 0) return cannot_start(t, "sys.flags");
    const char *wanted = config.ignore_environment ? NULL : getenv("PYTHONFAULTHANDLER");
    if ((config_x_option("faulthandler") != NULL || config.dev_mode || (wanted != NULL && wanted[0] != 0)) && faulthandler_start(t) < 0) err_clear(t);
    if (config.trace_memory > MEMTRACE_MOST_FRAMES) {
        err_set(t, E_ValueError, "the number of frames must be in range [1; %d]", MEMTRACE_MOST_FRAMES);
        return cannot_start_at(t, "init_interp_main", "can't initialize tracemalloc", false);
    }
    if (config.trace_memory > 0) memtrace_start(config.trace_memory);
    if (config.warn_options.count > 0 && import_and_forget(t, "warnings") < 0) return cannot_start(t, "warnings");
    if (!config.no_site && import_and_forget(t, "site") < 0) return cannot_start_at(t, "init_import_site", "Failed to import the site module", true);
    return t;
}

/* ---- end -------------------------------------------------------------------------------------------------------------------- */

/* threading._shutdown() joins what isn't a daemon. */
static void wait_for_threads(Thread *t) {
    Ref threading;
    if (dict_lookup(t, modules_dict(), str_intern_cstr(t, "threading"), &threading) <= 0) {
        err_clear(t);
        return;
    }
    Ref r = call_method0(t, ref_borrow(threading), str_intern_cstr(t, "_shutdown"));
    if (ref_is_null(r)) err_unraisable(t, NULL, ref_borrow(threading));
    ref_drop(t, r);
    ref_drop(t, threading);
}

static bool is_closed(Thread *t, Value file) {
    Ref r = get_attr_cstr(t, file, "closed");
    int truth = ref_is_null(r) ? -1 : is_true(t, ref_borrow(r));
    ref_drop(t, r);
    err_clear(t);
    return truth > 0;
}

/* false: standard output couldn't be written */
static bool flush_streams(Thread *t) {
    bool ok = true;
    static const char *const names_[] = {"stdout", "stderr"};
    for (int i = 0; i < 2; i++) {
        Ref file = sys_get(t, names_[i]);
        if (!ref_is_null(file) && !ref_is_none(file) && !is_closed(t, ref_borrow(file))) {
            Ref r = call_method0(t, ref_borrow(file), N(flush));
            if (ref_is_null(r)) {
                if (i == 0) err_unraisable(t, NULL, ref_borrow(file));
                else err_clear(t);
                ok = false;
            }
            ref_drop(t, r);
        }
        ref_drop(t, file);
    }
    return ok;
}

/* A module's names go: first those with one leading underscore, then the others, but for __builtins__. */
static void clear_module(Thread *t, Value module) {
    Ref dict = ref_new(t, module_dict(module));
    Ref keys = dict_keys_list(t, ref_borrow(dict));
    for (int pass = 0; pass < 2 && !ref_is_null(keys); pass++) {
        for (size_t i = 0, n = list_size(ref_borrow(keys)); i < n; i++) {
            Value k = list_get(ref_borrow(keys), i);
            if (!is_str(k) || str_length(k) == 0) continue;
            const Str *s = as(Str, k);
            bool single = str_at(s, 0) == '_' && !(s->length > 1 && str_at(s, 1) == '_');
            if (pass == 0 ? !single : str_equal_ascii(k, "__builtins__")) continue;
            Ref now;
            if (dict_lookup(t, ref_borrow(dict), k, &now) <= 0) continue;
            bool none = ref_is_none(now);
            ref_drop(t, now);
            if (!none && dict_set(t, ref_borrow(dict), k, VALUE_NONE) < 0) err_clear(t);
        }
    }
    err_clear(t);
    ref_drop(t, keys);
    ref_drop(t, dict);
}

/* Lets go of all modules, so that destructors run while builtins and sys still work: as CPython's finalize_modules. */
static void drop_modules(Thread *t) {
    static const char *const sys_names[] = {"path", "argv", "ps1", "ps2", "last_type", "last_value", "last_traceback", "path_hooks",
                                            "path_importer_cache", "meta_path"};
    for (size_t i = 0; i < sizeof sys_names / sizeof *sys_names; i++) {
        Ref now = sys_get(t, sys_names[i]);
        if (!ref_is_null(now) && sys_set(t, sys_names[i], VALUE_NONE) < 0) err_clear(t);
        ref_drop(t, now);
    }
    if (dict_set_cstr(t, module_dict(builtins_module()), "_", VALUE_NONE) < 0) err_clear(t);
    static const char *const streams[][2] = {{"stdin", "__stdin__"}, {"stdout", "__stdout__"}, {"stderr", "__stderr__"}};
    for (int i = 0; i < 3; i++) {
        Ref original = sys_get(t, streams[i][1]);
        if (sys_set(t, streams[i][0], ref_is_null(original) ? VALUE_NONE : ref_borrow(original)) < 0) err_clear(t);
        ref_drop(t, original);
    }
    Ref loaded = dict_values_list(t, modules_dict()), weak = list_new(t, 0);
    if (ref_is_null(loaded) || ref_is_null(weak)) {
        err_clear(t);
        return;
    }
    for (size_t i = 0, n = list_size(ref_borrow(loaded)); i < n; i++) {
        Value m = list_get(ref_borrow(loaded), i);
        if (!is_a(m, TYPE_MODULE) || value_is(m, sys_module()) || value_is(m, builtins_module())) continue;
        Ref w = weakref_new(t, m, VALUE_NULL);
        if (ref_is_null(w) || list_append_steal(t, ref_borrow(weak), w) < 0) err_clear(t);
    }
    Ref main = {slot_get(&main_module).bits}; /* the root's own reference */
    slot_init(&main_module, REF_NULL);
    dict_clear(t, modules_dict());
    ref_drop(t, loaded);
    ref_drop(t, main);
    collect(t, 2);
    for (int64_t i = (int64_t)list_size(ref_borrow(weak)) - 1; i >= 0; i--) {
        Ref m = weakref_get(t, list_get(ref_borrow(weak), i));
        if (!ref_is_null(m)) clear_module(t, ref_borrow(m));
        ref_drop(t, m);
    }
    ref_drop(t, weak);
    clear_module(t, sys_module());
    clear_module(t, builtins_module());
}

int finish(Thread *t, int status) {
    wait_for_threads(t);
    atexit_run(t);
    if (!flush_streams(t)) status = 120;
    sys_set_finalizing();
    threads_finalizing(t);
    collect(t, 2);
    drop_modules(t);
    if (config.stats) stats_write(t, stderr);
    int audit_status = alloc_finish(t);
    return status == 0 ? audit_status : status;
}
