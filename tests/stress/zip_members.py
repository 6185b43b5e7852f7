"""Many threads read the members of one ZipFile, which counts its users."""
import io
import threading
import zipfile

THREADS, ROUNDS, MEMBERS = 6, 100, 10
data = io.BytesIO()
with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as z:
    for i in range(MEMBERS):
        z.writestr(f"member {i}", str(i) * 1000)
archive = zipfile.ZipFile(data)


def read():
    for _ in range(ROUNDS):
        for i in range(MEMBERS):
            with archive.open(f"member {i}") as f:
                assert f.read() == (str(i) * 1000).encode()


threads = [threading.Thread(target=read) for _ in range(THREADS)]
failed = []
threading.excepthook = failed.append
for t in threads:
    t.start()
for t in threads:
    t.join()
assert not failed, failed[0]
assert archive._fileRefCnt == 1, archive._fileRefCnt
archive.close()
assert archive.fp is None
