#include "vm/options.h"
#include "alloc/memtrace.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- texts ------------------------------------------------------------------------------------------------------- */

static const char help_text[] =
    "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\n"
    "Options:\n"
    "-b     : warn where bytes meet str in comparisons and str(); -bb: error\n"
    "-B     : don't write cache files on import; also PYTHONDONTWRITEBYTECODE=x\n"
    "-c cmd : program given as text; ends the option list\n"
    "-d     : parser debugging (no effect); also PYTHONDEBUG=x\n"
    "-E     : ignore all PYTHON* environment variables\n"
    "-h     : this text; also -?, --help\n"
    "-i     : go on at the prompt after the program; also PYTHONINSPECT=x\n"
    "-I     : keep to itself: -E, -P and -s\n"
    "-m mod : run a library module as a program; ends the option list\n"
    "-O     : leave out assert statements and __debug__ code; also PYTHONOPTIMIZE=x\n"
    "-OO    : leave out docstrings too\n"
    "-P     : put no unsafe path at the head of sys.path; also PYTHONSAFEPATH\n"
    "-q     : no version and copyright at the prompt\n"
    "-s     : leave the user's site directory out of sys.path; also PYTHONNOUSERSITE\n"
    "-S     : don't import site\n"
    "-u     : write standard output and error unbuffered; also PYTHONUNBUFFERED=x\n"
    "-v     : say what is imported; also PYTHONVERBOSE=x\n"
    "-V     : the version number; also --version; twice: more\n"
    "-W arg : warning control: action:message:category:module:lineno; also PYTHONWARNINGS=arg\n"
    "-x     : skip the first line of the program\n"
    "-X opt : an option of this implementation: see --help-xoptions\n"
    "--check-hash-based-pycs always|default|never: how hash-based cache files are checked\n"
    "--help-env, --help-xoptions, --help-all: more help\n"
    "file   : program read from a file\n"
    "-      : program read from standard input; the prompt if that is a terminal\n"
    "arg ...: arguments, in sys.argv[1:]\n";

static const char help_env[] =
    "Environment variables:\n"
    "PYTHONSTARTUP   : file executed before the first prompt\n"
    "PYTHONPATH      : directories put ahead of the library in sys.path, separated by ':'\n"
    "PYTHONHOME      : prefix[:exec_prefix]; the library is looked for in prefix/lib/python3.11 (/usr by default)\n"
    "PYTHONPYCACHEPREFIX : where cache files go\n"
    "PYTHONHASHSEED  : 'random', or a number that seeds the hashes of str and bytes\n"
    "PYTHONIOENCODING: encoding[:errors] of the standard streams\n"
    "PYTHONINTMAXSTRDIGITS : limit of digits in conversions between int and str\n"
    "PYTHONBREAKPOINT: what breakpoint() calls; 0 for nothing\n"
    "PYTHON_GIL      : 1 makes threads take turns, 0 doesn't; like -X gil\n"
    "PYTHONDEVMODE, PYTHONFAULTHANDLER, PYTHONUTF8, PYTHONWARNDEFAULTENCODING, PYTHONPROFILEIMPORTTIME,\n"
    "PYTHONTRACEMALLOC: like -X\n";

static const char help_xoptions[] =
    "Options of this implementation:\n"
    "-X gil=0|1 : whether threads take turns\n"
    "-X stats   : counters of shared writes, locks and collections at the end\n"
    "-X dev, -X faulthandler, -X importtime, -X utf8, -X warn_default_encoding, -X int_max_str_digits=n,\n"
    "-X pycache_prefix=path, -X no_debug_ranges, -X frozen_modules=on|off, -X tracemalloc[=n]\n";

static int usage_error(const Options *o) {
    fprintf(stderr, "usage: %s [option] ... [-c cmd | -m mod | file | -] [arg] ...\nTry `python -h' for more information.\n", o->program);
    return 2;
}

static int fatal(const char *where, const char *what, const char *state) {
    fprintf(stderr, "Fatal Python error: %s: %s\nPython runtime state: %s\n\n", where, what, state);
    return 1;
}

