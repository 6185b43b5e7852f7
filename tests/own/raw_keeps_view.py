# What a raw file is handed to read into or to write is somebody else's memory: the view of it ends with the call.
import io

kept = []


class Raw(io.RawIOBase):
    def readable(self):
        return True

    def writable(self):
        return True

    def readinto(self, into):
        kept.append(into)
        into[:3] = b"abc"
        return 3

    def write(self, data):
        kept.append(data)
        return len(data)


reader = io.BufferedReader(Raw())
assert reader.read(2) == b"ab"
writer = io.BufferedWriter(Raw())
writer.write(b"x" * 100)
writer.flush()
del reader, writer
assert len(kept) >= 2
for view in kept:
    try:
        bytes(view)
        assert False
    except ValueError as e:
        assert "released" in str(e), e
