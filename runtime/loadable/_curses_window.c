/* _curses: the window type. */
#include "runtime/loadable/_curses_internal.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <wchar.h>

#define WIN(self) (as(Window, self)->win)

Ref curses_window_new(Thread *t, WINDOW *win, Value parent, const char *encoding) {
    char *copy = mem_alloc(strlen(encoding) + 1);
    Window *w = copy ? object_new(Window, t, &curses_window_type) : (err_no_memory(t), NULL);
    if (w == NULL) {
        mem_free(copy);
        return REF_NULL;
    }
    strcpy(copy, encoding);
    w->win = win;
    w->encoding = copy;
    if (!value_is_null(parent)) slot_init(&w->parent, ref_new(t, parent));
    return ref_steal(w);
}
static void window_traverse(Object *o, VisitFn visit, void *arg) { slot_visit(&((Window *)o)->parent, visit, arg); }
static void window_destroy(Thread *t, Object *o) {
    Window *w = (Window *)o;
    int locked = curses_enter(t);
    if (w->win != stdscr && w->win != NULL) delwin(w->win);
    curses_leave(t, locked);
    mem_free(w->encoding);
    ref_drop(t, slot_take(t, o, &w->parent));
}

/* ---- arguments ------------------------------------------------------------------------------------------------------------------------------ */

/* Calls with an optional (y, x) in front of `min` to `max` other arguments: *rest points to those. -1: TypeError */
typedef struct Place { bool given; int y, x; } Place;
static int place_get(Thread *t, const char *function, const Value *args, size_t nargs, Value kwnames, size_t min, size_t max, Place *p, const Value **rest, size_t *n) {
    if (no_kwargs(t, function, kwnames) < 0) return -1;
    p->given = nargs >= min + 2 && nargs > max;
    if (!p->given && (nargs < min || nargs > max)) return err_int(err_set(t, E_TypeError, "_curses.window.%s requires %zu to %zu arguments", function, min, max + 2));
    if (p->given && nargs > max + 2) return err_int(err_set(t, E_TypeError, "_curses.window.%s requires %zu to %zu arguments", function, min, max + 2));
    *rest = args + (p->given ? 2 : 0);
    *n = nargs - (p->given ? 2 : 0);
    return !p->given ? 0 : as_int(t, args[0], &p->y) < 0 || as_int(t, args[1], &p->x) < 0 ? -1 : 0;
}
static int attr_get_arg(Thread *t, Value v, attr_t *out) {
    int64_t n;
    if (as_i64(t, v, &n) < 0) return -1;
    *out = (attr_t)n;
    return 0;
}
/* int, str or bytes of length 1 as a complex character with attributes */
int curses_char(Thread *t, Value v, attr_t attr, cchar_t *out) {
    wchar_t text[2] = {0};
    int64_t n;
    if (is_str(v) && str_length(v) == 1) text[0] = (wchar_t)str_at(as(Str, v), 0);
    else if (is_bytes(v) && bytes_length(v) == 1) text[0] = bytes_data(v)[0];
    else if (is_int(v)) {
        if (as_i64(t, v, &n) < 0) return -1;
        attr |= (attr_t)n & A_ATTRIBUTES;
        text[0] = (wchar_t)(n & A_CHARTEXT);
    } else if (is_str(v)) return err_int(err_set(t, E_TypeError, "expect bytes or str of length 1, or int, got a str of length %zu", str_length(v)));
    else if (is_bytes(v)) return err_int(err_set(t, E_TypeError, "expect bytes or str of length 1, or int, got bytes"));
    else return err_int(err_set(t, E_TypeError, "expect bytes or str of length 1, or int, got %T", v));
    memset(out, 0, sizeof *out);
    if (text[0] == 0 || setcchar(out, text, attr & ~A_COLOR, (short)PAIR_NUMBER(attr), NULL) == ERR) {
        out->attr = attr;
        out->chars[0] = text[0];
    }
    return 0;
}
/* The same as a chtype: characters below 256 */
int curses_chtype(Thread *t, Value v, chtype *out) {
    int64_t n;
    if (is_bytes(v) && bytes_length(v) == 1) *out = bytes_data(v)[0];
    else if (is_str(v) && str_length(v) == 1) *out = str_at(as(Str, v), 0);
    else if (is_int(v)) {
        if (as_i64(t, v, &n) < 0) return -1;
        *out = (chtype)n;
    } else return err_int(err_set(t, E_TypeError, "expect bytes or str of length 1, or int, got %T", v));
    return 0;
}
/* A text argument as wide characters, mem_alloc'ed */
static wchar_t *text_get(Thread *t, Value self, Value v) {
    Ref s = is_str(v) ? ref_new(t, v) : is_bytes(v) ? str_decode(t, (const char *)bytes_data(v), bytes_length(v), as(Window, self)->encoding, NULL)
                                                    : err_set(t, E_TypeError, "expect bytes or str, got %T", v);
    if (ref_is_null(s)) return NULL;
    const Str *text = as(Str, ref_borrow(s));
    wchar_t *w = mem_alloc((text->length + 1) * sizeof *w);
    if (w == NULL) err_no_memory(t);
    for (size_t i = 0; w && i < text->length; i++)
        if ((w[i] = (wchar_t)str_at(text, i)) == 0) {
            err_set(t, E_ValueError, "embedded null character");
            mem_free(w);
            w = NULL;
        }
    if (w) w[text->length] = 0;
    ref_drop(t, s);
    return w;
}

