/* _curses, on ncursesw. The window type stands in a file of its own. */
#include "runtime/loadable/_curses_internal.h"
#include "runtime/dict.h"
#include "runtime/structseq.h"
#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <term.h>
#include <wchar.h>

/* term.h makes macros of common words */
#undef lines
#undef columns
#undef tab
#include <limits.h>
#undef init_color
#undef filter

int module_init__curses(Thread *t, Value module);
static Slot error_class, module_slot; /* curses.error; the module, for what initscr() adds */
static IoLock library_lock;
static Object library = OBJECT_STATIC(&object_type); /* never local: the lock is always taken where threads may run */
static _Atomic bool x_terminal, x_screen, x_color;

int curses_enter(Thread *t) { return io_lock(t, &library, &library_lock); }
void curses_leave(Thread *t, int locked) {
    if (locked >= 0) io_unlock(t, &library_lock, locked);
}
Ref curses_error(Thread *t, const char *message) { return err_type(t, as(Type, slot_get(&error_class)), "%s", message); }
Ref curses_result(Thread *t, int r, const char *function) {
    return r != ERR ? REF_NONE : err_type(t, as(Type, slot_get(&error_class)), "%s() returned ERR", function);
}
/* what must have been called before */
static int need(Thread *t, int what) {
    if (what == 0 || (what == 1 && load_relaxed(&x_terminal)) || (what == 2 && load_relaxed(&x_screen)) || (what == 3 && load_relaxed(&x_screen) && load_relaxed(&x_color))) return 0;
    bool color = what == 3 && load_relaxed(&x_screen);
    return err_int(curses_error(t, what == 1 ? "must call (at least) setupterm() first" : color ? "must call start_color() first" : "must call initscr() first"));
}
#define SCREEN 2
#define COLOR 3

/* ---- small functions ------------------------------------------------------------------------------------------------------------------------ */

/* name, what must come before, n int arguments i[]: None or curses.error */
#define INTS(name, before, n, call)                                                    \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                       \
        int i[4] = {0}, r;                                                             \
        if (need(t, before) < 0) return REF_NULL;                                      \
        for (int k = 0; k < n; k++)                                                    \
            if (as_int(t, a[k], &i[k]) < 0) return REF_NULL;                           \
        CURSES_CALL(t, r, call);                                                       \
        return curses_result(t, r, #name);                                             \
    }
INTS(beep, SCREEN, 0, beep()) INTS(flash, SCREEN, 0, flash()) INTS(def_prog_mode, SCREEN, 0, def_prog_mode()) INTS(def_shell_mode, SCREEN, 0, def_shell_mode()) INTS(doupdate, SCREEN, 0, doupdate())
INTS(endwin, SCREEN, 0, endwin()) INTS(flushinp, SCREEN, 0, (flushinp(), OK)) INTS(filter, 0, 0, (filter(), OK)) INTS(nocbreak, SCREEN, 0, nocbreak()) INTS(noecho, SCREEN, 0, noecho())
INTS(nonl, SCREEN, 0, nonl()) INTS(noraw, SCREEN, 0, noraw()) INTS(noqiflush, SCREEN, 0, (noqiflush(), OK)) INTS(reset_prog_mode, SCREEN, 0, reset_prog_mode())
INTS(reset_shell_mode, SCREEN, 0, reset_shell_mode()) INTS(resetty, SCREEN, 0, resetty()) INTS(savetty, SCREEN, 0, savetty()) INTS(use_default_colors, COLOR, 0, use_default_colors())
INTS(delay_output, SCREEN, 1, delay_output(i[0])) INTS(halfdelay, SCREEN, 1, halfdelay(i[0])) INTS(intrflush, SCREEN, 1, intrflush(NULL, i[0])) INTS(meta, SCREEN, 1, meta(stdscr, i[0]))
INTS(typeahead, SCREEN, 1, typeahead(i[0])) INTS(use_env, 0, 1, (use_env(i[0]), OK)) INTS(set_escdelay, 0, 1, set_escdelay(i[0])) INTS(set_tabsize, 0, 1, set_tabsize(i[0]))
INTS(setsyx, SCREEN, 2, OK; setsyx(i[0], i[1]))
/* with an optional flag that turns it off */
#define SWITCH(name, on, off)                                                          \
    static Ref m_##name(Thread *t, Value self, const Value *a) {                       \
        int yes = value_is_null(a[0]) ? 1 : is_true(t, a[0]), r;                       \
        if (yes < 0 || need(t, SCREEN) < 0) return REF_NULL;                           \
        CURSES_CALL(t, r, yes ? (on) : (off));                                         \
        return curses_result(t, r, #name);                                             \
    }
