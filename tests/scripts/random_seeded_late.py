"""A generator is seeded by __init__, not by __new__."""
import random
import _random


def show(make):
    try:
        print(make())
    except Exception as error:
        print(type(error).__name__, error)


class Silent(_random.Random):
    def __init__(self):
        pass


class Plain(_random.Random):
    pass


for x in bytearray(b"a"), [1], {}, 1.5, "a", ():
    show(lambda: random.Random(x).random() and 1)
    show(lambda: _random.Random(x) and 1)
    show(lambda: random.Random(x=x) and 1)
for arguments in (), (1,), (1, 2), ([],):
    show(lambda: type(Silent(*arguments).random()))
    show(lambda: type(Plain(*arguments).random()))
show(lambda: random.Random(a=1))
show(lambda: _random.Random(a=1))
unseeded = _random.Random.__new__(_random.Random, 1, 2, x=2)
print(unseeded.getstate()[:3], unseeded.getstate()[-2:], unseeded.random())