/* ---- simple methods ------------------------------------------------------------------------------------------------------------------------- */

/* name, n int arguments i[], call on w: None or curses.error */
#define INTS(name, n, call)                                                            \
    static Ref w_##name(Thread *t, Value self, const Value *a) {                       \
        int i[6] = {0}, r;                                                             \
        for (int k = 0; k < n; k++)                                                    \
            if (as_int(t, a[k], &i[k]) < 0) return REF_NULL;                           \
        WINDOW *w = WIN(self);                                                         \
        (void)w;                                                                       \
        CURSES_CALL(t, r, call);                                                       \
        return curses_result(t, r, #name);                                             \
    }
INTS(clear, 0, wclear(w)) INTS(clrtobot, 0, wclrtobot(w)) INTS(clrtoeol, 0, wclrtoeol(w)) INTS(deleteln, 0, wdeleteln(w)) INTS(erase, 0, werase(w)) INTS(insertln, 0, winsertln(w))
INTS(redrawwin, 0, redrawwin(w)) INTS(standend, 0, wstandend(w)) INTS(standout, 0, wstandout(w)) INTS(touchwin, 0, touchwin(w)) INTS(untouchwin, 0, untouchwin(w))
INTS(cursyncup, 0, (wcursyncup(w), OK)) INTS(syncdown, 0, (wsyncdown(w), OK)) INTS(syncup, 0, (wsyncup(w), OK)) INTS(insdelln, 1, winsdelln(w, i[0])) INTS(wmove, 2, wmove(w, i[0], i[1]))
INTS(mvwin, 2, mvwin(w, i[0], i[1])) INTS(mvderwin, 2, mvderwin(w, i[0], i[1])) INTS(redrawln, 2, wredrawln(w, i[0], i[1])) INTS(resize, 2, wresize(w, i[0], i[1]))
INTS(timeout, 1, (wtimeout(w, i[0]), OK)) INTS(clearok, 1, clearok(w, i[0])) INTS(idcok, 1, (idcok(w, i[0]), OK)) INTS(idlok, 1, idlok(w, i[0]))
INTS(immedok, 1, (immedok(w, i[0]), OK)) INTS(keypad, 1, keypad(w, i[0])) INTS(leaveok, 1, leaveok(w, i[0])) INTS(nodelay, 1, nodelay(w, i[0])) INTS(notimeout, 1, notimeout(w, i[0]))
INTS(scrollok, 1, scrollok(w, i[0])) INTS(syncok, 1, syncok(w, i[0]))
static Ref w_setscrreg(Thread *t, Value self, const Value *a) {
    int top, bottom, r;
    if (as_int(t, a[0], &top) < 0 || as_int(t, a[1], &bottom) < 0) return REF_NULL;
    CURSES_CALL(t, r, wsetscrreg(WIN(self), top, bottom));
    return curses_result(t, r, "wsetscrreg");
}
static Ref w_scroll(Thread *t, Value self, const Value *a) {
    int n = 1, r;
    if (!value_is_null(a[0]) && as_int(t, a[0], &n) < 0) return REF_NULL;
    CURSES_CALL(t, r, wscrl(WIN(self), n));
    return curses_result(t, r, "scroll");
}
static Ref w_touchline(Thread *t, Value self, const Value *a) {
    int i[3] = {0, 0, 1}, r;
    for (int k = 0; k < 3; k++)
        if (!value_is_null(a[k]) && as_int(t, a[k], &i[k]) < 0) return REF_NULL;
    CURSES_CALL(t, r, wtouchln(WIN(self), i[0], i[1], i[2]));
    return curses_result(t, r, "touchline");
}
#define PAIR(name, gety, getx)                                                         \
    static Ref w_##name(Thread *t, Value self, const Value *a) {                       \
        int y, x;                                                                      \
        CURSES_CALL(t, y, gety(WIN(self)); x = getx(WIN(self)));                       \
        return tuple_pack(t, 2, small_int(y), small_int(x));                           \
    }
