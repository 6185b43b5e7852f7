"""What itertools' iterators pickle as and accept back, and where a text stream begins to decode after seek()."""
import array
import io
import itertools

for n in range(4):
    it = itertools.cycle("ab")
    for _ in range(n):
        next(it)
    print(it.__reduce__()[2])
for state in ["b"], 1.5, None, "1", True:
    try:
        print(itertools.islice([1], 2).__setstate__(state))
    except Exception as error:
        print(type(error).__name__, error)
for encoding in "utf-16", "utf-8-sig", "utf-32", "utf-16-le":
    for place in range(0, 10):
        stream = io.TextIOWrapper(io.BytesIO("set()\n".encode(encoding)), encoding)
        try:
            stream.seek(place)
            print(encoding, place, ascii(stream.read()), stream.tell())
        except Exception as error:
            print(encoding, place, type(error).__name__, error)


class Index:
    def __index__(self):
        return 1


class Getting:
    def __getitem__(self, i):
        return i


for make in (lambda: iter([1, 2, 3]), lambda: iter((1, 2, 3)), lambda: iter("abc"), lambda: iter("日本語"), lambda: iter(b"abc"), lambda: iter(bytearray(b"abc")), lambda: reversed([1, 2, 3]), lambda: reversed((1, 2, 3)),
             lambda: iter(array.array("i", [1, 2, 3])), lambda: iter(Getting()), lambda: itertools.islice([1, 2, 3], 1), lambda: iter(range(3)), lambda: reversed(range(3))):
    for state in "a", 1.5, None, 10 ** 30, -10 ** 30, (1,), True, 1, -1, 5, Index():
        it = make()
        try:
            it.__setstate__(state)
            print(type(it).__name__, next(it, "end"))
        except Exception as error:
            print(type(it).__name__, type(error).__name__, error)
