# Chains of float arithmetic, whose intermediate results never become objects: all kinds of numbers, changes of type on the way, errors.
import traceback

BIG, TINY, INF, NAN = 1e300, 1e-300, float("inf"), float("nan")
VALUES = [0.0, -0.0, 1.0, -1.5, 0.1, 3.0, BIG, -BIG, TINY, -TINY, INF, -INF, NAN, 5e-324, 2.0**-255, 2.0**-256, 2.0**256, 2.0**255, 1.7e308]


def f1(a, b, c, d): return a * b + c * d
def f2(a, b, c, d): return a * b - c * d
def f3(a, b, c, d): return a - b * c * d
def f4(a, b, c, d): return (a + b) * (c - d)
def f5(a, b, c, d): return a * b * c * d + a
def f6(a, b, c, d): return 2.0 * a + b * 0.5 - c / 4.0 + d
def f7(a, b, c, d): return a + (b and c * d)
def f8(a, b, c, d): return a + (b * c if d > 0 else c * 2.0) * d
def f9(a, b, c, d): return 1.0 - a - b - c - d
def f10(a, b, c, d):
    a += b * c
    a -= d * b * c
    a *= b + d
    return a
def f11(a, b, c, d): return (a * b) * (a * b) + (c + c) * d
def g1(a, b, c, d): return a * b / c + d
def g2(a, b, c, d): return a / (b * c) - d
def g3(a, b, c, d): return 1.0 / a / b + c * d


def show(x):
    return x.hex() if isinstance(x, float) else repr(x)


total = 0
for f in (f1, f2, f3, f4, f5, f6, f7, f8, f9, f10, f11, g1, g2, g3):
    for i, a in enumerate(VALUES):
        out = []
        for j, b in enumerate(VALUES):
            c, d = VALUES[(i + j) % len(VALUES)], VALUES[(i * j + 3) % len(VALUES)]
            try:
                out.append(show(f(a, b, c, d)))
            except ZeroDivisionError as e:
                out.append(str(e))
        print(f.__name__, *out)
    for args in ((1, 2, 3, 4), (1.5, 2, 3.5, 4), (1, 2.5, 3, 4.5), (True, 2.0, 3.0, 1j), (2**70, 2.0, 3.0, 4.0), (2.0, 3.0, 4.0, 2**70)):
        try:
            print(f.__name__, args, show(f(*args)))
        except Exception as e:
            print(f.__name__, args, type(e).__name__, e)
    for args in ((1.0, 2.0, "x", 3.0), ("x", 1.0, 2.0, 3.0), (1.0, 2.0, 3.0, None), (1.0, [], 2.0, 3.0)):
        try:
            print(f.__name__, show(f(*args)))
        except TypeError as e:
            print(f.__name__, e)
            print(traceback.format_exc().splitlines()[-2:])


class Loud:
    def __init__(self, name): self.name = name
    def __del__(self): print("dies", self.name)
    def __bool__(self): return True


def merge(a, b, c):
    return a + (Loud("merged") and b * c)


for i in range(5):
    print(merge(1.0, 2.0, 3.0))


class Vec:
    def __init__(self, x, y): self.x, self.y = x, y
    def dot(self, o): return self.x * o.x + self.y * o.y
    def move(self, o, k):
        self.x += o.x * k
        self.y -= o.y * k * 2.0


v, w = Vec(1.0, 2.0), Vec(0.5, -0.0)
for i in range(10):
    v.move(w, i)
    v.move(w, 0.1)
    print(v.dot(w).hex(), v.x.hex(), v.y.hex())