PAIR(getbegyx, getbegy, getbegx) PAIR(getmaxyx, getmaxy, getmaxx) PAIR(getparyx, getpary, getparx) PAIR(getyx, getcury, getcurx)
static Ref w_is_wintouched(Thread *t, Value self, const Value *a) { return ref_bool(is_wintouched(WIN(self))); }
static Ref w_is_linetouched(Thread *t, Value self, const Value *a) {
    int line, r;
    if (as_int(t, a[0], &line) < 0) return REF_NULL;
    CURSES_CALL(t, r, is_linetouched(WIN(self), line));
    return r == ERR ? err_set(t, E_TypeError, "is_linetouched: line number outside of boundaries") : ref_bool(r);
}
static Ref w_enclose(Thread *t, Value self, const Value *a) {
    int y, x;
    return as_int(t, a[0], &y) < 0 || as_int(t, a[1], &x) < 0 ? REF_NULL : ref_bool(wenclose(WIN(self), y, x));
}
#define ATTR(name, fn)                                                                 \
    static Ref w_##name(Thread *t, Value self, const Value *a) {                       \
        attr_t attr;                                                                   \
        int r;                                                                         \
        if (attr_get_arg(t, a[0], &attr) < 0) return REF_NULL;                         \
        CURSES_CALL(t, r, fn(WIN(self), (int)attr));                                   \
        return curses_result(t, r, #name);                                             \
    }
ATTR(attroff, wattroff) ATTR(attron, wattron) ATTR(attrset, wattrset)

/* ---- characters and text -------------------------------------------------------------------------------------------------------------------------- */

/* (y, x) first if given; then `call` */
#define AT(t, r, p, w, call) CURSES_CALL(t, r, (p).given && wmove(w, (p).y, (p).x) == ERR ? ERR : (call))

