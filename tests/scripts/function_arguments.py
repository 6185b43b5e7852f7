# Parameters of every kind, defaults, keyword-only, positional-only, and each message when they don't fit.


def f(a, b=2, *args, c, d=4, **kw):
    return a, b, args, c, d, kw


def g(a, /, b, *, c=3):
    return a, b, c


def h():
    pass


def i(a, b, c, d):
    pass


print(f(1, c=3), f(1, 2, 3, 4, c=5, e=6), g(1, 2), g(1, b=2, c=4), f(*[1, 2], **{"c": 1, "z": 0}))
for text in (
    "f()",
    "f(1)",
    "f(1, c=1, a=2)",
    "f(c=1)",
    "g(a=1, b=2)",
    "g(1)",
    "g(1, 2, 3)",
    "g(1, 2, d=4)",
    "h(1)",
    "h(x=1)",
    "i()",
    "i(1)",
    "i(1, 2)",
    "i(1, 2, 3)",
    "i(1, 2, 3, 4, 5)",
    "i(1, a=1)",
    "g()",
    "g(1, 2, 3, c=4)",
    "(lambda x: 1)()",
    "(lambda: 1)(2)",
    "(lambda *, k: 1)()",
    "(lambda *, k, j: 1)()",
    "(lambda a, *, k: 1)(1, 2, k=3)",
    "len()",
    "len(1, 2)",
    "print(x=1)",
    "int(y=1)",
    "[].append(1, 2)",
    "'a'.join()",
    "ord()",
    "isinstance(1)",
    "sorted()",
    "dict(1, 2)",
    "range()",
    "max()",
    "max(5)",
    "sum('ab', '')",
    "pow(1)",
    "getattr(1)",
    "open()",
    "zip(1)",
    "map()",
    "enumerate()",
    "str(1, 2, 3, 4)",
    "type(1, 2)",
    "object(1)",
    "f(1, c=2, **{'c': 3})",
    "f(1, *None)",
    "f(**None)",
    "type('A', (), {})(1)",
    "list.append()",
    "list.append(1, 2)",
    "str.join(1, 2)",
    "(1).__add__()",
    "iter()",
    "next()",
    "next(5)",
    "reversed(5)",
    "reversed({1})",
    "round('a')",
    "chr('a')",
    "hash([])",
    "divmod(1)",
    "print(1, sep=2)",
    "input(1, 2)",
    "setattr(1, 2, 3)",
    "getattr(1, 2)",
    "isinstance(1, 2)",
    "issubclass(1, int)",
    "callable()",
    "id()",
    "vars(1)",
    "dir(1, 2)",
    "bool(1, 2)",
    "float(1, 2)",
):
    try:
        eval(text)
        print(text, "fits")
    except (TypeError, ValueError) as error:
        print(text, "->", type(error).__name__, error)
print(
    f.__defaults__,
    f.__kwdefaults__,
    f.__code__.co_argcount,
    f.__code__.co_kwonlyargcount,
    g.__code__.co_posonlyargcount,
    f.__name__,
    f.__annotations__,
)


def shared(value, store=[]):
    store.append(value)
    return store


print(shared(1), shared(2), shared(3, []))


def annotated(a: int, b: "str" = 1, *c: list, d: dict = None, **e: set) -> None:
    """Doc."""


print(annotated.__annotations__, annotated.__doc__, annotated.__qualname__)
annotated.extra = 5
annotated.__defaults__ = (7,)
annotated.__name__ = "other"
print(annotated.__dict__, annotated.__defaults__, annotated.__name__)
import inspect

print(
    inspect.signature(f),
    inspect.signature(g),
    inspect.signature(annotated),
    inspect.signature(lambda *a, b: 0),
)


def decorator(label):
    print("made", label)

    def wrap(function):
        print("wraps", label)
        return lambda *a: (label, function(*a))

    return wrap


@decorator("outer")
@decorator("inner")
def decorated(x):
    return x


print(decorated(1))
