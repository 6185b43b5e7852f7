# What random programs have shown to differ.
def show(make):
    try:
        print(make())
    except Exception as error:
        print(type(error).__name__, error)


for x in (b"", b"ab", "", None, 1, [], [(1, 2)], range(3), {1: 2}, type):
    show(lambda: {**x, "k": 1})


class Mapping:
    def keys(self):
        return ["a"]

    def __getitem__(self, key):
        return key


show(lambda: {**Mapping()})


class Plain:
    pass


for o in (1, None, len, "text", (1,), b"ab", range(3), {1}, frozenset(), {}.keys(), Plain(), Plain, 1.5, type, show):
    for key in (0, slice(1), "k", True):
        try:
            del o[key]
        except Exception as error:
            print(type(error).__name__, error)
show(lambda: (1).to_bytes(1, int))
show(lambda: int.from_bytes(b"a", None))
for size in (2 ** 63 - 1, 2 ** 63, -1):
    for kind in (bytes, bytearray):
        try:
            kind(size)
        except MemoryError:
            print("MemoryError")
        except Exception as error:
            print(type(error).__name__, error)

# a character replaced by itself, so many times; the sign of what nextafter() makes of two NaNs; a deque repeated more often than can be counted
print("aXa".replace("a", "a", 10 ** 18), "aXaa".replace("a", "b", 2), "\xe9x\xe9".replace("x", "x", 3))
import math, struct
nan = float("nan")
print(*(struct.pack(">d", math.nextafter(x, y)).hex() for x in (nan, -nan, 1.0, 0.0, -0.0) for y in (nan, -nan, 1.0, 0.0, -0.0)))
from collections import deque
for items in [], [1], [1, 2], [1, 2, 3]:
    for most in 0, 1, 2, 4:
        for n in 2 ** 62, 2 ** 63 - 1, 3 * 10 ** 18, 2 ** 61, 5:
            d = deque(items, most)
            try:
                print(d * n, n * d, d.__imul__(n))
            except MemoryError:
                print(items, most, n, "MemoryError")


# what there is nothing to format or to part in stays itself, whatever its class
class Own(str):
    pass


class OwnBytes(bytes):
    pass


for text in Own("abc"), "abc", Own(""):
    same = []
    for arguments in (), [], {}, [1], {1: 2}, (1,):
        try:
            result = text % arguments
            same.append((type(result).__name__, result is text))
        except TypeError as error:
            same.append(str(error))
    for result in text.format(), text.format(1, a=2), text.format_map({}), text.partition("x")[0], text.rpartition("x")[2]:
        same.append((type(result).__name__, result is text))
    print(same)
print([type(text % ()).__name__ for text in (Own("%%"), Own("a%%"))], type(Own("a{{").format()).__name__, type(Own("a}}").format()).__name__)
for data in OwnBytes(b"abc"), b"abc", bytearray(b"abc"):
    print([(type(part).__name__, part is data) for part in (*data.partition(b"x"), *data.rpartition(b"x"))], type(data % ()).__name__)

# what a method says without self; underscores in complex numbers; which argument is looked at first; memory that isn't contiguous, though it's empty
import array, binascii, bisect, functools, hashlib, io, random, re, zlib
for method in deque.append, functools.partial.__reduce__, re.Pattern.match, io.StringIO.read, array.array.append, str.upper, random.Random.random:
    show(method)
for text in "1_", "_1", "1__2", "1_2", "x_", "x", "1_j", "1_é", "1_000.5_5+1j", "1+_2j", " 1_1 ", "(1_1)", "1_\x00", "1\x00", "_":
    show(lambda: complex(text))
for make in (lambda: zlib.adler32("a", b"x"), lambda: zlib.crc32("a", b"x"), lambda: binascii.crc32("a", b"x"), lambda: struct.pack([], 1), lambda: struct.calcsize(1.5), lambda: io.TextIOWrapper([], "nothing"),
             lambda: io.IOBase()._checkClosed(1), lambda: re.findall(b".", memoryview(b"abcd")[::2]), lambda: bisect.bisect({}, 1), lambda: hashlib.md5(memoryview(b"ab")[:0:2]), lambda: memoryview(b"ab")[:0:2].contiguous,
             lambda: b"-".join([memoryview(b"ab")[:0:2], b"x"]), lambda: memoryview(b"ab")[:1:2].c_contiguous):
    show(make)
for code, value in (("b", 128), ("b", 65536), ("b", -129), ("b", -40000), ("b", 2 ** 64), ("B", 256), ("B", -1), ("B", 2 ** 64), ("H", 65536), ("H", 2 ** 31), ("H", -1), ("H", -2 ** 40), ("H", 2 ** 64), ("h", 2 ** 31)):
    show(lambda: array.array(code, [value]))
for form, value in (("%.*d", -2 ** 31), ("%.*d", -2 ** 31 - 1), ("%*d", -2 ** 63), ("%*d", -2 ** 63 - 1), ("%*d", 2 ** 63)):
    show(lambda: form % (value,))
for base, power in ((complex("inf"), -1), (-1, complex("inf")), (2, complex(0, float("inf"))), (complex(0, float("inf")), 0.5), (1j, 1j), (-1, 1j)):
    show(lambda: repr(base ** power))


class Asked:
    def keys(self):
        return [].nothing


show(lambda: dict(**Asked()))
show(lambda: {**Asked()})


def outer():
    class Inner:
        pass


print([code.co_flags for code in outer.__code__.co_consts if type(code) is type(outer.__code__)])
