"""A BytesIO reads the bytes that it was made of; what is written to it never shows there."""
import io

data = bytes(range(200))
b = io.BytesIO(data)
print(b.getvalue() == data, b.read() == data, b.read(), b.tell())
b.seek(10)
b.write(b"xyz")
print(b.getvalue()[8:15], data[8:15], b.tell(), len(b.getvalue()))
b = io.BytesIO(data)
b.truncate(5)
print(b.getvalue(), b.read(), b.read())
b.write(b"more")
print(b.getvalue(), data[:10])
b = io.BytesIO(data)
with b.getbuffer() as view:
    view[0] = 99
    try:
        b.write(b"x" * 300)
    except BufferError as e:
        print("BufferError:", e)
print(b.getvalue()[:3], data[:3], len(b.getvalue()))
b = io.BytesIO(data)
b.seek(250)
b.write(b"end")
print(len(b.getvalue()), b.getvalue()[195:], len(data))
b.__init__(data)
print(b.tell(), b.getvalue() == data, b.readline()[:3], b.tell())
b.__init__(b"short")
print(b.getvalue(), b.tell())
b.__init__()
print(b.getvalue())
b.__init__(data)
b.close()
try:
    b.getvalue()
except ValueError as e:
    print("ValueError:", e)


class Sub(bytes):
    pass


b = io.BytesIO(Sub(data))
print(type(b.getvalue()), type(b.read()), b.getvalue() == data)
b = io.BytesIO(bytearray(data))
print(type(b.getvalue()), b.getvalue() == data)
lines = b"".join(b"line %d\n" % k for k in range(20))
b = io.BytesIO(lines)
print(list(b) == lines.splitlines(True), b.readline(), b.readlines())
b.seek(0)
print(b.readlines() == lines.splitlines(True), b.readinto(bytearray(4)))
b = io.BytesIO(lines)
array = bytearray(10)
print(b.readinto(array), array, b.readline(3), b.read(2), b.__getstate__()[1:])
state = b.__getstate__()
c = io.BytesIO()
c.__setstate__(state)
print(c.tell(), c.getvalue() == lines)
with io.BytesIO(data).getbuffer() as view:
    print(len(view), view.readonly)
b = io.BytesIO(data)
b.truncate(0)
with b.getbuffer() as view:
    print(len(view))
b.write(b"z")
print(b.getvalue())
