# _bz2, _lzma, _stat: streams, limits, filters, messages of errors.
import _stat
import bz2
import lzma
import threading

data = b"".join(b"line %d of the text\n" % i for i in range(8000))


def try_all(*functions):
    for f in functions:
        try:
            print(repr(f()))
        except Exception as e:
            print(type(e), e)


for pack, unpack, make, other in ((bz2.compress, bz2.decompress, bz2.BZ2Decompressor, bz2.BZ2Compressor), (lzma.compress, lzma.decompress, lzma.LZMADecompressor, lzma.LZMACompressor)):
    packed = pack(data)
    print(len(packed), unpack(packed) == data, unpack(packed + packed) == data * 2)
    d = make()
    first = d.decompress(packed + b"tail", 1000)
    print(len(first), d.needs_input, d.eof, d.unused_data)
    rest = d.decompress(b"")
    print(first + rest == data, d.needs_input, d.eof, d.unused_data)
    try_all(lambda: d.decompress(b"x"), lambda: make().decompress("x"), lambda: make().decompress(packed[:20]), lambda: unpack(packed[:-1]))
    c = other()
    out = c.compress(data[:50]) + c.compress(data[50:]) + c.flush()
    print(unpack(out) == data)
    try_all(lambda: c.flush(), lambda: c.compress(b""), lambda: other(99), lambda: other("x"))
    for i in range(2):
        try_all(lambda: d.decompress(b"x" * 200))
    d, piece, got = make(), 37, []
    for i in range(0, len(packed), piece):
        got.append(d.decompress(packed[i : i + piece]))
    print(b"".join(got) == data, d.eof)
    threads = [threading.Thread(target=lambda: [unpack(pack(data)) == data or print("wrong") for _ in range(3)]) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()

L = lzma
filters = [{"id": L.FILTER_DELTA, "dist": 4}, {"id": L.FILTER_LZMA2, "preset": 7 | L.PRESET_EXTREME, "lc": 2}]
raw = L.compress(data, L.FORMAT_RAW, filters=filters)
print(len(raw), L.decompress(raw, L.FORMAT_RAW, filters=filters) == data)
print(L.decompress(L.compress(data, L.FORMAT_ALONE)) == data, L.decompress(L.compress(data, check=L.CHECK_SHA256)) == data)
d = L.LZMADecompressor()
print(d.check, d.decompress(L.compress(b"x", check=L.CHECK_CRC32)), d.check)
print([(n, getattr(L._lzma if hasattr(L, "_lzma") else L, n)) for n in dir(L) if n.isupper()])
for f in ({"id": L.FILTER_LZMA1}, {"id": L.FILTER_LZMA2}, {"id": 3, "dist": 9}, {"id": 4, "start_offset": 16}):
    encoded = L._encode_filter_properties(f)
    print(encoded, L._decode_filter_properties(f["id"], encoded))
try_all(
    lambda: L.decompress(b"", 3, filters={}),
    lambda: L.decompress(b"", 3, filters=5),
    lambda: L.decompress(b"", 3, filters=[5]),
    lambda: L.decompress(b"", 3, filters=[[]]),
    lambda: L.decompress(b"", 3, filters=[{}]),
    lambda: L.decompress(b"", 3, filters="a"),
    lambda: L.decompress(b"", 3, filters=[{"id": 33, "x": 1}]),
    lambda: L.decompress(b"", 3, filters=[{"id": 33, "lc": "a"}]),
    lambda: L.decompress(b"", 3, filters=[{"id": 33, "lc": 1 << 40}]),
    lambda: L.decompress(b"", 3, filters=[{"id": -1}]),
    lambda: L.decompress(b"", 3, filters=[{"id": 77}]),
    lambda: L.decompress(b"", 3, filters=[{"id": 3, "x": 1}]),
    lambda: L.decompress(b"", 3, filters=[{"id": 4, "x": 1}]),
    lambda: L.decompress(b"", memlimit=-1),
    lambda: L.decompress(b"", 3, memlimit=1),
    lambda: L.decompress(b"", 1, filters=[]),
    lambda: L.decompress(L.compress(data), memlimit=100),
    lambda: L.LZMACompressor(preset=99),
    lambda: L.LZMACompressor(preset=1 << 40),
    lambda: L.LZMACompressor(9),
    lambda: L.LZMACompressor(3),
    lambda: L.LZMACompressor(2, check=4),
    lambda: L.LZMACompressor(2, filters=[{"id": 33}]),
    lambda: L.LZMACompressor(2, preset=99),
    lambda: L.LZMACompressor(filters=[{"id": 33}] * 5),
    lambda: L.LZMACompressor(filters=[{"id": 33, "preset": "x"}]),
    lambda: L.LZMACompressor(filters=[{"id": 33, "preset": 99}]),
    lambda: L.LZMACompressor(preset=1, filters=[]),
    lambda: L.is_check_supported(10),
    lambda: L.is_check_supported(14),
)
print([(n, getattr(_stat, n)) for n in dir(_stat) if isinstance(getattr(_stat, n), int)])
print([_stat.filemode(m) for m in (0o644, 0o100755, 0o40777, 0o107777, 0o120666, 0o10600, 0o140000, 0o60001, 0o20002, 0o1000)])
print(_stat.S_IMODE(0o107777), _stat.S_IFMT(0o107777), _stat.S_ISDIR(0o40000), _stat.S_ISDOOR(0))
try_all(lambda: _stat.filemode("a"), lambda: _stat.S_ISDIR(-1), lambda: _stat.S_IMODE(1 << 40), lambda: _stat.S_IFMT(1 << 70), lambda: _stat.S_ISREG(1.5))