SWITCH(cbreak, cbreak(), nocbreak()) SWITCH(echo, echo(), noecho()) SWITCH(nl, nl(), nonl()) SWITCH(raw, raw(), noraw()) SWITCH(qiflush, (qiflush(), OK), (noqiflush(), OK))
#define ANSWER(name, before, value)                                                    \
    static Ref m_##name(Thread *t, Value self, const Value *a) { return need(t, before) < 0 ? REF_NULL : (value); }
ANSWER(baudrate, SCREEN, ref_small_int(baudrate())) ANSWER(can_change_color, SCREEN, ref_bool(can_change_color())) ANSWER(has_colors, SCREEN, ref_bool(has_colors()))
ANSWER(has_ic, SCREEN, ref_bool(has_ic())) ANSWER(has_il, SCREEN, ref_bool(has_il())) ANSWER(isendwin, SCREEN, ref_bool(isendwin())) ANSWER(termattrs, SCREEN, int_from_u64(t, termattrs()))
ANSWER(longname, SCREEN, bytes_new(t, longname(), strlen(longname()))) ANSWER(termname, SCREEN, bytes_new(t, termname(), strlen(termname()))) ANSWER(has_extended_color_support, 0, REF_TRUE)
ANSWER(get_escdelay, 0, ref_small_int(ESCDELAY)) ANSWER(get_tabsize, 0, ref_small_int(TABSIZE))
static Ref one_byte(Thread *t, char c) { return bytes_new(t, &c, 1); }
ANSWER(erasechar, SCREEN, one_byte(t, erasechar())) ANSWER(killchar, SCREEN, one_byte(t, killchar()))

static Ref m_napms(Thread *t, Value self, const Value *a) {
    int ms, r;
    if (as_int(t, a[0], &ms) < 0) return REF_NULL;
    DETACHED(t, r = napms(ms));
    return ref_small_int(r);
}
static Ref m_curs_set(Thread *t, Value self, const Value *a) {
    int v, r;
    if (need(t, SCREEN) < 0 || as_int(t, a[0], &v) < 0) return REF_NULL;
    CURSES_CALL(t, r, curs_set(v));
    return r == ERR ? curses_result(t, r, "curs_set") : ref_small_int(r);
}
static Ref m_getsyx(Thread *t, Value self, const Value *a) {
    int y = 0, x = 0;
    if (need(t, SCREEN) < 0) return REF_NULL;
    if (is_leaveok(newscr)) y = x = -1;
    else getyx(newscr, y, x);
    return tuple_pack(t, 2, small_int(y), small_int(x));
}
static Ref m_mouseinterval(Thread *t, Value self, const Value *a) {
    int ms, r;
    if (need(t, SCREEN) < 0 || as_int(t, a[0], &ms) < 0) return REF_NULL;
    CURSES_CALL(t, r, mouseinterval(ms));
    return curses_result(t, r, "mouseinterval");
}
static Ref m_mousemask(Thread *t, Value self, const Value *a) {
    int64_t mask;
    mmask_t old, now;
    if (need(t, SCREEN) < 0 || as_i64(t, a[0], &mask) < 0) return REF_NULL;
    CURSES_CALL(t, now, mousemask((mmask_t)mask, &old));
    return tuple_pack(t, 2, small_int(now), small_int(old));
}
static Ref m_getmouse(Thread *t, Value self, const Value *a) {
    MEVENT e;
    int r;
    if (need(t, SCREEN) < 0) return REF_NULL;
    CURSES_CALL(t, r, getmouse(&e));
    if (r == ERR) return curses_error(t, "getmouse() returned ERR");
    return tuple_pack(t, 5, small_int(e.id), small_int(e.x), small_int(e.y), small_int(e.z), small_int(e.bstate));
}
static Ref m_ungetmouse(Thread *t, Value self, const Value *a) {
    int64_t state;
    int id, x, y, z, r;
    if (need(t, SCREEN) < 0 || as_int(t, a[0], &id) < 0 || as_int(t, a[1], &x) < 0 || as_int(t, a[2], &y) < 0 || as_int(t, a[3], &z) < 0 || as_i64(t, a[4], &state) < 0) return REF_NULL;
    MEVENT e = {.id = (short)id, .x = x, .y = y, .z = z, .bstate = (mmask_t)state};
    CURSES_CALL(t, r, ungetmouse(&e));
    return curses_result(t, r, "ungetmouse");
}
static Ref m_ungetch(Thread *t, Value self, const Value *a) {
    chtype c;
    int r;
    if (need(t, SCREEN) < 0 || curses_chtype(t, a[0], &c) < 0) return REF_NULL;
    CURSES_CALL(t, r, ungetch((int)c));
    return curses_result(t, r, "ungetch");
}
static Ref m_unget_wch(Thread *t, Value self, const Value *a) {
    int64_t c;
    int r;
    if (need(t, SCREEN) < 0) return REF_NULL;
    if (is_str(a[0])) {
        if (str_length(a[0]) != 1) return err_set(t, E_TypeError, "expect bytes or str of length 1, or int, got a str of length %zu", str_length(a[0]));
        c = str_at(as(Str, a[0]), 0);
    } else if (!is_int(a[0])) {
        return err_set(t, E_TypeError, "expect str of length 1 or int, got %T", a[0]);
    } else if (as_i64(t, a[0], &c) < 0) {
        return REF_NULL;
    }
    CURSES_CALL(t, r, unget_wch((wchar_t)c));
    return curses_result(t, r, "unget_wch");
}
static Ref m_keyname(Thread *t, Value self, const Value *a) {
    int key;
    if (need(t, SCREEN) < 0 || as_int(t, a[0], &key) < 0) return REF_NULL;
    if (key < 0) return err_set(t, E_ValueError, "invalid key number");
    const char *name = keyname(key);
    return bytes_new(t, name ? name : "", name ? strlen(name) : 0);
}
static Ref m_has_key(Thread *t, Value self, const Value *a) {
    int key;
    return need(t, SCREEN) < 0 || as_int(t, a[0], &key) < 0 ? REF_NULL : ref_bool(has_key(key));
}
static Ref m_unctrl(Thread *t, Value self, const Value *a) {
    chtype c;
    if (need(t, SCREEN) < 0 || curses_chtype(t, a[0], &c) < 0) return REF_NULL;
    const char *text = unctrl(c);
    return bytes_new(t, text, strlen(text));
}

