# Threads make dicts of objects, others merge them into dicts of their own, keep some of the objects, and drop the rest with the dict: whole dicts of
# objects go back to the owner's queue at once, while finalizers among them detach, collections stop the world, children are forked, and owners end.
import gc
import os
import queue
import time
import weakref

import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(25)
ITEMS = 200
results = queue.SimpleQueue()
made = [0] * THREADS
deaths = []  # list.append is atomic
refs = [[] for _ in range(THREADS)]


class Key:
    def __init__(self, number):
        self.number = number
        self.alive = True

    def __hash__(self):
        return hash(self.number)

    def __eq__(self, other):
        return self.number == other.number


class Slow(Key):
    def __init__(self, number):
        super().__init__(number)
        made[number[0]] += 1

    def __del__(self):
        check(self.alive, "died twice")
        self.alive = False
        deaths.append(self.number)
        time.sleep(0)  # the thread that destroys a dict detaches in its middle


def make(number, random):
    return {(Slow if random.randrange(50) == 0 else Key)((number, random.randrange(1000))): "text %d" % i for i in range(ITEMS)}


def work(number, random):
    total, kept = {}, []
    for turn in range(TURNS):
        result = make(number, random)
        refs[number] += map(weakref.ref, result)
        results.put(result)
        del result
        try:
            other = results.get_nowait()
        except queue.Empty:
            continue
        for key, text in other.items():
            check(key.alive and text.startswith("text "), "not what was made")
            if random.randrange(3):
                total[key] = total.get(key, 0) + 1
        del other
        if len(total) > 2000:
            check(all(key.alive for key in total), "reachable, but dead")
            total = {}
        if random.randrange(40) == 0:
            gc.collect(0 if random.randrange(2) else 2)
        if random.randrange(100) == 0:
            child = os.fork()
            if not child:
                total.clear()
                gc.collect()
                os._exit(0)
            check(os.waitpid(child, 0)[1] == 0, "the child")


together(work)
while not results.empty():
    results.get()
gc.collect()
check(len(deaths) == sum(made), f"{len(deaths)} of {sum(made)} died")
check(not any(ref() for some in refs for ref in some), "something lives on")
_stress.done()
