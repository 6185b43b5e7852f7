# Metaclasses: __prepare__, __new__, __init__, __call__, keywords, and conflicts.


class Meta(type):
    @classmethod
    def __prepare__(mcs, name, bases, **keywords):
        print("prepare", name, [b.__name__ for b in bases], keywords)
        return {"prepared": True}

    def __new__(mcs, name, bases, namespace, **keywords):
        print("new", name, [k for k in namespace if not k.startswith("__")])
        return super().__new__(mcs, name, bases, namespace)

    def __init__(cls, name, bases, namespace, **keywords):
        print("init", name)
        super().__init__(name, bases, namespace)

    def __call__(cls, *args):
        print("call", cls.__name__, args)
        return super().__call__(*args)

    def __len__(cls):
        return 42

    @property
    def shout(cls):
        return cls.__name__.upper()


class Base(metaclass=Meta, flavour="sweet"):
    def method(self):
        pass


class Derived(Base):
    def __init__(self, value):
        self.value = value


print(Derived(3).value, Base.prepared, len(Derived), Derived.shout, type(Derived).__name__)
try:
    Derived(1).shout
except AttributeError as error:
    print(error)


class Other(type):
    pass


class OtherBase(metaclass=Other):
    pass


try:

    class Both(Base, OtherBase):
        pass

except TypeError as error:
    print(error)


class Singleton(type):
    instances = {}

    def __call__(cls, *args):
        if cls not in cls.instances:
            cls.instances[cls] = super().__call__(*args)
        return cls.instances[cls]


class One(metaclass=Singleton):
    pass


print(One() is One())


class Instance(type):
    def __instancecheck__(cls, other):
        return other == 3

    def __subclasscheck__(cls, other):
        return other is int


class Threes(metaclass=Instance):
    pass


print(isinstance(3, Threes), isinstance(4, Threes), issubclass(int, Threes), issubclass(str, Threes))


def function_as_metaclass(name, bases, namespace):
    return name, bases, sorted(k for k in namespace if k[0] != "_")


class Tuple(metaclass=function_as_metaclass):
    a = b = 1


print(Tuple)
