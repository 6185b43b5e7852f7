# Operator methods: normal, reflected, in-place, NotImplemented, and errors when none fits.


class V:
    def __init__(self, n):
        self.n = n

    def __repr__(self):
        return f"V({self.n})"

    def __add__(self, other):
        return V(self.n + other.n) if isinstance(other, V) else NotImplemented

    def __radd__(self, other):
        return V(self.n + other)

    def __iadd__(self, other):
        self.n += 100
        return self

    def __mul__(self, other):
        return ("mul", other)

    def __matmul__(self, other):
        return "matmul"

    def __neg__(self):
        return V(-self.n)

    def __invert__(self):
        return "inverted"

    def __eq__(self, other):
        return isinstance(other, V) and self.n == other.n

    def __lt__(self, other):
        return self.n < other.n

    def __hash__(self):
        return 5

    def __bool__(self):
        return self.n != 0

    def __index__(self):
        return self.n

    def __call__(self, *a, **k):
        return a, k

    def __contains__(self, item):
        return item == self.n

    def __getitem__(self, key):
        return key

    def __divmod__(self, other):
        return "divmod"

    def __rpow__(self, other):
        return ("rpow", other)

    def __round__(self, digits=None):
        return ("round", digits)


v = V(3)
print(v + V(4), 10 + v, v * 2, v @ 1, -v, ~v, 2**v, divmod(v, 1), round(v), round(v, 2))
v += 1
print(v, v == V(103), v != V(103), V(1) < V(2), V(2) > V(1), bool(V(0)), hash(v))
print(v(1, a=2), 103 in v, v[1:2, ..., 3], [10, 20, 30][V(1)], hex(V(255)))
for text in (
    "v - 1",
    "1 - v",
    "v + 1",
    "v <= v",
    "v << 1",
    "+v",
    "V(1) + 'x'",
    "'x' + V(1)",
    "v -= 1",
    "[] < 3",
    "None + 1",
    "1 + None",
    "'a' * 'b'",
    "len(5)",
    "-'a'",
    "{} | 1",
    "5()",
    "5[0]",
    "5 in 5",
    "abs('x')",
):
    try:
        exec(text)
    except TypeError as error:
        print(text, "->", error)


class Sub(V):
    def __radd__(self, other):
        return "subclass first"


print(V(1) + Sub(2))


class NoEq:
    __eq__ = None


try:
    NoEq() == 1
except TypeError as error:
    print(error)


class OnlyEq:
    def __eq__(self, other):
        return True


try:
    hash(OnlyEq())
except TypeError as error:
    print(error)


class Weird:
    def __bool__(self):
        return 2

    def __len__(self):
        return -1

    def __hash__(self):
        return "x"

    def __index__(self):
        return 1.5

    def __str__(self):
        return 3

    def __iter__(self):
        return 5


for action in (bool, len, hash, str, iter, lambda w: [1][w]):
    try:
        action(Weird())
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