typedef int (*CharFn)(WINDOW *w, const cchar_t *c);
static Ref put_char(Thread *t, Value self, const char *function, CharFn fn, const Value *args, size_t nargs, Value kwnames) {
    Place p;
    const Value *a;
    size_t n;
    attr_t attr = A_NORMAL;
    cchar_t c;
    int r;
    if (place_get(t, function, args, nargs, kwnames, 1, 2, &p, &a, &n) < 0 || (n > 1 && attr_get_arg(t, a[1], &attr) < 0) || curses_char(t, a[0], attr, &c) < 0) return REF_NULL;
    AT(t, r, p, WIN(self), fn(WIN(self), &c));
    return curses_result(t, r, fn == wadd_wch && is_str(a[0]) ? "add_wch" : function);
}
#define RAW(name) static Ref w_##name(Thread *t, Value self, const Value *args, size_t nargs, Value kwnames)
RAW(addch) { return put_char(t, self, "addch", wadd_wch, args, nargs, kwnames); }
RAW(insch) { return put_char(t, self, "insch", wins_wch, args, nargs, kwnames); }
RAW(echochar) {
    attr_t attr = A_NORMAL;
    cchar_t c;
    int r;
    if (no_kwargs(t, "echochar", kwnames) < 0 || check_nargs(t, "echochar", nargs, 1, 2) < 0 || (nargs > 1 && attr_get_arg(t, args[1], &attr) < 0) || curses_char(t, args[0], attr, &c) < 0)
        return REF_NULL;
    CURSES_CALL(t, r, is_pad(WIN(self)) ? pecho_wchar(WIN(self), &c) : wecho_wchar(WIN(self), &c));
    return curses_result(t, r, "echochar");
}
/* Text, perhaps cut to a length (limited), perhaps with attributes for it alone. `wide` is the name that an error gives for a str. */
static Ref put_text(Thread *t, Value self, const char *function, const char *wide, int (*fn)(WINDOW *, const wchar_t *, int), bool limited, const Value *args, size_t nargs, Value kwnames) {
    Place p;
    const Value *a;
    size_t n, fixed = limited ? 2 : 1;
    int limit = -1, r;
    attr_t attr = 0;
    if (place_get(t, function, args, nargs, kwnames, fixed, fixed + 1, &p, &a, &n) < 0 || (limited && as_int(t, a[1], &limit) < 0) ||
        (n > fixed && attr_get_arg(t, a[fixed], &attr) < 0))
        return REF_NULL;
    wchar_t *text = text_get(t, self, a[0]);
    if (text == NULL) return REF_NULL;
    bool dressed = n > fixed;
    int locked = curses_enter(t);
    attr_t old;
    short pair;
    wattr_get(WIN(self), &old, &pair, NULL);
    if (dressed) wattrset(WIN(self), (int)attr);
    r = p.given && wmove(WIN(self), p.y, p.x) == ERR ? ERR : fn(WIN(self), text, limit);
    if (dressed) wattr_set(WIN(self), old, pair, NULL);
    curses_leave(t, locked);
    mem_free(text);
    return curses_result(t, r, is_str(a[0]) ? wide : function);
}
static int add_wide(WINDOW *w, const wchar_t *s, int n) { return waddnwstr(w, s, n); }
static int insert_wide(WINDOW *w, const wchar_t *s, int n) { return wins_nwstr(w, s, n); }
RAW(addstr) { return put_text(t, self, "addstr", "addwstr", add_wide, false, args, nargs, kwnames); }
RAW(addnstr) { return put_text(t, self, "addnstr", "addnwstr", add_wide, true, args, nargs, kwnames); }
RAW(insstr) { return put_text(t, self, "insstr", "inswstr", insert_wide, false, args, nargs, kwnames); }
RAW(insnstr) { return put_text(t, self, "insnstr", "insn_wstr", insert_wide, true, args, nargs, kwnames); }

