# repr of floats: the shortest text that reads back, and the nearest of those, over the whole range
import random
import struct


def bits(n):
    return struct.unpack("<d", n.to_bytes(8, "little"))[0]


total = 0
rng = random.Random(7)


def add(x):
    global total
    text = repr(x)
    assert x != x or float(text) == x, text
    for c in text:
        total = (total * 131 + ord(c)) % 1000000007


for i in range(20000):
    add(bits(rng.getrandbits(64)))
for i in range(-1074, 1024):  # the neighbourhoods of powers of two, which lie closer to one side
    n = struct.unpack("<q", struct.pack("<d", 2.0**i))[0]
    for d in (-1, 0, 1):
        add(bits(n + d))
print(total)
for i in range(-330, 309):
    for k in (1, 7, 25, 999):
        add(float("%de%d" % (k, i)))
for i in range(20000):
    add(rng.randrange(10 ** rng.randrange(1, 18)) / 10 ** rng.randrange(0, 22))
print(total)
for i in range(5000):
    add(rng.random() * 5e-324 * 2 ** rng.randrange(60))
    add(float(rng.getrandbits(rng.randrange(1, 120))))
print(total)
print(5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 9007199254740993.0, 1e22, 1e23, 0.1 + 0.2, -0.0, 1e16, 123456789012345680.0)
