"""What is called as a method may be an attribute of the instance, of a class, a static or class method: and may change between calls of one site."""


def outer(*args):
    return ("outer", args)


class A:
    def m(self, x):
        return ("A.m", x)

    @staticmethod
    def s(x):
        return ("A.s", x)

    @classmethod
    def c(cls, x):
        return ("A.c", cls.__name__, x)

    builtin = len
    number = int


class B(A):
    def m(self, x):
        return ("B.m", x)


class Many:
    def __init__(self, n):
        for k in range(n):
            setattr(self, f"a{k}", k)
        self.call = lambda x: ("Many", n, x)


def site_m(o, x):
    return o.m(x)


def site_s(o, x):
    return o.s(x)


def site_c(o, x):
    return o.c(x)


def site_call(o, x):
    return o.call(x)


def site_builtin(o, x):
    return o.builtin(x), o.number("12")


for turn in range(3):
    a, b = A(), B()
    for o in (a, b):
        for _ in range(3):
            print(site_m(o, 1), site_s(o, 2), site_c(o, 3), site_builtin(o, "abc"))
    for o in (A, B):
        for _ in range(3):
            print(site_s(o, 2), site_c(o, 3), o.m(a, 4), site_builtin(o, "abc"))
    a.m = outer
    a.s = lambda x: ("own s", x)
    for _ in range(3):
        print(site_m(a, 1), site_s(a, 1), site_c(a, 1))
    del a.m
    print(site_m(a, 1), site_s(a, 1))
    a.m = "abc".replace
    try:
        print(site_m(a, 1))
    except TypeError as e:
        print(e)
    a.m = "abc".upper
    try:
        site_m(a, 1)
    except TypeError as e:
        print(e)

A.s = staticmethod(lambda x: ("new s", x))
A.c = classmethod(outer)
print(site_s(A, 1), site_s(B(), 1), site_c(A, 1)[1][1:], site_c(B(), 1)[1])
A.s = outer
print(site_s(A, 1), len(site_s(A(), 1)[1]))
del A.s
try:
    site_s(A, 1)
except AttributeError as e:
    print(e)
A.m = property(lambda self: lambda x: ("property", x))
print(site_m(A(), 1))

for n in (0, 1, 3, 10, 30, 90):
    for _ in range(3):
        print(site_call(Many(n), 5), end=" ")
    m = Many(n)
    m.call = outer
    print(site_call(m, 1))
    del m.call
    try:
        site_call(m, 1)
    except AttributeError as e:
        print(e)


class Meta(type):
    def c(cls, x):
        return ("Meta.c", x)


class WithMeta(metaclass=Meta):
    pass


for o in (A, WithMeta, A, WithMeta):
    print(site_c(o, 1)[0])


class Wrapper:
    def __init__(self, f):
        self.f = f

    def __get__(self, instance, owner):
        return lambda x: ("descriptor", self.f, x)


class D:
    c = Wrapper(1)
    s = classmethod(len)


for _ in range(3):
    print(site_c(D, 1), site_c(D(), 2))
    try:
        site_s(D, 1)
    except TypeError as e:
        print(e)


class Slots:
    __slots__ = ("call",)


o = Slots()
for f in (outer, len, "abc".find):
    o.call = f
    for _ in range(3):
        print(site_call(o, "a"))
print([int.from_bytes(b"ab", "big"), dict.fromkeys("ab", 1), str.upper("x"), bytes.fromhex("00")] * 1)


class Dying:
    """The object is dropped by the site itself."""

    def __init__(self):
        self.call = Dying.made

    @staticmethod
    def made(x):
        return ("made", x)

    def __del__(self):
        log.append("dead")


log = []
for _ in range(3):
    print(Dying().call(1), log)