static Ref background(Thread *t, Value self, const Value *a, bool set, const char *name) {
    attr_t attr = A_NORMAL;
    cchar_t c;
    int r;
    if ((!value_is_null(a[1]) && attr_get_arg(t, a[1], &attr) < 0) || curses_char(t, a[0], attr, &c) < 0) return REF_NULL;
    CURSES_CALL(t, r, set ? (wbkgrndset(WIN(self), &c), OK) : wbkgrnd(WIN(self), &c));
    return curses_result(t, r, name);
}
static Ref w_bkgd(Thread *t, Value self, const Value *a) { return background(t, self, a, false, "bkgd"); }
static Ref w_bkgdset(Thread *t, Value self, const Value *a) { return background(t, self, a, true, "bkgdset"); }
static Ref w_getbkgd(Thread *t, Value self, const Value *a) { return int_from_u64(t, getbkgd(WIN(self))); }
static Ref w_border(Thread *t, Value self, const Value *a) {
    chtype c[8] = {0};
    int r;
    for (int i = 0; i < 8; i++)
        if (!value_is_null(a[i]) && curses_chtype(t, a[i], &c[i]) < 0) return REF_NULL;
    CURSES_CALL(t, r, wborder(WIN(self), c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]));
    return curses_result(t, r, "border");
}
static Ref w_box(Thread *t, Value self, const Value *a) {
    chtype c[2] = {0};
    int r;
    for (int i = 0; i < 2; i++)
        if (!value_is_null(a[i]) && curses_chtype(t, a[i], &c[i]) < 0) return REF_NULL;
    CURSES_CALL(t, r, box(WIN(self), c[0], c[1]));
    return curses_result(t, r, "box");
}
static Ref draw_line(Thread *t, Value self, const char *function, int (*fn)(WINDOW *, chtype, int), const Value *args, size_t nargs, Value kwnames) {
    Place p;
    const Value *a;
    size_t n;
    chtype c;
    attr_t attr = 0;
    int length, r;
    if (place_get(t, function, args, nargs, kwnames, 2, 3, &p, &a, &n) < 0 || curses_chtype(t, a[0], &c) < 0 || as_int(t, a[1], &length) < 0 || (n > 2 && attr_get_arg(t, a[2], &attr) < 0))
        return REF_NULL;
    AT(t, r, p, WIN(self), fn(WIN(self), c | attr, length));
    return curses_result(t, r, function);
}
RAW(hline) { return draw_line(t, self, "hline", whline, args, nargs, kwnames); }
RAW(vline) { return draw_line(t, self, "vline", wvline, args, nargs, kwnames); }
RAW(chgat) {
    Place p;
    const Value *a;
    size_t n;
    attr_t attr;
    int length = -1, r;
    if (place_get(t, "chgat", args, nargs, kwnames, 1, 2, &p, &a, &n) < 0 || (n > 1 && as_int(t, a[0], &length) < 0) || attr_get_arg(t, a[n - 1], &attr) < 0) return REF_NULL;
    AT(t, r, p, WIN(self), (r = wchgat(WIN(self), length, attr & ~A_COLOR, (short)PAIR_NUMBER(attr), NULL), touchline(WIN(self), getcury(WIN(self)), 1), r));
    return curses_result(t, r, "chgat");
}
RAW(delch) {
    Place p;
    const Value *a;
    size_t n;
    int r;
    if (place_get(t, "delch", args, nargs, kwnames, 0, 0, &p, &a, &n) < 0) return REF_NULL;
    AT(t, r, p, WIN(self), wdelch(WIN(self)));
    return curses_result(t, r, "delch");
}
RAW(inch) {
    Place p;
    const Value *a;
    size_t n;
    chtype c;
    if (place_get(t, "inch", args, nargs, kwnames, 0, 0, &p, &a, &n) < 0) return REF_NULL;
    AT(t, c, p, WIN(self), winch(WIN(self)));
    return int_from_u64(t, c);
}
RAW(instr) {
    Place p;
    const Value *a;
    size_t n;
    int limit = 1023, r;
    char text[1024];
    if (place_get(t, "instr", args, nargs, kwnames, 0, 1, &p, &a, &n) < 0 || (n > 0 && as_int(t, a[0], &limit) < 0)) return REF_NULL;
    if (limit < 0) return err_set(t, E_ValueError, "'n' must be nonnegative");
    if (limit > 1023) limit = 1023;
    AT(t, r, p, WIN(self), winnstr(WIN(self), text, limit));
    return r == ERR ? ref_new(t, bytes_empty()) : bytes_new(t, text, strlen(text));
}

/* ---- input ----------------------------------------------------------------------------------------------------------------------------------------- */

/* A key, of text a character (`wide`) or a byte, without holding the lock while it waits: the delay is done here. 1 and *key; 0: none came (ERR); -1: exception.
   *code: a function key */
