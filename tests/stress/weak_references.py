# Weak references made, read and dying in many threads: a reference gives its object whole, or None.
import gc
import weakref

import _stress
from _stress import check, together, turns

TURNS = turns(400)


class Thing:
    def __init__(self, n):
        self.n = n
        self.double = 2 * n


slots = [Thing(i) for i in range(16)]
table = weakref.WeakValueDictionary()
deaths = []


def work(number, random):
    for turn in range(TURNS):
        i = random.randrange(16)
        action = random.randrange(6)
        if action == 0:
            slots[i] = Thing(turn)
        elif action == 1:
            reference = weakref.ref(slots[i])
            thing = reference()
            check(thing is None or thing.double == 2 * thing.n, "half a thing")
        elif action == 2:
            table[number % 8] = slots[i]
        elif action == 3:
            thing = table.get(number % 8)
            check(thing is None or thing.double == 2 * thing.n, "half a thing in the table")
        elif action == 4:
            thing = Thing(turn)
            kept = weakref.ref(thing, deaths.append)
            check(kept() is thing, "a reference lost its living object")
            del thing
        else:
            try:
                check(weakref.proxy(slots[i]).n >= 0)
            except ReferenceError:
                pass
        if turn % 200 == 0 and number < 4:
            gc.collect()


together(work)
gc.collect()
check(all(reference() is None for reference in deaths), "a dead reference gives something")
_stress.done()
