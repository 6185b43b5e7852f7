# gc.collect() finds all that is unreachable, though another thread has run: what dies late at the end of a chain holds a cycle.
import gc
import threading
import weakref


class Node:
    pass


def cycle_behind(length):
    last = Node()
    last.self = last
    found = weakref.ref(last)
    chain = [Node() for _ in range(length)]
    shown.extend(chain)  # where other threads can reach: they're no longer this thread's own
    shown.clear()
    for a, b in zip(chain, chain[1:] + [last]):
        a.next = b
    del last, chain, a, b
    gc.collect()
    return found() is None


shown = []
gc.disable()
print([cycle_behind(n) for n in (1, 2, 10, 30)])
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
print([cycle_behind(n) for n in (1, 2, 10, 30)])
