/* readline: line editing, history and completion by GNU readline; from its import on input() and the prompt read through it.
 *
 * The library has one state for the process. `editing` is held over every call of it, by a thread that is attached; callbacks into Python keep it (it is
 * re-entrant for its holder). While a thread waits for a key it holds only `reading`, so that others may use the history meanwhile. */
#include "runtime/bytes.h"
#include "runtime/modules/kit.h"
#include "runtime/readline.h"
#include "runtime/times.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <readline/readline.h> /* these need stdio.h */
#include <readline/history.h>

static KitLock editing, reading;
static Slot completer, display_hook, startup_hook, pre_input_hook; /* None: none */
static _Atomic int x_history_length = -1; /* lines kept when a history file is written; -1: all */
static _Atomic bool x_auto_history = true;
static _Atomic int64_t x_begin, x_end;    /* of the word to be completed, in characters */

/* Runs a statement with the library's lock; leaves the function where a signal handler raised meanwhile. */
#define EDITING(...)                                                                                                              \
    do {                                                                                                                          \
        if (kit_lock(t, &editing) < 0) return REF_NULL;                                                                           \
        __VA_ARGS__;                                                                                                              \
        kit_unlock(&editing);                                                                                                     \
    } while (0)

/* ---- text: UTF-8, bytes that aren't are surrogates ----------------------------------------------------------------------------------------- */

static Ref decode(Thread *t, const char *s, size_t n) { return str_decode(t, s, n, "utf-8", "surrogateescape"); }

/* bytes, NUL-terminated and without another NUL */
static Ref encode(Thread *t, Value v) {
    if (!is_str(v)) return err_set(t, E_TypeError, "bad argument type for built-in operation");
    const Str *s = as(Str, v);
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        if (c == 0) return err_set(t, E_ValueError, "embedded null character");
        if (c < 0xD800 || c > 0xDFFF || (c >= 0xDC80 && c <= 0xDCFF)) continue;
        Ref codec = str_from_cstr(t, "locale"), reason = ref_is_null(codec) ? codec : str_from_cstr(t, "encoding error"), e = REF_NULL;
        Value args[] = {ref_borrow(codec), v, small_int((int64_t)i), small_int((int64_t)i + 1), ref_borrow(reason)};
        if (!ref_is_null(reason)) e = call(t, type_value(ETYPE(UnicodeEncodeError)), args, 5, VALUE_NULL);
        if (!ref_is_null(e)) err_object(t, ref_borrow(e));
        ref_drop(t, e);
        ref_drop(t, reason);
        ref_drop(t, codec);
        return REF_NULL;
    }
    return str_encode(t, v, "utf-8", "surrogateescape");
}
static char *bytes_text(Ref bytes) { return (char *)bytes_data(ref_borrow(bytes)); }

/* ---- callbacks of the library: their thread is attached and holds `editing`; errors in them go nowhere, as in CPython ------------------------ */

static int call_hook(const Slot *slot) {
    Thread *t = thread_current();
    Ref hook = slot_ref(t, slot), r = ref_is_none(hook) ? REF_NONE : call0(t, ref_borrow(hook));
    int64_t n = 0;
    if (!ref_is_null(r) && !ref_is_none(r)) as_i64(t, ref_borrow(r), &n);
    err_clear(t);
    ref_drop(t, r);
    ref_drop(t, hook);
    return (int)n;
}
static int on_startup(void) { return call_hook(&startup_hook); }
static int on_pre_input(void) { return call_hook(&pre_input_hook); }

