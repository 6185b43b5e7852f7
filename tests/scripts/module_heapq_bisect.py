# heapq, bisect, operator, statistics, string, textwrap, fractions, decimal: a few lines each.
import bisect
import decimal
import fractions
import heapq
import operator
import statistics
import string
import textwrap

h = [5, 3, 8, 1]
heapq.heapify(h)
heapq.heappush(h, 0)
print(
    h[0],
    heapq.heappop(h),
    heapq.heapreplace(h, 9),
    heapq.heappushpop(h, 2),
    [heapq.heappop(h) for _ in range(len(h))],
    heapq.nlargest(2, [1, 5, 3]),
    heapq.nsmallest(2, "hello", key=ord),
    list(heapq.merge([1, 4], [2, 3])),
    list(heapq.merge([4, 1], [3], reverse=True)),
)
try:
    heapq.heappop([])
except IndexError as error:
    print(error)
x = [1, 3, 3, 5]
print(
    bisect.bisect(x, 3),
    bisect.bisect_left(x, 3),
    bisect.bisect_right(x, 0),
    bisect.bisect(x, 2, 1, 2),
    bisect.bisect_left([(1, "a"), (2, "b")], 2, key=lambda p: p[0]),
)
bisect.insort(x, 4)
print(
    x,
    operator.itemgetter(1, 0)("ab"),
    operator.attrgetter("real", "imag")(3j),
    operator.methodcaller("split", ",")("a,b"),
    operator.index(5),
    operator.concat([1], [2]),
    operator.length_hint(iter([1, 2])),
    operator.contains([1], 1),
)
print(
    statistics.mean([1, 2, 3, 4]),
    statistics.median([3, 1, 2]),
    statistics.stdev([1, 2, 3, 4]),
    statistics.mode("aab"),
    statistics.variance([2.5, 3.5]),
    statistics.quantiles([1, 2, 3, 4, 5]),
    statistics.fmean([1.5, 2.5]),
    statistics.multimode("aabb"),
)
print(
    string.ascii_letters[:5],
    string.punctuation,
    string.Template("$a ${b} $$").substitute(a=1, b=2),
    string.capwords("ab cd"),
    string.Formatter().format("{0!r:>5}", "x"),
    string.hexdigits,
)
print(
    textwrap.fill("the quick brown fox jumps over", 12),
    textwrap.dedent("  a\n    b\n"),
    textwrap.indent("a\nb", "> "),
    textwrap.shorten("hello big world", 10),
)
F = fractions.Fraction
print(
    F(1, 3) + F(1, 6),
    F("0.125"),
    F(3.5),
    F(7, 2) // 1,
    F(-1, 2) ** 2,
    float(F(1, 4)),
    round(F(7, 3), 1),
    F(1, 3).limit_denominator(2),
    F(5, 10) == 0.5,
    hash(F(1, 2)) == hash(0.5),
)
decimal.getcontext().prec = 10
D = decimal.Decimal
print(
    D("1") / D("7"),
    D("0.1") + D("0.2"),
    D("1.10").normalize(),
    D("123.456").quantize(D("0.1")),
    D("2").sqrt(),
    D("1E+3"),
    D("-0"),
    D("NaN"),
    D(5) % D(3),
    round(D("2.5")),
    int(D("7.9")),
    D("1.5").as_tuple(),
    f"{D('1234.5'):,.2f}",
)
try:
    D(1) / D(0)
except decimal.DivisionByZero as error:
    print(type(error).__name__)
