# What a trace or profile function raises has an entry for the frame that it was told of.
import sys, traceback
def make(ev, prof=False):
    def tr(frame, event, arg):
        if event == ev and frame.f_code.co_name in ("f", "g"):
            raise ValueError(ev)
        return tr
    return tr
def g():
    yield 1
    yield 2
def f():
    x = 1
    try:
        len([])
        1/0
    except ZeroDivisionError:
        pass
    for i in g(): x += i
    return x
for s in (sys.settrace, sys.setprofile):
  for ev in "call", "line", "return", "exception", "c_call", "c_return", "opcode":
    print("==", s.__name__, ev)
    s(make(ev))
    try:
        f()
    except ValueError:
        traceback.print_exc(file=sys.stdout)
    s(None)
