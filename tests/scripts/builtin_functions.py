# Built-in functions, each with its usual and unusual arguments.

print(
    abs(-3),
    abs(-2.5),
    abs(3 + 4j),
    all(i for i in [1, 1]),
    any(""),
    ascii("é"),
    bin(-5),
    hex(255),
    oct(8),
    callable(len),
    callable(5),
    chr(97),
    ord("a"),
)
print(
    divmod(17, 5),
    divmod(-17.5, 5),
    enumerate,
    filter,
    format(3.14159, ".2f"),
    format("x", ">3"),
    format(5),
    hash("") == hash(""),
    isinstance(1, (str, int)),
    isinstance(True, int),
    isinstance(1, int | str),
    issubclass(bool, int),
)
print(
    len("abc"),
    max(1, 5, 3),
    max([1, 5], key=lambda x: -x),
    max([], default="none"),
    max("apple", "fig", key=len),
    min((3, 1)),
    min({"b": 1, "a": 2}),
    pow(2, 10),
    pow(2, 10, 1000),
    pow(2.0, -1),
)
print(
    repr("x"),
    round(2.567, 2),
    round(1e20),
    sorted("hello"),
    sorted([3, 1], reverse=True),
    sum([1, 2.5]),
    sum([[1], [2]], []),
    sum(range(5), 10),
    list(reversed("abc")),
    type(5).__name__,
    str(5),
    tuple(zip([1, 2], "ab")),
)
print(
    getattr(5, "real"),
    getattr(5, "nope", None),
    hasattr("", "upper"),
    list(map(pow, [2, 3], [3, 2])),
    list(filter(lambda x: x > 1, [1, 2, 3])),
    vars(type("V", (), {"a": 1})()) == {},
    slice(1, 2),
    bool([]),
    bool([0]),
    int("5"),
    id(5) == id(5),
)
print(
    next(iter([]), "end"),
    [f(3) for f in (float, complex, str, bool)],
    object() is None,
    type(object()).__name__,
    bytes(2),
    staticmethod(len)([1]),
    isinstance(property(), property),
    memoryview(b"ab")[0],
)
print(
    print.__name__,
    len.__name__,
    len.__module__,
    len.__doc__ is not None,
    str(len),
    repr(max),
    type(len).__name__,
    len.__self__.__name__,
    [].append.__name__,
    str.upper.__name__,
    str.upper.__qualname__,
    type(str.upper).__name__,
    type("".upper).__name__,
)
print("a", "b", sep="-", end="!\n")
print()
print(1, None, [2], "x", sep=None, end=None)
print(*range(3), sep=", ", flush=True)
import io

buffer = io.StringIO()
print("to a buffer", 1, file=buffer)
print(
    repr(buffer.getvalue()),
    __import__("math").pi,
    sorted([(2, "a"), (1, "b")], key=lambda p: p[1]),
    globals()["buffer"] is buffer,
)
print(dir(type("D", (), {"zed": 1}))[-1], [n for n in dir([]) if "app" in n], "x" in dir(), dir.__name__)
print(
    isinstance(NotImplemented, type(NotImplemented)),
    NotImplemented,
    Ellipsis,
    ...,
    None,
    True,
    __debug__,
    type(None)() is None,
    type(...).__name__,
    type(NotImplemented).__name__,
)
for bad in (
    lambda: max([]),
    lambda: min(),
    lambda: sum(["a"]),
    lambda: sum(5),
    lambda: chr("a"),
    lambda: ord(""),
    lambda: ord(5),
    lambda: bin("a"),
    lambda: len(5),
    lambda: sorted([1, "a"]),
    lambda: sorted(5),
    lambda: abs("a"),
    lambda: round("a"),
    lambda: isinstance(1, "a"),
    lambda: issubclass(5, int),
    lambda: getattr(5, "x"),
    lambda: next(iter([])),
    lambda: pow("a", 2),
    lambda: hash({}),
    lambda: int("x"),
    lambda: format(5, "z"),
    lambda: vars(5),
    lambda: __import__(5),
    lambda: reversed(5),
    lambda: divmod(5, "a"),
    lambda: max(1, "a"),
    lambda: print(end=5),
    lambda: hex(1.5),
    lambda: isinstance(1, list[int]),
    lambda: input.x,
    lambda: pow(2, 3, "a"),
    lambda: bool.x,
    lambda: all(5),
    lambda: type(5, 6, 7),
    lambda: object.__new__(int),
    lambda: sum([1], "a"),
    lambda: sum(["a"], ""),
    lambda: NotImplemented(),
    lambda: max(1, key=5),
    lambda: max(1, 2, default=3),
    lambda: round(1.5, "a"),
    lambda: pow(0, -1),
    lambda: enumerate(5),
    lambda: map(5),
    lambda: list(map(5, [1])),
    lambda: list(zip([1], 5)),
    lambda: callable(),
    lambda: super().x,
    lambda: delattr(5, "real"),
):
    try:
        print(bad())
    except Exception as error:
        print(type(error).__name__, error)
