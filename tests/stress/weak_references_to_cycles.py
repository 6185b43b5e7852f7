# Weak references to objects in cycles, read and made while other threads collect the cycles: they give a whole object or None,
# and a weak reference that dies in a cycle isn't handed out again.
import gc
import threading
import weakref

import _stress
from _stress import check, together, turns

TURNS = turns(2000)


class Cycle:
    def __init__(self, n):
        self.n = n
        self.double = 2 * n
        self.me = self


class Holder:
    """A cycle that holds a weak reference to something that lives on."""

    def __init__(self, target):
        self.me = self
        self.reference = weakref.ref(target)


slots = [weakref.ref(Cycle(0))] * 16
anchors = [Cycle(-1) for _ in range(4)]
table = weakref.WeakValueDictionary()
over = threading.Event()


def collect_all():
    while not over.is_set():
        gc.collect()
        over.wait(0.0001)


def work(number, random):
    for turn in range(TURNS):
        i = random.randrange(16)
        action = random.randrange(4)
        if action == 0:
            slots[i] = weakref.ref(Cycle(turn))
        elif action == 1:
            thing = slots[i]()
            check(thing is None or thing.double == 2 * thing.n, "half a thing")
        elif action == 2:
            Holder(anchors[i % 4])
            reference = weakref.ref(anchors[i % 4])
            check(reference() is anchors[i % 4], "a reference lost its living object")
        else:
            thing = table[i] = Cycle(turn)
            check(len(table) >= 0)
            check(table.get(i % 3, thing).n >= 0, "half a thing in the table")


collector = threading.Thread(target=collect_all)
collector.start()
together(work)
over.set()
collector.join()
_stress.done()
