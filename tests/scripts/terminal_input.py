# input() at a terminal without the module readline: the terminal's own line discipline echoes. What curses says of bad places and colours.
import os
import pty
import signal
import sys
import time


def session(program, steps):
    """Runs it at a terminal: sends each text once the one before it in the pair has come. What came, with the status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.execv(sys.executable, [sys.executable, "-c", program])
    out, since = b"", 0
    for wanted, sent in [*steps, (None, None)]:
        while wanted is None or wanted not in out[since:]:
            try:
                data = os.read(fd, 4096)
            except OSError:  # the other side is closed
                data = b""
            if not data:
                break
            out += data
        since = len(out)
        if sent:
            time.sleep(0.5)  # a signal just before the read is seen only after it
            os.write(fd, sent)
    return out.decode(), os.waitpid(pid, 0)[1]


print(session("try: input('> ')\nexcept EOFError as e: print('end', e)", [(b"> ", b"\x04")]))
print(session("print(repr(input('> ')))", [(b"> ", b"ab\x7fc\n")]), flush=True)
print(session("try: input('> ')\nexcept KeyboardInterrupt as e: print('interrupted')", [(b"> ", b"\x03")]), flush=True)
print(session("import readline; print(repr(input('> ')))", [(b"> ", b"bc\x01a\n")])[0][-8:])

CURSES = r"""
import curses
said = []
def say(f, *args):
    try:
        said.append((f.__name__, args, f(*args)))
    except (curses.error, ValueError, TypeError) as e:
        said.append((f.__name__, args, type(e).__name__, str(e)))
def main(screen):
    for f in screen.addstr, screen.addch, screen.insstr, screen.insch, screen.addnstr, screen.insnstr:
        for args in (100, 100, "x"), (100, 100, b"x"), (100, 100, 65), (100, 100, "x", 1), (100, 100, b"x", 1), (b"ab",), ("ab",), (1.5,):
            say(f, *args)
    for f in curses.color_content, curses.pair_content:
        say(f, -1), say(f, 99999)
    say(curses.init_pair, 1, 1, -1), say(curses.init_pair, -1, 1, 1), say(curses.init_pair, 99999, 1, 1), say(curses.init_pair, 1, 99999, 1), say(curses.init_pair, 1, 1, -2)
    say(curses.init_color, 1, 2, 3, 4), say(curses.init_color, 99999, 2, 3, 4)
    curses.newwin(3, 3).refresh()
curses.wrapper(main)
for line in said: print(line)
"""
out, status = session(CURSES, [])
print(ascii(out[:out.index("('addstr'")]), status)
print(out[out.index("('addstr'"):])
