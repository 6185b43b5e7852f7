# References of shared objects that threads take and drop in passing: from shared places into private containers, on to other threads, back, and
# gone. Every object must live while anybody can find it, and die once when nobody can.
import gc
import threading
import time
import weakref

import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(300)
PLACES = 16
born = [0] * THREADS
deaths = []  # list.append is atomic


class Thing:
    def __init__(self, maker, number):
        self.maker = maker
        self.number = number
        self.alive = True
        self.name = f"{maker}.{number}"

    def __del__(self):
        check(self.alive, "died twice")
        self.alive = False
        deaths.append(self.number)


class Plain:  # dies without a finalizer: by count alone
    def __init__(self, text):
        self.text = text


places = [Thing(0, -1) for _ in range(PLACES)]
plain = [Plain("first") for _ in range(PLACES)]
gone = []


def seen(thing):
    check(thing.alive, "reachable, but dead")
    check(thing.name == f"{thing.maker}.{thing.number}", "not the object it was")


def work(number, random):
    kept = []
    for turn in range(TURNS):
        i, j = random.randrange(PLACES), random.randrange(PLACES)
        thing = places[i]
        private = [thing, (thing, {"it": thing})]
        bound = thing.__init__
        seen(private[1][1]["it"])
        places[j] = thing               # told of nobody yet, and on to another thread
        if turn % 5 == 0:
            born[number] += 1
            places[i] = Thing(number, turn)
        if turn % 7 == 0:
            kept.append(places[j])
        if turn % 31 == 0:
            kept.clear()
        text = Plain(f"{number}:{turn}")
        plain[i], plain[j] = text, plain[i]
        read = plain[i].text
        check(":" in read or read == "first", "a plain object is broken")
        for other in kept:
            seen(other)
        if turn % 50 == 0:
            gone.append(weakref.ref(text))
        del thing, private, bound, text


together(work)
places.clear()
plain.clear()
for _ in range(100):  # what is retired dies after grace periods
    gc.collect()
    if len(deaths) == sum(born) + PLACES and not any(ref() for ref in gone):
        break
    time.sleep(0.01)
check(len(deaths) == sum(born) + PLACES, "finalized:", len(deaths), "made:", sum(born) + PLACES)
check(not any(ref() for ref in gone), "an object outlives its last reference")
_stress.done()