static int read_key(Thread *t, Value self, const Place *p, bool wide, wint_t *key, bool *code) {
    WINDOW *w = WIN(self);
    int64_t began = now_ns();
    for (;;) {
        int locked = curses_enter(t), delay = wgetdelay(w), r;
        if (p->given && wmove(w, p->y, p->x) == ERR) {
            curses_leave(t, locked);
            return 0;
        }
        if (delay != 0) wtimeout(w, 0);
        if (wide) {
            r = wget_wch(w, key);
            *code = r == KEY_CODE_YES;
        } else {
            r = wgetch(w);
            *key = (wint_t)r;
            *code = r > UCHAR_MAX;
        }
        if (delay != 0) wtimeout(w, delay);
        curses_leave(t, locked);
        if (after_interrupt(t) < 0) return -1;
        if (r != ERR) return 1;
        int64_t left = delay < 0 ? 100 : delay - (now_ns() - began) / 1000000;
        if (delay == 0 || left <= 0) return 0;
        struct pollfd f = {.fd = 0, .events = POLLIN};
        int n;
        DETACHED(t, n = poll(&f, 1, left > 100 ? 100 : (int)left)); /* what was pushed back doesn't wake it: looked at each tenth of a second */
        if (n > 0 && (f.revents & (POLLHUP | POLLERR)) && !(f.revents & POLLIN)) return 0;
        if (after_interrupt(t) < 0) return -1;
    }
}
#define KEY_PLACE(name, wide)                                                               \
    Place p;                                                                                \
    const Value *a;                                                                         \
    size_t n;                                                                               \
    wint_t key;                                                                             \
    bool code;                                                                              \
    if (place_get(t, name, args, nargs, kwnames, 0, 0, &p, &a, &n) < 0) return REF_NULL;    \
    int got = read_key(t, self, &p, wide, &key, &code);                                     \
    if (got < 0) return REF_NULL;
RAW(getch) {
    KEY_PLACE("getch", false)
    return ref_small_int(got == 0 ? ERR : (int)key);
}
RAW(getkey) {
    KEY_PLACE("getkey", false)
    if (got == 0) return curses_error(t, "no input");
    if (!code) return str_from_char(t, key);
    const char *name = keyname((int)key);
    return str_from_cstr(t, name ? name : "");
}
RAW(get_wch) {
    KEY_PLACE("get_wch", true)
    if (got == 0) return curses_error(t, "no input");
    return code ? ref_small_int(key) : str_from_char(t, key);
}
RAW(getstr) {
    Place p;
    const Value *a;
    size_t n;
    int limit = 1023, r;
    char text[1024];
    if (place_get(t, "getstr", args, nargs, kwnames, 0, 1, &p, &a, &n) < 0 || (n > 0 && as_int(t, a[0], &limit) < 0)) return REF_NULL;
    if (limit < 0) return err_set(t, E_ValueError, "'n' must be nonnegative");
    if (limit > 1023) limit = 1023;
    int locked = curses_enter(t);
    r = p.given && wmove(WIN(self), p.y, p.x) == ERR ? ERR : OK;
    if (r == OK) DETACHED(t, r = wgetnstr(WIN(self), text, limit)); /* a whole line is one call of the library */
    curses_leave(t, locked);
    return r == ERR ? ref_new(t, bytes_empty()) : bytes_new(t, text, strlen(text));
}

/* ---- windows in windows ---------------------------------------------------------------------------------------------------------------------------------- */

