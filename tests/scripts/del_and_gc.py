# __del__: when it runs, resurrection, exceptions in it, cycles and gc.collect().
import gc
import sys
import weakref


class D:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


d = D("simple")
d = None
d = D("replaced")
d = D("replacement")
del d


def scope():
    local = D("local")
    print("in scope")


scope()
[D("in list")]
print("after list")
kept = []


class Phoenix:
    def __del__(self):
        print("rising")
        kept.append(self)


p = Phoenix()
del p
print(len(kept))
kept.clear()
print("cleared")


class Node:
    def __init__(self, name):
        self.name = name
        self.other = None

    def __del__(self):
        print("node", self.name)


gc.collect()
a = Node("a")
a.other = a
reference = weakref.ref(a)
del a
print(reference() is None)
gc.collect()
print(reference() is None)
old = sys.unraisablehook
sys.unraisablehook = lambda info: print("unraisable", type(info.exc_value).__name__, info.exc_value)


class Broken:
    def __del__(self):
        raise ValueError("in del")


b = Broken()
del b
sys.unraisablehook = old


def generator():
    try:
        yield 1
    finally:
        print("generator closed")


g = generator()
next(g)
del g
try:
    D("in exception").missing
except AttributeError as error:
    del error
print("end of handler")
print(gc.isenabled(), isinstance(gc.get_count(), tuple))
x = D("at exit")
