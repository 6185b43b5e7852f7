# set and frozenset: algebra, mutation, comparison, messages. Printed sorted: the order isn't fixed.

a, b = {1, 2, 3}, {3, 4}
print(
    sorted(a | b),
    sorted(a & b),
    sorted(a - b),
    sorted(a ^ b),
    a < {1, 2, 3, 4},
    a <= a,
    a < a,
    a > {1},
    a >= b,
    a == {3, 2, 1},
    a != b,
    a.isdisjoint({9}),
    a.issubset(range(5)),
    a.issuperset([1]),
)
print(
    sorted(a.union([7], "x"), key=str),
    sorted(a.intersection([1, 2], {2})),
    sorted(a.difference([1], [2])),
    sorted(a.symmetric_difference([1, 9])),
)
a.add(5)
a.add(5)
a.discard(1)
a.discard(100)
a.update([6], {7})
a.remove(2)
print(sorted(a), len(a), 5 in a, [] if 2 in a else "no")
a |= {10}
a &= {3, 5, 10}
a -= {5}
a ^= {3, 4}
print(
    sorted(a),
    a.copy() == a,
    a.copy() is a,
    set(),
    {1},
    set("a"),
    frozenset(),
    frozenset([1]),
    {frozenset([1]): 2}[frozenset([1])],
)
a.intersection_update({4})
a.difference_update({4})
a.symmetric_difference_update({8})
print(a, a.pop(), a, bool(a))
f = frozenset("ab")
print(
    sorted(f | {"c"}),
    type(f | {"c"}).__name__,
    type({"c"} | f).__name__,
    f == {"a", "b"},
    hash(f) == hash(frozenset("ba")),
    f.copy() is f,
    frozenset(f) is f,
    {1, 1.0, True},
    sorted({x % 3 for x in range(10)}),
)
print(
    {1, 2} in [{2, 1}],
    {frozenset({1})} == {frozenset({1})},
    frozenset({1}) in {frozenset({1})},
    {1} in {frozenset({1})},
)
for bad in (
    lambda: set().pop(),
    lambda: {1}.remove(2),
    lambda: {[]},
    lambda: set(5),
    lambda: {1} | [1],
    lambda: {1} < 5,
    lambda: hash({1}),
    lambda: frozenset().add,
    lambda: {1}.add({2}),
    lambda: {1}.update(5),
    lambda: {1} + {2},
    lambda: a[0],
    lambda: set(1, 2),
    lambda: {{}},
):
    try:
        print(bad())
    except (KeyError, TypeError, AttributeError) as error:
        print(type(error).__name__, error)
try:
    s = {1, 2, 3}
    for x in s:
        s.add(x + 10)
except RuntimeError as error:
    print(error)


class S(set):
    pass


print(S([1]), type(S([1]) | {2}).__name__, S([1]) == {1}, sorted(S("ab")))
