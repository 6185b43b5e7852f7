/* Python stacks written to a descriptor by nothing but write(): what faulthandler shows, from a signal handler too.
 *
 * NOLOCK: nothing is stopped and nothing locked, since the process may be in any state; the stack of a running thread is shown as it is found, roughly.
 */
#include "runtime/str.h"
#include "runtime/vm_hooks.h"
#include "vm/dump.h"
#include "vm/frame.h"
#include <unistd.h>

#define FRAMES_MAX 100
#define TEXT_MAX 500

static void put(int fd, const char *s, size_t n) {
    ssize_t done = write(fd, s, n);
    (void)done;
}
static void put_text(int fd, const char *s) { put(fd, s, strlen(s)); }
static void put_hex(int fd, uint32_t c, int digits) {
    char out[8];
    for (int i = 0; i < digits; i++) out[i] = "0123456789abcdef"[c >> 4 * (digits - 1 - i) & 15];
    put(fd, out, (size_t)digits);
}
static void put_number(int fd, uint32_t n) {
    char out[10];
    size_t i = sizeof out;
    do out[--i] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    put(fd, out + i, sizeof out - i);
}
/* A str in ASCII, other characters escaped */
static void put_str(int fd, Value v) {
    if (!value_is_object(v) || !is_str(v)) {
        put_text(fd, "???");
        return;
    }
    const Str *s = as(Str, v);
    size_t n = s->length > TEXT_MAX ? TEXT_MAX : s->length;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = str_at(s, i);
        if (c >= ' ' && c < 127) put(fd, &(char){(char)c}, 1);
        else {
            put_text(fd, c <= 0xff ? "\\x" : c <= 0xffff ? "\\u" : "\\U");
            put_hex(fd, c, c <= 0xff ? 2 : c <= 0xffff ? 4 : 8);
        }
    }
    if (n < s->length) put_text(fd, "...");
}

void dump_stack(Thread *t, int fd) {
    int n = 0;
    if (t->frame == NULL) put_text(fd, "  <no Python frame>\n");
    for (Frame *f = t->frame; f != NULL; f = f->prev) {
        Code *c = f->code;
        if (c == NULL) continue;
        if (n++ == FRAMES_MAX) {
            put_text(fd, "  ...\n");
            return;
        }
        int64_t at = f->pc == NULL ? -1 : f->pc - 1 - c->instr;
        put_text(fd, "  File ");
        put_text(fd, "\"");
        put_str(fd, slot_get(&c->filename));
        put_text(fd, "\", line ");
        int line = at >= 0 && at <= c->size ? code_line(c, (uint32_t)at) : c->first_line;
        if (line > 0) put_number(fd, (uint32_t)line);
        else put_text(fd, "???");
        put_text(fd, " in ");
        put_str(fd, slot_get(&c->name));
        put_text(fd, "\n");
    }
}
