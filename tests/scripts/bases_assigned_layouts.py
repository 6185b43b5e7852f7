"""Assignment to __bases__: what CPython takes for another layout, or another way of freeing."""


class T: pass
class G(list): pass
class S: __slots__ = ()
class S2: __slots__ = ("a",)
class M(type): pass


for source in "class A: pass", "class A(T): pass", "class A(list): pass", "class A(S): pass", "class A(S): __slots__ = ()", "class A(S2): pass", "class A(G): pass", "class A(int): pass", "class A(type): pass", "class A(object, metaclass=M): pass":
    for bases in (T,), (G,), (list,), (object,), (S,), (S2,), (int,), (T, S), (S, T), (type,), (M,), (dict,):
        names = dict(globals())
        exec(source, names)
        try:
            names["A"].__bases__ = bases
            print(source, bases, names["A"].__mro__)
        except Exception as error:
            print(source, bases, type(error).__name__, error)

classes = [type("A", (T,), {}), type("B", (S,), {}), type("C", (S,), {"__slots__": ()}), type("D", (object,), {}), type("E", (S2,), {}), type("F", (D2 := type("D2", (object,), {"__slots__": ("__dict__",)}),), {}),
           type("G", (D2,), {"__slots__": ()}), type("H", (S2,), {"__slots__": ("b",)}), type("I", (object,), {"__slots__": ("a", "b")}), type("J", (T, S), {}), type("K", (S,), {"__slots__": ("a",)}), T, S, S2]
for one in classes:
    for other in classes:
        value = one()
        try:
            value.__class__ = other
            print(one, other, "done")
        except TypeError as error:
            print(one, other, error)
