# compile() takes the file name from any buffer, with a warning.
import warnings

for name in "a", "a\0b", b"b\0", b"b", bytearray(b"c"), memoryview(b"d\xff"), [1], 5, None, bytearray(b"x\0y"):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            print(ascii(compile("pass", name, "exec").co_filename))
        except Exception as error:
            print(type(error).__name__, error)
    print([(w.category.__name__, str(w.message)) for w in caught])
