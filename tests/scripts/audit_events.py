# Events that audit hooks are told of, and what hooks may do.
import gc
import marshal
import sys

seen, on = [], [False]


def hook(event, args):
    if on[0]:
        seen.append((event, len(args)))


sys.addaudithook(hook)


class A:
    pass


class B:
    pass


def f():
    pass


on[0] = True
exec("x = 1")
eval(compile("1 + 1", "<name>", "eval"))
open("/dev/null").close()
id(A)
A.__name__ = "C"
A().__class__ = B
f.__code__ = f.__code__
marshal.loads(marshal.dumps([1]))
gc.get_referents(A)
sys._getframe()
sys.audit("my.event", 1, 2)
sys.settrace(None)
on[0] = False
print(*[event for event in seen if event[0] != "import"], sep="\n")


def vetoes(event, args):
    if event == "vetoed":
        raise PermissionError(args)


sys.addaudithook(vetoes)
try:
    sys.audit("vetoed", "no")
except PermissionError as error:
    print(error)


def no_more(event, args):
    if event == "sys.addaudithook":
        raise RuntimeError


sys.addaudithook(no_more)
sys.addaudithook(print)  # refused, silently
sys.audit("nothing is printed")
