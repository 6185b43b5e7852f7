# A metaclass's mro() may name classes that are above none of the bases: what they change shows, and nothing stale is used. (CPython 3.11 crashes here.)
class Stranger:
    attr = [1]


class Meta(type):
    def mro(cls):
        return [cls, Stranger, object]


class Odd(metaclass=Meta):
    pass


class Below(Odd):
    pass


def shown():
    return Odd.attr, Odd().attr, Below.attr, Below().attr


for n in range(5):
    for _ in range(3):
        if shown() != ([n], [n], [n], [n]) and n:
            print("stale", n, shown())
    Stranger.attr = [n + 1]
print("done")
