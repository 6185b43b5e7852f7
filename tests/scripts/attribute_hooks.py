# __getattr__, __getattribute__, __setattr__, __delattr__, __dir__ and a module's __getattr__.
import types


class Hooks:
    def __init__(self):
        self.log = ["init"]

    def __getattr__(self, name):
        if name.startswith("virtual_"):
            return name[8:]
        raise AttributeError(f"nothing called {name}")

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name != "log":
            self.log.append(f"set {name}")

    def __delattr__(self, name):
        self.log.append(f"del {name}")
        object.__delattr__(self, name)

    def __dir__(self):
        return ["b", "a"]


h = Hooks()
h.x = 1
print(h.virtual_abc, h.x, getattr(h, "nope", "default"), hasattr(h, "nope"))
del h.x
print(h.log, dir(h))
try:
    h.other
except AttributeError as error:
    print(error)


class All:
    y = 1

    def __getattribute__(self, name):
        if name == "secret":
            raise AttributeError(name)
        return ("all", name)

    def __getattr__(self, name):
        return ("fallback", name)


a = All()
print(a.y, a.secret, a.__class__, type(a).__name__)
module = types.ModuleType("virtual", "its doc")
exec(
    "def __getattr__(name):\n if name == 'answer': return 42\n raise AttributeError('no ' + name)",
    module.__dict__,
)
print(module.answer, module.__doc__, module.__name__)
try:
    module.question
except AttributeError as error:
    print(error)
del module.__getattr__
try:
    module.question
except AttributeError as error:
    print(error)


class Prop:
    @property
    def broken(self):
        raise AttributeError("inside the property")

    def __getattr__(self, name):
        return "from __getattr__"


print(Prop().broken)
for target, name, value in ((1, "x", 2), (object(), "x", 2), (len, "x", 1), (int, "x", 1)):
    try:
        setattr(target, name, value)
    except (AttributeError, TypeError) as error:
        print(type(error).__name__, error)
