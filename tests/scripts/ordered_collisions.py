"""Moving keys to the end where others have the same hash and compare by Python code: lru_cache and OrderedDict."""
import functools
import random
from collections import OrderedDict

random.seed(5)


class Key:
    def __init__(self, v):
        self.v = v

    def __hash__(self):
        return self.v & 7

    def __eq__(self, other):
        return isinstance(other, Key) and self.v == other.v


@functools.lru_cache(maxsize=50, typed=True)
def cached(a, b=1):
    if random.random() < .1:
        cached(Key(random.randrange(100)), (1, 2))
    return a.v, b if type(b) is not tuple else len(b)


total = 0
for i in range(20000):
    total += cached(Key(random.randrange(75)), random.choice([1, 1.0, True, (1, Key(3))]))[0]
print(total, cached.cache_info())

d = OrderedDict((Key(i), i) for i in range(40))
for i in range(5000):
    n = random.randrange(40)
    d.move_to_end(Key(n), random.random() < .8)
    if i % 7 == 0:
        del d[Key(n)]
        d[Key(n)] = i
print(list(d.values()), all(d[Key(i)] is not None for i in range(40)))
