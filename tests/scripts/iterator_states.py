"""What itertools' iterators pickle as and accept back, and where a text stream begins to decode after seek()."""
import io
import itertools

for n in range(4):
    it = itertools.cycle("ab")
    for _ in range(n):
        next(it)
    print(it.__reduce__()[2])
for state in ["b"], 1.5, None, "1", True:
    try:
        print(itertools.islice([1], 2).__setstate__(state))
    except Exception as error:
        print(type(error).__name__, error)
for encoding in "utf-16", "utf-8-sig", "utf-32", "utf-16-le":
    for place in range(0, 10):
        stream = io.TextIOWrapper(io.BytesIO("set()\n".encode(encoding)), encoding)
        try:
            stream.seek(place)
            print(encoding, place, ascii(stream.read()), stream.tell())
        except Exception as error:
            print(encoding, place, type(error).__name__, error)
