# Tuples, unpacking with stars, swaps, nested targets, and too many or too few values.

t = 1, 2, 3
print(
    t,
    (),
    (1,),
    t + (4,),
    t * 2,
    t[1:],
    t[-1],
    t.index(2),
    t.count(1),
    2 in t,
    t < (1, 2, 4),
    hash(t) == hash((1, 2, 3)),
    tuple("ab"),
    tuple(),
)
a, b = 1, 2
a, b = b, a
print(a, b)
first, *rest = range(5)
*init, last = "abc"
head, *middle, tail = [1, 2]
(p, (q, *r)), s = (1, (2, 3, 4)), 5
print(first, rest, init, last, head, middle, tail, p, q, r, s)
[x, y] = {"k": 1, "j": 2}
print(x, y, [*range(2), *"ab"], (*t, 9), {*t, 1}, {**{"a": 1}, "b": 2, **{"a": 3}})
i, d = 0, {}
i, d[i] = 5, "set"
print(i, d)
x = y = z = []
x.append(1)
print(z)
for bad in (
    "a, b = 1, 2, 3",
    "a, b = 1,",
    "a, b = 5",
    "a, *b, c = 1,",
    "(a, b), c = 1, 2",
    "a, b = 'xyz'",
    "a, b = iter([1])",
    "a, b = {}",
    "[a] = ()",
    "a, b = None",
    "t[0] = 5",
    "del t[0]",
    "t[5]",
    "t['a']",
    "t + [1]",
    "tuple(5)",
    "t < 5",
    "hash(([],))",
):
    try:
        exec(bad)
    except (ValueError, TypeError, IndexError) as error:
        print(bad, "->", type(error).__name__, error)


def f(*args, **kw):
    return args, kw


print(f(*t, *"ab", k=1, **{"m": 2}), f(*[], **{}), f(*(i for i in range(2))))
for bad in (lambda: f(*5), lambda: f(**5), lambda: f(**{1: 2}), lambda: f(k=1, **{"k": 2})):
    try:
        bad()
    except TypeError as error:
        print(str(error).replace("__main__.", ""))
for i, (a, *b) in enumerate([(1, 2, 3), "xy"]):
    print(i, a, b)


def g():
    yield 1
    yield 2
    print("third asked")
    yield 3
    print("never")


try:
    a, b = g()
except ValueError as error:
    print(error)
