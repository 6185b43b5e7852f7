# After gc.collect() nothing is left of what was dropped before it, though it was shared, and others run and end meanwhile.
import gc
import threading
import weakref

import _stress
from _stress import check, turns

TURNS = turns(40)


class Node:
    def __init__(self, next=None):
        self.next = next


def busy(stop):
    while not stop.is_set():
        sum(i * i for i in range(50))


stop = threading.Event()
others = [threading.Thread(target=busy, args=(stop,)) for _ in range(min(_stress.THREADS, 8))]
for other in others:
    other.start()
for turn in range(TURNS):
    box = [Node(Node(Node()))]
    references = [weakref.ref(box[0]), weakref.ref(box[0].next), weakref.ref(box[0].next.next)]
    visitor = threading.Thread(target=lambda box: box[0].next.next, args=(box,))
    visitor.start()
    visitor.join()
    box.clear()
    gc.collect()
    alive = [reference() is not None for reference in references]
    check(not any(alive), "turn", turn, alive)
stop.set()
for other in others:
    other.join()
_stress.done()
