/* _curses: what its two files share. */
#ifndef WEFT_LOADABLE_CURSES_INTERNAL_H
#define WEFT_LOADABLE_CURSES_INTERNAL_H
#include "runtime/loadable/_curses.h"
#include "runtime/times.h"

extern Type curses_window_type;
Ref curses_window_new(Thread *t, WINDOW *win, Value parent, const char *encoding);
/* The library's one lock; what curses_enter gives goes to curses_leave. */
int curses_enter(Thread *t);
void curses_leave(Thread *t, int locked);
/* r = expression, under the lock (further statements may follow it) */
#define CURSES_CALL(t, r, ...)              \
    do {                                    \
        int locked_ = curses_enter(t);      \
        r = __VA_ARGS__;                    \
        curses_leave(t, locked_);           \
    } while (0)
Ref curses_error(Thread *t, const char *message);
Ref curses_result(Thread *t, int r, const char *function); /* None, or curses.error "f() returned ERR" */
int curses_char(Thread *t, Value v, attr_t attr, cchar_t *out);
int curses_chtype(Thread *t, Value v, chtype *out);
#endif
