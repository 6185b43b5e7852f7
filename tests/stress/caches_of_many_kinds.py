# One site of code meets a name as a slot, a slot behind the first ones, an entry of an instance's dictionary, a __slots__ member, a class attribute, a property, a module's and a class's variable,
# in many threads at once: what its cache holds of one kind must never be taken for another.
import types

from _stress import check, done, together, turns

MANY = 40  # attributes: the last ones lie in no inline slot


def kinds(number):
    """An object of each kind, whose `x` is the tuple (kind, number)."""
    class Slot:
        def __init__(self):
            self.x = ("slot", number)

    class Late:
        def __init__(self):
            for i in range(MANY):
                setattr(self, f"a{number}_{i}", i)
            self.x = ("late", number)

    class Dictionary:
        def __init__(self):
            self.__dict__.update({f"d{i}": i for i in range(number)}, x=("dictionary", number))

    class Member:
        __slots__ = "x",

        def __init__(self):
            self.x = ("member", number)

    class Class:
        x = ("class", number)

    class Hidden(Class):
        def __init__(self):
            self.x = ("hidden", number)

    class Property:
        @property
        def x(self):
            return "property", number

    class Meta:
        x = ("type", number)

    module = types.ModuleType("module")
    module.x = ("module", number)
    return [("slot", Slot()), ("late", Late()), ("dictionary", Dictionary()), ("member", Member()), ("class", Class()), ("hidden", Hidden()), ("property", Property()), ("type", Meta), ("module", module)]


SOURCE = """
def read(thing):
    return thing.x

def write(thing, value):
    thing.x = value

def method(thing):
    return thing.strip()

def name():
    return len
"""


class Strip:
    def strip(self):
        return "own"


stripper = types.ModuleType("stripper")
stripper.strip = lambda: "module"


class Held:
    """Holds what is called: in an inline slot, or behind the first ones."""

    def __init__(self, before):
        for i in range(before):
            setattr(self, f"h{i}", i)
        self.strip = lambda: ("held", before)


class Shadowed(Strip):
    def __init__(self):
        self.strip = lambda: "shadowed"


class Static:
    @staticmethod
    def strip():
        return "static"


class OfClass:
    @classmethod
    def strip(cls):
        return cls.__name__


class Lower(OfClass):
    pass


strips = [(" s ", "s"), (b" b ", b"b"), (Strip(), "own"), (stripper, "module"), (Held(0), ("held", 0)), (Held(MANY), ("held", MANY)), (Shadowed(), "shadowed"),
          (Static, "static"), (Static(), "static"), (OfClass, "OfClass"), (Lower(), "Lower"), (Lower, "Lower"), (OfClass(), "OfClass")]


def site():
    """The functions with caches that know nothing yet."""
    scope = {}
    exec(compile(SOURCE, "site", "exec"), scope)
    # the same code with globals of its own: `len` is a variable of the module there, or the builtin behind more names or fewer
    names = [(scope["name"], len), (types.FunctionType(scope["name"].__code__, {"len": "mine"}), "mine")]
    names += [(types.FunctionType(scope["name"].__code__, {f"v{i}": i for i in range(n)}), len) for n in (3, 6)]
    return scope["read"], scope["write"], scope["method"], names


things = [thing for number in range(3) for thing in kinds(number)]
sites = [site() for _ in range(turns(1200))]


def work(number, random):
    mine = things[number % len(things):] + things[:number % len(things)]
    for read, write, method, names in sites:
        for kind, thing in mine:
            got = read(thing)
            check(got[0] == kind, kind, got)
            if kind not in ("class", "property"):
                write(thing, got)
        for thing, expected in strips[number % len(strips):] + strips[:number % len(strips)]:
            check(method(thing) == expected, thing, expected)
        for function, expected in names:
            check(function() is expected, expected)


together(work)
done()
