# A Struct that gets another format while it packs: by the format that it had.
import struct

s = struct.Struct("ii")


class Number:
    def __index__(self):
        s.__init__("b" * 300)
        junk = [bytes(100 + i) for i in range(300)]
        return 1


assert s.pack(Number(), 2) == b"\1\0\0\0\2\0\0\0"
assert s.size == 300
s.__init__("hh")
into = bytearray(4)
s.pack_into(into, 0, Number(), 2)
assert into == b"\1\0\2\0"
