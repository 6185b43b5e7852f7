# while, for, else, break, continue, nested, iterator protocol, iter() with a sentinel.

for i in range(3):
    for j in range(3):
        if j == i:
            continue
        if j == 2:
            break
        print(i, j)
    else:
        print("no break at", i)
else:
    print("outer else")
n = 0
while True:
    n += 1
    if n % 2:
        continue
    if n > 6:
        break
else:
    print("never")
while n:
    n -= 1
else:
    print("counted down", n)


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n


print(list(Countdown(4)), sum(Countdown(5)), 2 in Countdown(4), max(Countdown(3)), sorted(Countdown(3)))


class Old:
    def __getitem__(self, i):
        if i > 3:
            raise IndexError
        return i * i


print(list(Old()), 4 in Old(), [x for x in Old()], list(reversed([1, 2])), list(iter(iter([1]).__next__, 1)))
values = iter([1, 2, 3, 0, 4])
print(list(iter(lambda: next(values), 0)), list(values))
for bad in (
    lambda: [x for x in 5],
    lambda: iter(5),
    lambda: next(iter([])),
    lambda: iter(5, 1),
    lambda: list(type("X", (), {"__iter__": lambda s: 5})()),
    lambda: next([]),
):
    try:
        print(bad())
    except (TypeError, StopIteration) as error:
        print(type(error).__name__, error)
d = {}
for d["key"] in "ab":
    print(d)
for i, (a, b) in enumerate({"x": 1, "y": 2}.items(), 5):
    print(i, a, b)
for _ in []:
    pass
else:
    print("empty else")
print(
    list(zip("ab", range(5), strict=False)),
    list(map(lambda a, b: a + b, [1, 2], [3, 4, 5])),
    list(filter(None, [0, 1, "", "a"])),
    list(enumerate("ab", 1)),
)
try:
    list(zip("ab", [1], strict=True))
except ValueError as error:
    print(error)
i = 0
while i < 10:
    i += 3
print(i, all([]), any([]), all([1, 0]), any([0, 1]))
