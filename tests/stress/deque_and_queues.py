# deque, Queue, SimpleQueue, LifoQueue: every item arrives once; what one producer sends arrives in order.
import collections
import queue

import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(400)
shared = collections.deque()
popped = [[] for _ in range(THREADS)]


def work(number, random):
    for turn in range(TURNS):
        (shared.append if turn % 2 else shared.appendleft)((number, turn))
        if turn % 3 == 0:
            try:
                popped[number].append((shared.pop if turn % 2 else shared.popleft)())
            except IndexError:
                pass
        if turn % 50 == 0:
            shared.rotate(3)


together(work)
everything = list(shared) + [item for mine in popped for item in mine]
check(len(everything) == len(set(everything)) == THREADS * TURNS, "deque:", len(everything), len(set(everything)))

for kind in (queue.Queue, queue.SimpleQueue, queue.LifoQueue, lambda: queue.Queue(maxsize=3), queue.PriorityQueue):
    channel = kind()
    producers = max(1, THREADS // 2)
    got = [[] for _ in range(THREADS)]

    def pump(number, random):
        if number < producers:
            for turn in range(TURNS // 4):
                channel.put((number, turn))
            channel.put((10**9, 0))
        else:
            while True:
                item = channel.get()
                if item[0] == 10**9:
                    channel.put(item)
                    return
                got[number].append(item)

    if THREADS > 1 and not getattr(channel, "maxsize", 0):
        together(pump)
        rest = []
        while not channel.empty():
            rest.append(channel.get())
        items = [item for mine in got for item in mine] + [item for item in rest if item[0] != 10**9]
        check(
            sorted(items) == [(n, t) for n in range(producers) for t in range(TURNS // 4)],
            type(channel).__name__,
            "lost or doubled something:",
            len(items),
        )
        if isinstance(channel, (queue.SimpleQueue,)) or type(channel) is queue.Queue:
            for mine in got:
                last = {}
                for number, turn in mine:
                    check(last.get(number, -1) < turn, "out of order")
                    last[number] = turn
    elif THREADS > 1:

        def bounded(number, random):
            if number % 2 == 0:
                for turn in range(TURNS // 4):
                    channel.put(turn)
            else:
                for turn in range(TURNS // 4):
                    got[number].append(channel.get())

        together(bounded, THREADS // 2 * 2)
        check(sum(map(sum, got)) == THREADS // 2 * sum(range(TURNS // 4)) and channel.empty(), "bounded queue")

# d *= 2 is one step
for _ in range(_stress.turns(60)):
    doubled, limited = collections.deque([0, 1]), collections.deque(range(3), 100)

    def double(number, random):
        for _ in range(4):
            doubled.__imul__(2)
        limited.__imul__(2)

    together(double, 4)
    check(list(doubled) == [0, 1] * 65536, "*= was torn:", len(doubled))
    check(len(limited) == 48, "*= was torn:", len(limited))
_stress.done()
