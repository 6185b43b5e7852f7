# memoryview: reading, writing, slices, cast, formats, release, comparison.
import array

data = bytearray(b"abcdefgh")
m = memoryview(data)
print(
    m[0],
    m[-1],
    bytes(m[2:5]),
    m[::2].tolist(),
    len(m),
    m.format,
    m.itemsize,
    m.nbytes,
    m.shape,
    m.strides,
    m.ndim,
    m.readonly,
    m.contiguous,
)
m[0] = 65
m[1:3] = b"XY"
print(data, m == data, m == b"AXYdefgh", m[1:] == b"XYdefgh", m.tobytes(), m.hex(), 65 in m, list(m)[:2])
c = m.cast("H")
print(c.format, c.itemsize, len(c), c.tolist(), c.cast("B").tobytes())
grid = m.cast("B", (2, 4))
print(grid.shape, grid.tolist(), grid[1, 2])
r = memoryview(b"const")
for bad in (
    lambda: r.__setitem__(0, 1),
    lambda: m.__setitem__(0, 256),
    lambda: m.__setitem__(0, "a"),
    lambda: m.__setitem__(slice(0, 2), b"abc"),
    lambda: m[100],
    lambda: m["x"],
    lambda: memoryview("x"),
    lambda: memoryview(5),
    lambda: m.cast("Z"),
    lambda: hash(m),
    lambda: m.__delitem__(0),
):
    try:
        print(bad())
    except (ValueError, TypeError, IndexError, AttributeError, NotImplementedError) as error:
        print(type(error).__name__, error)
print(hash(r) == hash(b"const"), r.toreadonly().readonly, m.obj is data)
numbers = array.array("d", [1.5, 2.5, 3.5])
d = memoryview(numbers)
d[1] = 9.0
print(numbers, d.tolist(), d.format, d[::-1].tolist(), d[::-1].strides)
with memoryview(b"x") as w:
    print(w[0])
try:
    w[0]
except ValueError as error:
    print(error)
m.release()
grid.release()
