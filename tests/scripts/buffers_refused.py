"""Buffers that can't be had, released or in pieces, where the message is about the type."""
import copy
import pickle

released = memoryview(b"abc")
released.release()
for view in released, memoryview(b"abcd")[::-1], memoryview(b"abcd")[::2], 5:
    for use in (lambda: str(view, "latin-1"), lambda: b"".join([b"a", view]), lambda: bytearray(b"x").join([view]), lambda: b"".join([view]), lambda: b"a" + view, lambda: bytearray(b"a") + view, lambda: bytearray(b"a").__iadd__(view), lambda: bytearray(b"a").__iadd__(b"b") + view):
        try:
            print(use())
        except Exception as error:
            print(type(error).__name__, error)
for use in lambda: pickle.dumps(memoryview(b"")), lambda: copy.copy(memoryview(b"")), lambda: memoryview(b"").__reduce_ex__(4), lambda: memoryview(b"").__getstate__():
    try:
        print(use())
    except Exception as error:
        print(type(error).__name__, error)
print(list[int].__bases__)
for view in released, memoryview(b"abcd")[::-1], memoryview(b"abcd").cast("B", [2, 2]):
    for use in lambda: b"%b" % view, lambda: b"%s|%5b" % (view, view), lambda: bytearray(b"%b") % view, lambda: b"%a" % view[0]:
        try:
            print(use())
        except Exception as error:
            print(type(error).__name__, error)
