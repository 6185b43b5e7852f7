"""Sorting floats: of one sign and of two, tiny and huge onesand infinite ones, with zeros of both signs and ints, by key, reversed, stable."""
import random

choose = random.Random(7)
inf = float("inf")
FLOATS = [0.0, 1.0, -1.0, 0.5, -0.5, 1e-300, -1e-300, 1e300, -1e300, 5e-324, 2.5, -2.5, 1e70, -1e70, 1e-70, -1e-70]
for more in ([], [-0.0], [inf, -inf], [3], [-0.0, inf, 7, -7]):
    for n in (2, 5, 70, 700):
        values = [choose.choice(FLOATS[:6] if n == 5 else FLOATS) * choose.choice([1, 3, 0.1]) for _ in range(n)] + more
        choose.shuffle(values)
        tagged = list(enumerate(values))
        print(sorted(values)[:12], sorted(values, reverse=True)[:12], sorted(values) == sorted(values, reverse=True)[::-1])
        print([i for i, _ in sorted(tagged, key=lambda pair: pair[1])][:20], [i for i, _ in sorted(tagged, key=lambda pair: pair[1], reverse=True)][:20])
        values.sort()
        print(sum(type(value) is float for value in values), repr(values[0]), repr(values[-1]))
