"""readline(), next() and tell() by turns over text of all kinds, by every newline setting."""
import os
import tempfile

TEXT = "plain\nécrit\r\nжук жук\n😀 last\rmore\n\nend without"
fd, name = tempfile.mkstemp()
os.close(fd)
try:
    for text in (TEXT, TEXT * 400, "short\n", "é\n" * 3000, ""):
        with open(name, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        for newline in (None, "", "\n", "\r", "\r\n"):
            with open(name, encoding="utf-8", newline=newline) as file:
                seen = [file.readline(), file.readline(), file.readline(-1), file.readline(2)]
                place = file.tell()
                seen += [next(file, "none"), file.readline()]
                try:
                    file.tell()
                except OSError as error:
                    print(error)
                rest = file.readlines()
                print(ascii(seen), len(rest), ascii(rest[-1:]), file.readline() == "")
                file.seek(place)
                print(ascii(file.readline()), sum(map(len, iter(file.readline, ""))), file.tell())
    with open(name, "r+", encoding="utf-8") as file:
        file.write("one\ntwo\n")
        file.seek(0)
        print(file.readline(), file.write("x"), file.readline())
        try:
            file.readline(None)
        except TypeError as error:
            print(error)
    try:
        file.readline()
    except ValueError as error:
        print(error)
    import io

    class Upper(io.BufferedReader):
        def readline(self, *size):
            return super().readline(*size).upper()

    for data in (b"", b"one", b"one\n", b"one\n\ntwo\nlast", b"x" * 9000 + b"\n" + b"line\n" * 3000 + b"end"):
        with open(name, "wb") as file:
            file.write(data)
        with open(name, "rb") as file, open(name, "rb") as again, open(name, "r+b") as both, Upper(io.FileIO(name)) as upper:
            first = file.readline()
            lines = file.readlines()
            print(b"".join([first, *lines]) == data, len(lines), file.readlines(), lines == again.readlines()[1:], lines == both.readlines(None)[1:], file.tell())
            print(b"".join(upper.readlines()) == data.upper(), again.seek(0), len(again.readlines(20)), len(again.readlines(-1)), again.tell())
        for lines in file.readlines, upper.readlines:
            try:
                lines()
            except ValueError as error:
                print(error)
    with open(name, "w") as file:
        try:
            file.readline()
        except OSError as error:
            print(error)
finally:
    os.unlink(name)
