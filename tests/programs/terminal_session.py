# A session at the prompt in a terminal: editing, completion by Tab, history over sessions, interrupts, the end of input.
import os
import pty
import re
import select
import sys
import tempfile
import time


class Session:
    def __init__(self, home):
        self.text = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(HOME=home, TERM="dumb", LC_ALL="C.UTF-8", PYTHONSTARTUP="", INPUTRC="/dev/null")
            os.execv(sys.executable, [sys.executable, "-q"])
        self.wait_for(b">>> ")

    def wait_for(self, what):
        """Reads until that has come; returns all that came before and it."""
        end = time.monotonic() + 20
        while what not in self.text:
            ready = select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]
            try:
                more = os.read(self.fd, 4096) if ready else b""
            except OSError:
                more = b""
            if not more:
                raise SystemExit("no %r in %r" % (what, self.text))
            self.text += more
        at = self.text.index(what) + len(what)
        seen, self.text = self.text[:at], self.text[at:]
        return seen

    def say(self, keys, until=b">>> "):
        os.write(self.fd, keys)
        seen = self.wait_for(until)
        print(repr(re.sub(rb"\x1b\[\?2004[hl]|\x07", b"", seen).decode().replace("\r", "")))

    def interrupt(self):
        """Ctrl-C while it waits for a key: python3.11 overlooks one between its prompt and the wait (until the next key)."""
        while open("/proc/%d/stat" % self.pid).read().rpartition(") ")[2][0] != "S":
            os.sched_yield()
        self.say(b"\x03")

    def end(self):
        while True:
            try:
                if not os.read(self.fd, 4096):
                    break
            except OSError:
                break
        os.close(self.fd)
        print(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]))


with tempfile.TemporaryDirectory() as home:
    s = Session(home)
    s.say(b"1 + 1\n")
    s.say(b"'abc'\x02\x02d\n")  # two to the left
    s.say(b"import collections\n")
    s.say(b"collecti\t", b"collections")
    s.say(b".nam\t", b".namedtuple(")
    s.say(b"\x15'instead'\n", b"'instead'\r\n'instead'\r\n>>> ")  # the line is dropped
    s.say(b"alphabet = 5\n")
    s.say(b"alph\t * 2\n", b"\n10\r\n>>> ")
    s.say(b"def f(x):\n", b"... ")
    s.say(b"\treturn x + 1\n", b"... ")
    s.say(b"\n")
    s.say(b"f(41)\n")
    s.say(b"\x10\n")  # up
    s.say(b"x = [1,\n", b"... ")
    s.interrupt()
    s.say(b"half a li", b"half a li")
    s.interrupt()
    s.say(b"input('name? ')\n", b"\nname? ")
    s.say(b"Grace\n")
    s.say(b"import readline; readline.get_current_history_length() > 5, readline.get_completer_delims()[:3]\n")
    s.say("'höher'.upper()\n".encode())
    s.say(b"'last'\n")
    os.write(s.fd, b"\x04")
    s.end()
    print(open(home + "/.python_history").read().splitlines()[-1:])
    s = Session(home)
    s.say(b"\x10\n")
    s.say(b"exit(3)\n", b"exit(3)\r\n")
    s.end()
