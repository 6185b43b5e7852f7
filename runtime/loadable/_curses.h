/* _curses: the window object, for _curses_panel too.
 *
 * ncurses keeps one state for the process: every call is made under one lock (curses_lock), which isn't held while a key is waited for.
 */
#ifndef WEFT_LOADABLE_CURSES_H
#define WEFT_LOADABLE_CURSES_H
#define NCURSES_WIDECHAR 1
#include "runtime/loadable/stream.h"
#include <ncurses.h>

typedef struct Window {
    Object base;
    Slot parent;     /* the window whose part it is, or null: kept alive as long */
    WINDOW *win;     /* owned, but for stdscr's */
    char *encoding;  /* mem_alloc'ed */
} Window;
#endif
