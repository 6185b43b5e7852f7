# random: the same numbers from the same seed as CPython.
import random

r = random.Random(42)
print(
    r.random(),
    r.randint(1, 100),
    r.choice("abcdef"),
    r.uniform(1, 2),
    r.gauss(0, 1),
    r.sample(range(100), 5),
    r.getrandbits(100),
    r.randrange(0, 50, 5),
    r.choices("ab", [1, 9], k=6),
    r.betavariate(1, 2),
    r.expovariate(1.5),
    r.triangular(),
    r.normalvariate(0, 1),
    r.randbytes(4),
)
x = list(range(10))
r.shuffle(x)
print(x)
state = r.getstate()
a = [r.random() for _ in range(700)]
r.setstate(state)
print(a == [r.random() for _ in range(700)], len(state[1]))
for seed in (0, -5, "text", b"bytes", 2.5, 10**40, None.__class__.__name__):
    print(random.Random(seed).random())
random.seed(7)
print(random.random(), random.randrange(10**30))
for bad in (
    lambda: random.choice([]),
    lambda: random.randint(5, 1),
    lambda: random.sample([1], 2),
    lambda: random.randrange(0),
    lambda: random.getrandbits(-1),
    lambda: random.seed([]),
):
    try:
        print(bad())
    except (IndexError, ValueError, TypeError) as error:
        print(type(error).__name__, error)
