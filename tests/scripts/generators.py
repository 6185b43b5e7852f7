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


# What delegates to what delegates: the frames in between while the innermost runs, and each way out of it.
import sys


def names_of_frames():
    frame, names = sys._getframe(1), []
    while frame is not None and frame.f_code.co_name != "<module>":
        names.append((frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno, frame.f_locals.get("depth")))
        frame = frame.f_back
    return names


def innermost(items):
    for item in items:
        got = yield item
        if got == "frames":
            yield names_of_frames()
        elif got == "fail":
            raise KeyError(item)
        elif got == "trace":
            sys.settrace(tracer)
        elif got == "locals":
            here = sys._getframe().f_back
            yield {name: value for name, value in here.f_locals.items() if name in ("depth", "kept")}
        elif got is not None:
            yield ("got", got)
    return "the end"


def chain(depth, items):
    kept = [depth]
    try:
        result = yield from chain(depth - 1, items) if depth else innermost(items)
        yield (depth, result, kept)
        if depth == 2:
            result = yield from chain(1, "xy")
    except KeyError as error:
        if depth != 2:
            raise
        result = yield ("caught", depth, error.args, kept)
        result = yield from innermost("zw")
    finally:
        kept.append("left")
        print("left", depth, kept)
    return result


events = []


def tracer(frame, event, arg):
    if frame.f_code.co_name in ("chain", "innermost"):
        events.append((frame.f_code.co_name, event, frame.f_locals.get("depth"), frame.f_lineno - frame.f_code.co_firstlineno))
    return tracer


print(list(chain(3, "abc")))
g = chain(4, "abcdefgh")
print(next(g), next(g), g.send("frames"), next(g), g.send("locals"), next(g), g.send("other"), next(g), g.gi_running, g.gi_yieldfrom.gi_frame.f_locals["depth"])
print(g.send("fail"), list(g))
g = chain(3, "abcdefgh")
print(next(g), next(g), g.throw(KeyError("thrown")), next(g), next(g))
g.close()
g = chain(3, "abcdefgh")
next(g), next(g)
try:
    g.throw(ValueError("through all"))
except ValueError as error:
    traceback = error.__traceback__
    while traceback is not None:
        print(traceback.tb_frame.f_code.co_name, traceback.tb_lineno - traceback.tb_frame.f_code.co_firstlineno)
        traceback = traceback.tb_next
g = chain(2, "abcdefgh")
next(g), next(g), g.send("trace"), next(g)
sys.settrace(None)
print(events, next(g))
del events[:]
g.send("fail")
g.close()


def uses(depth):
    for item in chain(depth, "ab"):
        if item == "a":
            yield [x for x in chain(1, "c")]
        yield item


print([*uses(2)], sum(1 for _ in chain(5, "ab")), [*zip(chain(2, "ab"), chain(1, "ab"))])


def deep(n):
    if n:
        yield from deep(n - 1)
    yield n


print(sum(deep(200)))
limit, counted = sys.getrecursionlimit(), 0
sys.setrecursionlimit(150)
g = deep(90)
print(next(g), next(g))


def below(n):
    return below(n - 1) if n else next(g)


for n in (10, 100, 20):
    try:
        print(below(n))
    except RecursionError:
        print("too deep")
    except StopIteration:
        print("over")
sys.setrecursionlimit(limit)


async def wait(depth, items):
    if depth:
        return [depth, *await wait(depth - 1, items)]
    return [await Once(item) for item in items]


class Once:
    def __init__(self, item):
        self.item = item

    def __await__(self):
        return (yield self.item) or self.item


coroutine = wait(4, "abc")
print(coroutine.send(None), coroutine.send("A"), coroutine.send(None), coroutine.cr_await.cr_await.cr_frame.f_locals["depth"])
try:
    coroutine.send("C")
except StopIteration as stop:
    print(stop.value)
