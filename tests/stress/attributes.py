# Instance and class attributes, __dict__ and __class__ changed by many threads while others read them.
import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(800)


class A:
    kind = "A"
    value = 0

    def method(self):
        return "A.method"


class B:
    kind = "B"
    value = 0

    def method(self):
        return "B.method"


shared = A()


def work(number, random):
    name = f"own_{number}"
    for turn in range(TURNS):
        setattr(shared, name, turn)
        check(getattr(shared, name) == turn, "an own attribute is wrong")
        shared.common = number
        check(shared.common in range(THREADS), "a value from nowhere")
        if turn % 7 == 0:
            delattr(shared, name)
            check(not hasattr(shared, name), "a deleted attribute is there")
        if turn % 11 == 0:
            A.value = number
            check(shared.value in range(THREADS), "class attribute")
        if turn % 13 == 0:
            setattr(A, f"method_{number % 4}", lambda self, turn=turn: turn)
            check(isinstance(getattr(shared, f"method_{number % 4}")(), int), "class method")
        if turn % 50 == 0:
            check(all(isinstance(v, int) for v in dict(shared.__dict__).values()), "__dict__ copy")


together(work)
check(set(vars(shared)) >= {f"own_{n}" for n in range(THREADS) if (TURNS - 1) % 7}, "own attributes are lost")

changing = A()


def change(number, random):
    for turn in range(TURNS):
        if number % 4 == 0:
            changing.__class__ = random.choice((A, B))
        elif number % 4 == 1:
            changing.__dict__ = {"x": number, "y": turn}
        else:
            check(changing.kind in "AB" and changing.method()[1:] == ".method", "class in between")
            check(isinstance(getattr(changing, "x", 0), int), "attribute in between")
            changing.z = turn


together(change)


class Slots:
    __slots__ = ("a", "b")


slotted = Slots()
slotted.a = slotted.b = [0]


def slots(number, random):
    for turn in range(TURNS):
        slotted.a = [number]
        check(slotted.a[0] in range(THREADS), "slot")
        slotted.b = slotted.a
        if turn % 5 == 0 and number == 0:
            del slotted.b
            slotted.b = [1]
        else:
            try:
                check(isinstance(slotted.b, list), "slot b")
            except AttributeError:
                pass


together(slots)


def classes(number, random):
    """Making classes, and changing a base class, while instances are in use."""
    for turn in range(TURNS // 20):
        kind = type(f"K{turn}", (random.choice((A, B)),), {"own": number})
        instance = kind()
        check(instance.own == number and instance.kind in "AB" and isinstance(instance.value, int), "fresh class")
        check(kind in kind.__base__.__subclasses__(), "not among the subclasses")


together(classes)
_stress.done()
