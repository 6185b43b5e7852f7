# Where the ^^^^ markers stand, for many kinds of failing expression: printed without raising to the top.
import sys
import traceback


class O:
    x = None


o, d, n, f = O(), {"a": {}}, None, lambda *a, **k: 1 / 0
statements = """o.x.y.z
d["a"]["b"]["c"]
1 + 2 + n + 3
(1 + 2) * ("a" - 1)
f(1, 2, key=3)
o.missing(1)[2]
n[0]
n()
-"a"
not o.nothing
[1, 2, 3][10] = 5
a, b = 1, 2, 3
x = y = n.attribute
del d["zzz"]
del o.nope
for q in 5: pass
with 5: pass
import no_such_module
from os import no_such_name
assert d == {}, "message"
raise ValueError("x" * 3)
lambda: 1; undefined
[i / 0 for i in range(3)]
"é" + 1 + "ü"
print(1, 2, undefined, 3)
1 < 2 < "3"
d | 5 if True else 0
f"{undefined!r}"
f"{1:{'x'}}"
"%d" % "x"
{**5}
[*5]
f(*5)
f(**5)
(yield_ := undefined)
o.x += 1
d["q"] += 1
1 if undefined else 2
undefined or 1
{[]: 1}
{[]}
class A(5): pass
def g(a=undefined): pass
global_ = lambda: undefined
return_ = (lambda: n.x)()""".splitlines()
for statement in statements:
    try:
        exec(compile(statement, "<statement>", "exec"))
    except Exception:
        kind, value, tb = sys.exc_info()
        entry = traceback.extract_tb(tb)[-1]
        print(statement, "->", kind.__name__, value, entry.lineno, entry.colno, entry.end_colno, entry.name)


def one(a):
    return (a
            .b
            .c)


def two(x, y):
    return x + (
        y
        * 3
    ) + None


def three():
    with open("/nonexistent/file"):
        pass


def four():
    return f(1,
             2, 3)


def five():
    for i in (1, 2):
        i.append(
            1
        )


def six(    a ,b ):	return    a   +   b


for function in (lambda: one(O()), lambda: two(1, 2), three, four, five, lambda: six("é", 1)):
    try:
        function()
    except Exception:
        traceback.print_exc()
