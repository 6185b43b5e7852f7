# functools: partial, reduce, lru_cache, cached_property, wraps, singledispatch, total_ordering, cmp_to_key.
import functools

p = functools.partial(int, base=2)
print(
    p("101"),
    p.func,
    p.args,
    p.keywords,
    functools.partial(p, "11")(),
    functools.reduce(lambda a, b: a * b, [1, 2, 3, 4]),
    functools.reduce(max, [], "initial"),
    repr(functools.partial(print, 1, sep="-")),
)


@functools.lru_cache(maxsize=2)
def slow(x, y=0):
    print("computing", x)
    return x * 2


print(slow(1), slow(1), slow(2), slow(3), slow(1), slow.cache_info(), slow.__wrapped__(5))
slow.cache_clear()
print(slow.cache_info(), slow.cache_parameters())


@functools.cache
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


print(fib(80), fib.cache_info())


class C:
    @functools.cached_property
    def value(self):
        print("once")
        return 42

    @functools.singledispatchmethod
    def show(self, x):
        return "default"

    @show.register
    def _(self, x: int):
        return "int"

    def method(self, a, b):
        return a, b

    half = functools.partialmethod(method, 1)


c = C()
print(c.value, c.value, c.show(1), c.show("x"), c.half(2))


@functools.singledispatch
def f(x):
    return "object"


@f.register(list)
def _(x):
    return "list"


@f.register
def _(x: int | str):
    return "int or str"


print(f(1), f([]), f(2.5), f("s"), f(True), f.dispatch(bool).__name__)


@functools.total_ordering
class Version:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return self.n == other.n

    def __lt__(self, other):
        return self.n < other.n


print(Version(1) <= Version(2), Version(2) > Version(1), Version(1) >= Version(2))


def decorate(function):
    @functools.wraps(function)
    def wrapper(*a):
        "wrapper doc"
        return function(*a)

    return wrapper


@decorate
def documented(x: int):
    "doc"


print(documented.__name__, documented.__doc__, documented.__annotations__, documented.__wrapped__.__name__)
print(sorted([5, 3, 1, 4], key=functools.cmp_to_key(lambda a, b: b - a)))
for bad in (
    lambda: functools.reduce(max, []),
    lambda: slow([]),
    lambda: functools.partial(),
    lambda: f(),
    lambda: functools.partial(5),
):
    try:
        bad()
    except TypeError as error:
        print(error)
