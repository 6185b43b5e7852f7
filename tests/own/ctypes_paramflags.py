# Argument types that don't go with the flags of the parameters any more.
import ctypes

libc = ctypes.CDLL(None)
prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)
f = prototype(("abs", libc), ((1, "x"),))
assert f(-3) == f(x=-3) == 3
f.argtypes = [ctypes.c_int] * 4
try:
    f(-3)
    assert False
except ValueError as e:
    assert str(e) == "paramflags must have the same length as argtypes", e


class Odd:
    @classmethod
    def from_param(cls, v):
        return v


f = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_int))(("abs", libc), ((2, "x"),))
f.argtypes = [Odd]
try:
    f()
    assert False
except TypeError as e:
    assert "must be a pointer type" in str(e), e