/* The state-th completion, malloc'ed; null: no more. */
static char *on_completion(const char *text, int state) {
    Thread *t = thread_current();
    Ref f = slot_ref(t, &completer), word = REF_NULL, r = REF_NULL, bytes = REF_NULL;
    char *result = NULL;
    if (!ref_is_none(f)) word = decode(t, text, strlen(text));
    rl_attempted_completion_over = 1; /* no names of files after it */
    if (!ref_is_null(word)) r = call2(t, ref_borrow(f), ref_borrow(word), small_int(state));
    if (!ref_is_null(r) && !ref_is_none(r)) bytes = encode(t, ref_borrow(r));
    if (!ref_is_null(bytes)) result = strdup(bytes_text(bytes));
    err_clear(t);
    ref_drop(t, bytes);
    ref_drop(t, r);
    ref_drop(t, word);
    ref_drop(t, f);
    return result;
}
static int64_t characters(const char *s, int bytes) {
    int64_t n = 0;
    for (int i = 0; i < bytes && s[i]; i++) n += (s[i] & 0xC0) != 0x80;
    return n;
}
static char **on_complete(const char *text, int start, int end) {
    rl_completion_append_character = 0;
    rl_completion_suppress_append = 0;
    store_relaxed(&x_begin, characters(rl_line_buffer, start));
    store_relaxed(&x_end, characters(rl_line_buffer, end));
    return rl_completion_matches(text, on_completion);
}
static void on_display(char **matches, int count, int longest) {
    Thread *t = thread_current();
    Ref f = slot_ref(t, &display_hook), word = decode(t, matches[0], strlen(matches[0])), list = list_new(t, 0), r = REF_NULL;
    int status = ref_is_null(word) || ref_is_null(list) ? -1 : 0;
    for (int i = 1; i <= count && status == 0; i++) {
        Ref match = decode(t, matches[i], strlen(matches[i]));
        status = ref_is_null(match) ? -1 : list_append_steal(t, ref_borrow(list), match);
    }
    if (status == 0) r = call3(t, ref_borrow(f), ref_borrow(word), ref_borrow(list), small_int(longest));
    err_clear(t);
    Ref refs[] = {r, list, word, f};
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++) ref_drop(t, refs[i]);
}

/* ---- reading a line --------------------------------------------------------------------------------------------------------------------------- */

static char *finished_line; /* with `reading` */
static bool finished;
static void on_line(char *line) {
    finished = true;
    finished_line = line;
    rl_callback_handler_remove();
}

/* Waits for a key: what poll says, and errno. A signal that arrives shortly before the wait ends it, too (EINTR): signals are blocked but during the wait
 * itself, so that none is handled between the look for it and the wait. */
static int wait_for_key(Thread *t, int *error) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    sigset_t all, before;
    int ready = -1;
    *error = EINTR;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (!t->is_main || !(load_seq(&t->hot.x_breaker) & BREAK_SIGNAL)) DETACHED(t, ready = ppoll(&input, 1, NULL, &before); *error = errno);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return ready;
}

/* The line, malloc'ed, in *line; null at the end of input. 0; -1: interrupted. */
static int edit(Thread *t, const char *prompt, char **line) {
    finished = false;
    finished_line = NULL;
    if (kit_lock(t, &editing) < 0) return -1;
    rl_callback_handler_install(prompt, on_line);
    kit_unlock(&editing);
    while (!finished) {
        int error, ready = wait_for_key(t, &error);
        bool interrupted = ready < 0 && error == EINTR && after_interrupt(t) < 0;
        if (kit_lock(t, &editing) < 0) interrupted = true;
        if (interrupted) {
            rl_free_line_state();
            rl_callback_sigcleanup();
            rl_cleanup_after_signal();
            rl_callback_handler_remove();
            kit_unlock(&editing);
            return -1;
        }
        if (ready > 0) rl_callback_read_char();
        kit_unlock(&editing);
    }
    *line = finished_line;
    return 0;
}

static void remember(const char *line) {
    if (*line == 0 || !load_relaxed(&x_auto_history)) return;
    const HIST_ENTRY *last = history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
    if (last == NULL || strcmp(last->line, line) != 0) add_history(line);
}

static char *read_line(Thread *t, const char *prompt) {
    if (kit_lock(t, &reading) < 0) return NULL;
    char *line = NULL, *copy = NULL;
    if (edit(t, prompt, &line) == 0) {
        size_t n = line == NULL ? 0 : strlen(line);
        copy = mem_alloc(n + 2);
        if (copy == NULL) {
            err_no_memory(t);
        } else if (line == NULL) {
            *copy = 0;
        } else {
            memcpy(copy, line, n);
            strcpy(copy + n, "\n");
            if (kit_lock(t, &editing) == 0) {
                remember(line);
                kit_unlock(&editing);
            }
        }
    }
    free(line);
    kit_unlock(&reading);
    return copy;
}

