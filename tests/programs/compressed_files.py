# zip, gzip, bz2, xz and tar files, written and read by many threads at once.
import bz2
import concurrent.futures
import gzip
import io
import lzma
import os
import random
import tarfile
import tempfile
import zipfile
import zlib


def text(seed, lines):
    r = random.Random(seed)
    return "".join(f"{seed} {i} {r.randrange(10**9)}\n" for i in range(lines)).encode()


def single(folder, kind, module, i):
    path, data = os.path.join(folder, f"{i}.{kind}"), text(i, 300 + 40 * i)
    with module.open(path, "wb") as f:
        for start in range(0, len(data), 1000):
            f.write(data[start : start + 1000])
    with module.open(path, "rt") as f:
        lines = sum(1 for _ in f)
    with module.open(path) as f:
        first = f.read(17)
        f.seek(1000)
        return lines, first, f.read() == data[1000:]


def archive(folder, method, i):
    path = os.path.join(folder, f"{method}-{i}.zip")
    with zipfile.ZipFile(path, "w", method) as z:
        for n in range(5):
            z.writestr(f"dir/{n}.txt", text(i * 10 + n, 100))
    with zipfile.ZipFile(path) as z:
        return z.testzip(), [(x.filename, x.file_size, f"{x.CRC:08x}") for x in z.infolist()][3]


def tape(mode, i):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:" + mode) as t:
        for n in range(4):
            data = text(i + n, 80)
            info = tarfile.TarInfo(f"{n}.txt")
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    out.seek(0)
    with tarfile.open(fileobj=out) as t:
        return [(m.name, zlib.crc32(t.extractfile(m).read())) for m in t]


with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(8) as pool:
    for kind, module in (("gz", gzip), ("bz2", bz2), ("xz", lzma)):
        print(kind, list(pool.map(lambda i: single(folder, kind, module, i), range(8))))
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        print(method, list(pool.map(lambda i: archive(folder, method, i), range(8))))
    for mode in ("", "gz", "bz2", "xz"):
        print(mode, list(pool.map(lambda i: tape(mode, i), range(8))))
    # one archive, read by all
    path = os.path.join(folder, "shared.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for n in range(20):
            z.writestr(str(n), text(n, 200))
    with zipfile.ZipFile(path) as z:
        print(all(pool.map(lambda n: z.read(str(n)) == text(n, 200), list(range(20)) * 4)))
