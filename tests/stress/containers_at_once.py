# What functions in C make of a container in one call shows it at one moment, as does a change that takes many steps: no "changed size during iteration", and
# what others add meanwhile isn't lost.
import array
import collections
import itertools
import math
import operator
import pickle
import threading

from _stress import check, done, together, turns

TURNS = turns(150)
SIZE = 60
FIRST = list(range(SIZE))            # always there; what comes and goes is larger
plain, ordered = dict.fromkeys(FIRST, 1), collections.OrderedDict.fromkeys(FIRST, 1)
counter, default = collections.Counter(FIRST), collections.defaultdict(int, plain)
group, line = set(FIRST), collections.deque(FIRST)


class Marked(dict):
    pass


marked = Marked(plain)
dicts = plain, ordered, counter, default, marked
containers = dicts + (group, line)


def change(number, random):
    for turn in range(TURNS):
        new = SIZE + 1 + number * TURNS + turn
        for d in dicts:
            d[new] = 1
            del d[new]
        group.add(new)
        group.discard(new)
        line.append(new)
        line.remove(new)


FOLDS = (sum, max, min, any, all, sorted, list, tuple, set, frozenset, math.prod, math.fsum, collections.deque, bytes.maketrans and list,
         lambda c: array.array("q", c), lambda c: operator.countOf(c, 5), lambda c: operator.indexOf(c, 5), lambda c: [].extend(c),
         lambda c: {-1}.isdisjoint(c), lambda c: set(range(SIZE)).issuperset(c), lambda c: collections.Counter(c), lambda c: 5 in c,
         lambda c: pickle.dumps(c, 4), lambda c: dict.fromkeys(c), lambda c: (lambda *a: a)(*c))
VIEWED = (lambda d: sum(d.values()), lambda d: max(d.items()), lambda d: 2 in d.values(), lambda d: (3, 1) in d.items(), lambda d: d.keys() == group,
          lambda d: d.keys() <= group, lambda d: d.keys().isdisjoint([-1]), lambda d: d.keys() & group, lambda d: list(d.items()), lambda d: d.copy(), lambda d: type(d) is collections.Counter or d == d.copy(),  # whose comparison is written in Python
         
          lambda d: repr(d), lambda d: dict(d), lambda d: {**d}, lambda d: {}.update(d))
# Built-in iterators that a function in C uses up whole.
ITERATED = (lambda c: list(map(str, c)), lambda c: ",".join(map(str, c)), lambda c: sum(map(int, c)), lambda c: dict(zip(c, c)), lambda c: max(filter(None, c)),
            lambda c: set(enumerate(c)), lambda c: tuple(itertools.chain(c, c)), lambda c: list(itertools.chain.from_iterable([c, c])), lambda c: list(itertools.accumulate(c)),
            lambda c: list(itertools.islice(c, 40)), lambda c: 7 in itertools.pairwise(c), lambda c: collections.deque(itertools.zip_longest(c, range(5))),
            lambda c: list(itertools.compress(c, c)), lambda c: list(itertools.takewhile((-1).__ne__, map(abs, c))), lambda c: dict.fromkeys(itertools.filterfalse(str, c)),
            lambda c: list(itertools.groupby(c)), lambda c: collections.Counter(map(str, c)), lambda c: [*map(str, c)], lambda c: {*iter(c)},
            lambda c: list(reversed(c)) if c is not group else 0, lambda c: (lambda a, *rest: rest)(*map(str, c)))
LINES = (lambda: 5 in line, lambda: line.index(5), lambda: line.count(5), lambda: line == line.copy(), lambda: line + line, lambda: line[5])


def use(number, random):
    for turn in range(TURNS // 10):
        for container in containers:
            for fold in FOLDS + ITERATED:
                fold(container)
        for d in dicts:
            for fold in VIEWED:
                fold(d)
            first, *rest = d.items()
            check(first == (0, 1) and len(rest) >= SIZE - 1 and len(list(map(repr, d.values()))) >= SIZE, "not all")
        for fold in LINES:
            fold()
        check(set(FIRST) <= set(plain) and set(FIRST) <= set(ordered) and set(FIRST) <= group, "what was there all the time")


def both(number, random):
    (use if number % 2 else change)(number, random)


together(both, 8)

# In-place operations whose result has all that others add: the right side has it too.
EVERYTHING = frozenset(range(100_000))
kept = set(range(1000))
toggled = set()
lock = threading.Lock()


def in_place(number, random):
    global kept, toggled
    for turn in range(TURNS):
        if number % 4 == 0:
            kept &= EVERYTHING
            kept.intersection_update(EVERYTHING, EVERYTHING)
            kept -= {-1}
            kept.difference_update([-1], (-2,))
        else:
            kept.add(1000 + number * TURNS + turn)
        toggled ^= {turn}
        toggled.symmetric_difference_update([turn + TURNS])


together(in_place, 8)
check(kept == set(range(1000)) | {1000 + number * TURNS + turn for number in range(8) if number % 4 for turn in range(TURNS)}, "lost items")
check(not toggled, "toggled an even number of times:", len(toggled))

# A list that is sorted by a function in C while others append.
records = []


def sorting(number, random):
    for turn in range(TURNS):
        if number % 4 == 0:
            records.sort(key=operator.itemgetter(0))
            records.sort(key=len, reverse=True)
            records.sort()
        else:
            records.append((random.random(), number))
            try:
                check(len(records[-1]) == 2, "no record")
            except IndexError:
                pass


together(sorting, 8)
check(len(records) == 6 * TURNS, "records:", len(records))

# The last item, and all at once, of a list that always has some.
stack = list(range(10))
pair = [0, 0]


def ends(number, random):
    for turn in range(TURNS * 4):
        kind = number % 4
        if kind == 0:
            stack.append(1)
            stack.pop()
            stack.append(2)
            stack.append(3)
            del stack[-2:]
        elif kind == 1:
            check(stack[-1] is not None and operator.getitem(stack, -1) is not None, "nothing")
        elif kind == 2:
            pair[:] = [turn, turn]
        else:
            a, b = pair
            check(a == b, "a torn pair:", a, b)


together(ends, 8)
done()
