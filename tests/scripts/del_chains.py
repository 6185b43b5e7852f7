"""Long chains in which each object's end is what lets go of the next: every finalizer and callback runs, none sees a RecursionError."""
import gc
import threading
import weakref

N = 100_000
count = 0


class Clears:
    """lets go of the next one in its finalizer"""

    def __del__(self):
        global count
        count += 1
        self.next = None


class Holds:
    """… after its finalizer"""

    def __del__(self):
        global count
        count += 1


class Plain:
    pass


def chain(cls, n=N):
    first = None
    for _ in range(n):
        o = cls()
        o.next, first = first, o
    return first


def ended(what):
    global count
    gc.collect()
    print(what, count)
    count = 0


def callbacks(n=N):
    """The callback of each one's weak reference lets go of the next."""
    objects = [Plain() for _ in range(n)]

    def next_one(ref):
        global count
        count += 1
        if objects:
            objects.pop()

    refs = [weakref.ref(o, next_one) for o in objects]
    objects.pop()
    return len(objects), len(refs)


def generators(n=500):
    def held(next_one):
        global count
        try:
            yield
        finally:
            count += 1
            del next_one

    g = None
    for _ in range(n):
        g = held(g)
        next(g)
    del g


def all_of_them():
    for cls in (Clears, Holds):
        first = chain(cls)
        del first
        ended(cls.__name__)
    generators()
    ended("generators")


print(callbacks())
ended("callbacks")
all_of_them()
thread = threading.Thread(target=all_of_them)
thread.start()
thread.join()
all_of_them()
