# Whose from_param converts an argument: the class's own, its base's, the metaclass's
import ctypes

strlen = ctypes.CDLL(None).strlen


class Own(ctypes.c_char_p):
    @classmethod
    def from_param(cls, value):
        print("own", cls.__name__)
        return super().from_param(value)


class Below(Own):
    pass


class Plain(ctypes.c_char_p):
    pass


class Odd:
    @staticmethod
    def from_param(value):
        return ctypes.c_char_p(value * 2)


class ByInstance:
    def from_param(self, value):
        return ctypes.c_char_p(value + b"xyz")


for argtype in Own, Below, Plain, Odd, ByInstance(), ctypes.c_char_p, ctypes.c_void_p:
    strlen.argtypes = [argtype]
    try:
        print(strlen(b"four"))
        print(strlen(Plain(b"fifth")))
    except Exception as e:
        print(type(e).__name__, e)
