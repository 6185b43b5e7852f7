/* Where a thread is, written straight to a file descriptor: for faulthandler. No allocation, no lock, no object touched: it may run in a signal handler. A
 * thread that isn't stopped may move meanwhile; then what is written may be wrong, and reading it is as safe as such a look can be. */
#include <stdio.h>
#include <unistd.h>

#include "runtime/str.h"
#include "vm/traceback.h"

enum { MOST_FRAMES = 100, MOST_TEXT = 500 };

static void put(int fd, const char *s, size_t n) {
    while (n > 0) {
        ssize_t done = write(fd, s, n);
        if (done <= 0) return;
        s += done;
        n -= (size_t)done;
    }
}
static void put_text(int fd, const char *s) { put(fd, s, strlen(s)); }
static void put_number(int fd, uint64_t v) {
    char digits[24];
    size_t n = sizeof digits;
    do digits[--n] = (char)('0' + v % 10);
    while (v /= 10);
    put(fd, digits + n, sizeof digits - n);
}
static void put_hex(int fd, uint64_t v, int width) {
    for (int i = width - 1; i >= 0; i--) put(fd, &"0123456789abcdef"[v >> (4 * i) & 15], 1);
}

/* ASCII with escapes; ??? if it isn't a str. */
static void put_str(int fd, Value v) {
    if (!value_is_object(v) || type_of(v) != &str_type) {
        put_text(fd, "???");
        return;
    }
    const Str *s = as(Str, v);
    for (size_t i = 0; i < s->length; i++) {
        uint32_t c = str_at(s, i);
        char ascii = (char)c;
        if (i == MOST_TEXT) {
            put_text(fd, "...");
            return;
        }
        if (c >= ' ' && c < 127) put(fd, &ascii, 1);
        else {
            put_text(fd, c < 256 ? "\\x" : c < 65536 ? "\\u" : "\\U");
            put_hex(fd, c, c < 256 ? 2 : c < 65536 ? 4 : 8);
        }
    }
}

void dump_stack(Thread *t, int fd) {
    const Frame *f = t->stack_base ? t->frame : NULL;
    if (!f) put_text(fd, "  <no Python frame>\n");
    for (int depth = 0; f; f = f->prev, depth++) {
        if (depth == MOST_FRAMES) {
            put_text(fd, "  ...\n");
            return;
        }
        Code *c = f->code;
        put_text(fd, "  File \"");
        put_str(fd, slot_get(&c->filename));
        put_text(fd, "\", line ");
        int line = f->pc ? code_line(c, frame_at(f)) : 0;
        if (line > 0) put_number(fd, (uint64_t)line);
        else put_text(fd, "???");
        put_text(fd, " in ");
        put_str(fd, slot_get(&c->name));
        put_text(fd, "\n");
    }
}