static int no_memory(void) { return fatal("options_read", "memory allocation failed", "preinitializing"); }

/* ---- environment ------------------------------------------------------------------------------------------------- */

/* A PYTHON* variable; null where unset, empty, or not to be looked at. */
static const char *env(const char *name) {
    if (config.ignore_environment) return NULL;
    const char *v = getenv(name);
    return v != NULL && v[0] != 0 ? v : NULL;
}

/* A flag variable: a number raises the flag to it, anything else to 1. */
static void env_flag(const char *name, int *flag) {
    const char *v = env(name);
    if (v == NULL) return;
    char *end;
    long n = strtol(v, &end, 10);
    int level = *end != 0 || n < 0 || n > INT_MAX ? 1 : (int)n;
    if (*flag < level) *flag = level;
}

static int read_hash_seed(Options *o) {
    const char *v = env("PYTHONHASHSEED");
    if (v == NULL || strcmp(v, "random") == 0 || o->random_seed) return -1;
    char *end;
    errno = 0;
    unsigned long n = strtoul(v, &end, 10);
    if (*end != 0 || v[0] == '-' || n > 4294967295ul || (errno == ERANGE && n == ULONG_MAX))
        return fatal("config_init_hash_seed", "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]", "preinitialized");
    o->seed_given = true;
    o->seed = (uint32_t)n;
    config.hash_randomization = n != 0;
    return -1;
}

/* 0 or 640 and more; -1: malformed */
static int digits_limit(const char *v) {
    char *end;
    long n = strtol(v, &end, 10);
    return end == v || *end != 0 || n < 0 || n > INT_MAX || (n != 0 && n < 640) ? -1 : (int)n;
}

static int read_digits_limit(void) {
    const char *v = env("PYTHONINTMAXSTRDIGITS");
    if (v != NULL) {
        config.int_max_str_digits = digits_limit(v);
        if (config.int_max_str_digits < 0)
            return fatal("config_init_int_max_str_digits", "PYTHONINTMAXSTRDIGITS: invalid limit; must be >= 640 or 0 for unlimited.", "preinitialized");
    }
    v = config_x_option("int_max_str_digits");
    if (v != NULL) {
        config.int_max_str_digits = digits_limit(v);
        if (config.int_max_str_digits < 0)
            return fatal("config_init_int_max_str_digits", "-X int_max_str_digits: invalid limit; must be >= 640 or 0 for unlimited.", "preinitialized");
    }
    return -1;
}

/* -1: go on. Too large a number is for startup() to refuse. */
static int read_trace_memory(void) {
    const char *x = config_x_option("tracemalloc"), *v = x != NULL ? x : env("PYTHONTRACEMALLOC");
    if (v == NULL) return -1;
    char *end = (char *)v;
    long n = x != NULL && x[0] == 0 ? 1 : strtol(v, &end, 10);
    if (*end != 0 || n < 0 || n > INT_MAX)
        return fatal("config_init_tracemalloc", x != NULL ? "-X tracemalloc=NFRAME: invalid number of frames" : "PYTHONTRACEMALLOC: invalid number of frames",
                     "preinitialized");
    config.trace_memory = (int)n;
    return -1;
}

/* PYTHONMALLOC changes nothing here, but a name that CPython doesn't know is an error. */
static int check_allocator(void) {
    static const char *const known[] = {"default", "debug", "pymalloc", "pymalloc_debug", "malloc", "malloc_debug"};
    const char *v = env("PYTHONMALLOC");
    if (v == NULL) return -1;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(v, known[i]) == 0) return -1;
    return fatal("preconfig_init_allocator", "PYTHONMALLOC: unknown allocator", "preinitializing");
}

static int check_frozen_modules(void) {
    const char *v = config_x_option("frozen_modules");
    if (v == NULL || v[0] == 0 || strcmp(v, "on") == 0 || strcmp(v, "off") == 0) return -1;
    fputs("Fatal Python error: bad value for option -X frozen_modules (expected \"on\" or \"off\")\nPython runtime state: preinitialized\n\n", stderr);
    return 1;
}