/* ---- colours ------------------------------------------------------------------------------------------------------------------------------------- */

static Ref m_start_color(Thread *t, Value self, const Value *a) {
    int r;
    if (need(t, SCREEN) < 0) return REF_NULL;
    CURSES_CALL(t, r, start_color());
    if (r == ERR) return curses_error(t, "start_color() returned ERR");
    store_relaxed(&x_color, true);
    Value module = slot_get(&module_slot);
    return module_add_int(t, module, "COLORS", COLORS) < 0 || module_add_int(t, module, "COLOR_PAIRS", COLOR_PAIRS) < 0 ? REF_NULL : REF_NONE;
}
/* A number of a colour or a pair, from `lowest` to below `end`; what is too large for C is out of range too. */
static int number_get(Thread *t, Value v, const char *what, int lowest, int end, const char *end_name, int *out) {
    int64_t n;
    Ref number = number_index(t, v);
    if (ref_is_null(number)) return -1;
    if (int_try_i64(ref_borrow(number), &n) < 0) n = int_sign(ref_borrow(number)) < 0 ? INT64_MIN : INT64_MAX;
    ref_drop(t, number);
    if (n >= end) return err_int(err_set(t, E_ValueError, "%s is greater than %s-1 (%d).", what, end_name, end - 1));
    if (n < lowest) return err_int(err_set(t, E_ValueError, "%s is less than %d.", what, lowest));
    *out = (int)n;
    return 0;
}
static int color_get(Thread *t, Value v, int lowest, int *out) { return number_get(t, v, "Color number", lowest, COLORS, "COLORS", out); }
static int pair_get(Thread *t, Value v, int *out) { return number_get(t, v, "Color pair", 0, COLOR_PAIRS, "COLOR_PAIRS", out); }

