# _decimal: many digits, huge exponents, exact results in the widest context.
import sys
from _decimal import *
from math import factorial

c = getcontext()


def ends(x):
    text = str(x)
    return text if len(text) < 60 else "%s…%s (%d)" % (text[:25], text[-25:], len(text))


def pi():
    c.prec += 2
    three, last, t, s, n, na, d, da = Decimal(3), 0, Decimal(3), 3, 1, 0, 0, 24
    while s != last:
        last = s
        n, na, d, da = n + na, na + 8, d + da, da + 32
        t = t * n / d
        s += t
    c.prec -= 2
    return +s


for prec in (1, 2, 9, 28, 50, 300, 1000, 3000):
    c.prec = prec
    x = Decimal(2) / 3
    print(prec, ends(pi()), ends(x.sqrt()), ends(x * x), ends(1 / x), ends(x / 7), ends(x + Decimal("1E-7") / 3))
for prec in (1, 5, 28, 100, 700):
    c.prec = prec
    for x in (Decimal(2), Decimal(1) / 3, Decimal("1.0000000001"), Decimal("123456789.123"), Decimal("1E-30") * 7):
        print(prec, x if prec < 50 else "", ends(x.exp()) if x < 10**6 else "", ends(x.ln()), ends(x.log10()), ends(x ** Decimal("0.75")), ends(x**-3))

c.prec = 3000
f = factorial(800)
print(ends(Decimal(f)), Decimal(f) == f, int(Decimal(f)) == f, hash(Decimal(f)) == hash(f), Decimal(str(f)) == f, ends(Decimal(f).sqrt()))
for k in (17, 18, 19, 20, 37, 38, 39, 40, 57, 58, 76, 77, 300, 2500):
    for n in (10**k - 1, 10**k, 10**k + 1):
        d = Decimal(n)
        print(k, d.adjusted(), len(d.as_tuple().digits), str(d) == str(n), ends(d * d), ends(d.quantize(Decimal("1E%d" % (k // 2)))), ends(-d / 3))
x = (Decimal(2) ** 5000).normalize()
print(ends(x), x == 2**5000, x % 10**20, x // Decimal("1E1490"), divmod(x, 10**9 + 7)[1], pow(Decimal(3), 10**20, 10**15 + 37))

c.prec, c.Emax, c.Emin = MAX_PREC, MAX_EMAX, MIN_EMIN
for f in (
    lambda: Decimal(4) / 2,
    lambda: Decimal(1) / 1024,
    lambda: Decimal(400) ** -1,
    lambda: Decimal("6.25").sqrt(),
    lambda: Decimal(10**30) // 7,
    lambda: Decimal(10**223).log10(),
    lambda: Decimal("1E999999999999999999") * 10,
    lambda: Decimal("9E999999999999999999").next_plus(),
    lambda: Decimal(1) / 3,
    lambda: Decimal(2).sqrt(),
    lambda: Decimal("1E999999999999999999") + 1,
):
    try:
        print(f())
    except (ArithmeticError, MemoryError) as e:
        print(type(e).__name__, e)
