# sort and sorted: stability, keys, reverse, mixed numbers, order of comparisons doesn't show, errors in the middle.
import functools
import random

r = random.Random(1)
numbers = [r.randrange(1000) for _ in range(500)]
print(
    sorted(numbers) == sorted(numbers[::-1]),
    sorted(numbers)[:5],
    sorted(numbers, reverse=True)[:5],
    sorted(numbers, key=lambda x: -x) == sorted(numbers, reverse=True),
)
records = [(r.randrange(5), i) for i in range(100)]
print(
    [i for _, i in sorted(records, key=lambda p: p[0])][:10],
    [i for _, i in sorted(records, key=lambda p: p[0], reverse=True)][:10],
)
print(
    sorted([3, 1.5, True, -2, 10**20, float("-inf")]),
    sorted(["b", "B", "a", "é", "z", ""]),
    sorted([(2, "a"), (1, "z"), (1, "b")]),
    sorted([[2], [1, 5], [1]]),
    sorted([b"b", b"a"]),
    sorted({"k": 1, "a": 2}),
    sorted("hello", key=lambda c: (c != "l", c)),
)
for shape in (
    list(range(300)),
    list(range(300, 0, -1)),
    [1] * 100,
    list(range(100)) * 3,
    [i ^ 5 for i in range(200)],
    list(range(50)) + [-1] + list(range(50, 100)),
):
    copy = shape[:]
    copy.sort()
    print(all(a <= b for a, b in zip(copy, copy[1:])), len(copy) == len(shape))


class Item:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return self.n < other.n


print([i.n for i in sorted(map(Item, [3, 1, 2]))], max(Item(1), Item(2)).n, min([Item(5), Item(4)]).n)


class Fails:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        if self.n == 3:
            raise ValueError("cannot compare")
        return self.n < other.n


values = [Fails(n) for n in (5, 4, 3, 2, 1)]
try:
    values.sort()
except ValueError as error:
    print(error, sorted(v.n for v in values))
for bad in ([1, "a"], [None, 1], [1j, 2j], [{}, {}], ["a", b"a"], [(1, "a"), (1, 2)], [unordered := object()] * 2, [None, None], [(unordered,), (unordered, 1)], [(1, {}), (1, {})]):
    try:
        print(sorted(bad) == bad)
    except TypeError as error:
        print(error)
print(
    sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)),
    sorted(range(5), key=[4, 2, 0, 1, 3].__getitem__),
    sorted([0.0, -0.0]),
    sorted([float("nan"), 1])[1:] == [1],
)
