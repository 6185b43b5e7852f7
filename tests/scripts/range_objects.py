# range: arithmetic, slices, membership, equality, huge values.

r = range(1, 20, 3)
print(
    r,
    list(r),
    len(r),
    r[2],
    r[-1],
    r[1:4],
    r[::-1],
    list(r[::-1]),
    7 in r,
    8 in r,
    r.index(10),
    r.count(4),
    r.count(5),
    r.start,
    r.stop,
    r.step,
)
print(
    range(0) == range(5, 5),
    range(0, 3, 2) == range(0, 4, 2),
    hash(range(0, 3, 2)) == hash(range(0, 4, 2)),
    bool(range(0)),
    range(5, 0, -2),
    list(range(5, 0, -2)),
    list(range(3, 3)),
    list(reversed(range(4))),
)
huge = range(0, 10**30, 10**29)
print(
    len(huge),
    huge[5],
    3 * 10**29 in huge,
    list(huge)[-1],
    huge[-1],
    range(10**20)[10**19],
    5.0 in range(10),
    "a" in range(3),
    max(range(10)),
    sum(range(101)),
)
for bad in (
    lambda: range(1.5),
    lambda: range(),
    lambda: range(1, 2, 0),
    lambda: r[100],
    lambda: r.index(5),
    lambda: len(range(10**30)),
    lambda: range("a"),
    lambda: r["x"],
    lambda: range(1, 2, 3, 4),
    lambda: setattr(r, "start", 1),
    lambda: r + r,
):
    try:
        print(bad())
    except (TypeError, ValueError, IndexError, OverflowError, AttributeError) as error:
        print(type(error).__name__, error)
it = iter(range(3))
print(next(it), it.__length_hint__(), list(it), list(it))
