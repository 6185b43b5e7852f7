# Functions that get other code from several threads at once, while others run them.
from _stress import check, done, together, turns

TURNS = turns(300)


def f(n):
    total = 0
    for i in range(n):
        total += i
    return total


def fresh(number):
    space = {}
    exec(f"def f(n):\n    total = {number}\n    for i in range(n):\n        total += i\n    return total, [str(i) for i in range(3)]", space)
    return space["f"].__code__


def work(number, random):
    for turn in range(TURNS):
        if number % 2:
            f.__code__ = fresh(number * TURNS + turn)
        else:
            got = f(random.randrange(200))
            check(type(got) is int or got[1] == ["0", "1", "2"], "another result")


together(work, 8)
done()
