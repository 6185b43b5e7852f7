/* What the command line and the environment decided, and where things are: filled by main.c before the runtime starts, read-only after. */
#ifndef WEFT_RUNTIME_CONFIG_H
#define WEFT_RUNTIME_CONFIG_H
#include <stdbool.h>
#include <stddef.h>

typedef struct TextList { char **item; size_t count; } TextList;

typedef struct Config {
    /* sys.flags */
    int debug, inspect, interactive, optimize, dont_write_bytecode, no_user_site, no_site, ignore_environment, verbose, bytes_warning,
        quiet, hash_randomization, isolated, utf8_mode, warn_default_encoding;
    bool dev_mode, safe_path;
    int int_max_str_digits;       /* -1: the default */
    /* other switches */
    bool utf8_said, coerce_locale; /* UTF-8 mode was asked for or ruled out; the C locale may become C.UTF-8 */
    int trace_memory;             /* frames that tracemalloc keeps from the start; 0: it is off */
    bool no_debug_ranges;         /* code is compiled without columns and end lines */
    bool unbuffered, skip_first_line, show_import_time, stats;
    int gil;                      /* -1: not said; 0, 1: -X gil=, PYTHON_GIL */
    const char *check_hash_pycs;  /* "default", "always", "never" */
    TextList warn_options;        /* -W and PYTHONWARNINGS, in order of growing precedence */
    TextList x_options;           /* "name" or "name=value" */
    TextList argv;                /* sys.argv as it starts */
    TextList orig_argv;
    /* places; null: not known */
    char *executable;
    char *weft_lib;               /* what stands ahead of Debian's library */
    char *weft_home;              /* directory of the frozen modules */
    const char *prefix, *exec_prefix; /* /usr, or what PYTHONHOME says */
    const char *stdlib;           /* its lib/python3.11 */
    const char *python_path;      /* PYTHONPATH or null */
    char *pycache_prefix;         /* PYTHONPYCACHEPREFIX */
    char *user_cache;             /* code of what is installed with the system: runtime/gen/cache_place.py */
    const char *io_encoding;      /* PYTHONIOENCODING or null */
} Config;
extern Config config;

/* The value of -X name=value: "" for a bare name, null if it wasn't given. */
const char *config_x_option(const char *name);
/* Appends a copy of s. false: no memory. */
bool text_list_add(TextList *list, const char *s);

#define WEFT_PYTHON_VERSION_TEXT "3.11.2"
#define WEFT_PYTHON_VERSION_HEX 0x030b02f0
#endif
