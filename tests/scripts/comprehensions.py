# Comprehensions: their own scope, nesting, conditions, walrus, closures in them, class bodies.

x = "outer"
print(
    [x for x in range(3)],
    x,
    {x: x * x for x in range(3)},
    sorted({x % 2 for x in range(5)}),
    list(x for x in "ab"),
    x,
)
print(
    [(i, j) for i in range(3) if i for j in range(i)],
    [[j for j in range(i)] for i in range(4)],
    [i for i in range(20) if i % 2 if i % 3],
)
print([y := 1, y**2], [last := i for i in range(3)], last, any((found := n) > 3 for n in range(10)), found)
functions = [lambda: i for i in range(3)]
print([f() for f in functions], [f() for f in [lambda i=i: i for i in range(3)]])


class Body:
    items = [1, 2]
    doubled = [i * 2 for i in items]
    try:
        mixed = [i + j for i in items for j in items]
    except NameError as error:
        mixed = str(error)


print(Body.doubled, Body.mixed)


def scope():
    n = 10
    inner = [n + k for k in range(2)]
    more = [[n * a * b for a in range(2)] for b in range(2)]
    return inner, more, sorted(locals())


print(scope())
g = (print("evaluated") or i for i in [1, 2])
print("lazy")
print(next(g))
try:
    eager = (i for i in undefined)
except NameError as error:
    print(error)
later = (undefined for i in [1])
try:
    next(later)
except NameError as error:
    print(error)
print(
    [*map(str, range(3))],
    [a if a else "zero" for a in range(2)],
    {k: v for k, v in zip("abc", range(3)) if v},
    [c for w in ("ab", "cd") for c in w],
    sum(i for i in range(4)),
    max((w for w in ["a", "bbb"]), key=len),
)
print([(a, b) for a, (b, *c) in [(1, (2, 3))]], [i for i in (lambda: [1, 2])()], dict(a=[k for k in "x"]))
for text in (
    "[x := 1 for x in y]",
    "[(x, y) for x, y]",
    "{**a for a in b}",
    "[i for i in range(3) if (i := 1)]",
    "[*a for a in b]",
    "{a: b for c}",
    "[a, b for a in b]",
):
    try:
        compile(text, "<c>", "eval")
    except SyntaxError as error:
        print(text, error.msg)
