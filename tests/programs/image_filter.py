# A picture, filtered by many threads, written as PPM and as PNG (by zlib alone), and read again.
import concurrent.futures
import hashlib
import math
import struct
import zlib

WIDTH, HEIGHT = 120, 80


def picture():
    rows = []
    for y in range(HEIGHT):
        row = bytearray()
        for x in range(WIDTH):
            d = math.hypot(x - WIDTH / 2, y - HEIGHT / 2)
            row += bytes((int(127 + 127 * math.sin(d / 5)), x * 255 // WIDTH, y * 255 // HEIGHT))
        rows.append(bytes(row))
    return rows


def blur_row(rows, y):
    out = bytearray()
    near = [rows[min(max(y + dy, 0), HEIGHT - 1)] for dy in (-1, 0, 1)]
    for x in range(WIDTH):
        for c in range(3):
            total = sum(r[3 * min(max(x + dx, 0), WIDTH - 1) + c] for r in near for dx in (-1, 0, 1))
            out.append(total // 9)
    return bytes(out)


def edge_row(rows, y):
    out = bytearray()
    for x in range(WIDTH):
        for c in range(3):
            right, below = rows[y][3 * min(x + 1, WIDTH - 1) + c], rows[min(y + 1, HEIGHT - 1)][3 * x + c]
            out.append(min(255, abs(right - rows[y][3 * x + c]) + abs(below - rows[y][3 * x + c])))
    return bytes(out)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows):
    raw = b"".join(b"\0" + row for row in rows)
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")


def read_png(data):
    at, body = 8, b""
    while at < len(data):
        (n,) = struct.unpack_from(">I", data, at)
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + n]
        assert struct.unpack_from(">I", data, at + 8 + n)[0] == zlib.crc32(kind + content)
        if kind == b"IDAT":
            body += content
        at += n + 12
    raw = zlib.decompress(body)
    step = 1 + 3 * WIDTH
    return [raw[i + 1 : i + step] for i in range(0, len(raw), step)]


rows = picture()
with concurrent.futures.ThreadPoolExecutor(8) as pool:
    for name, function in (("blur", blur_row), ("blur", blur_row), ("edges", edge_row)):
        rows = list(pool.map(lambda y: function(rows, y), range(HEIGHT)))
        ppm = b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + b"".join(rows)
        print(name, len(ppm), hashlib.sha256(ppm).hexdigest()[:16])
    data = png(rows)
    print(len(data), hashlib.md5(data).hexdigest(), read_png(data) == rows)
    print(set(pool.map(lambda _: hashlib.blake2b(png(rows), digest_size=8).hexdigest(), range(16))))
