"""Attributes of instances whose __dict__ somebody asked for, read and stored at the same places again and again, while everything about them changes."""
import functools


class Point:
    def __init__(self, **names):
        self.__dict__.update(names)


def get(p):
    return p.x


def put(p, value):
    p.x = value


def tell(p):
    try:
        return get(p)
    except AttributeError as e:
        return str(e)


a, b, c = Point(x=1, y=2), Point(y=2, x=3), Point(y=5)
for _ in range(20):
    print(get(a), get(b), tell(c), end=" ")
    put(a, get(a) + 1)
    put(b, [get(b)] if isinstance(get(b), int) else get(b)[0] + 1)
print(a.__dict__, b.__dict__)
put(c, "new")
print(c.__dict__, list(vars(c)))
del a.x
print(tell(a), get(b))
put(a, 7)
print(get(a), list(a.__dict__))
a.__dict__.clear()
print(tell(a))
a.__dict__ = {"z": 0, "x": "other"}
print(get(a), list(a.__dict__))
a.__dict__.update({f"n{i}": i for i in range(50)})
put(a, get(a) * 2)
print(get(a), len(a.__dict__))
name = "".join(["x"])
d = Point()
d.__dict__[name] = "not interned"
print([get(d) for _ in range(3)])
put(d, 1)
print(d.__dict__, get(d))

Point.x = property(lambda self: "property", lambda self, value: print("set", value))
print(get(a), get(b))
put(a, 1)
del Point.x
print(get(a), get(b))
Point.x = "of the class"
print(get(a), tell(Point()))


class Slow(Point):
    def __getattribute__(self, name):
        return "asked" if name == "x" else super().__getattribute__(name)

    def __setattr__(self, name, value):
        print("told", name, value)
        super().__setattr__(name, value)


print(get(Slow(x=1)))
b.__class__ = Slow
print(get(b))
put(b, 5)
b.__class__ = Point
print(get(b))


class Other:
    x = "other's"


print(get(Other()), get(b), get(a))


class Gone:
    def __del__(self):
        print("gone, x is", get(b))


put(b, Gone())
put(b, 1)
print(get(b))


class Cached:
    @functools.cached_property
    def value(self):
        print("computed")
        return 1

    def twice(self):
        return self.value + self.value


e = Cached()
print([e.twice() for _ in range(4)], e.value)
e.value = 5
print(e.twice())
del e.value
print(e.twice())
