# Keyword-only defaults that a key written in Python takes away, and names that are hashed by Python, while arguments are bound. (python3.11 doesn't survive that.)
class Key:
    def __init__(self, name, act):
        self.hash, self.act = hash(name), act

    def __hash__(self):
        return self.hash

    def __eq__(self, other):
        self.act()
        junk = [[i] for i in range(100)]
        return False


def f(a, *, x=1, y=2, **rest):
    return x, y, rest


def bound(act):
    f.__kwdefaults__ = {Key("x", act): 0, "x": [1], "y": [2]}
    return f([0])


assert bound(lambda: None) == ([1], [2], {})
for defaults in None, {"y": [3]}:
    assert bound(lambda: setattr(f, "__kwdefaults__", defaults)) == ([1], [2], {})  # those of the moment when it was called
try:
    bound(lambda: 1 / 0)
    raise SystemExit("no exception")
except ZeroDivisionError:
    pass


class Name(str):
    def __hash__(self):
        junk = [[i] for i in range(100)]
        f.__kwdefaults__ = {"y": [6]}
        return str.__hash__(self)


f.__kwdefaults__ = {"x": [4], "y": [5]}
assert f([1], **{Name("z"): [2], "v": [3], "x": [7]}) == ([7], [6], {"z": [2], "v": [3]})
