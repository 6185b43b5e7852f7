# dict: order, methods, views, merging, changes while iterating, keys that equal, messages.

d = {"b": 1, "a": 2, "c": 3}
d["d"] = 4
del d["a"]
d["a"] = 5
d["b"] = 9
print(
    d, list(d), list(d.keys()), list(d.values()), list(d.items()), list(reversed(d)), len(d), "b" in d, 1 in d
)
print(
    d.get("x"),
    d.get("x", 0),
    d.setdefault("s", []),
    d.setdefault("b", 7),
    d.pop("s"),
    d.pop("nope", "default"),
    d.popitem(),
    d,
)
print(
    {**d, "z": 1},
    d | {"b": 0},
    dict(d, k=1),
    dict([("x", 1)], y=2),
    dict(zip("ab", [1, 2])),
    dict.fromkeys("ab"),
    dict.fromkeys([1, 2], 0),
    {k: v for v, k in enumerate("xy")},
)
d.update({"u": 1}, v=2)
d.update([("w", 3)])
d |= {"x": 4}
print(d)
keys, items, values = d.keys(), d.items(), d.values()
print(
    keys & {"u", "q"},
    sorted(keys | {"q"}),
    keys - {"b"} - {"c", "d", "u", "v", "w"},
    ("u", 1) in items,
    2 in values,
    keys == set(d),
    items == d.items(),
    values == d.values(),
    keys.isdisjoint("z"),
)
d["late"] = 0
print(len(keys), "late" in keys, keys, values, items, keys.mapping["u"])
print(
    {1: "int", 1.0: "float", True: "bool"},
    {0: 1, False: 2},
    {(1, 2): 3}[1, 2],
    {None: 1}[None],
    {float("nan"): 1} == {float("nan"): 1},
    {"a": 1} == {"a": 1.0},
    {"a": 1, "b": 2} == {"b": 2, "a": 1},
)


class Default(dict):
    def __missing__(self, key):
        self[key] = key * 2
        return self[key]


m = Default(a=1)
print(m["a"], m["xy"], m, m.get("zz"), "zz" in m)


class K:
    def __init__(self, n):
        self.n = n

    def __hash__(self):
        return self.n % 2

    def __eq__(self, other):
        return self.n == other.n

    def __repr__(self):
        return f"K{self.n}"


print({K(1): 1, K(3): 3, K(2): 2, K(1): 4})
for change in (lambda d: d.__setitem__("new", 1), lambda d: d.pop("u"), lambda d: d.clear()):
    try:
        e = dict(d)
        for key in e:
            change(e)
    except RuntimeError as error:
        print(error)
e = dict(d)
for key in list(e):
    del e[key]
print(e, not e)
for bad in (
    lambda: {}["x"],
    lambda: {}[1, 2],
    lambda: {[]: 1},
    lambda: {}.pop("k"),
    lambda: {}.popitem(),
    lambda: dict(5),
    lambda: dict([1]),
    lambda: dict([(1, 2, 3)]),
    lambda: dict(1, 2),
    lambda: {} < {},
    lambda: {} | [],
    lambda: {}.update(5),
    lambda: {{}: 1},
    lambda: hash({}),
    lambda: dict(["ab", "c"]),
    lambda: {}.get(),
    lambda: {}.fromkeys(5),
    lambda: {1: 2}.items()[0],
):
    try:
        print(bad())
    except (KeyError, TypeError, ValueError) as error:
        print(type(error).__name__, error)
r = {}
r["self"] = r
print(r)
big = {i: i * i for i in range(10000)}
for i in range(0, 10000, 2):
    del big[i]
for i in range(5):
    big[i] = -i
print(len(big), list(big)[:3], list(big)[-5:], sum(big.values()))
c = d.copy()
print(c == d, c is d, type(d.keys()).__name__, isinstance(d.items(), type({}.items())))
