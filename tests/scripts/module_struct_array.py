# struct and array.
import array
import struct

print(
    struct.pack("<bBhHiIqQ", -1, 255, -2, 65535, -3, 4294967295, -4, 2**64 - 1).hex(),
    struct.pack(">fd", 1.5, -2.25).hex(),
    struct.pack("3s5p?cx", b"abcd", b"xy", True, b"z"),
    struct.unpack("<hI", b"\x01\x00\x02\x00\x00\x00"),
    struct.calcsize("bi"),
    struct.calcsize("<bi"),
    struct.pack("!e", 0.5).hex(),
    struct.pack("@n", 5) == struct.pack("q", 5),
)
s = struct.Struct(">2H")
buffer = bytearray(8)
s.pack_into(buffer, 2, 1, 2)
print(
    s.size,
    s.format,
    buffer,
    s.unpack_from(buffer, 2),
    list(s.iter_unpack(bytes(range(8)))),
    struct.unpack("0s", b""),
    struct.pack("2x"),
)
for bad in (
    lambda: struct.pack("b", 200),
    lambda: struct.pack("B", -1),
    lambda: struct.pack("h"),
    lambda: struct.unpack("i", b"x"),
    lambda: struct.pack("z", 1),
    lambda: struct.pack("i", "a"),
    lambda: struct.pack("i", 1.5),
    lambda: struct.pack("s", "a"),
    lambda: struct.pack("c", b"ab"),
    lambda: s.unpack_from(buffer, 6),
    lambda: struct.pack("<f", 1e100),
    lambda: struct.pack("q", 2**63),
    lambda: struct.calcsize("99999999999999999999i"),
    lambda: struct.pack("<n", 1),
):
    try:
        print(bad())
    except (struct.error, OverflowError) as error:
        print(type(error).__name__, error)
a = array.array("i", [3, 1, 2])
a.append(5)
a.extend([7, 8])
a.insert(0, 9)
print(
    a,
    a[1],
    a[-1],
    a[1:3],
    a.index(5),
    a.count(1),
    a.pop(),
    a.pop(0),
    a.tolist(),
    a.tobytes().hex(),
    a.itemsize,
    a.typecode,
    len(a),
    a * 2,
    a + array.array("i", [1]),
    5 in a,
    a == array.array("i", [3, 1, 2, 5, 7]),
)
a.reverse()
a[0] = 70
a[1:3] = array.array("i", [0])
a.byteswap()
a.byteswap()
a.remove(1)
print(
    a,
    array.array("d", [1.5]),
    array.array("u", "né"),
    array.array("B", b"ab"),
    array.array("q", range(3)),
    array.array("f", [0.1])[0],
    array.typecodes,
)
for bad in (
    lambda: array.array("b", [200]),
    lambda: array.array("x"),
    lambda: array.array("i", "ab"),
    lambda: array.array("i", [1.5]),
    lambda: a.append("x"),
    lambda: a[99],
    lambda: a.remove(12345),
    lambda: array.array("i").pop(),
    lambda: a + array.array("b"),
    lambda: array.array("i").frombytes(b"abc"),
    lambda: array.array("B", [-1]),
):
    try:
        print(bad())
    except (OverflowError, ValueError, TypeError, IndexError) as error:
        print(type(error).__name__, error)