static Ref m_init_pair(Thread *t, Value self, const Value *a) {
    int pair, front, back, r;
    if (need(t, COLOR) < 0 || pair_get(t, a[0], &pair) < 0 || color_get(t, a[1], INT_MIN, &front) < 0 || color_get(t, a[2], INT_MIN, &back) < 0) return REF_NULL;
    CURSES_CALL(t, r, init_extended_pair(pair, front < 0 ? -1 : front, back < 0 ? -1 : back)); /* -1: the terminal's own */
    return curses_result(t, r, "init_extended_pair");
}
static Ref m_init_color(Thread *t, Value self, const Value *a) {
    int color, part[3], r;
    if (need(t, COLOR) < 0 || color_get(t, a[0], 0, &color) < 0) return REF_NULL;
    for (int i = 0; i < 3; i++)
        if (as_int(t, a[1 + i], &part[i]) < 0) return REF_NULL;
    CURSES_CALL(t, r, init_extended_color(color, part[0], part[1], part[2]));
    return curses_result(t, r, "init_extended_color");
}
static Ref m_color_content(Thread *t, Value self, const Value *a) {
    int color, r, red, green, blue;
    if (need(t, COLOR) < 0 || color_get(t, a[0], 0, &color) < 0) return REF_NULL;
    CURSES_CALL(t, r, extended_color_content(color, &red, &green, &blue));
    if (r == ERR) return curses_result(t, r, "extended_color_content");
    return tuple_pack(t, 3, small_int(red), small_int(green), small_int(blue));
}
static Ref m_pair_content(Thread *t, Value self, const Value *a) {
    int pair, r, front, back;
    if (need(t, COLOR) < 0 || pair_get(t, a[0], &pair) < 0) return REF_NULL;
    CURSES_CALL(t, r, extended_pair_content(pair, &front, &back));
    if (r == ERR) return curses_result(t, r, "extended_pair_content");
    return tuple_pack(t, 2, small_int(front), small_int(back));
}
static Ref m_color_pair(Thread *t, Value self, const Value *a) {
    int pair;
    return need(t, COLOR) < 0 || as_int(t, a[0], &pair) < 0 ? REF_NULL : int_from_i64(t, COLOR_PAIR(pair));
}
static Ref m_pair_number(Thread *t, Value self, const Value *a) {
    int attr;
    return need(t, COLOR) < 0 || as_int(t, a[0], &attr) < 0 ? REF_NULL : ref_small_int(PAIR_NUMBER(attr));
}

/* ---- the terminal ------------------------------------------------------------------------------------------------------------------------------------ */

static int add_size(Thread *t) {
    Value module = slot_get(&module_slot);
    return module_add_int(t, module, "LINES", LINES) < 0 ? -1 : module_add_int(t, module, "COLS", COLS);
}
static Ref m_setupterm(Thread *t, Value self, const Value *a) {
    const char *term = NULL;
    int fd = -1, r, err;
    if (!value_is_null(a[0]) && !value_is_none(a[0])) {
        if (!is_str(a[0])) return err_bad_argument(t, "setupterm", "1", "str or None", a[0]);
        if ((term = str_utf8(t, a[0], NULL)) == NULL) return REF_NULL;
    }
    if (!value_is_null(a[1]) && as_int(t, a[1], &fd) < 0) return REF_NULL;
    if (fd == -1) {
        Ref out = sys_get(t, "stdout");
        if (ref_is_null(out) || ref_is_none(out)) return curses_error(t, "lost sys.stdout");
        fd = kit_fileno(t, ref_borrow(out));
        ref_drop(t, out);
        if (fd < 0) return REF_NULL;
    }
    if (load_relaxed(&x_terminal)) return REF_NONE;
    CURSES_CALL(t, r, setupterm((char *)term, fd, &err));
    if (r == ERR) return curses_error(t, err == 0 ? "setupterm: could not find terminal" : err == -1 ? "setupterm: could not find terminfo database" : "setupterm: unknown error");
    store_relaxed(&x_terminal, true);
    return REF_NONE;
}
static const char *capability(Thread *t, Value v, const char *function) {
    if (need(t, 1) < 0) return NULL;
    if (is_str(v)) return str_utf8(t, v, NULL);
    err_bad_argument(t, function, NULL, "str", v);
    return NULL;
}
static Ref m_tigetflag(Thread *t, Value self, const Value *a) {
    const char *name = capability(t, a[0], "tigetflag");
    return name ? ref_small_int(tigetflag((char *)name)) : REF_NULL;
}
static Ref m_tigetnum(Thread *t, Value self, const Value *a) {
    const char *name = capability(t, a[0], "tigetnum");
    return name ? ref_small_int(tigetnum((char *)name)) : REF_NULL;
}
static Ref m_tigetstr(Thread *t, Value self, const Value *a) {
    const char *name = capability(t, a[0], "tigetstr");
    if (name == NULL) return REF_NULL;
    const char *s = tigetstr((char *)name);
    return s == NULL || s == (char *)-1 ? REF_NONE : bytes_new(t, s, strlen(s));
}
static Ref m_tparm(Thread *t, Value self, const Value *a) {
    int i[9] = {0};
    if (need(t, 1) < 0) return REF_NULL;
    if (!is_bytes(a[0])) return err_set(t, E_TypeError, "a bytes-like object is required, not '%T'", a[0]);
    for (int k = 0; k < 9; k++)
        if (!value_is_null(a[k + 1]) && as_int(t, a[k + 1], &i[k]) < 0) return REF_NULL;
    const char *s;
    CURSES_CALL(t, s, tparm((char *)bytes_data(a[0]), i[0], i[1], i[2], i[3], i[4], i[5], i[6], i[7], i[8]));
    return s ? bytes_new(t, s, strlen(s)) : curses_error(t, "tparm() returned NULL");
}
static Ref m_putp(Thread *t, Value self, const Value *a) {
    int r;
    if (!is_bytes(a[0])) return err_set(t, E_TypeError, "a bytes-like object is required, not '%T'", a[0]);
    CURSES_CALL(t, r, putp((char *)bytes_data(a[0])));
    return curses_result(t, r, "putp");
}

