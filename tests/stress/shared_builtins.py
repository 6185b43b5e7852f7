# Built-in objects of every kind used by many threads at once: errors that say so are fine, broken objects aren't.
import array
import collections
import contextvars
import functools
import io
import itertools
import os
import re
import struct
import tempfile
import threading

import _stress
from _stress import check, together, turns

TURNS = turns(400)
CHANGED = (RuntimeError, BufferError, ValueError, IndexError, KeyError, StopIteration, OSError)

numbers = list(range(50))
text = ["a", "bc", "d"]
raw = bytearray(b"0123456789" * 10)
ordered = collections.OrderedDict((i, i) for i in range(20))
counted = collections.Counter()
defaults = collections.defaultdict(list)
words = memoryview(bytearray(32)).cast("Q")
doubles = array.array("d", [1.5] * 20)
mapping = {i: str(i) for i in range(30)}
members = set(range(30))
pattern = re.compile(r"(\d+)-(\w+)")
packer = struct.Struct("<IHd")
string_file = io.StringIO()
bytes_file = io.BytesIO()
variable = contextvars.ContextVar("variable", default=0)
local = threading.local()
generator_lock = threading.Lock()
survivors = []


@functools.lru_cache(maxsize=8)
def cached(n):
    return [n]


class Resurrects:
    def __init__(self, n):
        self.n = n
        self.me = self

    def __del__(self):
        survivors.append(self)
        if len(survivors) > 20:
            survivors.clear()


def count_up():
    n = 0
    while True:
        yield n
        n += 1


sources = {
    "count": itertools.count(), "cycle": itertools.cycle([1, 2, 3]), "chain": itertools.chain.from_iterable(itertools.repeat([1, 2])),
    "generator": count_up(), "list": iter(numbers), "dict": iter(mapping), "zip": zip(itertools.count(), itertools.count()),
    "map": map(str, itertools.count()), "islice": itertools.islice(itertools.count(), 10_000_000), "tee": itertools.tee(itertools.count())[0],
    "groupby": itertools.groupby(itertools.count(), lambda x: x // 3), "product": itertools.product(range(100), repeat=3),
    "enumerate": enumerate(itertools.count()), "accumulate": itertools.accumulate(itertools.repeat(1)), "pairwise": itertools.pairwise(itertools.count()),
    "combinations": itertools.combinations(range(100), 3), "file": None,
}
folder = tempfile.TemporaryDirectory()
path = os.path.join(folder.name, "file")
shared_file = open(path, "w+b", buffering=512)
text_file = open(path + ".txt", "w+", encoding="utf-8", buffering=512)


def lists(random):
    numbers.append(random.random())
    numbers.sort(key=random.choice((None, lambda x: -x)))
    numbers.reverse()
    del numbers[40:]
    numbers[5:6] = [1, 2]
    check(all(isinstance(x, (int, float)) for x in list(numbers)), "numbers")
    text.append("x")
    check(set("".join(text)) <= set("abcdx"), "join")
    del text[3:]
    numbers.index(numbers[0]), numbers.count(1), numbers + numbers, numbers * 2, sum(numbers), max(numbers)


def buffers(random):
    raw.extend(b"ab")
    check(len(bytes(raw)) >= 0 and raw.count(b"1") >= 0, "raw")
    raw[random.randrange(10)] = 65
    del raw[60:]
    view = memoryview(raw)
    bytes(view[:5])
    check(0 <= view[3] < 256 and isinstance(view == b"x", bool) and len(view.tolist()) == len(view), "view")
    view.release()
    raw.find(b"9"), raw.split(b"5"), raw.upper(), raw + raw, bytes_file.getvalue()
    bytes_file.write(b"abc")
    bytes_file.seek(0)
    bytes_file.read(10)
    bytes_file.truncate(random.randrange(50))
    words[random.randrange(4)] = random.choice((0, 2**64 - 1))
    check(all(word in (0, 2**64 - 1) for word in words), "an item of eight bytes in two halves")
    doubles.append(2.5)
    doubles.tolist(), doubles.tobytes(), doubles * 2
    del doubles[15:]


def mappings(random):
    mapping[random.randrange(40)] = "x"
    mapping.pop(random.randrange(40), None)
    for key in mapping:
        mapping.get(key)
    list(mapping.items()), dict(mapping), mapping | {1: "y"}, {**mapping}
    ordered.move_to_end(random.randrange(20))
    ordered[random.randrange(30)] = 1
    ordered.popitem(last=False)
    list(ordered), list(reversed(ordered)), ordered.copy()
    counted.update("abc")
    defaults[random.randrange(5)].append(1)
    members.add(random.randrange(60))
    members.discard(random.randrange(60))
    members & {1, 2}, members | {3}, set(members), sorted(members)


def iterators(random):
    name = random.choice(list(sources))
    if sources[name] is not None:
        next(sources[name])
    check(cached(random.randrange(16))[0] >= 0, "cached")
    cached.cache_info()
    if random.randrange(20) == 0:
        cached.cache_clear()


def files(random):
    string_file.write("text")
    string_file.seek(random.randrange(5))
    string_file.read(3), string_file.getvalue()
    shared_file.write(b"line\n" * 20)
    shared_file.seek(0)
    shared_file.read(100), shared_file.readline()
    shared_file.truncate(2000)
    text_file.write("line\n" * 20)
    text_file.seek(0)
    text_file.readline(), text_file.read(10)
    text_file.truncate(2000)


def others(random):
    match = pattern.search("12-ab 34-cd" * 3)
    check(match.groups() == ("12", "ab"), "match")
    check(pattern.sub(lambda m: m[2], "1-x 2-y") == "x y", "sub")
    check(packer.unpack(packer.pack(1, 2, 3.5)) == (1, 2, 3.5), "struct")
    token = variable.set(random.random())
    contextvars.copy_context().run(variable.set, 1)
    variable.reset(token)
    check(variable.get() == 0, "context")
    local.x = random.random()
    check(local.__dict__["x"] == local.x, "local")
    Resurrects(random.random())
    check(all(thing.n >= 0 for thing in list(survivors)), "resurrected")
    threading.Thread(target=int).start()


KINDS = (lists, buffers, mappings, iterators, files, others)


def work(number, random):
    for turn in range(TURNS):
        try:
            random.choice(KINDS)(random)
        except CHANGED:
            pass


together(work, 8)
_stress.done()
