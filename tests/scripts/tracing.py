# What trace and profile functions are told, line by line; jumps by f_lineno; values changed through f_locals.
import sys

events = []


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None


def tracer(frame, event, arg):
    line = frame.f_lineno - frame.f_code.co_firstlineno
    shown = type(arg) if event == "return" else arg[0].__name__ if event == "exception" else None
    events.append((frame.f_code.co_name, line, event, shown))
    return tracer


def show(function, *args):
    events.clear()
    sys.settrace(tracer)
    try:
        function(*args)
    except Exception as error:
        print(type(error).__name__, error)
    finally:
        sys.settrace(None)
    for event in events:
        if event[0] != "show":
            print(*event)
    print()


def branches(x):
    if x:
        y = 1
    elif x == 0:
        y = 2
    else:
        y = 3
    while True:
        y += 1
        if y > 3:
            break
    if 0:
        never
    for i in range(2):
        pass
    else:
        pass
    if y:
        if not x:
            y = 0


def handlers(x):
    try:
        try:
            1 / x
        except TypeError:
            pass
        except ZeroDivisionError as e:
            del e
            return "zero"
        finally:
            x = 2
    finally:
        x = 3
    with Manager() as f:
        for i in 1, 2:
            if i == 2:
                break
    assert x


def generator():
    try:
        got = yield 1
    except KeyError:
        yield 2
    return 99


def delegate():
    x = yield from generator()
    yield x


def generators():
    for i in generator():
        pass
    for i in delegate():
        pass
    g = generator()
    next(g)
    print(g.throw(KeyError))
    g.close()
    print([c for c in "ab"])
    print(sum(c for c in (1, 2)))


class Stops:
    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration


def stops():
    for i in Stops():
        pass


async def coroutine():
    return 5


async def awaits():
    return await coroutine()


def run():
    try:
        awaits().send(None)
    except StopIteration as stop:
        print(stop.value)


def classes():
    class C:
        "doc"
        a = 1

        def f(self):
            return self.a

    C().f()
    return (lambda: 7)()


for case in (branches, 0), (branches, 1), (handlers, 0), (handlers, 1), (handlers, "a"), (generators,), (stops,), (run,), (classes,):
    print(case[0].__name__)
    show(*case)


def profiler(frame, event, arg):
    seen.append((event, arg.__name__ if event.startswith("c_") else frame.f_code.co_name))


def profiled():
    len([])
    "a".join(["b"])
    max(*[1, 2])
    try:
        int("x")
    except ValueError:
        pass
    list(generator())


seen = []
sys.setprofile(profiler)
profiled()
sys.setprofile(None)
print(*seen, sep="\n")


def jumper(source, target):
    def trace(frame, event, arg):
        if frame.f_code.co_name != "jumps":
            return None
        if event == "line" and frame.f_lineno - frame.f_code.co_firstlineno == source and not jumped:
            jumped.append(1)
            try:
                frame.f_lineno = frame.f_code.co_firstlineno + target
            except ValueError as error:
                print("ValueError", str(error).replace(str(frame.f_code.co_firstlineno + target), "N"))
        return trace

    jumped = []
    sys.settrace(trace)
    jumps()
    sys.settrace(None)
    print(output)
    output.clear()


output = []


def jumps():
    output.append(1)
    for i in 1, 2:
        output.append(3)
        try:
            output.append(5)
            1 / 0
        except ZeroDivisionError:
            output.append(8)
        output.append(9)
    with Manager():
        output.append(11)
    output.append(12)


for source, target in (1, 12), (12, 1), (3, 12), (5, 9), (8, 12), (8, 1), (1, 3), (1, 5), (1, 8), (3, 8), (1, 11), (11, 12), (9, 3), (1, 40), (1, -1):
    if 1 < target < 20 or target == 1:
        jumper(source, target)


def changes(x):
    y = x + 1

    def inner():
        return y

    y = y + 1
    return x, y, inner()


def change(frame, event, arg):
    if event == "line" and "y" in frame.f_locals and frame.f_lineno - frame.f_code.co_firstlineno == 6:
        frame.f_locals["x"] = "changed"
        frame.f_locals["y"] = 40
    return change


sys.settrace(change)
result = changes(1)
sys.settrace(None)
print(result)
frame = sys._getframe()
for value in ("a",):
    try:
        frame.f_lineno = value
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)


def failing(frame, event, arg):
    if event == "line":
        raise OSError("from the trace function")
    return failing


def traced():
    try:
        x = 1
    except OSError as error:
        print("caught", error)


sys.settrace(failing)
try:
    traced()
except OSError as error:
    print(repr(error), error.__traceback__.tb_next.tb_lineno - traced.__code__.co_firstlineno)
print(sys.gettrace(), sys.getprofile())
for call in (sys.settrace,), (sys.setprofile, 1, 2):
    try:
        call[0](*call[1:])
    except TypeError as error:
        print(error)
print(sys.call_tracing(max, (1, 2)))


# A variable that is returned is still there when its frame is looked at.
def returns(a, b=2):
    global frame
    frame = sys._getframe()
    c = [a]
    return c


def kept():
    value = 5
    yield sys._getframe()
    return value


def at_return(frame, event, arg):
    if event == "return" and frame.f_code.co_filename == __file__:
        print(frame.f_code.co_name, sorted(frame.f_locals.items()), arg)
    return at_return


returns(1)
print(frame.f_locals)
generator = kept()
frame = next(generator)
list(generator)
print(frame.f_locals)
for install in sys.settrace, sys.setprofile:
    install(at_return)
    returns(3)
    (lambda z: z)(4)
    install(None)
