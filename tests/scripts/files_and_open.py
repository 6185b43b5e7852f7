# open and file objects: modes, text and binary, seeking, buffering, newlines, encodings, errors.
import io
import os
import tempfile

folder = tempfile.mkdtemp()
path = os.path.join(folder, "file.txt")
with open(path, "w") as f:
    print(f.write("first\nsecond\n"), f.writable(), f.readable(), f.closed, f.mode, f.encoding.lower())
    f.writelines(["third\n", "é€😀\n"])
print(f.closed)
with open(path) as f:
    print(f.readline(), f.read(3), f.tell(), f.readlines(), f.read())
    f.seek(0)
    print([line.rstrip() for line in f])
with open(path, "a", encoding="utf-8") as f:
    f.write("end")
with open(path, "rb") as f:
    print(f.read(5), f.seek(-3, 2), f.read(), f.tell(), f.seek(0), f.readline())
    buffer = bytearray(4)
    print(f.readinto(buffer), buffer, f.peek(2)[:2])
with open(path, "r+b") as f:
    f.write(b"FIRST")
    f.seek(2, 1)
    print(f.read(3))
    f.truncate(8)
print(open(path).read() == "FIRST\nse", os.path.getsize(path))
with open(path, "w", newline="") as f:
    f.write("a\r\nb\nc\r")
print(
    open(path, "rb").read(),
    repr(open(path).read()),
    repr(open(path, newline="").read()),
    open(path, newline="").readlines(),
)
with open(path, "wb") as f:
    f.write(b"ok\xff\n")
for errors in ("strict", "replace", "ignore", "backslashreplace", "surrogateescape"):
    try:
        print(ascii(open(path, encoding="utf-8", errors=errors).read()))
    except UnicodeDecodeError as error:
        print(error)
with open(path, "w", encoding="latin-1") as f:
    f.write("é")
    try:
        f.write("€")
    except UnicodeEncodeError as error:
        print(error)
print(open(path, "rb").read(), open(path, encoding="latin-1").read())
for action in (
    lambda: open(path, "q"),
    lambda: open(path, "rw"),
    lambda: open(folder + "/none"),
    lambda: open(folder),
    lambda: open(path, "x"),
    lambda: open(path, "rb", encoding="utf-8"),
    lambda: open(path, buffering=0),
    lambda: open(5.5),
    lambda: open(path, "rb").write(b"x"),
    lambda: open(path, "w").read(),
    lambda: open(path, encoding="nope"),
    lambda: open("a\0b"),
    lambda: f.read(),
    lambda: open(path, "rb").read("x"),
    lambda: open(-1),
    lambda: open(path, "wb").write("text"),
    lambda: open(path, "w").write(b"bytes"),
    lambda: open(path).seek(1, 1),
):
    try:
        print(action())
    except (OSError, ValueError, TypeError, LookupError) as error:
        print(type(error).__name__, str(error).replace(folder, "FOLDER"))
s = io.StringIO("one\ntwo\n")
print(
    s.readline(), s.read(), s.getvalue(), s.seek(0), s.write("ONE"), s.getvalue(), s.truncate(3), s.getvalue()
)
b = io.BytesIO(b"abc")
print(b.read(1), b.getvalue(), b.seek(5), b.write(b"x"), b.getvalue(), bytes(b.getbuffer()[:2]))
raw = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC)
os.write(raw, b"via fd\n")
os.lseek(raw, 0, 0)
with os.fdopen(raw) as f:
    print(f.read(), f.fileno() == raw)
w = io.TextIOWrapper(io.BytesIO(), encoding="utf-16-le", write_through=True)
w.write("hi")
print(w.buffer.getvalue())
big = "line of text\n" * 20000
with open(path, "w") as f:
    f.write(big)
with open(path) as f:
    print(sum(1 for _ in f), len(open(path).read()) == len(big))
os.remove(path)
os.rmdir(folder)
print(os.path.exists(folder))
