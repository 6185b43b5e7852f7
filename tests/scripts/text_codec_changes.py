# A text file stays whole when its encoding can't be changed, when the codec's search function writes to it, and when what stands below returns odd things.
import codecs
import io

f = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
f.write("a")
try:
    f.reconfigure(encoding="nope", newline="\r\n")
except LookupError as e:
    print(e)
print(f.encoding, f.errors)
f.write("b\n")
f.flush()
print(f.buffer.getvalue())


def search(name):
    if name == "of_mine":
        f.write("looked up \u1234 ")
        return codecs.lookup("latin-1")


codecs.register(search)
f.reconfigure(encoding="of_mine")
f.write("\xe4")
f.flush()
print(f.buffer.getvalue(), f.encoding)


# a decoder's state in the middle of a stream
class Below(io.BytesIO):
    wrong = None

    def read(self, n=-1):
        data = super().read(n)
        return data if self.wrong is None else self.wrong(data)


below = Below("ä€ö\nzeile\n".encode("utf-16") * 3)
f = io.TextIOWrapper(below, encoding="utf-16")
print(ascii(f.read(3)))
place = f.tell()
print(ascii(f.read(4)))
f.seek(place)
print(ascii(f.read(4)))

below = Below(b"a+IKwgrDCs-b\nc" * 2)
f = io.TextIOWrapper(below, encoding="utf-7")
print(ascii(f.read(3)))
place = f.tell()
for wrong in (bytearray, memoryview, list, lambda data: None, lambda data: data.decode("ascii"), None):
    f.seek(0)
    below.wrong = wrong
    try:
        f.seek(place)
        print(f.tell() == place, ascii(f.read(2)))
    except TypeError as e:
        print(e)
    below.wrong = None


class Odd(bytes):
    def __radd__(self, other):
        return [1]


class Gives(io.BytesIO):
    def read1(self, n=-1):
        return Odd(super().read1(n))


f = io.TextIOWrapper(Gives(b"abcdefgh"), encoding="latin-1")
print(f.read(3), f.tell())

# never initialized
d = io.IncrementalNewlineDecoder.__new__(io.IncrementalNewlineDecoder)
for act in (lambda: d.decode(b"x"), d.getstate, lambda: d.setstate((b"", 0)), d.reset, lambda: d.newlines):
    try:
        act()
    except ValueError as e:
        print(e)
