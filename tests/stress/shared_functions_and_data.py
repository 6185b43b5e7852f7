# All threads call, read and make instances of what all share; some change it meanwhile.
import _stress
from _stress import THREADS, check, together, turns

TURNS = turns(1500)
TABLE = {str(i): [i, (i, str(i))] for i in range(50)}
current = (0, 0)


class Point:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Point(self.x + other.x, self.y + other.y)

    @property
    def total(self):
        return self.x + self.y


ORIGIN = Point(1, 2)
latest = [Point(0, 0)]


def maker(n):
    def inner(x):
        return x + n, [x] * 2

    return inner


inner = maker(5)


def work(number, random):
    global current
    for turn in range(TURNS):
        key = str(turn % 50)
        entry = TABLE[key]
        check(entry[1] == (turn % 50, key), "table entry", entry)
        check(inner(turn) == (turn + 5, [turn, turn]), "closure")
        point = ORIGIN + Point(number, turn)
        check(point.total == 3 + number + turn, "point")
        current = (number, number)
        a, b = current
        check(a == b, "a torn tuple", a, b)
        latest[0] = point
        seen = latest[0]
        check(isinstance(seen.total, int), "latest")
        if turn % 10 == 0:
            TABLE[key] = [turn % 50, (turn % 50, key)]
        text = f"{number}-{turn}-{seen.x}"
        check(text.startswith(str(number)), "text")
        big = 2**70 + turn
        check(big - turn == 2**70, "big integer")


together(work)
_stress.done()
