# A raw file that detaches itself from the buffer that is reading it. (python3.11 doesn't survive that.)
import io


class Raw(io.RawIOBase):
    def readable(self):
        return True

    def readinto(self, buffer):
        if detach:
            file.detach()
        buffer[:1] = b"x"
        return 1


detach = False
file = io.BufferedReader(Raw())
assert file.read(3) == b"xxx"
detach = True
try:
    file.read(3)
    raise SystemExit("no exception")
except ValueError as error:
    assert str(error) == "raw stream has been detached"
detach = False
file.__init__(Raw())
assert file.read(2) == b"xx"