/* ---- history ----------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_add_history(Thread *t, Value m, const Value *a) {
    Ref line = encode(t, a[0]);
    if (ref_is_null(line)) return line;
    if (kit_lock(t, &editing) < 0) {
        ref_drop(t, line);
        return REF_NULL;
    }
    add_history(bytes_text(line));
    kit_unlock(&editing);
    ref_drop(t, line);
    return REF_NONE;
}
static Ref m_clear_history(Thread *t, Value m, const Value *a) {
    EDITING(clear_history());
    return REF_NONE;
}
static Ref m_get_current_history_length(Thread *t, Value m, const Value *a) {
    int n;
    EDITING(n = history_length);
    return ref_small_int(n);
}
static Ref m_get_history_item(Thread *t, Value m, const Value *a) {
    int index;
    if (as_int(t, a[0], &index) < 0) return REF_NULL;
    Ref r;
    EDITING(const HIST_ENTRY *e = history_get(index); r = e == NULL ? REF_NONE : decode(t, e->line, strlen(e->line)));
    return r;
}
static void free_entry(HIST_ENTRY *e) { free(free_history_entry(e)); }
static int position(Thread *t, Value v, int *out) {
    if (as_int(t, v, out) < 0) return -1;
    return *out < 0 ? err_int(err_set(t, E_ValueError, "History index cannot be negative")) : 0;
}
static Ref no_item(Thread *t, int at) { return err_set(t, E_ValueError, "No history item at position %d", at); }
static Ref m_remove_history_item(Thread *t, Value m, const Value *a) {
    int at;
    if (position(t, a[0], &at) < 0) return REF_NULL;
    HIST_ENTRY *e;
    EDITING(e = remove_history(at); if (e != NULL) free_entry(e));
    return e == NULL ? no_item(t, at) : REF_NONE;
}
static Ref m_replace_history_item(Thread *t, Value m, const Value *a) {
    int at;
    if (position(t, a[0], &at) < 0) return REF_NULL;
    Ref line = encode(t, a[1]);
    if (ref_is_null(line)) return line;
    HIST_ENTRY *e = NULL;
    int status = kit_lock(t, &editing);
    if (status == 0) {
        e = replace_history_entry(at, bytes_text(line), NULL);
        if (e != NULL) free_entry(e);
        kit_unlock(&editing);
    }
    ref_drop(t, line);
    return status < 0 ? REF_NULL : e == NULL ? no_item(t, at) : REF_NONE;
}

/* Does something with a file, by default the library's own: OSError by what it returns. */
typedef int FileFn(const char *path, int n);
static Ref with_file(Thread *t, Value path, FileFn *f, int n) {
    Ref keep = REF_NULL;
    const char *name = NULL;
    if (!value_is_null(path) && !value_is_none(path) && (name = str_fs(t, path, &keep)) == NULL) return REF_NULL;
    int error = 0, status = kit_lock(t, &editing);
    if (status == 0) {
        error = f(name, n);
        kit_unlock(&editing);
    }
    ref_drop(t, keep);
    if (status < 0) return REF_NULL;
    return error ? err_errno(t, error, VALUE_NULL) : REF_NONE;
}
static int file_init(const char *path, int n) { return rl_read_init_file(path); }
static int file_read(const char *path, int n) { return read_history(path); }
static int file_write(const char *path, int n) {
    int error = write_history(path), keep = load_relaxed(&x_history_length);
    if (error == 0 && keep >= 0) history_truncate_file(path, keep);
    return error;
}
static int file_append(const char *path, int n) {
    int error = append_history(n, path), keep = load_relaxed(&x_history_length);
    if (error == 0 && keep >= 0) history_truncate_file(path, keep);
    return error;
}
static Ref m_read_init_file(Thread *t, Value m, const Value *a) { return with_file(t, a[0], file_init, 0); }
static Ref m_read_history_file(Thread *t, Value m, const Value *a) { return with_file(t, a[0], file_read, 0); }
static Ref m_write_history_file(Thread *t, Value m, const Value *a) { return with_file(t, a[0], file_write, 0); }
static Ref m_append_history_file(Thread *t, Value m, const Value *a) {
    int n;
    return as_int(t, a[0], &n) < 0 ? REF_NULL : with_file(t, a[1], file_append, n);
}
static Ref m_set_history_length(Thread *t, Value m, const Value *a) {
    int n;
    if (as_int(t, a[0], &n) < 0) return REF_NULL;
    store_relaxed(&x_history_length, n);
    return REF_NONE;
}
static Ref m_get_history_length(Thread *t, Value m, const Value *a) { return ref_small_int(load_relaxed(&x_history_length)); }
static Ref m_set_auto_history(Thread *t, Value m, const Value *a) {
    int on = is_true(t, a[0]);
    if (on < 0) return REF_NULL;
    store_relaxed(&x_auto_history, on != 0);
    return REF_NONE;
}

