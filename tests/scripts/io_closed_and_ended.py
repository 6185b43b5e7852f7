"""Streams at their end and closed: reconfigure() refuses another newline only while something read is in hand; a BytesIO is its own iterator, always."""
import io


def tried(*steps):
    stream = io.TextIOWrapper(io.BytesIO(b"ab\ncd\n"), encoding="ascii")
    for step in steps:
        step(stream)
    try:
        stream.reconfigure(newline="\n")
        print("done", stream.tell())
    except Exception as error:
        print(type(error).__name__, error)


tried()
tried(lambda s: s.readline())
tried(lambda s: s.readline(), lambda s: s.readline())
tried(lambda s: s.readline(), lambda s: s.readline(), lambda s: s.readline())
tried(lambda s: s.read())
tried(lambda s: s.read(2))
tried(lambda s: s.read(20))
tried(lambda s: s.read(20), lambda s: s.read(20))
tried(lambda s: list(s))
tried(lambda s: s.readlines())
tried(lambda s: s.read(3), lambda s: s.seek(0))
tried(lambda s: list(s), lambda s: s.close())

for stream in io.BytesIO(b"a"), io.StringIO("a"), io.BufferedReader(io.BytesIO(b"a")):
    stream.close()
    try:
        print(iter(stream) is stream)
    except Exception as error:
        print(type(error).__name__, error)

for make in lambda: io.BufferedRandom(io.BytesIO(b"abc")), lambda: io.BufferedWriter(io.BytesIO()), lambda: io.BufferedReader(io.BytesIO()), lambda: io.BufferedRWPair(io.BytesIO(), io.BytesIO()):
    for end in "close", "detach":
        for name, *arguments in ("write", b""), ("write", ""), ("read",), ("peek",), ("flush",), ("seek", 0), ("tell",), ("truncate",), ("readline",), ("detach",), ("fileno",), ("readable",), ("__enter__",), ("close",):
            stream = make()
            try:
                getattr(stream, end)()
                print(end, name, getattr(stream, name)(*arguments))
            except Exception as error:
                print(end, name, type(error).__name__, error)
