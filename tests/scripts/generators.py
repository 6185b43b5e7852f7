# Generators: send, throw, close, return values, yield from, and their states.
import inspect
import sys


def counter(limit):
    i = 0
    while i < limit:
        sent = yield i
        if sent is not None:
            i = sent
        else:
            i += 1
    return "done"


g = counter(5)
print(next(g), next(g), g.send(3), next(g))
try:
    next(g)
except StopIteration as stop:
    print("stop", stop.value)
print(next(g, "over"), list(counter(3)))


def outer():
    result = yield from counter(2)
    print("inner returned", result)
    yield from [10, 20]
    return 1


print(list(outer()))


def careful():
    try:
        yield 1
        yield 2
    except ValueError as error:
        print("caught", error)
        yield "recovered"
    finally:
        print("cleanup")


g = careful()
next(g)
print(g.throw(ValueError("boom")))
print(next(g, "end"))
g = careful()
next(g)
g.close()
print(inspect.getgeneratorstate(g))


def stubborn():
    while True:
        try:
            yield 1
        except GeneratorExit:
            pass


g = stubborn()
next(g)
try:
    g.close()
except RuntimeError as error:
    print(error)
sys.unraisablehook = lambda info: print("unraisable", info.exc_value)
del g
sys.unraisablehook = sys.__unraisablehook__


def leaks():
    yield 1
    raise StopIteration("x")


try:
    list(leaks())
except RuntimeError as error:
    print(error, repr(error.__cause__))
g = counter(1)
try:
    g.send(1)
except TypeError as error:
    print(error)


def reentrant():
    yield next(me)


me = reentrant()
try:
    next(me)
except ValueError as error:
    print(error)
g = counter(3)
print(inspect.getgeneratorstate(g), g.gi_frame is not None, g.gi_running, g.gi_yieldfrom)
try:
    g.throw(KeyError("before start"))
except KeyError as error:
    print("threw", error, g.gi_frame)


def fib():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


print([x for x, _ in zip(fib(), range(12))], sum(x * x for x in range(10)))


def delegate():
    try:
        yield from careful()
    except KeyError:
        yield "outer caught"


g = delegate()
next(g)
print(g.throw(KeyError("k")))


class Iter:
    def __iter__(self):
        return self

    def __next__(self):
        return 1

    def throw(self, *a):
        return ("thrown", a[0])


def over():
    yield from Iter()


g = over()
next(g)
print(g.throw(ValueError))
print((lambda: (yield))().__name__, type((x for x in ())).__name__)