static int read_gil(void) {
    const char *v = config_x_option("gil");
    if (v == NULL) v = env("PYTHON_GIL");
    if (v == NULL) return -1;
    if (strcmp(v, "0") != 0 && strcmp(v, "1") != 0)
        return fatal("config_read_gil", "PYTHON_GIL / -X gil must be \"0\" or \"1\"", "preinitialized");
    config.gil = v[0] == '1';
    if (WEFT_GIL && config.gil == 0) return fatal("config_read_gil", "Disabling the GIL is not supported by this build", "preinitialized");
    return -1;
}

/* PYTHONWARNINGS, then -X dev and -b: weaker than the -W options, which stand behind them. */
static bool collect_warn_options(const TextList *given) {
    TextList *out = &config.warn_options;
    if (config.dev_mode && !text_list_add(out, "default")) return false;
    const char *v = env("PYTHONWARNINGS");
    while (v != NULL) {
        const char *end = strchrnul(v, ',');
        char *one = strndup(v, end - v);
        bool ok = one != NULL && (one[0] == 0 || text_list_add(out, one));
        free(one);
        if (!ok) return false;
        v = *end ? end + 1 : NULL;
    }
    for (size_t i = 0; i < given->count; i++)
        if (!text_list_add(out, given->item[i])) return false;
    if (config.bytes_warning > 0 && !text_list_add(out, config.bytes_warning > 1 ? "error::BytesWarning" : "default::BytesWarning")) return false;
    return true;
}

/* ---- places --------------------------------------------------------------------------------------------------------- */

static char *joined(const char *dir, const char *rest) {
    char *s = NULL;
    return asprintf(&s, "%s/%s", dir, rest) < 0 ? NULL : s;
}

static bool is_dir(const char *path) {
    struct stat st;
    return path != NULL && stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *absolute_path(const char *path) {
    char cwd[PATH_MAX];
    if (path[0] == '/' || getcwd(cwd, sizeof cwd) == NULL) return strdup(path);
    return path[0] == 0 || strcmp(path, ".") == 0 ? strdup(cwd) : joined(cwd, path);
}

/* argv[0] as an absolute path, links kept: what sys.executable says. */
static char *find_executable(const char *argv0) {
    char cwd[PATH_MAX];
    if (argv0[0] == '/') return strdup(argv0);
    if (strchr(argv0, '/') != NULL) {
        if (getcwd(cwd, sizeof cwd) == NULL) return strdup(argv0);
        return joined(cwd, strncmp(argv0, "./", 2) == 0 ? argv0 + 2 : argv0);
    }
    for (const char *p = getenv("PATH"); p != NULL && *p;) {
        const char *end = strchrnul(p, ':');
        char *dir = strndup(p, end - p), *path = dir != NULL ? joined(dir, argv0) : NULL;
        free(dir);
        if (path != NULL && access(path, X_OK) == 0) return path;
        free(path);
        p = *end ? end + 1 : NULL;
    }
    return NULL;
}

/* The value of a line "executable = value" of a file, as a real path. */
static bool read_executable(const char *file, char out[PATH_MAX]) {
    FILE *f = fopen(file, "re");
    if (f == NULL) return false;
    char line[PATH_MAX + 64];
    bool found = false;
    while (!found && fgets(line, sizeof line, f) != NULL) {
        char *value = strchr(line, '=');
        if (value == NULL || strncmp(line, "executable", 10) != 0 || line[10 + strspn(line + 10, " \t")] != '=') continue;
        value += 1 + strspn(value + 1, " \t");
        value[strcspn(value, "\r\n")] = 0;
        found = realpath(value, out) != NULL;
    }
    fclose(f);
    return found;
}
/* `real` is a copy of the program in a virtual environment (python -m venv --copies): what belongs to it is beside the original, which pyvenv.cfg names. */
static bool find_original(char real[PATH_MAX]) {
    char path[PATH_MAX + 16], original[PATH_MAX];
    snprintf(path, sizeof path, "%s", real);
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(path, '/');
        if (slash == NULL) return false;
        strcpy(slash, "/frozen.bin");
        if (up == 0 && access(path, F_OK) == 0) return false;
        strcpy(slash, "/pyvenv.cfg");
        if (read_executable(path, original)) {
            strcpy(real, original);
            return true;
        }
        *slash = 0;
    }
    return false;
}

