# Threads read, store, delete and add attributes of instances in dictionary mode that they share, at the same places in the code, and give them other dictionaries
# and classes: what is read was stored under that name.
from _stress import check, done, together, turns

NAMES = "abcdef"


class Point:
    def twice(self):
        return self.a, self.b


class Other(Point):
    pass


def fill(thing, round):
    thing.__dict__ = {name: (name, round) for name in NAMES[round % 3:]}


things = [Point() for _ in range(4)]
for thing in things:
    fill(thing, 0)


def read(thing):
    try:
        check(thing.a[0] == "a")
        check(thing.f[0] == "f" and thing.e[0] == "e")
        check([x[0] for x in thing.twice()] == ["a", "b"])
    except AttributeError:
        pass


def write(thing, round):
    thing.f = "f", round
    thing.a = "a", [round]
    try:
        del thing.b
    except AttributeError:
        thing.b = "b", round


def work(number, random):
    own = Point()
    fill(own, number)
    for round in range(turns(20000)):
        thing = random.choice(things)
        read(thing)
        if number % 2 or round % 16 == 0:
            write(thing, round)
        if round % 64 == number:
            fill(thing, round)
        if round % 256 == number:
            thing.__class__ = random.choice([Point, Other])
        read(own)
        write(own, round)
        if round % 1000 == 0:  # local, then shared
            fill(own, round)
            things[number % len(things)] = own
            own = Point()
            fill(own, round)


together(work)
done()
