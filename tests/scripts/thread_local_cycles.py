# A cycle through a thread's values of a threading.local is collected; what a finalizer brings back is whole.
import gc
import threading
import weakref


class X:
    pass


class Local(threading.local):
    def __init__(self, value=None):
        self.value = value


def cycle(kind):
    x = X()
    x.local = kind()
    x.local.x = x
    x.local.more = [x.local, {"x": x}]
    return weakref.ref(x), weakref.ref(x.local)


def held():
    x = X()
    x.local = threading.local()
    x.local.x = x
    return x.local


def chain():
    first = threading.local()
    first.second = threading.local()
    first.second.third = threading.local()
    first.second.third.x = X()
    first.second.third.first = first
    return first, weakref.ref(first.second.third.x)


def check(name):
    for kind in threading.local, Local:
        refs = cycle(kind)
        gc.collect()
        print(name, [ref() for ref in refs])
    local = held()
    gc.collect()
    print(name, local.x.local is local)
    first, ref = chain()
    gc.collect()
    print(name, ref() is first.second.third.x)
    del first
    gc.collect()
    print(name, ref())


saved = []


class Comes:
    def __del__(self):
        print("finalizer", self.local.x is self, self.local.text)
        saved.append(self.local)


def resurrected(name):
    x = Comes()
    x.local = threading.local()
    x.local.x = x
    x.local.text = "text"
    x.local.other = threading.local()
    x.local.other.y = y = X()
    ref = weakref.ref(x.local.other)
    del x, y
    gc.collect()
    local = saved.pop()
    gc.collect()
    print(name, local.x.local is local, local.text, type(local.other.y))
    del local
    gc.collect()


def many():
    refs = []
    for i in range(300):
        refs += cycle(threading.local)
        if i % 100 == 0:
            gc.collect()
    gc.collect()
    return [ref() for ref in refs if ref() is not None]


check("main")
resurrected("main")
thread = threading.Thread(target=check, args=("thread",))
thread.start()
thread.join()
check("main again")
resurrected("main again")

# values in several threads: a cycle through another thread's value ends with that thread at the latest
x = X()
x.local = threading.local()
ready, go = threading.Barrier(2), threading.Event()


def other(x):
    x.local.x = x
    del x
    ready.wait()
    go.wait()


thread = threading.Thread(target=other, args=(x,))
thread.start()
ready.wait()
x.local.x = x
ref = weakref.ref(x)
gc.collect()
print(ref() is x, x.local.x is x)
del x
go.set()
thread.join()
gc.collect()
gc.collect()
print(ref())
results = []
threads = [threading.Thread(target=lambda: results.append(many())) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(results)
