# Descriptors: data and non-data ones, precedence, property, classmethod, staticmethod.


class Data:
    def __init__(self, label):
        self.label = label

    def __get__(self, instance, owner=None):
        return f"{self.label} of {type(instance).__name__} {owner.__name__}"

    def __set__(self, instance, value):
        print("set", self.label, value)

    def __delete__(self, instance):
        print("delete", self.label)


class NonData:
    def __get__(self, instance, owner=None):
        return "non-data"


class Owner:
    data = Data("d")
    plain = NonData()


owner = Owner()
print(owner.data, Owner.data, owner.plain)
owner.data = 5
del owner.data
owner.__dict__["data"] = "hidden"
owner.__dict__["plain"] = "seen"
print(owner.data, owner.plain)


class Circle:
    def __init__(self, radius):
        self._radius = radius

    @property
    def radius(self):
        "The radius."
        return self._radius

    @radius.setter
    def radius(self, value):
        if value < 0:
            raise ValueError("negative")
        self._radius = value

    @radius.deleter
    def radius(self):
        print("gone")
        self._radius = 0

    area = property(lambda self: 3 * self._radius**2)

    @classmethod
    def unit(cls):
        return cls(1)

    @staticmethod
    def double(x):
        return 2 * x


c = Circle.unit()
c.radius = 4
print(c.radius, c.area, Circle.radius.__doc__, c.double(4), Circle.double(5))
del c.radius
print(c.radius)
for action in (
    lambda: setattr(c, "radius", -1),
    lambda: setattr(c, "area", 1),
    lambda: delattr(c, "area"),
    lambda: property().__get__(c),
):
    try:
        action()
    except (ValueError, AttributeError) as error:
        print(type(error).__name__, error)
print(
    type(Circle.__dict__["unit"]).__name__,
    type(Circle.__dict__["double"]).__name__,
    Circle.unit.__self__.__name__,
)


class Lazy:
    def __init__(self, function):
        self.function = function

    def __get__(self, instance, owner):
        value = instance.__dict__[self.function.__name__] = self.function(instance)
        return value


class Heavy:
    @Lazy
    def value(self):
        print("computing")
        return 99


h = Heavy()
print(h.value, h.value)


def f(self):
    return self


print(f.__get__(7)(), f.__get__(None, int) is f, type(f.__get__(7)).__name__)