/* ---- hooks, completion ------------------------------------------------------------------------------------------------------------------------- */

static int set_hook(Thread *t, Slot *slot, const char *function, Value f) {
    if (value_is_null(f)) f = VALUE_NONE;
    if (!value_is_none(f) && !is_callable(f)) return err_int(err_set(t, E_TypeError, "%s(func): argument not callable", function));
    kit_root(t, slot, ref_new(t, f));
    return 0;
}
#define SET_HOOK(function, slot)                                                                                                  \
    static Ref m_##function(Thread *t, Value m, const Value *a) { return set_hook(t, &slot, #function, a[0]) < 0 ? REF_NULL : REF_NONE; }
SET_HOOK(set_completer, completer)
SET_HOOK(set_startup_hook, startup_hook)
SET_HOOK(set_pre_input_hook, pre_input_hook)
static Ref m_set_completion_display_matches_hook(Thread *t, Value m, const Value *a) {
    if (set_hook(t, &display_hook, "set_completion_display_matches_hook", a[0]) < 0) return REF_NULL;
    EDITING(rl_completion_display_matches_hook = value_is_none(slot_get(&display_hook)) ? NULL : on_display);
    return REF_NONE;
}
static Ref m_get_completer(Thread *t, Value m, const Value *a) { return slot_ref(t, &completer); }
static Ref m_get_completion_type(Thread *t, Value m, const Value *a) {
    int type;
    EDITING(type = rl_completion_type);
    return ref_small_int(type);
}
static Ref m_get_begidx(Thread *t, Value m, const Value *a) { return ref_small_int(load_relaxed(&x_begin)); }
static Ref m_get_endidx(Thread *t, Value m, const Value *a) { return ref_small_int(load_relaxed(&x_end)); }

static char *delimiters; /* what the library's variable points to, malloc'ed */
static Ref m_set_completer_delims(Thread *t, Value m, const Value *a) {
    Ref bytes = encode(t, a[0]);
    if (ref_is_null(bytes)) return bytes;
    char *copy = strdup(bytes_text(bytes));
    ref_drop(t, bytes);
    if (copy == NULL) return err_no_memory(t);
    char *old;
    EDITING(old = delimiters; delimiters = copy; rl_completer_word_break_characters = copy);
    free(old);
    return REF_NONE;
}
static Ref m_get_completer_delims(Thread *t, Value m, const Value *a) {
    Ref r;
    EDITING(r = decode(t, delimiters, strlen(delimiters)));
    return r;
}

/* ---- the line ---------------------------------------------------------------------------------------------------------------------------------- */

typedef void TextFn(char *text);
static Ref with_text(Thread *t, Value v, TextFn *f) {
    Ref bytes = encode(t, v);
    if (ref_is_null(bytes)) return bytes;
    char *copy = strdup(bytes_text(bytes)); /* the library may change it */
    ref_drop(t, bytes);
    if (copy == NULL) return err_no_memory(t);
    int status = kit_lock(t, &editing);
    if (status == 0) {
        f(copy);
        kit_unlock(&editing);
    }
    free(copy);
    return status < 0 ? REF_NULL : REF_NONE;
}
static void text_insert(char *s) { rl_insert_text(s); }
static void text_bind(char *s) { rl_parse_and_bind(s); }
static Ref m_insert_text(Thread *t, Value m, const Value *a) { return with_text(t, a[0], text_insert); }
static Ref m_parse_and_bind(Thread *t, Value m, const Value *a) { return with_text(t, a[0], text_bind); }
static Ref m_get_line_buffer(Thread *t, Value m, const Value *a) {
    Ref r;
    EDITING(r = decode(t, rl_line_buffer, strlen(rl_line_buffer)));
    return r;
}
static Ref m_redisplay(Thread *t, Value m, const Value *a) {
    EDITING(rl_redisplay());
    return REF_NONE;
}

/* ---- the module -------------------------------------------------------------------------------------------------------------------------------- */

