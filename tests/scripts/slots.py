# __slots__: no dict, inheritance, weakref, conflicts, and unset ones.


class Point:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y


p = Point(1, 2)
print(p.x, p.y, hasattr(p, "__dict__"), Point.__slots__)
for action in (lambda: setattr(p, "z", 1), lambda: p.z):
    try:
        action()
    except AttributeError as error:
        print(error)
del p.x
try:
    p.x
except AttributeError as error:
    print(error)
try:
    del p.x
except AttributeError as error:
    print(error)


class Point3(Point):
    __slots__ = ("z",)


class Open(Point):
    pass


q = Point3(1, 2)
q.z = 3
o = Open(4, 5)
o.extra = 6
print(q.z, q.x, o.__dict__, o.x)
try:

    class Clash:
        __slots__ = ("a",)
        a = 1

except ValueError as error:
    print(error)
try:

    class NotName:
        __slots__ = ("1a",)

except TypeError as error:
    print(error)


class L1:
    __slots__ = ("a",)


class L2:
    __slots__ = ("b",)


try:

    class Both(L1, L2):
        pass

except TypeError as error:
    print(error)


class Private:
    __slots__ = ("__secret", "__dict__")

    def __init__(self):
        self.__secret = 1


print(sorted(name for name in dir(Private) if "secret" in name), Private().__dict__)
print(type(Point.x).__name__, Point.x.__name__, Point.__dict__["y"].__get__(p))
