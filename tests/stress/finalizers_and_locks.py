# What dies late doesn't take, in the middle of a `with lock:` block, the lock that the block holds: its finalizer waits for the block's end.
import threading
import weakref

from _stress import THREADS, check, together, turns

TURNS = turns(60)
lock = threading.Lock()
ended = []


class Thing:
    pass


def clean(number):
    with lock:
        ended.append(number)


def run(number, random):
    for turn in range(TURNS):
        shared[number] = thing = Thing()
        weakref.finalize(thing, clean, turn)
        del thing
        shared[number] = None  # where objects die at once it is over here
        with lock:
            for _ in range(20):
                len(shared)


shared = {}
together(run)
check(len(ended) <= THREADS * TURNS, "each once at most")
