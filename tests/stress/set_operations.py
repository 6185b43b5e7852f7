# Many threads on one set.
import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(1500)
shared = set()


def work(number, random):
    for turn in range(TURNS):
        shared.add(number * TURNS + turn)
        shared.add(-turn)
        if turn % 2:
            shared.discard(number * TURNS + turn)
        check(number * TURNS in shared, "an own element is gone")
        if turn % 100 == 0:
            check(isinstance(len(shared | {1}), int) and shared >= {number * TURNS}, "not a superset")
            try:
                sum(1 for _ in shared)
            except RuntimeError:
                pass


together(work)
expected = {n * TURNS + t for n in range(THREADS) for t in range(0, TURNS, 2)} | {-t for t in range(TURNS)}
check(shared == expected, "set of", len(shared), "instead of", len(expected))
pool, got = set(range(TURNS * 4)), [[] for _ in range(THREADS)]


def take(number, random):
    while True:
        try:
            got[number].append(pool.pop())
        except KeyError:
            return


together(take)
check(sorted(x for mine in got for x in mine) == list(range(TURNS * 4)), "pop lost or doubled something")
_stress.done()
