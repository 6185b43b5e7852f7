# collections: namedtuple, deque, Counter, OrderedDict, defaultdict, ChainMap, abc.
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, deque, namedtuple
import collections.abc

P = namedtuple("P", "x y z", defaults=[0])
p = P(1, 2)
print(
    p,
    p.x,
    p._asdict(),
    p._replace(y=5),
    P._fields,
    P._make([7, 8, 9]),
    p == (1, 2, 0),
    P._field_defaults,
    p[1:],
    isinstance(p, tuple),
)
for bad in (
    lambda: P(),
    lambda: P(1, 2, 3, 4),
    lambda: namedtuple("Q", "a a"),
    lambda: namedtuple("Q", "class"),
    lambda: setattr(p, "x", 1),
):
    try:
        bad()
    except (TypeError, ValueError, AttributeError) as error:
        print(type(error).__name__, error)
d = deque([1, 2, 3], maxlen=4)
d.append(4)
d.append(5)
d.appendleft(0)
print(
    d,
    d[0],
    d[-1],
    d.rotate(1),
    d,
    d.pop(),
    d.popleft(),
    d.index(2),
    d.count(2),
    len(d),
    d.maxlen,
    2 in d,
    list(reversed(d)),
    d.copy() == d,
)
d.extend("ab")
d.extendleft("xy")
d.remove("x")
d.insert(1, "in")
d.reverse()
d[0] = "first"
del d[1]
print(d, deque("ab") + deque("c"), deque("ab") * 2, deque([1]) < deque([2]), deque("abc", 2), bool(deque()))
for bad in (
    lambda: deque().pop(),
    lambda: deque()[0],
    lambda: deque().remove(1),
    lambda: deque(maxlen=-1),
    lambda: deque([1, 2], 2).insert(0, 1),
    lambda: deque(5),
    lambda: deque("ab").index("z"),
    lambda: [d.append(1) for _ in d],
):
    try:
        bad()
    except (IndexError, ValueError, TypeError, RuntimeError) as error:
        print(type(error).__name__, error)
c = Counter("abracadabra")
print(
    c,
    c.most_common(2),
    c["z"],
    c + Counter("aaz"),
    c - Counter("aaaaaaa"),
    c & Counter("ab"),
    c | Counter("zz"),
    sorted(c.elements())[:4],
    c.total(),
    -Counter(a=-1),
    c == Counter("abracadabra"),
)
c.subtract("aab")
c.update({"b": 5})
print(c, Counter(a=1) <= Counter(a=2))
o = OrderedDict(a=1, b=2, c=3)
o.move_to_end("a")
o.move_to_end("c", last=False)
print(
    o,
    list(reversed(o)),
    o.popitem(last=False),
    o == {"b": 2, "a": 1},
    o == OrderedDict(a=1, b=2),
    OrderedDict(a=1) | {"b": 2},
)
dd = defaultdict(list, {"x": [1]})
dd["y"].append(2)
print(dd, dd.default_factory, dd.get("q"), dict(dd), defaultdict(int) | {"k": 1})
try:
    defaultdict(None)["k"]
except KeyError as error:
    print(repr(error))
m = ChainMap({"a": 1}, {"a": 2, "b": 3})
m["c"] = 4
print(m["a"], m["b"], dict(m), m.maps, m.new_child({"a": 0})["a"], m.parents, len(m))


class Upper(UserDict):
    def __setitem__(self, key, value):
        super().__setitem__(key.upper(), value)


print(Upper(a=1, b=2))


class Seq(collections.abc.Sequence):
    def __getitem__(self, i):
        return [10, 20, 30][i]

    def __len__(self):
        return 3


s = Seq()
print(
    list(s),
    20 in s,
    s.index(30),
    list(reversed(s)),
    s.count(10),
    isinstance([], collections.abc.MutableSequence),
    isinstance({}, collections.abc.Mapping),
    isinstance(5, collections.abc.Hashable),
    issubclass(dict, collections.abc.Sized),
    isinstance(iter([]), collections.abc.Iterator),
)
try:
    collections.abc.Sequence()
except TypeError as error:
    print(error)
