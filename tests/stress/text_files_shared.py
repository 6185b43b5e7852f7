# Text files that threads share: one ends its iteration while another reads a chunk, one detaches, closes or reconfigures while others read and write; and files that become shared in the
# middle of an operation.
import codecs
import io
import os
import threading

from _stress import check, done, together, turns

TURNS = turns(300)
LINES = ["line %d\n" % i for i in range(40)]
DATA = "".join(LINES).encode()
f = io.TextIOWrapper(io.BytesIO(DATA), encoding="utf-8")
f._CHUNK_SIZE = 7


def iterate(number, random):
    for turn in range(TURNS):
        try:
            if number % 3 == 0:
                f.seek(0)
                f.tell()
            for line in f:
                check(set(line) <= set("line 0123456789\n"), "characters that nobody wrote", repr(line))
            f.readline()
        except (OSError, UnicodeError):
            pass


shared = io.TextIOWrapper(io.BytesIO(DATA), encoding="utf-8")
newlines = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")(), True)


def change(number, random):
    for turn in range(TURNS):
        try:
            match number % 6:
                case 0:
                    shared.reconfigure(encoding=random.choice(("utf-8", "latin-1", "cp1252", "utf-16")), line_buffering=turn % 2 == 0)
                case 1:
                    shared.write("abc\n")
                case 2:
                    shared.seek(0)
                    shared.readline()
                case 3:
                    if turn % 8 == 0:
                        shared.detach()
                    shared.closed, shared.encoding, shared.errors, shared.newlines, shared.line_buffering, shared.name
                case 4:
                    shared.__init__(io.BytesIO(DATA), encoding=random.choice(("utf-8", "cp1252")))
                case 5:
                    shared.tell()
                    repr(shared)
        except (ValueError, OSError, AttributeError):
            pass
        newlines.decode(b"a\r")
        newlines.decode(b"\nb", turn % 2 == 0)
        newlines.setstate((b"", newlines.getstate()[1] & 1))
        if turn % 5 == 0:
            newlines.reset()


def pairs(number, random):
    for turn in range(TURNS):
        try:
            if number % 4 == 0:
                pair.__init__(io.BytesIO(DATA), io.BytesIO())
            elif number % 4 == 1:
                reader.detach()
                reader.__init__(io.BytesIO(DATA))
            elif number % 4 == 2:
                reader.seek(3)
                reader.closed, reader.peek(3), reader.read1(), reader.tell()
            pair.read(10), pair.write(b"x" * 100), pair.closed
        except (ValueError, AttributeError):
            pass


pair = io.BufferedRWPair(io.BytesIO(DATA), io.BytesIO())
reader = io.BufferedReader(io.BytesIO(DATA))


class Tells(io.RawIOBase):
    """Its read is where the file that stands above becomes known to others."""

    def __init__(self):
        self.left = 200
        self.told = False

    def readable(self):
        return True

    def readinto(self, into):
        if not self.told:
            self.told = True
            self.tell_others()
        n = min(len(into), self.left)
        into[:n] = b"\n" * n if n < 30 else b"0123456789012345678901234567\r\n" + b"\n" * (n - 30)
        self.left -= n
        return n


def becoming_shared(number, random):
    for turn in range(TURNS // 15):
        raw = Tells()
        buffered = io.BufferedReader(raw, 16)
        text = io.TextIOWrapper(buffered, encoding="utf-8")
        others = []

        def read():
            try:
                while text.readline():
                    pass
                while buffered.readline():
                    pass
            except (ValueError, RuntimeError):
                pass

        def tell_others():
            others.extend(threading.Thread(target=read) for _ in range(2))
            for thread in others:
                thread.start()

        raw.tell_others = tell_others
        read()
        for thread in others:
            thread.join()


together(iterate, 6)
together(change, 12)
together(pairs, 8)
together(becoming_shared, 4)
done()
