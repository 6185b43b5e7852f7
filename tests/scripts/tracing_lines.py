# Which events a tracer sees: of modules, of expressions over several lines, of loops whose iterator fails.
import sys

SOURCE = '''

x: int = 1
def over_lines(a,
               b):
    return (a +
            b)
over_lines(1,
           2)
def comprehension(items):
    return [
        item.real
        for item in items
        if item or
           item
    ]
comprehension([1, 2])
class Failing:
    def __init__(self, error):
        self.error, self.n = error, 0
    def __iter__(self):
        return self
    def __next__(self):
        self.n += 1
        if self.n > 1:
            raise self.error
        return 1
for error in StopIteration, ValueError:
    try:
        for y in Failing(error):
            pass
    except ValueError:
        pass
try:
    table = {1: 2}
    for key in table:
        table["new"] = 2
except RuntimeError as error:
    pass
def generator():
    yield 1
    raise KeyError
try:
    for y in generator():
        pass
except KeyError:
    pass
class Annotated:
    y: int
    z: str = "z"
while False:
    pass
def decorated(function):
    return function
@decorated
@decorated
def last():
    pass
last()
unused = generator()
del unused
unused = generator()
unused.close()
unused = generator()
next(unused)
del unused
unused = generator()
next(unused)
unused.close()
'''
events = []


def tracer(frame, event, argument):
    if frame.f_code.co_filename != "SOURCE":
        return None
    events.append((event, frame.f_code.co_name, frame.f_lineno))
    return tracer


code = compile(SOURCE, "SOURCE", "exec")
sys.settrace(tracer)
exec(code, {})
sys.settrace(None)
print(*events, sep="\n")


# a trace function that raises at the call
def raising(frame, event, argument):
    raise ZeroDivisionError


def called():
    return 1


sys.settrace(raising)
try:
    called()
except ZeroDivisionError as error:
    sys.settrace(None)
    tb = error.__traceback__
    while tb.tb_next and tb.tb_frame.f_code is not called.__code__:
        tb = tb.tb_next
    print(tb.tb_lineno - called.__code__.co_firstlineno, tb.tb_lasti, tb.tb_frame.f_lineno - called.__code__.co_firstlineno)
