"""What a container holds is finalized when the container goes, after threads were started, too."""
import collections
import functools
import threading
import types
import weakref

log = []


class Thing:
    def __init__(self, name="thing"):
        self.name = name

    def __del__(self):
        log.append(self.name)

    def method(self):
        pass


class Holder:
    pass


class Slotted:
    __slots__ = ("held",)


def holder(kind, thing):
    it = kind()
    it.held = thing
    return it


def deep(thing, n):
    for _ in range(n):
        thing = [thing]
    return thing


def running(thing):
    yield thing
    yield None


def started(generator):
    next(generator)
    return generator


Pair = collections.namedtuple("Pair", "a b")
WRAPS = {
    "list": lambda x: [x],
    "tuple": lambda x: (1, x),
    "dict": lambda x: {"a": x},
    "key": lambda x: {x: 1},
    "set": lambda x: {x},
    "frozenset": lambda x: frozenset([x]),
    "instance": lambda x: holder(Holder, x),
    "slots": lambda x: holder(Slotted, x),
    "namespace": lambda x: types.SimpleNamespace(x=x),
    "method": lambda x: x.method,
    "methods": lambda x: [x.method],
    "partial": lambda x: functools.partial(print, x),
    "deque": lambda x: collections.deque([x]),
    "defaultdict": lambda x: collections.defaultdict(int, a=x),
    "ordered": lambda x: collections.OrderedDict(a=x),
    "counter": lambda x: collections.Counter([x]),
    "pair": lambda x: Pair(1, x),
    "exception": lambda x: ValueError(x),
    "generator": lambda x: started(running(x)),
    "iterator": lambda x: iter([x]),
    "map": lambda x: map(str, [x]),
    "zip": lambda x: zip([x], [x]),
    "slice": lambda x: slice(x, None),
    "view": lambda x: {1: x}.values(),
    "mapping": lambda x: types.MappingProxyType({1: x}),
    "deep": lambda x: deep(x, 12),
    "mixed": lambda x: [{"a": (holder(Holder, [x]),)}],
    "many": lambda x: [[i] for i in range(500)] + [[x]],
}
kept = None


def drop(wrap, name):
    global kept
    log.clear()
    kept = wrap(Thing(name))
    ref = weakref.ref(kept) if name in ("set", "instance", "deque") else None
    kept = None
    print(name, log, ref and ref())


def drop_item(wrap, name):
    log.clear()
    box = {"x": wrap(Thing(name))}
    shared.append(box)
    del box["x"]
    print(name, log)
    shared.clear()


def referenced(wrap, name):
    """By a weak reference, without a finalizer."""
    global kept
    inner, gone = Holder(), []
    ref = weakref.ref(inner, lambda _: gone.append(name))
    kept = wrap(inner)
    inner = None
    kept = None
    print(name, ref(), gone)


def made_elsewhere(wrap, name):
    log.clear()
    made = []
    thread = threading.Thread(target=lambda: made.append([wrap(Thing(name))]))
    thread.start()
    thread.join()
    made.clear()
    print(name, log)


shared = []
for _ in range(2):
    for name, wrap in WRAPS.items():
        drop(wrap, name)
        drop_item(wrap, name)
        if not name.startswith("method"):
            referenced(wrap, name)
    thread = threading.Thread(target=print, args=["a thread"])
    thread.start()
    thread.join()
go = threading.Event()
waiting = threading.Thread(target=go.wait)
waiting.start()
for name, wrap in WRAPS.items():
    made_elsewhere(wrap, name)
go.set()
waiting.join()