/* ---- the screen ---------------------------------------------------------------------------------------------------------------------------------------- */

static const char *encoding(void) {
    const char *name = nl_langinfo(CODESET);
    return *name ? name : "utf-8";
}
static int add_line_characters(Thread *t) {
    const struct { const char *name; chtype value; } characters[] = {
        {"ACS_ULCORNER", ACS_ULCORNER}, {"ACS_LLCORNER", ACS_LLCORNER}, {"ACS_URCORNER", ACS_URCORNER}, {"ACS_LRCORNER", ACS_LRCORNER}, {"ACS_LTEE", ACS_LTEE}, {"ACS_RTEE", ACS_RTEE},
        {"ACS_BTEE", ACS_BTEE}, {"ACS_TTEE", ACS_TTEE}, {"ACS_HLINE", ACS_HLINE}, {"ACS_VLINE", ACS_VLINE}, {"ACS_PLUS", ACS_PLUS}, {"ACS_S1", ACS_S1}, {"ACS_S9", ACS_S9},
        {"ACS_DIAMOND", ACS_DIAMOND}, {"ACS_CKBOARD", ACS_CKBOARD}, {"ACS_DEGREE", ACS_DEGREE}, {"ACS_PLMINUS", ACS_PLMINUS}, {"ACS_BULLET", ACS_BULLET}, {"ACS_LARROW", ACS_LARROW},
        {"ACS_RARROW", ACS_RARROW}, {"ACS_DARROW", ACS_DARROW}, {"ACS_UARROW", ACS_UARROW}, {"ACS_BOARD", ACS_BOARD}, {"ACS_LANTERN", ACS_LANTERN}, {"ACS_BLOCK", ACS_BLOCK},
        {"ACS_BSSB", ACS_ULCORNER}, {"ACS_SSBB", ACS_LLCORNER}, {"ACS_BBSS", ACS_URCORNER}, {"ACS_SBBS", ACS_LRCORNER}, {"ACS_SBSS", ACS_RTEE}, {"ACS_SSSB", ACS_LTEE}, {"ACS_SSBS", ACS_BTEE},
        {"ACS_BSSS", ACS_TTEE}, {"ACS_BSBS", ACS_HLINE}, {"ACS_SBSB", ACS_VLINE}, {"ACS_SSSS", ACS_PLUS}, {"ACS_S3", ACS_S3}, {"ACS_S7", ACS_S7}, {"ACS_LEQUAL", ACS_LEQUAL},
        {"ACS_GEQUAL", ACS_GEQUAL}, {"ACS_PI", ACS_PI}, {"ACS_NEQUAL", ACS_NEQUAL}, {"ACS_STERLING", ACS_STERLING}};
    for (size_t i = 0; i < sizeof characters / sizeof *characters; i++)
        if (module_add_int(t, slot_get(&module_slot), characters[i].name, (int64_t)characters[i].value) < 0) return -1;
    return 0;
}
static Ref m_initscr(Thread *t, Value self, const Value *a) {
    WINDOW *win;
    if (load_relaxed(&x_screen)) {
        CURSES_CALL(t, win, (wrefresh(stdscr), stdscr));
        return curses_window_new(t, win, VALUE_NULL, encoding());
    }
    CURSES_CALL(t, win, initscr());
    if (win == NULL) return curses_error(t, "initscr(): curses function returned NULL");
    store_relaxed(&x_terminal, true);
    store_relaxed(&x_screen, true);
    return add_line_characters(t) < 0 || add_size(t) < 0 ? REF_NULL : curses_window_new(t, win, VALUE_NULL, encoding());
}
static Ref m_newwin(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames) {
    int i[4] = {0};
    WINDOW *win;
    if (need(t, SCREEN) < 0 || no_kwargs(t, "newwin", kwnames) < 0) return REF_NULL;
    if (nargs != 2 && nargs != 4) return err_set(t, E_TypeError, "_curses.newwin requires 2 to 4 arguments");
    for (size_t k = 0; k < nargs; k++)
        if (as_int(t, args[k], &i[k]) < 0) return REF_NULL;
    CURSES_CALL(t, win, newwin(i[0], i[1], i[2], i[3]));
    return win ? curses_window_new(t, win, VALUE_NULL, encoding()) : curses_error(t, "curses function returned NULL");
}
static Ref m_newpad(Thread *t, Value self, const Value *a) {
    int y, x;
    WINDOW *win;
    if (need(t, SCREEN) < 0 || as_int(t, a[0], &y) < 0 || as_int(t, a[1], &x) < 0) return REF_NULL;
    CURSES_CALL(t, win, newpad(y, x));
    return win ? curses_window_new(t, win, VALUE_NULL, encoding()) : curses_error(t, "curses function returned NULL");
}
static Ref m_getwin(Thread *t, Value self, const Value *a) {
    if (need(t, SCREEN) < 0) return REF_NULL;
    Ref data = call_method0(t, a[0], str_intern_cstr(t, "read"));
    if (ref_is_null(data)) return data;
    FILE *file = is_bytes(ref_borrow(data)) ? tmpfile() : NULL;
    if (!is_bytes(ref_borrow(data))) err_set(t, E_TypeError, "f.read() returned %T instead of bytes", ref_borrow(data));
    else if (file == NULL) err_errno(t, errno, VALUE_NULL);
    WINDOW *win = NULL;
    if (file != NULL) {
        fwrite(bytes_data(ref_borrow(data)), 1, bytes_length(ref_borrow(data)), file);
        rewind(file);
        CURSES_CALL(t, win, getwin(file));
        fclose(file);
        if (win == NULL) curses_error(t, "curses function returned NULL");
    }
    ref_drop(t, data);
    return win ? curses_window_new(t, win, VALUE_NULL, encoding()) : REF_NULL;
}
static Ref m_is_term_resized(Thread *t, Value self, const Value *a) {
    int y, x;
    return need(t, SCREEN) < 0 || as_int(t, a[0], &y) < 0 || as_int(t, a[1], &x) < 0 ? REF_NULL : ref_bool(is_term_resized(y, x));
}
static Ref resize_to(Thread *t, const Value *a, int (*fn)(int, int), const char *name) {
    int y, x, r;
    if (need(t, SCREEN) < 0 || as_int(t, a[0], &y) < 0 || as_int(t, a[1], &x) < 0) return REF_NULL;
    CURSES_CALL(t, r, fn(y, x));
    return r == ERR ? curses_result(t, r, name) : add_size(t) < 0 ? REF_NULL : REF_NONE;
}
static Ref m_resizeterm(Thread *t, Value self, const Value *a) { return resize_to(t, a, resizeterm, "resizeterm"); }
static Ref m_resize_term(Thread *t, Value self, const Value *a) { return resize_to(t, a, resize_term, "resize_term"); }
static Ref m_update_lines_cols(Thread *t, Value self, const Value *a) { return add_size(t) < 0 ? REF_NULL : REF_NONE; }

