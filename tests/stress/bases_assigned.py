# Assignments to __bases__ of one class by many threads, while others make subclasses of it, read attributes through it and write those of its bases.
import gc
import threading

import _stress
from _stress import check, together, turns

TURNS = turns(60)


def make_base(name):
    return type(name, (Root,), {"shared": [name], "__len__": lambda self: 1})


class Root:
    pass


bases = [make_base(f"Base{i}") for i in range(4)]


class Middle(bases[0]):
    pass


class Below(Middle):
    pass


def listed(cls):
    return [base for base in bases for other in base.__subclasses__() if other is cls]


def work(number, random):
    for turn in range(TURNS):
        kind = (number + turn) % 4
        if kind == 0:
            Middle.__bases__ = tuple(random.sample(bases, random.randrange(1, 4)))
        elif kind == 1:
            for _ in range(20):
                random.choice(bases).shared = [f"Base{turn}"]
        elif kind == 2:
            for _ in range(20):
                check(Below.shared[0].startswith("Base"), "an attribute of Below", Below.shared)
                check(Middle().shared[0].startswith("Base"), "an attribute of a Middle")
        else:
            class Short(Middle):
                pass

            check(Short.shared[0].startswith("Base") and len(Short()) == 1, "an attribute of Short")
            for other in list(Middle.__subclasses__()):
                check(other.shared[0].startswith("Base"), "an attribute of a subclass")


def assign(cls, base, gate):
    gate.wait()
    for _ in range(10):
        cls.__bases__ = (base,)


together(work, 6)
check(sorted(listed(Middle), key=repr) == sorted(Middle.__bases__, key=repr), "lists", listed(Middle), Middle.__bases__)
check(Middle.__mro__ == (Middle, *Middle.__bases__, Root, object), "mro", Middle.__mro__, Middle.__bases__)
check(Below.__mro__ == (Below, *Middle.__mro__), "mro below", Below.__mro__)

# a class that is gone stands in no list
for turn in range(turns(30)):
    class Gone(bases[3]):
        pass

    gate = threading.Barrier(2)
    threads = [threading.Thread(target=assign, args=(Gone, bases[i], gate)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    check(tuple(listed(Gone)) == Gone.__bases__, "lists", listed(Gone), Gone.__bases__)
    check(Gone.__mro__[1] is Gone.__bases__[0], "mro", Gone.__mro__, Gone.__bases__)
    del Gone, threads, thread
    gc.collect()
    for base in bases:
        repr(base.__subclasses__())
_stress.done()
