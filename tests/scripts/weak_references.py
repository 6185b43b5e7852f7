# weakref: ref, callbacks, proxy, WeakValueDictionary, WeakKeyDictionary, WeakSet, finalize, WeakMethod.
import gc
import weakref


class Thing:
    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Thing({self.name})"

    def method(self):
        return self.name


t = Thing("a")
r = weakref.ref(t, lambda ref: print("callback", ref is r))
p = weakref.proxy(t)
print(r(), p.name, r is weakref.ref(t), weakref.ref(t) is weakref.ref(t), weakref.getweakrefcount(t))
p.name = "b"
print(t, r == weakref.ref(t), hash(r) == hash(t))
del t
gc.collect()
print(r())
try:
    p.name
except ReferenceError as error:
    print(error)
values = weakref.WeakValueDictionary()
keep = Thing("kept")
values["x"] = keep
values["y"] = Thing("lost")
gc.collect()
print(dict(values), "y" in values, len(values))
keys = weakref.WeakKeyDictionary()
keys[keep] = 1
gone = Thing("gone")
keys[gone] = 2
del gone
gc.collect()
print(list(keys.items()))
things = weakref.WeakSet([keep, Thing("temporary")])
gc.collect()
print(len(things), keep in things)
m = weakref.WeakMethod(keep.method)
print(m()())
f = weakref.finalize(keep, print, "finalized", 1, sep="-")
print(f.alive, f.peek()[1])
del keep
gc.collect()
print(f.alive, m(), len(values))
for bad in (5, "x", [], None):
    try:
        weakref.ref(bad)
    except TypeError as error:
        print(error)


class Slots:
    __slots__ = ("a",)


class WeakSlots:
    __slots__ = ("a", "__weakref__")


try:
    weakref.ref(Slots())
except TypeError as error:
    print(error)
s = WeakSlots()
print(weakref.ref(s)() is s)
late = weakref.finalize(s, print, "at exit")