/* ---- the module ------------------------------------------------------------------------------------------------------------------------------------------ */

#define F0(name) FN(#name, "!($module, /)", m_##name, NULL)
#define F1(name) FN(#name, "!($module, a, /)", m_##name, NULL)
#define F2(name) FN(#name, "!($module, a, b, /)", m_##name, NULL)
#define FLAG(name) FN(#name, "!($module, flag=True, /)", m_##name, NULL)
static NativeDef functions[] = {
    F0(baudrate), F0(beep), F0(can_change_color), FLAG(cbreak), F1(color_content), F1(color_pair), F1(curs_set), F0(def_prog_mode), F0(def_shell_mode), F1(delay_output), F0(doupdate), FLAG(echo),
    F0(endwin), F0(erasechar), F0(filter), F0(flash), F0(flushinp), F0(get_escdelay), F0(get_tabsize), F0(getmouse), F0(getsyx), F1(getwin), F1(halfdelay), F0(has_colors),
    F0(has_extended_color_support), F0(has_ic), F0(has_il), F1(has_key), FN("init_color", "!($module, color, r, g, b, /)", m_init_color, NULL),
    FN("init_pair", "!($module, pair, fg, bg, /)", m_init_pair, NULL), F0(initscr), F1(intrflush), F2(is_term_resized), F0(isendwin), F1(keyname), F0(killchar), F0(longname), F1(meta),
    F1(mouseinterval), F1(mousemask), F1(napms), F2(newpad), FN_RAW("newwin", NULL, m_newwin, NULL), FLAG(nl), F0(nocbreak), F0(noecho), F0(nonl), F0(noqiflush), F0(noraw), F1(pair_content),
    F1(pair_number), F1(putp), FLAG(qiflush), FLAG(raw), F0(reset_prog_mode), F0(reset_shell_mode), F0(resetty), F2(resize_term), F2(resizeterm), F0(savetty), F1(set_escdelay), F1(set_tabsize),
    F2(setsyx), FN("setupterm", "!($module, /, term=None, fd=-1)", m_setupterm, NULL), F0(start_color), F0(termattrs), F0(termname), F1(tigetflag), F1(tigetnum), F1(tigetstr),
    FN_COUNTED("tparm", "!($module, str, i1=0, i2=0, i3=0, i4=0, i5=0, i6=0, i7=0, i8=0, i9=0, /)", m_tparm, NULL), F1(typeahead), F1(unctrl), F1(unget_wch), F1(ungetch),
    FN("ungetmouse", "!($module, id, x, y, z, bstate, /)", m_ungetmouse, NULL), F0(update_lines_cols), F0(use_default_colors), F1(use_env), FN_END,
};
static const KitConstant constants[] = {
#define C(x) {#x, (int64_t)(x)}
    C(ALL_MOUSE_EVENTS), C(A_ALTCHARSET), C(A_ATTRIBUTES), C(A_BLINK), C(A_BOLD), C(A_CHARTEXT), C(A_COLOR), C(A_DIM), C(A_HORIZONTAL), C(A_INVIS),
    C(A_ITALIC), C(A_LEFT), C(A_LOW), C(A_NORMAL), C(A_PROTECT), C(A_REVERSE), C(A_RIGHT), C(A_STANDOUT), C(A_TOP), C(A_UNDERLINE), C(A_VERTICAL),
    C(BUTTON1_CLICKED), C(BUTTON1_DOUBLE_CLICKED), C(BUTTON1_PRESSED), C(BUTTON1_RELEASED), C(BUTTON1_TRIPLE_CLICKED), C(BUTTON2_CLICKED),
    C(BUTTON2_DOUBLE_CLICKED), C(BUTTON2_PRESSED), C(BUTTON2_RELEASED), C(BUTTON2_TRIPLE_CLICKED), C(BUTTON3_CLICKED), C(BUTTON3_DOUBLE_CLICKED),
    C(BUTTON3_PRESSED), C(BUTTON3_RELEASED), C(BUTTON3_TRIPLE_CLICKED), C(BUTTON4_CLICKED), C(BUTTON4_DOUBLE_CLICKED), C(BUTTON4_PRESSED),
    C(BUTTON4_RELEASED), C(BUTTON4_TRIPLE_CLICKED), C(BUTTON5_CLICKED), C(BUTTON5_DOUBLE_CLICKED), C(BUTTON5_PRESSED), C(BUTTON5_RELEASED),
    C(BUTTON5_TRIPLE_CLICKED), C(BUTTON_ALT), C(BUTTON_CTRL), C(BUTTON_SHIFT), C(COLOR_BLACK), C(COLOR_BLUE), C(COLOR_CYAN), C(COLOR_GREEN), C(COLOR_MAGENTA),
    C(COLOR_RED), C(COLOR_WHITE), C(COLOR_YELLOW), C(ERR), C(OK), C(REPORT_MOUSE_POSITION), C(KEY_A1), C(KEY_A3), C(KEY_B2), C(KEY_BACKSPACE), C(KEY_BEG),
    C(KEY_BREAK), C(KEY_BTAB), C(KEY_C1), C(KEY_C3), C(KEY_CANCEL), C(KEY_CATAB), C(KEY_CLEAR), C(KEY_CLOSE), C(KEY_COMMAND), C(KEY_COPY), C(KEY_CREATE),
    C(KEY_CTAB), C(KEY_DC), C(KEY_DL), C(KEY_DOWN), C(KEY_EIC), C(KEY_END), C(KEY_ENTER), C(KEY_EOL), C(KEY_EOS), C(KEY_EXIT), C(KEY_F0), C(KEY_FIND),
    C(KEY_HELP), C(KEY_HOME), C(KEY_IC), C(KEY_IL), C(KEY_LEFT), C(KEY_LL), C(KEY_MARK), C(KEY_MAX), C(KEY_MESSAGE), C(KEY_MIN), C(KEY_MOUSE), C(KEY_MOVE),
    C(KEY_NEXT), C(KEY_NPAGE), C(KEY_OPEN), C(KEY_OPTIONS), C(KEY_PPAGE), C(KEY_PREVIOUS), C(KEY_PRINT), C(KEY_REDO), C(KEY_REFERENCE), C(KEY_REFRESH),
    C(KEY_REPLACE), C(KEY_RESET), C(KEY_RESIZE), C(KEY_RESTART), C(KEY_RESUME), C(KEY_RIGHT), C(KEY_SAVE), C(KEY_SBEG), C(KEY_SCANCEL), C(KEY_SCOMMAND),
    C(KEY_SCOPY), C(KEY_SCREATE), C(KEY_SDC), C(KEY_SDL), C(KEY_SELECT), C(KEY_SEND), C(KEY_SEOL), C(KEY_SEXIT), C(KEY_SF), C(KEY_SFIND), C(KEY_SHELP),
    C(KEY_SHOME), C(KEY_SIC), C(KEY_SLEFT), C(KEY_SMESSAGE), C(KEY_SMOVE), C(KEY_SNEXT), C(KEY_SOPTIONS), C(KEY_SPREVIOUS), C(KEY_SPRINT), C(KEY_SR),
    C(KEY_SREDO), C(KEY_SREPLACE), C(KEY_SRESET), C(KEY_SRIGHT), C(KEY_SRSUME), C(KEY_SSAVE), C(KEY_SSUSPEND), C(KEY_STAB), C(KEY_SUNDO), C(KEY_SUSPEND),
    C(KEY_UNDO), C(KEY_UP),
    {NULL, 0},
#undef C
};
static const StructSeqField version_fields[] = {{"major", "Major release number"}, {"minor", "Minor release number"}, {"patch", "Patch release number"}, {NULL, NULL}};

