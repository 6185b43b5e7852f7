# repr and str of everything that has a fixed text; containers use repr, cycles are cut.

print(
    [
        1,
        "a",
        2.5,
        None,
        True,
        b"x",
        (1,),
        {"k": [1]},
        {3},
        frozenset([4]),
        range(2),
        slice(1),
        ...,
        1j,
        NotImplemented,
        int,
        len,
        print,
    ]
)
print(
    repr("a\nb"),
    str("a\nb"),
    [repr("x")],
    ("'", '"'),
    {"a": "'"},
    [""],
    [[], (), {}, set()],
    bytearray(b"x"),
    Exception("e", 1),
    ValueError(),
    KeyError("k"),
    OSError(1, "x"),
)
a = [1]
a.append(a)
b = {"k": a}
b["b"] = b
t = ([],)
t[0].append(t)
print(a, b, t)


class P:
    pass


class Q:
    def __repr__(self):
        return "Q()"


class S:
    def __str__(self):
        return "S str"


class T(S):
    def __repr__(self):
        return "T repr"


print(P, Q(), [Q()], S(), T(), [T()], f"{T()} {T()!r}", str(T()), repr(T()), type(P), type(type))
print(
    repr(P()).startswith("<__main__.P object at 0x"),
    repr(lambda: 1).startswith("<function <lambda> at 0x"),
    repr(P.__init__)[:20],
    repr(Q.__repr__).startswith("<function Q.__repr__ at"),
    repr(Q().__repr__).startswith("<bound method Q.__repr__ of Q()>"),
)
print(
    repr(iter([])).split(" ")[0],
    repr((x for x in ())).split(" at")[0],
    repr(object()).split(" at")[0],
    repr(super(Q, Q())),
    repr(property()).split(" at")[0],
    repr([].append).split(" of")[0],
    repr("".join).split(" at")[0],
    repr(zip()).split(" at")[0],
)
import math
import sys

print(
    math,
    sys.version_info[:2],
    repr(sys.flags)[:9],
    sys.implementation.name in ("cpython", "weft"),
    type(sys).__name__,
    repr(dict.keys),
    repr(int.__add__),
    repr((1).__add__)[:30],
    repr(type.__dict__["__mro__"])[:8],
    repr(list[int]),
    int | None,
    repr(int | str),
)


def outer():
    class Local:
        def method(self):
            pass

    return Local


print(outer(), outer().method.__qualname__, repr(outer().method).split(" at")[0])
for length in (0, 1, 2):
    print(tuple(range(length)), list(range(length)), set(range(length)), dict.fromkeys(range(length)))
print("%s|%r|%a" % ("é", "é", "é"), str(type), repr(type(None)), str(Ellipsis))


class Bad:
    def __repr__(self):
        raise ValueError("no repr")


try:
    print([Bad()])
except ValueError as error:
    print(error)


class E(Exception):
    def __str__(self):
        return "custom"


print(
    E(1),
    repr(E(1)),
    [E(1, 2)],
    str(Exception()),
    str(Exception(1)),
    str(Exception(1, 2)),
    repr(Exception([1])),
    BaseException("x").args,
)
