# Changing classes and instances while they are in use: __class__, __dict__, methods, special methods.


class A:
    def who(self):
        return "A"


class B:
    def who(self):
        return "B"


a = A()
a.value = 1
a.__class__ = B
print(a.who(), a.value, isinstance(a, B))
try:
    a.__class__ = int
except TypeError as error:
    print(error)
try:
    a.__class__ = 5
except TypeError as error:
    print(error)
b = B()
b.__dict__ = {"value": 7}
print(b.value, b.__dict__)
try:
    b.__dict__ = 3
except TypeError as error:
    print(error)
B.who = lambda self: "changed"
print(b.who(), a.who())


class C:
    pass


c = C()
try:
    len(c)
except TypeError as error:
    print(error)
C.__len__ = lambda self: 3
print(len(c))
del C.__len__
try:
    len(c)
except TypeError as error:
    print(error)
c.__len__ = lambda: 5
try:
    len(c)
except TypeError as error:
    print(error)


def calls():
    return [c.method() for _ in range(3)]


C.method = lambda self: 1
print(calls())
C.method = lambda self: 2
print(calls())
c.method = lambda: 3
print(calls())
del c.method
C.__getattribute__ = lambda self, name: (lambda: "hooked")
print(calls())
C.__name__ = "Renamed"
print(C, C.__qualname__)
C.__qualname__ = "X.Y"
print(repr(C))
try:
    C.__name__ = 5
except TypeError as error:
    print(error)
