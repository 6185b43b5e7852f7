# Exceptions, tracebacks and frames that threads share: chains are cut while they are walked, tracebacks make no ring, errors tell their places whole. And what one
# thread only may do: release a lock that is held once, warn about a place.
import gc
import heapq
import threading
import warnings

from _stress import check, done, together, turns

TURNS = turns(300)

# A chain of contexts that some walk, raising in its head's handler, while others cut it and join it again.
nodes = [ValueError(i) for i in range(40)]
for node, before in zip(nodes, nodes[1:]):
    node.__context__ = before


def chain(number, random):
    for _ in range(TURNS):
        if number % 2:
            for node in nodes[:-1]:
                node.__context__ = None
            for node, before in zip(nodes, nodes[1:]):
                node.__context__ = before
            continue
        for _ in range(20):
            try:
                try:
                    raise nodes[0]
                except ValueError:
                    raise KeyError
            except KeyError as error:
                check(error.__context__ is nodes[0], "another context")
        nodes[0].__traceback__ = None


together(chain, 6)


# Two tracebacks that each want to come after the other.
def traceback():
    try:
        1 / 0
    except ZeroDivisionError as error:
        return error.__traceback__


pairs = [(traceback(), traceback()) for _ in range(TURNS * 10)]


def ring(number, random):
    for a, b in pairs:
        if number % 2:
            a, b = b, a
        try:
            a.tb_next = b
        except ValueError as error:
            check(str(error) == "traceback loop detected", error)


together(ring, 4)
for a, b in pairs:
    check((a.tb_next is b) != (b.tb_next is a), "a ring of tracebacks, or none after the other")
    a.tb_next = b.tb_next = None

# The range of an error about text that others move about.
text, data = UnicodeEncodeError("ascii", "abc\xff", 3, 4, "no"), UnicodeDecodeError("ascii", b"abc\xff", 3, 4, "no")


def places(number, random):
    for turn in range(TURNS):
        for error in text, data:
            if number % 2:
                error.start, error.end = random.choice(((3, 4), (0, 1), (2**40, 2**40 + 1), (-5, -4), (0, 4)))
            else:
                check("codec can't" in str(error), str(error))


together(places, 6)

# Frames of waiting generators that are cleared while others go on.
def numbers():
    for i in range(1000):
        yield [i]


shared = [numbers() for _ in range(8)]


def frames(number, random):
    for turn in range(TURNS * 5):
        place = random.randrange(len(shared))
        generator = shared[place]
        try:
            if random.random() < 0.1:
                generator.gi_frame.clear()
                shared[place] = numbers()
            else:
                check(type(next(generator)) is list, "no list")
                frame = generator.gi_frame
                check(frame is None or type(frame.f_locals) is dict, "no dictionary of variables")
        except (ValueError, StopIteration, AttributeError, RuntimeError):
            pass


together(frames, 8)

# A frame has one dictionary of its variables, whoever asks first.
waiting = [numbers() for _ in range(TURNS)]
for generator in waiting:
    next(generator)
seen = [[] for _ in waiting]


def variables(number, random):
    for generator, dicts in zip(waiting, seen):
        dicts.append(generator.gi_frame.f_locals)


together(variables, 6)
check(all(found is dicts[0] for dicts in seen for found in dicts), "two dictionaries of variables")

# Of several that release a lock one does.
locks = [threading.Lock() for _ in range(TURNS * 20)]
for lock in locks:
    lock.acquire()
released = []


def release(number, random):
    for i, lock in enumerate(locks):
        try:
            lock.release()
            released.append(i)
        except RuntimeError as error:
            check(str(error) == "release unlocked lock", error)


together(release, 4)
check(sorted(released) == list(range(len(locks))), "locks released:", len(released), "of", len(locks))

# One warning for a place, whoever comes there first.
told = []
warnings.simplefilter("default")
warnings.showwarning = lambda *args, **kwargs: told.append(args[0])
places = [eval("lambda: warnings.warn(text)", {"warnings": warnings, "text": f"place {i}"}) for i in range(TURNS)]


def warn(number, random):
    for place in places:
        place()


together(warn, 6)
check(len(told) == len(places), "warnings:", len(told), "for", len(places), "places")


# A heap that its own items show to other threads, who change it at once.
class Item:
    def __init__(self, number):
        self.number = number

    def __lt__(self, other):
        if mine.heap is not None:
            shown[0] = mine.heap
        return self.number < other.number


mine = threading.local()
shown = [None]


def heaps(number, random):
    mine.heap = None
    for turn in range(TURNS):
        if number % 2:
            heap = shown[0]
            if heap is not None:
                try:
                    heapq.heappop(heap)
                    heap.extend(map(Item, range(40)))
                    del heap[-39:]
                except (IndexError, RuntimeError):
                    pass
            continue
        heap = [Item(random.random()) for _ in range(30)]
        mine.heap = heap
        for work in heapq.heapify, heapq.heappop, lambda h: heapq.heappush(h, Item(1)), lambda h: heapq.heappushpop(h, Item(2)), lambda h: heapq.heapreplace(h, Item(3)):
            try:
                work(heap)
            except (IndexError, RuntimeError):
                pass
        mine.heap = None
        check(all(type(item) is Item for item in list(heap)), "no item")


together(heaps, 6)
gc.collect()

# Thread-local objects that come and go by the thousand, some threads looking at none of them for long.
def locals_(number, random):
    kept = threading.local()
    kept.number = number
    for turn in range(TURNS * 10):
        if number % 4 or turn % 1000 == 999:
            passing = threading.local()
            passing.value = [turn]
            check(passing.value == [turn], "another thread's value")
    check(kept.number == number and kept.__dict__ == {"number": number}, "a value that was lost")


together(locals_, 8)
done()
