# An exception in __del__ is printed and ignored.


class D:
    def __del__(self):
        raise ValueError("in __del__")

    __del__.__qualname__ = "D.__del__"


import sys

sys.unraisablehook = lambda info: print("hook:", info.exc_type.__name__, info.exc_value, info.err_msg, file=sys.stderr)
d = D()
del d
print("after")
