# marshal.load reads through readinto, and checks what that says.
import io
import marshal


class Reader(io.BytesIO):
    more = 0

    def readinto(self, buffer):
        n = super().readinto(buffer)
        return n + self.more if n > 4 or self.more < 0 else n


for value in 1.0, 1j, b"0123456789", "0123456789", [1, "x" * 300, {"a": None}]:
    data = marshal.dumps(value)
    for more in 0, 10 ** 6, -1, 2 ** 70:
        reader = Reader(data)
        reader.more = more
        try:
            print(marshal.load(reader) == value, reader.tell() == len(data))
        except Exception as error:
            print(type(error).__name__, str(error)[:60])
for bad in io.StringIO("abc"), 5, io.BytesIO(b""), io.BytesIO(b"i\1"):
    try:
        print(marshal.load(bad))
    except Exception as error:
        print(type(error).__name__, error)
