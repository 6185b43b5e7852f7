# gc: cycles of every kind are found, objects counted, callbacks called, weak references cleared.
import gc
import weakref


class N:
    pass


def made(build):
    gc.collect()
    reference = build()
    before = reference() is not None
    gc.collect()
    return before, reference() is None


def self_cycle():
    n = N()
    n.me = n
    return weakref.ref(n)


def list_cycle():
    n = N()
    n.items = [[[n]]]
    return weakref.ref(n)


def dict_cycle():
    n = N()
    n.table = {"a": {"b": n}}
    return weakref.ref(n)


def closure_cycle():
    n = N()
    n.function = lambda: n
    return weakref.ref(n)


def method_cycle():
    n = N()
    n.bound = n.__init__
    return weakref.ref(n)


def generator_cycle():
    n = N()

    def g():
        yield n

    n.generator = g()
    next(n.generator)
    return weakref.ref(n)


def exception_cycle():
    n = N()
    try:
        raise ValueError(n)
    except ValueError as error:
        n.error = error
    return weakref.ref(n)


def class_cycle():
    class Local:
        pass

    Local.instance = Local()
    return weakref.ref(Local)


def tuple_cycle():
    n = N()
    n.t = (n, (n,))
    return weakref.ref(n)


def long_cycle():
    first = previous = N()
    for _ in range(10000):
        previous.next = N()
        previous = previous.next
    previous.next = first
    return weakref.ref(first)


gc.disable()
for build in (
    self_cycle,
    list_cycle,
    dict_cycle,
    closure_cycle,
    method_cycle,
    generator_cycle,
    exception_cycle,
    class_cycle,
    tuple_cycle,
    long_cycle,
):
    print(build.__name__, made(build))
gc.enable()
order = []


class Final:
    def __init__(self, name):
        self.name = name
        self.me = self

    def __del__(self):
        order.append(self.name)


a, b = Final("a"), Final("b")
a.other, b.other = b, a
del a, b
gc.collect()
print(sorted(order))


class Back:
    def __del__(self):
        saved.append(self)


saved = []
back = Back()
back.me = back
del back
gc.collect()
print(len(saved), type(saved[0]).__name__)
saved.clear()
gc.collect()
print(len(saved))
print(
    gc.is_tracked([]),
    gc.is_tracked(5),
    gc.is_finalized(5),
    isinstance(gc.get_threshold(), tuple),
    type(gc.get_stats()).__name__,
    gc.isenabled(),
    gc.garbage,
    type(gc.get_objects()).__name__,
)
phases = []
gc.callbacks.append(lambda phase, info: phases.append((phase, sorted(info))))
gc.collect()
gc.callbacks.clear()
print(phases)
x = [1]
y = [x]
print(any(r is y for r in gc.get_referrers(x)), any(r is x for r in gc.get_referents(y)))
