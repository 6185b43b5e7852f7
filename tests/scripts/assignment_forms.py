# Assignment: chained, augmented, annotated, walrus, attribute and item targets, order of evaluation.


def log(name, value=None):
    print("eval", name)
    return value if value is not None else name


class T:
    def __setitem__(self, key, value):
        print("set", key, value)

    def __getitem__(self, key):
        print("get", key)
        return 10


t = T()
t[log("key")] = log("value")
t[log("a")], t[log("b")] = log("first"), log("second")
t[log("k")] += log("n", 5)
x = y = [1]
x += [2]
print(y, x is y)
a = (1, [2])
try:
    a[1] += [3]
except TypeError as error:
    print(error, a)
n: int = 5
m: "unevaluated name"
print(__annotations__, n)
try:
    m
except NameError as error:
    print(error)
if (size := len("abc")) > 2:
    print(size)
print([last := i for i in range(3)], last, (w := 5, w + 1), (lambda: (inner := 3))())
log("f", lambda *a, **k: print(a, k))(log("x"), *[log("y")], k=log("z"), **{"q": log("r")})
print(log("left", 1) < log("middle", 2) < log("right", 0) < log("never", 5))
print({log("k1"): log("v1"), log("k2"): log("v2")})
print(log("body", 1) if log("test", 0) else log("else", 2), log("or", 0) or log("then", 3), log("and", 0) and log("never"))
i = 7
for op in ("+=", "-=", "*=", "//=", "%=", "**=", "<<=", ">>=", "|=", "^=", "&="):
    exec(f"i {op} 3")
    print(op, i)
f = 8.0
f /= 3
s = "ab"
s *= 2
s += "c"
d = {"a": 1}
d |= {"b": 2}
z = {1}
z |= {2}
l = [0]
l *= 3
b = b"x"
b += b"y"
print(f, s, d, z, l, b)
del x, (y, a), [z]
print("x" in globals(), "z" in globals())


class C:
    v = 1


c = C()
c.v += 1
print(C.v, c.v)
global_name = 0


def change():
    global global_name
    global_name += 1
    for global_name in range(5):
        pass


change()
print(global_name)
(p) = 1
[q] = [2]
(r,) = 3,
*u, = "ab"
print(p, q, r, u)
