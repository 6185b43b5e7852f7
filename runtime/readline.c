/* Lines from the terminal through libedit's readline interface, loaded when first wanted; without it, or where standard input or output
 * isn't a terminal, by plain reads. See readline.h. */
#include "runtime/readline.h"
#include "runtime/errors.h"
#include "runtime/times.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char *(*edit_readline)(const char *prompt);
static void (*edit_add_history)(const char *line);
static const char *edit_library;

bool readline_available(void) {
    static bool tried;
    if (!tried) {
        tried = true;
        static const char *const libraries[] = {"libedit.so.2", "libreadline.so.8"};
        for (int i = 0; i < 2 && edit_readline == NULL; i++) {
            void *lib = dlopen(libraries[i], RTLD_NOW | RTLD_LOCAL);
            if (lib == NULL) continue;
            edit_library = libraries[i];
            edit_readline = (char *(*)(const char *))dlsym(lib, "readline");
            edit_add_history = (void (*)(const char *))dlsym(lib, "add_history");
        }
    }
    return edit_readline != NULL;
}

static _Atomic(ReadlineFn *) x_reader; /* the module's */
void readline_set_reader(ReadlineFn *reader) { store_release(&x_reader, reader); }

static char *history_file;
static int (*edit_write_history)(const char *path);

static void save_history(void) {
    if (edit_write_history != NULL) edit_write_history(history_file);
}

void readline_remember(void) {
    const char *home = getenv("HOME");
    if (load_acquire(&x_reader) != NULL) return; /* site sees to the module's history */
    if (history_file != NULL || home == NULL || !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !readline_available()) return;
    if (asprintf(&history_file, "%s/.weft_history", home) < 0) return;
    void *lib = dlopen(edit_library, RTLD_NOW | RTLD_LOCAL);
    int (*read_history)(const char *) = (int (*)(const char *))dlsym(lib, "read_history");
    edit_write_history = (int (*)(const char *))dlsym(lib, "write_history");
    if (read_history != NULL) read_history(history_file);
    atexit(save_history);
}

static char *with_newline(Thread *t, const char *line) {
    size_t n = strlen(line);
    char *s = mem_alloc(n + 2);
    if (s == NULL) {
        err_no_memory(t);
        return NULL;
    }
    memcpy(s, line, n);
    s[n] = '\n';
    s[n + 1] = 0;
    return s;
}

static char *empty(Thread *t) {
    char *s = mem_zalloc(1);
    if (s == NULL) err_no_memory(t);
    return s;
}

static char *edited_line(Thread *t, const char *prompt) {
    char *line;
    errno = 0;
    DETACHED(t, line = edit_readline(prompt));
    if (line == NULL) {
        if (errno == EINTR && after_interrupt(t) < 0) return NULL;
        return empty(t);
    }
    if (line[0] != 0 && edit_add_history != NULL) edit_add_history(line);
    char *s = with_newline(t, line);
    free(line);
    return s;
}

/* Byte by byte, so that nothing is taken that the program may want to read itself. */
static char *plain_line(Thread *t, const char *prompt) {
    fputs(prompt, stderr);
    fflush(stderr);
    size_t n = 0, room = 128;
    char *s = mem_alloc(room);
    while (s != NULL) {
        ssize_t got;
        DETACHED(t, got = read(STDIN_FILENO, s + n, 1));
        if (got < 0 && errno == EINTR) {
            if (after_interrupt(t) < 0) {
                mem_free(s);
                return NULL;
            }
            continue;
        }
        if (got <= 0) break;
        if (s[n++] == '\n') break;
        if (n + 1 == room) {
            char *grown = mem_realloc(s, room *= 2);
            if (grown == NULL) mem_free(s);
            s = grown;
        }
    }
    if (s == NULL) {
        err_no_memory(t);
        return NULL;
    }
    s[n] = 0;
    return s;
}

static bool is_console(void) { return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO); }

char *readline_read(Thread *t, const char *prompt) {
    return load_acquire(&x_reader) == NULL && is_console() && readline_available() ? edited_line(t, prompt) : readline_input(t, prompt);
}

char *readline_input(Thread *t, const char *prompt) {
    ReadlineFn *reader = load_acquire(&x_reader);
    return reader != NULL && is_console() ? reader(t, prompt) : plain_line(t, prompt);
}
