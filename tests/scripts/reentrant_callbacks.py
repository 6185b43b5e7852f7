# Methods written in Python that change what the operation that calls them is looking at.
import functools
import operator


class Key:
    """Equal to nothing, but asked in the place of a name."""
    def __init__(self, name, act):
        self.hash, self.act = hash(name), act

    def __hash__(self):
        return self.hash

    def __eq__(self, other):
        self.act()
        junk = [[i] for i in range(100)]
        return False


class Getter:
    def __init__(self):
        self.value = [1]

    def __get__(self, instance, owner):
        return self.value


# the class loses the attribute, the instance its dictionary, while the instance's keys are asked
def losing(value, forget):
    class C:
        m = value
    o = C()
    o.__dict__["n"] = [7]

    def act():
        if hasattr(C, "m"):
            del C.m
        if forget:
            o.__dict__ = {}
    o.__dict__[Key("m", act)] = 1
    return o


for forget in False, True:
    print(losing(lambda self: "method", forget).m())
    print(losing(lambda self: "bound", forget).m.__name__)
    print(losing(Getter(), forget).m)
    print(losing([1, 2], forget).m)
    print(getattr(losing([3], forget), "m"))
    print(hasattr(losing([3], forget), "m"))


class Empty:
    pass


o = Empty()
o.__dict__["x"] = [1, 2, 3]
o.__dict__[Key("y", lambda: setattr(o, "__dict__", {"y": [4]}))] = None
print(getattr(o, "y", "absent"), o.y)


# reversed() over what steps the iterator itself
class Sequence:
    done = False

    def __len__(self):
        return 5

    def __getitem__(self, i):
        if not self.done:
            self.done = True
            list(backwards)
        return i


backwards = reversed(Sequence())
print(next(backwards), list(backwards), operator.length_hint(backwards))


# a comparison that takes away what is compared
class Number:
    def __init__(self, n):
        self.n = [n]

    def __sub__(self, other):
        a.obj = b.obj = None
        junk = [Number(5) for i in range(50)]
        return NotImplemented


K = functools.cmp_to_key(operator.sub)
a, b = K(Number(1)), K(Number(2))
try:
    a < b
except TypeError as error:
    print(error)


# a partial that gets another state while one is made of it
class Function:
    def __call__(self, x):
        return x


inner = functools.partial(Function())
inner.keywords[Key("x", lambda: inner.__setstate__((int, (), {}, None)))] = 1
outer = functools.partial(inner, x=1)
print(type(outer.func).__name__, inner.func)

# wrappers that get another function while theirs runs
wrapper = staticmethod([3, 1, 2].sort)
print(wrapper(key=lambda x: wrapper.__init__(print) or x), wrapper.__func__)


class Described:
    def __get__(self, instance, owner=None):
        wrapper.__init__(len)
        junk = [Described() for i in range(50)]
        return self.answer

    def answer(self):
        return "answer"


class C:
    wrapper = wrapper = classmethod(Described())


wrapper = C.__dict__["wrapper"]
print(C.wrapper(), wrapper.__func__)


# A class's own dictionary may have a key that Python compares, and that makes and changes classes then.
class LikeName:
    def __init__(self, name):
        self.name = name

    def __hash__(self):
        return hash(self.name)

    def __eq__(self, other):
        if other == self.name:
            made.append(type("Made", (), {}))
            LikeName.seen = len(made)
        return False


made = []
Odd = type("Odd", (), {LikeName("attribute"): 1, LikeName("__len__"): 2})
Odd.attribute = "set"
print(Odd.attribute, Odd().attribute)
Odd.__len__ = lambda self: 7
print(len(Odd()), LikeName.seen > 0)
del Odd.attribute, Odd.__len__
print(hasattr(Odd, "attribute"), hasattr(Odd(), "__len__"))
try:
    del Odd.attribute
except AttributeError as error:
    print(error)
made.clear()
