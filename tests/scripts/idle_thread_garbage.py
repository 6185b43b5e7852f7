"""gc.collect() frees what a thread that only waits now has dropped last."""
import gc
import threading
import time
import weakref


class Thing:
    def method(self):
        pass


def freed(wrap):
    box, go, used, stop = [], threading.Event(), threading.Event(), threading.Event()

    def worker():
        go.wait()
        box.pop()
        used.set()
        stop.wait()

    thread = threading.Thread(target=worker)
    thread.start()
    thing = Thing()
    ref = weakref.ref(thing)
    box.append(wrap(thing))
    del thing
    go.set()
    used.wait()
    for i in range(25):
        gc.collect()
        if ref() is None:
            break
        time.sleep(0.02)
    gone = ref() is None
    stop.set()
    thread.join()
    return gone


def check(wrap):
    """One may stay for good: a collector that scans C stacks must believe a stale word there that happens to name where it lies. Not three in a row."""
    print(any(freed(wrap) for _ in range(3)))


check(lambda x: x)
check(lambda x: x.method)
check(lambda x: (x,))
check(lambda x: [x])
check(lambda x: {"x": [x]})
check(lambda x: lambda: x)
