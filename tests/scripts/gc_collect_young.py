# gc.collect() of young objects, too, comes after what nobody refers to any more has gone.
import gc
import threading
import weakref


class Node:
    pass


def dead_after(generation):
    outer, inner = Node(), Node()
    outer.inner = inner
    shown.append(outer)
    found = weakref.ref(inner)
    shown.clear()
    del outer, inner
    gc.collect(generation)
    return found() is None


shown = []
gc.disable()
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
print([dead_after(n) for n in (0, 1, 2)])