static NativeDef functions[] = {
    FN("parse_and_bind", "($module, string, /)", m_parse_and_bind, "Execute a line of an init file."),
    FN("read_init_file", "($module, filename=None, /)", m_read_init_file, "Execute an init file, by default the last one used."),
    FN("get_line_buffer", "($module, /)", m_get_line_buffer, "The line being edited."),
    FN("insert_text", "($module, string, /)", m_insert_text, "Insert text at the cursor."),
    FN("redisplay", "($module, /)", m_redisplay, "Show the line as it is now."),
    FN("read_history_file", "($module, filename=None, /)", m_read_history_file, "Add a file's lines to the history; by default ~/.history's."),
    FN("write_history_file", "($module, filename=None, /)", m_write_history_file, "Write the history to a file."),
    FN("append_history_file", "($module, nelements, filename=None, /)", m_append_history_file, "Append the last lines of the history to a file."),
    FN("get_history_length", "($module, /)", m_get_history_length, "How many lines are kept in files; negative: all."),
    FN("set_history_length", "($module, length, /)", m_set_history_length, "Set how many lines are kept in files."),
    FN("get_current_history_length", "($module, /)", m_get_current_history_length, "How many lines the history has."),
    FN("get_history_item", "($module, index, /)", m_get_history_item, "A line of the history, counted from 1."),
    FN("remove_history_item", "($module, pos, /)", m_remove_history_item, "Remove a line, counted from 0."),
    FN("replace_history_item", "($module, pos, line, /)", m_replace_history_item, "Replace a line, counted from 0."),
    FN("add_history", "($module, string, /)", m_add_history, "Add a line to the history."),
    FN("set_auto_history", "($module, enabled, /)", m_set_auto_history, "Whether lines read are added to the history."),
    FN("clear_history", "($module, /)", m_clear_history, "Forget the history."),
    FN("set_completer", "($module, function=None, /)", m_set_completer, "function(text, state) gives the completions of a word one by one."),
    FN("get_completer", "($module, /)", m_get_completer, "The function that completes."),
    FN("get_completion_type", "($module, /)", m_get_completion_type, "The kind of completion attempted."),
    FN("get_begidx", "($module, /)", m_get_begidx, "Where the word to be completed begins."),
    FN("get_endidx", "($module, /)", m_get_endidx, "Where it ends."),
    FN("set_completer_delims", "($module, string, /)", m_set_completer_delims, "Set the characters between words."),
    FN("get_completer_delims", "($module, /)", m_get_completer_delims, "The characters between words."),
    FN("set_completion_display_matches_hook", "($module, function=None, /)", m_set_completion_display_matches_hook,
       "function(substitution, matches, longest_match_length) shows the completions."),
    FN("set_startup_hook", "($module, function=None, /)", m_set_startup_hook, "Called before the prompt is shown."),
    FN("set_pre_input_hook", "($module, function=None, /)", m_set_pre_input_hook, "Called after the prompt is shown."),
    FN_END,
};

/* Once for the process, however often the module is started. */
static int library_start(Thread *t) {
    if (delimiters != NULL) return 0;
    delimiters = strdup(" \t\n`~!@#$%^&*()-=+[{]}\\|;:'\",<>/?"); /* all that isn't alphanumeric, but the point */
    if (delimiters == NULL) return err_int(err_no_memory(t));
    Slot *const slots[] = {&completer, &display_hook, &startup_hook, &pre_input_hook};
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) kit_root(t, slots[i], REF_NONE);
    rl_readline_name = "python";
    rl_catch_signals = 0;
    rl_change_environment = 0;
    using_history();
    if (!isatty(STDOUT_FILENO)) rl_variable_bind("enable-meta-key", "off"); /* it would write to it */
    rl_bind_key('\t', rl_insert);
    rl_bind_key_in_map('\t', rl_complete, emacs_meta_keymap);
    rl_bind_key_in_map('\033', rl_complete, emacs_meta_keymap);
    rl_startup_hook = on_startup;
    rl_pre_input_hook = on_pre_input;
    rl_attempted_completion_function = on_complete;
    rl_completer_word_break_characters = delimiters;
    rl_initialize();
    rl_variable_bind("enable-bracketed-paste", "off"); /* its sequences would stand in the way of programs that drive a prompt through a terminal */
    readline_set_reader(read_line);
    return 0;
}

int module_init_readline(Thread *t, Value module);
int module_init_readline(Thread *t, Value module) {
    Type *const none[] = {NULL};
    if (kit_module(t, module, none, functions, "Importing this module enables command line editing using GNU readline.") < 0 || library_start(t) < 0) return -1;
    if (module_add_int(t, module, "_READLINE_VERSION", RL_READLINE_VERSION) < 0) return -1;
    if (module_add_int(t, module, "_READLINE_RUNTIME_VERSION", rl_readline_version) < 0) return -1;
    return module_add_cstr(t, module, "_READLINE_LIBRARY_VERSION", rl_library_version);
}
