# The same place in the code meets other types, shapes and globals: what was learnt must not be trusted blindly.


def add(a, b):
    return a + b


def get(o):
    return o.x


def call(f, *a):
    return f(*a)


def item(o, k):
    return o[k]


def compare(a, b):
    return a < b, a == b


for _ in range(50):
    add(1, 2)
print(
    add(1, 2),
    add(1.5, 2),
    add("a", "b"),
    add([1], [2]),
    add((1,), (2,)),
    add(True, 1),
    add(2**62, 2**62),
    add(1j, 2),
    add(-(2**62), -1),
)


class A:
    def __init__(self):
        self.x = "A.x"


class B:
    x = "class B.x"


class C:
    @property
    def x(self):
        return "property"


class D:
    def __getattr__(self, name):
        return f"getattr {name}"


class E:
    __slots__ = ("x",)


a, e = A(), E()
e.x = "slot"
for _ in range(50):
    get(a)
print([get(o) for o in (a, B(), C(), D(), e, A, B) if not (o is A)])
a.y = 1
print(get(a))
del a.x
A.x = "now in class"
print(get(a))
A.x = property(lambda self: "now a property")
print(get(a))
a.__dict__["x"] = "hidden"
print(get(a))
del A.x
print(get(a))
for _ in range(50):
    call(len, [1])
print(
    call(len, "abc"),
    call(str, 5),
    call(lambda x: x, 7),
    call(A().__init__),
    call(int),
    call(max, 1, 2),
    call([1, 2].index, 2),
    call(type, 5),
    call(print, "hi"),
)
for o, k in [([1, 2], 1), ((1, 2), 0), ({"a": 5}, "a"), ("xyz", 2), (range(5), 3), (b"a", 0)] * 20:
    item(o, k)
print(item([1, 2], -1), item({1: 2}, True), item("é€", 1), item([1, 2, 3], slice(1, None)))
for _ in range(50):
    compare(1, 2)
print(compare(1.0, 2), compare("a", "b"), compare([1], [1]), compare(2**70, 1), compare(float("nan"), 1))
value = 1


def read():
    return value


for _ in range(50):
    read()
value = 2
print(read())
del value
try:
    read()
except NameError as error:
    print(error)
import builtins

builtins.value = "builtin"
print(read())
value = 3
print(read())
del builtins.value


def method_of(o):
    return o.m()


class M:
    def m(self):
        return "M"


class N(M):
    pass


n = N()
for _ in range(50):
    method_of(n)
N.m = lambda self: "N"
print(method_of(n))
n.m = lambda: "instance"
print(method_of(n))
del n.m, N.m
print(method_of(n))
N.__bases__ = (type("Z", (), {"m": lambda self: "Z"}),)
print(method_of(n))
n.__class__ = M
print(method_of(n))


def iterate(o):
    return [x for x in o]


for o in [[1], (2,), {3: 4}, {5}, "6", range(7, 8), iter([9]), (x for x in [10]), b"\x0b"] * 10:
    iterate(o)
print(iterate([1]), iterate("ab"), iterate({1: 2}))


def unpack(o):
    a, b = o
    return a, b


for o in [(1, 2), [3, 4], "ab", {5: 6, 7: 8}, iter([9, 10])]:
    print(unpack(o))
for bad in ([1], (1, 2, 3), 5):
    try:
        unpack(bad)
    except (ValueError, TypeError) as error:
        print(error)


def truth(o):
    return "yes" if o else "no"


print([truth(o) for o in (0, 1, 0.0, 0.5, "", "a", [], [0], None, True, {}, set(), range(0), 2**70, A())])


def store(o, v):
    o.x = v


for _ in range(50):
    store(A(), 1)
store(e, "slot again")
print(e.x)
try:
    store(5, 1)
except AttributeError as error:
    print(error)


class Setter:
    def __setattr__(self, name, v):
        print("setattr", name, v)


store(Setter(), 5)


def contains(c, x):
    return x in c


for c in ([1], (1,), {1}, {1: 2}, range(3), "1"):
    print(contains(c, "1" if isinstance(c, str) else 1), end=" ")
print()
