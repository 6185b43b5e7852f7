"""gc.set_threshold(0): nothing but gc.collect() collects, and gc.collect(0) only what is young."""
import gc
import threading
import weakref


class Node:
    pass


gc.set_threshold(0)
first = Node()
first.all = [[first] for _ in range(100_000)]
alive = weakref.ref(first)
gc.collect(0)  # now they aren't young any more
del first
for _ in range(5):
    gc.collect(0)
    thread = threading.Thread(target=gc.collect, args=(0,))
    thread.start()
    thread.join()
    print(alive() is not None)
gc.collect()
print(alive() is None)
