"""Unpickling of any bytes, without globals; what came of them is pickled and read again."""
import io
import pickle

from common import TooSlow

FINE = Exception, TooSlow
BAD = SystemError, AssertionError


class Loader(pickle.Unpickler):
    def find_class(self, module, name):
        if module == "builtins" and name in ("set", "frozenset", "complex", "bytearray", "object", "slice", "range"):
            return getattr(__builtins__, name)
        raise pickle.UnpicklingError("no globals")

    def persistent_load(self, what):
        return what


def one(data):
    try:
        value = Loader(io.BytesIO(data), buffers=[bytearray(4), b"xyz"]).load()
        for protocol in range(6):
            again = Loader(io.BytesIO(pickle.dumps(value, protocol))).load()
            assert type(again) is type(value)
    except BAD:
        raise
    except FINE:
        pass
