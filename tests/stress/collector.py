# gc.collect() from some threads while others make and drop cycles, share them, and start threads.
import gc
import threading

import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(150)
made, died = [0] * THREADS, []


class Node:
    def __init__(self, owner):
        self.owner = owner
        self.me = self
        self.items = [self, {"node": self}]

    def __del__(self):
        died.append(self.owner)


shared = [None] * 8


def work(number, random):
    for turn in range(TURNS):
        if number % 8 == 0:
            if turn % 10 == 0:
                gc.collect(random.randrange(3))
            continue
        node = Node(number)
        made[number] += 1
        slot = random.randrange(8)
        other = shared[slot]
        if other is not None:
            node.other = other
            check(other.items[0] is other and other.items[1]["node"] is other, "half a node")
        shared[slot] = node
        if turn % 50 == 0:
            t = threading.Thread(target=Node, args=(number,))
            made[number] += 1
            t.start()
            t.join()
        if turn % 20 == 0:
            check(len(gc.get_objects()) > 100, "no objects")


together(work)
shared.clear()
gc.collect()
gc.collect()
check(len(died) == sum(made), "of", sum(made), "nodes", len(died), "died")
_stress.done()