int module_init__curses(Thread *t, Value module) {
    if (type_ready(t, &curses_window_type) < 0 || module_set(t, module, "window", type_value(&curses_window_type)) < 0 || module_add_functions(t, module, functions) < 0 ||
        kit_constants(t, module, constants) < 0)
        return -1;
    for (int i = 1; i < 64; i++) {
        char name[16];
        snprintf(name, sizeof name, "KEY_F%d", i);
        if (module_add_int(t, module, name, KEY_F(i)) < 0) return -1;
    }
    Type *version_type = structseq_type(t, "_curses.ncurses_version", "Ncurses version information as a named tuple.", version_fields, 3);
    Ref e = kit_exception(t, "_curses", "error", ETYPE(Exception));
    if (version_type == NULL || ref_is_null(e)) return -1;
    kit_root(t, &error_class, e);
    kit_root(t, &module_slot, ref_new(t, module));
    Ref version = structseq_new_steal(t, version_type, (Ref[]){ref_small_int(NCURSES_VERSION_MAJOR), ref_small_int(NCURSES_VERSION_MINOR), ref_small_int(NCURSES_VERSION_PATCH)});
    return module_set(t, module, "error", slot_get(&error_class)) < 0 || module_set_steal(t, module, "ncurses_version", version) < 0 ||
                   module_set_steal(t, module, "version", bytes_new(t, "2.2", 3)) < 0 || module_set_steal(t, module, "__version__", bytes_new(t, "2.2", 3)) < 0
               ? -1 : 0;
}
