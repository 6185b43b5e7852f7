# zlib: streams, dictionaries, limits, errors.
import copy
import threading
import zlib

data = b"".join(b"line %d of the text\n" % i for i in range(5000))
packed = zlib.compress(data)
print(len(packed), zlib.decompress(packed) == data, zlib.crc32(data), zlib.adler32(data), zlib.crc32(b"x", 7), zlib.adler32(b"", -1))
c = zlib.compressobj(9, zlib.DEFLATED, 31, 9, zlib.Z_FILTERED)
z = c.compress(data) + c.flush(zlib.Z_SYNC_FLUSH)
twin = c.copy()
a, b = z + c.compress(b"one") + c.flush(), z + twin.compress(b"two") + twin.flush()
print(zlib.decompress(a, 31)[-3:], zlib.decompress(b, wbits=47)[-3:])
d = zlib.decompressobj()
first = d.decompress(packed + b"tail", 1000)
print(len(first), len(d.unconsumed_tail), d.unused_data, d.eof)
other = copy.deepcopy(d)
rest = d.decompress(d.unconsumed_tail)
print(first + rest == data, d.unused_data, d.unconsumed_tail, d.eof, d.decompress(b"more"), d.unused_data)
print(first + other.flush(10) == data, other.eof, other.unused_data)
zdict = b"line of the text\n"
c = zlib.compressobj(zdict=zdict)
small = c.compress(b"line 7 of the text\n") + c.flush()
print(len(small), zlib.decompressobj(zdict=zdict).decompress(small))
raw = zlib.compressobj(wbits=-15, zdict=zdict)
small = raw.compress(b"line 7 of the text\n") + raw.flush()
print(zlib.decompressobj(-15, zdict).decompress(small))
for bad in (
    lambda: zlib.compress(b"", 99),
    lambda: zlib.compress(b"", 1, 99),
    lambda: zlib.compress("text"),
    lambda: zlib.decompress(b"xx"),
    lambda: zlib.decompress(packed[:-1]),
    lambda: zlib.decompress(packed, bufsize=-1),
    lambda: zlib.decompress(b"", 99),
    lambda: zlib.decompressobj().decompress(b"garbage"),
    lambda: zlib.decompressobj().decompress(packed, -1),
    lambda: zlib.decompressobj().flush(0),
    lambda: zlib.decompressobj(99),
    lambda: zlib.decompressobj(zdict=5),
    lambda: zlib.decompressobj(zdict=b"wrong").decompress(small),
    lambda: zlib.decompressobj().decompress(zlib.compressobj(zdict=b"12345").flush()),
    lambda: zlib.compressobj(99),
    lambda: zlib.compressobj(zdict=5),
    lambda: c.compress(b""),
    lambda: c.flush(),
    lambda: c.copy(),
    lambda: zlib.compressobj().flush(99),
    lambda: type(c)(),
):
    try:
        print(bad())
    except Exception as e:
        print(type(e).__name__, e)
c, pieces = zlib.compressobj(), []
threads = [threading.Thread(target=lambda: [pieces.append(c.compress(b"0" * 3000)) for _ in range(50)]) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
c.flush()
threads = [threading.Thread(target=lambda: [zlib.decompress(zlib.compress(data)) for _ in range(5)]) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(len(pieces))
