"""A weak reference tells that its object is gone as soon as it has been dropped, while other threads compute, too."""
import threading
import weakref

stop = False


def spin():
    n = 0
    while not stop:
        n += 1


class Thing:
    pass


def alive(make, times=20):
    found = 0
    for _ in range(times):
        reference = make()
        found += reference() is not None
    return found


def of_global():
    global thing
    thing = Thing()
    reference = weakref.ref(thing)
    thing = None
    return reference


def of_local():
    thing = Thing()
    return weakref.ref(thing)


def of_other_thread():
    made = []
    ready, given = threading.Event(), threading.Event()

    def make():
        made.append(Thing())
        ready.set()
        given.wait()

    thread = threading.Thread(target=make)
    thread.start()
    ready.wait()
    reference = weakref.ref(made[0])
    made.clear()
    result = reference()
    given.set()
    thread.join()
    return lambda: result


def of_kept():
    kept[0] = Thing()
    return weakref.ref(kept[0])


kept = {}
threads = [threading.Thread(target=spin) for _ in range(2)]
for thread in threads:
    thread.start()
for make in of_global, of_local, of_other_thread, of_kept:
    print(make.__name__, alive(make))
values = weakref.WeakValueDictionary()
for i in range(20):
    values[i] = Thing()
print([values.get(i) for i in range(20)] == [None] * 20)
stop = True
for thread in threads:
    thread.join()
