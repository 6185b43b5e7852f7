"""Views whose format isn't one of the native ones: what fails, and when."""
import array
import ctypes


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int)]


for view in memoryview(array.array("u", "aé")), memoryview(array.array("u")), memoryview((Pair * 3)()):
    for use in (lambda: view[0], lambda: view[5], lambda: view["a"], lambda: view[0, 0], lambda: len(view[1:]), lambda: view.tolist(), lambda: list(view), lambda: view == view, lambda: view != view, lambda: 1 in view, lambda: view[()],
                lambda: view.__setitem__(0, 1), lambda: view.__setitem__(9, 1), lambda: view.__setitem__("a", 1), lambda: view.__setitem__((0, 0), 1), lambda: view.__delitem__(0), lambda: next(iter(view)), lambda: next(reversed(view))):
        try:
            print(use())
        except Exception as error:
            print(type(error).__name__, error)
for view in memoryview(b""), memoryview(b"abcd"), memoryview(b"abcd").cast("B", [2, 2]), memoryview(b"").cast("i"):
    for arguments in ("B",), ("B", [2, 2]), ("B", [0]), ("i",), ("B", []), ("B", [4]), ("B", (4, 1, 1)), ("h", [0, 2]):
        try:
            print(view.cast(*arguments).tolist())
        except Exception as error:
            print(type(error).__name__, error)
