# Frames, code objects and tracebacks as programs see them.
import sys


def inner():
    frame = sys._getframe()
    return (
        frame.f_code.co_name,
        frame.f_back.f_code.co_name,
        frame.f_lineno - frame.f_code.co_firstlineno,
        sorted(frame.f_locals),
        frame.f_globals is globals(),
    )


def outer(a, b=2):
    c = 3
    return inner(), sorted(locals().items())


print(outer(1))


def f(a, b, /, c, *args, d, e=5, **kw):
    """doc"""
    x = a
    return lambda: x + c


code = f.__code__
print(
    code.co_name,
    code.co_argcount,
    code.co_posonlyargcount,
    code.co_kwonlyargcount,
    code.co_varnames,
    code.co_cellvars,
    code.co_freevars,
    code.co_nlocals,
    code.co_consts[0],
    code.co_qualname,
    code.co_flags & 0x0C,
)
replaced = code.replace(co_name="renamed")
print(
    replaced.co_name,
    code == f.__code__,
    isinstance(hash(code), int),
    repr(code).startswith("<code object f at 0x"),
)


def divide(a, b):
    return a / b


def calls():
    divide(1, 0)


try:
    calls()
except ZeroDivisionError as error:
    tb, names = error.__traceback__, []
    while tb:
        names.append((tb.tb_frame.f_code.co_name, tb.tb_lineno - tb.tb_frame.f_code.co_firstlineno))
        tb = tb.tb_next
    print(names[1:], error.__traceback__.tb_frame.f_locals is not None)


def generator():
    x = 1
    yield x
    x = 2
    yield x


g = generator()
next(g)
print(g.gi_frame.f_locals, g.gi_code.co_name, g.gi_frame.f_lineno - g.gi_code.co_firstlineno)
next(g)
print(g.gi_frame.f_locals)
list(g)
print(g.gi_frame)
events = []


def tracer(frame, event, arg):
    if frame.f_code.co_name == "traced":
        events.append(
            (event, frame.f_lineno - frame.f_code.co_firstlineno, arg if event == "return" else None)
        )
    return tracer


def traced(n):
    total = 0
    for i in range(n):
        total += i
    return total


sys.settrace(tracer)
traced(2)
sys.settrace(None)
print(events)
calls_seen = []
sys.setprofile(
    lambda frame, event, arg: calls_seen.append(
        (event, getattr(arg, "__name__", None) if event.startswith("c_") else frame.f_code.co_name)
    )
)
len([])
traced(1)
sys.setprofile(None)
print(calls_seen)
exec(compile("def g(): return __import__('sys')._getframe().f_code.co_filename", "virtual.py", "exec"))
print(g())
x = (lambda: sys._getframe(1).f_code.co_name)()
print(x, f.__closure__, f(1, 2, 3, d=4).__closure__[1].cell_contents)


# clear() of a waiting generator's frame closes the generator, whatever it waits in
def waiting(kind):
    variable = [kind]
    if kind == "plain":
        yield variable
        yield "never"
    try:
        yield variable
    finally:
        print("closed", kind)


for kind in "plain", "handler":
    for started in False, True:
        generator = waiting(kind)
        frame = generator.gi_frame
        if started:
            next(generator)
        frame.clear()
        print(kind, started, list(generator), generator.gi_frame)
        frame.clear()
        print(frame.f_locals)


class AsksAtItsEnd:
    def __del__(self):
        sys._getframe(1)


def leaves():
    it = AsksAtItsEnd()
    return 1


def raises_two(x, y):
    raise ValueError(x)


for _ in range(3):
    leaves()
    try:
        raises_two(1, 2)
    except ValueError as error:
        trace = error.__traceback__
        while trace:
            print(trace.tb_frame.f_code.co_name, trace.tb_lineno - trace.tb_frame.f_code.co_firstlineno)
            trace = trace.tb_next
