# However things are called, the depth that is left stays the same.
import importlib


def depth():
    n = 0

    def deeper():
        nonlocal n
        n += 1
        deeper()

    try:
        deeper()
    except RecursionError:
        pass
    return n


class K:
    @classmethod
    def c(cls, a=1, b=None):
        return a

    @staticmethod
    def s(a=1):
        return a

    def m(self):
        return 1

    p = property(m)

    def __getattr__(self, name):
        raise AttributeError(name)

    def __eq__(self, other):
        return True

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return True


def generator():
    yield from (1, 2)


def with_error():
    with K():
        1 / 0


actions = {
    "class method": lambda: K.c(1),
    "class method, keywords": lambda: K.c(a=1, b=2),
    "class method of an instance": lambda: K().c(),
    "static method": lambda: K.s(2),
    "method": lambda: K().m(),
    "property": lambda: K().p,
    "missing attribute": lambda: hasattr(K(), "x"),
    "comparison": lambda: K() == K(),
    "sort": lambda: sorted([3, 1], key=lambda x: -x),
    "generator": lambda: list(generator()),
    "half a generator": lambda: next(generator()),
    "with": with_error,
    "exec": lambda: exec("def f(): pass\nf()"),
    "class": lambda: type("X", (K,), {}),
    "import": lambda: importlib.import_module("fractions"),
    "repr": lambda: repr([[[[1]]]]),
    "copy": lambda: importlib.import_module("copy").deepcopy([[[1]]]),
}
for name, action in actions.items():
    action()
    before = depth()
    for _ in range(20):
        action()
    print(name, depth() - before)