/* Weft's own library beside the source tree (build/<preset>/weft) or where it was installed (bin/weft). */
static void find_places(const char *argv0) {
    char real[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", real, sizeof real - 1);
    const char *given = env("PYTHONEXECUTABLE");
    config.executable = given != NULL ? strdup(given) : find_executable(argv0);
    if (n <= 0) return;
    real[n] = 0;
    if (config.executable == NULL) config.executable = strdup(real);
    for (int copies = 0; copies < 8 && find_original(real); copies++) {} /* an environment may have been made from another one */
    *strrchr(real, '/') = 0;
    config.weft_home = strdup(real);
    static const char *const libs[] = {"../../runtime/lib", "../lib/weft/python3.11"};
    for (size_t i = 0; i < sizeof libs / sizeof *libs && config.weft_lib == NULL; i++) {
        char *path = joined(real, libs[i]);
        if (is_dir(path)) config.weft_lib = realpath(path, NULL);
        free(path);
    }
}

/* PYTHONHOME=prefix[:exec_prefix]: where Debian's library is looked for. */
static void find_home(void) {
    const char *home = env("PYTHONHOME");
    if (home == NULL) return;
    const char *colon = strchr(home, ':');
    char *prefix = colon ? strndup(home, (size_t)(colon - home)) : strdup(home), *library = prefix ? joined(prefix, "lib/python3.11") : NULL;
    if (library == NULL) {
        free(prefix);
        return;
    }
    config.prefix = prefix;
    config.exec_prefix = colon ? colon + 1 : prefix;
    config.stdlib = library;
}

static void find_cache(void) {
    const char *x = config_x_option("pycache_prefix"), *e = env("PYTHONPYCACHEPREFIX"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (x != NULL) config.pycache_prefix = x[0] ? strdup(x) : NULL;
    else if (e != NULL) config.pycache_prefix = strdup(e);
    if (xdg != NULL && xdg[0] == '/') config.user_cache = joined(xdg, "weft");
    else if (home != NULL && home[0] == '/') config.user_cache = joined(home, ".cache/weft");
}

/* ---- options --------------------------------------------------------------------------------------------------------- */

typedef struct Scan {
    int argc, at; /* at: the next argument */
    char **argv;
    const char *letters; /* the rest of the argument being read, or "" */
    TextList warn_options;
    int version;
} Scan;

/* The argument of an option: the rest of its word, else the next word. */
static const char *option_argument(Scan *s, const Options *o, char letter) {
    if (s->letters[0] != 0) {
        const char *rest = s->letters;
        s->letters = "";
        return rest;
    }
    if (s->at < s->argc) return s->argv[s->at++];
    fprintf(stderr, "Argument expected for the -%c option\n", letter);
    usage_error(o);
    return NULL;
}

static int show(const char *text) {
    fputs(text, stdout);
    return 0;
}

static int long_option(Scan *s, const Options *o, const char *name) {
    if (strcmp(name, "help") == 0) {
        printf(help_text, o->program);
        return 0;
    }
    if (strcmp(name, "help-env") == 0) return show(help_env);
    if (strcmp(name, "help-xoptions") == 0) return show(help_xoptions);
    if (strcmp(name, "help-all") == 0) {
        printf(help_text, o->program);
        return show(help_env) + show(help_xoptions);
    }
    if (strcmp(name, "version") == 0) {
        s->version++;
        return -1;
    }
    if (strcmp(name, "check-hash-based-pycs") == 0) {
        if (s->at >= s->argc) {
            fprintf(stderr, "Argument expected for the --%s option\n", name);
            return usage_error(o);
        }
        const char *v = s->argv[s->at++];
        if (strcmp(v, "always") != 0 && strcmp(v, "never") != 0 && strcmp(v, "default") != 0) {
            fputs("--check-hash-based-pycs must be one of 'default', 'always', or 'never'\n", stderr);
            return usage_error(o);
        }
        config.check_hash_pycs = v;
        return -1;
    }
    fprintf(stderr, "unknown option --%s\n", name);
    return usage_error(o);
}

#define ENDS_OPTIONS (-2)

/* One letter. -1: go on; ENDS_OPTIONS: the program has been named; else the exit status. */
static int option(Scan *s, Options *o, char c) {
    const char *v;
    switch (c) {
    case 'b': config.bytes_warning++; return -1;
    case 'B': config.dont_write_bytecode++; return -1;
    case 'd': config.debug++; return -1;
    case 'E': config.ignore_environment++; return -1;
    case 'i': config.inspect++; config.interactive++; return -1;
    case 'I': config.isolated++; config.ignore_environment++; config.no_user_site++; config.safe_path = true; return -1;
    case 'O': config.optimize++; return -1;
    case 'P': config.safe_path = true; return -1;
    case 'q': config.quiet++; return -1;
    case 'R': o->random_seed = true; return -1;
    case 's': config.no_user_site++; return -1;
    case 'S': config.no_site++; return -1;
    case 't': return -1; /* of Python 2 */
    case 'u': config.unbuffered = true; return -1;
    case 'v': config.verbose++; return -1;
    case 'V': s->version++; return -1;
    case 'x': config.skip_first_line = true; return -1;
    case 'h': case '?': printf(help_text, o->program); return 0;
    case 'J': fputs("-J is reserved for Jython\n", stderr); return usage_error(o);
    case 'W':
        v = option_argument(s, o, c);
        return v == NULL ? 2 : text_list_add(&s->warn_options, v) ? -1 : no_memory();
    case 'X':
        v = option_argument(s, o, c);
        return v == NULL ? 2 : text_list_add(&config.x_options, v) ? -1 : no_memory();
    case 'm':
        v = option_argument(s, o, c);
        if (v == NULL) return 2;
        o->kind = RUN_MODULE;
        o->target = v;
        return ENDS_OPTIONS;
    case 'c':
        v = option_argument(s, o, c);
        if (v == NULL) return 2;
        o->kind = RUN_COMMAND;
        return asprintf(&o->command, "%s\n", v) < 0 ? no_memory() : ENDS_OPTIONS;
    default:
        fprintf(stderr, "Unknown option: -%c\n", c);
        return usage_error(o);
    }
}

static int scan_options(Scan *s, Options *o) {
    while (s->at < s->argc) {
        const char *arg = s->argv[s->at];
        if (arg[0] != '-' || arg[1] == 0) break;
        s->at++;
        if (strcmp(arg, "--") == 0) break;
        int status = -1;
        if (arg[1] == '-') {
            status = long_option(s, o, arg + 2);
        } else {
            s->letters = arg + 1;
            while (status == -1 && s->letters[0] != 0) {
                char c = *s->letters++;
                status = option(s, o, c);
            }
        }
        if (status == ENDS_OPTIONS) return -1;
        if (status != -1) return status;
    }
    if (s->at < s->argc) {
        const char *file = s->argv[s->at];
        if (strcmp(file, "-") != 0) {
            o->kind = RUN_FILE;
            o->target = file;
        }
    }
    return -1;
}

/* sys.argv as it starts: the program's name, then what follows. */
static bool fill_argv(const Scan *s, const Options *o) {
    const char *first = o->kind == RUN_COMMAND ? "-c" : o->kind == RUN_MODULE ? "-m" : s->at < s->argc ? s->argv[s->at] : "";
    if (!text_list_add(&config.argv, first)) return false;
    for (int i = s->at + (o->kind == RUN_FILE || o->kind == RUN_STDIN); i < s->argc; i++)
        if (!text_list_add(&config.argv, s->argv[i])) return false;
    for (int i = 0; i < s->argc; i++)
        if (!text_list_add(&config.orig_argv, s->argv[i])) return false;
    return true;
}

static void read_environment(void) {
    env_flag("PYTHONDEBUG", &config.debug);
    env_flag("PYTHONVERBOSE", &config.verbose);
    env_flag("PYTHONOPTIMIZE", &config.optimize);
    env_flag("PYTHONINSPECT", &config.inspect);
    env_flag("PYTHONDONTWRITEBYTECODE", &config.dont_write_bytecode);
    env_flag("PYTHONNOUSERSITE", &config.no_user_site);
    int unbuffered = 0;
    env_flag("PYTHONUNBUFFERED", &unbuffered);
    config.unbuffered |= unbuffered != 0;
    config.safe_path |= env("PYTHONSAFEPATH") != NULL;
    config.dev_mode = config_x_option("dev") != NULL || env("PYTHONDEVMODE") != NULL;
    config.warn_default_encoding = config_x_option("warn_default_encoding") != NULL || env("PYTHONWARNDEFAULTENCODING") != NULL;
    config.show_import_time = config_x_option("importtime") != NULL || env("PYTHONPROFILEIMPORTTIME") != NULL;
    config.no_debug_ranges = config_x_option("no_debug_ranges") != NULL || env("PYTHONNODEBUGRANGES") != NULL;
    config.stats = config_x_option("stats") != NULL;
    config.python_path = env("PYTHONPATH");
    config.io_encoding = env("PYTHONIOENCODING");
}

static int read_utf8_mode(void) {
    const char *v = config_x_option("utf8");
    if (v != NULL) {
        if (v[0] != 0 && strcmp(v, "1") != 0 && strcmp(v, "0") != 0)
            return fatal("preconfig_init_utf8_mode", "invalid -X utf8 option value", "preinitializing");
        config.utf8_mode = strcmp(v, "0") != 0;
        config.utf8_said = true;
        return -1;
    }
    v = env("PYTHONUTF8");
    if (v == NULL) return -1;
    if (strcmp(v, "1") != 0 && strcmp(v, "0") != 0)
        return fatal("preconfig_init_utf8_mode", "invalid PYTHONUTF8 environment variable value", "preinitializing");
    config.utf8_mode = v[0] == '1';
    config.utf8_said = true;
    return -1;
}

int options_read(Options *o, int argc, char **argv) {
    *o = (Options){.program = argc > 0 ? argv[0] : "weft"};
    Scan s = {.argc = argc, .at = 1, .argv = argv, .letters = ""};
    int status = scan_options(&s, o);
    if (status != -1) return status;
    if (s.version > 0) {
        if (s.version > 1) printf("Python " WEFT_PYTHON_VERSION_TEXT " (Weft, " __DATE__ ", " __TIME__ ") [GCC " __VERSION__ "]\n");
        else puts("Python " WEFT_PYTHON_VERSION_TEXT);
        return 0;
    }
    if ((status = read_utf8_mode()) != -1 || (status = check_allocator()) != -1) return status;
    read_environment();
    if ((status = check_frozen_modules()) != -1 || (status = read_hash_seed(o)) != -1 || (status = read_digits_limit()) != -1 || (status = read_gil()) != -1 ||
        (status = read_trace_memory()) != -1)
        return status;
    if (o->kind == RUN_FILE && (o->target = absolute_path(o->target)) == NULL) return no_memory();
    int *switches[] = {&config.dont_write_bytecode, &config.no_user_site, &config.no_site, &config.ignore_environment, &config.isolated};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) *switches[i] = *switches[i] != 0; /* these aren't counted */
    const char *coerce = env("PYTHONCOERCECLOCALE");
    config.coerce_locale = coerce == NULL || strcmp(coerce, "0") != 0;
    find_places(o->program);
    find_home();
    find_cache();
    return collect_warn_options(&s.warn_options) && fill_argv(&s, o) ? -1 : no_memory();
}
