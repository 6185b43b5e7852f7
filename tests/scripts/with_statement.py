# with: order, exceptions, suppression, several managers, and what isn't a manager.
from contextlib import contextmanager


class Manager:
    def __init__(self, name, suppress=False, fail=None):
        self.name, self.suppress, self.fail = name, suppress, fail

    def __enter__(self):
        print("enter", self.name)
        if self.fail == "enter":
            raise RuntimeError("enter fails")
        return self.name.upper()

    def __exit__(self, kind, value, traceback):
        print("exit", self.name, kind and kind.__name__, value, traceback is not None)
        if self.fail == "exit":
            raise RuntimeError("exit fails")
        return self.suppress


with Manager("a") as a, Manager("b") as b:
    print(a, b)
with Manager("c") as c, Manager("d", suppress=True):
    raise ValueError("swallowed")
try:
    with Manager("e"), Manager("f", fail="enter"):
        print("never")
except RuntimeError as error:
    print(error)
try:
    with Manager("g", fail="exit"):
        raise KeyError("first")
except RuntimeError as error:
    print(error, repr(error.__context__))


def early():
    with Manager("h"):
        return "returned"


print(early())
for i in range(3):
    with Manager(f"i{i}"):
        if i == 0:
            continue
        if i == 1:
            break
with Manager("j") if False else Manager("k"):
    pass
target = type("T", (), {})()
with Manager("l") as target.attribute, Manager("m") as (p, *q):
    print(target.attribute, p, q)


@contextmanager
def managed(x):
    print("begin", x)
    try:
        yield x + 1
    except ValueError as error:
        print("saw", error)
    finally:
        print("end", x)


with managed(1) as value:
    print(value)
    raise ValueError("inner")
for thing in (5, type("OnlyEnter", (), {"__enter__": lambda self: 1})()):
    try:
        with thing:
            pass
    except TypeError as error:
        print(error)


@managed(10)
def decorated():
    print("body")


decorated()
