# builds: stats
"""Reading shared data and working on private data writes nothing to shared memory: counted by the stats build.

Each action runs in four threads, with so many turns and with twice as many; the difference, divided by the turns, is
what one turn writes. Starting and ending threads costs the same in both, and so falls out.
"""

import collections
import dataclasses
import enum
import sys
import threading

import _weft

THREADS, TURNS = 4, 20000
WRITES = ("shared_refs", "owner_refs", "object_locks", "publications", "retirements", "shared_stores")

number = 5
text = "shared text"
items = [[1, 2], {"k": "v"}, (3, 4), "five"]
table = {"list": items, "name": "value", 7: (1, 2)}
pair = ("left", ["right"])


class Point:
    kind = "point"

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def total(self):
        return self.x + self.y

    @property
    def double(self):
        return self.x * 2


class Manager:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        return None


point = Point(1, [2])


def add(a, b=2):
    return a + b


def closure():
    variable = ["enclosed"]

    def read(turns):
        for _ in turns:
            variable
            x = variable[0]
    return read


def read_global(turns):
    for _ in turns:
        number
        x = text
        y = items


def read_attribute(turns):
    for _ in turns:
        point.x
        y = point.y
        k = Point.kind


def read_list(turns):
    for _ in turns:
        items[0]
        x = items[1]
        y = items[-1]


def read_dict(turns):
    for _ in turns:
        table["name"]
        x = table["list"]
        y = table.get(7)
        z = "name" in table


def read_tuple(turns):
    for _ in turns:
        pair[0]
        a, b = pair


def call_function(turns):
    for _ in turns:
        add(1)
        add(1, b=3)


def call_method(turns):
    q = Point(1, 2)
    for _ in turns:
        q.total()
        q.double
        point.__init__


def make_instances(turns):
    for _ in turns:
        q = Point(3, 4)
        q.x = 5


def enter_with(turns):
    m = Manager()
    for _ in turns:
        with m:
            pass


def build_lists(turns):
    for i in turns:
        x = [i, i + 1]
        x.append(i)
        y = [j * j for j in x]


def build_dicts(turns):
    for i in turns:
        d = {"a": i}
        d["b"] = i
        e = {k: v for k, v in d.items()}


def build_strings(turns):
    for i in turns:
        s = f"{i}-{text}"
        s = s.upper() + "x"


def generators(turns):
    for i in turns:
        sum(j for j in (1, 2, 3))
        for k in range(3):
            pass


class Base:
    def __init__(self, x):
        self.x = x

    def area(self, scale=1):
        return self.x * scale

    @classmethod
    def make(cls, x):
        return cls(x)

    @staticmethod
    def helper(x):
        return x


class Derived(Base):
    def __init__(self, x):
        super().__init__(x)

    def area(self, scale=1):
        return super().area(scale=scale) + 1


class Color(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass
class Record:
    a: int
    b: str = "b"


Pair = collections.namedtuple("Pair", "x y")
shape = Derived(3)
words = ["alpha", "beta", "gamma"]
letters = {"a", "b"}


def bound_methods(turns):
    for _ in turns:
        method = shape.area
        method()
        shape.area(scale=2)
        shape.area()


def inheritance(turns):
    for _ in turns:
        d = Derived(2)
        d.area()
        Derived.make(1)
        shape.helper(3)
        isinstance(d, Base)
        type(shape) is Derived


def iterate(turns):
    for _ in turns:
        for word in words:
            pass
        for key in table:
            pass
        for key, value in table.items():
            pass
        for item in pair:
            pass
        for letter in letters:
            pass
        for index, word in enumerate(words):
            pass
        for word, item in zip(words, items):
            pass


def look(turns):
    for _ in turns:
        len(items)
        "five" in items
        "a" in letters
        words[:2]
        text[2:4]
        text.startswith("sh")
        point == shape
        table.get("none", text)


def private_of_shared(turns):
    for _ in turns:
        x = [point, shape]
        y = {"p": point, text: shape}
        z = (point, shape, words)
        x.append(text)
        y["q"] = point
        w = [word for word in words]
        v = sorted(words)
        q = Point(point, shape)
        q.x = shape


def call_forms(turns):
    def inner(*args, **kwargs):
        return args
    for _ in turns:
        inner(point, *words)
        inner(**{"a": shape})
        list(map(add, (1, 2)))
        max(words, key=len)


def common_classes(turns):
    for i in turns:
        Color.RED
        Color(2)
        r = Record(i)
        r == r
        p = Pair(i, text)
        p.x
        p._replace(x=2)


def raise_and_catch(turns):
    for _ in turns:
        try:
            raise ValueError(text)
        except ValueError as e:
            e.args


def writes():
    stats = _weft.stats()
    return {name: stats[name] for name in WRITES}


def measure(action, turns):
    def work():
        ready.wait()
        action(range(turns))

    ready = threading.Barrier(THREADS)
    threads = [threading.Thread(target=work) for _ in range(THREADS)]
    before = writes()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after = writes()
    return {name: after[name] - before[name] for name in WRITES}


def quietest(action, turns):
    runs = [measure(action, turns) for _ in range(3)]
    return {name: min(run[name] for run in runs) for name in WRITES}


failures = []
threading.excepthook = failures.append
bad = 0
for action in (read_global, read_attribute, read_list, read_dict, read_tuple, closure(), call_function, call_method,
               make_instances, enter_with, build_lists, build_dicts, build_strings, generators, bound_methods, inheritance, iterate,
               look, private_of_shared, call_forms, common_classes, raise_and_catch):
    measure(action, 100)
    # What starting the threads writes depends on who waits for whom: the quietest of three.
    once, twice = (quietest(action, turns) for turns in (TURNS, 2 * TURNS))
    each = {name: (twice[name] - once[name]) / (TURNS * THREADS) for name in WRITES}
    # A collection or a late merge now and then isn't a write by the turn.
    over = {name: round(value, 3) for name, value in each.items() if value > 0.002}
    print(f"{action.__qualname__.partition('.')[0]}: {over or 0}")
    bad += bool(over)
if failures:
    print("an action failed:", failures[0].exc_value)
sys.exit(1 if bad or failures else 0)
