# itertools: each function once.
import itertools as it
import operator

print(
    list(it.accumulate([1, 2, 3])),
    list(it.accumulate([3, 1, 2], max)),
    list(it.accumulate([1, 2], operator.mul, initial=10)),
    list(it.chain("ab", [1])),
    list(it.chain.from_iterable(["ab", "c"])),
)
print(
    list(it.combinations("abc", 2)),
    list(it.combinations_with_replacement("ab", 2)),
    list(it.permutations("abc", 2))[:4],
    list(it.product("ab", [1, 2])),
    list(it.product([0, 1], repeat=2)),
)
print(
    list(it.compress("abcd", [1, 0, 1, 0])),
    list(it.dropwhile(lambda x: x < 3, [1, 3, 2])),
    list(it.takewhile(lambda x: x < 3, [1, 3, 2])),
    list(it.filterfalse(lambda x: x % 2, range(5))),
    [(k, list(g)) for k, g in it.groupby("aabccc")],
)
print(
    list(it.islice(it.count(10, 2), 3)),
    list(it.islice("abcdef", 1, 5, 2)),
    list(it.islice(it.cycle("ab"), 5)),
    list(it.repeat("x", 3)),
    list(it.starmap(pow, [(2, 3), (3, 2)])),
    list(it.zip_longest("ab", "c", fillvalue="-")),
    list(it.pairwise("abc")),
)
a, b = it.tee([1, 2, 3])
print(
    next(a),
    list(b),
    list(a),
    it.count(1.5),
    next(it.count(0.5, 0.25)),
    it.repeat(1, 2),
    list(it.combinations("ab", 3)),
    list(it.permutations("")),
    list(it.product()),
)
groups = it.groupby([1, 1, 2])
key, group = next(groups)
next(groups)
print(list(group))
for bad in (
    lambda: it.islice("a", -1),
    lambda: list(it.product("a", repeat=-1)),
    lambda: it.combinations("a", -1),
    lambda: it.count("a"),
    lambda: list(it.starmap(pow, [5])),
    lambda: it.repeat(),
    lambda: it.tee([], -1),
    lambda: list(it.chain(5)),
):
    try:
        print(bad())
    except (TypeError, ValueError) as error:
        print(type(error).__name__, error)
