# type(): three arguments, attributes of types, instances of types, subclassing built-in types, unions.

A = type("A", (dict,), {"x": 1, "__doc__": "doc", "f": lambda self: len(self)})
print(
    A.__name__,
    A.__bases__,
    A.__doc__,
    A(a=1).f(),
    A.__module__,
    A.__qualname__,
    A.__dict__["x"],
    A.__base__,
    A.__flags__ > 0,
)
for bad in (
    lambda: type("A", (), {}, 1),
    lambda: type(1, (), {}),
    lambda: type("A", [], {}),
    lambda: type("A", (), []),
    lambda: type("A\0", (), {}),
    lambda: type("A", (5,), {}),
    lambda: type(),
    lambda: type("A", (bool,), {}),
    lambda: type("A", (type(None),), {}),
    lambda: setattr(int, "x", 1),
    lambda: int.__dict__.__setitem__("x", 1),
    lambda: type.__new__(5),
    lambda: object.__new__(),
    lambda: object().x,
    lambda: A.nope,
    lambda: delattr(A, "nope"),
    lambda: type("A", (), {"__slots__": 5}),
):
    try:
        print(bad())
    except (TypeError, ValueError, AttributeError) as error:
        print(type(error).__name__, error)


class MyInt(int):
    def __new__(cls, value, extra=None):
        self = super().__new__(cls, value)
        self.extra = extra
        return self

    def __add__(self, other):
        return MyInt(int(self) + other, "added")


class MyStr(str):
    def upper(self):
        return "custom " + super().upper()


class MyList(list):
    def append(self, x):
        super().append(x * 2)


class MyTuple(tuple):
    def __new__(cls, *args):
        return super().__new__(cls, args)


class MyDict(dict):
    def __setitem__(self, key, value):
        super().__setitem__(str(key), value)


i, l, d = MyInt(5, "e"), MyList([1]), MyDict({1: 2})
l.append(3)
l.name = "list"
d[2] = 3
print(
    i,
    i.extra,
    (i + 1).extra,
    type(i * 2).__name__,
    MyStr("a").upper(),
    l,
    l.name,
    d,
    MyTuple(1, 2),
    isinstance(l, list),
    MyStr("x") + "y",
    MyStr("a") == "a",
    {MyStr("k"): 1}["k"],
    len(MyTuple(1)),
    type(l + [1]).__name__,
    type(l[:]).__name__,
    type(MyStr("ab")[0]).__name__,
    f"{MyInt(7):03d}",
    MyInt(3) == 3,
    [10, 20][MyInt(1)],
    json_like := repr(MyStr("q")),
)


class NoInit:
    def __new__(cls, *args):
        print("new", args)
        return 5 if args else super().__new__(cls)

    def __init__(self, *args):
        print("init", args)


print(NoInit(1), type(NoInit()).__name__)


class WithCall:
    def __call__(self, x):
        return x + 1


print(callable(WithCall()), WithCall()(1), callable(WithCall), list(map(WithCall(), [1, 2])))
print(
    int | str,
    (int | str) == (str | int),
    isinstance(5, int | None),
    (int | list[str]).__args__,
    type(int | str).__name__,
    list[int] == list[int],
    list[int].__origin__,
    hash(int | str) == hash(str | int),
)
print(
    issubclass(int, object),
    object.__bases__,
    type.__mro__,
    type(type),
    object.__class__,
    int.__subclasses__()[0],
    (5).__class__.__class__,
    bool.__mro__,
    Exception.__base__,
    type(None),
    NotImplementedError.__mro__[1],
)
for name in (
    "__init__",
    "__new__",
    "__repr__",
    "__hash__",
    "__eq__",
    "__class__",
    "__dir__",
    "__sizeof__",
    "__reduce_ex__",
    "__init_subclass__",
    "__subclasshook__",
    "__format__",
    "__getattribute__",
):
    print(name, type(object.__dict__[name]).__name__, end="; ")
print()
print(
    object() == object(),
    (lambda o: o == o)(object()),
    object.__eq__(1, 2),
    (1).__eq__("a"),
    (1).__lt__(1.5),
    "a".__add__("b"),
    [].__len__(),
    int.__add__(1, 2),
    str.__mod__("%d", 5),
    object.__repr__(5)[:14],
    object.__str__(5),
    type.__call__(int, "7"),
    int.__call__("8"),
    (5).__format__("03"),
    (3).__rsub__(10),
    {}.__contains__(1),
    (1, 2).__getitem__(0),
    "x".__class__,
)
