# bytes and bytearray: literals, methods, mutation, slices, conversions.

b = b"Hello\x00\xff"
print(
    b,
    b[0],
    b[-1],
    b[1:3],
    b[::-1],
    len(b),
    list(b[:3]),
    b.hex(),
    b.hex(":"),
    bytes.fromhex("48 65 6c"),
    b + b"!",
    b"ab" * 2,
    72 in b,
    b"lo" in b,
)
print(
    bytes(3),
    bytes([1, 2, 255]),
    bytes("é", "utf-8"),
    bytes(b"x"),
    bytes(range(3)),
    bytes(),
    bytes(bytearray(b"q")),
    bytes(memoryview(b"mv")),
)
print(
    b"a,b,c".split(b","),
    b" x ".strip(),
    b"abc".replace(b"b", b"X"),
    b"-".join([b"a", bytearray(b"b")]),
    b"abc".find(b"c"),
    b"abc".find(99),
    b"aXbX".rsplit(b"X", 1),
    b"abc".upper(),
    b"ABC".lower(),
    b"a b".title(),
    b"abc".center(7, b"*"),
    b"5".zfill(3),
    b"a\tb".expandtabs(4),
    b"abc".startswith((b"x", b"a")),
    b"a\nb".splitlines(),
    b"abc".partition(b"b"),
    b"abc".translate(None, b"b"),
    b"abc".translate(bytes.maketrans(b"a", b"z")),
    b"abc".isalpha(),
    b"12".isdigit(),
    b"x".removeprefix(b"x"),
    b"abcabc".count(b"bc"),
    b"abc".capitalize(),
    b"aBc".swapcase(),
)
print(
    b"%s %d %r %5.1f %x %c %b %a" % (b"s", 3, "r", 2.5, 255, 65, b"b", "é"),
    b"a".decode(),
    "é".encode().decode("utf-8"),
    b"\xff".decode("latin-1"),
    b"\xffa".decode("utf-8", "replace"),
    b"\xff".decode("ascii", "backslashreplace"),
    b"a\xff".decode("ascii", "surrogateescape").encode("ascii", "surrogateescape"),
)
a = bytearray(b"hello")
a[0] = 72
a[1:3] = b"EEE"
a.append(33)
a.extend(b"??")
a.insert(0, 62)
print(a, a.pop(), a.pop(0), a, len(a))
del a[::2]
print(a, a.copy() is a)
a += b"xyz"
a *= 2
a.reverse()
a.remove(120)
print(
    a,
    bytes(a),
    a == bytes(a),
    bytearray(b"a") < b"b",
    a.find(b"y"),
    a.clear(),
    a,
    bytearray(2),
    bytearray("é", "utf-8"),
)
a = bytearray(b"0123456789")
a[2:8:2] = b"abc"
a[-3:] = b""
print(
    a,
    a[2:5],
    type(a[2:5]).__name__,
    a.index(b"a"),
    hash(b"x") == hash(bytes(bytearray(b"x"))),
    repr(bytearray(b"a'b")),
    b"a'b",
    b'"\'',
)
view = memoryview(a)
try:
    a.append(1)
except BufferError as error:
    print(error)
view.release()
for bad in (
    lambda: bytes([256]),
    lambda: bytes([-1]),
    lambda: bytes("x"),
    lambda: b"a" + "b",
    lambda: b"a"[3],
    lambda: b"abc".index(b"z"),
    lambda: b"\xff".decode(),
    lambda: bytes.fromhex("1"),
    lambda: bytes.fromhex("zz"),
    lambda: hash(bytearray()),
    lambda: b"".join(["x"]),
    lambda: bytearray(b"x").append(256),
    lambda: bytearray(b"x").append("a"),
    lambda: bytearray().pop(),
    lambda: b"%s" % "x",
    lambda: b"a" in 5,
    lambda: "a" in b"a",
    lambda: bytes(-1),
    lambda: b"x".find("x"),
    lambda: bytes(1.5),
    lambda: bytearray(b"abc").remove(5),
    lambda: b"abc".__setitem__,
    lambda: bytes("é", "ascii"),
    lambda: b"a" < "b",
    lambda: b"x".split(b""),
    lambda: bytes(None),
):
    try:
        print(bad())
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        print(type(error).__name__, error)
