# OrderedDict.move_to_end while others look the keys up: a key that is there is found, before its move or after.
import threading
from collections import OrderedDict

import _stress
from _stress import check, together, turns

TURNS = turns(200_000)
by_name = OrderedDict((f"key{i}", i) for i in range(8))
by_number = OrderedDict((i, i) for i in range(8))
over = threading.Event()


def move():
    for turn in range(TURNS):
        by_name.move_to_end(f"key{turn % 8}", turn % 1024 != 0)
        by_number.move_to_end(turn % 8, turn % 1024 != 0)
    over.set()


def work(number, random):
    if number == 0:
        return move()
    while not over.is_set():
        for i in range(8):
            check(by_name[f"key{i}"] == i, "no", f"key{i}")
            check(by_number[i] == i and i in by_number, "no", i)


together(work, 3)
check(sorted(by_number) == list(range(8)) and sorted(by_name.values()) == list(range(8)), "lost one")
_stress.done()
