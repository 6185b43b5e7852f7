# Class attributes, __class__, __dict__, __bases__ and slots written while others read: a reader sees one value or the other.
import _stress
from _stress import check, together, turns

TURNS = turns(600)


class Root:
    pass


class Base(Root):
    attribute = 0

    def method(self):
        return "base"


class Other(Root):
    def method(self):
        return "other"


class First(Base):
    def who(self):
        return "first"


class Second(Base):
    def who(self):
        return "second"


class Slotted:
    __slots__ = ("a", "b")


class Described:
    pass


shared = [First() for _ in range(4)]
slotted = Slotted()
slotted.a = slotted.b = 0


def descriptor(n):
    return property(lambda self: -n)


def work(number, random):
    for turn in range(TURNS):
        thing = shared[random.randrange(4)]
        action = random.randrange(14)
        if action == 0:
            thing.__class__ = random.choice((First, Second))
        elif action == 1:
            check(thing.who() in ("first", "second"), "who")
        elif action == 2:
            thing.__dict__ = {"x": turn, "y": turn}
        elif action == 3:
            setattr(thing, random.choice("xyz"), turn)
        elif action == 4:
            x = getattr(thing, "x", 0)
            check(isinstance(x, int), "x", x)
        elif action == 5:
            Base.attribute = turn
            check(isinstance(First.attribute, int), "class attribute")
        elif action == 6:
            Base.method = random.choice((lambda self: "base", lambda self: "new"))
        elif action == 7:
            check(thing.method() in ("base", "new", "other"), "method")
        elif action == 8:
            First.__bases__ = random.choice(((Base,), (Base, Other), (Other, Base)))
        elif action == 9:
            slotted.a = [turn]
            check(getattr(slotted, "a", [0])[0] >= 0, "slot")
            slotted.b = turn
            try:
                del slotted.b
            except AttributeError:
                pass
        elif action == 10:
            Described.value = random.choice((turn, descriptor(turn)))
            instance = Described()
            check(isinstance(instance.value, int), "descriptor")
        elif action == 11:
            Base.__repr__ = random.choice((lambda self: "r1", lambda self: "r2"))
            check(repr(thing) in ("r1", "r2"), "repr")
        elif action == 12:
            subclass = type("Sub", (First,), {"n": turn})
            check(subclass().n == turn and First in subclass.__mro__, "subclass")
            len(First.__subclasses__())
        else:
            try:
                del thing.x
            except AttributeError:
                pass
            dict(vars(thing))


together(work, 16)

# Classes get one dictionary of annotations, whoever asks first; one has a key that Python compares whenever an attribute is set.
class Key:
    def __hash__(self):
        return hash("value")

    def __eq__(self, other):
        return other is self or len(type("Made", (Root,), {}).__mro__) == 0


odd = type("Odd", (Root,), {Key(): 1, "value": 0})
bare = [type("Bare", (), {}) for _ in range(TURNS)]
seen = [[] for _ in bare]


def annotate(number, random):
    for turn, (cls, found) in enumerate(zip(bare, seen)):
        found.append(cls.__annotations__)
        if turn % 30 == 0:
            odd.value = number
            check(odd.value in range(8) and odd().value in range(8), "a value nobody set")


together(annotate, 8)
check(all(d is found[0] for found in seen for d in found), "two dictionaries of annotations")
_stress.done()
