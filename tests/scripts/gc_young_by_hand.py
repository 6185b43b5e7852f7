"""A program that calls gc.collect(0) all the time still gets the full collections that free what threads hand each other."""
import gc
import threading
from queue import SimpleQueue

THREADS = 2
queues = [SimpleQueue() for _ in range(THREADS)]


def work(me):
    for n in range(6000):
        mine = [{"key": str(i)} for i in range(20)]
        queues[(me + 1) % THREADS].put(mine)
        theirs = queues[me].get()
        theirs[0]["again"] = theirs
        del theirs
        if n % 20 == 0:
            gc.collect(0)


threads = [threading.Thread(target=work, args=(i,)) for i in range(THREADS)]
for t in threads:
    t.start()
for t in threads:
    t.join()
alive = len(gc.get_objects())
print(alive < 150_000 or alive)