static Ref part(Thread *t, Value self, WINDOW *made) {
    return made == NULL ? curses_error(t, "curses function returned NULL") : curses_window_new(t, made, self, as(Window, self)->encoding);
}
RAW(sub) {
    int i[4] = {0};
    WINDOW *made;
    if (no_kwargs(t, "subwin", kwnames) < 0) return REF_NULL;
    if (nargs != 2 && nargs != 4) return err_set(t, E_TypeError, "_curses.window.subwin requires 2 to 4 arguments");
    for (size_t k = 0; k < nargs; k++)
        if (as_int(t, args[k], &i[nargs == 2 ? k + 2 : k]) < 0) return REF_NULL;
    CURSES_CALL(t, made, is_pad(WIN(self)) ? subpad(WIN(self), i[0], i[1], i[2], i[3]) : subwin(WIN(self), i[0], i[1], i[2], i[3]));
    return part(t, self, made);
}
RAW(derwin) {
    int i[4] = {0};
    WINDOW *made;
    if (no_kwargs(t, "derwin", kwnames) < 0) return REF_NULL;
    if (nargs != 2 && nargs != 4) return err_set(t, E_TypeError, "_curses.window.derwin requires 2 to 4 arguments");
    for (size_t k = 0; k < nargs; k++)
        if (as_int(t, args[k], &i[nargs == 2 ? k + 2 : k]) < 0) return REF_NULL;
    CURSES_CALL(t, made, derwin(WIN(self), i[0], i[1], i[2], i[3]));
    return part(t, self, made);
}
static Ref show(Thread *t, Value self, const char *name, int (*fn)(WINDOW *), int (*pad)(WINDOW *, int, int, int, int, int, int), const Value *args, size_t nargs, Value kwnames) {
    int i[6], r;
    if (no_kwargs(t, name, kwnames) < 0) return REF_NULL;
    if (is_pad(WIN(self))) {
        if (nargs != 6) return curses_error(t, strcmp(name, "refresh") == 0 ? "refresh() for a pad requires 6 arguments" : "noutrefresh() called for a pad requires 6 arguments");
        for (int k = 0; k < 6; k++)
            if (as_int(t, args[k], &i[k]) < 0) return REF_NULL;
        CURSES_CALL(t, r, pad(WIN(self), i[0], i[1], i[2], i[3], i[4], i[5]));
    } else {
        if (nargs != 0) return err_set(t, E_TypeError, "%s() takes no arguments (%zu given)", name, nargs);
        CURSES_CALL(t, r, fn(WIN(self)));
    }
    return curses_result(t, r, name);
}
RAW(refresh) { return show(t, self, "refresh", wrefresh, prefresh, args, nargs, kwnames); }
RAW(noutrefresh) { return show(t, self, "noutrefresh", wnoutrefresh, pnoutrefresh, args, nargs, kwnames); }
static Ref copy_over(Thread *t, Value self, const char *name, bool overlay_, const Value *args, size_t nargs, Value kwnames) {
    int i[6], r;
    if (no_kwargs(t, name, kwnames) < 0) return REF_NULL;
    if (nargs != 1 && nargs != 7) return err_set(t, E_TypeError, "%s requires one or seven arguments", name);
    if (!is_exact(args[0], &curses_window_type)) return err_bad_argument(t, name, "1", "_curses.window", args[0]);
    for (size_t k = 1; k < nargs; k++)
        if (as_int(t, args[k], &i[k - 1]) < 0) return REF_NULL;
    WINDOW *from = WIN(self), *to = WIN(args[0]);
    CURSES_CALL(t, r, nargs == 7 ? copywin(from, to, i[0], i[1], i[2], i[3], i[4], i[5], overlay_) : overlay_ ? overlay(from, to) : overwrite(from, to));
    return curses_result(t, r, name);
}
RAW(overlay) { return copy_over(t, self, "overlay", true, args, nargs, kwnames); }
RAW(overwrite) { return copy_over(t, self, "overwrite", false, args, nargs, kwnames); }
static Ref w_putwin(Thread *t, Value self, const Value *a) {
    FILE *file = tmpfile();
    char data[8192];
    size_t n;
    int r;
    if (file == NULL) return err_errno(t, errno, VALUE_NULL);
    CURSES_CALL(t, r, putwin(WIN(self), file));
    Ref result = curses_result(t, r, "putwin");
    rewind(file);
    while (!ref_is_null(result) && (n = fread(data, 1, sizeof data, file)) > 0) {
        Ref bytes = bytes_new(t, data, n), done = ref_is_null(bytes) ? bytes : call_method1(t, a[0], str_intern_cstr(t, "write"), ref_borrow(bytes));
        ref_drop(t, bytes);
        if (ref_is_null(done)) result = REF_NULL;
        ref_drop(t, done);
    }
    fclose(file);
    return result;
}

