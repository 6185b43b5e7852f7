# Unpacking drops what the variables held before; a finalizer that runs then passes quiescent states, while another thread takes away what is being unpacked.
import threading
import time

from _stress import check, done, turns

SIZE = 20


class Item:
    def __init__(self, n):
        self.n = n


mapping = {i: Item(i) for i in range(SIZE)}
pairs = [(i, Item(i)) for i in range(SIZE)]
triples = [(i, Item(i), Item(i)) for i in range(SIZE)]
wanted, replaced = threading.Event(), threading.Event()
over = False


def put(n):
    for i in range(SIZE):
        mapping[i] = Item(n(i))
        pairs[i] = i, Item(n(i))
        triples[i] = i, Item(n(i)), Item(n(i))


def replace():
    while True:
        wanted.wait()
        wanted.clear()
        if over:
            break
        put(lambda i: -1)
        for _ in range(100):
            time.sleep(0)
        replaced.set()


class Disturbing:
    def __del__(self):
        replaced.clear()
        wanted.set()
        replaced.wait()
        for _ in range(50):
            time.sleep(0)
        self.junk = [Item(-7) for _ in range(500)]


def whole(key, *items):
    check(all(type(item) is Item and item.n in (key, -1) for item in items), "not what was put there:", key)


def by_items():
    for k, v in mapping.items():
        whole(k, v)
        k = v = Disturbing()


def by_zip():
    for k, v in zip(range(SIZE), mapping.values()):
        whole(k, v)
        k = v = Disturbing()


def by_enumerate():
    for k, v in enumerate(mapping.values()):
        whole(k, v)
        k = v = Disturbing()


def by_pairs():
    for k, v in pairs:
        whole(k, v)
        k = v = Disturbing()


def by_triples():
    for k, v, w in triples:
        whole(k, v, w)
        k = v = Disturbing()


def by_index():
    for i in range(SIZE):
        k, v = pairs[i]
        whole(k, v)
        k = v = Disturbing()


other = threading.Thread(target=replace)
other.start()
for _ in range(turns(2)):
    for way in by_items, by_zip, by_enumerate, by_pairs, by_triples, by_index:
        put(lambda i: i)
        way()
over = True
wanted.set()
other.join()
done()