static Ref get_encoding(Thread *t, Value self, void *c) { return str_from_cstr(t, as(Window, self)->encoding); }
static int set_encoding(Thread *t, Value self, Value v, void *c) {
    if (value_is_null(v)) return err_int(err_set(t, E_TypeError, "encoding may not be deleted"));
    if (!is_str(v)) return err_int(err_set(t, E_TypeError, "setting encoding to a non-string"));
    const char *text = str_utf8(t, v, NULL);
    char *copy = text ? mem_alloc(strlen(text) + 1) : NULL, *old;
    if (copy == NULL) return text ? err_int(err_no_memory(t)) : -1;
    strcpy(copy, text);
    CRITICAL_BEGIN(t, value_object(self))
    old = as(Window, self)->encoding;
    as(Window, self)->encoding = copy;
    CRITICAL_END(t)
    mem_retire(t, old, strlen(old) + 1); /* another thread may be decoding by it */
    return 0;
}

#define W0(name) FN(#name, "!($self, /)", w_##name, NULL)
#define W1(name) FN(#name, "!($self, a, /)", w_##name, NULL)
#define W2(name) FN(#name, "!($self, a, b, /)", w_##name, NULL)
#define WR(name) FN_RAW(#name, NULL, w_##name, NULL)
static NativeDef methods[] = {
    WR(addch), WR(addnstr), WR(addstr), W1(attroff), W1(attron), W1(attrset), FN("bkgd", "!($self, ch, attr=0, /)", w_bkgd, NULL), FN("bkgdset", "!($self, ch, attr=0, /)", w_bkgdset, NULL),
    FN("border", "!($self, ls=0, rs=0, ts=0, bs=0, tl=0, tr=0, bl=0, br=0, /)", w_border, NULL), FN("box", "!($self, verch=0, horch=0, /)", w_box, NULL), WR(chgat), W0(clear), W1(clearok), W0(clrtobot),
    W0(clrtoeol), W0(cursyncup), WR(delch), W0(deleteln), WR(derwin), WR(echochar), W2(enclose), W0(erase), W0(getbegyx), W0(getbkgd), WR(getch), WR(getkey), WR(get_wch), W0(getmaxyx), W0(getparyx),
    WR(getstr), W0(getyx), WR(hline), W1(idcok), W1(idlok), W1(immedok), WR(inch), WR(insch), W1(insdelln), W0(insertln), WR(insnstr), WR(insstr), WR(instr), W1(is_linetouched), W0(is_wintouched),
    W1(keypad), W1(leaveok), FN("move", "!($self, a, b, /)", w_wmove, NULL), W2(mvderwin), W2(mvwin), W1(nodelay), W1(notimeout), WR(noutrefresh), WR(overlay), WR(overwrite), W1(putwin), W2(redrawln), W0(redrawwin), WR(refresh), W2(resize),
    FN("scroll", "!($self, lines=1, /)", w_scroll, NULL), W1(scrollok), W2(setscrreg), W0(standend), W0(standout), FN_RAW("subpad", NULL, w_sub, NULL), FN_RAW("subwin", NULL, w_sub, NULL), W0(syncdown),
    W1(syncok), W0(syncup), W1(timeout), FN("touchline", "!($self, start, count, changed=True, /)", w_touchline, NULL), W0(touchwin), W0(untouchwin), WR(vline), FN_END,
};
static const GetSetDef getset[] = {{"encoding", get_encoding, set_encoding, "The encoding of text given as bytes.", NULL}, {NULL}};
Type curses_window_type = {
    TYPE_HEADER(Window, TYPE_CONTAINER | TYPE_NO_INSTANTIATION, window_traverse, NULL, window_destroy), .name = "_curses.window", .methods = methods, .getset = getset,
};
